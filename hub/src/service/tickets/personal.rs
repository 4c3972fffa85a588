//! What is about a customer's life in tickets: who sees how much of it, and revealing it for a reason.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::place::Place;
use super::rules::contact_right;
use super::store::{Stored, find, place_of};
use crate::crm::customers::rules::masked_name;
use crate::http::extract::{Json, Path};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::audit::{self, Change};
use crate::platform::fields::{Compiled, Subject};
use crate::platform::identity::{Actor, FieldRight, Right, Sight};
use crate::platform::scope::{Entity, Scope};
use crate::platform::session::Session;
use crate::platform::vault::{
    CHECK_IN_PLACE, Column, Keys, Sealed, TICKET_ADDRESS, TICKET_CONTACT, TICKET_NOTE, TICKET_PHONE, TICKET_PLACE, TICKET_PROBLEM,
    TICKET_REASON, TICKET_RESULT, TICKET_STEPS, without_numbers,
};
use crate::state::App;

const TICKET: &str = "ticket";

/// Who reads tickets, with the keys to open what they may see.
pub(in crate::service) struct Reader {
    /// What opens sealed texts.
    pub keys: Keys,
    /// Who.
    pub actor: Actor,
    /// The custom fields of tickets.
    pub set: Arc<Compiled>,
    /// The most that they see of what is personal.
    most: FieldRight,
}

/// What a reader sees of one ticket.
pub(in crate::service) struct Seen<'a> {
    keys: &'a Keys,
    set: &'a Compiled,
    row: &'a Stored,
    roles: Sight<'a>,
    has_it: bool,
    most: FieldRight,
}

impl Reader {
    pub async fn of(app: &App, actor: &Actor) -> Result<Self, Problem> {
        let (keys, set) = (app.vault.for_reading(app.db.read()).await?, app.fields.of(Subject::Ticket).await?);
        Ok(Self { keys, set, actor: actor.clone(), most: FieldRight::Write })
    }

    /// Somebody to whom what is personal is shown masked at most.
    pub const fn masked(keys: Keys, set: Arc<Compiled>, actor: Actor) -> Self {
        Self { keys, actor, set, most: FieldRight::Masked }
    }

    pub fn sight<'a>(&'a self, row: &'a Stored) -> Seen<'a> {
        let has_it = row.installer_id == Some(self.actor.id);
        let roles = if has_it { self.actor.anywhere() } else { self.actor.at(Some(row.organisation_id)) };
        Seen { keys: &self.keys, set: &self.set, row, roles, has_it, most: self.most }
    }
}

impl Seen<'_> {
    fn right(&self, field: &str) -> FieldRight {
        contact_right(self.roles.right(TICKET, field, false), self.has_it, self.row.state()).min(self.most)
    }

    fn shown(&self, column: &Column, sealed: Option<&Sealed>) -> Option<String> {
        self.keys.shown(column, self.row.id, sealed, self.right(column.column))
    }

    /// What somebody wrote: with numbers cut to their ends where the phone is masked.
    fn text(&self, column: &Column, sealed: Option<&Sealed>) -> Option<String> {
        let text = self.keys.shown(column, self.row.id, sealed, FieldRight::Read)?;
        Some(if self.is_whole() { text } else { without_numbers(&text) })
    }

    /// Whether long numbers in what somebody wrote are shown whole.
    pub fn is_whole(&self) -> bool {
        self.right("phone") >= FieldRight::Read
    }

    /// Custom fields that the reader's roles show.
    pub fn custom(&self, stored: &Value) -> Map<String, Value> {
        self.set.shown(&self.roles, stored)
    }

    /// What the reader's roles say of fields.
    pub const fn roles(&self) -> &Sight<'_> {
        &self.roles
    }

    pub fn contact(&self) -> Option<String> {
        let right = self.right("phone");
        let name = self.keys.shown(&TICKET_CONTACT, self.row.id, self.row.contact.as_ref(), right.max(FieldRight::Read))?;
        match right {
            FieldRight::None => None,
            FieldRight::Masked => Some(masked_name(&name)),
            FieldRight::Read | FieldRight::Write => Some(name),
        }
    }

    pub fn phone(&self) -> Option<String> {
        self.shown(&TICKET_PHONE, self.row.phone.as_ref())
    }

    pub fn address(&self) -> Option<String> {
        self.shown(&TICKET_ADDRESS, self.row.address.as_ref())
    }

    pub fn problem(&self) -> Option<String> {
        self.text(&TICKET_PROBLEM, self.row.problem.as_ref())
    }

    pub fn steps(&self) -> Option<String> {
        self.text(&TICKET_STEPS, self.row.steps.as_ref())
    }

    pub fn result(&self) -> Option<String> {
        self.text(&TICKET_RESULT, self.row.result.as_ref())
    }

    pub fn note(&self) -> Option<String> {
        self.text(&TICKET_NOTE, self.row.note.as_ref())
    }

    pub fn reason(&self) -> Option<String> {
        self.text(&TICKET_REASON, self.row.reason.as_ref())
    }

    /// A place is an address in numbers.
    fn placed(&self, column: &Column, row: i64, sealed: Option<&Sealed>) -> Option<Place> {
        (self.right("address") >= FieldRight::Read)
            .then(|| self.keys.shown(column, row, sealed, FieldRight::Read))?
            .as_deref()
            .and_then(place_of)
    }

    pub fn place(&self) -> Option<Place> {
        self.placed(&TICKET_PLACE, self.row.id, self.row.place.as_ref())
    }

    pub fn visit_place(&self, visit: i64, sealed: Option<&Sealed>) -> Option<Place> {
        self.placed(&CHECK_IN_PLACE, visit, sealed)
    }
}

