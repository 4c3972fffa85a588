//! Items for people.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{ItemDetail, ItemRow};
use super::{CatalogError, store};
use crate::http::extract::{Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::Problem;
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
            CatalogError::Database(error) => Self::internal(&error),
        }
    }
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Part of a name, its pinyin or initials, English words, a code or its beginning, a barcode or its last six digits; several words
    /// narrow it. The best come first.
    #[serde(default, deserialize_with = "given")]
    q: Option<String>,
}

/// Items by code, or the best first of those that are searched for. `total` of a search ends at 1,000; `at_least` says so.
#[utoipa::path(get, path = "/api/v1/items", tag = "catalog", params(ItemQuery, PageQuery), responses((status = 200, body = Page<ItemRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<ItemQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ItemRow>>, Problem> {
    Ok(Json(store::list(app.db.read(), &scope::of(&session.actor, Entity::Stock), asked.q.as_deref(), &page).await?))
}

/// An item with barcodes, parts and stock.
#[utoipa::path(get, path = "/api/v1/items/{id}", tag = "catalog", params(("id" = i64, Path, description = "Number of the item")),
    responses((status = 200, body = ItemDetail), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Json<ItemDetail>, Problem> {
    let stock = scope::of(&session.actor, Entity::Stock);
    store::detail(app.db.read(), &stock, id).await?.map(Json).ok_or_else(Problem::not_found)
}
