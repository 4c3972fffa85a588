//! What groups are told of selling: a win report (战报) as soon as an order is confirmed, and every morning the results of the day before
//! (《昨日业绩快报》).
//!
//! Rules: both go to groups that name them, of the organisation that sold or one above it; a channel of all kinds is not told, since they speak
//! of money. A win is told once, by a job of the transaction that confirmed the order. The results of a day are told once to the groups of an
//! organisation, at the scheduled time of day as clocks are there. Nothing of a customer is in either: only who sold, where, and for how much.
//!
//! [`rules`] is pure, [`win`] and [`daily`] are the jobs; the figures are those of [`crate::sales::days`].

mod daily;
mod rules;
mod win;

use std::sync::Arc;

use crate::platform::jobs::Handler;
use crate::platform::notifications::Telling;

/// The handlers of its jobs.
#[must_use]
pub fn handlers(telling: &Telling) -> Vec<Arc<dyn Handler>> {
    vec![Arc::new(win::Tell(telling.clone())), Arc::new(daily::Daily(telling.clone())), Arc::new(daily::One(telling.clone()))]
}
