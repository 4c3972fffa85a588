//! What may stand in custom fields. Pure: definitions, values, and where and when it is.

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use qitao_domain::quantity::Money;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::compile::{Compiled, CompiledField, LONGEST};
use super::model::{Choice, Kind};
use super::personal::MASK;
use crate::http::problem::{Problem, Who};
use crate::platform::expressions::{Bindings, Value};
use crate::platform::identity::{FieldRight, Sight};
use crate::platform::organisation::Tree;

/// Most characters of a line of text whose field says nothing else.
const LINE: usize = 200;

/// Where a record is and when it is written.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// The chain.
    pub tree: &'a Tree,
    /// The record's organisation.
    pub organisation: Option<i64>,
    /// Now.
    pub now: Timestamp,
    /// The time zone that days are of.
    pub zone: TimeZone,
    /// Whether the record is new: fields that are not named get their default.
    pub new: bool,
}

/// A value that will not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The field, as `custom.colour`.
    pub field: String,
    /// Which rule.
    pub rule: &'static str,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
}

/// A refusal that names every field that is wrong.
pub(super) fn refusal(broken: &[Broken]) -> Problem {
    let Some(first) = broken.first() else { return Problem::internal(&"a refusal without a reason") };
    let all = |words: fn(&Broken) -> &str, gap: &str| broken.iter().take(5).map(words).collect::<Vec<_>>().join(gap);
    let problem = Problem::invalid(first.rule, first.field.clone(), all(|one| &one.zh, ""), all(|one| &one.en, " "));
    let each = |one: &Broken| json!({"field": one.field, "rule": one.rule, "zh": one.zh, "en": one.en});
    problem.who(Who::Reader).with("faults", broken.iter().map(each).collect::<Vec<_>>())
}

fn broken(of: &CompiledField, rule: &'static str, zh: &str, en: &str) -> Broken {
    let (title, title_en) = of.titles();
    Broken { field: format!("custom.{}", of.field.key), rule, zh: format!("“{title}”{zh}"), en: format!("{title_en}: {en}") }
}

impl CompiledField {
    /// Its Chinese and English name; the Chinese one where there is no English.
    #[must_use]
    pub fn titles(&self) -> (&str, &str) {
        let Self { field, .. } = self;
        (&field.title, if field.title_en.is_empty() { &field.title } else { &field.title_en })
    }

    /// Whether the field is there for records of an organisation; of those of none everywhere-fields only.
    #[must_use]
    pub fn is_at(&self, tree: &Tree, organisation: Option<i64>) -> bool {
        let places = &self.field.organisations;
        places.is_empty() || organisation.is_some_and(|organisation| places.iter().any(|above| tree.is_within(organisation, *above)))
    }

    fn option(&self, code: &str) -> Option<&Choice> {
        self.options.iter().find(|option| option.code == code)
    }
}

