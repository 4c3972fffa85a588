//! The uplink against a hub in the same process: the hub's own half of the protocol, signed messages, and a network that is cut.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey, Verifier as _};
use futures_util::future::BoxFuture;
use qitao_domain::ids::{EdgeId, Epoch, ScanId, Seq, SiteId};
use qitao_domain::protocol::{DatasetNotice, DeviceHealth, Down, Health, TaskEntry, Up, envelope, topic_down, topic_up};
use qitao_domain::stream::receiver::{Door, Stream};
use qitao_domain::stream::sender::Timing;
use qitao_edge_agent::config::Config;
use qitao_edge_agent::core::Core;
use qitao_edge_agent::identity::Keys;
use qitao_edge_agent::link::LinkKind;
use qitao_edge_agent::outbox::{Append, Outbox};
use qitao_edge_agent::replica::Replica;
use qitao_edge_agent::uplink::driver::{Driver, Speaker};
use qitao_edge_agent::uplink::transport::{Connection, Outgoing, Transport};
use qitao_edge_agent::workplace::Workplace;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::{eventually, fact, options};

const WINDOW: u32 = 128;

/// What the hub knows; its database.
struct Hub {
    edge_key: ed25519_dalek::VerifyingKey,
    own: SigningKey,
    /// Signs with another key: somebody who is not the hub.
    false_key: bool,
    stream: Stream,
    facts: Vec<(Epoch, u64, ScanId)>,
    doubled: u64,
    /// First fact and number of facts of each batch that came.
    batches: Vec<(u64, usize)>,
    health: Vec<Health>,
    tasks_ack: Vec<u64>,
    hellos: u32,
    /// Every so many messages the connection breaks; 0 never.
    breaks_every: u32,
    messages: u32,
    reachable: bool,
    /// So many batches are taken by nobody, as on a network that stands still.
    stuck_most: usize,
    stuck: Vec<Outgoing>,
    links: Vec<mpsc::UnboundedSender<Vec<u8>>>,
}

#[derive(Clone)]
struct Network(Arc<Mutex<Hub>>, EdgeId);

impl Network {
    fn say(&self, hub: &Hub, down: &mpsc::UnboundedSender<Vec<u8>>, message: &Down) {
        let json = serde_json::to_vec(message).unwrap();
        let key = if hub.false_key { SigningKey::from_bytes(&[9; 32]) } else { hub.own.clone() };
        let signature = key.sign(&envelope::signed_bytes(&topic_down(&self.1), &json)).to_bytes();
        let _ = down.send(envelope::seal(&signature, &json));
    }

    /// `false` when the connection breaks.
    fn heard(&self, bytes: &[u8], down: &mpsc::UnboundedSender<Vec<u8>>) -> bool {
        let mut guard = self.0.lock().unwrap();
        let hub = &mut *guard;
        hub.messages += 1;
        if !hub.reachable || (hub.breaks_every > 0 && hub.messages.is_multiple_of(hub.breaks_every)) {
            return false;
        }
        let (signature, json) = envelope::open(bytes).unwrap();
        let signed = envelope::signed_bytes(&topic_up(&self.1), json);
        hub.edge_key.verify(&signed, &ed25519_dalek::Signature::from_bytes(&signature)).expect("signed by the edge");
        match serde_json::from_slice(json).unwrap() {
            Up::Hello(hello) => {
                hub.hellos += 1;
                let door = Door { disabled: false, window: WINDOW, now_ms: 0, random: rand::random() };
                if let Some(reply) = hub.stream.hello(&hello, door).reply {
                    self.say(hub, down, &reply);
                }
            }
            Up::Batch(batch) => {
                hub.batches.push((batch.first.0, batch.facts.len()));
                let step = hub.stream.batch(&batch, WINDOW);
                for n in step.apply {
                    let scan: ScanId = batch.facts[n]["scan"].as_str().unwrap().parse().unwrap();
                    if hub.facts.iter().any(|(_, _, known)| *known == scan) {
                        hub.doubled += 1;
                    } else {
                        hub.facts.push((batch.epoch, batch.first.0 + n as u64, scan));
                    }
                }
                if let Some(reply) = step.reply {
                    self.say(hub, down, &reply);
                }
            }
            Up::TasksAck { through } => hub.tasks_ack.push(through),
            Up::Health(health) => hub.health.push(health),
        }
        true
    }
}

