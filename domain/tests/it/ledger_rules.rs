//! The ledger by example: movements, complete sets, kits, and what a stocktake finds.

use qitao_domain::catalog::KitPart;
use qitao_domain::event::Effect;
use qitao_domain::ids::{ItemId, LocationId};
use qitao_domain::ledger::{Balances, CountBook, KitError, LedgerError, Movement, complete_sets, explode, explode_items};
use qitao_domain::quantity::Quantity;

use crate::work_world::{STAGING, SUPPLIER, Site, VARIANCE, item, site, stock};

const BIN: LocationId = LocationId(1);

fn moved(site: &Site, text: &str, units: i64, from: LocationId, to: LocationId) -> Effect {
    let stock = stock(site, text);
    Effect::Moved { stock, quantity: Quantity::units(units), from, to, line: None, reverses: None, serial: None }
}

fn counted(site: &Site, text: &str, units: i64) -> Effect {
    Effect::Counted { location: BIN, stock: stock(site, text), quantity: Quantity::units(units), reverses: None }
}

#[test]
fn what_one_place_gives_another_gets() {
    let site = site();
    let mut books = Balances::default();
    books.apply_effects(&[moved(&site, "LAMP", 5, SUPPLIER, BIN), moved(&site, "LAMP", 2, BIN, STAGING)]).unwrap();
    let lamp = stock(&site, "LAMP");
    assert_eq!([SUPPLIER, BIN, STAGING].map(|place| books.on_hand(place, &lamp)), [-5, 3, 2].map(Quantity::units));
    assert!(books.out_of_balance().is_empty());
    assert_eq!(books.at(BIN).collect::<Vec<_>>(), [(&lamp, Quantity::units(3))]);
}

#[test]
fn a_fact_with_one_impossible_movement_books_nothing() {
    let site = site();
    let mut books = Balances::default();
    let before = books.clone();
    let right = moved(&site, "LAMP", 5, SUPPLIER, BIN);
    for (wrong, error) in [
        (moved(&site, "LAMP", 0, SUPPLIER, BIN), LedgerError::NotPositive(Quantity::ZERO)),
        (moved(&site, "LAMP", 1, BIN, BIN), LedgerError::SamePlace(BIN)),
        (moved(&site, "LAMP", i64::MAX / 1000, SUPPLIER, BIN), LedgerError::TooLarge(SUPPLIER)),
    ] {
        let effects = [right.clone(), moved(&site, "LAMP", i64::MAX / 1000, SUPPLIER, BIN), wrong];
        let effects = if error == LedgerError::TooLarge(SUPPLIER) { &effects[..] } else { &[effects[0].clone(), effects[2].clone()] };
        assert_eq!(books.apply_effects(effects), Err(error));
        assert_eq!(books, before);
    }
}

#[test]
fn a_set_is_as_many_as_its_scarcest_carton() {
    let q = Quantity::units;
    assert_eq!(complete_sets(3, [(1, q(4)), (2, q(2)), (3, q(3))]), q(2));
    assert_eq!(complete_sets(3, [(1, q(4)), (3, q(3))]), q(0));
    assert_eq!(complete_sets(2, [(1, q(4)), (2, q(-1))]), q(0));
    assert_eq!(complete_sets(2, [(1, q(1)), (1, q(1)), (2, Quantity::from_raw(2500))]), q(2));
    assert_eq!(complete_sets(1, [(1, Quantity::from_raw(2375))]), Quantity::from_raw(2375));
}

#[test]
fn a_kit_is_taken_apart_to_the_cartons_of_its_parts() {
    let site = site();
    let lookup = |id: ItemId| site.items.iter().find(|item| item.id == id);
    let cartons = explode(&lookup, ItemId(6), Quantity::units(2)).unwrap();
    let expected = [("SOFA/1", 2), ("SOFA/2", 2), ("CHAIR", 4)].map(|(text, n)| (stock(&site, text), Quantity::units(n)));
    assert_eq!(cartons, expected);
    let items: Vec<_> = explode_items(&lookup, ItemId(6), Quantity::ONE).unwrap().iter().map(|(item, n)| (item.code.clone(), *n)).collect();
    assert_eq!(items, [("SOFA".to_owned(), Quantity::ONE), ("CHAIR".to_owned(), Quantity::units(2))]);
}

