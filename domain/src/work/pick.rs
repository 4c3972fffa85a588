//! Pick (拣货): from bins to the staging place, with the complete-set check (齐套).
//!
//! The prompt leads along the lines; every place that has an open line may be worked at. A task finishes only when each set has all its
//! cartons, or the missing ones were declared short at their place. Declaring short and finishing serve put-away too, where a carton that
//! did not arrive is the same kind of hole.

use crate::catalog::{Directory, LocationKind};
use crate::event::Effect;
use crate::ids::LocationId;
use crate::work::goods::{Decided, Goods, open_lines, share};
use crate::work::{Station, TaskKind, TaskLine, TaskProgress, Verdict};

/// A location was scanned: right when something is still to be taken from it.
pub(super) fn scan_location(station: &mut Station, progress: &TaskProgress, directory: &impl Directory, location: LocationId) -> Decided {
    let fits = |line: &TaskLine| match line.location {
        Some(place) => place == location,
        None => directory.location_of_kind(LocationKind::Staging) != Some(location),
    };
    if !progress.open_lines_from(0).any(|(_, line)| fits(line)) {
        let expected = station.prompted_line(progress).and_then(|(_, line)| line.location);
        return Err(expected.map_or(Verdict::NotNow, |expected| Verdict::WrongLocation { location, expected }));
    }
    station.location = Some(location);
    Ok((Verdict::AtLocation { location }, Vec::new()))
}

/// Goods were scanned.
pub(super) fn scan_goods(station: &Station, progress: &mut TaskProgress, directory: &impl Directory, goods: Goods) -> Decided {
    let Goods { stock, quantity, serial } = goods;
    let Some(staging) = directory.location_of_kind(LocationKind::Staging) else {
        return Err(Verdict::UnknownLocation { code: "STAGING".to_owned() });
    };
    let open = open_lines(progress, &stock)?;
    let Some(location) = station.location.filter(|place| *place != staging) else { return Err(Verdict::NeedLocation) };
    let mut lines: Vec<&TaskLine> = open.iter().copied().filter(|line| line.location.is_none_or(|place| place == location)).collect();
    if lines.is_empty() {
        let expected = open.iter().find_map(|line| line.location);
        return Err(expected.map_or(Verdict::NotNow, |expected| Verdict::WrongLocation { location, expected }));
    }
    let mut needed: Vec<String> = lines.iter().filter_map(|line| progress.lot_of(line)).map(str::to_owned).collect();
    lines.retain(|line| stock.lot.is_empty() || progress.lot_of(line).is_none_or(|lot| lot == stock.lot));
    if lines.is_empty() {
        needed.sort_unstable();
        needed.dedup();
        return Err(Verdict::WrongLot { item: stock.item, lot: stock.lot, needed });
    }
    let prompted = station.prompted_line(progress).map(|(_, line)| line.id);
    lines.sort_by_key(|line| (line.location.is_none(), Some(line.id) != prompted));
    let shares = share(progress, &stock, &lines, quantity)?;
    let effects: Vec<Effect> = shares
        .iter()
        .map(|(line, part)| Effect::Moved {
            stock: stock.clone(),
            quantity: *part,
            from: location,
            to: staging,
            line: Some(*line),
            reverses: None,
            serial: serial.clone(),
        })
        .collect();
    progress.apply(&effects);
    let touched: Vec<&TaskLine> = progress.task.lines.iter().filter(|line| shares.iter().any(|(id, _)| *id == line.id)).collect();
    let completed = touched.iter().map(|line| line.set).find(|set| *set != 0 && progress.is_set_complete(*set));
    let verdict = match completed {
        Some(set) => Verdict::SetComplete { stock, quantity, location, set },
        None => {
            let left = touched.iter().map(|line| progress.line_left(line)).sum();
            Verdict::Picked { stock, quantity, location, left }
        }
    };
    Ok((verdict, effects))
}

/// QT-SHORT: what is left of the line that is asked for now is not there. A picker must stand at the line's place to say so.
pub(super) fn short(station: &Station, progress: &mut TaskProgress) -> Decided {
    let Some((_, line)) = station.prompted_line(progress) else { return Err(Verdict::NotNow) };
    let Some(stock) = line.stock.clone() else { return Err(Verdict::NotNow) };
    if progress.task.kind == TaskKind::Pick && line.location.is_some() && line.location != station.location {
        return Err(Verdict::NeedLocation);
    }
    let quantity = progress.line_left(line);
    let effects = vec![Effect::Short { line: line.id, quantity, reverses: None }];
    progress.apply(&effects);
    Ok((Verdict::ShortDeclared { stock, quantity }, effects))
}

/// QT-NEXT: leaves the line that is asked for open and leads to the next open one.
pub(super) fn next(station: &mut Station, progress: &TaskProgress) -> Decided {
    let Some((here, _)) = station.prompted_line(progress) else { return Err(Verdict::NotNow) };
    let Some((index, line)) = progress.open_lines_from(here + 1).find(|(index, _)| *index != here) else { return Err(Verdict::NotNow) };
    station.skipped = u32::try_from(index).unwrap_or(0);
    if line.location.is_some() && line.location != station.location {
        station.location = None;
    }
    Ok((Verdict::Skipped, Vec::new()))
}

/// QT-OK: finishes the task when nothing is left open.
pub(super) fn confirm(progress: &mut TaskProgress) -> Decided {
    let open = progress.open_stock();
    if !open.is_empty() {
        return Err(Verdict::Incomplete { missing: open });
    }
    let missing = progress.missing();
    let complete = missing.is_empty();
    let effects = vec![Effect::TaskFinished { complete }];
    progress.apply(&effects);
    let task = progress.task.id;
    let verdict = if complete { Verdict::TaskComplete { task } } else { Verdict::TaskFinishedShort { task, missing } };
    Ok((verdict, effects))
}
