//! Opening stock out of sheets: movements from the site's supplier location like any other, dated as the sheet says. What is taken back goes
//! the same way back; the ledger keeps both.

use std::collections::{BTreeSet, HashMap};

use qitao_domain::quantity::Quantity;
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rules::is_real;
use super::{NewMovement, book};
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::import::{
    Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, changed_since, out_of_reach, twice,
};
use crate::platform::sql::Sql;
use crate::warehouse::import::{no_site, site_column, sites};

/// Opening stock.
pub struct OpeningStock;

#[derive(FromQueryResult)]
struct Item {
    id: i64,
    code: String,
    cartons: i32,
    by_lot: bool,
    is_kit: bool,
}

#[derive(FromQueryResult)]
struct Place {
    id: i64,
    site_id: i64,
    code: String,
    kind: String,
}

#[derive(FromQueryResult)]
struct Held {
    location_id: i64,
    item_id: i64,
    carton: i32,
    lot: String,
    quantity: i64,
}

#[derive(FromQueryResult)]
struct Who {
    word: String,
    author: String,
}

/// What a row has booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Booked {
    site: i64,
    from: i64,
    to: i64,
    item: i64,
    cartons: Vec<i32>,
    lot: String,
    quantity: i64,
}

impl Booked {
    fn movements(&self, at_ms: i64, run: &Run, author: &str, back: bool) -> impl Iterator<Item = NewMovement> {
        let (from, to) = if back { (self.to, self.from) } else { (self.from, self.to) };
        self.cartons.iter().zip(0..).map(move |(carton, n)| NewMovement {
            fact: None,
            n,
            at_ms,
            booked_ms: run.now_ms,
            site: self.site,
            item: self.item,
            carton: *carton,
            lot: self.lot.clone(),
            quantity: self.quantity,
            from,
            to,
            task: None,
            line: None,
            reason: if back { "undo" } else { "opening" },
            scan: None,
            reverses: None,
            author: author.to_owned(),
        })
    }
}

/// What the database knows of the rows at hand.
struct Known {
    sites: HashMap<String, i64>,
    places: HashMap<(i64, String), Place>,
    suppliers: HashMap<i64, i64>,
    items: HashMap<String, Item>,
    held: HashMap<(i64, i64, i32, String), i64>,
    authors: HashMap<String, String>,
}

async fn held(tx: &DatabaseTransaction, places: &[i64], items: &[i64]) -> Result<HashMap<(i64, i64, i32, String), i64>, DbErr> {
    let sql = Sql::new("SELECT location_id, item_id, carton, lot, quantity FROM stock WHERE quantity <> 0 AND location_id IN ");
    let rows: Vec<Held> = sql.list(places.iter().copied()).text(" AND item_id IN ").among(items.iter().copied()).all(tx).await?;
    Ok(rows.into_iter().map(|row| ((row.location_id, row.item_id, row.carton, row.lot), row.quantity)).collect())
}

fn texts(rows: &[Parsed], column: &str) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row.text(column)).map(str::to_owned).collect()
}

impl Known {
    async fn load(tx: &DatabaseTransaction, run: &Run, rows: &[Parsed]) -> Result<Self, DbErr> {
        let (locations, codes, by) = (texts(rows, "location"), texts(rows, "item"), texts(rows, "by"));
        let sites = sites(tx, run, rows).await?;
        let sql = Sql::new("SELECT id, site_id, code, kind FROM location WHERE NOT deleted AND site_id IN ").among(sites.values().copied());
        let places: Vec<Place> = sql.text(" AND code IN ").among(locations).all(tx).await?;
        let sql = Sql::new(
            "SELECT MIN(id) AS id, site_id, '' AS code, '' AS kind FROM location WHERE NOT deleted AND kind = 'supplier' AND site_id IN ",
        );
        let suppliers: Vec<Place> = sql.list(sites.values().copied()).text(" GROUP BY site_id").all(tx).await?;
        let sql = Sql::new("SELECT id, code, cartons, by_lot, is_kit FROM item WHERE NOT deleted AND code IN ");
        let items: Vec<Item> = sql.list(codes).all(tx).await?;
        let (at, of): (Vec<i64>, Vec<i64>) = (places.iter().map(|place| place.id).collect(), items.iter().map(|item| item.id).collect());
        let held = held(tx, &at, &of).await?;
        let sql = Sql::new("SELECT badge AS word, 'operator:' || CAST(id AS TEXT) AS author FROM operator WHERE NOT deleted AND badge IN ");
        let mut authors: Vec<Who> = sql.list(by.iter().cloned()).all(tx).await?;
        let sql = Sql::new("SELECT login AS word, login AS author FROM hub_user WHERE login IN ");
        authors.extend(sql.list(by).all::<Who>(tx).await?);
        Ok(Self {
            places: places.into_iter().map(|place| ((place.site_id, place.code.clone()), place)).collect(),
            suppliers: suppliers.into_iter().map(|place| (place.site_id, place.id)).collect(),
            items: items.into_iter().map(|item| (item.code.clone(), item)).collect(),
            authors: authors.into_iter().map(|who| (who.word, who.author)).collect(),
            sites,
            held,
        })
    }
}

