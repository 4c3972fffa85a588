//! What is asked and told in each family's protocol, and what the answers mean. Pure: how bytes are framed and moved is the drivers' business.

use crate::family::{Family, Item, Protocol};

/// Something to say to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Menu commands without framing, chained with `;`. Honeywell's storage mark is the last character, Newland's the first.
    Menu(String),
    /// SSI `PARAM_REQUEST`.
    AskParameters(Vec<u16>),
    /// SSI `PARAM_SEND`.
    SetParameters {
        /// Keep them over a power cycle.
        permanent: bool,
        /// Numbers and values.
        parameters: Vec<(u16, u8)>,
    },
    /// A service command of Datalogic with its `$`, without the carriage return.
    Service(String),
    /// A line for a printer with its end.
    Line {
        /// The line.
        line: String,
        /// Whether the printer answers it.
        answered: bool,
    },
}

/// What a device said to one command of a [`Request::Menu`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The echo, e.g. `CBRENA1`.
    pub text: String,
    /// How it was taken.
    pub status: Status,
}

/// How a device took a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done (ACK).
    Done,
    /// It has no such command (ENQ).
    UnknownTag,
    /// It has the command, but not this value (NAK).
    BadValue,
}

/// An answer, framing taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To [`Request::Menu`], one for each command.
    Menu(Vec<Said>),
    /// To [`Request::AskParameters`].
    Parameters(Vec<(u16, u8)>),
    /// It is done (an ACK), or it was sent and nothing is answered.
    Done,
    /// A line of text, possibly with its end.
    Line(Vec<u8>),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// Nothing whole came in time. Whether it took effect is not known.
    Silent,
    /// The device is away.
    Gone,
    /// It refused (SSI NAK with its cause).
    Refused(u8),
    /// This wire has no such request.
    Unsupported,
}

/// What a device holds in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// This, as it writes it.
    Raw(String),
    /// It does not know the place.
    Unknown,
}

/// An answer that is none to what was asked, e.g. a late one: the question is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotMine;

/// Places that are asked for at once at most. Some firmware cuts long lines.
pub(crate) const fn at_once(protocol: Protocol) -> usize {
    match protocol {
        Protocol::HoneywellMenu | Protocol::NewlandUnified => 6,
        Protocol::Ssi => 16,
        Protocol::DatalogicService | Protocol::Sgd | Protocol::Tspl => 1,
    }
}

/// Asks for places: what is in force, or what is kept over a power cycle.
pub(crate) fn ask(protocol: Protocol, items: &[&Item], kept: bool) -> Request {
    let chained = |query: char| items.iter().map(|item| format!("{}{query}", item.tag)).collect::<Vec<_>>().join(";");
    let first = items.first().map_or("", |item| item.tag.as_str());
    match protocol {
        Protocol::HoneywellMenu => Request::Menu(format!("{}{}", chained('?'), if kept { '.' } else { '!' })),
        Protocol::NewlandUnified => Request::Menu(format!("@{}", chained('*'))),
        Protocol::Ssi => Request::AskParameters(items.iter().filter_map(|item| item.tag.parse().ok()).collect()),
        Protocol::DatalogicService => Request::Service(format!("$c{first}")),
        Protocol::Sgd => Request::Line { line: format!("! U1 getvar \"{first}\"\r\n"), answered: true },
        Protocol::Tspl => {
            let names: Vec<String> = first.split(',').map(|name| format!("\"{name}\"")).collect();
            Request::Line { line: format!("OUT GETSETTING$({})\r\n", names.join(",")), answered: true }
        }
    }
}

/// What the places hold by an answer; places that it does not speak of are left out.
pub(crate) fn held(protocol: Protocol, items: &[&Item], reply: &Reply) -> Result<Vec<(usize, Held)>, NotMine> {
    let found: Vec<(usize, Held)> = match (protocol, reply) {
        (Protocol::HoneywellMenu | Protocol::NewlandUnified, Reply::Menu(said)) => {
            said.iter().filter_map(|said| items.iter().enumerate().find_map(|(at, item)| Some((at, held_by(said, &item.tag)?)))).collect()
        }
        (Protocol::Ssi, Reply::Parameters(parameters)) => {
            if parameters.is_empty() {
                return Ok((0..items.len()).map(|at| (at, Held::Unknown)).collect());
            }
            let value = |item: &Item| parameters.iter().find(|(number, _)| item.tag == number.to_string()).map(|(_, value)| *value);
            items.iter().enumerate().filter_map(|(at, item)| Some((at, Held::Raw(value(item)?.to_string())))).collect()
        }
        (Protocol::DatalogicService, Reply::Line(line)) => match line_text(line) {
            text if text.starts_with("$>") => vec![(0, Held::Raw(text[2..].to_owned()))],
            text if text.starts_with('$') => vec![(0, Held::Unknown)],
            _ => Vec::new(),
        },
        (Protocol::Sgd, Reply::Line(line)) => {
            let text = line_text(line);
            match text.strip_prefix('"').and_then(|text| text.split_once('"')) {
                Some(("?", _)) => vec![(0, Held::Unknown)],
                Some((value, _)) => vec![(0, Held::Raw(value.to_owned()))],
                None => Vec::new(),
            }
        }
        (Protocol::Tspl, Reply::Line(line)) => match line_text(line) {
            text if text.is_empty() => vec![(0, Held::Unknown)],
            text => vec![(0, Held::Raw(text))],
        },
        _ => Vec::new(),
    };
    if found.is_empty() { Err(NotMine) } else { Ok(found) }
}

