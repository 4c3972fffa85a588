//! Orders: of what leads became and of people who walked in; what is paid of them, when they left the warehouse and were there.

use qitao_domain::catalog::Item;

use super::people::{a_store, comes_in};
use super::{DAY_MS, HOUR_MS, Now, Trade};
use crate::demo::dice::Dice;
use crate::demo::prices::price;

/// Shares of an order together.
const WHOLE: i64 = 10_000;
/// Orders of people who walked in, for each time that the leads came.
const WALKED_IN: usize = 240;
/// Days that the orders of the demonstration are of.
const DAYS: i64 = 60;
const METHODS: [&str; 4] = ["wechat", "alipay", "pos", "bank"];

/// Some of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Place of the item among all.
    pub item: usize,
    /// How many.
    pub quantity: i64,
    /// What one costs, in fen.
    pub price_fen: i64,
    /// What is taken off, in basis points.
    pub discount_bp: i64,
    /// What the line comes to, in fen.
    pub amount_fen: i64,
    /// What the chain pays for it, in fen.
    pub cost_fen: i64,
}

/// Somebody's part of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Who, by their place in the list.
    pub person: usize,
    /// Their part, in basis points.
    pub share_bp: i64,
}

/// Money that was received for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When.
    pub at_ms: i64,
    /// How much, in fen.
    pub amount_fen: i64,
    /// Code of the method.
    pub method: &'static str,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// To be confirmed.
    Draft,
    /// To be shipped.
    Confirmed,
    /// On its way.
    Shipped,
    /// There.
    Completed,
    /// Not wanted any more.
    Cancelled,
}

/// What somebody bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who, by their place in the list.
    pub customer: usize,
    /// The lead that it came of, by its place in the list.
    pub lead: Option<usize>,
    /// When it was signed.
    pub ordered_ms: i64,
    /// Days from then until it is promised.
    pub promised_days: i64,
    /// What.
    pub lines: Vec<Line>,
    /// By whose work.
    pub shares: Vec<Share>,
    /// What is paid of it, oldest first.
    pub payments: Vec<Payment>,
    /// How far it is.
    pub state: OrderState,
    /// When it left.
    pub shipped_ms: Option<i64>,
    /// When it was there.
    pub completed_ms: Option<i64>,
}

impl Order {
    /// What it comes to, in fen.
    #[must_use]
    pub fn amount_fen(&self) -> i64 {
        self.lines.iter().map(|line| line.amount_fen).sum()
    }
}

/// Adds the orders.
pub(super) fn add(dice: &mut Dice, made: &mut Trade, items: &[Item], times: usize, now: &Now) {
    let goods: Vec<usize> = items.iter().enumerate().filter(|(_, item)| item.parts.is_empty() && !item.by_lot).map(|(n, _)| n).collect();
    if goods.is_empty() {
        return;
    }
    let won: Vec<(usize, usize, i64)> = made
        .leads
        .iter()
        .enumerate()
        .filter_map(|(n, lead)| lead.stays.last().filter(|_| lead.state == "won").map(|stay| (n, lead.customer, stay.entered_ms)))
        .collect();
    for (lead, customer, at_ms) in won {
        order(dice, made, (items, &goods), (customer, Some(lead), at_ms), now);
    }
    let stores: Vec<usize> = made.stores().collect();
    let mut before = Vec::new();
    for n in 0..WALKED_IN * times {
        // More of them towards today, and some of today, so that something is going on.
        let days_ago = if n % 24 == 0 { 0 } else { dice.between(0, DAYS).min(dice.between(0, DAYS)) };
        let at_ms = now.open_hours(dice, days_ago);
        // Every sixth has bought before.
        let again = (n % 6 == 5).then(|| before.get(dice.below(before.len())).copied()).flatten();
        let customer = again.unwrap_or_else(|| {
            let (store, came_ms) = (a_store(dice, &stores), at_ms - dice.between(1, 200) * HOUR_MS);
            comes_in(dice, made, store, came_ms, now)
        });
        before.push(customer);
        order(dice, made, (items, &goods), (customer, None, at_ms), now);
    }
    made.orders.sort_by_key(|order| order.ordered_ms);
}

