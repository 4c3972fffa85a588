//! Telling whoever looks after prospects that too long nobody spoke with some of them: once for each silence, all of one person's together.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::DAY_MS;
use crate::http::problem::Text;
use crate::platform::jobs::{Handler, Trouble, Work};
use crate::platform::notifications::{Notice, notify};
use crate::platform::sql::Sql;

/// The kind of its jobs and of its notices.
const KIND: &str = "customers_idle";

/// The job; a schedule puts it, every morning as it is delivered.
#[derive(Debug)]
pub struct Remind;

#[derive(Deserialize)]
struct Args {
    /// So many days are too many.
    #[serde(default = "five")]
    days: u16,
}

const fn five() -> u16 {
    5
}

#[derive(FromQueryResult)]
struct Silent {
    owner_id: i64,
    many: i64,
}

/// Prospects of somebody, with whom nobody spoke since a moment, and of whom nobody was told since.
fn silent(sql: Sql, before_ms: i64) -> Sql {
    sql.text(" WHERE class = 'prospect' AND owner_id IN (SELECT id FROM hub_user WHERE NOT disabled) AND idle_since_ms < ")
        .bind(before_ms)
        .text(" AND (reminded_ms IS NULL OR reminded_ms < idle_since_ms)")
}

async fn remind(tx: &impl ConnectionTrait, days: u16, now_ms: i64) -> Result<usize, DbErr> {
    let before = now_ms - i64::from(days) * DAY_MS;
    let counted = silent(Sql::new("SELECT owner_id, COUNT(*) AS many FROM customer"), before);
    let told: Vec<Silent> = counted.text(" GROUP BY owner_id").all(tx).await?;
    for Silent { owner_id, many } in &told {
        let link = format!("/customers?class=prospect&idle={days}&owner=me");
        notify(tx, Notice::to_person(*owner_id, KIND, json!({"many": many, "days": days}), link), now_ms).await?;
    }
    silent(Sql::new("UPDATE customer SET reminded_ms = ").bind(now_ms), before).run(tx).await?;
    Ok(told.len())
}

#[async_trait::async_trait]
impl Handler for Remind {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schedulable(&self) -> Option<Text> {
        Some(Text::new("提醒负责人：客户太久没有跟进", "Remind owners of prospects who were left alone too long"))
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let args: Args = work.args()?;
        let tx = work.db.begin().await?;
        let told = remind(&tx, args.days, work.clock.now_ms()).await?;
        let result = json!({"people": told});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }
}
