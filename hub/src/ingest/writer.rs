//! The one writer: commits what waits from all edges, and all batches that wait of one edge, in one transaction; what is to be said after it
//! is [`super::teller`]'s, so that the next transaction need not wait for the network.
//!
//! When a group fails, each message is tried alone; when a message fails, its facts are tried one by one, and what the database cannot
//! take is kept raw. So no record of one edge can stop another, nor its own stream. Only a database that is gone stops everything; then
//! nothing is acked and edges send again.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use qitao_domain::ids::{EdgeId, SiteId, TaskId};
use qitao_domain::protocol::{Batch, Down, Hello, Up};
use qitao_domain::stream::DEFAULT_WINDOW;
use qitao_domain::stream::receiver::{Door, News, Stream};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::books::{self, Incoming};
use super::cases::{self, Again, Case};
use super::offered::Offered;
use super::teller::{Done, Teller};
use crate::db::entity::edge;
use crate::db::storable_json;
use crate::edges::{Fleet, refusal_word};
use crate::feed;
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

/// Messages that may wait; their connections wait with them.
const WAITING: usize = 512;
/// Messages in one transaction.
const GROUP: usize = 64;
/// Facts in one transaction.
const GROUP_FACTS: usize = 2_048;
/// A clock that is further off than this becomes a case.
const SKEW_MS: i64 = 120_000;

/// Batches of one edge that may wait: what its window lets it have on the way. Beyond them its connection waits.
const AHEAD: usize = 16;

/// A message, read.
pub(super) struct Message {
    pub edge: EdgeId,
    pub up: Up,
    /// The facts of a batch.
    pub offered: Vec<Arc<Offered>>,
}

impl Message {
    /// Reads the facts of a batch.
    pub(super) fn of(edge: EdgeId, up: Up) -> Self {
        let offered = if let Up::Batch(batch) = &up { batch.facts.iter().map(Offered::read).collect() } else { Vec::new() };
        Self { edge, up, offered }
    }
}

/// The batches of one edge that wait.
pub(super) struct Lane {
    room: Arc<Semaphore>,
    failed: AtomicBool,
}

impl Default for Lane {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AHEAD)), failed: AtomicBool::new(false) }
    }
}

impl Lane {
    /// Whether something of the edge could not be committed since this was asked last; then it must come again.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.swap(false, Ordering::Relaxed)
    }

    /// Waits until nothing of the edge waits.
    #[cfg(test)]
    pub(super) async fn settled(&self) {
        drop(self.room.acquire_many(u32::try_from(AHEAD).unwrap_or(1)).await);
    }
}

/// Who is to hear that a message is dealt with, after what it led to was said.
pub(super) enum Waiter {
    /// Its connection waits.
    Asked(oneshot::Sender<bool>),
    /// Its connection went on; this makes room for another.
    Ahead(Arc<Lane>, OwnedSemaphorePermit),
}

impl Waiter {
    /// `false`: it could not be committed, now.
    pub(super) fn tell(self, taken: bool) {
        match self {
            // Whoever waited may be gone: the connection ended. What is committed is committed all the same.
            Self::Asked(done) => drop(done.send(taken)),
            Self::Ahead(lane, room) => {
                if !taken {
                    lane.failed.store(true, Ordering::Relaxed);
                }
                drop(room);
            }
        }
    }
}

/// Where messages wait.
pub(super) struct Writer(mpsc::Sender<(Message, Waiter)>);

impl Writer {
    /// Starts the writer.
    pub(super) fn start(fleet: Fleet, stop: CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let teller = Teller::start(fleet.clone());
        tokio::spawn(run(fleet, teller, receiver, stop));
        Self(sender)
    }

    /// Waits until a message is committed and answered, or is known to be worth nothing. `false`: it could not be, now.
    pub(super) async fn write(&self, message: Message) -> bool {
        let (done, wait) = oneshot::channel();
        self.0.send((message, Waiter::Asked(done))).await.is_ok() && wait.await.unwrap_or(false)
    }

    /// Lets a batch wait behind the others of its edge; returns when there is room for it. The receipt is the hub's ack and nothing else, so
    /// nothing is promised by this. `false`: the hub is ending.
    pub(super) async fn queue(&self, message: Message, lane: &Arc<Lane>) -> bool {
        let Ok(room) = lane.room.clone().acquire_owned().await else { return false };
        self.0.send((message, Waiter::Ahead(lane.clone(), room))).await.is_ok()
    }
}

async fn run(fleet: Fleet, teller: Teller, mut waiting: mpsc::Receiver<(Message, Waiter)>, stop: CancellationToken) {
    loop {
        let first = tokio::select! {
            first = waiting.recv() => first,
            () = stop.cancelled() => None,
        };
        let Some(first) = first else { return };
        let mut facts = first.0.offered.len();
        let mut group = vec![first];
        while group.len() < GROUP
            && facts < GROUP_FACTS
            && let Ok(next) = waiting.try_recv()
        {
            facts += next.0.offered.len();
            group.push(next);
        }
        commit_all(&fleet, &teller, group).await;
    }
}

