//! Which receipts brought the money that lies on each account of a customer. Pure: what was booked is gone through again.
//!
//! A customer's money is one sum, so which of it pays an order is a rule. What was received for an order pays that order; otherwise what came
//! first goes first. What is paid back goes as it came, where there is such money. Undoing an act moves back what it moved; a receipt that was
//! undone never was, and what was there instead of it takes its place.

use std::collections::BTreeMap;

use super::rules::{Account, Act};

/// An act as it was booked.
#[derive(Debug, Clone)]
pub struct Booked {
    /// Number of the payment.
    pub id: i64,
    /// What it moved.
    pub act: Act,
    /// By which method, where it passed the till.
    pub method: String,
    /// When the money was received, paid back or moved.
    pub at_ms: i64,
    /// The payment that it undoes.
    pub reverses: Option<i64>,
}

/// Fen by the receipt that brought them, the first first.
type Parts = BTreeMap<i64, i64>;

/// Where a customer's money lies, by the receipts that brought it.
#[derive(Debug, Default)]
pub struct Origins<'a> {
    accounts: BTreeMap<Account, Parts>,
    methods: BTreeMap<i64, &'a str>,
    /// What each act moved within the accounts, or brought.
    moved: BTreeMap<i64, Parts>,
    /// What each refund paid back.
    paid_back: BTreeMap<i64, Parts>,
}

impl<'a> Origins<'a> {
    /// After everything that was booked of one customer, in its order.
    #[must_use]
    pub fn of(booked: &'a [Booked]) -> Self {
        let mut origins = Self::default();
        let before = [None].into_iter().chain(booked.iter().map(Some));
        for (booked, before) in booked.iter().zip(before) {
            origins.post(booked, before);
        }
        origins
    }

    fn post(&mut self, booked: &'a Booked, before: Option<&Booked>) {
        let (id, act) = (booked.id, booked.act);
        let undone = booked.reverses.and_then(|undone| self.paid_back.remove(&undone).or_else(|| self.moved.get(&undone).cloned()));
        let parts = match (act.from, undone) {
            (Account::Till, Some(parts)) => parts,
            (Account::Till, None) => {
                self.methods.insert(id, &booked.method);
                Parts::from([(id, act.amount)])
            }
            (from, undone) => {
                let first = undone.unwrap_or_else(|| self.meant(booked, before));
                self.take(from, act.amount, &first)
            }
        };
        match (act.to, booked.reverses) {
            (Account::Till, Some(receipt)) => self.replace(receipt, &parts),
            (Account::Till, None) => drop(self.paid_back.insert(id, parts)),
            (to, _) => {
                let to = self.accounts.entry(to).or_default();
                parts.iter().for_each(|(receipt, fen)| give(to, *receipt, *fen));
                self.moved.insert(id, parts);
            }
        }
    }

    /// The money that an act means before all other: of its method what it pays back, and of a receipt what was booked with it.
    fn meant(&self, booked: &Booked, before: Option<&Booked>) -> Parts {
        if booked.act.to == Account::Till {
            let held = self.accounts.get(&booked.act.from).into_iter().flatten();
            return held
                .filter(|(receipt, _)| self.methods.get(*receipt) == Some(&booked.method.as_str()))
                .map(|(r, fen)| (*r, *fen))
                .collect();
        }
        // Money that is received for an order is two acts of one moment.
        let with = before.filter(|before| {
            before.act.from == Account::Till
                && before.reverses.is_none()
                && before.at_ms == booked.at_ms
                && booked.act.from == Account::Held
        });
        with.map(|receipt| (receipt.id, receipt.act.amount)).into_iter().collect()
    }

    /// Takes an amount from an account: of `first` as far as it is there, then what came first.
    fn take(&mut self, account: Account, amount: i64, first: &Parts) -> Parts {
        let there = self.accounts.entry(account).or_default();
        let in_turn: Vec<(i64, i64)> = first.iter().chain(there.iter()).map(|(receipt, fen)| (*receipt, *fen)).collect();
        let (mut left, mut taken) = (amount, Parts::new());
        for (receipt, most) in in_turn {
            let fen = left.min(most).min(there.get(&receipt).copied().unwrap_or(0));
            if fen > 0 {
                give(there, receipt, -fen);
                give(&mut taken, receipt, fen);
                left -= fen;
            }
        }
        taken
    }

