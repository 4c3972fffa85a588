//! The broker inside the hub (rmqtt), with the holes of its defaults closed. It listens behind [`super::door`].
//!
//! A client is an edge: user name and client id are the edge's id, the password its secret. It may publish on its own up topic only, and
//! subscribe to its own down topic only. The hub takes messages in the publish hook, before the broker confirms them. A last will would
//! bypass that hook, so nobody may bring one. Nothing is kept for edges that are away: their outbox is the only queue.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{MAX_MESSAGE, topic_down, topic_up};
use rmqtt::codec::types::{Publish as Packet, QoS};
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use rmqtt::session::Session;
use rmqtt::types::{AuthResult, ConnectInfo, From as Sender, Id, Publish, PublishAclResult, SubscribeAclResult};
use tokio::task::JoinHandle;

use super::door::{self, Callers, Door, Limits};
use super::tls::Tls;
use super::{BrokerError, Taken, TlsFiles, Upward};

/// Room for topic and header around the largest message.
const PACKET: usize = MAX_MESSAGE + 1024;
/// So long may a client take until its first byte.
const FIRST_BYTE: Duration = Duration::from_secs(5);
/// So long may a client take to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So long may sending to one client take before it is given up: one that does not read must not fill memory.
const SEND: Duration = Duration::from_secs(3);
/// Messages waiting for one edge. The oldest go; the edge will ask again.
const WAITING: usize = 64;
/// What outlives a connection is of no use: the edge says hello anew.
const EXPIRY: Duration = Duration::from_secs(30);
/// Connections at once.
const CONNECTIONS: usize = 20_000;

pub(super) struct Embedded {
    context: ServerContext,
    running: JoinHandle<()>,
    door: JoinHandle<()>,
    #[cfg(test)]
    pub(super) inside: SocketAddr,
    hub: Id,
}

struct Hooks {
    upward: Arc<dyn Upward>,
    callers: Callers,
}

/// Tells one connection of an edge from the next.
fn connection(id: &Id) -> u64 {
    let port = id.remote_addr.map_or(0, |address| u64::from(address.port()));
    (id.create_time.cast_unsigned() << 16) | port
}

fn edge_of(session: &Session) -> Option<EdgeId> {
    EdgeId::new(&*session.id.client_id).ok()
}

impl Hooks {
    async fn authenticate(&self, client: &ConnectInfo) -> AuthResult {
        let Some(from) = self.callers.behind(client.id().remote_addr) else {
            tracing::warn!("a program on this machine went past the broker's door and was refused");
            return AuthResult::NotAuthorized;
        };
        let Ok(edge) = EdgeId::new(&**client.client_id()) else { return AuthResult::BadUsernameOrPassword };
        if client.last_will().is_some() {
            tracing::warn!(%edge, "an edge that brings a last will was refused");
            return AuthResult::NotAuthorized;
        }
        match (client.username(), client.password()) {
            (Some(user), Some(secret)) if **user == *edge.as_str() && self.upward.login(&edge, secret).await => {
                AuthResult::Allow(false, None)
            }
            _ => {
                tracing::info!(%edge, %from, "a login was refused");
                AuthResult::BadUsernameOrPassword
            }
        }
    }

    async fn publish(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        let own = edge_of(session).filter(|edge| topic_up(edge) == *publish.topic && publish.qos != QoS::ExactlyOnce);
        let Some(edge) = own else {
            tracing::warn!(client = %session.id.client_id, "a message on a topic of somebody else was refused");
            return PublishAclResult::rejected(true, None);
        };
        match self.upward.message(&edge, &publish.payload).await {
            Taken::Yes => PublishAclResult::allow(),
            Taken::Later => PublishAclResult::rejected(true, None),
        }
    }
}

#[async_trait]
impl Handler for Hooks {
    async fn hook(&self, parameter: &Parameter, before: Option<HookResult>) -> ReturnType {
        match parameter {
            Parameter::ClientAuthenticate(client) => (false, Some(HookResult::AuthResult(self.authenticate(client).await))),
            Parameter::MessagePublishCheckAcl(session, publish) => {
                (false, Some(HookResult::PublishAclResult(self.publish(session, publish).await)))
            }
            Parameter::ClientSubscribeCheckAcl(session, asked) => {
                let own = edge_of(session).is_some_and(|edge| topic_down(&edge) == *asked.topic_filter);
                let answer = if own {
                    SubscribeAclResult::new_success(QoS::AtLeastOnce, None)
                } else {
                    SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
                };
                (false, Some(HookResult::SubscribeAclResult(answer)))
            }
            Parameter::ClientConnected(session) => {
                if let Some(edge) = edge_of(session) {
                    self.upward.came(&edge, connection(&session.id));
                }
                (true, before)
            }
            Parameter::ClientDisconnected(session, _) => {
                if let Some(edge) = edge_of(session) {
                    self.upward.left(&edge, connection(&session.id));
                }
                (true, before)
            }
            _ => (true, before),
        }
    }
}

