//! Stocktake (盘点): the operator scans a location of the task, then what lies there, and sees no expected figure.
//!
//! What is counted is believed, wherever it belongs; the hub compares with the books (see [`crate::ledger`]). QT-OK at a location finishes
//! its count for good, QT-OK after the last one finishes the task. Several stations may count one location: their counts add up.

use crate::event::Effect;
use crate::ids::LocationId;
use crate::work::goods::{Decided, Goods};
use crate::work::{Station, TaskProgress, Verdict};

/// A location was scanned: begins or resumes its count.
pub(super) fn scan_location(station: &mut Station, progress: &mut TaskProgress, location: LocationId) -> Decided {
    let asked = progress.task.lines.iter().any(|line| line.location == Some(location));
    if !asked || progress.counted.contains(&location) {
        return Err(wrong_place(station, progress, location));
    }
    let resumed = progress.seen(location).is_some();
    let effects = if resumed { Vec::new() } else { vec![Effect::CountStarted { location }] };
    progress.apply(&effects);
    station.location = Some(location);
    Ok((Verdict::AtLocation { location }, effects))
}

/// Goods were scanned: one more seen here.
pub(super) fn scan_goods(station: &mut Station, progress: &mut TaskProgress, goods: Goods) -> Decided {
    let Some(location) = station.location else { return Err(Verdict::NeedLocation) };
    if progress.seen(location).is_none() {
        // Another station finished this count, or the location was taken out of the task meanwhile.
        station.location = None;
        return Err(wrong_place(station, progress, location));
    }
    let Goods { stock, quantity, .. } = goods;
    let effects = vec![Effect::Counted { location, stock: stock.clone(), quantity, reverses: None }];
    progress.apply(&effects);
    let total = progress.seen(location).into_iter().flatten().find(|(key, _)| *key == stock).map_or(quantity, |(_, total)| *total);
    Ok((Verdict::Counted { stock, quantity, location, total }, effects))
}

/// QT-OK: finishes the location, or the task when no location is left.
pub(super) fn confirm(station: &mut Station, progress: &mut TaskProgress) -> Decided {
    if let Some(location) = station.location.take() {
        if progress.seen(location).is_none() {
            return Err(wrong_place(station, progress, location));
        }
        let effects = vec![Effect::CountFinished { location }];
        progress.apply(&effects);
        return Ok((Verdict::LocationCounted { location }, effects));
    }
    if progress.next_place(0).is_some() {
        return Err(Verdict::NeedLocation);
    }
    let effects = vec![Effect::TaskFinished { complete: true }];
    progress.apply(&effects);
    Ok((Verdict::TaskComplete { task: progress.task.id }, effects))
}

/// QT-NEXT: leaves this location open and leads to the next.
pub(super) fn next(station: &mut Station, progress: &TaskProgress) -> Decided {
    let here = match station.location {
        Some(location) => progress.task.lines.iter().position(|line| line.location == Some(location)),
        None => progress.next_place(station.skipped as usize).map(|(index, _)| index),
    };
    let Some((index, _)) = here.and_then(|index| progress.next_place(index + 1)) else { return Err(Verdict::NotNow) };
    station.skipped = u32::try_from(index).unwrap_or(0);
    station.location = None;
    Ok((Verdict::Skipped, Vec::new()))
}

fn wrong_place(station: &Station, progress: &TaskProgress, location: LocationId) -> Verdict {
    match progress.next_place(station.skipped as usize) {
        Some((_, expected)) => Verdict::WrongLocation { location, expected },
        None => Verdict::NotNow,
    }
}
