//! What people were told in the pages, and how they want to be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{self, KINDS, Tone};
use crate::db::Db;
use crate::db::entity::notification::{self, Column};
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem};
use crate::platform::audit::{self, Change};
use crate::platform::identity::{Actor, Area, Breadth, Grant, Right, StoredRole};
use crate::platform::organisation::Tree;
use crate::platform::people::{PeopleError, email_of, set_own_email};
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;

#[derive(FromQueryResult)]
struct Held {
    id: i64,
    login: String,
    name: String,
    organisation_id: Option<i64>,
    role_id: i64,
    organisations: String,
}

/// Everybody who may sign in and has the right at the site, by the one scope function.
pub(super) async fn with_right(db: &impl ConnectionTrait, tree: Arc<Tree>, right: Right, site: Option<i64>) -> Result<Vec<i64>, DbErr> {
    let at = site.and_then(|site| tree.organisation_of(site));
    let sees = |actor: &Actor| scope::with(actor, Entity::Site, Some(right)).sees_of(site).then_some(0);
    Ok(holders(db, tree, right, at, sees).await?.into_iter().map(|(person, _)| person).collect())
}

/// Everybody who may sign in and has the right over records of whomever of an organisation, but for whoever did it; where it asks for the
/// nearest only those whose role is given at the lowest organisation.
pub(super) async fn over(
    db: &impl ConnectionTrait,
    tree: Arc<Tree>,
    right: Right,
    organisation: i64,
    (by, nearest): (Option<i64>, bool),
) -> Result<Vec<i64>, DbErr> {
    let above = tree.clone();
    // How low the place stands at which the right was given: 0 for the whole chain.
    let reaches = |actor: &Actor| match actor.area_of_others(Some(right)) {
        Area::All => Some(0),
        Area::Part { below, exactly } => {
            let holding = below.iter().filter(|place| above.is_within(organisation, **place));
            holding.chain(exactly.iter().filter(|place| **place == organisation)).map(|place| above.depth(*place)).max()
        }
    };
    let mut found = holders(db, tree, right, Some(organisation), reaches).await?;
    found.retain(|(person, _)| Some(*person) != by);
    let lowest = found.iter().map(|(_, depth)| *depth).max();
    Ok(found.into_iter().filter(|(_, depth)| !nearest || Some(*depth) == lowest).map(|(person, _)| person).collect())
}

/// People who may sign in and whose role with a right reaches something at or beneath a place, with what `reaches` says of each.
async fn holders(
    db: &impl ConnectionTrait,
    tree: Arc<Tree>,
    right: Right,
    at: Option<i64>,
    reaches: impl Fn(&Actor) -> Option<usize>,
) -> Result<Vec<(i64, usize)>, DbErr> {
    let columns = "SELECT id, code, name, name_en, built_in, scope, rights, fields, codes_required, version FROM role";
    let mut roles: Vec<StoredRole> = Sql::new(columns).all(db).await?;
    roles.retain(|role| role.rights().contains(&right));
    // All of them in one question: a chain has thousands of people who may hear of a thing. Of those whose role holds where they belong, only
    // those at the organisation and above it can.
    let mut sql = Sql::new(
        "SELECT u.id, u.login, u.name, u.organisation_id, p.role_id, p.organisations FROM hub_user u JOIN person_role p ON p.person_id = u.id \
         WHERE NOT u.disabled AND p.role_id IN ",
    )
    .among(roles.iter().map(|role| role.id));
    if let Some(node) = at.and_then(|organisation| tree.node(organisation)) {
        let near = node.path.split('/').filter_map(|id| id.parse::<i64>().ok());
        let everywhere = roles.iter().filter(|role| role.breadth() == Breadth::All).map(|role| role.id);
        sql = sql.text(" AND (p.organisations <> '[]' OR p.role_id IN ").among(everywhere);
        sql = sql.text(" OR u.organisation_id IN ").among(near).text(")");
    }
    let held: Vec<Held> = sql.text(" ORDER BY u.id").all(db).await?;
    let mut people: Vec<(i64, usize)> = Vec::new();
    for held in held {
        let Some(role) = roles.iter().find(|role| role.id == held.role_id) else { continue };
        // Organisations that cannot be read are none.
        let chosen = serde_json::from_str(&held.organisations).unwrap_or_else(|_| vec![0]);
        let grants = vec![Grant::at(role, held.organisation_id, chosen)];
        let (login, name, organisation) = (held.login, held.name, held.organisation_id);
        let actor = Actor { id: held.id, login, name, organisation, grants, tree: tree.clone() };
        match (reaches(&actor), people.last_mut()) {
            (Some(depth), Some(last)) if last.0 == held.id => last.1 = last.1.max(depth),
            (Some(depth), _) => people.push((held.id, depth)),
            (None, _) => {}
        }
    }
    Ok(people)
}

