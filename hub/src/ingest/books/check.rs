//! Whether a fact can be booked: judged as a whole, before anything of it is. Only what would break the ledger is refused.

use qitao_domain::catalog::StockKey;
use qitao_domain::event::{Effect, Fact};
use qitao_domain::quantity::Quantity;

use super::{Books, Incoming};

/// Largest amount of one effect, in thousandths: a thousand million units.
const MOST: i64 = 1_000_000_000_000;

/// Why a fact cannot be booked.
pub(super) struct Refused {
    pub rule: &'static str,
    pub detail: String,
}

fn refuse<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { rule, detail: detail.into() })
}

impl Books {
    /// Judges a fact as a whole, before anything of it is booked.
    pub(super) fn check(&self, one: &Incoming, fact: &Fact) -> Result<(), Refused> {
        if fact.site.0 != one.site {
            return refuse("foreign_site", format!("the edge belongs to site {}, the fact to site {}", one.site, fact.site));
        }
        let place = |location: i64| match self.known.locations.get(&location) {
            None => refuse("unknown_location", format!("there is no location {location}")),
            Some(place) if place.site_id != one.site => {
                refuse("foreign_location", format!("location {} belongs to another site", place.code))
            }
            Some(place) => Ok(place),
        };
        let stock = |stock: &StockKey| match self.known.items.get(&stock.item.0) {
            None => refuse("unknown_item", format!("there is no item {}", stock.item)),
            Some(item) if item.is_kit => refuse("kit", format!("item {} is a kit and never in stock itself", stock.item)),
            Some(item) if !(1..=item.cartons).contains(&i32::from(stock.carton)) => {
                refuse("unknown_carton", format!("item {} has cartons 1 to {}, not {}", stock.item, item.cartons, stock.carton))
            }
            Some(_) if stock.lot.chars().count() > 64 || stock.lot.contains(char::is_control) => {
                refuse("lot", "a lot has at most 64 printable characters")
            }
            Some(_) => Ok(()),
        };
        let amount = |quantity: Quantity| {
            let fits = quantity.raw() != 0 && (-MOST..=MOST).contains(&quantity.raw());
            if fits { Ok(()) } else { refuse("quantity", format!("{quantity} is not an amount that can be booked")) }
        };
        for effect in &fact.effects {
            match effect {
                Effect::Moved { stock: key, quantity, from, to, reverses, .. } => {
                    stock(key)?;
                    amount(*quantity)?;
                    place(from.0)?;
                    place(to.0)?;
                    if quantity.raw() < 0 || from == to {
                        return refuse("movement", "a movement is of more than nothing, and to another place");
                    }
                    if let Some(scan) = reverses.map(|scan| scan.to_string()).filter(|scan| !self.known.reversible.contains(scan)) {
                        return refuse("reverses_nothing", format!("scan {scan} is not booked, so it cannot be taken back"));
                    }
                    // An edge whose disk went back in time offers the same undo once more, as a new fact.
                    if let Some(scan) = reverses.map(|scan| scan.to_string()).filter(|scan| self.known.reversed.contains(scan)) {
                        return refuse("reversed_already", format!("scan {scan} was taken back before"));
                    }
                }
                Effect::Counted { location, stock: key, quantity, .. } => {
                    stock(key)?;
                    amount(*quantity)?;
                    self.countable(one, fact, place(location.0)?.is_real())?;
                }
                Effect::CountStarted { location } | Effect::CountFinished { location } => {
                    self.countable(one, fact, place(location.0)?.is_real())?
                }
                Effect::Short { quantity, .. } => amount(*quantity)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn countable(&self, one: &Incoming, fact: &Fact, real: bool) -> Result<(), Refused> {
        if !real {
            return refuse("virtual_location", "only what is really there can be counted");
        }
        match fact.task {
            Some(_) if self.task_of(one, fact).is_some() => Ok(()),
            Some(task) => refuse("unknown_task", format!("there is no task {task} at this site")),
            None => refuse("unknown_task", "a count belongs to a task"),
        }
    }
}
