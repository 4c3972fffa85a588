//! A crash campaign: operators put goods away all the time while processes under them are killed, and at the end the hub's books are held
//! against what the operators saw answered.
//!
//! The rule of the books: a scan counts as *accepted* when the panel has shown its answer. Every accepted scan must be at the hub exactly
//! once. A scan whose answer nobody saw may be there or not, but not twice. What stands on the shelves must be the sum of both.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::api::{Api, ApiError};
use crate::process::HubProcess;
use crate::scanner::PtyScanner;
use crate::shift::{Shelf, until};

/// How often the panel is read.
const LOOK: Duration = Duration::from_millis(25);
/// After a kill an operator waits so long for an answer before scanning on.
const AFTER_KILL: Duration = Duration::from_millis(1_500);
/// Without a kill an answer that takes longer is a fault of its own.
const ANSWER: Duration = Duration::from_secs(30);
/// Goods for each shelf, about.
const PER_SHELF: u32 = 12;
/// How long everything may take to arrive at the end.
const DRAIN: Duration = Duration::from_secs(120);

/// Something that is killed and started again at once.
pub struct Victim {
    name: &'static str,
    weight: u32,
    strike: Box<dyn FnMut() -> io::Result<()> + Send>,
}

impl Victim {
    /// `strike` kills it and starts it again; it is chosen as often as its `weight` among all says.
    pub fn new(name: &'static str, weight: u32, strike: impl FnMut() -> io::Result<()> + Send + 'static) -> Self {
        Self { name, weight, strike: Box::new(strike) }
    }
}

/// How many kills, when.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Kills in all.
    pub kills: u32,
    /// The same seed makes the same order of victims, pauses and scans.
    pub seed: u64,
    /// Longest pause between a start and the next kill, milliseconds; each pause is any length up to it.
    pub pause_ms: u64,
}

impl Plan {
    /// So many kills, or `QITAO_KILLS`; seed 1, or `QITAO_SEED`.
    #[must_use]
    pub fn kills(usual: u32, pause_ms: u64) -> Self {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let kills = number("QITAO_KILLS").map_or(usual, |kills| u32::try_from(kills).unwrap_or(u32::MAX));
        Self { kills, seed: number("QITAO_SEED").unwrap_or(1), pause_ms }
    }

    /// One kill of so many, for a campaign beside the main one; `QITAO_KILLS` names the kills of the main one.
    #[must_use]
    pub fn share(self, of: u32) -> Self {
        match std::env::var_os("QITAO_KILLS") {
            Some(_) => Self { kills: (self.kills / of.max(1)).max(1), ..self },
            None => self,
        }
    }
}

/// Something to put on a shelf.
#[derive(Debug, Clone)]
struct Goods {
    item: i64,
    carton: i64,
    barcode: String,
}

