//! The ledger and what it says is on hand.
//!
//! Rules: every movement goes from one location to another and is never changed; stock is always the sum of movements ([`tie_out`] proves
//! it); undo is a movement back. What edges scan is booked by [`crate::ingest`]; what people decide at the hub is booked here
//! ([`approve_count`], [`shipping`]). What of it is promised to orders is in [`reservations`], by the rules of [`promise`].

mod by_item;
pub mod counts;
mod import;
pub mod ledger;
pub mod model;
pub mod promise;
pub mod reservations;
pub mod sheet;
pub mod shipping;
pub mod store;

pub use by_item::stock_by_item;
pub use counts::{CountError, approve_count, reject_count, variances};
pub use import::OpeningStock;
pub use ledger::{Level, NewMovement, StockKeyAt, book, change_stock, place_stock};
pub use model::{LocationStockRow, MovementQuery, MovementRow, StockByItemRow, StockByLocationRow, Totals};
pub use store::{movements, movements_by_id, stock_at, stock_by_location, tie_out, totals};

#[cfg(test)]
mod tests;
