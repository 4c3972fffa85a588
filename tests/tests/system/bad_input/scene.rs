//! A whole small system, and somebody who sends bytes to it and reads what it says.

use std::time::{Duration, Instant};

use qitao_tests::api::Api;
use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::until;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use super::PATIENCE;
use crate::kill::stations;

/// A hub, an edge with scanners, and a person at the hub.
pub struct Scene {
    pub folder: TempDir,
    pub hub: HubProcess,
    pub edge: EdgeProcess,
    pub api: Api,
    pub scanners: Vec<(String, PtyScanner)>,
    pub client: Client,
}

impl Scene {
    pub async fn set(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300"]).unwrap();
        let (scanners, settings) = stations(folder.path(), count);
        let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
        let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
        edge.start().unwrap();
        let api = hub.admin().await.unwrap();
        let scene = Self { folder, hub, edge, api, scanners, client: Client::new() };
        until("edge and scanners to be ready", PATIENCE, || async {
            let state = scene.state().await;
            let all =
                state["stations"].as_array().map_or(0, |all| all.iter().filter(|station| station["device_state"] == "online").count());
            state["link"]["state"] == "online" && all == count
        })
        .await
        .unwrap();
        scene
    }

    pub async fn state(&self) -> Value {
        let answer = self.client.get(format!("{}/api/state", self.edge.url())).send().await.unwrap();
        answer.json().await.unwrap()
    }

    pub async fn station(&self, id: &str) -> Value {
        self.state().await["stations"].as_array().unwrap().iter().find(|station| station["id"] == id).cloned().unwrap_or_default()
    }

    /// Sends raw bytes on a scanner's wire; the answers they brought, oldest first, once no more come.
    pub async fn wire(&mut self, station: usize, bytes: &[u8]) -> Vec<Value> {
        let id = self.scanners[station].0.clone();
        let newest = |view: &Value| view["last"][0]["scan"].clone();
        let before = newest(&self.station(&id).await);
        self.scanners[station].1.send(bytes).unwrap();
        let began = Instant::now();
        let (mut settled, mut last) = (0, before.clone());
        while began.elapsed() < PATIENCE && settled < 4 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = newest(&self.station(&id).await);
            settled = if now != before && now == last { settled + 1 } else { 0 };
            last = now;
        }
        let view = self.station(&id).await;
        let mut answers: Vec<Value> = view["last"].as_array().unwrap().iter().take_while(|view| view["scan"] != before).cloned().collect();
        answers.reverse();
        answers
    }

    /// As a scan: one frame, one answer.
    pub async fn scan(&mut self, station: usize, payload: &str) -> Value {
        let answers = self.wire(station, format!("{payload}\r").as_bytes()).await;
        assert_eq!(answers.len(), 1, "{payload:?} brought {answers:#?}");
        answers[0].clone()
    }

    /// Logs in and stands at a shelf; a barcode that can be put away there.
    pub async fn at_a_shelf(&mut self, station: usize) -> String {
        let badge = self.api.all("/operators").await.unwrap()[0]["badge"].as_str().unwrap().to_owned();
        let began = Instant::now();
        while self.scan(station, &format!("QT-OP-{badge}")).await["verdict"]["is"] != "logged_in" {
            assert!(began.elapsed() < PATIENCE, "the badge stays unknown");
        }
        let site = &self.hub.shown["site"]["id"];
        let shelf = self.api.get(&format!("/locations?site={site}&kind=bin&limit=1")).await.unwrap()["items"][0]["code"].clone();
        assert_eq!(self.scan(station, &format!("QT-L-{}", shelf.as_str().unwrap())).await["verdict"]["is"], "at_location");
        let items = self.api.all("/items").await.unwrap();
        let plain = items.iter().find(|row| row["cartons"] == 1 && row["by_lot"] == false && row["is_kit"] == false).unwrap();
        format!("{}/1-1", plain["code"].as_str().unwrap())
    }

    pub async fn drained(&self) {
        until("all facts to arrive", PATIENCE, || async {
            let link = self.state().await["link"].clone();
            link["state"] == "online" && link["backlog"] == 0
        })
        .await
        .unwrap();
    }

    pub async fn hub_is_well(&self) {
        let answer = self.client.get(format!("{}/api/v1/health", self.hub.url())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    pub async fn cases(&self, kind: &str) -> Vec<Value> {
        self.api.all(&format!("/exceptions?state=open&kind={kind}")).await.unwrap()
    }

    pub fn nobody_panicked(&self) {
        for log in ["hub/hub.log", "edge/edge.log"] {
            let text = std::fs::read_to_string(self.folder.path().join(log)).unwrap();
            assert!(!text.contains("panicked"), "{log}: {}", text.lines().find(|line| line.contains("panicked")).unwrap());
        }
    }
}
