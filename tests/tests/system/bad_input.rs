//! Whatever comes in, on the scanner's wire, over MQTT or over HTTP: a clear answer or a case, never a process that falls over.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use ed25519_dalek::{Signer, SigningKey};
use qitao_domain::ids::{EdgeId, Epoch, Seq};
use qitao_domain::protocol::envelope::{open, seal, signed_bytes};
use qitao_domain::protocol::{Down, Hello, MAX_MESSAGE, Up, VERSION, Welcome, decode_down, encode, topic_down, topic_up};
use qitao_tests::api::Api;
use qitao_tests::process::{EdgeProcess, HubProcess};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::until;
use reqwest::{Client, StatusCode};
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kill::stations;

const PATIENCE: Duration = Duration::from_secs(30);

/// A hub, an edge with scanners, and a person at the hub.
pub struct Scene {
    pub folder: TempDir,
    pub hub: HubProcess,
    pub edge: EdgeProcess,
    pub api: Api,
    pub scanners: Vec<(String, PtyScanner)>,
    pub client: Client,
}

impl Scene {
    pub async fn set(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300"]).unwrap();
        let (scanners, settings) = stations(folder.path(), count);
        let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
        let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
        edge.start().unwrap();
        let api = hub.admin().await.unwrap();
        let scene = Self { folder, hub, edge, api, scanners, client: Client::new() };
        until("edge and scanners to be ready", PATIENCE, || async {
            let state = scene.state().await;
            let all =
                state["stations"].as_array().map_or(0, |all| all.iter().filter(|station| station["device_state"] == "online").count());
            state["link"]["state"] == "online" && all == count
        })
        .await
        .unwrap();
        scene
    }

    pub async fn state(&self) -> Value {
        let answer = self.client.get(format!("{}/api/state", self.edge.url())).send().await.unwrap();
        answer.json().await.unwrap()
    }

    pub async fn station(&self, id: &str) -> Value {
        self.state().await["stations"].as_array().unwrap().iter().find(|station| station["id"] == id).cloned().unwrap_or_default()
    }

