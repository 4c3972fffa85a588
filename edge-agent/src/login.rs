//! Who is logged out without doing it: after a pause, and at the end of the day.
//!
//! A badge logs in; the control barcode `QT-OUT` or another person's badge logs out; and when somebody just walks away, these rules do. Nobody is logged
//! out while goods in their hands have no shelf yet: those stand somewhere and are in no books, so that station waits until they are put down. The rules
//! look at the machine's clocks only; with the hub away they hold as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::event::Source;
use qitao_domain::ids::StationId;
use qitao_domain::scan::Stamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::core::{Core, Event, Input, StationNow};

/// How often the rules are looked at.
const EVERY: Duration = Duration::from_secs(15);
/// A wall clock that moved so far between two looks was set, not passed.
const LONGEST_STEP_MS: i64 = 6 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// The site's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginRules {
    /// Minutes without a scan or a button after which an operator is logged out; 0 for never.
    pub idle_minutes: u32,
    /// Times of the day at which everybody is logged out who does not go on working.
    pub out_at: Vec<TimeOfDay>,
    /// Whether a badge must be followed by its operator's PIN, typed on the panel; chosen at the first login at this edge.
    pub pin: bool,
    /// Whether a badge scanned at another scanner of this edge takes the operator and the work along; otherwise one may work at several.
    pub one_scanner: bool,
}

impl Default for LoginRules {
    fn default() -> Self {
        Self { idle_minutes: 60, out_at: Vec::new(), pin: false, one_scanner: false }
    }
}

/// A time of the day with its distance from UTC, e.g. `22:30+08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    minute: u16,
    offset: i16,
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let at = text.rfind(['+', '-'])?;
            let (time, offset) = (text.get(..at)?, text.get(at + 1..)?);
            let clock = |text: &str| {
                let (hours, minutes) = text.split_once(':')?;
                let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
                let (hours, minutes) = (number(hours)?, number(minutes)?);
                (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
            };
            let offset = i16::try_from(clock(offset)?).ok()?;
            Some(Self { minute: clock(time)?, offset: if text[at..].starts_with('-') { -offset } else { offset } })
        };
        parse().ok_or_else(|| format!("expected a time with its distance from UTC, e.g. 22:30+08:00, found {text:?}"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, offset) = (if self.offset < 0 { '-' } else { '+' }, self.offset.unsigned_abs());
        write!(f, "{:02}:{:02}{sign}{:02}:{:02}", self.minute / 60, self.minute % 60, offset / 60, offset % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

impl TimeOfDay {
    /// Whether this time lies after one moment and not after another.
    #[must_use]
    pub fn passed(self, after_ms: i64, until_ms: i64) -> bool {
        let of_day = (i64::from(self.minute) - i64::from(self.offset)) * 60_000;
        let days = |at: i64| (at - of_day).div_euclid(DAY_MS);
        until_ms > after_ms && days(until_ms) > days(after_ms)
    }
}

/// Why an operator is logged out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing was scanned for too long.
    Idle,
    /// The day is over.
    DayOver,
}

impl Why {
    /// The word in the fact.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "logged out: idle",
            Self::DayOver => "logged out: day over",
        }
    }
}

/// The rules at work, without clocks of their own.
#[derive(Debug)]
pub struct Attendance {
    rules: LoginRules,
    /// When somebody last did something, on the monotonic clock.
    active: BTreeMap<StationId, u64>,
    /// Stations at which the day is over.
    leaving: BTreeSet<StationId>,
    looked: Stamp,
}

impl Attendance {
    /// Begins now: everybody counts as just active, since nobody knows how long they have been away while the agent was not running.
    #[must_use]
    pub fn new(rules: LoginRules, now: Stamp) -> Self {
        Self { rules, active: BTreeMap::new(), leaving: BTreeSet::new(), looked: now }
    }

    /// Somebody did something at a station.
    pub fn did(&mut self, station: &StationId, now: Stamp) {
        self.active.insert(station.clone(), now.mono_us);
        self.leaving.remove(station);
    }

    /// Some news were missed: everybody may have been active.
    pub fn missed(&mut self) {
        self.active.clear();
        self.leaving.clear();
    }

    /// Who is to be logged out now.
    pub fn due(&mut self, now: Stamp, stations: &[StationNow]) -> Vec<(StationId, Why)> {
        let step = now.wall_ms - self.looked.wall_ms;
        let over = step < LONGEST_STEP_MS && self.rules.out_at.iter().any(|at| at.passed(self.looked.wall_ms, now.wall_ms));
        self.looked = now;
        let idle_us = u64::from(self.rules.idle_minutes) * 60_000_000;
        let mut due = Vec::new();
        for station in stations {
            if station.operator.is_none() {
                self.active.remove(&station.id);
                self.leaving.remove(&station.id);
                continue;
            }
            let since = *self.active.entry(station.id.clone()).or_insert(now.mono_us);
            if over {
                self.leaving.insert(station.id.clone());
            }
            let idle = idle_us > 0 && now.mono_us.saturating_sub(since) >= idle_us;
            if station.held.is_empty() {
                if self.leaving.contains(&station.id) {
                    due.push((station.id.clone(), Why::DayOver));
                } else if idle {
                    due.push((station.id.clone(), Why::Idle));
                }
            }
        }
        due
    }
}

