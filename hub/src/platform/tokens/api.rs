//! The reader's own tokens.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TokenError;
use super::store::{self, TokenRow};
use crate::http::extract::{IdempotencyKey, Json, Path};
use crate::http::openapi::Refusals;
use crate::http::page::Page;
use crate::http::problem::{Problem, Who};
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::state::App;

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let en = error.to_string();
        match error {
            TokenError::Name => Self::invalid("name_length", "name", "名称要有 1 到 60 个字。", en),
            TokenError::Right(_) => Self::invalid("rights_own", "rights", "至少选一个权限，而且只能选您自己有的。", en),
            TokenError::Days => Self::invalid("days_range", "days", "有效期是 1 到 730 天。", en),
            TokenError::TooMany(most) => Self::conflict("token_count", format!("一个人最多有 {most} 个令牌。"), en),
            TokenError::ShownOnce(id) => {
                let zh = "这个请求已经建好了令牌，令牌只显示一次。没有收到的话，请撤销它再建一个。";
                Self::conflict("shown_once", zh, en).who(Who::Reader).with("id", id)
            }
            TokenError::NoToken => Self::not_found(),
            TokenError::Database(error) => Self::internal(&error),
        }
    }
}

/// The reader's tokens, newest first.
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "me", responses((status = 200, body = Page<TokenRow>), Refusals))]
pub async fn list(State(app): State<App>, session: Session) -> Result<Answer<Page<TokenRow>>, Problem> {
    Ok(Answer(Page::whole(store::list(app.db.read(), session.actor.id).await?)))
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    name: String,
    /// What it allows.
    rights: BTreeSet<Right>,
    /// How many days it is good; for ever when left away.
    days: Option<i64>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeToken {
    /// The token; shown once.
    token: String,
    /// What is kept of it.
    #[serde(flatten)]
    row: TokenRow,
}

/// Make a token that speaks for the reader. The same Idempotency-Key makes none again: 409, with the number of the one that was made, whose
/// text is not shown a second time.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "me", request_body = NewToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = MadeToken), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewToken>,
) -> Result<(StatusCode, Answer<MadeToken>), Problem> {
    session.actor.may(Right::Tokens)?;
    let (wanted, key) = ((asked.name.as_str(), &asked.rights, asked.days), IdempotencyKey::of(key, session.actor.id));
    let (token, row) = store::create(&app.db, &session.actor, wanted, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Answer(MadeToken { token, row })))
}

/// Revoke a token of the reader's.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", tag = "me", params(("id" = i64, Path, description = "Number of the token")),
    responses((status = 204, description = "Revoked"), Refusals))]
pub async fn revoke(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    store::revoke(&app.db, &session.actor.login, session.actor.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
