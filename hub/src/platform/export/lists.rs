//! The lists that can be exported: which filters they know, and one page of rows after the other, out of the same functions that the pages
//! read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::tz::TimeZone;
use qitao_domain::quantity::{Money, Quantity};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::customer_cells;
use super::sheet::Out;
use super::ticket_cells;
use crate::catalog;
use crate::catalog::prices;
use crate::crm::customers;
use crate::crm::customers::api::CustomerQuery;
use crate::crm::customers::rules::Choices;
use crate::crm::opportunities;
use crate::crm::opportunities::api::OpportunityQuery;
use crate::exceptions;
use crate::finance::payments;
use crate::finance::payments::api::PaymentQuery;
use crate::http::page::{Page, PageQuery};
use crate::http::problem::{Language, Problem, Text};
use crate::inventory::{self, MovementQuery};
use crate::platform::fields::access::{CustomQuery, Narrowed};
use crate::platform::fields::model::Choice;
use crate::platform::fields::{Compiled, CompiledField, Subject};
use crate::platform::identity::Actor;
use crate::platform::people;
use crate::platform::scope::{self, Entity, Part};
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;
use crate::sales::orders;
use crate::sales::orders::api::OrderQuery;
use crate::service::tickets;
use crate::service::tickets::api::TicketQuery;
use crate::warehouse;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Items; the sheet can be changed and imported again.
    Items,
    /// Stock by item.
    Stock,
    /// Stock by location.
    StockByLocation,
    /// Locations.
    Locations,
    /// Movements of the ledger.
    Movements,
    /// Tasks.
    Tasks,
    /// Cases.
    Exceptions,
    /// People who sign in.
    People,
    /// Customers.
    Customers,
    /// What customers paid.
    Payments,
    /// Opportunities.
    Opportunities,
    /// Service tickets.
    Tickets,
    /// Prices of a price list; the sheet can be changed and imported again.
    Prices,
    /// Orders.
    Orders,
}

/// The filters of a list, as its page has them; each list knows some of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    /// At this site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// At this organisation and all beneath it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<i64>,
    /// What is searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Of this kind; several with commas where the list takes several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// In this state; several with commas where the list takes several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Of this item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<i64>,
    /// From or to this location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<i64>,
    /// Of this task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<i64>,
    /// With this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<i64>,
    /// Who may not sign in, or who may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Whom this person looks after: their number, or `me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Of this class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// From this source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// With these tags: `a,b;c` is (a or b) and c.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Not followed up for more than so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<u16>,
    /// To be followed up: `today`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Paid by this method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<i64>,
    /// Of this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// On this day or later: `2026-11-23`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// On this day or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Along this pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// In this stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Whose time in their stage is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Which are stuck for a reason that was given, or are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// Whoever has the ticket: their number, `me`, `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installer: Option<String>,
    /// With this kind of fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// With a check-in from afar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub far: Option<bool>,
    /// Of this price list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_list: Option<i64>,
    /// Later than promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
    /// With a discount that waits for approval: `asked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// That count for figures of sales.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<bool>,
    /// Of which this person has a share: their number, or `me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The list's parameters about custom fields, as `custom.colour`, and `sort`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

