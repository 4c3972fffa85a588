//! Columns of sheets: what they are called, what they hold, and which column of somebody's sheet is meant.

use std::collections::HashSet;

use crate::http::problem::{Language, Text};

/// When a column has to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Always: it says which record is meant.
    Always,
    /// For a new record.
    New,
    /// Never.
    Never,
}

/// One of a few values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// In the database.
    pub word: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// A code: as text, but without blanks around it or control characters in it.
    Code(usize),
    /// A whole number between two.
    Whole(i64, i64),
    /// More than nothing, at most 1,000,000, with three decimal places.
    Amount,
    /// Yes or no.
    Flag,
    /// One of these.
    Choice(&'static [Choice]),
    /// One of these, or another text of at most so many characters.
    Suggested(&'static [&'static str], usize),
    /// Barcodes, each with how many it stands for and which carton it is on: `6901…×12`, `6902…#2`.
    Barcodes,
    /// Codes of items with amounts: `A×2; B`.
    Parts,
    /// A day, or a day and a time.
    Day,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its word in the API.
    pub id: &'static str,
    /// Its title.
    pub title: Text,
    /// When it has to be filled.
    pub needed: Needed,
    /// What it holds.
    pub kind: Kind,
    /// What to write into it.
    pub hint: Text,
    /// Other titles that mean it.
    pub also: &'static [&'static str],
    /// How it looks filled.
    pub example: &'static str,
}

impl Column {
    /// Its title in a language, with a star when it has to be filled.
    #[must_use]
    pub fn heading(&self, language: Language) -> String {
        let star = if self.needed == Needed::Never { "" } else { "*" };
        format!("{}{star}", self.title.in_language(language))
    }

    /// What can be chosen, in a language.
    #[must_use]
    pub fn options(&self, language: Language) -> Vec<&'static str> {
        let one = |zh, en| if language == Language::Chinese { zh } else { en };
        match self.kind {
            Kind::Flag => vec![one("是", "yes"), one("否", "no")],
            Kind::Choice(choices) => choices.iter().map(|choice| one(choice.zh, choice.en)).collect(),
            Kind::Suggested(words, _) => words.to_vec(),
            _ => Vec::new(),
        }
    }
}

/// A title as titles are compared: no stars, blanks, brackets or cases.
fn plain(title: &str) -> String {
    let title = title.split(['(', '（', '\n']).next().unwrap_or_default();
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which column each title of a sheet means; each column is meant once.
#[must_use]
pub fn matched(columns: &[Column], headers: &[String]) -> Vec<Option<&'static str>> {
    let mut free: HashSet<&'static str> = columns.iter().map(|column| column.id).collect();
    let mut matched = vec![None; headers.len()];
    // What is called exactly so goes before what is called in another way.
    for exactly in [true, false] {
        for (header, matched) in headers.iter().zip(&mut matched) {
            let header = plain(header);
            if matched.is_some() || header.is_empty() {
                continue;
            }
            let own = |column: &Column| {
                [column.id, column.title.in_language(Language::Chinese), column.title.in_language(Language::English)]
                    .iter()
                    .any(|title| plain(title) == header)
            };
            let other = |column: &Column| column.also.iter().any(|title| plain(title) == header);
            let found = columns.iter().find(|column| free.contains(column.id) && if exactly { own(column) } else { other(column) });
            if let Some(column) = found {
                free.remove(column.id);
                *matched = Some(column.id);
            }
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(id: &'static str, zh: &'static str, en: &'static str, also: &'static [&'static str]) -> Column {
        Column { id, title: Text::new(zh, en), needed: Needed::Always, kind: Kind::Code(64), hint: Text::new("", ""), also, example: "" }
    }

    #[test]
    fn titles_are_matched_in_both_languages_and_by_what_others_call_them() {
        let columns = [column("code", "商品编码", "Item code", &["sku", "货号"]), column("name", "商品名称", "Name", &["品名"])];
        let match_all = |headers: &[&str]| matched(&columns, &headers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(match_all(&["商品编码*", "商品名称 *", "备注"]), [Some("code"), Some("name"), None]);
        assert_eq!(match_all(&["SKU", "品名（必填）"]), [Some("code"), Some("name")]);
        assert_eq!(match_all(&["货号", "Item Code"]), [None, Some("code")], "the exact title wins, and a column is meant once");
        assert_eq!(match_all(&["", "***"]), [None, None]);
    }
}
