//! Contracts in the database: the ledger and single ones.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{ContractDetail, ContractRow, InstalmentRow};
use super::rules::{NEEDED, State, covered, missing};
use super::seal;
use crate::finance::payments;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::identity::{Actor, Right};
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Listed, Owned, Scope};
use crate::platform::search;
use crate::platform::sql::{Sql, hold};
use crate::sales::discounts::{Discounted, On};
use crate::sales::lines::store::{self as lines, Document, needs_approval};
use crate::sales::orders;
use crate::sales::orders::model::OrderOf;

/// Whose contracts are.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Contract, table: "contract", id: "x.id", organisation: "organisation_id", owner: "owner_id" };

/// Which contracts.
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
    /// Made of this quote.
    pub quote: Option<i64>,
    /// In one of these states.
    pub states: Vec<State>,
    /// Signed on this day or later.
    pub signed_from: Option<String>,
    /// Signed on this day or before.
    pub signed_to: Option<String>,
    /// Signed, with an instalment that is due on this day or before and not paid.
    pub due_by: Option<String>,
    /// With a discount that waits for approval.
    pub asked_approval: bool,
    /// Today, as the reader has it.
    pub today: String,
}

/// A contract as the database has it.
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
    opportunity_title: Option<String>,
    pub quote_id: Option<i64>,
    quote_number: Option<i64>,
    quote_code: Option<String>,
    pub terms: String,
    pub amount_fen: i64,
    pub approval: String,
    approval_note: String,
    signed_on: Option<String>,
    reason: String,
    created_ms: i64,
    created_by: String,
    pub version: i64,
}

const FROM: &str = "FROM contract x JOIN customer c ON c.id = x.customer_id JOIN organisation o ON o.id = x.organisation_id \
    LEFT JOIN hub_user u ON u.id = x.owner_id LEFT JOIN quote q ON q.id = x.quote_id LEFT JOIN opportunity p ON p.id = x.opportunity_id \
    WHERE 1 = 1";

fn stored() -> Sql {
    Sql::new(format!(
        "SELECT x.id, COALESCE(x.code, '') AS code, x.state, x.customer_id, c.name AS customer_name, x.organisation_id, \
         o.name AS organisation_name, x.owner_id, u.name AS owner_name, x.opportunity_id, p.title AS opportunity_title, x.quote_id, \
         x.quote_number, q.code AS quote_code, x.terms, x.amount_fen, x.approval, x.approval_note, x.signed_on, x.reason, x.created_ms, \
         x.created_by, x.version {FROM}"
    ))
}

impl Stored {
    /// The discount that it gives.
    pub fn discounted(&self) -> Discounted<'_> {
        Discounted {
            on: On::Contract,
            id: self.id,
            code: &self.code,
            organisation: self.organisation_id,
            organisation_name: &self.organisation_name,
            owner: self.owner_id,
        }
    }
}

/// An instalment as the database has it.
#[derive(FromQueryResult)]
pub(super) struct Part {
    contract_id: i64,
    pub name: String,
    pub amount_fen: i64,
    pub due_on: Option<String>,
}

impl Part {
    pub const fn of(contract_id: i64, name: String, amount_fen: i64, due_on: Option<String>) -> Self {
        Self { contract_id, name, amount_fen, due_on }
    }
}

