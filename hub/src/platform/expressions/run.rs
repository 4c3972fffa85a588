//! Works expressions out, counting steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::ast::{Binary, Each, Node, What};
use super::fault::{Fault, Span, not_a};
use super::types::Type;
use super::value::Value;
use super::{MAX_STEPS, MAX_TEXT, functions};

/// What the variables are, and when and where it is.
#[derive(Debug, Clone)]
pub struct Bindings {
    values: BTreeMap<Arc<str>, Value>,
    zone: TimeZone,
}

impl Bindings {
    /// At a moment, in the time zone of a site: `now` and `today`, and moments taken apart, are of that zone.
    #[must_use]
    pub fn at(now: Timestamp, zone: TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let values = BTreeMap::from([("now".into(), Value::Timestamp(now)), ("today".into(), Value::Date(today))]);
        Self { values, zone }
    }

    /// One more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.values.insert(name.into(), value);
        self
    }
}

/// Why something could not be worked out, before it is known where.
#[derive(Debug, Clone)]
pub(super) enum Fail {
    /// A value is empty.
    Empty,
    /// Divided by nothing.
    ByZero,
    /// A result does not fit.
    TooLarge,
    /// A value cannot be read as what is asked for.
    Conversion,
    /// The operator does not go with these values.
    Operands(&'static str, Type, Type),
}

impl Fail {
    pub fn operands(operator: Binary, left: &Value, right: &Value) -> Self {
        if matches!(left, Value::Null) || matches!(right, Value::Null) {
            return Self::Empty;
        }
        Self::Operands(operator.sign(), left.kind(), right.kind())
    }
}

/// A failure that `&&` and `||` may pass over, or the end of the run.
#[derive(Debug, Clone)]
pub(super) enum Oops {
    /// Not yet placed.
    Fail(Fail),
    /// Placed.
    Fault(Box<Fault>),
    /// Too many steps, or too large a text; nothing passes over that.
    Limit,
}

impl From<Fail> for Oops {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

impl From<Fault> for Oops {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// One run.
pub(super) struct Run<'a> {
    source: &'a str,
    bindings: &'a Bindings,
    /// Variables of `all`, `map` and so on, the inner ones last.
    inner: Vec<(Arc<str>, Value)>,
    steps: u64,
}

/// A failure is worth so many steps: its words are written.
const FAILURE: u64 = 50;

pub(super) fn run(source: &str, root: &Node, bindings: &Bindings) -> Result<Value, Fault> {
    let mut run = Run { source, bindings, inner: Vec::new(), steps: 0 };
    run.value(root).map_err(|oops| run.placed(oops, root.span))
}

impl Run<'_> {
    pub fn step(&mut self, steps: u64) -> Result<(), Oops> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS { Err(Oops::Limit) } else { Ok(()) }
    }

    /// So many bytes of text are read.
    pub fn read(&mut self, bytes: usize) -> Result<(), Oops> {
        self.step(bytes as u64 / 64)
    }

    /// So many bytes of text are made.
    pub fn write(&mut self, bytes: usize) -> Result<(), Oops> {
        if bytes > MAX_TEXT { Err(Oops::Limit) } else { self.step(1 + bytes as u64 / 16) }
    }

