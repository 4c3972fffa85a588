//! Who is ranked with whom, and when a morning's report is due. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::platform::organisation::{Kind, Tree};

/// A run that is later than this goes by the day on which it comes.
const FRESH_MS: i64 = 24 * 3_600_000;

/// The highest dealer at or above an organisation, or the whole chain for the chain's own stores: its stores are ranked with each other.
#[must_use]
pub fn ranked_within(tree: &Tree, organisation: i64) -> Option<i64> {
    let dealer = |id: &i64| tree.node(*id).is_some_and(|node| node.kind == Kind::Dealer);
    tree.down_to(organisation).find(dealer).or_else(|| tree.top())
}

/// How many stores in business there are at or beneath an organisation.
#[must_use]
pub fn stores_within(tree: &Tree, organisation: i64) -> usize {
    let store = |id: &i64| tree.node(*id).is_some_and(|node| node.kind == Kind::Store && node.active);
    tree.organisations().filter(store).filter(|id| tree.is_within(*id, organisation)).count()
}

/// The place of one among all that sold: 1 is the first; who sold the same has the same place.
#[must_use]
pub fn rank(amounts: &[(i64, i64)], one: i64) -> usize {
    let own = amounts.iter().find(|(id, _)| *id == one).map_or(0, |(_, amount)| *amount);
    1 + amounts.iter().filter(|(_, amount)| *amount > own).count()
}

/// The local day of a moment.
fn day_of(ms: i64, zone: &TimeZone) -> Option<Date> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(zone.clone()).date())
}

/// When a run that was planned in one time zone is due in another, at the same time of day, and the day before, which it reports. A run that
/// was missed for more than a day is that of the day on which it is made up for.
#[must_use]
pub fn due(planned_ms: i64, now_ms: i64, planned_in: &TimeZone, there: &TimeZone) -> Option<(i64, Date)> {
    let planned = Timestamp::from_millisecond(planned_ms).ok()?.to_zoned(planned_in.clone());
    let from = match now_ms - planned_ms < FRESH_MS {
        true => planned.clone(),
        false => day_of(now_ms, planned_in)?.to_datetime(planned.time()).to_zoned(planned_in.clone()).ok()?,
    };
    let at = |day: Date| day.to_datetime(planned.time()).to_zoned(there.clone()).ok();
    // The clocks there may be ahead: then it is the next morning's.
    let first = at(from.date())?;
    let at = if first.timestamp() < from.timestamp() { at(from.date().tomorrow().ok()?)? } else { first };
    Some((at.timestamp().as_millisecond(), at.date().checked_sub(1.day()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::organisation::tests::chain;
    use jiff::civil::date;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_store_is_ranked_with_those_of_its_dealer_and_equal_sums_have_one_place() {
        let tree = chain();
        assert_eq!([4, 5].map(|store| ranked_within(&tree, store)), [Some(3), Some(3)], "both are of dealer 3");
        assert_eq!((ranked_within(&tree, 7), ranked_within(&tree, 2), tree.top()), (Some(6), Some(1), Some(1)), "no dealer is above 2");
        assert_eq!([3, 6, 1].map(|within| stores_within(&tree, within)), [2, 1, 3]);
        let sold = [(4, 300), (5, 100), (6, 300), (7, 50)];
        assert_eq!([4, 6, 5, 7, 9].map(|one| rank(&sold, one)), [1, 1, 3, 4, 5]);
    }

    #[test]
    fn nine_in_the_morning_is_that_of_each_place_and_it_reports_the_day_before() {
        let [shanghai, berlin, tokyo] = ["Asia/Shanghai", "Europe/Berlin", "Asia/Tokyo"].map(|name| TimeZone::get(name).unwrap());
        let planned = ms("2026-11-23T01:00:00Z");
        let due = |now: &str, there| due(planned, ms(now), &shanghai, there).unwrap();
        assert_eq!(due("2026-11-23T01:00:01Z", &shanghai), (planned, date(2026, 11, 22)));
        assert_eq!(due("2026-11-23T01:00:01Z", &berlin), (ms("2026-11-23T08:00:00Z"), date(2026, 11, 22)));
        assert_eq!(due("2026-11-23T01:00:01Z", &tokyo), (ms("2026-11-24T00:00:00Z"), date(2026, 11, 23)), "it is ten there already");
        // A hub that was away until the afternoon makes up for the morning; one that was away for days for the last morning only.
        assert_eq!(due("2026-11-23T08:00:00Z", &shanghai), (planned, date(2026, 11, 22)));
        assert_eq!(due("2026-11-27T08:00:00Z", &shanghai), (ms("2026-11-27T01:00:00Z"), date(2026, 11, 26)));
        assert_eq!(due("2026-11-27T00:30:00Z", &shanghai), (ms("2026-11-27T01:00:00Z"), date(2026, 11, 26)), "half an hour early");
    }
}
