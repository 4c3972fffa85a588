//! What is known of this site, packed tightly: 130,000 items take some tens of megabytes. Never changed once built; a newer one takes its place.
//!
//! All texts lie in one arena; rows are small and sorted, and are found by binary search.

use std::collections::{BTreeMap, HashMap};

use qitao_domain::catalog::{BarcodeHit, Directory, Item, ItemFacts, KitPart, LabelTemplate, Location, LocationKind, Operator};
use qitao_domain::ids::{ItemId, LocationId, OperatorId};
use qitao_domain::quantity::Quantity;
use qitao_labels::{Template, TemplateError};

use crate::settings::ChainRules;

/// Place of a text in the arena.
#[derive(Debug, Clone, Copy, Default)]
struct Text {
    at: u32,
    length: u16,
}

#[derive(Debug, Clone, Copy)]
struct ItemRow {
    id: ItemId,
    code: Text,
    name: Text,
    name_en: Text,
    unit: Text,
    parts: u32,
    part_count: u16,
    cartons: u16,
    by_lot: bool,
}

#[derive(Debug, Clone, Copy)]
struct BarcodeRow {
    text: Text,
    item: u32,
    /// 0 when the barcode does not tell cartons apart.
    carton: u16,
    quantity: Quantity,
}

/// The items of a site.
#[derive(Debug, Default)]
pub struct Items {
    arena: Box<str>,
    /// Sorted by id.
    rows: Box<[ItemRow]>,
    /// Sorted by text.
    barcodes: Box<[BarcodeRow]>,
    /// Indices of rows, sorted by code.
    by_code: Box<[u32]>,
    parts: Box<[KitPart]>,
}

/// Collects items one by one, so that the long form of all of them is never in memory together.
#[derive(Debug, Default)]
pub struct ItemsBuilder {
    arena: String,
    rows: Vec<ItemRow>,
    barcodes: Vec<(BarcodeRow, ItemId)>,
    parts: Vec<KitPart>,
    units: HashMap<String, Text>,
}

impl ItemsBuilder {
    fn text(&mut self, text: &str) -> Text {
        // Beyond 4 GiB of texts, or 64 KiB in one, a text is cut off: no catalogue of goods comes near.
        let mut length = text.len().min(usize::from(u16::MAX));
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        let Ok(at) = u32::try_from(self.arena.len()) else { return Text::default() };
        self.arena.push_str(&text[..length]);
        Text { at, length: u16::try_from(length).unwrap_or(0) }
    }

    /// Takes one more item; ids come once each, in any order.
    pub fn push(&mut self, item: &Item) {
        let unit = match self.units.get(&item.unit) {
            Some(unit) => *unit,
            None => {
                let unit = self.text(&item.unit);
                self.units.insert(item.unit.clone(), unit);
                unit
            }
        };
        let row = ItemRow {
            id: item.id,
            code: self.text(&item.code),
            name: self.text(&item.name),
            name_en: self.text(&item.name_en),
            unit,
            parts: u32::try_from(self.parts.len()).unwrap_or(u32::MAX),
            part_count: u16::try_from(item.parts.len()).unwrap_or(u16::MAX),
            cartons: item.cartons.max(1),
            by_lot: item.by_lot,
        };
        self.parts.extend_from_slice(&item.parts);
        self.rows.push(row);
        for barcode in &item.barcodes {
            let text = self.text(&barcode.text);
            let row = BarcodeRow { text, item: 0, carton: barcode.carton.unwrap_or(0), quantity: barcode.quantity };
            self.barcodes.push((row, item.id));
        }
    }

    /// The finished items.
    #[must_use]
    pub fn build(self) -> Items {
        let Self { arena, mut rows, barcodes, parts, .. } = self;
        rows.sort_unstable_by_key(|row| row.id);
        let arena = arena.into_boxed_str();
        let place = |id: ItemId| rows.binary_search_by_key(&id, |row| row.id).ok().and_then(|at| u32::try_from(at).ok());
        let mut barcodes: Vec<BarcodeRow> =
            barcodes.into_iter().filter_map(|(row, id)| place(id).map(|item| BarcodeRow { item, ..row })).collect();
        // Two items with one barcode is a fault in the catalogue that the hub refuses; should it happen, the lower id wins every time.
        barcodes.sort_by(|a, b| slice(&arena, a.text).cmp(slice(&arena, b.text)).then(a.item.cmp(&b.item)));
        barcodes.dedup_by(|b, a| slice(&arena, a.text) == slice(&arena, b.text));
        let mut by_code: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        by_code.sort_by(|a, b| slice(&arena, rows[*a as usize].code).cmp(slice(&arena, rows[*b as usize].code)));
        Items {
            arena,
            rows: rows.into_boxed_slice(),
            barcodes: barcodes.into_boxed_slice(),
            by_code: by_code.into_boxed_slice(),
            parts: parts.into_boxed_slice(),
        }
    }
}

