//! Telling, against servers that behave as the vendors' do.

use qitao_domain::ids::EdgeId;
use sea_orm::EntityTrait;
use serde_json::json;

use super::people::{self, Choice, Choices};
use super::rig::{Bots, NOON, Post, Rig, SECRET};
use super::*;
use crate::db::entity::{channel, message, notification};
use crate::edges::Fleet;
use crate::http::page::PageQuery;
use crate::http::problem::Language;
use crate::ingest::cases::{self, Again, Case};
use crate::live::What;

async fn told(rig: &Rig) -> Vec<i64> {
    let mut users: Vec<i64> = notification::Entity::find().all(rig.db.read()).await.unwrap().into_iter().map(|row| row.user_id).collect();
    users.sort_unstable();
    users
}

#[tokio::test]
async fn a_case_is_told_to_those_who_have_the_right_and_see_the_site_and_nobody_else() {
    let rig = Rig::new(Rig::settings()).await;
    let (_, mut watching) = rig.telling.live.watch(None);
    rig.case("unknown_barcode", "690123").await;
    assert!(told(&rig).await.is_empty(), "before the job nothing is told");
    rig.jobs.run_due().await.unwrap();
    assert_eq!(told(&rig).await, [1, 2, 3]);
    let seen: Vec<_> = std::iter::from_fn(|| watching.try_recv().ok()).collect();
    assert!(seen.iter().all(|event| matches!(event.what, What::Notification { user: 1..=3, .. })) && seen.len() == 3);
    let page = people::list(rig.db.read(), 2, true, &PageQuery::default(), Language::Chinese).await.unwrap();
    assert_eq!((page.items[0].title.as_str(), page.items[0].body.as_str()), ("新异常：不认识的条码", "上海一仓 · 690123"));
    assert_eq!(page.items[0].link, "/exceptions/7");
}

#[tokio::test]
async fn nothing_is_told_of_a_change_that_was_rolled_back_and_a_key_is_told_once() {
    let rig = Rig::new(Rig::settings()).await;
    let notice = || Notice::to_those_with(Right::Hub, "channel_failed", None, json!({"name": "x"}), "/").once("x:1");
    let tx = rig.db.begin().await.unwrap();
    assert!(notify(&tx, notice(), NOON).await.unwrap().is_some());
    drop(tx);
    rig.jobs.run_due().await.unwrap();
    assert!(told(&rig).await.is_empty());
    for first in [true, false] {
        let tx = rig.db.begin().await.unwrap();
        assert_eq!(notify(&tx, notice(), NOON).await.unwrap().is_some(), first);
        tx.commit().await.unwrap();
    }
    rig.jobs.run_due().await.unwrap();
    assert_eq!(told(&rig).await, [1]);
}

#[tokio::test]
async fn the_same_matter_is_counted_until_it_is_read_and_then_told_anew() {
    let rig = Rig::new(Rig::settings()).await;
    for _ in 0..5 {
        rig.case("unknown_barcode", "").await;
    }
    rig.case("short_pick", "").await;
    rig.jobs.run_due().await.unwrap();
    let page = people::list(rig.db.read(), 3, true, &PageQuery::default(), Language::Chinese).await.unwrap();
    let mut titles: Vec<_> = page.items.iter().map(|row| row.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["5 个新异常：不认识的条码", "新异常：拣货缺件"]);
    assert_eq!(unread(rig.db.read(), 3).await.unwrap(), 2);
    assert_eq!(people::read(&rig.db, 3, None, NOON).await.unwrap(), 2);
    rig.case("unknown_barcode", "").await;
    rig.jobs.run_due().await.unwrap();
    let page = people::list(rig.db.read(), 3, true, &PageQuery::default(), Language::Chinese).await.unwrap();
    assert_eq!((page.total, page.items[0].title.as_str()), (1, "新异常：不认识的条码"));
    assert_eq!(unread(rig.db.read(), 2).await.unwrap(), 2, "what one reads stays unread for others");
}

