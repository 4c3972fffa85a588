//! Jobs and schedules; what people are told, where, and by which channel; webhooks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, json, json_null, string, string_null, text, text_null,
};

use super::{id, index, primary, refers, table};

/// The third migration.
pub(super) struct Jobs;

impl MigrationName for Jobs {
    fn name(&self) -> &'static str {
        "m0011_jobs"
    }
}

fn work() -> Vec<TableCreateStatement> {
    vec![
        // `state`: waiting, running, done, dead, cancelled. `due_ms`: when somebody has to look at it, which is `run_at_ms` while it
        // waits, the end of the lease while it runs, and null when it has ended. `collapse_key`: while a job with this key waits, no
        // second one is made; it is given back when the job begins. `progress`: thousandths.
        table("job")
            .col(id())
            .col(string("kind"))
            .col(json("args"))
            .col(string("state"))
            .col(big_integer("run_at_ms"))
            .col(big_integer_null("due_ms"))
            .col(integer("attempts"))
            .col(integer_null("max_attempts"))
            .col(text_null("last_error"))
            .col(integer("progress"))
            .col(json_null("words"))
            .col(json_null("result"))
            .col(string("created_by"))
            .col(big_integer_null("organisation_id"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("started_ms"))
            .col(big_integer_null("ended_ms"))
            .col(string_null("lease"))
            .col(boolean("cancel_asked"))
            .col(string_null("idempotency_key").unique_key())
            .col(string_null("collapse_key").unique_key())
            .take(),
        // `time_zone` null: that of the site, or of the whole chain. `missed`: once, skip. `next_ms` null: never again.
        table("schedule")
            .col(id())
            .col(string("name").unique_key())
            .col(string("kind"))
            .col(json("args"))
            .col(string("cron"))
            .col(string_null("time_zone"))
            .col(big_integer_null("site_id"))
            .col(big_integer_null("organisation_id"))
            .col(string("missed"))
            .col(boolean("enabled"))
            .col(big_integer_null("next_ms"))
            .col(big_integer_null("last_planned_ms"))
            .col(big_integer_null("last_job"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
    ]
}

fn notices() -> Vec<TableCreateStatement> {
    vec![
        // What is to be told, written in the transaction of the change; `told_ms`: when it was handed out to people, channels, webhooks.
        // `user_id`: to this person alone; else to whoever has the right `audience` at the site. `spread`: not all at the same second.
        table("notice")
            .col(id())
            .col(string("kind"))
            .col(big_integer_null("site_id"))
            .col(big_integer_null("organisation_id"))
            .col(big_integer_null("user_id"))
            .col(string_null("audience"))
            .col(json("data"))
            .col(string("link"))
            .col(boolean("spread"))
            .col(string_null("key").unique_key())
            .col(big_integer("created_ms"))
            .col(big_integer_null("told_ms"))
            .take(),
        // `topic`: while a person has not read one of a topic, more of it are counted there.
        table("notification")
            .col(id())
            .col(big_integer("user_id"))
            .col(big_integer("notice_id"))
            .col(string("kind"))
            .col(big_integer_null("site_id"))
            .col(string("topic"))
            .col(integer("count"))
            .col(json("data"))
            .col(string("link"))
            .col(big_integer("at_ms"))
            .col(big_integer_null("read_ms"))
            .foreign_key(&mut refers("user_id", "hub_user"))
            .take(),
        // `way`: app, mail. What is not here is as the kind says.
        table("notification_choice")
            .col(big_integer("user_id"))
            .col(string("kind"))
            .col(string("way"))
            .col(boolean("wanted"))
            .primary_key(&mut primary(&["user_id", "kind", "way"]))
            .take(),
        // `way`: feishu, dingtalk, wecom, mail. `target` (address) and `secret` are sealed. `sent` holds the times of the last sends.
        // `kinds`: an array, empty for all.
        table("channel")
            .col(id())
            .col(string("name").unique_key())
            .col(string("way"))
            .col(text("target"))
            .col(text_null("secret"))
            .col(string("language"))
            .col(big_integer_null("site_id"))
            .col(big_integer_null("organisation_id"))
            .col(json("kinds"))
            .col(boolean("enabled"))
            .col(json("sent"))
            .col(big_integer_null("blocked_until_ms"))
            .col(big_integer_null("busy_until_ms"))
            .col(text_null("last_error"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
        // One notice for one channel or one person's mail. `state`: waiting, sent, failed.
        table("message")
            .col(id())
            .col(big_integer_null("channel_id"))
            .col(big_integer_null("user_id"))
            .col(big_integer("notice_id"))
            .col(string("state"))
            .col(big_integer("created_ms"))
            .col(integer("attempts"))
            .col(text_null("last_error"))
            .col(big_integer_null("sent_ms"))
            .foreign_key(&mut refers("notice_id", "notice"))
            .take(),
        // Edges that were told to be away, until they are back.
        table("edge_absence").col(string("edge_id").primary_key()).col(big_integer("since_ms")).col(big_integer("told_ms")).take(),
    ]
}

fn webhooks() -> Vec<TableCreateStatement> {
    vec![
        table("webhook")
            .col(id())
            .col(string("name").unique_key())
            .col(text("url"))
            .col(text("secret"))
            .col(json("kinds"))
            .col(big_integer_null("site_id"))
            .col(big_integer_null("organisation_id"))
            .col(boolean("enabled"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
        // `state`: waiting, delivered, dead.
        table("webhook_delivery")
            .col(id())
            .col(big_integer("webhook_id"))
            .col(big_integer_null("notice_id"))
            .col(string("event"))
            .col(string("kind"))
            .col(text("payload"))
            .col(string("state"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("delivered_ms"))
            .col(big_integer_null("job_id"))
            .foreign_key(&mut refers("webhook_id", "webhook"))
            .take(),
        table("webhook_attempt")
            .col(id())
            .col(big_integer("delivery_id"))
            .col(big_integer("at_ms"))
            .col(integer("took_ms"))
            .col(integer_null("status"))
            .col(text_null("error"))
            .foreign_key(&mut refers("delivery_id", "webhook_delivery"))
            .take(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("job_due", "job", &["due_ms"]),
        index("job_owner", "job", &["created_by", "id"]),
        index("job_ended", "job", &["ended_ms"]),
        index("schedule_next", "schedule", &["next_ms"]),
        index("notice_created", "notice", &["created_ms"]),
        index("notification_user", "notification", &["user_id", "id"]),
        index("notification_unread", "notification", &["user_id", "read_ms"]),
        index("notification_topic", "notification", &["topic", "read_ms"]),
        // A notice reaches each channel and each mailbox once.
        index("message_channel", "message", &["channel_id", "notice_id"]).unique().take(),
        index("message_user", "message", &["user_id", "notice_id"]).unique().take(),
        index("message_state", "message", &["state", "channel_id", "user_id"]),
        index("webhook_delivery_event", "webhook_delivery", &["webhook_id", "event"]).unique().take(),
        index("webhook_delivery_state", "webhook_delivery", &["webhook_id", "state", "id"]),
        index("webhook_attempt_delivery", "webhook_attempt", &["delivery_id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Jobs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in work().into_iter().chain(notices()).chain(webhooks()) {
            manager.create_table(table).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
