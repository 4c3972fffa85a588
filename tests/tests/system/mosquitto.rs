//! Mosquitto as external broker, with the configuration that `deploy/mosquitto` ships: kills lose and double nothing, and neither the broker
//! nor an edge can speak for another.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::envelope::open;
use qitao_domain::protocol::{Down, decode_down, topic_down, topic_up};
use qitao_tests::campaign::{Plan, Site, run};
use qitao_tests::process::{EdgeProcess, HubProcess, binary, free_address, workspace};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::until;
use rumqttc::{Event, Packet, QoS};
use serde_json::{Value, json};

use crate::bad_input::Rogue;
use crate::kill::{stations, strike_edge, strike_hub, victim};

const PATIENCE: Duration = Duration::from_secs(30);

struct Mosquitto {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Mosquitto {
    /// The shipped configuration, on a free port; nobody may log in yet.
    fn start(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let address = free_address().unwrap();
        let shipped = workspace().join("deploy/mosquitto");
        let mut conf = fs::read_to_string(shipped.join("qitao.conf"))
            .unwrap()
            .replace("listener 1883", &format!("listener {} 127.0.0.1", address.port()))
            .replace("/etc/mosquitto/", &format!("{}/", folder.display()));
        if Uid::effective().is_root() {
            // Otherwise it becomes a user who may not read the folder of a test.
            conf.push_str("user root\n");
        }
        fs::write(folder.join("mosquitto.conf"), conf).unwrap();
        for empty in ["qitao.acl", "qitao.passwd"] {
            fs::write(folder.join(empty), "").unwrap();
            fs::set_permissions(folder.join(empty), fs::Permissions::from_mode(0o600)).unwrap();
        }
        let child = Self::spawn(folder);
        let mosquitto = Self { child, folder: folder.to_owned(), address };
        mosquitto.wait();
        mosquitto
    }

    fn spawn(folder: &Path) -> Child {
        let program = if Path::new("/usr/sbin/mosquitto").exists() { "/usr/sbin/mosquitto" } else { "mosquitto" };
        let log = fs::File::options().create(true).append(true).open(folder.join("mosquitto.log")).unwrap();
        Command::new(program)
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("mosquitto is missing; run tests/setup/need.sh broker")
    }

