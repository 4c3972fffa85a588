//! `make demo`: a working system on embedded defaults and real input, and a shift of work that is told as it happens.
//!
//! A hub with a believable chain, one edge, a serial scanner on a pseudo-terminal, a label printer on TCP, and a cable between edge and hub that is cut for
//! a while. Everything the operator scans goes over the scanner's wire; the operator keeps count, and at the end the hub's stock is held against it.
//! With `DEMO=once` the demonstration ends there, with exit code 0 only when nothing was lost and nothing doubled.
#![expect(clippy::print_stdout, reason = "a demonstration speaks")]

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use qitao_tests::api::Api;
use qitao_tests::network::Cable;
use qitao_tests::printer::TcpPrinter;
use qitao_tests::process::{EdgeProcess, HubProcess, free_address, workspace};
use qitao_tests::scanner::PtyScanner;
use qitao_tests::shift::{Operator, Shelf, until};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

type Failure = Box<dyn Error + Send + Sync>;

const STATION: &str = "gun-1";
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> ExitCode {
    let once = std::env::var("DEMO").is_ok_and(|value| value == "once");
    let folder = workspace().join(".demo");
    let shown = tokio::select! {
        shown = demonstrate(&folder, once) => shown,
        // Dropped with it, hub and edge end too.
        told = told_to_end() => match told {
            Ok(()) => return ExitCode::FAILURE,
            Err(error) => Err(error.into()),
        },
    };
    match shown {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("✗ 演示中断 the demonstration broke off: {error}"));
            say(&format!("  日志 logs: {0}/hub/hub.log, {0}/edge/edge.log", folder.display()));
            ExitCode::FAILURE
        }
    }
}

/// Told to end from outside, as when its terminal is closed: a hub and an edge that outlived it would keep ports and scanners to themselves.
async fn told_to_end() -> io::Result<()> {
    let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

fn say(text: &str) {
    println!("{text}");
    let _ = io::stdout().flush();
}

fn chapter(chinese: &str, english: &str) {
    say(&format!("\n── {chinese} · {english}"));
}

async fn demonstrate(folder: &Path, once: bool) -> Result<bool, Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;

    chapter("启动", "start: hub, edge, scanner, printer");
    let (http, mqtt) = if once { (free_address()?, free_address()?) } else { (preferred(8080)?, preferred(1883)?) };
    say("  生成演示连锁 seeding a chain of 2,000 items and 400 locations …");
    let hub = HubProcess::start_at(&folder.join("hub"), http, mqtt, &["--shape", "chain"])?;
    say(&format!("  ✓ 中心 hub {} ({})", hub.url(), text(&hub.shown["site"]["name"])));
    let api = hub.admin().await?;
    let (web, broker) = (Cable::lay(hub.http).await?, Cable::lay(hub.mqtt).await?);
    let printer = TcpPrinter::switch_on().await?;
    let mut scanner = PtyScanner::plug_in(&folder.join("scanner"))?;
    let settings = format!(
        "[[station]]\nid = \"{STATION}\"\nname = \"1 号扫码枪\"\nscanner.serial.target.path = {:?}\n\n\
         [[printer]]\nid = \"label-1\"\nname = \"标签打印机\"\naddress.tcp = \"{}\"\nlanguage = \"zpl\"\ndpi = 203\n",
        scanner.path().display().to_string(),
        printer.address()
    );
    let token = text(&hub.shown["edge"]["token"]);
    let through = format!("http://{}", web.address());
    let mut edge = EdgeProcess::enroll(&folder.join("edge"), &settings, &through, Some(broker.address()), &token)?;
    edge.start()?;
    say(&format!("  ✓ 边缘 edge {}  扫码枪 scanner {}  打印机 printer {}", edge.url(), scanner.path().display(), printer.address()));

    let goods = Goods::choose(&api, hub.shown["site"]["id"].as_i64().unwrap_or_default()).await?;
    let mut shift = Shift {
        operator: Operator::at(&mut scanner, &edge.url(), STATION),
        api,
        panel: edge.url(),
        shelf: Shelf::new(),
        surprises: 0,
        notes: 0,
        seen_by_hub: Value::Null,
        movements_before: 0,
    };
    shift.ready(&goods).await?;
    shift.work(&goods, &printer, &[&web, &broker]).await?;
    let well = shift.balance(&goods).await?;

    if once {
        return Ok(well);
    }
    let login = |who: &str| format!("{} / {}", text(&hub.shown[who]["login"]), text(&hub.shown[who]["password"]));
    chapter("系统保持运行", "the system stays up; Ctrl-C ends it");
    say(&format!("  中心网页 hub pages     {}   登录 login {}", hub.url(), login("admin")));
    say(&format!("  仓库账号 warehouse                             {}", login("warehouse")));
    for person in hub.shown["people"].as_array().into_iter().flatten() {
        say(&format!("  连锁的人 people                               {} / {}", text(&person["login"]), text(&person["password"])));
    }
    say(&format!("  经营数据 figures       {0}/figures   大屏 wall {0}/wall   师傅手机 installer {0}/field/", hub.url()));
    say(&format!("  操作面板 panel         {}   工牌 badge QT-OP-{}", edge.url(), goods.badge));
    tokio::signal::ctrl_c().await?;
    edge.stop();
    Ok(well)
}

