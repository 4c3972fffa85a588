//! `hub demo`: a believable chain in an empty data folder, people who can sign in, an edge that can join; then the hub runs.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use jiff::tz::TimeZone;
use qitao_domain::ids::SiteId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Failure;
use super::seed::{self, Business};
use super::serve::{address, run};
use crate::db::Db;
use crate::demo::chain;
use crate::demo::trade::{Now, Shape, Trade, trade};
use crate::edges::{self, Fleet};
use crate::hub::Hub;
use crate::platform::clock;
use crate::platform::config::Config;
use crate::platform::files::Files;
use crate::platform::identity::{self, NewUser, Role};
use crate::platform::password;
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;

/// File in the data folder that keeps what was shown, for the next start.
const KEPT: &str = "demo.json";
/// File in the data folder with the edge's enrolment token alone.
const TOKEN: &str = "edge-token";

#[derive(Args)]
pub(super) struct Options {
    /// Number that the chain grows from: the same number makes the same chain.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many items, kits included; 130000 is a large chain.
    #[arg(long, default_value_t = 2_000)]
    items: usize,
    /// What the chain did before: nothing but a warehouse, or the trade of 14, 100 or 7,000 stores.
    #[arg(long, value_enum, default_value = "chain")]
    shape: Shape,
    /// Say on standard output, as one line of JSON, where to sign in and how an edge joins.
    #[arg(long)]
    json: bool,
    /// Fill the data folder and end.
    #[arg(long)]
    seed_only: bool,
}

/// Somebody who can sign in.
#[derive(Clone, Serialize, Deserialize)]
struct Login {
    login: String,
    password: String,
}

/// A site of the chain.
#[derive(Clone, Serialize, Deserialize)]
struct Site {
    id: i64,
    code: String,
    name: String,
}

/// An edge that may join.
#[derive(Clone, Serialize, Deserialize)]
struct Edge {
    id: String,
    token: String,
}

/// What was shown.
#[derive(Clone, Serialize, Deserialize)]
struct Shown {
    admin: Login,
    manager: Login,
    warehouse: Login,
    /// People of the chain at work: a guide, a store's manager, a dispatcher, an installer, an analyst.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    people: Vec<Login>,
    site: Site,
    edge: Edge,
}

pub(super) async fn demo(config: Config, options: Options) -> Result<(), Failure> {
    std::fs::create_dir_all(&config.data).map_err(|error| format!("cannot make {}: {error}", config.data.display()))?;
    let shown = prepare(&config, &options).await?;
    if options.seed_only {
        if options.json {
            println!("{}", serde_json::to_string(&shown)?);
        }
        return Ok(());
    }
    let hub = Hub::build(config).await?;
    let http = address(hub.http_addr);
    if options.json {
        let mut line = serde_json::to_value(&shown)?;
        line["http"] = json!(http);
        line["mqtt_port"] = json!(hub.mqtt_addr.map(|address| address.port()));
        println!("{line}");
    } else {
        println!("\n齐套 Qitao: {http}");
        for login in [&shown.admin, &shown.manager, &shown.warehouse].into_iter().chain(&shown.people) {
            println!("  {:<16} {}", login.login, login.password);
        }
        println!("  edge-agent enroll --hub {http} --token {}", shown.edge.token);
    }
    run(hub).await
}

/// Seeds an empty folder; a folder that was seeded before is taken as it is.
async fn prepare(config: &Config, options: &Options) -> Result<Shown, Failure> {
    let kept = config.data.join(KEPT);
    let db = Db::open_at(&config.database_place()?).await?;
    if !seed::empty(&db).await? {
        db.close().await?;
        let text = std::fs::read_to_string(&kept)
            .map_err(|_| format!("{} holds a hub that is no demo; name an empty folder with --data", config.data.display()))?;
        eprintln!("{} 已有演示数据，直接使用", config.data.display());
        return Ok(serde_json::from_str(&text)?);
    }
    let began = Instant::now();
    eprintln!("生成演示数据 (种子 {}, {} 个商品)…", options.seed, options.items);
    let chain = chain(options.seed, options.items);
    let zone = TimeZone::get(&config.outside.time_zone).unwrap_or(TimeZone::UTC);
    let now = Now::new(clock::now_ms(), zone);
    let done = trade(options.seed, options.shape, &chain.items, &now);
    let vault = Vault::open(&db, config.master(|name| std::env::var(name).ok())).await?;
    let business = (options.shape != Shape::Warehouse).then_some(Business { vault: &vault, done: &done, now: &now });
    let agreed = seed::write(&db, &chain, business, |line| eprintln!("  {line}")).await?;
    seed::papers(&db, &Files::of(config, db.clone())?, &agreed).await?;
    let first = chain.sites.first().ok_or("a chain without a site")?;
    let site = Site { id: first.id.0, code: first.code.clone(), name: first.name.clone() };
    let admin = std::env::var("QITAO_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty());
    let shown = Shown {
        admin: person(&db, "admin", "系统管理员", Role::Admin, None, admin).await?,
        manager: person(&db, "manager", "仓库主管", Role::Manager, Some(&site.code), None).await?,
        warehouse: person(&db, "warehouse", "仓库文员", Role::Warehouse, Some(&site.code), None).await?,
        people: people(&db, &done).await?,
        edge: edge(&db, &site).await?,
        site,
    };
    db.close().await?;
    keep(&kept, &serde_json::to_string_pretty(&shown)?)?;
    keep(&config.data.join(TOKEN), &shown.edge.token)?;
    eprintln!("  完成，用时 {:.1} 秒", began.elapsed().as_secs_f64());
    Ok(shown)
}

async fn person(db: &Db, login: &str, name: &str, role: Role, site: Option<&str>, given: Option<String>) -> Result<Login, Failure> {
    let password = given.unwrap_or_else(password::invent);
    let user = NewUser { login: login.into(), name: name.into(), role, site: site.map(str::to_owned), password: password.clone() };
    identity::add(db, "demo", user).await?;
    Ok(Login { login: login.into(), password })
}

/// Lets the first of each role of the chain sign in.
async fn people(db: &Db, done: &Trade) -> Result<Vec<Login>, Failure> {
    let mut logins = Vec::new();
    for role in ["sales", "store_manager", "region_manager", "dispatcher", "installer", "analyst"] {
        let Some(person) = done.people.iter().find(|person| person.role == role) else { continue };
        let password = password::invent();
        let hash = password::hash(password.clone()).await?;
        let tx = db.begin().await?;
        let sql = Sql::new("UPDATE hub_user SET password_hash = ").bind(hash).text(" WHERE login = ").bind(person.login.as_str());
        sql.run(&tx).await?;
        tx.commit().await?;
        logins.push(Login { login: person.login.clone(), password });
    }
    Ok(logins)
}

async fn edge(db: &Db, site: &Site) -> Result<Edge, Failure> {
    let fleet = Fleet::open(db.clone()).await?;
    let made = edges::create(&fleet, SiteId(site.id), &format!("{} 1 号边缘", site.name), "demo").await?;
    Ok(Edge { id: made.id, token: made.token })
}

/// Writes a file that only its owner can read.
fn keep(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(())
}