    /// Sends raw bytes on a scanner's wire; the answers they brought, oldest first, once no more come.
    pub async fn wire(&mut self, station: usize, bytes: &[u8]) -> Vec<Value> {
        let id = self.scanners[station].0.clone();
        let newest = |view: &Value| view["last"][0]["scan"].clone();
        let before = newest(&self.station(&id).await);
        self.scanners[station].1.send(bytes).unwrap();
        let began = Instant::now();
        let (mut settled, mut last) = (0, before.clone());
        while began.elapsed() < PATIENCE && settled < 4 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = newest(&self.station(&id).await);
            settled = if now != before && now == last { settled + 1 } else { 0 };
            last = now;
        }
        let view = self.station(&id).await;
        let mut answers: Vec<Value> = view["last"].as_array().unwrap().iter().take_while(|view| view["scan"] != before).cloned().collect();
        answers.reverse();
        answers
    }

    /// As a scan: one frame, one answer.
    pub async fn scan(&mut self, station: usize, payload: &str) -> Value {
        let answers = self.wire(station, format!("{payload}\r").as_bytes()).await;
        assert_eq!(answers.len(), 1, "{payload:?} brought {answers:#?}");
        answers[0].clone()
    }

    /// Logs in and stands at a shelf; a barcode that can be put away there.
    pub async fn at_a_shelf(&mut self, station: usize) -> String {
        let badge = self.api.all("/operators").await.unwrap()[0]["badge"].as_str().unwrap().to_owned();
        let began = Instant::now();
        while self.scan(station, &format!("QT-OP-{badge}")).await["verdict"]["is"] != "logged_in" {
            assert!(began.elapsed() < PATIENCE, "the badge stays unknown");
        }
        let site = &self.hub.shown["site"]["id"];
        let shelf = self.api.get(&format!("/locations?site={site}&kind=bin&limit=1")).await.unwrap()["items"][0]["code"].clone();
        assert_eq!(self.scan(station, &format!("QT-L-{}", shelf.as_str().unwrap())).await["verdict"]["is"], "at_location");
        let items = self.api.all("/items").await.unwrap();
        let plain = items.iter().find(|row| row["cartons"] == 1 && row["by_lot"] == false && row["is_kit"] == false).unwrap();
        format!("{}/1-1", plain["code"].as_str().unwrap())
    }

    pub async fn drained(&self) {
        until("all facts to arrive", PATIENCE, || async {
            let link = self.state().await["link"].clone();
            link["state"] == "online" && link["backlog"] == 0
        })
        .await
        .unwrap();
    }

    pub async fn hub_is_well(&self) {
        let answer = self.client.get(format!("{}/api/v1/health", self.hub.url())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    pub async fn cases(&self, kind: &str) -> Vec<Value> {
        self.api.all(&format!("/exceptions?state=open&kind={kind}")).await.unwrap()
    }

    pub fn nobody_panicked(&self) {
        for log in ["hub/hub.log", "edge/edge.log"] {
            let text = std::fs::read_to_string(self.folder.path().join(log)).unwrap();
            assert!(!text.contains("panicked"), "{log}: {}", text.lines().find(|line| line.contains("panicked")).unwrap());
        }
    }
}

/// An edge that has joined in all form and then does as it likes.
pub struct Rogue {
    pub id: EdgeId,
    pub login: (String, String),
    key: SigningKey,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The broker confirmed it.
    Confirmed,
    /// The broker ended the connection.
    CutOff,
    /// Neither.
    Nothing,
}

impl Rogue {
    pub async fn join(hub: &HubProcess, api: &Api) -> Self {
        let made = api.post("/edges", &json!({"site": hub.shown["site"]["id"], "name": "rogue"})).await.unwrap();
        let key = SigningKey::from_bytes(&rand::random());
        let asked = json!({
            "token": made["token"], "public_key": BASE64.encode(key.verifying_key().as_bytes()),
            "fingerprint": "rogue", "agent": "0", "hostname": "rogue",
        });
        let answer = Client::new().post(format!("{}/edge/v1/enroll", hub.url())).json(&asked).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: EdgeId::new(text(&answer["edge"])).unwrap(),
            login: (text(&answer["mqtt"]["username"]), text(&answer["mqtt"]["password"])),
            key,
        }
    }

    /// An envelope with a right signature around any bytes.
    pub fn sealed(&self, json: &[u8]) -> Vec<u8> {
        seal(&self.key.sign(&signed_bytes(&topic_up(&self.id), json)).to_bytes(), json)
    }

    pub fn hello(&self) -> Vec<u8> {
        let hello = Hello {
            epoch: Epoch(0),
            boot: 1,
            session: 7,
            attempt: 1,
            diverged: false,
            fingerprint: "rogue".into(),
            next_seq: Seq(1),
            oldest_kept: Seq(1),
            clock_ms: 0,
            protocol: VERSION,
            agent: "0".into(),
            tasks_through: 0,
            datasets: Vec::new(),
        };
        encode(&Up::Hello(hello)).unwrap()
    }

    pub fn options(&self, port: u16) -> MqttOptions {
        let mut options = MqttOptions::new(self.id.as_str(), "127.0.0.1", port);
        options.set_credentials(&self.login.0, &self.login.1).set_max_packet_size(8 << 20, 8 << 20).set_keep_alive(Duration::from_secs(20));
        options
    }

    /// A connection that listens to its own topic.
    pub async fn connect(&self, port: u16) -> (AsyncClient, EventLoop) {
        let (client, mut events) = AsyncClient::new(self.options(port), 64);
        client.subscribe(topic_down(&self.id), QoS::AtLeastOnce).await.unwrap();
        let began = Instant::now();
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::SubAck(_))) => return (client, events),
                Ok(_) => {}
                // While the connection before is being ended the broker may ask to come again, as it may of any edge.
                Err(error) => {
                    assert!(began.elapsed() < PATIENCE, "{error}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    /// One message on a connection of its own.
    pub async fn say(&self, port: u16, topic: &str, qos: QoS, payload: Vec<u8>) -> Heard {
        let (client, mut events) = self.connect(port).await;
        client.publish(topic, qos, false, payload).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(3), async {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_) | Packet::PubComp(_))) => return Heard::Confirmed,
                    Ok(Event::Incoming(Packet::Disconnect)) | Err(_) => return Heard::CutOff,
                    Ok(_) => {}
                }
            }
        });
        heard.await.unwrap_or(Heard::Nothing)
    }
}

