//! How tickets come into somebody's reach. Whoever sold an order or looks after its customer reads its tickets, also where another organisation
//! serves them; figures and work are of those that a role reaches, so that two managers of one store see the same.

use crate::platform::identity::{Actor, Right};
use crate::platform::scope::{self, Entity, Scope};

/// Which of the tickets that somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// All of them.
    #[default]
    Read,
    /// Those that a role shows, and those that they have themselves.
    Seen,
    /// Those that they may give out, and those that they have themselves.
    Led,
}

impl Reach {
    /// The reach of a word in a query.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word {
            "seen" => Some(Self::Seen),
            "led" => Some(Self::Led),
            _ => None,
        }
    }

    /// Those tickets; none for who may see no tickets at all.
    #[must_use]
    pub fn scope(self, actor: &Actor) -> Scope {
        let read = scope::of(actor, Entity::Ticket);
        let by = match self {
            Self::Seen if read != Scope::Sites(Vec::new()) => Right::SeeTickets,
            Self::Led if read != Scope::Sites(Vec::new()) => Right::Tickets,
            _ => return read,
        };
        scope::with(actor, Entity::Ticket, Some(by))
    }
}
