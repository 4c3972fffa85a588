//! Cases of stock that passed its limits: one while it is so, ended by the hub when it is not any more.

use std::time::Duration;

use qitao_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::db::Db;
use crate::ingest::cases::{self, Again, Case};
use crate::inventory::limits::model::Standing;
use crate::inventory::limits::{self, Crossed};
use crate::live::{Live, What};
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

/// So often it is looked whether a limit was marked.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at limits until `stop`.
pub async fn watch_limits(db: Db, live: Live, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        loop {
            match look(&db, now_ms()).await {
                Ok(Some(touched)) => {
                    for (case, site) in touched {
                        live.publish(Some(SiteId(site)), What::Exception(case));
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "limits of stock could not be looked at; it is tried again");
                    break;
                }
            }
        }
    }
}

/// Looks at some of the limits that were marked; numbers and sites of cases that were opened, ended or told anew. Nothing when none was marked.
///
/// # Errors
/// What the database said.
pub async fn look(db: &Db, now_ms: i64) -> Result<Option<Vec<(i64, i64)>>, DbErr> {
    // Looking costs nobody the writer's turn.
    if Sql::new("SELECT site_id FROM stock_limit WHERE due LIMIT 1").number(db.read()).await? == 0 {
        return Ok(None);
    }
    let tx = db.begin().await?;
    let found = limits::check(&tx).await?;
    let mut touched = Vec::new();
    for one in &found {
        touched.extend(follow(&tx, one, now_ms).await?.into_iter().map(|case| (case, one.now.site)));
    }
    tx.commit().await?;
    Ok((!found.is_empty()).then_some(touched))
}

const fn kind(state: Standing) -> Option<&'static str> {
    match state {
        Standing::Within => None,
        Standing::Low => Some("stock_low"),
        Standing::High => Some("stock_high"),
    }
}

/// Ends the case of how a limit stood, opens that of how it stands, and keeps the amount of one that is open.
async fn follow(tx: &impl ConnectionTrait, one: &Crossed, now_ms: i64) -> Result<Vec<i64>, DbErr> {
    let Crossed { before, removed, now } = one;
    let key = |kind: &str| format!("{kind}:{}:{}", now.site, now.item);
    let mut touched = Vec::new();
    if *before != now.state
        && let Some(was) = kind(*before)
    {
        let (why, note) = match now.state {
            _ if *removed => ("limit_removed", "上下限已取消 / the limit was taken away"),
            Standing::Within => ("within_limits", "库存已回到上下限之内 / stock is within its limits again"),
            Standing::Low => ("passed_other_limit", "库存已低于下限 / stock is below its minimum now"),
            Standing::High => ("passed_other_limit", "库存已高于上限 / stock is above its maximum now"),
        };
        touched.extend(cases::settle(tx, &key(was), why, note, now_ms).await?.map(|(case, _)| case));
    }
    let Some(is) = kind(now.state) else { return Ok(touched) };
    let open = Sql::new("SELECT id FROM exception WHERE key = ").bind(key(is)).number(tx).await? > 0;
    // One that somebody dismissed stays so until there is enough again.
    if *before != now.state || open {
        let data = json!({
            "item": now.item, "code": now.code, "name": now.name, "name_en": now.name_en, "unit": now.unit, "site_name": now.site_name,
            "quantity": now.quantity, "min": now.min, "max": now.max,
        });
        let case = Case { kind: is, site: Some(now.site), edge: None, key: key(is), data, again: Again::Replace };
        touched.push(cases::open(tx, case, now_ms).await?);
    }
    Ok(touched)
}
