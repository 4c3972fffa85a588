//! A serial scanner on a pseudo-terminal: writes what it "sees" followed by CR, can be unplugged and plugged in again.

use std::io;
use std::path::Path;

use crate::line::PtyLine;

/// A scanner on a pseudo-terminal.
pub struct PtyScanner {
    line: PtyLine,
}

impl PtyScanner {
    /// Plugs a scanner in at `link`.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal left or the link cannot be made.
    pub fn plug_in(link: &Path) -> io::Result<Self> {
        PtyLine::plug_in(link).map(|line| Self { line })
    }

    /// Where the agent finds it.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.line.path()
    }

    /// Reads a barcode: its bytes and CR go out on the wire.
    ///
    /// # Errors
    /// When the scanner is unplugged or the wire breaks.
    pub fn scan(&mut self, payload: &str) -> io::Result<()> {
        let mut frame = payload.as_bytes().to_vec();
        frame.push(b'\r');
        self.send(&frame)
    }

    /// Puts raw bytes on the wire.
    ///
    /// # Errors
    /// When the scanner is unplugged or the wire breaks.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.line.send(bytes)
    }

    /// Pulls the cable.
    pub fn unplug(&mut self) {
        self.line.unplug();
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal left or the link cannot be made.
    pub fn replug(&mut self) -> io::Result<()> {
        self.line.replug()
    }
}
