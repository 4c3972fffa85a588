//! The columns of the lists: their words, what stands over them, and which of them somebody wants in which order.

use std::borrow::Cow;

use super::sheet::Out;
use super::{Exportable, Words};
use crate::http::problem::{Language, Problem, Text};
use crate::platform::fields::CompiledField;

/// A column of a list.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its word in the API; `custom.colour` for a custom field.
    pub id: Cow<'static, str>,
    /// What stands over it.
    pub title: Text,
}

impl Column {
    /// Columns of which each is its word, what stands over it in Chinese, and in English.
    #[must_use]
    pub fn all(of: Words) -> Vec<Self> {
        of.iter().map(|(id, zh, en)| Self { id: (*id).into(), title: Text::new(*zh, *en) }).collect()
    }
}

/// The columns of a list in the order of its rows; those of custom fields are the last.
#[must_use]
pub fn columns(list: &dyn Exportable, custom: &[&CompiledField]) -> Vec<Column> {
    list.columns().into_iter().chain(custom.iter().map(|of| custom_column(of))).collect()
}

fn custom_column(of: &CompiledField) -> Column {
    let (zh, en) = of.titles();
    Column { id: format!("custom.{}", of.field.key).into(), title: Text::new(zh.to_owned(), en.to_owned()) }
}

/// Which columns a sheet has, by their places in a row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen(Vec<usize>);

impl Chosen {
    /// Those that are wanted, in that order; all of them when nobody says. One that the reader's roles hide is one that is not there.
    ///
    /// # Errors
    /// A 422 problem that names the column that is not there, or comes twice.
    pub fn of(all: &[Column], wanted: Option<&[String]>) -> Result<Self, Problem> {
        let Some(wanted) = wanted else { return Ok(Self((0..all.len()).collect())) };
        let mut chosen = Vec::with_capacity(wanted.len());
        if wanted.is_empty() {
            let (zh, en) = ("至少要选一列。", "At least one column is needed.");
            return Err(Problem::invalid("export_columns", "columns", zh, en));
        }
        for (n, id) in wanted.iter().enumerate() {
            let field = format!("columns[{n}]");
            let Some(at) = all.iter().position(|column| column.id == *id) else {
                let (zh, en) = (format!("这个列表没有 {id} 这一列。"), format!("This list has no column {id}."));
                return Err(Problem::invalid("export_column", field, zh, en));
            };
            if chosen.contains(&at) {
                let (zh, en) = (format!("{id} 这一列写了两次。"), format!("The column {id} is given twice."));
                return Err(Problem::invalid("export_column_once", field, zh, en));
            }
            chosen.push(at);
        }
        Ok(Self(chosen))
    }

    /// What stands over them.
    #[must_use]
    pub fn heading(&self, all: &[Column], language: Language) -> Vec<String> {
        self.0.iter().filter_map(|at| all.get(*at)).map(|column| column.title.in_language(language).to_owned()).collect()
    }

    /// Their cells out of a row of the list.
    #[must_use]
    pub fn cells(&self, mut row: Vec<Out>) -> Vec<Out> {
        let mut cell = |at: &usize| row.get_mut(*at).map_or(Out::Empty, |cell| std::mem::replace(cell, Out::Empty));
        self.0.iter().map(&mut cell).collect()
    }
}
