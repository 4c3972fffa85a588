//! The columns of the lists: their words, what stands over them, and which of them somebody wants in which order.

use std::borrow::Cow;

use super::lists::List;
use super::sheet::Out;
use crate::catalog::Items;
use crate::http::problem::{Language, Problem, Text};
use crate::platform::fields::CompiledField;
use crate::platform::import::Importable as _;

/// A column of a list.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its word in the API; `custom.colour` for a custom field.
    pub id: Cow<'static, str>,
    /// What stands over it.
    pub title: Text,
}

const STOCK: &[(&str, &str, &str)] = &[
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("name_en", "英文名称", "English name"),
    ("unit", "单位", "Unit"),
    ("sets", "现存（齐套）", "Complete sets"),
    ("quantity", "包件合计", "Cartons together"),
    ("cartons", "各包件", "By carton"),
];

const STOCK_BY_LOCATION: &[(&str, &str, &str)] = &[
    ("site", "站点", "Site"),
    ("code", "库位", "Location"),
    ("kind", "类型", "Kind"),
    ("lines", "品种数", "Different things"),
    ("quantity", "数量", "Quantity"),
];

const LOCATIONS: &[(&str, &str, &str)] = &[
    ("site", "站点", "Site"),
    ("code", "库位", "Location"),
    ("kind", "类型", "Kind"),
    ("name", "名称", "Name"),
    ("on_hand", "现存", "On hand"),
];

const MOVEMENTS: &[(&str, &str, &str)] = &[
    ("id", "流水号", "Number"),
    ("at", "时间", "Time"),
    ("site", "站点", "Site"),
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("carton", "包件", "Carton"),
    ("lot", "色号", "Dye lot"),
    ("quantity", "数量", "Quantity"),
    ("unit", "单位", "Unit"),
    ("from", "从", "From"),
    ("to", "到", "To"),
    ("reason", "原因", "Reason"),
    ("task", "任务", "Task"),
    ("operator", "操作员", "Operator"),
    ("edge", "边缘设备", "Edge"),
    ("reversed", "已被撤销", "Taken back"),
];

const TASKS: &[(&str, &str, &str)] = &[
    ("number", "任务号", "Number"),
    ("kind", "类型", "Kind"),
    ("site", "站点", "Site"),
    ("reference", "说明", "Reference"),
    ("state", "状态", "State"),
    ("lines", "行数", "Lines"),
    ("asked", "应做", "Asked"),
    ("done", "已做", "Done"),
    ("short", "缺", "Short"),
    ("created_by", "创建人", "Made by"),
    ("created", "创建时间", "Made"),
    ("started", "开始时间", "Started"),
    ("finished", "完成时间", "Finished"),
];

const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("id", "编号", "Number"),
    ("kind", "类型", "Kind"),
    ("site", "站点", "Site"),
    ("edge", "边缘设备", "Edge"),
    ("opened", "发生时间", "Opened"),
    ("state", "状态", "State"),
    ("resolved", "处理时间", "Resolved"),
    ("resolved_by", "处理人", "Resolved by"),
    ("data", "详情", "Details"),
];

const PEOPLE: &[(&str, &str, &str)] = &[
    ("name", "姓名", "Name"),
    ("login", "账号", "Login"),
    ("organisation", "组织", "Organisation"),
    ("roles", "角色", "Roles"),
    ("phone", "电话", "Phone"),
    ("email", "邮箱", "E-mail"),
    ("codes", "动态验证码", "One-time codes"),
    ("state", "已停用", "Disabled"),
];

