//! Values of settings, named without any vendor: on and off, one of a list, a number with its unit, characters.

use std::fmt;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// One of the setting's choices.
    Choice(String),
    /// A number in the setting's unit, thousandfold, so that nothing is rounded on the way.
    Number(i64),
    /// Characters, possibly none.
    Text(Vec<u8>),
}

/// Names of characters that do not show. The first name of a character is the one that is written.
const NAMED: [(&str, &[u8]); 7] =
    [("none", b""), ("CRLF", b"\r\n"), ("CR", b"\r"), ("LF", b"\n"), ("TAB", b"\t"), ("STX", b"\x02"), ("ETX", b"\x03")];

/// Characters by their name, e.g. `CR`, or as they stand.
///
/// # Errors
/// In words, when they are not plain ASCII characters.
pub fn characters(text: &str) -> Result<Vec<u8>, String> {
    if let Some((_, bytes)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Ok(bytes.to_vec());
    }
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        Ok(text.as_bytes().to_vec())
    } else {
        Err(format!("{text:?} has characters that scanners cannot be told; write plain ASCII, or one of {}", names().join(", ")))
    }
}

/// The names that [`characters`] knows.
#[must_use]
pub fn names() -> Vec<&'static str> {
    NAMED.iter().map(|(name, _)| *name).collect()
}

/// A decimal number such as `4`, `4.0` or `15.50`, thousandfold. `None` when it is none, or too exact.
#[must_use]
pub fn thousandths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.trim_end_matches('0').len() > 3 || !plain(whole) || !plain(part) {
        return None;
    }
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let number = whole.parse::<i64>().ok()? * 1000 + part.parse::<i64>().ok()?;
    Some(if negative { -number } else { number })
}

/// A thousandfold number with so many decimals, rounded half up.
#[must_use]
pub fn decimal(thousandths: i64, decimals: u32) -> String {
    let unit = 1000 / 10_i64.pow(decimals.min(3));
    let rounded = (thousandths + unit / 2).div_euclid(unit) * unit;
    let (sign, size) = if rounded < 0 { ("-", -rounded) } else { ("", rounded) };
    let (whole, part) = (size / 1000, size % 1000);
    match decimals.min(3) as usize {
        0 => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{}", &format!("{part:03}")[..decimals]),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Choice(choice) => f.write_str(choice),
            Self::Number(number) => {
                let text = decimal(*number, 3);
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Text(bytes) => f.write_str(&show(bytes)),
        }
    }
}

/// Characters as people write them: by name where they have one.
#[must_use]
pub fn show(bytes: &[u8]) -> String {
    if let Some((name, _)) = NAMED.iter().find(|(_, named)| *named == bytes) {
        return (*name).to_owned();
    }
    bytes.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte).to_string() } else { format!("\\x{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_go_by_name_or_as_they_stand_and_come_back_the_same() {
        for name in names() {
            assert_eq!(show(&characters(name).unwrap()), name);
        }
        assert_eq!(characters("A#").unwrap(), b"A#");
        assert!(characters("回车").unwrap_err().contains("CRLF"));
        assert_eq!(show(b"\x05A"), "\\x05A");
    }

    #[test]
    fn decimals_are_exact_and_round_half_up() {
        assert_eq!((thousandths("15.0"), thousandths("15"), thousandths("-0.25")), (Some(15_000), Some(15_000), Some(-250)));
        assert_eq!((thousandths(""), thousandths("1e3"), thousandths("1.2345"), thousandths("?")), (None, None, None, None));
        assert_eq!((decimal(18_000, 1), decimal(4_500, 0), decimal(4_440, 1)), ("18.0".into(), "5".into(), "4.4".into()));
        assert_eq!(Value::Number(2_500).to_string(), "2.5");
        assert_eq!(Value::Number(500_000).to_string(), "500");
    }
}
