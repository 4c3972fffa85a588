//! Goods leave: what a pick brought to the staging place goes to the customer, in the ledger too.

use qitao_domain::ids::{SiteId, TaskId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::ledger::{NewMovement, book};
use crate::catalog::bump;
use crate::platform::clock;
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
struct Staged {
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

/// Books out what a task brought to staging places, what was put back again taken off; how many movements that were. What was shipped
/// once is not shipped again.
///
/// # Errors
/// What the database said.
pub async fn ship(tx: &impl ConnectionTrait, task: TaskId, site: SiteId, author: &str) -> Result<usize, DbErr> {
    let staged: Vec<Staged> = Sql::new(
        "SELECT b.location_id, b.item_id, b.carton, b.lot, CAST(SUM(b.moved) AS BIGINT) AS quantity FROM (\
         SELECT m.to_id AS location_id, m.item_id, m.carton, m.lot, m.quantity AS moved FROM movement m WHERE m.task_id = ",
    )
    .bind(task.0)
    .text(" UNION ALL SELECT m.from_id, m.item_id, m.carton, m.lot, -m.quantity FROM movement m WHERE m.task_id = ")
    .bind(task.0)
    .text(
        ") b JOIN location l ON l.id = b.location_id WHERE l.kind = 'staging' GROUP BY b.location_id, b.item_id, b.carton, b.lot \
         HAVING SUM(b.moved) > 0 ORDER BY b.location_id, b.item_id, b.carton, b.lot",
    )
    .all(tx)
    .await?;
    if staged.is_empty() {
        return Ok(0);
    }
    let (customer, now) = (customers_place(tx, site).await?, clock::now_ms());
    let movements = staged.into_iter().zip(0..).map(|(row, n)| NewMovement {
        fact: None,
        n,
        at_ms: now,
        booked_ms: now,
        site: site.0,
        item: row.item_id,
        carton: row.carton,
        lot: row.lot,
        quantity: row.quantity,
        from: row.location_id,
        to: customer,
        task: Some(task.0),
        line: None,
        reason: "ship",
        scan: None,
        reverses: None,
        author: author.to_owned(),
    });
    let movements: Vec<NewMovement> = movements.collect();
    let shipped = movements.len();
    book(tx, movements).await?;
    Ok(shipped)
}

/// The place in a site's books where customers' goods are; made when the site has none.
async fn customers_place(tx: &impl ConnectionTrait, site: SiteId) -> Result<i64, DbErr> {
    let place =
        Sql::new("SELECT MIN(id) FROM location WHERE kind = 'customer' AND NOT deleted AND site_id = ").bind(site.0).number(tx).await?;
    if place > 0 {
        return Ok(place);
    }
    let version = bump(tx, "locations").await?;
    let row: [sea_orm::Value; 6] = [site.0.into(), "CUSTOMER".into(), "customer".into(), "客户".into(), version.into(), false.into()];
    let sql = Sql::new("INSERT INTO location (site_id, code, kind, name, version, deleted) VALUES ").list(row);
    let again = " ON CONFLICT (site_id, code) DO UPDATE SET kind = excluded.kind, version = excluded.version, deleted = FALSE RETURNING id";
    sql.text(again).number(tx).await
}
