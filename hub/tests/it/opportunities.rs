//! Opportunities: from stage to stage by the gates of the settings, stuck and lost for a reason, and the stage report that they make.

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, patch, somebody};
use crate::desk::{Desk, Running, answer};
use crate::sheets::{form, send};

async fn opportunity(desk: &Desk, of: Value) -> Value {
    let (status, made) = desk.post("/opportunities", of).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// Moves one, as it was read.
async fn go(desk: &Desk, id: &Value, to: Value) -> (u16, Value) {
    let version = desk.read(&format!("/opportunities/{id}")).await["version"].clone();
    let request = desk.request(Method::POST, &format!("/opportunities/{id}/move")).header("if-match", format!("\"{version}\""));
    answer(request.json(&to)).await
}

async fn attach(desk: &Desk, id: &Value, kind: &str) -> (u16, Value) {
    send(desk, &format!("/opportunities/{id}/files?kind={kind}"), form(&[], "sketch.txt", b"sketch")).await
}

fn missing(refused: &Value) -> Vec<(String, String)> {
    let all = refused["missing"].as_array().unwrap_or_else(|| panic!("{refused}"));
    all.iter().map(|one| (one["what"].as_str().unwrap().to_owned(), one["key"].as_str().unwrap_or_default().to_owned())).collect()
}

#[tokio::test]
async fn an_opportunity_goes_from_stage_to_stage_and_every_gate_names_what_is_missing() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let new = json!({"customer": customer, "title": " 三居室全屋 ", "amount": "88000.00", "expected_on": "2026-12-31"});
    let one = opportunity(&seller, new.clone()).await;
    for (field, wanted) in [
        ("title", json!("三居室全屋")),
        ("stage", json!("lead")),
        ("state", json!("open")),
        ("amount", json!("88000.00")),
        ("owner", json!(li)),
        ("customer_name", json!("王女士")),
        ("overdue", json!(false)),
        ("needs_reason", json!(false)),
    ] {
        assert_eq!(one[field], wanted, "{field}: {one}");
    }
    let id = &one["id"];
    assert_eq!(one["code"], format!("O{:06}", id.as_i64().unwrap()));
    for (field, value, rule) in [
        ("title", json!(" "), "title_length"),
        ("amount", json!("-1"), "amount_range"),
        ("expected_on", json!("2026-02-30"), "day"),
        ("customer", json!(999), "customer_exists"),
        ("pipeline", json!("none"), "pipeline_exists"),
        ("custom", json!({"none": 1}), "field_exists"),
    ] {
        let mut wrong = new.clone();
        wrong[field] = value;
        let (status, refused) = seller.post("/opportunities", wrong).await;
        assert_eq!((status, refused["rule"].as_str()), (422, Some(rule)), "{field}: {refused}");
        assert!(refused["field"].as_str().unwrap().starts_with(field), "{refused}");
    }

    // Step by step: nobody skips, and a gate names the file that it wants, on the page before it is tried and in the answer after.
    let (status, refused) = go(&seller, id, json!({"to": "design"})).await;
    assert_eq!((status, missing(&refused)), (422, vec![("order".to_owned(), String::new())]), "{refused}");
    for stage in ["contact", "design"] {
        assert_eq!(go(&seller, id, json!({"to": stage})).await.0, 200);
    }
    let sketch = vec![("file".to_owned(), "design_sketch".to_owned())];
    let (status, refused) = go(&seller, id, json!({"to": "quote"})).await;
    assert_eq!((status, refused["rule"].as_str(), missing(&refused)), (422, Some("stage_gate"), sketch.clone()), "{refused}");
    let seen = seller.read(&format!("/opportunities/{id}")).await;
    let way = seen["ways"].as_array().unwrap().iter().find(|way| way["stage"] == "quote").unwrap();
    assert_eq!(missing(way), sketch);
    assert_eq!(attach(&seller, id, "other").await.0, 201);
    assert_eq!(go(&seller, id, json!({"to": "quote"})).await.0, 422, "a file of another kind is none");
    assert_eq!(attach(&seller, id, "Sketch!").await.1["rule"], "file_kind");
    assert_eq!(attach(&seller, id, "design_sketch").await.0, 201);
    assert_eq!(go(&seller, id, json!({"to": "quote"})).await.0, 200);
    assert_eq!(missing(&go(&seller, id, json!({"to": "contract"})).await.1), [("file".to_owned(), "signed_quote".to_owned())]);
    assert_eq!(attach(&seller, id, "signed_quote").await.0, 201);
    let (status, won) = go(&seller, id, json!({"to": "contract"})).await;
    assert_eq!((status, won["state"].as_str(), won["closed_ms"].is_i64()), (200, Some("won"), true), "{won}");

    // Where it went stands in its own timeline and in the customer's.
    let told = seller.read(&format!("/opportunities/{id}/timeline")).await;
    let moves = told["items"].as_array().unwrap().iter().filter(|row| row["action"] == "move").count();
    assert_eq!(moves, 4, "{told}");
    let told = seller.read(&format!("/customers/{customer}/timeline")).await;
    let about: Vec<&Value> = told["items"].as_array().unwrap().iter().filter(|row| row["action"] == "opportunity").collect();
    assert_eq!(about.len(), 5, "{told}");
    assert_eq!((&about[0]["new"]["stage"], &about[0]["new"]["title"]), (&json!("contract"), &json!("三居室全屋")));

    // Two who move it at once: the second reads it again. What stays cannot be changed.
    let stale = seller.request(Method::POST, &format!("/opportunities/{id}/move")).header("if-match", "\"1\"");
    assert_eq!(answer(stale.json(&json!({"to": "quote"}))).await.0, 412);
    let version = won["version"].as_i64().unwrap();
    let (_, refused) = patch(&seller, &format!("/opportunities/{id}"), version, json!({"pipeline": "sales_with_delivery"})).await;
    assert_eq!((refused["rule"].as_str(), refused["field"].as_str()), (Some("stays"), Some("pipeline")), "{refused}");
    // The other pipeline runs beside it.
    let other = opportunity(&seller, json!({"customer": customer, "title": "窗帘", "pipeline": "sales_with_delivery"})).await;
    assert_eq!(other["stage"], "enquiry");
    hub.stop().await;
}

