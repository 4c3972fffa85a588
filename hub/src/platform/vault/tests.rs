//! The vault on the database of this run.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::db::rig;
use crate::platform::identity::FieldRight;

struct House {
    db: Db,
    vault: Vault,
    folder: TempDir,
    /// Last: it goes when nobody is connected any more.
    _scratch: Option<rig::Scratch>,
}

fn master(folder: &TempDir) -> MasterAt {
    MasterAt::of(None, folder.path(), |_| None)
}

async fn house_on(url: &str, people: i64) -> House {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(url).await.unwrap();
    let tx = db.begin().await.unwrap();
    for id in 1..=people {
        Sql::new(format!(
            "INSERT INTO hub_user (id, login, name, password_hash, disabled, version) VALUES ({id}, 'p{id}', 'p', '', FALSE, 1)"
        ))
        .run(&tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    House { vault: Vault::open(&db, master(&folder)).await.unwrap(), db, folder, _scratch: None }
}

async fn house(people: i64) -> House {
    let scratch = rig::scratch().await;
    let house = house_on(scratch.url(), people).await;
    House { _scratch: Some(scratch), ..house }
}

#[derive(FromQueryResult)]
struct Row {
    sealed: Option<Sealed>,
}

impl House {
    async fn write(&self, id: i64, phone: Option<&str>) {
        let tx = self.db.begin().await.unwrap();
        let keys = self.vault.for_writing(&tx).await.unwrap();
        keys.put(&tx, &PERSON_PHONE, id, phone).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn sealed(&self, id: i64) -> Option<Sealed> {
        let sql = Sql::new("SELECT phone AS sealed FROM hub_user WHERE id = ").bind(id);
        sql.one::<Row>(self.db.read()).await.unwrap().unwrap().sealed
    }

    async fn read(&self, id: i64) -> Option<String> {
        let keys = self.vault.for_reading(self.db.read()).await.unwrap();
        self.sealed(id).await.map(|sealed| keys.open(&PERSON_PHONE, id, &sealed).unwrap().expose().to_owned())
    }

    async fn found(&self, phone: &str) -> i64 {
        let keys = self.vault.for_reading(self.db.read()).await.unwrap();
        let sql = Sql::new("SELECT COUNT(*) FROM hub_user WHERE phone_hash IN ").among(keys.hashes(Kind::Phone, phone));
        sql.number(self.db.read()).await.unwrap()
    }

    async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.db.read()).await.unwrap()
    }
}

#[tokio::test]
async fn a_text_opens_at_its_own_place_only_and_nothing_shows_it_by_accident() {
    let house = house(2).await;
    house.write(1, Some("+86 138-1234-5678")).await;
    house.write(2, Some("13812345678")).await;
    assert_eq!((house.read(1).await.as_deref(), house.read(2).await.as_deref()), (Some("13812345678"), Some("13812345678")));
    assert_eq!((house.found("138 1234 5678").await, house.found("13812345679").await), (2, 0));
    let keys = house.vault.for_reading(house.db.read()).await.unwrap();
    let last = Sql::new("SELECT COUNT(*) FROM hub_user WHERE phone_last IN ").among(keys.last_hashes("5678"));
    assert_eq!(last.number(house.db.read()).await.unwrap(), 2);

    let (one, two) = (house.sealed(1).await.unwrap(), house.sealed(2).await.unwrap());
    assert_ne!(one, two, "the same text twice is not to be seen as such");
    assert!(keys.open(&PERSON_PHONE, 2, &one).is_err(), "moved to another row");
    assert!(keys.open(&PERSON_EMAIL, 1, &one).is_err(), "moved to another column");
    let shown = |right| keys.shown(&PERSON_PHONE, 1, Some(&one), right);
    assert_eq!(shown(FieldRight::None), None);
    assert_eq!(shown(FieldRight::Masked).as_deref(), Some("138****5678"));
    assert_eq!(shown(FieldRight::Read).as_deref(), Some("13812345678"));
    let debug = format!("{:?} {:?} {keys:?} {:?} {:?}", one, keys.open(&PERSON_PHONE, 1, &one).unwrap(), house.vault, Some(&two));
    assert!(!debug.contains("5678") && !debug.contains("1."), "{debug}");
    house.write(1, None).await;
    assert_eq!((house.read(1).await, house.found("13812345678").await), (None, 1));
}

#[tokio::test]
async fn the_database_files_hold_no_phone_in_clear() {
    let files = tempfile::tempdir().unwrap();
    let house = house_on(&format!("sqlite:{}", files.path().join("hub.db").display()), 1).await;
    house.write(1, Some("13898765432")).await;
    let mut looked_at = 0;
    for name in ["hub.db", "hub.db-wal"] {
        let bytes = std::fs::read(files.path().join(name)).unwrap();
        looked_at += bytes.len();
        for clear in ["13898765432", "98765432"] {
            assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear} in {name}");
        }
    }
    assert!(looked_at > 10_000);
    assert_eq!(house.read(1).await.as_deref(), Some("13898765432"));
}

