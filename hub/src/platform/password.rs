//! Passwords: argon2id with a salt of their own, and what makes one good enough. Hashing is slow on purpose; it runs off the runtime's
//! threads and at most two at a time, so that a storm of logins cannot stop the warehouse.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use data_encoding::BASE32_NOPAD;
use tokio::sync::Semaphore;

static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// A real hash of a password nobody has, so that an unknown login cannot be told from a known one by time.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| Argon2::default().hash_password(&rand::random::<[u8; 16]>()).map(|hash| hash.to_string()).unwrap_or_default());

/// Shortest password that is taken, in characters.
pub const SHORTEST: usize = 8;
/// Longest password that is taken, in bytes: hashing more would only cost time.
pub const LONGEST: usize = 256;

/// Why a password could not be hashed or is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Choose a longer one.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// Choose a shorter one.
    #[error("a password has at most {LONGEST} bytes")]
    TooLong,
    /// The hash could not be made.
    #[error("cannot hash the password: {0}")]
    Hash(String),
}

/// Checks that a new password is good enough.
///
/// # Errors
/// [`PasswordError::TooShort`] or [`PasswordError::TooLong`].
pub fn check_new(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > LONGEST { Err(PasswordError::TooLong) } else { Ok(()) }
}

/// Hashes a password with a fresh salt.
///
/// # Errors
/// [`PasswordError::Hash`] when the system gives no randomness.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    off_thread(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|e| PasswordError::Hash(e.to_string()))
    })
    .await
    .unwrap_or_else(|| Err(PasswordError::Hash("the hub is stopping".to_owned())))
}

/// Whether a password fits a hash. Without a hash (nobody has that login, or they have no password) it takes as long, and is false.
pub async fn fits(password: String, hash: Option<String>) -> bool {
    off_thread(move || {
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.clone());
        let fits = PasswordHash::new(&hash).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        fits && known
    })
    .await
    .unwrap_or(false)
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _turn = AT_ONCE.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

/// A password that people can type from a screen: 4 groups of 4.
#[must_use]
pub fn invent() -> String {
    let text = BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()).to_ascii_lowercase();
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hashed = hash("正确的密码 1".to_owned()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(fits("正确的密码 1".to_owned(), Some(hashed.clone())).await);
        assert!(!fits("wrong".to_owned(), Some(hashed)).await);
        assert!(!fits("wrong".to_owned(), None).await);
        assert!(!fits(String::new(), Some(String::new())).await, "nobody comes in without one");
    }

    #[test]
    fn short_and_endless_passwords_are_refused_and_invented_ones_are_not() {
        assert_eq!(check_new("1234567"), Err(PasswordError::TooShort));
        assert_eq!(check_new(&"x".repeat(257)), Err(PasswordError::TooLong));
        assert_eq!(check_new(&invent()), Ok(()));
        assert_ne!(invent(), invent());
    }
}
