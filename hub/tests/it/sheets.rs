//! Files, imports and exports as somebody at a desk has them.

use std::time::Duration;

use qitao_hub::inventory::tie_out;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Running};

const BOUNDARY: &str = "----qitao-test";

/// A form with fields and a file.
/// A form with a file.
pub fn form(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes());
    }
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: x/y\r\n\r\n");
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// Sends a form.
pub async fn send(desk: &Desk, path: &str, body: Vec<u8>) -> (u16, Value) {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let answer = desk.request(Method::POST, path).header("content-type", kind).body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Uploads a sheet.
pub async fn upload(desk: &Desk, kind: &str, name: &str, bytes: &[u8]) -> Value {
    let (status, made) = send(desk, "/imports", form(&[("kind", kind)], name, bytes)).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// Asks for a step and waits until it is done.
pub async fn step(desk: &Desk, import: &Value, step: &str) -> Value {
    let id = &import["id"];
    let (status, begun) = desk.post(&format!("/imports/{id}/{step}"), json!({})).await;
    assert_eq!(status, 202, "{begun}");
    for _ in 0..600 {
        let (_, now) = desk.get(&format!("/imports/{id}")).await;
        if !["checking", "running", "undoing"].contains(&now["state"].as_str().unwrap()) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the step {step} does not end");
}

fn counts(import: &Value) -> [i64; 4] {
    ["new", "changed", "same", "bad"].map(|name| import["counts"][name].as_i64().unwrap())
}

/// What must be as it was after an undo.
async fn everything(hub: &Running) -> Vec<i64> {
    let mut all = Vec::new();
    for sql in [
        "SELECT COUNT(*) FROM item",
        "SELECT COUNT(*) FROM item_barcode",
        "SELECT COUNT(*) FROM kit_part",
        "SELECT COUNT(*) FROM location",
        "SELECT COUNT(*) FROM operator",
        "SELECT COUNT(*) FROM search_record",
        "SELECT COUNT(*) FROM search_use",
        "SELECT CAST(COALESCE(SUM(LENGTH(name) + LENGTH(unit) + cartons), 0) AS BIGINT) FROM item",
        "SELECT CAST(SUM(ABS(quantity)) AS BIGINT) FROM stock",
    ] {
        all.push(hub.number(sql).await);
    }
    all
}

const SHEET: &str = "商品编码,名称,英文名,单位,包件数,条码,部件\r\n\
    NEW-1,胡桃木床,Walnut bed,张,2,6901234567908; BED-2#2,\r\n\
    NEW-2,床头柜,,个,,,\r\n\
    NEW-SET,卧室套装,,套,,,NEW-1×1; NEW-2×2\r\n\
    CY-OAK,橡木餐椅 二代,,,,,\r\n\
    TZ-OAK,橡木套装 二代,,,,,\r\n\
    CL-LINEN,亚麻窗帘 100%_,,米,,,\r\n\
    NEW-2,又一个,,个,,,\r\n\
    BAD-1,,,个,0,,\r\n\
    BAD-2,撞码,,个,,6901234567892,\r\n\
    BAD-3,没有部件,,套,,,NOWHERE×1\r\n\
    YG-OAK-2400,橡木衣柜 2.4 m,,件,4,,\r\n";

#[tokio::test]
async fn items_come_in_from_gb18030_step_by_step_and_go_again_without_a_trace() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let (text, _, _) = encoding_rs::GB18030.encode(SHEET);
    let import = upload(&desk, "items", "商品.csv", &text).await;
    assert_eq!(import["mapping"], json!(["code", "name", "name_en", "unit", "cartons", "barcodes", "parts"]), "{import}");
    assert_eq!(import["samples"][0][1], "胡桃木床");
    let before = everything(&hub).await;

    let checked = step(&desk, &import, "check").await;
    assert_eq!((checked["state"].as_str().unwrap(), counts(&checked)), ("checked", [3, 0, 0, 8]), "{checked}");
    assert_eq!(everything(&hub).await, before, "a check writes nothing");
    let (status, refused) = desk.put(&format!("/imports/{}", import["id"]), json!({"update_existing": true})).await;
    assert_eq!((status, refused["state"].as_str().unwrap()), (200, "uploaded"));
    let checked = step(&desk, &import, "check").await;
    assert_eq!(counts(&checked), [3, 2, 1, 5], "{checked}");
    let preview = checked["preview"].as_array().unwrap();
    let changed = preview.iter().find(|row| row["outcome"] == "changed").unwrap();
    assert_eq!(changed["changes"], json!([{"column": "name", "old": "橡木餐椅", "new": "橡木餐椅 二代"}]));
    let rules: Vec<&str> =
        preview.iter().filter(|row| row["outcome"] == "bad").map(|row| row["faults"][0]["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["once_in_file", "whole_number", "barcode_free", "item_exists", "in_use"]);

    let ran = step(&desk, &import, "run").await;
    assert_eq!((ran["state"].as_str().unwrap(), counts(&ran)), ("done", [3, 2, 1, 5]));
    let (_, found) = desk.get("/search?q=hutaomu").await;
    assert_eq!(found["items"][0]["code"], "NEW-1", "{found}");
    let id = hub.number("SELECT id FROM item WHERE code = 'NEW-SET'").await;
    let (_, kit) = desk.get(&format!("/items/{id}")).await;
    assert_eq!((kit["is_kit"].as_bool(), kit["parts"].as_array().unwrap().len()), (Some(true), 2), "{kit}");
    let (_, history) = desk.get(&format!("/items/{id}/timeline")).await;
    assert_eq!((history["items"][0]["author"].as_str(), history["items"][0]["action"].as_str()), (Some("admin"), Some("create")));

    let undone = step(&desk, &import, "undo").await;
    assert_eq!(
        (undone["state"].as_str(), undone["counts"]["undone"].as_i64(), undone["counts"]["kept"].as_i64()),
        (Some("undone"), Some(5), Some(0))
    );
    assert_eq!(everything(&hub).await, before);
    assert_eq!(hub.number("SELECT COUNT(*) FROM item WHERE code = 'CY-OAK' AND name = '橡木餐椅'").await, 1);
    let floor = "SELECT COUNT(*) FROM setting s JOIN dataset d ON d.name = 'items' WHERE s.key = 'dataset_floor:items' AND s.value = CAST(d.version AS TEXT)";
    assert_eq!(hub.number(floor).await, 1, "edges fetch the whole catalogue");
    hub.stop().await;
}

#[tokio::test]
async fn failed_rows_come_back_with_reasons_and_go_through_once_they_are_mended() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let import =
        upload(&desk, "items", "items.csv", "Item code,Name,Unit,Remark\nA-1,One,件,first\nA-2,,件,second\nA-3,Three,,third\n".as_bytes())
            .await;
    assert_eq!(import["mapping"], json!(["code", "name", "unit", null]));
    step(&desk, &import, "check").await;
    let ran = step(&desk, &import, "run").await;
    assert_eq!(counts(&ran), [1, 0, 0, 2]);
    let answer =
        desk.request(Method::GET, &format!("/imports/{}/failed", import["id"])).header("accept-language", "en").send().await.unwrap();
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("items%20failed%20rows.xlsx"));
    let sheet = answer.bytes().await.unwrap();
    let rows = read_xlsx(&sheet);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[0], ["Item code", "Name", "Unit", "Remark", "Why it failed"]);
    assert_eq!(rows[1], ["A-2", "", "件", "second", "Name: A new record needs it."]);
    assert_eq!(rows[2][..4], ["A-3", "Three", "", "third"]);
    // The same sheet, as it came: still wrong, and the column of reasons is nothing that is imported.
    let again = upload(&desk, "items", "again.xlsx", &sheet).await;
    assert_eq!(again["mapping"], json!(["code", "name", "unit", null, null]), "{again}");
    assert_eq!(counts(&step(&desk, &again, "check").await), [0, 0, 0, 2]);
    let (_, listed) = desk.get(&format!("/imports/{}/rows?outcome=bad", again["id"])).await;
    assert_eq!((listed["total"].as_i64(), listed["items"][0]["faults"][0]["rule"].as_str()), (Some(2), Some("required")));
    hub.stop().await;
}

/// The cells of a workbook's first sheet.
pub fn read_xlsx(bytes: &[u8]) -> Vec<Vec<String>> {
    use calamine::{Data, Reader as _, Xlsx};
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| if *cell == Data::Empty { String::new() } else { cell.to_string() };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

#[tokio::test]
async fn a_template_is_a_sheet_that_can_be_filled_and_imported() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let (_, kinds) = desk.get("/import-kinds").await;
    let words: Vec<&str> = kinds["items"].as_array().unwrap().iter().map(|kind| kind["id"].as_str().unwrap()).collect();
    assert_eq!(words, ["items", "customers", "people", "prices", "locations", "operators", "opening_stock"]);
    for kind in words {
        for language in ["zh", "en"] {
            let path = format!("/import-kinds/{kind}/template");
            let answer = desk.request(Method::GET, &path).header("accept-language", language).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            let sheet = answer.bytes().await.unwrap();
            let import = upload(&desk, kind, "t.xlsx", &sheet).await;
            assert_eq!(import["unmatched"], json!([]), "{kind} in {language}: {import}");
            assert!(import["mapping"].as_array().unwrap().iter().all(|column| !column.is_null()), "{import}");
        }
    }
    hub.stop().await;
}

#[tokio::test]
async fn an_undo_leaves_alone_what_was_changed_or_used_since() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let import = upload(&desk, "items", "i.csv", "编码,名称,单位\nN-1,一,件\nN-2,二,件\nN-3,三,件\nN-4,四,件\n".as_bytes()).await;
    step(&desk, &import, "check").await;
    step(&desk, &import, "run").await;
    hub.sql(
        "UPDATE item SET version = version + 1 WHERE code = 'N-1'; \
         INSERT INTO stock (location_id, item_id, carton, lot, quantity) SELECT 1, id, 1, '', 0 FROM item WHERE code = 'N-2'",
    )
    .await;
    let talked_about = hub.number("SELECT id FROM item WHERE code = 'N-4'").await;
    assert_eq!(desk.post(&format!("/comments/item/{talked_about}"), json!({"text": "面板颜色偏深"})).await.0, 201);
    let undone = step(&desk, &import, "undo").await;
    assert_eq!((undone["counts"]["undone"].as_i64(), undone["counts"]["kept"].as_i64()), (Some(1), Some(3)), "{undone}");
    let (_, kept) = desk.get(&format!("/imports/{}/rows?refused=true", import["id"])).await;
    let rules: Vec<&str> = kept["items"].as_array().unwrap().iter().map(|row| row["refusal"]["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["changed_since", "in_use", "in_use"]);
    let (status, problem) = desk.post(&format!("/imports/{}/run", import["id"]), json!({})).await;
    assert_eq!((status, problem["rule"].as_str()), (409, Some("import_state")));
    hub.sql("DELETE FROM stock WHERE item_id IN (SELECT id FROM item WHERE code = 'N-2')").await;
    let undone = step(&desk, &import, "undo").await;
    assert_eq!((undone["counts"]["undone"].as_i64(), undone["counts"]["kept"].as_i64()), (Some(2), Some(2)), "{undone}");
    hub.stop().await;
}

#[tokio::test]
async fn locations_operators_and_opening_stock_come_in_and_the_ledger_balances_before_and_after_the_undo() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let places =
        upload(&desk, "locations", "l.csv", "站点,库位,类型\nSH01,Z-01,货位\nSH01,Z-02,\nNOWHERE,Z-03,\nSH01,A-01,备货区\n".as_bytes())
            .await;
    assert_eq!(counts(&step(&desk, &places, "check").await), [2, 0, 0, 2]);
    assert_eq!(counts(&step(&desk, &places, "run").await), [2, 0, 0, 2]);
    let people = upload(&desk, "operators", "o.csv", "工牌号,姓名,站点\n9001,李雷,SH01\n9002,韩梅,\n9003,,SH01\n".as_bytes()).await;
    step(&desk, &people, "check").await;
    assert_eq!(counts(&step(&desk, &people, "run").await), [2, 0, 0, 1]);
    let sheet = "站点,库位,商品编码,包件,色号,数量,日期,经手人\n\
        SH01,Z-01,YG-OAK-2400,,,3,2025-12-31,9001\n\
        SH01,Z-02,CL-LINEN,,L9,12.5,,\n\
        SH01,Z-02,CL-LINEN,,,1,,\n\
        SH01,Z-02,TZ-OAK,,,1,,\n\
        SH01,A-02,CY-OAK,,,1,,\n\
        XH01,B-01,CY-OAK,,,1,,\n\
        SH01,Z-01,YG-OAK-2400,,,1.5,,\n";
    let stock = upload(&desk, "opening_stock", "s.csv", sheet.as_bytes()).await;
    let checked = step(&desk, &stock, "check").await;
    let bad: Vec<&str> = checked["preview"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["outcome"] == "bad")
        .map(|row| row["faults"][0]["rule"].as_str().unwrap())
        .collect();
    assert_eq!(bad, ["lot_needed", "not_a_kit", "stock_there", "supplier_location", "whole_pieces"], "{checked}");
    assert_eq!(counts(&step(&desk, &stock, "run").await), [2, 0, 0, 5]);
    assert_eq!(
        hub.number("SELECT COUNT(*) FROM movement WHERE reason = 'opening' AND at_ms = 1767110400000 AND author LIKE 'operator:%'").await,
        3
    );
    assert_eq!(tie_out(hub.db.read()).await.unwrap(), []);
    let undone = step(&desk, &places, "undo").await;
    assert_eq!(undone["counts"]["kept"].as_i64(), Some(2), "there is stock on the shelves");
    let undone = step(&desk, &stock, "undo").await;
    assert_eq!(undone["counts"]["undone"].as_i64(), Some(2), "{undone}");
    assert_eq!(tie_out(hub.db.read()).await.unwrap(), []);
    assert_eq!(
        hub.number("SELECT COUNT(*) FROM stock s JOIN location l ON l.id = s.location_id WHERE l.code LIKE 'Z-%' AND s.quantity <> 0")
            .await,
        0
    );
    let undone = step(&desk, &people, "undo").await;
    assert_eq!(undone["counts"]["undone"].as_i64(), Some(2));
    hub.stop().await;
}

#[tokio::test]
async fn sheets_that_are_none_are_refused_with_the_rule_and_the_field() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let cases: [(&str, &[u8], u16, &str); 6] = [
        ("items", b"\x89PNG\r\n\x1a\n0000", 415, "file_type"),
        ("items", b"<html><body>", 415, "file_type"),
        ("items", b"PK\x03\x04nothing", 415, "file_type"),
        ("items", b"\n\n\n", 422, "sheet_heading"),
        ("nothing", b"a,b\n1,2\n", 422, "import_kind"),
        ("", b"a,b\n1,2\n", 422, "import_kind"),
    ];
    for (kind, bytes, status, rule) in cases {
        let (found, problem) = send(&desk, "/imports", form(&[("kind", kind)], "x.xlsx", bytes)).await;
        assert_eq!((found, problem["rule"].as_str()), (status, Some(rule)), "{problem}");
    }
    let import = upload(&desk, "items", "x.csv", b"a,b\n1,2\n").await;
    let (status, problem) = desk.post(&format!("/imports/{}/check", import["id"]), json!({})).await;
    assert_eq!((status, problem["rule"].as_str()), (422, Some("mapping_needed")));
    for wrong in [json!(["code"]), json!(["code", "code"]), json!(["code", "colour"])] {
        let (status, problem) = desk.put(&format!("/imports/{}", import["id"]), json!({"mapping": wrong})).await;
        assert_eq!(status, 422, "{problem}");
    }
    let warehouse = hub.sign_in("warehouse").await;
    let (status, _) = send(&warehouse, "/imports", form(&[("kind", "items")], "x.csv", b"a,b\n1,2\n")).await;
    assert_eq!(status, 403);
    hub.stop().await;
}

