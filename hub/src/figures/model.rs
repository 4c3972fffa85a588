//! Figures as pages read them.

use qitao_domain::quantity::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::exceptions::CasesOfKind;
use crate::warehouse::model::EdgesSummary;

/// What was sold in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesSums {
    /// Orders that count: confirmed, and not cancelled since.
    pub orders: i64,
    /// Customers who made them.
    pub customers: i64,
    /// What they come to (总营收).
    #[schema(value_type = String)]
    pub sales: Money,
    /// 客单价: net paid ÷ orders; left away for who may not see payments, `null` without an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub average: Option<Option<Money>>,
    /// Sales less cost, of those lines whose cost is known (总利润); left away for who may not see what things cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub profit: Option<Money>,
    /// So many tenths of a percent of the sales have a known cost; left away with the profit, `null` without sales.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub cost_known: Option<Option<i64>>,
}

/// What an organisation sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesOfOrganisation {
    /// Which.
    pub organisation: i64,
    /// Its name.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Orders.
    pub orders: i64,
    /// What they come to.
    #[schema(value_type = String)]
    pub sales: Money,
}

/// What somebody sold, by their shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesOfPerson {
    /// Who.
    pub person: i64,
    /// Their name.
    pub name: String,
    /// Orders in which they have a share.
    pub orders: i64,
    /// What their shares come to.
    #[schema(value_type = String)]
    pub sales: Money,
}

/// What customers of a class bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesOfClass {
    /// What they were until then: `prospect`, `client`, `regular`.
    pub class: String,
    /// Orders.
    pub orders: i64,
    /// What they come to.
    #[schema(value_type = String)]
    pub sales: Money,
}

/// What was sold on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesOfDay {
    /// The day, as `2026-11-23`.
    pub day: String,
    /// Orders.
    pub orders: i64,
    /// What they come to.
    #[schema(value_type = String)]
    pub sales: Money,
}

/// Who sold most in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ranking {
    /// The organisations that sold most, the first first.
    pub organisations: Vec<SalesOfOrganisation>,
    /// How many organisations sold something.
    pub organisations_count: i64,
    /// The same by brand, where the chain has brands: what is sold at one and beneath it.
    pub brands: Vec<SalesOfOrganisation>,
    /// The ten people who sold most, by their shares.
    pub people: Vec<SalesOfPerson>,
}

/// What was sold in a period, in sum and part by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesFigures {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The first of as many days before.
    pub previous_from: String,
    /// The last of them.
    pub previous_to: String,
    /// Whether the reader sees nothing but their own shares.
    pub own_only: bool,
    /// In sum.
    pub all: SalesSums,
    /// In sum, in the period before.
    pub previous: SalesSums,
    /// Who sold most.
    #[serde(flatten)]
    pub ranking: Ranking,
    /// By the class of customers.
    pub classes: Vec<SalesOfClass>,
    /// By day; days without sales are left away.
    pub days: Vec<SalesOfDay>,
}

/// Service tickets now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketsNow {
    /// Not over.
    pub open: i64,
    /// Of these, due by now.
    pub overdue: i64,
}

/// An order that somebody won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Win {
    /// The order.
    pub order: i64,
    /// The organisation that sold it.
    pub organisation_name: String,
    /// Who sold it: the first of them, or the reader.
    pub person_name: String,
    /// What it comes to; the reader's share for who sees the own records only.
    #[schema(value_type = String)]
    pub amount: Money,
    /// When it was confirmed.
    pub at_ms: i64,
}

/// What needs somebody now; each part is left away for who may not see its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiguresNow {
    /// When this was read.
    pub at_ms: i64,
    /// Open cases by kind, the most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<CasesOfKind>>,
    /// Edges that are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edges: Option<EdgesSummary>,
    /// Service tickets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tickets: Option<TicketsNow>,
    /// Orders that are later than promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_late: Option<i64>,
    /// The last orders that were confirmed, the newest first.
    pub wins: Vec<Win>,
}

/// What lies at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockOfSite {
    /// The site.
    pub site: i64,
    /// Its name.
    pub name: String,
    /// On hand × cost, of goods whose cost is known.
    #[schema(value_type = String)]
    pub value: Money,
}

/// What stock is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockFigures {
    /// On hand × cost, of goods whose cost is known; left away for who may not see what things cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub value: Option<Money>,
    /// Items that lie somewhere.
    pub items: i64,
    /// Of these, those whose cost is not known: they are in no value.
    pub unknown: i64,
    /// Site by site, the most first; empty where there are more than 200 sites, or what things cost is not seen.
    pub sites: Vec<StockOfSite>,
}

/// A figure that has a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureCode {
    /// 复购率, in percent.
    Repurchase,
    /// 客单价, in yuan.
    AverageOrder,
    /// 退换货率, in percent.
    Returns,
    /// NPS, from -100 to 100.
    Nps,
    /// 库存周转, in times.
    Turnover,
}

impl MeasureCode {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Repurchase, Self::AverageOrder, Self::Returns, Self::Nps, Self::Turnover];

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Repurchase => ("复购率", "Repurchase rate"),
            Self::AverageOrder => ("客单价", "Average order value"),
            Self::Returns => ("退换货率", "Return and exchange rate"),
            Self::Nps => ("NPS 净推荐值", "NPS"),
            Self::Turnover => ("库存周转", "Stock turnover"),
        }
    }

    /// What it is, in Chinese and English.
    #[must_use]
    pub const fn definitions(self) -> (&'static str, &'static str) {
        match self {
            Self::Repurchase => (
                "期间内完成 2 单及以上的客户数 ÷ 完成 1 单及以上的客户数",
                "Customers with two or more completed orders ÷ customers with at least one, within the period",
            ),
            Self::AverageOrder => (
                "期间内成交订单的净收款（收款减退款）÷ 订单数",
                "What was paid for the period's orders less what was paid back ÷ number of orders",
            ),
            Self::Returns => ("退货或换货的订单行数 ÷ 已交付的订单行数", "Lines returned or exchanged ÷ lines delivered"),
            Self::Nps => (
                "期间内完成的服务工单：打 9–10 分的客户占比 − 打 0–6 分的客户占比",
                "Of service tickets done within the period: percent of customers who gave 9 or 10 less percent who gave 0 to 6",
            ),
            Self::Turnover => ("期间内出库商品的成本 ÷ 平均库存金额", "Cost of goods out within the period ÷ mean stock value"),
        }
    }
}

/// A figure with its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Measure {
    /// Which.
    pub code: MeasureCode,
    /// Its Chinese name.
    pub title: &'static str,
    /// Its English name.
    pub title_en: &'static str,
    /// What it is, in Chinese.
    pub definition: &'static str,
    /// What it is, in English.
    pub definition_en: &'static str,
    /// The figure as a decimal text; `null` where there is no data for it, which is not 0.
    pub value: Option<String>,
    /// Of how many customers, orders, lines or answers it is made, where it is made of such.
    pub of: Option<i64>,
}
