//! The master key, which seals the keys of the database and is never in it: from a file, a credential of systemd, or the environment.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::{Zeroize as _, Zeroizing};

use super::VaultError;

/// 256 random bits that wipe themselves.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// A new key.
pub(super) fn fresh() -> Key {
    Zeroizing::new(rand::random())
}

/// Where the master key is.
#[derive(Clone)]
pub enum MasterAt {
    /// In a file that is made, for its owner alone, when there is none and nothing is sealed yet.
    Made(PathBuf),
    /// In a file that somebody else puts there.
    Given(PathBuf),
    /// Given as text.
    Text(Zeroizing<String>),
}

impl std::fmt::Debug for MasterAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place())
    }
}

/// Name of the credential of systemd (`LoadCredential=qitao-vault-key:…`).
const CREDENTIAL: &str = "qitao-vault-key";

impl MasterAt {
    /// As settings and environment say: the environment's text, a path by setting, systemd's credential, else a file in the data folder.
    #[must_use]
    pub fn of(setting: Option<&Path>, data: &Path, variable: impl Fn(&str) -> Option<String>) -> Self {
        if let Some(text) = variable("QITAO_VAULT_MASTER").filter(|text| !text.is_empty()) {
            return Self::Text(Zeroizing::new(text));
        }
        if let Some(path) = setting {
            return Self::Made(path.to_owned());
        }
        let credential = variable("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(CREDENTIAL));
        match credential.filter(|path| path.exists()) {
            Some(path) => Self::Given(path),
            None => Self::Made(data.join("vault.key")),
        }
    }

    /// Its file, when it is one that the hub looks after.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Made(path) => Some(path),
            Self::Given(_) | Self::Text(_) => None,
        }
    }

    /// Where it is, to be named to people.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Made(path) | Self::Given(path) => path.display().to_string(),
            Self::Text(_) => "QITAO_VAULT_MASTER".to_owned(),
        }
    }

    /// The key; made when `first` and there is none.
    pub(super) fn read(&self, first: bool) -> Result<Key, VaultError> {
        let failed = |source| VaultError::Master { place: self.place(), source };
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Made(path) | Self::Given(path) => match std::fs::read_to_string(path) {
                Ok(text) => {
                    warn_when_open(path);
                    Zeroizing::new(text)
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let Self::Made(path) = self else { return Err(failed(error)) };
                    if !first {
                        return Err(VaultError::MasterGone { place: self.place() });
                    }
                    make(path).map_err(failed)?
                }
                Err(error) => return Err(failed(error)),
            },
        };
        let mut bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).unwrap_or_default();
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new);
        bytes.zeroize();
        key.map_err(|_| VaultError::MasterShape { place: self.place() })
    }
}

fn make(path: &Path) -> std::io::Result<Zeroizing<String>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(fresh().as_slice()));
    // Never over a file that somebody else made meanwhile.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    // What it seals must not outlive it in a crash.
    file.sync_all()?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    tracing::info!(path = %path.display(), "a master key was made for personal fields; keep a copy of it apart from the database's backups");
    Ok(text)
}

fn warn_when_open(path: &Path) {
    let mode = std::fs::metadata(path).map(|file| file.permissions().mode() & 0o077).unwrap_or(0);
    if mode != 0 {
        tracing::warn!(path = %path.display(), "others can read the master key of personal fields; chmod 600 it");
    }
}
