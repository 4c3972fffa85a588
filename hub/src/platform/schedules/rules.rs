//! When a pattern's times come, in a time zone. Pure.
//!
//! A time of day comes once on each local day: when the clocks skip it, at the first moment after the gap; when they repeat it, the first
//! time. A pattern that counts through the day (`*/15 * * * *`) goes by the real clock.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ScheduleError;

/// What happens to planned times when no hub ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// One late run makes up for all of them.
    #[default]
    Once,
    /// They are skipped.
    Skip,
}

impl Missed {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Skip => "skip",
        }
    }

    /// Of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "skip" { Self::Skip } else { Self::Once }
    }
}

/// A pattern in a time zone.
#[derive(Debug, Clone)]
pub struct Plan {
    cron: Cron,
    zone: TimeZone,
}

impl Plan {
    /// Reads a pattern of five fields (minute, hour, day, month, weekday) and an IANA time zone.
    ///
    /// # Errors
    /// [`ScheduleError::Pattern`] or [`ScheduleError::Zone`].
    pub fn parse(pattern: &str, zone: &str) -> Result<Self, ScheduleError> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(pattern.trim()).map_err(|error| ScheduleError::Pattern(error.to_string()))?;
        let zone = TimeZone::get(zone).map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
        Ok(Self { cron, zone })
    }

    /// The first planned time after a moment; nothing when there is none any more.
    #[must_use]
    pub fn next_after(&self, ms: i64) -> Option<i64> {
        let from: Zoned = Timestamp::from_millisecond(ms).ok()?.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&from, false).ok()?;
        Some(next.timestamp().as_millisecond())
    }

    /// The next few.
    #[must_use]
    pub fn next_few(&self, ms: i64, few: usize) -> Vec<i64> {
        std::iter::successors(self.next_after(ms), |last| self.next_after(*last)).take(few).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn local(pattern: &str, zone: &str, from: &str, few: usize) -> Vec<String> {
        let times = Plan::parse(pattern, zone).unwrap().next_few(ms(from), few);
        let zone = TimeZone::get(zone).unwrap();
        times
            .into_iter()
            .map(|at| Timestamp::from_millisecond(at).unwrap().to_zoned(zone.clone()).strftime("%m-%d %H:%M%:z").to_string())
            .collect()
    }

    #[test]
    fn nine_in_the_morning_is_that_of_the_place() {
        assert_eq!(local("0 9 * * *", "Asia/Shanghai", "2026-11-22T00:59:59Z", 2), ["11-22 09:00+08:00", "11-23 09:00+08:00"]);
        assert_eq!(local("0 9 * * MON-FRI", "Asia/Shanghai", "2026-11-20T02:00:00Z", 1), ["11-23 09:00+08:00"]);
    }

    #[test]
    fn a_time_that_the_clocks_skip_still_comes_once_that_day() {
        // Berlin, 29 March 2026: 02:00 to 03:00 does not exist.
        let times = local("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3);
        assert_eq!(times.iter().map(|time| &time[..5]).collect::<Vec<_>>(), ["03-28", "03-29", "03-30"]);
        assert!(("03-29 03:00".."03-29 03:31").contains(&times[1].as_str()), "{times:?}");
    }

    #[test]
    fn a_time_that_the_clocks_repeat_comes_once_that_day() {
        // Berlin, 25 October 2026: 02:00 to 03:00 comes twice.
        let times = local("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(times, ["10-25 02:30+02:00", "10-26 02:30+01:00"]);
        // Also when it is asked between both.
        assert_eq!(local("30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", 1), ["10-26 02:30+01:00"]);
    }

    #[test]
    fn whatever_cannot_be_read_is_named() {
        assert!(matches!(Plan::parse("0 9 * *", "Asia/Shanghai"), Err(ScheduleError::Pattern(_))));
        assert!(matches!(Plan::parse("* * * * * *", "Asia/Shanghai"), Err(ScheduleError::Pattern(_))));
        assert!(matches!(Plan::parse("0 9 * * *", "Asia/Atlantis"), Err(ScheduleError::Zone(_))));
        assert_eq!(Plan::parse("0 0 30 2 *", "UTC").unwrap().next_after(0), None, "the 30th of February never comes");
    }
}
