//! Figures of years: sums of sales by month beside those by day, and indexes that hold all that a figure is made of, so that no row is looked
//! up for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

use super::{index, primary, refers, table};

/// See the head of this file.
pub(super) struct FiguresOfYears;

impl MigrationName for FiguresOfYears {
    fn name(&self) -> &'static str {
        "m0043_figures_of_years"
    }
}

/// What was sold by day until now, by month.
pub(crate) const FILL: &str = "INSERT INTO sales_month (month, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, \
    cost_fen, paid_fen) SELECT SUBSTR(day, 1, 7), organisation_id, person_id, customer_class, SUM(orders), SUM(shares), SUM(amount_fen), \
    SUM(known_fen), SUM(cost_fen), SUM(paid_fen) FROM sales_day GROUP BY SUBSTR(day, 1, 7), organisation_id, person_id, customer_class";

/// Who bought, and who bought again: orders that count, and completed ones, customer by customer. Their conditions are those of the statements,
/// to the letter.
const BUYERS: [&str; 2] = [
    "CREATE INDEX order_buyers ON sales_order (customer_id, confirmed_on, organisation_id, state) \
     WHERE (state || '') IN ('confirmed', 'shipped', 'completed')",
    "CREATE INDEX order_buyers_again ON sales_order (customer_id, delivered_on, organisation_id, state) WHERE (state || '') = 'completed'",
];

/// Why opportunities were stuck: few of their stays are noted with a reason.
const STUCK: &str = "CREATE INDEX opportunity_stay_stuck ON opportunity_stay (pipeline, entered_ms) WHERE block_reason <> ''";

#[async_trait::async_trait]
impl MigrationTrait for FiguresOfYears {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // As `sales_day`, of a month as `2026-11`.
        let kept = table("sales_month")
            .col(string("month"))
            .col(big_integer("organisation_id"))
            .col(big_integer("person_id"))
            .col(string("customer_class"))
            .col(big_integer("orders"))
            .col(big_integer("shares"))
            .col(big_integer("amount_fen"))
            .col(big_integer("known_fen"))
            .col(big_integer("cost_fen"))
            .col(big_integer("paid_fen"))
            .primary_key(&mut primary(&["month", "organisation_id", "person_id", "customer_class"]))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take();
        manager.create_table(kept).await?;
        let db = manager.get_connection();
        for statement in [FILL, BUYERS[0], BUYERS[1], STUCK, "DROP INDEX opportunity_stay_left", "DROP INDEX stock_day_site"] {
            db.execute_unprepared(statement).await?;
        }
        for index in [
            index("sales_month_organisation", "sales_month", &["organisation_id", "month"]),
            index("sales_month_person", "sales_month", &["person_id", "month"]),
            index("opportunity_stay_left", "opportunity_stay", &["pipeline", "left_ms", "stage", "outcome", "opportunity_id"]),
            index("opportunity_open", "opportunity", &["state", "pipeline", "stage", "organisation_id", "due_ms", "amount"]),
            index("stock_day_site", "stock_day", &["site_id", "day", "item_id", "reason", "quantity_in", "quantity_out"]),
            index("stock_day_days", "stock_day", &["day", "item_id", "reason", "site_id", "quantity_in", "quantity_out"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
