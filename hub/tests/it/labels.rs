//! Label templates: drafted, looked at dot for dot, published to edges, taken back.

use data_encoding::BASE64;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Running, answer};

async fn change(desk: &Desk, method: Method, path: &str, version: &Value, body: Value) -> (u16, Value) {
    answer(desk.request(method, &format!("/label-templates/{path}")).header("if-match", format!("\"{version}\"")).json(&body)).await
}

fn template(size: f64) -> Value {
    json!({"name": "other", "title": "样品标签", "width": 60, "height": 40,
        "field": [{"name": "name", "title": "品名", "example": "橡木餐椅"}, {"name": "code", "title": "编码", "example": "YG-1"}], "element": [
        {"kind": "text", "x": 2, "y": 2, "width": 56, "height": 10, "size": size, "text": "{name}"},
        {"kind": "barcode", "x": 2, "y": 14, "width": 56, "height": 20, "symbology": "code128", "text": "{code}"}]})
}

#[tokio::test]
async fn a_template_is_published_when_it_can_be_printed_and_edges_get_it() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    assert_eq!(clerk.get("/label-templates").await.0, 403);
    let standard = admin.read("/label-templates/carton").await;
    assert_eq!((&standard["standard"], &standard["number"], &standard["published"]["name"]), (&json!(true), &json!(0), &json!("carton")));
    let kit = admin.read("/label-templates/kit").await;
    assert_eq!(kit["published"]["element"][3]["size"], json!(3.4), "lengths are as they were written");
    assert_eq!(admin.get("/label-templates/sample").await.0, 404);

    // A draft may be wrong; what is wrong is said, and it is not published.
    let broken = json!({"title": "x", "width": 60, "height": 40, "element": [{"kind": "text", "x": 2, "y": 2, "width": 56, "height": 10}]});
    let (status, draft) = change(&admin, Method::PUT, "sample", &json!(0), broken).await;
    assert_eq!((status, draft["faults"].as_array().unwrap().is_empty()), (200, false), "{draft}");
    let (status, refused) = change(&admin, Method::POST, "sample/publish", &draft["version"], json!({})).await;
    assert_eq!((status, refused["faults"].as_array().unwrap().is_empty()), (422, false), "{refused}");
    assert_eq!(hub.number("SELECT version FROM dataset WHERE name = 'labels'").await, 1);

    let (_, draft) = change(&admin, Method::PUT, "sample", &draft["version"], template(5.0)).await;
    assert_eq!((&draft["draft"]["name"], &draft["faults"]), (&json!("sample"), &Value::Null), "{draft}");
    let (status, done) = change(&admin, Method::POST, "sample/publish", &draft["version"], json!({})).await;
    assert_eq!((status, &done["number"], &done["published"]["title"]), (200, &json!(1), &json!("样品标签")), "{done}");
    assert_eq!(hub.number("SELECT version FROM dataset WHERE name = 'labels'").await, 2, "edges are told");
    let (_, draft) = change(&admin, Method::PUT, "sample", &done["version"], template(3.0)).await;
    let (_, done) = change(&admin, Method::POST, "sample/publish", &draft["version"], json!({})).await;
    let (status, back) = change(&admin, Method::POST, "sample/restore", &done["version"], json!({"number": 1})).await;
    assert_eq!((status, &back["number"], &back["published"]["element"][0]["size"]), (200, &json!(3), &json!(5.0)), "{back}");
    assert_eq!(admin.read("/label-templates/sample/versions").await["total"], 3);
    hub.stop().await;
}

#[tokio::test]
async fn a_preview_is_the_print_and_says_what_the_template_needs() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let asked = json!({"template": template(5.0), "data": {"name": "橡木衣柜", "code": "YG-001"}, "dpi": 203});
    let (status, shown) = admin.post("/label-previews", asked).await;
    assert_eq!((status, &shown["printable"]), (200, &json!(true)), "{shown}");
    let png = BASE64.decode(shown["png"].as_str().unwrap().as_bytes()).unwrap();
    let picture = image::load_from_memory(&png).unwrap().to_luma8();
    assert_eq!((json!(picture.width()), json!(picture.height())), (shown["width"].clone(), shown["height"].clone()));
    let data = [("name", "橡木衣柜"), ("code", "YG-001")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let print = qitao_labels::render(&qitao_labels::Template::read(&template(5.0).to_string()).unwrap(), &data, 203).unwrap().to_gray();
    assert!(picture == print, "dot for dot");
    assert!(picture.pixels().any(|dot| dot.0[0] == 0));
    let fields: Vec<&str> = shown["fields"].as_array().unwrap().iter().filter_map(|field| field["name"].as_str()).collect();
    assert!(fields.contains(&"name") && fields.contains(&"code"), "{fields:?}");
    assert_eq!(shown["placed"].as_array().unwrap().len(), 2);
    let (_, wrong) = admin.post("/label-previews", json!({"template": "name = ", "dpi": 300})).await;
    assert_eq!((&wrong["printable"], wrong["findings"][0]["line"].as_u64()), (&json!(false), Some(1)), "{wrong}");
    assert_eq!(admin.post("/label-previews", json!({"template": template(5.0), "dpi": 250})).await.1["rule"], "resolution");
    assert!(admin.read("/label-elements").await["kinds"].as_array().unwrap().len() > 4);
    hub.stop().await;
}
