//! Labels asked for on the panel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use qitao_domain::ids::StationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Panel;
use super::api::key_of;
use super::problem::Problem;
use crate::commands::label::fields;
use crate::printing::{Job, Seen};

#[derive(Deserialize)]
pub(super) struct PrintBody {
    template: String,
    data: Value,
    #[serde(default = "one")]
    copies: u32,
    #[serde(default)]
    printer: Option<String>,
    #[serde(default)]
    station: Option<StationId>,
}

const fn one() -> u32 {
    1
}

/// What a person saw at the printer: of the labels between `done` and `sent`, as they were shown, so many were `printed`. Nothing is taken for granted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettleBody {
    done: u32,
    sent: u32,
    printed: u32,
    /// Another printer for what is printed again.
    #[serde(default)]
    printer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveBody {
    printer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReprintBody {
    #[serde(default)]
    printer: Option<String>,
}

#[derive(Serialize)]
pub(super) struct JobView {
    job: String,
    #[serde(flatten)]
    details: Job,
}

impl From<Job> for JobView {
    fn from(details: Job) -> Self {
        Self { job: details.id(), details }
    }
}

pub(super) async fn submit(
    State(panel): State<Panel>,
    headers: HeaderMap,
    Json(body): Json<PrintBody>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let data = fields(body.data).map_err(|reason| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "data", reason))?;
    let PrintBody { template, copies, printer, station, .. } = body;
    let job = match key_of(&headers) {
        Some(key) => panel.printing.submit_once(key, &template, data, copies, printer.as_deref(), station).await?,
        None => panel.printing.submit(&template, data, copies, printer.as_deref(), station).await?,
    };
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

pub(super) async fn jobs(State(panel): State<Panel>) -> Json<Vec<JobView>> {
    Json(panel.printing.jobs().into_iter().map(JobView::from).collect())
}

pub(super) async fn settle(
    State(panel): State<Panel>,
    Path(number): Path<u64>,
    Json(body): Json<SettleBody>,
) -> Result<Json<JobView>, Problem> {
    let seen = Seen { done: body.done, sent: body.sent, printed: body.printed };
    Ok(Json(panel.printing.settle(number, seen, body.printer.as_deref()).await?.into()))
}

pub(super) async fn move_to(
    State(panel): State<Panel>,
    Path(number): Path<u64>,
    Json(body): Json<MoveBody>,
) -> Result<Json<JobView>, Problem> {
    Ok(Json(panel.printing.move_to(number, &body.printer).await?.into()))
}

pub(super) async fn reprint(
    State(panel): State<Panel>,
    Path(number): Path<u64>,
    Json(body): Json<ReprintBody>,
) -> Result<Json<JobView>, Problem> {
    Ok(Json(panel.printing.reprint(number, body.printer.as_deref()).await?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_leaves_something_out_is_none() {
        let read = |text: &str| serde_json::from_str::<SettleBody>(text).is_ok();
        assert!(read(r#"{"done":0,"sent":3,"printed":3}"#));
        for text in ["{}", r#"{"done":0,"sent":3}"#, r#"{"printed":3}"#, r#"{"again":false}"#] {
            assert!(!read(text), "{text}");
        }
    }
}
