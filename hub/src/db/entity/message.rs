//! A notice on its way to one channel or mailbox.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub channel_id: Option<i64>,
    pub user_id: Option<i64>,
    pub notice_id: i64,
    pub state: String,
    pub created_ms: i64,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub sent_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
