//! `hub doctor`: looks at everything the hub stands on, and says what to do about what is wrong.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use nix::sys::statvfs::statvfs;
use sea_orm::DbBackend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::Failure;
use crate::broker::ExternalBroker;
use crate::db::{Db, DbError, shown};
use crate::inventory;
use crate::platform::backup::daily;
use crate::platform::clock;
use crate::platform::config::Config;
use crate::platform::identity;
use crate::sales::days;

/// Free space below which the hub should not go on for long.
const TIGHT: u64 = 1024 * 1024 * 1024;
/// Free space below which the database will soon fail.
const DANGEROUS: u64 = 200 * 1024 * 1024;
/// How long a port may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn well(&mut self, what: &str, how: impl std::fmt::Display) {
        println!("ok    {what}: {how}");
    }

    fn look(&mut self, what: &str, how: impl std::fmt::Display, act: &str) {
        println!("look  {what}: {how}\n      → {act}");
    }

    fn bad(&mut self, what: &str, how: impl std::fmt::Display, act: &str) {
        self.bad += 1;
        println!("BAD   {what}: {how}\n      → {act}");
    }
}

pub(super) async fn doctor(config: &Config) -> Result<ExitCode, Failure> {
    let mut findings = Findings::default();
    folder(&mut findings, &config.data);
    disk(&mut findings, &config.data);
    database(&mut findings, config).await;
    let running = http(&mut findings, config.http).await;
    match &config.broker {
        None => {
            broker(&mut findings, config.mqtt, running).await;
            broker_tls(&mut findings, config);
        }
        Some(url) => external(&mut findings, url),
    }
    println!();
    match findings.bad {
        0 => println!("all is well"),
        bad => println!("{bad} of these need somebody"),
    }
    Ok(if findings.bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn folder(findings: &mut Findings, data: &Path) {
    let probe = data.join(".doctor");
    let written = std::fs::create_dir_all(data).and_then(|()| std::fs::write(&probe, b"probe")).and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => findings.well("data folder", data.display()),
        Err(error) => findings.bad(
            "data folder",
            format!("{}: {error}", data.display()),
            "name another folder with --data, or give the hub's user the right to write there",
        ),
    }
}

fn disk(findings: &mut Findings, data: &Path) {
    let Ok(found) = statvfs(data) else { return };
    let free = found.blocks_available() * found.fragment_size();
    let how = format!("{} MiB free", free / 1024 / 1024);
    match free {
        _ if free < DANGEROUS => {
            findings.bad("disk", how, "make room now: a full disk stops the hub, and edges keep their facts until it is back")
        }
        _ if free < TIGHT => findings.look("disk", how, "make room soon"),
        _ => findings.well("disk", how),
    }
}

/// Whether there is a backup that is worth something.
async fn backups(findings: &mut Findings, db: &Db) {
    let act = "hub backup --help says how to make one; put the kind of job \"backup\" on a schedule";
    match daily::last(db.read()).await {
        Ok(Some(last)) => {
            let hours = (clock::now_ms() - last.at_ms) / 3_600_000;
            let how = format!("{hours} hours old, {} rows, {}", last.rows, last.file);
            if hours < 48 { findings.well("backup", how) } else { findings.look("backup", how, act) }
        }
        Ok(None) => findings.look("backup", "there is none", act),
        Err(error) => findings.bad("backup", error, "look at the database"),
    }
}

async fn database(findings: &mut Findings, config: &Config) {
    let url = config.database_url();
    let db = match Db::open(&url).await {
        Ok(db) => db,
        Err(error) => {
            let act = match &error {
                DbError::Away { .. } => "start the database server, or correct --database",
                DbError::Occupied { .. } => "wait until the move is done",
                _ => "correct --database",
            };
            findings.bad("database", format!("{}: {error}", shown(&url)), act);
            return;
        }
    };
    let kind = if db.backend() == DbBackend::Sqlite { "SQLite" } else { "PostgreSQL" };
    match db.about().await {
        Ok(about) => findings.well("database", format!("{kind} {}, {} MiB, {}", about.version, about.bytes / 1024 / 1024, shown(&url))),
        Err(error) => findings.bad("database", error, "look at the database"),
    }
    match inventory::tie_out(db.read()).await {
        Ok(off) if off.is_empty() => findings.well("ledger", "stock is the sum of its movements, everywhere"),
        Ok(off) => {
            let first = off.first().map_or_else(String::new, |row| {
                format!("; first: location {}, item {}, carton {}", row.location_id, row.item_id, row.carton)
            });
            findings.bad(
                "ledger",
                format!("{} stock rows are not the sum of their movements{first}", off.len()),
                "stop the hub, keep the database, and report this",
            );
        }
        Err(error) => findings.bad("ledger", error, "look at the database"),
    }
    match days::off(db.read()).await {
        Ok(0) => findings.well("figures", "what is kept of sales is what the orders come to"),
        Ok(off) => {
            findings.bad("figures", format!("{off} days of people are not what their orders come to"), "run hub reckon, and report this")
        }
        Err(error) => findings.bad("figures", error, "look at the database"),
    }
    match inventory::days_tie_out(db.read()).await {
        Ok(off) if off.is_empty() => findings.well("stock of periods", "what came in less what went out is what lies there, everywhere"),
        Ok(off) => {
            let first = off.first().map_or_else(String::new, |row| format!("; first: site {}, item {}", row.site_id, row.item_id));
            let what = format!("{} goods of sites are not what came in less what went out{first}", off.len());
            findings.bad("stock of periods", what, "stop the hub, keep the database, and report this");
        }
        Err(error) => findings.bad("stock of periods", error, "look at the database"),
    }
    match identity::list(&db).await {
        Ok(users) if identity::administrators(db.read()).await.is_ok_and(|administrators| administrators > 0) => {
            findings.well("users", format!("{} can sign in", users.iter().filter(|user| !user.disabled).count()))
        }
        Ok(_) => {
            findings.look("users", "there is no administrator", "start the hub once with hub serve, or hub user add admin --role admin")
        }
        Err(error) => findings.bad("users", error, "look at the database"),
    }
    backups(findings, &db).await;
    if let Err(error) = db.close().await {
        findings.bad("database", error, "look at the database");
    }
}

/// What the hub on this machine says about itself, when one runs.
async fn health(at: SocketAddr) -> Option<String> {
    let local = if at.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], at.port())) } else { at };
    let talk = async {
        let mut stream = TcpStream::connect(local).await.ok()?;
        stream.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, talk).await.ok().flatten()
}

