//! What edges are told, against a real database.

use std::io::Read;

use qitao_domain::ids::{Seq, SiteId, TaskId};
use qitao_domain::protocol::{DatasetVersion, Down, TaskEntry, Up};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::datasets::{self, DatasetError};
use super::{log_open_tasks, release_task, withdraw_task};
use crate::ingest::rig::*;
use crate::platform::sql::Sql;

async fn lines(rig: &Rig, name: &str, since: Option<u64>) -> Result<Vec<Value>, DatasetError> {
    let file = datasets::file(&rig.fleet, name, SiteId(SITE), since).await?;
    assert_eq!(file.digest, data_encoding::HEXLOWER.encode(&Sha256::digest(file.bytes.as_slice())));
    let mut text = String::new();
    zstd::Decoder::new(file.bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap();
    Ok(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn change(rig: &Rig, sql: &str) {
    let tx = rig.fleet.db.begin().await.unwrap();
    Sql::new(sql).run(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_has_what_the_site_needs_and_changes_what_came_after() {
    for rig in rigs().await {
        change(&rig, "INSERT INTO item_barcode (item_id, text, quantity, carton) VALUES (1, '06901234567892', 1000, 2)").await;
        change(&rig, "INSERT INTO kit_part (kit_id, part_id, quantity) VALUES (3, 1, 2000)").await;
        let items = lines(&rig, "items", None).await.unwrap();
        assert_eq!(items[0], json!({ "dataset": "items", "version": 1, "kind": "snapshot", "count": 3 }));
        assert_eq!(items[1]["put"]["barcodes"][0], json!({ "text": "06901234567892", "quantity": "1", "carton": 2 }));
        assert_eq!(items[3]["put"]["parts"][0], json!({ "item": 1, "quantity": "2" }));
        let places = lines(&rig, "locations", None).await.unwrap();
        assert_eq!(places.len(), 6, "only the site's own");
        assert_eq!(places[4]["put"], json!({ "id": 4, "site": 1, "code": "A-01", "kind": "bin" }));
        assert_eq!(lines(&rig, "operators", None).await.unwrap()[1]["put"]["badge"], json!("0001"));

        assert_eq!(lines(&rig, "items", Some(1)).await.unwrap().len(), 1);
        change(&rig, "UPDATE item SET deleted = TRUE, version = 2 WHERE id = 2").await;
        change(&rig, "UPDATE item SET name = '衣柜', version = 2 WHERE id = 1").await;
        change(&rig, "UPDATE dataset SET version = 2 WHERE name = 'items'").await;
        let changes = lines(&rig, "items", Some(1)).await.unwrap();
        assert_eq!(changes[0], json!({ "dataset": "items", "version": 2, "kind": "changes", "count": 2 }));
        assert_eq!((&changes[1]["put"]["name"], &changes[2]), (&json!("衣柜"), &json!({ "del": 2 })));
        assert_eq!(lines(&rig, "items", None).await.unwrap().len(), 3);
        change(&rig, "UPDATE operator SET site_id = 2, version = 2").await;
        assert_eq!(lines(&rig, "operators", Some(1)).await.unwrap()[1], json!({ "del": 1 }), "gone to another site");
        assert!(matches!(lines(&rig, "items", Some(3)).await, Err(DatasetError::TooOld(3))));
        assert!(matches!(lines(&rig, "prices", None).await, Err(DatasetError::Unknown)));
    }
}

#[tokio::test]
async fn an_edge_that_is_newer_than_a_restored_database_makes_everybody_fetch_a_snapshot() {
    for mut rig in rigs().await {
        let mut edge = rig.join().await;
        let mut hello = edge.hello(Seq(1), 0);
        if let Up::Hello(hello) = &mut hello {
            hello.datasets = vec![
                DatasetVersion { name: "items".into(), version: 40 },
                DatasetVersion { name: "locations".into(), version: 1 },
                DatasetVersion { name: "operators".into(), version: u64::MAX },
            ];
        }
        rig.send(&edge, &hello).await;
        let told = rig.heard(&edge).into_iter().find_map(|down| if let Down::Datasets { datasets } = down { Some(datasets) } else { None });
        let versions: Vec<_> = told.unwrap().into_iter().map(|notice| (notice.name, notice.version)).collect();
        assert_eq!(versions, [("items".to_owned(), 41), ("locations".to_owned(), 1), ("operators".to_owned(), 1)]);
        assert!(matches!(lines(&rig, "items", Some(40)).await, Err(DatasetError::TooOld(40))));
        assert!(matches!(lines(&rig, "items", Some(7)).await, Err(DatasetError::TooOld(7))));
        assert_eq!(lines(&rig, "items", Some(41)).await.unwrap().len(), 1);
    }
}

fn tasks(heard: Vec<Down>) -> Vec<(u64, Vec<TaskEntry>)> {
    heard.into_iter().filter_map(|down| if let Down::Tasks { first, entries } = down { Some((first, entries)) } else { None }).collect()
}

#[tokio::test]
async fn tasks_come_in_order_are_confirmed_and_sent_again_to_whoever_lost_them() {
    for mut rig in rigs().await {
        let mut edge = rig.join().await;
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        let first = tasks(rig.heard(&edge));
        assert!(matches!(&first[..], [(1, entries)] if entries.len() == 2));
        let TaskEntry::Released { task } = &first[0].1[0] else { panic!("not released") };
        assert_eq!((task.number.as_str(), task.lines.len(), task.lines[0].stock.clone()), ("PA-000001", 1, Some(stock(WARDROBE, 1))));
        let TaskEntry::Released { task } = &first[0].1[1] else { panic!("not released") };
        assert_eq!((task.lines[0].stock.clone(), task.lines[0].location), (None, Some(BIN_A)));

        release_task(&rig.fleet, PUT_AWAY).await.unwrap();
        withdraw_task(&rig.fleet, COUNT).await.unwrap();
        let more = tasks(rig.heard(&edge));
        assert_eq!(more.iter().map(|(first, entries)| (*first, entries.len())).collect::<Vec<_>>(), [(3, 1), (4, 1)]);
        assert_eq!(more[1].1, [TaskEntry::Withdrawn { task: COUNT }]);

        rig.send(&edge, &Up::TasksAck { through: 3 }).await;
        assert!(tasks(rig.heard(&edge)).is_empty(), "the fourth is on its way");
        let hello = edge.hello(Seq(1), 3);
        rig.send(&edge, &hello).await;
        assert!(matches!(&tasks(rig.heard(&edge))[..], [(4, entries)] if entries.len() == 1), "sent again after the hello");
        rig.send(&edge, &Up::TasksAck { through: 4 }).await;
        let hello = edge.hello(Seq(1), 4);
        rig.send(&edge, &hello).await;
        assert!(tasks(rig.heard(&edge)).is_empty());
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        assert!(matches!(&tasks(rig.heard(&edge))[..], [(1, entries)] if entries.len() == 4), "an edge with an empty disk gets all");
    }
}

#[tokio::test]
async fn a_log_that_is_older_than_the_edge_goes_on_after_it_without_gaps() {
    for mut rig in rigs().await {
        let mut edge = rig.join().await;
        let hello = edge.hello(Seq(1), 7);
        rig.send(&edge, &hello).await;
        let told = tasks(rig.heard(&edge));
        assert!(matches!(&told[..], [(8, entries)] if entries.len() == 2), "{told:?}");
        let numbers = rig.number("SELECT COUNT(*) FROM task_log").await;
        assert_eq!((numbers, rig.number("SELECT MAX(number) FROM task_log").await), (9, 9));
        let hello = edge.hello(Seq(1), u64::MAX);
        rig.send(&edge, &hello).await;
        assert_eq!(rig.number("SELECT COUNT(*) FROM task_log").await, 9, "a mad number fills nothing");
    }
}

#[tokio::test]
async fn a_long_log_comes_in_parts_as_it_is_confirmed() {
    for mut rig in rigs().await {
        let mut edge = rig.join().await;
        for _ in 0..50 {
            let tx = rig.fleet.db.begin().await.unwrap();
            log_open_tasks(&tx, &edge.id, SiteId(SITE)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        let mut have = 0;
        for _ in 0..4 {
            for (first, entries) in tasks(rig.heard(&edge)) {
                assert_eq!(first, have + 1);
                have += entries.len() as u64;
            }
            rig.send(&edge, &Up::TasksAck { through: have }).await;
        }
        assert_eq!(have, 102);
        assert!(release_task(&rig.fleet, TaskId(77)).await.is_err());
    }
}
