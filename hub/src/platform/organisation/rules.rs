//! What an organisation is, and what may stand beneath what. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tree::Tree;

/// Most levels from the headquarters down.
const DEPTH: usize = 12;

/// What an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrganisationKind)]
pub enum Kind {
    /// The top; there is one.
    Headquarters,
    /// A part of the country.
    Region,
    /// A brand.
    Brand,
    /// A dealer of level 1.
    Dealer,
    /// A dealer of level 2.
    Subdealer,
    /// A store; has a site.
    Store,
    /// A warehouse; has a site.
    Warehouse,
}

impl Kind {
    const ALL: [Self; 7] = [Self::Headquarters, Self::Region, Self::Brand, Self::Dealer, Self::Subdealer, Self::Store, Self::Warehouse];

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Headquarters => "headquarters",
            Self::Region => "region",
            Self::Brand => "brand",
            Self::Dealer => "dealer",
            Self::Subdealer => "subdealer",
            Self::Store => "store",
            Self::Warehouse => "warehouse",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether goods can lie there.
    #[must_use]
    pub const fn has_site(self) -> bool {
        matches!(self, Self::Store | Self::Warehouse)
    }

    /// Whether it may stand right beneath one of this kind.
    #[must_use]
    pub const fn fits_under(self, above: Self) -> bool {
        match self {
            Self::Headquarters => false,
            Self::Region => matches!(above, Self::Headquarters | Self::Region | Self::Brand),
            Self::Brand => matches!(above, Self::Headquarters | Self::Region),
            Self::Dealer => matches!(above, Self::Headquarters | Self::Region | Self::Brand),
            Self::Subdealer => matches!(above, Self::Dealer),
            Self::Store => !matches!(above, Self::Store | Self::Warehouse),
            Self::Warehouse => !matches!(above, Self::Warehouse),
        }
    }
}

/// A part of the hub that can be switched off for an organisation and all beneath it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Module {
    /// Stock, tasks, cases, the floor.
    Warehouse,
    /// The machines at the sites.
    Edges,
    /// Customers and what becomes of them.
    Crm,
    /// Quotes, contracts, orders and what is paid.
    Sales,
    /// Service tickets, the installer's phone, surveys.
    Service,
}

impl Module {
    /// Every module that can be switched.
    pub const ALL: [Self; 5] = [Self::Warehouse, Self::Edges, Self::Crm, Self::Sales, Self::Service];

    /// Its word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warehouse => "warehouse",
            Self::Edges => "edges",
            Self::Crm => "crm",
            Self::Sales => "sales",
            Self::Service => "service",
        }
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Warehouse => ("仓库：库存、任务、异常、现场", "Warehouse: stock, tasks, cases, the floor"),
            Self::Edges => ("边缘设备", "Edges"),
            Self::Crm => ("客户", "Customers"),
            Self::Sales => ("销售：报价、合同、订单、收款", "Sales: quotes, contracts, orders, payments"),
            Self::Service => ("服务工单、回访、评价", "Service tickets, return visits, surveys"),
        }
    }
}

/// What is switched on or off at one organisation itself, by a module's word.
pub type Switches = BTreeMap<String, bool>;

/// A rule that an organisation breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Put it beneath another organisation: there is one headquarters.
    #[error("there is one headquarters; everything else stands beneath another organisation")]
    Top,
    /// Put it elsewhere.
    #[error("a {} cannot stand right beneath a {}", kind.word(), above.word())]
    Under {
        /// What it is.
        kind: Kind,
        /// What is above it.
        above: Kind,
    },
    /// Put it beneath something that is not beneath itself.
    #[error("an organisation cannot stand beneath itself")]
    Circle,
    /// Put it higher.
    #[error("a tree has at most {DEPTH} levels")]
    Depth,
    /// Put it beneath an organisation that is active.
    #[error("the organisation above is not active")]
    Inactive,
    /// It has a site: only a store or a warehouse has one.
    #[error("it has a site, so it stays a store or a warehouse")]
    Site,
    /// Choose another code.
    #[error("a code has 1 to 40 letters, digits, - or _")]
    Code,
    /// Choose another name.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// Name a time zone of the IANA list.
    #[error("{0} is not a time zone of the IANA list")]
    TimeZone(String),
    /// Name modules that there are.
    #[error("there is no module {0} to switch")]
    Switch(String),
}

/// Checks a code: it is typed, printed and scanned.
pub(super) fn check_code(code: &str) -> Result<(), Broken> {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if (1..=40).contains(&code.chars().count()) && code.chars().all(plain) { Ok(()) } else { Err(Broken::Code) }
}

/// Checks a name.
pub(super) fn check_name(name: &str) -> Result<(), Broken> {
    let fits = (1..=100).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Broken::Name) }
}

/// Checks a time zone.
pub(super) fn check_time_zone(zone: &str) -> Result<(), Broken> {
    jiff::tz::TimeZone::get(zone).map(|_| ()).map_err(|_| Broken::TimeZone(zone.to_owned()))
}

/// Checks the words of switches.
pub(super) fn check_switches(switches: &Switches) -> Result<(), Broken> {
    match switches.keys().find(|word| !Module::ALL.iter().any(|module| module.word() == word.as_str())) {
        Some(unknown) => Err(Broken::Switch(unknown.clone())),
        None => Ok(()),
    }
}

/// Checks that a new organisation may stand beneath another.
pub(super) fn check_new(tree: &Tree, kind: Kind, above: i64) -> Result<(), Broken> {
    let Some(parent) = tree.node(above) else { return Err(Broken::Top) };
    fits(tree, kind, above)?;
    if !parent.active {
        return Err(Broken::Inactive);
    }
    if tree.depth(above) >= DEPTH { Err(Broken::Depth) } else { Ok(()) }
}

fn fits(tree: &Tree, kind: Kind, above: i64) -> Result<(), Broken> {
    let above = tree.node(above).ok_or(Broken::Top)?.kind;
    if kind.fits_under(above) { Ok(()) } else { Err(Broken::Under { kind, above }) }
}

/// Checks that an organisation may become this kind and stand beneath that one.
pub(super) fn check_move(tree: &Tree, id: i64, kind: Kind, above: Option<i64>) -> Result<(), Broken> {
    let was = tree.node(id).ok_or(Broken::Top)?;
    let Some(above) = above else {
        return if was.parent.is_none() && kind == Kind::Headquarters { Ok(()) } else { Err(Broken::Top) };
    };
    if tree.is_within(above, id) {
        return Err(Broken::Circle);
    }
    fits(tree, kind, above)?;
    if was.parent != Some(above) && !tree.node(above).is_some_and(|above| above.active) {
        return Err(Broken::Inactive);
    }
    if kind != was.kind && !kind.has_site() && tree.site_of(id).is_some() {
        return Err(Broken::Site);
    }
    for (child, node) in tree.children(id) {
        if !node.kind.fits_under(kind) && child != id {
            return Err(Broken::Under { kind: node.kind, above: kind });
        }
    }
    if tree.depth(above) + tree.height(id) > DEPTH { Err(Broken::Depth) } else { Ok(()) }
}
