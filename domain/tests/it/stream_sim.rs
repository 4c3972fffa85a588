//! The sync protocol under schedules of loss, duplication, reordering, crashes, restores, clones and clocks that jump.
//!
//! `QITAO_SIM_SCHEDULES=100000 cargo test -p qitao-domain --test it stream_sim` runs more. A failure names its seed;
//! `QITAO_SIM_SEED=n QITAO_SIM_TRACE=1` plays that one again and prints every event.

use std::time::Instant;

use crate::sim::{Fault, Mutant, Plan, Tally, World};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_accepted_fact_reaches_the_hub_once_and_in_order_whatever_happens() {
    if let Some(seed) = setting("QITAO_SIM_SEED") {
        println!("{:#?}", Plan::random(seed));
        println!("{:?}", World::run(Plan::random(seed)).unwrap());
        return;
    }
    let schedules = setting("QITAO_SIM_SCHEDULES").unwrap_or(1_500);
    let mut sum = Tally::default();
    for seed in 0..schedules {
        let tally = World::run(Plan::random(seed)).unwrap();
        sum.facts += tally.facts;
        sum.gone += tally.gone;
        sum.skipped += tally.skipped;
        sum.epochs += tally.epochs;
        sum.events += tally.events;
        sum.news += tally.news;
    }
    println!("{schedules} schedules: {sum:?}");
    // The schedules must not have become harmless.
    assert!(sum.gone > 0 && sum.skipped > 0 && sum.news > 0);
}

#[test]
fn one_or_two_faults_at_every_step_of_a_short_shift_do_no_harm() {
    const FAULTS: [Fault; 7] =
        [Fault::CrashEdge, Fault::CrashHub, Fault::Disconnect, Fault::RestoreHub, Fault::RestoreEdge, Fault::Retention, Fault::CloneSame];
    let shift = |faults: Vec<(u64, Fault)>| {
        let mut plan = Plan { length: 2_500, scan_every: 250, ..Plan::quiet(3) };
        plan.faults = vec![(700, Fault::Backup), (800, Fault::Image)];
        plan.at_event = faults;
        plan
    };
    let every = if setting("QITAO_SIM_SCHEDULES").is_some() { 1 } else { 5 };
    for first in 1..45 {
        for fault in FAULTS {
            World::run(shift(vec![(first, fault)])).unwrap_or_else(|why| panic!("{fault:?} before event {first}: {why}"));
            for second in (first + 1..45).step_by(every) {
                for other in FAULTS {
                    let plan = shift(vec![(first, fault), (second, other)]);
                    World::run(plan).unwrap_or_else(|why| panic!("{fault:?} before event {first}, {other:?} before {second}: {why}"));
                }
            }
        }
    }
}

#[test]
fn the_oracle_notices_when_the_program_is_wrong() {
    // Each with the seed from which to look: some need a rare meeting of faults, and the search should not take long.
    const MUTANTS: [(Mutant, u64); 9] = [
        (Mutant::AckBeforeCommit, 0),
        (Mutant::NoScanGuard, 0),
        (Mutant::NoLinks, 990),
        (Mutant::AnyFingerprint, 0),
        (Mutant::HeadNotCompared, 0),
        (Mutant::FeedbackBeforeDisk, 0),
        (Mutant::ResendOnlyUnacked, 0),
        (Mutant::RetentionTakesAll, 0),
        (Mutant::NoIdleHello, 1780),
    ];
    for (mutant, from) in MUTANTS {
        let start = Instant::now();
        let found = (from..from + 20_000).find_map(|seed| World::run(Plan { mutant: Some(mutant), ..Plan::random(seed) }).err());
        println!("{:.1?} {mutant:?}: {}", start.elapsed(), found.as_deref().unwrap_or("NOT NOTICED"));
        assert!(found.is_some(), "{mutant:?} was not noticed");
    }
}
