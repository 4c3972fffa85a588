//! Who may speak, and what becomes of what nobody should say.

use qitao_domain::ids::Seq;
use qitao_domain::protocol::{Down, MAX_MESSAGE, Refusal};
use serde_json::json;

use crate::broker::{Taken, Upward};
use crate::edges;
use crate::ingest::rig::*;
use crate::platform::scope::Scope;

#[tokio::test]
async fn hostile_messages_are_dropped_and_the_hub_goes_on() {
    for mut rig in rigs().await {
        let edge = rig.welcomed().await;
        let signed = |json: &[u8]| {
            use ed25519_dalek::Signer;
            let signature =
                edge.key.sign(&qitao_domain::protocol::envelope::signed_bytes(&qitao_domain::protocol::topic_up(&edge.id), json));
            qitao_domain::protocol::envelope::seal(&signature.to_bytes(), json)
        };
        let deep =
            format!(r#"{{"type":"batch","link":{},"epoch":1,"first":1,"facts":[{}{}]}}"#, edge.link, "[".repeat(5_000), "]".repeat(5_000));
        let hostile: Vec<Vec<u8>> = vec![
            vec![],
            vec![0],
            vec![1; 64],
            vec![0xff; 1024],
            vec![1; MAX_MESSAGE + 1],
            signed(b""),
            signed(b"{"),
            signed(b"\xff\xfe\x00"),
            signed(br#"{"type":"selfie"}"#),
            signed(br#"{"type":"batch","link":-1,"epoch":1,"first":1,"facts":[]}"#),
            signed(br#"{"type":"tasks_ack","through":18446744073709551615}"#),
            signed(deep.as_bytes()),
            edge.seal(&edge.raw_batch(0, vec![json!(1)])),
            edge.seal(&edge.raw_batch(u64::MAX, vec![json!(1), json!(2)])),
        ];
        for bytes in &hostile {
            assert_eq!(rig.ingest.message(&edge.id, bytes).await, Taken::Yes, "{} bytes", bytes.len());
        }
        rig.ingest.settled(&edge.id).await;
        let stranger = qitao_domain::ids::EdgeId::new("nobody").unwrap();
        assert_eq!(rig.ingest.message(&stranger, &edge.seal(&edge.batch(1, &[put_away(1)]))).await, Taken::Yes);
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await + rig.number("SELECT COUNT(*) FROM fact_raw").await, 0);

        let mut nul = put_away(1);
        nul.source = qitao_domain::event::Source::Panel { command: "QT\0UNDO".into() };
        rig.send(&edge, &edge.batch(1, &[nul])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
    }
}

#[tokio::test]
async fn a_message_signed_by_somebody_else_is_dropped_and_reported_once() {
    for mut rig in rigs().await {
        let (edge, mut other) = (rig.welcomed().await, rig.join().await);
        other.link = edge.link;
        other.epoch = edge.epoch;
        let forged = other.seal(&other.batch(1, &[put_away(1)]));
        for _ in 0..5 {
            assert_eq!(rig.ingest.message(&edge.id, &forged).await, Taken::Yes);
        }
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await, 0);
        let cases = rig.cases("bad_signature").await;
        assert_eq!((cases.len(), &cases[0]["count"]), (1, &json!(1)), "once a minute at most");
    }
}

#[tokio::test]
async fn a_cloned_machine_is_refused_until_somebody_looked_and_a_disabled_edge_until_it_is_enabled() {
    for mut rig in rigs().await {
        let mut edge = rig.welcomed().await;
        edge.fingerprint = "another".into();
        edge.session += 1;
        let hello = edge.hello(Seq(1), 0);
        rig.send(&edge, &hello).await;
        let refused = |heard: &[Down], why| heard.iter().any(|down| matches!(down, Down::Refused { reason, .. } if *reason == why));
        assert!(refused(&rig.heard(&edge), Refusal::Cloned));
        assert_eq!(rig.cases("cloned_edge").await.len(), 1);
        edges::forgive(&rig.fleet, &edge.id, "admin").await.unwrap();
        edge.session += 1;
        edge.greet(&mut rig, Seq(1), 0).await;

        edges::set_disabled(&rig.fleet, &edge.id, true, "admin").await.unwrap();
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        assert_eq!(rig.number("SELECT COUNT(*) FROM fact").await, 0);
        let hello = edge.hello(Seq(2), 0);
        rig.send(&edge, &hello).await;
        assert!(refused(&rig.heard(&edge), Refusal::Disabled));
        let row = edges::get(&rig.fleet, &Scope::All, &edge.id).await.unwrap().unwrap();
        assert_eq!(row.state, "disabled");
        edges::set_disabled(&rig.fleet, &edge.id, false, "admin").await.unwrap();
        edge.greet(&mut rig, Seq(2), 0).await;
        rig.send(&edge, &edge.batch(1, &[put_away(1)])).await;
        assert_eq!(rig.on_hand(BIN_A, WARDROBE, 1).await, 1);
    }
}
