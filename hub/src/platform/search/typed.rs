//! What people type, cut into pieces for each of which some record of the kind has a word.
//!
//! What is typed without a blank may still be several words (慕思床垫, musichuangdian, PK1177): it is cut where no word goes on. Of a number
//! the zeros in front need not be typed, or not all of them.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr};

use super::Kind;
use super::words::{cut, is_han, letters_and_numbers, runs};
use crate::platform::sql::Sql;

/// Characters that are looked at of what was typed, and pieces of it.
const TYPED: usize = 100;
const PIECES: usize = 8;
/// Pieces that the database is asked for.
const ASKED: usize = 150;
/// Pieces of letters and of digits that are taken out of one word, and how many of them may be of one character.
const APART: usize = 4;
const SINGLE: usize = 2;
/// Behind every text that begins with another.
const END: char = '\u{10ffff}';

/// Adds ` AND column …`: begins with a piece.
pub(super) fn begins(sql: Sql, column: &str, piece: &str) -> Sql {
    let sql = sql.text(&format!(" AND {column} >= ")).bind(piece.to_owned());
    sql.text(&format!(" AND {column} < ")).bind(format!("{piece}{END}"))
}

/// Whether a piece may be a part of a Chinese word or its sound: numbers and single letters are not.
pub(super) fn sounds(piece: &str) -> bool {
    piece.chars().next().is_some_and(is_han) || (piece.len() > 1 && piece.bytes().all(|b| b.is_ascii_lowercase()))
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

/// Whether a record of the kind has a word for a piece.
async fn known(db: &impl ConnectionTrait, kind: Kind, piece: &str) -> Result<bool, DbErr> {
    let sql =
        Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 AS one) AS one WHERE EXISTS (SELECT 1 FROM search_use u WHERE u.kind = ")
            .bind(kind.number());
    let mut sql = begins(sql, "u.word", piece).text(")");
    if sounds(piece) {
        sql = begins(sql.text(" OR EXISTS (SELECT 1 FROM search_key k WHERE 1 = 1"), "k.key", piece);
        // Its word may be one of another kind, or of what is gone.
        sql = sql.text(" AND EXISTS (SELECT 1 FROM search_use u WHERE u.kind = ").bind(kind.number()).text(" AND u.word = k.word))");
    }
    Ok(sql.number(db).await? == 1)
}

/// From which end a run is cut into the longest words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Front,
    Back,
}

/// Cuts what was typed. It asks the database for each piece once, and no more than so often.
struct Cutter<'a, C> {
    db: &'a C,
    kind: Kind,
    asked: HashMap<String, bool>,
}

