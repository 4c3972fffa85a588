//! The settings there are: names without any vendor, what each may be, and what people call it. Data in `settings/vocabulary.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::profile::Role;
use crate::value::{Value, characters, decimal, names, thousandths};

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name, e.g. `symbology.code128`.
    pub name: String,
    /// What has it.
    pub role: Role,
    kind: KindName,
    #[serde(default)]
    choices: Vec<Choice>,
    /// Unit of a number, e.g. `ms`.
    pub unit: Option<String>,
    least: Option<i64>,
    most: Option<i64>,
    longest: Option<usize>,
    /// For people, Chinese.
    pub zh: String,
    /// For people, English.
    pub en: String,
}

/// One of the words that a setting may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The word, e.g. `usb_serial`.
    pub name: String,
    /// For people, Chinese.
    pub zh: String,
    /// For people, English.
    pub en: String,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// On or off.
    Switch,
    /// One of these.
    Choice(&'a [Choice]),
    /// A number between these, in this unit.
    Number {
        /// At least.
        least: i64,
        /// At most.
        most: i64,
        /// Its unit.
        unit: &'a str,
    },
    /// Up to so many characters.
    Text(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Switch,
    Choice,
    Number,
    Text,
}

#[derive(Deserialize)]
struct File {
    setting: Vec<Setting>,
}

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| match toml::from_str::<File>(include_str!("../settings/vocabulary.toml")) {
    Ok(file) => file.setting,
    Err(error) => unreachable!("the built-in vocabulary is tested: {error}"),
});

/// All settings, in the order in which people read them.
#[must_use]
pub fn settings() -> &'static [Setting] {
    &SETTINGS
}

