//! What a token can never become, and when it ends.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};

struct Program {
    base: String,
    secret: String,
}

impl Program {
    async fn of(hub: &Running, desk: &Desk, rights: Value) -> Self {
        let (status, token) = desk.post("/me/tokens", json!({"name": "ERP", "rights": rights})).await;
        assert_eq!(status, 201, "{token}");
        Self { base: hub.base.clone(), secret: token["token"].as_str().unwrap().to_owned() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1{path}", self.base);
        reqwest::Client::new().request(method, url).header("authorization", format!("Bearer {}", self.secret))
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(method, path).header("if-match", "\"1\"").json(&body)).await
    }
}

#[tokio::test]
async fn a_token_becomes_nobodys_password() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let rights = admin.read("/rights").await["items"].as_array().unwrap().iter().map(|row| row["right"].clone()).collect::<Vec<_>>();
    let program = Program::of(&hub, &admin, rights.into()).await;
    let id = async |login: &str| admin.read(&format!("/people?q={login}")).await["items"][0]["id"].as_i64().unwrap();
    let (own, clerk) = (id("admin").await, id("warehouse").await);
    for (method, path) in [
        (Method::POST, format!("/people/{own}/password")),
        (Method::DELETE, format!("/people/{own}/codes")),
        (Method::DELETE, format!("/people/{own}/outside")),
        (Method::GET, format!("/people/{own}/sessions")),
        (Method::DELETE, format!("/people/{own}/sessions")),
        (Method::PATCH, format!("/people/{own}")),
        (Method::POST, format!("/people/{clerk}/password")),
        (Method::DELETE, format!("/people/{clerk}/codes")),
        (Method::DELETE, format!("/people/{clerk}/outside")),
    ] {
        assert_eq!(program.ask(method.clone(), &path, json!({"name": "x"})).await.1["rule"], "browser_session", "{method} {path}");
    }
    let top = admin.read("/organisations?tops=true").await["items"][0]["id"].clone();
    let person = json!({"login": "door", "name": "门", "organisation": top, "password": PASSWORD});
    let (status, refused) = program.ask(Method::POST, "/people", person).await;
    assert_eq!((status, &refused["rule"], &refused["field"]), (403, &json!("browser_session"), &json!("password")));
    let (status, made) = program.ask(Method::POST, "/people", json!({"login": "li", "name": "李", "organisation": top})).await;
    assert_eq!((status, &made["login"], made.get("password")), (201, &json!("li"), None), "people still come from another program: {made}");
    assert_eq!(program.ask(Method::PATCH, &format!("/people/{}", made["id"]), json!({"name": "李雷"})).await.0, 200);
    let (status, given) = admin.post(&format!("/people/{}/password", made["id"]), json!({})).await;
    assert!(status == 200 && given["password"].is_string(), "{given}");
    hub.stop().await;
}

#[tokio::test]
async fn signed_out_everywhere_are_programs_too_and_tokens_that_are_over_leave_room() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "administrator").unwrap()["id"].clone();
    let top = admin.read("/organisations?tops=true").await["items"][0]["id"].clone();
    let second = json!({"login": "second", "name": "二", "organisation": top, "password": PASSWORD, "roles": [{"role": role}]});
    let person = admin.post("/people", second).await.1["id"].as_i64().unwrap();
    let second = hub.sign_in("second").await;
    // Fifty is the most: those that are over do not count.
    let over = |n: i64| format!("({person}, 't', 'qitao_', 'over-{n}', '[]', 1, 2)");
    let rows = (0..50).map(over).collect::<Vec<_>>().join(",");
    hub.sql(&format!("INSERT INTO api_token (person_id, name, prefix, token_hash, rights, created_ms, expires_ms) VALUES {rows}")).await;
    let program = Program::of(&hub, &second, json!(["work.see"])).await;
    hub.sql("UPDATE api_token SET expires_ms = NULL WHERE token_hash LIKE 'over-%'").await;
    let (status, refused) = second.post("/me/tokens", json!({"name": "x", "rights": ["work.see"]})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("token_count")));

    assert_eq!(answer(program.request(Method::GET, "/tasks")).await.0, 200);
    assert_eq!(answer(admin.request(Method::DELETE, &format!("/people/{person}/sessions"))).await.0, 204);
    assert_eq!((second.get("/session").await.0, answer(program.request(Method::GET, "/tasks")).await.0), (401, 401));
    let told = admin.read(&format!("/people/{person}/timeline")).await["items"][0].clone();
    assert_eq!((&told["action"], &told["new"]), (&json!("end_sessions"), &json!({"ended": 1, "tokens": 51})), "{told}");
    // Their own password is no reason to stop their programs.
    let second = hub.sign_in("second").await;
    let program = Program::of(&hub, &second, json!(["work.see"])).await;
    assert_eq!(second.post("/me/password", json!({"old": PASSWORD, "new": "correct-horse-9"})).await.0, 204);
    assert_eq!(answer(program.request(Method::GET, "/tasks")).await.0, 200);
    hub.stop().await;
}
