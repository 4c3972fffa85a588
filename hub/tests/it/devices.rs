//! What the chain's devices should be set to: profiles, assignments, what edges are given of them, and how the chain stands.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Running, answer};

async fn put(desk: &Desk, path: &str, version: i64, body: Value) -> (u16, Value) {
    answer(desk.request(Method::PUT, path).header("if-match", format!("\"{version}\"")).json(&body)).await
}

async fn delete(desk: &Desk, path: &str, version: i64) -> (u16, Value) {
    answer(desk.request(Method::DELETE, path).header("if-match", format!("\"{version}\""))).await
}

async fn version(hub: &Running) -> i64 {
    hub.number("SELECT version FROM dataset WHERE name = 'device_profiles'").await
}

#[tokio::test]
async fn a_profile_is_kept_when_every_setting_is_right_and_edges_are_told() {
    let hub = Running::start().await;
    let (admin, clerk) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await);
    assert_eq!(clerk.get("/device-profiles").await.0, 403);
    let list = admin.read("/device-profiles").await;
    let standard = list["items"].as_array().unwrap().iter().find(|one| one["id"] == "warehouse-scanner").unwrap().clone();
    assert_eq!((&standard["standard"], &standard["own"], &standard["version"]), (&json!(true), &json!(false), &json!(0)), "{standard}");
    let settings = admin.read("/device-settings").await;
    let suffix = settings["items"].as_array().unwrap().iter().find(|one| one["name"] == "suffix").unwrap().clone();
    assert_eq!((&suffix["kind"], suffix["families"].as_array().unwrap().is_empty()), (&json!("text"), false), "{suffix}");

    let wrong = json!({"name": "退货台", "role": "scanner", "set": {"suffix": "回车", "darkness": "60", "sufix": "CR"}});
    let (status, refused) = put(&admin, "/device-profiles/desk", 0, wrong).await;
    let fields: Vec<&str> = refused["faults"].as_array().unwrap().iter().filter_map(|fault| fault["field"].as_str()).collect();
    assert_eq!((status, fields), (422, vec!["set.darkness", "set.suffix", "set.sufix"]), "{refused}");
    assert_eq!(version(&hub).await, 1, "nothing was kept");

    let loud = json!({"name": "退货台", "role": "scanner", "set": {"beeper.volume": "loud"}});
    let refused = put(&admin, "/device-profiles/desk", 0, loud).await.1;
    assert!(refused["detail"].as_str().unwrap().contains("低（low）、中（medium）、高（high）"), "{refused}");
    let volume = settings["items"].as_array().unwrap().iter().find(|one| one["name"] == "beeper.volume").unwrap();
    assert_eq!(volume["choices"][0], json!({"value": "low", "zh": "低", "en": "low"}), "{volume}");
    let quiet = json!({"name": "退货台", "role": "scanner", "set": {"suffix": "CR", "beeper.volume": "low"}});
    let (status, made) = put(&admin, "/device-profiles/desk", 0, quiet.clone()).await;
    assert_eq!((status, &made["own"], &made["set"]["suffix"]), (200, &json!(true), &json!("CR")), "{made}");
    assert_eq!(version(&hub).await, 2, "edges are told");
    assert_eq!(put(&admin, "/device-profiles/desk", 0, quiet).await.0, 412, "it is there already");
    let printer = json!({"name": "退货台", "role": "printer", "set": {"darkness": "60"}});
    assert_eq!(put(&admin, "/device-profiles/desk", 1, printer).await.1["rule"], "device_profile_role");

    // One of the chain instead of the program's, and back.
    let own = json!({"name": "总部要求", "role": "scanner", "set": {"suffix": "TAB"}});
    assert_eq!(put(&admin, "/device-profiles/warehouse-scanner", 0, own).await.0, 200);
    assert_eq!(admin.read("/device-profiles/warehouse-scanner").await["set"], json!({"suffix": "TAB"}));
    assert_eq!(delete(&admin, "/device-profiles/warehouse-scanner", 1).await.0, 204);
    assert_eq!(admin.read("/device-profiles/warehouse-scanner").await["set"], standard["set"]);
    hub.stop().await;
}

