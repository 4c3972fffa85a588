//! Prices out of sheets: which list, which item, what one costs; and taking them back. Lists and items are there before.

use std::collections::{BTreeSet, HashMap};

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};

use super::write::told;
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::identity::Right;
use crate::platform::import::{
    Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, changed_since, exists, missing, twice,
};
use crate::platform::sql::{MAX_PARAMETERS, Sql, insert_many};

/// Prices of price lists.
pub struct Prices;

/// The dearest thing that a sheet may name, in fen.
const MOST: i64 = super::rules::MOST_FEN;

/// A price as it is, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    unit_price_fen: i64,
    cost_fen: Option<i64>,
    most_discount_bp: Option<i32>,
}

#[derive(Debug, Clone, FromQueryResult)]
struct Stored {
    id: i64,
    price_list_id: i64,
    item_id: i64,
    code: String,
    unit_price_fen: i64,
    cost_fen: Option<i64>,
    most_discount_bp: Option<i32>,
    version: i64,
}

impl Stored {
    const fn state(&self) -> State {
        State { unit_price_fen: self.unit_price_fen, cost_fen: self.cost_fen, most_discount_bp: self.most_discount_bp }
    }
}

const STORED: &str = "SELECT id, price_list_id, item_id, code, unit_price_fen, cost_fen, most_discount_bp, version FROM price WHERE ";

#[derive(FromQueryResult)]
struct Coded {
    id: i64,
    code: String,
}

async fn coded(tx: &impl ConnectionTrait, sql: &str, codes: BTreeSet<String>) -> Result<HashMap<String, i64>, DbErr> {
    let (mut found, codes) = (HashMap::new(), codes.into_iter().collect::<Vec<_>>());
    for some in codes.chunks(MAX_PARAMETERS) {
        let rows: Vec<Coded> = Sql::new(sql).among(some.iter().cloned()).all(tx).await?;
        found.extend(rows.into_iter().map(|row| (row.code, row.id)));
    }
    Ok(found)
}

/// What the database knows of the lists, items and prices that some rows speak of.
struct Known {
    lists: HashMap<String, i64>,
    items: HashMap<String, i64>,
    prices: HashMap<(i64, i64), Stored>,
}

impl Known {
    async fn load(tx: &DatabaseTransaction, rows: &[Parsed]) -> Result<Self, DbErr> {
        let all = |column: &str| rows.iter().filter_map(|row| row.text(column)).map(str::to_owned).collect();
        let lists = coded(tx, "SELECT id, code FROM price_list WHERE code IN ", all("list")).await?;
        let items = coded(tx, "SELECT id, code FROM item WHERE NOT deleted AND code IN ", all("code")).await?;
        let mut prices = HashMap::new();
        let ids: Vec<i64> = items.values().copied().collect();
        for some in ids.chunks(MAX_PARAMETERS / 2) {
            let sql = Sql::new(STORED).text("price_list_id IN ").among(lists.values().copied()).text(" AND item_id IN ");
            let rows: Vec<Stored> = sql.among(some.iter().copied()).all(tx).await?;
            prices.extend(rows.into_iter().map(|row| ((row.price_list_id, row.item_id), row)));
        }
        Ok(Self { lists, items, prices })
    }

    fn list(&self, code: &str, faults: &mut Vec<Fault>) -> Option<i64> {
        let found = self.lists.get(code).copied();
        if found.is_none() && !code.is_empty() {
            let (zh, en) = (format!("没有编码为 {code} 的价目表。"), format!("There is no price list {code}."));
            faults.push(Fault::new("list", "list_exists", zh, en));
        }
        found
    }

    fn item(&self, code: &str, faults: &mut Vec<Fault>) -> Option<i64> {
        let found = self.items.get(code).copied();
        if found.is_none() && !code.is_empty() {
            let (zh, en) = (format!("没有编码为 {code} 的商品。"), format!("There is no item {code}."));
            faults.push(Fault::new("code", "item_exists", zh, en));
        }
        found
    }
}

/// Hundredths as a sheet has them.
fn hundredths(amount: i64) -> String {
    Money::from_raw(amount).to_string()
}

