//! Items out of sheets, with barcodes and the parts of kits: what a row would do, doing it for many rows at once, and taking it back.
//!
//! An item that stock or open work depends on keeps its cartons, its dye lots and whether it is a kit. What a cell says of barcodes and parts
//! is all of them. An item that is taken back is gone as if it had never been; edges then fetch the whole catalogue anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, Value as DbValue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{bump, forget_changes};
use crate::http::problem::Text;
use crate::platform::audit::{self, Change};
use crate::platform::import::{
    Column, Done, Fault, FieldChange, Importable, Kind, Made, Needed, Outcome, Parsed, Piece, Run, Seen, changed_since, exists, in_use,
    missing, twice,
};
use crate::platform::search;
use crate::platform::sql::{MAX_PARAMETERS, Sql, insert_many};

/// Items.
pub struct Items;

/// What people call the unit of stock; others may be written too.
const UNITS: &[&str] = &["件", "套", "张", "把", "个", "米", "平方米", "副", "块", "盒", "箱", "卷"];

/// An item as an import writes it and as it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
    by_lot: bool,
    barcodes: Vec<Barcode>,
    /// By code of the part, in thousandths.
    parts: BTreeMap<String, i64>,
    /// It was there as a trace of one that is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Barcode {
    text: String,
    quantity: i64,
    carton: Option<i32>,
}

#[derive(FromQueryResult)]
struct Found {
    id: i64,
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: i32,
    by_lot: bool,
    is_kit: bool,
    version: i64,
    deleted: bool,
}

#[derive(FromQueryResult)]
struct FoundBarcode {
    item_id: i64,
    text: String,
    quantity: i64,
    carton: Option<i32>,
}

#[derive(FromQueryResult)]
struct FoundPart {
    kit_id: i64,
    code: String,
    quantity: i64,
}

#[derive(FromQueryResult)]
struct Id {
    id: i64,
}

#[derive(FromQueryResult)]
struct FoundItem {
    id: i64,
    code: String,
    is_kit: bool,
}

#[derive(FromQueryResult)]
struct Coded {
    id: i64,
    code: String,
}

/// What the database knows of the rows at hand.
#[derive(Default)]
struct Known {
    items: HashMap<String, (i64, i64, bool, State)>,
    /// Barcode → item.
    holders: HashMap<String, i64>,
    /// Code → number and whether it is a kit, of what can be a part.
    parts: HashMap<String, (i64, bool)>,
    /// Items that stock or open work depends on.
    busy: HashSet<i64>,
    /// Items that are a part of a kit.
    used: HashSet<i64>,
}

/// Which of some numbers one of these statements finds; each ends with `IN`.
async fn ids(tx: &DatabaseTransaction, selects: &'static [&'static str], of: &[i64]) -> Result<HashSet<i64>, DbErr> {
    let mut found = HashSet::new();
    for some in of.chunks(MAX_PARAMETERS / selects.len()) {
        let one =
            |sql: Sql, (n, select): (usize, &&str)| sql.text(if n > 0 { " UNION " } else { "" }).text(select).list(some.iter().copied());
        let sql = selects.iter().enumerate().fold(Sql::default(), one);
        let rows: Vec<Id> = sql.all(tx).await?;
        found.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(found)
}

/// Items with all that belongs to them, by column `code` or `id`.
async fn states(tx: &impl ConnectionTrait, column: &str, of: Vec<DbValue>) -> Result<Vec<(Found, State)>, DbErr> {
    let mut found: Vec<Found> = Vec::new();
    for some in of.chunks(MAX_PARAMETERS) {
        let sql = Sql::new(format!(
            "SELECT id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted FROM item WHERE {column} IN "
        ));
        found.extend(sql.list(some.iter().cloned()).all::<Found>(tx).await?);
    }
    let (mut barcodes, mut parts) = (HashMap::<i64, Vec<Barcode>>::new(), HashMap::<i64, BTreeMap<String, i64>>::new());
    let all: Vec<i64> = found.iter().map(|row| row.id).collect();
    for some in all.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT item_id, text, quantity, carton FROM item_barcode WHERE item_id IN ").list(some.iter().copied());
        for row in sql.all::<FoundBarcode>(tx).await? {
            barcodes.entry(row.item_id).or_default().push(Barcode { text: row.text, quantity: row.quantity, carton: row.carton });
        }
        let sql = Sql::new("SELECT p.kit_id, i.code, p.quantity FROM kit_part p JOIN item i ON i.id = p.part_id WHERE p.kit_id IN ");
        for row in sql.list(some.iter().copied()).all::<FoundPart>(tx).await? {
            parts.entry(row.kit_id).or_default().insert(row.code, row.quantity);
        }
    }
    let state = |row: Found| {
        let mut barcodes = barcodes.remove(&row.id).unwrap_or_default();
        barcodes.sort();
        let state = State {
            code: row.code.clone(),
            name: row.name.clone(),
            name_en: row.name_en.clone(),
            unit: row.unit.clone(),
            cartons: row.cartons,
            by_lot: row.by_lot,
            barcodes,
            parts: parts.remove(&row.id).unwrap_or_default(),
            deleted: row.deleted,
        };
        (row, state)
    };
    Ok(found.into_iter().map(state).collect())
}

