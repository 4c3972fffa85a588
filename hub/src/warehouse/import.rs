//! Locations and operators out of sheets. Both are told by a code (of a site, of a badge); what stock or facts depend on is not taken back.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::{bump, forget_changes};
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::import::{
    Choice, Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, changed_since, exists, in_use,
    missing, twice,
};
use crate::platform::search;
use crate::platform::sql::Sql;

/// Locations.
pub struct Locations;
/// Operators.
pub struct Operators;

const KINDS: &[Choice] = &[
    Choice { word: "bin", zh: "货位", en: "bin" },
    Choice { word: "receiving", zh: "收货区", en: "receiving" },
    Choice { word: "staging", zh: "备货区", en: "staging" },
    Choice { word: "supplier", zh: "供应商（虚拟）", en: "supplier (virtual)" },
    Choice { word: "customer", zh: "客户（虚拟）", en: "customer (virtual)" },
    Choice { word: "variance", zh: "盘差（虚拟）", en: "variance (virtual)" },
    Choice { word: "transit", zh: "在途（虚拟）", en: "transit (virtual)" },
    Choice { word: "scrap", zh: "报废（虚拟）", en: "scrap (virtual)" },
];

#[derive(FromQueryResult)]
struct Id {
    id: i64,
}

#[derive(FromQueryResult)]
struct SiteCode {
    id: i64,
    code: String,
}

/// The sites of rows that may be written to, by code.
pub(crate) async fn sites(tx: &DatabaseTransaction, run: &Run, rows: &[Parsed]) -> Result<HashMap<String, i64>, DbErr> {
    let codes: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("site")).collect();
    let sql = Sql::new("SELECT id, code FROM site WHERE code IN ").list(codes);
    let found: Vec<SiteCode> = run.sites.filter(sql, "id").all(tx).await?;
    Ok(found.into_iter().map(|row| (row.code, row.id)).collect())
}

/// The fault of a site that there is not, or where the reader may not import: nobody is told which.
pub(crate) fn no_site(code: &str) -> Fault {
    Fault::new(
        "site",
        "site_exists",
        format!("没有编码为 {code} 的站点，或者不在您的范围内。"),
        format!("There is no site {code}, or it is outside your reach."),
    )
}

pub(crate) fn site_column(needed: Needed) -> Column {
    Column {
        id: "site",
        title: Text::new("站点编码", "Site"),
        needed,
        kind: Kind::Code(64),
        hint: Text::new("门店或仓库的编码。", "Code of the store or warehouse."),
        also: &["站点", "仓库", "门店", "仓库编码", "门店编码"],
        example: "SH01",
    }
}

