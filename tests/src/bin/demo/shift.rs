//! The warehouse's part of the day: a shift of an operator with a scanner at a real edge, who keeps books of their own against which the hub is held.
//!
//! Everything they scan goes over the scanner's wire; the cable between edge and hub is cut for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use qitao_tests::network::Cable;
use qitao_tests::printer::TcpPrinter;
use qitao_tests::shift::{Operator, Shelf, until};
use serde_json::{Value, json};

use crate::goods::{Goods, Item};
use crate::people::Staff;
use crate::telling::{Failure, Story, chapter, say, text};
use crate::{PATIENCE, STATION};

/// How many wardrobes the lorry brings: one for the customer, two for the showroom.
const BROUGHT: i64 = 3;

/// An operator at work.
pub struct Shift<'a> {
    operator: Operator<'a>,
    staff: &'a Staff,
    goods: &'a Goods,
    panel: String,
    /// Where the operator stands.
    here: String,
    shelf: Shelf,
    /// Cartons that were picked for the customer: item, carton.
    for_customer: Vec<(i64, i64)>,
    /// Facts that the edge recorded by itself (ends of label jobs).
    notes: u64,
    /// Stock at the hub before the shift.
    seen_by_hub: Value,
    /// Movements that the hub had before the shift: the opening stock.
    movements_before: u64,
}

impl<'a> Shift<'a> {
    /// Nothing was done yet.
    pub fn of(operator: Operator<'a>, panel: String, staff: &'a Staff, goods: &'a Goods) -> Self {
        Self {
            operator,
            staff,
            goods,
            panel,
            here: String::new(),
            shelf: Shelf::new(),
            for_customer: Vec::new(),
            notes: 0,
            seen_by_hub: Value::Null,
            movements_before: 0,
        }
    }

    /// Waits until edge and scanner can be worked with.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let operator = &self.operator;
        until("the edge to reach the hub and the scanner to be ready", PATIENCE, || async {
            operator.state().await.is_ok_and(|state| {
                let station = state["stations"].as_array().and_then(|all| all.iter().find(|station| station["id"] == STATION)).cloned();
                state["link"]["state"] == "online" && station.is_some_and(|station| station["device_state"] == "online")
            })
        })
        .await?;
        // Logging in needs the operators, the last data set to arrive; until then a badge is unknown, which does no harm.
        let known = format!("QT-OP-{}", self.goods.badge);
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
    async fn scan(&mut self, story: &mut Story, payload: &str, expected: &str) -> Result<(), Failure> {
        let answer = self.operator.scan(payload).await?;
        let is = text(&answer["verdict"]["is"]);
        let sign = match answer["tone"].as_str() {
            Some("right") => "✓",
            Some("attention") => "!",
            _ => "✗",
        };
        say(&format!("  {sign} {payload:<34} {is}"));
        if is != expected {
            story.surprise(&format!("{payload}: {}, expected {expected}", answer["verdict"]));
        }
        Ok(())
    }

    /// Goes to a place, unless that is where the operator stands.
    async fn go(&mut self, story: &mut Story, place: &str) -> Result<(), Failure> {
        if self.here != place {
            self.scan(story, &format!("QT-L-{place}"), "at_location").await?;
            place.clone_into(&mut self.here);
        }
        Ok(())
    }

    fn book(&mut self, from: Option<&str>, to: Option<&str>, item: &Item, carton: i64, quantity: i64) {
        for (place, sign) in [(from, -1), (to, 1)] {
            if let Some(place) = place {
                *self.shelf.entry((place.to_owned(), item.id, carton)).or_default() += sign * quantity;
            }
        }
    }

