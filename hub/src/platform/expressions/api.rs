//! Expressions for those who write them: is it right, what does it give, and what does it say of a sample.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue, json};
use utoipa::ToSchema;

use super::{Bindings, Declarations, Fault, MAX_SOURCE, Place, Type, Value, compile, is_name};
use crate::http::extract::Json;
use crate::http::openapi::Refusals;
use crate::http::problem::{Language, Problem};
use crate::platform::fields;
use crate::platform::identity::Right;
use crate::platform::session::Session;
use crate::state::App;

/// Parts of a result that are shown.
const SHOWN: usize = 1_000;
/// Variables that a request may declare.
const MAX_VARIABLES: usize = 50;

/// An expression to be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpressionWanted {
    /// The expression (CEL).
    source: String,
    /// A kind of record, as `item`: its `record` and `custom` are there then, also the fields of a draft.
    #[serde(default)]
    entity: Option<String>,
    /// More variables by name: a type's word (`bool int decimal text date timestamp duration list<text> map any`), or an object of such for a
    /// record.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    variables: Option<Map<String, JsonValue>>,
    /// What it is to give, as a type's word; `bool` for a rule.
    #[serde(default)]
    wants: Option<String>,
    /// Values of variables to try it with.
    #[serde(default)]
    #[schema(value_type = Option<Value>)]
    sample: Option<JsonValue>,
    /// The IANA time zone that `now` and `today` are of; that of the chain when left away.
    #[serde(default)]
    time_zone: Option<String>,
}

/// A mistake in an expression.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpressionFault {
    /// Which rule, for programs.
    rule: &'static str,
    /// What is wrong, in the reader's language.
    message: String,
    /// Where.
    #[serde(flatten)]
    place: Place,
}

