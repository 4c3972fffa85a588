//! People for those who look after them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::PeopleError;
use super::access::{self, SessionRow, Which};
use super::custom::Custom;
use super::handover::{OWNED, leave};
use super::personal::{Contact, Reader};
use super::store::{self, Asked, Person, PersonRow, RoleOfPerson, Wanted};
use crate::http::extract::{IdempotencyKey, Json, Path, Query, given};
use crate::http::openapi::Refusals;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Problem, Who};
use crate::http::version::{IfMatch, Versioned};
use crate::platform::codes;
use crate::platform::fields::access::CustomQuery;
use crate::platform::fields::{Compiled, FieldError, Subject};
use crate::platform::identity::{self, IdentityError, Right, Sight};
use crate::platform::password::{self, PasswordError};
use crate::platform::scope::{Entity, Scope};
use crate::platform::session::Session;
use crate::platform::sign_in::{self, OutsideRow};
use crate::state::App;

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let en = error.to_string();
        match error {
            IdentityError::Login(_) => Self::invalid("login_shape", "login", "登录名要有 2 到 64 个小写字母、数字或 . _ @ -。", en),
            IdentityError::Taken(login) => Self::invalid("login_free", "login", format!("登录名 {login} 已经用了。"), en),
            IdentityError::Unknown(_) => Self::not_found(),
            IdentityError::Site(code) => Self::invalid("site_exists", "site", format!("没有编码为 {code} 的站点。"), en),
            IdentityError::Password(PasswordError::Hash(_)) => Self::internal(&en),
            IdentityError::Password(_) => {
                let zh = format!("密码至少 {} 个字符，最多 {} 字节。", password::SHORTEST, password::LONGEST);
                Self::invalid("password_length", "password", zh, en)
            }
            IdentityError::Database(error) => Self::internal(&error),
        }
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let en = error.to_string();
        match error {
            PeopleError::NoPerson => Self::not_found(),
            PeopleError::Name => Self::invalid("name_length", "name", "姓名要有 1 到 60 个字。", en),
            PeopleError::NoOrganisation(id) => {
                Self::invalid("organisation_exists", "organisation", format!("没有编号为 {id} 的在用组织。"), en)
            }
            PeopleError::NoRole(id) => Self::invalid("role_exists", "roles", format!("没有编号为 {id} 的角色，或者写了两次。"), en),
            PeopleError::Chosen(code) => Self::invalid("organisations_chosen", "roles", format!("角色 {code} 要选择管理哪些组织。"), en),
            PeopleError::LastAdministrator => {
                Self::conflict("last_administrator", "这是最后一个能登录的系统管理员，请先指定另一个。", en).who(Who::Admin)
            }
            PeopleError::Receiver => Self::invalid("receiver", "to", "只能交接给另一个能登录的人。", en),
            PeopleError::OldPassword => Self::invalid("old_password", "old", "原密码不对。", en),
            PeopleError::Contact("phone") => Self::invalid("phone_shape", "phone", "电话要写成 5 到 18 位数字，可以带 + 和区号。", en),
            PeopleError::Contact(field) => Self::invalid("email_shape", field, "这不是一个电子邮箱地址。", en),
            PeopleError::Vault(error) => error.into(),
            PeopleError::Changed => Self::changed(),
            PeopleError::Custom(broken) => FieldError::Broken(broken).into(),
            PeopleError::Identity(error) => error.into(),
            PeopleError::Database(error) => Self::internal(&error),
        }
    }
}

/// Which people.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PeopleQuery {
    /// Of this organisation.
    #[serde(deserialize_with = "given")]
    organisation: Option<i64>,
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    below: Option<i64>,
    /// With this role.
    #[serde(deserialize_with = "given")]
    role: Option<i64>,
    /// `true`: who may not sign in; `false`: who may.
    #[serde(deserialize_with = "given")]
    disabled: Option<bool>,
    /// Words or beginnings of words of login or name, Chinese also by pinyin; several narrow it.
    #[serde(deserialize_with = "given")]
    q: Option<String>,
}

