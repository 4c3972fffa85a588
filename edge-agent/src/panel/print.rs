//! Labels asked for on the panel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use qitao_domain::ids::StationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Panel;
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

/// What a person saw at the printer: `again` false for all labels there, true for none, or how many were `printed`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettleBody {
    #[serde(default)]
    again: bool,
    #[serde(default)]
    printed: Option<u32>,
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

pub(super) async fn submit(State(panel): State<Panel>, Json(body): Json<PrintBody>) -> Result<(StatusCode, Json<JobView>), Problem> {
    let data = fields(body.data).map_err(|reason| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "data", reason))?;
    let job = panel.printing.submit(&body.template, data, body.copies, body.printer.as_deref(), body.station).await?;
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
    let seen = match (body.printed, body.again) {
        (Some(labels), _) => Seen::Printed(labels),
        (None, true) => Seen::Nothing,
        (None, false) => Seen::All,
    };
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