    pub fn in_zone(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.bindings.zone.clone())
    }

    fn placed(&self, oops: Oops, span: Span) -> Fault {
        let fault = |rule, zh: String, en: String| Fault::new(rule, self.source, span, zh, en);
        match oops {
            Oops::Fault(fault) => *fault,
            Oops::Fail(Fail::Empty) => Fault::empty(self.source, span),
            Oops::Fail(Fail::ByZero) => fault("division_by_zero", "除数是 0。".to_owned(), "Divided by zero.".to_owned()),
            Oops::Fail(Fail::TooLarge) => fault("too_large", "结果太大。".to_owned(), "The result is too large.".to_owned()),
            Oops::Fail(Fail::Conversion) => fault(
                "conversion",
                "这个值不能这样转换，例如文本里不是数字或日期。".to_owned(),
                "This value cannot be read like that: the text is no such number, date or time.".to_owned(),
            ),
            Oops::Fail(Fail::Operands(sign, left, right)) => {
                let ((left_zh, left_en), (right_zh, right_en)) = (left.words(), right.words());
                fault(
                    "type",
                    format!("{left_zh}和{right_zh}之间不能用 {sign}。"),
                    format!("{sign} does not work between {left_en} and {right_en}."),
                )
            }
            Oops::Limit => fault(
                "run_limit",
                format!("计算量太大，超过 {MAX_STEPS} 步或 {MAX_TEXT} 字节。"),
                format!("This takes more than {MAX_STEPS} steps or makes a text of more than {MAX_TEXT} bytes."),
            ),
        }
    }

    /// Gives a failure its place.
    fn at<T>(&mut self, span: Span, result: Result<T, Oops>) -> Result<T, Oops> {
        match result {
            Err(fail @ Oops::Fail(_)) => {
                self.step(FAILURE)?;
                Err(self.placed(fail, span).into())
            }
            other => other,
        }
    }

    fn value(&mut self, node: &Node) -> Result<Value, Oops> {
        self.step(1)?;
        match &node.what {
            What::Constant(value) => Ok(value.clone()),
            What::Name(name) => {
                let inner = self.inner.iter().rev().find(|(inner, _)| inner == name).map(|(_, value)| value.clone());
                Ok(inner.or_else(|| self.bindings.values.get(name).cloned()).unwrap_or(Value::Null))
            }
            What::Binary(Binary::And, left, right) => self.lazy(false, left, right),
            What::Binary(Binary::Or, left, right) => self.lazy(true, left, right),
            What::Binary(operator, left, right) => self.binary(*operator, node, left, right),
            What::Choice(condition, yes, no) => {
                if self.question(condition)? {
                    self.value(yes)
                } else {
                    self.value(no)
                }
            }
            What::Not(of) => Ok(Value::Bool(!self.question(of)?)),
            What::Minus(of) => self.minus(node.span, of),
            What::Member(of, name) => self.member(of, name),
            What::Has(of, name) => match self.value(of)? {
                Value::Object(fields) => Ok(Value::Bool(fields.get(name).is_some_and(|value| *value != Value::Null))),
                _ => Ok(Value::Bool(false)),
            },
            What::Index(of, index) => self.index(of, index),
            What::List(elements) => {
                let values = elements.iter().map(|element| self.value(element)).collect::<Result<_, _>>()?;
                Ok(Value::List(Arc::new(values)))
            }
            What::Object(fields) => {
                let field = |(name, node): &(Arc<str>, Node)| Ok::<_, Oops>((name.clone(), self.value(node)?));
                Ok(Value::Object(Arc::new(fields.iter().map(field).collect::<Result<_, Oops>>()?)))
            }
            What::Matches(of, pattern) => self.matches(of, pattern),
            What::Call { name, method, arguments } => self.call(node, name, *method, arguments),
            What::Each { each, over, variable, condition, body } => self.each(*each, over, variable, condition.as_deref(), body),
        }
    }

    fn question(&mut self, node: &Node) -> Result<bool, Oops> {
        match self.value(node)? {
            Value::Bool(answer) => Ok(answer),
            Value::Null => self.at(node.span, Err(Fail::Empty.into())),
            other => Err(not_a(self.source, node.span, &Type::Bool, &other.kind()).into()),
        }
    }

    /// `&&` and `||`: one side that decides is enough, even when the other one fails.
    fn lazy(&mut self, deciding: bool, left: &Node, right: &Node) -> Result<Value, Oops> {
        let first = self.question(left);
        match first {
            Ok(answer) if answer == deciding => Ok(Value::Bool(deciding)),
            Ok(_) => self.question(right).map(Value::Bool),
            Err(Oops::Limit) => Err(Oops::Limit),
            Err(failed) => match self.question(right) {
                Ok(answer) if answer == deciding => Ok(Value::Bool(deciding)),
                Err(Oops::Limit) => Err(Oops::Limit),
                _ => Err(failed),
            },
        }
    }

    fn binary(&mut self, operator: Binary, node: &Node, left: &Node, right: &Node) -> Result<Value, Oops> {
        let (one, other) = (self.value(left)?, self.value(right)?);
        let result = self.operate(operator, &one, &other);
        // An empty value is named, not the whole sum.
        let span = match &result {
            Err(Oops::Fail(Fail::Empty)) if one == Value::Null => left.span,
            Err(Oops::Fail(Fail::Empty)) => right.span,
            _ => node.span,
        };
        self.at(span, result)
    }

    fn minus(&mut self, span: Span, of: &Node) -> Result<Value, Oops> {
        let result = match self.value(of)? {
            Value::Int(number) => number.checked_neg().map(Value::Int).ok_or(Fail::TooLarge),
            Value::Decimal(number) => Ok(Value::Decimal(-number)),
            Value::Duration(time) => time.checked_neg().map(Value::Duration).ok_or(Fail::TooLarge),
            Value::Null => Err(Fail::Empty),
            other => return Err(not_a(self.source, of.span, &Type::Decimal, &other.kind()).into()),
        };
        self.at(span, result.map_err(Oops::from))
    }

    fn member(&mut self, of: &Node, name: &Arc<str>) -> Result<Value, Oops> {
        match self.value(of)? {
            // A field that nobody filled in is empty, not wrong.
            Value::Object(fields) => Ok(fields.get(name).cloned().unwrap_or(Value::Null)),
            Value::Null => self.at(of.span, Err(Fail::Empty.into())),
            other => Err(not_a(self.source, of.span, &Type::Map(Box::new(Type::Any)), &other.kind()).into()),
        }
    }

    fn index(&mut self, of: &Node, index: &Node) -> Result<Value, Oops> {
        let (all, at) = (self.value(of)?, self.value(index)?);
        match (&all, &at) {
            (Value::List(elements), Value::Int(n)) => {
                let found = usize::try_from(*n).ok().and_then(|n| elements.get(n)).cloned();
                let (zh, en) = (
                    format!("列表里没有第 {n} 个（从 0 数起，共 {} 个）。", elements.len()),
                    format!("There is no element {n}, counted from 0; there are {}.", elements.len()),
                );
                found.ok_or_else(|| Fault::new("index", self.source, index.span, zh, en).into())
            }
            (Value::Object(fields), Value::Text(name)) => Ok(fields.get(name).cloned().unwrap_or(Value::Null)),
            (Value::Null, _) => self.at(of.span, Err(Fail::Empty.into())),
            (_, Value::Null) => self.at(index.span, Err(Fail::Empty.into())),
            (Value::List(_), other) => Err(not_a(self.source, index.span, &Type::Int, &other.kind()).into()),
            (Value::Object(_), other) => Err(not_a(self.source, index.span, &Type::Text, &other.kind()).into()),
            (other, _) => Err(not_a(self.source, of.span, &Type::list(Type::Any), &other.kind()).into()),
        }
    }

    fn matches(&mut self, of: &Node, pattern: &regex::Regex) -> Result<Value, Oops> {
        match self.value(of)? {
            Value::Text(text) => {
                self.step(10 + text.len() as u64 / 4)?;
                Ok(Value::Bool(pattern.is_match(&text)))
            }
            Value::Null => self.at(of.span, Err(Fail::Empty.into())),
            other => Err(not_a(self.source, of.span, &Type::Text, &other.kind()).into()),
        }
    }

    fn call(&mut self, node: &Node, name: &str, method: bool, arguments: &[Node]) -> Result<Value, Oops> {
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        if let Some(empty) = values.iter().position(|value| *value == Value::Null) {
            return self.at(arguments[empty].span, Err(Fail::Empty.into()));
        }
        let kinds: Vec<Type> = values.iter().map(Value::kind).collect();
        match functions::named(name, method).find(|function| function.fits(&kinds)) {
            Some(function) => {
                let result = function.call(self, &values);
                self.at(node.span, result)
            }
            None => Err(super::checker::no_shape(self.source, node.span, name, method, &kinds).into()),
        }
    }

    fn each(&mut self, each: Each, over: &Node, variable: &Arc<str>, condition: Option<&Node>, body: &Node) -> Result<Value, Oops> {
        let elements: Vec<Value> = match self.value(over)? {
            Value::List(elements) => elements.to_vec(),
            Value::Object(fields) => fields.keys().map(|name| Value::Text(name.clone())).collect(),
            Value::Null => return self.at(over.span, Err(Fail::Empty.into())),
            other => return Err(not_a(self.source, over.span, &Type::list(Type::Any), &other.kind()).into()),
        };
        self.step(elements.len() as u64)?;
        let (mut kept, mut found, mut failed) = (Vec::new(), 0_usize, None);
        for element in elements {
            self.inner.push((variable.clone(), element.clone()));
            let result = self.one(each, condition, body);
            self.inner.pop();
            match (each, result) {
                (_, Err(Oops::Limit)) => return Err(Oops::Limit),
                (Each::All, Ok(Some(Value::Bool(false)))) => return Ok(Value::Bool(false)),
                (Each::Exists, Ok(Some(Value::Bool(true)))) => return Ok(Value::Bool(true)),
                // One element that decides is enough, as with && and ||.
                (Each::All | Each::Exists, Err(oops)) => failed = failed.or(Some(oops)),
                (_, Err(oops)) => return Err(oops),
                (Each::ExistsOne, Ok(Some(Value::Bool(true)))) => found += 1,
                (Each::Filter, Ok(Some(Value::Bool(true)))) => kept.push(element),
                (Each::Map, Ok(Some(value))) => kept.push(value),
                _ => {}
            }
        }
        match (each, failed) {
            (_, Some(oops)) => Err(oops),
            (Each::All, None) => Ok(Value::Bool(true)),
            (Each::Exists, None) => Ok(Value::Bool(false)),
            (Each::ExistsOne, None) => Ok(Value::Bool(found == 1)),
            (Each::Filter | Each::Map, None) => Ok(Value::List(Arc::new(kept))),
        }
    }

    /// What one element gives; nothing when the condition of `map` leaves it out.
    fn one(&mut self, each: Each, condition: Option<&Node>, body: &Node) -> Result<Option<Value>, Oops> {
        if let Some(condition) = condition
            && !self.question(condition)?
        {
            return Ok(None);
        }
        if each == Each::Map { self.value(body).map(Some) } else { self.question(body).map(|answer| Some(Value::Bool(answer))) }
    }
}
