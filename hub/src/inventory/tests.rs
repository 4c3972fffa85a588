//! Lists of stock that are longer than what is counted, and summaries of any movements and any period.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;
use qitao_domain::quantity::Quantity;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::by_item::{near, stock_by_item};
use super::model::StockSummaryRow;
use super::rules::{Period, Reason, day_at, is_real, zone};
use super::{NewMovement, Wanted, book, days_tie_out, period_by_item, summary, summary_totals, tie_out};
use crate::db::Db;
use crate::http::page::{COUNTED, PageQuery};
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;
use qitao_domain::ids::SiteId;

#[tokio::test]
async fn stock_of_one_site_is_read_to_its_end_however_long_it_is() {
    let scratch = crate::db::rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let tx = db.begin().await.unwrap();
    let many = COUNTED + 1_500;
    for statement in [
        "INSERT INTO site (id, code, name, time_zone) VALUES (1, 'S1', 's', 'Asia/Shanghai')".to_owned(),
        "INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES (1, 1, 'A-01', 'bin', '', 1, FALSE)".to_owned(),
        format!(
            "INSERT INTO item (code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL \
             SELECT i + 1 FROM n WHERE i < {many}) SELECT 'C-' || CAST(100000 + i AS TEXT), 'i', '', '件', 1, FALSE, FALSE, 1, FALSE FROM n"
        ),
        "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) SELECT 1, i.id, 1, '', 1000, 1 FROM item i".to_owned(),
    ] {
        Sql::new(statement).run(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let scope = Scope::Sites(vec![SiteId(1)]);
    let first = stock_by_item(db.read(), &scope, None, &PageQuery::default()).await.unwrap();
    assert_eq!((first.total, first.at_least), (COUNTED, true));
    let (mut page, mut codes) = (PageQuery::bulk(None), Vec::new());
    loop {
        let found = stock_by_item(db.read(), &scope, None, &page).await.unwrap();
        codes.extend(found.items.into_iter().map(|row| row.code));
        let Some(next) = found.next else { break };
        page = PageQuery::bulk(Some(next));
    }
    assert_eq!(codes.len(), usize::try_from(many).unwrap());
    assert!(codes.is_sorted_by(|one, next| one < next));
    // People's own pages, near the end, where the numbers that were looked up may all lie before.
    let near = PageQuery::of_rows(Some(cursor(&codes[codes.len() - 40])), 30);
    let found = stock_by_item(db.read(), &scope, None, &near).await.unwrap();
    assert_eq!(found.items.len(), 30);
    let last = stock_by_item(db.read(), &scope, None, &PageQuery::of_rows(found.next, 30)).await.unwrap();
    assert_eq!((last.items.len(), last.next), (9, None));
    db.close().await.unwrap();
}

fn cursor(code: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(serde_json::to_string(code).unwrap().as_bytes())
}

/// A chain of a hundred stores, ten of them beneath a region; each item lies in the store of its number.
async fn chain(db: &Db, items: i64) -> Scope {
    let tx = db.begin().await.unwrap();
    let numbers = |up_to: i64| format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {up_to})");
    for statement in [
        format!(
            "INSERT INTO site (id, code, name, time_zone) {} SELECT i, 'S' || CAST(i AS TEXT), 's', 'Asia/Shanghai' FROM n",
            numbers(100)
        ),
        "INSERT INTO location (id, site_id, code, kind, name, version, deleted) SELECT s.id, s.id, 'A-01', 'bin', '', 1, FALSE FROM site s"
            .to_owned(),
        format!(
            "INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) {} \
             SELECT i, 'C-' || CAST(100000 + i AS TEXT), 'i', '', '件', 1, FALSE, FALSE, 1, FALSE FROM n",
            numbers(items)
        ),
        "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) SELECT 1 + i.id % 100, i.id, 1, '', 1000, 1 + i.id % 100 FROM item i"
            .to_owned(),
        "UPDATE stock SET quantity = 0 WHERE item_id % 7 = 0".to_owned(),
    ] {
        Sql::new(statement).run(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    Scope::Sites((1..=10).map(SiteId).collect())
}

#[tokio::test]
async fn stock_of_a_part_has_each_of_its_items_once_whatever_way_a_page_is_found() {
    let scratch = crate::db::rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let scope = chain(&db, 3_000).await;
    let of = async |scope: &Scope, limit: u64| {
        let (mut page, mut ids) = (PageQuery::of_rows(None, limit), Vec::new());
        loop {
            let found = stock_by_item(db.read(), scope, None, &page).await.unwrap();
            ids.extend(found.items.iter().map(|row| row.item));
            let Some(next) = found.next else { return ids };
            page = PageQuery::of_rows(Some(next), limit);
        }
    };
    let wanted = |held: &dyn Fn(i64) -> bool| (1..=3_000).filter(|id| id % 7 != 0 && held(*id)).collect::<Vec<i64>>();
    assert_eq!(of(&scope, 30).await, wanted(&|id| id % 100 < 10));
    assert_eq!(of(&Scope::All, 200).await, wanted(&|_| true));
    // Item by item, while the next of them fill a page: ten of a hundred items do not fill one of a hundred rows.
    let (mut page, mut ids) = (PageQuery::of_rows(None, 30), Vec::new());
    while let Some(found) = near(db.read(), &scope, &page).await.unwrap() {
        assert!(found.at_least);
        ids.extend(found.items.iter().map(|row| row.item_id));
        page = PageQuery::of_rows(found.next, 30);
    }
    let all = wanted(&|id| id % 100 < 10);
    assert_eq!((&ids[..], all.len() - ids.len() <= 30), (&all[..ids.len()], true));
    assert!(near(db.read(), &scope, &PageQuery::of_rows(None, 100)).await.unwrap().is_none());
    db.close().await.unwrap();
}

/// When the first day of [`books`] begins at UTC: 2026-03-20, before the clocks go forward in Berlin.
const FIRST: i64 = 1_773_964_800_000;
const KINDS: [&str; 8] = ["bin", "receiving", "staging", "supplier", "customer", "variance", "transit", "scrap"];
const REASONS: [&str; 7] = ["put_away", "pick", "move", "count", "ship", "undo", "opening"];

fn place(site: i64, kind: usize) -> i64 {
    site * 10 + kind as i64
}

/// Three sites in three time zones, four items, and movements of forty days between any places, as they come: booked in batches.
pub(crate) async fn books(db: &Db, seed: u64) -> Vec<NewMovement> {
    let (mut dice, tx) = (StdRng::seed_from_u64(seed), db.begin().await.unwrap());
    let item = |id: i64| format!("({id}, 'I-{id}', 'i', '', '{}', {}, FALSE, FALSE, 1, FALSE)", ["件", "米"][id as usize % 2], 1 + id / 4);
    for statement in [
        "INSERT INTO site (id, code, name, time_zone) VALUES (1,'S1','a','Asia/Shanghai'),(2,'S2','b','Europe/Berlin'),(3,'S3','c','UTC')"
            .to_owned(),
        format!(
            "INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES {}",
            (1..=4).map(item).collect::<Vec<_>>().join(",")
        ),
    ] {
        Sql::new(statement).run(&tx).await.unwrap();
    }
    for (site, (n, kind)) in (1..=3).flat_map(|site| KINDS.iter().enumerate().map(move |kind| (site, kind))) {
        let id = place(site, n);
        let row = format!("({id}, {site}, 'L{id}', '{kind}', '', 1, FALSE)");
        Sql::new(format!("INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES {row}")).run(&tx).await.unwrap();
    }
    let (mut all, mut at) = (Vec::new(), FIRST);
    while at < FIRST + 40 * 86_400_000 {
        let batch: Vec<NewMovement> = (0..dice.random_range(1..9))
            .map(|n| {
                at += dice.random_range(0..9_000_000);
                let (site, kinds) = (dice.random_range(1..4), (dice.random_range(0..8), dice.random_range(0..7)));
                let other = if dice.random_range(0..5) == 0 { 1 + site % 3 } else { site };
                NewMovement {
                    fact: None,
                    n,
                    at_ms: at - 5_000_000,
                    booked_ms: at,
                    site,
                    item: dice.random_range(1..5),
                    carton: 1,
                    lot: String::new(),
                    quantity: dice.random_range(1..50_000),
                    from: place(site, kinds.0),
                    to: place(other, if other == site { (kinds.0 + kinds.1 + 1) % 8 } else { kinds.1 }),
                    task: None,
                    line: None,
                    reason: REASONS[dice.random_range(0..7)],
                    scan: None,
                    reverses: None,
                    author: "test".into(),
                }
            })
            .collect();
        book(&tx, batch.clone()).await.unwrap();
        all.extend(batch);
    }
    tx.commit().await.unwrap();
    all
}

/// Opening, in and out by reason, in thousandths.
type Plain = (i64, BTreeMap<&'static str, (i64, i64)>);

/// What movements say of an item at some sites in a period, one by one.
fn one_by_one(all: &[NewMovement], sites: &[i64], item: i64, (first, last): (jiff::civil::Date, jiff::civil::Date)) -> Plain {
    let zones = [zone("Asia/Shanghai"), zone("Europe/Berlin"), zone("UTC")];
    let (mut opening, mut flows) = (0, BTreeMap::<_, (i64, i64)>::new());
    for movement in all.iter().filter(|movement| movement.item == item) {
        let (from, to) =
            ((movement.from / 10, KINDS[(movement.from % 10) as usize]), (movement.to / 10, KINDS[(movement.to % 10) as usize]));
        if from.0 == to.0 && is_real(from.1) && is_real(to.1) {
            continue;
        }
        for (here, other, sign) in [(to, from, 1), (from, to, -1)] {
            if !is_real(here.1) || !sites.contains(&here.0) {
                continue;
            }
            let day = Timestamp::from_millisecond(movement.booked_ms).unwrap().to_zoned(zones[here.0 as usize - 1].clone()).date();
            if day < first {
                opening += sign * movement.quantity;
            } else if day <= last {
                let flow = flows.entry(Reason::of(movement.reason, other.1).word()).or_default();
                *(if sign > 0 { &mut flow.0 } else { &mut flow.1 }) += movement.quantity;
            }
        }
    }
    (opening, flows)
}

fn plain(row: &StockSummaryRow) -> Plain {
    (row.stock.opening.raw(), row.stock.reasons.iter().map(|flow| (flow.reason.word(), (flow.come.raw(), flow.gone.raw()))).collect())
}

#[tokio::test]
async fn opening_and_in_less_out_is_closing_for_any_movements_and_any_period() {
    let scratch = crate::db::rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let all = books(&db, 4).await;
    assert!(all.len() > 300);
    assert_eq!(tie_out(db.read()).await.unwrap(), []);
    assert_eq!(days_tie_out(db.read()).await.unwrap(), []);
    let mut dice = StdRng::seed_from_u64(5);
    let today = date(2026, 5, 2);
    for _ in 0..60 {
        let (one, other) = (dice.random_range(-3..46), dice.random_range(-3..46));
        let day = |n: i64| date(2026, 3, 20).checked_add(jiff::Span::new().days(n)).unwrap();
        let (first, last) = (day(one.min(other)), day(one.max(other)));
        let period = Period::of(Some(&first.to_string()), Some(&last.to_string()), today).unwrap();
        for (scope, sites) in
            [(Scope::All, vec![1, 2, 3]), (Scope::Sites(vec![SiteId(2)]), vec![2]), (Scope::Sites(vec![SiteId(1), SiteId(3)]), vec![1, 3])]
        {
            let rows = summary(db.read(), &scope, period, &Wanted::default(), &PageQuery::default()).await.unwrap().items;
            let (mut opening, mut closing) = (0, 0);
            for item in 1..=4 {
                let wanted = one_by_one(&all, &sites, item, (first, last));
                let Some(row) = rows.iter().find(|row| row.item == item) else {
                    assert_eq!(wanted, (0, BTreeMap::new()), "item {item} is not there though it was, {first} to {last}");
                    continue;
                };
                assert_eq!(plain(row), wanted, "item {item} at {sites:?}, {first} to {last}");
                assert_eq!(row.stock.opening.raw() + row.stock.come.raw() - row.stock.gone.raw(), row.stock.closing.raw());
                opening += row.stock.opening.raw();
                closing += row.stock.closing.raw();
                let one = Wanted { item: Some(item), q: None };
                assert_eq!(summary(db.read(), &scope, period, &one, &PageQuery::default()).await.unwrap().items, std::slice::from_ref(row));
            }
            let whole = period_by_item(db.read(), &scope, period).await.unwrap();
            for of in &whole {
                let (_, flows) = one_by_one(&all, &sites, of.item, (first, last));
                let (come, gone) = flows.get("customer").copied().unwrap_or_default();
                assert_eq!(of.customers(), (gone, come), "item {}, {first} to {last}", of.item);
                let row = rows.iter().find(|row| row.item == of.item).map(|row| row.stock.clone());
                assert_eq!(of.stock, row.unwrap_or_default(), "item {}, {first} to {last}", of.item);
            }
            assert!(rows.iter().all(|row| whole.iter().any(|of| of.item == row.item)));
            let totals = summary_totals(db.read(), &scope, period, &Wanted::default()).await.unwrap();
            let sum = |of: fn(&super::StockTotalsRow) -> Quantity| totals.iter().map(|row| of(row).raw()).sum::<i64>();
            assert_eq!((sum(|row| row.stock.opening), sum(|row| row.stock.closing)), (opening, closing));
        }
    }
    // What is there at the end is what lies there now.
    let period = Period::of(Some("2026-03-01"), Some("2026-12-31"), today).unwrap();
    for site in 1..=3 {
        let rows = summary(db.read(), &Scope::Sites(vec![SiteId(site)]), period, &Wanted::default(), &PageQuery::default()).await.unwrap();
        for row in rows.items {
            let sql = format!("SELECT CAST(SUM(quantity) AS BIGINT) FROM stock WHERE site_id = {site} AND item_id = {}", row.item);
            assert_eq!(
                (Sql::new(sql).number(db.read()).await.unwrap(), Quantity::from_raw(0)),
                (row.stock.closing.raw(), row.stock.opening)
            );
        }
    }
    // A shelf that is written off takes what lies there out of its site, today; what was before stays as it was.
    let march = Period::of(Some("2026-03-01"), Some("2026-03-31"), today).unwrap();
    let before = summary(db.read(), &Scope::Sites(vec![SiteId(1)]), march, &Wanted::default(), &PageQuery::default()).await.unwrap().items;
    let lay = Sql::new("SELECT COUNT(*) FROM stock WHERE location_id = 10 AND quantity <> 0").number(db.read()).await.unwrap();
    let tx = db.begin().await.unwrap();
    Sql::new("UPDATE location SET kind = 'scrap' WHERE id = 10").run(&tx).await.unwrap();
    super::place_stock(&tx, &[10, 20]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(days_tie_out(db.read()).await.unwrap(), []);
    let now_day = day_at(crate::platform::clock::now_ms(), &zone("Asia/Shanghai"));
    let written_off = "SELECT COUNT(*) FROM stock_day d WHERE d.reason = 'location' AND d.site_id = 1 AND d.quantity_out - d.quantity_in = \
                       (SELECT s.quantity FROM stock s WHERE s.location_id = 10 AND s.item_id = d.item_id) AND d.day = ";
    assert!(lay > 0);
    assert_eq!(Sql::new(written_off).bind(now_day).number(db.read()).await.unwrap(), lay);
    assert_eq!(Sql::new("SELECT COUNT(*) FROM stock_day WHERE reason = 'location'").number(db.read()).await.unwrap(), lay, "no other");
    let after = summary(db.read(), &Scope::Sites(vec![SiteId(1)]), march, &Wanted::default(), &PageQuery::default()).await.unwrap().items;
    assert_eq!(before.iter().map(plain).collect::<Vec<_>>(), after.iter().map(plain).collect::<Vec<_>>());
    db.close().await.unwrap();
}
