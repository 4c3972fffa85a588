//! Personal fields of people: who sees and writes how much of them, finding somebody by them, and revealing one for a reason.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::PeopleError;
use super::api::seen;
use super::custom::sealed;
use super::store::{self, Asked, Hashed, PersonRow};
use crate::http::extract::{Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::platform::audit::{self, AuditRow, Change};
use crate::platform::fields::access::Narrowed;
use crate::platform::fields::{Compiled, CompiledField, Subject};
use crate::platform::identity::{Actor, Area, FieldRight, Right, Sight};
use crate::platform::organisation::Tree;
use crate::platform::scope::{self, Entity};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::{Column, Keys, Kind, PERSON_EMAIL, PERSON_PHONE, Plain, Sealed, Slot, Vault, VaultError, without_numbers};
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
    /// The most that they see of what is personal.
    most: FieldRight,
}

impl Reader {
    pub async fn of(app: &App, actor: &Actor) -> Result<Self, Problem> {
        let keys = app.vault.for_reading(app.db.read()).await?;
        let set = app.fields.of(Subject::Person).await?;
        Ok(Self { tree: actor.tree.clone(), set, keys, actor: actor.clone(), most: FieldRight::Write })
    }

    /// Somebody to whom what is personal is shown masked at most.
    pub fn masked(keys: Keys, set: Arc<Compiled>, actor: Actor) -> Self {
        Self { tree: actor.tree.clone(), set, keys, actor, most: FieldRight::Masked }
    }

    /// Custom fields of a person as this reader sees them: those in the row, and the sealed ones. Personal ones of their own everybody sees
    /// whole.
    pub fn custom(&self, (row, organisation): (i64, Option<i64>), stored: &Value, sealed: &BTreeMap<String, Sealed>) -> Map<String, Value> {
        let mut shown = self.set.shown(&self.actor.at(organisation), stored);
        let sight = self.sight(row, organisation);
        for of in self.set.personal() {
            let field = &of.field.key;
            let right = self.set.right(&sight, of).min(self.most);
            let Some(sealed) = sealed.get(field).filter(|_| right > FieldRight::None) else { continue };
            let value = match self.keys.open_slot(Slot { person: row, field }, sealed) {
                Ok(plain) if right == FieldRight::Masked => Some(of.masked(plain.expose())),
                Ok(plain) => of.value_of(plain.expose()),
                Err(error) => {
                    tracing::error!(%error, "a personal field cannot be opened");
                    None
                }
            };
            if let Some(value) = value {
                shown.insert(field.clone(), value);
            }
        }
        shown
    }

    /// What they may do with a person's fields; their own they read.
    pub fn sight(&self, row: i64, organisation: Option<i64>) -> Sight<'_> {
        self.actor.at(organisation).of_own(row == self.actor.id)
    }

    /// Phone or e-mail of a person as this reader sees it.
    pub fn shown(&self, column: &Column, (row, organisation): (i64, Option<i64>), sealed: Option<&Sealed>) -> Option<String> {
        let right = self.sight(row, organisation).right(PERSON, column.column, false);
        self.keys.shown(column, row, sealed, right.min(self.most))
    }
}

fn no_field(field: impl Into<Cow<'static, str>>) -> Problem {
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
    pub fn of(sight: &Sight<'_>, phone: Option<String>, email: Option<String>) -> Result<Self, Problem> {
        for (column, given) in [(PERSON_PHONE, &phone), (PERSON_EMAIL, &email)] {
            if given.is_some() && sight.right(PERSON, column.column, false) < FieldRight::Write {
                return Err(no_field(column.column));
            }
        }
        let normal = |kind: Kind, given: Option<String>| given.map(Zeroizing::new).map(|given| Zeroizing::new(kind.normal(&given)));
        Ok(Self { phone: normal(Kind::Phone, phone), email: normal(Kind::Email, email) })
    }

    /// What is to be written so that both are again as they were.
    pub fn again(phone: Option<Zeroizing<String>>, email: Option<Zeroizing<String>>) -> Self {
        Self { phone, email }
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
    /// The whole text of a personal custom field.
    custom: Option<FindByField>,
}

/// A personal custom field and what stands in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindByField {
    /// Key of the field.
    field: String,
    /// Its whole text, however large and small letters of an e-mail or blanks of a number are written.
    value: String,
}

/// A personal custom field of people that there is.
fn personal<'a>(set: &'a Compiled, key: &str, named: &'static str) -> Result<&'a CompiledField, Problem> {
    set.personal().find(|of| of.field.key == key).ok_or_else(|| {
        let (zh, en) = (format!("没有个人信息字段 {key}。"), format!("There is no personal field {key}."));
        Problem::invalid("field_exists", named, zh, en)
    })
}

