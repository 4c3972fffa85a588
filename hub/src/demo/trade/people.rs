//! Stores, who works in them, and who comes in.

use super::{Now, Trade, pick};
use crate::demo::dice::Dice;

/// A part of the chain beneath the head office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Short code: `XH01`.
    pub code: String,
    /// Name: 徐汇店.
    pub name: String,
    /// `region`, `dealer` or `store`.
    pub kind: &'static str,
    /// Its place in the list of organisations; the head office when nothing.
    pub parent: Option<usize>,
}

/// Somebody who works for the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Code of the role.
    pub role: &'static str,
    /// Where, by its place in the list; the head office when nothing.
    pub organisation: Option<usize>,
}

/// A customer, or somebody who may become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Name as they gave it.
    pub name: String,
    /// `female` or `male`.
    pub gender: &'static str,
    /// Year of birth.
    pub birth_year: i32,
    /// Mobile number; one for each.
    pub phone: String,
    /// Where they live.
    pub address: String,
    /// Code of the source.
    pub source: &'static str,
    /// Codes of tags.
    pub tags: Vec<&'static str>,
    /// The store, by its place in the list.
    pub organisation: usize,
    /// Who looks after them, by their place in the list.
    pub owner: usize,
    /// When they came in.
    pub created_ms: i64,
    /// What was said with them: when, how, and what about.
    pub follow_ups: Vec<(i64, &'static str, &'static str)>,
}

/// The fourteen stores: code, name; seven of each region. The first is the store that has a back room in the demonstration.
const STORES: [(&str, &str); 14] = [
    ("XH01", "徐汇店"),
    ("JA01", "静安店"),
    ("PD01", "浦东店"),
    ("MH01", "闵行店"),
    ("YP01", "杨浦店"),
    ("JD01", "嘉定店"),
    ("SJ01", "松江店"),
    ("SZ01", "苏州园区店"),
    ("SZ02", "苏州吴中店"),
    ("WX01", "无锡店"),
    ("CZ01", "常州店"),
    ("NJ01", "南京河西店"),
    ("HZ01", "杭州西湖店"),
    ("NB01", "宁波店"),
];
const REGIONS: [&str; 7] = ["上海区", "苏浙区", "华南区", "华北区", "西南区", "华中区", "西北区"];
const CITIES: [&str; 20] = [
    "广州", "深圳", "成都", "重庆", "武汉", "西安", "北京", "天津", "青岛", "郑州", "长沙", "合肥", "福州", "厦门", "昆明", "沈阳", "大连",
    "济南", "南昌", "贵阳",
];
const SURNAMES: [char; 24] = [
    '王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林', '何', '郭', '马', '罗', '梁', '宋',
    '郑', '谢',
];
const GIVEN: [&str; 30] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀英", "霞", "平", "建国",
    "桂芳", "志强", "晓燕", "子涵", "雨桐", "浩然", "欣怡", "俊杰", "梦琪",
];
const STREETS: [&str; 10] =
    ["漕溪北路", "南京西路", "世纪大道", "莘松路", "控江路", "博乐路", "人民北路", "现代大道", "东吴南路", "中山路"];
const ESTATES: [&str; 8] = ["锦绣花园", "阳光城", "绿地云都", "万科翡翠", "保利天汇", "仁恒河滨", "中海御景", "龙湖天街"];
const SOURCES: [&str; 9] = ["store", "store", "referral", "designer", "douyin", "xiaohongshu", "wechat", "fair", "website"];
const STYLES: [&str; 6] = ["style.modern", "style.chinese", "style.nordic", "style.luxury", "style.european", "style.japanese"];
const BUDGETS: [&str; 4] = ["budget.low", "budget.middle", "budget.upper", "budget.high"];
const SAID: [(&str, &str); 8] = [
    ("store", "到店看了样品，喜欢橡木色，约周末再来"),
    ("call", "电话沟通户型，三室两厅，准备年底入住"),
    ("message", "发了两套方案效果图，客户在和家人商量"),
    ("measure", "上门量尺，主卧进深不够，衣柜改推拉门"),
    ("visit", "去小区看房，同楼还有两户在装修"),
    ("call", "客户在比价，请店长给个活动价"),
    ("store", "带家人到店试了沙发，确定了面料"),
    ("message", "客户问交期，答复 30 天内送货"),
];

