//! Names and bytes that mean harm, and files that come and go.

use std::io::Write as _;

use image::{ImageFormat, RgbImage};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::kind::{self, Kind};
use super::*;
use crate::db::rig::{Scratch, scratch};
use crate::platform::clock::now_ms;
use crate::platform::sql::Sql;

/// Puts bytes, and a small picture beside them, into the store under a key.
pub(crate) async fn put(files: &Files, key: &str, bytes: &[u8]) {
    let key = Key::of(key).unwrap();
    for key in [key.thumbnail(), key] {
        let draft = files.draft().unwrap();
        std::fs::write(&draft, bytes).unwrap();
        files.store.put(&key, draft).await.unwrap();
    }
}

async fn rig() -> (Files, Scratch, tempfile::TempDir) {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), scratch().await);
    let db = Db::open(scratch.url()).await.unwrap();
    let files = Files::open(db, Disk::open(folder.path().join("files")).unwrap(), folder.path().join("drafts")).unwrap();
    (files, scratch, folder)
}

fn draft(files: &Files, bytes: &[u8]) -> TempPath {
    let draft = files.draft().unwrap();
    std::fs::write(&draft, bytes).unwrap();
    draft
}

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn kind_of(bytes: &[u8]) -> Result<Kind, &'static str> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    kind::of(file.path()).map_err(|error| match error {
        FileError::Kind(why) => why,
        _ => "other",
    })
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(width, height, image::Rgb([200, 100, 50])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn what_a_file_is_is_told_by_its_bytes_and_pages_are_never_taken() {
    assert_eq!(kind_of(&png(2, 2)), Ok(Kind::Png));
    assert_eq!(kind_of(b"%PDF-1.7\n"), Ok(Kind::Pdf));
    assert_eq!(kind_of("编码,名称\r\n1,椅\r\n".as_bytes()), Ok(Kind::Text));
    assert_eq!(kind_of(&[0xFF, 0xFE, b'a', 0, b'b', 0]), Ok(Kind::Text), "UTF-16 of Excel");
    assert_eq!(kind_of(&packed(&[("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")])), Ok(Kind::Xlsx));
    assert_eq!(kind_of(&packed(&[("word/document.xml", b"x")])), Ok(Kind::Docx));
    assert_eq!(kind_of(&packed(&[("xl/workbook.xml", b"x"), ("xl/vbaProject.bin", b"x")])), Err("macros"));
    assert_eq!(kind_of(&packed(&[("readme.txt", b"x")])), Err("packed_other"));
    assert_eq!(kind_of(b"PK\x03\x04 and nothing behind it"), Err("packed_broken"));
    for page in ["<!DOCTYPE html><script>", "\u{feff} <svg onload=x>", "<HTML>", "<?xml version='1.0'?><svg/>"] {
        assert_eq!(kind_of(page.as_bytes()), Err("unknown"), "{page}");
    }
    for other in [b"\x7fELF\x02\x01".as_slice(), b"MZ\x90\0", b"", b"GIF89a\x01\0", b"a\0b"] {
        assert!(kind_of(other).is_err(), "{other:?}");
    }
}

#[test]
fn what_unpacks_to_too_much_is_a_bomb_however_small_it_is() {
    // A hundred megabytes of nothing pack into a hundred kilobytes.
    let nothing = vec![0_u8; 97 * 1024 * 1024];
    let bomb = packed(&[("xl/workbook.xml", b"x"), ("xl/sharedStrings.xml", &nothing)]);
    assert!(bomb.len() < 200_000);
    assert_eq!(kind_of(&bomb), Err("packed_too_large"));
    let many: Vec<String> = (0..2_001).map(|n| format!("e{n}")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert_eq!(kind_of(&packed(&many)), Err("packed_too_large"));
}

#[test]
fn a_name_leads_nowhere_and_shows_what_it_is() {
    let cases = [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\x\\报价单.TXT", "报价单.txt"),
        ("a\0b\r\nSet-Cookie: x.txt", "abSet-Cookie_ x.txt"),
        ("photo.png\u{202e}txt.exe", "photo.pngtxt.exe.txt"),
        ("...", "file.txt"),
        ("", "file.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1.txt"),
        (" . name . .csv", "name.csv"),
    ];
    for (given, wanted) in cases {
        assert_eq!(kind::name(given, Kind::Text), wanted, "{given:?}");
    }
    assert_eq!(kind::name(&"长".repeat(500), Kind::Png).chars().count(), 124);
}

#[test]
fn no_name_breaks_a_header() {
    let value = disposition("attachment", "衣柜 \"x\"; filename=a.exe\r\n.pdf");
    let text = value.to_str().unwrap();
    assert_eq!(text.matches("filename=").count() - text.matches("a_ filename=").count(), 2, "one of them within quotes: {text}");
    assert!(
        text.starts_with("attachment; filename=\"__ _x__ filename=a.exe__.pdf\"; filename*=UTF-8''%E8%A1%A3%E6%9F%9C%20%22x%22%3B"),
        "{text}"
    );
}

#[test]
fn keys_are_hexadecimal_and_nothing_else() {
    assert!(Key::of(Key::random().text()).is_some());
    for bad in ["", "../../../../../../../etc/passwd00", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdef-t"] {
        assert!(Key::of(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_picture_that_is_small_as_a_file_and_huge_unpacked_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    std::fs::write(&from, png(900, 300)).unwrap();
    assert_eq!(picture::thumbnail(&from, &to).unwrap(), picture::Size { width: 900, height: 300 });
    let small = image::ImageReader::open(&to).unwrap().with_guessed_format().unwrap().decode().unwrap();
    assert_eq!((small.width(), small.height()), (320, 107));
    // The head of a picture says how large it is; 40,000 × 40,000 pixels are nearly five gigabytes.
    let mut huge = png(1, 1);
    huge.splice(16..24, [40_000_u32.to_be_bytes(), 40_000_u32.to_be_bytes()].concat());
    let check = crc_of(&huge[12..29]);
    huge.splice(29..33, check.to_be_bytes());
    std::fs::write(&from, &huge).unwrap();
    assert!(matches!(picture::thumbnail(&from, &to), Err(FileError::Picture(_))));
    std::fs::write(&from, &png(300, 300)[..200]).unwrap();
    assert!(matches!(picture::thumbnail(&from, &to), Err(FileError::Picture(_))), "half a picture");
}

fn crc_of(bytes: &[u8]) -> u32 {
    bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
        crc
    }) ^ !0
}

#[tokio::test]
async fn a_kept_file_is_there_until_it_is_removed_and_then_its_bytes_go_too() {
    let (files, _scratch, folder) = rig().await;
    let arrived = files.made(draft(&files, b"hello"), "../a.txt", Kind::Text).unwrap();
    let new = NewFile { entity: "task", record: 7, kind: "", author: "x", expires_ms: None, once: None };
    let kept = keep(&files, arrived, new).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.bytes), ("a.txt", 5));
    let stored = row(files.db.read(), kept.id).await.unwrap().unwrap();
    let local = files.local(&stored.key().unwrap()).await.unwrap();
    assert_eq!(std::fs::read(local.path()).unwrap(), b"hello");
    assert_eq!(local.path().strip_prefix(folder.path().join("files")).unwrap().components().count(), 3, "two levels of folders");
    assert_eq!(list_of(files.db.read(), "task", 7).await.unwrap(), [kept]);
    assert_eq!(keeper::sweep(&files, now_ms()).await.unwrap(), 0);
    let tx = files.db.begin().await.unwrap();
    remove(&tx, "x", &stored).await.unwrap();
    tx.commit().await.unwrap();
    assert!(list_of(files.db.read(), "task", 7).await.unwrap().is_empty());
    assert_eq!(keeper::sweep(&files, now_ms()).await.unwrap(), 1);
    assert!(!local.path().exists());
    assert!(matches!(files.local(&stored.key().unwrap()).await, Err(FileError::Gone)));
    assert_eq!(Sql::new("SELECT COUNT(*) FROM audit WHERE entity = 'task' AND entity_id = '7'").number(files.db.read()).await.unwrap(), 2);
}

#[tokio::test]
async fn what_never_arrived_whole_and_what_has_expired_is_thrown_away() {
    let (files, _scratch, _folder) = rig().await;
    let arrived = files.made(draft(&files, b"x"), "x.txt", Kind::Text).unwrap();
    let new = NewFile { entity: "export", record: 1, kind: "", author: "x", expires_ms: Some(now_ms() + 60_000), once: None };
    keep(&files, arrived, new).await.unwrap();
    let tx = files.db.begin().await.unwrap();
    Sql::new("INSERT INTO file (key, name, media, bytes, digest, thumbnail, entity, record_id, state, created_by, created_ms) VALUES ")
        .list::<sea_orm::Value>([
            Key::random().text().into(),
            "x".into(),
            "x".into(),
            1_i64.into(),
            "".into(),
            false.into(),
            "task".into(),
            1_i64.into(),
            "arriving".into(),
            "x".into(),
            now_ms().into(),
        ])
        .run(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keeper::sweep(&files, now_ms()).await.unwrap(), 0, "both are young");
    assert_eq!(keeper::sweep(&files, now_ms() + 120_000).await.unwrap(), 1, "one has expired");
    assert_eq!(keeper::sweep(&files, now_ms() + 25 * 60 * 60 * 1000).await.unwrap(), 1, "nobody brings the other any more");
    let left = files.draft().unwrap();
    assert_eq!(keeper::sweep_drafts(&files, std::time::SystemTime::now()).unwrap(), 0);
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(25 * 60 * 60);
    assert_eq!(keeper::sweep_drafts(&files, tomorrow).unwrap(), 1);
    assert!(!left.exists());
}

#[tokio::test]
async fn a_file_that_the_store_does_not_let_go_holds_up_no_other() {
    let (files, _scratch, _folder) = rig().await;
    let mut paths = Vec::new();
    for record in [1, 2] {
        let arrived = files.made(draft(&files, b"x"), "x.txt", Kind::Text).unwrap();
        let kept =
            keep(&files, arrived, NewFile { entity: "export", record, kind: "", author: "x", expires_ms: Some(now_ms()), once: None })
                .await
                .unwrap();
        let stored = row(files.db.read(), kept.id).await.unwrap().unwrap();
        paths.push(files.local(&stored.key().unwrap()).await.unwrap().path().to_owned());
    }
    // A folder in the place of the first: it cannot be deleted as a file.
    std::fs::remove_file(&paths[0]).unwrap();
    std::fs::create_dir(&paths[0]).unwrap();
    assert_eq!(keeper::sweep(&files, now_ms() + 1).await.unwrap(), 1);
    assert!(!paths[1].exists());
    std::fs::remove_dir(&paths[0]).unwrap();
    assert_eq!(keeper::sweep(&files, now_ms() + 1).await.unwrap(), 1);
    assert_eq!(Sql::new("SELECT COUNT(*) FROM file").number(files.db.read()).await.unwrap(), 0);
}

/// A bucket in this process: keeps what is put, checks that requests are signed, and fails when it is told to.
#[derive(Clone, Default)]
pub struct Fake {
    objects: Arc<std::sync::Mutex<std::collections::HashMap<String, Bytes>>>,
    failures: Arc<std::sync::atomic::AtomicUsize>,
}

async fn bucket(
    axum::extract::State(fake): axum::extract::State<Fake>,
    method: axum::http::Method,
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> (axum::http::StatusCode, Bytes) {
    use axum::http::StatusCode;
    let query = uri.query().unwrap_or_default();
    if !["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=key%2F", "X-Amz-Signature="].iter().all(|part| query.contains(part)) {
        return (StatusCode::FORBIDDEN, Bytes::new());
    }
    if fake
        .failures
        .fetch_update(std::sync::atomic::Ordering::SeqCst, std::sync::atomic::Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
    {
        return (StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
    }
    let mut objects = fake.objects.lock().unwrap();
    match method.as_str() {
        "PUT" if headers.get("content-length").is_none() => (StatusCode::LENGTH_REQUIRED, Bytes::new()),
        "PUT" => {
            objects.insert(uri.path().to_owned(), body);
            (StatusCode::OK, Bytes::new())
        }
        "GET" => objects.get(uri.path()).map_or((StatusCode::NOT_FOUND, Bytes::new()), |bytes| (StatusCode::OK, bytes.clone())),
        _ => {
            objects.remove(uri.path());
            (StatusCode::NO_CONTENT, Bytes::new())
        }
    }
}

impl Fake {
    /// What lies in it.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.objects.lock().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    /// The bytes of an object.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.objects.lock().unwrap()[name].to_vec()
    }
}

/// A bucket that is there as long as the test.
pub async fn fake_bucket() -> (S3Setting, Fake) {
    let fake = Fake::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let serve = axum::Router::new().fallback(bucket).with_state(fake.clone());
    tokio::spawn(async move { axum::serve(listener, serve).await });
    let setting =
        S3Setting { endpoint, bucket: "qitao".into(), region: "x".into(), key: "key".into(), secret: "secret".into(), in_host: false };
    (setting, fake)
}

/// Keeps a picture with its thumbnail; its key.
pub async fn a_picture(files: &Files) -> String {
    let mut arrived = files.made(draft(files, &png(900, 600)), "a.png", Kind::Png).unwrap();
    arrived.thumbnail = Some((draft(files, &png(90, 60)), picture::Size { width: 900, height: 600 }));
    let kept =
        keep(files, arrived, NewFile { entity: "task", record: 1, kind: "", author: "x", expires_ms: None, once: None }).await.unwrap();
    row(files.db.read(), kept.id).await.unwrap().unwrap().key().unwrap().text().to_owned()
}

#[tokio::test]
async fn an_s3_store_takes_gives_and_forgets_and_is_asked_again_when_it_is_overrun() {
    use futures_util::TryStreamExt as _;
    let (setting, fake) = fake_bucket().await;
    assert!(!format!("{setting:?}").contains("secret\""));
    let (folder, scratch) = (tempfile::tempdir().unwrap(), scratch().await);
    let db = Db::open(scratch.url()).await.unwrap();
    let files = Files::open(db, S3::open(&setting).unwrap(), folder.path()).unwrap();

    let large = vec![7_u8; 300_000];
    fake.failures.store(2, std::sync::atomic::Ordering::SeqCst);
    let arrived = files.made(draft(&files, &large), "a.txt", Kind::Text).unwrap();
    let kept =
        keep(&files, arrived, NewFile { entity: "task", record: 1, kind: "", author: "x", expires_ms: None, once: None }).await.unwrap();
    let stored = row(files.db.read(), kept.id).await.unwrap().unwrap();
    let key = stored.key().unwrap();
    assert_eq!(fake.objects.lock().unwrap().keys().collect::<Vec<_>>(), [&format!("/qitao/{}", key.text())]);
    let pieces: Vec<Bytes> = files.store.read(&key).await.unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), large);
    assert_eq!(std::fs::read(files.local(&key).await.unwrap().path()).unwrap(), large);
    let tx = files.db.begin().await.unwrap();
    remove(&tx, "x", &stored).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keeper::sweep(&files, now_ms()).await.unwrap(), 1);
    assert!(fake.objects.lock().unwrap().is_empty());
    assert!(matches!(files.store.read(&key).await, Err(FileError::Gone)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no copy is left behind");
}
