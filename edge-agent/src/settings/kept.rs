//! What is kept of each device between conversations: writes to its permanent memory, ever, and what they said.
//!
//! One small file for each device, replaced as a whole, so that a power cut leaves the old one or the new one. Agent and command line share them; only a
//! conversation that was asked to write for good changes one, and those are held one at a time with a device.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use qitao_firmware_config::plan::Kept;

use crate::config::Config;

/// The files.
#[derive(Debug, Clone)]
pub struct KeptStore {
    folder: PathBuf,
}

impl KeptStore {
    /// In the data folder.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { folder: config.path("settings") }
    }

    /// What is kept of a device. A file that cannot be understood counts as none, and the log says so: at worst a write is made once more.
    #[must_use]
    pub fn load(&self, device: &str) -> Kept {
        let path = self.path(device);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "what was kept of a device cannot be read; its count of writes begins again");
                Kept::default()
            }),
            Err(_) => Kept::default(),
        }
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it is not on disk.
    pub fn save(&self, device: &str, kept: &Kept) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let (path, new) = (self.path(device), self.path(device).with_extension("new"));
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        file.sync_all()?;
        fs::rename(new, path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Ids have only letters that a file name may have, but a colon; others come from hands.
    fn path(&self, device: &str) -> PathBuf {
        let name: String = device.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
        self.folder.join(format!("{}.json", name.trim_start_matches('.')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_again_and_a_torn_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeptStore::of(&Config { data: folder.path().into(), ..Config::default() });
        assert_eq!(store.load("usb-0c2e:0b61-1"), Kept::default());
        let kept = Kept { flash_writes: 7, written: [("SUFBK2".to_owned(), "990D".to_owned())].into() };
        store.save("usb-0c2e:0b61-1", &kept).unwrap();
        assert_eq!(store.load("usb-0c2e:0b61-1"), kept);
        assert_eq!(store.load("../../etc/passwd"), Kept::default());
        fs::write(store.path("usb-0c2e:0b61-1"), b"{\"flash_").unwrap();
        assert_eq!(store.load("usb-0c2e:0b61-1"), Kept::default());
    }
}
