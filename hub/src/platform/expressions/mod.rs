//! One expression language for rules that people write into settings: required-when and checks of fields, gates of stages, later prices
//! and automations. It is the Common Expression Language (CEL), as far as such rules need it.
//!
//! [`compile`] reads a text against declared variables and says every mistake at its place, in both languages; [`Program::run`] works it
//! out. Both are bounded whatever somebody writes: length, depth and number of parts of a text, steps of a run, size of what it makes.
//! The Rust crates for CEL were no ground to stand on for texts out of settings pages: their generated parser takes gigabytes for some
//! hundred bytes, nothing bounds a run, types are found out while running, and decimal numbers are binary floats.
//!
//! Where this differs from CEL: numbers with a point are exact decimals (money, quantities), and whole numbers become decimals beside
//! them; there are dates (`today`, `date("2026-01-31")`, days between two by `-`); there are no bytes and no unsigned numbers; a map's keys
//! are texts; the pattern of `matches` is written out. What is empty is `null`, and working with it is a mistake of its own
//! ([`Fault::is_empty_value`]) that `has()` or `!= null` avoids.

pub mod api;
mod ast;
mod checker;
mod fault;
mod functions;
mod lexer;
mod operators;
mod parser;
mod run;
mod shown;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use fault::{Fault, Place};
pub use lexer::is_name;
pub use run::Bindings;
pub use types::{Declarations, Type};
pub use value::{Misfit, Value};

use ast::Node;

/// Longest text of an expression, in bytes.
pub const MAX_SOURCE: usize = 4_000;
/// Deepest nesting of brackets and branches that is read.
const MAX_NESTING: usize = 40;
/// Deepest tree of an expression.
const MAX_DEPTH: usize = 100;
/// Most parts of an expression.
const MAX_NODES: usize = 1_500;
/// Most mistakes that are said at once.
const MAX_FAULTS: usize = 10;
/// Most steps of a run.
const MAX_STEPS: u64 = 50_000;
/// Longest text that a run makes, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// An expression that can be worked out, again and again.
#[derive(Debug, Clone)]
pub struct Program {
    source: String,
    root: Node,
    gives: Type,
}

/// Reads an expression that is to give a `wanted` (anything when that is [`Type::Any`]), with these variables.
///
/// # Errors
/// Every mistake that was found, by its place.
pub fn compile(source: &str, declared: &Declarations, wanted: &Type) -> Result<Program, Vec<Fault>> {
    let root = parser::parse(source).map_err(|fault| vec![fault])?;
    let gives = checker::check(source, &root, declared, wanted)?;
    Ok(Program { source: source.to_owned(), root, gives })
}

impl Program {
    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it gives.
    #[must_use]
    pub const fn gives(&self) -> &Type {
        &self.gives
    }

    /// Works it out.
    ///
    /// # Errors
    /// What went wrong, and where: an empty value, a division by zero, too many steps.
    pub fn run(&self, bindings: &Bindings) -> Result<Value, Fault> {
        run::run(&self.source, &self.root, bindings)
    }

    /// Works out a question.
    ///
    /// # Errors
    /// As [`Program::run`]; also when the answer is neither yes nor no.
    pub fn holds(&self, bindings: &Bindings) -> Result<bool, Fault> {
        match self.run(bindings)? {
            Value::Bool(answer) => Ok(answer),
            other => Err(fault::not_a(&self.source, self.root.span, &Type::Bool, &other.kind())),
        }
    }

    /// Works out a number.
    ///
    /// # Errors
    /// As [`Program::run`]; also when what comes of it is empty, or no number.
    pub fn number(&self, bindings: &Bindings) -> Result<rust_decimal::Decimal, Fault> {
        match self.run(bindings)? {
            Value::Null => Err(Fault::empty(&self.source, self.root.span)),
            value => value.number().ok_or_else(|| fault::not_a(&self.source, self.root.span, &Type::Decimal, &value.kind())),
        }
    }
}
