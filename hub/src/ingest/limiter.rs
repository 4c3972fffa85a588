//! So that somebody who sends rubbish fills neither log nor database: each kind of complaint about each edge at most once a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use qitao_domain::ids::EdgeId;

const APART_MS: i64 = 60_000;
/// Complaints remembered; more can only be an attack with many names.
const REMEMBERED: usize = 10_000;

/// When each complaint was last made.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<HashMap<(&'static str, EdgeId), i64>>);

impl Limiter {
    /// Whether a complaint may be made now.
    pub(super) fn may(&self, about: &'static str, edge: &EdgeId, now_ms: i64) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= REMEMBERED {
            last.retain(|_, at| now_ms.saturating_sub(*at) < APART_MS);
            if last.len() >= REMEMBERED {
                return false;
            }
        }
        let at = last.entry((about, edge.clone())).or_insert(i64::MIN);
        let may = now_ms.saturating_sub(*at) >= APART_MS;
        if may {
            *at = now_ms;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_complaint_of_a_kind_and_an_edge_in_a_minute() {
        let (limiter, a, b) = (Limiter::default(), EdgeId::new("a").unwrap(), EdgeId::new("b").unwrap());
        assert!(limiter.may("bytes", &a, 0));
        assert!(!limiter.may("bytes", &a, 59_999));
        assert!(limiter.may("signature", &a, 1));
        assert!(limiter.may("bytes", &b, 1));
        assert!(limiter.may("bytes", &a, 60_000));
    }
}
