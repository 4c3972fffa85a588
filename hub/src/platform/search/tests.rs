//! Searches on every database there is.

use sea_orm::Value;

use super::narrow::{Ways, narrow_by};
use super::{Kind, ensure, find, index, rebuild};
use crate::catalog::store::{Binding, bind_barcode};
use crate::db::Db;
use crate::ingest::rig::{SITE, rigs};
use crate::platform::scope::Scope;
use crate::platform::sql::{Sql, insert_many};
use qitao_domain::ids::{ItemId, SiteId};
use qitao_domain::quantity::Quantity;

const ITEMS: [(i64, &str, &str, &str); 8] = [
    (101, "MS-CD-18", "慕思 3D床垫 1.8 m", "De Rucci mattress"),
    (102, "SF-LISA-3", "丽莎 意式真皮沙发 三人位", "Lisa sofa, three seats"),
    (103, "SF-LISA-4", "丽莎 意式真皮沙发 四人位 灰色", "Lisa sofa, four seats, grey"),
    (104, "YG-ELM-24", "榆木衣柜 2.4 m", "Elm wardrobe"),
    (105, "CQ-1", "重庆 长沙发", "Chongqing sofa"),
    (106, "CL-100", "亚麻窗帘 100%_棉", "Curtain"),
    (107, "SFX-9", "沙发垫", "Sofa cushion"),
    (108, "MSCD", "木色茶几", "Tea table"),
];

async fn seed(db: &Db) {
    let tx = db.begin().await.unwrap();
    let rows = ITEMS.iter().map(|(id, code, name, name_en)| -> Vec<Value> {
        vec![
            (*id).into(),
            (*code).into(),
            (*name).into(),
            (*name_en).into(),
            "件".into(),
            1.into(),
            false.into(),
            false.into(),
            1_i64.into(),
            false.into(),
        ]
    });
    let columns = ["id", "code", "name", "name_en", "unit", "cartons", "by_lot", "is_kit", "version", "deleted"];
    insert_many(&tx, "item", &columns, rows.collect::<Vec<_>>()).await.unwrap();
    rebuild(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn items(db: &Db, typed: &str) -> Vec<i64> {
    let found = find(db.read(), Kind::Item, &Scope::All, typed, 50).await.unwrap();
    found.hits.iter().map(|hit| hit.record.parse().unwrap()).collect()
}

#[tokio::test]
async fn an_item_is_found_by_any_part_of_its_name_by_its_sound_and_by_its_initials() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        let wanted: [(&str, &[i64]); 22] = [
            ("慕思", &[101]),
            ("沙发", &[107, 102, 103, 105]),
            ("衣柜", &[1, 104]),
            ("柜", &[1, 104]),
            ("真皮沙", &[102, 103]),
            ("musi", &[101]),
            ("yigui", &[1, 104]),
            ("yg", &[1, 104]),
            ("ymyg", &[104]),
            ("慕思床垫", &[101]),
            ("慕思 床垫", &[101]),
            ("musichuangdian", &[101]),
            ("意式沙发灰", &[103]),
            ("沙发 huise", &[103]),
            ("Lisa FOUR", &[103]),
            ("chongqing", &[105]),
            ("zhongqing", &[105]),
            ("changshafa", &[105]),
            ("zhangshafa", &[105]),
            ("衣柜2.4m", &[104]),
            ("衣柜 2.4 m", &[104]),
            ("沙发 慕思", &[]),
        ];
        for (typed, ids) in wanted {
            assert_eq!(items(db, typed).await, ids, "{typed}");
        }
    }
}

#[tokio::test]
async fn the_whole_code_comes_before_its_beginning_and_that_before_names() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        assert_eq!(items(db, "mscd").await, [108, 101], "the whole code, then the beginning of one");
        assert_eq!(items(db, "SF").await, [102, 103, 107, 105], "codes, then initials");
        assert_eq!(items(db, "sf-lisa-4").await, [103]);
        assert_eq!(items(db, "ＳＦ－ｌｉｓａ").await, [102, 103], "full width");
        assert_eq!(items(db, "lisa-3").await, [102], "from a later part on");
        let found = find(db.read(), Kind::Item, &Scope::All, "沙发", 2).await.unwrap();
        assert_eq!((found.hits.len(), found.more), (2, true));
    }
}

