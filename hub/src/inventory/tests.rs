//! Lists of stock that are longer than what is counted.

use super::by_item::{near, stock_by_item};
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