impl PeopleQuery {
    /// Whom this asks for, where that is seen.
    pub(super) fn asked(self, scope: &Scope) -> Result<Asked, Problem> {
        let Self { organisation, below, role, disabled, q } = self;
        for organisation in organisation.iter().chain(&below) {
            scope.check_organisation(Some(*organisation))?;
        }
        Ok(Asked { organisation, below, role, disabled, q, hashed: None })
    }
}

/// People that the reader may see, by login. Custom fields narrow and sort it by the parameters that `/entities/person/columns` names.
#[utoipa::path(get, path = "/api/v1/people", tag = "organisation", params(PeopleQuery, PageQuery),
    responses((status = 200, body = Page<PersonRow>), Refusals))]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<PeopleQuery>,
    Query(page): Query<PageQuery>,
    custom: CustomQuery,
) -> Result<Answer<Page<PersonRow>>, Problem> {
    let scope = session.scope(Entity::Person)?;
    let asked = asked.asked(&scope)?;
    let reader = Reader::of(&app, &session.actor).await?;
    asked.check(&reader, &session.actor)?;
    let narrowed = custom.narrow(&reader.set, &session.actor, app.db.backend(), "u.")?;
    Ok(Answer(store::list(app.db.read(), &reader, &scope, asked, narrowed, &page).await?))
}

/// A person whom the reader sees.
pub(super) async fn seen(app: &App, session: &Session, id: i64) -> Result<Person, Problem> {
    let scope = session.scope(Entity::Person)?;
    let reader = Reader::of(app, &session.actor).await?;
    store::get(app.db.read(), &reader, &scope, id).await?.ok_or_else(Problem::not_found)
}

/// The same, as the reader sees them.
async fn row(app: &App, session: &Session, id: i64) -> Result<PersonRow, Problem> {
    let person = seen(app, session, id).await?;
    Ok(person.seen_by(&Reader::of(app, &session.actor).await?))
}

/// A person whom the reader sees and may change: at their organisation, and with nothing that the reader does not have. Its own person a
/// program leaves alone.
async fn changeable(app: &App, session: &Session, id: i64) -> Result<Person, Problem> {
    let person = seen(app, session, id).await?;
    if id == session.actor.id {
        session.in_browser()?;
    }
    session.actor.may_at(Right::People, person.organisation)?;
    session.actor.covers(&identity::grants(app.db.read(), id, person.organisation).await?, &app.fields.personal().await?)?;
    Ok(person)
}

/// A person.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = PersonRow), Refusals))]
pub async fn show(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Versioned<PersonRow>, Problem> {
    let row = row(&app, &session, id).await?;
    Ok(Versioned(row.version, row))
}

/// A person to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// What they log in with: a–z, 0–9, . _ @ -
    login: String,
    /// Name for people.
    name: String,
    /// The organisation they belong to.
    organisation: i64,
    /// Their roles.
    #[serde(default)]
    roles: Vec<RoleOfPerson>,
    /// Their phone.
    phone: Option<String>,
    /// Their e-mail.
    email: Option<String>,
    /// Custom fields by their keys, those of `/entities/person/form`.
    #[schema(value_type = Option<Object>)]
    custom: Option<Map<String, Value>>,
    /// Their first password; invented, and shown once, when left away. A program gives none and is shown none: whoever is at a browser gives
    /// the person a password.
    password: Option<String>,
}

/// A person who was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadePerson {
    /// The person.
    #[serde(flatten)]
    person: PersonRow,
    /// The password that was invented for them; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// What the actor must have to give these roles at this place, and that the place is theirs to give.
async fn may_give(app: &App, session: &Session, organisation: i64, roles: &[RoleOfPerson]) -> Result<(), Problem> {
    let actor = &session.actor;
    session.scope(Entity::Person)?.check_organisation(Some(organisation)).map_err(|problem| problem.field("organisation"))?;
    actor.may_at(Right::People, Some(organisation))?;
    actor.covers(&store::grants_of(app.db.read(), &actor.tree, organisation, roles).await?, &app.fields.personal().await?)
}

/// The custom fields of people, when those that are given may be written.
async fn custom_fields(app: &App, sight: &Sight<'_>, given: Option<&Map<String, Value>>) -> Result<Arc<Compiled>, Problem> {
    let set = app.fields.of(Subject::Person).await?;
    given.map_or(Ok(()), |given| set.may_write(sight, given))?;
    Ok(set)
}