/// Commits messages together, or one after the other when that fails.
async fn commit_all(fleet: &Fleet, teller: &Teller, group: Vec<(Message, Waiter)>) {
    let (messages, waiters): (Vec<Message>, Vec<Waiter>) = group.into_iter().unzip();
    match commit_or_catch(fleet, &messages, false).await {
        Ok(done) => return teller.tell(done, waiters).await,
        Err(error) => tracing::warn!(%error, messages = messages.len(), "messages could not be committed together; each is tried alone"),
    }
    for (message, waiter) in messages.iter().zip(waiters) {
        let alone = std::slice::from_ref(message);
        let done = match commit_or_catch(fleet, alone, false).await {
            Ok(done) => Ok(done),
            Err(_) => commit_or_catch(fleet, alone, true).await,
        };
        match done {
            Ok(done) => teller.tell(done, vec![waiter]).await,
            Err(error) => {
                tracing::error!(edge = %message.edge, %error, "a message could not be committed; the edge will send it again");
                tokio::time::sleep(Duration::from_millis(100)).await;
                waiter.tell(false);
            }
        }
    }
}

async fn commit_or_catch(fleet: &Fleet, messages: &[Message], careful: bool) -> Result<Done, DbErr> {
    let committing = AssertUnwindSafe(commit(fleet, messages, careful)).catch_unwind();
    committing.await.map_err(|_| DbErr::Custom("booking panicked".into()))?
}

struct Row {
    site: i64,
    disabled: bool,
    stream: Stream,
    skew_ms: i64,
    agent: Option<String>,
    datasets: Option<serde_json::Value>,
    tasks_acked: Option<u64>,
}

/// The rows of the edges that speak, locked. When a task ends by it, the rows of all edges of their sites are locked with them, in one order for
/// everybody, because their task logs are written.
async fn lock(tx: &DatabaseTransaction, messages: &[Message]) -> Result<BTreeMap<EdgeId, Row>, DbErr> {
    let speaking: BTreeSet<&str> = messages.iter().map(|message| message.edge.as_str()).collect();
    let mut wanted = Condition::any().add(edge::Column::Id.is_in(speaking.iter().copied()));
    if messages.iter().any(|message| message.offered.iter().any(|offered| offered.ends_task())) {
        let sites = Query::select()
            .column(edge::Column::SiteId)
            .from(edge::Entity)
            .and_where(Expr::col(edge::Column::Id).is_in(speaking.iter().copied()))
            .to_owned();
        wanted = wanted.add(edge::Column::SiteId.in_subquery(sites));
    }
    let found = edge::Entity::find().filter(wanted).order_by_asc(edge::Column::Id).lock_exclusive().all(tx).await?;
    let mut rows = BTreeMap::new();
    for row in found.into_iter().filter(|row| speaking.contains(row.id.as_str())) {
        let Ok(id) = EdgeId::new(row.id.clone()) else { continue };
        let stream = match row.stream.as_deref().map(serde_json::from_str::<Stream>) {
            None => Stream::default(),
            Some(Ok(stream)) => stream,
            // Never guess where a stream stands.
            Some(Err(error)) => return Err(DbErr::Json(format!("stream of edge {id}: {error}"))),
        };
        let row = Row {
            site: row.site_id,
            disabled: row.disabled,
            stream,
            skew_ms: row.clock_skew_ms,
            agent: None,
            datasets: None,
            tasks_acked: None,
        };
        rows.insert(id, row);
    }
    Ok(rows)
}

async fn commit(fleet: &Fleet, messages: &[Message], careful: bool) -> Result<Done, DbErr> {
    let now = now_ms();
    let tx = fleet.db.begin().await?;
    let mut done = Done { above: Sql::new("SELECT MAX(id) FROM movement").number(&tx).await?, ..Done::default() };
    let mut rows = lock(&tx, messages).await?;
    let mut incoming = Vec::new();
    let mut to_open = Vec::new();
    for Message { edge, up, offered } in messages {
        let Some(row) = rows.get_mut(edge) else { continue };
        match up {
            Up::Hello(hello) => {
                greet(&tx, edge, row, hello, now, &mut done, &mut to_open).await?;
            }
            Up::Batch(batch) => take_batch(edge, row, batch, offered, &mut done, &mut incoming),
            Up::TasksAck { through } => {
                row.tasks_acked = Some(*through);
                done.logs.push((edge.clone(), *through, false));
            }
            Up::Health(_) => {}
        }
    }
    done.applied = if careful { books::apply_one_by_one(&tx, incoming, now).await? } else { books::apply(&tx, incoming, now).await? };
    for (case, site) in to_open {
        done.applied.cases.push((cases::open(&tx, case, now).await?, Some(site)));
    }
    for (task, site, edge) in &done.applied.finished {
        let told = feed::log_end(&tx, TaskId(*task), SiteId(*site), edge).await?;
        done.pushes.extend(told);
    }
    for (edge, row) in &rows {
        save(&tx, edge, row).await?;
        done.edges.push((edge.clone(), row.site));
    }
    tx.commit().await?;
    Ok(done)
}

