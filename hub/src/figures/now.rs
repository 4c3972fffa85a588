//! What needs somebody now: cases, silent edges, tickets that are due, orders that are late; each in the scope of its own.

use sea_orm::ConnectionTrait;

use super::model::{FiguresNow, TicketsNow};
use super::store::Look;
use crate::exceptions::open_by_kind;
use crate::http::problem::Problem;
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity, Part, Scope};
use crate::sales::orders::late_count;
use crate::service::tickets::states::State;
use crate::service::tickets::{self, Asked, Reach};
use crate::warehouse::edges_summary;

/// What a reader sees of it; `today` is theirs.
pub async fn now(db: &impl ConnectionTrait, actor: &Actor, look: &Look<'_>, today: &str) -> Result<FiguresNow, Problem> {
    let below = look.below;
    let sees = |entity| Some(scope::of(actor, entity)).filter(|scope| *scope != Scope::Sites(Vec::new()));
    let part = |scope: Scope| scope.at_most(&actor.tree, Part { site: None, below });
    let at_ms = clock::now_ms();
    let mut now = FiguresNow { at_ms, cases: None, edges: None, tickets: None, orders_late: None, wins: look.wins(db).await? };
    if let Some(scope) = sees(Entity::Exception) {
        now.cases = Some(open_by_kind(db, &part(scope)).await?);
    }
    if let Some(scope) = sees(Entity::Edge) {
        now.edges = Some(edges_summary(db, &part(scope)).await?);
    }
    if sees(Entity::Ticket).is_some() {
        let scope = Reach::Seen.scope(actor);
        let states = || State::ALL.into_iter().filter(|state| state.is_open()).collect();
        let open = Asked { below, states: states(), ..Asked::default() };
        let due = Asked { due_before: Some(at_ms), below, states: states(), ..Asked::default() };
        let (open, overdue) = (tickets::count(db, &scope, &actor.tree, &open).await?, tickets::count(db, &scope, &actor.tree, &due).await?);
        now.tickets = Some(TicketsNow { open, overdue });
    }
    if let Some(scope) = sees(Entity::Order) {
        now.orders_late = Some(late_count(db, &scope, (&actor.tree, below), today).await?);
    }
    Ok(now)
}
