//! Texts with places for data: `{field}`, `{field | function argument …}`, and parts in `[ ]` that disappear with an empty field.
//!
//! A place may be padded with zeros (`{carton:02}`). What stands between `[` and `]` disappears when a field inside it is empty, so that
//! `(8006){itip}[(10){lot}]` has a lot only when there is one. Functions follow a bar and are done from left to right:
//! `{made | date "YYMMDD"}`, `{code | mid 3 4 | upper}`; texts stand in quotation marks, places in a text are counted from 1 as in a
//! spreadsheet. `{{`, `}}`, `[[` and `]]` stand for the characters themselves. There are no loops and no arithmetic: whatever a
//! template says, it is done in time proportional to its length.

use crate::finding::{Finding, short};
use crate::functions::Function;
use crate::template::{Fields, TemplateError};

/// A text with places, read once and filled as often as there are labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Letters(String),
    Place {
        field: String,
        functions: Vec<Function>,
    },
    /// Left out when a field inside is empty.
    Optional(Vec<Self>),
}

/// Why a text cannot be read: what is wrong at which character, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Character.
    pub position: usize,
    /// What is wrong and what to do, Chinese.
    pub zh: &'static str,
    /// The same, English.
    pub en: &'static str,
}

/// Why data cannot be put into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfilled {
    /// The data lacks this field, which does not stand in `[ ]`.
    Missing(String),
    /// Filled in, the text is too long.
    TooLong,
    /// A function cannot do its work with the field's value.
    Unfit {
        /// The field.
        field: String,
        /// Its value, or the beginning of a long one.
        value: String,
        /// What is wrong and what to do, Chinese.
        zh: &'static str,
        /// The same, English.
        en: &'static str,
    },
}

/// Longest text that a template may hold, longest value, and longest text that filling one may give, in bytes; far more than fits on a label.
pub(crate) const LONGEST: usize = 20_000;
/// What is said of a longer value.
pub(crate) const TOO_LONG: (&str, &str) = ("内容太长，请缩短。", "The value is too long; shorten it.");

impl Text {
    /// Reads a text.
    ///
    /// # Errors
    /// [`Unreadable`] at the character that is wrong.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let characters: Vec<char> = text.chars().collect();
        if text.len() > LONGEST {
            return Err(wrong(characters.len(), "文本太长，请缩短。", "The text is too long; shorten it."));
        }
        let (mut parts, mut optional): (Vec<Part>, Option<(usize, Vec<Part>)>) = (Vec::new(), None);
        let mut letters = String::new();
        let mut at = 0;
        while let Some(&c) = characters.get(at) {
            let inside = optional.is_some();
            let into = optional.as_mut().map_or(&mut parts, |(_, parts)| parts);
            match c {
                '{' | '}' | '[' | ']' if characters.get(at + 1) == Some(&c) => {
                    letters.push(c);
                    at += 1;
                }
                '{' => {
                    flush(&mut letters, into);
                    let (part, end) = place(&characters, at)?;
                    into.push(part);
                    at = end;
                }
                '}' => {
                    return Err(wrong(
                        at,
                        "“}” 前面没有 “{”；要打印它本身请写 “}}”。",
                        "'}' without '{'; write '}}' for the character itself.",
                    ));
                }
                '[' if inside => {
                    return Err(wrong(at, "“[ ]” 里不能再有 “[”。", "'[' inside '[ ]'; close the first one before."));
                }
                '[' => {
                    flush(&mut letters, into);
                    optional = Some((at, Vec::new()));
                }
                ']' => match optional.take() {
                    Some((_, mut inside)) => {
                        flush(&mut letters, &mut inside);
                        parts.push(Part::Optional(inside));
                    }
                    None => {
                        return Err(wrong(
                            at,
                            "“]” 前面没有 “[”；要打印它本身请写 “]]”。",
                            "']' without '['; write ']]' for the character itself.",
                        ));
                    }
                },
                _ => letters.push(c),
            }
            at += 1;
        }
        if let Some((opened, _)) = optional {
            return Err(wrong(opened, "“[” 没有配对的 “]”。", "No closing ']' for this '['."));
        }
        flush(&mut letters, &mut parts);
        Ok(Self { parts })
    }

    /// The fields in it, and whether the data must have them.
    #[must_use]
    pub fn fields(&self) -> Vec<(&str, bool)> {
        fn collect<'a>(parts: &'a [Part], needed: bool, into: &mut Vec<(&'a str, bool)>) {
            for part in parts {
                match part {
                    Part::Letters(_) => {}
                    Part::Place { field, functions } => {
                        into.push((field, needed && !functions.iter().any(|function| matches!(function, Function::Default(_)))));
                    }
                    Part::Optional(inside) => collect(inside, false, into),
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.parts, true, &mut found);
        found
    }

    /// Puts the data in.
    ///
    /// # Errors
    /// [`Unfilled`] names the field.
    pub fn fill(&self, fields: &Fields) -> Result<String, Unfilled> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Letters(letters) => append(&mut filled, letters)?,
                Part::Place { field, functions } => {
                    append(&mut filled, &value(field, functions, fields)?.ok_or_else(|| Unfilled::Missing(field.clone()))?)?;
                }
                Part::Optional(inside) => append(&mut filled, &optional(inside, fields)?.unwrap_or_default())?,
            }
        }
        Ok(filled)
    }
}

