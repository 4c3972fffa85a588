//! What a reader may see. Every list, count, sum, search, single record and event stream asks [`of`], and nothing else decides it.
//!
//! A record belongs to a site, to an organisation, or to a person within an organisation. A scope is a part of the tree of organisations,
//! and of records with an owner also those that the reader owns or works on. In SQL a part of the tree is a range of paths, however many
//! organisations are in it.

use std::sync::Arc;

use axum::http::StatusCode;
use qitao_domain::ids::SiteId;
use sea_orm::sea_query::{Cond, Condition, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, IntoSimpleExpr as _};
use serde::Deserialize;
use utoipa::IntoParams;

use super::identity::{Actor, Area, Right};
use super::organisation::{Module, Tree, end_of};
use super::sql::Sql;
use crate::http::extract::given;
use crate::http::problem::{Problem, Who};

/// What kind of record somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// Sites.
    Site,
    /// Locations of a site.
    Location,
    /// What lies at locations.
    Stock,
    /// The ledger.
    Movement,
    /// Work, and the scans of it.
    Task,
    /// Cases for people.
    Exception,
    /// People with badges.
    Operator,
    /// The machines at the sites.
    Edge,
    /// Organisations.
    Organisation,
    /// People who sign in; everybody owns themselves.
    Person,
    /// Customers; whoever looks after one owns it.
    Customer,
    /// What customers paid; whoever took it owns it.
    Payment,
    /// Opportunities; whoever looks after one owns it.
    Opportunity,
    /// Service tickets; whoever has one owns it.
    Ticket,
    /// Price lists; see [`Scope::filter_holding`].
    PriceList,
    /// Orders; whoever sold one owns it.
    Order,
    /// Quotes; whoever makes one owns it.
    Quote,
    /// Contracts; whoever made one owns it.
    Contract,
    /// What somebody sold, in sums; their share is theirs.
    Figure,
    /// Who changed what.
    Audit,
}

impl Entity {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Site,
        Self::Location,
        Self::Stock,
        Self::Movement,
        Self::Task,
        Self::Exception,
        Self::Operator,
        Self::Edge,
        Self::Organisation,
        Self::Person,
        Self::Customer,
        Self::Payment,
        Self::Opportunity,
        Self::Ticket,
        Self::PriceList,
        Self::Order,
        Self::Quote,
        Self::Contract,
        Self::Figure,
        Self::Audit,
    ];

    /// The right to see records of this kind; none where being signed in is enough.
    #[must_use]
    pub const fn right(self) -> Option<Right> {
        match self {
            Self::Site | Self::Organisation => None,
            Self::Location | Self::Stock | Self::Movement => Some(Right::SeeStock),
            Self::Task | Self::Exception | Self::Operator => Some(Right::SeeWork),
            Self::Edge => Some(Right::SeeEdges),
            Self::Person => Some(Right::SeePeople),
            Self::Customer => Some(Right::SeeCustomers),
            Self::Payment => Some(Right::SeePayments),
            Self::Opportunity => Some(Right::SeeOpportunities),
            Self::Ticket => Some(Right::SeeTickets),
            Self::PriceList => Some(Right::SeePrices),
            Self::Order | Self::Quote | Self::Contract => Some(Right::SeeSales),
            Self::Figure => Some(Right::SeeFigures),
            Self::Audit => Some(Right::SeeAudit),
        }
    }

    /// Whether a record has an owner. Of those a role for the own records shows no others.
    #[must_use]
    pub const fn is_owned(self) -> bool {
        matches!(
            self,
            Self::Person
                | Self::Customer
                | Self::Opportunity
                | Self::Payment
                | Self::Ticket
                | Self::Order
                | Self::Quote
                | Self::Contract
                | Self::Figure
        )
    }

    /// The module that it is a part of, where that can be switched off.
    #[must_use]
    pub const fn module(self) -> Option<Module> {
        match self {
            Self::Location | Self::Stock | Self::Movement | Self::Task | Self::Exception | Self::Operator => Some(Module::Warehouse),
            Self::Edge => Some(Module::Edges),
            Self::Customer | Self::Opportunity => Some(Module::Crm),
            Self::Payment | Self::Order | Self::Quote | Self::Contract | Self::Figure => Some(Module::Sales),
            Self::Ticket => Some(Module::Service),
            Self::Site | Self::Organisation | Self::Person | Self::PriceList | Self::Audit => None,
        }
    }

    /// The table in which people have shares of such records, and its column of the record. Who has one sees the record; changing it is the
    /// business of those who own it or work on it.
    const fn shares(self) -> Option<(&'static str, &'static str)> {
        if matches!(self, Self::Order) { Some(("order_split", "order_id")) } else { None }
    }

    /// Its word, as in `collaborator.entity` and in field rights.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Location => "location",
            Self::Stock => "stock",
            Self::Movement => "movement",
            Self::Task => "task",
            Self::Exception => "exception",
            Self::Operator => "operator",
            Self::Edge => "edge",
            Self::Organisation => "organisation",
            Self::Person => "person",
            Self::Customer => "customer",
            Self::Payment => "payment",
            Self::Opportunity => "opportunity",
            Self::Ticket => "ticket",
            Self::PriceList => "price_list",
            Self::Order => "order",
            Self::Quote => "quote",
            Self::Contract => "contract",
            Self::Figure => "figure",
            Self::Audit => "audit",
        }
    }
}

