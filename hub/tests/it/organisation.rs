//! The chain's tree, people and roles, tokens: as those who look after them use it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};

impl Desk {
    async fn patch(&self, path: &str, version: i64, body: Value) -> (u16, Value) {
        answer(self.request(Method::PATCH, path).header("if-match", format!("\"{version}\"")).json(&body)).await
    }
}

async fn made(desk: &Desk, path: &str, body: Value) -> i64 {
    let (status, made) = desk.post(path, body).await;
    assert_eq!(status, 201, "{path}: {made}");
    made["id"].as_i64().unwrap()
}

/// A dealer with a store beneath the headquarters, and the dealer's owner, signed in.
async fn dealer(hub: &Running, admin: &Desk, code: &str) -> (i64, i64, Desk) {
    let top = admin.read("/organisations?tops=true").await["items"][0]["id"].as_i64().unwrap();
    let dealer = made(admin, "/organisations", json!({"parent": top, "kind": "dealer", "code": code, "name": code})).await;
    let store =
        made(admin, "/organisations", json!({"parent": dealer, "kind": "store", "code": format!("{code}-1"), "name": "一店"})).await;
    let role = role(admin, "dealer_owner").await;
    let login = format!("owner-{}", code.to_lowercase());
    let person = json!({"login": login, "name": "老板", "organisation": dealer, "roles": [{"role": role}], "password": PASSWORD});
    made(admin, "/people", person).await;
    (dealer, store, hub.sign_in(&login).await)
}

async fn role(desk: &Desk, code: &str) -> i64 {
    let roles = desk.read("/roles").await;
    let found = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == code).unwrap();
    found["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_subtree_moves_as_a_whole_and_what_people_see_moves_with_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (a, store, owner) = dealer(&hub, &admin, "A").await;
    let (b, _, other) = dealer(&hub, &admin, "B").await;
    assert_eq!(admin.read("/sites").await["total"], 4, "two stores came with their sites");
    assert_eq!(owner.read("/sites").await["items"][0]["code"], "A-1");
    assert_eq!(owner.get(&format!("/organisations/{b}")).await.0, 404);
    let taken = json!({"login": "hub", "name": "我", "organisation": a, "roles": [], "password": PASSWORD});
    assert_eq!(owner.post("/people", taken).await.0, 422, "the hub's own name");
    assert_eq!(admin.get("/people?q=%00").await.1["rule"], "no_nul");
    assert_eq!(admin.post("/people", json!({"login": "a\u{0}b"})).await.1["rule"], "no_nul");

    let row = admin.read(&format!("/organisations/{store}")).await;
    let version = row["version"].as_i64().unwrap();
    let path = format!("/organisations/{store}");
    assert_eq!(answer(admin.request(Method::PATCH, &path).json(&json!({"name": "x"}))).await.0, 428);
    assert_eq!(admin.patch(&path, version + 5, json!({"name": "x"})).await.1["rule"], "changed_meanwhile");
    assert_eq!(admin.patch(&format!("/organisations/{a}"), 1, json!({"parent": store})).await.1["rule"], "no_circle");
    let (status, moved) = admin.patch(&path, version, json!({"parent": b})).await;
    assert_eq!((status, moved["parent"].as_i64(), moved["version"].as_i64()), (200, Some(b), Some(version + 1)));
    assert_eq!(owner.read("/sites").await["total"], 0, "at once, without signing in again");
    assert_eq!(other.read("/sites").await["total"], 2);

    // An owner changes what is beneath, never what is decided above.
    assert_eq!(other.patch(&path, version + 1, json!({"name": "新名"})).await.0, 200);
    let own = format!("/organisations/{b}");
    assert_eq!(other.patch(&own, 1, json!({"switches": {"edges": true}})).await.1["rule"], "role");
    assert_eq!(admin.patch(&own, 1, json!({"switches": {"edges": false}})).await.0, 200);
    assert_eq!(other.get("/edges").await.1["rule"], "module_on");
    assert_eq!(admin.get("/edges").await.0, 200);
    assert!(hub.number("SELECT COUNT(*) FROM audit WHERE entity = 'organisation'").await >= 7);
    hub.stop().await;
}

