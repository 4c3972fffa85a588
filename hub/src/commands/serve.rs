//! `hub serve`: runs the hub until Ctrl-C or SIGTERM.

use std::net::{IpAddr, SocketAddr};

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, first};
use crate::hub::Hub;
use crate::platform::config::Config;

pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let hub = Hub::build(config).await?;
    if let Some(password) = first::administrator(&hub.app().db).await? {
        println!("管理员账号 administrator: admin   密码 password (只显示一次 shown once): {password}");
    }
    println!("齐套 Qitao hub: {}", address(hub.http_addr));
    run(hub).await
}

/// Runs a hub until somebody ends the process in order.
pub(super) async fn run(hub: Hub) -> Result<(), Failure> {
    let stop = hub.stopper();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    match hub.mqtt_addr {
        Some(mqtt) => tracing::info!(http = %hub.http_addr, %mqtt, "the hub is running"),
        None => tracing::info!(http = %hub.http_addr, "the hub is running with an external broker"),
    }
    hub.run().await?;
    Ok(())
}

/// The address as somebody on this machine types it.
pub(super) fn address(listening: SocketAddr) -> String {
    let host = match listening.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{host}:{}", listening.port())
}
