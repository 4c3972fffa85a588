//! Lists of records with an owner: what narrows the rows of a page, and how all of them are counted or summed.
//!
//! A page goes by its order, such as the newest, and passes over what is elsewhere: it has enough soon. A count goes on to thousands. It reads the
//! table alone, without what a page shows of others, and where nothing else narrows it, it finds the rows by their organisations.

use super::{Owned, Scope};
use crate::platform::organisation::{Tree, end_of};
use crate::platform::sql::Sql;

/// The rows of a list: those in a scope, of a part of the chain when one is asked for, and narrowed by the rest.
pub struct Listed<'a> {
    /// What the reader may see.
    pub scope: &'a Scope,
    /// The chain.
    pub tree: &'a Tree,
    /// The organisation whose rows and those beneath it are asked for.
    pub below: Option<i64>,
    /// The columns that say whose a row is.
    pub columns: Owned<'a>,
    /// ` AND …`, by columns of the table alone.
    pub rest: &'a Sql,
}

impl Listed<'_> {
    /// ` AND …` for a page of them, in a statement where the organisation of a row is joined as `o`.
    #[must_use]
    pub fn rows(&self) -> Sql {
        self.tree.filter_below(self.scope.filter_owned(Sql::default(), self.columns), self.below).append(self.rest)
    }

    /// Selects something for each of them.
    #[must_use]
    pub fn each(&self) -> Sql {
        self.select(Sql::new("SELECT 1"), "")
    }

    /// Selects `what` of all of them; `joined` is what the rest needs beside the table.
    #[must_use]
    pub fn select(&self, what: Sql, joined: &str) -> Sql {
        let is_alone = self.rest.is_empty();
        let (table, alias) = (self.columns.table, self.columns.alias().trim_end_matches('.'));
        let mut sql = what.text(&format!(" FROM {table} {alias}{joined} WHERE 1 = 1"));
        if let Some(below) = self.below {
            let path = self.tree.node(below).map_or("", |node| node.path.as_str());
            let at = self.columns.at();
            // No database reads an index by an expression.
            let at = if is_alone { at } else { format!("({at} + 0)") };
            sql = sql.text(&format!(" AND {at} IN (SELECT o.id FROM organisation o WHERE o.path >= ")).bind(path);
            sql = sql.text(" AND o.path < ").bind(end_of(path)).text(")");
        }
        if is_alone { self.scope.filter_owned_alone(sql, self.columns) } else { self.scope.filter_owned(sql, self.columns) }
            .append(self.rest)
    }
}
