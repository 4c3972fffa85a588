//! Scanners at their stations: each answer goes back to the scanner that asked, as well as it can tell it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::{DeviceId, OperatorId, Seq, StationId};
use qitao_edge_agent::config::{Config, ScannerSettings, StationSettings};
use qitao_edge_agent::core::{Core, Event, Input};
use qitao_edge_agent::devices::Devices;
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::scanner::remote::{Reply, Request};
use qitao_scanner_drivers::scanner::serial::SerialSettings;
use qitao_scanner_drivers::scanner::speech::{Family, Order, SpeechSettings};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::core_keeps::{open, read};
use crate::scripted::{Manners, Model, Scripted};
use crate::support::{eventually, options};

struct Floor {
    core: Arc<Core>,
    devices: Devices,
    stop: CancellationToken,
    running: Option<JoinHandle<()>>,
    _folder: TempDir,
}

fn station(id: &str, link: &Path, speech: SpeechSettings) -> StationSettings {
    let scanner = ScannerSettings::Serial(SerialSettings { speech, ..SerialSettings::at_path(link) });
    StationSettings { id: id.parse().unwrap(), name: String::new(), scanner }
}

fn speaks(family: Family) -> SpeechSettings {
    SpeechSettings { family, ..SpeechSettings::default() }
}

impl Floor {
    async fn with(stations: Vec<StationSettings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(open(folder.path(), options()), folder, stations).await
    }

    async fn over(core: Arc<Core>, folder: TempDir, stations: Vec<StationSettings>) -> Self {
        let (devices, stop) = (Devices::new(), CancellationToken::new());
        let mut config = Config { stations, ..Config::default() };
        config.devices.adopt = false;
        let (running, token, theirs) = (devices.clone(), stop.clone(), core.clone());
        let running = tokio::spawn(async move { running.run(&config, theirs, Arc::new(SystemClock::new().unwrap()), token).await });
        let floor = Self { core, devices, stop, running: Some(running), _folder: folder };
        floor.all_online().await;
        floor
    }

    async fn all_online(&self) {
        let now = self.devices.watch();
        eventually("all scanners are there", || !now.borrow().is_empty() && now.borrow().iter().all(|scanner| scanner.online)).await;
    }