impl<C: ConnectionTrait> Cutter<'_, C> {
    async fn known(&mut self, piece: &str) -> Result<bool, DbErr> {
        if let Some(known) = self.asked.get(piece) {
            return Ok(*known);
        }
        let known = self.asked.len() < ASKED && known(self.db, self.kind, piece).await?;
        self.asked.insert(piece.to_owned(), known);
        Ok(known)
    }

    /// Cuts a run that is no word into the longest that are; nothing when that cannot be done.
    async fn divided(&mut self, run: &str, from: From) -> Result<Option<Vec<String>>, DbErr> {
        let mut rest: Vec<char> = run.chars().collect();
        let chinese = rest.first().copied().is_some_and(is_han);
        // Of letters at least two: single ones would find everything.
        let least = if chinese { 1 } else { 2 };
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let mut length = rest.len();
            let piece = loop {
                if length < least || pieces.len() == PIECES {
                    return Ok(None);
                }
                let some = if from == From::Front { &rest[..length] } else { &rest[rest.len() - length..] };
                let piece: String = some.iter().collect();
                if self.known(&piece).await? {
                    break piece;
                }
                if !chinese && !sounds(&piece) {
                    return Ok(None);
                }
                length -= 1;
            };
            rest = if from == From::Front { rest.split_off(length) } else { rest[..rest.len() - length].to_vec() };
            pieces.push(piece);
        }
        Ok(Some(pieces))
    }

    /// The pieces of runs; nothing when one of them has none.
    async fn of_runs(&mut self, runs: &[String], from: From, zeros: Zeros) -> Result<Option<Vec<String>>, DbErr> {
        let mut pieces = Vec::new();
        for run in runs {
            let run = cut(run);
            let short = shortened(&run).filter(|_| zeros != Zeros::Stay);
            if zeros == Zeros::Go
                && let Some(short) = short
                && self.known(short).await?
            {
                pieces.push(short.to_owned());
            } else if self.known(&run).await? {
                pieces.push(run);
            } else if let Some(short) = short
                && self.known(short).await?
            {
                pieces.push(short.to_owned());
            } else {
                match self.divided(&run, from).await? {
                    Some(some) => pieces.extend(some),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(pieces))
    }

    /// The pieces of what was typed, the longest first since it says the most; nothing when one of them is nowhere.
    async fn pieces(&mut self, typed: &str, from: From, zeros: Zeros) -> Result<Option<Vec<String>>, DbErr> {
        let mut pieces = Vec::new();
        for token in typed.split_whitespace() {
            let runs = runs(token);
            let whole = cut(&runs.concat());
            if runs.is_empty() {
                continue;
            }
            if zeros != Zeros::Go && self.known(&whole).await? {
                pieces.push(whole);
                continue;
            }
            // 0.9 is no 9.
            let zeros = if token.contains(['.', ',']) { Zeros::Stay } else { zeros };
            let mut found = self.of_runs(&runs, from, zeros).await?;
            if found.is_none() {
                let apart = letters_and_numbers(&runs);
                if apart.len() > runs.len() && apart.len() <= APART {
                    found = self.of_runs(&apart, from, zeros).await?;
                }
            }
            let single = |piece: &&String| piece.len() == 1;
            match found.filter(|found| found.iter().filter(single).count() <= SINGLE) {
                Some(found) => pieces.extend(found),
                None => return Ok(None),
            }
        }
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.chars().count()));
        pieces.dedup();
        pieces.truncate(PIECES);
        Ok(Some(pieces).filter(|pieces| !pieces.is_empty()))
    }
}

/// What becomes of zeros in front of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zeros {
    /// They are part of it.
    Stay,
    /// They go where nothing is written with them.
    MayGo,
    /// They go.
    Go,
}

/// A number without the zeros in front of it, where two digits are left: one finds too much.
fn shortened(run: &str) -> Option<&str> {
    let number = run.trim_start_matches('0');
    (number.len() < run.len() && number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

/// Whether one record has words for all pieces.
async fn together(db: &impl ConnectionTrait, kind: Kind, pieces: &[String]) -> Result<bool, DbErr> {
    let Some((first, others)) = pieces.split_first() else { return Ok(false) };
    let mut sql = Sql::new("SELECT COUNT(*) FROM (SELECT 1 FROM (").append(&uses(kind, first)).text(") f WHERE 1 = 1");
    for piece in others {
        sql = sql.text(" AND (f.record || '') IN (").append(&uses(kind, piece)).text(")");
    }
    Ok(sql.text(" LIMIT 1) AS one").number(db).await? > 0)
}

/// The pieces of what was typed; nothing when one of them is nowhere.
///
/// # Errors
/// What the database said.
pub(super) async fn pieces(db: &impl ConnectionTrait, kind: Kind, typed: &str) -> Result<Option<Vec<String>>, DbErr> {
    let typed: String = typed.chars().take(TYPED).collect();
    let mut cutter = Cutter { db, kind, asked: HashMap::new() };
    let mut first = None;
    // 慕思床垫 begins as 慕思床架 does, and is 慕思 and 床垫 all the same; 012 begins 0125, and means 0012.
    for (from, zeros) in [(From::Front, Zeros::MayGo), (From::Back, Zeros::MayGo), (From::Front, Zeros::Go)] {
        let Some(found) = cutter.pieces(&typed, from, zeros).await? else { continue };
        if first.as_ref() == Some(&found) {
            continue;
        }
        if found.len() == 1 || together(db, kind, &found).await? {
            return Ok(Some(found));
        }
        first.get_or_insert(found);
    }
    Ok(first)
}
