//! The real broker on a real socket, with a real client.

use std::time::Duration;

use qitao_domain::ids::Seq;
use qitao_domain::protocol::{Down, topic_down, topic_up};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Packet, QoS, SubscribeReasonCode,
    TlsConfiguration, Transport,
};

use super::{Setting, Taken, TlsFiles};
use crate::ingest::rig::{BIN_A, Edge, Rig, WARDROBE, put_away, rigs};
use crate::ingest::{Running, start};

async fn open() -> (Rig, Running) {
    open_with(None).await
}

async fn open_with(tls: Option<TlsFiles>) -> (Rig, Running) {
    let rig = rigs().await.swap_remove(0);
    let running = start(&rig.fleet, &Setting::Embedded { listen: ([127, 0, 0, 1], 0).into(), tls, per_address: 64 }).await.unwrap();
    (rig, running)
}

fn options(edge: &Edge, running: &Running) -> MqttOptions {
    let mut options = MqttOptions::new(edge.id.as_str(), "127.0.0.1", running.mqtt.unwrap().port());
    options.set_credentials(edge.id.as_str(), &edge.secret).set_clean_session(true).set_keep_alive(Duration::from_secs(10));
    options.set_max_packet_size(300 * 1024, 300 * 1024);
    options
}

async fn next(events: &mut EventLoop) -> Result<Packet, ConnectionError> {
    loop {
        if let Event::Incoming(packet) =
            tokio::time::timeout(Duration::from_secs(10), events.poll()).await.expect("the broker is silent")?
        {
            return Ok(packet);
        }
    }
}

/// The next message of the hub.
async fn heard(edge: &Edge, events: &mut EventLoop) -> Down {
    loop {
        if let Packet::Publish(publish) = next(events).await.unwrap() {
            assert_eq!(publish.topic, topic_down(&edge.id));
            return edge.open(&publish.payload);
        }
    }
}

async fn refusal(options: MqttOptions) -> ConnectReturnCode {
    let (_client, mut events) = AsyncClient::new(options, 8);
    match next(&mut events).await {
        Err(ConnectionError::ConnectionRefused(code)) => code,
        other => panic!("not refused: {other:?}"),
    }
}

async fn connected(edge: &Edge, running: &Running) -> (AsyncClient, EventLoop) {
    let (client, mut events) = AsyncClient::new(options(edge, running), 8);
    assert!(matches!(next(&mut events).await.unwrap(), Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success));
    (client, events)
}

#[tokio::test]
async fn an_edge_is_welcomed_sends_facts_is_acked_and_stock_changes() {
    let (rig, running) = open().await;
    let mut edge = rig.join().await;
    let (client, mut events) = connected(&edge, &running).await;
    client.subscribe(topic_down(&edge.id), QoS::AtLeastOnce).await.unwrap();
    let hello = edge.hello(Seq(1), 0);
    client.publish(topic_up(&edge.id), QoS::AtLeastOnce, false, edge.seal(&hello)).await.unwrap();
    let Down::Welcome(welcome) = heard(&edge, &mut events).await else { panic!("no welcome") };
    (edge.link, edge.epoch) = (welcome.link, welcome.epoch);
    let facts: Vec<_> = (1..=64).map(put_away).collect();
    client.publish(topic_up(&edge.id), QoS::AtLeastOnce, false, edge.seal(&edge.batch(1, &facts))).await.unwrap();
    let (mut tasks, mut datasets) = (false, false);
    loop {
        match heard(&edge, &mut events).await {
            Down::Ack { committed: Seq(64), .. } => break,
            Down::Tasks { first: 1, entries } => tasks = entries.len() == 2,
            Down::Datasets { datasets: all } => datasets = all.len() == 5,
            other => panic!("{other:?}"),
        }
    }
    assert!(tasks && datasets);
    assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 64);
    let row = crate::edges::row(&rig.fleet, &edge.id).await.unwrap().unwrap();
    assert_eq!((row.state, row.committed, row.epoch), ("online", 64, 1));
    rig.ties_out().await;
    assert!(rig.fleet.link.answers());
    running.stop().await;
    assert!(!rig.fleet.link.answers());
}

