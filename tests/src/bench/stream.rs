//! From an edge's full outbox into the hub's books: real uplink, real embedded broker, signatures, ingest, SQLite.
//!
//! The peer is SQLite alone, through the same driver with the same settings (WAL, synchronous FULL): the very rows that the hub wrote (facts and
//! movements) go into the same tables of a copy of its database, 64 facts a transaction. What the hub does beyond that, e.g. checking signatures,
//! keeping stock by shelf and answering, is the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use qitao_edge_agent::Agent;
use qitao_edge_agent::config::Config;
use qitao_edge_agent::enroll::enroll;
use qitao_edge_agent::replica::Dataset;
use qitao_hub::db::Db;
use qitao_hub::db::entity::{fact, movement};
use qitao_hub::demo::chain;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};

use super::scans::{Goods, MANY, put_away};
use super::{Failure, Sizes, Table, spread, times, whole};
use crate::process::HubProcess;

/// Items of the chain that is worked with.
const ITEMS: usize = 500;
/// Facts a transaction of the peer.
const TOGETHER: usize = 64;
/// How long a round may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the agent until the hub has everything and the catalogue is here; how long that took from the first receipt, and for how many facts.
async fn drain(config: &Config, goods: Option<(&Goods, usize)>) -> Result<(u64, Duration), Failure> {
    let agent = Agent::build(config.clone()).await?;
    let core = agent.workplace().core.clone();
    if let Some((goods, facts)) = goods {
        put_away(&core, goods, MANY, facts.div_ceil(MANY)).await?;
    }
    let before = core.outbox().position();
    let stop = agent.stop();
    let running = tokio::spawn(agent.run());
    let began = Instant::now();
    let mut first = None;
    loop {
        let position = core.outbox().position();
        // A new stream of the first hello numbers from 1; only then receipts count.
        if position.epoch.0 > 0 && position.acked.0 > 0 && first.is_none() && position.acked != before.acked {
            first = Some((position.acked.0, Instant::now()));
        }
        let synced = Dataset::ALL.iter().all(|dataset| core.replica().version(*dataset) > 0);
        if position.backlog() == 0 && position.epoch.0 > 0 && synced {
            break;
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("the hub did not take everything within {PATIENCE:?}: {position:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ended = Instant::now();
    let last = core.outbox().position().acked.0;
    stop.cancel();
    running.await??;
    Ok(first.map_or((0, Duration::ZERO), |(acked, at)| (last - acked, ended - at)))
}

/// The same rows into a copy of the hub's database, by plain inserts; how many facts, and how long.
async fn insert(data: &Path, copy: &Path, before: usize) -> Result<(usize, Duration), Failure> {
    fs::create_dir_all(copy)?;
    for name in ["hub.db", "hub.db-wal"] {
        if data.join(name).exists() {
            fs::copy(data.join(name), copy.join(name))?;
        }
    }
    let db = Db::open(&format!("sqlite:{}", copy.join("hub.db").display())).await?;
    let facts = fact::Entity::find().order_by_asc(fact::Column::Epoch).order_by_asc(fact::Column::Seq).all(db.read()).await?;
    let moved = movement::Entity::find().order_by_asc(movement::Column::Id).all(db.read()).await?;
    let facts = facts.into_iter().skip(before).collect::<Vec<_>>();
    let tx = db.begin().await?;
    let mut groups = Vec::new();
    let mut moved = moved.into_iter().filter(|row| row.scan_id.is_some()).peekable();
    for group in facts.chunks(TOGETHER) {
        let mut moves = Vec::new();
        for row in group {
            // Movements were booked in the order of their facts; those of earlier rounds come first and are passed over.
            while let Some(movement) = moved.next_if(|movement| movement.seq < Some(row.seq)) {
                drop(movement);
            }
            while let Some(movement) = moved.next_if(|movement| movement.seq == Some(row.seq)) {
                moves.push(movement);
            }
            fact::Entity::delete_by_id((row.edge_id.clone(), row.epoch, row.seq)).exec(&tx).await?;
        }
        for movement in &moves {
            movement::Entity::delete_by_id(movement.id).exec(&tx).await?;
        }
        groups.push((group.to_vec(), moves));
    }
    tx.commit().await?;
    let count = facts.len();
    let began = Instant::now();
    for (facts, moves) in groups {
        let tx = db.begin().await?;
        let facts = facts.into_iter().map(IntoActiveModel::into_active_model).map(|row: fact::ActiveModel| row.reset_all());
        fact::Entity::insert_many(facts).exec_without_returning(&tx).await?;
        if !moves.is_empty() {
            let moves = moves.into_iter().map(IntoActiveModel::into_active_model).map(|row: movement::ActiveModel| row.reset_all());
            movement::Entity::insert_many(moves).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
    }
    let took = began.elapsed();
    db.close().await?;
    fs::remove_dir_all(copy)?;
    Ok((count, took))
}

fn settings(data: PathBuf) -> Config {
    let mut config = Config { data, machine: Some("bench".into()), ..Config::default() };
    config.panel.listen.set_port(0);
    config.devices.adopt = false;
    config
}

/// Measures both sides in turns.
///
/// # Errors
/// When hub or edge do not come about, or facts do not arrive.
#[expect(clippy::cast_precision_loss, reason = "counts of facts")]
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut hub = HubProcess::start(&folder.path().join("hub"), &["--items", &ITEMS.to_string()])?;
    let config = settings(folder.path().join("edge"));
    enroll(&config, &hub.url(), hub.shown["edge"]["token"].as_str().unwrap_or_default(), false).await?;
    // The catalogue comes from the hub as it would; nothing is measured yet.
    drain(&config, None).await?;
    let goods = Goods::of(&chain(1, ITEMS));
    let (mut ours, mut peers, mut before) = (Vec::new(), Vec::new(), 0);
    for round in 0..sizes.rounds {
        if round > 0 {
            hub.restart()?;
        }
        let (facts, took) = drain(&config, Some((&goods, sizes.facts))).await?;
        hub.stop();
        ours.push(facts as f64 / took.as_secs_f64());
        let (facts, took) = insert(&folder.path().join("hub/data"), &folder.path().join("copy"), before).await?;
        if facts < sizes.facts {
            return Err(format!("the hub has {facts} facts of round {round}, not {}", sizes.facts).into());
        }
        before += facts;
        peers.push(facts as f64 / took.as_secs_f64());
    }
    let ((our, our_spread), (peer, peer_spread)) = (spread(ours), spread(peers));
    let mut table = Table::new("From a full outbox to committed at the hub", ["what", "events per s", "lowest–highest", "beside SQLite"]);
    table.row(["outbox → signed → broker → checked → booked (one edge)".into(), whole(our), our_spread, times(our, peer)]);
    let what = format!("the same facts and movements by plain inserts into SQLite, {TOGETHER} facts a transaction");
    table.row([what, whole(peer), peer_spread, "1".into()]);
    Ok(table.note(format!(
        "{} rounds of {} facts, each a carton put away; hub and edge are two processes on this one machine and share it; from the first receipt to \
         the last. SQLite with WAL and synchronous=FULL on both sides.",
        sizes.rounds, sizes.facts
    )))
}
