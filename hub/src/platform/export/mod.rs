//! Export: every list as a sheet, with the filters, the scope and the rows of the list itself.
//!
//! A list is gone through page by page ([`lists`]) and written as it comes ([`sheet`]) with the columns that somebody wants ([`columns`]), so a
//! hundred thousand rows take no more memory than a thousand. Short ones are made at once, long ones by a job; both lie in the export centre
//! until they expire, for whoever asked for them alone. Who exported what, and who fetched it, is in the audit.

pub mod api;
pub mod columns;
mod customer_cells;
pub mod lists;
mod make;
pub mod sheet;
mod store;
#[cfg(test)]
mod tests;
mod ticket_cells;

pub use make::handler;
pub use store::ExportRow;

use super::files::FileError;
use super::jobs::Trouble;
use crate::http::problem::Problem;

/// Why an export comes to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not allowed, or asked for in a way that the list does not know.
    #[error("the list does not give this: {}", .0.rule())]
    Refused(Box<Problem>),
    /// Narrow it: there are more rows than a sheet holds.
    #[error("there are more than {0} rows")]
    TooLong(u32),
    /// The job that makes it has to stop.
    #[error(transparent)]
    Stopped(Trouble),
    /// See whether the disk is full.
    #[error("the sheet could not be written: {0}")]
    Sheet(String),
    /// See what the file store said.
    #[error(transparent)]
    File(#[from] FileError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl From<Problem> for ExportError {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}
