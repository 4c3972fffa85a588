//! What operators do with values.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::ToSpan as _;
use rust_decimal::Decimal;

use super::ast::Binary;
use super::run::{Fail, Oops, Run};
use super::value::Value;

/// Larger and smaller; nothing for values that have no order between them.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Duration(left), Value::Duration(right)) => left.cmp(right),
        (left, right) => left.number()?.cmp(&right.number()?),
    })
}

impl Run<'_> {
    /// Whether two values are the same; every part that is looked at is a step, for shared parts may be looked at very often.
    pub fn same(&mut self, left: &Value, right: &Value) -> Result<bool, Oops> {
        self.step(1)?;
        Ok(match (left, right) {
            (Value::Null, other) | (other, Value::Null) => matches!(other, Value::Null),
            (Value::List(left), Value::List(right)) => {
                let (left, right) = (left.clone(), right.clone());
                left.len() == right.len() && self.all_same(left.iter().zip(right.iter()))?
            }
            (Value::Object(left), Value::Object(right)) => {
                let (left, right) = (left.clone(), right.clone());
                left.len() == right.len() && left.keys().eq(right.keys()) && self.all_same(left.values().zip(right.values()))?
            }
            (Value::Text(left), Value::Text(right)) => {
                self.read(left.len())?;
                left == right
            }
            (left, right) => order(left, right) == Some(Ordering::Equal),
        })
    }

    fn all_same<'v>(&mut self, pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Result<bool, Oops> {
        for (left, right) in pairs {
            if !self.same(left, right)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Works an operator out on two values; `&&` and `||` are elsewhere, because they need not look at both.
    pub fn operate(&mut self, operator: Binary, left: &Value, right: &Value) -> Result<Value, Oops> {
        let answer = match operator {
            Binary::Equal => Value::Bool(self.same(left, right)?),
            Binary::NotEqual => Value::Bool(!self.same(left, right)?),
            Binary::In => Value::Bool(self.is_in(left, right)?),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                let order = order(left, right).ok_or_else(|| Fail::operands(operator, left, right))?;
                Value::Bool(match operator {
                    Binary::Less => order.is_lt(),
                    Binary::LessEqual => order.is_le(),
                    Binary::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Binary::Add => self.add(left, right)?,
            Binary::Subtract => subtract(left, right)?,
            Binary::Multiply => multiply(left, right)?,
            Binary::Divide => divide(left, right)?,
            Binary::Remainder => match (left, right) {
                (Value::Int(_), Value::Int(0)) => return Err(Fail::ByZero.into()),
                (Value::Int(left), Value::Int(right)) => Value::Int(left.checked_rem(*right).ok_or(Fail::TooLarge)?),
                _ => return Err(Fail::operands(operator, left, right).into()),
            },
            Binary::And | Binary::Or => return Err(Fail::operands(operator, left, right).into()),
        };
        Ok(answer)
    }

    fn is_in(&mut self, wanted: &Value, all: &Value) -> Result<bool, Oops> {
        match all {
            Value::List(elements) => {
                for element in elements.clone().iter() {
                    if self.same(wanted, element)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Object(fields) => match wanted {
                Value::Text(name) => Ok(fields.contains_key(&**name)),
                _ => Err(Fail::operands(Binary::In, wanted, all).into()),
            },
            _ => Err(Fail::operands(Binary::In, wanted, all).into()),
        }
    }

    fn add(&mut self, left: &Value, right: &Value) -> Result<Value, Oops> {
        Ok(match (left, right) {
            (Value::Int(left), Value::Int(right)) => Value::Int(left.checked_add(*right).ok_or(Fail::TooLarge)?),
            (Value::Text(left), Value::Text(right)) => {
                self.write(left.len() + right.len())?;
                Value::Text(format!("{left}{right}").into())
            }
            (Value::List(left), Value::List(right)) => {
                self.step(left.len() as u64 + right.len() as u64)?;
                Value::List(Arc::new(left.iter().chain(right.iter()).cloned().collect()))
            }
            (Value::Date(date), Value::Int(days)) | (Value::Int(days), Value::Date(date)) => Value::Date(days_later(*date, *days)?),
            (Value::Timestamp(at), Value::Duration(time)) | (Value::Duration(time), Value::Timestamp(at)) => {
                Value::Timestamp(at.checked_add(*time).map_err(|_| Fail::TooLarge)?)
            }
            (Value::Duration(left), Value::Duration(right)) => Value::Duration(left.checked_add(*right).ok_or(Fail::TooLarge)?),
            (left, right) => numbers(Binary::Add, left, right, Decimal::checked_add)?,
        })
    }
}

/// A day so many days later.
pub(super) fn days_later(date: jiff::civil::Date, days: i64) -> Result<jiff::civil::Date, Fail> {
    // The calendar ends long before that, and a span of days with it.
    let days = Some(days).filter(|days| days.unsigned_abs() < 5_000_000).ok_or(Fail::TooLarge)?;
    date.checked_add(days.days()).map_err(|_| Fail::TooLarge)
}

/// Days from one day to another.
pub(super) fn days_between(from: jiff::civil::Date, to: jiff::civil::Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn numbers(operator: Binary, left: &Value, right: &Value, with: impl Fn(Decimal, Decimal) -> Option<Decimal>) -> Result<Value, Fail> {
    match (left.number(), right.number()) {
        (Some(one), Some(other)) => with(one, other).map(Value::Decimal).ok_or(Fail::TooLarge),
        _ => Err(Fail::operands(operator, left, right)),
    }
}

fn subtract(left: &Value, right: &Value) -> Result<Value, Fail> {
    Ok(match (left, right) {
        (Value::Int(left), Value::Int(right)) => Value::Int(left.checked_sub(*right).ok_or(Fail::TooLarge)?),
        (Value::Date(left), Value::Date(right)) => Value::Int(days_between(*right, *left)),
        (Value::Date(date), Value::Int(days)) => Value::Date(days_later(*date, days.checked_neg().ok_or(Fail::TooLarge)?)?),
        (Value::Timestamp(left), Value::Timestamp(right)) => Value::Duration(left.duration_since(*right)),
        (Value::Timestamp(at), Value::Duration(time)) => Value::Timestamp(at.checked_sub(*time).map_err(|_| Fail::TooLarge)?),
        (Value::Duration(left), Value::Duration(right)) => Value::Duration(left.checked_sub(*right).ok_or(Fail::TooLarge)?),
        (left, right) => numbers(Binary::Subtract, left, right, Decimal::checked_sub)?,
    })
}

fn multiply(left: &Value, right: &Value) -> Result<Value, Fail> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.checked_mul(*right).map(Value::Int).ok_or(Fail::TooLarge),
        (left, right) => numbers(Binary::Multiply, left, right, Decimal::checked_mul),
    }
}

fn divide(left: &Value, right: &Value) -> Result<Value, Fail> {
    match (left, right) {
        (_, Value::Int(0)) => Err(Fail::ByZero),
        (_, Value::Decimal(by)) if by.is_zero() => Err(Fail::ByZero),
        (Value::Int(left), Value::Int(right)) => left.checked_div(*right).map(Value::Int).ok_or(Fail::TooLarge),
        (left, right) => numbers(Binary::Divide, left, right, Decimal::checked_div),
    }
}