#[tokio::test]
async fn a_picture_of_a_task_is_shown_small_and_sent_under_its_own_name_in_a_sandbox() {
    let hub = Running::start().await;
    let desk = hub.sign_in("manager").await;
    hub.sql(
        "INSERT INTO task (id, number, kind, site_id, reference, state, created_ms, created_by) VALUES \
         (70, 'PK-70', 'pick', 1, '', 'open', 1, 'x'), (71, 'PK-71', 'pick', 2, '', 'open', 1, 'x')",
    )
    .await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(640, 480).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let (status, file) = send(&desk, "/tasks/70/files", form(&[], "../现场 照片.exe", png.get_ref())).await;
    assert_eq!(status, 201, "{file}");
    assert_eq!(
        (file["name"].as_str(), file["media"].as_str(), file["width"].as_i64()),
        (Some("现场 照片.exe.png"), Some("image/png"), Some(640))
    );
    let id = &file["id"];
    let answer = desk.request(Method::GET, &format!("/files/{id}/content")).send().await.unwrap();
    let headers = answer.headers();
    assert!(
        headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"__ __.exe.png\"; filename*=UTF-8''%E7%8E%B0")
    );
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.bytes().await.unwrap(), png.get_ref().as_slice());
    let small = desk.request(Method::GET, &format!("/files/{id}/thumbnail")).send().await.unwrap();
    assert_eq!(small.headers()["content-type"], "image/jpeg");
    let inline = desk.request(Method::GET, &format!("/files/{id}/content?inline=true")).send().await.unwrap();
    assert!(inline.headers()["content-disposition"].to_str().unwrap().starts_with("inline"));
    let (status, _) = send(&desk, "/tasks/71/files", form(&[], "x.txt", b"x")).await;
    assert_eq!(status, 404, "a task of another site");
    let large = vec![b'x'; 21 * 1024 * 1024];
    let (status, problem) = send(&desk, "/tasks/70/files", form(&[], "x.txt", &large)).await;
    assert_eq!((status, problem["rule"].as_str()), (413, Some("file_size")));
    let answer = desk.request(Method::DELETE, &format!("/files/{id}")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
    let (_, files) = desk.get("/tasks/70/files").await;
    assert_eq!(files["total"], 0);
    let story = desk.read("/tasks/70/timeline").await;
    let told: Vec<_> = story["items"].as_array().unwrap().iter().map(|row| (row["action"].as_str(), row["old"]["file"].as_str())).collect();
    assert_eq!(told, [(Some("detach"), Some("现场 照片.exe.png")), (Some("attach"), None)], "{story}");
    hub.stop().await;
}

