//! Fields that a chain adds to its orders and service tickets: in form, list, filter, order, sum, sheet and answer, and asked for in time.

use std::time::Duration;

use qitao_hub::platform::sql::Sql;
use reqwest::Method;
use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, Running};
use crate::orders::act;
use crate::sheets::{step, upload};

fn codes(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect()
}

async fn sheet(desk: &Desk, list: &str, filters: Value) -> String {
    let (status, made) = desk.post("/exports", json!({"list": list, "format": "csv", "filters": filters})).await;
    assert_eq!(status, 201, "{made}");
    desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap().text().await.unwrap()
}

/// Takes a field away from everybody who has a role.
async fn hide(admin: &Desk, role: &str, field: &str) {
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|one| one["code"] == role).unwrap();
    let (path, version) = (format!("/roles/{}", role["id"]), role["version"].as_i64().unwrap());
    let mut fields = role["fields"].clone();
    fields[field] = json!("none");
    assert_eq!(admin.send(Method::PATCH, &path, version, json!({"fields": fields})).await.0, 200);
}

#[tokio::test]
async fn orders_have_the_fields_of_the_chain_and_one_that_the_hub_made_is_asked_for_them_when_it_is_confirmed() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let fields = json!([
        {"key": "lift", "title": "电梯", "title_en": "Lift", "kind": "choice", "required": true, "filter": true, "in_list": true,
         "options": [{"code": "yes", "title": "有"}, {"code": "no", "title": "没有"}]},
        {"key": "storey", "title": "楼层", "title_en": "Storey", "kind": "number", "default": 1, "filter": true,
         "checks": [{"rule": "custom.storey < 7 || custom.lift == 'yes' || record.amount > 5000.0", "message": "七楼以上没有电梯，要先问搬运"}]},
        {"key": "handover", "title": "交房日期", "kind": "date",
         "checks": [{"rule": "custom.handover <= record.promised_on", "message": "送货不能早于交房"}]},
    ]);
    admin.publish("order", fields).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let lines = json!([{"item": 2, "quantity": "4", "price": "100.00"}]);
    let order = |custom: Value| json!({"customer": customer, "lines": lines, "promised_on": "2099-05-01", "custom": custom});
    for (custom, field) in [
        (json!({}), "custom.lift"),
        (json!({"lift": "perhaps"}), "custom.lift"),
        (json!({"lift": "no", "storey": 9}), "custom.storey"),
        (json!({"lift": "no", "handover": "2099-05-02"}), "custom.handover"),
        (json!({"lift": "no", "colour": "red"}), "custom.colour"),
    ] {
        let (status, refused) = seller.post("/orders", order(custom)).await;
        assert_eq!((status, &refused["field"]), (422, &json!(field)), "{refused}");
    }
    let (status, first) = seller.post("/orders", order(json!({"lift": "no", "handover": "2099-05-01"}))).await;
    assert_eq!((status, &first["custom"]), (201, &json!({"lift": "no", "storey": 1, "handover": "2099-05-01"})), "{first}");
    let (_, second) = seller.post("/orders", order(json!({"lift": "yes", "storey": 30}))).await;
    let code = |order: &Value| order["code"].as_str().unwrap().to_owned();
    for (query, wanted) in [
        ("custom.lift=yes", vec![code(&second)]),
        ("custom.storey.to=6", vec![code(&first)]),
        ("sort=custom.storey", vec![code(&first), code(&second)]),
    ] {
        assert_eq!(codes(&seller.read(&format!("/orders?{query}")).await), wanted, "{query}");
    }
    assert_eq!(seller.read("/orders/sum?custom.lift=yes").await["orders"], 1, "what stands over the list counts the list");
    let told = sheet(&seller, "orders", json!({"custom.lift": "no"})).await;
    assert!(told.lines().next().unwrap().ends_with(",电梯,楼层,交房日期"), "{told}");
    assert!(told.contains(",没有,1,2099-05-01") && !told.contains(&code(&second)), "{told}");

    // What is new today is filled in for orders of long ago out of a sheet, and taken back.
    let text = format!("订单号,电梯,楼层\r\n{},有,12\r\n{},没有,12\r\nSO999999,有,\r\n", code(&first), code(&second));
    let import = upload(&admin, "order_fields", "楼层.csv", text.as_bytes()).await;
    assert_eq!(import["mapping"], json!(["code", "custom.lift", "custom.storey"]), "{import}");
    let checked = step(&admin, &import, "check").await;
    assert_eq!((&checked["counts"]["changed"], &checked["counts"]["bad"]), (&json!(1), &json!(2)), "{checked}");
    let run = step(&admin, &import, "run").await;
    assert_eq!(run["counts"]["changed"], 1, "{run}");
    let path = format!("/orders/{}", first["id"]);
    assert_eq!(admin.read(&path).await["custom"], json!({"lift": "yes", "storey": 12, "handover": "2099-05-01"}));
    step(&admin, &import, "undo").await;
    assert_eq!(admin.read(&path).await["custom"], first["custom"]);

    // An order of a quote was never a form: it has what new ones have, and is asked when somebody goes on with it.
    let (_, quote) = seller.post("/quotes", json!({"customer": customer, "lines": lines})).await;
    let accept = seller.send(Method::POST, &format!("/quotes/{}/accept", quote["id"]), 1, json!({})).await;
    let third = seller.read(&format!("/orders/{}", accept.1["order"])).await;
    assert_eq!(third["custom"], json!({"storey": 1}), "{third}");
    let (status, refused) = act(&seller, &third["id"], "confirm", json!({"without_goods": true})).await;
    assert_eq!((status, &refused["rule"], &refused["field"]), (422, &json!("field_required"), &json!("custom.lift")), "{refused}");
    let path = format!("/orders/{}", third["id"]);
    let (status, changed) = patch(&seller, &path, third["version"].as_i64().unwrap(), json!({"custom": {"lift": "yes"}})).await;
    assert_eq!((status, &changed["custom"]), (200, &json!({"lift": "yes", "storey": 1})), "{changed}");
    let (status, confirmed) = act(&seller, &third["id"], "confirm", json!({"without_goods": true})).await;
    assert_eq!(status, 200, "{confirmed}");
    // They are noted later on too, but of one that was called off nothing changes.
    hub.sql(&format!("UPDATE sales_order SET state = 'completed' WHERE id = {}", third["id"])).await;
    let version = confirmed["version"].as_i64().unwrap();
    let (status, later) = patch(&seller, &path, version, json!({"custom": {"storey": 3}})).await;
    assert_eq!((status, &later["custom"]["storey"]), (200, &json!(3)), "{later}");
    assert_eq!(patch(&seller, &path, version + 1, json!({"custom": {"storey": 4}, "promised_on": null})).await.0, 409);
    hub.sql(&format!("UPDATE sales_order SET state = 'cancelled' WHERE id = {}", third["id"])).await;
    assert_eq!(patch(&seller, &path, version + 1, json!({"custom": {"storey": 4}})).await.0, 409);

    // What a role hides stands nowhere: not in the answer, the story, the sheet, nor in how the list is narrowed.
    hide(&admin, "sales", "order.storey").await;
    let seen = seller.read(&path).await;
    assert_eq!(seen["custom"], json!({"lift": "yes"}), "{seen}");
    assert!(!seller.read(&format!("{path}/timeline")).await.to_string().contains("storey"));
    assert!(!sheet(&seller, "orders", json!({})).await.contains("楼层"));
    assert_eq!(seller.get("/orders?custom.storey.from=1").await.1["rule"], "filter_exists");
    assert_eq!(seller.get("/orders/sum?custom.storey.from=1").await.1["rule"], "filter_exists");
    assert_eq!(patch(&seller, &path, version + 1, json!({"custom": {"storey": 5}})).await.1["rule"], "field_right");
    hub.stop().await;
}

