//! Operators who move between scanners and who are logged out by rule.

use std::sync::atomic::{AtomicI64, Ordering};

use qitao_domain::event::{Effect, Source};
use qitao_domain::ids::{OperatorId, Seq, StationId};
use qitao_domain::protocol::TaskEntry;
use qitao_domain::scan::Stamp;
use qitao_domain::work::{Prompt, Tone, Verdict};
use qitao_edge_agent::core::{Core, Event, Input};
use qitao_edge_agent::login::{self, LoginRules};
use tokio_util::sync::CancellationToken;

use crate::core_keeps::{open, put_away, scan};
use crate::support::options;

fn operator(core: &Core, station: &str) -> Option<OperatorId> {
    core.station(&station.parse().unwrap()).and_then(|station| station.operator)
}

fn task(core: &Core, station: &str) -> Option<String> {
    core.station(&station.parse().unwrap()).and_then(|station| station.task).map(|task| task.number)
}

#[tokio::test]
async fn who_takes_another_scanner_takes_the_work_along_also_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.keep_to_one_station();
    core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-PA-000001", "B-01", "YG-OAK/1-3"] {
        scan(&core, "a", text).await;
    }
    // In the hand, and its shelf not yet scanned.
    scan(&core, "a", "QT-CLOSE").await;
    scan(&core, "a", "YG-OAK/2-3").await;
    let held = core.station(&"a".parse().unwrap()).unwrap().held;
    assert_eq!(held.len(), 1);
    // The battery is empty: another scanner.
    let moved = scan(&core, "b", "QT-OP-007").await;
    assert_eq!(moved.fact.verdict, Verdict::LoggedIn { operator: OperatorId(7) });
    assert_eq!(moved.station.held, held);
    assert_eq!((operator(&core, "a"), operator(&core, "b")), (None, Some(OperatorId(7))));
    core.outbox().close().await;
    drop(core);

    let core = open(folder.path(), options());
    core.keep_to_one_station();
    assert_eq!((operator(&core, "a"), operator(&core, "b")), (None, Some(OperatorId(7))));
    assert_eq!(core.station(&"a".parse().unwrap()).unwrap().held, []);
    let shelved = scan(&core, "b", "B-02").await;
    assert!(matches!(shelved.fact.verdict, Verdict::PutAway { .. } | Verdict::PutAwayElsewhere { .. }), "{:?}", shelved.fact.verdict);
    assert!(matches!(scan(&core, "b", "QT-UNDO").await.fact.verdict, Verdict::Undone { .. }));
    assert_eq!(scan(&core, "a", "B-01").await.fact.verdict, Verdict::NeedOperator);
}

#[tokio::test]
async fn the_open_task_and_the_way_back_go_along() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.keep_to_one_station();
    core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    for text in ["QT-OP-007", "QT-TASK-PA-000001", "B-01", "YG-OAK/1-3"] {
        scan(&core, "a", text).await;
    }
    scan(&core, "b", "QT-OP-007").await;
    assert_eq!((task(&core, "a"), task(&core, "b").as_deref()), (None, Some("PA-000001")));
    assert!(
        matches!(scan(&core, "b", "QT-UNDO").await.fact.verdict, Verdict::Undone { .. }),
        "done at the other scanner, taken back at this one"
    );
    // The same badge once more is no news, and moves nothing.
    scan(&core, "b", "QT-OP-007").await;
    assert_eq!(task(&core, "b").as_deref(), Some("PA-000001"));
}

#[tokio::test]
async fn goods_in_hand_are_never_lost_when_the_rule_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    for station in ["a", "b", "c", "d"] {
        scan(&core, station, "QT-OP-007").await;
    }
    scan(&core, "a", "QT-TASK-PA-000001").await;
    scan(&core, "b", "QT-QTY-3").await;
    scan(&core, "b", "YG-OAK/1-3").await;
    scan(&core, "c", "YG-OAK/2-3").await;
    let held = |core: &Core, station: &str| core.station(&station.parse().unwrap()).unwrap().held;
    let in_hand = held(&core, "b");
    assert_eq!((in_hand.len(), held(&core, "c").len()), (1, 1));
    core.outbox().close().await;
    drop(core);

    let core = open(folder.path(), options());
    core.keep_to_one_station();
    // The own badge at the station with the goods: nothing is put in their place, and the stations without goods are left, all of them.
    scan(&core, "b", "QT-OP-007").await;
    assert_eq!((held(&core, "b"), held(&core, "c").len()), (in_hand.clone(), 1));
    assert_eq!(["a", "b", "c", "d"].map(|station| operator(&core, station).is_some()), [false, true, true, false]);
    assert_eq!(task(&core, "a"), None);
    // Elsewhere the goods go along; the others still stand where they are.
    scan(&core, "e", "QT-OP-007").await;
    assert_eq!((held(&core, "e"), held(&core, "b"), held(&core, "c").len()), (in_hand, vec![], 1));
    core.outbox().close().await;
    drop(core);

    let core = open(folder.path(), options());
    assert_eq!(["a", "b", "c", "d", "e"].map(|station| operator(&core, station).is_some()), [false, false, true, false, true]);
    for (station, shelf) in [("c", "B-01"), ("e", "B-02")] {
        let shelved = scan(&core, station, shelf).await;
        assert!(matches!(shelved.fact.effects[..], [Effect::Moved { .. }, ..]), "{station}: {:?}", shelved.fact);
    }
}

