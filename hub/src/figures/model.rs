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

/// What was sold on a day, or in a month of a longer period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesOfDay {
    /// The day, as `2026-11-23`; of a month its first day in the period.
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
    /// By day, in a period of more than 62 days by month; those without sales are left away.
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
    /// 库存周转天数, in days.
    TurnoverDays,
}

impl MeasureCode {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Repurchase, Self::AverageOrder, Self::Returns, Self::Nps, Self::Turnover, Self::TurnoverDays];

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Repurchase => ("复购率", "Repurchase rate"),
            Self::AverageOrder => ("客单价", "Average order value"),
            Self::Returns => ("退换货率", "Return and exchange rate"),
            Self::Nps => ("NPS 净推荐值", "NPS"),
            Self::Turnover => ("库存周转次数", "Stock turnover"),
            Self::TurnoverDays => ("库存周转天数", "Days of stock"),
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
            Self::Returns => (
                "期间内从客户处退回入库的数量 ÷ 发给客户的出库数量，按库存流水；各商品按自己的库存单位相加，分箱商品折合整件；误扫撤销不算退货",
                "Goods booked back from customers ÷ goods booked out to customers within the period, by the stock ledger; each item in its own unit, \
                 cartons as parts of their item; what was scanned by mistake and undone is no return",
            ),
            Self::Nps => (
                "期间内完成的服务工单：打 9–10 分的客户占比 − 打 0–6 分的客户占比",
                "Of service tickets done within the period: percent of customers who gave 9 or 10 less percent who gave 0 to 6",
            ),
            Self::Turnover => (
                "期间内发给客户的商品成本（减去退回的）÷ 平均库存金额（期初与期末的平均）；都按总部价目表今天的成本价，没有成本价的商品两边都不计",
                "Cost of goods booked out to customers within the period, less what came back, ÷ mean stock value (of opening and closing); both at \
                 the cost that head office's price lists have today, without goods whose cost is not known",
            ),
            Self::TurnoverDays => (
                "期间天数 × 平均库存金额 ÷ 期间内发给客户的商品成本；范围与库存周转次数相同",
                "Days of the period × mean stock value ÷ cost of goods booked out to customers; of the same goods as stock turnover",
            ),
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
