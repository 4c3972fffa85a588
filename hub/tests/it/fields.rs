//! Custom fields, pipelines and expressions, as those who set a chain up and those who work with it meet them over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};

impl Desk {
    pub async fn send(&self, method: Method, path: &str, version: i64, body: Value) -> (u16, Value) {
        answer(self.request(method, path).header("if-match", format!("\"{version}\"")).json(&body)).await
    }

    /// Drafts and publishes the custom fields of a kind of record.
    pub async fn publish(&self, entity: &str, fields: Value) {
        let path = format!("/entities/{entity}/fields");
        let version = self.read(&path).await["version"].as_i64().unwrap();
        let (status, drafted) = self.send(Method::PUT, &path, version, json!({"fields": fields})).await;
        assert_eq!((status, &drafted["faults"]), (200, &json!([])), "{drafted}");
        let (status, published) =
            self.send(Method::POST, &format!("{path}/publish"), drafted["version"].as_i64().unwrap(), json!({})).await;
        assert_eq!(status, 200, "{published}");
    }
}

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_new_field_is_in_form_list_filter_order_and_answer_and_its_rules_hold_for_everybody() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    let list = json!({"title": "风格", "title_en": "Style", "options": [{"code": "modern", "title": "现代"}, {"code": "classic", "title": "古典"}]});
    assert_eq!(admin.send(Method::PUT, "/option-lists/style", 0, list).await.0, 200);
    assert_eq!(admin.send(Method::POST, "/option-lists/style/publish", 1, json!({})).await.0, 200);
    let fields = json!([
        {"key": "style", "title": "风格", "title_en": "Style", "kind": "choice", "options_from": "style", "required": true, "filter": true, "in_list": true},
        {"key": "warranty", "title": "质保年数", "title_en": "Warranty", "kind": "number", "filter": true,
         "checks": [{"rule": "custom.warranty <= 10 || record.unit == '米'", "message": "质保最多 10 年", "message_en": "at most 10 years"}]},
    ]);
    admin.publish("item", fields).await;

    let form = clerk.read("/entities/item/form").await;
    let style = form["fields"].as_array().unwrap().iter().find(|field| field["key"] == "custom.style").unwrap();
    assert_eq!((&style["required"], &style["options"][1]["code"], &style["writable"]), (&json!(true), &json!("classic"), &json!(true)));
    let columns = clerk.read("/entities/item/columns").await;
    let warranty = columns["columns"].as_array().unwrap().iter().find(|column| column["key"] == "custom.warranty").unwrap();
    assert_eq!(warranty["filters"], json!(["custom.warranty", "custom.warranty.from", "custom.warranty.to", "custom.warranty.empty"]));

    let change = async |desk: &Desk, item: i64, custom: Value| {
        let version = desk.read(&format!("/items/{item}")).await["version"].as_i64().unwrap();
        desk.send(Method::PATCH, &format!("/items/{item}"), version, json!({"custom": custom})).await
    };
    assert_eq!(change(&clerk, 2, json!({"style": "modern"})).await.1["rule"], "role");
    let (status, refused) = change(&admin, 2, json!({"warranty": 11})).await;
    assert_eq!((status, refused["field"].as_str(), refused["rule"].as_str()), (422, Some("custom.style"), Some("field_required")));
    let (_, refused) = change(&admin, 2, json!({"style": "baroque", "warranty": "viel"})).await;
    assert_eq!(refused["faults"].as_array().unwrap().len(), 2, "{refused}");
    let (status, refused) = change(&admin, 2, json!({"style": "modern", "warranty": 11})).await;
    assert_eq!((status, refused["field"].as_str(), refused["rule"].as_str()), (422, Some("custom.warranty"), Some("field_check")));
    let (status, chair) = change(&admin, 2, json!({"style": "modern", "warranty": 5})).await;
    assert_eq!((status, &chair["custom"]), (200, &json!({"style": "modern", "warranty": 5})), "{chair}");
    assert_eq!(change(&admin, 3, json!({"style": "classic", "warranty": 20})).await.0, 200, "curtains are sold by the metre");
    let (_, made) = admin.post("/exports", json!({"list": "items", "format": "csv"})).await;
    let sheet = admin.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap().text().await.unwrap();
    assert!(sheet.lines().next().unwrap().ends_with(",风格,质保年数") && sheet.contains(",现代,5\r\n"), "{sheet}");
    assert_eq!(admin.send(Method::PATCH, "/items/2", 1, json!({"custom": {"style": "classic"}})).await.1["rule"], "changed_meanwhile");
    assert_eq!(admin.send(Method::PATCH, "/items/99", 1, json!({"custom": {}})).await.0, 404);
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE entity = 'item' AND action = 'change'").await, 2);

    for (query, wanted) in [
        ("custom.style=modern", vec![2]),
        ("custom.style=modern,classic", vec![3, 2]),
        ("custom.warranty.from=6", vec![3]),
        ("custom.style.empty=true", vec![4, 1]),
        ("q=oak&custom.style=modern", vec![2]),
    ] {
        assert_eq!(ids(&clerk.read(&format!("/items?{query}")).await), wanted, "{query}");
    }
    let first = clerk.read("/items?sort=-custom.warranty&limit=2").await;
    let second = clerk.read(&format!("/items?sort=-custom.warranty&limit=2&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&first), first["total"].as_i64(), ids(&second)), (vec![3, 2], Some(4), vec![1, 4]));
    assert_eq!(clerk.get("/items?custom.colour=red").await.1["rule"], "filter_exists");

    // What a role hides is not told by what happened either.
    let roles = admin.read("/roles").await;
    let role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "warehouse").unwrap();
    let hidden = json!({"fields": {"item.warranty": "none"}});
    let path = format!("/roles/{}", role["id"]);
    assert_eq!(admin.send(Method::PATCH, &path, role["version"].as_i64().unwrap(), hidden).await.0, 200);
    assert_eq!(clerk.read("/items/2").await["custom"], json!({"style": "modern"}));
    let chosen = |columns: &[&str]| json!({"list": "items", "format": "csv", "filters": {"q": "oak"}, "columns": columns});
    let (status, made) = admin.post("/exports", chosen(&["custom.warranty", "name_en", "code"])).await;
    assert_eq!((status, &made["columns"]), (201, &json!(["custom.warranty", "name_en", "code"])), "{made}");
    let sheet = admin.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap().text().await.unwrap();
    assert!(sheet.starts_with("\u{feff}质保年数,英文名称,商品编码\r\n") && sheet.lines().any(|line| line.starts_with("5,")), "{sheet}");
    let (status, refused) = clerk.post("/exports", chosen(&["code", "custom.warranty"])).await;
    assert_eq!((status, refused["field"].as_str()), (422, Some("columns[1]")), "what a role hides is not there: {refused}");
    let words = |lists: Value| lists["items"][0]["column_words"].as_array().unwrap().iter().any(|word| word == "custom.warranty");
    assert_eq!((words(admin.read("/export-lists").await), words(clerk.read("/export-lists").await)), (true, false));
    let told = clerk.read("/items/2/timeline").await;
    assert_eq!(told["items"][0]["new"]["custom"], json!({"style": "modern"}), "{told}");
    assert!(!told.to_string().contains("warranty") && admin.read("/items/2/timeline").await.to_string().contains("warranty"));
    hub.stop().await;
}