#[tokio::test]
async fn nobody_gives_more_than_they_have_and_one_administrator_stays() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (a, store, owner) = dealer(&hub, &admin, "A").await;
    let (b, _, _) = dealer(&hub, &admin, "B").await;
    let (boss, sales) = (role(&admin, "administrator").await, role(&admin, "sales").await);
    let person = |login: &str, at: i64, role: Value| json!({"login": login, "name": "人", "organisation": at, "roles": [role]});
    let rule = async |body: Value| owner.post("/people", body).await.1["rule"].as_str().map(str::to_owned);
    assert_eq!(rule(person("x1", store, json!({"role": boss}))).await.as_deref(), Some("wider_than_own"));
    assert_eq!(rule(person("x2", store, json!({"role": sales, "organisations": [b]}))).await.as_deref(), Some("wider_than_own"));
    assert_eq!(rule(person("x3", b, json!({"role": sales}))).await.as_deref(), Some("not_found"));
    let (status, li) = owner.post("/people", person("li", store, json!({"role": sales}))).await;
    assert_eq!((status, li["password"].as_str().map(str::len)), (201, Some(19)), "{li}");
    let path = format!("/people/{}", li["id"]);
    assert_eq!(owner.patch(&path, 1, json!({"roles": [{"role": boss}]})).await.1["rule"], "wider_than_own");
    assert_eq!(owner.patch(&path, 1, json!({"organisation": a, "name": "李"})).await.0, 200);

    // Whoever is wider than oneself is out of reach, also to be reset or disabled.
    let chief = json!({"login": "chief", "name": "总", "organisation": a, "roles": [{"role": boss}], "password": PASSWORD});
    let chief = made(&admin, "/people", chief).await;
    for path in [format!("/people/{chief}/password"), format!("/people/{chief}/hand-over")] {
        assert_eq!(owner.post(&path, json!({"to": li["id"]})).await.1["rule"], "wider_than_own", "{path}");
    }
    let second = hub.sign_in("chief").await;
    let first = admin.read("/session").await["user"]["id"].as_i64().unwrap();
    assert_eq!(admin.patch(&format!("/people/{chief}"), 1, json!({"disabled": true})).await.0, 200);
    assert_eq!(second.get("/session").await.0, 401, "who is disabled is signed out");
    let (status, body) = admin.patch(&format!("/people/{first}"), 1, json!({"disabled": true})).await;
    assert_eq!((status, body["rule"].as_str()), (409, Some("last_administrator")));
    assert_eq!(admin.patch(&format!("/people/{first}"), 1, json!({"roles": []})).await.1["rule"], "last_administrator");
    hub.stop().await;
}

#[tokio::test]
async fn a_changed_role_holds_at_once_and_the_administrators_cannot_be_emptied() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    let warehouse = role(&admin, "warehouse").await;
    let path = format!("/roles/{warehouse}");
    assert_eq!(clerk.get("/tasks").await.0, 200);
    assert_eq!(clerk.patch(&path, 1, json!({"rights": ["edges"]})).await.1["rule"], "role");
    assert_eq!(admin.patch(&path, 1, json!({"rights": ["stock.see"]})).await.0, 200);
    assert_eq!(clerk.get("/tasks").await.1["rule"], "role");
    let boss = format!("/roles/{}", role(&admin, "administrator").await);
    assert_eq!(admin.patch(&boss, 1, json!({"rights": []})).await.1["rule"], "built_in");
    assert_eq!(admin.patch(&path, 2, json!({"rights": ["fly"]})).await.0, 422);
    assert_eq!(admin.patch(&path, 2, json!({"fields": {"customer phone": "read"}})).await.1["rule"], "field_shape");
    let own = made(&admin, "/roles", json!({"code": "stylist", "name": "软装", "scope": "records", "rights": ["stock.see"]})).await;
    assert_eq!(answer(admin.request(Method::DELETE, &format!("/roles/{own}"))).await.0, 204);
    assert_eq!(answer(admin.request(Method::DELETE, &path)).await.1["rule"], "built_in");
    hub.stop().await;
}

