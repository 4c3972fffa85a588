//! Settings that people draft, publish and take back: custom fields, option lists, pipelines, option models, label
//! templates. A document of a kind has a name, a draft that
//! changes nothing yet, and numbered versions of which the last one holds. Taking back is publishing an older version once more, so that
//! nothing is ever lost and everything has an author.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::audit::{self, Change};
use super::clock;
use super::session::Session;
use super::sql::Sql;
use crate::db::{Db, storable, storable_json};
use crate::http::problem::Problem;
use crate::http::version::IfMatch;

/// A kind of settings, with the word that stands in the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Custom fields of a kind of record.
    Fields,
    /// A list of options that several fields share.
    Options,
    /// Stages of a kind of record.
    Pipeline,
    /// How items are configured and priced.
    OptionModel,
    /// What labels look like.
    LabelTemplate,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Options => "options",
            Self::Pipeline => "pipeline",
            Self::OptionModel => "option_model",
            Self::LabelTemplate => "label_template",
        }
    }

    const fn entity(self) -> &'static str {
        match self {
            Self::Fields => "field_settings",
            Self::Options => "option_list",
            Self::Pipeline => "pipeline",
            Self::OptionModel => "option_model",
            Self::LabelTemplate => "label_template",
        }
    }
}

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Read them again: somebody else changed them meanwhile.
    #[error("these settings were changed meanwhile")]
    Changed,
    /// Save a draft first.
    #[error("there is no draft")]
    NoDraft,
    /// Look at the list of versions.
    #[error("there is no such version")]
    NoVersion,
    /// See what the database said.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<DraftError> for Problem {
    fn from(error: DraftError) -> Self {
        let en = error.to_string();
        match error {
            DraftError::Changed => Self::changed(),
            DraftError::NoDraft => Self::conflict("draft_exists", "没有草稿。", en),
            DraftError::NoVersion => Self::invalid("version_exists", "number", "没有这个版本。", en),
            DraftError::Database(error) => Self::internal(&error),
        }
    }
}

/// A document that was kept, as what it is.
///
/// # Errors
/// An internal one when it is not: only this program writes them.
pub fn parsed<T: DeserializeOwned>(document: Value) -> Result<T, Problem> {
    serde_json::from_value(document).map_err(|error| Problem::internal(&error))
}

/// Which version is to hold again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Its number.
    pub(crate) number: i64,
}

/// A document as it is kept.
#[derive(Debug, Clone, Default, FromQueryResult)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// What is drafted.
    pub draft: Option<Value>,
    /// The version that holds; 0 before the first.
    pub published: i64,
    /// Grows with every change; 0 of a document that is not there yet.
    pub version: i64,
}

/// A version that was published.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct PublishedVersion {
    /// Its number, from 1.
    pub number: i64,
    /// The older version that it brought back.
    #[serde(skip_serializing_if = "is_none")]
    pub restores: i64,
    /// Who published it.
    pub author: String,
    /// When.
    pub at_ms: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(number: &i64) -> bool {
    *number == 0
}

/// Where the number is kept that grows with every publication.
const COUNTER: &str = "settings_documents";

/// The number that grows with every publication.
///
/// # Errors
/// What the database said.
pub async fn counter(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    Sql::new("SELECT value FROM setting WHERE key = ").bind(COUNTER).word(db).await
}

/// A document; one that nobody has made yet is empty and of version 0.
///
/// # Errors
/// What the database said.
pub async fn find(db: &impl ConnectionTrait, kind: Kind, name: &str) -> Result<Document, DbErr> {
    let sql = Sql::new("SELECT name, draft, published, version FROM settings_document WHERE kind = ").bind(kind.word());
    let found: Option<Document> = sql.text(" AND name = ").bind(storable(name)).one(db).await?;
    Ok(found.unwrap_or_else(|| Document { name: name.to_owned(), ..Document::default() }))
}

/// All documents of a kind, by name.
///
/// # Errors
/// What the database said.
pub async fn all(db: &impl ConnectionTrait, kind: Kind) -> Result<Vec<Document>, DbErr> {
    let sql = Sql::new("SELECT name, draft, published, version FROM settings_document WHERE kind = ").bind(kind.word());
    sql.text(" ORDER BY name").all(db).await
}

