//! What a sheet of people has.

use crate::http::problem::Text;
use crate::platform::import::{Column, Kind, Needed};

struct Line {
    id: &'static str,
    title: (&'static str, &'static str),
    needed: Needed,
    kind: Kind,
    hint: (&'static str, &'static str),
    also: &'static [&'static str],
    example: &'static str,
}

const LINES: [Line; 7] = [
    Line {
        id: "login",
        title: ("账号", "Login"),
        needed: Needed::Always,
        kind: Kind::Code(64),
        hint: (
            "登录名：2 到 64 个小写字母、数字或 . _ @ -；全公司唯一，已有的会被更新。",
            "2 to 64 of a-z, 0-9, . _ @ -; once in the chain: somebody who is there is updated.",
        ),
        also: &["登录名", "用户名", "工号", "username", "user"],
        example: "li.lei",
    },
    Line {
        id: "name",
        title: ("姓名", "Name"),
        needed: Needed::New,
        kind: Kind::Text(60),
        hint: ("", ""),
        also: &["名字", "员工姓名", "人员"],
        example: "李雷",
    },
    Line {
        id: "organisation",
        title: ("组织编码", "Organisation code"),
        needed: Needed::New,
        kind: Kind::Code(200),
        hint: (
            "所属组织的编码；名称在您的范围内只有一个时也可以写名称。",
            "Code of the organisation they belong to, or its name where only one within your reach is called so.",
        ),
        also: &["组织", "所属组织", "门店", "部门", "Organisation", "store"],
        example: "XH01",
    },
    Line {
        id: "roles",
        title: ("角色", "Roles"),
        needed: Needed::Never,
        kind: Kind::Text(1000),
        hint: (
            "角色的名称或编码，几个用分号隔开；管理指定组织的写成“角色@组织编码,组织编码”。会替换原有的角色；不能超出您自己的权限。",
            "Names or codes, semicolons between; where a role holds elsewhere: role@code,code. They replace those that are there, and allow no \
             more than yours.",
        ),
        also: &["岗位", "职位", "role"],
        example: "store_manager; region_manager@EAST,WEST",
    },
    Line {
        id: "phone",
        title: ("电话", "Phone"),
        needed: Needed::Never,
        kind: Kind::Text(30),
        hint: ("加密保存；遮盖过的号码（138****5678）不会改动原来的。", "Sealed; a masked number (138****5678) changes nothing."),
        also: &["手机", "手机号", "联系电话", "mobile"],
        example: "13812345678",
    },
    Line {
        id: "email",
        title: ("邮箱", "E-mail"),
        needed: Needed::Never,
        kind: Kind::Text(254),
        hint: ("加密保存；遮盖过的邮箱不会改动原来的。", "Sealed; a masked address changes nothing."),
        also: &["电子邮箱", "mail"],
        example: "li.lei@example.com",
    },
    Line {
        id: "disabled",
        title: ("已停用", "Disabled"),
        needed: Needed::Never,
        kind: Kind::Flag,
        hint: ("停用的人不能登录，已登录的会退出。", "Whoever is disabled cannot sign in and is signed out."),
        also: &["停用", "离职"],
        example: "否",
    },
];

/// The columns, in the order of the template.
pub(super) fn columns() -> Vec<Column> {
    let column = |line: Line| Column {
        id: line.id.into(),
        title: Text::new(line.title.0, line.title.1),
        needed: line.needed,
        kind: line.kind,
        hint: Text::new(line.hint.0, line.hint.1),
        also: line.also,
        example: line.example,
        field: None,
    };
    LINES.into_iter().map(column).collect()
}
