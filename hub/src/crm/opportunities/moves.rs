//! From stage to stage: what is missing, what is told, how long each stay was.

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::OpportunityError;
use super::model::{Block, Move, Way};
use super::rules::{State, outcome};
use super::store::{Stored, find};
use super::write::{OPPORTUNITY, Plain};
use crate::crm::customers;
use crate::crm::customers::rules::line;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::expressions::Bindings;
use crate::platform::fields::model::Choice;
use crate::platform::fields::store::{lists, zone_of};
use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use crate::platform::stages::{self, Missing, Moving, Ready, Stage, may_move};

/// The option list of reasons why one is lost.
const LOST_REASONS: &str = "opportunity_lost_reason";
/// Most characters of a note about why one is stuck.
const NOTE: usize = 200;

/// A pipeline of opportunities that holds.
pub(super) async fn pipeline(db: &impl ConnectionTrait, code: &str) -> Result<Ready, OpportunityError> {
    let ready = stages::find(db, code).await?.filter(|ready| ready.pipeline.entity == OPPORTUNITY);
    ready.ok_or_else(|| OpportunityError::NoPipeline(code.to_owned()))
}

/// Where a new one begins.
pub(super) fn first_stage(ready: &Ready) -> Result<&Stage, OpportunityError> {
    let first = ready.pipeline.stages.iter().find(|stage| stage.active && stage.end.is_none());
    first.ok_or_else(|| OpportunityError::NoPipeline(ready.pipeline.title.clone()))
}

/// One time in a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay<'a> {
    pub opportunity: i64,
    pub pipeline: &'a str,
    pub stage: &'a str,
    pub at_ms: i64,
}

/// Notes that an opportunity came into a stage.
pub(super) async fn enter(tx: &impl ConnectionTrait, stay: Stay<'_>) -> Result<(), DbErr> {
    let row: [sea_orm::Value; 6] =
        [stay.opportunity.into(), stay.pipeline.into(), stay.stage.into(), stay.at_ms.into(), "".into(), "".into()];
    let into = "INSERT INTO opportunity_stay (opportunity_id, pipeline, stage, entered_ms, outcome, block_reason) VALUES ";
    Sql::new(into).list(row).run(tx).await.map(drop)
}

/// Goes on when the gates on the way are open.
pub(super) async fn gate(
    db: &impl ConnectionTrait,
    (chain_zone, ready): (&str, &Ready),
    (id, plain): (i64, &Plain),
    from: Option<&str>,
    to: &str,
) -> Result<(), OpportunityError> {
    let missing = Asking::of(db, chain_zone, (id, plain)).await?.missing(ready, from, to);
    if missing.is_empty() { Ok(()) } else { Err(OpportunityError::Gate(missing)) }
}

/// What gates are asked with.
struct Asking {
    record: serde_json::Map<String, serde_json::Value>,
    custom: serde_json::Map<String, serde_json::Value>,
    files: std::collections::BTreeMap<String, i64>,
    at: Bindings,
}

impl Asking {
    async fn of(db: &impl ConnectionTrait, chain_zone: &str, (id, plain): (i64, &Plain)) -> Result<Self, DbErr> {
        let zone = zone_of(db, Some(plain.organisation), chain_zone).await?;
        let files = if id == 0 { std::collections::BTreeMap::new() } else { files::counts(db, Owner::Opportunity, id).await? };
        let at = Bindings::at(jiff::Timestamp::now(), zone);
        Ok(Self { record: plain.for_gates(), custom: plain.custom.clone(), files, at })
    }

    fn missing(&self, ready: &Ready, from: Option<&str>, to: &str) -> Vec<Missing> {
        let moving = Moving { record: &self.record, custom: &self.custom, files: &self.files };
        may_move(ready, moving, from, to, self.at.clone()).err().unwrap_or_default()
    }
}

fn reasons_of(stage: Option<&Stage>) -> Vec<Choice> {
    stage.map(|stage| stage.block_reasons.iter().filter(|reason| reason.active).cloned().collect()).unwrap_or_default()
}

fn stage_of<'a>(ready: &'a Ready, code: &str) -> Option<&'a Stage> {
    ready.pipeline.stages.iter().find(|stage| stage.code == code)
}

/// Where an opportunity may go, and whether it has to say first why it stayed so long.
pub(super) async fn ways(db: &impl ConnectionTrait, chain_zone: &str, row: &Stored) -> Result<(Vec<Way>, bool), OpportunityError> {
    // A pipeline that was switched off shows no way, and hides nothing of what is there.
    let Some(ready) = stages::find(db, &row.pipeline).await? else { return Ok((Vec::new(), false)) };
    let asking = Asking::of(db, chain_zone, (row.id, &Plain::of(row))).await?;
    let others = ready.pipeline.stages.iter().filter(|stage| stage.active && stage.code != row.stage);
    let way = |stage: &Stage| Way { stage: stage.code.clone(), missing: asking.missing(&ready, Some(&row.stage), &stage.code) };
    Ok((others.map(way).collect(), needs_reason(&ready, row, clock::now_ms())))
}

fn needs_reason(ready: &Ready, row: &Stored, now_ms: i64) -> bool {
    row.block_reason.is_empty() && row.is_overdue(now_ms) && !reasons_of(stage_of(ready, &row.stage)).is_empty()
}

