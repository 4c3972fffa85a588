//! The tree of an expression.

use std::sync::Arc;

use super::fault::Span;
use super::value::Value;

/// A part of an expression.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub what: What,
    pub span: Span,
    /// Levels from here down, bounded while reading so that nothing that walks the tree can run out of stack.
    pub depth: usize,
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Binary {
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tightly it binds.
    pub const fn tightness(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual | Self::Equal | Self::NotEqual | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
        }
    }
}

/// What is done for each element of a list, or each name of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Each {
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" | "existsOne" => Self::ExistsOne,
            "filter" => Self::Filter,
            "map" => Self::Map,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Constant(Value),
    Name(Arc<str>),
    Member(Box<Node>, Arc<str>),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Choice(Box<Node>, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Object(Vec<(Arc<str>, Node)>),
    /// `has(a.b)`: is there a value?
    Has(Box<Node>, Arc<str>),
    /// A function; of a method the receiver is the first argument.
    Call {
        name: Arc<str>,
        method: bool,
        arguments: Vec<Node>,
    },
    /// A pattern that was read already.
    Matches(Box<Node>, regex::Regex),
    /// `list.all(x, …)`; `map` may have a condition before what it makes.
    Each {
        each: Each,
        over: Box<Node>,
        variable: Arc<str>,
        condition: Option<Box<Node>>,
        body: Box<Node>,
    },
}
