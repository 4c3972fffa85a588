//! What holds for every endpoint alike: a create that is sent again makes nothing, every change has its author, what is switched off is off
//! everywhere, and whoever leaves keeps nothing.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lines::{LINES, Line, Needs};
use super::world::{DEALER_A, People, World, mark};
use super::{name, sheets};
use crate::http::openapi;
use crate::platform::identity::Right;
use crate::platform::organisation::Module;
use crate::platform::scope::Entity;
use crate::state::exportables;

fn documented(document: &Value, line: &Line) -> Value {
    document["paths"][line.path][line.method.to_lowercase()].clone()
}

fn takes(operation: &Value, header: &str) -> bool {
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == header && one["in"] == "header"))
}

/// Creates that take no key, and why the same request makes no second one.
const UNIQUE: [(&str, &str); 1] = [("POST /api/v1/payments/days", "a day of a till is closed once")];

#[test]
fn every_create_takes_a_key_or_is_unique_by_itself() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let free = |line: &&Line| {
        let operation = documented(&document, line);
        operation["responses"].get("201").is_some() && !takes(&operation, "Idempotency-Key") && !takes(&operation, "If-Match")
    };
    let free: Vec<String> = LINES.iter().filter(free).map(name).collect();
    assert_eq!(free, UNIQUE.map(|(line, _)| line), "creates that can be made twice");
}

/// Asks for the record of the first site, with a key; forms get a small sheet.
async fn keyed(world: &World, people: &People, line: &Line, form: bool, (path, body): (&str, &Value), key: &str) -> (StatusCode, Value) {
    let (kind, body) = if form {
        let part = |head: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
        let file = part("name=\"file\"; filename=\"a.csv\"", "编码,名称\nX-1,椅子");
        ("multipart/form-data; boundary=b", format!("{}{file}--b--\r\n", part("name=\"kind\"", "items")))
    } else {
        ("application/json", body.to_string())
    };
    let headers = [("if-match", "\"1\""), ("content-type", kind), ("idempotency-key", key)];
    world.request(Some(people), (line.method, path), &headers, body).await
}

fn is_form(operation: &Value) -> bool {
    operation["requestBody"]["content"].get("multipart/form-data").is_some()
}

/// Creates that must be let through here; others are shown by the tests of their modules.
const SHOWN: [&str; 14] = [
    "POST /api/v1/organisations",
    "POST /api/v1/people",
    "POST /api/v1/roles",
    "POST /api/v1/views",
    "POST /api/v1/me/tokens",
    "POST /api/v1/channels",
    "POST /api/v1/webhooks",
    "POST /api/v1/schedules",
    "POST /api/v1/device-assignments",
    "POST /api/v1/quotes/{id}/share",
    "POST /api/v1/comments/{kind}/{id}",
    "POST /api/v1/tasks/{id}/files",
    "POST /api/v1/imports",
    "POST /api/v1/exports",
];

#[tokio::test]
async fn a_create_that_is_sent_again_makes_nothing() {
    let (world, document) = (World::build().await, serde_json::to_value(openapi::document()).unwrap());
    let admin = &world.people[0];
    let (mut shown, mut elsewhere) = (Vec::new(), Vec::new());
    for line in LINES {
        let operation = documented(&document, line);
        if !takes(&operation, "Idempotency-Key") {
            continue;
        }
        let (path, body, key) = (world.path(line, 1), (line.body)(&world, 1), world.fresh_code());
        let ask = async || keyed(&world, admin, line, is_form(&operation), (&path, &body), &key).await;
        let (status, first) = ask().await;
        if !status.is_success() {
            elsewhere.push(format!("{}: {status} {first}", name(line)));
            continue;
        }
        shown.push(name(line));
        let changes = world.number("SELECT COUNT(*) FROM audit").await;
        let (status, second) = ask().await;
        // What opens something is shown once.
        let shown_once = status == StatusCode::CONFLICT && second["rule"] == "shown_once";
        let same = status.is_success() && (first["id"] == second["id"]) && first["total"] == second["total"];
        assert!(same || shown_once, "{}: {first} and then {status} {second}", name(line));
        assert!(second["password"].is_null() && second["secret"].is_null(), "{}: {second}", name(line));
        // An edge gets another token each time, which is said.
        if line.path != "/api/v1/edges" {
            assert_eq!(world.number("SELECT COUNT(*) FROM audit").await, changes, "{} made something again", name(line));
        }
    }
    let missing: Vec<&str> = SHOWN.into_iter().filter(|line| !shown.iter().any(|shown| shown == line)).collect();
    assert!(missing.is_empty(), "not let through: {missing:?} of {elsewhere:#?}");
}

