//! The rules of the tree, and a small chain for other tests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::rules::{Broken, Kind, Module, check_code, check_move, check_name, check_new, check_switches, check_time_zone};
use super::tree::{Node, Tree};

fn node(parent: Option<i64>, kind: Kind, path: &str) -> Node {
    Node { parent, kind, path: path.to_owned(), active: true, switches: BTreeMap::new() }
}

/// 1 headquarters; 2 region beneath it; 3 dealer in the region with 4 and 5, stores, sites 40 and 50; 6 another dealer with 7, a store, site 70.
pub(crate) fn chain() -> Tree {
    Tree::new(
        [
            (1, node(None, Kind::Headquarters, "/1/")),
            (2, node(Some(1), Kind::Region, "/1/2/")),
            (3, node(Some(2), Kind::Dealer, "/1/2/3/")),
            (4, node(Some(3), Kind::Store, "/1/2/3/4/")),
            (5, node(Some(3), Kind::Store, "/1/2/3/5/")),
            (6, node(Some(1), Kind::Dealer, "/1/6/")),
            (7, node(Some(6), Kind::Store, "/1/6/7/")),
        ],
        [(40, 4), (50, 5), (70, 7)],
    )
}

#[test]
fn a_path_says_who_is_beneath_whom() {
    let tree = chain();
    assert!(tree.is_within(4, 3) && tree.is_within(4, 1) && tree.is_within(4, 4));
    assert!(!tree.is_within(3, 4) && !tree.is_within(7, 2) && !tree.is_within(99, 1) && !tree.is_within(1, 99));
    assert_eq!((tree.organisation_of(50), tree.site_of(5), tree.site_of(3)), (Some(5), Some(50), None));
    assert_eq!((tree.depth(1), tree.depth(4), tree.height(4), tree.height(2)), (1, 4, 1, 3));
    assert_eq!(tree.children(3).map(|(id, _)| id).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn kinds_stand_where_they_make_sense() {
    let tree = chain();
    assert_eq!(check_new(&tree, Kind::Store, 3), Ok(()));
    assert_eq!(check_new(&tree, Kind::Subdealer, 3), Ok(()));
    assert_eq!(check_new(&tree, Kind::Subdealer, 1), Err(Broken::Under { kind: Kind::Subdealer, above: Kind::Headquarters }));
    assert_eq!(check_new(&tree, Kind::Headquarters, 1), Err(Broken::Under { kind: Kind::Headquarters, above: Kind::Headquarters }));
    assert_eq!(check_new(&tree, Kind::Store, 4), Err(Broken::Under { kind: Kind::Store, above: Kind::Store }));
    assert_eq!(check_new(&tree, Kind::Warehouse, 4), Ok(()));
    assert_eq!(check_new(&tree, Kind::Store, 99), Err(Broken::Top));
}

#[test]
fn moving_never_makes_a_circle_and_keeps_what_is_beneath_sensible() {
    let tree = chain();
    assert_eq!(check_move(&tree, 3, Kind::Dealer, Some(1)), Ok(()));
    assert_eq!(check_move(&tree, 3, Kind::Subdealer, Some(6)), Ok(()));
    assert_eq!(check_move(&tree, 3, Kind::Dealer, Some(6)), Err(Broken::Under { kind: Kind::Dealer, above: Kind::Dealer }));
    assert_eq!(check_move(&tree, 2, Kind::Region, Some(2)), Err(Broken::Circle));
    assert_eq!(check_move(&tree, 2, Kind::Region, Some(3)), Err(Broken::Circle));
    assert_eq!(check_move(&tree, 3, Kind::Dealer, None), Err(Broken::Top));
    assert_eq!(check_move(&tree, 4, Kind::Subdealer, Some(3)), Err(Broken::Site));
    assert_eq!(check_move(&tree, 3, Kind::Warehouse, Some(2)), Err(Broken::Under { kind: Kind::Store, above: Kind::Warehouse }));
    assert_eq!(check_move(&tree, 1, Kind::Headquarters, None), Ok(()));
}

#[test]
fn a_switch_off_above_is_off_beneath() {
    let mut nodes: Vec<(i64, Node)> = [1, 2, 3].map(|id| (id, chain().node(id).unwrap().clone())).to_vec();
    nodes[1].1.switches.insert("warehouse".to_owned(), false);
    nodes[2].1.switches.insert("warehouse".to_owned(), true);
    let tree = Tree::new(nodes, []);
    assert!(tree.switched_off(1).is_empty());
    assert_eq!(tree.switched_off(3), [Module::Warehouse].into());
    assert!(tree.enabled(1, Module::Warehouse) && !tree.enabled(3, Module::Warehouse) && tree.enabled(3, Module::Edges));
}

#[test]
fn codes_names_zones_and_switches_are_checked() {
    assert!(check_code("SH-01").is_ok() && check_code("上海1").is_ok());
    for bad in ["", " ", "a b", "a/b", &"x".repeat(41)] {
        assert_eq!(check_code(bad), Err(Broken::Code), "{bad}");
    }
    assert!(check_name("上海一店").is_ok() && check_name(" ").is_err() && check_name("a\nb").is_err());
    assert!(check_time_zone("Asia/Shanghai").is_ok() && check_time_zone("Asia/Atlantis").is_err());
    assert!(check_switches(&BTreeMap::from([("edges".to_owned(), false)])).is_ok());
    assert_eq!(check_switches(&BTreeMap::from([("magic".to_owned(), true)])), Err(Broken::Switch("magic".to_owned())));
}

proptest! {
    /// Whatever moves are tried, each one that the rules allow leaves a tree: one top, every path made of its parent's.
    #[test]
    fn allowed_moves_keep_it_a_tree(moves in proptest::collection::vec((1_i64..8, 1_i64..8), 1..30)) {
        let mut nodes: BTreeMap<i64, Node> = (1..8).map(|id| (id, chain().node(id).unwrap().clone())).collect();
        for (id, above) in moves {
            let tree = Tree::new(nodes.clone(), []);
            let kind = nodes[&id].kind;
            if check_move(&tree, id, kind, Some(above)).is_err() {
                continue;
            }
            let (old, new) = (nodes[&id].path.clone(), format!("{}{id}/", nodes[&above].path));
            nodes.get_mut(&id).unwrap().parent = Some(above);
            for node in nodes.values_mut().filter(|node| node.path.starts_with(&old)) {
                node.path = format!("{new}{}", &node.path[old.len()..]);
            }
        }
        for (id, node) in &nodes {
            let above = node.parent.map_or("/", |parent| nodes[&parent].path.as_str());
            prop_assert_eq!(&node.path, &format!("{above}{id}/"));
        }
    }
}
