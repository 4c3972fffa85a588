//! The goods and places of the chain, as the edge's replica and the hub's tables both know them.
//!
//! The furniture trade's rule: an item arrives as cartons 1 … n, and is complete (齐套) only with all of them. Stock is
//! therefore kept by **carton**: an item in one carton is "carton 1 of 1", there is no special case. A *kit* is an item that is
//! made of other items (a sofa set = one three-seater + two armchairs) and is never in stock itself: it explodes to its parts.

use serde::{Deserialize, Serialize};

use crate::barcode::Pin;
use crate::ids::{ItemId, LocationId, OperatorId, SiteId};
use crate::quantity::Quantity;

/// An item (SKU).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number given by the hub.
    pub id: ItemId,
    /// The chain's own code, unique, as printed on labels: `YG-OAK-2400`.
    pub code: String,
    /// Chinese name: 橡木衣柜 2.4 m.
    pub name: String,
    /// English name; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// Unit of stock: 件, 套, 米.
    pub unit: String,
    /// How many cartons make one item; at least 1.
    pub cartons: u16,
    /// Whether stock is kept apart by dye lot (色号).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_lot: bool,
    /// What a kit is made of; empty for goods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<KitPart>,
    /// Every barcode that means this item or a pack of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<ItemBarcode>,
}

/// One part of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitPart {
    /// The part.
    pub item: ItemId,
    /// How many of it one kit needs.
    pub quantity: Quantity,
}

/// A barcode of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemBarcode {
    /// The text, normalised by [`crate::barcode::normalise`] (a GTIN always as 14 digits).
    pub text: String,
    /// How many units one scan stands for: 1 for the piece, 12 for a box of 12.
    pub quantity: Quantity,
    /// The carton it is on, when the barcode tells cartons apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton: Option<u16>,
}

/// What stock is counted in: one carton of an item, of one dye lot where the item is kept by lot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StockKey {
    /// The item.
    pub item: ItemId,
    /// Carton number, 1 … n.
    pub carton: u16,
    /// Dye lot; empty when the item is not kept by lot.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lot: String,
}

/// What a location is for. Virtual kinds are the other side of movements that come from or leave the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// A shelf, a floor space: real stock.
    Bin,
    /// Where arrivals stand before put-away: real stock.
    Receiving,
    /// Where picked goods stand before shipping: real stock.
    Staging,
    /// Virtual: where arrivals come from.
    Supplier,
    /// Virtual: where shipments go to.
    Customer,
    /// Virtual: the other side of stocktake differences.
    Variance,
    /// Virtual: between two sites.
    Transit,
    /// Virtual: written off.
    Scrap,
}

impl LocationKind {
    /// Whether stock here is really in the building; only such stock may be negative by mistake alone.
    #[must_use]
    pub const fn is_real(self) -> bool {
        matches!(self, Self::Bin | Self::Receiving | Self::Staging)
    }
}

/// A place that stock can be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Number given by the hub.
    pub id: LocationId,
    /// The site it belongs to.
    pub site: SiteId,
    /// Code as printed on the shelf, unique within the site: `B-04-2`.
    pub code: String,
    /// What it is for.
    pub kind: LocationKind,
    /// A name for people; empty when the code says all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A person who works with a scanner, and the badge that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Number given by the hub.
    pub id: OperatorId,
    /// Name as shown on the panel.
    pub name: String,
    /// The text after `QT-OP-` on the badge.
    pub badge: String,
}

/// Name of the data set of label templates.
pub const LABELS: &str = "labels";

/// What a label of the chain looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelTemplate {
    /// Number within the data set.
    pub id: i64,
    /// The name by which labels are asked for.
    pub name: String,
    /// The template as the drawing crate reads it: TOML or JSON.
    pub template: String,
}

/// Name of the data set of what devices should be set to.
pub const DEVICE_PROFILES: &str = "device_profiles";

/// A row of [`DEVICE_PROFILES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRule {
    /// Number within the data set; of two assignments that fit, the one with the lower number holds.
    pub id: i64,
    /// What it says.
    #[serde(flatten)]
    pub says: DeviceSays,
}

/// What the chain says of its devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceSays {
    /// There is this profile.
    Profile {
        /// The profile as JSON, as the crate of device settings reads it.
        document: String,
    },
    /// Devices get this profile.
    Assignment {
        /// `scanner` or `printer`.
        role: String,
        /// Of this family; of every family when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        family: Option<String>,
        /// The id of the profile.
        profile: String,
    },
}

/// What a barcode stands for in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarcodeHit {
    /// The item.
    pub item: ItemId,
    /// Units that one scan stands for.
    pub quantity: Quantity,
    /// The carton, when this barcode tells cartons apart.
    pub carton: Option<u16>,
}

/// Facts of an item that work needs at every scan; small and copyable, so that a replica can keep 130,000 of them tightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemFacts<'a> {
    /// The item.
    pub id: ItemId,
    /// Code as printed.
    pub code: &'a str,
    /// Chinese name.
    pub name: &'a str,
    /// English name, or empty.
    pub name_en: &'a str,
    /// Unit of stock.
    pub unit: &'a str,
    /// Cartons that make one item.
    pub cartons: u16,
    /// Kept apart by dye lot.
    pub by_lot: bool,
    /// Is a kit: never in stock itself.
    pub is_kit: bool,
}

/// What is known at this site. The edge's replica implements it; so do tests and the hub's replay.
pub trait Directory {
    /// Looks a normalised barcode up (see [`crate::barcode::normalise`]).
    fn barcode(&self, text: &str) -> Option<BarcodeHit>;
    /// An item's facts.
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>>;
    /// An item by the chain's own code.
    fn item_by_code(&self, code: &str) -> Option<ItemId>;
    /// A location of this site by the code on the shelf.
    fn location_by_code(&self, code: &str) -> Option<LocationId>;
    /// A location of this site.
    fn location(&self, id: LocationId) -> Option<&Location>;
    /// The site's location of a kind that exists once (supplier, variance, staging, …); the first by id when there are several.
    fn location_of_kind(&self, kind: LocationKind) -> Option<LocationId>;
    /// An operator by badge text.
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId>;
    /// An operator.
    fn operator(&self, id: OperatorId) -> Option<&Operator>;
    /// Whether this operator's badge is not enough to log in. It is where nobody says otherwise.
    fn needs_pin(&self, _: OperatorId) -> bool {
        false
    }
    /// For how many more minutes no PIN of this operator is taken, not even the right one; `None` when one is.
    fn pin_locked(&self, _: OperatorId) -> Option<u32> {
        None
    }
    /// Whether this is the operator's PIN; asked only of those who need one.
    fn is_pin(&self, _: OperatorId, _: &Pin) -> bool {
        false
    }
}
