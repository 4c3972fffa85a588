//! What came in and went out of each site, summed up by item, day and reason; and the index that finds the orders of a day.

use jiff::tz::TimeZone;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

use super::{index, primary, refers, stretches, table};
use crate::platform::sql::Sql;

/// See the head of this file.
pub(super) struct StockDays;

impl MigrationName for StockDays {
    fn name(&self) -> &'static str {
        "m0036_stock_days"
    }
}

const REAL: &str = "('bin','receiving','staging')";

/// What movements brought into sites or took out of them.
fn side(here: &str, other: &str, quantities: &str) -> String {
    format!(
        "SELECT m.item_id, h.site_id, m.booked_ms, {quantities}, CASE WHEN m.reason = 'undo' THEN 'undo' \
         WHEN m.reason = 'opening' THEN 'opening' WHEN o.kind IN ('supplier','customer','scrap') THEN o.kind WHEN o.kind = 'variance' THEN 'count' \
         WHEN o.kind = 'transit' OR o.kind IN {REAL} THEN 'transfer' ELSE 'other' END AS reason \
         FROM movement m JOIN location h ON h.id = m.{here} JOIN location o ON o.id = m.{other} \
         WHERE h.kind IN {REAL} AND NOT (o.kind IN {REAL} AND o.site_id = h.site_id)"
    )
}

/// Sums up the movements that are there. A day is that of the site: of each time zone, one statement for each time between two changes of its
/// clocks.
async fn fill(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (first, last) = (
        Sql::new("SELECT MIN(booked_ms) FROM movement").number(db).await?,
        Sql::new("SELECT MAX(booked_ms) FROM movement").number(db).await?,
    );
    let coming = side("to_id", "from_id", "m.quantity AS come, 0 AS gone");
    let going = side("from_id", "to_id", "0 AS come, m.quantity AS gone");
    for name in Sql::new("SELECT DISTINCT time_zone FROM site ORDER BY time_zone").texts(db).await? {
        let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
        for (from, to, offset) in stretches(&zone, first, last) {
            let day = format!("(b.booked_ms + {offset}) / 86400000");
            let sql = format!(
                "INSERT INTO stock_day (item_id, site_id, day, reason, quantity_in, quantity_out) \
                 SELECT b.item_id, b.site_id, {day}, b.reason, CAST(SUM(b.come) AS BIGINT), CAST(SUM(b.gone) AS BIGINT) \
                 FROM ({coming} UNION ALL {going}) b JOIN site s ON s.id = b.site_id \
                 WHERE b.booked_ms >= {from} AND b.booked_ms < {to} AND s.time_zone = "
            );
            // Around a change of the clocks a day has two parts.
            let again = format!(
                " GROUP BY b.item_id, b.site_id, {day}, b.reason \
                 ON CONFLICT (item_id, site_id, day, reason) DO UPDATE SET quantity_in = stock_day.quantity_in + excluded.quantity_in, \
                 quantity_out = stock_day.quantity_out + excluded.quantity_out"
            );
            Sql::new(sql).bind(name.as_str()).text(&again).run(db).await?;
        }
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for StockDays {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `day`: the number of the local day on which movements were booked; day 0 is 1970-01-01. Quantities in thousandths.
        let days = table("stock_day")
            .col(big_integer("item_id"))
            .col(big_integer("site_id"))
            .col(big_integer("day"))
            .col(string("reason"))
            .col(big_integer("quantity_in"))
            .col(big_integer("quantity_out"))
            .primary_key(&mut primary(&["item_id", "site_id", "day", "reason"]))
            .foreign_key(&mut refers("item_id", "item"))
            .foreign_key(&mut refers("site_id", "site"))
            .take();
        manager.create_table(days).await?;
        fill(manager.get_connection()).await?;
        manager.create_index(index("stock_day_site", "stock_day", &["site_id", "day", "item_id"])).await?;
        manager.create_index(index("order_won", "sales_order", &["confirmed_ms", "organisation_id"])).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn movements_that_are_there_are_summed_up_as_those_that_come_later_are() {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        crate::inventory::tests::books(&db, 9).await;
        let all = "SELECT CAST(item_id AS TEXT) || ' ' || CAST(site_id AS TEXT) || ' ' || CAST(day AS TEXT) || ' ' || reason || ' ' || \
                   CAST(quantity_in AS TEXT) || ' ' || CAST(quantity_out AS TEXT) AS row FROM stock_day ORDER BY item_id, site_id, day, reason";
        let kept = Sql::new(all).texts(db.read()).await.unwrap();
        assert!(kept.len() > 100);
        let tx = db.begin().await.unwrap();
        Sql::new("DELETE FROM stock_day").run(&tx).await.unwrap();
        fill(&tx).await.unwrap();
        assert_eq!(Sql::new(all).texts(&tx).await.unwrap(), kept);
        tx.commit().await.unwrap();
        db.close().await.unwrap();
    }
}
