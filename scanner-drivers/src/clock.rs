//! Where stamps come from: a [`Clock`] handed to every driver, so that tests can set the time.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use qitao_domain::scan::Stamp;

/// Gives the three clocks of a [`Stamp`] at once.
pub trait Clock: Send + Sync {
    /// Now, by every clock.
    fn stamp(&self) -> Stamp;
}

/// The machine's clocks: wall, boot id and `CLOCK_MONOTONIC`.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    boot: u64,
}

impl SystemClock {
    /// Reads the kernel's boot id once.
    ///
    /// # Errors
    /// When the boot id cannot be read; facts could then not be told apart over a restart.
    pub fn new() -> io::Result<Self> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let boot = parse_boot_id(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the kernel's boot id is not a UUID"))?;
        Ok(Self { boot })
    }
}

fn parse_boot_id(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    (digits.len() == 16).then(|| u64::from_str_radix(&digits, 16).ok()).flatten()
}

impl Clock for SystemClock {
    fn stamp(&self) -> Stamp {
        let wall_ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        // CLOCK_MONOTONIC cannot fail on Linux; zero would only make an idle gap look shorter.
        let mono_us = clock_gettime(ClockId::CLOCK_MONOTONIC)
            .map_or(0, |t| u64::try_from(t.tv_sec()).unwrap_or(0) * 1_000_000 + u64::try_from(t.tv_nsec()).unwrap_or(0) / 1_000);
        Stamp { wall_ms, boot: self.boot, mono_us }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_id_is_the_first_64_bits_of_the_kernels_uuid() {
        assert_eq!(parse_boot_id("01234567-89ab-cdef-0011-223344556677\n"), Some(0x0123_4567_89ab_cdef));
        assert_eq!(parse_boot_id("nothing"), None);
    }

    #[test]
    fn monotonic_time_does_not_run_backwards() {
        let clock = SystemClock::new().unwrap();
        let (a, b) = (clock.stamp(), clock.stamp());
        assert!(b.mono_us >= a.mono_us);
        assert_eq!(a.boot, b.boot);
        assert!(a.wall_ms > 1_600_000_000_000);
    }
}
