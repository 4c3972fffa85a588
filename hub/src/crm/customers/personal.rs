//! What is about a customer's life: who sees how much of it, finding somebody by it, and revealing it for a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::model::CustomerRow;
use super::rules::masked_name;
use super::store::{self, Asked};
use super::{CustomerError, api};
use crate::crm::collaborators::works_on;
use crate::http::extract::{Json, Path, Query};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::platform::audit::{self, Change};
use crate::platform::fields::access::Narrowed;
use crate::platform::fields::{Compiled, Subject};
use crate::platform::identity::{Actor, Area, FieldRight, Right, Sight};
use crate::platform::organisation::Tree;
use crate::platform::scope::{self, Entity, Scope};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::{CUSTOMER_ADDRESS, CUSTOMER_EMAIL, CUSTOMER_PHONE, Column, Keys, Kind, Sealed, VaultError, without_numbers};
use crate::state::App;

const CUSTOMER: &str = "customer";

/// Who reads customers, with the keys to open what they may see.
pub(super) struct Reader {
    /// The chain as the reader has it.
    pub tree: Arc<Tree>,
    /// The custom fields of customers.
    pub set: Arc<Compiled>,
    /// What opens sealed texts.
    pub keys: Keys,
    actor: Actor,
    /// Customers whom they work on beside whoever looks after them.
    works_on: BTreeSet<i64>,
    /// The most that they see of what is personal.
    most: FieldRight,
}

impl Reader {
    pub async fn of(app: &App, actor: &Actor) -> Result<Self, Problem> {
        let keys = app.vault.for_reading(app.db.read()).await?;
        let set = app.fields.of(Subject::Customer).await?;
        let works_on = works_on(app.db.read(), Entity::Customer, actor.id).await?;
        Ok(Self { tree: actor.tree.clone(), set, keys, actor: actor.clone(), works_on, most: FieldRight::Write })
    }

    /// Somebody to whom what is personal is shown masked at most.
    pub async fn masked(db: &impl ConnectionTrait, keys: Keys, set: Arc<Compiled>, actor: Actor) -> Result<Self, DbErr> {
        let works_on = works_on(db, Entity::Customer, actor.id).await?;
        Ok(Self { tree: actor.tree.clone(), set, keys, actor, works_on, most: FieldRight::Masked })
    }

    /// Whether they see what customers paid.
    pub fn sees_payments(&self) -> bool {
        self.actor.has(Right::SeePayments)
    }

    /// The opportunities that they see.
    pub fn opportunities(&self) -> Scope {
        scope::of(&self.actor, Entity::Opportunity)
    }

    /// Whether they see what customers bought.
    pub fn sees_orders(&self) -> bool {
        self.actor.has(Right::SeeSales)
    }

    /// What they may do with a customer's fields. Of those whom they look after or work on what their roles say anywhere: those are theirs
    /// wherever they are.
    pub fn sight(&self, id: i64, organisation: i64, owner: Option<i64>) -> Sight<'_> {
        if owner == Some(self.actor.id) || self.works_on.contains(&id) { self.actor.anywhere() } else { self.actor.at(Some(organisation)) }
    }

    /// Phone, e-mail or address as this reader sees it.
    pub fn shown(&self, sight: &Sight<'_>, column: &Column, row: i64, sealed: Option<&Sealed>) -> Option<String> {
        self.keys.shown(column, row, sealed, sight.right(CUSTOMER, column.column, false).min(self.most))
    }

    /// What somebody wrote in their own words: with numbers cut to their ends where the phone is masked.
    pub fn text(&self, sight: &Sight<'_>, column: &Column, row: i64, sealed: Option<&Sealed>) -> Option<String> {
        if sight.right(CUSTOMER, "note", false) < FieldRight::Read {
            return None;
        }
        let text = self.keys.shown(column, row, sealed, FieldRight::Read)?;
        let whole = sight.right(CUSTOMER, "phone", false).min(self.most) >= FieldRight::Read;
        Some(if whole { text } else { without_numbers(&text) })
    }
}

fn no_field(field: &str) -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "field_right",
        "您的角色不能查看或修改这个字段。",
        "Your role may not see or change this field.",
    )
    .field(field.to_owned())
    .who(Who::Admin)
}

