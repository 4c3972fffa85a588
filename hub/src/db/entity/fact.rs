//! Facts as they arrived; `body` is the whole fact.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub edge_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub scan_id: String,
    pub site_id: i64,
    pub station: String,
    pub operator_id: Option<i64>,
    pub task_id: Option<i64>,
    pub at_ms: i64,
    pub arrived_ms: i64,
    pub skew_ms: i64,
    pub tone: String,
    pub verdict: String,
    pub payload: String,
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
