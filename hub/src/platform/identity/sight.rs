//! What somebody may do with fields of a record: the most that one of the roles allows which reach it. A role that says much of a field at
//! one store says nothing of it at another. Pure.

use super::actor::{Actor, Area};
use super::rights::{FieldRight, Right};

/// Which roles have a say.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// All of them: records of the chain as a whole, and whether a field is met at all.
    Anywhere,
    /// Those that reach a record of this organisation, or of none.
    At(Option<i64>),
    /// In each place of a part of the chain those that reach it; what holds in all of them.
    Throughout(Area),
}

/// Somebody's sight of fields.
#[derive(Debug, Clone)]
pub struct Sight<'a> {
    actor: &'a Actor,
    reach: Reach,
    own: bool,
}

impl Actor {
    /// Of records that belong to the chain as a whole, and of whether a field is met at all.
    #[must_use]
    pub const fn anywhere(&self) -> Sight<'_> {
        Sight { actor: self, reach: Reach::Anywhere, own: false }
    }

    /// Of a record of an organisation, or of none.
    #[must_use]
    pub const fn at(&self, organisation: Option<i64>) -> Sight<'_> {
        Sight { actor: self, reach: Reach::At(organisation), own: false }
    }

    /// Of all records in a part of the chain at once.
    #[must_use]
    pub const fn throughout(&self, area: Area) -> Sight<'_> {
        Sight { actor: self, reach: Reach::Throughout(area), own: false }
    }

    /// Of everything that a right reaches: for what narrows or sorts a list of it.
    #[must_use]
    pub fn in_lists(&self, right: Right) -> Sight<'_> {
        self.throughout(self.area(Some(right)))
    }

    /// Where this person may do with a field at least this.
    #[must_use]
    pub fn area_with(&self, entity: &str, field: &str, personal: bool, least: FieldRight) -> Area {
        let grants = self.grants.iter().filter(|grant| grant.fields.right(entity, field, personal) >= least);
        grants.fold(Area::nothing(), |sum, grant| sum.and(&grant.area))
    }
}

impl Sight<'_> {
    /// Of the record that is the person: everybody reads their own.
    #[must_use]
    pub fn of_own(self, own: bool) -> Self {
        Self { own, ..self }
    }

    /// What is allowed with a field. One that is `personal` by its definition is masked for whom no role says otherwise.
    #[must_use]
    pub fn right(&self, entity: &str, field: &str, personal: bool) -> FieldRight {
        let most = |reaches: &dyn Fn(&Area) -> bool| {
            let grants = self.actor.grants.iter().filter(|grant| reaches(&grant.area));
            grants.map(|grant| grant.fields.right(entity, field, personal)).max().unwrap_or(FieldRight::None)
        };
        let tree = &self.actor.tree;
        let right = match &self.reach {
            Reach::Anywhere => most(&|_| true),
            Reach::At(None) | Reach::Throughout(Area::All) => most(&|area| *area == Area::All),
            Reach::At(Some(organisation)) => most(&|area| area.holds(tree, *organisation)),
            Reach::Throughout(Area::Part { below, exactly }) => {
                let wide = below.iter().map(|id| Area::Part { below: vec![*id], exactly: Vec::new() });
                let narrow = exactly.iter().map(|id| Area::Part { below: Vec::new(), exactly: vec![*id] });
                wide.chain(narrow).map(|place| most(&|area| area.covers(tree, &place))).min().unwrap_or(FieldRight::Write)
            }
        };
        if self.own { right.max(FieldRight::Read) } else { right }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::platform::identity::{Grant, StoredRole};
    use crate::platform::organisation::tests::chain;

    fn grant(scope: &str, fields: &str, own: i64, chosen: &[i64]) -> Grant {
        let role = StoredRole {
            id: 1,
            code: "r".into(),
            name: "r".into(),
            name_en: "r".into(),
            built_in: true,
            scope: scope.into(),
            rights: r#"["people.see"]"#.into(),
            fields: fields.into(),
            codes_required: false,
            version: 1,
        };
        Grant::at(&role, Some(own), chosen.to_vec())
    }

    fn actor(grants: Vec<Grant>) -> Actor {
        Actor { id: 7, login: "li".into(), name: "李".into(), organisation: Some(4), grants, tree: Arc::new(chain()) }
    }

    #[test]
    fn a_word_on_a_field_reaches_as_far_as_its_role() {
        let both = actor(vec![
            grant("below", r#"{"person.phone":"write","person.grade":"read"}"#, 4, &[]),
            grant("all", r#"{"person.grade":"none"}"#, 4, &[]),
        ]);
        let phone = |sight: Sight<'_>| sight.right("person", "phone", false);
        assert_eq!((phone(both.anywhere()), phone(both.at(Some(4)))), (FieldRight::Write, FieldRight::Write));
        assert_eq!((phone(both.at(Some(5))), phone(both.at(None))), (FieldRight::Masked, FieldRight::Masked), "by the wider role");
        assert_eq!(both.in_lists(Right::SeePeople).right("person", "grade", false), FieldRight::None, "the chain is more than the store");
        assert_eq!(both.area_with("person", "grade", false, FieldRight::Read), both.grants[0].area);
        assert_eq!(phone(both.at(Some(5)).of_own(true)), FieldRight::Read);
    }

    #[test]
    fn throughout_a_part_is_what_holds_in_every_place_of_it() {
        let some = actor(vec![grant("own", r#"{"person.phone":"write"}"#, 4, &[]), grant("chosen", r#"{"person.phone":"read"}"#, 4, &[5])]);
        let area = |below: &[i64], exactly: &[i64]| Area::Part { below: below.to_vec(), exactly: exactly.to_vec() };
        let phone = |area: Area| some.throughout(area).right("person", "phone", false);
        assert_eq!(phone(area(&[], &[4])), FieldRight::Write);
        assert_eq!(phone(area(&[5], &[4])), FieldRight::Read);
        assert_eq!(phone(area(&[4], &[])), FieldRight::None, "what comes beneath later is out of reach");
        assert_eq!((phone(Area::All), phone(Area::nothing())), (FieldRight::None, FieldRight::Write));
    }
}
