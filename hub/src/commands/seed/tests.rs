//! A seeded chain holds what every module asks of its records: books that tie out, shares and money that add up, texts that are sealed.

use jiff::tz::TimeZone;
use sea_orm::{ConnectionTrait, FromQueryResult};
use zeroize::Zeroizing;

use super::{Business, papers, write};
use crate::db::rig::scratch;
use crate::db::{Db, migration};
use crate::demo::chain;
use crate::demo::trade::{Now, Shape, trade};
use crate::inventory::{days_tie_out, tie_out};
use crate::platform::clock;
use crate::platform::config::Config;
use crate::platform::files::Files;
use crate::platform::sql::Sql;
use crate::platform::vault::{MasterAt, Vault};
use crate::sales::days;

/// Rows that a statement finds against the rules.
async fn wrong(db: &impl ConnectionTrait, what: &str) -> i64 {
    Sql::new(format!("SELECT COUNT(*) FROM ({what}) AS wrong")).number(db).await.unwrap()
}

#[derive(FromQueryResult)]
struct Clear {
    phone: String,
    address: String,
}

#[derive(FromQueryResult)]
struct Confirmed {
    confirmed_ms: i64,
    confirmed_on: String,
}

/// The steps that filled the figures of a hub that was there before them come to what the hub keeps.
async fn steps_reckon_as_the_hub_does(db: &Db) {
    let kept = "SELECT day || ' ' || organisation_id || ' ' || person_id || ' ' || customer_class || ' ' || paid_fen FROM sales_day \
                ORDER BY day, organisation_id, person_id, customer_class";
    let tx = db.begin().await.unwrap();
    let before = Sql::new(kept).texts(&tx).await.unwrap();
    Sql::new("UPDATE sales_day SET paid_fen = 0").run(&tx).await.unwrap();
    migration::paid_by_day(&tx).await.unwrap();
    assert_eq!(Sql::new(kept).texts(&tx).await.unwrap(), before);
    let months = "SELECT month || ' ' || organisation_id || ' ' || person_id || ' ' || customer_class || ' ' || orders || ' ' || shares || ' ' || \
                  amount_fen || ' ' || known_fen || ' ' || cost_fen || ' ' || paid_fen FROM sales_month ORDER BY month, organisation_id, person_id, \
                  customer_class";
    let before = Sql::new(months).texts(&tx).await.unwrap();
    Sql::new("DELETE FROM sales_month").run(&tx).await.unwrap();
    Sql::new(migration::MONTHS_OF_DAYS).run(&tx).await.unwrap();
    assert_eq!(Sql::new(months).texts(&tx).await.unwrap(), before);
    assert!(before.len() > 20);
    Sql::new("UPDATE organisation SET time_zone = 'Europe/Berlin'").run(&tx).await.unwrap();
    migration::days_of_orders(&tx).await.unwrap();
    let orders = "SELECT confirmed_ms, confirmed_on FROM sales_order WHERE confirmed_ms IS NOT NULL";
    let (orders, zone): (Vec<Confirmed>, _) = (Sql::new(orders).all(&tx).await.unwrap(), TimeZone::get("Europe/Berlin").unwrap());
    let day = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned(zone.clone()).date().to_string();
    assert!(orders.len() > 100 && orders.iter().all(|order| order.confirmed_on == day(order.confirmed_ms)));
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn the_books_of_a_seeded_chain_tie_out_and_its_customers_are_sealed() {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    let chain = chain(1, 300);
    let now = Now::new(clock::now_ms(), TimeZone::get("Asia/Shanghai").unwrap());
    let done = trade(1, Shape::Chain, &chain.items, &now);
    let vault = Vault::open(&db, MasterAt::Text(Zeroizing::new("5".repeat(64)))).await.unwrap();
    let agreed = write(&db, &chain, Some(Business { vault: &vault, done: &done, now: &now }), |_| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = Files::of(&Config::local(folder.path()), db.clone()).unwrap();
    papers(&db, &files, &agreed).await.unwrap();
    let read = db.read();
    let count = async |table: &str| Sql::new(format!("SELECT COUNT(*) FROM {table}")).number(read).await.unwrap();
    assert_eq!(count("sales_order").await, i64::try_from(done.orders.len()).unwrap());
    assert_eq!(count("opportunity").await, i64::try_from(done.leads.len()).unwrap());
    assert!(count("contract").await > 20 && count("task WHERE state = 'open'").await > 0 && count("task WHERE complete").await > 50);
    assert!(tie_out(read).await.unwrap().is_empty());
    assert!(days_tie_out(read).await.unwrap().is_empty());
    assert_eq!(days::off(read).await.unwrap(), 0);
    assert!(Sql::new("SELECT CAST(SUM(paid_fen) AS BIGINT) FROM sales_day").number(read).await.unwrap() > 0);
    steps_reckon_as_the_hub_does(&db).await;
    for (rule, found) in [
        (
            "an order is its lines",
            "SELECT o.id FROM sales_order o JOIN sales_line l ON l.document = 'order' AND l.document_id = o.id GROUP BY o.id, o.amount_fen HAVING SUM(l.amount_fen) <> o.amount_fen",
        ),
        (
            "a contract is its lines",
            "SELECT o.id FROM contract o JOIN sales_line l ON l.document = 'contract' AND l.document_id = o.id GROUP BY o.id, o.amount_fen HAVING SUM(l.amount_fen) <> o.amount_fen",
        ),
        (
            "a contract has what it was signed with, and its text",
            "SELECT c.id FROM contract c WHERE c.sealed IS NULL OR (SELECT COUNT(*) FROM file f WHERE f.entity = 'contract' AND f.record_id = c.id AND f.state = 'kept') <> 2",
        ),
        (
            "a contract is its instalments",
            "SELECT o.id FROM contract o JOIN contract_instalment l ON l.contract_id = o.id GROUP BY o.id, o.amount_fen HAVING SUM(l.amount_fen) <> o.amount_fen",
        ),
        (
            "a contract is what its order comes to, of the same customer",
            "SELECT c.id FROM contract c LEFT JOIN sales_order o ON o.contract_id = c.id WHERE o.id IS NULL OR o.amount_fen <> c.amount_fen OR o.customer_id <> c.customer_id",
        ),
        (
            "what left was picked",
            "SELECT o.id FROM sales_order o LEFT JOIN task t ON t.id = o.task_id WHERE o.shipped_ms IS NOT NULL AND (t.id IS NULL OR NOT t.complete OR t.finished_ms > o.shipped_ms OR t.reference <> o.code)",
        ),
        (
            "a finished pick moved what it asked for",
            "SELECT n.id FROM task_line n JOIN task t ON t.id = n.task_id WHERE t.state = 'finished' AND (n.done <> n.quantity OR NOT EXISTS (SELECT 1 FROM movement m WHERE m.task_id = t.id AND m.reason = 'pick' AND m.item_id = n.item_id AND m.carton = n.carton))",
        ),
        (
            "an open pick has its goods reserved",
            "SELECT t.id FROM task t JOIN sales_order o ON o.task_id = t.id WHERE t.state = 'open' AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.order_id = o.id AND r.released_ms IS NULL)",
        ),
        (
            "an order is its shares",
            "SELECT o.id FROM sales_order o JOIN order_split s ON s.order_id = o.id GROUP BY o.id, o.amount_fen HAVING SUM(s.amount_fen) <> o.amount_fen OR SUM(s.share_bp) <> 10000",
        ),
        (
            "nobody has paid more than an order costs",
            "SELECT order_id FROM payment_entry WHERE account = 'order' GROUP BY order_id HAVING SUM(amount_fen) > (SELECT due_fen FROM payment_order p WHERE p.order_id = payment_entry.order_id)",
        ),
        (
            "what is received is applied",
            "SELECT customer_id FROM payment_entry WHERE account = 'held' GROUP BY customer_id HAVING SUM(amount_fen) <> 0",
        ),
        ("a payment moves what it says", "SELECT payment_id FROM payment_entry GROUP BY payment_id HAVING SUM(amount_fen) <> 0"),
        ("everybody's path ends with their own number", "SELECT id FROM organisation WHERE path NOT LIKE '%/' || CAST(id AS TEXT) || '/'"),
        (
            "a store stands beneath its parent",
            "SELECT o.id FROM organisation o JOIN organisation p ON p.id = o.parent_id WHERE o.path <> p.path || CAST(o.id AS TEXT) || '/'",
        ),
        (
            "a guide belongs to a store",
            "SELECT u.id FROM hub_user u JOIN person_role r ON r.person_id = u.id JOIN role ON role.id = r.role_id JOIN organisation o ON o.id = u.organisation_id WHERE role.code = 'sales' AND o.kind <> 'store'",
        ),
    ] {
        assert_eq!(wrong(read, found).await, 0, "{rule}");
    }
    let late = clock::now_ms() - 60_000;
    let to_come = format!(
        "SELECT id FROM sales_order WHERE confirmed_ms > {late} OR shipped_ms > {late} OR completed_ms > {late} \
         UNION ALL SELECT id FROM survey WHERE answered_ms > {late} \
         UNION ALL SELECT id FROM audit WHERE entity = 'order' AND at_ms > {late}"
    );
    assert_eq!(wrong(read, &to_come).await, 0, "a wall shows no sale of the time to come");
    let clear: Vec<Clear> = Sql::new("SELECT phone, address FROM customer").all(read).await.unwrap();
    for (row, customer) in clear.iter().zip(&done.customers) {
        assert!(!row.phone.contains(&customer.phone) && !row.address.contains(&customer.address));
    }
    db.close().await.unwrap();
}
