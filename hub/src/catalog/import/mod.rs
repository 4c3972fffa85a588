//! Items out of sheets, with barcodes and the parts of kits: what a row would do, doing it for many rows at once, and taking it back.
//!
//! An item that stock or open work depends on keeps its cartons, its dye lots and whether it is a kit. What a cell says of barcodes and parts
//! is all of them. An item that is taken back is gone as if it had never been; edges then fetch the whole catalogue anew.

mod back;
mod judge;
mod known;
mod state;
mod write;

use sea_orm::{DatabaseTransaction, DbErr};

use self::judge::{judge, noted, wanted};
use self::known::{Asked, Known};
pub use self::state::cells_of;
use self::state::changes;
use self::write::{Writing, write};
use crate::catalog::store::for_expressions;
use crate::http::problem::Text;
use crate::platform::fields::Subject;
use crate::platform::import::{Column, Done, Fault, Importable, Kind, Made, Needed, Outcome, Parsed, Run, Seen, exists, twice};

/// Items.
pub struct Items;

/// What people call the unit of stock; others may be written too.
const UNITS: &[&str] = &["件", "套", "张", "把", "个", "米", "平方米", "副", "块", "盒", "箱", "卷"];

fn column(id: &'static str, title: Text, needed: Needed, kind: Kind, hint: Text) -> Column {
    Column { id: id.into(), title, needed, kind, hint, also: &[], example: "", field: None }
}

#[async_trait::async_trait]
impl Importable for Items {
    fn word(&self) -> &'static str {
        "items"
    }

    fn title(&self) -> Text {
        Text::new("商品", "Items")
    }

    fn dataset(&self) -> &'static str {
        "items"
    }

    fn of_sites(&self) -> bool {
        false
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Item)
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
            let mut new = wanted(&row, living.map(|(.., state)| state), &mut faults);
            if !code.is_empty() {
                if seen.has(&code) {
                    faults.push(twice("code"));
                }
                if living.is_some() && !run.update_existing {
                    faults.push(exists("code"));
                }
                judge(&new, living.map(|(id, _, _, state)| (*id, state)), &known, seen, &mut faults);
            }
            if let Some(fields) = run.custom.as_ref().filter(|_| faults.is_empty()) {
                let was = living.map(|(.., state)| state.custom.clone().unwrap_or_default());
                match fields.accept(&row, run.now_ms, for_expressions(&new.item()), was.as_ref()) {
                    Ok(values) => new.custom = Some(values),
                    Err(wrong) => faults.extend(wrong),
                }
            }
            if !faults.is_empty() {
                done.push(Done::bad(row.number, code, faults));
                continue;
            }
            seen.claim(&code);
            for barcode in &new.barcodes {
                seen.claim(&format!("barcode {}", barcode.text));
            }
            seen.note(&noted(&code), i64::from(!new.parts.is_empty()));
            let changes = changes(living.map(|(.., state)| state), &new, run.custom.as_ref());
            let outcome = Outcome::of(living.is_some(), &changes);
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
        back::take_back(tx, run, rows).await
    }
}
