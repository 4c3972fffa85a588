//! The filters of an export: the query parameters of the list's page by their names, with their values.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::Exportable;
use crate::http::problem::Problem;
use crate::platform::fields::access::CustomQuery;

/// The filters of a list, named as the parameters of its page: `{"site": 3, "q": "chair", "custom.colour": "red"}`. Each list knows its own;
/// `export-lists` tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = Object)]
pub struct Filters(Map<String, Json>);

/// As it would stand in the page's address; nothing for what is no text, number or flag.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null => Some(String::new()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

fn is_custom(name: &str) -> bool {
    name.starts_with("custom.") || name == "sort"
}

impl Filters {
    /// Refuses filters that the list does not know, and values that are none.
    ///
    /// # Errors
    /// A 422 problem that names the filter.
    pub fn check(&self, list: &dyn Exportable) -> Result<(), Problem> {
        for (name, value) in &self.0 {
            let is_known = if is_custom(name) { list.subject().is_some() } else { list.filters().contains(&name.as_str()) };
            if !is_known {
                let zh = format!("这个列表没有 {name} 这个筛选条件。");
                return Err(refuse(name, zh, format!("This list has no filter {name}.")));
            }
            if text(value).is_none() {
                return Err(not_understood(name));
            }
        }
        Ok(())
    }

    /// The list's own parameters.
    ///
    /// # Errors
    /// A 422 problem that names the filter whose value is none.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let all = || self.0.iter().filter(|(name, _)| !is_custom(name));
        read(all()).map_err(|error| {
            let wrong = all().find(|one| read::<T>(std::iter::once(*one)).is_err());
            wrong.map_or_else(|| Problem::internal(&error), |(name, _)| not_understood(name))
        })
    }

    /// What is asked about custom fields.
    #[must_use]
    pub fn custom(&self) -> CustomQuery {
        CustomQuery::of(self.0.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))))
    }
}

fn read<'a, T: DeserializeOwned>(some: impl Iterator<Item = (&'a String, &'a Json)>) -> Result<T, serde_json::Error> {
    let texts = some.map(|(name, value)| (name.clone(), text(value).unwrap_or_default().into()));
    serde_json::from_value(Json::Object(texts.collect()))
}

fn refuse(name: &str, zh: String, en: String) -> Problem {
    Problem::invalid("export_filter", format!("filters.{name}"), zh, en)
}

fn not_understood(name: &str) -> Problem {
    refuse(name, format!("筛选条件 {name} 的值看不懂。"), format!("The value of the filter {name} is not understood."))
}
