//! Lists of stock that are longer than what is counted.

use super::store::stock_by_item;
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