#[tokio::test]
async fn custom_fields_come_with_sheets_go_out_with_them_and_are_undone_with_the_rest() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let options = json!([{"code": "modern", "title": "现代", "title_en": "Modern"}, {"code": "classic", "title": "古典"}]);
    let fields = json!([
        {"key": "style", "title": "风格", "title_en": "Style", "kind": "choice", "options": options, "required": true, "filter": true},
        {"key": "warranty", "title": "质保年数", "kind": "number",
         "checks": [{"rule": "custom.warranty <= 10", "message": "质保最多 10 年"}]},
        {"key": "indoor", "title": "仅室内", "kind": "boolean"},
    ]);
    desk.publish("item", fields).await;
    let kinds = desk.read("/import-kinds").await;
    let items = kinds["items"].as_array().unwrap().iter().find(|kind| kind["id"] == "items").unwrap();
    let style = items["columns"].as_array().unwrap().iter().find(|column| column["id"] == "custom.style").unwrap();
    assert_eq!((&style["needed"], &style["options"], &style["open"]), (&json!("new"), &json!(["现代", "古典"]), &json!(false)));
    assert!(desk.request(Method::GET, "/import-kinds/items/template").send().await.unwrap().status().is_success());

    let sheet = "编码,名称,单位,风格,质保年数,仅室内\nN-1,新柜,件,现代,5,是\nN-2,新桌,张,洛可可,,\nN-3,新凳,把,classic,11,\nN-4,新床,张,,,\nN-5,新灯,个,Modern,,否\n";
    let import = upload(&desk, "items", "custom.csv", sheet.as_bytes()).await;
    assert_eq!(import["mapping"][3], "custom.style");
    let checked = step(&desk, &import, "check").await;
    assert_eq!(counts(&checked), [2, 0, 0, 3], "{checked}");
    let rules: Vec<_> = desk.read(&format!("/imports/{}/rows?outcome=bad", import["id"])).await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["faults"][0]["column"].as_str().unwrap().to_owned(), row["faults"][0]["rule"].as_str().unwrap().to_owned()))
        .collect();
    let wanted = [("custom.style", "field_option"), ("custom.warranty", "field_check"), ("custom.style", "field_required")];
    assert_eq!(rules, wanted.map(|(column, rule)| (column.to_owned(), rule.to_owned())));
    assert_eq!(counts(&step(&desk, &import, "run").await), [2, 0, 0, 3]);
    let made = desk.read("/items?q=N-1").await["items"][0].clone();
    assert_eq!(made["custom"], json!({"style": "modern", "warranty": 5, "indoor": true}), "{made}");

    // What the list is narrowed to is what is exported.
    let narrowed = json!({"list": "items", "format": "csv", "filters": {"custom.style": "modern", "sort": "-custom.style"}});
    assert_eq!(desk.post("/exports", narrowed).await.1["rows"], 2);
    let (status, problem) = desk.post("/exports", json!({"list": "items", "filters": {"custom.nothing": "1"}})).await;
    assert_eq!((status, problem["rule"].as_str()), (400, Some("filter_exists")), "{problem}");
    let (status, problem) = desk.post("/exports", json!({"list": "tasks", "filters": {"sort": "x"}})).await;
    assert_eq!((status, problem["field"].as_str()), (422, Some("filters.sort")));

    // An export says the same: it changes nothing, but for what is written over in it.
    let (_, export) = desk.post("/exports", json!({"list": "items", "format": "csv", "filters": {"q": "N-"}})).await;
    let text = desk.request(Method::GET, &format!("/exports/{}/content", export["id"])).send().await.unwrap().text().await.unwrap();
    let again = upload(&desk, "items", "again.csv", text.replace(",现代,5,是", ",古典,-,否").as_bytes()).await;
    desk.put(&format!("/imports/{}", again["id"]), json!({"update_existing": true})).await;
    assert_eq!(counts(&step(&desk, &again, "check").await), [0, 1, 1, 0]);
    assert_eq!(counts(&step(&desk, &again, "run").await), [0, 1, 1, 0]);
    assert_eq!(desk.read("/items?q=N-1").await["items"][0]["custom"], json!({"style": "classic", "indoor": false}));
    assert_eq!(step(&desk, &again, "undo").await["counts"]["undone"], 1);
    assert_eq!(desk.read("/items?q=N-1").await["items"][0]["custom"], made["custom"]);
    assert_eq!(step(&desk, &import, "undo").await["counts"]["kept"], 1, "what was changed and taken back since has another version");
    hub.stop().await;
}

