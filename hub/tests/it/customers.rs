//! Customers: made once for the whole chain, seen by whoever looks after them, and every word with them kept.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};
use crate::sheets::{step, upload};
use crate::tell::until;

/// A change of what is at `version`.
pub async fn patch(desk: &Desk, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(Method::PATCH, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

/// Somebody new of a role at a site's organisation; their number and their desk.
pub async fn somebody(hub: &Running, admin: &Desk, login: &str, role: &str, site: &str) -> (i64, Desk) {
    let places = admin.read(&format!("/organisations?q={site}")).await;
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|row| row["code"] == role).unwrap()["id"].clone();
    let person = json!({"login": login, "name": format!("{login}小明"), "organisation": places["items"][0]["id"], "roles": [{"role": role}],
        "password": PASSWORD});
    let (status, made) = admin.post("/people", person).await;
    assert_eq!(status, 201, "{made}");
    (made["id"].as_i64().unwrap(), hub.sign_in(login).await)
}

/// A customer whom somebody makes.
pub async fn made(desk: &Desk, customer: Value) -> Value {
    let (status, made) = desk.post("/customers", customer).await;
    assert_eq!(status, 201, "{made}");
    made
}

#[tokio::test]
async fn a_customer_is_made_with_everything_and_every_rule_that_is_broken_names_its_field() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, sales) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let all = json!({"name": " 王女士 ", "gender": "female", "birth_year": 1990, "phone": "+86 138-1234-5678", "email": "Wang@X.com",
        "address": "上海市徐汇区漕溪北路 88 号 1203 室", "employer": "某设计院", "position": "建筑师", "hobbies": "徒步", "source": "store",
        "campaign": "春季展", "note": "下午联系，家人电话 13900000001", "tags": ["style.modern", "budget.high", "style.modern"],
        "next_follow_ms": jiff::Timestamp::now().as_millisecond() + 86_400_000});
    let row = made(&sales, all.clone()).await;
    for (field, wanted) in [
        ("name", json!("王女士")),
        ("class", json!("prospect")),
        ("owner", json!(li)),
        ("owner_name", json!("li小明")),
        ("phone", json!("13812345678")),
        ("email", json!("wang@x.com")),
        ("tags", json!(["budget.high", "style.modern"])),
        ("note", json!("下午联系，家人电话 13900000001")),
        ("idle_days", json!(0)),
        ("version", json!(1)),
    ] {
        assert_eq!(row[field], wanted, "{field}: {row}");
    }
    assert_eq!(row["code"], format!("C{:06}", row["id"].as_i64().unwrap()));

    for (field, value, rule) in [
        ("name", json!(" "), "name_length"),
        ("gender", json!("other"), "body"),
        ("birth_year", json!(1800), "birth_year"),
        ("phone", json!("138"), "phone_shape"),
        ("phone", json!("138****5678"), "phone_shape"),
        ("email", json!("wang"), "email_shape"),
        ("source", json!("moon"), "option_exists"),
        ("tags", json!(["style.none"]), "option_exists"),
        ("employer", json!("x".repeat(101)), "text_length"),
        ("note", json!("a\u{7}b"), "text_length"),
        ("next_follow_ms", json!(-1), "moment"),
        ("owner", json!(999), "role"),
        ("custom", json!({"none": 1}), "field_exists"),
    ] {
        let (status, refused) = sales.post("/customers", json!({"name": "张", field: value})).await;
        assert!(status == 422 || rule == "body" || rule == "role", "{field}: {refused}");
        assert!(rule == "body" || refused["rule"] == rule, "{field}: {refused}");
        let named = refused["field"].as_str().unwrap_or_default();
        assert!(rule == "body" || named.starts_with(field), "{field}: {refused}");
    }
    assert_eq!(sales.post("/customers", json!({"phone": "13700000000"})).await.1["field"], "name");
    assert_eq!(admin.read("/customers").await["total"], 1, "nothing of what was refused is there");

    // What is about her life is nowhere in clear, nor what was noted; the audit tells the masked form.
    let bytes = hub.bytes().await;
    for clear in ["13812345678", "wang@x.com", "漕溪北路", "13900000001", "家人电话"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    let audit = admin.read("/audit?entity=customer").await;
    assert_eq!(audit["items"][0]["new"]["phone"], "138****5678", "{audit}");
    hub.stop().await;
}

