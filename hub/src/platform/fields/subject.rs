//! The kinds of records that take custom fields, with the fields that the hub itself gives them.

use crate::platform::expressions::Type;
use crate::platform::identity::{FieldRight, Right};
use crate::platform::vault;

/// A kind of record that takes custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Items of the catalogue; they belong to no organisation.
    Item,
    /// People who sign in.
    Person,
    /// Customers.
    Customer,
    /// Opportunities.
    Opportunity,
    /// Orders.
    Order,
    /// Service tickets.
    Ticket,
}

/// A field that the hub itself gives to a kind of record.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its name in the API.
    pub key: &'static str,
    /// Chinese name.
    pub title: &'static str,
    /// English name.
    pub title_en: &'static str,
    /// What it holds, for pages.
    pub kind: &'static str,
    /// Whether people write it into a form.
    pub in_form: bool,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether lists show it without being asked.
    pub in_list: bool,
    /// Whether lists can be sorted by it.
    pub sorts: bool,
    /// What a record is called by and handled with: whoever sees the record reads it, whatever a role says.
    pub stays: bool,
}

const fn built_in(key: &'static str, title: &'static str, title_en: &'static str, kind: &'static str) -> BuiltIn {
    BuiltIn { key, title, title_en, kind, in_form: false, required: false, in_list: true, sorts: false, stays: false }
}

impl BuiltIn {
    const fn form(self) -> Self {
        Self { in_form: true, ..self }
    }

    const fn required(self) -> Self {
        Self { in_form: true, required: true, ..self }
    }

    const fn sorts(self) -> Self {
        Self { sorts: true, ..self }
    }

    const fn hidden(self) -> Self {
        Self { in_list: false, ..self }
    }

    const fn stays(self) -> Self {
        Self { stays: true, ..self }
    }

    /// Whether somebody with this right reads it, be it masked.
    #[must_use]
    pub fn is_seen(&self, right: FieldRight) -> bool {
        self.stays || right >= if vault::Kind::of_field(self.key).is_some() { FieldRight::Masked } else { FieldRight::Read }
    }
}

const ITEM: &[BuiltIn] = &[
    built_in("code", "编码", "Code", "text").sorts().stays(),
    built_in("name", "名称", "Name", "text").stays(),
    built_in("name_en", "英文名称", "English name", "text").hidden().stays(),
    built_in("unit", "单位", "Unit", "text").stays(),
    built_in("cartons", "包件数", "Cartons", "number").stays(),
    built_in("by_lot", "按色号管理", "Kept by lot", "boolean").hidden().stays(),
    built_in("is_kit", "套件", "Kit", "boolean").hidden().stays(),
    built_in("on_hand", "现存", "On hand", "decimal"),
    built_in("barcodes_count", "条码数", "Barcodes", "number").hidden().stays(),
];

const PERSON: &[BuiltIn] = &[
    built_in("login", "登录名", "Login", "text").sorts().required().stays(),
    built_in("name", "姓名", "Name", "text").required().stays(),
    built_in("organisation", "所属组织", "Organisation", "organisation").required(),
    built_in("roles", "角色", "Roles", "roles").form(),
    built_in("phone", "电话", "Phone", "phone").form(),
    built_in("email", "邮箱", "E-mail", "email").form().hidden(),
    built_in("disabled", "停用", "Disabled", "boolean").form(),
];

const CUSTOMER: &[BuiltIn] = &[
    built_in("code", "客户编号", "Number", "text").stays(),
    built_in("name", "姓名", "Name", "text").required().stays(),
    built_in("class", "客户类别", "Class", "text").stays(),
    built_in("organisation", "所属组织", "Organisation", "organisation").required().stays(),
    built_in("owner", "负责人", "Owner", "person").form().stays(),
    built_in("phone", "电话", "Phone", "phone").form(),
    built_in("email", "邮箱", "E-mail", "email").form().hidden(),
    built_in("address", "住址", "Address", "text").form().hidden(),
    built_in("gender", "性别", "Gender", "text").form().hidden(),
    built_in("birth_year", "出生年份", "Year of birth", "number").form().hidden(),
    built_in("employer", "工作单位", "Employer", "text").form().hidden(),
    built_in("position", "职务", "Position", "text").form().hidden(),
    built_in("hobbies", "兴趣爱好", "Hobbies", "text").form().hidden(),
    built_in("source", "来源渠道", "Source", "text").form(),
    built_in("campaign", "活动", "Campaign", "text").form().hidden(),
    built_in("tags", "标签", "Tags", "text").form(),
    built_in("note", "备注", "Note", "long_text").form().hidden(),
];

const OPPORTUNITY: &[BuiltIn] = &[
    built_in("code", "商机编号", "Number", "text").stays(),
    built_in("title", "商机名称", "Title", "text").required().stays(),
    built_in("customer", "客户", "Customer", "customer").required().stays(),
    built_in("stage", "阶段", "Stage", "text").stays(),
    built_in("amount", "预计金额", "Expected amount", "money").form(),
    built_in("expected_on", "预计签约", "Expected on", "date").form(),
    built_in("organisation", "所属组织", "Organisation", "organisation").form().stays(),
    built_in("owner", "负责人", "Owner", "person").form().stays(),
];

