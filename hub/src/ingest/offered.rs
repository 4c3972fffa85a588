//! A fact as an edge offers it: read once, where it arrives, side by side with other edges; so that the one writer has only to book it.

use std::sync::Arc;

use qitao_domain::event::{Effect, Fact};
use serde::Deserialize;
use serde_json::Value;

/// A fact that is to be booked.
#[derive(Debug)]
pub struct Offered {
    /// The fact, or why it is none.
    pub fact: Result<Fact, String>,
    /// As it came, byte for byte as it would be written again.
    pub text: String,
    /// The verdict as it came.
    pub verdict: Value,
}

impl Offered {
    /// Reads a fact.
    #[must_use]
    pub fn read(value: &Value) -> Arc<Self> {
        let fact = Fact::deserialize(value).map_err(|error| error.to_string());
        Arc::new(Self { fact, text: value.to_string(), verdict: value.get("verdict").cloned().unwrap_or_default() })
    }

    /// The fact as it came.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Whether it says that a task is finished.
    #[must_use]
    pub fn ends_task(&self) -> bool {
        self.fact.as_ref().is_ok_and(|fact| fact.effects.iter().any(|effect| matches!(effect, Effect::TaskFinished { .. })))
    }
}