#[tokio::test]
async fn one_that_is_stuck_says_why_before_it_goes_on_and_one_that_is_lost_says_why() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let id = &opportunity(&seller, json!({"customer": customer, "title": "衣柜"})).await["id"].clone();
    let waiting = async |desk: &Desk| {
        let home = desk.read("/home").await;
        let counter = home["counters"].as_array().unwrap().iter().find(|counter| counter["name"] == "opportunities_unexplained");
        counter.map(|counter| counter["count"].as_i64().unwrap())
    };
    assert_eq!(go(&seller, id, json!({"to": "contact"})).await.0, 200);
    assert_eq!(waiting(&seller).await, Some(0));
    hub.sql("UPDATE opportunity SET due_ms = 1").await;
    assert_eq!((waiting(&seller).await, waiting(&admin).await), (Some(1), Some(1)));
    assert_eq!(seller.read("/opportunities?overdue=true&blocked=false").await["total"], 1);
    let (status, refused) = go(&seller, id, json!({"to": "design"})).await;
    assert_eq!(
        (status, refused["rule"].as_str(), refused["field"].as_str()),
        (422, Some("reason_needed"), Some("block_reason")),
        "{refused}"
    );
    assert_eq!(refused["options"][0]["title"], "未及时预约上门量房", "the reasons of the stage stand beside it");
    assert_eq!(go(&seller, id, json!({"to": "lead"})).await.0, 200, "going back asks for nothing");
    assert_eq!(go(&seller, id, json!({"to": "contact"})).await.0, 200);
    hub.sql("UPDATE opportunity SET due_ms = 1").await;

    let block = async |reason: Value| {
        let version = seller.read(&format!("/opportunities/{id}")).await["version"].clone();
        let request = seller.request(Method::POST, &format!("/opportunities/{id}/block")).header("if-match", format!("\"{version}\""));
        answer(request.json(&reason)).await
    };
    assert_eq!(block(json!({"reason": "price"})).await.1["rule"], "option_exists", "a reason of another stage");
    let (status, stuck) = block(json!({"reason": "no_visit", "note": "业主出差"})).await;
    assert_eq!((status, stuck["block_reason"].as_str(), stuck["needs_reason"].as_bool()), (200, Some("no_visit"), Some(false)), "{stuck}");
    assert_eq!(waiting(&seller).await, Some(0));
    let (status, on) = go(&seller, id, json!({"to": "design"})).await;
    assert_eq!((status, on["block_reason"].as_str()), (200, Some("")), "a new stage begins without: {on}");

    let (_, refused) = go(&seller, id, json!({"to": "lost"})).await;
    assert_eq!((refused["rule"].as_str(), refused["field"].as_str()), (Some("reason_needed"), Some("lost_reason")), "{refused}");
    assert_eq!(go(&seller, id, json!({"to": "lost", "lost_reason": "moon"})).await.1["rule"], "option_exists");
    let (status, lost) = go(&seller, id, json!({"to": "lost", "lost_reason": "competitor"})).await;
    assert_eq!((status, lost["state"].as_str(), lost["lost_reason"].as_str()), (200, Some("lost"), Some("competitor")), "{lost}");
    let report = seller.read("/opportunities/report").await;
    let contact = &report["stages"][1];
    assert_eq!((&contact["left"], &contact["rate"]), (&json!(1), &json!(100)), "it went on once, whatever was before: {report}");
    assert_eq!(contact["reasons"], json!([{"reason": "no_visit", "count": 1}]));
    assert_eq!(report["stages"][2]["rate"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn opportunities_are_their_owners_follow_the_customer_and_no_sum_tells_of_others() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, other) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let mine = made(&seller, json!({"name": "王女士"})).await;
    let theirs = made(&other, json!({"name": "陈先生"})).await;
    let one = opportunity(&seller, json!({"customer": mine["id"], "title": "衣柜", "amount": "100.00"})).await;
    opportunity(&other, json!({"customer": theirs["id"], "title": "沙发", "amount": "20.50"})).await;
    let (status, refused) = seller.post("/opportunities", json!({"customer": theirs["id"], "title": "x"})).await;
    assert_eq!((status, refused["rule"].as_str()), (422, Some("customer_exists")), "a customer out of sight is none: {refused}");

    for (desk, count, amount) in
        [(&seller, 1, "100.00"), (&other, 1, "20.50"), (&manager, 2, "120.50"), (&far, 0, ""), (&admin, 2, "120.50")]
    {
        assert_eq!(desk.read("/opportunities").await["total"], count);
        let sums = desk.read("/opportunities/sums").await;
        assert_eq!(sums[0]["amount"].as_str().unwrap_or_default(), amount, "{sums}");
        let report = desk.read("/opportunities/report").await;
        assert_eq!(report["stages"][0]["open"], count, "{report}");
        assert_eq!(report["organisations"].as_array().unwrap().len(), usize::from(count > 0), "{report}");
    }
    for path in ["", "/timeline", "/files"] {
        assert_eq!(other.get(&format!("/opportunities/{}{path}", one["id"])).await.0, 404);
    }
    assert_eq!(seller.read("/opportunities?q=wangnvshi").await["total"], 1, "by the customer's name, also by pinyin");
    assert_eq!(manager.read(&format!("/opportunities?owner={han}&state=open&pipeline=sales&stage=lead")).await["total"], 1);
    for wrong in ["state=moon", "owner=x", "below=999"] {
        assert!([400, 404].contains(&manager.get(&format!("/opportunities?{wrong}")).await.0), "{wrong}");
    }

    // The manager gives the customer to somebody else; what is open goes with them, and the old owner sees it no more.
    let given = patch(&manager, &format!("/customers/{}", mine["id"]), 1, json!({"owner": han})).await;
    assert_eq!(given.0, 200, "{}", given.1);
    assert_eq!(other.read("/opportunities").await["total"], 2);
    assert_eq!(seller.read("/opportunities").await["total"], 0);
    let id = &one["id"];
    assert_eq!(patch(&other, &format!("/opportunities/{id}"), 2, json!({"owner": li})).await.0, 403, "a seller gives nothing away");
    let (status, handed) = admin.post(&format!("/people/{han}/hand-over"), json!({"to": li})).await;
    assert_eq!((status, &handed["moved"]["opportunity"]), (200, &json!(2)), "{handed}");
    assert_eq!(seller.read("/opportunities").await["total"], 2);
    hub.stop().await;
}