    /// Opens a task, once the edge has it.
    async fn open(&mut self, story: &mut Story, number: &str) -> Result<(), Failure> {
        let client = reqwest::Client::new();
        let panel = &self.panel;
        until("the task to reach the edge", PATIENCE, || async {
            let tasks = match client.get(format!("{panel}/api/tasks")).send().await {
                Ok(answer) => answer.json::<Value>().await.unwrap_or_default(),
                Err(_) => Value::Null,
            };
            tasks.as_array().is_some_and(|tasks| tasks.iter().any(|task| task["number"] == number))
        })
        .await?;
        self.here.clear();
        self.scan(story, &format!("QT-TASK-{number}"), "task_opened").await
    }

    async fn task(&mut self, story: &mut Story, what: (&str, &str), mut body: Value) -> Result<Value, Failure> {
        let keeper = &self.staff.keeper;
        body["site"] = json!(self.goods.site);
        let task = keeper.api.post("/tasks", &body).await?;
        let number = text(&task["number"]);
        story.did(keeper, &format!("下达任务 {number} {}", what.0), what.1, &format!("/tasks/{}", task["id"]));
        self.open(story, &number).await?;
        Ok(task)
    }

    /// The morning: what the lorry brought is put away, in part without the hub; one shelf is counted.
    pub async fn morning(&mut self, story: &mut Story, cables: &[&Cable]) -> Result<(), Failure> {
        let goods = self.goods;
        let Goods { wardrobe, other, small, bins: [first, second], .. } = goods;
        self.seen_by_hub = self.stock().await?;
        self.movements_before = self.staff.head.api.get("/totals").await?["movements"].as_u64().unwrap_or(0);

        let (name, cartons) = (&wardrobe.name, wardrobe.cartons);
        chapter("到货上架", &format!("put-away: {BROUGHT} × {name} ({cartons} cartons each), 10 × {}", small.name));
        self.scan(story, &format!("QT-OP-{}", goods.badge), "logged_in").await?;
        let lines = json!([
            {"item": wardrobe.id, "quantity": BROUGHT.to_string(), "location": goods.bin_ids[0]},
            {"item": small.id, "quantity": "10", "location": goods.bin_ids[1]},
        ]);
        self.task(story, ("上架", "put-away"), json!({"kind": "put_away", "reference": "到货单 A-1001", "lines": lines})).await?;
        self.go(story, first).await?;
        for _ in 0..BROUGHT {
            for n in 1..=wardrobe.cartons {
                self.scan(story, &wardrobe.carton(n), "put_away").await?;
                self.book(None, Some(first), wardrobe, n, 1);
            }
        }
        self.scan(story, &other.carton(1), "wrong_item").await?;
        self.go(story, second).await?;
        self.scan(story, "QT-QTY-10", "quantity_set").await?;
        self.scan(story, &small.ean(), "put_away").await?;
        self.book(None, Some(second), small, 1, 10);
        self.scan(story, "QT-OK", "task_complete").await?;

        chapter("断网", "the network is cut; work goes on");
        cables.iter().for_each(|cable| cable.cut());
        self.scan(story, &format!("QT-L-{second}"), "at_location").await?;
        for n in 1..=other.cartons {
            self.scan(story, &other.carton(n), "put_away").await?;
            self.book(None, Some(second), other, n, 1);
        }
        chapter("误扫撤销", "a mis-scan is undone");
        self.scan(story, &small.ean(), "put_away").await?;
        self.scan(story, "QT-UNDO", "undone").await?;
        self.scan(story, "6901234567893", "bad_barcode").await?;
        self.scan(story, "SOMETHING-NOBODY-KNOWS", "unknown_barcode").await?;
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
        self.task(story, ("盘点", "stocktake"), json!({"kind": "count", "reference": "月度盘点", "lines": lines})).await?;
        self.go(story, second).await?;
        self.scan(story, "QT-QTY-9", "quantity_set").await?;
        self.scan(story, &small.ean(), "counted").await?;
        for n in 1..=other.cartons {
            self.scan(story, &other.carton(n), "counted").await?;
        }
        self.scan(story, "QT-OK", "location_counted").await?;
        self.scan(story, "QT-OK", "task_complete").await?;
        self.approve_variance(story).await?;
        self.book(Some(second), None, small, 1, 1);
        Ok(())
    }

