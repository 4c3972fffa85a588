//! The one writer: commits what waits from all edges in one transaction, then answers.
//!
//! When a group fails, each message is tried alone; when a message fails, its facts are tried one by one, and what the database cannot
//! take is kept raw. So no record of one edge can stop another, nor its own stream. Only a database that is gone stops everything; then
//! nothing is acked and edges send again.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use qitao_domain::ids::{EdgeId, SiteId};
use qitao_domain::protocol::{Batch, Down, Hello, Up};
use qitao_domain::stream::DEFAULT_WINDOW;
use qitao_domain::stream::receiver::{Door, News, Stream};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::books::{self, Applied, Incoming};
use super::cases::{self, Again, Case};
use crate::db::entity::edge;
use crate::db::storable_json;
use crate::edges::{Fleet, refusal_word};
use crate::feed;
use crate::inventory::movements_by_id;
use crate::live::{Scanned, What};
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

/// A message that waits to be committed.
struct Waiting {
    edge: EdgeId,
    up: Up,
    done: oneshot::Sender<bool>,
}

/// Where messages wait.
pub(super) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    /// Starts the writer.
    pub(super) fn start(fleet: Fleet, stop: CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(run(fleet, receiver, stop));
        Self(sender)
    }

    /// Waits until a message is committed, or is known to be worth nothing. `false`: it could not be, now.
    pub(super) async fn write(&self, edge: EdgeId, up: Up) -> bool {
        let (done, wait) = oneshot::channel();
        self.0.send(Waiting { edge, up, done }).await.is_ok() && wait.await.unwrap_or(false)
    }
}

fn facts_of(up: &Up) -> usize {
    if let Up::Batch(batch) = up { batch.facts.len() } else { 0 }
}

async fn run(fleet: Fleet, mut waiting: mpsc::Receiver<Waiting>, stop: CancellationToken) {
    loop {
        let first = tokio::select! {
            first = waiting.recv() => first,
            () = stop.cancelled() => None,
        };
        let Some(first) = first else { return };
        let mut facts = facts_of(&first.up);
        let mut group = vec![first];
        while group.len() < GROUP
            && facts < GROUP_FACTS
            && let Ok(next) = waiting.try_recv()
        {
            facts += facts_of(&next.up);
            group.push(next);
        }
        let (messages, dones): (Vec<_>, Vec<_>) = group.into_iter().map(|one| ((one.edge, one.up), one.done)).unzip();
        let taken = commit_all(&fleet, &messages).await;
        for (done, taken) in dones.into_iter().zip(taken) {
            // Whoever waited may be gone: the connection ended. The fact is committed all the same.
            let _ = done.send(taken);
        }
    }
}

