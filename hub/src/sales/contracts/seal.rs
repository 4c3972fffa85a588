//! What was signed, kept word for word: a text with everything that the paper says, written once when the contract is signed, with its digest
//! in its row and in the audit, which nobody rewrites. The contract shows this text for ever; where its rows, or the text itself, say
//! something else than was signed, it says so. A text is read for as long as there are contracts: what is added to it later is optional.

use data_encoding::HEXLOWER;
use qitao_domain::quantity::{Money, Quantity};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::store::{self, Part, Stored};
use crate::platform::files;
use crate::platform::files::owner::Owner;
use crate::platform::scope::Scope;
use crate::platform::sql::{Sql, update};
use crate::sales::lines::model::LineRow;
use crate::sales::lines::store::{self as lines, Document};

/// A line as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    item: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    configuration: Option<Value>,
    spec: String,
    quantity: Quantity,
    price: Money,
    discount: i64,
    amount: Money,
    offer: Option<Value>,
}

/// An instalment as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Instalment {
    name: String,
    amount: Money,
    due_on: Option<String>,
}

/// A file that it was signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    kind: String,
    name: String,
    digest: String,
}

/// Everything that was signed. A contract of many years ago reads as one of today: a field that comes to this, or to a part of it, has a
/// default, and none of them goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Text {
    code: String,
    customer: String,
    organisation: String,
    signed_on: String,
    terms: String,
    amount: Money,
    lines: Vec<Line>,
    instalments: Vec<Instalment>,
    files: Vec<File>,
}

/// That a contract's text was kept when it was signed, and how it stands now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SealedContract {
    /// SHA-256 of the text that was signed, in hex.
    pub digest: String,
    /// The kept text is still the one whose digest the audit noted when it was signed, and is read. When it is not, what the contract shows is
    /// not what was signed.
    pub intact: bool,
    /// What the database says otherwise now than what was signed: `terms`, `amount`, `lines`, `instalments`, `files`.
    pub differs: Vec<&'static str>,
    /// The customer's name, as it was signed.
    pub customer_name: String,
    /// The organisation's name, as it was signed.
    pub organisation_name: String,
}

impl From<&LineRow> for Line {
    fn from(line: &LineRow) -> Self {
        let LineRow { item, code, name, name_en, unit, configuration, spec, quantity, price, discount, amount, offer, .. } = line.clone();
        Self { item, code, name, name_en, unit, configuration, spec, quantity, price, discount, amount, offer }
    }
}

impl Line {
    fn row(self, id: i64) -> LineRow {
        let Self { item, code, name, name_en, unit, configuration, spec, quantity, price, discount, amount, offer } = self;
        LineRow { id, item, code, name, name_en, unit, configuration, spec, quantity, price, discount, amount, offer }
    }

    /// Whether two lines sell the same for the same: what an item is called may change.
    fn sells_as(&self, other: &Self) -> bool {
        let of =
            |line: &Self| (line.item, line.configuration.clone(), line.spec.clone(), line.quantity, line.price, line.discount, line.amount);
        of(self) == of(other)
    }
}

fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

async fn files_of(db: &impl ConnectionTrait, id: i64) -> Result<Vec<File>, DbErr> {
    let mut files: Vec<File> = files::list_of(db, Owner::Contract.word(), id)
        .await?
        .into_iter()
        .filter(|file| super::rules::NEEDED.iter().any(|needed| needed.kind == file.kind))
        .map(|file| File { kind: file.kind, name: file.name, digest: file.digest })
        .collect();
    files.sort_by(|one, other| (&one.kind, &one.digest).cmp(&(&other.kind, &other.digest)));
    Ok(files)
}

impl Text {
    /// What a contract says now.
    fn of(row: &Stored, signed_on: &str, lines: &[LineRow], parts: &[Part], files: Vec<File>) -> Self {
        let part =
            |part: &Part| Instalment { name: part.name.clone(), amount: Money::from_raw(part.amount_fen), due_on: part.due_on.clone() };
        Self {
            code: row.code.clone(),
            customer: row.customer_name.clone(),
            organisation: row.organisation_name.clone(),
            signed_on: signed_on.to_owned(),
            terms: row.terms.clone(),
            amount: Money::from_raw(row.amount_fen),
            lines: lines.iter().map(Line::from).collect(),
            instalments: parts.iter().map(part).collect(),
            files,
        }
    }

    /// What another says otherwise. Files may be added to those that were signed with.
    fn differs(&self, now: &Self) -> Vec<&'static str> {
        let same_lines = self.lines.len() == now.lines.len() && self.lines.iter().zip(&now.lines).all(|(was, is)| was.sells_as(is));
        [
            ("terms", self.terms == now.terms),
            ("amount", self.amount == now.amount),
            ("lines", same_lines),
            ("instalments", self.instalments == now.instalments),
            ("files", self.files.iter().all(|file| now.files.iter().any(|other| other.digest == file.digest))),
        ]
        .into_iter()
        .filter_map(|(name, same)| (!same).then_some(name))
        .collect()
    }
}

