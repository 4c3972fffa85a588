//! Who may do what, to which record: every endpoint of the document × every role × records inside and outside of its scope.
//!
//! `lines` has one line for each endpoint: a new endpoint without one fails here. `world` is a chain of three stores of two dealers in which
//! every record carries the mark of its store, and people of every role with what they ought to see, written by hand. So an answer that
//! holds a foreign mark is a leak, wherever in it the mark stands.

mod alike;
mod lines;
mod told;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use self::lines::{LINES, Line, Needs, On};
use self::world::{People, SITES, World, mark};
use crate::http::openapi;
use crate::platform::identity::Right;
use crate::state::exportables;

fn name(line: &Line) -> String {
    format!("{} {}", line.method, line.path)
}

#[test]
fn every_endpoint_of_the_document_has_a_line() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str())) {
            documented.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let listed: BTreeSet<String> = LINES.iter().map(name).collect();
    assert_eq!(listed.len(), LINES.len(), "an endpoint has two lines");
    let without: Vec<_> = documented.difference(&listed).collect();
    assert!(without.is_empty(), "endpoints without a line in http/matrix/lines.rs: {without:#?}");
    let gone: Vec<_> = listed.difference(&documented).collect();
    assert!(gone.is_empty(), "lines without an endpoint: {gone:#?}");
}

/// What a role ought to be answered for a record of a site; nothing when it is let through.
fn refused(people: &People, line: &Line, site: Option<i64>) -> Option<StatusCode> {
    let (see, act) = match line.needs {
        Needs::Nobody | Needs::SignedIn => (None, None),
        Needs::See(right) => (Some(right), None),
        Needs::Act(see, act) => (see, Some(act)),
        Needs::Nobodys(right) => {
            let reaches = people.whole_chain && people.rights.contains(&right);
            return (!reaches).then_some(StatusCode::NOT_FOUND);
        }
        Needs::Chain(see, act) => {
            let lacks = see.into_iter().chain(act).any(|right| !people.rights.contains(&right));
            return match (lacks, people.whole_chain) {
                (true, _) => Some(StatusCode::FORBIDDEN),
                // Of figures that belong to no site a part of the chain has none; what is done to the whole chain it may not do.
                (false, false) => Some(if act.is_some() { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND }),
                (false, true) => None,
            };
        }
    };
    if see.is_some_and(|right| !people.rights.contains(&right)) {
        return Some(StatusCode::FORBIDDEN);
    }
    if site.is_some_and(|site| !people.sees(line.path, site)) {
        return Some(StatusCode::NOT_FOUND);
    }
    act.filter(|right| !people.rights.contains(right)).map(|_| StatusCode::FORBIDDEN)
}

fn assert_no_foreign_mark(people: &People, what: &str, text: &str) {
    for site in SITES.into_iter().filter(|site| !people.sites.contains(site)) {
        assert!(!text.contains(&mark(site)), "{} was told of site {site} by {what}: {text}", people.login);
    }
}

