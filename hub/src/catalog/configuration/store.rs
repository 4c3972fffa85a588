//! Option models in the database.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value;

use super::check::{Ready, ready};
use super::model::OptionModel;
use crate::catalog::alone;
use crate::db::Db;
use crate::platform::drafts::{self, Editing, Kind};
use crate::platform::fields::{DefinitionFault, FieldError};
use crate::platform::sql::{MAX_PARAMETERS, Sql};

fn json(error: serde_json::Error) -> DbErr {
    DbErr::Json(error.to_string())
}

/// A model as it is kept; what a later version of the hub would not take any more names its mistakes.
fn read(code: &str, version: i64, document: Value) -> Result<Ready, FieldError> {
    let model: OptionModel = serde_json::from_value(document).map_err(json)?;
    ready(code, version, &model).map_err(FieldError::Definitions)
}

/// The model that holds under a code, ready for work.
///
/// # Errors
/// [`FieldError`] when it cannot be worked with.
pub async fn find(db: &impl ConnectionTrait, code: &str) -> Result<Option<Ready>, FieldError> {
    let document = drafts::find(db, Kind::OptionModel, code).await?;
    if document.published == 0 {
        return Ok(None);
    }
    let held = drafts::version(db, Kind::OptionModel, code, document.published).await?;
    read(code, document.published, held).map(Some)
}

/// Codes of the items of every model that holds, by the model's code.
async fn items_of_all(db: &impl ConnectionTrait) -> Result<BTreeMap<String, BTreeSet<String>>, DbErr> {
    let held = drafts::holding(db, Kind::OptionModel).await?;
    let items = |document: &Value| {
        let items = document.get("items").and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Ok(held.iter().map(|(code, document)| (code.clone(), items(document))).collect())
}

/// The code of the model that an item has.
///
/// # Errors
/// What the database said.
pub async fn code_of_item(db: &impl ConnectionTrait, item: &str) -> Result<Option<String>, DbErr> {
    Ok(items_of_all(db).await?.into_iter().find(|(_, items)| items.contains(item)).map(|(code, _)| code))
}

/// The model that an item, named by its code, is configured by.
///
/// # Errors
/// [`FieldError`] when it cannot be worked with.
pub async fn of_item(db: &impl ConnectionTrait, item: &str) -> Result<Option<Ready>, FieldError> {
    match code_of_item(db, item).await? {
        Some(code) => find(db, &code).await,
        None => Ok(None),
    }
}

#[derive(FromQueryResult)]
struct Coded {
    code: String,
    is_kit: bool,
}

/// Makes a model ready as it would be published now: also its items are there, and have no other model.
///
/// # Errors
/// [`FieldError::Definitions`] with every mistake.
pub async fn check(db: &impl ConnectionTrait, code: &str, model: &OptionModel) -> Result<Ready, FieldError> {
    let made = ready(code, 0, model).map_err(FieldError::Definitions)?;
    let named: BTreeSet<&str> = made.goods().into_iter().chain(model.items.iter().map(String::as_str)).collect();
    let mut found = BTreeMap::new();
    for some in named.into_iter().collect::<Vec<_>>().chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT code, is_kit FROM item WHERE NOT deleted AND code IN ")
            .among(some.iter().map(|code| crate::db::storable(code)));
        found.extend(sql.all::<Coded>(db).await?.into_iter().map(|row| (row.code, row.is_kit)));
    }
    let mut faults = Vec::new();
    let mut exists = |at: String, item: &str| {
        let is_there = found.contains_key(item);
        if !is_there {
            let (zh, en) = (format!("没有编码为 {item} 的商品。"), format!("There is no item {item}."));
            faults.push(DefinitionFault::new(at, "item_exists", zh, en));
        }
        is_there
    };
    let mut wrong = Vec::new();
    let others = items_of_all(db).await?;
    let mut seen = BTreeSet::new();
    for (n, item) in model.items.iter().enumerate() {
        let at = format!("items[{n}]");
        if !exists(at.clone(), item) {
            continue;
        }
        if !seen.insert(item) {
            wrong.push(DefinitionFault::new(
                at,
                "item_once",
                format!("商品 {item} 写了两次。"),
                format!("The item {item} is given twice."),
            ));
        } else if let Some((other, _)) = others.iter().find(|(other, items)| *other != code && items.contains(item)) {
            let (zh, en) = (format!("商品 {item} 已用选配模型 {other}。"), format!("The item {item} has the option model {other}."));
            wrong.push(DefinitionFault::new(at, "item_free", zh, en));
        } else if model.kind == super::model::Kind::Kit && found.get(item) != Some(&true) {
            let (zh, en) = (format!("{item} 不是套件，没有部件。"), format!("{item} is not a kit: it has no parts."));
            wrong.push(DefinitionFault::new(at, "item_is_kit", zh, en));
        }
    }
    for (n, category) in model.categories.iter().enumerate() {
        for (m, option) in category.options.iter().enumerate() {
            if let Some(item) = &option.item {
                exists(format!("categories[{n}].options[{m}].item"), item);
            }
        }
    }
    for (n, part) in model.parts.iter().enumerate() {
        if let Some(item) = &part.item {
            exists(format!("parts[{n}].item"), item);
        }
    }
    faults.extend(wrong);
    if faults.is_empty() { Ok(made) } else { Err(FieldError::Definitions(faults)) }
}

/// Publishes the draft, or an older version once more.
///
/// # Errors
/// [`FieldError`] that names what will not do.
pub async fn publish(db: &Db, editing: Editing<'_>, restores: Option<i64>) -> Result<i64, FieldError> {
    let tx = db.begin().await?;
    // Whoever gives items a model, or brings items in, waits for the others here: so an item gets one model, and those named are there.
    alone(&tx, "items").await?;
    let wanted = editing.wanted(&tx, restores).await?;
    check(&tx, editing.name, &serde_json::from_value(wanted.clone()).map_err(json)?).await?;
    let number = editing.publish(&tx, wanted, restores).await?;
    tx.commit().await?;
    Ok(number)
}
