//! What Feishu, DingTalk and WeCom group bots take, how they want it signed, how much of it, and how they say no. Pure.
//!
//! All three answer 200 also when they refuse; the code in the body tells. Feishu keys the HMAC with `timestamp\nsecret` and signs nothing;
//! DingTalk keys it with the secret and signs `timestamp\nsecret`. Their mistakes look alike: a wrong one is refused as a wrong signature.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use utoipa::ToSchema;

use super::words::{Message, Tone};

/// By which way a group is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// 飞书 group bot.
    Feishu,
    /// 钉钉 group bot.
    Dingtalk,
    /// 企业微信 group bot.
    Wecom,
    /// A mailbox.
    Mail,
}

impl Way {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Feishu => "feishu",
            Self::Dingtalk => "dingtalk",
            Self::Wecom => "wecom",
            Self::Mail => "mail",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Feishu, Self::Dingtalk, Self::Wecom, Self::Mail].into_iter().find(|way| way.word() == word)
    }

    /// Most bytes of a message's text, with room left for what stands around it.
    #[must_use]
    pub const fn room(self) -> usize {
        match self {
            Self::Feishu | Self::Dingtalk => 12 * 1024,
            Self::Wecom => 3_200,
            Self::Mail => 200 * 1024,
        }
    }

    /// Sends that its vendor takes: so many within so many milliseconds.
    #[must_use]
    pub const fn limits(self) -> &'static [(usize, i64)] {
        match self {
            Self::Feishu => &[(5, 1_000), (100, 60_000)],
            Self::Dingtalk | Self::Wecom => &[(20, 60_000)],
            Self::Mail => &[(60, 60_000)],
        }
    }
}

/// The vendor's clock and ours may differ by so much.
const MARGIN_MS: i64 = 500;

/// When the next message may go, by the times of those sent before (oldest first): now, or later.
#[must_use]
pub fn free_at(way: Way, sent: &[i64], blocked_until_ms: Option<i64>, now: i64) -> i64 {
    let mut at = blocked_until_ms.unwrap_or(now).max(now);
    for (most, within) in way.limits() {
        if let Some(nth) = sent.len().checked_sub(*most).and_then(|from| sent.get(from)) {
            at = at.max(nth + within + MARGIN_MS);
        }
    }
    at
}

fn hmac(key: &[u8], message: &[u8]) -> String {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(message);
    BASE64.encode(&mac.finalize().into_bytes())
}

/// Feishu's signature; the time is in seconds.
#[must_use]
pub fn feishu_sign(secret: &str, seconds: i64) -> String {
    hmac(format!("{seconds}\n{secret}").as_bytes(), b"")
}

/// DingTalk's signature, before it is written into an address; the time is in milliseconds.
#[must_use]
pub fn dingtalk_sign(secret: &str, ms: i64) -> String {
    hmac(secret.as_bytes(), format!("{ms}\n{secret}").as_bytes())
}

/// A message as a vendor takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Added to the address's query.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

/// Text that a bot shows as it is: no mention of everybody, no link, no heading that somebody wrote into a barcode.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '<' => '＜',
            '>' => '＞',
            '[' => '［',
            ']' => '］',
            '*' => '＊',
            '#' => '＃',
            '`' => '｀',
            '@' => '＠',
            '~' => '～',
            c if c.is_control() && c != '\n' => ' ',
            c => c,
        })
        .collect()
}