impl Known {
    async fn load(tx: &DatabaseTransaction, asked: Asked) -> Result<Self, DbErr> {
        let mut known = Self::default();
        for (row, state) in states(tx, "code", asked.codes).await? {
            known.items.insert(row.code, (row.id, row.version, row.is_kit, state));
        }
        known.holders = holders(tx, &asked.barcodes).await?;
        // Those that kits have already too: they are written again with the kit.
        let had = known.items.values().flat_map(|(.., state)| state.parts.keys().cloned());
        let parts: Vec<String> = asked.parts.into_iter().chain(had).collect::<BTreeSet<_>>().into_iter().collect();
        for some in parts.chunks(MAX_PARAMETERS) {
            let sql = Sql::new("SELECT id, code, is_kit FROM item WHERE NOT deleted AND code IN ").list(some.iter().cloned());
            let found: Vec<FoundItem> = sql.all(tx).await?;
            known.parts.extend(found.into_iter().map(|row| (row.code, (row.id, row.is_kit))));
        }
        let there: Vec<i64> = known.items.values().map(|(id, ..)| *id).collect();
        known.busy = ids(tx, BUSY, &there).await?;
        known.used = ids(tx, &["SELECT part_id AS id FROM kit_part WHERE part_id IN "], &there).await?;
        Ok(known)
    }
}

/// Stock and open work.
const BUSY: &[&str] = &[
    "SELECT item_id AS id FROM stock WHERE quantity <> 0 AND item_id IN ",
    "SELECT n.item_id AS id FROM task_line n JOIN task t ON t.id = n.task_id WHERE t.state IN ('open', 'started') AND n.item_id IN ",
];

/// Everything that an item is kept for.
const USES: &[&str] = &[
    "SELECT item_id AS id FROM stock WHERE item_id IN ",
    "SELECT item_id AS id FROM movement WHERE item_id IN ",
    "SELECT item_id AS id FROM task_line WHERE item_id IN ",
    "SELECT item_id AS id FROM count_line WHERE item_id IN ",
    "SELECT record_id AS id FROM file WHERE entity = 'item' AND state = 'kept' AND record_id IN ",
];

/// What rows speak of.
struct Asked {
    codes: Vec<DbValue>,
    barcodes: Vec<String>,
    parts: Vec<String>,
}

impl Asked {
    fn of(rows: &[Parsed]) -> Self {
        let pieces = |column: &str| -> BTreeSet<String> {
            rows.iter().filter_map(|row| row.pieces(column)).flatten().map(|piece| piece.code.clone()).collect()
        };
        let codes: BTreeSet<&str> = rows.iter().filter_map(|row| row.text("code")).collect();
        Self {
            codes: codes.into_iter().map(DbValue::from).collect(),
            barcodes: pieces("barcodes").into_iter().collect(),
            parts: pieces("parts").into_iter().collect(),
        }
    }
}