async fn greet(
    tx: &DatabaseTransaction,
    edge: &EdgeId,
    row: &mut Row,
    hello: &Hello,
    now: i64,
    done: &mut Done,
    to_open: &mut Vec<(Case, i64)>,
) -> Result<(), DbErr> {
    let door = Door { disabled: row.disabled, window: DEFAULT_WINDOW, now_ms: now, random: rand::random() };
    let greeting = row.stream.hello(hello, door);
    to_open.extend(greeting.news.iter().map(|news| (news_case(edge, row.site, news), row.site)));
    row.skew_ms = hello.clock_ms.saturating_sub(now);
    if row.skew_ms.abs() > SKEW_MS {
        let case = Case {
            kind: "clock_skew",
            site: Some(row.site),
            edge: Some(edge.to_string()),
            key: format!("clock_skew:{edge}"),
            data: json!({ "edge": edge, "skew_ms": row.skew_ms }),
            again: Again::Replace,
        };
        to_open.push((case, row.site));
    }
    if let Some(Down::Welcome(_)) = &greeting.reply {
        tracing::info!(%edge, epoch = %row.stream.epoch, committed = %row.stream.committed, next_seq = %hello.next_seq, "an edge is connected");
        row.agent = Some(hello.agent.chars().filter(|c| !c.is_control()).take(64).collect());
        row.datasets = serde_json::to_value(&hello.datasets).ok().map(storable_json);
        row.tasks_acked = Some(hello.tasks_through);
        feed::heard_versions(tx, edge, &hello.datasets).await?;
        feed::greet(tx, edge, SiteId(row.site), hello.tasks_through).await?;
        done.logs.push((edge.clone(), hello.tasks_through, true));
    }
    done.replies.extend(greeting.reply.map(|reply| (edge.clone(), reply)));
    Ok(())
}

fn take_batch(edge: &EdgeId, row: &mut Row, batch: &Batch, offered: &[Arc<Offered>], done: &mut Done, incoming: &mut Vec<Incoming>) {
    if row.disabled {
        tracing::debug!(%edge, "a batch of a disabled edge was ignored");
        return;
    }
    let step = row.stream.batch(batch, DEFAULT_WINDOW);
    if let Some(why) = step.ignored {
        tracing::debug!(%edge, %why, "a batch was ignored");
    }
    for at in step.apply {
        let Some(offered) = offered.get(at) else { continue };
        incoming.push(Incoming {
            edge: edge.to_string(),
            site: row.site,
            epoch: i64::from(batch.epoch.0),
            seq: batch.first.0.saturating_add(at as u64).cast_signed(),
            skew_ms: row.skew_ms,
            offered: offered.clone(),
        });
    }
    done.replies.extend(step.reply.map(|reply| (edge.clone(), reply)));
}

fn news_case(edge: &EdgeId, site: i64, news: &News) -> Case {
    let data = json!({ "edge": edge, "news": news });
    let (kind, key) = match news {
        News::ClonedDisk { .. } | News::ClonedProcess => ("cloned_edge", format!("cloned_edge:{edge}")),
        _ => ("stream_break", format!("stream_break:{edge}:{}", rand::random::<u64>())),
    };
    Case { kind, site: Some(site), edge: Some(edge.to_string()), key, data, again: Again::Replace }
}

async fn save(tx: &impl ConnectionTrait, edge: &EdgeId, row: &Row) -> Result<(), DbErr> {
    let stream = serde_json::to_string(&row.stream).map_err(|error| DbErr::Json(error.to_string()))?;
    Sql::new("UPDATE edge SET stream = ")
        .bind(stream)
        .text(", epoch = ")
        .bind(i64::from(row.stream.epoch.0))
        .text(", committed = ")
        .bind(row.stream.committed.0.cast_signed())
        .text(", next_seq_seen = ")
        .bind(row.stream.next_seq_seen.0.cast_signed())
        .text(", boot = ")
        .bind(row.stream.boot.cast_signed())
        .text(", refused = ")
        .bind(row.stream.refused.map(refusal_word))
        .text(", clock_skew_ms = ")
        .bind(row.skew_ms)
        .bind_if(", agent = ", row.agent.clone())
        .bind_if(", datasets = ", row.datasets.clone())
        .bind_if(", tasks_acked = ", row.tasks_acked.map(u64::cast_signed))
        .text(" WHERE id = ")
        .bind(edge.as_str())
        .run(tx)
        .await?;
    Ok(())
}
