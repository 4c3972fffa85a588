//! A fact that was kept raw is tried again, after a person has put right what stood against it.

use qitao_domain::ids::{EdgeId, SiteId, TaskId};
use sea_orm::{DbErr, EntityTrait, QuerySelect};

use super::books::{self, Incoming};
use super::offered::Offered;
use super::teller::show;
use crate::db::entity::{edge, fact_raw};
use crate::edges::Fleet;
use crate::feed;
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

/// Why a fact is still not booked.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// It was booked or dismissed meanwhile: look at the case again.
    #[error("there is no such fact waiting")]
    Gone,
    /// Put this right first.
    #[error("{rule}: {detail}")]
    Still {
        /// The rule that it breaks.
        rule: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Books a fact that was kept raw, as if it came now, under the number it had. The caller resolves the case.
///
/// # Errors
/// [`RetryError`]; nothing has changed then.
pub async fn retry_fact(fleet: &Fleet, id: &EdgeId, epoch: i64, seq: i64) -> Result<(), RetryError> {
    let tx = fleet.db.begin().await?;
    let row = edge::Entity::find_by_id(id.as_str()).lock_exclusive().one(&tx).await?.ok_or(RetryError::Gone)?;
    let raw = fact_raw::Entity::find_by_id((id.to_string(), epoch, seq)).one(&tx).await?.ok_or(RetryError::Gone)?;
    let body: serde_json::Value =
        serde_json::from_str(&raw.body).map_err(|error| RetryError::Still { rule: "unreadable", detail: error.to_string() })?;
    fact_raw::Entity::delete_by_id((id.to_string(), epoch, seq)).exec(&tx).await?;
    let above = Sql::new("SELECT MAX(id) FROM movement").number(&tx).await?;
    let incoming =
        Incoming { edge: id.to_string(), site: row.site_id, epoch, seq, skew_ms: row.clock_skew_ms, offered: Offered::read(&body) };
    let mut applied = books::apply(&tx, vec![incoming], now_ms()).await?;
    if let Some((_, rule, detail)) = applied.refused.pop() {
        return Err(RetryError::Still { rule, detail });
    }
    let mut others = Vec::new();
    for (task, site, edge) in &applied.finished {
        others.extend(feed::log_end(&tx, TaskId(*task), SiteId(*site), edge).await?);
    }
    tx.commit().await?;
    let told = async {
        for edge in others {
            feed::push(fleet, &edge).await?;
        }
        feed::tell_shares(fleet, &applied.progressed).await?;
        show(fleet, applied, above).await
    };
    if let Err(error) = told.await {
        tracing::error!(%error, "screens or edges were not told what happened");
    }
    Ok(())
}
