//! Acts: a ticket goes from one state to the next, with everything that belongs to the step, in one transaction.

use sea_orm::{ConnectionTrait, Value as DbValue};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::TicketError;
use super::cartons;
use super::model::{Doing, Payload};
use super::place::Place;
use super::rules::{Choices, DAY_MS, Settings, TEXT, done_at};
use super::states::{Act, Kind, next};
use super::store::{Stored, has, place_of};
use super::waiting::{Came, Told};
use super::write::{AHEAD_MS, Personal, Plain, code_of, insert, placed, seal, tell_customer, written};
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::fields::Compiled;
use crate::platform::identity::{Actor, FieldRight, Right};
use crate::platform::sql::Sql;
use crate::platform::vault::{
    CHECK_IN_PLACE, Keys, TICKET_ADDRESS, TICKET_CONTACT, TICKET_NOTE, TICKET_PHONE, TICKET_PLACE, TICKET_PROBLEM, TICKET_REASON,
    TICKET_RESULT, TICKET_STEPS,
};
use crate::service::surveys;

/// Most characters of a reason.
const REASON: usize = 200;

/// Who does it, with what, and when.
pub(in crate::service) struct By<'a> {
    pub actor: &'a Actor,
    pub settings: &'a Settings,
    pub choices: &'a Choices,
    /// The custom fields of tickets, for one that is made.
    pub set: &'a Compiled,
    /// When it was done by a phone's clock.
    pub made_ms: Option<i64>,
    /// What keeps a ticket that is made from being made twice.
    pub key: Option<String>,
}

/// What an act changes in the row of the ticket, and what it says of itself.
#[derive(Default)]
struct Changes {
    columns: Vec<(&'static str, DbValue)>,
    sealed: Vec<Personal>,
    told: Map<String, Value>,
}

impl Changes {
    fn set(mut self, column: &'static str, value: impl Into<DbValue>) -> Self {
        self.columns.push((column, value.into()));
        self
    }