/// What somebody was told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notification {
    /// Number.
    pub id: i64,
    /// What kind of thing happened.
    pub kind: String,
    /// The site it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// One line, in the reader's language.
    pub title: String,
    /// A few lines, in the reader's language; may be empty.
    pub body: String,
    /// What it means.
    pub tone: Tone,
    /// How many of the same matter came before it was read.
    pub count: i32,
    /// The page that shows it.
    pub link: String,
    /// When the last of them came.
    pub at_ms: i64,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_ms: Option<i64>,
}

fn row(model: notification::Model, language: Language) -> Notification {
    let words = words::message(&model.kind, &model.data, model.count, language);
    Notification {
        id: model.id,
        kind: model.kind,
        site: model.site_id,
        title: words.title,
        body: words.body,
        tone: words.tone,
        count: model.count,
        link: model.link,
        at_ms: model.at_ms,
        read_ms: model.read_ms,
    }
}

/// What this person was told, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    user: i64,
    unread: bool,
    page: &PageQuery,
    language: Language,
) -> Result<Page<Notification>, Problem> {
    let before: Option<(i64, i64)> = page.after()?;
    let mut found = notification::Entity::find().filter(Column::UserId.eq(user));
    if unread {
        found = found.filter(Column::ReadMs.is_null());
    }
    let total = found.clone().count(db).await?.cast_signed();
    if let Some((at, id)) = before {
        let same = Condition::all().add(Column::AtMs.eq(at)).add(Column::Id.lt(id));
        found = found.filter(Condition::any().add(Column::AtMs.lt(at)).add(same));
    }
    let limit = page.limit();
    let rows = found.order_by_desc(Column::AtMs).order_by_desc(Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of(rows, limit, total, |row| (row.at_ms, row.id)).map(|model| row(model, language)))
}

/// One of them, when it is this person's.
///
/// # Errors
/// What the database said.
pub async fn notification(db: &impl ConnectionTrait, user: i64, id: i64, language: Language) -> Result<Option<Notification>, DbErr> {
    let found = notification::Entity::find_by_id(id).filter(Column::UserId.eq(user)).one(db).await?;
    Ok(found.map(|model| row(model, language)))
}

/// How many this person has not read.
///
/// # Errors
/// What the database said.
pub async fn unread(db: &impl ConnectionTrait, user: i64) -> Result<i64, DbErr> {
    Ok(notification::Entity::find().filter(Column::UserId.eq(user)).filter(Column::ReadMs.is_null()).count(db).await?.cast_signed())
}

/// Marks one, or all up to now, as read; how many were not.
pub(super) async fn read(db: &Db, user: i64, id: Option<i64>, now: i64) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let mut update = notification::Entity::update_many()
        .col_expr(Column::ReadMs, Expr::value(now))
        .filter(Column::UserId.eq(user))
        .filter(Column::ReadMs.is_null());
    if let Some(id) = id {
        update = update.filter(Column::Id.eq(id));
    }
    let read = update.exec(&tx).await?.rows_affected;
    tx.commit().await?;
    Ok(read)
}

