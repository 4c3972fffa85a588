//! Saved views: a list's filters, columns and density under a name. A view belongs to one person, who may share it with an organisation
//! that they see: everybody in it and beneath it finds it beside their own, or those of them with one role. Only its owner changes it.
//!
//! What a view shows is decided by who looks: it carries filters, never rows.

pub mod api;
mod store;
#[cfg(test)]
mod tests;

use sea_orm::DbErr;

pub use store::hand_over;

/// Why a view cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Look at the list of views.
    #[error("there is no such view")]
    NoView,
    /// Ask its owner, or save it under a name of your own.
    #[error("only the owner of a view changes it; save it as your own")]
    NotYours,
    /// Name the list in a-z, 0-9 and -.
    #[error("a list has a name of 1 to 40 characters of a-z, 0-9 and -")]
    List,
    /// Give it a name of 1 to 60 characters.
    #[error("a view's name has 1 to 60 characters")]
    Name,
    /// Choose another name, or change the view that has it.
    #[error("you already have a view of this name")]
    Taken,
    /// Use fewer filters or columns.
    #[error("the filters of a view have at most 2000 characters, its hidden columns are at most 60 words")]
    Size,
    /// Choose one of the roles.
    #[error("there is no such role")]
    NoRole,
    /// Name the organisation too.
    #[error("a view is shared with a role within an organisation: name the organisation too")]
    RoleAlone,
    /// Delete some.
    #[error("a person keeps at most 200 views")]
    TooMany,
    /// Read it again: somebody else changed it meanwhile.
    #[error("the view was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