/// So many sites or organisations are named one by one in a statement.
const FEW: usize = 64;

/// What somebody may see of one kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole chain, and what belongs to no organisation.
    All,
    /// These sites only; none at all when empty.
    Sites(Vec<SiteId>),
    /// A part of the tree of organisations.
    Within(Within),
}

/// A part of the tree, and whose records are seen beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    tree: Arc<Tree>,
    below: Vec<i64>,
    exactly: Vec<i64>,
    person: Option<i64>,
    shared: bool,
}

/// Whose a record is, for those kinds that have an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belongs {
    /// Its organisation.
    pub organisation: Option<i64>,
    /// Its owner.
    pub owner: Option<i64>,
    /// Whether the reader works on it beside its owner.
    pub collaborates: bool,
}

/// Whose a record is for everybody at once: its organisation, and the people who own it, work on it or have a share of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// Its organisation.
    pub organisation: i64,
    /// Its people.
    pub people: Vec<i64>,
}

impl Parties {
    /// Whose a record with an owner is; nobody's when there is none.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(db: &impl ConnectionTrait, columns: Owned<'_>, id: i64) -> Result<Option<Self>, DbErr> {
        let Owned { entity, table, organisation, owner, .. } = columns;
        let at = Sql::new(format!("SELECT {organisation} FROM {table} WHERE id = ")).bind(id).numbers(db).await?;
        let Some(organisation) = at.first().copied() else { return Ok(None) };
        let people = Sql::new(format!("SELECT {owner} FROM {table} WHERE {owner} IS NOT NULL AND id = ")).bind(id);
        let people = people.text(" UNION SELECT person_id FROM collaborator WHERE entity = ").bind(entity.word());
        let mut people = people.text(" AND record_id = ").bind(id);
        if let Some((shares, record)) = entity.shares() {
            people = people.text(&format!(" UNION SELECT person_id FROM {shares} WHERE {record} = ")).bind(id);
        }
        Ok(Some(Self { organisation, people: people.numbers(db).await? }))
    }
}

/// The columns that say whose a record is. Names are part of the program.
#[derive(Debug, Clone, Copy)]
pub struct Owned<'a> {
    /// What kind of record.
    pub entity: Entity,
    /// Its table.
    pub table: &'a str,
    /// Column of its number, as the statement calls it.
    pub id: &'a str,
    /// Column of its organisation in the table.
    pub organisation: &'a str,
    /// Column of its owner in the table.
    pub owner: &'a str,
}

/// The part of the chain that a reader asks for: all that they may see when nothing is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Part {
    /// At this site.
    #[serde(deserialize_with = "given")]
    pub site: Option<i64>,
    /// At this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
}

/// The one scope function: what somebody may see of a kind of record.
#[must_use]
pub fn of(actor: &Actor, entity: Entity) -> Scope {
    let own_off = |module| actor.organisation.is_some_and(|own| !actor.tree.enabled(own, module));
    if entity.module().is_some_and(own_off) || entity.right().is_some_and(|right| !actor.has(right)) {
        return Scope::Sites(Vec::new());
    }
    match with(actor, entity, entity.right()) {
        Scope::Within(within) => Scope::Within(Within { shared: true, ..within }),
        other => other,
    }
}

