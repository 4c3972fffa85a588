//! Label templates as data: a size in millimetres, the fields that the label is about, and what stands where.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::finding::{self, Finding};
use crate::places::Places;
use crate::rules::{Purpose, Symbology};
use crate::source;
use crate::symbol::Level;
use crate::{canvas::Turn, schema};

/// A label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Name used by commands and settings.
    pub name: String,
    /// Name for people, Chinese.
    pub title: String,
    /// The same, English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// Width across the head, millimetres.
    pub width: f32,
    /// Length along the feed, millimetres.
    pub height: f32,
    /// Gap between labels, millimetres.
    #[serde(default = "default_gap")]
    pub gap: f32,
    /// What the fields mean; one that is used but not described has only its name.
    #[serde(rename = "field", default, skip_serializing_if = "Vec::is_empty")]
    pub described: Vec<FieldInfo>,
    /// What stands on it, drawn in order.
    #[serde(rename = "element", default)]
    pub elements: Vec<Element>,
    /// Where its parts stand in the file it came from.
    #[serde(skip)]
    pub(crate) places: Places,
}

fn default_gap() -> f32 {
    2.0
}

/// A field described for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// The field.
    pub name: String,
    /// Its name, Chinese.
    pub title: String,
    /// The same, English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// A value for previews.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
}

/// One thing on a label. Places and sizes are millimetres from the upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width of its box on the label.
    pub width: f32,
    /// Height of its box on the label.
    pub height: f32,
    /// Degrees clockwise that it is turned within its box: 0, 90, 180 or 270.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rotate: u16,
    /// It is left out when this text is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

fn is_zero(angle: &u16) -> bool {
    *angle == 0
}

fn is_nothing(length: &f32) -> bool {
    *length <= 0.0
}

