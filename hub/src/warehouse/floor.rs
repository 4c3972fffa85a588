//! The floor now: what was scanned today, what is being worked on, who is there.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{EdgesSummary, Floor, SiteRow, Today};
use super::store::{Tasks, sites, tasks};
use crate::http::page::PageQuery;
use crate::http::problem::Problem;
use crate::inventory::{self, MovementQuery};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::sql::Sql;

/// An edge that was heard of within this time is online.
const ONLINE_MS: i64 = 120_000;
/// Open tasks and movements on the floor page.
const ON_THE_FLOOR: u64 = 30;

#[derive(FromQueryResult)]
struct Toned {
    tone: String,
    n: i64,
}

async fn today(db: &impl ConnectionTrait, site: &SiteRow, with_stock: bool) -> Result<Today, DbErr> {
    let since = midnight(&site.time_zone, 0);
    let tones: Vec<Toned> = Sql::new("SELECT tone, COUNT(*) AS n FROM fact WHERE site_id = ")
        .bind(site.id)
        .text(" AND arrived_ms >= ")
        .bind(since)
        .text(" GROUP BY tone")
        .all(db)
        .await?;
    let tones: BTreeMap<String, i64> = tones.into_iter().map(|row| (row.tone, row.n)).collect();
    let wrong = tones.get("wrong").copied().unwrap_or(0);
    let scans: i64 = tones.values().sum();
    if !with_stock {
        return Ok(Today { scans, right: scans - wrong, wrong, moved: Quantity::from_raw(0) });
    }
    let moved = Sql::new("SELECT CAST(SUM(quantity) AS BIGINT) FROM movement WHERE site_id = ")
        .bind(site.id)
        .text(" AND reason <> 'opening' AND booked_ms >= ")
        .bind(since)
        .number(db)
        .await?;
    Ok(Today { scans, right: scans - wrong, wrong, moved: Quantity::from_raw(moved) })
}

/// The midnight at a place that so many days before today began with, 0 being the last one; of UTC where the zone is not known.
pub(super) fn midnight(zone: &str, days_before: i32) -> i64 {
    let now = jiff::Timestamp::from_millisecond(clock::now_ms()).unwrap_or_default();
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let here = now.to_zoned(zone);
    let here = here.checked_sub(jiff::Span::new().days(days_before)).unwrap_or(here);
    here.start_of_day().map_or_else(|_| here.timestamp(), |midnight| midnight.timestamp()).as_millisecond()
}

/// The floor now, of one site or all in scope.
///
/// # Errors
/// A problem when the site is not in scope or the database fails.
pub async fn floor(db: &impl ConnectionTrait, reader: &Actor, site: Option<i64>) -> Result<Floor, Problem> {
    let scope = scope::of(reader, Entity::Task).at(site)?;
    // Who may see work need not see stock or edges there: these parts are then empty.
    let part = |entity| scope::of(reader, entity).at(site).unwrap_or(Scope::Sites(Vec::new()));
    let (stock, machines) = (part(Entity::Movement), part(Entity::Edge));
    let mut all = Today::default();
    for site in sites(db, &scope).await? {
        let one = today(db, &site, stock.sees_of(Some(site.id))).await?;
        all = Today {
            scans: all.scans + one.scans,
            right: all.right + one.right,
            wrong: all.wrong + one.wrong,
            moved: all.moved + one.moved,
        };
    }
    let first = PageQuery { cursor: None, limit: Some(ON_THE_FLOOR) };
    let open = Tasks { state: Some("open,started".to_owned()), ..Tasks::default() };
    let open_tasks = tasks(db, scope.clone(), open, &first).await?.items;
    let movements = inventory::movements(db, stock, &MovementQuery::default(), &first).await?.items;
    let edges = Sql::new("SELECT COUNT(*) FROM edge WHERE public_key IS NOT NULL AND NOT disabled");
    let total = machines.filter(edges.clone(), "site_id").number(db).await?;
    let online = machines.filter(edges, "site_id").text(" AND last_seen_ms > ").bind(clock::now_ms() - ONLINE_MS).number(db).await?;
    let cases = scope.filter(Sql::new("SELECT COUNT(*) FROM exception WHERE state = 'open'"), "site_id").number(db).await?;
    Ok(Floor { today: all, open_tasks, movements, edges: EdgesSummary { total, online, offline: total - online }, exceptions_open: cases })
}
