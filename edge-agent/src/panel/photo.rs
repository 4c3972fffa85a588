//! A photo from a PDA's camera is a scanner too: one code in it is a scan, several are a question.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use qitao_scanner_drivers::camera::{Code, PictureError, decode_file};
use serde::Serialize;

use super::Panel;
use super::api::scanned;
use super::problem::Problem;

#[derive(Serialize)]
struct Choices {
    codes: Vec<Code>,
}

pub(super) async fn photo(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    picture: Bytes,
) -> Result<Response, Problem> {
    let station = panel.enter(&id, &headers)?;
    let codes = tokio::task::spawn_blocking(move || decode_file(&picture)).await;
    let codes = codes.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "photo", "照片无法识别，请重拍"))?;
    let mut codes = codes.map_err(|error| match error {
        PictureError::TakeAgain(_) => Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "photo", "这不是可读的 JPEG 或 PNG 照片，请重拍"),
        PictureError::TooLarge => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "photo", "照片太大，请用较低的分辨率重拍"),
    })?;
    // A badge says the same in a QR code and in bars: that is one answer, not a question.
    let mut said = BTreeSet::new();
    codes.retain(|code| said.insert(code.text.clone()));
    if codes.len() > 1 {
        return Ok((StatusCode::MULTIPLE_CHOICES, Json(Choices { codes })).into_response());
    }
    let Some(code) = codes.pop() else {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_code", "照片里没有找到条码，请靠近、对焦后重拍"));
    };
    let input = scanned(&id, code.text.into_bytes(), code.aim)?;
    Ok(panel.take(station, &headers, input).await?.into_response())
}
