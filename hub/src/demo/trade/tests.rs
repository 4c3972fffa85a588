//! The chain at work is the one that the sources tell of, the same each time, and never of the time to come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::{DAY_MS, Now, OrderState, Shape, Trade, trade};
use crate::demo::chain;

/// 2026-11-23, 14:00 in Shanghai.
const NOW: i64 = 1_795_413_600_000;

fn made(shape: Shape) -> Trade {
    let now = Now::new(NOW, TimeZone::get("Asia/Shanghai").unwrap());
    trade(1, shape, &chain(1, 400).items, &now)
}

#[test]
fn a_chain_has_fourteen_stores_and_a_hundred_people_who_sell_and_is_the_same_each_time() {
    let made = made(Shape::Chain);
    assert_eq!(made, self::made(Shape::Chain));
    assert_eq!(made.stores().count(), 14);
    assert_eq!(made.people.iter().filter(|person| person.role == "sales").count(), 100);
    let logins: BTreeSet<_> = made.people.iter().map(|person| &person.login).collect();
    let phones: BTreeSet<_> = made.customers.iter().map(|customer| &customer.phone).collect();
    assert_eq!((logins.len(), phones.len()), (made.people.len(), made.customers.len()), "each once");
    assert!(super::trade(1, Shape::Warehouse, &chain(1, 400).items, &Now::new(NOW, TimeZone::UTC)).customers.is_empty());
}

/// What left a stage.
#[derive(Default)]
struct Left {
    count: i64,
    on: i64,
    ms: i64,
    reasons: BTreeMap<&'static str, i64>,
}

/// How many left the first stage of the pipeline; days, rate and most frequent reason of each stage.
fn stages(made: &Trade) -> (i64, Vec<(&'static str, i64, i64, &'static str)>) {
    let mut left: BTreeMap<&str, Left> = BTreeMap::new();
    for stay in made.leads.iter().flat_map(|lead| &lead.stays) {
        let Some(until) = stay.left_ms else { continue };
        let of = left.entry(stay.stage).or_default();
        of.count += 1;
        of.on += i64::from(stay.outcome == "forward");
        of.ms += until - stay.entered_ms;
        if !stay.block_reason.is_empty() {
            *of.reasons.entry(stay.block_reason).or_default() += 1;
        }
    }
    let row = |stage: &'static str| {
        let Left { count, on, ms, reasons } = &left[stage];
        let most = reasons.iter().max_by_key(|(_, count)| **count).map_or("", |(reason, _)| *reason);
        (stage, (ms * 10 / count + DAY_MS / 2) / DAY_MS, (on * 100 + count / 2) / count, most)
    };
    (left["lead"].count, ["lead", "contact", "design", "quote"].map(row).to_vec())
}

#[test]
fn a_chain_of_each_size_has_its_stores_and_people_and_the_stages_that_the_source_states() {
    for (shape, stores, dealers, sellers, leads) in
        [(Shape::Chain, 14, 0, 100, 560), (Shape::Hundred, 100, 0, 700, 2_800), (Shape::Brand, 7_000, 2_000, 14_000, 11_200)]
    {
        let made = made(shape);
        let of_kind = |kind: &str| made.organisations.iter().filter(|of| of.kind == kind).count();
        assert_eq!((of_kind("store"), of_kind("dealer")), (stores, dealers), "{shape:?}");
        assert_eq!(made.people.iter().filter(|person| person.role == "sales").count(), sellers, "{shape:?}");
        let (codes, logins): (BTreeSet<_>, BTreeSet<_>) =
            (made.organisations.iter().map(|of| &of.code).collect(), made.people.iter().map(|person| &person.login).collect());
        assert_eq!((codes.len(), logins.len()), (made.organisations.len(), made.people.len()), "each once: {shape:?}");
        let above = |(n, of): (usize, &super::Organisation)| of.parent.is_none_or(|parent| parent < n);
        assert!(made.organisations.iter().enumerate().all(above), "a parent comes before what is beneath it: {shape:?}");
        let (begun, table) = stages(&made);
        let wanted =
            [("lead", 12, 100, ""), ("contact", 35, 68, "no_visit"), ("design", 71, 55, "no_designer"), ("quote", 43, 52, "price")];
        assert_eq!((begun, table.as_slice()), (leads, wanted.as_slice()), "{shape:?}");
    }
}

#[test]
fn nothing_is_of_the_time_to_come_and_shares_and_money_add_up() {
    let made = made(Shape::Chain);
    assert!(made.orders.iter().any(|order| NOW - order.ordered_ms < DAY_MS / 2), "something is going on today");
    for order in &made.orders {
        assert_eq!(order.shares.iter().map(|share| share.share_bp).sum::<i64>(), 10_000);
        let paid: i64 = order.payments.iter().map(|payment| payment.amount_fen).sum();
        assert!(paid <= order.amount_fen() && order.payments.iter().all(|payment| payment.amount_fen > 0 && payment.at_ms < NOW));
        let moments = [Some(order.ordered_ms), order.shipped_ms, order.completed_ms];
        assert!(moments.iter().flatten().all(|at| *at < NOW) && moments.iter().flatten().is_sorted(), "{order:?}");
        assert_eq!(order.completed_ms.is_some(), order.state == OrderState::Completed);
        assert!(order.lines.iter().all(|line| line.cost_fen < line.price_fen * line.quantity));
    }
    assert!(made.leads.iter().flat_map(|lead| &lead.stays).all(|stay| stay.entered_ms < NOW && stay.left_ms.is_none_or(|left| left < NOW)));
    assert!(made.customers.iter().all(|customer| customer.follow_ups.iter().all(|(at, ..)| *at < NOW)));
    assert!(made.tickets.iter().all(|ticket| ticket.created_ms < NOW && ticket.done_ms.is_none_or(|done| done < NOW)));
    // Where anybody has a visit to make, the first of those people has one: it is they whose password is shown.
    let open: Vec<usize> = made.tickets.iter().filter(|ticket| ticket.done_ms.is_none()).filter_map(|ticket| ticket.installer).collect();
    for place in open.iter().map(|who| made.people[*who].organisation) {
        let first = made.people.iter().position(|of| of.role == "installer" && of.organisation == place);
        assert!(open.contains(&first.unwrap()));
    }
}
