//! What passes from one person of the day to the next: discounts to whoever approves them, tickets to whoever does them, what is sold to
//! whoever asks after it, customers to colleagues.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, Running, answer};
use crate::orders::{act as on_order, picked};
use crate::prices::{list, put};
use crate::service::photo;
use crate::tell::until;

async fn counter(desk: &Desk, name: &str) -> Value {
    let home = desk.read("/home").await;
    let found = home["counters"].as_array().unwrap().iter().find(|row| row["name"] == name).cloned();
    found.unwrap_or(Value::Null)
}

async fn told(desk: &Desk, kind: &str) -> Vec<Value> {
    let page = desk.read("/notifications").await;
    page["items"].as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
}

async fn tell(desk: &Desk, kind: &'static str, count: i64) -> Value {
    let page = until(desk, "/notifications", |page| {
        page["items"].as_array().unwrap().iter().any(|row| row["kind"] == kind && row["count"] == count)
    });
    page.await["items"].as_array().unwrap().iter().find(|row| row["kind"] == kind).unwrap().clone()
}

async fn ticket_act(desk: &Desk, ticket: &Value, act: &str, payload: Value) -> (u16, Value) {
    let version = desk.read(&format!("/tickets/{ticket}")).await["version"].clone();
    let request = desk.request(Method::POST, &format!("/tickets/{ticket}/acts")).header("if-match", format!("\"{version}\""));
    answer(request.json(&json!({"act": act, "payload": payload}))).await
}

