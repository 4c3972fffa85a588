//! What people read: every kind of notice in Chinese and English. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::problem::Language;

/// What a message means; pages and bots colour it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something good.
    Right,
    /// Something to know.
    Information,
    /// Somebody should look.
    Attention,
    /// Something is broken.
    Wrong,
}

/// A message in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub title: String,
    /// A few lines; may be empty.
    pub body: String,
    /// The page to open, whole.
    pub link: Option<String>,
    /// What it means.
    pub tone: Tone,
}

/// A kind of notice.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its word.
    pub word: &'static str,
    /// Its name.
    pub zh: &'static str,
    /// Its name.
    pub en: &'static str,
}

/// Every kind that people and programs can be told of.
pub const KINDS: &[Kind] = &[
    Kind { word: "exception", zh: "新的异常", en: "New case" },
    Kind { word: "edge_away", zh: "边缘机离线", en: "Edge away" },
    Kind { word: "edge_back", zh: "边缘机恢复", en: "Edge back" },
    Kind { word: "daily_summary", zh: "每日汇总", en: "Daily summary" },
    Kind { word: "customers_idle", zh: "客户太久没有跟进", en: "Customers left alone" },
    Kind { word: "backup_failed", zh: "备份失败", en: "Backup failed" },
    Kind { word: "channel_failed", zh: "消息通道失败", en: "Channel failed" },
    Kind { word: "webhook_dead", zh: "Webhook 投递失败", en: "Webhook given up" },
];

/// Whether there is such a kind.
#[must_use]
pub fn known(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word)
}

/// Kinds of cases, as people call them.
const CASES: &[(&str, &str, &str)] = &[
    ("unknown_barcode", "未知条码", "unknown barcode"),
    ("count_variance", "盘点差异待审", "count difference to approve"),
    ("negative_stock", "负库存", "negative stock"),
    ("unreadable_fact", "无法读取的记录", "unreadable record"),
    ("unappliable_fact", "无法入账的记录", "record that cannot be booked"),
    ("bad_signature", "签名错误", "wrong signature"),
    ("cloned_edge", "边缘机疑似被复制", "edge that may be cloned"),
    ("clock_skew", "时钟偏差", "wrong clock"),
    ("short_pick", "拣货缺货", "short pick"),
    ("printer", "打印机故障", "printer fault"),
];