/// Which of some numbers one of these statements finds; each ends with `IN`.
async fn used(tx: &DatabaseTransaction, selects: &'static [&'static str], of: &[i64]) -> Result<HashSet<i64>, DbErr> {
    let one = |sql: Sql, (n, select): (usize, &&str)| sql.text(if n > 0 { " UNION " } else { "" }).text(select).list(of.iter().copied());
    let sql = selects.iter().enumerate().fold(Sql::default(), one);
    let rows: Vec<Id> = sql.all(tx).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn change(column: &str, old: Option<&str>, new: &str) -> Option<FieldChange> {
    let old = old.unwrap_or_default();
    (old != new).then(|| FieldChange { column: column.to_owned(), old: old.to_owned(), new: new.to_owned() })
}

/// A location as an import writes it and as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
struct Place {
    id: i64,
    site_id: i64,
    code: String,
    kind: String,
    name: String,
    version: i64,
    deleted: bool,
}

const PLACE: &str = "SELECT id, site_id, code, kind, name, version, deleted FROM location WHERE ";

/// Inserts or changes locations; their numbers by site and code.
async fn put_places(tx: &DatabaseTransaction, places: &[Place], version: i64) -> Result<HashMap<(i64, String), i64>, DbErr> {
    let mut numbers = HashMap::new();
    for some in places.chunks(500) {
        let mut sql = Sql::new("INSERT INTO location (site_id, code, kind, name, version, deleted) VALUES ");
        for (n, place) in some.iter().enumerate() {
            let row: [DbValue; 6] = [
                place.site_id.into(),
                place.code.clone().into(),
                place.kind.clone().into(),
                place.name.clone().into(),
                version.into(),
                place.deleted.into(),
            ];
            sql = if n == 0 { sql } else { sql.text(",") }.list(row);
        }
        let conflict = " ON CONFLICT (site_id, code) DO UPDATE SET kind = excluded.kind, name = excluded.name, version = excluded.version, \
                        deleted = excluded.deleted RETURNING id, site_id, code, kind, name, version, deleted";
        numbers.extend(sql.text(conflict).all::<Place>(tx).await?.into_iter().map(|row| ((row.site_id, row.code), row.id)));
    }
    Ok(numbers)
}

/// Everything that a location is kept for.
const USES: &[&str] = &[
    "SELECT location_id AS id FROM stock WHERE location_id IN ",
    "SELECT from_id AS id FROM movement WHERE from_id IN ",
    "SELECT to_id AS id FROM movement WHERE to_id IN ",
    "SELECT location_id AS id FROM task_line WHERE location_id IN ",
    "SELECT location_id AS id FROM count_location WHERE location_id IN ",
];

#[async_trait::async_trait]
impl Importable for Locations {
    fn word(&self) -> &'static str {
        "locations"
    }

    fn title(&self) -> Text {
        Text::new("库位", "Locations")
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            site_column(Needed::Always),
            Column {
                id: "code",
                title: Text::new("库位编码", "Location code"),
                needed: Needed::Always,
                kind: Kind::Code(64),
                hint: Text::new("贴在货架上的编码，同一站点内唯一。", "As on the shelf; once in a site."),
                also: &["库位", "货位", "仓位", "location", "bin"],
                example: "B-04-2",
            },
            Column {
                id: "kind",
                title: Text::new("类型", "Kind"),
                needed: Needed::Never,
                kind: Kind::Choice(KINDS),
                hint: Text::new("不填为货位。", "A bin when empty."),
                also: &["库位类型"],
                example: "货位",
            },
            Column {
                id: "name",
                title: Text::new("名称", "Name"),
                needed: Needed::Never,
                kind: Kind::Text(100),
                hint: Text::new("编码已说明一切时不填。", "Where the code does not say all."),
                also: &["库位名称"],
                example: "",
            },
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let sites = sites(tx, run, &rows).await?;
        let codes: BTreeSet<String> = rows.iter().filter_map(|row| row.text("code")).map(str::to_owned).collect();
        let found = Sql::new(PLACE).text("site_id IN ").list(sites.values().copied()).text(" AND code IN ").list(codes);
        let found: Vec<Place> = found.all(tx).await?;
        let known: HashMap<(i64, String), Place> = found.into_iter().map(|row| ((row.site_id, row.code.clone()), row)).collect();
        let numbers: Vec<i64> = known.values().map(|row| row.id).collect();
        let busy = used(tx, &["SELECT DISTINCT location_id AS id FROM stock WHERE quantity <> 0 AND location_id IN "], &numbers).await?;
        let (mut done, mut writing) = (Vec::new(), Vec::new());
        for mut row in rows {
            let (site, code) = (row.text("site").unwrap_or_default().to_owned(), row.text("code").unwrap_or_default().to_owned());
            let (key, mut faults) = (format!("{site} {code}"), std::mem::take(&mut row.faults));
            let id = sites.get(&site).copied();
            if id.is_none() && !site.is_empty() {
                faults.push(no_site(&site));
            }
            let there = id.and_then(|id| known.get(&(id, code.clone())));
            let old = there.filter(|old| !old.deleted);
            let kind = row.text("kind").filter(|kind| !kind.is_empty()).or(old.map(|old| old.kind.as_str())).unwrap_or("bin").to_owned();
            let name = row.text("name").or(old.map(|old| old.name.as_str())).unwrap_or_default().to_owned();
            if let Some(old) = old {
                if !run.update_existing {
                    faults.push(exists("code"));
                }
                if old.kind != kind && busy.contains(&old.id) {
                    faults.push(Fault::new(
                        "kind",
                        "in_use",
                        "这个库位上有库存，不能改类型。",
                        "There is stock here; the kind cannot change.",
                    ));
                }
            }
            if !code.is_empty() && seen.has(&key) {
                faults.push(twice("code"));
            }
            let Some(site_id) = id.filter(|_| faults.is_empty()) else {
                done.push(Done::bad(row.number, key, faults));
                continue;
            };
            seen.claim(key.clone());
            let mut changes: Vec<FieldChange> = Vec::new();
            changes.extend(change("kind", old.map(|old| old.kind.as_str()), &kind));
            changes.extend(change("name", old.map(|old| old.name.as_str()), &name));
            let outcome = match old {
                None => Outcome::New,
                Some(_) if changes.is_empty() => Outcome::Same,
                Some(_) => Outcome::Changed,
            };
            if outcome != Outcome::Same {
                let new = Place { id: 0, site_id, code, kind, name, version: 0, deleted: false };
                writing.push((done.len(), new, there.cloned()));
            }
            let mut good = Done::good(row.number, key, outcome, changes);
            good.record = there.map(|old| old.id);
            done.push(good);
        }
        if !run.write || writing.is_empty() {
            return Ok(done);
        }
        let version = bump(tx, "locations").await?;
        let places: Vec<Place> = writing.iter().map(|(_, new, _)| new.clone()).collect();
        let numbers = put_places(tx, &places, version).await?;
        let (mut records, mut audited) = (Vec::new(), Vec::new());
        for (at, new, old) in writing {
            let id = numbers.get(&(new.site_id, new.code.clone())).copied();
            if let Some(done) = done.get_mut(at) {
                (done.record, done.version, done.old) = (id, Some(version), old.as_ref().map(|old| json!(old)));
            }
            let (id, old) = (id.unwrap_or_default().to_string(), old.filter(|old| !old.deleted));
            let action = if old.is_some() { "change" } else { "create" };
            records.push(id.clone());
            let new = json!({"site": new.site_id, "code": new.code, "kind": new.kind, "name": new.name});
            audited.push((Change { author: &run.author, entity: "location", id, action }, old.map(|old| json!(old)), Some(new)));
        }
        search::index(tx, search::Kind::Location, &records).await?;
        audit::record_many(tx, audited).await?;
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let numbers: Vec<i64> = rows.iter().map(|row| row.record).collect();
        let found = Sql::new(PLACE).text("id IN ").list(numbers.iter().copied()).all::<Place>(tx).await?;
        let now: HashMap<i64, Place> = found.into_iter().map(|row| (row.id, row)).collect();
        let used = used(tx, USES, &numbers).await?;
        let version = bump(tx, "locations").await?;
        let (mut answers, mut gone, mut restored, mut audited) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let old: Option<Place> = row.old.and_then(|old| serde_json::from_value(old).ok());
            let Some(is) = now.get(&row.record).filter(|is| is.version == row.version && !is.deleted) else {
                answers.push(Some(changed_since()));
                continue;
            };
            if old.as_ref().is_none_or(|old| old.deleted) && used.contains(&row.record) {
                answers.push(Some(in_use()));
                continue;
            }
            let change = Change { author: &run.author, entity: "location", id: row.record.to_string(), action: "undo" };
            audited.push((change, Some(json!(is)), old.as_ref().map(|old| json!(old))));
            match old {
                None => gone.push(row.record),
                Some(old) => restored.push(old),
            }
            answers.push(None);
        }
        Sql::new("DELETE FROM location WHERE id IN ").list(gone.iter().copied()).run(tx).await?;
        if !gone.is_empty() {
            forget_changes(tx, "locations", version).await?;
        }
        let restored = put_places(tx, &restored, version).await?;
        let records: Vec<String> = gone.iter().chain(restored.values()).map(ToString::to_string).collect();
        search::index(tx, search::Kind::Location, &records).await?;
        audit::record_many(tx, audited).await?;
        Ok(answers)
    }
}

