//! News for open pages, as server-sent events: `state` and `verdict` of a station, `link`, `print`.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Sse;
use axum::response::sse::{Event as Message, KeepAlive};
use futures_util::Stream;
use qitao_domain::ids::StationId;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::Panel;
use crate::core::Event;

#[derive(Deserialize)]
pub(super) struct Of {
    /// Only this station's news.
    #[serde(default)]
    station: Option<StationId>,
}

#[derive(Serialize)]
struct PrintNews {
    job: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) async fn stream(State(panel): State<Panel>, Query(of): Query<Of>) -> Sse<impl Stream<Item = Result<Message, Infallible>>> {
    let (news, page) = mpsc::channel(64);
    let stop = panel.workplace.stop.clone();
    tokio::spawn(async move {
        tokio::select! { () = follow(panel, of.station, news) => {}, () = stop.cancelled() => {} }
    });
    let stream = tokio_stream::wrappers::ReceiverStream::new(page);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)).text("ping"))
}

type Page = mpsc::Sender<Result<Message, Infallible>>;

/// Until the page is closed.
async fn follow(panel: Panel, station: Option<StationId>, page: Page) {
    let core = panel.workplace.core.clone();
    let (mut events, mut link) = (core.subscribe(), core.link());
    let (mut scanners, mut jobs) = (panel.devices.watch(), panel.printing.subscribe());
    link.mark_changed();
    let wanted = |id: &StationId| station.as_ref().is_none_or(|station| station == id);
    loop {
        let sent = tokio::select! {
            () = page.closed() => return,
            changed = link.changed() => match changed {
                Ok(()) => { let now = *link.borrow_and_update(); say(&page, "link", &now).await }
                Err(_) => return,
            },
            event = events.recv() => match event {
                Ok(Event::Recorded(recorded)) if wanted(&recorded.fact.station) => {
                    panel.recent.push(recorded.order, recorded.fact.clone());
                    // The state first: the verdict's flash then stands beside the progress that it made.
                    let told = say(&page, "state", &panel.station_view(recorded.station.clone())).await;
                    told && say(&page, "verdict", &panel.scan_view(&recorded.fact, &recorded.station.undoable)).await
                }
                Ok(Event::Recorded(_)) => true,
                // After a gap the page is given everything anew.
                Ok(Event::Tasks) | Err(RecvError::Lagged(_)) => all_stations(&panel, &page, &station).await,
                Err(RecvError::Closed) => return,
            },
            changed = scanners.changed() => match changed {
                Ok(()) => { scanners.mark_unchanged(); all_stations(&panel, &page, &station).await }
                Err(_) => return,
            },
            job = jobs.recv() => match job {
                Ok(job) => {
                    let (state, reason) = match &job.state {
                        crate::printing::JobState::Queued => ("queued", None),
                        crate::printing::JobState::Sending => ("sending", None),
                        crate::printing::JobState::Confirmed => ("confirmed", None),
                        crate::printing::JobState::Uncertain { reason } => ("uncertain", Some(reason.clone())),
                        crate::printing::JobState::Settled => ("settled", None),
                        crate::printing::JobState::Refused { reason } => ("refused", Some(reason.clone())),
                    };
                    say(&page, "print", &PrintNews { job: job.id(), state, reason }).await
                }
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
        };
        if !sent {
            return;
        }
    }
}

async fn all_stations(panel: &Panel, page: &Page, only: &Option<StationId>) -> bool {
    let core = &panel.workplace.core;
    let ids = match only {
        Some(station) => vec![station.clone()],
        None => core.stations(),
    };
    for id in ids {
        if !say(page, "state", &panel.station_view(core.station_or_new(&id))).await {
            return false;
        }
    }
    true
}

/// Whether the page is still there.
async fn say(page: &Page, name: &str, data: &impl Serialize) -> bool {
    match Message::default().event(name).json_data(data) {
        Ok(message) => page.send(Ok(message)).await.is_ok(),
        Err(error) => {
            tracing::error!(%error, name, "an event could not be written");
            true
        }
    }
}