/// By what a customer is looked for; one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FindCustomer)]
pub struct Find {
    /// Their whole phone number, however it is written.
    phone: Option<String>,
    /// Its last four digits.
    phone_last: Option<String>,
    /// Their whole e-mail address.
    email: Option<String>,
}

/// Find customers by phone or e-mail, among those that the reader may see. It is a POST so that no number stands in an address or a log.
#[utoipa::path(post, path = "/api/v1/customers/find", tag = "crm", request_body = Find, params(PageQuery),
    responses((status = 200, body = Page<CustomerRow>), Refusals))]
pub async fn find(
    State(app): State<App>,
    session: Session,
    Query(page): Query<PageQuery>,
    Json(asked): Json<Find>,
) -> Result<Answer<Page<CustomerRow>>, Problem> {
    let scope = session.scope(Entity::Customer)?;
    let reader = Reader::of(&app, &session.actor).await?;
    let keys = &reader.keys;
    let (field, hashed) = match &asked {
        Find { phone: Some(phone), phone_last: None, email: None } => {
            ("phone", (CUSTOMER_PHONE.hash_column(), keys.hashes(Kind::Phone, phone)))
        }
        Find { phone: None, phone_last: Some(last), email: None } => {
            ("phone", (CUSTOMER_PHONE.last_column(), keys.last_hashes(last.trim())))
        }
        Find { phone: None, phone_last: None, email: Some(email) } => {
            ("email", (CUSTOMER_EMAIL.hash_column(), keys.hashes(Kind::Email, email)))
        }
        _ => {
            let (zh, en) = ("请只填电话、尾号、邮箱中的一项。", "Give one of phone, phone_last and email.");
            return Err(Problem::invalid("one_of", "phone", zh, en));
        }
    };
    // Who was found tells the field: only where it may be seen at least masked.
    let area = session.actor.area_with(CUSTOMER, field, false, FieldRight::Masked);
    if area == Area::nothing() {
        return Err(no_field(field));
    }
    let asked = Asked { hashed: Some((hashed, scope::of_area(&session.actor, area))), ..Asked::default() };
    Ok(Answer(store::list(app.db.read(), &reader, &scope, &asked, Narrowed::default(), &page).await?))
}

/// A phone that somebody is about to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckPhone {
    /// The phone, however it is written.
    phone: String,
    /// The customer whose it is to be, where there is one already.
    but: Option<i64>,
}

/// Whether a phone is another customer's.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PhoneChecked {
    /// It is.
    pub taken: bool,
    /// Who looks after that customer, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The customer, where the reader may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<i64>,
    /// Their name, where the reader may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Whose a phone is, as far as somebody may be told.
pub(super) async fn whose(app: &App, session: &Session, phone: &str, but: Option<i64>) -> Result<PhoneChecked, Problem> {
    let db = app.db.read();
    let keys = app.vault.for_reading(db).await?;
    let Some(holder) = store::holder(db, &keys, phone, but).await? else { return Ok(PhoneChecked::default()) };
    let seen = store::find(db, &session.scope(Entity::Customer)?, holder.id).await?;
    let owner = holder.owner_name.as_deref().map(masked_name);
    Ok(PhoneChecked { taken: true, owner, customer: seen.as_ref().map(|row| row.id), name: seen.map(|row| row.name) })
}

/// Whether a phone is another customer's already, wherever in the chain: to be asked while somebody types it.
#[utoipa::path(post, path = "/api/v1/customers/check", tag = "crm", request_body = CheckPhone,
    responses((status = 200, body = PhoneChecked), Refusals))]
pub async fn check(State(app): State<App>, session: Session, Json(asked): Json<CheckPhone>) -> Result<Answer<PhoneChecked>, Problem> {
    session.scope(Entity::Customer)?;
    session.actor.may(Right::Customers)?;
    if !Kind::Phone.fits(&Kind::Phone.normal(&asked.phone)) {
        return Ok(Answer(PhoneChecked::default()));
    }
    Ok(Answer(whose(&app, &session, &asked.phone, asked.but).await?))
}

/// How a customer is reached, for whoever is sent to them.
pub struct Contact {
    /// Name.
    pub name: Zeroizing<String>,
    /// Phone.
    pub phone: Option<Zeroizing<String>>,
    /// Where they live.
    pub address: Option<Zeroizing<String>>,
}

