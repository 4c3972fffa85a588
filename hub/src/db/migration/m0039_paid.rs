//! What was paid for the orders of a day, kept with what was sold; indexes by which customers of a time are counted.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct Paid;

impl MigrationName for Paid {
    fn name(&self) -> &'static str {
        "m0039_paid"
    }
}

/// What was paid until now, shared out as everything is: the whole fen below each part, and those that are left to who lost most by that.
const FILL: &str = "INSERT INTO sales_day (day, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, cost_fen, \
    paid_fen) SELECT s.day, s.organisation_id, s.person_id, s.customer_class, 0, 0, 0, 0, 0, \
    CAST(SUM(s.part + CASE WHEN s.place <= s.rest THEN 1 ELSE 0 END) AS BIGINT) FROM \
    (SELECT x.confirmed_on AS day, x.organisation_id, p.person_id, COALESCE(x.customer_class, '') AS customer_class, \
    e.paid * p.share_bp / 10000 AS part, e.paid - SUM(e.paid * p.share_bp / 10000) OVER (PARTITION BY x.id) AS rest, \
    ROW_NUMBER() OVER (PARTITION BY x.id ORDER BY e.paid * p.share_bp % 10000 DESC, p.n) AS place \
    FROM sales_order x JOIN order_split p ON p.order_id = x.id JOIN (SELECT order_id, CAST(SUM(amount_fen) AS BIGINT) AS paid \
    FROM payment_entry WHERE account = 'order' GROUP BY order_id) e ON e.order_id = x.id \
    WHERE x.state IN ('confirmed', 'shipped', 'completed') AND x.confirmed_on IS NOT NULL) s \
    WHERE 1 = 1 GROUP BY s.day, s.organisation_id, s.person_id, s.customer_class \
    ON CONFLICT (day, organisation_id, person_id, customer_class) DO UPDATE SET paid_fen = excluded.paid_fen";

/// Fills the new column.
pub(crate) async fn fill(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    db.execute_unprepared(FILL).await.map(drop)
}

#[async_trait::async_trait]
impl MigrationTrait for Paid {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // What was paid for the orders of the row less what was paid back, whenever that was.
        db.execute_unprepared("ALTER TABLE sales_day ADD COLUMN paid_fen BIGINT NOT NULL DEFAULT 0").await?;
        fill(db).await?;
        db.execute_unprepared("DROP INDEX order_confirmed").await?;
        for index in [
            index("order_counted", "sales_order", &["confirmed_on", "organisation_id", "customer_id", "state"]),
            index("order_delivered", "sales_order", &["delivered_on", "organisation_id", "customer_id", "state"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
