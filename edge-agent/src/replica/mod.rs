//! This site's catalogue, locations and operators, the chain's label templates and what it says of its devices: in memory for the scan at hand, on
//! disk for the start with the hub away.
//!
//! [`catalogue`] is the packed form in memory; [`files`] the snapshot files with version and digest; [`sync`] fetches what is newer at the hub.
//! A reader takes the whole [`Catalogue`] as one value and keeps it for a scan; a newer one is put in its place without anybody waiting.

pub mod catalogue;
pub mod files;
pub mod sync;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use qitao_domain::catalog::{DeviceRule, Item, LabelTemplate, Location, Operator};
use qitao_domain::protocol::DatasetVersion;

pub use catalogue::Catalogue;
use catalogue::{Items, ItemsBuilder, Labels, Locations, Operators};
use files::{Contents, Kept};
pub use files::{Dataset, FileError};

use crate::settings::ChainRules;

/// The catalogue that is current now, and the files it was read from.
#[derive(Debug, Default)]
pub struct Replica {
    folder: PathBuf,
    current: RwLock<Arc<Catalogue>>,
    /// Held while a data set is changed, so that only one is at a time.
    kept: Mutex<BTreeMap<Dataset, Kept>>,
}

impl Replica {
    /// What is on disk. What cannot be read counts as never fetched: an edge without catalogue still records scans. Blocks.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        let replica = Self { folder: folder.to_owned(), ..Self::default() };
        if let Err(error) = std::fs::create_dir_all(folder) {
            tracing::error!(folder = %folder.display(), %error, "no folder for the catalogue; it is kept in memory only");
            return replica;
        }
        for dataset in Dataset::ALL {
            let loaded = files::newest(folder, dataset).map_err(FileError::from).and_then(|kept| match kept {
                Some(kept) => replica.put(dataset, &kept).map(|()| Some(kept)),
                None => Ok(None),
            });
            match loaded {
                Ok(Some(kept)) => drop(replica.lock().insert(dataset, kept)),
                Ok(None) => {}
                Err(error) => tracing::error!(dataset = dataset.name(), %error, "a data set cannot be read and is fetched again"),
            }
        }
        replica
    }

    /// What is known now. Taken once per scan.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        // The lock is held for copying one pointer, by readers and by the one writer alike.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a catalogue in place that did not come from the hub: tests and demonstrations.
    pub fn replace(&self, catalogue: Catalogue) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
    }

    /// Version of a data set; 0 when there is none.
    #[must_use]
    pub fn version(&self, dataset: Dataset) -> u64 {
        self.lock().get(&dataset).map_or(0, |kept| kept.version)
    }

    /// Versions of all data sets, as the hello says them.
    #[must_use]
    pub fn versions(&self) -> Vec<DatasetVersion> {
        Dataset::ALL.map(|dataset| DatasetVersion { name: dataset.name().into(), version: self.version(dataset) }).to_vec()
    }

    /// Takes a downloaded body whose digest has been checked; answers with the new version. Blocks.
    ///
    /// # Errors
    /// [`FileError`] says whether to fetch the whole again or to try later.
    pub fn take(&self, dataset: Dataset, body: &Path, contents: Contents) -> Result<u64, FileError> {
        let mut kept = self.lock();
        let new = files::take(&self.folder, dataset, kept.get(&dataset), body, contents)?;
        self.put(dataset, &new)?;
        let version = new.version;
        files::forget(kept.insert(dataset, new.clone()), &new);
        Ok(version)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Dataset, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Builds one part anew and swaps it in; the others stay as they are.
    fn put(&self, dataset: Dataset, kept: &Kept) -> Result<(), FileError> {
        enum Part {
            Items(Items),
            Locations(Locations),
            Operators(Operators),
            Labels(Labels),
            Devices(ChainRules),
        }
        let part = match dataset {
            Dataset::Items => {
                let mut builder = ItemsBuilder::default();
                files::rows(kept, dataset, |item: Item| builder.push(&item))?;
                Part::Items(builder.build())
            }
            Dataset::Locations => {
                let mut rows: Vec<Location> = Vec::new();
                files::rows(kept, dataset, |row| rows.push(row))?;
                Part::Locations(Locations::new(rows))
            }
            Dataset::Operators => {
                let mut rows: Vec<Operator> = Vec::new();
                files::rows(kept, dataset, |row| rows.push(row))?;
                Part::Operators(Operators::new(rows))
            }
            Dataset::DeviceProfiles => Part::Devices(device_rules(kept)?),
            Dataset::Labels => {
                let mut rows: Vec<LabelTemplate> = Vec::new();
                files::rows(kept, dataset, |row| rows.push(row))?;
                Part::Labels(Labels::new(rows))
            }
        };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Catalogue::clone(&current);
        match part {
            Part::Items(items) => next.items = items.into(),
            Part::Locations(locations) => next.locations = locations.into(),
            Part::Operators(operators) => next.operators = operators.into(),
            Part::Labels(labels) => next.labels = labels.into(),
            Part::Devices(rules) => next.devices = rules.into(),
        }
        *current = next.into();
        Ok(())
    }
}

fn device_rules(kept: &Kept) -> Result<ChainRules, FileError> {
    let mut rows: Vec<DeviceRule> = Vec::new();
    files::rows(kept, Dataset::DeviceProfiles, |row| rows.push(row))?;
    Ok(ChainRules::new(rows))
}

/// What the chain says of its devices by what is on disk, for a command that needs nothing else; nothing where there is no file. Blocks.
///
/// # Errors
/// [`FileError`].
pub fn device_rules_on_disk(folder: &Path) -> Result<ChainRules, FileError> {
    if !folder.exists() {
        return Ok(ChainRules::default());
    }
    files::newest(folder, Dataset::DeviceProfiles)?.map_or_else(|| Ok(ChainRules::default()), |kept| device_rules(&kept))
}