/// Whose barcodes are.
async fn holders(tx: &DatabaseTransaction, texts: &[String]) -> Result<HashMap<String, i64>, DbErr> {
    let mut holders = HashMap::new();
    for some in texts.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT item_id, text, quantity, carton FROM item_barcode WHERE text IN ").list(some.iter().cloned());
        let rows: Vec<FoundBarcode> = sql.all(tx).await?;
        holders.extend(rows.into_iter().map(|row| (row.text, row.item_id)));
    }
    Ok(holders)
}

/// Barcodes and parts of items as the cells of a sheet have them, by number.
///
/// # Errors
/// What the database said.
pub async fn cells_of(db: &impl ConnectionTrait, items: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, (String, String)>, DbErr> {
    let found = states(db, "id", items.into_iter().map(DbValue::from).collect()).await?;
    Ok(found.into_iter().map(|(row, state)| (row.id, (barcodes_text(&state.barcodes), parts_text(&state.parts)))).collect())
}

/// Keys of what a check has to remember.
fn noted(code: &str) -> String {
    format!("item {code}")
}

/// What an item is to become, as far as the row is right about itself.
fn wanted(row: &Parsed, old: Option<&State>, faults: &mut Vec<Fault>) -> State {
    let mut need = |column: &str, there: Option<&String>| match row.text(column).filter(|text| !text.is_empty()) {
        Some(text) => text.to_owned(),
        None => there.cloned().unwrap_or_else(|| {
            if !faults.iter().any(|fault| fault.column == column) {
                faults.push(missing(column));
            }
            String::new()
        }),
    };
    let (name, unit) = (need("name", old.map(|old| &old.name)), need("unit", old.map(|old| &old.unit)));
    let cartons = row.whole("cartons").and_then(|cartons| i32::try_from(cartons).ok());
    let amounts = |pieces: &[Piece]| pieces.iter().map(|piece| (piece.code.clone(), piece.quantity.raw())).collect();
    let barcodes = |pieces: &[Piece]| {
        let one = |piece: &Piece| Barcode { text: piece.code.clone(), quantity: piece.quantity.raw(), carton: piece.carton.map(i32::from) };
        let mut all: Vec<Barcode> = pieces.iter().map(one).collect();
        all.sort();
        all
    };
    State {
        code: row.text("code").unwrap_or_default().to_owned(),
        name,
        unit,
        name_en: row.text("name_en").map_or_else(|| old.map(|old| old.name_en.clone()).unwrap_or_default(), str::to_owned),
        cartons: cartons.or(old.map(|old| old.cartons)).unwrap_or(1),
        by_lot: row.flag("by_lot").or(old.map(|old| old.by_lot)).unwrap_or(false),
        barcodes: row.pieces("barcodes").map_or_else(|| old.map(|old| old.barcodes.clone()).unwrap_or_default(), barcodes),
        parts: row.pieces("parts").map_or_else(|| old.map(|old| old.parts.clone()).unwrap_or_default(), amounts),
        deleted: false,
    }
}

/// What stands against it.
fn judge(new: &State, old: Option<(i64, &State)>, known: &Known, seen: &Seen, faults: &mut Vec<Fault>) {
    let id = old.map(|(id, _)| id);
    let mut no = |column: &str, rule: &str, zh: String, en: String| faults.push(Fault::new(column, rule, zh, en));
    for barcode in &new.barcodes {
        let text = &barcode.text;
        if known.holders.get(text).is_some_and(|holder| Some(*holder) != id) {
            no("barcodes", "barcode_free", format!("条码 {text} 已属于别的商品。"), format!("The barcode {text} means another item."));
        } else if seen.has(&format!("barcode {text}")) {
            no(
                "barcodes",
                "once_in_file",
                format!("条码 {text} 在文件前面出现过。"),
                format!("The barcode {text} stood in an earlier row."),
            );
        }
        if barcode.carton.is_some_and(|carton| carton > new.cartons) {
            let of = new.cartons;
            no("barcodes", "carton_exists", format!("这个商品的包件是 1 到 {of}。"), format!("This item has cartons 1 to {of}."));
        }
    }
    if !new.parts.is_empty() {
        let had = old.map(|(_, old)| &old.parts);
        for code in new.parts.keys().filter(|code| had.is_none_or(|had| !had.contains_key(*code))) {
            let is_kit = known.parts.get(code).map(|(_, is_kit)| *is_kit).or_else(|| seen.noted(&noted(code)).map(|kit| kit == 1));
            match is_kit {
                _ if *code == new.code => no("parts", "not_itself", "套件不能是自己的部件。".into(), "A kit is no part of itself.".into()),
                None => no(
                    "parts",
                    "item_exists",
                    format!("没有编码为 {code} 的商品；部件要排在套件前面。"),
                    format!("There is no item {code}; parts come before their kit."),
                ),
                Some(true) => {
                    no(
                        "parts",
                        "part_is_goods",
                        format!("{code} 是套件，不能再作部件。"),
                        format!("{code} is a kit and cannot be a part."),
                    );
                }
                Some(false) => {}
            }
        }
        if !new.barcodes.is_empty() && new.barcodes.iter().any(|barcode| barcode.carton.is_some()) {
            no("barcodes", "not_a_kit", "套件没有包件，条码后面不要写 #。".into(), "A kit has no cartons; leave the # away.".into());
        }
        if new.cartons != 1 {
            no("cartons", "not_a_kit", "套件本身没有包件，包件数要填 1。".into(), "A kit has no cartons of its own; write 1.".into());
        }
    }
    let Some((id, old)) = old else { return };
    if known.busy.contains(&id) {
        let busy = |what: &str| format!("这个商品有库存或未完成的任务，不能改{what}。");
        let fixed = |what: &str| format!("Stock or open tasks depend on this item; its {what} cannot change.");
        if new.cartons != old.cartons {
            no("cartons", "in_use", busy("包件数"), fixed("number of cartons"));
        }
        if new.by_lot != old.by_lot {
            no("by_lot", "in_use", busy("按色号管理"), fixed("dye lots"));
        }
        if new.parts.is_empty() != old.parts.is_empty() {
            no("parts", "in_use", busy("成套件或单品"), fixed("being a kit or not"));
        }
    }
    if known.used.contains(&id) && !new.parts.is_empty() && old.parts.is_empty() {
        no("parts", "part_is_goods", "它是别的套件的部件，不能变成套件。".into(), "It is a part of a kit and cannot become one.".into());
    }
}

fn amount(raw: i64) -> String {
    Quantity::from_raw(raw).to_string()
}

/// Barcodes as a cell has them.
fn barcodes_text(barcodes: &[Barcode]) -> String {
    let one = |barcode: &Barcode| {
        let carton = barcode.carton.map(|carton| format!("#{carton}")).unwrap_or_default();
        let quantity = if barcode.quantity == 1000 { String::new() } else { format!("×{}", amount(barcode.quantity)) };
        format!("{}{carton}{quantity}", barcode.text)
    };
    barcodes.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn parts_text(parts: &BTreeMap<String, i64>) -> String {
    parts.iter().map(|(code, quantity)| format!("{code}×{}", amount(*quantity))).collect::<Vec<_>>().join("; ")
}

fn flag(flag: bool) -> &'static str {
    if flag { "是" } else { "否" }
}

fn changes(old: Option<&State>, new: &State) -> Vec<FieldChange> {
    let cells = |state: &State| {
        [
            ("name", state.name.clone()),
            ("name_en", state.name_en.clone()),
            ("unit", state.unit.clone()),
            ("cartons", state.cartons.to_string()),
            ("by_lot", flag(state.by_lot).to_owned()),
            ("barcodes", barcodes_text(&state.barcodes)),
            ("parts", parts_text(&state.parts)),
        ]
    };
    let before = old.map(cells);
    let one = |(at, (column, new)): (usize, (&str, String))| {
        let old = before.as_ref().and_then(|before| before.get(at)).map(|(_, old)| old.clone()).unwrap_or_default();
        (old != new).then(|| FieldChange { column: column.to_owned(), old, new })
    };
    cells(new).into_iter().enumerate().filter_map(one).collect()
}

/// A row that is to be written.
struct Writing {
    at: usize,
    new: State,
    old: Option<State>,
}

async fn write(tx: &DatabaseTransaction, run: &Run, writing: Vec<Writing>, known: &Known, done: &mut [Done]) -> Result<(), DbErr> {
    if writing.is_empty() {
        return Ok(());
    }
    let version = bump(tx, "items").await?;
    let states: Vec<&State> = writing.iter().map(|row| &row.new).collect();
    let numbers = put(tx, &states, version).await?;
    // Of new items too: a part may have come with the same rows.
    let mut parts: HashMap<String, i64> = known.parts.iter().map(|(code, (id, _))| (code.clone(), *id)).collect();
    parts.extend(numbers.iter().map(|(code, id)| (code.clone(), *id)));
    belongings(tx, &states, &numbers, &parts).await?;
    let records: Vec<String> = numbers.values().map(ToString::to_string).collect();
    search::index(tx, search::Kind::Item, &records).await?;
    let mut audited = Vec::with_capacity(writing.len());
    for row in writing {
        let id = numbers.get(&row.new.code).copied();
        if let Some(done) = done.get_mut(row.at) {
            (done.record, done.version) = (id, Some(version));
            done.old = row.old.as_ref().map(|old| json!(old));
        }
        let (id, old) = (id.unwrap_or_default().to_string(), row.old.filter(|old| !old.deleted));
        let action = if old.is_some() { "change" } else { "create" };
        audited.push((Change { author: &run.author, entity: "item", id, action }, old.map(|old| json!(old)), Some(json!(row.new))));
    }
    audit::record_many(tx, audited).await
}

/// Writes items by their codes; their numbers.
async fn put(tx: &DatabaseTransaction, states: &[&State], version: i64) -> Result<HashMap<String, i64>, DbErr> {
    let mut numbers = HashMap::with_capacity(states.len());
    for some in states.chunks(MAX_PARAMETERS / 9) {
        let mut sql = Sql::new("INSERT INTO item (code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES ");
        for (n, state) in some.iter().enumerate() {
            let row: [DbValue; 9] = [
                state.code.clone().into(),
                state.name.clone().into(),
                state.name_en.clone().into(),
                state.unit.clone().into(),
                state.cartons.into(),
                state.by_lot.into(),
                (!state.parts.is_empty()).into(),
                version.into(),
                state.deleted.into(),
            ];
            sql = if n == 0 { sql } else { sql.text(",") }.list(row);
        }
        let conflict = " ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, unit = excluded.unit, \
                        cartons = excluded.cartons, by_lot = excluded.by_lot, is_kit = excluded.is_kit, version = excluded.version, \
                        deleted = excluded.deleted RETURNING id, code";
        numbers.extend(sql.text(conflict).all::<Coded>(tx).await?.into_iter().map(|row| (row.code, row.id)));
    }
    Ok(numbers)
}

/// Writes barcodes and parts in the place of those that are there.
async fn belongings(
    tx: &DatabaseTransaction,
    states: &[&State],
    numbers: &HashMap<String, i64>,
    part_numbers: &HashMap<String, i64>,
) -> Result<(), DbErr> {
    drop_belongings(tx, &numbers.values().copied().collect::<Vec<_>>()).await?;
    let (mut barcodes, mut parts): (Vec<Vec<DbValue>>, Vec<Vec<DbValue>>) = (Vec::new(), Vec::new());
    for state in states {
        let Some(id) = numbers.get(&state.code) else { continue };
        let rows = state.barcodes.iter().cloned();
        barcodes.extend(rows.map(|row| vec![(*id).into(), row.text.into(), row.quantity.into(), row.carton.into()]));
        for (code, quantity) in &state.parts {
            let part =
                part_numbers.get(code).copied().ok_or_else(|| DbErr::Custom(format!("the part {code} of {} is not there", state.code)))?;
            parts.push(vec![(*id).into(), part.into(), (*quantity).into()]);
        }
    }
    insert_many(tx, "item_barcode", &["item_id", "text", "quantity", "carton"], barcodes).await?;
    insert_many(tx, "kit_part", &["kit_id", "part_id", "quantity"], parts).await
}

async fn drop_belongings(tx: &DatabaseTransaction, items: &[i64]) -> Result<(), DbErr> {
    for some in items.chunks(MAX_PARAMETERS) {
        Sql::new("DELETE FROM item_barcode WHERE item_id IN ").list(some.iter().copied()).run(tx).await?;
        Sql::new("DELETE FROM kit_part WHERE kit_id IN ").list(some.iter().copied()).run(tx).await?;
    }
    Ok(())
}

fn column(id: &'static str, title: Text, needed: Needed, kind: Kind, hint: Text) -> Column {
    Column { id, title, needed, kind, hint, also: &[], example: "" }
}

#[async_trait::async_trait]
impl Importable for Items {
    fn word(&self) -> &'static str {
        "items"
    }

    fn title(&self) -> Text {
        Text::new("商品", "Items")
    }

    fn of_sites(&self) -> bool {
        false
    }

    fn columns(&self) -> Vec<Column> {
        let text = |zh: &'static str, en: &'static str| Text::new(zh, en);
        vec![
            Column {
                also: &["SKU", "货号", "编码", "产品编码", "物料编码", "code", "item"],
                example: "YG-OAK-2400",
                ..column(
                    "code",
                    text("商品编码", "Item code"),
                    Needed::Always,
                    Kind::Code(64),
                    text("商品的唯一编码；已有这个编码的行会更新原商品。", "Says which item is meant; one that is there is updated."),
                )
            },
            Column {
                also: &["名称", "品名", "产品名称", "物料名称", "中文名"],
                example: "橡木衣柜 2.4 m",
                ..column("name", text("商品名称", "Name"), Needed::New, Kind::Text(200), text("中文名称。", "Chinese name."))
            },
            Column {
                also: &["英文名", "English"],
                example: "Oak wardrobe 2.4 m",
                ..column(
                    "name_en",
                    text("英文名称", "English name"),
                    Needed::Never,
                    Kind::Text(200),
                    text("没有可以不填。", "Where there is one."),
                )
            },
            Column {
                also: &["计量单位", "UOM"],
                example: "件",
                ..column(
                    "unit",
                    text("单位", "Unit"),
                    Needed::New,
                    Kind::Suggested(UNITS, 16),
                    text("库存单位；也可以填列表以外的单位。", "Unit of stock; another than those listed will do."),
                )
            },
            Column {
                also: &["包数", "件数", "箱数"],
                example: "3",
                ..column(
                    "cartons",
                    text("包件数", "Cartons"),
                    Needed::Never,
                    Kind::Whole(1, 99),
                    text("一件商品分几包；不填为 1。", "How many cartons make one item; 1 when empty."),
                )
            },
            Column {
                also: &["色号管理", "分色号", "批次管理"],
                example: "否",
                ..column(
                    "by_lot",
                    text("按色号", "By dye lot"),
                    Needed::Never,
                    Kind::Flag,
                    text("库存是否按色号分开；不填为否。", "Whether stock is kept apart by dye lot; no when empty."),
                )
            },
            Column {
                also: &["条形码", "barcode", "EAN", "GTIN", "69码"],
                example: "6901234567892; 16901234567899×12; YG-2400-2#2",
                ..column(
                    "barcodes",
                    text("条码", "Barcodes"),
                    Needed::Never,
                    Kind::Barcodes,
                    text(
                        "几个条码用分号隔开；×12 表示一码代表 12 个，#2 表示第 2 包。填写的是全部条码，会替换原有的。",
                        "Several with semicolons; ×12 for a box of 12, #2 for carton 2. These are all of them and replace those that are there.",
                    ),
                )
            },
            Column {
                also: &["部件", "组成", "BOM", "components"],
                example: "SF-3S×1; SF-1S×2",
                ..column(
                    "parts",
                    text("套件部件", "Parts of a kit"),
                    Needed::Never,
                    Kind::Parts,
                    text(
                        "套件由哪些商品组成：编码×数量，用分号隔开。部件要已存在，或排在套件前面。",
                        "Of what a kit is made: code×quantity with semicolons. Parts are there already or come in earlier rows.",
                    ),
                )
            },
        ]
    }

    async fn take(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Parsed>, seen: &mut Seen) -> Result<Vec<Done>, DbErr> {
        let known = Known::load(tx, Asked::of(&rows)).await?;
        let (mut done, mut writing) = (Vec::with_capacity(rows.len()), Vec::new());
        for (at, mut row) in rows.into_iter().enumerate() {
            let code = row.text("code").unwrap_or_default().to_owned();
            let there = known.items.get(&code);
            let living = there.filter(|(.., state)| !state.deleted);
            let mut faults = std::mem::take(&mut row.faults);
            let new = wanted(&row, living.map(|(.., state)| state), &mut faults);
            if !code.is_empty() {
                if seen.has(&code) {
                    faults.push(twice("code"));
                }
                if living.is_some() && !run.update_existing {
                    faults.push(exists("code"));
                }
                judge(&new, living.map(|(id, _, _, state)| (*id, state)), &known, seen, &mut faults);
            }
            if !faults.is_empty() {
                done.push(Done::bad(row.number, code, faults));
                continue;
            }
            seen.claim(code.clone());
            for barcode in &new.barcodes {
                seen.claim(format!("barcode {}", barcode.text));
            }
            seen.note(noted(&code), i64::from(!new.parts.is_empty()));
            let changes = changes(living.map(|(.., state)| state), &new);
            let outcome = match living {
                None => Outcome::New,
                Some(_) if changes.is_empty() => Outcome::Same,
                Some(_) => Outcome::Changed,
            };
            let mut good = Done::good(row.number, code, outcome, changes);
            good.record = there.map(|(id, ..)| *id);
            done.push(good);
            if outcome != Outcome::Same {
                writing.push(Writing { at, new, old: there.map(|(.., state)| state.clone()) });
            }
        }
        if run.write {
            write(tx, run, writing, &known, &mut done).await?;
        }
        Ok(done)
    }

    async fn take_back(&self, tx: &DatabaseTransaction, run: &Run, rows: Vec<Made>) -> Result<Vec<Option<Fault>>, DbErr> {
        let records: Vec<DbValue> = rows.iter().map(|row| row.record.into()).collect();
        let found = states(tx, "id", records).await?;
        let now: HashMap<i64, (Found, State)> = found.into_iter().map(|(row, state)| (row.id, (row, state))).collect();
        let before: Vec<Option<State>> =
            rows.iter().map(|row| row.old.clone().and_then(|old| serde_json::from_value::<State>(old).ok())).collect();
        let texts: Vec<String> = before.iter().flatten().flat_map(|old| &old.barcodes).map(|barcode| barcode.text.clone()).collect();
        let codes: Vec<String> = before.iter().flatten().flat_map(|old| old.parts.keys().cloned()).collect();
        let (holders, parts) = (holders(tx, &texts).await?, parts_of(tx, &codes).await?);
        let mut refusals: Vec<Option<Fault>> =
            rows.iter().zip(&before).map(|(row, old)| changed(row, now.get(&row.record), old.as_ref(), &holders, &parts)).collect();
        // A kit that stays keeps its parts: so whoever is in use is taken out until nobody is.
        loop {
            let (mut free, mut made) = (Vec::new(), Vec::new());
            for ((row, old), _) in rows.iter().zip(&before).zip(&refusals).filter(|(_, refusal)| refusal.is_none()) {
                free.push(row.record);
                if goes(old.as_ref()) {
                    made.push(row.record);
                }
            }
            let used = in_use_now(tx, &made, &free).await?;
            if used.is_empty() {
                break;
            }
            for (row, refusal) in rows.iter().zip(&mut refusals) {
                if refusal.is_none() && used.contains(&row.record) {
                    *refusal = Some(in_use());
                }
            }
        }
        let (mut gone, mut restored, mut audited) = (Vec::new(), Vec::new(), Vec::new());
        for ((row, old), _) in rows.iter().zip(before).zip(&refusals).filter(|(_, refusal)| refusal.is_none()) {
            let change = Change { author: &run.author, entity: "item", id: row.record.to_string(), action: "undo" };
            let was = now.get(&row.record).map(|(_, state)| json!(state));
            audited.push((change, was, old.as_ref().filter(|old| !old.deleted).map(|old| json!(old))));
            match old {
                None => gone.push(row.record),
                Some(old) => restored.push((row.record, old)),
            }
        }
        let version = bump(tx, "items").await?;
        drop_belongings(tx, &gone).await?;
        drop_belongings(tx, &restored.iter().map(|(record, _)| *record).collect::<Vec<_>>()).await?;
        for some in gone.chunks(MAX_PARAMETERS) {
            Sql::new("DELETE FROM item WHERE id IN ").list(some.iter().copied()).run(tx).await?;
        }
        if !gone.is_empty() {
            forget_changes(tx, "items", version).await?;
        }
        let states: Vec<&State> = restored.iter().map(|(_, old)| old).collect();
        let numbers = put(tx, &states, version).await?;
        belongings(tx, &states, &numbers, &parts).await?;
        let records: Vec<String> = gone.iter().chain(numbers.values()).map(ToString::to_string).collect();
        search::index(tx, search::Kind::Item, &records).await?;
        audit::record_many(tx, audited).await?;
        Ok(refusals)
    }
}

