//! Tasks, cases and the event stream.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Running, answer};

#[tokio::test]
async fn a_kit_is_taken_apart_into_cartons_at_the_bins_where_they_lie() {
    let hub = Running::start().await;
    let desk = hub.sign_in("warehouse").await;
    let (status, task) =
        desk.post("/tasks", json!({"kind": "pick", "site": 1, "reference": "SO-1", "lines": [{"item": 4, "quantity": "1"}]})).await;
    assert_eq!((status, task["number"].as_str(), task["asked"].as_str()), (201, Some("PK-000001"), Some("5")));
    let lines: Vec<(i64, i64, &str, &str, i64)> = task["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| {
            let number = |name: &str| l[name].as_i64().unwrap();
            (number("item"), number("carton"), l["quantity"].as_str().unwrap(), l["location_code"].as_str().unwrap(), number("set"))
        })
        .collect();
    assert_eq!(lines, [(1, 1, "1", "A-01", 1), (1, 2, "1", "A-01", 1), (1, 3, "1", "A-01", 1), (2, 1, "2", "A-02", 1)]);
    let (_, second) = desk.post("/tasks", json!({"kind": "pick", "site": 1, "lines": [{"item": 1, "quantity": "1"}]})).await;
    let third_carton = &second["lines"][2];
    assert_eq!(
        (third_carton["carton"].as_i64(), third_carton.get("location")),
        (Some(3), None),
        "the only one is promised to the first pick"
    );
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE entity = 'task' AND author = 'warehouse'").await, 2);
    hub.stop().await;
}

#[tokio::test]
async fn put_away_goes_beside_its_like_or_to_an_empty_bin_and_a_curtain_is_picked_from_one_lot() {
    let hub = Running::start().await;
    let desk = hub.sign_in("manager").await;
    let (_, task) = desk.post("/tasks", json!({"kind": "put_away", "site": 1, "lines": [{"item": 2, "quantity": "3"}]})).await;
    assert_eq!(task["lines"][0]["location_code"], "A-02");
    hub.sql("DELETE FROM stock WHERE item_id = 2").await;
    let (_, task) = desk.post("/tasks", json!({"kind": "pick", "site": 1, "lines": [{"item": 3, "quantity": "2.375"}]})).await;
    assert_eq!((task["lines"][0]["lot"].as_str(), task["lines"][0]["quantity"].as_str()), (Some("L7"), Some("2.375")));
    hub.stop().await;
}

#[tokio::test]
async fn the_same_key_makes_one_task_and_never_stands_for_another() {
    let hub = Running::start().await;
    let desk = hub.sign_in("warehouse").await;
    let make = async |lines: Value| {
        let request = desk.request(Method::POST, "/tasks").header("idempotency-key", "k-1");
        answer(request.json(&json!({"kind": "count", "site": 1, "reference": "月底", "lines": lines}))).await
    };
    let first = make(json!([{"location": 1}])).await;
    let again = make(json!([{"location": 1}])).await;
    assert_eq!((first.0, again.0, &first.1["id"]), (201, 200, &again.1["id"]));
    assert_eq!(make(json!([{"location": 2}])).await.1["rule"], "idempotency_key_reused");
    assert_eq!(hub.number("SELECT COUNT(*) FROM task").await, 1);
    let id = &first.1["id"];
    assert_eq!(desk.post(&format!("/tasks/{id}/withdraw"), json!({})).await.1["state"], "withdrawn");
    assert_eq!(desk.post(&format!("/tasks/{id}/withdraw"), json!({})).await.0, 409);
    hub.stop().await;
}

#[tokio::test]
async fn an_edge_is_made_once_by_its_key_and_can_be_disabled() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let make = async || {
        answer(desk.request(Method::POST, "/edges").header("idempotency-key", "e-1").json(&json!({"site": 1, "name": "一号"}))).await
    };
    let (first, again) = (make().await, make().await);
    assert_eq!((first.0, again.0, &first.1["id"]), (201, 200, &again.1["id"]));
    assert_eq!(hub.number("SELECT COUNT(*) FROM edge").await, 1);
    let id = first.1["id"].as_str().unwrap();
    assert_eq!(desk.post(&format!("/edges/{id}/disable"), json!({})).await.1["state"], "disabled");
    assert_eq!(desk.post(&format!("/edges/{id}/enable"), json!({})).await.1["state"], "never");
    assert_eq!(desk.get("/edges/a%2Fb").await.0, 404);
    hub.stop().await;
}

