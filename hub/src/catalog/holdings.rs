//! How often items are complete with what lies at the sites, asked of the database: it counts for itself, since goods of thousands of
//! stores have far more rows of stock than a page has lines. Only what kits are made of comes back site by site; see [`super::rules`].

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::rules::{Holdings, KIT_DEPTH};
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

#[derive(FromQueryResult)]
pub(super) struct Part {
    pub kit_id: i64,
    pub part_id: i64,
    pub quantity: i64,
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub unit: String,
    pub cartons: i32,
}

/// What kits are made of, in the order that people gave it.
pub(super) async fn parts_of(db: &impl ConnectionTrait, kits: &BTreeSet<i64>) -> Result<Vec<Part>, DbErr> {
    Sql::new("SELECT p.kit_id, p.part_id, p.quantity, i.code, i.name, i.name_en, i.unit, i.cartons FROM kit_part p JOIN item i ON i.id = p.part_id WHERE p.kit_id IN ")
        .among(kits.iter().copied())
        .text(" ORDER BY p.id")
        .all(db)
        .await
}

#[derive(FromQueryResult)]
struct Complete {
    item_id: i64,
    site_id: i64,
    sets: i64,
}

/// Whether sets are counted at each site, or at all together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Per {
    Site,
    Chain,
}

/// The sets of items of one carton, which are as many as there is of it, even below nothing.
fn of_one(items: &[i64], scope: &Scope, per: Per) -> Sql {
    let (site, group) = if per == Per::Site { ("s.site_id", ", s.site_id") } else { ("CAST(0 AS BIGINT)", "") };
    let sql = Sql::new(format!(
        "SELECT s.item_id, {site} AS site_id, CAST(SUM(s.quantity) AS BIGINT) AS sets FROM stock s \
         WHERE s.site_id IS NOT NULL AND s.quantity <> 0 AND s.carton = 1 AND s.item_id IN "
    ));
    scope.filter_last(sql.among(items.iter().copied()), "s.site_id").text(&format!(" GROUP BY s.item_id{group}"))
}

/// The sets of items of several cartons: of each dye lot at each site as many as there are of its rarest carton.
fn of_many(items: &[i64], scope: &Scope, per: Per) -> Sql {
    let (site, group) = if per == Per::Site { ("l.site_id", ", l.site_id") } else { ("CAST(0 AS BIGINT)", "") };
    let sql = Sql::new(format!(
        "SELECT l.item_id, {site} AS site_id, CAST(SUM(l.sets) AS BIGINT) AS sets FROM (\
         SELECT c.item_id, c.site_id, CASE WHEN COUNT(*) = c.cartons AND MIN(c.quantity) > 0 THEN MIN(c.quantity) ELSE 0 END AS sets FROM (\
         SELECT s.item_id, s.site_id, s.lot, s.carton, i.cartons, SUM(s.quantity) AS quantity FROM stock s JOIN item i ON i.id = s.item_id \
         WHERE s.site_id IS NOT NULL AND s.quantity <> 0 AND s.carton BETWEEN 1 AND i.cartons AND s.item_id IN "
    ));
    scope.filter_last(sql.among(items.iter().copied()), "s.site_id").text(&format!(
        " GROUP BY s.item_id, s.site_id, s.lot, s.carton, i.cartons) c GROUP BY c.item_id, c.site_id, c.lot, c.cartons) l GROUP BY l.item_id{group}"
    ))
}

/// What is needed to count complete sets of these items, parts of kits included. Each item comes with how many cartons make one.
///
/// # Errors
/// What the database said.
pub async fn holdings(db: &impl ConnectionTrait, scope: &Scope, items: BTreeMap<i64, i32>) -> Result<Holdings, DbErr> {
    holdings_beside(db, scope, items, &BTreeMap::new()).await
}

/// As [`holdings`], where how much there is of each item's first carton was counted already: it is not counted again for goods of one carton.
///
/// # Errors
/// What the database said.
pub async fn holdings_beside(
    db: &impl ConnectionTrait,
    scope: &Scope,
    mut items: BTreeMap<i64, i32>,
    known: &BTreeMap<i64, i64>,
) -> Result<Holdings, DbErr> {
    let mut holdings = Holdings::default();
    let mut asked: BTreeSet<i64> = items.keys().copied().collect();
    let (mut kits, mut in_kits) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..KIT_DEPTH {
        if asked.is_empty() {
            break;
        }
        let parts = parts_of(db, &asked).await?;
        asked.clear();
        for part in parts {
            holdings.part(part.kit_id, part.part_id, part.quantity);
            kits.insert(part.kit_id);
            in_kits.insert(part.part_id);
            if items.insert(part.part_id, part.cartons).is_none() {
                asked.insert(part.part_id);
            }
        }
    }
    for (per, many) in [(Per::Site, false), (Per::Site, true), (Per::Chain, false), (Per::Chain, true)] {
        let fits = |(item, cartons): &(&i64, &i32)| {
            !kits.contains(*item) && in_kits.contains(*item) == (per == Per::Site) && (**cartons > 1) == many
        };
        let mut some: Vec<i64> = items.iter().filter(fits).map(|(item, _)| *item).collect();
        if (per, many) == (Per::Chain, false) {
            some.retain(|item| {
                known.get(item).is_none_or(|sets| {
                    holdings.complete(*item, 0, *sets);
                    false
                })
            });
        }
        if some.is_empty() {
            continue;
        }
        let sql = if many { of_many(&some, scope, per) } else { of_one(&some, scope, per) };
        for Complete { item_id, site_id, sets } in sql.all::<Complete>(db).await? {
            holdings.complete(item_id, site_id, sets);
        }
    }
    Ok(holdings)
}

