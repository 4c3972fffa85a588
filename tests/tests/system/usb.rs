//! USB scanners through the real agent: its own libusb on a bus of ours, where plugs can be pulled in the middle of a transfer.

use std::time::{Duration, Instant};

use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::usb::{Gadget, Plug, PosScanner, UsbBus};
use serde_json::Value;
use tempfile::TempDir;

const PLUGS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// A hub, and an edge that sees a USB bus of ours.
pub struct Scene {
    pub folder: TempDir,
    pub edge: EdgeProcess,
    pub bus: UsbBus,
    client: reqwest::Client,
    _hub: HubProcess,
}

impl Scene {
    /// `settings` is the text of `edge.toml`, made with the folder in which lines may be plugged in.
    pub fn set(folder: TempDir, settings: &str) -> Self {
        let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "50"]).unwrap();
        let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
        let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), settings, &hub.url(), None, &token).unwrap();
        let bus = UsbBus::new().unwrap();
        edge.environment = bus.environment();
        edge.start().unwrap();
        Self { folder, edge, bus, client: reqwest::Client::new(), _hub: hub }
    }

    pub async fn get(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.edge.url())).send().await.unwrap().json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.client.post(format!("{}{path}", self.edge.url())).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub async fn station(&self, id: &str) -> Value {
        let state = self.get("/api/state").await;
        state["stations"].as_array().unwrap().iter().find(|station| station["id"] == id).cloned().unwrap_or_default()
    }

    async fn stations_online(&self) -> Vec<String> {
        let state = self.get("/api/state").await;
        let online = state["stations"].as_array().unwrap().iter().filter(|station| station["device_state"] == "online");
        online.map(|station| station["id"].as_str().unwrap().to_owned()).collect()
    }

    pub fn nobody_panicked(&self) {
        let log = std::fs::read_to_string(self.folder.path().join("edge/edge.log")).unwrap();
        assert!(!log.contains("panicked"), "{}", log.lines().find(|line| line.contains("panicked")).unwrap());
    }
}

/// Waits until something is so, and says how long it took.
pub async fn soon<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    began.elapsed()
}

async fn online(scene: &Scene, id: &str) -> Duration {
    soon(&format!("{id} to be online"), || async { scene.station(id).await["device_state"] == "online" }).await
}

/// Scans, and waits for the station's answer to it.
async fn scan(scene: &Scene, scanner: &Plug<PosScanner>, station: &str, code: &str) -> Value {
    scanner.at(|scanner| scanner.scan("]C0", code));
    answered(scene, station, code).await
}

async fn answered(scene: &Scene, station: &str, code: &str) -> Value {
    soon(&format!("{code} at {station}"), || async { scene.station(station).await["last"][0]["payload"] == code }).await;
    scene.station(station).await["last"][0].clone()
}

async fn listens<G: Gadget>(plug: &Plug<G>) {
    soon("the agent to read", || async { plug.is_listened_to() }).await;
}

const A: &str = "usb-0c2e:0b6a-port-1-1.1";
const B: &str = "usb-0c2e:0b6a-port-1-1.2";

