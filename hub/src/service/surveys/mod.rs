//! What customers say when a ticket is done: a link that needs no login, a score, a word; and the figures that come of it.
//!
//! Rules: one survey for each completed ticket, answered once, within the days that the settings give. The link carries 192 random bits behind
//! its `#`, so that they stand in no log; the database finds them by their digest. NPS is the share of 9 and 10 less the share of 0 to 6.
//!
//! [`rules`] is pure, [`store`] keeps, [`api`] is what customers and pages ask.

pub mod api;
pub mod rules;
mod store;

pub use api::scores;
pub use store::{SurveyRow, of_ticket, open};
