//! The last scans of every station, newest first, also after a restart.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use qitao_domain::event::Fact;
use qitao_domain::ids::{Seq, StationId};
use tokio::sync::broadcast::error::RecvError;

use crate::core::Event;
use crate::workplace::Workplace;

/// Scans remembered for each station.
const KEPT: usize = 20;
/// Facts looked through after a restart.
const LOOKED_THROUGH: u64 = 400;

/// The last scans of every station.
pub(super) struct Recent {
    stations: Mutex<BTreeMap<StationId, VecDeque<(u64, Fact)>>>,
}

impl Recent {
    /// Reads what the outbox still has, then follows what happens.
    pub(super) async fn start(workplace: &Workplace) -> Arc<Self> {
        let recent = Arc::new(Self { stations: Mutex::new(BTreeMap::new()) });
        let mut events = workplace.core.subscribe();
        let next = workplace.core.outbox().position().next_seq;
        let first = Seq(next.0.saturating_sub(LOOKED_THROUGH).max(1));
        let rows = workplace.core.outbox().rows(first, LOOKED_THROUGH as usize).await.unwrap_or_default();
        for row in rows {
            if let Ok(fact) = serde_json::from_value(row.fact) {
                recent.push(0, fact);
            }
        }
        let (following, stop) = (recent.clone(), workplace.stop.clone());
        workplace.tracker.spawn(async move {
            loop {
                let event = tokio::select! { event = events.recv() => event, () = stop.cancelled() => return };
                match event {
                    Ok(Event::Recorded(recorded)) => following.push(recorded.order, recorded.fact.clone()),
                    Ok(Event::Tasks) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
        recent
    }

    /// Takes a fact in, once: whoever shows a station after it calls this first, so that its answer is among the last scans.
    pub(super) fn push(&self, order: u64, fact: Fact) {
        let mut stations = self.stations.lock().unwrap_or_else(PoisonError::into_inner);
        let scans = stations.entry(fact.station.clone()).or_default();
        if scans.iter().any(|(_, known)| known.scan == fact.scan) {
            return;
        }
        // Answers of one station may become known out of the order of decisions.
        let at = scans.iter().position(|(other, _)| *other <= order).unwrap_or(scans.len());
        scans.insert(at, (order, fact));
        scans.truncate(KEPT);
    }

    /// The last scans of a station, newest first.
    pub(super) fn of(&self, station: &StationId) -> Vec<Fact> {
        let stations = self.stations.lock().unwrap_or_else(PoisonError::into_inner);
        stations.get(station).map(|scans| scans.iter().map(|(_, fact)| fact.clone()).collect()).unwrap_or_default()
    }
}
