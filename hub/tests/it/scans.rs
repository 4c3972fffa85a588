//! Scans as pages read them: filters, pages, names, and what an edge calls its stations.

use serde_json::{Value, json};

use crate::desk::Running;

/// A fact that arrived `ago_ms` before now.
async fn fact(hub: &Running, seq: i64, site: i64, ago_ms: i64, task: Option<i64>, tone: &str, verdict: Value) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let (at, task) = (i64::try_from(now).unwrap() - ago_ms, task.map_or_else(|| "NULL".to_owned(), |task| task.to_string()));
    let body = json!({
        "scan": format!("{seq:032x}"), "site": site, "station": "gun-1", "at": {"wall_ms": at, "boot": 1, "mono_us": 1},
        "source": {"by": "scanner", "device": "d", "payload": format!("YG/{seq}"), "framing": "whole"}, "verdict": verdict,
    });
    hub.sql(&format!(
        "INSERT INTO fact (edge_id, epoch, seq, scan_id, site_id, station, task_id, at_ms, arrived_ms, skew_ms, tone, verdict, payload, body) \
         VALUES ('e1', 1, {seq}, '{seq:032x}', {site}, 'gun-1', {task}, {at}, {at}, 0, '{tone}', '{}', 'YG/{seq}', '{body}')",
        verdict["is"].as_str().unwrap(),
    ))
    .await;
}

const DAY: i64 = 86_400_000;

async fn filled() -> Running {
    let hub = Running::start().await;
    hub.sql("INSERT INTO task (id, number, kind, site_id, reference, state, created_ms, created_by) VALUES (7,'PK-7','pick',1,'','started',1,'test')")
        .await;
    let stock = json!({"item": 1, "carton": 2, "lot": ""});
    fact(&hub, 1, 1, 3 * DAY, Some(7), "wrong", json!({"is": "wrong_item", "item": 2})).await;
    fact(&hub, 2, 1, 20, Some(7), "right", json!({"is": "picked", "stock": stock, "quantity": "1", "location": 1, "left": "0"})).await;
    fact(&hub, 3, 1, 10, None, "wrong", json!({"is": "wrong_location", "location": 2, "expected": 3})).await;
    fact(&hub, 4, 2, 0, None, "wrong", json!({"is": "not_now"})).await;
    hub
}

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn scans_are_listed_newest_first_by_what_one_asks_for_and_never_of_another_site() {
    let hub = filled().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    assert_eq!(seqs(&admin.read("/scans").await), [4, 3, 2, 1]);
    assert_eq!(seqs(&clerk.read("/scans").await), [3, 2, 1]);
    assert_eq!(seqs(&clerk.read("/scans?tone=wrong").await), [3, 1]);
    assert_eq!(seqs(&clerk.read("/scans?tone=right,attention").await), [2]);
    assert_eq!(seqs(&clerk.read("/scans?days=2").await).last(), Some(&2), "three days ago is not within two days");
    assert_eq!(seqs(&clerk.read("/scans?task=7&station=gun-1&edge=e1").await), [2, 1]);
    assert_eq!(seqs(&clerk.read("/scans?q=yg/3").await), [3]);
    assert_eq!(seqs(&clerk.read("/scans?station=gun-2").await), Vec::<i64>::new());
    let first = admin.read("/scans?limit=3").await;
    assert_eq!((seqs(&first), first["total"].as_i64()), (vec![4, 3, 2], Some(4)));
    assert_eq!(seqs(&admin.read(&format!("/scans?limit=3&cursor={}", first["next"].as_str().unwrap())).await), [1]);
    hub.stop().await;
}

#[tokio::test]
async fn a_scan_and_a_case_name_what_they_speak_about() {
    let hub = filled().await;
    let clerk = hub.sign_in("warehouse").await;
    let page = clerk.read("/scans").await;
    let [place, picked, item] = page["items"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(place["names"], json!({"locations": {"2": "A-02", "3": "A-03"}}));
    assert_eq!((picked["task"].as_i64(), picked["task_number"].as_str()), (Some(7), Some("PK-7")));
    assert_eq!(picked["names"]["items"]["1"]["name_en"], "Oak wardrobe");
    assert_eq!(item["names"]["items"]["2"]["code"], "CY-OAK");
    let of_task = clerk.read("/tasks/7/scans").await;
    assert_eq!((seqs(&of_task), &of_task["items"][0]["names"]), (vec![1, 2], &item["names"]), "a task's scans come oldest first");

    let data = json!({"location": 1, "item": 1, "carton": 2, "quantity": "-1"});
    hub.sql(&format!(
        "INSERT INTO exception (kind, site_id, key, opened_ms, state, data) VALUES ('negative_stock',1,'n',1,'open','{data}')"
    ))
    .await;
    let case = clerk.read("/exceptions").await["items"][0].clone();
    assert_eq!(
        (case["names"]["items"]["1"]["name_en"].as_str(), case["names"]["locations"]["1"].as_str()),
        (Some("Oak wardrobe"), Some("A-01"))
    );
    assert_eq!(clerk.read("/exceptions/1").await["names"], case["names"]);
    hub.stop().await;
}

#[tokio::test]
async fn lists_carry_english_names_and_units_and_an_edge_names_its_stations() {
    let hub = filled().await;
    let admin = hub.sign_in("admin").await;
    let health = json!({"backlog": 0, "lag_ms": 0, "disk_free": 1, "memory": 1, "devices": [
        {"id": "serial-1", "kind": "scanner", "model": "1 号扫码枪", "state": "online", "station": "gun-1"}]});
    hub.sql(&format!(
        "INSERT INTO edge (id, site_id, name, disabled, epoch, committed, boot, next_seq_seen, clock_skew_ms, agent, tasks_acked, created_ms, health) \
         VALUES ('e1',1,'一号机',FALSE,1,0,0,1,0,'',0,1,'{health}')"
    ))
    .await;
    assert_eq!(
        (admin.read("/edges?site=1").await["total"].as_i64(), admin.read("/edges?site=2").await["total"].as_i64()),
        (Some(1), Some(0))
    );
    let device = admin.read("/edges/e1").await["devices"][0].clone();
    assert_eq!((device["station"].as_str(), device["model"].as_str()), (Some("gun-1"), Some("1 号扫码枪")));
    assert_eq!(admin.read("/stock").await["items"][0]["name_en"], "Linen curtain");
    let movement = admin.read("/movements?item=3").await["items"][0].clone();
    assert_eq!((movement["name_en"].as_str(), movement["unit"].as_str()), (Some("Linen curtain"), Some("米")));
    assert_eq!((movement["from_kind"].as_str(), movement["to_kind"].as_str()), (Some("supplier"), Some("bin")));
    assert_eq!(admin.read("/locations/3").await["stock"][0]["name_en"], "Linen curtain");
    assert_eq!(admin.read("/items/4").await["parts"][1]["name_en"], "Oak chair");
    let (_, task) = admin.post("/tasks", json!({"kind": "pick", "site": 1, "lines": [{"item": 2, "quantity": "1"}]})).await;
    assert_eq!(task["lines"][0]["name_en"], "Oak chair");
    hub.stop().await;
}
