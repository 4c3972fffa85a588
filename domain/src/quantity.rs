//! Amounts of goods and of money, as whole numbers: never floats.
//!
//! [`Quantity`] counts thousandths of an item's unit (so 2.375 m of curtain is exact); [`Money`] counts fen (分). In JSON both
//! are decimal texts (`"2.375"`, `"1999.00"`), so that no reader's floating point can touch them.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something other than an optional sign, digits and one point.
    #[error("not a decimal number")]
    NotANumber,
    /// More decimal places than the amount can hold.
    #[error("at most {0} decimal places")]
    TooManyPlaces(usize),
    /// Larger than an i64 of its smallest unit.
    #[error("too large")]
    TooLarge,
}

fn parse_fixed(text: &str, places: usize) -> Result<i64, AmountError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(AmountError::NotANumber);
    }
    if fraction.len() > places {
        return Err(AmountError::TooManyPlaces(places));
    }
    let sign = if negative { "-" } else { "" };
    format!("{sign}{whole}{fraction:0<places$}").parse().map_err(|_| AmountError::TooLarge)
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident, $places:literal, $fixed:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// From its smallest unit.
            #[must_use]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// In its smallest unit, as stored in databases.
            #[must_use]
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// Sum, or `None` when it does not fit.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// More than nothing.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Exactly nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// Without its sign.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.saturating_abs())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let scale = 10_u64.pow($places);
                let (whole, part) = (self.0.unsigned_abs() / scale, self.0.unsigned_abs() % scale);
                let sign = if self.0 < 0 { "-" } else { "" };
                let fraction = format!("{part:0width$}", width = $places);
                let fraction = if $fixed { &fraction } else { fraction.trim_end_matches('0') };
                if fraction.is_empty() {
                    write!(f, "{sign}{whole}")
                } else {
                    write!(f, "{sign}{whole}.{fraction}")
                }
            }
        }

        impl FromStr for $name {
            type Err = AmountError;
            fn from_str(text: &str) -> Result<Self, AmountError> {
                parse_fixed(text, $places).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }

        // Saturating, so that a hostile amount can neither panic nor wrap round; amounts that people enter are bounded far below.
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self::ZERO, Add::add)
            }
        }
    };
}

amount!(
    /// An amount of goods in thousandths of the item's unit.
    Quantity, 3, false
);
amount!(
    /// An amount of money in fen (1/100 yuan).
    Money, 2, true
);

impl Quantity {
    /// One whole unit.
    pub const ONE: Self = Self(1000);

    /// So many whole units.
    #[must_use]
    pub const fn units(count: i64) -> Self {
        Self(count.saturating_mul(1000))
    }

    /// Whole units, when there is no fraction.
    #[must_use]
    pub const fn whole_units(self) -> Option<i64> {
        if self.0 % 1000 == 0 { Some(self.0 / 1000) } else { None }
    }

    /// `factor` times this (`12 × 2.5 = 30`), or `None` when the product does not fit or is finer than a thousandth.
    #[must_use]
    pub fn checked_product(self, factor: Self) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(factor.0);
        if product % 1000 == 0 { i64::try_from(product / 1000).ok().map(Self) } else { None }
    }

    /// So many times this.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_print_without_idle_zeros_and_money_with_two_places() {
        assert_eq!(Quantity::units(3).to_string(), "3");
        assert_eq!(Quantity::from_raw(2375).to_string(), "2.375");
        assert_eq!(Quantity::from_raw(-500).to_string(), "-0.5");
        assert_eq!(Money::from_raw(199_900).to_string(), "1999.00");
        assert_eq!(Money::from_raw(-5).to_string(), "-0.05");
    }

    #[test]
    fn a_product_is_exact_or_refused() {
        let q = Quantity::from_raw;
        assert_eq!(Quantity::units(12).checked_product(q(2500)), Some(Quantity::units(30)));
        assert_eq!(q(1).checked_product(q(500)), None);
        assert_eq!(q(i64::MAX).checked_product(Quantity::units(2)), None);
        assert_eq!(q(i64::MIN).checked_product(q(i64::MIN)), None);
    }

    #[test]
    fn what_is_not_a_decimal_is_refused_with_the_reason() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "１", "+1", "1,000", " 1"] {
            assert_eq!(text.parse::<Quantity>(), Err(AmountError::NotANumber), "{text:?}");
        }
        assert_eq!("1.2345".parse::<Quantity>(), Err(AmountError::TooManyPlaces(3)));
        assert_eq!("9223372036854775.808".parse::<Quantity>(), Err(AmountError::TooLarge));
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text(raw: i64) {
            prop_assert_eq!(Quantity::from_raw(raw).to_string().parse(), Ok(Quantity::from_raw(raw)));
            prop_assert_eq!(Money::from_raw(raw).to_string().parse(), Ok(Money::from_raw(raw)));
        }
    }
}
