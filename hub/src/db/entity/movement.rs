//! The ledger: stock went from one location to another.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "movement")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub edge_id: Option<String>,
    pub epoch: Option<i64>,
    pub seq: Option<i64>,
    pub n: i32,
    pub at_ms: i64,
    pub booked_ms: i64,
    pub site_id: i64,
    pub item_id: i64,
    pub carton: i32,
    pub lot: String,
    pub quantity: i64,
    pub from_id: i64,
    pub to_id: i64,
    pub task_id: Option<i64>,
    pub line_id: Option<i64>,
    pub reason: String,
    pub scan_id: Option<String>,
    pub reverses: Option<String>,
    pub author: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
