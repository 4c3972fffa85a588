//! What groups are told of selling: every win at once, and every morning the day before.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};
use crate::orders::act;
use crate::tell::until;

/// A vendor's server that keeps what arrives: in which group, and the words.
#[derive(Clone, Default)]
struct Groups(Arc<Mutex<Vec<(String, String)>>>);

impl Groups {
    async fn start() -> (Self, String) {
        let groups = Self::default();
        let keeping = groups.clone();
        let take = move |axum::extract::Path(group): axum::extract::Path<String>, body: String| {
            keeping.0.lock().unwrap().push((group, body));
            std::future::ready(axum::Json(json!({"code": 0, "errcode": 0})))
        };
        let app = axum::Router::new().route("/{group}", axum::routing::post(take));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (groups, base)
    }

    fn of(&self, group: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|(one, _)| one == group).map(|(_, words)| words.clone()).collect()
    }

    /// Waits until so many messages are in a group; at most five seconds.
    async fn until(&self, group: &str, many: usize) -> Vec<String> {
        let begun = Instant::now();
        while self.of(group).len() < many {
            assert!(begun.elapsed() < Duration::from_secs(5), "{group} has {:?}", self.of(group));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.of(group)
    }
}

async fn organisation(admin: &Desk, site: &str) -> Value {
    admin.read(&format!("/organisations?q={site}")).await["items"][0]["id"].clone()
}

async fn channel(admin: &Desk, name: &str, way: &str, base: &str, organisation: &Value, kinds: Value) {
    let wanted = json!({"name": name, "way": way, "target": format!("{base}/{name}"), "organisation": organisation, "kinds": kinds});
    let (status, made) = admin.post("/channels", wanted).await;
    assert_eq!((status, &made["organisation"]), (201, organisation), "{made}");
}

async fn sold(desk: &Desk, price: &str, splits: Value) -> Value {
    let customer = made(desk, json!({"name": "王女士"})).await["id"].clone();
    let order = json!({"customer": customer, "address": "上海市徐汇区漕溪北路 88 号", "note": "门铃坏了，打 13912345678",
        "lines": [{"item": 2, "quantity": "1", "price": price}], "splits": splits});
    let (status, order) = desk.post("/orders", order).await;
    assert_eq!(status, 201, "{order}");
    let (status, confirmed) = act(desk, &order["id"], "confirm", json!({"without_goods": true})).await;
    assert_eq!((status, &confirmed["state"]), (200, &json!("confirmed")), "{confirmed}");
    order["id"].clone()
}

