//! PINs of operators, where the site wants them: chosen at the first login here, asked for at every other.
//!
//! Kept at the edge only, so that they work with the hub away: hashed as the hub's passwords are, with the operator's row. Even so four digits are no
//! secret for long from whoever can read this machine's disk; they keep a found or borrowed badge from being used. For that, wrong ones are counted, also
//! over a restart: after [`FREE`] in a row none is taken for a minute, and after each further one for twice as long. A PIN belongs to one badge: a new
//! badge, given at the hub, begins anew, which is how a forgotten one is helped.
//!
//! Hashing is slow on purpose, the more so on a small machine. A PIN is therefore looked at before the decision, one at a time and off the floor's lock:
//! no other station waits for it.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use qitao_domain::barcode::{Command, Meaning, Pin, classify};
use qitao_domain::catalog::{BarcodeHit, Directory, ItemFacts, Location, LocationKind, Operator};
use qitao_domain::ids::{ItemId, LocationId, OperatorId, StationId};
use qitao_domain::scan::Stamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{Core, Input, Work};
use crate::clock;
use crate::outbox::{Append, Outbox, OutboxError};
use crate::replica::Catalogue;

/// Wrong PINs in a row that cost nothing but another scan of the badge.
const FREE: u32 = 5;
/// Longest time that none is taken: a person who stands before it can still be helped by waiting.
const LONGEST_MINUTES: u32 = 60;
const MINUTE_MS: u64 = 60_000;

static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// A PIN as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    badge: String,
    #[serde(flatten)]
    form: Form,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    /// An argon2id hash with its costs and salt, as a PHC string.
    Hashed { hash: String },
    /// From before PINs were hashed slowly; replaced at the next right one.
    Digest { salt: String, digest: String },
}

impl Form {
    fn new(pin: &Pin) -> Option<Self> {
        match Argon2::default().hash_password(pin.digits().as_bytes()) {
            Ok(hash) => Some(Self::Hashed { hash: hash.to_string() }),
            Err(error) => {
                tracing::error!(%error, "a PIN cannot be hashed");
                None
            }
        }
    }

    fn fits(&self, pin: &Pin) -> bool {
        match self {
            Self::Hashed { hash } => {
                PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(pin.digits().as_bytes(), &hash).is_ok())
            }
            Self::Digest { salt, digest } => {
                *digest == data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{salt} {}", pin.digits()).as_bytes()))
            }
        }
    }
}

/// Wrong PINs in a row, of one badge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tries {
    badge: String,
    wrong: u32,
    /// When the last of them was typed.
    last: Stamp,
}

impl Tries {
    /// Minutes for which no PIN is taken from `now` on.
    fn locked(&self, now: Stamp) -> Option<u32> {
        let over = self.wrong.checked_sub(FREE)?;
        let minutes = 1_u32.checked_shl(over).unwrap_or(LONGEST_MINUTES).min(LONGEST_MINUTES);
        let since_ms = if now.boot == self.last.boot {
            now.mono_us.saturating_sub(self.last.mono_us) / 1_000
        } else {
            // In another boot the wall clock is all there is, and it may have been set back; but the machine has been on for so long.
            u64::try_from(now.wall_ms.saturating_sub(self.last.wall_ms)).unwrap_or(0).max(now.mono_us / 1_000)
        };
        let left = (u64::from(minutes) * MINUTE_MS).saturating_sub(since_ms);
        (left > 0).then(|| u32::try_from(left.div_ceil(MINUTE_MS)).unwrap_or(LONGEST_MINUTES))
    }
}

/// Whose PIN a decision is about, and by which badge.
pub(super) struct Tried {
    pub(super) operator: OperatorId,
    pub(super) badge: String,
}

/// What was found out about a typed PIN before the decision.
#[derive(Debug)]
pub(super) struct Looked {
    operator: OperatorId,
    badge: String,
    right: bool,
    /// To be kept when it logs in: the first one, or one that was kept in an older form.
    fresh: Option<Form>,
    /// There was none yet.
    first: bool,
}

