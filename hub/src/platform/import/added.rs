//! Values of the fields that a chain added, for records that are there: each row of a sheet names its record by the number that people say.
//! So a field that is new today is filled in for last year's orders too.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr};
use serde_json::{Map, Value as Json, json};

use super::columns::{Column, Kind, Needed};
use super::{Done, Fault, FieldChange, Importable, Made, Outcome, Parsed, Run, Seen, changed_since, twice};
use crate::http::problem::{Language, Text};
use crate::platform::audit::{self, Change};
use crate::platform::expressions::Value as Variable;
use crate::platform::fields::Subject;
use crate::platform::sql::Sql;

/// A record as a sheet finds it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Number.
    pub id: i64,
    /// The number that people say.
    pub code: String,
    /// Its version.
    pub version: i64,
    /// Its custom fields.
    pub custom: Map<String, Json>,
    /// What expressions see of its other fields.
    pub record: Variable,
    /// Why nobody writes its custom fields any more; nothing while people may.
    pub refusal: Option<Fault>,
}

/// A module whose records have numbers that people say, and custom fields.
#[async_trait::async_trait]
pub trait Holder: Send + Sync + 'static {
    /// The kind of record.
    fn subject(&self) -> Subject;

    /// How such a number looks.
    fn example(&self) -> &'static str;

    /// Those of these numbers that there are.
    ///
    /// # Errors
    /// What the database said.
    async fn those(&self, tx: &DatabaseTransaction, codes: Vec<String>) -> Result<Vec<Held>, DbErr>;
}

/// Their custom fields as something that can be imported.
pub struct Added<H>(pub H);

impl<H: Holder> Added<H> {
    /// The records of these numbers, which nobody changes until the transaction ends.
    async fn hold(&self, tx: &DatabaseTransaction, codes: Vec<String>) -> Result<Vec<Held>, DbErr> {
        // SQLite has one writer. In the order of their numbers: two who hold several would otherwise wait for each other.
        if tx.get_database_backend() == DbBackend::Postgres {
            let sql = Sql::new(format!("SELECT id FROM {} WHERE code IN ", self.0.subject().table())).among(codes.clone());
            sql.text(" ORDER BY id FOR NO KEY UPDATE").run(tx).await?;
        }
        self.0.those(tx, codes).await
    }

    /// Writes custom fields; the record's version then.
    async fn write(&self, tx: &DatabaseTransaction, id: i64, custom: &Map<String, Json>) -> Result<i64, DbErr> {
        let sql = format!("UPDATE {} SET version = version + 1, custom = ", self.0.subject().table());
        let sql = Sql::new(sql).bind(Json::Object(custom.clone())).text(" WHERE id = ").bind(id);
        sql.text(" RETURNING version").number(tx).await
    }

    fn change<'a>(&self, run: &'a Run, id: i64, action: &'static str) -> Change<'a> {
        Change { author: &run.author, entity: self.0.subject().word(), id: id.to_string(), action }
    }
}

fn said(custom: &Map<String, Json>) -> Json {
    json!({ "custom": custom })
}

fn unknown(title: (&str, &str), code: &str) -> Fault {
    let (zh, en) = (format!("没有编号为 {code} 的{}。", title.0), format!("There is no {} {code}.", title.1.to_lowercase()));
    Fault::new("code", "record_exists", zh, en)
}

#[async_trait::async_trait]
impl<H: Holder> Importable for Added<H> {
    fn word(&self) -> &'static str {
        self.0.subject().fields_word()
    }

    fn title(&self) -> Text {
        let (zh, en) = self.0.subject().titles();
        Text::new(format!("{zh}的自定义字段"), format!("{en}: added fields"))
    }

    fn dataset(&self) -> &'static str {
        self.0.subject().fields_word()
    }

    fn of_sites(&self) -> bool {
        false
    }

    fn subject(&self) -> Option<Subject> {
        Some(self.0.subject())
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column {
            id: "code".into(),
            title: Text::new("编号", "Number"),
            needed: Needed::Always,
            kind: Kind::Code(40),
            hint: Text::new("已有记录的编号；只更新自定义字段。", "Number of a record that is there; only its added fields are written."),
            also: &["单号", "订单号", "订单编号", "工单号", "商机编号", "code"],
            example: self.0.example(),
            field: None,
        }]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let codes = rows.iter().filter_map(|row| row.text("code")).map(str::to_owned).collect();
        let there = if run.write { self.hold(tx, codes).await? } else { self.0.those(tx, codes).await? };
        let known: HashMap<String, Held> = there.into_iter().map(|held| (held.code.clone(), held)).collect();
        let (mut done, mut audited) = (Vec::with_capacity(rows.len()), Vec::new());
        for mut row in rows {
            let code = row.text("code").unwrap_or_default().to_owned();
            let mut faults = std::mem::take(&mut row.faults);
            let held = known.get(&code);
            if held.is_none() && !code.is_empty() {
                faults.push(unknown(self.0.subject().titles(), &code));
            }
            faults.extend(held.and_then(|held| held.refusal.clone()));
            if !code.is_empty() && !seen.claim(&format!("{} {code}", self.word())) {
                faults.push(twice("code"));
            }
            let (Some(held), Some(custom), true) = (held, &run.custom, faults.is_empty()) else {
                done.push(Done::bad(row.number, code, faults));
                continue;
            };
            let values = match custom.accept(&row, run.now_ms, held.record.clone(), Some(&held.custom)) {
                Ok(values) => values,
                Err(faults) => {
                    done.push(Done::bad(row.number, code, faults));
                    continue;
                }
            };
            let cell = |values: &Map<String, Json>, key: &str| {
                custom.set.field(key).map(|of| of.cell(values.get(key), Language::Chinese)).unwrap_or_default()
            };
            let change = |key: &String| FieldChange::of(&format!("custom.{key}"), Some(&cell(&held.custom, key)), &cell(&values, key));
            let changes: Vec<FieldChange> = row.custom.keys().filter_map(change).collect();
            let outcome = Outcome::of(true, &changes);
            let mut good = Done::good(row.number, code, outcome, changes);
            good.record = Some(held.id);
            if run.write && outcome == Outcome::Changed {
                let version = self.write(tx, held.id, &values).await?;
                good.written(Some(held.id), version, Some(&held.custom));
                audited.push((self.change(run, held.id, "change"), Some(said(&held.custom)), Some(said(&values))));
            }
            done.push(good);
        }
        audit::record_many(tx, audited).await?;
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let codes = rows.iter().map(|row| row.key.clone()).collect();
        let known: HashMap<i64, Held> = self.hold(tx, codes).await?.into_iter().map(|held| (held.id, held)).collect();
        let (mut refusals, mut audited) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let was: Option<Map<String, Json>> = row.old.and_then(|old| serde_json::from_value(old).ok());
            let is = known.get(&row.record).filter(|held| held.version == row.version);
            let (Some(is), Some(was)) = (is, was) else {
                refusals.push(Some(changed_since()));
                continue;
            };
            self.write(tx, row.record, &was).await?;
            audited.push((self.change(run, row.record, "undo"), Some(said(&is.custom)), Some(said(&was))));
            refusals.push(None);
        }
        audit::record_many(tx, audited).await?;
        Ok(refusals)
    }
}
