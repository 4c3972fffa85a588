//! What can be done with a field's value: `{field | function argument …}`. Pure.

use std::ops::RangeInclusive;

use qitao_domain::barcode::check;

use crate::expression::{LONGEST, TOO_LONG};

/// What can be done with a field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Function {
    Upper,
    Lower,
    Trim,
    Left(usize),
    Right(usize),
    Mid(usize, usize),
    Pad(usize),
    Default(String),
    Replace(String, String),
    Before(String),
    After(String),
    Date(String),
    Decimals(usize),
    Thousands,
    Check,
}

impl Function {
    /// A value after it; why that cannot be had, Chinese and English.
    pub(crate) fn apply(&self, value: &str) -> Result<String, (&'static str, &'static str)> {
        Ok(match self {
            Self::Upper => value.to_uppercase(),
            Self::Lower => value.to_lowercase(),
            Self::Trim => value.trim().to_owned(),
            Self::Left(count) => value.chars().take(*count).collect(),
            Self::Right(count) => value.chars().skip(value.chars().count().saturating_sub(*count)).collect(),
            Self::Mid(from, length) => value.chars().skip(from - 1).take(*length).collect(),
            Self::Pad(width) => format!("{value:0>width$}", width = *width),
            Self::Default(_) => value.to_owned(),
            // Computed before it is made: a long value and a long text for each of its letters are more than a memory holds.
            Self::Replace(from, to) if value.len() + value.matches(from).count() * to.len().saturating_sub(from.len()) > LONGEST => {
                return Err(TOO_LONG);
            }
            Self::Replace(from, to) => value.replace(from, to),
            Self::Before(mark) => value.split_once(mark.as_str()).map_or(value, |(before, _)| before).to_owned(),
            Self::After(mark) => value.split_once(mark.as_str()).map_or("", |(_, after)| after).to_owned(),
            Self::Date(pattern) => date(value, pattern).ok_or((
                "不是日期；请写成 2026-11-23、20261123 或带时间的 2026-11-23T08:30。",
                "Not a date; write it as 2026-11-23, 20261123, or with a time as 2026-11-23T08:30.",
            ))?,
            Self::Decimals(places) => decimals(value, *places).ok_or(("不是数字。", "Not a number."))?,
            Self::Thousands => thousands(value),
            Self::Check => {
                let digit = check::mod10(value.as_bytes()).filter(|_| value.bytes().all(|b| b.is_ascii_digit()));
                let digit = digit.ok_or(("只有数字才能加校验位。", "Only digits can be given a check digit."))?;
                format!("{value}{}", char::from(digit))
            }
        })
    }
}

/// `2026-11-23`, `2026/1/3`, `20261123`, each also with a time behind it (`T08:30…`, ` 8:30:00`, `083000`), in another order: `YYYY`, `YY`, `MM`,
/// `M`, `DD`, `D`, `hh`, `mm`, `ss`.
fn date(value: &str, pattern: &str) -> Option<String> {
    let ([year, month, day], [hour, minute, second]) = moment(value.trim())?;
    let tokens = [
        ("YYYY", format!("{year:04}")),
        ("YY", format!("{:02}", year % 100)),
        ("MM", format!("{month:02}")),
        ("M", month.to_string()),
        ("DD", format!("{day:02}")),
        ("D", day.to_string()),
        ("hh", format!("{hour:02}")),
        ("mm", format!("{minute:02}")),
        ("ss", format!("{second:02}")),
    ];
    let (mut written, mut rest) = (String::new(), pattern);
    while let Some(c) = rest.chars().next() {
        if let Some((token, text)) = tokens.iter().find(|(token, _)| rest.starts_with(token)) {
            written.push_str(text);
            rest = &rest[token.len()..];
        } else {
            written.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(written)
}

/// Day and time of day that a text says; a day alone begins at midnight.
fn moment(text: &str) -> Option<([u16; 3], [u16; 3])> {
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let is_compact = day.len() >= 8 && day.bytes().all(|b| b.is_ascii_digit());
    let (parts, time) = if is_compact {
        (vec![&day[..4], &day[4..6], &day[6..8]], if day.len() > 8 { &text[8..] } else { time })
    } else {
        (day.split(['-', '/']).collect(), time)
    };
    let [year, month, day] = parts[..] else { return None };
    let (year, month, day) = (number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?);
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    Some(([year, month, day], clock(time.trim())?)).filter(|_| (1..=days).contains(&day))
}

/// `08:30`, `8:30:00`, `083000`, with a fraction of a second or a time zone behind it, which are left away.
fn clock(text: &str) -> Option<[u16; 3]> {
    if text.is_empty() {
        return Some([0; 3]);
    }
    let (text, behind) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(text.len()));
    if !behind.is_empty() && !behind.starts_with(['.', 'Z', '+', '-']) {
        return None;
    }
    let parts: Vec<&str> = if text.contains(':') {
        text.split(':').collect()
    } else {
        (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).unwrap_or_default()).collect()
    };
    let mut read = [0; 3];
    for (index, part) in parts.iter().enumerate() {
        *read.get_mut(index)? = number(part, 1..=2).filter(|number| *number < if index == 0 { 24 } else { 60 })?;
    }
    (parts.len() > 1).then_some(read)
}

fn number(text: &str, length: RangeInclusive<usize>) -> Option<u16> {
    (length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A decimal number with so many places, rounded half up in digits: prices are exact, never binary fractions.
fn decimals(value: &str, places: usize) -> Option<String> {
    let value = value.trim();
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
    let mut number: Vec<u8> = format!("0{whole}{kept}").into_bytes();
    if fraction.as_bytes().get(places).is_some_and(|next| *next >= b'5') {
        for digit in number.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    let number = String::from_utf8(number).ok()?;
    let (whole, fraction) = number.split_at(number.len() - places);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// `1234567.5` as `1,234,567.5`.
fn thousands(value: &str) -> String {
    let start = value.find(|c: char| c.is_ascii_digit()).unwrap_or(value.len());
    let (before, rest) = value.split_at(start);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{before}{grouped}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_and_machines_write_them() {
        for (value, expected) in [
            ("2026-1-23 08:30", "2026-01-23 08:30:00"),
            ("2026/1/1 10:00", "2026-01-01 10:00:00"),
            ("2026/12/3 8:05:09", "2026-12-03 08:05:09"),
            ("20261123", "2026-11-23 00:00:00"),
            ("20261123T083005Z", "2026-11-23 08:30:05"),
            ("20261123083005", "2026-11-23 08:30:05"),
            ("20261123 0830", "2026-11-23 08:30:00"),
            (" 2026-11-03T08:30:00.125+08:00", "2026-11-03 08:30:00"),
        ] {
            assert_eq!(date(value, "YYYY-MM-DD hh:mm:ss").as_deref(), Some(expected), "{value}");
        }
        assert_eq!(date("2024-2-29", "YY/M/D").as_deref(), Some("24/2/29"));
    }

    #[test]
    fn what_is_no_date_is_refused_and_never_taken_for_another() {
        for value in [
            "",
            "2026-13-01",
            "2025-02-29",
            "2026-1-0",
            "26-1-23",
            "2026-001-23",
            "2026-11",
            "2026-11-23-4",
            "202611",
            "2026112",
            "2026-11-23 25:00",
            "2026-11-23 8:61",
            "2026-11-23 8:30 PM",
            "2026-11-23 noon",
            "2026-11-23 8",
            "202611230",
            "2026112308300",
            "２０２６-11-23",
        ] {
            assert_eq!(date(value, "YYYY-MM-DD"), None, "{value}");
        }
    }
}
