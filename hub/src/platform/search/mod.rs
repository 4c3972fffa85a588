//! Finding records by what people type: part of a Chinese name, its pinyin in full or by initials, English words, codes, barcodes.
//!
//! A record is cut into words ([`words`]). `search_use` says which record has which word, ordered byte by byte, so that a beginning is one
//! range of an index. Chinese words are found by other beginnings too: from a later character on, by pinyin, by initials; these stand once
//! for each word of the whole chain in `search_key`. So a word that ten thousand items share costs each of them one row. Both databases do
//! the same with the same statements. [`find`] gives the best of them, [`narrow`] what a list is narrowed by. [`index`] is called in the
//! transaction of a change; [`rebuild`] makes everything anew, and [`ensure`] does so when a hub starts whose words are cut in another way
//! than those in the database.

pub mod api;
mod find;
mod index;
mod narrow;
mod typed;
mod words;

pub use find::{Found, Hit, find};
pub use index::{ensure, index, rebuild};
pub use narrow::{Narrow, narrow};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scope::Entity;

/// How words are cut. Counted up whenever the same record would get other words.
const VERSION: &str = "3";

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SearchKind)]
pub enum Kind {
    /// Items of the catalogue.
    Item,
    /// Locations.
    Location,
    /// Tasks.
    Task,
    /// Edges.
    Edge,
    /// People who sign in.
    Person,
    /// Customers.
    Customer,
    /// Service tickets.
    Ticket,
    /// Orders, by the number and by whose they are.
    Order,
    /// Quotes, in the same way.
    Quote,
    /// Contracts, in the same way.
    Contract,
}

impl Kind {
    /// Every kind, in the order in which they are answered.
    pub const ALL: [Self; 10] = [
        Self::Customer,
        Self::Order,
        Self::Quote,
        Self::Contract,
        Self::Ticket,
        Self::Item,
        Self::Location,
        Self::Task,
        Self::Edge,
        Self::Person,
    ];

    const fn number(self) -> i32 {
        match self {
            Self::Item => 1,
            Self::Location => 2,
            Self::Task => 3,
            Self::Edge => 4,
            Self::Person => 5,
            Self::Customer => 6,
            Self::Ticket => 12,
            Self::Order => 10,
            Self::Quote => 11,
            Self::Contract => 15,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Location => "location",
            Self::Task => "task",
            Self::Edge => "edge",
            Self::Person => "person",
            Self::Customer => "customer",
            Self::Ticket => "ticket",
            Self::Order => "order",
            Self::Quote => "quote",
            Self::Contract => "contract",
        }
    }

    /// What a reader must be allowed to see; the catalogue is one for the chain.
    const fn entity(self) -> Option<Entity> {
        match self {
            Self::Item => None,
            Self::Location => Some(Entity::Location),
            Self::Task => Some(Entity::Task),
            Self::Edge => Some(Entity::Edge),
            Self::Person => Some(Entity::Person),
            Self::Customer => Some(Entity::Customer),
            Self::Ticket => Some(Entity::Ticket),
            Self::Order => Some(Entity::Order),
            Self::Quote => Some(Entity::Quote),
            Self::Contract => Some(Entity::Contract),
        }
    }
}

#[cfg(test)]
mod tests;
