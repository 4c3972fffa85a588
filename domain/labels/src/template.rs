//! Label templates as data: a size in millimetres, the fields that the label is about, and what stands where.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::expression::Text;
use crate::finding::{self, Finding, Position};
use crate::rules::Purpose;
use crate::source::{self, Node, Value};
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
    places: Places,
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

/// A field that a template uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldUse {
    /// The field.
    pub name: String,
    /// Its name, Chinese; the field itself when nobody described it.
    pub title: String,
    /// The same, English.
    pub title_en: String,
    /// A value for previews.
    pub example: String,
    /// Whether the label cannot be printed without.
    pub required: bool,
    /// Elements that use it, counted from 0.
    pub elements: Vec<usize>,
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

/// Symbologies that labels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbology {
    /// Code 128 (ISO/IEC 15417).
    Code128,
    /// GS1-128; the text is bracketed, `(01)…`.
    #[serde(rename = "gs1-128")]
    Gs1128,
    /// EAN-13 (ISO/IEC 15420), 13 digits.
    Ean13,
    /// EAN-8, 8 digits.
    Ean8,
    /// UPC-A, 12 digits.
    UpcA,
    /// UPC-E, 8 digits.
    UpcE,
    /// ITF-14 (ISO/IEC 16390), 14 digits, between bearer bars.
    Itf14,
    /// Code 39 (ISO/IEC 16388).
    Code39,
    /// QR Code (ISO/IEC 18004).
    Qr,
    /// GS1 QR Code; the text is bracketed.
    Gs1Qr,
    /// Data Matrix (ISO/IEC 16022).
    DataMatrix,
    /// GS1 DataMatrix; the text is bracketed.
    Gs1DataMatrix,
    /// PDF417 (ISO/IEC 15438).
    Pdf417,
    /// Aztec Code (ISO/IEC 24778).
    Aztec,
}

impl Symbology {
    /// Its name in standards.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code128 => "Code 128",
            Self::Gs1128 => "GS1-128",
            Self::Ean13 => "EAN-13",
            Self::Ean8 => "EAN-8",
            Self::UpcA => "UPC-A",
            Self::UpcE => "UPC-E",
            Self::Itf14 => "ITF-14",
            Self::Code39 => "Code 39",
            Self::Qr => "QR Code",
            Self::Gs1Qr => "GS1 QR Code",
            Self::DataMatrix => "Data Matrix",
            Self::Gs1DataMatrix => "GS1 DataMatrix",
            Self::Pdf417 => "PDF417",
            Self::Aztec => "Aztec Code",
        }
    }
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

    /// Names of the fields that the template uses, in alphabetical order.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.uses().into_keys().collect()
    }

    /// The fields that the template uses: those described in the order of their description, then the others.
    #[must_use]
    pub fn needs(&self) -> Vec<FieldUse> {
        let mut uses = self.uses();
        let mut needs = Vec::new();
        for info in &self.described {
            if let Some((required, elements)) = uses.remove(&info.name) {
                let FieldInfo { name, title, title_en, example } = info.clone();
                needs.push(FieldUse { name, title, title_en, example, required, elements });
            }
        }
        needs.extend(uses.into_iter().map(|(name, (required, elements))| FieldUse {
            title: name.clone(),
            title_en: String::new(),
            example: String::new(),
            name,
            required,
            elements,
        }));
        needs
    }

    fn uses(&self) -> BTreeMap<String, (bool, Vec<usize>)> {
        let mut uses: BTreeMap<String, (bool, Vec<usize>)> = BTreeMap::new();
        for (number, element) in self.elements.iter().enumerate() {
            for (text, counts) in element.texts() {
                let Ok(text) = Text::read(text) else { continue };
                for (field, required) in text.fields() {
                    let (needed, elements) = uses.entry(field.to_owned()).or_default();
                    *needed |= required && counts;
                    if elements.last() != Some(&number) {
                        elements.push(number);
                    }
                }
            }
        }
        uses
    }

    /// The examples of the described fields, for previews and tests.
    #[must_use]
    pub fn examples(&self) -> Fields {
        self.described.iter().map(|info| (info.name.clone(), info.example.clone())).collect()
    }

    /// Where an element's key stands in the file, or the element itself.
    #[must_use]
    pub fn position(&self, element: Option<usize>, key: Option<&str>) -> Option<Position> {
        let keys = self.places.elements.get(element?)?;
        key.and_then(|key| keys.get(key)).or_else(|| keys.get("")).copied()
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

    /// Its texts, and whether fields in them are needed.
    fn texts(&self) -> Vec<(&str, bool)> {
        let when = self.when.as_deref().map(|text| (text, false));
        let own = match &self.what {
            What::Text { text, .. } | What::Barcode { text, .. } => Some(text.as_str()),
            What::Table { rows, .. } => Some(rows.as_str()),
            What::Bar | What::Frame { .. } | What::Line { .. } | What::Image { .. } => None,
        };
        // What stands in an element that may be left out is needed only when it is not.
        when.into_iter().chain(own.map(|text| (text, self.when.is_none()))).collect()
    }
}

/// Places of the elements and their keys; the place under the empty key is the element's own.
#[derive(Debug, Clone, Default, PartialEq)]
struct Places {
    elements: Vec<BTreeMap<String, Position>>,
}

impl Places {
    fn of(root: &Node) -> Self {
        let elements = root.get("element").map(Node::list).unwrap_or_default().iter().map(|element| {
            let own = element.at.map(|at| (String::new(), at));
            let keys = match &element.value {
                Value::Table(entries) => entries.iter().filter_map(|(key, at, _)| Some((key.clone(), (*at)?))).collect(),
                _ => Vec::new(),
            };
            own.into_iter().chain(keys).collect()
        });
        Self { elements: elements.collect() }
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

    #[test]
    fn fields_in_brackets_or_in_elements_that_may_go_are_not_required() {
        let text = "name = \"x\"\ntitle = \"x\"\nwidth = 60\nheight = 40\n\
            [[element]]\nkind = \"text\"\nx = 1\ny = 1\nwidth = 9\nheight = 9\nsize = 4\ntext = \"{a}[{b}]\"\n\
            [[element]]\nkind = \"text\"\nwhen = \"[{b}]\"\nx = 1\ny = 1\nwidth = 9\nheight = 9\nsize = 4\ntext = \"{c}\"\n";
        let template = Template::read(text).unwrap();
        let needs: Vec<_> = template.needs().into_iter().map(|field| (field.name, field.required, field.elements)).collect();
        assert_eq!(needs, [("a".into(), true, vec![0]), ("b".into(), false, vec![0, 1]), ("c".into(), false, vec![1])]);
        assert_eq!(template.position(Some(1), Some("text")), Some(Position { line: 21, column: 1 }));
        assert_eq!(template.position(Some(1), Some("nothing")).map(|at| at.line), Some(13));
    }
}
