//! The tests that run in the machine, and what they share.

mod hotplug;
mod keyboard;
mod pos;
mod printer;
mod serial;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use qitao_domain::scan::Scan;
use qitao_domain::work::Tone;
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::scanner::hid::{self, HidSettings};
use qitao_scanner_drivers::scanner::serial::{self as line, SerialSettings};
use qitao_scanner_drivers::scanner::{OfflineReason, ScannerEvent, ScannerHandle, ScannerInfo};
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

use crate::gadget::{Gadget, PATIENCE};

/// A scanner's worker, and what it says.
pub struct Worker {
    handle: ScannerHandle,
    events: Receiver<ScannerEvent>,
    /// Number of the last code.
    last: u64,
}

impl Worker {
    pub fn hid(settings: HidSettings) -> Self {
        let (sender, events) = mpsc::channel(64);
        Self { handle: hid::spawn(settings, clock(), sender).unwrap(), events, last: 0 }
    }

    pub fn serial(settings: SerialSettings) -> Self {
        let (sender, events) = mpsc::channel(64);
        Self { handle: line::spawn(settings, clock(), sender), events, last: 0 }
    }

    async fn next(&mut self) -> ScannerEvent {
        timeout(PATIENCE, self.events.recv()).await.expect("the worker says something").expect("the worker lives")
    }

    /// Waits until it is ready.
    pub async fn online(&mut self) -> ScannerInfo {
        match self.next().await {
            ScannerEvent::Online { info } => info,
            other => panic!("expected to be online, got {other:?}"),
        }
    }

    /// Waits until it says why it cannot be used.
    pub async fn offline(&mut self) -> OfflineReason {
        match self.next().await {
            ScannerEvent::Offline { reason, .. } => reason,
            other => panic!("expected to be offline, got {other:?}"),
        }
    }

    /// Answers the last code.
    pub fn answer(&self, tone: Tone) {
        self.handle.remote().answer(self.last, tone);
    }

    /// Waits for a code.
    pub async fn scan(&mut self) -> Scan {
        match self.next().await {
            ScannerEvent::Scan { number, scan } => {
                self.last = number;
                scan
            }
            other => panic!("expected a scan, got {other:?}"),
        }
    }

    /// Waits for a code, as text.
    pub async fn code(&mut self) -> String {
        String::from_utf8(self.scan().await.payload).unwrap()
    }

    /// Stops it and waits until the device is free.
    pub async fn stop(self) {
        self.handle.stop().await;
    }
}

fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock::new().unwrap())
}

/// `qitao-devices`, another program beside this one.
pub struct Program {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new("/bin/qitao-devices").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// What it says next.
    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line:?}"))
    }

    /// As the kernel does it when memory is short, or a person who is impatient.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager does it, or Ctrl-C.
    pub fn terminate(mut self) {
        self.signal(Signal::SIGTERM);
        self.child.wait().unwrap();
    }

    /// The machine has no time for it while something is done.
    pub fn stands_still_while(&self, what: impl FnOnce()) {
        self.signal(Signal::SIGSTOP);
        what();
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }
}

/// What `scan` of another program says first, once it has the scanner.
pub fn other_program_has(gadget: &Gadget) -> Program {
    let mut program = Program::start(&["scan", gadget.id().as_str()]);
    let first = program.next();
    assert_eq!(first["event"], "online", "{first}");
    program
}
