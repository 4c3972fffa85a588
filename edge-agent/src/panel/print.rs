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
use crate::printing::Job;

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

#[derive(Deserialize)]
pub(super) struct SettleBody {
    /// Print it again (marked as a reprint), or leave it as printed.
    again: bool,
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
    Ok(Json(panel.printing.settle(number, body.again).await?.into()))
}
