//! The outbox against a model of it: any mixture of appends, acks, the hub's accounts, retention and restarts.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use qitao_domain::ids::{Epoch, Seq};
use qitao_edge_agent::outbox::{Append, OpenOptions, Outbox};

use crate::fake_store::Fake;
use crate::support::{fact, options, scans};

#[derive(Debug, Clone)]
enum Step {
    Append { facts: u8, key: u8 },
    Ack { share: u8 },
    NewEpoch { committed: u8 },
    HubWentBack { share: u8 },
    Forget { key: u8 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..20u8, 0..5u8).prop_map(|(facts, key)| Step::Append { facts, key }),
        3 => any::<u8>().prop_map(|share| Step::Ack { share }),
        1 => (0..50u8).prop_map(|committed| Step::NewEpoch { committed }),
        1 => any::<u8>().prop_map(|share| Step::HubWentBack { share }),
        1 => (0..5u8).prop_map(|key| Step::Forget { key }),
        2 => Just(Step::Restart),
    ]
}

/// What must be there.
#[derive(Default)]
struct Model {
    /// Scan ids of facts, in order, from the first ever.
    facts: Vec<u128>,
    states: BTreeMap<String, u64>,
}

async fn check(outbox: &Outbox, model: &Model) {
    // Retention works beside this; look again until it did not in between.
    let (position, there) = loop {
        let position = outbox.position();
        let there = scans(outbox, position.oldest_kept).await;
        if outbox.position() == position {
            break (position, there);
        }
    };
    let count = position.next_seq.0 - position.oldest_kept.0;
    assert_eq!(there.len() as u64, count, "rows are kept without gaps: {position:?}");
    for (n, (seq, _)) in there.iter().enumerate() {
        assert_eq!(*seq, position.oldest_kept.0 + n as u64);
    }
    let kept: Vec<u128> = there.iter().map(|(_, scan)| *scan).collect();
    assert_eq!(kept, model.facts[model.facts.len() - kept.len()..], "what is kept are the newest facts, in order");
    let unacked = usize::try_from(position.backlog()).unwrap();
    assert!(unacked <= kept.len(), "nothing that is not acked was dropped");
    let states: BTreeMap<String, u64> = outbox.states("s/").into_iter().collect();
    assert_eq!(states, model.states);
}

async fn run(options: OpenOptions, steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
    let mut model = Model::default();
    for step in steps {
        let position = outbox.position();
        match step {
            Step::Append { facts, key } => {
                let mut pending = Vec::new();
                for _ in 0..facts {
                    model.facts.push(model.facts.len() as u128 + 1);
                    let mut append = Append::new().with_fact(&fact(model.facts.len() as u128)).unwrap();
                    append.put(format!("s/{key}"), &model.facts.len()).unwrap();
                    model.states.insert(key.to_string(), model.facts.len() as u64);
                    pending.push(outbox.reserve().await.unwrap().send(append));
                }
                for (n, pending) in pending.into_iter().enumerate() {
                    assert_eq!(pending.durable().await.unwrap(), Some(Seq(position.next_seq.0 + n as u64)));
                }
            }
            Step::Ack { share } => {
                let through = position.acked.0 + position.backlog() * u64::from(share) / 255;
                outbox.mark_acked(position.epoch, Seq(through));
            }
            Step::NewEpoch { committed } => {
                let kept = position.next_seq.0 - position.oldest_kept.0;
                let new = outbox.settle(Epoch(position.epoch.0 + 1), Seq(u64::from(committed))).await.unwrap();
                assert_eq!(new.acked, Seq(u64::from(committed)));
                // Retention may have let acked rows go in between.
                assert!(new.backlog() <= kept && new.backlog() >= position.backlog());
            }
            Step::HubWentBack { share } => {
                let committed = Seq(position.acked.0 * u64::from(share) / 255);
                let new = outbox.settle(position.epoch, committed).await.unwrap();
                assert!(new.acked >= committed && new.acked.0 + 1 >= new.oldest_kept.0);
            }
            Step::Forget { key } => {
                let mut append = Append::new();
                append.delete(format!("s/{key}"));
                model.states.remove(&key.to_string());
                outbox.append(append).await.unwrap();
            }
            Step::Restart => {
                outbox.close().await;
                let (again, recovered) = Outbox::open(folder.path(), options.clone()).unwrap();
                assert_eq!(recovered.rungs, Vec::<String>::new());
                outbox = again;
            }
        }
        check(&outbox, &model).await;
    }
    outbox.close().await;
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(cases(128))]
    #[test]
    fn the_outbox_keeps_what_the_model_says_over_any_schedule(steps in prop::collection::vec(step(), 1..40)) {
        block_on(run(OpenOptions { engine: Arc::new(Fake::default()), keep_rows: 30, tick: std::time::Duration::from_millis(1), ..options() }, steps));
    }
}

proptest! {
    #![proptest_config(cases(10))]
    #[test]
    fn and_so_it_does_on_sled(steps in prop::collection::vec(step(), 1..20)) {
        block_on(run(OpenOptions { keep_rows: 30, tick: std::time::Duration::from_millis(1), ..options() }, steps));
    }
}

#[test]
fn a_compaction_under_way_loses_nothing_and_makes_the_file_small() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions { keep_rows: 100, compact_above: 1 << 20, ..options() };
        let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
        let mut model = Model::default();
        for round in 0..40_u64 {
            let mut pending = Vec::new();
            for _ in 0..250 {
                model.facts.push(model.facts.len() as u128 + 1);
                let mut append = Append::new().with_fact(&fact(model.facts.len() as u128)).unwrap();
                append.put("s/x", &round).unwrap();
                model.states.insert("x".into(), round);
                pending.push(outbox.reserve().await.unwrap().send(append));
            }
            for pending in pending {
                pending.durable().await.unwrap();
            }
            outbox.mark_acked(Epoch(0), Seq(outbox.position().next_seq.0 - 20));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // Some may have come before the last round; then the file grew again until the next. Without any it has more than 6 MiB.
        let small = || outbox.stats().compactions > 0 && outbox.stats().bytes < 4 << 20;
        crate::support::eventually("a compaction that makes the file small", small).await;
        check(&outbox, &model).await;
        outbox.close().await;
        let (outbox, recovered) = Outbox::open(folder.path(), options).unwrap();
        assert!(recovered.rungs.is_empty());
        check(&outbox, &model).await;
        outbox.close().await;
    });
}