#[tokio::test]
async fn people_have_custom_fields_where_they_are_switched_on_and_an_older_version_comes_back() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let top = admin.read("/organisations?tops=true").await["items"][0]["id"].as_i64().unwrap();
    let store = json!({"parent": top, "kind": "store", "code": "HZ01", "name": "杭州店"});
    let store = admin.post("/organisations", store).await.1["id"].as_i64().unwrap();
    admin
        .publish(
            "person",
            json!([{"key": "number", "title": "工号", "title_en": "Number", "kind": "text", "required": true, "organisations": [store]}]),
        )
        .await;
    let person = |login: &str, at: i64, custom: Value| json!({"login": login, "name": "人", "organisation": at, "password": PASSWORD, "custom": custom});
    let (status, refused) = admin.post("/people", person("li", store, json!({}))).await;
    assert_eq!((status, refused["field"].as_str()), (422, Some("custom.number")));
    assert_eq!(admin.post("/people", person("chief", top, json!({}))).await.0, 201, "not asked for elsewhere");
    let (status, li) = admin.post("/people", person("li", store, json!({"number": "A1"}))).await;
    assert_eq!((status, &li["custom"]["number"]), (201, &json!("A1")), "{li}");
    let path = format!("/people/{}", li["id"]);
    assert_eq!(admin.send(Method::PATCH, &path, 1, json!({"name": "李"})).await.1["custom"]["number"], "A1");
    assert_eq!(admin.send(Method::PATCH, &path, 2, json!({"custom": {"number": null}})).await.1["rule"], "field_required");
    assert_eq!(admin.send(Method::PATCH, &path, 2, json!({"custom": {"number": "A2"}})).await.0, 200);

    let settings = "/entities/person/fields";
    admin.publish("person", json!([])).await;
    assert_eq!(admin.read(&path).await["custom"], json!({}), "a field that is gone is shown to nobody");
    let version = admin.read(settings).await["version"].as_i64().unwrap();
    assert_eq!(admin.send(Method::POST, &format!("{settings}/restore"), version, json!({"number": 1})).await.0, 200);
    assert_eq!(admin.read(&path).await["custom"]["number"], "A2", "and its values are still there");
    assert_eq!(admin.read(&format!("{settings}/versions")).await["items"][0]["restores"], 1);
    assert_eq!(hub.sign_in("manager").await.get(settings).await.1["rule"], "role");
    let (status, drafted) = admin
        .send(
            Method::PUT,
            settings,
            version + 1,
            json!({"fields": [{"key": "a", "title": "甲", "kind": "text",
        "checks": [{"rule": "custom.b == '1' &&\n record.nam == 'x'", "message": "x"}]}]}),
        )
        .await;
    let places: Vec<_> = drafted["faults"].as_array().unwrap().iter().map(|fault| (&fault["place"]["line"], &fault["rule"])).collect();
    assert_eq!((status, places), (200, vec![(&json!(1), &json!("unknown_field")), (&json!(2), &json!("unknown_field"))]), "{drafted}");
    let (status, refused) = admin.send(Method::POST, &format!("{settings}/publish"), version + 2, json!({})).await;
    assert_eq!((status, refused["field"].as_str()), (422, Some("fields[0].checks[0].rule")), "{refused}");
    assert_eq!(admin.send(Method::DELETE, settings, version + 2, json!({})).await.1.get("draft"), None);
    hub.stop().await;
}

