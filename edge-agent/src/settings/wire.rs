//! Conversations over real wires: scanners through their worker, so that codes scanned meanwhile are not lost; printers and Datalogic's service mode
//! through a line of text.

use std::pin::pin;
use std::time::Duration;

use qitao_firmware_config::talk::{NoReply, Reply, Request, Said, Status};
use qitao_firmware_config::{Conversation, Report};
use qitao_scanner_drivers::printer::Port;
use qitao_scanner_drivers::printer::port::SendError;
use qitao_scanner_drivers::scanner::remote::{ExchangeError, Remote, Reply as Heard, Request as Ask};
use qitao_scanner_drivers::scanner::speech::{menu, ssi};
use tokio::time::{Instant, timeout};

/// How long a device has for an answer. Scanners store some settings for half a second before they answer.
pub const WAIT: Duration = Duration::from_millis(1500);
/// A printer that has been told something is given so long before it is asked; it says nothing itself.
const SETTLE: Duration = Duration::from_millis(50);
/// Printers answer sooner than this.
const UNDER_WAY: Duration = Duration::from_millis(200);
/// Whether an answer is whole.
type Whole = fn(&[u8]) -> bool;

/// Longest answer of a line.
const LONGEST: usize = 4096;

/// A wire on which requests are answered.
pub trait Wire: Send {
    /// Sends a request and waits for its answer.
    fn ask(&mut self, request: &Request) -> impl Future<Output = Result<Reply, NoReply>> + Send;
}

/// Holds a conversation to its end.
pub async fn hold(mut conversation: Conversation, wire: &mut impl Wire) -> Report {
    while let Some(request) = conversation.next() {
        let answer = wire.ask(&request).await;
        conversation.answered(answer);
    }
    conversation.report()
}

/// Holds a conversation until something more pressing comes; `None` then. An answer under way has a moment to come, so that it is not taken for another.
pub async fn hold_until(mut conversation: Conversation, wire: &mut impl Wire, pressing: impl Future<Output = ()> + Send) -> Option<Report> {
    let mut pressing = pin!(pressing);
    while let Some(request) = conversation.next() {
        let mut asked = pin!(wire.ask(&request));
        let answer = tokio::select! {
            answer = &mut asked => answer,
            () = &mut pressing => {
                let _ = timeout(UNDER_WAY, asked).await;
                return None;
            }
        };
        conversation.answered(answer);
    }
    Some(conversation.report())
}

/// A scanner whose worker has its line.
#[derive(Debug)]
pub struct ScannerWire {
    remote: Remote,
    wait: Duration,
}

impl ScannerWire {
    /// Through a worker.
    #[must_use]
    pub const fn new(remote: Remote, wait: Duration) -> Self {
        Self { remote, wait }
    }
}

impl Wire for ScannerWire {
    async fn ask(&mut self, request: &Request) -> Result<Reply, NoReply> {
        let ask = match request {
            Request::Menu(line) => Some(Ask::Menu(line.clone())),
            Request::AskParameters(parameters) => ssi::param_request(parameters),
            Request::SetParameters { permanent, parameters } => ssi::param_send(*permanent, parameters),
            Request::Service(command) => Some(Ask::Service(command.clone())),
            Request::Line { .. } => None,
        };
        let ask = ask.ok_or(NoReply::Unsupported)?;
        match self.remote.exchange(ask, self.wait).await {
            Ok(Heard::Menu(answers)) => Ok(Reply::Menu(answers.into_iter().map(said).collect())),
            Ok(Heard::Ssi { opcode: ssi::PARAM_SEND, data }) => Ok(Reply::Parameters(ssi::parameters(&data))),
            Ok(Heard::Ssi { .. }) => Ok(Reply::Done),
            Ok(Heard::Text(line)) => Ok(Reply::Line(line)),
            Err(ExchangeError::Refused(cause)) => Err(NoReply::Refused(cause)),
            Err(ExchangeError::Offline) => Err(NoReply::Gone),
            Err(ExchangeError::Silent | ExchangeError::Busy) => Err(NoReply::Silent),
            Err(ExchangeError::Unsupported) => Err(NoReply::Unsupported),
        }
    }
}

/// Newland's first answer begins with the mark for where it is kept.
fn said(answer: menu::Answer) -> Said {
    let status = match answer.status {
        menu::Status::Ok => Status::Done,
        menu::Status::UnknownTag => Status::UnknownTag,
        menu::Status::BadValue => Status::BadValue,
    };
    Said { text: answer.text.trim_start_matches(['@', '#']).to_owned(), status }
}

/// Lines of text: printers, and scanners in Datalogic's service mode.
#[derive(Debug)]
pub struct LineWire<P> {
    port: P,
    wait: Duration,
}

impl<P: Port> LineWire<P> {
    /// On an open port.
    pub const fn new(port: P, wait: Duration) -> Self {
        Self { port, wait }
    }

    async fn answer(&mut self, whole: Whole) -> Result<Reply, NoReply> {
        let (mut line, deadline) = (Vec::new(), Instant::now() + self.wait);
        loop {
            match timeout(deadline.saturating_duration_since(Instant::now()), self.port.receive()).await {
                Ok(Ok(bytes)) if !bytes.is_empty() => line.extend_from_slice(&bytes),
                Ok(_) => return Err(NoReply::Gone),
                Err(_) => return Err(NoReply::Silent),
            }
            if whole(&line) {
                return Ok(Reply::Line(line));
            }
            if line.len() > LONGEST {
                return Err(NoReply::Silent);
            }
        }
    }
}

impl<P: Port> Wire for LineWire<P> {
    async fn ask(&mut self, request: &Request) -> Result<Reply, NoReply> {
        let (line, answered, whole): (String, bool, Whole) = match request {
            Request::Service(command) => (format!("{command}\r"), true, |line| line.ends_with(b"\r")),
            Request::Line { line, answered } => (line.clone(), *answered, is_whole),
            Request::Menu(_) | Request::AskParameters(_) | Request::SetParameters { .. } => return Err(NoReply::Unsupported),
        };
        // Late answers to earlier questions carry no name by which they could be told from this one's.
        self.port.discard().await;
        match self.port.send(line.as_bytes()).await {
            Ok(()) => {}
            Err(SendError::Nothing | SendError::Some) => return Err(NoReply::Gone),
        }
        if !answered {
            tokio::time::sleep(SETTLE).await;
            return Ok(Reply::Done);
        }
        self.answer(whole).await
    }
}

/// Zebra's answers stand in quotation marks without an end of line; TSPL's end with one.
fn is_whole(line: &[u8]) -> bool {
    match line.first() {
        Some(b'"') => line.len() > 1 && line.ends_with(b"\""),
        _ => line.ends_with(b"\n") || line.ends_with(b"\r"),
    }
}