/// An operator as an import writes them and as they were before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
struct Worker {
    id: i64,
    name: String,
    badge: String,
    site_id: Option<i64>,
    version: i64,
    deleted: bool,
}

const WORKER: &str = "SELECT id, name, badge, site_id, version, deleted FROM operator WHERE ";

async fn put_worker(tx: &DatabaseTransaction, worker: &Worker, version: i64) -> Result<i64, DbErr> {
    let row: [DbValue; 5] =
        [worker.name.clone().into(), worker.badge.clone().into(), worker.site_id.into(), version.into(), worker.deleted.into()];
    Sql::new("INSERT INTO operator (name, badge, site_id, version, deleted) VALUES ")
        .list(row)
        .text(
            " ON CONFLICT (badge) DO UPDATE SET name = excluded.name, site_id = excluded.site_id, version = excluded.version, \
             deleted = excluded.deleted RETURNING id",
        )
        .number(tx)
        .await
}

#[async_trait::async_trait]
impl Importable for Operators {
    fn word(&self) -> &'static str {
        "operators"
    }

    fn title(&self) -> Text {
        Text::new("操作员", "Operators")
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column {
                id: "badge",
                title: Text::new("工牌号", "Badge"),
                needed: Needed::Always,
                kind: Kind::Code(64),
                hint: Text::new("工牌条码里 QT-OP- 后面的部分，全公司唯一。", "What follows QT-OP- on the badge; once in the chain."),
                also: &["工号", "员工号"],
                example: "1001",
            },
            Column {
                id: "name",
                title: Text::new("姓名", "Name"),
                needed: Needed::New,
                kind: Kind::Text(64),
                hint: Text::new("显示在操作面板上。", "As the panel shows it."),
                also: &["名字", "操作员"],
                example: "李雷",
            },
            Column {
                hint: Text::new(
                    "只在一个站点工作时填写；不填可在所有站点工作。",
                    "Where they work at one site only; all sites when empty.",
                ),
                ..site_column(Needed::Never)
            },
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let sites = sites(tx, run, &rows).await?;
        let badges: BTreeSet<String> = rows.iter().filter_map(|row| row.text("badge")).map(str::to_owned).collect();
        let found: Vec<Worker> = Sql::new(WORKER).text("badge IN ").list(badges).all(tx).await?;
        let known: HashMap<String, Worker> = found.into_iter().map(|row| (row.badge.clone(), row)).collect();
        let (mut done, mut audited) = (Vec::new(), Vec::new());
        let mut version = None;
        for mut row in rows {
            let (badge, mut faults) = (row.text("badge").unwrap_or_default().to_owned(), std::mem::take(&mut row.faults));
            let there = known.get(&badge);
            let old = there.filter(|old| !old.deleted);
            let site_id = match row.text("site") {
                Some("") => None,
                Some(code) => {
                    let site = sites.get(code).copied();
                    if site.is_none() {
                        faults.push(no_site(code));
                    }
                    site
                }
                None => old.and_then(|old| old.site_id),
            };
            let reach = |site: Option<i64>| run.sites.sees_of(site);
            if faults.is_empty() && (!reach(site_id) || old.is_some_and(|old| !reach(old.site_id))) {
                faults.push(Fault::new("site", "site_reach", "不在您的站点范围内。", "It is outside of the sites that you reach."));
            }
            let name = row.text("name").filter(|name| !name.is_empty()).or(old.map(|old| old.name.as_str())).unwrap_or_default().to_owned();
            if name.is_empty() && !faults.iter().any(|fault| fault.column == "name") {
                faults.push(missing("name"));
            }
            if old.is_some() && !run.update_existing {
                faults.push(exists("badge"));
            }
            if !badge.is_empty() && seen.has(&badge) {
                faults.push(twice("badge"));
            }
            if !faults.is_empty() {
                done.push(Done::bad(row.number, badge, faults));
                continue;
            }
            seen.claim(badge.clone());
            let code = |id: Option<i64>| id.and_then(|id| sites.iter().find(|(_, site)| **site == id)).map(|(code, _)| code.as_str());
            let mut changes: Vec<FieldChange> = Vec::new();
            changes.extend(change("name", old.map(|old| old.name.as_str()), &name));
            if old.and_then(|old| old.site_id) != site_id {
                let number = old.and_then(|old| old.site_id).map(|id| format!("#{id}")).unwrap_or_default();
                let before = code(old.and_then(|old| old.site_id)).map_or(number, str::to_owned);
                changes.push(FieldChange { column: "site".into(), old: before, new: code(site_id).unwrap_or_default().to_owned() });
            }
            let outcome = match old {
                None => Outcome::New,
                Some(_) if changes.is_empty() => Outcome::Same,
                Some(_) => Outcome::Changed,
            };
            let mut good = Done::good(row.number, badge.clone(), outcome, changes);
            if run.write && outcome != Outcome::Same {
                let at = match version {
                    Some(version) => version,
                    None => *version.insert(bump(tx, "operators").await?),
                };
                let new = Worker { id: 0, name, badge, site_id, version: at, deleted: false };
                let id = put_worker(tx, &new, at).await?;
                (good.record, good.version, good.old) = (Some(id), Some(at), there.map(|old| json!(old)));
                let action = if old.is_some() { "change" } else { "create" };
                let change = Change { author: &run.author, entity: "operator", id: id.to_string(), action };
                let new = json!({"name": new.name, "badge": new.badge, "site": new.site_id});
                audited.push((change, old.map(|old| json!(old)), Some(new)));
            }
            done.push(good);
        }
        audit::record_many(tx, audited).await?;
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let numbers: Vec<i64> = rows.iter().map(|row| row.record).collect();
        let found = Sql::new(WORKER).text("id IN ").list(numbers.iter().copied()).all::<Worker>(tx).await?;
        let now: HashMap<i64, Worker> = found.into_iter().map(|row| (row.id, row)).collect();
        let used = used(tx, &["SELECT DISTINCT operator_id AS id FROM fact WHERE operator_id IN "], &numbers).await?;
        let version = bump(tx, "operators").await?;
        let (mut answers, mut gone, mut audited) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let old: Option<Worker> = row.old.and_then(|old| serde_json::from_value(old).ok());
            let Some(is) = now.get(&row.record).filter(|is| is.version == row.version && !is.deleted) else {
                answers.push(Some(changed_since()));
                continue;
            };
            if old.as_ref().is_none_or(|old| old.deleted) && used.contains(&row.record) {
                answers.push(Some(in_use()));
                continue;
            }
            let change = Change { author: &run.author, entity: "operator", id: row.record.to_string(), action: "undo" };
            audited.push((change, Some(json!(is)), old.as_ref().map(|old| json!(old))));
            match old {
                None => gone.push(row.record),
                Some(old) => {
                    put_worker(tx, &old, version).await?;
                }
            }
            answers.push(None);
        }
        Sql::new("DELETE FROM operator WHERE id IN ").list(gone.iter().copied()).run(tx).await?;
        if !gone.is_empty() {
            forget_changes(tx, "operators", version).await?;
        }
        audit::record_many(tx, audited).await?;
        Ok(answers)
    }
}
