//! A serial scanner on a pseudo-terminal: writes what it "sees" followed by CR, can be unplugged and plugged in again.
//!
//! The agent opens a symbolic link, as it would open `/dev/serial/by-id/…`. Unplugging closes our side, which the agent sees as the end
//! of the file; plugging in makes a new pseudo-terminal behind the same link.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;

/// A scanner on a pseudo-terminal.
pub struct PtyScanner {
    link: PathBuf,
    plugged: Option<Plugged>,
}

struct Plugged {
    wire: File,
    // Held open so that bytes written before the agent opens the port wait there instead of ending the line.
    _port: OwnedFd,
}

impl PtyScanner {
    /// Plugs a scanner in at `link`.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal left or the link cannot be made.
    pub fn plug_in(link: &Path) -> io::Result<Self> {
        let mut scanner = Self { link: link.to_owned(), plugged: None };
        scanner.replug()?;
        Ok(scanner)
    }

    /// Where the agent finds it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.link
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
        match &mut self.plugged {
            Some(plugged) => plugged.wire.write_all(bytes),
            None => Err(io::Error::new(io::ErrorKind::NotConnected, "the scanner is unplugged")),
        }
    }

    /// Pulls the cable.
    pub fn unplug(&mut self) {
        self.plugged = None;
        let _ = fs::remove_file(&self.link);
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal left or the link cannot be made.
    pub fn replug(&mut self) -> io::Result<()> {
        self.unplug();
        let pair = openpty(None, None)?;
        // A process started meanwhile must not hold the wire: it would stay plugged in for ever.
        for end in [&pair.master, &pair.slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        }
        let mut settings = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        let port = ttyname(&pair.slave)?;
        std::os::unix::fs::symlink(port, &self.link)?;
        self.plugged = Some(Plugged { wire: File::from(pair.master), _port: pair.slave });
        Ok(())
    }
}

impl Drop for PtyScanner {
    fn drop(&mut self) {
        self.unplug();
    }
}
