//! Durable work.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: String,
    pub args: Json,
    pub state: String,
    pub run_at_ms: i64,
    pub due_ms: Option<i64>,
    pub attempts: i32,
    pub max_attempts: Option<i32>,
    pub last_error: Option<String>,
    pub progress: i32,
    pub words: Option<Json>,
    pub result: Option<Json>,
    pub created_by: String,
    pub organisation_id: Option<i64>,
    pub created_ms: i64,
    pub started_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub lease: Option<String>,
    pub cancel_asked: bool,
    pub idempotency_key: Option<String>,
    pub collapse_key: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
