//! The recovery ladder, rung by rung, on real sled files and on a store with made-up faults.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use qitao_domain::ids::{Epoch, Seq};
use qitao_edge_agent::outbox::sled_store::SledEngine;
use qitao_edge_agent::outbox::store::{Engine, Store, StoreError};
use qitao_edge_agent::outbox::{Append, DiskOptions, DiskState, OpenOptions, Outbox, OutboxError};

use crate::fake_store::{Fake, Fault};
use crate::support::{eventually, fact, options, scans};

async fn append(outbox: &Outbox, scan: u128) -> Result<Option<Seq>, OutboxError> {
    let mut append = Append::new().with_fact(&fact(scan)).unwrap();
    append.put("s/last", &scan.to_string()).unwrap();
    outbox.append(append).await
}

/// sled, but the first few times it does not open.
struct Flaky(AtomicU32);

impl Engine for Flaky {
    fn open(&self, folder: &Path) -> Result<Box<dyn Store>, StoreError> {
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Err(StoreError::Damaged("made up".into())),
            Err(_) => SledEngine::default().open(folder),
        }
    }
}

/// An outbox with facts 1 … `count`, `acked` of them, all of them sent.
async fn filled(folder: &Path, options: &OpenOptions, count: u64, acked: u64) {
    let (outbox, _) = Outbox::open(folder, options.clone()).unwrap();
    outbox.settle(Epoch(1), Seq(0)).await.unwrap();
    for scan in 1..=count {
        append(&outbox, u128::from(scan)).await.unwrap();
    }
    outbox.mark_acked(Epoch(1), Seq(acked));
    eventually("the ack", || outbox.position().acked == Seq(acked)).await;
    outbox.rows(Seq(1), usize::MAX).await.unwrap();
    outbox.close().await;
}

async fn not_acked(outbox: &Outbox) -> Vec<u128> {
    scans(outbox, outbox.position().acked.next()).await.into_iter().map(|(_, scan)| scan).collect()
}

#[tokio::test]
async fn an_open_that_is_damaged_or_panics_is_tried_again_without_snapshots() {
    for fault in [Fault::OpenIsDamaged, Fault::OpenPanics, Fault::OpenHangs] {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake::with(&[]);
        let options = OpenOptions { engine: fake.clone(), open_timeout: Duration::from_millis(200), ..options() };
        filled(folder.path(), &options, 9, 4).await;
        fake.faults.lock().unwrap().push(fault);
        let (outbox, recovered) = Outbox::open(folder.path(), options).unwrap();
        assert_eq!(recovered.rungs.len(), 1, "{fault:?}: {:?}", recovered.rungs);
        assert_eq!(not_acked(&outbox).await, [5, 6, 7, 8, 9]);
        assert_eq!(append(&outbox, 10).await.unwrap(), Some(Seq(10)));
        outbox.close().await;
    }
}

#[tokio::test]
async fn snapshots_of_rubbish_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), &options(), 50, 10).await;
    for entry in fs::read_dir(folder.path().join("db")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("snap.") {
            fs::write(path, vec![0x5a; 3000]).unwrap();
        }
    }
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    assert_eq!(not_acked(&outbox).await, (11..=50).collect::<Vec<_>>());
    outbox.close().await;
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_read_from_its_files_and_put_in_quarantine() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), &options(), 200, 150).await;
    let (outbox, recovered) = Outbox::open(folder.path(), OpenOptions { engine: Arc::new(Flaky(AtomicU32::new(2))), ..options() }).unwrap();
    assert_eq!(recovered.rungs.len(), 3, "{:?}", recovered.rungs);
    assert_eq!(outbox.position().epoch, Epoch(0), "the hub is asked for a new epoch");
    assert_eq!(not_acked(&outbox).await, (151..=200).collect::<Vec<_>>());
    assert_eq!(outbox.state::<String>("s/last").unwrap(), "200");
    assert!(folder.path().join("quarantine").exists());
    let position = outbox.settle(Epoch(2), Seq(0)).await.unwrap();
    assert_eq!((position.acked, position.next_seq), (Seq(0), Seq(51)));
    assert_eq!(append(&outbox, 201).await.unwrap(), Some(Seq(51)));
    outbox.close().await;
    let (outbox, recovered) = Outbox::open(folder.path(), options()).unwrap();
    assert!(recovered.rungs.is_empty());
    assert_eq!(scans(&outbox, Seq(1)).await.len(), 51);
    outbox.close().await;
}

