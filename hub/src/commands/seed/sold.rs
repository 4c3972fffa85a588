//! Writes what a chain sold: prices, orders with lines and shares, the money, the goods that left, and the tickets at customers' homes.

use std::collections::BTreeMap;

use qitao_domain::catalog::{Item, LocationKind};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::json;

use super::super::Failure;
use super::trade::{Places, Told, at, next};
use crate::crm::customers::rules::Class;
use crate::demo::Chain;
use crate::demo::prices::price;
use crate::demo::trade::{DAY_MS, Line, Now, Order, OrderState, Ticket, Trade};
use crate::finance::payments::rules::{Account, Act};
use crate::inventory::NewMovement;
use crate::platform::sql::{Sql, insert_many};
use crate::platform::vault::{Keys, ORDER_ADDRESS, TICKET_ADDRESS, TICKET_CONTACT, TICKET_PHONE, TICKET_PROBLEM};
use crate::sales::days;
use crate::sales::lines::rules::allot;

/// How long a customer can answer.
const SURVEY_MS: i64 = 30 * DAY_MS;

/// What all of it is written with.
pub(super) struct Writing<'a> {
    pub tx: &'a DatabaseTransaction,
    pub keys: &'a Keys,
    pub chain: &'a Chain,
    pub trade: &'a Trade,
    pub places: &'a Places,
    pub now: &'a Now,
}

const fn state(order: &Order) -> &'static str {
    match order.state {
        OrderState::Draft => "draft",
        OrderState::Confirmed => "confirmed",
        OrderState::Shipped => "shipped",
        OrderState::Completed => "completed",
        OrderState::Cancelled => "cancelled",
    }
}

