//! A hub with a small chain, and somebody at a desk who talks to it over HTTP.

use std::collections::BTreeMap;

use qitao_hub::catalog::bump;
use qitao_hub::db::{Db, raise_counters};
use qitao_hub::platform::identity::{self, NewUser, Role};
use qitao_hub::platform::search::rebuild;
use qitao_hub::platform::sql::Sql;
use qitao_hub::{Config, Hub};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::rig::{Scratch, scratch};

/// Everybody's password.
pub const PASSWORD: &str = "correct-horse-1";

/// Two sites (1, 2), a wardrobe of three cartons (1), a chair (2), a curtain by lot (3), a set of one wardrobe and two chairs (4);
/// bins 1 to 4 at site 1 and 9 at site 2; users admin, manager and warehouse of site 1, auditor of the chain.
const CHAIN: &str = "
INSERT INTO site (id, code, name, time_zone) VALUES (1,'SH01','上海一仓','Asia/Shanghai'),(2,'XH01','徐汇店','Asia/Shanghai');
INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES
 (1,'YG-OAK-2400','橡木衣柜 2.4 m','Oak wardrobe','件',3,FALSE,FALSE,1,FALSE),
 (2,'CY-OAK','橡木餐椅','Oak chair','件',1,FALSE,FALSE,1,FALSE),
 (3,'CL-LINEN','亚麻窗帘 100%_','Linen curtain','米',1,TRUE,FALSE,1,FALSE),
 (4,'TZ-OAK','橡木套装','Oak set','套',1,FALSE,TRUE,1,FALSE);
INSERT INTO item_barcode (item_id, text, quantity, carton) VALUES (2,'06901234567892',1000,NULL);
INSERT INTO kit_part (kit_id, part_id, quantity) VALUES (4,1,1000),(4,2,2000);
INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES
 (1,1,'A-01','bin','',1,FALSE),(2,1,'A-02','bin','',1,FALSE),(3,1,'A-03','bin','',1,FALSE),(4,1,'A-04','bin','',1,FALSE),
 (5,1,'STAGING','staging','',1,FALSE),(6,1,'SUPPLIER','supplier','',1,FALSE),(7,1,'VARIANCE','variance','',1,FALSE),
 (9,2,'B-01','bin','',1,FALSE);
INSERT INTO movement (n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, reason, author) VALUES
 (0,1,1,1,1,1,'',2000,6,1,'opening','test'),(0,1,1,1,1,2,'',2000,6,1,'opening','test'),(0,1,1,1,1,3,'',1000,6,1,'opening','test'),
 (0,1,1,1,2,1,'',9000,6,2,'opening','test'),(0,1,1,1,3,1,'L7',20000,6,3,'opening','test');
INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) VALUES
 (1,1,1,'',2000,1),(1,1,2,'',2000,1),(1,1,3,'',1000,1),(2,2,1,'',9000,1),(3,3,1,'L7',20000,1),
 (6,1,1,'',-2000,NULL),(6,1,2,'',-2000,NULL),(6,1,3,'',-1000,NULL),(6,2,1,'',-9000,NULL),(6,3,1,'L7',-20000,NULL);
";

/// A running hub.
pub struct Running {
    /// `http://127.0.0.1:…`
    pub base: String,
    /// Its database, for what the API does not show.
    pub db: Db,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
    scratch: Scratch,
}

impl Running {
    /// Builds a hub with the small chain and runs it.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// As [`Running::start`], with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scratch = scratch().await;
        fill(scratch.url()).await;
        let mut config = Config { database: Some(scratch.url().to_owned()), ..Config::local(folder.path()) };
        change(&mut config);
        let hub = Hub::build(config).await.unwrap();
        let (base, stop, db) = (format!("http://{}", hub.http_addr), hub.stopper(), hub.app().db.clone());
        let ended = tokio::spawn(async move { hub.run().await.unwrap() });
        Self { base, db, stop, ended, _folder: folder, scratch }
    }

    /// Stops it in order.
    pub async fn stop(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
    }

    /// Somebody who has signed in.
    pub async fn sign_in(&self, login: &str) -> Desk {
        let client = Client::new();
        let answer =
            client.post(format!("{}/api/v1/session", self.base)).json(&json!({"login": login, "password": PASSWORD})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{login} cannot sign in");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        Desk { client, base: self.base.clone(), cookie, csrf: body["csrf"].as_str().unwrap().to_owned() }
    }

    /// Runs statements that stand for what edges did.
    pub async fn sql(&self, statements: &str) {
        let tx = self.db.begin().await.unwrap();
        for statement in statements.split(';').filter(|statement| !statement.trim().is_empty()) {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Finds again by the search what statements of a test have put into the database.
    pub async fn index(&self) {
        let tx = self.db.begin().await.unwrap();
        rebuild(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// All that the database holds, as its file or its rows have it.
    pub async fn bytes(&self) -> Vec<u8> {
        if let Some(file) = self.scratch.url().strip_prefix("sqlite:") {
            return [file.to_owned(), format!("{file}-wal")].iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect();
        }
        let word = async |sql: String| Sql::new(sql).word(self.db.read()).await.unwrap().unwrap_or_default();
        let names = "SELECT string_agg(CAST(table_name AS TEXT), ',') FROM information_schema.tables WHERE table_schema = current_schema()";
        let mut all = String::new();
        for name in word(names.to_owned()).await.split(',') {
            all += &word(format!("SELECT string_agg(CAST(t AS TEXT), ' ') FROM \"{name}\" t")).await;
        }
        all.into_bytes()
    }

    /// A number out of the database.
    pub async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.db.read()).await.unwrap()
    }
}

async fn fill(url: &str) {
    let db = Db::open(url).await.unwrap();
    let tx = db.begin().await.unwrap();
    for statement in CHAIN.split(';').filter(|statement| !statement.trim().is_empty()) {
        Sql::new(statement).run(&tx).await.unwrap();
    }
    raise_counters(&tx, &BTreeMap::new()).await.unwrap();
    bump(&tx, "items").await.unwrap();
    tx.commit().await.unwrap();
    let people = [
        ("admin", Role::Admin, None),
        ("manager", Role::Manager, Some("SH01")),
        ("warehouse", Role::Warehouse, Some("SH01")),
        ("auditor", Role::Auditor, None),
    ];
    for (login, role, site) in people {
        let user = NewUser { login: login.into(), name: login.into(), role, site: site.map(str::to_owned), password: PASSWORD.into() };
        identity::add(&db, "test", user).await.unwrap();
    }
    db.close().await.unwrap();
}

/// Somebody at a desk.
#[derive(Clone)]
pub struct Desk {
    client: Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Desk {
    /// A request with cookie and secret.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1{path}", self.base);
        self.client.request(method, url).header("cookie", &self.cookie).header("x-qitao-csrf", &self.csrf)
    }

    /// A request with the cookie alone.
    pub fn without_csrf(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.base)).header("cookie", &self.cookie)
    }

    /// Status and JSON of a GET.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    /// JSON of a GET that must work.
    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Status and JSON of a PUT.
    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    /// Status and JSON of a POST.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(&body)).await
    }
}

/// Status and JSON of a request.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}
