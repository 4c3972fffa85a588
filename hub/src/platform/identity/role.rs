//! Roles: rows of the database that say what their people may do, and where.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rights::{FieldRight, Right};
use crate::platform::vault::PERSONAL;

/// The roles that come with the hub. What they may do is data; their codes are fixed, for the command line and the first start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs the hub.
    Admin,
    /// Reads the chain's figures.
    Analyst,
    /// Leads chosen regions.
    RegionManager,
    /// Owns a dealership and all beneath it.
    DealerOwner,
    /// Leads a store or warehouse.
    Manager,
    /// Sells.
    Sales,
    /// Designs.
    Designer,
    /// Works in a warehouse.
    Warehouse,
    /// Sends people out.
    Dispatcher,
    /// Delivers and installs.
    Installer,
    /// Answers customers.
    CustomerService,
    /// Keeps the books.
    Finance,
    /// Reads, changes nothing.
    Auditor,
}

impl Role {
    /// Every built-in role.
    pub const ALL: [Self; 13] = [
        Self::Admin,
        Self::Analyst,
        Self::RegionManager,
        Self::DealerOwner,
        Self::Manager,
        Self::Sales,
        Self::Designer,
        Self::Warehouse,
        Self::Dispatcher,
        Self::Installer,
        Self::CustomerService,
        Self::Finance,
        Self::Auditor,
    ];

    /// Its code in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "administrator",
            Self::Analyst => "analyst",
            Self::RegionManager => "region_manager",
            Self::DealerOwner => "dealer_owner",
            Self::Manager => "store_manager",
            Self::Sales => "sales",
            Self::Designer => "designer",
            Self::Warehouse => "warehouse",
            Self::Dispatcher => "dispatcher",
            Self::Installer => "installer",
            Self::CustomerService => "customer_service",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a code; `admin` and `manager` are short for the two that are typed most.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "admin" => Some(Self::Admin),
            "manager" => Some(Self::Manager),
            _ => Self::ALL.into_iter().find(|role| role.word() == word),
        }
    }
}

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Breadth {
    /// The whole chain; the chosen organisations and what is beneath them where some are chosen.
    All,
    /// The chosen organisations and what is beneath them.
    Chosen,
    /// The own organisation and what is beneath it.
    Below,
    /// The own organisation only.
    Own,
    /// The own records; what has no owner, in the own organisation.
    Records,
}

impl Breadth {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Chosen => "chosen",
            Self::Below => "below",
            Self::Own => "own",
            Self::Records => "records",
        }
    }

    /// The breadth of a word; the narrowest for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        [Self::All, Self::Chosen, Self::Below, Self::Own].into_iter().find(|breadth| breadth.word() == word).unwrap_or(Self::Records)
    }
}

/// Rights on single fields, by `entity.field`. What is not named may be written, or is masked when it is about a person's life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Fields(pub BTreeMap<String, FieldRight>);

impl Fields {
    /// What this says of a field: its own word, else the entity's `entity.*`, else the word on all, else what is usual. Those that are
    /// `personal`, or have the name of such a thing, are masked for whoever has no other word on them.
    #[must_use]
    pub fn right(&self, entity: &str, field: &str, personal: bool) -> FieldRight {
        let named = |name: &str| self.0.get(name).copied();
        let usual = if personal || PERSONAL.contains(&field) { FieldRight::Masked } else { FieldRight::Write };
        named(&format!("{entity}.{field}")).or_else(|| named(&format!("{entity}.*"))).or_else(|| named("*")).unwrap_or(usual)
    }
}

/// A role as the database has it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct StoredRole {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Came with the hub: its code stays, and it cannot be deleted.
    pub built_in: bool,
    /// How far it reaches, as a word.
    pub scope: String,
    /// Words of its rights, JSON.
    pub rights: String,
    /// Its field rights, JSON.
    pub fields: String,
    /// Whether its people must give a one-time code when they sign in.
    pub codes_required: bool,
    /// Grows with every change.
    pub version: i64,
}

impl StoredRole {
    /// What it allows. A word of another version allows nothing.
    #[must_use]
    pub fn rights(&self) -> BTreeSet<Right> {
        let words: Vec<String> = serde_json::from_str(&self.rights).unwrap_or_default();
        if words.iter().any(|word| word == "*") {
            return Right::ALL.iter().copied().collect();
        }
        words.iter().filter_map(|word| Right::of_word(word)).collect()
    }

    /// Its field rights; what cannot be read hides every field.
    #[must_use]
    pub fn fields(&self) -> Fields {
        serde_json::from_str(&self.fields).unwrap_or_else(|_| Fields(BTreeMap::from([("*".to_owned(), FieldRight::None)])))
    }

    /// How far it reaches.
    #[must_use]
    pub fn breadth(&self) -> Breadth {
        Breadth::of_word(&self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_role_has_its_word_and_the_old_words_still_work() {
        for role in Role::ALL {
            assert_eq!(Role::of_word(role.word()), Some(role));
        }
        assert_eq!((Role::of_word("admin"), Role::of_word("manager")), (Some(Role::Admin), Some(Role::Manager)));
        assert_eq!(Role::of_word("emperor"), None);
    }

    #[test]
    fn a_fields_own_word_goes_before_its_entitys_and_that_before_the_word_on_all() {
        let fields = |text: &str| serde_json::from_str::<Fields>(text).unwrap();
        let some = fields(r#"{"*":"none","customer.*":"read","customer.phone":"masked"}"#);
        assert_eq!(some.right("customer", "phone", false), FieldRight::Masked);
        assert_eq!(some.right("customer", "name", false), FieldRight::Read);
        assert_eq!(some.right("order", "total", false), FieldRight::None);
        assert_eq!(
            (fields("{}").right("order", "total", false), fields("{}").right("customer", "phone", false)),
            (FieldRight::Write, FieldRight::Masked)
        );
    }

    #[test]
    fn what_another_version_wrote_allows_nothing() {
        let role = StoredRole {
            id: 1,
            code: "x".into(),
            name: String::new(),
            name_en: String::new(),
            built_in: false,
            scope: "galaxy".into(),
            rights: r#"["tasks","time_travel"]"#.into(),
            fields: "?".into(),
            codes_required: false,
            version: 1,
        };
        assert_eq!((role.breadth(), role.rights()), (Breadth::Records, BTreeSet::from([Right::Tasks])));
        assert_eq!(role.fields().right("a", "b", false), FieldRight::None);
    }
}
