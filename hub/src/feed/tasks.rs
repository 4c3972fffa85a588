//! The task log of each edge.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use qitao_domain::catalog::StockKey;
use qitao_domain::ids::{EdgeId, ItemId, LineId, LocationId, SiteId, TaskId};
use qitao_domain::protocol::{Down, MAX_MESSAGE, TaskEntry};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::{Task, TaskKind, TaskLine};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;

use super::shares::shares;
use crate::db::entity::{edge, task, task_line, task_log};
use crate::edges::Fleet;
use crate::live::What;
use crate::platform::clock::now_ms;
use crate::platform::sql::{Sql, insert_many};

/// Bytes of entries in one message; what is around them and the signature must fit beside.
const MESSAGE: usize = 200 * 1024;
/// Entries in one message.
const ENTRIES: u64 = 64;
/// Entries that say nothing in one message; a little more than 30 bytes each.
const NOTHINGS: usize = 1_000;
/// An edge that has not confirmed for so long is sent the entries again.
const PATIENCE_MS: i64 = 15_000;
/// Most bytes of one entry: it must fit a message alone.
const ENTRY: usize = MAX_MESSAGE - 1024;
/// No log comes near this number; who says so is mad.
const MAD: u64 = 1 << 53;

#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    acked: u64,
    through: u64,
    at_ms: i64,
}

/// How far each edge's log has been sent, since this process began.
#[derive(Debug, Default)]
pub struct Outgoing(Mutex<HashMap<EdgeId, Sent>>);

impl Outgoing {
    fn with<T>(&self, edge: &EdgeId, change: impl FnOnce(&mut Sent) -> T) -> T {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(edge.clone()).or_default())
    }

    fn overdue(&self, now_ms: i64) -> Vec<EdgeId> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let late = all.iter().filter(|(_, sent)| sent.acked < sent.through && now_ms.saturating_sub(sent.at_ms) > PATIENCE_MS);
        late.map(|(edge, _)| edge.clone()).collect()
    }
}

fn damaged(what: &str, id: i64) -> DbErr {
    DbErr::Custom(format!("{what} {id} in the database cannot be read"))
}

/// A task as edges get it.
async fn load(tx: &impl ConnectionTrait, id: TaskId) -> Result<Option<Task>, DbErr> {
    let Some(row) = task::Entity::find_by_id(id.0).one(tx).await? else { return Ok(None) };
    let kind: TaskKind = serde_json::from_value(Value::String(row.kind)).map_err(|_| damaged("task", row.id))?;
    let lines = task_line::Entity::find().filter(task_line::Column::TaskId.eq(row.id)).order_by_asc(task_line::Column::Id).all(tx).await?;
    let line = |line: task_line::Model| {
        let carton = u16::try_from(line.carton.unwrap_or(1)).map_err(|_| damaged("task line", line.id))?;
        Ok(TaskLine {
            id: LineId(line.id),
            stock: line.item_id.map(|item| StockKey { item: ItemId(item), carton, lot: line.lot }),
            quantity: Quantity::from_raw(line.quantity),
            location: line.location_id.map(LocationId),
            set: u32::try_from(line.set_no).unwrap_or(0),
        })
    };
    Ok(Some(Task {
        id,
        number: row.number,
        kind,
        site: SiteId(row.site_id),
        reference: row.reference,
        lines: lines.into_iter().map(line).collect::<Result<_, DbErr>>()?,
    }))
}

/// Adds entries to an edge's log. The edge's row must be locked.
async fn append(tx: &impl ConnectionTrait, edge: &str, entries: &[TaskEntry]) -> Result<(), DbErr> {
    let last = Sql::new("SELECT MAX(number) FROM task_log WHERE edge_id = ").bind(edge).number(tx).await?;
    append_at(tx, edge, last + 1, entries).await
}

/// Adds entries with numbers from `first` on.
async fn append_at(tx: &impl ConnectionTrait, edge: &str, first: i64, entries: &[TaskEntry]) -> Result<(), DbErr> {
    let json = |entry: &TaskEntry| serde_json::to_value(entry).map_err(|error| DbErr::Json(error.to_string()));
    let task_of = |entry: &TaskEntry| match entry {
        TaskEntry::Released { task, .. } => task.id.0,
        TaskEntry::Withdrawn { task } => task.0,
    };
    let row = |(number, entry): (i64, &TaskEntry)| -> Result<Vec<sea_orm::Value>, DbErr> {
        Ok(vec![edge.into(), number.into(), json(entry)?.into(), task_of(entry).into()])
    };
    let rows = (first..).zip(entries).map(row);
    insert_many(tx, "task_log", &["edge_id", "number", "entry", "task_id"], rows.collect::<Result<Vec<_>, DbErr>>()?).await
}