#[tokio::test]
async fn whoever_does_not_want_a_kind_is_not_told_and_mail_goes_to_whoever_wants_it() {
    let (post, smtp) = Post::start().await;
    let settings = Settings { smtp: Some(smtp), mail_from: Some("齐套 <qitao@example.com>".into()), ..Rig::settings() };
    let rig = Rig::new(settings).await;
    let choice = |app, mail| Choice { kind: "exception".into(), name: String::new(), app, mail };
    let vault = &rig.telling.vault;
    let by_mail = Choices { mail: Some("li@example.com".into()), kinds: vec![choice(false, true)] };
    people::choose(&rig.db, vault, (3, "warehouse"), &by_mail).await.unwrap();
    people::choose(&rig.db, vault, (2, "manager"), &Choices { mail: None, kinds: vec![choice(false, false)] }).await.unwrap();
    post.refuse("451 come back later");
    rig.case("unknown_barcode", "690123").await;
    rig.case("short_pick", "").await;
    rig.run_for(10 * 60_000).await;
    assert_eq!(told(&rig).await, [1, 1]);
    let letters = post.letters();
    assert_eq!(letters.len(), 1, "both go in one letter, once the server takes it");
    assert!(letters[0].contains("To: li@example.com") && letters[0].contains("Message-ID: <notice-2-3@example.com>"), "{}", letters[0]);
    assert_eq!(rig.number("SELECT COUNT(*) FROM message WHERE state = 'sent'").await, 2);
    post.refuse("550 no such user");
    rig.case("printer", "").await;
    rig.run_for(60_000).await;
    let failed = message::Entity::find().all(rig.db.read()).await.unwrap().into_iter().find(|row| row.state == "failed").unwrap();
    assert_eq!(failed.last_error.as_deref(), Some("the mail server answered 550"));
}

#[tokio::test]
async fn every_vendors_bot_gets_a_signed_message_with_a_link() {
    let rig = Rig::new(Rig::settings()).await;
    let (bots, address) = Bots::start(&rig.clock).await;
    rig.channel("feishu", &format!("{address}/feishu/hook"), Some(SECRET)).await;
    rig.channel("dingtalk", &format!("{address}/dingtalk/send?access_token=T"), Some(SECRET)).await;
    rig.channel("wecom", &format!("{address}/wecom/send?key=K"), None).await;
    rig.case("short_pick", "T-7").await;
    rig.jobs.run_due().await.unwrap();
    let taken = bots.taken();
    let mut ways: Vec<_> = taken.iter().map(|(way, ..)| way.as_str()).collect();
    ways.sort_unstable();
    assert_eq!(ways, ["dingtalk", "feishu", "wecom"]);
    for (way, _, body) in taken {
        let text = body.to_string();
        assert!(
            text.contains("拣货缺件") && text.contains("T-7") && text.contains("https://hub.example.com/exceptions/7"),
            "{way}: {text}"
        );
    }
}

#[tokio::test]
async fn a_burst_goes_as_a_digest_and_a_steady_stream_keeps_the_vendors_pace() {
    let rig = Rig::new(Rig::settings()).await;
    let (bots, address) = Bots::start(&rig.clock).await;
    rig.channel("wecom", &format!("{address}/wecom/send?key=K"), None).await;
    for n in 0..60 {
        rig.case("unknown_barcode", &n.to_string()).await;
    }
    rig.run_for(1_000).await;
    let first = bots.taken();
    assert!(first.len() <= 2, "{} messages", first.len());
    assert!(first.iter().any(|(.., body)| body.to_string().contains("条通知")));
    // One every second for two minutes: none is refused by the vendor, and all are told.
    for n in 0..120 {
        rig.case("short_pick", &n.to_string()).await;
        rig.run_for(1_000).await;
    }
    rig.run_for(120_000).await;
    assert_eq!(rig.number("SELECT COUNT(*) FROM message WHERE state = 'sent'").await, 180);
    assert_eq!(rig.number("SELECT COUNT(*) FROM job WHERE last_error IS NOT NULL").await, 0);
    let times: Vec<i64> = bots.taken().iter().map(|(_, at, _)| *at).collect();
    assert!(times.windows(21).all(|window| window[20] - window[0] >= 60_000), "{times:?}");
}

