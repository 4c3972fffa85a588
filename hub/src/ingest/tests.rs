//! What ingest promises, against a real database.

use std::time::Duration;

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::{Epoch, ItemId, LocationId, ScanId, Seq, SiteId, TaskId};
use qitao_domain::protocol::{Down, MAX_MESSAGE, Refusal, Up};
use qitao_domain::quantity::Quantity;
use serde_json::json;

use super::books::{self, Incoming};
use super::rig::*;
use super::{RetryError, retry_fact};
use crate::broker::{Taken, Upward};
use crate::edges;
use crate::inventory::{self, MovementQuery, approve_count, reject_count};
use crate::live::What;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

fn acked(heard: &[Down]) -> Vec<u64> {
    heard.iter().filter_map(|down| if let Down::Ack { committed, .. } = down { Some(committed.0) } else { None }).collect()
}

#[tokio::test]
async fn a_fact_is_booked_once_however_often_and_in_whatever_order_it_comes() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts: Vec<_> = (1..=6).map(put_away).collect();
        rig.send(&edge, &edge.batch(1, &facts[..3])).await;
        rig.send(&edge, &edge.batch(1, &facts[..3])).await;
        rig.send(&edge, &edge.batch(5, &facts[4..])).await;
        let heard = rig.heard(&edge);
        assert!(heard.iter().any(|down| matches!(down, Down::Nack { expected: Seq(4), .. })), "{heard:?}");
        rig.send(&edge, &edge.batch(2, &facts[1..])).await;
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert_eq!(acked(&heard), [3, 3]);
        assert_eq!(acked(&rig.heard(&edge)), [6, 6]);
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 6);
        assert_eq!(rig.on_hand(SUPPLIER, WARDROBE, 1).await, -6);
        assert_eq!(rig.number("SELECT done FROM task_line WHERE id = 1").await, 6_000);
        let totals = inventory::totals(rig.fleet.db.read()).await.unwrap();
        assert_eq!((totals.facts, totals.movements, totals.doubled, totals.kept_raw), (6, 6, 0, 0));
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_transaction_that_dies_is_as_if_nothing_had_come() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let incoming = Incoming {
            edge: edge.id.to_string(),
            site: SITE,
            epoch: 1,
            seq: 1,
            skew_ms: 0,
            body: serde_json::to_value(put_away(1)).unwrap(),
        };
        let tx = rig.fleet.db.begin().await.unwrap();
        assert_eq!(books::apply(&tx, vec![incoming], 0).await.unwrap().seen.len(), 1);
        drop(tx);
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await + rig.number("SELECT COUNT(*) FROM stock").await, 0);
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn facts_offered_again_under_a_new_epoch_are_counted_and_not_booked() {
    for mut rig in rigs().await {
        let mut edge = rig.welcomed().await;
        let facts: Vec<_> = (1..=4).map(put_away).collect();
        rig.send(&edge, &edge.batch(1, &facts)).await;
        edge.epoch = Epoch(0);
        edge.session += 1;
        let welcome = edge.greet(&mut rig, Seq(7), 0).await;
        assert_eq!((welcome.epoch, welcome.committed), (Epoch(2), Seq(0)));
        let all: Vec<_> = (1..=6).map(put_away).collect();
        rig.send(&edge, &edge.batch(1, &all)).await;
        assert_eq!(acked(&rig.heard(&edge)), [6]);
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 6);
        assert_eq!(inventory::totals(rig.fleet.db.read()).await.unwrap().doubled, 4);
        assert_eq!(rig.cases("stream_break").await.len(), 1);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn undo_moves_stock_and_line_back_and_marks_what_it_took_back() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let undo = fact(
            3,
            Some(PUT_AWAY),
            vec![Effect::Moved {
                stock: stock(WARDROBE, 1),
                quantity: Quantity::ONE,
                from: BIN_A,
                to: SUPPLIER,
                line: Some(PUT_AWAY_LINE),
                reverses: Some(ScanId(2)),
                serial: None,
            }],
        );
        rig.send(&edge, &edge.batch(1, &[put_away(1), put_away(2), undo])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
        assert_eq!(rig.number("SELECT done FROM task_line WHERE id = 1").await, 1_000);
        assert_eq!(rig.number("SELECT COUNT(*) FROM task WHERE id = 1 AND state = 'started'").await, 1);
        let page = inventory::movements(rig.fleet.db.read(), Scope::All, &MovementQuery::default(), &Default::default()).await.unwrap();
        let rows: Vec<_> = page.items.iter().map(|row| (row.reason.as_str(), row.reversed, row.operator_name.as_deref())).collect();
        assert_eq!(rows, [("undo", false, Some("王芳")), ("put_away", true, Some("王芳")), ("put_away", false, Some("王芳"))]);
        assert_eq!((page.total, page.items[0].of, page.items[0].to_code.as_str()), (3, 2, "SUPPLIER"));
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_or_applied_is_kept_whole_and_holds_up_nothing() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let value = |fact: qitao_domain::event::Fact| serde_json::to_value(fact).unwrap();
        let mut foreign_site = put_away(22);
        foreign_site.site = SiteId(2);
        let mut lots = moved(CURTAIN, 1, 1, SUPPLIER, BIN_A);
        if let Effect::Moved { stock, .. } = &mut lots {
            stock.lot = "x".repeat(65);
        }
        let bad = [
            json!({ "half": "a fact" }),
            json!(null),
            value(fact(20, None, vec![moved(ItemId(99), 1, 1, SUPPLIER, BIN_A)])),
            value(fact(21, None, vec![moved(WARDROBE, 3, 1, SUPPLIER, BIN_A)])),
            value(foreign_site),
            value(fact(23, None, vec![moved(WARDROBE, 1, 1, SUPPLIER, FOREIGN)])),
            value(fact(24, None, vec![moved(WARDROBE, 1, -1, SUPPLIER, BIN_A)])),
            value(fact(25, None, vec![moved(SET, 1, 1, SUPPLIER, BIN_A)])),
            value(fact(26, None, vec![moved(WARDROBE, 1, 1, SUPPLIER, BIN_A), moved(WARDROBE, 1, 1, BIN_A, LocationId(77))])),
            value(fact(27, None, vec![lots])),
            value(fact(28, None, vec![moved(WARDROBE, 1, i64::MAX / 1000, SUPPLIER, BIN_A)])),
            value(fact(29, None, vec![Effect::CountStarted { location: BIN_A }])),
            value(fact(30, Some(COUNT), vec![Effect::CountStarted { location: SUPPLIER }])),
        ];
        let mut facts = vec![value(put_away(1))];
        facts.extend(bad.iter().cloned());
        facts.push(value(put_away(2)));
        rig.send(&edge, &edge.raw_batch(1, facts)).await;
        assert_eq!(acked(&rig.heard(&edge)), [15]);
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 2, "nothing of a refused fact is booked");
        assert_eq!(rig.cases("unreadable_fact").await.len(), 2);
        let cases = rig.cases("unappliable_fact").await;
        let rules: Vec<_> = cases.iter().map(|case| case["rule"].as_str().unwrap()).collect();
        let expected = [
            "foreign_location",
            "foreign_site",
            "kit",
            "lot",
            "movement",
            "quantity",
            "unknown_carton",
            "unknown_item",
            "unknown_location",
            "unknown_task",
            "virtual_location",
        ];
        let mut sorted = rules.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact_raw").await, 13);
        let kept = Sql::new("SELECT body FROM fact_raw WHERE seq = 4").word(rig.fleet.db.read()).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), bad[2]);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_kept_fact_is_booked_once_what_stood_against_it_is_put_right() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.send(&edge, &edge.batch(1, &[fact(1, None, vec![moved(ItemId(4), 1, 1, SUPPLIER, BIN_A)])])).await;
        let still = retry_fact(&rig.fleet, &edge.id, 1, 1).await;
        assert!(matches!(still, Err(RetryError::Still { rule: "unknown_item", .. })), "{still:?}");
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact_raw").await, 1);
        let tx = rig.fleet.db.begin().await.unwrap();
        let new = "INSERT INTO item (code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) \
                   VALUES ('NEW', '新品', '', '件', 1, FALSE, FALSE, 2, FALSE)";
        Sql::new(new).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        retry_fact(&rig.fleet, &edge.id, 1, 1).await.unwrap();
        assert!(matches!(retry_fact(&rig.fleet, &edge.id, 1, 1).await, Err(RetryError::Gone)));
        assert_eq!(rig.on_hand(BIN_A, ItemId(4), 1).await, 1);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_scan_id_used_for_two_things_is_a_case_and_an_undo_of_nothing_too() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let other = fact(1, None, vec![moved(WARDROBE, 2, 1, SUPPLIER, BIN_B)]);
        let mut undo = moved(WARDROBE, 1, 1, BIN_A, SUPPLIER);
        if let Effect::Moved { reverses, .. } = &mut undo {
            *reverses = Some(ScanId(500));
        }
        rig.send(&edge, &edge.batch(1, &[put_away(1), other, fact(3, None, vec![undo])])).await;
        let rules: Vec<_> = rig.cases("unappliable_fact").await.iter().map(|case| case["rule"].as_str().unwrap().to_owned()).collect();
        assert_eq!(rules.len(), 2);
        assert!(rules.contains(&"scan_twice".to_owned()) && rules.contains(&"reverses_nothing".to_owned()));
        assert_eq!((rig.on_hand(BIN_A, WARDROBE, 1).await, rig.on_hand(BIN_B, WARDROBE, 2).await), (1, 0));
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_movement_for_a_task_that_is_not_in_this_database_is_booked_and_becomes_a_case() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.send(&edge, &edge.batch(1, &[fact(1, Some(TaskId(900)), vec![moved(WARDROBE, 1, 1, SUPPLIER, BIN_A)])])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
        assert_eq!(rig.cases("unappliable_fact").await[0]["booked"], json!(true));
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact_raw").await, 0);
    }
}

