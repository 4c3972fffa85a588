//! Mistakes in expressions: which rule, at which place, in both languages.

use serde::Serialize;
use utoipa::ToSchema;

use super::types::Type;
use crate::http::problem::Language;

/// A part of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub from: usize,
    pub to: usize,
}

impl Span {
    pub fn to(self, end: Self) -> Self {
        Self { from: self.from, to: end.to.max(self.from) }
    }
}

/// Where in a text, for people and editors; everything counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExpressionPlace)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
    /// How many characters are meant.
    pub length: usize,
    /// Character of the whole text, from 0.
    pub offset: usize,
}

impl Place {
    fn of(source: &str, span: Span) -> Self {
        let (from, to) = (span.from.min(source.len()), span.to.min(source.len()));
        let before = source.get(..from).unwrap_or(source);
        let line_from = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_from..].chars().count() + 1,
            length: source.get(from..to).map_or(0, |text| text.chars().count()),
            offset: before.chars().count(),
        }
    }
}

/// A mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which rule, for programs.
    pub rule: &'static str,
    /// Where.
    pub place: Place,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

/// The rule of a value that is needed and empty.
const EMPTY: &str = "empty_value";

impl Fault {
    pub(super) fn new(rule: &'static str, source: &str, span: Span, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { rule, place: Place::of(source, span), zh: zh.into(), en: en.into() }
    }

    pub(super) fn empty(source: &str, span: Span) -> Self {
        let what = source.get(span.from..span.to).unwrap_or("").trim();
        Self::new(
            EMPTY,
            source,
            span,
            format!("“{what}”是空的，不能参与运算；可以先用 {what} != null 判断。"),
            format!("{what:?} is empty and cannot be worked with; ask {what} != null first."),
        )
    }

    /// Whether it says that a value which is needed is empty.
    #[must_use]
    pub fn is_empty_value(&self) -> bool {
        self.rule == EMPTY
    }

    /// What is wrong, in a language.
    #[must_use]
    pub fn message(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.place.line, self.place.column, self.en)
    }
}

/// "This is a … and ought to be a …".
pub(super) fn not_a(source: &str, span: Span, wanted: &Type, is: &Type) -> Fault {
    let ((wanted_zh, wanted_en), (is_zh, is_en)) = (wanted.words(), is.words());
    Fault::new("type", source, span, format!("这里要{wanted_zh}，现在是{is_zh}。"), format!("This is {is_en}; {wanted_en} is needed here."))
}
