//! Settings of the hub: defaults that need no file, a TOML file over them, environment variables over that, flags over all.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::address::network;
use super::backup;
use super::files::S3Setting;
use super::keep;
use super::notifications::settings;
use super::sign_in;
use super::vault::MasterAt;
use crate::broker::TlsFiles;
use crate::db::{DbError, Place};

/// How long a starting hub waits for a database server that is away.
const DATABASE_PATIENCE: Duration = Duration::from_secs(60);

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Correct the path, or its rights.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Correct the file.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong in it.
        message: String,
    },
    /// Name both files, or neither.
    #[error("TLS of the broker needs a certificate and a key: mqtt_certificate and mqtt_key")]
    HalfTls,
    /// Correct the settings of signing in with an identity provider.
    #[error("sign_in: {0}")]
    SignIn(String),
    /// Correct the variable.
    #[error("{name}={value}: {message}")]
    Variable {
        /// Which variable.
        name: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        message: String,
    },
}

/// How the hub runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for everything the hub keeps.
    pub data: PathBuf,
    /// Database URL; SQLite in the data folder when empty.
    pub database: Option<String>,
    /// How many connections to it; as many as usual when empty.
    pub database_connections: Option<u32>,
    /// Where people and edges reach the hub over HTTP. Port 0 takes a free one.
    pub http: SocketAddr,
    /// Where edges reach the embedded broker. Port 0 takes a free one.
    pub mqtt: SocketAddr,
    /// An external broker in place of the embedded one, as `mqtt://user:password@host:port`.
    pub broker: Option<String>,
    /// Certificate and key of the embedded broker; without them it speaks plain MQTT.
    pub mqtt_tls: Option<TlsFiles>,
    /// Most connections of one address to the embedded broker. Sites behind one line share an address.
    pub mqtt_per_address: usize,
    /// Browsers reach the hub over HTTPS only: mark cookies so.
    pub https: bool,
    /// How it speaks to people and programs outside.
    pub outside: settings::Settings,
    /// Backups on a schedule.
    pub backup: backup::settings::Settings,
    /// How long is kept what nobody asks for any more.
    pub keep: keep::settings::Settings,
    /// Proxies that are believed about whom they speak for (`Forwarded`, `X-Forwarded-For`); nobody else is.
    pub trusted_proxies: Vec<IpNet>,
    /// File of the master key of personal fields; `vault.key` in the data folder when empty.
    pub vault_key: Option<PathBuf>,
    /// An S3-compatible store for files; the data folder when empty.
    pub s3: Option<S3Setting>,
    /// An identity provider that people can sign in with.
    pub sign_in: sign_in::settings::Settings,
}

/// What a TOML file may say; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    database_connections: Option<u32>,
    http: Option<SocketAddr>,
    mqtt: Option<SocketAddr>,
    broker: Option<String>,
    mqtt_certificate: Option<PathBuf>,
    mqtt_key: Option<PathBuf>,
    mqtt_authority: Option<PathBuf>,
    mqtt_per_address: Option<usize>,
    https: Option<bool>,
    outside: Option<settings::File>,
    backup: Option<backup::settings::File>,
    keep: Option<keep::settings::File>,
    trusted_proxies: Option<Vec<String>>,
    vault_key: Option<PathBuf>,
    s3: Option<S3Setting>,
    sign_in: Option<sign_in::settings::File>,
}

/// The parts of [`TlsFiles`] as they come from flags, variables and the file.
#[derive(Debug, Default, Clone)]
pub struct TlsParts {
    /// Certificate chain.
    pub certificate: Option<PathBuf>,
    /// Private key.
    pub key: Option<PathBuf>,
    /// Authority for edges.
    pub authority: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("qitao-data"),
            database: None,
            database_connections: None,
            http: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
            mqtt: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 1883)),
            broker: None,
            mqtt_tls: None,
            mqtt_per_address: 256,
            https: false,
            outside: settings::Settings::default(),
            backup: backup::settings::Settings::default(),
            keep: keep::settings::Settings::default(),
            trusted_proxies: Vec::new(),
            vault_key: None,
            s3: None,
            sign_in: sign_in::settings::Settings::default(),
        }
    }
}

