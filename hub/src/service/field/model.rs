//! What phones send and are answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::fields::describe::FormField;
use crate::platform::files::FileRow;
use crate::service::tickets::model::{Payload, Ticket};
use crate::service::tickets::rules::Choices;
use crate::service::tickets::states::Act;

/// Something that was done with a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldOperation)]
pub struct Operation {
    /// 128 random bits in hex, by which it is known for good.
    #[schema(pattern = "^[0-9a-f]{32}$", example = "0123456789abcdef0123456789abcdef")]
    pub id: String,
    /// The ticket.
    pub ticket: i64,
    /// The version of the ticket that it was made from: as it was read, and one more for each operation before it.
    pub version: i64,
    /// What was done.
    pub act: Act,
    /// What it is about.
    #[serde(default)]
    pub payload: Payload,
    /// When, by the phone's clock.
    pub made_ms: i64,
}

/// Operations in the order in which they were done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldOperations)]
pub struct Operations {
    /// Up to 50.
    #[schema(max_items = 50)]
    pub operations: Vec<Operation>,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldOutcome)]
pub enum Outcome {
    /// It was done now.
    Applied,
    /// It had been done before.
    Already,
    /// Somebody else changed the ticket meanwhile: look at it, and decide.
    Conflict,
    /// It cannot be done; see the problem.
    Refused,
    /// One before it is missing or was not done: send it again afterwards.
    Blocked,
}

/// The answer to an operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationAnswer {
    /// The operation.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The ticket's version after it, where it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The ticket that was made by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<i64>,
    /// What the ticket is now, as long as it is the reader's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// Why it was refused: a problem as any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Value>,
}

/// The answers, in the order of the operations.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationAnswers {
    /// One for each.
    pub answers: Vec<OperationAnswer>,
}

/// What a file is to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TicketFileKind)]
pub enum FileKind {
    /// A photo of the work.
    Photo,
    /// The customer's signature.
    Signature,
    /// A photo of a check-in.
    CheckIn,
}

impl FileKind {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Signature => "signature",
            Self::CheckIn => "check_in",
        }
    }
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldFile {
    /// `applied` or `already`.
    pub outcome: Outcome,
    /// The file.
    pub file: FileRow,
}

/// What a phone takes along.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldDay {
    /// The hub's clock.
    pub now_ms: i64,
    /// Whose phone it is.
    pub name: String,
    /// Their tickets: open ones that are not appointed later, and those finished since yesterday.
    pub tickets: Vec<Ticket>,
    /// The custom fields of tickets that the reader sees, in the order of the form.
    pub fields: Vec<FormField>,
    /// What can be chosen.
    pub choices: Choices,
    /// A check-in farther than so many metres is flagged.
    pub far_m: u32,
}
