//! Personal fields of people: who sees how much, who finds whom, and what is left of it in the audit and in the database.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};

async fn patch(desk: &Desk, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(Method::PATCH, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

async fn id_of(desk: &Desk, login: &str) -> i64 {
    desk.read(&format!("/people?q={login}")).await["items"][0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_phone_is_whole_masked_or_refused_by_field_right_and_a_reveal_is_in_the_audit() {
    let hub = Running::start().await;
    let (admin, manager, auditor) = (hub.sign_in("admin").await, hub.sign_in("manager").await, hub.sign_in("auditor").await);
    let clerk = id_of(&admin, "warehouse").await;
    let path = format!("/people/{clerk}");
    let version = admin.read(&path).await["version"].as_i64().unwrap();
    let wanted = json!({"phone": "+86 138-1234-5678", "email": "Fang@Qitao.example"});
    let (status, row) = patch(&manager, &path, version, wanted).await;
    assert_eq!((status, row["phone"].as_str(), row["email"].as_str()), (200, Some("13812345678"), Some("fang@qitao.example")), "{row}");

    let masked = auditor.read(&path).await;
    assert_eq!((masked["phone"].as_str(), masked["email"].as_str()), (Some("138****5678"), Some("f***@qitao.example")));
    assert_eq!(patch(&admin, &path, version + 1, json!({"phone": "138****5678"})).await.1["rule"], "phone_shape");
    assert_eq!(patch(&admin, &path, version + 1, json!({"email": "fang"})).await.1["rule"], "email_shape");
    assert_eq!(auditor.post(&format!("{path}/reveal"), json!({"field": "phone", "reason": "查账"})).await.1["rule"], "role");

    // A role of one's own, with everything but the field.
    let roles = admin.read("/roles").await;
    let manager_role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "store_manager").unwrap();
    let role = format!("/roles/{}", manager_role["id"]);
    let fields = |word: &str| json!({"fields": {"person.phone": word}});
    assert_eq!(patch(&admin, &role, 1, fields("masked")).await.0, 200);
    assert_eq!(manager.read(&path).await["phone"], "138****5678");
    assert_eq!(patch(&manager, &path, version + 1, json!({"phone": "13800000000"})).await.1["rule"], "field_right");
    assert_eq!(manager.post(&format!("{path}/reveal"), json!({"field": "phone", "reason": " "})).await.1["rule"], "reason_length");
    let reason = json!({"field": "phone", "reason": "回访 13812345678"});
    assert_eq!(manager.post(&format!("{path}/reveal"), reason.clone()).await, (200, json!({"value": "13812345678"})));
    assert_eq!(manager.post("/people/999/reveal", reason.clone()).await.0, 404);
    let foreign = id_of(&admin, "admin").await;
    assert_eq!(manager.post(&format!("/people/{foreign}/reveal"), reason.clone()).await.0, 404, "of another organisation");
    assert_eq!(patch(&admin, &role, 2, fields("none")).await.0, 200);
    assert_eq!(manager.read(&path).await.get("phone"), None);
    assert_eq!(manager.post(&format!("{path}/reveal"), reason).await.1["rule"], "field_right");
    assert_eq!(manager.post("/people/find", json!({"phone": "13812345678"})).await.1["rule"], "field_right");

    let timeline = manager.read(&format!("{path}/timeline")).await;
    let (reveal, change) = (&timeline["items"][0], &timeline["items"][1]);
    assert_eq!((reveal["action"].as_str(), reveal["author"].as_str()), (Some("reveal"), Some("manager")), "{timeline}");
    assert_eq!(reveal["new"], json!({"field": "phone", "reason": "回访 138****5678"}));
    assert_eq!((&change["action"], change["new"].get("phone")), (&json!("change"), None), "nor is it told by what happened");
    let told = auditor.read(&format!("{path}/timeline")).await["items"][1].clone();
    assert_eq!((told["old"]["phone"].as_str(), told["new"]["phone"].as_str()), (None, Some("138****5678")));
    assert_eq!(auditor.read("/audit?entity=person&action=reveal").await["total"], 1);
    assert_eq!(manager.get("/audit").await.1["rule"], "role");
    assert!(!auditor.read("/audit").await.to_string().contains("13812345678"));
    hub.stop().await;
}

#[tokio::test]
async fn people_are_found_by_phone_however_it_is_written_within_what_the_reader_sees() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    for login in ["warehouse", "auditor"] {
        let path = format!("/people/{}", id_of(&admin, login).await);
        let (status, row) = patch(&admin, &path, 1, json!({"phone": "13812345678", "email": format!("{login}@x.com")})).await;
        assert_eq!(status, 200, "{row}");
    }
    let found = async |desk: &Desk, body: Value| desk.post("/people/find", body).await.1["total"].as_i64();
    assert_eq!(found(&admin, json!({"phone": "+86 138 1234 5678"})).await, Some(2));
    assert_eq!(found(&manager, json!({"phone": "138-1234-5678"})).await, Some(1), "the auditor is not of this store");
    assert_eq!(found(&admin, json!({"phone_last": "5678"})).await, Some(2));
    assert_eq!(found(&admin, json!({"email": "AUDITOR@x.com"})).await, Some(1));
    assert_eq!(found(&admin, json!({"phone": "13812345679"})).await, Some(0));
    assert_eq!(admin.post("/people/find", json!({"phone": "1", "email": "x"})).await.1["rule"], "one_of");
    assert_eq!(hub.number("SELECT COUNT(*) FROM hub_user WHERE phone LIKE '%5678%' OR phone_hash LIKE '%5678%'").await, 0);
    hub.stop().await;
}

/// The sheet of people that somebody gets, as text.
async fn sheet(desk: &Desk, filters: Value) -> String {
    let (status, made) = desk.post("/exports", json!({"list": "people", "format": "csv", "filters": filters})).await;
    assert_eq!((status, &made["state"]), (201, &json!("done")), "{made}");
    desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_sheet_of_people_has_whom_the_reader_sees_and_what_is_personal_masked() {
    let hub = Running::start().await;
    let (admin, manager, clerk) = (hub.sign_in("admin").await, hub.sign_in("manager").await, hub.sign_in("warehouse").await);
    admin.publish("person", fields()).await;
    let store = admin.read("/people?q=manager").await["items"][0]["organisation"].clone();
    let custom = json!({"address": ADDRESS, "id_number": PAPERS, "badge": "BADGE-77"});
    let person =
        json!({"login": "fang", "name": "方", "organisation": store, "password": PASSWORD, "phone": "13812345678", "custom": custom});
    let (status, fang) = admin.post("/people", person).await;
    assert_eq!((status, fang["phone"].as_str()), (201, Some("13812345678")), "{fang}");
    for desk in [&admin, &manager] {
        let text = sheet(desk, json!({"q": "fang"})).await;
        assert!(text.contains("姓名") && text.contains("住址"), "{text}");
        assert!(text.contains("138****5678") && text.contains("漕溪北路 8****") && text.contains("BADGE-77"), "{text}");
        assert!(!text.contains("13812345678") && !text.contains(PAPERS) && !text.contains(ADDRESS), "{text}");
    }
    assert_eq!(sheet(&manager, json!({})).await.lines().count(), 4, "heading, and the three of the store");
    assert_eq!(sheet(&admin, json!({"custom.badge": "BADGE-77"})).await.lines().count(), 2);
    assert_eq!(sheet(&admin, json!({"disabled": true})).await.lines().count(), 1);
    assert_eq!(clerk.post("/exports", json!({"list": "people"})).await.1["rule"], "role");
    assert_eq!(manager.post("/exports", json!({"list": "people", "filters": {"below": 999}})).await.0, 404);
    hub.stop().await;
}

const ADDRESS: &str = "漕溪北路 8801 号 1203 室";
const MOVED: &str = "衡山路 7702 弄 15 号 402";
const PAPERS: &str = "310104199001011234";

fn fields() -> Value {
    json!([
        {"key": "address", "title": "住址", "title_en": "Address", "kind": "long_text", "in_list": true},
        {"key": "id_number", "title": "证件号", "kind": "text", "required": true, "checks": [{"rule": "size(custom.id_number) == 18", "message": "要 18 位"}]},
        {"key": "salary", "title": "工资", "kind": "money", "personal": true},
        {"key": "badge", "title": "工牌", "kind": "text", "filter": true},
    ])
}

#[tokio::test]
async fn personal_custom_fields_are_sealed_masked_found_and_revealed_as_a_phone_is() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    admin.publish("person", fields()).await;
    let store = admin.read("/people?q=manager").await["items"][0]["organisation"].clone();
    let custom = json!({"address": ADDRESS, "id_number": PAPERS, "salary": 23456.7, "badge": "BADGE-77"});
    let person = json!({"login": "fang", "name": "方", "organisation": store, "password": PASSWORD, "custom": custom});
    let (status, fang) = admin.post("/people", person).await;
    let whole = json!({"address": ADDRESS, "id_number": PAPERS, "salary": "23456.70", "badge": "BADGE-77"});
    assert_eq!((status, &fang["custom"]), (201, &whole), "{fang}");
    let path = format!("/people/{}", fang["id"]);
    let masked = json!({"address": "漕溪北路 8****", "id_number": "310****1234", "salary": "****", "badge": "BADGE-77"});
    assert_eq!(manager.read(&path).await["custom"], masked);
    assert_eq!(manager.read("/people?q=fang").await["items"][0]["custom"], masked);
    let form = manager.read("/entities/person/form").await;
    let papers = form["fields"].as_array().unwrap().iter().find(|field| field["key"] == "custom.id_number").unwrap();
    assert_eq!((&papers["personal"], &papers["writable"]), (&json!(true), &json!(false)));

    let (status, refused) = patch(&manager, &path, 1, json!({"custom": {"address": MOVED}})).await;
    assert_eq!((status, refused["rule"].as_str(), refused["field"].as_str()), (403, Some("field_right"), Some("custom.address")));
    assert_eq!(patch(&admin, &path, 1, json!({"custom": {"id_number": "310****1234"}})).await.1["rule"], "field_masked");
    assert_eq!(patch(&admin, &path, 1, json!({"custom": {"id_number": "3101"}})).await.1["rule"], "field_check");
    assert_eq!(patch(&admin, &path, 1, json!({"custom": {"id_number": null}})).await.1["rule"], "field_required");
    let (status, row) = patch(&admin, &path, 1, json!({"custom": {"address": MOVED, "salary": null}})).await;
    assert_eq!((status, &row["custom"]), (200, &json!({"address": MOVED, "id_number": PAPERS, "badge": "BADGE-77"})), "{row}");
    assert_eq!(patch(&manager, &path, 2, json!({"custom": {"badge": "BADGE-78"}})).await.0, 200, "the others are theirs to write");
    assert_eq!(admin.read(&path).await["custom"]["id_number"], PAPERS, "and leave what is sealed alone");

    let reveal = async |field: &str| manager.post(&format!("{path}/reveal"), json!({"field": field, "reason": "核对合同"})).await;
    assert_eq!(reveal("custom.address").await, (200, json!({"value": MOVED})));
    assert_eq!(reveal("custom.salary").await, (200, json!({"value": null})));
    for unknown in ["custom.badge", "custom.home", "badge", ""] {
        assert_eq!(reveal(unknown).await.1["rule"], "field_exists", "{unknown}");
    }
    let found = async |desk: &Desk, field: &str, value: &str| {
        let (status, page) = desk.post("/people/find", json!({"custom": {"field": field, "value": value}})).await;
        if status == 200 { page["total"].clone() } else { page["rule"].clone() }
    };
    assert_eq!(found(&manager, "id_number", &format!(" {PAPERS}")).await, 1);
    assert_eq!(found(&admin, "address", "衡山路  7702 弄 15 号 402").await, 1, "however many blanks");
    assert_eq!(found(&admin, "address", ADDRESS).await, 0, "they have moved");
    assert_eq!(found(&admin, "badge", "BADGE-78").await, "field_exists");
    assert_eq!(admin.get(&format!("/people?custom.address={MOVED}")).await.1["rule"], "filter_exists");

    let told = admin.read(&format!("{path}/timeline")).await;
    let (revealed, change) = (&told["items"][1], &told["items"][3]);
    assert_eq!((&revealed["action"], &revealed["new"]["field"]), (&json!("reveal"), &json!("custom.address")), "{told}");
    assert_eq!((&change["old"]["custom"], &change["new"]["custom"]["address"]), (&masked, &json!("衡山路 77****")), "{told}");
    let (_, made) = admin.post("/exports", json!({"list": "items", "format": "csv"})).await;
    assert_eq!(made["list"], "items");
    assert_eq!(admin.read("/search?q=衡山路").await["items"], json!([]));

    let bytes = hub.bytes().await;
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("BADGE-78") && holds("BADGE-77"), "what is not personal is open to the database");
    for clear in [ADDRESS, MOVED, PAPERS, "1203 室", "23456.70", "199001011234"] {
        assert!(!holds(clear), "{clear}");
    }
    assert_eq!(hub.number("SELECT COUNT(*) FROM person_field").await, 2);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_personal_is_said_once_and_of_people_alone() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let faults = async |entity: &str, fields: Value| {
        let path = format!("/entities/{entity}/fields");
        let version = admin.read(&path).await["version"].as_i64().unwrap();
        let (_, drafted) = admin.send(Method::PUT, &path, version, json!({"fields": fields})).await;
        let of = |fault: &Value| format!("{} {}", fault["field"].as_str().unwrap(), fault["rule"].as_str().unwrap());
        drafted["faults"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let field = |key: &str, personal: bool| json!({"key": key, "title": "字段", "kind": "text", "personal": personal});
    assert_eq!(faults("item", json!([field("home", true)])).await, ["fields[0].personal personal_subject"]);
    assert_eq!(faults("item", json!([field("address", false)])).await, ["fields[0].key personal_subject"]);
    let narrowed = json!([{"key": "home", "title": "家", "kind": "text", "personal": true, "filter": true, "default": "上海"}]);
    assert_eq!(faults("person", narrowed).await, ["fields[0].filter personal_filters", "fields[0].default personal_default"]);
    admin.publish("person", json!([field("home", true), field("badge", false), field("address", false)])).await;
    let turned = json!([field("home", false), field("badge", true), field("address", true)]);
    assert_eq!(faults("person", turned).await, ["fields[0].personal personal_stays", "fields[1].personal personal_stays"]);

    // A word on a field that is masked by its definition is for nobody to give who has not got it.
    let roles = admin.read("/roles").await;
    let of = |code: &str| roles["items"].as_array().unwrap().iter().find(|role| role["code"] == code).unwrap().clone();
    let (keeper, top) = (of("store_manager"), admin.read("/organisations?tops=true").await["items"][0]["id"].clone());
    let rights = json!({"rights": ["people", "people.see", "roles"], "scope": "all"});
    assert_eq!(patch(&admin, &format!("/roles/{}", keeper["id"]), keeper["version"].as_i64().unwrap(), rights).await.0, 200);
    let lead = json!({"login": "lead", "name": "长", "organisation": top, "password": PASSWORD, "roles": [{"role": keeper["id"]}]});
    assert_eq!(admin.post("/people", lead).await.0, 201);
    let lead = hub.sign_in("lead").await;
    let role = |code: &str, fields: Value| json!({"code": code, "name": "r", "scope": "own", "rights": [], "fields": fields});
    assert_eq!(lead.post("/roles", role("one", json!({"person.home": "write"}))).await.1["rule"], "wider_than_own");
    assert_eq!(lead.post("/roles", role("two", json!({"person.badge": "write"}))).await.0, 201);
    hub.stop().await;
}

#[tokio::test]
async fn a_word_on_a_field_reaches_as_far_as_the_role_that_gives_it() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    admin.publish("person", json!([{"key": "grade", "title": "级别", "kind": "text", "filter": true}])).await;
    let roles = admin.read("/roles").await;
    let role = |code: &str| roles["items"].as_array().unwrap().iter().find(|role| role["code"] == code).unwrap().clone();
    let (store, chain) = (role("store_manager"), role("auditor"));
    let seeing = json!({"rights": ["people.see", "audit.see"], "fields": {"person.grade": "none"}});
    assert_eq!(patch(&admin, &format!("/roles/{}", chain["id"]), chain["version"].as_i64().unwrap(), seeing).await.0, 200);
    let manager = admin.read("/people?q=manager").await["items"][0].clone();
    let both = json!({"roles": [{"role": store["id"]}, {"role": chain["id"]}]});
    assert_eq!(patch(&admin, &format!("/people/{}", manager["id"]), manager["version"].as_i64().unwrap(), both).await.0, 200);
    let desk = hub.sign_in("manager").await;
    let mut paths = Vec::new();
    for login in ["warehouse", "auditor"] {
        let path = format!("/people/{}", id_of(&admin, login).await);
        let version = admin.read(&path).await["version"].as_i64().unwrap();
        let wanted = json!({"phone": "13812345678", "custom": {"grade": "P7"}});
        assert_eq!(patch(&admin, &path, version, wanted).await.0, 200);
        paths.push(path);
    }
    let [own, other] = [&paths[0], &paths[1]];
    let (here, there) = (desk.read(own).await, desk.read(other).await);
    assert_eq!((&here["phone"], &here["custom"]), (&json!("13812345678"), &json!({"grade": "P7"})), "of the own store");
    assert_eq!((&there["phone"], &there["custom"]), (&json!("138****5678"), &json!({})), "of the chain, by the other role");
    let list = desk.read("/people").await;
    let phone = |login: &str| list["items"].as_array().unwrap().iter().find(|row| row["login"] == login).unwrap()["phone"].clone();
    assert_eq!((phone("warehouse"), phone("auditor")), (json!("13812345678"), json!("138****5678")));
    assert_eq!(desk.get("/people?custom.grade=P7").await.1["rule"], "filter_exists", "it would tell the grade of everybody");
    let told = |page: Value| page["items"].as_array().unwrap().iter().any(|row| row["new"]["custom"]["grade"] == "P7");
    assert!(told(desk.read(&format!("{own}/timeline")).await) && !told(desk.read(&format!("{other}/timeline")).await));
    let all = desk.read("/audit?entity=person&action=change").await;
    let graded = all["items"].as_array().unwrap().iter().filter(|row| row["new"]["custom"]["grade"] == "P7").count();
    assert_eq!(graded, 1, "{all}");

    let version = role("auditor")["version"].as_i64().unwrap() + 1;
    let hiding = json!({"fields": {"person.phone": "none"}});
    assert_eq!(patch(&admin, &format!("/roles/{}", chain["id"]), version, hiding).await.0, 200);
    let found = desk.post("/people/find", json!({"phone": "13812345678"})).await.1;
    assert_eq!((found["total"].as_i64(), &found["items"][0]["login"]), (Some(1), &json!("warehouse")), "{found}");
    assert_eq!(desk.read(other).await.get("phone"), None);
    hub.stop().await;
}
