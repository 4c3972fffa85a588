//! Finds mistakes before anything is worked out: unknown names, functions and operators with values that they do not go with.

use std::sync::Arc;

use super::ast::{Binary, Each, Node, What};
use super::fault::{Fault, Span, not_a};
use super::types::{Declarations, Type};
use super::{MAX_FAULTS, functions};

/// The type of an expression.
pub(super) fn check(source: &str, root: &Node, declared: &Declarations, wanted: &Type) -> Result<Type, Vec<Fault>> {
    let mut checker = Checker { source, declared, inner: Vec::new(), faults: Vec::new() };
    let gives = checker.of(root);
    if checker.faults.is_empty() && !gives.fits(wanted) {
        checker.faults.push(not_a(source, root.span, wanted, &gives));
    }
    checker.faults.truncate(MAX_FAULTS);
    if checker.faults.is_empty() { Ok(gives) } else { Err(checker.faults) }
}

/// Most names that a sentence lists.
const LISTED: usize = 12;

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = if names.len() > LISTED { " …" } else { "" };
    names.truncate(LISTED);
    format!("{}{more}", names.join(", "))
}

/// Takes one of two languages.
type Pick = fn((&'static str, &'static str)) -> &'static str;

/// "This function does not take these."
pub(super) fn no_shape(source: &str, span: Span, name: &str, method: bool, arguments: &[Type]) -> Fault {
    let shapes: Vec<&functions::Function> = functions::named(name, method).collect();
    if shapes.is_empty() {
        let other = functions::named(name, !method).next().is_some();
        let (zh, en) = match (other, method) {
            (true, true) => (format!("要写成 {name}(值)。"), format!("Write {name}(value).")),
            (true, false) => (format!("要写成 值.{name}(…)。"), format!("Write value.{name}(...).")),
            (false, _) => (format!("没有叫 {name} 的函数。"), format!("There is no function {name}.")),
        };
        return Fault::new("function", source, span, zh, en);
    }
    let shape = |language: Pick| {
        let one = |function: &&functions::Function| {
            let takes: Vec<&str> = function.takes.iter().map(|takes| language(takes.words())).collect();
            match (method, takes.split_first()) {
                (true, Some((first, rest))) => format!("{first}.{name}({})", rest.join(", ")),
                _ => format!("{name}({})", takes.join(", ")),
            }
        };
        shapes.iter().map(one).collect::<Vec<_>>().join(" / ")
    };
    let is = |language: Pick| arguments.iter().map(|of| language(of.words())).collect::<Vec<_>>().join(", ");
    let (zh, en): (Pick, Pick) = (|words| words.0, |words| words.1);
    Fault::new(
        "function",
        source,
        span,
        format!("{name} 的参数不对。可以写：{}；现在是：{}。", shape(zh), is(zh)),
        format!("{name} does not take these. Write {}; this is {}.", shape(en), is(en)),
    )
}

