//! Somebody who is signed in: who, where, and what they may do where. Pure; rows are read in `store`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rights::Right;
use super::role::{Breadth, Fields, StoredRole};
use crate::http::problem::{Problem, Who};
use crate::platform::organisation::Tree;
use crate::platform::vault::PERSONAL;

/// A part of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// All of it, and what belongs to no organisation.
    All,
    /// Some organisations; none at all when empty.
    Part {
        /// These and all beneath them.
        below: Vec<i64>,
        /// These alone.
        exactly: Vec<i64>,
    },
}

impl Area {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Part { below: Vec::new(), exactly: Vec::new() }
    }

    /// This and another together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Part { mut below, mut exactly }, Self::Part { below: more_below, exactly: more }) => {
                below.extend(more_below);
                exactly.extend(more);
                below.sort_unstable();
                below.dedup();
                exactly.sort_unstable();
                exactly.dedup();
                Self::Part { below, exactly }
            }
        }
    }

    /// Whether an organisation is in it.
    #[must_use]
    pub fn holds(&self, tree: &Tree, organisation: i64) -> bool {
        match self {
            Self::All => true,
            Self::Part { below, exactly } => {
                exactly.contains(&organisation) || below.iter().any(|above| tree.is_within(organisation, *above))
            }
        }
    }

    /// Whether everything in `other` is in this one too, also what may come beneath it later.
    #[must_use]
    pub fn covers(&self, tree: &Tree, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Part { .. }, Self::All) => false,
            (Self::Part { below: mine, .. }, Self::Part { below, exactly }) => {
                let whole = |organisation: &i64| mine.iter().any(|above| tree.is_within(*organisation, *above));
                below.iter().all(whole) && exactly.iter().all(|organisation| self.holds(tree, *organisation))
            }
        }
    }
}

/// A role that somebody has, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Number of the role.
    pub role: i64,
    /// Its code.
    pub code: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// What it allows.
    pub rights: BTreeSet<Right>,
    /// Where it allows that.
    pub area: Area,
    /// Of records that have an owner, the own ones only.
    pub records: bool,
    /// What it allows with single fields.
    pub fields: Fields,
    /// Whether it asks for one-time codes.
    pub codes_required: bool,
}

impl Grant {
    /// A role at a person's place: at the chosen organisations, or else at the person's own.
    #[must_use]
    pub fn at(role: &StoredRole, own: Option<i64>, chosen: Vec<i64>) -> Self {
        let breadth = role.breadth();
        let any_chosen = !chosen.is_empty();
        let places = if any_chosen { chosen } else { own.into_iter().collect() };
        let area = match breadth {
            Breadth::All if !any_chosen => Area::All,
            Breadth::Chosen if !any_chosen => Area::nothing(),
            Breadth::All | Breadth::Chosen | Breadth::Below => Area::Part { below: places, exactly: Vec::new() },
            Breadth::Own | Breadth::Records => Area::Part { below: Vec::new(), exactly: places },
        };
        Self {
            role: role.id,
            code: role.code.clone(),
            name: role.name.clone(),
            name_en: role.name_en.clone(),
            rights: role.rights(),
            area,
            records: breadth == Breadth::Records,
            fields: role.fields(),
            codes_required: role.codes_required,
        }
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Number of the person.
    pub id: i64,
    /// What they log in with, and what stands as the author of their changes.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// Where they belong.
    pub organisation: Option<i64>,
    /// What they may do, where.
    pub grants: Vec<Grant>,
    /// The chain's organisations as they were when this was read.
    pub tree: Arc<Tree>,
}

impl Actor {
    /// The person whom a filter of a list names: their number, or `me` for this one.
    ///
    /// # Errors
    /// A 400 problem that names the filter.
    pub fn named(&self, field: &'static str, given: Option<&str>) -> Result<Option<i64>, Problem> {
        match given {
            None => Ok(None),
            Some("me") => Ok(Some(self.id)),
            Some(number) => number.parse().map(Some).map_err(|_| Problem::filter_value(field)),
        }
    }

    /// Whether this person has a right anywhere.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.grants.iter().any(|grant| grant.rights.contains(&right))
    }

    /// Goes on only when this person has the right anywhere.
    ///
    /// # Errors
    /// A 403 problem that says who may.
    pub fn may(&self, right: Right) -> Result<(), Problem> {
        if self.has(right) { Ok(()) } else { Err(Problem::forbidden(right.who())) }
    }

