//! What happens, as it happens: one stream per screen, of what its reader may see. A screen that comes back says with `Last-Event-ID`
//! what it saw last, and gets what it missed as far as that is still kept.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Message, KeepAlive};
use futures_util::stream::{self, Stream};
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, sleep_until};

use super::extract::Query;
use super::openapi::Refusals;
use super::problem::{Language, Problem};
use crate::live::{Event, Found, What};
use crate::platform::identity::Actor;
use crate::platform::notifications;
use crate::platform::organisation::Tree;
use crate::platform::scope::{self, Entity, Part, Parties, Scope};
use crate::platform::session::{self, Credential, Session};
use crate::sales::orders;
use crate::service::tickets;
use crate::state::App;
use crate::{edges, exceptions, warehouse};

/// How often a stream without events says that it lives.
const PING: Duration = Duration::from_secs(15);
/// How often a stream looks whether its reader is still signed in.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What a reader may see of each kind of event.
struct Seen {
    stock: Scope,
    work: Scope,
    cases: Scope,
    edges: Scope,
    orders: Scope,
    tickets: Scope,
    figures: Scope,
    tree: Arc<Tree>,
    below: Option<i64>,
}

impl Seen {
    fn of(reader: &Actor, asked: Part) -> Self {
        let of = |entity| scope::of(reader, entity).at_most(&reader.tree, asked);
        Self {
            stock: of(Entity::Movement),
            work: of(Entity::Task),
            cases: of(Entity::Exception),
            edges: of(Entity::Edge),
            // A part of it would leave out what is the reader's own there.
            orders: scope::of(reader, Entity::Order),
            tickets: scope::of(reader, Entity::Ticket),
            figures: scope::of(reader, Entity::Figure),
            tree: reader.tree.clone(),
            below: asked.below,
        }
    }

    /// The scope of what belongs to a site or has an owner; what is for one person has none.
    const fn scope(&self, what: &What) -> Option<&Scope> {
        Some(match what {
            What::Movement(_) => &self.stock,
            What::Task(_) | What::Fact(_) => &self.work,
            What::Edge(_) => &self.edges,
            What::Exception(_) => &self.cases,
            What::Order(_) => &self.orders,
            What::Ticket(_) => &self.tickets,
            What::Sale(_) => &self.figures,
            What::Notification { .. } => return None,
        })
    }

    /// Whether a record with an owner is in sight, and in the part that is asked for.
    fn sees(&self, what: &What, parties: &Parties) -> bool {
        let asked = self.below.is_none_or(|below| self.tree.is_within(parties.organisation, below));
        asked && self.scope(what).is_some_and(|scope| scope.sees_of_parties(parties))
    }
}

struct Screen {
    app: App,
    credential: Credential,
    user: i64,
    language: Language,
    seen: Seen,
    asked: Part,
    last: Option<u64>,
    waiting: VecDeque<Event>,
    coming: Receiver<Event>,
    look_again: Instant,
}

/// Server-sent events: `movement`, `task`, `edge`, `exception` with the row as in their lists, `fact` for every scan, `order` and `ticket` with
/// number and state, `sale` when figures of sales changed, and `notification` (the row and `unread`) for what the reader is told. A comment every 15 s keeps the connection alive. The browser's `Last-Event-ID` is honoured.
#[utoipa::path(get, path = "/api/v1/events", tag = "warehouse", params(Part),
    responses((status = 200, description = "Events", content_type = "text/event-stream", body = String), Refusals))]
