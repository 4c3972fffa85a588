//! What is wrong with a template or its data: where, what, and what to do, in Chinese and English.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is printed.
    Error,
    /// It is printed, but somebody should look.
    Warning,
}

/// A place in a template file, counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Position {
    /// Where byte `at` of `text` is.
    #[must_use]
    pub fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[start..].chars().count() + 1;
        Self { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(column).unwrap_or(u32::MAX) }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which element, counted from 0 in the order of the template; `None` for the template as a whole.
    pub element: Option<usize>,
    /// Which property of it.
    pub key: Option<String>,
    /// Where in the template file, when it came from a file.
    #[serde(flatten)]
    pub at: Option<Position>,
    /// What is wrong and what to do, Chinese.
    pub zh: String,
    /// The same, English.
    pub en: String,
}

impl Finding {
    /// Something that must be put right before anything is printed.
    #[must_use]
    pub fn error(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { severity: Severity::Error, element: None, key: None, at: None, zh: zh.into(), en: en.into() }
    }

    /// Something to look at.
    #[must_use]
    pub fn warning(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(zh, en) }
    }

    /// In this property of this element.
    #[must_use]
    pub fn of(self, element: usize, key: &str) -> Self {
        Self { element: Some(element), key: Some(key.to_owned()), ..self }
    }

    /// In this property of the template.
    #[must_use]
    pub fn of_template(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// At this place of the file.
    #[must_use]
    pub const fn at(mut self, at: Option<Position>) -> Self {
        self.at = at;
        self
    }

    /// Whether nothing may be printed because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        if let Some(Position { line, column }) = self.at {
            place.push(format!("第 {line} 行第 {column} 列 line {line}, column {column}"));
        }
        match (self.element, &self.key) {
            (Some(element), Some(key)) => place.push(format!("元素 element {} {key}", element + 1)),
            (Some(element), None) => place.push(format!("元素 element {}", element + 1)),
            (None, Some(key)) => place.push(key.clone()),
            (None, None) => {}
        }
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        write!(f, "{} {}", self.zh, self.en)
    }
}

/// All findings as lines of text.
#[must_use]
pub fn lines(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Characters of a text that a finding shows.
const SHOWN: usize = 60;

/// A text as it stands in a finding: its beginning when it is long.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let text = "a = 1\n标题 = x\n";
        assert_eq!(Position::of(text, 0), Position { line: 1, column: 1 });
        assert_eq!(Position::of(text, text.find('x').unwrap()), Position { line: 2, column: 6 });
        assert_eq!(Position::of(text, 9_999), Position { line: 3, column: 1 });
    }

    #[test]
    fn a_finding_says_where_what_and_in_both_languages() {
        let finding = Finding::error("太小，请加大。", "Too small; enlarge it.").of(1, "width").at(Some(Position { line: 7, column: 3 }));
        let said = finding.to_string();
        assert!(
            said.contains("line 7, column 3")
                && said.contains("element 2 width")
                && said.ends_with("太小，请加大。 Too small; enlarge it.")
        );
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!((&json["line"], &json["element"], &json["severity"]), (&7.into(), &1.into(), &"error".into()));
    }
}