#[tokio::test]
async fn a_change_is_found_with_its_transaction_and_what_is_gone_is_not() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        let tx = db.begin().await.unwrap();
        let binding = Binding { text: "06901234567892".into(), item: ItemId(104), quantity: Quantity::ONE, carton: None };
        bind_barcode(&tx, "test", &binding).await.unwrap();
        Sql::new("UPDATE item SET name = '意式餐边柜' WHERE id = 102").run(&tx).await.unwrap();
        Sql::new("UPDATE item SET deleted = TRUE WHERE id = 103").run(&tx).await.unwrap();
        index(&tx, Kind::Item, &["102".into(), "103".into()]).await.unwrap();
        tx.commit().await.unwrap();
        for typed in ["6901234567892", "06901234567892", "690123", "567892"] {
            assert_eq!(items(db, typed).await, [104], "{typed}");
        }
        assert_eq!((items(db, "真皮沙发").await, items(db, "canbiangui").await), (vec![], vec![102]));
        let before = Sql::new("SELECT COUNT(*) FROM search_use").number(db.read()).await.unwrap();
        let tx = db.begin().await.unwrap();
        Sql::new("UPDATE setting SET value = 'older' WHERE key = 'search_version'").run(&tx).await.unwrap();
        Sql::new("DELETE FROM search_use").run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        ensure(db).await.unwrap();
        assert_eq!(Sql::new("SELECT COUNT(*) FROM search_use").number(db.read()).await.unwrap(), before, "made anew, the same");
    }
}

#[tokio::test]
async fn whatever_is_typed_is_only_looked_for() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        for nothing in ["", " ", "%", "_", "%%", "'", "';--", "\0", "\u{10ffff}", "❀", "zzqq", "99999999", "\\", "(", "\"", "*"] {
            assert_eq!(items(db, nothing).await, Vec::<i64>::new(), "{nothing:?}");
        }
        assert_eq!(items(db, "100%_").await, [106], "signs carry nothing");
        for long in ["沙".repeat(5_000), "sf".repeat(5_000), "沙发 ".repeat(2_000), "a-".repeat(5_000), "1".repeat(5_000)] {
            items(db, &long).await;
        }
    }
}

#[tokio::test]
async fn what_belongs_to_a_site_is_found_by_those_who_see_the_site() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        let found = async |kind, scope: Scope, typed| find(db.read(), kind, &scope, typed, 50).await.unwrap().hits.len();
        assert_eq!(found(Kind::Location, Scope::All, "a-01").await, 2);
        assert_eq!(found(Kind::Location, Scope::Sites(vec![SiteId(SITE)]), "a01").await, 1);
        assert_eq!(found(Kind::Location, Scope::Sites(vec![]), "a01").await, 0);
        assert_eq!(found(Kind::Task, Scope::Sites(vec![SiteId(SITE)]), "ct-000001").await, 1);
        assert_eq!(found(Kind::Task, Scope::Sites(vec![SiteId(SITE + 1)]), "ct-000001").await, 0);
    }
}

/// What lists of items show for what was typed, by each way of reaching them, in order of their numbers.
async fn listed(db: &Db, typed: &str) -> Vec<i64> {
    let mut all = Vec::new();
    for ways in [Ways { named: 1_000, joined: 1_000 }, Ways { named: 0, joined: 1_000 }, Ways { named: 0, joined: 0 }] {
        let said = narrow_by(db.read(), Kind::Item, Some(typed), "i.id", ways).await.unwrap();
        let sql = Sql::new("SELECT i.id FROM item i WHERE NOT i.deleted").append(&said.filter).text(" ORDER BY i.id");
        all.push(sql.numbers(db.read()).await.unwrap());
    }
    assert!(all.iter().all(|ids| *ids == all[0]), "{typed}: {all:?}");
    all.swap_remove(0)
}