    /// Goes on only when this person has the right at this organisation.
    ///
    /// # Errors
    /// A 403 problem that says who may.
    pub fn may_at(&self, right: Right, organisation: Option<i64>) -> Result<(), Problem> {
        let area = self.area(Some(right));
        let holds = organisation.map_or(area == Area::All, |organisation| area.holds(&self.tree, organisation));
        if holds { Ok(()) } else { Err(Problem::forbidden(right.who())) }
    }

    fn together<'a>(&'a self, which: impl Fn(&Grant) -> bool + 'a) -> Area {
        self.grants.iter().filter(|grant| which(grant)).fold(Area::nothing(), |sum, grant| sum.and(&grant.area))
    }

    /// Where this person has a right; of any role when none is asked for.
    #[must_use]
    pub fn area(&self, right: Option<Right>) -> Area {
        self.together(|grant| right.is_none_or(|right| grant.rights.contains(&right)))
    }

    /// Where this person has a right over records of whomever.
    #[must_use]
    pub fn area_of_others(&self, right: Option<Right>) -> Area {
        self.together(|grant| !grant.records && right.is_none_or(|right| grant.rights.contains(&right)))
    }

    /// Whether this person may do all that these grants allow, everywhere they allow it: only then may they give or take them. `personal` are
    /// the fields that are masked by their definition, as roles name them.
    ///
    /// # Errors
    /// A 403 problem that names the role.
    pub fn covers(&self, grants: &[Grant], personal: &BTreeSet<String>) -> Result<(), Problem> {
        for grant in grants {
            let right_is_covered = |right: &Right| {
                self.area(Some(*right)).covers(&self.tree, &grant.area)
                    && (grant.records || self.area_of_others(Some(*right)).covers(&self.tree, &grant.area))
            };
            let giver = self.throughout(grant.area.clone());
            let named = grant.fields.0.keys().chain(self.grants.iter().flat_map(|mine| mine.fields.0.keys())).chain(personal);
            let field_is_covered = |name: &String| {
                let (entity, field) = name.split_once('.').unwrap_or((name, "*"));
                // A word on all fields is one on those too that are masked without it.
                let all = if field == "*" { PERSONAL.as_slice() } else { &[] };
                let is_personal = personal.contains(name);
                let is_covered = |field: &str| grant.fields.right(entity, field, is_personal) <= giver.right(entity, field, is_personal);
                all.iter().chain([&field]).all(|field| is_covered(field))
            };
            // A role without any right still reaches somewhere: nothing may be wider than the giver.
            let place_is_covered = self.area(None).covers(&self.tree, &grant.area);
            if !place_is_covered || !grant.rights.iter().all(right_is_covered) || !named.into_iter().all(field_is_covered) {
                return Err(Problem::new(
                    axum::http::StatusCode::FORBIDDEN,
                    "wider_than_own",
                    format!("角色“{}”的权限或范围超出您自己的，不能由您授予或更改。", grant.name),
                    format!(
                        "The role {} allows more, or reaches further, than your own roles; you may neither give nor change it.",
                        grant.code
                    ),
                )
                .field("roles")
                .who(Who::Admin));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::identity::FieldRight;
    use crate::platform::organisation::tests::chain;

    fn role(code: &str, scope: &str, rights: &str, fields: &str) -> StoredRole {
        StoredRole {
            id: 1,
            code: code.into(),
            name: code.into(),
            name_en: code.into(),
            built_in: true,
            scope: scope.into(),
            rights: rights.into(),
            fields: fields.into(),
            codes_required: false,
            version: 1,
        }
    }

    fn actor(organisation: i64, grants: Vec<Grant>) -> Actor {
        Actor { id: 7, login: "li".into(), name: "李".into(), organisation: Some(organisation), grants, tree: Arc::new(chain()) }
    }

    #[test]
    fn rights_hold_where_their_role_reaches_and_not_where_another_one_does() {
        let manager = role("store_manager", "below", r#"["stock.see","tasks"]"#, "{}");
        let auditor = role("auditor", "all", r#"["stock.see"]"#, "{}");
        let both = actor(4, vec![Grant::at(&manager, Some(4), vec![]), Grant::at(&auditor, Some(4), vec![])]);
        assert_eq!(both.area(Some(Right::SeeStock)), Area::All);
        assert!(both.may_at(Right::Tasks, Some(4)).is_ok());
        assert_eq!(both.may_at(Right::Tasks, Some(5)).unwrap_err().rule(), "role");
        assert!(both.may_at(Right::Tasks, None).is_err());
    }

    #[test]
    fn chosen_organisations_stand_in_for_the_own_one_and_narrow_the_whole_chain() {
        let below = |organisations: &[i64]| Area::Part { below: organisations.to_vec(), exactly: vec![] };
        let with = |scope: &str, chosen: Vec<i64>| Grant::at(&role("r", scope, "[]", "{}"), Some(4), chosen).area;
        assert_eq!(with("all", vec![]), Area::All);
        assert_eq!(with("all", vec![3]), below(&[3]));
        assert_eq!(with("chosen", vec![]), Area::nothing());
        assert_eq!(with("below", vec![]), below(&[4]));
        assert_eq!(with("below", vec![2, 5]), below(&[2, 5]));
        assert_eq!(with("own", vec![]), Area::Part { below: vec![], exactly: vec![4] });
    }

    #[test]
    fn nobody_gives_more_than_they_have_themselves() {
        let owner = role("dealer_owner", "below", r#"["people","tasks","stock.see"]"#, r#"{"customer.phone":"read"}"#);
        let dealer = actor(3, vec![Grant::at(&owner, Some(3), vec![])]);
        let give = |scope: &str, rights: &str, fields: &str, at: i64| {
            dealer
                .covers(&[Grant::at(&role("given", scope, rights, fields), Some(at), vec![])], &BTreeSet::from(["person.home".to_owned()]))
        };
        assert!(give("below", r#"["tasks"]"#, "{}", 4).is_ok());
        assert!(give("records", r#"["stock.see"]"#, "{}", 4).is_ok());
        assert!(give("below", r#"["tasks"]"#, "{}", 2).is_err(), "above the giver");
        assert!(give("below", r#"["tasks"]"#, "{}", 6).is_err(), "beside the giver");
        assert!(give("all", "[]", "{}", 4).is_err(), "the whole chain, even to do nothing");
        assert!(give("own", r#"["edges"]"#, "{}", 4).is_err(), "a right the giver lacks");
        assert!(give("own", "[]", r#"{"customer.phone":"write"}"#, 4).is_err(), "a field the giver may only read");
        assert!(give("own", "[]", r#"{"*":"write"}"#, 4).is_err(), "every field");
        assert!(give("own", "[]", r#"{"person.home":"write"}"#, 4).is_err(), "a field that its definition masks");
        assert!(give("own", "[]", r#"{"person.badge":"write","person.home":"masked"}"#, 4).is_ok());
        let store = role("store", "own", r#"["people"]"#, r#"{"customer.phone":"write"}"#);
        let two = actor(3, vec![Grant::at(&owner, Some(3), vec![]), Grant::at(&store, Some(4), vec![])]);
        let phone = |at: i64| {
            two.covers(&[Grant::at(&role("given", "own", "[]", r#"{"customer.phone":"write"}"#), Some(at), vec![])], &BTreeSet::new())
        };
        assert!(phone(4).is_ok() && phone(5).is_err(), "a field where the giver may write it, not elsewhere");
        let narrow = actor(4, vec![Grant::at(&role("x", "own", r#"["people"]"#, "{}"), Some(4), vec![])]);
        assert!(
            narrow.covers(&[Grant::at(&role("y", "below", r#"["people"]"#, "{}"), Some(4), vec![])], &BTreeSet::new()).is_err(),
            "also what comes beneath later"
        );
    }

    #[test]
    fn the_most_that_one_role_allows_with_a_field_counts() {
        let (a, b) = (role("a", "own", "[]", r#"{"customer.phone":"none"}"#), role("b", "own", "[]", r#"{"customer.phone":"read"}"#));
        let both = actor(4, vec![Grant::at(&a, Some(4), vec![]), Grant::at(&b, Some(4), vec![])]);
        assert_eq!(both.anywhere().right("customer", "phone", false), FieldRight::Read);
        assert_eq!(actor(4, vec![]).anywhere().right("customer", "phone", false), FieldRight::None);
    }
}
