//! Service: a ticket from the desk to the signature, a phone that was without a signal, and what the customer says of it.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::customers::{patch, somebody};
use crate::desk::{Desk, Running, answer};
use crate::sheets::{form, send};

const HOME: (i64, i64) = (312_304_160, 1_214_737_010);

/// A hub with a dispatcher's manager at SH01, an installer there and one at another store.
struct Rig {
    hub: Running,
    admin: Desk,
    manager: Desk,
    installer: Desk,
    installer_id: i64,
    other: Desk,
    other_id: i64,
}

async fn rig() -> Rig {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let manager = hub.sign_in("manager").await;
    let (installer_id, installer) = somebody(&hub, &admin, "zhao", "installer", "SH01").await;
    let (other_id, other) = somebody(&hub, &admin, "qian", "installer", "SH01").await;
    Rig { hub, admin, manager, installer, installer_id, other, other_id }
}

fn id_of(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap()
}

async fn made(desk: &Desk, ticket: Value) -> Value {
    let (status, made) = desk.post("/tickets", ticket).await;
    assert_eq!(status, 201, "{made}");
    made
}

fn delivery() -> Value {
    json!({"kind": "delivery_install", "contact": "王女士", "phone": "138 1234 5678", "address": "上海市徐汇区漕溪北路 88 号 1203 室",
        "item": 1, "problem": "送货安装，备用电话 13900000001", "goods": [{"item": 1, "quantity": 1}]})
}

async fn act(desk: &Desk, ticket: i64, version: i64, act: &str, payload: Value) -> (u16, Value) {
    let request = desk.request(Method::POST, &format!("/tickets/{ticket}/acts")).header("if-match", format!("\"{version}\""));
    answer(request.json(&json!({"act": act, "payload": payload}))).await
}

/// An operation of a phone.
fn operation(n: u32, ticket: i64, version: i64, act: &str, payload: &Value) -> Value {
    json!({"id": format!("{n:032x}"), "ticket": ticket, "version": version, "act": act, "payload": payload,
        "made_ms": jiff::Timestamp::now().as_millisecond() - 60_000})
}

async fn sent(desk: &Desk, operations: &[Value]) -> Vec<Value> {
    let (status, told) = desk.post("/field/operations", json!({"operations": operations})).await;
    assert_eq!(status, 200, "{told}");
    told["answers"].as_array().unwrap().clone()
}

fn outcomes(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["outcome"].as_str().unwrap()).collect()
}

fn picture(colour: u8) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 48, image::Rgb([colour, 0, 0])).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// A picture that a phone sends.
pub async fn photo(desk: &Desk, n: u32, ticket: i64, kind: &str, colour: u8) -> (u16, Value) {
    send(desk, &format!("/field/files?operation={n:032x}&ticket={ticket}&kind={kind}"), form(&[], "p.png", &picture(colour))).await
}

/// What is done on a usual visit, from taking the ticket to completing it: acts with payloads; photos go before the last.
fn visit() -> Vec<(&'static str, Value)> {
    let soon = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    vec![
        ("accept", json!({})),
        ("appoint", json!({"appointed_ms": soon})),
        ("check_in", json!({"place": {"latitude_e7": HOME.0, "longitude_e7": HOME.1}, "accuracy_m": 12})),
        ("scan", json!({"code": "YG-OAK-2400/2-3"})),
        ("scan", json!({"code": "YG-OAK-2400/1-3"})),
        ("scan", json!({"code": "YG-OAK-2400/3-3"})),
        ("report", json!({"steps": "安装完毕", "result": "客户验收"})),
        ("complete", json!({})),
    ]
}

