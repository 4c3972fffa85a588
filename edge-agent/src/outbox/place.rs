//! Where the stream stands, kept twice: in the store and in a small file beside it (see [`Place::recover`] for who wins in what).
//!
//! The file exists for a store that went back in time: sled quietly drops everything behind a damaged spot of its log. It is written about once a
//! second while there is work, and before rows are handed to the uplink: what was sent is always covered, what was not, but for the last second.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use qitao_domain::stream::Place;
use serde::{Deserialize, Serialize};

/// What is kept in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Filed {
    pub place: Place,
    /// Highest write counter of a state row that is durable.
    pub writes: u64,
}

/// The copy in a small file.
#[derive(Debug, Clone)]
pub(super) struct PlaceFile {
    path: PathBuf,
}

/// What the file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileSays {
    Nothing,
    Filed(Filed),
    Damaged,
}

impl PlaceFile {
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("position") }
    }

    pub fn read(&self) -> std::io::Result<FileSays> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(FileSays::Nothing),
            Err(e) => return Err(e),
        };
        let parsed = (text.len() > 9).then(|| text.split_at(text.len() - 9)).and_then(|(json, tail)| {
            let crc = u32::from_str_radix(std::str::from_utf8(tail).ok()?.trim(), 16).ok()?;
            (crc32c::crc32c(json) == crc).then(|| serde_json::from_slice(json).ok()).flatten()
        });
        Ok(parsed.map_or(FileSays::Damaged, FileSays::Filed))
    }

    /// Temp, fsync, rename, fsync of the folder: after this the file is the old one or the new one, whatever happens.
    pub fn write(&self, filed: &Filed) -> std::io::Result<()> {
        let json = serde_json::to_vec(filed)?;
        write_atomically(&self.path, &[&json, format!("\n{:08x}", crc32c::crc32c(&json)).as_bytes()])
    }
}

/// Replaces a file so that a crash leaves the old one or the new one.
fn write_atomically(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temp = path.as_os_str().to_owned();
    temp.push(".new");
    let mut file = File::create(&temp)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(&temp, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use qitao_domain::ids::Epoch;

    use super::*;

    fn at(next_row: u64, acked_row: u64) -> Filed {
        Filed { place: Place { next_row, acked_row, epoch: Epoch(3), ..Place::default() }, writes: 7 }
    }

    #[test]
    fn the_file_gives_back_what_was_written_and_notices_damage() {
        let folder = tempfile::tempdir().unwrap();
        let file = PlaceFile::new(folder.path());
        assert_eq!(file.read().unwrap(), FileSays::Nothing);
        file.write(&at(10, 4)).unwrap();
        assert_eq!(file.read().unwrap(), FileSays::Filed(at(10, 4)));
        let mut bytes = fs::read(&file.path).unwrap();
        bytes[5] ^= 1;
        fs::write(&file.path, bytes).unwrap();
        assert_eq!(file.read().unwrap(), FileSays::Damaged);
        fs::write(&file.path, b"").unwrap();
        assert_eq!(file.read().unwrap(), FileSays::Damaged);
    }
}
