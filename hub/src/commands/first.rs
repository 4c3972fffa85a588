//! The first start: somebody must be able to sign in.

use super::Failure;
use crate::db::Db;
use crate::platform::identity::{self, NewUser, Role};
use crate::platform::password;

/// Makes the administrator when there is no user at all; the password that was invented for them, to be shown once.
pub(super) async fn administrator(db: &Db) -> Result<Option<String>, Failure> {
    if !identity::list(db).await?.is_empty() {
        return Ok(None);
    }
    let given = std::env::var("QITAO_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty());
    let password = given.clone().unwrap_or_else(password::invent);
    let user = NewUser { login: "admin".into(), name: "系统管理员".into(), role: Role::Admin, site: None, password: password.clone() };
    identity::add(db, "hub", user).await?;
    Ok(given.is_none().then_some(password))
}
