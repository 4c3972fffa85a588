//! SIGKILL at random moments: whatever was acknowledged is there afterwards, once, in order.
//!
//! The child is this test binary again: [`child_that_appends`] does nothing unless it is told a folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use qitao_domain::ids::Seq;
use qitao_edge_agent::outbox::{Append, Outbox};

use crate::support::{fact, options, scans};

const FOLDER: &str = "QITAO_TEST_APPENDS_TO";

#[test]
fn child_that_appends() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (outbox, recovered) = Outbox::open(folder.as_ref(), options()).unwrap();
        assert!(recovered.rungs.is_empty(), "{:?}", recovered.rungs);
        let first = outbox.position().next_seq.0;
        // Eight stations at once, so that groups of several are cut off too. Fact and state go together; the number is told only when durable.
        let mut stations = Vec::new();
        for station in 0..8 {
            let outbox = outbox.clone();
            stations.push(tokio::spawn(async move {
                for n in 0.. {
                    let scan = (u128::from(first) << 64) + (station << 32) + n + 1;
                    let mut append = Append::new().with_fact(&fact(scan)).unwrap();
                    append.put(format!("s/{station}"), &scan.to_string()).unwrap();
                    let seq = outbox.append(append).await.unwrap().unwrap();
                    if station == 0 {
                        outbox.mark_acked(outbox.position().epoch, Seq(seq.0.saturating_sub(5)));
                    }
                    writeln!(std::io::stdout(), "\nacknowledged {seq} {scan} {station}").unwrap();
                }
            }));
        }
        for station in stations {
            station.await.unwrap();
        }
    });
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed() {
    let kills: u32 = std::env::var("QITAO_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(u64, u128)> = Vec::new();
    for _ in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "outbox_kill::child_that_appends", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let mut seen = Vec::new();
            let mut last_state = std::collections::BTreeMap::new();
            for line in out.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                let words: Vec<&str> = line.split(' ').collect();
                if let ["acknowledged", seq, scan, station] = words[..] {
                    seen.push((seq.parse::<u64>().unwrap(), scan.parse::<u128>().unwrap()));
                    last_state.insert(station.to_owned(), scan.parse::<u128>().unwrap());
                }
            }
            (seen, last_state)
        });
        std::thread::sleep(Duration::from_millis(150 + u64::from(rand::random::<u8>())));
        child.kill().unwrap();
        child.wait().unwrap();
        let (seen, last_state) = reader.join().unwrap();
        acknowledged.extend(seen);

        let (outbox, recovered) = Outbox::open(folder.path(), options()).unwrap();
        assert!(recovered.rungs.is_empty(), "{:?}", recovered.rungs);
        let there = scans(&outbox, Seq(1)).await;
        for (n, (seq, _)) in there.iter().enumerate() {
            assert_eq!(*seq, n as u64 + 1, "no gaps");
        }
        let mut ids: Vec<u128> = there.iter().map(|(_, scan)| *scan).collect();
        for (seq, scan) in &acknowledged {
            let at = usize::try_from(seq - 1).unwrap();
            assert_eq!(there.get(at), Some(&(*seq, *scan)), "acknowledged and not there");
        }
        for (station, scan) in last_state {
            let kept: u128 = outbox.state::<String>(&format!("s/{station}")).unwrap().parse().unwrap();
            assert!(kept >= scan, "the state goes with its fact");
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), there.len(), "nothing twice");
        outbox.close().await;
    }
    assert!(acknowledged.len() > kills as usize, "only {} facts in {kills} runs", acknowledged.len());
}