impl Writing<'_> {
    /// A price list of the head office that holds for everybody, with a price for every item that is sold as it is.
    pub async fn prices(&self, items: &[Item]) -> Result<(), Failure> {
        let list = next(self.tx, "price_list").await?;
        let began = self.trade.orders.iter().map(|order| order.ordered_ms).min().unwrap_or_default() - 30 * DAY_MS;
        let row: Vec<Value> = vec![
            list.into(),
            "RETAIL".into(),
            "全国零售价".into(),
            "Retail, whole chain".into(),
            self.now.day(began).into(),
            "active".into(),
            1_000_i32.into(),
            true.into(),
            "demo".into(),
            began.into(),
            1_i64.into(),
        ];
        let columns =
            ["id", "code", "name", "name_en", "valid_from", "state", "most_discount_bp", "for_all", "created_by", "created_ms", "version"];
        insert_many(self.tx, "price_list", &columns, [row]).await?;
        let rows = items.iter().map(|item| -> Vec<Value> {
            let (fen, cost) = price(item);
            vec![list.into(), item.id.0.into(), item.code.as_str().into(), fen.into(), cost.into(), 1_i64.into()]
        });
        Ok(insert_many(self.tx, "price", &["price_list_id", "item_id", "code", "unit_price_fen", "cost_fen", "version"], rows).await?)
    }

    /// The columns of [`Writing::line`].
    pub const LINE: [&'static str; 10] =
        ["document", "document_id", "n", "item_id", "spec", "quantity", "price_fen", "discount_bp", "amount_fen", "cost_fen"];

    /// A line of an order or of a contract.
    pub fn line(&self, document: &str, id: i64, line: &Line, n: i64) -> Result<Vec<Value>, Failure> {
        let item = at(&self.chain.items, line.item)?.id.0;
        Ok(vec![
            document.into(),
            id.into(),
            n.into(),
            item.into(),
            "".into(),
            (line.quantity * 1_000).into(),
            line.price_fen.into(),
            line.discount_bp.into(),
            line.amount_fen.into(),
            line.cost_fen.into(),
        ])
    }

    /// The orders; their numbers.
    pub async fn orders(&self, site: i64, told: &mut Told) -> Result<Vec<i64>, Failure> {
        let (tx, first) = (self.tx, next(self.tx, "sales_order").await?);
        let (mut ids, mut rows, mut shares, mut lines) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut before: BTreeMap<usize, Option<i64>> = BTreeMap::new();
        for (id, order) in (first..).zip(&self.trade.orders) {
            let customer = at(&self.trade.customers, order.customer)?;
            let (place, owner) = (*at(&self.places.organisations, customer.organisation)?, *at(&self.places.people, customer.owner)?);
            let author = at(&self.trade.people, customer.owner)?.login.as_str();
            let (code, is_draft, left) = (format!("SO{id:06}"), order.state == OrderState::Draft, order.shipped_ms.is_some());
            let decided = self.now.past(order.ordered_ms + 600_000);
            let confirmed = (!is_draft && order.state != OrderState::Cancelled).then_some(decided);
            // What the customer was until then.
            let class = match before.get(&order.customer) {
                None => Class::Prospect,
                Some(done) if done.is_some_and(|done| done < order.ordered_ms) => Class::Regular,
                Some(_) => Class::Client,
            };
            if confirmed.is_some() {
                let done = before.entry(order.customer).or_insert(None);
                *done = done.or(order.completed_ms);
            }
            let row: Vec<Value> = vec![
                id.into(),
                code.as_str().into(),
                place.into(),
                owner.into(),
                (*at(&self.places.customers, order.customer)?).into(),
                order.lead.map(|lead| at(&self.places.leads, lead).copied()).transpose()?.into(),
                state(order).into(),
                self.now.day(order.ordered_ms).into(),
                self.now.day(order.ordered_ms + order.promised_days * DAY_MS).into(),
                order.completed_ms.map(|ms| self.now.day(ms)).into(),
                order.amount_fen().into(),
                "".into(),
                "".into(),
                left.then_some(site).into(),
                (if order.state == OrderState::Cancelled { "客户改期装修" } else { "" }).into(),
                confirmed.into(),
                confirmed.map(|ms| self.now.day(ms)).into(),
                confirmed.map(|_| class.word()).into(),
                order.shipped_ms.into(),
                order.completed_ms.into(),
                author.into(),
                order.ordered_ms.into(),
                1_i64.into(),
            ];
            rows.push(row);
            let parts = allot(order.amount_fen(), &order.shares.iter().map(|share| share.share_bp).collect::<Vec<_>>());
            for ((share, part), n) in order.shares.iter().zip(parts).zip(0_i64..) {
                let person = *at(&self.places.people, share.person)?;
                shares.push(vec![id.into(), person.into(), n.into(), share.share_bp.into(), part.into()]);
            }
            for (line, n) in order.lines.iter().zip(0_i64..) {
                lines.push(self.line("order", id, line, n)?);
            }
            let customer = *at(&self.places.customers, order.customer)?;
            let cancelled = (order.state == OrderState::Cancelled).then_some(decided);
            let moments = [("confirm", confirmed), ("cancel", cancelled), ("ship", order.shipped_ms), ("complete", order.completed_ms)];
            told.add(order.ordered_ms, author, ("order", id, "create"), json!({"code": code}), place);
            told.add(order.ordered_ms, author, ("customer", customer, "order"), json!({"order": id, "code": code}), place);
            for (did, ms) in moments.into_iter().filter_map(|(did, ms)| Some((did, ms?))) {
                told.add(ms, author, ("order", id, did), json!({"state": state(order)}), place);
                told.add(ms, author, ("customer", customer, "order"), json!({"order": id, "code": code, "did": did}), place);
            }
            ids.push(id);
        }
        let columns = [
            "id",
            "code",
            "organisation_id",
            "owner_id",
            "customer_id",
            "opportunity_id",
            "state",
            "ordered_on",
            "promised_on",
            "delivered_on",
            "amount_fen",
            "approval",
            "approval_note",
            "site_id",
            "reason",
            "confirmed_ms",
            "confirmed_on",
            "customer_class",
            "shipped_ms",
            "completed_ms",
            "created_by",
            "created_ms",
            "version",
        ];
        insert_many(tx, "sales_order", &columns, rows).await?;
        insert_many(tx, "order_split", &["order_id", "person_id", "n", "share_bp", "amount_fen"], shares).await?;
        insert_many(tx, "sales_line", &Self::LINE, lines).await?;
        for (id, order) in ids.iter().zip(&self.trade.orders) {
            self.keys.put(tx, &ORDER_ADDRESS, *id, Some(&at(&self.trade.customers, order.customer)?.address)).await?;
        }
        self.classes().await?;
        Ok(ids)
    }

    /// Whoever signed is a client, whoever has what they bought a regular.
    async fn classes(&self) -> Result<(), Failure> {
        for (class, states) in [(Class::Client, "'confirmed', 'shipped', 'completed'"), (Class::Regular, "'completed'")] {
            let sql = Sql::new("UPDATE customer SET class = ").bind(class.word());
            let bought = format!(" WHERE id IN (SELECT customer_id FROM sales_order WHERE state IN ({states}))");
            sql.text(&bought).run(self.tx).await?;
        }
        Ok(())
    }

    /// The money: received at the till, and applied to the order at once; and what every day sold with it.
    pub async fn payments(&self, orders: &[i64]) -> Result<(), Failure> {
        let mut id = next(self.tx, "payment").await?;
        let (mut dues, mut rows, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for (order_id, order) in orders.iter().zip(&self.trade.orders) {
            let visitor = at(&self.trade.customers, order.customer)?;
            let (place, person) = (*at(&self.places.organisations, visitor.organisation)?, *at(&self.places.people, visitor.owner)?);
            let (customer, author) = (*at(&self.places.customers, order.customer)?, at(&self.trade.people, visitor.owner)?.login.as_str());
            let is_open = order.state != OrderState::Cancelled;
            let code = format!("SO{order_id:06}");
            dues.push(vec![(*order_id).into(), customer.into(), code.into(), order.amount_fen().into(), is_open.into()]);
            for payment in &order.payments {
                let (day, amount) = (self.now.day(payment.at_ms), payment.amount_fen);
                let received = Act { from: Account::Till, to: Account::Held, amount };
                for act in [received, Act { from: Account::Held, to: Account::Order(*order_id), amount }] {
                    let method = if act == received { payment.method } else { "" };
                    let row: Vec<Value> = vec![
                        id.into(),
                        act.kind().into(),
                        customer.into(),
                        place.into(),
                        person.into(),
                        amount.into(),
                        method.into(),
                        "".into(),
                        act.to.order().into(),
                        payment.at_ms.into(),
                        day.as_str().into(),
                        "".into(),
                        author.into(),
                        payment.at_ms.into(),
                    ];
                    rows.push(row);
                    for (account, change) in act.entries() {
                        let is_till = account == Account::Till;
                        let row: Vec<Value> = vec![
                            id.into(),
                            account.word().into(),
                            customer.into(),
                            account.order().into(),
                            is_till.then_some(place).into(),
                            (if is_till { payment.method } else { "" }).into(),
                            day.as_str().into(),
                            change.into(),
                        ];
                        entries.push(row);
                    }
                    id += 1;
                }
            }
        }
        insert_many(self.tx, "payment_order", &["order_id", "customer_id", "code", "due_fen", "open"], dues).await?;
        let columns = [
            "id",
            "kind",
            "customer_id",
            "organisation_id",
            "person_id",
            "amount_fen",
            "method",
            "reference",
            "to_order",
            "at_ms",
            "day",
            "reason",
            "author",
            "created_ms",
        ];
        insert_many(self.tx, "payment", &columns, rows).await?;
        let columns = ["payment_id", "account", "customer_id", "order_id", "organisation_id", "method", "day", "amount_fen"];
        insert_many(self.tx, "payment_entry", &columns, entries).await?;
        days::rebuild(self.tx).await?;
        Ok(())
    }

    /// What left: it came from the supplier to a bin, was picked to the staging place by the task of its order, and went to the customer.
    pub fn goods(&self, site: i64, tasks: &[Option<i64>]) -> Result<Vec<NewMovement>, Failure> {
        let place = |kind| {
            let found = self.chain.locations.iter().find(|place| place.site.0 == site && place.kind == kind);
            found.map(|place| place.id.0).ok_or("a site without the places that every site has")
        };
        let (supplier, staging, customer) = (place(LocationKind::Supplier)?, place(LocationKind::Staging)?, place(LocationKind::Customer)?);
        let (bin, mut movements) = (self.bin(site)?, Vec::new());
        for (order, picked) in self.trade.orders.iter().zip(tasks) {
            let Some(shipped) = order.shipped_ms else { continue };
            let steps = [
                ("put_away", supplier, bin, shipped - DAY_MS / 2, None),
                ("pick", bin, staging, shipped - DAY_MS / 6, *picked),
                ("ship", staging, customer, shipped, *picked),
            ];
            for (reason, from, to, at_ms, task) in steps {
                for line in &order.lines {
                    let item = at(&self.chain.items, line.item)?;
                    for carton in 1..=i32::from(item.cartons) {
                        movements.push(NewMovement {
                            fact: None,
                            n: 0,
                            at_ms,
                            booked_ms: at_ms,
                            site,
                            item: item.id.0,
                            carton,
                            lot: String::new(),
                            quantity: line.quantity * 1_000,
                            from,
                            to,
                            task,
                            line: None,
                            reason,
                            scan: None,
                            reverses: None,
                            author: "demo".to_owned(),
                        });
                    }
                }
            }
        }
        movements.sort_by_key(|movement| movement.booked_ms);
        (0..).zip(&mut movements).for_each(|(n, movement)| movement.n = n);
        Ok(movements)
    }

    /// Tickets of what left, with the cartons that an installer looks for and what customers answered.
    pub async fn tickets(&self, orders: &[i64], told: &mut Told) -> Result<(), Failure> {
        let (tx, first) = (self.tx, next(self.tx, "ticket").await?);
        let (mut rows, mut cartons, mut surveys, mut secrets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (id, ticket) in (first..).zip(&self.trade.tickets) {
            let Ticket { order, kind, fault, problem, state, dispatcher, installer, created_ms, due_ms, appointed_ms, done_ms, score } =
                ticket;
            let of = at(&self.trade.orders, *order)?;
            let visitor = at(&self.trade.customers, of.customer)?;
            let place = *at(&self.places.organisations, visitor.organisation)?;
            let (customer, author) = (*at(&self.places.customers, of.customer)?, at(&self.trade.people, visitor.owner)?.login.as_str());
            let person = |person: &Option<usize>| person.map(|n| at(&self.places.people, n).copied()).transpose();
            let code = format!("S{id:06}");
            let row: Vec<Value> = vec![
                id.into(),
                code.as_str().into(),
                (*kind).into(),
                (*fault).into(),
                (*state).into(),
                place.into(),
                person(dispatcher)?.into(),
                person(installer)?.into(),
                customer.into(),
                (*at(orders, *order)?).into(),
                (*created_ms).into(),
                (*due_ms).into(),
                (*appointed_ms).into(),
                (*done_ms).into(),
                false.into(),
                author.into(),
                (*created_ms).into(),
                1_i64.into(),
            ];
            rows.push(row);
            secrets.extend([(TICKET_CONTACT, id, visitor.name.as_str()), (TICKET_PHONE, id, visitor.phone.as_str())]);
            secrets.extend([(TICKET_ADDRESS, id, visitor.address.as_str())]);
            secrets.extend((!problem.is_empty()).then_some((TICKET_PROBLEM, id, *problem)));
            told.add(*created_ms, author, ("ticket", id, "create"), json!({"code": code, "kind": kind}), place);
            told.add(
                *created_ms,
                author,
                ("customer", customer, "ticket"),
                json!({"ticket": id, "code": code, "kind": kind, "state": "new"}),
                place,
            );
            if *kind == "delivery_install" {
                for line in &of.lines {
                    let item = at(&self.chain.items, line.item)?;
                    let pieces = i32::try_from(line.quantity)?;
                    for carton in 1..=i32::from(item.cartons) {
                        let scanned = if done_ms.is_some() { pieces } else { 0 };
                        cartons.push(vec![id.into(), item.id.0.into(), carton.into(), pieces.into(), scanned.into()]);
                    }
                }
            }
            if let Some((done, score)) = done_ms.zip(*score) {
                let satisfaction = (score + 1) / 2;
                let row: Vec<Value> = vec![
                    id.into(),
                    format!("demo-{id}").into(),
                    done.into(),
                    (done + SURVEY_MS).into(),
                    self.now.past(done + 3_600_000).into(),
                    score.into(),
                    satisfaction.clamp(1, 5).into(),
                ];
                surveys.push(row);
            }
        }
        let columns = [
            "id",
            "code",
            "kind",
            "fault",
            "state",
            "organisation_id",
            "dispatcher_id",
            "installer_id",
            "customer_id",
            "order_id",
            "feedback_ms",
            "due_ms",
            "appointed_ms",
            "done_ms",
            "far",
            "created_by",
            "created_ms",
            "version",
        ];
        insert_many(tx, "ticket", &columns, rows).await?;
        insert_many(tx, "ticket_carton", &["ticket_id", "item_id", "carton", "expected", "scanned"], cartons).await?;
        let columns = ["ticket_id", "token_hash", "created_ms", "expires_ms", "answered_ms", "score", "satisfaction"];
        insert_many(tx, "survey", &columns, surveys).await?;
        for (column, id, text) in secrets {
            self.keys.put(tx, &column, id, Some(text)).await?;
        }
        Ok(())
    }
}
