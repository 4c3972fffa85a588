//! The panel opened to the network: this machine comes in freely, a device over the network once it is paired, and a foreign page never.

use std::net::SocketAddr;

use qitao_edge_agent::Agent;
use qitao_edge_agent::config::Config;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Panel {
    at: SocketAddr,
    client: Client,
    stop: CancellationToken,
    running: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Panel {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data: folder.path().to_owned(), machine: Some("test".into()), ..Config::default() };
        config.panel.listen = "0.0.0.0:0".parse().unwrap();
        (config.disk.ballast_mib, config.disk.full_mib, config.devices.adopt) = (0, 0, false);
        let agent = Agent::build(config).await.unwrap();
        let (at, stop) = (SocketAddr::from(([127, 0, 0, 1], agent.panel().port())), agent.stop());
        let running = tokio::spawn(async move { agent.run().await.unwrap() });
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { at, client, stop, running, _folder: folder }
    }

    /// A program on this machine.
    fn here(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.at))
    }

    /// Somebody over the network: all of the test's requests come from this machine, so a proxy stands in between.
    fn away(&self, method: Method, path: &str) -> RequestBuilder {
        self.here(method, path).header("x-forwarded-for", "192.0.2.9")
    }

    async fn code(&self) -> String {
        let shown: Value = answer(self.here(Method::POST, "/api/pairing")).await.json().await.unwrap();
        assert!(shown["url"].as_str().unwrap().ends_with(shown["code"].as_str().unwrap()));
        shown["code"].as_str().unwrap().to_owned()
    }

    async fn close(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

async fn answer(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

/// As a browser sends a form.
fn form(request: RequestBuilder, body: &str) -> RequestBuilder {
    request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned())
}

async fn status(request: RequestBuilder) -> StatusCode {
    answer(request).await.status()
}

#[tokio::test]
async fn over_the_network_nothing_is_read_or_written_before_a_device_is_paired() {
    let panel = Panel::open().await;
    for path in ["/api/state", "/api/tasks", "/api/print/jobs"] {
        assert_eq!(status(panel.here(Method::GET, path)).await, StatusCode::OK, "{path}");
        assert_eq!(status(panel.away(Method::GET, path)).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/api/stations", "/api/stations/gun-1/scan", "/api/print", "/api/pairing"] {
        let asked = panel.away(Method::POST, path).json(&json!({"name": "PDA", "payload": "QT-OUT"}));
        assert_ne!(status(asked).await, StatusCode::OK, "{path}");
    }
    // Whatever page is asked for, it is the one that asks for the code.
    let page = answer(panel.away(Method::GET, "/")).await;
    assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
    assert!(page.text().await.unwrap().contains("name=\"code\""));

    // A PDA reads the code off the screen, gets a cookie, and is in.
    let code = panel.code().await;
    let given = format!("code=http%3A%2F%2F192.168.1.5%3A8090%2Fpair%3Fcode%3D{code}");
    let paired = answer(form(panel.away(Method::POST, "/pair").header("user-agent", "PDA 7"), &given)).await;
    assert_eq!(paired.status(), StatusCode::SEE_OTHER);
    let cookie = paired.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(status(panel.away(Method::GET, "/api/state").header("cookie", &cookie)).await, StatusCode::OK);
    assert_eq!(status(form(panel.away(Method::POST, "/pair"), &given)).await, StatusCode::FORBIDDEN, "the code is used up");

    // A program gets the token itself; the page on this machine shows both devices, and takes them out.
    let asked = json!({"code": panel.code().await, "name": "till"});
    let token: Value = answer(panel.away(Method::POST, "/api/pair").json(&asked)).await.json().await.unwrap();
    let token = token["token"].as_str().unwrap();
    assert_eq!(status(panel.away(Method::GET, "/api/state").header("x-qitao-device", token)).await, StatusCode::OK);
    let page = answer(panel.here(Method::GET, "/pair")).await.text().await.unwrap();
    assert!(page.contains("PDA 7") && page.contains("till") && page.contains("<svg") && !page.contains(token));
    for device in page.split("name=\"device\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let gone = format!("device={device}");
        let away = panel.away(Method::POST, "/pair/remove").header("cookie", &cookie);
        assert_ne!(status(form(away, &gone)).await, StatusCode::SEE_OTHER);
        assert_eq!(status(form(panel.here(Method::POST, "/pair/remove"), &gone)).await, StatusCode::SEE_OTHER);
    }
    assert_eq!(status(panel.away(Method::GET, "/api/state").header("cookie", &cookie)).await, StatusCode::UNAUTHORIZED);
    panel.close().await;
}

#[tokio::test]
async fn a_page_can_tell_a_scanner_what_to_do_and_not_that_a_scan_was_good() {
    let panel = Panel::open().await;
    let made: Value = answer(panel.here(Method::POST, "/api/stations").json(&json!({"name": "PDA"}))).await.json().await.unwrap();
    let path = format!("/api/stations/{}/scanner", made["id"].as_str().unwrap());
    let say = |signal: &str| panel.here(Method::POST, &path).bearer_auth(made["token"].as_str().unwrap()).json(&json!({"signal": signal}));
    for order in ["enable", "disable", "trigger", "release"] {
        assert_eq!(status(say(order)).await, StatusCode::NOT_FOUND, "{order}: a page has no scanner of its own");
    }
    for answer in ["good", "right", "wrong", "warning", "attention"] {
        assert_eq!(status(say(answer)).await, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    }
    panel.close().await;
}

#[tokio::test]
async fn whoever_guesses_codes_has_to_wait_and_a_foreign_name_or_page_is_refused_also_on_this_machine() {
    let panel = Panel::open().await;
    panel.code().await;
    for _ in 0..5 {
        assert_eq!(status(panel.away(Method::POST, "/api/pair").json(&json!({"code": "1"}))).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(
        status(panel.away(Method::POST, "/api/pair").json(&json!({"code": panel.code().await}))).await,
        StatusCode::TOO_MANY_REQUESTS
    );

    let named = |host: &str| panel.here(Method::GET, "/api/state").header("host", host);
    assert_eq!(status(named("evil.example")).await, StatusCode::MISDIRECTED_REQUEST, "a foreign name that points here");
    assert_eq!(status(named(&format!("localhost:{}", panel.at.port()))).await, StatusCode::OK);
    let foreign = panel.here(Method::POST, "/api/stations").header("origin", "http://evil.example").json(&json!({"name": "x"}));
    assert_eq!(status(foreign).await, StatusCode::FORBIDDEN);
    panel.close().await;
}
