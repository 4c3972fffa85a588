//! Who is here now, in memory: connections, the last word of each edge, its health. Written to the database now and then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{DatasetVersion, Health};

/// An edge without a connection of its own (an external broker hides it) counts as online for so long after its last word; health comes
/// every 30 s.
const SILENCE_MS: i64 = 95_000;

/// What is known of an edge now.
#[derive(Debug, Clone, Default)]
pub struct Here {
    /// Its connection at the embedded broker.
    pub connection: Option<u64>,
    /// When it last said something.
    pub heard_ms: Option<i64>,
    /// Its last report.
    pub health: Option<Health>,
    /// The data sets that it has, from its last word of them.
    pub datasets: Option<Vec<DatasetVersion>>,
    /// Something here is not in the database yet.
    unsaved: bool,
}

impl Here {
    /// Whether it is online at this moment. A connection is proof; without one a recent word is, but not when the connection was seen to end.
    #[must_use]
    pub fn online(&self, now_ms: i64, broker_tells: bool) -> bool {
        self.connection.is_some() || (!broker_tells && self.heard_ms.is_some_and(|heard| now_ms.saturating_sub(heard) < SILENCE_MS))
    }
}

/// Everybody.
#[derive(Debug, Default)]
pub struct Presence(Mutex<HashMap<EdgeId, Here>>);

impl Presence {
    fn lock(&self) -> MutexGuard<'_, HashMap<EdgeId, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An edge logged in at the broker.
    pub fn came(&self, edge: &EdgeId, connection: u64, now_ms: i64) {
        let mut all = self.lock();
        let here = all.entry(edge.clone()).or_default();
        (here.connection, here.heard_ms, here.unsaved) = (Some(connection), Some(now_ms), true);
    }

    /// A connection ended. `false` when the edge has come back on another meanwhile.
    pub fn left(&self, edge: &EdgeId, connection: u64) -> bool {
        match self.lock().get_mut(edge) {
            Some(here) if here.connection == Some(connection) => {
                here.connection = None;
                true
            }
            _ => false,
        }
    }

    /// An edge said something.
    pub fn heard(&self, edge: &EdgeId, now_ms: i64) {
        let mut all = self.lock();
        let here = all.entry(edge.clone()).or_default();
        (here.heard_ms, here.unsaved) = (Some(now_ms), true);
    }

    /// An edge said how it is.
    pub fn health(&self, edge: &EdgeId, health: Health, now_ms: i64) {
        let mut all = self.lock();
        let here = all.entry(edge.clone()).or_default();
        (here.heard_ms, here.health, here.unsaved) = (Some(now_ms), Some(health), true);
    }

    /// An edge said which data sets it has.
    pub fn datasets(&self, edge: &EdgeId, datasets: Vec<DatasetVersion>) {
        let mut all = self.lock();
        let here = all.entry(edge.clone()).or_default();
        (here.datasets, here.unsaved) = (Some(datasets), true);
    }

    /// What is known of an edge.
    #[must_use]
    pub fn of(&self, edge: &EdgeId) -> Here {
        self.lock().get(edge).cloned().unwrap_or_default()
    }

    /// Edges that are online.
    #[must_use]
    pub fn online(&self, now_ms: i64, broker_tells: bool) -> Vec<EdgeId> {
        self.lock().iter().filter(|(_, here)| here.online(now_ms, broker_tells)).map(|(edge, _)| edge.clone()).collect()
    }

    /// What is to be written to the database, once.
    pub fn unsaved(&self) -> Vec<(EdgeId, Here)> {
        let mut all = self.lock();
        let changed = all.iter_mut().filter_map(|(edge, here)| std::mem::take(&mut here.unsaved).then(|| (edge.clone(), here.clone())));
        changed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_old_connection_does_not_end_the_new_one() {
        let (presence, edge) = (Presence::default(), EdgeId::new("e1").unwrap());
        presence.came(&edge, 1, 0);
        presence.came(&edge, 2, 10);
        assert!(!presence.left(&edge, 1));
        assert!(presence.of(&edge).online(10, true));
        assert!(presence.left(&edge, 2));
        assert!(!presence.of(&edge).online(10, true));
    }

    #[test]
    fn without_word_from_the_broker_silence_tells() {
        let (presence, edge) = (Presence::default(), EdgeId::new("e1").unwrap());
        presence.heard(&edge, 1_000);
        assert_eq!(presence.online(2_000, false), std::slice::from_ref(&edge));
        assert!(presence.online(2_000, true).is_empty());
        assert!(presence.online(1_000 + SILENCE_MS, false).is_empty());
        assert_eq!(presence.unsaved().len(), 1);
        assert!(presence.unsaved().is_empty());
    }
}
