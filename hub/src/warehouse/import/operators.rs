//! Operators out of sheets, told by their badge.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Back, Kept, Stamp, no_site, site_column, sites};
use crate::catalog::{bump, forget_changes};
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::import::{
    Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, exists, missing, twice,
};
use crate::platform::sql::{Sql, found_by};

/// Operators.
pub struct Operators;

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

impl Kept for Worker {
    fn stamp(&self) -> Stamp {
        Stamp { id: self.id, site: self.site_id, version: self.version, deleted: self.deleted }
    }
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

    fn dataset(&self) -> &'static str {
        "operators"
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column {
                id: "badge".into(),
                title: Text::new("工牌号", "Badge"),
                needed: Needed::Always,
                kind: Kind::Code(64),
                hint: Text::new("工牌条码里 QT-OP- 后面的部分，全公司唯一。", "What follows QT-OP- on the badge; once in the chain."),
                also: &["工号", "员工号"],
                example: "1001",
                field: None,
            },
            Column {
                id: "name".into(),
                title: Text::new("姓名", "Name"),
                needed: Needed::New,
                kind: Kind::Text(64),
                hint: Text::new("显示在操作面板上。", "As the panel shows it."),
                also: &["名字", "操作员"],
                example: "李雷",
                field: None,
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
        let found: Vec<Worker> = Sql::new(WORKER).text("badge IN ").among(badges).all(tx).await?;
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
            seen.claim(&badge);
            let code = |id: Option<i64>| id.and_then(|id| sites.iter().find(|(_, site)| **site == id)).map(|(code, _)| code.as_str());
            let mut changes: Vec<FieldChange> = Vec::new();
            changes.extend(FieldChange::of("name", old.map(|old| old.name.as_str()), &name));
            if old.and_then(|old| old.site_id) != site_id {
                let number = old.and_then(|old| old.site_id).map(|id| format!("#{id}")).unwrap_or_default();
                let before = code(old.and_then(|old| old.site_id)).map_or(number, str::to_owned);
                changes.push(FieldChange { column: "site".into(), old: before, new: code(site_id).unwrap_or_default().to_owned() });
            }
            let outcome = Outcome::of(old.is_some(), &changes);
            let mut good = Done::good(row.number, badge.clone(), outcome, changes);
            if run.write && outcome != Outcome::Same {
                let at = match version {
                    Some(version) => version,
                    None => *version.insert(bump(tx, "operators").await?),
                };
                let new = Worker { id: 0, name, badge, site_id, version: at, deleted: false };
                let id = put_worker(tx, &new, at).await?;
                good.written(Some(id), at, there);
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
        let now: Vec<Worker> = Sql::new(WORKER).text("id IN ").among(numbers.iter().copied()).all(tx).await?;
        let used = found_by(tx, &["SELECT DISTINCT operator_id AS id FROM fact WHERE operator_id IN "], &numbers).await?;
        let back = Back::sort(run, "operator", rows, now, &used);
        let version = bump(tx, "operators").await?;
        for old in &back.restored {
            put_worker(tx, old, version).await?;
        }
        Sql::new("DELETE FROM operator WHERE id IN ").among(back.gone.iter().copied()).run(tx).await?;
        if !back.gone.is_empty() {
            forget_changes(tx, "operators", version).await?;
        }
        audit::record_many(tx, back.audited).await?;
        Ok(back.refusals)
    }
}
