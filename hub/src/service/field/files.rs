//! Files that phones send. The line of the operation is there before the bytes, and learns of them afterwards: whatever breaks in between, the
//! same operation finds what it has kept and keeps nothing twice.

use axum::extract::Request;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::apply::{is_id, no_id};
use super::model::{FieldFile, FileKind, Outcome};
use crate::http::problem::Problem;
use crate::platform::files::kind::Kind;
use crate::platform::files::owner::Owner;
use crate::platform::files::{FileRow, Limits, NewFile, keep, multipart, remove, stored};
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::service::tickets::api::may_do;
use crate::service::tickets::states::{Act, State};
use crate::service::tickets::store::find;
use crate::state::App;

/// What a phone sends: pictures that it has made small.
const PICTURES: Limits = Limits { bytes: 8 * 1024 * 1024, kinds: &[Kind::Png, Kind::Jpeg] };

#[derive(FromQueryResult)]
struct Line {
    person_id: i64,
    ticket_id: i64,
    kind: String,
    file_id: Option<i64>,
}

async fn line(db: &impl ConnectionTrait, id: &str) -> Result<Option<Line>, DbErr> {
    Sql::new("SELECT person_id, ticket_id, kind, file_id FROM field_file WHERE id = ").bind(id).one(db).await
}

async fn file(app: &App, id: i64) -> Result<FileRow, Problem> {
    stored(app.db.read(), id).await?.map(FileRow::from).ok_or_else(Problem::not_found)
}

/// Keeps a file of a ticket once.
pub(super) async fn take(
    app: &App,
    session: &Session,
    (id, ticket, kind): (&str, i64, FileKind),
    request: Request,
) -> Result<FieldFile, Problem> {
    let actor = &session.actor;
    if !is_id(id) {
        return Err(no_id("operation"));
    }
    let db = app.db.read();
    let row = find(db, &session.scope(Entity::Ticket)?, ticket).await?.ok_or_else(Problem::not_found)?;
    let known = line(db, id).await?;
    if known.as_ref().is_some_and(|of| (of.person_id, of.ticket_id, of.kind.as_str()) != (actor.id, ticket, kind.word())) {
        return Err(no_id("operation"));
    }
    if let Some(known) = known.and_then(|line| line.file_id) {
        return Ok(FieldFile { outcome: Outcome::Already, file: file(app, known).await? });
    }
    may_do(actor, &row, Act::Report)?;
    if !row.state().is_at_work() && row.state() != State::Completed {
        let (zh, en) = ("工单现在不能再加照片。", "Nothing can be attached to this ticket now.");
        return Err(Problem::conflict("ticket_state", zh, en));
    }
    let arrived = app.files.receive(multipart(request).await?, PICTURES, |_, _| {}).await?;
    let digest = arrived.digest.clone();
    let tx = app.db.begin().await?;
    let values: [sea_orm::Value; 5] = [id.into(), actor.id.into(), ticket.into(), kind.word().into(), digest.clone().into()];
    let sql = Sql::new("INSERT INTO field_file (id, person_id, ticket_id, kind, digest) VALUES ").list(values);
    sql.text(" ON CONFLICT (id) DO NOTHING").run(&tx).await?;
    tx.commit().await?;
    let kept = match left_behind(db, ticket, kind, &digest).await? {
        Some(kept) => kept,
        None => {
            let new = NewFile {
                entity: Owner::Ticket.word(),
                record: ticket,
                kind: kind.word(),
                author: &actor.login,
                expires_ms: None,
                once: None,
            };
            keep(&app.files, arrived, new).await?.id
        }
    };
    let tx = app.db.begin().await?;
    let told = Sql::new("UPDATE field_file SET file_id = ").bind(kept).text(" WHERE file_id IS NULL AND id = ").bind(id).run(&tx).await?;
    if told > 0 {
        tx.commit().await?;
        return Ok(FieldFile { outcome: Outcome::Applied, file: file(app, kept).await? });
    }
    // The same file came twice at once, and the other was first.
    let first = line(&tx, id).await?.and_then(|line| line.file_id).ok_or_else(Problem::not_found)?;
    if let Some(second) = stored(&tx, kept).await?.filter(|_| kept != first) {
        remove(&tx, &actor.login, &second).await?;
    }
    tx.commit().await?;
    Ok(FieldFile { outcome: Outcome::Already, file: file(app, first).await? })
}

/// A file that was kept for an operation that did not live to say so.
async fn left_behind(db: &impl ConnectionTrait, ticket: i64, kind: FileKind, digest: &str) -> Result<Option<i64>, DbErr> {
    let sql = Sql::new("SELECT COALESCE(MIN(id), 0) FROM file WHERE state = 'kept' AND entity = ").bind(Owner::Ticket.word());
    let sql = sql.text(" AND record_id = ").bind(ticket).text(" AND kind = ").bind(kind.word()).text(" AND digest = ").bind(digest);
    let sql = sql.text(" AND id NOT IN (SELECT f.file_id FROM field_file f WHERE f.file_id IS NOT NULL)");
    Ok(Some(sql.number(db).await?).filter(|id| *id > 0))
}
