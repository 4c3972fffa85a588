//! How much of an item there should be at a site, at least and at most; and the report of the day before, every morning at nine.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string};

use super::{index, primary, refers, table};
use crate::platform::sql::Sql;

/// See the head of this file.
pub(super) struct StockLimits;

impl MigrationName for StockLimits {
    fn name(&self) -> &'static str {
        "m0036_stock_limits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for StockLimits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Quantities in thousandths of complete items; `quantity` is that of the last look. `state`: nothing, low, high. `due`: something came or
        // went since the last look. `removed`: to go with the next look, which settles its case.
        let limits = table("stock_limit")
            .col(big_integer("item_id"))
            .col(big_integer("site_id"))
            .col(big_integer_null("least"))
            .col(big_integer_null("most"))
            .col(big_integer("quantity"))
            .col(string("state"))
            .col(boolean("due"))
            .col(boolean("removed"))
            .col(big_integer("version"))
            .primary_key(&mut primary(&["item_id", "site_id"]))
            .foreign_key(&mut refers("item_id", "item"))
            .foreign_key(&mut refers("site_id", "site"))
            .take();
        manager.create_table(limits).await?;
        manager.create_index(index("stock_limit_site", "stock_limit", &["site_id", "item_id"])).await?;
        manager.get_connection().execute_unprepared("CREATE INDEX stock_limit_due ON stock_limit (site_id, item_id) WHERE due").await?;
        // The first planned time is the next nine o'clock of the headquarters; the others are worked out in the chain's time zone.
        let zone = Sql::new("SELECT time_zone FROM organisation WHERE parent_id IS NULL").word(manager.get_connection()).await?;
        let now =
            Timestamp::now().in_tz(zone.as_deref().unwrap_or("Asia/Shanghai")).unwrap_or_else(|_| Timestamp::now().to_zoned(TimeZone::UTC));
        let today = now.date().at(9, 0, 0, 0).to_zoned(now.time_zone().clone()).unwrap_or_else(|_| now.clone());
        let next = if today > now { today } else { today.tomorrow().unwrap_or_else(|_| now.clone()) };
        let made = Query::insert()
            .into_table("schedule")
            .columns(["name", "kind", "args", "cron", "missed", "enabled", "next_ms", "created_by", "created_ms", "version"])
            .values_panic([
                "昨日业绩快报".into(),
                "sales_report".into(),
                serde_json::json!({}).into(),
                "0 9 * * *".into(),
                "once".into(),
                true.into(),
                next.timestamp().as_millisecond().into(),
                "hub".into(),
                0_i64.into(),
                1_i64.into(),
            ])
            .to_owned();
        manager.exec_stmt(made).await
    }
}