#[tokio::test]
async fn a_cut_off_database_gives_what_it_has_and_says_what_it_lost() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), &options(), 3000, 0).await;
    let db = fs::File::options().write(true).open(folder.path().join("db/db")).unwrap();
    db.set_len(db.metadata().unwrap().len() / 2).unwrap();
    drop(db);
    let (outbox, recovered) = Outbox::open(folder.path(), OpenOptions { open_timeout: Duration::from_secs(5), ..options() }).unwrap();
    assert!(!recovered.rungs.is_empty());
    let there = not_acked(&outbox).await;
    assert!(there.windows(2).all(|w| w[0] < w[1] || w[1] == 0 || w[0] == 0), "in order, with notes for what is lost");
    assert!(there.iter().filter(|scan| **scan > 0).count() > 100, "half of the file holds more than {} facts", there.len());
    append(&outbox, 9999).await.unwrap();
    assert_eq!(not_acked(&outbox).await.last(), Some(&9999));
    outbox.close().await;
}

#[tokio::test]
async fn flipped_bytes_anywhere_end_neither_in_a_hang_nor_in_a_wrong_fact() {
    let source = tempfile::tempdir().unwrap();
    filled(source.path(), &options(), 300, 0).await;
    let whole = fs::read(source.path().join("db/db")).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for n in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        copy(source.path(), folder.path());
        let mut bytes = whole.clone();
        let at = used * n / 12;
        for byte in &mut bytes[at..(at + 16).min(used)] {
            *byte ^= 0xff;
        }
        fs::write(folder.path().join("db/db"), &bytes).unwrap();
        let opened = Outbox::open(folder.path(), OpenOptions { open_timeout: Duration::from_secs(3), ..options() });
        let (outbox, _) = opened.unwrap_or_else(|error| panic!("flipped at {at}: {error}"));
        let there = not_acked(&outbox).await;
        let mut last = 0;
        for scan in there.iter().filter(|scan| **scan > 0) {
            assert!(*scan > last && *scan <= 300, "flipped at {at}");
            last = *scan;
        }
        assert!(there.iter().filter(|scan| **scan > 0).count() > 100, "flipped at {at}: {} facts left", there.len());
        append(&outbox, 301).await.unwrap();
        outbox.close().await;
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { fs::copy(entry.path(), target).map(|_| ()).unwrap() }
    }
}

#[tokio::test]
async fn a_damaged_or_missing_position_file_costs_nothing_while_the_database_is_whole() {
    for damage in [Some(&b"rubbish"[..]), None] {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path(), &options(), 20, 7).await;
        match damage {
            Some(bytes) => fs::write(folder.path().join("position"), bytes).unwrap(),
            None => fs::remove_file(folder.path().join("position")).unwrap(),
        }
        let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
        assert_eq!((outbox.position().epoch, outbox.position().acked, outbox.position().next_seq), (Epoch(1), Seq(7), Seq(21)));
        outbox.close().await;
    }
}

#[tokio::test]
async fn a_lost_tail_that_had_been_sent_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), &options(), 20, 7).await;
    let older = tempfile::tempdir().unwrap();
    copy(folder.path(), older.path());
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    for scan in 21..=30 {
        append(&outbox, scan).await.unwrap();
    }
    outbox.rows(Seq(1), usize::MAX).await.unwrap();
    outbox.close().await;
    fs::remove_dir_all(folder.path().join("db")).unwrap();
    copy(&older.path().join("db"), &folder.path().join("db"));
    let (outbox, recovered) = Outbox::open(folder.path(), options()).unwrap();
    assert!(recovered.rungs[0].contains("had lost 10 facts"), "{:?}", recovered.rungs);
    let notes = vec![0; 10];
    assert_eq!(not_acked(&outbox).await, [(8..=20).collect::<Vec<_>>(), notes].concat(), "each lost fact has a note in its place");
    assert_eq!(append(&outbox, 31).await.unwrap(), Some(Seq(31)), "no number is given twice");
    outbox.close().await;
}