#[tokio::test]
async fn a_location_may_go_below_nothing_and_somebody_hears_of_it_once() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.send(&edge, &edge.batch(1, &[fact(1, None, vec![moved(WARDROBE, 1, 2, BIN_A, STAGING)])])).await;
        rig.send(&edge, &edge.batch(2, &[fact(2, None, vec![moved(WARDROBE, 1, 1, BIN_A, STAGING)])])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, -3);
        let cases = rig.cases("negative_stock").await;
        assert_eq!((cases.len(), &cases[0]["quantity"], &cases[0]["count"]), (1, &json!("-3"), &json!(2)));
        rig.ties_out().await;
    }
}

fn counted(scan: u128, carton: u16, units: i64) -> qitao_domain::event::Fact {
    let effect = Effect::Counted { location: BIN_A, stock: stock(WARDROBE, carton), quantity: Quantity::units(units), reverses: None };
    fact(scan, Some(COUNT), vec![effect])
}

fn count(scan: u128, effect: Effect) -> qitao_domain::event::Fact {
    fact(scan, Some(COUNT), vec![effect])
}

#[tokio::test]
async fn a_count_that_differs_waits_for_a_person_and_is_posted_as_a_change() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            fact(1, None, vec![moved(WARDROBE, 1, 5, SUPPLIER, BIN_A), moved(WARDROBE, 2, 5, SUPPLIER, BIN_A)]),
            count(2, Effect::CountStarted { location: BIN_A }),
            counted(3, 1, 3),
            counted(4, 1, 1),
            count(5, Effect::CountFinished { location: BIN_A }),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        let cases = rig.cases("count_variance").await;
        let lines = cases[0]["lines"].as_array().unwrap();
        let figures: Vec<_> =
            lines.iter().map(|line| (line["carton"].clone(), line["expected"].clone(), line["variance"].clone())).collect();
        assert_eq!(figures, [(json!(1), json!("5"), json!("-1")), (json!(2), json!("5"), json!("-5"))]);
        assert_eq!(cases[0]["moved_during"], json!(false));
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 5, "nothing is posted before somebody approves");

        // Two more arrive before the approval: the difference is posted, not the counted quantity.
        rig.send(&edge, &edge.batch(6, &[fact(6, None, vec![moved(WARDROBE, 1, 2, SUPPLIER, BIN_A)])])).await;
        let tx = rig.fleet.db.begin().await.unwrap();
        assert!(approve_count(&tx, COUNT, BIN_A, "user:1", 7).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!((rig.on_hand(BIN_A, WARDROBE, 1).await, rig.on_hand(BIN_A, WARDROBE, 2).await), (6, 0));
        assert_eq!(rig.on_hand(VARIANCE, WARDROBE, 2).await, 5);
        let tx = rig.fleet.db.begin().await.unwrap();
        assert!(approve_count(&tx, COUNT, BIN_A, "user:1", 8).await.is_err(), "posted once");
        assert!(reject_count(&tx, COUNT, BIN_B).await.is_err(), "never counted");
        drop(tx);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_count_that_agrees_makes_no_case_and_a_movement_in_between_is_flagged() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            fact(1, None, vec![moved(WARDROBE, 1, 2, SUPPLIER, BIN_A)]),
            count(2, Effect::CountStarted { location: BIN_A }),
            counted(3, 1, 1),
            // Taken back, and seen again.
            count(
                4,
                Effect::Counted { location: BIN_A, stock: stock(WARDROBE, 1), quantity: Quantity::units(-1), reverses: Some(ScanId(3)) },
            ),
            counted(5, 1, 2),
            count(6, Effect::CountFinished { location: BIN_A }),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert!(rig.cases("count_variance").await.is_empty());

        // Counted again, one short, while one is picked.
        let facts = [
            count(7, Effect::CountStarted { location: BIN_A }),
            counted(8, 1, 1),
            fact(9, None, vec![moved(WARDROBE, 1, 1, BIN_A, STAGING)]),
            count(10, Effect::CountFinished { location: BIN_A }),
        ];
        rig.send(&edge, &edge.batch(7, &facts)).await;
        let cases = rig.cases("count_variance").await;
        assert_eq!((cases.len(), &cases[0]["moved_during"]), (1, &json!(true)));
        assert_eq!(cases[0]["lines"][0]["variance"], json!("-1"));
        let tx = rig.fleet.db.begin().await.unwrap();
        reject_count(&tx, COUNT, BIN_A).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_recount_that_agrees_settles_the_case_of_the_first() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let round = |scan: u128, units| {
            [
                count(scan, Effect::CountStarted { location: BIN_A }),
                counted(scan + 1, 1, units),
                count(scan + 2, Effect::CountFinished { location: BIN_A }),
            ]
        };
        rig.send(&edge, &edge.batch(1, &[fact(1, None, vec![moved(WARDROBE, 1, 2, SUPPLIER, BIN_A)])])).await;
        rig.send(&edge, &edge.batch(2, &round(10, 1))).await;
        assert_eq!(rig.cases("count_variance").await.len(), 1);
        rig.send(&edge, &edge.batch(5, &round(20, 2))).await;
        assert!(rig.cases("count_variance").await.is_empty());
        assert_eq!(rig.number("SELECT COUNT(*) FROM exception WHERE state = 'resolved'").await, 1);
    }
}

