//! What ingest promises, against a real database.

mod counts;
mod doors;
mod kept;
mod matters;
mod shown;
mod stream;

use qitao_domain::protocol::Down;

/// What acks say is committed.
fn acked(heard: &[Down]) -> Vec<u64> {
    heard.iter().filter_map(|down| if let Down::Ack { committed, .. } = down { Some(committed.0) } else { None }).collect()
}