#[tokio::test]
async fn one_phone_is_one_customer_in_the_whole_chain_and_others_learn_no_more_than_a_masked_owner() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, here) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, there) = somebody(&hub, &admin, "han", "sales", "XH01").await;
    let first = made(&here, json!({"name": "王女士", "phone": "13812345678"})).await;
    let (status, refused) = there.post("/customers", json!({"name": "王", "phone": "+86 138 1234 5678"})).await;
    assert_eq!((status, refused["rule"].as_str(), refused["field"].as_str()), (422, Some("phone_free"), Some("phone")), "{refused}");
    assert_eq!((refused["owner"].as_str(), refused.get("customer")), (Some("l*"), None), "{refused}");
    assert!(!refused.to_string().contains("王女士") && !refused.to_string().contains("小明"), "{refused}");
    let (_, own) = here.post("/customers", json!({"name": "王", "phone": "13812345678"})).await;
    assert_eq!(own["customer"], first["id"], "whoever sees the customer is shown the way: {own}");

    let other = made(&there, json!({"name": "陈先生", "phone": "13900000002"})).await;
    let (_, refused) = patch(&there, &format!("/customers/{}", other["id"]), 1, json!({"phone": "138-1234-5678"})).await;
    assert_eq!(refused["rule"], "phone_free", "nor by a change");
    let same = patch(&here, &format!("/customers/{}", first["id"]), 1, json!({"phone": "13812345678"})).await;
    assert_eq!(same.0, 200, "a customer's own phone is no other's: {}", same.1);

    let check = async |desk: &Desk, body: Value| desk.post("/customers/check", body).await.1;
    assert_eq!(check(&there, json!({"phone": "１３８ 1234 5678"})).await, json!({"taken": true, "owner": "l*"}));
    let seen = check(&here, json!({"phone": "13812345678"})).await;
    assert_eq!(seen, json!({"taken": true, "owner": "l*", "customer": first["id"], "name": "王女士"}));
    assert_eq!(check(&here, json!({"phone": "13812345678", "but": first["id"]})).await, json!({"taken": false}));
    assert_eq!(check(&there, json!({"phone": "138"})).await, json!({"taken": false}), "not yet a number");

    // Two at once.
    let both = json!({"name": "周", "phone": "13700000003"});
    let (one, two) = tokio::join!(here.post("/customers", both.clone()), there.post("/customers", both));
    assert_eq!([one.0, two.0].iter().filter(|status| **status == 201).count(), 1, "{one:?} {two:?}");
    assert!([&one, &two].iter().any(|(status, body)| *status == 422 && body["rule"] == "phone_free"), "{one:?} {two:?}");
    // The same request sent again makes nobody twice.
    let twice = async || {
        let request = here.request(Method::POST, "/customers").header("idempotency-key", "k1").json(&json!({"name": "无电话"}));
        answer(request).await
    };
    let (first, again) = tokio::join!(twice(), twice());
    let later = twice().await;
    assert_eq!((first.0, again.0, later.0), (201, 201, 201), "also at once: {first:?} {again:?}");
    assert_eq!((&first.1["id"], &again.1["id"]), (&again.1["id"], &later.1["id"]));
    hub.stop().await;
}

