//! Questions to a scanner that are answered: reading and writing its settings.

use serde::{Deserialize, Serialize};

use super::menu::Answer;

/// What is asked, without the frame of its family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A line of commands. Honeywell: `CBRENA?.` or `CBRENA1!`, the last character says where it is kept. Newland: `@C11MIN*,MAX*`, the first one does.
    Menu(String),
    /// A packet of Zebra's Simple Serial Interface; see [`super::ssi::param_request`] and [`super::ssi::param_send`].
    Ssi {
        /// What to do.
        opcode: u8,
        /// Whether a change outlives power-off (status bit 3).
        permanent: bool,
        /// The rest of the packet.
        data: Vec<u8>,
    },
    /// A host byte of Datalogic that is answered in full: `i` identification, `h` health, `s` status.
    Host(u8),
    /// A service command of Datalogic with its `$`, without the carriage return, e.g. `$cC8EN`.
    Service(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// One answer for each command of the line. Newland's first one begins with the mark for where it is kept.
    Menu(Vec<Answer>),
    /// The packet that answered. An acknowledgement has opcode `D0` and no data; parameters are read by [`super::ssi::parameters`].
    Ssi {
        /// What it is.
        opcode: u8,
        /// The rest of the packet.
        data: Vec<u8>,
    },
    /// Datalogic's answer, without its outer marks or the end of its line.
    Text(Vec<u8>),
}

/// Why there is no reply, by what the caller must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Try again when the device is back.
    #[error("the scanner is not connected")]
    Offline,
    /// Read back before doing it again: nothing whole came in time, and nobody knows whether it took effect.
    #[error("the scanner did not answer in time")]
    Silent,
    /// Ask for something else. The number is the cause as the device told it (SSI: 2 does not know the command, 6 cannot comply).
    #[error("the scanner refused (cause {0})")]
    Refused(u8),
    /// Use a sheet of programming barcodes: over this wire, in this language, it cannot be asked, or the request is not well formed for it.
    #[error("this cannot be asked of this scanner over this connection")]
    Unsupported,
    /// Ask later: too many questions wait already.
    #[error("too many questions to this scanner wait already")]
    Busy,
}