/// The catalogue, and the PINs beside it.
pub(super) struct WithPins<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) outbox: &'a Outbox,
    /// Whether the site wants them.
    pub(super) wanted: bool,
    /// What was typed, when a PIN was.
    pub(super) looked: Option<&'a Looked>,
    /// Who cannot log in now, of those that this decision is about, and for how many minutes.
    pub(super) locked: Option<(OperatorId, u32)>,
}

impl WithPins<'_> {
    /// The row of a PIN that has logged somebody in, where it has to be kept.
    pub(super) fn right(&self, operator: OperatorId, rows: &mut Append) -> Result<(), OutboxError> {
        let Some(Looked { badge, fresh: Some(form), .. }) = self.looked.filter(|looked| looked.operator == operator) else { return Ok(()) };
        rows.put(kept_key(operator), &Kept { badge: badge.clone(), form: form.clone() })
    }
}

fn kept_key(operator: OperatorId) -> String {
    format!("pin/{operator}")
}

fn tries_key(operator: OperatorId) -> String {
    format!("pin-tries/{operator}")
}

fn kept(outbox: &Outbox, operator: OperatorId, badge: &str) -> Option<Kept> {
    outbox.state::<Kept>(&kept_key(operator)).filter(|kept| kept.badge == badge)
}

impl Core {
    /// Looks at a PIN that is typed where a badge waits for it. Slow; `None` for everything else.
    pub(super) async fn look_at_pin(&self, station: &StationId, input: &Input) -> Option<Looked> {
        let operator = self.work().stations.get(station)?.station.pending?;
        let catalogue = self.replica.catalogue();
        let meaning = match input {
            Input::Scan(scan) => classify(&*catalogue, &scan.payload, scan.symbology),
            Input::Command(command) => classify(&*catalogue, command.as_bytes(), None),
            Input::Undo(_) | Input::LogOut { .. } | Input::Note { .. } => return None,
        };
        let Meaning::Command { command: Command::Pin { pin } } = meaning else { return None };
        let badge = catalogue.operator(operator)?.badge.clone();
        if self.pin_tries(&self.work(), operator, &badge).is_some_and(|tries| tries.locked(clock::stamp()).is_some()) {
            return None;
        }
        let kept = kept(&self.outbox, operator, &badge);
        let _turn = ONE_AT_A_TIME.acquire().await.ok()?;
        let look = move || {
            let right = kept.as_ref().is_none_or(|kept| kept.form.fits(&pin));
            let older = kept.as_ref().is_none_or(|kept| matches!(kept.form, Form::Digest { .. }));
            let fresh = if right && older { Form::new(&pin) } else { None };
            // One that cannot be kept would be another one next time.
            let right = right && (fresh.is_some() || !older);
            Looked { operator, badge, right, fresh, first: kept.is_none() }
        };
        tokio::task::spawn_blocking(look).await.ok()
    }

    /// Who cannot log in now, and for how many minutes.
    pub(super) fn locked(&self, work: &Work, tried: &Tried, now: Stamp) -> Option<(OperatorId, u32)> {
        Some((tried.operator, self.pin_tries(work, tried.operator, &tried.badge)?.locked(now)?))
    }

    fn pin_tries(&self, work: &Work, operator: OperatorId, badge: &str) -> Option<Tries> {
        // What was counted in this run may not be on disk yet.
        let tries = work.pin_tries.get(&operator).cloned().or_else(|| self.outbox.state(&tries_key(operator)));
        tries.filter(|tries: &Tries| tries.badge == badge)
    }

    /// Counts a PIN that was wrong, or forgets the wrong ones before a right one: the new count, to be remembered once its row is made.
    pub(super) fn count_pin(
        &self,
        work: &Work,
        tried: &Tried,
        right: bool,
        now: Stamp,
        rows: &mut Append,
    ) -> Result<Option<Tries>, OutboxError> {
        let before = self.pin_tries(work, tried.operator, &tried.badge).map_or(0, |tries| tries.wrong);
        if right && before == 0 {
            return Ok(None);
        }
        let wrong = if right { 0 } else { before.saturating_add(1) };
        let tries = Tries { badge: tried.badge.clone(), wrong, last: now };
        rows.put(tries_key(tried.operator), &tries)?;
        Ok(Some(tries))
    }
}

