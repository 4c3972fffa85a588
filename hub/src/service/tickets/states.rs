//! How a ticket goes on: which act is legal in which state, whose it is, and what it leads to. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TicketKind)]
pub enum Kind {
    /// 送货安装.
    DeliveryInstall,
    /// 售后: repair, complaint.
    AfterSales,
    /// 回访: a call some days after.
    ReturnVisit,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::DeliveryInstall, Self::AfterSales, Self::ReturnVisit];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DeliveryInstall => "delivery_install",
            Self::AfterSales => "after_sales",
            Self::ReturnVisit => "return_visit",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::DeliveryInstall => ("送货安装", "Delivery and installation"),
            Self::AfterSales => ("售后", "After-sales"),
            Self::ReturnVisit => ("回访", "Return visit"),
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TicketState)]
pub enum State {
    /// Nobody has it.
    New,
    /// 派单: somebody was given it.
    Dispatched,
    /// 接单: they took it.
    Accepted,
    /// 预约: the customer knows when.
    Appointed,
    /// 上门: somebody is there.
    OnSite,
    /// 完工.
    Completed,
    /// Looked at once more and put away.
    Closed,
    /// Will not be done.
    Cancelled,
}

impl State {
    /// Every state, in the order of a ticket's life.
    pub const ALL: [Self; 8] =
        [Self::New, Self::Dispatched, Self::Accepted, Self::Appointed, Self::OnSite, Self::Completed, Self::Closed, Self::Cancelled];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Dispatched => "dispatched",
            Self::Accepted => "accepted",
            Self::Appointed => "appointed",
            Self::OnSite => "on_site",
            Self::Completed => "completed",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::New => ("待派单", "to be dispatched"),
            Self::Dispatched => ("已派单", "dispatched"),
            Self::Accepted => ("已接单", "accepted"),
            Self::Appointed => ("已预约", "appointed"),
            Self::OnSite => ("已上门", "on site"),
            Self::Completed => ("已完工", "completed"),
            Self::Closed => ("已关闭", "closed"),
            Self::Cancelled => ("已取消", "cancelled"),
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether work on it goes on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Dispatched | Self::Accepted | Self::Appointed | Self::OnSite)
    }

    /// Whether whoever it was given to has taken it and works on it.
    #[must_use]
    pub const fn is_at_work(self) -> bool {
        matches!(self, Self::Accepted | Self::Appointed | Self::OnSite)
    }
}

/// What is done with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TicketAct)]
pub enum Act {
    /// Give it to somebody, or to somebody else.
    Dispatch,
    /// Take it.
    Accept,
    /// Give it back, for a reason.
    Decline,
    /// Agree when, or when else.
    Appoint,
    /// Be there, with the place that the phone tells.
    CheckIn,
    /// Scan a carton.
    Scan,
    /// Note what was done.
    Report,
    /// Finish it.
    Complete,
    /// Put it away.
    Close,
    /// Give it up, for a reason.
    Cancel,
    /// 转售后: make an after-sales ticket of what was found.
    AfterSales,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 11] = [
        Self::Dispatch,
        Self::Accept,
        Self::Decline,
        Self::Appoint,
        Self::CheckIn,
        Self::Scan,
        Self::Report,
        Self::Complete,
        Self::Close,
        Self::Cancel,
        Self::AfterSales,
    ];

    /// Its word in the database, the audit and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dispatch => "dispatch",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Appoint => "appoint",
            Self::CheckIn => "check_in",
            Self::Scan => "scan",
            Self::Report => "report",
            Self::Complete => "complete",
            Self::Close => "close",
            Self::Cancel => "cancel",
            Self::AfterSales => "after_sales",
        }
    }

    /// Whether whoever leads the work may do it.
    #[must_use]
    pub const fn is_dispatchers(self) -> bool {
        !matches!(self, Self::Accept | Self::Decline | Self::CheckIn | Self::Scan)
    }

    /// Whether whoever has the ticket may do it.
    #[must_use]
    pub const fn is_installers(self) -> bool {
        !matches!(self, Self::Dispatch | Self::Close | Self::Cancel)
    }
}