#[tokio::test]
async fn an_assignment_is_for_devices_that_there_are_and_holds_its_profile() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let site = admin.read("/sites").await["items"][0]["id"].as_i64().unwrap();
    let desk = json!({"name": "退货台", "role": "scanner", "set": {"suffix": "CR"}});
    assert_eq!(put(&admin, "/device-profiles/desk", 0, desk).await.0, 200);
    let rule = async |body: Value| admin.post("/device-assignments", body).await.1["rule"].clone();
    assert_eq!(rule(json!({"role": "printer", "profile": "desk"})).await, "device_profile_exists");
    assert_eq!(rule(json!({"role": "scanner", "profile": "desk", "family": "zpl"})).await, "device_family_exists");
    assert_eq!(rule(json!({"role": "scanner", "profile": "desk", "site": 999_999})).await, "site_exists");

    let (status, everywhere) = admin.post("/device-assignments", json!({"role": "scanner", "profile": "desk"})).await;
    assert_eq!((status, &everywhere["site"]), (201, &Value::Null), "{everywhere}");
    assert_eq!(rule(json!({"role": "scanner", "profile": "warehouse-scanner"})).await, "device_assignment_unique");
    let here = json!({"role": "scanner", "profile": "warehouse-scanner", "site": site, "family": "newland"});
    assert_eq!(admin.post("/device-assignments", here).await.0, 201);
    let (_, refused) = delete(&admin, "/device-profiles/desk", 1).await;
    assert_eq!(refused["rule"], "device_profile_free");
    assert!(refused["detail"].as_str().unwrap().contains("1 条指派：全部站点"), "it says where: {refused}");
    let of_desk = admin.read("/device-assignments?profile=desk").await;
    assert_eq!((&of_desk["total"], &of_desk["items"][0]["id"]), (&json!(1), &everywhere["id"]), "{of_desk}");

    // The edges of the site get the profile, then the assignments in the order in which they hold; those of another site not the site's.
    let told = async |site: i64| qitao_hub::devices::for_site(hub.db.read(), qitao_domain::ids::SiteId(site)).await.unwrap();
    let says = serde_json::to_value(told(site).await).unwrap();
    let kinds: Vec<(&str, &str)> =
        says.as_array().unwrap().iter().map(|one| (one["kind"].as_str().unwrap(), one["profile"].as_str().unwrap_or("-"))).collect();
    assert_eq!(kinds, [("profile", "-"), ("assignment", "warehouse-scanner"), ("assignment", "desk")]);
    assert_eq!(told(site + 1_000_000).await.len(), 2);

    let path = format!("/device-assignments/{}", everywhere["id"]);
    assert_eq!(put(&admin, &path, 7, json!({"profile": "warehouse-scanner"})).await.0, 412);
    let before = version(&hub).await;
    let (status, changed) = put(&admin, &path, 1, json!({"profile": "warehouse-scanner"})).await;
    assert_eq!((status, &changed["profile"], version(&hub).await), (200, &json!("warehouse-scanner"), before + 1), "{changed}");
    assert_eq!(delete(&admin, &path, 2).await.0, 204);
    assert_eq!(admin.read("/device-assignments").await["total"], 1);
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE entity = 'device_assignment'").await, 4, "every change has an author");
    hub.stop().await;
}