/// Edges of a site that have joined, their rows locked: who changes a task locks them first, as booking does.
///
/// # Errors
/// What the database said.
pub async fn edges_of(tx: &DatabaseTransaction, site: i64) -> Result<Vec<EdgeId>, DbErr> {
    let rows = edge::Entity::find()
        .filter(edge::Column::SiteId.eq(site))
        .filter(edge::Column::PublicKey.is_not_null())
        .order_by_asc(edge::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter_map(|row| EdgeId::new(row.id).ok()).collect())
}

/// Puts a task into the logs of its site's edges, in the transaction that made it. The caller commits, then [`push`]es to these edges.
///
/// # Errors
/// What the database said.
pub async fn log_release(tx: &DatabaseTransaction, id: TaskId) -> Result<Vec<EdgeId>, DbErr> {
    let Some(task) = load(tx, id).await? else { return Err(damaged("task", id.0)) };
    let edges = edges_of(tx, task.site.0).await?;
    let entry = [TaskEntry::released(task)];
    for edge in &edges {
        append(tx, edge.as_str(), &entry).await?;
    }
    Ok(edges)
}

/// Tells the site's edges that a task is no longer wanted, in the transaction that withdrew it. The caller commits, then [`push`]es.
///
/// # Errors
/// What the database said.
pub async fn log_withdrawal(tx: &DatabaseTransaction, id: TaskId) -> Result<Vec<EdgeId>, DbErr> {
    let site = Sql::new("SELECT site_id FROM task WHERE id = ").bind(id.0).number(tx).await?;
    let edges = edges_of(tx, site).await?;
    for edge in &edges {
        append(tx, edge.as_str(), &[TaskEntry::Withdrawn { task: id }]).await?;
    }
    Ok(edges)
}

/// Takes a task that was finished at one edge from the others of its site, in the transaction that booked the end. The rows of all edges of the
/// site must be locked. The caller commits, then [`push`]es to these edges.
///
/// # Errors
/// What the database said.
pub async fn log_end(tx: &DatabaseTransaction, id: TaskId, site: SiteId, by: &str) -> Result<Vec<EdgeId>, DbErr> {
    let mut edges = edges_of(tx, site.0).await?;
    edges.retain(|edge| edge.as_str() != by);
    for edge in &edges {
        append(tx, edge.as_str(), &[TaskEntry::Withdrawn { task: id }]).await?;
    }
    Ok(edges)
}

/// Puts everything a site has open into an edge's log: for an edge that joins, or whose log in this database is older than the edge.
///
/// # Errors
/// What the database said.
pub async fn log_open_tasks(tx: &impl ConnectionTrait, edge: &EdgeId, site: SiteId) -> Result<(), DbErr> {
    let open = task::Entity::find()
        .filter(task::Column::SiteId.eq(site.0))
        .filter(task::Column::State.is_in(["open", "started"]))
        .order_by_asc(task::Column::Id)
        .all(tx)
        .await?;
    let mut entries = Vec::with_capacity(open.len());
    for row in open {
        entries.extend(load(tx, TaskId(row.id)).await?.map(TaskEntry::released));
    }
    append(tx, edge.as_str(), &entries).await
}

async fn logged(
    fleet: &Fleet,
    id: TaskId,
    log: impl AsyncFnOnce(&DatabaseTransaction, TaskId) -> Result<Vec<EdgeId>, DbErr>,
) -> Result<(), DbErr> {
    let tx = fleet.db.begin().await?;
    let edges = log(&tx, id).await?;
    let site = Sql::new("SELECT site_id FROM task WHERE id = ").bind(id.0).number(&tx).await?;
    tx.commit().await?;
    fleet.live.publish(Some(SiteId(site)), What::Task(id));
    for edge in edges {
        push(fleet, &edge).await?;
    }
    Ok(())
}

/// Sends a task that is in the database to its site's edges, in a transaction of its own.
///
/// # Errors
/// What the database said.
pub async fn release_task(fleet: &Fleet, id: TaskId) -> Result<(), DbErr> {
    logged(fleet, id, log_release).await
}

/// Tells the site's edges that a task is withdrawn, in a transaction of its own.
///
/// # Errors
/// What the database said.
pub async fn withdraw_task(fleet: &Fleet, id: TaskId) -> Result<(), DbErr> {
    logged(fleet, id, log_withdrawal).await
}

/// Within a hello: what the edge keeps of the log. When that is more than this database knows (it was restored from a backup, or the edge has
/// another's folder), the log goes on behind it: the last of the missing numbers gets an entry that says nothing (those before it stand for
/// nothing by themselves, see [`message`]), and all open tasks are said anew.
///
/// # Errors
/// What the database said.
pub async fn greet(tx: &impl ConnectionTrait, edge: &EdgeId, site: SiteId, through: u64) -> Result<(), DbErr> {
    let Some(through) = i64::try_from(through).ok().filter(|_| through < MAD) else { return Ok(()) };
    let last = Sql::new("SELECT MAX(number) FROM task_log WHERE edge_id = ").bind(edge.as_str()).number(tx).await?;
    if through <= last {
        return Ok(());
    }
    tracing::warn!(%edge, through, last, "the edge knows more of its task log than this database; open tasks are sent anew");
    append_at(tx, edge.as_str(), through, &[TaskEntry::Withdrawn { task: TaskId(0) }]).await?;
    log_open_tasks(tx, edge, site).await
}

