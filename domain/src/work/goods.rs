//! From a label to stock: which carton of which dye lot, how much of it, and which lines of a task it can count towards.

use crate::barcode::Meaning;
use crate::catalog::{Directory, StockKey};
use crate::event::Effect;
use crate::ids::{ItemId, LineId};
use crate::quantity::Quantity;
use crate::work::{TaskLine, TaskProgress, Verdict};

/// Most that one scan may book: beyond it a label or a quantity command is taken for a mistake.
pub const MOST_PER_SCAN: Quantity = Quantity::units(1_000_000);

/// Most scans that may wait for one shelf: what they booked together has to fit into one fact.
pub const MOST_HELD: usize = 100;

/// Most lines that one scan may be spread over, for the same reason.
const MOST_LINES: usize = 100;

/// Longest dye lot that is booked; a longer one is a misread label.
pub const LONGEST_LOT: usize = 64;

/// Goods as one scan says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goods {
    pub stock: StockKey,
    pub quantity: Quantity,
    pub serial: Option<String>,
}

/// A scan that can be booked, or the answer that says why not.
pub(super) type Decided = Result<(Verdict, Vec<Effect>), Verdict>;

fn bad(rule: impl Into<String>) -> Verdict {
    Verdict::BadBarcode { position: 0, rule: rule.into() }
}

/// What a quantity command may say.
pub(super) fn check_quantity(quantity: Quantity) -> Result<Quantity, Verdict> {
    match quantity {
        nothing if !nothing.is_positive() => Err(bad("quantity must be more than 0")),
        much if much > MOST_PER_SCAN => Err(bad(format!("quantity is at most {MOST_PER_SCAN}"))),
        right => Ok(right),
    }
}

/// Makes goods of a label. `times` is the quantity command before it; `wanted` says whether the task asks for the item at all, which is
/// looked at before the label's details, so that nobody hunts for a dye lot of the wrong sofa.
pub(super) fn resolve(
    directory: &impl Directory,
    meaning: &Meaning,
    times: Option<Quantity>,
    wanted: impl Fn(ItemId) -> bool,
) -> Result<Goods, Verdict> {
    let Meaning::Goods { item, quantity, carton, lot, serial } = meaning else { return Err(Verdict::NotNow) };
    let Some(facts) = directory.item(*item) else { return Err(Verdict::WrongItem { item: *item }) };
    if facts.is_kit {
        return Err(Verdict::KitNotStock { item: *item });
    }
    if !wanted(*item) {
        return Err(Verdict::WrongItem { item: *item });
    }
    let of = facts.cartons.max(1);
    let carton = match carton {
        Some(n) if (1..=of).contains(n) => *n,
        Some(n) => return Err(bad(format!("carton {n} of {of}"))),
        None if of == 1 => 1,
        None => return Err(Verdict::NeedCarton { item: *item, of }),
    };
    let lot = match lot.as_deref().map(str::trim).filter(|lot| !lot.is_empty()) {
        _ if !facts.by_lot => String::new(),
        Some(lot) if lot.chars().count() > LONGEST_LOT || lot.contains(char::is_control) => {
            return Err(bad(format!("lot: at most {LONGEST_LOT} printable characters")));
        }
        Some(lot) => lot.to_owned(),
        None => return Err(Verdict::NeedLot { item: *item }),
    };
    let quantity = quantity.checked_product(times.unwrap_or(Quantity::ONE)).ok_or_else(|| bad("quantity too fine or too large"))?;
    check_quantity(quantity)?;
    if of > 1 && quantity.whole_units().is_none() {
        return Err(bad("cartons are whole"));
    }
    Ok(Goods { stock: StockKey { item: *item, carton, lot }, quantity, serial: serial.clone() })
}

/// The lines that still want this carton. Whether lot and location fit is another question.
pub(super) fn open_lines<'a>(progress: &'a TaskProgress, stock: &StockKey) -> Result<Vec<&'a TaskLine>, Verdict> {
    let of_item: Vec<_> = progress.stock_lines().filter(|(_, asked)| asked.item == stock.item).collect();
    let open = |line: &TaskLine| progress.line_left(line).is_positive();
    let of_carton: Vec<&TaskLine> = of_item.iter().filter(|(_, asked)| asked.carton == stock.carton).map(|(line, _)| *line).collect();
    let wanting: Vec<&TaskLine> = of_carton.iter().copied().filter(|line| open(line)).collect();
    if !wanting.is_empty() {
        return Ok(wanting);
    }
    let mut needed: Vec<u16> = of_item.iter().filter(|(line, _)| open(line)).map(|(_, asked)| asked.carton).collect();
    needed.sort_unstable();
    needed.dedup();
    if of_carton.is_empty() || !needed.is_empty() {
        Err(Verdict::WrongCarton { item: stock.item, carton: stock.carton, needed })
    } else {
        Err(too_many(progress, stock, &of_carton))
    }
}

/// "More than the task asks for", with the figures of the lines that could have taken it. What was declared missing is no longer asked for.
pub(super) fn too_many(progress: &TaskProgress, stock: &StockKey, lines: &[&TaskLine]) -> Verdict {
    let asked = lines.iter().map(|line| line.quantity - progress.line_short(line.id)).sum();
    let done = lines.iter().map(|line| progress.line_done(line.id)).sum();
    Verdict::TooMany { stock: stock.clone(), asked, done }
}

/// Spreads a quantity of a stock over lines in their order.
pub(super) fn share(
    progress: &TaskProgress,
    stock: &StockKey,
    lines: &[&TaskLine],
    quantity: Quantity,
) -> Result<Vec<(LineId, Quantity)>, Verdict> {
    let mut rest = quantity;
    let mut shares = Vec::new();
    for line in lines {
        let part = rest.min(progress.line_left(line));
        if part.is_positive() {
            shares.push((line.id, part));
            rest -= part;
        }
    }
    match rest.is_zero() {
        false => Err(too_many(progress, stock, lines)),
        true if shares.len() > MOST_LINES => {
            Err(bad(format!("goods for more than {MOST_LINES} lines of the task: scan them in smaller quantities")))
        }
        true => Ok(shares),
    }
}
