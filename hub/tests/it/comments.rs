//! What colleagues say about a record: whoever is named is told, who cannot see it cannot be named, and nobody else reads it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, PASSWORD, Running, answer};

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
        assert!(!refused.to_string().contains("小明"), "a number that is tried out is told no name: {refused}");
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

/// The newest that was said, as somebody reads it.
async fn newest(desk: &Desk, path: &str) -> String {
    desk.read(path).await["items"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_is_talked_about_by_who_sees_it_itself_and_its_installer_reads_numbers_until_it_is_done() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let (zhao, fitter) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (qian, other) = somebody(&hub, &admin, "qian", "installer", "SH01").await;
    let act = async |desk: &Desk, ticket: &Value, act: &str, payload: Value| {
        let version = manager.read(&format!("/tickets/{ticket}")).await["version"].as_i64().unwrap();
        let done = desk.send(Method::POST, &format!("/tickets/{ticket}/acts"), version, json!({"act": act, "payload": payload})).await;
        assert_eq!(done.0, 200, "{act}: {}", done.1);
    };
    let delivery = json!({"kind": "delivery_install", "contact": "王女士", "phone": "13812345678", "problem": "送货安装"});
    let parent = manager.post("/tickets", delivery).await.1["id"].clone();
    act(&manager, &parent, "dispatch", json!({"installer": zhao})).await;
    act(&fitter, &parent, "accept", json!({})).await;
    let child = manager.post(&format!("/tickets/{parent}/after-sales"), json!({"problem": "门板划伤"})).await.1["id"].clone();
    act(&manager, &child, "dispatch", json!({"installer": qian})).await;

    // The installer of what was made of it sees its photos, not what was said of it.
    let (path, of_child) = (format!("/comments/ticket/{parent}"), format!("/comments/ticket/{child}"));
    let said = json!({"text": "客户还欠尾款，先打 13912345678"});
    assert_eq!(manager.post(&path, said.clone()).await.0, 201);
    assert_eq!((other.get(&format!("/tickets/{parent}")).await.0, other.get(&format!("/tickets/{parent}/files")).await.0), (404, 200));
    assert_eq!((other.get(&path).await.0, other.post(&path, said.clone()).await.0), (404, 404));
    assert_eq!(other.get(&format!("{path}/people")).await.0, 404);
    assert_eq!(manager.post(&path, json!({"text": "@qian小明", "people": [qian]})).await.1["rule"], "mention_sees");
    assert_eq!(manager.read(&format!("{path}/people?q=qian")).await["total"], 0);
    let offered = manager.read(&format!("{path}/people?q=zhao")).await["items"][0].clone();
    assert_eq!((&offered["id"], offered["organisation_name"].is_string()), (&json!(zhao), true), "{offered}");
    assert_eq!(manager.post(&of_child, said).await.0, 201);
    assert_eq!(other.get(&of_child).await.0, 200);

    // Numbers are whole for who has the ticket, from taking it until it is done, like its phone.
    let (whole, masked) = ("客户还欠尾款，先打 13912345678", "客户还欠尾款，先打 139****5678");
    assert_eq!((newest(&fitter, &path).await.as_str(), newest(&other, &of_child).await.as_str()), (whole, masked));
    assert_eq!(newest(&manager, &path).await, whole);
    hub.sql(&format!("UPDATE ticket SET state = 'completed' WHERE id = {parent}")).await;
    assert_eq!(newest(&fitter, &path).await, masked);
    hub.stop().await;
}

#[tokio::test]
async fn numbers_in_comments_are_whole_where_the_roles_that_reach_the_record_show_its_phone() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, near) = somebody(&hub, &admin, "near", "sales", "SH01").await;
    let (_, far) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let place = async |site: &str| admin.read(&format!("/organisations?q={site}")).await["items"][0]["id"].clone();
    let (here, there) = (place("SH01").await, place("XH01").await);
    let rights = ["customers.see", "sales.see", "opportunities.see"];
    let role = json!({"code": "looks", "name": "看客户", "scope": "chosen", "rights": rights, "fields": {"customer.phone": "masked"}});
    let (status, looks) = admin.post("/roles", role).await;
    assert_eq!(status, 201, "{looks}");
    let roles = admin.read("/roles").await;
    let manager = roles["items"].as_array().unwrap().iter().find(|row| row["code"] == "store_manager").unwrap()["id"].clone();
    let held = json!([{"role": manager}, {"role": looks["id"], "organisations": [there]}]);
    let both = json!({"login": "both", "name": "both", "organisation": here, "roles": held, "password": PASSWORD});
    let (status, made_both) = admin.post("/people", both).await;
    assert_eq!(status, 201, "{made_both}");
    let reader = hub.sign_in("both").await;
    let lines = json!([{"item": 2, "quantity": "1", "price": "100.00"}]);
    for (desk, wanted) in [(&near, "请打 13812345678"), (&far, "请打 138****5678")] {
        let customer = made(desk, json!({"name": "王女士"})).await["id"].clone();
        let opportunity = desk.post("/opportunities", json!({"customer": customer, "title": "三居室"})).await.1["id"].clone();
        let order = desk.post("/orders", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
        let contract = desk.post("/contracts", json!({"customer": customer, "lines": lines})).await.1["id"].clone();
        for (kind, id) in [("customer", customer), ("opportunity", opportunity), ("order", order), ("contract", contract)] {
            let path = format!("/comments/{kind}/{id}");
            assert_eq!(desk.post(&path, json!({"text": "请打 13812345678"})).await.0, 201, "{path}");
            assert_eq!(newest(&reader, &path).await, wanted, "{path}");
        }
    }
    hub.stop().await;
}

