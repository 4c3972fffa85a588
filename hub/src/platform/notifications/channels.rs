//! Group bots and mailboxes: what waits for a channel is sent by one worker at a time, at the pace that its vendor takes. A burst goes as
//! one digest. The time of a send is written down before it, so that also a hub that is killed keeps within the limits; a message whose
//! sending was cut off is sent again.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use super::bots::{self, Verdict, Way};
use super::words::{self, Message};
use super::{Notice, Telling, mail, notify};
use crate::db::entity::{channel, message, notice};
use crate::http::problem::Language;
use crate::platform::identity::Right;
use crate::platform::jobs::{self, Handler, NewJob, Policy, Trouble, Waits, Work};
use crate::platform::organisation::Tree;
use crate::platform::sql::Sql;
use crate::platform::vault::{CHANNEL_SECRET, CHANNEL_TARGET, VaultError};
use crate::platform::webhooks::outside::OutsideError;
use crate::platform::webhooks::rules::of_kind;

const KIND: &str = "channel";
/// So long one worker may have a channel for itself.
const BUSY_MS: i64 = 60_000;
/// Up to so many messages go one by one; more go as a digest.
const ONE_BY_ONE: usize = 3;
/// Messages that one digest speaks of at most.
const DIGEST: u64 = 500;
/// Times of sends that are remembered.
const REMEMBERED: usize = 100;