/// Commits messages together, or one after the other when that fails. Whether each is dealt with.
async fn commit_all(fleet: &Fleet, messages: &[(EdgeId, Up)]) -> Vec<bool> {
    match commit_and_tell(fleet, messages, false).await {
        Ok(()) => return vec![true; messages.len()],
        Err(error) => tracing::warn!(%error, messages = messages.len(), "messages could not be committed together; each is tried alone"),
    }
    let mut taken = Vec::with_capacity(messages.len());
    for message in messages {
        let alone = std::slice::from_ref(message);
        let done = match commit_and_tell(fleet, alone, false).await {
            Ok(()) => Ok(()),
            Err(_) => commit_and_tell(fleet, alone, true).await,
        };
        if let Err(error) = &done {
            tracing::error!(edge = %message.0, %error, "a message could not be committed; the edge will send it again");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        taken.push(done.is_ok());
    }
    taken
}

async fn commit_and_tell(fleet: &Fleet, messages: &[(EdgeId, Up)], careful: bool) -> Result<(), DbErr> {
    let committing = AssertUnwindSafe(commit(fleet, messages, careful)).catch_unwind();
    let done = committing.await.map_err(|_| DbErr::Custom("booking panicked".into()))??;
    tell(fleet, done).await;
    Ok(())
}

/// What is to be said after the commit.
#[derive(Default)]
struct Done {
    replies: Vec<(EdgeId, Down)>,
    /// Edges that said hello, or confirmed tasks: how far they have their task log.
    logs: Vec<(EdgeId, u64, bool)>,
    edges: Vec<(EdgeId, i64)>,
    applied: Applied,
    /// Movements above this number are new.
    above: i64,
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

async fn lock(tx: &DatabaseTransaction, messages: &[(EdgeId, Up)]) -> Result<BTreeMap<EdgeId, Row>, DbErr> {
    let mut ids: Vec<&str> = messages.iter().map(|(edge, _)| edge.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = edge::Entity::find().filter(edge::Column::Id.is_in(ids)).order_by_asc(edge::Column::Id).lock_exclusive().all(tx).await?;
    let mut rows = BTreeMap::new();
    for row in found {
        let Ok(id) = EdgeId::new(row.id) else { continue };
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

async fn commit(fleet: &Fleet, messages: &[(EdgeId, Up)], careful: bool) -> Result<Done, DbErr> {
    let now = now_ms();
    let tx = fleet.db.begin().await?;
    let mut done = Done { above: Sql::new("SELECT MAX(id) FROM movement").number(&tx).await?, ..Done::default() };
    let mut rows = lock(&tx, messages).await?;
    let mut incoming = Vec::new();
    let mut to_open = Vec::new();
    for (edge, up) in messages {
        let Some(row) = rows.get_mut(edge) else { continue };
        match up {
            Up::Hello(hello) => {
                greet(&tx, edge, row, hello, now, &mut done, &mut to_open).await?;
            }
            Up::Batch(batch) => take_batch(edge, row, batch, &mut done, &mut incoming),
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

fn take_batch(edge: &EdgeId, row: &mut Row, batch: &Batch, done: &mut Done, incoming: &mut Vec<Incoming>) {
    if row.disabled {
        tracing::debug!(%edge, "a batch of a disabled edge was ignored");
        return;
    }
    let step = row.stream.batch(batch, DEFAULT_WINDOW);
    if let Some(why) = step.ignored {
        tracing::debug!(%edge, %why, "a batch was ignored");
    }
    for at in step.apply {
        let Some(body) = batch.facts.get(at) else { continue };
        incoming.push(Incoming {
            edge: edge.to_string(),
            site: row.site,
            epoch: i64::from(batch.epoch.0),
            seq: batch.first.0.saturating_add(at as u64).cast_signed(),
            skew_ms: row.skew_ms,
            body: body.clone(),
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

/// After the commit: answers first, screens last. Nothing here can undo what is committed, so failures are only said.
async fn tell(fleet: &Fleet, done: Done) {
    for (edge, reply) in &done.replies {
        fleet.send(edge, reply).await;
    }
    for (edge, through, hello) in &done.logs {
        if let Err(error) = follow_up(fleet, edge, *through, *hello).await {
            tracing::error!(%edge, %error, "an edge was not told what is new; it is tried again");
        }
    }
    if let Err(error) = show(fleet, done).await {
        tracing::error!(%error, "screens were not told what happened");
    }
}

async fn follow_up(fleet: &Fleet, edge: &EdgeId, through: u64, hello: bool) -> Result<(), DbErr> {
    if hello {
        fleet.send(edge, &feed::notice(fleet.db.read()).await?).await;
    }
    feed::acked(fleet, edge, through, hello).await
}

#[derive(FromQueryResult)]
struct OperatorName {
    id: i64,
    name: String,
}

pub(super) async fn show_applied(fleet: &Fleet, applied: Applied, above: i64) -> Result<(), DbErr> {
    let ids = applied.seen.iter().filter_map(|seen| seen.operator);
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let names: Vec<OperatorName> = Sql::new("SELECT id, name FROM operator WHERE id IN ").list(ids).all(fleet.db.read()).await?;
    let names: BTreeMap<i64, String> = names.into_iter().map(|row| (row.id, row.name)).collect();
    let scans: Vec<String> = applied.seen.iter().filter(|seen| seen.moved).map(|seen| seen.scan.clone()).collect();
    for seen in applied.seen {
        let scanned = Scanned {
            operator_name: seen.operator.and_then(|id| names.get(&id).cloned()),
            edge: seen.edge,
            station: seen.station,
            tone: seen.tone.to_owned(),
            verdict: seen.verdict,
            at_ms: seen.at_ms,
        };
        fleet.live.publish(Some(SiteId(seen.site)), What::Fact(scanned.into()));
    }
    for part in scans.chunks(1_000) {
        for row in movements_by_id(fleet.db.read(), above, part).await? {
            fleet.live.publish(Some(SiteId(row.site)), What::Movement(row.into()));
        }
    }
    for (task, site) in applied.tasks {
        fleet.live.publish(Some(SiteId(site)), What::Task(qitao_domain::ids::TaskId(task)));
    }
    for (case, site) in applied.cases {
        fleet.live.publish(site.map(SiteId), What::Exception(case));
    }
    Ok(())
}

async fn show(fleet: &Fleet, done: Done) -> Result<(), DbErr> {
    for (edge, site) in done.edges {
        fleet.live.publish(Some(SiteId(site)), What::Edge(edge));
    }
    show_applied(fleet, done.applied, done.above).await
}
