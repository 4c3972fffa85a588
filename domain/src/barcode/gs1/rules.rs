//! Rules for the parts of a value: character sets, and what the table asks of dates, keys, codes and counts.

use super::{coupon, lists};
use crate::barcode::check;

/// GS1 character set 82.
pub(super) fn set_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'"' | b'%'..=b'/' | b':'..=b'?' | b'_')
}

/// GS1 character set 39.
pub(super) fn set_39(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase() || matches!(byte, b'#' | b'-' | b'/')
}

/// File-safe base64 with padding.
pub(super) fn set_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=')
}

/// Where the padding of a base64 text begins, when it is not one or two `=` at the end that fill the text up to a multiple of three.
pub(super) fn broken_padding(piece: &[u8]) -> Option<usize> {
    let start = piece.iter().position(|b| *b == b'=')?;
    let pads = piece.len() - start;
    let right = pads <= 2 && piece.len().is_multiple_of(3) && piece.iter().skip(start).all(|b| *b == b'=');
    (!right).then_some(start)
}

/// A rule beyond length and characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Ends in a mod-10 check digit.
    Mod10,
    /// Ends in a check character pair.
    Pair,
    /// Starts with a company prefix: at least four digits.
    Prefix,
    /// YYMMDD.
    Date,
    /// YYMMDD, where DD = 00 means the whole month.
    DateOrMonth,
    /// YYYYMMDD.
    LongDate,
    /// HH.
    Hour,
    /// HHMM.
    HourMinute,
    /// MM or SS.
    Sixty,
    /// Only these characters.
    OneOf(&'static [u8]),
    /// Not all zeros.
    NonZero,
    /// No zero in front.
    NoLeadingZero,
    /// At least one character that is not a digit.
    NonDigit,
    /// ISO 3166 number.
    Country,
    /// ISO 3166 number or 999.
    CountryOr999,
    /// ISO 3166 letters.
    CountryLetters,
    /// ISO 4217 number.
    Currency,
    /// 0 to 180 degrees in units of 10⁻⁷, from the South Pole.
    Latitude,
    /// 0 to 360 degrees in units of 10⁻⁷.
    Longitude,
    /// AIDC media type.
    Media,
    /// Package type.
    Package,
    /// Every `%` begins an escape.
    Percent,
    /// Piece number and total, equally long: neither zero, piece at most total.
    PieceOfTotal,
    /// `n/m`, n at most m.
    PlaceOfTotal,
    /// International bank account number.
    Iban,
    /// North American coupon (8110).
    Coupon,
    /// North American positive offer (8112).
    Offer,
}

impl Check {
    /// Position and rule when the piece breaks it. The piece's length and characters were checked before.
    pub(super) fn broken(self, piece: &[u8]) -> Option<(usize, &'static str)> {
        let at_end = |back: usize| piece.len().saturating_sub(back);
        let unless = |right: bool, position: usize, rule: &'static str| if right { None } else { Some((position, rule)) };
        match self {
            Self::Mod10 => unless(check::is_mod10(piece), at_end(1), "check digit"),
            Self::Pair => unless(check::is_pair(piece), at_end(2), "check character pair"),
            Self::Prefix => {
                let digits = piece.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
                unless(digits == 4, digits, "company prefix: four digits at least")
            }
            Self::Date => date(piece, 2, false),
            Self::DateOrMonth => date(piece, 2, true),
            Self::LongDate => date(piece, 4, false),
            Self::Hour => unless(number(piece) < 24, 0, "hour"),
            Self::HourMinute => {
                let (hour, minute) = piece.split_at(2.min(piece.len()));
                Self::Hour.broken(hour).or_else(|| Self::Sixty.broken(minute).map(|(at, _)| (2 + at, "minute")))
            }
            Self::Sixty => unless(number(piece) < 60, 0, "minute or second"),
            Self::OneOf(set) => piece.iter().position(|b| !set.contains(b)).map(|at| (at, "value not in its list")),
            Self::NonZero => unless(piece.iter().any(|b| *b != b'0'), 0, "not zero"),
            Self::NoLeadingZero => unless(piece.first() != Some(&b'0'), 0, "no zero in front"),
            Self::NonDigit => unless(!piece.iter().all(u8::is_ascii_digit), 0, "at least one character that is not a digit"),
            Self::Country => unless(lists::has(lists::COUNTRIES, piece), 0, "country number"),
            Self::CountryOr999 => unless(piece == b"999" || lists::has(lists::COUNTRIES, piece), 0, "country number or 999"),
            Self::CountryLetters => unless(lists::has(lists::COUNTRY_LETTERS, piece), 0, "country letters"),
            Self::Currency => unless(lists::has(lists::CURRENCIES, piece), 0, "currency number"),
            Self::Latitude => unless(number(piece) <= 1_800_000_000, 0, "latitude"),
            Self::Longitude => unless(number(piece) <= 3_600_000_000, 0, "longitude"),
            Self::Media => unless(matches!(number(piece), 1..=10 | 80..=99), 0, "media type"),
            Self::Package => unless(lists::has(lists::PACKAGES, piece), 0, "package type"),
            Self::Percent => (0..piece.len())
                .find(|at| {
                    let hex = |i: usize| piece.get(at + i).is_some_and(u8::is_ascii_hexdigit);
                    piece.get(*at) == Some(&b'%') && !(hex(1) && hex(2))
                })
                .map(|at| (at, "percent-encoding")),
            Self::PieceOfTotal => {
                let (piece, total) = piece.split_at(piece.len() / 2);
                let (n, of) = (number(piece), number(total));
                let zero = if n == 0 { Some((0, "piece number zero")) } else { unless(of > 0, piece.len(), "total of pieces zero") };
                zero.or_else(|| unless(n <= of, 0, "piece number above the total"))
            }
            Self::PlaceOfTotal => place_of_total(piece),
            Self::Iban => iban(piece),
            Self::Coupon => coupon::coupon(piece),
            Self::Offer => coupon::offer(piece),
        }
    }
}

