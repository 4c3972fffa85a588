//! What the catalogue's pages show.

use qitao_domain::quantity::Quantity;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An item in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemRow {
    /// Number.
    pub id: i64,
    /// The chain's own code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name, or empty.
    pub name_en: String,
    /// Unit of stock.
    pub unit: String,
    /// Cartons that make one item.
    pub cartons: i32,
    /// Kept apart by dye lot.
    pub by_lot: bool,
    /// Made of other items, never in stock itself.
    pub is_kit: bool,
    /// Complete sets at real locations that the reader may see; left away where the reader's role hides `item.on_hand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub on_hand: Option<Quantity>,
    /// How many barcodes mean it.
    pub barcodes_count: i64,
    /// Custom fields, those of `/entities/item/columns`.
    #[schema(value_type = Object)]
    pub custom: Map<String, Value>,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// An item with everything that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemDetail {
    /// As in the list.
    #[serde(flatten)]
    pub item: ItemRow,
    /// Its barcodes.
    pub barcodes: Vec<BarcodeRow>,
    /// What a kit is made of.
    pub parts: Vec<PartRow>,
    /// How much of each carton there is; left away where `on_hand` is, as is what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_carton: Option<Vec<CartonRow>>,
    /// At how many locations it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<i64>,
    /// Where it lies, carton by carton: the first 200 rows by site and location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<Vec<ItemStockRow>>,
    /// Complete sets on hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub sets: Option<Quantity>,
}

/// A barcode of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BarcodeRow {
    /// The text.
    pub text: String,
    /// Units that one scan stands for.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// The carton it is on, when it tells cartons apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carton: Option<i32>,
}

/// A part of a kit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartRow {
    /// The part.
    pub item: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Its unit of stock.
    pub unit: String,
    /// How many one kit needs.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}

/// Stock of an item at a location.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemStockRow {
    /// Where.
    pub location: i64,
    /// Code of the location.
    pub location_code: String,
    /// Number of its site.
    pub site: i64,
    /// Which carton.
    pub carton: i32,
    /// Dye lot, or empty.
    pub lot: String,
    /// How much.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}

/// Stock of one carton, everywhere in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CartonRow {
    /// Carton number.
    pub carton: i32,
    /// How much of it.
    #[schema(value_type = String)]
    pub quantity: Quantity,
}