    async fn approve_variance(&self, story: &mut Story) -> Result<(), Failure> {
        let foreman = &self.staff.foreman;
        let open = || async {
            let page = foreman.api.get("/exceptions?state=open&kind=count_variance").await.ok()?;
            page["items"].as_array()?.first().cloned()
        };
        until("the variance to reach the hub", PATIENCE, || async { open().await.is_some() }).await?;
        let case = open().await.ok_or("the variance is gone")?;
        foreman.api.post(&format!("/exceptions/{}/resolve", case["id"]), &json!({"action": "approve", "note": "演示"})).await?;
        story.did(foreman, "主管批准盘差", "the foreman approves the variance", &format!("/exceptions/{}", case["id"]));
        Ok(())
    }

    /// The cartons of a task's lines, as the picker is led to them: set, carton, place.
    async fn asked(&self, task: &Value) -> Result<Vec<Value>, Failure> {
        let task = self.staff.keeper.api.get(&format!("/tasks/{task}")).await?;
        Ok(task["lines"].as_array().cloned().unwrap_or_default())
    }

    /// Takes what a line asks for from its place to the staging place.
    async fn take(&mut self, story: &mut Story, line: &Value, expected: &str) -> Result<(i64, i64), Failure> {
        let (item, n, place) = (self.goods.of(line)?, line["carton"].as_i64().unwrap_or(1), text(&line["location_code"]));
        self.go(story, &place).await?;
        let label = if item.cartons == 1 { item.ean() } else { item.carton(n) };
        self.scan(story, &label, expected).await?;
        self.book(Some(&place), Some("staging"), item, n, 1);
        Ok((item.id, n))
    }

    /// The pick of the customer's order: complete, and a carton of something else is refused.
    pub async fn pick_for_customer(&mut self, story: &mut Story, pick: &Value) -> Result<(), Failure> {
        let number = text(&pick["number"]);
        chapter("订单拣货齐套", "the order's own pick: a wrong carton is refused, and nothing is done before the set is complete");
        self.open(story, &number).await?;
        let lines = self.asked(&pick["task"]).await?;
        let mut open: BTreeMap<i64, usize> = BTreeMap::new();
        for line in &lines {
            *open.entry(line["set"].as_i64().unwrap_or(0)).or_default() += 1;
        }
        for (n, line) in lines.iter().enumerate() {
            let set = line["set"].as_i64().unwrap_or(0);
            let left = open.entry(set).or_default();
            *left = left.saturating_sub(1);
            let expected = if set != 0 && *left == 0 { "set_complete" } else { "picked" };
            let taken = self.take(story, line, expected).await?;
            self.for_customer.push(taken);
            if n == 0 {
                self.scan(story, &self.goods.other.carton(2), "wrong_item").await?;
                self.scan(story, "QT-OK", "incomplete").await?;
            }
        }
        self.scan(story, "QT-OK", "task_complete").await
    }

    /// What was picked for the customer has left.
    pub fn shipped(&mut self) {
        for (item, carton) in std::mem::take(&mut self.for_customer) {
            *self.shelf.entry(("staging".to_owned(), item, carton)).or_default() -= 1;
        }
    }

