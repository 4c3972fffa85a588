//! The data sets `items`, `locations`, `operators`, `labels` and `device_profiles`, as each site needs them.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::Arc;

use qitao_domain::catalog::{DEVICE_PROFILES, Item, ItemBarcode, KitPart, LABELS, LabelTemplate, Location, LocationKind, Operator};
use qitao_domain::ids::{EdgeId, ItemId, LocationId, OperatorId, SiteId};
use qitao_domain::protocol::{DatasetNotice, DatasetVersion, Down};
use qitao_domain::quantity::Quantity;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::catalog::store::{floor_key, forget_changes};
use crate::db::entity::{dataset, item, item_barcode, kit_part, location, operator};
use crate::devices;
use crate::edges::Fleet;
use crate::platform::clock::now_ms;
use crate::platform::drafts::{self, Kind};
use crate::platform::sql::Sql;

/// Every data set.
pub const DATASETS: [&str; 5] = ["items", "locations", "operators", LABELS, DEVICE_PROFILES];
/// Those that are always sent whole, since they are few and are kept as documents.
const WHOLE: [&str; 2] = [LABELS, DEVICE_PROFILES];
/// Rows read at once.
const PAGE: u64 = 2_000;
/// Made files that are kept for the next edge that asks for the same.
const KEPT: usize = 24;
/// zstd's level: the edge waits for the file, the hub makes it once.
const LEVEL: i32 = 6;

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Ask for one of [`DATASETS`].
    #[error("there is no data set of this name")]
    Unknown,
    /// Fetch a snapshot: what changed since that version is not known any more.
    #[error("changes since version {0} are not known any more")]
    TooOld(u64),
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A data set, or its changes, ready to be sent.
#[derive(Debug, Clone)]
pub struct File {
    /// Version that an edge has after taking it in.
    pub version: i64,
    /// Lines of JSON, compressed.
    pub bytes: Arc<Vec<u8>>,
    /// SHA-256 of `bytes`, in hex.
    pub digest: String,
}

/// Names and current versions.
///
/// # Errors
/// What the database said.
pub async fn versions(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let rows = dataset::Entity::find().order_by_asc(dataset::Column::Name).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.version)).collect())
}

/// What tells an edge that there may be something new.
///
/// # Errors
/// What the database said.
pub async fn notice(db: &impl ConnectionTrait) -> Result<Down, DbErr> {
    let versions = versions(db).await?.into_iter();
    let datasets = versions.map(|(name, version)| DatasetNotice { name, version: u64::try_from(version).unwrap_or(0) });
    Ok(Down::Datasets { datasets: datasets.collect() })
}

/// Tells every edge that is online. To be called after a change is committed; it is also done by itself within seconds.
///
/// # Errors
/// What the database said.
pub async fn announce(fleet: &Fleet) -> Result<(), DbErr> {
    let notice = notice(fleet.db.read()).await?;
    for edge in fleet.presence.online(now_ms(), fleet.link.tells_presence()) {
        fleet.send(&edge, &notice).await;
    }
    Ok(())
}

/// Within a hello: the versions that an edge has. A version that this database has not reached yet says that it was restored from a backup;
/// then the counter goes on from there, and older versions get no changes any more but a snapshot, because the same number may mean
/// different contents.
///
/// # Errors
/// What the database said.
pub async fn heard_versions(tx: &impl ConnectionTrait, edge: &EdgeId, has: &[DatasetVersion]) -> Result<(), DbErr> {
    for has in has {
        let Some(version) = i64::try_from(has.version).ok().filter(|version| *version < 1 << 53) else { continue };
        let raised = Sql::new("UPDATE dataset SET version = ")
            .bind(version + 1)
            .text(" WHERE name = ")
            .bind(has.name.as_str())
            .text(" AND version < ")
            .bind(version)
            .run(tx)
            .await?;
        if raised == 1 {
            tracing::warn!(%edge, dataset = %has.name, version, "an edge has a newer data set than this database; all edges get a snapshot");
            forget_changes(tx, &has.name, version + 1).await?;
        }
    }
    Ok(())
}

/// What is asked for: everything, or what changed since a version.
type Since = Option<i64>;

fn condition<C: ColumnTrait>(version: C, deleted: C, since: Since) -> Condition {
    match since {
        Some(since) => Condition::all().add(version.gt(since)),
        None => Condition::all().add(deleted.eq(false)),
    }
}

fn line(row: &impl serde::Serialize) -> Result<Value, DbErr> {
    Ok(json!({ "put": serde_json::to_value(row).map_err(|error| DbErr::Json(error.to_string()))? }))
}

async fn items(db: &impl ConnectionTrait, since: Since) -> Result<Vec<Value>, DbErr> {
    let (mut lines, mut last) = (Vec::new(), 0);
    loop {
        let rows = item::Entity::find()
            .filter(condition(item::Column::Version, item::Column::Deleted, since))
            .filter(item::Column::Id.gt(last))
            .order_by_asc(item::Column::Id)
            .limit(PAGE)
            .all(db)
            .await?;
        let Some(end) = rows.last().map(|row| row.id) else { return Ok(lines) };
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let barcodes = item_barcode::Entity::find()
            .filter(item_barcode::Column::ItemId.is_in(ids.clone()))
            .order_by_asc(item_barcode::Column::Id)
            .all(db)
            .await?;
        let mut barcodes_of: BTreeMap<i64, Vec<ItemBarcode>> = BTreeMap::new();
        for row in barcodes {
            let carton = row.carton.and_then(|carton| u16::try_from(carton).ok());
            barcodes_of.entry(row.item_id).or_default().push(ItemBarcode {
                text: row.text,
                quantity: Quantity::from_raw(row.quantity),
                carton,
            });
        }
        let parts = kit_part::Entity::find().filter(kit_part::Column::KitId.is_in(ids)).order_by_asc(kit_part::Column::Id).all(db).await?;
        let mut parts_of: BTreeMap<i64, Vec<KitPart>> = BTreeMap::new();
        for row in parts {
            parts_of.entry(row.kit_id).or_default().push(KitPart { item: ItemId(row.part_id), quantity: Quantity::from_raw(row.quantity) });
        }
        for row in rows {
            lines.push(if row.deleted {
                json!({ "del": row.id })
            } else {
                line(&Item {
                    id: ItemId(row.id),
                    code: row.code,
                    name: row.name,
                    name_en: row.name_en,
                    unit: row.unit,
                    cartons: u16::try_from(row.cartons).unwrap_or(1),
                    by_lot: row.by_lot,
                    parts: parts_of.remove(&row.id).unwrap_or_default(),
                    barcodes: barcodes_of.remove(&row.id).unwrap_or_default(),
                })?
            });
        }
        last = end;
    }
}