/// Where the operators work.
pub struct Site {
    hub: String,
    admin: (String, String),
    site: i64,
    panel: String,
    badge: String,
    shelves: Vec<String>,
    goods: Vec<Goods>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn whole(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl Site {
    /// Chooses a badge, shelves and goods of the seeded chain. `panel` is the edge's address.
    ///
    /// # Errors
    /// When the hub refuses or the chain has too little.
    pub async fn choose(hub: &HubProcess, panel: String) -> Result<Self, ApiError> {
        let admin = (text(&hub.shown["admin"]["login"]), text(&hub.shown["admin"]["password"]));
        let api = Api::login(&hub.url(), &admin.0, &admin.1).await?;
        let site = hub.shown["site"]["id"].as_i64().unwrap_or_default();
        let places = api.get(&format!("/locations?site={site}&kind=bin&limit=8")).await?;
        let shelves = places["items"].as_array().into_iter().flatten().map(|row| text(&row["code"])).collect();
        let badge = api.all("/operators").await?.first().map(|row| text(&row["badge"])).unwrap_or_default();
        let mut goods = Vec::new();
        for row in api.all("/items").await? {
            let (cartons, plain) = (row["cartons"].as_i64().unwrap_or(0), row["by_lot"] == false && row["is_kit"] == false);
            if plain && goods.len() < 24 && (1..=6).contains(&cartons) {
                let item = row["id"].as_i64().unwrap_or(0);
                goods.extend((1..=cartons).map(|carton| Goods {
                    item,
                    carton,
                    barcode: format!("{}/{carton}-{cartons}", text(&row["code"])),
                }));
            }
        }
        Ok(Self { hub: hub.url(), admin, site, panel, badge, shelves, goods })
    }

    async fn api(&self) -> Result<Api, ApiError> {
        Api::login(&self.hub, &self.admin.0, &self.admin.1).await
    }

    /// What stands where at the hub, of the goods of this campaign.
    async fn stock(&self, api: &Api) -> Result<Shelf, ApiError> {
        let mut shelf = Shelf::new();
        for item in self.goods.iter().map(|goods| goods.item).collect::<HashSet<_>>() {
            for row in api.get(&format!("/items/{item}")).await?["stock"].as_array().into_iter().flatten() {
                let key = (text(&row["location_code"]), item, row["carton"].as_i64().unwrap_or(0));
                *shelf.entry(key).or_default() += whole(&row["quantity"]);
            }
        }
        Ok(shelf)
    }
}

/// An answer that the panel has shown.
#[derive(Debug, Clone)]
struct Answer {
    scan: String,
    payload: String,
    verdict: Value,
}

/// What the panel has shown so far, by station, oldest first.
#[derive(Default)]
struct Notes {
    known: HashSet<String>,
    answers: HashMap<String, Vec<Answer>>,
    seen_twice: u64,
}

impl Notes {
    fn take(&mut self, state: &Value) {
        for station in state["stations"].as_array().into_iter().flatten() {
            let shown = station["last"].as_array().map_or(&[][..], Vec::as_slice);
            let answers = self.answers.entry(text(&station["id"])).or_default();
            let here: HashSet<&str> = shown.iter().filter_map(|view| view["scan"].as_str()).collect();
            self.seen_twice += (shown.len() - here.len()) as u64;
            for view in shown.iter().rev() {
                let scan = text(&view["scan"]);
                if self.known.insert(scan.clone()) {
                    answers.push(Answer { scan, payload: text(&view["payload"]), verdict: view["verdict"].clone() });
                }
            }
        }
    }
}

/// What operators, observer and killer share.
#[derive(Default)]
struct Shared {
    notes: Mutex<Notes>,
    strikes: AtomicU64,
    sent: AtomicU64,
    unanswered: AtomicU64,
    enough: AtomicBool,
    over: AtomicBool,
}

impl Shared {
    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self, station: &str) -> usize {
        self.notes().answers.get(station).map_or(0, Vec::len)
    }

    /// The answer to `payload` among those that came after the first `before`.
    fn answer(&self, station: &str, before: usize, payload: &str) -> Option<Answer> {
        self.notes().answers.get(station)?.iter().skip(before).find(|answer| answer.payload == payload).cloned()
    }
}

async fn observe(shared: Arc<Shared>, panel: String) {
    let client = reqwest::Client::new();
    while !shared.over.load(Ordering::Relaxed) {
        if let Ok(answer) = client.get(format!("{panel}/api/state")).timeout(Duration::from_secs(5)).send().await
            && let Ok(state) = answer.json::<Value>().await
        {
            shared.notes().take(&state);
        }
        tokio::time::sleep(LOOK).await;
    }
}

struct Hand {
    shared: Arc<Shared>,
    scanner: PtyScanner,
    station: String,
}

impl Hand {
    /// Scans and waits for the answer; `None` when a kill swallowed it.
    async fn scan(&mut self, payload: &str) -> io::Result<Option<Answer>> {
        let (before, strikes) = (self.shared.answers(&self.station), self.shared.strikes.load(Ordering::Relaxed));
        self.scanner.scan(payload)?;
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        loop {
            if let Some(answer) = self.shared.answer(&self.station, before, payload) {
                return Ok(Some(answer));
            }
            let killed = self.shared.strikes.load(Ordering::Relaxed) != strikes;
            if killed && began.elapsed() > AFTER_KILL {
                self.shared.unanswered.fetch_add(1, Ordering::Relaxed);
                return Ok(None);
            }
            if began.elapsed() > ANSWER {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer to {payload:?} although nothing was killed")));
            }
            tokio::time::sleep(LOOK / 5).await;
        }
    }