/// A value as it is stored; empty texts and lists are nothing.
pub(super) fn normal(of: &CompiledField, given: &Json) -> Result<Option<Json>, Broken> {
    let wrong = |zh: &str, en: &str| Err(broken(of, "field_kind", zh, en));
    let text = given.as_str().map(str::trim);
    if given.is_null() || text == Some("") {
        return Ok(None);
    }
    let field = &of.field;
    Ok(Some(match (field.kind, text) {
        (Kind::Text | Kind::LongText, Some(text)) => {
            let most = field.max_length.unwrap_or(if field.kind == Kind::Text { LINE } else { LONGEST });
            let lines = field.kind == Kind::LongText;
            if text.chars().any(|letter| letter.is_control() && !(lines && matches!(letter, '\n' | '\t' | '\r'))) {
                return wrong("含有不能使用的控制字符。", "it holds control characters.");
            }
            if of.personal && text.contains(MASK) {
                return Err(broken(of, "field_masked", "是遮盖过的，请填完整的内容。", "this is the masked form; write the whole text."));
            }
            if text.chars().count() > most {
                return Err(broken(of, "field_length", &format!("最多 {most} 个字。"), &format!("at most {most} characters.")));
            }
            json!(text)
        }
        (Kind::Number, text) => {
            let number = text.map_or_else(|| given.as_i64(), |text| text.parse().ok());
            // What a browser's numbers can hold.
            match number.filter(|number: &i64| number.unsigned_abs() < 1 << 53) {
                Some(number) => json!(number),
                None => return wrong("要是整数。", "it has to be a whole number."),
            }
        }
        (Kind::Decimal, text) => {
            let written = text.map(str::to_owned).or_else(|| given.is_number().then(|| given.to_string()));
            // Digits and a point, no powers of ten.
            let number = written.filter(|text| !text.contains(['e', 'E', '_'])).and_then(|text| Decimal::from_str(&text).ok());
            match number.filter(|number| number.scale() <= 6 && number.abs() < Decimal::from(1_000_000_000_000_i64)) {
                Some(number) => json!(number.normalize().to_string()),
                None => return wrong("要是数字，最多六位小数。", "it has to be a number with at most six decimal places."),
            }
        }
        (Kind::Money, text) => {
            let written = text.map(str::to_owned).or_else(|| given.is_number().then(|| given.to_string()));
            let money = written.and_then(|text| Money::from_str(&text).ok());
            match money.filter(|money| money.raw().unsigned_abs() < 1 << 53) {
                Some(money) => json!(money),
                None => {
                    return wrong(
                        "要是金额，最多两位小数，例如 1999.00。",
                        "it has to be an amount with at most two decimal places, as 1999.00.",
                    );
                }
            }
        }
        (Kind::Date, Some(text)) => match Date::from_str(text) {
            // What people mean, and both databases sort.
            Ok(date) if (1900..=2200).contains(&date.year()) && text.len() == 10 => json!(date.to_string()),
            _ => return wrong("要是日期，例如 2026-01-31。", "it has to be a day, as 2026-01-31."),
        },
        (Kind::Time, Some(text)) => {
            let padded = if text.len() == 4 { format!("0{text}") } else { text.to_owned() };
            match Time::from_str(&padded) {
                Ok(time) if padded.len() == 5 => json!(time.strftime("%H:%M").to_string()),
                _ => return wrong("要是时间，例如 09:30。", "it has to be a time of day, as 09:30."),
            }
        }
        (Kind::Choice, Some(code)) => json!(chosen(of, code)?),
        (Kind::Choices, _) => {
            let Some(given) = given.as_array() else {
                return wrong("要是选项编码的列表。", "it has to be a list of option codes.");
            };
            let mut codes: Vec<String> = Vec::new();
            for code in given {
                let Some(code) = code.as_str() else {
                    return wrong("要是选项编码的列表。", "it has to be a list of option codes.");
                };
                let code = chosen(of, code.trim())?;
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            if codes.is_empty() {
                return Ok(None);
            }
            json!(codes)
        }
        (Kind::Boolean, text) => match (given.as_bool(), text) {
            (Some(answer), _) => json!(answer),
            (None, Some("true")) => json!(true),
            (None, Some("false")) => json!(false),
            _ => return wrong("要是 true 或 false。", "it has to be true or false."),
        },
        _ => return wrong("的值类型不对。", "this is the wrong kind of value."),
    }))
}

/// An option that may be chosen, by its code.
fn chosen(of: &CompiledField, code: &str) -> Result<String, Broken> {
    match of.option(code) {
        Some(option) if option.active => Ok(option.code.clone()),
        Some(option) => Err(broken(
            of,
            "field_option",
            &format!("的选项 {} 已停用。", option.title),
            &format!("the option {code} is no longer to be chosen."),
        )),
        None => {
            let codes: Vec<&str> = of.options.iter().filter(|option| option.active).take(20).map(|option| option.code.as_str()).collect();
            let codes = codes.join(", ");
            Err(broken(
                of,
                "field_option",
                &format!("没有选项 {code}，可以选：{codes}。"),
                &format!("there is no option {code}; there are {codes}."),
            ))
        }
    }
}

impl Compiled {
    /// The field of a key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&CompiledField> {
        self.fields.iter().find(|of| of.field.key == key)
    }

    /// The values of a record after `given` was written over what `was`; `record` is what expressions see of its other fields.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn accept(
        &self,
        at: &Situation<'_>,
        record: Value,
        was: &Map<String, Json>,
        given: &Map<String, Json>,
    ) -> Result<Map<String, Json>, Vec<Broken>> {
        let mut wrong = Vec::new();
        let mut values = was.clone();
        for (key, value) in given {
            match self.field(key).filter(|of| of.is_at(at.tree, at.organisation)) {
                // What a page sends back as it was read stays, also an option that is no longer to be chosen.
                Some(_) if was.get(key) == Some(value) => {}
                Some(of) => match normal(of, value) {
                    Ok(Some(value)) => drop(values.insert(key.clone(), value)),
                    Ok(None) => drop(values.remove(key)),
                    Err(broken) => wrong.push(broken),
                },
                None => wrong.push(Broken {
                    field: format!("custom.{key}"),
                    rule: "field_exists",
                    zh: format!("没有自定义字段 {key}。"),
                    en: format!("There is no custom field {key}."),
                }),
            }
        }
        let here: Vec<&CompiledField> = self.fields.iter().filter(|of| of.is_at(at.tree, at.organisation)).collect();
        if at.new {
            for (key, value) in self.defaults(at.tree, at.organisation) {
                if !given.contains_key(&key) {
                    values.entry(key).or_insert(value);
                }
            }
        }
        if wrong.is_empty() {
            self.ask_rules(at, &here, record, &values, &mut wrong);
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }

    /// What a new record has where nobody says anything: all that one has which the hub makes by itself, as the order of an accepted quote.
    /// Whoever writes its custom fields next, or goes on with it, is asked for what is required.
    #[must_use]
    pub fn defaults(&self, tree: &Tree, organisation: Option<i64>) -> Map<String, Json> {
        let here = self.fields.iter().filter(|of| of.is_at(tree, organisation));
        let own = here.filter_map(|of| Some((of.field.key.clone(), normal(of, of.field.default.as_ref()?).ok().flatten()?)));
        own.collect()
    }

    fn ask_rules(&self, at: &Situation<'_>, here: &[&CompiledField], record: Value, values: &Map<String, Json>, wrong: &mut Vec<Broken>) {
        let custom = self.values(values);
        let bindings = Bindings::at(at.now, at.zone.clone()).with("record", record).with("custom", custom);
        for of in here {
            if !values.contains_key(&of.field.key) {
                // A condition about a field that is empty itself asks for nothing.
                let asked = of.required_when.as_ref().is_some_and(|rule| rule.holds(&bindings).unwrap_or(false));
                if of.field.required || asked {
                    wrong.push(broken(of, "field_required", "必填。", "it has to be filled in."));
                }
                continue;
            }
            for (rule, check) in &of.checks {
                let message_en = if check.message_en.is_empty() { &check.message } else { &check.message_en };
                match rule.holds(&bindings) {
                    Ok(true) => {}
                    Ok(false) => wrong.push(broken(of, "field_check", &format!("：{}", check.message), message_en)),
                    Err(fault) if fault.is_empty_value() => {}
                    Err(fault) => wrong.push(broken(
                        of,
                        "field_check_fails",
                        &format!("的规则算不出来：{}", fault.zh),
                        &format!("its rule cannot be worked out: {}", fault.en),
                    )),
                }
            }
        }
    }

    /// Stored values as expressions see them.
    #[must_use]
    pub fn values(&self, stored: &Map<String, Json>) -> Value {
        Value::object(self.fields.iter().map(|of| {
            let value = stored.get(&of.field.key).and_then(|json| Value::of_json(json, &of.field.kind.of()).ok());
            (of.field.key.as_str(), value.unwrap_or(Value::Null))
        }))
    }

    /// What somebody may do with a field.
    #[must_use]
    pub fn right(&self, sight: &Sight<'_>, of: &CompiledField) -> FieldRight {
        sight.right(self.subject.word(), &of.field.key, of.personal)
    }

    /// Whether somebody is shown that a field has a value: of a personal one at least its masked form.
    #[must_use]
    pub fn is_seen(&self, sight: &Sight<'_>, of: &CompiledField) -> bool {
        self.right(sight, of) >= if of.personal { FieldRight::Masked } else { FieldRight::Read }
    }

    /// Stored values as somebody may see them: of fields that there are, and that their roles show. Personal ones are kept elsewhere.
    #[must_use]
    pub fn shown(&self, sight: &Sight<'_>, stored: &Json) -> Map<String, Json> {
        let seen = self.fields.iter().filter(|of| !of.personal && self.is_seen(sight, of));
        seen.filter_map(|of| Some((of.field.key.clone(), stored.get(&of.field.key)?.clone()))).collect()
    }

    /// Whether somebody reads a field that the hub itself gives, be it masked.
    #[must_use]
    pub fn shows(&self, sight: &Sight<'_>, key: &str) -> bool {
        self.subject.named(key).is_none_or(|of| of.is_seen(sight.right(self.subject.word(), key, false)))
    }

    /// The state of a record as the audit keeps it, without the fields that somebody's roles hide; custom ones that are no longer defined
    /// are judged by their keys.
    #[must_use]
    pub fn told(&self, sight: &Sight<'_>, mut state: Json) -> Json {
        if let Json::Object(fields) = &mut state {
            fields.retain(|key, _| self.shows(sight, key));
        }
        if let Some(Json::Object(custom)) = state.get_mut("custom") {
            custom.retain(|key, _| {
                let gone = || sight.right(self.subject.word(), key, false) >= FieldRight::Read;
                self.field(key).map_or_else(gone, |of| self.is_seen(sight, of))
            });
        }
        state
    }

    /// Goes on only when somebody may write all these fields that the hub itself gives.
    ///
    /// # Errors
    /// A 403 problem that names the first one.
    pub fn may_write_own(&self, sight: &Sight<'_>, keys: &[&'static str]) -> Result<(), Problem> {
        let denied = keys.iter().find(|key| sight.right(self.subject.word(), key, false) < FieldRight::Write);
        denied.map_or(Ok(()), |key| Err(super::no_right((*key).to_owned())))
    }

    /// Goes on only when somebody may read a field of every record in a list, because what they ask for tells it.
    ///
    /// # Errors
    /// A 403 problem that names the parameter.
    pub fn may_ask(&self, sight: &Sight<'_>, key: &str, parameter: &'static str) -> Result<(), Problem> {
        if self.shows(sight, key) { Ok(()) } else { Err(super::hidden(parameter)) }
    }

    /// Goes on only when somebody may write all these custom fields.
    ///
    /// # Errors
    /// A 403 problem that names the first one.
    pub fn may_write(&self, sight: &Sight<'_>, given: &Map<String, Json>) -> Result<(), Problem> {
        let denied = given.keys().filter_map(|key| self.field(key)).find(|of| self.right(sight, of) < FieldRight::Write);
        denied.map_or(Ok(()), |of| Err(super::no_right(format!("custom.{}", of.field.key))))
    }
}
