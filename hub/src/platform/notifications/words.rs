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
    /// Only groups and programs that name it are told, no people: it speaks of money.
    pub named: bool,
    /// One person settles it: of those over an organisation only they are told who are nearest to it.
    pub nearest: bool,
}

const fn kind(word: &'static str, zh: &'static str, en: &'static str) -> Kind {
    Kind { word, zh, en, named: false, nearest: false }
}

/// Every kind that people and programs can be told of.
pub const KINDS: &[Kind] = &[
    kind("exception", "新的异常", "New case"),
    kind("edge_away", "边缘机离线", "Edge away"),
    kind("edge_back", "边缘机恢复", "Edge back"),
    kind("daily_summary", "每日汇总", "Daily summary"),
    kind("mentioned", "有人 @ 我", "Somebody named me"),
    kind("customers_idle", "客户太久没有跟进", "Customers left alone"),
    Kind { nearest: true, ..kind("discount_asked", "折扣待审批", "Discount to approve") },
    kind("discount_judged", "折扣审批结果", "Discount approved or rejected"),
    kind("delivery_waits", "已发货，待安排送货", "Shipped, delivery to plan"),
    kind("ticket_waits", "工单待派", "Ticket to dispatch"),
    kind("ticket_given", "派给我的工单", "Ticket given to me"),
    kind("ticket_taken", "我的工单改派或取消", "My ticket given to another or cancelled"),
    kind("record_shared", "同事共享给我", "Shared with me by a colleague"),
    Kind { named: true, ..kind("win_report", "战报（群里）", "Win report (groups)") },
    Kind { named: true, ..kind("sales_report", "昨日业绩快报（群里）", "Results of the day before (groups)") },
    kind("backup_failed", "备份失败", "Backup failed"),
    kind("channel_failed", "消息通道失败", "Channel failed"),
    kind("webhook_dead", "Webhook 投递失败", "Webhook given up"),
];

/// Whether there is such a kind.
#[must_use]
pub fn known(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word)
}

/// Whether only those are told of a kind who name it.
#[must_use]
pub fn named(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word && kind.named)
}

/// Whether only those are told of a kind who are nearest to its organisation.
#[must_use]
pub fn nearest(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word && kind.nearest)
}

/// Whether a kind is for the groups of one organisation alone: those above it have one of their own.
#[must_use]
pub fn of_one(word: &str) -> bool {
    word == "sales_report"
}

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

/// `¥12,800.00`.
fn yuan(fen: i64) -> String {
    let (whole, cents) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}¥{grouped}.{cents:02}", if fen < 0 { "-" } else { "" })
}