/// Writes that a channel is to get a notice.
pub(super) async fn put(tx: &DatabaseTransaction, channel: i64, notice: i64, now: i64) -> Result<(), DbErr> {
    let row: [sea_orm::Value; 5] = [channel.into(), notice.into(), "waiting".into(), now.into(), 0_i32.into()];
    Sql::new("INSERT INTO message (channel_id, notice_id, state, created_ms, attempts) VALUES ")
        .list(row)
        .text(" ON CONFLICT (channel_id, notice_id) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// Whether a channel takes a notice: of its kinds, about its site or a part of the chain that it is of.
pub(super) fn takes(tree: &Tree, channel: &channel::Model, notice: &notice::Model) -> bool {
    if !of_kind(&channel.kinds, &notice.kind) {
        return false;
    }
    if let (Some(site), None) = (channel.site_id, notice.organisation_id) {
        return notice.site_id == Some(site);
    }
    let own = channel.organisation_id.or_else(|| channel.site_id.and_then(|site| tree.organisation_of(site)));
    match (notice.organisation_id, own) {
        (Some(about), own) if words::of_one(&notice.kind) => own.or_else(|| tree.top()) == Some(about),
        (Some(about), Some(own)) => tree.is_within(about, own),
        (None, Some(own)) => notice.site_id.and_then(|site| tree.organisation_of(site)).is_some_and(|of| tree.is_within(of, own)),
        // A site that is gone has no organisation.
        (_, None) => channel.site_id.is_none(),
    }
}

/// Lets a worker look after a channel at a time.
pub(super) async fn wake(tx: &DatabaseTransaction, channel: i64, at: i64, now: i64) -> Result<(), DbErr> {
    let job = NewJob::new(KIND, json!({"channel": channel}), "hub", now).at(at).collapse(format!("channel:{channel}"));
    jobs::put(tx, job).await.map(|_| ())
}

/// The language that a channel speaks.
pub(super) fn language(channel: &channel::Model) -> Language {
    if channel.language == "en" { Language::English } else { Language::Chinese }
}

/// Address and secret of a channel.
async fn opened(telling: &Telling, channel: &channel::Model) -> Result<(String, Option<String>), VaultError> {
    let keys = telling.vault.for_reading(telling.db.read()).await?;
    let target = keys.open(&CHANNEL_TARGET, channel.id, &channel.target.clone().into())?;
    let secret = channel.secret.clone().map(|secret| keys.open(&CHANNEL_SECRET, channel.id, &secret.into())).transpose()?;
    Ok((target.expose().to_owned(), secret.map(|secret| secret.expose().to_owned())))
}

/// Sends one message now.
pub(super) async fn send(telling: &Telling, channel: &channel::Model, message: &Message, now: i64) -> Verdict {
    let Some(way) = Way::of_word(&channel.way) else { return Verdict::Refused(format!("there is no way {}", channel.way)) };
    let (target, secret) = match opened(telling, channel).await {
        Ok(opened) => opened,
        Err(VaultError::Database(_)) => return Verdict::Again("the database did not answer".into()),
        Err(error) => return Verdict::Refused(format!("{error}; enter address and secret again")),
    };
    if way == Way::Mail {
        return mail::send(telling, &target, message, &format!("channel-{}-{now}", channel.id), language(channel)).await;
    }
    let request = bots::request(way, message, secret.as_deref(), words::more(language(channel)), now);
    let mut url = match telling.outside.check(&target) {
        Ok(url) => url,
        Err(error) => return Verdict::Refused(error.to_string()),
    };
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(request.query);
    }
    let body = request.body.to_string().into_bytes();
    match telling.outside.post(url, &[("content-type", "application/json".to_owned())], body).await {
        Ok(answer) => bots::verdict(way, answer.status, &answer.body),
        Err(OutsideError::Forbidden(why)) => Verdict::Refused(why.to_owned()),
        Err(OutsideError::Unreachable(why)) => Verdict::Again(why),
    }
}

pub(super) struct Send(pub(super) Telling);

/// What waits for a channel: the numbers of the messages, and their words.
struct Waiting {
    ids: Vec<i64>,
    messages: Vec<Message>,
}

impl Send {
    /// Takes the channel for this worker alone. Nothing when somebody else has it.
    async fn take(&self, id: i64, now: i64) -> Result<Option<channel::Model>, DbErr> {
        let tx = self.0.db.begin().await?;
        let taken = Sql::new("UPDATE channel SET busy_until_ms = ")
            .bind(now + BUSY_MS)
            .text(" WHERE id = ")
            .bind(id)
            .text(" AND (busy_until_ms IS NULL OR busy_until_ms <= ")
            .bind(now)
            .text(")")
            .run(&tx)
            .await?;
        let channel = if taken == 1 { channel::Entity::find_by_id(id).one(&tx).await? } else { None };
        tx.commit().await?;
        Ok(channel)
    }

    async fn waiting(&self, channel: &channel::Model) -> Result<Waiting, DbErr> {
        let db = self.0.db.read();
        let rows = message::Entity::find()
            .filter(message::Column::ChannelId.eq(channel.id))
            .filter(message::Column::State.eq("waiting"))
            .order_by_asc(message::Column::Id)
            .limit(DIGEST)
            .all(db)
            .await?;
        let notices = notice::Entity::find().filter(notice::Column::Id.is_in(rows.iter().map(|row| row.notice_id))).all(db).await?;
        let worded = rows.iter().filter_map(|row| {
            let notice = notices.iter().find(|notice| notice.id == row.notice_id)?;
            let words = words::message(&notice.kind, &notice.data, 1, language(channel));
            Some((row.id, Message { link: self.0.settings.page(&notice.link), ..words }))
        });
        let (ids, messages) = worded.unzip();
        Ok(Waiting { ids, messages })
    }

    /// Writes the time of a send down before it.
    async fn remember(&self, channel: &mut channel::Model, sent: &mut Vec<i64>, now: i64) -> Result<(), DbErr> {
        sent.push(now);
        if sent.len() > REMEMBERED {
            sent.remove(0);
        }
        channel.sent = json!(sent);
        let tx = self.0.db.begin().await?;
        let busy = now + BUSY_MS;
        channel::ActiveModel { id: Set(channel.id), sent: Set(channel.sent.clone()), busy_until_ms: Set(Some(busy)), ..Default::default() }
            .update(&tx)
            .await?;
        tx.commit().await
    }

    /// Writes down what came of messages, and gives the channel back when it is `over`.
    async fn settle(&self, channel: &channel::Model, ids: &[i64], verdict: &Verdict, over: bool, now: i64) -> Result<(), DbErr> {
        let tx = self.0.db.begin().await?;
        let (state, error, blocked) = match verdict {
            Verdict::Sent => ("sent", None, None),
            Verdict::Slower(ms) => ("waiting", None, Some(now + ms)),
            Verdict::Again(why) => ("waiting", Some(why.as_str()), None),
            Verdict::Refused(why) => ("failed", Some(why.as_str()), None),
        };
        Sql::new("UPDATE message SET attempts = attempts + 1, state = ")
            .bind(state)
            .text(", last_error = ")
            .bind(error.map(str::to_owned))
            .text(", sent_ms = ")
            .bind((state == "sent").then_some(now))
            .text(" WHERE id IN ")
            .among(ids.iter().copied())
            .run(&tx)
            .await?;
        Sql::new("UPDATE channel SET last_error = ")
            .bind(error.map(str::to_owned))
            .text(", blocked_until_ms = ")
            .bind(blocked)
            .text(if over { ", busy_until_ms = NULL" } else { "" })
            .text(" WHERE id = ")
            .bind(channel.id)
            .run(&tx)
            .await?;
        if let Verdict::Refused(why) = verdict {
            complain(&tx, channel, why, now).await?;
        }
        tx.commit().await
    }

    async fn give_back(&self, channel: i64) -> Result<(), DbErr> {
        let tx = self.0.db.begin().await?;
        Sql::new("UPDATE channel SET busy_until_ms = NULL WHERE id = ").bind(channel).run(&tx).await?;
        tx.commit().await
    }
}

/// Tells whoever runs the hub that a channel does not work, at most once an hour.
async fn complain(tx: &DatabaseTransaction, channel: &channel::Model, why: &str, now: i64) -> Result<(), DbErr> {
    let data = json!({"channel": channel.id, "name": channel.name, "why": why});
    let notice = Notice::to_those_with(Right::Hub, "channel_failed", None, data, "/settings/channels");
    notify(tx, notice.once(format!("channel_failed:{}:{}", channel.id, now.div_euclid(3_600_000))), now).await.map(|_| ())
}

#[derive(serde::Deserialize)]
struct Args {
    channel: i64,
}

#[async_trait::async_trait]
impl Handler for Send {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn policy(&self) -> Policy {
        let waits = Waits::Steps(&[5, 15, 60, 300, 900, 1_800, 3_600]);
        Policy { max_attempts: 28, waits, ..Policy::default() }
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let (Args { channel: id }, mut sent_now) = (work.args()?, 0);
        let Some(mut channel) = self.take(id, work.clock.now_ms()).await? else {
            return match channel::Entity::find_by_id(id).one(self.0.db.read()).await? {
                Some(_) => Err(Trouble::Later(work.clock.now_ms() + 2_000)),
                None => Ok(json!({"channel": "is gone"})),
            };
        };
        if !channel.enabled {
            self.give_back(id).await?;
            return Ok(json!({"channel": "is disabled"}));
        }
        let way = Way::of_word(&channel.way).ok_or_else(|| Trouble::Never(format!("there is no way {}", channel.way)))?;
        let mut sent: Vec<i64> = serde_json::from_value(channel.sent.clone()).unwrap_or_default();
        loop {
            let (waiting, now) = (self.waiting(&channel).await?, work.clock.now_ms());
            if waiting.ids.is_empty() {
                self.give_back(id).await?;
                return Ok(json!({"sent": sent_now}));
            }
            let free = bots::free_at(way, &sent, channel.blocked_until_ms, now);
            if free > now {
                self.give_back(id).await?;
                return Err(Trouble::Later(free));
            }
            let (ids, message) = if waiting.ids.len() <= ONE_BY_ONE {
                (&waiting.ids[..1], waiting.messages[0].clone())
            } else {
                let digest = words::digest(&waiting.messages, way.room(), language(&channel));
                (&waiting.ids[..], Message { link: self.0.settings.page("/notifications"), ..digest })
            };
            self.remember(&mut channel, &mut sent, now).await?;
            let verdict = send(&self.0, &channel, &message, now).await;
            let over = matches!(verdict, Verdict::Slower(_) | Verdict::Again(_));
            self.settle(&channel, ids, &verdict, over, now).await?;
            match verdict {
                Verdict::Sent => sent_now += 1,
                Verdict::Refused(_) => {}
                Verdict::Slower(ms) => return Err(Trouble::Later(now + ms)),
                Verdict::Again(why) => return Err(Trouble::Again(why)),
            }
        }
    }

    async fn died(&self, tx: &DatabaseTransaction, work: &Work, why: &str) -> Result<(), DbErr> {
        let Ok(Args { channel: id }) = work.args() else { return Ok(()) };
        Sql::new("UPDATE message SET state = 'failed', last_error = ")
            .bind(why)
            .text(" WHERE state = 'waiting' AND channel_id = ")
            .bind(id)
            .run(tx)
            .await?;
        match channel::Entity::find_by_id(id).one(tx).await? {
            Some(channel) => complain(tx, &channel, why, work.clock.now_ms()).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::organisation::tests::chain;

    fn of(site: Option<i64>, organisation: Option<i64>, kinds: Value) -> channel::Model {
        channel::Model {
            id: 1,
            name: "group".into(),
            way: "wecom".into(),
            target: String::new(),
            secret: None,
            language: "zh".into(),
            site_id: site,
            organisation_id: organisation,
            kinds,
            enabled: true,
            sent: json!([]),
            blocked_until_ms: None,
            busy_until_ms: None,
            last_error: None,
            created_by: "x".into(),
            created_ms: 1,
            version: 1,
        }
    }

    fn about(kind: &str, site: Option<i64>, organisation: Option<i64>) -> notice::Model {
        notice::Model {
            id: 1,
            kind: kind.into(),
            site_id: site,
            organisation_id: organisation,
            user_id: None,
            audience: None,
            data: json!({}),
            link: String::new(),
            spread: false,
            key: None,
            created_ms: 1,
            told_ms: None,
        }
    }

    /// Channels: of the chain, of dealer 3, of store 4, of the site of store 4, of the site of store 7.
    fn heard(kinds: &Value, notice: &notice::Model) -> [bool; 5] {
        [(None, None), (None, Some(3)), (None, Some(4)), (Some(40), None), (Some(70), None)]
            .map(|(site, organisation)| takes(&chain(), &of(site, organisation, kinds.clone()), notice))
    }

    #[test]
    fn a_channel_hears_of_its_part_of_the_chain_and_of_money_only_when_it_names_it() {
        let (all, wins) = (json!([]), json!(["win_report", "sales_report"]));
        assert_eq!(heard(&all, &about("exception", Some(40), None)), [true, true, true, true, false]);
        assert_eq!(heard(&all, &about("exception", Some(50), None)), [true, true, false, false, false]);
        assert_eq!(heard(&all, &about("channel_failed", None, None)), [true, false, false, false, false]);
        assert_eq!(heard(&wins, &about("exception", Some(40), None)), [false; 5]);
        assert_eq!(heard(&all, &about("win_report", None, Some(4))), [false; 5]);
        assert_eq!(heard(&wins, &about("win_report", None, Some(4))), [true, true, true, true, false]);
        assert_eq!(heard(&wins, &about("win_report", None, Some(5))), [true, true, false, false, false]);
        // Everybody has a morning's report of their own.
        assert_eq!(heard(&wins, &about("sales_report", None, Some(4))), [false, false, true, true, false]);
        assert_eq!(heard(&wins, &about("sales_report", None, chain().top())), [true, false, false, false, false]);
    }
}
