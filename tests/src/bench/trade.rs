//! What a large chain sold in two years, made by the database itself: ten orders for each customer with lines, shares and money, opportunities and
//! tickets, and a hundred movements for each customer in and out of the stores; the sums that the hub keeps come of them.

use jiff::ToSpan as _;
use qitao_hub::db::Db;
use qitao_hub::platform::search::{Kind, index};
use qitao_hub::platform::sql::Sql;
use qitao_hub::sales::days;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult};

use super::chain::{SITES, numbers};
use super::{Failure, told};

/// Orders of each customer.
pub(super) const ORDERS: usize = 10;
/// Movements for each customer.
pub(super) const MOVEMENTS: usize = 100;
/// Days that all of it is spread over, up to today.
const DAYS: usize = 730;
/// Kinds of goods that a store has.
const GOODS: usize = 50;
/// Orders whose words are cut out in one transaction.
const AT_ONCE: usize = 20_000;
/// Tables that one statement each fills with most of what they will have.
const WHOLE: [&str; 6] = ["sales_line", "order_split", "payment", "opportunity_stay", "movement", "stock_day"];
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The days as rows of a table `d`: number from 0, the day as text, its tenth hour.
fn calendar() -> Result<String, Failure> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai")?).date();
    let mut rows = Vec::with_capacity(DAYS);
    for n in 0..DAYS {
        let day = today.checked_sub(i64::try_from(DAYS - 1 - n)?.days())?;
        let at = day.at(10, 0, 0, 0).in_tz("Asia/Shanghai")?.timestamp().as_millisecond();
        rows.push(format!("({n}, '{day}', CAST({at} AS BIGINT))"));
    }
    Ok(format!("(SELECT column1 AS n, column2 AS day, column3 AS ms FROM (VALUES {}) v) d", rows.join(", ")))
}

/// Orders, by the age of which they have come so far.
fn orders(customers: usize, calendar: &str) -> Vec<String> {
    let many = customers * ORDERS;
    let [counts, done] =
        ["'confirmed', 'shipped', 'completed'", "'completed'"].map(|states| format!("CASE WHEN o.state IN ({states}) THEN"));
    let share = "CASE WHEN x.id % 10 < 3 THEN x.amount_fen * 7 / 10 ELSE x.amount_fen END";
    vec![
        format!(
            "INSERT INTO sales_order (code, organisation_id, owner_id, customer_id, state, created_by, created_ms, version, ordered_on, promised_on, \
             delivered_on, amount_fen, approval, approval_note, reason, confirmed_ms, confirmed_on, customer_class, shipped_ms, completed_ms) {}, \
             o AS (SELECT n.i, c.id AS customer_id, c.organisation_id, c.owner_id, d.day, d.ms, CASE WHEN n.i % 25 = 0 THEN 'cancelled' \
             WHEN d.n >= {} AND n.i % 5 = 0 THEN 'draft' WHEN d.n >= {} THEN 'confirmed' WHEN d.n >= {} THEN 'shipped' ELSE 'completed' END AS state \
             FROM n JOIN customer c ON c.id = 1 + CAST(n.i AS BIGINT) * 7919 % {customers} JOIN {calendar} ON d.n = CAST(n.i AS BIGINT) * {DAYS} / {}) \
             SELECT 'SO' || o.i, o.organisation_id, o.owner_id, o.customer_id, o.state, 'admin', o.ms, 1, o.day, o.day, {done} o.day END, \
             100000 + CAST(o.i AS BIGINT) * 7919 % 900000, '', '', '', {counts} o.ms END, {counts} o.day END, {counts} CASE o.i % 10 \
             WHEN 0 THEN 'regular' WHEN 1 THEN 'client' ELSE 'prospect' END END, {done} o.ms END, {done} o.ms END FROM o",
            numbers(many),
            DAYS - 3,
            DAYS - 14,
            DAYS - 21,
            many + 1
        ),
        format!(
            "INSERT INTO sales_line (document, document_id, n, item_id, spec, quantity, price_fen, discount_bp, amount_fen, cost_fen) SELECT 'order', x.id, k.k, \
             1 + (x.id * 31 + k.k) % {GOODS}, '', 1000, x.amount_fen / 2, 0, CASE k.k WHEN 0 THEN x.amount_fen / 2 ELSE x.amount_fen - x.amount_fen / 2 END, \
             x.amount_fen * 3 / 10 FROM sales_order x JOIN (SELECT 0 AS k UNION ALL SELECT 1) k ON TRUE"
        ),
        format!("INSERT INTO order_split (order_id, person_id, n, share_bp, amount_fen) SELECT x.id, x.owner_id, 0, CASE WHEN x.id % 10 < 3 THEN 7000 ELSE 10000 END, {share} FROM sales_order x"),
        format!(
            "INSERT INTO order_split (order_id, person_id, n, share_bp, amount_fen) SELECT x.id, p.id, 1, 3000, x.amount_fen - {share} FROM sales_order x \
             JOIN hub_user o ON o.id = x.owner_id JOIN hub_user p ON p.id = CASE WHEN o.id % 2 = 0 THEN o.id + 1 ELSE o.id - 1 END \
             WHERE x.id % 10 < 3 AND p.login LIKE 'seller%'"
        ),
        "UPDATE order_split SET share_bp = 10000, amount_fen = (SELECT x.amount_fen FROM sales_order x WHERE x.id = order_id) WHERE share_bp = 7000 \
         AND NOT EXISTS (SELECT 1 FROM order_split o WHERE o.order_id = order_split.order_id AND o.n = 1)"
            .into(),
        "UPDATE customer SET class = 'client' WHERE id IN (SELECT customer_id FROM sales_order WHERE confirmed_on IS NOT NULL)".into(),
    ]
}