/// A ranking in lines: `1. 徐汇店 ¥12,800.00（3 单）`; and how many more there are.
fn ranking(data: &Value, name: &str, count: i64, language: Language) -> String {
    let rows = data.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let chinese = language == Language::Chinese;
    let mut lines: Vec<String> = (1..)
        .zip(rows)
        .map(|(n, row)| {
            let (who, sum, orders) = (text(row, "name"), yuan(number(row, "amount_fen")), number(row, "orders"));
            if chinese { format!("{n}. {who} {sum}（{orders} 单）") } else { format!("{n}. {who} {sum} ({orders} orders)") }
        })
        .collect();
    let left = count - i64::try_from(rows.len()).unwrap_or(0);
    if left > 0 {
        lines.push(if chinese { format!("… 还有 {left} 个") } else { format!("… and {left} more") });
    }
    lines.join("\n")
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
            let name = text(data, if chinese { "kind_zh" } else { "kind_en" });
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
        "mentioned" => {
            let by = text(data, "by");
            (
                say(format!("{by} 在{}提到了您", text(data, "about_zh")), format!("{by} named you at {}", text(data, "about_en"))),
                say("打开查看说了什么。".into(), "Open it to read what was said.".into()),
                Tone::Attention,
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
        "discount_asked" | "discount_judged" | "delivery_waits" | "ticket_waits" | "ticket_given" | "ticket_taken" | "record_shared" => {
            day(kind, data, count, language)
        }
        "win_report" => win(data, language),
        "sales_report" => results(data, language),
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

/// What waits for somebody in the day of sales and service, or what became of it.
fn day(kind: &str, data: &Value, count: i32, language: Language) -> (String, String, Tone) {
    let chinese = language == Language::Chinese;
    let say = |zh: String, en: String| if chinese { zh } else { en };
    let [code, who, place, note] = ["code", "who", "place", "note"].map(|name| text(data, name));
    let what = text(data, if chinese { "what_zh" } else { "what_en" });
    let about = [place, who].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    match (kind, count) {
        ("discount_asked", ..=1) => {
            (say(format!("折扣待审批：{what} {code}"), format!("Discount to approve: {what} {code}")), about, Tone::Attention)
        }
        ("discount_asked", _) => (
            say(format!("{count} 次提交折扣待审批：{what}"), format!("Discounts to approve, submitted {count} times: {what}")),
            about,
            Tone::Attention,
        ),
        ("discount_judged", _) if data.get("approved").and_then(Value::as_bool) == Some(true) => {
            (say(format!("折扣已通过：{what} {code}"), format!("Discount approved: {what} {code}")), note.to_owned(), Tone::Right)
        }
        ("discount_judged", _) => {
            (say(format!("折扣未通过：{what} {code}"), format!("Discount rejected: {what} {code}")), note.to_owned(), Tone::Attention)
        }
        ("delivery_waits", ..=1) => {
            (say(format!("已发货，待安排送货安装：{code}"), format!("Shipped, delivery to plan: {code}")), about, Tone::Attention)
        }
        ("delivery_waits", _) => (
            say(format!("{count} 张订单已发货，待安排送货安装"), format!("{count} orders shipped, deliveries to plan")),
            about,
            Tone::Attention,
        ),
        ("ticket_waits", ..=1) => {
            let title = match text(data, "came") {
                "back" => say(format!("工单退回，请改派：{code} {what}"), format!("Given back, to dispatch anew: {code} {what}")),
                "over" => say(format!("工单转来，由本组织服务：{code} {what}"), format!("Came over, to be served here: {code} {what}")),
                _ => say(format!("工单待派：{code} {what}"), format!("Ticket to dispatch: {code} {what}")),
            };
            (title, about, Tone::Attention)
        }
        ("ticket_waits", _) => (say(format!("{count} 张工单待派"), format!("{count} tickets to dispatch")), about, Tone::Attention),
        ("ticket_taken", _) => {
            let title = match data.get("cancelled").and_then(Value::as_bool) {
                Some(true) => say(format!("您的工单已取消：{code} {what}"), format!("Your ticket was cancelled: {code} {what}")),
                _ => say(format!("您的工单已改派他人：{code} {what}"), format!("Your ticket was given to somebody else: {code} {what}")),
            };
            (title, say("不用再上门。".into(), "You need not go there any more.".into()), Tone::Attention)
        }
        ("ticket_given", _) => {
            let when = match number(data, "appointed_ms") {
                0 => say("还没有预约时间，请先联系客户。".into(), "No appointment yet: call the customer first.".into()),
                _ => say(format!("预约 {}", time(data, "appointed_ms")), format!("Appointment {}", time(data, "appointed_ms"))),
            };
            (say(format!("派给您的工单：{code} {what}"), format!("Given to you: {code} {what}")), when, Tone::Attention)
        }
        _ => (
            say(format!("{who} 与您共享了{what}：{code}"), format!("{who} shares with you: {what} {code}")),
            say("您可以查看和跟进。".into(), "You can see it and work on it.".into()),
            Tone::Information,
        ),
    }
}

/// 战报.
fn win(data: &Value, language: Language) -> (String, String, Tone) {
    let named = data.get("people").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let people: Vec<&str> = named.iter().filter_map(Value::as_str).collect();
    let [store, code] = ["store", "code"].map(|name| text(data, name));
    let [amount, day] = ["amount_fen", "day_fen"].map(|name| yuan(number(data, name)));
    let [orders, rank, stores] = ["day_orders", "rank", "stores"].map(|name| number(data, name));
    match language {
        Language::Chinese => (
            format!("战报：{store} 成交 {amount}"),
            format!("销售：{}\n今日累计：{orders} 单，{day}\n今日排名：第 {rank} 名（共 {stores} 家店）\n订单：{code}", people.join("、")),
            Tone::Right,
        ),
        Language::English => (
            format!("Win: {store} sold {amount}"),
            format!("Sold by: {}\nToday: {orders} orders, {day}\nPlace today: {rank} of {stores} stores\nOrder: {code}", people.join(", ")),
            Tone::Right,
        ),
    }
}

/// 《昨日业绩快报》.
fn results(data: &Value, language: Language) -> (String, String, Tone) {
    let [day, organisation] = ["day", "organisation"].map(|name| text(data, name));
    let [amount, before] = ["amount_fen", "before_fen"].map(|name| yuan(number(data, name)));
    let [orders, orders_before, stores, people] = ["orders", "before_orders", "store_count", "people_count"].map(|name| number(data, name));
    let (stores, people) = (ranking(data, "stores", stores, language), ranking(data, "people", people, language));
    let lists = |zh: bool| match orders {
        0 => String::new(),
        _ if zh => format!("\n门店\n{stores}\n个人\n{people}"),
        _ => format!("\nStores\n{stores}\nPeople\n{people}"),
    };
    match language {
        Language::Chinese => (
            format!("昨日业绩快报 {day}：{organisation}"),
            format!("成交 {orders} 单，{amount}（前一天 {orders_before} 单，{before}）{}", lists(true)),
            Tone::Information,
        ),
        Language::English => (
            format!("Results of {day}: {organisation}"),
            format!("{orders} orders, {amount} (the day before {orders_before}, {before}){}", lists(false)),
            Tone::Information,
        ),
    }
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
        let data =
            json!({"case_kind": "short_pick", "kind_zh": "拣货缺件", "kind_en": "Short pick", "site_name": "上海一仓", "about": "T-7"});
        let zh = message("exception", &data, 1, Language::Chinese);
        assert_eq!((zh.title.as_str(), zh.body.as_str()), ("新异常：拣货缺件", "上海一仓 · T-7"));
        assert_eq!(message("exception", &data, 3, Language::English).title, "3 new cases: Short pick");
    }

    #[test]
    fn times_are_those_of_the_place() {
        let data = json!({"name": "e1", "since_ms": 0, "back_ms": 7_500_000, "time_zone": "Asia/Shanghai"});
        assert!(message("edge_away", &data, 1, Language::Chinese).body.contains("1970-01-01 08:00"));
        assert!(message("edge_back", &data, 1, Language::Chinese).body.contains("2 小时 5 分钟"));
    }

    #[test]
    fn a_win_says_who_sold_where_for_how_much_and_how_the_day_stands() {
        let data = json!({"store": "徐汇店", "code": "SO000012", "people": ["李雷", "韩梅梅"], "amount_fen": 1_280_050, "day_orders": 3,
            "day_fen": 123_600_000, "rank": 2, "stores": 14});
        let zh = message("win_report", &data, 1, Language::Chinese);
        assert_eq!(zh.title, "战报：徐汇店 成交 ¥12,800.50");
        assert_eq!(zh.body, "销售：李雷、韩梅梅\n今日累计：3 单，¥1,236,000.00\n今日排名：第 2 名（共 14 家店）\n订单：SO000012");
        let row = |name: &str| json!({"name": name, "orders": 2, "amount_fen": 99_900});
        let data = json!({"day": "2026-11-22", "organisation": "华东", "orders": 2, "amount_fen": 99_900, "before_orders": 0, "before_fen": 0,
            "stores": [row("徐汇店")], "store_count": 3, "people": [row("李雷")], "people_count": 1});
        let zh = message("sales_report", &data, 1, Language::Chinese);
        assert_eq!(zh.title, "昨日业绩快报 2026-11-22：华东");
        assert!(
            zh.body.starts_with("成交 2 单，¥999.00（前一天 0 单，¥0.00）\n门店\n1. 徐汇店 ¥999.00（2 单）\n… 还有 2 个\n个人\n1. 李雷"),
            "{}",
            zh.body
        );
        assert_eq!([yuan(0), yuan(-5), yuan(100_000_000)], ["¥0.00", "-¥0.05", "¥1,000,000.00"]);
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
        let one = message("exception", &json!({"kind_zh": "打印机故障"}), 1, Language::Chinese);
        let many = vec![one; 200];
        let digest = digest(&many, 1_000, Language::Chinese);
        assert!(digest.body.len() <= 1_000 && digest.body.contains("还有"), "{}", digest.body);
        assert_eq!((digest.title.as_str(), digest.tone), ("200 条通知", Tone::Attention));
    }
}
