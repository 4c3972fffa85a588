//! Sign-ins under way, and who is bound to which identity, in the database.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Value};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::SignInError;
use super::secrets::LIFE_MS;
use crate::db::entity::hub_user;
use crate::db::{Db, storable};
use crate::platform::audit::{self, Change};
use crate::platform::identity;
use crate::platform::sql::Sql;

/// Writes down that somebody went to the provider, and throws out what is over.
pub(super) async fn begun(db: &Db, digest: String, return_to: String, now: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    Sql::new("DELETE FROM outside_sign_in WHERE expires_ms <= ").bind(now).run(&tx).await?;
    let row: [Value; 3] = [digest.into(), return_to.into(), (now + LIFE_MS).into()];
    Sql::new("INSERT INTO outside_sign_in (digest, return_to, expires_ms) VALUES ").list(row).run(&tx).await?;
    tx.commit().await
}

#[derive(FromQueryResult)]
struct Begun {
    return_to: String,
}

/// Takes a sign-in that was begun, so that it counts once: the page to come back to.
pub(super) async fn take(db: &Db, digest: &str, now: i64) -> Result<String, SignInError> {
    let tx = db.begin().await?;
    let sql = Sql::new("DELETE FROM outside_sign_in WHERE person_id IS NULL AND digest = ").bind(digest);
    let mut rows: Vec<Begun> = sql.text(" AND expires_ms > ").bind(now).text(" RETURNING return_to").all(&tx).await?;
    tx.commit().await?;
    rows.pop().map(|row| row.return_to).ok_or(SignInError::NotBegun)
}

/// Who is meant, for whom the provider vouched.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Meant {
    pub person_id: i64,
    pub subject: String,
    /// What they are called there.
    pub name: Option<String>,
}

/// Keeps who is meant until they have given a one-time code.
pub(super) async fn wait(db: &Db, digest: String, meant: &Meant, now: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let Meant { person_id, subject, name } = meant.clone();
    let row: [Value; 6] = [digest.into(), "".into(), (now + LIFE_MS).into(), person_id.into(), subject.into(), name.into()];
    let sql = "INSERT INTO outside_sign_in (digest, return_to, expires_ms, person_id, subject, name) VALUES ";
    Sql::new(sql).list(row).run(&tx).await?;
    tx.commit().await
}

/// Who is meant by a sign-in that waits for a one-time code.
pub(super) async fn waiting(db: &impl ConnectionTrait, digest: &str, now: i64) -> Result<Option<Meant>, DbErr> {
    let sql = Sql::new("SELECT person_id, subject, name FROM outside_sign_in WHERE person_id IS NOT NULL AND digest = ").bind(digest);
    sql.text(" AND expires_ms > ").bind(now).one(db).await
}

/// Ends the waiting; whether there was one, so that only one of two that come at once goes on.
pub(super) async fn waited(db: &Db, digest: &str) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let ended = Sql::new("DELETE FROM outside_sign_in WHERE person_id IS NOT NULL AND digest = ").bind(digest).run(&tx).await?;
    tx.commit().await?;
    Ok(ended > 0)
}

/// Somebody who may sign in.
pub(super) async fn may_sign_in(db: &impl ConnectionTrait, person: i64) -> Result<Option<hub_user::Model>, DbErr> {
    Ok(hub_user::Entity::find_by_id(person).one(db).await?.filter(|person| !person.disabled))
}

async fn bound_to(db: &impl ConnectionTrait, issuer: &str, subject: &str) -> Result<i64, DbErr> {
    let sql = Sql::new("SELECT person_id FROM outside_identity WHERE issuer = ").bind(issuer);
    sql.text(" AND subject = ").bind(storable(subject)).number(db).await
}

