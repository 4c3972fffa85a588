//! Find and go: one question over everything that the reader may see.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::index::key;
use super::{Kind, find};
use crate::http::extract::{Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::Problem;
use crate::platform::scope::{self, Scope};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::state::App;

/// Records of each kind when the reader does not say, and at most.
const DEFAULT_LIMIT: usize = 6;
const MAX_LIMIT: usize = 50;
/// Records that are ranked before the best of them are shown.
const RANKED: usize = 200;

/// Kinds by name, with commas between them.
#[derive(Debug)]
struct Kinds(Vec<Kind>);

impl std::str::FromStr for Kinds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kinds = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let named = |word: &str| Kind::ALL.into_iter().find(|kind| kind.word() == word);
        kinds.map(|word| named(word).ok_or_else(|| format!("there is no kind {word}"))).collect::<Result<_, _>>().map(Self)
    }
}

/// What to search for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SearchQuery {
    /// Part of a Chinese name, its pinyin or initials, the beginning of another word, of a code or of its later parts, a barcode or its last
    /// six digits; several words narrow it.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
    /// What to look among, with commas: customer, order, quote, contract, ticket, item, location, task, edge, person. Everything when not given.
    #[serde(deserialize_with = "given")]
    #[param(value_type = Option<String>)]
    kinds: Option<Kinds>,
    /// Records of each kind, 1 to 50; 6 when not given.
    #[serde(deserialize_with = "given")]
    limit: Option<usize>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// Records, kind by kind, the best first.
    items: Vec<SearchHit>,
    /// Kinds of which there are more.
    more: Vec<Kind>,
}

/// A record that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// What it is.
    kind: Kind,
    /// Its number.
    id: String,
    /// Code, number or login.
    code: String,
    /// Name.
    name: String,
    /// English name, or empty.
    name_en: String,
    /// Kind of the location or of the task, class of the customer, state of the order, what the ticket is for, or empty.
    sort: String,
    /// Site that it belongs to.
    site: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    record: String,
    code: String,
    name: String,
    name_en: String,
    sort: String,
    site_id: Option<i64>,
}

const fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Item => {
            "SELECT CAST(t.id AS TEXT) AS record, t.code, t.name, t.name_en, '' AS sort, CAST(NULL AS BIGINT) AS site_id FROM item t WHERE NOT t.deleted"
        }
        Kind::Location => {
            "SELECT CAST(t.id AS TEXT) AS record, t.code, t.name, '' AS name_en, t.kind AS sort, t.site_id FROM location t WHERE NOT t.deleted"
        }
        Kind::Task => {
            "SELECT CAST(t.id AS TEXT) AS record, t.number AS code, t.reference AS name, '' AS name_en, t.kind AS sort, t.site_id FROM task t WHERE 1 = 1"
        }
        Kind::Edge => "SELECT t.id AS record, t.id AS code, t.name, '' AS name_en, '' AS sort, t.site_id FROM edge t WHERE 1 = 1",
        Kind::Person => {
            "SELECT CAST(t.id AS TEXT) AS record, t.login AS code, t.name, '' AS name_en, '' AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM hub_user t WHERE 1 = 1"
        }
        Kind::Ticket => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, '' AS name, '' AS name_en, t.kind AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM ticket t WHERE 1 = 1"
        }
        Kind::Quote => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, t.state AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM quote t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Contract => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, t.state AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM contract t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Order => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, c.name, '' AS name_en, t.state AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM sales_order t JOIN customer c ON c.id = t.customer_id WHERE 1 = 1"
        }
        Kind::Customer => {
            "SELECT CAST(t.id AS TEXT) AS record, COALESCE(t.code, '') AS code, t.name, '' AS name_en, t.class AS sort, CAST(NULL AS BIGINT) AS site_id \
             FROM customer t WHERE 1 = 1"
        }
    }
}

async fn show(db: &impl ConnectionTrait, kind: Kind, scope: &Scope, records: &[String]) -> Result<Vec<SearchHit>, DbErr> {
    let sql = Sql::new(shown(kind)).text(" AND t.id IN ").among(records.iter().map(|record| key(kind, record)));
    let sql = match kind {
        Kind::Location | Kind::Task | Kind::Edge => scope.filter(sql, "t.site_id"),
        // The catalogue is one for the chain; people, customers, orders and tickets were found by where they are now.
        Kind::Item | Kind::Person | Kind::Customer | Kind::Ticket | Kind::Order | Kind::Quote | Kind::Contract => sql,
    };
    let rows: Vec<Row> = sql.all(db).await?;
    let mut rows: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.record.clone(), row)).collect();
    let hit = |row: Row| {
        let Row { record: id, code, name, name_en, sort, site_id: site } = row;
        SearchHit { kind, id, code, name, name_en, sort, site }
    };
    Ok(records.iter().filter_map(|record| rows.remove(record)).map(hit).collect())
}

/// Find customers, orders, tickets, items, locations, tasks, edges and people by what somebody types.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchQuery), responses((status = 200, body = SearchAnswer), Refusals))]
pub async fn search(State(app): State<App>, session: Session, Query(asked): Query<SearchQuery>) -> Result<Json<SearchAnswer>, Problem> {
    let mut answer = SearchAnswer { items: Vec::new(), more: Vec::new() };
    let typed = asked.q.unwrap_or_default();
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let wanted = |kind: &Kind| asked.kinds.as_ref().is_none_or(|kinds| kinds.0.contains(kind));
    for kind in Kind::ALL.into_iter().filter(wanted) {
        let scope = kind.entity().map_or(Scope::All, |entity| scope::of(&session.actor, entity));
        if scope == Scope::Sites(Vec::new()) {
            continue;
        }
        let found = find(app.db.read(), kind, &scope, &typed, RANKED).await?;
        let best: Vec<String> = found.hits.iter().take(limit).map(|hit| hit.record.clone()).collect();
        if best.is_empty() {
            continue;
        }
        if found.more || found.hits.len() > limit {
            answer.more.push(kind);
        }
        answer.items.extend(show(app.db.read(), kind, &scope, &best).await?);
    }
    Ok(Json(answer))
}
