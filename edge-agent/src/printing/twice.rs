//! Labels that may exist twice: one in doubt that was printed again, with the same serial number on both. Nobody sees from a label that it has a twin; but
//! goods are in one place. When a scan takes goods of such a number from where they are not, two labels of it are about.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use qitao_domain::event::{Effect, Fact, PrintOutcome};
use qitao_domain::ids::{LocationId, StationId};
use qitao_domain::work::Verdict;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{Job, PrintError, Printing, job};
use crate::core::{Event, Input};
use crate::outbox::{Append, Outbox, OutboxError};

const PREFIX: &str = "twice/";
/// Numbers watched at most; the oldest reprints are let go of first.
const WATCHED: usize = 5_000;

/// A serial number that was printed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    serial: String,
    /// The job that printed it again.
    job: u64,
    /// Where goods of this number went last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<LocationId>,
}

/// The numbers that are watched.
pub(super) struct Twice(Mutex<BTreeMap<String, Pair>>);

impl Twice {
    pub(super) fn read(outbox: &Outbox) -> Self {
        Self(Mutex::new(outbox.states::<Pair>(PREFIX).into_iter().collect()))
    }

    /// What is to be watched because of these jobs.
    pub(super) fn of_reprints(&self, jobs: &[Job]) -> Vec<Pair> {
        let watched = self.lock();
        let reprints = jobs.iter().filter(|job| job.reprint_of.is_some() && job.done == 0 && job.sent == 0);
        let serials = reprints.flat_map(|job| (1..=job.again).filter_map(|label| Some((job.serial_of(label)?, job.number))));
        serials.filter(|(serial, _)| !watched.contains_key(serial)).map(|(serial, job)| Pair { serial, job, at: None }).collect()
    }

    /// With the rows of new pairs, and without those of the oldest.
    pub(super) fn put(&self, rows: &mut Append, pairs: &[Pair]) -> Result<(), OutboxError> {
        for pair in pairs {
            rows.put(format!("{PREFIX}{}", pair.serial), pair)?;
        }
        let watched = self.lock();
        let over = (watched.len() + pairs.len()).saturating_sub(WATCHED);
        if over > 0 {
            let mut oldest: Vec<&Pair> = watched.values().collect();
            oldest.sort_by_key(|pair| pair.job);
            for pair in oldest.into_iter().take(over) {
                rows.delete(format!("{PREFIX}{}", pair.serial));
            }
        }
        Ok(())
    }

    /// Watches them from now on.
    pub(super) fn expect(&self, pairs: Vec<Pair>) {
        let mut watched = self.lock();
        watched.extend(pairs.into_iter().map(|pair| (pair.serial.clone(), pair)));
        while watched.len() > WATCHED {
            let Some(oldest) = watched.values().min_by_key(|pair| pair.job).map(|pair| pair.serial.clone()) else { return };
            watched.remove(&oldest);
        }
    }

    /// A fact with goods of a watched number: where they are now, and whether they were somewhere else than where they were taken from.
    fn notice(&self, fact: &Fact) -> Vec<(Pair, bool)> {
        let mut watched = self.lock();
        let moves = fact.effects.iter().filter_map(|effect| match effect {
            Effect::Moved { serial: Some(serial), from, to, reverses, .. } => Some((serial, *from, *to, reverses.is_some())),
            _ => None,
        });
        let mut noticed = Vec::new();
        for (serial, from, to, reverses) in moves {
            if let Some(pair) = watched.get_mut(serial) {
                let elsewhere = !reverses && pair.at.is_some_and(|at| at != from);
                pair.at = Some(to);
                noticed.push((pair.clone(), elsewhere));
            }
        }
        noticed
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Pair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Printing {
    /// Follows the scans, and says at the station and to the hub when a label and its reprint are both in use.
    pub(super) async fn watch_for_twins(self, stop: CancellationToken) {
        let mut events = self.inner.core.subscribe();
        while let Some(event) = stop.run_until_cancelled(events.recv()).await {
            let recorded = match event {
                Ok(Event::Recorded(recorded)) => recorded,
                Ok(Event::Tasks) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            for (pair, twin) in self.inner.twice.notice(&recorded.fact) {
                let station = recorded.fact.station.clone();
                let kept = if twin { self.tell_twin(station, pair).await } else { self.keep_place(&pair).await };
                if let Err(error) = kept {
                    tracing::error!(%error, "where a reprinted label went is not kept");
                    return;
                }
            }
        }
    }

    async fn keep_place(&self, pair: &Pair) -> Result<(), PrintError> {
        let mut rows = Append::new();
        rows.put(format!("{PREFIX}{}", pair.serial), pair)?;
        self.inner.core.outbox().reserve_even_when_full().await?.send(rows).durable().await?;
        Ok(())
    }

    async fn tell_twin(&self, station: StationId, pair: Pair) -> Result<(), PrintError> {
        let mut rows = Append::new();
        rows.put(format!("{PREFIX}{}", pair.serial), &pair)?;
        let name = job::name(pair.job);
        let verdict = Verdict::PrinterFault { reason: format!("标签重复 two labels {}: 补打 reprinted by {name}", pair.serial) };
        // In doubt for the hub too: a case that somebody looks into.
        let outcome = PrintOutcome::Uncertain;
        let effects = vec![Effect::Printed { job: name.clone(), outcome, labels: 1, reprint_of: Some(name), serials: vec![pair.serial] }];
        self.inner.core.take(station, Input::Note { what: "duplicate_label".into(), verdict, effects, rows }).await?;
        Ok(())
    }
}
