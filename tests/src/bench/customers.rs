//! Customers of a large chain: brought in through the hub's own import, with phones that are sealed and found, and then what a seller waits for:
//! lists, searches, a record with its timeline, saves, and whether a phone is somebody's already; what they bought, and the figures of it. On
//! SQLite and on PostgreSQL.
//!
//! The peer is the cheapest answer that the same hub gives the same reader over the same connection: who they are.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use qitao_hub::db::Db;
use qitao_hub::platform::sql::Sql;
use sea_orm::DbBackend;
use serde_json::json;

use super::chain::{Reader, SITES, numbers, organised, reader, time};
use super::{Failure, Samples, Sizes, Table, ms, times, told, trade, whole};
use crate::api::Api;
use crate::postgres::Postgres;
use crate::process::HubProcess;

/// Calls of each kind.
const CALLS: usize = 60;
/// People who sell; each looks after as many customers.
const SELLERS: usize = 700;
/// Follow-ups of each customer.
const FOLLOWED: usize = 3;
/// How long the import may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(3_600);

const SURNAMES: [char; 20] =
    ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林', '何', '郭', '马', '罗'];
const GIVEN: [char; 25] = [
    '伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '洋', '艳', '勇', '军', '杰', '娟', '涛', '明', '超', '秀', '霞', '平', '刚', '桂',
    '英', '华', '玉',
];
const SOURCES: [&str; 4] = ["store", "douyin", "referral", "fair"];
const TAGS: [&str; 6] = ["style.modern", "style.nordic", "budget.low", "budget.high", "product.wardrobe", "family.children"];

fn pick<T: Copy>(all: &[T], n: usize) -> T {
    all[n % all.len()]
}

fn phone(n: usize) -> String {
    format!("139{n:08}")
}

/// A sheet of so many customers, as a chain would bring them over.
fn sheet(many: usize) -> Vec<u8> {
    let mut text = String::from("客户编号,姓名,电话,所属组织,负责人,性别,来源渠道,标签,创建时间,最近跟进,备注\n");
    for n in 0..many {
        let name: String = [pick(&SURNAMES, n), pick(&GIVEN, n / 20), pick(&GIVEN, n / 500)].into_iter().collect();
        let (seller, day) = (n % SELLERS, 1 + n % 28);
        let tags = format!("{};{}", pick(&TAGS, n), pick(&TAGS, n / 7));
        let (gender, source) = (if n % 2 == 0 { "女" } else { "男" }, pick(&SOURCES, n / 3));
        let _ = writeln!(
            text,
            "KH-{n},{name},{},BS{},seller{},{gender},{source},{tags},2025-0{}-{day:02},2026-0{}-{day:02},周末联系",
            phone(n),
            1 + seller * 10,
            seller + 1,
            1 + n % 9,
            1 + n % 9
        );
    }
    text.into_bytes()
}