impl Config {
    /// Settings for a data folder, on free ports of this machine alone: for tests.
    #[must_use]
    pub fn local(data: impl Into<PathBuf>) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { data: data.into(), http: free, mqtt: free, ..Self::default() }
    }

    /// Defaults, then the file (when one is named), then environment variables as `variable` gives them.
    ///
    /// # Errors
    /// [`ConfigError`] that names the file or variable at fault.
    pub fn load(file: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some(path) = file {
            config.take_file(path)?;
        }
        if let Some(data) = variable("QITAO_DATA") {
            config.data = PathBuf::from(data);
        }
        config.database = variable("QITAO_DATABASE").or(config.database);
        config.database_connections = parsed(&variable, "QITAO_DATABASE_CONNECTIONS")?.or(config.database_connections);
        config.broker = variable("QITAO_BROKER").or(config.broker);
        config.http = parsed(&variable, "QITAO_HTTP")?.unwrap_or(config.http);
        config.mqtt = parsed(&variable, "QITAO_MQTT")?.unwrap_or(config.mqtt);
        config.vault_key = variable("QITAO_VAULT_KEY").map(PathBuf::from).or(config.vault_key);
        if let Some(s3) = &mut config.s3 {
            // So that the secret need not stand in a file.
            s3.key = variable("QITAO_S3_KEY").unwrap_or_else(|| s3.key.clone());
            s3.secret = variable("QITAO_S3_SECRET").unwrap_or_else(|| s3.secret.clone());
        }
        config.https = parsed(&variable, "QITAO_HTTPS")?.unwrap_or(config.https);
        let outside = &mut config.outside;
        outside.public_url = variable("QITAO_PUBLIC_URL").or(outside.public_url.take());
        outside.smtp = variable("QITAO_SMTP").or(outside.smtp.take());
        outside.mail_from = variable("QITAO_MAIL_FROM").or(outside.mail_from.take());
        outside.private_addresses = parsed(&variable, "QITAO_PRIVATE_ADDRESSES")?.unwrap_or(outside.private_addresses);
        outside.edge_away_minutes = parsed(&variable, "QITAO_EDGE_AWAY_MINUTES")?.unwrap_or(outside.edge_away_minutes);
        outside.time_zone = variable("QITAO_TIME_ZONE").unwrap_or_else(|| outside.time_zone.clone());
        config.take_sign_in(&variable)?;
        config.backup.folder = variable("QITAO_BACKUP_FOLDER").map(PathBuf::from).or(config.backup.folder.take());
        config.backup.recipient = variable("QITAO_BACKUP_RECIPIENT").or(config.backup.recipient.take());
        config.backup.keep = parsed(&variable, "QITAO_BACKUP_KEEP")?.unwrap_or(config.backup.keep).max(1);
        let keep = &mut config.keep;
        keep.read_days = parsed(&variable, "QITAO_KEEP_READ_DAYS")?.unwrap_or(keep.read_days);
        keep.unread_days = parsed(&variable, "QITAO_KEEP_UNREAD_DAYS")?.unwrap_or(keep.unread_days);
        keep.ended_days = parsed(&variable, "QITAO_KEEP_ENDED_DAYS")?.unwrap_or(keep.ended_days);
        config.mqtt_per_address = parsed(&variable, "QITAO_MQTT_PER_ADDRESS")?.unwrap_or(config.mqtt_per_address);
        let file = |name: &str| variable(name).map(PathBuf::from);
        config.take_tls(TlsParts {
            certificate: file("QITAO_MQTT_CERTIFICATE"),
            key: file("QITAO_MQTT_KEY"),
            authority: file("QITAO_MQTT_AUTHORITY"),
        })?;
        if let Some(value) = variable("QITAO_TRUSTED_PROXIES") {
            let wrong = |message| ConfigError::Variable { name: "QITAO_TRUSTED_PROXIES".to_owned(), value: value.clone(), message };
            config.trusted_proxies = value.split(',').map(network).collect::<Result<_, _>>().map_err(wrong)?;
        }
        config.sign_in.check(config.outside.public_url.as_deref()).map_err(ConfigError::SignIn)?;
        Ok(config)
    }

    fn take_sign_in(&mut self, variable: &impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let sign_in = &mut self.sign_in;
        sign_in.issuer = variable("QITAO_SIGN_IN_ISSUER").or(sign_in.issuer.take());
        sign_in.client_id = variable("QITAO_SIGN_IN_CLIENT_ID").or(sign_in.client_id.take());
        sign_in.client_secret = variable("QITAO_SIGN_IN_CLIENT_SECRET").or(sign_in.client_secret.take());
        if let Some(path) = variable("QITAO_SIGN_IN_CLIENT_SECRET_FILE") {
            sign_in.take_secret(path.into()).map_err(unreadable)?;
        }
        sign_in.name = variable("QITAO_SIGN_IN_NAME").or(sign_in.name.take());
        sign_in.name_en = variable("QITAO_SIGN_IN_NAME_EN").or(sign_in.name_en.take());
        sign_in.claim = variable("QITAO_SIGN_IN_CLAIM").or(sign_in.claim.take());
        sign_in.only = parsed(variable, "QITAO_SIGN_IN_ONLY")?.unwrap_or(sign_in.only);
        let trusts = parsed(variable, "QITAO_SIGN_IN_TRUST_SECOND_FACTOR")?;
        sign_in.trust_second_factor = trusts.unwrap_or(sign_in.trust_second_factor);
        let binds = parsed(variable, "QITAO_SIGN_IN_BIND_ADMINISTRATORS")?;
        sign_in.bind_administrators = binds.unwrap_or(sign_in.bind_administrators);
        sign_in.stay_signed_in = parsed(variable, "QITAO_SIGN_IN_STAY_SIGNED_IN")?.unwrap_or(sign_in.stay_signed_in);
        Ok(())
    }

    fn take_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: shown.clone(), source })?;
        let file: File = toml::from_str(&text).map_err(|error| ConfigError::File { path: shown, message: error.to_string() })?;
        self.data = file.data.unwrap_or_else(|| self.data.clone());
        self.database = file.database.or_else(|| self.database.take());
        self.database_connections = file.database_connections.or(self.database_connections);
        self.http = file.http.unwrap_or(self.http);
        self.mqtt = file.mqtt.unwrap_or(self.mqtt);
        self.broker = file.broker.or_else(|| self.broker.take());
        self.vault_key = file.vault_key.or_else(|| self.vault_key.take());
        self.s3 = file.s3.or_else(|| self.s3.take());
        self.https = file.https.unwrap_or(self.https);
        self.outside.take_file(file.outside.unwrap_or_default());
        self.backup.take_file(file.backup.unwrap_or_default());
        self.keep.take_file(&file.keep.unwrap_or_default());
        self.sign_in.take_file(file.sign_in.unwrap_or_default()).map_err(unreadable)?;
        self.mqtt_per_address = file.mqtt_per_address.unwrap_or(self.mqtt_per_address);
        self.take_tls(TlsParts { certificate: file.mqtt_certificate, key: file.mqtt_key, authority: file.mqtt_authority })?;
        let proxies = file.trusted_proxies.unwrap_or_default();
        let wrong = |message| ConfigError::File { path: path.display().to_string(), message };
        self.trusted_proxies = proxies.iter().map(|text| network(text)).collect::<Result<_, _>>().map_err(wrong)?;
        Ok(())
    }

    /// Puts the parts that are named over what is there.
    ///
    /// # Errors
    /// [`ConfigError::HalfTls`] when a certificate or a key is missing then.
    pub fn take_tls(&mut self, parts: TlsParts) -> Result<(), ConfigError> {
        let old = self.mqtt_tls.take().map_or_else(TlsParts::default, |old| TlsParts {
            certificate: Some(old.certificate),
            key: Some(old.key),
            authority: old.authority,
        });
        let authority = parts.authority.or(old.authority);
        self.mqtt_tls = match (parts.certificate.or(old.certificate), parts.key.or(old.key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key, authority }),
            (None, None) if authority.is_none() => None,
            _ => return Err(ConfigError::HalfTls),
        };
        Ok(())
    }

    /// Where the master key of personal fields is.
    #[must_use]
    pub fn master(&self, variable: impl Fn(&str) -> Option<String>) -> MasterAt {
        MasterAt::of(self.vault_key.as_deref(), &self.data, variable)
    }

    /// The database's URL.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("hub.db").display()))
    }

    /// The database as a hub opens it that is to run: at the start of a machine it may take a while until PostgreSQL answers.
    ///
    /// # Errors
    /// [`DbError::Url`] when the setting is wrong.
    pub fn database_place(&self) -> Result<Place, DbError> {
        Ok(Place::at(&self.database_url())?.connections(self.database_connections).patience(DATABASE_PATIENCE))
    }
}