/// What goods of single items one of each of these items is, in thousandths: a kit is what its parts are, however deep.
///
/// # Errors
/// What the database said.
pub async fn made_of(db: &impl ConnectionTrait, items: &BTreeSet<i64>) -> Result<BTreeMap<i64, BTreeMap<i64, i64>>, DbErr> {
    let mut parts: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    let mut asked = items.clone();
    for _ in 0..KIT_DEPTH {
        let found = parts_of(db, &asked).await?;
        let (kits, of): (BTreeSet<i64>, Vec<Part>) = (parts.keys().copied().collect(), found);
        asked = of.iter().map(|part| part.part_id).filter(|part| !kits.contains(part)).collect();
        for part in of {
            parts.entry(part.kit_id).or_default().push((part.part_id, part.quantity));
        }
        if asked.is_empty() {
            break;
        }
    }
    Ok(items.iter().map(|item| (*item, super::rules::goods(&parts, *item))).collect())
}

/// Complete sets of single items at each of some sites, in thousandths: by item and site.
///
/// # Errors
/// What the database said.
pub async fn complete_at(db: &impl ConnectionTrait, sites: &[i64], items: &BTreeSet<i64>) -> Result<BTreeMap<(i64, i64), i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Cartons {
        id: i64,
        cartons: i32,
    }
    let scope = Scope::Sites(sites.iter().copied().map(SiteId).collect());
    let known: Vec<Cartons> = Sql::new("SELECT id, cartons FROM item WHERE id IN ").among(items.iter().copied()).all(db).await?;
    let mut complete = BTreeMap::new();
    for many in [false, true] {
        let some: Vec<i64> = known.iter().filter(|item| (item.cartons > 1) == many).map(|item| item.id).collect();
        if some.is_empty() {
            continue;
        }
        let sql = if many { of_many(&some, &scope, Per::Site) } else { of_one(&some, &scope, Per::Site) };
        complete.extend(sql.all::<Complete>(db).await?.into_iter().map(|row| ((row.item_id, row.site_id), row.sets)));
    }
    Ok(complete)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy};
    use qitao_domain::quantity::Quantity;

    use super::*;
    use crate::db::Db;

    /// Stock: site, item, carton, lot, pieces, and in which of the two places of the site.
    type Lying = (i64, i64, i32, &'static str, i64, i64);

    /// Items 1 (three cartons), 2 (one carton, by lot), 3 (one carton), 4 (two cartons); kit 8 of one 1 and two 3; kit 9 of one 8 and one 4.
    const CARTONS: [(i64, i32); 6] = [(1, 3), (2, 1), (3, 1), (4, 2), (8, 1), (9, 1)];

    async fn world(db: &Db, lying: &[Lying]) {
        let tx = db.begin().await.unwrap();
        for site in 1..=3 {
            let site_row = format!("INSERT INTO site (id, code, name, time_zone) VALUES ({site}, 'S{site}', 's', 'Asia/Shanghai')");
            Sql::new(site_row).run(&tx).await.unwrap();
            for place in 0..2 {
                let at = site * 10 + place;
                let row = format!(
                    "INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES ({at}, {site}, 'A-{at}', 'bin', '', 1, FALSE)"
                );
                Sql::new(row).run(&tx).await.unwrap();
            }
        }
        for (item, cartons) in CARTONS {
            let row = format!(
                "INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES \
                 ({item}, 'I-{item}', 'i', '', '件', {cartons}, {}, {}, 1, FALSE)",
                item == 2,
                item > 7
            );
            Sql::new(row).run(&tx).await.unwrap();
        }
        for (kit, part, quantity) in [(8, 1, 1000), (8, 3, 2000), (9, 8, 1000), (9, 4, 1000)] {
            let row = format!("INSERT INTO kit_part (kit_id, part_id, quantity) VALUES ({kit}, {part}, {quantity})");
            Sql::new(row).run(&tx).await.unwrap();
        }
        for (site, item, carton, lot, pieces, place) in lying {
            let row = format!(
                "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) VALUES ({}, {item}, {carton}, '{lot}', {}, {site}) \
                 ON CONFLICT (location_id, item_id, carton, lot) DO UPDATE SET quantity = excluded.quantity",
                site * 10 + place,
                pieces * 1000
            );
            Sql::new(row).run(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn sets(lying: &[Lying]) -> BTreeMap<i64, Quantity> {
        let scratch = crate::db::rig::scratch().await;
        let db = Db::open(scratch.url()).await.unwrap();
        world(&db, lying).await;
        let all = holdings(db.read(), &Scope::All, BTreeMap::from(CARTONS)).await.unwrap();
        // Asked alone, an item is counted in another way than beside a kit that has it.
        for (item, cartons) in CARTONS {
            let alone = holdings(db.read(), &Scope::All, BTreeMap::from([(item, cartons)])).await.unwrap();
            assert_eq!(alone.sets(item), all.sets(item), "{item} of {lying:?}");
        }
        db.close().await.unwrap();
        CARTONS.iter().map(|(item, _)| (*item, all.sets(*item))).collect()
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::from_raw(count * 1000)
    }

    #[tokio::test]
    async fn a_wardrobe_is_there_as_often_as_its_rarest_carton_at_one_site() {
        let found = sets(&[
            (1, 1, 1, "", 4, 0),
            (1, 1, 2, "", 1, 0),
            (1, 1, 2, "", 1, 1),
            (1, 1, 3, "", 3, 0),
            (2, 1, 1, "", 5, 0),
            (2, 1, 2, "", 5, 0),
        ])
        .await;
        assert_eq!(found[&1], pieces(2), "site 2 lacks carton 3");
    }

    #[tokio::test]
    async fn cartons_of_different_dye_lots_do_not_match() {
        assert_eq!(sets(&[(1, 4, 1, "A", 3, 0), (1, 4, 2, "B", 3, 0), (1, 4, 1, "B", 1, 0)]).await[&4], pieces(1));
    }

    #[tokio::test]
    async fn metres_of_curtain_are_as_long_as_they_are_even_below_nothing() {
        assert_eq!(sets(&[(1, 2, 1, "A", -2, 0), (2, 2, 1, "B", 1, 0)]).await[&2], pieces(-1));
    }

    #[tokio::test]
    async fn a_kit_is_there_as_often_as_its_parts_are_at_one_site() {
        let wardrobes = [(1, 1, 1, "", 3, 0), (1, 1, 2, "", 3, 0), (1, 1, 3, "", 3, 0)];
        let found =
            sets(&[&wardrobes[..], &[(1, 3, 1, "", 5, 0), (2, 3, 1, "", 9, 0), (1, 4, 1, "", 1, 0), (1, 4, 2, "", 7, 1)]].concat()).await;
        assert_eq!((found[&8], found[&9]), (pieces(2), pieces(1)));
    }

    /// The same rule in the plainest words.
    fn counted(lying: &[Lying]) -> BTreeMap<i64, Quantity> {
        let rows: BTreeMap<_, i64> =
            lying.iter().map(|(site, item, carton, lot, pieces, place)| ((*site, *item, *carton, *lot, *place), *pieces)).collect();
        let at = |site: i64, item: i64, cartons: i32| -> i64 {
            let of = |lot: &str, carton: i32| -> i64 {
                rows.iter().filter(|(key, _)| (key.0, key.1, key.2, key.3) == (site, item, carton, lot)).map(|(_, pieces)| *pieces).sum()
            };
            let of_lot =
                |lot: &str| if cartons == 1 { of(lot, 1) } else { (1..=cartons).map(|carton| of(lot, carton)).min().unwrap_or(0).max(0) };
            ["", "A"].into_iter().map(of_lot).sum()
        };
        let sofa = |site| at(site, 1, 3).min(at(site, 3, 1).max(0) / 2);
        let suite = |site| sofa(site).min(at(site, 4, 2));
        let all = |count: &dyn Fn(i64) -> i64| pieces((1..=3).map(count).sum());
        BTreeMap::from([
            (1, all(&|site| at(site, 1, 3))),
            (2, all(&|site| at(site, 2, 1))),
            (3, all(&|site| at(site, 3, 1))),
            (4, all(&|site| at(site, 4, 2))),
            (8, all(&sofa)),
            (9, all(&suite)),
        ])
    }

    #[tokio::test]
    async fn any_stock_is_counted_as_people_count_it() {
        let goods = proptest::sample::select(vec![(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 1), (4, 1), (4, 2)]);
        let row = (1..=3_i64, goods, proptest::sample::select(vec!["", "A"]), -1..6_i64, 0..2_i64, Just(()));
        let row = row.prop_map(|(site, (item, carton), lot, pieces, place, ())| -> Lying { (site, item, carton, lot, pieces, place) });
        let any = proptest::collection::vec(row, 0..40);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::default());
        for _ in 0..20 {
            let lying = proptest::strategy::ValueTree::current(&any.new_tree(&mut runner).unwrap());
            assert_eq!(sets(&lying).await, counted(&lying), "{lying:?}");
        }
    }
}
