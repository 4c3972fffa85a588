//! What came in and went out, added up by site, item, day and reason in the transaction of the movements themselves: the sums can neither
//! miss a movement nor count one twice, and a period is read without its movements.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::ledger::NewMovement;
use super::limits;
use super::rules::{Reason, day_at, is_real, zone};
use crate::catalog::store::REAL_KINDS;
use crate::platform::sql::{MAX_PARAMETERS, Sql, pieces};

/// A location as the books see it.
pub(super) struct Place {
    /// Its site.
    pub site: i64,
    /// Its kind.
    pub kind: String,
    /// Whether goods there are in a building.
    pub is_real: bool,
    zone: TimeZone,
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    site_id: i64,
    kind: String,
    time_zone: String,
}

/// Locations by their numbers.
pub(super) async fn places(tx: &impl ConnectionTrait, locations: BTreeSet<i64>) -> Result<BTreeMap<i64, Place>, DbErr> {
    let (mut places, mut zones) = (BTreeMap::new(), BTreeMap::<String, TimeZone>::new());
    for some in locations.into_iter().collect::<Vec<_>>().chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT l.id, l.site_id, l.kind, s.time_zone FROM location l JOIN site s ON s.id = l.site_id WHERE l.id IN ");
        for Stored { id, site_id, kind, time_zone } in sql.among(some.iter().copied()).all(tx).await? {
            let zone = zones.entry(time_zone).or_insert_with_key(|name| zone(name)).clone();
            places.insert(id, Place { site: site_id, is_real: is_real(&kind), kind, zone });
        }
    }
    Ok(places)
}

/// Of which sum something is a part: site, item, day, reason.
type Key = (i64, i64, i64, &'static str);

/// Sums that are to be added: in and out, in thousandths.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Flows(BTreeMap<Key, (i64, i64)>);

impl Flows {
    /// What movements between these places bring in and take out.
    pub fn of(movements: &[NewMovement], places: &BTreeMap<i64, Place>) -> Result<Self, DbErr> {
        let mut flows = Self::default();
        for movement in movements {
            let (from, to) = (places.get(&movement.from), places.get(&movement.to));
            let real = |place: Option<&Place>| place.filter(|place| place.is_real).map(|place| place.site);
            if real(from) == real(to) {
                continue;
            }
            for (place, other, change) in [(to, from, movement.quantity), (from, to, -movement.quantity)] {
                if let Some(place) = place.filter(|place| place.is_real) {
                    let reason = Reason::of(movement.reason, other.map_or("", |other| &other.kind));
                    flows.add((place.site, movement.item, day_at(movement.booked_ms, &place.zone), reason.word()), change)?;
                }
            }
        }
        Ok(flows)
    }

    fn add(&mut self, key: Key, change: i64) -> Result<(), DbErr> {
        let (come, gone) = self.0.entry(key).or_default();
        let sum = if change > 0 { come } else { gone };
        *sum = sum.checked_add(change.saturating_abs()).ok_or_else(|| DbErr::Custom("amounts of one booking do not fit".into()))?;
        Ok(())
    }

    /// Adds them to what the database has, in the order of keys, so that two bookings never wait for each other in a circle; and marks the limits
    /// of what came or went.
    pub async fn save(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.0.is_empty() {
            return Ok(());
        }
        let moved = self.0.keys().map(|(site, item, ..)| (*site, *item)).collect();
        let rows: Vec<_> = self.0.into_iter().collect();
        for part in pieces(&rows) {
            let values = part.iter().map(|((site, item, day, reason), (come, gone))| -> Vec<Value> {
                vec![(*item).into(), (*site).into(), (*day).into(), (*reason).into(), (*come).into(), (*gone).into()]
            });
            Sql::new("INSERT INTO stock_day (item_id, site_id, day, reason, quantity_in, quantity_out) VALUES ")
                .rows(values)
                .text(
                    " ON CONFLICT (item_id, site_id, day, reason) DO UPDATE SET quantity_in = stock_day.quantity_in + excluded.quantity_in, \
                     quantity_out = stock_day.quantity_out + excluded.quantity_out",
                )
                .run(tx)
                .await?;
        }
        limits::mark(tx, &moved).await
    }
}

#[derive(FromQueryResult)]
struct Astray {
    site_id: i64,
    item_id: i64,
    time_zone: String,
    is_real: i32,
    quantity: i64,
}

/// What lies at these locations, whose kind has changed, comes into its site, or leaves it for the books alone.
pub(super) async fn placed(tx: &impl ConnectionTrait, locations: &[i64], now_ms: i64) -> Result<Flows, DbErr> {
    let mut flows = Flows::default();
    for some in locations.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "SELECT l.site_id, s.item_id, w.time_zone, CASE WHEN l.kind IN {REAL_KINDS} THEN 1 ELSE 0 END AS is_real, s.quantity FROM stock s \
             JOIN location l ON l.id = s.location_id JOIN site w ON w.id = l.site_id WHERE s.quantity <> 0 \
             AND (s.site_id IS NULL) = (l.kind IN {REAL_KINDS}) AND s.location_id IN "
        );
        for row in Sql::new(sql).among(some.iter().copied()).all::<Astray>(tx).await? {
            let change = if row.is_real == 1 { row.quantity } else { -row.quantity };
            flows.add((row.site_id, row.item_id, day_at(now_ms, &zone(&row.time_zone)), Reason::Location.word()), change)?;
        }
    }
    Ok(flows)
}

/// Goods of a site that are not the sum of what came in and went out.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Untied {
    /// At which site.
    pub site_id: i64,
    /// What.
    pub item_id: i64,
    /// What the sums say, in thousandths.
    pub flowed: i64,
    /// What lies there.
    pub stock: i64,
}

/// Compares what lies at each site with what came in and went out; an empty answer is the only right one.
///
/// # Errors
/// What the database said.
pub async fn days_tie_out(db: &impl ConnectionTrait) -> Result<Vec<Untied>, DbErr> {
    Sql::new(
        "SELECT site_id, item_id, CAST(SUM(flowed) AS BIGINT) AS flowed, CAST(SUM(held) AS BIGINT) AS stock FROM (\
         SELECT site_id, item_id, quantity_in - quantity_out AS flowed, 0 AS held FROM stock_day UNION ALL \
         SELECT site_id, item_id, 0, quantity FROM stock WHERE site_id IS NOT NULL AND quantity <> 0) AS books \
         GROUP BY site_id, item_id HAVING SUM(flowed) <> SUM(held) ORDER BY site_id, item_id LIMIT 1000",
    )
    .all(db)
    .await
}
