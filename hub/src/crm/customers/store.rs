//! Customers in the database: lists, single ones, and who has a phone.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value;

use super::model::{CustomerRow, Standing};
use super::personal::Reader;
use super::rules::{Class, Gender, TagQuery, days_since};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::clock;
use crate::platform::fields::access::{Narrowed, Order};
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Listed, Owned, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{CUSTOMER_ADDRESS, CUSTOMER_EMAIL, CUSTOMER_NOTE, CUSTOMER_PHONE, Column, Keys, Kind, Sealed};

/// Whose customers are.
pub(super) const OWNED: Owned<'static> =
    Owned { entity: Entity::Customer, table: "customer", id: "c.id", organisation: "organisation_id", owner: "owner_id" };

/// By which hashes customers are found: the column, and every hash that it may hold.
pub(super) type Hashed = (String, Vec<String>);

/// Which customers.
#[derive(Debug, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// What name or number are found by.
    pub q: Option<String>,
    /// Whom this person looks after.
    pub owner: Option<i64>,
    /// How far it went.
    pub class: Option<Class>,
    /// From where.
    pub source: Option<String>,
    /// With these tags.
    pub tags: TagQuery,
    /// Not followed up since this moment.
    pub idle_before: Option<i64>,
    /// To be followed up before this moment.
    pub due_before: Option<i64>,
    /// With one of these hashes, and there where the reader may see what they are of.
    pub(super) hashed: Option<(Hashed, Scope)>,
}

/// A customer as the database has it.
#[derive(FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub code: String,
    pub organisation_id: i64,
    organisation_name: String,
    pub owner_id: Option<i64>,
    owner_name: Option<String>,
    pub name: String,
    pub class: String,
    pub gender: String,
    pub birth_year: Option<i32>,
    pub phone: Option<Sealed>,
    pub email: Option<Sealed>,
    pub address: Option<Sealed>,
    pub note: Option<Sealed>,
    pub employer: String,
    pub position: String,
    pub hobbies: String,
    pub source: String,
    pub campaign: String,
    created_by: String,
    pub created_ms: i64,
    pub last_follow_ms: Option<i64>,
    pub next_follow_ms: Option<i64>,
    idle_since_ms: i64,
    pub custom: Value,
    pub version: i64,
    sort_text: Option<String>,
    sort_number: Option<f64>,
}

const FROM: &str = "FROM customer c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN hub_user u ON u.id = c.owner_id WHERE 1 = 1";

fn stored(order: Option<&Order>) -> Sql {
    let columns = Order::columns(order);
    Sql::new(format!(
        "SELECT {columns}, c.id, COALESCE(c.code, '') AS code, c.organisation_id, o.name AS organisation_name, c.owner_id, \
         u.name AS owner_name, c.name, c.class, c.gender, c.birth_year, c.phone, c.email, c.address, c.note, c.employer, c.position, \
         c.hobbies, c.source, c.campaign, c.created_by, c.created_ms, c.last_follow_ms, c.next_follow_ms, c.idle_since_ms, c.custom, \
         c.version {FROM}"
    ))
}

#[derive(FromQueryResult)]
struct Tagged {
    customer_id: i64,
    tag: String,
}

