//! Data sets from a hub over HTTP: whole, changes, resumed, refused, damaged, and a clock that is off.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::{Signature, SigningKey, Verifier as _};
use qitao_domain::catalog::Directory as _;
use qitao_domain::ids::{EdgeId, ItemId};
use qitao_edge_agent::identity::Keys;
use qitao_edge_agent::replica::sync::{SyncError, Syncer};
use qitao_edge_agent::replica::{Dataset, Replica};
use sha2::{Digest as _, Sha256};

/// A hub with one answer per path, and what it did.
#[derive(Default)]
struct Hub {
    snapshot: Vec<u8>,
    changes: Option<Vec<u8>>,
    /// The next answers break off after so many bytes.
    break_off: VecDeque<usize>,
    /// Milliseconds that the hub's clock is ahead.
    ahead: i64,
    /// Says another digest than that of the body.
    lies: bool,
    log: Vec<String>,
}

type Shared = Arc<Mutex<Hub>>;

fn body(kind: &str, version: u64, rows: &[String]) -> Vec<u8> {
    let mut text = format!("{{\"dataset\":\"items\",\"version\":{version},\"kind\":\"{kind}\",\"count\":{}}}\n", rows.len());
    for row in rows {
        text += row;
        text += "\n";
    }
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

fn put(id: i64, code: &str) -> String {
    format!("{{\"put\":{{\"id\":{id},\"code\":\"{code}\",\"name\":\"柜 {id}\",\"unit\":\"件\",\"cartons\":1}}}}")
}

async fn answer(State(hub): State<Shared>, request: Request) -> Response<Body> {
    let mut hub = hub.lock().unwrap();
    let path = request.uri().path_and_query().unwrap().as_str().to_owned();
    let range = request.headers().get("range").map(|r| r.to_str().unwrap().to_owned());
    let given = request.headers()["authorization"].to_str().unwrap().strip_prefix("Qitao-Edge ").unwrap().to_owned();
    let [signature, at, edge] = given.rsplitn(3, '.').collect::<Vec<_>>()[..] else { panic!("{given}") };
    let signed = format!("qitao-http\nGET\n{path}\n{edge}\n{at}");
    let signature = Signature::from_slice(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()).unwrap();
    SigningKey::from_bytes(&[1; 32]).verifying_key().verify(signed.as_bytes(), &signature).unwrap();
    let now = qitao_edge_agent::clock::wall_ms() + hub.ahead;
    hub.log.push(format!("{path}{}", range.as_ref().map_or(String::new(), |r| format!(" {r}"))));
    if (at.parse::<i64>().unwrap() - now).abs() > 600_000 {
        hub.log.push("clock".into());
        let problem = serde_json::json!({ "title": "clock", "now_ms": now });
        return Response::builder().status(StatusCode::UNAUTHORIZED).body(problem.to_string().into()).unwrap();
    }
    let whole = if path.contains("/changes") { hub.changes.clone() } else { Some(hub.snapshot.clone()) };
    let Some(whole) = whole else { return Response::builder().status(StatusCode::GONE).body(Body::empty()).unwrap() };
    let digest = if hub.lies { "00".repeat(32) } else { HEXLOWER.encode(&Sha256::digest(&whole)) };
    let from: usize = range.map_or(0, |r| r.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
    if from >= whole.len() {
        return Response::builder().status(StatusCode::RANGE_NOT_SATISFIABLE).body(Body::empty()).unwrap();
    }
    let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let rest = whole[from..].to_vec();
    let response = Response::builder().status(status).header("x-qitao-digest", format!("sha256={digest}"));
    match hub.break_off.pop_front() {
        Some(after) => {
            let pieces = vec![Ok(rest[..after.min(rest.len())].to_vec()), Err(std::io::Error::other("cut"))];
            // A pause lets the first piece out before the cut.
            let stream = futures_util::StreamExt::then(futures_util::stream::iter(pieces), |piece| async {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                piece
            });
            response.body(Body::from_stream(stream)).unwrap()
        }
        None => response.body(rest.into()).unwrap(),
    }
}

struct Rig {
    hub: Shared,
    syncer: Syncer,
    replica: Arc<Replica>,
    folder: tempfile::TempDir,
}

async fn rig(hub: Hub) -> Rig {
    let hub = Arc::new(Mutex::new(hub));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(hub.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let replica = Arc::new(Replica::open(folder.path()));
    let key = SigningKey::from_bytes(&[1; 32]);
    let keys = Keys::new(key.clone(), key.verifying_key());
    let edge = EdgeId::new("sh.01").unwrap();
    let syncer = Syncer::new(reqwest::Client::new(), url, edge, keys, replica.clone(), folder.path());
    Rig { hub, syncer, replica, folder }
}

fn rows(count: i64) -> Vec<String> {
    (1..=count).map(|id| put(id, &format!("C-{id}-{}", HEXLOWER.encode(&Sha256::digest(id.to_be_bytes()))))).collect()
}

#[tokio::test]
async fn the_whole_then_changes_and_a_start_without_the_hub() {
    let changes = body("changes", 9, &[put(2, "NEW-2"), "{\"del\":3}".into(), put(50, "C-50")]);
    let rig = rig(Hub {
        snapshot: body("snapshot", 7, &[put(1, "C-1"), put(2, "C-2"), put(3, "C-3")]),
        changes: Some(changes),
        ..Hub::default()
    })
    .await;
    rig.syncer.bring(Dataset::Items, 7).await.unwrap();
    assert_eq!(rig.replica.catalogue().item_by_code("C-3"), Some(ItemId(3)));
    let held = rig.replica.catalogue();
    rig.syncer.bring(Dataset::Items, 9).await.unwrap();
    assert_eq!(held.item_by_code("C-2"), Some(ItemId(2)), "who holds a catalogue keeps it");
    let check = |replica: &Replica| {
        let now = replica.catalogue();
        assert_eq!(replica.version(Dataset::Items), 9);
        assert_eq!(
            ["C-1", "C-2", "NEW-2", "C-3", "C-50"].map(|code| now.item_by_code(code)),
            [Some(ItemId(1)), None, Some(ItemId(2)), None, Some(ItemId(50))]
        );
    };
    check(&rig.replica);
    check(&Replica::open(rig.folder.path()));
    assert_eq!(std::fs::read_dir(rig.folder.path()).unwrap().count(), 1, "nothing is left lying about");
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let snapshot = body("snapshot", 1, &rows(500));
    let half = snapshot.len() / 2;
    let rig = rig(Hub { snapshot, break_off: [half, 100].into(), ..Hub::default() }).await;
    assert!(matches!(rig.syncer.bring(Dataset::Items, 1).await, Err(SyncError::Unreachable(_))));
    assert!(matches!(rig.syncer.bring(Dataset::Items, 1).await, Err(SyncError::Unreachable(_))));
    rig.syncer.bring(Dataset::Items, 1).await.unwrap();
    assert_eq!(rig.replica.catalogue().items.len(), 500);
    let log = rig.hub.lock().unwrap().log.clone();
    assert_eq!(
        log[1..],
        [format!("/edge/v1/datasets/items/snapshot bytes={half}-"), format!("/edge/v1/datasets/items/snapshot bytes={}-", half + 100)]
    );
}

#[tokio::test]
async fn a_download_of_something_that_has_changed_meanwhile_begins_anew() {
    let snapshot = body("snapshot", 1, &rows(500));
    let rig = rig(Hub { break_off: [snapshot.len() / 2].into(), snapshot, ..Hub::default() }).await;
    rig.syncer.bring(Dataset::Items, 1).await.unwrap_err();
    rig.hub.lock().unwrap().snapshot = body("snapshot", 2, &rows(600));
    rig.syncer.bring(Dataset::Items, 2).await.unwrap();
    assert_eq!((rig.replica.version(Dataset::Items), rig.replica.catalogue().items.len()), (2, 600));
}

#[tokio::test]
async fn changes_that_are_gone_or_do_not_fit_lead_to_the_whole() {
    let rig = rig(Hub { snapshot: body("snapshot", 1, &rows(2)), ..Hub::default() }).await;
    rig.syncer.bring(Dataset::Items, 1).await.unwrap();
    rig.hub.lock().unwrap().snapshot = body("snapshot", 5, &rows(5));
    rig.syncer.bring(Dataset::Items, 5).await.unwrap();
    assert_eq!(rig.replica.catalogue().items.len(), 5);
    {
        let mut hub = rig.hub.lock().unwrap();
        hub.changes = Some(body("changes", 6, &["{\"put\":{\"id\":1}}".into()]));
        hub.snapshot = body("snapshot", 6, &rows(6));
    }
    rig.syncer.bring(Dataset::Items, 6).await.unwrap();
    assert_eq!(rig.replica.catalogue().items.len(), 6);
    rig.hub.lock().unwrap().snapshot = body("snapshot", 2, &rows(2));
    rig.syncer.bring(Dataset::Items, 2).await.unwrap();
    assert_eq!(
        (rig.replica.version(Dataset::Items), rig.replica.catalogue().items.len()),
        (2, 2),
        "a hub restored from a backup is believed"
    );
}

#[tokio::test]
async fn a_wrong_clock_does_not_lock_the_edge_out() {
    let rig = rig(Hub { snapshot: body("snapshot", 1, &rows(3)), ahead: 3 * 365 * 86_400_000, ..Hub::default() }).await;
    rig.syncer.bring(Dataset::Items, 1).await.unwrap();
    rig.hub.lock().unwrap().snapshot = body("snapshot", 2, &rows(4));
    rig.syncer.bring(Dataset::Items, 2).await.unwrap();
    let log = rig.hub.lock().unwrap().log.clone();
    assert_eq!(log.iter().filter(|line| *line == "clock").count(), 1, "once told, it is known: {log:?}");
}

#[tokio::test]
async fn what_is_not_what_it_says_is_not_taken() {
    let rig = rig(Hub { snapshot: body("snapshot", 1, &rows(3)), lies: true, ..Hub::default() }).await;
    assert!(matches!(rig.syncer.bring(Dataset::Items, 1).await, Err(SyncError::Digest { .. })));
    for (bad, why) in [
        (body("snapshot", 1, &["{\"put\":{\"id\":1}}".into()]), "a row that is none"),
        (zstd::encode_all(&b"{\"dataset\":\"items\",\"version\":1,\"kind\":\"snapshot\",\"count\":5}\n"[..], 3).unwrap(), "too few rows"),
        (b"not compressed".to_vec(), "not compressed"),
    ] {
        {
            let mut hub = rig.hub.lock().unwrap();
            (hub.snapshot, hub.lies) = (bad, false);
        }
        assert!(matches!(rig.syncer.bring(Dataset::Items, 1).await, Err(SyncError::File(_))), "{why}");
        assert_eq!(rig.replica.version(Dataset::Items), 0, "{why}");
    }
    rig.hub.lock().unwrap().snapshot = body("snapshot", 1, &rows(3));
    rig.syncer.bring(Dataset::Items, 1).await.unwrap();
    let file = std::fs::read_dir(rig.folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(Replica::open(rig.folder.path()).version(Dataset::Items), 0, "a damaged file counts as none");
}
