//! Prices: lists that head office makes for the chain or for parts of it, what they say of items, and what is offered for a line of a quote.
//!
//! Rules: of the active lists that hold on a day and have a price for the item, that of the most specific organisation wins, then the newest;
//! a store gives by itself no more than the discount that the price, or else its list, allows; an item with an option model is priced by it
//! ([`super::configuration`]), and every price says how it came about. Head office keeps lists; whoever sells sees those that hold for them.

pub mod api;
mod import;

pub mod model;
mod offer;
pub mod rules;
pub mod sheet;
pub mod store;
mod write;

pub use import::Prices;
pub use model::{Found, LineAsked, Offer, Part, Source};
pub use offer::{Place, offer, tried};
pub use rules::{Discount, discount_bp, judge_discount};
pub use store::{at, at_all};

use sea_orm::DbErr;

use super::configuration::Violation;
use crate::platform::fields::FieldError;

/// Why something has no price.
#[derive(Debug, thiserror::Error)]
pub enum PricingError {
    /// Look at the list of items.
    #[error("there is no item {0}")]
    NoItem(i64),
    /// Have head office put the item on a price list that holds for this organisation.
    #[error("no price list has a price of this item")]
    NoPrice,
    /// Leave the configuration away, or have an option model made for the item.
    #[error("this item has no option model")]
    NoModel,
    /// Correct the quantity.
    #[error("the quantity is above 0 and at most 1,000,000; of kits and of goods in several cartons it is whole")]
    Quantity,
    /// Change what is named.
    #[error("{} of what was chosen will not do", .0.len())]
    Refused(Vec<Violation>),
    /// Have the parts of this kit put right.
    #[error("the kit {0} cannot be taken apart")]
    Kit(i64),
    /// Have the option model put right.
    #[error(transparent)]
    Model(#[from] FieldError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Why a price list or a price is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// Look at the list of price lists.
    #[error("there is no such price list")]
    NoList,
    /// Look at the list of items.
    #[error("there is no item {0}")]
    NoItem(i64),
    /// Correct what is named.
    #[error("this will not do: {0}")]
    Field(&'static str),
    /// Give what is named.
    #[error("a new price list needs a {0}")]
    Needed(&'static str),
    /// Choose another code.
    #[error("another price list has the code {0}")]
    CodeTaken(String),
    /// Choose organisations that are there and in business.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Leave the cost away: it is for those who may see it.
    #[error("your role may not write what an item costs")]
    Cost,
    /// Read it again: somebody else changed it meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
