//! The audit on the database of this run.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::db::{Db, rig};
use crate::http::page::PageQuery;
use crate::platform::identity::{Actor, Grant, StoredRole};
use crate::platform::organisation::Organisations;
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::sql::Sql;

async fn write(db: &Db, author: &str, entity: &'static str, id: &str, action: &'static str) {
    let tx = db.begin().await.unwrap();
    record(&tx, Change { author, entity, id: id.to_owned(), action }, NOTHING, NOTHING).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_database_itself_refuses_to_rewrite_the_audit() {
    let scratch = rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    write(&db, "li", "task", "1", "create").await;
    let mut statements = vec!["UPDATE audit SET author = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"];
    if db.backend() == sea_orm::DbBackend::Sqlite {
        statements.push("INSERT OR REPLACE INTO audit (id, at_ms, author, entity, entity_id, action) VALUES (1, 1, 'x', 'x', 'x', 'x')");
    } else {
        statements.push("TRUNCATE audit");
    }
    for statement in statements {
        let tx = db.begin().await.unwrap();
        let refused = Sql::new(statement).run(&tx).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    assert_eq!(Sql::new("SELECT COUNT(*) FROM audit WHERE author = 'li'").number(db.read()).await.unwrap(), 1);
}

#[tokio::test]
async fn whoever_writes_a_personal_field_into_the_audit_writes_it_masked() {
    let scratch = rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let tx = db.begin().await.unwrap();
    let change = Change { author: "li", entity: "customer", id: "1".into(), action: "change" };
    let old = json!({"name": "张", "contacts": [{"phone": "138 1234 5678", "email": "zhang@x.com"}]});
    let new =
        json!({"phone": "138****5678", "address": "上海市徐汇区漕溪北路 88 号", "id_number": 310_104_199_001_011_234_i64, "phones": 2});
    record(&tx, change, Some(old), Some(new)).await.unwrap();
    tx.commit().await.unwrap();
    let row = list(db.read(), &Scope::All, Asked::default(), &PageQuery::default()).await.unwrap().items.remove(0);
    assert_eq!(row.old.unwrap(), json!({"name": "张", "contacts": [{"phone": "138****5678", "email": "z***@x.com"}]}));
    assert_eq!(row.new.unwrap(), json!({"phone": "138****5678", "address": "上海市徐汇区****", "id_number": "310****1234", "phones": 2}));
}

#[tokio::test]
async fn pages_go_from_new_to_old_without_a_gap_and_filters_narrow_them() {
    let scratch = rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let tx = db.begin().await.unwrap();
    // Many within one millisecond, as a batch writes them.
    for n in 0..25_i64 {
        let (author, entity, action) = if n % 5 == 0 { ("li", "task", "create") } else { ("han", "item", "change") };
        Sql::new("INSERT INTO audit (at_ms, author, entity, entity_id, action) VALUES ")
            .list([sea_orm::Value::from(1_000 + n / 10), author.into(), entity.into(), (n % 2).to_string().into(), action.into()])
            .run(&tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(db.read(), &Scope::All, Asked::default(), &PageQuery::of_rows(cursor, 7)).await.unwrap();
        assert_eq!(page.total, 25);
        seen.extend(page.items.iter().map(|row| (row.at_ms, row.id)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{seen:?}");
    let count = async |asked: Asked| list(db.read(), &Scope::All, asked, &PageQuery::default()).await.unwrap().items.len();
    assert_eq!(count(Asked { author: Some("li".into()), ..Asked::default() }).await, 5);
    assert_eq!(count(Asked { entity: Some("task".into()), id: Some("0".into()), ..Asked::default() }).await, 3);
    assert_eq!(count(Asked { action: Some("change".into()), ..Asked::default() }).await, 20);
    assert_eq!(count(Asked { from: Some(1_001), to: Some(1_002), ..Asked::default() }).await, 10);
    assert_eq!(timeline(db.read(), "item", 1, &PageQuery::default()).await.unwrap().total, 10);
}

#[tokio::test]
async fn an_auditor_of_a_part_of_the_chain_reads_of_that_part_only() {
    let scratch = rig::scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let tx = db.begin().await.unwrap();
    let top = Sql::new("SELECT id FROM organisation WHERE parent_id IS NULL").number(&tx).await.unwrap();
    for (id, site) in [(101, 1), (102, 2)] {
        for statement in [
            format!(
                "INSERT INTO organisation (id, parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) \
                 VALUES ({id}, {top}, 'store', 'S{id}', 's', '', '/{top}/{id}/', 'Asia/Shanghai', TRUE, '{{}}', 1)"
            ),
            format!("INSERT INTO site (id, code, name, time_zone, organisation_id) VALUES ({site}, 'S{id}', 's', 'Asia/Shanghai', {id})"),
            format!(
                "INSERT INTO task (id, number, kind, site_id, reference, state, created_ms, created_by) \
                 VALUES ({site}, 'PK-{site}', 'pick', {site}, '', 'open', 1, 'test')"
            ),
            format!(
                "INSERT INTO hub_user (id, login, name, password_hash, disabled, organisation_id, version) \
                 VALUES ({id}, 'p{id}', 'p', '', FALSE, {id}, 1)"
            ),
        ] {
            Sql::new(statement).run(&tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    for (entity, id) in [
        ("task", "1"),
        ("task", "2"),
        ("person", "101"),
        ("person", "102"),
        ("organisation", "101"),
        ("organisation", "102"),
        ("role", "1"),
    ] {
        write(&db, "admin", entity, id, "change").await;
    }
    let tree = Organisations::new(db.clone()).tree().await.unwrap();
    let role = StoredRole {
        id: 1,
        code: "auditor".into(),
        name: String::new(),
        name_en: String::new(),
        built_in: true,
        scope: "all".into(),
        rights: r#"["audit.see"]"#.into(),
        fields: "{}".into(),
        codes_required: false,
        version: 1,
    };
    let read = async |chosen: Vec<i64>| {
        let grants = vec![Grant::at(&role, Some(top), chosen)];
        let actor = Actor { id: 9, login: "a".into(), name: "a".into(), organisation: Some(top), grants, tree: Arc::clone(&tree) };
        let page = PageQuery::default();
        let page = list(db.read(), &scope::of(&actor, Entity::Audit), Asked::default(), &page).await.unwrap();
        assert_eq!(usize::try_from(page.total).unwrap(), page.items.len());
        page.items.into_iter().map(|row| format!("{} {}", row.entity, row.entity_id)).collect::<Vec<_>>()
    };
    assert_eq!(read(vec![]).await.len(), 7);
    assert_eq!(read(vec![101]).await, ["organisation 101", "person 101", "task 1"]);
}
