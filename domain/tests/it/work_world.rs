//! A small furniture warehouse for the tests of work: its catalogue, its shelves, its people, and the books that its facts are booked to.

#![allow(clippy::unwrap_used, reason = "test helpers fail loudly")]

use std::fmt::Write as _;

use qitao_domain::barcode::{self, Meaning};
use qitao_domain::catalog::{BarcodeHit, Directory, Item, ItemBarcode, ItemFacts, KitPart, Location, LocationKind, Operator, StockKey};
use qitao_domain::event::{Effect, Fact, Source};
use qitao_domain::ids::{ItemId, LineId, LocationId, OperatorId, ScanId, SiteId, StationId, TaskId};
use qitao_domain::ledger::Balances;
use qitao_domain::quantity::Quantity;
use qitao_domain::scan::Stamp;
use qitao_domain::work::{Floor, Outcome, Station, Task, TaskKind, TaskLine, Tone, Verdict};

pub const SITE: SiteId = SiteId(1);
pub const SUPPLIER: LocationId = LocationId(90);
pub const VARIANCE: LocationId = LocationId(91);
pub const STAGING: LocationId = LocationId(80);

/// The catalogue and the places of the site.
#[derive(Debug, Clone, Default)]
pub struct Site {
    pub items: Vec<Item>,
    pub locations: Vec<Location>,
    pub operators: Vec<Operator>,
}

impl Directory for Site {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        let of = |item: &Item| item.barcodes.iter().find(|b| b.text == text).map(|b| (item.id, b.quantity, b.carton));
        self.items.iter().find_map(of).map(|(item, quantity, carton)| BarcodeHit { item, quantity, carton })
    }
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        self.items.iter().find(|item| item.id == id).map(|item| ItemFacts {
            id,
            code: &item.code,
            name: &item.name,
            name_en: &item.name_en,
            unit: &item.unit,
            cartons: item.cartons,
            by_lot: item.by_lot,
            is_kit: !item.parts.is_empty(),
        })
    }
    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        self.items.iter().find(|item| item.code == code).map(|item| item.id)
    }
    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        self.locations.iter().find(|place| place.code == code).map(|place| place.id)
    }
    fn location(&self, id: LocationId) -> Option<&Location> {
        self.locations.iter().find(|place| place.id == id)
    }
    fn location_of_kind(&self, kind: LocationKind) -> Option<LocationId> {
        self.locations.iter().filter(|place| place.kind == kind).map(|place| place.id).min()
    }
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        self.operators.iter().find(|operator| operator.badge == badge).map(|operator| operator.id)
    }
    fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.id == id)
    }
}

pub fn item(id: i64, code: &str, cartons: u16) -> Item {
    Item {
        id: ItemId(id),
        code: code.to_owned(),
        name: format!("商品 {code}"),
        name_en: String::new(),
        unit: "件".to_owned(),
        cartons,
        by_lot: false,
        parts: Vec::new(),
        barcodes: Vec::new(),
    }
}

pub fn place(id: i64, code: &str, kind: LocationKind) -> Location {
    Location { id: LocationId(id), site: SITE, code: code.to_owned(), kind, name: String::new() }
}

