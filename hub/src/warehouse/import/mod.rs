//! Locations and operators out of sheets. Both are told by a code (of a site, of a badge); what stock or facts depend on is not taken back.

mod locations;
mod operators;

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

pub use self::locations::Locations;
pub use self::operators::Operators;
use crate::http::problem::Text;
use crate::platform::audit::Change;
use crate::platform::import::{Column, Fault, Kind, Made, Needed, Parsed, Run, changed_since, in_use, out_of_reach};
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct SiteCode {
    id: i64,
    code: String,
}

/// The sites of rows that may be written to, by code.
pub(crate) async fn sites(tx: &DatabaseTransaction, run: &Run, rows: &[Parsed]) -> Result<HashMap<String, i64>, DbErr> {
    let codes: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("site")).collect();
    let sql = Sql::new("SELECT id, code FROM site WHERE code IN ").among(codes);
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
        id: "site".into(),
        title: Text::new("站点编码", "Site"),
        needed,
        kind: Kind::Code(64),
        hint: Text::new("门店或仓库的编码。", "Code of the store or warehouse."),
        also: &["站点", "仓库", "门店", "仓库编码", "门店编码"],
        example: "SH01",
        field: None,
    }
}

/// Which record it is, where, in which version, and whether it is gone but for a trace.
struct Stamp {
    id: i64,
    site: Option<i64>,
    version: i64,
    deleted: bool,
}

/// A record that can be taken back.
trait Kept: Serialize + DeserializeOwned {
    fn stamp(&self) -> Stamp;
}

/// What becomes of rows that are to be taken back.
struct Back<'a, R> {
    /// In the order of the rows.
    refusals: Vec<Option<Fault>>,
    /// Records that the import had made.
    gone: Vec<i64>,
    /// Records that it had changed, as they were.
    restored: Vec<R>,
    audited: Vec<(Change<'a>, Option<Json>, Option<Json>)>,
}

impl<'a, R: Kept> Back<'a, R> {
    /// Sorts rows out by what their records are `now` and whether anything has `used` them.
    fn sort(run: &'a Run, entity: &'static str, rows: Vec<Made>, now: Vec<R>, used: &HashSet<i64>) -> Self {
        let now: HashMap<i64, R> = now.into_iter().map(|is| (is.stamp().id, is)).collect();
        let mut back = Self { refusals: Vec::with_capacity(rows.len()), gone: Vec::new(), restored: Vec::new(), audited: Vec::new() };
        for row in rows {
            let old: Option<R> = row.old.and_then(|old| serde_json::from_value(old).ok());
            let as_left = |is: &&R| {
                let Stamp { version, deleted, .. } = is.stamp();
                version == row.version && !deleted
            };
            let Some(is) = now.get(&row.record).filter(as_left) else {
                back.refusals.push(Some(changed_since()));
                continue;
            };
            if !run.sites.sees_of(is.stamp().site) {
                back.refusals.push(Some(out_of_reach()));
                continue;
            }
            if old.as_ref().is_none_or(|old| old.stamp().deleted) && used.contains(&row.record) {
                back.refusals.push(Some(in_use()));
                continue;
            }
            let change = Change { author: &run.author, entity, id: row.record.to_string(), action: "undo" };
            back.audited.push((change, Some(json!(is)), old.as_ref().map(|old| json!(old))));
            match old {
                None => back.gone.push(row.record),
                Some(old) => back.restored.push(old),
            }
            back.refusals.push(None);
        }
        back
    }
}
