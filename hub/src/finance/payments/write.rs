//! Booking: an act becomes a payment and its two entries, in one transaction that holds the customer's row.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use serde_json::json;

use super::PaymentError;
use super::rules::{Account, Act, Refused};
use super::store::standing;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::identity::Actor;
use crate::platform::once;
use crate::platform::sql::{Sql, insert_many};
use crate::sales::days;

/// How far back money can be booked.
const BACK_MS: i64 = 366 * 86_400_000;
/// How far clocks of readers may be ahead.
const SKEW_MS: i64 = 5 * 60_000;
/// Most days that are looked at for one that is open.
const DAYS: usize = 400;

/// What is known of an act beside the money.
#[derive(Debug, Clone)]
pub(super) struct Slip {
    pub customer: i64,
    pub organisation: i64,
    pub method: String,
    pub reference: String,
    pub reason: String,
    pub at_ms: Option<i64>,
    pub reverses: Option<i64>,
}

/// Who books, and by which clock.
#[derive(Clone, Copy)]
pub(super) struct Booking<'a> {
    pub db: &'a Db,
    pub actor: &'a Actor,
    /// The zone of the organisation's days.
    pub zone: &'a TimeZone,
}

/// The day of a moment.
pub(super) fn day_of(at_ms: i64, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(zone.clone()).date()
}

