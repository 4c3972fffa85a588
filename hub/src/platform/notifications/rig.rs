//! For tests: a hub's means of telling with a clock that stands, and servers that behave as vendors', receivers' and mail servers do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use super::bots::{dingtalk_sign, feishu_sign};
use super::settings::Settings;
use super::{Notice, Telling, notify};
use crate::db::Db;
use crate::db::entity::channel;
use crate::db::rig::{Scratch, scratch};
use crate::live::Live;
use crate::platform::clock::Clock;
use crate::platform::identity::{self, NewUser, Right, Role};
use crate::platform::jobs::Jobs;
use crate::platform::sql::Sql;
use crate::platform::vault::{CHANNEL_SECRET, CHANNEL_TARGET, MasterAt, Vault};
use crate::platform::webhooks::rules::sign;

/// What the fake servers start from: a time that is not near a full or half hour.
pub(crate) const NOON: i64 = 1_790_000_400_000;
/// The secret of signed bots.
pub(crate) const SECRET: &str = "SECdemo";

pub(crate) struct Rig {
    pub db: Db,
    pub clock: Clock,
    pub telling: Telling,
    pub jobs: Jobs,
    _scratch: Scratch,
}

impl Rig {
    /// Sites 1 and 2; admin (user 1), manager of site 1 (2), warehouse of site 1 (3), manager of site 2 (4).
    pub async fn new(settings: Settings) -> Self {
        let scratch = scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let vault = Vault::open(&db, MasterAt::Text(Zeroizing::new("5".repeat(64)))).await.unwrap();
        let rig = Self::on(db, scratch, vault, settings);
        rig.sql(
            "INSERT INTO site (id, code, name, time_zone) VALUES (1,'SH01','上海一仓','Asia/Shanghai'),(2,'XH01','徐汇店','Asia/Shanghai')",
        )
        .await;
        for (login, role, site) in [
            ("admin", Role::Admin, None),
            ("manager", Role::Manager, Some("SH01")),
            ("warehouse", Role::Warehouse, Some("SH01")),
            ("other", Role::Manager, Some("XH01")),
        ] {
            let site = site.map(str::to_owned);
            let user = NewUser { login: login.into(), name: login.into(), role, site, password: "correct-horse-1".into() };
            identity::add(&rig.db, "test", user).await.unwrap();
        }
        rig
    }

    fn on(db: Db, scratch: Scratch, vault: Vault, settings: Settings) -> Self {
        let clock = Clock::standing(NOON);
        let telling = Telling::new(db.clone(), Live::default(), clock.clone(), settings, vault);
        let jobs = Jobs::new(db.clone(), clock.clone(), telling.handlers());
        Self { db, clock, telling, jobs, _scratch: scratch }
    }

    pub fn settings() -> Settings {
        Settings { public_url: Some("https://hub.example.com/".into()), private_addresses: true, ..Settings::default() }
    }