/// As [`of`], for somebody who asks for such records: refused with the reason when they see none at all.
///
/// # Errors
/// A 403 problem when none of the reader's roles lets them see any, or the module is switched off for their organisation.
pub fn asked(actor: &Actor, entity: Entity) -> Result<Scope, Problem> {
    if let Some(right) = entity.right() {
        actor.may(right)?;
    }
    let off = actor.organisation.map(|own| actor.tree.switched_off(own)).unwrap_or_default();
    if entity.module().is_some_and(|module| off.contains(&module)) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "module_on",
            "您的组织没有启用这个模块。",
            "This module is switched off for your organisation.",
        )
        .who(Who::Admin));
    }
    Ok(of(actor, entity))
}

/// Where somebody has a right over records of a kind. Of those that they only have a share of they have none.
#[must_use]
pub fn with(actor: &Actor, entity: Entity, right: Option<Right>) -> Scope {
    let area = if entity.is_owned() { actor.area_of_others(right) } else { actor.area(right) };
    in_area(actor, area, entity.is_owned().then_some(actor.id))
}

/// A part of the chain, and somebody's own records beside it.
#[must_use]
pub fn of_area(actor: &Actor, area: Area) -> Scope {
    in_area(actor, area, Some(actor.id))
}

fn in_area(actor: &Actor, area: Area, person: Option<i64>) -> Scope {
    match area {
        Area::All => Scope::All,
        Area::Part { below, exactly } => Scope::Within(Within { tree: actor.tree.clone(), below, exactly, person, shared: false }),
    }
}

impl Within {
    fn holds(&self, organisation: i64) -> bool {
        self.exactly.contains(&organisation) || self.below.iter().any(|above| self.tree.is_within(organisation, *above))
    }

    /// The sites in it; one that is reached by two ways may come twice.
    fn sites(&self) -> impl Iterator<Item = i64> {
        let below = self.below.iter().flat_map(|organisation| self.tree.sites_of(*organisation, false));
        below.chain(self.exactly.iter().flat_map(|organisation| self.tree.sites_of(*organisation, true)))
    }

    /// The organisations in it.
    fn organisations(&self) -> impl Iterator<Item = i64> {
        self.tree.organisations().filter(|id| self.holds(*id))
    }

    /// The organisations in it, where they are few of the chain: a database finds by them what it is asked for. Of more it goes by something
    /// else, such as days, and passes over what is elsewhere.
    fn few(&self) -> Option<Vec<i64>> {
        let few: Vec<i64> = self.organisations().take(FEW + 1).collect();
        (few.len() <= FEW && few.len() * 50 <= self.tree.organisations().count()).then_some(few)
    }

    /// Adds `… IN (…)`: `column` is an organisation in it.
    fn reached(&self, sql: Sql, column: &str) -> Sql {
        match self.few() {
            Some(few) => sql.text(&format!("{column} IN ")).among(few),
            // No database reads an index by an expression.
            None => self.condition(sql.text(&format!("({column} + 0) IN (SELECT o.id FROM organisation o WHERE "))).text(")"),
        }
    }

    fn site_count(&self) -> usize {
        let below = self.below.iter().map(|organisation| self.tree.sites_of(*organisation, false).len());
        below.chain(self.exactly.iter().map(|organisation| self.tree.sites_of(*organisation, true).len())).sum()
    }

    /// The ranges of paths, the highest organisations first, none within another.
    fn ranges(&self) -> Vec<(String, String)> {
        let mut paths: Vec<&str> = self.below.iter().filter_map(|id| self.tree.node(*id)).map(|node| node.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup_by(|next, before| next.starts_with(*before));
        paths.into_iter().map(|path| (path.to_owned(), end_of(path))).collect()
    }

    /// Adds `(…)`: what `organisation o` must fulfil.
    fn condition(&self, mut sql: Sql) -> Sql {
        sql = sql.text("(o.id IN ").among(self.exactly.iter().copied());
        for (from, to) in self.ranges() {
            sql = sql.text(" OR (o.path >= ").bind(from).text(" AND o.path < ").bind(to).text(")");
        }
        sql.text(")")
    }
}

impl Scope {
    /// Whether records of this site are visible.
    #[must_use]
    pub fn sees(&self, site: SiteId) -> bool {
        match self {
            Self::All => true,
            Self::Sites(sites) => sites.contains(&site),
            Self::Within(within) => within.tree.organisation_of(site.0).is_some_and(|organisation| within.holds(organisation)),
        }
    }

