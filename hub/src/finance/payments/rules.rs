//! How money goes from account to account. Pure: what the database holds is loaded into [`Standing`], and the same code decides there.

use std::collections::BTreeMap;

/// Most fen of one act: a thousand million yuan.
pub const MOST: i64 = 100_000_000_000;

/// Where money of a customer lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// In the till: it came from the customer, or went back.
    Till,
    /// Held for the customer (预收款余额).
    Held,
    /// Applied to an order.
    Order(i64),
}

impl Account {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Till => "till",
            Self::Held => "held",
            Self::Order(_) => "order",
        }
    }

    /// The order that it is of.
    #[must_use]
    pub const fn order(self) -> Option<i64> {
        if let Self::Order(order) = self { Some(order) } else { None }
    }
}

/// An amount that goes from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// From where.
    pub from: Account,
    /// To where.
    pub to: Account,
    /// How many fen.
    pub amount: i64,
}

impl Act {
    /// An act by its word and its orders.
    #[must_use]
    pub fn named(kind: &str, (from, to): (Option<i64>, Option<i64>), amount: i64) -> Self {
        let order = |order: Option<i64>| order.map_or(Account::Held, Account::Order);
        match kind {
            "receive" => Self { from: Account::Till, to: Account::Held, amount },
            "refund" => Self { from: Account::Held, to: Account::Till, amount },
            _ => Self { from: order(from), to: order(to), amount },
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match (self.from, self.to) {
            (Account::Till, _) => "receive",
            (_, Account::Till) => "refund",
            (Account::Order(_), Account::Order(_)) => "move",
            (_, Account::Order(_)) => "apply",
            (_, Account::Held) => "take_back",
        }
    }

    /// The act that undoes it.
    #[must_use]
    pub const fn undone(self) -> Self {
        Self { from: self.to, to: self.from, amount: self.amount }
    }

    /// Its two entries, which add up to nothing.
    #[must_use]
    pub const fn entries(self) -> [(Account, i64); 2] {
        [(self.from, -self.amount), (self.to, self.amount)]
    }
}

/// Why an act cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Correct the amount.
    #[error("an amount is more than nothing and at most 1,000,000,000.00")]
    Amount,
    /// Choose two accounts: money is received into what is held, and paid back from there.
    #[error("money goes from one account to another, and only between the till and what is held")]
    Way,
    /// Choose one of the customer's orders.
    #[error("this customer has no such order")]
    NoOrder,
    /// Choose another order: this one is cancelled.
    #[error("this order is cancelled")]
    Closed,
    /// Take less.
    #[error("there is less than that: {0} fen")]
    Short(i64),
    /// Apply less: the order costs no more.
    #[error("the order needs no more than {0} fen")]
    Over(i64),
}

/// What an order costs, and what was applied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// What it costs, in fen.
    pub due: i64,
    /// What was applied.
    pub applied: i64,
    /// Whether it still takes money.
    pub open: bool,
}

/// How a customer's accounts stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// What is held, in fen.
    pub held: i64,
    /// Their orders.
    pub orders: BTreeMap<i64, Order>,
}

