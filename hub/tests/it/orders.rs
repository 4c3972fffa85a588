//! Orders: written, shared, confirmed with goods that are really there, picked, shipped, delivered; or called off without losing a thing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, Running, answer};
use crate::prices::{list, put};

/// An act on an order as it is now.
pub async fn act(desk: &Desk, order: &Value, what: &str, body: Value) -> (u16, Value) {
    let version = desk.read(&format!("/orders/{order}")).await["version"].clone();
    let request = desk.request(Method::POST, &format!("/orders/{order}/{what}")).header("if-match", format!("\"{version}\"")).json(&body);
    answer(request).await
}

fn line(item: i64, quantity: &str, price: &str) -> Value {
    json!({"item": item, "quantity": quantity, "price": price})
}

async fn ordered(desk: &Desk, customer: &Value, lines: Value) -> Value {
    let (status, made) = desk.post("/orders", json!({"customer": customer, "lines": lines})).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// What people at site 1 scan: everything that a task asks for goes to the staging place.
pub async fn picked(hub: &Running, task: &Value, complete: bool) {
    hub.sql(&format!(
        "INSERT INTO movement (n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, task_id, reason, author)
         SELECT 0, 5, 5, 1, item_id, carton, lot, quantity, location_id, 5, task_id, 'pick', 'test' FROM task_line WHERE task_id = {task};
         INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) SELECT 5, item_id, carton, lot, CAST(SUM(quantity) AS BIGINT), 1
         FROM task_line WHERE task_id = {task} GROUP BY item_id, carton, lot
         ON CONFLICT (location_id, item_id, carton, lot) DO UPDATE SET quantity = stock.quantity + excluded.quantity;
         UPDATE stock SET quantity = quantity - (SELECT CAST(SUM(n.quantity) AS BIGINT) FROM task_line n WHERE n.task_id = {task} AND n.location_id = stock.location_id
         AND n.item_id = stock.item_id AND n.carton = stock.carton AND n.lot = stock.lot) WHERE EXISTS (SELECT 1 FROM task_line n
         WHERE n.task_id = {task} AND n.location_id = stock.location_id AND n.item_id = stock.item_id AND n.carton = stock.carton AND n.lot = stock.lot);
         UPDATE task_line SET done = quantity WHERE task_id = {task};
         UPDATE task SET state = 'finished', complete = {complete}, finished_ms = 5 WHERE id = {task}"
    ))
    .await;
}

async fn available(desk: &Desk, item: i64) -> (String, String, String) {
    let found = desk.read(&format!("/availability?item={item}")).await;
    let text = |name: &str| found["sites"][0][name].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    (text("on_hand"), text("reserved"), text("available"))
}