fn slice(arena: &str, text: Text) -> &str {
    arena.get(text.at as usize..text.at as usize + usize::from(text.length)).unwrap_or("")
}

impl Items {
    fn row(&self, id: ItemId) -> Option<&ItemRow> {
        self.rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| &self.rows[at])
    }

    fn facts(&self, row: &ItemRow) -> ItemFacts<'_> {
        ItemFacts {
            id: row.id,
            code: slice(&self.arena, row.code),
            name: slice(&self.arena, row.name),
            name_en: slice(&self.arena, row.name_en),
            unit: slice(&self.arena, row.unit),
            cartons: row.cartons,
            by_lot: row.by_lot,
            is_kit: row.part_count > 0,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes that it holds, for the bench and the doctor.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arena.len() + size_of_val(&*self.rows) + size_of_val(&*self.barcodes) + size_of_val(&*self.by_code) + size_of_val(&*self.parts)
    }
}

/// The locations of a site.
#[derive(Debug, Default)]
pub struct Locations {
    rows: Box<[Location]>,
    by_code: HashMap<Box<str>, LocationId>,
    /// The first by id of each kind: asked for with almost every scan.
    by_kind: Vec<(LocationKind, LocationId)>,
}

impl Locations {
    /// From rows in any order.
    #[must_use]
    pub fn new(mut rows: Vec<Location>) -> Self {
        rows.sort_by_key(|row| row.id);
        let by_code = rows.iter().rev().map(|row| (row.code.as_str().into(), row.id)).collect();
        let mut by_kind: Vec<(LocationKind, LocationId)> = Vec::new();
        for row in &rows {
            if by_kind.iter().all(|(kind, _)| *kind != row.kind) {
                by_kind.push((row.kind, row.id));
            }
        }
        Self { rows: rows.into_boxed_slice(), by_code, by_kind }
    }

    /// All of them, by id.
    #[must_use]
    pub fn all(&self) -> &[Location] {
        &self.rows
    }
}

/// The operators of a site.
#[derive(Debug, Default)]
pub struct Operators {
    rows: Box<[Operator]>,
    by_badge: HashMap<Box<str>, OperatorId>,
}

