//! Telling people that a ticket waits for them, or does not any more: those who give tickets out, that one is new, came back or came over from
//! another organisation; whoever one was given to, and whoever had it before.

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};

use super::states::Kind;
use crate::platform::clock;
use crate::platform::identity::{Actor, Right};
use crate::platform::notifications::{About, Notice, notify};
use crate::platform::sql::Sql;

/// A ticket of which somebody is told.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) struct Told<'a> {
    pub id: i64,
    pub code: &'a str,
    pub kind: Kind,
    pub organisation: i64,
}

/// How a ticket came to those who give tickets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Came {
    /// It was made.
    New,
    /// Whoever had it gave it back.
    Back,
    /// Another organisation had it.
    Over,
}

impl Came {
    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Back => "back",
            Self::Over => "over",
        }
    }
}

impl Told<'_> {
    async fn data(&self, tx: &impl ConnectionTrait, who: &str) -> Result<Value, DbErr> {
        let (zh, en) = self.kind.titles();
        let place = Sql::new("SELECT name FROM organisation WHERE id = ").bind(self.organisation).word(tx).await?;
        Ok(json!({"what_zh": zh, "what_en": en, "code": self.code, "place": place, "who": who}))
    }

    /// It waits for those who give tickets out. Return visits wait until they are due.
    pub async fn waits(self, tx: &impl ConnectionTrait, actor: &Actor, came: Came) -> Result<(), DbErr> {
        if self.kind == Kind::ReturnVisit {
            return Ok(());
        }
        let mut data = self.data(tx, &actor.name).await?;
        data["came"] = json!(came.word());
        let about = About { data, link: format!("/tickets/{}", self.id), list: "/tickets?state=new&kind=work", by: actor.id };
        notify(tx, Notice::to_those_over(Right::Tickets, "ticket_waits", self.organisation, about), clock::now_ms()).await.map(drop)
    }

    /// It was given to somebody.
    pub async fn given(self, tx: &impl ConnectionTrait, actor: &Actor, to: i64, appointed_ms: Option<i64>) -> Result<(), DbErr> {
        if to == actor.id {
            return Ok(());
        }
        let mut data = self.data(tx, &actor.name).await?;
        data["appointed_ms"] = json!(appointed_ms);
        let notice = Notice::to_person(to, "ticket_given", data, format!("/tickets/{}", self.id));
        notify(tx, Notice { organisation: Some(self.organisation), ..notice }, clock::now_ms()).await.map(drop)
    }

    /// Who had it has it no more: it was given to somebody else, or `cancelled`.
    pub async fn taken(self, tx: &impl ConnectionTrait, actor: &Actor, from: i64, cancelled: bool) -> Result<(), DbErr> {
        if from == actor.id {
            return Ok(());
        }
        let mut data = self.data(tx, &actor.name).await?;
        data["cancelled"] = json!(cancelled);
        // What somebody else has is out of their sight.
        let link = if cancelled { format!("/tickets/{}", self.id) } else { "/tickets?installer=me&state=open".to_owned() };
        let notice = Notice::to_person(from, "ticket_taken", data, link);
        notify(tx, Notice { organisation: Some(self.organisation), ..notice }, clock::now_ms()).await.map(drop)
    }
}
