//! Data sets on disk: one file each, as the hub sends them, named by version and digest: `items-1042-<sha256>.zst`.
//!
//! A file is zstd-compressed JSON lines: a header, then `{"put":{…}}` or `{"del":id}`. The digest in the name is checked at every start, so a
//! damaged file counts as none and is fetched again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use qitao_domain::catalog::{DEVICE_PROFILES, LABELS};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A line longer than this is no row; the reader must not be made to hold it.
const MAX_LINE: u64 = 1 << 20;
/// zstd's own default: a good ratio at little cost.
const LEVEL: i32 = 3;

/// Why a file is of no use, by what to do.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Fetch the whole data set again.
    #[error("the data set's file is damaged: {0}")]
    Damaged(String),
    /// The changes do not follow on what is here: fetch the whole data set.
    #[error("changes of {found} instead of {wanted}")]
    Misfit {
        /// What was asked for.
        wanted: String,
        /// What the header says.
        found: String,
    },
    /// The disk fails or is full: later.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Which data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    /// Items with barcodes and kits.
    Items,
    /// Locations of the site.
    Locations,
    /// Operators of the site.
    Operators,
    /// Label templates of the chain.
    Labels,
    /// What the chain says of its devices.
    DeviceProfiles,
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Items, Self::Locations, Self::Operators, Self::Labels, Self::DeviceProfiles];

    /// Name on the wire and on disk.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Locations => "locations",
            Self::Operators => "operators",
            Self::Labels => LABELS,
            Self::DeviceProfiles => DEVICE_PROFILES,
        }
    }

    /// The data set of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == name)
    }
}

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Every row.
    Snapshot,
    /// What changed since a version.
    Changes,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    dataset: String,
    version: u64,
    kind: Contents,
    count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line<T> {
    Put(T),
    Del(i64),
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

/// The file of a data set that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its version.
    pub version: u64,
    path: PathBuf,
}

/// Lines of a body, header first.
struct Body {
    lines: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    header: Header,
    line: Vec<u8>,
    read: u64,
}

impl Body {
    fn open(path: &Path, dataset: Dataset) -> Result<Self, FileError> {
        let mut body = Self {
            lines: BufReader::new(zstd::Decoder::new(File::open(path)?)?),
            header: Header { dataset: String::new(), version: 0, kind: Contents::Snapshot, count: 0 },
            line: Vec::new(),
            read: 0,
        };
        if !body.next_line()? {
            return Err(FileError::Damaged("empty".into()));
        }
        body.header = serde_json::from_slice(&body.line).map_err(|e| FileError::Damaged(format!("header: {e}")))?;
        if body.header.dataset != dataset.name() {
            return Err(FileError::Misfit { wanted: dataset.name().into(), found: body.header.dataset });
        }
        Ok(body)
    }

    fn next_line(&mut self) -> Result<bool, FileError> {
        self.line.clear();
        // A fault in the compressed stream is a fault of the file, not of the disk.
        let read = (&mut self.lines).take(MAX_LINE).read_until(b'\n', &mut self.line).map_err(|e| FileError::Damaged(e.to_string()))?;
        if read as u64 == MAX_LINE {
            return Err(FileError::Damaged("a line without end".into()));
        }
        Ok(read > 0)
    }

    fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Line<T>>, FileError> {
        if !self.next_line()? {
            let (read, count) = (self.read, self.header.count);
            return if read == count { Ok(None) } else { Err(FileError::Damaged(format!("{read} rows instead of {count}"))) };
        }
        self.read += 1;
        serde_json::from_slice(&self.line).map(Some).map_err(|e| FileError::Damaged(format!("row {}: {e}", self.read)))
    }
}

/// The newest file of a data set whose digest fits. Older and damaged ones are removed.
pub fn newest(folder: &Path, dataset: Dataset) -> io::Result<Option<Kept>> {
    let mut found: Vec<(u64, String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let parts = name.strip_suffix(".zst").and_then(|n| n.strip_prefix(dataset.name())?.strip_prefix('-')?.split_once('-'));
        if let Some((version, digest)) = parts
            && let Ok(version) = version.parse()
        {
            found.push((version, digest.to_owned(), path.clone()));
        }
    }
    found.sort_by_key(|(version, _, _)| std::cmp::Reverse(*version));
    let mut newest = None;
    for (version, expected, path) in found {
        if newest.is_none() && digest_of(&path)? == expected {
            newest = Some(Kept { version, path });
            continue;
        }
        if newest.is_none() {
            tracing::warn!(file = %path.display(), "a data set's file does not have the digest in its name and is removed");
        }
        fs::remove_file(&path)?;
    }
    Ok(newest)
}

