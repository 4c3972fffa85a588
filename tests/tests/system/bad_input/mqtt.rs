//! Hostile messages over MQTT, and logins that are somebody else's.

use std::time::Duration;

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::envelope::open;
use qitao_domain::protocol::{Down, MAX_MESSAGE, Welcome, decode_down, topic_down, topic_up};
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

use super::rogue::Heard;
use super::{PATIENCE, Rogue, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_over_mqtt_are_dropped_or_become_cases_and_the_hub_goes_on() {
    let mut scene = Scene::set(1).await;
    let good = scene.at_a_shelf(0).await;
    let rogue = Rogue::join(&scene.hub, &scene.api).await;
    let (port, own) = (scene.hub.mqtt.port(), topic_up(&rogue.id));
    let victim = EdgeId::new(scene.hub.shown["edge"]["id"].as_str().unwrap()).unwrap();

    let mut forged = rogue.sealed(&rogue.hello());
    forged[10] ^= 1;
    let mut other_layout = rogue.sealed(b"{}");
    other_layout[0] = 9;
    let facts: Vec<Value> = std::iter::repeat_n(Value::Null, 5_000).collect();
    let payloads: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no envelope", b"hello".to_vec()),
        ("another layout", other_layout),
        ("signed noise", rogue.sealed(b"\xff\xfe\0\0")),
        ("signed deep arrays", rogue.sealed("[".repeat(100_000).as_bytes())),
        ("signed deep objects", rogue.sealed(r#"{"a":"#.repeat(40_000).as_bytes())),
        ("a hello without anything", rogue.sealed(br#"{"type":"hello"}"#)),
        ("a message of the future", rogue.sealed(br#"{"type":"selfie"}"#)),
        (
            "a batch before any welcome",
            rogue.sealed(json!({"type":"batch","link":1,"epoch":1,"first":1,"facts":facts}).to_string().as_bytes()),
        ),
        ("numbers beyond all measure", rogue.sealed(br#"{"type":"tasks_ack","through":1e999}"#)),
        ("the highest number", rogue.sealed(br#"{"type":"tasks_ack","through":18446744073709551615}"#)),
        ("a wrong signature", forged),
        ("the longest message", rogue.sealed(&vec![b' '; MAX_MESSAGE - 65])),
    ];
    for (what, payload) in payloads {
        let heard = rogue.say(port, &own, QoS::AtLeastOnce, payload).await;
        println!("{what}: {heard:?}");
        assert_ne!(heard, Heard::Nothing, "{what}");
        scene.hub_is_well().await;
    }
    assert_eq!(rogue.say(port, &own, QoS::AtLeastOnce, vec![1; 2 << 20]).await, Heard::CutOff, "too large");
    let theirs = rogue.sealed(&rogue.hello());
    assert_eq!(rogue.say(port, &topic_up(&victim), QoS::AtLeastOnce, theirs.clone()).await, Heard::CutOff, "another edge's topic");
    assert_eq!(rogue.say(port, &topic_down(&victim), QoS::AtLeastOnce, theirs.clone()).await, Heard::CutOff, "the hub's place");
    assert_ne!(rogue.say(port, &own, QoS::ExactlyOnce, theirs.clone()).await, Heard::Confirmed, "a quality that is not offered");
    let with = |change: &dyn Fn(&mut MqttOptions)| {
        let mut options = rogue.options(port);
        change(&mut options);
        options
    };
    let last_will = LastWill::new(topic_up(&victim), theirs.clone(), QoS::AtLeastOnce, true);
    for (what, options) in [
        ("a last will", with(&|options| _ = options.set_last_will(last_will.clone()))),
        ("another's name", with(&|options| _ = options.set_credentials(victim.as_str(), &rogue.login.1))),
        ("another's name as client", MqttOptions::new(victim.as_str(), "127.0.0.1", port)),
        ("a guess", with(&|options| _ = options.set_credentials(&rogue.login.0, "guess"))),
    ] {
        assert!(!connects(options).await, "{what}");
    }
    assert!(connects(rogue.options(port)).await, "as itself it may");
    for filter in ["#", "qitao/v1/+/down", "qitao/v1/+/up", "$SYS/#", &topic_down(&victim)] {
        assert!(!may_listen(&rogue, port, filter).await, "{filter}");
    }
    scene.hub_is_well().await;

    // A welcomed edge whose facts are rubbish: each is kept and becomes a case, and the stream goes on.
    let (client, mut events) = rogue.connect(port).await;
    client.publish(&own, QoS::AtLeastOnce, false, rogue.sealed(&rogue.hello())).await.unwrap();
    let welcome: Welcome = down(&mut events, |down| if let Down::Welcome(welcome) = down { Some(welcome) } else { None }).await;
    let rubbish =
        [json!(null), json!({"scan": 5}), json!([[[[[[[["deep"]]]]]]]]), json!({"scan": "x", "effects": "\u{0}"}), json!("\u{feff}")];
    let batch = json!({"type": "batch", "link": welcome.link, "epoch": welcome.epoch, "first": welcome.committed.0 + 1, "facts": rubbish});
    client.publish(&own, QoS::AtLeastOnce, false, rogue.sealed(batch.to_string().as_bytes())).await.unwrap();
    let wanted = welcome.committed.0 + rubbish.len() as u64;
    down(&mut events, |down| matches!(down, Down::Ack { committed, .. } if committed.0 == wanted).then_some(())).await;
    drop((client, events));

    let of_rogue = |cases: &[Value]| cases.iter().filter(|case| case["edge"] == rogue.id.as_str()).count();
    assert!(of_rogue(&scene.cases("unreadable_fact").await) > 0);
    let forged = scene.cases("bad_signature").await;
    assert_eq!((of_rogue(&forged), forged.len()), (1, 1), "{forged:#?}");

    assert_eq!(scene.scan(0, &good).await["verdict"]["is"], "put_away");
    scene.drained().await;
    scene.hub_is_well().await;
    scene.nobody_panicked();
}

/// The next message of the hub that fits.
async fn down<T>(events: &mut EventLoop, mut wanted: impl FnMut(Down) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = events.poll().await.unwrap()
                && let Some(found) = wanted(decode_down(open(&publish.payload).unwrap().1).unwrap())
            {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap()
}

async fn connects(options: MqttOptions) -> bool {
    let (_client, mut events) = AsyncClient::new(options, 8);
    let connected = async {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), connected).await.unwrap_or(false)
}

async fn may_listen(rogue: &Rogue, port: u16, filter: &str) -> bool {
    let (client, mut events) = AsyncClient::new(rogue.options(port), 8);
    client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
    let granted = async {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    return ack.return_codes.iter().all(|code| matches!(code, rumqttc::SubscribeReasonCode::Success(_)));
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), granted).await.unwrap_or(false)
}
