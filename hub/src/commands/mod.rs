//! The command line: serve, demo, migrate, move-database, reindex, reckon, backup, restore, user, broker-users, rotate-keys, openapi, doctor. One
//! file for each that is more than a few lines.
#![expect(clippy::print_stdout, reason = "a command line speaks on standard output")]

mod backup;
mod broker_users;
mod demo;
mod doctor;
mod first;
mod keys;
mod move_database;
mod seed;
mod serve;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::db::{Db, shown};
use crate::http::openapi;
use crate::platform::config::{Config, TlsParts};
use crate::platform::search;
use crate::sales::days;

/// Why a command failed; shown as it is.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The hub of Qitao (齐套): catalogue, tasks, stock ledger, web pages, and the broker that edges talk to.
#[derive(Parser)]
#[command(name = "hub", version, about, after_long_help = TEACH)]
struct Line {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
}

const TEACH: &str = "\
First steps:
  hub demo --data /tmp/qitao           a chain to look at: items, locations, stock, tasks; says where to sign in
  hub serve --data /var/lib/qitao      an empty hub; the first start shows the administrator's password once
  hub user add li --role warehouse --site SH01
                                       somebody who works in one site's warehouse
  hub doctor --data /var/lib/qitao     what is wrong, and what to do about it
  hub move-database --data /var/lib/qitao --to postgres://qitao:password@host/qitao
                                       everything into an empty PostgreSQL database

Settings come from a TOML file (--config), then environment variables, then flags; the later wins:
  file       variable               flag          default
  data       QITAO_DATA             --data        qitao-data
  database   QITAO_DATABASE         --database    sqlite:<data>/hub.db; or postgres://user:password@host/name
             QITAO_DATABASE_CONNECTIONS           16 connections to PostgreSQL; 8 readers on SQLite
  http       QITAO_HTTP             --http        0.0.0.0:8080
  mqtt       QITAO_MQTT             --mqtt        0.0.0.0:1883
  broker     QITAO_BROKER           --broker      none: the broker inside the hub; or mqtt://user:password@host:port
  mqtt_certificate, mqtt_key, mqtt_authority
             QITAO_MQTT_CERTIFICATE --mqtt-certificate  none: plain MQTT; or PEM files of the embedded broker's TLS,
             QITAO_MQTT_KEY …_AUTHORITY --mqtt-key …    and of the authority that edges are told to trust when they join
  mqtt_per_address                                256
             QITAO_MQTT_PER_ADDRESS               most connections of one address to the embedded broker
  https      QITAO_HTTPS            --https       false: cookies also over plain HTTP
  trusted_proxies                                 none
             QITAO_TRUSTED_PROXIES                proxies that may say whom they speak for: 127.0.0.1,10.0.0.0/8
  [outside]  how the hub speaks to people and programs outside:
  public_url QITAO_PUBLIC_URL                     none: no links in messages; e.g. https://hub.example.com
  smtp       QITAO_SMTP                           none: no mail; e.g. smtps://user:password@host:465
  mail_from  QITAO_MAIL_FROM                      none: no mail; e.g. 齐套 <qitao@example.com>
  private_addresses QITAO_PRIVATE_ADDRESSES       false: webhooks and bots at public https addresses only
  edge_away_minutes QITAO_EDGE_AWAY_MINUTES       10: when people are told that an edge is away
  time_zone  QITAO_TIME_ZONE                      Asia/Shanghai: of what belongs to no site
  [backup]   backups on a schedule (see hub backup --help):
  folder     QITAO_BACKUP_FOLDER                  none: no backups; best on another machine
  recipient  QITAO_BACKUP_RECIPIENT               none: no backups; age1…, whose key opens them
  keep       QITAO_BACKUP_KEEP                    14: as many are kept
  [keep]     days after which a nightly job throws out what nobody asks for any more:
  read_days  QITAO_KEEP_READ_DAYS                 90: notifications that were read
  unread_days QITAO_KEEP_UNREAD_DAYS              365: notifications, read or not
  ended_days QITAO_KEEP_ENDED_DAYS                90: messages that were sent, deliveries that arrived, expired exports,
                                                  rows of imports of which nothing can be taken back any more
  vault_key  QITAO_VAULT_KEY        --vault-key   <data>/vault.key, made at the first start: master key of personal fields
             QITAO_VAULT_MASTER                   that key itself, 64 hexadecimal digits; or systemd's credential qitao-vault-key
             QITAO_ADMIN_PASSWORD                 first password of admin; invented and shown when not set
             QITAO_LOG                            info; e.g. debug, or qitao_hub::ingest=debug,info";

