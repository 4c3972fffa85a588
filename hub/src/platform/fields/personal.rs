//! Personal custom fields: which they are, how their values become texts that are sealed, and how much of one is shown.

use serde_json::{Map, Value as Json};

use super::compile::{Compiled, CompiledField, DefinitionFault};
use super::model::{Field, FieldSet, Kind};
use super::subject::Subject;
use crate::platform::vault;

/// What stands in every masked text, and in no text that somebody means.
pub(super) const MASK: &str = "***";

/// Whether values of a field are sealed. Items are about nobody's life; what is personal of customers are fields of their own.
#[must_use]
pub fn is_personal(subject: Subject, field: &Field) -> bool {
    subject == Subject::Person && (field.personal || by_name(field))
}

fn by_name(field: &Field) -> bool {
    vault::Kind::of_field(&field.key).is_some()
}

/// What definitions may not say of personal fields, as they would be published now; `ever` is what fields of these keys were before.
#[must_use]
pub fn faults(subject: Subject, set: &FieldSet, ever: &[Field]) -> Vec<DefinitionFault> {
    let mut faults = Vec::new();
    for (n, field) in set.fields.iter().enumerate() {
        let mut fault = |member: &str, rule, zh: &str, en: &str| {
            faults.push(DefinitionFault::new(format!("fields[{n}].{member}"), rule, zh, en));
        };
        if subject != Subject::Person {
            let (zh, en) =
                ("个人信息只能是人员的字段，这种记录上不能有。", "Only people have personal fields; records of this kind have none.");
            if field.personal {
                fault("personal", "personal_subject", zh, en);
            } else if by_name(field) {
                fault("key", "personal_subject", zh, en);
            }
            continue;
        }
        if !by_name(field) && ever.iter().any(|was| was.key == field.key && was.personal != field.personal) {
            let zh = "发布过的字段不能再改成（或不再是）个人信息：已有的记录和历史是按原来写的。请另建一个字段。";
            let en = "A published field cannot become personal, nor stop being so: values and history are written as it was. Make another field.";
            fault("personal", "personal_stays", zh, en);
        }
        if !is_personal(subject, field) {
            continue;
        }
        if field.filter {
            let (zh, en) = (
                "个人信息不能在列表里筛选或排序，请用查找。",
                "Lists neither narrow nor sort by a personal field; it is found by a search for the whole text.",
            );
            fault("filter", "personal_filters", zh, en);
        }
        if field.default.is_some() {
            fault("default", "personal_default", "个人信息没有默认值。", "A personal field has no default.");
        }
    }
    faults
}

/// The text that is sealed of a value.
#[must_use]
pub fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl CompiledField {
    /// The value of a text that was sealed; nothing for one that is none of its kind.
    #[must_use]
    pub fn value_of(&self, text: &str) -> Option<Json> {
        match self.field.kind {
            Kind::Number | Kind::Boolean | Kind::Choices => serde_json::from_str(text).ok(),
            _ => Some(Json::String(text.to_owned())),
        }
    }

    /// What may be shown of a text to somebody who may see that it is there: the ends of a written one, nothing of any other.
    #[must_use]
    pub fn masked(&self, text: &str) -> Json {
        let kind = vault::Kind::of_field(&self.field.key).unwrap_or(vault::Kind::Other);
        let masked = match self.field.kind {
            Kind::Text | Kind::LongText => kind.masked(&kind.normal(text)),
            _ => vault::Kind::Secret.masked(text),
        };
        Json::String(masked)
    }
}

impl Compiled {
    /// The personal ones among the fields.
    pub fn personal(&self) -> impl Iterator<Item = &CompiledField> {
        self.fields.iter().filter(|of| of.personal)
    }

    /// Values as the audit may keep them: of personal fields the masked form.
    #[must_use]
    pub fn for_audit(&self, values: &Map<String, Json>) -> Map<String, Json> {
        let mut told = values.clone();
        for of in self.personal() {
            if let Some(value) = told.get_mut(&of.field.key) {
                *value = of.masked(&text_of(value));
            }
        }
        told
    }
}
