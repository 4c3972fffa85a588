//! The functions of the language: one table for the checker and for running.

use std::str::FromStr as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::operators::{days_between, days_later};
use super::run::{Fail, Oops, Run};
use super::types::Type;
use super::value::{Value, decimal};

/// What a parameter takes, or a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Bool,
    Int,
    Number,
    Text,
    Date,
    Timestamp,
    Duration,
    List,
    Object,
    /// The type of the first argument.
    Same,
}

/// A function with one of its shapes.
pub(super) struct Function {
    pub name: &'static str,
    /// Written behind its first argument: `text.contains("x")`.
    pub method: bool,
    pub takes: &'static [Of],
    pub gives: Of,
    run: fn(&mut Run<'_>, &[Value]) -> Result<Value, Oops>,
}

impl Of {
    pub fn takes(self, of: &Type) -> bool {
        matches!(
            (self, of),
            (_, Type::Any | Type::Null)
                | (Self::Bool, Type::Bool)
                | (Self::Int, Type::Int)
                | (Self::Number, Type::Int | Type::Decimal)
                | (Self::Text, Type::Text)
                | (Self::Date, Type::Date)
                | (Self::Timestamp, Type::Timestamp)
                | (Self::Duration, Type::Duration)
                | (Self::List, Type::List(_))
                | (Self::Object, Type::Object(_) | Type::Map(_))
        )
    }

    pub fn gives(self, first: Option<&Type>) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Number => Type::Decimal,
            Self::Text => Type::Text,
            Self::Date => Type::Date,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::List => Type::list(Type::Text),
            Self::Object => Type::Map(Box::new(Type::Any)),
            Self::Same => first.cloned().unwrap_or(Type::Any),
        }
    }

    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Bool => ("是或否", "bool"),
            Self::Int => ("整数", "int"),
            Self::Number => ("数字", "number"),
            Self::Text => ("文本", "text"),
            Self::Date => ("日期", "date"),
            Self::Timestamp => ("时间点", "timestamp"),
            Self::Duration => ("时长", "duration"),
            Self::List => ("列表", "list"),
            Self::Object => ("记录", "object"),
            Self::Same => ("任意值", "any"),
        }
    }
}

/// The shapes of a name.
pub(super) fn named(name: &str, method: bool) -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(move |function| function.name == name && function.method == method)
}

impl Function {
    /// Whether it can be called with arguments of these types.
    pub fn fits(&self, arguments: &[Type]) -> bool {
        self.takes.len() == arguments.len() && self.takes.iter().zip(arguments).all(|(takes, of)| takes.takes(of))
    }

