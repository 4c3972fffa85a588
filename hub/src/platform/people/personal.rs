//! Phone and e-mail of people: who sees and writes how much of them, finding somebody by them, and revealing one for a reason.

use axum::Json as Answer;
use axum::extract::State;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::PeopleError;
use super::api::seen;
use super::store::{self, Asked, PersonRow};
use crate::http::extract::{Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::platform::audit::{self, AuditRow, Change};
use crate::platform::fields::access::Narrowed;
use crate::platform::fields::{Compiled, Subject};
use crate::platform::identity::{Actor, FieldRight, Right, field_right};
use crate::platform::organisation::Tree;
use crate::platform::scope::Entity;
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::{Column, Keys, Kind, PERSON_EMAIL, PERSON_PHONE, Sealed, Vault, VaultError, without_numbers};
use crate::state::App;

const PERSON: &str = "person";

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::internal(&error)
    }
}

/// Who reads people, with the keys to open what they may see.
pub(super) struct Reader {
    /// The chain as the reader has it.
    pub tree: Arc<Tree>,
    /// The custom fields of people.
    pub set: Arc<Compiled>,
    keys: Keys,
    actor: Actor,
    own: i64,
    phone: FieldRight,
    email: FieldRight,
}

impl Reader {
    pub async fn of(app: &App, actor: &Actor) -> Result<Self, Problem> {
        let keys = app.vault.for_reading(app.db.read()).await?;
        let right = |column: Column| field_right(actor, PERSON, column.column);
        let set = app.fields.of(Subject::Person).await?;
        let (phone, email) = (right(PERSON_PHONE), right(PERSON_EMAIL));
        Ok(Self { tree: actor.tree.clone(), set, keys, actor: actor.clone(), own: actor.id, phone, email })
    }

    /// Custom fields as this reader sees them.
    pub fn custom(&self, stored: &Value) -> Map<String, Value> {
        self.set.shown(&self.actor, stored)
    }

    /// A field as this reader sees it; their own they see whole.
    pub fn shown(&self, column: &Column, row: i64, sealed: Option<&Sealed>) -> Option<String> {
        let right = if *column == PERSON_PHONE { self.phone } else { self.email };
        self.keys.shown(column, row, sealed, if row == self.own { right.max(FieldRight::Read) } else { right })
    }
}

fn no_field(field: &'static str) -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "field_right",
        "您的角色不能查看或修改这个字段。",
        "Your role may not see or change this field.",
    )
    .field(field)
    .who(Who::Admin)
}

/// What is to be written of phone and e-mail: nothing leaves a field as it is, an empty text takes it away.
#[derive(Clone, Default)]
pub(super) struct Contact {
    phone: Option<Zeroizing<String>>,
    email: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

#[derive(FromQueryResult)]
struct Stored {
    sealed: Option<Sealed>,
}

async fn stored(db: &impl ConnectionTrait, column: &Column, id: i64) -> Result<Option<Sealed>, PeopleError> {
    let sql = Sql::new(format!("SELECT {} AS sealed FROM {} WHERE id = ", column.column, column.table));
    Ok(sql.bind(id).one::<Stored>(db).await?.and_then(|stored| stored.sealed))
}

impl Contact {
    /// What somebody asks to be written; only who may write a field can.
    pub fn of(actor: &Actor, phone: Option<String>, email: Option<String>) -> Result<Self, Problem> {
        for (column, given) in [(PERSON_PHONE, &phone), (PERSON_EMAIL, &email)] {
            if given.is_some() && field_right(actor, PERSON, column.column) < FieldRight::Write {
                return Err(no_field(column.column));
            }
        }
        let normal = |kind: Kind, given: Option<String>| given.map(Zeroizing::new).map(|given| Zeroizing::new(kind.normal(&given)));
        Ok(Self { phone: normal(Kind::Phone, phone), email: normal(Kind::Email, email) })
    }

    fn fields(&self) -> [(Column, Option<&str>); 2] {
        [(PERSON_PHONE, self.phone.as_ref().map(|text| text.as_str())), (PERSON_EMAIL, self.email.as_ref().map(|text| text.as_str()))]
    }

    /// Refuses what is no phone or e-mail.
    pub fn check(&self) -> Result<(), PeopleError> {
        let wrong = self.fields().into_iter().find(|(column, text)| text.is_some_and(|text| !text.is_empty() && !column.kind.fits(text)));
        wrong.map_or(Ok(()), |(column, _)| Err(PeopleError::Contact(column.column)))
    }

