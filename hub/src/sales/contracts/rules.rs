//! States of contracts, their instalments, and what has to hang on one before it is signed. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most instalments.
const MOST: usize = 24;

/// How far a contract is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContractState)]
pub enum State {
    /// Being written (草稿).
    Draft,
    /// Signed: it holds (已签订).
    Signed,
    /// Everything was delivered (已完成).
    Done,
    /// Called off (已作废).
    Void,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Signed, Self::Done, Self::Void];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Signed => "signed",
            Self::Done => "done",
            Self::Void => "void",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Draft => ("草稿", "draft"),
            Self::Signed => ("已签订", "signed"),
            Self::Done => ("已完成", "done"),
            Self::Void => ("已作废", "void"),
        }
    }

    /// The state of a word; a draft for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Draft)
    }
}

/// A file that is missing before a contract is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MissingContractFile)]
pub struct Missing {
    /// The kind of file, as it is attached.
    #[schema(example = "contract_scan")]
    pub kind: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

/// What hangs on a contract before it is signed: its scan, and the final design.
pub const NEEDED: [Missing; 2] = [
    Missing { kind: "contract_scan", zh: "合同扫描件", en: "scan of the contract" },
    Missing { kind: "final_design", zh: "终稿设计图", en: "final design" },
];

/// What is missing of the kinds of files that are there.
#[must_use]
pub fn missing(there: &BTreeSet<String>) -> Vec<Missing> {
    NEEDED.into_iter().filter(|needed| !there.contains(needed.kind)).collect()
}

/// Whether instalments will do: each above nothing, all together the amount. A contract over nothing has one of nothing.
#[must_use]
pub fn instalments_fit(amounts: &[i64], total: i64) -> bool {
    let each = total == 0 && amounts == [0] || amounts.iter().all(|amount| *amount > 0);
    let sum = amounts.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount));
    each && (1..=MOST).contains(&amounts.len()) && sum == Some(total)
}

/// What is paid of each instalment: the first is covered first, none gets more than it is.
#[must_use]
pub fn covered(amounts: &[i64], paid: i64) -> Vec<i64> {
    let mut left = paid.max(0);
    let cover = |amount: &i64| {
        let part = left.min(*amount);
        left -= part;
        part
    };
    amounts.iter().map(cover).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_contract_needs_its_scan_and_the_final_design() {
        let there = |kinds: &[&str]| missing(&kinds.iter().map(|kind| (*kind).to_owned()).collect());
        assert_eq!(there(&[]), NEEDED);
        assert_eq!(there(&["contract_scan", "photo"])[0].kind, "final_design");
        assert!(there(&["final_design", "contract_scan"]).is_empty());
    }

    #[test]
    fn instalments_are_the_amount() {
        assert!(instalments_fit(&[100], 100) && instalments_fit(&[30, 60, 10], 100) && instalments_fit(&[0], 0));
        let many = [1; MOST + 1];
        for (wrong, total) in [(&[][..], 0), (&[99], 100), (&[100, 0], 100), (&[110, -10], 100), (&[i64::MAX, i64::MAX], -2), (&many, 25)] {
            assert!(!instalments_fit(wrong, total), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_paid_covers_instalments_from_the_first_on(amounts in proptest::collection::vec(0..1_000_000_i64, 1..24), paid in 0..20_000_000_i64) {
            let parts = covered(&amounts, paid);
            prop_assert_eq!(parts.iter().sum::<i64>(), paid.min(amounts.iter().sum()));
            for (n, (part, amount)) in parts.iter().zip(&amounts).enumerate() {
                prop_assert!((0..=*amount).contains(part));
                prop_assert!(*part == 0 || parts[..n] == amounts[..n], "nothing is paid of one before those before it are");
            }
        }
    }
}