fn locking(tx: &impl ConnectionTrait, how: &'static str) -> &'static str {
    // SQLite has one writer.
    if tx.get_database_backend() == DbBackend::Postgres { how } else { "" }
}

/// Whoever books for a customer waits for whoever does so already.
async fn take_customer(tx: &impl ConnectionTrait, customer: i64) -> Result<(), PaymentError> {
    let lock = locking(tx, " FOR NO KEY UPDATE");
    let there = Sql::new("SELECT id FROM customer WHERE id = ").bind(customer).text(lock).number(tx).await?;
    if there == 0 { Err(PaymentError::NotThere) } else { Ok(()) }
}

/// Holds an organisation's row: shared by those who book at its till, alone by who closes a day of it.
pub(super) async fn take_till(tx: &impl ConnectionTrait, organisation: i64, alone: bool) -> Result<(), PaymentError> {
    let lock = locking(tx, if alone { " FOR NO KEY UPDATE" } else { " FOR SHARE" });
    let there = Sql::new("SELECT id FROM organisation WHERE id = ").bind(organisation).text(lock).number(tx).await?;
    if there == 0 { Err(PaymentError::NotThere) } else { Ok(()) }
}

/// Whether an organisation's till was counted and closed on a day.
pub(super) async fn is_closed(tx: &impl ConnectionTrait, organisation: i64, day: &str) -> Result<bool, PaymentError> {
    let sql = Sql::new("SELECT COUNT(*) FROM payment_day WHERE organisation_id = ").bind(organisation);
    Ok(sql.text(" AND day = ").bind(day).number(tx).await? > 0)
}

/// The day in whose count something is: its own, or the next that is not closed.
async fn open_day(tx: &impl ConnectionTrait, organisation: i64, at: Date) -> Result<String, PaymentError> {
    let mut day = at;
    for _ in 0..DAYS {
        if !is_closed(tx, organisation, &day.to_string()).await? {
            break;
        }
        day = day.tomorrow().map_err(|_| PaymentError::Day)?;
    }
    Ok(day.to_string())
}

async fn insert(
    tx: &impl ConnectionTrait,
    (author, person): (&str, Option<i64>),
    act: Act,
    slip: &Slip,
    (at_ms, day): (i64, &str),
    key: Option<String>,
) -> Result<i64, PaymentError> {
    let values: [Value; 16] = [
        act.kind().into(),
        slip.customer.into(),
        slip.organisation.into(),
        person.into(),
        act.amount.into(),
        slip.method.clone().into(),
        slip.reference.clone().into(),
        act.from.order().into(),
        act.to.order().into(),
        at_ms.into(),
        day.into(),
        slip.reverses.into(),
        slip.reason.clone().into(),
        author.into(),
        clock::now_ms().into(),
        key.into(),
    ];
    let columns = "INSERT INTO payment (kind, customer_id, organisation_id, person_id, amount_fen, method, reference, from_order, to_order, \
                   at_ms, day, reverses, reason, author, created_ms, idempotency_key) VALUES ";
    let id = Sql::new(columns).list(values).text(" RETURNING id").number(tx).await?;
    let entry = |(account, change): (Account, i64)| -> Vec<Value> {
        let (organisation, method) =
            if account == Account::Till { (Some(slip.organisation), slip.method.clone()) } else { (None, String::new()) };
        vec![
            id.into(),
            account.word().into(),
            slip.customer.into(),
            account.order().into(),
            organisation.into(),
            method.into(),
            day.into(),
            change.into(),
        ]
    };
    let columns = ["payment_id", "account", "customer_id", "order_id", "organisation_id", "method", "day", "amount_fen"];
    insert_many(tx, "payment_entry", &columns, act.entries().map(entry)).await?;
    let change = Change { author, entity: "customer", id: slip.customer.to_string(), action: "payment" };
    let told = json!({"payment": id, "kind": act.kind(), "amount": qitao_domain::quantity::Money::from_raw(act.amount), "method": slip.method,
        "from_order": act.from.order(), "to_order": act.to.order(), "reverses": slip.reverses});
    audit::record(tx, change, audit::NOTHING, Some(told)).await?;
    Ok(id)
}

impl Booking<'_> {
    /// Does an act; its number. The same key again is the payment that it made.
    pub async fn act(self, act: Act, slip: Slip, key: Option<String>) -> Result<i64, PaymentError> {
        self.acts(&slip, key, |_| vec![act]).await
    }

    /// Receives money, and applies it to an order at once as far as the order needs it.
    pub async fn receive(self, amount: i64, order: Option<i64>, slip: Slip, key: Option<String>) -> Result<i64, PaymentError> {
        let received = Act { from: Account::Till, to: Account::Held, amount };
        self.acts(&slip, key, |left| {
            // Of an order that the customer does not have the act itself is refused; one that is paid up gets nothing.
            let fits = |order: &i64| left(*order).is_none_or(|left| left > 0);
            let of = |order| Act { from: Account::Held, to: Account::Order(order), amount: amount.min(left(order).unwrap_or(amount)) };
            let applied = order.filter(fits).map(of);
            [received].into_iter().chain(applied).collect()
        })
        .await
    }

    /// Undoes a payment; the number of what undoes it. The same key again is the one that it made.
    pub async fn undo(self, id: i64, act: Act, slip: Slip, key: Option<String>) -> Result<i64, PaymentError> {
        let of = Slip { reverses: Some(id), ..slip };
        self.acts(&of, key, |_| vec![act.undone()]).await
    }

    /// Does acts, all or none; the number of the first. `acts` hears how much an order still needs.
    async fn acts(
        self,
        slip: &Slip,
        key: Option<String>,
        acts: impl FnOnce(&dyn Fn(i64) -> Option<i64>) -> Vec<Act>,
    ) -> Result<i64, PaymentError> {
        let now = clock::now_ms();
        let at_ms = slip.at_ms.unwrap_or(now);
        if !(now - BACK_MS..=now + SKEW_MS).contains(&at_ms) {
            return Err(PaymentError::Moment);
        }
        let tx = self.db.begin().await?;
        if let Some(made) = once::made(&tx, "payment", key.as_deref()).await? {
            return Ok(made);
        }
        take_customer(&tx, slip.customer).await?;
        if let Some(undone) = slip.reverses {
            let sql = Sql::new("SELECT COUNT(*) FROM payment WHERE reverses = ").bind(undone).text(" OR (reverses IS NOT NULL AND id = ");
            if sql.bind(undone).text(")").number(&tx).await? > 0 {
                return Err(PaymentError::Undone);
            }
        }
        let mut accounts = standing(&tx, slip.customer).await?;
        let of_order =
            |order: i64| accounts.orders.get(&order).map(|order| if order.open { (order.due - order.applied).max(0) } else { 0 });
        let acts = acts(&of_order);
        let passes_till = |act: &Act| [act.from, act.to].contains(&Account::Till);
        let mut day = day_of(at_ms, self.zone).to_string();
        if acts.iter().any(passes_till) {
            take_till(&tx, slip.organisation, false).await?;
            day = open_day(&tx, slip.organisation, day_of(at_ms, self.zone)).await?;
        }
        let orders: Vec<i64> = acts.iter().flat_map(|act| [act.from.order(), act.to.order()]).flatten().collect();
        let counted = days::counted(&tx, orders.iter().copied()).await?;
        let mut first = None;
        let mut key = key;
        for act in acts {
            accounts.post(act)?;
            let of =
                if passes_till(&act) { slip.clone() } else { Slip { method: String::new(), reference: String::new(), ..slip.clone() } };
            let id = insert(&tx, (&self.actor.login, Some(self.actor.id)), act, &of, (at_ms, &day), key.take()).await?;
            first.get_or_insert(id);
        }
        if !counted.is_empty() {
            days::record(&tx, &counted, &days::counted(&tx, orders).await?).await?;
        }
        tx.commit().await?;
        first.ok_or(PaymentError::Refused(Refused::Amount))
    }
}

