//! Writes the work that orders made in the warehouse: what left was picked, complete; of what was confirmed some lies ready to be picked.

use qitao_domain::catalog::LocationKind;
use qitao_domain::ids::{ItemId, SiteId};
use qitao_domain::quantity::Quantity;
use sea_orm::{FromQueryResult, Value};

use super::super::Failure;
use super::sold::Writing;
use super::trade::{at, next};
use crate::demo::trade::{DAY_MS, OrderState};
use crate::inventory::reservations::{self, Need};
use crate::platform::sql::{Sql, insert_many, update};
use crate::warehouse::model::Kind;
use crate::warehouse::rules::number;
use crate::warehouse::{self, Draft, DraftLine};

/// So many picks wait for a shift; other orders wait for goods.
const OPEN: usize = 8;

#[derive(FromQueryResult)]
struct Line {
    id: i64,
    item_id: i64,
    quantity: i64,
}

impl Writing<'_> {
    /// A bin of a site: where goods of orders lay before they were picked.
    pub fn bin(&self, site: i64) -> Result<i64, Failure> {
        let found = self.chain.locations.iter().find(|place| place.site.0 == site && place.kind == LocationKind::Bin);
        Ok(found.map(|place| place.id.0).ok_or("a site without a bin")?)
    }

    /// The finished picks of orders that left; the task of each order, by its place in the list.
    pub async fn picks(&self, orders: &[i64], site: i64) -> Result<Vec<Option<i64>>, Failure> {
        let (bin, mut id, prefix) = (self.bin(site)?, next(self.tx, "task").await?, Kind::Pick.prefix());
        let (mut tasks, mut rows, mut lines, mut n) = (Vec::new(), Vec::new(), Vec::new(), 0_i64);
        for (order_id, order) in orders.iter().zip(&self.trade.orders) {
            let Some(shipped) = order.shipped_ms else {
                tasks.push(None);
                continue;
            };
            n += 1;
            let row: Vec<Value> = vec![
                id.into(),
                number(prefix, n).into(),
                Kind::Pick.word().into(),
                site.into(),
                format!("SO{order_id:06}").into(),
                "finished".into(),
                true.into(),
                (order.ordered_ms + 600_000).into(),
                "demo".into(),
                (shipped - DAY_MS / 4).into(),
                (shipped - DAY_MS / 6).into(),
            ];
            rows.push(row);
            for (line, set) in order.lines.iter().zip(1_i32..) {
                let item = at(&self.chain.items, line.item)?;
                for carton in 1..=i32::from(item.cartons) {
                    let quantity = line.quantity * 1_000;
                    let row: Vec<Value> = vec![
                        id.into(),
                        item.id.0.into(),
                        carton.into(),
                        "".into(),
                        (if item.cartons > 1 { set } else { 0 }).into(),
                        bin.into(),
                        quantity.into(),
                        quantity.into(),
                        0_i64.into(),
                    ];
                    lines.push(row);
                }
            }
            tasks.push(Some(id));
            id += 1;
        }
        let columns =
            ["id", "number", "kind", "site_id", "reference", "state", "complete", "created_ms", "created_by", "started_ms", "finished_ms"];
        insert_many(self.tx, "task", &columns, rows).await?;
        let columns = ["task_id", "item_id", "carton", "lot", "set_no", "location_id", "quantity", "done", "short"];
        insert_many(self.tx, "task_line", &columns, lines).await?;
        // The next pick goes on counting.
        let key = format!("task_number:{prefix}");
        let sql = Sql::new("INSERT INTO setting (key, value) VALUES ").list([key, n.to_string()]);
        sql.text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value").run(self.tx).await?;
        Sql::new("UPDATE sales_order SET task_id = (SELECT t.id FROM task t WHERE t.kind = 'pick' AND t.reference = sales_order.code) ")
            .text("WHERE shipped_ms IS NOT NULL")
            .run(self.tx)
            .await?;
        Ok(tasks)
    }

    /// Reserves the goods of some confirmed orders and makes their picks, the oldest first, as far as everything lies there.
    pub async fn open_picks(&self, orders: &[i64], site: i64) -> Result<(), Failure> {
        let mut open = 0;
        let confirmed = orders.iter().zip(&self.trade.orders).filter(|(_, order)| order.state == OrderState::Confirmed);
        for (id, order) in confirmed {
            if open == OPEN {
                break;
            }
            let sql = Sql::new("SELECT id, item_id, quantity FROM sales_line WHERE document = 'order' AND document_id = ").bind(*id);
            let lines: Vec<Line> = sql.text(" ORDER BY n").all(self.tx).await?;
            let needs: Vec<Need> = lines.iter().map(|of| Need { line: of.id, item: of.item_id, quantity: of.quantity }).collect();
            if reservations::site_for(self.tx, &[site], &needs).await? != Some(site) {
                continue;
            }
            reservations::reserve(self.tx, *id, site, &needs).await?;
            let line = |of: &Line| DraftLine {
                item: Some(ItemId(of.item_id)),
                quantity: Some(Quantity::from_raw(of.quantity)),
                location: None,
                lot: None,
            };
            let draft =
                Draft { kind: Kind::Pick, site: SiteId(site), reference: format!("SO{id:06}"), lines: lines.iter().map(line).collect() };
            let owner = at(&self.trade.people, at(&self.trade.customers, order.customer)?.owner)?;
            let made = warehouse::create_in(self.tx, &owner.login, &draft, None).await?;
            update(self.tx, "sales_order", *id, [("site_id", site.into()), ("task_id", made.task.0.into())]).await?;
            open += 1;
        }
        Ok(())
    }
}