/// How somebody wants to be told of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// The kind.
    pub kind: String,
    /// Its name, in the reader's language; not needed in a change.
    #[serde(default)]
    pub name: String,
    /// In the pages.
    pub app: bool,
    /// By mail, when there is an address.
    pub mail: bool,
}

/// How somebody wants to be told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// Their mail address, as with the person. In a change: nothing leaves it, an empty text takes it away.
    #[serde(default)]
    pub mail: Option<String>,
    /// Of which kinds, how.
    pub kinds: Vec<Choice>,
}

#[derive(FromQueryResult)]
struct Chosen {
    kind: String,
    way: String,
    wanted: bool,
}

/// How this person wants to be told.
pub(super) async fn choices(db: &impl ConnectionTrait, vault: &Vault, user: i64, language: Language) -> Result<Choices, PeopleError> {
    let chosen: Vec<Chosen> = Sql::new("SELECT kind, way, wanted FROM notification_choice WHERE user_id = ").bind(user).all(db).await?;
    let wants = |kind: &str, way: &str, usual: bool| chosen.iter().find(|c| c.kind == kind && c.way == way).map_or(usual, |c| c.wanted);
    let kinds = KINDS.iter().filter(|kind| !kind.named).map(|kind| Choice {
        kind: kind.word.to_owned(),
        name: if language == Language::Chinese { kind.zh } else { kind.en }.to_owned(),
        app: wants(kind.word, "app", true),
        mail: wants(kind.word, "mail", false),
    });
    Ok(Choices { mail: email_of(db, vault, user).await?, kinds: kinds.collect() })
}

/// Takes what somebody chose. Kinds that are not named stay as they were; so does the address when none is given, and an empty one takes it
/// away.
pub(super) async fn choose(db: &Db, vault: &Vault, person: (i64, &str), choices: &Choices) -> Result<(), PeopleError> {
    let tx = db.begin().await?;
    let before = chosen(&tx, person.0).await?;
    for choice in &choices.kinds {
        for (way, wanted) in [("app", choice.app), ("mail", choice.mail)] {
            let row: [sea_orm::Value; 4] = [person.0.into(), choice.kind.as_str().into(), way.into(), wanted.into()];
            Sql::new("INSERT INTO notification_choice (user_id, kind, way, wanted) VALUES ")
                .list(row)
                .text(" ON CONFLICT (user_id, kind, way) DO UPDATE SET wanted = excluded.wanted")
                .run(&tx)
                .await?;
        }
    }
    if let Some(mail) = &choices.mail {
        set_own_email(&tx, vault, person, mail).await?;
    }
    let after = chosen(&tx, person.0).await?;
    if before != after {
        let change = Change { author: person.1, entity: "person", id: person.0.to_string(), action: "choose" };
        audit::record(&tx, change, Some(before), Some(after)).await?;
    }
    Ok(tx.commit().await?)
}

/// What somebody chose, by kind and way: `task.mail`.
async fn chosen(tx: &impl ConnectionTrait, person: i64) -> Result<BTreeMap<String, bool>, DbErr> {
    let chosen: Vec<Chosen> = Sql::new("SELECT kind, way, wanted FROM notification_choice WHERE user_id = ").bind(person).all(tx).await?;
    Ok(chosen.into_iter().map(|Chosen { kind, way, wanted }| (format!("{kind}.{way}"), wanted)).collect())
}

/// Of these people, those who want a kind by a way.
pub(super) async fn who_want(db: &impl ConnectionTrait, people: &[i64], kind: &str, way: &str, usual: bool) -> Result<Vec<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Other {
        user_id: i64,
    }
    let others: Vec<Other> = Sql::new("SELECT user_id FROM notification_choice WHERE kind = ")
        .bind(kind)
        .text(" AND way = ")
        .bind(way)
        .text(" AND wanted = ")
        .bind(!usual)
        .all(db)
        .await?;
    let others: std::collections::HashSet<i64> = others.into_iter().map(|other| other.user_id).collect();
    Ok(people.iter().copied().filter(|person| others.contains(person) != usual).collect())
}
