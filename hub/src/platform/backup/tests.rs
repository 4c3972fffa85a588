//! Backups that are cut, changed, made for somebody else, or hold what they should not.

use std::io::Write as _;

use age::secrecy::SecretString;
use tempfile::TempDir;

use super::daily::{name_at, take_old_away};
use super::*;
use crate::db::archive::Line;
use crate::db::{Db, Place, rig};

fn unlock() -> Unlock {
    Unlock::Passphrase(SecretString::from("right"))
}

/// A small backup by hand, so that its lines can be wrong.
fn made(folder: &TempDir, lines: &[Line]) -> PathBuf {
    let path = folder.path().join("made.age");
    let mut recipient = age::scrypt::Recipient::new(SecretString::from("right"));
    recipient.set_work_factor(2);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let encrypted = encryptor.wrap_output(std::fs::File::create(&path).unwrap()).unwrap();
    let mut out = zstd::stream::write::Encoder::new(encrypted, 1).unwrap();
    for line in lines {
        serde_json::to_writer(&mut out, line).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.finish().unwrap().finish().unwrap();
    path
}

fn row(key: &str) -> Line {
    Line::Row(vec![key.into(), "x".into()])
}

fn whole() -> Vec<Line> {
    let table = Line::Table { name: "setting".into(), columns: vec!["key".into(), "value".into()] };
    vec![
        Line::Steps(vec!["m0001_first".into()]),
        table,
        row("a"),
        row("b"),
        Line::Rows(2),
        Line::Counters([].into()),
        Line::File("files/a".into()),
        Line::Piece("aGVsbG8=".into()),
        Line::End { tables: 1, rows: 2, files: 1 },
    ]
}

async fn restored(path: &Path) -> (Result<Contents, BackupError>, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let place = Place::at(&format!("sqlite:{}", data.path().join("hub.db").display())).unwrap();
    (restore(path, &unlock(), &place, (data.path(), None), |_, _| ()).await, data)
}

#[tokio::test]
async fn an_older_backup_is_restored_and_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let (contents, data) = restored(&made(&folder, &whole())).await;
    let contents = contents.unwrap();
    assert_eq!((contents.tables, contents.rows, contents.files), (1, 2, 1));
    assert_eq!(std::fs::read(data.path().join("files/a")).unwrap(), b"hello");
    let db = Db::open(&data.path().join("hub.db").display().to_string()).await.unwrap();
    let value = crate::platform::sql::Sql::new("SELECT value FROM setting WHERE key = 'b'").word(db.read()).await.unwrap();
    assert_eq!(value.as_deref(), Some("x"));
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_backup_that_was_cut_changed_or_is_somebody_elses_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(&folder, &whole());
    let bytes = std::fs::read(&path).unwrap();
    for cut in (0..bytes.len()).step_by(29) {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        check(&path, &unlock()).await.unwrap_err();
    }
    for changed in (0..bytes.len()).step_by(31) {
        let mut bytes = bytes.clone();
        bytes[changed] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let (result, data) = restored(&path).await;
        result.unwrap_err();
        assert!(!data.path().join("hub.db").exists() && !data.path().join("files").exists(), "byte {changed}");
    }
    std::fs::write(&path, &bytes).unwrap();
    let wrong = Unlock::Passphrase(SecretString::from("wrong"));
    assert!(matches!(check(&path, &wrong).await, Err(BackupError::Locked(_))));
    let key = folder.path().join("key");
    new_key(&key).unwrap();
    assert!(matches!(check(&path, &Unlock::identity(&key).unwrap()).await, Err(BackupError::Locked(_))));
    assert!(matches!(new_key(&key), Err(BackupError::File { .. })), "a key is never written over");
}

#[tokio::test]
async fn lines_that_are_wrong_are_named_and_leave_the_database_empty() {
    let folder = tempfile::tempdir().unwrap();
    let with = |at: usize, line: Line| {
        let mut lines = whole();
        lines[at] = line;
        lines
    };
    for (lines, word) in [
        (with(0, Line::Steps(vec!["m9999_later".into()])), "newer hub"),
        (with(1, Line::Table { name: "nobody".into(), columns: vec![] }), "table nobody"),
        (with(2, Line::Row(vec!["a".into()])), "row 1 of setting"),
        (with(2, Line::Row(vec![1.into(), "x".into()])), "row 1 of setting"),
        (with(3, row("a")), "UNIQUE"),
        (with(4, Line::Rows(3)), "does not hold"),
        (with(6, Line::File("../outside".into())), "beneath the data folder"),
        (with(6, Line::File("/etc/outside".into())), "beneath the data folder"),
    ] {
        let (result, data) = restored(&made(&folder, &lines)).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        let place = Place::at(&data.path().join("hub.db").display().to_string()).unwrap();
        assert!(!data.path().parent().unwrap().join("outside").exists());
        // Empty: another restore is welcome there.
        std::fs::remove_dir_all(data.path().join("files")).ok();
        restore(&made(&folder, &whole()), &unlock(), &place, (data.path(), None), |_, _| ()).await.unwrap();
    }
}

#[tokio::test]
async fn another_master_key_in_the_folder_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = whole();
    lines[6] = Line::File(MASTER_KEY.into());
    let path = made(&folder, &lines);
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join(MASTER_KEY), "another").unwrap();
    let place = Place::at(&data.path().join("hub.db").display().to_string()).unwrap();
    let error = restore(&path, &unlock(), &place, (data.path(), None), |_, _| ()).await.unwrap_err();
    assert!(matches!(error, BackupError::There(_)), "{error}");
    assert_eq!(std::fs::read(data.path().join(MASTER_KEY)).unwrap(), b"another");
}

#[tokio::test]
async fn a_place_where_nothing_can_be_written_is_named_and_a_name_is_never_taken_twice() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), rig::scratch().await);
    let db = Db::open(scratch.url()).await.unwrap();
    let key = folder.path().join("key");
    let recipient = new_key(&key).unwrap();
    let to = async |path: &Path| back_up(&db, || Ok(Vec::new()), path, Lock::recipient(&recipient).unwrap(), |_, _| ()).await;
    let nowhere = folder.path().join("missing/one.age");
    assert!(matches!(to(&nowhere).await, Err(BackupError::File { path, .. }) if path.contains("missing")));
    let one = folder.path().join("one.age");
    let made = to(&one).await.unwrap();
    assert_eq!(check(&one, &Unlock::identity(&key).unwrap()).await.unwrap(), made);
    assert!(matches!(to(&one).await, Err(BackupError::File { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-made stays");
    db.close().await.unwrap();
}

#[test]
fn the_newest_backups_are_kept_and_nothing_else_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    for day in 0..5 {
        std::fs::write(folder.path().join(name_at(1_790_000_000_000 + day * 86_400_000)), "").unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "").unwrap();
    assert_eq!(take_old_away(folder.path(), 2).unwrap(), 3);
    let mut left: Vec<String> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["notes.txt".to_owned(), name_at(1_790_000_000_000 + 3 * 86_400_000), name_at(1_790_000_000_000 + 4 * 86_400_000)]);
}

#[test]
fn only_names_beneath_the_folder_are_places() {
    let data = Path::new("/data");
    assert_eq!(beneath(data, "files/ab/c"), Some(PathBuf::from("/data/files/ab/c")));
    for name in ["", "../x", "/etc/x", "a/../../x", "."] {
        assert_eq!(beneath(data, name), None, "{name}");
    }
}
