//! The panel on a nearly full disk: a handset keeps what it has made until there is room, and a person at the machine is told at once.

use std::net::SocketAddr;
use std::path::Path;

use qitao_edge_agent::Agent;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::enrolled;

/// An agent that is enrolled and whose hub is nowhere.
struct Panel {
    at: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Panel {
    async fn open(folder: &Path, full_mib: u64) -> Self {
        let mut config = enrolled(folder, "edge-1");
        config.disk.full_mib = full_mib;
        let agent = Agent::build(config).await.unwrap();
        let (at, stop) = (agent.panel(), agent.stop());
        let running = tokio::spawn(async move { agent.run().await.unwrap() });
        Self { at, stop, running }
    }

    async fn post(&self, path: &str, token: &str, key: Option<&str>, body: Value) -> (StatusCode, Value) {
        let client = Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("http://{}{path}", self.at)).bearer_auth(token).json(&body);
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn close(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

/// More than any disk has.
const ALWAYS_FULL: u64 = 1 << 40;

#[tokio::test]
async fn a_handset_keeps_its_scans_while_the_disk_is_nearly_full_and_is_answered_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let panel = Panel::open(folder.path(), 0).await;
    let (_, made) = panel.post("/api/stations", "", None, json!({"name": "PDA"})).await;
    let (path, token) = (format!("/api/stations/{}/scan", made["id"].as_str().unwrap()), made["token"].as_str().unwrap());
    panel.close().await;

    let scan = json!({"payload": "QT-OP-007"});
    let panel = Panel::open(folder.path(), ALWAYS_FULL).await;
    for _ in 0..2 {
        let (status, why) = panel.post(&path, token, Some("made-out-of-reach"), scan.clone()).await;
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "what is answered is forgotten by the page: {why}");
    }
    // Nobody sends this one again, so the operator has to see it.
    let (status, answer) = panel.post(&path, token, None, scan.clone()).await;
    assert_eq!((status, &answer["scan"]["verdict"]["is"]), (StatusCode::OK, &json!("disk_nearly_full")), "{answer}");
    panel.close().await;

    let panel = Panel::open(folder.path(), 0).await;
    let (status, answer) = panel.post(&path, token, Some("made-out-of-reach"), scan).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(answer["scan"]["verdict"]["is"], "disk_nearly_full", "{answer}");
    panel.close().await;
}
