//! The edge's clocks. Order never comes from them; they are for people, reports and time-outs.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use qitao_domain::scan::Stamp;

/// Wall clock, milliseconds since 1970 UTC. May jump.
#[must_use]
pub fn wall_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// Now, by every clock.
#[must_use]
pub fn stamp() -> Stamp {
    let mono_us = clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map_or(0, |t| u64::try_from(t.tv_sec()).unwrap_or(0) * 1_000_000 + u64::try_from(t.tv_nsec()).unwrap_or(0) / 1000);
    Stamp { wall_ms: wall_ms(), boot: boot(), mono_us }
}

/// Which boot of the machine this is: the first 64 bits of the kernel's boot id.
#[must_use]
pub fn boot() -> u64 {
    static BOOT: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *BOOT.get_or_init(|| {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        // Without a boot id every start of the process counts as a boot of its own.
        u64::from_str_radix(&digits, 16).unwrap_or_else(|_| rand::random())
    })
}
