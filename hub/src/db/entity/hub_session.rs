//! Logged-in browsers.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hub_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    pub user_id: i64,
    pub csrf: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub agent: Option<String>,
    pub address: Option<String>,
    /// An identity provider has vouched for a second factor.
    pub second_factor: bool,
    /// An identity provider let them in.
    pub outside: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
