//! A hub with one site and edges that speak to it, for tests, on the database of this run ([`crate::db::rig`]).

use std::time::Duration;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use qitao_domain::catalog::StockKey;
use qitao_domain::event::{Effect, Fact, Source};
use qitao_domain::ids::{DeviceId, EdgeId, Epoch, ItemId, LineId, LocationId, OperatorId, ScanId, Seq, SiteId, StationId, TaskId};
use qitao_domain::protocol::envelope::{open, seal, signed_bytes};
use qitao_domain::protocol::{Batch, Down, Hello, Up, VERSION, Welcome, decode_down, encode, topic_down, topic_up};
use qitao_domain::quantity::Quantity;
use qitao_domain::scan::{Framing, Stamp};
use qitao_domain::work::Verdict;
use sea_orm::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::Ingest;
use crate::broker::{Taken, Upward};
use crate::catalog::store::REAL_KINDS;
use crate::db::Db;
use crate::db::rig::{Scratch, scratch};
use crate::edges::{self, Enrolment, Fleet};
use crate::inventory;
use crate::platform::sql::{Sql, insert_many};

pub const SITE: i64 = 1;
pub const SUPPLIER: LocationId = LocationId(1);
pub const STAGING: LocationId = LocationId(2);
pub const VARIANCE: LocationId = LocationId(3);
pub const BIN_A: LocationId = LocationId(4);
pub const BIN_B: LocationId = LocationId(5);
pub const FOREIGN: LocationId = LocationId(6);
/// In two cartons.
pub const WARDROBE: ItemId = ItemId(1);
/// In one carton, kept by lot.
pub const CURTAIN: ItemId = ItemId(2);
/// A kit.
pub const SET: ItemId = ItemId(3);
pub const PUT_AWAY: TaskId = TaskId(1);
pub const PUT_AWAY_LINE: LineId = LineId(1);
pub const COUNT: TaskId = TaskId(2);

/// A hub on some database.
pub struct Rig {
    pub fleet: Fleet,
    pub ingest: Ingest,
    pub down: UnboundedReceiver<(EdgeId, Vec<u8>)>,
    _scratch: Scratch,
}

/// An edge that has joined, with its key.
pub struct Edge {
    pub id: EdgeId,
    pub key: SigningKey,
    pub secret: String,
    pub hub: VerifyingKey,
    pub link: u64,
    pub epoch: Epoch,
    pub session: u64,
    pub attempt: u32,
    pub fingerprint: String,
}

