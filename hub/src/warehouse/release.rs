//! Making a task: planned (see [`super::plan`]), written and put into the task logs of the site's edges in one transaction.

use data_encoding::HEXLOWER;
use qitao_domain::ids::{EdgeId, ItemId, LocationId, SiteId, TaskId};
use qitao_domain::quantity::Quantity;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect, Value,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::WarehouseError;
use super::model::Kind;
use super::plan::{Planned, plan};
use super::rules::{self, Broken};
use crate::db::entity::{audit as audit_row, task};
use crate::feed;
use crate::live::What;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::search;
use crate::platform::sql::{Sql, insert_many};
use crate::state::App;

/// A task as somebody asks for it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What kind of work.
    pub kind: Kind,
    /// Where.
    pub site: SiteId,
    /// What it is for.
    pub reference: String,
    /// What is to be done.
    pub lines: Vec<DraftLine>,
}

/// A line as somebody asks for it.
#[derive(Debug, Clone, Default)]
pub struct DraftLine {
    /// Item or kit; none in a count.
    pub item: Option<ItemId>,
    /// How many.
    pub quantity: Option<Quantity>,
    /// Where; suggested when left away.
    pub location: Option<LocationId>,
    /// Dye lot.
    pub lot: Option<String>,
}

/// A task that was made or withdrawn, for [`tell`] once that is committed.
#[derive(Debug)]
pub struct Released {
    /// The task.
    pub task: TaskId,
    /// Its site.
    pub site: SiteId,
    edges: Vec<EdgeId>,
    /// Whether it was made now, and not by an earlier request of the same key.
    is_new: bool,
}

/// Makes a task; the second value is false when the key had made it before.
///
/// # Errors
/// [`WarehouseError`] when a rule does not allow it.
pub async fn create(app: &App, author: &str, draft: Draft, key: Option<String>) -> Result<(TaskId, bool), WarehouseError> {
    let tx = app.db.begin().await?;
    let made = create_in(&tx, author, &draft, key).await?;
    let (task, is_new) = (made.task, made.is_new);
    if is_new {
        tx.commit().await?;
        tell(app, made).await;
    }
    Ok((task, is_new))
}

/// As [`create`], in a transaction that does more. Once it is committed, [`tell`] whoever waits for the task.
///
/// # Errors
/// As [`create`].
pub async fn create_in(tx: &DatabaseTransaction, author: &str, draft: &Draft, key: Option<String>) -> Result<Released, WarehouseError> {
    if draft.reference.chars().count() > rules::MAX_REFERENCE {
        return Err(Broken::Reference.into());
    }
    if draft.lines.is_empty() || draft.lines.len() > rules::MAX_ASKED {
        return Err(Broken::Lines(draft.lines.len()).into());
    }
    // On PostgreSQL who plans at a site waits for whoever plans there, so that nothing is promised twice; SQLite has one writer.
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR NO KEY UPDATE" } else { "" };
    if Sql::new("SELECT id FROM site WHERE id = ").bind(draft.site.0).text(lock).number(tx).await? == 0 {
        return Err(WarehouseError::NoSite(draft.site));
    }
    if let Some(key) = &key
        && let Some(made) = task::Entity::find().filter(task::Column::IdempotencyKey.eq(key)).one(tx).await?
    {
        return if asked_before(tx, made.id).await? == Some(digest(draft)) {
            Ok(Released { task: TaskId(made.id), site: draft.site, edges: Vec::new(), is_new: false })
        } else {
            Err(WarehouseError::KeyReused)
        };
    }
    let planned = plan(tx, draft).await?;
    let task = write(tx, author, draft, &planned, key).await?;
    let edges = feed::log_release(tx, task).await?;
    Ok(Released { task, site: draft.site, edges, is_new: true })
}

/// What tells one request from another.
fn digest(draft: &Draft) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{draft:?}").as_bytes()))
}

/// The digest of the request that made a task, kept with its author.
async fn asked_before(tx: &impl ConnectionTrait, task: i64) -> Result<Option<String>, WarehouseError> {
    let written = audit_row::Entity::find()
        .filter(audit_row::Column::Entity.eq("task"))
        .filter(audit_row::Column::EntityId.eq(task.to_string()))
        .filter(audit_row::Column::Action.eq("create"))
        .one(tx)
        .await?;
    Ok(written.and_then(|row| row.new?.get("request")?.as_str().map(str::to_owned)))
}