/// WARDROBE: 3 cartons. LAMP: a box of 12 has its own barcode. CLOTH: metres by dye lot. SOFA and CHAIR: by dye lot, 2 and 1 cartons; SET is a
/// kit of a SOFA and two CHAIRs. Bins, B-1.
pub fn site() -> Site {
    let barcode = |text: &str, units, carton| ItemBarcode { text: barcode::normalise(text), quantity: Quantity::units(units), carton };
    let mut lamp = item(2, "LAMP", 1);
    lamp.barcodes = vec![barcode("6901234567892", 1, None), barcode("16901234567899", 12, None)];
    let mut wardrobe = item(1, "WARDROBE", 3);
    wardrobe.barcodes = vec![barcode("6900000000007", 1, None)];
    let mut cloth = item(3, "CLOTH", 1);
    cloth.by_lot = true;
    cloth.unit = "米".to_owned();
    let mut sofa = item(4, "SOFA", 2);
    sofa.by_lot = true;
    let mut chair = item(5, "CHAIR", 1);
    chair.by_lot = true;
    let mut set = item(6, "SET", 1);
    set.parts = vec![KitPart { item: ItemId(4), quantity: Quantity::ONE }, KitPart { item: ItemId(5), quantity: Quantity::units(2) }];
    set.barcodes = vec![barcode("6900000000014", 1, None)];
    Site {
        items: vec![wardrobe, lamp, cloth, sofa, chair, set],
        locations: vec![
            place(1, "A-1", LocationKind::Bin),
            place(2, "A-2", LocationKind::Bin),
            place(3, "B-1", LocationKind::Bin),
            place(80, "STAGE", LocationKind::Staging),
            place(90, "SUPPLIER", LocationKind::Supplier),
            place(91, "VARIANCE", LocationKind::Variance),
        ],
        operators: vec![
            Operator { id: OperatorId(1), name: "李雷".to_owned(), badge: "LI".to_owned() },
            Operator { id: OperatorId(2), name: "韩梅".to_owned(), badge: "HAN".to_owned() },
        ],
    }
}

/// `WARDROBE/2` or `CLOTH/1/K7`.
pub fn stock(site: &Site, text: &str) -> StockKey {
    let mut parts = text.split('/');
    let item = site.item_by_code(parts.next().unwrap()).unwrap();
    StockKey { item, carton: parts.next().map_or(1, |n| n.parse().unwrap()), lot: parts.next().unwrap_or_default().to_owned() }
}

/// A task whose lines read `WARDROBE/2 x3 @A-1 #1` (place and set may be missing); count lines read `@A-1`.
pub fn task(site: &Site, id: i64, kind: TaskKind, lines: &[&str]) -> Task {
    let line = |(index, text): (usize, &&str)| {
        let mut line = TaskLine { id: LineId(id * 100 + index as i64), stock: None, quantity: Quantity::ZERO, location: None, set: 0 };
        for word in text.split_whitespace() {
            if let Some(code) = word.strip_prefix('@') {
                line.location = Some(site.location_by_code(code).unwrap());
            } else if let Some(set) = word.strip_prefix('#') {
                line.set = set.parse().unwrap();
            } else if let Some(quantity) = word.strip_prefix('x') {
                line.quantity = quantity.parse().unwrap();
            } else {
                line.stock = Some(stock(site, word));
            }
        }
        line
    };
    let prefix = match kind {
        TaskKind::PutAway => "PA",
        TaskKind::Count => "CT",
        TaskKind::Pick => "PK",
    };
    let lines = lines.iter().enumerate().map(line).collect();
    Task { id: TaskId(id), number: format!("{prefix}-{id}"), kind, site: SITE, reference: String::new(), lines }
}

/// A site at work: two stations on one floor, everything recorded and booked as it happens.
#[derive(Debug, Clone)]
pub struct World {
    pub site: Site,
    pub floor: Floor,
    pub stations: [Station; 2],
    pub facts: Vec<Fact>,
    pub books: Balances,
}

impl World {
    pub fn new(tasks: Vec<Task>) -> Self {
        let mut floor = Floor::default();
        tasks.into_iter().for_each(|task| floor.release(task));
        Self { site: site(), floor, stations: Default::default(), facts: Vec::new(), books: Balances::default() }
    }

    /// A scan, as the edge takes it: classify, decide, record; and book, as the hub does.
    pub fn scan(&mut self, station: usize, text: &str) -> Verdict {
        let meaning = barcode::classify(&self.site, text.as_bytes(), None);
        self.mean(station, &meaning)
    }