#[tokio::test]
async fn a_task_ends_and_what_was_short_or_unknown_or_unprinted_becomes_a_case() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            put_away(1),
            fact(2, Some(PUT_AWAY), vec![Effect::Short { line: PUT_AWAY_LINE, quantity: Quantity::units(4), reverses: None }]),
            fact(3, Some(PUT_AWAY), vec![Effect::UnknownBarcode { text: "6901\0".into() }]),
            fact(4, None, vec![Effect::UnknownBarcode { text: "6901\0".into() }]),
            fact(5, None, vec![Effect::Printed { job: "j1".into(), outcome: PrintOutcome::Uncertain, labels: 2 }]),
            fact(6, None, vec![Effect::Printed { job: "j2".into(), outcome: PrintOutcome::Confirmed, labels: 2 }]),
            fact(7, Some(PUT_AWAY), vec![Effect::TaskFinished { complete: false }]),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        let short = rig.cases("short_pick").await;
        assert_eq!((&short[0]["number"], &short[0]["lines"][0]["short"]), (&json!("PA-000001"), &json!("4")));
        let unknown = rig.cases("unknown_barcode").await;
        assert_eq!((unknown.len(), &unknown[0]["count"]), (1, &json!(2)));
        assert_eq!(rig.cases("printer").await.len(), 1);
        let ended = "SELECT COUNT(*) FROM task WHERE id = 1 AND state = 'finished' AND NOT complete AND finished_ms = 1700000000000";
        assert_eq!(rig.number(ended).await, 1);
    }
}