/// Tells screens and edges. What fails here is sent again when the edge says hello.
pub async fn tell(app: &App, released: Released) {
    app.live.publish(Some(released.site), What::Task(released.task));
    for edge in released.edges {
        if let Err(error) = feed::push(&app.fleet, &edge).await {
            tracing::warn!(%edge, %error, "a task could not be sent to an edge now");
        }
    }
}

/// Withdraws a task that has not ended.
///
/// # Errors
/// [`WarehouseError::NoTask`] or [`WarehouseError::Ended`].
pub async fn withdraw(app: &App, author: &str, id: TaskId) -> Result<(), WarehouseError> {
    let tx = app.db.begin().await?;
    let released = withdraw_in(&tx, author, id).await?;
    tx.commit().await?;
    tell(app, released).await;
    Ok(())
}

/// As [`withdraw`], in a transaction that does more. Once it is committed, [`tell`] whoever works on it.
///
/// # Errors
/// As [`withdraw`].
pub async fn withdraw_in(tx: &DatabaseTransaction, author: &str, id: TaskId) -> Result<Released, WarehouseError> {
    // In the order of booking: the edges of the site, then the task.
    let site = Sql::new("SELECT site_id FROM task WHERE id = ").bind(id.0).number(tx).await?;
    feed::edges_of(tx, site).await?;
    let found = task::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?.ok_or(WarehouseError::NoTask(id))?;
    if !matches!(found.state.as_str(), "open" | "started") {
        return Err(WarehouseError::Ended { number: found.number, state: found.state });
    }
    let (site, old) = (SiteId(found.site_id), found.state);
    Sql::new("UPDATE task SET state = 'withdrawn', finished_ms = ").bind(clock::now_ms()).text(" WHERE id = ").bind(id.0).run(tx).await?;
    let change = Change { author, entity: "task", id: id.to_string(), action: "withdraw" };
    audit::record(tx, change, Some(json!({"state": old})), Some(json!({"state": "withdrawn"}))).await?;
    let edges = feed::log_withdrawal(tx, id).await?;
    Ok(Released { task: id, site, edges, is_new: true })
}

async fn write(
    tx: &impl ConnectionTrait,
    author: &str,
    draft: &Draft,
    planned: &[Planned],
    key: Option<String>,
) -> Result<TaskId, WarehouseError> {
    let prefix = draft.kind.prefix();
    let next = Sql::new("INSERT INTO setting (key, value) VALUES (")
        .bind(format!("task_number:{prefix}"))
        .text(", '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT) RETURNING CAST(value AS BIGINT)")
        .number(tx)
        .await?;
    let made = task::ActiveModel {
        number: Set(rules::number(prefix, next)),
        kind: Set(draft.kind.word().to_owned()),
        site_id: Set(draft.site.0),
        reference: Set(draft.reference.clone()),
        state: Set("open".to_owned()),
        created_ms: Set(clock::now_ms()),
        created_by: Set(author.to_owned()),
        idempotency_key: Set(key),
        ..Default::default()
    }
    .insert(tx)
    .await?;
    let rows = planned.iter().map(|line| {
        let (item, carton, lot) =
            line.stock.as_ref().map_or((None, None, String::new()), |s| (Some(s.item.0), Some(i32::from(s.carton)), s.lot.clone()));
        let row: Vec<Value> = vec![
            made.id.into(),
            item.into(),
            carton.into(),
            lot.into(),
            line.set.cast_signed().into(),
            line.location.map(|location| location.0).into(),
            line.quantity.raw().into(),
            0_i64.into(),
            0_i64.into(),
        ];
        row
    });
    let columns = ["task_id", "item_id", "carton", "lot", "set_no", "location_id", "quantity", "done", "short"];
    insert_many(tx, "task_line", &columns, rows.collect::<Vec<_>>()).await?;
    search::index(tx, search::Kind::Task, &[made.id.to_string()]).await?;
    let change = Change { author, entity: "task", id: made.id.to_string(), action: "create" };
    let new = json!({"number": made.number, "kind": made.kind, "site": made.site_id, "reference": made.reference, "lines": planned.len(), "request": digest(draft)});
    audit::record(tx, change, audit::NOTHING, Some(new)).await?;
    Ok(TaskId(made.id))
}