/// Whether somebody who sees a ticket is shown long numbers in what was said of it: whoever has it, until it is done.
///
/// # Errors
/// A problem when the database or the vault fails.
pub async fn shows_numbers(app: &App, actor: &Actor, id: i64) -> Result<bool, Problem> {
    let reader = Reader::of(app, actor).await?;
    Ok(find(app.db.read(), &Scope::All, id).await?.is_some_and(|row| reader.sight(&row).is_whole()))
}

/// What somebody wants to see whole, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RevealTicket)]
pub struct Reveal {
    /// The field: `phone`, `address`.
    #[schema(example = "phone")]
    field: String,
    /// Why; it is written down.
    reason: String,
}

/// A field, whole.
#[derive(Serialize, ToSchema)]
#[schema(as = RevealedTicket)]
pub struct Revealed {
    /// The text; `null` when there is none.
    value: Option<String>,
}

/// See a masked field whole. Who, what and why are written into the audit.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/reveal", tag = "service", request_body = Reveal,
    params(("id" = i64, Path, description = "Number of the ticket")), responses((status = 200, body = Revealed), Refusals))]
pub async fn reveal(
    State(app): State<App>,
    session: Session,
    Path(id): Path<i64>,
    Json(asked): Json<Reveal>,
) -> Result<Answer<Revealed>, Problem> {
    let row = find(app.db.read(), &session.scope(Entity::Ticket)?, id).await?.ok_or_else(Problem::not_found)?;
    session.actor.may_at(Right::Reveal, Some(row.organisation_id))?;
    let (column, sealed) = match asked.field.as_str() {
        "phone" => (TICKET_PHONE, row.phone.as_ref()),
        "address" => (TICKET_ADDRESS, row.address.as_ref()),
        _ => {
            let (zh, en) = (format!("没有个人信息字段 {}。", asked.field), format!("There is no personal field {}.", asked.field));
            return Err(Problem::invalid("field_exists", "field", zh, en));
        }
    };
    if session.actor.at(Some(row.organisation_id)).right(TICKET, column.column, false) == FieldRight::None {
        let (zh, en) = ("您的角色不能查看或修改这个字段。", "Your role may not see or change this field.");
        return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "field_right", zh, en).field(column.column).who(Who::Admin));
    }
    let reason = asked.reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(Problem::invalid("reason_length", "reason", "请写 2 到 200 个字的理由。", "Give a reason of 2 to 200 characters."));
    }
    // The line is in the audit before anybody sees the text.
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let value = sealed.map(|sealed| keys.open(&column, id, sealed)).transpose()?;
    let change = Change { author: &session.actor.login, entity: TICKET, id: id.to_string(), action: "reveal" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"field": column.column, "reason": without_numbers(reason)}))).await?;
    tx.commit().await?;
    Ok(Answer(Revealed { value: value.map(|plain| plain.expose().to_owned()) }))
}
