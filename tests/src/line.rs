//! A serial line on a pseudo-terminal that can be unplugged and plugged in again.
//!
//! The program opens a symbolic link, as it would open `/dev/serial/by-id/…`. Unplugging closes our side, which the program sees as the end
//! of the file; plugging in makes a new pseudo-terminal behind the same link.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;

/// A line to a device that we play.
pub struct PtyLine {
    link: PathBuf,
    plugged: Option<Plugged>,
}

struct Plugged {
    wire: File,
    // Held open so that bytes written before the program opens the port wait there instead of ending the line.
    _port: OwnedFd,
}

impl PtyLine {
    /// Plugs in at `link`.
    ///
    /// # Errors
    /// When the system has no pseudo-terminal left or the link cannot be made.
    pub fn plug_in(link: &Path) -> io::Result<Self> {
        let mut line = Self { link: link.to_owned(), plugged: None };
        line.replug()?;
        Ok(line)
    }

    /// Where the program finds it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.link
    }

    /// Puts bytes on the wire.
    ///
    /// # Errors
    /// When it is unplugged or the wire breaks.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.plugged {
            Some(plugged) => plugged.wire.write_all(bytes),
            None => Err(io::Error::new(io::ErrorKind::NotConnected, "the line is unplugged")),
        }
    }

    /// Our end of the wire. It stays plugged in until this is closed as well.
    ///
    /// # Errors
    /// When it is unplugged.
    pub fn wire(&self) -> io::Result<File> {
        let plugged = self.plugged.as_ref().ok_or_else(|| io::Error::new(io::ErrorKind::NotConnected, "the line is unplugged"))?;
        plugged.wire.try_clone()
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

impl Drop for PtyLine {
    fn drop(&mut self) {
        self.unplug();
    }
}