    /// Scans until the answer is this one.
    async fn insist(&mut self, payload: &str, verdict: &str) -> io::Result<()> {
        for _ in 0..200 {
            if self.scan(payload).await?.is_some_and(|answer| answer.verdict["is"] == verdict) {
                return Ok(());
            }
            // The data sets may not be there yet.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("{payload:?} never became {verdict}")))
    }

    /// Puts away until it is enough.
    async fn work(mut self, site: Arc<Site>, seed: u64) -> io::Result<()> {
        let mut dice = StdRng::seed_from_u64(seed);
        let choose = |dice: &mut StdRng, all: usize| dice.random_range(0..all);
        self.insist(&format!("QT-OP-{}", site.badge), "logged_in").await?;
        while !self.shared.enough.load(Ordering::Relaxed) {
            let shelf = format!("QT-L-{}", site.shelves[choose(&mut dice, site.shelves.len())]);
            self.insist(&shelf, "at_location").await?;
            for _ in 0..dice.random_range(1..=2 * PER_SHELF) {
                if self.shared.enough.load(Ordering::Relaxed) {
                    break;
                }
                let goods = &site.goods[choose(&mut dice, site.goods.len())];
                self.scan(&goods.barcode).await?;
                if dice.random_range(0..20) == 0 {
                    self.scan("QT-UNDO").await?;
                }
            }
        }
        Ok(())
    }
}

/// What a campaign came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Kills by victim.
    pub kills: BTreeMap<&'static str, u32>,
    /// Mean time from a kill until the victim answers again, by victim.
    pub back_ms: BTreeMap<&'static str, u64>,
    /// Scans sent.
    pub scans: u64,
    /// Scans whose answer was seen.
    pub accepted: u64,
    /// Scans whose answer the operator did not wait for.
    pub unanswered: u64,
    /// Accepted scans that the hub does not have.
    pub lost: u64,
    /// Scans that the hub booked more than once, or more facts than scans.
    pub doubled: u64,
    /// Movements of scans whose answer nobody saw.
    pub unseen: u64,
    /// Facts that came again under another number and were not booked again.
    pub repeats: u64,
    /// Shelves whose stock is not the sum of the scans.
    pub differences: Vec<String>,
    /// Answers by kind.
    pub answers: BTreeMap<String, u64>,
    /// How long the kills went on.
    pub took: Duration,
    /// How long the rest took to arrive.
    pub drained: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u32 = self.kills.values().sum();
        let kills: Vec<String> =
            self.kills.iter().map(|(name, kills)| format!("{name} {kills}, back in {} ms", self.back_ms.get(name).unwrap_or(&0))).collect();
        write!(
            f,
            "kills {all} ({}) in {:.0} s · scans {} · accepted {} · unanswered {} · lost {} · doubled {} · unseen {} · stock differences {} · repeats refused {} · drained in {:.1} s · answers {:?}",
            kills.join("; "),
            self.took.as_secs_f64(),
            self.scans,
            self.accepted,
            self.unanswered,
            self.lost,
            self.doubled,
            self.unseen,
            self.differences.len(),
            self.repeats,
            self.drained.as_secs_f64(),
            self.answers
        )
    }
}

impl Outcome {
    /// Whether every accepted scan is at the hub exactly once and the stock is what it must be.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.differences.is_empty() && self.unseen <= self.unanswered
    }
}

