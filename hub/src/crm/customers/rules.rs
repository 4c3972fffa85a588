//! What may stand in a customer. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::fields::model::{Choice, OptionList};

/// Begin of the code of each option list that is a group of tags.
const TAG_LISTS: &str = "customer_tag_";
/// The option list of sources.
const SOURCES: &str = "customer_source";
/// The option list of kinds of follow-up.
const KINDS: &str = "follow_up_kind";
/// Most tags of one customer, and most that a list is narrowed by.
pub const MOST_TAGS: usize = 40;
/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// How far it went with a customer (意向, 成交, 老客户).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CustomerClass)]
pub enum Class {
    /// Has signed nothing yet.
    Prospect,
    /// Has signed.
    Client,
    /// What was signed is done.
    Regular,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Prospect, Self::Client, Self::Regular];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Client => "client",
            Self::Regular => "regular",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Prospect => ("意向客户", "prospect"),
            Self::Client => ("成交客户", "client"),
            Self::Regular => ("老客户", "regular"),
        }
    }

    /// The class of a word; a prospect for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|class| class.word() == word).unwrap_or(Self::Prospect)
    }
}

/// A customer's gender, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
}

impl Gender {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }

    /// The gender of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Female, Self::Male].into_iter().find(|gender| gender.word() == word)
    }
}

/// A group of tags: 装修风格, 预算区间.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagGroup {
    /// Its code, that tags begin with.
    pub code: String,
    /// Chinese name.
    pub title: String,
    /// English name, or empty.
    pub title_en: String,
    /// The tags.
    pub options: Vec<Choice>,
}

/// What can be chosen for customers, as the settings have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerChoices)]
pub struct Choices {
    /// Where customers come from.
    pub sources: Vec<Choice>,
    /// Kinds of follow-up.
    pub kinds: Vec<Choice>,
    /// Groups of tags.
    pub tags: Vec<TagGroup>,
}

/// The option that somebody calls so.
fn called<'a>(options: &'a [Choice], name: &str) -> Option<&'a Choice> {
    let name = name.trim().to_lowercase();
    let is = |option: &&Choice| [&option.code, &option.title, &option.title_en].iter().any(|known| known.to_lowercase() == name);
    options.iter().find(|option| option.active && is(option))
}

fn is_active(options: &[Choice], code: &str) -> bool {
    options.iter().any(|option| option.code == code && option.active)
}

impl Choices {
    /// Those of the option lists.
    #[must_use]
    pub fn of(lists: &BTreeMap<String, OptionList>) -> Self {
        let options = |name: &str| lists.get(name).map(|list| list.options.clone()).unwrap_or_default();
        let group = |(name, list): (&String, &OptionList)| {
            let code = name.strip_prefix(TAG_LISTS)?.to_owned();
            Some(TagGroup { code, title: list.title.clone(), title_en: list.title_en.clone(), options: list.options.clone() })
        };
        Self { sources: options(SOURCES), kinds: options(KINDS), tags: lists.iter().filter_map(group).collect() }
    }

    /// Whether a source may be chosen; one that a customer has already stays.
    #[must_use]
    pub fn has_source(&self, code: &str, was: &str) -> bool {
        code.is_empty() || code == was || is_active(&self.sources, code)
    }

    /// Whether there is such a kind of follow-up.
    #[must_use]
    pub fn has_kind(&self, code: &str) -> bool {
        is_active(&self.kinds, code)
    }

    /// Tags as they are kept: each once, in order. What a customer has already stays.
    ///
    /// # Errors
    /// The tag that there is not, or that stands above the most that there may be.
    pub fn tags(&self, given: &[String], was: &BTreeSet<String>) -> Result<BTreeSet<String>, String> {
        let mut tags = BTreeSet::new();
        for tag in given.iter().map(|tag| tag.trim()) {
            let group = tag.split_once('.').and_then(|(group, code)| Some((self.tags.iter().find(|of| of.code == group)?, code)));
            let fits = was.contains(tag) || group.is_some_and(|(group, code)| is_active(&group.options, code));
            if !fits || (tags.len() >= MOST_TAGS && !tags.contains(tag)) {
                return Err(tag.to_owned());
            }
            tags.insert(tag.to_owned());
        }
        Ok(tags)
    }

    /// Titles of tags in a language, for a sheet; a tag that is gone stands as it is.
    #[must_use]
    pub fn titles(&self, tags: &BTreeSet<String>, zh: bool) -> String {
        let title = |tag: &String| {
            let found = tag.split_once('.').and_then(|(group, code)| {
                let group = self.tags.iter().find(|of| of.code == group)?;
                group.options.iter().find(|option| option.code == code)
            });
            found.map_or_else(|| tag.clone(), |option| named(option, zh).to_owned())
        };
        tags.iter().map(title).collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    }

    /// Title of a source in a language.
    #[must_use]
    pub fn source(&self, code: &str, zh: bool) -> String {
        let found = self.sources.iter().find(|option| option.code == code);
        found.map_or_else(|| code.to_owned(), |option| named(option, zh).to_owned())
    }

    /// The source of a name in either language, or of a code; what is no source stays as it was written.
    #[must_use]
    pub fn source_named(&self, given: &str) -> String {
        called(&self.sources, given).map_or_else(|| given.trim().to_owned(), |option| option.code.clone())
    }

    /// Tags of names or codes with 、 , ; or ； between them; what is no tag stays as it was written.
    #[must_use]
    pub fn tags_named(&self, given: &str) -> Vec<String> {
        let pieces = given.split(['、', ',', '，', ';', '；']).map(str::trim).filter(|piece| !piece.is_empty());
        let tag = |piece: &str| {
            let found = self.tags.iter().find_map(|group| Some((group, called(&group.options, piece)?)));
            found.map_or_else(|| piece.to_owned(), |(group, option)| format!("{}.{}", group.code, option.code))
        };
        pieces.map(tag).collect()
    }
}

