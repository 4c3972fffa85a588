//! Lists that are narrowed by what people type: by the words of the search, where going through every row would take seconds.
//!
//! How the rows are reached depends on how many have the rarest word: a few are named, more are joined, and of a word that a good part of
//! the chain has (订单) the list is walked in its own order and each row asked for its words until the page is full.

use sea_orm::{ConnectionTrait, DbErr};

use super::Kind;
use super::typed::{begins, pieces, sounds, uses};
use crate::platform::sql::Sql;

/// Up to how many rows with a word each way is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    /// They are named one by one.
    pub named: i64,
    /// They are joined.
    pub joined: i64,
}

const WAYS: Ways = Ways { named: 1_000, joined: 5_000 };
/// Words that one sound may stand for when rows are asked for their words.
const ALIKE: usize = 64;

/// What a list is narrowed by.
#[derive(Debug, Default)]
pub struct Narrow {
    /// ` AND …`; empty when nothing was typed.
    pub filter: Sql,
    /// So many have the word that those which the list shows are not worth counting.
    pub is_common: bool,
}

/// What a list of records of a kind, whose number is in `column`, is narrowed by. What no record has narrows it to nothing.
///
/// # Errors
/// What the database said.
pub async fn narrow(db: &impl ConnectionTrait, kind: Kind, typed: Option<&str>, column: &str) -> Result<Narrow, DbErr> {
    narrow_by(db, kind, typed, column, WAYS).await
}

pub(super) async fn narrow_by(
    db: &impl ConnectionTrait,
    kind: Kind,
    typed: Option<&str>,
    column: &str,
    ways: Ways,
) -> Result<Narrow, DbErr> {
    let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else { return Ok(Narrow::default()) };
    let nothing = Narrow { filter: Sql::new(" AND 1 = 0"), is_common: false };
    let Some(pieces) = pieces(db, kind, typed).await? else { return Ok(nothing) };
    let most = ways.joined.max(ways.named);
    let mut counted = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let sql = Sql::new("SELECT COUNT(*) FROM (").append(&uses(kind, &piece)).text(" LIMIT ").bind(most + 1);
        counted.push((sql.text(") AS counted").number(db).await?, piece));
    }
    counted.sort();
    let Some((&(count, ref rarest), others)) = counted.split_first() else { return Ok(nothing) };
    if count > most {
        let says = say(db, kind, counted.iter().map(|(_, piece)| piece), &format!("CAST({column} AS TEXT)")).await?;
        return Ok(Narrow { filter: says, is_common: true });
    }
    let found = |record: &str| Sql::new(format!("SELECT {record} FROM (")).append(&uses(kind, rarest)).text(") u WHERE 1 = 1");
    let in_column = Sql::new(format!(" AND {column} IN "));
    let says = say(db, kind, others.iter().map(|(_, piece)| piece), "u.record").await?;
    let filter = if count <= ways.named {
        let records = found("DISTINCT u.record").append(&says).texts(db).await?;
        in_column.among(records.iter().filter_map(|record| record.parse::<i64>().ok()))
    } else {
        in_column.text("(").append(&found("CAST(u.record AS BIGINT)").append(&says)).text(")")
    };
    Ok(Narrow { filter, is_common: false })
}

/// Adds ` AND …`: the record whose number is `record`, as text, has a word for each piece.
async fn say<'a>(db: &impl ConnectionTrait, kind: Kind, pieces: impl Iterator<Item = &'a String>, record: &str) -> Result<Sql, DbErr> {
    let (mut asked, mut among) = (Sql::default(), Sql::default());
    for piece in pieces {
        let Some(alike) = alike(db, kind, piece).await? else {
            among = among.text(&format!(" AND {record} IN (")).append(&uses(kind, piece)).text(")");
            continue;
        };
        // Words are letters and digits: nothing in them means something in a pattern.
        asked = asked.text(" AND (' ' || r.words || ' ' LIKE ").bind(format!("% {piece}%"));
        for word in alike {
            asked = asked.text(" OR ' ' || r.words || ' ' LIKE ").bind(format!("% {word} %"));
        }
        asked = asked.text(")");
    }
    if asked.is_empty() {
        return Ok(among);
    }
    // A count, since PostgreSQL would make one join of all rows out of whether there is one.
    let sql = Sql::new(" AND (SELECT COUNT(*) FROM search_record r WHERE r.kind = ").bind(kind.number());
    Ok(sql.text(&format!(" AND r.record = {record}")).append(&asked).text(") > 0").append(&among))
}

/// Chinese words that a piece stands for and that records of the kind have; nothing when they are too many to name.
async fn alike(db: &impl ConnectionTrait, kind: Kind, piece: &str) -> Result<Option<Vec<String>>, DbErr> {
    if !sounds(piece) {
        return Ok(Some(Vec::new()));
    }
    let sql = begins(Sql::new("SELECT DISTINCT k.word FROM search_key k WHERE 1 = 1"), "k.key", piece);
    let sql = sql.text(" AND EXISTS (SELECT 1 FROM search_use u WHERE u.kind = ").bind(kind.number()).text(" AND u.word = k.word)");
    let most = i64::try_from(ALIKE).unwrap_or(i64::MAX);
    let words = sql.text(" LIMIT ").bind(most + 1).texts(db).await?;
    Ok((words.len() <= ALIKE).then_some(words))
}