/// The usual port when it is free, any other when it is not.
fn preferred(port: u16) -> io::Result<std::net::SocketAddr> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(listener) => listener.local_addr(),
        Err(_) => free_address(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the shift works with, chosen from the seeded chain.
struct Goods {
    site: i64,
    badge: String,
    /// A wardrobe of several cartons.
    wardrobe: Item,
    /// Another item of several cartons, to be mistaken for it.
    other: Item,
    /// Something small in one carton.
    lamp: Item,
    /// Two empty shelves.
    bins: [String; 2],
    bin_ids: [i64; 2],
}

struct Item {
    id: i64,
    code: String,
    name: String,
    cartons: i64,
    gtin: String,
}

impl Item {
    /// The label on carton n, as a scanner with AIM identifiers sends it: GS1 DataMatrix with (8006) GTIN, piece, total.
    fn carton(&self, n: i64) -> String {
        format!("]d28006{}{n:02}{:02}", self.gtin, self.cartons)
    }

    /// The EAN-13 on the goods.
    fn ean(&self) -> String {
        format!("]E0{}", self.gtin.trim_start_matches('0'))
    }
}

impl Goods {
    async fn choose(api: &Api, site: i64) -> Result<Self, Failure> {
        let items = api.all("/items").await?;
        let mut many = Vec::new();
        let mut lamp = None;
        for row in &items {
            let (cartons, by_lot, is_kit) = (row["cartons"].as_i64().unwrap_or(0), row["by_lot"] == true, row["is_kit"] == true);
            if by_lot || is_kit || !((5..=9).contains(&cartons) && many.len() < 2 || cartons == 1 && lamp.is_none()) {
                continue;
            }
            let details = api.get(&format!("/items/{}", row["id"])).await?;
            let barcodes = details["barcodes"].as_array().cloned().unwrap_or_default();
            let piece = |barcode: &&Value| {
                barcode["quantity"] == "1" && barcode["text"].as_str().is_some_and(|text| text.len() == 14 && text.starts_with('0'))
            };
            let Some(gtin) = barcodes.iter().find(piece).map(|barcode| text(&barcode["text"])) else { continue };
            let item = Item { id: row["id"].as_i64().unwrap_or(0), code: text(&row["code"]), name: text(&row["name"]), cartons, gtin };
            if item.cartons == 1 { lamp = Some(item) } else { many.push(item) }
        }
        let mut empty = Vec::new();
        for row in api.get(&format!("/locations?site={site}&kind=bin&limit=200")).await?["items"].as_array().unwrap_or(&Vec::new()) {
            if row["on_hand"].as_str().unwrap_or("0") == "0" {
                empty.push((text(&row["code"]), row["id"].as_i64().unwrap_or(0)));
            }
        }
        let operators = api.all("/operators").await?;
        let badge = operators.first().map(|row| text(&row["badge"])).unwrap_or_default();
        match (many.pop(), many.pop(), lamp, empty.as_slice()) {
            (Some(other), Some(wardrobe), Some(lamp), [first, second, ..]) => {
                Ok(Self { site, badge, wardrobe, other, lamp, bins: [first.0.clone(), second.0.clone()], bin_ids: [first.1, second.1] })
            }
            _ => Err("the seeded chain lacks goods or empty shelves for the shift".into()),
        }
    }
}

struct Shift<'a> {
    operator: Operator<'a>,
    api: Api,
    panel: String,
    shelf: Shelf,
    /// Answers that were not what the operator knew to be right.
    surprises: u32,
    /// Facts that the edge recorded by itself (ends of label jobs).
    notes: u64,
    /// Stock at the hub before the shift.
    seen_by_hub: Value,
    /// Movements that the hub had before the shift: the opening stock.
    movements_before: u64,
}

