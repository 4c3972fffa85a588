//! Personal fields at rest: sealed in their columns, found by keyed hashes, shown whole, masked or not at all by the reader's field right.
//!
//! Three kinds of keys. The master key is outside the database ([`MasterAt`]). Data keys seal texts, hash keys make the hashes by which
//! equal texts are found; both are in the table `vault_key`, sealed by the master key. New keys come by [`Vault::rotate`]: what is written
//! from then on uses them, what was written before is written anew in batches ([`Vault::renew`]), and a key that nothing uses any more is
//! wiped. While that goes on both are good, so nobody waits for it.
//!
//! Writers share a lock on the row of the keys' counter and a change of the keys takes it alone: no text can be on its way with a key that
//! is just being wiped. (SQLite has one writer anyway.)

mod keys;
mod kind;
mod master;
mod rotation;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, FromQueryResult};
use zeroize::Zeroizing;

pub use keys::{Keys, Plain, Sealed};
pub use kind::{Kind, PERSONAL, without_numbers};
pub use master::MasterAt;
pub use rotation::{Renewed, keep_renewing};
pub use slot::Slot;

use self::keys::{Ring, Set};
use self::master::{Key, fresh};
use super::clock;
use crate::db::Db;
use crate::platform::sql::Sql;

/// A column that is sealed, with `…_hash` beside it where texts are looked for, and `…_last` beside a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// Its column that tells rows apart by a number.
    pub key: &'static str,
    /// The column.
    pub column: &'static str,
    /// What is in it.
    pub kind: Kind,
}

impl Column {
    /// The column of the hash of the whole text.
    #[must_use]
    pub fn hash_column(&self) -> String {
        format!("{}_hash", self.column)
    }

    /// The column of the hash of the last four digits.
    #[must_use]
    pub fn last_column(&self) -> String {
        format!("{}_last", self.column)
    }
}

/// A person's phone.
pub const PERSON_PHONE: Column = Column { table: "hub_user", key: "id", column: "phone", kind: Kind::Phone };
/// A person's e-mail.
pub const PERSON_EMAIL: Column = Column { table: "hub_user", key: "id", column: "email", kind: Kind::Email };
/// Address of a group's bot, or of a mailbox.
pub const CHANNEL_TARGET: Column = Column { table: "channel", key: "id", column: "target", kind: Kind::Secret };
/// What a group's bot checks signatures with.
pub const CHANNEL_SECRET: Column = Column { table: "channel", key: "id", column: "secret", kind: Kind::Secret };
/// Address of a program that is told; it often holds a secret.
pub const WEBHOOK_URL: Column = Column { table: "webhook", key: "id", column: "url", kind: Kind::Secret };
/// What a program that is told checks signatures with.
pub const WEBHOOK_SECRET: Column = Column { table: "webhook", key: "id", column: "secret", kind: Kind::Secret };
/// What one-time codes are made of.
pub const ONE_TIME_SECRET: Column = Column { table: "one_time_secret", key: "person_id", column: "secret", kind: Kind::Secret };
/// A customer's phone.
pub const CUSTOMER_PHONE: Column = Column { table: "customer", key: "id", column: "phone", kind: Kind::Phone };
/// A customer's e-mail.
pub const CUSTOMER_EMAIL: Column = Column { table: "customer", key: "id", column: "email", kind: Kind::Email };
/// Where a customer lives.
pub const CUSTOMER_ADDRESS: Column = Column { table: "customer", key: "id", column: "address", kind: Kind::Address };
/// What somebody noted of a customer.
pub const CUSTOMER_NOTE: Column = Column { table: "customer", key: "id", column: "note", kind: Kind::Secret };
/// What was talked about with a customer.
pub const FOLLOW_UP_TEXT: Column = Column { table: "follow_up", key: "id", column: "text", kind: Kind::Secret };

