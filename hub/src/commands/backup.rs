//! `hub backup` and `hub restore`: everything into one encrypted file, and back.

use std::path::PathBuf;

use clap::Args;
use sea_orm::{ConnectionTrait, DbErr};

use super::Failure;
use super::move_database::ledger;
use crate::db::{Db, Place, counters, raise_counters, shown};
use crate::platform::audit::{self, Change};
use crate::platform::backup::daily::{Last, name_at, remember};
use crate::platform::backup::{BackupError, Bucket, Lock, MASTER_KEY, Unlock, all_files, back_up, check, new_key, passphrase, restore};
use crate::platform::clock;
use crate::platform::config::Config;
use crate::platform::sql::Sql;
use crate::platform::vault::MasterAt;

#[derive(Args)]
#[command(after_help = "Once:       hub backup --new-key backup.key      (keep this file away from the hub: it opens the backups)
Every day:  hub backup --to /mnt/backup --recipient age1…
When needed: hub restore --from FILE --key backup.key --data NEW_FOLDER")]
pub(super) struct Options {
    /// Where to: a file that is not there yet, or a folder.
    #[arg(long, value_name = "PATH", required_unless_present = "new_key")]
    to: Option<PathBuf>,
    /// Whoever has the key of this recipient (age1…) can open it; that of the settings when left away.
    #[arg(long, value_name = "AGE1…", conflicts_with = "passphrase")]
    recipient: Option<String>,
    /// Whoever knows the passphrase in this file can open it.
    #[arg(long, value_name = "FILE")]
    passphrase: Option<PathBuf>,
    /// Only make a new key for backups, in this file, and say its recipient.
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct RestoreOptions {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The file with its key.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase", required_unless_present = "passphrase")]
    key: Option<PathBuf>,
    /// The file with its passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase: Option<PathBuf>,
    /// Only look whether it opens and is whole.
    #[arg(long)]
    check: bool,
}

pub(super) async fn backup(config: &Config, options: Options) -> Result<(), Failure> {
    if let Some(path) = &options.new_key {
        let recipient = new_key(path)?;
        println!("the key is in {}: keep it away from the hub, without it no backup can be opened", path.display());
        println!("its recipient: {recipient}");
        return Ok(());
    }
    let now = clock::now_ms();
    let to = options.to.unwrap_or_default();
    let to = if to.is_dir() { to.join(name_at(now)) } else { to };
    let lock = match (&options.passphrase, options.recipient.or_else(|| config.backup.recipient.clone())) {
        (Some(path), _) => Lock::Passphrase(passphrase(path)?),
        (None, Some(recipient)) => Lock::recipient(&recipient)?,
        (None, None) => return Err(BackupError::NoLock.into()),
    };
    let db = Db::open(&config.database_url()).await?;
    let master = config.master(|name| std::env::var(name).ok());
    let (data, key) = (config.data.clone(), master.file().map(ToOwned::to_owned));
    let (bucket, known) = (Bucket::of(config)?, db.clone());
    let files = move || all_files(&known, &data, key.as_deref(), bucket.as_ref());
    let contents = back_up(&db, files, &to, lock, |table, rows| println!("  {table:<24} {rows:>12}")).await?;
    let last = Last { at_ms: now, file: to.display().to_string(), rows: contents.rows };
    let tx = db.begin().await?;
    remember(&tx, &last).await?;
    let change = Change { author: "command line", entity: "backup", id: last.file.clone(), action: "create" };
    audit::record(&tx, change, audit::NOTHING, Some(serde_json::json!({"rows": contents.rows, "files": contents.files}))).await?;
    tx.commit().await?;
    db.close().await?;
    println!("{} rows of {} tables and {} files, {} bytes: {}", contents.rows, contents.tables, contents.files, contents.bytes, last.file);
    if !matches!(master, MasterAt::Made(_)) {
        println!("the master key of personal fields comes from outside the data folder and is not in it: keep it, too");
    }
    Ok(())
}

/// Tables whose numbers leave the building: edges keep them, and facts on their way name them.
const KNOWN_OUTSIDE: [&str; 5] = ["item", "location", "operator", "task", "task_line"];
/// Numbers of each of them that are left out after a restore: more than a chain makes between two backups.
const ROOM: i64 = 100_000_000;
/// The same for the numbers on task sheets, which people read.
const ROOM_OF_SHEETS: i64 = 100_000;

/// What the lost hub gave numbers to since the backup is gone, but edges and sheets still name it. Given to something else, these numbers would
/// book what edges send again on other goods and other tasks.
async fn leave_room(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut last = counters(tx).await?;
    for table in KNOWN_OUTSIDE {
        *last.entry(table.to_owned()).or_default() += ROOM;
    }
    raise_counters(tx, &last).await?;
    Sql::new("UPDATE setting SET value = CAST(CAST(value AS BIGINT) + ")
        .bind(ROOM_OF_SHEETS)
        .text(" AS TEXT) WHERE key LIKE 'task_number:%'")
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn restored(config: &Config, options: RestoreOptions) -> Result<(), Failure> {
    let unlock = match (&options.key, &options.passphrase) {
        (Some(path), _) => Unlock::identity(path)?,
        (None, Some(path)) => Unlock::Passphrase(passphrase(path)?),
        (None, None) => return Err(BackupError::NoLock.into()),
    };
    if options.check {
        let contents = check(&options.from, &unlock).await?;
        println!("it opens and is whole: {} rows of {} tables, {} files", contents.rows, contents.tables, contents.files);
        return Ok(());
    }
    let url = config.database_url();
    let bucket = Bucket::of(config)?;
    let to = (config.data.as_path(), bucket.as_deref());
    let contents = restore(&options.from, &unlock, &Place::at(&url)?, to, |table, rows| println!("  {table:<24} {rows:>12}")).await?;
    println!("restored and compared: {} rows of {} tables, {} files", contents.rows, contents.tables, contents.files);
    if let Some(setting) = &config.s3 {
        println!("files were put into the bucket {} at {}", setting.bucket, setting.endpoint);
    }
    // Opened, it takes the steps that are newer than the backup.
    let db = Db::open(&url).await?;
    println!("{}", ledger(&db).await?);
    let tx = db.begin().await?;
    leave_room(&tx).await?;
    let change = Change { author: "command line", entity: "backup", id: options.from.display().to_string(), action: "restore" };
    audit::record(&tx, change, audit::NOTHING, Some(serde_json::json!({"rows": contents.rows, "files": contents.files}))).await?;
    tx.commit().await?;
    db.close().await?;
    println!("start the hub with: --data {} --database {}", config.data.display(), shown(&url));
    println!("edges that were told more than is in this backup send it again when they meet the hub ({MASTER_KEY} is in the data folder)");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::seed;
    use super::*;
    use crate::db::rig;
    use crate::demo::chain;
    use crate::platform::files::tests::{a_picture, fake_bucket};
    use crate::platform::files::{Files, Key, S3Setting};
    use crate::platform::identity::{self, NewUser, Role};
    use crate::platform::people::{email_of, set_own_email};
    use crate::platform::sql::Sql;
    use crate::platform::vault::Vault;

    const MAIL: &str = "zhang.san@example.com";

    fn at(data: &std::path::Path, url: &str) -> Config {
        Config { data: data.to_owned(), database: Some(url.to_owned()), ..Config::default() }
    }

    async fn rows(db: &Db, table: &str) -> i64 {
        Sql::new(format!("SELECT COUNT(*) FROM {table}")).number(db.read()).await.unwrap()
    }

    #[tokio::test]
    async fn files_in_a_bucket_are_in_the_backup_and_come_back_into_another_bucket_or_on_a_disk() {
        let (old, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (source, (setting, bucket)) = (rig::nothing().await, fake_bucket().await);
        let config = Config { s3: Some(setting), ..at(old.path(), source.url()) };
        let db = Db::open(source.url()).await.unwrap();
        let files = Files::of(&config, db.clone()).unwrap();
        let key = a_picture(&files).await;
        let names = vec![format!("/qitao/{key}"), format!("/qitao/{key}-t")];
        assert_eq!(bucket.names(), names);

        let (unlock, file) = (kept.path().join("key"), kept.path().join("one.age"));
        let recipient = Some(new_key(&unlock).unwrap());
        backup(&config, Options { to: Some(file.clone()), recipient, passphrase: None, new_key: None }).await.unwrap();
        assert_eq!(std::fs::read_dir(old.path().join("drafts")).unwrap().count(), 0, "no copy stays");
        let asked = || RestoreOptions { from: file.clone(), key: Some(unlock.clone()), passphrase: None, check: false };

        // The bucket is lost with everything else: an empty machine with another bucket, and one with none.
        let (setting, another) = fake_bucket().await;
        for s3 in [Some(setting), None] {
            let (new, in_bucket) = (tempfile::tempdir().unwrap(), s3.is_some());
            let config = Config { s3, ..at(new.path(), &format!("sqlite:{}", new.path().join("hub.db").display())) };
            restored(&config, asked()).await.unwrap();
            let copy = Db::open(&config.database_url()).await.unwrap();
            let files = Files::of(&config, copy.clone()).unwrap();
            let read = files.local(&Key::of(&key).unwrap()).await.unwrap();
            assert_eq!(std::fs::read(read.path()).unwrap(), bucket.bytes(&names[0]));
            assert_eq!(another.names(), names);
            let there = config.data.join("files").join(&key[..2]).join(&key[2..4]).join(&key);
            assert_ne!(there.exists(), in_bucket, "it lies in one place");
            copy.close().await.unwrap();
        }
        // A bucket that does not answer is no backup without files.
        let away = S3Setting { endpoint: "http://127.0.0.1:9".into(), ..config.s3.clone().unwrap() };
        let (config, to) = (Config { s3: Some(away), ..config }, kept.path().join("two.age"));
        let recipient = Some(new_key(&kept.path().join("key2")).unwrap());
        let asked = Options { to: Some(to.clone()), recipient, passphrase: None, new_key: None };
        assert!(backup(&config, asked).await.is_err() && !to.exists());
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_backup_restores_on_an_empty_machine_with_the_same_totals_and_shows_nothing_to_others() {
        let (old, new, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (source, target) = (rig::nothing().await, format!("sqlite:{}", new.path().join("hub.db").display()));
        let config = at(old.path(), source.url());
        let db = Db::open(source.url()).await.unwrap();
        seed::write(&db, &chain(1, 200), None, |_| ()).await.unwrap();
        let zhang = NewUser { login: "zhang".into(), name: "张三".into(), role: Role::Sales, site: None, password: "password-1".into() };
        let zhang = identity::add(&db, "test", zhang).await.unwrap();
        let vault = Vault::open(&db, config.master(|_| None)).await.unwrap();
        let tx = db.begin().await.unwrap();
        set_own_email(&tx, &vault, (zhang, "zhang"), MAIL).await.unwrap();
        tx.commit().await.unwrap();
        std::fs::create_dir_all(old.path().join("files/ab")).unwrap();
        std::fs::write(old.path().join("files/ab/photo"), vec![7; 100_000]).unwrap();

        let (key, file) = (kept.path().join("key"), kept.path().join("one.age"));
        let recipient = new_key(&key).unwrap();
        let asked = Options { to: Some(file.clone()), recipient: Some(recipient), passphrase: None, new_key: None };
        backup(&config, asked).await.unwrap();
        let bytes = std::fs::read(&file).unwrap();
        for secret in [MAIL, "张三", "zhang"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }

        let asked = RestoreOptions { from: file, key: Some(key), passphrase: None, check: false };
        restored(&at(new.path(), &target), asked).await.unwrap();
        let copy = Db::open(&target).await.unwrap();
        for table in ["item", "movement", "stock", "location", "site", "hub_user", "organisation", "role"] {
            assert_eq!(rows(&copy, table).await, rows(&db, table).await, "{table}");
        }
        assert_eq!(ledger(&copy).await.unwrap(), ledger(&db).await.unwrap());
        let vault = Vault::open(&copy, at(new.path(), &target).master(|_| None)).await.unwrap();
        assert_eq!(email_of(copy.read(), &vault, zhang).await.unwrap().as_deref(), Some(MAIL), "the master key came along");
        assert_eq!(std::fs::read(new.path().join("files/ab/photo")).unwrap(), vec![7; 100_000]);
        copy.close().await.unwrap();
        db.close().await.unwrap();
    }
}
