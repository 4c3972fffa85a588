//! Edges that are away for longer than they should: people are told once, and once more when they are back.

use std::time::Duration;

use qitao_domain::ids::EdgeId;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Notice, notify};
use crate::db::entity::edge;
use crate::edges::Fleet;
use crate::platform::clock::now_ms;
use crate::platform::identity::Right;
use crate::platform::sql::Sql;

/// So often it is looked.
const LOOK: Duration = Duration::from_secs(20);

/// Looks until `stop`.
pub async fn serve(fleet: Fleet, minutes: u32, stop: CancellationToken) {
    let began = now_ms();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = watch(&fleet, minutes, began, now_ms()).await {
            tracing::error!(%error, "it could not be looked which edges are away; it is tried again");
        }
    }
}

#[derive(FromQueryResult)]
struct Told {
    edge_id: String,
    since_ms: i64,
}

/// Looks once. `began_ms`: since when this hub listens; before that nobody could have been heard.
///
/// # Errors
/// What the database said.
pub async fn watch(fleet: &Fleet, minutes: u32, began_ms: i64, now: i64) -> Result<(), DbErr> {
    let db = fleet.db.read();
    let told: Vec<Told> = Sql::new("SELECT edge_id, since_ms FROM edge_absence").all(db).await?;
    let edges = edge::Entity::find().filter(edge::Column::PublicKey.is_not_null()).all(db).await?;
    for row in edges {
        let Ok(id) = EdgeId::new(row.id.clone()) else { continue };
        let here = fleet.presence.of(&id);
        let away = !row.disabled && row.refused.is_none() && !here.online(now, fleet.link.tells_presence());
        let told = told.iter().find(|told| told.edge_id == row.id);
        match (away, told, here.heard_ms.max(row.last_seen_ms)) {
            (true, None, Some(heard)) if now - heard.max(began_ms) >= i64::from(minutes) * 60_000 => {
                tell_away(fleet, &row, heard, now).await?
            }
            (false, Some(told), _) => tell_back(fleet, &row, told.since_ms, now).await?,
            _ => {}
        }
    }
    Ok(())
}

fn notice(kind: &'static str, row: &edge::Model, data: serde_json::Value) -> Notice {
    Notice::to_those_with(Right::Approvals, kind, Some(row.site_id), data, format!("/edges/{}", row.id))
}

async fn tell_away(fleet: &Fleet, row: &edge::Model, heard: i64, now: i64) -> Result<(), DbErr> {
    let tx = fleet.db.begin().await?;
    let note: [sea_orm::Value; 3] = [row.id.as_str().into(), heard.into(), now.into()];
    let first =
        Sql::new("INSERT INTO edge_absence (edge_id, since_ms, told_ms) VALUES ").list(note).text(" ON CONFLICT (edge_id) DO NOTHING");
    // Another hub may have been quicker.
    if first.run(&tx).await? == 1 {
        notify(&tx, notice("edge_away", row, json!({"edge": row.id, "name": row.name, "since_ms": heard})), now).await?;
    }
    tx.commit().await
}

async fn tell_back(fleet: &Fleet, row: &edge::Model, since: i64, now: i64) -> Result<(), DbErr> {
    let tx = fleet.db.begin().await?;
    let was_away = Sql::new("DELETE FROM edge_absence WHERE edge_id = ").bind(row.id.as_str()).run(&tx).await? == 1;
    // One that was disabled meanwhile is not back; it is only no matter any more.
    if was_away && !row.disabled && row.refused.is_none() {
        let data = json!({"edge": row.id, "name": row.name, "since_ms": since, "back_ms": now});
        notify(&tx, notice("edge_back", row, data), now).await?;
    }
    tx.commit().await
}