/// The instalments of some contracts, in their order.
pub(super) async fn parts(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<BTreeMap<i64, Vec<Part>>, DbErr> {
    let sql = Sql::new("SELECT contract_id, name, amount_fen, due_on FROM contract_instalment WHERE contract_id IN ");
    let rows: Vec<Part> = sql.among(ids).text(" ORDER BY contract_id, n").all(db).await?;
    let mut parts: BTreeMap<i64, Vec<Part>> = BTreeMap::new();
    for row in rows {
        parts.entry(row.contract_id).or_default().push(row);
    }
    Ok(parts)
}

/// What is known of some contracts beside their rows.
struct Beside {
    parts: BTreeMap<i64, Vec<Part>>,
    orders: BTreeMap<i64, Vec<OrderOf>>,
    files: BTreeMap<i64, BTreeSet<String>>,
    /// What was paid of each order, for those who may see it.
    paid: Option<BTreeMap<i64, i64>>,
}

impl Beside {
    async fn of(db: &impl ConnectionTrait, actor: &Actor, ids: &[i64]) -> Result<Self, DbErr> {
        let ids = || ids.iter().copied();
        let orders = orders::of_contracts(db, ids()).await?;
        let sold = orders.values().flatten().map(|order| order.id);
        let paid = if actor.has(Right::SeePayments) { Some(payments::paid(db, sold).await?) } else { None };
        Ok(Self { parts: parts(db, ids()).await?, files: files::kinds(db, Owner::Contract, ids()).await?, orders, paid })
    }

    /// What was paid of a contract.
    fn paid(&self, id: i64) -> Option<i64> {
        let orders = self.orders.get(&id).map(Vec::as_slice).unwrap_or_default();
        let paid = self.paid.as_ref()?;
        Some(orders.iter().filter_map(|order| paid.get(&order.id)).sum())
    }

    fn instalments(&self, row: &Stored, today: &str) -> Vec<InstalmentRow> {
        let parts = self.parts.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let amounts: Vec<i64> = parts.iter().map(|part| part.amount_fen).collect();
        let paid = self.paid(row.id).map(|paid| covered(&amounts, paid));
        let signed = State::of_word(&row.state) == State::Signed;
        let row = |(n, part): (usize, &Part)| {
            let paid = paid.as_ref().and_then(|paid| paid.get(n)).copied();
            let late = part.due_on.as_deref().is_some_and(|due| due < today);
            InstalmentRow {
                name: part.name.clone(),
                amount: Money::from_raw(part.amount_fen),
                due_on: part.due_on.clone(),
                paid: paid.map(Money::from_raw),
                overdue: paid.map(|paid| signed && late && paid < part.amount_fen),
            }
        };
        parts.iter().enumerate().map(row).collect()
    }

    fn row(&self, row: &Stored, today: &str) -> ContractRow {
        let instalments = self.instalments(row, today);
        let next = instalments.iter().find(|part| part.paid.is_some_and(|paid| paid.raw() < part.amount.raw()));
        let none = BTreeSet::new();
        ContractRow {
            id: row.id,
            code: row.code.clone(),
            state: State::of_word(&row.state),
            customer: row.customer_id,
            customer_name: row.customer_name.clone(),
            organisation: row.organisation_id,
            organisation_name: row.organisation_name.clone(),
            owner: row.owner_id,
            owner_name: row.owner_name.clone(),
            opportunity: row.opportunity_id,
            quote: row.quote_id,
            quote_number: row.quote_number,
            amount: Money::from_raw(row.amount_fen),
            paid: self.paid(row.id).map(Money::from_raw),
            next_due_on: next.and_then(|part| part.due_on.clone()),
            overdue: self.paid.as_ref().map(|_| instalments.iter().any(|part| part.overdue == Some(true))),
            approval: row.approval.clone(),
            signed_on: row.signed_on.clone(),
            missing: missing(self.files.get(&row.id).unwrap_or(&none)),
            created_ms: row.created_ms,
            created_by: row.created_by.clone(),
            version: row.version,
        }
    }
}

/// Signed contracts with an instalment that is due by a day and not paid.
fn due(sql: Sql, by: &str) -> Sql {
    sql.text(" AND x.state = 'signed' AND (SELECT COALESCE(SUM(i.amount_fen), 0) FROM contract_instalment i WHERE i.contract_id = x.id AND i.due_on <= ")
        .bind(by)
        .text(&format!(") > {}", payments::paid_for("SELECT s.id FROM sales_order s WHERE s.contract_id = x.id")))
}

/// A page of contracts that somebody sees, the newest first.
///
/// # Errors
/// A problem when the cursor is not valid, or the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    actor: &Actor,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
) -> Result<Page<ContractRow>, Problem> {
    let said = search::narrow(db, search::Kind::Contract, asked.q.as_deref(), "x.id").await?;
    let mut filter = Sql::default().bind_if(" AND x.owner_id = ", asked.owner).bind_if(" AND x.customer_id = ", asked.customer);
    filter = filter.bind_if(" AND x.opportunity_id = ", asked.opportunity).bind_if(" AND x.quote_id = ", asked.quote);
    filter = filter.bind_if(" AND x.signed_on >= ", asked.signed_from.clone()).bind_if(" AND x.signed_on <= ", asked.signed_to.clone());
    if !asked.states.is_empty() {
        filter = filter.text(" AND x.state IN ").among(asked.states.iter().map(|state| state.word()));
    }
    if let Some(by) = &asked.due_by {
        filter = due(filter, by);
    }
    if asked.asked_approval {
        filter = filter.text(" AND x.state = 'draft' AND x.approval = 'asked'");
    }
    let rest = filter.append(&said.filter);
    let listed = Listed { scope, tree: &actor.tree, below: asked.below, columns: OWNED, rest: &rest };
    let (each, rows) = (listed.each(), stored().append(&listed.rows()));
    let page = page.rows(db, each, rows, Sort::down(&["x.id"]), |row: &Stored| row.id).await?;
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let beside = Beside::of(db, actor, &ids).await?;
    Ok(page.map(|row| beside.row(&row, &asked.today)))
}

