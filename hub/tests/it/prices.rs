//! Price lists that head office keeps, and configurations priced by option models: what holds where, who sees it, and every price explained.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};
use crate::sheets::{step, upload};

async fn ask(desk: &Desk, method: Method, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(method, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

/// Somebody of a role at a site's organisation: the number of that and their desk.
async fn somebody(hub: &Running, admin: &Desk, login: &str, role: &str, site: &str) -> (i64, Desk) {
    let places = admin.read(&format!("/organisations?q={site}")).await;
    let place = places["items"][0]["id"].as_i64().unwrap();
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|row| row["code"] == role).unwrap()["id"].clone();
    let person = json!({"login": login, "name": login, "organisation": place, "roles": [{"role": role}], "password": PASSWORD});
    let (status, made) = admin.post("/people", person).await;
    assert_eq!(status, 201, "{made}");
    (place, hub.sign_in(login).await)
}

/// A price list that holds.
pub async fn list(admin: &Desk, code: &str, more: Value) -> i64 {
    let mut fields = json!({"code": code, "name": format!("{code}价目表"), "valid_from": "2026-01-01", "state": "active"});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, made) = admin.post("/price-lists", fields).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_i64().unwrap()
}

/// A price on it.
pub async fn put(admin: &Desk, list: i64, item: i64, fen: i64) -> Value {
    let (status, made) = ask(admin, Method::PUT, &format!("/price-lists/{list}/prices/{item}"), 0, json!({"unit_price_fen": fen})).await;
    assert_eq!(status, 200, "{made}");
    made
}

