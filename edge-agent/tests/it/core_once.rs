//! Inputs under a key: each once, and none waits for another key's disk.

use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::{Seq, StationId};
use qitao_edge_agent::core::{Core, Recorded};
use qitao_edge_agent::outbox::{Append, OpenOptions};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::core_keeps::{open, read};
use crate::fake_store::Fake;
use crate::support::{eventually, options};

fn send(core: &Arc<Core>, station: &str, key: &str) -> JoinHandle<Arc<Recorded>> {
    let (core, station, key) = (core.clone(), StationId::new(station).unwrap(), key.to_owned());
    tokio::spawn(async move { core.take_once(station, &key, read("QT-OP-007")).await.unwrap() })
}

/// Decisions taken so far, durable or not.
fn decided(core: &Core) -> u64 {
    core.stations().iter().map(|id| core.station_or_new(id).counts).map(|counts| counts.right + counts.wrong).sum()
}

/// Waits without letting the disk go on.
fn until_decided(core: &Core, count: u64) {
    tokio::task::block_in_place(|| {
        for _ in 0..1000 {
            if decided(core) == count {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{} decisions instead of {count} while the disk is slow", decided(core));
    });
}

fn with(engine: &Arc<Fake>) -> OpenOptions {
    OpenOptions { engine: engine.clone(), ..options() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_keys_share_flushes() {
    let (folder, engine) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let core = open(folder.path(), with(&engine));
    let before = core.outbox().stats();
    let sent: Vec<_> = {
        let _disk_is_slow = engine.gate.lock().unwrap();
        let sent = (0..40).map(|n| send(&core, &format!("pda-{}", n % 8), &format!("key-{n}"))).collect();
        until_decided(&core, 40);
        sent
    };
    let mut seqs = Vec::new();
    for answer in sent {
        seqs.push(answer.await.unwrap().seq.unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=40).map(Seq).collect::<Vec<_>>(), "each is a fact of its own");
    let stats = core.outbox().stats();
    assert!(stats.requests - before.requests == 40 && stats.commits - before.commits <= 2, "{stats:?}");
    core.outbox().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_at_the_same_time_is_one_fact() {
    let (folder, engine) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let core = open(folder.path(), with(&engine));
    let twins: Vec<_> = {
        let _disk_is_slow = engine.gate.lock().unwrap();
        (0..10).map(|_| send(&core, "pda-1", "key")).collect()
    };
    let other = send(&core, "pda-1", "another key");
    let mut scans = Vec::new();
    for answer in twins {
        scans.push(answer.await.unwrap().fact.scan);
    }
    assert!(scans.iter().all(|scan| *scan == scans[0]), "{scans:?}");
    assert_ne!(other.await.unwrap().fact.scan, scans[0]);
    assert_eq!(core.outbox().position().next_seq, Seq(3));
    core.outbox().close().await;
    let core = open(folder.path(), with(&engine));
    assert_eq!(send(&core, "pda-1", "key").await.unwrap().fact.scan, scans[0], "also after a restart");
    assert_eq!(core.outbox().position().next_seq, Seq(3));
    core.outbox().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_gives_up_waiting_hears_the_same_answer_when_it_asks_again() {
    let (folder, engine) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let core = open(folder.path(), with(&engine));
    let again = {
        let _disk_is_slow = engine.gate.lock().unwrap();
        let gone = [send(&core, "pda-1", "key"), send(&core, "pda-1", "key")];
        until_decided(&core, 1);
        gone.iter().for_each(JoinHandle::abort);
        send(&core, "pda-1", "key")
    };
    again.await.unwrap();
    eventually("one fact and no more", || core.outbox().position().next_seq == Seq(2)).await;
    assert_eq!(decided(&core), 1);
    core.outbox().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_that_comes_again_after_hundreds_of_the_other_stations_is_booked_once() {
    let (folder, engine) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let core = open(folder.path(), with(&engine));
    let lost = send(&core, "pda-1", "lost answer").await.unwrap();
    for round in 0..60 {
        let others: Vec<_> = (2..12).map(|n| send(&core, &format!("pda-{n}"), &format!("key-{n}-{round}"))).collect();
        for answer in others {
            answer.await.unwrap();
        }
    }
    // A key is one station's; another that comes by the same one is answered for itself.
    let other = send(&core, "pda-2", "lost answer").await.unwrap();
    assert_ne!(other.fact.scan, lost.fact.scan);
    let through = core.outbox().position().next_seq;
    assert_eq!(send(&core, "pda-1", "lost answer").await.unwrap().fact.scan, lost.fact.scan);
    core.outbox().close().await;

    let core = open(folder.path(), with(&engine));
    assert_eq!(send(&core, "pda-1", "lost answer").await.unwrap().fact.scan, lost.fact.scan, "also after a restart");
    assert_eq!(send(&core, "pda-2", "lost answer").await.unwrap().fact.scan, other.fact.scan);
    assert_eq!(core.outbox().position().next_seq, through, "nothing was booked again");
    let kept = core.outbox().states::<Value>("once/").len();
    assert_eq!(kept, 1 + 10 * 50, "each station's newest, and no more");
    core.outbox().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_an_earlier_agent_kept_of_one_station_are_cut_to_the_newest() {
    let (folder, engine) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let core = open(folder.path(), with(&engine));
    send(&core, "pda-1", "any").await.unwrap();
    let (_, mut row) = core.outbox().states::<Value>("once/").remove(0);
    let mut rows = Append::new();
    for n in 1..200 {
        row["key"] = format!("old-{n}").into();
        rows.put(format!("once/{n:020}"), &row).unwrap();
    }
    core.outbox().append(rows).await.unwrap();
    core.outbox().close().await;

    let core = open(folder.path(), with(&engine));
    let through = core.outbox().position().next_seq;
    send(&core, "pda-1", "old-150").await.unwrap();
    assert_eq!(core.outbox().position().next_seq, through);
    send(&core, "pda-1", "new").await.unwrap();
    assert_eq!(core.outbox().states::<Value>("once/").len(), 50);
    core.outbox().close().await;
    let core = open(folder.path(), with(&engine));
    send(&core, "pda-1", "new").await.unwrap();
    send(&core, "pda-1", "old-199").await.unwrap();
    assert_eq!(core.outbox().position().next_seq, Seq(through.0 + 1));
    core.outbox().close().await;
}
