//! Customers of a large chain: brought in through the hub's own import, with phones that are sealed and found, and then what a seller waits for:
//! lists, searches, a record with its timeline, saves, and whether a phone is somebody's already; what they bought, and the figures of it. On
//! SQLite and on PostgreSQL.
//!
//! Beside each call stands what it may take; the first is the cheapest answer that the same hub gives the same reader over the same connection:
//! who they are.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::ToSpan as _;
use qitao_hub::db::Db;
use qitao_hub::platform::sql::Sql;
use sea_orm::DbBackend;
use serde_json::json;

use super::chain::{CALLS, Reader, SITES, numbers, organised, reader, time};
use super::{Failure, Samples, Sizes, Table, ms, saves, times, told, trade, whole};
use crate::api::Api;
use crate::postgres::Postgres;
use crate::process::HubProcess;

/// People who sell; each looks after as many customers.
const SELLERS: usize = 700;
/// The store of the second of them.
const STORE: &str = "BS12";
/// What a PostgreSQL server of such a chain keeps of its pages in its own memory.
const MEMORY: &str = "512MB";
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

/// The store of a seller, counted from 0: spread over all regions.
const fn store(seller: usize) -> usize {
    1 + seller * 10 + seller % 10
}

pub(super) fn phone(n: usize) -> String {
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
            store(seller),
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
         o.id, 1 FROM n JOIN organisation o ON o.code = 'BS' || (1 + (n.i - 1) * 10 + (n.i - 1) % 10)",
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

/// Most milliseconds that the slowest of twenty calls but one may take: lists, records, saves.
const SOON: u64 = 50;
/// And the figures of the dashboard.
const FIGURES: u64 = 200;

/// A call as the pages make it: what people call it, what it may take, and the path of the n-th.
type Call = (&'static str, u64, Box<dyn Fn(usize) -> String>);

/// A figure of so many days and today, as the hub's day begins.
fn figure(name: &'static str, days: i64) -> Box<dyn Fn(usize) -> String> {
    let from = jiff::Zoned::now().in_tz("Asia/Shanghai").map_or_else(|_| String::new(), |now| (now.date() - days.days()).to_string());
    Box::new(move |_| format!("/figures/{name}?from={from}"))
}

fn calls(many: usize) -> Vec<Call> {
    let one = move |n: usize| 1 + n * 997 % many;
    vec![
        ("who am I", SOON, Box::new(|_| "/session".into())),
        ("customers", SOON, Box::new(|_| "/customers".into())),
        ("customers by a name", SOON, Box::new(|n| format!("/customers?q={}", pick(&["王", "wangfang", "lx", "陈静", "zhou", "黄明"], n)))),
        ("a customer by the number", SOON, Box::new(move |n| format!("/customers?q=KH-{}", one(n)))),
        ("customers by tags", SOON, Box::new(|_| "/customers?tags=style.modern,style.nordic;budget.high".into())),
        ("customers from a source", SOON, Box::new(|n| format!("/customers?source={}", pick(&SOURCES, n)))),
        ("left for five days", SOON, Box::new(|_| "/customers?idle=5".into())),
        ("choices", SOON, Box::new(|_| "/customers/choices".into())),
        ("home", SOON, Box::new(|_| "/home".into())),
        ("orders", SOON, Box::new(|_| "/orders".into())),
        ("orders of a name", SOON, Box::new(|n| format!("/orders?q={}", pick(&["王", "wangfang", "lx", "陈静", "zhou", "黄明"], n)))),
        ("an order by the number", SOON, Box::new(move |n| format!("/orders?q=SO{}", one(n)))),
        ("confirmed orders", SOON, Box::new(|_| "/orders?state=confirmed".into())),
        ("orders of a customer", SOON, Box::new(move |n| format!("/orders?customer={}", one(n)))),
        ("payments", SOON, Box::new(|_| "/payments".into())),
        ("opportunities", SOON, Box::new(|_| "/opportunities".into())),
        ("tickets", SOON, Box::new(|_| "/tickets".into())),
        ("movements", SOON, Box::new(|_| "/movements".into())),
        ("stock of this month", FIGURES, Box::new(|_| "/stock/summary".into())),
        ("dashboard: now", FIGURES, Box::new(|_| "/figures/now".into())),
        ("dashboard: stock", FIGURES, Box::new(|_| "/figures/stock".into())),
        ("dashboard: sales of a day", FIGURES, Box::new(|_| "/figures/sales".into())),
        ("dashboard: sales of a month", FIGURES, figure("sales", 29)),
        ("dashboard: sales of a year", FIGURES, figure("sales", 364)),
        ("dashboard: ranking of a month", FIGURES, figure("ranking", 29)),
        ("dashboard: funnel of a month", FIGURES, figure("funnel", 29)),
        ("dashboard: funnel of a year", FIGURES, figure("funnel", 364)),
        ("dashboard: measures of a month", FIGURES, figure("measures", 29)),
        ("dashboard: measures of a year", FIGURES, figure("measures", 364)),
    ]
}

/// Fills a database; says how fast its customers came in.
async fn filled(hub: &mut HubProcess, database: &str, many: usize) -> Result<String, Failure> {
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
    let pace = |took: Duration| whole(f64::from(u32::try_from(many).unwrap_or(u32::MAX)) / took.as_secs_f64().max(0.001));
    Ok(format!("The import: check {} rows a second, run {} rows a second.", pace(check), pace(run)))
}

async fn on(title: &str, folder: &Path, database: &str, many: usize) -> Result<Table, Failure> {
    let mut hub = HubProcess::start(folder, &["--items", "200", "--database", database])?;
    let is_filled = hub.admin().await?.get(&format!("/organisations?q={STORE}")).await?["items"][0]["code"] == STORE;
    let note = if is_filled { String::new() } else { filled(&mut hub, database, many).await? };
    let admin = hub.admin().await?;
    let readers = [
        Reader { name: "head office", api: admin.clone() },
        reader(&hub, &admin, "region", "region_manager", "BR3").await?,
        reader(&hub, &admin, "store", "store_manager", STORE).await?,
        seller(&hub, &admin).await?,
    ];
    let mut board = Board::new(title, &readers);
    for (name, limit, path) in calls(many) {
        let mut took = Vec::new();
        for reader in &readers {
            took.push(time(&reader.api, path.as_ref()).await.map_err(|error| format!("{name}, {}: {error}", reader.name))?);
        }
        board.row(name, limit, &took);
    }
    let mut each = Vec::new();
    for (who, reader) in readers.iter().enumerate() {
        each.push(saves::of(reader, who).await.map_err(|error| format!("{}: {error}", reader.name))?.into_iter());
    }
    while let Some((name, first)) = each.first_mut().and_then(Iterator::next) {
        let others = each.iter_mut().skip(1).map(|took| took.next().and_then(|(_, took)| took));
        board.row(name, SOON, &[first].into_iter().chain(others).collect::<Vec<_>>());
    }
    Ok(board.table(&note))
}

/// What calls took, beside what they may take.
struct Board {
    table: Table,
    over: Vec<String>,
}

impl Board {
    fn new(title: &str, readers: &[Reader]) -> Self {
        let mut head = vec!["call".to_owned(), "limit ms".to_owned()];
        head.extend(readers.iter().flat_map(|reader| [format!("{} p50 ms", reader.name), "p95".to_owned()]));
        head.push("worst p95 of the limit".to_owned());
        Self { table: Table { title: title.to_owned(), head, rows: Vec::new(), note: String::new() }, over: Vec::new() }
    }

    fn row(&mut self, name: &str, limit: u64, took: &[Option<Samples>]) {
        let mut cells = vec![name.to_owned(), limit.to_string()];
        let figures = |took: &Option<Samples>| match took {
            Some(took) => [ms(took.percentile(50)), ms(took.percentile(95))],
            None => ["–"; 2].map(str::to_owned),
        };
        cells.extend(took.iter().flat_map(figures));
        let worst = took.iter().flatten().map(|took| took.percentile(95)).max().unwrap_or_default();
        if worst > Duration::from_millis(limit) {
            self.over.push(name.to_owned());
        }
        cells.push(times(worst.as_secs_f64() * 1e3, Duration::from_millis(limit).as_secs_f64() * 1e3));
        told(&cells.join(" | "));
        self.table.push(cells);
    }

    fn table(self, note: &str) -> Table {
        let over = match self.over.is_empty() {
            true => "Every call is within its limit.".to_owned(),
            false => format!("Beyond their limits: {}.", self.over.join(", ")),
        };
        self.table.note(format!("{over} {CALLS} calls of each kind by each reader. {note}").trim_end())
    }
}

/// One of those who sell, who sees what is theirs.
async fn seller(hub: &HubProcess, admin: &Api) -> Result<Reader, Failure> {
    let login = "seller2";
    let stores = admin.all(&format!("/organisations?q={STORE}")).await?;
    let store = &stores.iter().find(|row| row["code"] == STORE).ok_or("there is no store")?["id"];
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
    let mut server = Postgres::start_with(MEMORY)?;
    let sqlite = folder.path().join("hub.db").display().to_string();
    let mut tables = Vec::new();
    for (name, url) in [("SQLite", sqlite), ("PostgreSQL", server.database()?)] {
        tables.push(on(&title(name, sizes), &folder.path().join(name), &url, sizes.customers).await?);
    }
    Ok(tables)
}

/// Measures on one database, which stays, with the folder of its hub: it is filled when it is empty, so that whoever mends a slow call need not
/// fill it again.
///
/// # Errors
/// As [`measure`].
pub async fn measure_on(folder: &Path, database: &str, sizes: Sizes) -> Result<Table, Failure> {
    let name = if database.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
    on(&title(name, sizes), folder, database, sizes.customers).await
}

fn title(name: &str, sizes: Sizes) -> String {
    let many = |number: usize| whole(f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
    format!(
        "{name}: {} customers in {} stores, {} follow-ups, {} orders, {} movements",
        many(sizes.customers),
        many(SITES),
        many(sizes.customers * FOLLOWED),
        many(sizes.customers * trade::ORDERS),
        many(sizes.customers * trade::MOVEMENTS)
    )
}
