//! Devices that are set otherwise than their profile says: one case for each, opened when its edge says so, kept up with what it says, ended by the hub
//! when the device is right again.

use std::collections::BTreeMap;

use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{DeviceHealth, Health};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde_json::json;

use super::books::digest;
use super::cases::{self, Again, Case};
use crate::platform::sql::Sql;

/// The kind of these cases.
const KIND: &str = "device_drift";

/// What was told of each device that differs, as a digest, by its matter: not asked of the database with every word of an edge. It is kept in `setting`:
/// what somebody dismissed is not opened again while the device stays as it is, by a hub that was started anew neither.
#[derive(Debug, Default)]
pub struct Drifting(Option<BTreeMap<String, String>>);

#[derive(FromQueryResult)]
struct Told {
    key: String,
    value: String,
}

impl Drifting {
    async fn told(&mut self, db: &impl ConnectionTrait) -> Result<&mut BTreeMap<String, String>, DbErr> {
        if self.0.is_none() {
            // Open cases too that were told before there were digests.
            let open = "SELECT key, '' AS value FROM exception WHERE state = 'open' AND key IS NOT NULL AND kind = ";
            let mut told: Vec<Told> = Sql::new(open).bind(KIND).all(db).await?;
            told.extend(Sql::new("SELECT key, value FROM setting WHERE key LIKE ").bind(format!("{KIND}:%")).all::<Told>(db).await?);
            self.0 = Some(told.into_iter().map(|told| (told.key, told.value)).collect());
        }
        Ok(self.0.get_or_insert_default())
    }

    /// Opens, keeps up and ends the cases of an edge's devices by its last word; numbers of those that were touched, and their site.
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
            let told = self.told(tx).await?;
            match settings.state.as_str() {
                "differs" => {
                    let lines: Vec<_> =
                        settings.drift.iter().map(|one| json!({"setting": one.setting, "has": one.has, "wants": one.wants})).collect();
                    let data =
                        json!({"name": model, "device": id, "profile": settings.profile, "differs": settings.differs, "drift": lines});
                    let drift = digest(&data.to_string());
                    if told.get(&key) == Some(&drift) {
                        continue;
                    }
                    let site = Sql::new("SELECT site_id FROM edge WHERE id = ").bind(edge.as_str()).numbers(tx).await?.first().copied();
                    let case = Case { kind: KIND, site, edge: Some(edge.to_string()), key: key.clone(), data, again: Again::Replace };
                    touched.push((cases::open(tx, case, now_ms).await?, site));
                    Sql::new("INSERT INTO setting (key, value) VALUES ")
                        .list::<Value>([key.as_str().into(), drift.as_str().into()])
                        .text(" ON CONFLICT (key) DO UPDATE SET value = excluded.value")
                        .run(tx)
                        .await?;
                    told.insert(key, drift);
                }
                "holds" if told.remove(&key).is_some() => {
                    Sql::new("DELETE FROM setting WHERE key = ").bind(key.as_str()).run(tx).await?;
                    let note = "设备设置已恢复 / the device is set as it should be again";
                    touched.extend(cases::settle(tx, &key, "set_right", note, now_ms).await?);
                }
                _ => {}
            }
        }
        Ok(touched)
    }
}
