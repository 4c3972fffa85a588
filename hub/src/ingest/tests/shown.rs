//! What screens and pages see of it.

use std::time::Duration;

use qitao_domain::ids::SiteId;
use qitao_domain::protocol::{DatasetVersion, DeviceHealth, Drift, Health, SettingsHealth, Up};
use qitao_domain::quantity::Quantity;

use crate::edges;
use crate::ingest::rig::*;
use crate::inventory;
use crate::live::What;
use crate::platform::scope::Scope;
use crate::platform::search;

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
        let tx = rig.fleet.db.begin().await.unwrap();
        search::rebuild(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let db = rig.fleet.db.read();
        let items = inventory::stock_by_item(db, &Scope::All, Some("yg-"), &Default::default()).await.unwrap();
        assert_eq!((items.total, items.items[0].sets, items.items[0].quantity), (1, Quantity::units(2), Quantity::units(5)));
        assert_eq!(items.items[0].cartons.len(), 2);
        let places = inventory::stock_by_location(db, &Scope::All, None, &Default::default()).await.unwrap();
        let rows: Vec<_> = places.items.iter().map(|row| (row.code.as_str(), row.lines, row.quantity)).collect();
        assert_eq!(rows, [("A-01", 1, Quantity::units(3)), ("B-01", 2, Quantity::units(3))]);
        assert_eq!(inventory::stock_at(db, BIN_B.0).await.unwrap().len(), 2);
        let foreign = inventory::stock_by_location(db, &Scope::Sites(vec![SiteId(2)]), None, &Default::default()).await.unwrap();
        assert_eq!((foreign.total, foreign.items.len()), (0, 0));
    }
}

#[tokio::test]
async fn what_an_edge_says_of_its_health_is_shown() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let health = Health {
            backlog: 7,
            lag_ms: 900,
            disk_free: 5,
            memory: 6,
            devices: vec![],
            recovery: vec![],
            datasets: vec![],
            fonts: String::new(),
        };
        let shown = async |health: &Health| {
            rig.send(&edge, &Up::Health(health.clone())).await;
            edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap()
        };
        let row = shown(&health).await;
        assert_eq!((row.state, row.backlog, row.lag_ms, row.memory, row.label_fonts), ("online", 7, 900, Some(6), None));
        // The preview is the print only with the same fonts.
        for (fonts, said) in [(qitao_labels::font_files::digest().unwrap(), "same"), ("00000000.2".to_owned(), "other")] {
            let row = shown(&Health { fonts, ..health.clone() }).await;
            assert_eq!(row.label_fonts, Some(said));
        }
    }
}

#[tokio::test]
async fn a_device_that_is_set_otherwise_is_one_case_until_it_is_right_again() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let say = |state: &str| {
            let drift = vec![Drift { setting: "suffix".into(), has: "none".into(), wants: "CR".into() }];
            let settings = SettingsHealth {
                profile: "desk".into(),
                family: "honeywell".into(),
                state: state.into(),
                since_ms: 1,
                drift,
                differs: 1,
                flash_writes: 0,
            };
            let device = DeviceHealth {
                id: "usb-1".into(),
                kind: "scanner".into(),
                model: "Honeywell".into(),
                state: "online".into(),
                station: None,
                settings: Some(settings),
            };
            Health {
                backlog: 0,
                lag_ms: 0,
                disk_free: 5,
                memory: 6,
                devices: vec![device],
                recovery: vec![],
                datasets: vec![],
                fonts: String::new(),
            }
        };
        let mut told = Vec::new();
        for state in ["differs", "differs", "silent", "holds", "holds", "differs"] {
            rig.send(&edge, &Up::Health(say(state))).await;
            crate::ingest::save_presence(&rig.fleet).await.unwrap();
            let (open, all) = ("SELECT COUNT(*) FROM exception WHERE state = 'open'", "SELECT COUNT(*) FROM exception");
            told.push((rig.number(open).await, rig.number(all).await));
        }
        assert_eq!(told, [(1, 1), (1, 1), (1, 1), (0, 1), (0, 1), (1, 2)]);
        let row = edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap();
        let settings = row.devices[0].settings.as_ref().unwrap();
        assert_eq!((settings.state.as_str(), settings.drift[0].wants.as_str()), ("differs", "CR"));
        let kept =
            "SELECT COUNT(*) FROM device WHERE device_id = 'usb-1' AND family = 'honeywell' AND profile = 'desk' AND settings = 'differs'";
        assert_eq!(rig.number(kept).await, 1, "for the page of the chain's devices");
    }
}

#[tokio::test]
async fn data_sets_are_known_from_the_last_word_of_an_edge_old_or_new() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let current = async |rig: &Rig| {
            let row = edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap();
            row.datasets.iter().map(|dataset| (dataset.version, dataset.current)).collect::<Vec<_>>()
        };
        assert_eq!(current(&rig).await, [(0, false); 5], "it said hello with nothing");
        let all =
            ["items", "locations", "operators", "labels", "device_profiles"].map(|name| DatasetVersion { name: name.into(), version: 1 });
        let mut health = Health {
            backlog: 0,
            lag_ms: 0,
            disk_free: 5,
            memory: 6,
            devices: vec![],
            recovery: vec![],
            datasets: all.to_vec(),
            fonts: String::new(),
        };
        rig.send(&edge, &Up::Health(health.clone())).await;
        assert_eq!(current(&rig).await, [(1, true); 5]);
        // An edge of an earlier version says nothing of them here.
        health.datasets.clear();
        rig.send(&edge, &Up::Health(health)).await;
        assert_eq!(current(&rig).await, [(1, true); 5]);
        crate::ingest::save_presence(&rig.fleet).await.unwrap();
        assert_eq!(rig.number("SELECT COUNT(*) FROM edge WHERE CAST(datasets AS TEXT) LIKE '%operators%'").await, 1);
    }
}
