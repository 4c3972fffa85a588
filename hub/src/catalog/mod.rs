//! The chain's goods: items, their barcodes, kits and what they are made of; what they cost ([`prices`]) and how they are configured
//! ([`configuration`]).
//!
//! Rules: an item is on hand as often as all its cartons are (by dye lot where it is kept by lot), counted site by site; a kit is on hand
//! as often as all its parts are. A barcode means one item only. Every change bumps the data set `items`, so that edges fetch it.

pub mod api;
pub mod configuration;
pub mod holdings;
mod import;
mod kits;
pub mod model;
pub mod prices;
pub mod rules;
pub mod sheet;
pub mod store;

pub use import::Items;
use import::cells_of;
pub use kits::with_parts;
pub use store::{alone, bind_barcode, bump, forget_changes, names_of};

use qitao_domain::ids::ItemId;

use crate::platform::fields::Broken;

/// Why the catalogue does not take a change.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Look at the list of items.
    #[error("there is no item {0}")]
    NoItem(ItemId),
    /// Bind another barcode, or take this one from the other item first.
    #[error("the barcode {text} already means item {item}")]
    BarcodeTaken {
        /// The barcode.
        text: String,
        /// Whose it is.
        item: ItemId,
    },
    /// Correct the barcode.
    #[error("a barcode has 1 to 128 characters")]
    BarcodeText,
    /// Correct the carton number.
    #[error("item {item} has cartons 1 to {of}")]
    NoCarton {
        /// The item.
        item: ItemId,
        /// How many cartons it has.
        of: i32,
    },
    /// Correct the quantity.
    #[error("a barcode stands for more than nothing and at most 1,000,000")]
    Quantity,
    /// Bind the barcode to the parts: a kit is never in stock itself.
    #[error("item {0} is a kit")]
    Kit(ItemId),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the item was changed meanwhile")]
    Changed,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}
