//! Quotes in the database: lists, single ones, their versions.

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{QuoteDetail, QuoteRow, VersionRow};
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::identity::Actor;
use crate::platform::scope::{Entity, Listed, Owned, Scope};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::sales::lines::store::{self as lines, Document, needs_approval};

/// Whose quotes are.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Quote, table: "quote", id: "x.id", organisation: "organisation_id", owner: "owner_id" };

/// Which quotes.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// What number or the customer's name are found by.
    pub q: Option<String>,
    /// Of this person.
    pub owner: Option<i64>,
    /// Of this customer.
    pub customer: Option<i64>,
    /// Of this opportunity.
    pub opportunity: Option<i64>,
    /// In this state.
    pub state: Option<String>,
    /// Today, as the reader has it.
    pub today: String,
}

/// A quote as the database has it, with the version that holds.
#[derive(FromQueryResult)]
pub(super) struct Stored {
    pub id: i64,
    pub code: String,
    pub state: String,
    pub customer_id: i64,
    pub customer_name: String,
    pub organisation_id: i64,
    pub organisation_name: String,
    pub owner_id: Option<i64>,
    owner_name: Option<String>,
    pub opportunity_id: Option<i64>,
    pub current: i64,
    pub valid_until: String,
    amount_fen: i64,
    order_id: Option<i64>,
    order_code: Option<String>,
    contract_id: Option<i64>,
    created_ms: i64,
    created_by: String,
    pub version: i64,
}

const FROM: &str = "FROM quote x JOIN quote_version v ON v.quote_id = x.id AND v.number = x.current JOIN customer c ON c.id = x.customer_id \
    JOIN organisation o ON o.id = x.organisation_id LEFT JOIN hub_user u ON u.id = x.owner_id";

fn stored() -> Sql {
    Sql::new(format!(
        "SELECT x.id, COALESCE(x.code, '') AS code, x.state, x.customer_id, c.name AS customer_name, x.organisation_id, \
         o.name AS organisation_name, x.owner_id, u.name AS owner_name, x.opportunity_id, x.current, v.valid_until, v.amount_fen, \
         s.id AS order_id, s.code AS order_code, CASE WHEN s.state <> 'cancelled' THEN s.contract_id END AS contract_id, x.created_ms, \
         x.created_by, x.version {FROM} LEFT JOIN sales_order s ON s.id = (SELECT z.id FROM sales_order z WHERE z.quote_id = x.id \
         ORDER BY CASE WHEN z.state = 'cancelled' THEN 1 ELSE 0 END, z.id LIMIT 1) WHERE 1 = 1"
    ))
}

impl Stored {
    fn row(self, today: &str) -> QuoteRow {
        QuoteRow {
            expired: self.state == "open" && self.valid_until.as_str() < today,
            id: self.id,
            code: self.code,
            state: self.state,
            customer: self.customer_id,
            customer_name: self.customer_name,
            organisation: self.organisation_id,
            organisation_name: self.organisation_name,
            owner: self.owner_id,
            owner_name: self.owner_name,
            opportunity: self.opportunity_id,
            current: self.current,
            valid_until: self.valid_until,
            amount: Money::from_raw(self.amount_fen),
            order: self.order_id,
            order_code: self.order_code,
            contract: self.contract_id,
            created_ms: self.created_ms,
            created_by: self.created_by,
            version: self.version,
        }
    }
}

/// A page of quotes that somebody sees, the newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    actor: &Actor,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
) -> Result<Page<QuoteRow>, Problem> {
    let said = search::narrow(db, search::Kind::Quote, asked.q.as_deref(), "x.id").await?;
    let filter = Sql::default().bind_if(" AND x.owner_id = ", asked.owner).bind_if(" AND x.customer_id = ", asked.customer);
    let filter = filter.bind_if(" AND x.opportunity_id = ", asked.opportunity).bind_if(" AND x.state = ", asked.state.clone());
    let rest = filter.append(&said.filter);
    let listed = Listed { scope, tree: &actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored().append(&listed.rows()));
    let page = page.rows(db, each, rows, Sort::down(&["x.id"]), |row: &Stored| row.id).await?;
    Ok(page.map(|row| row.row(&asked.today)))
}

/// A quote in a scope, as the database has it.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored().text(" AND x.id = ").bind(id), OWNED).one(db).await
}

/// A version as the database has it.
#[derive(FromQueryResult)]
pub(super) struct Version {
    pub id: i64,
    pub number: i64,
    pub valid_until: String,
    pub note: String,
    pub amount_fen: i64,
    created_by: String,
    created_ms: i64,
}

impl Version {
    pub fn row(&self) -> VersionRow {
        VersionRow {
            number: self.number,
            amount: Money::from_raw(self.amount_fen),
            valid_until: self.valid_until.clone(),
            created_ms: self.created_ms,
            created_by: self.created_by.clone(),
        }
    }
}

/// The versions of a quote, the newest first.
pub(super) async fn versions(db: &impl ConnectionTrait, quote: i64) -> Result<Vec<Version>, DbErr> {
    let sql = "SELECT id, number, valid_until, note, amount_fen, created_by, created_ms FROM quote_version WHERE quote_id = ";
    Sql::new(sql).bind(quote).text(" ORDER BY number DESC").all(db).await
}

/// A quote with one of its versions, the current one when none is named; nothing when there is no such version.
pub(super) async fn detail(db: &impl ConnectionTrait, row: Stored, number: Option<i64>, today: &str) -> Result<Option<QuoteDetail>, DbErr> {
    let versions = versions(db, row.id).await?;
    let number = number.unwrap_or(row.current);
    let Some(shown) = versions.iter().find(|version| version.number == number) else { return Ok(None) };
    let lines = lines::of(db, Document::Quote, [shown.id]).await?.remove(&shown.id).unwrap_or_default();
    Ok(Some(QuoteDetail {
        quote: row.row(today),
        shown: shown.row(),
        note: shown.note.clone(),
        needs_approval: needs_approval(&lines),
        lines,
        versions: versions.iter().map(Version::row).collect(),
    }))
}