    pub async fn sql(&self, statement: &str) {
        let tx = self.db.begin().await.unwrap();
        Sql::new(statement).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.db.read()).await.unwrap()
    }

    /// Opens a case of a kind at site 1, as far as telling is concerned.
    pub async fn case(&self, kind: &str, about: &str) {
        let tx = self.db.begin().await.unwrap();
        let (zh, en) = crate::ingest::cases::name_of(kind);
        let data = json!({"case": 7, "case_kind": kind, "kind_zh": zh, "kind_en": en, "about": about});
        notify(&tx, Notice::to_those_with(Right::Cases, "exception", Some(1), data, "/exceptions/7"), self.clock.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn channel(&self, way: &str, target: &str, secret: Option<&str>) {
        let tx = self.db.begin().await.unwrap();
        let made = channel::ActiveModel {
            name: Set(way.into()),
            way: Set(way.into()),
            target: Set(String::new()),
            language: Set("zh".into()),
            kinds: Set(json!([])),
            enabled: Set(true),
            sent: Set(json!([])),
            created_by: Set("admin".into()),
            created_ms: Set(NOON),
            version: Set(1),
            ..Default::default()
        }
        .insert(&tx)
        .await
        .unwrap();
        let keys = self.telling.vault.for_writing(&tx).await.unwrap();
        keys.put(&tx, &CHANNEL_TARGET, made.id, Some(target)).await.unwrap();
        keys.put(&tx, &CHANNEL_SECRET, made.id, secret).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Moves the clock from due job to due job for so long.
    pub async fn run_for(&self, ms: i64) {
        let until = self.clock.now_ms() + ms;
        loop {
            self.jobs.run_due().await.unwrap();
            let next = self.number("SELECT MIN(due_ms) FROM job WHERE due_ms IS NOT NULL").await;
            let now = self.clock.now_ms();
            if next == 0 || next > until {
                self.clock.forward((until - now).max(0));
                return;
            }
            self.clock.forward((next - now).max(1));
        }
    }
}

/// Vendors' servers: they check signature and pace by the clock of the test, and answer as the vendors do.
#[derive(Clone)]
pub(crate) struct Bots(Arc<Mutex<BotsState>>, Clock);

#[derive(Default)]
struct BotsState {
    taken: Vec<(String, i64, Value)>,
    tries: HashMap<String, Vec<i64>>,
    /// Answers that are given before any other.
    next: Vec<(u16, Value)>,
}

impl Bots {
    pub async fn start(clock: &Clock) -> (Self, String) {
        let bots = Self(Arc::default(), clock.clone());
        let app = Router::new().route("/{*path}", post(Self::take)).with_state(bots.clone());
        (bots, serve(app).await)
    }

    /// Answers so before anything else.
    pub fn answer(&self, status: u16, body: Value) {
        self.0.lock().unwrap().next.push((status, body));
    }

    /// What arrived in groups: way, when, body.
    pub fn taken(&self) -> Vec<(String, i64, Value)> {
        self.0.lock().unwrap().taken.clone()
    }

    async fn take(
        State(Self(state, clock)): State<Self>,
        Path(path): Path<String>,
        Query(query): Query<HashMap<String, String>>,
        body: Bytes,
    ) -> Response {
        let (mut state, now) = (state.lock().unwrap(), clock.now_ms());
        if !state.next.is_empty() {
            let (status, body) = state.next.remove(0);
            return (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
        }
        let json: Value = serde_json::from_slice(&body).unwrap();
        let way = path.split('/').next().unwrap_or_default().to_owned();
        let tries = state.tries.entry(way.clone()).or_default();
        tries.push(now);
        let within = |ms: i64| tries.iter().filter(|at| now - **at < ms).count();
        let answer = match way.as_str() {
            "feishu" => {
                let seconds: i64 = json["timestamp"].as_str().unwrap_or("0").parse().unwrap();
                match () {
                    () if body.len() > 20 * 1024 => json!({"code": 9499, "msg": "bad request"}),
                    () if (now / 1_000 - seconds).abs() > 3_600 || json["sign"] != feishu_sign(SECRET, seconds) => {
                        json!({"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"})
                    }
                    () if within(1_000) > 5 || within(60_000) > 100 => json!({"code": 11232, "msg": "frequency limited"}),
                    () => json!({"code": 0, "msg": "success", "data": {}}),
                }
            }
            "dingtalk" => {
                let ms: i64 = query.get("timestamp").map_or(0, |text| text.parse().unwrap());
                match () {
                    () if (now - ms).abs() > 3_600_000 || query.get("sign") != Some(&dingtalk_sign(SECRET, ms)) => {
                        json!({"errcode": 310000, "errmsg": "sign not match"})
                    }
                    () if within(60_000) > 20 => json!({"errcode": 130101, "errmsg": "send too fast"}),
                    () => json!({"errcode": 0, "errmsg": "ok"}),
                }
            }
            _ => match () {
                () if json["markdown"]["content"].as_str().is_none_or(|text| text.len() > 4_096) => {
                    json!({"errcode": 40058, "errmsg": "too long"})
                }
                () if within(60_000) > 20 => json!({"errcode": 45009, "errmsg": "api freq out of limit"}),
                () => json!({"errcode": 0, "errmsg": "ok"}),
            },
        };
        if answer.get("code").or(answer.get("errcode")) == Some(&json!(0)) {
            state.taken.push((way, now, json));
        }
        axum::Json(answer).into_response()
    }
}

/// A receiver of webhooks that checks signatures and gives the answers it is told to give.
#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<ReceiverState>>);

#[derive(Default)]
struct ReceiverState {
    secret: String,
    answers: Vec<(u16, Option<(&'static str, String)>)>,
    got: Vec<(String, i64, Value)>,
    wrong: usize,
}

impl Receiver {
    pub async fn start(secret: &str) -> (Self, String) {
        let receiver = Self::default();
        receiver.0.lock().unwrap().secret = secret.to_owned();
        let app = Router::new().route("/{*path}", post(Self::take)).with_state(receiver.clone());
        (receiver, serve(app).await)
    }

    /// Answers so next, after what it was told before; without orders it answers 204.
    pub fn answer(&self, status: u16, header: Option<(&'static str, String)>) {
        self.0.lock().unwrap().answers.push((status, header));
    }

    /// Deliveries with a right signature: id, time, body; also those that were answered with an error.
    pub fn got(&self) -> Vec<(String, i64, Value)> {
        self.0.lock().unwrap().got.clone()
    }

    /// Deliveries with a wrong signature.
    pub fn wrong(&self) -> usize {
        self.0.lock().unwrap().wrong
    }

    async fn take(State(Self(state)): State<Self>, headers: HeaderMap, body: String) -> Response {
        let mut state = state.lock().unwrap();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let (id, seconds) = (text("webhook-id"), text("webhook-timestamp").parse::<i64>().unwrap_or(0));
        if sign(&state.secret, &id, seconds, &body) != Some(text("webhook-signature")) {
            state.wrong += 1;
            return StatusCode::UNAUTHORIZED.into_response();
        }
        state.got.push((id, seconds, serde_json::from_str(&body).unwrap()));
        if state.answers.is_empty() {
            return StatusCode::NO_CONTENT.into_response();
        }
        let (status, header) = state.answers.remove(0);
        let mut answer = StatusCode::from_u16(status).unwrap().into_response();
        if let Some((name, value)) = header {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    }
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// A mail server that keeps letters.
#[derive(Clone, Default)]
pub(crate) struct Post(Arc<Mutex<PostState>>);

#[derive(Default)]
struct PostState {
    letters: Vec<String>,
    refuse: Vec<&'static str>,
}

impl Post {
    pub async fn start() -> (Self, String) {
        let post = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let keeping = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let keeping = keeping.clone();
                tokio::spawn(async move { keeping.talk(stream).await });
            }
        });
        (post, address)
    }

    /// Answers RCPT so next.
    pub fn refuse(&self, answer: &'static str) {
        self.0.lock().unwrap().refuse.push(answer);
    }

    /// Letters as they came, headers and all.
    pub fn letters(&self) -> Vec<String> {
        self.0.lock().unwrap().letters.clone()
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        writing.write_all(b"220 test ESMTP\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let command = line.split(' ').next().unwrap_or_default().to_uppercase();
            let answer = match command.as_str() {
                "EHLO" => "250-test\r\n250 8BITMIME".to_owned(),
                "RCPT" => {
                    let refusal = {
                        let mut state = self.0.lock().unwrap();
                        if state.refuse.is_empty() { None } else { Some(state.refuse.remove(0)) }
                    };
                    refusal.unwrap_or("250 ok").to_owned()
                }
                "DATA" => {
                    writing.write_all(b"354 go on\r\n").await.ok()?;
                    let mut letter = String::new();
                    while let Some(line) = lines.next_line().await.ok()? {
                        if line == "." {
                            break;
                        }
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    self.0.lock().unwrap().letters.push(letter);
                    "250 kept".to_owned()
                }
                "QUIT" => {
                    writing.write_all(b"221 bye\r\n").await.ok()?;
                    return Some(());
                }
                _ => "250 ok".to_owned(),
            };
            writing.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        Some(())
    }
}