#[tokio::test]
async fn a_short_list_is_exported_at_once_and_items_come_back_as_the_same() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let (status, made) = desk.post("/exports", json!({"list": "items"})).await;
    assert_eq!((status, made["state"].as_str(), made["rows"].as_i64()), (201, Some("done"), Some(4)), "{made}");
    let packed =
        desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(!packed.bytes().await.unwrap().is_empty(), "sent whole also when it is packed on the way");
    let answer = desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap();
    let sheet = answer.bytes().await.unwrap();
    let import = upload(&desk, "items", "items.xlsx", &sheet).await;
    desk.put(&format!("/imports/{}", import["id"]), json!({"update_existing": true})).await;
    assert_eq!(counts(&step(&desk, &import, "check").await), [0, 0, 4, 0]);
    let (status, problem) = desk.post("/exports", json!({"list": "items", "filters": {"site": 1}})).await;
    assert_eq!((status, problem["field"].as_str()), (422, Some("filters.site")));
    let (_, history) = desk.get("/audit?entity=export").await;
    assert_eq!(history["total"], 3, "that it was made, and that it was fetched twice: {history}");
    let other = hub.sign_in("auditor").await;
    assert_eq!(other.get(&format!("/exports/{}", made["id"])).await.0, 404);
    hub.sql("UPDATE export SET expires_ms = 1").await;
    let (status, problem) = desk.get(&format!("/exports/{}/content", made["id"])).await;
    assert_eq!((status, problem["rule"].as_str()), (409, Some("export_ready")));
    hub.stop().await;
}