    /// Whether a record that belongs to a site, or to none, is visible.
    #[must_use]
    pub fn sees_of(&self, site: Option<i64>) -> bool {
        site.map_or(*self == Self::All, |site| self.sees(SiteId(site)))
    }

    /// Whether a record that belongs to an organisation, or to none, is visible.
    #[must_use]
    pub fn sees_organisation(&self, organisation: Option<i64>) -> bool {
        match (self, organisation) {
            (Self::All, _) => true,
            (Self::Within(within), Some(organisation)) => within.holds(organisation),
            (Self::Within(_), None) | (Self::Sites(_), _) => false,
        }
    }

    /// Whether a record with an owner is visible: in reach, or the reader's own, or one the reader works on.
    #[must_use]
    pub fn sees_owned(&self, belongs: Belongs) -> bool {
        let own = match self {
            Self::Within(within) => within.person.is_some_and(|person| belongs.owner == Some(person) || belongs.collaborates),
            Self::All | Self::Sites(_) => false,
        };
        own || self.sees_organisation(belongs.organisation)
    }

    /// Whether a record of these is visible: in reach, or the reader's own.
    #[must_use]
    pub fn sees_of_parties(&self, parties: &Parties) -> bool {
        let own = matches!(self, Self::Within(Within { person: Some(person), .. }) if parties.people.contains(person));
        own || self.sees_organisation(Some(parties.organisation))
    }

    /// Lets a record through or answers as if it did not exist.
    ///
    /// # Errors
    /// A 404 problem.
    pub fn check(&self, site: Option<i64>) -> Result<(), Problem> {
        if self.sees_of(site) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// Lets a record of an organisation through or answers as if it did not exist.
    ///
    /// # Errors
    /// A 404 problem.
    pub fn check_organisation(&self, organisation: Option<i64>) -> Result<(), Problem> {
        if self.sees_organisation(organisation) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// The part of this scope that the reader asks for. For records of sites and organisations; those with an owner are then seen in
    /// reach only.
    ///
    /// # Errors
    /// A 404 problem that names the parameter when that part is not visible.
    pub fn at(self, tree: &Arc<Tree>, part: Part) -> Result<Self, Problem> {
        let scope = match part.below {
            None => self,
            Some(organisation) => self.below(tree, organisation).ok_or_else(|| Problem::not_found().field("below"))?,
        };
        match part.site.map(SiteId) {
            None => Ok(scope),
            Some(site) if scope.sees(site) => Ok(Self::Sites(vec![site])),
            Some(_) => Err(Problem::not_found().field("site")),
        }
    }

    /// As [`Scope::at`], where a reader who may see none of it is shown nothing instead of being refused.
    #[must_use]
    pub fn at_most(self, tree: &Arc<Tree>, part: Part) -> Self {
        self.at(tree, part).unwrap_or(Self::Sites(Vec::new()))
    }

    fn below(self, tree: &Arc<Tree>, organisation: i64) -> Option<Self> {
        tree.node(organisation)?;
        let whole = |exactly| Within { tree: tree.clone(), below: vec![organisation], exactly, person: None, shared: false };
        let beneath = |other: &i64| tree.is_within(*other, organisation);
        match self {
            Self::All => Some(Self::Within(whole(Vec::new()))),
            Self::Within(within) if !within.holds(organisation) => None,
            Self::Within(within) if within.below.iter().any(|above| tree.is_within(organisation, *above)) => {
                Some(Self::Within(whole(Vec::new())))
            }
            // The organisation alone, and what is seen beneath it by other roles.
            Self::Within(Within { below, exactly, .. }) => {
                let below = below.into_iter().filter(beneath).collect();
                Some(Self::Within(Within { below, ..whole(exactly.into_iter().filter(beneath).collect()) }))
            }
            Self::Sites(sites) => {
                let within = |site: &SiteId| tree.organisation_of(site.0).is_some_and(|of| tree.is_within(of, organisation));
                let sites: Vec<SiteId> = sites.into_iter().filter(within).collect();
                (!sites.is_empty()).then_some(Self::Sites(sites))
            }
        }
    }

    /// The same scope over a tree that was read later.
    #[must_use]
    pub fn with_tree(self, tree: Arc<Tree>) -> Self {
        match self {
            Self::Within(within) => Self::Within(Within { tree, ..within }),
            other => other,
        }
    }

    /// Adds ` AND …` to a statement for rows whose `column` is a site, or nothing when all is visible. `column` is part of the program.
    #[must_use]
    pub fn filter(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Sites(sites) => sql.text(&format!(" AND {column} IN ")).among(sites.iter().map(|site| site.0)),
            // A few sites are named: a database that is asked for those of a range of organisations guesses how many they are.
            Self::Within(within) if within.site_count() <= FEW => sql.text(&format!(" AND {column} IN ")).among(within.sites()),
            Self::Within(within) => {
                let sql =
                    sql.text(&format!(" AND {column} IN (SELECT w.id FROM site w JOIN organisation o ON o.id = w.organisation_id WHERE "));
                within.condition(sql).text(")")
            }
        }
    }

    /// Adds ` AND …` for rows whose `column` is an organisation. `column` is part of the program.
    #[must_use]
    pub fn filter_organisation(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Sites(_) => sql.text(" AND 1 = 0"),
            Self::Within(within) => {
                within.condition(sql.text(&format!(" AND {column} IN (SELECT o.id FROM organisation o WHERE "))).text(")")
            }
        }
    }

