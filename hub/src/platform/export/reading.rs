//! What a list reads its rows with, and how it says them: the reader, their language, the words of sites, the custom fields they see.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use qitao_domain::quantity::{Money, Quantity};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};
use serde_json::{Map, Value as Json};

use super::filters::Filters;
use super::sheet::Out;
use crate::http::page::Page;
use crate::http::problem::{Language, Problem};
use crate::platform::fields::access::Narrowed;
use crate::platform::fields::{Compiled, CompiledField, Fields};
use crate::platform::identity::Actor;
use crate::platform::scope::{self, Entity, Part, Scope};
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;

/// Codes of sites.
#[derive(Debug, Default)]
pub struct Sites(HashMap<i64, String>);

#[derive(FromQueryResult)]
struct Site {
    id: i64,
    code: String,
}

impl Sites {
    /// All of them.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rows: Vec<Site> = Sql::new("SELECT id, code FROM site").all(db).await?;
        Ok(Self(rows.into_iter().map(|row| (row.id, row.code)).collect()))
    }
}

/// Words of kinds and states: in the database, in Chinese, in English.
pub type Words = &'static [(&'static str, &'static str, &'static str)];

/// How a list is read for a sheet, and told.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Where.
    pub db: &'a DatabaseConnection,
    /// By whom.
    pub actor: &'a Actor,
    /// With which filters.
    pub filters: &'a Filters,
    /// The reader's language.
    pub language: Language,
    /// The time zone that days are of.
    pub zone: &'a TimeZone,
    /// Opens what is personal, to mask it.
    pub vault: &'a Vault,
    /// Lists of options that rows are told with.
    pub settings: &'a Fields,
    /// The list's custom fields, where it has any.
    pub fields: Option<&'a Arc<Compiled>>,
    /// Those of them that the reader sees; they are the last columns.
    pub custom: &'a [&'a CompiledField],
    /// Codes of sites.
    pub sites: &'a Sites,
}

impl Reading<'_> {
    /// Whether the reader reads Chinese.
    #[must_use]
    pub fn zh(&self) -> bool {
        self.language == Language::Chinese
    }

    /// What the reader sees of such records at the place that the filters name.
    ///
    /// # Errors
    /// A problem: without the right, or a place out of scope.
    pub fn scope(&self, entity: Entity) -> Result<Scope, Problem> {
        scope::asked(self.actor, entity)?.at(&self.actor.tree, self.filters.read::<Part>()?)
    }

    /// The custom fields of a list that has some.
    ///
    /// # Errors
    /// A 500 problem where it says that it has none.
    pub fn set(&self) -> Result<&Arc<Compiled>, Problem> {
        self.fields.ok_or_else(|| Problem::internal(&"a list without its custom fields"))
    }

    /// How the filters about custom fields narrow the list; `alias` is that of the table in its statement.
    ///
    /// # Errors
    /// A 400 problem that names the parameter.
    pub fn narrowed(&self, alias: &str) -> Result<Narrowed, Problem> {
        self.filters.custom().narrow(self.set()?, self.actor, self.db.get_database_backend(), alias)
    }

    /// One of two texts, Chinese first.
    #[must_use]
    pub fn titles(&self, (zh, en): (&str, &str)) -> Out {
        Out::from(if self.zh() || en.is_empty() { zh } else { en })
    }

    /// Yes or no.
    #[must_use]
    pub fn yes(&self, flag: bool) -> Out {
        self.titles(if flag { ("是", "yes") } else { ("否", "no") })
    }

    /// What people call a kind or a state.
    #[must_use]
    pub fn word(&self, words: Words, word: &str) -> Out {
        let found = words.iter().find(|(known, ..)| *known == word);
        found.map_or_else(|| word.into(), |(_, zh, en)| self.titles((zh, en)))
    }

    /// The code of a site.
    #[must_use]
    pub fn site(&self, site: Option<i64>) -> Out {
        site.and_then(|site| self.sites.0.get(&site)).map(String::as_str).into()
    }

    /// A row with its custom fields behind its own.
    #[must_use]
    pub fn with_custom(&self, own: impl IntoIterator<Item = Out>, values: &Map<String, Json>) -> Vec<Out> {
        let custom = self.custom.iter().map(|of| Out::from(of.cell(values.get(&of.field.key), self.language)));
        own.into_iter().chain(custom).collect()
    }
}

/// Some rows, and where to go on.
pub struct Rows {
    /// The rows.
    pub rows: Vec<Vec<Out>>,
    /// Cursor of those that follow.
    pub next: Option<String>,
    /// Rows of the whole list.
    pub total: i64,
    /// There are more, which a search does not go through.
    pub at_least: bool,
}

impl Rows {
    /// Those of a page.
    pub fn of<T>(page: Page<T>, row: impl FnMut(T) -> Vec<Out>) -> Self {
        Self { next: page.next, total: page.total, at_least: page.at_least, rows: page.items.into_iter().map(row).collect() }
    }
}

/// A moment, where there is one.
#[must_use]
pub fn moment(ms: Option<i64>) -> Out {
    ms.map_or(Out::Empty, Out::Moment)
}

/// Money, in yuan.
#[must_use]
pub const fn yuan(money: Money) -> Out {
    Out::Amount(Quantity::from_raw(money.raw().saturating_mul(10)))
}