/// What a row would book, or what stands against it.
fn judge(row: &Parsed, known: &Known, faults: &mut Vec<Fault>) -> Option<Booked> {
    let text = |column: &str| row.text(column).unwrap_or_default();
    let mut no = |column: &str, rule: &str, zh: String, en: String| faults.push(Fault::new(column, rule, zh, en));
    let site = known.sites.get(text("site")).copied();
    if site.is_none() && !text("site").is_empty() {
        let fault = no_site(text("site"));
        no("site", "site_exists", fault.zh, fault.en);
    }
    let supplier = site.and_then(|site| known.suppliers.get(&site)).copied();
    if site.is_some() && supplier.is_none() {
        no("site", "supplier_location", "这个站点没有“供应商”库位。".into(), "The site has no location of kind supplier.".into());
    }
    let place = site.and_then(|site| known.places.get(&(site, text("location").to_owned())));
    match place {
        None if site.is_some() && !text("location").is_empty() => {
            no("location", "location_exists", "这个站点没有这个库位。".into(), "The site has no such location.".into());
        }
        Some(place) if !is_real(&place.kind) => {
            no("location", "real_location", "这个库位只存在于账上，不能放货。".into(), "This location is in the books only.".into());
        }
        _ => {}
    }
    let item = known.items.get(text("item"));
    match item {
        None if !text("item").is_empty() => {
            no("item", "item_exists", format!("没有编码为 {} 的商品。", text("item")), format!("There is no item {}.", text("item")));
        }
        Some(item) if item.is_kit => {
            no("item", "not_a_kit", "套件本身没有库存，请填它的部件。".into(), "A kit has no stock of its own; write its parts.".into());
        }
        _ => {}
    }
    let (item, quantity) = (item?, row.amount("quantity")?);
    let carton = row.whole("carton").and_then(|carton| i32::try_from(carton).ok());
    if carton.is_some_and(|carton| carton > item.cartons) {
        let of = item.cartons;
        no("carton", "carton_exists", format!("这个商品的包件是 1 到 {of}。"), format!("This item has cartons 1 to {of}."));
    }
    if item.cartons > 1 && quantity.raw() % 1000 != 0 {
        no("quantity", "whole_pieces", "这个商品只能按整件计。".into(), "This item is counted in whole pieces.".into());
    }
    let lot = text("lot").to_owned();
    match (item.by_lot, lot.is_empty()) {
        (true, true) => no("lot", "lot_needed", "这个商品按色号管理，要填色号。".into(), "This item is kept by dye lot; write it.".into()),
        (false, false) => no("lot", "not_by_lot", "这个商品不分色号。".into(), "This item is not kept by dye lot.".into()),
        _ => {}
    }
    let cartons: Vec<i32> = carton.map_or_else(|| (1..=item.cartons).collect(), |carton| vec![carton]);
    let (site, from, to) = (site?, supplier?, place?.id);
    if cartons.iter().any(|carton| known.held.contains_key(&(to, item.id, *carton, lot.clone()))) {
        no(
            "location",
            "stock_there",
            "这个库位已有这个商品的库存；期初只能导入一次，之后请用盘点调整。".into(),
            "There is stock of this here already; opening stock comes once, afterwards count.".into(),
        );
    }
    Some(Booked { site, from, to, item: item.id, cartons, lot, quantity: quantity.raw() })
}