#[tokio::test]
async fn an_order_has_its_fields_its_shares_to_the_fen_and_every_rule_names_its_field() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (far, _) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let customer = made(&seller, json!({"name": "王女士", "address": "上海市徐汇区漕溪北路 88 号 1203 室"})).await["id"].clone();
    let (status, order) = seller
        .post(
            "/orders",
            json!({"customer": customer, "promised_on": "2026-12-24", "note": "送货前先打 13812345678", "lines": [
                {"item": 1, "quantity": "1", "price": "4999.99", "discount": 500, "spec": "2.4 m 胡桃色"},
                {"item": 3, "quantity": "2.375", "price": "128.00"}],
                "splits": [{"person": li, "share": 6667}, {"person": han, "share": 3333}]}),
        )
        .await;
    assert_eq!(status, 201, "{order}");
    for (field, wanted) in [
        ("state", json!("draft")),
        ("amount", json!("5053.99")),
        ("paid", json!("0.00")),
        ("promised_on", json!("2026-12-24")),
        ("address", json!("上海市徐汇区漕溪北路 88 号 1203 室")),
        ("note", json!("送货前先打 13812345678")),
        ("owner", json!(li)),
        ("late", json!(false)),
    ] {
        assert_eq!(order[field], wanted, "{field}: {order}");
    }
    assert_eq!((&order["lines"][0]["amount"], &order["lines"][1]["amount"]), (&json!("4749.99"), &json!("304.00")), "{order}");
    assert_eq!((&order["splits"][0]["amount"], &order["splits"][1]["amount"]), (&json!("3369.50"), &json!("1684.49")), "{order}");
    assert_eq!(order["code"], format!("SO{:06}", order["id"].as_i64().unwrap()));
    let bytes = hub.bytes().await;
    for clear in ["漕溪北路", "13812345678"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    let path = format!("/orders/{}", order["id"]);
    for (body, rule) in [
        (json!({"lines": []}), "line_count"),
        (json!({"lines": [line(99, "1", "1.00")]}), "item_exists"),
        (json!({"lines": [line(1, "1.5", "1.00")]}), "line_range"),
        (json!({"lines": [line(1, "0", "1.00")]}), "line_range"),
        (json!({"lines": [line(1, "1", "-1.00")]}), "line_range"),
        (json!({"lines": [{"item": 1, "quantity": "1"}]}), "price_needed"),
        (json!({"lines": [{"item": 1, "quantity": "1", "price": "1.00", "discount": 10001}]}), "line_range"),
        (json!({"splits": [{"person": li, "share": 9999}]}), "shares_sum"),
        (json!({"splits": [{"person": li, "share": 5000}, {"person": li, "share": 5000}]}), "shares_sum"),
        (json!({"splits": [{"person": far, "share": 10000}]}), "person_exists"),
        (json!({"promised_on": "24.12.2026"}), "day"),
        (json!({"address": "上海****"}), "address_shape"),
        (json!({"customer": 999}), "order_stays"),
        (json!({"owner": han}), "role"),
    ] {
        let (status, refused) = patch(&seller, &path, 1, body).await;
        assert!((400..500).contains(&status) && refused["rule"] == rule, "{rule}: {refused}");
    }
    assert_eq!(seller.post("/orders", json!({"lines": [line(1, "1", "1.00")]})).await.1["field"], "customer");
    assert_eq!(seller.post("/orders", json!({"customer": customer})).await.1["field"], "lines");
    let (_, changed) = patch(&seller, &path, 1, json!({"lines": [line(2, "3", "100.01")], "promised_on": null})).await;
    assert_eq!(
        (&changed["amount"], &changed["promised_on"], &changed["version"]),
        (&json!("300.03"), &Value::Null, &json!(2)),
        "{changed}"
    );
    assert_eq!((&changed["splits"][0]["amount"], &changed["splits"][1]["amount"]), (&json!("200.03"), &json!("100.00")), "{changed}");
    assert_eq!(patch(&seller, &path, 1, json!({"note": "x"})).await.0, 412);
    // Found by number and by whose it is; a colleague who has a share reads it.
    assert_eq!(seller.read("/search?q=wangnvshi&kinds=order").await["items"][0]["kind"], "order");
    assert_eq!(
        (seller.read("/orders?q=SO0").await["total"].as_i64(), colleague.read("/orders").await["total"].as_i64()),
        (Some(1), Some(1))
    );
    assert_eq!((colleague.get(&path).await.0, patch(&colleague, &path, 2, json!({"promised_on": null})).await.0), (200, 403));
    assert_eq!(
        seller.read("/orders/choices").await["people"].as_array().unwrap().len(),
        4,
        "who may sell: two sellers, the manager, and one above"
    );
    let timeline = seller.read(&format!("{path}/timeline")).await;
    assert_eq!((&timeline["items"][0]["action"], &timeline["items"][1]["action"]), (&json!("change"), &json!("create")), "{timeline}");
    hub.stop().await;
}

