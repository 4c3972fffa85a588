//! How an outbox is opened, and what opening had to do.

use std::sync::Arc;
use std::time::Duration;

use super::disk::DiskOptions;
use super::sled_store::SledEngine;
use super::store::{Engine, StoreError};

/// Settings of an outbox; the defaults are those of an appliance.
#[derive(Clone)]
pub struct OpenOptions {
    /// Opens the database.
    pub engine: Arc<dyn Engine>,
    /// Room on the disk.
    pub disk: DiskOptions,
    /// Silence after which opening counts as hung.
    pub open_timeout: Duration,
    /// The committer counts as hung when it is at one thing for so long.
    pub commit_timeout: Duration,
    /// Acked rows kept at most, for a hub restored from a backup.
    pub keep_rows: u64,
    /// Acked rows kept at most so long, milliseconds.
    pub keep_ms: i64,
    /// How often room, retention and compaction are looked at.
    pub tick: Duration,
    /// Databases below this size are not compacted.
    pub compact_above: u64,
    /// Requests that may wait; more callers wait before they decide anything.
    pub queue: usize,
    /// Called once when the disk failed or a part of the agent panicked that must not. The default ends the process with exit code 74.
    pub on_fatal: Arc<dyn Fn(&StoreError) + Send + Sync>,
    /// Wall clock in milliseconds since 1970 UTC; only retention looks at it.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Exit code of the process after a failed commit, or what comes to the same; the supervisor restarts it.
pub const EXIT_DISK_FAILED: i32 = 74;

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            engine: Arc::new(SledEngine::default()),
            disk: DiskOptions::default(),
            open_timeout: Duration::from_secs(30),
            commit_timeout: Duration::from_secs(120),
            keep_rows: 200_000,
            keep_ms: 7 * 24 * 3_600_000,
            tick: Duration::from_secs(1),
            compact_above: 96 << 20,
            queue: 1024,
            on_fatal: Arc::new(|_| std::process::exit(EXIT_DISK_FAILED)),
            now_ms: Arc::new(crate::clock::wall_ms),
        }
    }
}

/// What opening had to do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Rungs of the recovery ladder taken, in words; empty after a plain start.
    pub rungs: Vec<String>,
}
