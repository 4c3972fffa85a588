//! The results of the day before (《昨日业绩快报》): what was sold, by which stores and by whom, for the groups of each organisation that ask for
//! it; put on a schedule, as it is delivered at nine.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::due;
use crate::db::entity::channel;
use crate::http::problem::Text;
use crate::platform::fields::store::zone_of;
use crate::platform::jobs::{self, Handler, NewJob, Trouble, Work};
use crate::platform::notifications::{Notice, Telling, notify};
use crate::platform::organisation::Tree;
use crate::platform::sql::Sql;
use crate::sales::days::{Won, won, won_by_person};

/// Stores and people who are named.
const NAMED: usize = 10;
/// The notice and the job of the schedule.
const KIND: &str = "sales_report";

/// Puts one report for each organisation, at the time of day that the schedule says as clocks are there.
pub(super) struct Daily(pub(super) Telling);

#[derive(Deserialize)]
struct Planned {
    planned_ms: i64,
    time_zone: String,
}

/// The organisations whose groups ask for it.
async fn asked(telling: &Telling, tree: &Tree) -> Result<BTreeSet<i64>, DbErr> {
    let channels = channel::Entity::find().filter(channel::Column::Enabled.eq(true)).all(telling.db.read()).await?;
    let names = |channel: &channel::Model| channel.kinds.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == KIND));
    let of = |channel: channel::Model| {
        channel.organisation_id.or_else(|| channel.site_id.map_or_else(|| tree.top(), |site| tree.organisation_of(site)))
    };
    Ok(channels.into_iter().filter(names).filter_map(of).collect())
}

#[async_trait::async_trait]
impl Handler for Daily {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schedulable(&self) -> Option<Text> {
        Some(Text::new("昨日业绩快报：发到选了它的群", "Results of the day before, to the groups that ask for them"))
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let args: Planned = work.args()?;
        let no_zone = |_| Trouble::Never(format!("there is no time zone {}", args.time_zone));
        let planned_in = jiff::tz::TimeZone::get(&args.time_zone).map_err(no_zone)?;
        let (now, tree) = (work.clock.now_ms(), self.0.organisations.tree().await?);
        let mut reports = Vec::new();
        for organisation in asked(&self.0, &tree).await? {
            let there = zone_of(self.0.db.read(), Some(organisation), &self.0.settings.time_zone).await?;
            let when = due(args.planned_ms, now, &planned_in, &there);
            let (at, day) = when.ok_or_else(|| Trouble::Never("the planned time cannot be told".into()))?;
            let report = json!({"organisation": organisation, "day": day.to_string()});
            reports.push(NewJob::new(One::KIND, report, "hub", now).at(at.max(now)).once(format!("{KIND}:{organisation}:{day}")));
        }
        let tx = work.db.begin().await?;
        let result = json!({"organisations": reports.len()});
        for report in reports {
            jobs::put(&tx, report).await?;
        }
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }
}

/// Tells the groups of one organisation the results of one day.
pub(super) struct One(pub(super) Telling);

#[derive(Deserialize)]
struct Report {
    organisation: i64,
    day: String,
}

impl One {
    const KIND: &str = "sales_report_of";

    async fn figures(&self, organisation: i64, day: Date) -> Result<Option<Value>, DbErr> {
        let (db, tree) = (self.0.db.read(), self.0.organisations.tree().await?);
        let Ok(before) = day.yesterday() else { return Ok(None) };
        let (day, before) = (day.to_string(), before.to_string());
        let name = Sql::new("SELECT name FROM organisation WHERE id = ").bind(organisation).word(db).await?;
        let (stores, people) = (won(db, &tree, Some(organisation), &day).await?, won_by_person(db, &tree, Some(organisation), &day).await?);
        let sum =
            |rows: &[Won]| rows.iter().fold((0, 0), |sum: (i64, i64), row| (sum.0 + row.orders, sum.1.saturating_add(row.amount_fen)));
        let (all, before) = (sum(&stores), sum(&won(db, &tree, Some(organisation), &before).await?));
        let named = |row: &Won| json!({"name": row.name, "orders": row.orders, "amount_fen": row.amount_fen});
        Ok(Some(json!({
            "day": day, "organisation": name, "orders": all.0, "amount_fen": all.1,
            "before_orders": before.0, "before_fen": before.1, "store_count": stores.len(), "people_count": people.len(),
            "stores": stores.iter().take(NAMED).map(named).collect::<Vec<_>>(),
            "people": people.iter().take(NAMED).map(named).collect::<Vec<_>>(),
        })))
    }
}

#[async_trait::async_trait]
impl Handler for One {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let Report { organisation, day } = work.args()?;
        let no_day = || Trouble::Never(format!("there is no day {day}"));
        let date = day.parse::<Date>().map_err(|_| no_day())?;
        let data = self.figures(organisation, date).await?.ok_or_else(no_day)?;
        // Vendors are busiest at the full hour; two minutes later is still nine.
        let notice = Notice::to_groups(organisation, KIND, data, "/orders").once(format!("{KIND}:{organisation}:{day}")).spread();
        let tx = work.db.begin().await?;
        let told = notify(&tx, notice, work.clock.now_ms()).await?;
        let result = json!({"told": told.is_some()});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }
}
