//! Counts against the books.

use qitao_domain::event::Effect;
use qitao_domain::ids::ScanId;
use qitao_domain::quantity::Quantity;
use serde_json::json;

use crate::ingest::rig::*;
use crate::inventory::{approve_count, reject_count};
use crate::platform::sql::Sql;

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
async fn an_end_that_comes_after_the_decision_does_not_say_that_everything_is_missing() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            fact(1, None, vec![moved(WARDROBE, 1, 5, SUPPLIER, BIN_A)]),
            count(2, Effect::CountStarted { location: BIN_A }),
            counted(3, 1, 4),
            count(4, Effect::CountFinished { location: BIN_A }),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        let tx = rig.fleet.db.begin().await.unwrap();
        approve_count(&tx, COUNT, BIN_A, "user:1", 7).await.unwrap();
        Sql::new("UPDATE exception SET state = 'resolved', key = NULL").run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        // Of a second edge that counted there, too.
        rig.send(&edge, &edge.batch(5, &[count(5, Effect::CountFinished { location: BIN_A })])).await;
        assert!(rig.cases("count_variance").await.is_empty());
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 4);
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
async fn a_count_whose_approval_leaves_a_shelf_below_nothing_says_so() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let facts = [
            fact(1, None, vec![moved(WARDROBE, 1, 5, SUPPLIER, BIN_A)]),
            count(2, Effect::CountStarted { location: BIN_A }),
            counted(3, 1, 1),
            count(4, Effect::CountFinished { location: BIN_A }),
            fact(5, None, vec![moved(WARDROBE, 1, 3, BIN_A, STAGING)]),
        ];
        rig.send(&edge, &edge.batch(1, &facts)).await;
        assert!(rig.cases("negative_stock").await.is_empty());
        let tx = rig.fleet.db.begin().await.unwrap();
        let levels = approve_count(&tx, COUNT, BIN_A, "user:1", 7).await.unwrap();
        assert_eq!((levels.len(), levels[0].before, levels[0].after), (1, 2_000, -2_000));
        assert_eq!(crate::ingest::watch_shelves(&tx, levels, 7).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        assert_eq!(rig.cases("negative_stock").await[0]["quantity"], json!("-2"));
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn what_moves_while_it_is_counted_is_flagged_even_before_it_is_seen_and_a_second_edge_adds_up() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let start = [
            fact(1, None, vec![moved(WARDROBE, 1, 5, SUPPLIER, BIN_A), moved(WARDROBE, 2, 5, SUPPLIER, BIN_A)]),
            count(2, Effect::CountStarted { location: BIN_A }),
            counted(3, 1, 4),
        ];
        // The books between the batches are the database's.
        rig.send(&edge, &edge.batch(1, &start)).await;
        rig.send(&edge, &edge.batch(4, &[fact(4, None, vec![moved(WARDROBE, 2, 1, BIN_A, STAGING)])])).await;
        rig.send(&edge, &edge.batch(5, &[counted(5, 2, 3), count(6, Effect::CountFinished { location: BIN_A })])).await;
        let case = &rig.cases("count_variance").await[0];
        let lines: Vec<_> = case["lines"].as_array().unwrap().iter().map(|l| (&l["expected"], &l["counted"], &l["moved_during"])).collect();
        assert_eq!(lines, [(&json!("5"), &json!("4"), &json!(false)), (&json!("4"), &json!("3"), &json!(true))]);
        // Another edge was still at it.
        let more = [counted(7, 1, 1), counted(8, 2, 1), count(9, Effect::CountFinished { location: BIN_A })];
        rig.send(&edge, &edge.batch(7, &more)).await;
        assert!(rig.cases("count_variance").await.is_empty(), "now it agrees");
        rig.ties_out().await;
    }
}
