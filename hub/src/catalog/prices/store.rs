//! Price lists and prices in the database.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{Found, ListOrganisation, PriceListRow, PriceRow, Source, State};
use super::rules::{Weight, holding};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::identity::{Actor, Right};
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Scope, of};
use crate::platform::search;
use crate::platform::sql::{MAX_PARAMETERS, Sql};

/// What somebody sees of price lists.
#[derive(Debug, Clone)]
pub struct Seeing {
    /// Of which parts of the chain.
    pub scope: Scope,
    /// Whether they keep price lists: then they see drafts too.
    pub keeps: bool,
    /// Whether they see what items cost.
    pub cost: bool,
}

impl Seeing {
    /// Of somebody.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let keeps = actor.may_at(Right::Prices, None).is_ok();
        Self { scope: of(actor, Entity::PriceList), keeps, cost: actor.has(Right::PriceCost) }
    }

    /// Adds ` AND …` for a price list `l`.
    fn filter(&self, sql: Sql) -> Sql {
        let sql = if self.keeps { sql } else { sql.text(" AND l.state = 'active'") };
        match &self.scope {
            Scope::All => sql,
            Scope::Sites(_) => sql.text(" AND 1 = 0"),
            Scope::Within(_) => {
                let sql = sql.text(
                    " AND (l.for_all OR l.id IN (SELECT x.price_list_id FROM price_list_organisation x JOIN organisation o ON o.id = x.organisation_id WHERE ",
                );
                self.scope.filter_holding(sql).text("))")
            }
        }
    }
}

/// A price list as the database has it.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub valid_from: String,
    pub valid_until: Option<String>,
    pub state: String,
    pub most_discount_bp: i32,
    pub for_all: bool,
    pub created_ms: i64,
    pub created_by: String,
    pub version: i64,
}

pub(super) const LIST: &str = "SELECT l.id, l.code, l.name, l.name_en, l.valid_from, l.valid_until, l.state, l.most_discount_bp, l.for_all, \
     l.created_ms, l.created_by, l.version FROM price_list l WHERE 1 = 1";

#[derive(FromQueryResult)]
struct Place {
    price_list_id: i64,
    id: i64,
    name: String,
}

#[derive(FromQueryResult)]
struct Counted {
    price_list_id: i64,
    prices: i64,
}

async fn rows(db: &impl ConnectionTrait, seeing: &Seeing, page: Page<Stored>) -> Result<Page<PriceListRow>, DbErr> {
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let sql = "SELECT x.price_list_id, o.id, o.name FROM price_list_organisation x JOIN organisation o ON o.id = x.organisation_id WHERE x.price_list_id IN ";
    let places = seeing.scope.filter_holding(Sql::new(sql).among(ids.iter().copied()).text(" AND ")).text(" ORDER BY o.path");
    let mut organisations: BTreeMap<i64, Vec<ListOrganisation>> = BTreeMap::new();
    for Place { price_list_id, id, name } in places.all(db).await? {
        organisations.entry(price_list_id).or_default().push(ListOrganisation { id, name });
    }
    let sql = Sql::new("SELECT price_list_id, COUNT(*) AS prices FROM price WHERE price_list_id IN ").among(ids);
    let counted: Vec<Counted> = sql.text(" GROUP BY price_list_id").all(db).await?;
    let counts: BTreeMap<i64, i64> = counted.into_iter().map(|row| (row.price_list_id, row.prices)).collect();
    Ok(page.map(|row| PriceListRow {
        organisations: organisations.remove(&row.id).unwrap_or_default(),
        prices: counts.get(&row.id).copied().unwrap_or(0),
        state: State::of_word(&row.state),
        id: row.id,
        code: row.code,
        name: row.name,
        name_en: row.name_en,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        most_discount_bp: row.most_discount_bp,
        for_all: row.for_all,
        created_ms: row.created_ms,
        created_by: row.created_by,
        version: row.version,
    }))
}

/// A page of price lists, the newest first.
pub(super) async fn lists(
    db: &impl ConnectionTrait,
    seeing: &Seeing,
    (q, state): (Option<&str>, Option<State>),
    page: &PageQuery,
) -> Result<Page<PriceListRow>, Problem> {
    let filter = seeing.filter(Sql::default()).bind_if(" AND l.state = ", state.map(State::word));
    let filter = filter.matching(q, &["l.code"], &["l.name", "l.name_en"]);
    let each = Sql::new("SELECT 1 FROM price_list l WHERE 1 = 1").append(&filter);
    let found = page.rows(db, each, Sql::new(LIST).append(&filter), Sort::down(&["l.id"]), |row: &Stored| row.id).await?;
    Ok(rows(db, seeing, found).await?)
}

/// A price list that somebody sees.
///
/// # Errors
/// What the database said.
pub async fn list(db: &impl ConnectionTrait, seeing: &Seeing, id: i64) -> Result<Option<PriceListRow>, DbErr> {
    let found: Option<Stored> = seeing.filter(Sql::new(LIST).text(" AND l.id = ").bind(id)).one(db).await?;
    Ok(rows(db, seeing, Page::whole(found.into_iter().collect())).await?.items.pop())
}