#[tokio::test]
async fn an_expression_is_checked_while_it_is_written_and_a_move_is_tried() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let check = async |body: Value| admin.post("/expressions/check", body).await;
    let (status, wrong) = check(json!({"source": "record.cartons > 2 &&\n  record.unit = '件'", "entity": "item", "wants": "bool"})).await;
    assert_eq!(status, 200);
    let fault = &wrong["faults"][0];
    assert_eq!((&wrong["ok"], &fault["line"], &fault["column"]), (&json!(false), &json!(2), &json!(15)), "{wrong}");
    assert!(fault["message"].as_str().unwrap().contains("=="), "{fault}");
    let english = admin.request(Method::POST, "/expressions/check").header("accept-language", "en").json(&json!({"source": "1 +"}));
    assert!(answer(english).await.1["faults"][0]["message"].as_str().unwrap().starts_with("The expression stops here"));
    let priced = json!({"source": "round(price * 0.85, 2)", "variables": {"price": "money"}, "sample": {"price": "199.99"}});
    let (_, right) = check(priced).await;
    assert_eq!((&right["gives"], &right["result"]), (&json!("decimal"), &json!("169.99")), "{right}");
    let (_, failing) = check(json!({"source": "1 / n == 1", "variables": {"n": "int"}, "sample": {"n": 0}})).await;
    assert_eq!(failing["result_fault"]["rule"], "division_by_zero");
    assert_eq!(check(json!({"source": "1", "variables": {"n": "int"}, "sample": {"n": "x"}})).await.1["field"], "sample.n");
    assert_eq!(check(json!({"source": "1", "variables": {"n": "integer"}})).await.1["field"], "variables.n");
    assert_eq!(check(json!({"source": "1", "entity": "spaceship"})).await.1["rule"], "entity_exists");
    assert_eq!(manager.post("/expressions/check", json!({"source": "1"})).await.1["rule"], "role");

    assert_eq!(manager.read("/pipelines").await["items"].as_array().unwrap().len(), 2, "the handbook of stages is for everybody");
    let (_, tried) = admin.post("/pipelines/sales/try", json!({"from": "design", "to": "quote"})).await;
    assert_eq!((&tried["allowed"], &tried["missing"][0]["key"]), (&json!(false), &json!("design_sketch")), "{tried}");
    let (_, tried) = admin.post("/pipelines/sales/try", json!({"from": "design", "to": "quote", "files": {"design_sketch": 1}})).await;
    assert_eq!(tried["allowed"], true);
    let new = json!({"entity": "item", "title": "上新", "stages": [{"code": "made", "title": "建档"},
        {"code": "ready", "title": "可售", "enter": {"rules": [{"rule": "record.cartons > 0", "message": "要有包件"}]}}]});
    let (status, drafted) = admin.send(Method::PUT, "/pipelines/launch", 0, new).await;
    assert_eq!((status, drafted.get("faults")), (200, None), "{drafted}");
    assert_eq!(manager.get("/pipelines/launch").await.0, 404, "a draft is for those who set it up");
    assert_eq!(admin.send(Method::POST, "/pipelines/launch/publish", 1, json!({})).await.0, 200);
    assert_eq!(manager.read("/pipelines/launch").await["published"]["stages"][1]["title"], "可售");
    assert_eq!(manager.read("/modules").await["items"][0]["module"], "warehouse");
    hub.stop().await;
}

