//! Hands a notice out: what people see, what channels, mailboxes and webhooks are to get, all in one transaction, once.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::{Telling, channels, mail, people, words};
use crate::db::entity::{channel, notice, notification, site};
use crate::live::What;
use crate::platform::identity::Right;
use crate::platform::jobs::{self, Handler, NewJob, Trouble, Work};
use crate::platform::sql::{Sql, insert_many};
use crate::platform::webhooks;

/// Kind of its jobs.
pub(super) const KIND: &str = "notice";
/// A mail waits so long for others that can go with it.
const GATHER_MS: i64 = 15_000;

pub(super) struct HandOut(pub(super) Telling);

/// What a notice is about, so that the same matter is counted while nobody has read it.
fn topic(notice: &notice::Model) -> String {
    let site = notice.site_id.map_or_else(|| "-".to_owned(), |site| site.to_string());
    let matter = |name: &str| notice.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match notice.kind.as_str() {
        "exception" => format!("exception:{site}:{}", matter("case_kind")),
        "ticket_waits" | "delivery_waits" => notice.kind.clone(),
        "discount_asked" => format!("{}:{}", notice.kind, matter("what_en")),
        "channel_failed" | "webhook_dead" => format!("{}:{}", notice.kind, matter("name")),
        _ => format!("notice:{}", notice.id),
    }
}

/// Writes what people see in the pages.
async fn tell_people(tx: &DatabaseTransaction, notice: &notice::Model, people: &[i64], now: i64) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Has {
        user_id: i64,
    }
    let topic = topic(notice);
    let unread = " WHERE read_ms IS NULL AND topic = ";
    let has: Vec<Has> = Sql::new("SELECT user_id FROM notification").text(unread).bind(topic.as_str()).all(tx).await?;
    let has: HashSet<i64> = has.into_iter().map(|has| has.user_id).collect();
    let again: Vec<i64> = people.iter().copied().filter(|person| has.contains(person)).collect();
    for some in again.chunks(1_000) {
        Sql::new("UPDATE notification SET count = count + 1, at_ms = ")
            .bind(now)
            .text(", data = ")
            .bind(notice.data.clone())
            .text(", link = ")
            .bind(notice.data.get("list").and_then(Value::as_str).unwrap_or(&notice.link))
            .text(", notice_id = ")
            .bind(notice.id)
            .text(unread)
            .bind(topic.as_str())
            .text(" AND user_id IN ")
            .among(some.iter().copied())
            .run(tx)
            .await?;
    }
    let columns = ["user_id", "notice_id", "kind", "site_id", "topic", "count", "data", "link", "at_ms"];
    let new = people.iter().copied().filter(|person| !has.contains(person));
    let rows = new.map(|person| {
        vec![
            person.into(),
            notice.id.into(),
            notice.kind.as_str().into(),
            notice.site_id.into(),
            topic.as_str().into(),
            1_i32.into(),
            notice.data.clone().into(),
            notice.link.as_str().into(),
            now.into(),
        ]
    });
    let rows: Vec<Vec<sea_orm::Value>> = rows.collect();
    insert_many(tx, "notification", &columns, rows).await
}

impl HandOut {
    /// The notice with the names of its site.
    async fn whole(&self, tx: &DatabaseTransaction, id: i64) -> Result<Option<notice::Model>, DbErr> {
        let Some(mut notice) = notice::Entity::find_by_id(id).lock_exclusive().one(tx).await? else { return Ok(None) };
        let at = match notice.site_id {
            Some(site) => site::Entity::find_by_id(site).one(tx).await?,
            None => None,
        };
        let of_organisation = match notice.organisation_id {
            Some(organisation) => Sql::new("SELECT time_zone FROM organisation WHERE id = ").bind(organisation).word(tx).await?,
            None => None,
        };
        let zone = at.as_ref().map(|site| site.time_zone.clone()).or(of_organisation);
        notice.data["time_zone"] = json!(zone.as_deref().unwrap_or(&self.0.settings.time_zone));
        if let Some(site) = at {
            notice.data["site_name"] = json!(site.name);
            notice.data["site_code"] = json!(site.code);
        }
        Ok(Some(notice))
    }