/// Digits as a number; what is too large for its rule is just large.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0'))))
}

/// A date whose year has so many digits. Two-digit years are of 1951 to 2099 for as long as this rule matters, so 00 is a leap year.
pub(super) fn date(piece: &[u8], year: usize, month_alone: bool) -> Option<(usize, &'static str)> {
    let (Some(yyyy), Some(mm), Some(dd)) = (piece.get(..year), piece.get(year..year + 2), piece.get(year + 2..)) else {
        return Some((0, "date"));
    };
    let (year_number, day) = (number(yyyy), number(dd));
    let century = year == 4 && year_number % 100 == 0;
    let leap = if century { year_number % 400 == 0 } else { year_number % 4 == 0 };
    let days = match number(mm) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return Some((year, "date: month")),
    };
    let first = u64::from(!month_alone);
    if (first..=days).contains(&day) { None } else { Some((year + 2, "date: day")) }
}

fn place_of_total(piece: &[u8]) -> Option<(usize, &'static str)> {
    let slash = piece.iter().position(|b| *b == b'/').unwrap_or(piece.len());
    let (n, of) = (piece.get(..slash).unwrap_or_default(), piece.get(slash + 1..).unwrap_or_default());
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !is_number(n) || !is_number(of) {
        return Some((0, "number, slash, number"));
    }
    if n.first() == Some(&b'0') {
        return Some((0, "no zero in front"));
    }
    if of.first() == Some(&b'0') {
        return Some((slash + 1, "no zero in front"));
    }
    (number(n) > number(of)).then_some((0, "place above the total"))
}