impl Shift<'_> {
    async fn ready(&mut self, goods: &Goods) -> Result<(), Failure> {
        let operator = &self.operator;
        until("the edge to reach the hub and the scanner to be ready", PATIENCE, || async {
            operator.state().await.is_ok_and(|state| {
                let station = state["stations"].as_array().and_then(|all| all.iter().find(|station| station["id"] == STATION)).cloned();
                state["link"]["state"] == "online" && station.is_some_and(|station| station["device_state"] == "online")
            })
        })
        .await?;
        // Logging in needs the operators, the last data set to arrive; until then a badge is unknown, which does no harm.
        let known = format!("QT-OP-{}", goods.badge);
        for attempt in 0.. {
            let answer = self.operator.scan(&known).await?;
            if answer["verdict"]["is"] == "logged_in" {
                break;
            }
            if attempt > 50 {
                return Err("the operator's badge stays unknown at the edge".into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.operator.scan("QT-OUT").await?;
        say("  ✓ 边缘已联机，商品、库位、人员已同步 the edge is online and knows items, places and people");
        Ok(())
    }

    /// Scans, tells what happened, and minds whether it is what was to be expected.
    async fn scan(&mut self, payload: &str, expected: &str) -> Result<Value, Failure> {
        let answer = self.operator.scan(payload).await?;
        let is = text(&answer["verdict"]["is"]);
        let sign = match answer["tone"].as_str() {
            Some("right") => "✓",
            Some("attention") => "!",
            _ => "✗",
        };
        let surprise = if is == expected { "" } else { "   ← 意外 unexpected" };
        say(&format!("  {sign} {payload:<34} {is}{surprise}"));
        if is != expected {
            self.surprises += 1;
            say(&format!("    expected {expected}, got {}", answer["verdict"]));
        }
        Ok(answer)
    }

    fn book(&mut self, from: Option<&str>, to: Option<&str>, item: &Item, carton: i64, quantity: i64) {
        for (place, sign) in [(from, -1), (to, 1)] {
            if let Some(place) = place {
                *self.shelf.entry((place.to_owned(), item.id, carton)).or_default() += sign * quantity;
            }
        }
    }

    async fn task(&self, body: Value) -> Result<String, Failure> {
        let task = self.api.post("/tasks", &body).await?;
        let number = text(&task["number"]);
        let client = reqwest::Client::new();
        let (panel, wanted) = (self.panel.clone(), number.clone());
        until("the task to reach the edge", PATIENCE, || async {
            let tasks = match client.get(format!("{panel}/api/tasks")).send().await {
                Ok(answer) => answer.json::<Value>().await.unwrap_or_default(),
                Err(_) => Value::Null,
            };
            tasks.as_array().is_some_and(|tasks| tasks.iter().any(|task| task["number"] == wanted.as_str()))
        })
        .await?;
        say(&format!("  任务 task {number}"));
        Ok(number)
    }

    async fn work(&mut self, goods: &Goods, printer: &TcpPrinter, cables: &[&Cable]) -> Result<(), Failure> {
        let (wardrobe, other, lamp) = (&goods.wardrobe, &goods.other, &goods.lamp);
        let [first, second] = &goods.bins;
        self.seen_by_hub = self.stock(goods).await?;
        self.movements_before = self.api.get("/totals").await?["movements"].as_u64().unwrap_or(0);

        chapter("上架", &format!("put-away: 2 × {} ({} cartons each), 10 × {}", wardrobe.name, wardrobe.cartons, lamp.name));
        let lines = json!([
            {"item": wardrobe.id, "quantity": "2", "location": goods.bin_ids[0]},
            {"item": lamp.id, "quantity": "10", "location": goods.bin_ids[1]},
        ]);
        let number = self.task(json!({"kind": "put_away", "site": goods.site, "reference": "到货单 A-1001", "lines": lines})).await?;
        self.scan(&format!("QT-OP-{}", goods.badge), "logged_in").await?;
        self.scan(&format!("QT-TASK-{number}"), "task_opened").await?;
        self.scan(&format!("QT-L-{first}"), "at_location").await?;
        for _ in 0..2 {
            for n in 1..=wardrobe.cartons {
                self.scan(&wardrobe.carton(n), "put_away").await?;
                self.book(None, Some(first), wardrobe, n, 1);
            }
        }
        self.scan(&other.carton(1), "wrong_item").await?;
        self.scan(&format!("QT-L-{second}"), "at_location").await?;
        self.scan("QT-QTY-10", "quantity_set").await?;
        self.scan(&lamp.ean(), "put_away").await?;
        self.book(None, Some(second), lamp, 1, 10);
        self.scan("QT-OK", "task_complete").await?;

        chapter("断网", "the network is cut; work goes on");
        cables.iter().for_each(|cable| cable.cut());
        self.scan(&format!("QT-L-{second}"), "at_location").await?;
        for n in 1..=other.cartons {
            self.scan(&other.carton(n), "put_away").await?;
            self.book(None, Some(second), other, n, 1);
        }
        chapter("误扫撤销", "a mis-scan is undone");
        self.scan(&lamp.ean(), "put_away").await?;
        self.scan("QT-UNDO", "undone").await?;
        self.scan("6901234567893", "bad_barcode").await?;
        self.scan("SOMETHING-NOBODY-KNOWS", "unknown_barcode").await?;
        let state = self.operator.state().await?;
        say(&format!("  未上传 waiting for the hub: {} 条 facts ({})", state["link"]["backlog"], text(&state["link"]["state"])));

        chapter("恢复网络", "the network is back");
        cables.iter().for_each(|cable| cable.mend());
        let operator = &self.operator;
        until("the backlog to drain", PATIENCE, || async {
            operator.state().await.is_ok_and(|state| state["link"]["state"] == "online" && state["link"]["backlog"] == 0)
        })
        .await?;
        say("  ✓ 全部上传 everything has arrived");

        chapter("盘点", "a stocktake with a variance: one of ten is missing");
        let lines = json!([{"location": goods.bin_ids[1]}]);
        let number = self.task(json!({"kind": "count", "site": goods.site, "reference": "月度盘点", "lines": lines})).await?;
        self.scan(&format!("QT-TASK-{number}"), "task_opened").await?;
        self.scan(&format!("QT-L-{second}"), "at_location").await?;
        self.scan("QT-QTY-9", "quantity_set").await?;
        self.scan(&lamp.ean(), "counted").await?;
        for n in 1..=other.cartons {
            self.scan(&other.carton(n), "counted").await?;
        }
        self.scan("QT-OK", "location_counted").await?;
        self.scan("QT-OK", "task_complete").await?;
        self.approve_variance().await?;
        self.book(Some(second), None, lamp, 1, 1);

        chapter("拣货齐套", "a pick: a wrong carton and a missing carton are caught");
        // Two lines, so that each wardrobe is a set of its own.
        let lines = json!([{"item": wardrobe.id, "quantity": "1"}, {"item": wardrobe.id, "quantity": "1"}]);
        let number = self.task(json!({"kind": "pick", "site": goods.site, "reference": "订单 SO-2044 王女士", "lines": lines})).await?;
        self.scan(&format!("QT-TASK-{number}"), "task_opened").await?;
        self.scan(&format!("QT-L-{first}"), "at_location").await?;
        for n in 1..wardrobe.cartons {
            self.scan(&wardrobe.carton(n), "picked").await?;
            self.book(Some(first), Some("staging"), wardrobe, n, 1);
        }
        self.scan(&other.carton(2), "wrong_item").await?;
        self.scan("QT-OK", "incomplete").await?;
        self.scan(&wardrobe.carton(wardrobe.cartons), "set_complete").await?;
        self.book(Some(first), Some("staging"), wardrobe, wardrobe.cartons, 1);
        for n in 2..=wardrobe.cartons {
            self.scan(&wardrobe.carton(n), "picked").await?;
            self.book(Some(first), Some("staging"), wardrobe, n, 1);
        }
        self.scan(&wardrobe.carton(2), "wrong_carton").await?;
        self.scan("QT-OK", "incomplete").await?;
        self.scan("QT-SHORT", "short_declared").await?;
        self.scan("QT-OK", "task_finished_short").await?;

        chapter("标签", "labels: one for each carton of the wardrobe");
        self.print_labels(wardrobe, printer).await?;
        self.scan("QT-OUT", "logged_out").await?;
        Ok(())
    }

    async fn approve_variance(&self) -> Result<(), Failure> {
        let api = &self.api;
        let open = || async { api.get("/exceptions?state=open&kind=count_variance").await.ok()?["items"].as_array()?.first().cloned() };
        until("the variance to reach the hub", PATIENCE, || async { open().await.is_some() }).await?;
        let case = open().await.ok_or("the variance is gone")?;
        self.api.post(&format!("/exceptions/{}/resolve", case["id"]), &json!({"action": "approve", "note": "演示"})).await?;
        say("  ✓ 主管批准盘差 the manager approves the variance at the hub");
        Ok(())
    }

    async fn print_labels(&mut self, item: &Item, printer: &TcpPrinter) -> Result<(), Failure> {
        let client = reqwest::Client::new();
        for n in 1..=item.cartons {
            let data =
                json!({"code": item.code, "name": item.name, "gtin": item.gtin, "carton": n, "of": item.cartons, "lot": "", "serial": ""});
            let answer = client.post(format!("{}/api/print", self.panel)).json(&json!({"template": "carton", "data": data})).send().await?;
            if !answer.status().is_success() {
                return Err(format!("the label was refused: {}", answer.text().await?).into());
            }
            self.notes += 1;
        }
        let confirmed = || async {
            let jobs: Value = match client.get(format!("{}/api/print/jobs", self.panel)).send().await {
                Ok(answer) => answer.json().await.unwrap_or_default(),
                Err(_) => Value::Null,
            };
            jobs.as_array().map_or(0, |jobs| jobs.iter().filter(|job| job["state"]["state"] == "confirmed").count()) as i64
        };
        until("the labels to be confirmed", PATIENCE, || async { confirmed().await == item.cartons }).await?;
        say(&format!("  ✓ {} 张标签已确认 labels confirmed by the printer ({} in its tray)", item.cartons, printer.labels().len()));
        Ok(())
    }

    /// The hub's stock of the goods: item id → rows.
    async fn stock(&self, goods: &Goods) -> Result<Value, Failure> {
        let mut stock = serde_json::Map::new();
        for item in [&goods.wardrobe, &goods.other, &goods.lamp] {
            stock.insert(item.id.to_string(), self.api.get(&format!("/items/{}", item.id)).await?["stock"].clone());
        }
        Ok(Value::Object(stock))
    }

    /// Holds the hub against the operator's own count.
    async fn balance(&mut self, goods: &Goods) -> Result<bool, Failure> {
        chapter("对账", "the hub against the operator's own count");
        let facts = self.operator.scans + self.notes;
        let api = &self.api;
        let totals = || async { api.get("/totals").await.unwrap_or_default() };
        // Not an error when it never comes: the count below says what is lost.
        let _ = until("all facts at the hub", Duration::from_secs(20), || async { totals().await["facts"].as_u64().unwrap_or(0) >= facts })
            .await;
        let totals = totals().await;
        let at_hub = totals["facts"].as_u64().unwrap_or(0);

        let staging = self.api.all(&format!("/locations?site={}&kind=staging", goods.site)).await?;
        let staging = staging.first().map(|row| text(&row["code"])).unwrap_or_default();
        let mut expected = shelf_of(&self.seen_by_hub, &staging);
        for (key, quantity) in &self.shelf {
            *expected.entry(key.clone()).or_default() += quantity;
        }
        expected.retain(|_, quantity| *quantity != 0);
        let found = shelf_of(&self.stock(goods).await?, &staging);
        let mut differences = 0;
        for key in expected.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (expected, found) = (expected.get(key).copied().unwrap_or(0), found.get(key).copied().unwrap_or(0));
            if expected != found {
                differences += 1;
                say(&format!("  ✗ {} item {} carton {}: expected {expected}, hub has {found}", key.0, key.1, key.2));
            }
        }
        let (lost, doubled) = (facts.saturating_sub(at_hub), at_hub.saturating_sub(facts));
        say(&format!(
            "  扫描 scans {}  移动 movements {}  丢失 lost {lost}  重复 doubled {doubled}  库存差异 stock differences {differences}  意外 surprises {}",
            self.operator.scans,
            totals["movements"].as_u64().unwrap_or(0).saturating_sub(self.movements_before),
            self.surprises
        ));
        Ok(lost == 0 && doubled == 0 && differences == 0 && self.surprises == 0)
    }
}

/// Stock rows as the operator's shelf, whole units; the staging place under its own name.
fn shelf_of(stock: &Value, staging: &str) -> Shelf {
    let mut shelf = Shelf::new();
    for (item, rows) in stock.as_object().into_iter().flatten() {
        for row in rows.as_array().into_iter().flatten() {
            let place = text(&row["location_code"]);
            let place = if place == staging { "staging".to_owned() } else { place };
            let quantity = row["quantity"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            *shelf.entry((place, item.parse().unwrap_or(0), row["carton"].as_i64().unwrap_or(0))).or_default() += quantity;
        }
    }
    shelf.retain(|_, quantity| *quantity != 0);
    shelf
}