impl Filters {
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("site", self.site.is_some()),
            ("below", self.below.is_some()),
            ("q", self.q.is_some()),
            ("kind", self.kind.is_some()),
            ("state", self.state.is_some()),
            ("item", self.item.is_some()),
            ("location", self.location.is_some()),
            ("task", self.task.is_some()),
            ("role", self.role.is_some()),
            ("disabled", self.disabled.is_some()),
            ("owner", self.owner.is_some()),
            ("class", self.class.is_some()),
            ("source", self.source.is_some()),
            ("tags", self.tags.is_some()),
            ("idle", self.idle.is_some()),
            ("due", self.due.is_some()),
            ("method", self.method.is_some()),
            ("customer", self.customer.is_some()),
            ("order", self.order.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("pipeline", self.pipeline.is_some()),
            ("stage", self.stage.is_some()),
            ("overdue", self.overdue.is_some()),
            ("blocked", self.blocked.is_some()),
            ("installer", self.installer.is_some()),
            ("fault", self.fault.is_some()),
            ("far", self.far.is_some()),
            ("price_list", self.price_list.is_some()),
            ("late", self.late.is_some()),
            ("approval", self.approval.is_some()),
            ("counted", self.counted.is_some()),
            ("person", self.person.is_some()),
            ("custom", !self.custom.is_empty()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

/// Codes of sites.
#[derive(Debug, Default)]
pub struct Sites(HashMap<i64, String>);

#[derive(FromQueryResult)]
struct Site {
    id: i64,
    code: String,
}

impl Sites {
    /// All of them.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rows: Vec<Site> = Sql::new("SELECT id, code FROM site").all(db).await?;
        Ok(Self(rows.into_iter().map(|row| (row.id, row.code)).collect()))
    }

    fn code(&self, site: Option<i64>) -> Out {
        site.and_then(|site| self.0.get(&site)).map(String::as_str).into()
    }
}

/// How rows are told: in which language, with what codes of sites, and with which custom fields besides.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// The reader's language.
    pub language: Language,
    /// Codes of sites.
    pub sites: &'a Sites,
    /// Names of roles, where the list tells them.
    pub roles: &'a BTreeMap<i64, String>,
    /// What can be chosen for tickets, where the list tells them.
    pub faults: &'a tickets::rules::Choices,
    /// What can be chosen for customers, where the list tells them.
    pub choices: &'a Choices,
    /// Methods of payment, where the list tells them.
    pub methods: &'a [Choice],
    /// The time zone that days are of.
    pub zone: &'a TimeZone,
    /// The list's custom fields, where it has any.
    pub fields: Option<&'a Arc<Compiled>>,
    /// Opens what is personal, to mask it.
    pub vault: &'a Vault,
    /// Those of them that the reader sees; they are the last columns.
    pub custom: &'a [&'a CompiledField],
}

/// Some rows, and where to go on.
pub struct Rows {
    /// The rows.
    pub rows: Vec<Vec<Out>>,
    /// Cursor of those that follow.
    pub next: Option<String>,
    /// Rows of the whole list.
    pub total: i64,
    /// There are more, which a search does not go through.
    pub at_least: bool,
}

fn rows<T>(page: Page<T>, row: impl FnMut(T) -> Vec<Out>) -> Rows {
    Rows { next: page.next, total: page.total, at_least: page.at_least, rows: page.items.into_iter().map(row).collect() }
}

/// Words of kinds and states: in the database, in Chinese, in English.
const WORDS: &[(&str, &str, &str)] = &[
    ("bin", "货位", "bin"),
    ("receiving", "收货区", "receiving"),
    ("staging", "备货区", "staging"),
    ("supplier", "供应商", "supplier"),
    ("customer", "客户", "customer"),
    ("variance", "盘差", "variance"),
    ("transit", "在途", "transit"),
    ("scrap", "报废", "scrap"),
    ("put_away", "上架", "put-away"),
    ("pick", "拣货", "pick"),
    ("count", "盘点", "count"),
    ("move", "移库", "move"),
    ("undo", "撤销", "undo"),
    ("ship", "发货", "shipped"),
    ("opening", "期初", "opening"),
    ("open", "未完成", "open"),
    ("started", "进行中", "started"),
    ("finished", "已完成", "finished"),
    ("withdrawn", "已撤回", "withdrawn"),
    ("resolved", "已处理", "resolved"),
    ("unknown_barcode", "未知条码", "unknown barcode"),
    ("count_variance", "盘点差异", "count difference"),
    ("negative_stock", "负库存", "stock below nothing"),
    ("unreadable_fact", "无法读取的记录", "unreadable record"),
    ("unappliable_fact", "无法入账的记录", "record that cannot be booked"),
    ("bad_signature", "签名错误", "wrong signature"),
    ("cloned_edge", "重复的边缘设备", "cloned edge"),
    ("clock_skew", "时钟偏差", "clock is off"),
    ("short_pick", "缺货", "short pick"),
    ("over_pick", "多拣", "picked too much"),
    ("stream_break", "数据流中断", "break in the stream"),
    ("printer", "打印机故障", "printer fault"),
    ("receive", "收款", "received"),
    ("refund", "退款", "paid back"),
    ("apply", "用于订单", "applied to an order"),
    ("take_back", "从订单退回", "taken back from an order"),
    ("won", "已签约", "won"),
    ("lost", "已流失", "lost"),
];

fn word(word: &str, language: Language) -> Out {
    let found = WORDS.iter().find(|(known, ..)| *known == word);
    match (found, language) {
        (Some((_, zh, _)), Language::Chinese) => (*zh).into(),
        (Some((.., en)), Language::English) => (*en).into(),
        (None, _) => word.into(),
    }
}

