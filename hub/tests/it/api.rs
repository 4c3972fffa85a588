//! Signing in, scope, pages, refusals, the document.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::desk::{PASSWORD, Running, answer};
use crate::provider::Provider;

#[tokio::test]
async fn five_wrong_passwords_lock_the_login_and_other_logins_still_work() {
    let hub = Running::start().await;
    let sign_in = |password: &'static str| {
        let url = format!("{}/api/v1/session", hub.base);
        async move { answer(Client::new().post(url).json(&json!({"login": "manager", "password": password}))).await }
    };
    for _ in 0..5 {
        let (status, body) = sign_in("wrong").await;
        assert_eq!((status, body["rule"].as_str()), (401, Some("password")));
    }
    let (status, body) = sign_in(PASSWORD).await;
    assert_eq!((status, body["rule"].as_str()), (429, Some("login_attempts")), "also the right password waits now");
    let admin = hub.sign_in("admin").await;
    assert_eq!(admin.read("/session").await["user"]["role"], "administrator");
    hub.stop().await;
}

#[tokio::test]
async fn limits_count_the_address_behind_a_trusted_proxy_and_believe_nobody_else() {
    let proxied = Running::start_with(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let direct = Running::start().await;
    let sign_in = async |hub: &Running, from: &str, login: &str, password: &str| {
        let client = Client::new().post(format!("{}/api/v1/session", hub.base)).header("x-forwarded-for", from);
        answer(client.json(&json!({"login": login, "password": password}))).await.0
    };
    for _ in 0..5 {
        assert_eq!(sign_in(&proxied, "192.0.2.1", "manager", "wrong").await, 401);
        // Whoever is not behind a trusted proxy cannot choose an address.
        let made_up = format!("192.0.2.{}", rand::random::<u8>());
        assert_eq!(sign_in(&direct, &made_up, "manager", "wrong").await, 401);
    }
    assert_eq!(sign_in(&proxied, "192.0.2.1", "manager", PASSWORD).await, 429);
    assert_eq!(sign_in(&proxied, "10.9.9.9, 192.0.2.1", "manager", PASSWORD).await, 429, "what the client wrote in front counts nothing");
    assert_eq!(sign_in(&proxied, "192.0.2.2", "manager", PASSWORD).await, 200, "somebody elsewhere is not locked out");
    assert_eq!(sign_in(&direct, "192.0.2.99", "manager", PASSWORD).await, 429);
    proxied.stop().await;
    direct.stop().await;
}

#[tokio::test]
async fn a_change_needs_the_sessions_secret_and_a_session_ends_with_signing_out() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (status, body) = answer(admin.without_csrf(Method::POST, "/tasks").json(&json!({}))).await;
    assert_eq!((status, body["rule"].as_str()), (403, Some("csrf")));
    let (status, _) = answer(Client::new().get(format!("{}/api/v1/items", hub.base))).await;
    assert_eq!(status, 401);
    assert_eq!(hub.number("SELECT COUNT(*) FROM hub_session WHERE LENGTH(token_hash) = 64").await, 1, "only a hash is kept");
    let (status, _) = answer(admin.request(Method::DELETE, "/session")).await;
    assert_eq!(status, 204);
    assert_eq!(admin.get("/items").await.0, 401);
    hub.stop().await;
}