    async fn tell_channels(&self, tx: &DatabaseTransaction, notice: &notice::Model, now: i64) -> Result<(), DbErr> {
        if notice.user_id.is_some() {
            return Ok(());
        }
        let tree = self.0.organisations.tree().await?;
        let all = channel::Entity::find().filter(channel::Column::Enabled.eq(true)).all(tx).await?;
        for channel in all {
            let takes = channels::takes(&tree, &channel, notice);
            // A failing channel must not tell itself of its own failure for ever.
            if !takes || notice.kind == "channel_failed" && notice.data.get("channel").and_then(Value::as_i64) == Some(channel.id) {
                continue;
            }
            channels::put(tx, channel.id, notice.id, now).await?;
            // Vendors are busiest at the full and half hour: what is not urgent comes a little later, each channel at its own time.
            let at = if notice.spread { now + 7_000 + (channel.id * 13_007 + notice.id * 7_919).rem_euclid(113_000) } else { now };
            channels::wake(tx, channel.id, at, now).await?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Handler for HandOut {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        #[derive(serde::Deserialize)]
        struct Args {
            notice: i64,
        }
        let Args { notice: id } = work.args()?;
        let (now, tx) = (work.clock.now_ms(), work.db.begin().await?);
        let notice = self.whole(&tx, id).await?.ok_or_else(|| Trouble::Never(format!("there is no notice {id}")))?;
        if notice.told_ms.is_some() {
            return Ok(json!({"told": "before"}));
        }
        let audience = match (notice.user_id, notice.audience.as_deref().and_then(Right::of_word)) {
            (Some(person), _) => vec![person],
            (None, Some(right)) => {
                let tree = self.0.organisations.tree().await?;
                match notice.organisation_id {
                    Some(organisation) => {
                        let by = notice.data.get("by").and_then(Value::as_i64);
                        people::over(&tx, tree, right, organisation, (by, words::nearest(&notice.kind))).await?
                    }
                    None => people::with_right(&tx, tree, right, notice.site_id).await?,
                }
            }
            (None, None) => Vec::new(),
        };
        let in_pages = people::who_want(&tx, &audience, &notice.kind, "app", true).await?;
        let by_mail = people::who_want(&tx, &audience, &notice.kind, "mail", false).await?;
        tell_people(&tx, &notice, &in_pages, now).await?;
        for person in &by_mail {
            mail::put(&tx, *person, notice.id, now).await?;
            let mail = NewJob::new(mail::KIND, json!({"user": person}), "hub", now).at(now + GATHER_MS).collapse(format!("mail:{person}"));
            jobs::put(&tx, mail).await?;
        }
        self.tell_channels(&tx, &notice, now).await?;
        let programs = webhooks::put(&tx, &notice, now).await?;
        Sql::new("UPDATE notice SET told_ms = ")
            .bind(now)
            .text(", data = ")
            .bind(notice.data.clone())
            .text(" WHERE id = ")
            .bind(id)
            .run(&tx)
            .await?;
        let result = json!({"people": in_pages.len(), "mails": by_mail.len(), "webhooks": programs});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        self.show(id, &in_pages).await?;
        Ok(result)
    }
}

impl HandOut {
    /// Tells the screens of those who were told.
    async fn show(&self, notice: i64, people: &[i64]) -> Result<(), DbErr> {
        if people.is_empty() {
            return Ok(());
        }
        let rows = notification::Entity::find()
            .filter(notification::Column::NoticeId.eq(notice))
            .select_only()
            .column(notification::Column::UserId)
            .column(notification::Column::Id)
            .into_tuple::<(i64, i64)>()
            .all(self.0.db.read())
            .await?;
        for (user, id) in rows {
            self.0.live.publish(None, What::Notification { user, id });
        }
        Ok(())
    }
}
