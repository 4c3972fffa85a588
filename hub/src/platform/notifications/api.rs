//! What the reader was told, and how they want to be told.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::people::{self, Choices, Notification};
use super::{mail, words};
use crate::http::extract::{Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem};
use crate::platform::session::Session;
use crate::state::App;

/// Which notifications.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NotificationQuery {
    /// `true`: only those that were not read.
    #[serde(deserialize_with = "given")]
    unread: Option<bool>,
}

/// The counter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unread {
    /// Notifications that the reader has not read.
    unread: i64,
}

/// What the reader was told, newest first.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(NotificationQuery, PageQuery),
    responses((status = 200, body = Page<Notification>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Query(asked): Query<NotificationQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Notification>>, Problem> {
    let unread = asked.unread.unwrap_or(false);
    Ok(Answer(people::list(app.db.read(), session.actor.id, unread, &page, Language::of(&headers)).await?))
}

/// How many of them are not read.
#[utoipa::path(get, path = "/api/v1/notifications/unread", tag = "notifications", responses((status = 200, body = Unread), Refusals))]
pub async fn unread(State(app): State<App>, session: Session) -> Result<Answer<Unread>, Problem> {
    Ok(Answer(Unread { unread: people::unread(app.db.read(), session.actor.id).await? }))
}

/// Mark one as read.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", tag = "notifications",
    params(("id" = i64, Path, description = "Number of the notification")), responses((status = 200, body = Unread), Refusals))]
pub async fn read(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Unread>, Problem> {
    let user = session.actor.id;
    people::notification(app.db.read(), user, id, Language::Chinese).await?.ok_or_else(Problem::not_found)?;
    people::read(&app.db, user, Some(id), app.telling.clock.now_ms()).await?;
    Ok(Answer(Unread { unread: people::unread(app.db.read(), user).await? }))
}

/// Mark all as read.
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "notifications", responses((status = 200, body = Unread), Refusals))]
pub async fn read_all(State(app): State<App>, session: Session) -> Result<Answer<Unread>, Problem> {
    people::read(&app.db, session.actor.id, None, app.telling.clock.now_ms()).await?;
    Ok(Answer(Unread { unread: people::unread(app.db.read(), session.actor.id).await? }))
}

/// A kind of notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeKind {
    /// Its word.
    kind: &'static str,
    /// Its name in the reader's language.
    name: &'static str,
    /// Only groups and programs that name it are told, no people.
    named: bool,
}

/// Every kind that people, groups and programs can be told of.
#[utoipa::path(get, path = "/api/v1/notice-kinds", tag = "notifications", responses((status = 200, body = Page<NoticeKind>), Refusals))]
pub async fn kinds(_: Session, headers: HeaderMap) -> Answer<Page<NoticeKind>> {
    let chinese = Language::of(&headers) == Language::Chinese;
    let kind = |kind: &words::Kind| NoticeKind { kind: kind.word, name: if chinese { kind.zh } else { kind.en }, named: kind.named };
    Answer(Page::whole(words::KINDS.iter().map(kind).collect()))
}

/// How the reader wants to be told of which kinds.
#[utoipa::path(get, path = "/api/v1/notification-choices", tag = "notifications", responses((status = 200, body = Choices), Refusals))]
pub async fn choices(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Answer<Choices>, Problem> {
    Ok(Answer(people::choices(app.db.read(), &app.vault, session.actor.id, Language::of(&headers)).await?))
}

/// Choose how to be told. Kinds that are not named stay as they were; without `mail` there is no mail.
#[utoipa::path(put, path = "/api/v1/notification-choices", tag = "notifications", request_body = Choices,
    responses((status = 200, body = Choices), Refusals))]
pub async fn choose(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Json(asked): Json<Choices>,
) -> Result<(StatusCode, Answer<Choices>), Problem> {
    if let Some(at) = asked.kinds.iter().position(|choice| !words::known(&choice.kind)) {
        let (zh, en) = ("没有这种通知。", "There is no such kind of notice.");
        return Err(Problem::invalid("kind_exists", format!("kinds[{at}].kind"), zh, en));
    }
    let given = asked.mail.as_deref().map(str::trim).filter(|mail| !mail.is_empty());
    if given.is_some_and(|mail| mail.len() > 254 || !mail::is_address(mail)) {
        return Err(Problem::invalid("mail_address", "mail", "这不是一个邮箱地址。", "This is not a mail address."));
    }
    if given.is_none() && asked.kinds.iter().any(|choice| choice.mail) {
        return Err(Problem::invalid("mail_address", "mail", "要收邮件，请先填写邮箱地址。", "To get mail, give an address first."));
    }
    people::choose(&app.db, &app.vault, (session.actor.id, &session.actor.login), &asked).await?;
    Ok((StatusCode::OK, Answer(people::choices(app.db.read(), &app.vault, session.actor.id, Language::of(&headers)).await?)))
}