/// Holds the rules until it is told to stop, by this clock.
pub async fn run(rules: LoginRules, core: Arc<Core>, clock: impl Fn() -> Stamp + Send, stop: CancellationToken) {
    let mut events = core.subscribe();
    let mut attendance = Attendance::new(rules, clock());
    let mut look = tokio::time::interval(EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            event = events.recv() => match event {
                Ok(Event::Recorded(recorded)) if !matches!(recorded.fact.source, Source::Edge { .. }) => {
                    attendance.did(&recorded.fact.station, clock());
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => attendance.missed(),
                Err(RecvError::Closed) => return,
            },
            _ = look.tick() => {
                let stations: Vec<StationNow> = core.stations().iter().filter_map(|id| core.station(id)).collect();
                for (station, why) in attendance.due(clock(), &stations) {
                    tracing::info!(%station, ?why, "operator logged out by rule");
                    if let Err(error) = core.take(station, Input::LogOut { why: why.word().into() }).await {
                        tracing::error!(%error, "a logging out by rule was not recorded");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use qitao_domain::catalog::StockKey;
    use qitao_domain::ids::ItemId;
    use qitao_domain::ids::{OperatorId, ScanId};
    use qitao_domain::quantity::Quantity;
    use qitao_domain::work::Prompt;
    use qitao_domain::work::station::HeldGoods;

    use super::*;
    use crate::core::Counts;

    const MINUTE: u64 = 60_000_000;

    fn stamp(minutes: u64) -> Stamp {
        Stamp { wall_ms: 1_800_000_000_000 + i64::try_from(minutes).unwrap() * 60_000, boot: 1, mono_us: minutes * MINUTE }
    }

    fn station(id: &str, operator: Option<i64>) -> StationNow {
        StationNow {
            id: StationId::new(id).unwrap(),
            operator: operator.map(OperatorId),
            task: None,
            location: None,
            quantity: None,
            held: Vec::new(),
            prompt: Prompt::ScanTask,
            undoable: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn rules(idle_minutes: u32, out_at: &[&str]) -> LoginRules {
        LoginRules { idle_minutes, out_at: out_at.iter().map(|at| at.parse().unwrap()).collect(), ..LoginRules::default() }
    }

    #[test]
    fn who_does_nothing_for_long_enough_is_logged_out_and_who_scans_is_not() {
        let mut attendance = Attendance::new(rules(30, &[]), stamp(0));
        let stations = [station("a", Some(1)), station("b", Some(2)), station("c", None)];
        assert!(attendance.due(stamp(1), &stations).is_empty());
        attendance.did(&stations[1].id, stamp(20));
        assert_eq!(attendance.due(stamp(31), &stations), [(stations[0].id.clone(), Why::Idle)]);
        assert_eq!(attendance.due(stamp(50), &stations).len(), 2);
        attendance.missed();
        assert!(attendance.due(stamp(51), &stations).is_empty());
        assert!(Attendance::new(rules(0, &[]), stamp(0)).due(stamp(100_000), &stations).is_empty());
    }

    #[test]
    fn nobody_is_logged_out_with_goods_that_have_no_shelf() {
        let mut attendance = Attendance::new(rules(30, &[]), stamp(0));
        let mut busy = station("a", Some(1));
        let stock = StockKey { item: ItemId(1), carton: 1, lot: String::new() };
        busy.held.push(HeldGoods { scan: ScanId(1), stock, quantity: Quantity::ONE, serial: None });
        attendance.due(stamp(0), &[busy.clone()]);
        assert!(attendance.due(stamp(60), &[busy.clone()]).is_empty());
        busy.held.clear();
        assert_eq!(attendance.due(stamp(61), &[busy]).len(), 1);
    }

    #[test]
    fn the_end_of_the_day_logs_out_everybody_who_does_not_go_on() {
        // 1,800,000,000 s is 2027-01-15 08:00 UTC, 16:00 in Shanghai.
        let mut attendance = Attendance::new(rules(0, &["16:10+08:00"]), stamp(0));
        let stations = [station("a", Some(1)), station("b", Some(2))];
        assert!(attendance.due(stamp(9), &stations).is_empty());
        assert_eq!(attendance.due(stamp(10), &stations).len(), 2);
        attendance.did(&stations[0].id, stamp(11));
        assert_eq!(attendance.due(stamp(12), &stations), [(stations[1].id.clone(), Why::DayOver)], "the other one works on");
        assert!(attendance.due(stamp(12 + 7 * 60), &stations[..1]).is_empty(), "a clock that was set has not passed anything");
    }

    #[test]
    fn times_of_the_day_are_read_with_their_distance_from_utc() {
        for text in ["22:30+08:00", "00:00-03:30", "23:59+00:00"] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
        }
        for text in ["22:30", "24:00+08:00", "7:00+08:00", "22:60+08:00", "", "22:30+8", "二二:30+08:00"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        let at: TimeOfDay = "00:30-01:00".parse().unwrap();
        let half_past_one = 90 * 60_000;
        assert!(at.passed(half_past_one - 1, half_past_one) && !at.passed(half_past_one, half_past_one + 1));
    }
}
