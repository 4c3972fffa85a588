//! Leads along the chain's pipeline. What left a stage did so after the days, and went on in the share, that the source states of its chain;
//! others are still on their way, some of them stuck.

use super::people::{a_store, comes_in};
use super::{HOUR_MS, Now, Trade};
use crate::demo::dice::Dice;

/// Time in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Code of the stage.
    pub stage: &'static str,
    /// Since when.
    pub entered_ms: i64,
    /// Until when; it is still there when nothing.
    pub left_ms: Option<i64>,
    /// `forward`, `lost`, or nothing.
    pub outcome: &'static str,
    /// Code of the reason why it was stuck, or nothing.
    pub block_reason: &'static str,
}

/// Something that a customer may buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Whose, by their place in the list.
    pub customer: usize,
    /// What it is about.
    pub title: &'static str,
    /// What it may bring, in yuan.
    pub amount: i64,
    /// Its stays, oldest first; at least one.
    pub stays: Vec<Stay>,
    /// `open`, `won` or `lost`.
    pub state: &'static str,
    /// Why it was lost, or nothing.
    pub lost_reason: &'static str,
}

/// A stage: its code, days that leads stay, hours that they may, how many of 500 leads leave it, how many of these go on, how many are in it
/// now, and why they are stuck.
struct Stage(&'static str, f64, i64, usize, usize, usize, &'static str);

const STAGES: [Stage; 4] = [
    Stage("lead", 1.2, 48, 560, 560, 24, ""),
    Stage("contact", 3.5, 120, 500, 340, 60, "no_visit"),
    Stage("design", 7.1, 168, 300, 165, 40, "no_designer"),
    Stage("quote", 4.3, 120, 150, 78, 15, "price"),
];
const TITLES: [&str; 8] = ["全屋定制", "主卧衣柜", "客厅沙发", "儿童房套餐", "餐厅餐桌椅", "全屋窗帘", "书房书柜", "新房软装"];
const LOST: [&str; 3] = ["price", "competitor", "delay"];

#[allow(clippy::cast_possible_truncation, reason = "milliseconds of a few days are far below 2^53")]
fn days(length: f64) -> i64 {
    (length * 86_400_000.0).round() as i64
}

/// Adds as many times 584 leads: 24 + 60 + 40 + 15 still on their way, 78 signed, the others lost.
pub(super) fn add(dice: &mut Dice, made: &mut Trade, times: usize, now: &Now) {
    let stores: Vec<usize> = made.stores().collect();
    for _ in 0..times {
        let mut from = 0;
        for (at, Stage(_, _, _, into, on, still, _)) in STAGES.iter().enumerate() {
            // Those who are in it now, then those who were lost from it; those who go on end further down.
            for n in 0..*still {
                lead(dice, made, &stores, (at, n, false), now);
            }
            for n in 0..into - on {
                lead(dice, made, &stores, (at, from + n, true), now);
            }
            from += into - on;
        }
        for n in 0..STAGES.last().map_or(0, |Stage(.., on, _, _)| *on) {
            lead(dice, made, &stores, (STAGES.len(), n, true), now);
        }
    }
}

/// A lead whose last stage is the `end`-th: there still, or lost from it when `is_over`; signed when it went through all.
fn lead(dice: &mut Dice, made: &mut Trade, stores: &[usize], (end, n, is_over): (usize, usize, bool), now: &Now) {
    // Half a day more and half a day less by turns: the mean is what is stated.
    let half = if n.is_multiple_of(2) { 0.5 } else { -0.5 };
    let lengths: Vec<i64> = STAGES.iter().take(end + usize::from(is_over)).map(|Stage(_, length, ..)| days(length + half)).collect();
    let open_for = STAGES.get(end).filter(|_| !is_over).map_or(0, |Stage(_, _, limit, ..)| dice.between(2, limit * 13 / 10) * HOUR_MS);
    let ended = if is_over { now.open_hours(dice, i64::try_from(days_ago(end, n)).unwrap_or(3)) } else { now.past(i64::MAX) - open_for };
    let began = ended - lengths.iter().sum::<i64>();
    let store = a_store(dice, stores);
    let customer = comes_in(dice, made, store, began, now);
    let mut at = began;
    let mut stays = Vec::with_capacity(end + 1);
    for (nth, (Stage(stage, .., stuck), length)) in STAGES.iter().zip(&lengths).enumerate() {
        let is_last = nth == end;
        let block_reason = if is_last && n.is_multiple_of(3) { *stuck } else { "" };
        let outcome = if is_last { "lost" } else { "forward" };
        stays.push(Stay { stage, entered_ms: at, left_ms: Some(at + length), outcome, block_reason });
        at += length;
    }
    let (state, lost_reason) = match (is_over, end == STAGES.len()) {
        (true, true) => ("won", ""),
        (true, false) => ("lost", LOST.get(n % LOST.len()).copied().unwrap_or("price")),
        (false, _) => ("open", ""),
    };
    let stage = match (state, STAGES.get(end)) {
        ("open", Some(Stage(stage, ..))) => stage,
        ("won", _) => "contract",
        _ => "lost",
    };
    let is_late = STAGES.get(end).is_some_and(|Stage(_, _, limit, ..)| open_for > limit * HOUR_MS);
    let block_reason = STAGES.get(end).filter(|_| !is_over && is_late && n.is_multiple_of(2)).map_or("", |Stage(.., stuck)| stuck);
    stays.push(Stay { stage, entered_ms: at, left_ms: None, outcome: "", block_reason });
    let title = TITLES.get(dice.below(TITLES.len())).copied().unwrap_or_default();
    made.leads.push(Lead { customer, title, amount: dice.between(30, 900) * 100, stays, state, lost_reason });
}

/// How many days ago the n-th lead ended: spread over the last six weeks.
const fn days_ago(end: usize, n: usize) -> usize {
    (n * 17 + end * 5) % 42
}