/// SHA-256 of a file, hex.
pub fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// Reads every row of a file.
pub fn rows<T: DeserializeOwned>(kept: &Kept, dataset: Dataset, mut each: impl FnMut(T)) -> Result<(), FileError> {
    let mut body = Body::open(&kept.path, dataset)?;
    while let Some(line) = body.next::<T>()? {
        if let Line::Put(row) = line {
            each(row);
        }
    }
    Ok(())
}

/// Takes a downloaded body (its digest has been checked) into the folder: a snapshot as it is, changes together with what is here.
pub fn take(folder: &Path, dataset: Dataset, have: Option<&Kept>, body: &Path, contents: Contents) -> Result<Kept, FileError> {
    let header = Body::open(body, dataset)?.header;
    if header.kind != contents {
        return Err(FileError::Misfit { wanted: format!("{contents:?}"), found: format!("{:?}", header.kind) });
    }
    let new = folder.join(format!("{}.new", dataset.name()));
    match (contents, have) {
        (Contents::Snapshot, _) => {
            fs::copy(body, &new)?;
        }
        (Contents::Changes, Some(have)) if header.version >= have.version => merge(dataset, have, body, &new)?,
        (Contents::Changes, have) => {
            let wanted = format!("{} and later", have.map_or(0, |h| h.version));
            return Err(FileError::Misfit { wanted, found: header.version.to_string() });
        }
    }
    File::open(&new)?.sync_all()?;
    let path = folder.join(format!("{}-{}-{}.zst", dataset.name(), header.version, digest_of(&new)?));
    fs::rename(&new, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(Kept { version: header.version, path })
}

/// Lets go of the file that another took the place of.
pub fn forget(old: Option<Kept>, new: &Kept) {
    if let Some(old) = old
        && old.path != new.path
        && let Err(error) = fs::remove_file(&old.path)
    {
        tracing::warn!(file = %old.path.display(), %error, "an old data set file cannot be removed");
    }
}

fn merge(dataset: Dataset, have: &Kept, changes: &Path, new: &Path) -> Result<(), FileError> {
    let mut body = Body::open(changes, dataset)?;
    let version = body.header.version;
    let mut changed: BTreeMap<i64, Option<serde_json::Value>> = BTreeMap::new();
    while let Some(line) = body.next::<serde_json::Value>()? {
        match line {
            Line::Put(row) => {
                let id = row["id"].as_i64().ok_or_else(|| FileError::Damaged("a row without id".into()))?;
                changed.insert(id, Some(row));
            }
            Line::Del(id) => drop(changed.insert(id, None)),
        }
    }
    // Rows that stay are copied as they are. How many there are is known only then, and stands in the header: hence two files.
    let rows_path = new.with_extension("rows");
    let mut rows = BufWriter::new(File::create(&rows_path)?);
    let mut count = 0;
    let mut old = Body::open(&have.path, dataset)?;
    while let Some(line) = old.next::<Numbered>()? {
        if let Line::Put(row) = line
            && !changed.contains_key(&row.id)
        {
            rows.write_all(old.line.trim_ascii_end())?;
            rows.write_all(b"\n")?;
            count += 1;
        }
    }
    for row in changed.into_values().flatten() {
        writeln!(rows, "{}", serde_json::json!({ "put": row }))?;
        count += 1;
    }
    rows.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let mut out = zstd::Encoder::new(BufWriter::new(File::create(new)?), LEVEL)?;
    let header = Header { dataset: dataset.name().into(), version, kind: Contents::Snapshot, count };
    serde_json::to_writer(&mut out, &header).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    io::copy(&mut File::open(&rows_path)?, &mut out)?;
    out.finish()?.flush()?;
    fs::remove_file(rows_path)?;
    Ok(())
}