fn is_false(truth: &bool) -> bool {
    !truth
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What an element is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    /// Text in a box: wrapped at its width, made smaller until it fits.
    Text {
        /// What to write.
        text: String,
        /// Height of the letters that is wanted.
        size: f32,
        /// Height below which text is cut rather than made smaller; 0 for what can just be read.
        #[serde(default, skip_serializing_if = "is_nothing")]
        smallest: f32,
        /// Heavier strokes.
        #[serde(default, skip_serializing_if = "is_false")]
        bold: bool,
        /// White on black.
        #[serde(default, skip_serializing_if = "is_false")]
        inverse: bool,
        /// Where lines stand in the box.
        #[serde(default, skip_serializing_if = "is_usual")]
        align: Align,
        /// Where the lines stand together.
        #[serde(default, skip_serializing_if = "is_usual")]
        valign: VAlign,
    },
    /// A barcode in a box, as large as whole dots allow, in the middle of it, with its quiet zone inside the box.
    Barcode {
        /// Which symbology.
        symbology: Symbology,
        /// What it says.
        text: String,
        /// Where it is scanned, which decides how large it must be.
        #[serde(default, skip_serializing_if = "is_usual")]
        purpose: Purpose,
        /// Width of a module that is wanted, millimetres; 0 for as large as fits.
        #[serde(default, skip_serializing_if = "is_nothing")]
        module: f32,
        /// Height of the letters below that say what the code says; 0 for none.
        #[serde(default, skip_serializing_if = "is_nothing")]
        human: f32,
        /// Error correction of QR, PDF417 and Aztec.
        #[serde(default, skip_serializing_if = "is_usual")]
        level: Level,
    },
    /// A filled box.
    Bar,
    /// An empty box.
    Frame {
        /// Thickness of its line.
        line: f32,
    },
    /// A line from corner to corner of its box.
    Line {
        /// Its thickness.
        line: f32,
        /// From the lower left to the upper right.
        #[serde(default, skip_serializing_if = "is_false")]
        rising: bool,
        /// Length of dashes and of the gaps between them; 0 for none.
        #[serde(default, skip_serializing_if = "is_nothing")]
        dash: f32,
    },
    /// A picture, as large as fits.
    Image {
        /// PNG in Base64.
        png: String,
        /// With scattered dots for grey.
        #[serde(default, skip_serializing_if = "is_false")]
        dither: bool,
    },
    /// Rows and columns of text.
    Table {
        /// Line feeds between rows, tabs between columns.
        rows: String,
        /// The columns.
        columns: Vec<Column>,
        /// Height of letters.
        size: f32,
        /// Thickness of lines between cells; 0 for none.
        #[serde(default, skip_serializing_if = "is_nothing")]
        line: f32,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its width.
    pub width: f32,
    /// What stands over it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where its text stands.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub align: Align,
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

/// Where the lines of a text stand together in their box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VAlign {
    /// At the upper edge.
    #[default]
    Top,
    /// In the middle.
    Middle,
    /// At the lower edge.
    Bottom,
}

/// What a label is about: field names and values.
pub type Fields = BTreeMap<String, String>;

/// Why a template or its data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The template or its data must be put right at these places.
    #[error("{}", finding::lines(.0))]
    Fix(Vec<Finding>),
    /// The template file cannot be read.
    #[error("template file: {0}")]
    File(String),
    /// No template with this name.
    #[error("没有标签模板“{name}”；现有：{known}。 No template {name:?}; there are: {known}.")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// Templates that come with the product.
const BUILT_IN: [&str; 9] = [
    include_str!("templates/location.toml"),
    include_str!("templates/carton.toml"),
    include_str!("templates/item.toml"),
    include_str!("templates/price.toml"),
    include_str!("templates/logistic.toml"),
    include_str!("templates/kit.toml"),
    include_str!("templates/badge.toml"),
    include_str!("templates/command.toml"),
    include_str!("templates/task.toml"),
];

static READ: LazyLock<Vec<Template>> = LazyLock::new(|| BUILT_IN.iter().filter_map(|text| Template::read(text).ok()).collect());

impl Template {
    /// Reads a template: TOML, or the same keys as JSON.
    ///
    /// # Errors
    /// [`TemplateError::Fix`] with all mistakes, each at its line and column.
    pub fn read(text: &str) -> Result<Self, TemplateError> {
        let root = source::read(text).map_err(|finding| TemplateError::Fix(vec![finding]))?;
        let findings = schema::check(&root);
        if !findings.is_empty() {
            return Err(TemplateError::Fix(findings));
        }
        let made: Result<Self, _> = serde_json::from_value(root.to_json());
        let template =
            made.map_err(|error| TemplateError::Fix(vec![Finding::error("模板不能使用。", format!("Not a usable template: {error}."))]))?;
        Ok(Self { places: Places::of(&root), ..template })
    }

    /// Reads a template file.
    ///
    /// # Errors
    /// As [`Template::read`].
    pub fn from_toml(text: &str) -> Result<Self, TemplateError> {
        Self::read(text)
    }

    /// As a template file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // A template has nothing in it that TOML cannot say.
        toml::to_string(self).unwrap_or_default()
    }

    /// All templates that come with the product.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        READ.clone()
    }

    /// A built-in template by name.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub fn named(name: &str) -> Result<Self, TemplateError> {
        READ.iter().find(|template| template.name == name).cloned().ok_or_else(|| TemplateError::Unknown {
            name: name.to_owned(),
            known: READ.iter().map(|template| template.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// A label of this size with nothing on it.
    #[must_use]
    pub fn empty(name: &str, width: f32, height: f32) -> Self {
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            title_en: String::new(),
            width,
            height,
            gap: default_gap(),
            described: Vec::new(),
            elements: Vec::new(),
            places: Places::default(),
        }
    }
}

impl Element {
    /// Its turn.
    #[must_use]
    pub const fn turn(&self) -> Turn {
        match self.rotate {
            90 => Turn::Right,
            180 => Turn::Half,
            270 => Turn::Left,
            _ => Turn::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_template_is_valid_and_has_a_name_of_its_own() {
        for text in BUILT_IN {
            Template::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
        let names: Vec<_> = Template::built_in().into_iter().map(|template| template.name).collect();
        assert_eq!(names, ["location", "carton", "item", "price", "logistic", "kit", "badge", "command", "task"]);
        assert!(matches!(Template::named("x"), Err(TemplateError::Unknown { .. })));
    }

    #[test]
    fn every_field_of_the_built_in_templates_is_described_in_both_languages_with_an_example() {
        for template in Template::built_in() {
            assert!(!template.title_en.is_empty(), "{}", template.name);
            for field in template.needs() {
                assert!(!field.title_en.is_empty() && field.title != field.name, "{} {}", template.name, field.name);
                assert!(!field.required || !field.example.is_empty(), "{} {}", template.name, field.name);
            }
            assert_eq!(template.needs().len(), template.described.len(), "{}: a field is described that nothing uses", template.name);
        }
    }

    #[test]
    fn a_template_written_and_read_again_is_the_same() {
        for template in Template::built_in() {
            let bare = |template: Template| Template { places: Places::default(), ..template };
            assert_eq!(bare(Template::read(&template.to_toml()).unwrap()), bare(template.clone()));
            let json = serde_json::to_string(&template).unwrap();
            assert_eq!(bare(Template::read(&json).unwrap()), bare(template));
        }
    }

    #[test]
    fn the_schema_and_the_structures_agree() {
        // A template that has every key of the schema is taken, so no key is known to one of them only.
        use schema::Form;
        for kind in schema::schema().kinds {
            let value = |form: &Form| match form {
                Form::Millimetres { max, .. } => serde_json::json!(max.min(5.0)),
                Form::Steps { max, .. } => serde_json::json!(max),
                Form::Truth { .. } => true.into(),
                Form::Plain | Form::Expression => "x".into(),
                Form::Choice { choices } => choices.last().unwrap().value.into(),
                Form::Png => crate::Bitmap::new(2, 2).to_png().map(|png| data_encoding::BASE64.encode(&png)).unwrap().into(),
                Form::Columns { .. } => serde_json::json!([{"width": 10.0, "title": "数量", "align": "right"}]),
            };
            let mut element = serde_json::Map::new();
            for property in schema::schema().element.iter().chain(kind.properties) {
                element.insert(property.name.into(), value(&property.form));
            }
            element.insert("kind".into(), kind.kind.into());
            let json = serde_json::json!({"name": "x", "title": "x", "width": 60, "height": 40, "element": [element.clone()]});
            let template = Template::read(&json.to_string()).unwrap_or_else(|error| panic!("{}: {error}", kind.kind));
            let written = serde_json::to_value(&template).unwrap();
            let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&written["element"][0]), keys(&element.into()), "{}", kind.kind);
        }
    }
}