/// Whom an installer asks for.
pub const TICKET_CONTACT: Column = Column { table: "ticket", key: "id", column: "contact", kind: Kind::Secret };
/// Their phone.
pub const TICKET_PHONE: Column = Column { table: "ticket", key: "id", column: "phone", kind: Kind::Phone };
/// Where an installer goes.
pub const TICKET_ADDRESS: Column = Column { table: "ticket", key: "id", column: "address", kind: Kind::Address };
/// Where that is on the earth.
pub const TICKET_PLACE: Column = Column { table: "ticket", key: "id", column: "place", kind: Kind::Secret };
/// What is wrong at a customer's.
pub const TICKET_PROBLEM: Column = Column { table: "ticket", key: "id", column: "problem", kind: Kind::Secret };
/// What was done there.
pub const TICKET_STEPS: Column = Column { table: "ticket", key: "id", column: "steps", kind: Kind::Secret };
/// What came of it.
pub const TICKET_RESULT: Column = Column { table: "ticket", key: "id", column: "result", kind: Kind::Secret };
/// What somebody noted of a ticket.
pub const TICKET_NOTE: Column = Column { table: "ticket", key: "id", column: "note", kind: Kind::Secret };
/// Why a ticket was given back or given up.
pub const TICKET_REASON: Column = Column { table: "ticket", key: "id", column: "reason", kind: Kind::Secret };
/// Where an installer was.
pub const CHECK_IN_PLACE: Column = Column { table: "ticket_check_in", key: "id", column: "place", kind: Kind::Secret };
/// What opens a survey.
pub const SURVEY_TOKEN: Column = Column { table: "survey", key: "id", column: "token", kind: Kind::Secret };
/// What a customer wrote in one.
pub const SURVEY_COMMENT: Column = Column { table: "survey", key: "id", column: "comment", kind: Kind::Secret };
/// Where an order goes.
pub const ORDER_ADDRESS: Column = Column { table: "sales_order", key: "id", column: "address", kind: Kind::Address };
/// What somebody noted of an order.
pub const ORDER_NOTE: Column = Column { table: "sales_order", key: "id", column: "note", kind: Kind::Secret };
/// Who signed an order.
pub const ORDER_SIGNER: Column = Column { table: "sales_order", key: "id", column: "signer", kind: Kind::Secret };

/// What somebody said about a record.
pub const COMMENT_TEXT: Column = Column { table: "comment", key: "id", column: "text", kind: Kind::Secret };

/// Every sealed column; a module with such a column has its line here, or its texts are forgotten when keys change.
pub const COLUMNS: &[Column] = &[
    PERSON_PHONE,
    PERSON_EMAIL,
    CHANNEL_TARGET,
    CHANNEL_SECRET,
    WEBHOOK_URL,
    WEBHOOK_SECRET,
    ONE_TIME_SECRET,
    CUSTOMER_PHONE,
    CUSTOMER_EMAIL,
    CUSTOMER_ADDRESS,
    CUSTOMER_NOTE,
    FOLLOW_UP_TEXT,
    TICKET_CONTACT,
    TICKET_PHONE,
    TICKET_ADDRESS,
    TICKET_PLACE,
    TICKET_PROBLEM,
    TICKET_STEPS,
    TICKET_RESULT,
    TICKET_NOTE,
    TICKET_REASON,
    CHECK_IN_PLACE,
    SURVEY_TOKEN,
    SURVEY_COMMENT,
    ORDER_ADDRESS,
    ORDER_NOTE,
    ORDER_SIGNER,
    COMMENT_TEXT,
];

/// Why the vault did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Correct the path of the master key, or its rights.
    #[error("cannot read the master key of personal fields at {place}: {source}")]
    Master {
        /// Where.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Put the master key back: the database holds what it seals.
    #[error(
        "the master key of personal fields is gone from {place}, and the database holds what it seals: put the file back from its copy"
    )]
    MasterGone {
        /// Where it ought to be.
        place: String,
    },
    /// Correct the text of the master key.
    #[error("the master key of personal fields at {place} is not 64 hexadecimal digits")]
    MasterShape {
        /// Where.
        place: String,
    },
    /// Put the right master key there.
    #[error("the master key at {place} is not the one that sealed key {key} of the database: put the right one there")]
    WrongMaster {
        /// Where.
        place: String,
        /// Which key.
        key: i64,
    },
    /// Look at who changed the row, or restore it: it was changed, moved from another row, or its key is gone.
    #[error("what is sealed in {table}.{column} of row {row} cannot be opened")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        row: i64,
    },
    /// Look at the keys: there is none to seal with.
    #[error("there is no key to seal with")]
    Sealing,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A purpose of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// They seal texts.
    Data,
    /// They make hashes.
    Hash,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Hash => "hash",
        }
    }
}