const CUSTOMERS: &[(&str, &str, &str)] = &[
    ("code", "客户编号", "Number"),
    ("name", "姓名", "Name"),
    ("class", "客户类别", "Class"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("gender", "性别", "Gender"),
    ("birth_year", "出生年份", "Year of birth"),
    ("phone", "电话", "Phone"),
    ("email", "邮箱", "E-mail"),
    ("address", "住址", "Address"),
    ("employer", "工作单位", "Employer"),
    ("position", "职务", "Position"),
    ("hobbies", "兴趣爱好", "Hobbies"),
    ("source", "来源渠道", "Source"),
    ("campaign", "活动", "Campaign"),
    ("tags", "标签", "Tags"),
    ("order_count", "购买次数", "Orders"),
    ("last_order_on", "最近购买", "Last order"),
    ("created", "创建时间", "Made"),
    ("last_follow", "最近跟进", "Last follow-up"),
    ("next_follow", "下次跟进", "Next follow-up"),
    ("note", "备注", "Note"),
];

const ORDERS: &[(&str, &str, &str)] = &[
    ("code", "订单编号", "Number"),
    ("state", "状态", "State"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("ordered_on", "下单日期", "Ordered"),
    ("promised_on", "预计送达", "Promised"),
    ("delivered_on", "实际送达", "Delivered"),
    ("late", "逾期", "Late"),
    ("amount", "总价（元）", "Amount (yuan)"),
    ("paid", "已付（元）", "Paid (yuan)"),
    ("created_by", "开单人", "Made by"),
];

const PAYMENTS: &[(&str, &str, &str)] = &[
    ("id", "流水号", "Number"),
    ("at", "时间", "Time"),
    ("day", "对账日", "Day of the count"),
    ("kind", "类型", "Kind"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("amount", "金额（元）", "Amount (yuan)"),
    ("method", "收款方式", "Method"),
    ("reference", "凭证号", "Number of the slip"),
    ("from_order", "从订单", "From order"),
    ("to_order", "到订单", "To order"),
    ("reverses", "撤销了流水号", "Undoes"),
    ("reversed_by", "被流水号撤销", "Undone by"),
    ("reason", "原因", "Reason"),
    ("author", "经手人", "By"),
];

const OPPORTUNITIES: &[(&str, &str, &str)] = &[
    ("code", "商机编号", "Number"),
    ("title", "商机名称", "Title"),
    ("customer", "客户", "Customer"),
    ("organisation", "所属组织", "Organisation"),
    ("owner", "负责人", "Owner"),
    ("stage", "阶段", "Stage"),
    ("state", "状态", "State"),
    ("amount", "预计金额", "Expected amount"),
    ("expected_on", "预计签约", "Expected on"),
    ("stage_since", "进入阶段时间", "In this stage since"),
    ("overdue", "已超时", "Overdue"),
    ("block_reason", "停滞原因", "Stuck for"),
    ("created", "创建时间", "Made"),
    ("closed", "结束时间", "Closed"),
];

const TICKETS: &[(&str, &str, &str)] = &[
    ("code", "工单号", "Number"),
    ("kind", "类型", "For"),
    ("fault", "故障类别", "Kind of fault"),
    ("state", "状态", "State"),
    ("organisation", "服务组织", "Organisation"),
    ("dispatcher", "派单人", "Dispatcher"),
    ("installer", "师傅", "Installer"),
    ("contact", "联系人", "Contact"),
    ("phone", "电话", "Phone"),
    ("address", "地址", "Address"),
    ("item", "商品", "Item"),
    ("from", "来源工单", "Made of"),
    ("problem", "问题描述", "Problem"),
    ("steps", "解决步骤", "Steps"),
    ("result", "处理结果", "Result"),
    ("satisfaction", "满意度", "Satisfaction"),
    ("feedback", "反馈时间", "Told"),
    ("appointed", "预约时间", "Appointment"),
    ("due", "应完成", "Due"),
    ("done", "完工时间", "Done"),
    ("far", "定位偏远", "Checked in from afar"),
    ("note", "备注", "Note"),
];

const PRICES: &[(&str, &str, &str)] = &[
    ("list", "价目表", "Price list"),
    ("code", "商品编码", "Item code"),
    ("name", "商品名称", "Name"),
    ("unit", "单位", "Unit"),
    ("unit_price", "单价", "Unit price"),
    ("cost", "进价", "Cost"),
    ("most_discount", "最大折扣 %", "Greatest discount %"),
];

/// The columns of a list in the order of its rows; those of custom fields are the last.
#[must_use]
pub fn columns(list: List, custom: &[&CompiledField]) -> Vec<Column> {
    let own = match list {
        List::Items => {
            let own = Items.columns().into_iter().map(|column| Column { id: column.id, title: column.title });
            let more = Column { id: "on_hand".into(), title: Text::new("现存（齐套）", "On hand (complete sets)") };
            return own.chain([more]).chain(custom.iter().map(|of| custom_column(of))).collect();
        }
        List::Stock => STOCK,
        List::StockByLocation => STOCK_BY_LOCATION,
        List::Locations => LOCATIONS,
        List::Movements => MOVEMENTS,
        List::Tasks => TASKS,
        List::Exceptions => EXCEPTIONS,
        List::People => PEOPLE,
        List::Customers => CUSTOMERS,
        List::Payments => PAYMENTS,
        List::Opportunities => OPPORTUNITIES,
        List::Tickets => TICKETS,
        List::Prices => PRICES,
        List::Orders => ORDERS,
    };
    let own = own.iter().map(|(id, zh, en)| Column { id: (*id).into(), title: Text::new(*zh, *en) });
    own.chain(custom.iter().map(|of| custom_column(of))).collect()
}

fn custom_column(of: &CompiledField) -> Column {
    let (zh, en) = of.titles();
    Column { id: format!("custom.{}", of.field.key).into(), title: Text::new(zh.to_owned(), en.to_owned()) }
}

/// Which columns a sheet has, by their places in a row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen(Vec<usize>);

impl Chosen {
    /// Those that are wanted, in that order; all of them when nobody says. One that the reader's roles hide is one that is not there.
    ///
    /// # Errors
    /// A 422 problem that names the column that is not there, or comes twice.
    pub fn of(all: &[Column], wanted: Option<&[String]>) -> Result<Self, Problem> {
        let Some(wanted) = wanted else { return Ok(Self((0..all.len()).collect())) };
        let mut chosen = Vec::with_capacity(wanted.len());
        if wanted.is_empty() {
            let (zh, en) = ("至少要选一列。", "At least one column is needed.");
            return Err(Problem::invalid("export_columns", "columns", zh, en));
        }
        for (n, id) in wanted.iter().enumerate() {
            let field = format!("columns[{n}]");
            let Some(at) = all.iter().position(|column| column.id == *id) else {
                let (zh, en) = (format!("这个列表没有 {id} 这一列。"), format!("This list has no column {id}."));
                return Err(Problem::invalid("export_column", field, zh, en));
            };
            if chosen.contains(&at) {
                let (zh, en) = (format!("{id} 这一列写了两次。"), format!("The column {id} is given twice."));
                return Err(Problem::invalid("export_column_once", field, zh, en));
            }
            chosen.push(at);
        }
        Ok(Self(chosen))
    }

    /// What stands over them.
    #[must_use]
    pub fn heading(&self, all: &[Column], language: Language) -> Vec<String> {
        self.0.iter().filter_map(|at| all.get(*at)).map(|column| column.title.in_language(language).to_owned()).collect()
    }

    /// Their cells out of a row of the list.
    #[must_use]
    pub fn cells(&self, mut row: Vec<Out>) -> Vec<Out> {
        let mut cell = |at: &usize| row.get_mut(*at).map_or(Out::Empty, |cell| std::mem::replace(cell, Out::Empty));
        self.0.iter().map(&mut cell).collect()
    }
}