/// Kills by the plan. Ends when all kills are done or a victim does not come back.
fn kill(plan: Plan, mut victims: Vec<Victim>, shared: &Shared, outcome: &mut Outcome) -> io::Result<()> {
    let mut dice = StdRng::seed_from_u64(plan.seed);
    let weights: u32 = victims.iter().map(|victim| victim.weight).sum();
    let mut back: BTreeMap<&'static str, Duration> = BTreeMap::new();
    for _ in 0..plan.kills {
        std::thread::sleep(Duration::from_millis(dice.random_range(0..=plan.pause_ms)));
        if shared.enough.load(Ordering::Relaxed) {
            break;
        }
        let mut at = dice.random_range(0..weights);
        let Some(victim) = victims.iter_mut().find(|victim| {
            let hit = at < victim.weight;
            at = at.saturating_sub(victim.weight);
            hit
        }) else {
            continue;
        };
        let began = Instant::now();
        // Counted before and after, so that an operator who scans meanwhile knows of it as well.
        shared.strikes.fetch_add(1, Ordering::Relaxed);
        (victim.strike)()?;
        shared.strikes.fetch_add(1, Ordering::Relaxed);
        *outcome.kills.entry(victim.name).or_default() += 1;
        *back.entry(victim.name).or_default() += began.elapsed();
    }
    for (name, all) in back {
        let kills = outcome.kills.get(name).copied().unwrap_or(1).max(1);
        outcome.back_ms.insert(name, u64::try_from(all.as_millis()).unwrap_or(u64::MAX) / u64::from(kills));
    }
    Ok(())
}

/// Runs a campaign: one operator at each station, kills by the plan, then the audit.
///
/// # Errors
/// When a victim does not come back, an operator gets no answer although nothing was killed, or the hub cannot be asked.
pub async fn run(
    site: Site,
    stations: Vec<(String, PtyScanner)>,
    victims: Vec<Victim>,
    plan: Plan,
) -> Result<Outcome, Box<dyn std::error::Error>> {
    let site = Arc::new(site);
    let api = site.api().await?;
    let stock_before = site.stock(&api).await?;
    let facts_before = api.get("/totals").await?["facts"].as_u64().unwrap_or(0);
    let moved_before: HashSet<i64> =
        api.all(&format!("/movements?site={}", site.site)).await?.iter().filter_map(|row| row["id"].as_i64()).collect();

    let shared = Arc::new(Shared::default());
    let observer = tokio::spawn(observe(shared.clone(), site.panel.clone()));
    let operators: Vec<_> = (plan.seed..)
        .zip(stations)
        .map(|(seed, (station, scanner))| {
            let hand = Hand { shared: shared.clone(), scanner, station };
            let (site, shared) = (site.clone(), shared.clone());
            tokio::spawn(async move {
                let worked = hand.work(site, seed).await;
                if worked.is_err() {
                    // Without operators there is no load to kill under.
                    shared.enough.store(true, Ordering::Relaxed);
                }
                worked
            })
        })
        .collect();
    until("the operators to begin", Duration::from_secs(60), || async { shared.sent.load(Ordering::Relaxed) > 20 }).await?;

    let began = Instant::now();
    let killing = shared.clone();
    let (mut outcome, killed) = tokio::task::spawn_blocking(move || {
        let mut outcome = Outcome::default();
        let killed = kill(plan, victims, &killing, &mut outcome);
        killing.enough.store(true, Ordering::Relaxed);
        (outcome, killed.map_err(|error| error.to_string()))
    })
    .await?;
    outcome.took = began.elapsed();
    for operator in operators {
        operator.await??;
    }
    killed?;

    let began = Instant::now();
    let client = reqwest::Client::new();
    let drained = until("everything to arrive", DRAIN, || async {
        let Ok(answer) = client.get(format!("{}/api/state", site.panel)).send().await else { return false };
        let state = answer.json::<Value>().await.unwrap_or_default();
        state["link"]["state"] == "online" && state["link"]["backlog"] == 0
    })
    .await;
    outcome.drained = began.elapsed();
    // One more look of the observer after the last answer.
    tokio::time::sleep(LOOK * 8).await;
    shared.over.store(true, Ordering::Relaxed);
    observer.await?;
    outcome.scans = shared.sent.load(Ordering::Relaxed);
    outcome.unanswered = shared.unanswered.load(Ordering::Relaxed);
    audit(&site, &shared.notes, &stock_before, facts_before, &moved_before, &mut outcome).await?;
    drained.map_err(|error| format!("{error}: {outcome}"))?;
    Ok(outcome)
}

