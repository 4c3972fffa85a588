//! Booking: movements go in, and stock changes with them in the same transaction.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};

use super::flows::{Flows, Place, placed, places};
use crate::catalog::store::REAL_KINDS;
use crate::platform::clock;
use crate::platform::sql::{MAX_PARAMETERS, Sql, insert_many, pieces};

/// A thing at a place: what stock is counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockKeyAt {
    /// Where.
    pub location: i64,
    /// Which item.
    pub item: i64,
    /// Which carton of it.
    pub carton: i32,
    /// Which dye lot; empty when it is not kept by lot.
    pub lot: String,
}

/// A movement to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMovement {
    /// Edge, epoch and sequence number of the fact; `None` for what a person posts at the hub.
    pub fact: Option<(String, i64, i64)>,
    /// Which effect of the fact, or which line of the posting.
    pub n: i32,
    /// When it was scanned or posted.
    pub at_ms: i64,
    /// When it is booked.
    pub booked_ms: i64,
    /// At which site.
    pub site: i64,
    /// Item.
    pub item: i64,
    /// Carton.
    pub carton: i32,
    /// Dye lot.
    pub lot: String,
    /// Thousandths of a unit; more than nothing.
    pub quantity: i64,
    /// From.
    pub from: i64,
    /// To.
    pub to: i64,
    /// Task.
    pub task: Option<i64>,
    /// Line of the task.
    pub line: Option<i64>,
    /// `put_away`, `pick`, `count`, `move`, `undo`, `ship`.
    pub reason: &'static str,
    /// Scan it comes from.
    pub scan: Option<String>,
    /// Scan it takes back.
    pub reverses: Option<String>,
    /// Who: `operator:5`, `edge:SH-01`, `user:1`.
    pub author: String,
}

impl NewMovement {
    fn key_at(&self, location: i64) -> StockKeyAt {
        StockKeyAt { location, item: self.item, carton: self.carton, lot: self.lot.clone() }
    }

    /// What it changes: less there, more here.
    #[must_use]
    pub fn changes(&self) -> [(StockKeyAt, i64); 2] {
        [(self.key_at(self.from), -self.quantity), (self.key_at(self.to), self.quantity)]
    }

    fn values(self) -> Vec<Value> {
        let (edge, epoch, seq) = match self.fact {
            Some((edge, epoch, seq)) => (Some(edge), Some(epoch), Some(seq)),
            None => (None, None, None),
        };
        vec![
            edge.into(),
            epoch.into(),
            seq.into(),
            self.n.into(),
            self.at_ms.into(),
            self.booked_ms.into(),
            self.site.into(),
            self.item.into(),
            self.carton.into(),
            self.lot.into(),
            self.quantity.into(),
            self.from.into(),
            self.to.into(),
            self.task.into(),
            self.line.into(),
            self.reason.into(),
            self.scan.into(),
            self.reverses.into(),
            self.author.into(),
        ]
    }
}

const COLUMNS: [&str; 19] = [
    "edge_id",
    "epoch",
    "seq",
    "n",
    "at_ms",
    "booked_ms",
    "site_id",
    "item_id",
    "carton",
    "lot",
    "quantity",
    "from_id",
    "to_id",
    "task_id",
    "line_id",
    "reason",
    "scan_id",
    "reverses",
    "author",
];

/// Stock that a booking left below nothing, or brought back from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// What and where.
    pub key: StockKeyAt,
    /// What the books said before, in thousandths.
    pub before: i64,
    /// What they say now.
    pub after: i64,
}

/// Stock of locations whose kind has changed lies at their site, or at none, from now on.
///
/// # Errors
/// What the database said.
pub async fn place_stock(tx: &impl ConnectionTrait, locations: &[i64]) -> Result<(), DbErr> {
    let flows = placed(tx, locations, clock::now_ms()).await?;
    for some in locations.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "UPDATE stock SET site_id = (SELECT l.site_id FROM location l WHERE l.id = stock.location_id AND l.kind IN {REAL_KINDS}) WHERE location_id IN "
        );
        Sql::new(sql).among(some.iter().copied()).run(tx).await?;
    }
    flows.save(tx).await
}

