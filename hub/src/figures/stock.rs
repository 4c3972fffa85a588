//! What stock is worth: on hand × cost, as head office's price lists have it today. A carton of an item that comes in several is its part of
//! the item. And what of it went to customers in a period, by what came and went day by day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{StockFigures, StockOfSite};
use super::rules::{Delivered, Period, Stocked};
use crate::catalog::prices;
use crate::inventory;
use crate::platform::organisation::Tree;
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

/// So many sites are told one by one.
const SITES: i64 = 200;

#[derive(FromQueryResult)]
struct Held {
    site_id: i64,
    item_id: i64,
    cartons: i32,
    quantity: i64,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
}

/// What so much of an item is worth, in fen.
fn worth(cost_fen: i64, quantity: i64, cartons: i32) -> i64 {
    let parts = 1000 * i128::from(cartons.max(1));
    i64::try_from((i128::from(cost_fen) * i128::from(quantity) * 2 + parts).div_euclid(parts * 2)).unwrap_or(i64::MAX)
}

/// What the stock in a scope is worth today.
pub async fn stock(db: &impl ConnectionTrait, tree: &Tree, scope: &Scope, cost: bool, today: Date) -> Result<StockFigures, DbErr> {
    let sites = scope.filter(Sql::new("SELECT COUNT(*) FROM site WHERE 1 = 1"), "id").number(db).await?;
    let is_few = sites <= SITES;
    let (site, by) = if is_few { ("s.site_id", "s.site_id, ") } else { ("CAST(0 AS BIGINT) AS site_id", "") };
    let held = Sql::new(format!(
        "SELECT {site}, s.item_id, i.cartons, CAST(SUM(s.quantity) AS BIGINT) AS quantity FROM stock s JOIN item i ON i.id = s.item_id \
         WHERE s.site_id IS NOT NULL AND s.quantity <> 0"
    ));
    let held: Vec<Held> = scope.filter(held, "s.site_id").text(&format!(" GROUP BY {by}s.item_id, i.cartons")).all(db).await?;
    let items: std::collections::BTreeSet<i64> = held.iter().map(|row| row.item_id).collect();
    let costs = match tree.top() {
        Some(top) => prices::at_all(db, tree, top, items.iter().copied(), today).await?,
        None => BTreeMap::new(),
    };
    let cost_of = |item: &i64| costs.get(item).and_then(|found| found.cost_fen);
    let unknown = items.iter().filter(|item| cost_of(item).is_none()).count();
    let mut by_site: BTreeMap<i64, i64> = BTreeMap::new();
    for row in &held {
        if let Some(cost) = cost_of(&row.item_id) {
            *by_site.entry(row.site_id).or_default() += worth(cost, row.quantity, row.cartons);
        }
    }
    let number = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
    let value = Money::from_raw(by_site.values().sum());
    let mut sites = Vec::new();
    if is_few && cost {
        let named: Vec<Named> = Sql::new("SELECT id, name FROM site WHERE id IN ").among(by_site.keys().copied()).all(db).await?;
        let of =
            |row: Named| StockOfSite { value: Money::from_raw(by_site.get(&row.id).copied().unwrap_or(0)), site: row.id, name: row.name };
        sites.extend(named.into_iter().map(of));
        sites.sort_by_key(|row| std::cmp::Reverse(row.value));
    }
    Ok(StockFigures { value: cost.then_some(value), items: number(items.len()), unknown: number(unknown), sites })
}

/// What went to customers and came back within a period, and what stock was worth before and after it; nothing where nobody may see stock.
pub async fn flowed(
    db: &impl ConnectionTrait,
    tree: &Tree,
    scope: &Scope,
    period: Period,
    today: Date,
) -> Result<Option<(Delivered, Stocked)>, DbErr> {
    if *scope == Scope::Sites(Vec::new()) {
        return Ok(None);
    }
    let books = inventory::period_by_item(db, scope, inventory::rules::Period::between(period.from, period.to)).await?;
    let costs = match tree.top() {
        Some(top) => prices::at_all(db, tree, top, books.iter().map(|row| row.item), today).await?,
        None => BTreeMap::new(),
    };
    let (mut delivered, mut stocked) = (Delivered::default(), Stocked { days: i64::from(period.days()), ..Stocked::default() });
    for row in &books {
        let (went, returned) = row.customers();
        let cartons = i64::from(row.cartons.max(1));
        delivered.went = delivered.went.saturating_add(went / cartons);
        delivered.returned = delivered.returned.saturating_add(returned / cartons);
        let Some(cost) = costs.get(&row.item).and_then(|found| found.cost_fen) else { continue };
        let fen = |quantity: i64| worth(cost, quantity, row.cartons);
        stocked.sold_fen = stocked.sold_fen.saturating_add(fen(went.saturating_sub(returned)));
        stocked.opening_fen = stocked.opening_fen.saturating_add(fen(row.stock.opening.raw()));
        stocked.closing_fen = stocked.closing_fen.saturating_add(fen(row.stock.closing.raw()));
    }
    Ok(Some((delivered, stocked)))
}

#[cfg(test)]
mod tests {
    use super::worth;

    #[test]
    fn a_carton_is_its_part_of_the_item() {
        assert_eq!(worth(300_000, 5_000, 3), 500_000, "five cartons of three");
        assert_eq!((worth(12_800, 2_375, 1), worth(1, 500, 1), worth(1, 499, 1)), (30_400, 1, 0));
        assert_eq!(worth(100, -1_000, 1), -100);
    }
}
