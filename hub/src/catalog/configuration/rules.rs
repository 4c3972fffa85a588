//! What a configuration comes to: one pure function for quotes, orders, phones and desks, so that the same choice has the same price everywhere.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use qitao_domain::quantity::Quantity;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::check::Ready;
use super::model::{Category, Choice, Configuration, Detail, Kind, Parameter, Priced, Size, Term, Violation};
use super::number::Number;
use crate::platform::expressions::{Bindings, Fault, Program, Value};

/// The most that a term, or a whole piece, may come to: a hundred million yuan.
pub const MOST_FEN: i64 = 10_000_000_000;
/// The most of a part, in thousandths.
const MOST_QUANTITY: i64 = 1_000_000_000;

/// What is known of prices, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Price of the item that is configured.
    pub item: Option<i64>,
    /// Prices of what it is made of together, where it is a kit and each of them has one.
    pub parts: Option<i64>,
    /// Prices of other items by their codes.
    pub goods: BTreeMap<String, i64>,
}

/// Whether a value is in a parameter's range and on one of its steps.
#[must_use]
pub fn fits(parameter: &Parameter, value: Number) -> bool {
    let on_step = |step: Number| ((value.decimal() - parameter.min.decimal()) % step.decimal()).is_zero();
    (parameter.min..=parameter.max).contains(&value) && parameter.step.is_none_or(|step| step.decimal() > Decimal::ZERO && on_step(step))
}

fn yuan(fen: i64) -> Value {
    Value::Decimal(Decimal::new(fen, 2))
}

fn yuan_of(fen: Option<i64>) -> Value {
    fen.map_or(Value::Null, yuan)
}

/// English where there is some.
fn named<'a>(title: &'a str, title_en: &'a str) -> &'a str {
    if title_en.is_empty() { title } else { title_en }
}

struct Pricing<'a> {
    ready: &'a Ready,
    known: &'a Known,
    violations: Vec<Violation>,
}

impl<'a> Pricing<'a> {
    fn no(&mut self, field: impl Into<String>, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.violations.push(Violation { field: field.into(), rule, zh: zh.into(), en: en.into() });
    }

    /// The place of a parameter or category in what was sent.
    fn place(&self, name: &str) -> Option<String> {
        let model = &self.ready.model;
        if model.parameters.iter().any(|parameter| parameter.code == name) {
            return Some(format!("parameters.{name}"));
        }
        model.categories.iter().any(|category| category.code == name).then(|| format!("options.{name}"))
    }

    /// What to change when an expression says no: the first parameter or category that it names, in their order.
    fn place_of(&self, program: &Program) -> String {
        let (model, names) = (&self.ready.model, program.names());
        let codes = model.parameters.iter().map(|parameter| &parameter.code).chain(model.categories.iter().map(|category| &category.code));
        let first = codes.into_iter().find(|code| names.contains(code.as_str()));
        first.and_then(|code| self.place(code)).unwrap_or_else(|| "configuration".to_owned())
    }

    fn parameters(&mut self, asked: &Configuration) -> BTreeMap<String, Number> {
        let mut values = BTreeMap::new();
        for parameter in &self.ready.model.parameters {
            let (code, name) = (&parameter.code, named(&parameter.title, &parameter.title_en));
            let field = format!("parameters.{code}");
            let Some(value) = asked.parameters.get(code).copied().or(parameter.default) else {
                self.no(field, "parameter_needed", format!("请填写{}。", parameter.title), format!("Give the {name}."));
                continue;
            };
            if !fits(parameter, value) {
                let (min, max, unit) = (parameter.min, parameter.max, &parameter.unit);
                let (step_zh, step_en) =
                    parameter.step.map(|step| (format!("，步长 {step}"), format!(" in steps of {step}"))).unwrap_or_default();
                let zh = format!("{}要在 {min} 到 {max} {unit}之间{step_zh}。", parameter.title);
                self.no(field, "parameter_range", zh, format!("{name} is from {min} to {max} {unit}{step_en}."));
            }
            values.insert(code.clone(), value);
        }
        for code in asked.parameters.keys().filter(|code| !values.contains_key(*code)) {
            if !self.ready.model.parameters.iter().any(|parameter| parameter.code == *code) {
                let (zh, en) = (format!("没有参数 {code}。"), format!("There is no parameter {code}."));
                self.no(format!("parameters.{code}"), "parameter_exists", zh, en);
            }
        }
        values
    }