#[derive(FromQueryResult)]
struct Held {
    name: String,
    document: Value,
}

/// What holds of a kind: names and documents.
///
/// # Errors
/// What the database said.
pub async fn holding(db: &impl ConnectionTrait, kind: Kind) -> Result<Vec<(String, Value)>, DbErr> {
    let sql = "SELECT v.name, v.document FROM settings_version v JOIN settings_document d \
               ON d.kind = v.kind AND d.name = v.name AND d.published = v.number WHERE v.kind = ";
    let held: Vec<Held> = Sql::new(sql).bind(kind.word()).text(" ORDER BY v.name").all(db).await?;
    Ok(held.into_iter().map(|held| (held.name, held.document)).collect())
}

/// Every document that ever held under a name, the oldest first.
///
/// # Errors
/// What the database said.
pub async fn ever(db: &impl ConnectionTrait, kind: Kind, name: &str) -> Result<Vec<Value>, DbErr> {
    let sql =
        Sql::new("SELECT name, document FROM settings_version WHERE kind = ").bind(kind.word()).text(" AND name = ").bind(storable(name));
    let held: Vec<Held> = sql.text(" ORDER BY number").all(db).await?;
    Ok(held.into_iter().map(|held| held.document).collect())
}

/// The versions that were published, the newest first.
///
/// # Errors
/// What the database said.
pub async fn versions(db: &impl ConnectionTrait, kind: Kind, name: &str) -> Result<Vec<PublishedVersion>, DbErr> {
    let sql = Sql::new("SELECT number, restores, author, at_ms FROM settings_version WHERE kind = ").bind(kind.word());
    sql.text(" AND name = ").bind(storable(name)).text(" ORDER BY number DESC LIMIT 200").all(db).await
}

/// One version's document.
///
/// # Errors
/// [`DraftError::NoVersion`] when there is none.
pub async fn version(db: &impl ConnectionTrait, kind: Kind, name: &str, number: i64) -> Result<Value, DraftError> {
    let sql =
        Sql::new("SELECT name, document FROM settings_version WHERE kind = ").bind(kind.word()).text(" AND name = ").bind(storable(name));
    let held: Option<Held> = sql.text(" AND number = ").bind(number).one(db).await?;
    held.map(|held| held.document).ok_or(DraftError::NoVersion)
}

/// A document that is to be changed: who, and from which version of it.
#[derive(Debug, Clone, Copy)]
pub struct Editing<'a> {
    /// What kind.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// The version that the change was made from.
    pub version: i64,
    /// Who changes it.
    pub author: &'a str,
}

impl<'a> Editing<'a> {
    /// A change that a person makes from the version of their `If-Match`.
    #[must_use]
    pub fn by(session: &'a Session, kind: Kind, name: &'a str, version: IfMatch) -> Self {
        Self { kind, name, version: version.0, author: &session.actor.login }
    }

    /// Saves a draft, or throws it away, in a transaction of its own.
    ///
    /// # Errors
    /// As of [`Self::draft`].
    pub async fn save(&self, db: &Db, draft: Option<&impl Serialize>) -> Result<(), DraftError> {
        let json = |error: serde_json::Error| DbErr::Json(error.to_string());
        let draft = draft.map(serde_json::to_value).transpose().map_err(json)?.map(storable_json);
        let tx = db.begin().await?;
        self.draft(&tx, draft).await?;
        Ok(tx.commit().await?)
    }

    /// What is to be published: the draft, or an older version once more.
    ///
    /// # Errors
    /// [`DraftError::Changed`] when somebody else was faster, [`DraftError::NoDraft`], [`DraftError::NoVersion`].
    pub async fn wanted(&self, tx: &impl ConnectionTrait, restores: Option<i64>) -> Result<Value, DraftError> {
        let document = find(tx, self.kind, self.name).await?;
        if document.version != self.version {
            return Err(DraftError::Changed);
        }
        match restores {
            Some(number) => version(tx, self.kind, self.name, number).await,
            None => document.draft.ok_or(DraftError::NoDraft),
        }
    }