#[tokio::test]
async fn a_hole_of_acked_facts_is_read_as_notes_and_does_not_stop_retention() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with(&[]);
    let options = OpenOptions { engine: fake.clone(), ..options() };
    filled(folder.path(), &options, 30, 20).await;
    fake.lose(folder.path(), 8..=20);
    let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
    let within = outbox.rows(Seq(10), 4).await.unwrap();
    let notes = within.iter().map(|row| row.seq.0).collect::<Vec<_>>();
    assert_eq!(notes, [10, 11, 12, 13], "a hub that went back in time asks for them, and gets on");
    assert_eq!(scans(&outbox, Seq(6)).await[..3], [(6, 6), (7, 7), (8, 0)]);
    outbox.close().await;

    let (outbox, _) = Outbox::open(folder.path(), OpenOptions { keep_rows: 5, ..options }).unwrap();
    eventually("letting go of what is left of the acked ones", || outbox.position().oldest_kept == Seq(20)).await;
    for scan in 31..=40 {
        append(&outbox, scan).await.unwrap();
    }
    outbox.mark_acked(Epoch(1), Seq(38));
    eventually("letting go of more", || outbox.position().oldest_kept == Seq(36)).await;
    assert_eq!(not_acked(&outbox).await, [39, 40]);
    outbox.close().await;
}

#[tokio::test]
async fn acks_and_old_rows_alone_cost_no_commit_each_and_are_on_disk_after_a_while_or_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with(&[]);
    let options = OpenOptions { engine: fake.clone(), keep_rows: 10, ..options() };
    filled(folder.path(), &options, 60, 0).await;
    let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
    let (before, began) = (fake.commits.load(Ordering::SeqCst), Instant::now());
    for acked in 1..=45 {
        outbox.mark_acked(Epoch(1), Seq(acked));
        tokio::time::sleep(options.tick + options.tick / 4).await;
    }
    // One of each kind in thirty ticks.
    let most = began.elapsed().div_duration_f32(options.tick * 30).ceil() * 2.0 + 2.0;
    let commits = fake.commits.load(Ordering::SeqCst) - before;
    assert!(f64::from(commits) <= f64::from(most), "{commits} commits in {:?}", began.elapsed());
    eventually("letting go", || outbox.position().oldest_kept == Seq(45)).await;
    outbox.mark_acked(Epoch(1), Seq(47));
    outbox.close().await;
    let (outbox, _) = Outbox::open(folder.path(), options).unwrap();
    assert_eq!(outbox.position().acked, Seq(47));
    outbox.close().await;
}

#[tokio::test]
async fn after_a_failed_commit_nothing_is_accepted_and_the_process_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with(&[]);
    let fatal = Arc::new(AtomicU32::new(0));
    let told = fatal.clone();
    let options = OpenOptions {
        engine: fake.clone(),
        on_fatal: Arc::new(move |_| {
            told.fetch_add(1, Ordering::SeqCst);
        }),
        ..options()
    };
    let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
    append(&outbox, 1).await.unwrap();
    fake.faults.lock().unwrap().push(Fault::CommitFails);
    assert!(matches!(append(&outbox, 2).await, Err(OutboxError::Stopped)));
    assert!(matches!(append(&outbox, 3).await, Err(OutboxError::Stopped)));
    eventually("the end", || fatal.load(Ordering::SeqCst) == 1).await;
    let (outbox, _) = Outbox::open(folder.path(), options).unwrap();
    assert_eq!(not_acked(&outbox).await, [1]);
    outbox.close().await;
}