pub(super) async fn start(
    listen: SocketAddr,
    tls: Option<&TlsFiles>,
    per_address: usize,
    upward: Arc<dyn Upward>,
) -> Result<(Embedded, SocketAddr), BrokerError> {
    let failed = |reason: &dyn std::fmt::Display| BrokerError::Listen { address: listen, reason: reason.to_string() };
    let builder = Builder::new()
        .name("edges")
        .laddr(door::INSIDE)
        .backlog(4096)
        .nodelay(true)
        .max_connections(CONNECTIONS)
        .max_handshaking_limit(CONNECTIONS)
        .max_packet_size(u32::try_from(PACKET).unwrap_or(u32::MAX))
        .allow_anonymous(false)
        .min_keepalive(5)
        .max_keepalive(300)
        .allow_zero_keepalive(false)
        .max_inflight(NonZeroU16::MIN.saturating_add(31))
        .handshake_timeout(HANDSHAKE)
        .send_timeout(SEND)
        .max_mqueue_len(WAITING)
        .max_clientid_len(64)
        .max_qos_allowed(QoS::AtLeastOnce)
        .max_topic_levels(8)
        .max_subscriptions(4)
        .max_topic_aliases(0)
        .session_expiry_interval(EXPIRY)
        .max_session_expiry_interval(EXPIRY)
        .message_expiry_interval(EXPIRY);
    let bound = builder.bind().and_then(|bound| bound.tcp()).map_err(|error| failed(&error))?;
    let inside = bound.local_addr().map_err(|error| failed(&error))?;
    let callers = Callers::default();
    let door = Door {
        listener: door::listen(listen).map_err(|error| failed(&error))?,
        limits: Limits { first_byte: FIRST_BYTE, connect: HANDSHAKE, per_address, all: CONNECTIONS },
        tls: tls.cloned().map(Tls::read).transpose().map_err(BrokerError::Certificate)?,
        inside,
        callers: callers.clone(),
    };
    let address = door.listener.local_addr().map_err(|error| failed(&error))?;

    let context = ServerContext::new().busy_check_enable(false).task_exec_workers(500).build().await;
    let hooks = context.extends.hook_mgr().register();
    let types = [
        Type::ClientAuthenticate,
        Type::MessagePublishCheckAcl,
        Type::ClientSubscribeCheckAcl,
        Type::ClientConnected,
        Type::ClientDisconnected,
    ];
    for hook in types {
        hooks.add(hook, Box::new(Hooks { upward: upward.clone(), callers: callers.clone() })).await;
    }
    hooks.start().await;
    let server = MqttServer::new(context.clone()).listener_by_id(bound, inside.port()).build();
    let running = tokio::spawn(async move {
        if let Err(error) = server.run().await {
            tracing::error!(%error, "the broker has stopped");
        }
    });
    let hub = Id::new(context.node.id(), 0, None, None, "hub".into(), None);
    tracing::info!(%address, tls = tls.is_some(), "edges can connect");
    let door = tokio::spawn(door.open());
    let embedded = Embedded {
        context,
        running,
        door,
        #[cfg(test)]
        inside,
        hub,
    };
    Ok((embedded, address))
}

impl Embedded {
    fn id_of(&self, edge: &EdgeId) -> Id {
        Id::new(self.context.node.id(), 0, None, None, edge.as_str().into(), None)
    }

    pub(super) async fn send(&self, edge: &EdgeId, bytes: Vec<u8>) -> bool {
        let entry = self.context.extends.shared().await.entry(self.id_of(edge));
        if !entry.is_connected().await {
            return false;
        }
        let packet = Packet {
            dup: false,
            retain: false,
            qos: QoS::AtLeastOnce,
            topic: topic_down(edge).into(),
            packet_id: None,
            payload: bytes.into(),
            properties: Some(Default::default()),
        };
        let publish = Publish::new(Box::new(packet), None, None, None);
        entry.publish(Sender::from_system(self.hub.clone()), publish).await.is_ok()
    }

    pub(super) async fn drop_edge(&self, edge: &EdgeId) {
        let mut entry = self.context.extends.shared().await.entry(self.id_of(edge));
        if let Err(error) = entry.kick(true, true, true).await {
            tracing::warn!(%edge, %error, "a connection did not end in order");
        }
    }

    pub(super) fn answers(&self) -> bool {
        !self.running.is_finished() && !self.door.is_finished()
    }

    pub(super) async fn stop(&self) {
        self.door.abort();
        self.running.abort();
        let entries: Vec<_> = self.context.extends.shared().await.iter().collect();
        for mut entry in entries {
            if let Err(error) = entry.kick(true, true, true).await {
                tracing::debug!(%error, "a connection did not end in order");
            }
        }
    }
}