/// Make a person. Their roles may allow nothing that the reader may not. The same Idempotency-Key makes none again, and is answered without
/// the invented password, which is shown once; /people/{id}/password invents another.
#[utoipa::path(post, path = "/api/v1/people", tag = "organisation", request_body = NewPerson,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to send again")),
    responses((status = 201, body = MadePerson), Refusals))]
pub async fn create(
    State(app): State<App>,
    session: Session,
    key: Option<IdempotencyKey>,
    Json(asked): Json<NewPerson>,
) -> Result<(StatusCode, Answer<MadePerson>), Problem> {
    may_give(&app, &session, asked.organisation, &asked.roles).await?;
    let (given, invented) = match asked.password {
        Some(given) => {
            session.in_browser().map_err(|problem| problem.field("password"))?;
            (given, None)
        }
        None => {
            let invented = password::invent();
            (invented.clone(), Some(invented).filter(|_| !session.is_program()))
        }
    };
    let NewPerson { login, name, organisation, roles, phone, email, custom, .. } = asked;
    let sight = session.actor.at(Some(organisation));
    let contact = Contact::of(&sight, phone, email)?;
    let set = custom_fields(&app, &sight, custom.as_ref()).await?;
    set.may_write_own(&sight, &["login", "name", "organisation"])?;
    if !roles.is_empty() {
        set.may_write_own(&sight, &["roles"])?;
    }
    let wanted = Wanted { name, organisation, roles, disabled: false, contact, custom };
    let custom = Custom { set: &set, chain_zone: &app.config.outside.time_zone };
    let key = IdempotencyKey::of(key, session.actor.id);
    let made = store::create(&app.db, &app.vault, &session.actor, custom, (login, given), wanted, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Answer(MadePerson { person: row(&app, &session, made.id()).await?, password: made.once(invented) })))
}

/// What is to be changed; what is left away stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonChange)]
pub struct Change {
    /// Name for people.
    name: Option<String>,
    /// The organisation they belong to.
    organisation: Option<i64>,
    /// Their roles, all of them.
    roles: Option<Vec<RoleOfPerson>>,
    /// Their phone; an empty text takes it away.
    phone: Option<String>,
    /// Their e-mail; an empty text takes it away.
    email: Option<String>,
    /// Whether they may not sign in; it ends their sessions and tokens.
    disabled: Option<bool>,
    /// Custom fields by their keys, those of `/entities/person/form`; `null` takes a value away.
    #[schema(value_type = Option<Object>)]
    custom: Option<Map<String, Value>>,
}

/// Change a person.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "organisation", request_body = Change,
    params(("id" = i64, Path, description = "Number of the person"), ("If-Match" = String, Header, description = "The ETag as it was read")),
    responses((status = 200, body = PersonRow), Refusals))]
pub async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    version: IfMatch,
    Json(asked): Json<Change>,
) -> Result<Versioned<PersonRow>, Problem> {
    let was = changeable(&app, &session, id).await?;
    version.check(was.version)?;
    let named: Vec<&str> = [
        ("name", asked.name.is_some()),
        ("organisation", asked.organisation.is_some()),
        ("roles", asked.roles.is_some()),
        ("disabled", asked.disabled.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, given)| given.then_some(key))
    .collect();
    let organisation = asked.organisation.or(was.organisation);
    let organisation = organisation.ok_or_else(|| Problem::from(PeopleError::NoOrganisation(0)))?;
    let roles = asked.roles.unwrap_or(was.roles);
    // Another organisation changes what the same roles reach.
    may_give(&app, &session, organisation, &roles).await?;
    let sight = session.actor.at(was.organisation);
    let contact = Contact::of(&sight, asked.phone, asked.email)?;
    let (name, disabled) = (asked.name.unwrap_or(was.name), asked.disabled.unwrap_or(was.disabled));
    let set = custom_fields(&app, &sight, asked.custom.as_ref()).await?;
    set.may_write_own(&sight, &named)?;
    set.may_write_own(&session.actor.at(Some(organisation)), &named)?;
    let wanted = Wanted { name, organisation, roles, disabled, contact, custom: asked.custom };
    let custom = Custom { set: &set, chain_zone: &app.config.outside.time_zone };
    store::change(&app.db, &app.vault, &session.actor, custom, (id, version.0), wanted).await?;
    let row = row(&app, &session, id).await?;
    Ok(Versioned(row.version, row))
}