impl Desk {
    /// Gives a role these field rights.
    pub async fn fields_of(&self, role: &str, fields: Value) -> (u16, Value) {
        let roles = self.read("/roles").await;
        let role = roles["items"].as_array().unwrap().iter().find(|row| row["code"] == role).unwrap().clone();
        let path = format!("/roles/{}", role["id"]);
        self.send(Method::PATCH, &path, role["version"].as_i64().unwrap(), json!({"fields": fields})).await
    }
}

#[tokio::test]
async fn the_hubs_own_fields_of_people_are_hidden_and_kept_from_change_by_role() {
    let hub = Running::start().await;
    let (admin, manager) = (hub.sign_in("admin").await, hub.sign_in("manager").await);
    let store = admin.read("/people?q=manager").await["items"][0]["organisation"].clone();
    let clerk = json!({"login": "lu", "name": "陆", "organisation": store, "password": PASSWORD});
    let clerk = admin.post("/people", clerk).await.1;
    let path = format!("/people/{}", clerk["id"]);
    let version = async || admin.read(&path).await["version"].as_i64().unwrap();
    assert_eq!(admin.send(Method::PATCH, &path, version().await, json!({"name": "仓管"})).await.0, 200);

    assert_eq!(
        admin.fields_of("store_manager", json!({"person.*": "read", "person.disabled": "none", "person.roles": "masked"})).await.0,
        200
    );
    let row = manager.read(&path).await;
    assert_eq!((row.get("disabled"), row.get("roles"), &row["name"]), (None, None, &json!("仓管")), "{row}");
    let listed = manager.read("/people?q=lu").await["items"][0].clone();
    assert_eq!((listed.get("disabled"), listed.get("roles"), &listed["organisation"]), (None, None, &store), "{listed}");
    let own = manager.read("/people?q=manager").await["items"][0].clone();
    assert_eq!(own["disabled"], false, "their own they read");
    let told = manager.read(&format!("{path}/timeline")).await["items"][0].clone();
    assert_eq!((&told["new"]["name"], told["new"].get("disabled"), told["old"].get("roles")), (&json!("仓管"), None, None), "{told}");
    for asked in ["disabled=true", "role=1"] {
        assert_eq!(manager.get(&format!("/people?{asked}")).await.1["rule"], "field_right", "{asked}");
    }
    let form = manager.read("/entities/person/form").await;
    let named = |key: &str| form["fields"].as_array().unwrap().iter().find(|field| field["key"] == key);
    assert!(named("disabled").is_none() && named("roles").is_none());
    assert_eq!(named("name").unwrap()["writable"], false);
    for wanted in [json!({"name": "张"}), json!({"disabled": true}), json!({"roles": []}), json!({"organisation": store})] {
        let (status, refused) = manager.send(Method::PATCH, &path, version().await, wanted.clone()).await;
        let field = wanted.as_object().unwrap().keys().next().unwrap();
        assert_eq!((status, &refused["rule"], refused["field"].as_str()), (403, &json!("field_right"), Some(field.as_str())));
    }
    let leaving = manager.post(&format!("{path}/hand-over"), json!({"to": own["id"], "leaves": true})).await;
    assert_eq!((leaving.0, &leaving.1["field"]), (403, &json!("disabled")), "it is another way to switch somebody off");
    let person = json!({"login": "neu", "name": "新", "organisation": store, "password": PASSWORD});
    assert_eq!(manager.post("/people", person).await.1["field"], "login");

    for (fields, wrong) in [(json!({"person.name": "none"}), "fields.person.name"), (json!({"item.unit": "masked"}), "fields.item.unit")] {
        let (status, refused) = admin.fields_of("store_manager", fields).await;
        assert_eq!((status, &refused["rule"], refused["field"].as_str()), (422, &json!("field_stays"), Some(wrong)));
    }
    hub.stop().await;
}

