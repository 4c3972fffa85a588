//! What an external broker's password file needs of an edge's secret: the hub keeps no secrets, so it is made when the edge joins.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

pub(super) struct BrokerHash;

impl MigrationName for BrokerHash {
    fn name(&self) -> &'static str {
        "m0009_broker_hash"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for BrokerHash {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("edge").add_column(string_null("broker_hash")).to_owned()).await
    }
}
