//! Expressions for people who ask how a figure came about: which variables are named, and the text with their values put in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Program;
use super::ast::{Node, What};
use super::run::{Bindings, run};
use super::value::Value;

/// The variable at the beginning of `a`, `a.b`, `a.b.c`.
fn root(node: &Node) -> Option<&Arc<str>> {
    match &node.what {
        What::Name(name) => Some(name),
        What::Member(of, _) => root(of),
        _ => None,
    }
}

/// Goes through what names a variable, outermost first. Variables of `all`, `map` and so on are none.
fn visit<'a>(node: &'a Node, inner: &mut Vec<&'a str>, found: &mut Vec<&'a Node>) {
    if let Some(name) = root(node) {
        if !inner.contains(&&**name) {
            found.push(node);
        }
        return;
    }
    match &node.what {
        What::Constant(_) | What::Name(_) => {}
        What::Member(of, _) | What::Not(of) | What::Minus(of) | What::Matches(of, _) | What::Has(of, _) => visit(of, inner, found),
        What::Index(one, other) | What::Binary(_, one, other) => {
            visit(one, inner, found);
            visit(other, inner, found);
        }
        What::Choice(condition, yes, no) => [condition, yes, no].into_iter().for_each(|node| visit(node, inner, found)),
        What::List(nodes) | What::Call { arguments: nodes, .. } => nodes.iter().for_each(|node| visit(node, inner, found)),
        What::Object(fields) => fields.iter().for_each(|(_, node)| visit(node, inner, found)),
        What::Each { over, variable, condition, body, .. } => {
            visit(over, inner, found);
            inner.push(variable);
            condition.iter().for_each(|node| visit(node, inner, found));
            visit(body, inner, found);
            inner.pop();
        }
    }
}

fn written(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(answer) => answer.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Date(day) => day.to_string(),
        _ => return None,
    })
}

impl Program {
    /// The variables that it names.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let mut found = Vec::new();
        visit(&self.root, &mut Vec::new(), &mut found);
        found.into_iter().filter_map(root).map(|name| &**name).collect()
    }

    /// Its text with the values of variables put in: `(3 + 0.2) * 2 * 45`. What has no short value stays named.
    #[must_use]
    pub fn worked(&self, bindings: &Bindings) -> String {
        let mut found = Vec::new();
        visit(&self.root, &mut Vec::new(), &mut found);
        found.sort_by_key(|node| node.span.from);
        let (mut text, mut at) = (String::with_capacity(self.source.len()), 0);
        for node in found {
            let value = run(&self.source, node, bindings).ok().as_ref().and_then(written);
            if let (Some(value), Some(before)) = (value, self.source.get(at..node.span.from)) {
                text.push_str(before);
                text.push_str(&value);
                at = node.span.to;
            }
        }
        text.push_str(self.source.get(at..).unwrap_or_default());
        text
    }
}
