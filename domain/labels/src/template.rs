//! Label templates as data: a size in millimetres and what stands where, with `{field}` places for what the label is about.
//!
//! A place may be padded with zeros (`{carton:02}`). What stands between `[` and `]` disappears when a field inside it is empty, so that
//! `(8006){itip}[(10){lot}]` has a lot only when there is one. `{{`, `}}`, `[[` and `]]` stand for the characters themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name used by commands and settings.
    pub name: String,
    /// Name for people, Chinese.
    pub title: String,
    /// Width across the head, millimetres.
    pub width: f32,
    /// Length along the feed, millimetres.
    pub height: f32,
    /// Gap between labels, millimetres.
    #[serde(default = "default_gap")]
    pub gap: f32,
    /// What stands on it, drawn in order.
    #[serde(rename = "element", default)]
    pub elements: Vec<Element>,
}

fn default_gap() -> f32 {
    2.0
}

/// One thing on a label. Places and sizes are millimetres from the upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Element {
    /// Text in a box: wrapped at its width, made smaller until it fits.
    Text {
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width of the box.
        width: f32,
        /// Height of the box.
        height: f32,
        /// Height of the letters that is wanted.
        size: f32,
        /// What to write.
        text: String,
        /// Heavier strokes.
        #[serde(default)]
        bold: bool,
        /// Where lines stand in the box.
        #[serde(default)]
        align: Align,
    },
    /// A barcode in a box, as large as whole dots allow, in the middle of it, with its quiet zone inside the box.
    Barcode {
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width of the box.
        width: f32,
        /// Height of the box.
        height: f32,
        /// Which symbology.
        symbology: Symbology,
        /// What it says.
        text: String,
    },
    /// A black bar: a line, or a filled box.
    Bar {
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width.
        width: f32,
        /// Height.
        height: f32,
    },
    /// An empty box.
    Frame {
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width.
        width: f32,
        /// Height.
        height: f32,
        /// Thickness of its line.
        line: f32,
    },
}

/// Where lines of text stand in their box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}

/// Symbologies that labels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbology {
    /// Code 128 (ISO/IEC 15417).
    Code128,
    /// GS1-128; the text is bracketed, `(01)…`.
    #[serde(rename = "gs1-128")]
    Gs1128,
    /// QR Code (ISO/IEC 18004).
    Qr,
    /// Data Matrix (ISO/IEC 16022).
    DataMatrix,
    /// GS1 DataMatrix; the text is bracketed.
    Gs1DataMatrix,
    /// EAN-13 (ISO/IEC 15420), 13 digits.
    Ean13,
    /// ITF-14, 14 digits.
    Itf14,
}

/// What a label is about: field names and values.
pub type Fields = BTreeMap<String, String>;

/// Why a template or its data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The template's text is not well formed.
    #[error("template text {text:?}: {reason} at character {position}")]
    Text {
        /// The text.
        text: String,
        /// Where, counted in characters from 0.
        position: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The data lacks a field that the template needs.
    #[error("the data has no field {0:?}")]
    MissingField(String),
    /// The template file is not valid.
    #[error("template file: {0}")]
    File(String),
    /// No template with this name.
    #[error("no template {name:?}; there are: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// Templates that come with the product.
const BUILT_IN: [&str; 6] = [
    include_str!("templates/location.toml"),
    include_str!("templates/carton.toml"),
    include_str!("templates/item.toml"),
    include_str!("templates/badge.toml"),
    include_str!("templates/command.toml"),
    include_str!("templates/task.toml"),
];

impl Template {
    /// Reads a template file.
    ///
    /// # Errors
    /// [`TemplateError::File`] with line and column.
    pub fn from_toml(text: &str) -> Result<Self, TemplateError> {
        toml::from_str(text).map_err(|error| TemplateError::File(error.to_string()))
    }

    /// All templates that come with the product.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        BUILT_IN.iter().filter_map(|text| Self::from_toml(text).ok()).collect()
    }

    /// A built-in template by name.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub fn named(name: &str) -> Result<Self, TemplateError> {
        let all = Self::built_in();
        let known = all.iter().map(|template| template.name.as_str()).collect::<Vec<_>>().join(", ");
        all.into_iter().find(|template| template.name == name).ok_or_else(|| TemplateError::Unknown { name: name.to_owned(), known })
    }

    /// Names of the fields that the template uses, in alphabetical order.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .elements
            .iter()
            .filter_map(|element| match element {
                Element::Text { text, .. } | Element::Barcode { text, .. } => Some(text),
                Element::Bar { .. } | Element::Frame { .. } => None,
            })
            .flat_map(|text| pieces(text).unwrap_or_default())
            .filter_map(|piece| match piece {
                Piece::Field { name, .. } => Some(name),
                Piece::Char(_) | Piece::Open | Piece::Close => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

enum Piece {
    Char(char),
    Field { name: String, zeros: usize },
    Open,
    Close,
}

fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let characters: Vec<char> = text.chars().collect();
    let wrong = |position, reason| TemplateError::Text { text: text.to_owned(), position, reason };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let doubled = characters.get(at + 1) == Some(&c);
        match c {
            '{' | '}' | '[' | ']' if doubled => {
                found.push(Piece::Char(c));
                at += 1;
            }
            '{' => {
                let length = characters[at..].iter().position(|&c| c == '}').ok_or_else(|| wrong(at, "no closing '}'"))?;
                let inside: String = characters[at + 1..at + length].iter().collect();
                let (name, zeros) = match inside.split_once(":0") {
                    Some((name, width)) => (name, width.parse().map_err(|_| wrong(at, "the width after ':0' is not a number"))?),
                    None => (inside.as_str(), 0),
                };
                if name.is_empty() || zeros > 32 {
                    return Err(wrong(at, "a field needs a name, and a width of at most 32"));
                }
                found.push(Piece::Field { name: name.to_owned(), zeros });
                at += length;
            }
            '}' => return Err(wrong(at, "'}' without '{'")),
            '[' => found.push(Piece::Open),
            ']' => found.push(Piece::Close),
            _ => found.push(Piece::Char(c)),
        }
        at += 1;
    }
    Ok(found)
}

