//! Locations out of sheets, told by site and code.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Back, Kept, Stamp, no_site, site_column, sites};
use crate::catalog::{bump, forget_changes};
use crate::http::problem::Text;
use crate::inventory::place_stock;
use crate::platform::audit::{self, Change};
use crate::platform::import::{
    Choice, Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, exists, twice,
};
use crate::platform::search;
use crate::platform::sql::{Sql, found_by, pieces};

/// Locations.
pub struct Locations;

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

impl Kept for Place {
    fn stamp(&self) -> Stamp {
        Stamp { id: self.id, site: Some(self.site_id), version: self.version, deleted: self.deleted }
    }
}

const PLACE: &str = "SELECT id, site_id, code, kind, name, version, deleted FROM location WHERE ";

/// Inserts or changes locations; their numbers by site and code.
async fn put_places(tx: &DatabaseTransaction, places: &[Place], version: i64) -> Result<HashMap<(i64, String), i64>, DbErr> {
    let mut numbers = HashMap::new();
    for some in pieces(places) {
        let rows = some.iter().map(|place| -> Vec<DbValue> {
            vec![
                place.site_id.into(),
                place.code.clone().into(),
                place.kind.clone().into(),
                place.name.clone().into(),
                version.into(),
                place.deleted.into(),
            ]
        });
        let sql = Sql::new("INSERT INTO location (site_id, code, kind, name, version, deleted) VALUES ").rows(rows);
        let conflict = " ON CONFLICT (site_id, code) DO UPDATE SET kind = excluded.kind, name = excluded.name, version = excluded.version, \
                        deleted = excluded.deleted RETURNING id, site_id, code, kind, name, version, deleted";
        numbers.extend(sql.text(conflict).all::<Place>(tx).await?.into_iter().map(|row| ((row.site_id, row.code), row.id)));
    }
    place_stock(tx, &numbers.values().copied().collect::<Vec<i64>>()).await?;
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

    fn dataset(&self) -> &'static str {
        "locations"
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            site_column(Needed::Always),
            Column {
                id: "code".into(),
                title: Text::new("库位编码", "Location code"),
                needed: Needed::Always,
                kind: Kind::Code(64),
                hint: Text::new("贴在货架上的编码，同一站点内唯一。", "As on the shelf; once in a site."),
                also: &["库位", "货位", "仓位", "location", "bin"],
                example: "B-04-2",
                field: None,
            },
            Column {
                id: "kind".into(),
                title: Text::new("类型", "Kind"),
                needed: Needed::Never,
                kind: Kind::Choice(KINDS),
                hint: Text::new("不填为货位。", "A bin when empty."),
                also: &["库位类型"],
                example: "货位",
                field: None,
            },
            Column {
                id: "name".into(),
                title: Text::new("名称", "Name"),
                needed: Needed::Never,
                kind: Kind::Text(100),
                hint: Text::new("编码已说明一切时不填。", "Where the code does not say all."),
                also: &["库位名称"],
                example: "",
                field: None,
            },
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let sites = sites(tx, run, &rows).await?;
        let codes: BTreeSet<String> = rows.iter().filter_map(|row| row.text("code")).map(str::to_owned).collect();
        let found = Sql::new(PLACE).text("site_id IN ").among(sites.values().copied()).text(" AND code IN ").among(codes);
        let found: Vec<Place> = found.all(tx).await?;
        let known: HashMap<(i64, String), Place> = found.into_iter().map(|row| ((row.site_id, row.code.clone()), row)).collect();
        let numbers: Vec<i64> = known.values().map(|row| row.id).collect();
        let busy =
            found_by(tx, &["SELECT DISTINCT location_id AS id FROM stock WHERE quantity <> 0 AND location_id IN "], &numbers).await?;
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
            seen.claim(&key);
            let mut changes: Vec<FieldChange> = Vec::new();
            changes.extend(FieldChange::of("kind", old.map(|old| old.kind.as_str()), &kind));
            changes.extend(FieldChange::of("name", old.map(|old| old.name.as_str()), &name));
            let outcome = Outcome::of(old.is_some(), &changes);
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
                done.written(id, version, old.as_ref());
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
        let now: Vec<Place> = Sql::new(PLACE).text("id IN ").among(numbers.iter().copied()).all(tx).await?;
        let back = Back::sort(run, "location", rows, now, &found_by(tx, USES, &numbers).await?);
        let version = bump(tx, "locations").await?;
        Sql::new("DELETE FROM location WHERE id IN ").among(back.gone.iter().copied()).run(tx).await?;
        if !back.gone.is_empty() {
            forget_changes(tx, "locations", version).await?;
        }
        let restored = put_places(tx, &back.restored, version).await?;
        let records: Vec<String> = back.gone.iter().chain(restored.values()).map(ToString::to_string).collect();
        search::index(tx, search::Kind::Location, &records).await?;
        audit::record_many(tx, back.audited).await?;
        Ok(back.refusals)
    }
}