/// The money: half of each order received and applied on its day.
fn payments() -> Vec<String> {
    let of = "FROM sales_order x WHERE x.confirmed_on IS NOT NULL";
    let entry = |account: &str, order: &str, place: &str, method: &str, sign: &str, kind: &str| {
        format!(
            "INSERT INTO payment_entry (payment_id, account, customer_id, order_id, organisation_id, method, day, amount_fen) SELECT p.id, '{account}', \
             p.customer_id, {order}, {place}, {method}, p.day, {sign}p.amount_fen FROM payment p WHERE p.kind = '{kind}' ORDER BY p.id"
        )
    };
    vec![
        "INSERT INTO payment_order (order_id, customer_id, code, due_fen, open) SELECT id, customer_id, code, amount_fen, state <> 'cancelled' FROM sales_order".into(),
        format!(
            "INSERT INTO payment (kind, customer_id, organisation_id, person_id, amount_fen, method, reference, to_order, at_ms, day, reason, author, created_ms) \
             SELECT k.kind, x.customer_id, x.organisation_id, x.owner_id, x.amount_fen / 2, CASE k.kind WHEN 'receive' THEN 'wechat' ELSE '' END, '', \
             CASE k.kind WHEN 'receive' THEN NULL ELSE x.id END, x.confirmed_ms, x.confirmed_on, '', 'admin', x.confirmed_ms {}",
            of.replacen("sales_order x", "sales_order x JOIN (SELECT 'receive' AS kind UNION ALL SELECT 'apply') k ON TRUE", 1) + " ORDER BY x.id, k.kind DESC"
        ),
        entry("till", "CAST(NULL AS BIGINT)", "p.organisation_id", "p.method", "-", "receive"),
        entry("held", "CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)", "''", "", "receive"),
        entry("held", "CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)", "''", "-", "apply"),
        entry("order", "p.to_order", "CAST(NULL AS BIGINT)", "''", "", "apply"),
    ]
}

