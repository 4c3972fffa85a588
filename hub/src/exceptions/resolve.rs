//! Resolving a case: what the resolution does and the end of the case in one transaction.

use qitao_domain::ids::{EdgeId, ItemId, LocationId, SiteId, TaskId};
use qitao_domain::quantity::Quantity;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ExceptionError;
use super::rules::{self, Action};
use crate::catalog::{self, store::Binding};
use crate::db::entity::exception;
use crate::feed;
use crate::http::page::PageQuery;
use crate::ingest::{self, RetryError};
use crate::inventory::{self, MovementQuery};
use crate::live::What;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use crate::state::App;

/// Longest note, in characters.
const MAX_NOTE: usize = 1_000;

/// How somebody resolves a case.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// What to do.
    pub action: Action,
    /// Why, for those who look later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// To bind a barcode: the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<i64>,
    /// To bind a barcode: units that one scan stands for; 1 when left away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub quantity: Option<Quantity>,
    /// To bind a barcode: the carton it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton: Option<u16>,
}

/// What else has to be told after commit.
#[derive(Default)]
struct After {
    items_changed: bool,
    counted: Option<(TaskId, i64)>,
    /// Other cases that were opened or settled by it, with their sites.
    cases: Vec<(i64, Option<i64>)>,
}

/// Resolves an open case.
///
/// # Errors
/// [`ExceptionError`]; then nothing has changed.
pub async fn resolve(app: &App, author: &str, id: i64, asked: Resolution) -> Result<(), ExceptionError> {
    if asked.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(ExceptionError::Note);
    }
    if asked.action == Action::Retry {
        retry(app, &open_case(app.db.read(), id, asked.action).await?).await?;
    }
    let tx = app.db.begin().await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // Who resolves the same case at the same time waits here, and finds it resolved; SQLite has one writer.
        Sql::new("SELECT id FROM exception WHERE id = ").bind(id).text(" FOR UPDATE").number(&tx).await?;
    }
    let case = open_case(&tx, id, asked.action).await?;
    let after = match asked.action {
        Action::Approve | Action::Reject => count(&tx, author, &case, asked.action).await?,
        Action::Bind => bind(&tx, author, &case, &asked).await?,
        Action::Retry | Action::Dismiss => After::default(),
    };
    let resolution = serde_json::to_value(&asked).unwrap_or_default();
    exception::ActiveModel {
        id: Set(id),
        key: Set(None),
        state: Set("resolved".to_owned()),
        resolved_ms: Set(Some(clock::now_ms())),
        resolved_by: Set(Some(author.to_owned())),
        resolution: Set(Some(resolution.clone())),
        ..Default::default()
    }
    .update(&tx)
    .await?;
    let change = Change { author, entity: "exception", id: id.to_string(), action: "resolve" };
    audit::record(&tx, change, Some(json!({"state": "open"})), Some(resolution)).await?;
    tx.commit().await?;
    let site = case.site_id.map(SiteId);
    app.live.publish(site, What::Exception(id));
    tell(app, site, after).await;
    Ok(())
}

/// The case, when it is open and offers the action.
async fn open_case(db: &impl ConnectionTrait, id: i64, action: Action) -> Result<exception::Model, ExceptionError> {
    let case = exception::Entity::find_by_id(id).one(db).await?.ok_or(ExceptionError::NoCase)?;
    if case.state != "open" {
        return Err(ExceptionError::Resolved);
    }
    if rules::actions(&case.kind, &case.data).contains(&action) {
        return Ok(case);
    }
    Err(ExceptionError::Action { kind: case.kind, action: action.word().to_owned() })
}

fn number(data: &Value, name: &'static str) -> Result<i64, ExceptionError> {
    data.get(name).and_then(Value::as_i64).ok_or(ExceptionError::Missing(name))
}

async fn count(tx: &impl ConnectionTrait, author: &str, case: &exception::Model, action: Action) -> Result<After, ExceptionError> {
    let (task, location) = (TaskId(number(&case.data, "task")?), LocationId(number(&case.data, "location")?));
    if action == Action::Reject {
        inventory::reject_count(tx, task, location).await?;
        return Ok(After::default());
    }
    let before = Sql::new("SELECT MAX(id) FROM movement").number(tx).await?;
    let now = clock::now_ms();
    let levels = inventory::approve_count(tx, task, location, author, now).await?;
    let cases = ingest::watch_shelves(tx, levels, now).await?;
    Ok(After { counted: Some((task, before)), cases, ..After::default() })
}

async fn bind(tx: &impl ConnectionTrait, author: &str, case: &exception::Model, asked: &Resolution) -> Result<After, ExceptionError> {
    let text = case.data.get("text").and_then(Value::as_str).ok_or(ExceptionError::Missing("text"))?;
    let binding = Binding {
        text: text.to_owned(),
        item: ItemId(asked.item.ok_or(ExceptionError::Missing("item"))?),
        quantity: asked.quantity.unwrap_or(Quantity::from_raw(1000)),
        carton: asked.carton,
    };
    catalog::bind_barcode(tx, author, &binding).await?;
    Ok(After { items_changed: true, ..After::default() })
}

/// Books the fact in a transaction of its own; when the case cannot be closed after it, the next try finds the fact gone.
async fn retry(app: &App, case: &exception::Model) -> Result<(), ExceptionError> {
    let edge = case.edge_id.as_deref().and_then(|edge| EdgeId::new(edge).ok()).ok_or(ExceptionError::Missing("edge"))?;
    match ingest::retry_fact(&app.fleet, &edge, number(&case.data, "epoch")?, number(&case.data, "seq")?).await {
        Ok(()) => Ok(()),
        Err(RetryError::Gone) => Err(ExceptionError::Gone),
        Err(RetryError::Still { rule, detail }) => Err(ExceptionError::StillUnappliable { rule, detail }),
        Err(RetryError::Database(error)) => Err(error.into()),
    }
}

/// Tells edges and screens. The case is resolved already; a failure here only means that they see it later.
async fn tell(app: &App, site: Option<SiteId>, after: After) {
    if after.items_changed
        && let Err(error) = feed::announce(&app.fleet).await
    {
        tracing::warn!(%error, "edges could not be told of the new barcode now");
    }
    for (case, site) in after.cases {
        app.live.publish(site.map(SiteId), What::Exception(case));
    }
    if let Some((task, before)) = after.counted {
        let asked = MovementQuery { task: Some(task.0), ..MovementQuery::default() };
        let page = PageQuery::top(200);
        match inventory::movements(app.db.read(), &Scope::All, &asked, &page).await {
            Ok(page) => {
                for row in page.items.into_iter().rev().filter(|row| row.id > before) {
                    app.live.publish(site, What::Movement(std::sync::Arc::new(row)));
                }
            }
            Err(problem) => tracing::warn!(rule = problem.rule(), "posted movements could not be shown"),
        }
        app.live.publish(site, What::Task(task));
    }
}