async fn ordered(desk: &Desk, customer: &Value, more: Value) -> (u16, Value) {
    let mut body = json!({"customer": customer, "lines": [{"item": 2, "quantity": "1", "price": "100.00"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.post("/orders", body).await
}

#[tokio::test]
async fn a_discount_waits_for_the_nearest_who_may_approve_it_and_the_seller_hears_what_became_of_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let prices = list(&admin, "CHAIN", json!({"most_discount_bp": 500})).await;
    put(&admin, prices, 2, 10_000).await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let mut orders = Vec::new();
    for _ in 0..2 {
        let line = json!({"lines": [{"item": 2, "quantity": "1", "price": "100.00", "discount": 2000}]});
        let order = ordered(&seller, &customer, line).await.1["id"].clone();
        assert_eq!(on_order(&seller, &order, "confirm", json!({})).await.1["rule"], "discount_approval");
        orders.push(order);
    }
    // Asking again is not telling again.
    assert_eq!(on_order(&seller, &orders[1], "confirm", json!({})).await.1["rule"], "discount_approval");
    let waits = tell(&manager, "discount_asked", 2).await;
    assert_eq!(
        (waits["link"].as_str(), waits["tone"].as_str()),
        (Some("/orders?approval=asked&state=draft"), Some("attention")),
        "{waits}"
    );
    assert_eq!(counter(&manager, "discounts_asked").await["count"], 2);
    for (desk, whose) in [(&admin, "above the nearest"), (&seller, "whoever asked"), (&elsewhere, "another store's")] {
        assert!(told(desk, "discount_asked").await.is_empty(), "{whose}");
    }
    assert_eq!(on_order(&manager, &orders[0], "approval", json!({"approve": true, "note": ""})).await.0, 200);
    let yes = tell(&seller, "discount_judged", 1).await;
    assert!(yes["title"].as_str().unwrap().contains("通过") && yes["link"] == format!("/orders/{}", orders[0]), "{yes}");
    assert_eq!(on_order(&manager, &orders[1], "approval", json!({"approve": false, "note": "毛利太低"})).await.0, 200);
    until(&seller, "/notifications", |page| page["items"].as_array().unwrap().iter().any(|row| row["body"] == "毛利太低")).await;

    // A contract's goes the same way, with the page of the contract.
    let lines = json!([{"item": 2, "quantity": "1", "price": "100.00", "discount": 2000}]);
    let contract = seller.post("/contracts", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
    for kind in ["contract_scan", "final_design"] {
        let path = format!("/contracts/{contract}/files?kind={kind}");
        assert_eq!(crate::sheets::send(&seller, &path, crate::sheets::form(&[], "scan.txt", b"scan")).await.0, 201);
    }
    let sign = seller.request(Method::POST, &format!("/contracts/{contract}/sign")).header("if-match", "\"1\"").json(&json!({}));
    assert_eq!(answer(sign).await.1["rule"], "discount_approval");
    let link = format!("/contracts/{contract}");
    until(&manager, "/notifications", |page| page["items"].as_array().unwrap().iter().any(|row| row["link"] == link.as_str())).await;
    hub.stop().await;
}

#[tokio::test]
async fn a_ticket_waits_for_those_who_give_it_out_then_for_whoever_has_it_and_comes_back() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (_, desk) = somebody(&hub, &admin, "kefu", "customer_service", "SH01").await;
    let (installer, zhao) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let new = async || desk.post("/tickets", json!({"kind": "delivery_install", "contact": "王女士", "problem": "送货"})).await.1;
    let first = new().await["id"].clone();
    let waits = tell(&manager, "ticket_waits", 1).await;
    assert_eq!(waits["link"], format!("/tickets/{first}"), "{waits}");
    new().await;
    assert_eq!(tell(&manager, "ticket_waits", 2).await["link"], "/tickets?state=new&kind=work", "several open their list");
    assert_eq!(counter(&manager, "tickets_new").await["count"], 2);
    assert!(told(&desk, "ticket_waits").await.is_empty() && told(&elsewhere, "ticket_waits").await.is_empty());

    let soon = jiff::Timestamp::now().as_millisecond();
    assert_eq!(ticket_act(&desk, &first, "dispatch", json!({"installer": installer, "appointed_ms": soon})).await.0, 200);
    let given = tell(&zhao, "ticket_given", 1).await;
    assert!(given["link"] == format!("/tickets/{first}") && given["body"].as_str().unwrap().starts_with("预约 "), "{given}");
    let (waiting, today) = (counter(&zhao, "tickets_given").await, counter(&zhao, "visits_today").await);
    for one in [&waiting, &today] {
        assert_eq!(one["count"], 1, "{one}");
        assert_eq!(zhao.read(one["link"].as_str().unwrap()).await["total"], 1, "the list is what was counted: {one}");
    }
    assert_eq!(zhao.get("/tickets?appointed=x").await.1["rule"], "filter_value");
    manager.post("/notifications/read", json!({})).await;
    assert_eq!(ticket_act(&zhao, &first, "decline", json!({"reason": "那天休息"})).await.0, 200);
    let back =
        until(&desk, "/notifications", |page| page["items"].as_array().unwrap().iter().any(|row| row["kind"] == "ticket_waits")).await;
    assert!(back["items"][0]["title"].as_str().unwrap().contains("退回"), "{back}");
    assert_eq!(counter(&zhao, "tickets_given").await["count"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn a_ticket_that_goes_elsewhere_is_told_to_those_who_get_it_and_to_whoever_had_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (zhao_id, zhao) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (qian_id, qian) = somebody(&hub, &admin, "qian", "installer", "SH01").await;
    let (_, elsewhere) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let there = admin.read("/organisations?q=XH01").await["items"][0]["id"].clone();
    let new = async || manager.post("/tickets", json!({"kind": "delivery_install", "contact": "王女士", "problem": "送货"})).await.1;

    // To another organisation: it is theirs to give out now.
    let moved = new().await;
    let path = format!("/tickets/{}", moved["id"]);
    assert_eq!(patch(&admin, &path, 1, json!({"organisation": there})).await.0, 200);
    let waits = tell(&elsewhere, "ticket_waits", 1).await;
    assert!(waits["title"].as_str().unwrap().contains("转来") && waits["link"] == path.as_str(), "{waits}");
    assert_eq!(patch(&admin, &path, 2, json!({"problem": "送货安装"})).await.0, 200);

    // To another installer, and to nobody any more: whoever had it need not go there.
    let ticket = new().await["id"].clone();
    for installer in [zhao_id, qian_id, qian_id] {
        assert_eq!(ticket_act(&manager, &ticket, "dispatch", json!({"installer": installer})).await.0, 200);
    }
    let taken = tell(&zhao, "ticket_taken", 1).await;
    assert!(taken["title"].as_str().unwrap().contains("改派"), "{taken}");
    assert_eq!(zhao.read(taken["link"].as_str().unwrap()).await["total"], 0, "the list is what is left: {taken}");
    assert!(told(&qian, "ticket_taken").await.is_empty(), "the same installer at another time has it still");
    assert_eq!(ticket_act(&manager, &ticket, "cancel", json!({"reason": "客户取消"})).await.0, 200);
    let taken = tell(&qian, "ticket_taken", 1).await;
    assert!(taken["title"].as_str().unwrap().contains("取消") && taken["link"] == format!("/tickets/{ticket}"), "{taken}");
    assert_eq!(told(&elsewhere, "ticket_waits").await[0]["count"], 1, "no change but that of the organisation is told");
    hub.stop().await;
}

#[tokio::test]
async fn goods_that_left_wait_for_somebody_to_plan_their_delivery() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (_, desk) = somebody(&hub, &admin, "kefu", "customer_service", "SH01").await;
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let order = ordered(&manager, &customer, json!({})).await.1["id"].clone();
    let (status, confirmed) = on_order(&manager, &order, "confirm", json!({})).await;
    assert_eq!(status, 200, "{confirmed}");
    picked(&hub, &confirmed["pick"]["task"], true).await;
    assert_eq!(counter(&desk, "deliveries_unplanned").await["count"], 0, "nothing has left");
    assert_eq!(on_order(&manager, &order, "ship", json!({})).await.0, 200);
    assert_eq!(tell(&desk, "delivery_waits", 1).await["link"], format!("/tickets?new=1&order={order}&customer={customer}"));
    let waits = counter(&desk, "deliveries_unplanned").await;
    assert_eq!((&waits["count"], &desk.read(waits["link"].as_str().unwrap()).await["total"]), (&json!(1), &json!(1)), "{waits}");
    let new = json!({"kind": "delivery_install", "order": order, "customer": customer});
    assert_eq!(desk.post("/tickets", new).await.0, 201);
    assert_eq!(counter(&desk, "deliveries_unplanned").await["count"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn tickets_that_are_only_read_are_nobodys_work_and_in_nobodys_figures() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let there = admin.read("/organisations?q=XH01").await["items"][0]["id"].clone();
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let mut ids = Vec::new();
    for kind in ["after_sales", "delivery_install", "return_visit"] {
        let new = json!({"kind": kind, "customer": customer, "organisation": there, "problem": "门板松动"});
        let (status, made) = admin.post("/tickets", new).await;
        assert_eq!(status, 201, "{made}");
        ids.push(made["id"].clone());
    }
    let now = jiff::Timestamp::now().as_millisecond();
    hub.sql(&format!("UPDATE ticket SET state = 'completed', done_ms = {now} WHERE id = {}", ids[1])).await;
    hub.sql(&format!("UPDATE ticket SET due_ms = 1 WHERE id = {}", ids[2])).await;
    hub.sql(&format!(
        "INSERT INTO survey (ticket_id, token_hash, created_ms, expires_ms, answered_ms, score, satisfaction) VALUES ({}, 'x', 1, {now}, {now}, 9, 5)",
        ids[1]
    ))
    .await;
    assert_eq!(manager.read("/tickets").await["total"], 3, "they read how their customer is served");
    for (desk, many) in [(&manager, 0), (&far, 1)] {
        for name in ["tickets_new", "return_visits_due"] {
            let counter = counter(desk, name).await;
            assert_eq!(counter["count"], many, "{counter}");
            assert_eq!(desk.read(counter["link"].as_str().unwrap()).await["total"], many, "the list is what was counted: {counter}");
        }
        let figures = desk.read("/surveys/figures").await;
        assert_eq!((&figures["all"]["completed"], figures["stores"].as_array().map(Vec::len)), (&json!(many), Some(many)), "{figures}");
        let measures = desk.read("/figures/measures").await;
        let nps = measures.as_array().unwrap().iter().find(|row| row["code"] == "nps").unwrap();
        assert_eq!(nps["value"].is_null(), many == 0, "{nps}");
        let open = desk.read("/figures/now").await["tickets"].clone();
        assert_eq!(open, json!({"open": 2 * many, "overdue": many}), "{open}");
        assert_eq!(desk.read("/tickets?state=open&reach=seen").await["total"], open["open"]);
        assert_eq!(desk.read("/tickets?state=open&due=now&reach=seen").await["total"], open["overdue"]);
        let sheet = json!({"list": "tickets", "format": "csv", "filters": {"reach": "led"}});
        assert_eq!(answer(desk.request(Method::POST, "/exports").json(&sheet)).await.1["rows"], 3 * many);
    }
    assert_eq!(manager.get("/tickets?reach=all").await.1["rule"], "filter_value");
    hub.stop().await;
}

#[tokio::test]
async fn a_seller_sees_how_their_order_is_served_and_leads_none_of_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, idle) = somebody(&hub, &admin, "idle", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer =
        made(&seller, json!({"name": "王女士", "phone": "13812345678", "address": "上海市徐汇区漕溪北路 88 号"})).await["id"].clone();
    let splits = json!({"splits": [{"person": li, "share": 5000}, {"person": han, "share": 5000}]});
    let order = ordered(&seller, &customer, splits).await.1["id"].clone();
    let new = json!({"kind": "delivery_install", "customer": customer, "order": order, "goods": [{"item": 2, "quantity": 1}]});
    let ticket = manager.post("/tickets", new).await.1;
    let (id, code) = (ticket["id"].clone(), ticket["code"].as_str().unwrap().to_owned());
    // Of the customer alone: whoever looks after them sees it, whoever has a share of the order does not.
    let other = manager.post("/tickets", json!({"kind": "after_sales", "customer": customer, "problem": "门板松动"})).await.1["id"].clone();
    for (desk, seen) in [(&seller, 2), (&colleague, 1), (&idle, 0)] {
        assert_eq!(desk.read("/tickets").await["total"], seen);
        let of_order = usize::from(seen > 0);
        assert_eq!(desk.read(&format!("/tickets?order={order}")).await["total"], of_order);
        assert_eq!(desk.read(&format!("/search?kinds=ticket&q={code}")).await["items"].as_array().map(Vec::len), Some(of_order));
        assert_eq!(desk.get(&format!("/tickets/{id}")).await.0, if of_order == 1 { 200 } else { 404 });
        assert_eq!(desk.get(&format!("/tickets/{other}")).await.0, if seen == 2 { 200 } else { 404 });
        let sheet = json!({"list": "tickets", "format": "csv", "filters": {}});
        assert_eq!(answer(desk.request(Method::POST, "/exports").json(&sheet)).await.1["rows"], seen);
        assert_eq!(desk.read("/surveys/figures").await["all"]["completed"], 0);
    }
    let paid = json!({"amount": "50.00", "method": "wechat", "order": order});
    assert_eq!(seller.post(&format!("/customers/{customer}/payments"), paid).await.0, 201);
    assert_eq!(seller.read(&format!("/orders/{order}")).await["paid_by"], json!(["wechat"]));
    assert!(colleague.read(&format!("/orders/{order}")).await.get("paid_by").is_none(), "whose payments they do not see");
    let seen = seller.read(&format!("/tickets/{id}")).await;
    assert_eq!((&seen["acts"], &seen["phone"]), (&json!([]), &json!("138****5678")), "{seen}");
    assert_eq!(ticket_act(&seller, &id, "cancel", json!({"reason": "不装了"})).await.0, 403);
    assert_eq!(patch(&seller, &format!("/tickets/{id}"), 1, json!({"note": "x"})).await.0, 403);

    // Screens hear of it too, and of nothing else.
    let mut screen = seller.request(Method::GET, "/events").send().await.unwrap();
    let mut blind = idle.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(patch(&manager, &format!("/tickets/{id}"), 1, json!({"note": "请走货梯"})).await.0, 200);
    let heard = tokio::time::timeout(std::time::Duration::from_secs(10), screen.chunk()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&heard).contains("event: ticket"));
    let silent = tokio::time::timeout(std::time::Duration::from_millis(300), blind.chunk()).await;
    assert!(silent.is_err() || !String::from_utf8_lossy(&silent.unwrap().unwrap().unwrap()).contains("event: ticket"));

    // What is named has to be there for whoever names it.
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    assert_eq!(far.post("/tickets", json!({"kind": "after_sales", "order": order})).await.1["field"], "order", "another store's order");
    hub.stop().await;
}

#[tokio::test]
async fn who_takes_over_sees_visit_call_quote_order_and_ticket_in_one_timeline() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士", "phone": "13812345678"})).await["id"].clone();
    let path = format!("/customers/{customer}");
    for (kind, text) in [("visit", "上门量尺，客厅 5.2 米"), ("call", "想看橡木衣柜")] {
        assert_eq!(seller.post(&format!("{path}/follow-ups"), json!({"kind": kind, "text": text})).await.0, 201);
    }
    let lines = json!([{"item": 2, "quantity": "1", "price": "100.00"}]);
    let (status, quote) = seller.post("/quotes", json!({"customer": customer, "lines": lines})).await;
    assert_eq!(status, 201, "{quote}");
    let order = ordered(&seller, &customer, json!({})).await.1;
    let (status, ticket) = manager.post("/tickets", json!({"kind": "delivery_install", "customer": customer, "order": order["id"]})).await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(colleague.get(&format!("{path}/timeline")).await.0, 404, "not theirs yet");
    let (status, handed) = admin.post(&format!("/people/{li}/hand-over"), json!({"to": han})).await;
    assert_eq!((status, &handed["moved"]["customer"]), (200, &json!(1)), "{handed}");

    let story = colleague.read(&format!("{path}/timeline")).await;
    let told = story["items"].as_array().unwrap();
    let found = |action: &str, key: &str, value: &Value| told.iter().find(|line| line["action"] == action && line["new"][key] == *value);
    for (kind, text) in [("visit", "上门量尺，客厅 5.2 米"), ("call", "想看橡木衣柜")] {
        let line = found("follow_up", "kind", &json!(kind)).unwrap_or_else(|| panic!("{kind}: {story}"));
        assert_eq!((&line["new"]["text"], &line["author"]), (&json!(text), &json!("li")), "what was said, and by whom");
    }
    for (action, record) in [("quote", &quote), ("order", &order), ("ticket", &ticket)] {
        let line = found(action, action, &record["id"]).unwrap_or_else(|| panic!("{action}: {story}"));
        // From the line the record opens for them.
        assert_eq!(colleague.get(&format!("/{action}s/{}", line["new"][action])).await.0, 200, "{action}: {line}");
    }
    // All on one page, the last first.
    let moments: Vec<i64> = told.iter().map(|line| line["at_ms"].as_i64().unwrap()).collect();
    assert!(story["next"].is_null() && moments.is_sorted_by(|one, next| one >= next), "{story}");
    assert_eq!(seller.get(&path).await.0, 404, "who gave them away sees them no more");
    hub.stop().await;
}

#[tokio::test]
async fn an_order_a_quote_and_a_contract_name_opportunities_of_their_customer_that_the_writer_sees() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let mut customers = Vec::new();
    let mut opportunities = Vec::new();
    for (desk, name) in [(&seller, "王女士"), (&seller, "张先生"), (&colleague, "李女士")] {
        let customer = made(desk, json!({"name": name})).await["id"].clone();
        opportunities.push(desk.post("/opportunities", json!({"customer": customer, "title": name})).await.1["id"].clone());
        customers.push(customer);
    }
    let lines = json!([{"item": 2, "quantity": "1", "price": "100.00"}]);
    for (opportunity, status, rule) in
        [(&opportunities[1], 422, "opportunity_of_customer"), (&opportunities[2], 404, "not_found"), (&json!(999_999), 404, "not_found")]
    {
        for path in ["/orders", "/quotes", "/contracts"] {
            let body = json!({"customer": customers[0], "opportunity": opportunity, "lines": lines});
            let (got, refused) = seller.post(path, body).await;
            assert_eq!((got, &refused["rule"], &refused["field"]), (status, &json!(rule), &json!("opportunity")), "{path}: {refused}");
        }
    }
    for path in ["/orders", "/contracts"] {
        let body = json!({"customer": customers[0], "opportunity": opportunities[0], "lines": lines});
        let (status, made) = seller.post(path, body).await;
        assert_eq!((status, &made["opportunity"]), (201, &opportunities[0]), "{path}: {made}");
        let path = format!("{path}/{}", made["id"]);
        for (opportunity, rule) in [(&opportunities[1], "opportunity_of_customer"), (&opportunities[2], "not_found")] {
            assert_eq!(patch(&seller, &path, 1, json!({"opportunity": opportunity})).await.1["rule"], rule, "{path}");
        }
        assert_eq!(patch(&seller, &path, 1, json!({"opportunity": null})).await.0, 200);
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_customer_is_shared_with_a_colleague_who_works_on_them_and_passes_them_on_to_nobody() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, colleague) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (zhang, third) = somebody(&hub, &admin, "zhang", "designer", "SH01").await;
    let (far, _) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let (blind, _) = somebody(&hub, &admin, "cang", "warehouse", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士", "phone": "13812345678", "note": "下午联系"})).await["id"].clone();
    let opportunity = seller.post("/opportunities", json!({"customer": customer, "title": "三居室"})).await.1["id"].clone();
    let path = format!("/customers/{customer}");
    assert_eq!(seller.read(&path).await["stands"]["stage"], "lead", "how far their opportunity is");
    let shared = |who: i64| format!("{path}/collaborators/{who}");
    assert_eq!(colleague.get(&path).await.0, 404);
    let offered = seller.read(&format!("{path}/collaborators?q=han%E5%B0%8F")).await;
    assert_eq!((&offered["may_share"], offered["colleagues"].as_array().unwrap().len()), (&json!(true), 1), "{offered}");
    for nobody in [far, blind, li, 999] {
        assert_eq!(seller.put(&shared(nobody), Value::Null).await.1["rule"], "colleague", "{nobody}");
    }
    for _ in 0..2 {
        let (status, now) = seller.put(&shared(han), Value::Null).await;
        assert_eq!((status, &now["people"][0]["person"]), (200, &json!(han)), "{now}");
    }
    let notice = tell(&colleague, "record_shared", 1).await;
    assert!(notice["link"] == path.as_str() && notice["title"].as_str().unwrap().contains("li小明"), "{notice}");
    // A notice goes to mailboxes and phones of others: it says the number, as people do, and never a customer's name.
    let number = seller.read(&path).await["code"].as_str().unwrap().to_owned();
    assert!(notice["title"].as_str().unwrap().ends_with(&number) && !notice.to_string().contains("王女士"), "{notice}");

    // They see what their own role shows of their own customers, work on it, and hand it to nobody.
    let seen = colleague.read(&path).await;
    assert!(seen.get("stands").is_none(), "their opportunity was not shared: {seen}");
    assert_eq!((&seen["phone"], &seen["note"]), (&seller.read(&path).await["phone"], &json!("下午联系")), "{seen}");
    assert_eq!(colleague.read("/customers").await["total"], 1);
    assert_eq!(patch(&colleague, &path, 1, json!({"hobbies": "徒步"})).await.0, 200);
    let said = json!({"kind": "call", "text": "约周六到店"});
    assert_eq!(colleague.post(&format!("{path}/follow-ups"), said).await.0, 201);
    let theirs = colleague.read(&format!("{path}/collaborators")).await;
    assert_eq!((&theirs["may_share"], theirs.get("colleagues")), (&json!(false), None), "{theirs}");
    assert_eq!(colleague.put(&shared(zhang), Value::Null).await.0, 403);
    assert_eq!(third.get(&format!("{path}/collaborators")).await.0, 404, "nobody else learns of it");

    // An opportunity is one by itself.
    assert_eq!(colleague.get(&format!("/opportunities/{opportunity}")).await.0, 404);
    let way = format!("/opportunities/{opportunity}/collaborators/{han}");
    assert_eq!(seller.put(&way, Value::Null).await.0, 200);
    let notice = until(&colleague, "/notifications", |told| told.to_string().contains(&format!("/opportunities/{opportunity}"))).await;
    assert!(!notice.to_string().contains("三居室"), "what people write into a title may name the customer: {notice}");
    assert_eq!(patch(&colleague, &format!("/opportunities/{opportunity}"), 1, json!({"title": "三居室全屋"})).await.0, 200);
    let quote = json!({"customer": customer, "opportunity": opportunity, "lines": [{"item": 2, "quantity": "1", "price": "100.00"}]});
    assert_eq!(colleague.post("/quotes", quote).await.0, 201);

    // Leaving is one's own business, taking back the owner's; both stand in the timeline.
    assert_eq!(answer(colleague.request(Method::DELETE, &way)).await.0, 204);
    assert_eq!(colleague.get(&format!("/opportunities/{opportunity}")).await.0, 404);
    assert_eq!(answer(seller.request(Method::DELETE, &shared(han))).await.0, 204);
    assert_eq!(colleague.get(&path).await.0, 404);
    let story = seller.read(&format!("{path}/timeline")).await;
    let did: Vec<_> = story["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    assert!(did.contains(&"share") && did.contains(&"unshare"), "{did:?}");
    hub.stop().await;
}

/// The story of the curtain shop: it faded, the customer had washed it wrongly, was told how to, and was called back.
#[tokio::test]
async fn a_complaint_is_recorded_solved_explained_and_asked_after() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (installer, zhao) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer =
        made(&seller, json!({"name": "王女士", "phone": "13812345678", "address": "上海市徐汇区漕溪北路 88 号"})).await["id"].clone();
    let told_ms = jiff::Timestamp::now().as_millisecond() - 86_400_000;
    let new = json!({"kind": "after_sales", "customer": customer, "item": 3, "fault": "fading", "problem": "窗帘洗后褪色", "feedback_ms": told_ms});
    let ticket = manager.post("/tickets", new).await.1["id"].clone();
    let mut settings = admin.read("/service-settings").await;
    settings["after_sales"] = json!({"photos": 0, "signature": false, "cartons": false});
    let saved = admin.request(Method::PUT, "/service-settings").header("if-match", "\"1\"").json(&settings);
    assert_eq!(answer(saved).await.0, 200);
    assert_eq!(
        ticket_act(&manager, &ticket, "dispatch", json!({"installer": installer, "appointed_ms": told_ms + 86_400_000})).await.0,
        200
    );
    let found = json!({"steps": "上门查看：水温过高、用了漂白剂", "result": "不是质量问题，已讲解洗涤方法", "note": "附洗涤说明一份"});
    for (act, payload) in [
        ("accept", json!({})),
        ("appoint", json!({"appointed_ms": told_ms + 86_400_000})),
        ("check_in", json!({})),
        ("report", found.clone()),
        ("complete", json!({})),
    ] {
        if act == "check_in" {
            assert_eq!(photo(&zhao, 1, ticket.as_i64().unwrap(), "check_in", 7).await.0, 200);
        }
        assert_eq!(ticket_act(&zhao, &ticket, act, payload).await.0, 200, "{act}");
    }
    let [mine, theirs] = [manager.read(&format!("/tickets/{ticket}")).await, seller.read(&format!("/tickets/{ticket}")).await];
    assert!(mine["survey"]["link"].is_string() && theirs["survey"].get("link").is_none(), "nobody answers for the customer: {theirs}");
    let visit = manager.read(&format!("/tickets?kind=return_visit&customer={customer}")).await["items"][0].clone();
    assert_eq!(visit["from"], ticket);
    let called = json!({"result": "按说明洗涤后没有再褪色", "steps": "三个月后再问一次", "note": "很感谢", "satisfaction": 5});
    assert_eq!(ticket_act(&manager, &visit["id"], "complete", called).await.0, 200);
    // Everything that the record of the shop has.
    let record = manager.read(&format!("/tickets/{ticket}")).await;
    for (field, wanted) in [
        ("customer", &customer),
        ("fault", &json!("fading")),
        ("problem", &json!("窗帘洗后褪色")),
        ("feedback_ms", &json!(told_ms)),
        ("installer_name", &json!("zhao小明")),
        ("steps", &found["steps"]),
        ("result", &found["result"]),
        ("note", &found["note"]),
        ("satisfaction", &json!(5)),
        ("state", &json!("completed")),
    ] {
        assert_eq!(&record[field], wanted, "{field}: {record}");
    }
    assert!(record["done_ms"].as_i64().unwrap() > told_ms);
    let seen = record["check_ins"][0]["photos"].as_array().unwrap();
    assert_eq!((seen.len(), manager.get(&format!("/files/{}", seen[0])).await.0), (1, 200), "who was there took a photo of it");
    let back = manager.read(&format!("/tickets/{}", visit["id"])).await;
    let story = ["result", "steps", "note"].map(|field| back[field].as_str().unwrap().to_owned());
    assert_eq!(story, ["按说明洗涤后没有再褪色", "三个月后再问一次", "很感谢"]);
    assert_eq!(manager.read("/surveys/figures").await["all"]["coverage_percent"], 100);
    hub.stop().await;
}
