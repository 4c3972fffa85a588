//! What all parts of a running hub share.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::catalog;
use crate::crm::{customers, opportunities};
use crate::db::Db;
use crate::edges::Fleet;
use crate::exceptions;
use crate::finance::payments;
use crate::inventory;
use crate::live::Live;
use crate::platform::attempts::Attempts;
use crate::platform::backup::Bucket;
use crate::platform::backup::daily::Daily;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::export::{self, Exportable};
use crate::platform::fields::Fields;
use crate::platform::files::Files;
use crate::platform::import::added::Added;
use crate::platform::import::{self, Importable, Registry};
use crate::platform::jobs::{Handler, Jobs};
use crate::platform::keep::Sweep;
use crate::platform::notifications::Telling;
use crate::platform::organisation::Organisations;
use crate::platform::people;
use crate::platform::sign_in::Provider;
use crate::platform::vault::Vault;
use crate::sales::{contracts, orders, reports};
use crate::service::tickets;
use crate::warehouse;

/// A handle to the running hub; clones share it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// What happens, for the screens that watch.
    pub live: Live,
    /// All that deals with edges.
    pub fleet: Fleet,
    /// The tree of organisations.
    pub organisations: Organisations,
    /// The custom fields of records.
    pub fields: Fields,
    /// Work that outlives a request.
    pub jobs: Jobs,
    /// Telling people and programs.
    pub telling: Telling,
    /// Files that people attach, import and export.
    pub files: Files,
    /// What can be imported.
    pub imports: Registry,
    /// What can be exported.
    pub exports: export::Registry,
    /// Keys of personal fields.
    pub vault: Vault,
    /// An identity provider that people can sign in with.
    pub sign_in: Option<Provider>,
    /// Failed logins.
    pub attempts: Attempts,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(config: Config, fleet: Fleet, vault: Vault, files: Files) -> Self {
        let (db, live) = (fleet.db.clone(), fleet.live.clone());
        let telling = Telling::new(db.clone(), live.clone(), Clock::default(), config.outside.clone(), vault.clone());
        let (organisations, fields) = (Organisations::new(db.clone()), Fields::new(db.clone()));
        let imports = importables(&vault, &fields);
        let mut handlers = handlers(&config, &telling);
        let zone = &config.outside.time_zone;
        handlers.extend(import::handlers(files.clone(), imports.clone(), organisations.clone(), fields.clone(), zone));
        let exports = exportables();
        handlers.push(export::handler(exports.clone(), files.clone(), organisations.clone(), fields.clone(), vault.clone(), zone));
        let jobs = Jobs::new(db.clone(), Clock::default(), handlers);
        let sign_in = Provider::of(&config);
        let (attempts, stop) = (Attempts::default(), CancellationToken::new());
        Self(Arc::new(Parts {
            config,
            db,
            live,
            fleet,
            organisations,
            fields,
            jobs,
            telling,
            files,
            imports,
            exports,
            vault,
            sign_in,
            attempts,
            stop,
        }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Every kind of job that this hub does. A module with jobs adds its handlers here.
fn handlers(config: &Config, telling: &Telling) -> Vec<Arc<dyn Handler>> {
    let master = config.master(|name| std::env::var(name).ok()).file().map(Path::to_owned);
    // A setting that is none keeps the hub from starting before this.
    let bucket = Bucket::of(config).inspect_err(|error| tracing::error!(%error, "backups lack the files of the bucket")).ok().flatten();
    let mut handlers = telling.handlers();
    handlers.push(Arc::new(customers::Remind));
    handlers.extend(reports::handlers(telling));
    handlers.push(Arc::new(Sweep { settings: config.keep }));
    handlers.push(Arc::new(Daily { settings: config.backup.clone(), data: config.data.clone(), master, bucket }));
    handlers
}

/// Everything that can be imported. A module with something new adds it here.
fn importables(vault: &Vault, fields: &Fields) -> Registry {
    let customers = customers::Customers { vault: vault.clone(), settings: fields.clone() };
    let people = people::People { vault: vault.clone(), settings: fields.clone() };
    let all: [Arc<dyn Importable>; 10] = [
        Arc::new(catalog::Items),
        Arc::new(customers),
        Arc::new(people),
        Arc::new(catalog::prices::Prices),
        Arc::new(warehouse::Locations),
        Arc::new(warehouse::Operators),
        Arc::new(inventory::OpeningStock),
        Arc::new(Added(opportunities::AddedFields)),
        Arc::new(Added(orders::AddedFields)),
        Arc::new(Added(tickets::AddedFields)),
    ];
    Registry::new(all.to_vec())
}

/// Every list that can be exported. A module with a new one adds it here.
#[must_use]
pub fn exportables() -> export::Registry {
    let all: [Arc<dyn Exportable>; 16] = [
        Arc::new(catalog::sheet::Sheet),
        Arc::new(inventory::sheet::Stock),
        Arc::new(inventory::sheet::StockByLocation),
        Arc::new(inventory::sheet::Summary),
        Arc::new(warehouse::sheet::Locations),
        Arc::new(inventory::sheet::Movements),
        Arc::new(warehouse::sheet::Tasks),
        Arc::new(exceptions::sheet::Sheet),
        Arc::new(people::sheet::Sheet),
        Arc::new(customers::sheet::Sheet),
        Arc::new(payments::sheet::Sheet),
        Arc::new(opportunities::sheet::Sheet),
        Arc::new(tickets::sheet::Sheet),
        Arc::new(catalog::prices::sheet::Sheet),
        Arc::new(contracts::sheet::Sheet),
        Arc::new(orders::sheet::Sheet),
    ];
    export::Registry::new(all.to_vec())
}
