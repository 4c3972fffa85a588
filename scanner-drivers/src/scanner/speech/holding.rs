//! Codes and their answers, without I/O: their numbers, which answers are owed, and whether the scanner may read meanwhile.
//!
//! Numbers count over all connections of a worker, and an answer comes with its code's number: one that comes too late, or over the next connection, says
//! nothing of the code that was read meanwhile, and does not let the scanner go on reading. What is given back here is to be said to the scanner; the
//! order to read again is given again until it was heard, as a scanner that stays dead is worse than one that is told twice.

use super::Order;

/// How long a scanner may be kept from reading for want of an answer. Longer than any disk takes; a scanner that stays dead is worse.
pub const LONGEST_HOLD_US: u64 = 10_000_000;
/// When the order to read again is given again.
pub const ENABLE_AGAIN_US: u64 = 2_000_000;
/// How often it is given when nobody can tell whether it was heard.
const ENABLES: u32 = 3;

/// The order to read again, on its way.
#[derive(Debug)]
struct Enabling {
    again_us: u64,
    said: u32,
}

/// The codes of one worker.
#[derive(Debug, Default)]
pub struct Holding {
    /// Whether the scanner must not read while an answer is owed.
    hold: bool,
    number: u64,
    /// The last code that was answered or is past answering.
    settled: u64,
    owed_until: u64,
    disabled: bool,
    enabling: Option<Enabling>,
}

impl Holding {
    /// Before the first code.
    #[must_use]
    pub fn new(hold: bool) -> Self {
        Self { hold, ..Self::default() }
    }

    /// The number of the last code that was handed on; the first one has 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// A connection begins. A scanner that was left disabled is enabled: who disabled it may have been killed.
    pub fn connected(&mut self, now_us: u64) -> Option<Order> {
        self.hold.then(|| self.enable(now_us))
    }

    /// The connection is over; so many codes came with its end. None of all that came over it is answered any more.
    pub fn disconnected(&mut self, codes: usize) {
        self.number += codes as u64;
        (self.settled, self.disabled, self.enabling) = (self.number, false, None);
    }

    /// So many codes came, perhaps none. `waits` tells that the scanner reads nothing now anyway.
    pub fn came(&mut self, now_us: u64, codes: usize, waits: bool) -> Option<Order> {
        if codes > 0 {
            self.number += codes as u64;
            self.owed_until = now_us.saturating_add(LONGEST_HOLD_US);
            // It reads.
            self.enabling = None;
        }
        (self.hold && self.owes() && !self.disabled && !waits).then(|| self.disable())
    }

    /// The answer to a code. `None` when it came too late; otherwise it is to be told, and then the order, if there is one.
    pub fn answered(&mut self, now_us: u64, number: u64) -> Option<Option<Order>> {
        if number <= self.settled {
            tracing::debug!(number, "the answer to a code came too late for its scanner");
            return None;
        }
        self.settled = number.min(self.number);
        Some((self.hold && self.disabled && !self.owes()).then(|| self.enable(now_us)))
    }

    /// Somebody else gives an order.
    pub fn ordered(&mut self, now_us: u64, order: Order) -> Order {
        match order {
            Order::Enable => self.enable(now_us),
            Order::Disable => self.disable(),
            Order::Trigger | Order::Release => order,
        }
    }

    /// The scanner heard the order to read again, or there are no words for it.
    pub fn heard(&mut self) {
        self.enabling = None;
    }

    /// What was said last was not taken by the wire. The order to read again is given again, however often that takes.
    pub fn unsaid(&mut self) {
        if let Some(enabling) = &mut self.enabling {
            enabling.said = 0;
        }
    }

    /// When [`Holding::silence`] has something to do.
    #[must_use]
    pub fn deadline_us(&self) -> Option<u64> {
        let owed = (self.hold && self.owes()).then_some(self.owed_until);
        let enabling = self.enabling.as_ref().map(|enabling| enabling.again_us);
        [owed, enabling].into_iter().flatten().min()
    }

    /// No answer came until now.
    pub fn silence(&mut self, now_us: u64) -> Option<Order> {
        if self.hold && self.owes() && now_us >= self.owed_until {
            tracing::warn!(owed = self.number - self.settled, "a scan was not answered; the scanner may read again");
            self.settled = self.number;
            return Some(self.enable(now_us));
        }
        let said = self.enabling.take_if(|enabling| now_us >= enabling.again_us)?.said;
        (said < ENABLES).then(|| {
            self.enabling = Some(Enabling { again_us: now_us.saturating_add(ENABLE_AGAIN_US), said: said + 1 });
            Order::Enable
        })
    }

    fn enable(&mut self, now_us: u64) -> Order {
        (self.disabled, self.enabling) = (false, Some(Enabling { again_us: now_us.saturating_add(ENABLE_AGAIN_US), said: 1 }));
        Order::Enable
    }

    fn disable(&mut self) -> Order {
        (self.disabled, self.enabling) = (true, None);
        Order::Disable
    }

    const fn owes(&self) -> bool {
        self.settled < self.number
    }
}