    fn is_standard(&self, values: &BTreeMap<String, Number>) -> Option<&'a Size> {
        let is = |size: &&Size| size.values.iter().all(|(code, value)| values.get(code) == Some(value));
        self.ready.model.sizes.iter().find(is)
    }

    fn options(&mut self, asked: &Configuration) -> BTreeMap<String, &'a Choice> {
        let mut chosen = BTreeMap::new();
        for category in &self.ready.model.categories {
            let field = format!("options.{}", category.code);
            let given = asked.options.get(&category.code).filter(|code| !code.is_empty());
            let Some(code) = given.or_else(|| category.default.as_ref().filter(|_| !asked.options.contains_key(&category.code))) else {
                if category.required {
                    let en = format!("Choose the {}.", named(&category.title, &category.title_en));
                    self.no(field, "option_needed", format!("请选择{}。", category.title), en);
                }
                continue;
            };
            match category.options.iter().find(|option| option.code == *code && option.active) {
                Some(option) => drop(chosen.insert(category.code.clone(), option)),
                None => {
                    let zh = format!("{}里没有选项 {code}，或已停用。", category.title);
                    let en = format!("{} has no option {code}, or it is switched off.", named(&category.title, &category.title_en));
                    self.no(field, "option_exists", zh, en);
                }
            }
        }
        for code in asked.options.keys() {
            if !self.ready.model.categories.iter().any(|category| category.code == *code) {
                let (zh, en) = (format!("没有选配类别 {code}。"), format!("There is no category {code}."));
                self.no(format!("options.{code}"), "category_exists", zh, en);
            }
        }
        chosen
    }

    fn bindings(&self, values: &BTreeMap<String, Number>, chosen: &BTreeMap<String, &'a Choice>, standard: bool, day: Date) -> Bindings {
        // The day alone: a price is the same from morning to evening, wherever it is asked for.
        let at = day.to_zoned(TimeZone::UTC).map(|at| at.timestamp()).unwrap_or_default();
        let mut bindings = Bindings::at(at, TimeZone::UTC)
            .with("item_price", yuan_of(self.known.item))
            .with("parts_price", yuan_of(self.known.parts))
            .with("standard", Value::Bool(standard));
        for (code, value) in values {
            bindings = bindings.with(code, Value::Decimal(value.decimal()));
        }
        for category in &self.ready.model.categories {
            let option = chosen.get(&category.code);
            let price = option.and_then(|option| option.item.as_ref()).and_then(|item| self.known.goods.get(item).copied());
            let figure = |name: &String| {
                let value = option.and_then(|option| option.values.get(name));
                (name.clone(), value.map_or(Value::Null, |value| Value::Decimal(value.decimal())))
            };
            let figures = self.ready.figures.get(&category.code).into_iter().flatten().map(figure);
            let code = Value::text(option.map_or("", |option| &option.code));
            let own = [("code".to_owned(), code), ("price".to_owned(), yuan_of(price))];
            bindings = bindings.with(&category.code, Value::object(own.into_iter().chain(figures)));
        }
        bindings
    }

    /// Says why an expression could not be worked out: most of all because a price is missing.
    fn failed(&mut self, what: (&str, &str), program: &Program, fault: &Fault, chosen: &BTreeMap<String, &'a Choice>) {
        let (names, source) = (program.names(), program.source());
        if fault.is_empty_value() && names.contains("item_price") && self.known.item.is_none() {
            let (zh, en) = ("价目表里没有这个商品的价格。", "No price list has a price of this item.");
            return self.no("item", "price_exists", zh, en);
        }
        if fault.is_empty_value() && names.contains("parts_price") && self.known.parts.is_none() {
            let (zh, en) = ("套件的部件不全有价格。", "Not every part of this kit has a price.");
            return self.no("item", "price_exists", zh, en);
        }
        let priceless = |category: &&Category| {
            let item = chosen.get(&category.code).and_then(|option| option.item.as_ref());
            names.contains(category.code.as_str())
                && source.contains(&format!("{}.price", category.code))
                && item.is_none_or(|item| !self.known.goods.contains_key(item))
        };
        if fault.is_empty_value()
            && let Some(category) = self.ready.model.categories.iter().find(priceless)
        {
            let zh = format!("价目表里没有“{}”所选商品的价格。", category.title);
            let en = format!("No price list has a price of what is chosen for {}.", named(&category.title, &category.title_en));
            return self.no(format!("options.{}", category.code), "price_exists", zh, en);
        }
        let (zh, en) = (format!("{}算不出来：{}", what.0, fault.zh), format!("{} cannot be worked out: {}", what.1, fault.en));
        self.no(self.place_of(program), "formula", zh, en);
    }

    /// Whether a condition holds; `false` also when it cannot be told, which is then said.
    fn holds(&mut self, when: Option<&Program>, what: (&str, &str), bindings: &Bindings, chosen: &BTreeMap<String, &'a Choice>) -> bool {
        let Some(program) = when else { return true };
        program.holds(bindings).unwrap_or_else(|fault| {
            self.failed(what, program, &fault, chosen);
            false
        })
    }

    fn conditions(&mut self, bindings: &Bindings, chosen: &BTreeMap<String, &'a Choice>) {
        for category in &self.ready.model.categories {
            let Some(option) = chosen.get(&category.code) else { continue };
            let when = self.ready.options.get(&(category.code.clone(), option.code.clone()));
            let before = self.violations.len();
            let what = (option.title.as_str(), named(&option.title, &option.title_en));
            if !self.holds(when, what, bindings, chosen) && self.violations.len() == before {
                let zh = format!("这样的尺寸和选项不能选“{}”。", option.title);
                let en = format!("{} does not go with these measures and options.", what.1);
                self.no(format!("options.{}", category.code), "option_allowed", zh, en);
            }
        }
        for (constraint, program) in self.ready.model.constraints.iter().zip(&self.ready.constraints) {
            let before = self.violations.len();
            let holds = self.holds(Some(program), ("约束条件", "A constraint"), bindings, chosen);
            if !holds && self.violations.len() == before {
                let place = constraint.field.as_deref().and_then(|field| self.place(field)).unwrap_or_else(|| self.place_of(program));
                self.no(place, "constraint", constraint.message.clone(), named(&constraint.message, &constraint.message_en).to_owned());
            }
        }
    }

    fn terms(&mut self, bindings: &Bindings, chosen: &BTreeMap<String, &'a Choice>) -> Vec<Term> {
        let mut terms = Vec::new();
        for (term, (formula, when)) in self.ready.model.terms.iter().zip(&self.ready.terms) {
            let what = (term.title.as_str(), named(&term.title, &term.title_en));
            if !self.holds(when.as_ref(), what, bindings, chosen) {
                continue;
            }
            match formula.number(bindings).map(fen) {
                Ok(Some(amount_fen)) => terms.push(Term {
                    code: term.code.clone(),
                    title: term.title.clone(),
                    title_en: term.title_en.clone(),
                    formula: term.formula.clone(),
                    worked: formula.worked(bindings),
                    amount_fen,
                }),
                Ok(None) => {
                    let (zh, en) = (format!("{}算出的金额超出范围。", what.0), format!("The amount of {} is out of range.", what.1));
                    self.no(self.place_of(formula), "amount_range", zh, en);
                }
                Err(fault) => self.failed(what, formula, &fault, chosen),
            }
        }
        terms
    }

    fn parts(&mut self, item: &str, bindings: &Bindings, chosen: &BTreeMap<String, &'a Choice>) -> Vec<(String, Quantity)> {
        let model = &self.ready.model;
        let mut parts = Vec::new();
        if model.parts.is_empty() || model.kind == Kind::Kit {
            parts.push((item.to_owned(), Quantity::ONE));
        }
        for (part, (quantity, when)) in model.parts.iter().zip(&self.ready.parts) {
            let of_category = || chosen.get(part.category.as_ref()?).and_then(|option| option.item.as_ref());
            // Whatever is chosen without goods of its own, or not chosen at all, needs none.
            let Some(code) = part.item.as_ref().or_else(of_category) else { continue };
            if !self.holds(when.as_ref(), (code, code), bindings, chosen) {
                continue;
            }
            match quantity.number(bindings).map(needed) {
                Ok(Some(Quantity::ZERO)) => {}
                Ok(Some(amount)) => parts.push((code.clone(), amount)),
                Ok(None) => {
                    let (zh, en) = (format!("{code} 的用量算出来不合理。"), format!("The quantity of {code} is out of range."));
                    self.no(self.place_of(quantity), "quantity_range", zh, en);
                }
                Err(fault) => self.failed((code, code), quantity, &fault, chosen),
            }
        }
        parts
    }

    fn details(&self, values: &BTreeMap<String, Number>, chosen: &BTreeMap<String, &'a Choice>, size: Option<&Size>) -> Vec<Detail> {
        let model = &self.ready.model;
        let size = size.map(|size| Detail {
            title: "标准尺寸".to_owned(),
            title_en: "Standard size".to_owned(),
            value: size.title.clone(),
            value_en: size.title_en.clone(),
        });
        let parameter = |parameter: &Parameter| {
            let value = values.get(&parameter.code)?;
            let value = format!("{value} {}", parameter.unit).trim_end().to_owned();
            Some(Detail { title: parameter.title.clone(), title_en: parameter.title_en.clone(), value, value_en: String::new() })
        };
        let category = |category: &Category| {
            let option = chosen.get(&category.code)?;
            let (title, title_en) = (category.title.clone(), category.title_en.clone());
            Some(Detail { title, title_en, value: option.title.clone(), value_en: option.title_en.clone() })
        };
        let parameters = model.parameters.iter().filter_map(parameter);
        size.into_iter().chain(parameters).chain(model.categories.iter().filter_map(category)).collect()
    }
}