    pub fn call(&self, run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, Oops> {
        (self.run)(run, arguments)
    }
}

const fn global(name: &'static str, takes: &'static [Of], gives: Of, run: fn(&mut Run<'_>, &[Value]) -> Result<Value, Oops>) -> Function {
    Function { name, method: false, takes, gives, run }
}

const fn method(name: &'static str, takes: &'static [Of], gives: Of, run: fn(&mut Run<'_>, &[Value]) -> Result<Value, Oops>) -> Function {
    Function { name, method: true, takes, gives, run }
}

use Of::{Bool, Int, List, Number, Object, Same, Text};

const FUNCTIONS: &[Function] = &[
    global("size", &[Text], Int, size),
    global("size", &[List], Int, size),
    global("size", &[Object], Int, size),
    method("size", &[Text], Int, size),
    method("size", &[List], Int, size),
    method("size", &[Object], Int, size),
    global("int", &[Number], Int, int),
    global("int", &[Text], Int, int),
    global("decimal", &[Number], Number, to_decimal),
    global("decimal", &[Text], Number, to_decimal),
    global("double", &[Number], Number, to_decimal),
    global("double", &[Text], Number, to_decimal),
    global("string", &[Number], Text, string),
    global("string", &[Text], Text, string),
    global("string", &[Bool], Text, string),
    global("string", &[Of::Date], Text, string),
    global("string", &[Of::Timestamp], Text, string),
    global("date", &[Text], Of::Date, date),
    global("date", &[Of::Timestamp], Of::Date, date),
    global("timestamp", &[Text], Of::Timestamp, timestamp),
    global("duration", &[Text], Of::Duration, duration),
    global("abs", &[Number], Same, abs),
    global("round", &[Number], Int, |_, values| rounded(values, RoundingStrategy::MidpointAwayFromZero)),
    global("round", &[Number, Int], Number, round_to),
    global("floor", &[Number], Int, |_, values| rounded(values, RoundingStrategy::ToNegativeInfinity)),
    global("ceil", &[Number], Int, |_, values| rounded(values, RoundingStrategy::ToPositiveInfinity)),
    global("min", &[Number, Number], Number, |_, values| Ok(Value::Decimal(number(values, 0)?.min(number(values, 1)?)))),
    global("max", &[Number, Number], Number, |_, values| Ok(Value::Decimal(number(values, 0)?.max(number(values, 1)?)))),
    method("sum", &[List], Number, sum),
    method("contains", &[Text, Text], Bool, |run, values| texts(run, values, |text, part| text.contains(part))),
    method("startsWith", &[Text, Text], Bool, |run, values| texts(run, values, |text, part| text.starts_with(part))),
    method("endsWith", &[Text, Text], Bool, |run, values| texts(run, values, |text, part| text.ends_with(part))),
    method("trim", &[Text], Text, |run, values| made(run, text(values, 0)?.trim().to_owned())),
    method("lowerAscii", &[Text], Text, |run, values| made(run, text(values, 0)?.to_ascii_lowercase())),
    method("upperAscii", &[Text], Text, |run, values| made(run, text(values, 0)?.to_ascii_uppercase())),
    method("addDays", &[Of::Date, Int], Of::Date, |_, values| Ok(Value::Date(days_later(day(values, 0)?, whole(values, 1)?)?))),
    global("days", &[Of::Date, Of::Date], Int, |_, values| Ok(Value::Int(days_between(day(values, 0)?, day(values, 1)?)))),
    method("getFullYear", &[Of::Date], Int, |run, values| part(run, values, |day| i64::from(day.year()))),
    method("getFullYear", &[Of::Timestamp], Int, |run, values| part(run, values, |day| i64::from(day.year()))),
    method("getMonth", &[Of::Date], Int, |run, values| part(run, values, |day| i64::from(day.month()) - 1)),
    method("getMonth", &[Of::Timestamp], Int, |run, values| part(run, values, |day| i64::from(day.month()) - 1)),
    method("getDate", &[Of::Date], Int, |run, values| part(run, values, |day| i64::from(day.day()))),
    method("getDate", &[Of::Timestamp], Int, |run, values| part(run, values, |day| i64::from(day.day()))),
    method("getDayOfWeek", &[Of::Date], Int, |run, values| part(run, values, weekday)),
    method("getDayOfWeek", &[Of::Timestamp], Int, |run, values| part(run, values, weekday)),
    method("getHours", &[Of::Timestamp], Int, |run, values| Ok(Value::Int(local(run, values)?.hour().into()))),
    method("getMinutes", &[Of::Timestamp], Int, |run, values| Ok(Value::Int(local(run, values)?.minute().into()))),
    method("getHours", &[Of::Duration], Int, |_, values| Ok(Value::Int(time(values)?.as_hours()))),
    method("getMinutes", &[Of::Duration], Int, |_, values| Ok(Value::Int(time(values)?.as_mins()))),
    method("getSeconds", &[Of::Duration], Int, |_, values| Ok(Value::Int(time(values)?.as_secs()))),
];

fn wrong() -> Fail {
    Fail::Conversion
}

fn number(values: &[Value], at: usize) -> Result<Decimal, Fail> {
    values.get(at).and_then(Value::number).ok_or_else(wrong)
}

fn whole(values: &[Value], at: usize) -> Result<i64, Fail> {
    match values.get(at) {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(wrong()),
    }
}

fn text(values: &[Value], at: usize) -> Result<&str, Fail> {
    match values.get(at) {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(wrong()),
    }
}

fn day(values: &[Value], at: usize) -> Result<Date, Fail> {
    match values.get(at) {
        Some(Value::Date(date)) => Ok(*date),
        _ => Err(wrong()),
    }
}

fn time(values: &[Value]) -> Result<SignedDuration, Fail> {
    match values.first() {
        Some(Value::Duration(time)) => Ok(*time),
        _ => Err(wrong()),
    }
}

fn local(run: &Run<'_>, values: &[Value]) -> Result<jiff::Zoned, Fail> {
    match values.first() {
        Some(Value::Timestamp(at)) => Ok(run.in_zone(*at)),
        _ => Err(wrong()),
    }
}

fn weekday(date: Date) -> i64 {
    date.weekday().to_sunday_zero_offset().into()
}

fn part(run: &Run<'_>, values: &[Value], of: fn(Date) -> i64) -> Result<Value, Oops> {
    let date = match values.first() {
        Some(Value::Date(date)) => *date,
        _ => local(run, values)?.date(),
    };
    Ok(Value::Int(of(date)))
}

fn made(run: &mut Run<'_>, text: String) -> Result<Value, Oops> {
    run.write(text.len())?;
    Ok(Value::Text(text.into()))
}

fn texts(run: &mut Run<'_>, values: &[Value], of: fn(&str, &str) -> bool) -> Result<Value, Oops> {
    let (text, part) = (text(values, 0)?, text(values, 1)?);
    run.read(text.len() + part.len())?;
    Ok(Value::Bool(of(text, part)))
}

fn size(run: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let size = match values.first() {
        Some(Value::Text(text)) => {
            run.read(text.len())?;
            text.chars().count()
        }
        Some(Value::List(elements)) => elements.len(),
        Some(Value::Object(fields)) => fields.len(),
        _ => return Err(wrong().into()),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| Fail::TooLarge.into())
}

fn int(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let number = match values.first() {
        Some(Value::Text(text)) => text.trim().parse().ok(),
        // Towards zero, as CEL does.
        Some(value) => value.number().and_then(|number| number.trunc().to_i64()),
        None => None,
    };
    Ok(Value::Int(number.ok_or_else(wrong)?))
}

fn to_decimal(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let number = match values.first() {
        Some(Value::Text(text)) => decimal(text),
        Some(value) => value.number(),
        None => None,
    };
    Ok(Value::Decimal(number.ok_or_else(wrong)?))
}

fn string(run: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let text = match values.first() {
        Some(Value::Text(text)) => return Ok(Value::Text(text.clone())),
        Some(Value::Bool(answer)) => answer.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Decimal(number)) => number.normalize().to_string(),
        Some(Value::Date(date)) => date.to_string(),
        Some(Value::Timestamp(at)) => at.to_string(),
        _ => return Err(wrong().into()),
    };
    made(run, text)
}

fn date(run: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    Ok(Value::Date(match values.first() {
        Some(Value::Text(text)) => Date::from_str(text.trim()).map_err(|_| wrong())?,
        _ => local(run, values)?.date(),
    }))
}

fn timestamp(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    Ok(Value::Timestamp(Timestamp::from_str(text(values, 0)?.trim()).map_err(|_| wrong())?))
}

/// `1h30m`, `90s`, `250ms`; also days: `7d`.
fn duration(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let text = text(values, 0)?.trim();
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut ms = Decimal::ZERO;
    if rest.is_empty() || rest.len() > 40 {
        return Err(wrong().into());
    }
    while !rest.is_empty() {
        let unit_at = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').ok_or_else(wrong)?;
        let (digits, after) = rest.split_at(unit_at);
        let unit_to = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_to);
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong().into()),
        };
        let part = decimal(digits).and_then(|number| number.checked_mul(Decimal::from(factor))).ok_or_else(wrong)?;
        ms = ms.checked_add(part).ok_or(Fail::TooLarge)?;
        rest = after;
    }
    let ms = ms.trunc().to_i64().filter(|ms| *ms < 1 << 53).ok_or(Fail::TooLarge)?;
    Ok(Value::Duration(SignedDuration::from_millis(if negative { -ms } else { ms })))
}

