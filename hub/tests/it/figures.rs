//! Figures: kept as orders are made and called off, seen by scope, each with the list of its records.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use qitao_hub::platform::sql::Sql;
use qitao_hub::sales::days;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, PASSWORD, Running, answer};
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

/// What is kept of days and months, written down.
async fn kept(hub: &Running) -> Vec<String> {
    let of = |table: &str, when: &str| {
        format!(
            "SELECT {when} || ' ' || organisation_id || ' ' || person_id || ' ' || customer_class || ' ' || orders || ' ' || shares || ' ' || \
             amount_fen || ' ' || known_fen || ' ' || cost_fen || ' ' || paid_fen AS kept FROM {table} WHERE shares <> 0 OR amount_fen <> 0 \
             OR known_fen <> 0 OR cost_fen <> 0 OR orders <> 0 OR paid_fen <> 0"
        )
    };
    let sql = format!("{} UNION ALL {} ORDER BY kept", of("sales_day", "day"), of("sales_month", "month"));
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

/// The organisation of a site.
async fn place(admin: &Desk, site: &str) -> Value {
    admin.read(&format!("/organisations?q={site}")).await["items"][0]["id"].clone()
}

async fn role(admin: &Desk, code: &str, scope: &str, rights: Value) -> Value {
    let (status, role) = admin.post("/roles", json!({"code": code, "name": code, "scope": scope, "rights": rights, "fields": {}})).await;
    assert_eq!(status, 201, "{role}");
    role["id"].clone()
}

async fn stream(desk: &Desk, query: &str) -> Response {
    desk.request(Method::GET, &format!("/events{query}")).send().await.unwrap()
}

/// Waits until a screen is told of something.
async fn told(screen: &mut Response, event: &str) {
    let mut said = String::new();
    while !said.contains(&format!("event: {event}\n")) {
        let chunk = tokio::time::timeout(Duration::from_secs(10), screen.chunk()).await.unwrap_or_else(|_| panic!("no {event} in {said}"));
        said += &String::from_utf8_lossy(&chunk.unwrap().unwrap());
    }
}

async fn is_told_nothing(screen: &mut Response, event: &str) {
    let chunk = tokio::time::timeout(Duration::from_millis(300), screen.chunk()).await;
    let said = chunk.map(|chunk| String::from_utf8_lossy(&chunk.unwrap().unwrap_or_default()).into_owned()).unwrap_or_default();
    assert!(!said.contains(event), "{said}");
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

/// Tells what was done when something does not come out.
struct OnPanic<'a>(&'a [(u8, usize, i64, i64)]);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("acts: {:?}", self.0);
        }
    }
}

/// Takes back one of the last things that happened to a customer's money.
async fn undone(desk: &Desk, customer: &Value, which: usize) -> (u16, Value) {
    let history = desk.read(&format!("/customers/{customer}/account/history")).await;
    let Some(id) = history["items"].get(which).map(|row| row["id"].clone()) else { return (0, Value::Null) };
    desk.post(&format!("/payments/{id}/undo"), json!({"reason": "记错了"})).await
}

