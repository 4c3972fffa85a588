//! Items out of families: codes, names, cartons, barcodes, and kits of parts that exist.

use std::collections::BTreeMap;

use qitao_domain::barcode::check::mod10;
use qitao_domain::catalog::{Item, ItemBarcode, KitPart};
use qitao_domain::ids::ItemId;
use qitao_domain::quantity::Quantity;

use super::dice::Dice;
use super::families::{FAMILIES, Family, KIT_SHARE, KITS, Kit, SERIES, Word};

/// Company prefix of the pretended chain: seven digits, the last of which counts up every 100,000 items.
const COMPANY: usize = 699_999;

/// Series and finish of a group of goods that go together; the generation counts when all have been used.
#[derive(Debug, Clone, Copy)]
struct Style<'a> {
    series: Word,
    finish: &'a Word,
    generation: usize,
}

impl Style<'_> {
    /// The style of group `n` of a family with these finishes.
    fn of(n: usize, finishes: &[Word], turn: usize) -> Style<'_> {
        let (finish, series) = (n % finishes.len(), n / finishes.len());
        Style { series: SERIES[(series + turn) % SERIES.len()], finish: &finishes[finish], generation: series / SERIES.len() + 1 }
    }

    fn code(&self, family: &str, form: &str) -> String {
        let generation = if self.generation > 1 { format!("-G{}", self.generation) } else { String::new() };
        format!("{family}-{}-{}-{form}{generation}", self.series.code, self.finish.code)
    }

    /// 云杉 橡木衣柜 2.4 m 五门; Yunshan oak wardrobe, 2.4 m, five doors.
    fn names(&self, goods: &Word, form: &Word) -> (String, String) {
        let (zh, en) = match self.generation {
            1 => (String::new(), String::new()),
            n => (format!(" {n} 代"), format!(" {n}")),
        };
        let Self { series, finish, .. } = self;
        let thing = if goods.en.is_empty() { form.en.to_owned() } else { format!("{}, {}", goods.en, form.en) };
        (format!("{}{zh} {}{} {}", series.zh, finish.zh, goods.zh, form.zh), format!("{}{en} {} {thing}", series.en, finish.en))
    }
}

/// So many items: goods of all families by their shares, then kits of them.
pub(super) fn items(dice: &mut Dice, count: usize) -> Vec<Item> {
    let turn = dice.below(SERIES.len());
    let kits = count * KIT_SHARE / 1000;
    let goods = count - kits;
    let mut list = Vec::with_capacity(count);
    let mut ids: BTreeMap<String, ItemId> = BTreeMap::new();
    for (number, family) in FAMILIES.iter().enumerate() {
        let wanted = if number + 1 == FAMILIES.len() { goods - list.len() } else { count * family.share / 1000 };
        for n in 0..wanted.min(goods - list.len()) {
            let item = make(list.len(), family, n, turn);
            ids.insert(item.code.clone(), item.id);
            list.push(item);
        }
    }
    // A small catalogue may not have the parts of any kit; more goods of the last family take their place then.
    let made = (0..kits * KITS.len()).filter_map(|n| kit(&KITS[n % KITS.len()], n / KITS.len(), turn, &ids)).take(kits);
    for mut kit in made.collect::<Vec<_>>() {
        kit.id = id(list.len());
        kit.barcodes = vec![barcode(list.len(), 0, 1)];
        list.push(kit);
    }
    if let Some(filler) = FAMILIES.last() {
        let mut n = list.iter().filter(|item| item.code.starts_with(filler.word.code)).count();
        while list.len() < count {
            list.push(make(list.len(), filler, n, turn));
            n += 1;
        }
    }
    list
}

fn id(index: usize) -> ItemId {
    ItemId(i64::try_from(index).map_or(i64::MAX, |index| index + 1))
}

fn make(index: usize, family: &Family, n: usize, turn: usize) -> Item {
    let form = &family.forms[n % family.forms.len()];
    let style = Style::of(n / family.forms.len(), family.finishes, turn);
    let (name, name_en) = style.names(&family.word, &form.word);
    let packs = (1..).zip(family.packs).map(|(level, pieces)| barcode(index, level, *pieces));
    Item {
        id: id(index),
        code: style.code(family.word.code, form.word.code),
        name,
        name_en,
        unit: family.unit.to_owned(),
        cartons: form.cartons,
        by_lot: family.by_lot,
        parts: Vec::new(),
        barcodes: std::iter::once(barcode(index, 0, 1)).chain(packs).collect(),
    }
}

/// The kit of style `n`, when all its parts are sold.
fn kit(kit: &Kit, n: usize, turn: usize, ids: &BTreeMap<String, ItemId>) -> Option<Item> {
    let finishes = FAMILIES[kit.parts.first()?.0].finishes;
    let style = Style::of(n, finishes, turn);
    let part = |(family, form, quantity): &(usize, usize, i64)| {
        let family = &FAMILIES[*family];
        let item = *ids.get(&style.code(family.word.code, family.forms[*form].word.code))?;
        Some(KitPart { item, quantity: Quantity::units(*quantity) })
    };
    let parts = kit.parts.iter().map(part).collect::<Option<Vec<_>>>()?;
    let (name, name_en) = style.names(&kit.word, &kit.name);
    let code = style.code(kit.word.code, kit.name.code);
    Some(Item { id: ItemId(0), code, name, name_en, unit: "套".to_owned(), cartons: 1, by_lot: false, parts, barcodes: Vec::new() })
}

/// The GTIN of an item, or of a pack of it (`level` 1 inner, 2 outer), always as 14 digits.
fn barcode(index: usize, level: usize, pieces: i64) -> ItemBarcode {
    let body = format!("{level}{COMPANY}{}{:05}", index / 100_000, index % 100_000);
    let check = mod10(body.as_bytes()).unwrap_or(b'0');
    ItemBarcode { text: format!("{body}{}", char::from(check)), quantity: Quantity::units(pieces), carton: None }
}
