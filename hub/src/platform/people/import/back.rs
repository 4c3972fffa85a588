//! Taking people back: gone as if they had never been, or as they were before. Whoever has signed in, can sign in, or has done something
//! since stays; so does whom the one who takes back may not look after.

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::Value;

use super::known::{Administrators, Stored, those};
use super::row::House;
use super::{refused, write};
use crate::platform::audit::{self, Change};
use crate::platform::identity;
use crate::platform::import::{Fault, Made, changed_since};
use crate::platform::people::PeopleError;
use crate::platform::people::personal::Contact;
use crate::platform::people::store::{Wanted, administrators_before, grants_of};
use crate::platform::search;
use crate::platform::sql::{Sql, found_by};
use crate::platform::vault::{PERSON_EMAIL, PERSON_PHONE};

/// What somebody leaves behind who is more than a row of a sheet.
const USES: &[&str] = &[
    "SELECT id FROM hub_user WHERE password_hash <> '' AND id IN ",
    "SELECT user_id AS id FROM hub_session WHERE user_id IN ",
    "SELECT person_id AS id FROM api_token WHERE person_id IN ",
    "SELECT person_id AS id FROM one_time_secret WHERE person_id IN ",
    "SELECT person_id AS id FROM recovery_code WHERE person_id IN ",
    "SELECT person_id AS id FROM outside_identity WHERE person_id IN ",
    "SELECT person_id AS id FROM outside_sign_in WHERE person_id IN ",
    "SELECT person_id AS id FROM collaborator WHERE person_id IN ",
    "SELECT person_id AS id FROM saved_view WHERE person_id IN ",
    "SELECT person_id AS id FROM import WHERE person_id IN ",
    "SELECT person_id AS id FROM export WHERE person_id IN ",
    "SELECT author_id AS id FROM comment WHERE author_id IN ",
    "SELECT owner_id AS id FROM customer WHERE owner_id IN ",
    "SELECT owner_id AS id FROM opportunity WHERE owner_id IN ",
    "SELECT owner_id AS id FROM quote WHERE owner_id IN ",
    "SELECT owner_id AS id FROM contract WHERE owner_id IN ",
    "SELECT owner_id AS id FROM sales_order WHERE owner_id IN ",
    "SELECT person_id AS id FROM order_split WHERE person_id IN ",
    "SELECT person_id AS id FROM payment WHERE person_id IN ",
    "SELECT dispatcher_id AS id FROM ticket WHERE dispatcher_id IN ",
    "SELECT installer_id AS id FROM ticket WHERE installer_id IN ",
    "SELECT person_id AS id FROM field_operation WHERE person_id IN ",
    "SELECT person_id AS id FROM field_file WHERE person_id IN ",
    "SELECT person_id AS id FROM sales_day WHERE person_id IN ",
    "SELECT person_id AS id FROM sales_month WHERE person_id IN ",
];

/// What goes with somebody who goes: what they are, and what they were told.
const GOING: &[&str] = &[
    "person_role WHERE person_id IN ",
    "person_field WHERE person_id IN ",
    "notification WHERE user_id IN ",
    "notification_choice WHERE user_id IN ",
    "message WHERE user_id IN ",
    "hub_user WHERE id IN ",
];

fn in_use() -> Fault {
    let zh = "已经有了登录方式或自己的记录，没有撤销；不再需要时请停用。";
    let en = "They have a way to sign in, or records of their own; they are left as they are. Disable whoever is not needed.";
    Fault::new("", "in_use", zh, en)
}

fn own() -> Fault {
    Fault::new("", "own_row", "这是您自己，没有撤销。", "This is you yourself; you are left as you are.")
}

fn sealed() -> Fault {
    let zh = "原来的个人信息已经打不开，没有撤销。";
    Fault::new("", "sealed", zh, "What was sealed before cannot be opened any more; they are left as they are.")
}

/// What is to be written so that somebody is again as they were.
fn as_before(house: &House<'_>, is: &Stored, was: &Stored) -> Wanted {
    let again = |column| {
        let (is, was) = (is.contact(house.keys, column), was.contact(house.keys, column));
        (is != was).then(|| was.unwrap_or_default())
    };
    Wanted {
        name: was.name.clone(),
        organisation: was.organisation.unwrap_or_default(),
        roles: was.roles.clone(),
        disabled: was.disabled,
        contact: Contact::again(again(&PERSON_PHONE), again(&PERSON_EMAIL)),
        custom: None,
    }
}