pub(super) fn moment(ms: Option<i64>) -> Out {
    ms.map_or(Out::Empty, Out::Moment)
}

/// Money, in yuan.
const fn yuan(money: Money) -> Out {
    Out::Amount(Quantity::from_raw(money.raw().saturating_mul(10)))
}

impl List {
    /// Every list.
    pub const ALL: [Self; 14] = [
        Self::Items,
        Self::Stock,
        Self::StockByLocation,
        Self::Locations,
        Self::Movements,
        Self::Tasks,
        Self::Exceptions,
        Self::People,
        Self::Customers,
        Self::Payments,
        Self::Opportunities,
        Self::Tickets,
        Self::Prices,
        Self::Orders,
    ];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Stock => "stock",
            Self::StockByLocation => "stock_by_location",
            Self::Locations => "locations",
            Self::Movements => "movements",
            Self::Tasks => "tasks",
            Self::Exceptions => "exceptions",
            Self::People => "people",
            Self::Customers => "customers",
            Self::Payments => "payments",
            Self::Opportunities => "opportunities",
            Self::Tickets => "tickets",
            Self::Prices => "prices",
            Self::Orders => "orders",
        }
    }

    /// The list of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.word() == word)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> Text {
        match self {
            Self::Items => Text::new("商品", "Items"),
            Self::Stock => Text::new("库存-按商品", "Stock by item"),
            Self::StockByLocation => Text::new("库存-按库位", "Stock by location"),
            Self::Locations => Text::new("库位", "Locations"),
            Self::Movements => Text::new("库存流水", "Movements"),
            Self::Tasks => Text::new("任务", "Tasks"),
            Self::Exceptions => Text::new("异常", "Exceptions"),
            Self::People => Text::new("人员", "People"),
            Self::Customers => Text::new("客户", "Customers"),
            Self::Payments => Text::new("收款", "Payments"),
            Self::Opportunities => Text::new("商机", "Opportunities"),
            Self::Tickets => Text::new("服务工单", "Service tickets"),
            Self::Prices => Text::new("价格", "Prices"),
            Self::Orders => Text::new("订单", "Orders"),
        }
    }

    /// The kind of record that one has to see for it; none for the catalogue, which everybody sees.
    #[must_use]
    pub const fn entity(self) -> Option<Entity> {
        match self {
            Self::Items => None,
            Self::Stock | Self::StockByLocation => Some(Entity::Stock),
            Self::Locations => Some(Entity::Location),
            Self::Movements => Some(Entity::Movement),
            Self::Tasks => Some(Entity::Task),
            Self::Exceptions => Some(Entity::Exception),
            Self::People => Some(Entity::Person),
            Self::Customers => Some(Entity::Customer),
            Self::Payments => Some(Entity::Payment),
            Self::Opportunities => Some(Entity::Opportunity),
            Self::Tickets => Some(Entity::Ticket),
            Self::Prices => Some(Entity::PriceList),
            Self::Orders => Some(Entity::Order),
        }
    }

    /// The filters that it knows.
    #[must_use]
    pub const fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Items => &["q", "custom"],
            Self::Stock | Self::StockByLocation => &["site", "below", "q"],
            Self::Locations => &["site", "below", "q", "kind"],
            Self::Movements => &["site", "below", "item", "location", "task"],
            Self::Tasks => &["site", "below", "kind", "state", "q"],
            Self::Exceptions => &["site", "below", "state", "kind"],
            Self::People => &["below", "q", "role", "disabled", "custom"],
            Self::Customers => &["below", "q", "owner", "class", "source", "tags", "idle", "due", "custom"],
            Self::Payments => &["below", "q", "kind", "method", "customer", "order", "from", "to"],
            Self::Opportunities => &["below", "q", "customer", "owner", "pipeline", "stage", "state", "overdue", "blocked", "custom"],
            Self::Tickets => &["below", "q", "kind", "state", "installer", "customer", "fault", "due", "far"],
            Self::Prices => &["price_list", "q"],
            Self::Orders => &["below", "q", "owner", "customer", "state", "late", "approval", "counted", "from", "to", "person", "class"],
        }
    }

    /// The kind of record whose custom fields are its last columns.
    #[must_use]
    pub const fn subject(self) -> Option<Subject> {
        match self {
            Self::Items => Some(Subject::Item),
            Self::People => Some(Subject::Person),
            Self::Customers => Some(Subject::Customer),
            Self::Opportunities => Some(Subject::Opportunity),
            Self::Stock
            | Self::StockByLocation
            | Self::Locations
            | Self::Movements
            | Self::Tasks
            | Self::Exceptions
            | Self::Payments
            | Self::Tickets
            | Self::Prices
            | Self::Orders => None,
        }
    }

    /// Refuses filters that the list does not know.
    ///
    /// # Errors
    /// A 422 problem that names the filter.
    pub fn check(self, filters: &Filters) -> Result<(), Problem> {
        match filters.given().into_iter().find(|name| !self.filters().contains(name)) {
            None => Ok(()),
            Some(name) => Err(Problem::invalid(
                "export_filter",
                format!("filters.{name}"),
                format!("这个列表没有 {name} 这个筛选条件。"),
                format!("This list has no filter {name}."),
            )),
        }
    }

    /// Some rows of it as this reader sees them, after a cursor.
    ///
    /// # Errors
    /// A problem: without the right, out of scope, or when the database fails.
    pub async fn rows(
        self,
        db: &DatabaseConnection,
        actor: &Actor,
        filters: &Filters,
        after: Option<String>,
        Telling { language, sites, roles: roles_named, choices, methods, faults, zone, fields, vault, custom }: Telling<'_>,
    ) -> Result<Rows, Problem> {
        let (page, f) = (PageQuery::bulk(after), filters.clone());
        let part = Part { site: f.site, below: f.below };
        let scope = |entity| scope::asked(actor, entity)?.at(&actor.tree, part);
        let zh = language == Language::Chinese;
        let yes = |flag: bool| {
            Out::from(if zh {
                if flag { "是" } else { "否" }
            } else if flag {
                "yes"
            } else {
                "no"
            })
        };
        let named = |name: String, name_en: String| Out::from(if zh || name_en.is_empty() { name } else { name_en });
        Ok(match self {
            Self::Items => {
                let narrowed = match fields {
                    Some(set) => CustomQuery::of(f.custom).narrow(set, actor, db.get_database_backend(), "i.")?,
                    None => Narrowed::default(),
                };
                let page = catalog::store::list(db, &scope::of(actor, Entity::Stock), f.q.as_deref(), narrowed, &page).await?;
                let shows_stock = fields.is_none_or(|set| set.shows(&actor.anywhere(), "on_hand"));
                let mut more = catalog::cells_of(db, page.items.iter().map(|row| row.id)).await?;
                rows(page, |row| {
                    let (barcodes, parts) = more.remove(&row.id).unwrap_or_default();
                    let cartons = i64::from(row.cartons);
                    let own: [Out; 5] = [row.code.into(), row.name.into(), row.name_en.into(), row.unit.into(), cartons.into()];
                    let on_hand = row.on_hand.filter(|_| shows_stock);
                    let more: [Out; 4] = [yes(row.by_lot), barcodes.into(), parts.into(), on_hand.into()];
                    let custom = custom.iter().map(|of| Out::from(of.cell(row.custom.get(&of.field.key), language)));
                    own.into_iter().chain(more).chain(custom).collect()
                })
            }
            Self::Stock => {
                let page = inventory::stock_by_item(db, &scope(Entity::Stock)?, f.q.as_deref(), &page).await?;
                rows(page, |row| {
                    let cartons: Vec<String> =
                        row.cartons.iter().map(|carton| format!("#{}: {}", carton.carton, carton.quantity)).collect();
                    let head: [Out; 4] = [row.code.into(), row.name.into(), row.name_en.into(), row.unit.into()];
                    head.into_iter().chain([row.sets.into(), row.quantity.into(), cartons.join("; ").into()]).collect()
                })
            }
            Self::StockByLocation => {
                let page = inventory::stock_by_location(db, &scope(Entity::Stock)?, f.q.as_deref(), &page).await?;
                rows(page, |row| {
                    vec![sites.code(Some(row.site)), row.code.into(), word(&row.kind, language), row.lines.into(), row.quantity.into()]
                })
            }
            Self::Locations => {
                let asked = warehouse::store::Places { q: f.q, kind: f.kind };
                let page = warehouse::store::locations(db, &scope(Entity::Location)?, asked, &page).await?;
                rows(page, |row| {
                    vec![sites.code(Some(row.site)), row.code.into(), word(&row.kind, language), row.name.into(), row.on_hand.into()]
                })
            }
            Self::Movements => {
                let asked = MovementQuery { item: f.item, location: f.location, task: f.task };
                let page = inventory::movements(db, &scope(Entity::Movement)?, &asked, &page).await?;
                rows(page, |row| {
                    vec![
                        row.id.into(),
                        Out::Moment(row.at_ms),
                        sites.code(Some(row.site)),
                        row.code.into(),
                        named(row.name, row.name_en),
                        format!("{}/{}", row.carton, row.of).into(),
                        row.lot.into(),
                        row.quantity.into(),
                        row.unit.into(),
                        row.from_code.into(),
                        row.to_code.into(),
                        word(&row.reason, language),
                        row.task_number.into(),
                        row.operator_name.into(),
                        row.edge.into(),
                        yes(row.reversed),
                    ]
                })
            }
            Self::Tasks => {
                let asked = warehouse::store::Tasks { kind: f.kind, state: f.state, q: f.q };
                let page = warehouse::store::tasks(db, &scope(Entity::Task)?, asked, &page).await?;
                rows(page, |row| {
                    vec![
                        row.number.into(),
                        word(&row.kind, language),
                        sites.code(Some(row.site)),
                        row.reference.into(),
                        word(&row.state, language),
                        row.lines.into(),
                        row.asked.into(),
                        row.done.into(),
                        row.short.into(),
                        row.created_by.into(),
                        Out::Moment(row.created_ms),
                        moment(row.started_ms),
                        moment(row.finished_ms),
                    ]
                })
            }
            Self::People => {
                let set = fields.ok_or_else(|| Problem::internal(&"people without their custom fields"))?;
                let wanted = people::sheet::Wanted { below: f.below, role: f.role, disabled: f.disabled, q: f.q, custom: f.custom };
                let page = people::sheet::rows((db, vault), set, actor, wanted, &page).await?;
                rows(page, |row| {
                    let roles: Option<Vec<&str>> = row
                        .roles
                        .as_ref()
                        .map(|roles| roles.iter().filter_map(|role| roles_named.get(&role.role)).map(String::as_str).collect());
                    let own: [Out; 8] = [
                        row.name.into(),
                        row.login.into(),
                        row.organisation_name.into(),
                        roles.map(|roles| roles.join("; ")).into(),
                        row.phone.into(),
                        row.email.into(),
                        yes(row.codes),
                        row.disabled.map_or(Out::Empty, yes),
                    ];
                    let custom = custom.iter().map(|of| Out::from(of.cell(row.custom.get(&of.field.key), language)));
                    own.into_iter().chain(custom).collect()
                })
            }
            Self::Customers => {
                let set = fields.ok_or_else(|| Problem::internal(&"customers without their custom fields"))?;
                let wanted = CustomerQuery {
                    below: f.below,
                    q: f.q,
                    owner: f.owner,
                    class: f.class,
                    source: f.source,
                    tags: f.tags,
                    idle: f.idle,
                    due: f.due,
                };
                let page = customers::sheet::rows((db, vault), set, actor, zone, (wanted, f.custom), &page).await?;
                rows(page, |row| {
                    let custom = custom.iter().map(|of| Out::from(of.cell(row.custom.get(&of.field.key), language)));
                    let own = customer_cells::of(&row, choices, zh);
                    own.into_iter().chain(custom).collect()
                })
            }
            Self::Payments => {
                let wanted = PaymentQuery {
                    below: f.below,
                    kind: f.kind,
                    method: f.method,
                    customer: f.customer,
                    order: f.order,
                    from: f.from,
                    to: f.to,
                    q: f.q,
                };
                let scope = scope::asked(actor, Entity::Payment)?;
                let page = payments::store::list(db, &actor.tree, &scope, &wanted.asked(actor)?, &page).await?;
                rows(page, |row| {
                    vec![
                        row.id.into(),
                        Out::Moment(row.at_ms),
                        row.day.into(),
                        word(&row.kind, language),
                        row.customer_name.into(),
                        row.organisation_name.into(),
                        yuan(row.amount),
                        methods
                            .iter()
                            .find(|method| method.code == row.method)
                            .map_or_else(|| row.method.as_str().into(), |method| named(method.title.clone(), method.title_en.clone())),
                        row.reference.into(),
                        row.from_order_code.into(),
                        row.to_order_code.into(),
                        row.reverses.into(),
                        row.reversed_by.into(),
                        row.reason.into(),
                        row.author.into(),
                    ]
                })
            }
            Self::Prices => {
                let needed = || {
                    let (zh, en) = ("请选择要导出哪张价目表。", "Choose the price list that is to be exported.");
                    Problem::invalid("export_filter", "filters.price_list", zh, en)
                };
                scope::asked(actor, Entity::PriceList)?;
                let seeing = prices::store::Seeing::of(actor);
                let found = prices::store::list(db, &seeing, f.price_list.ok_or_else(needed)?).await?;
                let list = found.ok_or_else(|| Problem::not_found().field("filters.price_list"))?;
                let page = prices::store::prices(db, &seeing, list.id, f.q.as_deref(), &page).await?;
                rows(page, |row| {
                    let hundredths = |amount: Option<i64>| amount.map_or(Out::Empty, |amount| yuan(Money::from_raw(amount)));
                    vec![
                        list.code.clone().into(),
                        row.code.into(),
                        named(row.name, row.name_en),
                        row.unit.into(),
                        hundredths(Some(row.unit_price_fen)),
                        hundredths(row.cost_fen),
                        hundredths(row.most_discount_bp.map(i64::from)),
                    ]
                })
            }
            Self::Opportunities => {
                let set = fields.ok_or_else(|| Problem::internal(&"opportunities without their custom fields"))?;
                let wanted = OpportunityQuery {
                    below: f.below,
                    q: f.q,
                    customer: f.customer,
                    owner: f.owner,
                    pipeline: f.pipeline,
                    stage: f.stage,
                    state: f.state,
                    overdue: f.overdue,
                    blocked: f.blocked,
                };
                let page = opportunities::sheet::rows(db, set, actor, (wanted, f.custom), &page).await?;
                rows(page, |row| {
                    let own: [Out; 14] = [
                        row.code.into(),
                        row.title.into(),
                        row.customer_name.into(),
                        row.organisation_name.into(),
                        row.owner_name.into(),
                        row.stage.into(),
                        word(row.state.word(), language),
                        row.amount.map(|amount| amount.to_string()).into(),
                        row.expected_on.into(),
                        Out::Moment(row.stage_since_ms),
                        yes(row.overdue),
                        row.block_reason.into(),
                        Out::Moment(row.created_ms),
                        moment(row.closed_ms),
                    ];
                    let custom = custom.iter().map(|of| Out::from(of.cell(row.custom.get(&of.field.key), language)));
                    own.into_iter().chain(custom).collect()
                })
            }
            Self::Tickets => {
                let wanted = TicketQuery {
                    below: f.below,
                    q: f.q,
                    kind: f.kind,
                    state: f.state,
                    installer: f.installer,
                    customer: f.customer,
                    fault: f.fault,
                    due: f.due,
                    far: f.far,
                    ..TicketQuery::default()
                };
                let page = tickets::sheet::rows((db, vault), actor, &wanted, &page).await?;
                rows(page, |row| ticket_cells::of(&row, faults, zh).into())
            }
            Self::Orders => {
                let wanted = OrderQuery {
                    below: f.below,
                    q: f.q,
                    owner: f.owner,
                    customer: f.customer,
                    state: f.state,
                    late: f.late,
                    approval: f.approval,
                    counted: f.counted,
                    from: f.from,
                    to: f.to,
                    person: f.person,
                    class: f.class,
                };
                let today = jiff::Timestamp::now().to_zoned(zone.clone()).date().to_string();
                let scope = scope::asked(actor, Entity::Order)?;
                let page = orders::store::list(db, actor, &scope, &wanted.asked(actor, today)?, &page).await?;
                rows(page, |row| {
                    let (title, title_en) = row.state.titles();
                    vec![
                        row.code.into(),
                        Out::from(if zh { title } else { title_en }),
                        row.customer_name.into(),
                        row.organisation_name.into(),
                        row.owner_name.into(),
                        row.ordered_on.into(),
                        row.promised_on.into(),
                        row.delivered_on.into(),
                        yes(row.late),
                        yuan(row.amount),
                        row.paid.map_or(Out::Empty, yuan),
                        row.created_by.into(),
                    ]
                })
            }
            Self::Exceptions => {
                let asked = exceptions::store::Cases { state: f.state, kind: f.kind };
                let page = exceptions::store::list(db, &scope(Entity::Exception)?, asked, &page).await?;
                rows(page, |row| {
                    vec![
                        row.id.into(),
                        word(&row.kind, language),
                        sites.code(row.site),
                        row.edge.into(),
                        Out::Moment(row.opened_ms),
                        word(&row.state, language),
                        moment(row.resolved_ms),
                        row.resolved_by.into(),
                        row.data.to_string().into(),
                    ]
                })
            }
        })
    }
}
