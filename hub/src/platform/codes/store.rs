//! Secrets and recovery codes in the database.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use sha2::{Digest, Sha256};

use super::{CodesError, rules};
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::password;
use crate::platform::sql::Sql;
use crate::platform::vault::{ONE_TIME_SECRET, Sealed, Vault, VaultError};

/// Recovery codes that somebody gets.
const RECOVERY: usize = 10;

#[derive(FromQueryResult)]
struct Secret {
    secret: Sealed,
    confirmed_ms: Option<i64>,
    last_step: i64,
}

async fn secret(db: &impl ConnectionTrait, person: i64) -> Result<Option<Secret>, DbErr> {
    Sql::new("SELECT secret, confirmed_ms, last_step FROM one_time_secret WHERE person_id = ").bind(person).one(db).await
}

/// Whether somebody gives codes when they sign in.
///
/// # Errors
/// What the database said.
pub async fn enrolled(db: &impl ConnectionTrait, person: i64) -> Result<bool, DbErr> {
    Ok(secret(db, person).await?.is_some_and(|secret| secret.confirmed_ms.is_some()))
}

/// Recovery codes that are still good.
pub(super) async fn recovery_left(db: &impl ConnectionTrait, person: i64) -> Result<i64, DbErr> {
    Sql::new("SELECT COUNT(*) FROM recovery_code WHERE used_ms IS NULL AND person_id = ").bind(person).number(db).await
}

/// A new secret, not asked for until a code of it was given.
pub(super) async fn begin(db: &Db, vault: &Vault, person: i64) -> Result<String, CodesError> {
    let text = BASE32_NOPAD.encode(&rand::random::<[u8; 20]>());
    let tx = db.begin().await?;
    if enrolled(&tx, person).await? {
        return Err(CodesError::Enrolled);
    }
    Sql::new("DELETE FROM one_time_secret WHERE person_id = ").bind(person).run(&tx).await?;
    let row: [Value; 3] = [person.into(), "".into(), 0_i64.into()];
    Sql::new("INSERT INTO one_time_secret (person_id, secret, last_step) VALUES ").list(row).run(&tx).await?;
    vault.for_writing(&tx).await?.put(&tx, &ONE_TIME_SECRET, person, Some(&text)).await?;
    tx.commit().await?;
    Ok(text)
}

fn digest(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    HEXLOWER.encode(&Sha256::digest(plain.as_bytes()))
}

/// Takes the first code; from now on codes are asked for. The recovery codes, shown once.
pub(super) async fn confirm(db: &Db, vault: &Vault, author: &str, person: i64, given: &str, now: i64) -> Result<Vec<String>, CodesError> {
    let tx = db.begin().await?;
    let found = secret(&tx, person).await?.ok_or(CodesError::NotBegun)?;
    if found.confirmed_ms.is_some() {
        return Err(CodesError::Enrolled);
    }
    let step = rules::fits(&opened(&tx, vault, person, &found).await?, given, now, found.last_step).ok_or(CodesError::Wrong)?;
    Sql::new("UPDATE one_time_secret SET confirmed_ms = ")
        .bind(now)
        .text(", last_step = ")
        .bind(step)
        .text(" WHERE person_id = ")
        .bind(person)
        .run(&tx)
        .await?;
    Sql::new("DELETE FROM recovery_code WHERE person_id = ").bind(person).run(&tx).await?;
    let codes: Vec<String> = (0..RECOVERY).map(|_| password::invent()).collect();
    for code in &codes {
        let row: [Value; 2] = [person.into(), digest(code).into()];
        Sql::new("INSERT INTO recovery_code (person_id, code_hash) VALUES ").list(row).run(&tx).await?;
    }
    audit::record(&tx, Change { author, entity: "person", id: person.to_string(), action: "codes_on" }, audit::NOTHING, audit::NOTHING)
        .await?;
    tx.commit().await?;
    Ok(codes)
}

/// The bytes of somebody's secret.
async fn opened(db: &impl ConnectionTrait, vault: &Vault, person: i64, found: &Secret) -> Result<Vec<u8>, VaultError> {
    let text = vault.for_reading(db).await?.open(&ONE_TIME_SECRET, person, &found.secret)?;
    Ok(raw(text.expose()))
}

fn raw(secret: &str) -> Vec<u8> {
    BASE32_NOPAD.decode(secret.as_bytes()).unwrap_or_default()
}