/// Puts the data into a template's text.
///
/// # Errors
/// [`TemplateError::Text`] when brackets do not match, [`TemplateError::MissingField`] when the data lacks a field outside `[…]`.
pub fn fill(text: &str, fields: &Fields) -> Result<String, TemplateError> {
    let mut filled = String::new();
    let mut optional: Option<(String, bool)> = None;
    let unbalanced = |reason| TemplateError::Text { text: text.to_owned(), position: text.chars().count(), reason };
    for piece in pieces(text)? {
        match piece {
            Piece::Char(c) => optional.as_mut().map_or(&mut filled, |(part, _)| part).push(c),
            Piece::Field { name, zeros } => {
                let value = fields.get(&name);
                let padded = value.map(|value| format!("{value:0>zeros$}"));
                match (&mut optional, padded) {
                    (Some((part, whole)), value) => match value.filter(|value| !value.is_empty()) {
                        Some(value) => part.push_str(&value),
                        None => *whole = false,
                    },
                    (None, Some(value)) => filled.push_str(&value),
                    (None, None) => return Err(TemplateError::MissingField(name)),
                }
            }
            Piece::Open if optional.is_some() => return Err(unbalanced("'[' inside '[ ]'")),
            Piece::Open => optional = Some((String::new(), true)),
            Piece::Close => match optional.take() {
                Some((part, true)) => filled.push_str(&part),
                Some((_, false)) => {}
                None => return Err(unbalanced("']' without '['")),
            },
        }
    }
    if optional.is_some() { Err(unbalanced("no closing ']'")) } else { Ok(filled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_are_filled_padded_and_left_out_with_their_brackets() {
        let fields = data(&[("gtin", "06901234567892"), ("n", "3"), ("of", "7"), ("lot", "")]);
        assert_eq!(fill("(8006){gtin}{n:02}{of:02}[(10){lot}]", &fields).unwrap(), "(8006)069012345678920307");
        assert_eq!(fill("{n}/{of} {{x}} [[y]]", &fields).unwrap(), "3/7 {x} [y]");
    }

    #[test]
    fn a_missing_field_or_bracket_is_named() {
        assert_eq!(fill("{nobody}", &Fields::new()), Err(TemplateError::MissingField("nobody".into())));
        assert!(matches!(fill("{n", &Fields::new()), Err(TemplateError::Text { position: 0, .. })));
        assert!(fill("[{n}", &Fields::new()).is_err() && fill("a]", &Fields::new()).is_err() && fill("}", &Fields::new()).is_err());
        assert!(matches!(Template::named("x"), Err(TemplateError::Unknown { .. })));
    }

    #[test]
    fn every_built_in_template_is_valid_and_has_a_name_of_its_own() {
        for text in BUILT_IN {
            Template::from_toml(text).unwrap();
        }
        let mut names: Vec<_> = Template::built_in().into_iter().map(|template| template.name).collect();
        names.dedup();
        assert_eq!(names, ["location", "carton", "item", "badge", "command", "task"]);
    }
}
