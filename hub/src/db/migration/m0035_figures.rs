//! Figures of sales, kept day by day; on which day an order counts and for what customer; what a line costs the chain; who sees figures.

use jiff::tz::TimeZone;
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

use super::{index, primary, refers, stretches, table};
use crate::platform::sql::Sql;

/// See the head of this file.
pub(super) struct Figures;

impl MigrationName for Figures {
    fn name(&self) -> &'static str {
        "m0035_figures"
    }
}

/// Who leads or reckons sees figures of what they lead.
const RIGHTS: [&str; 5] = ["analyst", "region_manager", "dealer_owner", "store_manager", "finance"];

/// Until now nobody noted what the customer was: who had ordered nothing before was a prospect.
const CLASSES: &str = "UPDATE sales_order SET customer_class = CASE \
    WHEN NOT EXISTS (SELECT 1 FROM sales_order e WHERE e.customer_id = sales_order.customer_id AND e.confirmed_ms < sales_order.confirmed_ms) \
    THEN 'prospect' WHEN EXISTS (SELECT 1 FROM sales_order e WHERE e.customer_id = sales_order.customer_id \
    AND e.completed_ms < sales_order.confirmed_ms) THEN 'regular' ELSE 'client' END WHERE confirmed_ms IS NOT NULL";

/// What was sold until now; what it cost was not noted.
const FILL: &str = "INSERT INTO sales_day (day, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, cost_fen) \
    SELECT x.confirmed_on, x.organisation_id, p.person_id, x.customer_class, SUM(CASE WHEN p.n = 0 THEN 1 ELSE 0 END), COUNT(*), \
    SUM(p.amount_fen), 0, 0 FROM sales_order x JOIN order_split p ON p.order_id = x.id \
    WHERE x.state IN ('confirmed', 'shipped', 'completed') AND x.confirmed_on IS NOT NULL \
    GROUP BY x.confirmed_on, x.organisation_id, p.person_id, x.customer_class";

/// Notes the days of orders that were confirmed before this step, as they were where the orders were sold: one statement for each time zone
/// and time between two changes of its clocks.
pub(crate) async fn days(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (first, last) = (
        Sql::new("SELECT MIN(confirmed_ms) FROM sales_order").number(db).await?,
        Sql::new("SELECT MAX(confirmed_ms) FROM sales_order").number(db).await?,
    );
    let is_postgres = db.get_database_backend() == DbBackend::Postgres;
    for name in Sql::new("SELECT DISTINCT time_zone FROM organisation ORDER BY time_zone").texts(db).await? {
        let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
        for (from, to, offset) in stretches(&zone, first, last) {
            let local = format!("(confirmed_ms + {offset}) / 1000");
            let day = if is_postgres {
                format!("to_char(to_timestamp({local}) AT TIME ZONE 'UTC', 'YYYY-MM-DD')")
            } else {
                format!("date({local}, 'unixepoch')")
            };
            let sql = format!(
                "UPDATE sales_order SET confirmed_on = {day} WHERE confirmed_ms >= {from} AND confirmed_ms < {to} \
                 AND organisation_id IN (SELECT id FROM organisation WHERE time_zone = "
            );
            Sql::new(sql).bind(name.as_str()).text(")").run(db).await?;
        }
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Figures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Sums of the orders that count, each spread over the people who sold it. `orders`: counted with the first of them; `shares`: with
        // each. `known_fen`: of the amount what lines come to whose cost is known, `cost_fen`: that cost.
        let kept = table("sales_day")
            .col(string("day"))
            .col(big_integer("organisation_id"))
            .col(big_integer("person_id"))
            .col(string("customer_class"))
            .col(big_integer("orders"))
            .col(big_integer("shares"))
            .col(big_integer("amount_fen"))
            .col(big_integer("known_fen"))
            .col(big_integer("cost_fen"))
            .primary_key(&mut primary(&["day", "organisation_id", "person_id", "customer_class"]))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take();
        manager.create_table(kept).await?;
        let db = manager.get_connection();
        for statement in [
            // The day on which an order was confirmed, where it was sold, and what its customer was until then.
            "ALTER TABLE sales_order ADD COLUMN confirmed_on VARCHAR",
            "ALTER TABLE sales_order ADD COLUMN customer_class VARCHAR",
            // What all of a line costs the chain, where that was known when it was priced.
            "ALTER TABLE sales_line ADD COLUMN cost_fen BIGINT",
        ] {
            db.execute_unprepared(statement).await?;
        }
        for index in [
            index("sales_day_organisation", "sales_day", &["organisation_id", "day"]),
            index("sales_day_person", "sales_day", &["person_id", "day"]),
            index("order_confirmed", "sales_order", &["confirmed_on", "organisation_id"]),
        ] {
            manager.create_index(index).await?;
        }
        days(db).await?;
        db.execute_unprepared(CLASSES).await?;
        db.execute_unprepared(FILL).await?;
        for role in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || ',\"figures.see\"]' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        Ok(())
    }
}
