//! The languages of label printers, as their makers' manuals have them: what is a whole command, and how each is answered.

use qitao_labels::Language;

use super::Mood;

/// A command that is whole.
#[derive(Debug)]
pub(super) enum Command {
    /// A label and how many.
    Label(Vec<u8>, usize),
    /// A question about its state: the first, the closer one, or one of several.
    Question(Asked),
    /// To be answered when its turn comes.
    Receipt,
    /// Forget everything.
    StartOver,
    /// That it was switched on is known.
    SeenReset,
    /// Speak unasked.
    SpeakUp,
}

/// Which question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    State,
    Closer,
    RealTime(u8),
}

const CLEAR: &[u8] = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08";

/// A command's bytes, and what it is.
type Spoken<'t> = (&'t [u8], fn() -> Command);

/// Commands that printers obey as soon as they come, whatever they are in the middle of; and how long each is.
pub(super) fn at_once(language: Language, bytes: &[u8]) -> Option<(Command, usize)> {
    let one_of =
        |commands: &[Spoken]| commands.iter().find(|(text, _)| bytes.starts_with(text)).map(|(text, command)| (command(), text.len()));
    match language {
        Language::Zpl => one_of(&[
            (b"~HS", || Command::Question(Asked::State)),
            (b"~HQES", || Command::Question(Asked::Closer)),
            (b"~JA", || Command::StartOver),
        ]),
        Language::Tspl => one_of(&[
            (b"\x1b!?", || Command::Question(Asked::State)),
            (b"\x1b!S", || Command::Question(Asked::Closer)),
            (b"\x1b!R", || Command::StartOver),
        ]),
        Language::EscPos if bytes.starts_with(b"\x10\x04") => bytes.get(2).map(|n| (Command::Question(Asked::RealTime(*n)), 3)),
        Language::EscPos => one_of(&[(CLEAR, || Command::StartOver)]),
        Language::Cpcl => None,
    }
}

/// What makes it forget everything, also when it stands in the middle of a picture; nothing in CPCL.
pub(super) const fn start_over(language: Language) -> &'static [u8] {
    match language {
        Language::Zpl => b"~JA",
        Language::Tspl => b"\x1b!R",
        Language::EscPos => CLEAR,
        Language::Cpcl => b"",
    }
}

/// Takes the next whole command off the front; what is unfinished stays. `label` is the part of a label that has been described so far.
pub(super) fn next(language: Language, waiting: &mut Vec<u8>, label: &mut Vec<u8>) -> Option<Command> {
    match language {
        Language::Zpl => zpl(waiting),
        Language::Tspl => tspl(waiting, label),
        Language::EscPos => escpos(waiting, label),
        Language::Cpcl => cpcl(waiting, label),
    }
}

/// What it says to a question.
pub(super) fn answer(language: Language, asked: Asked, mood: Mood, busy: bool, reset: bool) -> Vec<u8> {
    let out = mood == Mood::PaperOut;
    match (language, asked) {
        (Language::Zpl, Asked::Closer) => {
            let errors = if out { "1 00000000 00000001" } else { "0 00000000 00000000" };
            format!("\x02\r\n PRINTER STATUS\r\n  ERRORS: {errors}\r\n  WARNINGS: 0 00000000 00000000\r\n\x03").into_bytes()
        }
        (Language::Zpl, _) if out => Vec::new(),
        (Language::Zpl, _) => {
            let (formats, left) = if busy { ("001", "00000003") } else { ("000", "00000000") };
            let first = format!("030,0,0,0245,{formats},0,0,0,000,0,0,0");
            format!("\x02{first}\x03\r\n\x02000,0,0,0,0,2,4,0,{left},1,000\x03\r\n\x021234,0\x03\r\n").into_bytes()
        }
        (Language::Tspl, Asked::Closer) => {
            vec![2, if busy { b'P' } else { b'@' }, b'@', b'@', if out { b'A' } else { b'@' }, 3, b'\r', b'\n']
        }
        (Language::Tspl, _) => vec![(u8::from(out) << 2) | (u8::from(busy) << 5)],
        (Language::EscPos, Asked::RealTime(1)) => vec![if out { 0x1a } else { 0x12 }],
        (Language::EscPos, Asked::RealTime(2)) => vec![if out { 0x32 } else { 0x12 }],
        (Language::EscPos, Asked::RealTime(4)) => vec![if out { 0x72 } else { 0x12 }],
        (Language::EscPos, _) => vec![0x12],
        // It answers when it has finished, or says why it cannot.
        (Language::Cpcl, _) if busy && !out => Vec::new(),
        (Language::Cpcl, _) => vec![(u8::from(out) << 1) | (u8::from(reset) << 4)],
    }
}

/// What it says unasked when its state has changed.
pub(super) fn alert(language: Language, mood: Mood) -> Vec<u8> {
    match (language, mood) {
        (Language::Zpl, Mood::PaperOut) => b"ERROR CONDITION: PAPER OUT\r\n".to_vec(),
        (Language::Zpl, _) => b"ERROR CLEARED: PAPER OUT\r\n".to_vec(),
        (Language::EscPos, Mood::PaperOut) => vec![0x18, 0x00, 0x0c, 0x0f],
        (Language::EscPos, _) => vec![0x10, 0x00, 0x00, 0x0f],
        (Language::Tspl | Language::Cpcl, _) => Vec::new(),
    }
}