/// A handle to the keys; clones share what is in memory.
#[derive(Clone)]
pub struct Vault {
    master: MasterAt,
    ring: Arc<Mutex<Option<Arc<Ring>>>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[derive(FromQueryResult)]
struct StoredKey {
    id: i64,
    purpose: String,
    state: String,
    wrapped: Option<String>,
}

fn wrapping(id: i64, purpose: &str) -> String {
    format!("qitao/1/vault_key/{purpose}/{id}")
}

const VERSION: &str = "SELECT CAST(value AS BIGINT) FROM setting WHERE key = 'vault_keys'";

/// Takes the keys for a change of them: on PostgreSQL this waits for everybody who is writing with them.
async fn take_alone(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    Sql::new("UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'vault_keys'").run(tx).await.map(|_| ())
}

impl Vault {
    /// Opens the vault of a database. At the very first start it makes the master key's file, a data key and a hash key.
    ///
    /// # Errors
    /// [`VaultError`] that says what to put right.
    pub async fn open(db: &Db, master: MasterAt) -> Result<Self, VaultError> {
        let vault = Self { master, ring: Arc::default() };
        if Sql::new("SELECT COUNT(*) FROM vault_key").number(db.read()).await? == 0 {
            let tx = db.begin().await?;
            take_alone(&tx).await?;
            // Another hub may have been first while this one waited.
            if Sql::new("SELECT COUNT(*) FROM vault_key").number(&tx).await? == 0 {
                let master = vault.master.read(true)?;
                for purpose in [Purpose::Data, Purpose::Hash] {
                    add_key(&tx, &master, purpose).await?;
                }
            }
            tx.commit().await?;
        }
        vault.for_reading(db.read()).await?;
        // Codes were set up before there was a vault.
        vault.seal_clear(db, &ONE_TIME_SECRET).await?;
        Ok(vault)
    }

    /// The keys to open texts and to find them.
    ///
    /// # Errors
    /// [`VaultError`] when the keys cannot be read.
    pub async fn for_reading(&self, db: &impl ConnectionTrait) -> Result<Keys, VaultError> {
        self.keys(db, VERSION.to_owned()).await
    }

    /// The keys to write with, good until the transaction ends.
    ///
    /// # Errors
    /// [`VaultError`] when the keys cannot be read.
    pub async fn for_writing(&self, tx: &DatabaseTransaction) -> Result<Keys, VaultError> {
        let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR SHARE" } else { "" };
        self.keys(tx, format!("{VERSION}{lock}")).await
    }

    async fn keys(&self, db: &impl ConnectionTrait, version: String) -> Result<Keys, VaultError> {
        let version = Sql::new(version).number(db).await?;
        let kept = self.ring.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(ring) = kept.filter(|ring| ring.version == version) {
            return Ok(Keys(ring));
        }
        let ring = Arc::new(self.read(db, version).await?);
        *self.ring.lock().unwrap_or_else(PoisonError::into_inner) = Some(ring.clone());
        Ok(Keys(ring))
    }

    async fn read(&self, db: &impl ConnectionTrait, version: i64) -> Result<Ring, VaultError> {
        let master = self.master.read(false)?;
        let stored: Vec<StoredKey> =
            Sql::new("SELECT id, purpose, state, wrapped FROM vault_key WHERE wrapped IS NOT NULL ORDER BY id").all(db).await?;
        let mut sets: BTreeMap<&'static str, Set> = BTreeMap::new();
        for StoredKey { id, purpose, state, wrapped } in stored {
            let Some(kind) = [Purpose::Data, Purpose::Hash].into_iter().find(|kind| kind.word() == purpose) else { continue };
            let wrong = || VaultError::WrongMaster { place: self.master.place(), key: id };
            let bytes = keys::open(&master, &wrapping(id, &purpose), &wrapped.unwrap_or_default()).ok_or_else(wrong)?;
            let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
            let set = sets.entry(kind.word()).or_default();
            set.keys.insert(id, Zeroizing::new(key));
            if state == "active" {
                set.active = id;
            }
        }
        let mut take = |purpose: Purpose| sets.remove(purpose.word()).unwrap_or_default();
        Ok(Ring { version, data: take(Purpose::Data), hash: take(Purpose::Hash) })
    }
}

/// A new key that is active from now on; its number.
async fn add_key(tx: &impl ConnectionTrait, master: &Key, purpose: Purpose) -> Result<i64, VaultError> {
    Sql::new("UPDATE vault_key SET state = 'old' WHERE state = 'active' AND purpose = ").bind(purpose.word()).run(tx).await?;
    let id = 1 + Sql::new("SELECT MAX(id) FROM vault_key").number(tx).await?;
    let wrapped = keys::seal(master, &wrapping(id, purpose.word()), fresh().as_slice())?;
    let row: [sea_orm::Value; 5] = [id.into(), purpose.word().into(), "active".into(), wrapped.into(), clock::now_ms().into()];
    Sql::new("INSERT INTO vault_key (id, purpose, state, wrapped, created_ms) VALUES ").list(row).run(tx).await?;
    Ok(id)
}
