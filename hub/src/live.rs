//! What happens, as it happens: committed facts, movements, tasks, edges and cases, for the screens that watch.
//!
//! Published only after commit. A screen that was away asks for what came after the last event it saw; the last few are kept for that.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use qitao_domain::ids::{EdgeId, SiteId, TaskId};
use tokio::sync::{OnceCell, broadcast};

use crate::inventory::MovementRow;
use crate::platform::clock::now_ms;
use crate::platform::scope::Parties;
use crate::warehouse::Names;

/// Events kept for screens that come back.
const KEPT: usize = 1_000;
/// Events that a slow screen may be behind before it misses some.
const BEHIND: usize = 4_096;

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Grows with every event, also over restarts of the hub.
    pub id: u64,
    /// The site it belongs to; `None` for what belongs to none.
    pub site: Option<SiteId>,
    /// What happened.
    pub what: What,
    /// What was found of it, where that is asked; nothing when it is not there.
    pub found: Arc<OnceCell<Option<Found>>>,
}

/// What happened. Rows that every screen shows alike come whole; of the others only the id, to be read by whoever may see it.
#[derive(Debug, Clone)]
pub enum What {
    /// Stock moved.
    Movement(Arc<MovementRow>),
    /// A task came, went on or ended.
    Task(TaskId),
    /// An edge came, went, or says how it is.
    Edge(EdgeId),
    /// A case was opened or resolved.
    Exception(i64),
    /// An order came or went on.
    Order(i64),
    /// A service ticket came or went on.
    Ticket(i64),
    /// Somebody scanned.
    Fact(Arc<Scanned>),
    /// An order began to count, or does not any more: who sold it.
    Sale(Arc<Parties>),
    /// One person was told something; nobody else sees it.
    Notification {
        /// Whom.
        user: i64,
        /// Number of the notification.
        id: i64,
    },
}

/// A scan as the floor page shows it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Scanned {
    /// Where from.
    pub edge: String,
    /// At which station of it.
    pub station: String,
    /// Who.
    pub operator_name: Option<String>,
    /// `right`, `wrong` or `attention`.
    pub tone: String,
    /// The verdict as the domain writes it.
    #[schema(value_type = Object)]
    pub verdict: serde_json::Value,
    /// When, by the edge's clock.
    pub at_ms: i64,
    /// Its own random id.
    pub scan: String,
    /// Its site.
    pub site: i64,
    /// The task it belongs to.
    pub task: Option<i64>,
    /// Names of what the verdict speaks about.
    pub names: Names,
}

/// A record with an owner, and whose it is: read by the first screen that is told, for all of them.
#[derive(Debug)]
pub struct Found {
    /// Whose it is.
    pub parties: Parties,
    /// How far it is.
    pub row: serde_json::Value,
}

struct Kept {
    next: u64,
    events: VecDeque<Event>,
}

struct Inner {
    sender: broadcast::Sender<Event>,
    kept: Mutex<Kept>,
}

/// Where events are published and watched; clones share it.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

impl Default for Live {
    fn default() -> Self {
        let next = u64::try_from(now_ms()).unwrap_or(0) * 1_000;
        Self(Arc::new(Inner { sender: broadcast::Sender::new(BEHIND), kept: Mutex::new(Kept { next, events: VecDeque::new() }) }))
    }
}

impl Live {
    /// Tells everybody who watches.
    pub fn publish(&self, site: Option<SiteId>, what: What) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next += 1;
        let event = Event { id: kept.next, site, what, found: Arc::default() };
        if kept.events.len() == KEPT {
            kept.events.pop_front();
        }
        kept.events.push_back(event.clone());
        // Sent under the lock, so that nobody sees events out of order.
        let _ = self.0.sender.send(event);
    }

    /// The kept events after `last`, and everything from now on. Without `last` only what comes.
    #[must_use]
    pub fn watch(&self, last: Option<u64>) -> (Vec<Event>, broadcast::Receiver<Event>) {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = last.map_or_else(Vec::new, |last| kept.events.iter().filter(|event| event.id > last).cloned().collect());
        (missed, self.0.sender.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_screen_that_comes_back_sees_what_it_missed_and_then_what_comes() {
        let live = Live::default();
        live.publish(None, What::Task(TaskId(1)));
        let (missed, mut watch) = live.watch(None);
        assert!(missed.is_empty());
        live.publish(Some(SiteId(1)), What::Task(TaskId(2)));
        let seen = watch.recv().await.unwrap();
        live.publish(None, What::Task(TaskId(3)));
        let (missed, mut watch) = live.watch(Some(seen.id));
        assert!(matches!(missed[..], [Event { what: What::Task(TaskId(3)), .. }]));
        live.publish(None, What::Task(TaskId(4)));
        assert!(matches!(watch.recv().await.unwrap().what, What::Task(TaskId(4))));
    }

    #[test]
    fn only_the_last_events_are_kept() {
        let live = Live::default();
        for n in 0..KEPT + 5 {
            live.publish(None, What::Exception(i64::try_from(n).unwrap()));
        }
        let (missed, _) = live.watch(Some(0));
        assert_eq!(missed.len(), KEPT);
        assert!(matches!(missed[0].what, What::Exception(5)));
    }
}