#[derive(FromQueryResult)]
struct After {
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

/// Writes movements, the stock that follows from them, and the sums of what came in and went out. Says where the books are below nothing after it, or were before; whether that
/// matters depends on the kind of the location.
///
/// # Errors
/// What the database said; then the transaction must be given up.
pub async fn book(tx: &impl ConnectionTrait, movements: Vec<NewMovement>) -> Result<Vec<Level>, DbErr> {
    let mut changes: BTreeMap<StockKeyAt, i64> = BTreeMap::new();
    for (key, change) in movements.iter().flat_map(NewMovement::changes) {
        let sum = changes.entry(key).or_default();
        *sum = sum.checked_add(change).ok_or_else(|| DbErr::Custom("amounts of one booking do not fit".into()))?;
    }
    let places = places(tx, changes.keys().map(|key| key.location).collect()).await?;
    let flows = Flows::of(&movements, &places)?;
    insert_many(tx, "movement", &COLUMNS, movements.into_iter().map(NewMovement::values)).await?;
    let levels = change_stock(tx, changes, &places).await?;
    flows.save(tx).await?;
    Ok(levels)
}

/// Adds to stock, in the order of keys so that two bookings never wait for each other in a circle.
async fn change_stock(
    tx: &impl ConnectionTrait,
    changes: BTreeMap<StockKeyAt, i64>,
    places: &BTreeMap<i64, Place>,
) -> Result<Vec<Level>, DbErr> {
    let changes: Vec<_> = changes.into_iter().filter(|(_, change)| *change != 0).collect();
    let mut levels = Vec::new();
    for part in pieces(&changes) {
        let rows = part.iter().map(|(key, change)| -> Vec<Value> {
            let site = places.get(&key.location).filter(|place| place.is_real).map(|place| place.site);
            vec![key.location.into(), key.item.into(), key.carton.into(), key.lot.clone().into(), (*change).into(), site.into()]
        });
        let sql = Sql::new("INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) VALUES ").rows(rows);
        let after: Vec<After> = sql
            .text(
                " ON CONFLICT (location_id, item_id, carton, lot) DO UPDATE SET quantity = stock.quantity + excluded.quantity \
                 RETURNING location_id, item_id, carton, lot, quantity",
            )
            .all(tx)
            .await?;
        let by: BTreeMap<&StockKeyAt, i64> = part.iter().map(|(key, change)| (key, *change)).collect();
        levels.extend(after.into_iter().filter_map(|row| {
            let key = StockKeyAt { location: row.location_id, item: row.item_id, carton: row.carton, lot: row.lot };
            let before = row.quantity.saturating_sub(by.get(&key).copied().unwrap_or(0));
            (before < 0 || row.quantity < 0).then_some(Level { key, before, after: row.quantity })
        }));
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn stock_lies_at_the_site_of_a_real_location_and_at_none_of_one_in_the_books() {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let tx = db.begin().await.unwrap();
        for statement in [
            "INSERT INTO site (id, code, name, time_zone) VALUES (7, 'S7', 's', 'Asia/Shanghai')",
            "INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES (1, 7, 'A-01', 'bin', '', 1, FALSE), \
             (2, 7, 'SUPPLIER', 'supplier', '', 1, FALSE)",
            "INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES \
             (1, 'I', 'i', '', '件', 1, FALSE, FALSE, 1, FALSE)",
        ] {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        let at = |location| StockKeyAt { location, item: 1, carton: 1, lot: String::new() };
        for _ in 0..2 {
            let places = places(&tx, [1, 2].into()).await.unwrap();
            let levels = change_stock(&tx, BTreeMap::from([(at(1), 1000), (at(2), -1000)]), &places).await.unwrap();
            assert_eq!(levels.iter().map(|level| level.key.location).collect::<Vec<_>>(), [2]);
        }
        let at_site = async || Sql::new("SELECT COUNT(*) FROM stock WHERE site_id = 7").number(&tx).await.unwrap();
        assert_eq!(at_site().await, 1);
        Sql::new("UPDATE location SET kind = 'scrap' WHERE id = 1").run(&tx).await.unwrap();
        place_stock(&tx, &[1, 2]).await.unwrap();
        assert_eq!(at_site().await, 0);
    }
}