    pub fn mean(&mut self, station: usize, meaning: &Meaning) -> Verdict {
        let scan = self.next_scan();
        let outcome = self.stations[station].handle(&mut self.floor, &self.site, scan, meaning);
        self.record(station, scan, outcome)
    }

    pub fn undo(&mut self, station: usize, target: ScanId) -> Verdict {
        let scan = self.next_scan();
        let outcome = self.stations[station].undo_scan(&mut self.floor, scan, target);
        self.record(station, scan, outcome)
    }

    fn next_scan(&self) -> ScanId {
        ScanId(self.facts.len() as u128 + 1)
    }

    fn record(&mut self, station: usize, scan: ScanId, outcome: Outcome) -> Verdict {
        let Outcome { verdict, effects, task } = outcome;
        if verdict.tone() == Tone::Wrong {
            assert!(effects.iter().all(|e| matches!(e, Effect::UnknownBarcode { .. })), "{verdict:?} booked {effects:?}");
        }
        self.books.apply_effects(&effects).unwrap();
        self.facts.push(Fact {
            scan,
            site: SITE,
            station: StationId::new(format!("s{station}")).unwrap(),
            operator: self.stations[station].operator,
            at: Stamp { wall_ms: 0, boot: 0, mono_us: 0 },
            source: Source::Panel { command: String::new() },
            task,
            verdict: verdict.clone(),
            effects,
        });
        verdict
    }

    pub fn on_hand(&self, place: &str, text: &str) -> String {
        self.books.on_hand(self.site.location_by_code(place).unwrap(), &stock(&self.site, text)).to_string()
    }

    fn place(&self, id: LocationId) -> &str {
        self.site.location(id).map_or("?", |place| &place.code)
    }

    fn code(&self, id: ItemId) -> &str {
        self.site.items.iter().find(|item| item.id == id).map_or("?", |item| &item.code)
    }

    pub fn stock_text(&self, stock: &StockKey) -> String {
        let mut text = format!("{}/{}", self.code(stock.item), stock.carton);
        if !stock.lot.is_empty() {
            write!(text, "/{}", stock.lot).unwrap();
        }
        text
    }

    fn list(&self, stocks: &[(StockKey, Quantity)]) -> String {
        stocks.iter().map(|(stock, quantity)| format!("{} x{quantity}", self.stock_text(stock))).collect::<Vec<_>>().join(", ")
    }

