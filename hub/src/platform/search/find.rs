//! Finding: a record is found that has a word for each piece of what was typed, the best first.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::Kind;
use super::typed::{begins, pieces, sounds, uses};
use super::words::{Field, Tier};
use crate::platform::scope::{Entity, Owned, Scope};
use crate::platform::sql::Sql;
use crate::service::tickets;

/// How often the words that begin with a piece are read on, where several are of one record.
const READS: usize = 8;

/// One record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// 0 the whole code or barcode, 1 its beginning, 2 a word of the name, 3 its sound, 4 within a word.
    pub rank: i32,
    /// Its number.
    pub record: String,
}

/// What was found, the best first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The records.
    pub hits: Vec<Hit>,
    /// There are more than were asked for.
    pub more: bool,
}

#[derive(FromQueryResult)]
struct Row {
    record: String,
    word: String,
    field: i32,
}

/// Adds ` AND …`: the record is one of those with an owner that are visible.
fn owned(sql: Sql, scope: &Scope, columns: Owned<'_>) -> Sql {
    let sql = sql.text(&format!(" AND u.record IN (SELECT CAST(p.id AS TEXT) FROM {} p WHERE 1 = 1", columns.table));
    scope.filter_owned(sql, columns).text(")")
}

/// What a record must fulfil beside having a word for the first piece: words for the others, and to be visible.
fn conditions(kind: Kind, others: &[String], scope: &Scope) -> Sql {
    let mut sql = Sql::default();
    for piece in others {
        // Put together with nothing, so that no index is tried for each record of one list with each of another.
        sql = sql.text(" AND (u.record || '') IN (").append(&uses(kind, piece)).text(")");
    }
    match kind {
        Kind::Item => sql,
        Kind::Location | Kind::Task | Kind::Edge => scope.filter(sql, "u.site_id"),
        Kind::Person | Kind::Customer | Kind::Ticket | Kind::Order | Kind::Quote | Kind::Contract if *scope == Scope::All => sql,
        Kind::Person => {
            owned(sql, scope, Owned { entity: Entity::Person, table: "hub_user", id: "p.id", organisation: "organisation_id", owner: "id" })
        }
        Kind::Ticket => owned(sql, scope, Owned { id: "p.id", ..tickets::OWNED }),
        Kind::Quote => owned(
            sql,
            scope,
            Owned { entity: Entity::Quote, table: "quote", id: "p.id", organisation: "organisation_id", owner: "owner_id" },
        ),
        Kind::Contract => owned(
            sql,
            scope,
            Owned { entity: Entity::Contract, table: "contract", id: "p.id", organisation: "organisation_id", owner: "owner_id" },
        ),
        Kind::Order => owned(
            sql,
            scope,
            Owned { entity: Entity::Order, table: "sales_order", id: "p.id", organisation: "organisation_id", owner: "owner_id" },
        ),
        Kind::Customer => owned(
            sql,
            scope,
            Owned { entity: Entity::Customer, table: "customer", id: "p.id", organisation: "organisation_id", owner: "owner_id" },
        ),
    }
}

/// Finds records of a kind within a scope, at most `limit`. Nothing typed finds nothing.
///
/// # Errors
/// What the database said.
pub async fn find(db: &impl ConnectionTrait, kind: Kind, scope: &Scope, typed: &str, limit: usize) -> Result<Found, DbErr> {
    let Some(pieces) = pieces(db, kind, typed).await? else { return Ok(Found::default()) };
    let Some((first, others)) = pieces.split_first() else { return Ok(Found::default()) };
    let conditions = conditions(kind, others, scope);
    let at_most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (mut hits, mut seen) = (Vec::new(), BTreeSet::new());
    let mut take = |record: String, rank: i32| {
        if seen.insert(record.clone()) {
            hits.push(Hit { rank, record });
        }
        seen.len()
    };

    let (mut count, mut more, mut after) = (0, false, None::<(String, String)>);
    for _ in 0..READS {
        let sql = Sql::new("SELECT u.record, u.word, u.field FROM search_use u WHERE u.kind = ").bind(kind.number());
        let mut sql = begins(sql, "u.word", first).append(&conditions);
        if let Some((word, record)) = after.take() {
            sql = sql.text(" AND (u.word, u.record) > ").list([word, record]);
        }
        let rows: Vec<Row> = sql.text(" ORDER BY u.word, u.record LIMIT ").bind(at_most).all(db).await?;
        more = rows.len() > limit;
        after = rows.last().map(|row| (row.word.clone(), row.record.clone()));
        for row in rows {
            let exact = row.field == Field::Whole as i32 && row.word == *first;
            count = take(row.record, if exact { 0 } else { row.field });
        }
        if !more || count > limit {
            break;
        }
    }
    for tier in [Tier::Sound, Tier::Within] {
        if count > limit || !sounds(first) {
            break;
        }
        let sql = Sql::new("SELECT DISTINCT u.record FROM search_use u WHERE u.kind = ").bind(kind.number());
        let sql = begins(sql.text(" AND u.word IN (SELECT k.word FROM search_key k WHERE 1 = 1"), "k.key", first);
        let sql = sql.text(" AND k.tier = ").bind(tier as i32).text(")").append(&conditions).text(" LIMIT ").bind(at_most);
        let records = sql.texts(db).await?;
        more |= records.len() > limit;
        for record in records {
            count = take(record, tier as i32);
        }
    }
    let number = |hit: &Hit| hit.record.parse::<i64>().unwrap_or_default();
    hits.sort_by(|one, other| (one.rank, number(one), &one.record).cmp(&(other.rank, number(other), &other.record)));
    more |= hits.len() > limit;
    hits.truncate(limit);
    Ok(Found { hits, more })
}