async fn seed(db: &Db) {
    let tx = db.begin().await.unwrap();
    let rows = |rows: &[&[Value]]| rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    insert_many(
        &tx,
        "site",
        &["code", "name", "time_zone"],
        rows(&[&["SH01".into(), "上海一店".into(), "Asia/Shanghai".into()], &["BJ01".into(), "北京一店".into(), "Asia/Shanghai".into()]]),
    )
    .await
    .unwrap();
    let place = |site: i64, code: &str, kind: &str| -> Vec<Value> {
        vec![site.into(), code.into(), kind.into(), "".into(), 1_i64.into(), false.into()]
    };
    insert_many(
        &tx,
        "location",
        &["site_id", "code", "kind", "name", "version", "deleted"],
        [
            place(1, "SUPPLIER", "supplier"),
            place(1, "STAGING", "staging"),
            place(1, "VARIANCE", "variance"),
            place(1, "A-01", "bin"),
            place(1, "B-01", "bin"),
            place(2, "A-01", "bin"),
        ],
    )
    .await
    .unwrap();
    let item = |code: &str, name: &str, cartons: i32, by_lot: bool, kit: bool| -> Vec<Value> {
        vec![code.into(), name.into(), "".into(), "件".into(), cartons.into(), by_lot.into(), kit.into(), 1_i64.into(), false.into()]
    };
    insert_many(
        &tx,
        "item",
        &["code", "name", "name_en", "unit", "cartons", "by_lot", "is_kit", "version", "deleted"],
        [
            item("YG-OAK", "橡木衣柜", 2, false, false),
            item("CL-LINEN", "亚麻窗帘", 1, true, false),
            item("SET-1", "卧室套装", 1, false, true),
        ],
    )
    .await
    .unwrap();
    insert_many(
        &tx,
        "operator",
        &["name", "badge", "version", "deleted"],
        [vec!["王芳".into(), "0001".into(), 1_i64.into(), false.into()]],
    )
    .await
    .unwrap();
    let task = |number: &str, kind: &str| -> Vec<Value> {
        vec![number.into(), kind.into(), 1_i64.into(), "".into(), "open".into(), 0_i64.into(), "test".into()]
    };
    insert_many(
        &tx,
        "task",
        &["number", "kind", "site_id", "reference", "state", "created_ms", "created_by"],
        [task("PA-000001", "put_away"), task("CT-000001", "count")],
    )
    .await
    .unwrap();
    insert_many(
        &tx,
        "task_line",
        &["task_id", "item_id", "carton", "lot", "set_no", "location_id", "quantity", "done", "short"],
        [
            vec![
                1_i64.into(),
                Some(1_i64).into(),
                Some(1).into(),
                "".into(),
                0.into(),
                Some(4_i64).into(),
                5_000_i64.into(),
                0_i64.into(),
                0_i64.into(),
            ],
            vec![
                2_i64.into(),
                None::<i64>.into(),
                None::<i32>.into(),
                "".into(),
                0.into(),
                Some(4_i64).into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
            ],
        ],
    )
    .await
    .unwrap();
    Sql::new("UPDATE dataset SET version = 1").run(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// A hub on the database of this run; one, for loops that once went over several.
pub async fn rigs() -> Vec<Rig> {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    seed(&db).await;
    let fleet = Fleet::open(db).await.unwrap();
    let down = fleet.link.capture();
    vec![Rig { ingest: Ingest::new(&fleet, &CancellationToken::new()), fleet, down, _scratch: scratch }]
}

/// A fact with effects, at a station of the test site.
pub fn fact(scan: u128, task: Option<TaskId>, effects: Vec<Effect>) -> Fact {
    Fact {
        scan: ScanId(scan),
        site: SiteId(SITE),
        station: StationId::new("st-1").unwrap(),
        operator: Some(OperatorId(1)),
        at: Stamp { wall_ms: 1_700_000_000_000, boot: 1, mono_us: 1 },
        source: Source::Scanner {
            device: DeviceId::new("gun-1").unwrap(),
            payload: "YG-OAK/1-2".into(),
            symbology: None,
            framing: Framing::Whole,
        },
        task,
        verdict: Verdict::Noted,
        effects,
    }
}

pub fn stock(item: ItemId, carton: u16) -> StockKey {
    StockKey { item, carton, lot: String::new() }
}

pub fn moved(item: ItemId, carton: u16, units: i64, from: LocationId, to: LocationId) -> Effect {
    Effect::Moved { stock: stock(item, carton), quantity: Quantity::units(units), from, to, line: None, reverses: None, serial: None }
}

/// A put-away of one carton 1 of the wardrobe.
pub fn put_away(scan: u128) -> Fact {
    let effect = Effect::Moved {
        stock: stock(WARDROBE, 1),
        quantity: Quantity::ONE,
        from: SUPPLIER,
        to: BIN_A,
        line: Some(PUT_AWAY_LINE),
        reverses: None,
        serial: None,
    };
    fact(scan, Some(PUT_AWAY), vec![effect])
}

impl Rig {
    pub async fn join(&self) -> Edge {
        let created = edges::create(&self.fleet, SiteId(SITE), "前台", "test").await.unwrap();
        let key = SigningKey::from_bytes(&rand::random());
        let asked = Enrolment {
            token: created.token,
            public_key: data_encoding::BASE64.encode(key.verifying_key().as_bytes()),
            fingerprint: "f00d".into(),
            agent: "0.1.0".into(),
            hostname: "pc".into(),
        };
        let enrolled = edges::enroll(&self.fleet, &asked).await.unwrap();
        let hub: [u8; 32] = data_encoding::BASE64.decode(enrolled.hub_key.as_bytes()).unwrap().try_into().unwrap();
        Edge {
            id: EdgeId::new(enrolled.edge).unwrap(),
            key,
            secret: enrolled.mqtt.password,
            hub: VerifyingKey::from_bytes(&hub).unwrap(),
            link: 0,
            epoch: Epoch(0),
            session: rand::random(),
            attempt: 0,
            fingerprint: "f00d".into(),
        }
    }

    /// An edge that has joined and was welcomed.
    pub async fn welcomed(&mut self) -> Edge {
        let mut edge = self.join().await;
        edge.greet(self, Seq(1), 0).await;
        edge
    }

    pub async fn send(&self, edge: &Edge, up: &Up) -> Taken {
        let taken = self.ingest.message(&edge.id, &edge.seal(up)).await;
        self.ingest.settled(&edge.id).await;
        taken
    }

    /// What was sent down to an edge, checked and decoded.
    pub fn heard(&mut self, edge: &Edge) -> Vec<Down> {
        let mut heard = Vec::new();
        while let Ok((id, bytes)) = self.down.try_recv() {
            assert_eq!(id, edge.id);
            heard.push(edge.open(&bytes));
        }
        heard
    }

    pub async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.fleet.db.read()).await.unwrap()
    }

    /// On hand in whole units.
    pub async fn on_hand(&self, location: LocationId, item: ItemId, carton: u16) -> i64 {
        let sql = format!("SELECT quantity FROM stock WHERE location_id = {location} AND item_id = {item} AND carton = {carton}");
        self.number(&sql).await / 1000
    }

    pub async fn cases(&self, kind: &str) -> Vec<serde_json::Value> {
        use crate::db::entity::exception;
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        let open = exception::Entity::find().filter(exception::Column::Kind.eq(kind)).filter(exception::Column::State.eq("open"));
        open.order_by_asc(exception::Column::Id).all(self.fleet.db.read()).await.unwrap().into_iter().map(|row| row.data).collect()
    }

    /// The ledger and stock agree, every movement has two sides, and stock lies at the site of its location.
    pub async fn ties_out(&self) {
        assert_eq!(inventory::tie_out(self.fleet.db.read()).await.unwrap(), []);
        assert_eq!(inventory::days_tie_out(self.fleet.db.read()).await.unwrap(), []);
        assert_eq!(self.number("SELECT CAST(SUM(quantity) AS BIGINT) FROM stock").await, 0);
        let astray = format!(
            "SELECT COUNT(*) FROM stock s JOIN location l ON l.id = s.location_id \
             WHERE COALESCE(s.site_id, 0) <> CASE WHEN l.kind IN {REAL_KINDS} THEN l.site_id ELSE 0 END"
        );
        assert_eq!(self.number(&astray).await, 0);
    }
}

