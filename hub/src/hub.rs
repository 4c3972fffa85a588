//! A hub in a process: built, then run until it is told to stop.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::broker::{BrokerError, Setting};
use crate::db::{Db, DbError, keep_learning};
use crate::edges::Fleet;
use crate::exceptions::watch_limits;
use crate::http::server;
use crate::ingest;
use crate::platform::config::Config;
use crate::platform::fields::store::keep_indexes;
use crate::platform::files::{self, FileError, Files};
use crate::platform::keep;
use crate::platform::notifications::watch_edges;
use crate::platform::organisation::adopt_sites;
use crate::platform::people;
use crate::platform::schedules;
use crate::platform::search;
use crate::platform::vault::{Vault, VaultError, keep_renewing};
use crate::state::App;

/// Why a hub does not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Correct the path of the data folder, or its rights.
    #[error("cannot make the data folder {path}: {source}")]
    Data {
        /// Which folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Choose another address, or stop what uses it.
    #[error("cannot listen for people on {address}: {source}")]
    Http {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbError),
    /// See what the broker said.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// See what the vault said.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// See what the file store said.
    #[error(transparent)]
    Files(#[from] FileError),
    /// The HTTP socket failed while serving.
    #[error("serving HTTP failed: {0}")]
    Serving(std::io::Error),
}

impl From<sea_orm::DbErr> for HubError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// A hub that is ready to run.
pub struct Hub {
    /// Where people and edges reach it over HTTP.
    pub http_addr: SocketAddr,
    /// Where edges reach its broker; nothing when an external one is used.
    pub mqtt_addr: Option<SocketAddr>,
    app: App,
    listener: TcpListener,
    ingest: ingest::Running,
}

impl Hub {
    /// Opens the database (made and brought up to date when needed), starts the broker, takes the HTTP port.
    ///
    /// # Errors
    /// [`HubError`] that says what to change.
    pub async fn build(config: Config) -> Result<Self, HubError> {
        std::fs::create_dir_all(&config.data).map_err(|source| HubError::Data { path: config.data.display().to_string(), source })?;
        let db = Db::open_at(&config.database_place()?).await?;
        let tx = db.begin().await?;
        adopt_sites(&tx).await?;
        keep_indexes(&tx).await?;
        tx.commit().await?;
        let vault = Vault::open(&db, config.master(|name| std::env::var(name).ok())).await?;
        match people::seal_clear(&db, &vault).await? {
            0 => {}
            values => tracing::info!(values, "custom fields that are personal were sealed"),
        }
        search::ensure(&db).await?;
        let listener = TcpListener::bind(config.http).await.map_err(|source| HubError::Http { address: config.http, source })?;
        let http_addr = listener.local_addr().map_err(|source| HubError::Http { address: config.http, source })?;
        let fleet = Fleet::open(db).await?;
        let setting = match &config.broker {
            None => Setting::Embedded { listen: config.mqtt, tls: config.mqtt_tls.clone(), per_address: config.mqtt_per_address },
            Some(url) => Setting::External(url.parse()?),
        };
        let ingest = ingest::start(&fleet, &setting).await?;
        let mqtt_addr = ingest.mqtt;
        let files = Files::of(&config, fleet.db.clone())?;
        let app = App::new(config, fleet, vault, files);
        Ok(Self { http_addr, mqtt_addr, app, listener, ingest })
    }

    /// What its parts share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Cancel it to make [`Hub::run`] come to an end.
    #[must_use]
    pub fn stopper(&self) -> CancellationToken {
        self.app.stop.clone()
    }

    /// Serves until it is told to stop, then ends in order: no new requests, the broker, the database.
    ///
    /// # Errors
    /// When the HTTP socket fails.
    pub async fn run(self) -> Result<(), HubError> {
        let Self { app, listener, ingest, .. } = self;
        let (stop, outside) = (app.stop.clone(), app.config.outside.clone());
        let working = [
            tokio::spawn(app.jobs.clone().serve(stop.clone())),
            tokio::spawn(keep::serve(app.db.clone(), app.jobs.clone(), outside.time_zone.clone(), stop.clone())),
            tokio::spawn(schedules::serve(app.db.clone(), app.jobs.clone(), outside.time_zone, stop.clone())),
            tokio::spawn(files::keeper::serve(app.files.clone(), stop.clone())),
            tokio::spawn(keep_learning(app.db.clone(), stop.clone())),
            tokio::spawn(keep_renewing(app.vault.clone(), app.db.clone(), stop.clone())),
            tokio::spawn(watch_limits(app.db.clone(), app.live.clone(), stop.clone())),
            tokio::spawn(watch_edges(app.fleet.clone(), outside.edge_away_minutes, stop)),
        ];
        let served = server::serve(app.clone(), listener).await;
        app.stop.cancel();
        ingest.stop().await;
        for task in working {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a part of the hub did not end in order");
            }
        }
        if let Err(error) = app.db.close().await {
            tracing::warn!(%error, "the database did not close in order");
        }
        served.map_err(HubError::Serving)
    }
}
