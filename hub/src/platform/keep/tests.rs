//! What goes and what stays, on either database.

use std::sync::Arc;

use super::settings::Settings;
use super::*;
use crate::db::rig::{Scratch, scratch};
use crate::platform::clock::Clock;
use crate::platform::identity::{self, NewUser, Role};

/// 2026-09-22 00:00:00 in Shanghai.
const MIDNIGHT: i64 = 1_790_006_400_000;
const HALF_PAST_THREE: i64 = MIDNIGHT + (3 * 60 + 30) * 60 * 1000;

struct Rig {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    _scratch: Scratch,
}

impl Rig {
    async fn new() -> Self {
        let scratch = scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        let admin =
            NewUser { login: "admin".into(), name: "admin".into(), role: Role::Admin, site: None, password: "correct-horse-1".into() };
        identity::add(&db, "test", admin).await.unwrap();
        let clock = Clock::standing(MIDNIGHT);
        let settings = Settings { read_days: 90, unread_days: 365, ended_days: 60 };
        let jobs = Jobs::new(db.clone(), clock.clone(), vec![Arc::new(Sweep { settings })]);
        Self { db, clock, jobs, _scratch: scratch }
    }

    async fn sql(&self, statement: &str) {
        let tx = self.db.begin().await.unwrap();
        Sql::new(statement).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.db.read()).await.unwrap()
    }

    async fn rows(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }
}

const fn days_ago(days: i64) -> i64 {
    HALF_PAST_THREE - days * DAY_MS
}

#[test]
fn the_next_one_is_at_half_past_three_of_the_chain() {
    assert_eq!(next(MIDNIGHT, "Asia/Shanghai"), HALF_PAST_THREE);
    assert_eq!(next(HALF_PAST_THREE, "Asia/Shanghai"), HALF_PAST_THREE + DAY_MS);
    assert_eq!(next(HALF_PAST_THREE + 1, "Asia/Shanghai"), HALF_PAST_THREE + DAY_MS);
    // A night of 23 hours.
    let before: Timestamp = "2026-03-28T20:00:00Z".parse().unwrap();
    assert_eq!(next(before.as_millisecond(), "Europe/Berlin"), "2026-03-29T01:30:00Z".parse::<Timestamp>().unwrap().as_millisecond());
}

#[tokio::test]
async fn one_is_planned_for_every_night_however_often_it_is_looked() {
    let rig = Rig::new().await;
    for _ in 0..3 {
        plan(&rig.db, rig.clock.now_ms(), "Asia/Shanghai").await.unwrap();
        rig.clock.forward(60_000);
    }
    assert_eq!(rig.rows("job").await, 1);
    assert_eq!(rig.jobs.run_due().await.unwrap(), 0, "not before its hour");
    rig.clock.forward(HALF_PAST_THREE - rig.clock.now_ms());
    assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
    plan(&rig.db, rig.clock.now_ms(), "Asia/Shanghai").await.unwrap();
    assert_eq!(rig.number("SELECT due_ms FROM job WHERE state = 'waiting'").await, HALF_PAST_THREE + DAY_MS);
    assert_eq!(rig.number("SELECT COUNT(*) FROM job WHERE state = 'done'").await, 1);
}