impl Edge {
    pub fn seal(&self, up: &Up) -> Vec<u8> {
        let json = encode(up).unwrap();
        seal(&self.key.sign(&signed_bytes(&topic_up(&self.id), &json)).to_bytes(), &json)
    }

    pub fn open(&self, bytes: &[u8]) -> Down {
        let (signature, json) = open(bytes).unwrap();
        self.hub.verify_strict(&signed_bytes(&topic_down(&self.id), json), &signature.into()).unwrap();
        decode_down(json).unwrap()
    }

    pub fn hello(&mut self, next_seq: Seq, tasks_through: u64) -> Up {
        self.attempt += 1;
        Up::Hello(Hello {
            epoch: self.epoch,
            boot: u64::MAX,
            session: self.session,
            attempt: self.attempt,
            diverged: false,
            fingerprint: self.fingerprint.clone(),
            next_seq,
            oldest_kept: Seq(1),
            clock_ms: crate::platform::clock::now_ms(),
            protocol: VERSION,
            agent: "0.1.0".into(),
            tasks_through,
            datasets: vec![],
        })
    }

    pub async fn greet(&mut self, rig: &mut Rig, next_seq: Seq, tasks_through: u64) -> Welcome {
        let hello = self.hello(next_seq, tasks_through);
        assert_eq!(rig.send(self, &hello).await, Taken::Yes);
        for _ in 0..100 {
            for down in rig.heard(self) {
                if let Down::Welcome(welcome) = down {
                    (self.link, self.epoch) = (welcome.link, welcome.epoch);
                    return welcome;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no welcome came");
    }

    pub fn batch(&self, first: u64, facts: &[Fact]) -> Up {
        Up::Batch(Batch::of(self.link, self.epoch, Seq(first), facts).unwrap())
    }

    pub fn raw_batch(&self, first: u64, facts: Vec<serde_json::Value>) -> Up {
        Up::Batch(Batch { link: self.link, epoch: self.epoch, first: Seq(first), facts })
    }
}