/// Takes people back that an import has written.
pub(super) async fn take_back(tx: &DatabaseTransaction, house: &House<'_>, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
    let ids: Vec<i64> = rows.iter().map(|row| row.record).collect();
    administrators_before(tx).await?;
    let mut administrators = Administrators::load(tx).await?;
    let now = those(tx, house.set, &ids).await?;
    let used = found_by(tx, USES, &ids).await?;
    let (mut refusals, mut gone, mut audited) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
    let mut records = Vec::new();
    for row in rows {
        let Some(is) = now.get(&row.record).filter(|is| is.version == row.version) else {
            refusals.push(Some(changed_since()));
            continue;
        };
        let mut faults = Vec::new();
        if is.id == house.run.actor.id {
            faults.push(own());
        }
        house.may_look_after(is.organisation, &identity::grants(tx, is.id, is.organisation).await?, &mut faults);
        let was: Option<Option<Stored>> = row.old.map(|old| serde_json::from_value(old).ok());
        let (disabled, roles) = match &was {
            Some(Some(was)) => (was.disabled, was.roles.as_slice()),
            _ => (true, &[][..]),
        };
        if administrators.would_lack(is.id, disabled, roles) {
            faults.extend(refused(PeopleError::LastAdministrator)?);
        }
        match &was {
            None if used.contains(&is.id) => faults.push(in_use()),
            None => {}
            Some(Some(was)) if was.opens(house.keys) && is.opens(house.keys) => match was.organisation {
                Some(organisation) => match grants_of(tx, &house.run.actor.tree, organisation, &was.roles).await {
                    Ok(grants) => house.may_look_after(Some(organisation), &grants, &mut faults),
                    Err(error) => faults.extend(refused(error)?),
                },
                None => faults.push(changed_since()),
            },
            Some(_) => faults.push(sealed()),
        }
        if let Some(fault) = faults.into_iter().next() {
            refusals.push(Some(fault));
            continue;
        }
        administrators.note(is.id, disabled, roles);
        records.push(is.id.to_string());
        let change = Change { author: &house.run.author, entity: "person", id: is.id.to_string(), action: "undo" };
        if let Some(Some(was)) = was {
            let values = was.values(house.keys, house.set);
            let (_, _, (_, old, new)) = write::over(tx, house, is, &as_before(house, is, &was), &values).await?;
            audited.push((change, old, new));
        } else {
            gone.push(is.id);
            audited.push((change, Some(Value::Object(is.state())), None));
        }
        refusals.push(None);
    }
    // Before they go: the audit looks up where they belonged.
    audit::record_many(tx, audited).await?;
    for of in GOING {
        if !gone.is_empty() {
            Sql::new(format!("DELETE FROM {of}")).among(gone.iter().copied()).run(tx).await?;
        }
    }
    search::index(tx, search::Kind::Person, &records).await?;
    Ok(refusals)
}

#[cfg(test)]
mod tests {
    use sea_orm::FromQueryResult;

    use super::*;
    use crate::db::Db;

    #[derive(FromQueryResult)]
    struct Reference {
        named_in: String,
        named_by: String,
    }

    #[tokio::test]
    async fn every_table_that_names_a_person_keeps_them_or_goes_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
        let sql = "SELECT m.name AS named_in, p.\"from\" AS named_by FROM sqlite_master m, pragma_foreign_key_list(m.name) p \
                   WHERE m.type = 'table' AND p.\"table\" = 'hub_user'";
        let all: Vec<Reference> = Sql::new(sql).all(db.read()).await.unwrap();
        assert!(all.len() > 15, "{}", all.len());
        for Reference { named_in: of, named_by: by } in all {
            let keeps = format!("SELECT {by} AS id FROM {of} WHERE {by} IN ");
            let goes = format!("{of} WHERE {by} IN ");
            assert!(USES.contains(&keeps.as_str()) || GOING.contains(&goes.as_str()), "{of}.{by}");
        }
    }
}
