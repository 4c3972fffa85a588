//! What every business module stands on: who is asking ([`identity`], [`session`]), where they stand in the chain ([`organisation`]), what
//! they may see ([`scope`]), who changed what ([`audit`]), from which address ([`address`]), settings ([`config`]), personal fields at rest
//! ([`vault`]), copies of everything ([`backup`]). People and their roles are looked after in [`people`] and [`roles`]; [`codes`],
//! [`tokens`] and an identity provider ([`sign_in`]) are other ways to show who one is. What a chain sets up by itself is drafted and published ([`drafts`]): custom fields of
//! records ([`fields`]) and stages that they go through ([`stages`]), with rules in one language ([`expressions`]). [`search`] finds records
//! by what people type. [`files`] keeps what people attach, [`import`] takes sheets in, [`export`] gives lists out. Work that outlives a
//! request is in [`jobs`] and [`schedules`], telling people and programs in [`notifications`] and [`webhooks`]; what colleagues say of records in
//! [`comments`]; [`keep`] says how long. What the pages greet people
//! with is in [`home`], lists as they like them in [`views`].

pub mod address;
pub mod api;
pub mod attempts;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod codes;
pub mod comments;
pub mod config;
pub mod drafts;
pub mod export;
pub mod expressions;
pub mod fields;
pub mod files;
mod guess;
pub mod home;
pub mod identity;
pub mod import;
pub mod jobs;
pub mod keep;
pub mod notifications;
pub mod once;
pub mod organisation;
pub mod password;
pub mod people;
pub mod roles;
pub mod schedules;
pub mod scope;
pub mod search;
pub mod session;
pub mod sign_in;
pub mod sql;
pub mod stages;
pub mod tokens;
pub mod vault;
pub mod views;
pub mod webhooks;
