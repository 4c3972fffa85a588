//! A chain at work: stores and the people in them, customers and what they wish for, what was sold, paid, delivered and mended in the last
//! two months. The same for the same seed, size and day; never in the time to come.
//!
//! [`people`] makes the tree, who works there and who comes in; [`leads`] a pipeline whose stage figures come out as the source states them
//! (1.2, 3.5, 7.1, 4.3 days; 100, 68, 55, 52 %); [`sales`] orders with their splits and money; [`service`] what is delivered and mended.

mod leads;
mod people;
mod sales;
mod service;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use qitao_domain::catalog::Item;

pub use leads::{Lead, Stay};
pub use people::{Organisation, Person, Visitor};
pub use sales::{Line, Order, OrderState, Payment, Share};
pub use service::Ticket;

use super::dice::Dice;

/// Length of a day.
pub const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// How large a chain is, as the sources tell of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// No trade at all: goods, places and a shift of operators.
    Warehouse,
    /// 14 stores and 100 people who sell.
    Chain,
    /// 100 stores.
    Hundred,
    /// 2,000 dealers with 7,000 stores.
    Brand,
}

impl Shape {
    /// Stores, dealers above them, people who sell, and how often the 500 leads of the stage figures came.
    const fn numbers(self) -> (usize, usize, usize, usize) {
        match self {
            Self::Warehouse => (0, 0, 0, 0),
            Self::Chain => (14, 0, 100, 1),
            Self::Hundred => (100, 0, 700, 5),
            Self::Brand => (7_000, 2_000, 14_000, 20),
        }
    }
}

/// What a chain did until now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trade {
    /// Beneath the head office; a parent comes before what is beneath it.
    pub organisations: Vec<Organisation>,
    /// Who works there.
    pub people: Vec<Person>,
    /// Customers, those who only asked too.
    pub customers: Vec<Visitor>,
    /// What they may buy.
    pub leads: Vec<Lead>,
    /// What they bought, oldest first.
    pub orders: Vec<Order>,
    /// Work at their homes.
    pub tickets: Vec<Ticket>,
}

/// When it is: nothing is made after it.
#[derive(Debug, Clone)]
pub struct Now {
    now_ms: i64,
    today_ms: i64,
    zone: TimeZone,
}

/// Half hours at which a visit may begin: nine to half past five.
const HALF_HOURS: i64 = 18;

impl Now {
    /// A moment where the chain's days are of this time zone.
    #[must_use]
    pub fn new(now_ms: i64, zone: TimeZone) -> Self {
        let now = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(zone.clone());
        let today_ms = now.start_of_day().map_or(now_ms, |day| day.timestamp().as_millisecond());
        Self { now_ms, today_ms, zone }
    }

    /// A moment of a day so many days ago, while stores are open; of today what is over, so that something is going on at any hour.
    fn open_hours(&self, dice: &mut Dice, days_ago: i64) -> i64 {
        let at = self.today_ms - days_ago * DAY_MS + 10 * HOUR_MS + dice.between(0, 10 * 60) * MINUTE_MS;
        if at < self.now_ms {
            at
        } else {
            self.past(self.today_ms + dice.between(0, (self.now_ms - self.today_ms) / MINUTE_MS) * MINUTE_MS)
        }
    }

    /// The moment, or a minute ago where it is still to come.
    #[must_use]
    pub fn past(&self, ms: i64) -> i64 {
        ms.min(self.now_ms - MINUTE_MS)
    }

    /// A time of the next days at which people let somebody in, the n-th of four days.
    fn coming_visit(&self, n: i64) -> i64 {
        let at = self.today_ms + n / HALF_HOURS * DAY_MS + 9 * HOUR_MS + n % HALF_HOURS * 30 * MINUTE_MS;
        if at > self.now_ms { at } else { at + DAY_MS }
    }

    /// The day of a moment: `2026-11-23`.
    #[must_use]
    pub fn day(&self, ms: i64) -> String {
        Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(self.zone.clone()).date().to_string()
    }
}

/// Makes what a chain of this shape did with these goods.
#[must_use]
pub fn trade(seed: u64, shape: Shape, items: &[Item], now: &Now) -> Trade {
    let (stores, dealers, sellers, times) = shape.numbers();
    if stores == 0 {
        return Trade::default();
    }
    let mut dice = Dice::new(seed ^ 0x7ade);
    let organisations = people::organisations(stores, dealers);
    let people = people::people(&mut dice, &organisations, sellers);
    let mut made = Trade { organisations, people, ..Trade::default() };
    leads::add(&mut dice, &mut made, times, now);
    sales::add(&mut dice, &mut made, items, times, now);
    service::add(&mut dice, &mut made, now);
    made
}

impl Trade {
    fn stores(&self) -> impl Iterator<Item = usize> {
        self.organisations.iter().enumerate().filter(|(_, of)| of.kind == "store").map(|(n, _)| n)
    }

    /// Who has this role at a place or above it; the first people where nobody has.
    fn with_role(&self, role: &str, at: usize) -> Vec<usize> {
        let mut place = Some(at);
        while let Some(here) = place {
            let found: Vec<usize> =
                (0..).zip(&self.people).filter(|(_, of)| of.role == role && of.organisation == Some(here)).map(|(n, _)| n).collect();
            if !found.is_empty() {
                return found;
            }
            place = self.organisations.get(here).and_then(|of| of.parent);
        }
        Vec::new()
    }
}

/// One of several; the first where the dice fall beyond them.
fn pick<T: Copy + Default>(dice: &mut Dice, of: &[T]) -> T {
    of.get(dice.below(of.len())).copied().unwrap_or_default()
}
