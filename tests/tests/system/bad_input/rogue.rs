//! An edge that speaks MQTT as it likes.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use ed25519_dalek::{Signer, SigningKey};
use qitao_domain::ids::{EdgeId, Epoch, Seq};
use qitao_domain::protocol::envelope::{seal, signed_bytes};
use qitao_domain::protocol::{Hello, Up, VERSION, encode, topic_down, topic_up};
use qitao_tests::api::Api;
use qitao_tests::process::HubProcess;
use reqwest::Client;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

use super::PATIENCE;

/// An edge that has joined in all form and then does as it likes.
pub struct Rogue {
    pub id: EdgeId,
    pub login: (String, String),
    key: SigningKey,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The broker confirmed it.
    Confirmed,
    /// The broker ended the connection.
    CutOff,
    /// Neither.
    Nothing,
}

impl Rogue {
    pub async fn join(hub: &HubProcess, api: &Api) -> Self {
        let made = api.post("/edges", &json!({"site": hub.shown["site"]["id"], "name": "rogue"})).await.unwrap();
        let key = SigningKey::from_bytes(&rand::random());
        let asked = json!({
            "token": made["token"], "public_key": BASE64.encode(key.verifying_key().as_bytes()),
            "fingerprint": "rogue", "agent": "0", "hostname": "rogue",
        });
        let answer = Client::new().post(format!("{}/edge/v1/enroll", hub.url())).json(&asked).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: EdgeId::new(text(&answer["edge"])).unwrap(),
            login: (text(&answer["mqtt"]["username"]), text(&answer["mqtt"]["password"])),
            key,
        }
    }

    /// An envelope with a right signature around any bytes.
    pub fn sealed(&self, json: &[u8]) -> Vec<u8> {
        seal(&self.key.sign(&signed_bytes(&topic_up(&self.id), json)).to_bytes(), json)
    }

    pub fn hello(&self) -> Vec<u8> {
        let hello = Hello {
            epoch: Epoch(0),
            boot: 1,
            session: 7,
            attempt: 1,
            diverged: false,
            fingerprint: "rogue".into(),
            next_seq: Seq(1),
            oldest_kept: Seq(1),
            clock_ms: 0,
            protocol: VERSION,
            agent: "0".into(),
            tasks_through: 0,
            datasets: Vec::new(),
        };
        encode(&Up::Hello(hello)).unwrap()
    }

    pub fn options(&self, port: u16) -> MqttOptions {
        let mut options = MqttOptions::new(self.id.as_str(), "127.0.0.1", port);
        options.set_credentials(&self.login.0, &self.login.1).set_max_packet_size(8 << 20, 8 << 20).set_keep_alive(Duration::from_secs(20));
        options
    }

    /// A connection that listens to its own topic.
    pub async fn connect(&self, port: u16) -> (AsyncClient, EventLoop) {
        let (client, mut events) = AsyncClient::new(self.options(port), 64);
        client.subscribe(topic_down(&self.id), QoS::AtLeastOnce).await.unwrap();
        let began = Instant::now();
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::SubAck(_))) => return (client, events),
                Ok(_) => {}
                // While the connection before is being ended the broker may ask to come again, as it may of any edge.
                Err(error) => {
                    assert!(began.elapsed() < PATIENCE, "{error}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    /// One message on a connection of its own.
    pub async fn say(&self, port: u16, topic: &str, qos: QoS, payload: Vec<u8>) -> Heard {
        let (client, mut events) = self.connect(port).await;
        client.publish(topic, qos, false, payload).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(3), async {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_) | Packet::PubComp(_))) => return Heard::Confirmed,
                    Ok(Event::Incoming(Packet::Disconnect)) | Err(_) => return Heard::CutOff,
                    Ok(_) => {}
                }
            }
        });
        heard.await.unwrap_or(Heard::Nothing)
    }
}