#[tokio::test]
async fn what_is_old_and_dealt_with_goes_and_everything_else_stays() {
    let rig = Rig::new().await;
    let person = rig.number("SELECT id FROM hub_user WHERE login = 'admin'").await;
    let notice = |id: i64, days: i64, told: &str| format!("({id}, 'backup_failed', '{{}}', '/', FALSE, {}, {told})", days_ago(days));
    // 1: old, about nothing any more. 2: a message of it was given up. 3: a delivery of it was given up. 4: not handed out. 5: new.
    let notices = [notice(1, 61, "1"), notice(2, 61, "1"), notice(3, 61, "1"), notice(4, 61, "NULL"), notice(5, 59, "1")].join(",");
    rig.sql(&format!("INSERT INTO notice (id, kind, data, link, spread, created_ms, told_ms) VALUES {notices}")).await;
    let told = |days: i64, read: &str| format!("({person}, 1, 'backup_failed', '', 1, '{{}}', '/', {}, {read})", days_ago(days));
    // More than go at once.
    let mut notifications: Vec<String> = (0..1_100).map(|n| told(91 + n % 7, "5")).collect();
    notifications.extend([told(89, "5"), told(91, "NULL"), told(364, "NULL"), told(366, "NULL"), told(366, "5")]);
    let into = "INSERT INTO notification (user_id, notice_id, kind, topic, count, data, link, at_ms, read_ms) VALUES ";
    rig.sql(&format!("{into}{}", notifications.join(","))).await;
    let message = |notice: i64, state: &str, days: i64| format!("({notice}, '{state}', {}, 1)", days_ago(days));
    let messages = [message(1, "sent", 61), message(2, "dead", 61), message(5, "sent", 59), message(2, "waiting", 61)].join(",");
    rig.sql(&format!("INSERT INTO message (notice_id, state, created_ms, attempts) VALUES {messages}")).await;
    rig.sql(
        "INSERT INTO webhook (id, name, url, secret, kinds, enabled, created_by, created_ms, version) VALUES (1, 'a', '', '', '[]', TRUE, 'a', 1, 1)",
    )
    .await;
    let delivery =
        |id: i64, notice: i64, state: &str, days: i64| format!("({id}, 1, {notice}, 'e{id}', 'x', '', '{state}', {})", days_ago(days));
    let deliveries = [delivery(1, 1, "delivered", 61), delivery(2, 3, "dead", 61), delivery(3, 5, "delivered", 59)].join(",");
    rig.sql(&format!(
        "INSERT INTO webhook_delivery (id, webhook_id, notice_id, event, kind, payload, state, created_ms) VALUES {deliveries}"
    ))
    .await;
    rig.sql("INSERT INTO webhook_attempt (delivery_id, at_ms, took_ms) VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1), (3, 1, 1)").await;
    let export = |days: i64| format!("('items', 'csv', 'zh', '{{}}', 'done', 1, {person}, 'admin', 1, {})", days_ago(days));
    let into =
        "INSERT INTO export (list, format, language, query, state, row_count, person_id, created_by, created_ms, expires_ms) VALUES ";
    rig.sql(&format!("{into}{}, {}", export(61), export(59))).await;

    plan(&rig.db, rig.clock.now_ms(), "Asia/Shanghai").await.unwrap();
    rig.clock.forward(HALF_PAST_THREE - rig.clock.now_ms());
    assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
    assert_eq!(rig.number("SELECT COUNT(*) FROM job WHERE state = 'done'").await, 1);

    assert_eq!(rig.rows("notification").await, 3, "read ones for 90 days, others for a year");
    assert_eq!(rig.number("SELECT COUNT(*) FROM message WHERE state <> 'sent'").await, 2);
    assert_eq!(rig.rows("message").await, 3);
    assert_eq!(rig.number("SELECT CAST(SUM(id) AS BIGINT) FROM webhook_delivery").await, 5, "what was given up stays");
    assert_eq!(rig.rows("webhook_attempt").await, 2);
    assert_eq!(rig.number("SELECT CAST(SUM(id) AS BIGINT) FROM notice").await, 2 + 3 + 4 + 5);
    assert_eq!(rig.number("SELECT expires_ms FROM export").await, days_ago(59));
}

#[tokio::test]
async fn rows_of_imports_go_when_nothing_can_be_taken_back_any_more() {
    let rig = Rig::new().await;
    let counts =
        |new: u32, undone: u32| format!("{{\"rows\":3,\"new\":{new},\"changed\":0,\"same\":0,\"bad\":1,\"undone\":{undone},\"kept\":0}}");
    let import = |id: i64, state: &str, new: u32, undone: u32, days: i64| {
        let (counts, at) = (counts(new, undone), days_ago(days));
        format!("({id}, 'items', '{state}', 'x.csv', '{{}}', '[]', '[]', FALSE, 1, '{counts}', '[]', 1, 'admin', {at})")
    };
    let imports = [
        import(1, "undone", 2, 2, 61),
        // Something of it could not be taken back yet.
        import(2, "undone", 2, 1, 61),
        import(3, "done", 2, 0, 61),
        import(4, "done", 0, 0, 61),
        // Checked, and its file is gone.
        import(5, "checked", 2, 0, 61),
        import(6, "undone", 2, 2, 59),
        import(7, "stopped", 2, 0, 61),
    ];
    let into = "INSERT INTO import (id, entity, state, name, shape, headers, mapping, update_existing, next_row, counts, preview, person_id, \
                created_by, created_ms) VALUES ";
    rig.sql(&format!("{into}{}", imports.join(","))).await;
    let rows = |import: i64, many: i64| (1..=many).map(move |row| format!("({import}, {row}, 'new', 'k', FALSE)"));
    let rows: Vec<String> = rows(1, 1_200).chain((2..=7).flat_map(|import| rows(import, 3))).collect();
    rig.sql(&format!("INSERT INTO import_row (import_id, row_no, outcome, key, taken_back) VALUES {}", rows.join(","))).await;
    plan(&rig.db, rig.clock.now_ms(), "Asia/Shanghai").await.unwrap();
    rig.clock.forward(HALF_PAST_THREE - rig.clock.now_ms());
    assert_eq!(rig.jobs.run_due().await.unwrap(), 1);
    let mut left = Vec::new();
    for import in 1..=7 {
        left.push(rig.number(&format!("SELECT COUNT(*) FROM import_row WHERE import_id = {import}")).await);
    }
    assert_eq!(left, [0, 3, 3, 0, 0, 3, 3]);
    assert_eq!(rig.rows("import").await, 7, "that they were made is still known");
}
