//! Writes what a chain did ([`crate::demo::trade`]) into a database that has its goods: the tree, people, customers and their opportunities.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, Value};
use serde_json::{Value as Json, json};

use super::super::Failure;
use crate::demo::trade::{DAY_MS, Lead, Stay, Trade};
use crate::platform::organisation::begin_change;
use crate::platform::sql::{Sql, insert_many};
use crate::platform::vault::{CUSTOMER_ADDRESS, CUSTOMER_PHONE, FOLLOW_UP_TEXT, Keys};

/// Hours that a lead may stay in each stage of the delivered pipeline.
const LIMITS: [(&str, i64); 4] = [("lead", 48), ("contact", 120), ("design", 168), ("quote", 120)];

/// Where things of the list are in the database.
pub(super) struct Places {
    pub organisations: Vec<i64>,
    pub people: Vec<i64>,
    pub customers: Vec<i64>,
    pub leads: Vec<i64>,
}

/// The entry of a list, or why there is none.
pub(super) fn at<T>(list: &[T], n: usize) -> Result<&T, Failure> {
    list.get(n).ok_or_else(|| "the chain names something that it does not have".into())
}

/// The next number of a table.
pub(super) async fn next(tx: &DatabaseTransaction, table: &str) -> Result<i64, Failure> {
    Ok(Sql::new(format!("SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")).number(tx).await?)
}

/// Lines of the audit with the moments of what they tell.
#[derive(Default)]
pub(super) struct Told(Vec<Vec<Value>>);

impl Told {
    pub fn add(&mut self, at_ms: i64, author: &str, (entity, id, action): (&str, i64, &str), new: Json, organisation: i64) {
        self.0.push(vec![
            at_ms.into(),
            author.into(),
            entity.into(),
            id.to_string().into(),
            action.into(),
            Json::Null.into(),
            new.into(),
            organisation.into(),
        ]);
    }

    pub async fn write(mut self, tx: &DatabaseTransaction) -> Result<(), Failure> {
        self.0.sort_by_key(|line| match line.first() {
            Some(Value::BigInt(at)) => *at,
            _ => None,
        });
        let columns = ["at_ms", "author", "entity", "entity_id", "action", "old", "new", "organisation_id"];
        Ok(insert_many(tx, "audit", &columns, self.0).await?)
    }
}