#[tokio::test]
async fn a_confirmed_order_holds_goods_that_are_there_and_its_pick_is_made_at_their_site() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    assert_eq!(available(&seller, 4).await, ("1".into(), "0".into(), "1".into()), "one wardrobe is complete");
    let set = ordered(&seller, &customer, json!([line(4, "1", "6000.00"), line(3, "2.5", "128.00")])).await["id"].clone();
    let (status, confirmed) = act(&seller, &set, "confirm", json!({})).await;
    assert_eq!(
        (status, &confirmed["state"], &confirmed["reserved"], &confirmed["site"]),
        (200, &json!("confirmed"), &json!(true), &json!(1)),
        "{confirmed}"
    );
    let task = confirmed["pick"]["task"].clone();
    let pick = manager.read(&format!("/tasks/{task}")).await;
    assert_eq!((&pick["kind"], &pick["reference"]), (&json!("pick"), &confirmed["code"]), "{pick}");
    assert_eq!(pick["lines"].as_array().unwrap().len(), 5, "three cartons, chairs, cloth: {pick}");
    assert_eq!(available(&seller, 4).await, ("1".into(), "1".into(), "0".into()));
    assert_eq!(available(&seller, 2).await, ("9".into(), "2".into(), "7".into()), "two chairs are in the set");
    assert_eq!(available(&seller, 3).await, ("20".into(), "2.5".into(), "17.5".into()));
    assert_eq!(
        patch(&seller, &format!("/orders/{set}"), confirmed["version"].as_i64().unwrap(), json!({"lines": [line(2, "1", "1.00")]})).await.1
            ["rule"],
        "order_state"
    );

    // Nobody gets what is promised already; an order without goods waits for them.
    let second = ordered(&seller, &customer, json!([line(1, "1", "5000.00")])).await["id"].clone();
    assert_eq!(act(&seller, &second, "confirm", json!({})).await.1["rule"], "stock_available");
    let (_, short) = act(&seller, &second, "confirm", json!({"site": 1})).await;
    assert_eq!((&short["rule"], &short["item"], &short["missing"]), (&json!("stock_available"), &json!(1), &json!("1")), "{short}");
    assert_eq!(
        act(&seller, &second, "confirm", json!({"site": 2})).await.1["rule"],
        "site_sells",
        "the store beside keeps what is its own"
    );
    let (_, waits) = act(&seller, &second, "confirm", json!({"without_goods": true})).await;
    assert_eq!((&waits["state"], &waits["reserved"], &waits["pick"]), (&json!("confirmed"), &json!(false), &Value::Null), "{waits}");
    assert_eq!(act(&seller, &second, "reserve", json!({})).await.1["rule"], "stock_available");
    assert!(elsewhere.read("/availability?item=2").await["sites"][0]["on_hand"] == "0", "a store sees its own goods");

    // Money comes, and the first order is called off: its goods are free, its pick is withdrawn, its money is held.
    let paid = json!({"amount": "1000.00", "method": "wechat", "order": set});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    assert_eq!(seller.read(&format!("/orders/{set}")).await["paid"], "1000.00");
    assert_eq!(act(&seller, &set, "cancel", json!({"reason": ""})).await.1["rule"], "reason_length");
    let (status, cancelled) = act(&seller, &set, "cancel", json!({"reason": "客户改了主意"})).await;
    assert_eq!((status, &cancelled["state"], &cancelled["reserved"]), (200, &json!("cancelled"), &json!(false)), "{cancelled}");
    assert_eq!(manager.read(&format!("/tasks/{task}")).await["state"], "withdrawn");
    let account = seller.read(&format!("/customers/{customer}/account")).await;
    assert_eq!((&account["held"], &account["applied"]), (&json!("1000.00"), &json!("0.00")), "{account}");
    let late = json!({"amount": "1.00", "to": set});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments/move"), late).await.1["rule"], "order_open");
    let (status, reserved) = act(&seller, &second, "reserve", json!({})).await;
    assert_eq!((status, &reserved["reserved"], &reserved["pick"]["state"]), (200, &json!(true), &json!("open")), "{reserved}");

    // Six sell two chairs each at once, of nine: four get theirs.
    let mut orders = Vec::new();
    for _ in 0..6 {
        orders.push(ordered(&seller, &customer, json!([line(2, "2", "100.00")])).await["id"].clone());
    }
    let answers = futures_util::future::join_all(orders.iter().map(|order| act(&seller, order, "confirm", json!({})))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 4, "{answers:?}");
    assert_eq!(available(&seller, 2).await, ("9".into(), "8".into(), "1".into()));
    let over = "SELECT COUNT(*) FROM (SELECT item_id FROM reservation WHERE released_ms IS NULL GROUP BY item_id HAVING item_id = 2 AND SUM(quantity) > 9000) x";
    assert_eq!(hub.number(over).await, 0);
    hub.stop().await;
}

