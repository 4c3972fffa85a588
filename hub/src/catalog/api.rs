//! Items for people.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::model::{ItemDetail, ItemRow};
use super::{CatalogError, store};
use crate::http::extract::{Json as Body, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
use crate::http::version::{IfMatch, Versioned};
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::Right;
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::state::App;

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        let en = error.to_string();
        match error {
            CatalogError::NoItem(item) => Self::invalid("item_exists", "item", format!("没有编号为 {item} 的商品。"), en),
            CatalogError::BarcodeTaken { text, item } => {
                Self::invalid("barcode_free", "text", format!("条码 {text} 已属于商品 {item}。"), en).with("item", item.0)
            }
            CatalogError::BarcodeText => Self::invalid("barcode_length", "text", "条码要有 1 到 128 个字符。", en),
            CatalogError::NoCarton { of, .. } => Self::invalid("carton_exists", "carton", format!("这个商品的包件是 1 到 {of}。"), en),
            CatalogError::Quantity => Self::invalid("quantity_range", "quantity", "数量要大于 0，最多 1000000。", en),
            CatalogError::Kit(_) => Self::invalid("not_a_kit", "item", "套件本身没有库存，请把条码绑到它的部件上。", en),
            CatalogError::Changed => Self::changed(),
            CatalogError::Custom(broken) => FieldError::Broken(broken).into(),
            CatalogError::Database(error) => Self::internal(&error),
        }
    }
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Part of a Chinese name, its pinyin or initials, the beginning of an English word, a code or its beginning, a barcode or its last six
    /// digits; several words narrow it. The best come first.
    #[serde(default, deserialize_with = "given")]
    pub(super) q: Option<String>,
}

/// Items by code, or the best first of those that are searched for. `total` of a search ends at 1,000; `at_least` says so. Custom fields narrow
/// and sort it by the parameters that `/entities/item/columns` names.
#[utoipa::path(get, path = "/api/v1/items", tag = "catalog", params(ItemQuery, PageQuery), responses((status = 200, body = Page<ItemRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<ItemQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Json<Page<ItemRow>>, Problem> {
    let (set, actor) = (app.fields.of(Subject::Item).await?, &session.actor);
    let narrowed = custom.narrow(&set, actor, app.db.backend(), "i.")?;
    let mut page = store::list(app.db.read(), &scope::of(actor, Entity::Stock), asked.q.as_deref(), narrowed, &page).await?;
    for row in &mut page.items {
        hide(&set, &session, row);
    }
    Ok(Json(page))
}

/// Leaves away what the reader's field rights hide.
fn hide(set: &Compiled, session: &Session, row: &mut ItemRow) {
    let sight = session.actor.anywhere();
    row.custom = set.shown(&sight, &Value::Object(std::mem::take(&mut row.custom)));
    row.on_hand = row.on_hand.filter(|_| set.shows(&sight, "on_hand"));
}

async fn seen(app: &App, session: &Session, id: i64) -> Result<Versioned<ItemDetail>, Problem> {
    let (set, stock) = (app.fields.of(Subject::Item).await?, scope::of(&session.actor, Entity::Stock));
    let mut found = store::detail(app.db.read(), &stock, id).await?.ok_or_else(Problem::not_found)?;
    hide(&set, session, &mut found.item);
    if found.item.on_hand.is_none() {
        (found.stock, found.sets, found.by_carton, found.places) = (None, None, None, None);
    }
    Ok(Versioned(found.item.version, found))
}

/// An item with barcodes, parts and stock.
#[utoipa::path(get, path = "/api/v1/items/{id}", tag = "catalog", params(("id" = i64, Path, description = "Number of the item")),
    responses((status = 200, body = ItemDetail), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<ItemDetail>, Problem> {
    seen(&app, &session, id).await
}

/// What is to be changed of an item; what is left away stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ItemChange)]
pub struct Change {
    /// Custom fields by their keys, those of `/entities/item/form`; `null` takes a value away.
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
}

/// Change an item.
#[utoipa::path(patch, path = "/api/v1/items/{id}", tag = "catalog", request_body = Change,
    params(("id" = i64, Path, description = "Number of the item"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = ItemDetail), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Body(asked): Body<Change>,
) -> Result<Versioned<ItemDetail>, Problem> {
    session.actor.may_at(Right::Items, None)?;
    let set = app.fields.of(Subject::Item).await?;
    set.may_write(&session.actor.anywhere(), &asked.custom)?;
    let changed = store::change(&app.db, &session.actor, &set, id, version.0, asked.custom, &app.config.outside.time_zone).await;
    changed.map_err(|error| if matches!(error, CatalogError::NoItem(_)) { Problem::not_found() } else { error.into() })?;
    seen(&app, &session, id).await
}