    fn tell(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.told.insert(name.to_owned(), value.into());
        self
    }
}

fn reason(payload: &Payload) -> Result<Personal, TicketError> {
    let given = payload.reason.as_ref().map_or("", |reason| reason.trim());
    if !(2..=REASON).contains(&given.chars().count()) || given.chars().any(char::is_control) {
        return Err(TicketError::Text { field: "reason", least: 2, most: REASON });
    }
    Ok((TICKET_REASON, Some(Zeroizing::new(given.to_owned()))))
}

fn appointed(payload: &Payload, now_ms: i64) -> Result<Option<i64>, TicketError> {
    match payload.appointed_ms {
        Some(at) if !(now_ms - 30 * DAY_MS..=now_ms + AHEAD_MS).contains(&at) => Err(TicketError::Moment("appointed_ms")),
        at => Ok(at),
    }
}

fn reported(payload: &Payload) -> Result<Vec<Personal>, TicketError> {
    let texts = [(TICKET_STEPS, &payload.steps), (TICKET_RESULT, &payload.result), (TICKET_NOTE, &payload.note)];
    texts.into_iter().filter_map(|(column, text)| text.as_ref().map(|text| written(column, text))).collect()
}

/// Goes on only when tickets may be given to somebody: who does visits, where the giver gives tickets out.
async fn may_have(tx: &impl ConnectionTrait, actor: &Actor, person: i64) -> Result<(), TicketError> {
    let sql = Sql::new(
        "SELECT COALESCE(u.organisation_id, 0) FROM hub_user u WHERE NOT u.disabled AND u.id IN (SELECT p.person_id FROM person_role p \
         JOIN role r ON r.id = p.role_id WHERE r.rights LIKE '%\"visits\"%') AND u.id = ",
    );
    let organisation = sql.bind(person).number(tx).await?;
    let may = organisation > 0 && actor.may_at(Right::Tickets, Some(organisation)).is_ok();
    if may { Ok(()) } else { Err(TicketError::Nothing { field: "installer", what: person.to_string() }) }
}

/// What each act changes in the row.
async fn changes(tx: &impl ConnectionTrait, row: &Stored, doing: &Doing, by: &By<'_>, now: i64) -> Result<Changes, TicketError> {
    let (payload, none) = (&doing.payload, Changes::default());
    Ok(match doing.act {
        Act::Dispatch => {
            let to = payload.installer.ok_or(TicketError::Needed("installer"))?;
            may_have(tx, by.actor, to).await?;
            let at = appointed(payload, now)?.or(row.appointed_ms);
            let given = none.set("installer_id", to).set("dispatcher_id", by.actor.id).set("appointed_ms", at);
            given.tell("installer", to).tell("appointed_ms", at)
        }
        Act::Appoint => {
            let at = appointed(payload, now)?.ok_or(TicketError::Needed("appointed_ms"))?;
            none.set("appointed_ms", at).tell("appointed_ms", at)
        }
        Act::Decline => Changes { sealed: vec![reason(payload)?], ..none.set("installer_id", None::<i64>) },
        Act::Cancel => Changes { sealed: vec![reason(payload)?], ..none },
        Act::Report => Changes { sealed: reported(payload)?, ..none },
        Act::Close => Changes { sealed: payload.note.iter().map(|note| written(TICKET_NOTE, note)).collect::<Result<_, _>>()?, ..none },
        Act::Complete => {
            let at = done_at(by.made_ms, now);
            let satisfaction = payload.satisfaction.filter(|_| row.kind() == Kind::ReturnVisit);
            if satisfaction.is_some_and(|stars| !(1..=5).contains(&stars)) {
                return Err(TicketError::Nothing { field: "satisfaction", what: satisfaction.unwrap_or_default().to_string() });
            }
            let done = none.set("done_ms", at).set("satisfaction", satisfaction.or(row.satisfaction)).tell("done_ms", at);
            Changes { sealed: reported(payload)?, ..done }
        }
        Act::Accept | Act::CheckIn | Act::Scan | Act::AfterSales => none,
    })
}

/// Does something with a ticket as it was read; the number of the ticket that was made by it. Nothing is changed when it is refused, as long as
/// the caller commits only then.
pub(in crate::service) async fn perform(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    row: &Stored,
    doing: &Doing,
    by: &By<'_>,
) -> Result<Option<i64>, TicketError> {
    let (act, now, author) = (doing.act, clock::now_ms(), by.actor.login.as_str());
    let to = next(row.kind(), row.state(), act).ok_or(TicketError::Illegal { act, state: row.state() })?;
    let Changes { columns, sealed, mut told } = changes(tx, row, doing, by, now).await?;
    let mut sql = Sql::new("UPDATE ticket SET version = version + 1, state = ").bind(to.word());
    for (name, value) in columns {
        sql = sql.text(&format!(", {name} = ")).bind(value);
    }
    // From here on nobody else moves it.
    if sql.text(" WHERE id = ").bind(row.id).text(" AND version = ").bind(row.version).run(tx).await? == 0 {
        return Err(TicketError::Changed);
    }
    seal(tx, keys, row.id, &sealed, &mut told).await?;
    let made = match act {
        Act::CheckIn => {
            check_in(tx, keys, row, &doing.payload, by, &mut told).await?;
            None
        }
        Act::Scan => {
            let code = doing.payload.code.as_deref().map(str::trim).filter(|code| (1..=cartons::CODE).contains(&code.chars().count()));
            let (item, carton) = cartons::scan(tx, row.id, code.ok_or(TicketError::Needed("code"))?).await?;
            told.extend([("item".to_owned(), item.into()), ("carton".to_owned(), carton.into())]);
            None
        }
        Act::Complete => complete(tx, keys, row, doing, by).await?,
        Act::AfterSales => Some(after_sales(tx, keys, row, &doing.payload, by).await?),
        _ => None,
    };
    if let Some(made) = made {
        told.insert("made".to_owned(), made.into());
    }
    let step = "INSERT INTO ticket_step (ticket_id, act, from_state, to_state, at_ms, made_ms, author) VALUES ";
    let values: [DbValue; 7] =
        [row.id.into(), act.word().into(), row.state.clone().into(), to.word().into(), now.into(), by.made_ms.into(), author.into()];
    Sql::new(step).list(values).run(tx).await?;
    told.insert("state".to_owned(), to.word().into());
    let old = json!({"state": row.state});
    audit::record(tx, Change { author, entity: "ticket", id: row.id.to_string(), action: act.word() }, Some(old), Some(told)).await?;
    match act {
        Act::Dispatch => {
            if let Some(given) = doing.payload.installer {
                if let Some(before) = row.installer_id.filter(|before| *before != given) {
                    row.told().taken(tx, by.actor, before, false).await?;
                }
                row.told().given(tx, by.actor, given, doing.payload.appointed_ms.or(row.appointed_ms)).await?;
            }
        }
        Act::Cancel => {
            if let Some(before) = row.installer_id {
                row.told().taken(tx, by.actor, before, true).await?;
            }
        }
        Act::Decline => row.told().waits(tx, by.actor, Came::Back).await?,
        _ => {}
    }
    if to != row.state() && !to.is_open() {
        tell_customer(tx, author, row.customer_id, (row.id, &row.code), row.kind(), to).await?;
    }
    Ok(made)
}

/// Notes who was where. The first place of a visit becomes the ticket's, where nobody has said one; without a place a check-in counts as far.
async fn check_in(
    tx: &impl ConnectionTrait,
    keys: &Keys,
    row: &Stored,
    payload: &Payload,
    by: &By<'_>,
    told: &mut Map<String, Value>,
) -> Result<(), TicketError> {
    let known: Option<Place> = keys.shown(&TICKET_PLACE, row.id, row.place.as_ref(), FieldRight::Read).as_deref().and_then(place_of);
    let distance = payload.place.zip(known).map(|(here, there)| here.metres_to(&there));
    let far = payload.place.is_none() || distance.is_some_and(|metres| metres > i64::from(by.settings.far_m));
    if payload.accuracy_m.is_some_and(|metres| !(0..=1_000_000).contains(&metres)) {
        return Err(TicketError::Nothing { field: "accuracy_m", what: "out of bounds".to_owned() });
    }
    let values: [DbValue; 7] = [
        row.id.into(),
        clock::now_ms().into(),
        by.made_ms.into(),
        by.actor.login.clone().into(),
        payload.accuracy_m.into(),
        distance.into(),
        far.into(),
    ];
    let sql = Sql::new("INSERT INTO ticket_check_in (ticket_id, at_ms, made_ms, author, accuracy_m, distance_m, far) VALUES ");
    let visit = sql.list(values).text(" RETURNING id").number(tx).await?;
    if let Some(place) = payload.place {
        let text = placed(place)?;
        keys.put(tx, &CHECK_IN_PLACE, visit, Some(text.as_str())).await?;
        if known.is_none() {
            keys.put(tx, &TICKET_PLACE, row.id, Some(text.as_str())).await?;
        }
    }
    Sql::new("UPDATE ticket SET far = (far OR ").bind(far).text(") WHERE id = ").bind(row.id).run(tx).await?;
    told.extend([("distance_m".to_owned(), json!(distance)), ("far".to_owned(), far.into())]);
    Ok(())
}

/// What a ticket that is made of another takes over.
fn carried(keys: &Keys, row: &Stored) -> Result<Vec<Personal>, TicketError> {
    let columns = [(TICKET_CONTACT, &row.contact), (TICKET_PHONE, &row.phone), (TICKET_ADDRESS, &row.address), (TICKET_PLACE, &row.place)];
    let mut carried = Vec::new();
    for (column, sealed) in columns {
        let Some(sealed) = sealed else { continue };
        carried.push((column, Some(Zeroizing::new(keys.open(&column, row.id, sealed)?.expose().to_owned()))));
    }
    Ok(carried)
}

fn made_of(row: &Stored, kind: Kind, by: &By<'_>, now_ms: i64) -> Plain {
    Plain {
        dispatcher: row.dispatcher_id,
        customer: row.customer_id,
        order: row.order_id,
        item: row.item_id,
        from: Some(row.id),
        custom: by.set.defaults(&by.actor.tree, Some(row.organisation_id)),
        ..Plain::new(kind, row.organisation_id, now_ms)
    }
}

/// Completion asks for what the settings ask; a return visit becomes due, and the customer can say what they think. What was said in a return
/// visit goes to the ticket that it was about.
async fn complete(tx: &impl ConnectionTrait, keys: &Keys, row: &Stored, doing: &Doing, by: &By<'_>) -> Result<Option<i64>, TicketError> {
    let missing = by.settings.needs(row.kind()).missing(has(tx, row.id).await?);
    if !missing.is_empty() {
        return Err(TicketError::Missing(missing));
    }
    let author = by.actor.login.as_str();
    if row.kind() == Kind::ReturnVisit {
        if let (Some(about), Some(stars)) = (row.from_id, doing.payload.satisfaction) {
            Sql::new("UPDATE ticket SET version = version + 1, satisfaction = ")
                .bind(stars)
                .text(" WHERE id = ")
                .bind(about)
                .run(tx)
                .await?;
            let change = Change { author, entity: "ticket", id: about.to_string(), action: "return_visit" };
            audit::record(tx, change, audit::NOTHING, Some(json!({"satisfaction": stars, "return_visit": row.id}))).await?;
        }
        return Ok(None);
    }
    let now = clock::now_ms();
    surveys::open(tx, keys, row.id, now + i64::from(by.settings.survey_days) * DAY_MS).await?;
    let due = done_at(by.made_ms, now) + i64::from(by.settings.return_visit_days) * DAY_MS;
    let visit = Plain { due_ms: Some(due), ..made_of(row, Kind::ReturnVisit, by, now) };
    let visit = insert(tx, keys, &visit, &carried(keys, row)?, (author, None)).await?;
    Ok(Some(visit))
}

/// An after-sales ticket of a delivery: customer, order, item and contact go with it; its files are those of both.
async fn after_sales(tx: &impl ConnectionTrait, keys: &Keys, row: &Stored, payload: &Payload, by: &By<'_>) -> Result<i64, TicketError> {
    let problem = payload.problem.as_ref().map_or("", |problem| problem.trim());
    if problem.is_empty() {
        return Err(TicketError::Text { field: "problem", least: 1, most: TEXT });
    }
    let fault = payload.fault.as_deref().unwrap_or_default().trim().to_owned();
    if !by.choices.has_fault(&fault, "") {
        return Err(TicketError::Nothing { field: "fault", what: fault });
    }
    let mut sealed = carried(keys, row)?;
    sealed.push(written(TICKET_PROBLEM, problem)?);
    let new = Plain { fault, ..made_of(row, Kind::AfterSales, by, clock::now_ms()) };
    let id = insert(tx, keys, &new, &sealed, (&by.actor.login, by.key.clone())).await?;
    Told { id, code: &code_of(id), kind: new.kind, organisation: new.organisation }.waits(tx, by.actor, Came::New).await?;
    Ok(id)
}
