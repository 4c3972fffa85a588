//! What a scanner said, and when.

use serde::{Deserialize, Serialize};

use crate::barcode::symbology::AimId;
use crate::ids::DeviceId;

/// Longest payload, in bytes, that any station accepts; the largest 2-D symbols hold 7,089 digits. Longer frames are cut by the driver and
/// reported as [`Framing::TooLong`], never handed on whole.
pub const MAX_PAYLOAD: usize = 8 * 1024;

/// When something happened, by every clock the edge has. Order comes from sequence numbers only; these are for people and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Wall clock, milliseconds since 1970-01-01 UTC. May jump.
    pub wall_ms: i64,
    /// Which boot of the machine: the first 64 bits of the kernel's boot id. Monotonic times compare only within one boot.
    pub boot: u64,
    /// Monotonic clock of that boot, microseconds.
    pub mono_us: u64,
}

/// One framed message from a scanner, before anything is known of its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The bytes between the frame's marks, without prefix, suffix and AIM identifier. May be any bytes, also invalid UTF-8.
    pub payload: Vec<u8>,
    /// The AIM symbology identifier, when the scanner sends it.
    pub symbology: Option<AimId>,
    /// Which scanner.
    pub device: DeviceId,
    /// When its last byte arrived.
    pub captured_at: Stamp,
    /// Whether the frame was whole.
    pub framing: Framing,
}

/// Whether a frame was whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Ended by its terminator, or by the idle gap of a device that sends none.
    Whole,
    /// The device vanished, or went silent, inside a frame that has a terminator.
    Torn,
    /// Longer than [`MAX_PAYLOAD`]; only the beginning is kept.
    TooLong,
}