struct Checker<'a> {
    source: &'a str,
    declared: &'a Declarations,
    inner: Vec<(Arc<str>, Type)>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// Notes a mistake; nothing further follows from what it is about.
    fn fault(&mut self, fault: Fault) -> Type {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
        Type::Any
    }

    fn wants(&mut self, node: &Node, wanted: &Type) -> Type {
        let is = self.of(node);
        if is.fits(wanted) { is } else { self.fault(not_a(self.source, node.span, wanted, &is)) }
    }

    fn of(&mut self, node: &Node) -> Type {
        match &node.what {
            What::Constant(value) => value.kind(),
            What::Name(name) => self.name(node.span, name),
            What::Member(of, name) => {
                let is = self.of(of);
                self.field(node.span, of.span, &is, name)
            }
            What::Has(of, name) => {
                let is = self.of(of);
                self.field(node.span, of.span, &is, name);
                Type::Bool
            }
            What::Index(of, index) => self.index(of, index),
            What::Not(of) => {
                self.wants(of, &Type::Bool);
                Type::Bool
            }
            What::Minus(of) => {
                let is = self.of(of);
                if is.may_be_number() || is == Type::Duration { is } else { self.fault(not_a(self.source, of.span, &Type::Decimal, &is)) }
            }
            What::Binary(operator, left, right) => self.binary(*operator, node.span, left, right),
            What::Choice(condition, yes, no) => {
                self.wants(condition, &Type::Bool);
                let (yes, no) = (self.of(yes), self.of(no));
                yes.with(&no)
            }
            What::List(elements) => {
                let kinds: Vec<Type> = elements.iter().map(|element| self.of(element)).collect();
                Type::list(
                    kinds
                        .iter()
                        .fold(None, |all: Option<Type>, one| Some(all.map_or_else(|| one.clone(), |all| all.with(one))))
                        .unwrap_or(Type::Any),
                )
            }
            What::Object(fields) => {
                let fields: Vec<(String, Type)> = fields.iter().map(|(name, node)| (name.to_string(), self.of(node))).collect();
                Type::object(fields)
            }
            What::Matches(of, _) => {
                self.wants(of, &Type::Text);
                Type::Bool
            }
            What::Call { name, method, arguments } => {
                let kinds: Vec<Type> = arguments.iter().map(|argument| self.of(argument)).collect();
                let found = functions::named(name, *method).find(|function| function.fits(&kinds));
                match found {
                    Some(function) => function.gives.gives(kinds.first()),
                    None => self.fault(no_shape(self.source, node.span, name, *method, &kinds)),
                }
            }
            What::Each { each, over, variable, condition, body } => self.each(*each, over, variable, condition.as_deref(), body),
        }
    }

    fn name(&mut self, span: Span, name: &Arc<str>) -> Type {
        if let Some((_, of)) = self.inner.iter().rev().find(|(inner, _)| inner == name) {
            return of.clone();
        }
        if let Some(of) = self.declared.get(name) {
            return of.clone();
        }
        let known = listed(self.inner.iter().map(|(name, _)| &**name).chain(self.declared.iter().map(|(name, _)| name)));
        self.fault(Fault::new(
            "unknown_name",
            self.source,
            span,
            format!("没有叫 {name} 的变量，可以用：{known}。文字要放在引号里。"),
            format!("There is no variable {name}; there are {known}. Texts stand in quotation marks."),
        ))
    }

    fn field(&mut self, span: Span, of: Span, is: &Type, name: &str) -> Type {
        match is {
            Type::Any | Type::Null => Type::Any,
            Type::Map(of) => (**of).clone(),
            Type::Object(fields) => match fields.get(name) {
                Some(of) => of.clone(),
                None => {
                    let known = listed(fields.keys().map(String::as_str));
                    let zh = format!("没有字段 {name}，可以用：{known}。");
                    let en = format!("There is no field {name}; there are {known}.");
                    // The name alone is at fault, not what stands before the dot.
                    let span = Span { from: span.to.saturating_sub(name.len()).max(of.to), to: span.to };
                    let span = if self.source.get(span.from..span.to) == Some(name) { span } else { Span { from: of.from, to: span.to } };
                    self.fault(Fault::new("unknown_field", self.source, span, zh, en))
                }
            },
            other => self.fault(not_a(self.source, of, &Type::Map(Box::new(Type::Any)), other)),
        }
    }

    fn index(&mut self, of: &Node, index: &Node) -> Type {
        match self.of(of) {
            Type::List(element) => {
                self.wants(index, &Type::Int);
                *element
            }
            Type::Map(value) => {
                self.wants(index, &Type::Text);
                *value
            }
            Type::Object(_) => {
                self.wants(index, &Type::Text);
                Type::Any
            }
            Type::Any | Type::Null => {
                self.of(index);
                Type::Any
            }
            other => self.fault(not_a(self.source, of.span, &Type::list(Type::Any), &other)),
        }
    }

    fn binary(&mut self, operator: Binary, span: Span, left: &Node, right: &Node) -> Type {
        if matches!(operator, Binary::And | Binary::Or) {
            self.wants(left, &Type::Bool);
            self.wants(right, &Type::Bool);
            return Type::Bool;
        }
        let (one, other) = (self.of(left), self.of(right));
        let gives = match operator {
            Binary::Equal | Binary::NotEqual => comparable(&one, &other).then_some(Type::Bool),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => ordered(&one, &other).then_some(Type::Bool),
            Binary::In => match &other {
                Type::List(element) => comparable(&one, element).then_some(Type::Bool),
                Type::Map(_) | Type::Object(_) => one.fits(&Type::Text).then_some(Type::Bool),
                Type::Any | Type::Null => Some(Type::Bool),
                _ => None,
            },
            _ => arithmetic(operator, &one, &other),
        };
        match gives {
            Some(gives) => gives,
            None => {
                let ((one_zh, one_en), (other_zh, other_en), sign) = (one.words(), other.words(), operator.sign());
                self.fault(Fault::new(
                    "type",
                    self.source,
                    span,
                    format!("{one_zh}和{other_zh}之间不能用 {sign}。"),
                    format!("{sign} does not work between {one_en} and {other_en}."),
                ))
            }
        }
    }

    fn each(&mut self, each: Each, over: &Node, variable: &Arc<str>, condition: Option<&Node>, body: &Node) -> Type {
        let element = match self.of(over) {
            Type::List(of) => *of,
            Type::Map(_) | Type::Object(_) => Type::Text,
            Type::Any | Type::Null => Type::Any,
            other => self.fault(not_a(self.source, over.span, &Type::list(Type::Any), &other)),
        };
        self.inner.push((variable.clone(), element.clone()));
        if let Some(condition) = condition {
            self.wants(condition, &Type::Bool);
        }
        let makes = if each == Each::Map { self.of(body) } else { self.wants(body, &Type::Bool) };
        self.inner.pop();
        match each {
            Each::All | Each::Exists | Each::ExistsOne => Type::Bool,
            Each::Filter => Type::list(element),
            Each::Map => Type::list(makes),
        }
    }
}