    /// Counts the document up, when it is still as it was read; the row's lock keeps two changes apart.
    async fn begin(&self, tx: &impl ConnectionTrait) -> Result<Document, DraftError> {
        let now = clock::now_ms();
        let row: [sea_orm::Value; 6] =
            [self.kind.word().into(), self.name.into(), 0_i64.into(), 0_i64.into(), self.author.into(), now.into()];
        Sql::new("INSERT INTO settings_document (kind, name, published, version, changed_by, changed_ms) VALUES ")
            .list(row)
            .text(" ON CONFLICT (kind, name) DO NOTHING")
            .run(tx)
            .await?;
        let counted = Sql::new("UPDATE settings_document SET version = version + 1, changed_by = ")
            .bind(self.author)
            .text(", changed_ms = ")
            .bind(now)
            .text(" WHERE kind = ")
            .bind(self.kind.word())
            .text(" AND name = ")
            .bind(self.name)
            .text(" AND version = ")
            .bind(self.version)
            .run(tx)
            .await?;
        if counted == 0 { Err(DraftError::Changed) } else { Ok(find(tx, self.kind, self.name).await?) }
    }

    async fn set(&self, tx: &impl ConnectionTrait, what: &str, value: sea_orm::Value) -> Result<(), DbErr> {
        let sql = Sql::new(format!("UPDATE settings_document SET {what} = ")).bind(value).text(" WHERE kind = ").bind(self.kind.word());
        sql.text(" AND name = ").bind(self.name).run(tx).await.map(|_| ())
    }

    async fn record(&self, tx: &impl ConnectionTrait, action: &'static str, old: Option<Value>, new: Option<Value>) -> Result<(), DbErr> {
        let change = Change { author: self.author, entity: self.kind.entity(), id: self.name.to_owned(), action };
        audit::record(tx, change, old, new).await
    }

    /// Saves a draft, or throws it away.
    ///
    /// # Errors
    /// [`DraftError::Changed`] when somebody else was faster, [`DraftError::NoDraft`] when there is none to throw away.
    pub async fn draft(&self, tx: &impl ConnectionTrait, draft: Option<Value>) -> Result<(), DraftError> {
        if draft.is_none() && find(tx, self.kind, self.name).await?.draft.is_none() {
            return Err(DraftError::NoDraft);
        }
        let was = self.begin(tx).await?;
        self.set(tx, "draft", draft.clone().into()).await?;
        self.record(tx, if draft.is_some() { "draft" } else { "discard_draft" }, was.draft, draft).await?;
        Ok(())
    }

    /// Publishes a document as the next version, and throws the draft away; its number. Everything that is kept of settings in memory is old
    /// from then on.
    ///
    /// # Errors
    /// [`DraftError::Changed`] when somebody else was faster.
    pub async fn publish(&self, tx: &impl ConnectionTrait, document: Value, restores: Option<i64>) -> Result<i64, DraftError> {
        let was = self.begin(tx).await?;
        let before = if was.published > 0 { Some(version(tx, self.kind, self.name, was.published).await?) } else { None };
        let last = Sql::new("SELECT MAX(number) FROM settings_version WHERE kind = ").bind(self.kind.word()).text(" AND name = ");
        let number = 1 + last.bind(self.name).number(tx).await?;
        let row: [sea_orm::Value; 7] = [
            self.kind.word().into(),
            self.name.into(),
            number.into(),
            document.clone().into(),
            restores.unwrap_or(0).into(),
            self.author.into(),
            clock::now_ms().into(),
        ];
        Sql::new("INSERT INTO settings_version (kind, name, number, document, restores, author, at_ms) VALUES ").list(row).run(tx).await?;
        self.set(tx, "published", number.into()).await?;
        self.set(tx, "draft", None::<Value>.into()).await?;
        Sql::new("UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = ").bind(COUNTER).run(tx).await?;
        let new = json!({"number": number, "restores": restores, "document": document});
        self.record(tx, if restores.is_some() { "restore" } else { "publish" }, before, Some(new)).await?;
        Ok(number)
    }
}