    fn wait(&self) {
        let began = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(began.elapsed() < PATIENCE, "mosquitto did not start; see {}", self.folder.display());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Has the hub write who may log in, and makes it known to the running broker.
    fn let_in_who_joined(&self, hub: &Path) {
        let mut command = Command::new(binary("hub"));
        command.args(["broker-users", "--format", "mosquitto", "--out"]).arg(&self.folder);
        let done = command.args(["--broker", &self.url(), "--data"]).arg(hub.join("data")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGHUP).unwrap();
    }

    fn strike(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.child = Self::spawn(&self.folder);
        self.wait();
        Ok(())
    }

    fn url(&self) -> String {
        format!("mqtt://qitao-hub:hub-password@{}", self.address)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A hub and an edge that meet at Mosquitto.
fn meet(folder: &Path, stations_count: usize) -> (Mosquitto, HubProcess, EdgeProcess, Vec<(String, PtyScanner)>) {
    let mosquitto = Mosquitto::start(&folder.join("mosquitto"));
    let hub = HubProcess::start(&folder.join("hub"), &["--items", "300", "--broker", &mosquitto.url()]).unwrap();
    let (scanners, settings) = stations(folder, stations_count);
    let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
    let mut edge = EdgeProcess::enroll(&folder.join("edge"), &settings, &hub.url(), None, &token).unwrap();
    mosquitto.let_in_who_joined(&folder.join("hub"));
    edge.start().unwrap();
    (mosquitto, hub, edge, scanners)
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_edge_hub_and_an_external_broker_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mosquitto, hub, edge, scanners) = meet(folder.path(), 2);
    let site = Site::choose(&hub, edge.url()).await.unwrap();
    let (mosquitto, hub, edge) = (Arc::new(Mutex::new(mosquitto)), Arc::new(Mutex::new(hub)), Arc::new(Mutex::new(edge)));
    let victims = vec![
        victim("edge", 1, &edge, strike_edge),
        victim("hub", 1, &hub, strike_hub),
        victim("mosquitto", 1, &mosquitto, Mosquitto::strike),
    ];
    let outcome = run(site, scanners, victims, Plan::kills(30, 1_500).share(5)).await.unwrap();
    println!("{outcome}");
    assert!(outcome.is_right(), "{outcome}\n{:#?}", outcome.differences);
    assert!(outcome.accepted > 100, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_external_broker_nobody_speaks_or_listens_for_another_and_a_forged_message_is_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let (mosquitto, hub, edge, _scanners) = meet(folder.path(), 1);
    let api = hub.admin().await.unwrap();
    let client = reqwest::Client::new();
    until("the edge to meet the hub", PATIENCE, || async {
        let Ok(answer) = client.get(format!("{}/api/state", edge.url())).send().await else { return false };
        answer.json::<Value>().await.unwrap_or_default()["link"]["state"] == "online"
    })
    .await
    .unwrap();
    let victim = EdgeId::new(hub.shown["edge"]["id"].as_str().unwrap()).unwrap();
    let rogue = Rogue::join(&hub, &api).await;
    mosquitto.let_in_who_joined(&folder.path().join("hub"));
    let port = mosquitto.address.port();

    // It listens for everything that others hear, and speaks as them; then as itself with a wrong signature; then rightly.
    let (speaker, mut events) = rogue.connect(port).await;
    for filter in ["#".to_owned(), topic_down(&victim), topic_up(&victim)] {
        speaker.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
    }
    let mut forged = rogue.sealed(&rogue.hello());
    forged[10] ^= 1;
    for (topic, bytes) in [
        (topic_up(&victim), forged.clone()),
        (topic_up(&victim), rogue.sealed(&rogue.hello())),
        (topic_down(&victim), rogue.sealed(&rogue.hello())),
        (topic_up(&rogue.id), forged),
        (topic_up(&rogue.id), rogue.sealed(&rogue.hello())),
    ] {
        speaker.publish(topic, QoS::AtLeastOnce, false, bytes).await.unwrap();
    }
    // The victim is spoken to meanwhile: a task goes out to it.
    let item = api.all("/items").await.unwrap().into_iter().find(|row| row["cartons"] == 1 && row["by_lot"] == false).unwrap();
    let lines = json!([{"item": item["id"], "quantity": "1"}]);
    let task = api
        .post("/tasks", &json!({"kind": "put_away", "site": hub.shown["site"]["id"], "reference": "A-1", "lines": lines}))
        .await
        .unwrap();
    let mut welcomed = false;
    let listening = async {
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = events.poll().await.unwrap() {
                assert_eq!(publish.topic, topic_down(&rogue.id), "heard what is another's");
                let down = decode_down(open(&publish.payload).unwrap().1).unwrap();
                welcomed |= matches!(down, Down::Welcome(_));
            }
        }
    };
    // Only time shows that something is not heard.
    let _ = tokio::time::timeout(Duration::from_secs(4), listening).await;
    assert!(welcomed, "the hub answers the edge that speaks for itself");
    until("the task to reach the victim", PATIENCE, || async {
        let Ok(answer) = client.get(format!("{}/api/tasks", edge.url())).send().await else { return false };
        let tasks: Value = answer.json().await.unwrap_or_default();
        tasks.as_array().is_some_and(|tasks| tasks.iter().any(|other| other["number"] == task["number"]))
    })
    .await
    .unwrap();

    let cases = api.all("/exceptions?state=open&kind=bad_signature").await.unwrap();
    let edges: Vec<&str> = cases.iter().filter_map(|case| case["edge"].as_str()).collect();
    assert_eq!(edges, [rogue.id.as_str()], "the forged message on its own topic is a case; what it said as another never arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_lost_its_external_broker_says_so_and_finds_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut mosquitto = Mosquitto::start(&folder.path().join("mosquitto"));
    let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "100", "--broker", &mosquitto.url()]).unwrap();
    mosquitto.let_in_who_joined(&folder.path().join("hub"));
    let client = reqwest::Client::new();
    let broker = async || {
        let answer = client.get(format!("{}/api/v1/health", hub.url())).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["broker"] == true
    };
    until("the hub to be at the broker", PATIENCE, &broker).await.unwrap();
    mosquitto.child.kill().unwrap();
    mosquitto.child.wait().unwrap();
    until("the hub to notice", PATIENCE, async || !broker().await).await.unwrap();
    mosquitto.child = Mosquitto::spawn(&mosquitto.folder);
    until("the hub to be back", PATIENCE, &broker).await.unwrap();
}
