//! Figures: kept as orders are made and called off, seen by scope, each with the list of its records.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use qitao_hub::platform::sql::Sql;
use qitao_hub::sales::days;
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};
use crate::orders::{act, picked};
use crate::prices::{list, put};

async fn ordered(desk: &Desk, customer: &Value, quantity: i64, price: &str, splits: Value) -> Value {
    let line = json!({"item": 2, "quantity": quantity.to_string(), "price": price});
    let mut body = json!({"customer": customer, "lines": [line]});
    if !splits.is_null() {
        body["splits"] = splits;
    }
    let (status, made) = desk.post("/orders", body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].clone()
}

async fn confirmed(desk: &Desk, order: &Value) {
    let (status, answer) = act(desk, order, "confirm", json!({"without_goods": true})).await;
    assert_eq!(status, 200, "{answer}");
}

/// What is kept, written down.
async fn kept(hub: &Running) -> Vec<String> {
    let sql = "SELECT day || ' ' || organisation_id || ' ' || person_id || ' ' || customer_class || ' ' || orders || ' ' || shares || ' ' || \
               amount_fen || ' ' || known_fen || ' ' || cost_fen FROM sales_day WHERE shares <> 0 OR amount_fen <> 0 OR known_fen <> 0 OR \
               cost_fen <> 0 OR orders <> 0 ORDER BY day, organisation_id, person_id, customer_class";
    Sql::new(sql).texts(hub.db.read()).await.unwrap()
}

