//! The edge's clocks. Order never comes from them; they are for people, reports and time-outs.

use std::sync::OnceLock;

use qitao_domain::scan::Stamp;
use qitao_scanner_drivers::clock::{Clock, SystemClock};

fn clock() -> Option<&'static SystemClock> {
    static CLOCK: OnceLock<Option<SystemClock>> = OnceLock::new();
    CLOCK
        .get_or_init(|| SystemClock::new().map_err(|error| tracing::error!(%error, "no boot id: facts of two boots look alike")).ok())
        .as_ref()
}

/// Now, by every clock: the same that the drivers use.
#[must_use]
pub fn stamp() -> Stamp {
    clock().map_or(Stamp { wall_ms: wall_ms(), boot: 0, mono_us: 0 }, Clock::stamp)
}

/// Which boot of the machine this is.
#[must_use]
pub fn boot() -> u64 {
    stamp().boot
}

/// Wall clock, milliseconds since 1970 UTC. May jump.
#[must_use]
pub fn wall_ms() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}
