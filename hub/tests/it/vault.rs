//! Phone and e-mail of people: who sees how much, who finds whom, and what is left of it in the audit.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Running, answer};

async fn patch(desk: &Desk, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(Method::PATCH, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

async fn id_of(desk: &Desk, login: &str) -> i64 {
    desk.read(&format!("/people?q={login}")).await["items"][0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_phone_is_whole_masked_or_refused_by_field_right_and_a_reveal_is_in_the_audit() {
    let hub = Running::start().await;
    let (admin, manager, auditor) = (hub.sign_in("admin").await, hub.sign_in("manager").await, hub.sign_in("auditor").await);
    let clerk = id_of(&admin, "warehouse").await;
    let path = format!("/people/{clerk}");
    let version = admin.read(&path).await["version"].as_i64().unwrap();
    let wanted = json!({"phone": "+86 138-1234-5678", "email": "Fang@Qitao.example"});
    let (status, row) = patch(&manager, &path, version, wanted).await;
    assert_eq!((status, row["phone"].as_str(), row["email"].as_str()), (200, Some("13812345678"), Some("fang@qitao.example")), "{row}");

    let masked = auditor.read(&path).await;
    assert_eq!((masked["phone"].as_str(), masked["email"].as_str()), (Some("138****5678"), Some("f***@qitao.example")));
    assert_eq!(patch(&admin, &path, version + 1, json!({"phone": "138****5678"})).await.1["rule"], "phone_shape");
    assert_eq!(patch(&admin, &path, version + 1, json!({"email": "fang"})).await.1["rule"], "email_shape");
    assert_eq!(auditor.post(&format!("{path}/reveal"), json!({"field": "phone", "reason": "查账"})).await.1["rule"], "role");

    // A role of one's own, with everything but the field.
    let roles = admin.read("/roles").await;
    let manager_role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "store_manager").unwrap();
    let role = format!("/roles/{}", manager_role["id"]);
    let fields = |word: &str| json!({"fields": {"person.phone": word}});
    assert_eq!(patch(&admin, &role, 1, fields("masked")).await.0, 200);
    assert_eq!(manager.read(&path).await["phone"], "138****5678");
    assert_eq!(patch(&manager, &path, version + 1, json!({"phone": "13800000000"})).await.1["rule"], "field_right");
    assert_eq!(manager.post(&format!("{path}/reveal"), json!({"field": "phone", "reason": " "})).await.1["rule"], "reason_length");
    let reason = json!({"field": "phone", "reason": "回访 13812345678"});
    assert_eq!(manager.post(&format!("{path}/reveal"), reason.clone()).await, (200, json!({"value": "13812345678"})));
    assert_eq!(manager.post("/people/999/reveal", reason.clone()).await.0, 404);
    let foreign = id_of(&admin, "admin").await;
    assert_eq!(manager.post(&format!("/people/{foreign}/reveal"), reason.clone()).await.0, 404, "of another organisation");
    assert_eq!(patch(&admin, &role, 2, fields("none")).await.0, 200);
    assert_eq!(manager.read(&path).await.get("phone"), None);
    assert_eq!(manager.post(&format!("{path}/reveal"), reason).await.1["rule"], "field_right");
    assert_eq!(manager.post("/people/find", json!({"phone": "13812345678"})).await.1["rule"], "field_right");

    let timeline = manager.read(&format!("{path}/timeline")).await;
    let (reveal, change) = (&timeline["items"][0], &timeline["items"][1]);
    assert_eq!((reveal["action"].as_str(), reveal["author"].as_str()), (Some("reveal"), Some("manager")), "{timeline}");
    assert_eq!(reveal["new"], json!({"field": "phone", "reason": "回访 138****5678"}));
    assert_eq!((change["old"]["phone"].as_str(), change["new"]["phone"].as_str()), (None, Some("138****5678")));
    assert_eq!(auditor.read("/audit?entity=person&action=reveal").await["total"], 1);
    assert_eq!(manager.get("/audit").await.1["rule"], "role");
    assert!(!auditor.read("/audit").await.to_string().contains("13812345678"));
    hub.stop().await;
}

#[tokio::test]
async fn people_are_found_by_phone_however_it_is_written_within_what_the_reader_sees() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    for login in ["warehouse", "auditor"] {
        let path = format!("/people/{}", id_of(&admin, login).await);
        let (status, row) = patch(&admin, &path, 1, json!({"phone": "13812345678", "email": format!("{login}@x.com")})).await;
        assert_eq!(status, 200, "{row}");
    }
    let found = async |desk: &Desk, body: Value| desk.post("/people/find", body).await.1["total"].as_i64();
    assert_eq!(found(&admin, json!({"phone": "+86 138 1234 5678"})).await, Some(2));
    assert_eq!(found(&manager, json!({"phone": "138-1234-5678"})).await, Some(1), "the auditor is not of this store");
    assert_eq!(found(&admin, json!({"phone_last": "5678"})).await, Some(2));
    assert_eq!(found(&admin, json!({"email": "AUDITOR@x.com"})).await, Some(1));
    assert_eq!(found(&admin, json!({"phone": "13812345679"})).await, Some(0));
    assert_eq!(admin.post("/people/find", json!({"phone": "1", "email": "x"})).await.1["rule"], "one_of");
    assert_eq!(hub.number("SELECT COUNT(*) FROM hub_user WHERE phone LIKE '%5678%' OR phone_hash LIKE '%5678%'").await, 0);
    hub.stop().await;
}
