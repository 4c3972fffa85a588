//! A template's text as a tree that knows where each part stands: TOML with line and column, or the same keys as JSON.
//!
//! `serde` alone loses the places inside lists of tagged tables, and a person who mends a template needs them; so the tree is checked
//! against the [`schema`](crate::schema) first, and only what passed becomes a [`Template`](crate::Template).

use serde_json::{Map, Number, Value as Json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Position};

/// A part of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it begins; for a text the character behind the quotation mark, so that places within it can be counted on. `None` in JSON.
    pub at: Option<Position>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Truth(bool),
    /// Any number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys with their places and values.
    Table(Vec<(String, Option<Position>, Node)>),
}

impl Node {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|(name, ..)| name == key).map(|(.., node)| node),
            _ => None,
        }
    }

    /// As text, when it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As a list, when it is one.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// Without places, for `serde`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Truth(truth) => Json::Bool(*truth),
            // Whole numbers stay whole, so that they can be read as such.
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Json::from(*number as i64),
            Value::Number(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Table(entries) => {
                Json::Object(entries.iter().map(|(key, _, node)| (key.clone(), node.to_json())).collect::<Map<_, _>>())
            }
        }
    }
}

/// Reads TOML, or JSON when the first character that is not blank is `{`.
///
/// # Errors
/// A finding at line and column.
pub fn read(text: &str) -> Result<Node, Finding> {
    if text.trim_start().starts_with('{') {
        let json: Json = serde_json::from_str(text).map_err(|error| {
            let at = Position { line: u32::try_from(error.line()).unwrap_or(0), column: u32::try_from(error.column()).unwrap_or(0) };
            Finding::error("JSON 格式不对，请改正这一处。", format!("Not valid JSON, mend it here: {error}.")).at(Some(at))
        })?;
        return Ok(from_json(json));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| Position::of(text, span.start));
        Finding::error("TOML 格式不对，请改正这一处。", format!("Not valid TOML, mend it here: {}.", error.message())).at(at)
    })?;
    let at = Some(Position { line: 1, column: 1 });
    Ok(Node { value: from_table(text, table.get_ref()), at })
}

fn from_json(json: Json) -> Node {
    let value = match json {
        // A key without a value is a key that is not there.
        Json::Null => Value::Text(String::new()),
        Json::Bool(truth) => Value::Truth(truth),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text),
        Json::Array(values) => Value::List(values.into_iter().map(from_json).collect()),
        Json::Object(object) => Value::Table(
            object.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, None, from_json(value))).collect(),
        ),
    };
    Node { value, at: None }
}

fn from_table(source: &str, table: &DeTable<'_>) -> Value {
    let mut entries: Vec<(usize, String, Node)> =
        table.iter().map(|(key, value)| (key.span().start, key.get_ref().to_string(), from_toml(source, value))).collect();
    entries.sort_by_key(|(at, ..)| *at);
    Value::Table(entries.into_iter().map(|(at, key, node)| (key, Some(Position::of(source, at)), node)).collect())
}

fn from_toml(source: &str, value: &Spanned<DeValue<'_>>) -> Node {
    let span = value.span();
    let mut start = span.start;
    let converted = match value.get_ref() {
        DeValue::String(text) => {
            // Behind `"`, `'`, `"""` or `'''`, and behind the line feed that the long ones may begin with.
            let raw = source.get(span.start..span.end).unwrap_or_default();
            start += raw.find(text.as_ref()).unwrap_or(0);
            Value::Text(text.to_string())
        }
        DeValue::Integer(number) => Value::Number(i64::from_str_radix(number.as_str(), number.radix()).map_or(f64::NAN, |n| n as f64)),
        DeValue::Float(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(values) => Value::List(values.iter().map(|value| from_toml(source, value)).collect()),
        DeValue::Table(table) => from_table(source, table),
    };
    Node { value: converted, at: Some(Position::of(source, start)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_make_the_same_tree_and_toml_knows_its_places() {
        let toml = "name = \"x\"\nwidth = 60.5\n\n[[element]]\nkind = \"text\"\nbold = true\nlist = [1, 2]\n";
        let tree = read(toml).unwrap();
        let json = tree.to_json();
        assert_eq!(read(&json.to_string()).unwrap().to_json(), json);
        let element = &tree.get("element").unwrap().list()[0];
        assert_eq!(element.get("kind").unwrap().at, Some(Position { line: 5, column: 9 }));
        let Value::Table(entries) = &element.value else { panic!() };
        assert_eq!(entries[1].1, Some(Position { line: 6, column: 1 }));
    }

    #[test]
    fn what_is_not_well_formed_is_refused_at_its_place() {
        assert_eq!(read("a = 1\nb = \n").unwrap_err().at.unwrap().line, 2);
        assert_eq!(read("{\n\"a\": }").unwrap_err().at.unwrap().line, 2);
    }
}