fn unreadable((path, source): (PathBuf, std::io::Error)) -> ConfigError {
    ConfigError::Read { path: path.display().to_string(), source }
}

fn parsed<T>(variable: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<T>, ConfigError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let Some(value) = variable(name) else { return Ok(None) };
    match value.parse() {
        Ok(parsed) => Ok(Some(parsed)),
        Err(error) => Err(ConfigError::Variable { name: name.to_owned(), value, message: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_wins_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(
            &path,
            "data = \"/var/lib/qitao\"\ndatabase_connections = 4\nhttp = \"127.0.0.1:9000\"\n[keep]\nended_days = 30\nread_days = 7\n",
        )
        .unwrap();
        let variable = |name: &str| match name {
            "QITAO_HTTP" => Some("127.0.0.1:9001".to_owned()),
            "QITAO_KEEP_READ_DAYS" => Some("14".to_owned()),
            _ => None,
        };
        let config = Config::load(Some(&path), variable).unwrap();
        assert_eq!(config.http.port(), 9001);
        assert_eq!(config.mqtt.port(), 1883);
        assert_eq!(config.database_connections, Some(4));
        assert_eq!(config.keep, keep::settings::Settings { read_days: 14, unread_days: 365, ended_days: 30 });
        assert_eq!(config.database_url(), "sqlite:/var/lib/qitao/hub.db");
    }

    #[test]
    fn certificate_and_key_come_together_and_proxies_are_networks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, "mqtt_certificate = \"c.pem\"\nmqtt_key = \"k.pem\"\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n")
            .unwrap();
        let variable = |name: &str| (name == "QITAO_MQTT_KEY").then(|| "other.pem".to_owned());
        let config = Config::load(Some(&path), variable).unwrap();
        let files = TlsFiles { certificate: "c.pem".into(), key: "other.pem".into(), authority: None };
        assert_eq!((config.mqtt_tls, config.trusted_proxies.len()), (Some(files), 2));
        assert!(matches!(Config::load(None, variable), Err(ConfigError::HalfTls)));
        std::fs::write(&path, "trusted_proxies = [\"proxy\"]").unwrap();
        assert!(Config::load(Some(&path), |_| None).unwrap_err().to_string().contains("proxy"));
    }

    #[test]
    fn an_identity_provider_comes_from_file_and_variables_and_its_secret_from_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (path, secret) = (folder.path().join("hub.toml"), folder.path().join("secret"));
        std::fs::write(&secret, "geheim\n").unwrap();
        let text = "[outside]\npublic_url = \"https://hub\"\n[sign_in]\nissuer = \"https://id\"\nclient_id = \"x\"\nonly = true\n";
        std::fs::write(&path, format!("{text}client_secret_file = {:?}\n", secret.display().to_string())).unwrap();
        let config = Config::load(Some(&path), |name| (name == "QITAO_SIGN_IN_CLIENT_ID").then(|| "qitao".to_owned())).unwrap();
        let sign_in = &config.sign_in;
        assert_eq!((sign_in.client_id.as_deref(), sign_in.client_secret.as_deref(), sign_in.only), (Some("qitao"), Some("geheim"), true));
        assert!(!format!("{config:?}").contains("geheim"));
        let gone = |name: &str| (name == "QITAO_SIGN_IN_CLIENT_SECRET_FILE").then(|| "/nowhere".to_owned());
        assert!(Config::load(Some(&path), gone).unwrap_err().to_string().contains("/nowhere"));
        let half = Config::load(None, |name| (name == "QITAO_SIGN_IN_ISSUER").then(|| "https://id".to_owned()));
        assert!(half.unwrap_err().to_string().starts_with("sign_in: "));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, "htp = \"x\"").unwrap();
        assert!(Config::load(Some(&path), |_| None).unwrap_err().to_string().contains("htp"));
        let error = Config::load(None, |name| (name == "QITAO_MQTT").then(|| "here".to_owned())).unwrap_err();
        assert!(error.to_string().contains("QITAO_MQTT=here"));
    }
}