#[tokio::test]
async fn a_win_is_in_the_groups_of_its_organisation_within_seconds_once_and_without_the_customer() {
    let hub = Running::start_with(|config| config.outside.private_addresses = true).await;
    let admin = hub.sign_in("admin").await;
    let (groups, base) = Groups::start().await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (han, _) = somebody(&hub, &admin, "han", "sales", "SH01").await;
    let (far, other) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let (own, beside) = (organisation(&admin, "SH01").await, organisation(&admin, "XH01").await);
    channel(&admin, "own", "feishu", &base, &own, json!(["win_report"])).await;
    channel(&admin, "beside", "wecom", &base, &beside, json!(["win_report"])).await;
    channel(&admin, "chain", "dingtalk", &base, &Value::Null, json!(["win_report"])).await;
    channel(&admin, "work", "wecom", &base, &Value::Null, json!([])).await;
    let both = json!({"name": "x", "way": "wecom", "target": base, "site": 1, "organisation": own});
    assert_eq!(admin.post("/channels", both).await.1["rule"], "one_place");

    let first = sold(&seller, "1280.50", json!([{"person": li, "share": 7000}, {"person": han, "share": 3000}])).await;
    let told = groups.until("own", 1).await;
    for words in ["战报：上海一仓 成交 ¥1,280.50", "销售：li小明、han小明", "今日累计：1 单，¥1,280.50", "今日排名：第 1 名", "订单：SO0"]
    {
        assert!(told[0].contains(words), "{words}: {}", told[0]);
    }
    for private in ["王女士", "138", "139", "漕溪", "门铃"] {
        assert!(!told[0].contains(private), "{private}: {}", told[0]);
    }
    groups.until("chain", 1).await;
    // A store that sells more is first; the next order says how the day stands then.
    sold(&other, "5000.00", json!([{"person": far, "share": 10000}])).await;
    assert!(groups.until("beside", 1).await[0].contains("第 1 名"));
    sold(&seller, "300.00", json!([{"person": li, "share": 10000}])).await;
    let told = groups.until("own", 2).await;
    assert!(told[1].contains("今日累计：2 单，¥1,580.50") && told[1].contains("今日排名：第 2 名"), "{}", told[1]);
    // What is called off counts no more.
    assert_eq!(act(&seller, &first, "cancel", json!({"reason": "客户改了主意"})).await.0, 200);
    sold(&seller, "100.00", json!([{"person": li, "share": 10000}])).await;
    assert!(groups.until("own", 3).await[2].contains("今日累计：2 单，¥400.00"));
    // A hub that is killed behind the message may do the job again: nobody is told twice.
    hub.sql("UPDATE job SET state = 'waiting', due_ms = 1, run_at_ms = 1, ended_ms = NULL WHERE kind = 'order_won'").await;
    for _ in 0..100 {
        if hub.number("SELECT COUNT(*) FROM job WHERE state <> 'done' AND kind = 'order_won'").await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(hub.number("SELECT COUNT(*) FROM job WHERE state = 'done' AND kind = 'order_won'").await, 4);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(["own", "beside", "chain", "work"].map(|group| groups.of(group).len()), [3, 1, 4, 0]);
    // Nobody is asked whether they want to hear of it in their pages: it is for groups.
    assert!(!seller.read("/notification-choices").await.to_string().contains("win_report"));
    hub.stop().await;
}

#[tokio::test]
async fn the_day_before_is_told_once_to_each_group_that_asks_however_often_it_is_run() {
    let hub = Running::start_with(|config| config.outside.private_addresses = true).await;
    let admin = hub.sign_in("admin").await;
    let (groups, base) = Groups::start().await;
    let (li, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let (far, other) = somebody(&hub, &admin, "far", "store_manager", "XH01").await;
    let own = organisation(&admin, "SH01").await;
    channel(&admin, "own", "feishu", &base, &own, json!(["sales_report"])).await;
    channel(&admin, "chain", "wecom", &base, &Value::Null, json!(["sales_report", "win_report"])).await;
    for (desk, person, price) in [(&seller, li, "1000.00"), (&seller, li, "200.00"), (&other, far, "3000.00")] {
        sold(desk, price, json!([{"person": person, "share": 10000}])).await;
    }
    let yesterday = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date().yesterday().unwrap();
    hub.sql(&format!("UPDATE sales_order SET confirmed_on = '{yesterday}'; UPDATE sales_day SET day = '{yesterday}'")).await;
    let schedules = admin.read("/schedules").await;
    let report = schedules["items"].as_array().unwrap().iter().find(|row| row["kind"] == "sales_report").unwrap();
    assert_eq!(
        (&report["cron"], &report["enabled"], &report["zone"]),
        (&json!("0 9 * * *"), &json!(true), &json!("Asia/Shanghai")),
        "{report}"
    );
    for _ in 0..2 {
        let (status, run) = answer(admin.request(Method::POST, &format!("/schedules/{}/run", report["id"]))).await;
        assert_eq!(status, 202, "{run}");
        until(&admin, &format!("/jobs/{}", run["job"]), |job| job["state"] == "done").await;
    }
    let waiting = "SELECT COUNT(*) FROM message m JOIN notice n ON n.id = m.notice_id WHERE n.kind = 'sales_report'";
    for _ in 0..100 {
        if hub.number(waiting).await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(hub.number("SELECT COUNT(*) FROM notice WHERE kind = 'sales_report'").await, 2, "one for each organisation that asks");
    assert_eq!(hub.number(waiting).await, 2, "one for each group");
    // It is sent within two minutes after the hour; the test does not wait.
    hub.sql("UPDATE job SET due_ms = 1, run_at_ms = 1 WHERE kind = 'channel' AND state = 'waiting'").await;
    let told = groups.until("own", 1).await;
    for words in
        ["昨日业绩快报", "上海一仓", "成交 2 单，¥1,200.00（前一天 0 单，¥0.00）", "1. 上海一仓 ¥1,200.00（2 单）", "1. li小明 ¥1,200.00"]
    {
        assert!(told[0].contains(words), "{words}: {}", told[0]);
    }
    assert!(!told[0].contains("徐汇店") && !told[0].contains("王女士"), "{}", told[0]);
    let begun = Instant::now();
    while !groups.of("chain").iter().any(|words| words.contains("昨日业绩快报")) {
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", groups.of("chain"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let chain: Vec<String> = groups.of("chain").into_iter().filter(|words| words.contains("昨日业绩快报")).collect();
    assert!(chain.len() == 1 && chain[0].contains("成交 3 单，¥4,200.00") && chain[0].contains("1. 徐汇店 ¥3,000.00（1 单）"), "{chain:?}");
    assert_eq!(groups.of("own").len(), 1);
    hub.stop().await;
}