    /// A verdict as a line of a story.
    pub fn tell(&self, verdict: &Verdict) -> String {
        use Verdict as V;
        let s = |stock: &StockKey| self.stock_text(stock);
        let (p, c) = (|id: &LocationId| self.place(*id).to_owned(), |id: &ItemId| self.code(*id).to_owned());
        match verdict {
            V::LoggedIn { operator } => format!("hello {}", self.site.operator(*operator).unwrap().name),
            V::LoggedOut => "bye".into(),
            V::TaskOpened { task } => format!("task {task}"),
            V::TaskClosed { task } => format!("left task {task}"),
            V::AtLocation { location } => format!("at {}", p(location)),
            V::Held { stock, quantity, suggested } => match suggested {
                Some(place) => format!("held {} x{quantity} for {}", s(stock), p(place)),
                None => format!("held {} x{quantity}", s(stock)),
            },
            V::PutAway { stock, quantity, location, left } => format!("put {} x{quantity} @{} left {left}", s(stock), p(location)),
            V::PutAwayElsewhere { stock, quantity, location, suggested, left } => {
                format!("put {} x{quantity} @{} not {} left {left}", s(stock), p(location), p(suggested))
            }
            V::Counted { stock, quantity, location, total } => format!("saw {} x{quantity} @{} total {total}", s(stock), p(location)),
            V::LocationCounted { location } => format!("counted {}", p(location)),
            V::Picked { stock, quantity, location, left } => format!("picked {} x{quantity} @{} left {left}", s(stock), p(location)),
            V::SetComplete { stock, quantity, set, .. } => format!("picked {} x{quantity}, set {set} complete", s(stock)),
            V::ShortDeclared { stock, quantity } => format!("short {} x{quantity}", s(stock)),
            V::TaskComplete { task } => format!("task {task} complete"),
            V::TaskFinishedShort { task, missing } => format!("task {task} finished without {}", self.list(missing)),
            V::QuantitySet { quantity } => format!("next counts {quantity}"),
            V::Undone { scan } => format!("undone {}", scan.0),
            V::NeedCarton { item, of } => format!("which of {of} cartons of {}?", c(item)),
            V::NeedLot { item } => format!("which lot of {}?", c(item)),
            V::WrongItem { item } => format!("wrong item {}", c(item)),
            V::WrongCarton { item, carton, needed } => format!("wrong carton {}/{carton}, needed {needed:?}", c(item)),
            V::WrongLot { item, lot, needed } => format!("wrong lot {} of {}, needed {}", lot, c(item), needed.join(" ")),
            V::WrongLocation { location, expected } => format!("wrong place {}, expected {}", p(location), p(expected)),
            V::TooMany { stock, asked, done } => format!("too many {}, asked {asked} done {done}", s(stock)),
            V::KitNotStock { item } => format!("{} is a kit", c(item)),
            V::Incomplete { missing } => format!("missing {}", self.list(missing)),
            V::TaskAlreadyFinished { task } => format!("task {task} is already finished"),
            V::UnknownTask { number } => format!("no task {number}"),
            V::UnknownLocation { code } => format!("no place {code}"),
            V::UnknownBarcode { text } => format!("unknown {text}"),
            V::BadBarcode { rule, .. } => format!("bad: {rule}"),
            V::VirtualLocation { location } => format!("{} is only in the books", p(location)),
            V::Skipped => "skipped".into(),
            V::NeedOperator => "who?".into(),
            V::NeedTask => "which task?".into(),
            V::NeedLocation => "where?".into(),
            V::NothingToUndo => "nothing to undo".into(),
            V::NotNow => "not now".into(),
            other => format!("{other:?}"),
        }
    }

    /// What the station asks for now, as a line of a story.
    pub fn prompt(&self, station: usize) -> String {
        use qitao_domain::work::Prompt as P;
        let thing = |stock: &Option<StockKey>| stock.as_ref().map_or("-".to_owned(), |stock| self.stock_text(stock));
        match self.stations[station].prompt(&self.floor, &self.site) {
            P::ScanBadge => "badge".into(),
            P::EnterPin { operator } => format!("pin of {operator}"),
            P::ScanTask => "task".into(),
            P::GoTo { location, stock, left } => {
                format!("go {} {} {left}", location.map_or("-".to_owned(), |place| self.place(place).to_owned()), thing(&stock))
            }
            P::ScanGoods { location, stock, left } => format!("scan {} @{} {left}", thing(&stock), self.place(location)),
            P::Confirm => "ok?".into(),
        }
    }

    /// Plays a story: each line `who: scan → answer` or `? → prompt`, with `who` 0 or 1 (0 when left out).
    pub fn play(&mut self, story: &str) {
        for line in story.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
            let (scan, answer) = line.split_once('→').unwrap_or_else(|| panic!("no arrow in {line:?}"));
            let (scan, answer) = (scan.trim(), answer.trim());
            let (station, scan) = scan.strip_prefix("1:").map_or((0, scan), |scan| (1, scan.trim()));
            let told = match scan.strip_prefix("undo ") {
                _ if scan == "?" => self.prompt(station),
                Some(target) => {
                    let verdict = self.undo(station, ScanId(target.parse().unwrap()));
                    self.tell(&verdict)
                }
                None => {
                    let verdict = self.scan(station, scan);
                    self.tell(&verdict)
                }
            };
            assert_eq!(told, answer, "at {line:?} in {story}");
        }
    }
}
