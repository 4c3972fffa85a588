//! Gates and paths of stages, with the pipelines that the hub comes with and a sample kind of record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::model::Pipeline;
use super::rules::{Missing, Moving, Ready, may_move, ready};
use super::store;
use crate::db::Db;
use crate::db::rig::scratch;
use crate::platform::drafts::{DraftError, Editing, Kind};
use crate::platform::expressions::{Bindings, Type};
use crate::platform::fields::FieldError;

fn pipeline() -> Pipeline {
    serde_json::from_value(json!({"entity": "deal", "title": "样例", "stages": [
        {"code": "lead", "title": "线索", "leave": {"fields": [{"key": "name", "title": "姓名", "title_en": "name"}]}, "limit_hours": 24},
        {"code": "design", "title": "方案", "enter": {"fields": [{"key": "custom.budget", "title": "预算"}]},
         "leave": {"files": [{"kind": "sketch", "title": "草图", "title_en": "sketch", "at_least": 2}]}},
        {"code": "quote", "title": "报价", "leave": {"rules": [
            {"rule": "custom.price >= custom.budget * 0.8 && files['signed'] > 0", "message": "价格太低或没有签字", "message_en": "too cheap or not signed"}]}},
        {"code": "won", "title": "成交", "end": "won"},
        {"code": "lost", "title": "流失", "end": "lost", "enter": {"fields": [{"key": "reason", "title": "原因"}]}}]}))
    .unwrap()
}

fn types() -> (Type, Type) {
    (Type::object([("name", Type::Text), ("reason", Type::Text)]), Type::object([("budget", Type::Decimal), ("price", Type::Decimal)]))
}

