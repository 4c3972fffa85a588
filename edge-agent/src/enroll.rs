//! Enrolment: a one-time token becomes an identity. The edge's key is made here and never leaves the machine.

use data_encoding::BASE64;
use qitao_domain::ids::EdgeId;
use serde::{Deserialize, Serialize};

use std::path::Path;

use crate::config::{Config, GIVEN_CA};
use crate::identity::{self, Identity, IdentityError, Mqtt, Site};

/// Why enrolment did not come about.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// Check the address, the network, and whether the hub runs.
    #[error("the hub at {url} cannot be reached: {error}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        error: String,
    },
    /// The hub said no, and why; most often the token was used already.
    #[error("the hub refused ({status}): {why}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// Name a PEM file with the authority's certificate.
    #[error("authority {path}: {why}")]
    Authority {
        /// Which file.
        path: std::path::PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Already enrolled: facts of another edge may lie here.
    #[error("this folder is enrolled as {0}; use another --data folder, or --again to enrol the same edge anew")]
    Already(EdgeId),
    /// The identity cannot be kept.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

#[derive(Serialize)]
struct Request<'a> {
    token: &'a str,
    public_key: String,
    fingerprint: String,
    agent: &'static str,
    hostname: String,
}

#[derive(Deserialize)]
struct Answer {
    edge: EdgeId,
    site: Site,
    mqtt: Mqtt,
    hub_key: String,
}

/// Keeps the authority that a person brought along, so that from now on the hub and its broker are known by it.
///
/// # Errors
/// [`EnrollError::Authority`].
pub fn trust(config: &mut Config, authority: &Path) -> Result<(), EnrollError> {
    let wrong = |error: &dyn std::fmt::Display| EnrollError::Authority { path: authority.to_owned(), why: error.to_string() };
    let pem = std::fs::read(authority).map_err(|error| wrong(&error))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if found.is_empty() {
        return Err(wrong(&"no certificate in it"));
    }
    let kept = config.path(GIVEN_CA);
    std::fs::create_dir_all(&config.data).and_then(|()| std::fs::write(&kept, pem)).map_err(|error| wrong(&error))?;
    config.hub.ca = Some(kept);
    Ok(())
}

/// Asks the hub for an identity and keeps it.
///
/// # Errors
/// [`EnrollError`] says what to do.
pub async fn enroll(config: &Config, hub: &str, token: &str, again: bool) -> Result<Identity, EnrollError> {
    let before = match Identity::load(config) {
        Ok((identity, _)) if !again => return Err(EnrollError::Already(identity.edge)),
        Ok((identity, _)) => Some(identity.edge),
        Err(IdentityError::NotEnrolled) => None,
        Err(error) if again => {
            tracing::warn!(%error, "the old identity cannot be read");
            None
        }
        Err(error) => return Err(error.into()),
    };
    let hub = hub.trim_end_matches('/');
    let key = identity::own_key(config)?;
    let request = Request {
        token: token.trim(),
        public_key: BASE64.encode(key.verifying_key().as_bytes()),
        fingerprint: identity::fingerprint(config),
        agent: crate::VERSION,
        hostname: std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).unwrap_or_default(),
    };
    let url = format!("{hub}/edge/v1/enroll");
    let unreachable = |error: reqwest::Error| EnrollError::Unreachable { url: url.clone(), error: crate::http::words(&error) };
    let client = crate::http::client(config).map_err(|error| EnrollError::Unreachable { url: url.clone(), error })?;
    let response = client.post(&url).json(&request).send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        let text = response.text().await.unwrap_or_default();
        return Err(EnrollError::Refused { status: status.as_u16(), why: crate::http::problem(&text) });
    }
    let answer: Answer = response.json().await.map_err(unreachable)?;
    if before.is_some_and(|edge| edge != answer.edge) {
        tracing::warn!(edge = %answer.edge, "this folder belonged to another edge; what it had not sent is sent under the new one");
    }
    let identity = Identity { edge: answer.edge, hub: hub.to_owned(), hub_key: answer.hub_key, site: answer.site, mqtt: answer.mqtt };
    identity.save(config)?;
    Ok(identity)
}
