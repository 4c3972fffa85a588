//! The rules of a row: what it makes of an item, and what stands against that.

use super::known::Known;
use super::state::{Barcode, State};
use crate::platform::import::{Fault, Parsed, Piece, Seen, missing};

/// Keys of what a check has to remember.
pub(super) fn noted(code: &str) -> String {
    format!("item {code}")
}

/// What an item is to become, as far as the row is right about itself.
pub(super) fn wanted(row: &Parsed, old: Option<&State>, faults: &mut Vec<Fault>) -> State {
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
        custom: old.and_then(|old| old.custom.clone()),
        deleted: false,
    }
}

/// What stands against it.
pub(super) fn judge(new: &State, old: Option<(i64, &State)>, known: &Known, seen: &Seen, faults: &mut Vec<Fault>) {
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