#[tokio::test]
async fn the_most_specific_list_holds_then_the_newest_and_nobody_sees_those_of_others() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (here, sales) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (there, other) = somebody(&hub, &admin, "han", "sales", "XH01").await;
    let chain = list(&admin, "CHAIN", json!({"most_discount_bp": 1000})).await;
    let newer = list(&admin, "SPRING", json!({"valid_from": "2026-02-01"})).await;
    let own = list(&admin, "SH01", json!({"valid_from": "2025-01-01", "organisations": [here], "most_discount_bp": 500})).await;
    let foreign = list(&admin, "XH01", json!({"organisations": [there]})).await;
    let draft = list(&admin, "DRAFT", json!({"state": "draft"})).await;
    let over = list(&admin, "OVER", json!({"valid_from": "2020-01-01", "valid_until": "2020-12-31", "organisations": [here]})).await;
    for (list, fen) in [(chain, 100_000), (newer, 90_000), (foreign, 1), (draft, 2), (over, 3)] {
        put(&admin, list, 2, fen).await;
    }
    let price = async |desk: &Desk, query: &str| desk.read(&format!("/items/2/price{query}")).await;
    let at_sh = price(&sales, "").await;
    assert_eq!((at_sh["unit_price_fen"].as_i64(), at_sh["list"]["code"].as_str()), (Some(90_000), Some("SPRING")), "{at_sh}");
    put(&admin, own, 2, 95_000).await;
    let at_sh = price(&sales, "").await;
    assert_eq!((at_sh["unit_price_fen"].as_i64(), at_sh["list"]["id"].as_i64()), (Some(95_000), Some(own)), "{at_sh}");
    assert_eq!(at_sh["most_discount_bp"], 500, "{at_sh}");
    assert_eq!(price(&other, "").await["unit_price_fen"], 1);
    assert_eq!(price(&admin, &format!("?organisation={there}")).await["unit_price_fen"], 1);
    assert_eq!(sales.get(&format!("/items/2/price?organisation={there}")).await.0, 404);

    let codes = async |desk: &Desk| {
        let lists = desk.read("/price-lists").await;
        assert_eq!(lists["total"].as_u64().unwrap() as usize, lists["items"].as_array().unwrap().len());
        lists["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&sales).await, ["OVER", "SH01", "SPRING", "CHAIN"]);
    assert_eq!(codes(&other).await, ["XH01", "SPRING", "CHAIN"]);
    assert_eq!(codes(&admin).await.len(), 6);
    for path in [format!("/price-lists/{foreign}"), format!("/price-lists/{foreign}/prices"), format!("/price-lists/{draft}/timeline")] {
        assert_eq!(sales.get(&path).await.0, 404, "{path}");
    }
    assert_eq!(ask(&sales, Method::PUT, &format!("/price-lists/{own}/prices/2"), 1, json!({"unit_price_fen": 1})).await.0, 403);
    assert_eq!(sales.post("/price-lists", json!({"code": "X", "name": "x", "valid_from": "2026-01-01"})).await.0, 403);

    // What an item costs the chain is for those who may know.
    let path = format!("/price-lists/{own}/prices/2");
    let costly = json!({"unit_price_fen": 96_000, "cost_fen": 51_234, "most_discount_bp": 0});
    assert_eq!(ask(&admin, Method::PUT, &path, 1, costly.clone()).await.1["cost_fen"], 51_234);
    assert_eq!(ask(&admin, Method::PUT, &path, 1, costly).await.0, 412, "somebody else changed it");
    for path in ["/items/2/price".to_owned(), format!("/price-lists/{own}/prices"), format!("/price-lists/{own}/timeline")] {
        let told = sales.read(&path).await.to_string();
        assert!(told.contains("96000") && !told.contains("51234"), "{path}: {told}");
    }
    assert_eq!(price(&admin, &format!("?organisation={here}")).await["cost_fen"], 51_234);
    let kept = ask(&admin, Method::PUT, &path, 2, json!({"unit_price_fen": 97_000})).await.1;
    assert_eq!((kept["cost_fen"].as_i64(), kept["version"].as_i64()), (Some(51_234), Some(3)), "what is not spoken of stays");
    assert_eq!(ask(&admin, Method::DELETE, &path, 3, json!({})).await.0, 204);
    assert_eq!(price(&sales, "").await["unit_price_fen"], 90_000);
    let timeline = admin.read(&format!("/price-lists/{own}/timeline")).await;
    let actions: Vec<&str> = timeline["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["remove_price", "set_price", "set_price", "set_price", "create"]);
    hub.stop().await;
}

#[tokio::test]
async fn a_price_list_is_made_once_and_every_rule_that_is_broken_names_its_field() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let good = json!({"code": "CHAIN", "name": "全国", "valid_from": "2026-01-01"});
    let twice = async || answer(admin.request(Method::POST, "/price-lists").header("idempotency-key", "k1").json(&good)).await;
    let (first, again) = (twice().await, twice().await);
    assert_eq!((first.0, again.0, &first.1["id"]), (201, 201, &again.1["id"]));
    for (field, value, rule) in [
        ("code", json!("a b"), "code_shape"),
        ("code", json!("CHAIN"), "code_free"),
        ("name", json!(" "), "name_length"),
        ("valid_from", json!("2026-02-30"), "day"),
        ("valid_until", json!("2025-12-31"), "day"),
        ("most_discount_bp", json!(10_001), "share"),
        ("organisations", json!([999]), "organisation_exists"),
    ] {
        let mut fields = json!({"code": "OTHER", "name": "x", "valid_from": "2026-01-01"});
        fields[field] = value;
        let (status, refused) = admin.post("/price-lists", fields).await;
        assert_eq!((status, refused["rule"].as_str(), refused["field"].as_str()), (422, Some(rule), Some(field)), "{refused}");
    }
    assert_eq!(admin.post("/price-lists", json!({"name": "x"})).await.1["field"], "code");
    let path = format!("/price-lists/{}", first.1["id"]);
    let changed = ask(&admin, Method::PATCH, &path, 1, json!({"valid_until": "2026-12-31", "state": "active"})).await;
    assert_eq!((changed.0, changed.1["valid_until"].as_str(), changed.1["version"].as_i64()), (200, Some("2026-12-31"), Some(2)));
    assert_eq!(ask(&admin, Method::PATCH, &path, 2, json!({"valid_until": null})).await.1.get("valid_until"), None);
    assert_eq!(ask(&admin, Method::PATCH, &path, 3, json!({"code": "NEW"})).await.1["rule"], "code_shape");
    assert_eq!(ask(&admin, Method::PUT, &format!("{path}/prices/99"), 0, json!({"unit_price_fen": 1})).await.1["rule"], "item_exists");
    assert_eq!(ask(&admin, Method::PUT, &format!("{path}/prices/2"), 0, json!({"unit_price_fen": -1})).await.1["rule"], "price_range");
    hub.stop().await;
}

/// The published model again with a change, drafted and published.
async fn published(admin: &Desk, code: &str, change: impl FnOnce(&mut Value)) -> Value {
    let path = format!("/option-models/{code}");
    let held = admin.read(&path).await;
    let mut model = held["published"].clone();
    change(&mut model);
    let (status, drafted) = ask(admin, Method::PUT, &path, held["version"].as_i64().unwrap(), model).await;
    assert_eq!(status, 200, "{drafted}");
    assert_eq!(drafted.get("faults"), None, "{drafted}");
    let (status, done) = ask(admin, Method::POST, &format!("{path}/publish"), drafted["version"].as_i64().unwrap(), json!({})).await;
    assert_eq!(status, 200, "{done}");
    done
}

#[tokio::test]
async fn a_changed_formula_changes_the_next_price_and_taking_it_back_brings_the_old_one_again() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, sales) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let window = json!({"item": 3, "quantity": "2", "parameters": {"width": "3"}, "options": {"cloth": "fixed_height"}});
    let (status, refused) = sales.post("/configurations/price", window.clone()).await;
    assert_eq!((status, refused["rule"].as_str()), (422, Some("model_exists")), "{refused}");
    published(&admin, "curtain", |model| model["items"] = json!(["CL-LINEN"])).await;
    assert_eq!(sales.read("/items/3/price").await["model"], "curtain");
    let priced = async || sales.post("/configurations/price", window.clone()).await.1["offer"].clone();
    let first = priced().await;
    assert_eq!((first["unit_price_fen"].as_i64(), first["amount_fen"].as_i64()), (Some(28_800), Some(57_600)), "{first}");
    assert_eq!(first["terms"][0]["worked"], "(3 + 0.2) * 2 * 45", "{first}");
    assert_eq!(
        first["configuration"],
        json!({"model": "curtain", "version": 2, "parameters": {"height": "2.6", "width": "3"},
        "options": {"cloth": "fixed_height", "fold": "normal"}})
    );
    assert_eq!(first["parts"], json!([{"item": 3, "code": "CL-LINEN", "name": "亚麻窗帘 100%_", "quantity": "1", "cartons": 1}]));

    published(&admin, "curtain", |model| model["terms"][0]["formula"] = json!("(width + 0.3) * fold.times * cloth.price_per_m")).await;
    let second = priced().await;
    assert_eq!((second["unit_price_fen"].as_i64(), second["configuration"]["version"].as_i64()), (Some(29_700), Some(3)), "{second}");
    let held = admin.read("/option-models/curtain").await;
    let restore =
        ask(&admin, Method::POST, "/option-models/curtain/restore", held["version"].as_i64().unwrap(), json!({"number": 2})).await;
    assert_eq!(restore.0, 200, "{}", restore.1);
    assert_eq!(priced().await["unit_price_fen"], 28_800);

    // What does not go is named, everything at once; a draft with mistakes is kept, and not published.
    let wrong = json!({"item": 3, "parameters": {"width": "99", "depth": "1"}, "options": {"cloth": "silk"}});
    let (status, answered) = sales.post("/configurations/price", wrong).await;
    let fields: Vec<&str> = answered["violations"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (200, vec!["parameters.width", "parameters.depth", "options.cloth"]), "{answered}");
    let held = admin.read("/option-models/curtain").await;
    let mut broken = held["published"].clone();
    broken["terms"][1]["formula"] = json!("widht * 2");
    broken["items"] = json!(["CL-LINEN"]);
    let (_, drafted) = ask(&admin, Method::PUT, "/option-models/curtain", held["version"].as_i64().unwrap(), broken).await;
    assert_eq!(drafted["faults"][0]["field"], "terms[1].formula", "{drafted}");
    let version = drafted["version"].as_i64().unwrap();
    let (status, refused) = ask(&admin, Method::POST, "/option-models/curtain/publish", version, json!({})).await;
    assert_eq!((status, refused["field"].as_str()), (422, Some("terms[1].formula")), "{refused}");
    assert_eq!(sales.get("/option-models/curtain").await.1.get("draft"), None, "a draft is for those who keep models");
    let tried =
        admin.post("/option-models/curtain/try", json!({"parameters": {"width": "3"}, "options": {"cloth": "fixed_height"}})).await.1;
    assert_eq!((tried["total_fen"].as_i64(), tried["terms"].as_array().unwrap().len()), (Some(28_800), 1), "{tried}");

    // An item has one model, and has to be there.
    let model = |items: Value| json!({"title": "别的", "kind": "standard", "items": items, "terms": [{"code": "a", "title": "价", "formula": "1"}]});
    let (_, second) = ask(&admin, Method::PUT, "/option-models/other", 0, model(json!(["CL-LINEN", "NONE"]))).await;
    let rules: Vec<&str> = second["faults"].as_array().unwrap().iter().map(|fault| fault["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["item_exists", "item_free"], "{second}");
    hub.stop().await;
}

#[tokio::test]
async fn items_without_a_model_cost_what_their_list_says_and_kits_come_apart() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let chain = list(&admin, "CHAIN", json!({"most_discount_bp": 800})).await;
    let priced = async |body: Value| admin.post("/configurations/price", body).await;
    assert_eq!(priced(json!({"item": 2})).await.1["rule"], "price_exists");
    for (item, fen) in [(1, 580_000), (2, 39_905), (4, 640_000)] {
        put(&admin, chain, item, fen).await;
    }
    let (_, chairs) = priced(json!({"item": 2, "quantity": "3"})).await;
    assert_eq!(
        (chairs["offer"]["amount_fen"].as_i64(), chairs["offer"]["most_discount_bp"].as_i64()),
        (Some(119_715), Some(800)),
        "{chairs}"
    );
    assert_eq!(chairs["offer"]["list"]["code"], "CHAIN");
    let (_, set) = priced(json!({"item": 4})).await;
    let parts: Vec<(i64, &str, i64)> = set["offer"]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["item"].as_i64().unwrap(), part["quantity"].as_str().unwrap(), part["cartons"].as_i64().unwrap()))
        .collect();
    assert_eq!(parts, [(1, "1", 3), (2, "2", 1)], "{set}");
    for (body, rule) in [
        (json!({"item": 99}), "item_exists"),
        (json!({"item": 2, "quantity": "0"}), "quantity_range"),
        (json!({"item": 4, "quantity": "0.5"}), "quantity_range"),
        (json!({"item": 2, "parameters": {"width": "1"}}), "model_exists"),
    ] {
        let (status, refused) = priced(body).await;
        assert_eq!((status, refused["rule"].as_str()), (422, Some(rule)), "{refused}");
    }
    // A kit's model prices its parts together and adds what is chosen.
    let model = json!({"title": "套装", "kind": "kit", "items": ["TZ-OAK"],
        "categories": [{"code": "chair", "title": "加椅", "required": false, "options": [{"code": "oak", "title": "橡木餐椅", "item": "CY-OAK"}]}],
        "terms": [{"code": "set", "title": "部件合计 9 折", "formula": "parts_price * 0.9"},
            {"code": "chair", "title": "加椅", "formula": "chair.price * 2", "when": "chair.code != ''"}],
        "parts": [{"category": "chair", "quantity": "2"}]});
    let (_, drafted) = ask(&admin, Method::PUT, "/option-models/oak_set", 0, model).await;
    assert_eq!(ask(&admin, Method::POST, "/option-models/oak_set/publish", drafted["version"].as_i64().unwrap(), json!({})).await.0, 200);
    let (_, set) = priced(json!({"item": 4, "options": {"chair": "oak"}})).await;
    // (5800.00 + 2 × 399.05) × 0.9 = 5938.29; two chairs more 798.10.
    let amounts: Vec<i64> = set["offer"]["terms"].as_array().unwrap().iter().map(|term| term["amount_fen"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [593_829, 79_810], "{set}");
    assert_eq!(set["offer"]["parts"][1], json!({"item": 2, "code": "CY-OAK", "name": "橡木餐椅", "quantity": "4", "cartons": 1}));
    hub.stop().await;
}

