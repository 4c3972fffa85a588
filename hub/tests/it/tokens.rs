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
