//! Put-away (上架): from the supplier to a shelf, with a task or freely, shelf first or goods first.
//!
//! Shelf first: the shelf stays the station's place, every goods scan is booked there at once. Goods first: the goods are held (amber, not
//! booked), the next shelf takes them and is left again, so that the rhythm goods, shelf, goods, shelf never books onto the shelf before.
//! Held goods are of one kind; while they wait only a shelf, more of the same (up to [`MOST_HELD`] scans), or undo make sense.

use serde::{Deserialize, Serialize};

use crate::catalog::{Directory, LocationKind, StockKey};
use crate::event::Effect;
use crate::ids::{LineId, LocationId, ScanId};
use crate::quantity::Quantity;
use crate::work::goods::{Decided, Goods, MOST_HELD, open_lines, share};
use crate::work::{Station, TaskLine, TaskProgress, Verdict};

/// Goods scanned before their shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldGoods {
    /// The scan that brought them.
    pub scan: ScanId,
    /// What.
    pub stock: StockKey,
    /// How much by this scan.
    pub quantity: Quantity,
    /// Serial number, when the label carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// Goods were scanned.
pub(super) fn scan_goods(
    station: &mut Station,
    progress: Option<&mut TaskProgress>,
    directory: &impl Directory,
    scan: ScanId,
    goods: Goods,
) -> Decided {
    if let Some(location) = station.location {
        return book(
            progress,
            directory,
            location,
            &[HeldGoods { scan, stock: goods.stock, quantity: goods.quantity, serial: goods.serial }],
        );
    }
    // Other goods, or so many that they have to be brought to their shelf first.
    if station.held.first().is_some_and(|held| held.stock != goods.stock) || station.held.len() >= MOST_HELD {
        return Err(Verdict::NeedLocation);
    }
    let quantity = station.held.iter().map(|held| held.quantity).sum::<Quantity>() + goods.quantity;
    let suggested = match progress {
        Some(progress) => plan(progress, None, &goods.stock, quantity)?.1,
        None => None,
    };
    let verdict = Verdict::Held { stock: goods.stock.clone(), quantity, suggested };
    station.held.push(HeldGoods { scan, stock: goods.stock, quantity: goods.quantity, serial: goods.serial });
    Ok((verdict, Vec::new()))
}

/// A shelf was scanned while goods were held.
pub(super) fn shelve_held(
    station: &mut Station,
    progress: Option<&mut TaskProgress>,
    directory: &impl Directory,
    location: LocationId,
) -> Decided {
    let decided = book(progress, directory, location, &station.held)?;
    station.held.clear();
    station.location = None;
    Ok(decided)
}

/// Lines and shares for so much of a stock, and the shelf suggested for the first share that has one other than `location`.
type Plan = (Vec<(LineId, Quantity)>, Option<LocationId>);

fn plan(progress: &TaskProgress, location: Option<LocationId>, stock: &StockKey, quantity: Quantity) -> Result<Plan, Verdict> {
    let mut lines = open_lines(progress, stock)?;
    let lot_of = |line: &TaskLine| line.stock.as_ref().map(|asked| asked.lot.clone()).unwrap_or_default();
    let mut needed: Vec<String> = lines.iter().map(|line| lot_of(line)).collect();
    lines.retain(|line| stock.lot.is_empty() || lot_of(line).is_empty() || lot_of(line) == stock.lot);
    if lines.is_empty() {
        needed.sort_unstable();
        needed.dedup();
        return Err(Verdict::WrongLot { item: stock.item, lot: stock.lot.clone(), needed });
    }
    lines.sort_by_key(|line| match line.location {
        here if here.is_some() && here == location => 0,
        None => 1,
        Some(_) => 2,
    });
    let shares = share(progress, stock, &lines, quantity)?;
    let elsewhere = lines
        .iter()
        .filter(|line| shares.iter().any(|(id, _)| *id == line.id))
        .find_map(|line| line.location.filter(|suggested| Some(*suggested) != location));
    Ok((shares, elsewhere))
}

/// Books goods onto a shelf; all of one stock.
fn book(progress: Option<&mut TaskProgress>, directory: &impl Directory, location: LocationId, scans: &[HeldGoods]) -> Decided {
    let Some(supplier) = directory.location_of_kind(LocationKind::Supplier) else {
        return Err(Verdict::UnknownLocation { code: "SUPPLIER".to_owned() });
    };
    let Some(stock) = scans.first().map(|first| first.stock.clone()) else { return Err(Verdict::NotNow) };
    let quantity: Quantity = scans.iter().map(|goods| goods.quantity).sum();
    let moved = |goods: &HeldGoods, quantity, line| Effect::Moved {
        stock: goods.stock.clone(),
        quantity,
        from: supplier,
        to: location,
        line,
        reverses: None,
        serial: goods.serial.clone(),
    };
    let Some(progress) = progress else {
        let effects = scans.iter().map(|goods| moved(goods, goods.quantity, None)).collect();
        return Ok((Verdict::PutAway { stock, quantity, location, left: Quantity::ZERO }, effects));
    };
    let (shares, elsewhere) = plan(progress, Some(location), &stock, quantity)?;
    let mut effects = Vec::new();
    let mut scans = scans.iter().map(|goods| (goods, goods.quantity));
    let mut current = scans.next();
    for (line, mut wanted) in shares {
        while let (true, Some((goods, rest))) = (wanted.is_positive(), current) {
            let part = wanted.min(rest);
            effects.push(moved(goods, part, Some(line)));
            wanted -= part;
            current = if part == rest { scans.next() } else { Some((goods, rest - part)) };
        }
    }
    progress.apply(&effects);
    let left = progress
        .stock_lines()
        .filter(|(_, asked)| asked.item == stock.item && asked.carton == stock.carton)
        .map(|(line, _)| progress.line_left(line))
        .sum();
    let verdict = match elsewhere {
        Some(suggested) => Verdict::PutAwayElsewhere { stock, quantity, location, suggested, left },
        None => Verdict::PutAway { stock, quantity, location, left },
    };
    Ok((verdict, effects))
}
