//! A scope as a part of statements: what each database finds rows by, and what it passes over.

use sea_orm::sea_query::{Cond, Condition, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, IntoSimpleExpr as _};

use super::entity::{Entity, PartOf};
use super::{FEW, Owned, Scope, Within};
use crate::platform::sql::Sql;

/// Adds ` UNION ALL …`: records that are parts of what somebody owns, works on or has a share of.
fn parts_of_own(mut sql: Sql, entity: Entity, table: &str, person: i64) -> Sql {
    for PartOf { column, whole, table: above, owner } in entity.part_of() {
        let own = format!(" UNION ALL SELECT y.id FROM {table} y WHERE y.{column} IN (SELECT z.id FROM {above} z WHERE z.{owner} = ");
        sql = sql.text(&own).bind(person).text(" UNION ALL SELECT k.record_id FROM collaborator k WHERE k.entity = ").bind(whole.word());
        sql = sql.text(" AND k.person_id = ").bind(person);
        if let Some((shares, record)) = whole.shares() {
            sql = sql.text(&format!(" UNION ALL SELECT h.{record} FROM {shares} h WHERE h.person_id = ")).bind(person);
        }
        sql = sql.text(")");
    }
    sql
}

impl Scope {
    /// Adds ` AND …` to a statement for rows whose `column` is a site, or nothing when all is visible. `column` is part of the program.
    #[must_use]
    pub fn filter(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Sites(sites) => sql.text(&format!(" AND {column} IN ")).among(sites.iter().map(|site| site.0)),
            // A few sites are named: a database that is asked for those of a range of organisations guesses how many they are.
            Self::Within(within) if within.site_count() <= FEW => sql.text(&format!(" AND {column} IN ")).among(within.sites()),
            Self::Within(within) => {
                let sql =
                    sql.text(&format!(" AND {column} IN (SELECT w.id FROM site w JOIN organisation o ON o.id = w.organisation_id WHERE "));
                within.condition(sql).text(")")
            }
        }
    }

    /// Adds ` AND …` for rows whose `column` is an organisation. `column` is part of the program.
    #[must_use]
    pub fn filter_organisation(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Sites(_) => sql.text(" AND 1 = 0"),
            Self::Within(within) => {
                within.condition(sql.text(&format!(" AND {column} IN (SELECT o.id FROM organisation o WHERE "))).text(")")
            }
        }
    }

    /// Adds `(…)`: what `organisation o` must fulfil, for something that holds there and beneath it, to matter to the reader: it is in sight,
    /// or above what is.
    #[must_use]
    pub fn filter_holding(&self, sql: Sql) -> Sql {
        match self {
            Self::All => sql.text("(1 = 1)"),
            Self::Sites(_) => sql.text("(1 = 0)"),
            Self::Within(within) => {
                let above = within.below.iter().chain(&within.exactly).flat_map(|organisation| within.tree.down_to(*organisation));
                let above: std::collections::BTreeSet<i64> = above.collect();
                within.condition(sql.text("(")).text(" OR o.id IN ").among(above).text(")")
            }
        }
    }

    /// As [`Scope::filter`], for rows that are found by something else, such as the newest, or those of some items: of a wide scope that is
    /// what the database goes by, and passes over the few rows of other sites. Otherwise it would go through all sites in it.
    #[must_use]
    pub fn filter_last(&self, sql: Sql, column: &str) -> Sql {
        // No database reads an index by an expression.
        if self.is_wide() { self.filter(sql, &format!("({column} + 0)")) } else { self.filter(sql, column) }
    }

    /// As [`Scope::filter_last`], for rows whose `column` is an organisation.
    #[must_use]
    pub fn filter_organisation_last(&self, sql: Sql, column: &str) -> Sql {
        match self {
            Self::Within(within) if within.site_count() <= FEW => sql.text(&format!(" AND {column} IN ")).among(within.organisations()),
            _ if self.is_wide() => self.filter_organisation(sql, &format!("({column} + 0)")),
            _ => self.filter_organisation(sql, column),
        }
    }

    /// Whether one site in fifty, or more, is in it.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        match self {
            Self::All => true,
            Self::Sites(_) => false,
            Self::Within(within) => within.site_count() * 50 >= within.tree.site_count(),
        }
    }

    /// Whether one site in four, or more, is in it: what is there lies about as dense as in the whole chain.
    #[must_use]
    pub fn is_large(&self) -> bool {
        match self {
            Self::All => true,
            Self::Sites(_) => false,
            Self::Within(within) => within.site_count() * 4 >= within.tree.site_count(),
        }
    }

    /// Adds ` AND …` for rows that have an owner.
    #[must_use]
    pub fn filter_owned(&self, sql: Sql, columns: Owned<'_>) -> Sql {
        self.owned(sql, columns, Within::reached)
    }

    /// As [`Scope::filter_owned`], for rows that nothing else narrows and that need no order: they are found by their organisations, however
    /// many these are.
    pub(super) fn filter_owned_alone(&self, sql: Sql, columns: Owned<'_>) -> Sql {
        self.owned(sql, columns, Within::found)
    }

    fn owned(&self, sql: Sql, columns: Owned<'_>, reached: fn(&Within, Sql, &str) -> Sql) -> Sql {
        let Owned { entity, table, id, organisation, owner } = columns;
        match self {
            Self::All => sql,
            Self::Sites(_) => sql.text(" AND 1 = 0"),
            Self::Within(within) => {
                // Lists of ids, each read by an index of its own. Of much of the chain such a list would be all there is: rows are found by
                // something else then, such as their state or being the newest, and those of other places are passed over.
                let (sql, next) = if within.few().is_some() {
                    let those = format!(
                        " AND {id} IN (SELECT y.id FROM {table} y WHERE y.{organisation} IN (SELECT o.id FROM organisation o WHERE "
                    );
                    (within.condition(sql.text(&those)).text(")"), " UNION ALL ".to_owned())
                } else {
                    (reached(within, sql.text(" AND ("), &columns.at()), format!(" OR {id} IN ("))
                };
                let Some(person) = within.person else { return sql.text(")") };
                let end = if within.few().is_some() { ")" } else { "))" };
                let sql = sql
                    .text(&format!("{next}SELECT y.id FROM {table} y WHERE y.{owner} = "))
                    .bind(person)
                    .text(" UNION ALL SELECT c.record_id FROM collaborator c WHERE c.entity = ")
                    .bind(entity.word())
                    .text(" AND c.person_id = ")
                    .bind(person);
                let sql = match entity.shares().filter(|_| within.shared) {
                    Some((shares, record)) => {
                        sql.text(&format!(" UNION ALL SELECT h.{record} FROM {shares} h WHERE h.person_id = ")).bind(person)
                    }
                    None => sql,
                };
                let sql = if within.shared { parts_of_own(sql, entity, table, person) } else { sql };
                sql.text(end)
            }
        }
    }

    /// Adds ` AND …` for rows that are the share of a `person` in what an `organisation` did: in reach, or the reader's own.
    #[must_use]
    pub fn filter_shares(&self, sql: Sql, organisation: &str, person: &str) -> Sql {
        match self {
            Self::All => sql,
            Self::Within(Within { person: Some(own), .. }) if self.is_own_only() => sql.text(&format!(" AND {person} = ")).bind(*own),
            Self::Within(within) => {
                let sql = within.reached(sql.text(" AND ("), organisation);
                sql.bind_if(&format!(" OR {person} = "), within.person).text(")")
            }
            Self::Sites(_) => sql.text(" AND 1 = 0"),
        }
    }

    /// As [`Scope::filter_shares`], for rows `x` that are records of a kind of which people have shares.
    #[must_use]
    pub fn filter_shared(&self, sql: Sql, columns: Owned<'_>) -> Sql {
        let Owned { entity, table, id, organisation, .. } = columns;
        let Self::Within(within) = self else { return if *self == Self::All { sql } else { sql.text(" AND 1 = 0") } };
        let own = |sql: Sql, before: &str, after: &str| match entity.shares().zip(within.person) {
            Some(((shares, record), person)) => {
                let own = format!("{before}SELECT h.{record} FROM {shares} h WHERE h.person_id = ");
                sql.text(&own).bind(person).text(after)
            }
            None => sql,
        };
        if self.is_own_only() {
            return own(sql, &format!(" AND {id} IN ("), ")");
        }
        if let Some(few) = within.few() {
            let sql = sql.text(&format!(" AND {id} IN (SELECT y.id FROM {table} y WHERE y.{organisation} IN ")).among(few);
            return own(sql, " UNION ALL ", "").text(")");
        }
        let sql = within.reached(sql.text(" AND ("), &format!("x.{organisation}"));
        own(sql, &format!(" OR {id} IN ("), ")").text(")")
    }

    /// Whether nothing but the reader's own is in it.
    #[must_use]
    pub fn is_own_only(&self) -> bool {
        matches!(self, Self::Within(within) if within.person.is_some() && within.below.is_empty() && within.exactly.is_empty())
    }

    /// Adds the expression `whole` for rows whose `organisation` is in reach, `share` for the reader's own beside it.
    #[must_use]
    pub fn whole_or_share(&self, sql: Sql, organisation: &str, whole: &str, share: &str) -> Sql {
        match self {
            Self::Within(_) if self.is_own_only() => sql.text(share),
            Self::Within(within) => within.reached(sql.text("CASE WHEN "), organisation).text(&format!(" THEN {whole} ELSE {share} END")),
            Self::All | Self::Sites(_) => sql.text(whole),
        }
    }

    /// The same as [`Scope::filter`], for queries of entities.
    #[must_use]
    pub fn condition(&self, site: impl ColumnTrait) -> Condition {
        match self {
            Self::All => Cond::all(),
            Self::Sites(sites) => Cond::all().add(site.is_in(sites.iter().map(|site| site.0))),
            Self::Within(within) => {
                let mut organisations = Cond::any().add(Expr::col("id").is_in(within.exactly.iter().copied()));
                for (from, to) in within.ranges() {
                    organisations = organisations.add(Expr::col("path").gte(from).and(Expr::col("path").lt(to)));
                }
                let organisations = Query::select().column("id").from("organisation").cond_where(organisations).take();
                let sites =
                    Query::select().column("id").from("site").and_where(Expr::col("organisation_id").in_subquery(organisations)).take();
                Cond::all().add(site.into_simple_expr().in_subquery(sites))
            }
        }
    }
}
