//! Comments in the database: written with whoever is told of them, and listed.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{CommentError, LONGEST, MOST_NAMED};
use crate::db::entity::hub_user;
use crate::http::page::{Page, PageQuery, Sort};
use crate::http::problem::Problem;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::files::owner::Owner;
use crate::platform::identity::{self, Actor, FieldRight};
use crate::platform::notifications::{Notice, notify};
use crate::platform::once;
use crate::platform::scope::{self, Entity};
use crate::platform::search;
use crate::platform::sql::Sql;
use crate::platform::vault::{COMMENT_TEXT, Sealed, without_numbers};
use crate::service::tickets;
use crate::state::App;

/// Of so many who fit what was typed it is looked who sees the record.
const LOOKED_AT: i64 = 40;
/// So many are offered.
const OFFERED: usize = 10;

/// Somebody who is named, or can be.
#[derive(Debug, Clone, Serialize, ToSchema, FromQueryResult)]
#[schema(as = CommentPerson)]
pub struct PersonNamed {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Where they belong: it tells two of one name apart.
    pub organisation_name: Option<String>,
}

const PERSON: &str =
    "SELECT u.id, u.name, o.name AS organisation_name FROM hub_user u LEFT JOIN organisation o ON o.id = u.organisation_id";

/// What was said of a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentRow {
    /// Number.
    pub id: i64,
    /// By whom: a login.
    pub author: String,
    /// Their name.
    pub author_name: String,
    /// When.
    pub at_ms: i64,
    /// What: with numbers cut to their ends where the reader is not shown the phone of the record.
    pub text: String,
    /// Who was named.
    pub people: Vec<PersonNamed>,
}

#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    author: String,
    author_name: String,
    at_ms: i64,
    text: Option<Sealed>,
    people: String,
}