/// A setting by its name.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// What somebody wrote as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written<'a> {
    /// `true` or `false`.
    Truth(bool),
    /// A number, in its own digits.
    Digits(&'a str),
    /// A text.
    Text(&'a str),
    /// A list, a table, a date.
    Other(&'a str),
}

impl Setting {
    /// The value that was written, checked.
    ///
    /// # Errors
    /// In plain words: what was found and what it may be.
    pub fn read(&self, written: Written<'_>) -> Result<Value, String> {
        let found = match written {
            Written::Truth(truth) => truth.to_string(),
            Written::Digits(text) => text.to_owned(),
            Written::Text(text) => format!("{text:?}"),
            Written::Other(what) => what.to_owned(),
        };
        let refuse = || format!("{} is {}, not {found}", self.name, self.may_be());
        match (self.kind, written) {
            (KindName::Switch, Written::Truth(on)) => Ok(Value::Switch(on)),
            (KindName::Switch, Written::Text("on")) => Ok(Value::Switch(true)),
            (KindName::Switch, Written::Text("off")) => Ok(Value::Switch(false)),
            (KindName::Choice, Written::Text(text)) if self.choices.iter().any(|choice| choice.name == text) => {
                Ok(Value::Choice(text.to_owned()))
            }
            (KindName::Number, Written::Digits(text)) => {
                let number = thousandths(&text.replace('_', "")).ok_or_else(refuse)?;
                let fits = number >= self.least.unwrap_or(i64::MIN / 1000) * 1000 && number <= self.most.unwrap_or(i64::MAX / 1000) * 1000;
                if fits { Ok(Value::Number(number)) } else { Err(refuse()) }
            }
            (KindName::Text, Written::Text(text)) => {
                let bytes = characters(text)?;
                if bytes.len() <= self.longest.unwrap_or(usize::MAX) { Ok(Value::Text(bytes)) } else { Err(refuse()) }
            }
            _ => Err(refuse()),
        }
    }

    /// What the setting may be.
    #[must_use]
    pub fn kind(&self) -> Kind<'_> {
        match self.kind {
            KindName::Switch => Kind::Switch,
            KindName::Choice => Kind::Choice(&self.choices),
            KindName::Number => Kind::Number {
                least: self.least.unwrap_or(i64::MIN / 1000),
                most: self.most.unwrap_or(i64::MAX / 1000),
                unit: self.unit.as_deref().unwrap_or_default(),
            },
            KindName::Text => Kind::Text(self.longest.unwrap_or(usize::MAX)),
        }
    }

    /// What the setting may be, in words.
    #[must_use]
    pub fn may_be(&self) -> String {
        match self.kind {
            KindName::Switch => "\"on\" or \"off\"".into(),
            KindName::Choice => format!("one of {}", self.choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>().join(", ")),
            KindName::Number => {
                let limit = |limit: Option<i64>| limit.map_or_else(|| "…".into(), |limit| decimal(limit * 1000, 0));
                format!("a number from {} to {} {}", limit(self.least), limit(self.most), self.unit.as_deref().unwrap_or_default())
            }
            KindName::Text => {
                format!("up to {} characters, or one of {}", self.longest.unwrap_or(usize::MAX), names().join(", "))
            }
        }
    }

    /// A value as people read it, Chinese and English: the title of a choice, a number with its unit; as it is written where there is no other
    /// word for it.
    #[must_use]
    pub fn titles(&self, value: &str) -> (String, String) {
        let words = match (self.kind, value) {
            (_, "") => Some(("", "")),
            (_, "none") => Some(("无", "none")),
            (KindName::Switch, "on") => Some(("开", "on")),
            (KindName::Switch, "off") => Some(("关", "off")),
            (KindName::Choice, _) => {
                self.choices.iter().find(|choice| choice.name == value).map(|choice| (choice.zh.as_str(), choice.en.as_str()))
            }
            _ => None,
        };
        let (zh, en) = words.unwrap_or((value, value));
        let unit = self.unit.as_deref().filter(|_| thousandths(value).is_some()).map(|unit| format!(" {unit}")).unwrap_or_default();
        (format!("{zh}{unit}"), format!("{en}{unit}"))
    }

    /// What the setting is when nothing is said of it but of another setting that shares its place in the device.
    #[must_use]
    pub fn nothing(&self) -> Value {
        match self.kind {
            KindName::Switch => Value::Switch(false),
            KindName::Choice => Value::Choice(self.choices.first().map(|choice| choice.name.clone()).unwrap_or_default()),
            KindName::Number => Value::Number(self.least.unwrap_or_default() * 1000),
            KindName::Text => Value::Text(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_name_of_its_own_and_words_in_both_languages() {
        let mut names: Vec<&str> = settings().iter().map(|setting| setting.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), settings().len());
        for setting in settings() {
            assert!(!setting.zh.is_ascii() && !setting.en.is_empty(), "{}", setting.name);
            for choice in &setting.choices {
                assert!(!choice.zh.is_ascii() && !choice.en.is_empty(), "{} {}", setting.name, choice.name);
                assert_eq!(setting.titles(&choice.name), (choice.zh.clone(), choice.en.clone()));
            }
            assert_eq!(setting.choices.is_empty(), setting.kind != KindName::Choice, "{}", setting.name);
            assert_eq!(setting.unit.is_some(), setting.kind == KindName::Number, "{}", setting.name);
        }
    }

    #[test]
    fn values_read_as_words_in_both_languages() {
        let titles = |name: &str, value: &str| setting(name).unwrap().titles(value);
        let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        assert_eq!(titles("beeper.volume", "low"), both("低", "low"));
        assert_eq!(titles("aim_id", "off"), both("关", "off"));
        assert_eq!(titles("darkness", "62.5"), both("62.5 %", "62.5 %"));
        assert_eq!(titles("suffix", "none"), both("无", "none"));
        // What a device says that nobody has a word for stays as it is, and so does what is not known.
        assert_eq!((titles("darkness", "??"), titles("media", "")), (both("??", "??"), both("", "")));
    }

    #[test]
    fn values_are_checked_in_plain_words() {
        let read = |name: &str, written| setting(name).unwrap().read(written);
        assert_eq!(read("aim_id", Written::Text("on")), Ok(Value::Switch(true)));
        assert_eq!(read("aim_id", Written::Truth(false)), Ok(Value::Switch(false)));
        assert_eq!(read("suffix", Written::Text("CRLF")), Ok(Value::Text(b"\r\n".to_vec())));
        assert_eq!(read("darkness", Written::Digits("62.5")), Ok(Value::Number(62_500)));
        assert_eq!(read("aim_id", Written::Text("yes")).unwrap_err(), "aim_id is \"on\" or \"off\", not \"yes\"");
        assert_eq!(read("darkness", Written::Digits("101")).unwrap_err(), "darkness is a number from 0 to 100 %, not 101");
        assert_eq!(read("media", Written::Text("gaps")).unwrap_err(), "media is one of gap, mark, continuous, not \"gaps\"");
        assert!(read("suffix", Written::Text("12345678901")).unwrap_err().starts_with("suffix is up to 10 characters"));
        assert!(read("suffix", Written::Other("a list")).unwrap_err().ends_with("not a list"));
    }
}