/// What a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nobody asked for one.
    NotAsked,
    /// Right; it is used up now.
    Right,
    /// None was given.
    Missing,
    /// Wrong, too old, or used already.
    Wrong,
}

/// Looks at the code that somebody gave when they signed in, and uses it up.
///
/// # Errors
/// [`CodesError`] when database or vault fail.
pub async fn answer(db: &Db, vault: &Vault, login: &str, person: i64, given: Option<&str>, now: i64) -> Result<Answered, CodesError> {
    let Some(found) = secret(db.read(), person).await?.filter(|secret| secret.confirmed_ms.is_some()) else {
        return Ok(Answered::NotAsked);
    };
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else { return Ok(Answered::Missing) };
    let tx = db.begin().await?;
    let used = match rules::fits(&opened(&tx, vault, person, &found).await?, given, now, found.last_step) {
        Some(step) => {
            let sql = Sql::new("UPDATE one_time_secret SET last_step = ").bind(step).text(" WHERE person_id = ").bind(person);
            sql.text(" AND last_step < ").bind(step).run(&tx).await?
        }
        None => {
            let sql = Sql::new("UPDATE recovery_code SET used_ms = ").bind(now).text(" WHERE used_ms IS NULL AND person_id = ");
            let used = sql.bind(person).text(" AND code_hash = ").bind(digest(given)).run(&tx).await?;
            if used > 0 {
                let change = Change { author: login, entity: "person", id: person.to_string(), action: "recovery_code" };
                audit::record(&tx, change, audit::NOTHING, audit::NOTHING).await?;
            }
            used
        }
    };
    tx.commit().await?;
    Ok(if used == 1 { Answered::Right } else { Answered::Wrong })
}

/// Takes somebody's codes away, as when their phone is lost; whether there were any.
///
/// # Errors
/// What the database said.
pub async fn forget(db: &Db, author: &str, person: i64) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let there = Sql::new("DELETE FROM one_time_secret WHERE person_id = ").bind(person).run(&tx).await? > 0;
    Sql::new("DELETE FROM recovery_code WHERE person_id = ").bind(person).run(&tx).await?;
    if there {
        let change = Change { author, entity: "person", id: person.to_string(), action: "codes_off" };
        audit::record(&tx, change, audit::NOTHING, audit::NOTHING).await?;
    }
    tx.commit().await?;
    Ok(there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::identity::{self, NewUser, Role};
    use crate::platform::vault::MasterAt;
    use zeroize::Zeroizing;

    #[tokio::test]
    async fn codes_are_asked_for_once_confirmed_and_each_is_good_once() {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let li = NewUser { login: "li".into(), name: "李".into(), role: Role::Sales, site: None, password: "password-1".into() };
        let li = identity::add(&db, "test", li).await.unwrap();
        let vault = Vault::open(&db, MasterAt::Text(Zeroizing::new("5".repeat(64)))).await.unwrap();
        let now = 1_700_000_000_000;
        let say = async |code: Option<&str>| answer(&db, &vault, "li", li, code, now).await.unwrap();
        let secret = begin(&db, &vault, li).await.unwrap();
        let kept = Sql::new("SELECT secret FROM one_time_secret").word(db.read()).await.unwrap().unwrap();
        assert!(!kept.contains(&secret), "sealed at rest");
        assert_eq!(say(None).await, Answered::NotAsked, "not before the first code was given");
        let shown = |before: i64| rules::code(&raw(&secret), rules::step(now) - before);
        assert!(matches!(confirm(&db, &vault, "li", li, "000", now).await, Err(CodesError::Wrong)));
        let recovery = confirm(&db, &vault, "li", li, &shown(1), now).await.unwrap();
        assert_eq!((recovery.len(), say(None).await, say(Some("1")).await), (RECOVERY, Answered::Missing, Answered::Wrong));
        let code = shown(0);
        assert_eq!((say(Some(&code)).await, say(Some(&code)).await), (Answered::Right, Answered::Wrong));
        let lost = recovery[3].to_uppercase();
        assert_eq!((say(Some(&lost)).await, say(Some(&lost)).await), (Answered::Right, Answered::Wrong));
        assert_eq!(recovery_left(db.read(), li).await.unwrap(), 9);
        assert!(matches!(begin(&db, &vault, li).await, Err(CodesError::Enrolled)));
        assert!(forget(&db, "admin", li).await.unwrap());
        assert_eq!(say(None).await, Answered::NotAsked);
    }
}