impl Standing {
    /// Does an act, or leaves everything as it was.
    ///
    /// # Errors
    /// [`Refused`] that says which rule is broken.
    pub fn post(&mut self, act: Act) -> Result<(), Refused> {
        if !(1..=MOST).contains(&act.amount) {
            return Err(Refused::Amount);
        }
        let passes_till = [act.from, act.to].contains(&Account::Till);
        if act.from == act.to || (passes_till && ![act.from, act.to].contains(&Account::Held)) {
            return Err(Refused::Way);
        }
        let there = match act.from {
            Account::Till => i64::MAX,
            Account::Held => self.held,
            Account::Order(order) => self.orders.get(&order).ok_or(Refused::NoOrder)?.applied,
        };
        if there < act.amount {
            return Err(Refused::Short(there));
        }
        if let Account::Order(order) = act.to {
            let order = self.orders.get(&order).ok_or(Refused::NoOrder)?;
            if !order.open {
                return Err(Refused::Closed);
            }
            let left = (order.due - order.applied).max(0);
            if left < act.amount {
                return Err(Refused::Over(left));
            }
        }
        for (account, change) in act.entries() {
            match account {
                Account::Till => {}
                Account::Held => self.held += change,
                Account::Order(order) => {
                    self.orders.entry(order).and_modify(|order| order.applied += change);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> impl Strategy<Value = Account> {
        prop_oneof![Just(Account::Till), Just(Account::Held), Just(Account::Held), (1..=4_i64).prop_map(Account::Order)]
    }

    fn act() -> impl Strategy<Value = Act> {
        (account(), account(), prop_oneof![1..=60_000_i64, Just(0), Just(-5), Just(MOST + 1)]).prop_map(|(from, to, amount)| Act {
            from,
            to,
            amount,
        })
    }

    proptest! {
        /// Order 3 is cancelled; there is no order 4. Every third act that was done is undone at the end, where that still may be.
        #[test]
        fn money_is_neither_made_nor_lost_by_any_sequence_of_acts(acts in proptest::collection::vec(act(), 0..80)) {
            let order = |due, open| Order { due, applied: 0, open };
            let orders = BTreeMap::from([(1, order(50_000, true)), (2, order(90_000, true)), (3, order(10_000, false))]);
            let mut standing = Standing { held: 0, orders };
            let (mut entries, mut done) = (BTreeMap::<Account, i64>::new(), Vec::new());
            let undo: Vec<Act> = acts.iter().step_by(3).map(|act| act.undone()).collect();
            for act in acts.into_iter().chain(undo) {
                let before = standing.clone();
                if standing.post(act).is_ok() {
                    done.push(act);
                    for (account, change) in act.entries() {
                        *entries.entry(account).or_default() += change;
                    }
                } else {
                    prop_assert_eq!(&standing, &before, "what is refused changes nothing");
                }
                let of = |account| entries.get(&account).copied().unwrap_or(0);
                prop_assert_eq!(entries.values().sum::<i64>(), 0);
                prop_assert_eq!(standing.held, of(Account::Held));
                prop_assert!(standing.held >= 0);
                for (id, order) in &standing.orders {
                    prop_assert_eq!(order.applied, of(Account::Order(*id)));
                    prop_assert!((0..=order.due).contains(&order.applied));
                }
                prop_assert_eq!(standing.orders[&3].applied, 0);
                let applied: i64 = standing.orders.values().map(|order| order.applied).sum();
                let sum = |kind| done.iter().filter(|act| act.kind() == kind).map(|act| act.amount).sum::<i64>();
                prop_assert_eq!(standing.held + applied, sum("receive") - sum("refund"), "what came in and did not go out is there");
            }
        }
    }

    #[test]
    fn each_refusal_says_its_rule() {
        let orders = BTreeMap::from([(1, Order { due: 100, applied: 40, open: true }), (2, Order::default())]);
        let standing = Standing { held: 50, orders };
        let said = |from, to, amount| standing.clone().post(Act { from, to, amount }).unwrap_err();
        assert_eq!(said(Account::Held, Account::Order(1), 0), Refused::Amount);
        assert_eq!(said(Account::Held, Account::Held, 1), Refused::Way);
        assert_eq!(said(Account::Till, Account::Order(1), 1), Refused::Way, "money is the customer's first");
        assert_eq!(said(Account::Held, Account::Till, 51), Refused::Short(50));
        assert_eq!(said(Account::Order(1), Account::Held, 41), Refused::Short(40));
        assert_eq!(said(Account::Held, Account::Order(9), 1), Refused::NoOrder);
        assert_eq!(said(Account::Held, Account::Order(2), 1), Refused::Closed);
        let rich = Standing { held: 500, ..standing.clone() };
        assert_eq!(rich.clone().post(Act { from: Account::Held, to: Account::Order(1), amount: 61 }), Err(Refused::Over(60)));
    }
}
