//! Views against a database, and who finds which.

use std::sync::Arc;

use super::api::ViewWanted;
use super::{ViewError, store};
use crate::db::Db;
use crate::db::rig::scratch;
use crate::platform::identity::{Actor, Grant, StoredRole};
use crate::platform::organisation::tests::chain;
use crate::platform::sql::Sql;

const MANAGER: i64 = 900;
const SALES: i64 = 901;

fn role(id: i64) -> StoredRole {
    let (name, fields) = (format!("r{id}"), "{}".to_owned());
    StoredRole {
        id,
        code: name.clone(),
        name: name.clone(),
        name_en: name,
        built_in: false,
        scope: "below".into(),
        rights: "[]".into(),
        fields,
        codes_required: false,
        version: 1,
    }
}

/// Somebody of an organisation of the small chain: 3 is a dealer with the stores 4 and 5, 7 is the store of another dealer.
fn person(id: i64, organisation: i64, role_id: i64) -> Actor {
    let grants = vec![Grant::at(&role(role_id), Some(organisation), vec![])];
    Actor { id, login: format!("p{id}"), name: format!("P{id}"), organisation: Some(organisation), grants, tree: Arc::new(chain()) }
}

async fn seed(db: &Db) {
    let tx = db.begin().await.unwrap();
    for id in [3, 4, 5, 7] {
        Sql::new(format!(
            "INSERT INTO organisation (id, parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) \
             SELECT {id}, MIN(id), 'dealer', 'O{id}', 'O{id}', '', '/x/{id}/', 'UTC', TRUE, '{{}}', 1 FROM organisation"
        ))
        .run(&tx)
        .await
        .unwrap();
    }
    for id in [31, 41, 42, 51, 71] {
        Sql::new(format!(
            "INSERT INTO hub_user (id, login, name, password_hash, disabled, version) VALUES ({id}, 'p{id}', 'P{id}', '', FALSE, 1)"
        ))
        .run(&tx)
        .await
        .unwrap();
    }
    for id in [MANAGER, SALES] {
        Sql::new(format!(
            "INSERT INTO role (id, code, name, name_en, built_in, scope, rights, fields, codes_required, version) \
             VALUES ({id}, 'r{id}', 'r{id}', '', FALSE, 'below', '[]', '{{}}', FALSE, 1)"
        ))
        .run(&tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

fn wanted(name: &str, organisation: Option<i64>, role: Option<i64>) -> ViewWanted {
    ViewWanted {
        list: "tasks".into(),
        name: name.into(),
        query: "state=open&kind=pick".into(),
        hidden: vec!["created".into()],
        dense: true,
        organisation,
        role,
    }
}

async fn names(db: &Db, reader: &Actor) -> Vec<String> {
    store::list(db.read(), reader, Some("tasks".into())).await.unwrap().into_iter().map(|view| view.name).collect()
}

#[tokio::test]
async fn a_view_is_found_by_its_owner_and_by_those_it_is_shared_with() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    seed(&db).await;
    let owner = person(31, 3, MANAGER);
    for (name, organisation, role) in
        [("a own", None, None), ("b store 4", Some(4), None), ("c dealer", Some(3), None), ("d sellers", Some(3), Some(SALES))]
    {
        store::create(&db, &owner, wanted(name, organisation, role), None).await.unwrap();
    }
    assert_eq!(names(&db, &owner).await, ["a own", "b store 4", "c dealer", "d sellers"]);
    assert_eq!(names(&db, &person(41, 4, MANAGER)).await, ["b store 4", "c dealer"]);
    assert_eq!(names(&db, &person(42, 4, SALES)).await, ["b store 4", "c dealer", "d sellers"]);
    assert_eq!(names(&db, &person(51, 5, MANAGER)).await, ["c dealer"]);
    assert_eq!(names(&db, &person(71, 7, SALES)).await, Vec::<String>::new());
    assert!(store::list(db.read(), &owner, Some("items".into())).await.unwrap().is_empty());

    let seen = store::list(db.read(), &person(42, 4, SALES), None).await.unwrap();
    let shared = &seen[0];
    assert!(!shared.mine && shared.owner.as_deref() == Some("P31") && shared.organisation.is_none() && shared.role.is_none());
    assert_eq!(
        (shared.query.as_str(), shared.hidden.as_slice(), shared.dense),
        ("state=open&kind=pick", &["created".to_owned()][..], true)
    );
}

#[tokio::test]
async fn only_its_owner_changes_a_view_and_nobody_writes_over_a_change() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    seed(&db).await;
    let (owner, other, stranger) = (person(31, 3, MANAGER), person(41, 4, MANAGER), person(71, 7, SALES));
    let id = store::create(&db, &owner, wanted("picks", Some(3), None), None).await.unwrap();

    let of_other = store::change(&db, &other, id, 1, wanted("mine now", None, None)).await;
    assert!(matches!(of_other, Err(ViewError::NotYours)));
    assert!(matches!(store::remove(&db, &other, id).await, Err(ViewError::NotYours)));
    assert!(matches!(store::remove(&db, &stranger, id).await, Err(ViewError::NoView)));

    store::change(&db, &owner, id, 1, wanted("picks of today", None, None)).await.unwrap();
    let late = store::change(&db, &owner, id, 1, wanted("late", None, None)).await;
    assert!(matches!(late, Err(ViewError::Changed)));
    assert_eq!(names(&db, &owner).await, ["picks of today"]);
    assert!(names(&db, &other).await.is_empty(), "it is shared no longer");

    assert!(matches!(store::create(&db, &owner, wanted("picks of today", None, None), None).await, Err(ViewError::Taken)));
    assert!(matches!(store::create(&db, &owner, wanted("  ", None, None), None).await, Err(ViewError::Name)));
    assert!(matches!(store::create(&db, &owner, wanted("x", None, Some(SALES)), None).await, Err(ViewError::RoleAlone)));
    assert!(matches!(store::create(&db, &owner, wanted("x", Some(3), Some(12345)), None).await, Err(ViewError::NoRole)));
    store::remove(&db, &owner, id).await.unwrap();
    assert!(names(&db, &owner).await.is_empty());
    let written = Sql::new("SELECT COUNT(*) FROM audit WHERE entity = 'view'").number(db.read()).await.unwrap();
    assert_eq!(written, 3, "made, changed, forgotten");
}
