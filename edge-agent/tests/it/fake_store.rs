//! A store in memory whose disk can be made to fail, to hang, and to forget.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qitao_edge_agent::outbox::store::{Engine, Store, StoreError, WriteBatch};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Disks by folder.
#[derive(Default)]
pub struct Fake {
    disks: Mutex<HashMap<PathBuf, Arc<Mutex<Rows>>>>,
    /// What the next calls do, first one first.
    pub faults: Arc<Mutex<Vec<Fault>>>,
    /// How often a database was opened.
    pub opened: Mutex<u32>,
    /// How many commits came to their end.
    pub commits: Arc<AtomicU32>,
    /// While this is held no commit comes to its end.
    pub gate: Arc<Mutex<()>>,
}

/// A made-up fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    OpenPanics,
    OpenHangs,
    OpenIsDamaged,
    OpenFindsFullDisk,
    CommitFails,
    CommitFindsFullDisk,
    CommitPanics,
    CommitHangs,
    ScanPanics,
}

struct Open {
    rows: Arc<Mutex<Rows>>,
    faults: Arc<Mutex<Vec<Fault>>>,
    gate: Arc<Mutex<()>>,
    commits: Arc<AtomicU32>,
}

impl Fake {
    pub fn with(faults: &[Fault]) -> Arc<Self> {
        Arc::new(Self { faults: Arc::new(Mutex::new(faults.to_vec())), ..Self::default() })
    }

    /// Facts that the disk of this outbox's folder loses.
    pub fn lose(&self, folder: &Path, facts: RangeInclusive<u64>) {
        let disk = self.disks.lock().unwrap()[&folder.join("db")].clone();
        disk.lock().unwrap().retain(|key, _| {
            let row = key.strip_prefix(b"f").and_then(|row| row.try_into().ok()).map(u64::from_be_bytes);
            row.is_none_or(|row| !facts.contains(&row))
        });
    }
}

fn next(faults: &Mutex<Vec<Fault>>, wanted: &[Fault]) -> Option<Fault> {
    let mut faults = faults.lock().unwrap();
    let first = faults.first().copied().filter(|fault| wanted.contains(fault))?;
    faults.remove(0);
    Some(first)
}

impl Engine for Fake {
    fn open(&self, folder: &Path) -> Result<Box<dyn Store>, StoreError> {
        use Fault::{OpenFindsFullDisk, OpenHangs, OpenIsDamaged, OpenPanics};
        std::fs::create_dir_all(folder)?;
        *self.opened.lock().unwrap() += 1;
        match next(&self.faults, &[OpenPanics, OpenHangs, OpenIsDamaged, OpenFindsFullDisk]) {
            Some(OpenPanics) => panic!("made-up panic"),
            Some(OpenHangs) => std::thread::sleep(Duration::from_secs(3600)),
            Some(OpenIsDamaged) => return Err(StoreError::Damaged("made up".into())),
            Some(OpenFindsFullDisk) => return Err(StoreError::DiskFull),
            _ => {}
        }
        let rows = self.disks.lock().unwrap().entry(folder.to_owned()).or_default().clone();
        Ok(Box::new(Open { rows, faults: self.faults.clone(), gate: self.gate.clone(), commits: self.commits.clone() }))
    }
}

impl Store for Open {
    fn commit(&self, batch: WriteBatch) -> Result<(), StoreError> {
        match next(&self.faults, &[Fault::CommitFails, Fault::CommitFindsFullDisk, Fault::CommitPanics, Fault::CommitHangs]) {
            Some(Fault::CommitFails) => return Err(StoreError::Io(std::io::Error::other("made up"))),
            Some(Fault::CommitPanics) => panic!("made-up panic"),
            Some(Fault::CommitHangs) => std::thread::sleep(Duration::from_secs(3600)),
            Some(_) => return Err(StoreError::DiskFull),
            None => {}
        }
        let _open = self.gate.lock().unwrap();
        let mut rows = self.rows.lock().unwrap();
        for (key, value) in batch.writes {
            match value {
                Some(value) => drop(rows.insert(key, value)),
                None => drop(rows.remove(&key)),
            }
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        assert_eq!(next(&self.faults, &[Fault::ScanPanics]), None, "made-up panic");
        let rows = self.rows.lock().unwrap();
        for (key, value) in rows.range(from.to_vec()..to.to_vec()) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.lock().unwrap().range(from.to_vec()..to.to_vec()).next_back().map(|(key, _)| key.clone()))
    }

    fn size(&self) -> u64 {
        self.rows.lock().unwrap().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
    }
}
