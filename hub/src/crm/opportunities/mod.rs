//! Opportunities (商机): what a customer may buy, and how far it is on the way of its pipeline.
//!
//! Rules: stages, gates and reasons are settings (see [`crate::platform::stages`]); a move is refused with everything that is missing, the
//! same for pages and programs; one whose time in a stage is over says why before it goes on; one that is lost says why. Every stay in a
//! stage is kept, and the stage report is made of them. Open ones follow their customer to another owner.
//!
//! [`rules`] is pure, [`store`] lists, [`write`] makes and changes, [`moves`] goes from stage to stage, [`report`] counts, [`api`] is what
//! people and programs ask.

mod added;
pub mod api;
pub mod model;
mod moves;
pub mod report;
pub mod rules;
pub mod sheet;
mod store;
mod write;

pub use added::AddedFields;
pub use api::of_customer;
pub use report::{FunnelStage, funnel};
pub use store::unexplained_count;
pub use write::follow_customer;

use sea_orm::DbErr;

use crate::platform::fields::model::Choice;
use crate::platform::fields::{Broken, FieldError};
use crate::platform::stages::Missing;

/// Why an opportunity is not taken, or does not move.
#[derive(Debug, thiserror::Error)]
pub enum OpportunityError {
    /// Look at the list of opportunities.
    #[error("there is no such opportunity")]
    NoOpportunity,
    /// Look at the list of customers.
    #[error("there is no customer {0}")]
    NoCustomer(i64),
    /// Correct the text.
    #[error("{field} has at most {most} characters and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// How many.
        most: usize,
    },
    /// Correct the amount.
    #[error("an amount is from 0 to 1,000,000,000.00 yuan")]
    Amount,
    /// Write the day as 2026-05-01.
    #[error("{0} is no day of the years 2000 to 2100")]
    Day(&'static str),
    /// Look at the list of organisations.
    #[error("there is no active organisation {0}")]
    NoOrganisation(i64),
    /// Choose somebody else, who can sign in.
    #[error("there is no person {0} who could look after an opportunity")]
    NoOwner(i64),
    /// Choose a pipeline of the settings.
    #[error("there is no pipeline {0} of opportunities")]
    NoPipeline(String),
    /// Choose one of these reasons.
    #[error("{field} has no option {code}")]
    NoReason {
        /// `block_reason` or `lost_reason`.
        field: &'static str,
        /// What was given; empty when nothing was, and something has to be.
        code: String,
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// Bring what is missing.
    #[error("{} things are missing for this stage", .0.len())]
    Gate(Vec<Missing>),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the opportunity was changed meanwhile")]
    Changed,
    /// Correct the custom fields that are named.
    #[error("{} of the custom fields will not do", .0.len())]
    Custom(Vec<Broken>),
    /// Correct the settings of the pipeline.
    #[error(transparent)]
    Settings(#[from] FieldError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
