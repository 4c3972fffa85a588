//! From text to words and signs.

use std::str::FromStr as _;

use rust_decimal::Decimal;

use super::fault::{Fault, Span};
use super::{MAX_NODES, MAX_SOURCE};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(i64),
    Decimal(Decimal),
    Text(String),
    /// A sign, or one of `true false null in`.
    Sign(&'static str),
    End,
}

/// Signs, the longer ones first.
const SIGNS: [&str; 24] =
    ["||", "&&", "<=", ">=", "==", "!=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

const WORDS: [&str; 4] = ["true", "false", "null", "in"];

/// Words that CEL keeps for itself.
const RESERVED: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "has",
];

/// Whether a word can name a variable or a field in an expression.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !WORDS.contains(&word)
        && !RESERVED.contains(&word)
}

/// What a sign of a Chinese keyboard stands for.
fn narrow(letter: char) -> Option<char> {
    Some(match letter {
        '（' => '(',
        '）' => ')',
        '【' => '[',
        '】' => ']',
        '，' | '、' => ',',
        '。' => '.',
        '：' => ':',
        '？' => '?',
        '！' => '!',
        '“' | '”' | '「' | '」' => '"',
        '‘' | '’' => '\'',
        '＞' => '>',
        '＜' => '<',
        '＝' => '=',
        '＋' => '+',
        '－' | '—' => '-',
        '×' | '＊' => '*',
        '÷' | '／' => '/',
        _ => return None,
    })
}

pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

/// Reads all words and signs of a text.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, Span)>, Fault> {
    if source.len() > MAX_SOURCE {
        let (zh, en) = (format!("表达式太长，最多 {MAX_SOURCE} 字节。"), format!("An expression has at most {MAX_SOURCE} bytes."));
        return Err(Fault::new("expression_length", source, Span::default(), zh, en));
    }
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let (token, span) = lexer.next()?;
        let end = token == Token::End;
        tokens.push((token, span));
        if end {
            return Ok(tokens);
        }
        if tokens.len() > MAX_NODES * 2 {
            return Err(Fault::new("expression_size", source, span, "表达式太复杂。", "This expression has too many parts."));
        }
    }
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span(&self, from: usize) -> Span {
        Span { from, to: self.at }
    }

    fn fault(&self, from: usize, zh: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault::new("syntax", self.source, self.span(from), zh, en)
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &str {
        let from = self.at;
        self.at += self.rest().find(|letter| !fits(letter)).unwrap_or(self.rest().len());
        &self.source[from..self.at]
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|letter| letter != '\n');
        }
    }

    fn next(&mut self) -> Result<(Token, Span), Fault> {
        self.skip_blanks();
        let from = self.at;
        let Some(first) = self.peek() else { return Ok((Token::End, self.span(from))) };
        let token = match first {
            '0'..='9' => self.number(from)?,
            '"' | '\'' => self.text(from, first, false)?,
            'r' | 'R' if self.rest()[1..].starts_with(['"', '\'']) => {
                self.at += 1;
                let quote = self.peek().unwrap_or('"');
                self.text(from, quote, true)?
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let word = self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_').to_owned();
                match WORDS.into_iter().find(|known| *known == word) {
                    Some(known) => Token::Sign(known),
                    None => Token::Name(word),
                }
            }
            _ => match SIGNS.into_iter().find(|sign| self.rest().starts_with(sign)) {
                Some(sign) => {
                    self.at += sign.len();
                    Token::Sign(sign)
                }
                None => return Err(self.unknown(from, first)),
            },
        };
        Ok((token, self.span(from)))
    }

    fn unknown(&mut self, from: usize, letter: char) -> Fault {
        self.at += letter.len_utf8();
        if let Some(meant) = narrow(letter) {
            return self.fault(
                from,
                format!("“{letter}”是全角符号，请改用半角的 {meant}"),
                format!("{letter:?} is a full-width sign; type {meant} instead."),
            );
        }
        match letter {
            '=' => self.fault(from, "比较相等要写两个等号：==", "To compare write two signs: =="),
            '&' => self.fault(from, "“并且”要写 &&", "Write && for \"and\"."),
            '|' => self.fault(from, "“或者”要写 ||", "Write || for \"or\"."),
            letter if letter.is_alphabetic() => self.fault(
                from,
                "文字要放在引号里，例如 \"红色\"；变量和字段名只能用英文字母。",
                "Put texts in quotation marks; names of variables and fields have the letters a to z only.",
            ),
            letter => {
                self.fault(from, format!("看不懂这个符号：{}", letter.escape_debug()), format!("Unknown sign {}", letter.escape_debug()))
            }
        }
    }

    fn number(&mut self, from: usize) -> Result<Token, Fault> {
        self.take_while(|letter| letter.is_ascii_digit());
        let mut rest = self.rest().chars();
        let whole = !(rest.next() == Some('.') && rest.next().is_some_and(|digit| digit.is_ascii_digit()));
        if !whole {
            self.at += 1;
            self.take_while(|letter| letter.is_ascii_digit());
        }
        let digits = &self.source[from..self.at];
        let token = if whole { digits.parse().ok().map(Token::Int) } else { Decimal::from_str(digits).ok().map(Token::Decimal) };
        if self.peek().is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            self.take_while(|letter| letter.is_alphanumeric() || letter == '_');
            let (zh, en) = (
                "数字后面不能直接跟字母；带单位的文字要放在引号里。",
                "A number cannot be followed by letters; put it in quotation marks if it is a text.",
            );
            return Err(self.fault(from, zh, en));
        }
        token.ok_or_else(|| self.fault(from, "数字太大。", "This number is too large."))
    }

    fn text(&mut self, from: usize, quote: char, raw: bool) -> Result<Token, Fault> {
        self.at += quote.len_utf8();
        let mut text = String::new();
        loop {
            let Some(letter) = self.peek().filter(|letter| *letter != '\n') else {
                return Err(self.fault(
                    from,
                    format!("文本没有结束，缺少 {quote}"),
                    format!("This text does not end; a {quote} is missing."),
                ));
            };
            let here = self.at;
            self.at += letter.len_utf8();
            match letter {
                letter if letter == quote => return Ok(Token::Text(text)),
                '\\' if !raw => match self.escaped() {
                    Some(letter) => text.push(letter),
                    None => {
                        return Err(self.fault(
                            here,
                            "反斜杠后面的写法不对；反斜杠本身写作 \\\\",
                            "Unknown escape; write a backslash as \\\\",
                        ));
                    }
                },
                letter => text.push(letter),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\\' | '\'' | '"' | '`' | '?' => letter,
            'u' => {
                let digits = self.rest().get(..4)?;
                let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
                self.at += 4;
                // A text of the database holds no NUL.
                char::from_u32(code).filter(|letter| *letter != '\0')?
            }
            _ => return None,
        })
    }
}

/// For sentences: what stands there.
pub(super) fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Int(number) => number.to_string(),
        Token::Decimal(number) => number.to_string(),
        Token::Text(_) => "\"…\"".to_owned(),
        Token::Sign(sign) => (*sign).to_owned(),
        Token::End => String::new(),
    }
}
