//! Joining and proving who one is, over HTTP, against a real database.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ed25519_dalek::{Signer, SigningKey};
use qitao_domain::ids::{EdgeId, SiteId};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::request::signed;
use super::{EdgeError, api, create, login, renew_token};
use crate::feed;
use crate::ingest::rig::{Edge, Rig, SITE, rigs};
use crate::platform::clock::now_ms;

fn routes(rig: &Rig) -> Router {
    api::router(rig.fleet.clone()).merge(feed::api::router(rig.fleet.clone()))
}

async fn post(rig: &Rig, body: &Value) -> (StatusCode, Value) {
    let request = Request::post("/edge/v1/enroll").header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
    let answer = routes(rig).oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn a_token_lets_one_machine_join_once() {
    for rig in rigs().await {
        let created = create(&rig.fleet, SiteId(SITE), " 前台 ", "admin").await.unwrap();
        assert!(created.id.starts_with("sh01-"));
        let key = SigningKey::from_bytes(&[9; 32]);
        let mut asked = json!({
            "token": created.token, "public_key": BASE64.encode(key.verifying_key().as_bytes()),
            "fingerprint": "f", "agent": "0.1.0", "hostname": "pc-1",
        });
        let (status, answer) = post(&rig, &asked).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&answer["edge"], &answer["site"]["code"], &answer["mqtt"]["username"]),
            (&json!(created.id), &json!("SH01"), &json!(created.id))
        );
        assert_eq!(answer["mqtt"]["host"], json!(null));
        let id = EdgeId::new(created.id).unwrap();
        assert!(login(&rig.fleet, &id, answer["mqtt"]["password"].as_str().unwrap().as_bytes()).await.unwrap());
        assert!(!login(&rig.fleet, &id, b"guess").await.unwrap());

        let (status, answer) = post(&rig, &asked).await;
        assert_eq!((status, &answer["rule"]), (StatusCode::FORBIDDEN, &json!("enrolment_token")), "used up");
        asked["token"] = json!("guess");
        assert_eq!(post(&rig, &asked).await.0, StatusCode::FORBIDDEN);
        asked["token"] = json!(renew_token(&rig.fleet, &id, "admin").await.unwrap().token);
        asked["public_key"] = json!("AAAA");
        assert_eq!(post(&rig, &asked).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        asked["public_key"] = json!(BASE64.encode(&[0; 32]));
        assert_eq!(post(&rig, &asked).await.0, StatusCode::UNPROCESSABLE_ENTITY, "a weak key");
        asked["public_key"] = json!(BASE64.encode(key.verifying_key().as_bytes()));
        assert_eq!(post(&rig, &asked).await.0, StatusCode::OK, "a wrong key does not use the token up");
        assert!(matches!(create(&rig.fleet, SiteId(99), "x", "admin").await, Err(EdgeError::NoSite(_))));
        assert!(matches!(create(&rig.fleet, SiteId(SITE), " ", "admin").await, Err(EdgeError::Name)));
    }
}

async fn get(rig: &Rig, edge: &Edge, path: &str, at: i64, over: &str, more: &[(&str, &str)]) -> axum::response::Response {
    let signature = edge.key.sign(&signed(&Method::GET, over, &edge.id, at));
    let header = format!("Qitao-Edge {}.{at}.{}", edge.id, BASE64URL_NOPAD.encode(&signature.to_bytes()));
    let mut request = Request::get(path).header("authorization", header);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    routes(rig).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_data_set_is_fetched_by_whoever_signs_for_it_and_a_fetch_can_go_on() {
    for rig in rigs().await {
        let (edge, other) = (rig.join().await, rig.join().await);
        let path = "/edge/v1/datasets/locations/snapshot";
        let whole = get(&rig, &edge, path, now_ms(), path, &[]).await;
        assert_eq!(whole.status(), StatusCode::OK);
        let headers = whole.headers().clone();
        assert_eq!((&headers["x-qitao-version"], &headers["accept-ranges"]), (&"1".parse().unwrap(), &"bytes".parse().unwrap()));
        let bytes = to_bytes(whole.into_body(), 1 << 20).await.unwrap();
        let rest = get(&rig, &edge, path, now_ms(), path, &[("range", "bytes=10-"), ("if-range", headers["etag"].to_str().unwrap())]).await;
        assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(rest.headers()["x-qitao-digest"], headers["x-qitao-digest"]);
        assert_eq!(to_bytes(rest.into_body(), 1 << 20).await.unwrap(), bytes.slice(10..));

        let changes = "/edge/v1/datasets/items/changes?from=1";
        assert_eq!(get(&rig, &edge, changes, now_ms(), changes, &[]).await.status(), StatusCode::OK);
        let newer = "/edge/v1/datasets/items/changes?from=9";
        assert_eq!(get(&rig, &edge, newer, now_ms(), newer, &[]).await.status(), StatusCode::GONE);

        let late = get(&rig, &edge, path, now_ms() - 3_600_000, path, &[]).await;
        assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
        let problem: Value = serde_json::from_slice(&to_bytes(late.into_body(), 1 << 20).await.unwrap()).unwrap();
        assert!((problem["now_ms"].as_i64().unwrap() - now_ms()).abs() < 60_000, "the edge learns the hub's time");
        assert_eq!(get(&rig, &edge, path, now_ms(), newer, &[]).await.status(), StatusCode::UNAUTHORIZED, "signed for another path");
        let forger = Edge { key: other.key.clone(), ..edge };
        assert_eq!(get(&rig, &forger, path, now_ms(), path, &[]).await.status(), StatusCode::UNAUTHORIZED);
        let bare = routes(&rig).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    }
}
