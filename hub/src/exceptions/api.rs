//! Cases for people.

use axum::Json as Answer;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::ExceptionRow;
use super::resolve::{self, Resolution};
use super::store::{self, Cases};
use super::{ExceptionError, rules};
use crate::http::extract::{Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::inventory::CountError;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::state::App;

impl From<ExceptionError> for Problem {
    fn from(error: ExceptionError) -> Self {
        let en = error.to_string();
        match error {
            ExceptionError::NoCase => Self::not_found(),
            ExceptionError::Resolved => Self::conflict("case_open", "这个异常已经处理过了。", en),
            ExceptionError::Action { .. } => Self::invalid("case_action", "action", "这类异常不能这样处理。", en),
            ExceptionError::Missing(field) => Self::invalid("value_given", field, format!("这个操作需要填写 {field}。"), en),
            ExceptionError::Note => Self::invalid("note_length", "note", "备注最多 1000 个字。", en),
            ExceptionError::StillUnappliable { rule, detail } => {
                Self::conflict("fact_applies", format!("这条记录仍然不能入账（{rule}）：{detail}"), en).who(Who::Admin)
            }
            ExceptionError::Gone => Self::conflict("fact_waits", "这条记录已经入账，请直接关闭这个异常。", en),
            ExceptionError::Catalog(error) => error.into(),
            ExceptionError::Count(CountError::NotFinished(_)) => {
                Self::conflict("count_finished", "这次盘点还没有结束，或者已经处理过了。", en)
            }
            ExceptionError::Count(CountError::NotCounted(..)) => Self::conflict("counted", "这个库位在这个任务里没有盘点。", en),
            ExceptionError::Count(CountError::NoVarianceLocation(_)) => {
                Self::conflict("variance_location", "这个站点没有盘差库位。", en).who(Who::Admin)
            }
            ExceptionError::Count(CountError::Database(error)) | ExceptionError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which cases.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ExceptionQuery {
    /// `open` or `resolved`.
    #[serde(deserialize_with = "given")]
    state: Option<String>,
    /// Of this kind; several with commas.
    #[serde(deserialize_with = "given")]
    kind: Option<String>,
}

impl ExceptionQuery {
    pub(super) fn asked(self) -> Cases {
        Cases { state: self.state, kind: self.kind }
    }
}

/// Cases, newest first.
#[utoipa::path(get, path = "/api/v1/exceptions", tag = "exceptions", params(Part, ExceptionQuery, PageQuery),
    responses((status = 200, body = Page<ExceptionRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<ExceptionQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ExceptionRow>>, Problem> {
    Ok(Answer(store::list(app.db.read(), &session.scope_at(Entity::Exception, part)?, asked.asked(), &page).await?))
}

/// A case.
#[utoipa::path(get, path = "/api/v1/exceptions/{id}", tag = "exceptions", params(("id" = i64, Path, description = "Number of the case")),
    responses((status = 200, body = ExceptionRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<ExceptionRow>, Problem> {
    store::row(app.db.read(), &session.scope(Entity::Exception)?, id).await?.map(Answer).ok_or_else(Problem::not_found)
}

/// Resolve a case: `count_variance` by approve or reject, `unknown_barcode` by bind (with item, quantity, carton) or dismiss,
/// `unappliable_fact` by retry or dismiss, everything else by dismiss.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/resolve", tag = "exceptions", request_body = Resolution,
    params(("id" = i64, Path, description = "Number of the case")), responses((status = 200, body = ExceptionRow), Refusals))]
pub async fn resolve(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Json(asked): Json<Resolution>,
) -> Result<Answer<ExceptionRow>, Problem> {
    let scope = session.scope(Entity::Exception)?;
    let case = store::row(app.db.read(), &scope, id).await?.ok_or_else(Problem::not_found)?;
    session.may_at(Entity::Exception, rules::right(&case.kind), case.site)?;
    resolve::resolve(&app, &session.actor.login, id, asked).await?;
    store::row(app.db.read(), &scope, id).await?.map(Answer).ok_or_else(Problem::not_found)
}
