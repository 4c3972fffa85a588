//! Devices that are set otherwise than their profile says: one case for each, opened when its edge says so, ended by the hub when it says that
//! the device is right again.

use std::collections::BTreeSet;

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{DeviceHealth, Health};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::cases::{self, Again, Case};
use crate::platform::sql::Sql;

/// The kind of these cases.
const KIND: &str = "device_drift";

/// Matters that were met: not asked of the database with every word of an edge, and one that somebody dismissed is not opened again while the
/// device stays as it is.
#[derive(Debug, Default)]
pub struct Drifting(Option<BTreeSet<String>>);

impl Drifting {
    async fn met(&mut self, db: &impl ConnectionTrait) -> Result<&mut BTreeSet<String>, DbErr> {
        if self.0.is_none() {
            let open = Sql::new("SELECT key FROM exception WHERE state = 'open' AND kind = ").bind(KIND).text(" AND key IS NOT NULL");
            self.0 = Some(open.texts(db).await?.into_iter().collect());
        }
        Ok(self.0.get_or_insert_default())
    }

    /// Opens and ends the cases of an edge's devices by its last word; numbers of those that were touched, and their site.
    ///
    /// # Errors
    /// What the database said; then the transaction must be given up.
    pub async fn follow(
        &mut self,
        tx: &impl ConnectionTrait,
        edge: &EdgeId,
        health: &Health,
        now_ms: i64,
    ) -> Result<Vec<(i64, Option<i64>)>, DbErr> {
        let mut touched = Vec::new();
        for device in &health.devices {
            let DeviceHealth { id, model, settings: Some(settings), .. } = device else { continue };
            let key = format!("{KIND}:{edge}:{id}");
            let met = self.met(tx).await?;
            match settings.state.as_str() {
                "differs" if !met.contains(&key) => {
                    let site = Sql::new("SELECT site_id FROM edge WHERE id = ").bind(edge.as_str()).numbers(tx).await?.first().copied();
                    let lines: Vec<_> =
                        settings.drift.iter().map(|one| json!({"setting": one.setting, "has": one.has, "wants": one.wants})).collect();
                    let data =
                        json!({"name": model, "device": id, "profile": settings.profile, "differs": settings.differs, "drift": lines});
                    let case = Case { kind: KIND, site, edge: Some(edge.to_string()), key: key.clone(), data, again: Again::Replace };
                    touched.push((cases::open(tx, case, now_ms).await?, site));
                    met.insert(key);
                }
                "holds" if met.remove(&key) => {
                    let note = "设备设置已恢复 / the device is set as it should be again";
                    touched.extend(cases::settle(tx, &key, "set_right", note, now_ms).await?.map(|case| (case, None)));
                }
                _ => {}
            }
        }
        Ok(touched)
    }
}