#[derive(FromQueryResult)]
struct Known {
    due_fen: i64,
    open: bool,
}

/// An order of a customer costs so much from now on. The transaction holds the customer's row from here on.
///
/// # Errors
/// [`PaymentError::Refused`] when more than that was applied to it already.
pub async fn due(tx: &impl ConnectionTrait, customer: i64, (order, code): (i64, &str), fen: i64) -> Result<(), PaymentError> {
    take_customer(tx, customer).await?;
    let known: Option<Known> = Sql::new("SELECT due_fen, open FROM payment_order WHERE order_id = ").bind(order).one(tx).await?;
    match known {
        Some(known) if known.due_fen == fen && known.open => {}
        Some(_) => {
            let applied = standing(tx, customer).await?.orders.get(&order).map_or(0, |order| order.applied);
            if applied > fen {
                return Err(Refused::Over(fen).into());
            }
            let sql = Sql::new("UPDATE payment_order SET open = TRUE, due_fen = ").bind(fen);
            sql.text(" WHERE order_id = ").bind(order).run(tx).await?;
        }
        None => {
            let row: [Value; 5] = [order.into(), customer.into(), code.into(), fen.into(), true.into()];
            Sql::new("INSERT INTO payment_order (order_id, customer_id, code, due_fen, open) VALUES ").list(row).run(tx).await?;
        }
    }
    Ok(())
}

/// An order is cancelled: what was applied to it is held for the customer again, and it takes nothing more. That it counts for nothing any
/// more is the caller's to [`days::record`].
///
/// # Errors
/// What the database said.
pub async fn close(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    (customer, organisation): (i64, i64),
    order: i64,
    zone: &TimeZone,
) -> Result<(), PaymentError> {
    take_customer(tx, customer).await?;
    let mut accounts = standing(tx, customer).await?;
    if let Some(applied) = accounts.orders.get(&order).map(|order| order.applied).filter(|applied| *applied > 0) {
        let act = Act { from: Account::Order(order), to: Account::Held, amount: applied };
        accounts.post(act)?;
        let slip = Slip {
            customer,
            organisation,
            method: String::new(),
            reference: String::new(),
            reason: String::new(),
            at_ms: None,
            reverses: None,
        };
        let now = clock::now_ms();
        insert(tx, (&actor.login, Some(actor.id)), act, &slip, (now, &day_of(now, zone).to_string()), None).await?;
    }
    Sql::new("UPDATE payment_order SET open = FALSE WHERE order_id = ").bind(order).run(tx).await?;
    Ok(())
}
