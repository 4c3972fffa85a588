//! Applying what phones send: each operation in a transaction of its own, with the line that keeps it from being applied again.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{Operation, OperationAnswer, Outcome};
use crate::http::problem::{Language, Problem};
use crate::live::What;
use crate::platform::clock;
use crate::platform::once;
use crate::platform::scope::{Entity, Scope};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::service::tickets::acts::{self, By};
use crate::service::tickets::api::may_do;
use crate::service::tickets::model::Doing;
use crate::service::tickets::personal::Reader;
use crate::service::tickets::rules::{Choices, Settings};
use crate::service::tickets::{TicketError, settings, store};
use crate::state::App;

/// Whether a text is 128 bits in hex.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// That an id is none, or somebody else's.
pub(super) fn no_id(field: &'static str) -> Problem {
    Problem::invalid(
        "operation_id",
        field,
        "操作编号要有 32 位十六进制数字，而且没有用过。",
        "An operation's id is 32 hex digits of its own.",
    )
}

#[derive(FromQueryResult)]
struct Applied {
    person_id: i64,
    ticket_id: i64,
    act: String,
    version: i64,
    made_id: Option<i64>,
}

async fn applied(db: &impl ConnectionTrait, id: &str) -> Result<Option<Applied>, DbErr> {
    Sql::new("SELECT person_id, ticket_id, act, version, made_id FROM field_operation WHERE id = ").bind(id).one(db).await
}

/// What became of an operation, before the ticket is read once more for the answer.
enum Became {
    Applied(i64, Option<i64>),
    Already(i64, Option<i64>),
    Conflict,
    Blocked,
    Refused(Problem),
}

impl Became {
    fn again(known: &Applied, operation: &Operation, person: i64) -> Self {
        let same = (known.person_id, known.ticket_id, known.act.as_str()) == (person, operation.ticket, operation.act.word());
        if same { Self::Already(known.version, known.made_id) } else { Self::Refused(no_id("id")) }
    }
}

/// All that applying needs beside the operation.
pub(super) struct Applying<'a> {
    pub app: &'a App,
    pub session: &'a Session,
    pub scope: Scope,
    pub reader: Reader,
    pub settings: Settings,
    pub choices: Choices,
    pub language: Language,
}

impl<'a> Applying<'a> {
    pub async fn of(app: &'a App, session: &'a Session, language: Language) -> Result<Self, Problem> {
        let (scope, reader) = (session.scope(Entity::Ticket)?, Reader::of(app, &session.actor).await?);
        let (_, settings) = settings::of(app.db.read()).await?;
        let choices = Choices::of(&*app.fields.lists().await?);
        Ok(Self { app, session, scope, reader, settings, choices, language })
    }

    /// Applies operations in order; one that is not done holds up the later ones of its ticket.
    pub async fn all(&self, operations: &[Operation]) -> Result<Vec<OperationAnswer>, Problem> {
        let (mut answers, mut held) = (Vec::with_capacity(operations.len()), BTreeSet::new());
        for operation in operations {
            let became = if held.contains(&operation.ticket) {
                match applied(self.app.db.read(), &operation.id).await? {
                    Some(known) => Became::again(&known, operation, self.session.actor.id),
                    None => Became::Blocked,
                }
            } else {
                self.one(operation).await?
            };
            if !matches!(became, Became::Applied(..) | Became::Already(..)) {
                held.insert(operation.ticket);
            }
            answers.push(self.answer(operation, became).await?);
        }
        Ok(answers)
    }

    async fn one(&self, operation: &Operation) -> Result<Became, Problem> {
        if !is_id(&operation.id) {
            return Ok(Became::Refused(no_id("id")));
        }
        let actor = &self.session.actor;
        let tx = self.app.db.begin().await?;
        // The same operation on its way twice: the second waits here for the first, and finds what it did.
        once::alone(&tx, "field_operation", &operation.id).await?;
        if let Some(known) = applied(&tx, &operation.id).await? {
            return Ok(Became::again(&known, operation, actor.id));
        }
        let Some(row) = store::find(&tx, &self.scope, operation.ticket).await? else { return Ok(Became::Refused(Problem::not_found())) };
        if operation.version != row.version {
            return Ok(if operation.version < row.version { Became::Conflict } else { Became::Blocked });
        }
        if let Err(problem) = may_do(actor, &row, operation.act) {
            return Ok(Became::Refused(problem));
        }
        let line = "INSERT INTO field_operation (id, person_id, ticket_id, act, version, at_ms) VALUES ";
        let version = row.version + 1;
        let values: [sea_orm::Value; 6] = [
            operation.id.clone().into(),
            actor.id.into(),
            operation.ticket.into(),
            operation.act.word().into(),
            version.into(),
            clock::now_ms().into(),
        ];
        Sql::new(line).list(values).run(&tx).await?;
        let keys = self.app.vault.for_writing(&tx).await?;
        let by = By {
            actor,
            settings: &self.settings,
            choices: &self.choices,
            set: &self.reader.set,
            made_ms: Some(operation.made_ms),
            key: Some(format!("op:{}", operation.id)),
        };
        let doing = Doing { act: operation.act, payload: operation.payload.clone() };
        let made = match acts::perform(&tx, &keys, &row, &doing, &by).await {
            Ok(made) => made,
            Err(TicketError::Changed) => return Ok(Became::Conflict),
            Err(TicketError::Database(error)) => return Err(Problem::internal(&error)),
            Err(refused) => return Ok(Became::Refused(refused.into())),
        };
        Sql::new("UPDATE field_operation SET made_id = ").bind(made).text(" WHERE id = ").bind(operation.id.clone()).run(&tx).await?;
        tx.commit().await?;
        self.app.jobs.wake();
        for ticket in [Some(operation.ticket), made].into_iter().flatten() {
            self.app.live.publish(None, What::Ticket(ticket));
        }
        Ok(Became::Applied(version, made))
    }

    async fn answer(&self, operation: &Operation, became: Became) -> Result<OperationAnswer, Problem> {
        let ticket = store::get(self.app.db.read(), &self.reader, &self.scope, &self.settings, operation.ticket).await?;
        let (outcome, version, made, problem) = match became {
            Became::Applied(version, made) => (Outcome::Applied, Some(version), made, None),
            Became::Already(version, made) => (Outcome::Already, Some(version), made, None),
            Became::Conflict => (Outcome::Conflict, None, None, None),
            Became::Blocked => (Outcome::Blocked, None, None, None),
            Became::Refused(problem) => (Outcome::Refused, None, None, Some(problem.body(self.language))),
        };
        Ok(OperationAnswer { id: operation.id.clone(), outcome, version, made, ticket, problem })
    }
}
