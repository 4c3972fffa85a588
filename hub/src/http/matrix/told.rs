//! What people are told beside lists: counters of what waits, each the total of the list that it opens; and what colleagues say.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::assert_no_foreign_mark;
use super::world::{DEALER_A, SITES, World, many, mark};

/// What makes every counter count something, step by step, for a reader `{me}`: an order is in one state at a time.
const STEPS: [&[&str]; 3] = [
    &[
        "UPDATE customer SET owner_id = {me}, next_follow_ms = 1, idle_since_ms = 1",
        "UPDATE opportunity SET due_ms = 1",
        "UPDATE sales_order SET state = 'draft', approval = 'asked'",
        "UPDATE contract SET state = 'draft', approval = 'asked'",
        "UPDATE exception SET kind = 'count_variance'",
        "UPDATE ticket SET kind = 'after_sales', state = 'new', installer_id = NULL",
    ],
    &[
        "UPDATE sales_order SET state = 'confirmed', approval = '', promised_on = '2020-01-01'",
        "UPDATE contract SET state = 'signed', approval = ''",
        "UPDATE ticket SET state = 'dispatched', installer_id = {me}, appointed_ms = 1",
    ],
    &["UPDATE sales_order SET state = 'shipped'", "UPDATE ticket SET kind = 'return_visit', due_ms = 1"],
];

/// Counters whose page shows more than they count, or has no list of records.
const OTHERS: [&str; 5] = ["edges_away", "jobs_dead", "deliveries_dead", "channels_failing", "unread"];

#[tokio::test]
async fn a_counter_is_the_total_of_the_list_that_it_opens_at_every_organisation() {
    let world = World::build().await;
    for site in SITES {
        for n in 0..i64::try_from(many(site)).unwrap() {
            let due = format!(
                "INSERT INTO contract_instalment (contract_id, n, name, amount_fen, due_on) VALUES ({}, 1, 'x', 100, '2020-01-01')",
                site * 10 + n
            );
            world.put(&due).await;
        }
    }
    let parts = [None].into_iter().chain(SITES.map(|site| Some(world.organisation(site)))).chain([Some(DEALER_A)]);
    let parts: Vec<Option<i64>> = parts.collect();
    let mut wrong = Vec::new();
    let mut counted = std::collections::BTreeMap::<String, i64>::new();
    for (me, people) in (1_i64..).zip(&world.people) {
        for step in STEPS {
            for statement in step {
                world.put(&statement.replace("{me}", &me.to_string())).await;
            }
            for part in &parts {
                let below = part.map_or_else(String::new, |part| format!("below={part}"));
                let (status, home) = world.get(people, &format!("/home?{below}")).await;
                if status == StatusCode::NOT_FOUND {
                    continue;
                }
                for counter in home["counters"].as_array().unwrap() {
                    let (name, count) = (counter["name"].as_str().unwrap(), counter["count"].as_i64().unwrap());
                    if OTHERS.contains(&name) {
                        continue;
                    }
                    let link = counter["link"].as_str().unwrap();
                    let list = format!("{link}{}{below}", if link.contains('?') { "&" } else { "?" });
                    let (_, list) = world.get(people, &list).await;
                    if Some(count) != list["total"].as_i64() {
                        wrong.push(format!("{name} of {} at {part:?}: {count}, and {link}: {}", people.login, list["total"]));
                    }
                    *counted.entry(name.to_owned()).or_default() += count;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    let nothing: Vec<_> = counted.iter().filter(|(_, count)| **count == 0).collect();
    assert!(nothing.is_empty() && counted.len() == 15, "these counted nothing: {nothing:?} of {counted:?}");
}

/// Every kind of record that people talk about, with what shows one.
const TALKED_OF: [(&str, &str); 8] = [
    ("item", "items"),
    ("task", "tasks"),
    ("exception", "exceptions"),
    ("customer", "customers"),
    ("opportunity", "opportunities"),
    ("ticket", "tickets"),
    ("contract", "contracts"),
    ("order", "orders"),
];

#[tokio::test]
async fn comments_are_read_by_who_sees_the_record_and_name_nobody_to_strangers() {
    let world = World::build().await;
    for people in &world.people {
        for site in SITES {
            for (kind, list) in TALKED_OF {
                let id = if kind == "item" { 1 } else { site * 10 };
                let (shown, _) = world.get(people, &format!("/{list}/{id}")).await;
                let path = format!("/comments/{kind}/{id}");
                for part in ["", "/people", &format!("/people?q={}", mark(site))] {
                    let (status, body) = world.get(people, &format!("{path}{part}")).await;
                    assert_eq!(status, shown, "{path}{part} for {}: {body}", people.login);
                    assert_no_foreign_mark(people, &format!("{path}{part}"), &body.to_string());
                }
                // Whoever cannot be named is a number, whether there is anybody or not.
                let mut refusals = Vec::new();
                for person in [world.person(3), 987_654] {
                    let body = json!({"text": "看一下", "people": [person]});
                    let (status, body) = world.send(Some(people), "POST", &format!("/api/v1{path}"), body).await;
                    let knows = kind == "item" && person == world.person(3) && people.sites.contains(&3);
                    let wanted = match shown {
                        StatusCode::OK if knows => StatusCode::CREATED,
                        StatusCode::OK => StatusCode::UNPROCESSABLE_ENTITY,
                        refused => refused,
                    };
                    assert_eq!(status, wanted, "{path} naming {person} for {}: {body}", people.login);
                    if status == StatusCode::CREATED {
                        continue;
                    }
                    assert!(!body.to_string().contains(&mark(3)), "{path} for {}: {body}", people.login);
                    refusals.push(body.to_string().replace(&person.to_string(), "N"));
                }
                assert!(refusals.windows(2).all(|two| two[0] == two[1]), "{path} for {}: {refusals:?}", people.login);
            }
        }
        // One was said of the item at each site.
        let (_, said) = world.get(people, "/comments/item/1?limit=200").await;
        let rows: Vec<&Value> = said["items"].as_array().unwrap().iter().filter(|row| row["at_ms"] == 1).collect();
        assert_eq!(rows.len(), people.sites.len(), "{}: {said}", people.login);
        let all = said["items"].as_array().unwrap().len();
        assert_eq!(said["total"].as_i64(), i64::try_from(all).ok(), "{}: the count is that of the rows", people.login);
    }
}