/// Today's figures are the sums of the lists of orders: of all, of each person's shares, of each class and place; and the shares of each order
/// come to the order.
async fn is_what_lists_sum(desk: &Desk) {
    let fen = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let (figures, day) = (desk.read("/figures/sales").await, format!("counted=true&from={0}&to={0}", today()));
    let all = sum_of(desk, &day).await;
    assert_eq!((&figures["all"]["orders"], &figures["all"]["sales"]), (&all["orders"], &all["amount"]), "{figures}");
    for (rows, filter, key, sum) in [
        ("people", "person", "person", "part"),
        ("classes", "class", "class", "amount"),
        ("organisations", "below", "organisation", "amount"),
    ] {
        let mut together = 0;
        for row in figures[rows].as_array().unwrap() {
            let value = row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
            let listed = sum_of(desk, &format!("{day}&{filter}={value}")).await;
            assert_eq!((&listed["orders"], &listed[sum]), (&row["orders"], &row["sales"]), "{rows} {row}: {listed}");
            together += fen(&row["sales"]);
        }
        assert_eq!(together, fen(&figures["all"]["sales"]), "{rows}: {figures}");
    }
    let (mut shares, mut parts) = (BTreeMap::<String, i64>::new(), 0);
    for order in desk.read(&format!("/orders?{day}&limit=200")).await["items"].as_array().unwrap() {
        let whole = desk.read(&format!("/orders/{}", order["id"])).await;
        let of_order: i64 = whole["splits"].as_array().unwrap().iter().map(|split| fen(&split["amount"])).sum();
        assert_eq!(of_order, fen(&order["amount"]), "to the fen: {whole}");
        for split in whole["splits"].as_array().unwrap() {
            *shares.entry(split["person"].to_string()).or_default() += fen(&split["amount"]);
        }
        parts += of_order;
    }
    let mut ranked: BTreeMap<String, i64> =
        figures["people"].as_array().unwrap().iter().map(|row| (row["person"].to_string(), fen(&row["sales"]))).collect();
    // A share may be so small that nothing is left of it.
    ranked.retain(|_, sales| *sales != 0);
    shares.retain(|_, sales| *sales != 0);
    assert_eq!((ranked, parts), (shares, fen(&all["amount"])), "{figures}");
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
    let acts = proptest::collection::vec((0..12u8, 0..4usize, 1..4i64, 1..=9_999i64), 32);
    let mut acts = acts.new_tree(&mut runner).unwrap().current();
    // Whatever chance does, everything is done once with what came of it before: two orders, their money, and one of them to its end.
    acts.extend([(0, 0, 2, 5_000), (0, 0, 1, 100)]);
    let begun = acts.len() - 2;
    let _told = OnPanic(&acts);
    let mut orders: Vec<Value> = Vec::new();
    let purse = json!({"amount": "500.00", "method": "cash"});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), purse).await.0, 201);
    for (n, (what, which, quantity, share)) in acts.iter().enumerate() {
        let splits = json!([{"person": li, "share": share}, {"person": han, "share": 10_000 - share}]);
        let order = orders.get(which % orders.len().max(1)).cloned();
        match (what, order) {
            (0, _) | (_, None) => orders.push(ordered(&seller, &customer, *quantity, &format!("{share}.07"), splits).await),
            (1, Some(order)) => {
                let version = seller.read(&format!("/orders/{order}")).await["version"].as_i64().unwrap();
                patch(&seller, &format!("/orders/{order}"), version, json!({"splits": splits})).await;
            }
            (2, Some(order)) => drop(act(&manager, &order, "confirm", json!({"without_goods": true})).await),
            (3, Some(order)) => drop(act(&manager, &order, "cancel", json!({"reason": "客户改了主意"})).await),
            (4, Some(order)) => {
                let paid = json!({"amount": format!("{share}.01"), "method": "wechat", "order": order});
                drop(seller.post(&format!("/customers/{customer}/payments"), paid).await);
            }
            (5, Some(order)) => drop(act(&manager, &order, "ship", json!({"reason": "客户同意先送"})).await),
            (6, Some(order)) => drop(act(&seller, &order, "complete", json!({})).await),
            (7, Some(order)) => {
                let version = seller.read(&format!("/orders/{order}")).await["version"].as_i64().unwrap();
                let lines = json!([{"item": 2, "quantity": quantity.to_string(), "price": format!("{share}.03")}]);
                patch(&seller, &format!("/orders/{order}"), version, json!({"lines": lines})).await;
            }
            (8 | 9, Some(order)) => {
                // From one order to the next, or from what is held.
                let from = (*what == 8).then(|| orders[(which + 1) % orders.len()].clone());
                let moved = json!({"amount": format!("{quantity}.01"), "from": from, "to": order});
                drop(seller.post(&format!("/customers/{customer}/payments/move"), moved).await);
            }
            (10, _) => {
                let refund = json!({"amount": format!("{quantity}.00"), "method": "cash", "reason": "客户减少了订购"});
                drop(manager.post(&format!("/customers/{customer}/payments/refund"), refund).await);
            }
            (_, _) => drop(undone(&manager, &customer, *which).await),
        }
        ties_out(&hub).await;
        if n % 8 == 7 || n >= begun {
            is_what_lists_sum(&admin).await;
        }
    }
    let [one, other] = [orders.pop().unwrap(), orders.pop().unwrap()];
    let money = async |path: &str, body: Value| {
        let (status, done) = manager.post(&format!("/customers/{customer}/payments{path}"), body).await;
        assert_eq!(status, 201, "{path}: {done}");
        ties_out(&hub).await;
        is_what_lists_sum(&admin).await;
    };
    let (status, held) = act(&manager, &one, "confirm", json!({})).await;
    assert_eq!(status, 200, "{held}");
    picked(&hub, &held["pick"]["task"], true).await;
    confirmed(&manager, &other).await;
    for order in [&one, &other] {
        money("", json!({"amount": "20.00", "method": "wechat", "order": order})).await;
    }
    money("/move", json!({"amount": "5.00", "from": one, "to": other})).await;
    money("/move", json!({"amount": "3.00", "from": other})).await;
    money("/refund", json!({"amount": "3.00", "method": "wechat", "reason": "客户减少了订购"})).await;
    assert_eq!(undone(&manager, &customer, 0).await.0, 201, "the refund is undone");
    ties_out(&hub).await;
    for (desk, what, body) in [(&manager, "ship", json!({"reason": "客户同意先送"})), (&seller, "complete", json!({}))] {
        let (status, done) = act(desk, &one, what, body).await;
        assert_eq!(status, 200, "{what}: {done}");
        ties_out(&hub).await;
        is_what_lists_sum(&admin).await;
    }
    let last = ordered(&seller, &customer, 1, "100.01", json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}])).await;
    confirmed(&manager, &last).await;
    let paid = json!({"amount": "50.00", "method": "wechat", "order": last});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    ties_out(&hub).await;
    // Whatever is not what the orders come to is found.
    for column in ["orders", "shares", "amount_fen", "known_fen", "cost_fen", "paid_fen"] {
        for table in ["sales_day", "sales_month"] {
            hub.sql(&format!("UPDATE {table} SET {column} = {column} + 1 WHERE shares > 0")).await;
            assert!(days::off(hub.db.read()).await.unwrap() > 0, "{table} {column}");
            hub.sql(&format!("UPDATE {table} SET {column} = {column} - 1 WHERE shares > 0")).await;
        }
    }
    hub.sql("UPDATE sales_day SET customer_class = customer_class || 'x'").await;
    assert!(days::off(hub.db.read()).await.unwrap() > 0);
    hub.sql("UPDATE sales_day SET customer_class = REPLACE(customer_class, 'x', '')").await;
    ties_out(&hub).await;
    let counted = hub.number("SELECT COUNT(*) FROM sales_order WHERE state IN ('confirmed', 'shipped', 'completed')").await;
    for table in ["sales_day", "sales_month"] {
        let kept = hub.number(&format!("SELECT CAST(COALESCE(SUM(orders), 0) AS BIGINT) FROM {table}")).await;
        assert_eq!(kept, counted, "{table} after {acts:?}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_year_is_made_of_months_and_comes_to_the_same_as_its_days() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let days = [
        "2024-03-01",
        "2024-03-31",
        "2024-04-01",
        "2024-12-31",
        "2025-01-01",
        "2025-02-28",
        "2025-03-01",
        "2025-03-14",
        "2025-03-15",
        "2025-06-30",
        "2025-12-31",
        "2026-01-01",
        "2026-02-15",
    ];
    let mut customer = Value::Null;
    for (n, day) in days.iter().enumerate() {
        if n % 3 != 1 {
            customer = made(&seller, json!({"name": format!("王{n}")})).await["id"].clone();
        }
        let splits = json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}]);
        let order = ordered(&seller, &customer, 1, &format!("{}.0{}", 100 + n * 7, n % 10), splits).await;
        confirmed(&seller, &order).await;
        hub.sql(&format!("UPDATE sales_order SET confirmed_on = '{day}', delivered_on = '{day}' WHERE id = {order}")).await;
    }
    hub.sql("UPDATE sales_order SET state = 'completed'").await;
    let tx = hub.db.begin().await.unwrap();
    assert_eq!(days::rebuild(&tx).await.unwrap(), days.len());
    tx.commit().await.unwrap();
    let own = place(&admin, "SH01").await;
    for (from, to) in [
        ("2024-03-01", "2026-02-15"),
        ("2024-03-02", "2025-03-14"),
        ("2024-12-31", "2025-12-31"),
        ("2025-01-01", "2025-12-31"),
        ("2025-03-15", "2026-02-28"),
        ("2025-03-01", "2025-03-31"),
        ("2025-03-15", "2025-04-14"),
    ] {
        for (desk, query) in [(&admin, String::new()), (&admin, format!("&below={own}")), (&manager, String::new())] {
            let figures = desk.read(&format!("/figures/sales?from={from}&to={to}{query}")).await;
            let listed = sum_of(desk, &format!("counted=true&from={from}&to={to}{query}")).await;
            let all = &figures["all"];
            assert_eq!((&all["orders"], &all["sales"]), (&listed["orders"], &listed["amount"]), "{from} {to} {figures}");
            let within: Vec<(usize, &&str)> = days.iter().enumerate().filter(|(_, day)| **day >= from && **day <= to).collect();
            let customers: std::collections::BTreeSet<usize> = within.iter().map(|(n, _)| if n % 3 == 1 { n - 1 } else { *n }).collect();
            assert_eq!(all["customers"], customers.len(), "{from} {to} {figures}");
            let before = sum_of(
                desk,
                &format!(
                    "counted=true&from={}&to={}{query}",
                    figures["previous_from"].as_str().unwrap(),
                    figures["previous_to"].as_str().unwrap()
                ),
            )
            .await;
            assert_eq!(
                (&figures["previous"]["orders"], &figures["previous"]["sales"]),
                (&before["orders"], &before["amount"]),
                "{figures}"
            );
            let person = figures["people"].as_array().unwrap().iter().find(|row| row["person"] == li).map(|row| row["sales"].clone());
            let part = sum_of(desk, &format!("counted=true&from={from}&to={to}{query}&person={li}")).await["part"].clone();
            assert_eq!(person.unwrap_or(json!("0.00")), part, "{figures}");
            let steps = figures["days"].as_array().unwrap();
            let fen = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
            assert_eq!(steps.iter().map(|row| fen(&row["sales"])).sum::<i64>(), fen(&all["sales"]), "{figures}");
            assert!(steps.iter().all(|row| row["day"].as_str().is_some_and(|day| (from..=to).contains(&day))), "{figures}");
            assert_eq!(figures["organisations"][0]["sales"], all["sales"], "{figures}");
            let again = desk.read(&format!("/figures/measures?from={from}&to={to}{query}")).await;
            assert_eq!(again[0]["of"], customers.len(), "{again}");
        }
    }
    // Days are told one by one where they can be told apart.
    let month = admin.read("/figures/sales?from=2025-03-01&to=2025-03-31").await;
    let told: Vec<&str> = month["days"].as_array().unwrap().iter().filter_map(|row| row["day"].as_str()).collect();
    assert_eq!(told, ["2025-03-01", "2025-03-14", "2025-03-15"]);
    let year = admin.read("/figures/sales?from=2024-03-31&to=2025-03-14").await;
    let told: Vec<&str> = year["days"].as_array().unwrap().iter().filter_map(|row| row["day"].as_str()).collect();
    assert_eq!(told, ["2024-03-31", "2024-04-01", "2024-12-01", "2025-01-01", "2025-02-01", "2025-03-01"]);
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
    assert_eq!((value("turnover"), value("turnover_days"), value("nps")), (Value::Null, Value::Null, Value::Null), "{measures}");
    // Two chairs went to the customer, and none came back: that is known.
    assert_eq!(value("returns"), "0.0", "{measures}");
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
    // One of the two chairs comes back: half of what went, and with a cost of 60.00 each what was sold is one chair.
    let chairs = "SELECT CAST(SUM(quantity) AS BIGINT) FROM stock WHERE item_id = 2 AND site_id IS NOT NULL";
    let lie = hub.number(chairs).await;
    put(&admin, chain, 2, 10_000).await;
    hub.sql("UPDATE price SET cost_fen = 6000 WHERE item_id = 2").await;
    hub.sql("UPDATE stock_day SET quantity_in = quantity_in + 1000 WHERE item_id = 2 AND reason = 'customer'").await;
    hub.sql(
        "UPDATE stock SET quantity = quantity + 1000 WHERE item_id = 2 AND location_id = (SELECT MIN(s.location_id) FROM stock s \
         WHERE s.item_id = 2 AND s.site_id IS NOT NULL)",
    )
    .await;
    let measures = admin.read("/figures/measures").await;
    let measure = |code: &str| measures.as_array().unwrap().iter().find(|row| row["code"] == code).unwrap().clone();
    assert_eq!((&measure("returns")["value"], &measure("returns")["of"]), (&json!("50.0"), &json!(2)), "{measures}");
    // Wardrobes were worth 5,000.00 before and after; of the chairs there was one more when the day began, or none of them yet.
    let came = hub.number("SELECT CAST(SUM(quantity_in - quantity_out) AS BIGINT) FROM stock_day WHERE item_id = 2").await;
    let wardrobes = hub.number("SELECT CAST(SUM(quantity_in - quantity_out) AS BIGINT) FROM stock_day WHERE item_id = 1").await * 100;
    let closing = 500_000 + (lie + 1_000) * 6;
    let opening = closing - wardrobes - came * 6;
    let times = (6_000.0 / ((opening + closing) as f64 / 2.0) * 100.0).round() / 100.0;
    assert_eq!(measure("turnover")["value"], format!("{times:.2}"), "{measures}");
    let days = ((opening + closing) as f64 / 2.0 / 6_000.0 * 10.0).round() / 10.0;
    assert_eq!(measure("turnover_days")["value"], format!("{days:.1}"), "{measures}");
    let (_, elsewhere) = somebody(&hub, &admin, "wu", "store_manager", "XH01").await;
    let theirs = elsewhere.read("/figures/measures").await;
    assert!(theirs.as_array().unwrap().iter().all(|row| row["value"].is_null()), "another store sold nothing: {theirs}");
    hub.sql("UPDATE price SET cost_fen = NULL WHERE item_id = 2").await;

    let without = manager.read("/figures/stock").await;
    assert_eq!((without.get("value"), &without["sites"]), (None, &json!([])), "{without}");
    let funnel = manager.read("/figures/funnel").await;
    assert!(funnel.as_array().is_some_and(|stages| !stages.is_empty() && stages.iter().all(|stage| stage["title"] != "")), "{funnel}");
    let now = manager.read("/figures/now").await;
    assert_eq!((&now["orders_late"], &now["tickets"]["overdue"], &now["wins"][0]["order"]), (&json!(0), &json!(0), &order), "{now}");

    // One of each that needs somebody is at the store, and another elsewhere.
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let other = made(&elsewhere, json!({"name": "李先生"})).await["id"].clone();
    for (desk, customer) in [(&seller, &customer), (&elsewhere, &other)] {
        let late = ordered(desk, customer, 1, "100.00", Value::Null).await;
        confirmed(desk, &late).await;
        hub.sql(&format!("UPDATE sales_order SET promised_on = '2020-01-01' WHERE id = {late}")).await;
    }
    for site in [1, 2] {
        hub.sql(&format!(
            "INSERT INTO exception (kind, site_id, opened_ms, state, data) VALUES ('printer', {site}, 1, 'open', '{{}}'); \
             INSERT INTO edge (id, site_id, name, disabled, epoch, committed, boot, next_seq_seen, clock_skew_ms, agent, tasks_acked, created_ms, \
             public_key) VALUES ('e{site}', {site}, '一号机', FALSE, 1, 0, 0, 1, 0, '', 0, 1, 'x'); \
             INSERT INTO ticket (id, code, kind, fault, state, organisation_id, feedback_ms, due_ms, far, created_by, created_ms, version) \
             SELECT 900 + {site}, 'S90{site}', 'after_sales', '', 'new', organisation_id, 1, 1, FALSE, 'x', 1, 1 FROM site WHERE id = {site}"
        ))
        .await;
    }
    let own = place(&admin, "SH01").await;
    for (desk, query, many) in [(&manager, String::new(), 1), (&admin, String::new(), 2), (&admin, format!("?below={own}"), 1)] {
        let now = desk.read(&format!("/figures/now{query}")).await;
        assert_eq!(now["cases"], json!([{"kind": "printer", "count": many}]), "{now}");
        assert_eq!(now["edges"], json!({"total": many, "online": 0, "offline": many}), "{now}");
        assert_eq!((&now["tickets"], &now["orders_late"]), (&json!({"open": many, "overdue": many}), &json!(many)), "{now}");
        assert_eq!(now["wins"].as_array().map(Vec::len), Some(many + 1), "{now}");
        // Each opens the list that it counts.
        let part = query.replace('?', "&");
        for list in [
            "exceptions?kind=printer",
            "edges?away=true",
            "tickets?state=open&reach=seen",
            "tickets?state=open&due=now&reach=seen",
            "orders?late=true",
        ] {
            assert_eq!(desk.read(&format!("/{list}{part}")).await["total"], many, "{list}{part}");
        }
    }
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
    let (mut near, mut far) = (stream(&manager, "").await, stream(&elsewhere, "").await);
    confirmed(&manager, &order).await;
    told(&mut near, "sale").await;
    // Money for an order is told too, and so is an order that a quote became.
    let mut near = stream(&manager, "").await;
    let paid = json!({"amount": "10.00", "method": "wechat", "order": order});
    assert_eq!(manager.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    told(&mut near, "order").await;
    let (status, quote) =
        manager.post("/quotes", json!({"customer": customer, "lines": [{"item": 2, "quantity": "1", "price": "5.00"}]})).await;
    assert_eq!(status, 201, "{quote}");
    let mut near = stream(&manager, "").await;
    let accept = manager.request(Method::POST, &format!("/quotes/{}/accept", quote["id"])).header("if-match", "\"1\"");
    assert_eq!(answer(accept.json(&json!({}))).await.0, 201);
    told(&mut near, "order").await;
    is_told_nothing(&mut far, "event: ").await;
    drop((near, far));
    hub.stop().await;
}

