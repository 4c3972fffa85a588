//! What pages and phones are shown of tickets, and what they send.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::place::Place;
use super::rules::Needs;
use super::states::{Act, Kind, State};
use crate::http::extract::nullable;
use crate::service::surveys::SurveyRow;

/// A ticket in a list: what the reader's field rights hide is left away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `S000123`.
    pub code: String,
    /// What it is for.
    pub kind: Kind,
    /// Kind of fault: a code of `/tickets/choices`, or empty.
    pub fault: String,
    /// How far it is.
    pub state: State,
    /// The organisation that does it.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Who gives it out.
    pub dispatcher: Option<i64>,
    /// Their name.
    pub dispatcher_name: Option<String>,
    /// Who has it.
    pub installer: Option<i64>,
    /// Their name.
    pub installer_name: Option<String>,
    /// The customer.
    pub customer: Option<i64>,
    /// The order.
    pub order: Option<i64>,
    /// Its number that people say.
    pub order_code: Option<String>,
    /// The item.
    pub item: Option<i64>,
    /// Its code.
    pub item_code: Option<String>,
    /// Its name.
    pub item_name: Option<String>,
    /// The ticket that it was made of.
    pub from: Option<i64>,
    /// That ticket's number that people say.
    pub from_code: Option<String>,
    /// Whom to ask for: whole or masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Their phone, by `ticket.phone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where it is, by `ticket.address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is to be done, or what is wrong; of a return visit what it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What was done; of a return visit what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<String>,
    /// What came of it; of a return visit what the customer said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it was declined or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How content the customer is, 1 to 5.
    pub satisfaction: Option<i32>,
    /// When the customer told of it.
    pub feedback_ms: i64,
    /// Until when it is to be done.
    pub due_ms: Option<i64>,
    /// When somebody comes.
    pub appointed_ms: Option<i64>,
    /// When it was done.
    pub done_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// Whether a check-in was far from the customer's place.
    pub far: bool,
    /// Custom fields, those of `/entities/ticket/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows by one with every change; send it back as If-Match.
    pub version: i64,
}

/// A step of a ticket.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct TicketStep {
    /// What was done.
    pub act: String,
    /// The state after it.
    pub state: String,
    /// When the hub heard of it.
    pub at_ms: i64,
    /// When it was done by the phone's clock, where it came from one.
    pub made_ms: Option<i64>,
    /// By whom: a login.
    pub author: String,
}

/// A check-in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckIn {
    /// When the hub heard of it.
    pub at_ms: i64,
    /// When it was by the phone's clock.
    pub made_ms: Option<i64>,
    /// By whom: a login.
    pub author: String,
    /// As the phone told it, for those who may see the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How sure the phone was, in metres.
    pub accuracy_m: Option<i32>,
    /// Metres from the customer's place, where that is known.
    pub distance_m: Option<i64>,
    /// Whether that is farther than the settings say.
    pub far: bool,
    /// Photos that were taken for it: numbers of files.
    pub photos: Vec<i64>,
}

/// A carton that belongs to a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketCarton {
    /// The item.
    pub item: i64,
    /// Its code.
    pub item_code: String,
    /// Its name.
    pub item_name: String,
    /// Carton n …
    pub carton: i32,
    /// … of N.
    pub of: i32,
    /// How many of them there are to be.
    pub expected: i32,
    /// How many were scanned.
    pub scanned: i32,
    /// What its barcode can say, for a phone without a signal.
    pub codes: Vec<String>,
}

/// A ticket with everything that belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ticket {
    /// The ticket.
    #[serde(flatten)]
    pub row: TicketRow,
    /// Where the customer is, for those who may see the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it needs to be completed.
    pub needs: Needs,
    /// Photos that it has.
    pub photos: i64,
    /// Signatures that it has.
    pub signatures: i64,
    /// Its cartons.
    pub cartons: Vec<TicketCarton>,
    /// What happened, in order.
    pub steps_done: Vec<TicketStep>,
    /// Who was there, and how near.
    pub check_ins: Vec<CheckIn>,
    /// What the customer was asked, and says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey: Option<SurveyRow>,
    /// Tickets that were made of it.
    pub made: Vec<MadeOfIt>,
    /// What the reader may do with it now.
    pub acts: Vec<Act>,
}