fn append(filled: &mut String, text: &str) -> Result<(), Unfilled> {
    if filled.len() + text.len() > LONGEST {
        return Err(Unfilled::TooLong);
    }
    filled.push_str(text);
    Ok(())
}

fn flush(letters: &mut String, into: &mut Vec<Part>) {
    if !letters.is_empty() {
        into.push(Part::Letters(std::mem::take(letters)));
    }
}

const fn wrong(position: usize, zh: &'static str, en: &'static str) -> Unreadable {
    Unreadable { position, zh, en }
}

fn optional(inside: &[Part], fields: &Fields) -> Result<Option<String>, Unfilled> {
    let mut text = String::new();
    for part in inside {
        match part {
            Part::Letters(letters) => append(&mut text, letters)?,
            Part::Place { field, functions } => match value(field, functions, fields)?.filter(|value| !value.is_empty()) {
                Some(value) => append(&mut text, &value)?,
                None => return Ok(None),
            },
            Part::Optional(_) => {}
        }
    }
    Ok(Some(text))
}

/// Reads `{…}` from its first bracket; answers with the place of the last.
fn place(characters: &[char], start: usize) -> Result<(Part, usize), Unreadable> {
    let mut words: Vec<(usize, String, bool)> = Vec::new();
    let mut commands: Vec<Vec<(usize, String, bool)>> = Vec::new();
    let mut at = start + 1;
    loop {
        let Some(&c) = characters.get(at) else {
            return Err(wrong(start, "“{” 没有配对的 “}”。", "No closing '}' for this '{'."));
        };
        match c {
            '}' => break,
            '|' => commands.push(std::mem::take(&mut words)),
            ' ' => {}
            '"' => {
                let length = characters[at + 1..]
                    .iter()
                    .position(|c| *c == '"')
                    .ok_or_else(|| wrong(at, "引号没有配对。", "No closing quotation mark."))?;
                words.push((at, characters[at + 1..at + 1 + length].iter().collect(), true));
                at += length + 1;
            }
            _ => {
                let length = characters[at..].iter().position(|c| matches!(c, '}' | '|' | ' ' | '"')).unwrap_or(characters.len() - at);
                words.push((at, characters[at..at + length].iter().collect(), false));
                at += length - 1;
            }
        }
        at += 1;
    }
    commands.push(words);
    let mut commands = commands.into_iter();
    let (field, mut functions) = match commands.next().as_deref() {
        Some([(position, name, false)]) => field(*position, name)?,
        Some([_, (position, ..), ..]) => {
            return Err(wrong(
                *position,
                "字段名只能是一个词；处理方法写在 “|” 后面。",
                "A field's name is one word; functions follow a '|'.",
            ));
        }
        _ => return Err(wrong(start, "“{}” 里要有字段名。", "A field's name is missing between '{' and '}'.")),
    };
    for command in commands {
        let position = command.first().map_or(at, |(position, ..)| *position);
        functions.push(function(position, &command)?);
    }
    Ok((Part::Place { field, functions }, at))
}

/// A name, with the short form `:02` of `| pad 2`.
fn field(position: usize, word: &str) -> Result<(String, Vec<Function>), Unreadable> {
    let (name, functions) = match word.split_once(':') {
        Some((name, width)) => {
            let width = width.strip_prefix('0').and_then(|width| width.parse().ok()).filter(|width| (1..=32).contains(width));
            let width =
                width.ok_or_else(|| wrong(position, "补零写成 “:02”，位数 1 到 32。", "Zeros are asked for as ':02', 1 to 32 digits."))?;
            (name, vec![Function::Pad(width)])
        }
        None => (word, Vec::new()),
    };
    let named = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !named {
        return Err(wrong(
            position,
            "字段名由字母、数字、“_”“-”“.” 组成。",
            "A field's name is made of letters, digits, '_', '-' and '.'.",
        ));
    }
    Ok((name.to_owned(), functions))
}