#[tokio::test]
async fn a_share_is_seen_wherever_its_figure_is_and_gives_no_right_to_change() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    role(&admin, "guide", "records", json!(["sales.see", "sales", "figures.see", "customers.see", "customers"])).await;
    let (li, seller) = somebody(&hub, &admin, "li", "guide", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "guide", "SH01").await;
    let (_, idle) = somebody(&hub, &admin, "wu", "guide", "SH01").await;
    let (manager, own, top) =
        (hub.sign_in("manager").await, place(&admin, "SH01").await, admin.read("/organisations?kind=headquarters").await);
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let splits = json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}]);
    let (_, order) = admin
        .post("/orders", json!({"customer": customer, "organisation": own, "owner": li, "splits": splits, "lines": [{"item": 2, "quantity": "1", "price": "100.00"}]}))
        .await;
    let shared = order["id"].clone();
    confirmed(&seller, &shared).await;
    // A store is a large part of a chain of few, and a small one of many: they are found in different ways.
    for stores in [0, 60] {
        for n in 0..stores {
            let body = json!({"parent": top["items"][0]["id"], "kind": "store", "code": format!("N{n}"), "name": "新店", "time_zone": "Asia/Shanghai"});
            assert_eq!(admin.post("/organisations", body).await.0, 201);
        }
        for (desk, part, orders) in [(&seller, "70.00", 1), (&colleague, "30.00", 1), (&idle, "0.00", 0)] {
            let figures = desk.read("/figures/sales").await;
            assert_eq!((&figures["all"]["sales"], &figures["all"]["customers"]), (&json!(part), &json!(orders)), "{figures}");
            assert_eq!(desk.read("/figures/ranking").await["people"].as_array().map(Vec::len), Some(orders));
            let listed = desk.read("/orders?counted=true&person=me").await;
            assert_eq!(listed["total"], orders, "{listed}");
            assert!(orders == 0 || listed["items"][0]["part"] == part, "{listed}");
            assert_eq!(sum_of(desk, "counted=true&person=me").await["part"], part);
            assert_eq!(desk.get(&format!("/orders/{shared}")).await.0, if orders == 1 { 200 } else { 404 });
            let sheet = json!({"list": "orders", "format": "csv", "filters": {"counted": true, "person": "me"}});
            assert_eq!(answer(desk.request(Method::POST, "/exports").json(&sheet)).await.1["rows"], orders);
            assert_eq!(desk.read("/figures/now").await["wins"].as_array().map(Vec::len), Some(orders));
        }
        let figures = manager.read("/figures/sales").await;
        assert_eq!((&figures["all"]["sales"], &figures["all"]["customers"]), (&json!("100.00"), &json!(1)), "{figures}");
        assert_eq!(manager.read("/figures/now").await["wins"][0]["amount"], "100.00");
        let part = admin.read(&format!("/figures/sales?below={own}")).await;
        assert_eq!((&part["all"]["sales"], &part["all"]["customers"]), (&json!("100.00"), &json!(1)), "{part}");
        let measures = manager.read("/figures/measures").await;
        assert_eq!((&measures[0]["code"], &measures[0]["of"]), (&json!("repurchase"), &json!(0)), "{measures}");
    }
    let version = async || seller.read(&format!("/orders/{shared}")).await["version"].as_i64().unwrap();
    let change = json!({"promised_on": "2036-11-23"});
    let refused = patch(&colleague, &format!("/orders/{shared}"), version().await, change.clone()).await;
    assert_eq!(refused.0, 403, "who has a share reads: {}", refused.1);
    assert_eq!(act(&colleague, &shared, "cancel", json!({"reason": "不要了"})).await.0, 403);

    // Also while a part of the chain is chosen, and whatever site is.
    let below = format!("?below={own}");
    let mut screens = [stream(&seller, &below).await, stream(&colleague, "").await, stream(&manager, "?site=1").await];
    let mut unconcerned = stream(&idle, "").await;
    assert_eq!(patch(&seller, &format!("/orders/{shared}"), version().await, change).await.0, 200);
    for screen in &mut screens {
        told(screen, "order").await;
    }
    is_told_nothing(&mut unconcerned, "order").await;
    hub.sql(&format!("INSERT INTO collaborator (entity, record_id, person_id) VALUES ('order', {shared}, {han})")).await;
    let change = json!({"promised_on": "2036-11-24"});
    assert_eq!(patch(&colleague, &format!("/orders/{shared}"), version().await, change).await.0, 200, "who works on it changes it");
    drop((screens, unconcerned));
    hub.stop().await;
}