/// A ticket that was made of another.
#[derive(Debug, Clone, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct MadeOfIt {
    /// Number.
    pub id: i64,
    /// The number that people say.
    pub code: String,
    /// What it is for.
    pub kind: String,
    /// How far it is.
    pub state: String,
}

/// What is to be written of a ticket; what is left away stays as it is, an empty text or `null` takes a value away.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TicketFields)]
pub struct Fields {
    /// What it is for; stays as it was made.
    pub kind: Option<Kind>,
    /// Kind of fault.
    pub fault: Option<String>,
    /// The organisation that does it; the reader's own for a new one.
    pub organisation: Option<i64>,
    /// The customer, whose name, phone and address it takes where none are given.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub customer: Option<Option<i64>>,
    /// The order.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub order: Option<Option<i64>>,
    /// The item.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub item: Option<Option<i64>>,
    /// Whom to ask for.
    #[schema(value_type = Option<String>)]
    pub contact: Option<Zeroizing<String>>,
    /// Their phone.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Zeroizing<String>>,
    /// Where it is.
    #[schema(value_type = Option<String>)]
    pub address: Option<Zeroizing<String>>,
    /// Where that is on the earth; the first check-in says it otherwise.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<Place>)]
    pub place: Option<Option<Place>>,
    /// What is to be done, or what is wrong.
    #[schema(value_type = Option<String>)]
    pub problem: Option<Zeroizing<String>>,
    /// What was done.
    #[schema(value_type = Option<String>)]
    pub steps: Option<Zeroizing<String>>,
    /// What came of it.
    #[schema(value_type = Option<String>)]
    pub result: Option<Zeroizing<String>>,
    /// A note.
    #[schema(value_type = Option<String>)]
    pub note: Option<Zeroizing<String>>,
    /// When the customer told of it; now when left away.
    pub feedback_ms: Option<i64>,
    /// Until when it is to be done.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub due_ms: Option<Option<i64>>,
    /// What is delivered, all of it: its cartons are scanned. Those scanned already stay so.
    #[schema(max_items = 100)]
    pub goods: Option<Vec<Goods>>,
    /// Custom fields by their keys, those of `/entities/ticket/form`; `null` takes a value away.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<Map<String, Value>>,
}

/// So many of an item.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketGoods)]
pub struct Goods {
    /// The item.
    pub item: i64,
    /// How many.
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: i32,
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(…)")
    }
}

/// What an act is about; each takes what it needs.
#[derive(Default, Clone, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ActPayload)]
pub struct Payload {
    /// Dispatch: who gets it.
    pub installer: Option<i64>,
    /// Decline, cancel: why.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Zeroizing<String>>,
    /// Appoint; dispatch where it is agreed already: when somebody comes.
    pub appointed_ms: Option<i64>,
    /// Check in: where.
    pub place: Option<Place>,
    /// Check in: how sure the phone was, in metres.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub accuracy_m: Option<i32>,
    /// Scan: what the barcode says.
    pub code: Option<String>,
    /// Report, complete: what was done.
    #[schema(value_type = Option<String>)]
    pub steps: Option<Zeroizing<String>>,
    /// Report, complete: what came of it.
    #[schema(value_type = Option<String>)]
    pub result: Option<Zeroizing<String>>,
    /// Report, complete, close: a note.
    #[schema(value_type = Option<String>)]
    pub note: Option<Zeroizing<String>>,
    /// Complete a return visit: how content the customer is, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub satisfaction: Option<i32>,
    /// After-sales: the kind of fault.
    pub fault: Option<String>,
    /// After-sales: what is wrong.
    #[schema(value_type = Option<String>)]
    pub problem: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payload(…)")
    }
}

/// Something to be done with a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Doing {
    /// What.
    pub act: Act,
    /// What it is about.
    #[serde(default)]
    pub payload: Payload,
}

/// Somebody to whom tickets can be given.
#[derive(Debug, Serialize, ToSchema, sea_orm::FromQueryResult)]
pub struct InstallerRow {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Their organisation.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Open tickets that they have.
    pub open: i64,
}
