//! Work at customers' homes: what left the warehouse is delivered and installed, and some of it is mended later.

use std::collections::BTreeMap;

use super::{DAY_MS, HALF_HOURS, HOUR_MS, Now, OrderState, Trade};
use crate::demo::dice::Dice;

/// A service ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Of which order, by its place in the list.
    pub order: usize,
    /// `delivery_install` or `after_sales`.
    pub kind: &'static str,
    /// Code of the fault, or nothing.
    pub fault: &'static str,
    /// What the customer said, or nothing.
    pub problem: &'static str,
    /// `new`, `dispatched`, `appointed` or `closed`.
    pub state: &'static str,
    /// Who gives it out, by their place in the list.
    pub dispatcher: Option<usize>,
    /// Who does it.
    pub installer: Option<usize>,
    /// When it was made.
    pub created_ms: i64,
    /// When it is to be done.
    pub due_ms: i64,
    /// When they meet.
    pub appointed_ms: Option<i64>,
    /// When it was done.
    pub done_ms: Option<i64>,
    /// What the customer would say to others, 0 to 10, where they answered.
    pub score: Option<i32>,
}

const FAULTS: [(&str, &str); 6] = [
    ("seam", "台面接缝明显，客户要求处理"),
    ("missing_part", "少一包五金件，门板装不上"),
    ("damaged", "侧板边角磕碰，需要换板"),
    ("colour", "两块门板有色差"),
    ("hardware", "抽屉滑轨异响"),
    ("size", "柜体与墙面有 2 公分缝隙"),
];
/// What customers answer, by turns: 12 who would tell others, 5 who might, 3 who would not.
const SCORES: [i32; 20] = [9, 10, 8, 10, 9, 7, 10, 5, 9, 10, 8, 9, 10, 6, 9, 8, 10, 4, 10, 7];

/// Adds the tickets of all orders that left.
pub(super) fn add(dice: &mut Dice, made: &mut Trade, now: &Now) {
    let mut tickets = Vec::new();
    // What is still to be done goes round, the first first: whoever signs in as an installer has work.
    let mut turns: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for (n, order) in made.orders.iter().enumerate() {
        let Some(shipped) = order.shipped_ms else { continue };
        let store = made.customers.get(order.customer).map_or(0, |customer| customer.organisation);
        let dispatcher = made.with_role("dispatcher", store).first().copied();
        let installers = made.with_role("installer", store);
        let mut installer = installers.get(dice.below(installers.len())).copied();
        let created_ms = now.past(shipped + HOUR_MS);
        let due_ms = shipped + 5 * DAY_MS;
        let done_ms = order.completed_ms;
        let waits = (order.state == OrderState::Shipped).then(|| dice.below(4));
        let state = match waits {
            None => "closed",
            Some(0) => "new",
            Some(1) => "dispatched",
            Some(_) => "appointed",
        };
        let is_out = state != "new";
        if is_out && done_ms.is_none() {
            let turn = turns.entry(installers.first().copied()).or_default();
            installer = installers.iter().cycle().nth(*turn % installers.len().max(1)).copied();
            *turn += 1;
        }
        let appointed_ms = match done_ms {
            Some(done) => Some(done - 2 * HOUR_MS),
            None => (state == "appointed").then(|| now.coming_visit(dice.between(0, 4 * HALF_HOURS - 1))),
        };
        let score = (done_ms.is_some() && n % 3 != 0).then(|| SCORES.get(n / 3 % SCORES.len()).copied()).flatten();
        let ticket = Ticket {
            order: n,
            kind: "delivery_install",
            fault: "",
            problem: "",
            state,
            dispatcher: dispatcher.filter(|_| is_out),
            installer: installer.filter(|_| is_out),
            created_ms,
            due_ms,
            appointed_ms,
            done_ms,
            score,
        };
        tickets.push(ticket);
        if let Some(done) = done_ms.filter(|_| dice.once_in(9)) {
            let (fault, problem) = FAULTS.get(dice.below(FAULTS.len())).copied().unwrap_or(("other", ""));
            let created_ms = now.past(done + dice.between(1, 6) * DAY_MS);
            let mended = created_ms + 3 * DAY_MS;
            let is_mended = mended < now.past(i64::MAX);
            tickets.push(Ticket {
                order: n,
                kind: "after_sales",
                fault,
                problem,
                state: if is_mended { "closed" } else { "new" },
                dispatcher: dispatcher.filter(|_| is_mended),
                installer: installer.filter(|_| is_mended),
                created_ms,
                due_ms: created_ms + 2 * DAY_MS,
                appointed_ms: is_mended.then_some(mended - 2 * HOUR_MS),
                done_ms: is_mended.then_some(mended),
                score: None,
            });
        }
    }
    tickets.sort_by_key(|ticket| ticket.created_ms);
    made.tickets = tickets;
}
