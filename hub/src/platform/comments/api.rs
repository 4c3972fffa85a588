//! What colleagues say about records, for people.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::store::{self, CommentRow, PersonNamed};
use super::{CommentError, MOST_NAMED};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::platform::files::owner::Owner;
use crate::platform::session::Session;
use crate::state::App;

impl From<CommentError> for Problem {
    fn from(error: CommentError) -> Self {
        let en = error.to_string();
        match error {
            CommentError::Text => Self::invalid("comment_length", "text", "请写 1 到 2000 个字，不能有控制字符。", en).who(Who::Reader),
            CommentError::TooMany => Self::invalid("mention_count", "people", format!("一条评论最多提到 {MOST_NAMED} 人。"), en),
            CommentError::Sightless(person) => {
                let zh = format!("编号 {person} 的人在这里不能 @。请先把记录交给对方，或换一个人。");
                Self::invalid("mention_sees", "people", zh, en).who(Who::Reader)
            }
            CommentError::Vault(error) => error.into(),
            CommentError::Database(error) => Self::internal(&error),
        }
    }
}

/// A record that the reader sees.
async fn about(app: &App, session: &Session, word: &str, record: i64) -> Result<(Owner, i64), Problem> {
    let of = Owner::of_word(word).ok_or_else(Problem::not_found)?;
    of.seen_itself(&app.files, &session.actor, record).await?;
    Ok((of, record))
}

/// What was said of a record, the newest first.
#[utoipa::path(get, path = "/api/v1/comments/{kind}/{id}", tag = "comments",
    params(("kind" = String, Path, description = "`item`, `task`, `exception`, `customer`, `opportunity`, `ticket`, `contract`, `order`"),
        ("id" = i64, Path, description = "Number of the record"), PageQuery),
    responses((status = 200, body = Page<CommentRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Path((word, id)): Path<(String, i64)>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<CommentRow>>, Problem> {
    let about = about(&app, &session, &word, id).await?;
    Ok(Answer(store::list(&app, &session.actor, about, &page).await?))
}

/// What is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// What, 1 to 2,000 characters.
    #[schema(value_type = String, example = "@赵师傅 客户改到周六上午")]
    text: Zeroizing<String>,
    /// Who is named and to be told: numbers of people who see the record.
    #[serde(default)]
    #[schema(max_items = 20)]
    people: Vec<i64>,
}

/// Say something of a record; whoever is named is told. The same Idempotency-Key says it once.
#[utoipa::path(post, path = "/api/v1/comments/{kind}/{id}", tag = "comments", request_body = NewComment,
    params(("kind" = String, Path, description = "`item`, `task`, `exception`, `customer`, `opportunity`, `ticket`, `contract`, `order`"),
        ("id" = i64, Path, description = "Number of the record"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = Page<CommentRow>, description = "What was said of the record, with this"), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    Path((word, id)): Path<(String, i64)>,
    key: Option<IdempotencyKey>,
    Json(new): Json<NewComment>,
) -> Result<(StatusCode, Answer<Page<CommentRow>>), Problem> {
    let about = about(&app, &session, &word, id).await?;
    let key = key.map(|IdempotencyKey(key)| format!("{}:{key}", session.actor.id));
    store::say(&app, &session.actor, about, (&new.text, &new.people), key).await?;
    Ok((StatusCode::CREATED, Answer(store::list(&app, &session.actor, about, &PageQuery::default()).await?)))
}

/// Who is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PeopleQuery {
    /// Words or beginnings of words of the name, Chinese also by pinyin.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// Who can be named in a comment: people who see the record, at most ten.
#[utoipa::path(get, path = "/api/v1/comments/{kind}/{id}/people", tag = "comments",
    params(("kind" = String, Path, description = "Kind of record"), ("id" = i64, Path, description = "Number of the record"), PeopleQuery),
    responses((status = 200, body = Page<PersonNamed>), Refusals))]
pub async fn people(
    State(app): State<App>,
    session: Session,
    Path((word, id)): Path<(String, i64)>,
    Query(asked): Query<PeopleQuery>,
) -> Result<Answer<Page<PersonNamed>>, Problem> {
    let about = about(&app, &session, &word, id).await?;
    Ok(Answer(Page::whole(store::people(&app, &session.actor, about, asked.q.as_deref()).await?)))
}