/// How many drafts in a scope have a discount that waits for approval, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn asked_count(db: &impl ConnectionTrait, scope: &Scope, (tree, below): (&Tree, Option<i64>)) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = x.organisation_id" } else { "" };
    let sql = Sql::new(format!("SELECT COUNT(*) FROM contract x{join} WHERE x.state = 'draft' AND x.approval = 'asked'"));
    tree.filter_below(scope.filter_owned(sql, OWNED), below).number(db).await
}

/// How many contracts in a scope have an instalment that is due today or before, and not paid, of one organisation and those beneath it.
///
/// # Errors
/// What the database said.
pub async fn due_count(db: &impl ConnectionTrait, scope: &Scope, (tree, below): (&Tree, Option<i64>), today: &str) -> Result<i64, DbErr> {
    let join = if below.is_some() { " JOIN organisation o ON o.id = x.organisation_id" } else { "" };
    let sql = due(Sql::new(format!("SELECT COUNT(*) FROM contract x{join} WHERE 1 = 1")), today);
    tree.filter_below(scope.filter_owned(sql, OWNED), below).number(db).await
}

/// Whether a file stays with its contract: one that it was signed with, and where texts were not kept yet the only one of its kind. The
/// contract is held until the transaction ends, so that nobody signs meanwhile.
///
/// # Errors
/// What the database said.
pub async fn keeps(tx: &impl ConnectionTrait, file: &files::Stored) -> Result<bool, DbErr> {
    let (id, owner) = (file.record_id, Owner::Contract);
    let Some(needed) = NEEDED.iter().find(|needed| file.state == "kept" && file.is_of(owner, id, needed.kind)) else { return Ok(false) };
    hold(tx, "contract", id).await?;
    let signed = Sql::new("SELECT COUNT(*) FROM contract WHERE state IN ('signed', 'done') AND id = ").bind(id).number(tx).await? > 0;
    let sealed = Sql::new("SELECT COUNT(*) FROM contract c JOIN file f ON f.id = ").bind(file.id).text(" WHERE c.id = ").bind(id);
    let only = " AND f.digest <> '' AND c.sealed LIKE '%' || f.digest || '%' AND NOT EXISTS (SELECT 1 FROM file o WHERE o.id <> f.id \
                AND o.entity = f.entity AND o.record_id = f.record_id AND o.kind = f.kind AND o.digest = f.digest AND o.state = 'kept')";
    if signed && sealed.text(only).number(tx).await? > 0 {
        return Ok(true);
    }
    Ok(signed && files::counts(tx, owner, id).await?.get(needed.kind) == Some(&1))
}

/// A contract in a scope, as the database has it.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: i64) -> Result<Option<Stored>, DbErr> {
    scope.filter_owned(stored().text(" AND x.id = ").bind(id), OWNED).one(db).await
}

/// A contract with everything in it, as a reader sees it: of one that was signed, what was signed.
pub(super) async fn detail(db: &impl ConnectionTrait, actor: &Actor, mut row: Stored, today: &str) -> Result<ContractDetail, DbErr> {
    let mut beside = Beside::of(db, actor, &[row.id]).await?;
    let mut lines = lines::of(db, Document::Contract, [row.id]).await?.remove(&row.id).unwrap_or_default();
    let parts = beside.parts.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    let mut sealed = None;
    if let Some(signed) = seal::signed(db, &row, &lines, parts).await? {
        (sealed, lines, row.terms, row.amount_fen) = (Some(signed.seal), signed.lines, signed.terms, signed.amount_fen);
        beside.parts.insert(row.id, signed.parts);
    }
    Ok(ContractDetail {
        contract: beside.row(&row, today),
        instalments: beside.instalments(&row, today),
        orders: beside.orders.remove(&row.id).unwrap_or_default(),
        needs_approval: needs_approval(&lines),
        lines,
        quote_code: row.quote_code,
        opportunity_title: row.opportunity_title,
        terms: row.terms,
        sealed,
        approval_note: row.approval_note,
        reason: row.reason,
    })
}