#[tokio::test(flavor = "multi_thread")]
async fn two_identical_usb_scanners_are_two_stations_and_each_is_the_same_again_after_its_plug_was_pulled() {
    let absent = "[[station]]\nid = \"desk\"\nscanner.hid.target.usb = { vendor = 0x0c2e, product = 0x0b61 }\n";
    let mut scene = Scene::set(tempfile::tempdir().unwrap(), absent);
    let mut a = scene.bus.plug("1-1.1", PosScanner::nameless()).unwrap();
    let b = scene.bus.plug("1-1.2", PosScanner::nameless()).unwrap();
    online(&scene, A).await;
    online(&scene, B).await;
    assert!(!a.driver_bound() && !b.driver_bound(), "the kernel would type what they scan");
    scan(&scene, &a, A, "FROM-A").await;
    scan(&scene, &b, B, "FROM-B").await;
    let long: String = (b'A'..=b'Z').cycle().take(120).map(char::from).collect();
    scan(&scene, &b, B, &long).await;
    assert_eq!(scene.station(A).await["last"][0]["payload"], "FROM-A");

    let (mut gone, mut back, mut used) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..PLUGS {
        a.pull();
        gone.push(soon("the pulled plug to be noticed", || async { scene.station(A).await["device_state"] == "unplugged" }).await);
        scan(&scene, &b, B, &format!("B-WORKS-{n}")).await;
        // Away for a moment, and away for longer than the longest pause between two looks.
        tokio::time::sleep(Duration::from_millis([0, 150, 700, 1_500][n % 4])).await;
        let plugged = Instant::now();
        a = scene.bus.plug("1-1.1", PosScanner::nameless()).unwrap();
        back.push(online(&scene, A).await);
        scan(&scene, &a, A, &format!("A-AGAIN-{n}")).await;
        used.push(plugged.elapsed());
        assert_eq!(scene.stations_online().await, [A, B]);
    }
    let longest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    println!(
        "{PLUGS} times unplugged from USB: noticed within {:?}, online again within {:?}, first scan answered within {:?}",
        longest(&gone),
        longest(&back),
        longest(&used)
    );
    assert!(longest(&used) < Duration::from_secs(5), "{used:?}");

    let found = scene.edge.doctor().unwrap();
    assert!(found.contains(&format!("✓ USB {A}: Point of sale scanner 0c2e:0b6a at 1-1.1")), "{found}");
    assert!(found.contains("✗ 工位 station desk: usb-0c2e:0b61-port-any is not there"), "{found}");
    a.pull();
    assert!(!scene.edge.doctor().unwrap().contains(A));

    scene.edge.stop();
    assert!(b.driver_bound(), "an agent that ends gives the scanner back");
    scene.edge.start().unwrap();
    online(&scene, B).await;
    // A killed one gives nothing back: no driver has the scanner now, and the kernel does not say what it is.
    scene.edge.kill();
    assert!(!b.driver_bound());
    scene.edge.start().unwrap();
    online(&scene, B).await;
    scan(&scene, &b, B, "B-AFTER-A-CRASH").await;
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usb_scanner_that_is_pulled_inside_a_code_or_sends_nonsense_gives_torn_scans_and_goes_on() {
    let scene = Scene::set(tempfile::tempdir().unwrap(), "");
    let scanner = scene.bus.plug("1-1.1", PosScanner::nameless()).unwrap();
    online(&scene, A).await;
    let last = async || scene.station(A).await["last"][0].clone();
    let newer = async |than: &Value| {
        soon("another answer", || async { last().await["scan"] != than["scan"] }).await;
        last().await
    };
    let whole = scan(&scene, &scanner, A, "WHOLE").await;
    // The continuation never comes.
    scanner.at(|scanner| scanner.scan_half("]d2", &"HALF".repeat(30)));
    let torn = newer(&whole).await;
    assert_eq!(torn["verdict"]["is"], "bad_frame");
    let whole = scan(&scene, &scanner, A, "WHOLE-AGAIN").await;
    // Nothing, another report, a report cut inside its identifier, one that says 40 bytes and brings 7.
    scanner.at(|scanner| {
        for report in [&[][..], &[9, 9, 9], &[2, 5, b']'], &[2, 40, b']', b'C', b'0', b'1', b'2', b'3', b'4', b'5', b'6', b'7']] {
            scanner.send(report);
        }
    });
    let torn = newer(&whole).await;
    assert_eq!(torn["verdict"]["is"], "bad_frame", "{torn}");
    let whole = scan(&scene, &scanner, A, "WHOLE-ONCE-MORE").await;
    scanner.at(|scanner| scanner.scan_half("]d2", &"HALF".repeat(30)));
    listens(&scanner).await;
    scanner.pull();
    let torn = newer(&whole).await;
    assert_eq!(torn["verdict"]["is"], "bad_frame");
    assert_eq!(scene.station(A).await["device_state"], "unplugged");
    let scanner = scene.bus.plug("1-1.1", PosScanner::nameless()).unwrap();
    scan(&scene, &scanner, A, "BACK").await;
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_scanners_that_show_one_serial_number_are_told_apart_by_their_sockets() {
    let scene = Scene::set(tempfile::tempdir().unwrap(), "");
    let first = scene.bus.plug("1-1.1", PosScanner::with_serial("CLONE-77")).unwrap();
    online(&scene, "usb-0c2e:0b6a-CLONE-77").await;
    let second = scene.bus.plug("1-1.2", PosScanner::with_serial("CLONE-77")).unwrap();
    online(&scene, A).await;
    online(&scene, B).await;
    scan(&scene, &first, A, "FROM-A").await;
    scan(&scene, &second, B, "FROM-B").await;
    assert_eq!(scene.stations_online().await, [A, B]);
    scene.nobody_panicked();
}
