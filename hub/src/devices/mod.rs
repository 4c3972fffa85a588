//! Scanners and printers of the whole chain: what each should be set to, and how many are.
//!
//! Rules: a profile says what devices of a role should be set to; those of the program hold until the chain has one of the same id. An assignment
//! gives a profile to a role, everywhere or at a site, to every family or to one; of those that fit a device the one of its site goes before one
//! of everywhere, and then the one of its family before one of every family. What the settings of an edge say of a device by its name goes before
//! all of them. Edges get profiles and assignments as the data set `device_profiles`, always whole; they compare and tell, and [`seen`] keeps what
//! they told, for the page that shows the chain.

pub mod api;
mod assignments;
mod list;
mod profiles;
pub mod rows;
pub mod seen;

pub use assignments::for_site;

use qitao_firmware_config::DocumentFault;
use sea_orm::DbErr;

/// So many places are named to whoever has to go there.
const NAMED: usize = 5;

/// The first of some places, in words; one without a name is `everywhere`.
fn places(all: &[Option<String>], everywhere: &str, between: &str) -> String {
    let named: Vec<&str> = all.iter().take(NAMED).map(|site| site.as_deref().unwrap_or(everywhere)).collect();
    format!("{}{}", named.join(between), if all.len() > NAMED { " …" } else { "" })
}

/// Why a profile or an assignment is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Look at the list.
    #[error("there is no such profile or assignment")]
    NotThere,
    /// Correct what is named.
    #[error("{} of the profile will not do", .0.len())]
    Correct(Vec<DocumentFault>),
    /// Give it another role by another name: devices have it.
    #[error("the profile is for another role")]
    Role,
    /// Take the assignments away first: one for each, with its site; none for everywhere.
    #[error("the profile is assigned {} times: {}; change or remove these assignments first", .0.len(), places(.0, "every site", ", "))]
    Assigned(Vec<Option<String>>),
    /// Choose a profile of this role.
    #[error("there is no profile {0:?} for this role")]
    NoProfile(String),
    /// Choose a family of this role.
    #[error("there is no family {0:?} of this role")]
    NoFamily(String),
    /// Choose a site of the chain.
    #[error("there is no site {0}")]
    NoSite(i64),
    /// Change the one that is there.
    #[error("there is an assignment for these devices already")]
    Taken,
    /// Read it again: somebody else changed it meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}