#[tokio::test]
async fn new_keys_take_over_while_people_write_and_nothing_is_lost() {
    let house = house(500).await;
    let phone = |id: i64, round: i64| format!("13{round:02}{id:07}");
    let tx = house.db.begin().await.unwrap();
    let keys = house.vault.for_writing(&tx).await.unwrap();
    for id in 1..=500 {
        keys.put(&tx, &PERSON_PHONE, id, Some(&phone(id, 0))).await.unwrap();
    }
    tx.commit().await.unwrap();
    // Another process with keys in memory, as `hub rotate-keys` beside a running hub.
    let other = Vault::open(&house.db, master(&house.folder)).await.unwrap();
    let mut last: BTreeMap<i64, i64> = BTreeMap::new();
    let writing = async {
        for n in 0..150_i64 {
            let (id, round) = (1 + (n * 7) % 500, 1 + n % 80);
            house.write(id, Some(&phone(id, round))).await;
            last.insert(id, round);
        }
    };
    let rotating = async {
        for _ in 0..2 {
            other.rotate(&house.db, "test", &[Purpose::Data, Purpose::Hash]).await.unwrap();
            let done = other.renew(&house.db).await.unwrap();
            assert_eq!(done.unreadable, 0);
        }
    };
    tokio::join!(writing, rotating);
    other.renew(&house.db).await.unwrap();
    assert_eq!(house.number("SELECT COUNT(*) FROM vault_key WHERE state = 'old'").await, 0, "nothing uses the old keys any more");
    assert_eq!(house.number("SELECT COUNT(*) FROM vault_key WHERE wrapped IS NOT NULL").await, 2, "and they are wiped");
    assert_eq!(house.number("SELECT COUNT(*) FROM audit WHERE entity = 'vault_key' AND action = 'retire'").await, 4);
    for id in 1..=500 {
        let wanted = phone(id, last.get(&id).copied().unwrap_or(0));
        assert_eq!(house.read(id).await, Some(wanted.clone()));
        if id % 50 == 1 {
            assert_eq!(house.found(&wanted).await, 1);
        }
    }
}