/// What the operators know must be at the hub.
#[derive(Default)]
struct Expected {
    shelf: Shelf,
    /// Scan → how much it moved to its shelf.
    moved: HashMap<String, ((String, i64, i64), i64)>,
}

fn expected(site: &Site, notes: &Notes, outcome: &mut Outcome) -> Expected {
    let mut books = Expected::default();
    for answers in notes.answers.values() {
        let mut shelf = String::new();
        for answer in answers {
            outcome.accepted += 1;
            let is = text(&answer.verdict["is"]);
            match is.as_str() {
                "at_location" => shelf = answer.payload.trim_start_matches("QT-L-").to_owned(),
                "put_away" => {
                    if let Some(goods) = site.goods.iter().find(|goods| goods.barcode == answer.payload) {
                        books.moved.insert(answer.scan.clone(), ((shelf.clone(), goods.item, goods.carton), 1));
                    }
                }
                "undone" => {
                    if let Some((place, quantity)) = books.moved.get(&text(&answer.verdict["scan"])).cloned() {
                        books.moved.insert(answer.scan.clone(), (place, -quantity));
                    }
                }
                _ => {}
            }
            *outcome.answers.entry(is).or_default() += 1;
        }
    }
    for (place, quantity) in books.moved.values() {
        *books.shelf.entry(place.clone()).or_default() += quantity;
    }
    books
}

async fn audit(
    site: &Site,
    notes: &Mutex<Notes>,
    stock_before: &Shelf,
    facts_before: u64,
    moved_before: &HashSet<i64>,
    outcome: &mut Outcome,
) -> Result<(), ApiError> {
    let (mut books, known) = {
        let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.doubled += notes.seen_twice;
        (expected(site, &notes, outcome), notes.known.clone())
    };
    let api = site.api().await?;
    let totals = api.get("/totals").await?;
    let facts = totals["facts"].as_u64().unwrap_or(0) - facts_before;
    outcome.repeats = totals["doubled"].as_u64().unwrap_or(0);

    let mut at_hub: HashMap<String, u64> = HashMap::new();
    for row in api.all(&format!("/movements?site={}", site.site)).await? {
        if row["id"].as_i64().is_some_and(|id| moved_before.contains(&id)) {
            continue;
        }
        let scan = text(&row["scan_id"]);
        *at_hub.entry(scan.clone()).or_default() += 1;
        if known.contains(&scan) && !books.moved.contains_key(&scan) {
            outcome.differences.push(format!("scan {scan} moved goods although its answer did not say so"));
        }
        if !known.contains(&scan) {
            outcome.unseen += 1;
            let (item, carton, quantity) =
                (row["item"].as_i64().unwrap_or(0), row["carton"].as_i64().unwrap_or(0), whole(&row["quantity"]));
            for (code, sign) in [(&row["to_code"], 1), (&row["from_code"], -1)] {
                if site.shelves.contains(&text(code)) {
                    *books.shelf.entry((text(code), item, carton)).or_default() += sign * quantity;
                }
            }
        }
    }
    outcome.doubled += at_hub.values().map(|times| times - 1).sum::<u64>();
    let lost_movements = books.moved.keys().filter(|scan| !at_hub.contains_key(*scan)).count() as u64;
    // Scans that move nothing (badges, shelves) have no movement; the count of all facts tells of them.
    outcome.lost = lost_movements.max(outcome.accepted.saturating_sub(facts));
    outcome.doubled += facts.saturating_sub(outcome.accepted + outcome.unanswered);

    for (place, quantity) in stock_before {
        *books.shelf.entry(place.clone()).or_default() += quantity;
    }
    let stock = site.stock(&api).await?;
    for place in books.shelf.keys().chain(stock.keys()).collect::<std::collections::BTreeSet<_>>() {
        let (want, have) = (books.shelf.get(place).copied().unwrap_or(0), stock.get(place).copied().unwrap_or(0));
        if want != have {
            outcome.differences.push(format!("{} item {} carton {}: {want} expected, the hub has {have}", place.0, place.1, place.2));
        }
    }
    Ok(())
}
