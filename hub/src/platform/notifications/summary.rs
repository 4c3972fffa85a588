//! The figures of the day before, for those who lead a site and for its groups: put it on a schedule, e.g. at nine every morning.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use sea_orm::{DbErr, EntityTrait, QueryOrder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Notice, Telling, notify};
use crate::db::entity::site;
use crate::http::problem::Text;
use crate::platform::identity::Right;
use crate::platform::jobs::{Handler, Trouble, Work};
use crate::platform::sql::Sql;

pub(super) struct Daily(pub(super) Telling);

#[derive(Deserialize)]
struct Args {
    planned_ms: i64,
    time_zone: String,
    #[serde(default)]
    site: Option<i64>,
}

/// The local day before a moment: its name, its first millisecond, and the first of the day after.
pub(super) fn day_before(at_ms: i64, zone: &str) -> Option<(String, i64, i64)> {
    let zone = TimeZone::get(zone).ok()?;
    let today = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(zone.clone()).date();
    let day = today.checked_sub(1.day()).ok()?;
    let begins = |date: jiff::civil::Date| date.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp().as_millisecond());
    Some((day.to_string(), begins(day)?, begins(today)?))
}

async fn figures(telling: &Telling, site: i64, from: i64, to: i64) -> Result<Value, DbErr> {
    let db = telling.db.read();
    let count = |what: &str, time: &str, also: &str| {
        Sql::new(format!("SELECT COUNT(*) FROM {what} WHERE site_id = "))
            .bind(site)
            .text(&format!("{also} AND {time} >= "))
            .bind(from)
            .text(&format!(" AND {time} < "))
            .bind(to)
    };
    Ok(json!({
        "scans": count("fact", "arrived_ms", "").number(db).await?,
        "wrong": count("fact", "arrived_ms", " AND tone = 'wrong'").number(db).await?,
        "movements": count("movement", "booked_ms", " AND reason <> 'opening'").number(db).await?,
        "tasks_finished": count("task", "finished_ms", "").number(db).await?,
        "exceptions_open": Sql::new("SELECT COUNT(*) FROM exception WHERE state = 'open' AND site_id = ").bind(site).number(db).await?,
    }))
}

#[async_trait::async_trait]
impl Handler for Daily {
    fn kind(&self) -> &'static str {
        "daily_summary"
    }

    fn schedulable(&self) -> Option<Text> {
        Some(Text::new("每日汇总：前一天的扫描、移动、任务和异常", "Daily summary: scans, movements, tasks and cases of the day before"))
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let args: Args = work.args()?;
        let (day, from, to) = day_before(args.planned_ms, &args.time_zone)
            .ok_or_else(|| Trouble::Never(format!("there is no time zone {}", args.time_zone)))?;
        let mut sites = site::Entity::find().order_by_asc(site::Column::Id).all(self.0.db.read()).await?;
        sites.retain(|site| args.site.is_none_or(|wanted| wanted == site.id));
        let mut told = Vec::with_capacity(sites.len());
        for site in &sites {
            let mut data = figures(&self.0, site.id, from, to).await?;
            data["day"] = json!(day);
            told.push((site.id, data));
        }
        let (now, tx) = (work.clock.now_ms(), work.db.begin().await?);
        for (site, data) in told {
            notify(&tx, Notice::to_those_with(Right::Approvals, "daily_summary", Some(site), data, "/floor").spread(), now).await?;
        }
        let result = json!({"day": day, "sites": sites.len()});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_before_is_the_local_one_also_when_it_had_23_hours() {
        // 2026-03-30 07:00 UTC is the morning after the clocks went forward in Berlin.
        let at = "2026-03-30T07:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        let (day, from, to) = day_before(at, "Europe/Berlin").unwrap();
        assert_eq!((day.as_str(), (to - from) / 3_600_000), ("2026-03-29", 23));
        let (day, ..) = day_before(at, "Asia/Shanghai").unwrap();
        assert_eq!(day, "2026-03-29");
    }
}
