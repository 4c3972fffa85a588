//! Edges of one site that work on the same task hear of each other's part: said as it stands, whenever it changes and at every hello.
//!
//! What is done comes from the ledger, what is declared missing from its own table; both say by which edge. The rule is
//! [`qitao_domain::work::Shares`].

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::ids::{EdgeId, LineId, TaskId};
use qitao_domain::protocol::Down;
use qitao_domain::quantity::Quantity;
use qitao_domain::work::Shares;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::edges::Fleet;
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Part {
    task_id: i64,
    line_id: i64,
    edge_id: String,
    lot: String,
    done: i64,
}

#[derive(FromQueryResult)]
struct Missing {
    task_id: i64,
    line_id: i64,
    edge_id: String,
    short: i64,
}

#[derive(FromQueryResult)]
struct Here {
    id: String,
    site_id: i64,
}

/// Who has done what of these tasks.
///
/// # Errors
/// What the database said.
pub async fn shares(db: &impl ConnectionTrait, tasks: &BTreeSet<i64>) -> Result<BTreeMap<i64, Shares>, DbErr> {
    let mut all: BTreeMap<i64, Shares> = BTreeMap::new();
    let parts: Vec<Part> = Sql::new(
        "SELECT task_id, line_id, edge_id, lot, CAST(SUM(CASE WHEN reverses IS NULL THEN quantity ELSE -quantity END) AS BIGINT) AS done \
         FROM movement WHERE line_id IS NOT NULL AND edge_id IS NOT NULL AND task_id IN ",
    )
    .list(tasks.iter().copied())
    .text(" GROUP BY task_id, line_id, edge_id, lot")
    .all(db)
    .await?;
    for part in parts {
        let Ok(edge) = EdgeId::new(part.edge_id) else { continue };
        all.entry(part.task_id).or_default().add_done(&edge, LineId(part.line_id), &part.lot, Quantity::from_raw(part.done));
    }
    let missing: Vec<Missing> = Sql::new(
        "SELECT l.task_id, s.line_id, s.edge_id, s.short FROM line_short s JOIN task_line l ON l.id = s.line_id WHERE s.short <> 0 AND l.task_id IN ",
    )
    .list(tasks.iter().copied())
    .all(db)
    .await?;
    for part in missing {
        let Ok(edge) = EdgeId::new(part.edge_id) else { continue };
        all.entry(part.task_id).or_default().add_short(&edge, LineId(part.line_id), Quantity::from_raw(part.short));
    }
    Ok(all)
}

async fn tell(fleet: &Fleet, edge: &EdgeId, task: i64, shares: &Shares) {
    fleet.send(edge, &Down::Progress { task: TaskId(task), others: shares.others(edge) }).await;
}

/// Tells the edges that are online how far these tasks are elsewhere. The tasks come with their sites; where a site has one edge there is nothing
/// to be told.
///
/// # Errors
/// What the database said.
pub async fn tell_shares(fleet: &Fleet, tasks: &BTreeMap<i64, i64>) -> Result<(), DbErr> {
    if tasks.is_empty() {
        return Ok(());
    }
    let sites: BTreeSet<i64> = tasks.values().copied().collect();
    let joined: Vec<Here> =
        Sql::new("SELECT id, site_id FROM edge WHERE public_key IS NOT NULL AND site_id IN ").among(sites).all(fleet.db.read()).await?;
    let mut by_site: BTreeMap<i64, Vec<EdgeId>> = BTreeMap::new();
    for row in joined {
        by_site.entry(row.site_id).or_default().extend(EdgeId::new(row.id));
    }
    by_site.retain(|_, edges| edges.len() > 1);
    let shared: BTreeSet<i64> = tasks.iter().filter(|(_, site)| by_site.contains_key(site)).map(|(task, _)| *task).collect();
    if shared.is_empty() {
        return Ok(());
    }
    let online = fleet.presence.online(now_ms(), fleet.link.tells_presence());
    for (task, shares) in shares(fleet.db.read(), &shared).await? {
        let edges = tasks.get(&task).and_then(|site| by_site.get(site)).into_iter().flatten();
        for edge in edges.filter(|edge| online.contains(edge)) {
            tell(fleet, edge, task, &shares).await;
        }
    }
    Ok(())
}

/// Tells an edge that said hello how far the tasks of its site are elsewhere.
///
/// # Errors
/// What the database said.
pub async fn greet_shares(fleet: &Fleet, edge: &EdgeId) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Id {
        id: i64,
    }
    let begun: Vec<Id> = Sql::new("SELECT t.id FROM task t JOIN edge e ON e.site_id = t.site_id WHERE t.state = 'started' AND e.id = ")
        .bind(edge.as_str())
        .text(" AND EXISTS (SELECT 1 FROM edge o WHERE o.site_id = e.site_id AND o.id <> e.id AND o.public_key IS NOT NULL)")
        .all(fleet.db.read())
        .await?;
    for (task, shares) in shares(fleet.db.read(), &begun.into_iter().map(|row| row.id).collect()).await? {
        tell(fleet, edge, task, &shares).await;
    }
    Ok(())
}
