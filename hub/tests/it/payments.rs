//! What customers paid: held for them, applied to their orders, moved, paid back, counted in the evening; never made or lost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};

/// Orders of a customer, as they tell what they cost.
async fn orders(hub: &Running, customer: &Value, orders: &[(i64, i64)]) {
    for (order, fen) in orders {
        hub.sql(&format!(
            "INSERT INTO payment_order (order_id, customer_id, code, due_fen, open) VALUES ({order}, {customer}, 'SO-{order}', {fen}, TRUE)"
        ))
        .await;
    }
}

async fn take(desk: &Desk, customer: &Value, path: &str, body: Value) -> (u16, Value) {
    desk.post(&format!("/customers/{customer}/payments{path}"), body).await
}

async fn balances(desk: &Desk, customer: &Value) -> (String, String) {
    let account = desk.read(&format!("/customers/{customer}/account")).await;
    (account["held"].as_str().unwrap().to_owned(), account["applied"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_prepayment_belongs_to_the_customer_and_goes_to_any_of_their_orders_with_its_history() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    orders(&hub, &customer, &[(901, 500_000), (902, 200_000)]).await;

    let receipt = json!({"amount": "3000.00", "method": "wechat", "reference": "4200001234"});
    let keyed = async || {
        let request =
            seller.request(Method::POST, &format!("/customers/{customer}/payments")).header("idempotency-key", "r1").json(&receipt);
        answer(request).await
    };
    let (first, again) = (keyed().await, keyed().await);
    assert_eq!((first.0, again.0, &first.1["id"]), (201, 201, &again.1["id"]), "{first:?}");
    assert_eq!(balances(&seller, &customer).await, ("3000.00".into(), "0.00".into()));
    assert_eq!(take(&seller, &customer, "/move", json!({"amount": "2500.00", "to": 901})).await.0, 201);
    assert_eq!(take(&seller, &customer, "/move", json!({"amount": "1500.00", "from": 901, "to": 902})).await.0, 201);
    assert_eq!(take(&seller, &customer, "/move", json!({"amount": "200", "from": 902})).await.0, 201);
    assert_eq!(balances(&seller, &customer).await, ("700.00".into(), "2300.00".into()));
    let account = seller.read(&format!("/customers/{customer}/account")).await;
    assert_eq!((&account["orders"][0]["code"], &account["orders"][0]["left"]), (&json!("SO-902"), &json!("700.00")), "{account}");
    // An instalment that is applied to its order as it comes.
    let (status, paid) = take(&seller, &customer, "", json!({"amount": "800.00", "method": "cash", "order": 902})).await;
    assert_eq!(status, 201, "{paid}");
    assert_eq!(balances(&seller, &customer).await, ("800.00".into(), "3000.00".into()), "no more than the order needs");

    let (_, other) = take(&seller, &customer, "", json!({"amount": "1.00", "method": "cash", "order": 999})).await;
    assert_eq!(other["rule"], "order_of_customer", "{other}");
    for (path, body, rule) in [
        ("/move", json!({"amount": "801.00", "to": 901}), "balance"),
        ("/move", json!({"amount": "1.00", "to": 902}), "order_due"),
        ("/move", json!({"amount": "1.00", "to": 999}), "order_of_customer"),
        ("/move", json!({"amount": "1.00"}), "two_accounts"),
        ("/move", json!({"amount": "0", "to": 901}), "amount_range"),
        ("", json!({"amount": "-1.00", "method": "cash"}), "amount_range"),
        ("", json!({"amount": "1.001", "method": "cash"}), "body_shape"),
        ("", json!({"amount": "1.00", "method": "gold"}), "option_exists"),
        ("", json!({"amount": "1.00", "method": "cash", "at_ms": 1}), "moment"),
        ("", json!({"amount": "1.00", "method": "cash", "reference": "x".repeat(61)}), "text_length"),
        ("/refund", json!({"amount": "1.00", "method": "cash", "reason": "不要了"}), "role"),
    ] {
        let (status, refused) = take(&seller, &customer, path, body).await;
        assert!((400..500).contains(&status) && refused["rule"] == rule, "{rule}: {refused}");
    }
    let refund = json!({"amount": "300.00", "method": "bank", "reason": "客户减少了订购"});
    assert_eq!(take(&manager, &customer, "/refund", refund).await.0, 201);
    assert_eq!(balances(&seller, &customer).await, ("500.00".into(), "3000.00".into()));

    // Undo is an entry the other way, once.
    let undo = async |desk: &Desk, id: &Value| desk.post(&format!("/payments/{id}/undo"), json!({"reason": "记错了"})).await;
    assert_eq!(undo(&seller, &first.1["id"]).await.1["rule"], "role");
    assert_eq!(undo(&manager, &first.1["id"]).await.1["rule"], "balance", "its money was given on");
    let history = manager.read(&format!("/customers/{customer}/account/history")).await;
    assert_eq!(history["total"], 7, "{history}");
    assert_eq!(history["items"][0]["kind"], "refund");
    let refunded = &history["items"][0]["id"];
    let (status, undone) = undo(&manager, refunded).await;
    assert_eq!((status, &undone["kind"], &undone["reverses"]), (201, &json!("receive"), refunded), "{undone}");
    assert_eq!(undo(&manager, refunded).await.1["rule"], "not_undone");
    assert_eq!(undo(&manager, &undone["id"]).await.1["rule"], "not_undone");
    assert_eq!(balances(&seller, &customer).await, ("800.00".into(), "3000.00".into()));

    // Every act stands in the customer's timeline; how much is for those who see payments.
    let timeline = seller.read(&format!("/customers/{customer}/timeline")).await;
    let acts: Vec<&Value> = timeline["items"].as_array().unwrap().iter().filter(|row| row["action"] == "payment").collect();
    assert_eq!((acts.len(), &acts[0]["author"], &acts[0]["new"]["amount"]), (8, &json!("manager"), &json!("300.00")));
    let (_, dispatcher) = somebody(&hub, &admin, "disp", "dispatcher", "SH01").await;
    let timeline = dispatcher.read(&format!("/customers/{customer}/timeline")).await;
    assert!(timeline.to_string().contains("payment") && !timeline.to_string().contains("300.00"), "{timeline}");
    assert_eq!(dispatcher.get(&format!("/customers/{customer}/account")).await.0, 403);

    // Others of the store do not see it, nor of another one.
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    assert_eq!(far.get(&format!("/customers/{customer}/account")).await.0, 404);
    assert_eq!(take(&far, &customer, "", json!({"amount": "1.00", "method": "cash"})).await.0, 404);
    assert_eq!(
        (far.read("/payments").await["total"].as_i64(), seller.read("/payments?kind=receive").await["total"].as_i64()),
        (Some(0), Some(2))
    );
    assert_eq!(seller.read("/payments?method=wechat&q=42000").await["total"], 1);
    assert_eq!(seller.get("/payments?from=yesterday").await.1["rule"], "filter_value");
    let sheet = answer(manager.request(Method::POST, "/exports").json(&json!({"list": "payments", "format": "csv"}))).await;
    assert_eq!(sheet.0, 201, "{}", sheet.1);
    // Entries stay as they are, whoever tries.
    for statement in ["UPDATE payment_entry SET amount_fen = 0", "DELETE FROM payment_entry"] {
        let tx = hub.db.begin().await.unwrap();
        assert!(qitao_hub::platform::sql::Sql::new(statement).run(&tx).await.is_err(), "{statement}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn money_is_neither_made_nor_lost_when_many_write_at_once() {
    let hub = Running::start().await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    orders(&hub, &customer, &[(901, 9_000), (902, 4_000)]).await;
    let mut seed = 7_u64;
    let mut dice = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    let mut done = 0;
    for _ in 0..12 {
        let acts: Vec<(&str, Value)> = (0..10)
            .map(|_| {
                let amount = format!("{}.{:02}", dice(40) + 1, dice(100));
                let order = |n: u64| if n == 0 { Value::Null } else { json!(900 + n) };
                match dice(5) {
                    0 => ("", json!({"amount": amount, "method": "cash"})),
                    1 => ("", json!({"amount": amount, "method": "pos", "order": 901})),
                    2 => ("/refund", json!({"amount": amount, "method": "cash", "reason": "退款"})),
                    _ => ("/move", json!({"amount": amount, "from": order(dice(3)), "to": order(dice(3))})),
                }
            })
            .collect();
        let answers = futures_util::future::join_all(acts.into_iter().map(|(path, body)| take(&manager, &customer, path, body))).await;
        for (status, body) in &answers {
            assert!([201, 409, 422].contains(status), "{status}: {body}");
        }
        done += answers.iter().filter(|(status, _)| *status == 201).count();
        let sum = async |filter: &str| {
            hub.number(&format!("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM payment_entry WHERE {filter}")).await
        };
        assert_eq!(sum("1 = 1").await, 0);
        let (held, first, second) = (sum("account = 'held'").await, sum("order_id = 901").await, sum("order_id = 902").await);
        assert!(held >= 0 && (0..=9_000).contains(&first) && (0..=4_000).contains(&second), "{held} {first} {second}");
        assert_eq!(held + first + second, -sum("account = 'till'").await);
        assert_eq!(hub.number("SELECT COUNT(*) FROM payment_entry").await, 2 * hub.number("SELECT COUNT(*) FROM payment").await);
    }
    assert!(done > 30, "{done} acts were done");
    hub.stop().await;
}

#[tokio::test]
async fn a_day_is_counted_closed_and_takes_nothing_more() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    for (amount, method) in [("100.00", "cash"), ("50.50", "cash"), ("2000.00", "pos")] {
        assert_eq!(take(&seller, &customer, "", json!({"amount": amount, "method": method})).await.0, 201);
    }
    assert_eq!(take(&manager, &customer, "/refund", json!({"amount": "20.00", "method": "cash", "reason": "多收了"})).await.0, 201);
    let days = manager.read("/payments/days").await;
    let day = &days["items"][0];
    let (organisation, date) = (day["organisation"].clone(), day["day"].as_str().unwrap().to_owned());
    assert_eq!((&day["methods"][0]["booked"], &day["methods"][1]["booked"]), (&json!("130.50"), &json!("2000.00")), "{days}");
    let close = async |desk: &Desk, counts: Value| {
        desk.post("/payments/days", json!({"organisation": organisation, "day": date, "counts": counts})).await
    };
    let count = |method: &str, counted: &str, reason: &str| json!({"method": method, "counted": counted, "reason": reason});
    let short = json!([count("cash", "130.00", ""), count("pos", "2000.00", "")]);
    assert_eq!(close(&seller, short.clone()).await.1["rule"], "role");
    assert_eq!(close(&manager, json!([count("cash", "130.50", "")])).await.1["rule"], "every_method");
    assert_eq!(close(&manager, json!([count("cash", "1.00", ""), count("cash", "1.00", "")])).await.1["rule"], "every_method");
    assert_eq!(close(&manager, short).await.1["rule"], "difference_reason");
    let counts = json!([count("cash", "130.00", "少了五角"), count("pos", "2000.00", "")]);
    let (status, closed) = close(&manager, counts.clone()).await;
    assert_eq!((status, &closed["closed_by"], &closed["methods"][0]["difference"]), (201, &json!("manager"), &json!("-0.50")), "{closed}");
    assert_eq!(close(&manager, counts).await.1["rule"], "day_open");
    let (status, late) = take(&seller, &customer, "", json!({"amount": "9.00", "method": "cash"})).await;
    assert!(status == 201 && late["day"].as_str().unwrap() > date.as_str(), "it is of the next day: {late}");
    assert_eq!(manager.read("/payments/days").await["items"][0]["methods"][0]["booked"], "130.50");
    for (body, rule) in [("2999-01-01", "day"), ("heute", "day")] {
        let wrong = json!({"organisation": organisation, "day": body, "counts": []});
        assert_eq!(manager.post("/payments/days", wrong).await.1["rule"], rule);
    }
    assert_eq!(manager.get("/payments/days?from=2026-01-01&to=2026-12-31").await.1["rule"], "day_range");
    assert_eq!(admin.read("/audit?entity=organisation&action=close_day").await["total"], 1);
    hub.stop().await;
}

#[tokio::test]
async fn an_order_says_by_which_methods_the_money_came_that_lies_on_it_and_nothing_else_that_its_customer_paid() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let manager = hub.sign_in("manager").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let mut orders = Vec::new();
    for _ in 0..3 {
        let lines = json!([{"item": 2, "quantity": "1", "price": "100.00"}]);
        orders.push(seller.post("/orders", json!({"customer": customer, "lines": lines})).await.1["id"].clone());
    }
    let [first, second, third]: [Value; 3] = orders.try_into().unwrap();
    let by = async |order: &Value| {
        let listed = seller.read("/orders").await;
        let listed = listed["items"].as_array().unwrap().iter().find(|row| row["id"] == *order).unwrap().clone();
        let shown = seller.read(&format!("/orders/{order}")).await;
        assert_eq!((&listed["paid"], &listed["paid_by"]), (&shown["paid"], &shown["paid_by"]));
        (shown["paid"].as_str().unwrap().to_owned(), shown["paid_by"].to_string())
    };
    let paid = async |amount: &str, method: &str, order: &Value| {
        let (status, made) = take(&seller, &customer, "", json!({"amount": amount, "method": method, "order": order})).await;
        assert_eq!(status, 201, "{made}");
    };
    let moved = async |amount: &str, from: &Value, to: &Value| {
        let (status, made) = take(&seller, &customer, "/move", json!({"amount": amount, "from": from, "to": to})).await;
        assert_eq!(status, 201, "{made}");
        made["id"].clone()
    };
    let undone = async |id: &Value| {
        let (status, made) = manager.post(&format!("/payments/{id}/undo"), json!({"reason": "记错了"})).await;
        assert_eq!(status, 201, "{made}");
    };
    assert_eq!(by(&first).await, ("0.00".into(), "[]".into()));
    paid("100.00", "cash", &first).await;
    paid("60.00", "wechat", &second).await;
    assert_eq!(by(&first).await, ("100.00".into(), r#"["cash"]"#.into()));
    assert_eq!(by(&second).await, ("60.00".into(), r#"["wechat"]"#.into()), "the first order's cash is not this one's");

    // What was put to it and taken away again is not there: no money, no method.
    let history = seller.read(&format!("/customers/{customer}/account/history")).await;
    assert_eq!((&history["items"][0]["kind"], &history["items"][0]["to_order"]), (&json!("apply"), &second), "{history}");
    undone(&history["items"][0]["id"]).await;
    assert_eq!(by(&second).await, ("0.00".into(), "[]".into()), "undone");
    paid("40.00", "pos", &Value::Null).await;
    let way = moved("100.00", &Value::Null, &second).await;
    assert_eq!(by(&second).await, ("100.00".into(), r#"["wechat","pos"]"#.into()), "what came first goes first");
    moved("60.00", &second, &third).await;
    assert_eq!(by(&second).await, ("40.00".into(), r#"["pos"]"#.into()), "moved away");
    assert_eq!(by(&third).await, ("60.00".into(), r#"["wechat"]"#.into()));
    moved("60.00", &third, &Value::Null).await;
    assert_eq!(by(&third).await, ("0.00".into(), "[]".into()));
    let back = json!({"amount": "60.00", "method": "wechat", "reason": "客户减少了订购"});
    assert_eq!(take(&manager, &customer, "/refund", back).await.0, 201);
    assert_eq!(by(&second).await.1, r#"["pos"]"#);
    assert_eq!(manager.post(&format!("/payments/{way}/undo"), json!({"reason": "记错了"})).await.1["rule"], "balance");

    // A receipt that was booked wrongly and undone pays nothing, though its money was given on before.
    let (_, wrong) = take(&seller, &customer, "", json!({"amount": "60.00", "method": "bank"})).await;
    moved("60.00", &Value::Null, &third).await;
    paid("60.00", "cash", &Value::Null).await;
    assert_eq!(by(&third).await.1, r#"["bank"]"#);
    undone(&wrong["id"]).await;
    assert_eq!(by(&third).await, ("60.00".into(), r#"["cash"]"#.into()));
    hub.stop().await;
}
