//! What data a template needs: the fields in its texts, and whether a label can be printed without.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::expression::Text;
use crate::template::{Element, FieldInfo, Fields, Template, What};

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

impl Template {
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
}

impl Element {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_brackets_or_in_elements_that_may_go_are_not_required() {
        let text = "name = \"x\"\ntitle = \"x\"\nwidth = 60\nheight = 40\n\
            [[element]]\nkind = \"text\"\nx = 1\ny = 1\nwidth = 9\nheight = 9\nsize = 4\ntext = \"{a}[{b}]\"\n\
            [[element]]\nkind = \"text\"\nwhen = \"[{b}]\"\nx = 1\ny = 1\nwidth = 9\nheight = 9\nsize = 4\ntext = \"{c}\"\n";
        let template = Template::read(text).unwrap();
        let needs: Vec<_> = template.needs().into_iter().map(|field| (field.name, field.required, field.elements)).collect();
        assert_eq!(needs, [("a".into(), true, vec![0]), ("b".into(), false, vec![0, 1]), ("c".into(), false, vec![1])]);
    }
}
