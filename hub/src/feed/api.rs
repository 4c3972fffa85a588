//! Data sets for edges: `GET /edge/v1/datasets/{name}/snapshot` and `…/changes?from=V`, signed by the edge, resumable by `Range`.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::datasets::{self, DatasetError, File};
use crate::edges::{Caller, Fleet};
use crate::http::problem::Problem;

impl From<DatasetError> for Problem {
    fn from(error: DatasetError) -> Self {
        let en = error.to_string();
        match error {
            DatasetError::Unknown => Self::not_found(),
            DatasetError::TooOld(_) => Self::new(StatusCode::GONE, "changes_known", "这个版本之后的变化已无法给出，请取完整快照。", en),
            DatasetError::Database(error) => Self::internal(&error),
        }
    }
}

#[derive(Deserialize)]
struct Since {
    from: u64,
}

/// The part of a file that `Range: bytes=a-b` asks for; `None` when the whole is wanted, `Err` when there is no such part.
fn range(headers: &HeaderMap, file: &File) -> Result<Option<(usize, usize)>, ()> {
    let same = headers.get(IF_RANGE).is_none_or(|tag| tag.as_bytes() == format!("\"{}\"", file.digest).as_bytes());
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok()).and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = asked.filter(|range| same && !range.contains(',')).and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let length = file.bytes.len();
    let (first, last) = match (first.trim().parse::<usize>(), last.trim().parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) => (first, length.saturating_sub(1)),
        (Err(_), Ok(tail)) if tail > 0 => (length.saturating_sub(tail), length.saturating_sub(1)),
        _ => return Ok(None),
    };
    if first > last || first >= length { Err(()) } else { Ok(Some((first, last))) }
}

fn answer(headers: &HeaderMap, file: &File) -> Response {
    let length = file.bytes.len();
    let common = [
        (CONTENT_TYPE, "application/zstd".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CACHE_CONTROL, "no-store, no-transform".to_owned()),
        (ETAG, format!("\"{}\"", file.digest)),
    ];
    let own = [("x-qitao-version", file.version.to_string()), ("x-qitao-digest", format!("sha256={}", file.digest))];
    match range(headers, file) {
        Ok(None) => (common, own, [(CONTENT_LENGTH, length.to_string())], Body::from(file.bytes.to_vec())).into_response(),
        Ok(Some((first, last))) => {
            let part = file.bytes.get(first..=last).unwrap_or_default().to_vec();
            let place = [(CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))];
            (StatusCode::PARTIAL_CONTENT, common, own, place, Body::from(part)).into_response()
        }
        Err(()) => (StatusCode::RANGE_NOT_SATISFIABLE, own, [(CONTENT_RANGE, format!("bytes */{length}"))]).into_response(),
    }
}

async fn snapshot(State(fleet): State<Fleet>, caller: Caller, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(answer(&headers, &datasets::file(&fleet, &name, caller.site, None).await?))
}

async fn changes(
    State(fleet): State<Fleet>,
    caller: Caller,
    Path(name): Path<String>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(answer(&headers, &datasets::file(&fleet, &name, caller.site, Some(since.from)).await?))
}

/// Routes for edges, to be merged by the hub's router.
pub fn router(fleet: Fleet) -> Router {
    Router::new()
        .route("/edge/v1/datasets/{name}/snapshot", get(snapshot))
        .route("/edge/v1/datasets/{name}/changes", get(changes))
        .with_state(fleet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn part(range_header: &str, if_range: Option<&str>) -> Result<Option<(usize, usize)>, ()> {
        let file = File { version: 3, bytes: Arc::new(vec![0; 100]), digest: "d1".into() };
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, range_header.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(IF_RANGE, tag.parse().unwrap());
        }
        range(&headers, &file)
    }

    #[test]
    fn a_fetch_that_broke_off_goes_on_where_it_was() {
        assert_eq!(part("bytes=40-", None), Ok(Some((40, 99))));
        assert_eq!(part("bytes=0-9", None), Ok(Some((0, 9))));
        assert_eq!(part("bytes=90-500", None), Ok(Some((90, 99))));
        assert_eq!(part("bytes=-5", None), Ok(Some((95, 99))));
        assert_eq!(part("bytes=100-", None), Err(()));
        assert_eq!(part("bytes=9-3", None), Err(()));
        assert_eq!(part("lines=1-2", None), Ok(None));
    }

    #[test]
    fn another_file_is_sent_from_its_beginning() {
        assert_eq!(part("bytes=40-", Some("\"d1\"")), Ok(Some((40, 99))));
        assert_eq!(part("bytes=40-", Some("\"d0\"")), Ok(None));
    }
}
