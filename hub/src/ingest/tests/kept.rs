//! What cannot be booked as it is stays whole, becomes a case, and holds up nothing.

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::{ItemId, LineId, LocationId, ScanId, SiteId, TaskId};
use qitao_domain::quantity::Quantity;
use serde_json::json;

use super::acked;
use crate::broker::Taken;
use crate::ingest::rig::*;
use crate::ingest::{RetryError, retry_fact};
use crate::platform::sql::Sql;

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

#[tokio::test]
async fn a_task_ends_and_what_was_short_or_unknown_or_unprinted_becomes_a_case() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            put_away(1),
            fact(2, Some(PUT_AWAY), vec![Effect::Short { line: PUT_AWAY_LINE, quantity: Quantity::units(4), reverses: None }]),
            fact(3, Some(PUT_AWAY), vec![Effect::UnknownBarcode { text: "6901\0".into() }]),
            fact(4, None, vec![Effect::UnknownBarcode { text: "6901\0".into() }]),
            fact(
                5,
                None,
                vec![Effect::Printed { job: "j1".into(), outcome: PrintOutcome::Uncertain, labels: 2, reprint_of: None, serials: vec![] }],
            ),
            fact(
                6,
                None,
                vec![Effect::Printed { job: "j2".into(), outcome: PrintOutcome::Confirmed, labels: 2, reprint_of: None, serials: vec![] }],
            ),
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
async fn a_shelf_below_nothing_is_a_case_that_names_it_and_ends_when_it_is_made_good() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.send(&edge, &edge.batch(1, &[fact(1, None, vec![moved(WARDROBE, 2, 3, BIN_A, STAGING)])])).await;
        let cases = rig.cases("negative_stock").await;
        let case = &cases[0];
        assert_eq!((&case["code"], &case["name"], &case["name_en"]), (&json!("YG-OAK"), &json!("橡木衣柜"), &json!("")));
        assert_eq!((&case["location_code"], &case["of"], &case["quantity"]), (&json!("A-01"), &json!(2), &json!("-3")));
        rig.send(&edge, &edge.batch(2, &[fact(2, None, vec![moved(WARDROBE, 2, 2, SUPPLIER, BIN_A)])])).await;
        assert_eq!(rig.cases("negative_stock").await[0]["quantity"], json!("-1"), "not yet");
        rig.send(&edge, &edge.batch(3, &[fact(3, None, vec![moved(WARDROBE, 2, 1, SUPPLIER, BIN_A)])])).await;
        assert!(rig.cases("negative_stock").await.is_empty());
        let ended =
            "SELECT COUNT(*) FROM exception WHERE kind = 'negative_stock' AND state = 'resolved' AND resolved_by = 'hub' AND key IS NULL";
        assert_eq!(rig.number(ended).await, 1);
        // Below and back within one transaction was never worth a word.
        let both = [fact(4, None, vec![moved(WARDROBE, 2, 1, BIN_A, STAGING)]), fact(5, None, vec![moved(WARDROBE, 2, 1, STAGING, BIN_A)])];
        rig.send(&edge, &edge.batch(4, &both)).await;
        assert!(rig.cases("negative_stock").await.is_empty());
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn more_done_than_asked_is_a_case_until_it_is_taken_back() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts: Vec<_> = (1..=6).map(put_away).collect();
        rig.send(&edge, &edge.batch(1, &facts)).await;
        let cases = rig.cases("over_pick").await;
        assert_eq!((&cases[0]["number"], &cases[0]["asked"], &cases[0]["done"]), (&json!("PA-000001"), &json!("5"), &json!("6")));
        assert_eq!((&cases[0]["code"], &cases[0]["carton"]), (&json!("YG-OAK"), &json!(1)));
        let mut undo = put_away(7);
        if let Effect::Moved { from, to, reverses, .. } = &mut undo.effects[0] {
            (*from, *to, *reverses) = (BIN_A, SUPPLIER, Some(ScanId(6)));
        }
        rig.send(&edge, &edge.batch(7, &[undo])).await;
        assert!(rig.cases("over_pick").await.is_empty());
    }
}

