//! Pieces of work.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub number: String,
    pub kind: String,
    pub site_id: i64,
    pub reference: String,
    pub state: String,
    pub complete: Option<bool>,
    pub created_ms: i64,
    pub created_by: String,
    pub started_ms: Option<i64>,
    pub finished_ms: Option<i64>,
    pub idempotency_key: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
