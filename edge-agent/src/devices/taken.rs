//! What an agent before this one took last from each scanner. A scanner that is told when its code is on disk (Zebra's packets) sends it again when the
//! agent was killed just before it could say so; the code is known by this then, and counted once.

use std::collections::BTreeMap;

use qitao_domain::barcode::bytes_of;
use qitao_domain::event::{Fact, Source};
use qitao_domain::ids::{DeviceId, Seq};
use qitao_scanner_drivers::scanner::speech::line::Taken;

use crate::outbox::Outbox;

/// Facts looked through: more than all scanners of an edge make in the few seconds in which a code is sent again.
const LOOKED_THROUGH: u64 = 200;

/// The last scan of each device among the last facts on disk.
pub(super) async fn last_taken(outbox: &Outbox) -> BTreeMap<DeviceId, Taken> {
    let first = Seq(outbox.position().next_seq.0.saturating_sub(LOOKED_THROUGH).max(1));
    // An outbox that cannot be read has said so, and takes no scan either.
    let rows = outbox.rows(first, LOOKED_THROUGH as usize).await.unwrap_or_default();
    let facts = rows.into_iter().filter_map(|row| serde_json::from_value::<Fact>(row.fact).ok());
    let scans = facts.filter_map(|fact| match fact.source {
        Source::Scanner { device, payload, .. } => Some((device, Taken { payload: bytes_of(&payload), at: fact.at })),
        _ => None,
    });
    scans.collect()
}
