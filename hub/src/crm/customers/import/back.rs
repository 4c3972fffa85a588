//! Taking customers back: gone as if they had never been, or as they were before. Whoever was changed or worked with since stays.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::failed;
use crate::crm::customers::CustomerError;
use crate::crm::customers::store::{Stored, holder, those};
use crate::crm::customers::write::{Personal, Plain, write_beside};
use crate::platform::audit::{self, Change};
use crate::platform::import::{Fault, Made, Run, changed_since};
use crate::platform::search;
use crate::platform::sql::{Sql, found_by};
use crate::platform::vault::{CUSTOMER_ADDRESS, CUSTOMER_EMAIL, CUSTOMER_NOTE, CUSTOMER_PHONE, Column, Keys, Sealed};

/// Everything that a customer is kept for.
const USES: &[&str] = &[
    "SELECT customer_id AS id FROM follow_up WHERE customer_id IN ",
    "SELECT record_id AS id FROM comment WHERE entity = 'customer' AND record_id IN ",
    "SELECT record_id AS id FROM file WHERE entity = 'customer' AND state = 'kept' AND record_id IN ",
    "SELECT customer_id AS id FROM opportunity WHERE customer_id IN ",
    "SELECT customer_id AS id FROM quote WHERE customer_id IN ",
    "SELECT customer_id AS id FROM contract WHERE customer_id IN ",
    "SELECT customer_id AS id FROM sales_order WHERE customer_id IN ",
    "SELECT customer_id AS id FROM ticket WHERE customer_id IN ",
    "SELECT customer_id AS id FROM payment WHERE customer_id IN ",
];

/// A customer before an import changed them; what is about their life as it was sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Before {
    pub id: i64,
    pub plain: Plain,
    phone: Option<Sealed>,
    email: Option<Sealed>,
    address: Option<Sealed>,
    note: Option<Sealed>,
}

impl Before {
    pub(super) fn of(row: Stored, tags: BTreeSet<String>) -> Self {
        let plain = Plain::of(&row, tags);
        Self { id: row.id, plain, phone: row.phone, email: row.email, address: row.address, note: row.note }
    }

    fn sealed(&self, column: &Column) -> Option<&Sealed> {
        match column.column {
            "phone" => self.phone.as_ref(),
            "email" => self.email.as_ref(),
            "address" => self.address.as_ref(),
            _ => self.note.as_ref(),
        }
    }

    /// A sealed text, opened.
    pub(super) fn open(&self, keys: &Keys, column: &Column) -> Option<Zeroizing<String>> {
        let plain = keys.open(column, self.id, self.sealed(column)?).ok()?;
        Some(Zeroizing::new(plain.expose().to_owned()))
    }

    /// All sealed texts to be written again; nothing when one of them does not open any more.
    fn personal(&self, keys: &Keys) -> Option<Vec<Personal>> {
        let mut all = Vec::new();
        for column in [CUSTOMER_PHONE, CUSTOMER_EMAIL, CUSTOMER_ADDRESS, CUSTOMER_NOTE] {
            let text = match self.sealed(&column) {
                None => None,
                Some(_) => Some(self.open(keys, &column)?),
            };
            all.push((column, text));
        }
        Some(all)
    }
}

fn in_use() -> Fault {
    Fault::new(
        "",
        "in_use",
        "已有跟进、评论、附件或单据，没有撤销。",
        "Somebody has worked with them: there are follow-ups, comments, files or documents. They are left as they are.",
    )
}

fn taken() -> Fault {
    Fault::new(
        "phone",
        "taken_meanwhile",
        "原来的电话已是别的客户的，没有撤销。",
        "Their former phone is another customer's; they are left as they are.",
    )
}

/// Takes customers back that an import has written.
pub(super) async fn take_back(tx: &DatabaseTransaction, keys: &Keys, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
    let ids: Vec<i64> = rows.iter().map(|row| row.record).collect();
    let now: HashMap<i64, Stored> = those(tx, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let used = found_by(tx, USES, &ids).await?;
    let (mut refusals, mut gone, mut records, mut audited) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let Some(is) = now.get(&row.record).filter(|is| is.version == row.version) else {
            refusals.push(Some(changed_since()));
            continue;
        };
        let change = Change { author: &run.author, entity: "customer", id: row.record.to_string(), action: "undo" };
        let state = Some(Value::Object(Plain::of(is, BTreeSet::new()).state()));
        let Some(old) = row.old else {
            if used.contains(&row.record) {
                refusals.push(Some(in_use()));
                continue;
            }
            gone.push(row.record);
            records.push(row.record.to_string());
            audited.push((change, state, None));
            refusals.push(None);
            continue;
        };
        let old: Option<Before> = serde_json::from_value(old).ok();
        let Some((old, personal)) = old.and_then(|old| old.personal(keys).map(|personal| (old, personal))) else {
            refusals.push(Some(changed_since()));
            continue;
        };
        let phone = personal.iter().find(|(column, _)| column.column == "phone").and_then(|(_, phone)| phone.as_ref());
        if let Some(phone) = phone
            && holder(tx, keys, phone, Some(row.record)).await?.is_some()
        {
            refusals.push(Some(taken()));
            continue;
        }
        let mut sql = Sql::new("UPDATE customer SET version = version + 1");
        for (name, value) in old.plain.columns() {
            sql = sql.text(&format!(", {name} = ")).bind(value);
        }
        sql.text(" WHERE id = ").bind(row.record).run(tx).await?;
        let mut restored = old.plain.state();
        let written = write_beside(tx, keys, row.record, &old.plain.tags, &personal, &mut restored).await;
        written.map_err(|error| match error {
            CustomerError::Database(error) => error,
            CustomerError::Vault(error) => failed(error),
            other => DbErr::Custom(other.to_string()),
        })?;
        records.push(row.record.to_string());
        audited.push((change, state, Some(Value::Object(restored))));
        refusals.push(None);
    }
    for table in ["customer_tag WHERE customer_id IN ", "collaborator WHERE entity = 'customer' AND record_id IN ", "customer WHERE id IN "]
    {
        if !gone.is_empty() {
            Sql::new(format!("DELETE FROM {table}")).among(gone.iter().copied()).run(tx).await?;
        }
    }
    search::index(tx, search::Kind::Customer, &records).await?;
    audit::record_many(tx, audited).await?;
    Ok(refusals)
}