/// Yuan as fen, a half rounded up; nothing when it is more than anything costs.
fn fen(yuan: Decimal) -> Option<i64> {
    let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?;
    // Half up, also below nothing: -0.5 becomes 0.
    let fen = (fen.checked_add(Decimal::new(5, 1))?).round_dp_with_strategy(0, RoundingStrategy::ToNegativeInfinity).to_i64()?;
    (fen.abs() <= MOST_FEN).then_some(fen)
}

/// An amount of goods in thousandths, never less than was worked out; nothing when it is out of range.
fn needed(amount: Decimal) -> Option<Quantity> {
    let raw = amount.checked_mul(Decimal::ONE_THOUSAND)?.ceil().to_i64()?;
    (0..=MOST_QUANTITY).contains(&raw).then(|| Quantity::from_raw(raw))
}

/// What one piece of an item comes to as it is configured, on a day.
///
/// # Errors
/// Everything that stands against it, each with what to change.
pub fn price(ready: &Ready, item: &str, asked: &Configuration, known: &Known, day: Date) -> Result<Priced, Vec<Violation>> {
    let mut work = Pricing { ready, known, violations: Vec::new() };
    let (values, chosen) = (work.parameters(asked), work.options(asked));
    let size = work.is_standard(&values);
    if work.violations.is_empty() && ready.model.kind == Kind::Standard && size.is_none() && !ready.model.sizes.is_empty() {
        let codes = ready.model.sizes.iter().flat_map(|size| size.values.keys());
        let field = codes.min().map_or_else(|| "configuration".to_owned(), |code| format!("parameters.{code}"));
        let titles = |en: bool| {
            let title = |size: &Size| if en { named(&size.title, &size.title_en) } else { &size.title }.to_owned();
            ready.model.sizes.iter().take(8).map(title).collect::<Vec<_>>()
        };
        let (zh, en) = (titles(false).join("、"), titles(true).join(", "));
        work.no(field, "standard_size", format!("只有标准尺寸：{zh}。"), format!("There are standard sizes only: {en}."));
    }
    if !work.violations.is_empty() {
        return Err(work.violations);
    }
    let bindings = work.bindings(&values, &chosen, size.is_some(), day);
    work.conditions(&bindings, &chosen);
    if !work.violations.is_empty() {
        return Err(work.violations);
    }
    let terms = work.terms(&bindings, &chosen);
    let parts = work.parts(item, &bindings, &chosen);
    let total_fen: i64 = terms.iter().map(|term| term.amount_fen).sum();
    if work.violations.is_empty() && !(0..=MOST_FEN).contains(&total_fen) {
        work.no("configuration", "amount_range", "合计金额超出范围。", "The sum is out of range.");
    }
    if !work.violations.is_empty() {
        return Err(work.violations);
    }
    let details = work.details(&values, &chosen, size);
    // What was left out on purpose is noted as such where a default would take its place.
    let option = |category: &Category| {
        let code = chosen.get(&category.code).map(|option| option.code.clone());
        Some((category.code.clone(), code.or_else(|| category.default.as_ref().map(|_| String::new()))?))
    };
    let options = ready.model.categories.iter().filter_map(option).collect();
    let configuration = Configuration { model: ready.code.clone(), version: ready.version, parameters: values, options };
    Ok(Priced { terms, total_fen, parts, configuration, details })
}