#[tokio::test]
async fn money_is_summed_only_where_all_of_it_may_be_known() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let roles = [
        role(&admin, "wide", "all", json!(["figures.see", "sales.see", "stock.see"])).await,
        role(&admin, "purse", "own", json!(["payments.see", "prices.cost"])).await,
    ];
    role(&admin, "mine", "records", json!(["figures.see", "sales.see", "sales", "payments.see"])).await;
    let (own, beside) = (place(&admin, "SH01").await, place(&admin, "XH01").await);
    let person = json!({"login": "both", "name": "小明", "organisation": own, "roles": roles.map(|role| json!({"role": role})), "password": PASSWORD});
    assert_eq!(admin.post("/people", person).await.0, 201);
    let (reader, manager) = (hub.sign_in("both").await, hub.sign_in("manager").await);
    let (li, seller) = somebody(&hub, &admin, "li", "mine", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let chain = list(&admin, "CHAIN", json!({"most_discount_bp": 9000})).await;
    put(&admin, chain, 2, 10_000).await;
    hub.sql("UPDATE price SET cost_fen = 6000").await;
    for (desk, price, splits) in
        [(&manager, "100.01", json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}])), (&elsewhere, "500.00", Value::Null)]
    {
        let customer = made(desk, json!({"name": "王女士"})).await["id"].clone();
        let order = ordered(desk, &customer, 1, price, splits).await;
        confirmed(desk, &order).await;
        let paid = json!({"amount": price, "method": "wechat", "order": order});
        assert_eq!(desk.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    }
    ties_out(&hub).await;
    for (query, sales, average, profit) in [
        (String::new(), "600.01", None, None),
        (format!("?below={own}"), "100.01", Some("100.01"), Some("40.01")),
        (format!("?below={beside}"), "500.00", None, None),
    ] {
        let all = reader.read(&format!("/figures/sales{query}")).await["all"].clone();
        assert_eq!(
            (all["sales"].as_str(), all["average"].as_str(), all["profit"].as_str()),
            (Some(sales), average, profit),
            "{query}: {all}"
        );
        let measures = reader.read(&format!("/figures/measures{query}")).await;
        assert_eq!(measures.as_array().unwrap().iter().find(|row| row["code"] == "average_order").unwrap()["value"].as_str(), average);
        let stock = reader.read(&format!("/figures/stock{query}")).await;
        assert_eq!(stock.get("value").is_some(), profit.is_some(), "{query}: {stock}");
    }
    let listed = reader.read("/orders?counted=true").await;
    let paid: Vec<_> = listed["items"].as_array().unwrap().iter().map(|row| (row["organisation"] == own, row["paid"].as_str())).collect();
    assert_eq!(paid, [(false, None), (true, Some("100.01"))], "{listed}");
    // Seven tenths of 100.01, to the fen, on both databases.
    assert_eq!(seller.read("/figures/sales").await["all"]["average"], "70.01");
    hub.stop().await;
}

