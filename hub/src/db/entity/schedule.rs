//! What runs again and again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub kind: String,
    pub args: Json,
    pub cron: String,
    pub time_zone: Option<String>,
    pub site_id: Option<i64>,
    pub organisation_id: Option<i64>,
    pub missed: String,
    pub enabled: bool,
    pub next_ms: Option<i64>,
    pub last_planned_ms: Option<i64>,
    pub last_job: Option<i64>,
    pub created_by: String,
    pub created_ms: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
