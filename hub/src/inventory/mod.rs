//! The ledger and what it says is on hand.
//!
//! Rules: every movement goes from one location to another and is never changed; stock is always the sum of movements ([`tie_out`] proves
//! it); undo is a movement back. What edges scan is booked by [`crate::ingest`]; what people decide at the hub is booked here
//! ([`approve_count`], [`shipping`]). What of it is promised to orders is in [`reservations`], by the rules of [`promise`]. What came in and went
//! out of each site is added up by day as it is booked ([`flows`]), for summaries of any period ([`summary`]), by the [`rules`]. How much there
//! should be is in [`limits`].

mod by_item;
pub mod counts;
mod flows;
mod import;
pub mod ledger;
pub mod limits;
pub mod model;
pub mod promise;
pub mod reservations;
pub mod rules;
pub mod sheet;
pub mod shipping;
pub mod store;
mod summary;

pub use by_item::stock_by_item;
pub use counts::{CountError, approve_count, reject_count, variances};
pub use flows::days_tie_out;
pub use import::OpeningStock;
pub use ledger::{Level, NewMovement, StockKeyAt, book, place_stock};
pub use model::{
    LocationStockRow, MovementQuery, MovementRow, StockByItemRow, StockByLocationRow, StockSummaryRow, StockTotalsRow, SummaryQuery, Totals,
};
pub use store::{movements, movements_by_id, no_period, stock_at, stock_by_location, tie_out, totals};
pub use summary::{PeriodOfItem, Wanted, period_by_item, summary, summary_totals};

#[cfg(test)]
pub(crate) mod tests;