#[tokio::test]
async fn a_vendors_lock_out_is_waited_for_and_nothing_is_lost() {
    let rig = Rig::new(Rig::settings()).await;
    let (bots, address) = Bots::start(&rig.clock).await;
    rig.channel("dingtalk", &format!("{address}/dingtalk/send?access_token=T"), Some(SECRET)).await;
    bots.answer(200, json!({"errcode": 130101, "errmsg": "send too fast"}));
    rig.case("printer", "").await;
    rig.run_for(599_000).await;
    assert!(bots.taken().is_empty());
    rig.run_for(10_000).await;
    assert_eq!(bots.taken().len(), 1);
    // A server that is down for a while.
    bots.answer(502, json!("bad gateway"));
    bots.answer(200, json!("what?"));
    rig.case("printer", "").await;
    rig.run_for(120_000).await;
    assert_eq!(bots.taken().len(), 2);
    assert_eq!(rig.number("SELECT COUNT(*) FROM message WHERE state = 'sent'").await, 2);
}

#[tokio::test]
async fn a_bot_that_refuses_is_told_to_whoever_runs_the_hub_without_its_address_or_secret() {
    let rig = Rig::new(Rig::settings()).await;
    let (_, address) = Bots::start(&rig.clock).await;
    rig.channel("feishu", &format!("{address}/feishu/secret-path"), Some("SECwrong")).await;
    rig.case("printer", "").await;
    rig.run_for(60_000).await;
    let failed = message::Entity::find().one(rig.db.read()).await.unwrap().unwrap();
    assert_eq!(failed.state, "failed");
    assert!(failed.last_error.as_deref().unwrap().contains("19021"));
    let page = people::list(rig.db.read(), 1, true, &PageQuery::default(), Language::English).await.unwrap();
    let complaint = page.items.iter().find(|row| row.kind == "channel_failed").unwrap();
    assert_eq!(complaint.title, "Not sent: feishu");
    let channel = channel::Entity::find().one(rig.db.read()).await.unwrap().unwrap();
    for text in [complaint.body.clone(), channel.last_error.unwrap()] {
        assert!(!text.contains("SECwrong") && !text.contains("secret-path"), "{text}");
    }
    assert_eq!(rig.number("SELECT COUNT(*) FROM message WHERE channel_id = 1").await, 1, "it is not told of its own failure");
}

#[tokio::test]
async fn a_hub_killed_while_it_sends_sends_again_within_the_limits() {
    let rig = Rig::new(Rig::settings()).await;
    let (bots, address) = Bots::start(&rig.clock).await;
    rig.channel("wecom", &format!("{address}/wecom/send?key=K"), None).await;
    rig.case("printer", "").await;
    // Killed after it took the channel and wrote down that it sends.
    rig.sql(&format!("UPDATE channel SET busy_until_ms = {}, sent = '[{NOON}]'", NOON + 60_000)).await;
    rig.run_for(59_000).await;
    assert!(bots.taken().is_empty());
    rig.run_for(5_000).await;
    assert_eq!(bots.taken().len(), 1);
}