impl Directory for WithPins<'_> {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        self.catalogue.barcode(text)
    }
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        self.catalogue.item(id)
    }
    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        self.catalogue.item_by_code(code)
    }
    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        self.catalogue.location_by_code(code)
    }
    fn location(&self, id: LocationId) -> Option<&Location> {
        self.catalogue.location(id)
    }
    fn location_of_kind(&self, kind: LocationKind) -> Option<LocationId> {
        self.catalogue.location_of_kind(kind)
    }
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        self.catalogue.operator_by_badge(badge)
    }
    fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.catalogue.operator(id)
    }
    fn needs_pin(&self, _: OperatorId) -> bool {
        self.wanted
    }
    fn pin_locked(&self, operator: OperatorId) -> Option<u32> {
        self.locked.filter(|(locked, _)| *locked == operator).map(|(_, minutes)| minutes)
    }
    fn is_pin(&self, operator: OperatorId, _: &Pin) -> bool {
        let Some(Looked { operator: whose, badge, right, first, .. }) = self.looked else { return false };
        let as_looked_at = *whose == operator && self.catalogue.operator(operator).is_some_and(|known| known.badge == *badge);
        // Somebody else may have chosen one for this badge meanwhile.
        as_looked_at && *right && !(*first && kept(self.outbox, operator, badge).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_US: u64 = 60_000_000;

    fn stamp(boot: u64, minutes_up: u64, wall_minutes: i64) -> Stamp {
        Stamp { wall_ms: wall_minutes * 60_000, boot, mono_us: minutes_up * MINUTE_US }
    }

    fn tries(wrong: u32) -> Tries {
        Tries { badge: "007".into(), wrong, last: stamp(1, 100, 1_000_000) }
    }

    #[test]
    fn after_some_wrong_ones_none_is_taken_for_longer_and_longer() {
        let now = stamp(1, 100, 1_000_000);
        let locked: Vec<Option<u32>> = (0..=13).map(|wrong| tries(wrong).locked(now)).collect();
        let expected = [None, None, None, None, None, Some(1), Some(2), Some(4), Some(8), Some(16), Some(32), Some(60), Some(60), Some(60)];
        assert_eq!(locked, expected);
        assert_eq!(tries(u32::MAX).locked(now), Some(60));
        assert_eq!(tries(8).locked(stamp(1, 107, 0)), Some(1), "the wall clock has no say while the machine is on");
        assert_eq!(tries(8).locked(stamp(1, 108, 0)), None);
    }

    #[test]
    fn switching_the_machine_off_or_setting_its_clock_back_gains_nothing_and_locks_nobody_out_for_ever() {
        assert_eq!(tries(8).locked(stamp(2, 0, 1_000_003)), Some(5));
        assert_eq!(tries(8).locked(stamp(2, 0, 1_000_008)), None);
        assert_eq!(tries(8).locked(stamp(2, 0, 0)), Some(8));
        assert_eq!(tries(8).locked(stamp(2, 8, 0)), None, "the clock's battery is dead, but it was on for so long");
    }

    #[test]
    fn a_pin_is_kept_as_a_slow_hash_and_one_of_before_still_fits() {
        let pin = |digits: &str| Pin::new(digits).unwrap();
        let form = Form::new(&pin("4711")).unwrap();
        assert!(form.fits(&pin("4711")) && !form.fits(&pin("4712")));
        let kept = serde_json::to_value(Kept { badge: "007".into(), form }).unwrap();
        assert!(kept["hash"].as_str().unwrap().starts_with("$argon2id$"), "{kept}");
        // As a version before kept it: SHA-256 of "00ff 4711".
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(b"00ff 4711"));
        let old: Kept = serde_json::from_value(serde_json::json!({ "badge": "007", "salt": "00ff", "digest": digest })).unwrap();
        assert!(old.form.fits(&pin("4711")) && !old.form.fits(&pin("4712")));
    }
}