impl Transport for Network {
    fn connect(&self) -> BoxFuture<'static, Result<Connection, String>> {
        let network = self.clone();
        Box::pin(async move {
            let (up, mut outgoing) = mpsc::unbounded_channel::<Outgoing>();
            let (down_in, down) = mpsc::unbounded_channel();
            if !network.0.lock().unwrap().reachable {
                return Err("no route".into());
            }
            network.0.lock().unwrap().links.push(down_in.clone());
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async move {
                while let Some(Outgoing { bytes, taken }) = outgoing.recv().await {
                    {
                        let mut hub = network.0.lock().unwrap();
                        // Only for batches does anybody wait until they are taken.
                        if taken.is_some() && hub.stuck.len() < hub.stuck_most {
                            hub.stuck.push(Outgoing { bytes, taken });
                            continue;
                        }
                    }
                    if !network.heard(&bytes, &down_in) {
                        network.0.lock().unwrap().links.clear();
                        return;
                    }
                    if let Some(taken) = taken {
                        let _ = taken.send(());
                    }
                }
            });
            Ok(Connection { up, down, tasks })
        })
    }
}

struct Rig {
    network: Network,
    workplace: Workplace,
    notices: watch::Receiver<Vec<DatasetNotice>>,
    _folder: tempfile::TempDir,
}

fn rig() -> Rig {
    rig_with(1000)
}

fn rig_with(watchdog: u64) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    let core = Core::new(outbox, Arc::new(Replica::default()), Some(SiteId(1)));
    let edge = EdgeId::new("sh-01").unwrap();
    let (own, hubs) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let hub = Hub {
        edge_key: own.verifying_key(),
        own: hubs.clone(),
        false_key: false,
        stream: Stream::default(),
        facts: vec![],
        doubled: 0,
        batches: vec![],
        health: vec![],
        tasks_ack: vec![],
        hellos: 0,
        breaks_every: 0,
        messages: 0,
        reachable: true,
        stuck_most: 0,
        stuck: vec![],
        links: vec![],
    };
    let network = Network(Arc::new(Mutex::new(hub)), edge.clone());
    let workplace = Workplace {
        core,
        config: Arc::new(Config::default()),
        identity: None,
        panel: ([127, 0, 0, 1], 1).into(),
        devices: Arc::new(watch::Sender::new(Vec::new())),
        stop: CancellationToken::new(),
        tracker: TaskTracker::new(),
    };
    let speaker = Speaker { edge, keys: Keys::new(own, hubs.verifying_key()), fingerprint: "f00d".into(), window: None };
    let timing = Timing {
        connect: 5,
        connect_most: 40,
        connecting: 2000,
        welcome: 150,
        silence: 200,
        pause: 200,
        idle: 5000,
        watchdog,
        refused: 200,
    };
    let notices = watch::Sender::new(Vec::new());
    let following = notices.subscribe();
    let driver = Driver::new(workplace.clone(), speaker, network.clone(), timing, notices, vec!["rung".into()]);
    workplace.tracker.spawn(driver.run());
    Rig { network, workplace, notices: following, _folder: folder }
}

impl Rig {
    async fn record(&self, scans: std::ops::RangeInclusive<u128>) {
        for scan in scans {
            self.workplace.core.outbox().append(Append::new().with_fact(&fact(scan)).unwrap()).await.unwrap();
        }
    }

    async fn all_arrive(&self, count: usize) {
        eventually("every fact at the hub", || self.network.0.lock().unwrap().facts.len() == count).await;
        eventually("the acks", || self.workplace.core.outbox().position().backlog() == 0).await;
        let hub = self.network.0.lock().unwrap();
        let scans: Vec<u128> = hub.facts.iter().map(|(_, _, scan)| scan.0).collect();
        assert_eq!(scans, (1..=count as u128).collect::<Vec<_>>(), "in order, each once");
    }

    async fn end(self) {
        self.workplace.stop.cancel();
        self.workplace.tracker.close();
        self.workplace.tracker.wait().await;
        self.workplace.core.outbox().close().await;
    }
}

#[tokio::test]
async fn facts_arrive_in_order_and_the_panel_sees_the_link() {
    let rig = rig();
    rig.record(1..=300).await;
    rig.all_arrive(300).await;
    let mut link = rig.workplace.core.link();
    link.wait_for(|link| link.state == LinkKind::Online && link.backlog == 0).await.unwrap();
    assert_eq!(rig.network.0.lock().unwrap().doubled, 0);
    rig.end().await;
}

#[tokio::test]
async fn a_backlog_goes_out_in_full_batches() {
    let rig = rig();
    rig.network.0.lock().unwrap().reachable = false;
    let appends: Vec<_> = {
        let outbox = rig.workplace.core.outbox();
        let mut pending = Vec::new();
        for scan in 1..=1000 {
            pending.push(outbox.reserve().await.unwrap().send(Append::new().with_fact(&fact(scan)).unwrap()));
        }
        pending
    };
    for append in appends {
        append.durable().await.unwrap();
    }
    rig.network.0.lock().unwrap().reachable = true;
    rig.all_arrive(1000).await;
    let batches = rig.network.0.lock().unwrap().batches.clone();
    assert!(batches.iter().all(|(first, facts)| *facts == 64 || first + *facts as u64 == 1001), "all but the last are full: {batches:?}");
    rig.end().await;
}

