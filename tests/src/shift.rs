//! An operator at a station: scans on the wire, waits for the answer, and keeps books of their own against which the hub is held.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::scanner::PtyScanner;

/// How long an answer may take before the operator gives up; far beyond what a loaded machine needs.
const ANSWER: Duration = Duration::from_secs(20);

/// What stands where, by the operator's own count: (location code, item id, carton) → units.
pub type Shelf = BTreeMap<(String, i64, i64), i64>;

/// One operator with one scanner.
pub struct Operator<'a> {
    scanner: &'a mut PtyScanner,
    panel: String,
    station: String,
    client: reqwest::Client,
    seen: String,
    /// Scans made so far.
    pub scans: u64,
}

impl<'a> Operator<'a> {
    /// Takes a scanner in hand. `panel` is the panel's address, `station` the station of this scanner.
    pub fn at(scanner: &'a mut PtyScanner, panel: &str, station: &str) -> Self {
        Self {
            scanner,
            panel: panel.to_owned(),
            station: station.to_owned(),
            client: reqwest::Client::new(),
            seen: String::new(),
            scans: 0,
        }
    }

    /// Scans, and waits for the station's answer to this scan.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn scan(&mut self, payload: &str) -> io::Result<Value> {
        self.scanner.scan(payload)?;
        self.scans += 1;
        let began = Instant::now();
        while began.elapsed() < ANSWER {
            if let Some(answer) = self.latest().await.filter(|answer| answer["scan"].as_str() != Some(&self.seen)) {
                self.seen = answer["scan"].as_str().unwrap_or_default().to_owned();
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer to {payload:?}")))
    }

    /// The station's last answer.
    async fn latest(&self) -> Option<Value> {
        let state = self.state().await.ok()?;
        let stations = state["stations"].as_array()?;
        let station = stations.iter().find(|station| station["id"] == self.station.as_str())?;
        station["last"].as_array()?.first().cloned()
    }

    /// The edge as its panel sees it.
    ///
    /// # Errors
    /// When the edge does not answer.
    pub async fn state(&self) -> io::Result<Value> {
        let answer = self.client.get(format!("{}/api/state", self.panel)).send().await.map_err(io::Error::other)?;
        answer.json().await.map_err(io::Error::other)
    }
}

/// Waits until something is so.
///
/// # Errors
/// When it is not so after `patience`; the message says what was waited for.
pub async fn until<F: Future<Output = bool>>(what: &str, patience: Duration, mut is_so: impl FnMut() -> F) -> io::Result<()> {
    let began = Instant::now();
    while !is_so().await {
        if began.elapsed() > patience {
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("waited {patience:?} in vain for {what}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
