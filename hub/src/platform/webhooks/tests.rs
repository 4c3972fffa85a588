//! Webhooks against a receiver that checks signatures.

use sea_orm::{EntityTrait, QueryOrder};

use super::store::Wanted;
use super::*;
use crate::db::entity::webhook_attempt;
use crate::platform::notifications::rig::{NOON, Receiver, Rig};

struct Hooked {
    rig: Rig,
    receiver: Receiver,
    id: i64,
}

async fn hooked(kinds: &[&str], site: Option<i64>) -> Hooked {
    let rig = Rig::new(Rig::settings()).await;
    let secret = rules::new_secret();
    let (receiver, address) = Receiver::start(&secret).await;
    let wanted = Wanted {
        name: "ERP".into(),
        url: Some(format!("{address}/hook/secret-path")),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        site,
        enabled: true,
    };
    let id = store::create(&rig.db, &rig.telling.vault, wanted, &secret, ("admin", NOON), None).await.unwrap().id();
    Hooked { rig, receiver, id }
}

impl Hooked {
    async fn state(&self) -> String {
        let first = webhook_delivery::Entity::find().order_by_asc(webhook_delivery::Column::Id);
        first.one(self.rig.db.read()).await.unwrap().unwrap().state
    }
}

const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn an_event_arrives_signed_and_once() {
    let hook = hooked(&["exception"], Some(1)).await;
    hook.rig.case("printer", "P-1").await;
    hook.rig.run_for(60_000).await;
    let got = hook.receiver.got();
    assert_eq!((got.len(), hook.receiver.wrong()), (1, 0));
    let (id, seconds, body) = &got[0];
    assert_eq!((id.as_str(), *seconds), ("evt_1", NOON / 1_000));
    assert_eq!(
        (body["type"].as_str(), body["site"].as_i64(), body["data"]["case_kind"].as_str()),
        (Some("exception"), Some(1), Some("printer"))
    );
    assert_eq!(hook.state().await, "delivered");
}

#[tokio::test]
async fn a_receiver_that_is_down_for_hours_gets_it_later_with_the_same_id() {
    let hook = hooked(&[], None).await;
    for status in [500, 503, 302, 404, 500] {
        hook.receiver.answer(status, None);
    }
    hook.rig.case("printer", "").await;
    hook.rig.run_for(DAY).await;
    let got = hook.receiver.got();
    assert_eq!(got.len(), 6, "a redirect is not followed, it is a failure");
    assert!(got.iter().all(|(id, ..)| id == "evt_1"));
    assert_eq!((hook.state().await.as_str(), hook.rig.number("SELECT COUNT(*) FROM webhook_attempt").await), ("delivered", 6));
}

#[tokio::test]
async fn a_dead_delivery_is_told_once_an_hour_and_can_be_delivered_again() {
    let hook = hooked(&["exception"], None).await;
    for _ in 0..22 {
        hook.receiver.answer(500, None);
    }
    hook.rig.case("printer", "").await;
    hook.rig.case("printer", "").await;
    hook.rig.run_for(DAY).await;
    assert_eq!(hook.rig.number("SELECT COUNT(*) FROM webhook_delivery WHERE state = 'dead'").await, 2);
    let span = hook.rig.number("SELECT MAX(at_ms) - MIN(at_ms) FROM webhook_attempt").await;
    assert!((DAY * 7 / 10..=DAY).contains(&span), "{span}");
    assert_eq!(hook.rig.number("SELECT COUNT(*) FROM notification WHERE kind = 'webhook_dead' AND user_id = 1").await, 1);
    assert_eq!(hook.rig.number("SELECT COUNT(*) FROM notification WHERE kind = 'webhook_dead' AND user_id <> 1").await, 0);
    let now = hook.rig.clock.now_ms();
    store::redeliver(&hook.rig.db, 1, "admin", now).await.unwrap();
    assert!(matches!(store::redeliver(&hook.rig.db, 1, "admin", now).await, Err(WebhookError::UnderWay)));
    hook.rig.run_for(60_000).await;
    assert_eq!(hook.state().await, "delivered");
    assert_eq!(hook.receiver.got().last().unwrap().0, "evt_1");
}

#[tokio::test]
async fn a_receiver_that_says_when_is_asked_then_and_one_that_is_gone_is_left_alone() {
    let hook = hooked(&[], None).await;
    hook.receiver.answer(429, Some(("retry-after", "7200".into())));
    hook.receiver.answer(410, None);
    hook.rig.case("printer", "").await;
    hook.rig.run_for(7_000_000).await;
    assert_eq!(hook.receiver.got().len(), 1);
    hook.rig.run_for(1_000_000).await;
    assert_eq!((hook.receiver.got().len(), hook.state().await.as_str()), (2, "dead"));
    let webhook = webhook::Entity::find_by_id(hook.id).one(hook.rig.db.read()).await.unwrap().unwrap();
    assert!(!webhook.enabled);
    hook.rig.case("printer", "").await;
    hook.rig.run_for(60_000).await;
    assert_eq!(hook.receiver.got().len(), 2);
}

#[tokio::test]
async fn what_a_webhook_does_not_take_is_not_sent_and_errors_do_not_name_its_address() {
    let hook = hooked(&["exception"], Some(2)).await;
    hook.rig.case("printer", "").await;
    hook.rig.run_for(60_000).await;
    assert!(hook.receiver.got().is_empty());
    let nowhere = "http://127.0.0.1:1/secret-path?token=T".to_owned();
    let wanted = Wanted { name: "ERP".into(), url: Some(nowhere), kinds: vec![], site: None, enabled: true };
    store::change(&hook.rig.db, &hook.rig.telling.vault, hook.id, 1, wanted, "admin").await.unwrap();
    hook.rig.case("printer", "").await;
    hook.rig.run_for(1_000).await;
    let tried = webhook_attempt::Entity::find().one(hook.rig.db.read()).await.unwrap().unwrap();
    let error = tried.error.unwrap();
    assert!(!error.contains("secret-path") && !error.contains("token"), "{error}");
    let audit = hook.rig.number("SELECT COUNT(*) FROM audit WHERE entity = 'webhook' AND CAST(new AS TEXT) LIKE '%secret-path%'").await;
    assert_eq!(audit, 0);
}

#[tokio::test]
async fn without_the_setting_a_webhook_at_a_private_address_is_given_up_at_once() {
    let hook = hooked(&[], None).await;
    let strict = crate::platform::notifications::settings::Settings::default();
    let telling =
        Telling::new(hook.rig.db.clone(), crate::live::Live::default(), hook.rig.clock.clone(), strict, hook.rig.telling.vault.clone());
    let jobs = jobs::Jobs::new(hook.rig.db.clone(), hook.rig.clock.clone(), telling.handlers());
    hook.rig.case("printer", "").await;
    jobs.run_due().await.unwrap();
    assert_eq!((hook.state().await.as_str(), hook.receiver.got().len()), ("dead", 0));
}