/// The person of an identity: whoever is bound to it, else whoever has the login that its claim says and no other identity of this issuer.
///
/// An identity that is bound to somebody who may not sign in is nobody's: it is never given to another person.
pub(super) async fn person(
    db: &impl ConnectionTrait,
    issuer: &str,
    (subject, login): (&str, Option<&str>),
    administrators: bool,
) -> Result<hub_user::Model, SignInError> {
    let bound = bound_to(db, issuer, subject).await?;
    if bound != 0 {
        return may_sign_in(db, bound).await?.ok_or(SignInError::Nobody);
    }
    let login = login.filter(|login| identity::check_login(login).is_ok()).ok_or(SignInError::Nobody)?;
    let person = identity::find(db, login).await?.filter(|person| !person.disabled).ok_or(SignInError::Nobody)?;
    let sql = Sql::new("SELECT COUNT(*) FROM outside_identity WHERE issuer = ").bind(issuer).text(" AND person_id = ").bind(person.id);
    if sql.number(db).await? > 0 {
        return Err(SignInError::Nobody);
    }
    // Names at a provider can often be chosen: an account that may do everything is not given away for one.
    if !administrators && identity::is_administrator(db, &person).await? {
        return Err(SignInError::Administrator);
    }
    Ok(person)
}

/// Binds an identity to a person, unless it is bound to them already.
pub(super) async fn bind(db: &Db, issuer: &str, meant: &Meant) -> Result<(), SignInError> {
    let tx = db.begin().await?;
    let person = may_sign_in(&tx, meant.person_id).await?.ok_or(SignInError::Nobody)?;
    let row: [Value; 4] = [issuer.into(), storable(&meant.subject).into(), person.id.into(), meant.name.clone().into()];
    let sql = Sql::new("INSERT INTO outside_identity (issuer, subject, person_id, name) VALUES ").list(row);
    // Also when the person has another identity of this issuer by now, or the identity another person.
    if sql.text(" ON CONFLICT DO NOTHING").run(&tx).await? == 0 {
        return if bound_to(&tx, issuer, &meant.subject).await? == person.id { Ok(()) } else { Err(SignInError::Nobody) };
    }
    let change = Change { author: &person.login, entity: "person", id: person.id.to_string(), action: "outside_bind" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"issuer": issuer, "subject": meant.subject}))).await?;
    tx.commit().await?;
    Ok(())
}

/// An identity at a provider that somebody signs in with.
#[derive(Debug, Clone, Serialize, FromQueryResult, ToSchema)]
#[schema(as = OutsideIdentity)]
pub struct OutsideRow {
    /// The provider's address.
    pub issuer: String,
    /// What they were called there when they first came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The identities of a person.
///
/// # Errors
/// What the database said.
pub async fn bindings(db: &impl ConnectionTrait, person: i64) -> Result<Vec<OutsideRow>, DbErr> {
    Sql::new("SELECT issuer, name FROM outside_identity WHERE person_id = ").bind(person).text(" ORDER BY issuer").all(db).await
}

#[derive(FromQueryResult)]
struct Forgotten {
    issuer: String,
    subject: String,
}

/// Takes all identities of a person away and signs them out, as when their account at the provider is in other hands. How many there were.
///
/// # Errors
/// What the database said.
pub async fn forget(db: &Db, author: &str, person: i64) -> Result<usize, DbErr> {
    let tx = db.begin().await?;
    let sql = Sql::new("DELETE FROM outside_identity WHERE person_id = ").bind(person);
    let rows: Vec<Forgotten> = sql.text(" RETURNING issuer, subject").all(&tx).await?;
    // Nobody may come in with what was begun before.
    Sql::new("DELETE FROM outside_sign_in WHERE person_id = ").bind(person).run(&tx).await?;
    if !rows.is_empty() {
        Sql::new("DELETE FROM hub_session WHERE user_id = ").bind(person).run(&tx).await?;
    }
    for row in &rows {
        let change = Change { author, entity: "person", id: person.to_string(), action: "outside_unbind" };
        audit::record(&tx, change, Some(json!({"issuer": row.issuer, "subject": row.subject})), audit::NOTHING).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}