#[tokio::test]
async fn hostile_messages_are_dropped_and_the_hub_goes_on() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let signed = |json: &[u8]| {
            use ed25519_dalek::Signer;
            let signature =
                edge.key.sign(&qitao_domain::protocol::envelope::signed_bytes(&qitao_domain::protocol::topic_up(&edge.id), json));
            qitao_domain::protocol::envelope::seal(&signature.to_bytes(), json)
        };
        let deep =
            format!(r#"{{"type":"batch","link":{},"epoch":1,"first":1,"facts":[{}{}]}}"#, edge.link, "[".repeat(5_000), "]".repeat(5_000));
        let hostile: Vec<Vec<u8>> = vec![
            vec![],
            vec![0],
            vec![1; 64],
            vec![0xff; 1024],
            vec![1; MAX_MESSAGE + 1],
            signed(b""),
            signed(b"{"),
            signed(b"\xff\xfe\x00"),
            signed(br#"{"type":"selfie"}"#),
            signed(br#"{"type":"batch","link":-1,"epoch":1,"first":1,"facts":[]}"#),
            signed(br#"{"type":"tasks_ack","through":18446744073709551615}"#),
            signed(deep.as_bytes()),
            edge.seal(&edge.raw_batch(0, vec![json!(1)])),
            edge.seal(&edge.raw_batch(u64::MAX, vec![json!(1), json!(2)])),
        ];
        for bytes in &hostile {
            assert_eq!(rig.ingest.message(&edge.id, bytes).await, Taken::Yes, "{} bytes", bytes.len());
        }
        let stranger = qitao_domain::ids::EdgeId::new("nobody").unwrap();
        assert_eq!(rig.ingest.message(&stranger, &edge.seal(&edge.batch(1, &[put_away(1)]))).await, Taken::Yes);
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await + rig.number("SELECT COUNT(*) FROM fact_raw").await, 0);

        let mut nul = put_away(1);
        nul.source = qitao_domain::event::Source::Panel { command: "QT\0UNDO".into() };
        rig.send(&edge, &edge.batch(1, &[nul])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
    }
}

#[tokio::test]
async fn a_message_signed_by_somebody_else_is_dropped_and_reported_once() {
    for mut rig in rigs().await {
        let (edge, mut other) = (rig.welcomed().await, rig.join().await);
        other.link = edge.link;
        other.epoch = edge.epoch;
        let forged = other.seal(&other.batch(1, &[put_away(1)]));
        for _ in 0..5 {
            assert_eq!(rig.ingest.message(&edge.id, &forged).await, Taken::Yes);
        }
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await, 0);
        let cases = rig.cases("bad_signature").await;
        assert_eq!((cases.len(), &cases[0]["count"]), (1, &json!(1)), "once a minute at most");
    }
}

#[tokio::test]
async fn a_cloned_machine_is_refused_until_somebody_looked_and_a_disabled_edge_until_it_is_enabled() {
    for mut rig in rigs().await {
        let mut edge = rig.welcomed().await;
        edge.fingerprint = "another".into();
        edge.session += 1;
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        let refused = |heard: &[Down], why| heard.iter().any(|down| matches!(down, Down::Refused { reason, .. } if *reason == why));
        assert!(refused(&rig.heard(&edge), Refusal::Cloned));
        assert_eq!(rig.cases("cloned_edge").await.len(), 1);
        edges::forgive(&rig.fleet, &edge.id, "admin").await.unwrap();
        edge.session += 1;
        edge.greet(&mut rig, Seq(1), 0).await;

        edges::set_disabled(&rig.fleet, &edge.id, true, "admin").await.unwrap();
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await, 0);
        let hello = edge.hello(Seq(2), 0);
        rig.send(&edge, &hello).await;
        assert!(refused(&rig.heard(&edge), Refusal::Disabled));
        let row = edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap();
        assert_eq!(row.state, "disabled");
        edges::set_disabled(&rig.fleet, &edge.id, false, "admin").await.unwrap();
        edge.greet(&mut rig, Seq(2), 0).await;
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
    }
}