#[tokio::test]
async fn stock_of_items_is_hidden_by_role_in_list_record_and_sheet_and_their_fields_are_not_imported_over() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let sheet = async |desk: &Desk| {
        let (_, made) = desk.post("/exports", json!({"list": "items", "format": "csv"})).await;
        desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap().text().await.unwrap()
    };
    let clerk = hub.sign_in("warehouse").await;
    assert_eq!(clerk.read("/items/2").await["on_hand"], "9");
    assert!(sheet(&clerk).await.contains(",9\r\n"));
    assert_eq!(admin.fields_of("warehouse", json!({"item.on_hand": "none"})).await.0, 200);
    let chair = clerk.read("/items/2").await;
    assert_eq!(
        (chair.get("on_hand"), chair.get("sets"), chair.get("stock"), &chair["code"]),
        (None, None, None, &json!("CY-OAK")),
        "{chair}"
    );
    assert!(clerk.read("/items").await["items"].as_array().unwrap().iter().all(|row| row.get("on_hand").is_none()));
    assert!(!sheet(&clerk).await.contains(",9\r\n"));
    let columns = clerk.read("/entities/item/columns").await;
    assert!(columns["columns"].as_array().unwrap().iter().all(|column| column["key"] != "on_hand"));

    let importer = json!({"code": "importer", "name": "导入", "scope": "all", "rights": ["import", "items", "stock.see"],
        "fields": {"item.name": "read"}});
    let role = admin.post("/roles", importer).await.1;
    let top = admin.read("/organisations?tops=true").await["items"][0]["id"].clone();
    let person = json!({"login": "imp", "name": "导", "organisation": top, "password": PASSWORD, "roles": [{"role": role["id"]}]});
    assert_eq!(admin.post("/people", person).await.0, 201);
    let importer = hub.sign_in("imp").await;
    let ids = async |desk: &Desk| {
        let kinds = desk.read("/import-kinds").await;
        let items = kinds["items"].as_array().unwrap().iter().find(|kind| kind["id"] == "items").cloned();
        items.map(|kind| {
            kind["columns"].as_array().unwrap().iter().map(|column| column["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
    };
    let (all, some) = (ids(&admin).await.unwrap(), ids(&importer).await.unwrap());
    assert!(all.contains(&"name".to_owned()) && !some.contains(&"name".to_owned()) && some.contains(&"unit".to_owned()), "{some:?}");
    assert_eq!(admin.fields_of("importer", json!({"item.code": "read"})).await.0, 200);
    assert_eq!(ids(&importer).await, None, "without the code there is no row");
    assert_eq!(importer.get("/import-kinds/items/template").await.0, 200, "the sheet itself tells nothing");
    hub.stop().await;
}

#[tokio::test]
async fn shared_options_are_drafted_published_and_taken_back_and_none_that_is_held_goes() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    let path = "/option-lists/style";
    let list = |codes: &[&str]| {
        let options: Vec<Value> = codes.iter().map(|code| json!({"code": code, "title": code})).collect();
        json!({"title": "风格", "options": options})
    };
    let codes = |row: &Value| {
        let options = row["published"]["options"].as_array().unwrap().iter();
        options.map(|option| (option["code"].as_str().unwrap().to_owned(), option["active"] != false)).collect::<Vec<_>>()
    };
    let ok = async |(status, row): (u16, Value)| {
        assert_eq!(status, 200, "{row}");
        row
    };
    let row = ok(admin.send(Method::PUT, path, 0, list(&["modern"])).await).await;
    assert_eq!((&row["number"], row["published"].is_null(), row["faults"].is_null()), (&json!(0), true, true), "{row}");
    assert_eq!(clerk.get(path).await.0, 404, "a draft is nobody's yet");
    assert_eq!(clerk.read("/option-lists").await["items"].as_array().unwrap().iter().filter(|row| row["code"] == "style").count(), 0);
    ok(admin.send(Method::POST, &format!("{path}/publish"), 1, json!({})).await).await;
    assert_eq!(codes(&clerk.read(path).await), [("modern".to_owned(), true)]);

    // A draft changes nothing, is not shown to others, may be wrong, and can be thrown away.
    let row = ok(admin.send(Method::PUT, path, 2, list(&["classic"])).await).await;
    assert_eq!(row["faults"][0]["rule"], "option_stays", "{row}");
    let seen = clerk.read(path).await;
    assert_eq!((codes(&seen), seen["draft"].is_null()), (vec![("modern".to_owned(), true)], true), "{seen}");
    let (status, refused) = admin.send(Method::POST, &format!("{path}/publish"), 3, json!({})).await;
    assert_eq!((status, &refused["rule"]), (422, &json!("option_stays")), "{refused}");
    assert_eq!(admin.send(Method::POST, &format!("{path}/publish"), 2, json!({})).await.0, 412, "somebody was faster");
    ok(admin.send(Method::DELETE, path, 3, json!({})).await).await;

    ok(admin.send(Method::PUT, path, 4, list(&["modern", "classic"])).await).await;
    ok(admin.send(Method::POST, &format!("{path}/publish"), 5, json!({})).await).await;
    let row = ok(admin.send(Method::POST, &format!("{path}/restore"), 6, json!({"number": 1})).await).await;
    assert_eq!(codes(&row), [("modern".to_owned(), true), ("classic".to_owned(), false)], "what came since is switched off, and stays");
    let versions = admin.read(&format!("{path}/versions")).await;
    assert_eq!((&versions["items"][0]["number"], &versions["items"][0]["restores"]), (&json!(3), &json!(1)), "{versions}");
    assert_eq!(clerk.get(&format!("{path}/versions")).await.0, 403);
    assert_eq!(admin.send(Method::PUT, "/option-lists/Bad-Code", 0, list(&["a"])).await.1["rule"], "key_shape");
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE entity = 'option_list' AND author = 'admin'").await, 7);
    hub.stop().await;
}
