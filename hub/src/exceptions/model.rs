//! What pages show of cases.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::rules;
use crate::db::entity::exception;
use crate::warehouse::Names;

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExceptionRow {
    /// Number.
    pub id: i64,
    /// What it is about: `unknown_barcode`, `count_variance`, `negative_stock`, `unreadable_fact`, `unappliable_fact`, `bad_signature`,
    /// `cloned_edge`, `clock_skew`, `short_pick`, `over_pick`, `stream_break`, `printer`, `stock_low`, `stock_high`,
    /// `device_drift`.
    pub kind: String,
    /// The site it concerns; absent for the whole chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// The edge it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<String>,
    /// When it was opened.
    pub opened_ms: i64,
    /// `open` or `resolved`.
    pub state: String,
    /// What happened; its members depend on the kind.
    #[schema(value_type = Object)]
    pub data: Value,
    /// Names of what the data speaks about, as they are now.
    pub names: Names,
    /// With what it can be resolved; empty when it is.
    pub actions: Vec<&'static str>,
    /// When it was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<i64>,
    /// By whom; `hub` when it settled itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
    /// How: `action`, `note`, and what the action did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub resolution: Option<Value>,
}

impl From<exception::Model> for ExceptionRow {
    fn from(row: exception::Model) -> Self {
        let actions = if row.state == "open" { rules::actions(&row.kind, &row.data) } else { Vec::new() };
        Self {
            actions: actions.into_iter().map(rules::Action::word).collect(),
            id: row.id,
            kind: row.kind,
            site: row.site_id,
            edge: row.edge_id,
            opened_ms: row.opened_ms,
            state: row.state,
            data: row.data,
            names: Names::default(),
            resolved_ms: row.resolved_ms,
            resolved_by: row.resolved_by,
            resolution: row.resolution,
        }
    }
}
