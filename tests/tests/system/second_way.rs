//! MQTT is blocked on the way to the hub: scans go over HTTP, once each; when MQTT is back they go there again.

use std::time::Duration;

use qitao_tests::api::Api;
use qitao_tests::network::Cable;
use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::until;
use serde_json::Value;

use crate::kill::stations;

const PATIENCE: Duration = Duration::from_secs(60);

struct Shop {
    hub: HubProcess,
    edge: EdgeProcess,
    api: Api,
    scanner: PtyScanner,
    cable: Cable,
    folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300"]).unwrap();
        let cable = Cable::lay(hub.mqtt).await.unwrap();
        let (mut scanners, settings) = stations(folder.path(), 1);
        let settings = format!("[hub]\nhttps_after_s = 1\n\n{settings}");
        let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
        let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), Some(cable.address()), &token).unwrap();
        edge.start().unwrap();
        let api = hub.admin().await.unwrap();
        Self { hub, edge, api, scanner: scanners.remove(0).1, cable, folder }
    }

    async fn state(&self) -> Value {
        let answer = reqwest::get(format!("{}/api/state", self.edge.url())).await.unwrap();
        answer.json().await.unwrap()
    }

    /// Sends a scan and waits for its answer.
    async fn scan(&mut self, payload: &str) -> Value {
        let newest = |state: &Value| state["stations"][0]["last"][0].clone();
        let before = newest(&self.state().await)["scan"].clone();
        self.scanner.send(format!("{payload}\r").as_bytes()).unwrap();
        until("an answer", PATIENCE, async || newest(&self.state().await)["scan"] != before).await.unwrap();
        newest(&self.state().await)["verdict"]["is"].clone()
    }

    async fn everything_arrives(&self) {
        until("all facts to arrive", PATIENCE, async || {
            let link = self.state().await["link"].clone();
            link["state"] == "online" && link["backlog"] == 0
        })
        .await
        .unwrap();
    }

    /// How often the edge's log says something.
    fn said(&self, words: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("edge/edge.log")).unwrap();
        log.lines().filter(|line| line.contains(words)).count()
    }

    async fn stock(&self, item: i64, shelf: &Value) -> i64 {
        let rows = self.api.get(&format!("/items/{item}")).await.unwrap();
        let here = rows["stock"].as_array().unwrap().iter().filter(|row| row["location_code"] == *shelf);
        here.map(|row| row["quantity"].as_str().unwrap().parse::<i64>().unwrap()).sum()
    }
}

const OVER_HTTP: &str = "messages go over HTTP until it does again";
const BACK: &str = "MQTT reaches the hub again";

#[tokio::test(flavor = "multi_thread")]
async fn with_mqtt_blocked_scans_arrive_over_http_once_and_over_mqtt_again_when_it_is_back() {
    let mut shop = Shop::open().await;
    shop.everything_arrives().await;
    let badge = shop.api.all("/operators").await.unwrap()[0]["badge"].as_str().unwrap().to_owned();
    until("the badge to be known", PATIENCE, async || shop.said("data set is up to date dataset=\"operators\"") > 0).await.unwrap();
    assert_eq!(shop.scan(&format!("QT-OP-{badge}")).await, "logged_in");
    let site = shop.hub.shown["site"]["id"].clone();
    let shelf = shop.api.get(&format!("/locations?site={site}&kind=bin&limit=1")).await.unwrap()["items"][0]["code"].clone();
    assert_eq!(shop.scan(&format!("QT-L-{}", shelf.as_str().unwrap())).await, "at_location");
    let items = shop.api.all("/items").await.unwrap();
    let plain = items.iter().find(|row| row["cartons"] == 1 && row["by_lot"] == false && row["is_kit"] == false).unwrap();
    let (item, code) = (plain["id"].as_i64().unwrap(), format!("{}/1-1", plain["code"].as_str().unwrap()));
    let before = shop.stock(item, &shelf).await;

    let mut sent = 0;
    for round in 1..=2 {
        shop.cable.cut();
        for _ in 0..5 {
            assert_eq!(shop.scan(&code).await, "put_away");
            sent += 1;
        }
        until("the edge to go over HTTP", PATIENCE, async || shop.said(OVER_HTTP) >= round).await.unwrap();
        shop.everything_arrives().await;
        assert_eq!(shop.stock(item, &shelf).await, before + sent, "round {round}, over HTTP");
        // While it is on HTTP the hub sees it, and tasks and data reach it as ever.
        let edge = shop.hub.shown["edge"]["id"].as_str().unwrap();
        assert_eq!(shop.api.get(&format!("/edges/{edge}")).await.unwrap()["state"], "online");
        assert_eq!(shop.scan(&code).await, "put_away");
        sent += 1;
        shop.everything_arrives().await;

        shop.cable.mend();
        until("the edge to be back on MQTT", PATIENCE, async || shop.said(BACK) >= round).await.unwrap();
        for _ in 0..3 {
            assert_eq!(shop.scan(&code).await, "put_away");
            sent += 1;
        }
        shop.everything_arrives().await;
        assert_eq!(shop.stock(item, &shelf).await, before + sent, "round {round}, over MQTT");
    }
}
