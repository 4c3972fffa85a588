//! The HTTP client towards the hub: time limits, a private authority when there is one, and errors in words.

use std::error::Error as _;
use std::time::Duration;

use crate::config::Config;

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
