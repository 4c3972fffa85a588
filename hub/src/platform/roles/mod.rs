//! Roles as data: what they allow can be changed, and others can be made beside those that came with the hub. Only who may everything that
//! a role allows, in the whole chain, may change it; the administrator's role stays as it is, so that nobody can lock everybody out.

pub mod api;
mod store;

use sea_orm::DbErr;

/// Why a role cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Look at the list of roles.
    #[error("there is no such role")]
    NoRole,
    /// Choose another code.
    #[error("a code has 2 to 40 characters of a–z, 0–9 and _")]
    Code,
    /// Choose another code.
    #[error("there is already a role with the code {0}")]
    CodeTaken(String),
    /// Choose another name.
    #[error("a name has 1 to 60 characters")]
    Name,
    /// Name a field as entity.field, entity.* or *.
    #[error("{0} is not a field: write entity.field, entity.* or *")]
    Field(String),
    /// Leave the field to be read: records are called by it and handled with it.
    #[error("{0} is read by everybody who sees the record, so that they know what it is; a role can only keep it from being written")]
    Shown(String),
    /// Leave it: it came with the hub.
    #[error("this came with the hub and stays as it is")]
    BuiltIn,
    /// Take it from its people first.
    #[error("{0} people have this role")]
    InUse(i64),
    /// Read it again: somebody else changed it meanwhile.
    #[error("the role was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
