//! The hub's own key, and what is kept of secrets.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer, SigningKey};
use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::envelope::{seal, signed_bytes};
use qitao_domain::protocol::topic_down;
use sea_orm::DbErr;
use sha2::{Digest, Sha256};

use crate::db::Db;
use crate::platform::sql::Sql;

/// Under which the hub's secret key is kept.
const SETTING: &str = "hub_key";

/// The key that the hub signs with.
#[derive(Clone)]
pub struct HubKey(SigningKey);

impl std::fmt::Debug for HubKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HubKey({})", self.public())
    }
}

impl HubKey {
    /// The hub's key, made at the first start.
    ///
    /// # Errors
    /// What the database said, or that what it holds is no key.
    pub async fn load(db: &Db) -> Result<Self, DbErr> {
        let tx = db.begin().await?;
        let fresh = BASE64.encode(&random_32());
        Sql::new("INSERT INTO setting (key, value) VALUES ")
            .list::<sea_orm::Value>([SETTING.into(), fresh.into()])
            .text(" ON CONFLICT (key) DO NOTHING")
            .run(&tx)
            .await?;
        let kept = Sql::new("SELECT value FROM setting WHERE key = ").bind(SETTING).word(&tx).await?.unwrap_or_default();
        tx.commit().await?;
        let bytes = BASE64.decode(kept.as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .map(|bytes| Self(SigningKey::from_bytes(&bytes)))
            .ok_or_else(|| DbErr::Custom("the hub's key in the database is damaged".into()))
    }

    /// The public half, as edges get it.
    #[must_use]
    pub fn public(&self) -> String {
        BASE64.encode(self.0.verifying_key().as_bytes())
    }

    /// A message to an edge, signed.
    #[must_use]
    pub fn seal_down(&self, edge: &EdgeId, json: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&signed_bytes(&topic_down(edge), json));
        seal(&signature.to_bytes(), json)
    }
}

/// 32 random bytes.
pub fn random_32() -> [u8; 32] {
    rand::random()
}

/// A secret as text: digits and letters only, so that a command line never takes it for an option.
pub fn secret_text() -> String {
    HEXLOWER.encode(&random_32())
}

/// What is kept of a secret. It has 256 random bits, so that a plain digest is enough, and quick enough for thousands of edges at once.
pub fn digest(secret: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(secret))
}
