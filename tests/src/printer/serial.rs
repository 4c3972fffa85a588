//! A label printer on a serial line, played on a pseudo-terminal.

use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::LabelPrinter;
use crate::line::PtyLine;

/// How often the line is looked at.
const TURN: Duration = Duration::from_millis(2);

/// A label printer on a serial line.
pub struct SerialPrinter {
    line: PtyLine,
    printer: LabelPrinter,
    reader: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl SerialPrinter {
    /// Connects a printer to a line at `link`.
    ///
    /// # Errors
    /// When there is no pseudo-terminal left.
    pub fn plug_in(link: &Path, printer: &LabelPrinter) -> io::Result<Self> {
        let mut serial = Self { line: PtyLine::plug_in(link)?, printer: printer.clone(), reader: None };
        serial.listen()?;
        Ok(serial)
    }

    /// Pulls the cable.
    pub fn unplug(&mut self) {
        if let Some((stop, reader)) = self.reader.take() {
            stop.store(true, Ordering::Relaxed);
            // A reader that broke down has nothing left to say.
            let _ = reader.join();
        }
        self.line.unplug();
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// When there is no pseudo-terminal left.
    pub fn replug(&mut self) -> io::Result<()> {
        self.unplug();
        self.line.replug()?;
        self.listen()
    }

    fn listen(&mut self) -> io::Result<()> {
        let (mut wire, printer, stop) = (self.line.wire()?, self.printer.clone(), Arc::new(AtomicBool::new(false)));
        fcntl(&wire, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let stopped = stop.clone();
        let reader = std::thread::spawn(move || {
            let (mut bytes, mut rest) = ([0; 256], Vec::new());
            while !stopped.load(Ordering::Relaxed) {
                if rest.is_empty() {
                    match wire.read(&mut bytes) {
                        Ok(n) => rest = bytes[..n].to_vec(),
                        Err(_) => std::thread::sleep(TURN),
                    }
                }
                // What a stuck printer does not take stays on the line.
                match printer.take(&rest) {
                    Some(mut answer) => {
                        rest.clear();
                        answer.extend(printer.unasked());
                        if wire.write_all(&answer).is_err() {
                            return;
                        }
                    }
                    None => std::thread::sleep(TURN),
                }
            }
        });
        self.reader = Some((stop, reader));
        Ok(())
    }
}

impl Deref for SerialPrinter {
    type Target = LabelPrinter;

    fn deref(&self) -> &LabelPrinter {
        &self.printer
    }
}

impl Drop for SerialPrinter {
    fn drop(&mut self) {
        self.unplug();
    }
}