fn function(position: usize, words: &[(usize, String, bool)]) -> Result<Function, Unreadable> {
    let unknown = wrong(
        position,
        "没有这个处理方法，或参数不对；可用：upper lower trim left right mid pad default replace before after date decimals thousands check。",
        "No such function, or not with these arguments; there are: upper, lower, trim, left N, right N, mid FROM LENGTH, pad N, default \"…\", \
         replace \"…\" \"…\", before \"…\", after \"…\", date \"YYYY-MM-DD\", decimals N, thousands, check.",
    );
    let Some(((_, name, false), arguments)) = words.split_first() else { return Err(unknown) };
    let number = |index: usize| arguments.get(index).filter(|(.., quoted)| !quoted).and_then(|(_, word, _)| word.parse::<usize>().ok());
    let text = |index: usize| arguments.get(index).filter(|(.., quoted)| *quoted).map(|(_, word, _)| word.clone());
    let made = match (name.as_str(), arguments.len()) {
        ("upper", 0) => Some(Function::Upper),
        ("lower", 0) => Some(Function::Lower),
        ("trim", 0) => Some(Function::Trim),
        ("thousands", 0) => Some(Function::Thousands),
        ("check", 0) => Some(Function::Check),
        ("left", 1) => number(0).map(Function::Left),
        ("right", 1) => number(0).map(Function::Right),
        ("mid", 2) => number(0).filter(|from| *from > 0).zip(number(1)).map(|(from, length)| Function::Mid(from, length)),
        ("pad", 1) => number(0).filter(|width| *width <= 32).map(Function::Pad),
        ("decimals", 1) => number(0).filter(|places| *places <= 6).map(Function::Decimals),
        ("default", 1) => text(0).map(Function::Default),
        ("before", 1) => text(0).filter(|text| !text.is_empty()).map(Function::Before),
        ("after", 1) => text(0).filter(|text| !text.is_empty()).map(Function::After),
        ("date", 1) => text(0).map(Function::Date),
        ("replace", 2) => text(0).filter(|text| !text.is_empty()).zip(text(1)).map(|(from, to)| Function::Replace(from, to)),
        _ => None,
    };
    made.ok_or(unknown)
}

/// A field's value after its functions; `None` when the data lacks the field and no default stands in for it.
fn value(field: &str, functions: &[Function], fields: &Fields) -> Result<Option<String>, Unfilled> {
    let unfit = |value: &str, (zh, en)| Unfilled::Unfit { field: field.to_owned(), value: short(value).into_owned(), zh, en };
    let bounded = |value: &str| if value.len() > LONGEST { Err(unfit(value, TOO_LONG)) } else { Ok(()) };
    let mut value = fields.get(field).map(|given| bounded(given).map(|()| given.clone())).transpose()?;
    for function in functions {
        if let Function::Default(text) = function {
            value = Some(value.filter(|value| !value.is_empty()).unwrap_or_else(|| text.clone()));
        } else if let Some(given) = value.as_mut().filter(|value| !value.is_empty()) {
            *given = function.apply(given).map_err(|said| unfit(given, said))?;
            bounded(given)?;
        }
    }
    Ok(value)
}

/// Reads and fills a text in one go.
///
/// # Errors
/// [`TemplateError`] names the place or the field.
pub fn fill(text: &str, fields: &Fields) -> Result<String, TemplateError> {
    let read = Text::read(text).map_err(|unreadable| TemplateError::Fix(vec![unreadable.finding()]))?;
    read.fill(fields).map_err(|unfilled| TemplateError::Fix(vec![unfilled.finding()]))
}

impl Unreadable {
    /// As a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::error(format!("第 {} 个字符：{}", self.position + 1, self.zh), format!("Character {}: {}", self.position + 1, self.en))
    }
}

