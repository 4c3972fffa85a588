//! Edges and where their streams stand.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub site_id: i64,
    pub name: String,
    pub public_key: Option<String>,
    pub mqtt_secret_hash: Option<String>,
    pub broker_hash: Option<String>,
    pub token_hash: Option<String>,
    pub token_expires_ms: Option<i64>,
    pub disabled: bool,
    pub refused: Option<String>,
    pub fingerprint: Option<String>,
    pub epoch: i64,
    pub committed: i64,
    pub stream: Option<String>,
    pub boot: i64,
    pub next_seq_seen: i64,
    pub last_seen_ms: Option<i64>,
    pub clock_skew_ms: i64,
    pub agent: String,
    pub health: Option<Json>,
    pub datasets: Option<Json>,
    pub tasks_acked: i64,
    pub created_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