#[async_trait::async_trait]
impl Importable for OpeningStock {
    fn word(&self) -> &'static str {
        "opening_stock"
    }

    fn title(&self) -> Text {
        Text::new("期初库存", "Opening stock")
    }

    fn dataset(&self) -> &'static str {
        "locations"
    }

    fn of_sites(&self) -> bool {
        true
    }

    fn columns(&self) -> Vec<Column> {
        let column = |id: &'static str, zh: &'static str, en: &'static str, needed, kind, hint: (&'static str, &'static str)| Column {
            id: id.into(),
            title: Text::new(zh, en),
            needed,
            kind,
            hint: Text::new(hint.0, hint.1),
            also: &[],
            example: "",
            field: None,
        };
        vec![
            site_column(Needed::Always),
            Column {
                also: &["库位", "货位", "仓位"],
                example: "B-04-2",
                ..column("location", "库位编码", "Location", Needed::Always, Kind::Code(64), ("货放在哪个库位。", "Where the goods lie."))
            },
            Column {
                also: &["SKU", "货号", "编码", "item code"],
                example: "YG-OAK-2400",
                ..column("item", "商品编码", "Item", Needed::Always, Kind::Code(64), ("不能是套件。", "Not a kit."))
            },
            Column {
                also: &["包件号"],
                ..column(
                    "carton",
                    "包件",
                    "Carton",
                    Needed::Never,
                    Kind::Whole(1, 99),
                    ("不填表示每一包都有这么多。", "All cartons when empty."),
                )
            },
            Column {
                also: &["批次", "lot"],
                ..column(
                    "lot",
                    "色号",
                    "Dye lot",
                    Needed::Never,
                    Kind::Code(40),
                    ("按色号管理的商品必填。", "Needed for items kept by dye lot."),
                )
            },
            Column {
                also: &["库存数量", "期初数量", "qty"],
                example: "12",
                ..column("quantity", "数量", "Quantity", Needed::Always, Kind::Amount, ("按库存单位。", "In units of stock."))
            },
            Column {
                also: &["入库日期", "时间"],
                example: "2026-01-31",
                ..column(
                    "date",
                    "日期",
                    "Date",
                    Needed::Never,
                    Kind::Day,
                    ("原来的入库日期；不填为导入时间。", "When it came in; now when empty."),
                )
            },
            Column {
                also: &["操作人", "负责人"],
                ..column(
                    "by",
                    "经手人",
                    "By",
                    Needed::Never,
                    Kind::Code(64),
                    ("原经手人的工牌号或用户名。", "Badge or login of whoever did it."),
                )
            },
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let known = Known::load(tx, run, &rows).await?;
        let (mut done, mut movements, mut audited) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for mut row in rows {
            let mut faults = std::mem::take(&mut row.faults);
            let text = |column: &str| row.text(column).unwrap_or_default();
            let carton = row.whole("carton").map(|carton| format!(" #{carton}")).unwrap_or_default();
            let key = format!("{} {} {}{carton} {}", text("site"), text("location"), text("item"), text("lot")).trim_end().to_owned();
            let booked = judge(&row, &known, &mut faults);
            let author = match row.text("by").filter(|by| !by.is_empty()) {
                None => Some(run.author.clone()),
                Some(by) => known.authors.get(by).cloned(),
            };
            if author.is_none() {
                faults.push(Fault::new("by", "person_exists", "没有这个工牌号或用户名。", "There is no such badge or login."));
            }
            if faults.is_empty() && seen.has(&key) {
                faults.push(twice(""));
            }
            let (Some(booked), Some(author), true) = (booked, author, faults.is_empty()) else {
                done.push(Done::bad(row.number, key, faults));
                continue;
            };
            seen.claim(&key);
            let new = Quantity::from_raw(booked.quantity).to_string();
            let change = FieldChange { column: "quantity".into(), old: String::new(), new };
            let mut good = Done::good(row.number, key, Outcome::New, vec![change]);
            if run.write {
                movements.extend(booked.movements(row.moment("date").unwrap_or(run.now_ms), run, &author, false));
                (good.record, good.version, good.old) = (Some(booked.to), Some(0), Some(json!(booked)));
                let change = Change { author: &run.author, entity: "location", id: booked.to.to_string(), action: "opening" };
                audited.push((change, None, Some(json!(booked))));
            }
            done.push(good);
        }
        if !movements.is_empty() {
            book(tx, movements).await?;
            audit::record_many(tx, audited).await?;
        }
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let booked: Vec<Option<Booked>> = rows.iter().map(|row| serde_json::from_value(row.old.clone()?).ok()).collect();
        let places: BTreeSet<i64> = booked.iter().flatten().map(|booked| booked.to).collect();
        let items: BTreeSet<i64> = booked.iter().flatten().map(|booked| booked.item).collect();
        let (places, items): (Vec<i64>, Vec<i64>) = (places.into_iter().collect(), items.into_iter().collect());
        let mut held = held(tx, &places, &items).await?;
        let (mut answers, mut movements, mut audited) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for booked in booked {
            let Some(booked) = booked else {
                answers.push(Some(changed_since()));
                continue;
            };
            if !run.sites.sees_of(Some(booked.site)) {
                answers.push(Some(out_of_reach()));
                continue;
            }
            let key = |carton: i32| (booked.to, booked.item, carton, booked.lot.clone());
            if booked.cartons.iter().any(|carton| held.get(&key(*carton)).copied().unwrap_or(0) < booked.quantity) {
                answers.push(Some(Fault::new(
                    "quantity",
                    "stock_left",
                    "这些货已经被移走或拣走，没有撤销。",
                    "These goods have been moved or picked since; they are left as they are.",
                )));
                continue;
            }
            for carton in &booked.cartons {
                held.entry(key(*carton)).and_modify(|left| *left -= booked.quantity);
            }
            movements.extend(booked.movements(run.now_ms, run, &run.author, true));
            let change = Change { author: &run.author, entity: "location", id: booked.to.to_string(), action: "undo" };
            audited.push((change, Some(json!(booked)), None));
            answers.push(None);
        }
        if !movements.is_empty() {
            book(tx, movements).await?;
            audit::record_many(tx, audited).await?;
        }
        Ok(answers)
    }
}
