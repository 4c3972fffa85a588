//! After the commit: answers first, then what other edges should know, screens last. In order, beside the writer. Nothing here can undo what is
//! committed, so failures are only said.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use qitao_domain::ids::{EdgeId, SiteId};
use qitao_domain::protocol::Down;
use sea_orm::{DbErr, FromQueryResult};
use tokio::sync::mpsc;

use super::books::Applied;
use super::writer::Waiter;
use crate::edges::Fleet;
use crate::feed;
use crate::inventory::movements_by_id;
use crate::live::{Scanned, What};
use crate::platform::sql::Sql;
use crate::warehouse::Names;

/// Transactions whose answers may wait; beyond them the writer waits.
const WAITING: usize = 32;
/// Transactions that screens may be behind. Beyond them some are not shown as they happen; pages read them from the database all the same.
const UNSEEN: usize = 32;
/// Scans of one transaction that are shown, the newest.
const SHOWN: usize = 256;

/// What is to be said after a commit.
#[derive(Default)]
pub(super) struct Done {
    pub replies: Vec<(EdgeId, Down)>,
    /// Edges that said hello, or confirmed tasks: how far they have their task log.
    pub logs: Vec<(EdgeId, u64, bool)>,
    /// Edges that spoke, with their sites.
    pub edges: Vec<(EdgeId, i64)>,
    /// Edges with something new in their task logs.
    pub pushes: Vec<EdgeId>,
    pub applied: Applied,
    /// Movements above this number are new.
    pub above: i64,
}

/// Where commits wait to be told of.
pub(super) struct Teller(mpsc::Sender<(Done, Vec<Waiter>)>);

impl Teller {
    /// Starts the teller; it ends with the writer.
    pub(super) fn start(fleet: Fleet) -> Self {
        let (sender, mut waiting) = mpsc::channel::<(Done, Vec<Waiter>)>(WAITING);
        let screens = start_screens(fleet.clone());
        tokio::spawn(async move {
            while let Some((done, waiters)) = waiting.recv().await {
                // Facts would be booked and no edge would ever hear of it, were this task to end.
                if AssertUnwindSafe(tell_of(&fleet, &screens, done, waiters)).catch_unwind().await.is_err() {
                    tracing::error!("telling of a commit panicked; whoever heard nothing says hello");
                }
            }
        });
        Self(sender)
    }

    /// Lets a commit be told of.
    pub(super) async fn tell(&self, done: Done, waiters: Vec<Waiter>) {
        // Never refused while the writer lives: it holds the only sender.
        let _ = self.0.send((done, waiters)).await;
    }
}

async fn tell_of(fleet: &Fleet, screens: &mpsc::Sender<(Applied, i64)>, done: Done, waiters: Vec<Waiter>) {
    answer(fleet, &done).await;
    for waiter in waiters {
        waiter.tell(true);
    }
    share(fleet, &done).await;
    for (edge, site) in done.edges {
        fleet.live.publish(Some(SiteId(site)), What::Edge(edge));
    }
    if screens.try_send((done.applied, done.above)).is_err() {
        tracing::debug!("screens are too far behind to be shown everything");
    }
}

fn start_screens(fleet: Fleet) -> mpsc::Sender<(Applied, i64)> {
    let (sender, mut waiting) = mpsc::channel::<(Applied, i64)>(UNSEEN);
    tokio::spawn(async move {
        while let Some((applied, above)) = waiting.recv().await {
            match AssertUnwindSafe(show(&fleet, applied, above)).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "screens were not told what happened"),
                Err(_) => tracing::error!("showing what happened panicked"),
            }
        }
    });
    sender
}

async fn answer(fleet: &Fleet, done: &Done) {
    for (edge, reply) in &done.replies {
        fleet.send(edge, reply).await;
    }
    for (edge, through, hello) in &done.logs {
        if let Err(error) = follow_up(fleet, edge, *through, *hello).await {
            tracing::error!(%edge, %error, "an edge was not told what is new; it is tried again");
        }
    }
}

async fn follow_up(fleet: &Fleet, edge: &EdgeId, through: u64, hello: bool) -> Result<(), DbErr> {
    if hello {
        fleet.send(edge, &feed::notice(fleet.db.read()).await?).await;
    }
    feed::acked(fleet, edge, through, hello).await?;
    if hello { feed::greet_shares(fleet, edge).await } else { Ok(()) }
}

/// Tells the other edges of a site how far they are together.
async fn share(fleet: &Fleet, done: &Done) {
    for edge in &done.pushes {
        if let Err(error) = feed::push(fleet, edge).await {
            tracing::error!(%edge, %error, "an edge was not told that a task has ended; it is tried again");
        }
    }
    if let Err(error) = feed::tell_shares(fleet, &done.applied.progressed).await {
        tracing::error!(%error, "edges were not told what others of their site did; they hear it with the next");
    }
}

#[derive(FromQueryResult)]
struct OperatorName {
    id: i64,
    name: String,
}

/// Shows what was booked to the screens that watch.
///
/// # Errors
/// What the database said.
pub(super) async fn show(fleet: &Fleet, mut applied: Applied, above: i64) -> Result<(), DbErr> {
    // Of a backlog that comes in at once nobody can read every line.
    let beyond = applied.seen.len().saturating_sub(SHOWN);
    applied.seen.drain(..beyond);
    let ids = applied.seen.iter().filter_map(|seen| seen.operator);
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let names: Vec<OperatorName> = Sql::new("SELECT id, name FROM operator WHERE id IN ").among(ids).all(fleet.db.read()).await?;
    let names: BTreeMap<i64, String> = names.into_iter().map(|row| (row.id, row.name)).collect();
    let spoken_of = Names::load(fleet.db.read(), applied.seen.iter().map(|seen| &seen.offered.verdict)).await?;
    let scans: Vec<String> = applied.seen.iter().filter(|seen| seen.moved).map(|seen| seen.scan.clone()).collect();
    for seen in applied.seen {
        let scanned = Scanned {
            operator_name: seen.operator.and_then(|id| names.get(&id).cloned()),
            edge: seen.edge,
            station: seen.station,
            tone: seen.tone.to_owned(),
            names: spoken_of.part(&seen.offered.verdict),
            verdict: seen.offered.verdict.clone(),
            at_ms: seen.at_ms,
            scan: seen.scan,
            site: seen.site,
            task: seen.task,
        };
        fleet.live.publish(Some(SiteId(seen.site)), What::Fact(scanned.into()));
    }
    for row in movements_by_id(fleet.db.read(), above, &scans).await? {
        fleet.live.publish(Some(SiteId(row.site)), What::Movement(row.into()));
    }
    for (task, site) in applied.tasks {
        fleet.live.publish(Some(SiteId(site)), What::Task(qitao_domain::ids::TaskId(task)));
    }
    for (case, site) in applied.cases {
        fleet.live.publish(site.map(SiteId), What::Exception(case));
    }
    Ok(())
}