/// Writes down what is signed now; its digest, for the audit.
pub(super) async fn seal(
    tx: &DatabaseTransaction,
    row: &Stored,
    signed_on: &str,
    lines: &[LineRow],
    parts: &[Part],
) -> Result<String, DbErr> {
    let text = Text::of(row, signed_on, lines, parts, files_of(tx, row.id).await?);
    let text = serde_json::to_string(&text).map_err(|error| DbErr::Json(error.to_string()))?;
    let digest = digest(&text);
    update(tx, "contract", row.id, [("sealed", text.into()), ("sealed_digest", digest.clone().into())]).await?;
    Ok(digest)
}

/// Keeps what a contract says as what was signed on a day; its digest.
///
/// # Errors
/// What the database said.
pub(crate) async fn keep(tx: &DatabaseTransaction, id: i64, signed_on: &str) -> Result<String, DbErr> {
    let row = store::find(tx, &Scope::All, id).await?.ok_or_else(|| DbErr::RecordNotFound(format!("contract {id}")))?;
    let lines = lines::of(tx, Document::Contract, [id]).await?.remove(&id).unwrap_or_default();
    let parts = store::parts(tx, [id]).await?.remove(&id).unwrap_or_default();
    seal(tx, &row, signed_on, &lines, &parts).await
}

#[derive(FromQueryResult)]
struct Kept {
    sealed: Option<String>,
    sealed_digest: Option<String>,
}

/// What a signed contract shows: what was signed.
pub(super) struct Signed {
    pub seal: SealedContract,
    pub terms: String,
    pub amount_fen: i64,
    /// Under the numbers of the lines that are there now.
    pub lines: Vec<LineRow>,
    pub parts: Vec<Part>,
}

/// What was signed of a contract, and how that stands; nothing for a draft, and for a contract that was signed before texts were kept.
pub(super) async fn signed(db: &impl ConnectionTrait, row: &Stored, lines: &[LineRow], parts: &[Part]) -> Result<Option<Signed>, DbErr> {
    let kept: Option<Kept> = Sql::new("SELECT sealed, sealed_digest FROM contract WHERE id = ").bind(row.id).one(db).await?;
    let Some((text, noted)) = kept.and_then(|kept| kept.sealed.zip(kept.sealed_digest)) else { return Ok(None) };
    let sql = Sql::new("SELECT CAST(new AS TEXT) FROM audit WHERE entity = 'contract' AND action = 'sign' AND entity_id = ");
    let audited = sql.bind(row.id.to_string()).text(" ORDER BY id DESC LIMIT 1").word(db).await?;
    let audited = audited.and_then(|new| serde_json::from_str::<Value>(&new).ok());
    let audited = audited.as_ref().and_then(|new| new.get("digest")).and_then(Value::as_str);
    let is = Text::of(row, "", lines, parts, files_of(db, row.id).await?);
    let read = serde_json::from_str::<Text>(&text).ok();
    let intact = read.is_some() && digest(&text) == noted && audited == Some(noted.as_str());
    // Of one that cannot be read nothing is known but what its rows say now.
    let was = read.unwrap_or_else(|| is.clone());
    let numbers = lines.iter().map(|line| line.id).chain(-1_000_000..);
    let differs = was.differs(&is);
    Ok(Some(Signed {
        seal: SealedContract { digest: noted, intact, differs, customer_name: was.customer, organisation_name: was.organisation },
        terms: was.terms,
        amount_fen: was.amount.raw(),
        lines: was.lines.into_iter().zip(numbers).map(|(line, id)| line.row(id)).collect(),
        parts: was.instalments.into_iter().map(|part| Part::of(row.id, part.name, part.amount.raw(), part.due_on)).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text as contracts have been kept since there are any, and their fingerprints noted. It stays as it is.
    const KEPT: &str = r#"{"code":"C000007","customer":"王女士","organisation":"上海一店","signed_on":"2026-11-23","terms":"交货前付清。","amount":"748.00","lines":[{"item":2,"code":"CY-OAK","name":"橡木餐椅","name_en":"Oak chair","unit":"件","configuration":null,"spec":"橡木本色","quantity":"2","price":"299.00","discount":0,"amount":"598.00","offer":null},{"item":3,"code":"CL-LINEN","name":"亚麻窗帘","name_en":"","unit":"米","configuration":{"width":1200},"spec":"","quantity":"1.5","price":"100.00","discount":0,"amount":"150.00","offer":{"price":"100.00"}}],"instalments":[{"name":"定金","amount":"200.00","due_on":"2026-12-01"},{"name":"尾款","amount":"548.00","due_on":null}],"files":[{"kind":"contract_scan","name":"scan.pdf","digest":"ab"}]}"#;

    #[test]
    fn a_text_that_was_kept_years_ago_is_read_whole() {
        let text: Text = serde_json::from_str(KEPT).unwrap();
        assert_eq!((text.code.as_str(), text.customer.as_str(), text.terms.as_str()), ("C000007", "王女士", "交货前付清。"));
        assert_eq!((text.amount, text.lines[0].price), (Money::from_raw(74_800), Money::from_raw(29_900)));
        assert_eq!((text.lines.len(), text.lines[1].quantity, text.files.len()), (2, Quantity::from_raw(1_500), 1));
        assert_eq!((text.instalments[0].due_on.as_deref(), text.instalments[1].due_on.as_deref()), (Some("2026-12-01"), None));
        assert_eq!(digest(KEPT), "b27e5ebf5de8b816798a6333fabe94e32fe4748dca6075856a7c4393aac317dd", "the sample itself was changed");
    }
}
