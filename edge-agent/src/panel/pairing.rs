//! Devices that may use the panel over the network. A short code, shown only on this machine, is turned into a long token once.
//!
//! The code is guessed at by nobody: it lives ten minutes, is good once, and after a few wrong tries the one who tries waits. Tokens are kept as
//! digests; a person on this machine sees the devices and takes any of them out again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::core::CoreError;
use crate::outbox::{Append, Outbox};

/// How long a code lives.
pub(super) const LIFE_MS: i64 = 10 * 60_000;
/// Wrong codes from one address until it waits, and for how long.
const WRONG_HERE: u32 = 5;
/// Wrong codes from anywhere until the code is given up.
const WRONG_AT_ALL: u32 = 20;
/// Addresses remembered before old ones are thrown out.
const ROOM: usize = 1000;
/// Before each device's row.
const PREFIX: &str = "device/";

/// Why a device is not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Look at the code again.
    Wrong,
    /// Wait so many seconds.
    Wait(i64),
}

/// A device that is paired.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Device {
    /// What it says it is.
    pub(super) name: String,
    /// When it was paired.
    pub(super) at_ms: i64,
}

#[derive(Debug)]
struct Code {
    digits: String,
    until: i64,
    wrong: u32,
}

#[derive(Debug, Default)]
struct Doorman {
    code: Option<Code>,
    wrong: HashMap<IpAddr, (u32, i64)>,
}

impl Doorman {
    fn show(&mut self, now: i64) -> (String, i64) {
        if self.code.as_ref().is_none_or(|code| code.until <= now) {
            let digits = format!("{:08}", rand::random_range(0..100_000_000));
            self.code = Some(Code { digits, until: now + LIFE_MS, wrong: 0 });
        }
        self.code.as_ref().map(|code| (code.digits.clone(), code.until)).unwrap_or_default()
    }

    /// Whether the code is right; it is used up then.
    fn take(&mut self, said: &str, from: IpAddr, now: i64) -> Result<(), Refused> {
        if self.wrong.len() >= ROOM {
            self.wrong.retain(|_, (_, until)| *until > now);
        }
        let tried = self.wrong.get(&from).filter(|(_, until)| *until > now).map_or(0, |(tried, _)| *tried);
        if tried >= WRONG_HERE || self.wrong.len() >= ROOM {
            let until = self.wrong.get(&from).map_or(now + LIFE_MS, |(_, until)| *until);
            return Err(Refused::Wait((until - now) / 1000 + 1));
        }
        match &mut self.code {
            Some(code) if code.until > now && code.digits == digits(said) => {
                self.code = None;
                self.wrong.remove(&from);
                Ok(())
            }
            code => {
                self.wrong.insert(from, (tried + 1, now + LIFE_MS));
                if let Some(shown) = code {
                    shown.wrong += 1;
                    if shown.wrong >= WRONG_AT_ALL {
                        *code = None;
                    }
                }
                Err(Refused::Wrong)
            }
        }
    }
}

/// What somebody typed, or a scanner read off the screen (the address with the code in it), as digits.
pub(super) fn digits(said: &str) -> String {
    said.rsplit_once("code=").map_or(said, |(_, code)| code).chars().filter(char::is_ascii_digit).take(16).collect()
}

fn key(token: &str) -> String {
    format!("{PREFIX}{}", HEXLOWER.encode(&Sha256::digest(token.as_bytes())))
}

/// Pairs devices and knows them again.
pub(super) struct Pairing {
    outbox: Outbox,
    doorman: Mutex<Doorman>,
}

impl Pairing {
    pub(super) fn new(outbox: Outbox) -> Self {
        Self { outbox, doorman: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Doorman> {
        self.doorman.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code of now, and until when it is good.
    pub(super) fn show(&self) -> (String, i64) {
        self.lock().show(clock::wall_ms())
    }

    /// Whether the code is right; it is used up then.
    pub(super) fn take(&self, said: &str, from: IpAddr) -> Result<(), Refused> {
        self.lock().take(said, from, clock::wall_ms())
    }

    /// Keeps a device. Its token is known to it alone.
    pub(super) async fn keep(&self, name: &str) -> Result<String, CoreError> {
        let token = HEXLOWER.encode(&rand::random::<[u8; 32]>());
        let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
        let mut rows = Append::new();
        rows.put(key(&token), &Device { name, at_ms: clock::wall_ms() })?;
        self.outbox.append(rows).await?;
        Ok(token)
    }

    /// Whether a token is a paired device's.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.outbox.state::<Device>(&key(token)).is_some()
    }

    /// All devices, each with the name under which it is taken out.
    pub(super) fn devices(&self) -> Vec<(String, Device)> {
        self.outbox.states(PREFIX)
    }

    /// Takes a device out; its token is worth nothing any more.
    pub(super) async fn remove(&self, device: &str) -> Result<(), CoreError> {
        let mut rows = Append::new();
        rows.delete(format!("{PREFIX}{device}"));
        self.outbox.append(rows).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn other(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 1, n])
    }

    #[test]
    fn a_code_is_good_once_and_for_ten_minutes() {
        let mut doorman = Doorman::default();
        let (code, until) = doorman.show(0);
        assert_eq!((code.len(), until), (8, LIFE_MS));
        assert_eq!(doorman.show(LIFE_MS - 1).0, code, "everybody who looks sees the same");
        assert_eq!(doorman.take(&format!("{} {}", &code[..4], &code[4..]), HERE, 1), Ok(()));
        assert_eq!(doorman.take(&code, HERE, 2), Err(Refused::Wrong));
        let (code, until) = doorman.show(10);
        assert_eq!(doorman.take(&code, HERE, until), Err(Refused::Wrong));
    }

    #[test]
    fn the_address_that_a_scanner_reads_off_the_screen_holds_the_code() {
        assert_eq!(digits("http://192.168.1.5:8090/pair?code=12345678"), "12345678");
        assert_eq!(digits(" 1234-5678\r"), "12345678");
    }

    #[test]
    fn whoever_guesses_waits_and_guessing_from_many_places_ends_the_code() {
        let mut doorman = Doorman::default();
        let (code, _) = doorman.show(0);
        for _ in 0..WRONG_HERE {
            assert_eq!(doorman.take("1", HERE, 1), Err(Refused::Wrong));
        }
        assert!(matches!(doorman.take(&code, HERE, 2), Err(Refused::Wait(seconds)) if seconds > 500));
        assert_eq!(doorman.take(&code, other(0), 2), Ok(()), "somebody else is not held up");
        let (code, _) = doorman.show(3);
        for n in 0..20 {
            assert_eq!(doorman.take("1", other(n), 3), Err(Refused::Wrong));
        }
        assert_eq!(doorman.take(&code, other(99), 4), Err(Refused::Wrong));
        assert_ne!(doorman.show(5).0, code);
    }
}