#[tokio::test]
async fn while_keys_change_a_text_is_found_by_old_and_new_hashes_and_a_used_key_stays() {
    let house = house(2).await;
    house.write(1, Some("13812345678")).await;
    house.vault.rotate(&house.db, "test", &[Purpose::Data, Purpose::Hash]).await.unwrap();
    house.write(2, Some("13812345678")).await;
    assert_eq!(house.found("13812345678").await, 2, "one by the old key, one by the new");
    // What cannot be opened keeps its key: it may be put right from a copy one day.
    let tx = house.db.begin().await.unwrap();
    Sql::new("UPDATE hub_user SET phone = '1.1.AAAA' WHERE id = 1").run(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let done = house.vault.renew(&house.db).await.unwrap();
    assert_eq!((done.texts, done.unreadable, done.retired), (0, 1, 0));
    assert_eq!(house.number("SELECT COUNT(*) FROM vault_key WHERE state = 'old' AND wrapped IS NOT NULL").await, 2);
}

#[tokio::test]
async fn values_of_custom_fields_go_over_to_new_keys_with_the_rest() {
    let house = house(2).await;
    let slot = |person| Slot { person, field: "id_number" };
    let write = async |person, text: Option<&str>| {
        let tx = house.db.begin().await.unwrap();
        let keys = house.vault.for_writing(&tx).await.unwrap();
        keys.put_slot(&tx, slot(person), text).await.unwrap();
        tx.commit().await.unwrap();
    };
    let found = async |text: &str| {
        let keys = house.vault.for_reading(house.db.read()).await.unwrap();
        let sql = Sql::new("SELECT COUNT(*) FROM person_field WHERE value_hash IN ").among(keys.field_hashes("id_number", text));
        sql.number(house.db.read()).await.unwrap()
    };
    write(1, Some("310104199001011234")).await;
    house.vault.rotate(&house.db, "test", &[Purpose::Data, Purpose::Hash]).await.unwrap();
    write(2, Some("310104199001011234")).await;
    assert_eq!(found("310104199001011234").await, 2, "one by the old key, one by the new");
    let done = house.vault.renew(&house.db).await.unwrap();
    assert_eq!((done.texts, done.unreadable, done.retired), (1, 0, 2));
    assert_eq!(found(" 310104199001011234 ").await, 2);
    let keys = house.vault.for_reading(house.db.read()).await.unwrap();
    let sealed =
        Sql::new("SELECT value AS sealed FROM person_field WHERE person_id = 1").one::<Row>(house.db.read()).await.unwrap().unwrap();
    assert_eq!(keys.open_slot(slot(1), &sealed.sealed.clone().unwrap()).unwrap().expose(), "310104199001011234");
    assert!(keys.open_slot(slot(2), &sealed.sealed.unwrap()).is_err(), "moved to another person");
    write(1, None).await;
    assert_eq!(found("310104199001011234").await, 1);
    assert_eq!(keys.hashes(Kind::Other, "1").len(), 1, "the old hash key is gone");
}

#[tokio::test]
async fn the_master_key_is_made_once_for_its_owner_and_its_loss_is_named() {
    let house = house(1).await;
    house.write(1, Some("13812345678")).await;
    let file = house.folder.path().join("vault.key");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = std::fs::read_to_string(&file).unwrap();
    let open = async |at: MasterAt| Vault::open(&house.db, at).await;
    std::fs::remove_file(&file).unwrap();
    let gone = open(master(&house.folder)).await.unwrap_err();
    assert!(matches!(gone, VaultError::MasterGone { .. }) && !file.exists(), "a new one would open nothing: {gone}");
    std::fs::write(&file, "00".repeat(32)).unwrap();
    assert!(matches!(open(master(&house.folder)).await, Err(VaultError::WrongMaster { .. })));
    std::fs::write(&file, "secret").unwrap();
    let shape = open(master(&house.folder)).await.unwrap_err().to_string();
    assert!(shape.contains("64 hexadecimal") && !shape.contains("secret"), "{shape}");
    let by_text = MasterAt::of(None, house.folder.path(), |name| (name == "QITAO_VAULT_MASTER").then(|| kept.clone()));
    assert!(!format!("{by_text:?}").contains(kept.trim()));
    assert!(open(by_text).await.is_ok());
    std::fs::write(house.folder.path().join("qitao-vault-key"), &kept).unwrap();
    let credentials = house.folder.path().display().to_string();
    let by_systemd = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| credentials.clone());
    assert!(open(MasterAt::of(None, house.folder.path(), by_systemd)).await.is_ok());
}
