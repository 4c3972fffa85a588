//! What the contract ledger is looked up by, and who signed an order, when, on which file.

use sea_orm_migration::prelude::*;

use super::index;

/// See the head of this file.
pub(super) struct Contracts;

impl MigrationName for Contracts {
    fn name(&self) -> &'static str {
        "m0037_contracts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Contracts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // `signer`: the name, sealed. `signed_file`: the picture of the signature, a number of the files. `signed_by`: on whose phone.
        for column in ["signer TEXT", "signed_ms BIGINT", "signed_file BIGINT", "signed_by VARCHAR"] {
            db.execute_unprepared(&format!("ALTER TABLE sales_order ADD COLUMN {column}")).await?;
        }
        for index in [
            index("contract_signed", "contract", &["signed_on", "id"]),
            index("contract_opportunity", "contract", &["opportunity_id", "id"]),
            index("contract_quote", "contract", &["quote_id", "id"]),
            index("contract_instalment_due", "contract_instalment", &["due_on", "contract_id"]),
            index("order_contract", "sales_order", &["contract_id"]),
            index("order_quote", "sales_order", &["quote_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
