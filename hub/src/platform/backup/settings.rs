//! Settings of backups that are made on a schedule: `[backup]` in the settings file.

use std::path::PathBuf;

use serde::Deserialize;

/// Backups that are kept when no setting says how many.
const KEEP: usize = 14;

/// Where backups go, and who can open them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder; best on another machine. Without it no backup is made on a schedule.
    pub folder: Option<PathBuf>,
    /// Whoever has the key of this recipient can open them: `age1…`.
    pub recipient: Option<String>,
    /// So many are kept, the newest; at least one.
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { folder: None, recipient: None, keep: KEEP }
    }
}

/// What a settings file may say; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    folder: Option<PathBuf>,
    recipient: Option<String>,
    keep: Option<usize>,
}

impl Settings {
    /// Takes what the file says.
    pub fn take_file(&mut self, file: File) {
        self.folder = file.folder.or_else(|| self.folder.take());
        self.recipient = file.recipient.or_else(|| self.recipient.take());
        self.keep = file.keep.unwrap_or(self.keep).max(1);
    }
}
