//! Keys in memory, and what is done with them: sealing, opening, hashing.
//!
//! A sealed text is `1.KEY.BYTES`: the version of this form, the number of the data key, nonce with ciphertext in base64. It is bound to
//! its table, column and row: moved to another place it does not open. A hash is `KEY.BYTES`: the number of the hash key and HMAC-SHA256.

use std::collections::BTreeMap;
use std::sync::Arc;

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sea_orm::{ConnectionTrait, Value};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::kind::{Kind, last_four};
use super::master::Key;
use super::{Column, VaultError};
use crate::platform::identity::FieldRight;
use crate::platform::sql::Sql;

const NONCE: usize = 12;

/// A personal text in clear; it wipes itself and never shows itself.
pub struct Plain(Zeroizing<String>);

impl Plain {
    /// The text, to be handed to somebody who may see it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plain(…)")
    }
}

/// A personal text as a column holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl From<String> for Sealed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Sealed> for Value {
    fn from(sealed: Sealed) -> Self {
        sealed.0.into()
    }
}

impl sea_orm::TryGetable for Sealed {
    fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
        String::try_get_by(row, index).map(Self)
    }
}

/// Seals bytes with a key, bound to a context.
pub(super) fn seal(key: &Key, context: &str, plain: &[u8]) -> Result<String, VaultError> {
    let nonce: [u8; NONCE] = rand::random();
    let cipher = Aes256GcmSiv::new_from_slice(key.as_slice()).map_err(|_| VaultError::Sealing)?;
    let payload = Payload { msg: plain, aad: context.as_bytes() };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| VaultError::Sealing)?;
    Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
}

/// Opens what [`seal`] made with the same key and context.
pub(super) fn open(key: &Key, context: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let cipher = Aes256GcmSiv::new_from_slice(key.as_slice()).ok()?;
    cipher.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: context.as_bytes() }).ok().map(Zeroizing::new)
}

/// The keys of one purpose.
#[derive(Default)]
pub(super) struct Set {
    /// What new texts are made with.
    pub active: i64,
    /// All that are still in use.
    pub keys: BTreeMap<i64, Key>,
}

/// All keys at one moment.
pub(super) struct Ring {
    /// The counter of their changes.
    pub version: i64,
    /// Keys that seal.
    pub data: Set,
    /// Keys that hash.
    pub hash: Set,
}

/// The keys for one piece of work.
#[derive(Clone)]
pub struct Keys(pub(super) Arc<Ring>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn context(column: &Column, row: i64) -> String {
    format!("qitao/1/{}/{}/{row}", column.table, column.column)
}

impl Keys {
    pub(super) fn seal_at(&self, context: &str, text: &str) -> Result<Sealed, VaultError> {
        let set = &self.0.data;
        let key = set.keys.get(&set.active).ok_or(VaultError::Sealing)?;
        Ok(Sealed(format!("1.{}.{}", set.active, seal(key, context, text.as_bytes())?)))
    }

    pub(super) fn open_at(&self, context: &str, sealed: &Sealed) -> Option<Plain> {
        let mut parts = sealed.0.splitn(3, '.');
        let (Some("1"), Some(number), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else { return None };
        let key = number.parse().ok().and_then(|number: i64| self.0.data.keys.get(&number))?;
        let plain = open(key, context, bytes)?;
        let text = std::str::from_utf8(&plain).ok()?;
        Some(Plain(Zeroizing::new(text.to_owned())))
    }

    /// Seals a text for its place.
    ///
    /// # Errors
    /// [`VaultError::Sealing`] when there is no key to do it with.
    pub fn seal(&self, column: &Column, row: i64, text: &str) -> Result<Sealed, VaultError> {
        self.seal_at(&context(column, row), text)
    }

    /// Opens a text at its place.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when it was changed, moved, or its key is gone.
    pub fn open(&self, column: &Column, row: i64, sealed: &Sealed) -> Result<Plain, VaultError> {
        let unreadable = || VaultError::Unreadable { table: column.table, column: column.column, row };
        self.open_at(&context(column, row), sealed).ok_or_else(unreadable)
    }

    /// What somebody with this right sees of a text: nothing, its ends, or all. What cannot be opened is told to the log and not shown.
    #[must_use]
    pub fn shown(&self, column: &Column, row: i64, sealed: Option<&Sealed>, right: FieldRight) -> Option<String> {
        let sealed = sealed.filter(|_| right > FieldRight::None)?;
        match self.open(column, row, sealed) {
            Ok(plain) if right == FieldRight::Masked => Some(column.kind.masked(plain.expose())),
            Ok(plain) => Some(plain.expose().to_owned()),
            Err(error) => {
                tracing::error!(%error, "a personal field cannot be opened");
                None
            }
        }
    }

    fn hash_with(&self, number: i64, key: &Key, what: &str, text: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        Some(format!("{number}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())))
    }

    pub(super) fn hash(&self, what: &str, text: &str) -> Option<String> {
        let set = &self.0.hash;
        self.hash_with(set.active, set.keys.get(&set.active)?, what, text)
    }

    /// Every hash that a column may hold of this text: by the active key, and by old ones while rows are made anew.
    #[must_use]
    pub fn hashes(&self, kind: Kind, text: &str) -> Vec<String> {
        self.hashes_of(kind.word(), &Zeroizing::new(kind.normal(text)))
    }

    /// The same for the last four digits of phone numbers.
    #[must_use]
    pub fn last_hashes(&self, digits: &str) -> Vec<String> {
        self.hashes_of("phone_last", digits)
    }

    pub(super) fn hashes_of(&self, what: &str, text: &str) -> Vec<String> {
        self.0.hash.keys.iter().filter_map(|(number, key)| self.hash_with(*number, key, what, text)).collect()
    }

    /// The columns of a text and their values: sealed, hashed, and hashed by its last four digits where there is such a column.
    pub(super) fn columns(&self, column: &Column, row: i64, text: Option<&str>) -> Result<Vec<(String, Value)>, VaultError> {
        let normal = text.map(|text| Zeroizing::new(column.kind.normal(text)));
        let normal = normal.as_ref().map(|text| text.as_str());
        let sealed = normal.map(|text| self.seal(column, row, text)).transpose()?.map(|sealed| sealed.0);
        let mut values: Vec<(String, Value)> = vec![(column.column.to_owned(), sealed.into())];
        if column.kind.is_found() {
            values.push((column.hash_column(), normal.and_then(|text| self.hash(column.kind.word(), text)).into()));
        }
        if column.kind == Kind::Phone {
            values.push((column.last_column(), normal.and_then(last_four).and_then(|last| self.hash("phone_last", last)).into()));
        }
        Ok(values)
    }

    /// Writes a text into its row, sealed and hashed; nothing takes it away. In the transaction of [`super::Vault::for_writing`].
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be sealed or written.
    pub async fn put(&self, tx: &impl ConnectionTrait, column: &Column, row: i64, text: Option<&str>) -> Result<(), VaultError> {
        let mut sql = Sql::new(format!("UPDATE {} SET ", column.table));
        for (n, (name, value)) in self.columns(column, row, text)?.into_iter().enumerate() {
            sql = sql.text(if n > 0 { ", " } else { "" }).text(&name).text(" = ").bind(value);
        }
        sql.text(&format!(" WHERE {} = ", column.key)).bind(row).run(tx).await?;
        Ok(())
    }
}