/// The tree. A store that is there as a site already is moved to its region.
async fn organisations(tx: &DatabaseTransaction, trade: &Trade) -> Result<(Vec<i64>, i64), Failure> {
    begin_change(tx).await?;
    let head = Sql::new("SELECT id FROM organisation WHERE parent_id IS NULL").number(tx).await?;
    let (mut ids, mut new): (Vec<i64>, i64) = (Vec::with_capacity(trade.organisations.len()), next(tx, "organisation").await?);
    let (mut paths, mut rows, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for of in &trade.organisations {
        let (parent, above) = match of.parent {
            Some(parent) => (*at(&ids, parent)?, at::<String>(&paths, parent)?.clone()),
            None => (head, format!("/{head}/")),
        };
        let there = Sql::new("SELECT id FROM organisation WHERE code = ").bind(of.code.as_str());
        let there = if of.kind == "store" && rows.len() < 64 { there.number(tx).await? } else { 0 };
        let id = if there > 0 { there } else { new };
        let path = format!("{above}{id}/");
        if there > 0 {
            moved.push((id, parent, path.clone()));
        } else {
            new += 1;
            let row: Vec<Value> = vec![
                id.into(),
                parent.into(),
                of.kind.into(),
                of.code.as_str().into(),
                of.name.as_str().into(),
                "".into(),
                path.as_str().into(),
                "Asia/Shanghai".into(),
                true.into(),
                "{}".into(),
                1_i64.into(),
            ];
            rows.push(row);
        }
        ids.push(id);
        paths.push(path);
    }
    let columns = ["id", "parent_id", "kind", "code", "name", "name_en", "path", "time_zone", "active", "switches", "version"];
    insert_many(tx, "organisation", &columns, rows).await?;
    for (id, parent, path) in moved {
        let sql = Sql::new("UPDATE organisation SET parent_id = ").bind(parent).text(", path = ").bind(path);
        sql.text(" WHERE id = ").bind(id).run(tx).await?;
    }
    Ok((ids, head))
}

/// People with their roles. Nobody can sign in as one of them before somebody sets a password.
async fn people(tx: &DatabaseTransaction, trade: &Trade, organisations: &[i64], head: i64) -> Result<Vec<i64>, Failure> {
    let first = next(tx, "hub_user").await?;
    let mut roles = BTreeMap::new();
    let (mut ids, mut rows, mut grants) = (Vec::new(), Vec::new(), Vec::new());
    for (id, person) in (first..).zip(&trade.people) {
        let place = person.organisation.map_or(Ok(head), |n| at(organisations, n).copied())?;
        let role = match roles.get(person.role) {
            Some(role) => *role,
            None => Sql::new("SELECT id FROM role WHERE code = ").bind(person.role).number(tx).await?,
        };
        roles.insert(person.role, role);
        let row: Vec<Value> =
            vec![id.into(), person.login.as_str().into(), person.name.as_str().into(), "".into(), false.into(), place.into(), 1_i64.into()];
        rows.push(row);
        let chosen = if person.role == "region_manager" { json!([place]).to_string() } else { "[]".to_owned() };
        grants.push(vec![id.into(), role.into(), chosen.into()]);
        ids.push(id);
    }
    insert_many(tx, "hub_user", &["id", "login", "name", "password_hash", "disabled", "organisation_id", "version"], rows).await?;
    insert_many(tx, "person_role", &["person_id", "role_id", "organisations"], grants).await?;
    Ok(ids)
}

async fn customers(
    tx: &DatabaseTransaction,
    keys: &Keys,
    trade: &Trade,
    (organisations, people): (&[i64], &[i64]),
    told: &mut Told,
) -> Result<Vec<i64>, Failure> {
    let (first, mut follow_up) = (next(tx, "customer").await?, next(tx, "follow_up").await?);
    let (mut ids, mut rows, mut tags, mut said, mut secrets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, customer) in (first..).zip(&trade.customers) {
        let (place, owner) = (*at(organisations, customer.organisation)?, *at(people, customer.owner)?);
        let author = at(&trade.people, customer.owner)?.login.as_str();
        let last = customer.follow_ups.iter().map(|(at, ..)| *at).max();
        let row: Vec<Value> = vec![
            id.into(),
            format!("C{id:06}").into(),
            place.into(),
            owner.into(),
            customer.name.as_str().into(),
            "prospect".into(),
            customer.gender.into(),
            customer.birth_year.into(),
            "".into(),
            "".into(),
            "".into(),
            customer.source.into(),
            "".into(),
            author.into(),
            customer.created_ms.into(),
            last.into(),
            last.unwrap_or(customer.created_ms).into(),
            1_i64.into(),
        ];
        rows.push(row);
        told.add(customer.created_ms, author, ("customer", id, "create"), json!({"name": customer.name, "source": customer.source}), place);
        tags.extend(customer.tags.iter().map(|tag| -> Vec<Value> { vec![id.into(), (*tag).into()] }));
        for (at_ms, kind, text) in &customer.follow_ups {
            let row: Vec<Value> =
                vec![follow_up.into(), id.into(), (*kind).into(), "".into(), (*at_ms).into(), author.into(), (*at_ms).into()];
            said.push(row);
            let new = json!({"follow_up": follow_up, "kind": kind, "at_ms": at_ms, "next_ms": null});
            told.add(*at_ms, author, ("customer", id, "follow_up"), new, place);
            secrets.push((FOLLOW_UP_TEXT, follow_up, *text));
            follow_up += 1;
        }
        secrets.push((CUSTOMER_PHONE, id, customer.phone.as_str()));
        secrets.push((CUSTOMER_ADDRESS, id, customer.address.as_str()));
        ids.push(id);
    }
    let columns = [
        "id",
        "code",
        "organisation_id",
        "owner_id",
        "name",
        "class",
        "gender",
        "birth_year",
        "employer",
        "position",
        "hobbies",
        "source",
        "campaign",
        "created_by",
        "created_ms",
        "last_follow_ms",
        "idle_since_ms",
        "version",
    ];
    insert_many(tx, "customer", &columns, rows).await?;
    insert_many(tx, "customer_tag", &["customer_id", "tag"], tags).await?;
    insert_many(tx, "follow_up", &["id", "customer_id", "kind", "text", "at_ms", "author", "created_ms"], said).await?;
    for (column, id, text) in secrets {
        keys.put(tx, &column, id, Some(text)).await?;
    }
    Ok(ids)
}

async fn leads(
    tx: &DatabaseTransaction,
    trade: &Trade,
    (organisations, people, customers): (&[i64], &[i64], &[i64]),
    told: &mut Told,
) -> Result<Vec<i64>, Failure> {
    let first = next(tx, "opportunity").await?;
    let (mut ids, mut rows, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    for (id, lead) in (first..).zip(&trade.leads) {
        let Lead { customer, title, amount, stays: all, state, lost_reason } = lead;
        let of = at(&trade.customers, *customer)?;
        let (place, owner) = (*at(organisations, of.organisation)?, *at(people, of.owner)?);
        let author = at(&trade.people, of.owner)?.login.as_str();
        let (began, now) = (at(all, 0)?, all.last().ok_or("a lead in no stage")?);
        let limit = LIMITS.iter().find(|(stage, _)| *stage == now.stage && *state == "open").map(|(_, hours)| hours * DAY_MS / 24);
        let code = format!("O{id:06}");
        let row: Vec<Value> = vec![
            id.into(),
            code.as_str().into(),
            (*at(customers, *customer)?).into(),
            place.into(),
            owner.into(),
            (*title).into(),
            "sales".into(),
            now.stage.into(),
            (*state).into(),
            (amount * 100).into(),
            now.entered_ms.into(),
            limit.map(|limit| now.entered_ms + limit).into(),
            now.block_reason.into(),
            "".into(),
            (*lost_reason).into(),
            (*state != "open").then_some(now.entered_ms).into(),
            author.into(),
            began.entered_ms.into(),
            1_i64.into(),
        ];
        rows.push(row);
        told.add(began.entered_ms, author, ("opportunity", id, "create"), json!({"title": title, "stage": began.stage}), place);
        for Stay { stage, entered_ms, left_ms, outcome, block_reason } in all {
            if *entered_ms > began.entered_ms {
                told.add(*entered_ms, author, ("opportunity", id, "move"), json!({"stage": stage}), place);
            }
            // Where it ended it does not stay.
            if left_ms.is_some() || *state == "open" {
                let row: Vec<Value> = vec![
                    id.into(),
                    "sales".into(),
                    (*stage).into(),
                    (*entered_ms).into(),
                    (*left_ms).into(),
                    (*outcome).into(),
                    (*block_reason).into(),
                ];
                stays.push(row);
            }
        }
        ids.push(id);
    }
    let columns = [
        "id",
        "code",
        "customer_id",
        "organisation_id",
        "owner_id",
        "title",
        "pipeline",
        "stage",
        "state",
        "amount",
        "stage_since_ms",
        "due_ms",
        "block_reason",
        "block_note",
        "lost_reason",
        "closed_ms",
        "created_by",
        "created_ms",
        "version",
    ];
    insert_many(tx, "opportunity", &columns, rows).await?;
    let columns = ["opportunity_id", "pipeline", "stage", "entered_ms", "left_ms", "outcome", "block_reason"];
    insert_many(tx, "opportunity_stay", &columns, stays).await?;
    Ok(ids)
}

/// Writes the tree, the people, the customers and what they may buy; where all of it is.
pub(super) async fn write(tx: &DatabaseTransaction, keys: &Keys, trade: &Trade, told: &mut Told) -> Result<Places, Failure> {
    let (organisations, head) = organisations(tx, trade).await?;
    let people = people(tx, trade, &organisations, head).await?;
    let customers = customers(tx, keys, trade, (&organisations, &people), told).await?;
    let leads = leads(tx, trade, (&organisations, &people, &customers), told).await?;
    Ok(Places { organisations, people, customers, leads })
}