#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct StoredPrice {
    pub item_id: i64,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub unit: String,
    pub unit_price_fen: i64,
    pub cost_fen: Option<i64>,
    pub most_discount_bp: Option<i32>,
    pub version: i64,
}

impl StoredPrice {
    pub(super) fn seen_by(self, seeing: &Seeing) -> PriceRow {
        PriceRow {
            item: self.item_id,
            code: self.code,
            name: self.name,
            name_en: self.name_en,
            unit: self.unit,
            unit_price_fen: self.unit_price_fen,
            cost_fen: self.cost_fen.filter(|_| seeing.cost),
            most_discount_bp: self.most_discount_bp,
            version: self.version,
        }
    }
}

fn stored(list: i64) -> Sql {
    let sql = "SELECT p.item_id, p.code, i.name, i.name_en, i.unit, p.unit_price_fen, p.cost_fen, p.most_discount_bp, p.version \
               FROM price p JOIN item i ON i.id = p.item_id WHERE p.price_list_id = ";
    Sql::new(sql).bind(list)
}

/// The price that a list has of an item.
pub(super) async fn price(db: &impl ConnectionTrait, list: i64, item: i64) -> Result<Option<StoredPrice>, DbErr> {
    stored(list).text(" AND p.item_id = ").bind(item).one(db).await
}

/// A page of a list's prices, by the codes of items. Whether the reader sees the list is for the caller to say.
///
/// # Errors
/// A problem when the cursor is not valid or the database fails.
pub async fn prices(
    db: &impl ConnectionTrait,
    seeing: &Seeing,
    list: i64,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<PriceRow>, Problem> {
    let said = search::narrow(db, search::Kind::Item, q, "p.item_id").await?;
    let each = Sql::new("SELECT 1 FROM price p WHERE p.price_list_id = ").bind(list).append(&said.filter);
    let rows = stored(list).append(&said.filter);
    let page = page.uncounted_if(said.is_common).rows(db, each, rows, Sort::up(&["p.code"]), |row: &StoredPrice| row.code.clone()).await?;
    Ok(page.map(|row| row.seen_by(seeing)))
}

#[derive(FromQueryResult)]
struct Candidate {
    item_id: i64,
    unit_price_fen: i64,
    cost_fen: Option<i64>,
    most_discount_bp: i32,
    list_id: i64,
    code: String,
    name: String,
    name_en: String,
    valid_from: String,
    organisation_id: Option<i64>,
}

/// The prices that hold for some items at an organisation on a day, by item; those without any are left away.
///
/// # Errors
/// What the database said.
pub async fn at_all(
    db: &impl ConnectionTrait,
    tree: &Tree,
    organisation: i64,
    items: impl IntoIterator<Item = i64>,
    day: Date,
) -> Result<BTreeMap<i64, Found>, DbErr> {
    let above: Vec<i64> = tree.down_to(organisation).collect();
    let items: Vec<i64> = items.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut candidates: BTreeMap<i64, Vec<(Weight, Found)>> = BTreeMap::new();
    for some in items.chunks(MAX_PARAMETERS / 2) {
        let sql = "SELECT p.item_id, p.unit_price_fen, p.cost_fen, COALESCE(p.most_discount_bp, l.most_discount_bp) AS most_discount_bp, \
                   l.id AS list_id, l.code, l.name, l.name_en, l.valid_from, x.organisation_id FROM price p JOIN price_list l ON l.id = p.price_list_id \
                   LEFT JOIN price_list_organisation x ON x.price_list_id = l.id AND x.organisation_id IN ";
        let found: Vec<Candidate> = Sql::new(sql)
            .among(above.iter().copied())
            .text(" WHERE l.state = 'active' AND (l.for_all OR x.organisation_id IS NOT NULL) AND l.valid_from <= ")
            .bind(day.to_string())
            .text(" AND (l.valid_until IS NULL OR l.valid_until >= ")
            .bind(day.to_string())
            .text(") AND p.item_id IN ")
            .among(some.iter().copied())
            .all(db)
            .await?;
        for row in found {
            let depth = row.organisation_id.and_then(|id| above.iter().position(|above| *above == id)).map_or(0, |at| at + 1);
            let weight = Weight { depth, valid_from: row.valid_from, list: row.list_id };
            let list = Source { id: row.list_id, code: row.code, name: row.name, name_en: row.name_en };
            let Candidate { unit_price_fen, cost_fen, most_discount_bp, .. } = row;
            candidates.entry(row.item_id).or_default().push((weight, Found { unit_price_fen, cost_fen, most_discount_bp, list }));
        }
    }
    Ok(candidates.into_iter().filter_map(|(item, prices)| Some((item, holding(prices)?))).collect())
}

/// The price that holds for an item at an organisation on a day, with whence it comes.
///
/// # Errors
/// What the database said.
pub async fn at(db: &impl ConnectionTrait, tree: &Tree, organisation: i64, item: i64, day: Date) -> Result<Option<Found>, DbErr> {
    Ok(at_all(db, tree, organisation, [item], day).await?.remove(&item))
}
