//! Stock of a period, and stock that passes its limits.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};
use crate::orders::{act, picked};

/// Chairs for a customer: ordered, picked and out of the door.
async fn shipped(hub: &Running, seller: &Desk, manager: &Desk, many: &str) {
    let customer = made(seller, json!({"name": "王女士"})).await["id"].clone();
    let order = json!({"customer": customer, "lines": [{"item": 2, "quantity": many, "price": "100.00"}]});
    let order = seller.post("/orders", order).await.1["id"].clone();
    let (status, confirmed) = act(seller, &order, "confirm", json!({})).await;
    assert_eq!(status, 200, "{confirmed}");
    picked(hub, &confirmed["pick"]["task"], true).await;
    let (status, shipped) = act(manager, &order, "ship", json!({})).await;
    assert_eq!((status, &shipped["state"]), (200, &json!("shipped")), "{shipped}");
}

#[tokio::test]
async fn what_is_shipped_is_out_of_the_stock_of_its_day_and_its_movements_are_one_step_away() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let (_, boss) = somebody(&hub, &admin, "boss", "store_manager", "SH01").await;
    shipped(&hub, &seller, &boss, "2").await;
    let today = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date();
    let page = admin.read(&format!("/stock/summary?from={today}&to={today}")).await;
    let codes: Vec<&str> = page["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["CL-LINEN", "CY-OAK", "YG-OAK-2400"], "a kit is none of its own");
    let chairs = &page["items"][1];
    assert_eq!(
        [&chairs["opening"], &chairs["in"], &chairs["out"], &chairs["closing"]],
        [&json!("9"), &json!("0"), &json!("2"), &json!("7")],
        "{chairs}"
    );
    assert_eq!(chairs["reasons"], json!([{"reason": "customer", "in": "0", "out": "2"}]));
    let wardrobe = &page["items"][2];
    assert_eq!((&wardrobe["cartons"], &wardrobe["closing"], &wardrobe["reasons"]), (&json!(3), &json!("5"), &json!([])), "cartons count");
    let totals = admin.read(&format!("/stock/summary/totals?from={today}&to={today}")).await;
    let units: Vec<(&Value, &Value)> = totals["items"].as_array().unwrap().iter().map(|row| (&row["unit"], &row["closing"])).collect();
    assert_eq!(units, [(&json!(""), &json!("5")), (&json!("件"), &json!("7")), (&json!("米"), &json!("20"))]);
    // Found by name, by site, by item; before it and without days.
    for (asked, wanted) in [
        (format!("q=canyi&from={today}"), 1),
        ("site=1".to_owned(), 3),
        ("site=2".to_owned(), 0),
        ("item=2&limit=1".to_owned(), 1),
        ("from=2020-01-01&to=2020-12-31&item=2".to_owned(), 1),
    ] {
        let page = admin.read(&format!("/stock/summary?{asked}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), wanted, "{asked}: {page}");
    }
    for asked in ["from=2026-02-30", "from=2026-11-02&to=2026-11-01", "to=20261101", "from=1980-01-01&to=2020-01-01"] {
        assert_eq!(admin.get(&format!("/stock/summary?{asked}")).await.1["rule"], "period", "{asked}");
    }
    assert_eq!(elsewhere.read("/stock/summary").await["items"], json!([]), "what lies elsewhere");
    assert_eq!(elsewhere.get("/stock/summary?site=1").await.0, 404);
    // Its movements: of the day, and only what left the site.
    let moved = admin.read(&format!("/movements?item=2&from={today}&to={today}&flows=true")).await;
    assert_eq!(
        (&moved["total"], &moved["items"][0]["reason"], &moved["items"][0]["quantity"]),
        (&json!(1), &json!("ship"), &json!("2")),
        "{moved}"
    );
    assert_eq!(admin.read("/movements?item=2&to=1970-01-01").await["total"], 2, "opening and pick were booked long ago");
    assert_eq!(admin.read("/movements?item=2&to=1970-01-01&flows=true").await["total"], 1, "a pick stays within");
    assert_eq!(admin.get("/movements?from=yesterday").await.1["rule"], "period");
    hub.stop().await;
}

async fn put(desk: &Desk, item: i64, version: i64, limit: Value) -> (u16, Value) {
    let path = format!("/sites/1/limits/{item}");
    answer(desk.request(Method::PUT, &path).header("if-match", format!("\"{version}\"")).json(&limit)).await
}

/// Waits until every limit was looked at; then the cases of a kind, the newest first.
async fn cases(hub: &Running, desk: &Desk, kind: &str) -> Vec<Value> {
    for _ in 0..100 {
        if hub.number("SELECT COUNT(*) FROM stock_limit WHERE due").await == 0 {
            return desk.read(&format!("/exceptions?kind={kind}")).await["items"].as_array().unwrap().clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("limits are not looked at");
}

#[tokio::test]
async fn stock_beyond_a_limit_is_one_case_that_ends_by_itself() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (manager, clerk) = (hub.sign_in("manager").await, hub.sign_in("warehouse").await);
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, boss) = somebody(&hub, &admin, "boss", "store_manager", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    for (item, limit, rule) in [
        (2, json!({}), "limit_range"),
        (2, json!({"min": "5", "max": "4"}), "limit_range"),
        (2, json!({"min": "-1"}), "limit_range"),
        (4, json!({"min": "1"}), "not_a_kit"),
        (99, json!({"min": "1"}), "not_found"),
    ] {
        assert_eq!(put(&manager, item, 0, limit.clone()).await.1["rule"], rule, "{limit}");
    }
    let nowhere = admin.request(Method::PUT, "/sites/999999/limits/2").header("if-match", "\"0\"").json(&json!({"min": "8"}));
    assert_eq!(answer(nowhere).await.0, 404, "a site that does not exist");
    assert_eq!((put(&clerk, 2, 0, json!({"min": "8"})).await.0, put(&elsewhere, 2, 0, json!({"min": "8"})).await.0), (403, 404));
    let (status, limit) = put(&manager, 2, 0, json!({"min": "8", "max": "20"})).await;
    assert_eq!((status, &limit["min"], &limit["max"], &limit["version"]), (200, &json!("8"), &json!("20"), &json!(1)), "{limit}");
    assert_eq!(put(&manager, 2, 0, json!({"min": "7"})).await.0, 412);
    assert!(cases(&hub, &manager, "stock_low").await.is_empty(), "nine are enough");
    assert_eq!(manager.read("/stock-limits").await["items"][0]["quantity"], "9");

    // Two leave, then one more: one case, which says how many there are.
    shipped(&hub, &seller, &boss, "2").await;
    let low = cases(&hub, &manager, "stock_low").await;
    assert_eq!((low.len(), &low[0]["state"], &low[0]["site"]), (1, &json!("open"), &json!(1)), "{low:?}");
    let data = &low[0]["data"];
    assert_eq!(
        [&data["name"], &data["quantity"], &data["min"], &data["site_name"]],
        [&json!("橡木餐椅"), &json!("7"), &json!("8"), &json!("上海一仓")]
    );
    shipped(&hub, &seller, &boss, "1").await;
    let low = cases(&hub, &manager, "stock_low").await;
    assert_eq!((low.len(), &low[0]["data"]["quantity"]), (1, &json!("6")), "{low:?}");
    let case = |page: &Value| page["items"].as_array().unwrap().iter().find(|one| one["kind"] == "exception").cloned();
    let told = crate::tell::until(&manager, "/notifications", |page| case(page).is_some()).await;
    let told = case(&told).unwrap();
    assert!(told["title"].as_str().unwrap().contains("库存低于下限"), "{told}");
    assert!(told["body"].as_str().unwrap().contains("橡木餐椅"), "{told}");
    assert_eq!(manager.read("/stock-limits?passed=true").await["items"][0]["state"], "low");
    assert_eq!(elsewhere.read("/stock-limits").await["total"], 0);

    // Enough again, by another limit: the hub ends the case. Then too much, and enough again since the limit goes.
    assert_eq!(put(&manager, 2, 1, json!({"min": "6"})).await.0, 200);
    let low = cases(&hub, &manager, "stock_low").await;
    assert_eq!((&low[0]["state"], &low[0]["resolved_by"]), (&json!("resolved"), &json!("hub")), "{low:?}");
    assert_eq!(put(&manager, 2, 2, json!({"max": "5"})).await.0, 200);
    assert_eq!(cases(&hub, &manager, "stock_high").await[0]["state"], "open");
    let gone = answer(manager.request(Method::DELETE, "/sites/1/limits/2").header("if-match", "\"3\"")).await;
    assert_eq!(gone.0, 204);
    let high = cases(&hub, &manager, "stock_high").await;
    assert_eq!((&high[0]["state"], &high[0]["resolution"]["action"]), (&json!("resolved"), &json!("limit_removed")), "{high:?}");
    assert_eq!((manager.read("/stock-limits").await["total"].as_i64(), manager.get("/sites/1/limits/2").await.0), (Some(0), 404));

    // A case that somebody dismissed is not opened again while it stays so, and is when it was well between.
    assert_eq!(put(&manager, 2, 0, json!({"min": "9"})).await.0, 200);
    let id = cases(&hub, &manager, "stock_low").await[0]["id"].clone();
    assert_eq!(manager.post(&format!("/exceptions/{id}/resolve"), json!({"action": "dismiss"})).await.0, 200);
    shipped(&hub, &seller, &boss, "1").await;
    let low = cases(&hub, &manager, "stock_low").await;
    assert_eq!((low.len(), &low[0]["state"]), (2, &json!("resolved")), "{low:?}");
    let version = manager.read("/sites/1/limits/2").await["version"].as_i64().unwrap();
    assert_eq!(put(&manager, 2, version, json!({"min": "1"})).await.0, 200);
    cases(&hub, &manager, "stock_low").await;
    assert_eq!(put(&manager, 2, version + 1, json!({"min": "9"})).await.0, 200);
    let low = cases(&hub, &manager, "stock_low").await;
    assert_eq!((low.len(), &low[0]["state"]), (3, &json!("open")), "{low:?}");
    hub.stop().await;
}
