//! What kinds of personal text there are: how each is written in one way, and how much of it may be shown.

/// A kind of personal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// Where somebody lives.
    Address,
    /// Any other: numbers of papers and accounts.
    Other,
    /// What opens a door: nobody looks for it, and nothing of it is ever shown.
    Secret,
}

/// Names of fields that are personal whatever anybody says of them.
pub const PERSONAL: [&str; 7] = ["phone", "mobile", "phone_number", "email", "address", "id_number", "bank_account"];

impl Kind {
    /// The kind that a field's name tells; nothing for a field that is about nobody's life.
    #[must_use]
    pub fn of_field(name: &str) -> Option<Self> {
        match name {
            "phone" | "mobile" | "phone_number" => Some(Self::Phone),
            "email" => Some(Self::Email),
            "address" => Some(Self::Address),
            "id_number" | "bank_account" => Some(Self::Other),
            _ => None,
        }
    }

    /// Its word, which keeps hashes of different kinds apart.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Other => "other",
            Self::Secret => "secret",
        }
    }

    /// Whether texts of this kind are looked for, so that there is a hash beside them.
    #[must_use]
    pub const fn is_found(self) -> bool {
        !matches!(self, Self::Secret)
    }

    /// A text as it is kept and compared: the same number typed in two ways becomes one.
    #[must_use]
    pub fn normal(self, text: &str) -> String {
        match self {
            Self::Phone => phone(text),
            Self::Email => text.trim().to_lowercase(),
            Self::Address | Self::Other => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Secret => text.to_owned(),
        }
    }

    /// Whether a normal text can be one of this kind.
    #[must_use]
    pub fn fits(self, normal: &str) -> bool {
        match self {
            Self::Phone => {
                let digits = normal.strip_prefix('+').unwrap_or(normal);
                (5..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Email => {
                let plain = normal.len() <= 254 && !normal.chars().any(|c| c.is_whitespace() || c.is_control() || c == '*');
                plain && normal.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() >= 3 && !host.contains('@'))
            }
            Self::Secret => !normal.is_empty(),
            Self::Address | Self::Other => (1..=300).contains(&normal.chars().count()) && !normal.chars().any(char::is_control),
        }
    }

    /// What may be shown of it to somebody who may see that it is there.
    #[must_use]
    pub fn masked(self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let ends = |first: usize, last: usize| {
            let head: String = chars.iter().take(first).collect();
            let tail: String = chars.iter().skip(chars.len().saturating_sub(last)).collect();
            format!("{head}****{tail}")
        };
        match self {
            Self::Secret => "****".to_owned(),
            Self::Phone | Self::Other if chars.len() >= 11 => ends(3, 4),
            Self::Phone | Self::Other if chars.len() >= 7 => ends(2, 2),
            Self::Phone | Self::Other => ends(0, 0),
            Self::Email => match text.split_once('@') {
                Some((name, host)) if !host.is_empty() => format!("{}***@{host}", name.chars().next().unwrap_or_default()),
                _ => "***".to_owned(),
            },
            Self::Address if chars.len() >= 12 => ends(6, 0),
            Self::Address => ends(2, 0),
        }
    }
}

fn phone(text: &str) -> String {
    let mut number = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            // Full-width digits, as Chinese keyboards write them.
            '０'..='９' => number.extend(char::from_digit(c as u32 - '０' as u32, 10)),
            '＋' => number.push('+'),
            '-' | '(' | ')' | '（' | '）' | '.' | '－' | '—' | '–' => {}
            c if c.is_whitespace() => {}
            c => number.push(c),
        }
    }
    let home = number.strip_prefix("+86").or_else(|| number.strip_prefix("0086")).map(str::to_owned);
    let home = home.or_else(|| number.strip_prefix("86").filter(|rest| rest.len() == 11 && rest.starts_with('1')).map(str::to_owned));
    home.unwrap_or(number)
}