/// One of some reasons.
fn chosen(field: &'static str, code: &str, options: Vec<Choice>) -> Result<String, OpportunityError> {
    if options.iter().any(|option| option.code == code) {
        return Ok(code.to_owned());
    }
    Err(OpportunityError::NoReason { field, code: code.to_owned(), options })
}

/// Moves an opportunity that is still at `version` to another stage.
pub(super) async fn go(
    db: &Db,
    (author, chain_zone): (&str, &str),
    (id, version): (i64, i64),
    asked: &Move,
) -> Result<(), OpportunityError> {
    let (tx, now) = (db.begin().await?, clock::now_ms());
    let row = find(&tx, &Scope::All, id).await?.ok_or(OpportunityError::NoOpportunity)?;
    let ready = pipeline(&tx, &row.pipeline).await?;
    if row.stage == asked.to {
        return Ok(());
    }
    gate(&tx, (chain_zone, &ready), (id, &Plain::of(&row)), Some(&row.stage), &asked.to).await?;
    let target = stage_of(&ready, &asked.to).ok_or(OpportunityError::Changed)?;
    let (outcome, state) = (outcome(&ready.pipeline.stages, &row.stage, &asked.to), State::of(target));
    let given = asked.block_reason.as_deref().unwrap_or_default();
    let block = if !given.is_empty() || (outcome == "forward" && needs_reason(&ready, &row, now)) {
        chosen("block_reason", given, reasons_of(stage_of(&ready, &row.stage)))?
    } else {
        row.block_reason.clone()
    };
    let lost = if state == State::Lost {
        let options = lists(&tx).await?.remove(LOST_REASONS).map(|list| list.options).unwrap_or_default();
        chosen(
            "lost_reason",
            asked.lost_reason.as_deref().unwrap_or_default(),
            options.into_iter().filter(|option| option.active).collect(),
        )?
    } else {
        String::new()
    };
    let moved = Sql::new("UPDATE opportunity SET version = version + 1, block_reason = '', block_note = '', stage = ")
        .bind(asked.to.clone())
        .text(", state = ")
        .bind(state.word())
        .text(", stage_since_ms = ")
        .bind(now)
        .text(", due_ms = ")
        .bind(ready.due_ms(&asked.to, now))
        .text(", lost_reason = ")
        .bind(lost.clone())
        .text(", closed_ms = ")
        .bind((state != State::Open).then_some(now))
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND version = ")
        .bind(version);
    if moved.run(&tx).await? == 0 {
        return Err(OpportunityError::Changed);
    }
    Sql::new("UPDATE opportunity_stay SET left_ms = ")
        .bind(now)
        .text(", outcome = ")
        .bind(outcome)
        .text(", block_reason = CASE WHEN ")
        .bind(block.clone())
        .text(" <> '' THEN ")
        .bind(block.clone())
        .text(" ELSE block_reason END WHERE left_ms IS NULL AND opportunity_id = ")
        .bind(id)
        .run(&tx)
        .await?;
    enter(&tx, Stay { opportunity: id, pipeline: &row.pipeline, stage: &asked.to, at_ms: now }).await?;
    let change = Change { author, entity: OPPORTUNITY, id: id.to_string(), action: "move" };
    let mut new = json!({"stage": asked.to});
    if !lost.is_empty() {
        new["lost_reason"] = json!(lost);
    }
    if !block.is_empty() {
        new["block_reason"] = json!(block);
    }
    audit::record(&tx, change, Some(json!({"stage": row.stage})), Some(new)).await?;
    let told =
        json!({"opportunity": id, "code": row.code, "title": row.title, "from": row.stage, "stage": asked.to, "pipeline": row.pipeline});
    customers::tell(&tx, author, row.customer_id, OPPORTUNITY, told).await?;
    tx.commit().await?;
    Ok(())
}

/// Says why an opportunity is stuck, or that it is no more.
pub(super) async fn block(db: &Db, author: &str, (id, version): (i64, i64), asked: &Block) -> Result<(), OpportunityError> {
    let note = line(&asked.note, NOTE).ok_or(OpportunityError::Text { field: "note", most: NOTE })?;
    let tx = db.begin().await?;
    let row = find(&tx, &Scope::All, id).await?.ok_or(OpportunityError::NoOpportunity)?;
    let ready = pipeline(&tx, &row.pipeline).await?;
    let given = asked.reason.as_deref().unwrap_or_default();
    let reason = if given.is_empty() { String::new() } else { chosen("block_reason", given, reasons_of(stage_of(&ready, &row.stage)))? };
    let note = if reason.is_empty() { String::new() } else { note };
    let sql = Sql::new("UPDATE opportunity SET version = version + 1, block_reason = ").bind(reason.clone());
    let sql = sql.text(", block_note = ").bind(note.clone()).text(" WHERE id = ").bind(id).text(" AND version = ").bind(version);
    if sql.run(&tx).await? == 0 {
        return Err(OpportunityError::Changed);
    }
    if !reason.is_empty() {
        let stay = Sql::new("UPDATE opportunity_stay SET block_reason = ").bind(reason.clone());
        stay.text(" WHERE left_ms IS NULL AND opportunity_id = ").bind(id).run(&tx).await?;
    }
    let change = Change { author, entity: OPPORTUNITY, id: id.to_string(), action: "block" };
    let old = json!({"block_reason": row.block_reason, "block_note": row.block_note});
    audit::record(&tx, change, Some(old), Some(json!({"block_reason": reason, "block_note": note}))).await?;
    tx.commit().await?;
    Ok(())
}