#[tokio::test]
async fn every_role_is_answered_as_its_rights_and_its_scope_say() {
    let world = World::build().await;
    let mut wrong = Vec::new();
    for line in LINES.iter().filter(|line| line.needs != Needs::Nobody) {
        let (status, _) = world.ask(None, line, Some(1)).await;
        if status != StatusCode::UNAUTHORIZED {
            wrong.push(format!("{}: somebody who is not signed in got {status}", name(line)));
        }
        for people in &world.people {
            let sites: &[Option<i64>] = if line.on == On::Nothing { &[None] } else { &[Some(1), Some(2), Some(3)] };
            for site in sites {
                let (status, body) = world.ask(Some(people), line, *site).await;
                let wanted = if line.on == On::Others { Some(StatusCode::NOT_FOUND) } else { refused(people, line, *site) };
                let fine = match wanted {
                    Some(wanted) => status == wanted,
                    None => !status.is_server_error() && ![401, 403, 404].contains(&status.as_u16()),
                };
                if !fine {
                    let wanted = wanted.map_or_else(|| "to be let through".to_owned(), |wanted| wanted.to_string());
                    wrong.push(format!("{} for {} at {site:?}: {status}, ought {wanted}: {body}", name(line), people.login));
                }
                if line.method == "GET" {
                    assert_no_foreign_mark(people, &name(line), &body.to_string());
                }
                if status == StatusCode::NOT_FOUND && line.on != On::Nothing {
                    let (_, nowhere) = world.ask(Some(people), line, Some(99)).await;
                    assert_eq!(body, nowhere, "{}: a foreign record must look like none at all", name(line));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn lists_and_their_counts_hold_what_is_in_scope_and_nothing_else() {
    let world = World::build().await;
    for line in LINES.iter().filter(|line| line.rows.is_some()) {
        for people in &world.people {
            let (status, body) = world.ask(Some(people), line, None).await;
            if refused(people, line, None).is_some() {
                assert!(!status.is_success());
                continue;
            }
            let what = format!("{} for {}", name(line), people.login);
            let rows = body["items"].as_array().unwrap_or_else(|| panic!("{what}: {body}"));
            assert!(body["total"].as_i64() == i64::try_from(rows.len()).ok(), "{what}: the count is not that of the rows");
            for site in SITES {
                let found = rows.iter().filter(|row| row.to_string().contains(&mark(site))).count();
                let wanted = if people.sees(line.path, site) { (line.rows.unwrap())(site) } else { 0 };
                assert_eq!(found, wanted, "{what}: rows of site {site}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn asking_for_a_foreign_site_is_asking_for_none() {
    let world = World::build().await;
    for path in ["/locations", "/stock", "/stock/summary", "/stock-limits", "/movements", "/tasks", "/floor", "/exceptions"] {
        for people in &world.people {
            for site in SITES {
                let (status, body) = world.get(people, &format!("{path}?site={site}")).await;
                if status == StatusCode::FORBIDDEN {
                    continue;
                }
                let wanted = if people.sites.contains(&site) { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(status, wanted, "{path}?site={site} for {}: {body}", people.login);
            }
        }
    }
    for path in [
        "/sites",
        "/operators",
        "/locations",
        "/stock",
        "/movements",
        "/tasks",
        "/scans",
        "/floor",
        "/home",
        "/exceptions",
        "/edges",
        "/audit",
        "/customers",
        "/payments",
        "/tickets",
        "/orders",
        "/quotes",
        "/contracts",
        "/figures/sales",
        "/figures/ranking",
        "/figures/funnel",
        "/figures/stock",
        "/figures/measures",
        "/figures/now",
    ] {
        for people in &world.people {
            for site in SITES {
                let (status, body) = world.get(people, &format!("{path}?below={}", world.organisation(site))).await;
                if status == StatusCode::FORBIDDEN {
                    continue;
                }
                let wanted = if people.sites.contains(&site) { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(status, wanted, "{path}?below= of {site} for {}: {body}", people.login);
                for other in SITES.into_iter().filter(|other| *other != site) {
                    assert!(!body.to_string().contains(&mark(other)), "{path}?below= of {site} told {} of {other}: {body}", people.login);
                }
            }
        }
    }
    for people in &world.people {
        for (site, path) in
            SITES.into_iter().flat_map(|site| [(site, "organisations?below="), (site, "organisations?parent="), (site, "people?below=")])
        {
            let (status, body) = world.get(people, &format!("/{path}{}", world.organisation(site))).await;
            let wanted = people.sees(&format!("/api/v1/{path}"), site);
            assert!(status == StatusCode::FORBIDDEN || (status == StatusCode::OK) == wanted, "{path} for {}: {body}", people.login);
        }
    }
}

#[tokio::test]
async fn sums_and_searches_tell_nothing_of_what_lies_elsewhere() {
    let world = World::build().await;
    for people in &world.people {
        let sees_stock = people.rights.contains(&Right::SeeStock);
        // 1, 10 and 100 pieces lie at the three sites, so a sum says which of them are in it.
        let all: i64 = people.sites.iter().map(|site| 10_i64.pow(u32::try_from(site - 1).unwrap())).sum();
        let sum = if sees_stock { all } else { 0 }.to_string();
        let (_, item) = world.get(people, "/items/1").await;
        assert_eq!(item["on_hand"].as_str(), Some(sum.as_str()), "{}: {item}", people.login);
        let (_, items) = world.get(people, "/items").await;
        assert_eq!(items["items"][0]["on_hand"].as_str(), Some(sum.as_str()), "{}", people.login);
        if sees_stock {
            let (_, stock) = world.get(people, "/stock?by=item").await;
            assert_eq!(stock["items"][0]["quantity"].as_str(), Some(sum.as_str()), "{}", people.login);
            for path in ["/stock/summary", "/stock/summary/totals"] {
                let (_, period) = world.get(people, path).await;
                assert_eq!(period["items"][0]["closing"].as_str(), Some(sum.as_str()), "{path} for {}", people.login);
            }
        }
        // A year is made of other sums than a month.
        for to in ["2020-01-31", "2020-12-31"] {
            let (status, figures) = world.get(people, &format!("/figures/sales?from=2020-01-01&to={to}")).await;
            if status != StatusCode::OK {
                continue;
            }
            assert_no_foreign_mark(people, "the figures of sales", &figures.to_string());
            assert_eq!(figures["all"]["sales"], format!("{}.00", all * 10), "{}: {figures}", people.login);
            assert_eq!(figures["organisations"].as_array().map(Vec::len), Some(people.sites.len()), "{}: {figures}", people.login);
            assert_eq!(figures["people"].as_array().map(Vec::len), Some(people.sites.len()), "{}: {figures}", people.login);
            let profit = people.rights.contains(&Right::PriceCost);
            assert_eq!(figures["all"].get("profit").is_some(), profit, "{}: {figures}", people.login);
        }
        for site in SITES {
            for path in [
                "/tasks?q=",
                "/locations?q=",
                "/people?q=",
                "/customers?q=",
                "/payments?q=",
                "/orders?q=",
                "/quotes?q=",
                "/contracts?q=",
                "/organisations?q=",
                "/stock?by=location&q=",
            ] {
                let (status, body) = world.get(people, &format!("{path}{}", mark(site))).await;
                if status == StatusCode::OK && !people.sites.contains(&site) {
                    assert_eq!((body["total"].as_i64(), body["items"].as_array().map(Vec::len)), (Some(0), Some(0)), "{path}: {body}");
                }
            }
        }
        for site in SITES {
            let (_, found) = world.get(people, &format!("/search?limit=50&q={}", mark(site))).await;
            let hits = found["items"].as_array().unwrap();
            for (kind, list) in [
                ("location", "locations"),
                ("task", "tasks"),
                ("edge", "edges"),
                ("person", "people"),
                ("customer", "customers"),
                ("order", "orders"),
                ("quote", "quotes"),
                ("contract", "contracts"),
            ] {
                let count = hits.iter().filter(|hit| hit["kind"] == kind).count();
                let (status, all) = world.get(people, &format!("/{list}?limit=200")).await;
                let listed = all["items"].as_array().into_iter().flatten().filter(|row| row.to_string().contains(&mark(site))).count();
                let wanted = if status == StatusCode::OK { listed } else { 0 };
                assert_eq!(count, wanted, "{kind} of site {site} found by {}: {found}", people.login);
            }
        }
        let (status, floor) = world.get(people, "/floor").await;
        if status == StatusCode::OK {
            let of_none = i64::from(people.whole_chain);
            let cases = people.sites.iter().map(|site| world::many(*site)).sum::<usize>();
            assert_eq!(
                floor["exceptions_open"].as_i64(),
                i64::try_from(cases).ok().map(|cases| cases + of_none),
                "{}: {floor}",
                people.login
            );
        }
        let (_, home) = world.get(people, "/home").await;
        for (counter, right) in [("tasks", Right::SeeWork), ("edges_away", Right::SeeEdges)] {
            let shown = home["counters"].as_array().unwrap().iter().find(|row| row["name"] == counter).map(|row| row["count"].as_i64());
            let wanted = people.sites.iter().map(|site| world::many(*site)).sum::<usize>();
            // The edges of this world were never enrolled, so none of them is missed.
            let wanted = if counter == "edges_away" { 0 } else { i64::try_from(wanted).unwrap() };
            assert_eq!(shown, people.rights.contains(&right).then_some(Some(wanted)), "{counter} of {}: {home}", people.login);
        }
        for site in SITES {
            let (status, _) = world.get(people, &format!("/home?site={site}")).await;
            assert_eq!(status == StatusCode::OK, people.sites.contains(&site), "/home?site={site} for {}", people.login);
        }
    }
}

/// The lists that a sheet is of, each with the filters that make the sheet the same. A new sheet has its line here.
fn sheets(list: &'static str) -> Vec<(&'static str, String, Value)> {
    let path = match list {
        "prices" => {
            let of = |site: i64| (list, format!("/price-lists/{}/prices", site * 10), json!({"price_list": site * 10}));
            return SITES.into_iter().map(of).collect();
        }
        "stock_by_location" => "/stock?by=location",
        "stock_summary" => "/stock/summary",
        "movements" | "tasks" | "exceptions" | "locations" | "stock" | "items" | "people" | "customers" | "payments" | "opportunities"
        | "tickets" | "contracts" | "orders" => return vec![(list, format!("/{list}"), json!({}))],
        other => panic!("the sheet of {other} has no line in http/matrix/mod.rs"),
    };
    vec![(list, path.to_owned(), json!({}))]
}

#[tokio::test]
async fn a_sheet_holds_what_the_list_holds_and_nothing_else() {
    let world = World::build().await;
    for people in &world.people {
        for (list, path, filters) in exportables().all().flat_map(|list| sheets(list.word())) {
            let (status, shown) = world.get(people, &format!("{path}{}limit=200", if path.contains('?') { "&" } else { "?" })).await;
            let sheet = match world.export(people, list, filters).await {
                Ok(sheet) => sheet,
                Err(refused) => {
                    assert_eq!(status, refused, "{list} for {}", people.login);
                    continue;
                }
            };
            assert_eq!(status, StatusCode::OK);
            assert_no_foreign_mark(people, &format!("the export of {list}"), &sheet);
            assert_eq!(sheet.lines().count() - 1, shown["items"].as_array().unwrap().len(), "{list} for {}: {sheet}", people.login);
        }
    }
}

#[tokio::test]
async fn the_event_stream_tells_of_what_its_reader_may_see() {
    let world = World::build().await;
    let streams = world.events().await;
    for people in &world.people {
        let text = &streams[&people.login];
        assert_no_foreign_mark(people, "the event stream", text);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for kind in text.lines().filter_map(|line| line.strip_prefix("event: ").or_else(|| line.strip_prefix("event:"))) {
            *seen.entry(kind.trim()).or_default() += 1;
        }
        let sites = people.sites.len();
        for (kind, right, of_none) in
            [("task", Right::SeeWork, 0), ("fact", Right::SeeWork, 0), ("exception", Right::SeeWork, 1), ("edge", Right::SeeEdges, 0)]
        {
            let none = if people.whole_chain { of_none } else { 0 };
            let wanted = if people.rights.contains(&right) { sites + none } else { 0 };
            assert_eq!(seen.get(kind).copied().unwrap_or(0), wanted, "{kind} events for {}: {text}", people.login);
        }
        for (kind, right, path) in [("order", Right::SeeSales, "/api/v1/orders"), ("ticket", Right::SeeTickets, "/api/v1/tickets")] {
            let near = people.sites.iter().filter(|site| people.sees(path, **site)).count();
            let wanted = if people.rights.contains(&right) { near } else { 0 };
            assert_eq!(seen.get(kind).copied().unwrap_or(0), wanted, "{kind} events for {}: {text}", people.login);
        }
        assert_eq!(seen.get("notification"), None, "{} was told what another person is told", people.login);
    }
}

#[tokio::test]
async fn whoever_sold_an_order_reads_its_tickets_and_leads_none() {
    let world = World::build().await;
    world.gives(30, "sales").await;
    let people = world.people.iter().find(|people| people.login == "sales").unwrap();
    let (_, list) = world.get(people, "/tickets?limit=200").await;
    assert_eq!((&list["items"][0]["id"], &list["total"]), (&json!(30), &json!(1)), "{list}");
    for (ticket, wanted) in [(30, StatusCode::OK), (31, StatusCode::NOT_FOUND), (10, StatusCode::NOT_FOUND)] {
        for path in ["", "/timeline", "/files"] {
            assert_eq!(world.get(people, &format!("/tickets/{ticket}{path}")).await.0, wanted, "{ticket}{path}");
        }
        let (_, found) = world.get(people, &format!("/search?kinds=ticket&q=S{ticket:06}")).await;
        assert_eq!(found["items"].as_array().map(Vec::len), Some(usize::from(wanted == StatusCode::OK)), "{found}");
    }
    assert_eq!(world.export(people, "tickets", json!({})).await.unwrap().lines().count(), 2, "the heading and one");
    let close = LINES.iter().find(|line| line.path == "/api/v1/tickets/{id}/acts").unwrap();
    assert_eq!(world.ask(Some(people), close, Some(3)).await.0, StatusCode::FORBIDDEN);
    let streams = world.events().await;
    assert_eq!(streams["sales"].matches("event: ticket").count() + streams["sales"].matches("event:ticket").count(), 1);
}

#[tokio::test]
async fn a_person_sees_themselves_when_their_role_is_for_their_own_records() {
    let world = World::build().await;
    let people = world.people.iter().find(|people| people.login == "mirror").unwrap();
    let (_, list) = world.get(people, "/people").await;
    let logins: Vec<_> = list["items"].as_array().unwrap().iter().map(|row| row["login"].as_str().unwrap()).collect();
    assert_eq!((logins, list["total"].as_i64()), (vec!["mirror"], Some(1)));
    let foreign: &Value = &world.get(people, "/people/1").await.1;
    assert_eq!(foreign["rule"], "not_found");
}
