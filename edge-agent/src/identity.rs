//! Who this edge is: what the hub gave it at enrolment, its secret key, and the fingerprint that tells a cloned disk image from its original.
//!
//! `identity.toml` and `edge.key` lie in the data folder, readable by the agent's user alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use qitao_domain::ids::{EdgeId, SiteId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::Config;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Enrol first.
    #[error("this edge is not enrolled; run `edge-agent enroll --hub URL --token TOKEN`")]
    NotEnrolled,
    /// A person must look at the file.
    #[error("{path}: {why}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Check path and rights.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// The site an edge stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Number given by the hub.
    pub id: SiteId,
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Time zone, for people: `Asia/Shanghai`.
    pub time_zone: String,
}

/// Where the broker is and how to log in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mqtt {
    /// Host; the hub's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port.
    pub port: u16,
    /// Whether to speak TLS.
    #[serde(default)]
    pub tls: bool,
    /// The authority (PEM) behind its certificate, as the hub named it; the systems' own list when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// User, which is the edge id at the embedded broker.
    pub username: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Mqtt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mqtt({:?}:{} tls {} as {})", self.host, self.port, self.tls, self.username)
    }
}

/// What the hub gave at enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The edge's id.
    pub edge: EdgeId,
    /// Address of the hub at enrolment.
    pub hub: String,
    /// The hub's public key, base64: messages from it are checked with this.
    pub hub_key: String,
    /// The site.
    pub site: Site,
    /// The broker.
    pub mqtt: Mqtt,
}

/// The edge's keys, ready for use.
#[derive(Clone)]
pub struct Keys {
    own: SigningKey,
    hub: VerifyingKey,
}

impl Keys {
    /// Our own key and the hub's public one.
    #[must_use]
    pub const fn new(own: SigningKey, hub: VerifyingKey) -> Self {
        Self { own, hub }
    }

    /// Signs as this edge.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.own.sign(bytes).to_bytes()
    }

    /// Whether the hub signed these bytes.
    #[must_use]
    pub fn is_hubs(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.hub.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok()
    }
}

impl Identity {
    /// The identity in a data folder, with its keys.
    ///
    /// # Errors
    /// [`IdentityError::NotEnrolled`] when there is none.
    pub fn load(config: &Config) -> Result<(Self, Keys), IdentityError> {
        let path = config.path("identity.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(IdentityError::NotEnrolled),
            Err(error) => return Err(IdentityError::File { path, error }),
        };
        let identity: Self =
            toml::from_str(&text).map_err(|e| IdentityError::Damaged { path: path.clone(), why: e.message().to_owned() })?;
        let damaged = |why: &str| IdentityError::Damaged { path: path.clone(), why: why.to_owned() };
        let hub = BASE64.decode(identity.hub_key.as_bytes()).ok().and_then(|key| <[u8; 32]>::try_from(key).ok());
        let hub = hub.and_then(|key| VerifyingKey::from_bytes(&key).ok()).ok_or_else(|| damaged("hub_key is not an Ed25519 key"))?;
        let key = config.path("edge.key");
        let own = read_key(&key)?.ok_or_else(|| IdentityError::Damaged { path: key, why: "the edge's key is gone; enrol again".into() })?;
        Ok((identity, Keys { own, hub }))
    }

    /// Keeps the identity.
    ///
    /// # Errors
    /// [`IdentityError::File`].
    pub fn save(&self, config: &Config) -> Result<(), IdentityError> {
        let path = config.path("identity.toml");
        let text = toml::to_string(self).map_err(|e| IdentityError::Damaged { path: path.clone(), why: e.to_string() })?;
        write_secret(&path, text.as_bytes()).map_err(|error| IdentityError::File { path, error })
    }

    /// The hub's address: the setting, or the one of the enrolment. Without a slash at the end.
    #[must_use]
    pub fn hub_url(&self, config: &Config) -> String {
        config.hub.url.as_deref().unwrap_or(&self.hub).trim_end_matches('/').to_owned()
    }
}