#[derive(Args)]
struct Settings {
    /// Settings file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for everything the hub keeps.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Address for browsers and edges over HTTP.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    http: Option<SocketAddr>,
    /// Address of the embedded broker.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    mqtt: Option<SocketAddr>,
    /// An external broker in place of the embedded one.
    #[arg(long, global = true, value_name = "URL")]
    broker: Option<String>,
    /// Certificate chain of the embedded broker (PEM); with --mqtt-key it speaks TLS.
    #[arg(long, global = true, value_name = "FILE")]
    mqtt_certificate: Option<PathBuf>,
    /// Private key of the embedded broker (PEM).
    #[arg(long, global = true, value_name = "FILE")]
    mqtt_key: Option<PathBuf>,
    /// Authority that edges are told to trust when they join (PEM).
    #[arg(long, global = true, value_name = "FILE")]
    mqtt_authority: Option<PathBuf>,
    /// Browsers reach the hub over HTTPS only.
    #[arg(long, global = true)]
    https: bool,
    /// File of the master key of personal fields.
    #[arg(long, global = true, value_name = "FILE")]
    vault_key: Option<PathBuf>,
}

impl Settings {
    fn config(self) -> Result<Config, Failure> {
        let mut config = Config::load(self.config.as_deref(), |name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
        config.data = self.data.unwrap_or(config.data);
        config.database = self.database.or(config.database);
        config.broker = self.broker.or(config.broker);
        config.http = self.http.unwrap_or(config.http);
        config.mqtt = self.mqtt.unwrap_or(config.mqtt);
        config.take_tls(TlsParts { certificate: self.mqtt_certificate, key: self.mqtt_key, authority: self.mqtt_authority })?;
        config.https |= self.https;
        config.vault_key = self.vault_key.or(config.vault_key);
        Ok(config)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Run the hub until Ctrl-C or SIGTERM.
    Serve,
    /// Fill an empty data folder with a believable chain, then run the hub.
    Demo(demo::Options),
    /// Make the database's tables, or bring them up to date, and end.
    Migrate,
    /// Move everything into another, empty database (SQLite to PostgreSQL, or back), compare it, and end.
    MoveDatabase(move_database::Options),
    /// Make the words anew by which records are found, and end. Best while the hub does not run.
    Reindex,
    /// Reckon the figures of sales anew from the orders, and end. Best while the hub does not run.
    Reckon,
    /// Write everything into one encrypted file; a running hub goes on meanwhile.
    Backup(backup::Options),
    /// Restore a backup into an empty database and data folder, compare it, and end.
    Restore(backup::RestoreOptions),
    /// People who sign in at the hub.
    #[command(subcommand)]
    User(user::Command),
    /// Write the files in which an external broker keeps who may log in and who may do what.
    BrokerUsers(broker_users::Options),
    /// Make new keys for personal fields and seal everything anew with them; a running hub goes on meanwhile.
    RotateKeys(keys::Options),
    /// Print the document of the HTTP API (OpenAPI 3.1, JSON).
    Openapi,
    /// Look at data folder, disk, database, ledger, ports; say what to do.
    Doctor,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let quiet = !matches!(line.command, Command::Serve | Command::Demo(_));
    start_log(if quiet { "warn" } else { "info" });
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(line)) {
        Ok(code) => code,
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("hub: {error}");
    ExitCode::FAILURE
}

fn start_log(default: &str) {
    let filter = std::env::var("QITAO_LOG").unwrap_or_else(|_| format!("{default},rmqtt=warn,sqlx=warn,sea_orm_migration=warn"));
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    // Standard output belongs to what a command answers.
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    drop(started);
}

async fn run(line: Line) -> Result<ExitCode, Failure> {
    let config = line.settings.config()?;
    match line.command {
        Command::Serve => serve::serve(config).await?,
        Command::Demo(options) => demo::demo(config, options).await?,
        Command::Migrate => {
            Db::open(&config.database_url()).await?.close().await?;
            println!("tables are up to date: {}", shown(&config.database_url()));
        }
        Command::MoveDatabase(options) => move_database::run(&config, options).await?,
        Command::Reindex => {
            let db = Db::open(&config.database_url()).await?;
            let tx = db.begin().await?;
            let records = search::rebuild(&tx).await?;
            tx.commit().await?;
            db.close().await?;
            println!("{records} records can be found: {}", shown(&config.database_url()));
        }
        Command::Reckon => {
            let db = Db::open(&config.database_url()).await?;
            let tx = db.begin().await?;
            let orders = days::rebuild(&tx).await?;
            tx.commit().await?;
            db.close().await?;
            println!("{orders} orders count: {}", shown(&config.database_url()));
        }
        Command::Backup(options) => backup::backup(&config, options).await?,
        Command::Restore(options) => backup::restored(&config, options).await?,
        Command::User(command) => user::user(&config, command).await?,
        Command::BrokerUsers(options) => broker_users::broker_users(&config, options).await?,
        Command::RotateKeys(options) => keys::rotate(&config, &options).await?,
        Command::Openapi => println!("{}", openapi::document().to_pretty_json()?),
        Command::Doctor => return doctor::doctor(&config).await,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_fits_together_and_teaches() {
        Line::command().debug_assert();
        let help = Line::command().render_long_help().to_string();
        assert!(help.contains("First steps") && help.contains("QITAO_DATABASE"));
    }
}
