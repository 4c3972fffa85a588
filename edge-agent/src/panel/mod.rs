//! The operators' page, and what runs behind it: stations, devices, printing.
//!
//! The page works with the hub away: everything it needs is on this machine. [`view`] is what it shows, [`api`] what it may ask, [`events`] how it hears
//! of news, [`recent`] the last scans of each station, [`assets`] the page itself (built from `hub/web`). [`door`] stands before all of it: over the network
//! only devices come in that are paired ([`pair`], [`pairing`]).

mod api;
mod assets;
mod door;
mod events;
mod pair;
mod pairing;
mod photo;
mod print;
mod problem;
mod recent;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::{get, post};
use qitao_scanner_drivers::clock::SystemClock;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::devices::Devices;
use crate::printing::Printing;
use crate::settings::SettingsWatch;
use crate::settings::watch::Pace;
use crate::workplace::Workplace;
use door::Door;
use pairing::Pairing;
use recent::Recent;

pub use door::Ends;
pub use pair::Shown;

/// Largest photo that is taken, bytes.
const MAX_PHOTO: usize = 24 * 1024 * 1024;
/// Largest other body, bytes: a scan is at most 8 KiB, and JSON may escape each byte sixfold.
const MAX_BODY: usize = 64 * 1024;

/// What the handlers share.
#[derive(Clone)]
struct Panel {
    workplace: Workplace,
    devices: Devices,
    printing: Printing,
    recent: Arc<Recent>,
    door: Door,
}

/// Starts everything that works with people and devices, on [`Workplace::tracker`], and gives the panel's routes.
pub async fn start(workplace: Workplace) -> Router {
    let (core, stop) = (workplace.core.clone(), workplace.stop.clone());
    let devices = Devices::new();
    let printing = Printing::new(core.clone(), workplace.config.printers.clone());
    let recent = Recent::start(&workplace).await;
    match SystemClock::new() {
        Ok(clock) => {
            let (devices, config, core, stop) = (devices.clone(), workplace.config.clone(), core.clone(), stop.clone());
            workplace.tracker.spawn(async move { devices.run(&config, core, Arc::new(clock), stop).await });
        }
        Err(error) => tracing::error!(%error, "no scanners: the machine's clocks cannot be read"),
    }
    if workplace.config.login.one_scanner {
        core.keep_to_one_station();
    }
    if workplace.config.login.pin {
        core.want_pins();
    }
    workplace.tracker.spawn(crate::login::run(workplace.config.login.clone(), core.clone(), crate::clock::stamp, stop.clone()));
    workplace.tracker.spawn(printing.clone().run(devices.plugs(), stop));
    let settings = SettingsWatch::new(Pace::of(&workplace.config));
    if workplace.config.settings.watch {
        workplace.tracker.spawn(settings.clone().run(
            workplace.config.clone(),
            core.clone(),
            devices.clone(),
            printing.clone(),
            workplace.stop.clone(),
        ));
    }
    workplace.tracker.spawn(report_devices(workplace.clone(), devices.clone(), printing.clone(), settings));
    let door = Door::new(Arc::new(Pairing::new(workplace.core.outbox().clone())), &workplace.config.panel.names);
    router(Panel { workplace, devices, printing, recent, door })
}

fn router(panel: Panel) -> Router {
    let header = |name: HeaderName, value: &'static str| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
    Router::new()
        .route("/api/state", get(api::state))
        .route("/api/tasks", get(api::tasks))
        .route("/api/events", get(events::stream))
        .route("/api/stations", post(api::create_station))
        .route("/api/stations/{id}/scan", post(api::scan))
        .route("/api/stations/{id}/command", post(api::command))
        .route("/api/stations/{id}/undo", post(api::undo))
        .route("/api/stations/{id}/scanner", post(api::scanner))
        .route("/api/stations/{id}/photo", post(photo::photo).layer(DefaultBodyLimit::max(MAX_PHOTO)))
        .route("/api/print", post(print::submit))
        .route("/api/print/jobs", get(print::jobs))
        .route("/api/print/jobs/{number}/settle", post(print::settle))
        .route("/api/print/jobs/{number}/move", post(print::move_to))
        .route("/api/print/jobs/{number}/reprint", post(print::reprint))
        .route("/pair", get(pair::show).post(pair::pair_browser))
        .route("/pair/remove", post(pair::remove))
        .route("/api/pair", post(pair::pair_program))
        .route("/api/pairing", post(pair::code))
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(axum::middleware::from_fn_with_state(panel.door.clone(), door::guard))
        .layer(header(header::CONTENT_SECURITY_POLICY, policy))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .with_state(panel)
}

/// Tells the uplink of scanners and printers as they change, how they are set, and of the names of browsers that are stations.
async fn report_devices(workplace: Workplace, devices: Devices, printing: Printing, settings: SettingsWatch) {
    let (mut scanners, mut printers, mut set) = (devices.watch(), printing.watch(), settings.watch());
    loop {
        set.mark_unchanged();
        let mut all: Vec<_> = scanners.borrow_and_update().iter().map(crate::devices::ScannerNow::health).collect();
        all.extend(printers.borrow_and_update().iter().map(crate::printing::PrinterNow::health));
        settings.complete(&mut all);
        all.extend(api::browsers(&workplace));
        workplace.devices.send_if_modified(|old| {
            let news = *old != all;
            *old = all;
            news
        });
        tokio::select! {
            changed = scanners.changed() => if changed.is_err() { return },
            changed = printers.changed() => if changed.is_err() { return },
            changed = set.changed() => if changed.is_err() { return },
            () = workplace.stop.cancelled() => return,
        }
    }
}
