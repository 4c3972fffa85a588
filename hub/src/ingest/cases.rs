//! Cases for people: what the hub could not do by itself, or what somebody should know. One open case per matter, however often it comes.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};

use crate::db::entity::exception;
use crate::db::storable_json;
use crate::platform::export::Words;
use crate::platform::identity::Right;
use crate::platform::notifications::{Notice, notify};
use crate::platform::sql::Sql;

/// What becomes of the data of a case that is open already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Counted in `count`; the first report stays.
    Count,
    /// The newest report replaces it.
    Replace,
}

/// A case to be opened.
#[derive(Debug, Clone)]
pub struct Case {
    /// `unknown_barcode`, `count_variance`, …
    pub kind: &'static str,
    /// Site that it concerns.
    pub site: Option<i64>,
    /// Edge that it concerns.
    pub edge: Option<String>,
    /// Tells matters apart: the same key is the same matter.
    pub key: String,
    /// What happened, for people and for resolving it.
    pub data: Value,
    /// When it comes again.
    pub again: Again,
}

/// Opens a case, or adds to the one that is open; its number.
///
/// # Errors
/// What the database said.
pub async fn open(tx: &impl ConnectionTrait, case: Case, now_ms: i64) -> Result<i64, DbErr> {
    open_times(tx, case, 1, now_ms).await
}

/// As [`open`], for a matter that was met so many times at once.
///
/// # Errors
/// What the database said.
pub async fn open_times(tx: &impl ConnectionTrait, mut case: Case, times: i64, now_ms: i64) -> Result<i64, DbErr> {
    debug_assert!(KINDS.iter().any(|(word, ..)| *word == case.kind), "{} has no words", case.kind);
    case.data = storable_json(case.data);
    // Who resolves it at the same time is waited for: a matter that comes again after that is a new case. SQLite has one writer.
    let found = exception::Entity::find().filter(exception::Column::Key.eq(&case.key)).lock_exclusive().one(tx).await?;
    let Some(found) = found else {
        let mut data = case.data;
        data["count"] = json!(times);
        let row = exception::ActiveModel {
            kind: Set(case.kind.to_owned()),
            site_id: Set(case.site),
            edge_id: Set(case.edge),
            key: Set(Some(case.key)),
            opened_ms: Set(now_ms),
            state: Set("open".to_owned()),
            data: Set(data),
            ..Default::default()
        };
        let made = row.insert(tx).await?;
        tell(tx, &made, now_ms).await?;
        return Ok(made.id);
    };
    let count = found.data.get("count").and_then(Value::as_i64).unwrap_or(1).saturating_add(times);
    let mut data = match case.again {
        Again::Count => found.data.clone(),
        Again::Replace => case.data,
    };
    data["count"] = json!(count);
    data["last_ms"] = json!(now_ms);
    let id = found.id;
    exception::ActiveModel { id: Set(id), data: Set(data), ..Default::default() }.update(tx).await?;
    Ok(id)
}

/// Kinds of cases, as people call them.
pub const KINDS: Words = &[
    ("unknown_barcode", "不认识的条码", "Unknown barcode"),
    ("count_variance", "盘差待批", "Count variance"),
    ("negative_stock", "库存为负", "Negative stock"),
    ("unreadable_fact", "读不懂的记录", "Unreadable record"),
    ("unappliable_fact", "入不了账的记录", "Record that cannot be booked"),
    ("bad_signature", "签名不对", "Bad signature"),
    ("cloned_edge", "疑似克隆的边缘机", "Cloned edge"),
    ("stream_break", "上传中断过", "Break in the stream"),
    ("clock_skew", "时钟偏差过大", "Clock skew"),
    ("short_pick", "拣货缺件", "Short pick"),
    ("over_pick", "做多了", "More than asked for"),
    ("printer", "打印机故障", "Printer fault"),
    ("device_drift", "设备设置有出入", "Device set otherwise"),
    ("stock_low", "库存低于下限", "Stock below its minimum"),
    ("stock_high", "库存高于上限", "Stock above its maximum"),
];

/// A kind as people call it, in both languages.
#[must_use]
pub fn name_of(kind: &str) -> (&str, &str) {
    KINDS.iter().find(|(word, ..)| *word == kind).map_or((kind, kind), |(_, zh, en)| (*zh, *en))
}

/// What somebody must be allowed to, to resolve a case of this kind.
#[must_use]
pub fn right(kind: &str) -> Right {
    match kind {
        "count_variance" => Right::Approvals,
        "cloned_edge" | "bad_signature" | "device_drift" => Right::Edges,
        "unappliable_fact" | "unreadable_fact" | "negative_stock" => Right::Approvals,
        _ => Right::Cases,
    }
}

/// Tells those who may resolve a new case.
async fn tell(tx: &impl ConnectionTrait, case: &exception::Model, now_ms: i64) -> Result<(), DbErr> {
    let named = ["text", "number", "task_number", "reference", "name"];
    let about = named.iter().find_map(|name| case.data.get(name).and_then(Value::as_str)).unwrap_or_default();
    let (zh, en) = name_of(&case.kind);
    let data = json!({"case": case.id, "case_kind": case.kind, "kind_zh": zh, "kind_en": en, "edge": case.edge_id, "about": about});
    let notice = Notice::to_those_with(right(&case.kind), "exception", case.site_id, data, format!("/exceptions/{}", case.id));
    notify(tx, notice, now_ms).await.map(|_| ())
}

#[derive(FromQueryResult)]
struct Settled {
    id: i64,
    site_id: Option<i64>,
}

/// Resolves the open case of a matter that has settled itself, when there is one that nobody has resolved; its number and site. `note` is for whoever
/// looks later, in both languages.
///
/// # Errors
/// What the database said.
pub async fn settle(tx: &impl ConnectionTrait, key: &str, why: &str, note: &str, now_ms: i64) -> Result<Option<(i64, Option<i64>)>, DbErr> {
    let settled: Option<Settled> = Sql::new("UPDATE exception SET key = NULL, state = 'resolved', resolved_by = 'hub', resolved_ms = ")
        .bind(now_ms)
        .text(", resolution = ")
        .bind(json!({ "action": why, "note": note }))
        .text(" WHERE state = 'open' AND key = ")
        .bind(key)
        .text(" RETURNING id, site_id")
        .one(tx)
        .await?;
    Ok(settled.map(|case| (case.id, case.site_id)))
}