const ORDER: &[BuiltIn] = &[
    built_in("code", "订单编号", "Number", "text").stays(),
    built_in("state", "状态", "State", "text").stays(),
    built_in("customer", "客户", "Customer", "customer").stays(),
    built_in("organisation", "所属组织", "Organisation", "organisation").stays(),
    built_in("owner", "负责人", "Owner", "person").stays(),
    built_in("ordered_on", "下单日期", "Ordered", "date").stays(),
    built_in("promised_on", "预计送达", "Promised", "date").stays(),
    built_in("delivered_on", "实际送达", "Delivered", "date").hidden().stays(),
    built_in("amount", "总价", "Amount", "money").stays(),
];

const TICKET: &[BuiltIn] = &[
    built_in("code", "工单号", "Number", "text").stays(),
    built_in("kind", "类型", "For", "text").stays(),
    built_in("state", "状态", "State", "text").stays(),
    built_in("fault", "故障类别", "Kind of fault", "text").stays(),
    built_in("organisation", "服务组织", "Organisation", "organisation").stays(),
    built_in("installer", "师傅", "Installer", "person").stays(),
    built_in("phone", "电话", "Phone", "phone").form().hidden(),
    built_in("address", "地址", "Address", "text").form(),
];

impl Subject {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Item, Self::Person, Self::Customer, Self::Opportunity, Self::Order, Self::Ticket];

    /// Its word in the API, in field rights and in the audit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Person => "person",
            Self::Customer => "customer",
            Self::Opportunity => "opportunity",
            Self::Order => "order",
            Self::Ticket => "ticket",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.word() == word)
    }

    /// Its name in Chinese and English.
    #[must_use]
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Item => ("商品", "Item"),
            Self::Person => ("人员", "Person"),
            Self::Customer => ("客户", "Customer"),
            Self::Opportunity => ("商机", "Opportunity"),
            Self::Order => ("订单", "Order"),
            Self::Ticket => ("服务工单", "Service ticket"),
        }
    }

    /// The word of its custom fields as a sheet by themselves.
    #[must_use]
    pub const fn fields_word(self) -> &'static str {
        match self {
            Self::Item => "item_fields",
            Self::Person => "person_fields",
            Self::Customer => "customer_fields",
            Self::Opportunity => "opportunity_fields",
            Self::Order => "order_fields",
            Self::Ticket => "ticket_fields",
        }
    }

    /// The right to see such records, of those that belong to an organisation: what somebody's roles say of their fields depends on it.
    #[must_use]
    pub const fn placed(self) -> Option<Right> {
        match self {
            Self::Item => None,
            Self::Person => Some(Right::SeePeople),
            Self::Customer => Some(Right::SeeCustomers),
            Self::Opportunity => Some(Right::SeeOpportunities),
            Self::Order => Some(Right::SeeSales),
            Self::Ticket => Some(Right::SeeTickets),
        }
    }

    /// Its table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Person => "hub_user",
            Self::Customer => "customer",
            Self::Opportunity => "opportunity",
            Self::Order => "sales_order",
            Self::Ticket => "ticket",
        }
    }

    /// The fields that the hub itself gives to it.
    #[must_use]
    pub const fn built_in(self) -> &'static [BuiltIn] {
        match self {
            Self::Item => ITEM,
            Self::Person => PERSON,
            Self::Customer => CUSTOMER,
            Self::Opportunity => OPPORTUNITY,
            Self::Order => ORDER,
            Self::Ticket => TICKET,
        }
    }

    /// One of them.
    #[must_use]
    pub fn named(self, key: &str) -> Option<&'static BuiltIn> {
        self.built_in().iter().find(|of| of.key == key)
    }

    /// What expressions see as `record`.
    #[must_use]
    pub fn record(self) -> Type {
        use Type::{Bool, Date, Decimal, Int, Text};
        match self {
            Self::Item => Type::object([
                ("code", Text),
                ("name", Text),
                ("name_en", Text),
                ("unit", Text),
                ("cartons", Int),
                ("by_lot", Bool),
                ("is_kit", Bool),
            ]),
            Self::Person => Type::object([("login", Text), ("name", Text), ("organisation", Int), ("disabled", Bool)]),
            Self::Opportunity => {
                Type::object([("title", Text), ("amount", Decimal), ("expected_on", Text), ("organisation", Int), ("owner", Int)])
            }
            Self::Order => Type::object([
                ("customer", Int),
                ("organisation", Int),
                ("owner", Int),
                ("ordered_on", Date),
                ("promised_on", Date),
                ("amount", Decimal),
            ]),
            Self::Ticket => {
                Type::object([("kind", Text), ("fault", Text), ("organisation", Int), ("customer", Int), ("order", Int), ("item", Int)])
            }
            Self::Customer => Type::object([
                ("name", Text),
                ("class", Text),
                ("organisation", Int),
                ("gender", Text),
                ("birth_year", Int),
                ("source", Text),
                ("campaign", Text),
            ]),
        }
    }
}