impl ExpressionFault {
    /// A mistake in the reader's language.
    #[must_use]
    pub fn of(fault: &Fault, language: Language) -> Self {
        Self { rule: fault.rule, message: fault.message(language).to_owned(), place: fault.place }
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpressionChecked {
    /// Whether it can be worked out.
    ok: bool,
    /// What it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    gives: Option<String>,
    /// Every mistake that was found.
    faults: Vec<ExpressionFault>,
    /// What it gives with the sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    result: Option<JsonValue>,
    /// Why it gives nothing with the sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_fault: Option<ExpressionFault>,
    /// The variables that may be named, with their types.
    #[schema(value_type = Object)]
    variables: BTreeMap<String, JsonValue>,
}

fn described(of: &Type) -> JsonValue {
    match of {
        Type::Object(fields) => fields.iter().map(|(name, of)| (name.clone(), described(of))).collect::<Map<_, _>>().into(),
        other => json!(other.word()),
    }
}

/// The type that a request describes, at most `depth` records deep.
fn wanted_type(described: &JsonValue, depth: usize) -> Option<Type> {
    match described {
        JsonValue::String(word) => Type::of_word(word),
        JsonValue::Object(fields) if depth > 0 && fields.len() <= 200 => {
            let field = |(name, of): (&String, &JsonValue)| Some((name.clone(), wanted_type(of, depth - 1)?));
            Some(Type::object(fields.iter().map(field).collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

fn unknown_type(field: String) -> Problem {
    let zh = "类型要写 bool、int、decimal、text、date、timestamp、duration、list<…>、map 或 any。";
    Problem::invalid(
        "type_exists",
        field,
        zh,
        "A type is one of bool, int, decimal, text, date, timestamp, duration, list<…>, map and any.",
    )
}

async fn declared(app: &App, asked: &ExpressionWanted) -> Result<Declarations, Problem> {
    let mut declared = match &asked.entity {
        Some(word) => fields::declared_for_editing(app, word).await?,
        None => Declarations::new(),
    };
    let variables = asked.variables.iter().flatten();
    for (n, (name, of)) in variables.enumerate() {
        if !is_name(name) || n >= MAX_VARIABLES {
            let zh = format!("变量名要用英文字母、数字和下划线，最多 {MAX_VARIABLES} 个变量。");
            let en = format!("Names of variables have letters, digits and _ only; there are at most {MAX_VARIABLES}.");
            return Err(Problem::invalid("variable_name", format!("variables.{name}"), zh, en));
        }
        declared = declared.with(name, wanted_type(of, 4).ok_or_else(|| unknown_type(format!("variables.{name}")))?);
    }
    Ok(declared)
}

fn bindings(asked: &ExpressionWanted, declared: &Declarations, chain_zone: &str) -> Result<Bindings, Problem> {
    let zone = asked.time_zone.as_deref().unwrap_or(chain_zone);
    let zone = TimeZone::get(zone).map_err(|_| {
        Problem::invalid(
            "time_zone",
            "time_zone",
            format!("没有时区 {zone}，例如 Asia/Shanghai。"),
            format!("There is no time zone {zone}."),
        )
    })?;
    let mut bindings = Bindings::at(Timestamp::now(), zone);
    let none = Map::new();
    let sample = asked.sample.as_ref().and_then(JsonValue::as_object).unwrap_or(&none);
    for (name, of) in declared.iter() {
        let always = matches!(name, "now" | "today");
        match sample.get(name) {
            Some(json) => {
                let value = Value::of_json(json, of).map_err(|misfit| {
                    let (zh, en) = misfit.wanted.words();
                    let dot = if misfit.at.is_empty() || misfit.at.starts_with('[') { "" } else { "." };
                    let field = format!("sample.{name}{dot}{}", misfit.at);
                    Problem::invalid(
                        "sample_type",
                        field,
                        format!("样例里这个值要是{zh}。"),
                        format!("This value of the sample ought to be {en}."),
                    )
                })?;
                bindings = bindings.with(name, value);
            }
            // A record without values is one whose fields are empty.
            None if !always && matches!(of, Type::Object(_)) => {
                bindings = bindings.with(name, Value::object(std::iter::empty::<(&str, Value)>()))
            }
            None => {}
        }
    }
    Ok(bindings)
}

/// Look at an expression while it is written: every mistake at its place, and what it gives with a sample. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/expressions/check", tag = "settings", request_body = ExpressionWanted,
    responses((status = 200, body = ExpressionChecked), Refusals))]
pub async fn check(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Json(asked): Json<ExpressionWanted>,
) -> Result<Answer<ExpressionChecked>, Problem> {
    session.actor.may_at(Right::Settings, None)?;
    let language = Language::of(&headers);
    if asked.source.len() > MAX_SOURCE {
        let (zh, en) = (format!("表达式最多 {MAX_SOURCE} 字节。"), format!("An expression has at most {MAX_SOURCE} bytes."));
        return Err(Problem::invalid("expression_length", "source", zh, en));
    }
    let wants = asked.wants.as_deref().map_or(Some(Type::Any), Type::of_word).ok_or_else(|| unknown_type("wants".to_owned()))?;
    let declared = declared(&app, &asked).await?;
    let variables = declared.iter().map(|(name, of)| (name.to_owned(), described(of))).collect();
    let program = match compile(&asked.source, &declared, &wants) {
        Ok(program) => program,
        Err(faults) => {
            let faults = faults.iter().map(|fault| ExpressionFault::of(fault, language)).collect();
            return Ok(Answer(ExpressionChecked { ok: false, gives: None, faults, result: None, result_fault: None, variables }));
        }
    };
    let (mut result, mut result_fault) = (None, None);
    if asked.sample.is_some() {
        match program.run(&bindings(&asked, &declared, &app.config.outside.time_zone)?) {
            Ok(value) => result = Some(value.to_json(&mut { SHOWN })),
            Err(fault) => result_fault = Some(ExpressionFault::of(&fault, language)),
        }
    }
    let gives = Some(program.gives().word());
    Ok(Answer(ExpressionChecked { ok: true, gives, faults: Vec::new(), result, result_fault, variables }))
}