#[tokio::test]
async fn a_connection_that_breaks_all_the_time_loses_and_doubles_nothing() {
    let rig = rig();
    rig.network.0.lock().unwrap().breaks_every = 7;
    for part in 0..10_u128 {
        rig.record(part * 50 + 1..=part * 50 + 50).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rig.all_arrive(500).await;
    rig.end().await;
}

#[tokio::test]
async fn a_batch_that_gets_stuck_leads_to_a_hello_and_not_to_another_connection() {
    let rig = rig_with(60_000);
    rig.network.0.lock().unwrap().stuck_most = 1;
    rig.record(1..=5).await;
    rig.all_arrive(5).await;
    {
        let hub = rig.network.0.lock().unwrap();
        assert_eq!((hub.stuck.len(), hub.links.len()), (1, 1));
        assert!(hub.hellos > 1, "{}", hub.hellos);
    }
    rig.record(6..=7).await;
    rig.all_arrive(7).await;
    assert_eq!(rig.network.0.lock().unwrap().links.len(), 1);
    rig.end().await;
}

#[tokio::test]
async fn the_hub_away_is_shown_and_what_was_kept_is_sent_when_it_is_back() {
    let rig = rig();
    rig.record(1..=5).await;
    rig.all_arrive(5).await;
    {
        let mut hub = rig.network.0.lock().unwrap();
        hub.reachable = false;
        hub.links.clear();
    }
    rig.record(6..=10).await;
    let mut link = rig.workplace.core.link();
    tokio::time::timeout(Duration::from_secs(10), link.wait_for(|link| link.state == LinkKind::Offline && link.backlog == 5))
        .await
        .unwrap()
        .unwrap();
    rig.network.0.lock().unwrap().reachable = true;
    rig.all_arrive(10).await;
    rig.end().await;
}

#[tokio::test]
async fn a_hub_restored_from_an_old_backup_gets_again_what_it_lost() {
    let rig = rig();
    rig.record(1..=20).await;
    rig.all_arrive(20).await;
    let backup = rig.network.0.lock().unwrap().stream.clone();
    rig.record(21..=40).await;
    rig.all_arrive(40).await;
    {
        let mut hub = rig.network.0.lock().unwrap();
        hub.stream = backup;
        hub.facts.truncate(20);
        hub.links.clear();
        hub.breaks_every = hub.messages + 1;
    }
    rig.record(41..=42).await;
    rig.all_arrive(42).await;
    rig.end().await;
}

#[tokio::test]
async fn somebody_who_is_not_the_hub_is_not_believed() {
    let rig = rig();
    rig.network.0.lock().unwrap().false_key = true;
    rig.record(1..=3).await;
    eventually("several hellos in vain", || rig.network.0.lock().unwrap().hellos > 2).await;
    assert_eq!(rig.workplace.core.outbox().position().epoch, Epoch(0));
    rig.network.0.lock().unwrap().false_key = false;
    rig.all_arrive(3).await;
    rig.end().await;
}

#[tokio::test]
async fn tasks_notices_and_health_go_their_ways() {
    let mut rig = rig();
    eventually("a link", || !rig.network.0.lock().unwrap().links.is_empty()).await;
    let say = |message: &Down| {
        let hub = rig.network.0.lock().unwrap();
        rig.network.say(&hub, hub.links.last().unwrap(), message);
    };
    let task = qitao_domain::work::Task {
        id: qitao_domain::ids::TaskId(1),
        number: "PA-1".into(),
        kind: qitao_domain::work::TaskKind::PutAway,
        site: SiteId(1),
        reference: String::new(),
        lines: vec![],
    };
    say(&Down::Tasks { first: 1, entries: vec![TaskEntry::released(task)] });
    say(&Down::Datasets { datasets: vec![DatasetNotice { name: "items".into(), version: 3 }] });
    eventually("the receipt of the task", || rig.network.0.lock().unwrap().tasks_ack == [1]).await;
    assert_eq!(rig.workplace.core.open_tasks().len(), 1);
    tokio::time::timeout(Duration::from_secs(10), rig.notices.wait_for(|n| n.len() == 1 && n[0].version == 3)).await.unwrap().unwrap();
    let device = DeviceHealth {
        id: "s".into(),
        kind: "scanner".into(),
        model: "M".into(),
        state: "online".into(),
        station: Some("gun-1".into()),
        settings: None,
    };
    rig.workplace.devices.send_replace(vec![device.clone()]);
    eventually("health with the new device", || rig.network.0.lock().unwrap().health.iter().any(|h| h.devices == [device.clone()])).await;
    {
        let hub = rig.network.0.lock().unwrap();
        assert_eq!(hub.health.iter().filter(|h| h.recovery == ["rung"]).count(), 1, "told once");
        assert!(hub.health[0].memory > 0);
    }
    assert_eq!(rig.workplace.core.outbox().position().acked, Seq(0));
    rig.end().await;
}
