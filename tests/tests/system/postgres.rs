//! The whole system on PostgreSQL, by nothing but the one setting: the demonstration's shift, kills of everybody under load, and a database
//! that is moved while edges go on working.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qitao_tests::campaign::{Plan, Site, run};
use qitao_tests::postgres::Postgres;
use qitao_tests::process::{EdgeProcess, HubProcess, binary};
use qitao_tests::shift::until;
use serde_json::Value;

use crate::kill::{stations, strike_edge, strike_hub, victim};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_demonstrations_shift_on_postgresql_loses_nothing_and_doubles_nothing() {
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.database().unwrap();
    let output = Command::new(binary("demo")).env("DEMO", "once").env("QITAO_DATABASE", &url).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    for word in ["lost 0", "doubled 0", "stock differences 0", "surprises 0"] {
        assert!(told.contains(word), "{word:?} is missing in:\n{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut doctor = Command::new(binary("hub"));
    doctor.args(["doctor", "--database", &url, "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--data"]).arg(folder.path());
    let said = String::from_utf8_lossy(&doctor.output().unwrap().stdout).into_owned();
    assert!(said.contains("PostgreSQL 1") && said.contains("stock is the sum of its movements") && said.contains("all is well"), "{said}");
}

/// Kills the database and starts it again.
fn strike_postgres(postgres: &mut Postgres) -> std::io::Result<()> {
    postgres.kill()?;
    postgres.restart()
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_edge_hub_and_the_database_server_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.database().unwrap();
    let hub = HubProcess::start(&folder.path().join("hub"), &["--items", "300", "--database", &url]).unwrap();
    let (scanners, settings) = stations(folder.path(), 2);
    let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
    let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
    edge.start().unwrap();
    let site = Site::choose(&hub, edge.url()).await.unwrap();
    let (hub, edge, postgres) = (Arc::new(Mutex::new(hub)), Arc::new(Mutex::new(edge)), Arc::new(Mutex::new(postgres)));
    let victims =
        vec![victim("edge", 1, &edge, strike_edge), victim("hub", 1, &hub, strike_hub), victim("postgres", 1, &postgres, strike_postgres)];
    let outcome = run(site, scanners, victims, Plan::kills(30, 1_500).share(5)).await.unwrap();
    println!("{outcome}");
    assert!(outcome.is_right(), "{outcome}\n{:#?}", outcome.differences);
    assert!(outcome.accepted > 100, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_moved_to_postgresql_and_back_under_load_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start().unwrap();
    let hub_folder = folder.path().join("hub");
    let hub = HubProcess::start(&hub_folder, &["--items", "300"]).unwrap();
    let (scanners, settings) = stations(folder.path(), 2);
    let token = hub.shown["edge"]["token"].as_str().unwrap().to_owned();
    let mut edge = EdgeProcess::enroll(&folder.path().join("edge"), &settings, &hub.url(), None, &token).unwrap();
    edge.start().unwrap();
    let site = Site::choose(&hub, edge.url()).await.unwrap();
    let (hub, edge) = (Arc::new(Mutex::new(hub)), Arc::new(Mutex::new(edge)));

    let mut at = format!("sqlite:{}", hub_folder.join("data/hub.db").display());
    let mut moves = 0;
    let data = hub_folder.join("data");
    let strike_and_move = {
        let moving = Mutex::new(move |hub: &mut HubProcess| -> std::io::Result<()> {
            hub.kill();
            moves += 1;
            let to = match moves % 2 {
                1 => postgres.database()?,
                _ => format!("sqlite:{}", data.join(format!("back{moves}.db")).display()),
            };
            let output = Command::new(binary("hub")).args(["move-database", "--from", &at, "--to", &to]).output()?;
            if !output.status.success() {
                return Err(std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
            }
            hub.set_arguments(&["--database", &to]);
            at = to;
            hub.restart()
        });
        move |hub: &mut HubProcess| (moving.lock().unwrap())(hub)
    };
    let victims = vec![victim("edge", 1, &edge, strike_edge), victim("hub, moving its database", 2, &hub, strike_and_move)];
    let outcome = run(site, scanners, victims, Plan::kills(6, 3_000).share(50)).await.unwrap();
    println!("{outcome}");
    assert!(outcome.is_right(), "{outcome}\n{:#?}", outcome.differences);
    assert!(outcome.accepted > 50, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_waits_for_a_database_server_that_starts_late_and_says_so_when_it_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.database().unwrap();
    postgres.kill().unwrap();
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        postgres.restart().unwrap();
        postgres
    });
    let hub = HubProcess::start(folder.path(), &["--items", "50", "--database", &url]).unwrap();
    let postgres = late.join().unwrap();
    let log = std::fs::read_to_string(folder.path().join("hub.log")).unwrap();
    assert!(log.contains("the database is away; trying again") && log.contains("PostgreSQL does not answer at postgres://"), "{log}");

    let client = reqwest::Client::new();
    let well = async || {
        let Ok(answer) = client.get(format!("{}/api/v1/health", hub.url())).send().await else { return false };
        answer.json::<Value>().await.unwrap_or_default()["database"] == true
    };
    until("the hub to be well", PATIENCE, &well).await.unwrap();
    postgres.kill().unwrap();
    until("the hub to say that its database is away", PATIENCE, async || !well().await).await.unwrap();
    postgres.restart().unwrap();
    until("the hub to find its database again", PATIENCE, &well).await.unwrap();
}