fn changes(old: Option<&State>, new: &State) -> Vec<FieldChange> {
    let bp = |share: Option<i32>| share.map(i64::from);
    let cell = |column, old: Option<i64>, new: Option<i64>| {
        FieldChange::of(column, old.map(hundredths).as_deref(), &new.map(hundredths).unwrap_or_default())
    };
    [
        cell("unit_price", old.map(|old| old.unit_price_fen), Some(new.unit_price_fen)),
        cell("cost", old.and_then(|old| old.cost_fen), new.cost_fen),
        cell("most_discount", bp(old.and_then(|old| old.most_discount_bp)), bp(new.most_discount_bp)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A row that is to be written.
struct Writing {
    at: usize,
    list: i64,
    item: i64,
    code: String,
    new: State,
    old: Option<Stored>,
}

async fn put(tx: &DatabaseTransaction, id: i64, to: &State) -> Result<(), DbErr> {
    let sql = Sql::new("UPDATE price SET version = version + 1, unit_price_fen = ").bind(to.unit_price_fen).text(", cost_fen = ");
    let sql = sql.bind(to.cost_fen).text(", most_discount_bp = ").bind(to.most_discount_bp).text(" WHERE id = ").bind(id);
    sql.run(tx).await.map(drop)
}

fn audited<'a>(author: &'a str, list: i64, action: &'static str) -> Change<'a> {
    Change { author, entity: "price_list", id: list.to_string(), action }
}

fn told_of(item: i64, code: &str, state: &State) -> serde_json::Value {
    told(item, code, state.unit_price_fen, state.cost_fen, state.most_discount_bp)
}

async fn write(tx: &DatabaseTransaction, run: &Run, writing: Vec<Writing>, done: &mut [Done]) -> Result<(), DbErr> {
    let columns = ["price_list_id", "item_id", "code", "unit_price_fen", "cost_fen", "most_discount_bp", "version"];
    let new = writing.iter().filter(|row| row.old.is_none()).map(|row| -> Vec<DbValue> {
        let State { unit_price_fen, cost_fen, most_discount_bp } = row.new;
        vec![
            row.list.into(),
            row.item.into(),
            row.code.clone().into(),
            unit_price_fen.into(),
            cost_fen.into(),
            most_discount_bp.into(),
            1_i64.into(),
        ]
    });
    insert_many(tx, "price", &columns, new).await?;
    let (mut numbers, mut notes) = (HashMap::new(), Vec::with_capacity(writing.len()));
    let made: Vec<&Writing> = writing.iter().filter(|row| row.old.is_none()).collect();
    for some in made.chunks(MAX_PARAMETERS / 2) {
        let sql = Sql::new(STORED).text("price_list_id IN ").among(some.iter().map(|row| row.list).collect::<BTreeSet<_>>());
        let rows: Vec<Stored> = sql.text(" AND item_id IN ").among(some.iter().map(|row| row.item)).all(tx).await?;
        numbers.extend(rows.into_iter().map(|row| ((row.price_list_id, row.item_id), row.id)));
    }
    for row in writing {
        let (id, version) = match &row.old {
            Some(old) => {
                put(tx, old.id, &row.new).await?;
                (Some(old.id), old.version + 1)
            }
            None => (numbers.get(&(row.list, row.item)).copied(), 1),
        };
        let old = row.old.as_ref().map(Stored::state);
        if let Some(done) = done.get_mut(row.at) {
            done.written(id, version, old.as_ref());
        }
        let old = old.as_ref().map(|old| told_of(row.item, &row.code, old));
        notes.push((audited(&run.author, row.list, "set_price"), old, Some(told_of(row.item, &row.code, &row.new))));
    }
    audit::record_many(tx, notes).await
}

#[async_trait::async_trait]
impl Importable for Prices {
    fn word(&self) -> &'static str {
        "prices"
    }

    fn title(&self) -> Text {
        Text::new("价格", "Prices")
    }

    fn dataset(&self) -> &'static str {
        // An item that is taken back must not have got a price meanwhile.
        "items"
    }

    fn of_sites(&self) -> bool {
        false
    }

    fn right_for(&self, column: &str) -> Option<Right> {
        Some(if column == "cost" { Right::PriceCost } else { Right::Prices })
    }

    fn columns(&self) -> Vec<Column> {
        let column = |id: &'static str, zh, en, needed, kind, hint: (&'static str, &'static str), also, example| Column {
            id: id.into(),
            title: Text::new(zh, en),
            needed,
            kind,
            hint: Text::new(hint.0, hint.1),
            also,
            example,
            field: None,
        };
        let list = ("价目表的编码；价目表要先建好。", "Code of a price list that is there.");
        let price = ("元，最多两位小数。", "Yuan with at most two decimal places.");
        let most = (
            "门店可自行给的最大折扣，百分比：10 即 9 折；不填按价目表。",
            "What a store may give by itself in percent: 10 is 10 % off; that of the list when empty.",
        );
        vec![
            column("list", "价目表", "Price list", Needed::Always, Kind::Code(40), list, &["价目表编码", "价格表"], "CHAIN-2026"),
            column(
                "code",
                "商品编码",
                "Item code",
                Needed::Always,
                Kind::Code(64),
                ("商品要已存在。", "An item that is there."),
                &["SKU", "货号", "编码", "产品编码"],
                "YG-OAK-2400",
            ),
            column(
                "unit_price",
                "单价",
                "Unit price",
                Needed::New,
                Kind::Hundredths(MOST),
                price,
                &["价格", "售价", "零售价", "标价"],
                "2980.00",
            ),
            column("cost", "进价", "Cost", Needed::Never, Kind::Hundredths(MOST), price, &["成本", "成本价", "采购价"], "1650.00"),
            column(
                "most_discount",
                "最大折扣 %",
                "Greatest discount %",
                Needed::Never,
                Kind::Hundredths(10_000),
                most,
                &["最大折扣", "最低折扣"],
                "10",
            ),
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let known = Known::load(tx, &rows).await?;
        let (mut done, mut writing) = (Vec::with_capacity(rows.len()), Vec::new());
        for (at, mut row) in rows.into_iter().enumerate() {
            let text = |column: &str| row.text(column).unwrap_or_default().to_owned();
            let (list_code, code) = (text("list"), text("code"));
            let key = format!("{list_code} {code}");
            let mut faults = std::mem::take(&mut row.faults);
            let (list, item) = (known.list(&list_code, &mut faults), known.item(&code, &mut faults));
            let old = list.zip(item).and_then(|key| known.prices.get(&key));
            if row.whole("unit_price").is_none() && old.is_none() && !faults.iter().any(|fault| fault.column == "unit_price") {
                faults.push(missing("unit_price"));
            }
            if !list_code.is_empty() && !code.is_empty() {
                if seen.has(&key) {
                    faults.push(twice("code"));
                }
                if old.is_some() && !run.update_existing {
                    faults.push(exists("code"));
                }
            }
            let (Some(list), Some(item), true) = (list, item, faults.is_empty()) else {
                done.push(Done::bad(row.number, key, faults));
                continue;
            };
            seen.claim(&key);
            let was = old.map(Stored::state);
            let kept = was.clone().unwrap_or(State { unit_price_fen: 0, cost_fen: None, most_discount_bp: None });
            let share = |share: Option<i64>| share.and_then(|share| i32::try_from(share).ok());
            let new = State {
                unit_price_fen: row.whole("unit_price").unwrap_or(kept.unit_price_fen),
                cost_fen: if row.says("cost") { row.whole("cost") } else { kept.cost_fen },
                most_discount_bp: if row.says("most_discount") { share(row.whole("most_discount")) } else { kept.most_discount_bp },
            };
            let changes = changes(was.as_ref(), &new);
            let outcome = Outcome::of(was.is_some(), &changes);
            let mut good = Done::good(row.number, key, outcome, changes);
            good.record = old.map(|old| old.id);
            done.push(good);
            if outcome != Outcome::Same {
                writing.push(Writing { at, list, item, code, new, old: old.cloned() });
            }
        }
        if run.write {
            write(tx, run, writing, &mut done).await?;
        }
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let mut now: HashMap<i64, Stored> = HashMap::new();
        for some in rows.chunks(MAX_PARAMETERS) {
            let found: Vec<Stored> = Sql::new(STORED).text("id IN ").among(some.iter().map(|row| row.record)).all(tx).await?;
            now.extend(found.into_iter().map(|row| (row.id, row)));
        }
        let (mut refusals, mut gone, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let Some(is) = now.get(&row.record).filter(|is| is.version == row.version) else {
                refusals.push(Some(changed_since()));
                continue;
            };
            let before: Option<State> = row.old.and_then(|old| serde_json::from_value(old).ok());
            match &before {
                Some(before) => put(tx, is.id, before).await?,
                None => gone.push(is.id),
            }
            let (old, new) = (told_of(is.item_id, &is.code, &is.state()), before.map(|before| told_of(is.item_id, &is.code, &before)));
            notes.push((audited(&run.author, is.price_list_id, "undo"), Some(old), new));
            refusals.push(None);
        }
        for some in gone.chunks(MAX_PARAMETERS) {
            Sql::new("DELETE FROM price WHERE id IN ").among(some.iter().copied()).run(tx).await?;
        }
        audit::record_many(tx, notes).await?;
        Ok(refusals)
    }
}
