//! Where the stream stands, kept twice: in the store and in a small file beside it (see [`Place::recover`] for who wins in what).
//!
//! The file exists for a store that went back in time: sled quietly drops everything behind a damaged spot of its log. It is written about once a
//! second while there is work, and before rows are handed to the uplink: what was sent is always covered, what was not, but for the last second.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use qitao_domain::stream::Place;
use serde::{Deserialize, Serialize};

/// What is kept in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Filed {
    pub place: Place,
    /// Highest write counter of a state row that is durable.
    pub writes: u64,
}

/// The copy in a small file of two slots, written in turns: a crash spoils the one that was being written, never the newest of before. Its blocks
/// are there from the beginning, so that a write is one `fdatasync` of one block and waits for nobody's journal.
#[derive(Debug)]
pub(super) struct PlaceFile {
    path: PathBuf,
    /// Open once it has its slots, with the number of the newest.
    open: Mutex<Option<(File, u64)>>,
}

/// Bytes of a slot: a block of every file system there is.
const SLOT: usize = 4096;

/// What a slot holds.
#[derive(Serialize, Deserialize)]
struct Slot {
    /// Grows with every write; missing in files of earlier agents, which had one slot.
    #[serde(default)]
    n: u64,
    #[serde(flatten)]
    filed: Filed,
}

impl Slot {
    fn encode(n: u64, filed: &Filed) -> std::io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(&Self { n, filed: *filed })?;
        let crc = crc32c::crc32c(&bytes);
        write!(bytes, "\n{crc:08x}")?;
        bytes.resize(SLOT, 0);
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().rposition(|byte| *byte != 0)? + 1;
        let (json, tail) = bytes.split_at(end.checked_sub(9)?);
        let crc = u32::from_str_radix(std::str::from_utf8(tail.get(..9)?).ok()?.trim(), 16).ok()?;
        (crc32c::crc32c(json) == crc).then(|| serde_json::from_slice(json).ok()).flatten()
    }

    fn newest(bytes: &[u8]) -> Option<Self> {
        bytes.chunks(SLOT).filter_map(Self::decode).max_by_key(|slot| slot.n)
    }
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
        Self { path: folder.join("position"), open: Mutex::new(None) }
    }

    pub fn read(&self) -> std::io::Result<FileSays> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Slot::newest(&bytes).map_or(FileSays::Damaged, |slot| FileSays::Filed(slot.filed))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(FileSays::Nothing),
            Err(e) => Err(e),
        }
    }

    /// After this the file says this; after a crash on the way it says this or what it said before.
    pub fn write(&self, filed: &Filed) -> std::io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((file, n)) = &mut *open {
            *n += 1;
            let at = if n.is_multiple_of(2) { 0 } else { SLOT as u64 };
            file.write_all_at(&Slot::encode(*n, filed)?, at)?;
            return file.sync_data();
        }
        // The first of this process makes the file anew, both slots of it on disk.
        write_atomically(&self.path, &[&Slot::encode(2, filed)?, &[0; SLOT]])?;
        *open = Some((File::options().write(true).open(&self.path)?, 2));
        Ok(())
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
    use std::os::unix::fs::MetadataExt as _;

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

    #[test]
    fn a_write_stays_in_its_blocks_and_one_that_is_cut_off_anywhere_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = PlaceFile::new(folder.path());
        file.write(&at(10, 4)).unwrap();
        let made = fs::metadata(&file.path).unwrap();
        for next in 11..15 {
            let before = fs::read(&file.path).unwrap();
            file.write(&at(next, 4)).unwrap();
            let after = fs::read(&file.path).unwrap();
            assert_eq!(file.read().unwrap(), FileSays::Filed(at(next, 4)));
            let slot = if before[..SLOT] == after[..SLOT] { SLOT } else { 0 };
            for cut in 0..300 {
                let torn = [&after[..slot + cut], &before[slot + cut..]].concat();
                let said = Slot::newest(&torn).unwrap().filed;
                assert!(said == at(next - 1, 4) || said == at(next, 4), "cut off after {cut} bytes: {said:?}");
            }
        }
        let now = fs::metadata(&file.path).unwrap();
        assert_eq!((now.ino(), now.len()), (made.ino(), made.len()), "neither a new file nor a longer one: the journal has nothing to do");
        let file = PlaceFile::new(folder.path());
        assert_eq!(file.read().unwrap(), FileSays::Filed(at(14, 4)));
        file.write(&at(15, 4)).unwrap();
        assert_eq!(file.read().unwrap(), FileSays::Filed(at(15, 4)), "an agent that is started again begins the slots anew");
    }

    #[test]
    fn the_file_of_an_earlier_agent_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let json = serde_json::to_vec(&at(10, 4)).unwrap();
        let tail = format!("\n{:08x}", crc32c::crc32c(&json));
        fs::write(folder.path().join("position"), [&json[..], tail.as_bytes()].concat()).unwrap();
        let file = PlaceFile::new(folder.path());
        assert_eq!(file.read().unwrap(), FileSays::Filed(at(10, 4)));
        file.write(&at(11, 4)).unwrap();
        assert_eq!(file.read().unwrap(), FileSays::Filed(at(11, 4)));
    }
}