#[tokio::test]
async fn a_ticket_goes_from_the_desk_to_the_signature_and_each_step_has_its_time_and_its_author() {
    let Rig { hub, admin, manager, installer, installer_id, other, .. } = rig().await;
    let customer =
        manager.post("/customers", json!({"name": "王女士", "phone": "13812345678", "address": "上海市徐汇区漕溪北路 88 号"})).await.1;
    let mut wanted = delivery();
    wanted["customer"] = customer["id"].clone();
    let ticket = made(&manager, wanted).await;
    let id = id_of(&ticket);
    let path = format!("/tickets/{id}");
    assert_eq!((&ticket["code"], &ticket["state"], &ticket["phone"]), (&json!(format!("S{id:06}")), &json!("new"), &json!("13812345678")));
    assert_eq!(ticket["cartons"].as_array().unwrap().len(), 3, "{ticket}");
    assert_eq!(installer.get(&path).await.0, 404, "it was not given to them");

    // What is not legal moves nothing and says why.
    let (status, refused) = act(&manager, id, 1, "close", json!({})).await;
    assert_eq!((status, &refused["rule"], &refused["state"]), (409, &json!("ticket_state"), &json!("new")), "{refused}");
    for (payload, rule) in [(json!({}), "needed"), (json!({"installer": 999}), "record_exists"), (json!({"installer": 1}), "record_exists")]
    {
        let (status, refused) = act(&manager, id, 1, "dispatch", payload).await;
        assert_eq!((status, refused["rule"].as_str()), (422, Some(rule)), "{refused}");
    }
    assert_eq!(manager.read(&path).await["version"], 1);

    assert_eq!(act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await.0, 200);
    let seen = installer.read(&path).await;
    assert_eq!(
        (&seen["phone"], &seen["contact"], &seen["address"]),
        (&json!("138****5678"), &json!("王*"), &json!("上海市徐汇区****")),
        "{seen}"
    );
    assert_eq!(seen["problem"], "送货安装，备用电话 139****0001");
    assert_eq!(other.get(&path).await.0, 404, "somebody else's");
    assert_eq!(act(&installer, id, 2, "dispatch", json!({"installer": installer_id})).await.1["rule"], "role");
    assert_eq!(act(&manager, id, 2, "accept", json!({})).await.1["rule"], "role", "nobody takes it for somebody else");
    let accepted = act(&installer, id, 2, "accept", json!({})).await.1;
    assert_eq!((&accepted["phone"], &accepted["contact"]), (&json!("13812345678"), &json!("王女士")), "who does it reaches the customer");
    assert_eq!(act(&installer, id, 2, "appoint", json!({"appointed_ms": 1})).await.0, 412);
    assert_eq!(act(&installer, id, 3, "appoint", json!({"appointed_ms": 1})).await.1["rule"], "moment");
    assert_eq!(act(&installer, id, 3, "check_in", json!({})).await.1["rule"], "ticket_state", "an appointment comes first");
    let soon = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    assert_eq!(act(&installer, id, 3, "appoint", json!({"appointed_ms": soon})).await.0, 200);
    let place = json!({"latitude_e7": HOME.0, "longitude_e7": HOME.1});
    let there = act(&installer, id, 4, "check_in", json!({"place": place, "accuracy_m": 9})).await.1;
    assert_eq!(
        (&there["state"], &there["far"], &there["place"]["latitude_e7"]),
        (&json!("on_site"), &json!(false), &json!(HOME.0)),
        "{there}"
    );
    let far = json!({"latitude_e7": HOME.0 + 90_000, "longitude_e7": HOME.1});
    let flagged = act(&installer, id, 5, "check_in", json!({"place": far})).await.1;
    assert_eq!((&flagged["far"], &flagged["check_ins"][0]["distance_m"]), (&json!(true), &json!(1001)), "{flagged}");

    let missing = act(&installer, id, 6, "complete", json!({})).await;
    assert_eq!((missing.0, &missing.1["missing"]), (422, &json!(["photos", "signature", "cartons"])), "{missing:?}");
    for (code, rule) in [("CY-OAK/1-1", "carton_of_ticket"), ("YG-OAK-2400/4-3", "barcode"), ("YG-OAK-2400", "carton_told")] {
        assert_eq!(act(&installer, id, 6, "scan", json!({"code": code})).await.1["rule"], rule);
    }
    for n in 1..=3 {
        assert_eq!(act(&installer, id, 5 + n, "scan", json!({"code": format!("YG-OAK-2400/{n}-3")})).await.0, 200);
    }
    assert_eq!(act(&installer, id, 9, "scan", json!({"code": "YG-OAK-2400/1-3"})).await.1["rule"], "carton_once");
    assert_eq!(photo(&installer, 1, id, "photo", 1).await.0, 200);
    assert_eq!(photo(&installer, 2, id, "signature", 2).await.0, 200);
    assert_eq!(photo(&other, 3, id, "photo", 1).await.0, 404);
    let done = act(&installer, id, 9, "complete", json!({"steps": "装好", "result": "满意"})).await.1;
    assert_eq!((&done["state"], &done["phone"]), (&json!("completed"), &json!("138****5678")), "{done}");
    let steps: Vec<_> =
        done["steps_done"].as_array().unwrap().iter().map(|step| (&step["act"], step["author"].as_str().unwrap())).collect();
    assert_eq!(steps.len(), 9, "{steps:?}");
    assert_eq!(steps[0], (&json!("dispatch"), "manager"));
    assert!(steps[1..].iter().all(|(_, author)| *author == "zhao"));
    assert_eq!(act(&manager, id, 10, "close", json!({"note": "已核对"})).await.0, 200);

    // From the customer to the ticket and back: their story tells of it, and their tickets are a list.
    let story = manager.read(&format!("/customers/{}/timeline", customer["id"])).await;
    let told: Vec<_> =
        story["items"].as_array().unwrap().iter().filter(|line| line["action"] == "ticket").map(|line| &line["new"]["state"]).collect();
    assert_eq!(told, ["closed", "completed", "new", "new"], "with the return visit that was made: {story}");
    assert_eq!(manager.read(&format!("/tickets?customer={}", customer["id"])).await["total"], 2);
    assert_eq!(admin.read(&format!("/search?q=S{id:06}&kinds=ticket")).await["items"][0]["id"], id.to_string());
    let bytes = hub.bytes().await;
    for clear in ["13812345678", "漕溪北路", "13900000001", "备用电话", "312304160"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn an_installer_gives_back_and_the_desk_gives_anew_and_nobody_sees_more_than_theirs() {
    let Rig { hub, manager, installer, installer_id, other, other_id, .. } = rig().await;
    let id = id_of(&made(&manager, delivery()).await);
    assert_eq!(act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await.0, 200);
    assert_eq!(act(&installer, id, 2, "decline", json!({"reason": "x"})).await.1["rule"], "text_length");
    let back = act(&installer, id, 2, "decline", json!({"reason": "那天休息"})).await;
    assert_eq!((back.0, &back.1["state"], &back.1["installer"]), (200, &json!("new"), &Value::Null), "{back:?}");
    assert_eq!(installer.get(&format!("/tickets/{id}")).await.0, 404);
    assert_eq!(act(&manager, id, 3, "dispatch", json!({"installer": other_id})).await.0, 200);
    assert_eq!((installer.read("/tickets").await["total"].as_i64(), other.read("/tickets").await["total"].as_i64()), (Some(0), Some(1)));
    let installers = manager.read("/tickets/installers").await;
    let open: Vec<_> =
        installers["items"].as_array().unwrap().iter().map(|row| (row["id"].as_i64().unwrap(), row["open"].as_i64().unwrap())).collect();
    assert_eq!(open.iter().find(|(id, _)| *id == other_id), Some(&(other_id, 1)), "{installers}");
    assert_eq!(act(&manager, id, 4, "cancel", json!({"reason": "客户取消"})).await.1["reason"], "客户取消");
    assert_eq!(act(&other, id, 5, "accept", json!({})).await.1["rule"], "ticket_state");
    let again = patch(&manager, &format!("/tickets/{id}"), 5, json!({"phone": "138****5678"})).await;
    assert_eq!(again.1["rule"], "phone_shape", "what was masked is written nowhere");
    hub.stop().await;
}

#[tokio::test]
async fn an_install_problem_becomes_an_after_sales_ticket_in_one_step_with_customer_order_item_and_photos() {
    let Rig { hub, manager, installer, installer_id, other, other_id, .. } = rig().await;
    let mut wanted = delivery();
    hub.sql(
        "INSERT INTO customer (id, organisation_id, name, class, gender, employer, position, hobbies, source, campaign, created_by, created_ms, \
         idle_since_ms, version) SELECT 77, organisation_id, '王女士', 'client', '', '', '', '', '', '', 'x', 1, 1, 1 FROM site WHERE id = 1;
         INSERT INTO sales_order (id, code, organisation_id, customer_id, state, ordered_on, amount_fen, approval, approval_note, reason, created_by, \
         created_ms, version) SELECT 77, 'SO000077', organisation_id, 77, 'shipped', '2026-01-01', 0, '', '', '', 'x', 1, 1 FROM site WHERE id = 1",
    )
    .await;
    wanted["order"] = json!(78);
    assert_eq!(manager.post("/tickets", wanted.clone()).await.1["field"], "order", "there is no such order");
    wanted["order"] = json!(77);
    let id = id_of(&made(&manager, wanted).await);
    act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await;
    act(&installer, id, 2, "accept", json!({})).await;
    let kept = photo(&installer, 1, id, "photo", 9).await.1;
    assert_eq!(
        installer.post(&format!("/tickets/{id}/after-sales"), json!({"problem": "x"})).await.1["rule"],
        "role",
        "a phone has an act for it"
    );
    let once = async || {
        let request = manager.request(Method::POST, &format!("/tickets/{id}/after-sales")).header("idempotency-key", "a1");
        answer(request.json(&json!({"problem": "台面接缝明显", "fault": "seam"}))).await
    };
    let (first, again) = (once().await, once().await);
    assert_eq!((first.0, &first.1["id"]), (201, &again.1["id"]), "{first:?}");
    let new = &first.1;
    for (field, value) in [
        ("kind", json!("after_sales")),
        ("from", json!(id)),
        ("order", json!(77)),
        ("order_code", json!("SO000077")),
        ("item", json!(1)),
        ("fault", json!("seam")),
        ("contact", json!("王女士")),
        ("phone", json!("13812345678")),
        ("state", json!("new")),
    ] {
        assert_eq!(new[field], value, "{field}: {new}");
    }
    let files = manager.read(&format!("/tickets/{}/files", new["id"])).await;
    assert_eq!(files["items"][0]["id"], kept["file"]["id"], "{files}");
    // Whoever gets the new ticket sees the photos of the old one, and not the old one itself.
    let version = new["version"].as_i64().unwrap();
    act(&manager, id_of(new), version, "dispatch", json!({"installer": other_id})).await;
    assert_eq!(other.get(&format!("/files/{}", kept["file"]["id"])).await.0, 200);
    assert_eq!(other.get(&format!("/tickets/{id}")).await.0, 404);
    assert_eq!(manager.read(&format!("/tickets/{id}")).await["made"][0]["id"], new["id"]);
    assert_eq!(manager.post(&format!("/tickets/{}/after-sales", new["id"]), json!({"problem": "x"})).await.0, 409, "of a delivery only");
    hub.stop().await;
}

/// The whole visit by operations, every one sent twice, the answer to the first lost.
#[tokio::test]
async fn what_a_phone_did_arrives_once_and_in_order_however_often_and_wherever_it_broke_off() {
    let Rig { hub, manager, installer, installer_id, .. } = rig().await;
    let id = id_of(&made(&manager, delivery()).await);
    act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await;
    let day = installer.read("/field/day").await;
    assert_eq!((day["tickets"].as_array().unwrap().len(), &day["tickets"][0]["version"]), (1, &json!(2)), "{day}");
    let operations: Vec<Value> = (0..).zip(visit()).map(|(n, (act, payload))| operation(n, id, 2 + i64::from(n), act, &payload)).collect();

    // Out of order: what comes before its turn waits and changes nothing.
    let early: Vec<Value> = operations.iter().rev().cloned().collect();
    let told = sent(&installer, &early[..7]).await;
    assert!(outcomes(&told).iter().all(|outcome| *outcome == "blocked"), "{told:?}");
    assert_eq!(manager.read(&format!("/tickets/{id}")).await["version"], 2);

    // A kill at each step: everything so far is sent again, and then one more.
    for n in 0..operations.len() {
        if n + 1 == operations.len() {
            let told = sent(&installer, &operations[n..]).await;
            assert_eq!((outcomes(&told), &told[0]["problem"]["rule"]), (vec!["refused"], &json!("completion_needs")), "{told:?}");
            for (file, kind) in [(100, "photo"), (101, "signature")] {
                for outcome in ["applied", "already", "already"] {
                    let (status, kept) = photo(&installer, file, id, kind, 3).await;
                    assert_eq!((status, kept["outcome"].as_str()), (200, Some(outcome)), "{kept}");
                }
            }
        }
        let told = sent(&installer, &operations[..=n]).await;
        let mut wanted = vec!["already"; n];
        wanted.push("applied");
        assert_eq!(outcomes(&told), wanted, "{told:?}");
        assert_eq!(told[n]["version"], 3 + i64::try_from(n).unwrap());
    }
    let told = sent(&installer, &operations).await;
    assert!(outcomes(&told).iter().all(|outcome| *outcome == "already"), "{told:?}");

    let ticket = manager.read(&format!("/tickets/{id}")).await;
    assert_eq!(
        (&ticket["state"], ticket["version"].as_i64(), &ticket["photos"], &ticket["signatures"]),
        (&json!("completed"), Some(10), &json!(1), &json!(1))
    );
    let acts: Vec<_> = ticket["steps_done"].as_array().unwrap().iter().map(|step| step["act"].as_str().unwrap()).collect();
    let done: Vec<_> = std::iter::once("dispatch").chain(visit().into_iter().map(|(act, _)| act)).collect();
    assert_eq!(acts, done, "what arrived is what was done, once");
    assert!(ticket["cartons"].as_array().unwrap().iter().all(|carton| carton["scanned"] == 1), "{ticket}");
    assert_eq!(ticket["made"].as_array().unwrap().len(), 1, "one return visit");
    assert_eq!(hub.number("SELECT COUNT(*) FROM file WHERE entity = 'ticket' AND state = 'kept'").await, 2);
    hub.stop().await;
}

#[tokio::test]
async fn a_conflict_holds_up_its_ticket_alone_and_says_what_it_is_now() {
    let Rig { hub, manager, installer, installer_id, other, other_id, .. } = rig().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = id_of(&made(&manager, delivery()).await);
        act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await;
        ids.push(id);
    }
    let path = format!("/tickets/{}", ids[0]);
    assert_eq!(patch(&manager, &path, 2, json!({"note": "请走货梯"})).await.0, 200);
    let soon = json!({"appointed_ms": jiff::Timestamp::now().as_millisecond() + 3_600_000});
    let both = [
        operation(1, ids[0], 2, "accept", &json!({})),
        operation(2, ids[0], 3, "appoint", &soon),
        operation(3, ids[1], 2, "accept", &json!({})),
        operation(4, ids[1], 3, "appoint", &soon),
    ];
    let told = sent(&installer, &both).await;
    assert_eq!(outcomes(&told), ["conflict", "blocked", "applied", "applied"], "{told:?}");
    assert_eq!((&told[0]["ticket"]["note"], &told[0]["ticket"]["version"]), (&json!("请走货梯"), &json!(3)));
    // Seen and decided: the same operations, made from what it is now.
    let again = [operation(1, ids[0], 3, "accept", &json!({})), operation(2, ids[0], 4, "appoint", &soon)];
    assert_eq!(outcomes(&sent(&installer, &again).await), ["applied", "applied"]);
    // Given to somebody else meanwhile: it is not theirs any more, and no id of another's is taken.
    assert_eq!(act(&manager, ids[1], 4, "dispatch", json!({"installer": other_id})).await.0, 200);
    let late = sent(&installer, &[operation(5, ids[1], 4, "report", &json!({"steps": "x"}))]).await;
    assert_eq!((outcomes(&late), &late[0]["problem"]["status"]), (vec!["refused"], &json!(404)), "{late:?}");
    assert!(late[0].get("ticket").is_none());
    let (stolen, odd) =
        (operation(3, ids[1], 5, "accept", &json!({})), json!({"id": "x", "ticket": ids[1], "version": 5, "act": "accept", "made_ms": 1}));
    let told = sent(&other, &[stolen]).await;
    assert_eq!(told[0]["problem"]["rule"], "operation_id", "{told:?}");
    assert_eq!(sent(&other, &[odd]).await[0]["problem"]["rule"], "operation_id");
    // Two at once are one.
    let one = [operation(6, ids[1], 5, "accept", &json!({}))];
    let (a, b) = tokio::join!(sent(&other, &one), sent(&other, &one));
    let mut both = [outcomes(&a)[0], outcomes(&b)[0]];
    both.sort_unstable();
    assert_eq!(both, ["already", "applied"]);
    hub.stop().await;
}

#[tokio::test]
async fn completion_brings_a_return_visit_and_a_survey_and_figures_are_those_of_the_answers() {
    let Rig { hub, admin, manager, installer, installer_id, .. } = rig().await;
    let mut links = Vec::new();
    for n in 0..3_u32 {
        let mut wanted = delivery();
        wanted.as_object_mut().unwrap().remove("goods");
        let id = id_of(&made(&manager, wanted).await);
        act(&manager, id, 1, "dispatch", json!({"installer": installer_id})).await;
        for (act_of, version, payload) in [
            ("accept", 2, json!({})),
            ("appoint", 3, json!({"appointed_ms": jiff::Timestamp::now().as_millisecond()})),
            ("check_in", 4, json!({})),
        ] {
            assert_eq!(act(&installer, id, version, act_of, payload).await.0, 200, "{act_of}");
        }
        photo(&installer, 10 + n, id, "photo", 1).await;
        photo(&installer, 20 + n, id, "signature", 2).await;
        let done = act(&installer, id, 5, "complete", json!({})).await.1;
        assert_eq!((&done["state"], &done["far"]), (&json!("completed"), &json!(true)), "without a place it counts as far: {done}");
        links.push(done["survey"]["link"].as_str().unwrap().to_owned());
    }
    assert_eq!(manager.read("/tickets?kind=return_visit&state=open").await["total"], 3);
    assert_eq!(manager.read("/tickets?kind=return_visit&state=open&due=now").await["total"], 0, "in three days");
    hub.sql("UPDATE ticket SET due_ms = 1 WHERE kind = 'return_visit'").await;
    let home = manager.read("/home").await;
    let due = home["counters"].as_array().unwrap().iter().find(|row| row["name"] == "return_visits_due").unwrap();
    assert_eq!(due["count"], 3);
    let visit = manager.read("/tickets?kind=return_visit").await["items"][0].clone();
    let about = visit["from"].as_i64().unwrap();
    let called = json!({"result": "很满意", "steps": "下月保养", "satisfaction": 5, "note": "老人家"});
    let done = act(&manager, id_of(&visit), 1, "complete", called).await;
    assert_eq!((done.0, &done.1["satisfaction"]), (200, &json!(5)), "{done:?}");
    assert_eq!(manager.read(&format!("/tickets/{about}")).await["satisfaction"], 5, "where it belongs");

    // A customer has no login.
    let public = Client::new();
    let ask = async |path: &str, body: Value| answer(public.post(format!("{}/api/v1/surveys/{path}", hub.base)).json(&body)).await;
    let token = |n: usize| links[n].split_once('#').unwrap().1.to_owned();
    let opened = ask("open", json!({"token": token(0)})).await;
    assert_eq!((opened.0, &opened.1["answered"]), (200, &json!(false)), "{opened:?}");
    assert!(!opened.1.to_string().contains("1381234"), "nothing of the customer is in it");
    assert_eq!(ask("open", json!({"token": "x"})).await.0, 404);
    assert_eq!(ask("answer", json!({"token": token(0), "score": 11, "satisfaction": 5})).await.0, 422);
    for (n, score, stars) in [(0, 10, 5), (1, 9, 4), (2, 6, 2)] {
        let said = json!({"token": token(n), "score": score, "satisfaction": stars, "comment": "电话 13812345678"});
        assert_eq!(ask("answer", said.clone()).await.0, 200);
        assert_eq!(ask("answer", said).await.1["rule"], "survey_answered");
    }
    let figures = manager.read("/surveys/figures").await;
    let wanted = json!({"completed": 3, "answers": 3, "nps": 33, "satisfaction_hundredths": 367, "coverage_percent": 33});
    assert_eq!(figures["all"], wanted, "{figures}");
    assert_eq!(figures["stores"].as_array().unwrap().len(), 1);
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    assert_eq!(far.read("/surveys/figures").await["all"]["completed"], 0, "another store's");
    hub.sql("UPDATE survey SET expires_ms = 1").await;
    assert_eq!(ask("open", json!({"token": token(0)})).await.0, 404, "it has had its time");
    // One address is not let in for ever.
    let mut last = 200;
    for _ in 0..40 {
        last = ask("open", json!({"token": "x"})).await.0;
    }
    assert_eq!(last, 429);
    hub.stop().await;
}

#[tokio::test]
async fn the_house_says_what_completion_needs_and_when_far_is_far() {
    let Rig { hub, admin, manager, .. } = rig().await;
    let settings = admin.read("/service-settings").await;
    assert_eq!((&settings["far_m"], &settings["delivery_install"]["photos"]), (&json!(500), &json!(1)));
    let put = async |desk: &Desk, version: i64, body: Value| {
        answer(desk.request(Method::PUT, "/service-settings").header("if-match", format!("\"{version}\"")).json(&body)).await
    };
    let mut new = settings.clone();
    new["far_m"] = json!(1);
    assert_eq!(put(&admin, 1, new.clone()).await.1["field"], "far_m");
    new["far_m"] = json!(800);
    assert_eq!(put(&manager, 1, new.clone()).await.1["rule"], "role");
    assert_eq!(put(&admin, 1, new.clone()).await.0, 200);
    assert_eq!(put(&admin, 1, new).await.0, 412);
    assert_eq!(admin.read("/service-settings").await["far_m"], 800);
    hub.stop().await;
}
