//! Once, in order, whatever is lost, repeated or dies.

use qitao_domain::event::Effect;
use qitao_domain::ids::{Epoch, ScanId, Seq};
use qitao_domain::protocol::Down;
use qitao_domain::quantity::Quantity;
use sea_orm::DbBackend;

use serde_json::json;

use super::acked;
use crate::broker::{Taken, Upward};
use crate::ingest::books::{self, Incoming};
use crate::ingest::offered::Offered;
use crate::ingest::rig::*;
use crate::inventory::{self, MovementQuery};
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

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
            offered: Offered::read(&serde_json::to_value(put_away(1)).unwrap()),
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
        let page = inventory::movements(rig.fleet.db.read(), &Scope::All, &MovementQuery::default(), &Default::default()).await.unwrap();
        let rows: Vec<_> = page.items.iter().map(|row| (row.reason.as_str(), row.reversed, row.operator_name.as_deref())).collect();
        assert_eq!(rows, [("undo", false, Some("王芳")), ("put_away", true, Some("王芳")), ("put_away", false, Some("王芳"))]);
        assert_eq!((page.total, page.items[0].of, page.items[0].to_code.as_str()), (3, 2, "SUPPLIER"));
        rig.ties_out().await;
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
async fn a_backlog_that_waits_is_booked_in_order_many_batches_at_a_time_and_a_gap_holds_only_its_own_edge() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let mut other = rig.join().await;
        while rig.down.try_recv().is_ok() {}
        other.greet(&mut rig, Seq(1), 0).await;
        while rig.down.try_recv().is_ok() {}
        // The writer cannot begin: on SQLite somebody else writes. What comes meanwhile waits for one transaction.
        let busy = rig.fleet.db.begin().await.unwrap();
        for batch in 0..10_u64 {
            let facts: Vec<_> = (0..3).map(|at| put_away(u128::from(batch * 3 + at) + 1)).collect();
            assert_eq!(rig.ingest.message(&edge.id, &edge.seal(&edge.batch(batch * 3 + 1, &facts))).await, Taken::Yes);
        }
        let gap: Vec<_> = (500..503).map(put_away).collect();
        assert_eq!(rig.ingest.message(&other.id, &other.seal(&other.batch(2, &gap))).await, Taken::Yes);
        let poison = vec![json!({ "half": "a fact" }), serde_json::to_value(put_away(31)).unwrap()];
        assert_eq!(rig.ingest.message(&edge.id, &edge.seal(&edge.raw_batch(31, poison))).await, Taken::Yes);
        drop(busy);
        rig.ingest.settled(&edge.id).await;
        rig.ingest.settled(&other.id).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 31);
        let committed = format!("SELECT committed FROM edge WHERE id = '{}'", edge.id);
        assert_eq!(rig.number(&committed).await, 32);
        let transactions = rig.number("SELECT COUNT(DISTINCT arrived_ms) FROM fact").await;
        assert!(rig.fleet.db.backend() != DbBackend::Sqlite || transactions <= 2, "the first, and one for all that waited");
        let order = "SELECT COUNT(*) FROM movement a JOIN movement b ON b.edge_id = a.edge_id AND b.seq > a.seq AND b.id < a.id";
        assert_eq!(rig.number(order).await, 0, "booked in the order of the stream");
        assert_eq!(rig.number(&format!("SELECT COUNT(*) FROM fact WHERE edge_id = '{}'", other.id)).await, 0);
        rig.ties_out().await;
    }
}

#[tokio::test]
async fn what_could_not_be_committed_makes_its_edge_come_again_and_nothing_is_lost() {
    for mut rig in rigs().await {
        let mut edge = rig.welcomed().await;
        // The database refuses every change of this edge's row: nothing of it can be committed.
        change(&rig, "ALTER TABLE edge RENAME TO edge_away").await;
        assert_eq!(rig.send(&edge, &edge.batch(1, &[put_away(1)])).await, Taken::Yes, "it waited, nothing was promised");
        change(&rig, "ALTER TABLE edge_away RENAME TO edge").await;
        assert!(rig.heard(&edge).is_empty(), "no ack");
        assert_eq!(rig.send(&edge, &edge.batch(2, &[put_away(2)])).await, Taken::Later, "the connection ends");
        let welcome = edge.greet(&mut rig, Seq(3), 0).await;
        assert_eq!(welcome.committed, Seq(0));
        rig.send(&edge, &edge.batch(1, &[put_away(1), put_away(2)])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 2);
        rig.ties_out().await;
    }
}

async fn change(rig: &Rig, sql: &'static str) {
    let tx = rig.fleet.db.begin().await.unwrap();
    Sql::new(sql).run(&tx).await.unwrap();
    tx.commit().await.unwrap();
}
