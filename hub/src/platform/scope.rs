//! What a reader may see. Every list, count, single record and event stream asks [`visible_sites`], and nothing else decides it.

use qitao_domain::ids::SiteId;

use super::identity::{Actor, Role};
use super::sql::Sql;
use crate::http::problem::Problem;

/// The sites whose records somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole chain, and what belongs to no site.
    All,
    /// These sites only; none at all when empty.
    Sites(Vec<SiteId>),
}

/// The one scope function.
#[must_use]
pub fn visible_sites(actor: &Actor) -> Scope {
    match (actor.role, actor.site) {
        (Role::Admin, _) | (Role::Auditor, None) => Scope::All,
        (_, Some(site)) => Scope::Sites(vec![site]),
        (_, None) => Scope::Sites(Vec::new()),
    }
}

impl Scope {
    /// Whether records of this site are visible.
    #[must_use]
    pub fn sees(&self, site: SiteId) -> bool {
        match self {
            Self::All => true,
            Self::Sites(sites) => sites.contains(&site),
        }
    }

    /// Whether a record that belongs to a site, or to none, is visible.
    #[must_use]
    pub fn sees_of(&self, site: Option<i64>) -> bool {
        site.map_or(*self == Self::All, |site| self.sees(SiteId(site)))
    }

    /// Lets a record through or answers as if it did not exist.
    ///
    /// # Errors
    /// A 404 problem.
    pub fn check(&self, site: Option<i64>) -> Result<(), Problem> {
        if self.sees_of(site) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// The part of this scope at one site, when the reader asks for one.
    ///
    /// # Errors
    /// A 404 problem when that site is not visible.
    pub fn at(self, site: Option<i64>) -> Result<Self, Problem> {
        match site.map(SiteId) {
            None => Ok(self),
            Some(site) if self.sees(site) => Ok(Self::Sites(vec![site])),
            Some(_) => Err(Problem::not_found()),
        }
    }

    /// Adds ` AND column IN (…)` to a statement, or nothing when all is visible. `column` is part of the program.
    #[must_use]
    pub fn filter(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Sites(sites) => sql.text(&format!(" AND {column} IN ")).list(sites.iter().map(|site| site.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role, site: Option<i64>) -> Actor {
        Actor { id: 1, login: "a".into(), name: "a".into(), role, site: site.map(SiteId) }
    }

    #[test]
    fn only_admins_and_auditors_of_the_chain_see_everything() {
        assert_eq!(visible_sites(&actor(Role::Admin, Some(1))), Scope::All);
        assert_eq!(visible_sites(&actor(Role::Auditor, None)), Scope::All);
        assert_eq!(visible_sites(&actor(Role::Auditor, Some(3))), Scope::Sites(vec![SiteId(3)]));
        for role in [Role::Manager, Role::Warehouse] {
            assert_eq!(visible_sites(&actor(role, Some(2))), Scope::Sites(vec![SiteId(2)]));
            assert_eq!(visible_sites(&actor(role, None)), Scope::Sites(vec![]));
        }
    }

    #[test]
    fn a_foreign_site_is_answered_as_if_it_were_not_there() {
        let own = Scope::Sites(vec![SiteId(2)]);
        assert!(own.check(Some(2)).is_ok());
        assert_eq!(own.check(Some(1)).unwrap_err().rule(), "not_found");
        assert_eq!(own.check(None).unwrap_err().rule(), "not_found");
        assert_eq!(own.clone().at(Some(1)).unwrap_err().rule(), "not_found");
        assert_eq!(Scope::All.at(Some(1)).unwrap(), Scope::Sites(vec![SiteId(1)]));
        assert!(Scope::All.check(None).is_ok());
    }
}