#[tokio::test]
async fn a_list_is_narrowed_to_what_a_search_finds_whichever_way_it_is_reached() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        for typed in [
            "沙发",
            "柜",
            "yg",
            "SF",
            "SF 灰色",
            "sofa grey",
            "慕思床垫",
            "意式沙发灰",
            "沙发 huise",
            "lisa-3",
            "2.4 m",
            "沙发 慕思",
            "100%_",
            "zzqq",
            "%",
            "'",
        ] {
            let mut found = items(db, typed).await;
            found.sort_unstable();
            assert_eq!(listed(db, typed).await, found, "{typed}");
        }
        let said = narrow_by(db.read(), Kind::Item, None, "i.id", Ways { named: 0, joined: 0 }).await.unwrap();
        assert!(said.filter.is_empty() && !said.is_common, "nothing typed narrows nothing");
    }
}

#[tokio::test]
async fn a_number_is_found_however_its_zeros_are_typed() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        let tx = db.begin().await.unwrap();
        Sql::new("UPDATE item SET code = 'PK-001177' WHERE id = 104").run(&tx).await.unwrap();
        Sql::new("UPDATE item SET code = 'XSD0000012' WHERE id = 106").run(&tx).await.unwrap();
        Sql::new(format!("UPDATE item SET code = 'WX{}' WHERE id = 105", "a1b2".repeat(10))).run(&tx).await.unwrap();
        index(&tx, Kind::Item, &["104".into(), "105".into(), "106".into()]).await.unwrap();
        tx.commit().await.unwrap();
        for typed in ["PK-001177", "pk001177", "1177", "01177", "PK1177", "PK-1177", "0001177"] {
            assert_eq!(items(db, typed).await, [104], "{typed}");
            assert_eq!(listed(db, typed).await, [104], "{typed}");
        }
        for typed in ["XSD12", "xsd-12", "0000012", "XSD0000012", "xsd012"] {
            assert_eq!(items(db, typed).await, [106], "{typed}");
        }
        let tx = db.begin().await.unwrap();
        Sql::new("UPDATE item SET code = 'A-0125' WHERE id = 107").run(&tx).await.unwrap();
        index(&tx, Kind::Item, &["107".into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(items(db, "xsd012").await, [106], "a number of somebody else that begins alike changes nothing");
        for nothing in ["a1b2c3d4e5", "餐桌 0.9"] {
            assert_eq!(items(db, nothing).await, Vec::<i64>::new(), "{nothing}");
        }
        assert_eq!(items(db, &format!("WX{}", "a1b2".repeat(10))).await, [105], "longer than a word is kept");
    }
}

#[tokio::test]
async fn words_of_others_do_not_keep_what_is_typed_from_being_cut() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        let tx = db.begin().await.unwrap();
        // A place with the same words in one, and an item that begins alike.
        Sql::new("UPDATE location SET name = '慕思床垫区' WHERE code = 'A-01'").run(&tx).await.unwrap();
        Sql::new("UPDATE item SET name = '慕思床架' WHERE id = 106").run(&tx).await.unwrap();
        rebuild(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(items(db, "慕思床垫").await, [101]);
        assert_eq!(listed(db, "慕思床垫").await, [101]);
        assert_eq!(items(db, "慕思床").await, [106], "a word that begins so is meant before two that do");
        for typed in ["慕思床垫 /", "慕思床垫 慕思床垫", "musichuangdian"] {
            assert_eq!(items(db, typed).await, [101], "{typed}");
        }
    }
}

#[tokio::test]
async fn every_record_is_found_however_many_of_its_words_begin_alike() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        // lisa, seats, sofa, sf…: more words than records.
        let found = find(db.read(), Kind::Item, &Scope::All, "s", 5).await.unwrap();
        assert_eq!((found.hits.len(), found.more), (5, false), "{found:?}");
    }
}

#[tokio::test]
async fn a_search_that_did_not_read_all_says_so() {
    for rig in rigs().await {
        let db = &rig.fleet.db;
        seed(db).await;
        // Two of their words begin alike: as many rows as were asked for, and fewer records.
        let found = find(db.read(), Kind::Item, &Scope::All, "s", 3).await.unwrap();
        assert!(found.more, "{found:?}");
    }
}
