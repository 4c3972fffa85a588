//! The link to the hub as people see it.

use qitao_domain::protocol::Refusal;
use serde::Serialize;

use crate::clock;

/// State of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Facts flow.
    Online,
    /// No hub in reach; everything is kept.
    Offline,
    /// The hub will not have this edge; everything is kept.
    Refused,
    /// The edge has never been enrolled.
    Unenrolled,
}

/// The link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its state.
    pub state: LinkKind,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
    /// Facts that the hub does not have yet.
    pub backlog: u64,
    /// Since when the state is this, by the wall clock.
    pub since_ms: i64,
}

impl Link {
    /// Before anything is known of it.
    #[must_use]
    pub fn new(enrolled: bool) -> Self {
        let state = if enrolled { LinkKind::Offline } else { LinkKind::Unenrolled };
        Self { state, reason: None, backlog: 0, since_ms: clock::wall_ms() }
    }
}
