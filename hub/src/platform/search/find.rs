//! Finding: what was typed is cut into pieces, and a record is found that has a word for each of them.
//!
//! What is typed without a blank may still be several words (慕思床垫, musichuangdian): it is cut where no word goes on.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::Kind;
use super::words::{Field, Tier, is_han, runs};
use crate::platform::scope::{Entity, Owned, Scope};
use crate::platform::sql::Sql;

/// Characters that are looked at of what was typed, and pieces of it.
const TYPED: usize = 100;
const PIECES: usize = 8;
/// Behind every text that begins with another.
const END: char = '\u{10ffff}';

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

/// Adds ` AND column …`: begins with a piece.
pub(super) fn begins(sql: Sql, column: &str, piece: &str) -> Sql {
    let sql = sql.text(&format!(" AND {column} >= ")).bind(piece.to_owned());
    sql.text(&format!(" AND {column} < ")).bind(format!("{piece}{END}"))
}

/// Whether a piece may be a part of a Chinese word or its sound: numbers and single letters are not.
pub(super) fn sounds(piece: &str) -> bool {
    piece.chars().next().is_some_and(is_han) || (piece.len() > 1 && piece.bytes().all(|b| b.is_ascii_lowercase()))
}

async fn known(db: &impl ConnectionTrait, kind: Kind, piece: &str) -> Result<bool, DbErr> {
    let sql =
        Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 AS one) AS one WHERE EXISTS (SELECT 1 FROM search_use u WHERE u.kind = ")
            .bind(kind.number());
    let mut sql = begins(sql, "u.word", piece).text(")");
    if sounds(piece) {
        sql = begins(sql.text(" OR EXISTS (SELECT 1 FROM search_key k WHERE 1 = 1"), "k.key", piece).text(")");
    }
    Ok(sql.number(db).await? == 1)
}

/// Cuts a run that is no word into the longest that are; nothing when that cannot be done.
async fn divided(db: &impl ConnectionTrait, kind: Kind, run: &str) -> Result<Option<Vec<String>>, DbErr> {
    let characters: Vec<char> = run.chars().collect();
    let chinese = characters.first().copied().is_some_and(is_han);
    // Of letters at least two: single ones would find everything.
    let least = if chinese { 1 } else { 2 };
    let (mut pieces, mut from) = (Vec::new(), 0);
    while from < characters.len() {
        let mut to = characters.len();
        let piece = loop {
            if to < from + least || pieces.len() == PIECES {
                return Ok(None);
            }
            let piece: String = characters[from..to].iter().collect();
            if known(db, kind, &piece).await? {
                break piece;
            }
            if !chinese && !sounds(&piece) {
                return Ok(None);
            }
            to -= 1;
        };
        pieces.push(piece);
        from = to;
    }
    Ok(Some(pieces))
}

/// The pieces of what was typed; nothing when one of them is nowhere.
pub(super) async fn pieces(db: &impl ConnectionTrait, kind: Kind, typed: &str) -> Result<Option<Vec<String>>, DbErr> {
    let typed: String = typed.chars().take(TYPED).collect();
    let mut pieces = Vec::new();
    for token in typed.split_whitespace() {
        let runs = runs(token);
        if runs.is_empty() {
            continue;
        }
        let whole = runs.concat();
        if known(db, kind, &whole).await? {
            pieces.push(whole);
            continue;
        }
        for run in runs {
            match divided(db, kind, &run).await? {
                Some(some) => pieces.extend(some),
                None => return Ok(None),
            }
        }
    }
    // The longest says the most.
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.chars().count()));
    pieces.dedup();
    pieces.truncate(PIECES);
    Ok(Some(pieces).filter(|pieces| !pieces.is_empty()))
}

/// A statement that gives the records of a kind which have a word for a piece, some of them more than once.
pub(super) fn uses(kind: Kind, piece: &str) -> Sql {
    let of_kind = "SELECT u.record FROM search_use u WHERE u.kind = ";
    let sql = begins(Sql::new(of_kind).bind(kind.number()), "u.word", piece);
    if !sounds(piece) {
        return sql;
    }
    let sql = sql.text(" UNION ALL ").text(of_kind).bind(kind.number());
    begins(sql.text(" AND u.word IN (SELECT k.word FROM search_key k WHERE 1 = 1"), "k.key", piece).text(")")
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
        Kind::Person => {
            if *scope == Scope::All {
                return sql;
            }
            let owned = Owned { entity: Entity::Person, table: "hub_user", id: "p.id", organisation: "organisation_id", owner: "id" };
            let sql = sql.text(" AND u.record IN (SELECT CAST(p.id AS TEXT) FROM hub_user p WHERE 1 = 1");
            scope.filter_owned(sql, owned).text(")")
        }
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
    let (mut hits, mut seen, mut more) = (Vec::new(), BTreeSet::new(), false);
    let mut take = |rows: Vec<Row>, rank: &dyn Fn(&Row) -> i32| {
        // Several words of one record may begin alike: what was not read is told by the rows, not by the records.
        more |= rows.len() > limit;
        for row in rows {
            let rank = rank(&row);
            if seen.insert(row.record.clone()) {
                hits.push(Hit { rank, record: row.record });
            }
        }
        hits.len()
    };

    let sql = Sql::new("SELECT u.record, u.word, u.field FROM search_use u WHERE u.kind = ").bind(kind.number());
    let sql = begins(sql, "u.word", first).append(&conditions).text(" ORDER BY u.word, u.record LIMIT ").bind(at_most);
    let mut count = take(sql.all(db).await?, &|row: &Row| {
        let exact = row.field == Field::Whole as i32 && row.word == *first;
        if exact { 0 } else { row.field }
    });
    for tier in [Tier::Sound, Tier::Within] {
        if count > limit || !sounds(first) {
            break;
        }
        let sql = Sql::new("SELECT u.record, u.word, u.field FROM search_use u WHERE u.kind = ").bind(kind.number());
        let sql = begins(sql.text(" AND u.word IN (SELECT k.word FROM search_key k WHERE 1 = 1"), "k.key", first);
        let sql = sql.text(" AND k.tier = ").bind(tier as i32).text(")").append(&conditions).text(" LIMIT ").bind(at_most);
        count = take(sql.all(db).await?, &|_: &Row| tier as i32);
    }
    let number = |hit: &Hit| hit.record.parse::<i64>().unwrap_or_default();
    hits.sort_by(|one, other| (one.rank, number(one), &one.record).cmp(&(other.rank, number(other), &other.record)));
    more |= hits.len() > limit;
    hits.truncate(limit);
    Ok(Found { hits, more })
}
