//! How the edge is, for the hub's page of edges.

use qitao_domain::ids::Seq;
use qitao_domain::protocol::Health;

use crate::clock;
use crate::workplace::Workplace;

/// The edge now. `recovery` is what opening the outbox had to do, while the hub has not heard of it.
pub async fn report(workplace: &Workplace, recovery: Vec<String>) -> Health {
    let outbox = workplace.core.outbox();
    let position = outbox.position();
    let oldest = match position.backlog() {
        0 => None,
        _ => outbox.rows(Seq(position.acked.0 + 1), 1).await.ok().and_then(|rows| rows.first().map(|row| row.written_ms)),
    };
    let lag_ms = oldest.map_or(0, |written| u64::try_from(clock::wall_ms() - written).unwrap_or(0));
    let devices = workplace.devices.borrow().clone();
    let datasets = workplace.core.replica().versions();
    let fonts = if workplace.config.printers.is_empty() { String::new() } else { fonts().await };
    Health { backlog: position.backlog(), lag_ms, disk_free: outbox.disk().free, memory: memory(), devices, recovery, datasets, fonts }
}

/// What tells the fonts of labels from those of the hub's preview. Read from disk once.
async fn fonts() -> String {
    let digest = tokio::task::spawn_blocking(qitao_labels::font_files::digest).await;
    // A machine without a font cannot draw a label, and says so when one is asked for.
    digest.ok().and_then(Result::ok).unwrap_or_default()
}

/// Resident memory of this process in bytes.
#[must_use]
pub fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    resident.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}