/// What is kept is what all orders come to when they are reckoned anew.
async fn ties_out(hub: &Running) {
    assert_eq!(days::off(hub.db.read()).await.unwrap(), 0);
    let before = kept(hub).await;
    let tx = hub.db.begin().await.unwrap();
    days::rebuild(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(before, kept(hub).await);
}

fn today() -> String {
    jiff::Timestamp::now().to_zoned(TimeZone::get("Asia/Shanghai").unwrap()).date().to_string()
}

async fn sum_of(desk: &Desk, query: &str) -> Value {
    desk.read(&format!("/orders/sum?{query}")).await
}

#[tokio::test]
async fn figures_are_what_their_lists_hold_and_people_have_their_shares() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let chain = list(&admin, "CHAIN", json!({"most_discount_bp": 9000})).await;
    put(&admin, chain, 2, 10_000).await;
    hub.sql("UPDATE price SET cost_fen = 6000").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();

    let draft = ordered(&seller, &customer, 1, "100.00", Value::Null).await;
    let shared = ordered(&seller, &customer, 2, "100.01", json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}])).await;
    confirmed(&seller, &shared).await;
    let second = ordered(&seller, &customer, 1, "50.00", Value::Null).await;
    confirmed(&seller, &second).await;
    let gone = ordered(&seller, &customer, 1, "77.00", Value::Null).await;
    confirmed(&seller, &gone).await;
    let (_, moved) = act(&seller, &gone, "cancel", json!({"reason": "客户改了主意"})).await;
    assert_eq!(moved["state"], "cancelled");
    let other = made(&elsewhere, json!({"name": "李先生"})).await["id"].clone();
    let far = ordered(&elsewhere, &other, 1, "1000.00", Value::Null).await;
    confirmed(&elsewhere, &far).await;
    ties_out(&hub).await;

    let figures = manager.read("/figures/sales").await;
    let all = &figures["all"];
    assert_eq!((&all["orders"], &all["customers"], &all["sales"]), (&json!(2), &json!(1), &json!("250.02")), "{figures}");
    assert_eq!((all.get("profit"), all.get("cost_known")), (None, None), "a store manager does not see what things cost: {figures}");
    assert_eq!(figures["previous"]["sales"], "0.00");
    let shown: Vec<_> = figures["people"].as_array().unwrap().iter().map(|row| (&row["person"], &row["orders"], &row["sales"])).collect();
    assert_eq!(shown, [(&json!(li), &json!(2), &json!("190.01")), (&json!(han), &json!(1), &json!("60.01"))], "{figures}");
    let classes: Vec<_> = figures["classes"].as_array().unwrap().iter().map(|row| (&row["class"], &row["sales"])).collect();
    assert_eq!(classes, [(&json!("client"), &json!("50.00")), (&json!("prospect"), &json!("200.02"))], "{figures}");
    assert_eq!((&figures["days"][0]["day"], &figures["days"][0]["sales"]), (&json!(today()), &json!("250.02")), "{figures}");

    // Every figure opens the list that it is the sum of.
    let day = format!("counted=true&from={0}&to={0}", today());
    let listed = sum_of(&manager, &day).await;
    assert_eq!((&listed["orders"], &listed["amount"]), (&all["orders"], &all["sales"]), "{listed}");
    assert_eq!(manager.read(&format!("/orders?{day}")).await["total"], 2);
    for row in figures["people"].as_array().unwrap() {
        let listed = sum_of(&manager, &format!("{day}&person={}", row["person"])).await;
        assert_eq!((&listed["orders"], &listed["part"]), (&row["orders"], &row["sales"]), "{listed}");
    }
    for row in figures["classes"].as_array().unwrap() {
        let listed = sum_of(&manager, &format!("{day}&class={}", row["class"].as_str().unwrap())).await;
        assert_eq!((&listed["orders"], &listed["amount"]), (&row["orders"], &row["sales"]), "{listed}");
    }
    let whole = admin.read("/figures/sales").await;
    assert_eq!((&whole["all"]["sales"], whole["organisations"].as_array().map(Vec::len)), (&json!("1250.02"), Some(2)), "{whole}");
    // Four chairs at 60.00 each were sold for 1,250.02, all with a known cost.
    assert_eq!((&whole["all"]["profit"], &whole["all"]["cost_known"]), (&json!("1010.02"), &json!(1000)), "{whole}");
    for row in whole["organisations"].as_array().unwrap() {
        let listed = sum_of(&admin, &format!("{day}&below={}", row["organisation"])).await;
        assert_eq!((&listed["orders"], &listed["amount"]), (&row["orders"], &row["sales"]), "{listed}");
        let below = admin.read(&format!("/figures/sales?below={}", row["organisation"])).await;
        assert_eq!(below["all"]["sales"], row["sales"], "{below}");
        assert_eq!(manager.get(&format!("/figures/sales?below={}", row["organisation"])).await.0 == 200, row["sales"] == "250.02");
    }
    let person = manager.read(&format!("/orders?{day}&person={han}")).await;
    assert_eq!((&person["items"][0]["id"], &person["items"][0]["part"]), (&shared, &json!("60.01")), "{person}");
    let sheet = json!({"list": "orders", "format": "csv", "filters": {"counted": true, "from": today(), "to": today(), "person": "me"}});
    assert_eq!(answer(seller.request(Method::POST, "/exports").json(&sheet)).await.1["rows"], 2);

    // A draft counts for nothing, whatever becomes of it until it is confirmed.
    assert_eq!(act(&seller, &draft, "cancel", json!({"reason": "不要了"})).await.0, 200);
    ties_out(&hub).await;
    for (query, rule) in [
        ("from=2026-11-24&to=2026-11-23", "filter_value"),
        ("from=yesterday", "filter_value"),
        ("from=2000-01-01&to=2026-01-01", "filter_value"),
    ] {
        let (status, refused) = manager.get(&format!("/figures/sales?{query}")).await;
        assert_eq!((status, &refused["rule"]), (400, &json!(rule)), "{refused}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn who_sees_the_own_records_only_sees_their_share_and_no_count_of_others() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let own = json!({"code": "guide", "name": "导购看自己", "scope": "records", "rights": ["sales.see", "sales", "figures.see", "customers.see", "customers"], "fields": {}});
    let (status, role) = admin.post("/roles", own).await;
    assert_eq!(status, 201, "{role}");
    let (li, seller) = somebody(&hub, &admin, "li", "guide", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "guide", "SH01").await;
    let (_, idle) = somebody(&hub, &admin, "wu", "guide", "SH01").await;
    let (_, plain) = somebody(&hub, &admin, "zhao", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let shared = ordered(&seller, &customer, 1, "100.00", json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}])).await;
    confirmed(&seller, &shared).await;
    for (desk, sales, orders) in [(&seller, "70.00", 1), (&colleague, "30.00", 1), (&idle, "0.00", 0)] {
        let figures = desk.read("/figures/sales").await;
        assert_eq!((&figures["all"]["sales"], &figures["all"]["orders"]), (&json!(sales), &json!(orders)), "{figures}");
        assert_eq!(figures["all"]["customers"], orders, "{figures}");
        assert_eq!(figures["people"].as_array().map(Vec::len), Some(orders), "nobody else is ranked: {figures}");
        assert!(figures["all"].get("average").is_none(), "payments are not theirs to see: {figures}");
        let now = desk.read("/figures/now").await;
        let wins: Vec<_> = now["wins"].as_array().unwrap().iter().map(|win| &win["amount"]).collect();
        assert_eq!(wins.len(), orders, "{now}");
        assert!(wins.iter().all(|amount| *amount == sales), "{now}");
    }
    assert_eq!(seller.read("/figures/sales").await["own_only"], true);
    let mine = sum_of(&seller, "counted=true&person=me").await;
    assert_eq!((&mine["part"], &mine["orders"]), (&json!("70.00"), &json!(1)), "{mine}");
    assert_eq!(plain.get("/figures/sales").await.1["rule"], "role", "a seller has no dashboard unless a role gives it");
    hub.stop().await;
}