    /// The agent is stopped, or its settings are read again: what it scanned is on disk when this is over.
    async fn end(&mut self) -> Vec<String> {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(60), self.running.take().unwrap()).await.unwrap().unwrap();
        let rows = self.core.outbox().rows(Seq(1), usize::MAX).await.unwrap();
        self.core.outbox().close().await;
        rows.iter().map(|row| row.fact["source"]["payload"].as_str().unwrap().to_owned()).collect()
    }

    fn operator(&self, station: &str) -> Option<OperatorId> {
        self.core.station(&station.parse().unwrap()).and_then(|station| station.operator)
    }

    fn device(&self, station: &str) -> DeviceId {
        let id: StationId = station.parse().unwrap();
        self.devices.watch().borrow().iter().find(|scanner| scanner.station == id).unwrap().device.clone()
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_heard_at_the_scanner_that_asked_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let (zebra, plain) = (folder.path().join("zebra"), folder.path().join("plain"));
    let (ssi, generic) = (Scripted::plug_in(&zebra, Model::Ssi), Scripted::plug_in(&plain, Model::Generic));
    let floor = Floor::with(vec![station("desk-1", &zebra, speaks(Family::Ssi)), station("desk-2", &plain, speaks(Family::Auto))]).await;

    assert!(ssi.scan("QT-OP-007"));
    ssi.until(&["ack", "beep 0", "led on", "led off"]);
    assert_eq!((floor.operator("desk-1"), floor.operator("desk-2")), (Some(OperatorId(7)), None));
    ssi.did();
    assert!(ssi.scan("nobody knows this"));
    ssi.until(&["ack", "beep 16"]);
    // A scanner that has no words works all the same: the panel and the light tell.
    assert!(generic.scan("QT-OP-007"));
    eventually("the second operator is logged in", || floor.operator("desk-2").is_some()).await;
    assert!(generic.did().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_scanner_waits_for_each_answer_and_never_stays_dead() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("gun");
    let gun = Scripted::plug_in(&link, Model::Datalogic);
    let speech = SpeechSettings { hold: true, ..speaks(Family::Datalogic) };
    let floor = Floor::with(vec![station("desk-1", &link, speech)]).await;
    for code in ["QT-OP-007", "B-01", "rubbish", "B-02"] {
        gun.until_that("it may read", |_| !gun.is_disabled());
        assert!(gun.scan(code), "{code}");
        gun.until_that("it was told to wait and to go on", |did| did.iter().filter(|what| *what == "disable").count() == 1);
        gun.until_that("it may read", |_| !gun.is_disabled());
        gun.did();
    }
    // The order to go on is lost.
    gun.lose(b'E');
    assert!(gun.scan("B-01"));
    gun.until_that("the order is lost", |did| did.contains(&"lost".to_owned()));
    gun.until_that("it may read", |_| !gun.is_disabled());
    // One that does not answer the host at all is still read.
    gun.behave(Manners::Silent);
    assert!(gun.scan("QT-OUT"));
    eventually("the operator is logged out", || floor.operator("desk-1").is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_when_the_agent_is_stopped_is_on_disk_before_the_outbox_closes() {
    let folder = tempfile::tempdir().unwrap();
    let links: Vec<_> = ["one", "two"].map(|name| folder.path().join(name)).into();
    let guns: Vec<Scripted> = links.iter().map(|link| Scripted::plug_in(link, Model::Generic)).collect();
    let stations = ["desk-1", "desk-2"].iter().zip(&links).map(|(id, link)| station(id, link, speaks(Family::Auto))).collect();
    let mut floor = Floor::with(stations).await;
    let mut events = floor.core.subscribe();
    // All in the first read of each line: more than the inbox of the devices holds.
    let codes: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    for gun in &guns {
        gun.send(format!("{}\r", codes.join("\r")).as_bytes());
    }
    tokio::time::timeout(Duration::from_secs(60), events.recv()).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let taken = floor.end().await;
    assert_eq!(taken.len(), 2 * codes.len());
    assert!(codes.iter().all(|code| taken.iter().filter(|other| *other == code).count() == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoder_that_heard_nothing_of_its_code_before_the_agent_ended_has_it_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("zebra");
    let gun = Scripted::plug_in(&link, Model::Ssi);
    // The agent before this one had the code on disk, and was killed before it could say so.
    let mut scan = read("QT-OP-007");
    let Input::Scan(before) = &mut scan else { unreachable!() };
    before.device = SerialSettings::at_path(&link).device_id();
    let kept = tempfile::tempdir().unwrap();
    let core = open(kept.path(), options());
    core.take("desk-1".parse().unwrap(), scan).await.unwrap();
    let stations = vec![station("desk-1", &link, speaks(Family::Ssi))];
    let mut floor = Floor::over(core, kept, stations).await;
    gun.leave("QT-OP-007");
    gun.send_again();
    gun.until(&["ack"]);
    assert!(gun.scan("B-01"));
    gun.until_that("the next code is on disk", |_| !gun.is_disabled());
    assert_eq!(floor.end().await, ["QT-OP-007", "B-01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_stay_with_the_identity_however_the_scanners_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let links: Vec<_> = ["one", "two"].map(|name| folder.path().join(name)).into();
    let guns: Vec<Scripted> = links.iter().map(|link| Scripted::plug_in(link, Model::Honeywell)).collect();
    let floor =
        Floor::with(vec![station("desk-1", &links[0], speaks(Family::Honeywell)), station("desk-2", &links[1], speaks(Family::Honeywell))])
            .await;
    for gun in &guns {
        gun.unplug();
    }
    let now = floor.devices.watch();
    eventually("both are gone", || now.borrow().iter().all(|scanner| !scanner.online)).await;
    guns[1].replug();
    guns[0].replug();
    floor.all_online().await;
    guns[1].scan("QT-OP-007");
    eventually("desk-2 has its operator", || floor.operator("desk-2").is_some()).await;
    assert_eq!(floor.operator("desk-1"), None);
    guns[1].until(&["beep"]);
    assert!(guns[0].did().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scanner_of_a_station_can_be_triggered_and_asked_by_other_parts() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("gun");
    let gun = Scripted::plug_in(&link, Model::Newland);
    let floor = Floor::with(vec![station("desk-1", &link, speaks(Family::Newland))]).await;
    let mut events = floor.core.subscribe();
    gun.lay("QT-OP-007");
    assert!(floor.devices.order(&"desk-1".parse().unwrap(), Order::Trigger));
    assert!(!floor.devices.order(&"desk-9".parse().unwrap(), Order::Trigger));
    let recorded = tokio::time::timeout(Duration::from_secs(60), events.recv()).await.unwrap().unwrap();
    assert!(matches!(recorded, Event::Recorded(recorded) if recorded.station.operator.is_some()));

    let device = floor.device("desk-1");
    assert_eq!(floor.devices.family(&device), Some(Family::Newland));
    let reply = floor.devices.remote(&device).unwrap().exchange(Request::Menu("@C11ENA1".into()), Duration::from_secs(20)).await;
    assert!(matches!(reply, Ok(Reply::Menu(answers)) if answers[0].text == "@C11ENA1"));
    assert!(floor.devices.remote(&"tty-none".parse().unwrap()).is_none());
}