/// As much of a text as fits into so many bytes.
#[must_use]
pub fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes.saturating_sub('…'.len_utf8())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Builds the request for a bot. `more`: the words of the link.
#[must_use]
pub fn request(way: Way, message: &Message, secret: Option<&str>, more: &str, now_ms: i64) -> Request {
    let (title, body) = (cut(&plain(&message.title), 200), cut(&plain(&message.body), way.room()));
    match way {
        Way::Feishu => feishu(message, &title, &body, secret, more, now_ms),
        Way::Dingtalk => {
            // In its markdown a line ends with two spaces.
            let text = format!("### {title}\n\n{}", body.replace('\n', "  \n"));
            let body = match &message.link {
                Some(link) => json!({"msgtype": "actionCard",
                    "actionCard": {"title": title, "text": text, "singleTitle": more, "singleURL": link}}),
                None => json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}}),
            };
            let signed = secret.map(|secret| vec![("timestamp", now_ms.to_string()), ("sign", dingtalk_sign(secret, now_ms))]);
            Request { query: signed.unwrap_or_default(), body }
        }
        Way::Wecom | Way::Mail => {
            let colour = match message.tone {
                Tone::Right => "info",
                Tone::Information => "comment",
                Tone::Attention | Tone::Wrong => "warning",
            };
            let link = message.link.as_ref().map(|link| format!("\n[{more}]({link})")).unwrap_or_default();
            let content = format!("### <font color=\"{colour}\">{title}</font>\n{body}{link}");
            Request { query: Vec::new(), body: json!({"msgtype": "markdown", "markdown": {"content": content}}) }
        }
    }
}

fn feishu(message: &Message, title: &str, text: &str, secret: Option<&str>, more: &str, now_ms: i64) -> Request {
    let mut elements = vec![json!({"tag": "div", "text": {"tag": "plain_text", "content": text}})];
    if let Some(link) = &message.link {
        let button = json!({"tag": "button", "text": {"tag": "plain_text", "content": more}, "type": "primary", "url": link});
        elements.push(json!({"tag": "action", "actions": [button]}));
    }
    let template = match message.tone {
        Tone::Right => "green",
        Tone::Information => "blue",
        Tone::Attention => "orange",
        Tone::Wrong => "red",
    };
    let mut body = json!({"msg_type": "interactive", "card": {
        "config": {"wide_screen_mode": true},
        "header": {"title": {"tag": "plain_text", "content": title}, "template": template},
        "elements": elements,
    }});
    if let Some(secret) = secret {
        let seconds = now_ms.div_euclid(1_000);
        body["timestamp"] = json!(seconds.to_string());
        body["sign"] = json!(feishu_sign(secret, seconds));
    }
    Request { query: Vec::new(), body }
}

/// What a bot's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the group.
    Sent,
    /// Too many: not again before so many milliseconds are over.
    Slower(i64),
    /// Perhaps later.
    Again(String),
    /// Not like this: the address, the secret or the bot's own rules have to be looked at.
    Refused(String),
}

