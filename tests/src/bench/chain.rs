//! What people wait for at the hub of a large chain: lists, searches, records and saves over HTTP, as the pages ask for them, by three readers:
//! head office (everything), a region (a tenth of the sites) and a dealer (three or four sites), on SQLite and on PostgreSQL.
//!
//! The peer is the cheapest answer that the same hub gives the same reader over the same connection: who they are.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use qitao_hub::db::Db;
use qitao_hub::platform::search::{Kind, index};
use qitao_hub::platform::sql::Sql;
use sea_orm::{DbBackend, FromQueryResult};
use serde_json::json;

use super::{Failure, Samples, Sizes, Table, ms, times, told, whole};
use crate::api::{Api, ApiError};
use crate::postgres::Postgres;
use crate::process::HubProcess;

/// Calls of each kind by each reader.
pub(super) const CALLS: usize = 60;
/// Regions, dealers and sites of the chain besides those of the demonstration.
const REGIONS: usize = 10;
const DEALERS: usize = 2_000;
pub(super) const SITES: usize = 7_000;
/// Organisations that rows of the audit are spread over.
const ORGANISATIONS: usize = REGIONS + DEALERS + SITES;
/// Kinds of goods on the shelf of each store.
const STOCKED: usize = 50;
/// Kinds of goods that lie in every store, the first of the lists.
const EVERYWHERE: &str = "SELECT id FROM item WHERE NOT deleted AND NOT is_kit ORDER BY code LIMIT 10";

/// Whole numbers from 1 on, as a table `n` with the column `i`.
pub(super) fn numbers(up_to: usize) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {up_to})")
}

fn organisations(many: usize, kind: &str, code: &str, parent: &str) -> String {
    format!(
        "INSERT INTO organisation (parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) {} \
         SELECT p.id, '{kind}', '{code}' || n.i, '分部 {code}' || n.i, 'Branch {code}' || n.i, '', 'Asia/Shanghai', TRUE, '{{}}', 1 \
         FROM n JOIN organisation p ON {parent}",
        numbers(many)
    )
}

/// Adds regions, dealers and stores.
pub(super) fn organised() -> Vec<String> {
    let place = "UPDATE organisation SET path = (SELECT p.path FROM organisation p WHERE p.id = organisation.parent_id) || id || '/' WHERE path = ''";
    vec![
        organisations(REGIONS, "region", "BR", "p.parent_id IS NULL"),
        place.to_owned(),
        organisations(DEALERS, "dealer", "BD", &format!("p.code = 'BR' || (1 + n.i % {REGIONS})")),
        place.to_owned(),
        organisations(SITES, "store", "BS", &format!("p.code = 'BD' || (1 + n.i % {DEALERS})")),
        place.to_owned(),
        "INSERT INTO site (code, name, time_zone, organisation_id) SELECT code, name, time_zone, id FROM organisation WHERE code LIKE 'BS%'"
            .to_owned(),
    ]
}

/// What tasks and locations are found by, as the hub would cut their texts; in the order of the index, since millions of rows out of it take
/// a database many minutes.
fn search_words() -> Vec<String> {
    let task = [("t.number", 1), ("'订单'", 2), ("'so'", 2), ("substr(t.number, 2)", 2), ("'订单so' || substr(t.number, 2)", 1)];
    let task = task.into_iter().chain([("'so' || substr(t.number, 2)", 4)]);
    let location = [("'a011'", 1, "A-01-1"), ("'011'", 4, "A-01-1"), ("'1'", 4, "A-01-1"), ("'supplier'", 1, "SUPPLIER")];
    let uses = |selects: Vec<String>| {
        format!("INSERT INTO search_use (kind, word, record, field, site_id) {} ORDER BY 2, 3", selects.join(" UNION ALL "))
    };
    let of_task = |(word, field): (&str, i32)| {
        format!("SELECT 3, LOWER({word}), CAST(t.id AS TEXT), {field}, t.site_id FROM task t WHERE t.number LIKE 'B%'")
    };
    let of_location = |(word, field, code): (&str, i32, &str)| {
        format!(
            "SELECT 2, {word}, CAST(l.id AS TEXT), {field}, l.site_id FROM location l JOIN site s ON s.id = l.site_id WHERE s.code LIKE 'BS%' AND l.code = '{code}'"
        )
    };
    vec![
        uses(task.map(of_task).collect()),
        uses(location.into_iter().map(of_location).collect()),
        "INSERT INTO search_record (kind, record, words) SELECT 3, CAST(t.id AS TEXT), LOWER(t.number) || ' ' || substr(t.number, 2) || ' so so' || \
         substr(t.number, 2) || ' 订单 订单so' || substr(t.number, 2) FROM task t WHERE t.number LIKE 'B%' ORDER BY 2"
            .to_owned(),
        "INSERT INTO search_record (kind, record, words) SELECT 2, CAST(l.id AS TEXT), CASE l.code WHEN 'SUPPLIER' THEN 'supplier' ELSE '011 1 a011' END \
         FROM location l JOIN site s ON s.id = l.site_id WHERE s.code LIKE 'BS%' ORDER BY 2"
            .to_owned(),
        "INSERT INTO search_key (key, word, tier) VALUES ('订单', '订单', 2), ('dingdan', '订单', 3), ('dd', '订单', 3), ('单', '订单', 4), \
         ('dan', '订单', 4) ON CONFLICT DO NOTHING"
            .to_owned(),
    ]
}