impl Unfilled {
    /// As a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match self {
            Self::Missing(field) => Finding::error(
                format!("数据里没有字段“{field}”；请提供它，或把它放进 “[ ]”。"),
                format!("The data has no field {field:?}; provide it, or put it in '[ ]'."),
            ),
            Self::TooLong => Finding::error(
                format!("填入数据后超过 {LONGEST} 字节；请缩短。"),
                format!("With its data the text has more than {LONGEST} bytes; shorten it."),
            ),
            Self::Unfit { field, value, zh, en } => {
                Finding::error(format!("字段“{field}”的值“{value}”：{zh}"), format!("Field {field:?} with value {value:?}: {en}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn filled(text: &str, pairs: &[(&str, &str)]) -> String {
        Text::read(text).unwrap().fill(&data(pairs)).unwrap()
    }

    #[test]
    fn fields_are_filled_padded_and_left_out_with_their_brackets() {
        let fields = [("gtin", "06901234567892"), ("n", "3"), ("of", "7"), ("lot", "")];
        assert_eq!(filled("(8006){gtin}{n:02}{of:02}[(10){lot}]", &fields), "(8006)069012345678920307");
        assert_eq!(filled("{n}/{of} {{x}} [[y]]", &fields), "3/7 {x} [y]");
    }

    #[test]
    fn functions_are_done_from_left_to_right() {
        let cases = [
            ("{a | upper}", "oak-1", "OAK-1"),
            ("{a | mid 2 3 | upper}", "oak-1", "AK-"),
            ("{a | left 2}…{a | right 2}", "橡木衣柜", "橡木…衣柜"),
            ("{a | date \"YYMMDD\"}", "2026-11-03", "261103"),
            ("{a | date \"YYYY年M月D日 hh:mm\"}", "2026-11-03T08:30:00Z", "2026年11月3日 08:30"),
            ("{a | decimals 2 | thousands}", "1234567.895", "1,234,567.90"),
            ("{a | decimals 0}", "99.5", "100"),
            ("{a | before \".\"}|{a | after \".\"}", "199.00", "199|00"),
            ("{a | check}", "690123456789", "6901234567892"),
            ("{a | replace \"-\" \"\" | pad 8}", "12-34", "00001234"),
            ("{b | default \"无\"}[ {b}]", "x", "无"),
            ("{a | trim | lower}", " AbC ", "abc"),
        ];
        for (text, value, expected) in cases {
            assert_eq!(filled(text, &[("a", value)]), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_character() {
        for (text, position) in [
            ("ab{n", 2),
            ("a}", 1),
            ("x[{n}", 1),
            ("a]", 1),
            ("{n | fly}", 5),
            ("{n:2}", 1),
            ("{}", 0),
            ("{a b}", 3),
            ("{a | left x}", 5),
            ("[a[b]]", 2),
        ] {
            assert_eq!(Text::read(text).unwrap_err().position, position, "{text}");
        }
    }

    #[test]
    fn missing_and_unfit_data_is_named() {
        assert_eq!(Text::read("{who}").unwrap().fill(&Fields::new()), Err(Unfilled::Missing("who".into())));
        for (text, value) in
            [("{a | date \"YY\"}", "2026-13-01"), ("{a | date \"YY\"}", "2025-02-29"), ("{a | decimals 2}", "x"), ("{a | check}", "12a")]
        {
            let unfit = Text::read(text).unwrap().fill(&data(&[("a", value)])).unwrap_err();
            assert!(matches!(unfit, Unfilled::Unfit { .. }), "{text} {value}");
        }
    }

    #[test]
    fn nothing_grows_beyond_what_fits_on_a_label() {
        let long = "a".repeat(LONGEST);
        let fill = |text: &str| Text::read(text).unwrap().fill(&data(&[("a", &long), ("b", &format!("{long}a"))]));
        assert_eq!(fill("{a}").unwrap().len(), LONGEST);
        assert_eq!((fill("{a}."), fill("[{a}{a}]")), (Err(Unfilled::TooLong), Err(Unfilled::TooLong)));
        let told = |text: &str| fill(text).unwrap_err().finding().en;
        assert!(told("{b}").contains("value is too long") && told("{b}").len() < 200, "{}", told("{b}"));
        assert!(told("{b | left 1}").contains("value is too long"));
        // 20 000 times 10 000 letters are never made.
        assert!(told(&format!("{{a | replace \"a\" \"{}\"}}", "柜".repeat(3_000))).contains("value is too long"));
        let swapped = fill("{a | replace \"a\" \"b\" | left 3}");
        assert_eq!(swapped.as_deref(), Ok("bbb"), "as long as before is not too long");
    }

    #[test]
    fn fields_say_whether_they_must_be_there() {
        let text = Text::read("{a}[{b}]{c | default \"x\"}").unwrap();
        assert_eq!(text.fields(), [("a", true), ("b", false), ("c", false)]);
    }

    proptest! {
        #[test]
        fn whatever_a_template_says_it_is_read_or_refused(text in "[{}\\[\\]|\" a-c0-9:柜]{0,40}", value in "\\PC{0,20}") {
            if let Ok(read) = Text::read(&text) {
                let _ = read.fill(&data(&[("a", &value), ("b", "2"), ("c", "")]));
            }
        }

        #[test]
        fn whatever_a_value_is_functions_answer(value in "\\PC{0,24}") {
            let text = Text::read("{a | decimals 2 | thousands}").unwrap();
            let _ = text.fill(&data(&[("a", &value)]));
            let _ = Text::read("{a | date \"YYYYMMDDhhmmss\"}").unwrap().fill(&data(&[("a", &value)]));
        }
    }
}
