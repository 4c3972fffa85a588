//! The hub's wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Time for what must be tried at any hour: the wall clock, or one that stands until a test moves it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// A clock that stands.
    #[must_use]
    pub fn standing(at_ms: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at_ms))))
    }

    /// Moves a standing clock on; the wall clock goes by itself.
    pub fn forward(&self, ms: i64) {
        if let Some(hands) = &self.0 {
            hands.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.as_ref().map_or_else(now_ms, |hands| hands.load(Ordering::SeqCst))
    }
}