#[tokio::test]
async fn a_long_list_is_exported_by_a_job_with_the_filters_of_its_page() {
    let hub = Running::start().await;
    let desk = hub.sign_in("manager").await;
    hub.sql(
        "INSERT INTO location (site_id, code, kind, name, version, deleted) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
         SELECT 1, 'W-' || CAST(i AS TEXT), 'bin', '=1+1', 1, FALSE FROM n",
    )
    .await;
    hub.index().await;
    let (status, mut made) = desk.post("/exports", json!({"list": "locations", "format": "csv", "filters": {"q": "w-"}})).await;
    assert_eq!((status, made["state"].as_str()), (202, Some("waiting")), "{made}");
    for _ in 0..600 {
        made = desk.get(&format!("/exports/{}", made["id"])).await.1;
        if made["state"] != "waiting" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((made["state"].as_str(), made["rows"].as_i64()), (Some("done"), Some(2500)), "{made}");
    let answer = desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert_eq!(text.lines().count(), 2501);
    assert!(text.contains("\r\nSH01,W-1000,货位,'=1+1,0\r\n"), "{}", &text[..200]);

    // The columns of the page, in their order, by a job too.
    let chosen = json!({"list": "locations", "format": "csv", "filters": {"q": "w-"}, "columns": ["on_hand", "code"]});
    let (status, mut made) = desk.post("/exports", chosen).await;
    assert_eq!((status, made["columns"].as_array().unwrap().len()), (202, 2), "{made}");
    for _ in 0..600 {
        made = desk.get(&format!("/exports/{}", made["id"])).await.1;
        if made["state"] != "waiting" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answer = desk.request(Method::GET, &format!("/exports/{}/content", made["id"])).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("\u{feff}现存,库位\r\n") && text.contains("\r\n0,W-1000\r\n"), "{text}");
    for (columns, rule) in
        [(json!(["code", "nothing"]), "export_column"), (json!(["code", "code"]), "export_column_once"), (json!([]), "export_columns")]
    {
        let (status, problem) = desk.post("/exports", json!({"list": "locations", "columns": columns})).await;
        assert_eq!((status, problem["rule"].as_str()), (422, Some(rule)), "{problem}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_goes_on_where_it_was_and_writes_no_row_twice() {
    let hub = Running::start().await;
    let desk = hub.sign_in("admin").await;
    let before = everything(&hub).await;
    let mut sheet = String::from("编码,名称,单位,条码\n");
    for n in 1..=1_200 {
        // The last row says the first one's code again.
        sheet.push_str(&format!("R-{},行 {n},件,RB-{n}\n", if n == 1_200 { 1 } else { n }));
    }
    let import = upload(&desk, "items", "r.csv", sheet.as_bytes()).await;
    step(&desk, &import, "check").await;
    assert_eq!(counts(&step(&desk, &import, "run").await), [1_199, 0, 0, 1]);
    // As a hub leaves it that is killed after the first five hundred rows.
    hub.sql(
        "DELETE FROM item_barcode WHERE item_id IN (SELECT record_id FROM import_row WHERE row_no > 501); \
         DELETE FROM item WHERE id IN (SELECT record_id FROM import_row WHERE row_no > 501); \
         DELETE FROM import_row WHERE row_no > 501; \
         UPDATE import SET state = 'stopped', next_row = 502, \
         counts = '{\"rows\":500,\"new\":500,\"changed\":0,\"same\":0,\"bad\":0,\"undone\":0,\"kept\":0}'",
    )
    .await;
    let ran = step(&desk, &import, "run").await;
    assert_eq!((ran["state"].as_str(), counts(&ran)), (Some("done"), [1_199, 0, 0, 1]), "{ran}");
    assert_eq!(hub.number("SELECT COUNT(*) FROM item WHERE code LIKE 'R-%'").await, 1_199);
    assert_eq!(hub.number("SELECT COUNT(*) FROM import_row").await, 1_200);
    let undone = step(&desk, &import, "undo").await;
    assert_eq!(undone["counts"]["undone"].as_i64(), Some(1_199));
    let mut after = everything(&hub).await;
    // Items that were taken out of the tables behind the hub's back are still in its search.
    (after[5], after[6]) = (before[5], before[6]);
    assert_eq!(after, before);
    hub.stop().await;
}
