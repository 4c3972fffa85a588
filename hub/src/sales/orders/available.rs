//! How much of an item can be sold, and from where: asked while selling, on the phone too.

use axum::Json as Answer;
use axum::extract::State;
use qitao_domain::quantity::Quantity;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::OrderError;
use crate::http::extract::{Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::inventory::promise::sells_from;
use crate::inventory::reservations::available;
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// Of what.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AvailableQuery {
    /// Item or kit; needed.
    #[serde(default, deserialize_with = "given")]
    item: Option<i64>,
    /// For this organisation; the reader's own when left away.
    #[serde(default, deserialize_with = "given")]
    organisation: Option<i64>,
}

/// How much of an item is where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Availability {
    /// The item.
    pub item: i64,
    /// The sites that the organisation may sell from, the nearest first.
    pub sites: Vec<SiteAvailability>,
}

/// How much of an item is at a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteAvailability {
    /// The site.
    pub site: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Complete sets that lie there (现存).
    #[schema(value_type = String)]
    pub on_hand: Quantity,
    /// Promised to orders (预留).
    #[schema(value_type = String)]
    pub reserved: Quantity,
    /// What can still be sold (可用).
    #[schema(value_type = String)]
    pub available: Quantity,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    code: String,
    name: String,
}

/// How much of an item can be sold from the sites that an organisation may sell from: its own and its warehouses', and those above it.
#[utoipa::path(get, path = "/api/v1/availability", tag = "inventory", params(AvailableQuery),
    responses((status = 200, body = Availability), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Query(asked): Query<AvailableQuery>) -> Result<Answer<Availability>, Problem> {
    session.scope(Entity::Order)?;
    let item = asked.item.ok_or(OrderError::Needed("item"))?;
    if let Some(organisation) = asked.organisation {
        let seen = scope::asked(&session.actor, Entity::Organisation)?.check_organisation(Some(organisation));
        seen.map_err(|problem| problem.field("organisation"))?;
    }
    let db = app.db.read();
    if Sql::new("SELECT COUNT(*) FROM item WHERE NOT deleted AND id = ").bind(item).number(db).await? == 0 {
        return Err(Problem::not_found().field("item"));
    }
    let sites = asked.organisation.or(session.actor.organisation).map(|own| sells_from(&session.actor.tree, own)).unwrap_or_default();
    let names: Vec<Named> = Sql::new("SELECT id, code, name FROM site WHERE id IN ").among(sites.iter().copied()).all(db).await?;
    let amounts = available(db, &sites, item).await?;
    let row = |of: crate::inventory::reservations::Available| {
        let site = names.iter().find(|site| site.id == of.site)?;
        Some(SiteAvailability {
            site: of.site,
            code: site.code.clone(),
            name: site.name.clone(),
            on_hand: Quantity::from_raw(of.on_hand),
            reserved: Quantity::from_raw((of.on_hand - of.available).max(0)),
            available: Quantity::from_raw(of.available),
        })
    };
    Ok(Answer(Availability { item, sites: amounts.into_iter().filter_map(row).collect() }))
}