/// The last four digits of a normal phone number, by which people know a customer on the phone.
#[must_use]
pub fn last_four(normal: &str) -> Option<&str> {
    normal.len().checked_sub(4).filter(|at| *at >= 1).and_then(|at| normal.get(at..))
}

/// What people put between the digits of one number.
fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '－' | '–' | '—' | '.' | '(' | ')' | '（' | '）')
}

/// The digit that a letter is, also one of a Chinese keyboard.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        _ => None,
    }
}

/// A text that people wrote, without the long numbers in it: seven digits and more, however they are grouped, show their ends only.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.find(|c| digit(c).is_some()) {
        let (before, number) = rest.split_at(first);
        shown.push_str(before);
        let end = number.find(|c| digit(c).is_none() && !is_between(c)).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        // What stands behind the last digit belongs to what follows.
        let number_ends = number.rfind(|c| digit(c).is_some()).map_or(0, |at| at + number[at..].chars().next().map_or(0, char::len_utf8));
        let (number, gap) = number.split_at(number_ends);
        let digits: String = number.chars().filter_map(digit).collect();
        if digits.len() >= 7 {
            shown.push_str(&Kind::Phone.masked(&digits))
        } else {
            shown.push_str(number)
        }
        shown.push_str(gap);
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_typed_in_many_ways_is_one_number() {
        for typed in [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 138-1234-5678",
            "0086 13812345678",
            "8613812345678",
            "１３８１２３４５６７８",
        ] {
            assert_eq!(Kind::Phone.normal(typed), "13812345678", "{typed}");
        }
        assert_eq!(Kind::Phone.normal("(021) 6100-0000"), "02161000000");
        assert_eq!(Kind::Phone.normal("+49 30 1234"), "+49301234");
        assert_eq!(Kind::Email.normal(" Zhang@X.com "), "zhang@x.com");
        assert_eq!((last_four("13812345678"), last_four("123"), last_four("1234")), (Some("5678"), None, None));
    }

    #[test]
    fn what_is_shown_of_a_text_is_its_ends() {
        assert_eq!(Kind::Phone.masked("13812345678"), "138****5678");
        assert_eq!(Kind::Phone.masked("6100000"), "61****00");
        assert_eq!(Kind::Phone.masked("10086"), "****");
        assert_eq!(Kind::Email.masked("zhang@x.com"), "z***@x.com");
        assert_eq!(Kind::Email.masked("张三"), "***");
        assert_eq!(Kind::Address.masked("上海市徐汇区漕溪北路 88 号 1203 室"), "上海市徐汇区****");
        assert_eq!(without_numbers("回访 13812345678，第 12 单"), "回访 138****5678，第 12 单");
        for typed in ["138 1234 5678", "138-1234-5678", "１３８１２３４５６７８", "１３８　1234　5678", "138 - 1234 (5678"]
        {
            assert_eq!(without_numbers(&format!("回访 {typed}，第 12 单")), "回访 138****5678，第 12 单", "{typed}");
        }
        assert_eq!(without_numbers("(021) 6100-0000 没人接"), "(021****0000 没人接");
        assert_eq!(without_numbers("第 12 单，3 件 - 约 5 天；１２"), "第 12 单，3 件 - 约 5 天；１２");
        assert_eq!((without_numbers(""), without_numbers("6100000")), (String::new(), "61****00".to_owned()));
    }

    #[test]
    fn every_personal_name_tells_its_kind() {
        assert!(PERSONAL.iter().all(|name| Kind::of_field(name).is_some()));
    }

    #[test]
    fn a_masked_text_sent_back_is_no_text_of_its_kind() {
        assert!(Kind::Phone.fits("13812345678") && !Kind::Phone.fits("138****5678") && !Kind::Phone.fits(""));
        assert!(Kind::Email.fits("zhang@x.com") && !Kind::Email.fits("z***@x.com") && !Kind::Email.fits("zhang"));
    }
}
