//! A believable home-furnishing chain out of a seed: goods, places, people, opening stock. Plain data for `hub demo`, tests and benchmarks.
//!
//! [`chain`] makes the same chain for the same seed and size, from a handful of items to 130,000. `families` holds the words (what is
//! sold, in which forms and finishes), `catalogue` makes items of them, `places` the buildings and people, `stock` what lies where, [`prices`]
//! what goods cost, and [`trade`] who works there, who came in, and what was sold and delivered in the last two months.

mod catalogue;
mod dice;
mod families;
mod places;
pub mod prices;
mod stock;
pub mod trade;

use qitao_domain::catalog::{Item, Location, Operator, StockKey};
use qitao_domain::ids::{LocationId, SiteId};
use qitao_domain::quantity::Quantity;

/// A whole chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Warehouse first, then the store.
    pub sites: Vec<DemoSite>,
    /// Goods first, then kits; a kit's parts always come before it. Ids are 1, 2, 3, ….
    pub items: Vec<Item>,
    /// Bins, receiving, staging and virtual locations of all sites; [`Location::site`] tells them apart. Ids are 1, 2, 3, ….
    pub locations: Vec<Location>,
    /// People with badges, at home at every site.
    pub operators: Vec<Operator>,
    /// What lies where on the first morning; book it from the site's supplier location.
    pub opening: Vec<Opening>,
}

/// A warehouse or a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSite {
    /// Number.
    pub id: SiteId,
    /// Short code: `SH01`.
    pub code: String,
    /// Name: 上海一仓.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
}

/// Stock of the first morning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Where.
    pub location: LocationId,
    /// What.
    pub stock: StockKey,
    /// How much; above 0.
    pub quantity: Quantity,
}

/// Makes a chain of `items` items, kits included.
#[must_use]
pub fn chain(seed: u64, items: usize) -> Chain {
    let items = catalogue::items(&mut dice::Dice::new(seed), items);
    let sites = places::sites();
    let locations = places::locations(&sites);
    let opening = stock::opening(&mut dice::Dice::new(seed ^ 0x5ee0), &items, &locations);
    Chain { sites, items, locations, operators: places::operators(), opening }
}

#[cfg(test)]
mod tests;