/// The entries after `from` that fit in a message. What was let go stands as an entry that says nothing, so that there are no gaps; a task
/// comes with what is done of it now, for an edge that has forgotten and for what other edges did.
async fn message(fleet: &Fleet, edge: &EdgeId, from: u64, rows: Vec<task_log::Model>) -> Result<Vec<TaskEntry>, DbErr> {
    let mut read = Vec::with_capacity(rows.len());
    let mut released = BTreeSet::new();
    for row in rows {
        let entry: TaskEntry = serde_json::from_value(row.entry).map_err(|error| DbErr::Json(error.to_string()))?;
        if let TaskEntry::Released { task, .. } = &entry {
            released.insert(task.id.0);
        }
        read.push((u64::try_from(row.number).unwrap_or(0), entry));
    }
    let shares = if released.is_empty() { BTreeMap::new() } else { shares(fleet.db.read(), &released).await? };
    let (mut entries, mut bytes, mut next) = (Vec::new(), 0, from + 1);
    for (number, mut entry) in read {
        let nothings = usize::try_from(number.saturating_sub(next)).unwrap_or(NOTHINGS).min(NOTHINGS.saturating_sub(entries.len()));
        entries.extend(std::iter::repeat_n(TaskEntry::Withdrawn { task: TaskId(0) }, nothings));
        next += nothings as u64;
        if next < number {
            break;
        }
        if let TaskEntry::Released { task, own, others } = &mut entry
            && let Some(shares) = shares.get(&task.id.0)
        {
            (*own, *others) = (shares.own(edge), shares.others(edge));
        }
        let length = |entry: &TaskEntry| serde_json::to_vec(entry).map_or(0, |json| json.len());
        if length(&entry) > ENTRY
            && let TaskEntry::Released { task, own, others } = &mut entry
        {
            tracing::error!(%edge, task = task.id.0, "a task and what is done of it fit no message; the edge gets the task alone");
            (*own, *others) = (Vec::new(), Vec::new());
        }
        if length(&entry) > ENTRY {
            // What fits no message would hold up everything behind it.
            tracing::error!(%edge, number, "a task fits no message and does not reach the edge");
            entry = TaskEntry::Withdrawn { task: TaskId(0) };
        }
        bytes += length(&entry);
        if bytes > MESSAGE && !entries.is_empty() {
            break;
        }
        entries.push(entry);
        next += 1;
    }
    Ok(entries)
}

#[derive(FromQueryResult)]
struct Standing {
    tasks_acked: i64,
}

/// Sends an edge what it lacks of its log, as much as fits in a message. Does nothing when all was sent and is only not confirmed yet.
///
/// # Errors
/// What the database said.
pub async fn push(fleet: &Fleet, edge: &EdgeId) -> Result<(), DbErr> {
    let standing: Option<Standing> = Sql::new("SELECT tasks_acked FROM edge WHERE id = ").bind(edge.as_str()).one(fleet.db.read()).await?;
    let Some(standing) = standing else { return Ok(()) };
    let acked = u64::try_from(standing.tasks_acked).unwrap_or(0);
    let now = now_ms();
    let from = fleet.outgoing.with(edge, |sent| {
        sent.acked = acked;
        if now.saturating_sub(sent.at_ms) > PATIENCE_MS { acked } else { sent.through.max(acked) }
    });
    let rows = task_log::Entity::find()
        .filter(task_log::Column::EdgeId.eq(edge.as_str()))
        .filter(task_log::Column::Number.gt(i64::try_from(from).unwrap_or(i64::MAX)))
        .order_by_asc(task_log::Column::Number)
        .limit(ENTRIES)
        .all(fleet.db.read())
        .await?;
    let entries = message(fleet, edge, from, rows).await?;
    if entries.is_empty() {
        return Ok(());
    }
    let through = from + entries.len() as u64;
    if fleet.send(edge, &Down::Tasks { first: from + 1, entries }).await {
        fleet.outgoing.with(edge, |sent| (sent.through, sent.at_ms) = (sent.through.max(through), now));
    }
    Ok(())
}

/// The edge has its log on disk up to here; sends the next part when there is one. The database knows already.
///
/// # Errors
/// What the database said.
pub async fn acked(fleet: &Fleet, edge: &EdgeId, through: u64, hello: bool) -> Result<(), DbErr> {
    fleet.outgoing.with(edge, |sent| {
        sent.acked = through;
        if hello {
            *sent = Sent { acked: through, through, at_ms: 0 };
        }
    });
    push(fleet, edge).await
}

/// Sends again what edges have not confirmed for long.
///
/// # Errors
/// What the database said.
pub async fn resend(fleet: &Fleet) -> Result<(), DbErr> {
    for edge in fleet.outgoing.overdue(now_ms()) {
        push(fleet, &edge).await?;
    }
    Ok(())
}
