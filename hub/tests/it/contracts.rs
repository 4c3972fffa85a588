//! Contracts: made of a quote or by hand, paid in instalments, signed with scan and final design, and the order that comes of one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, Running, answer};
use crate::orders::act as on_order;
use crate::prices::{list, put};
use crate::sheets::{form, send};

/// An act on a contract as it is now.
async fn act(desk: &Desk, contract: &Value, what: &str, body: Value) -> (u16, Value) {
    let version = desk.read(&format!("/contracts/{contract}")).await["version"].clone();
    let request = desk.request(Method::POST, &format!("/contracts/{contract}/{what}")).header("if-match", format!("\"{version}\""));
    answer(request.json(&body)).await
}

async fn attach(desk: &Desk, path: &str, kind: &str) -> Value {
    let (status, file) = send(desk, &format!("{path}/files?kind={kind}"), form(&[], "scan.txt", b"scan")).await;
    assert_eq!(status, 201, "{file}");
    file["id"].clone()
}

async fn agreed(desk: &Desk, contract: Value) -> Value {
    let (status, made) = desk.post("/contracts", contract).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// A draft with everything that it is signed with.
async fn ready(desk: &Desk, contract: Value) -> Value {
    let id = agreed(desk, contract).await["id"].clone();
    for kind in ["contract_scan", "final_design"] {
        attach(desk, &format!("/contracts/{id}"), kind).await;
    }
    id
}

async fn accept(desk: &Desk, quote: &Value) -> (u16, Value) {
    answer(desk.request(Method::POST, &format!("/quotes/{quote}/accept")).header("if-match", "\"1\"")).await
}

fn kinds(of: &Value) -> Vec<&str> {
    of["missing"].as_array().unwrap_or_else(|| panic!("{of}")).iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

fn line(item: i64, quantity: &str, price: &str) -> Value {
    json!({"item": item, "quantity": quantity, "price": price})
}

fn part(name: &str, amount: &str, due: Option<&str>) -> Value {
    json!({"name": name, "amount": amount, "due_on": due})
}

#[tokio::test]
async fn a_contract_of_a_quote_is_signed_with_scan_and_final_design_and_its_order_is_not_typed_again() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let opportunity = seller.post("/opportunities", json!({"customer": customer, "title": "三居室"})).await.1["id"].clone();
    let lines = json!([line(2, "4", "299.00"), {"item": 3, "quantity": "2.5", "price": "128.00", "spec": "亚麻 2.5 m"}]);
    let (_, quote) = seller.post("/quotes", json!({"customer": customer, "opportunity": opportunity, "lines": lines})).await;
    let new = json!({"quote": quote["id"], "terms": "交货前付清。", "instalments":
        [part("定金", "500.00", Some("2026-01-01")), part("尾款", "1016.00", Some("2199-01-01"))]});
    let once = async || {
        let request = seller.request(Method::POST, "/contracts").header("idempotency-key", "k1");
        answer(request.json(&new)).await
    };
    let ((status, contract), again) = (once().await, once().await);
    assert_eq!((status, &again.1["id"]), (201, &contract["id"]), "{contract}");
    for (field, wanted) in [
        ("state", json!("draft")),
        ("customer", customer.clone()),
        ("opportunity", opportunity.clone()),
        ("opportunity_title", json!("三居室")),
        ("quote", quote["id"].clone()),
        ("quote_code", quote["code"].clone()),
        ("quote_number", json!(1)),
        ("amount", json!("1516.00")),
        ("paid", json!("0.00")),
        ("orders", json!([])),
        ("overdue", json!(false)),
    ] {
        assert_eq!(contract[field], wanted, "{field}: {contract}");
    }
    assert_eq!((&contract["lines"][1]["spec"], &contract["lines"][0]["price"]), (&json!("亚麻 2.5 m"), &json!("299.00")));
    assert_eq!(contract["code"], format!("HT{:06}", contract["id"].as_i64().unwrap()));
    let (id, path) = (contract["id"].clone(), format!("/contracts/{}", contract["id"]));

    // Every rule names its field.
    for (body, rule) in [
        (json!({"instalments": []}), "instalments_sum"),
        (json!({"instalments": [part("定金", "1515.99", None)]}), "instalments_sum"),
        (json!({"instalments": [part("", "1516.00", None)]}), "instalments_sum"),
        (json!({"instalments": [part("全款", "1516.00", Some("1.1.2026"))]}), "day"),
        (json!({"lines": [line(1, "1", "1.00")]}), "instalments_sum"),
        (json!({"lines": []}), "line_count"),
        (json!({"opportunity": 999}), "not_found"),
        (json!({"customer": 999}), "contract_stays"),
        (json!({"quote": 999}), "contract_stays"),
        (json!({"owner": 999}), "role"),
    ] {
        let (status, refused) = patch(&seller, &path, 1, body).await;
        assert!((400..500).contains(&status) && refused["rule"] == rule, "{rule}: {refused}");
    }
    for (body, rule) in [
        (json!({"customer": customer}), "needed"),
        (json!({"lines": lines}), "needed"),
        (json!({"quote": 999}), "not_found"),
        (json!({"quote": quote["id"], "quote_number": 9}), "not_found"),
        (json!({"quote": quote["id"], "customer": 999}), "contract_stays"),
    ] {
        let refused = seller.post("/contracts", body).await.1;
        assert_eq!(refused["rule"], rule, "{refused}");
    }

    // Only its owner and who leads them see it; what is missing is said by page and refusal alike.
    assert_eq!((colleague.get(&path).await.0, far.get(&path).await.0), (404, 404));
    assert_eq!(far.get(&format!("{path}/files")).await.0, 404);
    assert_eq!(kinds(&contract), ["contract_scan", "final_design"]);
    let (status, refused) = act(&seller, &id, "sign", json!({})).await;
    assert_eq!((status, &refused["rule"], kinds(&refused)), (409, &json!("contract_files"), vec!["contract_scan", "final_design"]));
    attach(&seller, &path, "photo").await;
    let scan = attach(&seller, &path, "contract_scan").await;
    assert_eq!(kinds(&act(&seller, &id, "sign", json!({})).await.1), ["final_design"]);
    let design = attach(&seller, &path, "final_design").await;
    assert_eq!(act(&seller, &id, "sign", json!({"signed_on": "2999-01-01"})).await.1["rule"], "day");
    assert_eq!(act(&seller, &id, "sign", json!({"order": 999})).await.1["rule"], "not_found");
    let (status, signed) = act(&seller, &id, "sign", json!({"signed_on": "2026-01-02"})).await;
    assert_eq!((status, &signed["state"], &signed["signed_on"]), (200, &json!("signed"), &json!("2026-01-02")), "{signed}");
    let order = seller.read(&format!("/orders/{}", signed["orders"][0]["id"])).await;
    for (field, wanted) in [
        ("contract", id.clone()),
        ("contract_code", contract["code"].clone()),
        ("quote", quote["id"].clone()),
        ("opportunity", opportunity.clone()),
        ("amount", json!("1516.00")),
        ("state", json!("draft")),
    ] {
        assert_eq!(order[field], wanted, "{field}: {order}");
    }
    assert_eq!(order["lines"][1]["spec"], "亚麻 2.5 m");
    let accepted = seller.read(&format!("/quotes/{}", quote["id"])).await;
    assert_eq!((&accepted["state"], &accepted["order_code"]), (&json!("accepted"), &order["code"]));
    assert_eq!(seller.read(&format!("/customers/{customer}")).await["class"], "client");
    assert_eq!(patch(&seller, &path, signed["version"].as_i64().unwrap(), json!({"terms": "x"})).await.1["rule"], "contract_state");
    for file in [&scan, &design] {
        let (_, kept) = answer(seller.request(Method::DELETE, &format!("/files/{file}"))).await;
        assert_eq!(kept["rule"], "signed_files_stay", "{kept}");
    }
    attach(&seller, &path, "contract_scan").await;
    let gone = seller.request(Method::DELETE, &format!("/files/{scan}")).send().await.unwrap();
    assert_eq!(gone.status(), 204, "there is another one");

    // The ledger: by state, days, instalments that are due; what is paid of the order covers the first ones.
    let count = async |query: &str| seller.read(&format!("/contracts?{query}")).await["total"].as_i64().unwrap();
    for (query, wanted) in [
        ("state=signed", 1),
        ("state=draft,void", 0),
        ("signed_from=2026-01-02&signed_to=2026-01-02", 1),
        ("signed_from=2026-01-03", 0),
        ("due=0", 1),
        ("owner=me&q=HT0", 1),
        ("customer=999", 0),
    ] {
        assert_eq!(count(query).await, wanted, "{query}");
    }
    assert_eq!(count(&format!("opportunity={opportunity}&quote={}", quote["id"])).await, 1);
    for wrong in ["state=x", "due=-1", "due=9999", "signed_from=x", "approval=x", "owner=x"] {
        assert_eq!(seller.get(&format!("/contracts?{wrong}")).await.1["rule"], "filter_value", "{wrong}");
    }
    let counters = seller.read("/home").await;
    let due = counters["counters"].as_array().unwrap().iter().find(|row| row["name"] == "instalments_due").unwrap().clone();
    assert_eq!((&due["count"], &due["link"]), (&json!(1), &json!("/contracts?due=0")));
    let paid = json!({"amount": "600.00", "method": "wechat", "order": order["id"]});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    assert_eq!(count("due=0").await, 0);
    let shown = seller.read(&path).await;
    assert_eq!(
        (&shown["paid"], &shown["instalments"][0]["paid"], &shown["instalments"][1]["paid"], &shown["next_due_on"]),
        (&json!("600.00"), &json!("500.00"), &json!("100.00"), &json!("2199-01-01")),
        "{shown}"
    );
    assert_eq!(seller.read("/search?q=wangnvshi&kinds=contract").await["items"][0]["code"], contract["code"]);
    let actions = |timeline: &Value| -> Vec<String> {
        timeline["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    };
    let timeline = seller.read(&format!("{path}/timeline")).await;
    assert_eq!(actions(&timeline), ["detach", "attach", "sign", "attach", "attach", "attach", "create"], "{timeline}");
    let story = seller.read(&format!("/customers/{customer}/timeline")).await;
    assert!(actions(&story).contains(&"contract".to_owned()), "{story}");

    // It ends with its order.
    assert_eq!(act(&seller, &id, "complete", json!({})).await.1["rule"], "contract_order_open");
    assert_eq!(act(&seller, &id, "void", json!({"reason": "客户不买了"})).await.1["rule"], "contract_order_open");
    assert_eq!(on_order(&seller, &order["id"], "cancel", json!({"reason": "客户不买了"})).await.0, 200);
    assert_eq!(act(&seller, &id, "complete", json!({})).await.1["rule"], "contract_delivered", "nothing was delivered");
    assert_eq!(act(&seller, &id, "void", json!({"reason": ""})).await.1["rule"], "reason_length");
    let (status, void) = act(&seller, &id, "void", json!({"reason": "客户不买了"})).await;
    assert_eq!((status, &void["state"], &void["reason"]), (200, &json!("void"), &json!("客户不买了")), "{void}");
    hub.stop().await;
}

#[tokio::test]
async fn a_discount_beyond_the_list_is_approved_before_it_is_signed_and_an_order_that_is_there_is_linked() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let prices = list(&admin, "CHAIN", json!({"most_discount_bp": 1000})).await;
    put(&admin, prices, 2, 10_000).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let other = made(&seller, json!({"name": "李先生"})).await["id"].clone();
    let given_away = json!({"item": 2, "quantity": "2", "discount": 3000});
    let contract = agreed(&seller, json!({"customer": customer, "lines": [given_away]})).await;
    assert_eq!((&contract["amount"], &contract["needs_approval"]), (&json!("140.00"), &json!(true)), "{contract}");
    assert_eq!((&contract["instalments"][0]["amount"], &contract["instalments"][0]["name"]), (&json!("140.00"), &json!("全款")));
    let (id, path) = (contract["id"].clone(), format!("/contracts/{}", contract["id"]));
    for kind in ["contract_scan", "final_design"] {
        attach(&seller, &path, kind).await;
    }
    let (status, refused) = act(&seller, &id, "sign", json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("discount_approval")), "{refused}");
    assert_eq!(manager.read("/contracts?approval=asked").await["total"], 1);
    assert_eq!(act(&seller, &id, "approval", json!({"approve": true})).await.1["rule"], "role");
    assert_eq!(act(&manager, &id, "approval", json!({"approve": false})).await.1["rule"], "reason_length");
    assert_eq!(act(&manager, &id, "approval", json!({"approve": true, "note": "老客户"})).await.1["approval"], "approved");
    let (status, signed) = act(&seller, &id, "sign", json!({})).await;
    assert_eq!(status, 200, "{signed}");
    let order = signed["orders"][0]["id"].clone();
    assert_eq!(seller.read(&format!("/orders/{order}")).await["approval"], "approved", "nobody approves it twice");
    let (status, confirmed) = on_order(&seller, &order, "confirm", json!({})).await;
    assert_eq!((status, &confirmed["state"]), (200, &json!("confirmed")), "{confirmed}");
    hub.sql(&format!("UPDATE sales_order SET state = 'completed' WHERE id = {order}")).await;
    let done = act(&seller, &id, "complete", json!({})).await.1;
    assert_eq!((&done["state"], &done["approval"]), (&json!("done"), &json!("approved")), "{done}");

    // An order that is there: the customer's, without a contract, of the same amount. That of the quote is found by itself.
    let lines = json!([line(3, "1", "128.00")]);
    let there = seller.post("/orders", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
    let foreign = seller.post("/orders", json!({"customer": other, "lines": lines})).await.1["id"].clone();
    let second = ready(&seller, json!({"customer": customer, "lines": lines})).await;
    for wrong in [&foreign, &order] {
        let refused = act(&seller, &second, "sign", json!({"order": wrong})).await.1;
        assert_eq!(refused["rule"], "order_fits");
        assert!(refused["detail"].as_str().unwrap().contains(&format!("SO{:06}", wrong.as_i64().unwrap())), "{refused}");
    }
    let (status, linked) = act(&seller, &second, "sign", json!({"order": there})).await;
    assert_eq!((status, &linked["orders"][0]["id"], linked["orders"].as_array().unwrap().len()), (200, &there, 1), "{linked}");
    let (_, quote) = seller.post("/quotes", json!({"customer": customer, "lines": lines})).await;
    let third = ready(&seller, json!({"quote": quote["id"]})).await;
    let (_, accepted) = accept(&seller, &quote["id"]).await;
    let (status, linked) = act(&seller, &third, "sign", json!({})).await;
    assert_eq!((status, &linked["orders"][0]["id"]), (200, &accepted["order"]), "goods are not sold twice: {linked}");
    assert_eq!(hub.number("SELECT COUNT(*) FROM sales_order").await, 4);
    hub.stop().await;
}

#[tokio::test]
async fn a_quote_is_sold_once_whoever_comes_first() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let lines = json!([line(3, "1", "128.00")]);
    let quoted = async || seller.post("/quotes", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
    let live = async |quote: &Value| {
        hub.number(&format!("SELECT COUNT(*) FROM sales_order WHERE state <> 'cancelled' AND quote_id = {quote}")).await
    };
    let detail = |refused: &Value| refused["detail"].as_str().unwrap_or_else(|| panic!("{refused}")).to_owned();

    // Accepting and signing at once: one of them makes the order.
    for round in 0..6 {
        let quote = quoted().await;
        let (one, other) =
            (ready(&seller, json!({"quote": quote})).await, ready(&seller, json!({"quote": quote, "terms": "第二份"})).await);
        let (signed, again, accepted) =
            tokio::join!(act(&seller, &one, "sign", json!({})), act(&seller, &other, "sign", json!({})), accept(&seller, &quote));
        let codes = [signed.0, again.0, accepted.0];
        assert!(codes.iter().all(|code| [200, 201, 409, 412].contains(code)), "{round}: {signed:?} {again:?} {accepted:?}");
        assert_eq!([signed.0, again.0].iter().filter(|code| **code == 200).count(), 1, "{round}: {signed:?} {again:?}");
        assert_eq!(live(&quote).await, 1, "{round}: {codes:?}");
    }

    // The second contract of a quote is told which order and contract there are; a cancelled order is nobody's.
    let quote = quoted().await;
    let (first, second) = (ready(&seller, json!({"quote": quote})).await, ready(&seller, json!({"quote": quote})).await);
    let (_, signed) = act(&seller, &first, "sign", json!({})).await;
    let order = signed["orders"][0].clone();
    assert_eq!(seller.read(&format!("/quotes/{quote}")).await["contract"], first);
    let (status, refused) = act(&seller, &second, "sign", json!({})).await;
    assert_eq!((status, &refused["rule"], &refused["order"]), (409, &json!("quote_sold"), &order["code"]), "{refused}");
    assert!(detail(&refused).contains(signed["code"].as_str().unwrap()), "{refused}");
    assert_eq!(on_order(&seller, &order["id"], "cancel", json!({"reason": "重签"})).await.0, 200);
    assert_eq!(seller.read(&format!("/quotes/{quote}")).await["contract"], Value::Null);
    let (status, signed) = act(&seller, &second, "sign", json!({})).await;
    assert_eq!((status, live(&quote).await), (200, 1), "{signed}");
    assert_eq!(seller.read(&format!("/quotes/{quote}")).await["order"], signed["orders"][0]["id"], "not the cancelled one");

    // An order of another amount, or of somebody else, is not picked without a word.
    let quote = quoted().await;
    let third = ready(&seller, json!({"quote": quote, "lines": [line(3, "2", "128.00")]})).await;
    let order = accept(&seller, &quote).await.1["order"].clone();
    let (status, refused) = act(&seller, &third, "sign", json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("quote_sold")), "{refused}");
    assert!(detail(&refused).contains(&format!("SO{:06}", order.as_i64().unwrap())) && detail(&refused).contains("金额不同"), "{refused}");
    let fourth = ready(&seller, json!({"quote": quote})).await;
    hub.sql(&format!("UPDATE sales_order SET owner_id = {han} WHERE id = {order}")).await;
    let (status, refused) = act(&seller, &fourth, "sign", json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("quote_sold")), "{refused}");
    assert!(detail(&refused).contains("不归您负责"), "{refused}");

    // An order made by hand is the quote's once it is linked to its contract.
    let quote = quoted().await;
    let by_hand = seller.post("/orders", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
    let (fifth, sixth) = (ready(&seller, json!({"quote": quote})).await, ready(&seller, json!({"quote": quote})).await);
    assert_eq!(act(&seller, &fifth, "sign", json!({"order": by_hand})).await.0, 200);
    assert_eq!(seller.read(&format!("/quotes/{quote}")).await["order"], by_hand);
    assert_eq!(act(&seller, &sixth, "sign", json!({})).await.1["rule"], "quote_sold");

    // What is offered no more is not agreed, unless it was accepted in time.
    let quote = quoted().await;
    hub.sql("UPDATE quote_version SET valid_until = '2020-01-01'").await;
    assert_eq!(seller.post("/contracts", json!({"quote": quote})).await.1["rule"], "quote_valid");
    hub.sql(&format!("UPDATE quote SET state = 'accepted' WHERE id = {quote}")).await;
    assert_eq!(seller.post("/contracts", json!({"quote": quote})).await.0, 201);
    hub.stop().await;
}

#[tokio::test]
async fn the_order_of_a_contract_comes_to_its_amount_is_not_judged_again_and_counts_for_whom_the_customer_was() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (far, _) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let (_, dispatcher) = somebody(&hub, &admin, "zhou", "dispatcher", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let prices = list(&admin, "CHAIN", json!({"most_discount_bp": 1000})).await;
    put(&admin, prices, 2, 10_000).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let stranger = json!({"customer": customer, "owner": far, "lines": [line(2, "1", "100.00")]});
    let (status, refused) = manager.post("/contracts", stranger).await;
    assert_eq!((status, &refused["rule"]), (422, &json!("owner_exists")), "who sells elsewhere has no order here: {refused}");
    let draft = json!({"customer": customer, "lines": [{"item": 2, "quantity": "2", "discount": 1000}], "instalments":
        [part("全款", "180.00", Some("2026-01-01"))]});
    let id = ready(&seller, draft).await;
    let path = format!("/contracts/{id}");
    let version = seller.read(&path).await["version"].as_i64().unwrap();
    let (status, changed) = patch(&seller, &path, version, json!({"terms": "电话 13812345678，送货前联系。"})).await;
    assert_eq!((status, &changed["terms"]), (200, &json!("电话 13812345678，送货前联系。")), "{changed}");
    let timeline = seller.read(&format!("{path}/timeline")).await;
    assert_eq!(timeline["items"][0]["new"]["terms"]["characters"], 21, "{timeline}");
    assert!(!timeline.to_string().contains("13812345678"), "{timeline}");
    let noted = timeline["items"].as_array().unwrap().iter().find(|row| row["action"] == "create").unwrap();
    assert_eq!(noted["new"]["lines"][0]["name"], "橡木餐椅", "nobody has to ask what it is called");

    // The list was tightened since: what is agreed is agreed.
    let tight = list(&admin, "TIGHT", json!({"valid_from": "2026-02-01", "most_discount_bp": 0})).await;
    put(&admin, tight, 2, 20_000).await;
    let (status, signed) = act(&seller, &id, "sign", json!({})).await;
    assert_eq!((status, &signed["overdue"]), (200, &json!(true)), "{signed}");
    let seen = dispatcher.read(&path).await;
    assert_eq!((&seen["paid"], &seen["overdue"], &seen["instalments"][0]["overdue"]), (&Value::Null, &Value::Null, &Value::Null), "{seen}");
    let order = signed["orders"][0]["id"].clone();
    let on = format!("/orders/{order}");
    let version = seller.read(&on).await["version"].as_i64().unwrap();
    let (status, refused) = patch(&seller, &on, version, json!({"lines": [line(2, "2", "10.00")]})).await;
    assert_eq!((status, &refused["rule"], &refused["contract"]), (422, &json!("contract_amount"), &signed["code"]), "{refused}");
    let (status, changed) = patch(&seller, &on, version, json!({"lines": [line(2, "1", "180.00")]})).await;
    assert_eq!((status, &changed["amount"]), (200, &json!("180.00")), "the same amount: {changed}");
    let (status, confirmed) = on_order(&seller, &order, "confirm", json!({})).await;
    assert_eq!((status, &confirmed["state"]), (200, &json!("confirmed")), "{confirmed}");

    // She was a prospect until she signed; what she buys next counts for a client.
    assert_eq!(hub.number("SELECT CAST(SUM(orders) AS BIGINT) FROM sales_day WHERE customer_class = 'prospect'").await, 1);
    let next = seller.post("/orders", json!({"customer": customer, "lines": [line(3, "1", "128.00")]})).await.1["id"].clone();
    assert_eq!(on_order(&seller, &next, "confirm", json!({})).await.0, 200);
    assert_eq!(hub.number("SELECT CAST(SUM(orders) AS BIGINT) FROM sales_day WHERE customer_class = 'client'").await, 1);
    hub.stop().await;
}

#[tokio::test]
async fn an_order_is_signed_on_a_phone_and_lines_that_change_take_the_signature_away() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let order = seller.post("/orders", json!({"customer": customer, "lines": [line(2, "1", "299.00")]})).await.1["id"].clone();
    let (path, other) = (format!("/orders/{order}"), attach(&seller, &format!("/orders/{order}"), "photo").await);
    assert_eq!(on_order(&seller, &order, "sign", json!({"file": other, "name": "王女士签"})).await.1["rule"], "signature_attached");
    let file = attach(&seller, &path, "signature").await;
    assert_eq!(on_order(&seller, &order, "sign", json!({"file": file, "name": " "})).await.1["rule"], "text_length");
    let (status, signed) = on_order(&seller, &order, "sign", json!({"file": file, "name": "王女士签"})).await;
    assert_eq!(
        (status, &signed["signed"]["file"], &signed["signed"]["name"], &signed["signed"]["by"]),
        (200, &file, &json!("王女士签"), &json!("li")),
        "{signed}"
    );
    let name = "王女士签";
    assert!(!hub.bytes().await.windows(name.len()).any(|part| part == name.as_bytes()), "the name is sealed");
    let (_, kept) = answer(seller.request(Method::DELETE, &format!("/files/{file}"))).await;
    assert_eq!(kept["rule"], "signed_files_stay", "{kept}");
    let version = signed["version"].as_i64().unwrap();
    let (_, noted) = patch(&seller, &path, version, json!({"promised_on": "2199-01-01"})).await;
    assert_eq!(noted["signed"]["file"], file, "the day is none of the lines");
    let (_, changed) = patch(&seller, &path, version + 1, json!({"lines": [line(2, "2", "299.00")]})).await;
    assert_eq!(changed["signed"], Value::Null, "{changed}");
    hub.stop().await;
}
