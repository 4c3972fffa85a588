//! Counting the till: per organisation, day and method what the books say, what was counted, and why they differ. A day that is closed
//! stays as it was counted; what comes later is of the next day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::PaymentError;
use super::model::{CloseDay, TillDay, TillMethod};
use super::write::{is_closed, take_till};
use crate::crm::customers::rules::line;
use crate::db::Db;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::organisation::Tree;
use crate::platform::scope::Scope;
use crate::platform::sql::{Sql, insert_many};

/// Most days on a page.
const MOST: usize = 500;
/// Most characters of why counts differ.
const REASON: usize = 200;

/// Which days.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub below: Option<i64>,
    pub from: Date,
    pub to: Date,
}

#[derive(FromQueryResult)]
struct Booked {
    organisation_id: i64,
    organisation_name: String,
    day: String,
    method: String,
    booked: i64,
    closed_by: Option<String>,
    closed_ms: Option<i64>,
    counted: Option<i64>,
    reason: Option<String>,
}

const BOOKED: &str = "SELECT e.organisation_id, o.name AS organisation_name, e.day, e.method, -CAST(SUM(e.amount_fen) AS BIGINT) AS booked, \
    d.closed_by, d.closed_ms, n.counted_fen AS counted, n.reason FROM payment_entry e JOIN organisation o ON o.id = e.organisation_id \
    LEFT JOIN payment_day d ON d.organisation_id = e.organisation_id AND d.day = e.day \
    LEFT JOIN payment_count n ON n.organisation_id = e.organisation_id AND n.day = e.day AND n.method = e.method WHERE e.account = 'till'";
const GROUPED: &str = " GROUP BY e.organisation_id, o.name, e.day, e.method, d.closed_by, d.closed_ms, n.counted_fen, n.reason \
    ORDER BY e.day DESC, e.organisation_id, e.method LIMIT 4000";

/// The days of the tills in a scope, the newest first.
pub(super) async fn list(db: &impl ConnectionTrait, tree: &Tree, scope: &Scope, asked: &Asked) -> Result<Vec<TillDay>, DbErr> {
    let sql = Sql::new(BOOKED).text(" AND e.day >= ").bind(asked.from.to_string()).text(" AND e.day <= ").bind(asked.to.to_string());
    let sql = tree.filter_below(scope.filter_organisation(sql, "e.organisation_id"), asked.below);
    let rows: Vec<Booked> = sql.text(GROUPED).all(db).await?;
    Ok(days(rows))
}

fn days(rows: Vec<Booked>) -> Vec<TillDay> {
    let mut days: Vec<TillDay> = Vec::new();
    for row in rows {
        let method = TillMethod {
            method: row.method,
            booked: Money::from_raw(row.booked),
            counted: row.counted.map(Money::from_raw),
            difference: row.counted.map(|counted| Money::from_raw(counted - row.booked)),
            reason: row.reason.unwrap_or_default(),
        };
        if let Some(day) = days.last_mut().filter(|day| day.organisation == row.organisation_id && day.day == row.day) {
            day.methods.push(method);
            continue;
        }
        if days.len() == MOST {
            break;
        }
        days.push(TillDay {
            organisation: row.organisation_id,
            organisation_name: row.organisation_name,
            day: row.day,
            methods: vec![method],
            closed_by: row.closed_by,
            closed_ms: row.closed_ms,
        });
    }
    days
}

/// Closes a day with what was counted.
pub(super) async fn close(db: &Db, author: &str, asked: &CloseDay, today: Date) -> Result<TillDay, PaymentError> {
    let day: Date = asked.day.parse().ok().filter(|day| *day <= today && asked.day.len() == 10).ok_or(PaymentError::Day)?;
    let (organisation, day) = (asked.organisation, day.to_string());
    let tx = db.begin().await?;
    take_till(&tx, organisation, true).await?;
    if is_closed(&tx, organisation, &day).await? {
        return Err(PaymentError::DayClosed);
    }
    let of_day =
        || Sql::new(BOOKED).text(" AND e.day = ").bind(day.clone()).text(" AND e.organisation_id = ").bind(organisation).text(GROUPED);
    let booked: BTreeMap<String, i64> = of_day().all::<Booked>(&tx).await?.into_iter().map(|row| (row.method, row.booked)).collect();
    let counted: BTreeSet<&String> = asked.counts.iter().map(|count| &count.method).collect();
    if booked.is_empty() || counted.len() != asked.counts.len() || !booked.keys().eq(counted) {
        return Err(PaymentError::Counts(booked.into_keys().collect::<Vec<_>>().join(", ")));
    }
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for count in &asked.counts {
        let books = booked.get(&count.method).copied().unwrap_or(0);
        let reason = line(&count.reason, REASON).ok_or(PaymentError::Text { field: "reason", least: 0, most: REASON })?;
        if count.counted.raw() != books && reason.chars().count() < 2 {
            return Err(PaymentError::Reason(count.method.clone()));
        }
        rows.push(vec![
            organisation.into(),
            day.clone().into(),
            count.method.clone().into(),
            books.into(),
            count.counted.raw().into(),
            reason.into(),
        ]);
    }
    let closed: [Value; 4] = [organisation.into(), day.clone().into(), author.into(), clock::now_ms().into()];
    Sql::new("INSERT INTO payment_day (organisation_id, day, closed_by, closed_ms) VALUES ").list(closed).run(&tx).await?;
    insert_many(&tx, "payment_count", &["organisation_id", "day", "method", "booked_fen", "counted_fen", "reason"], rows).await?;
    let made = days(of_day().all::<Booked>(&tx).await?).pop().ok_or(PaymentError::Day)?;
    let change = Change { author, entity: "organisation", id: organisation.to_string(), action: "close_day" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"day": made.day, "methods": made.methods}))).await?;
    tx.commit().await?;
    Ok(made)
}