/// The edge's secret key; made and kept when there is none.
///
/// # Errors
/// [`IdentityError`] when the file cannot be read or written.
pub fn own_key(config: &Config) -> Result<SigningKey, IdentityError> {
    let path = config.path("edge.key");
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let key = SigningKey::from_bytes(&rand::random());
    write_secret(&path, format!("{}\n", BASE64.encode(key.as_bytes())).as_bytes()).map_err(|error| IdentityError::File { path, error })?;
    Ok(key)
}

fn read_key(path: &Path) -> Result<Option<SigningKey>, IdentityError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(IdentityError::File { path: path.to_owned(), error }),
    };
    if fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        tracing::warn!(path = %path.display(), "the edge's key can be read by others; its rights are narrowed");
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    }
    let key = BASE64.decode(text.trim().as_bytes()).ok().and_then(|key| <[u8; 32]>::try_from(key).ok());
    let damaged = || IdentityError::Damaged { path: path.to_owned(), why: "not a key of 32 bytes in base64".into() };
    key.map(|key| Some(SigningKey::from_bytes(&key))).ok_or_else(damaged)
}

/// Writes a file that only its owner may read, so that a crash leaves the old one or the new one.
fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temp = path.with_extension("new");
    let _ = fs::remove_file(&temp);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temp)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temp, path)?;
    fs::File::open(folder)?.sync_all()
}

/// SHA-256 over machine id and the identity of the disk that holds the data. Only files that every user may read go in, so that it is the same
/// for root and for the service's user.
#[must_use]
pub fn fingerprint(config: &Config) -> String {
    let mut hash = Sha256::new();
    hash.update(b"qitao-fingerprint-1\n");
    match &config.machine {
        Some(machine) => hash.update(machine.as_bytes()),
        None => {
            hash.update(fs::read_to_string("/etc/machine-id").unwrap_or_default().trim().as_bytes());
            hash.update(b"\n");
            hash.update(disk_identity(&config.data).unwrap_or_default());
        }
    }
    HEXLOWER.encode(&hash.finalize())
}

/// What the disk under a folder says of itself; `None` where there is no such disk (overlay, network).
fn disk_identity(folder: &Path) -> Option<Vec<u8>> {
    let device = fs::metadata(folder).ok()?.dev();
    let (major, minor) = (nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let mut at = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")).ok()?;
    // A partition lies below its disk.
    if at.join("partition").exists() {
        at.pop();
    }
    ["wwid", "device/wwid", "serial", "device/serial", "device/vpd_pg80"]
        .iter()
        .find_map(|name| fs::read(at.join(name)).ok().filter(|b| !b.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().join("deep"), ..Config::default() };
        let key = own_key(&config).unwrap();
        assert_eq!(own_key(&config).unwrap().as_bytes(), key.as_bytes());
        assert_eq!(fs::metadata(config.path("edge.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_identity_comes_back_with_keys_that_sign_and_check() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        assert!(matches!(Identity::load(&config), Err(IdentityError::NotEnrolled)));
        let own = own_key(&config).unwrap();
        let identity = Identity {
            edge: EdgeId::new("sh-01").unwrap(),
            hub: "http://hub:8080/".into(),
            hub_key: BASE64.encode(own.verifying_key().as_bytes()),
            site: Site { id: SiteId(3), code: "SH".into(), name: "上海店".into(), time_zone: "Asia/Shanghai".into() },
            mqtt: Mqtt { host: None, port: 1883, tls: false, authority: None, username: "sh-01".into(), password: "secret".into() },
        };
        identity.save(&config).unwrap();
        let (loaded, keys) = Identity::load(&config).unwrap();
        assert_eq!(loaded, identity);
        assert_eq!(loaded.hub_url(&config), "http://hub:8080");
        let signature = keys.sign(b"words");
        assert!(keys.is_hubs(b"words", &signature) && !keys.is_hubs(b"other", &signature));
        assert!(!format!("{loaded:?}").contains("secret"));
    }

    #[test]
    fn the_fingerprint_stays_and_a_named_machine_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        assert_eq!(fingerprint(&config), fingerprint(&config));
        let named = Config { machine: Some("box-7".into()), ..config.clone() };
        assert_ne!(fingerprint(&named), fingerprint(&config));
    }
}