#[tokio::test]
async fn an_order_ships_when_its_pick_is_complete_and_the_customer_becomes_a_regular() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, dispatcher) = somebody(&hub, &admin, "disp", "dispatcher", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let who = async || seller.read(&format!("/customers/{customer}")).await;
    assert_eq!((&who().await["class"], &who().await["order_count"]), (&json!("prospect"), &json!(0)));
    let order = ordered(&seller, &customer, json!([line(1, "1", "5000.00"), line(2, "2", "100.00")])).await["id"].clone();
    assert_eq!(who().await["order_count"], 0, "a draft is no purchase");
    let (_, confirmed) = act(&seller, &order, "confirm", json!({})).await;
    let bought = who().await;
    assert_eq!(
        (&bought["class"], &bought["order_count"], &bought["last_order_on"]),
        (&json!("client"), &json!(1), &confirmed["ordered_on"])
    );
    assert_eq!(act(&seller, &order, "ship", json!({})).await.1["rule"], "role");
    assert_eq!(act(&dispatcher, &order, "ship", json!({})).await.1["rule"], "pick_complete");
    assert_eq!(act(&dispatcher, &order, "ship", json!({"reason": "客户急用"})).await.1["rule"], "pick_complete", "that is for others");
    assert_eq!(act(&manager, &order, "ship", json!({})).await.1["rule"], "reason_length");
    picked(&hub, &confirmed["pick"]["task"], true).await;
    let shown = seller.read(&format!("/orders/{order}")).await;
    assert_eq!(
        (&shown["pick"]["done"], &shown["pick"]["asked"], &shown["pick"]["complete"]),
        (&json!("5"), &json!("5"), &json!(true)),
        "{shown}"
    );
    let (status, shipped) = act(&dispatcher, &order, "ship", json!({})).await;
    assert_eq!((status, &shipped["state"], &shipped["reserved"]), (200, &json!("shipped"), &json!(false)), "{shipped}");
    assert_eq!(available(&seller, 2).await, ("7".into(), "0".into(), "7".into()), "two are with the customer");
    assert_eq!(
        hub.number("SELECT CAST(SUM(quantity) AS BIGINT) FROM stock WHERE location_id = 5").await,
        0,
        "nothing is left at the staging place"
    );
    let ledger = qitao_hub::inventory::tie_out(hub.db.read()).await.unwrap();
    assert_eq!(ledger, []);
    assert_eq!(act(&seller, &order, "cancel", json!({"reason": "晚了"})).await.1["rule"], "order_state");
    assert_eq!(act(&seller, &order, "complete", json!({"delivered_on": "2999-01-01"})).await.1["rule"], "day");
    let (status, completed) = act(&seller, &order, "complete", json!({})).await;
    assert_eq!(
        (status, &completed["state"], &completed["delivered_on"]),
        (200, &json!("completed"), &confirmed["ordered_on"]),
        "{completed}"
    );
    assert_eq!(who().await["class"], "regular");
    let timeline = seller.read(&format!("/customers/{customer}/timeline")).await;
    let classes: Vec<&Value> =
        timeline["items"].as_array().unwrap().iter().filter(|row| row["action"] == "class").map(|row| &row["new"]["class"]).collect();
    assert_eq!(classes, [&json!("regular"), &json!("client")], "{timeline}");

    // A pick that fell short ships by a right and for a reason.
    let second = ordered(&seller, &customer, json!([line(2, "1", "100.00")])).await["id"].clone();
    let (_, confirmed) = act(&seller, &second, "confirm", json!({})).await;
    assert_eq!(who().await["class"], "regular", "it only goes up");
    picked(&hub, &confirmed["pick"]["task"], false).await;
    assert_eq!(act(&dispatcher, &second, "ship", json!({"reason": "先送"})).await.1["rule"], "pick_complete");
    let (status, short) = act(&manager, &second, "ship", json!({"reason": "客户同意先送"})).await;
    assert_eq!((status, &short["state"], &short["reason"]), (200, &json!("shipped"), &json!("客户同意先送")), "{short}");

    // What is late.
    let third = ordered(&seller, &customer, json!([line(2, "1", "100.00")])).await["id"].clone();
    assert_eq!(
        patch(&seller, &format!("/orders/{third}"), 1, json!({"promised_on": "2020-01-01"})).await.1["late"],
        false,
        "a draft is never late"
    );
    assert_eq!(act(&seller, &third, "confirm", json!({})).await.1["late"], true);
    let late = seller.read("/orders?late=true").await;
    assert_eq!((&late["total"], &late["items"][0]["id"]), (&json!(1), &third), "{late}");
    assert_eq!(seller.read("/orders?state=completed,shipped").await["total"], 2);
    let sheet =
        answer(manager.request(Method::POST, "/exports").json(&json!({"list": "orders", "format": "csv", "filters": {"late": true}})))
            .await;
    assert_eq!((sheet.0, &sheet.1["rows"]), (201, &json!(1)), "{}", sheet.1);
    hub.stop().await;
}

