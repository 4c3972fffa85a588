//! What is to be told.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: String,
    pub site_id: Option<i64>,
    pub organisation_id: Option<i64>,
    pub user_id: Option<i64>,
    pub audience: Option<String>,
    pub data: Json,
    pub link: String,
    pub spread: bool,
    pub key: Option<String>,
    pub created_ms: i64,
    pub told_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
