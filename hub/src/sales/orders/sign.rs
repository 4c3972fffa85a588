//! A customer signs an order on a phone: the picture is a file of the order, the name is sealed, and what was signed are the lines as they are.

use axum::extract::State as Extracted;
use serde_json::json;
use zeroize::Zeroizing;

use super::OrderError;
use super::api::{changeable, changed};
use super::model::{OrderDetail, SignOrder};
use super::rules::State;
use super::write::{note, take};
use crate::crm::customers::rules::line;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::clock;
use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::identity::{Actor, Right};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::ORDER_SIGNER;
use crate::state::App;

/// What a signature is to its order.
pub const KIND: &str = "signature";
/// Most characters of a name.
const NAME: usize = 60;

/// Writes down who signed an order that is still at `version`.
async fn sign(app: &App, actor: &Actor, (id, version): (i64, i64), asked: &SignOrder) -> Result<(), OrderError> {
    let name = line(&asked.name, NAME).filter(|name| !name.is_empty());
    let name = Zeroizing::new(name.ok_or(OrderError::Text { field: "name", least: 0, most: NAME })?);
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let row = take(&tx, id, version).await?;
    if !matches!(State::of_word(&row.state), State::Draft | State::Confirmed) {
        return Err(OrderError::State(row.state));
    }
    let file = files::row(&tx, asked.file).await?.filter(|file| file.is_of(Owner::Order, id, KIND));
    let file = file.ok_or(OrderError::NoSignature(asked.file))?;
    let now = clock::now_ms();
    let sql = Sql::new("UPDATE sales_order SET version = version + 1, signed_file = ").bind(file.id).text(", signed_ms = ").bind(now);
    sql.text(", signed_by = ").bind(actor.login.clone()).text(" WHERE id = ").bind(id).run(&tx).await?;
    keys.put(&tx, &ORDER_SIGNER, id, Some(&name)).await?;
    let told = json!({"signed": true, "file": file.name, "amount_fen": row.amount_fen, "signer": ORDER_SIGNER.kind.masked(&name)});
    note(&tx, actor, (id, "sign"), None, Some(told)).await?;
    tx.commit().await?;
    Ok(())
}

/// The customer signs an order that is not shipped yet, as its lines are now.
#[utoipa::path(post, path = "/api/v1/orders/{id}/sign", tag = "sales", request_body = SignOrder,
    params(("id" = i64, Path, description = "Number of the order"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = OrderDetail), Refusals))]
pub async fn put(
    Extracted(app): Extracted<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<SignOrder>,
) -> Result<Versioned<OrderDetail>, Problem> {
    changeable(&app, &session, id, Right::Sales).await?;
    sign(&app, &session.actor, (id, version.0), &asked).await?;
    changed(&app, &session, id).await
}