/// Two opportunities for each customer, and a ticket for each tenth order. Their texts are empty.
fn work(customers: usize, calendar: &str) -> Vec<String> {
    let stage = "CASE WHEN n.i % 10 > 0 THEN 'contract' WHEN n.i % 40 = 0 THEN 'lead' WHEN n.i % 40 = 10 THEN 'contact' WHEN n.i % 40 = 20 THEN 'design' ELSE 'quote' END";
    vec![
        format!(
            "INSERT INTO opportunity (code, customer_id, organisation_id, owner_id, title, pipeline, stage, state, amount, stage_since_ms, block_reason, block_note, \
             lost_reason, closed_ms, created_by, created_ms, version) {} SELECT 'O' || n.i, c.id, c.organisation_id, c.owner_id, '全屋定制', 'sales', {stage}, \
             CASE WHEN n.i % 10 = 0 THEN 'open' ELSE 'won' END, 500000, d.ms, '', '', '', CASE WHEN n.i % 10 = 0 THEN NULL ELSE d.ms END, 'admin', d.ms, 1 \
             FROM n JOIN customer c ON c.id = 1 + n.i % {customers} JOIN {calendar} ON d.n = CAST(n.i AS BIGINT) * {DAYS} / {}",
            numbers(customers * 2),
            customers * 2 + 1
        ),
        "INSERT INTO opportunity_stay (opportunity_id, pipeline, stage, entered_ms, left_ms, outcome, block_reason) SELECT o.id, 'sales', k.k, o.created_ms, \
         o.closed_ms, CASE WHEN o.closed_ms IS NULL THEN '' ELSE 'forward' END, '' FROM opportunity o JOIN (SELECT 'contact' AS k UNION ALL SELECT 'design' \
         UNION ALL SELECT 'quote') k ON TRUE WHERE o.code IS NOT NULL"
            .into(),
        "INSERT INTO ticket (code, kind, fault, state, organisation_id, customer_id, order_id, feedback_ms, done_ms, far, created_by, created_ms, version) \
         SELECT 'S' || x.id, 'delivery_install', '', CASE WHEN x.state = 'completed' THEN 'closed' ELSE 'new' END, x.organisation_id, x.customer_id, x.id, \
         x.confirmed_ms, x.completed_ms, FALSE, 'admin', x.confirmed_ms, 1 FROM sales_order x WHERE x.id % 10 = 1 AND x.confirmed_ms IS NOT NULL"
            .into(),
    ]
}

/// Goods that came and were sold, store by store, and the sums of their days.
fn goods(customers: usize, calendar: &str) -> Vec<String> {
    let each = (customers * MOVEMENTS / SITES).max(2);
    let flow = |way: &str, other: &str, come: &str, gone: &str, reason: &str| {
        format!(
            "INSERT INTO stock_day (item_id, site_id, day, reason, quantity_in, quantity_out) SELECT m.item_id, m.site_id, (m.booked_ms + 28800000) / {DAY_MS}, \
             '{reason}', {come}, {gone} FROM movement m JOIN location o ON o.id = m.{way} AND o.kind = '{other}' JOIN site s ON s.id = m.site_id \
             WHERE s.code LIKE 'BS%' GROUP BY 1, 2, 3"
        )
    };
    let sum = "CAST(SUM(m.quantity) AS BIGINT)";
    vec![
        "INSERT INTO location (site_id, code, kind, name, version, deleted) SELECT s.id, k.code, k.kind, '', 1, FALSE FROM site s JOIN (SELECT 'SUPPLIER' AS code, \
         'supplier' AS kind UNION ALL SELECT 'A-01-1', 'bin' UNION ALL SELECT 'CUSTOMER', 'customer') k ON TRUE WHERE s.code LIKE 'BS%'"
            .into(),
        format!(
            "INSERT INTO movement (n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, reason, author) {} SELECT 0, d.ms + n.i, d.ms + n.i, \
             s.id, 1 + (n.i / 2 * 7 + s.id * 13) % {GOODS}, 1, '', 1000, CASE n.i % 2 WHEN 0 THEN f.id ELSE b.id END, CASE n.i % 2 WHEN 0 THEN b.id ELSE t.id END, \
             CASE n.i % 2 WHEN 0 THEN 'put_away' ELSE 'ship' END, 'admin' FROM site s JOIN location f ON f.site_id = s.id AND f.code = 'SUPPLIER' JOIN location b \
             ON b.site_id = s.id AND b.code = 'A-01-1' JOIN location t ON t.site_id = s.id AND t.code = 'CUSTOMER' JOIN n ON TRUE JOIN {calendar} \
             ON d.n = n.i * {DAYS} / {} WHERE s.code LIKE 'BS%' AND n.i > 1",
            numbers(each),
            each + 1
        ),
        flow("from_id", "supplier", sum, "0", "supplier"),
        flow("to_id", "customer", "0", sum, "customer"),
        "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) SELECT b.id, d.item_id, 1, '', CAST(SUM(d.quantity_in - d.quantity_out) AS BIGINT), \
         d.site_id FROM stock_day d JOIN location b ON b.site_id = d.site_id AND b.code = 'A-01-1' JOIN site s ON s.id = d.site_id WHERE s.code LIKE 'BS%' GROUP BY 1, 2, 6"
            .into(),
    ]
}