#[tokio::test]
async fn what_belongs_to_another_site_does_not_exist() {
    let hub = Running::start().await;
    hub.sql("INSERT INTO exception (kind, site_id, opened_ms, state, data) VALUES ('printer',2,1,'open','{}'),('printer',1,1,'open','{}')")
        .await;
    let clerk = hub.sign_in("warehouse").await;
    for path in [
        "/locations/9",
        "/locations?site=2",
        "/tasks?site=2",
        "/stock?site=2",
        "/movements?site=2",
        "/scans?site=2",
        "/edges?site=2",
        "/floor?site=2",
        "/events?site=2",
        "/exceptions/1",
        "/totals",
    ] {
        assert_eq!(clerk.get(path).await.0, 404, "{path}");
    }
    assert_eq!(clerk.read("/sites").await["total"], 1);
    assert_eq!(clerk.read("/locations").await["total"], 7);
    assert_eq!(clerk.read("/exceptions").await["total"], 1);
    let (status, _) = clerk.post("/tasks", json!({"kind": "count", "site": 2, "lines": [{"location": 9}]})).await;
    assert_eq!(status, 404);
    let auditor = hub.sign_in("auditor").await;
    assert_eq!(auditor.read("/sites").await["total"], 2);
    let (status, body) = auditor.post("/tasks", json!({"kind": "count", "site": 1, "lines": [{"location": 1}]})).await;
    assert_eq!((status, body["rule"].as_str()), (403, Some("role")));
    assert_eq!(clerk.post("/edges", json!({"site": 1, "name": "x"})).await.0, 403);
    hub.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_and_signs_are_no_wildcards_in_a_search() {
    let hub = Running::start().await;
    let desk = hub.sign_in("warehouse").await;
    let (mut codes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk.read(&format!("/items?limit=1{cursor}")).await;
        assert_eq!(page["total"], 4);
        codes.extend(page["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(codes, ["CL-LINEN", "CY-OAK", "TZ-OAK", "YG-OAK-2400"]);
    let found = async |q: &str| desk.read(&format!("/items?q={q}")).await["total"].as_i64().unwrap();
    assert_eq!((found("%25_").await, found("100%25_").await, found("oak").await, found("6901234567892").await), (0, 1, 3, 1));
    let wardrobe = desk.read("/items/1").await;
    assert_eq!((wardrobe["sets"].as_str(), wardrobe["stock"].as_array().map(Vec::len)), (Some("1"), Some(3)));
    assert_eq!(desk.read("/items/4").await["on_hand"], "1");
    assert_eq!(desk.get("/items?cursor=%25").await.1["rule"], "cursor");
    hub.stop().await;
}

#[tokio::test]
async fn hostile_requests_are_refused_with_a_problem_and_never_break_the_hub() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = [
        ("", 400),
        ("{", 400),
        ("null", 422),
        ("[]", 422),
        (deep.as_str(), 400),
        ("{\"kind\":\"theft\",\"site\":1,\"lines\":[]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[{\"item\":1,\"quantity\":\"1e9\"}]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[{\"item\":1,\"quantity\":\"-1\"}]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[{\"item\":1,\"quantity\":\"0.5\"}]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[{\"item\":99,\"quantity\":\"1\"}]}", 422),
        ("{\"kind\":\"pick\",\"site\":1,\"lines\":[{\"item\":9223372036854775807,\"quantity\":\"1\"}]}", 422),
        ("{\"kind\":\"count\",\"site\":1,\"lines\":[{\"location\":6}]}", 422),
        ("{\"kind\":\"count\",\"site\":1,\"lines\":[{\"location\":9}]}", 422),
        ("{\"kind\":\"count\",\"site\":1,\"lines\":[{\"location\":1},{\"location\":1}]}", 422),
        ("{\"x\":1}", 422),
    ];
    for (body, wanted) in bodies {
        let (status, problem) =
            answer(desk.request(Method::POST, "/tasks").header("content-type", "application/json").body(body.to_owned())).await;
        assert_eq!(status, wanted, "{} → {problem}", &body[..body.len().min(80)]);
        assert!(problem["rule"].is_string() && problem["title"].is_string(), "{problem}");
    }
    let large = answer(desk.request(Method::POST, "/tasks").header("content-type", "application/json").body(" ".repeat(2_000_000))).await;
    assert_eq!((large.0, large.1["rule"].as_str()), (413, Some("body_limit")));
    assert_eq!(answer(desk.request(Method::POST, "/tasks").body("x")).await.0, 415);
    assert_eq!(answer(desk.request(Method::PUT, "/items")).await.1["rule"], "method");
    assert_eq!(desk.get("/nothing").await.1["rule"], "no_such_route");
    assert_eq!(desk.get("/items/%00").await.0, 404);
    assert_eq!(desk.get("/items?limit=many").await.0, 400);
    let english = answer(desk.request(Method::GET, "/items/99").header("accept-language", "en")).await.1;
    assert_eq!(english["title"], "Not found");
    assert_eq!(hub.number("SELECT COUNT(*) FROM task").await, 0);
    hub.stop().await;
}

#[tokio::test]
async fn answers_are_secured_and_the_ui_is_served_for_every_page() {
    let hub = Running::start().await;
    for path in ["/", "/tasks/7", "/api/v1/health"] {
        let answer = reqwest::get(format!("{}{path}", hub.base)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers().contains_key("x-request-id"));
    }
    for path in ["/", "/survey", "/fields", "/assets/none.js", "/field/", "/field/x", "/field/assets/none.js"] {
        let answer = reqwest::get(format!("{}{path}", hub.base)).await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        // Only the installer's page compiles WebAssembly, and none runs a script made of text.
        assert_eq!(policy.contains("script-src 'self' 'wasm-unsafe-eval'"), path.starts_with("/field/"), "{path}: {policy}");
        assert!(!policy.contains(" 'unsafe-eval'") && policy.contains("object-src 'none'"), "{path}: {policy}");
    }
    for path in ["/assets/none.js", "/..%2f..%2fCargo.toml", "/api/v1/none", "/edge/v1/none"] {
        assert_eq!(reqwest::get(format!("{}{path}", hub.base)).await.unwrap().status(), 404, "{path}");
    }
    // What the installer's document names, also for later, is there; the reader has the type that browsers compile while it arrives.
    let document = reqwest::get(format!("{}/field/", hub.base)).await.unwrap().text().await.unwrap();
    let named: Vec<&str> = document.split('"').filter(|part| part.starts_with("/field/assets/")).collect();
    assert!(!document.contains("/field/") || named.iter().any(|path| path.ends_with(".wasm")), "{named:?}");
    for path in named {
        let answer = reqwest::get(format!("{}{path}", hub.base)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(!path.ends_with(".wasm") || answer.headers()["content-type"] == "application/wasm", "{path}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn every_route_of_the_document_has_its_refusals_and_answers() {
    // Without a provider its addresses would look as if they were not there.
    let provider = Provider::start().await;
    provider.away(true);
    let hub = Running::start_with(|config| provider.known_to(config)).await;
    let document: Value = reqwest::get(format!("{}/api/v1/openapi.json", hub.base)).await.unwrap().json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let refusal = &operation["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(refusal, "#/components/schemas/Problem", "{method} {path}");
            let url = format!("{}{}", hub.base, path.replace("{id}", "1"));
            let status = Client::new().request(method.to_uppercase().parse().unwrap(), url).send().await.unwrap().status().as_u16();
            assert!(!matches!(status, 404 | 405), "{method} {path}: {status}");
        }
    }
    hub.stop().await;
}
