//! What a sheet of customers has.

use crate::http::problem::Text;
use crate::platform::import::{Choice, Column, Kind, Needed};

const GENDERS: &[Choice] = &[Choice { word: "female", zh: "女", en: "female" }, Choice { word: "male", zh: "男", en: "male" }];

const CLASSES: &[Choice] = &[
    Choice { word: "prospect", zh: "意向客户", en: "prospect" },
    Choice { word: "client", zh: "成交客户", en: "client" },
    Choice { word: "regular", zh: "老客户", en: "regular" },
];

struct Line {
    id: &'static str,
    title: (&'static str, &'static str),
    needed: Needed,
    kind: Kind,
    hint: (&'static str, &'static str),
    also: &'static [&'static str],
    example: &'static str,
}

const fn line(id: &'static str, title: (&'static str, &'static str), kind: Kind) -> Line {
    Line { id, title, needed: Needed::Never, kind, hint: ("", ""), also: &[], example: "" }
}

impl Line {
    const fn needed(self) -> Self {
        Self { needed: Needed::New, ..self }
    }

    const fn hint(self, zh: &'static str, en: &'static str) -> Self {
        Self { hint: (zh, en), ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}

const LINES: &[Line] = &[
    line("name", ("姓名", "Name"), Kind::Text(60)).needed().also(&["客户姓名", "客户名称", "客户", "名称"]).example("王女士"),
    line("phone", ("电话", "Phone"), Kind::Text(30))
        .hint("全公司同一电话只能有一位客户；已有的会被更新。", "One customer for each phone in the chain; one that is there is updated.")
        .also(&["手机", "手机号", "联系电话", "联系方式", "mobile"])
        .example("13812345678"),
    line("code", ("客户编号", "Number"), Kind::Code(40))
        .hint("原系统的编号，可以不填；再次导入时按它找到客户。", "That of the old system, if any; found again by it.")
        .also(&["编号", "客户ID", "code"])
        .example("KH-2023-0815"),
    line("organisation", ("所属组织", "Organisation"), Kind::Code(40))
        .needed()
        .hint("门店等组织的编码。", "Code of the store or other organisation.")
        .also(&["门店", "门店编码", "店铺", "组织", "store"])
        .example("XH01"),
    line("owner", ("负责人", "Owner"), Kind::Code(64))
        .hint("负责人的登录名；不填为公海。", "Login of whoever looks after them; nobody when empty.")
        .also(&["归属人", "导购", "顾问", "销售", "跟进人"])
        .example("li.lei"),
    line("class", ("客户类别", "Class"), Kind::Choice(CLASSES)).also(&["客户分类", "客户状态", "类别"]).example("意向客户"),
    line("gender", ("性别", "Gender"), Kind::Choice(GENDERS)).example("女"),
    line("birth_year", ("出生年份", "Year of birth"), Kind::Whole(1900, 2200)).also(&["出生年"]).example("1990"),
    line("email", ("邮箱", "E-mail"), Kind::Text(254)).also(&["电子邮箱", "mail"]).example("wang@example.com"),
    line("address", ("住址", "Address"), Kind::Text(300)).also(&["地址", "家庭住址", "小区"]).example("上海市徐汇区漕溪北路 88 号"),
    line("employer", ("工作单位", "Employer"), Kind::Text(100)).also(&["单位"]).example("某设计院"),
    line("position", ("职务", "Position"), Kind::Text(100)).also(&["职业", "职位"]).example("建筑师"),
    line("hobbies", ("兴趣爱好", "Hobbies"), Kind::Text(100)).also(&["爱好"]).example("徒步"),
    line("source", ("来源渠道", "Source"), Kind::Text(100))
        .hint("设置里“客户来源”的名称或编码。", "Name or code of the option list of sources.")
        .also(&["来源", "渠道", "客户来源"])
        .example("门店自然到访"),
    line("campaign", ("活动", "Campaign"), Kind::Text(100)).also(&["活动名称"]).example("春季展"),
    line("tags", ("标签", "Tags"), Kind::Text(1000))
        .hint(
            "标签的名称或编码，用顿号、逗号或分号隔开；会替换原有的。",
            "Names or codes with commas between; they replace those that are there.",
        )
        .also(&["客户标签"])
        .example("现代简约、30 万以上"),
    line("created", ("创建时间", "Made"), Kind::Day).hint("保留原来的日期。", "The original day is kept.").also(&[
        "登记日期",
        "建档日期",
        "创建日期",
    ]),
    line("last_follow", ("最近跟进", "Last follow-up"), Kind::Day).also(&["最后跟进", "最近跟进时间"]),
    line("next_follow", ("下次跟进", "Next follow-up"), Kind::Day).also(&["下次跟进时间"]),
    line("note", ("备注", "Note"), Kind::Text(2000)).also(&["说明", "描述"]).example("周末联系"),
];

/// The columns, in the order of the template.
pub(super) fn columns() -> Vec<Column> {
    let column = |line: &Line| Column {
        id: line.id.into(),
        title: Text::new(line.title.0, line.title.1),
        needed: line.needed,
        kind: line.kind,
        hint: Text::new(line.hint.0, line.hint.1),
        also: line.also,
        example: line.example,
        field: None,
    };
    LINES.iter().map(column).collect()
}