fn lines(dice: &mut Dice, items: &[Item], goods: &[usize]) -> Vec<Line> {
    let discount_bp = [0, 0, 0, 300, 500].get(dice.below(5)).copied().unwrap_or(0);
    let mut taken: Vec<usize> = Vec::new();
    let line = |_| {
        let item = goods.get(dice.below(goods.len())).copied().filter(|item| !taken.contains(item))?;
        taken.push(item);
        let (price_fen, cost_fen) = items.get(item).map(price)?;
        let quantity = if price_fen < 50_000 { dice.between(1, 6) } else { dice.between(1, 2) };
        let amount_fen = price_fen * quantity * (WHOLE - discount_bp) / WHOLE;
        Some(Line { item, quantity, price_fen, discount_bp, amount_fen, cost_fen: cost_fen * quantity })
    };
    (0..5).filter_map(line).collect::<Vec<_>>()
}

fn order(
    dice: &mut Dice,
    made: &mut Trade,
    (items, goods): (&[Item], &[usize]),
    (customer, lead, at): (usize, Option<usize>, i64),
    now: &Now,
) {
    let ordered_ms = now.past(at);
    let Some(visitor) = made.customers.get(customer) else { return };
    let (owner, store) = (visitor.owner, visitor.organisation);
    let many = 1 + dice.below(4);
    let mut lines = lines(dice, items, goods);
    lines.truncate(many);
    if lines.is_empty() {
        return;
    }
    let colleagues = made.with_role("sales", store);
    let other = colleagues.get(dice.below(colleagues.len())).copied().filter(|other| *other != owner);
    let shares = match other.filter(|_| dice.once_in(3)) {
        Some(other) => {
            let share_bp = [6_000, 7_000, 5_000].get(dice.below(3)).copied().unwrap_or(6_000);
            vec![Share { person: owner, share_bp }, Share { person: other, share_bp: WHOLE - share_bp }]
        }
        None => vec![Share { person: owner, share_bp: WHOLE }],
    };
    let age = now.past(i64::MAX) - ordered_ms;
    let state = match age / DAY_MS {
        _ if dice.once_in(40) => OrderState::Cancelled,
        0..=1 if dice.once_in(6) => OrderState::Draft,
        0..=9 => OrderState::Confirmed,
        10..=15 => OrderState::Shipped,
        _ => OrderState::Completed,
    };
    let left = matches!(state, OrderState::Shipped | OrderState::Completed);
    let shipped_ms = left.then(|| now.past(ordered_ms + dice.between(5, 9) * DAY_MS));
    let completed_ms = (state == OrderState::Completed).then(|| now.past(ordered_ms + dice.between(10, 15) * DAY_MS));
    let amount: i64 = lines.iter().map(|line| line.amount_fen).sum();
    let deposit = amount * dice.between(30, 50) / 100;
    let method = |dice: &mut Dice| METHODS.get(dice.below(METHODS.len())).copied().unwrap_or("wechat");
    let mut payments = Vec::new();
    if !matches!(state, OrderState::Draft | OrderState::Cancelled) {
        payments.push(Payment { at_ms: now.past(ordered_ms + HOUR_MS / 4), amount_fen: deposit, method: method(dice) });
    }
    // The rest is paid before it leaves, but for a few.
    if let Some(shipped) = shipped_ms.filter(|_| !dice.once_in(12)) {
        payments.push(Payment { at_ms: shipped - 2 * HOUR_MS, amount_fen: amount - deposit, method: method(dice) });
    }
    let promised_days = dice.between(7, 20);
    made.orders.push(Order { customer, lead, ordered_ms, promised_days, lines, shares, payments, state, shipped_ms, completed_ms });
}