async fn http(findings: &mut Findings, at: SocketAddr) -> bool {
    if TcpListener::bind(at).await.is_ok() {
        findings.well("http port", format!("{at} is free; the hub is not running"));
        return false;
    }
    match health(at).await {
        Some(answer) if answer.starts_with("HTTP/1.1 200") && answer.contains("\"ok\":true") => {
            findings.well("http port", format!("the hub is running on {at} and says it is well"));
            true
        }
        Some(answer) if answer.contains("\"database\"") => {
            findings.bad(
                "http port",
                format!("the hub on {at} says it is not well: {}", answer.lines().last().unwrap_or_default()),
                "look at its log",
            );
            true
        }
        _ => {
            findings.bad(
                "http port",
                format!("{at} cannot be taken, and what is there is not the hub"),
                "choose another port with --http, or stop what uses this one",
            );
            false
        }
    }
}

async fn broker(findings: &mut Findings, at: SocketAddr, running: bool) {
    let free = TcpListener::bind(at).await.is_ok();
    match (running, free) {
        (true, false) => findings.well("broker port", format!("{at} is in use while the hub runs")),
        (true, true) => findings.bad(
            "broker port",
            format!("nobody listens on {at} though the hub runs"),
            "look at its log; does it use another --mqtt?",
        ),
        (false, true) => findings.well("broker port", format!("{at} is free")),
        (false, false) => {
            findings.bad("broker port", format!("{at} cannot be taken"), "choose another port with --mqtt, or stop what uses this one")
        }
    }
}

/// Secrets and stock in the clear on the network are nothing for a doctor to pass over.
fn broker_tls(findings: &mut Findings, config: &Config) {
    match &config.mqtt_tls {
        Some(files) => match files.check() {
            Ok(()) => findings.well("broker TLS", files.certificate.display()),
            Err(error) => findings.bad("broker TLS", error, "correct --mqtt-certificate, --mqtt-key or --mqtt-authority; without them the hub does not start"),
        },
        None if config.mqtt.ip().is_loopback() => findings.well("broker TLS", "none is needed: only this machine reaches the broker"),
        None => findings.look(
            "broker TLS",
            format!("MQTT is open to the network on {} without TLS: who listens there sees edges' passwords and facts (nobody can forge them: they are signed)", config.mqtt),
            "give --mqtt-certificate and --mqtt-key, or let only a trusted network reach this port, or bind it to one with --mqtt ADDRESS:PORT",
        ),
    }
}

fn external(findings: &mut Findings, url: &str) {
    match url.parse::<ExternalBroker>() {
        Err(error) => findings.bad("broker", error, "correct --broker"),
        Ok(broker) => {
            findings.well("broker", format!("an external one is set ({broker:?}); the hub's own health page says whether it answers"));
            let here = broker.host.parse::<IpAddr>().map_or(broker.host == "localhost", |address| address.is_loopback());
            if !broker.tls && !here {
                findings.look(
                    "broker TLS",
                    "the hub speaks to the broker over the network without TLS",
                    "let the broker speak TLS and set --broker mqtts://…",
                );
            }
        }
    }
}