/// Tags of some customers.
pub(super) async fn tags_of(
    db: &impl ConnectionTrait,
    customers: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, BTreeSet<String>>, DbErr> {
    let sql = Sql::new("SELECT customer_id, tag FROM customer_tag WHERE customer_id IN ").among(customers);
    let mut tags: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for Tagged { customer_id, tag } in sql.all(db).await? {
        tags.entry(customer_id).or_default().insert(tag);
    }
    Ok(tags)
}

/// What a customer bought.
#[derive(FromQueryResult)]
struct Bought {
    customer_id: i64,
    orders: i64,
    last_on: String,
}

/// What some customers bought, as their orders say it.
async fn bought_by(db: &impl ConnectionTrait, customers: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, Bought>, DbErr> {
    let sql = Sql::new(
        "SELECT customer_id, COUNT(*) AS orders, MAX(ordered_on) AS last_on FROM sales_order \
         WHERE state IN ('confirmed', 'shipped', 'completed') AND customer_id IN ",
    );
    let rows: Vec<Bought> = sql.among(customers).text(" GROUP BY customer_id").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// How far some customers' newest open opportunities are that a reader sees.
async fn standing(
    db: &impl ConnectionTrait,
    reader: &Reader,
    customers: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, Standing>, DbErr> {
    let sql = Sql::new(
        "SELECT p.customer_id, p.id AS opportunity, p.pipeline, p.stage, p.stage_since_ms AS since_ms FROM opportunity p \
         WHERE p.state = 'open' AND p.customer_id IN ",
    );
    let columns =
        Owned { entity: Entity::Opportunity, table: "opportunity", id: "p.id", organisation: "organisation_id", owner: "owner_id" };
    let sql = reader.opportunities().filter_owned(sql.among(customers), columns);
    let rows: Vec<Standing> = sql.text(" ORDER BY p.id").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// What is known of a customer beside their row.
#[derive(Default)]
struct Beside {
    tags: BTreeSet<String>,
    bought: Option<Bought>,
    stands: Option<Standing>,
}

impl Stored {
    /// As a reader sees it.
    fn seen_by(self, reader: &Reader, Beside { tags, bought, stands }: Beside, now_ms: i64) -> CustomerRow {
        let sight = reader.sight(self.id, self.organisation_id, self.owner_id);
        let shown = |column: &Column, sealed: &Option<Sealed>| reader.shown(&sight, column, self.id, sealed.as_ref());
        let shows = |key: &str| reader.set.shows(&sight, key);
        let text = |key: &str, text: String| shows(key).then_some(text);
        CustomerRow {
            phone: shown(&CUSTOMER_PHONE, &self.phone),
            email: shown(&CUSTOMER_EMAIL, &self.email),
            address: shown(&CUSTOMER_ADDRESS, &self.address),
            note: reader.text(&sight, &CUSTOMER_NOTE, self.id, self.note.as_ref()),
            custom: reader.set.shown(&sight, &self.custom),
            id: self.id,
            code: self.code,
            name: self.name,
            class: Class::of_word(&self.class),
            organisation: self.organisation_id,
            organisation_name: self.organisation_name,
            owner: self.owner_id,
            owner_name: self.owner_name,
            gender: Gender::of_word(&self.gender).filter(|_| shows("gender")),
            birth_year: self.birth_year.filter(|_| shows("birth_year")),
            employer: text("employer", self.employer),
            position: text("position", self.position),
            hobbies: text("hobbies", self.hobbies),
            source: text("source", self.source),
            campaign: text("campaign", self.campaign),
            tags: shows("tags").then_some(tags),
            created_ms: self.created_ms,
            created_by: self.created_by,
            last_follow_ms: self.last_follow_ms,
            next_follow_ms: self.next_follow_ms,
            idle_days: days_since(self.idle_since_ms, now_ms),
            order_count: reader.sees_orders().then(|| bought.as_ref().map_or(0, |bought| bought.orders)),
            stands,
            last_order_on: bought.map(|bought| bought.last_on).filter(|_| reader.sees_orders()),
            version: self.version,
        }
    }
}

fn narrowed_by(asked: &Asked) -> Sql {
    let mut sql = Sql::default()
        .bind_if(" AND c.owner_id = ", asked.owner)
        .bind_if(" AND c.class = ", asked.class.map(Class::word))
        .bind_if(" AND c.source = ", asked.source.clone())
        .bind_if(" AND c.idle_since_ms < ", asked.idle_before)
        .bind_if(" AND c.next_follow_ms < ", asked.due_before);
    for any in &asked.tags.0 {
        sql = sql.text(" AND c.id IN (SELECT t.customer_id FROM customer_tag t WHERE t.tag IN ").among(any.iter().cloned()).text(")");
    }
    match &asked.hashed {
        None => sql,
        Some(((column, hashes), seen)) => seen.filter_owned(sql, OWNED).text(&format!(" AND c.{column} IN ")).list(hashes.iter().cloned()),
    }
}

/// A page of customers, the newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    reader: &Reader,
    scope: &Scope,
    asked: &Asked,
    narrowed: Narrowed,
    page: &PageQuery,
) -> Result<Page<CustomerRow>, Problem> {
    let said = search::narrow(db, search::Kind::Customer, asked.q.as_deref(), "c.id").await?;
    let rest = narrowed_by(asked).append(&said.filter).append(&narrowed.filter);
    let listed = Listed { scope, tree: &reader.tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored(narrowed.order.as_ref()).append(&listed.rows()));
    let page = match &narrowed.order {
        None => page.rows(db, each, rows, Sort::down(&["c.id"]), |row: &Stored| row.id).await?,
        Some(order) => {
            let key = |row: &Stored| (Order::key(row.sort_text.as_deref(), row.sort_number), row.id);
            page.rows(db, each, rows, order.sort(&[order.expression(), "c.id"]), key).await?
        }
    };
    let mut tags = tags_of(db, page.items.iter().map(|row| row.id)).await?;
    let mut bought = bought_by(db, page.items.iter().map(|row| row.id)).await?;
    let mut stands = standing(db, reader, page.items.iter().map(|row| row.id)).await?;
    let now = clock::now_ms();
    Ok(page.map(|row| {
        let tags = tags.remove(&row.id).unwrap_or_default();
        let beside = Beside { tags, bought: bought.remove(&row.id), stands: stands.remove(&row.id) };
        row.seen_by(reader, beside, now)
    }))
}

/// A customer in a scope, as the database has it.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored(None).text(" AND c.id = ").bind(id), OWNED).one(db).await
}

/// Some customers, whoever they belong to.
pub(super) async fn those(db: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<Stored>, DbErr> {
    stored(None).text(" AND c.id IN ").among(ids.iter().copied()).all(db).await
}

/// A customer in a scope, as the reader sees them.
pub(super) async fn get(db: &impl ConnectionTrait, reader: &Reader, scope: &Scope, id: i64) -> Result<Option<CustomerRow>, DbErr> {
    let Some(row) = find(db, scope, id).await? else { return Ok(None) };
    let tags = tags_of(db, [id]).await?.remove(&id).unwrap_or_default();
    let bought = bought_by(db, [id]).await?.remove(&id);
    let stands = standing(db, reader, [id]).await?.remove(&id);
    Ok(Some(row.seen_by(reader, Beside { tags, bought, stands }, clock::now_ms())))
}

/// How many customers of somebody's own are to be followed up before a moment, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn due_count(db: &impl ConnectionTrait, owner: i64, (tree, below): (&Tree, Option<i64>), before_ms: i64) -> Result<i64, DbErr> {
    own(owner, (tree, below)).text(" AND c.next_follow_ms < ").bind(before_ms).number(db).await
}

/// How many prospects of somebody's own were not followed up since a moment, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn idle_count(db: &impl ConnectionTrait, owner: i64, (tree, below): (&Tree, Option<i64>), before_ms: i64) -> Result<i64, DbErr> {
    own(owner, (tree, below)).text(" AND c.class = 'prospect' AND c.idle_since_ms < ").bind(before_ms).number(db).await
}

/// Counts somebody's own customers of one organisation and those beneath it.
fn own(owner: i64, (tree, below): (&Tree, Option<i64>)) -> Sql {
    let join = if below.is_some() { " JOIN organisation o ON o.id = c.organisation_id" } else { "" };
    tree.filter_below(Sql::new(format!("SELECT COUNT(*) FROM customer c{join} WHERE c.owner_id = ")).bind(owner), below)
}

/// Whoever has a phone already.
#[derive(FromQueryResult)]
pub(super) struct Holder {
    /// Number of the customer.
    pub id: i64,
    /// Name of whoever looks after them.
    pub owner_name: Option<String>,
}

/// The customer who has a phone, wherever in the chain.
pub(super) async fn holder(db: &impl ConnectionTrait, keys: &Keys, phone: &str, but: Option<i64>) -> Result<Option<Holder>, DbErr> {
    let sql =
        Sql::new("SELECT c.id, u.name AS owner_name FROM customer c LEFT JOIN hub_user u ON u.id = c.owner_id WHERE c.phone_hash IN ");
    let sql = sql.list(keys.hashes(Kind::Phone, phone)).bind_if(" AND c.id <> ", but);
    sql.text(" LIMIT 1").one(db).await
}
