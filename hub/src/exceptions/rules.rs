//! With what a case can be resolved, and who may. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::ingest::cases::right;

/// How a case is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Post the differences of a count.
    Approve,
    /// Leave the books as they are.
    Reject,
    /// Let a barcode mean an item from now on.
    Bind,
    /// Book a fact that could not be booked.
    Retry,
    /// Seen; nothing else is to be done.
    Dismiss,
}

impl Action {
    /// Its word in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Bind => "bind",
            Self::Retry => "retry",
            Self::Dismiss => "dismiss",
        }
    }
}

/// The actions that a case offers.
#[must_use]
pub fn actions(kind: &str, data: &Value) -> Vec<Action> {
    // A fact whose stock is booked already, only its task is not known, must never be booked again.
    let booked = data.get("booked").and_then(Value::as_bool).unwrap_or(false);
    match kind {
        "count_variance" => vec![Action::Approve, Action::Reject],
        "unknown_barcode" => vec![Action::Bind, Action::Dismiss],
        "unappliable_fact" if !booked => vec![Action::Retry, Action::Dismiss],
        _ => vec![Action::Dismiss],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::identity::Right;
    use serde_json::json;

    #[test]
    fn a_count_is_decided_and_not_dismissed() {
        assert_eq!(actions("count_variance", &json!({})), [Action::Approve, Action::Reject]);
        assert_eq!(right("count_variance"), Right::Approvals);
    }

    #[test]
    fn a_fact_whose_stock_is_booked_is_not_booked_again() {
        assert_eq!(actions("unappliable_fact", &json!({})), [Action::Retry, Action::Dismiss]);
        assert_eq!(actions("unappliable_fact", &json!({"booked": true})), [Action::Dismiss]);
    }

    #[test]
    fn what_concerns_an_edges_identity_is_for_admins() {
        assert_eq!(right("cloned_edge"), Right::Edges);
        assert_eq!(actions("something_of_a_later_version", &json!({})), [Action::Dismiss]);
    }
}
