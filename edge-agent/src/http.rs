//! The HTTP client towards the hub: time limits, a private authority when there is one, signed requests, and errors in words.

use std::error::Error as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use qitao_domain::ids::EdgeId;

use crate::clock;
use crate::config::Config;
use crate::identity::Keys;

/// Signs requests as the hub wants it: who asks for what, and when, by the hub's clock as far as it has told.
pub struct Signer {
    edge: EdgeId,
    keys: Keys,
    /// Milliseconds by which the hub's clock is ahead of ours.
    skew: AtomicI64,
}

impl Signer {
    /// For an edge with its keys.
    #[must_use]
    pub const fn new(edge: EdgeId, keys: Keys) -> Self {
        Self { edge, keys, skew: AtomicI64::new(0) }
    }

    /// The `authorization` header of a request.
    #[must_use]
    pub fn sign(&self, method: &str, path: &str) -> String {
        let now = clock::wall_ms() + self.skew.load(Ordering::Relaxed);
        let signature = self.keys.sign(format!("qitao-http\n{method}\n{path}\n{}\n{now}", self.edge).as_bytes());
        format!("Qitao-Edge {}.{now}.{}", self.edge, BASE64URL_NOPAD.encode(&signature))
    }

    /// Takes the hub's time from its refusal. `false` when it does not tell it.
    pub fn learn(&self, refusal: &str) -> bool {
        let theirs = serde_json::from_str::<serde_json::Value>(refusal).ok().and_then(|problem| problem["now_ms"].as_i64());
        if let Some(theirs) = theirs {
            self.skew.store(theirs - clock::wall_ms(), Ordering::Relaxed);
        }
        theirs.is_some()
    }
}

/// A client for the hub.
///
/// # Errors
/// When the authority's file cannot be used; in words.
pub fn client(config: &Config) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        // A time limit on silence, not on the whole: a snapshot may take long on a thin line.
        .read_timeout(Duration::from_secs(30))
        .user_agent(concat!("qitao-edge/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &config.hub.ca {
        let pem = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| format!("{}: {e}", path.display()))?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|e| words(&e))
}

/// An error with its causes, down to the one that helps ("connection refused").
#[must_use]
pub fn words(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// What a problem answer says; the text itself when it is none.
#[must_use]
pub fn problem(text: &str) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let said = problem.as_ref().and_then(|p| p["detail"].as_str().or_else(|| p["title"].as_str()));
    said.unwrap_or(text).chars().take(300).collect()
}
