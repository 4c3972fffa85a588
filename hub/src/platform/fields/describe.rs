//! One description of a kind of record for everything that shows or takes its fields: form, list, filter, import, export, print.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::compile::{Compiled, CompiledField};
use super::model::{Choice, Group, Kind};
use crate::http::problem::Language;
use crate::platform::identity::{Actor, FieldRight};
use crate::platform::organisation::Tree;

/// A field of a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormField {
    /// Where its value stands in the record, as `name` or `custom.colour`.
    pub key: String,
    /// Whether it is a custom field.
    pub custom: bool,
    /// Chinese name.
    pub title: String,
    /// English name.
    pub title_en: String,
    /// What it holds.
    pub kind: String,
    /// Whether it must have a value.
    pub required: bool,
    /// The expression that says when it must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_when: Option<String>,
    /// What may be chosen, also what no longer may (`active: false`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The value of a new record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub default: Option<Value>,
    /// Most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Help in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Help in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help_en: String,
    /// The group it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether the reader's role may write it.
    pub writable: bool,
    /// Whether it is about somebody's life: shown masked to those whose role does not allow more, and revealed for a reason.
    pub personal: bool,
}

/// The form of a kind of record, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Form {
    /// The kind of record.
    pub entity: &'static str,
    /// Groups, in their order; fields without a group stand before them.
    pub groups: Vec<Group>,
    /// Fields.
    pub fields: Vec<FormField>,
}

/// A column of a list, an import or an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    /// Where its value stands in the record, as `name` or `custom.colour`.
    pub key: String,
    /// Whether it is a custom field.
    pub custom: bool,
    /// Chinese name.
    pub title: String,
    /// English name.
    pub title_en: String,
    /// What it holds.
    pub kind: String,
    /// Whether it is shown without being asked.
    pub in_list: bool,
    /// Whether the list is sorted by it with `sort=`.
    pub sorts: bool,
    /// Parameters of the list that narrow it, as `custom.price.from`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// What a choice may hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
}

/// The columns of a kind of record, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Columns {
    /// The kind of record.
    pub entity: &'static str,
    /// Columns.
    pub columns: Vec<Column>,
}

