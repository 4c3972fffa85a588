//! A device's end of a serial line on a pseudo-terminal that can be pulled and put back, and the thread that plays a device at it.
//!
//! What the device says and understands is in `scripted.rs`, and in the edge agent's `settable.rs`, which takes this file by its path.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};

/// The device's end.
pub struct Wire {
    master: Option<PtyMaster>,
    link: PathBuf,
}

impl Wire {
    /// Plugs in at `link`, a path that is made.
    pub fn plug_in(link: &Path) -> Self {
        let mut wire = Self { master: None, link: link.to_owned() };
        wire.replug();
        wire
    }

    /// Plugs in again: another pseudo-terminal behind the same path.
    pub fn replug(&mut self) {
        // The old one first, or the program under test could hold both.
        self.master = None;
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let _ = std::fs::remove_file(&self.link);
        symlink(ptsname_r(&master).unwrap(), &self.link).unwrap();
        self.master = Some(master);
    }

    /// Pulls the plug.
    pub fn pull(&mut self) {
        self.master = None;
    }

    pub fn is_in(&self) -> bool {
        self.master.is_some()
    }

    /// Says something; nobody may have the line open.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Some(master) = &mut self.master {
            let _ = master.write_all(bytes);
        }
    }

    /// Adds what came since the last time. Whether anything did.
    pub fn hear(&self, heard: &mut Vec<u8>) -> bool {
        let mut buffer = [0; 1024];
        let count = self.master.as_ref().and_then(|master| nix::unistd::read(master, &mut buffer).ok()).unwrap_or(0);
        heard.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

/// Has a device listen every few milliseconds until this is dropped.
pub struct Play(Arc<AtomicBool>);

impl Play {
    pub fn start<D: Send + 'static>(device: &Arc<Mutex<D>>, listen: fn(&mut D)) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (device, end) = (device.clone(), ends.clone());
        std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                listen(&mut device.lock().unwrap());
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self(ends)
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
