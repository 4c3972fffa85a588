//! The win report (战报): who sold what, for how much, what the store has sold today, and its place among the others.

use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::{rank, ranked_within, stores_within};
use crate::platform::jobs::{Handler, Trouble, Work};
use crate::platform::notifications::{Notice, Telling, notify};
use crate::platform::sql::Sql;
use crate::sales::days::won;
use crate::sales::orders;

/// Tells the groups of an organisation that it has sold.
pub(super) struct Tell(pub(super) Telling);

#[derive(Deserialize)]
struct Args {
    order: i64,
}

#[derive(FromQueryResult)]
struct Order {
    code: String,
    state: String,
    organisation_id: i64,
    store: String,
    amount_fen: i64,
    confirmed_on: String,
}

#[async_trait::async_trait]
impl Handler for Tell {
    fn kind(&self) -> &'static str {
        orders::WON
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let Args { order: id } = work.args()?;
        let (db, tree) = (self.0.db.read(), self.0.organisations.tree().await?);
        let sql = "SELECT COALESCE(x.code, '') AS code, x.state, x.organisation_id, o.name AS store, x.amount_fen, \
                   COALESCE(x.confirmed_on, '') AS confirmed_on FROM sales_order x JOIN organisation o ON o.id = x.organisation_id WHERE x.id = ";
        let order: Option<Order> = Sql::new(sql).bind(id).one(db).await?;
        let Some(order) = order.filter(|order| !matches!(order.state.as_str(), "draft" | "cancelled")) else {
            return Ok(json!({"told": false, "why": "called off"}));
        };
        let sold_by = Sql::new("SELECT u.name FROM order_split p JOIN hub_user u ON u.id = p.person_id WHERE p.order_id = ").bind(id);
        let people = sold_by.text(" ORDER BY p.n").texts(db).await?;
        let within = ranked_within(&tree, order.organisation_id);
        let sold = won(db, &tree, within, &order.confirmed_on).await?;
        let own = sold.iter().find(|row| row.id == order.organisation_id);
        let amounts: Vec<(i64, i64)> = sold.iter().map(|row| (row.id, row.amount_fen)).collect();
        let stores = within.map_or(0, |within| stores_within(&tree, within)).max(sold.len());
        let data = json!({
            "store": order.store, "code": order.code, "people": people, "amount_fen": order.amount_fen,
            "day_orders": own.map_or(0, |own| own.orders), "day_fen": own.map_or(0, |own| own.amount_fen),
            "rank": rank(&amounts, order.organisation_id), "stores": stores,
        });
        let notice = Notice::to_groups(order.organisation_id, "win_report", data, format!("/orders/{id}")).once(format!("win:{id}"));
        let tx = work.db.begin().await?;
        let told = notify(&tx, notice, work.clock.now_ms()).await?;
        let result = json!({"told": told.is_some()});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }
}
