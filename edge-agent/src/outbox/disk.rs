//! The disk's room: early warning, refusal of new work before anything would have to be dropped, and the ballast.
//!
//! On a full disk sled cannot even open. The ballast is a file of allocated blocks that is given up then, so that the agent starts, sends
//! what it has, and shows what is wrong. Until there is room for the ballast again, the disk counts as full.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskState {
    /// Enough.
    Ok,
    /// Warn people: there is little left.
    Low,
    /// New work is refused; what is recorded is still sent.
    Full,
}

/// The disk now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Verdict on it.
    pub state: DiskState,
    /// Free bytes for this program.
    pub free: u64,
}

/// Asks how many bytes are free; replaced in tests.
pub type FreeSpace = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// When to warn and when to refuse.
#[derive(Clone)]
pub struct DiskOptions {
    /// Warn below this.
    pub low: u64,
    /// Refuse new work below this.
    pub full: u64,
    /// Size of the ballast file; 0 for none.
    pub ballast: u64,
    /// How to ask.
    pub free_space: FreeSpace,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self { low: 1 << 30, full: 128 << 20, ballast: 64 << 20, free_space: Arc::new(free_space) }
    }
}

/// Free bytes on the disk that holds `path`, for users who are not root.
///
/// # Errors
/// When the file system cannot be asked.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let stat = nix::sys::statvfs::statvfs(path)?;
    Ok(stat.blocks_available().saturating_mul(stat.fragment_size()))
}

/// Watches one folder's disk and owns its ballast.
pub(super) struct Room {
    folder: PathBuf,
    options: DiskOptions,
}

impl Room {
    pub fn new(folder: &Path, options: DiskOptions) -> Self {
        Self { folder: folder.to_owned(), options }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Looks at the disk; puts the ballast back when there is room for it.
    pub fn look(&self) -> Disk {
        let free = match (self.options.free_space)(&self.folder) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "free disk space cannot be read; going on as if there were enough");
                return Disk { state: DiskState::Ok, free: 0 };
            }
        };
        let there = self.options.ballast == 0 || fs::metadata(self.ballast()).is_ok_and(|m| m.len() >= self.options.ballast);
        let mut usable = if there { free } else { free.saturating_sub(self.options.ballast) };
        if !there && usable >= self.options.full {
            match self.lay_ballast() {
                Ok(()) => usable = free.saturating_sub(self.options.ballast),
                Err(error) => tracing::warn!(%error, "ballast file cannot be laid"),
            }
        }
        let state = if usable < self.options.full {
            DiskState::Full
        } else if usable < self.options.low {
            DiskState::Low
        } else {
            DiskState::Ok
        };
        Disk { state, free: usable }
    }

    /// Whether the disk is so full that the database may fail to open or commit.
    pub fn desperate(&self) -> bool {
        (self.options.free_space)(&self.folder).is_ok_and(|free| free < self.options.full / 8)
    }

    /// Gives the ballast up. `true` when there was one.
    pub fn drop_ballast(&self) -> bool {
        match fs::remove_file(self.ballast()) {
            Ok(()) => {
                tracing::warn!(
                    bytes = self.options.ballast,
                    "disk is full: ballast given up; new work is refused until there is room again"
                );
                true
            }
            Err(_) => false,
        }
    }

    fn lay_ballast(&self) -> io::Result<()> {
        let size = i64::try_from(self.options.ballast).map_err(io::Error::other)?;
        let temp = self.folder.join("ballast.new");
        let file = File::create(&temp)?;
        let laid = nix::fcntl::posix_fallocate(file.as_fd(), 0, size).map_err(io::Error::from).and_then(|()| file.sync_all());
        drop(file);
        match laid {
            Ok(()) => fs::rename(&temp, self.ballast()),
            Err(error) => {
                let _ = fs::remove_file(&temp);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn ballast_is_laid_given_up_and_laid_again_without_flapping() {
        let folder = tempfile::tempdir().unwrap();
        let free = Arc::new(AtomicU64::new(10_000_000));
        let asked = free.clone();
        let options = DiskOptions {
            low: 5_000_000,
            full: 2_000_000,
            ballast: 1_000_000,
            free_space: Arc::new(move |_| Ok(asked.load(Ordering::Relaxed))),
        };
        let room = Room::new(folder.path(), options);
        assert_eq!(room.look().state, DiskState::Ok);
        assert!(room.ballast().exists());
        free.store(4_000_000, Ordering::Relaxed);
        assert_eq!(room.look().state, DiskState::Low);
        free.store(200_000, Ordering::Relaxed);
        assert_eq!(room.look().state, DiskState::Full);
        assert!(room.desperate() && room.drop_ballast() && !room.drop_ballast());
        free.store(2_500_000, Ordering::Relaxed);
        assert_eq!(room.look().state, DiskState::Full, "the room that the ballast gave is not room for work");
        assert!(!room.ballast().exists());
        free.store(9_000_000, Ordering::Relaxed);
        assert_eq!(room.look().state, DiskState::Ok);
        assert!(room.ballast().exists());
    }
}
