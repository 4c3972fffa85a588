//! Quotes: revised without losing a word, shown to customers by a link, and ordered without being typed again.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};

async fn from(desk: &Desk, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(Method::POST, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

#[tokio::test]
async fn a_quote_is_revised_compared_shared_and_becomes_an_order() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, far) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let customer = made(&seller, json!({"name": "王女士", "phone": "13812345678"})).await["id"].clone();
    let lines =
        json!([{"item": 2, "quantity": "4", "price": "299.00"}, {"item": 3, "quantity": "2.5", "price": "128.00", "spec": "亚麻 2.5 m"}]);
    let (status, quote) = seller.post("/quotes", json!({"customer": customer, "note": "含安装", "lines": lines})).await;
    assert_eq!(
        (status, &quote["current"], &quote["amount"], &quote["state"]),
        (201, &json!(1), &json!("1516.00"), &json!("open")),
        "{quote}"
    );
    let path = format!("/quotes/{}", quote["id"]);
    let revised = json!({"lines": [{"item": 3, "quantity": "3", "price": "128.00", "spec": "亚麻 2.5 m"}, {"item": 1, "quantity": "1", "price": "5000.00"},
        {"item": 2, "quantity": "4", "price": "299.00"}]});
    let (status, second) = from(&seller, &format!("{path}/versions"), 1, revised.clone()).await;
    assert_eq!(
        (status, &second["current"], &second["amount"], &second["versions"][1]["amount"]),
        (201, &json!(2), &json!("6580.00"), &json!("1516.00"))
    );
    assert_eq!(from(&seller, &format!("{path}/versions"), 1, revised).await.0, 412, "somebody else revised it");
    let first = seller.read(&format!("{path}?number=1")).await;
    assert_eq!((&first["shown"]["number"], &first["note"], first["lines"].as_array().unwrap().len()), (&json!(1), &json!("含安装"), 2));
    let compared = seller.read(&format!("{path}/compare?from=1&to=2")).await;
    let told: Vec<&str> = compared["lines"].as_array().unwrap().iter().map(|row| row["difference"].as_str().unwrap()).collect();
    assert_eq!(told, ["changed", "added", "same"], "{compared}");
    assert_eq!(seller.get(&format!("{path}?number=9")).await.0, 404);
    assert_eq!(seller.read("/search?q=wangnvshi&kinds=quote").await["items"][0]["kind"], "quote");

    // A link shows the version and no more of her than the first letter of her name; it ends.
    assert_eq!(seller.post(&format!("{path}/share"), json!({"days": 91})).await.1["rule"], "share_days");
    let (status, link) = seller.post(&format!("{path}/share"), json!({"days": 7})).await;
    assert_eq!(status, 201, "{link}");
    let token = link["link"].as_str().unwrap().strip_prefix("/quote#").unwrap().to_owned();
    assert!(!hub.bytes().await.windows(token.len()).any(|part| part == token.as_bytes()), "only its digest is kept");
    let client = reqwest::Client::new();
    let open = async |token: &str| answer(client.post(format!("{}/api/v1/quotes/open", hub.base)).json(&json!({"token": token}))).await;
    let (status, opened) = open(&token).await;
    assert_eq!((status, &opened["customer"], &opened["amount"]), (200, &json!("王*"), &json!("6580.00")), "{opened}");
    assert!(!opened.to_string().contains("女士") && !opened.to_string().contains("13812345678"), "{opened}");
    assert_eq!(open("nothing").await.0, 404);
    hub.sql("UPDATE quote_share SET expires_ms = 1").await;
    assert_eq!(open(&token).await.0, 404);
    let mut status = 0;
    for _ in 0..60 {
        status = open("guess").await.0;
        if status == 429 {
            break;
        }
    }
    assert_eq!(status, 429, "nobody guesses for long");

    for (body, rule) in [
        (json!({"customer": customer, "lines": []}), "line_count"),
        (json!({"customer": customer, "lines": lines, "valid_until": "2020-01-01"}), "day"),
        (json!({"customer": 999, "lines": lines}), "not_found"),
    ] {
        assert_eq!(seller.post("/quotes", body).await.1["rule"], rule);
    }
    assert_eq!((far.get(&path).await.0, far.read("/quotes").await["total"].as_i64()), (404, Some(0)));
    let (status, accepted) = from(&seller, &format!("{path}/accept"), 2, json!({})).await;
    assert_eq!(status, 201, "{accepted}");
    let order = seller.read(&format!("/orders/{}", accepted["order"])).await;
    assert_eq!(
        (&order["amount"], &order["quote"], &order["lines"][0]["spec"]),
        (&json!("6580.00"), &quote["id"], &json!("亚麻 2.5 m")),
        "{order}"
    );
    assert_eq!(from(&seller, &format!("{path}/accept"), 3, json!({})).await.1["rule"], "quote_open");
    assert_eq!(seller.read("/quotes?state=accepted").await["items"][0]["order"], accepted["order"]);
    hub.stop().await;
}