/// Adds the chain and its sellers to a database that a hub has made.
async fn fill(db: &Db) -> Result<(), Failure> {
    let sellers = format!(
        "INSERT INTO hub_user (login, name, password_hash, disabled, organisation_id, version) {} SELECT 'seller' || n.i, '导购' || n.i, '', FALSE, \
         o.id, 1 FROM n JOIN organisation o ON o.code = 'BS' || (1 + (n.i - 1) * 10)",
        numbers(SELLERS)
    );
    for statement in organised()
        .into_iter()
        .chain([sellers, "UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'organisation_tree'".to_owned()])
    {
        let tx = db.begin().await?;
        Sql::new(statement).run(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What was said with each customer, and the lines of it in the audit. Its texts are empty: what is sealed is what the import brought.
async fn follow(db: &Db) -> Result<(), Failure> {
    for statement in [
        format!(
            "INSERT INTO follow_up (customer_id, kind, text, at_ms, author, created_ms) {} SELECT c.id, 'call', '', c.created_ms + n.i * 86400000, \
             'admin', c.created_ms FROM customer c JOIN n ON n.i <= {FOLLOWED}",
            numbers(FOLLOWED)
        ),
        "INSERT INTO audit (at_ms, author, entity, entity_id, action, new, organisation_id) SELECT f.at_ms, f.author, 'customer', \
         CAST(f.customer_id AS TEXT), 'follow_up', '{\"kind\":\"call\"}', c.organisation_id FROM follow_up f JOIN customer c ON c.id = f.customer_id"
            .to_owned(),
    ] {
        let tx = db.begin().await?;
        Sql::new(statement).run(&tx).await?;
        tx.commit().await?;
    }
    if db.backend() == DbBackend::Postgres {
        // Its own housekeeping would do this a minute later. SQLite's is the hub's, when it opens its database.
        Sql::new("VACUUM ANALYZE").run(db.read()).await?;
    }
    Ok(())
}

/// Brings the customers in; how long it took, and the numbers of the first and the last of them.
async fn import(admin: &Api, many: usize) -> Result<(Duration, Duration), Failure> {
    let import = admin.upload("/imports", &[("kind", "customers")], "customers.csv", &sheet(many)).await?;
    let path = format!("/imports/{}", import["id"]);
    let mut took = Vec::new();
    for (step, wanted) in [("check", "checked"), ("run", "done")] {
        let began = Instant::now();
        admin.post(&format!("{path}/{step}"), &json!({})).await?;
        loop {
            let now = admin.get(&path).await?;
            if now["state"] == wanted && now["counts"]["bad"] == 0 {
                break;
            }
            let is_busy = now["state"].as_str().is_some_and(|state| ["checking", "running"].contains(&state));
            if !is_busy || began.elapsed() > PATIENCE {
                return Err(format!("{step} ended with {now}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        told(&format!("{step} of {many} customers took {:.1} s", began.elapsed().as_secs_f64()));
        took.push(began.elapsed());
    }
    match took.as_slice() {
        [check, run] => Ok((*check, *run)),
        _ => Err("two steps ought to have been timed".into()),
    }
}

/// A call as the pages make it: what people call it, and the path of the n-th.
type Call = (&'static str, Box<dyn Fn(usize) -> String>);

fn calls(many: usize) -> Vec<Call> {
    let one = move |n: usize| 1 + n * 997 % many;
    vec![
        ("who am I (the peer)", Box::new(|_| "/session".into())),
        ("customers", Box::new(|_| "/customers".into())),
        ("customers by a name", Box::new(|n| format!("/customers?q={}", pick(&["王", "wangfang", "lx", "陈静", "zhou", "黄明"], n)))),
        ("a customer by the number", Box::new(move |n| format!("/customers?q=KH-{}", one(n)))),
        ("customers by tags", Box::new(|_| "/customers?tags=style.modern,style.nordic;budget.high".into())),
        ("customers from a source", Box::new(|n| format!("/customers?source={}", pick(&SOURCES, n)))),
        ("left for five days", Box::new(|_| "/customers?idle=5".into())),
        ("choices", Box::new(|_| "/customers/choices".into())),
        ("home", Box::new(|_| "/home".into())),
        ("orders", Box::new(|_| "/orders".into())),
        ("orders of a name", Box::new(|n| format!("/orders?q={}", pick(&["王", "wangfang", "lx", "陈静", "zhou", "黄明"], n)))),
        ("an order by the number", Box::new(move |n| format!("/orders?q=SO{}", one(n)))),
        ("confirmed orders", Box::new(|_| "/orders?state=confirmed".into())),
        ("orders of a customer", Box::new(move |n| format!("/orders?customer={}", one(n)))),
        ("payments", Box::new(|_| "/payments".into())),
        ("opportunities", Box::new(|_| "/opportunities".into())),
        ("tickets", Box::new(|_| "/tickets".into())),
        ("movements", Box::new(|_| "/movements".into())),
        ("stock of this month", Box::new(|_| "/stock/summary".into())),
        ("dashboard: sales of the month", Box::new(|_| "/figures/sales".into())),
        ("dashboard: now", Box::new(|_| "/figures/now".into())),
        ("dashboard: funnel", Box::new(|_| "/figures/funnel".into())),
        ("dashboard: stock", Box::new(|_| "/figures/stock".into())),
        ("dashboard: measures", Box::new(|_| "/figures/measures".into())),
    ]
}

async fn timed(calls: usize, mut call: impl AsyncFnMut(usize) -> Result<(), Failure>) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    // Once more than is counted: the first finds nothing in memory.
    for n in 0..=calls {
        let began = Instant::now();
        call(n).await?;
        if n > 0 {
            samples.push(began.elapsed());
        }
    }
    Ok(samples)
}

async fn on(title: &str, folder: &Path, database: &str, many: usize) -> Result<Table, Failure> {
    let mut hub = HubProcess::start(folder, &["--items", "200", "--database", database])?;
    hub.stop();
    let db = Db::open(database).await?;
    fill(&db).await?;
    db.close().await?;
    hub.restart()?;
    let admin = hub.admin().await?;
    let (check, run) = import(&admin, many).await?;
    hub.stop();
    let db = Db::open(database).await?;
    trade::fill(&db, many).await?;
    follow(&db).await?;
    db.close().await?;
    hub.restart()?;
    let admin = hub.admin().await?;
    let readers = [
        Reader { name: "head office", api: admin.clone() },
        reader(&hub, &admin, "region", "region_manager", "BR3").await?,
        reader(&hub, &admin, "store", "store_manager", "BS11").await?,
        seller(&hub, &admin).await?,
    ];
    let head = [
        "call",
        "head office p50 ms",
        "p95",
        "region p50 ms",
        "p95",
        "store p50 ms",
        "p95",
        "seller p50 ms",
        "p95",
        "worst p95 of the peer's",
    ];
    let mut table = Table::new(title, head);
    let mut peers = vec![Duration::ZERO; readers.len()];
    let mut row = |name: &str, took: Vec<Option<Samples>>| {
        let (mut cells, mut worst) = (vec![name.to_owned()], 0.0_f64);
        for (took, peer) in took.iter().zip(&mut peers) {
            let Some(took) = took else {
                cells.extend(["–".to_owned(), "–".to_owned()]);
                continue;
            };
            let p95 = took.percentile(95);
            if *peer == Duration::ZERO {
                *peer = p95;
            }
            worst = worst.max(p95.as_secs_f64() / peer.as_secs_f64());
            cells.extend([ms(took.percentile(50)), ms(p95)]);
        }
        told(&cells.join(" | "));
        cells.push(times(worst, 1.0));
        table.push(cells);
    };
    for (name, path) in calls(many) {
        let mut took = Vec::new();
        for reader in &readers {
            took.push(time(&reader.api, path.as_ref()).await.map_err(|error| format!("{name}, {}: {error}", reader.name))?);
        }
        row(name, took);
    }
    let found = admin.get("/customers?limit=200").await?;
    let ids: Vec<i64> = found["items"].as_array().into_iter().flatten().filter_map(|row| row["id"].as_i64()).collect();
    let id = |n: usize| pick(&ids, n);
    let got = async |path: String| admin.get(&path).await.map(drop).map_err(Failure::from);
    let posted = async |path: String, body: serde_json::Value| admin.post(&path, &body).await.map(drop).map_err(Failure::from);
    let own = |took: Samples| vec![Some(took), None, None, None];
    row("a customer", own(timed(CALLS, async |n| got(format!("/customers/{}", id(n))).await).await?));
    row("their timeline", own(timed(CALLS, async |n| got(format!("/customers/{}/timeline", id(n))).await).await?));
    row("found by phone", own(timed(CALLS, async |n| posted("/customers/find".into(), json!({"phone": phone(n * 37)})).await).await?));
    row(
        "found by four digits",
        own(timed(CALLS, async |n| posted("/customers/find".into(), json!({"phone_last": format!("{n:04}")})).await).await?),
    );
    row(
        "whether a phone is somebody's",
        own(timed(CALLS, async |n| posted("/customers/check".into(), json!({"phone": phone(n * 53)})).await).await?),
    );
    let fresh = |n: usize| json!({"name": format!("新客户{n}"), "phone": format!("1380000{n:04}"), "source": "store", "tags": ["style.modern"], "note": "约周末到店"});
    row("make a customer", own(timed(CALLS, async |n| posted("/customers".into(), fresh(n)).await).await?));
    let said = json!({"kind": "call", "text": "看了橡木衣柜，约好周末量尺"});
    row("note a follow-up", own(timed(CALLS, async |n| posted(format!("/customers/{}/follow-ups", id(n)), said.clone()).await).await?));
    let path = format!("/customers/{}", id(0));
    let mut record = admin.get(&path).await?;
    let change = timed(CALLS, async |n| {
        record = admin.patch(&path, &record["version"], &json!({"hobbies": format!("徒步 {n}")})).await?;
        Ok(())
    });
    let changed = change.await?;
    row("change a customer", own(changed));
    let found = admin.get("/orders?limit=200").await?;
    let orders: Vec<i64> = found["items"].as_array().into_iter().flatten().filter_map(|row| row["id"].as_i64()).collect();
    let order = |n: usize| pick(&orders, n);
    row("an order", own(timed(CALLS, async |n| got(format!("/orders/{}", order(n))).await).await?));
    row("its timeline", own(timed(CALLS, async |n| got(format!("/orders/{}/timeline", order(n))).await).await?));
    let mut made = Vec::new();
    let make = timed(CALLS, async |n| {
        let new = json!({"customer": id(n), "lines": [{"item": 1 + n % 50, "quantity": "1", "price": "1280.00"}]});
        made.push(admin.post("/orders", &new).await?);
        Ok(())
    });
    row("make an order", own(make.await?));
    let confirm = timed(CALLS, async |n| {
        let order = made.get(n).ok_or("an order is missing")?;
        admin.act(&format!("/orders/{}/confirm", order["id"]), &order["version"], &json!({"without_goods": true})).await?;
        Ok(())
    });
    row("confirm it", own(confirm.await?));
    let paid = json!({"amount": "100.00", "method": "wechat"});
    row("take a payment", own(timed(CALLS, async |n| posted(format!("/customers/{}/payments", id(n)), paid.clone()).await).await?));
    let pace = |took: Duration| whole(f64::from(u32::try_from(many).unwrap_or(u32::MAX)) / took.as_secs_f64().max(0.001));
    Ok(table.note(format!("The import: check {} rows a second, run {} rows a second.", pace(check), pace(run))))
}

/// One of those who sell, who sees what is theirs.
async fn seller(hub: &HubProcess, admin: &Api) -> Result<Reader, Failure> {
    let login = "seller2";
    let stores = admin.all("/organisations?q=BS11").await?;
    let store = &stores.iter().find(|row| row["code"] == "BS11").ok_or("there is no store")?["id"];
    let found = admin.all(&format!("/people?below={store}")).await?;
    let person = found.iter().find(|row| row["login"] == login).ok_or("there is no seller")?;
    let roles = admin.all("/roles").await?;
    let role = &roles.iter().find(|row| row["code"] == "sales").ok_or("there is no role for sellers")?["id"];
    let path = format!("/people/{}", person["id"]);
    admin.patch(&path, &person["version"], &json!({"roles": [{"role": role, "organisations": []}]})).await?;
    let shown = admin.post(&format!("{path}/password"), &json!({})).await?;
    let password = shown["password"].as_str().ok_or("no password was shown")?;
    Ok(Reader { name: "seller", api: Api::login(&hub.url(), login, password).await? })
}

/// Measures on every database there is.
///
/// # Errors
/// When a database cannot be filled, or the hub refuses what it ought to answer.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Vec<Table>, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut server = Postgres::start()?;
    let sqlite = folder.path().join("hub.db").display().to_string();
    let mut tables = Vec::new();
    for (name, url) in [("SQLite", sqlite), ("PostgreSQL", server.database()?)] {
        let many = |number: usize| whole(f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
        let title = format!(
            "{name}: {} customers in {} stores, {} follow-ups, {} orders, {} movements",
            many(sizes.customers),
            many(SITES),
            many(sizes.customers * FOLLOWED),
            many(sizes.customers * trade::ORDERS),
            many(sizes.customers * trade::MOVEMENTS)
        );
        tables.push(on(&title, &folder.path().join(name), &url, sizes.customers).await?);
    }
    Ok(tables)
}
