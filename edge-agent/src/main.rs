//! `edge-agent`: see `edge-agent --help`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use qitao_edge_agent::commands::Tool;
use qitao_edge_agent::config::{Config, ConfigArgs};
use qitao_edge_agent::{Agent, enroll};
use tokio::signal::unix::{SignalKind, signal};

/// The scanning appliance of a store or warehouse 扫描终端
///
/// It drives barcode scanners and label printers, decides on the spot whether a scan is right, and never loses one: positive feedback is
/// given only after the fact is on disk. It works for a week without the hub and sends everything when the hub is back.
#[derive(Parser)]
#[command(
    name = "edge-agent",
    version,
    after_help = "First steps 第一步:\n  \
    1. At the hub, make an edge: it answers with a one-time token.\n  \
    2. edge-agent enroll --hub http://hub:8080 --token TOKEN\n  \
    3. edge-agent run\n  \
    4. Open http://127.0.0.1:8090 on this machine: the operator panel.\n\n\
    Settings are in edge.toml in the data folder; QITAO_EDGE_DATA, QITAO_EDGE_PANEL and QITAO_EDGE_HUB win over it.\n\
    RUST_LOG=debug shows more; QITAO_LOG=json writes logs as JSON lines."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Work: stations, printers, panel, uplink. Ends in good order on SIGTERM or Ctrl-C
    Run {
        #[command(flatten)]
        config: ConfigArgs,
        /// Address of the operator panel [default: 127.0.0.1:8090]; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS")]
        panel: Option<std::net::SocketAddr>,
        /// Address of the hub, instead of the one of the enrolment
        #[arg(long, value_name = "URL")]
        hub: Option<String>,
    },
    /// Turn a one-time token from the hub into this edge's identity
    #[command(after_help = "The token comes from the hub's page of edges (or POST /api/v1/edges) and works once.")]
    Enroll {
        #[command(flatten)]
        config: ConfigArgs,
        /// Address of the hub, e.g. http://hub:8080
        #[arg(long, value_name = "URL")]
        hub: String,
        /// The one-time token
        #[arg(long, value_name = "TOKEN")]
        token: String,
        /// Certificate (PEM) of the authority behind the hub's own certificate, when it is a private one; kept for later
        #[arg(long, value_name = "FILE")]
        ca: Option<std::path::PathBuf>,
        /// Enrol again although this folder has an identity
        #[arg(long)]
        again: bool,
    },
    #[command(flatten)]
    Tool(Tool),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logs();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(cli)).unwrap_or_else(|error| {
        tracing::error!("{error}");
        ExitCode::FAILURE
    })
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match cli.command {
        Command::Run { config, panel, hub } => {
            let mut config = Config::load(&config)?;
            config.panel.listen = panel.unwrap_or(config.panel.listen);
            config.hub.url = hub.or(config.hub.url);
            let agent = Agent::build(config).await?;
            let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            let stop = agent.stop();
            tokio::spawn(async move {
                tokio::select! { _ = term.recv() => {}, _ = interrupt.recv() => {} }
                tracing::info!("told to stop: what waits is committed first");
                stop.cancel();
            });
            agent.run().await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Enroll { config, hub, token, ca, again } => {
            let mut config = Config::load(&config)?;
            if let Some(ca) = ca {
                enroll::trust(&mut config, &ca)?;
            }
            let identity = enroll::enroll(&config, &hub, &token, again).await?;
            tracing::info!(edge = %identity.edge, site = %identity.site.name, data = %config.data.display(), "enrolled; start with `edge-agent run`");
            Ok(ExitCode::SUCCESS)
        }
        Command::Tool(tool) => Ok(tool.run().await?),
    }
}

/// Logs go to standard error, so that commands own standard output.
fn start_logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sled=warn,rumqttc=warn,hyper=warn"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    if std::env::var("QITAO_LOG").is_ok_and(|kind| kind == "json") { logs.json().init() } else { logs.init() }
}