    /// Adds `(…)`: what `organisation o` must fulfil, for something that holds there and beneath it, to matter to the reader: it is in sight,
    /// or above what is.
    #[must_use]
    pub fn filter_holding(&self, sql: Sql) -> Sql {
        match self {
            Self::All => sql.text("(1 = 1)"),
            Self::Sites(_) => sql.text("(1 = 0)"),
            Self::Within(within) => {
                let above = within.below.iter().chain(&within.exactly).flat_map(|organisation| within.tree.down_to(*organisation));
                let above: std::collections::BTreeSet<i64> = above.collect();
                within.condition(sql.text("(")).text(" OR o.id IN ").among(above).text(")")
            }
        }
    }

    /// As [`Scope::filter`], for rows that are found by something else, such as the newest, or those of some items: of a wide scope that is
    /// what the database goes by, and passes over the few rows of other sites. Otherwise it would go through all sites in it.
    #[must_use]
    pub fn filter_last(&self, sql: Sql, column: &str) -> Sql {
        // No database reads an index by an expression.
        if self.is_wide() { self.filter(sql, &format!("({column} + 0)")) } else { self.filter(sql, column) }
    }

    /// As [`Scope::filter_last`], for rows whose `column` is an organisation.
    #[must_use]
    pub fn filter_organisation_last(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::Within(within) if within.site_count() <= FEW => sql.text(&format!(" AND {column} IN ")).among(within.organisations()),
            _ if self.is_wide() => self.filter_organisation(sql, &format!("({column} + 0)")),
            _ => self.filter_organisation(sql, column),
        }
    }

