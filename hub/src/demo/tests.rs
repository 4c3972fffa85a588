use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::barcode::{check::is_mod10, normalise};
use qitao_domain::catalog::LocationKind;
use qitao_domain::ids::ItemId;
use qitao_domain::ledger::explode;
use qitao_domain::quantity::Quantity;

use super::*;

#[test]
fn the_same_seed_makes_the_same_chain_and_another_seed_another() {
    assert_eq!(chain(7, 500), chain(7, 500));
    assert_ne!(chain(7, 500), chain(8, 500));
}

#[test]
fn every_size_of_catalogue_is_exact_with_unique_codes_names_and_barcodes() {
    for count in [0, 1, 37, 2_400, 20_000] {
        let chain = chain(1, count);
        assert_eq!(chain.items.len(), count);
        assert!(chain.items.iter().zip(1..).all(|(item, id)| item.id == ItemId(id)));
        assert_eq!(chain.items.iter().map(|item| &item.code).collect::<BTreeSet<_>>().len(), count);
        assert_eq!(chain.items.iter().map(|item| &item.name).collect::<BTreeSet<_>>().len(), count);
        let barcodes: Vec<_> = chain.items.iter().flat_map(|item| &item.barcodes).collect();
        assert_eq!(barcodes.iter().map(|barcode| &barcode.text).collect::<BTreeSet<_>>().len(), barcodes.len());
        for barcode in barcodes {
            assert!(
                barcode.text.len() == 14 && is_mod10(barcode.text.as_bytes()) && normalise(&barcode.text) == barcode.text,
                "{barcode:?}"
            );
            assert!(barcode.quantity.is_positive());
        }
    }
}

#[test]
fn the_demo_site_sells_wardrobes_of_three_to_nine_cartons_sofa_sets_and_cloth_by_the_metre() {
    let chain = chain(1, 2_400);
    let cartons: BTreeSet<u16> = chain.items.iter().filter(|item| item.code.starts_with("YG-")).map(|item| item.cartons).collect();
    assert_eq!(cartons, (3..=9).collect());
    let kits: Vec<_> = chain.items.iter().filter(|item| !item.parts.is_empty()).collect();
    assert!(kits.len() > 60, "{}", kits.len());
    let by_id: BTreeMap<ItemId, &Item> = chain.items.iter().map(|item| (item.id, item)).collect();
    for kit in kits {
        let parts = explode(&|id| by_id.get(&id).copied(), kit.id, Quantity::ONE).unwrap();
        assert!(parts.len() >= 2 && kit.parts.iter().all(|part| part.item < kit.id), "{kit:?}");
    }
    assert!(chain.items.iter().any(|item| item.unit == "米" && item.by_lot));
    assert!(chain.items.iter().all(|item| !item.name.is_empty() && !item.name_en.is_empty() && item.name_en.is_ascii()));
}

#[test]
fn the_warehouse_has_four_hundred_bins_and_every_site_its_special_places() {
    let chain = chain(1, 10);
    let at = |site: i64| chain.locations.iter().filter(move |place| place.site == SiteId(site));
    assert_eq!(at(1).filter(|place| place.kind == LocationKind::Bin).count(), 400);
    assert!(at(1).any(|place| place.code == "B-04-2"));
    for site in &chain.sites {
        let kinds: BTreeSet<_> = at(site.id.0).map(|place| place.kind).collect();
        assert_eq!(kinds.len(), 8, "{}", site.name);
        assert_eq!(at(site.id.0).map(|place| &place.code).collect::<BTreeSet<_>>().len(), at(site.id.0).count());
    }
    assert_eq!(chain.operators.iter().map(|operator| &operator.badge).collect::<BTreeSet<_>>().len(), chain.operators.len());
}

#[test]
fn opening_stock_fits_the_catalogue_and_a_few_sets_are_incomplete() {
    let chain = chain(1, 2_400);
    let places: BTreeMap<LocationId, &Location> = chain.locations.iter().map(|place| (place.id, place)).collect();
    let mut cartons: BTreeMap<ItemId, BTreeMap<u16, Quantity>> = BTreeMap::new();
    for Opening { location, stock, quantity } in &chain.opening {
        let item = &chain.items[usize::try_from(stock.item.0).unwrap() - 1];
        assert!(quantity.is_positive() && places[location].kind == LocationKind::Bin && item.parts.is_empty());
        assert!((1..=item.cartons).contains(&stock.carton) && stock.lot.is_empty() != item.by_lot, "{stock:?}");
        *cartons.entry(stock.item).or_default().entry(stock.carton).or_default() += *quantity;
    }
    let broken = cartons.iter().filter(|(id, found)| {
        let item = &chain.items[usize::try_from(id.0).unwrap() - 1];
        item.cartons > 1 && (found.len() < usize::from(item.cartons) || found.values().collect::<BTreeSet<_>>().len() > 1)
    });
    assert!((5..200).contains(&broken.count()));
    let keys: BTreeSet<_> = chain.opening.iter().map(|opening| (opening.location, &opening.stock)).collect();
    assert_eq!(keys.len(), chain.opening.len(), "one row per place and stock");
    assert!(chain.opening.iter().map(|opening| opening.location).collect::<BTreeSet<_>>().len() > 300);
}

#[test]
fn a_sofa_set_in_stock_can_be_picked_from_one_dye_lot() {
    let chain = chain(1, 2_400);
    let lots =
        |item: ItemId| chain.opening.iter().filter(move |o| o.stock.item == item).map(|o| o.stock.lot.clone()).collect::<BTreeSet<_>>();
    let sets: Vec<_> = chain.items.iter().filter(|item| item.code.starts_with("SFT-")).collect();
    let in_stock = sets.iter().filter(|set| set.parts.iter().all(|part| !lots(part.item).is_empty()));
    let mut count = 0;
    for set in in_stock {
        let all: BTreeSet<String> = set.parts.iter().flat_map(|part| lots(part.item)).collect();
        assert_eq!(all.len(), 1, "{}", set.name);
        count += 1;
    }
    assert!(count > 10, "{count}");
}
