//! Fields that the chain added to orders, out of sheets.

use sea_orm::{DatabaseTransaction, DbErr};

use super::rules::State;
use super::store;
use crate::platform::fields::Subject;
use crate::platform::import::Fault;
use crate::platform::import::added::{Held, Holder};

/// The orders.
pub struct AddedFields;

/// An order that was called off stays as it was, in a sheet as in a form.
fn called_off(state: &str) -> Option<Fault> {
    let fault = || Fault::new("code", "order_state", "订单已经取消，不再更改。", "This order was called off and stays as it is.");
    (State::of_word(state) == State::Cancelled).then(fault)
}

#[async_trait::async_trait]
impl Holder for AddedFields {
    fn subject(&self) -> Subject {
        Subject::Order
    }

    fn example(&self) -> &'static str {
        "SO000123"
    }

    async fn those(&self, tx: &DatabaseTransaction, codes: Vec<String>) -> Result<Vec<Held>, DbErr> {
        let held = |row: store::Stored| Held {
            id: row.id,
            version: row.version,
            custom: row.custom(),
            record: row.for_expressions(),
            refusal: called_off(&row.state),
            code: row.code,
        };
        Ok(store::those(tx, codes).await?.into_iter().map(held).collect())
    }
}
