//! Matters that end or change by themselves: devices that are set otherwise, labels in doubt; and people who resolve their cases meanwhile.

use std::time::Duration;

use qitao_domain::event::{Effect, PrintOutcome};
use qitao_domain::ids::SiteId;
use qitao_domain::protocol::{DeviceHealth, Drift, Health, SettingsHealth, Up};
use serde_json::json;

use crate::ingest::rig::*;
use crate::ingest::{Drifting, cases};
use crate::live::What;
use crate::platform::sql::Sql;

const DISMISS: &str = "UPDATE exception SET state = 'resolved', key = NULL, resolved_by = 'wang', resolution = '{}' WHERE state = 'open'";

impl Rig {
    async fn drift(&self, edge: &Edge, state: &str, has: &str) {
        let drift = vec![Drift { setting: "suffix".into(), has: has.into(), wants: "CR".into() }];
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
        let health = Health {
            backlog: 0,
            lag_ms: 0,
            disk_free: 5,
            memory: 6,
            devices: vec![device],
            recovery: vec![],
            datasets: vec![],
            fonts: String::new(),
        };
        self.send(edge, &Up::Health(health)).await;
        crate::ingest::save_presence(&self.fleet).await.unwrap();
    }

    /// As a hub that was started anew, or whose last write failed.
    async fn forgets(&self) {
        *self.fleet.drifting.lock().await = Drifting::default();
    }

    async fn dismisses(&self) {
        let tx = self.fleet.db.begin().await.unwrap();
        assert_eq!(Sql::new(DISMISS).run(&tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_drift_that_somebody_dismissed_is_opened_again_only_when_it_changes() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.drift(&edge, "differs", "none").await;
        rig.dismisses().await;
        rig.drift(&edge, "differs", "none").await;
        rig.forgets().await;
        rig.drift(&edge, "differs", "none").await;
        assert_eq!(rig.cases("device_drift").await.len(), 0, "dismissed");
        rig.drift(&edge, "differs", "LF").await;
        rig.drift(&edge, "differs", "TAB").await;
        let open = rig.cases("device_drift").await;
        assert_eq!((open.len(), &open[0]["drift"][0]["has"]), (1, &json!("TAB")), "another matter, and kept up");
        rig.forgets().await;
        rig.drift(&edge, "holds", "CR").await;
        assert_eq!(rig.cases("device_drift").await.len(), 0);
        rig.drift(&edge, "differs", "TAB").await;
        assert_eq!(rig.cases("device_drift").await.len(), 1, "again");
    }
}

#[tokio::test]
async fn those_who_watch_a_site_see_that_its_device_is_right_again() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.drift(&edge, "differs", "none").await;
        let (_, mut watch) = rig.fleet.live.watch(None);
        rig.drift(&edge, "holds", "CR").await;
        loop {
            let event = tokio::time::timeout(Duration::from_secs(5), watch.recv()).await.unwrap().unwrap();
            if matches!(event.what, What::Exception(_)) {
                assert_eq!(event.site, Some(SiteId(SITE)));
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_a_person_resolved_is_not_resolved_again_by_the_hub() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        rig.drift(&edge, "differs", "none").await;
        let person = rig.fleet.db.begin().await.unwrap();
        Sql::new(DISMISS).run(&person).await.unwrap();
        let (db, key) = (rig.fleet.db.clone(), format!("device_drift:{}:usb-1", edge.id));
        let hub = tokio::spawn(async move {
            let tx = db.begin().await.unwrap();
            let settled = cases::settle(&tx, &key, "set_right", "", 2).await.unwrap();
            tx.commit().await.unwrap();
            settled
        });
        // Long enough to come to the row that the person holds.
        tokio::time::sleep(Duration::from_millis(300)).await;
        person.commit().await.unwrap();
        assert_eq!(hub.await.unwrap(), None);
        assert_eq!(rig.number("SELECT COUNT(*) FROM exception WHERE resolved_by = 'wang'").await, 1);
    }
}

fn printed(job: &str, outcome: PrintOutcome, reprint_of: Option<&str>) -> Effect {
    Effect::Printed { job: job.into(), outcome, labels: 3, reprint_of: reprint_of.map(str::to_owned), serials: vec![] }
}

#[tokio::test]
async fn a_doubt_about_labels_ends_when_they_are_there_or_printed_again() {
    use PrintOutcome::{Confirmed, Faulted, Uncertain};
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let open = async |rig: &Rig| rig.cases("printer").await.into_iter().map(|data| data["job"].clone()).collect::<Vec<_>>();
        let steps = [
            // The beginning is there, the rest in doubt: the last word counts.
            (vec![printed("L-1", Confirmed, None), printed("L-1", Uncertain, None)], json!(["L-1"])),
            (vec![printed("L-1", Confirmed, None)], json!([])),
            (vec![printed("L-2", Uncertain, None)], json!(["L-2"])),
            (vec![printed("L-2", Faulted, None)], json!(["L-2"])),
            // Its reprint is in doubt too: one matter, under the newer name.
            (vec![printed("L-3", Uncertain, Some("L-2"))], json!(["L-3"])),
            (vec![printed("L-3", Faulted, Some("L-2"))], json!(["L-3"])),
            (vec![printed("L-4", Confirmed, Some("L-3"))], json!([])),
        ];
        for (n, (effects, left)) in (1..).zip(steps) {
            rig.send(&edge, &edge.batch(n, &[fact(u128::from(n), None, effects)])).await;
            assert_eq!(json!(open(&rig).await), left, "step {n}");
        }
        let both = [
            fact(50, None, vec![printed("L-9", Uncertain, None)]),
            fact(51, None, vec![printed("L-9", Confirmed, None)]),
            fact(52, None, vec![printed("L-8", Confirmed, None), printed("L-8", Faulted, None)]),
        ];
        rig.send(&edge, &edge.batch(8, &both)).await;
        assert_eq!(json!(open(&rig).await), json!(["L-8"]), "in one transaction");
        assert_eq!(rig.number("SELECT COUNT(*) FROM exception WHERE resolved_by = 'hub'").await, 3);
    }
}
