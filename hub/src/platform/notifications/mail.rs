//! Mail: what a person wants by mail is gathered for a moment and goes as one letter. Its Message-ID is the same when it is sent again, so
//! that mail programs show it once.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::Telling;
use super::bots::Verdict;
use super::words::{self, Message};
use crate::db::entity::{message, notice};
use crate::http::problem::Language;
use crate::platform::jobs::{Handler, Policy, Trouble, Waits, Work};
use crate::platform::people::email_of;
use crate::platform::sql::Sql;

/// Kind of its jobs.
pub(super) const KIND: &str = "mail";
/// Notices in one letter.
const LETTER: u64 = 200;
/// How long a mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Writes that a person is to get a notice by mail.
pub(super) async fn put(tx: &DatabaseTransaction, user: i64, notice: i64, now: i64) -> Result<(), DbErr> {
    let row: [sea_orm::Value; 5] = [user.into(), notice.into(), "waiting".into(), now.into(), 0_i32.into()];
    Sql::new("INSERT INTO message (user_id, notice_id, state, created_ms, attempts) VALUES ")
        .list(row)
        .text(" ON CONFLICT (user_id, notice_id) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// Whether a text is an address that mail can go to.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// Sends one letter now. What a mail server says may hold addresses, so only its code is told.
pub(super) async fn send(telling: &Telling, to: &str, message: &Message, id: &str, language: Language) -> Verdict {
    let (Some(server), Some(from)) = (&telling.settings.smtp, &telling.settings.mail_from) else {
        return Verdict::Refused("the settings name no mail server or no sender ([outside] smtp, mail_from)".into());
    };
    let (Ok(from), Ok(to)) = (from.parse::<Mailbox>(), to.parse::<Mailbox>()) else {
        return Verdict::Refused("the address of the sender or of the receiver is not a mail address".into());
    };
    let domain = from.email.domain().to_owned();
    let link = message.link.as_ref().map(|link| format!("\n\n{}: {link}", words::more(language))).unwrap_or_default();
    let letter = lettre::Message::builder()
        .from(from)
        .to(to)
        .subject(message.title.replace(['\r', '\n'], " "))
        .message_id(Some(format!("<{id}@{domain}>")))
        .header(ContentType::TEXT_PLAIN)
        .body(format!("{}{link}\n", message.body));
    let letter = match letter {
        Ok(letter) => letter,
        Err(error) => return Verdict::Refused(format!("the letter cannot be written: {error}")),
    };
    let transport = match AsyncSmtpTransport::<Tokio1Executor>::from_url(server) {
        Ok(builder) => builder.timeout(Some(PATIENCE)).build(),
        Err(_) => return Verdict::Refused("the address of the mail server cannot be read".into()),
    };
    match transport.send(letter).await {
        Ok(_) => Verdict::Sent,
        Err(error) => {
            let code = error.status().map(|code| format!("the mail server answered {code}"));
            let why = code.unwrap_or_else(|| "the mail server cannot be reached, or does not speak as it should".into());
            if error.is_permanent() { Verdict::Refused(why) } else { Verdict::Again(why) }
        }
    }
}

pub(super) struct Send(pub(super) Telling);

#[async_trait::async_trait]
impl Handler for Send {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn policy(&self) -> Policy {
        let waits = Waits::Steps(&[10, 60, 300, 900, 3_600]);
        Policy { max_attempts: 26, waits, ..Policy::default() }
    }

    async fn run(&self, work: &Work) -> Result<Value, Trouble> {
        let Args { user } = work.args()?;
        let db = self.0.db.read();
        let rows = message::Entity::find()
            .filter(message::Column::UserId.eq(user))
            .filter(message::Column::State.eq("waiting"))
            .order_by_asc(message::Column::Id)
            .limit(LETTER)
            .all(db)
            .await?;
        let Some(last) = rows.last() else { return Ok(json!({"sent": 0})) };
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let notices = notice::Entity::find().filter(notice::Column::Id.is_in(rows.iter().map(|row| row.notice_id))).all(db).await?;
        let messages: Vec<Message> = notices
            .iter()
            .map(|notice| {
                let words = words::message(&notice.kind, &notice.data, 1, Language::Chinese);
                Message { link: self.0.settings.page(&notice.link), ..words }
            })
            .collect();
        let letter = match &messages[..] {
            [one] => one.clone(),
            many => Message {
                link: self.0.settings.page("/notifications"),
                ..words::digest(many, super::bots::Way::Mail.room(), Language::Chinese)
            },
        };
        let verdict = match email_of(db, &self.0.vault, user).await.map_err(|error| Trouble::Again(error.to_string()))? {
            Some(address) => send(&self.0, &address, &letter, &format!("notice-{}-{user}", last.id), Language::Chinese).await,
            None => Verdict::Refused("this person has given no mail address".into()),
        };
        let now = work.clock.now_ms();
        let (state, why) = match &verdict {
            Verdict::Sent => ("sent", None),
            Verdict::Refused(why) => ("failed", Some(why.clone())),
            Verdict::Again(why) => return Err(Trouble::Again(why.clone())),
            Verdict::Slower(ms) => return Err(Trouble::Later(now + ms)),
        };
        let tx = self.0.db.begin().await?;
        Sql::new("UPDATE message SET attempts = attempts + 1, state = ")
            .bind(state)
            .text(", last_error = ")
            .bind(why.clone())
            .text(", sent_ms = ")
            .bind(why.is_none().then_some(now))
            .text(" WHERE id IN ")
            .among(ids.iter().copied())
            .run(&tx)
            .await?;
        let result = json!({"sent": if why.is_none() { ids.len() } else { 0 }, "why": why});
        work.done_in(&tx, &result).await?;
        tx.commit().await?;
        Ok(result)
    }

    async fn died(&self, tx: &DatabaseTransaction, work: &Work, why: &str) -> Result<(), DbErr> {
        let Ok(Args { user }) = work.args() else { return Ok(()) };
        let fail = Sql::new("UPDATE message SET state = 'failed', last_error = ").bind(why).text(" WHERE state = 'waiting' AND user_id = ");
        fail.bind(user).run(tx).await.map(|_| ())
    }
}

#[derive(serde::Deserialize)]
struct Args {
    user: i64,
}