#[tokio::test]
async fn without_the_rule_one_person_may_work_at_two_scanners() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    scan(&core, "a", "QT-OP-007").await;
    scan(&core, "b", "QT-OP-007").await;
    assert_eq!((operator(&core, "a"), operator(&core, "b")), (Some(OperatorId(7)), Some(OperatorId(7))));
}

#[tokio::test]
async fn a_rule_that_logs_somebody_out_is_a_fact_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    scan(&core, "a", "QT-OP-007").await;
    let out = core.take(StationId::new("a").unwrap(), Input::LogOut { why: "logged out: idle".into() }).await.unwrap();
    assert_eq!((&out.fact.verdict, out.fact.operator), (&Verdict::LoggedOut, Some(OperatorId(7))));
    assert_eq!(out.fact.source, Source::Edge { what: "logged out: idle".into() });
    assert_eq!(out.fact.effects, [Effect::LoggedOut]);
    assert_eq!(operator(&core, "a"), None);
}

#[tokio::test]
async fn where_the_site_wants_it_a_badge_needs_its_pin_which_is_nowhere_in_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.want_pins();
    let typed = |pin: &str| Input::Command(format!("QT-PIN-{pin}"));
    let a = || StationId::new("a").unwrap();
    assert_eq!(scan(&core, "a", "QT-OP-007").await.fact.verdict, Verdict::NeedPin { operator: OperatorId(7) });
    assert_eq!(core.station(&a()).unwrap().prompt, Prompt::EnterPin { operator: OperatorId(7) });
    // The first one is chosen.
    let chosen = core.take(a(), typed("4711")).await.unwrap();
    assert_eq!(chosen.fact.verdict, Verdict::LoggedIn { operator: OperatorId(7) });
    assert_eq!(chosen.fact.source, Source::Panel { command: "QT-PIN".into() });
    scan(&core, "a", "QT-OUT").await;
    core.outbox().close().await;
    drop(core);

    let core = open(folder.path(), options());
    core.want_pins();
    scan(&core, "a", "QT-OP-007").await;
    let wrong = core.take(a(), typed("4712")).await.unwrap();
    assert_eq!((&wrong.fact.verdict, operator(&core, "a")), (&Verdict::WrongPin { operator: OperatorId(7) }, None));
    assert_eq!(core.take(a(), typed("4711")).await.unwrap().fact.verdict, Verdict::NotNow, "the badge first, once more");
    scan(&core, "a", "QT-OP-007").await;
    assert_eq!(scan(&core, "a", "B-01").await.fact.verdict, Verdict::NeedOperator, "anything else gives it up");
    scan(&core, "a", "QT-OP-007").await;
    // Also as a barcode, which nobody should print.
    let right = scan(&core, "a", "QT-PIN-4711").await;
    assert_eq!(right.fact.verdict, Verdict::LoggedIn { operator: OperatorId(7) });
    // Written otherwise, too, or run together with what was before it.
    for wrong in ["QT-PIN4711", "QT-PIN 4711", "\tQT-PIN-4711", "]C0QT-PIN-4711", "B-01QT-PIN-4711"] {
        let answer = scan(&core, "a", wrong).await;
        assert_eq!(answer.fact.verdict.tone(), Tone::Wrong, "{wrong}: {:?}", answer.fact.verdict);
        core.take(a(), Input::Command(wrong.into())).await.unwrap();
    }
    let rows = core.outbox().rows(Seq(1), usize::MAX).await.unwrap();
    for row in rows {
        // Ids and times may have any digits.
        let said = ["source", "verdict", "effects"].map(|part| row.fact[part].to_string());
        assert!(said.iter().all(|part| !part.contains("471")), "digits leave the edge: {said:?}");
    }
    // With the other rule too: the move happens with the PIN, not with the badge.
    core.keep_to_one_station();
    scan(&core, "b", "QT-OP-007").await;
    assert_eq!(operator(&core, "a"), Some(OperatorId(7)));
    core.take(StationId::new("b").unwrap(), typed("4711")).await.unwrap();
    assert_eq!((operator(&core, "a"), operator(&core, "b")), (None, Some(OperatorId(7))));
}