/// The tree beneath the head office.
pub(super) fn organisations(stores: usize, dealers: usize) -> Vec<Organisation> {
    let regions = if stores <= STORES.len() { 2 } else { REGIONS.len() };
    let mut all: Vec<Organisation> = (1..)
        .zip(REGIONS)
        .take(regions)
        .map(|(n, name)| Organisation { code: format!("R{n}"), name: name.to_owned(), kind: "region", parent: None })
        .collect();
    for n in 0..dealers {
        let city = CITIES.get(n % CITIES.len()).copied().unwrap_or_default();
        let name = format!("{city}经销商 {}", n / CITIES.len() + 1);
        all.push(Organisation { code: format!("D{:04}", n + 1), name, kind: "dealer", parent: Some(n % regions) });
    }
    for n in 0..stores {
        let (code, name) = STORES.get(n).map_or_else(
            || {
                let city = CITIES.get(n % CITIES.len()).copied().unwrap_or_default();
                (format!("S{:04}", n + 1), format!("{city}{}店", n / CITIES.len() + 1))
            },
            |(code, name)| ((*code).to_owned(), (*name).to_owned()),
        );
        let region = if n < STORES.len() { n / 7 } else { n % regions };
        let parent = if dealers > 0 && n >= STORES.len() { regions + n % dealers } else { region };
        all.push(Organisation { code, name, kind: "store", parent: Some(parent) });
    }
    all
}

fn name(dice: &mut Dice) -> String {
    format!("{}{}", pick(dice, &SURNAMES), pick(dice, &GIVEN))
}

/// Who works there: a region has a manager, a dispatcher and installers; a store a manager and people who sell.
pub(super) fn people(dice: &mut Dice, organisations: &[Organisation], sellers: usize) -> Vec<Person> {
    let mut all = Vec::new();
    let mut hire = |dice: &mut Dice, login: String, role, organisation| {
        all.push(Person { login, name: name(dice), role, organisation });
    };
    hire(dice, "analyst".to_owned(), "analyst", None);
    hire(dice, "finance".to_owned(), "finance", None);
    let stores = organisations.iter().filter(|of| of.kind == "store").count().max(1);
    let mut store = 0;
    for (n, of) in organisations.iter().enumerate() {
        let code = of.code.to_lowercase();
        match of.kind {
            "region" => {
                hire(dice, format!("{code}.manager"), "region_manager", Some(n));
                hire(dice, format!("{code}.dispatcher"), "dispatcher", Some(n));
                (1..=6).for_each(|k| hire(dice, format!("{code}.installer{k}"), "installer", Some(n)));
            }
            "dealer" => hire(dice, format!("{code}.owner"), "dealer_owner", Some(n)),
            _ => {
                hire(dice, format!("{code}.manager"), "store_manager", Some(n));
                let here = (store + 1) * sellers / stores - store * sellers / stores;
                (1..=here).for_each(|k| hire(dice, format!("{code}.guide{k}"), "sales", Some(n)));
                store += 1;
            }
        }
    }
    all
}

/// Somebody comes into a store and is looked after by one of its people; their place in the list.
pub(super) fn comes_in(dice: &mut Dice, made: &mut Trade, store: usize, at_ms: i64, now: &Now) -> usize {
    let n = made.customers.len();
    let sellers = made.with_role("sales", store);
    let owner = sellers.get(dice.below(sellers.len())).copied().unwrap_or_default();
    let (female, given) = (dice.once_in(2), name(dice));
    // 7,919 has no factor in common with the numbers there are, so that no two customers have one phone.
    let number = (n * 7_919 + 104_729) % 100_000_000;
    let talks = dice.between(1, 3);
    let mut at = at_ms;
    let follow_ups = (0..talks).map(|_| {
        let (kind, text) = SAID.get(dice.below(SAID.len())).copied().unwrap_or(("call", ""));
        let said = (now.past(at), kind, text);
        at += dice.between(20, 90) * 3_600_000;
        said
    });
    let follow_ups = follow_ups.collect();
    made.customers.push(Visitor {
        name: if dice.once_in(3) {
            format!("{}{}", given.chars().next().unwrap_or('王'), if female { "女士" } else { "先生" })
        } else {
            given
        },
        gender: if female { "female" } else { "male" },
        birth_year: i32::try_from(dice.between(1962, 2001)).unwrap_or(1985),
        phone: format!("13{}{number:08}", dice.below(10)),
        address: format!(
            "{}{}号{}{}号楼{}室",
            pick(dice, &STREETS),
            dice.between(8, 1_200),
            pick(dice, &ESTATES),
            dice.between(1, 28),
            dice.between(1, 24) * 100 + dice.between(1, 4)
        ),
        source: pick(dice, &SOURCES),
        tags: vec![pick(dice, &STYLES), pick(dice, &BUDGETS)],
        organisation: store,
        owner,
        created_ms: at_ms,
        follow_ups,
    });
    n
}

/// Which store: those that come first in the tree see more people.
pub(super) fn a_store(dice: &mut Dice, stores: &[usize]) -> usize {
    let n = dice.below(stores.len()).min(dice.below(stores.len()));
    stores.get(n).copied().unwrap_or_default()
}
