//! Links that show a quote to whoever has them: what opens one is kept as its digest only, ends after some days, and may not be guessed.

use axum::Json as Answer;
use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use qitao_domain::quantity::Money;
use sea_orm::{DbErr, FromQueryResult, Value};
use serde_json::json;

use super::QuoteError;
use super::model::{OpenQuote, OpenedLine, OpenedQuote, SharedLink};
use super::store::versions;
use crate::crm::customers::rules::masked_name;
use crate::http::extract::Json;
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::platform::address::{Client, neighbourhood};
use crate::platform::api::too_many;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::once;
use crate::platform::session::hash;
use crate::platform::sql::Sql;
use crate::sales::lines::store::{self as lines, Document};
use crate::state::App;

const DAY_MS: i64 = 86_400_000;

/// Makes a link to a version.
pub(super) async fn make(
    app: &App,
    author: &str,
    (quote, number): (i64, i64),
    days: i64,
    key: Option<&str>,
) -> Result<SharedLink, QuoteError> {
    if !(1..=90).contains(&days) {
        return Err(QuoteError::Days);
    }
    let token = BASE64URL_NOPAD.encode(&rand::random::<[u8; 24]>());
    let (now, tx) = (clock::now_ms(), app.db.begin().await?);
    if once::made(&tx, "quote_share", key).await?.is_some() {
        return Err(QuoteError::ShownOnce);
    }
    let expires_ms = now + days * DAY_MS;
    let row: [Value; 7] =
        [quote.into(), number.into(), hash(&token).into(), expires_ms.into(), author.into(), now.into(), key.map(str::to_owned).into()];
    let columns = "INSERT INTO quote_share (quote_id, number, token_hash, expires_ms, created_by, created_ms, idempotency_key) VALUES ";
    Sql::new(columns).list(row).run(&tx).await?;
    let change = Change { author, entity: "quote", id: quote.to_string(), action: "share" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"number": number, "expires_ms": expires_ms}))).await?;
    tx.commit().await?;
    Ok(SharedLink { link: format!("/quote#{token}"), expires_ms })
}

#[derive(FromQueryResult)]
struct Shared {
    quote_id: i64,
    number: i64,
    code: String,
    customer: String,
    organisation: String,
}

async fn opened(app: &App, token: &str) -> Result<Option<OpenedQuote>, DbErr> {
    let db = app.db.read();
    let shared: Option<Shared> = Sql::new(
        "SELECT s.quote_id, s.number, COALESCE(x.code, '') AS code, c.name AS customer, o.name AS organisation FROM quote_share s \
         JOIN quote x ON x.id = s.quote_id JOIN customer c ON c.id = x.customer_id JOIN organisation o ON o.id = x.organisation_id \
         WHERE s.token_hash = ",
    )
    .bind(hash(token))
    .text(" AND s.expires_ms > ")
    .bind(clock::now_ms())
    .one(db)
    .await?;
    let Some(shared) = shared else { return Ok(None) };
    let Some(version) = versions(db, shared.quote_id).await?.into_iter().find(|version| version.number == shared.number) else {
        return Ok(None);
    };
    let lines = lines::of(db, Document::Quote, [version.id]).await?.remove(&version.id).unwrap_or_default();
    Ok(Some(OpenedQuote {
        code: shared.code,
        number: shared.number,
        customer: masked_name(&shared.customer),
        organisation: shared.organisation,
        valid_until: version.valid_until,
        note: version.note,
        amount: Money::from_raw(version.amount_fen),
        lines: lines
            .into_iter()
            .map(|line| OpenedLine {
                name: line.name,
                name_en: line.name_en,
                spec: line.spec,
                quantity: line.quantity,
                unit: line.unit,
                price: line.price,
                discount: line.discount,
                amount: line.amount,
            })
            .collect(),
    }))
}

/// Open a quote by its link; for customers, without a login.
#[utoipa::path(post, path = "/api/v1/quotes/open", tag = "sales", request_body = OpenQuote,
    responses((status = 200, body = OpenedQuote), Refusals))]
pub async fn open(State(app): State<App>, client: Client, Json(asked): Json<OpenQuote>) -> Result<Answer<OpenedQuote>, Problem> {
    app.attempts.admit("", neighbourhood(client.0), clock::now_ms()).map_err(too_many)?;
    opened(&app, &asked.token).await?.map(Answer).ok_or_else(Problem::not_found)
}
