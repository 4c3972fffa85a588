//! The floor now: what was scanned today, what is being worked on, who is there.

use std::collections::BTreeMap;

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{EdgesSummary, Floor, Today};
use super::store::{Tasks, tasks};
use crate::http::page::PageQuery;
use crate::http::problem::Problem;
use crate::inventory::{self, MovementQuery};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity, Part, Scope};
use crate::platform::sql::Sql;

/// An edge that was heard of within this time is online.
pub const ONLINE_MS: i64 = 120_000;
/// Open tasks and movements on the floor page.
const ON_THE_FLOOR: u64 = 30;

#[derive(FromQueryResult)]
struct Toned {
    tone: String,
    n: i64,
}

/// What happened today at the sites where the reader sees work, and was moved where they see stock.
async fn today(db: &impl ConnectionTrait, work: &Scope, stock: &Scope) -> Result<Today, DbErr> {
    // What happened today is found by its time.
    let scans = work.filter_last(Sql::new("SELECT f.tone, COUNT(*) AS n FROM fact f WHERE 1 = 1"), "f.site_id");
    let scans = since(db, work, scans, ("f.arrived_ms", "f.site_id"), 1).await?;
    let tones: Vec<Toned> = scans.text(" GROUP BY f.tone").all(db).await?;
    let tones: BTreeMap<String, i64> = tones.into_iter().map(|row| (row.tone, row.n)).collect();
    let wrong = tones.get("wrong").copied().unwrap_or(0);
    let scans: i64 = tones.values().sum();
    let moved = Sql::new("SELECT CAST(SUM(m.quantity) AS BIGINT) FROM movement m WHERE m.reason <> 'opening'");
    let moved = since(db, stock, stock.filter_last(moved, "m.site_id"), ("m.booked_ms", "m.site_id"), 1).await?.number(db).await?;
    Ok(Today { scans, right: scans - wrong, wrong, moved: Quantity::from_raw(moved) })
}

/// Adds ` AND …` for what has its time and its site in these columns and happened within so many days, today being the first. Days begin
/// at midnight where the site is.
pub(super) async fn since(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: Sql,
    (at, site): (&str, &str),
    days: u16,
) -> Result<Sql, DbErr> {
    let zones = scope.filter(Sql::new("SELECT DISTINCT time_zone FROM site WHERE 1 = 1"), "id").texts(db).await?;
    let begins: Vec<(i64, String)> = zones.into_iter().map(|zone| (midnight(&zone, i32::from(days) - 1), zone)).collect();
    // One range that an index can be read by; in which zone a site is only narrows it.
    let Some(first) = begins.iter().map(|(begin, _)| *begin).min() else { return Ok(filter.text(" AND 1 = 0")) };
    let mut filter = filter.text(&format!(" AND {at} >= ")).bind(first);
    for (begin, zone) in begins.into_iter().filter(|(begin, _)| *begin > first) {
        filter = filter.text(&format!(" AND ({at} >= ")).bind(begin);
        filter = filter.text(&format!(" OR {site} NOT IN (SELECT z.id FROM site z WHERE z.time_zone = ")).bind(zone).text("))");
    }
    Ok(filter)
}

/// The midnight at a place that so many days before today began with, 0 being the last one; of UTC where the zone is not known.
fn midnight(zone: &str, days_before: i32) -> i64 {
    let now = jiff::Timestamp::from_millisecond(clock::now_ms()).unwrap_or_default();
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let here = now.to_zoned(zone);
    let here = here.checked_sub(jiff::Span::new().days(days_before)).unwrap_or(here);
    here.start_of_day().map_or_else(|_| here.timestamp(), |midnight| midnight.timestamp()).as_millisecond()
}

/// How many of the edges in a scope are there.
///
/// # Errors
/// What the database said.
pub async fn edges_summary(db: &impl ConnectionTrait, scope: &Scope) -> Result<EdgesSummary, DbErr> {
    let edges = Sql::new("SELECT COUNT(*) FROM edge WHERE public_key IS NOT NULL AND NOT disabled");
    let total = scope.filter(edges.clone(), "site_id").number(db).await?;
    let online = scope.filter(edges, "site_id").text(" AND last_seen_ms > ").bind(clock::now_ms() - ONLINE_MS).number(db).await?;
    Ok(EdgesSummary { total, online, offline: total - online })
}

/// The floor now, of the part that is asked for.
///
/// # Errors
/// A problem when that part is not in scope or the database fails.
pub async fn floor(db: &impl ConnectionTrait, reader: &Actor, asked: Part) -> Result<Floor, Problem> {
    let scope = scope::of(reader, Entity::Task).at(&reader.tree, asked)?;
    // Who may see work need not see stock or edges there: these parts are then empty.
    let part = |entity| scope::of(reader, entity).at_most(&reader.tree, asked);
    let (stock, machines) = (part(Entity::Movement), part(Entity::Edge));
    let today = today(db, &scope, &stock).await?;
    let first = PageQuery::top(ON_THE_FLOOR);
    let open = Tasks { state: Some("open,started".to_owned()), ..Tasks::default() };
    let open_tasks = tasks(db, &scope, open, &first).await?.items;
    let movements = inventory::movements(db, &stock, &MovementQuery::default(), &first).await?.items;
    let edges = edges_summary(db, &machines).await?;
    let cases = scope.filter(Sql::new("SELECT COUNT(*) FROM exception WHERE state = 'open'"), "site_id").number(db).await?;
    Ok(Floor { today, open_tasks, movements, edges, exceptions_open: cases })
}