const CASES: &str = "
INSERT INTO exception (id, kind, site_id, key, opened_ms, state, data) VALUES
 (1,'unknown_barcode',1,'u',1,'open','{\"text\":\"ABC-9\"}'),(2,'count_variance',1,'c',1,'open','{\"task\":1,\"location\":2}'),(3,'printer',1,'p',1,'open','{}');
INSERT INTO task (id, number, kind, site_id, reference, state, created_ms, created_by) VALUES (1,'CT-1','count',1,'','finished',1,'test');
INSERT INTO count_location (task_id, location_id, state, started_ms, finished_ms) VALUES (1,2,'finished',1,1);
INSERT INTO count_line (task_id, location_id, item_id, carton, lot, counted, expected, moved_during) VALUES (1,2,2,1,'',8000,9000,FALSE)";

#[tokio::test]
async fn a_case_is_resolved_once_by_somebody_who_may_and_does_what_it_says() {
    let hub = Running::start().await;
    hub.sql(CASES).await;
    let (clerk, manager) = (hub.sign_in("warehouse").await, hub.sign_in("manager").await);
    let resolve = "/exceptions/1/resolve";
    assert_eq!(clerk.post(resolve, json!({"action": "approve"})).await.1["rule"], "case_action");
    assert_eq!(clerk.post(resolve, json!({"action": "bind"})).await.1["field"], "item");
    assert_eq!(clerk.post(resolve, json!({"action": "bind", "item": 1, "carton": 4})).await.1["rule"], "carton_exists");
    assert_eq!(clerk.post(resolve, json!({"action": "bind", "item": 4})).await.1["rule"], "not_a_kit");
    let before = hub.number("SELECT version FROM dataset WHERE name = 'items'").await;
    let (status, case) = clerk.post(resolve, json!({"action": "bind", "item": 1, "carton": 3, "note": "新供应商"})).await;
    assert_eq!((status, case["state"].as_str(), case["resolved_by"].as_str()), (200, Some("resolved"), Some("warehouse")));
    assert_eq!(hub.number("SELECT version FROM item WHERE id = 1").await, before + 1);
    assert_eq!(clerk.read("/items/1").await["barcodes"][0]["carton"], 3);
    assert_eq!(clerk.post(resolve, json!({"action": "dismiss"})).await.0, 409);

    let resolve = "/exceptions/2/resolve";
    assert_eq!(clerk.post(resolve, json!({"action": "approve"})).await.0, 403, "a count is approved by somebody else than who counts");
    assert_eq!(manager.post(resolve, json!({"action": "approve"})).await.0, 200);
    assert_eq!(manager.read("/locations/2").await["on_hand"], "8");
    let movement = &manager.read("/movements?task=1").await["items"][0];
    assert_eq!(
        (movement["quantity"].as_str(), movement["to_code"].as_str(), movement["reason"].as_str()),
        (Some("1"), Some("VARIANCE"), Some("count"))
    );
    assert_eq!(manager.post(resolve, json!({"action": "reject"})).await.0, 409);
    assert_eq!(clerk.post("/exceptions/3/resolve", json!({"action": "dismiss"})).await.0, 200);
    assert_eq!(clerk.read("/exceptions?state=open").await["total"], 0);
    assert!(qitao_hub::inventory::tie_out(hub.db.read()).await.unwrap().is_empty());
    hub.stop().await;
}

#[tokio::test]
async fn a_screen_sees_what_happens_at_its_site_and_after_a_gap_what_it_missed() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    let count = |site: i64, location: i64| json!({"kind": "count", "site": site, "lines": [{"location": location}]});
    let mut stream = clerk.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    admin.post("/tasks", count(2, 9)).await;
    admin.post("/tasks", count(1, 1)).await;
    let first = next_event(&mut stream).await;
    assert!(first.contains("event: task") && first.contains("\"site\":1") && first.contains("CT-000002"), "{first}");
    drop(stream);
    admin.post("/tasks", count(1, 2)).await;
    let last = first.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    let mut stream = clerk.request(Method::GET, "/events").header("last-event-id", last).send().await.unwrap();
    let missed = next_event(&mut stream).await;
    assert!(missed.contains("CT-000003"), "{missed}");
    hub.stop().await;
}

async fn next_event(stream: &mut reqwest::Response) -> String {
    let mut text = String::new();
    while !text.contains("\n\n") {
        let part = tokio::time::timeout(std::time::Duration::from_secs(20), stream.chunk()).await.expect("an event in time").unwrap();
        text.push_str(&String::from_utf8_lossy(&part.expect("the stream goes on")));
    }
    text
}
