//! What everything that deals with edges shares.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{Down, encode};
use sea_orm::DbErr;
use tokio::sync::Mutex;

use super::{HubKey, Known, Presence};
use crate::broker::Link;
use crate::db::Db;
use crate::devices::seen::Told;
use crate::feed::{Made, Outgoing};
use crate::ingest::Drifting;
use crate::live::Live;

/// Where edges find the broker.
#[derive(Debug, Clone, Default, serde::Serialize, utoipa::ToSchema)]
pub struct MqttAddress {
    /// Its host; `null`: the host that the edge reached the hub under.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The authority (PEM) that its certificate is from; absent when the systems' own list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// A handle to all that deals with edges; clones share it.
#[derive(Clone)]
pub struct Fleet(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Who watches.
    pub live: Live,
    /// The hub's key.
    pub key: HubKey,
    /// The way to edges.
    pub link: Link,
    /// Who is here.
    pub presence: Presence,
    /// What is on its way down.
    pub outgoing: Outgoing,
    /// Data sets ready to be fetched.
    pub made: Made,
    /// Devices that are set otherwise than they should be.
    pub drifting: Mutex<Drifting>,
    /// What edges told of their devices; used by one at a time.
    pub told: Mutex<Told>,
    mqtt: RwLock<MqttAddress>,
    pub(super) known: RwLock<HashMap<EdgeId, Known>>,
}

impl Fleet {
    /// For a database; nobody can connect yet, see [`crate::ingest::start`].
    ///
    /// # Errors
    /// What the database said when the hub's key was to be read.
    pub async fn open(db: Db) -> Result<Self, DbErr> {
        let key = HubKey::load(&db).await?;
        Ok(Self(Arc::new(Parts {
            db,
            key,
            live: Live::default(),
            link: Link::default(),
            presence: Presence::default(),
            outgoing: Outgoing::default(),
            made: Made::default(),
            drifting: Mutex::default(),
            told: Mutex::default(),
            mqtt: RwLock::default(),
            known: RwLock::default(),
        })))
    }
}

impl Deref for Fleet {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// Signs a message and hands it to the link. `false` when the edge is not there to take it; it will ask again.
    pub async fn send(&self, edge: &EdgeId, message: &Down) -> bool {
        match encode(message) {
            Ok(json) => self.link.send(edge, self.key.seal_down(edge, &json)).await,
            Err(error) => {
                tracing::error!(%edge, %error, "a message to an edge cannot be sent");
                false
            }
        }
    }

    /// Where edges find the broker.
    #[must_use]
    pub fn mqtt(&self) -> MqttAddress {
        self.mqtt.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says where edges find the broker.
    pub fn set_mqtt(&self, address: MqttAddress) {
        *self.mqtt.write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}