#[tokio::test]
async fn whoever_left_a_prospect_alone_for_five_days_is_told_once_for_each_silence() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, li) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (_, han) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let left = made(&li, json!({"name": "王女士"})).await;
    made(&li, json!({"name": "陈先生"})).await;
    made(&han, json!({"name": "周先生"})).await;
    let schedules = admin.read("/schedules").await;
    let schedule = schedules["items"].as_array().unwrap().iter().find(|row| row["kind"] == "customers_idle").unwrap();
    assert_eq!((schedule["cron"].as_str(), schedule["enabled"].as_bool()), (Some("0 9 * * *"), Some(true)), "delivered: {schedule}");
    let remind = async || {
        let (status, begun) = admin.post(&format!("/schedules/{}/run", schedule["id"]), json!({})).await;
        assert_eq!(status, 202, "{begun}");
        until(&admin, &format!("/jobs/{}", begun["job"]), |job| job["state"] == "done").await
    };
    let unread = async |desk: &Desk, wished: i64| until(desk, "/notifications?unread=true", |page| page["total"] == wished).await;
    assert_eq!(remind().await["result"]["people"], 0);

    let days = |n: i64| jiff::Timestamp::now().as_millisecond() - n * 86_400_000;
    hub.sql(&format!("UPDATE customer SET idle_since_ms = {} WHERE name <> '陈先生'", days(6))).await;
    hub.sql("UPDATE customer SET class = 'regular' WHERE name = '周先生'").await;
    assert_eq!(remind().await["result"]["people"], 1, "a regular customer is nobody's prospect");
    let told = unread(&li, 1).await;
    assert_eq!(told["items"][0]["title"], "1 位客户超过 5 天没有跟进");
    assert_eq!(told["items"][0]["link"], "/customers?class=prospect&idle=5&owner=me");
    assert_eq!(li.read("/customers?class=prospect&idle=5&owner=me").await["items"][0]["id"], left["id"]);
    assert_eq!(remind().await["result"]["people"], 0, "once");

    // A word with her ends the silence; the next one is told again.
    let (status, _) = li.post(&format!("/customers/{}/follow-ups", left["id"]), json!({"kind": "call", "text": "已联系"})).await;
    assert_eq!(status, 201);
    assert_eq!(remind().await["result"]["people"], 0);
    hub.sql(&format!("UPDATE customer SET reminded_ms = {}, idle_since_ms = {} WHERE name = '王女士'", days(12), days(7))).await;
    assert_eq!(remind().await["result"]["people"], 1);
    unread(&li, 2).await;
    assert_eq!(han.read("/notifications").await["total"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn sellers_see_their_own_managers_those_of_their_store_and_counts_tell_no_more() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, other) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (_, far) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let manager = hub.sign_in("manager").await;
    let one = made(&seller, json!({"name": "王女士", "phone": "13812345678"})).await;
    let two = made(&other, json!({"name": "陈先生", "phone": "13900000002"})).await;
    let total = async |desk: &Desk, path: &str| desk.read(path).await["total"].as_i64().unwrap();
    for (desk, wanted) in [(&seller, 1), (&other, 1), (&manager, 2), (&far, 0), (&admin, 2)] {
        assert_eq!(total(desk, "/customers").await, wanted);
        assert_eq!(total(desk, "/customers?q=wangnvshi").await + total(desk, "/customers?q=cxs").await, wanted, "by pinyin too");
        let found = desk.read("/search?q=C0000&kinds=customer").await;
        assert_eq!(found["items"].as_array().unwrap().len(), usize::try_from(wanted).unwrap(), "{found}");
        let phones = ["13812345678", "13900000002"].map(|phone| json!({"phone": phone}));
        let mut hits = 0;
        for phone in phones {
            hits += desk.post("/customers/find", phone).await.1["total"].as_i64().unwrap();
        }
        assert_eq!(hits, wanted);
    }
    let path = format!("/customers/{}", two["id"]);
    for (desk, method) in [(&seller, Method::GET), (&far, Method::GET)] {
        assert_eq!(answer(desk.request(method, &path)).await.0, 404);
    }
    assert_eq!(seller.post(&format!("{path}/follow-ups"), json!({"kind": "call", "text": "x"})).await.0, 404);
    assert_eq!(patch(&seller, &path, 1, json!({"name": "x"})).await.0, 404);
    // A seller gives nobody away; the manager of the store does, and the masked phone of another store stays away.
    let own = format!("/customers/{}", one["id"]);
    assert_eq!(patch(&seller, &own, 1, json!({"owner": han})).await.1["rule"], "role");
    let far_away = admin.read("/people?q=far").await["items"][0]["id"].clone();
    assert_eq!(patch(&manager, &own, 1, json!({"owner": far_away})).await.1["rule"], "owner_exists", "of another store");
    assert_eq!(patch(&manager, &own, 1, json!({"owner": 999})).await.1["rule"], "owner_exists");
    assert_eq!(patch(&manager, &own, 1, json!({"owner": han})).await.0, 200);
    assert_eq!((total(&seller, "/customers").await, total(&other, "/customers").await), (0, 2));
    let place = admin.read("/organisations?q=XH01").await["items"][0]["id"].clone();
    assert_eq!(patch(&manager, &own, 2, json!({"organisation": place})).await.0, 404, "not theirs to see");
    assert_eq!(patch(&admin, &own, 2, json!({"organisation": place})).await.0, 200);
    assert_eq!((total(&far, "/customers").await, total(&manager, "/customers").await), (1, 1));
    assert_eq!(other.read(&own).await["phone"], "13812345678", "their owner follows them wherever they are");
    // Who leaves hands their customers over.
    let (status, handed) = admin.post(&format!("/people/{han}/hand-over"), json!({"to": li, "leaves": true})).await;
    assert_eq!((status, &handed["moved"]["customer"]), (200, &json!(2)), "{handed}");
    assert_eq!(total(&seller, "/customers").await, 2);
    // An auditor sees the ends of a phone, and a reveal says who, what and why.
    let auditor = hub.sign_in("auditor").await;
    assert_eq!(auditor.read(&own).await["phone"], "138****5678");
    assert_eq!(auditor.post("/customers", json!({"name": "x"})).await.1["rule"], "role");
    let reveal = json!({"field": "phone", "reason": "回访"});
    assert_eq!(auditor.post(&format!("{own}/reveal"), reveal.clone()).await.1["rule"], "role");
    assert_eq!(far.post(&format!("{own}/reveal"), reveal).await, (200, json!({"value": "13812345678"})));
    assert_eq!(admin.read("/audit?entity=customer&action=reveal").await["total"], 1);
    hub.stop().await;
}

