//! Small things that several tests need.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use ed25519_dalek::SigningKey;
use qitao_domain::event::{Fact, Source};
use qitao_domain::ids::{EdgeId, ScanId, Seq, SiteId, StationId};
use qitao_domain::scan::Stamp;
use qitao_domain::work::Verdict;
use qitao_edge_agent::config::Config;
use qitao_edge_agent::identity::{Identity, Mqtt, Site, own_key};
use qitao_edge_agent::outbox::{DiskOptions, OpenOptions, Outbox};

/// Options that do not end the test's process, lay no ballast and look at retention often.
pub fn options() -> OpenOptions {
    OpenOptions {
        disk: DiskOptions { ballast: 0, low: 0, full: 0, ..DiskOptions::default() },
        tick: Duration::from_millis(20),
        on_fatal: Arc::new(|_| {}),
        ..OpenOptions::default()
    }
}

/// A fact that is told by its scan id.
pub fn fact(scan: u128) -> Fact {
    Fact {
        scan: ScanId(scan),
        site: SiteId(1),
        station: StationId::new("desk-1").unwrap(),
        operator: None,
        at: Stamp { wall_ms: 1_700_000_000_000, boot: 1, mono_us: 1 },
        source: Source::Edge { what: "test".into() },
        task: None,
        verdict: Verdict::Noted,
        effects: vec![],
    }
}

/// Scan ids of all rows from `first` on.
pub async fn scans(outbox: &Outbox, first: Seq) -> Vec<(u64, u128)> {
    let rows = outbox.rows(first, usize::MAX).await.unwrap();
    rows.iter().map(|row| (row.seq.0, row.fact["scan"].as_str().map_or(0, |s| s.parse::<ScanId>().unwrap().0))).collect()
}

/// Waits until something holds; fails after ten seconds.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about within ten seconds");
}

/// Settings of an agent in a folder that is enrolled as this edge, with a hub that is nowhere.
pub fn enrolled(folder: &Path, edge: &str) -> Config {
    let mut config = Config { data: folder.to_owned(), machine: Some("test".into()), ..Config::default() };
    config.panel.listen = "127.0.0.1:0".parse().unwrap();
    (config.disk.ballast_mib, config.disk.full_mib, config.devices.adopt) = (0, 0, false);
    own_key(&config).unwrap();
    let identity = Identity {
        edge: EdgeId::new(edge).unwrap(),
        hub: "http://127.0.0.1:1".into(),
        hub_key: BASE64.encode(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()),
        site: Site { id: SiteId(1), code: "S1".into(), name: "一号仓".into(), time_zone: "Asia/Shanghai".into() },
        mqtt: Mqtt { host: None, port: 1, tls: false, authority: None, username: edge.into(), password: "secret".into() },
    };
    identity.save(&config).unwrap();
    config
}
