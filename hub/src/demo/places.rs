//! The buildings and the people: a warehouse with 400 bins in aisles A to H, a store with a small back room, a shift of operators.

use qitao_domain::catalog::{Location, LocationKind, Operator};
use qitao_domain::ids::{LocationId, OperatorId, SiteId};

use super::DemoSite;

/// Aisles of the warehouse, bays in an aisle, levels in a bay: 8 × 10 × 5 = 400 bins.
const AISLES: [char; 8] = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const BAYS: u8 = 10;
const LEVELS: u8 = 5;

/// Bins behind the store.
const BACK_ROOM: u8 = 12;

/// Places that every site has once: code, kind, name.
const COMMON: [(&str, LocationKind, &str); 7] = [
    ("RECV", LocationKind::Receiving, "收货区"),
    ("STAGE", LocationKind::Staging, "备货区"),
    ("SUPPLIER", LocationKind::Supplier, "供应商"),
    ("CUSTOMER", LocationKind::Customer, "客户"),
    ("VARIANCE", LocationKind::Variance, "盘差"),
    ("TRANSIT", LocationKind::Transit, "在途"),
    ("SCRAP", LocationKind::Scrap, "报废"),
];

pub(super) fn sites() -> Vec<DemoSite> {
    let site = |id, code: &str, name: &str| DemoSite {
        id: SiteId(id),
        code: code.to_owned(),
        name: name.to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    vec![site(1, "SH01", "上海一仓"), site(2, "XH01", "徐汇店")]
}

pub(super) fn locations(sites: &[DemoSite]) -> Vec<Location> {
    let mut list: Vec<Location> = Vec::new();
    let mut add = |site: SiteId, code: String, kind, name: &str| {
        let id = LocationId(i64::try_from(list.len()).map_or(i64::MAX, |n| n + 1));
        list.push(Location { id, site, code, kind, name: name.to_owned() });
    };
    for (index, site) in sites.iter().enumerate() {
        if index == 0 {
            for aisle in AISLES {
                for bay in 1..=BAYS {
                    (1..=LEVELS).for_each(|level| add(site.id, format!("{aisle}-{bay:02}-{level}"), LocationKind::Bin, ""));
                }
            }
        } else {
            (1..=BACK_ROOM).for_each(|bin| add(site.id, format!("S-{bin:02}"), LocationKind::Bin, ""));
        }
        COMMON.iter().for_each(|(code, kind, name)| add(site.id, (*code).to_owned(), *kind, name));
    }
    list
}

pub(super) fn operators() -> Vec<Operator> {
    let names = ["李雷", "韩梅", "王建国", "张秀英", "刘洋", "陈静", "杨帆", "赵敏", "周涛", "吴桂芳", "孙磊", "欧阳晓燕"];
    let operator =
        |(number, name): (i64, &str)| Operator { id: OperatorId(number), name: name.to_owned(), badge: (1000 + number).to_string() };
    (1..).zip(names).map(operator).collect()
}
