//! People who log in at the hub, their roles, and what a role may do.

use qitao_domain::ids::SiteId;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::audit::{self, Change};
use super::password::{self, PasswordError};
use crate::db::Db;
use crate::db::entity::{hub_session, hub_user, site};
use crate::http::problem::{Problem, Who};

/// What somebody is at the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the hub; sees every site.
    Admin,
    /// Leads one site.
    Manager,
    /// Works in one site's warehouse.
    Warehouse,
    /// Reads, changes nothing; of one site, or of the chain.
    Auditor,
}

impl Role {
    /// Its word in the database and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Warehouse => "warehouse",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Admin, Self::Manager, Self::Warehouse, Self::Auditor].into_iter().find(|role| role.word() == word)
    }
}

/// What not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Create and withdraw tasks.
    Tasks,
    /// Resolve everyday cases: bind a barcode, try again, dismiss.
    Cases,
    /// Approve or reject count differences, dismiss cases about an edge's identity.
    Approvals,
    /// Enrol, disable, enable and forgive edges.
    Edges,
}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Number of the user.
    pub id: i64,
    /// What they log in with, and what stands as the author of their changes.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Where they belong; nowhere for the whole chain.
    pub site: Option<SiteId>,
}

impl Actor {
    /// Whether this person may.
    #[must_use]
    pub const fn has(&self, right: Right) -> bool {
        match (self.role, right) {
            (Role::Admin, _)
            | (Role::Manager, Right::Tasks | Right::Cases | Right::Approvals)
            | (Role::Warehouse, Right::Tasks | Right::Cases) => true,
            (Role::Manager, Right::Edges) | (Role::Warehouse, Right::Approvals | Right::Edges) | (Role::Auditor, _) => false,
        }
    }

    /// Goes on only when this person may.
    ///
    /// # Errors
    /// A 403 problem that says who may.
    pub fn may(&self, right: Right) -> Result<(), Problem> {
        match right {
            _ if self.has(right) => Ok(()),
            Right::Edges => Err(Problem::forbidden(Who::Admin)),
            Right::Tasks | Right::Cases | Right::Approvals => Err(Problem::forbidden(Who::Manager)),
        }
    }
}

/// Why a user could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Choose another login.
    #[error("a login has 2 to 64 characters of a–z, 0–9 and . _ @ - ; this is {0:?}")]
    Login(String),
    /// Choose another login: this one is taken.
    #[error("there is already a user {0}")]
    Taken(String),
    /// Look at the list of users.
    #[error("there is no user {0}")]
    Unknown(String),
    /// Look at the list of sites.
    #[error("there is no site with the code {0}")]
    Site(String),
    /// Choose another password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they log in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Code of the site they belong to.
    pub site: Option<String>,
    /// Their first password.
    pub password: String,
}

fn check_login(login: &str) -> Result<(), IdentityError> {
    let fits =
        (2..=64).contains(&login.len()) && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b));
    if fits { Ok(()) } else { Err(IdentityError::Login(login.to_owned())) }
}

/// Makes a user.
///
/// # Errors
/// [`IdentityError`] when login, site or password will not do.
pub async fn add(db: &Db, author: &str, user: NewUser) -> Result<i64, IdentityError> {
    check_login(&user.login)?;
    password::check_new(&user.password)?;
    let site_id = match &user.site {
        None => None,
        Some(code) => {
            let found = site::Entity::find().filter(site::Column::Code.eq(code)).one(db.read()).await?;
            Some(found.ok_or_else(|| IdentityError::Site(code.clone()))?.id)
        }
    };
    let password_hash = password::hash(user.password).await?;
    let tx = db.begin().await?;
    if find(&tx, &user.login).await?.is_some() {
        return Err(IdentityError::Taken(user.login));
    }
    let made = hub_user::ActiveModel {
        login: Set(user.login),
        name: Set(user.name),
        password_hash: Set(password_hash),
        role: Set(user.role.word().to_owned()),
        site_id: Set(site_id),
        disabled: Set(false),
        ..Default::default()
    }
    .insert(&tx)
    .await?;
    let change = Change { author, entity: "user", id: made.id.to_string(), action: "create" };
    let new = json!({"login": made.login, "name": made.name, "role": made.role, "site_id": made.site_id});
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
    audit::record(&tx, Change { author, entity: "user", id: id.to_string(), action: "password" }, audit::NOTHING, audit::NOTHING).await?;
    tx.commit().await?;
    Ok(())
}

/// A user by login.
///
/// # Errors
/// What the database said.
pub async fn find(db: &impl sea_orm::ConnectionTrait, login: &str) -> Result<Option<hub_user::Model>, DbErr> {
    hub_user::Entity::find().filter(hub_user::Column::Login.eq(login)).one(db).await
}

/// All users, by login.
///
/// # Errors
/// What the database said.
pub async fn list(db: &Db) -> Result<Vec<hub_user::Model>, DbErr> {
    hub_user::Entity::find().order_by_asc(hub_user::Column::Login).all(db.read()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_changes_nothing_and_only_an_admin_touches_edges() {
        let with = |role| Actor { id: 1, login: "a".into(), name: String::new(), role, site: None };
        for right in [Right::Tasks, Right::Cases, Right::Approvals, Right::Edges] {
            assert!(with(Role::Admin).has(right));
            assert!(!with(Role::Auditor).has(right));
        }
        assert!(with(Role::Warehouse).has(Right::Tasks) && !with(Role::Warehouse).has(Right::Approvals));
        assert!(with(Role::Manager).has(Right::Approvals) && !with(Role::Manager).has(Right::Edges));
        assert_eq!(with(Role::Manager).may(Right::Edges).unwrap_err().rule(), "role");
    }

    #[test]
    fn a_login_is_plain_and_every_role_has_its_word() {
        assert!(check_login("li.lei@sh-01").is_ok());
        for bad in ["a", "Li", "李雷", "a b", ""] {
            assert!(check_login(bad).is_err(), "{bad}");
        }
        for role in [Role::Admin, Role::Manager, Role::Warehouse, Role::Auditor] {
            assert_eq!(Role::of_word(role.word()), Some(role));
        }
    }
}
