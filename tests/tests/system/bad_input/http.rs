//! Hostile requests over HTTP, at the panel and at the hub.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_over_http_are_refused_by_panel_and_hub() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    let (panel, hub) = (scene.edge.url(), scene.hub.url());
    // A connection of its own for each request: one that was refused half way is closed, and must not be the next one's.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let deep = "[".repeat(200_000);
    let huge = vec![b'x'; 32 << 20];
    let scan = format!("{panel}/api/stations/gun-1/scan");
    let session = format!("{hub}/api/v1/session");
    let json = |request: reqwest::RequestBuilder| request.header("content-type", "application/json");

    let refused: Vec<(&str, reqwest::RequestBuilder, &[u16])> = vec![
        ("panel: huge", json(client.post(&scan)).body(huge.clone()), &[413]),
        ("panel: no JSON", json(client.post(&scan)).body("{payload"), &[400, 422]),
        ("panel: deep JSON", json(client.post(&scan)).body(deep.clone()), &[400, 413, 422]),
        ("panel: other JSON", json(client.post(&scan)).body("[1,2]"), &[400, 422]),
        ("panel: no type", client.post(&scan).body(r#"{"payload":"x"}"#), &[415]),
        ("panel: nothing scanned", json(client.post(&scan)).body(r#"{"payload":""}"#), &[422]),
        ("panel: another page", json(client.post(&scan)).header("origin", "http://evil.example").body(r#"{"payload":"QT-OUT"}"#), &[403]),
        ("panel: a page without origin", json(client.post(&scan)).header("origin", "null").body(r#"{"payload":"QT-OUT"}"#), &[403]),
        ("panel: another name", client.get(format!("{panel}/api/state")).header("host", "evil.example"), &[421]),
        ("panel: not paired", client.get(format!("{panel}/api/state")).header("x-forwarded-for", "192.0.2.1"), &[401]),
        ("panel: not paired, scans", json(client.post(&scan)).header("forwarded", "for=192.0.2.1").body(r#"{"payload":"QT-OUT"}"#), &[401]),
        ("panel: no such station", json(client.post(format!("{panel}/api/stations/nobody/scan"))).body(r#"{"payload":"x"}"#), &[404]),
        (
            "panel: odd station",
            json(client.post(format!("{panel}/api/stations/%2e%2e%2f%00/scan"))).body(r#"{"payload":"x"}"#),
            &[400, 404],
        ),
        ("panel: no picture", client.post(format!("{panel}/api/stations/gun-1/photo")).body("GIF89a nonsense"), &[400, 415, 422]),
        ("panel: huge picture", client.post(format!("{panel}/api/stations/gun-1/photo")).body(huge.clone()), &[413]),
        (
            "panel: no such label",
            json(client.post(format!("{panel}/api/print"))).body(r#"{"template":"../../etc/passwd","data":{},"copies":4000000000}"#),
            &[400, 422],
        ),
        ("hub: huge", json(client.post(&session)).body(huge), &[413]),
        ("hub: no JSON", json(client.post(&session)).body("{login"), &[400, 422]),
        ("hub: deep JSON", json(client.post(&session)).body(deep.clone()), &[400, 422]),
        ("hub: deep enrolment", json(client.post(format!("{hub}/edge/v1/enroll"))).body(deep), &[400, 422]),
        (
            "hub: a guessed token",
            json(client.post(format!("{hub}/edge/v1/enroll"))).body(r#"{"token":"guess","public_key":"AAAA"}"#),
            &[403, 422],
        ),
        ("hub: nobody", client.get(format!("{hub}/api/v1/items")), &[401]),
        ("hub: nobody makes a task", json(client.post(format!("{hub}/api/v1/tasks"))).body("{}"), &[401, 403]),
        ("hub: odd cookie", client.get(format!("{hub}/api/v1/items")).header("cookie", "qitao_session=%00%ff; x=;;;="), &[401]),
        ("hub: unsigned edge", client.get(format!("{hub}/edge/v1/datasets/items/snapshot")), &[401]),
        ("hub: odd edge", client.get(format!("{hub}/edge/v1/datasets/items/snapshot")).header("authorization", "Qitao-Edge ..-.x"), &[401]),
        ("hub: unsigned message", client.post(format!("{hub}/edge/v1/up")).body("hello"), &[401]),
        ("hub: unsigned question", client.get(format!("{hub}/edge/v1/down?session=1&open=true")), &[401]),
        ("hub: no such address", client.get(format!("{hub}/api/v1/%00%ff")), &[400, 404]),
    ];
    for (what, request, allowed) in refused {
        // A body that is refused early may break the connection while it is still being sent; that is a refusal as well.
        let status = match request.send().await {
            Ok(answer) => answer.status().as_u16(),
            Err(error) if allowed.contains(&413) && (error.is_request() || error.is_body()) => 413,
            Err(error) => panic!("{what}: {error}"),
        };
        println!("{what}: {status}");
        assert!(allowed.contains(&status), "{what}: {status}");
    }
    for query in [
        "/items?limit=-1",
        "/items?limit=999999999999",
        "/items?cursor=%00garbage",
        "/movements?cursor=99999999999999999999",
        "/items?q=%00%25_%27%3B--",
        "/stock?by=moon",
        "/tasks/-1",
        "/items/9223372036854775808",
    ] {
        if let Err(error) = scene.api.get(query).await {
            assert!(!error.to_string().contains(" 50"), "{query}: {error}");
        }
    }

    // Bytes that are no HTTP, and many connections that never finish their request.
    let open: Vec<std::net::TcpStream> = (0..64)
        .map(|n| {
            let mut wire = std::net::TcpStream::connect(if n % 2 == 0 { scene.hub.http } else { scene.edge.panel }).unwrap();
            wire.write_all(b"POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n").unwrap();
            wire
        })
        .collect();
    for address in [scene.hub.http, scene.edge.panel, scene.hub.mqtt] {
        let mut wire = std::net::TcpStream::connect(address).unwrap();
        wire.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        wire.write_all(b"\x16\x03\x01\xff\xff\0\0\x01\r\n\r\n\0\0\0\0").unwrap();
        let mut answer = Vec::new();
        // A refusal, a closed or a reset connection: all the same here.
        let _ = wire.read_to_end(&mut answer);
        assert!(answer.len() < 4_096);
    }
    for address in [scene.hub.http, scene.edge.panel] {
        let mut wire = std::net::TcpStream::connect(address).unwrap();
        wire.write_all(b"GET /assets/../../../../../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        wire.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 ") && !answer.windows(5).any(|bytes| bytes == b"root:"));
    }
    scene.hub_is_well().await;
    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
    drop(open);

    // A browser's scan may hold any text; it is answered like any other.
    let odd = client.post(&scan).json(&json!({"payload": "\u{0}\u{1}<b>\u{202e}"})).send().await.unwrap();
    assert_eq!(odd.status(), StatusCode::OK);
    assert_eq!(odd.json::<Value>().await.unwrap()["scan"]["tone"], "wrong");
    scene.drained().await;
    scene.hub_is_well().await;
    scene.nobody_panicked();
}