fn iban(piece: &[u8]) -> Option<(usize, &'static str)> {
    if !lists::has(lists::COUNTRY_LETTERS, piece.get(..2).unwrap_or_default()) {
        return Some((0, "IBAN: country letters"));
    }
    if piece.len() <= 10 {
        return Some((piece.len(), "IBAN: longer than 10"));
    }
    if let Some(position) = piece.iter().position(|b| !b.is_ascii_digit() && !b.is_ascii_uppercase()) {
        return Some((position, "IBAN: digits and capitals"));
    }
    let (front, rest) = piece.split_at(4);
    let remainder = rest.iter().chain(front).fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (remainder != 1).then_some((2, "IBAN: check digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(check: Check, piece: &str) -> bool {
        check.broken(piece.as_bytes()).is_none()
    }

    #[test]
    fn character_sets_have_their_sizes() {
        let size = |set: fn(u8) -> bool| (0..=255).filter(|b| set(*b)).count();
        assert_eq!(size(set_82), 82);
        assert!(check::SET_82.iter().all(|b| set_82(*b)));
        assert_eq!(size(set_39), 39);
        assert_eq!(size(set_base64), 65);
    }

    #[test]
    fn dates_know_months_days_and_leap_years() {
        for (text, right) in [
            ("240229", true),
            ("230229", false),
            ("000229", true),
            ("991231", true),
            ("991301", false),
            ("990431", false),
            ("990400", false),
        ] {
            assert_eq!(ok(Check::Date, text), right, "{text}");
        }
        assert!(ok(Check::DateOrMonth, "990400"));
        assert!(!ok(Check::DateOrMonth, "990432"));
        assert!(!ok(Check::DateOrMonth, "990000"));
        assert!(ok(Check::LongDate, "20000229"));
        assert!(!ok(Check::LongDate, "19000229"));
        assert_eq!(Check::Date.broken(b"991301"), Some((2, "date: month")));
        assert_eq!(Check::Date.broken(b"990431"), Some((4, "date: day")));
        assert!(ok(Check::HourMinute, "2359") && !ok(Check::HourMinute, "2400") && !ok(Check::HourMinute, "2360"));
    }

    #[test]
    fn counts_of_pieces_go_from_one_to_the_total() {
        for (text, right) in [("0102", true), ("0202", true), ("0302", false), ("0002", false), ("0100", false)] {
            assert_eq!(ok(Check::PieceOfTotal, text), right, "{text}");
        }
        for (text, right) in [
            ("1/2", true),
            ("2/2", true),
            ("3/2", false),
            ("0/2", false),
            ("1/0", false),
            ("12/", false),
            ("/12", false),
            ("123", false),
            ("1/a", false),
        ] {
            assert_eq!(ok(Check::PlaceOfTotal, text), right, "{text}");
        }
    }

    #[test]
    fn places_money_and_accounts_follow_their_lists() {
        assert!(ok(Check::Latitude, "1800000000") && !ok(Check::Latitude, "1800000001"));
        assert!(ok(Check::Longitude, "3600000000") && !ok(Check::Longitude, "3600000001"));
        assert!(ok(Check::Country, "156") && !ok(Check::Country, "999") && ok(Check::CountryOr999, "999"));
        assert!(ok(Check::CountryLetters, "CN") && !ok(Check::CountryLetters, "cn") && !ok(Check::CountryLetters, "ZZ"));
        assert!(ok(Check::Currency, "156") && !ok(Check::Currency, "000"));
        assert!(ok(Check::Package, "BX") && ok(Check::Package, "201") && !ok(Check::Package, "BX "));
        assert!(ok(Check::Media, "01") && ok(Check::Media, "99") && !ok(Check::Media, "00") && !ok(Check::Media, "11"));
        assert!(ok(Check::Iban, "GB82WEST12345698765432") && ok(Check::Iban, "DE89370400440532013000"));
        assert!(!ok(Check::Iban, "GB82WEST12345698765431") && !ok(Check::Iban, "ZZ82WEST12345698765432") && !ok(Check::Iban, "GB82"));
        assert!(!ok(Check::Iban, "GB82west12345698765432"));
    }

    #[test]
    fn percent_and_padding_are_whole() {
        assert!(ok(Check::Percent, "A%20B%E6") && !ok(Check::Percent, "A%2") && !ok(Check::Percent, "%") && !ok(Check::Percent, "%G0"));
        assert_eq!(Check::Percent.broken(b"AB%2"), Some((2, "percent-encoding")));
        assert_eq!(broken_padding(b"ab"), None);
        assert_eq!(broken_padding(b"ab="), None);
        assert_eq!(broken_padding(b"a=="), None);
        assert_eq!(broken_padding(b"abc="), Some(3));
        assert_eq!(broken_padding(b"==="), Some(0));
        assert_eq!(broken_padding(b"a=b"), Some(1));
    }

    #[test]
    fn the_rest_of_the_rules_say_no_where_they_should() {
        assert!(ok(Check::Prefix, "4006AB") && !ok(Check::Prefix, "400") && !ok(Check::Prefix, "40A6"));
        assert!(ok(Check::NonZero, "0001") && !ok(Check::NonZero, "0000"));
        assert!(ok(Check::NoLeadingZero, "10") && !ok(Check::NoLeadingZero, "01"));
        assert!(ok(Check::NonDigit, "12A") && !ok(Check::NonDigit, "123"));
        assert!(ok(Check::OneOf(b"019"), "9") && !ok(Check::OneOf(b"019"), "2"));
        assert!(ok(Check::Sixty, "59") && !ok(Check::Sixty, "60"));
    }
}
