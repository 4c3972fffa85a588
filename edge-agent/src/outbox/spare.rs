//! A copy of what the hub has yet to get, made from the raw files before sled opens them, because sled may drop it and write over it.
//!
//! Only rows that are known to be durable go in (the position file says how far): a batch that a crash cut off stays cut off as a whole. The copy
//! is let go of once the database is open and whole. One that is found at the start was left by an opening that was cut off; it is added to.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::place::Filed;
use super::record::{self, Kind, MAX_RECORD, Record};

pub(super) struct Spare {
    path: PathBuf,
    writes: u64,
}

impl Spare {
    /// Copies what is worth it. Without a position file nothing is known to be missing; on a full disk it goes without.
    pub fn collect(folder: &Path, filed: Option<Filed>) -> Self {
        let mut spare = Self { path: folder.join("spare"), writes: 0 };
        if let Some(filed) = filed
            && let Err(error) = spare.copy(&folder.join("db"), filed)
        {
            tracing::warn!(%error, "no spare copy of what is still to be sent");
        }
        spare
    }

    fn copy(&mut self, db: &Path, filed: Filed) -> io::Result<()> {
        let mut seen = HashSet::new();
        let mut states: BTreeMap<String, (u64, Vec<u8>)> = BTreeMap::new();
        let mut writes = 0;
        self.read(&mut |r| match r.kind {
            Kind::Fact => drop(seen.insert(r.number)),
            Kind::State => writes = r.number.max(writes),
            Kind::Place => {}
        });
        self.writes = writes;
        let mut out = BufWriter::new(File::options().create(true).append(true).open(&self.path)?);
        let mut failed = Ok(());
        // The newest acked row goes along: the hub's next welcome is compared with it.
        let kept = filed.place.acked_row..filed.place.next_row;
        carve_folder(db, &mut |r| match r.kind {
            Kind::Fact if kept.contains(&r.number) && failed.is_ok() && seen.insert(r.number) => failed = out.write_all(&r.encode()),
            Kind::State if r.number <= filed.writes => {
                let kept = states.entry(r.key.to_owned()).or_default();
                if r.number >= kept.0 {
                    *kept = (r.number, r.payload.to_vec());
                }
            }
            _ => {}
        });
        failed?;
        for (key, (number, payload)) in states {
            self.writes = self.writes.max(number);
            out.write_all(&Record { kind: Kind::State, number, written_ms: 0, key: &key, payload: &payload }.encode())?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }

    /// Highest write counter of a state row in the copy.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// Every row of the copy.
    pub fn read(&self, found: &mut dyn FnMut(&Record<'_>)) {
        if let Err(error) = carve_file(&self.path, found)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "part of the spare copy cannot be read");
        }
    }

    /// The database is open and whole.
    pub fn discard(self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the spare copy cannot be removed");
        }
    }
}

/// Finds rows in every file of a database folder. What cannot be read is skipped: this is the last means.
pub(super) fn carve_folder(folder: &Path, found: &mut dyn FnMut(&Record<'_>)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|e| e.ok().map(|e| e.path())) {
        if path.is_dir() {
            carve_folder(&path, found);
        } else if let Err(error) = carve_file(&path, found) {
            tracing::warn!(file = %path.display(), %error, "part of a damaged database cannot be read");
        }
    }
}

fn carve_file(path: &Path, found: &mut dyn FnMut(&Record<'_>)) -> io::Result<()> {
    const WINDOW: usize = 8 << 20;
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    loop {
        let read = (&mut file).take((WINDOW - bytes.len()) as u64).read_to_end(&mut bytes)?;
        for record in record::carve(&bytes) {
            found(&record);
        }
        if read == 0 {
            return Ok(());
        }
        // A row that lies across the edge is whole in the next window.
        let keep = bytes.len().min(MAX_RECORD);
        bytes.drain(..bytes.len() - keep);
    }
}