/// Adds the chain, its stock, tasks, movements and audit to a database that a hub has made.
async fn fill(db: &Db, sizes: Sizes) -> Result<(), Failure> {
    let items = sizes.items;
    let statements = [
        // Each store with a place where goods come from, a shelf, and fifty kinds of goods on it beside those that every store has; spread so that
        // which goods a store has says nothing of its region.
        "INSERT INTO location (site_id, code, kind, name, version, deleted) SELECT s.id, k.code, k.kind, '', 1, FALSE FROM site s JOIN \
         (SELECT 'SUPPLIER' AS code, 'supplier' AS kind UNION ALL SELECT 'A-01-1', 'bin') k ON TRUE WHERE s.code LIKE 'BS%'"
            .to_owned(),
        format!(
            "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) {} SELECT l.id, 1 + (l.id * 7919 + CAST(n.i AS BIGINT) * 104729) % {items}, 1, '', 2000, l.site_id \
             FROM n JOIN location l ON l.code = 'A-01-1' AND l.site_id IN (SELECT s.id FROM site s WHERE s.code LIKE 'BS%')",
            numbers(STOCKED.min(items / 10))
        ),
        format!(
            "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) {} SELECT l.id, i.id, n.i, '', 3000, l.site_id \
             FROM item i JOIN n ON n.i <= i.cartons JOIN location l ON l.code = 'A-01-1' WHERE i.id IN (SELECT e.id FROM ({EVERYWHERE}) e) \
             AND l.site_id IN (SELECT s.id FROM site s WHERE s.code LIKE 'BS%') ON CONFLICT (location_id, item_id, carton, lot) DO NOTHING",
            numbers(99)
        ),
        format!(
            "INSERT INTO task (number, kind, site_id, reference, state, created_ms, created_by) {} SELECT 'B' || n.i, \
             CASE n.i % 3 WHEN 0 THEN 'pick' WHEN 1 THEN 'put_away' ELSE 'count' END, s.id, '订单 SO-' || n.i, \
             CASE WHEN n.i % 20 = 0 THEN 'open' ELSE 'finished' END, 1780000000000 + CAST(n.i AS BIGINT) * 1000, 'admin' \
             FROM n JOIN site s ON s.code = 'BS' || (1 + n.i % {SITES})",
            numbers(sizes.audited / 10)
        ),
        "INSERT INTO task_line (task_id, item_id, carton, lot, set_no, location_id, quantity, done, short) SELECT t.id, 1 + t.id % 1000, 1, '', 1, \
         l.id, 1000, 0, 0 FROM task t JOIN location l ON l.site_id = t.site_id AND l.code = 'A-01-1' WHERE t.number LIKE 'B%'"
            .to_owned(),
        "INSERT INTO movement (n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, task_id, line_id, reason, author) \
         SELECT 0, t.created_ms, t.created_ms, t.site_id, n.item_id, 1, '', 1000, f.id, n.location_id, t.id, n.id, 'put_away', 'admin' \
         FROM task t JOIN task_line n ON n.task_id = t.id JOIN location f ON f.site_id = t.site_id AND f.code = 'SUPPLIER' WHERE t.number LIKE 'B%'"
            .to_owned(),
        format!(
            "INSERT INTO audit (at_ms, author, entity, entity_id, action, old, new, organisation_id) {} SELECT 1780000000000 + CAST(n.i AS BIGINT) * 100, \
             'person' || (n.i % 500), CASE n.i % 4 WHEN 0 THEN 'task' WHEN 1 THEN 'person' WHEN 2 THEN 'organisation' ELSE 'item' END, \
             CAST(1 + n.i % {items} AS TEXT), CASE n.i % 5 WHEN 0 THEN 'create' ELSE 'change' END, '{{\"name\":\"旧的名称\",\"version\":1}}', \
             '{{\"name\":\"新的名称\",\"version\":2}}', CASE n.i % 4 WHEN 3 THEN NULL ELSE 1 + n.i % {ORGANISATIONS} END FROM n",
            numbers(sizes.audited)
        ),
        "UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'organisation_tree'".to_owned(),
    ];
    for statement in organised().into_iter().chain(statements).chain(search_words()) {
        let tx = db.begin().await?;
        Sql::new(statement).run(&tx).await?;
        tx.commit().await?;
    }
    said_alike(db).await?;
    if db.backend() == DbBackend::Postgres {
        // Its own housekeeping would do this a minute later. SQLite's is the hub's, when it opens its database.
        Sql::new("VACUUM ANALYZE").run(db.read()).await?;
    }
    Ok(())
}