#[tokio::test]
async fn a_wrong_secret_name_or_will_is_refused_with_a_reason() {
    let (rig, running) = open().await;
    let (edge, other) = (rig.join().await, rig.join().await);
    let mut wrong = options(&edge, &running);
    wrong.set_credentials(edge.id.as_str(), &other.secret);
    assert_eq!(refusal(wrong).await, ConnectReturnCode::BadUserNamePassword);

    let mut none = MqttOptions::new(edge.id.as_str(), "127.0.0.1", running.mqtt.unwrap().port());
    none.set_clean_session(true);
    assert_ne!(refusal(none).await, ConnectReturnCode::Success);

    // The secret is right, but it is somebody else's client id.
    let mut foreign = MqttOptions::new(other.id.as_str(), "127.0.0.1", running.mqtt.unwrap().port());
    foreign.set_credentials(edge.id.as_str(), &edge.secret);
    assert_eq!(refusal(foreign).await, ConnectReturnCode::BadUserNamePassword);

    let mut will = options(&edge, &running);
    will.set_last_will(LastWill::new(topic_up(&other.id), "boo", QoS::AtLeastOnce, false));
    assert_eq!(refusal(will).await, ConnectReturnCode::NotAuthorized);
    running.stop().await;
}

#[tokio::test]
async fn topics_of_others_can_be_neither_read_nor_written() {
    let (rig, running) = open().await;
    let (edge, other) = (rig.join().await, rig.join().await);
    let (client, mut events) = connected(&edge, &running).await;
    for topic in [topic_down(&other.id), topic_up(&other.id), topic_up(&edge.id), "#".to_owned(), "qitao/v1/+/down".to_owned()] {
        client.subscribe(topic.clone(), QoS::AtLeastOnce).await.unwrap();
        let answer = next(&mut events).await.unwrap();
        assert!(matches!(&answer, Packet::SubAck(ack) if ack.return_codes == [SubscribeReasonCode::Failure]), "{topic}: {answer:?}");
    }
    client.publish(topic_down(&other.id), QoS::AtLeastOnce, false, "boo").await.unwrap();
    assert!(next(&mut events).await.is_err(), "the connection ends");
    running.stop().await;
}

#[tokio::test]
async fn rubbish_on_the_own_topic_and_on_the_socket_harms_nobody() {
    use tokio::io::AsyncWriteExt;
    let (rig, running) = open().await;
    let mut edge = rig.join().await;
    let address = running.mqtt.unwrap();
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 64],
        &[0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4],
        &[0x10, 0x00],
        &[0x30, 0x05, 0, 1, b'a', b'b', b'c'],
    ] {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let _ = socket.write_all(bytes).await;
    }
    let (client, mut events) = connected(&edge, &running).await;
    for payload in [vec![], vec![1; 65], vec![0xff; 100_000]] {
        client.publish(topic_up(&edge.id), QoS::AtLeastOnce, false, payload).await.unwrap();
        assert!(matches!(next(&mut events).await.unwrap(), Packet::PubAck(_)));
    }
    let hello = edge.hello(Seq(1), 0);
    client.publish(topic_up(&edge.id), QoS::AtLeastOnce, false, edge.seal(&hello)).await.unwrap();
    assert!(matches!(heard(&edge, &mut events).await, Down::Welcome(_)));
    running.stop().await;
}

#[tokio::test]
async fn a_second_connection_of_an_edge_ends_the_first_and_the_edge_stays_online() {
    let (rig, running) = open().await;
    let edge = rig.join().await;
    let (_first, mut first_events) = connected(&edge, &running).await;
    let (_second, mut second_events) = connected(&edge, &running).await;
    assert!(next(&mut first_events).await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(crate::edges::row(&rig.fleet, &edge.id).await.unwrap().unwrap().state, "online");
    rig.fleet.link.drop_edge(&edge.id).await;
    assert!(next(&mut second_events).await.is_err());
    running.stop().await;
}

#[tokio::test]
async fn an_edge_that_comes_back_at_once_under_its_name_is_let_in_each_time() {
    let (rig, running) = open().await;
    let edge = rig.join().await;
    let mut kept = Vec::new();
    for n in 0..200 {
        let (client, mut events) = connected(&edge, &running).await;
        match n % 4 {
            // It says farewell, and is back before the broker has ended the old session.
            0 => {
                client.disconnect().await.unwrap();
                let _ = tokio::time::timeout(Duration::from_millis(1), events.poll()).await;
            }
            // Its line breaks.
            1 => drop(events),
            // The old connection does not know yet that it is dead.
            2 => kept.push((client, events)),
            // It comes twice at once: each is let in, one of them is put out again afterwards.
            _ => {
                let (one, two) = tokio::join!(connected(&edge, &running), connected(&edge, &running));
                kept.extend([one, two]);
            }
        }
        kept.truncate(8);
    }
    drop(kept);
    let (_client, _events) = connected(&edge, &running).await;
    assert_eq!(crate::edges::row(&rig.fleet, &edge.id).await.unwrap().unwrap().state, "online");
    running.stop().await;
}

/// An authority, and a certificate of the broker from it.
fn certificates(folder: &std::path::Path) -> TlsFiles {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let own = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    TlsFiles {
        certificate: write("broker.pem", certificate.pem()),
        key: write("broker.key", own.serialize_pem()),
        authority: Some(write("authority.pem", root.pem())),
    }
}

#[tokio::test]
async fn with_a_certificate_the_broker_speaks_tls_only_and_edges_are_told_whom_to_trust() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificates(folder.path());
    let authority = std::fs::read_to_string(files.authority.as_ref().unwrap()).unwrap();
    let (rig, running) = open_with(Some(files.clone())).await;
    let edge = rig.join().await;
    let told = rig.fleet.mqtt();
    assert_eq!((told.tls, told.authority.as_deref()), (true, Some(authority.as_str())));

    let (_plain, mut events) = AsyncClient::new(options(&edge, &running), 8);
    assert!(next(&mut events).await.is_err(), "plain MQTT is not answered");

    super::tls::settle_cryptography();
    let mut wrapped = options(&edge, &running);
    wrapped.set_transport(Transport::tls_with_config(TlsConfiguration::Simple {
        ca: authority.into_bytes(),
        alpn: None,
        client_auth: None,
    }));
    let (_client, mut events) = AsyncClient::new(wrapped, 8);
    assert!(matches!(next(&mut events).await.unwrap(), Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success));
    running.stop().await;

    assert_eq!(files.check(), Ok(()));
    let swapped = TlsFiles { certificate: files.key.clone(), key: files.certificate.clone(), authority: None };
    assert!(swapped.check().unwrap_err().contains("broker.key"));
}

