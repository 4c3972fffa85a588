//! How an opportunity stands, and the figures of its stages. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::stages::Stage;
use crate::platform::stages::model::End;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// How an opportunity stands, as its stage says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OpportunityState)]
pub enum State {
    /// On its way.
    Open,
    /// Signed.
    Won,
    /// Came to nothing.
    Lost,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Won, Self::Lost];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The state of a word; open for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Open)
    }

    /// That of a stage.
    #[must_use]
    pub const fn of(stage: &Stage) -> Self {
        match stage.end {
            None => Self::Open,
            Some(End::Won) => Self::Won,
            Some(End::Lost) => Self::Lost,
        }
    }
}

/// How a stay in a stage ended: `forward`, `back` or `lost`.
#[must_use]
pub fn outcome(stages: &[Stage], from: &str, to: &str) -> &'static str {
    let place = |code: &str| stages.iter().position(|stage| stage.code == code);
    match place(to).map(|n| (n, stages[n].end)) {
        Some((_, Some(End::Lost))) | None => "lost",
        Some((to, _)) if place(from).is_none_or(|from| from < to) => "forward",
        Some(_) => "back",
    }
}

/// What the books have of a stage: of opportunities that left it within a time, and of those that are in it now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Opportunities that left it.
    pub left: i64,
    /// Of these, those that moved on.
    pub moved_on: i64,
    /// How long they were in it, together.
    pub stayed_ms: i64,
    /// Opportunities that are in it now.
    pub open: i64,
    /// Of these, those whose time is over.
    pub overdue: i64,
    /// How many were stuck for which reason.
    pub reasons: BTreeMap<String, i64>,
}

/// A reason, and how many opportunities were stuck for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StuckFor {
    /// Its code among the reasons of the stage.
    pub reason: String,
    /// How many.
    pub count: i64,
}

/// Figures of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StageFigures {
    /// The stage.
    pub stage: String,
    /// Opportunities that left it within the time that was asked for.
    pub left: i64,
    /// Of these, those that moved on to a later stage.
    pub moved_on: i64,
    /// 转化率: how many of a hundred that left it moved on, rounded half up; nothing when none left.
    pub rate: Option<i64>,
    /// 平均停留天数: how many days those that left had been in it, rounded half up to a tenth; nothing when none left.
    pub days: Option<f64>,
    /// Opportunities that are in it now.
    pub open: i64,
    /// Of these, those whose time is over.
    pub overdue: i64,
    /// 主要阻塞原因: why opportunities were stuck in it, the most common reason first.
    pub reasons: Vec<StuckFor>,
}

/// Half up, for what is not below nothing.
const fn rounded(part: i64, whole: i64) -> i64 {
    (2 * part + whole) / (2 * whole)
}

impl Counted {
    /// As people read it.
    #[must_use]
    pub fn figures(&self, stage: &str) -> StageFigures {
        let of_left = |part: i64| (self.left > 0).then(|| rounded(part, self.left));
        let mut reasons: Vec<StuckFor> =
            self.reasons.iter().map(|(reason, count)| StuckFor { reason: reason.clone(), count: *count }).collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        StageFigures {
            stage: stage.to_owned(),
            left: self.left,
            moved_on: self.moved_on,
            rate: of_left(self.moved_on.saturating_mul(100)),
            #[expect(clippy::cast_precision_loss, reason = "tenths of a day are few")]
            days: (self.left > 0).then(|| rounded(self.stayed_ms.saturating_mul(10), self.left.saturating_mul(DAY_MS)) as f64 / 10.0),
            open: self.open,
            overdue: self.overdue,
            reasons,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_as_people_round_and_nothing_is_made_of_nothing() {
        let reasons = BTreeMap::from([("price".to_owned(), 2), ("time".to_owned(), 5)]);
        let counted = Counted { left: 200, moved_on: 135, stayed_ms: 200 * DAY_MS * 7 + 10 * DAY_MS, open: 3, overdue: 1, reasons };
        let figures = counted.figures("design");
        assert_eq!((figures.rate, figures.days), (Some(68), Some(7.1)), "67.5 % and 7.05 days");
        assert_eq!(figures.reasons[0], StuckFor { reason: "time".into(), count: 5 });
        let none = Counted::default().figures("lead");
        assert_eq!((none.rate, none.days, none.left), (None, None, 0));
    }

    #[test]
    fn a_stay_ends_forward_back_or_lost() {
        let stages: Vec<Stage> = serde_json::from_value(serde_json::json!([{"code": "a", "title": "a"}, {"code": "b", "title": "b"},
            {"code": "won", "title": "w", "end": "won"}, {"code": "lost", "title": "l", "end": "lost"}]))
        .unwrap();
        for (from, to, wanted) in [
            ("a", "b", "forward"),
            ("b", "won", "forward"),
            ("b", "a", "back"),
            ("a", "lost", "lost"),
            ("lost", "a", "back"),
            ("x", "a", "forward"),
        ] {
            assert_eq!(outcome(&stages, from, to), wanted, "{from} to {to}");
        }
    }
}