#[tokio::test]
async fn a_task_of_another_site_and_a_line_of_another_task_are_as_good_as_unknown() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let tx = rig.fleet.db.begin().await.unwrap();
        for sql in [
            "INSERT INTO task (number, kind, site_id, reference, state, created_ms, created_by) VALUES ('PA-000009', 'put_away', 2, '', 'open', 0, 'test')",
            "INSERT INTO task_line (task_id, item_id, carton, lot, set_no, location_id, quantity, done, short) \
             SELECT id, 1, 1, '', 0, 6, 1000, 0, 0 FROM task WHERE number = 'PA-000009'",
        ] {
            Sql::new(sql).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let task = TaskId(rig.number("SELECT id FROM task WHERE number = 'PA-000009'").await);
        let line = LineId(rig.number("SELECT MAX(id) FROM task_line").await);
        let towards = |scan: u128, of: TaskId, line: LineId| {
            let mut fact = put_away(scan);
            fact.task = Some(of);
            if let Effect::Moved { line: towards, .. } = &mut fact.effects[0] {
                *towards = Some(line);
            }
            fact
        };
        let facts = [
            towards(1, task, line),
            towards(2, PUT_AWAY, line),
            fact(3, Some(task), vec![Effect::Short { line, quantity: Quantity::ONE, reverses: None }]),
            fact(4, Some(task), vec![Effect::TaskFinished { complete: true }]),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 2, "what was moved is moved");
        assert_eq!(rig.number("SELECT COUNT(*) FROM task_line WHERE done <> 0 OR short <> 0").await, 0);
        assert_eq!(rig.number("SELECT COUNT(*) FROM task WHERE state = 'finished'").await, 0);
        assert!(!rig.cases("unappliable_fact").await.is_empty());
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn an_edge_that_says_complete_is_not_believed_when_the_books_have_less() {
    let ended = |complete: bool| if complete { "complete" } else { "NOT complete" };
    let ended = |complete| format!("SELECT COUNT(*) FROM task WHERE id = 1 AND state = 'finished' AND {}", ended(complete));
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let finished = fact(9, Some(PUT_AWAY), vec![Effect::TaskFinished { complete: true }]);
        let mut facts: Vec<_> = (1..=4).map(put_away).collect();
        facts.push(finished.clone());
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert_eq!(rig.number(&ended(false)).await, 1);
        assert_eq!(rig.cases("short_pick").await[0]["lines"][0]["done"], json!("4"));
    }
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let mut facts: Vec<_> = (1..=5).map(put_away).collect();
        facts.push(fact(9, Some(PUT_AWAY), vec![Effect::TaskFinished { complete: true }]));
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert_eq!((rig.number(&ended(true)).await, rig.cases("short_pick").await.len()), (1, 0));
        // Another edge that had not heard of the end takes one back, and then the same once more, from a disk that went back in time.
        let undo = |scan| {
            let mut undo = put_away(scan);
            if let Effect::Moved { from, to, reverses, .. } = &mut undo.effects[0] {
                (*from, *to, *reverses) = (BIN_A, SUPPLIER, Some(ScanId(5)));
            }
            undo
        };
        rig.send(&edge, &edge.batch(7, &[undo(10), undo(11)])).await;
        assert_eq!((rig.number(&ended(false)).await, rig.cases("short_pick").await.len()), (1, 1));
        rig.send(&edge, &edge.batch(9, &[undo(12)])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 4, "taken back once");
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn a_flood_of_one_matter_is_one_case_with_its_number() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let unknown = |scan| fact(scan, None, vec![Effect::UnknownBarcode { text: "6901".into() }]);
        let facts: Vec<_> = (1..=40).map(unknown).collect();
        rig.send(&edge, &edge.batch(1, &facts)).await;
        rig.send(&edge, &edge.batch(41, &[unknown(41)])).await;
        let cases = rig.cases("unknown_barcode").await;
        assert_eq!((cases.len(), &cases[0]["count"]), (1, &json!(41)));
    }
}
