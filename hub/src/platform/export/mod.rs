//! Export: every list as a sheet, with the filters, the scope and the rows of the list itself.
//!
//! Which lists there are is told by [`Exportable`]s of the business modules ([`Registry`]): their columns, filters and rows. A list is gone
//! through page by page ([`Reading`]) and written as it comes ([`sheet`]) with the columns that somebody wants ([`columns`]), so a
//! hundred thousand rows take no more memory than a thousand. Short ones are made at once, long ones by a job; both lie in the export centre
//! until they expire, for whoever asked for them alone. Who exported what, and who fetched it, is in the audit.

pub mod api;
pub mod columns;
mod filters;
mod make;
mod reading;
pub mod sheet;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use columns::Column;
pub use filters::Filters;
pub use make::handler;
pub use reading::{Reading, Rows, Words, moment, yuan};
pub use sheet::Out;
pub use store::ExportRow;

use super::fields::Subject;
use super::files::FileError;
use super::jobs::Trouble;
use super::scope::Entity;
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};

/// A list that can be exported.
#[async_trait::async_trait]
pub trait Exportable: Send + Sync + 'static {
    /// Its word in the API: `items`.
    fn word(&self) -> &'static str;

    /// What people call it.
    fn title(&self) -> Text;

    /// The kind of record that one has to see for it; none for what everybody sees.
    fn entity(&self) -> Option<Entity>;

    /// The kind of record whose custom fields are its last columns.
    fn subject(&self) -> Option<Subject> {
        None
    }

    /// The parameters of its page that narrow it; those about custom fields come with [`Self::subject`].
    fn filters(&self) -> &'static [&'static str];

    /// Its columns in the order of a row's cells, but for custom fields.
    fn columns(&self) -> Vec<Column>;

    /// Some rows of it as this reader sees them.
    ///
    /// # Errors
    /// A problem: without the right, out of scope, by a filter that is not understood, or when the database fails.
    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem>;
}

/// Everything that can be exported.
#[derive(Clone, Default)]
pub struct Registry(Arc<Vec<Arc<dyn Exportable>>>);

impl Registry {
    /// These.
    #[must_use]
    pub fn new(lists: Vec<Arc<dyn Exportable>>) -> Self {
        Self(Arc::new(lists))
    }

    /// All.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Exportable>> {
        self.0.iter()
    }

    /// By word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&Arc<dyn Exportable>> {
        self.0.iter().find(|list| list.word() == word)
    }
}

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