#[derive(FromQueryResult)]
struct Indexed {
    name: String,
    text: String,
}

/// Runs a statement that makes millions of rows as one would restore them: what refers to what is right by how it is made, and is not looked up
/// row by row; an index of a table that is filled whole is made when the rows are there.
async fn pour(db: &Db, statement: String) -> Result<(), Failure> {
    let is_postgres = db.backend() == DbBackend::Postgres;
    let into = statement.strip_prefix("INSERT INTO ").and_then(|rest| rest.split(' ').next()).filter(|table| WHOLE.contains(table));
    let tx = db.begin().await?;
    if is_postgres {
        tx.execute_unprepared(
            "SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '128MB'",
        )
        .await?;
    }
    let indexes: Vec<Indexed> = match into {
        None => Vec::new(),
        Some(table) => {
            let list = match is_postgres {
                true => {
                    "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c \
                     WHERE c.conname = indexname) AND schemaname = CURRENT_SCHEMA AND tablename = "
                }
                false => "SELECT name, sql AS text FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ",
            };
            Sql::new(list).bind(table).all(&tx).await?
        }
    };
    for index in &indexes {
        tx.execute_unprepared(&format!("DROP INDEX \"{}\"", index.name)).await?;
    }
    Sql::new(statement).run(&tx).await?;
    for index in &indexes {
        tx.execute_unprepared(&index.text).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Adds all of it to a chain with customers.
pub(super) async fn fill(db: &Db, customers: usize) -> Result<(), Failure> {
    let calendar = calendar()?;
    let parts = [
        ("orders", orders(customers, &calendar)),
        ("payments", payments()),
        ("opportunities and tickets", work(customers, &calendar)),
        ("movements", goods(customers, &calendar)),
    ];
    for (what, statements) in parts {
        let began = std::time::Instant::now();
        for statement in statements {
            pour(db, statement).await?;
        }
        if db.backend() == DbBackend::Postgres {
            // Its own housekeeping would do this a minute later, and the next statements go by it.
            Sql::new("ANALYZE").run(db.read()).await?;
        }
        told(&format!("{what} took {:.0} s", began.elapsed().as_secs_f64()));
    }
    let began = std::time::Instant::now();
    let tx = db.begin().await?;
    days::rebuild(&tx).await?;
    tx.commit().await?;
    told(&format!("sums of days took {:.0} s", began.elapsed().as_secs_f64()));
    let began = std::time::Instant::now();
    let orders = Sql::new("SELECT CAST(id AS TEXT) FROM sales_order ORDER BY id").texts(db.read()).await?;
    for some in orders.chunks(AT_ONCE) {
        let tx = db.begin().await?;
        index(&tx, Kind::Order, some).await?;
        tx.commit().await?;
    }
    told(&format!("words of orders took {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}