    /// A pick that falls short: two wardrobes for the showroom, of which one carton is not there; then labels, and home.
    pub async fn afternoon(&mut self, story: &mut Story, printer: &TcpPrinter) -> Result<(), Failure> {
        let goods = self.goods;
        let wardrobe = &goods.wardrobe;
        chapter("缺件", "a pick that falls short: a carton twice, and one that is missing, are caught");
        // Two lines, so that each wardrobe is a set of its own.
        let lines = json!([{"item": wardrobe.id, "quantity": "1"}, {"item": wardrobe.id, "quantity": "1"}]);
        let made = self.task(story, ("拣货", "pick"), json!({"kind": "pick", "reference": "样板间布展", "lines": lines})).await?;
        let lines = self.asked(&made["id"]).await?;
        let sets: BTreeSet<i64> = lines.iter().filter_map(|line| line["set"].as_i64()).collect();
        let of = |set: &i64, carton: i64| lines.iter().find(|line| line["set"] == *set && line["carton"] == carton);
        let mut missing = None;
        for set in &sets {
            for n in 1..=wardrobe.cartons {
                let line = of(set, n).ok_or("the task lacks a carton")?;
                let is_last = Some(set) == sets.last();
                if is_last && n == 1 {
                    missing = Some(line);
                    continue;
                }
                self.take(story, line, if n == wardrobe.cartons && !is_last { "set_complete" } else { "picked" }).await?;
            }
        }
        self.scan(story, &wardrobe.carton(2), "wrong_carton").await?;
        self.scan(story, "QT-OK", "incomplete").await?;
        self.go(story, &text(&missing.ok_or("the task has no sets")?["location_code"])).await?;
        self.scan(story, "QT-SHORT", "short_declared").await?;
        self.scan(story, "QT-OK", "task_finished_short").await?;

        chapter("标签", "labels: one for each carton of the wardrobe");
        self.print_labels(wardrobe, printer).await?;
        self.scan(story, "QT-OUT", "logged_out").await
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
    async fn stock(&self) -> Result<Value, Failure> {
        let mut stock = serde_json::Map::new();
        for item in [&self.goods.wardrobe, &self.goods.other, &self.goods.small] {
            stock.insert(item.id.to_string(), self.staff.keeper.api.get(&format!("/items/{}", item.id)).await?["stock"].clone());
        }
        Ok(Value::Object(stock))
    }

    /// Holds the hub against the operator's own count; what is not right is a surprise of the story.
    pub async fn balance(&mut self, story: &mut Story) -> Result<(), Failure> {
        chapter("仓库对账", "the hub's stock against the operator's own count");
        let facts = self.operator.scans + self.notes;
        let head = &self.staff.head.api;
        let totals = || async { head.get("/totals").await.unwrap_or_default() };
        // Not an error when it never comes: the count below says what is lost.
        let _ = until("all facts at the hub", Duration::from_secs(20), || async { totals().await["facts"].as_u64().unwrap_or(0) >= facts })
            .await;
        let totals = totals().await;
        let at_hub = totals["facts"].as_u64().unwrap_or(0);

        let staging = self.staff.keeper.api.all(&format!("/locations?site={}&kind=staging", self.goods.site)).await?;
        let staging = staging.first().map(|row| text(&row["code"])).unwrap_or_default();
        let mut expected = shelf_of(&self.seen_by_hub, &staging);
        for (key, quantity) in &self.shelf {
            *expected.entry(key.clone()).or_default() += quantity;
        }
        expected.retain(|_, quantity| *quantity != 0);
        let found = shelf_of(&self.stock().await?, &staging);
        let mut differences = 0;
        for key in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let (expected, found) = (expected.get(key).copied().unwrap_or(0), found.get(key).copied().unwrap_or(0));
            if expected != found {
                differences += 1;
                story.surprise(&format!("{} item {} carton {}: expected {expected}, hub has {found}", key.0, key.1, key.2));
            }
        }
        let (lost, doubled) = (facts.saturating_sub(at_hub), at_hub.saturating_sub(facts));
        if lost + doubled > 0 {
            story.surprise(&format!("{lost} facts are lost, {doubled} doubled"));
        }
        let movements = totals["movements"].as_u64().unwrap_or(0).saturating_sub(self.movements_before);
        say(&format!(
            "  扫描 scans {}  移动 movements {movements}  丢失 lost {lost}  重复 doubled {doubled}  库存差异 stock differences {differences}",
            self.operator.scans
        ));
        Ok(())
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