/// A stage of a fixture: how many came into it, how many of them went on, after how many days, and why and how many were stuck.
type Stage<'a> = (&'a str, i64, i64, f64, &'a str, i64);

/// What the morning meeting's source states: all of 500 leads go on, then 340, 187 and 97 of them.
const SOURCE: [Stage<'_>; 4] = [
    ("lead", 500, 500, 1.2, "", 0),
    ("contact", 500, 340, 3.5, "no_visit", 90),
    ("design", 340, 187, 7.1, "no_designer", 60),
    ("quote", 187, 97, 4.3, "price", 70),
];

/// Opportunities of a customer, numbered from `first`, that went through stages; half of each stage's stays are half a day shorter, half of them
/// longer.
async fn stayed(hub: &Running, customer: &Value, owner: i64, first: i64, stages: &[Stage<'_>]) {
    const DAY: f64 = 86_400_000.0;
    let (all, won) = (stages[0].1, stages[stages.len() - 1].2);
    let mut rows = Vec::new();
    for n in 0..all {
        let (stage, state) = if n < won { ("contract", "won") } else { ("lost", "lost") };
        rows.push(format!("({}, {customer}, (SELECT organisation_id FROM customer WHERE id = {customer}), {owner}, 'x', 'sales', '{stage}', '{state}', 1, '', '', '', 'x', 1, 1)", first + n));
    }
    hub.sql(&format!(
        "INSERT INTO opportunity (id, customer_id, organisation_id, owner_id, title, pipeline, stage, state, stage_since_ms, block_reason, block_note, \
         lost_reason, created_by, created_ms, version) VALUES {}",
        rows.join(",")
    ))
    .await;
    for (stage, into, on, days, reason, stuck) in stages {
        let mut rows = Vec::new();
        for n in 0..*into {
            let length = if n % 2 == 0 { days - 0.5 } else { days + 0.5 };
            let (left, outcome) = ((length * DAY).round() as i64 + 1, if n < *on { "forward" } else { "lost" });
            let reason = if n < *stuck { reason } else { "" };
            rows.push(format!("({}, 'sales', '{stage}', 1, {left}, '{outcome}', '{reason}')", first + n));
        }
        hub.sql(&format!(
            "INSERT INTO opportunity_stay (opportunity_id, pipeline, stage, entered_ms, left_ms, outcome, block_reason) VALUES {}",
            rows.join(",")
        ))
        .await;
    }
}

/// Days, rate and most frequent reason of each stage.
fn table(stages: &Value) -> Vec<(f64, i64, &str)> {
    let row = |stage| {
        let stage: &Value = stage;
        (stage["days"].as_f64().unwrap(), stage["rate"].as_i64().unwrap(), stage["reasons"][0]["reason"].as_str().unwrap_or(""))
    };
    stages.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn the_stage_report_has_a_table_for_each_store_and_one_of_all_together() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (far_id, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let manager_id = manager.read("/session").await["user"]["id"].as_i64().unwrap();
    let second = [
        ("lead", 100, 100, 2.0, "", 0),
        ("contact", 100, 50, 6.0, "no_visit", 20),
        ("design", 50, 20, 10.0, "price", 30),
        ("quote", 20, 5, 1.0, "price", 5),
    ];
    let here = made(&manager, json!({"name": "王女士"})).await["id"].clone();
    let there = made(&far, json!({"name": "李先生"})).await["id"].clone();
    stayed(&hub, &here, manager_id, 1000, &SOURCE).await;
    stayed(&hub, &there, far_id, 3000, &second).await;
    let own = [(1.2, 100, ""), (3.5, 68, "no_visit"), (7.1, 55, "no_designer"), (4.3, 52, "price")];
    let theirs = [(2.0, 100, ""), (6.0, 50, "no_visit"), (10.0, 40, "price"), (1.0, 25, "price")];
    // 500 × 1.2 and 100 × 2.0 days by 600; 390 of 600 went on; 60 of 390 had no designer; and so on.
    let both = [(1.3, 100, ""), (3.9, 65, "no_visit"), (7.5, 53, "no_designer"), (4.0, 49, "price")];
    let report = admin.read("/opportunities/report?pipeline=sales").await;
    assert_eq!(table(&report["stages"]), both, "{report}");
    let stores = report["organisations"].as_array().unwrap();
    assert_eq!(stores.len(), 2, "{report}");
    // The one with the most comes first.
    assert_eq!((table(&stores[0]["stages"]).as_slice(), table(&stores[1]["stages"]).as_slice()), (&own[..], &theirs[..]), "{report}");
    for (desk, store, wanted) in [(&manager, &stores[0], own), (&far, &stores[1], theirs)] {
        let report = desk.read("/opportunities/report?pipeline=sales").await;
        assert_eq!(table(&report["stages"]), wanted, "{report}");
        assert_eq!(report["organisations"], json!([store]), "their own store and no other");
        let below = admin.read(&format!("/opportunities/report?pipeline=sales&below={}", store["organisation"])).await;
        assert_eq!(below["stages"], report["stages"], "what they see is what is said of their store");
    }
    hub.stop().await;
}

#[tokio::test]
async fn the_stage_report_reproduces_the_table_of_the_morning_meeting() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    stayed(&hub, &customer, li, 1000, &SOURCE).await;
    let report = seller.read("/opportunities/report?pipeline=sales").await;
    assert_eq!(table(&report["stages"]), [(1.2, 100, ""), (3.5, 68, "no_visit"), (7.1, 55, "no_designer"), (4.3, 52, "price")], "{report}");
    assert_eq!(report["organisations"][0]["stages"], report["stages"], "one store is all there is");
    let later = seller.read(&format!("/opportunities/report?from_ms={}", 9 * 86_400_000_i64)).await;
    assert_eq!((&later["stages"][2]["left"], &later["stages"][2]["rate"]), (&json!(0), &Value::Null), "{later}");
    assert_eq!(seller.get("/opportunities/report?from_ms=2&until_ms=1").await.0, 400);

    // The funnel of the dashboard says of the same time what the report says, for the whole chain and for a part of it.
    hub.sql("UPDATE opportunity SET state = 'open', stage = 'design', amount = 10000, due_ms = 5 WHERE id < 1003").await;
    hub.sql("UPDATE opportunity SET due_ms = NULL WHERE id = 1000").await;
    // Whoever comes back to a stage is one of those who left it.
    hub.sql("INSERT INTO opportunity_stay (opportunity_id, pipeline, stage, entered_ms, left_ms, outcome, block_reason) VALUES (1001, 'sales', 'design', 1, 2, 'back', '')")
        .await;
    hub.sql("UPDATE opportunity SET pipeline = 'sales_with_delivery', state = 'open', stage = 'design' WHERE id = 1010").await;
    // Figures are asked for by the day, and 1970 is none that somebody asks for: all of it was in 2026.
    hub.sql("UPDATE opportunity_stay SET entered_ms = entered_ms + 1767225600000, left_ms = left_ms + 1767225600000").await;
    let elsewhere = somebody(&hub, &admin, "far", "store_manager", "XH01").await.1;
    let manager = hub.sign_in("manager").await;
    let report = admin.read("/opportunities/report").await;
    let own = admin.read("/organisations?q=SH01").await["items"][0]["id"].clone();
    for (desk, query) in [(&admin, String::new()), (&admin, format!("&below={own}")), (&manager, String::new())] {
        let funnel = desk.read(&format!("/figures/funnel?from=2025-12-31&to=2026-12-31{query}")).await;
        for (stage, of) in report["stages"].as_array().unwrap().iter().zip(funnel.as_array().unwrap()) {
            for key in ["stage", "open", "overdue", "rate"] {
                assert_eq!(of[key], stage[key], "{key}: {funnel}");
            }
        }
        assert_eq!((&funnel[2]["open"], &funnel[2]["overdue"], &funnel[2]["amount"]), (&json!(3), &json!(2), &json!("300.00")), "{funnel}");
        // Each stage opens the opportunities that it counts, of this pipeline and of no other that has a stage of the same name.
        for stage in funnel.as_array().unwrap() {
            let list = format!("/opportunities?state=open&pipeline=sales&stage={}{query}", stage["stage"].as_str().unwrap());
            assert_eq!(desk.read(&list).await["total"], stage["open"], "{list}");
        }
    }
    let funnel = elsewhere.read("/figures/funnel?from=2025-12-31&to=2026-12-31").await;
    assert!(funnel.as_array().unwrap().iter().all(|stage| stage["open"] == 0 && stage["rate"].is_null()), "{funnel}");

    // The pipeline's titles and reasons are those of the source's table.
    let pipeline = seller.read("/pipelines/sales").await;
    let titles: Vec<&str> =
        pipeline["published"]["stages"].as_array().unwrap()[..5].iter().map(|stage| stage["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["线索获取", "初步沟通", "方案设计", "报价确认", "合同签订"]);
    hub.stop().await;
}
