//! SIGKILL under load: whatever a person saw answered is at the hub exactly once.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use qitao_tests::campaign::{Plan, Site, Victim, run};
use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::scanner::PtyScanner;

/// Stations with a scanner on a pseudo-terminal each, and the settings that name them.
pub fn stations(folder: &Path, count: usize) -> (Vec<(String, PtyScanner)>, String) {
    let stations: Vec<_> =
        (1..=count).map(|n| (format!("gun-{n}"), PtyScanner::plug_in(&folder.join(format!("scanner-{n}"))).unwrap())).collect();
    let settings = stations
        .iter()
        .map(|(id, scanner)| {
            format!("[[station]]\nid = \"{id}\"\nscanner.serial.target.path = {:?}\n", scanner.path().display().to_string())
        })
        .collect();
    (stations, settings)
}

/// A process that can be killed and started again from the killer's thread.
pub fn victim<P: Send + 'static>(
    name: &'static str,
    weight: u32,
    process: &Arc<Mutex<P>>,
    strike: impl Fn(&mut P) -> std::io::Result<()> + Send + 'static,
) -> Victim {
    let process = process.clone();
    Victim::new(name, weight, move || strike(&mut process.lock().unwrap_or_else(PoisonError::into_inner)))
}

pub fn strike_hub(hub: &mut HubProcess) -> std::io::Result<()> {
    hub.kill();
    hub.restart()
}

pub fn strike_edge(edge: &mut EdgeProcess) -> std::io::Result<()> {
    edge.kill();
    edge.start()
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_edge_and_hub_under_load_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300"]).unwrap();
    let (scanners, settings) = stations(folder.path(), 3);
    let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
    let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
    edge.start().unwrap();
    let site = Site::choose(&hub, edge.url()).await.unwrap();

    let (hub, edge) = (Arc::new(Mutex::new(hub)), Arc::new(Mutex::new(edge)));
    let victims = vec![victim("edge", 2, &edge, strike_edge), victim("hub with its broker", 1, &hub, strike_hub)];
    let outcome = run(site, scanners, victims, Plan::kills(200, 900)).await.unwrap();
    println!("{outcome}");
    assert!(outcome.is_right(), "{outcome}\n{:#?}", outcome.differences);
    assert!(outcome.accepted > 3 * u64::from(outcome.kills.values().sum::<u32>()), "too little load to kill under: {outcome}");
}
