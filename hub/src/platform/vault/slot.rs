//! Values of personal custom fields: each sealed in a row of `person_field`, bound to its person and its field, with a hash by which equal
//! ones of the same field are found.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use zeroize::Zeroizing;

use super::keys::{Keys, Plain, Sealed};
use super::kind::Kind;
use super::{Purpose, VaultError};
use crate::platform::sql::Sql;

/// The place of such a value.
#[derive(Debug, Clone, Copy)]
pub struct Slot<'a> {
    /// Number of the person.
    pub person: i64,
    /// Key of the field.
    pub field: &'a str,
}

impl Slot<'_> {
    fn context(&self) -> String {
        format!("qitao/1/person_field/{}/{}", self.field, self.person)
    }

    /// What kind of text its field tells.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of_field(self.field).unwrap_or(Kind::Other)
    }

    /// Hashes of two fields are never alike: nobody learns from them that two texts are.
    fn hashed_as(&self) -> String {
        format!("person_field/{}", self.field)
    }
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub id: i64,
    person_id: i64,
    field: String,
    value: Sealed,
}

impl Keys {
    /// Opens the value of a slot.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when it was changed, moved, or its key is gone.
    pub fn open_slot(&self, slot: Slot<'_>, sealed: &Sealed) -> Result<Plain, VaultError> {
        let unreadable = || VaultError::Unreadable { table: "person_field", column: "value", row: slot.person };
        self.open_at(&slot.context(), sealed).ok_or_else(unreadable)
    }

    fn hash_slot(&self, slot: Slot<'_>, text: &str) -> Option<String> {
        self.hash(&slot.hashed_as(), &Zeroizing::new(slot.kind().normal(text)))
    }

    /// Every hash that a row of this field may hold of a text.
    #[must_use]
    pub fn field_hashes(&self, field: &str, text: &str) -> Vec<String> {
        let slot = Slot { person: 0, field };
        self.hashes_of(&slot.hashed_as(), &Zeroizing::new(slot.kind().normal(text)))
    }

    /// Writes the value of a slot, sealed and hashed; nothing takes it away. In the transaction of [`super::Vault::for_writing`].
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be sealed or written.
    pub async fn put_slot(&self, tx: &impl ConnectionTrait, slot: Slot<'_>, text: Option<&str>) -> Result<(), VaultError> {
        let Some(text) = text else {
            let gone = Sql::new("DELETE FROM person_field WHERE person_id = ").bind(slot.person).text(" AND field = ").bind(slot.field);
            gone.run(tx).await?;
            return Ok(());
        };
        let sealed = self.seal_at(&slot.context(), text)?;
        let row: [Value; 4] = [slot.person.into(), slot.field.into(), sealed.into(), self.hash_slot(slot, text).into()];
        Sql::new("INSERT INTO person_field (person_id, field, value, value_hash) VALUES ")
            .list(row)
            .text(" ON CONFLICT (person_id, field) DO UPDATE SET value = excluded.value, value_hash = excluded.value_hash")
            .run(tx)
            .await?;
        Ok(())
    }

    /// Some rows behind a number that old keys made.
    pub(super) async fn old_slots(&self, tx: &impl ConnectionTrait, after: i64, most: i64) -> Result<Vec<Row>, DbErr> {
        Sql::new("SELECT id, person_id, field, value FROM person_field WHERE id > ")
            .bind(after)
            .text(" AND NOT (value LIKE ")
            .bind(format!("1.{}.%", self.0.data.active))
            .text(" AND value_hash LIKE ")
            .bind(format!("{}.%", self.0.hash.active))
            .text(") ORDER BY id LIMIT ")
            .bind(most)
            .all(tx)
            .await
    }

    /// Writes a row anew with the keys of now; `None` when it cannot be opened. A row that was written meanwhile stays: it is of the new key.
    pub(super) async fn renew_slot(&self, tx: &impl ConnectionTrait, row: Row) -> Result<Option<u64>, VaultError> {
        let slot = Slot { person: row.person_id, field: &row.field };
        let Ok(plain) = self.open_slot(slot, &row.value) else { return Ok(None) };
        let sealed = self.seal_at(&slot.context(), plain.expose())?;
        let written = Sql::new("UPDATE person_field SET value = ")
            .bind(sealed)
            .text(", value_hash = ")
            .bind(self.hash_slot(slot, plain.expose()))
            .text(" WHERE id = ")
            .bind(row.id)
            .text(" AND value = ")
            .bind(row.value);
        Ok(Some(written.run(tx).await?))
    }
}

/// Whether a row holds something that a key made: 1 or 0.
pub(super) async fn uses(tx: &impl ConnectionTrait, purpose: Purpose, key: i64) -> Result<i64, DbErr> {
    let (column, begins) = match purpose {
        Purpose::Data => ("value", format!("1.{key}.%")),
        Purpose::Hash => ("value_hash", format!("{key}.%")),
    };
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM person_field WHERE {column} LIKE ");
    Sql::new(sql).bind(begins).text(" LIMIT 1) AS used").number(tx).await
}