    /// Wherever money of a receipt still lies or went, puts what left in its stead.
    fn replace(&mut self, receipt: i64, instead: &Parts) {
        for (other, fen) in instead.iter().filter(|(other, _)| **other != receipt) {
            let mut left = *fen;
            for parts in self.accounts.values_mut().chain(self.paid_back.values_mut()) {
                let fen = left.min(parts.get(&receipt).copied().unwrap_or(0));
                if fen > 0 {
                    give(parts, receipt, -fen);
                    give(parts, *other, fen);
                    left -= fen;
                }
            }
        }
    }

    /// Each order with money, and by which methods that came in: as it came.
    pub fn of_orders(&self) -> impl Iterator<Item = (i64, Vec<&'a str>)> {
        self.accounts.iter().filter_map(move |(account, parts)| {
            let mut methods: Vec<&str> = Vec::new();
            for method in parts.keys().filter_map(|receipt| self.methods.get(receipt).copied()) {
                if !method.is_empty() && !methods.contains(&method) {
                    methods.push(method);
                }
            }
            account.order().filter(|_| !methods.is_empty()).map(|order| (order, methods))
        })
    }
}

fn give(parts: &mut Parts, receipt: i64, fen: i64) {
    let now = parts.remove(&receipt).unwrap_or(0) + fen;
    if now > 0 {
        parts.insert(receipt, now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rules::{Order, Standing};
    use super::*;

    /// What is booked one after the other, a moment apart.
    #[derive(Default)]
    struct Book(Vec<Booked>);

    impl Book {
        fn put(&mut self, (from, to, amount): (Account, Account, i64), method: &str, reverses: Option<i64>) -> i64 {
            let id = i64::try_from(self.0.len()).unwrap() + 1;
            self.0.push(Booked { id, act: Act { from, to, amount }, method: method.into(), at_ms: id * 1_000, reverses });
            id
        }

        fn receive(&mut self, amount: i64, method: &str) -> i64 {
            self.put((Account::Till, Account::Held, amount), method, None)
        }

        fn receive_for(&mut self, order: i64, amount: i64, method: &str) -> i64 {
            let receipt = self.receive(amount, method);
            let applied = self.apply(order, amount);
            self.0.last_mut().unwrap().at_ms = receipt * 1_000;
            applied
        }

        fn apply(&mut self, order: i64, amount: i64) -> i64 {
            self.put((Account::Held, Account::Order(order), amount), "", None)
        }

        fn refund(&mut self, amount: i64, method: &str) -> i64 {
            self.put((Account::Held, Account::Till, amount), method, None)
        }

        fn undo(&mut self, id: i64) -> i64 {
            let of = self.0.iter().find(|booked| booked.id == id).unwrap().clone();
            let act = of.act.undone();
            self.put((act.from, act.to, act.amount), &of.method, Some(id))
        }

        fn by(&self, order: i64) -> Vec<&str> {
            Origins::of(&self.0).of_orders().find(|(of, _)| *of == order).map(|(_, by)| by).unwrap_or_default()
        }
    }

    #[test]
    fn an_order_is_paid_by_what_was_received_for_it_and_not_by_what_its_customer_paid_otherwise() {
        let mut book = Book::default();
        book.receive_for(1, 500, "cash");
        let applied = book.receive_for(2, 300, "wechat");
        assert_eq!((book.by(1), book.by(2)), (vec!["cash"], vec!["wechat"]));
        // Money that is held already stays held while another order is paid for at once.
        book.receive(400, "bank");
        book.receive_for(3, 200, "alipay");
        assert_eq!(book.by(3), ["alipay"]);
        book.undo(applied);
        assert!(book.by(2).is_empty(), "what was put to it by mistake is not there any more");
        book.apply(2, 500);
        assert_eq!(book.by(2), ["wechat", "bank"], "what came first goes first");
        book.put((Account::Order(2), Account::Order(4), 300), "", None);
        assert_eq!((book.by(2), book.by(4)), (vec!["bank"], vec!["wechat"]), "moved away");
        book.put((Account::Order(4), Account::Held, 300), "", None);
        assert!(book.by(4).is_empty());
    }

    #[test]
    fn what_is_paid_back_goes_as_it_came_and_comes_back_when_that_is_undone() {
        let mut book = Book::default();
        book.receive(500, "cash");
        book.receive(300, "wechat");
        let refund = book.refund(300, "wechat");
        let applied = book.apply(1, 500);
        assert_eq!(book.by(1), ["cash"], "what is in the till");
        book.undo(refund);
        book.undo(applied);
        book.apply(1, 800);
        assert_eq!(book.by(1), ["cash", "wechat"]);
        let mut other = Book::default();
        other.receive(500, "cash");
        other.receive(300, "wechat");
        other.refund(600, "bank");
        other.apply(1, 200);
        assert_eq!(other.by(1), ["wechat"], "no money came by bank: the first goes back first");
    }

    #[test]
    fn a_receipt_that_was_undone_pays_nothing() {
        let mut book = Book::default();
        let wrong = book.receive(500, "cash");
        book.apply(1, 500);
        book.receive(500, "wechat");
        book.undo(wrong);
        assert_eq!(book.by(1), ["wechat"], "the only money that there is");
        let mut early = Book::default();
        let wrong = early.receive(500, "cash");
        early.undo(wrong);
        early.receive(100, "wechat");
        early.apply(1, 100);
        assert_eq!(early.by(1), ["wechat"]);
    }

    fn acts() -> impl Strategy<Value = (Account, Account, i64, usize, bool)> {
        let account = || prop_oneof![Just(Account::Till), Just(Account::Held), Just(Account::Held), (1..=3_i64).prop_map(Account::Order)];
        (account(), account(), 1..=9_000_i64, 0..60_usize, any::<bool>())
    }

    proptest! {
        /// Every third act undoes one of those before, where that still may be.
        #[test]
        fn all_money_comes_from_receipts_that_stand_and_lies_where_the_books_say(acts in proptest::collection::vec(acts(), 0..60)) {
            let order = |due| Order { due, applied: 0, open: true };
            let mut standing = Standing { held: 0, orders: BTreeMap::from([(1, order(50_000)), (2, order(9_000)), (3, order(4_000))]) };
            let mut book = Book::default();
            for (n, (from, to, amount, of, at_once)) in acts.into_iter().enumerate() {
                let open = |id: i64| book.0.iter().all(|booked| booked.reverses != Some(id));
                let undone = (n % 3 == 2).then(|| book.0.get(of)).flatten().filter(|of| of.reverses.is_none() && open(of.id));
                let (act, method, reverses) = match undone {
                    Some(of) => (of.act.undone(), of.method.clone(), Some(of.id)),
                    None => (Act { from, to, amount }, ["cash", "wechat"][n % 2].to_owned(), None),
                };
                if standing.post(act).is_ok() {
                    book.put((act.from, act.to, act.amount), &method, reverses);
                    let last = book.0.len() - 1;
                    if at_once && last > 0 {
                        book.0[last].at_ms = book.0[last - 1].at_ms;
                    }
                }
            }
            let origins = Origins::of(&book.0);
            let sum = |account| origins.accounts.get(&account).map_or(0, |parts| parts.values().sum::<i64>());
            prop_assert_eq!(sum(Account::Held), standing.held);
            for (id, order) in &standing.orders {
                prop_assert_eq!(sum(Account::Order(*id)), order.applied);
            }
            for receipt in book.0.iter().filter(|booked| booked.act.from == Account::Till && booked.reverses.is_none()) {
                let there: i64 = origins.accounts.values().filter_map(|parts| parts.get(&receipt.id)).sum();
                let stands = book.0.iter().all(|booked| booked.reverses != Some(receipt.id));
                prop_assert!((0..=if stands { receipt.act.amount } else { 0 }).contains(&there), "{} of {:?}", there, receipt);
            }
        }
    }
}