async fn locations(db: &impl ConnectionTrait, site: SiteId, since: Since) -> Result<Vec<Value>, DbErr> {
    let rows = location::Entity::find()
        .filter(condition(location::Column::Version, location::Column::Deleted, since))
        .filter(location::Column::SiteId.eq(site.0))
        .order_by_asc(location::Column::Id)
        .all(db)
        .await?;
    let line_of = |row: location::Model| {
        if row.deleted {
            return Ok(json!({ "del": row.id }));
        }
        let kind: LocationKind =
            serde_json::from_value(Value::String(row.kind)).map_err(|error| DbErr::Json(format!("location {}: {error}", row.id)))?;
        line(&Location { id: LocationId(row.id), site, code: row.code, kind, name: row.name })
    };
    rows.into_iter().map(line_of).collect()
}

async fn operators(db: &impl ConnectionTrait, site: SiteId, since: Since) -> Result<Vec<Value>, DbErr> {
    let here = |of: Option<i64>| of.is_none_or(|of| of == site.0);
    let rows = operator::Entity::find()
        .filter(condition(operator::Column::Version, operator::Column::Deleted, since))
        .order_by_asc(operator::Column::Id)
        .all(db)
        .await?;
    let mut lines = Vec::new();
    for row in rows {
        if !row.deleted && here(row.site_id) {
            lines.push(line(&Operator { id: OperatorId(row.id), name: row.name, badge: row.badge })?);
        } else if since.is_some() {
            // Gone, or gone to another site.
            lines.push(json!({ "del": row.id }));
        }
    }
    Ok(lines)
}

/// Label templates that were published.
async fn labels(db: &impl ConnectionTrait) -> Result<Vec<Value>, DbErr> {
    let held = drafts::holding(db, Kind::LabelTemplate).await?;
    (1..).zip(held).map(|(id, (name, template))| line(&LabelTemplate { id, name, template: template.to_string() })).collect()
}

fn compressed(head: &Value, lines: &[Value]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
    for line in std::iter::once(head).chain(lines) {
        serde_json::to_writer(&mut encoder, line)?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
}

/// Data set, site (0 for what is the same everywhere), since.
type Wanted = (&'static str, i64, Since);

/// Files made lately, so that a thousand edges that hear of a change do not make a thousand files. The lock is held while one is made.
#[derive(Debug, Default)]
pub struct Made(Mutex<HashMap<Wanted, File>>);

/// A data set as a site needs it: whole, or what changed since a version.
///
/// # Errors
/// [`DatasetError`].
pub async fn file(fleet: &Fleet, name: &str, site: SiteId, since: Option<u64>) -> Result<File, DatasetError> {
    let name = DATASETS.into_iter().find(|known| *known == name).ok_or(DatasetError::Unknown)?;
    let db = fleet.db.read();
    // Read before the rows: a row that changes meanwhile comes with a newer version, and once more with the next changes.
    let version = Sql::new("SELECT version FROM dataset WHERE name = ").bind(name).number(db).await?;
    let since = match since {
        None => None,
        Some(since) => {
            let floor = Sql::new("SELECT value FROM setting WHERE key = ").bind(floor_key(name)).word(db).await?;
            let floor: i64 = floor.and_then(|text| text.parse().ok()).unwrap_or(0);
            let from = i64::try_from(since).unwrap_or(i64::MAX);
            if from > version || from < floor || WHOLE.contains(&name) {
                return Err(DatasetError::TooOld(since));
            }
            Some(from)
        }
    };
    let wanted: Wanted = (name, if ["items", LABELS].contains(&name) { 0 } else { site.0 }, since);
    let mut made = fleet.made.0.lock().await;
    if let Some(file) = made.get(&wanted).filter(|file| file.version == version) {
        return Ok(file.clone());
    }
    let lines = match name {
        "items" => items(db, since).await?,
        "locations" => locations(db, site, since).await?,
        LABELS => labels(db).await?,
        DEVICE_PROFILES => devices::for_site(db, site).await?.iter().map(line).collect::<Result<_, _>>()?,
        _ => operators(db, site, since).await?,
    };
    let kind = if since.is_some() { "changes" } else { "snapshot" };
    let head = json!({ "dataset": name, "version": version, "kind": kind, "count": lines.len() });
    let bytes = tokio::task::spawn_blocking(move || compressed(&head, &lines)).await;
    let bytes = bytes.map_err(|error| DbErr::Custom(error.to_string()))?.map_err(|error| DbErr::Custom(error.to_string()))?;
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    let file = File { version, bytes: Arc::new(bytes), digest };
    if made.len() >= KEPT {
        made.clear();
    }
    made.insert(wanted, file.clone());
    Ok(file)
}
