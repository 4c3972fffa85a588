//! People and their roles in the database.

use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use serde_json::json;

use super::{Actor, Grant, IdentityError, NewUser, Right, Role, StoredRole};
use crate::db::Db;
use crate::db::entity::{hub_session, hub_user};
use crate::platform::audit::{self, Change};
use crate::platform::organisation::{Tree, adopt_sites};
use crate::platform::password;
use crate::platform::search;
use crate::platform::sql::Sql;

/// What stands as the author of changes and the owner of jobs that no person made.
const RESERVED: [&str; 3] = ["hub", "edge", "system"];

/// Checks that a login can be typed and told apart.
///
/// # Errors
/// [`IdentityError::Login`].
pub fn check_login(login: &str) -> Result<(), IdentityError> {
    let fits = (2..=64).contains(&login.len())
        && !RESERVED.contains(&login)
        && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b));
    if fits { Ok(()) } else { Err(IdentityError::Login(login.to_owned())) }
}

/// Makes a user.
///
/// # Errors
/// [`IdentityError`] when login, site or password will not do.
pub async fn add(db: &Db, author: &str, user: NewUser) -> Result<i64, IdentityError> {
    check_login(&user.login)?;
    password::check_new(&user.password)?;
    let password_hash = password::hash(user.password).await?;
    let tx = db.begin().await?;
    adopt_sites(&tx).await?;
    let organisation = match &user.site {
        None => Sql::new("SELECT id FROM organisation WHERE parent_id IS NULL").number(&tx).await?,
        Some(code) => Sql::new("SELECT organisation_id FROM site WHERE code = ").bind(code.clone()).number(&tx).await?,
    };
    if organisation == 0 {
        return Err(IdentityError::Site(user.site.unwrap_or_default()));
    }
    if find(&tx, &user.login).await?.is_some() {
        return Err(IdentityError::Taken(user.login));
    }
    let made = hub_user::ActiveModel {
        login: Set(user.login),
        name: Set(user.name),
        password_hash: Set(password_hash),
        organisation_id: Set(Some(organisation)),
        disabled: Set(false),
        version: Set(1),
        ..Default::default()
    }
    .insert(&tx)
    .await?;
    search::index(&tx, search::Kind::Person, &[made.id.to_string()]).await?;
    // A site narrows also a role that would see the whole chain, except the administrator's.
    let narrowed = user.site.is_some() && matches!(user.role, Role::Auditor | Role::Analyst | Role::RegionManager);
    let organisations = if narrowed { json!([organisation]) } else { json!([]) };
    Sql::new("INSERT INTO person_role (person_id, role_id, organisations) SELECT CAST(")
        .bind(made.id)
        .text(" AS BIGINT), id, CAST(")
        .bind(organisations.to_string())
        .text(" AS TEXT) FROM role WHERE code = ")
        .bind(user.role.word())
        .run(&tx)
        .await?;
    let change = Change { author, entity: "person", id: made.id.to_string(), action: "create" };
    let new = json!({"login": made.login, "name": made.name, "organisation": organisation, "roles": [user.role.word()]});
    audit::record(&tx, change, audit::NOTHING, Some(new)).await?;
    tx.commit().await?;
    Ok(made.id)
}

/// Gives a user a new password and ends all their sessions.
///
/// # Errors
/// [`IdentityError`] when there is no such user or the password will not do.
pub async fn set_password(db: &Db, author: &str, login: &str, password: String) -> Result<(), IdentityError> {
    password::check_new(&password)?;
    let password_hash = password::hash(password).await?;
    let tx = db.begin().await?;
    let user = find(&tx, login).await?.ok_or_else(|| IdentityError::Unknown(login.to_owned()))?;
    let id = user.id;
    hub_user::ActiveModel { id: Set(id), password_hash: Set(password_hash), ..Default::default() }.update(&tx).await?;
    hub_session::Entity::delete_many().filter(hub_session::Column::UserId.eq(id)).exec(&tx).await?;
    audit::record(&tx, Change { author, entity: "person", id: id.to_string(), action: "password" }, audit::NOTHING, audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}

/// A user by login.
///
/// # Errors
/// What the database said.
pub async fn find(db: &impl ConnectionTrait, login: &str) -> Result<Option<hub_user::Model>, DbErr> {
    hub_user::Entity::find().filter(hub_user::Column::Login.eq(login)).one(db).await
}

/// All users, by login.
///
/// # Errors
/// What the database said.
pub async fn list(db: &Db) -> Result<Vec<hub_user::Model>, DbErr> {
    hub_user::Entity::find().order_by_asc(hub_user::Column::Login).all(db.read()).await
}

/// How many people can sign in as administrators.
///
/// # Errors
/// What the database said.
pub async fn administrators(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM hub_user u JOIN person_role p ON p.person_id = u.id JOIN role r ON r.id = p.role_id \
               WHERE NOT u.disabled AND p.organisations = '[]' AND r.code = ";
    Sql::new(sql).bind(Role::Admin.word()).number(db).await
}

/// Whether somebody may change what roles allow, as administrators do, and so can come to do everything.
///
/// # Errors
/// What the database said.
pub async fn is_administrator(db: &impl ConnectionTrait, person: &hub_user::Model) -> Result<bool, DbErr> {
    let grants = grants(db, person.id, person.organisation_id).await?;
    Ok(grants.iter().any(|grant| grant.rights.contains(&Right::Roles)))
}

#[derive(FromQueryResult)]
struct Held {
    #[sea_orm(nested)]
    role: StoredRole,
    organisations: String,
}

/// The roles of a person, at their place.
///
/// # Errors
/// What the database said.
pub async fn grants(db: &impl ConnectionTrait, person: i64, organisation: Option<i64>) -> Result<Vec<Grant>, DbErr> {
    let held: Vec<Held> = Sql::new(
        "SELECT r.id, r.code, r.name, r.name_en, r.built_in, r.scope, r.rights, r.fields, r.codes_required, r.version, p.organisations \
         FROM person_role p JOIN role r ON r.id = p.role_id WHERE p.person_id = ",
    )
    .bind(person)
    .text(" ORDER BY r.id")
    .all(db)
    .await?;
    // Organisations that cannot be read are none: the role then holds at a place that there is not, not everywhere.
    let chosen = |held: &Held| serde_json::from_str(&held.organisations).unwrap_or_else(|_| vec![0]);
    Ok(held.iter().map(|held| Grant::at(&held.role, organisation, chosen(held))).collect())
}

/// A user as somebody who is signed in.
///
/// # Errors
/// What the database said.
pub async fn actor(db: &impl ConnectionTrait, tree: Arc<Tree>, user: &hub_user::Model) -> Result<Actor, DbErr> {
    Ok(Actor {
        id: user.id,
        login: user.login.clone(),
        name: user.name.clone(),
        organisation: user.organisation_id,
        grants: grants(db, user.id, user.organisation_id).await?,
        tree,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_plain() {
        assert!(check_login("li.lei@sh-01").is_ok());
        for bad in ["a", "Li", "李雷", "a b", ""] {
            assert!(check_login(bad).is_err(), "{bad}");
        }
    }
}