/// Those of some items that something depends on, other than these kits.
async fn in_use_now(tx: &DatabaseTransaction, all: &[i64], kits: &[i64]) -> Result<HashSet<i64>, DbErr> {
    let mut used = ids(tx, USES, all).await?;
    for some in all.chunks(MAX_PARAMETERS / 2) {
        let sql = Sql::new("SELECT DISTINCT part_id AS id FROM kit_part WHERE part_id IN ").list(some.iter().copied());
        let rows: Vec<Id> = sql.text(" AND kit_id NOT IN ").list(kits.iter().copied()).all(tx).await?;
        used.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(used)
}

/// Numbers of the parts that items had.
async fn parts_of(tx: &DatabaseTransaction, codes: &[String]) -> Result<HashMap<String, i64>, DbErr> {
    let mut parts = HashMap::new();
    for some in codes.chunks(MAX_PARAMETERS) {
        let sql = Sql::new("SELECT id, code FROM item WHERE NOT deleted AND code IN ").list(some.iter().cloned());
        let rows: Vec<Coded> = sql.all(tx).await?;
        parts.extend(rows.into_iter().map(|row| (row.code, row.id)));
    }
    Ok(parts)
}

fn goes(old: Option<&State>) -> bool {
    old.is_none_or(|old| old.deleted)
}

/// Items whose former barcodes or parts somebody else has now, or that were changed since the import wrote them.
fn changed(
    row: &Made,
    now: Option<&(Found, State)>,
    old: Option<&State>,
    holders: &HashMap<String, i64>,
    parts: &HashMap<String, i64>,
) -> Option<Fault> {
    if now.is_none_or(|(found, _)| found.version != row.version || found.deleted) {
        return Some(changed_since());
    }
    let old = old?;
    let taken = old.barcodes.iter().any(|barcode| holders.get(&barcode.text).is_some_and(|holder| *holder != row.record));
    let (zh, en) =
        ("原来的条码或部件已被别的商品占用，没有撤销。", "Its former barcodes or parts are gone or another item's; it is left as it is.");
    (taken || old.parts.keys().any(|code| !parts.contains_key(code))).then(|| Fault::new("", "taken_meanwhile", zh, en))
}