#[test]
fn a_kit_that_cannot_be_taken_apart_says_why() {
    let kit = |id, parts: &[i64]| {
        let mut kit = item(id, &format!("K{id}"), 1);
        kit.parts = parts.iter().map(|part| KitPart { item: ItemId(*part), quantity: Quantity::ONE }).collect();
        kit
    };
    let mut items = vec![kit(1, &[2]), kit(2, &[1]), kit(3, &[99]), kit(4, &[4])];
    items.extend((10..30).map(|id| kit(id, &[id + 1])));
    items.extend((40..48).map(|id| kit(id, &[id + 1; 5])));
    items.push(item(48, "LEAF", 1));
    let lookup = |id: ItemId| items.iter().find(|item| item.id == id);
    let fails = |id, quantity| explode(&lookup, ItemId(id), quantity).unwrap_err();
    assert_eq!(fails(1, Quantity::ONE), KitError::Circle(ItemId(1)));
    assert_eq!(fails(4, Quantity::ONE), KitError::Circle(ItemId(4)));
    assert_eq!(fails(3, Quantity::ONE), KitError::UnknownItem(ItemId(99)));
    assert_eq!(fails(10, Quantity::ONE), KitError::TooDeep(ItemId(19)));
    assert!(matches!(fails(40, Quantity::ONE), KitError::TooLarge(_)), "5^8 parts are refused, not waited for");
    assert_eq!(fails(48, Quantity::ZERO), KitError::BadQuantity(ItemId(48)));
}

#[test]
fn a_count_compares_with_the_books_as_they_were_at_first_sight() {
    let site = site();
    let (mut books, mut book) = (Balances::default(), CountBook::default());
    let mut fact = |effects: &[Effect]| {
        books.apply_effects(effects).unwrap();
        book.note_movements(effects);
        book.apply(effects, &books)
    };
    fact(&[
        moved(&site, "LAMP", 10, SUPPLIER, BIN),
        moved(&site, "CHAIR/1/K7", 4, SUPPLIER, BIN),
        moved(&site, "WARDROBE/2", 2, SUPPLIER, BIN),
    ]);
    fact(&[Effect::CountStarted { location: BIN }]);
    fact(&[counted(&site, "LAMP", 9)]);
    fact(&[counted(&site, "WARDROBE/2", 2)]);
    // Picked while the counter was already past it: the books follow, the difference stays what it was.
    fact(&[moved(&site, "LAMP", 3, BIN, STAGING)]);
    fact(&[counted(&site, "LAMP", -1)]);
    fact(&[counted(&site, "SOFA/1/K7", 1)]);
    let found = fact(&[Effect::CountFinished { location: BIN }]);
    let found: Vec<_> = found.iter().map(|v| (v.stock.clone(), v.counted, v.expected, v.difference().raw() / 1000, v.moved)).collect();
    let q = Quantity::units;
    assert_eq!(
        found,
        [
            (stock(&site, "WARDROBE/2"), q(2), q(2), 0, false),
            (stock(&site, "LAMP"), q(8), q(10), -2, true),
            (stock(&site, "SOFA/1/K7"), q(1), q(0), 1, false),
            (stock(&site, "CHAIR/1/K7"), q(0), q(4), -4, false),
        ]
    );
    // A second edge was still at it: what it saw adds up, and the books of first sight stay.
    let found = fact(&[counted(&site, "LAMP", 2), Effect::CountFinished { location: BIN }]);
    let lamp = found.iter().find(|v| v.stock == stock(&site, "LAMP")).unwrap();
    assert_eq!((lamp.counted, lamp.expected), (q(10), q(10)));
    // Begun anew, the location is counted from nothing.
    fact(&[Effect::CountStarted { location: BIN }]);
    let found = fact(&[counted(&site, "LAMP", 6), Effect::CountFinished { location: BIN }]);
    let lamp = found.iter().find(|v| v.stock == stock(&site, "LAMP")).unwrap();
    assert_eq!((lamp.counted, lamp.expected), (q(6), q(7)), "the three that were picked are gone from the books too");
    book.counts.get_mut(&BIN).unwrap().decide();
    let found = book.apply(&[Effect::CountFinished { location: BIN }], &books);
    assert!(found.iter().all(|v| v.counted.is_zero()), "what was decided is history: {found:?}");
}

#[test]
fn posting_a_variance_brings_the_books_to_what_was_counted() {
    let site = site();
    let (mut books, mut book) = (Balances::default(), CountBook::default());
    books.apply_effects(&[moved(&site, "LAMP", 10, SUPPLIER, BIN)]).unwrap();
    let effects = [
        Effect::CountStarted { location: BIN },
        counted(&site, "LAMP", 7),
        counted(&site, "CHAIR/1/K7", 2),
        Effect::CountFinished { location: BIN },
    ];
    let found = book.apply(&effects, &books);
    let postings: Vec<Movement> = found.iter().filter_map(|variance| variance.movement(VARIANCE)).collect();
    postings.iter().for_each(|movement| books.apply(movement).unwrap());
    assert_eq!(books.on_hand(BIN, &stock(&site, "LAMP")), Quantity::units(7));
    assert_eq!(books.on_hand(BIN, &stock(&site, "CHAIR/1/K7")), Quantity::units(2));
    assert!(books.out_of_balance().is_empty());
}