/// Waits until somebody waits for what this transaction holds; SQLite lets nobody begin meanwhile.
async fn waited_for(hub: &Running) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%sales_order%'";
    for _ in 0..2_000 {
        if hub.db.backend() != DbBackend::Postgres || hub.number(waiting).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits for the order");
}

#[tokio::test]
async fn a_sheet_writes_on_what_others_wrote_meanwhile_and_leaves_alone_what_a_form_does() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let fields = json!([
        {"key": "lift", "title": "电梯", "kind": "text"},
        {"key": "storey", "title": "楼层", "kind": "number"},
    ]);
    admin.publish("order", fields).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let mut orders = Vec::new();
    for _ in 0..2 {
        let order = json!({"customer": customer, "lines": [{"item": 2, "quantity": "1", "price": "100.00"}], "custom": {"lift": "没有"}});
        orders.push(seller.post("/orders", order).await.1);
    }
    let [open, off]: [Value; 2] = orders.try_into().unwrap();
    let (status, refused) = act(&seller, &off["id"], "cancel", json!({"reason": "客户不要了"})).await;
    assert_eq!(status, 200, "{refused}");
    let text = format!("订单号,楼层\r\n{},12\r\n{},12\r\n", open["code"].as_str().unwrap(), off["code"].as_str().unwrap());
    let import = upload(&admin, "order_fields", "楼层.csv", text.as_bytes()).await;
    let checked = step(&admin, &import, "check").await;
    assert_eq!((&checked["counts"]["changed"], &checked["counts"]["bad"]), (&json!(1), &json!(1)), "{checked}");
    let bad = admin.read(&format!("/imports/{}/rows?outcome=bad", import["id"])).await;
    assert_eq!(bad["items"][0]["faults"][0]["rule"], "order_state", "{bad}");

    // Somebody writes another field while the sheet comes: both are there, and the story says what was.
    let path = format!("/orders/{}", open["id"]);
    let meanwhile = async |what: &str, wrote: &str| {
        let tx = hub.db.begin().await.unwrap();
        let sql = format!("UPDATE sales_order SET version = version + 1, custom = '{wrote}' WHERE id = {}", open["id"]);
        Sql::new(sql).run(&tx).await.unwrap();
        let wrote = async {
            waited_for(&hub).await;
            tx.commit().await.unwrap();
        };
        tokio::join!(step(&admin, &import, what), wrote).0
    };
    let run = meanwhile("run", r#"{"lift":"有"}"#).await;
    assert_eq!((&run["counts"]["changed"], &run["counts"]["bad"]), (&json!(1), &json!(1)), "{run}");
    assert_eq!(admin.read(&path).await["custom"], json!({"lift": "有", "storey": 12}));
    assert_eq!(admin.read(&format!("/orders/{}", off["id"])).await["custom"], json!({"lift": "没有"}));
    let story = admin.read(&format!("{path}/timeline")).await;
    assert_eq!(story["items"][0]["old"]["custom"], json!({"lift": "有"}), "{story}");

    // What was changed after the sheet is not undone by it, however short before.
    let undone = meanwhile("undo", r#"{"lift":"货梯","storey":12}"#).await;
    assert_eq!((&undone["counts"]["undone"], &undone["counts"]["kept"]), (&json!(0), &json!(1)), "{undone}");
    assert_eq!(admin.read(&path).await["custom"], json!({"lift": "货梯", "storey": 12}));
    hub.stop().await;
}

#[tokio::test]
async fn tickets_have_the_fields_of_the_chain_on_the_desk_and_on_the_phone() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let (zhao, installer) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let fields = json!([
        {"key": "parking", "title": "停车", "title_en": "Parking", "kind": "text", "filter": true, "in_list": true},
        {"key": "hours", "title": "预计工时", "title_en": "Hours", "kind": "decimal", "filter": true, "default": "2",
         "required_when": "record.kind == 'delivery_install'"},
        {"key": "cost", "title": "人工成本", "kind": "money"},
    ]);
    admin.publish("ticket", fields).await;
    let ticket = |custom: Value| json!({"kind": "delivery_install", "problem": "送货安装", "contact": "王女士", "custom": custom});
    assert_eq!(manager.post("/tickets", ticket(json!({"hours": null}))).await.1["field"], "custom.hours");
    assert_eq!(manager.post("/tickets", ticket(json!({"cost": "viel"}))).await.1["field"], "custom.cost");
    let (status, made) = manager.post("/tickets", ticket(json!({"parking": "地库 B2", "cost": "180"}))).await;
    assert_eq!((status, &made["custom"]), (201, &json!({"parking": "地库 B2", "hours": "2", "cost": "180.00"})), "{made}");
    let other = manager.post("/tickets", ticket(json!({"hours": "6.5"}))).await.1;
    assert_eq!(codes(&manager.read("/tickets?custom.hours.from=3").await), [other["code"].as_str().unwrap()]);
    assert_eq!(codes(&manager.read("/tickets?custom.parking=B2").await), [made["code"].as_str().unwrap()]);
    assert_eq!(manager.read("/tickets?sort=-custom.hours").await["items"][0]["code"], other["code"]);
    let told = sheet(&manager, "tickets", json!({"custom.parking": "B2"})).await;
    assert!(told.lines().next().unwrap().ends_with(",停车,预计工时,人工成本") && told.contains(",地库 B2,2,180.00"), "{told}");
    let path = format!("/tickets/{}", made["id"]);
    let (status, changed) = patch(&manager, &path, 1, json!({"custom": {"parking": "路边"}})).await;
    assert_eq!((status, &changed["custom"]["parking"], &changed["custom"]["hours"]), (200, &json!("路边"), &json!("2")), "{changed}");

    // The phone takes the fields along that its owner sees.
    hide(&admin, "installer", "ticket.cost").await;
    let dispatch = json!({"act": "dispatch", "payload": {"installer": zhao}});
    let (status, given) = manager.send(Method::POST, &format!("{path}/acts"), 2, dispatch).await;
    assert_eq!(status, 200, "{given}");
    let day = installer.read("/field/day").await;
    let keys: Vec<&str> = day["fields"].as_array().unwrap().iter().map(|field| field["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["custom.parking", "custom.hours"], "{day}");
    assert_eq!(day["tickets"][0]["custom"], json!({"parking": "路边", "hours": "2"}), "{day}");
    // What is made on the way has what new ones have, and nothing is asked of somebody on a ladder.
    let (_, accepted) = installer.send(Method::POST, &format!("{path}/acts"), 3, json!({"act": "accept"})).await;
    assert_eq!(accepted["state"], "accepted", "{accepted}");
    let wrong = json!({"problem": "门板划伤"});
    let (status, after) = manager.post(&format!("{path}/after-sales"), wrong).await;
    assert_eq!((status, &after["custom"]), (201, &json!({"hours": "2"})), "{after}");
    hub.stop().await;
}
