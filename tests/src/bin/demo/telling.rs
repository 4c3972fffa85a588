//! What the demonstration says, and what of it is not as it has to be.

use std::error::Error;
use std::fmt::Debug;
use std::io::{self, Write};

use qitao_tests::api::ApiError;
use serde_json::Value;

use crate::people::Somebody;

/// Why the demonstration cannot go on.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Says a line at once, also where the output is a pipe.
pub fn say(text: &str) {
    println!("{text}");
    let _ = io::stdout().flush();
}

/// Begins a part of the day.
pub fn chapter(chinese: &str, english: &str) {
    say(&format!("\n── {chinese} · {english}"));
}

/// The text of a value, or nothing.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The day as it is told: its steps, and its surprises.
pub struct Story {
    hub: String,
    /// What people did besides scanning.
    pub steps: u32,
    /// What was not as it had to be.
    pub surprises: u32,
}

impl Story {
    /// Nothing was told yet. `hub` is the address of the pages.
    pub fn of(hub: String) -> Self {
        Self { hub, steps: 0, surprises: 0 }
    }

    /// Somebody did something; `page` shows it in a browser.
    pub fn did(&mut self, who: &Somebody, chinese: &str, english: &str, page: &str) {
        self.steps += 1;
        say(&format!("  ✓ [{}] {chinese} · {english}", who.login));
        if !page.is_empty() {
            self.look(page);
        }
    }

    /// Where it is to be seen.
    pub fn look(&self, page: &str) {
        say(&format!("      → {}{page}", self.hub));
    }

    /// Holds what is against what it has to be.
    pub fn holds<T: PartialEq + Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.surprise(&format!("{what}: {found:?}, expected {wanted:?}"));
        }
    }

    /// Something was not as it had to be.
    pub fn surprise(&mut self, what: &str) {
        self.surprises += 1;
        say(&format!("  ✗ {what}   ← 意外 unexpected"));
    }

    /// The hub has to refuse this by a rule; says how it put it.
    pub fn refused(&mut self, who: &Somebody, what: &str, answer: Result<Value, ApiError>, rule: &str) -> Result<(), Failure> {
        let refusal: Value = match answer {
            Err(ApiError::Refused { body, .. }) => serde_json::from_str(&body).unwrap_or_default(),
            Err(error) => return Err(error.into()),
            Ok(answer) => answer,
        };
        if refusal["rule"] == rule {
            self.steps += 1;
            say(&format!("  ✗ [{}] {what}: {} ({rule})", who.login, text(&refusal["detail"])));
        } else {
            self.surprise(&format!("{what} has to be refused by {rule}: {refusal}"));
        }
        Ok(())
    }
}