#[tokio::test]
async fn what_is_said_of_an_item_stays_within_the_house_of_who_says_it() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (far, stranger) = somebody(&hub, &admin, "far", "sales", "XH01").await;
    let path = "/comments/item/1";
    assert_eq!(seller.post(path, json!({"text": "本店这批椅子有色差"})).await.0, 201);
    for (desk, wanted) in [(&seller, 1), (&manager, 1), (&admin, 1), (&stranger, 0)] {
        assert_eq!(desk.read(path).await["total"], wanted);
    }
    // Everybody sees the item, and yet only their own are offered and can be named.
    let offered = seller.read(&format!("{path}/people?q=far")).await;
    assert_eq!(offered["items"], json!([]), "{offered}");
    let naming = |people: i64| json!({"text": "看一下", "people": [people]});
    let known = seller.post(path, naming(far)).await.1.to_string().replace(&far.to_string(), "N");
    let unknown = seller.post(path, naming(987_654)).await.1.to_string().replace("987654", "N");
    assert_eq!(known, unknown, "whether there is such a person is not told");
    // Whoever sees both names whom they like, and who is named reads that one.
    assert_eq!(admin.post(path, naming(far)).await.0, 201);
    let read = stranger.read(path).await;
    assert_eq!((&read["total"], &read["items"][0]["text"]), (&json!(1), &json!("看一下")), "{read}");
    assert_eq!(told(&stranger).await["link"], "/items/1");
    assert_eq!(seller.read(path).await["total"], 1, "what the head office says to others is not for this store");

    // Somebody who changes sides takes nothing along.
    let places = admin.read("/organisations?q=XH01").await;
    let li = admin.read("/people?q=li").await["items"][0].clone();
    let to = json!({"organisation": places["items"][0]["id"]});
    assert_eq!(admin.send(Method::PATCH, &format!("/people/{}", li["id"]), li["version"].as_i64().unwrap(), to).await.0, 200);
    let texts = stranger.read(path).await.to_string();
    assert!(!texts.contains("色差"), "what was said at another store stays there: {texts}");
    assert_eq!(manager.read(path).await["items"][0]["text"], "本店这批椅子有色差");
    hub.stop().await;
}
