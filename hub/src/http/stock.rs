//! Stock, movements and totals for people; the ledger itself is [`crate::inventory`].

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, Ref, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::extract::{Query, given};
use super::openapi::Refusals;
use super::page::{Page, PageQuery};
use super::problem::Problem;
use crate::inventory::rules::Period;
use crate::inventory::{
    self, MovementQuery, MovementRow, StockByItemRow, StockByLocationRow, StockSummaryRow, StockTotalsRow, SummaryQuery, Totals, Wanted,
};
use crate::platform::fields::store::zone_of;
use crate::platform::scope::{Entity, Part};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// How stock is summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// One row for an item.
    #[default]
    Item,
    /// One row for a location.
    Location,
}

/// Which stock.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StockQuery {
    /// `item` (when not given) or `location`.
    #[param(inline)]
    by: By,
    /// Words or beginnings of words of code or name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

/// Rows of stock: by item or by location, as asked.
pub enum StockPage {}

/// By hand: an empty page is one of both kinds, which a derived "one of" would not allow.
impl PartialSchema for StockPage {
    fn schema() -> RefOr<Schema> {
        let of = |name: &str| Ref::from_schema_name(name);
        let (items, locations) = (Page::<StockByItemRow>::name(), Page::<StockByLocationRow>::name());
        AnyOfBuilder::new()
            .item(of(&items))
            .item(of(&locations))
            .description(Some("Rows of stock: by item or by location, as asked."))
            .into()
    }
}

impl ToSchema for StockPage {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Page::<StockByItemRow>::name().into_owned(), Page::<StockByItemRow>::schema()));
        schemas.push((Page::<StockByLocationRow>::name().into_owned(), Page::<StockByLocationRow>::schema()));
        <Page<StockByItemRow> as ToSchema>::schemas(schemas);
        <Page<StockByLocationRow> as ToSchema>::schemas(schemas);
    }
}

/// Stock at real locations, by item or by location.
#[utoipa::path(get, path = "/api/v1/stock", tag = "inventory", params(Part, StockQuery, PageQuery), responses((status = 200, body = StockPage), Refusals))]
pub async fn stock(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<StockQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (db, scope, q) = (app.db.read(), session.scope_at(Entity::Stock, part)?, asked.q.as_deref());
    match asked.by {
        By::Item => Ok(Json(inventory::stock_by_item(db, &scope, q, &page).await?).into_response()),
        By::Location => Ok(Json(inventory::stock_by_location(db, &scope, q, &page).await?).into_response()),
    }
}

/// What there was, came in, went out and is of each item in a period: by code, items that moved in it or were there. Movements count on the day,
/// where their site is, on which the hub booked them; those within a site are neither in nor out.
#[utoipa::path(get, path = "/api/v1/stock/summary", tag = "inventory", params(Part, SummaryQuery, PageQuery),
    responses((status = 200, body = Page<StockSummaryRow>), Refusals))]
pub async fn summary(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<SummaryQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<StockSummaryRow>>, Problem> {
    let scope = session.scope_at(Entity::Stock, part)?;
    let (period, wanted) = summed_up(&app, part, asked).await?;
    Ok(Json(inventory::summary(app.db.read(), &scope, period, &wanted, &page).await?))
}

/// The same of all items together, by unit of stock.
#[utoipa::path(get, path = "/api/v1/stock/summary/totals", tag = "inventory", params(Part, SummaryQuery),
    responses((status = 200, body = Page<StockTotalsRow>), Refusals))]
pub async fn summary_totals(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<SummaryQuery>,
) -> Result<Json<Page<StockTotalsRow>>, Problem> {
    let scope = session.scope_at(Entity::Stock, part)?;
    let (period, wanted) = summed_up(&app, part, asked).await?;
    Ok(Json(Page::whole(inventory::summary_totals(app.db.read(), &scope, period, &wanted).await?)))
}

/// The period and the goods that are asked for. Today is where the site or organisation is that is looked at.
async fn summed_up(app: &App, part: Part, asked: SummaryQuery) -> Result<(Period, Wanted), Problem> {
    let organisation = match (part.site, part.below) {
        (Some(site), _) => app.organisations.tree().await?.organisation_of(site),
        (None, below) => below,
    };
    let zone = zone_of(app.db.read(), organisation, &app.config.outside.time_zone).await?;
    let period = Period::of(asked.from.as_deref(), asked.to.as_deref(), Timestamp::now().to_zoned(zone).date());
    Ok((period.ok_or_else(inventory::no_period)?, Wanted { q: asked.q, item: asked.item }))
}

/// Movements of the ledger, newest first.
#[utoipa::path(get, path = "/api/v1/movements", tag = "inventory", params(Part, MovementQuery, PageQuery),
    responses((status = 200, body = Page<MovementRow>), Refusals))]
pub async fn movements(
    State(app): State<App>,
    session: Session,
    Query(part): Query<Part>,
    Query(asked): Query<MovementQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<MovementRow>>, Problem> {
    Ok(Json(inventory::movements(app.db.read(), &session.scope_at(Entity::Movement, part)?, &asked, &page).await?))
}

/// Where an edge's stream stands at the hub.
#[derive(Debug, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct Stream {
    /// The edge.
    edge: String,
    /// Life of its stream.
    epoch: i64,
    /// Highest fact in the database.
    committed: i64,
}

/// Figures that must agree with the edges' own.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainTotals {
    /// Facts, movements, what came twice.
    #[serde(flatten)]
    totals: Totals,
    /// Streams of the edges.
    edges: Vec<Stream>,
}

/// Figures of the whole hub, for whoever may see all of it.
#[utoipa::path(get, path = "/api/v1/totals", tag = "inventory", responses((status = 200, body = ChainTotals), Refusals))]
pub async fn totals(State(app): State<App>, session: Session) -> Result<Json<ChainTotals>, Problem> {
    session.scope(Entity::Movement)?.check(None)?;
    let totals = inventory::totals(app.db.read()).await?;
    let edges = Sql::new("SELECT id AS edge, epoch, committed FROM edge ORDER BY id").all(app.db.read()).await?;
    Ok(Json(ChainTotals { totals, edges }))
}