fn abs(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    Ok(match values.first() {
        Some(Value::Int(number)) => Value::Int(number.checked_abs().ok_or(Fail::TooLarge)?),
        _ => Value::Decimal(number(values, 0)?.abs()),
    })
}

fn rounded(values: &[Value], strategy: RoundingStrategy) -> Result<Value, Oops> {
    let number = number(values, 0)?.round_dp_with_strategy(0, strategy).to_i64();
    Ok(Value::Int(number.ok_or(Fail::TooLarge)?))
}

fn round_to(_: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let places = u32::try_from(whole(values, 1)?).ok().filter(|places| *places <= 10).ok_or_else(wrong)?;
    Ok(Value::Decimal(number(values, 0)?.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)))
}

fn sum(run: &mut Run<'_>, values: &[Value]) -> Result<Value, Oops> {
    let Some(Value::List(elements)) = values.first() else { return Err(wrong().into()) };
    let elements: Arc<Vec<Value>> = elements.clone();
    run.step(elements.len() as u64)?;
    let mut sum = Decimal::ZERO;
    for element in elements.iter() {
        let number = if *element == Value::Null { return Err(Fail::Empty.into()) } else { element.number() };
        sum = sum.checked_add(number.ok_or_else(wrong)?).ok_or(Fail::TooLarge)?;
    }
    Ok(Value::Decimal(sum))
}