/// Reads an answer.
#[must_use]
pub fn verdict(way: Way, status: u16, body: &str) -> Verdict {
    match status {
        429 => return Verdict::Slower(60_000),
        200..=299 => {}
        status if status >= 500 || status == 408 => return Verdict::Again(format!("it answered {status}")),
        status => return Verdict::Refused(format!("it answered {status}")),
    }
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    // Feishu says `code` (older bots `StatusCode`), the others `errcode`.
    let names = if way == Way::Feishu { ["code", "StatusCode"] } else { ["errcode", "errcode"] };
    let Some(code) = names.iter().find_map(|name| answer.get(name).and_then(Value::as_i64)) else {
        return Verdict::Again("it answered something that is not its usual answer".into());
    };
    let why = match (way, code) {
        (_, 0) => return Verdict::Sent,
        (Way::Feishu, 11_232) => return Verdict::Slower(10_000),
        (Way::Dingtalk, 130_101) => return Verdict::Slower(10 * 60_000),
        (Way::Wecom, 45_009) => return Verdict::Slower(60_000),
        (Way::Feishu, 19_021) | (Way::Dingtalk, 310_000) => {
            "its secret or the hub's clock is wrong, or its keywords or addresses forbid it"
        }
        (Way::Feishu, 19_022) => "it does not accept this hub's address",
        (Way::Feishu, 19_024) => "it wants a keyword that the message does not have",
        (Way::Feishu, 19_001) | (Way::Dingtalk, 300_001 | 300_005) | (Way::Wecom, 93_000) => "its address is wrong, or it was removed",
        (_, -1) => return Verdict::Again("it says that it is busy (-1)".into()),
        _ => "see the vendor's list of codes",
    };
    Verdict::Refused(format!("code {code}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Message {
        Message { title: "战报 <at id=all></at>".into(), body: body.into(), link: Some("https://hub/x?a=1".into()), tone: Tone::Right }
    }

    #[test]
    fn signatures_are_those_of_the_vendors() {
        assert_eq!(feishu_sign("SECdemo", 1_599_360_473), "UNvK0aHeWrPUMl0ySOUpIoYdvBDU1mnjgkbX5JtMxkk=");
        assert_eq!(dingtalk_sign("SECdemo", 1_599_360_473_000), "tGWkA5eQOQNCNPDgphtxIoNLO+/gD8Lcb705KQoRzeY=");
    }

    #[test]
    fn nobody_mentions_everybody_by_way_of_a_barcode() {
        for way in [Way::Feishu, Way::Dingtalk, Way::Wecom] {
            let text = request(way, &message("<at user_id=\"all\">\n[x](http://evil)\n<@all>"), Some("s"), "查看", 1_000).body.to_string();
            assert!(!text.contains("<at") && !text.contains("<@") && !text.contains("[x]"), "{text}");
            assert!(text.contains("https://hub/x?a=1"));
        }
    }

    #[test]
    fn bodies_stay_below_what_a_vendor_takes() {
        let long = "柜".repeat(30_000);
        for (way, most) in [(Way::Feishu, 20 * 1024), (Way::Dingtalk, 20 * 1024), (Way::Wecom, 4_096)] {
            let body = request(way, &message(&long), Some("s"), "查看", 1_000).body;
            let size = if way == Way::Wecom { body["markdown"]["content"].as_str().map_or(0, str::len) } else { body.to_string().len() };
            assert!((most / 2..=most).contains(&size), "{way:?} {size}");
        }
        assert_eq!(cut("柜子", 5), "…");
    }

    #[test]
    fn the_next_message_waits_until_the_vendor_takes_it() {
        let burst: Vec<i64> = (0..20).collect();
        assert_eq!(free_at(Way::Wecom, &burst[..19], None, 50), 50);
        assert_eq!(free_at(Way::Wecom, &burst, None, 50), 60_500);
        assert_eq!(free_at(Way::Feishu, &burst[..5], None, 50), 1_500);
        assert_eq!(free_at(Way::Dingtalk, &[], Some(600_000), 50), 600_000);
    }

    #[test]
    fn a_refusal_in_a_200_is_understood() {
        assert_eq!(verdict(Way::Feishu, 200, r#"{"code":0,"msg":"success"}"#), Verdict::Sent);
        assert_eq!(verdict(Way::Feishu, 200, r#"{"StatusCode":0}"#), Verdict::Sent);
        assert!(matches!(verdict(Way::Feishu, 200, r#"{"code":19021}"#), Verdict::Refused(_)));
        assert_eq!(verdict(Way::Feishu, 200, r#"{"code":11232}"#), Verdict::Slower(10_000));
        assert_eq!(verdict(Way::Dingtalk, 200, r#"{"errcode":130101}"#), Verdict::Slower(600_000));
        assert!(matches!(verdict(Way::Dingtalk, 200, r#"{"errcode":310000}"#), Verdict::Refused(_)));
        assert_eq!(verdict(Way::Wecom, 200, r#"{"errcode":45009}"#), Verdict::Slower(60_000));
        assert!(matches!(verdict(Way::Wecom, 200, r#"{"errcode":93000}"#), Verdict::Refused(_)));
        assert!(matches!(verdict(Way::Wecom, 200, "<html>"), Verdict::Again(_)));
        assert!(matches!(verdict(Way::Wecom, 502, ""), Verdict::Again(_)));
        assert!(matches!(verdict(Way::Wecom, 404, ""), Verdict::Refused(_)));
    }
}
