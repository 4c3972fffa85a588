//! What a reader may see. Every list, count, sum, search, single record and event stream asks [`of`], and nothing else decides it.
//!
//! A record belongs to a site, to an organisation, or to a person within an organisation. A scope is a part of the tree of organisations,
//! and of records with an owner also those that the reader owns or works on. In SQL a part of the tree is a range of paths, however many
//! organisations are in it.

mod entity;
mod filters;
mod listed;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::http::StatusCode;
use qitao_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Deserialize;
use utoipa::IntoParams;

pub use entity::Entity;
use entity::PartOf;
pub use listed::Listed;

use super::identity::{Actor, Area, Right};
use super::organisation::{Tree, end_of};
use super::sql::Sql;
use crate::http::extract::given;
use crate::http::problem::{Problem, Who};

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

/// Whose a record is for everybody at once: its organisation, and the people who own it, work on it or have a share of it, or of what it is a
/// part of.
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
        for PartOf { column, whole, table: above, owner } in entity.part_of() {
            let from = format!("FROM {table} y JOIN {above} z ON z.id = y.{column}");
            people = people.text(&format!(" UNION SELECT z.{owner} {from} WHERE z.{owner} IS NOT NULL AND y.id = ")).bind(id);
            people = people.text(&format!(" UNION SELECT k.person_id {from} JOIN collaborator k ON k.record_id = z.id WHERE k.entity = "));
            people = people.bind(whole.word()).text(" AND y.id = ").bind(id);
            if let Some((shares, record)) = whole.shares() {
                people =
                    people.text(&format!(" UNION SELECT h.person_id {from} JOIN {shares} h ON h.{record} = z.id WHERE y.id = ")).bind(id);
            }
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

impl Owned<'_> {
    /// How the statement calls the table, with a dot behind it.
    fn alias(&self) -> &str {
        self.id.strip_suffix("id").unwrap_or_default()
    }

    /// The column of its organisation, as the statement calls it.
    fn at(&self) -> String {
        format!("{}{}", self.alias(), self.organisation)
    }
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

/// Where somebody has a right over records of a kind. Of those that they only have a share of, or of whose whole they have one, they have none.
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
            None => self.found(sql, &format!("({column} + 0)")),
        }
    }

    /// As [`Within::reached`], by an index of the column.
    fn found(&self, sql: Sql, column: &str) -> Sql {
        self.condition(sql.text(&format!("{column} IN (SELECT o.id FROM organisation o WHERE "))).text(")")
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
}