/// The next message of the hub that fits.
async fn down<T>(events: &mut EventLoop, mut wanted: impl FnMut(Down) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = events.poll().await.unwrap()
                && let Some(found) = wanted(decode_down(open(&publish.payload).unwrap().1).unwrap())
            {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_on_the_wire_get_a_clear_answer_and_the_station_goes_on() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");

    let mut long = vec![b'A'; 1 << 20];
    long.push(b'\r');
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a frame that is cut off", b"YG-OAK-24".to_vec(), &["bad_frame"]),
        ("a wrong check digit", b"6901234567893\r".to_vec(), &["bad_barcode"]),
        ("a code nobody knows", b"SOMETHING-NOBODY-KNOWS\r".to_vec(), &["unknown_barcode"]),
        ("a shelf that is not", b"QT-L-NOWHERE\r".to_vec(), &["unknown_location"]),
        ("a task that is not", b"QT-TASK-ZZ-1\r".to_vec(), &["unknown_task"]),
        ("a badge that is not", b"QT-OP-nobody\r".to_vec(), &["unknown_operator"]),
        ("a quantity that is none", b"QT-QTY-99999999999999999999\r".to_vec(), &["unknown_barcode", "bad_barcode", "not_now"]),
        ("a megabyte", long, &["bad_frame"]),
        ("no UTF-8", b"\xff\xfe\xc3\x28\xf0\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("NULs inside", b"690\x00\x00\x00123\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("control characters", b"\x1b[2J\x07\x08\x7f\r".to_vec(), &["unknown_barcode", "bad_barcode"]),
        ("a broken GS1 element string", b"]d2010690123456789\x1d\x1d10\r".to_vec(), &["bad_barcode"]),
        ("a script", b"<script>alert(1)</script>'; DROP TABLE fact;--\r".to_vec(), &["unknown_barcode"]),
    ];
    for (what, bytes, verdicts) in cases {
        let answers = scene.wire(0, &bytes).await;
        assert_eq!(answers.len(), 1, "{what}: {answers:#?}");
        let is = answers[0]["verdict"]["is"].as_str().unwrap();
        println!("{what}: {is}");
        assert!(verdicts.contains(&is), "{what}: {}", answers[0]);
        assert_eq!(answers[0]["tone"], "wrong", "{what}");
        assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away", "after {what}");
    }
    // Line noise between frames is no scan at all.
    let answers = scene.wire(0, format!("\r\n\0\0\0{good}\r\n\r\n").as_bytes()).await;
    assert_eq!((answers.len(), &answers[0]["verdict"]["is"]), (1, &json!("put_away")));

    scene.drained().await;
    scene.hub_is_well().await;
    let unknown: Vec<Value> = scene.cases("unknown_barcode").await;
    assert!(unknown.iter().any(|case| case["data"].to_string().contains("SOMETHING-NOBODY-KNOWS")), "{unknown:#?}");
    scene.nobody_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_over_mqtt_are_dropped_or_become_cases_and_the_hub_goes_on() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    let rogue = Rogue::join(&scene.hub, &scene.api).await;
    let (port, own) = (scene.hub.mqtt.port(), topic_up(&rogue.id));
    let victim = EdgeId::new(scene.hub.shown["edge"]["id"].as_str().unwrap()).unwrap();

    let mut forged = rogue.sealed(&rogue.hello());
    forged[10] ^= 1;
    let mut other_layout = rogue.sealed(b"{}");
    other_layout[0] = 9;
    let facts: Vec<Value> = std::iter::repeat_n(Value::Null, 5_000).collect();
    let payloads: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no envelope", b"hello".to_vec()),
        ("another layout", other_layout),
        ("signed noise", rogue.sealed(b"\xff\xfe\0\0")),
        ("signed deep arrays", rogue.sealed("[".repeat(100_000).as_bytes())),
        ("signed deep objects", rogue.sealed(r#"{"a":"#.repeat(40_000).as_bytes())),
        ("a hello without anything", rogue.sealed(br#"{"type":"hello"}"#)),
        ("a message of the future", rogue.sealed(br#"{"type":"selfie"}"#)),
        (
            "a batch before any welcome",
            rogue.sealed(json!({"type":"batch","link":1,"epoch":1,"first":1,"facts":facts}).to_string().as_bytes()),
        ),
        ("numbers beyond all measure", rogue.sealed(br#"{"type":"tasks_ack","through":1e999}"#)),
        ("the highest number", rogue.sealed(br#"{"type":"tasks_ack","through":18446744073709551615}"#)),
        ("a wrong signature", forged),
        ("the longest message", rogue.sealed(&vec![b' '; MAX_MESSAGE - 65])),
    ];
    for (what, payload) in payloads {
        let heard = rogue.say(port, &own, QoS::AtLeastOnce, payload).await;
        println!("{what}: {heard:?}");
        assert_ne!(heard, Heard::Nothing, "{what}");
        scene.hub_is_well().await;
    }
    assert_eq!(rogue.say(port, &own, QoS::AtLeastOnce, vec![1; 2 << 20]).await, Heard::CutOff, "too large");
    let theirs = rogue.sealed(&rogue.hello());
    assert_eq!(rogue.say(port, &topic_up(&victim), QoS::AtLeastOnce, theirs.clone()).await, Heard::CutOff, "another edge's topic");
    assert_eq!(rogue.say(port, &topic_down(&victim), QoS::AtLeastOnce, theirs.clone()).await, Heard::CutOff, "the hub's place");
    assert_ne!(rogue.say(port, &own, QoS::ExactlyOnce, theirs.clone()).await, Heard::Confirmed, "a quality that is not offered");
    let with = |change: &dyn Fn(&mut MqttOptions)| {
        let mut options = rogue.options(port);
        change(&mut options);
        options
    };
    let last_will = LastWill::new(topic_up(&victim), theirs.clone(), QoS::AtLeastOnce, true);
    for (what, options) in [
        ("a last will", with(&|options| _ = options.set_last_will(last_will.clone()))),
        ("another's name", with(&|options| _ = options.set_credentials(victim.as_str(), &rogue.login.1))),
        ("another's name as client", MqttOptions::new(victim.as_str(), "127.0.0.1", port)),
        ("a guess", with(&|options| _ = options.set_credentials(&rogue.login.0, "guess"))),
    ] {
        assert!(!connects(options).await, "{what}");
    }
    assert!(connects(rogue.options(port)).await, "as itself it may");
    for filter in ["#", "qitao/v1/+/down", "qitao/v1/+/up", "$SYS/#", &topic_down(&victim)] {
        assert!(!may_listen(&rogue, port, filter).await, "{filter}");
    }
    scene.hub_is_well().await;

    // A welcomed edge whose facts are rubbish: each is kept and becomes a case, and the stream goes on.
    let (client, mut events) = rogue.connect(port).await;
    client.publish(&own, QoS::AtLeastOnce, false, rogue.sealed(&rogue.hello())).await.unwrap();
    let welcome: Welcome = down(&mut events, |down| if let Down::Welcome(welcome) = down { Some(welcome) } else { None }).await;
    let rubbish =
        [json!(null), json!({"scan": 5}), json!([[[[[[[["deep"]]]]]]]]), json!({"scan": "x", "effects": "\u{0}"}), json!("\u{feff}")];
    let batch = json!({"type": "batch", "link": welcome.link, "epoch": welcome.epoch, "first": welcome.committed.0 + 1, "facts": rubbish});
    client.publish(&own, QoS::AtLeastOnce, false, rogue.sealed(batch.to_string().as_bytes())).await.unwrap();
    let wanted = welcome.committed.0 + rubbish.len() as u64;
    down(&mut events, |down| matches!(down, Down::Ack { committed, .. } if committed.0 == wanted).then_some(())).await;
    drop((client, events));

    let of_rogue = |cases: &[Value]| cases.iter().filter(|case| case["edge"] == rogue.id.as_str()).count();
    assert!(of_rogue(&scene.cases("unreadable_fact").await) > 0);
    let forged = scene.cases("bad_signature").await;
    assert_eq!((of_rogue(&forged), forged.len()), (1, 1), "{forged:#?}");

    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
    scene.drained().await;
    scene.hub_is_well().await;
    scene.nobody_panicked();
}

async fn connects(options: MqttOptions) -> bool {
    let (_client, mut events) = AsyncClient::new(options, 8);
    let connected = async {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), connected).await.unwrap_or(false)
}

async fn may_listen(rogue: &Rogue, port: u16, filter: &str) -> bool {
    let (client, mut events) = AsyncClient::new(rogue.options(port), 8);
    client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
    let granted = async {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    return ack.return_codes.iter().all(|code| matches!(code, rumqttc::SubscribeReasonCode::Success(_)));
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), granted).await.unwrap_or(false)
}

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
