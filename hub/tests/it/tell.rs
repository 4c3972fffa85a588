//! Jobs, schedules, notifications, channels and webhooks over HTTP.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Running, answer};

/// Asks until the answer is as wished, at most ten seconds.
pub async fn until(desk: &Desk, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let body = desk.read(path).await;
        if wished(&body) {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} never became what was wished: {}", desk.read(path).await);
}

fn daily(name: &str) -> Value {
    json!({"name": name, "kind": "daily_summary", "cron": "0 9 * * *", "site": 1})
}

#[tokio::test]
async fn a_schedule_that_is_run_now_tells_those_who_lead_the_site_in_their_language() {
    let hub = Running::start().await;
    let (admin, manager, clerk) = (hub.sign_in("admin").await, hub.sign_in("manager").await, hub.sign_in("warehouse").await);
    let (status, made) = admin.post("/schedules", daily("每日汇总")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((made["zone"].as_str(), made["next"].as_array().map(Vec::len)), (Some("Asia/Shanghai"), Some(5)));
    let id = made["id"].as_i64().unwrap();
    let run = || admin.request(Method::POST, &format!("/schedules/{id}/run")).header("idempotency-key", "once");
    let (status, first) = answer(run()).await;
    assert_eq!((status, &answer(run()).await.1), (202, &first));
    let page = until(&manager, "/notifications?unread=true", |page| page["total"] == 1).await;
    assert!(page["items"][0]["title"].as_str().unwrap().contains("汇总：上海一仓"), "{page}");
    let english = answer(manager.request(Method::GET, "/notifications").header("accept-language", "en")).await.1;
    assert!(english["items"][0]["body"].as_str().unwrap().contains("scans"), "{english}");
    assert_eq!(clerk.read("/notifications").await["total"], 0);
    let job = admin.read(&format!("/jobs/{}", first["job"])).await;
    assert_eq!(
        (job["kind"].as_str(), job["state"].as_str(), job["created_by"].as_str()),
        (Some("daily_summary"), Some("done"), Some("admin"))
    );
    let number = page["items"][0]["id"].as_i64().unwrap();
    assert_eq!(clerk.post(&format!("/notifications/{number}/read"), json!({})).await.0, 404, "it is another person's");
    assert_eq!(manager.post(&format!("/notifications/{number}/read"), json!({})).await.1["unread"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn people_see_their_own_jobs_and_only_administrators_run_the_hub() {
    let hub = Running::start().await;
    let (admin, clerk, auditor) = (hub.sign_in("admin").await, hub.sign_in("warehouse").await, hub.sign_in("auditor").await);
    let later = "INSERT INTO job (id, kind, args, state, run_at_ms, due_ms, attempts, progress, created_by, created_ms, cancel_asked) VALUES \
                 (901,'notice','{}','waiting',9000000000000,9000000000000,0,0,'warehouse',1,FALSE),\
                 (902,'notice','{}','waiting',9000000000000,9000000000000,0,0,'hub',1,FALSE)";
    hub.sql(later).await;
    assert_eq!((clerk.read("/jobs").await["total"].as_i64(), admin.read("/jobs").await["total"].as_i64()), (Some(1), Some(2)));
    assert_eq!(admin.read("/jobs?mine=true").await["total"], 0);
    assert_eq!((clerk.get("/jobs/902").await.0, clerk.post("/jobs/902/cancel", json!({})).await.0), (404, 404));
    assert_eq!(clerk.post("/jobs/901/retry", json!({})).await.1["rule"], "job_failed");
    assert_eq!(clerk.post("/jobs/901/cancel", json!({})).await.1["state"], "cancelled");
    assert_eq!(clerk.post("/jobs/901/cancel", json!({})).await.1["rule"], "job_open");
    // A worker may have it before the answer is written.
    let (status, again) = clerk.post("/jobs/901/retry", json!({})).await;
    assert!(status == 200 && again["attempts"].as_i64().is_some_and(|attempts| attempts <= 1), "{again}");
    for path in ["/schedules", "/schedule-kinds", "/channels", "/webhooks", "/webhook-deliveries", "/channels/1", "/webhooks/1"] {
        assert_eq!((clerk.get(path).await.0, auditor.get(path).await.0), (403, 403), "{path}");
    }
    for path in ["/schedules/9", "/channels/9", "/channels/9/messages", "/webhooks/9", "/webhook-deliveries/9", "/jobs/9"] {
        assert_eq!(admin.get(path).await.0, 404, "{path}");
    }
    assert_eq!(clerk.post("/schedules", daily("x")).await.0, 403);
    hub.stop().await;
}

#[tokio::test]
async fn addresses_and_secrets_go_in_and_never_come_out() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let bot = "https://open.feishu.cn/open-apis/bot/v2/hook/hidden-path";
    let (status, channel) = admin
        .post("/channels", json!({"name": "店长群", "way": "feishu", "target": bot, "secret": "hidden-secret", "kinds": ["edge_away"]}))
        .await;
    assert_eq!((status, channel["signed"].as_bool()), (201, Some(true)), "{channel}");
    let hook = json!({"name": "ERP", "url": "https://erp.example.com/hidden-path?key=hidden-secret", "kinds": ["exception"]});
    let (status, webhook) = admin.post("/webhooks", hook).await;
    assert_eq!((status, webhook["host"].as_str()), (201, Some("erp.example.com")));
    assert!(webhook["secret"].as_str().unwrap().starts_with("whsec_"), "shown once");
    let id = webhook["id"].as_i64().unwrap();
    let change = |name: &str| {
        let request = admin.request(Method::PUT, &format!("/webhooks/{id}")).header("if-match", "\"1\"");
        request.json(&json!({"name": name, "kinds": []}))
    };
    let (status, changed) = answer(change("ERP 2")).await;
    assert_eq!((status, changed["host"].as_str(), changed["version"].as_i64()), (200, Some("erp.example.com"), Some(2)));
    assert_eq!(answer(change("ERP 3")).await.0, 412);
    for path in ["/channels", "/webhooks", "/channels/1", "/webhooks/1"] {
        let text = admin.read(path).await.to_string();
        assert!(!text.contains("hidden") && !text.contains("whsec_"), "{path}: {text}");
    }
    let trail = "SELECT COUNT(*) FROM audit WHERE CAST(new AS TEXT) LIKE '%hidden%' OR CAST(old AS TEXT) LIKE '%hidden%'";
    assert_eq!(hub.number(trail).await, 0);
    assert_ne!(admin.post(&format!("/webhooks/{id}/secret"), json!({})).await.1["secret"], webhook["secret"]);
    hub.stop().await;
}

#[tokio::test]
async fn what_will_not_do_is_refused_with_rule_and_field() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let bot = json!({"name": "群", "way": "wecom", "target": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K"});
    let hook = json!({"name": "ERP", "url": "https://erp.example.com/x"});
    let cases = [
        ("/schedules", with(daily("x"), "cron", json!("at nine")), "cron"),
        ("/schedules", with(daily("x"), "time_zone", json!("Mars/Base")), "time_zone"),
        ("/schedules", with(daily("x"), "kind", json!("notice")), "kind_schedulable"),
        ("/schedules", with(daily("x"), "site", json!(99)), "site_exists"),
        ("/schedules", with(daily("x"), "args", json!([1])), "args_object"),
        ("/schedules", with(daily("x"), "name", json!(" ")), "name_length"),
        ("/schedule-preview", json!({"cron": "61 9 * * *"}), "cron"),
        ("/channels", with(bot.clone(), "target", json!("https://127.0.0.1/x")), "outside_address"),
        ("/channels", with(bot.clone(), "target", json!("http://qyapi.weixin.qq.com/x")), "outside_address"),
        ("/channels", with(bot.clone(), "kinds", json!(["weather"])), "kind_exists"),
        ("/channels", with(bot.clone(), "language", json!("fr")), "language"),
        ("/channels", json!({"name": "x", "way": "mail", "target": "nobody"}), "mail_address"),
        ("/channels", json!({"name": "x", "way": "wecom"}), "value_given"),
        ("/webhooks", with(hook.clone(), "url", json!("https://[::1]/x")), "outside_address"),
        ("/webhooks", with(hook.clone(), "url", json!("https://169.254.169.254/latest")), "outside_address"),
        ("/webhooks", with(hook.clone(), "kinds", json!(["weather"])), "kind_exists"),
    ];
    for (path, body, rule) in cases {
        let (status, answer) = admin.post(path, body.clone()).await;
        assert_eq!((status, answer["rule"].as_str()), (422, Some(rule)), "{path} {body}: {answer}");
    }
    let choices = json!({"kinds": [{"kind": "exception", "app": true, "mail": true}]});
    let (status, body) = answer(admin.request(Method::PUT, "/notification-choices").json(&choices)).await;
    assert_eq!((status, body["field"].as_str()), (422, Some("mail")));
    assert_eq!(admin.post("/channels", bot.clone()).await.0, 201);
    assert_eq!(admin.post("/channels", bot).await.1["rule"], "name_free");
    hub.stop().await;
}