#[tokio::test]
async fn every_word_with_a_customer_stands_in_one_timeline_and_moves_what_is_due() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let row = made(&seller, json!({"name": "王女士", "phone": "13812345678"})).await;
    let path = format!("/customers/{}", row["id"]);
    let now = jiff::Timestamp::now().as_millisecond();
    let day = 86_400_000;
    hub.sql(&format!("UPDATE customer SET idle_since_ms = {}", now - 7 * day)).await;
    let total = async |query: &str| seller.read(&format!("/customers{query}")).await["total"].as_i64().unwrap();
    let counter = async |name: &str| {
        let home = seller.read("/home").await;
        home["counters"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["count"].as_i64().unwrap()
    };
    assert_eq!((total("?idle=5").await, counter("customers_idle").await, seller.read(&path).await["idle_days"].as_i64()), (1, 1, Some(7)));
    for (body, rule) in [
        (json!({"kind": "pigeon", "text": "x"}), "option_exists"),
        (json!({"kind": "call", "text": " "}), "text_length"),
        (json!({"kind": "call", "text": "x", "at_ms": now + day}), "moment"),
        (json!({"kind": "call", "text": "x", "next_ms": now - day}), "moment"),
    ] {
        assert_eq!(seller.post(&format!("{path}/follow-ups"), body).await.1["rule"], rule);
    }
    let said = json!({"kind": "call", "text": "想看橡木衣柜，备用电话 13900000001", "at_ms": now - 2 * day, "next_ms": now});
    let again = async || {
        let request = seller.request(Method::POST, &format!("{path}/follow-ups")).header("idempotency-key", "f1").json(&said);
        answer(request).await
    };
    let (first, second) = (again().await, again().await);
    assert_eq!((first.0, second.0, &first.1["id"]), (201, 201, &second.1["id"]), "{first:?}");
    assert_eq!((total("?idle=5").await, total("?due=today").await, counter("follow_ups_due").await), (0, 1, 1));
    // One that is noted late hides no later one.
    let late = json!({"kind": "visit", "text": "量尺", "at_ms": now - 5 * day});
    assert_eq!(seller.post(&format!("{path}/follow-ups"), late).await.0, 201);
    let row = seller.read(&path).await;
    assert_eq!((row["last_follow_ms"].as_i64(), row["next_follow_ms"].as_i64(), total("?due=today").await), (Some(now - 2 * day), None, 0));
    let timeline = seller.read(&format!("{path}/timeline")).await;
    let lines: Vec<_> =
        timeline["items"].as_array().unwrap().iter().map(|line| (line["action"].as_str().unwrap(), &line["new"]["text"])).collect();
    let wanted = [("follow_up", json!("量尺")), ("follow_up", json!("想看橡木衣柜，备用电话 13900000001")), ("create", Value::Null)];
    assert_eq!(lines, wanted.iter().map(|(action, text)| (*action, text)).collect::<Vec<_>>(), "{timeline}");
    // Where the phone is masked, so are the numbers in what was said.
    let auditor = hub.sign_in("auditor").await;
    let masked = auditor.read(&format!("{path}/timeline")).await;
    assert_eq!(masked["items"][1]["new"]["text"], "想看橡木衣柜，备用电话 139****0001", "{masked}");
    let bytes = hub.bytes().await;
    assert!(!bytes.windows("橡木衣柜，备用".len()).any(|part| part == "橡木衣柜，备用".as_bytes()), "what was said is sealed");
    hub.stop().await;
}