fn made(pipeline: &Pipeline) -> Ready {
    let (record, custom) = types();
    ready(pipeline, record, custom, &BTreeSet::new()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn at() -> Bindings {
    Bindings::at("2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap(), TimeZone::UTC)
}

fn moved(ready: &Ready, record: Json, from: Option<&str>, to: &str) -> Result<(), Vec<Missing>> {
    let part = |name: &str| record.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    let files: BTreeMap<String, i64> = part("files").into_iter().map(|(kind, count)| (kind, count.as_i64().unwrap())).collect();
    may_move(ready, Moving { record: &part("record"), custom: &part("custom"), files: &files }, from, to, at())
}

fn lacks(ready: &Ready, record: Json, from: Option<&str>, to: &str) -> Vec<(String, &'static str, &'static str, Option<String>)> {
    moved(ready, record, from, to)
        .unwrap_err()
        .into_iter()
        .map(|missing| (missing.stage, missing.gate, missing.what, missing.key))
        .collect()
}

#[test]
fn a_move_is_refused_with_everything_that_is_missing_and_let_through_when_it_is_there() {
    let ready = made(&pipeline());
    let wanted = vec![
        ("lead".to_owned(), "leave", "field", Some("name".to_owned())),
        ("design".to_owned(), "enter", "field", Some("custom.budget".to_owned())),
    ];
    assert_eq!(lacks(&ready, json!({"record": {"name": "  "}}), Some("lead"), "design"), wanted);
    let deal = json!({"record": {"name": "王"}, "custom": {"budget": "100", "price": "79.99"}, "files": {"sketch": 1, "signed": 1}});
    assert!(moved(&ready, deal.clone(), Some("lead"), "design").is_ok());
    let missing = moved(&ready, deal.clone(), Some("design"), "quote").unwrap_err().remove(0);
    assert_eq!(
        (missing.what, missing.zh.as_str(), missing.en.as_str()),
        ("file", "“草图”至少要 2 份，还缺 1 份。", "At least 2 of sketch are needed; 1 missing.")
    );
    assert_eq!(moved(&ready, deal, Some("quote"), "won").unwrap_err()[0].en, "too cheap or not signed");
    let good = json!({"custom": {"budget": "100", "price": "80"}, "files": {"signed": 1}});
    assert!(moved(&ready, good, Some("quote"), "won").is_ok(), "eighty percent, to the fen");
}

#[test]
fn a_gate_that_cannot_be_worked_out_stays_closed_and_says_why() {
    let missing = moved(&made(&pipeline()), json!({"custom": {"price": "80"}}), Some("quote"), "won").unwrap_err();
    assert_eq!(missing[0].what, "rule");
    assert!(missing[0].zh.contains("custom.budget") && missing[0].en.contains("custom.budget"), "{missing:?}");
}

#[test]
fn nobody_skips_stages_unless_that_is_allowed_and_then_every_gate_on_the_way_counts() {
    let (mut path, deal) = (pipeline(), json!({"record": {"name": "王"}, "custom": {"budget": "1"}}));
    assert_eq!(lacks(&made(&path), deal.clone(), Some("lead"), "quote"), [("design".to_owned(), "path", "order", None)]);
    assert_eq!(lacks(&made(&path), deal.clone(), None, "design")[0].2, "order", "also a new record begins at the beginning");
    assert!(moved(&made(&path), json!({}), None, "lead").is_ok());
    path.may_skip = true;
    assert_eq!(lacks(&made(&path), deal, Some("lead"), "quote"), [("design".to_owned(), "leave", "file", Some("sketch".to_owned()))]);
    path.stages[1].active = false;
    path.may_skip = false;
    let ready = made(&path);
    assert!(moved(&ready, json!({"record": {"name": "王"}}), Some("lead"), "quote").is_ok(), "a stage that is off is no stage on the way");
    assert_eq!(lacks(&ready, json!({}), Some("lead"), "design")[0].2, "stage_active");
}

#[test]
fn going_back_asks_for_nothing_and_losing_only_for_the_reason() {
    let ready = made(&pipeline());
    assert!(moved(&ready, json!({}), Some("quote"), "lead").is_ok() && moved(&ready, json!({}), Some("quote"), "quote").is_ok());
    assert_eq!(lacks(&ready, json!({}), Some("lead"), "lost")[0].3.as_deref(), Some("reason"));
    assert!(moved(&ready, json!({"record": {"reason": "太贵"}}), Some("lead"), "lost").is_ok());
    assert_eq!(lacks(&ready, json!({}), Some("lead"), "moon")[0].2, "stage_exists");
    assert_eq!((ready.due_ms("lead", 1_000), ready.due_ms("design", 1_000)), (Some(86_401_000), None));
}

#[test]
fn every_mistake_in_a_pipeline_is_named_by_its_place() {
    let (record, custom) = types();
    let mut wrong = pipeline();
    wrong.stages[1].code = "lead".into();
    wrong.stages[2].leave.rules[0].rule = "custom.prise > 1".into();
    wrong.stages[0].limit_hours = Some(0);
    let ever = BTreeSet::from(["gone".to_owned()]);
    let faults = ready(&wrong, record, custom, &ever).unwrap_err();
    let found: Vec<_> = faults.iter().map(|fault| (fault.at.as_str(), fault.rule)).collect();
    for wanted in [
        ("stages[1].code", "code_shape"),
        ("stages[2].leave.rules[0].rule", "unknown_field"),
        ("stages[0].limit_hours", "hours"),
        ("stages", "stage_stays"),
    ] {
        assert!(found.contains(&wanted), "{wanted:?}: {found:?}");
    }
}

#[tokio::test]
async fn the_delivered_pipelines_work_and_are_settings_like_any_other() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let sales = store::find(db.read(), "sales").await.unwrap().unwrap();
    let titles: Vec<&str> = sales.pipeline.stages.iter().map(|stage| stage.title.as_str()).collect();
    assert_eq!(titles[..5], ["线索获取", "初步沟通", "方案设计", "报价确认", "合同签订"]);
    assert_eq!(
        lacks(&sales, json!({}), Some("design"), "quote"),
        [("design".to_owned(), "leave", "file", Some("design_sketch".to_owned()))]
    );
    assert!(moved(&sales, json!({"files": {"design_sketch": 1}}), Some("design"), "quote").is_ok());
    assert_eq!(lacks(&sales, json!({}), Some("quote"), "contract")[0].3.as_deref(), Some("signed_quote"));
    assert!(store::find(db.read(), "sales_with_delivery").await.unwrap().is_some(), "two run side by side");
    assert!(store::find(db.read(), "none").await.unwrap().is_none());

    // Without its first stage it cannot be published: records may be there. Switched off it can.
    let editing = |version| Editing { kind: Kind::Pipeline, name: "sales", version, author: "li" };
    let mut shorter = sales.pipeline.clone();
    shorter.stages.remove(0);
    for (version, stages, fine) in [
        (1, shorter.stages, false),
        (
            2,
            {
                let mut all = sales.pipeline.stages.clone();
                all[0].active = false;
                all
            },
            true,
        ),
    ] {
        let tx = db.begin().await.unwrap();
        let wanted = Pipeline { stages, ..sales.pipeline.clone() };
        editing(version).draft(&tx, Some(serde_json::to_value(wanted).unwrap())).await.unwrap();
        tx.commit().await.unwrap();
        let published = store::publish(&db, editing(version + 1), None).await;
        assert_eq!(published.is_ok(), fine, "{published:?}");
    }
    assert!(matches!(store::publish(&db, editing(1), Some(1)).await, Err(FieldError::Draft(DraftError::Changed))));
    assert_eq!(store::publish(&db, editing(4), Some(1)).await.unwrap(), 3);
}

proptest! {
    /// Whatever the record, a move either goes or says at least one thing that is missing, and forward is never easier than step by step.
    #[test]
    fn skipping_is_never_easier_than_going_step_by_step(name in "[a-z ]{0,2}", budget in prop::option::of("[0-9]{1,3}"), sketches in 0_i64..4) {
        let mut path = pipeline();
        path.may_skip = true;
        let ready = made(&path);
        let mut custom = Map::new();
        if let Some(budget) = budget {
            custom.insert("budget".into(), json!(budget));
        }
        let deal = json!({"record": {"name": name}, "custom": custom, "files": {"sketch": sketches}});
        let steps = moved(&ready, deal.clone(), Some("lead"), "design").is_ok() && moved(&ready, deal.clone(), Some("design"), "quote").is_ok();
        let skipped = moved(&ready, deal, Some("lead"), "quote");
        prop_assert_eq!(skipped.is_ok(), steps);
        prop_assert!(skipped.map_or_else(|missing| !missing.is_empty(), |()| true));
    }
}