/// A text of several lines; nothing for one that is empty, too long or holds other control characters.
fn plain(given: &str) -> Option<String> {
    let text = given.replace("\r\n", "\n");
    let text = text.trim();
    let fits = (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    fits.then(|| text.to_owned())
}

fn named(people: &str) -> Vec<i64> {
    serde_json::from_str(people).unwrap_or_default()
}

/// Whether somebody who sees a record is shown numbers of phones in what was said of it: where they are shown its own, or its customer's.
async fn shows_numbers(app: &App, reader: &Actor, (of, record): (Owner, i64)) -> Result<bool, Problem> {
    if of == Owner::Ticket {
        return tickets::shows_numbers(app, reader, record).await;
    }
    let sight = of.sight(app.db.read(), reader, record).await?;
    Ok(sight.right("customer", "phone", false) >= FieldRight::Read)
}

/// What was said of a record, the newest first, as a reader sees it.
pub(super) async fn list(app: &App, reader: &Actor, about: (Owner, i64), page: &PageQuery) -> Result<Page<CommentRow>, Problem> {
    let (db, (of, record)) = (app.db.read(), about);
    let (keys, whole) = (app.vault.for_reading(db).await?, shows_numbers(app, reader, about).await?);
    let shown = |row: &Stored| {
        let text = keys.shown(&COMMENT_TEXT, row.id, row.text.as_ref(), FieldRight::Read).unwrap_or_default();
        if whole || row.author == reader.login { text } else { without_numbers(&text) }
    };
    let filter = Sql::new(" WHERE c.entity = ").bind(of.word()).text(" AND c.record_id = ").bind(record);
    let filter = if of == Owner::Item { within_the_house(filter, reader) } else { filter };
    let each = Sql::new("SELECT 1 FROM comment c").append(&filter);
    let columns = "SELECT c.id, u.login AS author, u.name AS author_name, c.at_ms, c.text, c.people FROM comment c \
                   JOIN hub_user u ON u.id = c.author_id";
    let page = page.rows(db, each, Sql::new(columns).append(&filter), Sort::down(&["c.id"]), |row: &Stored| row.id).await?;
    let ids: Vec<i64> = page.items.iter().flat_map(|row| named(&row.people)).collect();
    let people: Vec<PersonNamed> = Sql::new(PERSON).text(" WHERE u.id IN ").among(ids).all(db).await?;
    let people: BTreeMap<i64, PersonNamed> = people.into_iter().map(|person| (person.id, person)).collect();
    Ok(page.map(|row| CommentRow {
        id: row.id,
        text: shown(&row),
        people: named(&row.people).iter().filter_map(|id| people.get(id).cloned()).collect(),
        author: row.author,
        author_name: row.author_name,
        at_ms: row.at_ms,
    }))
}

/// Adds ` AND (…)` for comments of a record that everybody sees: those of organisations that the reader may see, their own, and those that
/// name them.
fn within_the_house(sql: Sql, reader: &Actor) -> Sql {
    let near = scope::of(reader, Entity::Organisation).filter_organisation(sql.text(" AND ((1 = 1"), "c.organisation_id");
    let sql = near.text(") OR c.author_id = ").bind(reader.id);
    // As it is kept: `[1,20]`.
    let named = [format!("[{},%", reader.id), format!("%,{},%", reader.id), format!("%,{}]", reader.id), format!("[{}]", reader.id)];
    named.into_iter().fold(sql, |sql, like| sql.text(" OR c.people LIKE ").bind(like)).text(")")
}

/// Whether somebody may sign in, sees a record, and may be named there by another; with them.
async fn sees(app: &App, by: &Actor, person: i64, (of, record): (Owner, i64)) -> Result<Option<hub_user::Model>, DbErr> {
    let found = hub_user::Entity::find_by_id(person).one(app.db.read()).await?;
    let Some(user) = found.filter(|user| !user.disabled) else { return Ok(None) };
    // Everybody sees items.
    if of == Owner::Item && !scope::of(by, Entity::Organisation).sees_organisation(user.organisation_id) {
        return Ok(None);
    }
    let actor = identity::actor(app.db.read(), by.tree.clone(), &user).await?;
    Ok(of.seen_itself(&app.files, &actor, record).await.is_ok().then_some(user))
}

/// Who fits what was typed and sees a record, the reader left out.
pub(super) async fn people(app: &App, reader: &Actor, about: (Owner, i64), typed: Option<&str>) -> Result<Vec<PersonNamed>, DbErr> {
    let db = app.db.read();
    let said = search::narrow(db, search::Kind::Person, typed, "u.id").await?;
    let sql = Sql::new(PERSON).text(" WHERE NOT u.disabled AND u.id <> ").bind(reader.id);
    // Whoever stands nearest comes first: colleagues of the same organisation.
    let sql = sql.append(&said.filter);
    let sql =
        if about.0 == Owner::Item { scope::of(reader, Entity::Organisation).filter_organisation(sql, "u.organisation_id") } else { sql };
    let sql = sql.text(" ORDER BY CASE WHEN u.organisation_id = ").bind(reader.organisation);
    let fit: Vec<PersonNamed> = sql.text(" THEN 0 ELSE 1 END, u.name, u.id LIMIT ").bind(LOOKED_AT).all(db).await?;
    let mut people = Vec::new();
    for person in fit {
        if people.len() == OFFERED {
            break;
        }
        if sees(app, reader, person.id, about).await?.is_some() {
            people.push(person);
        }
    }
    Ok(people)
}

/// What people call a record, in Chinese and English, and its page.
async fn called(db: &impl ConnectionTrait, (of, record): (Owner, i64)) -> Result<((String, String), String), DbErr> {
    let (zh, en, code, page) = match of {
        Owner::Item => ("商品", "item", "SELECT code FROM item WHERE id = ", "items"),
        Owner::Task => ("任务", "task", "SELECT number FROM task WHERE id = ", "tasks"),
        Owner::Case => ("异常", "case", "SELECT CAST(id AS TEXT) FROM exception WHERE id = ", "exceptions"),
        Owner::Customer => ("客户", "customer", "SELECT code FROM customer WHERE id = ", "customers"),
        Owner::Opportunity => ("商机", "opportunity", "SELECT code FROM opportunity WHERE id = ", "opportunities"),
        Owner::Ticket => ("工单", "ticket", "SELECT code FROM ticket WHERE id = ", "tickets"),
        Owner::Contract => ("合同", "contract", "SELECT code FROM contract WHERE id = ", "contracts"),
        Owner::Order => ("订单", "order", "SELECT code FROM sales_order WHERE id = ", "orders"),
    };
    let code = Sql::new(code).bind(record).word(db).await?.unwrap_or_else(|| record.to_string());
    Ok(((format!("{zh} {code}"), format!("{en} {code}")), format!("/{page}/{record}")))
}

/// Notes what somebody says of a record, and tells those whom they name; its number. The same key again is the comment that it made.
pub(super) async fn say(
    app: &App,
    author: &Actor,
    about: (Owner, i64),
    (text, people): (&str, &[i64]),
    key: Option<String>,
) -> Result<i64, CommentError> {
    let text = plain(text).ok_or(CommentError::Text)?;
    let mut people: Vec<i64> = people.iter().copied().filter(|person| *person != author.id).collect();
    people.sort_unstable();
    people.dedup();
    if people.len() > MOST_NAMED {
        return Err(CommentError::TooMany);
    }
    for person in &people {
        if sees(app, author, *person, about).await?.is_none() {
            return Err(CommentError::Sightless(*person));
        }
    }
    let (now, (of, record)) = (clock::now_ms(), about);
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    if let Some(made) = once::made(&tx, "comment", key.as_deref()).await? {
        return Ok(made);
    }
    let values: [sea_orm::Value; 7] = [
        of.word().into(),
        record.into(),
        author.id.into(),
        author.organisation.into(),
        json!(people).to_string().into(),
        now.into(),
        key.into(),
    ];
    let columns = "INSERT INTO comment (entity, record_id, author_id, organisation_id, people, at_ms, idempotency_key) VALUES ";
    let id = Sql::new(columns).list(values).text(" RETURNING id").number(&tx).await?;
    keys.put(&tx, &COMMENT_TEXT, id, Some(&text)).await?;
    let change = Change { author: &author.login, entity: of.word(), id: record.to_string(), action: "comment" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"comment": id, "people": people}))).await?;
    let ((zh, en), link) = called(&tx, about).await?;
    for person in people {
        let data = json!({"by": author.name, "about_zh": zh, "about_en": en});
        notify(&tx, Notice::to_person(person, "mentioned", data, link.clone()).once(format!("mentioned:{id}:{person}")), now).await?;
    }
    tx.commit().await?;
    app.jobs.wake();
    Ok(id)
}
