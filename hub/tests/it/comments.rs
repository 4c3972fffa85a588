//! What colleagues say about a record: whoever is named is told, who cannot see it cannot be named, and nobody else reads it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};

/// What somebody was told in the pages, as soon as it was handed out.
async fn told(desk: &Desk) -> Value {
    for _ in 0..400 {
        let told = desk.read("/notifications").await;
        if told["total"].as_i64() > Some(0) {
            return told["items"][0].clone();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nobody told them anything")
}

#[tokio::test]
async fn whoever_is_named_is_told_and_only_who_sees_the_record_can_be_named() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (zhao, installer) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (far, stranger) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let path = format!("/comments/customer/{customer}");
    let offered = async |q: &str| {
        let found = seller.read(&format!("{path}/people?q={q}")).await;
        found["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let manager_id = manager.read("/session").await["user"]["id"].as_i64().unwrap();
    let name = manager.read("/session").await["user"]["name"].as_str().unwrap().to_owned();
    assert!(offered("").await.contains(&name), "whoever leads the store sees the customer");
    for (id, q) in [(zhao, "zhao"), (far, "far")] {
        assert!(offered(q).await.is_empty(), "{q} does not see the customer");
        let (status, refused) = seller.post(&path, json!({"text": "看一下", "people": [id]})).await;
        assert_eq!((status, &refused["rule"], &refused["field"]), (422, &json!("mention_sees"), &json!("people")), "{refused}");
    }
    for text in ["", " \n ", "\u{7}", &"长".repeat(2_001)] {
        assert_eq!(seller.post(&path, json!({"text": text})).await.1["rule"], "comment_length", "{text:?}");
    }

    let text = format!("@{name} 请给王女士 13812345678 回电话，约周六");
    let say = async |desk: &Desk| {
        let request = desk.request(Method::POST, &path).header("idempotency-key", "one");
        answer(request.json(&json!({"text": text, "people": [manager_id, manager_id]}))).await
    };
    let (status, said) = say(&seller).await;
    assert_eq!((status, said["total"].as_i64()), (201, Some(1)), "{said}");
    assert_eq!(say(&seller).await.1["total"], 1, "sent again it is said once");
    let row = &said["items"][0];
    assert_eq!((&row["author"], &row["people"][0]["name"]), (&json!("li"), &json!(name)), "{row}");
    assert_eq!(row["text"], json!(text), "its author reads it whole");
    let notice = told(&manager).await;
    assert_eq!((&notice["kind"], &notice["link"]), (&json!("mentioned"), &json!(format!("/customers/{customer}"))), "{notice}");
    assert!(notice["title"].as_str().unwrap().contains("客户") && !notice.to_string().contains("王女士"), "{notice}");
    assert_eq!(manager.read("/notifications").await["total"], 1, "once");
    assert_eq!(manager.read(&path).await["items"][0]["text"], json!(text), "so does who sees phones");
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|one| one["code"] == "store_manager").unwrap();
    let (to, mut fields) = (format!("/roles/{}", role["id"]), role["fields"].clone());
    fields["customer.phone"] = json!("masked");
    assert_eq!(admin.send(Method::PATCH, &to, role["version"].as_i64().unwrap(), json!({"fields": fields})).await.0, 200);
    let masked = manager.read(&path).await["items"][0]["text"].as_str().unwrap().to_owned();
    assert!(masked.contains("138****5678") && masked.contains("约周六"), "{masked}");
    assert_eq!(seller.read("/notifications").await["total"], 0);
    let story = seller.read(&format!("/customers/{customer}/timeline")).await;
    assert_eq!((&story["items"][0]["action"], &story["items"][0]["author"]), (&json!("comment"), &json!("li")), "{story}");

    // Nobody else hears of it, and the database says nothing of it to whoever takes it along.
    assert_eq!(stranger.get(&path).await.0, 404);
    assert_eq!(installer.get(&path).await.0, 403);
    assert_eq!(stranger.post(&path, json!({"text": "x"})).await.0, 404);
    assert_eq!(seller.get("/comments/nothing/1").await.0, 404);
    let bytes = hub.bytes().await;
    for clear in ["约周六", "13812345678"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    hub.stop().await;
}