#[tokio::test]
async fn at_the_end_of_the_day_everybody_is_logged_out_and_goods_in_hand_are_put_down_first() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.take_tasks(1, vec![TaskEntry::released(put_away(1))]).await.unwrap();
    for station in ["a", "b"] {
        scan(&core, station, "QT-OP-007").await;
    }
    scan(&core, "b", "QT-TASK-PA-000001").await;
    scan(&core, "b", "YG-OAK/1-3").await;
    assert_eq!(core.station(&"b".parse().unwrap()).unwrap().held.len(), 1);
    // Half past ten in Shanghai passes between the beginning and the first look. 2027-01-15 22:29:50.
    let looks = AtomicI64::new(0);
    let clock = move || Stamp { wall_ms: 1_800_023_390_000 + looks.fetch_add(1, Ordering::Relaxed) * 20_000, boot: 1, mono_us: 1 };
    let rules = LoginRules { out_at: vec!["22:30+08:00".parse().unwrap()], ..LoginRules::default() };
    let (stop, mut events) = (CancellationToken::new(), core.subscribe());
    let running = tokio::spawn(login::run(rules, core.clone(), clock, stop.clone()));
    let out = loop {
        let Ok(Event::Recorded(recorded)) = events.recv().await else { continue };
        break recorded.fact.clone();
    };
    assert_eq!((out.station.as_str(), out.effects.as_slice()), ("a", [Effect::LoggedOut].as_slice()), "{out:?}");
    assert!(matches!(&out.source, Source::Edge { what } if what == login::Why::DayOver.word()), "{:?}", out.source);
    assert_eq!((operator(&core, "a"), operator(&core, "b")), (None, Some(OperatorId(7))), "who carries something first puts it down");
    stop.cancel();
    running.await.unwrap();
    let rows = core.outbox().rows(Seq(1), usize::MAX).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.fact["source"]["what"] == login::Why::DayOver.word()).count(), 1);
}

#[tokio::test]
async fn who_guesses_pins_is_locked_out_also_at_another_station_and_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let core = open(folder.path(), options());
    core.want_pins();
    let typed = |pin: &str| Input::Command(format!("QT-PIN-{pin}"));
    let at = |id: &str| StationId::new(id).unwrap();
    let operator_7 = OperatorId(7);
    scan(&core, "a", "QT-OP-007").await;
    core.take(at("a"), typed("4711")).await.unwrap();
    scan(&core, "a", "QT-OUT").await;
    // Four wrong ones are forgiven by a right one.
    for _ in 0..2 {
        for wrong in ["0001", "0002", "0003", "0004"] {
            scan(&core, "a", "QT-OP-007").await;
            assert_eq!(core.take(at("a"), typed(wrong)).await.unwrap().fact.verdict, Verdict::WrongPin { operator: operator_7 });
        }
        scan(&core, "a", "QT-OP-007").await;
        assert_eq!(core.take(at("a"), typed("4711")).await.unwrap().fact.verdict, Verdict::LoggedIn { operator: operator_7 });
        scan(&core, "a", "QT-OUT").await;
    }
    // Badges wait at two stations before the last try is spent.
    scan(&core, "b", "QT-OP-007").await;
    for wrong in ["0001", "0002", "0003", "0004", "0005"] {
        scan(&core, "a", "QT-OP-007").await;
        core.take(at("a"), typed(wrong)).await.unwrap();
    }
    let locked = Verdict::PinLocked { operator: operator_7, minutes: 1 };
    assert_eq!(core.take(at("b"), typed("4711")).await.unwrap().fact.verdict, locked, "not even the right one");
    assert_eq!(scan(&core, "a", "QT-OP-007").await.fact.verdict, locked);
    assert_eq!(core.take(at("a"), typed("4711")).await.unwrap().fact.verdict, Verdict::NotNow);
    core.outbox().close().await;
    drop(core);

    let core = open(folder.path(), options());
    core.want_pins();
    assert_eq!(scan(&core, "a", "QT-OP-007").await.fact.verdict, locked);
    let rows = core.outbox().rows(Seq(1), usize::MAX).await.unwrap();
    assert!(rows.iter().all(|row| !row.fact.to_string().contains("471")), "no digits leave the edge");
}
