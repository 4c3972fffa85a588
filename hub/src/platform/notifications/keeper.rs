//! Addresses and secrets of channels, webhooks and mailboxes are kept through this one door, so that they can be put behind a vault.
//! Wherever they are kept: they are never part of an answer, a log line or an error.

/// A sealed text cannot be opened: it is damaged, or its key is gone. Enter the secret again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was kept cannot be opened; enter it again")]
pub struct EnterAgain;

/// Seals and opens texts.
pub trait Keeper: Send + Sync + 'static {
    /// What may be written to the database.
    fn seal(&self, clear: &str) -> String;

    /// The text again.
    ///
    /// # Errors
    /// [`EnterAgain`].
    fn open(&self, sealed: &str) -> Result<String, EnterAgain>;
}

/// Keeps texts as they are, marked as such.
#[derive(Debug, Default)]
pub struct Unsealed;

const MARK: &str = "clear:";

impl Keeper for Unsealed {
    fn seal(&self, clear: &str) -> String {
        format!("{MARK}{clear}")
    }

    fn open(&self, sealed: &str) -> Result<String, EnterAgain> {
        sealed.strip_prefix(MARK).map(str::to_owned).ok_or(EnterAgain)
    }
}