#[tokio::test]
async fn many_edges_at_once_are_committed_together_and_none_is_lost() {
    for mut rig in rigs().await {
        let mut edges = Vec::new();
        for _ in 0..8 {
            edges.push(rig.join().await);
            let last = edges.len() - 1;
            let edge = &mut edges[last];
            edge.greet(&mut rig, Seq(1), 0).await;
            while rig.down.try_recv().is_ok() {}
        }
        let work = edges.iter().enumerate().map(|(n, edge)| {
            let rig = &rig;
            async move {
                for batch in 0..5_u64 {
                    let facts: Vec<_> = (0..4).map(|at| put_away(u128::from(batch * 4 + at) + 1_000 * (n as u128 + 1))).collect();
                    assert_eq!(rig.send(edge, &edge.batch(batch * 4 + 1, &facts)).await, Taken::Yes);
                }
            }
        });
        futures_util::future::join_all(work).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 160);
        assert_eq!(rig.number("SELECT CAST(SUM(committed) AS BIGINT) FROM edge").await, 160);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn one_fact_that_the_database_itself_refuses_is_kept_and_the_others_are_booked() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        // As if an earlier hub had booked this number differently: the primary key refuses it, whatever the code believes.
        let tx = rig.fleet.db.begin().await.unwrap();
        let ghost = "INSERT INTO movement (edge_id, epoch, seq, n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, reason, author) \
                     VALUES ('%', 1, 2, 0, 0, 0, 1, 1, 1, '', 1000, 1, 4, 'move', 'test')";
        Sql::new(ghost.replace('%', edge.id.as_str())).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let facts: Vec<_> = (1..=3).map(put_away).collect();
        assert_eq!(rig.send(&edge, &edge.batch(1, &facts)).await, Taken::Yes);
        assert_eq!(acked(&rig.heard(&edge)), [3]);
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 2);
        assert_eq!(rig.cases("unappliable_fact").await[0]["rule"], json!("database"));
    }
}