/// A password that is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownOnce {
    /// The password.
    password: String,
}

/// Give a person a new password. It is invented and shown once; their sessions end.
#[utoipa::path(post, path = "/api/v1/people/{id}/password", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = ShownOnce), Refusals))]
pub async fn reset_password(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<ShownOnce>, Problem> {
    session.in_browser()?;
    let person = changeable(&app, &session, id).await?;
    let password = password::invent();
    identity::set_password(&app.db, &session.actor.login, &person.login, password.clone()).await?;
    Ok(Answer(ShownOnce { password }))
}

/// To whom the records go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Who gets them.
    to: i64,
    /// Whether the person leaves: may no longer sign in, and is signed out everywhere.
    #[serde(default)]
    leaves: bool,
}

/// What was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandedOver {
    /// How many records of each kind.
    #[schema(value_type = BTreeMap<String, usize>)]
    moved: BTreeMap<&'static str, usize>,
}

/// Hand all records of a person to another one.
#[utoipa::path(post, path = "/api/v1/people/{id}/hand-over", tag = "organisation", request_body = HandOver,
    params(("id" = i64, Path, description = "Number of the person")), responses((status = 200, body = HandedOver), Refusals))]
pub async fn hand_over(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Json(asked): Json<HandOver>,
) -> Result<Answer<HandedOver>, Problem> {
    let person = changeable(&app, &session, id).await?;
    if asked.leaves {
        let set = app.fields.of(Subject::Person).await?;
        set.may_write_own(&session.actor.at(person.organisation), &["disabled"])?;
    }
    let receiver = seen(&app, &session, asked.to).await.map_err(|problem| problem.field("to"))?;
    session.actor.may_at(Right::People, receiver.organisation)?;
    let moved = leave(&app.db, &session.actor.login, id, asked.to, asked.leaves, OWNED).await?;
    Ok(Answer(HandedOver { moved }))
}

/// The browsers that a person is signed in with.
#[utoipa::path(get, path = "/api/v1/people/{id}/sessions", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = Page<SessionRow>), Refusals))]
pub async fn sessions(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<SessionRow>>, Problem> {
    changeable(&app, &session, id).await?;
    Ok(Answer(Page::whole(access::sessions(app.db.read(), id, session.hash()).await?)))
}

/// Take a person's one-time codes away, as when their phone is lost. If a role demands codes, they set them up anew when they sign in.
#[utoipa::path(delete, path = "/api/v1/people/{id}/codes", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 204, description = "There are none any more"), Refusals))]
pub async fn forget_codes(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.in_browser()?;
    changeable(&app, &session, id).await?;
    codes::forget(&app.db, &session.actor.login, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The identities at an identity provider that a person signs in with.
#[utoipa::path(get, path = "/api/v1/people/{id}/outside", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = Page<OutsideRow>), Refusals))]
pub async fn identities(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<Answer<Page<OutsideRow>>, Problem> {
    changeable(&app, &session, id).await?;
    Ok(Answer(Page::whole(sign_in::bindings(app.db.read(), id).await?)))
}

/// Take a person's identities at an identity provider away, as when their account there is in other hands. They are signed out everywhere;
/// whoever next signs in there under the person's login is bound anew.
#[utoipa::path(delete, path = "/api/v1/people/{id}/outside", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 204, description = "There are none any more"), Refusals))]
pub async fn forget_identities(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    session.in_browser()?;
    changeable(&app, &session, id).await?;
    sign_in::forget(&app.db, &session.actor.login, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign a person out everywhere: their browsers, and their programs with every token.
#[utoipa::path(delete, path = "/api/v1/people/{id}/sessions", tag = "organisation", params(("id" = i64, Path, description = "Number of the person")),
    responses((status = 204, description = "Signed out"), Refusals))]
pub async fn end_sessions(State(app): State<App>, session: Session, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    changeable(&app, &session, id).await?;
    access::end_sessions(&app.db, &session.actor.login, id, Which::All).await?;
    Ok(StatusCode::NO_CONTENT)
}
