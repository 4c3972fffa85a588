//! What edges are told, against a real database.

use std::io::Read;

use qitao_domain::event::Effect;
use qitao_domain::ids::{Seq, SiteId, TaskId};
use qitao_domain::protocol::{DatasetVersion, Down, TaskEntry, Up};
use qitao_domain::quantity::Quantity;
use qitao_domain::work::LineShare;
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
        assert_eq!(
            versions,
            [("device_profiles", 1), ("items", 41), ("labels", 1), ("locations", 1), ("operators", 1)]
                .map(|(name, version)| (name.to_owned(), version))
        );
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
        let TaskEntry::Released { task, .. } = &first[0].1[0] else { panic!("not released") };
        assert_eq!((task.number.as_str(), task.lines.len(), task.lines[0].stock.clone()), ("PA-000001", 1, Some(stock(WARDROBE, 1))));
        let TaskEntry::Released { task, .. } = &first[0].1[1] else { panic!("not released") };
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
async fn a_log_that_is_older_than_the_edge_goes_on_after_it_however_far_ahead_it_is() {
    for mut rig in rigs().await {
        let mut edge = rig.join().await;
        let hello = edge.hello(Seq(1), 7);
        rig.send(&edge, &hello).await;
        let told = tasks(rig.heard(&edge));
        assert!(matches!(&told[..], [(8, entries)] if entries.len() == 2), "{told:?}");
        let numbers = rig.number("SELECT COUNT(*) FROM task_log").await;
        assert_eq!((numbers, rig.number("SELECT MAX(number) FROM task_log").await), (5, 9), "what is missing stands for nothing");
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        assert!(matches!(&tasks(rig.heard(&edge))[..], [(1, entries)] if entries.len() == 9), "and is told as nothing");
        let hello = edge.hello(Seq(1), 50_000);
        rig.send(&edge, &hello).await;
        assert!(matches!(&tasks(rig.heard(&edge))[..], [(50_001, entries)] if entries.len() == 2));
        let hello = edge.hello(Seq(1), u64::MAX);
        rig.send(&edge, &hello).await;
        assert_eq!(rig.number("SELECT MAX(number) FROM task_log").await, 50_002, "a mad number is not followed");
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

fn progress(heard: Vec<Down>) -> Vec<(TaskId, Vec<LineShare>)> {
    heard.into_iter().filter_map(|down| if let Down::Progress { task, others } = down { Some((task, others)) } else { None }).collect()
}

fn link(heard: &[Down]) -> u64 {
    heard.iter().find_map(|down| if let Down::Welcome(welcome) = down { Some(welcome.link) } else { None }).unwrap()
}

/// What was sent to an edge, when several are spoken to.
fn heard_by(rig: &mut Rig, edges: [&Edge; 2]) -> [Vec<Down>; 2] {
    let mut heard = [vec![], vec![]];
    while let Ok((id, bytes)) = rig.down.try_recv() {
        let n = edges.iter().position(|edge| edge.id == id).unwrap();
        heard[n].push(edges[n].open(&bytes));
    }
    heard
}

async fn told(rig: &mut Rig, edges: [&Edge; 2], wanted: impl Fn(&[Vec<Down>; 2]) -> bool) -> [Vec<Down>; 2] {
    let mut all = [vec![], vec![]];
    for _ in 0..400 {
        let heard = heard_by(rig, edges);
        all.iter_mut().zip(heard).for_each(|(all, heard)| all.extend(heard));
        if wanted(&all) {
            return all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("not told: {all:?}");
}

#[tokio::test]
async fn two_edges_of_a_site_hear_of_each_others_work_and_the_end_of_a_task_ends_it_for_both() {
    for mut rig in rigs().await {
        let (mut one, mut two) = (rig.join().await, rig.join().await);
        for edge in [&mut one, &mut two] {
            edge.greet(&mut rig, Seq(1), 0).await;
            rig.send(edge, &Up::TasksAck { through: 2 }).await;
        }
        heard_by(&mut rig, [&one, &two]);
        let short = Effect::Short { line: PUT_AWAY_LINE, quantity: Quantity::units(2), reverses: None };
        rig.send(&one, &one.batch(1, &[put_away(1), put_away(2), fact(3, Some(PUT_AWAY), vec![short])])).await;
        let heard =
            told(&mut rig, [&one, &two], |heard| heard.iter().all(|heard| heard.iter().any(|d| matches!(d, Down::Progress { .. })))).await;
        let share = LineShare { line: PUT_AWAY_LINE, done: Quantity::units(2), short: Quantity::units(2), lots: vec![] };
        let [first, second] = heard.map(progress);
        assert_eq!((first, second), (vec![(PUT_AWAY, vec![])], vec![(PUT_AWAY, vec![share.clone()])]));

        // A hello says it again; an edge that joins again begins where it was.
        let hello = two.hello(Seq(1), 2);
        rig.send(&two, &hello).await;
        let heard = rig.heard(&two);
        two.link = link(&heard);
        assert_eq!(progress(heard), [(PUT_AWAY, vec![share.clone()])]);
        let hello = one.hello(Seq(4), 0);
        rig.send(&one, &hello).await;
        let heard = rig.heard(&one);
        one.link = link(&heard);
        let released = tasks(heard);
        assert!(
            matches!(&released[0].1[0], TaskEntry::Released { own, others, .. } if *own == [share] && others.is_empty()),
            "{released:?}"
        );

        rig.send(&one, &Up::TasksAck { through: 2 }).await;
        rig.send(&one, &one.batch(4, &[fact(4, Some(PUT_AWAY), vec![Effect::TaskFinished { complete: false }])])).await;
        let heard = told(&mut rig, [&one, &two], |heard| heard[1].iter().any(|d| matches!(d, Down::Tasks { .. }))).await;
        let [first, second] = heard.map(tasks);
        assert_eq!((first, second), (vec![], vec![(3, vec![TaskEntry::Withdrawn { task: PUT_AWAY }])]), "who finished it knows");
        // The other had finished it too, offline: nothing more is said.
        rig.send(&two, &two.batch(1, &[fact(9, Some(PUT_AWAY), vec![Effect::TaskFinished { complete: false }])])).await;
        assert_eq!(rig.number("SELECT COUNT(*) FROM task_log").await, 5);
    }
}

#[tokio::test]
async fn a_task_log_lets_go_what_ended_long_ago_and_an_edge_with_an_empty_disk_is_still_served() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let away = rig.join().await;
        withdraw_task(&rig.fleet, PUT_AWAY).await.unwrap();
        while rig.down.try_recv().is_ok() {}
        rig.send(&edge, &Up::TasksAck { through: 3 }).await;
        change(&rig, "UPDATE task SET state = 'withdrawn', finished_ms = 1000 WHERE id = 1").await;
        assert_eq!(super::prune(&rig.fleet, 2_000).await.unwrap(), 0, "not yet");
        let now = 1_000_000_000_000;
        assert_eq!(super::prune(&rig.fleet, now).await.unwrap(), 1, "its release; the newest entry stays, and what the other edge lacks");
        let left = |edge: &Edge| format!("SELECT COUNT(*) FROM task_log WHERE edge_id = '{}'", edge.id);
        assert_eq!((rig.number(&left(&edge)).await, rig.number(&left(&away)).await), (2, 3));
        while rig.down.try_recv().is_ok() {}
        let mut edge = edge;
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        let said = tasks(rig.heard(&edge));
        let [(1, entries)] = &said[..] else { panic!("{said:?}") };
        assert_eq!((entries.len(), &entries[0]), (3, &TaskEntry::Withdrawn { task: TaskId(0) }));
        assert!(matches!(&entries[1], TaskEntry::Released { task, .. } if task.id == COUNT));
        release_task(&rig.fleet, COUNT).await.unwrap();
        assert_eq!(rig.number("SELECT MAX(number) FROM task_log").await, 4, "numbers go on");
    }
}
