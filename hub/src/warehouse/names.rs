//! Names of what verdicts and cases speak about: they carry ids, and a page should never show one.
//!
//! Ids are found by the names of their members, wherever these stand, so that a verdict or a case added later is named without a change here.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::sql::{MAX_PARAMETERS, Sql};

/// An item's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedItem {
    /// Its code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name, or empty.
    pub name_en: String,
    /// Unit of stock.
    pub unit: String,
    /// Cartons that make one.
    pub cartons: i32,
}

/// Names by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Names {
    /// Items.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, NamedItem>)]
    pub items: BTreeMap<i64, NamedItem>,
    /// Codes of locations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub locations: BTreeMap<i64, String>,
    /// Numbers of tasks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub tasks: BTreeMap<i64, String>,
    /// Names of operators.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub operators: BTreeMap<i64, String>,
}

#[derive(Default)]
struct Ids {
    items: BTreeSet<i64>,
    locations: BTreeSet<i64>,
    tasks: BTreeSet<i64>,
    operators: BTreeSet<i64>,
}

impl Ids {
    fn find(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.find(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    let ids = match name.as_str() {
                        "item" => &mut self.items,
                        "location" | "suggested" | "expected" | "from" | "to" => &mut self.locations,
                        "task" => &mut self.tasks,
                        "operator" => &mut self.operators,
                        _ => {
                            self.find(value);
                            continue;
                        }
                    };
                    ids.extend(value.as_i64());
                }
            }
            _ => {}
        }
    }

    fn of(value: &Value) -> Self {
        let mut ids = Self::default();
        ids.find(value);
        ids
    }
}

#[derive(FromQueryResult)]
struct Item {
    id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
}

#[derive(FromQueryResult)]
struct Word {
    id: i64,
    word: String,
}

async fn rows<T: FromQueryResult>(db: &impl ConnectionTrait, select: &str, ids: BTreeSet<i64>) -> Result<Vec<T>, DbErr> {
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(MAX_PARAMETERS) {
        rows.extend(Sql::new(select).text(" WHERE id IN ").among(some.iter().copied()).all(db).await?);
    }
    Ok(rows)
}

async fn words(db: &impl ConnectionTrait, select: &str, ids: BTreeSet<i64>) -> Result<BTreeMap<i64, String>, DbErr> {
    let rows: Vec<Word> = rows(db, select, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.word)).collect())
}

impl Names {
    /// Names of what these values speak about, as far as the hub knows it; also of what has been deleted since.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load<'v>(db: &impl ConnectionTrait, values: impl IntoIterator<Item = &'v Value>) -> Result<Self, DbErr> {
        let mut ids = Ids::default();
        values.into_iter().for_each(|value| ids.find(value));
        let items: Vec<Item> = rows(db, "SELECT id, code, name, name_en, unit, cartons FROM item", ids.items).await?;
        let named = |row: Item| {
            let Item { id, code, name, name_en, unit, cartons } = row;
            (id, NamedItem { code, name, name_en, unit, cartons })
        };
        Ok(Self {
            items: items.into_iter().map(named).collect(),
            locations: words(db, "SELECT id, code AS word FROM location", ids.locations).await?,
            tasks: words(db, "SELECT id, number AS word FROM task", ids.tasks).await?,
            operators: words(db, "SELECT id, name AS word FROM operator", ids.operators).await?,
        })
    }

    /// The part that one value speaks about.
    #[must_use]
    pub fn part(&self, value: &Value) -> Self {
        fn some<T: Clone>(all: &BTreeMap<i64, T>, ids: BTreeSet<i64>) -> BTreeMap<i64, T> {
            ids.into_iter().filter_map(|id| Some((id, all.get(&id)?.clone()))).collect()
        }
        let ids = Ids::of(value);
        Self {
            items: some(&self.items, ids.items),
            locations: some(&self.locations, ids.locations),
            tasks: some(&self.tasks, ids.tasks),
            operators: some(&self.operators, ids.operators),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_found_wherever_they_stand_and_amounts_are_not_taken_for_them() {
        let missing = json!({"is": "incomplete", "missing": [[{"item": 7, "carton": 3}, "2"], [{"item": 8, "carton": 1}, "1"]]});
        assert_eq!(Ids::of(&missing).items, BTreeSet::from([7, 8]));
        let variance = json!({"location": 4, "lines": [{"item": 9, "expected": "5", "counted": "4"}], "operator": 2, "task": 1});
        let ids = Ids::of(&variance);
        assert_eq!((ids.items, ids.locations), (BTreeSet::from([9]), BTreeSet::from([4])));
        assert_eq!((ids.operators, ids.tasks), (BTreeSet::from([2]), BTreeSet::from([1])));
    }
}