#[tokio::test]
async fn lists_are_narrowed_by_tags_source_class_owner_and_fields_of_the_house_and_sheets_hold_the_same() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let fields = json!([
        {"key": "area_m2", "title": "建筑面积", "title_en": "Area", "kind": "decimal", "filter": true, "in_list": true},
        {"key": "layout", "title": "户型", "kind": "text", "required": true}
    ]);
    admin.publish("customer", fields).await;
    let (_, refused) = seller.post("/customers", json!({"name": "张"})).await;
    assert_eq!((refused["rule"].as_str(), refused["field"].as_str()), (Some("field_required"), Some("custom.layout")));
    let tagged = [
        ("王女士", json!(["style.modern", "budget.high"]), "store", "89.5"),
        ("陈先生", json!(["style.nordic", "budget.low"]), "douyin", "120"),
        ("周女士", json!(["style.chinese", "budget.high"]), "store", "200"),
    ];
    for (n, (name, tags, source, area)) in tagged.iter().enumerate() {
        let custom = json!({"area_m2": area, "layout": "三室两厅"});
        made(&seller, json!({"name": name, "tags": tags, "source": source, "custom": custom, "phone": format!("1380000000{n}")})).await;
    }
    hub.sql("UPDATE customer SET class = 'client' WHERE name = '陈先生'").await;
    let names = async |query: &str| -> Vec<String> {
        let rows = seller.read(&format!("/customers?{query}")).await;
        rows["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["周女士", "陈先生", "王女士"], "newest first");
    assert_eq!(names("tags=style.modern,style.nordic").await, ["陈先生", "王女士"]);
    assert_eq!(names("tags=style.modern,style.nordic;budget.high").await, ["王女士"]);
    assert_eq!(names("tags=budget.high&source=store").await, ["周女士", "王女士"]);
    assert_eq!(names("class=client").await, ["陈先生"]);
    assert_eq!(names("owner=me").await.len(), 3);
    assert_eq!(names(&format!("owner={li}&custom.area_m2.from=100")).await, ["周女士", "陈先生"]);
    assert_eq!(names("sort=-custom.area_m2").await, ["周女士", "陈先生", "王女士"]);
    assert_eq!(names("sort=custom.area_m2&limit=2").await, ["王女士", "陈先生"]);
    for wrong in ["tags=style", "class=king", "due=never", "owner=x", "custom.layout=x"] {
        let (status, refused) = seller.get(&format!("/customers?{wrong}")).await;
        assert_eq!(status, 400, "{wrong}: {refused}");
    }
    let sheet = json!({"list": "customers", "format": "csv", "filters": {"tags": "style.modern,style.nordic", "source": "store"}});
    let (status, export) = seller.post("/exports", sheet).await;
    assert_eq!(status, 201, "{export}");
    let link = export["content"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let text = seller.request(Method::GET, &link).send().await.unwrap().text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[1].contains("王女士") && lines[1].contains("现代简约") && lines[1].contains("89.5") && lines[1].contains("138****"),
        "{text}"
    );
    hub.stop().await;
}

#[tokio::test]
async fn customers_of_a_sheet_with_whom_somebody_has_worked_since_stay_when_it_is_undone() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let sheet = "客户编号,姓名,门店\nKH-1,王女士,SH01\nKH-2,陈先生,SH01\nKH-3,李女士,SH01\n";
    let import = upload(&admin, "customers", "c.csv", sheet.as_bytes()).await;
    for ready in ["check", "run"] {
        assert_eq!(step(&admin, &import, ready).await["counts"]["bad"], 0);
    }
    let id = async |code: &str| admin.read(&format!("/customers?q={code}")).await["items"][0]["id"].clone();
    let (said, sold) = (format!("/comments/customer/{}", id("KH-1").await), id("KH-2").await);
    assert_eq!(admin.post(&said, json!({"text": "周六到店"})).await.0, 201);
    assert_eq!(admin.post("/opportunities", json!({"customer": sold, "title": "三居室"})).await.0, 201);
    let undone = step(&admin, &import, "undo").await;
    assert_eq!(
        (&undone["state"], &undone["counts"]["undone"], &undone["counts"]["kept"]),
        (&json!("undone"), &json!(1), &json!(2)),
        "{undone}"
    );
    let kept = admin.read(&format!("/imports/{}/rows?refused=true", import["id"])).await;
    assert!(kept["items"].as_array().unwrap().iter().all(|row| row["refusal"]["rule"] == "in_use"), "{kept}");
    assert_eq!(admin.read(&said).await["items"][0]["text"], "周六到店");
    assert_eq!(admin.read("/customers").await["total"], 2);
    hub.stop().await;
}

