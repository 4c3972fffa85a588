//! Telling people and programs what happened.
//!
//! A business module calls [`notify`] in the transaction of its change. The notice and the job that hands it out are rows of that
//! transaction: nothing is told of a change that was rolled back, and nothing is lost when the hub is killed. The job ([`hand_out`])
//! writes, in one transaction, what each person sees in the pages, one message for each channel and mailbox, one delivery for each
//! webhook, and the note that the notice was handed out; so this happens once. Sending is the work of other jobs ([`channels`], [`mail`],
//! [`crate::platform::webhooks`]), and happens at least once.
//!
//! Who is told: one person, or everybody who has the right and whose scope (the one scope function) sees the site or the organisation; of
//! what one person settles only those who are nearest ([`words::Kind::nearest`]). A channel or webhook of
//! a site hears of that site, a channel of an organisation of the sites there and beneath it, one of the whole chain of everything; but of what
//! speaks of money only those that name it ([`words::Kind::named`]).

pub mod api;
mod away;
pub mod bots;
mod channels;
pub mod channels_api;
mod hand_out;
mod mail;
mod people;
pub mod settings;
mod summary;
pub mod words;

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Value, json};

pub use away::{serve as watch_edges, watch};
pub use people::{Notification, notification, unread};

use super::clock::Clock;
use super::identity::Right;
use super::jobs::{self, Handler, NewJob};
use super::organisation::Organisations;
use super::sql::Sql;
use super::vault::Vault;
use super::webhooks::outside::Outside;
use crate::db::{Db, storable_json};
use crate::live::Live;
use settings::Settings;

/// A notice to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// One of [`words::KINDS`].
    pub kind: &'static str,
    /// The site it is about; none for the whole chain.
    pub site: Option<i64>,
    /// The organisation it is about, for its groups and those above it; such notices are not about a site.
    pub organisation: Option<i64>,
    /// To this person alone.
    pub person: Option<i64>,
    /// To those with this right at the site, or over records of the organisation.
    pub audience: Option<Right>,
    /// What happened; the words are made of it.
    pub data: Value,
    /// The page that shows it: `/exceptions/7`.
    pub link: String,
    /// The same key is told once, ever.
    pub key: Option<String>,
    /// Not urgent: bots get it within two minutes, not all at the same second.
    pub spread: bool,
}

impl Notice {
    /// To those with a right at a site.
    #[must_use]
    pub fn to_those_with(right: Right, kind: &'static str, site: Option<i64>, data: Value, link: impl Into<String>) -> Self {
        Self { kind, site, organisation: None, person: None, audience: Some(right), data, link: link.into(), key: None, spread: false }
    }

    /// To those with a right over others' records of an organisation, and to groups of it and above it; of [`words::Kind::nearest`] kinds
    /// only to those who are nearest. `by` did it, and needs not be told. Of several of a kind that nobody has read, `list` shows all.
    #[must_use]
    pub fn to_those_over(right: Right, kind: &'static str, organisation: i64, about: About<'_>) -> Self {
        let About { mut data, link, list, by } = about;
        data["by"] = json!(by);
        data["list"] = json!(list);
        Self { organisation: Some(organisation), ..Self::to_those_with(right, kind, None, data, link) }
    }

    /// To one person, about the chain.
    #[must_use]
    pub fn to_person(person: i64, kind: &'static str, data: Value, link: impl Into<String>) -> Self {
        Self {
            kind,
            site: None,
            organisation: None,
            person: Some(person),
            audience: None,
            data,
            link: link.into(),
            key: None,
            spread: false,
        }
    }

    /// To groups that name its kind, of an organisation or of those above it.
    #[must_use]
    pub fn to_groups(organisation: i64, kind: &'static str, data: Value, link: impl Into<String>) -> Self {
        let (link, organisation) = (link.into(), Some(organisation));
        Self { kind, site: None, organisation, person: None, audience: None, data, link, key: None, spread: false }
    }

    /// Told once for this key, however often it is asked for.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Not urgent.
    #[must_use]
    pub fn spread(mut self) -> Self {
        self.spread = true;
        self
    }
}

/// What a notice to those over an organisation is about.
#[derive(Debug)]
pub struct About<'a> {
    /// What happened.
    pub data: Value,
    /// The page that shows it.
    pub link: String,
    /// The page that lists all that wait like it.
    pub list: &'a str,
    /// Who did it.
    pub by: i64,
}

/// Writes a notice down in the caller's transaction; it is told after commit. Its number, or nothing when its key was told before.
///
/// # Errors
/// What the database said.
pub async fn notify(tx: &impl ConnectionTrait, notice: Notice, now_ms: i64) -> Result<Option<i64>, DbErr> {
    let values: [sea_orm::Value; 10] = [
        notice.kind.into(),
        notice.site.into(),
        notice.organisation.into(),
        notice.person.into(),
        notice.audience.map(|right| right.word().to_owned()).into(),
        storable_json(notice.data).into(),
        notice.link.into(),
        notice.spread.into(),
        notice.key.into(),
        now_ms.into(),
    ];
    let columns = "INSERT INTO notice (kind, site_id, organisation_id, user_id, audience, data, link, spread, key, created_ms) VALUES ";
    let id = Sql::new(columns).list(values).text(" ON CONFLICT (key) DO NOTHING RETURNING id").number(tx).await?;
    if id == 0 {
        return Ok(None);
    }
    jobs::put(tx, NewJob::new(hand_out::KIND, json!({ "notice": id }), "hub", now_ms)).await?;
    Ok(Some(id))
}

/// What sending needs; clones share it.
#[derive(Clone)]
pub struct Telling(Arc<Means>);

/// The means.
pub struct Means {
    /// The database.
    pub db: Db,
    /// Who watches.
    pub live: Live,
    /// The time.
    pub clock: Clock,
    /// How the hub speaks to the outside.
    pub settings: Settings,
    /// The tree of organisations.
    pub organisations: Organisations,
    /// Keys of addresses and secrets.
    pub vault: Vault,
    /// The way out over HTTP.
    pub outside: Outside,
}

impl std::ops::Deref for Telling {
    type Target = Means;

    fn deref(&self) -> &Means {
        &self.0
    }
}

impl Telling {
    /// Puts the means together.
    #[must_use]
    pub fn new(db: Db, live: Live, clock: Clock, settings: Settings, vault: Vault) -> Self {
        let outside = Outside::new(settings.private_addresses);
        let organisations = Organisations::new(db.clone());
        Self(Arc::new(Means { db, live, clock, settings, organisations, vault, outside }))
    }

    /// The handlers of its jobs.
    #[must_use]
    pub fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        vec![
            Arc::new(hand_out::HandOut(self.clone())),
            Arc::new(channels::Send(self.clone())),
            Arc::new(mail::Send(self.clone())),
            Arc::new(summary::Daily(self.clone())),
            Arc::new(super::webhooks::Deliver(self.clone())),
        ]
    }
}