/// Where an act leads, or nothing where it is not legal.
#[must_use]
pub const fn next(kind: Kind, state: State, act: Act) -> Option<State> {
    use Act as A;
    use State as S;
    match (act, state) {
        (A::Dispatch, S::New | S::Dispatched | S::Accepted | S::Appointed) => Some(S::Dispatched),
        (A::Accept, S::Dispatched) => Some(S::Accepted),
        (A::Decline, S::Dispatched | S::Accepted | S::Appointed) => Some(S::New),
        (A::Appoint, S::Accepted | S::Appointed) => Some(S::Appointed),
        // A work of two days has two check-ins.
        (A::CheckIn, S::Appointed | S::OnSite) => Some(S::OnSite),
        (A::Complete, S::OnSite) => Some(S::Completed),
        (A::Close, S::Completed) => Some(S::Closed),
        (A::Cancel, state) if state.is_open() => Some(S::Cancelled),
        (A::Scan | A::Report, state) if state.is_at_work() => Some(state),
        (A::AfterSales, state) if state.is_at_work() || matches!(state, S::Completed | S::Closed) => match kind {
            Kind::DeliveryInstall => Some(state),
            Kind::AfterSales | Kind::ReturnVisit => None,
        },
        // A return visit is a call: whoever makes it notes what was said.
        (A::Complete, state) if state.is_open() && matches!(kind, Kind::ReturnVisit) => Some(S::Completed),
        _ => None,
    }
}

/// What can be done in a state.
pub fn legal(kind: Kind, state: State) -> impl Iterator<Item = Act> {
    Act::ALL.into_iter().filter(move |act| next(kind, state, *act).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table once more, as people would write it on a wall.
    const WALL: &str = "
        new:        dispatch>dispatched cancel>cancelled
        dispatched: dispatch>dispatched accept>accepted decline>new cancel>cancelled
        accepted:   dispatch>dispatched decline>new appoint>appointed scan>accepted report>accepted cancel>cancelled after_sales>accepted
        appointed:  dispatch>dispatched decline>new appoint>appointed check_in>on_site scan>appointed report>appointed cancel>cancelled after_sales>appointed
        on_site:    check_in>on_site scan>on_site report>on_site complete>completed cancel>cancelled after_sales>on_site
        completed:  close>closed after_sales>completed
        closed:     after_sales>closed
        cancelled:";

    fn on_the_wall(state: State, act: Act) -> Option<State> {
        let line = WALL.lines().find_map(|line| line.trim().strip_prefix(&format!("{}:", state.word())));
        let move_of = line.unwrap_or_default().split_whitespace().find_map(|to| to.strip_prefix(&format!("{}>", act.word())));
        move_of.and_then(State::of_word)
    }

    proptest! {
        #[test]
        fn any_sequence_of_acts_moves_as_the_wall_says_or_changes_nothing(acts in prop::collection::vec(0..Act::ALL.len(), 0..60)) {
            let mut state = State::New;
            for act in acts.into_iter().map(|n| Act::ALL[n]) {
                let to = next(Kind::DeliveryInstall, state, act);
                prop_assert_eq!(to, on_the_wall(state, act), "{:?} in {:?}", act, state);
                prop_assert_eq!(to.is_some(), legal(Kind::DeliveryInstall, state).any(|legal| legal == act));
                state = to.unwrap_or(state);
            }
        }

        #[test]
        fn every_kind_ends_and_what_has_ended_stays(kind in 0..Kind::ALL.len(), acts in prop::collection::vec(0..Act::ALL.len(), 0..60)) {
            let (kind, mut state) = (Kind::ALL[kind], State::New);
            for act in acts.into_iter().map(|n| Act::ALL[n]) {
                let was = state;
                state = next(kind, state, act).unwrap_or(state);
                prop_assert!(was.is_open() || !state.is_open(), "{:?} opened again by {:?}", was, act);
                prop_assert!(was != State::Cancelled || state == State::Cancelled);
            }
        }
    }

    #[test]
    fn a_return_visit_is_done_by_a_call_and_only_a_delivery_becomes_an_after_sales_ticket() {
        assert_eq!(next(Kind::ReturnVisit, State::New, Act::Complete), Some(State::Completed));
        assert_eq!(next(Kind::AfterSales, State::New, Act::Complete), None);
        assert_eq!(next(Kind::AfterSales, State::OnSite, Act::AfterSales), None);
        assert!(Act::ALL.iter().all(|act| act.is_dispatchers() || act.is_installers()), "every act is somebody's");
    }

    #[test]
    fn words_are_read_back() {
        assert!(State::ALL.iter().all(|state| State::of_word(state.word()) == Some(*state)));
        assert!(Kind::ALL.iter().all(|kind| Kind::of_word(kind.word()) == Some(*kind)));
        assert!(Act::ALL.iter().all(|act| serde_json::to_value(act).is_ok_and(|word| word == act.word())));
    }
}
