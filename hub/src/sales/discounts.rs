//! Telling of discounts beyond the price list: whoever is nearest and may approve one, that it waits; whoever looks after the order or the
//! contract, what became of it.

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};

use crate::platform::clock;
use crate::platform::identity::{Actor, Right};
use crate::platform::notifications::{About, Notice, notify};

/// What gives the discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Order,
    Contract,
}

/// The order or contract that gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Discounted<'a> {
    pub on: On,
    pub id: i64,
    pub code: &'a str,
    pub organisation: i64,
    pub organisation_name: &'a str,
    pub owner: Option<i64>,
}

impl Discounted<'_> {
    fn link(&self) -> String {
        match self.on {
            On::Order => format!("/orders/{}", self.id),
            On::Contract => format!("/contracts/{}", self.id),
        }
    }

    fn data(&self, who: &str) -> Value {
        let (zh, en) = match self.on {
            On::Order => ("订单", "order"),
            On::Contract => ("合同", "contract"),
        };
        json!({"what_zh": zh, "what_en": en, "code": self.code, "place": self.organisation_name, "who": who})
    }

    /// Tells who may approve it that it waits.
    pub async fn wait(self, tx: &impl ConnectionTrait, actor: &Actor) -> Result<(), DbErr> {
        let list = match self.on {
            On::Order => "/orders?approval=asked&state=draft",
            On::Contract => "/contracts?approval=asked&state=draft",
        };
        let about = About { data: self.data(&actor.name), link: self.link(), list, by: actor.id };
        let notice = Notice::to_those_over(Right::ApproveSales, "discount_asked", self.organisation, about);
        notify(tx, notice, clock::now_ms()).await.map(drop)
    }

    /// Tells whoever looks after it how somebody else judged it.
    pub async fn judged(self, tx: &impl ConnectionTrait, actor: &Actor, approved: bool, note: &str) -> Result<(), DbErr> {
        let Some(owner) = self.owner.filter(|owner| *owner != actor.id) else { return Ok(()) };
        let mut data = self.data(&actor.name);
        data["approved"] = json!(approved);
        data["note"] = json!(note);
        notify(tx, Notice::to_person(owner, "discount_judged", data, self.link()), clock::now_ms()).await.map(drop)
    }
}
