//! Columns of sheets: what they are called, what they hold, and which column of somebody's sheet is meant.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::http::problem::{Language, Text};
use crate::platform::fields::{CompiledField, Subject};
use crate::platform::identity::{Actor, FieldRight};

/// Most characters of a cell of a custom field, whatever the field allows.
const LONGEST: usize = 10_000;

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
    /// From nothing up to so many hundredths, with two decimal places, kept in hundredths: money in fen, shares in basis points.
    Hundredths(i64),
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
    /// Its word in the API; `custom.colour` for a custom field.
    pub id: Cow<'static, str>,
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
    /// The custom field, where it is one: its own kind holds then.
    pub field: Option<Box<CompiledField>>,
}

impl Column {
    /// Whether somebody may write what is in it, where it is a field that the hub itself gives to such records.
    #[must_use]
    pub fn is_writable(&self, subject: Subject, actor: &Actor) -> bool {
        subject.named(&self.id).is_none_or(|of| actor.anywhere().right(subject.word(), of.key, false) == FieldRight::Write)
    }

    /// The column of a custom field.
    #[must_use]
    pub fn custom(of: &CompiledField) -> Self {
        let ((zh, en), field) = (of.titles(), &of.field);
        let help_en = if field.help_en.is_empty() { &field.help } else { &field.help_en };
        Self {
            id: format!("custom.{}", field.key).into(),
            title: Text::new(zh.to_owned(), en.to_owned()),
            needed: if field.required && field.default.is_none() { Needed::New } else { Needed::Never },
            kind: Kind::Text(LONGEST),
            hint: Text::new(field.help.clone(), help_en.clone()),
            also: &[],
            example: "",
            field: Some(Box::new(of.clone())),
        }
    }

    /// Its title in a language, with a star when it has to be filled.
    #[must_use]
    pub fn heading(&self, language: Language) -> String {
        let star = if self.needed == Needed::Never { "" } else { "*" };
        format!("{}{star}", self.title.in_language(language))
    }

    /// What can be chosen, in a language.
    #[must_use]
    pub fn options(&self, language: Language) -> Vec<&str> {
        let one = |zh, en| if language == Language::Chinese { zh } else { en };
        if let Some(field) = &self.field {
            return field.options_in(language);
        }
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
pub fn matched(columns: &[Column], headers: &[String]) -> Vec<Option<String>> {
    let mut free: HashSet<&str> = columns.iter().map(|column| column.id.as_ref()).collect();
    let mut matched = vec![None; headers.len()];
    // What is called exactly so goes before what is called in another way.
    for exactly in [true, false] {
        for (header, matched) in headers.iter().zip(&mut matched) {
            let header = plain(header);
            if matched.is_some() || header.is_empty() {
                continue;
            }
            let own = |column: &Column| {
                [column.id.as_ref(), column.title.in_language(Language::Chinese), column.title.in_language(Language::English)]
                    .iter()
                    .any(|title| plain(title) == header)
            };
            let other = |column: &Column| column.also.iter().any(|title| plain(title) == header);
            let found =
                columns.iter().find(|column| free.contains(column.id.as_ref()) && if exactly { own(column) } else { other(column) });
            if let Some(column) = found {
                free.remove(column.id.as_ref());
                *matched = Some(column.id.to_string());
            }
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(id: &'static str, zh: &'static str, en: &'static str, also: &'static [&'static str]) -> Column {
        let (title, hint) = (Text::new(zh, en), Text::new("", ""));
        Column { id: id.into(), title, needed: Needed::Always, kind: Kind::Code(64), hint, also, example: "", field: None }
    }

    #[test]
    fn titles_are_matched_in_both_languages_and_by_what_others_call_them() {
        let columns = [column("code", "商品编码", "Item code", &["sku", "货号"]), column("name", "商品名称", "Name", &["品名"])];
        let match_all = |headers: &[&str]| matched(&columns, &headers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let is = |ids: &[&str]| ids.iter().map(|id| (!id.is_empty()).then(|| (*id).to_owned())).collect::<Vec<_>>();
        assert_eq!(match_all(&["商品编码*", "商品名称 *", "备注"]), is(&["code", "name", ""]));
        assert_eq!(match_all(&["SKU", "品名（必填）"]), is(&["code", "name"]));
        assert_eq!(match_all(&["货号", "Item Code"]), is(&["", "code"]), "the exact title wins, and a column is meant once");
        assert_eq!(match_all(&["", "***"]), is(&["", ""]));
    }
}