    /// Whether one site in fifty, or more, is in it.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        match self {
            Self::All => true,
            Self::Sites(_) => false,
            Self::Within(within) => within.site_count() * 50 >= within.tree.site_count(),
        }
    }

    /// Whether one site in four, or more, is in it: what is there lies about as dense as in the whole chain.
    #[must_use]
    pub fn is_large(&self) -> bool {
        match self {
            Self::All => true,
            Self::Sites(_) => false,
            Self::Within(within) => within.site_count() * 4 >= within.tree.site_count(),
        }
    }

    /// Adds ` AND …` for rows that have an owner.
    #[must_use]
    pub fn filter_owned(&self, sql: Sql, columns: Owned<'_>) -> Sql {
        let Owned { entity, table, id, organisation, owner } = columns;
        match self {
            Self::All => sql,
            Self::Sites(_) => sql.text(" AND 1 = 0"),
            Self::Within(within) => {
                // Lists of ids, each read by an index of its own. Of much of the chain such a list would be all there is: rows are found by
                // something else then, such as their state or being the newest, and those of other places are passed over.
                let alias = id.strip_suffix("id").unwrap_or_default();
                let (sql, next) = if within.few().is_some() {
                    let reached = format!(
                        " AND {id} IN (SELECT y.id FROM {table} y WHERE y.{organisation} IN (SELECT o.id FROM organisation o WHERE "
                    );
                    (within.condition(sql.text(&reached)).text(")"), " UNION ALL ".to_owned())
                } else {
                    (within.reached(sql.text(" AND ("), &format!("{alias}{organisation}")), format!(" OR {id} IN ("))
                };
                let Some(person) = within.person else { return sql.text(")") };
                let end = if within.few().is_some() { ")" } else { "))" };
                let sql = sql
                    .text(&format!("{next}SELECT y.id FROM {table} y WHERE y.{owner} = "))
                    .bind(person)
                    .text(" UNION ALL SELECT c.record_id FROM collaborator c WHERE c.entity = ")
                    .bind(entity.word())
                    .text(" AND c.person_id = ")
                    .bind(person);
                let sql = match entity.shares().filter(|_| within.shared) {
                    Some((shares, record)) => {
                        sql.text(&format!(" UNION ALL SELECT h.{record} FROM {shares} h WHERE h.person_id = ")).bind(person)
                    }
                    None => sql,
                };
                sql.text(end)
            }
        }
    }

    /// Adds ` AND …` for rows that are the share of a `person` in what an `organisation` did: in reach, or the reader's own.
    #[must_use]
    pub fn filter_shares(&self, sql: Sql, organisation: &str, person: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Within(Within { person: Some(own), .. }) if self.is_own_only() => sql.text(&format!(" AND {person} = ")).bind(*own),
            Self::Within(within) => {
                let sql = within.reached(sql.text(" AND ("), organisation);
                sql.bind_if(&format!(" OR {person} = "), within.person).text(")")
            }
            Self::Sites(_) => sql.text(" AND 1 = 0"),
        }
    }

    /// As [`Scope::filter_shares`], for rows `x` that are records of a kind of which people have shares.
    #[must_use]
    pub fn filter_shared(&self, sql: Sql, columns: Owned<'_>) -> Sql {
        let Owned { entity, table, id, organisation, .. } = columns;
        let Self::Within(within) = self else { return if *self == Self::All { sql } else { sql.text(" AND 1 = 0") } };
        let own = |sql: Sql, before: &str, after: &str| match entity.shares().zip(within.person) {
            Some(((shares, record), person)) => {
                let own = format!("{before}SELECT h.{record} FROM {shares} h WHERE h.person_id = ");
                sql.text(&own).bind(person).text(after)
            }
            None => sql,
        };
        if self.is_own_only() {
            return own(sql, &format!(" AND {id} IN ("), ")");
        }
        if let Some(few) = within.few() {
            let sql = sql.text(&format!(" AND {id} IN (SELECT y.id FROM {table} y WHERE y.{organisation} IN ")).among(few);
            return own(sql, " UNION ALL ", "").text(")");
        }
        let sql = within.reached(sql.text(" AND ("), &format!("x.{organisation}"));
        own(sql, &format!(" OR {id} IN ("), ")").text(")")
    }

    /// Whether nothing but the reader's own is in it.
    #[must_use]
    pub fn is_own_only(&self) -> bool {
        matches!(self, Self::Within(within) if within.person.is_some() && within.below.is_empty() && within.exactly.is_empty())
    }

    /// Adds the expression `whole` for rows whose `organisation` is in reach, `share` for the reader's own beside it.
    #[must_use]
    pub fn whole_or_share(&self, sql: Sql, organisation: &str, whole: &str, share: &str) -> Sql {
        match self {
            Self::Within(_) if self.is_own_only() => sql.text(share),
            Self::Within(within) => within.reached(sql.text("CASE WHEN "), organisation).text(&format!(" THEN {whole} ELSE {share} END")),
            Self::All | Self::Sites(_) => sql.text(whole),
        }
    }

    /// The same as [`Scope::filter`], for queries of entities.
    #[must_use]
    pub fn condition(&self, site: impl ColumnTrait) -> Condition {
        match self {
            Self::All => Cond::all(),
            Self::Sites(sites) => Cond::all().add(site.is_in(sites.iter().map(|site| site.0))),
            Self::Within(within) => {
                let mut organisations = Cond::any().add(Expr::col("id").is_in(within.exactly.iter().copied()));
                for (from, to) in within.ranges() {
                    organisations = organisations.add(Expr::col("path").gte(from).and(Expr::col("path").lt(to)));
                }
                let organisations = Query::select().column("id").from("organisation").cond_where(organisations).take();
                let sites =
                    Query::select().column("id").from("site").and_where(Expr::col("organisation_id").in_subquery(organisations)).take();
                Cond::all().add(site.into_simple_expr().in_subquery(sites))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::identity::{Grant, StoredRole};
    use crate::platform::organisation::tests::chain;

    fn grant(scope: &str, rights: &str, own: i64, chosen: &[i64]) -> Grant {
        let role = StoredRole {
            id: 1,
            code: "r".into(),
            name: String::new(),
            name_en: String::new(),
            built_in: true,
            scope: scope.into(),
            rights: rights.into(),
            fields: "{}".into(),
            codes_required: false,
            version: 1,
        };
        Grant::at(&role, Some(own), chosen.to_vec())
    }

    fn actor(own: i64, grants: Vec<Grant>) -> Actor {
        Actor { id: 7, login: "a".into(), name: "a".into(), organisation: Some(own), grants, tree: Arc::new(chain()) }
    }

    fn sites(scope: &Scope) -> Vec<i64> {
        [40, 50, 70].into_iter().filter(|site| scope.sees(SiteId(*site))).collect()
    }

    #[test]
    fn each_breadth_sees_its_own_part_of_the_chain() {
        let seen = |scope: &str, own, chosen: &[i64]| {
            let scope = of(&actor(own, vec![grant(scope, r#"["*"]"#, own, chosen)]), Entity::Stock);
            (sites(&scope), scope.sees_of(None))
        };
        assert_eq!(seen("all", 4, &[]), (vec![40, 50, 70], true));
        assert_eq!(seen("all", 4, &[6]), (vec![70], false));
        assert_eq!(seen("chosen", 1, &[2]), (vec![40, 50], false));
        assert_eq!(seen("chosen", 1, &[]), (vec![], false));
        assert_eq!(seen("below", 3, &[]), (vec![40, 50], false));
        assert_eq!(seen("own", 3, &[]), (vec![], false));
        assert_eq!(seen("own", 5, &[]), (vec![50], false));
        assert_eq!(seen("records", 5, &[]), (vec![50], false), "stock has no owner");
    }

    #[test]
    fn who_lacks_the_right_to_see_a_kind_of_record_sees_none_of_it() {
        let seller = actor(4, vec![grant("own", r#"["stock.see"]"#, 4, &[])]);
        assert_eq!(sites(&of(&seller, Entity::Stock)), [40]);
        assert_eq!(of(&seller, Entity::Task), Scope::Sites(vec![]));
        assert!(of(&seller, Entity::Site).sees(SiteId(40)));
    }

    #[test]
    fn what_is_switched_off_above_is_not_there() {
        let mut nodes: Vec<_> = (1..8).map(|id| (id, chain().node(id).unwrap().clone())).collect();
        nodes[2].1.switches.insert("edges".into(), false);
        let tree = Arc::new(Tree::new(nodes, [(40, 4), (50, 5), (70, 7)]));
        let mut manager = actor(4, vec![grant("below", r#"["*"]"#, 4, &[])]);
        manager.tree = tree;
        assert_eq!(of(&manager, Entity::Edge), Scope::Sites(vec![]));
        assert_eq!(sites(&of(&manager, Entity::Task)), [40]);
    }

    #[test]
    fn own_records_are_seen_wherever_they_are_and_others_only_in_reach() {
        let belongs = |organisation, owner, collaborates| Belongs { organisation: Some(organisation), owner: Some(owner), collaborates };
        let designer = of(&actor(4, vec![grant("records", r#"["*"]"#, 4, &[])]), Entity::Person);
        assert!(designer.sees_owned(belongs(7, 7, false)) && designer.sees_owned(belongs(4, 8, true)));
        assert!(!designer.sees_owned(belongs(4, 8, false)), "a colleague's");
        let manager = of(&actor(4, vec![grant("own", r#"["*"]"#, 4, &[])]), Entity::Person);
        assert!(manager.sees_owned(belongs(4, 8, false)) && !manager.sees_owned(belongs(5, 8, false)));
        assert!(manager.sees_owned(belongs(5, 7, false)));
    }

    #[test]
    fn a_share_is_seen_and_gives_no_right_to_change() {
        let seller = actor(4, vec![grant("records", r#"["sales.see","sales"]"#, 4, &[])]);
        let orders = Owned { entity: Entity::Order, table: "sales_order", id: "x.id", organisation: "organisation_id", owner: "owner_id" };
        let has_shares = |scope: Scope, columns| format!("{:?}", scope.filter_owned(Sql::default(), columns)).contains("order_split");
        assert!(has_shares(of(&seller, Entity::Order), orders));
        assert!(!has_shares(with(&seller, Entity::Order, Some(Right::Sales)), orders));
        assert!(!has_shares(of(&seller, Entity::Quote), Owned { entity: Entity::Quote, table: "quote", ..orders }));
        let parties = Parties { organisation: 5, people: vec![8, 7] };
        assert!(of(&seller, Entity::Order).sees_of_parties(&parties));
        assert!(!of(&seller, Entity::Order).sees_of_parties(&Parties { people: vec![8], ..parties.clone() }));
        assert!(Scope::All.sees_of_parties(&parties) && !Scope::Sites(vec![]).sees_of_parties(&parties));
    }

    #[test]
    fn a_foreign_site_is_answered_as_if_it_were_not_there() {
        let own = of(&actor(4, vec![grant("own", r#"["*"]"#, 4, &[])]), Entity::Task);
        assert!(own.check(Some(40)).is_ok());
        assert_eq!(own.check(Some(50)).unwrap_err().rule(), "not_found");
        assert_eq!(own.check(None).unwrap_err().rule(), "not_found");
        let (tree, site) = (Arc::new(chain()), |site| Part { site: Some(site), below: None });
        assert_eq!(own.clone().at(&tree, site(50)).unwrap_err().rule(), "not_found");
        assert_eq!(own.at(&tree, site(40)).unwrap(), Scope::Sites(vec![SiteId(40)]));
        assert_eq!(Scope::All.at(&tree, site(1)).unwrap(), Scope::Sites(vec![SiteId(1)]));
        assert!(Scope::All.check(None).is_ok());
    }

    #[test]
    fn a_reader_may_ask_for_a_part_of_what_they_see_and_for_no_more() {
        let tree = Arc::new(chain());
        let seen = |scope: Scope, site, below| scope.at(&tree, Part { site, below }).ok().map(|scope| sites(&scope));
        let below = |own, chosen: &[i64]| of(&actor(own, vec![grant("below", r#"["*"]"#, own, chosen)]), Entity::Task);
        assert_eq!(seen(Scope::All, None, Some(3)), Some(vec![40, 50]));
        assert_eq!(seen(Scope::All, None, Some(99)), None, "there is none");
        assert_eq!(seen(below(2, &[]), None, Some(4)), Some(vec![40]));
        assert_eq!(seen(below(3, &[]), None, Some(2)), None, "above what they see");
        assert_eq!(seen(below(3, &[]), None, Some(6)), None, "beside what they see");
        assert_eq!(seen(below(3, &[]), Some(50), Some(3)), Some(vec![50]));
        assert_eq!(seen(below(3, &[]), Some(50), Some(4)), None, "a site elsewhere");
        let both = actor(3, vec![grant("own", r#"["*"]"#, 3, &[]), grant("own", r#"["*"]"#, 4, &[]), grant("own", r#"["*"]"#, 7, &[])]);
        let both = of(&both, Entity::Task);
        assert_eq!(seen(both.clone(), None, None), Some(vec![40, 70]));
        assert_eq!(seen(both.clone(), None, Some(3)), Some(vec![40]), "the dealer alone, and the one store of another role");
        assert!(both.at(&tree, Part { site: None, below: Some(3) }).unwrap() != Scope::All);
        assert_eq!(Scope::Sites(vec![]).at_most(&tree, Part { site: None, below: Some(3) }), Scope::Sites(vec![]));
    }

    #[test]
    fn a_part_of_the_tree_is_one_range_however_many_sites_are_in_it() {
        let both = actor(4, vec![grant("chosen", r#"["*"]"#, 1, &[2, 4]), grant("own", r#"["*"]"#, 4, &[])]);
        let Scope::Within(within) = of(&both, Entity::Task) else { panic!("all") };
        assert_eq!(within.ranges(), [("/1/2/".to_owned(), "/1/20".to_owned())], "4 is beneath 2");
        let held = |path: &str| ("/1/2/".."/1/20").contains(&path);
        assert_eq!(["/1/2/", "/1/2/3/4/", "/1/20/", "/1/21/", "/1/"].map(held), [true, true, false, false, false]);
    }
}