    /// Writes it; what was and what is, masked, for the audit.
    pub async fn write(
        &self,
        tx: &impl ConnectionTrait,
        keys: &Keys,
        id: i64,
    ) -> Result<(Map<String, Value>, Map<String, Value>), PeopleError> {
        let (mut old, mut new) = (Map::new(), Map::new());
        for (column, text) in self.fields() {
            let Some(text) = text else { continue };
            let text = Some(text).filter(|text| !text.is_empty());
            let was = stored(tx, &column, id).await?;
            old.insert(column.column.to_owned(), json!(keys.shown(&column, id, was.as_ref(), FieldRight::Masked)));
            new.insert(column.column.to_owned(), json!(text.map(|text| column.kind.masked(text))));
            keys.put(tx, &column, id, text).await?;
        }
        Ok((old, new))
    }
}

/// A person's mail address, for the hub to write to; nothing when there is none, or it cannot be opened.
///
/// # Errors
/// [`PeopleError`] when keys or row cannot be read.
pub async fn email_of(db: &impl ConnectionTrait, vault: &Vault, id: i64) -> Result<Option<String>, PeopleError> {
    let keys = vault.for_reading(db).await?;
    Ok(keys.shown(&PERSON_EMAIL, id, stored(db, &PERSON_EMAIL, id).await?.as_ref(), FieldRight::Read))
}

/// Writes somebody's own mail address, or takes it away.
///
/// # Errors
/// [`PeopleError::Contact`] when it is none.
pub async fn set_own_email(tx: &DatabaseTransaction, vault: &Vault, (id, login): (i64, &str), email: &str) -> Result<(), PeopleError> {
    let contact = Contact { phone: None, email: Some(Zeroizing::new(Kind::Email.normal(email))) };
    contact.check()?;
    let keys = vault.for_writing(tx).await?;
    let (old, new) = contact.write(tx, &keys, id).await?;
    if old != new {
        Sql::new("UPDATE hub_user SET version = version + 1 WHERE id = ").bind(id).run(tx).await?;
        let change = Change { author: login, entity: PERSON, id: id.to_string(), action: "change" };
        audit::record(tx, change, Some(json!(old)), Some(json!(new))).await?;
    }
    Ok(())
}

/// By what somebody is looked for; one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// Their whole phone number, however it is written.
    phone: Option<String>,
    /// Its last four digits.
    phone_last: Option<String>,
    /// Their whole e-mail address.
    email: Option<String>,
}

/// Find people by phone or e-mail, among those that the reader may see. It is a POST so that no number stands in an address or a log.
#[utoipa::path(post, path = "/api/v1/people/find", tag = "organisation", request_body = Find, params(PageQuery),
    responses((status = 200, body = Page<PersonRow>), Refusals))]
pub async fn find(
    State(app): State<App>,
    session: Session,
    Query(page): Query<PageQuery>,
    Json(asked): Json<Find>,
) -> Result<Answer<Page<PersonRow>>, Problem> {
    let scope = session.scope(Entity::Person)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let (column, hashed) = match &asked {
        Find { phone: Some(phone), phone_last: None, email: None } => {
            (PERSON_PHONE, (PERSON_PHONE.hash_column(), reader.keys.hashes(Kind::Phone, phone)))
        }
        Find { phone: None, phone_last: Some(last), email: None } => {
            (PERSON_PHONE, (PERSON_PHONE.last_column(), reader.keys.last_hashes(last.trim())))
        }
        Find { phone: None, phone_last: None, email: Some(email) } => {
            (PERSON_EMAIL, (PERSON_EMAIL.hash_column(), reader.keys.hashes(Kind::Email, email)))
        }
        _ => {
            let (zh, en) = ("请只填电话、尾号、邮箱中的一项。", "Give one of phone, phone_last and email.");
            return Err(Problem::invalid("one_of", "phone", zh, en));
        }
    };
    if field_right(&session.actor, PERSON, column.column) == FieldRight::None {
        return Err(no_field(column.column));
    }
    let asked = Asked { hashed: Some(hashed), ..Asked::default() };
    Ok(Answer(store::list(app.db.read(), &reader, &scope, asked, Narrowed::default(), &page).await?))
}

/// A personal field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonalField {
    /// Phone.
    Phone,
    /// E-mail.
    Email,
}

/// What somebody wants to see whole, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// The field.
    field: PersonalField,
    /// Why; it is written down.
    reason: String,
}

/// A field, whole.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    /// The text; `null` when there is none.
    value: Option<String>,
}

/// See a masked field whole. Who, what and why are written into the audit.
#[utoipa::path(post, path = "/api/v1/people/{id}/reveal", tag = "organisation", request_body = Reveal,
    params(("id" = i64, Path, description = "Number of the person")), responses((status = 200, body = Revealed), Refusals))]
pub async fn reveal(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Json(asked): Json<Reveal>,
) -> Result<Answer<Revealed>, Problem> {
    let person = seen(&app, &session, id).await?;
    session.actor.may_at(Right::Reveal, person.organisation)?;
    let column = match asked.field {
        PersonalField::Phone => PERSON_PHONE,
        PersonalField::Email => PERSON_EMAIL,
    };
    if field_right(&session.actor, PERSON, column.column) == FieldRight::None {
        return Err(no_field(column.column));
    }
    let reason = asked.reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(Problem::invalid("reason_length", "reason", "请写 2 到 200 个字的理由。", "Give a reason of 2 to 200 characters."));
    }
    // The line is in the audit before anybody sees the text.
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let sealed = stored(&tx, &column, id).await?;
    let value = sealed.map(|sealed| keys.open(&column, id, &sealed)).transpose()?.map(|plain| plain.expose().to_owned());
    let change = Change { author: &session.actor.login, entity: PERSON, id: id.to_string(), action: "reveal" };
    let new = json!({"field": column.column, "reason": without_numbers(reason)});
    audit::record(&tx, change, audit::NOTHING, Some(new)).await?;
    tx.commit().await?;
    Ok(Answer(Revealed { value }))
}

/// What happened to a person, newest first.
#[utoipa::path(get, path = "/api/v1/people/{id}/timeline", tag = "audit", params(("id" = i64, Path, description = "Number of the person"), PageQuery),
    responses((status = 200, body = Page<AuditRow>), Refusals))]
pub async fn timeline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<AuditRow>>, Problem> {
    seen(&app, &session, id).await?;
    let fields = app.fields.of(Subject::Person).await?;
    Ok(Answer(audit::timeline(app.db.read(), PERSON, id, &page).await?.map(|row| row.seen_by(&session.actor, &fields))))
}