#[tokio::test]
async fn a_brand_has_what_is_sold_beneath_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let top = admin.read("/organisations?kind=headquarters").await["items"][0]["id"].clone();
    let place = async |parent: &Value, kind: &str, code: &str| {
        let body = json!({"parent": parent, "kind": kind, "code": code, "name": format!("{code}店"), "time_zone": "Asia/Shanghai"});
        let (status, made) = admin.post("/organisations", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].clone()
    };
    let brand = place(&top, "brand", "BRAND1").await;
    place(&brand, "store", "BS1").await;
    place(&brand, "store", "BS2").await;
    for (login, store, price) in [("anna", "BS1", "100.00"), ("bert", "BS2", "23.45")] {
        let (_, leader) = somebody(&hub, &admin, login, "store_manager", store).await;
        let customer = made(&leader, json!({"name": "王女士"})).await["id"].clone();
        let order = ordered(&leader, &customer, 1, price, Value::Null).await;
        confirmed(&leader, &order).await;
        assert_eq!(leader.read("/figures/sales").await["brands"], json!([]), "the brand reaches beyond the store");
    }
    let figures = admin.read("/figures/sales").await;
    let brands = figures["brands"].as_array().unwrap();
    assert_eq!((brands.len(), &brands[0]["organisation"], &brands[0]["sales"]), (1, &brand, &json!("123.45")), "{figures}");
    assert_eq!(sum_of(&admin, &format!("counted=true&below={brand}")).await["amount"], "123.45");
    hub.stop().await;
}

#[tokio::test]
async fn what_is_kept_is_what_the_orders_come_to_whatever_is_done_with_them() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let chain = list(&admin, "CHAIN", json!({})).await;
    put(&admin, chain, 2, 10_000).await;
    hub.sql("UPDATE price SET cost_fen = 3333").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let mut runner = TestRunner::default();
    let acts = proptest::collection::vec((0..5u8, 0..4usize, 1..4i64, 1..=9_999i64), 24);
    let acts = acts.new_tree(&mut runner).unwrap().current();
    let mut orders: Vec<Value> = Vec::new();
    for (what, which, quantity, share) in &acts {
        let splits = json!([{"person": li, "share": share}, {"person": han, "share": 10_000 - share}]);
        let order = orders.get(which % orders.len().max(1)).cloned();
        match (what, order) {
            (0, _) | (_, None) => orders.push(ordered(&seller, &customer, *quantity, &format!("{share}.07"), splits).await),
            (1, Some(order)) => {
                let version = seller.read(&format!("/orders/{order}")).await["version"].as_i64().unwrap();
                crate::customers::patch(&seller, &format!("/orders/{order}"), version, json!({"splits": splits})).await;
            }
            (2, Some(order)) => drop(act(&manager, &order, "confirm", json!({"without_goods": true})).await),
            (3, Some(order)) => drop(act(&manager, &order, "cancel", json!({"reason": "客户改了主意"})).await),
            (_, Some(order)) => drop(act(&manager, &order, "ship", json!({"reason": "客户同意先送"})).await),
        }
        ties_out(&hub).await;
    }
    hub.sql("UPDATE sales_day SET amount_fen = amount_fen + 1 WHERE shares > 0").await;
    assert!(hub.number("SELECT COUNT(*) FROM sales_day WHERE shares > 0").await == 0 || days::off(hub.db.read()).await.unwrap() > 0);
    let counted = hub.number("SELECT COUNT(*) FROM sales_order WHERE state IN ('confirmed', 'shipped', 'completed')").await;
    assert_eq!(hub.number("SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) FROM sales_day").await, counted, "after {acts:?}");
    hub.stop().await;
}

