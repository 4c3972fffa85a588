//! A customer, an opportunity, an order and the money for it, one by one as somebody's pages read and save them; each of those who read does it
//! with what they see.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::chain::{CALLS, Reader};
use super::customers::phone;
use super::{Failure, Samples};
use crate::api::{Api, ApiError};

/// What was done, and how long it took; nothing for whom it is not.
pub(super) type Took = (&'static str, Option<Samples>);

/// How long calls take; nothing when this reader may not make them.
async fn timed(mut call: impl AsyncFnMut(usize) -> Result<(), ApiError>) -> Result<Option<Samples>, ApiError> {
    let mut samples = Samples::default();
    // Once more than is counted: the first finds nothing in memory.
    for n in 0..=CALLS {
        let began = Instant::now();
        match call(n).await {
            Ok(()) if n > 0 => samples.push(began.elapsed()),
            Ok(()) => {}
            Err(ApiError::Refused { status, .. }) if status == 403 => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(samples))
}

/// Numbers of the newest records of a list.
async fn newest(api: &Api, list: &str) -> Result<Vec<Value>, ApiError> {
    let found = api.get(&format!("/{list}?limit=200")).await?;
    Ok(found["items"].as_array().into_iter().flatten().map(|row| row["id"].clone()).collect())
}

/// Records that are read again and again.
async fn read(api: &Api, records: &[Value], path: impl Fn(&Value) -> String) -> Result<Option<Samples>, ApiError> {
    if records.is_empty() {
        return Ok(None);
    }
    timed(async |n| api.get(&path(&records[n % records.len()])).await.map(drop)).await
}

/// A record that is saved again and again, each time as it was read before.
async fn save(api: &Api, path: Option<String>, change: impl Fn(usize) -> Value) -> Result<Option<Samples>, ApiError> {
    let Some(path) = path else { return Ok(None) };
    let mut record = api.get(&path).await?;
    timed(async |n| {
        record = api.patch(&path, &record["version"], &change(n)).await?;
        Ok(())
    })
    .await
}

/// Reads and saves of somebody, in the order of a sale.
pub(super) async fn of(reader: &Reader, who: usize) -> Result<Vec<Took>, Failure> {
    let api = &reader.api;
    // Of another run on the same database no phone is met again.
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 60 % 10_000;
    let customers = newest(api, "customers").await?;
    let customer = |n: usize| &customers[n % customers.len().max(1)];
    if customers.is_empty() {
        return Err(format!("{} sees no customer", reader.name).into());
    }
    let post = async |path: String, body: Value| api.post(&path, &body).await.map(drop);
    let fresh = |n: usize| json!({"name": format!("新客户{n}"), "phone": format!("138{who}{run:04}{n:03}"), "source": "store", "tags": ["style.modern"], "note": "约周末到店"});
    let mut took: Vec<Took> = vec![
        ("a customer", read(api, &customers, |id| format!("/customers/{id}")).await?),
        ("their timeline", read(api, &customers, |id| format!("/customers/{id}/timeline")).await?),
        ("found by phone", timed(async |n| post("/customers/find".into(), json!({"phone": phone(n * 37)})).await).await?),
        ("found by four digits", timed(async |n| post("/customers/find".into(), json!({"phone_last": format!("{n:04}")})).await).await?),
        ("duplicate check of a phone", timed(async |n| post("/customers/check".into(), json!({"phone": phone(n * 53)})).await).await?),
        ("make a customer", timed(async |n| post("/customers".into(), fresh(n)).await).await?),
    ];
    let hobbies = |n: usize| json!({"hobbies": format!("徒步 {n}")});
    took.push(("change a customer", save(api, Some(format!("/customers/{}", customer(0))), hobbies).await?));
    let said = json!({"kind": "call", "text": "看了橡木衣柜，约好周末量尺"});
    let follow = timed(async |n| post(format!("/customers/{}/follow-ups", customer(n)), said.clone()).await);
    took.push(("note a follow-up", follow.await?));

    let opportunities = newest(api, "opportunities").await.unwrap_or_default();
    took.push(("an opportunity", read(api, &opportunities, |id| format!("/opportunities/{id}")).await?));
    let chance = |n: usize| json!({"customer": customer(n), "title": "三居室全屋定制", "amount": "50000.00"});
    took.push(("make an opportunity", timed(async |n| post("/opportunities".into(), chance(n)).await).await?));
    let path = opportunities.first().map(|id| format!("/opportunities/{id}"));
    let amount = |n: usize| json!({"amount": format!("{}.00", 50_000 + n)});
    took.push(("change an opportunity", save(api, path, amount).await?));

    let orders = newest(api, "orders").await?;
    took.push(("an order", read(api, &orders, |id| format!("/orders/{id}")).await?));
    took.push(("its timeline", read(api, &orders, |id| format!("/orders/{id}/timeline")).await?));
    let mut made: Vec<Value> = Vec::new();
    let make = timed(async |n| {
        let new = json!({"customer": customer(n), "lines": [{"item": 1 + n % 50, "quantity": "1", "price": "1280.00"}]});
        made.push(api.post("/orders", &new).await?);
        Ok(())
    });
    took.push(("make an order", make.await?));
    let path = made.pop().map(|order| format!("/orders/{}", order["id"]));
    took.push(("change an order", save(api, path, |n| json!({"note": format!("送货前电话 {n}")})).await?));
    let mut waiting = made.iter();
    let confirm = timed(async |_| {
        let Some(order) = waiting.next() else { return Ok(()) };
        let path = format!("/orders/{}/confirm", order["id"]);
        api.act(&path, &order["version"], &json!({"without_goods": true})).await.map(drop)
    });
    took.push(("confirm an order", if made.is_empty() { None } else { confirm.await? }));
    let paid = |n: usize| match made.get(n) {
        Some(order) => json!({"amount": "100.00", "method": "wechat", "order": order["id"]}),
        None => json!({"amount": "100.00", "method": "wechat"}),
    };
    let payer = |n: usize| made.get(n).map_or_else(|| customer(n).clone(), |order| order["customer"].clone());
    let pay = timed(async |n| post(format!("/customers/{}/payments", payer(n)), paid(n)).await);
    took.push(("take a payment", pay.await?));
    Ok(took)
}