fn named(option: &Choice, zh: bool) -> &str {
    if zh || option.title_en.is_empty() { &option.title } else { &option.title_en }
}

/// Tags that a list is narrowed by: `style.modern,style.nordic;budget.high` is (modern or nordic) and a high budget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagQuery(pub Vec<Vec<String>>);

impl FromStr for TagQuery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_tag = |tag: &str| {
            let plain = |part: &str| !part.is_empty() && part.len() <= 40 && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
            tag.split_once('.').is_some_and(|(group, code)| plain(group) && plain(code))
        };
        let mut all = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let any: Vec<String> = part.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
            if let Some(wrong) = any.iter().find(|tag| !is_tag(tag)) {
                return Err(format!("{wrong} is no tag"));
            }
            all.push(any);
        }
        if all.iter().map(Vec::len).sum::<usize>() > MOST_TAGS {
            return Err(format!("a list is narrowed by at most {MOST_TAGS} tags"));
        }
        Ok(Self(all))
    }
}

/// A line of text as it is kept: without blanks around it; nothing for one that is too long or holds what nobody can see.
#[must_use]
pub fn line(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= most && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// Text of several lines, in the same way.
#[must_use]
pub fn lines(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    (text.chars().count() <= most && text.chars().all(plain)).then(|| text.to_owned())
}

/// What may be told of a name to those who do not see whose it is: 张*.
#[must_use]
pub fn masked_name(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}*"))
}

/// Whole days since a moment; 0 for one to come.
#[must_use]
pub const fn days_since(then_ms: i64, now_ms: i64) -> i64 {
    let since = now_ms.saturating_sub(then_ms);
    if since < 0 { 0 } else { since / DAY_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Choices {
        let list = |text: &str| serde_json::from_str::<OptionList>(text).unwrap();
        Choices::of(&BTreeMap::from([
            (
                "customer_source".into(),
                list(
                    r#"{"title":"来源","options":[{"code":"store","title":"门店","title_en":"Store"},{"code":"old","title":"旧","active":false}]}"#,
                ),
            ),
            ("follow_up_kind".into(), list(r#"{"title":"方式","options":[{"code":"call","title":"电话"}]}"#)),
            (
                "customer_tag_style".into(),
                list(
                    r#"{"title":"风格","title_en":"Style","options":[{"code":"modern","title":"现代","title_en":"Modern"},{"code":"gone","title":"没了","active":false}]}"#,
                ),
            ),
            ("colours".into(), list(r#"{"title":"色","options":[{"code":"red","title":"红"}]}"#)),
        ]))
    }

    #[test]
    fn tags_and_sources_are_those_of_the_settings_and_what_a_customer_has_stays() {
        let all = choices();
        assert_eq!(all.tags.iter().map(|group| group.code.as_str()).collect::<Vec<_>>(), ["style"]);
        let none = BTreeSet::new();
        let tags = |given: &[&str], was: &BTreeSet<String>| all.tags(&given.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>(), was);
        assert_eq!(tags(&["style.modern", " style.modern "], &none).unwrap().len(), 1);
        assert_eq!(tags(&["style.gone"], &none), Err("style.gone".to_owned()));
        assert!(tags(&["style.gone"], &BTreeSet::from(["style.gone".to_owned()])).is_ok());
        for wrong in ["modern", "colours.red", "style.", ""] {
            assert!(tags(&[wrong], &none).is_err(), "{wrong}");
        }
        assert!(all.has_source("store", "") && all.has_source("", "") && all.has_source("old", "old"));
        assert!(!all.has_source("old", "store") && !all.has_source("?", "") && all.has_kind("call") && !all.has_kind(""));
        assert_eq!((all.source_named(" Store "), all.source_named("月球")), ("store".to_owned(), "月球".to_owned()));
        assert_eq!(all.tags_named("现代； style.modern、没了"), ["style.modern", "style.modern", "没了"]);
        assert_eq!(all.titles(&BTreeSet::from(["style.modern".to_owned(), "x.y".to_owned()]), false), "Modern, x.y");
    }

    #[test]
    fn tags_are_asked_for_as_any_of_some_and_all_of_those() {
        let asked = |text: &str| text.parse::<TagQuery>().map(|query| query.0);
        assert_eq!(asked("style.modern,style.nordic; budget.high").unwrap(), [vec!["style.modern", "style.nordic"], vec!["budget.high"]]);
        assert_eq!(asked(";;").unwrap(), Vec::<Vec<String>>::new());
        for wrong in ["modern", "style.modern'--", "style.", "a.b.c", &vec!["a.b"; 41].join(",")] {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_masked_to_their_first_letter_and_days_are_whole() {
        assert_eq!((masked_name("张小明"), masked_name("Li"), masked_name("")), ("张*".to_owned(), "L*".to_owned(), String::new()));
        assert_eq!((days_since(0, 5 * DAY_MS - 1), days_since(0, 5 * DAY_MS), days_since(9, 0)), (4, 5, 0));
    }

    #[test]
    fn a_line_has_no_breaks_and_a_text_may() {
        assert_eq!(line(" 张 ", 2), Some("张".to_owned()));
        assert_eq!((line("a\nb", 9), line("abc", 2)), (None, None));
        assert_eq!(lines("a\nb", 9), Some("a\nb".to_owned()));
        assert_eq!(lines("a\u{0}b", 9), None);
    }
}