#[tokio::test]
async fn the_figures_of_yesterday_reach_those_who_lead_the_site_and_its_group_not_at_the_full_hour() {
    let rig = Rig::new(Rig::settings()).await;
    let (bots, address) = Bots::start(&rig.clock).await;
    rig.channel("wecom", &format!("{address}/wecom/send?key=K"), None).await;
    rig.sql("UPDATE channel SET site_id = 1").await;
    rig.sql(&format!(
        "INSERT INTO task (number, kind, site_id, reference, state, created_ms, created_by, finished_ms) \
         VALUES ('T-1','pick',1,'','finished',1,'x',{})",
        NOON - 86_400_000
    ))
    .await;
    let tx = rig.db.begin().await.unwrap();
    let args = json!({"schedule": 1, "planned_ms": NOON, "time_zone": "Asia/Shanghai", "site": null});
    jobs::put(&tx, NewJob::new("daily_summary", args, "hub", NOON).once("schedule:1:1")).await.unwrap();
    tx.commit().await.unwrap();
    rig.run_for(6_000).await;
    assert_eq!(told(&rig).await, [1, 1, 2, 4], "site 1 and site 2, each to its own, both to the administrator");
    assert!(bots.taken().is_empty());
    rig.run_for(115_000).await;
    let taken = bots.taken();
    assert_eq!(taken.len(), 1, "the group of site 1 hears of site 1");
    assert!(taken[0].2.to_string().contains("完成任务 1 个"), "{}", taken[0].2);
}

#[tokio::test]
async fn a_new_case_is_told_to_those_who_may_resolve_it_and_one_that_comes_again_is_not() {
    let rig = Rig::new(Rig::settings()).await;
    for _ in 0..3 {
        let case = Case { kind: "count_variance", site: Some(1), edge: None, key: "c:1".into(), data: json!({}), again: Again::Count };
        let tx = rig.db.begin().await.unwrap();
        cases::open(&tx, case, NOON).await.unwrap();
        tx.commit().await.unwrap();
    }
    rig.jobs.run_due().await.unwrap();
    assert_eq!(told(&rig).await, [1, 2], "approving is not for everybody");
    assert_eq!(rig.number("SELECT MAX(count) FROM notification").await, 1);
}

#[tokio::test]
async fn an_edge_that_is_away_is_told_once_and_once_more_when_it_is_back() {
    let rig = Rig::new(Rig::settings()).await;
    let columns = "id, site_id, name, public_key, disabled, epoch, committed, boot, next_seq_seen, last_seen_ms, clock_skew_ms, agent, \
                   tasks_acked, created_ms";
    let hour_ago = NOON - 3_600_000;
    rig.sql(&format!("INSERT INTO edge ({columns}) VALUES ('e1',1,'收货口','k',FALSE,1,0,0,1,{hour_ago},0,'',0,0)")).await;
    let (fleet, edge, minute) = (Fleet::open(rig.db.clone()).await.unwrap(), EdgeId::new("e1").unwrap(), 60_000);
    // The hub itself was away: it cannot say of anybody that they were not there.
    watch(&fleet, 10, NOON, NOON + 9 * minute).await.unwrap();
    assert_eq!(rig.number("SELECT COUNT(*) FROM notice").await, 0);
    for at in [10, 11, 600] {
        watch(&fleet, 10, NOON, NOON + at * minute).await.unwrap();
    }
    // Also after the hub was started again.
    watch(&fleet, 10, NOON + 700 * minute, NOON + 720 * minute).await.unwrap();
    fleet.presence.came(&edge, 1, NOON + 730 * minute);
    for at in [731, 740] {
        watch(&fleet, 10, NOON, NOON + at * minute).await.unwrap();
    }
    rig.jobs.run_due().await.unwrap();
    rig.run_for(1_000 * minute).await;
    assert_eq!(rig.number("SELECT COUNT(*) FROM notice WHERE kind = 'edge_away'").await, 1);
    assert_eq!(rig.number("SELECT COUNT(*) FROM notice WHERE kind = 'edge_back'").await, 1);
    assert_eq!(told(&rig).await, [1, 1, 2, 2]);
    let page = people::list(rig.db.read(), 2, true, &PageQuery::default(), Language::Chinese).await.unwrap();
    assert!(page.items[0].body.contains("13 小时 11 分钟"), "{}", page.items[0].body);
}
