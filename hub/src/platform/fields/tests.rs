//! Definitions and values of custom fields, and how the database answers for them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::FieldError;
use super::access::{CustomQuery, Order};
use super::compile::{Compiled, compile};
use super::model::{FieldSet, Kind, OptionList};
use super::rules::{Broken, Situation};
use super::store::{Fields, publish};
use super::subject::Subject;
use crate::db::Db;
use crate::db::rig::scratch;
use crate::http::page::{PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::drafts::{self, DraftError, Editing};
use crate::platform::expressions::Value;
use crate::platform::identity::Actor;
use crate::platform::organisation::tests::chain;
use crate::platform::sql::Sql;

fn set(fields: Json) -> FieldSet {
    serde_json::from_value(json!({"groups": [{"key": "care", "title": "保养"}], "fields": fields})).unwrap()
}

fn lists() -> BTreeMap<String, OptionList> {
    let colours = json!({"title": "颜色", "options": [{"code": "red", "title": "红"}, {"code": "old", "title": "旧", "active": false}]});
    BTreeMap::from([("colours".to_owned(), serde_json::from_value(colours).unwrap())])
}

fn compiled(fields: Json) -> Compiled {
    compile(Subject::Item, &set(fields), &lists(), &BTreeMap::new()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn faults(fields: Json) -> Vec<(String, &'static str)> {
    let faults = compile(Subject::Item, &set(fields), &lists(), &BTreeMap::from([("weight".to_owned(), Kind::Decimal)])).unwrap_err();
    faults.into_iter().map(|fault| (fault.at, fault.rule)).collect()
}

fn map(json: Json) -> Map<String, Json> {
    json.as_object().unwrap().clone()
}

/// Writes values at an organisation, on 2026-03-01 in Shanghai.
fn accept(set: &Compiled, organisation: Option<i64>, new: bool, was: Json, given: Json) -> Result<Json, Vec<Broken>> {
    let (tree, now) = (chain(), "2026-02-28T16:30:00Z".parse::<Timestamp>().unwrap());
    let at = Situation { tree: &tree, organisation, now, zone: TimeZone::get("Asia/Shanghai").unwrap(), new };
    let record = Value::object([("unit", Value::text("件")), ("cartons", Value::Int(3))]);
    set.accept(&at, record, &map(was), &map(given)).map(Json::Object)
}

fn refused(set: &Compiled, given: Json) -> Vec<(String, &'static str)> {
    accept(set, None, false, json!({}), given).unwrap_err().into_iter().map(|broken| (broken.field, broken.rule)).collect()
}

#[test]
fn every_kind_of_value_is_taken_in_one_form_and_refused_by_name() {
    let set = compiled(json!([
        {"key": "label", "title": "标", "kind": "text", "max_length": 5}, {"key": "notes", "title": "备注", "kind": "long_text"},
        {"key": "years", "title": "年", "kind": "number"}, {"key": "length", "title": "长", "kind": "decimal"},
        {"key": "price", "title": "价", "kind": "money"}, {"key": "made", "title": "产", "kind": "date"},
        {"key": "at", "title": "时", "kind": "time"}, {"key": "colour", "title": "色", "kind": "choice", "options_from": "colours"},
        {"key": "rooms", "title": "房", "kind": "choices", "options": [{"code": "bed", "title": "卧"}, {"code": "bath", "title": "浴"}]},
        {"key": "heavy", "title": "重", "kind": "boolean"},
    ]));
    let good = json!({"label": " 橡木 ", "notes": "一\n二", "years": "5", "length": 2.5, "price": "1999", "made": "2026-01-31", "at": "9:30",
        "colour": "red", "rooms": ["bath", "bed", "bath"], "heavy": "true"});
    let stored = json!({"label": "橡木", "notes": "一\n二", "years": 5, "length": "2.5", "price": "1999.00", "made": "2026-01-31", "at": "09:30",
        "colour": "red", "rooms": ["bath", "bed"], "heavy": true});
    assert_eq!(accept(&set, None, false, json!({}), good).unwrap(), stored);
    assert_eq!(accept(&set, None, false, stored.clone(), stored.clone()).unwrap(), stored, "as it was read it can be sent back");
    let emptied = json!({"label": "", "notes": null, "years": null, "length": "", "price": null, "made": "", "at": "", "colour": "", "rooms": [], "heavy": null});
    assert_eq!(accept(&set, None, false, stored, emptied).unwrap(), json!({}));
    for (key, wrong, rule) in [
        ("label", json!("橡木衣柜大号"), "field_length"),
        ("label", json!("a\nb"), "field_kind"),
        ("label", json!(5), "field_kind"),
        ("years", json!(1.5), "field_kind"),
        ("years", json!(1_i64 << 60), "field_kind"),
        ("length", json!("1.1234567"), "field_kind"),
        ("length", json!("1e5"), "field_kind"),
        ("price", json!("1.999"), "field_kind"),
        ("price", json!(-0.001), "field_kind"),
        ("made", json!("2026-02-30"), "field_kind"),
        ("made", json!("31.01.2026"), "field_kind"),
        ("made", json!("2026-01-31T10:00:00"), "field_kind"),
        ("at", json!("25:00"), "field_kind"),
        ("colour", json!("blue"), "field_option"),
        ("colour", json!("old"), "field_option"),
        ("rooms", json!("bed"), "field_kind"),
        ("rooms", json!(["bed", "attic"]), "field_option"),
        ("heavy", json!("yes"), "field_kind"),
        ("unknown", json!(1), "field_exists"),
    ] {
        assert_eq!(refused(&set, json!({key: wrong.clone()})), [(format!("custom.{key}"), rule)], "{wrong}");
    }
    assert_eq!(refused(&set, json!({"years": "x", "price": "x"})).len(), 2, "all that is wrong is said at once");
    let old = json!({"colour": "old"});
    assert_eq!(accept(&set, None, false, old.clone(), old.clone()).unwrap(), old, "who has an option that was switched off keeps it");
}

#[test]
fn required_fields_conditions_checks_and_defaults_are_held_to() {
    let set = compiled(json!([
        {"key": "colour", "title": "颜色", "title_en": "Colour", "kind": "choice", "options_from": "colours", "required": true, "default": "red"},
        {"key": "years", "title": "质保年数", "kind": "number", "required_when": "custom.price > 1000 && record.cartons > 2",
         "checks": [{"rule": "custom.years >= 1 && custom.years <= 10", "message": "质保 1 到 10 年", "message_en": "1 to 10 years"}]},
        {"key": "price", "title": "价", "kind": "money", "checks": [{"rule": "custom.price > custom.cost", "message": "要高于成本"}]},
        {"key": "cost", "title": "成本", "kind": "money"},
        {"key": "due", "title": "到期", "kind": "date", "checks": [{"rule": "custom.due > today", "message": "要晚于今天"}]},
    ]));
    assert_eq!(accept(&set, None, true, json!({}), json!({})).unwrap(), json!({"colour": "red"}), "a new record gets the default");
    assert_eq!(refused(&set, json!({"price": "5"})), [("custom.colour".to_owned(), "field_required")]);
    let given = |extra: Json| {
        let mut all = map(json!({"colour": "red"}));
        all.extend(map(extra));
        accept(&set, None, false, json!({}), Json::Object(all))
    };
    assert_eq!(given(json!({"price": "1000.01"})).unwrap_err()[0].field, "custom.years");
    assert!(given(json!({"price": "1000.00"})).is_ok() && given(json!({"price": "1000.01", "years": 3})).is_ok());
    let broken = given(json!({"years": 11})).unwrap_err();
    assert_eq!(
        (broken[0].rule, broken[0].zh.as_str(), broken[0].en.as_str()),
        ("field_check", "“质保年数”：质保 1 到 10 年", "质保年数: 1 to 10 years")
    );
    assert!(given(json!({"price": "5"})).is_ok(), "what a check compares with is empty: it asks for nothing");
    assert_eq!(given(json!({"price": "5", "cost": "5"})).unwrap_err()[0].field, "custom.price");
    assert_eq!(given(json!({"due": "2026-03-01"})).unwrap_err()[0].rule, "field_check", "today is today at the site");
    assert!(given(json!({"due": "2026-03-02"})).is_ok());
    let problem = Problem::from(FieldError::Broken(broken));
    assert_eq!((problem.rule(), problem.status().as_u16()), ("field_check", 422));
}

#[test]
fn a_field_is_there_only_where_it_is_switched_on() {
    let set = compiled(json!([{"key": "floor", "title": "楼层", "kind": "number", "required": true, "organisations": [3]}]));
    assert!(accept(&set, Some(4), true, json!({}), json!({})).is_err(), "a store of the dealer");
    assert!(accept(&set, Some(4), true, json!({}), json!({"floor": 2})).is_ok());
    assert!(accept(&set, Some(7), true, json!({}), json!({})).is_ok(), "another dealer's store");
    assert_eq!(accept(&set, Some(7), true, json!({}), json!({"floor": 2})).unwrap_err()[0].rule, "field_exists");
    assert_eq!(accept(&set, Some(7), false, json!({"floor": 2}), json!({})).unwrap(), json!({"floor": 2}), "what is there stays");
}

#[test]
fn every_mistake_in_definitions_is_named_by_its_place() {
    let text = |key: &str| json!({"key": key, "title": "标", "kind": "text"});
    let with = |key: &str, more: Json| {
        let mut field = map(text(key));
        field.extend(map(more));
        Json::Object(field)
    };
    for (fields, at, rule) in [
        (json!([text("Key")]), "fields[0].key", "key_shape"),
        (json!([text("1a")]), "fields[0].key", "key_shape"),
        (json!([text("in")]), "fields[0].key", "key_shape"),
        (json!([text("a'b")]), "fields[0].key", "key_shape"),
        (json!([text("a"), text("a")]), "fields[1].key", "key_free"),
        (json!([text("unit")]), "fields[0].key", "key_free"),
        (json!([text("weight")]), "fields[0].kind", "kind_stays"),
        (json!([with("a", json!({"title": ""}))]), "fields[0].title", "title_length"),
        (json!([with("a", json!({"group": "none"}))]), "fields[0].group", "group_exists"),
        (json!([with("a", json!({"kind": "choice"}))]), "fields[0].options", "options_fit"),
        (json!([with("a", json!({"kind": "choice", "options_from": "none"}))]), "fields[0].options_from", "option_list_exists"),
        (json!([with("a", json!({"options": [{"code": "x", "title": "x"}]}))]), "fields[0].options", "options_fit"),
        (
            json!([with("a", json!({"kind": "choice", "options": [{"code": "x", "title": "x"}, {"code": "x", "title": "y"}]}))]),
            "fields[0].options[1].code",
            "option_code",
        ),
        (json!([with("a", json!({"default": 5}))]), "fields[0].default", "field_kind"),
        (json!([with("a", json!({"required_when": "custom.b == 'x'"}))]), "fields[0].required_when", "unknown_field"),
        (json!([with("a", json!({"checks": [{"rule": "custom.a > 5", "message": "x"}]}))]), "fields[0].checks[0].rule", "type"),
        (json!([with("a", json!({"checks": [{"rule": "size(custom.a)", "message": "x"}]}))]), "fields[0].checks[0].rule", "type"),
        (json!([with("a", json!({"checks": [{"rule": "true", "message": " "}]}))]), "fields[0].checks[0].message", "message_length"),
        (json!([with("a", json!({"kind": "long_text", "filter": true}))]), "fields[0].filter", "kind_filters"),
        (json!([with("a", json!({"max_length": 0}))]), "fields[0].max_length", "length_range"),
    ] {
        let found = faults(fields.clone());
        assert!(found.contains(&(at.to_owned(), rule)), "{fields}: {found:?}");
    }
    let fault = compile(Subject::Item, &set(json!([with("a", json!({"required_when": "custom.a = 'x'"}))])), &lists(), &BTreeMap::new())
        .unwrap_err();
    assert_eq!(fault[0].to_json()["place"]["column"], 10, "and within the expression");
}

async fn drafted(db: &Db, version: i64, fields: Json) -> Result<(), DraftError> {
    let tx = db.begin().await.unwrap();
    let editing = Editing { kind: drafts::Kind::Fields, name: "item", version, author: "li" };
    editing.draft(&tx, Some(serde_json::to_value(set(fields)).unwrap())).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn published(db: &Db, version: i64, restores: Option<i64>) -> Result<i64, FieldError> {
    publish(db, Subject::Item, Editing { kind: drafts::Kind::Fields, name: "item", version, author: "li" }, restores).await
}

async fn indexes(db: &Db) -> i64 {
    let sql = match db.backend() {
        sea_orm::DbBackend::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name LIKE 'custom_item%'",
        _ => "SELECT COUNT(*) FROM pg_indexes WHERE indexname LIKE 'custom_item%'",
    };
    Sql::new(sql).number(db.read()).await.unwrap()
}

#[tokio::test]
async fn a_draft_holds_for_nobody_until_it_is_published_and_an_older_version_comes_back() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let fields = Fields::new(db.clone());
    let keys = async || fields.of(Subject::Item).await.unwrap().fields.iter().map(|of| of.field.key.clone()).collect::<Vec<_>>();
    let first = json!([{"key": "a", "title": "甲", "kind": "text", "filter": true}]);
    assert!(matches!(published(&db, 0, None).await, Err(FieldError::Draft(DraftError::NoDraft))));
    drafted(&db, 0, first).await.unwrap();
    assert!(keys().await.is_empty());
    assert!(matches!(published(&db, 0, None).await, Err(FieldError::Draft(DraftError::Changed))), "made from an older state");
    assert_eq!((published(&db, 1, None).await.unwrap(), keys().await, indexes(&db).await), (1, vec!["a".to_owned()], 1));

    drafted(&db, 2, json!([{"key": "a", "title": "甲", "kind": "number"}])).await.unwrap();
    assert!(matches!(published(&db, 3, None).await, Err(FieldError::Definitions(faults)) if faults[0].rule == "kind_stays"));
    drafted(&db, 3, json!([{"key": "b", "title": "乙", "kind": "number", "filter": true}])).await.unwrap();
    assert_eq!((published(&db, 4, None).await.unwrap(), keys().await, indexes(&db).await), (2, vec!["b".to_owned()], 1));
    assert!(matches!(published(&db, 5, Some(9)).await, Err(FieldError::Draft(DraftError::NoVersion))));
    assert_eq!((published(&db, 5, Some(1)).await.unwrap(), keys().await), (3, vec!["a".to_owned()]));
    let versions = drafts::versions(db.read(), drafts::Kind::Fields, "item").await.unwrap();
    assert_eq!(versions.iter().map(|version| (version.number, version.restores)).collect::<Vec<_>>(), [(3, 1), (2, 0), (1, 0)]);
    let written = Sql::new("SELECT COUNT(*) FROM audit WHERE entity = 'field_settings' AND author = 'li'").number(db.read()).await.unwrap();
    assert_eq!(written, 6, "three drafts, three publications");
}

/// Items with these values, by number from 1.
async fn items(db: &Db, values: &[Json]) {
    let tx = db.begin().await.unwrap();
    for (n, custom) in values.iter().enumerate() {
        let row: [sea_orm::Value; 11] = [
            format!("I{:03}", n + 1).into(),
            "商品".into(),
            "".into(),
            "件".into(),
            1.into(),
            false.into(),
            false.into(),
            1_i64.into(),
            false.into(),
            custom.clone().into(),
            i64::try_from(n + 1).unwrap().into(),
        ];
        let insert = "INSERT INTO item (code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted, custom, id) VALUES ";
        Sql::new(insert).list(row).run(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn nobody() -> Actor {
    let role = crate::platform::identity::StoredRole {
        id: 1,
        code: "r".into(),
        name: "r".into(),
        name_en: "r".into(),
        built_in: true,
        scope: "all".into(),
        rights: "[]".into(),
        fields: r#"{"item.cost":"none"}"#.into(),
        codes_required: false,
        version: 1,
    };
    let grants = vec![crate::platform::identity::Grant::at(&role, None, vec![])];
    Actor { id: 1, login: "x".into(), name: "x".into(), organisation: None, grants, tree: std::sync::Arc::new(chain()) }
}

fn filterable() -> Compiled {
    compiled(json!([
        {"key": "label", "title": "标", "kind": "text", "filter": true}, {"key": "years", "title": "年", "kind": "number", "filter": true},
        {"key": "price", "title": "价", "kind": "money", "filter": true}, {"key": "made", "title": "产", "kind": "date", "filter": true},
        {"key": "colour", "title": "色", "kind": "choice", "options_from": "colours", "filter": true},
        {"key": "rooms", "title": "房", "kind": "choices", "options": [{"code": "bed", "title": "卧"}, {"code": "bath", "title": "浴"}], "filter": true},
        {"key": "heavy", "title": "重", "kind": "boolean", "filter": true}, {"key": "cost", "title": "本", "kind": "money", "filter": true},
        {"key": "plain", "title": "素", "kind": "text"},
    ]))
}

async fn asked(db: &Db, set: &Compiled, query: &[(&str, &str)]) -> Result<Vec<i64>, Problem> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        id: i64,
        code: String,
        sort_text: Option<String>,
        sort_number: Option<f64>,
    }
    let query = CustomQuery(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    let narrowed = query.narrow(set, &nobody(), db.backend(), "i.")?;
    let (columns, filter) = (Order::columns(narrowed.order.as_ref()), &narrowed.filter);
    let (mut found, mut cursor) = (Vec::new(), None);
    // Page by page, two rows each, as lists do.
    loop {
        let each = Sql::new("SELECT 1 FROM item i WHERE 1 = 1").append(filter);
        let rows = Sql::new(format!("SELECT i.id, i.code, {columns} FROM item i WHERE 1 = 1")).append(filter);
        let page = PageQuery::of_rows(cursor, 2);
        let page = match &narrowed.order {
            None => page.rows(db.read(), each, rows, Sort::up(&["i.id"]), |row: &Row| row.id).await?,
            Some(order) => {
                let key = |row: &Row| (Order::key(row.sort_text.as_deref(), row.sort_number), row.code.clone());
                page.rows(db.read(), each, rows, order.sort(&[order.expression(), "i.code"]), key).await?
            }
        };
        found.extend(page.items.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            assert_eq!(page.total, i64::try_from(found.len()).unwrap());
            return Ok(found);
        }
    }
}

#[tokio::test]
async fn both_databases_narrow_and_sort_by_custom_fields_alike() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let set = filterable();
    let rows = [
        json!({"label": "Oak 100%", "years": 5, "price": "199.90", "made": "2026-01-31", "colour": "red", "rooms": ["bed", "bath"], "heavy": true}),
        json!({"label": "oak", "years": 10, "price": "1000.00", "made": "2025-12-01", "colour": "old", "rooms": ["bath"], "heavy": false}),
        json!({"years": -1, "price": "20.00"}),
        json!({}),
    ];
    items(&db, &rows).await;
    // Indexes are on the expressions that are asked for.
    let tx = db.begin().await.unwrap();
    for of in &set.fields {
        if let Some(make) = super::access::index(db.backend(), "item", &of.field.key, of.field.kind) {
            sea_orm::ConnectionTrait::execute_unprepared(&tx, &make).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    for (query, wanted) in [
        (vec![("custom.label", "OAK")], vec![1, 2]),
        (vec![("custom.label", "0%")], vec![1]),
        (vec![("custom.years", "10")], vec![2]),
        (vec![("custom.price.from", "20"), ("custom.price.to", "199.9")], vec![1, 3]),
        (vec![("custom.price.from", "-5")], vec![1, 2, 3]),
        (vec![("custom.made.to", "2025-12-31")], vec![2]),
        (vec![("custom.colour", "red, old")], vec![1, 2]),
        (vec![("custom.rooms", "bed")], vec![1]),
        (vec![("custom.rooms", "bath,bed")], vec![1, 2]),
        (vec![("custom.heavy", "false")], vec![2]),
        (vec![("custom.heavy", "true"), ("custom.years", "5")], vec![1]),
        (vec![("custom.years.empty", "true")], vec![4]),
        (vec![("custom.label.empty", "false")], vec![1, 2]),
        (vec![("custom.rooms.empty", "true")], vec![3, 4]),
        (vec![("sort", "custom.price")], vec![4, 3, 1, 2]),
        (vec![("sort", "-custom.price")], vec![2, 1, 3, 4]),
        (vec![("sort", "-custom.years"), ("custom.price.from", "100")], vec![2, 1]),
        (vec![("sort", "custom.made")], vec![3, 4, 2, 1]),
        (vec![("sort", "-custom.heavy")], vec![1, 2, 4, 3]),
    ] {
        assert_eq!(asked(&db, &set, &query).await.unwrap(), wanted, "{query:?}");
    }
    if db.backend() == sea_orm::DbBackend::Sqlite {
        #[derive(sea_orm::FromQueryResult)]
        struct Step {
            detail: String,
        }
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT 1 FROM item i WHERE {} = ",
            super::access::expression(db.backend(), "i.", "years", Kind::Number)
        );
        let steps: Vec<Step> = Sql::new(sql).bind(5.0).all(db.read()).await.unwrap();
        assert!(steps.iter().any(|step| step.detail.contains("custom_item_years")), "the index is of use");
    }
    for wrong in [
        ("custom.nothing", "1"),
        ("custom.plain", "x"),
        ("custom.cost", "1"),
        ("custom.years", "viele"),
        ("custom.years.around", "1"),
        ("custom.heavy", "maybe"),
        ("custom.label.from", "a"),
        ("sort", "custom.rooms"),
        ("sort", "price"),
        ("sort", "custom.cost"),
    ] {
        assert_eq!(asked(&db, &set, &[wrong]).await.unwrap_err().status().as_u16(), 400, "{wrong:?}");
    }
}

#[test]
fn a_field_that_a_role_does_not_show_is_in_no_answer_and_no_column() {
    let (set, reader) = (filterable(), nobody());
    assert_eq!(set.shown(&reader.anywhere(), &json!({"cost": "5.00", "plain": "x", "gone": 1})), map(json!({"plain": "x"})));
    let columns = set.columns(&reader);
    assert!(
        columns.columns.iter().any(|column| column.key == "custom.plain")
            && columns.columns.iter().all(|column| column.key != "custom.cost")
    );
    let form = set.form(&reader, &reader.tree, None);
    assert!(form.fields.iter().all(|field| field.key != "custom.cost"));
    assert_eq!(set.may_write(&reader.anywhere(), &map(json!({"cost": "1"}))).unwrap_err().rule(), "field_right");
}

proptest! {
    /// Whatever JSON comes, it is stored in a form that comes back unchanged, or refused.
    #[test]
    fn what_is_stored_can_be_written_again(key in prop::sample::select(vec!["label", "years", "price", "made", "colour", "rooms", "heavy"]),
        text in "[ -~]{0,12}|[0-9]{1,4}(\\.[0-9]{1,3})?|20[0-9]{2}-[0-9]{2}-[0-9]{2}|red|bed|true", wrap in 0..3)
    {
        let given = match wrap {
            0 => json!(text),
            1 => json!([text]),
            _ => serde_json::from_str(&text).unwrap_or(json!({"a": 1})),
        };
        let set = filterable();
        if let Ok(stored) = accept(&set, None, false, json!({}), json!({key: given})) {
            prop_assert_eq!(accept(&set, None, false, json!({}), stored.clone()).unwrap(), stored);
        }
    }
}