fn comparable(one: &Type, other: &Type) -> bool {
    one.fits(other) || other.fits(one)
}

fn ordered(one: &Type, other: &Type) -> bool {
    let has_order = |of: &Type| !matches!(of, Type::List(_) | Type::Object(_) | Type::Map(_));
    has_order(one) && has_order(other) && comparable(one, other)
}

fn arithmetic(operator: Binary, one: &Type, other: &Type) -> Option<Type> {
    use Type::{Any, Date, Decimal, Duration, Int, List, Null, Text, Timestamp};
    let open = |of: &Type| matches!(of, Any | Null);
    Some(match (operator, one, other) {
        (_, one, other) if open(one) && open(other) => Any,
        (Binary::Remainder, one, other) if one.fits(&Int) && other.fits(&Int) => Int,
        (Binary::Remainder, ..) => return None,
        (Binary::Add, Text, other) | (Binary::Add, other, Text) if open(other) || *other == Text => Text,
        (Binary::Add, List(one), List(other)) => Type::list(one.with(other)),
        (Binary::Add, list @ List(_), other) | (Binary::Add, other, list @ List(_)) if open(other) => list.clone(),
        (Binary::Add, Date, other) | (Binary::Add, other, Date) if open(other) || *other == Int => Date,
        (Binary::Add, Timestamp, other) | (Binary::Add, other, Timestamp) if open(other) || *other == Duration => Timestamp,
        (Binary::Add | Binary::Subtract, Duration, Duration) => Duration,
        (Binary::Add | Binary::Subtract, Duration, other) | (Binary::Add | Binary::Subtract, other, Duration) if open(other) => Any,
        (Binary::Subtract, Date, Date) => Int,
        (Binary::Subtract, Date, Int) => Date,
        (Binary::Subtract, Timestamp, Timestamp) => Duration,
        (Binary::Subtract, Timestamp, Duration) => Timestamp,
        (Binary::Subtract, Date | Timestamp, other) | (Binary::Subtract, other, Date | Timestamp) if open(other) => Any,
        (_, Int, Int) => Int,
        (_, one, other) if one.may_be_number() && other.may_be_number() => {
            if open(one) || open(other) {
                Any
            } else {
                Decimal
            }
        }
        _ => return None,
    })
}
