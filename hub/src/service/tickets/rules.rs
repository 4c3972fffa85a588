//! What a ticket needs, and what may stand in it. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::states::{Kind, State};
use crate::platform::fields::model::{Choice, OptionList};
use crate::platform::identity::FieldRight;

/// The option list of kinds of fault.
const FAULTS: &str = "ticket_fault";
/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// Most characters of what was found, done, said.
pub const TEXT: usize = 2_000;
/// Most cartons that one ticket expects.
pub const MOST_CARTONS: i64 = 500;
/// Most kinds of goods of one ticket.
pub const MOST_GOODS: usize = 100;

/// What is needed to complete a ticket of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketNeeds)]
pub struct Needs {
    /// So many photos at least.
    #[schema(minimum = 0, maximum = 20)]
    pub photos: u8,
    /// The customer's signature.
    pub signature: bool,
    /// All cartons scanned, where the ticket has any.
    pub cartons: bool,
}

/// What a house has set for service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServiceSettings)]
pub struct Settings {
    /// To complete a delivery and installation.
    pub delivery_install: Needs,
    /// To complete an after-sales ticket.
    pub after_sales: Needs,
    /// A check-in farther than so many metres from the customer's place is flagged.
    #[schema(minimum = 50, maximum = 100_000)]
    pub far_m: u32,
    /// So many days after completion the return visit is due.
    #[schema(minimum = 0, maximum = 365)]
    pub return_visit_days: u16,
    /// So many days a customer can answer the survey.
    #[schema(minimum = 1, maximum = 365)]
    pub survey_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delivery_install: Needs { photos: 1, signature: true, cartons: true },
            after_sales: Needs { photos: 1, signature: true, cartons: false },
            far_m: 500,
            return_visit_days: 3,
            survey_days: 30,
        }
    }
}

impl Settings {
    /// What a kind of ticket needs.
    #[must_use]
    pub fn needs(&self, kind: Kind) -> Needs {
        match kind {
            Kind::DeliveryInstall => self.delivery_install,
            Kind::AfterSales => self.after_sales,
            Kind::ReturnVisit => Needs::default(),
        }
    }

    /// The field that is out of its bounds.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        [
            ("delivery_install.photos", self.delivery_install.photos <= 20),
            ("after_sales.photos", self.after_sales.photos <= 20),
            ("far_m", (50..=100_000).contains(&self.far_m)),
            ("return_visit_days", self.return_visit_days <= 365),
            ("survey_days", (1..=365).contains(&self.survey_days)),
        ]
        .into_iter()
        .find_map(|(field, fits)| (!fits).then_some(field))
    }
}

/// What a ticket has so far of what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Has {
    /// Photos.
    pub photos: i64,
    /// Signatures.
    pub signatures: i64,
    /// Cartons that are expected and were not scanned.
    pub cartons_left: i64,
}

/// Something that is needed and not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Photos.
    Photos,
    /// The signature.
    Signature,
    /// Cartons.
    Cartons,
}

impl Missing {
    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Photos => ("照片", "photos"),
            Self::Signature => ("签字", "the signature"),
            Self::Cartons => ("未扫的包件", "cartons that were not scanned"),
        }
    }
}

impl Needs {
    /// What is missing.
    #[must_use]
    pub fn missing(&self, has: Has) -> Vec<Missing> {
        [
            (Missing::Photos, has.photos < i64::from(self.photos)),
            (Missing::Signature, self.signature && has.signatures == 0),
            (Missing::Cartons, self.cartons && has.cartons_left > 0),
        ]
        .into_iter()
        .filter_map(|(what, lacks)| lacks.then_some(what))
        .collect()
    }
}

/// What can be chosen for tickets, as the settings have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TicketChoices)]
pub struct Choices {
    /// Kinds of fault.
    pub faults: Vec<Choice>,
}

impl Choices {
    /// Those of the option lists.
    #[must_use]
    pub fn of(lists: &BTreeMap<String, OptionList>) -> Self {
        Self { faults: lists.get(FAULTS).map(|list| list.options.clone()).unwrap_or_default() }
    }

    /// Whether a kind of fault may be chosen; none is one, and what a ticket has stays.
    #[must_use]
    pub fn has_fault(&self, code: &str, was: &str) -> bool {
        code.is_empty() || code == was || self.faults.iter().any(|option| option.code == code && option.active)
    }

    /// Title of a kind of fault in a language.
    #[must_use]
    pub fn fault(&self, code: &str, zh: bool) -> String {
        let found = self.faults.iter().find(|option| option.code == code);
        found.map_or_else(
            || code.to_owned(),
            |option| if zh || option.title_en.is_empty() { &option.title } else { &option.title_en }.clone(),
        )
    }
}

/// How much of the customer's name, phone and address whoever has the ticket sees: all from when they have taken it until it is done, for they
/// call, drive and ring; before and after no more than their roles say.
#[must_use]
pub const fn contact_right(by_roles: FieldRight, has_it: bool, state: State) -> FieldRight {
    if has_it && state.is_at_work() && matches!(by_roles, FieldRight::None | FieldRight::Masked) { FieldRight::Read } else { by_roles }
}

/// When a phone says that something was done: as it says, where that can be; when it arrived otherwise.
#[must_use]
pub fn done_at(made_ms: Option<i64>, now_ms: i64) -> i64 {
    made_ms.filter(|made| (now_ms - 30 * DAY_MS..=now_ms).contains(made)).unwrap_or(now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_nothing_else() {
        let needs = Settings::default().needs(Kind::DeliveryInstall);
        assert_eq!(needs.missing(Has { cartons_left: 1, ..Has::default() }), [Missing::Photos, Missing::Signature, Missing::Cartons]);
        assert_eq!(needs.missing(Has { photos: 1, signatures: 1, cartons_left: 0 }), []);
        assert_eq!(Settings::default().needs(Kind::AfterSales).missing(Has { photos: 2, signatures: 1, cartons_left: 3 }), []);
        assert_eq!(Settings::default().needs(Kind::ReturnVisit).missing(Has::default()), []);
    }

    #[test]
    fn whoever_works_on_it_sees_the_customer_and_nobody_more_than_before() {
        use FieldRight::{Masked, None, Read, Write};
        for (by_roles, has_it, state, wanted) in [
            (Masked, true, State::Dispatched, Masked),
            (Masked, true, State::Accepted, Read),
            (None, true, State::OnSite, Read),
            (Write, true, State::OnSite, Write),
            (Masked, true, State::Completed, Masked),
            (Masked, false, State::OnSite, Masked),
        ] {
            assert_eq!(contact_right(by_roles, has_it, state), wanted, "{by_roles:?} {has_it} {state:?}");
        }
    }

    #[test]
    fn settings_out_of_bounds_are_named_and_a_clock_that_goes_wrong_is_not_believed() {
        assert_eq!(Settings::default().fault(), Option::None);
        assert_eq!(Settings { far_m: 1, ..Settings::default() }.fault(), Some("far_m"));
        let now = 1_000 * DAY_MS;
        for (made, wanted) in [(None, now), (Some(now - 5), now - 5), (Some(now + 1), now), (Some(0), now), (Some(i64::MIN), now)] {
            assert_eq!(done_at(made, now), wanted);
        }
    }
}