#[tokio::test]
async fn a_panic_while_committing_or_reading_ends_the_process_as_a_failed_commit_does() {
    for fault in [Fault::CommitPanics, Fault::ScanPanics] {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake::with(&[]);
        let fatal = Arc::new(AtomicU32::new(0));
        let told = fatal.clone();
        let options = OpenOptions {
            engine: fake.clone(),
            on_fatal: Arc::new(move |_| {
                told.fetch_add(1, Ordering::SeqCst);
            }),
            ..options()
        };
        let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
        append(&outbox, 1).await.unwrap();
        fake.faults.lock().unwrap().push(fault);
        if fault == Fault::CommitPanics {
            assert!(matches!(append(&outbox, 2).await, Err(OutboxError::Stopped)));
        } else {
            assert!(matches!(outbox.rows(Seq(1), 9).await, Err(OutboxError::Stopped)));
        }
        eventually("the end", || fatal.load(Ordering::SeqCst) == 1).await;
        assert!(matches!(append(&outbox, 3).await, Err(OutboxError::Stopped)), "{fault:?}");
        outbox.close().await;
        let (outbox, _) = Outbox::open(folder.path(), options).unwrap();
        assert_eq!(not_acked(&outbox).await, [1]);
        outbox.close().await;
        assert_eq!(fatal.load(Ordering::SeqCst), 1, "told once");
    }
}

#[tokio::test]
async fn a_commit_that_never_ends_ends_the_process_and_rest_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with(&[]);
    let fatal = Arc::new(AtomicU32::new(0));
    let told = fatal.clone();
    let options = OpenOptions {
        engine: fake.clone(),
        commit_timeout: Duration::from_millis(500),
        on_fatal: Arc::new(move |_| {
            told.fetch_add(1, Ordering::SeqCst);
        }),
        ..options()
    };
    let (outbox, _) = Outbox::open(folder.path(), options).unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    append(&outbox, 1).await.unwrap();
    assert_eq!(fatal.load(Ordering::SeqCst), 0, "without work there is nothing to come to an end with");
    fake.faults.lock().unwrap().push(Fault::CommitHangs);
    let second = outbox.clone();
    let unanswered = tokio::spawn(async move { append(&second, 2).await });
    eventually("the end", || fatal.load(Ordering::SeqCst) == 1).await;
    assert!(matches!(append(&outbox, 3).await, Err(OutboxError::Stopped)));
    assert!(!unanswered.is_finished(), "what may or may not be on disk is answered by the restart");
    unanswered.abort();
}

#[tokio::test]
async fn a_full_disk_refuses_new_work_before_anything_is_dropped_and_frees_the_ballast_to_open() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::with(&[]);
    let free = Arc::new(AtomicU64::new(1 << 30));
    let asked = free.clone();
    let disk =
        DiskOptions { low: 200 << 20, full: 100 << 20, ballast: 1 << 20, free_space: Arc::new(move |_| Ok(asked.load(Ordering::SeqCst))) };
    let options = OpenOptions { engine: fake.clone(), disk, ..options() };
    let (outbox, _) = Outbox::open(folder.path(), options.clone()).unwrap();
    assert!(folder.path().join("ballast").exists());
    append(&outbox, 1).await.unwrap();
    free.store(150 << 20, Ordering::SeqCst);
    eventually("the warning", || outbox.disk().state == DiskState::Low).await;
    append(&outbox, 2).await.unwrap();
    free.store(50 << 20, Ordering::SeqCst);
    eventually("the refusal", || outbox.disk().state == DiskState::Full).await;
    assert!(matches!(append(&outbox, 3).await, Err(OutboxError::DiskNearlyFull)));
    assert_eq!(not_acked(&outbox).await, [1, 2]);
    outbox.close().await;

    fake.faults.lock().unwrap().push(Fault::OpenFindsFullDisk);
    let (outbox, recovered) = Outbox::open(folder.path(), options).unwrap();
    assert!(recovered.rungs[0].contains("ballast"), "{:?}", recovered.rungs);
    assert!(!folder.path().join("ballast").exists());
    assert_eq!(not_acked(&outbox).await, [1, 2]);
    free.store(1 << 30, Ordering::SeqCst);
    eventually("room", || outbox.disk().state == DiskState::Ok).await;
    append(&outbox, 3).await.unwrap();
    outbox.close().await;
}

#[tokio::test]
async fn two_agents_cannot_open_one_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _) = Outbox::open(folder.path(), options()).unwrap();
    assert!(matches!(Outbox::open(folder.path(), options()), Err(OutboxError::Locked)));
    outbox.close().await;
}