/// What may leave no line, although it is not a GET, and why.
const SILENT: &[(&str, &[&str])] = &[
    (
        "it asks and changes nothing",
        &[
            "POST /api/v1/people/find",
            "POST /api/v1/customers/check",
            "POST /api/v1/customers/find",
            "POST /api/v1/configurations/price",
            "POST /api/v1/option-models/{model}/try",
            "POST /api/v1/pipelines/{pipeline}/try",
            "POST /api/v1/expressions/check",
            "POST /api/v1/label-previews",
            "POST /api/v1/schedule-preview",
        ],
    ),
    (
        "here there is nothing to change",
        &[
            "DELETE /api/v1/people/{id}/codes",
            "DELETE /api/v1/people/{id}/outside",
            "PATCH /api/v1/items/{id}",
            "POST /api/v1/field/operations",
        ],
    ),
    ("it is the reader's own, of no record", &["POST /api/v1/notifications/read", "DELETE /api/v1/session"]),
    ("deliveries are a record of their own", &["POST /api/v1/webhooks/{id}/test", "POST /api/v1/channels/{id}/test"]),
];

#[tokio::test]
async fn every_change_has_its_author() {
    let (world, document) = (World::build().await, serde_json::to_value(openapi::document()).unwrap());
    let admin = &world.people[0];
    let (mut silent, mut shown) = (Vec::new(), 0);
    let by_admin = "SELECT COUNT(*) FROM audit WHERE author = 'administrator'";
    for line in LINES.iter().filter(|line| line.method != "GET" && line.needs != Needs::Nobody) {
        let form = is_form(&documented(&document, line));
        let (mut done, mut noted) = (false, false);
        for site in [1, 2, 3] {
            let before = world.number(by_admin).await;
            let (path, body) = (world.path(line, site), (line.body)(&world, site));
            let (status, _) = keyed(&world, admin, line, form, (&path, &body), &world.fresh_code()).await;
            if !status.is_success() {
                continue;
            }
            done = true;
            noted |= world.number(by_admin).await > before;
        }
        shown += usize::from(noted);
        let known = SILENT.iter().any(|(_, lines)| lines.contains(&name(line).as_str()));
        if done && !noted && !known {
            silent.push(name(line));
        }
    }
    assert!(silent.is_empty(), "changes without a line of the audit, while {shown} endpoints left one: {silent:#?}");
    assert!(shown >= 60, "only {shown} endpoints changed anything here");
}

/// The module that a right to see belongs to.
fn module_of(right: Right) -> Option<Module> {
    match right {
        Right::SeeStock | Right::SeeWork => Some(Module::Warehouse),
        Right::SeeEdges => Some(Module::Edges),
        Right::SeeCustomers | Right::SeeOpportunities => Some(Module::Crm),
        Right::SeeSales | Right::SeePayments | Right::SeeFigures => Some(Module::Sales),
        Right::SeeTickets => Some(Module::Service),
        _ => None,
    }
}

/// What the search finds of a module.
const fn found_of(module: Module) -> &'static [&'static str] {
    match module {
        Module::Warehouse => &["location", "task"],
        Module::Edges => &["edge"],
        Module::Crm => &["customer", "opportunity"],
        Module::Sales => &["order", "quote", "contract"],
        Module::Service => &["ticket"],
    }
}

/// What is counted for people of a module.
const fn counted_of(module: Module) -> &'static [&'static str] {
    match module {
        Module::Warehouse => &["approvals", "cases", "tasks"],
        Module::Edges => &["edges_away"],
        Module::Crm => &["follow_ups_due", "customers_idle", "opportunities_unexplained"],
        Module::Sales => &["discounts_asked", "contracts_asked", "instalments_due", "orders_late", "deliveries_unplanned"],
        Module::Service => &["tickets_new", "tickets_given", "visits_today", "return_visits_due"],
    }
}

/// What the stream tells of a module.
const fn told_of(module: Module) -> &'static [&'static str] {
    match module {
        Module::Warehouse => &["task", "fact", "exception", "movement"],
        Module::Edges => &["edge"],
        Module::Crm => &[],
        Module::Sales => &["order"],
        Module::Service => &["ticket"],
    }
}

