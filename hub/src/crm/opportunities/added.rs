//! Fields that the chain added to opportunities, out of sheets.

use sea_orm::{DatabaseTransaction, DbErr};

use super::store;
use super::write::Plain;
use crate::platform::fields::Subject;
use crate::platform::import::added::{Held, Holder};

/// The opportunities.
pub struct AddedFields;

#[async_trait::async_trait]
impl Holder for AddedFields {
    fn subject(&self) -> Subject {
        Subject::Opportunity
    }

    fn example(&self) -> &'static str {
        "O000123"
    }

    async fn those(&self, tx: &DatabaseTransaction, codes: Vec<String>) -> Result<Vec<Held>, DbErr> {
        let held = |row: store::Stored| Held {
            id: row.id,
            version: row.version,
            custom: row.custom(),
            record: Plain::of(&row).for_expressions(),
            refusal: None,
            code: row.code,
        };
        Ok(store::those(tx, codes).await?.into_iter().map(held).collect())
    }
}