#[tokio::test]
async fn screens_hear_of_it_after_the_commit() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let (_, mut watch) = rig.fleet.live.watch(None);
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        let (mut movement, mut scanned, mut task) = (false, false, false);
        while !(movement && scanned && task) {
            match tokio::time::timeout(Duration::from_secs(5), watch.recv()).await.unwrap().unwrap().what {
                What::Movement(row) => movement = row.code == "YG-OAK" && row.task_number.as_deref() == Some("PA-000001"),
                What::Fact(fact) => scanned = fact.operator_name.as_deref() == Some("王芳") && fact.tone == "right",
                What::Task(id) => task = id == PUT_AWAY,
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn stock_pages_show_what_is_there_and_how_many_sets_it_makes() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            fact(1, None, vec![moved(WARDROBE, 1, 3, SUPPLIER, BIN_A), moved(WARDROBE, 2, 2, SUPPLIER, BIN_B)]),
            fact(2, None, vec![moved(CURTAIN, 1, 1, SUPPLIER, BIN_B)]),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        let db = rig.fleet.db.read();
        let items = inventory::stock_by_item(db, Scope::All, Some(SITE), Some("yg-"), &Default::default()).await.unwrap();
        assert_eq!((items.total, items.items[0].sets, items.items[0].quantity), (1, Quantity::units(2), Quantity::units(5)));
        assert_eq!(items.items[0].cartons.len(), 2);
        let places = inventory::stock_by_location(db, Scope::All, None, None, &Default::default()).await.unwrap();
        let rows: Vec<_> = places.items.iter().map(|row| (row.code.as_str(), row.lines, row.quantity)).collect();
        assert_eq!(rows, [("A-01", 1, Quantity::units(3)), ("B-01", 2, Quantity::units(3))]);
        assert_eq!(inventory::stock_at(db, BIN_B.0).await.unwrap().len(), 2);
        let foreign = inventory::stock_by_location(db, Scope::Sites(vec![SiteId(2)]), Some(SITE), None, &Default::default()).await;
        assert_eq!(foreign.unwrap_err().rule(), "not_found");
    }
}

#[tokio::test]
async fn what_an_edge_says_of_its_health_is_shown() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let health = qitao_domain::protocol::Health { backlog: 7, lag_ms: 900, disk_free: 5, memory: 6, devices: vec![], recovery: vec![] };
        rig.send(&edge, &Up::Health(health)).await;
        let row = edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap();
        assert_eq!((row.state, row.backlog, row.lag_ms, row.memory), ("online", 7, 900, Some(6)));
    }
}