#[tokio::test]
async fn a_token_speaks_for_its_person_with_its_own_rights_until_it_is_revoked() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (status, token) = admin.post("/me/tokens", json!({"name": "ERP", "rights": ["work.see", "tasks"], "days": 30})).await;
    assert_eq!(status, 201, "{token}");
    let secret = token["token"].as_str().unwrap();
    assert!(secret.starts_with("qitao_") && secret.starts_with(token["prefix"].as_str().unwrap()));
    assert_eq!(hub.number("SELECT COUNT(*) FROM api_token WHERE LENGTH(token_hash) = 64").await, 1, "only a digest is kept");
    let program = |method: Method, path: &str| {
        let url = format!("{}/api/v1{path}", hub.base);
        reqwest::Client::new().request(method, url).header("authorization", format!("Bearer {secret}"))
    };
    assert_eq!(answer(program(Method::GET, "/tasks")).await.0, 200);
    assert_eq!(answer(program(Method::GET, "/stock")).await.1["rule"], "role", "its person may, it may not");
    let task = json!({"kind": "count", "site": 1, "lines": [{"location": 1}]});
    assert_eq!(answer(program(Method::POST, "/tasks").json(&task)).await.0, 201, "no CSRF secret for a program");
    // A sheet that its person made for themselves is not for it; one that it made itself is.
    let sheet = admin.post("/exports", json!({"list": "stock"})).await.1;
    assert_eq!(answer(program(Method::GET, &format!("/exports/{}", sheet["id"]))).await.0, 404);
    assert_eq!(answer(program(Method::GET, "/exports")).await.1["total"], 0);
    let own = answer(program(Method::POST, "/exports").json(&json!({"list": "tasks"}))).await.1;
    assert_eq!(answer(program(Method::GET, "/exports")).await.1["items"][0]["id"], own["id"]);
    let new = json!({"name": "x", "rights": ["tasks"]});
    assert_eq!(answer(program(Method::POST, "/me/tokens").json(&new)).await.1["rule"], "browser_session");
    assert!(admin.read("/me/tokens").await["items"][0]["last_used_ms"].is_i64());
    assert_eq!(answer(admin.request(Method::DELETE, &format!("/me/tokens/{}", token["id"]))).await.0, 204);
    assert_eq!(answer(program(Method::GET, "/tasks")).await.0, 401);
    let clerk = hub.sign_in("warehouse").await;
    assert_eq!(clerk.post("/me/tokens", new).await.1["rule"], "role");
    hub.stop().await;
}

#[tokio::test]
async fn everybody_looks_after_their_own_name_password_and_sessions() {
    let hub = Running::start().await;
    let (here, there) = (hub.sign_in("warehouse").await, hub.sign_in("warehouse").await);
    assert_eq!(answer(here.request(Method::PATCH, "/me").json(&json!({"name": "王芳"}))).await.0, 204);
    assert_eq!(there.read("/session").await["user"]["name"], "王芳");
    let sessions = here.read("/me/sessions").await;
    let other = sessions["items"].as_array().unwrap().iter().find(|row| row["current"] == false).unwrap();
    assert_eq!(answer(here.request(Method::DELETE, &format!("/me/sessions/{}", other["id"].as_str().unwrap()))).await.0, 204);
    assert_eq!(there.get("/session").await.0, 401);
    assert_eq!(here.post("/me/password", json!({"old": "wrong-one", "new": "correct-horse-9"})).await.1["rule"], "old_password");
    assert_eq!(here.post("/me/password", json!({"old": PASSWORD, "new": "short"})).await.1["rule"], "password_length");
    assert_eq!(here.post("/me/password", json!({"old": PASSWORD, "new": "correct-horse-9"})).await.0, 204);
    assert_eq!(here.get("/session").await.0, 200, "the session that changed it goes on");
    let wrong = || here.post("/me/password", json!({"old": "wrong-one", "new": "correct-horse-8"}));
    for _ in 0..5 {
        assert_eq!(wrong().await.1["rule"], "old_password");
    }
    assert_eq!((wrong().await.0, wrong().await.1["rule"].as_str()), (429, Some("login_attempts")), "nobody guesses it inside a session");
    hub.stop().await;
}

#[tokio::test]
async fn a_role_that_demands_codes_lets_nobody_do_anything_before_they_are_set_up() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    let path = format!("/roles/{}", role(&admin, "warehouse").await);
    assert_eq!(admin.patch(&path, 1, json!({"codes_required": true})).await.0, 200);
    assert_eq!(clerk.get("/tasks").await.1["rule"], "codes_set_up");
    assert_eq!(clerk.read("/session").await["codes_missing"], true);
    assert_eq!(clerk.post("/me/codes", json!({"password": "wrong"})).await.1["rule"], "old_password");
    let (status, begun) = clerk.post("/me/codes", json!({"password": PASSWORD})).await;
    assert_eq!((status, begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Qitao:warehouse?secret=")), (200, true));
    assert_eq!(clerk.post("/me/codes/confirm", json!({"code": "12345"})).await.1["rule"], "code");
    hub.stop().await;
}
