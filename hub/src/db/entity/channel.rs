//! Where groups are told.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub way: String,
    pub target: String,
    pub secret: Option<String>,
    pub language: String,
    pub site_id: Option<i64>,
    pub organisation_id: Option<i64>,
    pub kinds: Json,
    pub enabled: bool,
    pub sent: Json,
    pub blocked_until_ms: Option<i64>,
    pub busy_until_ms: Option<i64>,
    pub last_error: Option<String>,
    pub created_by: String,
    pub created_ms: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