fn word(kind: Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn filters(of: &CompiledField) -> Vec<String> {
    if !of.field.filter {
        return Vec::new();
    }
    let hows: &[&str] = match of.field.kind {
        Kind::Number | Kind::Decimal | Kind::Money | Kind::Date | Kind::Time => &["", ".from", ".to", ".empty"],
        _ => &["", ".empty"],
    };
    hows.iter().map(|how| format!("custom.{}{how}", of.field.key)).collect()
}

impl CompiledField {
    /// Titles of the options that may be chosen, in a language.
    #[must_use]
    pub fn options_in(&self, language: Language) -> Vec<&str> {
        let zh = language == Language::Chinese;
        match self.field.kind {
            Kind::Boolean => {
                if zh {
                    vec!["是", "否"]
                } else {
                    vec!["yes", "no"]
                }
            }
            // Of several options a cell holds a list, which a drop-down cannot offer.
            Kind::Choice => {
                let active = self.options.iter().filter(|option| option.active);
                active.map(|option| if zh || option.title_en.is_empty() { option.title.as_str() } else { &option.title_en }).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The code of an option by its code or by its title in either language.
    #[must_use]
    pub fn option_named(&self, name: &str) -> Option<&str> {
        let wanted = name.trim().to_lowercase();
        let is = |option: &&Choice| [&option.code, &option.title, &option.title_en].iter().any(|name| name.to_lowercase() == wanted);
        let (mut active, mut gone) =
            (self.options.iter().filter(|option| option.active), self.options.iter().filter(|option| !option.active));
        active.find(is).or_else(|| gone.find(is)).map(|option| option.code.as_str())
    }

    /// A stored value as a cell of a sheet or a print has it, in the reader's language.
    #[must_use]
    pub fn cell(&self, stored: Option<&Value>, language: Language) -> String {
        let zh = language == Language::Chinese;
        let title = |code: &str| match self.options.iter().find(|option| option.code == code) {
            Some(option) if zh || option.title_en.is_empty() => option.title.clone(),
            Some(option) => option.title_en.clone(),
            None => code.to_owned(),
        };
        match stored {
            None | Some(Value::Null) => String::new(),
            Some(Value::Bool(yes)) => match (yes, zh) {
                (true, true) => "是",
                (false, true) => "否",
                (true, false) => "yes",
                (false, false) => "no",
            }
            .to_owned(),
            Some(Value::String(text)) if self.field.kind == Kind::Choice => title(text),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(codes)) => codes.iter().filter_map(Value::as_str).map(title).collect::<Vec<_>>().join("; "),
            Some(other) => other.to_string(),
        }
    }
}

impl Compiled {
    /// The fields that somebody may see of one record at least, in their order.
    #[must_use]
    pub fn seen(&self, actor: &Actor) -> Vec<&CompiledField> {
        let sight = actor.anywhere();
        self.fields.iter().filter(|of| self.is_seen(&sight, of)).collect()
    }

    /// The fields of a sheet that somebody may write: those of records of the whole chain; of people, who belong somewhere, those of some
    /// organisations too.
    pub fn for_sheets(&self, actor: &Actor) -> impl Iterator<Item = &CompiledField> {
        let sight = actor.anywhere();
        let everywhere = self.subject == super::Subject::Person;
        self.fields
            .iter()
            .filter(move |of| (everywhere || of.field.organisations.is_empty()) && self.right(&sight, of) == FieldRight::Write)
    }

    /// The form that somebody fills in for a record of an organisation.
    #[must_use]
    pub fn form(&self, actor: &Actor, tree: &Tree, organisation: Option<i64>) -> Form {
        let entity = self.subject.word();
        let placed = self.subject.placed().is_some() && organisation.is_some();
        let sight = if placed { actor.at(organisation) } else { actor.anywhere() };
        let built_in = self.subject.built_in().iter().filter(|of| of.in_form && of.is_seen(sight.right(entity, of.key, false)));
        let built_in = built_in.map(|of| FormField {
            key: of.key.to_owned(),
            custom: false,
            title: of.title.to_owned(),
            title_en: of.title_en.to_owned(),
            kind: of.kind.to_owned(),
            required: of.required,
            required_when: None,
            options: Vec::new(),
            default: None,
            max_length: None,
            help: String::new(),
            help_en: String::new(),
            group: None,
            writable: sight.right(entity, of.key, false) == FieldRight::Write,
            personal: false,
        });
        let here = self.fields.iter().filter(|of| of.is_at(tree, organisation) && self.is_seen(&sight, of));
        let custom = here.map(|of| {
            let (field, (title, title_en)) = (&of.field, of.titles());
            FormField {
                key: format!("custom.{}", field.key),
                custom: true,
                title: title.to_owned(),
                title_en: title_en.to_owned(),
                kind: word(field.kind),
                required: field.required,
                required_when: field.required_when.clone(),
                options: of.options.clone(),
                default: field.default.clone(),
                max_length: field.max_length,
                help: field.help.clone(),
                help_en: field.help_en.clone(),
                group: field.group.clone(),
                writable: self.right(&sight, of) == FieldRight::Write,
                personal: of.personal,
            }
        });
        Form { entity, groups: self.groups.clone(), fields: built_in.chain(custom).collect() }
    }

    /// The columns that somebody may see.
    #[must_use]
    pub fn columns(&self, actor: &Actor) -> Columns {
        let (entity, sight) = (self.subject.word(), actor.anywhere());
        let built_in = self.subject.built_in().iter().filter(|of| of.is_seen(sight.right(entity, of.key, false))).map(|of| Column {
            key: of.key.to_owned(),
            custom: false,
            title: of.title.to_owned(),
            title_en: of.title_en.to_owned(),
            kind: of.kind.to_owned(),
            in_list: of.in_list,
            sorts: of.sorts,
            filters: Vec::new(),
            options: Vec::new(),
        });
        let custom = self.seen(actor).into_iter().map(|of| {
            let (title, title_en) = of.titles();
            Column {
                key: format!("custom.{}", of.field.key),
                custom: true,
                title: title.to_owned(),
                title_en: title_en.to_owned(),
                kind: word(of.field.kind),
                in_list: of.field.in_list,
                sorts: of.field.filter && of.field.kind.sorts(),
                filters: filters(of),
                options: of.options.clone(),
            }
        });
        Columns { entity, columns: built_in.chain(custom).collect() }
    }
}