/// Goes on for half a second with something that is to wait until then.
async fn waits(what: &mut std::pin::Pin<&mut impl Future<Output = ()>>) {
    tokio::select! {
        () = what => panic!("it did not wait"),
        () = tokio::time::sleep(Duration::from_millis(500)) => {}
    }
}

#[tokio::test]
async fn days_are_reckoned_anew_while_the_hub_sells() {
    let hub = Running::start().await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let order = ordered(&manager, &customer, 1, "100.00", Value::Null).await;
    let tx = hub.db.begin().await.unwrap();
    days::rebuild(&tx).await.unwrap();
    let mut selling = std::pin::pin!(confirmed(&manager, &order));
    waits(&mut selling).await;
    tx.commit().await.unwrap();
    selling.await;
    ties_out(&hub).await;
    assert_eq!(manager.read("/figures/sales").await["all"]["sales"], "100.00");
    hub.stop().await;
}

#[tokio::test]
async fn of_two_first_orders_at_once_one_is_a_prospects() {
    let hub = Running::start().await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let (one, other) =
        (ordered(&manager, &customer, 1, "100.00", Value::Null).await, ordered(&manager, &customer, 1, "200.00", Value::Null).await);
    let tx = hub.db.begin().await.unwrap();
    Sql::new("UPDATE customer SET version = version").run(&tx).await.unwrap();
    let mut both = std::pin::pin!(async {
        tokio::join!(confirmed(&manager, &one), confirmed(&manager, &other));
    });
    waits(&mut both).await;
    tx.commit().await.unwrap();
    both.await;
    let classes = Sql::new("SELECT customer_class FROM sales_order ORDER BY customer_class").texts(hub.db.read()).await.unwrap();
    assert_eq!(classes, ["client", "prospect"]);
    ties_out(&hub).await;
    hub.stop().await;
}