/// Find people by phone, e-mail or another personal field, among those that the reader may see. It is a POST so that no number stands in an address or a log.
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
    let keys = &reader.keys;
    let (field, hashed) = match &asked {
        Find { phone: Some(phone), phone_last: None, email: None, custom: None } => {
            ("phone", Hashed::Column(PERSON_PHONE.hash_column(), keys.hashes(Kind::Phone, phone)))
        }
        Find { phone: None, phone_last: Some(last), email: None, custom: None } => {
            ("phone", Hashed::Column(PERSON_PHONE.last_column(), keys.last_hashes(last.trim())))
        }
        Find { phone: None, phone_last: None, email: Some(email), custom: None } => {
            ("email", Hashed::Column(PERSON_EMAIL.hash_column(), keys.hashes(Kind::Email, email)))
        }
        Find { phone: None, phone_last: None, email: None, custom: Some(FindByField { field, value }) } => {
            personal(&reader.set, field, "custom.field")?;
            (field.as_str(), Hashed::Field(field.clone(), keys.field_hashes(field, value.trim())))
        }
        _ => {
            let (zh, en) = ("请只填电话、尾号、邮箱、自定义字段中的一项。", "Give one of phone, phone_last, email and custom.");
            return Err(Problem::invalid("one_of", "phone", zh, en));
        }
    };
    // Who was found tells the field: only where it may be seen at least masked.
    let area = session.actor.area_with(PERSON, field, true, FieldRight::Masked);
    if area == Area::nothing() {
        return Err(no_field(field.to_owned()));
    }
    let asked = Asked { hashed: Some((hashed, scope::of_area(&session.actor, area))), ..Asked::default() };
    Ok(Answer(store::list(app.db.read(), &reader, &scope, asked, Narrowed::default(), &page).await?))
}

/// What somebody wants to see whole, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// The field: `phone`, `email`, or a personal custom field as `custom.address`.
    #[schema(example = "phone")]
    field: String,
    /// Why; it is written down.
    reason: String,
}

/// A field, whole.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    /// The text; `null` when there is none.
    value: Option<String>,
}

/// Where a personal field lies.
enum Place<'a> {
    /// In a column of its own.
    Column(Column),
    /// Among the sealed custom fields.
    Field(&'a CompiledField),
}

impl Place<'_> {
    async fn open(&self, db: &impl ConnectionTrait, keys: &Keys, set: &Compiled, person: i64) -> Result<Option<Plain>, PeopleError> {
        Ok(match self {
            Self::Column(column) => stored(db, column, person).await?.map(|sealed| keys.open(column, person, &sealed)).transpose()?,
            Self::Field(of) => {
                let (field, mut kept) = (&of.field.key, sealed(db, set, vec![person]).await?);
                let found = kept.remove(&person).and_then(|mut values| values.remove(field));
                found.map(|sealed| keys.open_slot(Slot { person, field }, &sealed)).transpose()?
            }
        })
    }
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
    let set = app.fields.of(Subject::Person).await?;
    let sight = session.actor.at(person.organisation);
    let (place, right) = match asked.field.as_str() {
        "phone" => (Place::Column(PERSON_PHONE), sight.right(PERSON, "phone", false)),
        "email" => (Place::Column(PERSON_EMAIL), sight.right(PERSON, "email", false)),
        other => {
            let of = personal(&set, other.strip_prefix("custom.").unwrap_or_default(), "field")?;
            (Place::Field(of), set.right(&sight, of))
        }
    };
    if right == FieldRight::None {
        return Err(no_field(asked.field));
    }
    let reason = asked.reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(Problem::invalid("reason_length", "reason", "请写 2 到 200 个字的理由。", "Give a reason of 2 to 200 characters."));
    }
    // The line is in the audit before anybody sees the text.
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let value = place.open(&tx, &keys, &set, id).await?.map(|plain| plain.expose().to_owned());
    let change = Change { author: &session.actor.login, entity: PERSON, id: id.to_string(), action: "reveal" };
    let new = json!({"field": asked.field, "reason": without_numbers(reason)});
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
    let person = seen(&app, &session, id).await?;
    let (fields, sight) = (app.fields.of(Subject::Person).await?, session.actor.at(person.organisation));
    Ok(Answer(audit::timeline(app.db.read(), PERSON, id, &page).await?.map(|row| row.seen_by(&sight, &fields))))
}