fn text<'a>(data: &'a Value, name: &str) -> &'a str {
    data.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(data: &Value, name: &str) -> i64 {
    data.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// The time at the place that the notice is about.
fn time(data: &Value, name: &str) -> String {
    let (zone, at) = (text(data, "time_zone"), Timestamp::from_millisecond(number(data, name)).unwrap_or_default());
    let zoned = at.in_tz(if zone.is_empty() { "UTC" } else { zone }).unwrap_or_else(|_| at.to_zoned(jiff::tz::TimeZone::UTC));
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2 小时 5 分钟`.
fn span(ms: i64, language: Language) -> String {
    let minutes = ms.max(0) / 60_000;
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (language, hours) {
        (Language::Chinese, 0) => format!("{rest} 分钟"),
        (Language::Chinese, _) => format!("{hours} 小时 {rest} 分钟"),
        (Language::English, 0) => format!("{rest} min"),
        (Language::English, _) => format!("{hours} h {rest} min"),
    }
}

/// The words of a notice; `count` of the same matter.
#[must_use]
pub fn message(kind: &str, data: &Value, count: i32, language: Language) -> Message {
    let chinese = language == Language::Chinese;
    let site = match text(data, "site_name") {
        "" if chinese => "全公司",
        "" => "Whole chain",
        site => site,
    };
    let say = |zh: String, en: String| if chinese { zh } else { en };
    let (title, body, tone) = match kind {
        "exception" => {
            let case = text(data, "case_kind");
            let found = CASES.iter().find(|(word, ..)| *word == case);
            let name = found.map_or(case, |(_, zh, en)| if chinese { zh } else { en });
            let title = match count {
                ..=1 => say(format!("新异常：{name}"), format!("New case: {name}")),
                _ => say(format!("{count} 个新异常：{name}"), format!("{count} new cases: {name}")),
            };
            let about = text(data, "about");
            let body = if about.is_empty() { site.to_owned() } else { format!("{site} · {about}") };
            (title, body, Tone::Attention)
        }
        "edge_away" => (
            say(format!("离线：{}", text(data, "name")), format!("Away: {}", text(data, "name"))),
            say(
                format!("{site}。最后一次联系：{}。现场可以继续作业，数据会在恢复后补传。", time(data, "since_ms")),
                format!("{site}. Last heard of at {}. Work there goes on; records follow when it is back.", time(data, "since_ms")),
            ),
            Tone::Wrong,
        ),
        "edge_back" => {
            let away = span(number(data, "back_ms") - number(data, "since_ms"), language);
            (
                say(format!("恢复在线：{}", text(data, "name")), format!("Back: {}", text(data, "name"))),
                say(format!("{site}。离线了 {away}。"), format!("{site}. It was away for {away}.")),
                Tone::Right,
            )
        }
        "daily_summary" => {
            let [scans, wrong, moved, tasks, open] =
                ["scans", "wrong", "movements", "tasks_finished", "exceptions_open"].map(|n| number(data, n));
            let day = text(data, "day");
            (
                say(format!("{day} 汇总：{site}"), format!("{day}: {site}")),
                say(
                    format!("扫描 {scans} 次（错误 {wrong} 次）\n库存移动 {moved} 笔\n完成任务 {tasks} 个\n待处理异常 {open} 个"),
                    format!("{scans} scans ({wrong} wrong)\n{moved} movements\n{tasks} tasks finished\n{open} cases open"),
                ),
                if open > 0 { Tone::Attention } else { Tone::Information },
            )
        }
        "customers_idle" => {
            let (many, days) = (number(data, "many"), number(data, "days"));
            (
                say(format!("{many} 位客户超过 {days} 天没有跟进"), format!("{many} customers were left alone for over {days} days")),
                say("打开名单，今天联系他们。".into(), "Open the list and reach them today.".into()),
                Tone::Attention,
            )
        }
        "backup_failed" => (
            say("没有备份成功".into(), "There is no new backup".into()),
            say(
                format!("{}。请检查备份文件夹和磁盘。", text(data, "why")),
                format!("{}. Look at the folder of backups and its disk.", text(data, "why")),
            ),
            Tone::Wrong,
        ),
        "channel_failed" | "webhook_dead" => {
            let (name, why) = (text(data, "name"), text(data, "why"));
            (say(format!("发送失败：{name}"), format!("Not sent: {name}")), why.to_owned(), Tone::Wrong)
        }
        "test" => (
            say("测试消息".into(), "Test message".into()),
            say("这个通道可以收到齐套的消息。".into(), "This channel receives messages of Qitao.".into()),
            Tone::Information,
        ),
        other => (other.to_owned(), site.to_owned(), Tone::Information),
    };
    Message { title, body, link: None, tone }
}

/// Words of the link below a message.
#[must_use]
pub const fn more(language: Language) -> &'static str {
    match language {
        Language::Chinese => "查看",
        Language::English => "Open",
    }
}

/// Many messages in one: as many lines as fit into `room` bytes, and how many more there are.
#[must_use]
pub fn digest(messages: &[Message], room: usize, language: Language) -> Message {
    let chinese = language == Language::Chinese;
    let worst = [Tone::Wrong, Tone::Attention, Tone::Right].into_iter().find(|tone| messages.iter().any(|m| m.tone == *tone));
    let (mut body, mut told) = (String::new(), 0);
    for message in messages {
        let line = match message.body.lines().next() {
            Some(first) if !first.is_empty() => format!("• {} — {first}\n", message.title),
            _ => format!("• {}\n", message.title),
        };
        if body.len() + line.len() + 64 > room {
            break;
        }
        body.push_str(&line);
        told += 1;
    }
    let left = messages.len() - told;
    if left > 0 {
        body.push_str(&if chinese { format!("… 还有 {left} 条") } else { format!("… and {left} more") });
    }
    let title = if chinese { format!("{} 条通知", messages.len()) } else { format!("{} notices", messages.len()) };
    Message { title, body: body.trim_end().to_owned(), link: None, tone: worst.unwrap_or(Tone::Information) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_case_says_what_it_is_and_where_in_both_languages() {
        let data = json!({"case_kind": "short_pick", "site_name": "上海一仓", "about": "T-7"});
        let zh = message("exception", &data, 1, Language::Chinese);
        assert_eq!((zh.title.as_str(), zh.body.as_str()), ("新异常：拣货缺货", "上海一仓 · T-7"));
        assert_eq!(message("exception", &data, 3, Language::English).title, "3 new cases: short pick");
    }

    #[test]
    fn times_are_those_of_the_place() {
        let data = json!({"name": "e1", "since_ms": 0, "back_ms": 7_500_000, "time_zone": "Asia/Shanghai"});
        assert!(message("edge_away", &data, 1, Language::Chinese).body.contains("1970-01-01 08:00"));
        assert!(message("edge_back", &data, 1, Language::Chinese).body.contains("2 小时 5 分钟"));
    }

    #[test]
    fn every_kind_has_words_in_both_languages() {
        for kind in KINDS {
            let (zh, en) = (message(kind.word, &json!({}), 1, Language::Chinese), message(kind.word, &json!({}), 1, Language::English));
            assert_ne!(zh.title, en.title.replace("：", ""), "{}", kind.word);
            assert_ne!(zh.title, kind.word);
        }
    }

    #[test]
    fn a_digest_fits_its_room_and_says_how_many_are_left_out() {
        let one = message("exception", &json!({"case_kind": "printer"}), 1, Language::Chinese);
        let many = vec![one; 200];
        let digest = digest(&many, 1_000, Language::Chinese);
        assert!(digest.body.len() <= 1_000 && digest.body.contains("还有"), "{}", digest.body);
        assert_eq!((digest.title.as_str(), digest.tone), ("200 条通知", Tone::Attention));
    }
}