fn held_by(said: &Said, tag: &str) -> Option<Held> {
    let (head, value) = (said.text.get(..tag.len())?, said.text.get(tag.len()..)?);
    if !head.eq_ignore_ascii_case(tag) {
        return None;
    }
    Some(match said.status {
        Status::Done => Held::Raw(value.to_owned()),
        Status::UnknownTag | Status::BadValue => Held::Unknown,
    })
}

/// Tells a place what to hold.
pub(crate) fn set(protocol: Protocol, item: &Item, permanent: bool) -> Request {
    let Item { tag, raw, clear, .. } = item;
    match protocol {
        Protocol::HoneywellMenu | Protocol::NewlandUnified => {
            let fill = if raw.is_empty() && clear.is_some() { String::new() } else { format!("{tag}{raw}") };
            let commands: Vec<&str> =
                clear.iter().map(String::as_str).chain([fill.as_str()]).filter(|command| !command.is_empty()).collect();
            let commands = commands.join(";");
            Request::Menu(match (protocol, permanent) {
                (Protocol::HoneywellMenu, false) => format!("{commands}!"),
                (Protocol::HoneywellMenu, true) => format!("{commands}."),
                (_, false) => format!("#{commands}"),
                (_, true) => format!("@{commands}"),
            })
        }
        Protocol::Ssi => {
            let pair = tag.parse().ok().zip(raw.parse().ok());
            Request::SetParameters { permanent, parameters: pair.into_iter().collect() }
        }
        Protocol::DatalogicService => Request::Service(format!("$C{tag}{raw}")),
        Protocol::Sgd => Request::Line { line: format!("! U1 setvar \"{tag}\" \"{raw}\"\r\n"), answered: false },
        Protocol::Tspl => {
            let command = item.sets.as_deref().unwrap_or("{}").replace("{}", raw);
            Request::Line { line: format!("{command}\r\n"), answered: false }
        }
    }
}

/// Whether it was taken, by an answer to [`set`].
pub(crate) fn taken(family: &Family, item: &Item, reply: &Reply) -> Result<bool, NotMine> {
    match (family.protocol, reply) {
        (Protocol::HoneywellMenu | Protocol::NewlandUnified, Reply::Menu(said)) => {
            let speaks_of = |said: &Said, tag: &str| said.text.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
            let clears = |said: &Said| item.clear.as_deref().is_some_and(|clear| speaks_of(said, clear));
            let mine: Vec<&Said> = said.iter().filter(|said| speaks_of(said, &item.tag) || clears(said)).collect();
            // What was done is repeated as it is held; an answer with another value is one to an earlier question.
            let has = |said: &Said| said.text.get(item.tag.len()..).is_some_and(|raw| family.holds(item, raw));
            let earlier = |said: &&Said| said.status == Status::Done && !clears(said) && !has(said);
            if mine.is_empty() || mine.iter().any(earlier) {
                return Err(NotMine);
            }
            Ok(mine.iter().all(|said| said.status == Status::Done))
        }
        (Protocol::Ssi | Protocol::Sgd | Protocol::Tspl, Reply::Done) => Ok(true),
        (Protocol::DatalogicService, Reply::Line(line)) => accepted(line),
        _ => Err(NotMine),
    }
}

/// Datalogic's `$>` for yes, `$` and something else for no.
pub(crate) fn accepted(line: &[u8]) -> Result<bool, NotMine> {
    match line_text(line) {
        text if text.starts_with("$>") => Ok(true),
        text if text.starts_with('$') => Ok(false),
        _ => Err(NotMine),
    }
}

/// Whether a family must be brought into a state in which it can be asked, and how.
pub(crate) fn enter(family: &Family) -> Option<Request> {
    (family.protocol == Protocol::DatalogicService).then(|| Request::Service("$S".into()))
}

/// How that state is left: nothing changed, changed until the power goes, or changed for good.
pub(crate) fn leave(family: &Family, changed: bool, permanent: bool) -> Option<Request> {
    let command = match (changed, permanent) {
        (false, _) => "$s",
        (true, false) => "$r01",
        (true, true) => "$Ar",
    };
    (family.protocol == Protocol::DatalogicService).then(|| Request::Service(command.into()))
}

/// The first line of an answer: a device that repeats itself has said it then.
fn line_text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    text.split(['\r', '\n']).next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;
