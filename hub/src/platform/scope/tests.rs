//! What readers of each breadth see.

use super::*;
use crate::platform::identity::{Grant, StoredRole};
use crate::platform::organisation::tests::chain;

fn grant(scope: &str, rights: &str, own: i64, chosen: &[i64]) -> Grant {
    let role = StoredRole {
        id: 1,
        code: "r".into(),
        name: String::new(),
        name_en: String::new(),
        built_in: true,
        scope: scope.into(),
        rights: rights.into(),
        fields: "{}".into(),
        codes_required: false,
        version: 1,
    };
    Grant::at(&role, Some(own), chosen.to_vec())
}

fn actor(own: i64, grants: Vec<Grant>) -> Actor {
    Actor { id: 7, login: "a".into(), name: "a".into(), organisation: Some(own), grants, tree: Arc::new(chain()) }
}

fn sites(scope: &Scope) -> Vec<i64> {
    [40, 50, 70].into_iter().filter(|site| scope.sees(SiteId(*site))).collect()
}

#[test]
fn each_breadth_sees_its_own_part_of_the_chain() {
    let seen = |scope: &str, own, chosen: &[i64]| {
        let scope = of(&actor(own, vec![grant(scope, r#"["*"]"#, own, chosen)]), Entity::Stock);
        (sites(&scope), scope.sees_of(None))
    };
    assert_eq!(seen("all", 4, &[]), (vec![40, 50, 70], true));
    assert_eq!(seen("all", 4, &[6]), (vec![70], false));
    assert_eq!(seen("chosen", 1, &[2]), (vec![40, 50], false));
    assert_eq!(seen("chosen", 1, &[]), (vec![], false));
    assert_eq!(seen("below", 3, &[]), (vec![40, 50], false));
    assert_eq!(seen("own", 3, &[]), (vec![], false));
    assert_eq!(seen("own", 5, &[]), (vec![50], false));
    assert_eq!(seen("records", 5, &[]), (vec![50], false), "stock has no owner");
}

#[test]
fn who_lacks_the_right_to_see_a_kind_of_record_sees_none_of_it() {
    let seller = actor(4, vec![grant("own", r#"["stock.see"]"#, 4, &[])]);
    assert_eq!(sites(&of(&seller, Entity::Stock)), [40]);
    assert_eq!(of(&seller, Entity::Task), Scope::Sites(vec![]));
    assert!(of(&seller, Entity::Site).sees(SiteId(40)));
}

#[test]
fn what_is_switched_off_above_is_not_there() {
    let mut nodes: Vec<_> = (1..8).map(|id| (id, chain().node(id).unwrap().clone())).collect();
    nodes[2].1.switches.insert("edges".into(), false);
    let tree = Arc::new(Tree::new(nodes, [(40, 4), (50, 5), (70, 7)]));
    let mut manager = actor(4, vec![grant("below", r#"["*"]"#, 4, &[])]);
    manager.tree = tree;
    assert_eq!(of(&manager, Entity::Edge), Scope::Sites(vec![]));
    assert_eq!(sites(&of(&manager, Entity::Task)), [40]);
}

#[test]
fn own_records_are_seen_wherever_they_are_and_others_only_in_reach() {
    let belongs = |organisation, owner, collaborates| Belongs { organisation: Some(organisation), owner: Some(owner), collaborates };
    let designer = of(&actor(4, vec![grant("records", r#"["*"]"#, 4, &[])]), Entity::Person);
    assert!(designer.sees_owned(belongs(7, 7, false)) && designer.sees_owned(belongs(4, 8, true)));
    assert!(!designer.sees_owned(belongs(4, 8, false)), "a colleague's");
    let manager = of(&actor(4, vec![grant("own", r#"["*"]"#, 4, &[])]), Entity::Person);
    assert!(manager.sees_owned(belongs(4, 8, false)) && !manager.sees_owned(belongs(5, 8, false)));
    assert!(manager.sees_owned(belongs(5, 7, false)));
}

#[test]
fn a_share_is_seen_and_gives_no_right_to_change() {
    let seller = actor(4, vec![grant("records", r#"["sales.see","sales"]"#, 4, &[])]);
    let orders = Owned { entity: Entity::Order, table: "sales_order", id: "x.id", organisation: "organisation_id", owner: "owner_id" };
    let has_shares = |scope: Scope, columns| format!("{:?}", scope.filter_owned(Sql::default(), columns)).contains("order_split");
    assert!(has_shares(of(&seller, Entity::Order), orders));
    assert!(!has_shares(with(&seller, Entity::Order, Some(Right::Sales)), orders));
    assert!(!has_shares(of(&seller, Entity::Quote), Owned { entity: Entity::Quote, table: "quote", ..orders }));
    let parties = Parties { organisation: 5, people: vec![8, 7] };
    assert!(of(&seller, Entity::Order).sees_of_parties(&parties));
    assert!(!of(&seller, Entity::Order).sees_of_parties(&Parties { people: vec![8], ..parties.clone() }));
    assert!(Scope::All.sees_of_parties(&parties) && !Scope::Sites(vec![]).sees_of_parties(&parties));
}

#[test]
fn a_ticket_is_read_by_those_of_its_order_and_of_its_customer_and_led_by_none_of_them() {
    let seller = actor(4, vec![grant("records", r#"["tickets.see","tickets"]"#, 4, &[])]);
    let tickets = Owned { entity: Entity::Ticket, table: "ticket", id: "c.id", organisation: "organisation_id", owner: "installer_id" };
    let text = |scope: Scope| format!("{:?}", scope.filter_owned(Sql::default(), tickets));
    let read = text(of(&seller, Entity::Ticket));
    assert!(["y.order_id IN", "y.customer_id IN", "order_split"].iter().all(|part| read.contains(part)), "{read}");
    assert!(!text(with(&seller, Entity::Ticket, Some(Right::Tickets))).contains("y.order_id"));
}

#[test]
fn a_foreign_site_is_answered_as_if_it_were_not_there() {
    let own = of(&actor(4, vec![grant("own", r#"["*"]"#, 4, &[])]), Entity::Task);
    assert!(own.check(Some(40)).is_ok());
    assert_eq!(own.check(Some(50)).unwrap_err().rule(), "not_found");
    assert_eq!(own.check(None).unwrap_err().rule(), "not_found");
    let (tree, site) = (Arc::new(chain()), |site| Part { site: Some(site), below: None });
    assert_eq!(own.clone().at(&tree, site(50)).unwrap_err().rule(), "not_found");
    assert_eq!(own.at(&tree, site(40)).unwrap(), Scope::Sites(vec![SiteId(40)]));
    assert_eq!(Scope::All.at(&tree, site(1)).unwrap(), Scope::Sites(vec![SiteId(1)]));
    assert!(Scope::All.check(None).is_ok());
}

#[test]
fn a_reader_may_ask_for_a_part_of_what_they_see_and_for_no_more() {
    let tree = Arc::new(chain());
    let seen = |scope: Scope, site, below| scope.at(&tree, Part { site, below }).ok().map(|scope| sites(&scope));
    let below = |own, chosen: &[i64]| of(&actor(own, vec![grant("below", r#"["*"]"#, own, chosen)]), Entity::Task);
    assert_eq!(seen(Scope::All, None, Some(3)), Some(vec![40, 50]));
    assert_eq!(seen(Scope::All, None, Some(99)), None, "there is none");
    assert_eq!(seen(below(2, &[]), None, Some(4)), Some(vec![40]));
    assert_eq!(seen(below(3, &[]), None, Some(2)), None, "above what they see");
    assert_eq!(seen(below(3, &[]), None, Some(6)), None, "beside what they see");
    assert_eq!(seen(below(3, &[]), Some(50), Some(3)), Some(vec![50]));
    assert_eq!(seen(below(3, &[]), Some(50), Some(4)), None, "a site elsewhere");
    let both = actor(3, vec![grant("own", r#"["*"]"#, 3, &[]), grant("own", r#"["*"]"#, 4, &[]), grant("own", r#"["*"]"#, 7, &[])]);
    let both = of(&both, Entity::Task);
    assert_eq!(seen(both.clone(), None, None), Some(vec![40, 70]));
    assert_eq!(seen(both.clone(), None, Some(3)), Some(vec![40]), "the dealer alone, and the one store of another role");
    assert!(both.at(&tree, Part { site: None, below: Some(3) }).unwrap() != Scope::All);
    assert_eq!(Scope::Sites(vec![]).at_most(&tree, Part { site: None, below: Some(3) }), Scope::Sites(vec![]));
}

#[test]
fn a_part_of_the_tree_is_one_range_however_many_sites_are_in_it() {
    let both = actor(4, vec![grant("chosen", r#"["*"]"#, 1, &[2, 4]), grant("own", r#"["*"]"#, 4, &[])]);
    let Scope::Within(within) = of(&both, Entity::Task) else { panic!("all") };
    assert_eq!(within.ranges(), [("/1/2/".to_owned(), "/1/20".to_owned())], "4 is beneath 2");
    let held = |path: &str| ("/1/2/".."/1/20").contains(&path);
    assert_eq!(["/1/2/", "/1/2/3/4/", "/1/20/", "/1/21/", "/1/"].map(held), [true, true, false, false, false]);
}

#[test]
fn a_page_goes_by_its_order_and_a_count_of_all_that_somebody_sees_by_organisations() {
    let manager = actor(4, vec![grant("below", r#"["*"]"#, 2, &[])]);
    let scope = of(&manager, Entity::Order);
    let columns = Owned { entity: Entity::Order, table: "sales_order", id: "x.id", organisation: "organisation_id", owner: "owner_id" };
    let said = |sql: Sql| format!("{sql:?}");
    for below in [None, Some(3)] {
        let none = Sql::default();
        let all = Listed { scope: &scope, tree: &manager.tree, below, columns, rest: &none };
        assert!(said(all.rows()).contains("(x.organisation_id + 0) IN"));
        let each = said(all.each());
        assert!(each.contains("SELECT 1 FROM sales_order x WHERE 1 = 1 AND") && !each.contains("+ 0"), "{each}");
        // What else narrows them is what they are found by.
        let rest = Sql::new(" AND x.customer_id = ").bind(5_i64);
        let some = said(Listed { rest: &rest, ..all }.each());
        assert!(some.contains("(x.organisation_id + 0) IN") && some.contains("x.customer_id"), "{some}");
    }
}