#[tokio::test]
async fn a_discount_beyond_the_price_list_waits_for_somebody_who_may_give_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let chain = list(&admin, "CHAIN", json!({"most_discount_bp": 1000})).await;
    put(&admin, chain, 2, 10_000).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let discounted = |discount: i64| json!([{"item": 2, "quantity": "2", "discount": discount}]);
    let fair = ordered(&seller, &customer, discounted(1000)).await;
    assert_eq!(
        (&fair["amount"], &fair["lines"][0]["offer"]["most_discount_bp"]),
        (&json!("180.00"), &json!(1000)),
        "the list's price: {fair}"
    );
    assert_eq!(act(&seller, &fair["id"], "confirm", json!({})).await.0, 200);

    let order = ordered(&seller, &customer, discounted(1001)).await["id"].clone();
    let (status, refused) = act(&seller, &order, "confirm", json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("discount_approval")), "{refused}");
    let waiting = manager.read("/orders?approval=asked").await;
    assert_eq!((&waiting["total"], &waiting["items"][0]["id"]), (&json!(1), &order), "{waiting}");
    assert_eq!(act(&seller, &order, "approval", json!({"approve": true})).await.1["rule"], "role");
    assert_eq!(act(&manager, &order, "approval", json!({"approve": false})).await.1["rule"], "reason_length");
    let (_, rejected) = act(&manager, &order, "approval", json!({"approve": false, "note": "太低了"})).await;
    assert_eq!((&rejected["approval"], &rejected["approval_note"]), (&json!("rejected"), &json!("太低了")), "{rejected}");
    assert_eq!(act(&seller, &order, "confirm", json!({})).await.1["rule"], "discount_approval", "it is asked for again");
    let (_, approved) = act(&manager, &order, "approval", json!({"approve": true})).await;
    let version = approved["version"].as_i64().unwrap();
    let lower = json!({"lines": discounted(5000)});
    let (_, changed) = patch(&seller, &format!("/orders/{order}"), version, lower).await;
    assert_eq!(changed["approval"], "", "what was approved were other lines: {changed}");
    assert_eq!(act(&seller, &order, "confirm", json!({})).await.1["rule"], "discount_approval");
    assert_eq!(act(&manager, &order, "approval", json!({"approve": true})).await.0, 200);
    assert_eq!(act(&seller, &order, "confirm", json!({})).await.1["state"], "confirmed");
    // A lower price is a discount too; whoever may approve confirms at once.
    let lower = ordered(&seller, &customer, json!([line(2, "1", "50.00")])).await["id"].clone();
    assert_eq!(act(&manager, &lower, "confirm", json!({})).await.1["approval"], "approved");
    hub.stop().await;
}
