//! After the sale: delivery and installation, after-sales, return visits; the installer's phone; what customers say of it.

pub mod field;
pub mod surveys;
pub mod tickets;