#[tokio::test]
async fn devices_are_listed_and_counted_by_how_they_are_set() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let site = admin.read("/sites").await["items"][0]["id"].as_i64().unwrap();
    let mut edges = Vec::new();
    let now = jiff::Timestamp::now().as_millisecond();
    // One that works, one that has been silent for an hour, one for eight days, and one that was switched off.
    for (name, heard) in [("一号机", now), ("二号机", now - 3_600_000), ("三号机", now - 8 * 86_400_000), ("旧机", now)] {
        let edge = admin.post("/edges", json!({"site": site, "name": name})).await.1["id"].as_str().unwrap().to_owned();
        hub.sql(&format!("UPDATE edge SET last_seen_ms = {heard}, disabled = {} WHERE id = '{edge}'", name == "旧机")).await;
        edges.push(edge);
    }
    let drift = r#"[{"setting": "suffix", "has": "none", "wants": "CR"}, {"setting": "beeper.volume", "has": "low", "wants": "high"}]"#;
    for (edge, device, kind, family, settings, drift) in [
        (0, "gun-1", "scanner", "newland", "holds", "[]"),
        (0, "gun-2", "scanner", "newland", "differs", drift),
        (0, "label-1", "printer", "", "", "[]"),
        (1, "gun-3", "scanner", "newland", "holds", "[]"),
        (2, "gun-4", "scanner", "newland", "differs", drift),
        (3, "gun-5", "scanner", "newland", "differs", drift),
    ] {
        let edge = &edges[edge];
        hub.sql(&format!(
            "INSERT INTO device (edge_id, device_id, kind, name, state, family, profile, settings, since_ms, differs, drift, flash_writes) \
             VALUES ('{edge}', '{device}', '{kind}', '{device}', 'online', '{family}', 'p', '{settings}', 5, 1, '{drift}', 2)"
        ))
        .await;
    }
    let wrong = admin.read("/devices?settings=differs").await;
    assert_eq!((&wrong["total"], &wrong["items"][0]["drift"][0]["wants"]), (&json!(1), &json!("CR")), "{wrong}");
    let words = |of: usize, language: &str| wrong["items"][0]["drift"][of][language].clone();
    assert_eq!(words(0, "zh"), json!({"setting": "后缀", "has": "无", "wants": "CR"}), "{wrong}");
    assert_eq!(words(1, "zh"), json!({"setting": "蜂鸣音量", "has": "低", "wants": "高"}), "{wrong}");
    assert_eq!(words(1, "en"), json!({"setting": "Volume of the beeper", "has": "low", "wants": "high"}), "{wrong}");
    let all = admin.read("/devices").await;
    let shown: Vec<_> = all["items"].as_array().unwrap().iter().map(|row| (&row["device"], &row["state"], &row["settings"])).collect();
    let row = |device: &str| all["items"].as_array().unwrap().iter().find(|row| row["device"] == device).unwrap();
    assert_eq!(all["total"], 5, "what was switched off is gone: {shown:?}");
    assert_eq!((&row("gun-1")["state"], &row("gun-3")["state"]), (&json!("online"), &json!("away")), "{shown:?}");
    assert_eq!(row("gun-3")["settings"], "holds", "for an hour what it told last holds");
    let silent = row("gun-4");
    assert_eq!((&silent["settings"], &silent["drift"], &silent["since_ms"]), (&json!("unwatched"), &json!([]), &Value::Null), "{silent}");
    assert_eq!(silent["heard_ms"], json!(now - 8 * 86_400_000));
    let profile = json!({"name": "p", "role": "scanner", "set": {"suffix": "CR"}});
    assert_eq!(put(&admin, "/device-profiles/p", 0, profile).await.1["devices"], 5, "as many have the profile");
    let unwatched = admin.read("/devices?settings=unwatched&role=printer").await;
    assert_eq!((&unwatched["items"][0]["settings"], &unwatched["items"][0]["since_ms"]), (&json!("unwatched"), &Value::Null));
    let counts = admin.read("/devices/counts").await;
    let all: Vec<(String, i64)> = counts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (format!("{}/{}", one["family"].as_str().unwrap(), one["settings"].as_str().unwrap()), one["devices"].as_i64().unwrap()))
        .collect();
    let wanted = [("/unwatched", 1), ("newland/differs", 1), ("newland/holds", 2), ("newland/unwatched", 1)];
    assert_eq!(all, wanted.map(|(name, devices)| (name.to_owned(), devices)));
    hub.stop().await;
}