#[tokio::test]
async fn what_is_switched_off_is_off_everywhere_beneath_and_nowhere_else() {
    let mut wrong = Vec::new();
    for module in Module::ALL {
        let world = World::build().await;
        let admin = &world.people[0];
        let switches = json!({"switches": {module.word(): false}});
        let (status, body) = world.send(Some(admin), "PATCH", &format!("/api/v1/organisations/{DEALER_A}"), switches).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        for people in &world.people {
            let off = people.of_dealer_a;
            for line in LINES {
                let right = match line.needs {
                    Needs::See(right) | Needs::Act(Some(right), _) => right,
                    _ => continue,
                };
                let Some(of) = module_of(right).filter(|_| people.rights.contains(&right)) else { continue };
                let (status, body) = world.ask(Some(people), line, Some(1)).await;
                let refused = status == StatusCode::FORBIDDEN && body["rule"] == "module_on";
                let wanted = off && of == module;
                // What is sold is sold to a customer: where there are none to be seen it cannot be.
                let of_customer = line.path.contains("/customers/") || (line.method == "POST" && !line.path.contains("{id}"));
                if refused != wanted && !(refused && off && module == Module::Crm && of == Module::Sales && of_customer) {
                    wrong.push(format!("{module:?} is off: {} for {}: {status} {body}", name(line), people.login));
                }
            }
            let (_, home) = world.get(people, "/home").await;
            for counter in home["counters"].as_array().unwrap() {
                let of_it = counted_of(module).iter().any(|name| counter["name"] == *name);
                if off && of_it {
                    wrong.push(format!("{module:?} is off: {counter} for {}", people.login));
                }
            }
            let (_, found) = world.get(people, &format!("/search?limit=50&q={}", mark(1))).await;
            for hit in found["items"].as_array().unwrap() {
                let of_it = found_of(module).iter().any(|kind| hit["kind"] == *kind);
                if off && of_it {
                    wrong.push(format!("{module:?} is off: {hit} for {}", people.login));
                }
            }
            for list in exportables().all() {
                if off && list.entity().and_then(Entity::module) == Some(module) {
                    let (list, _, filters) = sheets(list.word()).remove(0);
                    let sheet = world.export(people, list, filters).await;
                    if sheet != Err(StatusCode::FORBIDDEN) {
                        wrong.push(format!("{module:?} is off: the sheet of {list} for {}", people.login));
                    }
                }
            }
        }
        let streams = world.events().await;
        for people in &world.people {
            let text = &streams[&people.login];
            let told = |kind: &str| text.lines().any(|line| line.strip_prefix("event:").is_some_and(|rest| rest.trim() == kind));
            for kind in told_of(module) {
                if people.of_dealer_a && told(kind) {
                    wrong.push(format!("{module:?} is off: {kind} is told to {}", people.login));
                }
                assert!(people.login != "administrator" || told(kind), "{kind} is told to whom it is on");
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Records that somebody owns, each with its table, the column of its owner, and its list.
const OWNED: [(&str, &str, &str, &str); 6] = [
    ("customer", "customer", "owner_id", "customers"),
    ("opportunity", "opportunity", "owner_id", "opportunities"),
    ("ticket", "ticket", "installer_id", "tickets"),
    ("quote", "quote", "owner_id", "quotes"),
    ("contract", "contract", "owner_id", "contracts"),
    ("order", "sales_order", "owner_id", "orders"),
];

#[tokio::test]
async fn whoever_leaves_leaves_every_record_to_somebody_who_sees_it_then() {
    let world = World::build().await;
    let (admin, sales) = (&world.people[0], world.people.iter().position(|people| people.login == "sales").unwrap());
    let (from, to) = (world.person(1), i64::try_from(sales).unwrap() + 1);
    let sales = &world.people[sales];
    for (entity, _, _, list) in OWNED {
        assert_eq!(world.get(sales, &format!("/{list}")).await.1["total"], 0, "{entity}");
    }
    let path = format!("/api/v1/people/{from}/hand-over");
    let (status, moved) = world.send(Some(admin), "POST", &path, json!({"to": to, "leaves": true})).await;
    assert_eq!(status, StatusCode::OK, "{moved}");
    for (entity, table, owner, list) in OWNED {
        assert_eq!(moved["moved"][entity], 1, "{entity}: {moved}");
        for (person, wanted) in [(from, 0), (to, 1)] {
            let held = world.number(&format!("SELECT COUNT(*) FROM {table} WHERE {owner} = {person}")).await;
            assert_eq!(held, wanted, "{table} of {person}");
        }
        let (_, shown) = world.get(sales, &format!("/{list}")).await;
        assert_eq!((&shown["total"], &shown["items"][0]["id"]), (&json!(1), &json!(10)), "{entity}: {shown}");
        let noted = format!(
            "SELECT COUNT(*) FROM audit WHERE entity = '{entity}' AND entity_id = '10' AND action = 'hand_over' AND author = 'administrator'"
        );
        assert_eq!(world.number(&noted).await, 1, "{entity}");
    }
    assert_eq!(world.number(&format!("SELECT COUNT(*) FROM hub_user WHERE disabled AND id = {from}")).await, 1);
}
