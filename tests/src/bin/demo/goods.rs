//! What the day is about, chosen from the seeded chain: a wardrobe, something small, something to be mistaken for them, and two empty shelves.

use qitao_tests::api::Api;
use serde_json::Value;

use crate::telling::{Failure, text};

/// What the day works with.
pub struct Goods {
    /// The warehouse.
    pub site: i64,
    /// Badge of an operator.
    pub badge: String,
    /// A wardrobe of several cartons.
    pub wardrobe: Item,
    /// Another item of several cartons, to be mistaken for it.
    pub other: Item,
    /// Something small in one carton.
    pub small: Item,
    /// Two empty shelves.
    pub bins: [String; 2],
    /// Their numbers.
    pub bin_ids: [i64; 2],
}

/// Something that is sold.
pub struct Item {
    /// Number.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// How many cartons make one.
    pub cartons: i64,
    /// GTIN of 14 digits.
    pub gtin: String,
}

impl Item {
    /// The label on carton n, as a scanner with AIM identifiers sends it: GS1 DataMatrix with (8006) GTIN, piece, total.
    pub fn carton(&self, n: i64) -> String {
        format!("]d28006{}{n:02}{:02}", self.gtin, self.cartons)
    }

    /// How wide a wardrobe is, in millimetres: its code says so.
    pub fn width(&self) -> Result<i64, Failure> {
        let form = self.code.split('-').find_map(|part| part.parse::<i64>().ok().filter(|width| (1_000..=6_000).contains(width)));
        form.ok_or_else(|| format!("{} does not say how wide it is", self.code).into())
    }

    /// The EAN-13 on the goods.
    pub fn ean(&self) -> String {
        format!("]E0{}", self.gtin.trim_start_matches('0'))
    }
}

impl Goods {
    /// Chooses them.
    pub async fn choose(api: &Api, site: i64) -> Result<Self, Failure> {
        let items = api.all("/items").await?;
        let mut many = Vec::new();
        let mut small = None;
        for row in &items {
            let (cartons, by_lot, is_kit) = (row["cartons"].as_i64().unwrap_or(0), row["by_lot"] == true, row["is_kit"] == true);
            if by_lot || is_kit || !((5..=9).contains(&cartons) && many.len() < 2 || cartons == 1 && small.is_none()) {
                continue;
            }
            let details = api.get(&format!("/items/{}", row["id"])).await?;
            let barcodes = details["barcodes"].as_array().cloned().unwrap_or_default();
            let piece = |barcode: &&Value| {
                barcode["quantity"] == "1" && barcode["text"].as_str().is_some_and(|text| text.len() == 14 && text.starts_with('0'))
            };
            let Some(gtin) = barcodes.iter().find(piece).map(|barcode| text(&barcode["text"])) else { continue };
            let item = Item { id: row["id"].as_i64().unwrap_or(0), code: text(&row["code"]), name: text(&row["name"]), cartons, gtin };
            if item.cartons == 1 { small = Some(item) } else { many.push(item) }
        }
        let mut empty = Vec::new();
        for row in api.get(&format!("/locations?site={site}&kind=bin&limit=200")).await?["items"].as_array().unwrap_or(&Vec::new()) {
            if row["on_hand"].as_str().unwrap_or("0") == "0" {
                empty.push((text(&row["code"]), row["id"].as_i64().unwrap_or(0)));
            }
        }
        let operators = api.all("/operators").await?;
        let badge = operators.first().map(|row| text(&row["badge"])).unwrap_or_default();
        match (many.pop(), many.pop(), small, empty.as_slice()) {
            (Some(other), Some(wardrobe), Some(small), [first, second, ..]) => {
                Ok(Self { site, badge, wardrobe, other, small, bins: [first.0.clone(), second.0.clone()], bin_ids: [first.1, second.1] })
            }
            _ => Err("the seeded chain lacks goods or empty shelves for the day".into()),
        }
    }

    /// The item of a task's line.
    pub fn of(&self, line: &Value) -> Result<&Item, Failure> {
        let found = [&self.wardrobe, &self.other, &self.small].into_iter().find(|item| line["item"] == item.id);
        found.ok_or_else(|| format!("the task asks for goods that are not of this day: {line}").into())
    }
}