/// Fails unless the hub would cut the same words out of some of these records: figures of other words would say nothing.
async fn said_alike(db: &Db) -> Result<(), Failure> {
    for (kind, number, table) in
        [(Kind::Task, 3, "task WHERE number IN ('B7', 'B150', 'B99999')"), (Kind::Location, 2, "location WHERE site_id > 100")]
    {
        let records = Sql::new(format!("SELECT CAST(id AS TEXT) FROM {table} ORDER BY id LIMIT 4")).texts(db.read()).await?;
        let tx = db.begin().await?;
        let words = async || {
            let sql = "SELECT word || ' ' || CAST(field AS TEXT) || ' ' || record FROM search_use WHERE kind = ";
            let uses = Sql::new(sql)
                .bind(number)
                .text(" AND record IN ")
                .among(records.iter().cloned())
                .text(" ORDER BY record, word")
                .texts(&tx)
                .await?;
            let sql = Sql::new("SELECT words FROM search_record WHERE kind = ").bind(number).text(" AND record IN ");
            let whole = sql.among(records.iter().cloned()).text(" ORDER BY record").texts(&tx).await?;
            let sorted = whole.iter().map(|words| words.split(' ').collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" "));
            Ok::<_, Failure>((uses, sorted.collect::<Vec<_>>()))
        };
        let filled = words().await?;
        index(&tx, kind, &records).await?;
        let cut = words().await?;
        tx.rollback().await?;
        if filled != cut || records.is_empty() {
            return Err(format!("the bench's words are not those of the hub: {filled:?}, {cut:?}").into());
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Numbered {
    id: i64,
}

/// Somebody who reads.
pub(super) struct Reader {
    pub name: &'static str,
    pub api: Api,
}

/// Somebody with a role at an organisation.
pub(super) async fn reader(hub: &HubProcess, admin: &Api, name: &'static str, role: &str, at: &str) -> Result<Reader, Failure> {
    let roles = admin.all("/roles").await?;
    let role = &roles.iter().find(|row| row["code"] == role).ok_or_else(|| format!("there is no role {role}"))?["id"];
    let found = admin.all(&format!("/organisations?q={at}")).await?;
    let organisation = &found.iter().find(|row| row["code"] == at).ok_or_else(|| format!("there is no organisation {at}"))?["id"];
    let (login, password) = (format!("bench-{}", at.to_lowercase()), "Bench-4711-chain");
    let new = json!({"login": login, "name": "测量", "organisation": organisation, "password": password, "roles": [{"role": role, "organisations": [organisation]}]});
    // On a database that was measured before they are there.
    if Api::login(&hub.url(), &login, password).await.is_err() {
        admin.post("/people", &new).await?;
    }
    Ok(Reader { name, api: Api::login(&hub.url(), &login, password).await? })
}

/// A call as the pages make it: what people call it, and the path of the n-th.
type Call = (&'static str, Box<dyn Fn(usize) -> String>);

fn calls(items: usize, everywhere: Vec<i64>) -> Vec<Call> {
    const WORDS: [&str; 6] = ["衣柜", "shafa", "yg", "餐桌", "Oak", "690"];
    let word = |n: usize| WORDS.get(n % WORDS.len()).copied().unwrap_or_default();
    let item = move |n: usize| 1 + n * 997 % items;
    vec![
        ("who am I (the peer)", Box::new(|_| "/session".into())),
        ("items", Box::new(|_| "/items".into())),
        ("items by a word", Box::new(move |n| format!("/items?q={}", word(n)))),
        ("search everywhere", Box::new(move |n| format!("/search?q={}", word(n)))),
        ("an item", Box::new(move |n| format!("/items/{}", item(n)))),
        (
            "an item of every store",
            Box::new(move |n| format!("/items/{}", everywhere.get(n % everywhere.len().max(1)).copied().unwrap_or_default())),
        ),
        ("an item's timeline", Box::new(move |n| format!("/items/{}/timeline", item(n)))),
        ("stock by item", Box::new(|_| "/stock?by=item".into())),
        ("stock by location", Box::new(|_| "/stock?by=location".into())),
        ("tasks", Box::new(|_| "/tasks".into())),
        ("a task by its order", Box::new(|n| format!("/tasks?q=SO-{}", 1_000 + n * 7))),
        ("tasks by a common word", Box::new(|n| format!("/tasks?q={}", if n % 2 == 0 { "订单" } else { "dingdan" }))),
        ("open tasks", Box::new(|_| "/tasks?state=open".into())),
        ("locations by a code", Box::new(|_| "/locations?q=A-01".into())),
        ("movements", Box::new(|_| "/movements".into())),
        ("home", Box::new(|_| "/home".into())),
        ("floor", Box::new(|_| "/floor".into())),
        ("stores", Box::new(|_| "/organisations?kind=store".into())),
        ("a store by its name", Box::new(|n| format!("/organisations?q=BS{}", 1_000 + n * 7))),
        ("people", Box::new(|_| "/people".into())),
        ("sites", Box::new(|_| "/sites".into())),
        ("audit", Box::new(|_| "/audit".into())),
        ("audit of a dealer", Box::new(|n| format!("/audit?below={}", 20 + n))),
        ("audit of a person", Box::new(|n| format!("/audit?author=person{n}"))),
    ]
}

/// How long calls take; nothing when this reader may not make them.
pub(super) async fn time(api: &Api, path: &dyn Fn(usize) -> String) -> Result<Option<Samples>, Failure> {
    let mut samples = Samples::default();
    // Once more than is counted: the first finds nothing in memory.
    for n in 0..=CALLS {
        let (path, began) = (path(n), Instant::now());
        match api.get(&path).await {
            Ok(_) if n > 0 => samples.push(began.elapsed()),
            Ok(_) => {}
            Err(ApiError::Refused { status, .. }) if status == 403 => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(samples))
}

/// Saves a record again and again under another name, each time as it was read before.
async fn save(admin: &Api, path: &str, word: &str) -> Result<Samples, Failure> {
    let (mut samples, mut record) = (Samples::default(), admin.get(path).await?);
    for n in 0..CALLS {
        let began = Instant::now();
        record = admin.patch(path, &record["version"], &json!({ "name": format!("{word} {n}") })).await?;
        samples.push(began.elapsed());
    }
    Ok(samples)
}

async fn on(title: &str, folder: &Path, database: &str, sizes: Sizes) -> Result<Table, Failure> {
    let mut hub = HubProcess::start(folder, &["--items", &sizes.items.to_string(), "--database", database])?;
    let rig = hub.admin().await?.get("/session").await?["user"]["id"].clone();
    hub.stop();
    let (db, began) = (Db::open(database).await?, Instant::now());
    fill(&db, sizes).await?;
    let everywhere: Vec<Numbered> = Sql::new(EVERYWHERE).all(db.read()).await?;
    let everywhere: Vec<i64> = everywhere.into_iter().map(|row| row.id).collect();
    db.close().await?;
    let filled = began.elapsed();
    hub.restart()?;
    let admin = hub.admin().await?;
    let readers =
        [reader(&hub, &admin, "region", "region_manager", "BR3").await?, reader(&hub, &admin, "dealer", "dealer_owner", "BD7").await?];
    let readers: Vec<Reader> = [Reader { name: "head office", api: admin.clone() }].into_iter().chain(readers).collect();
    let mut table =
        Table::new(title, ["call", "head office p50 ms", "p95", "region p50 ms", "p95", "dealer p50 ms", "p95", "worst p95 of the peer's"]);
    let mut peers = vec![Duration::ZERO; readers.len()];
    for (name, path) in calls(sizes.items, everywhere) {
        let (mut cells, mut worst) = (vec![name.to_owned()], 0.0_f64);
        for (reader, peer) in readers.iter().zip(&mut peers) {
            let took = time(&reader.api, path.as_ref()).await.map_err(|error| format!("{name}, {}: {error}", reader.name))?;
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
    }
    let store = admin.all("/organisations?q=BS1234").await?;
    let store = store.first().ok_or("the store is gone")?["id"].clone();
    for (name, path, word) in
        [("save a person", format!("/people/{rig}"), "管理员"), ("save a store", format!("/organisations/{store}"), "门店")]
    {
        let took = save(&admin, &path, word).await?;
        let mut cells = vec![name.to_owned(), ms(took.percentile(50)), ms(took.percentile(95))];
        cells.extend(["–"; 4].map(str::to_owned));
        told(&cells.join(" | "));
        cells.push(times(took.percentile(95).as_secs_f64(), peers.first().map_or(0.0, Duration::as_secs_f64)));
        table.push(cells);
    }
    Ok(table.note(format!("Filled in {:.0} s besides the hub's own beginning.", filled.as_secs_f64())))
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
        let of = [many(sizes.items), many(SITES), many(sizes.audited / 10), many(sizes.audited)];
        let title = format!("{name}: {} items, {} sites, {} tasks, {} rows of audit", of[0], of[1], of[2], of[3]);
        tables.push(on(&title, &folder.path().join(name), &url, sizes).await?);
    }
    Ok(tables)
}