#[tokio::test]
async fn prices_come_out_of_a_sheet_go_back_and_are_taken_out_as_one_that_can_be_brought_in_again() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let chain = list(&admin, "CHAIN", json!({})).await;
    put(&admin, chain, 1, 500_000).await;
    let sheet = "价目表,商品编码,单价,进价,最大折扣 %\nCHAIN,YG-OAK-2400,5280.50,3000,\nCHAIN,CY-OAK,￥399.00,,12.5\nCHAIN,NONE,1,,\nNOLIST,CY-OAK,1,,\nCHAIN,CL-LINEN,1.005,,\nCHAIN,CY-OAK,2,,\n";
    let import = upload(&admin, "prices", "p.csv", sheet.as_bytes()).await;
    answer(admin.request(Method::PUT, &format!("/imports/{}", import["id"])).json(&json!({"update_existing": true}))).await;
    let checked = step(&admin, &import, "check").await;
    assert_eq!(["new", "changed", "bad"].map(|name| checked["counts"][name].as_i64().unwrap()), [1, 1, 4], "{checked}");
    assert_eq!(admin.read(&format!("/price-lists/{chain}")).await["prices"], 1, "a check writes nothing");
    let bad = admin.read(&format!("/imports/{}/rows?outcome=bad", import["id"])).await;
    let rules: Vec<&str> = bad["items"].as_array().unwrap().iter().map(|row| row["faults"][0]["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["item_exists", "list_exists", "hundredths", "once_in_file"], "{bad}");
    step(&admin, &import, "run").await;
    let prices = admin.read(&format!("/price-lists/{chain}/prices")).await;
    let rows: Vec<(&str, i64, Option<i64>, Option<i64>)> = prices["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["code"].as_str().unwrap(),
                row["unit_price_fen"].as_i64().unwrap(),
                row["cost_fen"].as_i64(),
                row["most_discount_bp"].as_i64(),
            )
        })
        .collect();
    assert_eq!(rows, [("CY-OAK", 39_900, None, Some(1_250)), ("YG-OAK-2400", 528_050, Some(300_000), None)]);
    hub.index().await;
    assert_eq!(admin.read(&format!("/price-lists/{chain}/prices?q=衣柜")).await["total"], 1);

    // Out, and in again: nothing changes.
    let (status, export) = admin.post("/exports", json!({"list": "prices", "format": "csv", "filters": {"price_list": chain}})).await;
    assert!(status == 201 || status == 200, "{export}");
    let out = admin.request(Method::GET, &format!("/exports/{}/content", export["id"])).send().await.unwrap().bytes().await.unwrap();
    let text = String::from_utf8_lossy(&out).into_owned();
    assert!(text.contains("CHAIN,CY-OAK,橡木餐椅,件,399,,12.5"), "{text}");
    let again = upload(&admin, "prices", "again.csv", &out).await;
    answer(admin.request(Method::PUT, &format!("/imports/{}", again["id"])).json(&json!({"update_existing": true}))).await;
    let same = step(&admin, &again, "check").await;
    assert_eq!((same["counts"]["same"].as_i64(), same["counts"]["bad"].as_i64()), (Some(2), Some(0)), "{same}");

    let undone = step(&admin, &import, "undo").await;
    assert_eq!((undone["counts"]["undone"].as_i64(), undone["counts"]["kept"].as_i64()), (Some(2), Some(0)), "{undone}");
    let prices = admin.read(&format!("/price-lists/{chain}/prices")).await;
    assert_eq!((prices["total"].as_i64(), prices["items"][0]["unit_price_fen"].as_i64()), (Some(1), Some(500_000)), "{prices}");
    hub.stop().await;
}
