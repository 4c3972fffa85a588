//! Lines of tasks and how far they are.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task_line")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub task_id: i64,
    pub item_id: Option<i64>,
    pub carton: Option<i32>,
    pub lot: String,
    pub set_no: i32,
    pub location_id: Option<i64>,
    pub quantity: i64,
    pub done: i64,
    pub short: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
