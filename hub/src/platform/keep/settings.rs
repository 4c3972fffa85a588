//! Settings of how long is kept what nobody asks for any more: `[keep]` in the settings file.

use serde::Deserialize;

/// For how many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Notifications that somebody has read.
    pub read_days: u32,
    /// Notifications, read or not.
    pub unread_days: u32,
    /// What has come to its end: messages that were sent, deliveries that arrived, exports that have expired, rows of imports of which
    /// nothing can be taken back any more.
    pub ended_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { read_days: 90, unread_days: 365, ended_days: 90 }
    }
}

/// What a settings file may say; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    read_days: Option<u32>,
    unread_days: Option<u32>,
    ended_days: Option<u32>,
}

impl Settings {
    /// Takes what the file says.
    pub fn take_file(&mut self, file: &File) {
        self.read_days = file.read_days.unwrap_or(self.read_days);
        self.unread_days = file.unread_days.unwrap_or(self.unread_days);
        self.ended_days = file.ended_days.unwrap_or(self.ended_days);
    }
}
