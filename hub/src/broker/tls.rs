//! TLS of the embedded broker: certificate and key from files, read again when they have been renewed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// So often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);

/// PEM files of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
    /// The authority that edges are to trust, given to them when they join; none when systems trust it anyway.
    pub authority: Option<PathBuf>,
}

impl TlsFiles {
    /// Whether these files can be used; why not, in words.
    ///
    /// # Errors
    /// What is wrong, with which file.
    pub fn check(&self) -> Result<(), String> {
        self.acceptor()?;
        self.authority_pem().map(drop)
    }

    /// The authority's certificate as text.
    ///
    /// # Errors
    /// When there should be one and is none; in words.
    pub fn authority_pem(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.authority else { return Ok(None) };
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        match CertificateDer::from_pem_slice(text.as_bytes()) {
            Ok(_) => Ok(Some(text)),
            Err(error) => Err(wrong(&error)),
        }
    }

    fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let wrong = |path: &PathBuf, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let chain: Vec<_> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| wrong(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, &"no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(&self.key, &error))?;
        let settings = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| wrong(&self.certificate, &error))?;
        Ok(TlsAcceptor::from(Arc::new(settings)))
    }

    /// When either file last changed.
    fn changed(&self) -> Option<SystemTime> {
        let time = |path: &PathBuf| std::fs::metadata(path).and_then(|data| data.modified()).ok();
        time(&self.certificate).max(time(&self.key))
    }
}

/// Says which cryptography TLS clients of this process use. More than one is linked (each library brings its own), and none is taken by itself then.
pub(super) fn settle_cryptography() {
    // Whoever came first has settled it.
    let _ = default_provider().install_default();
}

struct Current {
    acceptor: TlsAcceptor,
    changed: Option<SystemTime>,
    looked: Instant,
}

/// A listener's TLS.
pub(super) struct Tls {
    files: TlsFiles,
    current: Mutex<Current>,
}

impl Tls {
    pub(super) fn read(files: TlsFiles) -> Result<Self, String> {
        files.authority_pem()?;
        let current = Current { changed: files.changed(), acceptor: files.acceptor()?, looked: Instant::now() };
        Ok(Self { files, current: Mutex::new(current) })
    }

    /// With the certificate of now. One that was renewed wrongly is not taken; the old one goes on.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK {
            current.looked = Instant::now();
            let changed = self.files.changed();
            if changed != current.changed {
                current.changed = changed;
                match self.files.acceptor() {
                    Ok(acceptor) => {
                        tracing::info!("the broker's certificate was renewed");
                        current.acceptor = acceptor;
                    }
                    Err(error) => tracing::error!(error, "the broker's new certificate cannot be used; the old one goes on"),
                }
            }
        }
        current.acceptor.clone()
    }
}
