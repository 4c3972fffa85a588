//! What edges told of their devices, kept for lists: written when it is not what was told before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{DeviceHealth, Health, SettingsHealth};
use sea_orm::{ConnectionTrait, DbErr, Value};

use crate::db::storable;
use crate::platform::sql::{Sql, pieces};

/// Most devices of one edge that are kept; an edge that says more is not believed.
const MOST: usize = 200;

/// What each edge told last, as a digest: so that the database is not written with every word of an edge.
#[derive(Debug, Default)]
pub struct Told(HashMap<EdgeId, u64>);

impl Told {
    /// Keeps what an edge says of its scanners and printers.
    ///
    /// # Errors
    /// What the database said; then the transaction must be given up, and what was told before is not known any more.
    pub async fn keep(&mut self, tx: &impl ConnectionTrait, edge: &EdgeId, health: &Health) -> Result<(), DbErr> {
        let told: Vec<&DeviceHealth> =
            health.devices.iter().filter(|device| ["scanner", "printer"].contains(&device.kind.as_str())).take(MOST).collect();
        let mut digest = DefaultHasher::new();
        serde_json::to_string(&told).map_err(|error| DbErr::Json(error.to_string()))?.hash(&mut digest);
        let digest = digest.finish();
        if self.0.get(edge) == Some(&digest) {
            return Ok(());
        }
        Sql::new("DELETE FROM device WHERE edge_id = ").bind(edge.as_str()).run(tx).await?;
        for some in pieces(&told) {
            let into = "INSERT INTO device (edge_id, device_id, kind, name, state, family, profile, settings, since_ms, differs, drift, \
                        flash_writes) VALUES ";
            let mut sql = Sql::new(into);
            for (n, device) in some.iter().enumerate() {
                sql = sql.text(if n == 0 { "" } else { "," }).list(row(edge, device)?);
            }
            // An edge that names two devices alike has one.
            sql.text(" ON CONFLICT (edge_id, device_id) DO NOTHING").run(tx).await?;
        }
        self.0.insert(edge.clone(), digest);
        Ok(())
    }
}

fn row(edge: &EdgeId, device: &DeviceHealth) -> Result<[Value; 12], DbErr> {
    let none = SettingsHealth {
        profile: String::new(),
        family: String::new(),
        state: String::new(),
        since_ms: 0,
        drift: Vec::new(),
        differs: 0,
        flash_writes: 0,
    };
    let set = device.settings.clone().unwrap_or(none);
    let drift = serde_json::to_string(&set.drift).map_err(|error| DbErr::Json(error.to_string()))?;
    let text = |text: &str| Value::from(storable(text));
    Ok([
        edge.as_str().into(),
        text(&device.id),
        text(&device.kind),
        text(&device.model),
        text(&device.state),
        text(&set.family),
        text(&set.profile),
        text(&set.state),
        set.since_ms.into(),
        i64::from(set.differs).into(),
        text(&drift),
        i64::from(set.flash_writes).into(),
    ])
}
