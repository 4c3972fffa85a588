//! Fields that a chain adds to its records by itself, as data: which there are ([`model`]), what may stand in them ([`rules`]), where values
//! lie and how lists narrow and sort by them ([`access`]), how settings are drafted, published and taken back ([`store`], [`api`]).
//!
//! Rules: settings are drafted first and hold for nobody until they are published; a key keeps its kind for ever, because rows may hold
//! values of it; every value is checked here, whoever writes it, and a refusal names each field that is wrong. A record that was right when
//! it was written stays as it is: a new rule is asked when its custom fields are next changed.
//!
//! Another kind of record takes part with a line in [`subject`], a column `custom` by a migration, [`Compiled::accept`] where it is
//! written and [`Compiled::shown`] where it is read.

pub mod access;
pub mod api;
mod compile;
pub mod describe;
pub mod model;
pub mod personal;
pub mod rules;
pub mod store;
pub mod subject;
#[cfg(test)]
mod tests;

pub use compile::{Compiled, CompiledField, DefinitionFault};
pub use rules::{Broken, Situation};
pub use store::{Fields, declared_for_editing};
pub use subject::Subject;

use crate::http::problem::{Problem, Who};
use sea_orm::DbErr;

use super::drafts::DraftError;

/// Why settings of fields, or values, are not taken.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    /// Correct the values that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Broken(Vec<Broken>),
    /// Correct the definitions that are named.
    #[error("{} of the definitions will not do", .0.len())]
    Definitions(Vec<DefinitionFault>),
    /// See why the draft is not taken.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        match error {
            FieldError::Broken(broken) => rules::refusal(&broken),
            FieldError::Definitions(faults) => {
                let all: Vec<_> = faults.iter().map(DefinitionFault::to_json).collect();
                match faults.into_iter().next() {
                    Some(DefinitionFault { at, rule, zh, en, .. }) => Self::invalid(rule, at, zh, en).with("faults", all),
                    None => Self::internal(&"a refusal without a reason"),
                }
            }
            FieldError::Draft(error) => error.into(),
            FieldError::Database(error) => Self::internal(&error),
        }
    }
}

/// A field that the reader's role does not show, and that an answer would tell.
fn hidden(parameter: &'static str) -> Problem {
    let (zh, en) = ("您的角色看不到这个字段，不能按它筛选。", "Your role does not show this field; a list cannot be narrowed by it.");
    Problem::new(axum::http::StatusCode::FORBIDDEN, "field_right", zh, en).field(parameter).who(Who::Admin)
}

/// A field that the reader's role may not write.
#[must_use]
pub fn no_right(field: String) -> Problem {
    let (zh, en) = ("您的角色不能修改这个字段。", "Your role may not change this field.");
    Problem::new(axum::http::StatusCode::FORBIDDEN, "field_right", zh, en).field(field).who(Who::Admin)
}