#[tokio::test]
async fn customers_come_out_of_a_sheet_with_owner_and_dates_and_go_again_as_if_they_had_never_been() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let own = made(&seller, json!({"name": "陈先生", "phone": "13900000002", "hobbies": "徒步", "tags": ["style.nordic"]})).await;
    let path = format!("/customers/{}", own["id"]);
    let sheet = "客户编号,姓名,电话,门店,归属人,类别,性别,出生年份,来源,标签,登记日期,最近跟进,备注,住址\n\
        KH-1,王女士,138 1234 5678,SH01,li,老客户,女,1990,抖音,\"现代简约、30 万以上\",2023-08-15,2024-01-02,家人 13900000001,漕溪北路 88 号 1203 室\n\
        ,陈 先生,+86 139-0000-0002,,,,,,Store,style.modern,,,,\n\
        KH-2,没有门店,13700000003,,,,,,,,,,,\n\
        KH-3,同号,13812345678,SH01,,,,,,,,,,\n\
        KH-4,错,138,MOON,nobody,意向客户,男,1800,月球,没有的标签,2999-01-01,,,\n\
        C000999,系统号,13700000004,SH01,,,,,,,,,,\n\
        KH-5,无电话,,XH01,,,,,,,,,,\n";
    let import = upload(&admin, "customers", "c.csv", sheet.as_bytes()).await;
    assert_eq!(import["unmatched"], json!([]), "{import}");
    let (status, set) = admin.put(&format!("/imports/{}", import["id"]), json!({"update_existing": true})).await;
    assert_eq!(status, 200, "{set}");
    let checked = step(&admin, &import, "check").await;
    let counts = &checked["counts"];
    assert_eq!((&counts["new"], &counts["changed"], &counts["bad"]), (&json!(2), &json!(1), &json!(4)), "{checked}");
    assert!(!checked.to_string().contains("13812345678") && !checked.to_string().contains("13900000002"), "a preview masks: {checked}");
    assert_eq!(admin.read("/customers").await["total"], 1, "a check writes nothing");
    let done = step(&admin, &import, "run").await;
    assert_eq!(done["counts"]["bad"], 4, "{done}");
    let bad = admin.read(&format!("/imports/{}/rows?outcome=bad", import["id"])).await;
    let faults = |n: usize| -> Vec<String> {
        let all = bad["items"][n]["faults"].as_array().unwrap();
        all.iter().map(|fault| format!("{}:{}", fault["column"].as_str().unwrap(), fault["rule"].as_str().unwrap())).collect()
    };
    assert_eq!(faults(0), ["organisation:required"], "{bad}");
    assert_eq!(faults(1), ["phone:once_in_file"]);
    for wanted in
        ["birth_year", "organisation:organisation_exists", "owner:owner_exists", "phone:phone_shape", "created:day", "source:option_exists"]
    {
        assert!(faults(2).iter().any(|fault| fault.starts_with(wanted)), "{wanted}: {:?}", faults(2));
    }
    assert_eq!(faults(3), ["code:customer_exists"]);

    let row = admin.read("/customers?q=KH-1").await["items"][0].clone();
    for (field, wanted) in [
        ("name", json!("王女士")),
        ("class", json!("regular")),
        ("owner", json!(li)),
        ("phone", json!("13812345678")),
        ("source", json!("douyin")),
        ("tags", json!(["budget.high", "style.modern"])),
        ("note", json!("家人 13900000001")),
        ("created_by", json!("admin")),
    ] {
        assert_eq!(row[field], wanted, "{field}: {row}");
    }
    let day =
        |ms: &Value| jiff::Timestamp::from_millisecond(ms.as_i64().unwrap()).unwrap().in_tz("Asia/Shanghai").unwrap().date().to_string();
    assert_eq!((day(&row["created_ms"]), day(&row["last_follow_ms"])), ("2023-08-15".to_owned(), "2024-01-02".to_owned()));
    let changed = admin.read(&path).await;
    assert_eq!(
        (changed["name"].as_str(), changed["source"].as_str(), &changed["tags"], changed["hobbies"].as_str()),
        (Some("陈 先生"), Some("store"), &json!(["style.modern"]), Some("徒步")),
        "what a sheet says nothing of stays: {changed}"
    );
    let bytes = hub.bytes().await;
    for clear in ["13812345678", "13900000001", "1203 室"] {
        assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }

    // Whom somebody has spoken with since stays; everybody else goes, and who was there is as they were.
    let other = admin.read("/customers?q=KH-5").await["items"][0]["id"].clone();
    assert_eq!(admin.post(&format!("/customers/{other}/follow-ups"), json!({"kind": "call", "text": "已联系"})).await.0, 201);
    let undone = step(&admin, &import, "undo").await;
    assert_eq!((&undone["counts"]["undone"], &undone["counts"]["kept"]), (&json!(2), &json!(1)), "{undone}");
    assert_eq!(admin.read("/customers").await["total"], 2);
    let back = admin.read(&path).await;
    assert_eq!(
        (back["name"].as_str(), back["source"].as_str(), &back["tags"]),
        (Some("陈先生"), Some(""), &json!(["style.nordic"])),
        "{back}"
    );
    assert_eq!(admin.post("/customers/find", json!({"phone": "13900000002"})).await.1["total"], 1);
    assert_eq!(admin.post("/customers/find", json!({"phone": "13812345678"})).await.1["total"], 0);
    assert_eq!(hub.number("SELECT COUNT(*) FROM customer_tag").await, 1);
    hub.stop().await;
}