/// How a customer in a scope is reached.
///
/// # Errors
/// What vault or database said.
pub async fn contact(db: &impl ConnectionTrait, keys: &Keys, scope: &Scope, id: i64) -> Result<Option<Contact>, VaultError> {
    let Some(row) = store::find(db, scope, id).await? else { return Ok(None) };
    let open = |column: &Column, sealed: &Option<Sealed>| {
        let plain = sealed.as_ref().map(|sealed| keys.open(column, id, sealed)).transpose()?;
        Ok::<_, VaultError>(plain.map(|plain| Zeroizing::new(plain.expose().to_owned())))
    };
    let (phone, address) = (open(&CUSTOMER_PHONE, &row.phone)?, open(&CUSTOMER_ADDRESS, &row.address)?);
    Ok(Some(Contact { name: Zeroizing::new(row.name), phone, address }))
}

/// What somebody wants to see whole, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RevealCustomer)]
pub struct Reveal {
    /// The field: `phone`, `email`, `address`.
    #[schema(example = "phone")]
    field: String,
    /// Why; it is written down.
    reason: String,
}

/// A field, whole.
#[derive(Serialize, ToSchema)]
#[schema(as = RevealedCustomer)]
pub struct Revealed {
    /// The text; `null` when there is none.
    value: Option<String>,
}

#[derive(FromQueryResult)]
struct Kept {
    sealed: Option<Sealed>,
}

async fn open(db: &impl ConnectionTrait, keys: &Keys, column: &Column, id: i64) -> Result<Option<String>, CustomerError> {
    let sql = Sql::new(format!("SELECT {} AS sealed FROM {} WHERE id = ", column.column, column.table)).bind(id);
    let sealed = sql.one::<Kept>(db).await?.and_then(|kept| kept.sealed);
    Ok(sealed.map(|sealed| keys.open(column, id, &sealed)).transpose()?.map(|plain| plain.expose().to_owned()))
}

/// Where a customer lives, for what is sent there; nothing where nobody knows.
///
/// # Errors
/// What the database said; an address that cannot be opened is told to the log and left away.
pub async fn address_of(db: &impl ConnectionTrait, keys: &Keys, id: i64) -> Result<Option<Zeroizing<String>>, DbErr> {
    let sealed =
        Sql::new("SELECT address AS sealed FROM customer WHERE id = ").bind(id).one::<Kept>(db).await?.and_then(|kept| kept.sealed);
    Ok(keys.shown(&CUSTOMER_ADDRESS, id, sealed.as_ref(), FieldRight::Read).map(Zeroizing::new))
}

/// See a masked field whole. Who, what and why are written into the audit.
#[utoipa::path(post, path = "/api/v1/customers/{id}/reveal", tag = "crm", request_body = Reveal,
    params(("id" = i64, Path, description = "Number of the customer")), responses((status = 200, body = Revealed), Refusals))]
pub async fn reveal(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Json(asked): Json<Reveal>,
) -> Result<Answer<Revealed>, Problem> {
    let row = api::seen(&app, &session, id).await?;
    session.actor.may_at(Right::Reveal, Some(row.organisation))?;
    let column = [CUSTOMER_PHONE, CUSTOMER_EMAIL, CUSTOMER_ADDRESS].into_iter().find(|column| column.column == asked.field);
    let Some(column) = column else {
        let (zh, en) = (format!("没有个人信息字段 {}。", asked.field), format!("There is no personal field {}.", asked.field));
        return Err(Problem::invalid("field_exists", "field", zh, en));
    };
    if session.actor.at(Some(row.organisation)).right(CUSTOMER, column.column, false) == FieldRight::None {
        return Err(no_field(column.column));
    }
    let reason = asked.reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(Problem::invalid("reason_length", "reason", "请写 2 到 200 个字的理由。", "Give a reason of 2 to 200 characters."));
    }
    // The line is in the audit before anybody sees the text.
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let value = open(&tx, &keys, &column, id).await?;
    let change = Change { author: &session.actor.login, entity: CUSTOMER, id: id.to_string(), action: "reveal" };
    let new = json!({"field": column.column, "reason": without_numbers(reason)});
    audit::record(&tx, change, audit::NOTHING, Some(new)).await?;
    tx.commit().await?;
    Ok(Answer(Revealed { value }))
}
