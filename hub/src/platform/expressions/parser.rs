//! From words and signs to the tree: one function for each level of the grammar, bounded in depth and size.

use std::sync::Arc;

use super::ast::{Binary, Each, Node, What};
use super::fault::{Fault, Span};
use super::lexer::{Token, is_name, shown, tokens};
use super::value::Value;
use super::{MAX_DEPTH, MAX_NESTING, MAX_NODES};

/// Largest memory that a pattern may take.
const PATTERN_SIZE: usize = 256 * 1024;

/// Reads a text.
pub(super) fn parse(source: &str) -> Result<Node, Fault> {
    let tokens = tokens(source)?;
    let mut parser = Parser { source, tokens, at: 0, nodes: 0 };
    if *parser.token() == Token::End {
        return Err(parser.fault("表达式是空的。", "The expression is empty."));
    }
    let root = parser.expression(0)?;
    if *parser.token() != Token::End {
        return Err(parser.unexpected());
    }
    Ok(root)
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    nodes: usize,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        // The last one is the end, and nothing steps over it.
        &self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    fn step(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    fn fault(&self, zh: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault::new("syntax", self.source, self.span(), zh, en)
    }

    fn unexpected(&self) -> Fault {
        match self.token() {
            Token::End => self.fault("表达式在这里中断了，后面还缺内容。", "The expression stops here; something is missing."),
            other => {
                let sign = shown(other);
                self.fault(format!("这里不应该是 {sign}"), format!("Did not expect {sign} here."))
            }
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.token(), Token::Sign(here) if *here == sign);
        if found {
            self.step();
        }
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<Span, Fault> {
        if matches!(self.token(), Token::Sign(here) if *here == sign) {
            return Ok(self.step());
        }
        Err(self.fault(format!("这里缺少 {sign}"), format!("A {sign} is missing here.")))
    }

    fn node(&mut self, span: Span, depth: usize, what: What) -> Result<Node, Fault> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            let (zh, en) =
                ("表达式太复杂，请拆成几条规则。", "This expression is too deep or has too many parts; make several rules of it.");
            return Err(Fault::new("expression_size", self.source, span, zh, en));
        }
        Ok(Node { what, span, depth })
    }

    fn deeper(&self, nesting: usize) -> Result<usize, Fault> {
        if nesting < MAX_NESTING {
            return Ok(nesting + 1);
        }
        let (zh, en) = (format!("嵌套太深，最多 {MAX_NESTING} 层。"), format!("Nested too deeply; at most {MAX_NESTING} levels."));
        Err(Fault::new("expression_size", self.source, self.span(), zh, en))
    }

    fn expression(&mut self, nesting: usize) -> Result<Node, Fault> {
        let nesting = self.deeper(nesting)?;
        let condition = self.binary(1, nesting)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.expression(nesting)?;
        self.expect(":")?;
        let no = self.expression(nesting)?;
        let depth = 1 + condition.depth.max(yes.depth).max(no.depth);
        let span = condition.span.to(no.span);
        self.node(span, depth, What::Choice(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn operator(&self) -> Option<Binary> {
        let Token::Sign(sign) = self.token() else { return None };
        Some(match *sign {
            "||" => Binary::Or,
            "&&" => Binary::And,
            "<" => Binary::Less,
            "<=" => Binary::LessEqual,
            ">" => Binary::Greater,
            ">=" => Binary::GreaterEqual,
            "==" => Binary::Equal,
            "!=" => Binary::NotEqual,
            "in" => Binary::In,
            "+" => Binary::Add,
            "-" => Binary::Subtract,
            "*" => Binary::Multiply,
            "/" => Binary::Divide,
            "%" => Binary::Remainder,
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8, nesting: usize) -> Result<Node, Fault> {
        let mut left = self.unary(nesting)?;
        while let Some(operator) = self.operator().filter(|operator| operator.tightness() >= least) {
            self.step();
            let right = self.binary(operator.tightness() + 1, nesting)?;
            let (span, depth) = (left.span.to(right.span), 1 + left.depth.max(right.depth));
            left = self.node(span, depth, What::Binary(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn unary(&mut self, nesting: usize) -> Result<Node, Fault> {
        let sign = match self.token() {
            Token::Sign(sign @ ("!" | "-")) => *sign,
            _ => return self.member(nesting),
        };
        let nesting = self.deeper(nesting)?;
        let from = self.step();
        let of = self.unary(nesting)?;
        let (span, depth) = (from.to(of.span), of.depth + 1);
        match of.what {
            What::Constant(Value::Int(number)) if sign == "-" => self.node(span, depth, What::Constant(Value::Int(-number))),
            _ => {
                let of = Box::new(of);
                self.node(span, depth, if sign == "!" { What::Not(of) } else { What::Minus(of) })
            }
        }
    }

    fn member(&mut self, nesting: usize) -> Result<Node, Fault> {
        let mut of = self.primary(nesting)?;
        loop {
            let from = of.span;
            if self.eat(".") {
                let Token::Name(name) = self.token().clone() else {
                    return Err(self.fault("点号后面要写字段名或函数名。", "A dot is followed by the name of a field or a function."));
                };
                let span = from.to(self.step());
                of = if self.eat("(") {
                    self.method(of, &name, nesting)?
                } else {
                    let depth = of.depth + 1;
                    self.node(span, depth, What::Member(Box::new(of), name.into()))?
                };
            } else if self.eat("[") {
                let index = self.expression(nesting)?;
                let (span, depth) = (from.to(self.expect("]")?), 1 + of.depth.max(index.depth));
                of = self.node(span, depth, What::Index(Box::new(of), Box::new(index)))?;
            } else {
                return Ok(of);
            }
        }
    }

    /// Expressions up to `end`.
    fn several(&mut self, end: &'static str, nesting: usize) -> Result<(Vec<Node>, Span), Fault> {
        let mut all = Vec::new();
        loop {
            if matches!(self.token(), Token::Sign(sign) if *sign == end) {
                return Ok((all, self.step()));
            }
            all.push(self.expression(nesting)?);
            if !self.eat(",") {
                return Ok((all, self.expect(end)?));
            }
        }
    }

    fn method(&mut self, of: Node, name: &str, nesting: usize) -> Result<Node, Fault> {
        let (arguments, end) = self.several(")", nesting)?;
        let span = of.span.to(end);
        let depth = 1 + arguments.iter().map(|argument| argument.depth).fold(of.depth, usize::max);
        match (Each::of_word(name), name) {
            (Some(each), _) => self.each(each, of, arguments, span, depth),
            (None, "matches") => {
                let pattern = match arguments.as_slice() {
                    [Node { what: What::Constant(Value::Text(pattern)), span, .. }] => (pattern.clone(), *span),
                    _ => {
                        let (zh, en) =
                            ("matches 里要直接写一个带引号的正则表达式。", "matches takes one pattern, written out in quotation marks.");
                        return Err(Fault::new("pattern", self.source, span, zh, en));
                    }
                };
                let read =
                    regex::RegexBuilder::new(&pattern.0).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).nest_limit(20).build();
                let regex = read.map_err(|error| {
                    let why = error.to_string();
                    let why = why.lines().last().unwrap_or("").trim().trim_start_matches("error: ").to_owned();
                    Fault::new(
                        "pattern",
                        self.source,
                        pattern.1,
                        format!("正则表达式有误：{why}"),
                        format!("This pattern cannot be read: {why}"),
                    )
                })?;
                self.node(span, depth, What::Matches(Box::new(of), regex))
            }
            _ => {
                let arguments = std::iter::once(of).chain(arguments).collect();
                self.node(span, depth, What::Call { name: name.into(), method: true, arguments })
            }
        }
    }

    fn each(&mut self, each: Each, over: Node, arguments: Vec<Node>, span: Span, depth: usize) -> Result<Node, Fault> {
        let mut arguments = arguments.into_iter();
        let (variable, first, second, more) = (arguments.next(), arguments.next(), arguments.next(), arguments.next());
        let allowed = more.is_none() && (second.is_none() || each == Each::Map);
        let variable = variable.and_then(|node| match node.what {
            What::Name(name) => Some(name),
            _ => None,
        });
        let (Some(variable), Some(first), true) = (variable, first, allowed) else {
            let (zh, en) = (
                "要写成 (变量, 条件)，例如 lines.all(x, x.quantity > 0)。",
                "Write (variable, expression), as in lines.all(x, x.quantity > 0).",
            );
            return Err(Fault::new("macro", self.source, span, zh, en));
        };
        let (condition, body) = match second {
            Some(second) => (Some(Box::new(first)), second),
            None => (None, first),
        };
        self.node(span, depth, What::Each { each, over: Box::new(over), variable, condition, body: Box::new(body) })
    }

    fn primary(&mut self, nesting: usize) -> Result<Node, Fault> {
        let (token, span) = (self.token().clone(), self.span());
        let constant = match token {
            Token::Int(number) => Value::Int(number),
            Token::Decimal(number) => Value::Decimal(number),
            Token::Text(text) => Value::text(&text),
            Token::Sign("true") => Value::Bool(true),
            Token::Sign("false") => Value::Bool(false),
            Token::Sign("null") => Value::Null,
            Token::Name(name) => {
                self.step();
                return self.named(name, span, nesting);
            }
            Token::Sign("(") => {
                self.step();
                let mut inner = self.expression(nesting)?;
                inner.span = span.to(self.expect(")")?);
                return Ok(inner);
            }
            Token::Sign("[") => {
                self.step();
                let (elements, end) = self.several("]", nesting)?;
                let depth = 1 + elements.iter().map(|element| element.depth).fold(0, usize::max);
                return self.node(span.to(end), depth, What::List(elements));
            }
            Token::Sign("{") => {
                self.step();
                return self.object(span, nesting);
            }
            _ => return Err(self.unexpected()),
        };
        self.step();
        self.node(span, 1, What::Constant(constant))
    }

    fn object(&mut self, from: Span, nesting: usize) -> Result<Node, Fault> {
        let mut fields: Vec<(Arc<str>, Node)> = Vec::new();
        let end = loop {
            if self.eat("}") {
                break self.tokens[self.at.saturating_sub(1)].1;
            }
            let Token::Text(key) = self.token().clone() else {
                return Err(self.fault("记录的名字要写在引号里：{\"名字\": 值}", "Names of a record are texts: {\"name\": value}"));
            };
            if fields.iter().any(|(name, _)| **name == *key) {
                return Err(self.fault("这个名字写了两次。", "This name stands here twice."));
            }
            self.step();
            self.expect(":")?;
            fields.push((key.into(), self.expression(nesting)?));
            if !self.eat(",") {
                break self.expect("}")?;
            }
        };
        let depth = 1 + fields.iter().map(|(_, node)| node.depth).fold(0, usize::max);
        self.node(from.to(end), depth, What::Object(fields))
    }

    fn named(&mut self, name: String, span: Span, nesting: usize) -> Result<Node, Fault> {
        if !self.eat("(") {
            if !is_name(&name) {
                let (zh, en) = (format!("{name} 是保留字，不能用作名字。"), format!("{name} is a reserved word and names nothing."));
                return Err(Fault::new("syntax", self.source, span, zh, en));
            }
            return self.node(span, 1, What::Name(name.into()));
        }
        let (arguments, end) = self.several(")", nesting)?;
        let span = span.to(end);
        let depth = 1 + arguments.iter().map(|argument| argument.depth).fold(0, usize::max);
        if name == "has" {
            let mut arguments = arguments.into_iter();
            return match (arguments.next().map(|node| node.what), arguments.next()) {
                (Some(What::Member(of, field)), None) => self.node(span, depth, What::Has(of, field)),
                _ => Err(Fault::new("macro", self.source, span, "has 要写成 has(记录.字段)。", "Write has(record.field).")),
            };
        }
        self.node(span, depth, What::Call { name: name.into(), method: false, arguments })
    }
}