#[tokio::test]
async fn measures_have_definitions_and_what_nobody_notes_is_not_nothing() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, dispatcher) = somebody(&hub, &admin, "disp", "dispatcher", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let order = ordered(&seller, &customer, 2, "100.00", Value::Null).await;
    let (_, held) = act(&seller, &order, "confirm", json!({})).await;
    let paid = json!({"amount": "150.00", "method": "wechat", "order": order});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    picked(&hub, &held["pick"]["task"], true).await;
    assert_eq!(act(&dispatcher, &order, "ship", json!({})).await.0, 200);
    assert_eq!(act(&seller, &order, "complete", json!({})).await.0, 200);
    ties_out(&hub).await;
    let measures = manager.read("/figures/measures").await;
    let value = |code: &str| measures.as_array().unwrap().iter().find(|row| row["code"] == code).unwrap()["value"].clone();
    assert_eq!((value("average_order"), value("repurchase")), (json!("150.00"), json!("0.0")), "{measures}");
    assert_eq!((value("returns"), value("turnover"), value("nps")), (Value::Null, Value::Null, Value::Null), "{measures}");
    assert!(measures.as_array().unwrap().iter().all(|row| row["definition"] != "" && row["definition_en"] != ""), "{measures}");
    assert_eq!(manager.read("/figures/sales").await["all"]["average"], "150.00");

    // Stock is worth what it costs, where that is known.
    let chain = list(&admin, "CHAIN", json!({})).await;
    put(&admin, chain, 1, 500_000).await;
    hub.sql("UPDATE price SET cost_fen = 300000").await;
    let stock = admin.read("/figures/stock").await;
    // Five of three cartons of the wardrobe lie there; chairs and cloth have no cost.
    assert_eq!((&stock["value"], &stock["items"], &stock["unknown"]), (&json!("5000.00"), &json!(3), &json!(2)), "{stock}");
    assert_eq!((&stock["sites"][0]["site"], &stock["sites"][0]["value"]), (&json!(1), &json!("5000.00")), "{stock}");
    let without = manager.read("/figures/stock").await;
    assert_eq!((without.get("value"), &without["sites"]), (None, &json!([])), "{without}");
    let funnel = manager.read("/figures/funnel").await;
    assert!(funnel.as_array().is_some_and(|stages| !stages.is_empty() && stages.iter().all(|stage| stage["title"] != "")), "{funnel}");
    let now = manager.read("/figures/now").await;
    assert_eq!((&now["orders_late"], &now["tickets"]["overdue"], &now["wins"][0]["order"]), (&json!(0), &json!(0), &order), "{now}");
    hub.stop().await;
}

#[tokio::test]
async fn screens_are_told_of_a_sale_in_reach_and_of_no_other() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let order = ordered(&manager, &customer, 1, "100.00", Value::Null).await;
    let (mut near, mut far) =
        (manager.request(Method::GET, "/events").send().await.unwrap(), elsewhere.request(Method::GET, "/events").send().await.unwrap());
    confirmed(&manager, &order).await;
    let mut told = String::new();
    while !told.contains("event: sale") {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), near.chunk()).await.expect("a sale is told").unwrap().unwrap();
        told += &String::from_utf8_lossy(&chunk);
    }
    let other = tokio::time::timeout(std::time::Duration::from_millis(300), far.chunk()).await;
    assert!(other.is_err() || !String::from_utf8_lossy(&other.unwrap().unwrap().unwrap_or_default()).contains("sale"));
    drop((near, far));
    hub.stop().await;
}