pub async fn stream(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Query(asked): Query<Part>,
) -> Result<Sse<impl Stream<Item = Result<Message, Infallible>>>, Problem> {
    session.scope_at(Entity::Site, asked)?;
    let seen = Seen::of(&session.actor, asked);
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let (missed, coming) = app.live.watch(last);
    let look_again = Instant::now() + LOOK_AGAIN;
    let waiting = missed.into();
    let (user, language) = (session.actor.id, Language::of(&headers));
    let screen = Screen { app, credential: session.credential, user, language, seen, asked, last, waiting, coming, look_again };
    let events = stream::unfold(screen, |mut screen| async move { screen.next().await.map(|message| (Ok(message), screen)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(PING).text("ping")))
}

impl Screen {
    fn may_see(&self, event: &Event) -> bool {
        match (&event.what, self.seen.scope(&event.what)) {
            (What::Notification { user, .. }, _) => *user == self.user,
            // Whose it is turns out where it is read; who sees none does not ask.
            (What::Order(_) | What::Ticket(_), scope) => scope.is_some_and(|scope| *scope != Scope::Sites(Vec::new())),
            (What::Sale(parties), _) => self.seen.sees(&event.what, parties),
            (_, scope) => scope.is_some_and(|scope| scope.sees_of(event.site.map(|site| site.0))),
        }
    }

    /// The next message; nothing when the stream is to end.
    async fn next(&mut self) -> Option<Message> {
        loop {
            while let Some(event) = self.waiting.pop_front() {
                self.last = Some(event.id);
                if self.may_see(&event)
                    && let Some(message) = self.message(event).await
                {
                    return Some(message);
                }
            }
            let stop = self.app.stop.clone();
            tokio::select! {
                () = stop.cancelled() => return None,
                () = sleep_until(self.look_again) => self.look_again().await?,
                event = self.coming.recv() => match event {
                    Ok(event) => self.waiting.push_back(event),
                    Err(RecvError::Closed) => return None,
                    Err(RecvError::Lagged(_)) => {
                        let (missed, coming) = self.app.live.watch(self.last);
                        (self.waiting, self.coming) = (missed.into(), coming);
                    }
                },
            }
        }
    }

    /// Ends the stream of somebody who has signed out, and follows a change of what they may see.
    async fn look_again(&mut self) -> Option<()> {
        self.look_again = Instant::now() + LOOK_AGAIN;
        let session = session::recognise(&self.app, self.credential.clone()).await.ok()??;
        session.scope_at(Entity::Site, self.asked).ok()?;
        self.seen = Seen::of(&session.actor, self.asked);
        Some(())
    }

    /// The row of a record with an owner, when it is in sight. The first screen reads it for all others.
    async fn found(&self, event: &Event) -> Option<serde_json::Value> {
        let db = self.app.db.read();
        let read = || async {
            Ok::<_, DbErr>(
                match event.what {
                    What::Order(id) => orders::brief(db, id).await?.map(|(parties, row)| (parties, json!(row))),
                    What::Ticket(id) => tickets::brief(db, id).await?.map(|(parties, row)| (parties, json!(row))),
                    _ => None,
                }
                .map(|(parties, row)| Found { parties, row }),
            )
        };
        let found = event.found.get_or_try_init(read).await.ok()?.as_ref()?;
        self.seen.sees(&event.what, &found.parties).then(|| found.row.clone())
    }

    async fn message(&self, event: Event) -> Option<Message> {
        let db = self.app.db.read();
        let message = match &event.what {
            What::Movement(row) => named("movement", &**row),
            What::Fact(scan) => named("fact", &**scan),
            What::Task(id) => named("task", &warehouse::task_row(db, &self.seen.work, id.0).await.ok()??),
            What::Sale(_) => named("sale", &json!({})),
            What::Edge(id) => named("edge", &edges::row(&self.app.fleet, id).await.ok()??),
            What::Exception(id) => named("exception", &exceptions::row(db, &self.seen.cases, *id).await.ok()??),
            What::Order(_) => named("order", &self.found(&event).await?),
            What::Ticket(_) => named("ticket", &self.found(&event).await?),
            What::Notification { user, id } => {
                let row = notifications::notification(db, *user, *id, self.language).await.ok()??;
                named("notification", &Told { row, unread: notifications::unread(db, *user).await.ok()? })
            }
        };
        message.map(|message| message.id(event.id.to_string()))
    }
}

/// What somebody is told, and how much they have not read.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    row: notifications::Notification,
    unread: i64,
}

fn named(name: &str, row: &impl Serialize) -> Option<Message> {
    Message::default().event(name).json_data(row).ok()
}