#[tokio::test]
async fn nobody_gets_past_the_door_to_the_broker_inside() {
    let (rig, running) = open().await;
    let edge = rig.join().await;
    let mut direct = MqttOptions::new(edge.id.as_str(), "127.0.0.1", rig.fleet.link.inside().unwrap().port());
    direct.set_credentials(edge.id.as_str(), &edge.secret).set_clean_session(true);
    assert_eq!(refusal(direct).await, ConnectReturnCode::NotAuthorized);
    running.stop().await;
}

/// What waits in an edge's mailbox beyond message `after`, which moves on.
async fn fetched(rig: &Rig, edge: &Edge, session: u64, after: &mut u64) -> Vec<Down> {
    let fetched = rig.fleet.link.fetch(&edge.id, session, *after, Duration::from_secs(10)).await.unwrap();
    *after = fetched.through;
    fetched.messages.iter().map(|bytes| edge.open(bytes)).collect()
}

#[tokio::test]
async fn facts_that_come_by_the_broker_and_by_post_at_once_count_once() {
    let (rig, running) = open().await;
    let mut edge = rig.join().await;
    let (client, mut events) = connected(&edge, &running).await;
    client.subscribe(topic_down(&edge.id), QoS::AtLeastOnce).await.unwrap();
    assert!(matches!(next(&mut events).await.unwrap(), Packet::SubAck(_)));
    let link = &rig.fleet.link;
    link.open_mailbox(&edge.id, 5);
    let mut after = 0;

    let hello = edge.hello(Seq(1), 0);
    assert_eq!(link.take(&edge.id, &edge.seal(&hello)).await, Taken::Yes);
    let Down::Welcome(welcome) = fetched(&rig, &edge, 5, &mut after).await.swap_remove(0) else { panic!("no welcome by post") };
    assert!(matches!(heard(&edge, &mut events).await, Down::Welcome(other) if other.link == welcome.link), "the same one by the broker");
    (edge.link, edge.epoch) = (welcome.link, welcome.epoch);

    let facts: Vec<_> = (1..=64).map(put_away).collect();
    let batch = edge.seal(&edge.batch(1, &facts));
    client.publish(topic_up(&edge.id), QoS::AtLeastOnce, false, batch.clone()).await.unwrap();
    let (first, second, _) = tokio::join!(link.take(&edge.id, &batch), link.take(&edge.id, &batch), events.poll());
    assert_eq!((first, second), (Taken::Yes, Taken::Yes));
    while !matches!(heard(&edge, &mut events).await, Down::Ack { committed: Seq(64), .. }) {}
    while !fetched(&rig, &edge, 5, &mut after).await.iter().any(|down| matches!(down, Down::Ack { committed: Seq(64), .. })) {}
    assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 64);
    assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await, 64);
    rig.ties_out().await;

    // An edge that is told to come again hears it at its mailbox too.
    link.drop_edge(&edge.id).await;
    assert!(link.fetch(&edge.id, 5, after, Duration::ZERO).await.is_none());
    running.stop().await;
}
