//! Login attempts: five wrong passwords for one login from one address lock it there for a quarter of an hour, fifty from anywhere lock the
//! login, and one address may try thirty logins a minute. Pure; time is handed in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Wrong passwords in a row, from one address, until the login is locked there.
pub const WRONG_HERE: u32 = 5;
/// Wrong passwords in a row, from anywhere, until the login is locked.
const WRONG_ANYWHERE: u32 = 50;
/// How long a lock lasts.
pub const LOCK_MS: i64 = 15 * 60 * 1000;
/// Attempts that one address may make in a minute.
const PER_MINUTE: u32 = 30;
const MINUTE_MS: i64 = 60 * 1000;
/// Entries kept before stale ones are thrown out.
const ROOM: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Tally {
    count: u32,
    since_ms: i64,
}

#[derive(Debug, PartialEq, Eq, Hash, Clone)]
enum Key {
    Here(String, IpAddr),
    Anywhere(String),
    Address(IpAddr),
}

/// Remembers failed logins in memory.
#[derive(Debug, Default)]
pub struct Attempts {
    tallies: Mutex<HashMap<Key, Tally>>,
}

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody may try now.
    ///
    /// # Errors
    /// After how many seconds they may.
    pub fn admit(&self, login: &str, from: IpAddr, now_ms: i64) -> Result<(), u64> {
        let mut tallies = self.lock();
        if tallies.len() >= ROOM {
            tallies.retain(|_, tally| now_ms - tally.since_ms < LOCK_MS);
        }
        let locked = locked(&tallies, login, from, now_ms).or_else(|| wait(&tallies, &Key::Address(from), PER_MINUTE, MINUTE_MS, now_ms));
        if let Some(seconds) = locked {
            return Err(seconds);
        }
        count(&mut tallies, Key::Address(from), MINUTE_MS, now_ms);
        Ok(())
    }

    /// Whether somebody who is signed in may show a secret once more.
    ///
    /// # Errors
    /// After how many seconds they may.
    pub fn admit_again(&self, login: &str, from: IpAddr, now_ms: i64) -> Result<(), u64> {
        locked(&self.lock(), login, from, now_ms).map_or(Ok(()), Err)
    }

    /// A wrong password was given.
    pub fn wrong(&self, login: &str, from: IpAddr, now_ms: i64) {
        let mut tallies = self.lock();
        for key in [Key::Here(login.to_owned(), from), Key::Anywhere(login.to_owned())] {
            count(&mut tallies, key.clone(), LOCK_MS, now_ms);
            // A lock counts from the last wrong attempt, not from the first.
            if let Some(tally) = tallies.get_mut(&key) {
                tally.since_ms = now_ms;
            }
        }
    }

    /// The right password was given: forget what came before.
    pub fn right(&self, login: &str, from: IpAddr) {
        let mut tallies = self.lock();
        tallies.remove(&Key::Here(login.to_owned(), from));
        tallies.remove(&Key::Anywhere(login.to_owned()));
    }
}

/// After how many seconds a tally is low enough again; nothing when it is.
fn wait(tallies: &HashMap<Key, Tally>, key: &Key, most: u32, span: i64, now_ms: i64) -> Option<u64> {
    let tally = tallies.get(key).filter(|tally| now_ms - tally.since_ms < span && tally.count >= most)?;
    Some(u64::try_from((tally.since_ms + span - now_ms).div_euclid(1000) + 1).unwrap_or(1))
}

/// After how many seconds a login is open again that too many wrong secrets have locked.
fn locked(tallies: &HashMap<Key, Tally>, login: &str, from: IpAddr, now_ms: i64) -> Option<u64> {
    wait(tallies, &Key::Here(login.to_owned(), from), WRONG_HERE, LOCK_MS, now_ms)
        .or_else(|| wait(tallies, &Key::Anywhere(login.to_owned()), WRONG_ANYWHERE, LOCK_MS, now_ms))
}

fn count(tallies: &mut HashMap<Key, Tally>, key: Key, span: i64, now_ms: i64) {
    let tally = tallies.entry(key).or_insert(Tally { count: 0, since_ms: now_ms });
    if now_ms - tally.since_ms >= span {
        *tally = Tally { count: 0, since_ms: now_ms };
    }
    tally.count += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn five_wrong_passwords_lock_the_login_here_and_time_unlocks_it() {
        let attempts = Attempts::default();
        for n in 0..5 {
            assert_eq!(attempts.admit("li", HOME, n), Ok(()));
            attempts.wrong("li", HOME, n);
        }
        assert!(attempts.admit("li", HOME, 10).is_err_and(|seconds| seconds > 800));
        assert_eq!(attempts.admit("li", AWAY, 10), Ok(()), "somebody elsewhere must not be able to lock a person out");
        assert_eq!(attempts.admit("han", HOME, 10), Ok(()));
        assert_eq!(attempts.admit("li", HOME, LOCK_MS + 10), Ok(()));
    }

    #[test]
    fn the_right_password_forgets_the_wrong_ones() {
        let attempts = Attempts::default();
        for _ in 0..3 {
            for _ in 0..4 {
                attempts.wrong("li", HOME, 0);
            }
            assert_eq!(attempts.admit("li", HOME, 1), Ok(()));
            attempts.right("li", HOME);
        }
    }

    #[test]
    fn one_address_may_not_try_many_logins() {
        let attempts = Attempts::default();
        for n in 0..PER_MINUTE {
            assert_eq!(attempts.admit(&format!("user{n}"), HOME, 0), Ok(()));
        }
        assert!(attempts.admit("one-more", HOME, 1).is_err());
        assert_eq!(attempts.admit("one-more", HOME, MINUTE_MS), Ok(()));
    }
}