impl Operators {
    /// From rows in any order.
    #[must_use]
    pub fn new(mut rows: Vec<Operator>) -> Self {
        rows.sort_by_key(|row| row.id);
        let by_badge = rows.iter().rev().map(|row| (row.badge.as_str().into(), row.id)).collect();
        Self { rows: rows.into_boxed_slice(), by_badge }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Label templates that the chain published.
#[derive(Debug, Default)]
pub struct Labels(BTreeMap<String, Template>);

impl Labels {
    /// From rows in any order. A template that this version of the agent cannot print is left out: the standard one of its name holds then.
    #[must_use]
    pub fn new(rows: Vec<LabelTemplate>) -> Self {
        let read = |row: LabelTemplate| match Template::read(&row.template) {
            Ok(template) => Some((row.name, template)),
            Err(error) => {
                tracing::error!(template = row.name, %error, "a label template of the hub cannot be printed here; the standard one is used");
                None
            }
        };
        Self(rows.into_iter().filter_map(read).collect())
    }

    /// The template of a name: the chain's, or the standard one.
    ///
    /// # Errors
    /// [`TemplateError`] when there is neither.
    pub fn template(&self, name: &str) -> Result<Template, TemplateError> {
        self.0.get(name).map_or_else(|| Template::named(name), |template| Ok(template.clone()))
    }
}

/// Everything known of this site, as one value that does not change.
#[derive(Debug, Default, Clone)]
pub struct Catalogue {
    /// Items.
    pub items: std::sync::Arc<Items>,
    /// Locations.
    pub locations: std::sync::Arc<Locations>,
    /// Operators.
    pub operators: std::sync::Arc<Operators>,
    /// Label templates.
    pub labels: std::sync::Arc<Labels>,
    /// What the chain says of its devices.
    pub devices: std::sync::Arc<ChainRules>,
}

impl Catalogue {
    /// What a kit is made of; empty for goods and for unknown items.
    #[must_use]
    pub fn parts(&self, kit: ItemId) -> &[KitPart] {
        let range = self.items.row(kit).map(|row| row.parts as usize..row.parts as usize + usize::from(row.part_count));
        range.and_then(|range| self.items.parts.get(range)).unwrap_or(&[])
    }
}

impl Directory for Catalogue {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        let items = &*self.items;
        let at = items.barcodes.binary_search_by(|row| slice(&items.arena, row.text).cmp(text)).ok()?;
        let row = &items.barcodes[at];
        let item = items.rows[row.item as usize].id;
        Some(BarcodeHit { item, quantity: row.quantity, carton: (row.carton > 0).then_some(row.carton) })
    }

    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        self.items.row(id).map(|row| self.items.facts(row))
    }

    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        let items = &*self.items;
        let found = items.by_code.binary_search_by(|at| slice(&items.arena, items.rows[*at as usize].code).cmp(code)).ok()?;
        Some(items.rows[items.by_code[found] as usize].id)
    }

    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        self.locations.by_code.get(code).copied()
    }

    fn location(&self, id: LocationId) -> Option<&Location> {
        self.locations.rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| &self.locations.rows[at])
    }

    fn location_of_kind(&self, kind: LocationKind) -> Option<LocationId> {
        self.locations.by_kind.iter().find(|(of, _)| *of == kind).map(|(_, id)| *id)
    }

    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        self.operators.by_badge.get(badge).copied()
    }

    fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| &self.operators.rows[at])
    }
}

#[cfg(test)]
mod tests {
    use qitao_domain::catalog::ItemBarcode;

    use super::*;

    fn item(id: i64) -> Item {
        Item {
            id: ItemId(id),
            code: format!("YG-{id:06}"),
            name: format!("橡木衣柜 {id} 号，2.4 m"),
            name_en: format!("Oak wardrobe no. {id}"),
            unit: "件".into(),
            cartons: u16::try_from(id % 7 + 1).unwrap(),
            by_lot: id % 5 == 0,
            parts: if id % 100 == 0 { vec![KitPart { item: ItemId(1), quantity: Quantity::from_raw(2000) }] } else { vec![] },
            barcodes: vec![
                ItemBarcode { text: format!("0{:013}", 690_000_000_000_i64 + id), quantity: Quantity::from_raw(1000), carton: None },
                ItemBarcode { text: format!("BOX-{id}"), quantity: Quantity::from_raw(12_000), carton: Some(1) },
            ],
        }
    }

    #[test]
    fn a_site_of_130000_items_is_found_by_id_code_and_barcode_in_less_than_60_megabytes() {
        let mut builder = ItemsBuilder::default();
        for id in (1..=130_000).rev() {
            builder.push(&item(id));
        }
        let catalogue = Catalogue { items: builder.build().into(), ..Catalogue::default() };
        assert!(catalogue.items.bytes() < 60 << 20, "{} bytes", catalogue.items.bytes());
        for id in [1, 5, 100, 64_999, 130_000] {
            let long = item(id);
            let facts = catalogue.item(ItemId(id)).unwrap();
            assert_eq!((facts.code, facts.name, facts.name_en, facts.unit), (&*long.code, &*long.name, &*long.name_en, "件"));
            assert_eq!((facts.cartons, facts.by_lot, facts.is_kit), (long.cartons, long.by_lot, !long.parts.is_empty()));
            assert_eq!(catalogue.parts(ItemId(id)), long.parts);
            assert_eq!(catalogue.item_by_code(&long.code), Some(ItemId(id)));
            for barcode in long.barcodes {
                let hit = catalogue.barcode(&barcode.text).unwrap();
                assert_eq!((hit.item, hit.quantity, hit.carton), (ItemId(id), barcode.quantity, barcode.carton));
            }
        }
        assert!(catalogue.item(ItemId(0)).is_none() && catalogue.barcode("BOX-").is_none() && catalogue.item_by_code("YG").is_none());
    }
}
