//! Pipelines in the database.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use super::model::Pipeline;
use super::rules::{Ready, ready};
use crate::db::Db;
use crate::platform::drafts::{self, Editing, Kind};
use crate::platform::expressions::Type;
use crate::platform::fields::model::FieldSet;
use crate::platform::fields::{DefinitionFault, FieldError, Subject};

fn json(error: serde_json::Error) -> DbErr {
    DbErr::Json(error.to_string())
}

/// What expressions see of the records of a pipeline: of kinds with custom fields their fields, of others whatever there is.
async fn seen(db: &impl ConnectionTrait, entity: &str) -> Result<(Type, Type), DbErr> {
    let Some(subject) = Subject::of_word(entity) else { return Ok((Type::Any, Type::Any)) };
    let held: BTreeMap<String, Value> = drafts::holding(db, Kind::Fields).await?.into_iter().collect();
    let set: FieldSet = held.get(entity).cloned().map(serde_json::from_value).transpose().map_err(json)?.unwrap_or_default();
    Ok((subject.record(), Type::object(set.fields.into_iter().map(|field| (field.key, field.kind.of())))))
}

/// Stages that held once.
async fn ever(db: &impl ConnectionTrait, code: &str) -> Result<BTreeSet<String>, DbErr> {
    let ever = drafts::ever(db, Kind::Pipeline, code).await?;
    let stages =
        ever.into_iter().filter_map(|document| serde_json::from_value::<Pipeline>(document).ok()).flat_map(|pipeline| pipeline.stages);
    Ok(stages.map(|stage| stage.code).collect())
}

/// Every pipeline that holds, by its code.
///
/// # Errors
/// What the database said.
pub async fn all(db: &impl ConnectionTrait) -> Result<BTreeMap<String, Pipeline>, DbErr> {
    let held = drafts::holding(db, Kind::Pipeline).await?;
    held.into_iter().map(|(code, document)| Ok((code, serde_json::from_value(document).map_err(json)?))).collect()
}

/// The pipeline that holds under a code, ready for work.
///
/// # Errors
/// [`FieldError`] when it cannot be worked with any more, as after a field that a gate names went away.
pub async fn find(db: &impl ConnectionTrait, code: &str) -> Result<Option<Ready>, FieldError> {
    let document = drafts::find(db, Kind::Pipeline, code).await?;
    if document.published == 0 {
        return Ok(None);
    }
    let pipeline: Pipeline = serde_json::from_value(drafts::version(db, Kind::Pipeline, code, document.published).await?).map_err(json)?;
    let (record, custom) = seen(db, &pipeline.entity).await?;
    ready(&pipeline, record, custom, &BTreeSet::new()).map(Some).map_err(FieldError::Definitions)
}

/// Makes a pipeline ready as it would be published now.
///
/// # Errors
/// [`FieldError::Definitions`] with every mistake.
pub async fn check(db: &impl ConnectionTrait, code: &str, pipeline: &Pipeline) -> Result<Ready, FieldError> {
    let (record, custom) = seen(db, &pipeline.entity).await?;
    let mut faults = Vec::new();
    if !(1..=40).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        let (zh, en) = ("流程编码要有 1 到 40 个小写字母、数字或 _。", "The code of a pipeline has 1 to 40 of a–z, 0–9 and _.");
        faults.push(DefinitionFault::new("code", "code_shape", zh, en));
    }
    match ready(pipeline, record, custom, &ever(db, code).await?) {
        Ok(ready) if faults.is_empty() => Ok(ready),
        checked => {
            faults.extend(checked.err().into_iter().flatten());
            Err(FieldError::Definitions(faults))
        }
    }
}

/// Publishes the draft, or an older version once more.
///
/// # Errors
/// [`FieldError`] that names what will not do.
pub async fn publish(db: &Db, editing: Editing<'_>, restores: Option<i64>) -> Result<i64, FieldError> {
    let tx = db.begin().await?;
    let wanted = editing.wanted(&tx, restores).await?;
    check(&tx, editing.name, &serde_json::from_value(wanted.clone()).map_err(json)?).await?;
    let number = editing.publish(&tx, wanted, restores).await?;
    tx.commit().await?;
    Ok(number)
}