/// Bytes between commands are dropped; a format without a field prints nothing.
fn zpl(waiting: &mut Vec<u8>) -> Option<Command> {
    loop {
        let start = find(waiting, b"^XA");
        let tilde = waiting.iter().position(|byte| *byte == b'~').filter(|at| start.is_none_or(|start| *at < start));
        if let Some(at) = tilde {
            if let Some((command, length)) = at_once(Language::Zpl, &waiting[at..]) {
                waiting.drain(..at + length);
                return Some(command);
            }
            if waiting.len() < at + 5 {
                return None;
            }
            waiting.drain(..=at);
            continue;
        }
        let start = start?;
        let end = find(&waiting[start..], b"^XZ")? + start + 3;
        let format: Vec<u8> = waiting.drain(..end).skip(start).collect();
        if find(&format, b"^FO").is_some() {
            let copies = number_after(&format, "^PQ");
            return Some(Command::Label(format, copies));
        }
        if find(&format, b"^SX").is_some() {
            return Some(Command::SpeakUp);
        }
    }
}

/// Lines that end in CRLF; a picture's bytes follow the fifth comma of its line and may be anything.
fn tspl(waiting: &mut Vec<u8>, label: &mut Vec<u8>) -> Option<Command> {
    loop {
        if let Some((command, length)) = at_once(Language::Tspl, waiting) {
            waiting.drain(..length);
            return Some(command);
        }
        if waiting.starts_with(b"\x1b") {
            if waiting.len() < 3 {
                return None;
            }
            // Half of a command.
            waiting.remove(0);
            continue;
        }
        let mut end = 0;
        if waiting.starts_with(b"BITMAP ") {
            let comma = waiting.iter().enumerate().filter(|(_, byte)| **byte == b',').nth(4)?.0;
            let head = String::from_utf8_lossy(&waiting[7..comma]).into_owned();
            let size = |at: usize| head.split(',').nth(at).and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(0);
            end = comma + 1 + size(2) * size(3);
        }
        end += find(waiting.get(end..)?, b"\r\n")? + 2;
        let line: Vec<u8> = waiting.drain(..end).collect();
        label.extend_from_slice(&line);
        if line.starts_with(b"PRINT ") {
            let copies = number_after(&line, ",");
            return Some(Command::Label(std::mem::take(label), copies));
        }
    }
}

/// Commands of known length; a label ends with the feed to the next one.
fn escpos(waiting: &mut Vec<u8>, label: &mut Vec<u8>) -> Option<Command> {
    loop {
        if let Some((command, length)) = at_once(Language::EscPos, waiting) {
            waiting.drain(..length);
            return Some(command);
        }
        let number = |low: usize| Some(usize::from(*waiting.get(low)?) + 256 * usize::from(*waiting.get(low + 1)?));
        let length = match waiting.as_slice() {
            [0x0c, ..] | [_] | [] => 1,
            [0x1b, b'@', ..] => 2,
            [0x1d, b'r', ..] | [0x1d, b'a', ..] => 3,
            [0x1d, b'V', ..] => 4,
            [0x1d | 0x1c, b'(', ..] => 5 + number(3)?,
            [0x1d, b'v', ..] => 8 + number(4)? * number(6)?,
            [0x10, ..] => return None,
            _ => 1,
        };
        let starts = waiting.first().is_some_and(|first| [0x1b, 0x1d, 0x1c, 0x10].contains(first));
        if waiting.len() < length || (length == 1 && waiting.len() == 1 && starts) {
            return None;
        }
        let command: Vec<u8> = waiting.drain(..length).collect();
        match command.as_slice() {
            [0x1d, b'r', ..] => return Some(Command::Receipt),
            [0x1d, b'a', ..] => return Some(Command::SpeakUp),
            [0x0c] => {
                label.extend(command);
                return Some(Command::Label(std::mem::take(label), 1));
            }
            _ => label.extend(command),
        }
    }
}

/// Lines that end in CRLF, and a graphic's bytes behind the fifth blank of its line; escapes only between sessions.
fn cpcl(waiting: &mut Vec<u8>, label: &mut Vec<u8>) -> Option<Command> {
    loop {
        if label.is_empty() && waiting.starts_with(b"\x1b") {
            let command = match waiting.get(1)? {
                b'h' => Some(Command::Question(Asked::State)),
                b'N' => Some(Command::SeenReset),
                _ => None,
            };
            waiting.drain(..2);
            match command {
                Some(command) => return Some(command),
                None => continue,
            }
        }
        let mut end = 0;
        if waiting.starts_with(b"CG ") {
            let blank = waiting.iter().enumerate().filter(|(_, byte)| **byte == b' ').nth(4)?.0;
            let head = String::from_utf8_lossy(&waiting[3..blank]).into_owned();
            let size = |at: usize| head.split(' ').nth(at).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            end = blank + 1 + size(0) * size(1);
        }
        end += find(waiting.get(end..)?, b"\r\n")? + 2;
        let line: Vec<u8> = waiting.drain(..end).collect();
        match line.as_slice() {
            b"ABORT\r\n" => label.clear(),
            b"PRINT\r\n" if !label.is_empty() => {
                label.extend(line);
                let label = std::mem::take(label);
                let head = String::from_utf8_lossy(label.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
                let copies = head.rsplit(' ').next().and_then(|text| text.parse().ok()).unwrap_or(1);
                return Some(Command::Label(label, copies));
            }
            line if label.is_empty() && !line.starts_with(b"! ") => {}
            line => label.extend_from_slice(line),
        }
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The number behind a word; 1 without it.
fn number_after(bytes: &[u8], word: &str) -> usize {
    let text = String::from_utf8_lossy(bytes);
    text.split(word).nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(1)
}
