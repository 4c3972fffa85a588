//! What not everybody may do, and who can allow it. A new right is one line here; its word stands in the roles of the database.

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::http::problem::Who;

macro_rules! rights {
    ($($name:ident $word:literal $who:ident $zh:literal $en:literal;)*) => {
        /// What not everybody may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Right {
            $(#[doc = $en] #[serde(rename = $word)] $name,)*
        }

        impl Right {
            /// Every right.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word in the database and in the API.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Who has it, to be asked by those who do not.
            #[must_use]
            pub const fn who(self) -> Who {
                match self { $(Self::$name => Who::$who,)* }
            }

            /// What it allows, in Chinese and English.
            #[must_use]
            pub const fn texts(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

/// By hand: a derived one does not see words that a macro has put in.
impl PartialSchema for Right {
    fn schema() -> RefOr<Schema> {
        let words = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Self::ALL.iter().map(|right| right.word())));
        words.description(Some("What not everybody may do.")).build().into()
    }
}

impl ToSchema for Right {}

rights! {
    SeeStock "stock.see" Manager "查看库位、库存和流水" "See locations, stock and movements";
    SeeWork "work.see" Manager "查看任务、现场、操作员和异常" "See tasks, the floor, operators and cases";
    SeeEdges "edges.see" Manager "查看边缘设备" "See edges and how they are";
    SeeCustomers "customers.see" Manager "查看客户" "See customers";
    Customers "customers" Manager "新建、修改、跟进客户" "Make, change and follow up customers";
    AssignCustomers "customers.assign" Manager "把客户分配给别的负责人或组织" "Give customers to another owner or organisation";
    SeePayments "payments.see" Manager "查看收款和客户账户" "See payments and accounts of customers";
    Payments "payments" Manager "收款，把预收款用到订单、转移、退回" "Take money of customers, apply it to orders, move it";
    RefundPayments "payments.refund" Manager "退款，撤销收款" "Pay money back, undo payments";
    ReconcilePayments "payments.reconcile" Manager "每日对账" "Count tills and close their days";
    SeeOpportunities "opportunities.see" Manager "查看商机" "See opportunities";
    Opportunities "opportunities" Manager "新建、修改、推进商机" "Make, change and move opportunities";
    SeeTickets "tickets.see" Manager "查看服务工单" "See service tickets";
    Tickets "tickets" Manager "新建、派发、关闭服务工单" "Make, give out and close service tickets";
    Visits "visits" Manager "接单、上门、完工" "Take service tickets, visit customers and complete the work";
    SeeSales "sales.see" Manager "查看报价、合同和订单" "See quotes, contracts and orders";
    Sales "sales" Manager "报价、签合同、开订单" "Make quotes, contracts and orders";
    ApproveSales "sales.approve" Manager "审批超出价目表的折扣" "Approve discounts beyond the price list";
    ShipOrders "sales.ship" Manager "订单发货" "Ship orders";
    ShipShort "sales.ship_short" Manager "说明原因后缺货发货" "Ship orders without everything, for a reason";
    SeeFigures "figures.see" Manager "查看经营数据和业务大屏" "See figures of the business, and the wall screen";
    Tasks "tasks" Manager "创建和撤回任务" "Create and withdraw tasks";
    Cases "cases" Manager "处理日常异常" "Resolve everyday cases: bind a barcode, try again, dismiss";
    Approvals "approvals" Manager "审批盘点差异和入账异常，设置库存上下限" "Approve or reject count differences, dismiss cases about the books, set limits of stock";
    Edges "edges" Admin "登记、停用和恢复边缘设备" "Enrol, disable, enable and forgive edges";
    SeePeople "people.see" Manager "查看人员和角色" "See people and roles";
    People "people" Manager "创建、修改、停用人员，分配角色" "Make, change and disable people, give them roles";
    Organisations "organisations" Admin "维护组织架构" "Make, change and move organisations";
    Roles "roles" Admin "修改角色" "Change what roles may do";
    Settings "settings" Admin "维护自定义字段、选项表和流程阶段" "Set up custom fields, option lists and pipelines";
    Items "items" Admin "修改商品资料" "Change items of the catalogue";
    SeePrices "prices.see" Manager "查看价目表和价格" "See price lists and prices";
    Prices "prices" Admin "维护价目表、价格和选配模型" "Keep price lists, prices and option models";
    PriceCost "prices.cost" Admin "查看和维护进价" "See and keep what items cost the chain";
    Hub "hub" Admin "管理后台任务、定时任务、消息通道和 Webhook" "Run the hub: everybody's jobs, schedules, channels, webhooks";
    Reveal "reveal" Manager "说明理由后查看完整的个人信息" "See masked personal fields whole, for a reason that is written down";
    SeeAudit "audit.see" Admin "查看审计记录" "Read the audit";
    Import "import" Admin "导入数据，撤销导入，维护商品附件" "Import data, undo imports, look after files of items";
    Tokens "tokens" Admin "创建访问令牌" "Make API tokens";
}

impl Right {
    /// The right of a word; nothing for one of another version.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.word() == word)
    }
}

/// What somebody may do with one field of a record; later is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    /// The field is not there.
    None,
    /// Its beginning or end only: 138****0000.
    Masked,
    /// See it.
    Read,
    /// See and change it, where the record may be changed.
    Write,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_right_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Right::ALL.iter().map(|right| right.word()).collect();
        assert_eq!(words.len(), Right::ALL.len());
        for right in Right::ALL {
            assert_eq!(Right::of_word(right.word()), Some(*right));
            assert_eq!(serde_json::to_value(right).unwrap(), right.word());
        }
        assert_eq!(Right::of_word("*"), None);
    }

    #[test]
    fn more_of_a_field_right_is_later() {
        assert!(FieldRight::None < FieldRight::Masked && FieldRight::Masked < FieldRight::Read && FieldRight::Read < FieldRight::Write);
    }
}
