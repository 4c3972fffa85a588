//! The tree of organisations, roles as data, who has which role where, and other ways to sign in than a password.
//!
//! Every site becomes an organisation beneath the headquarters; every user keeps what they could do: the four fixed roles become four of
//! the thirteen built-in ones.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null, text};
use sea_orm_migration::sea_orm::DbBackend;

use super::{id, index, primary, refers, table};

pub(super) struct Organisation;

impl MigrationName for Organisation {
    fn name(&self) -> &'static str {
        "m0002_organisation"
    }
}

fn organisations(backend: DbBackend) -> TableCreateStatement {
    // "/1/4/9/": ids from the headquarters down, itself last. Compared byte by byte, so that a subtree is one range of an index.
    let mut path = string("path");
    if backend == DbBackend::Postgres {
        path = path.extra("COLLATE \"C\"").take();
    }
    // `switches`: {"module": false} switches a module off here and below.
    table("organisation")
        .col(id())
        .col(big_integer_null("parent_id"))
        .col(string("kind"))
        .col(string("code").unique_key())
        .col(string("name"))
        .col(string("name_en"))
        .col(path)
        .col(string("time_zone"))
        .col(boolean("active"))
        .col(text("switches"))
        .col(big_integer("version"))
        .foreign_key(&mut refers("parent_id", "organisation"))
        .take()
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        // `scope`: all, chosen, below, own, records. `rights`: words, "*" for every one. `fields`: {"entity.field": none|masked|read|write}.
        table("role")
            .col(id())
            .col(string("code").unique_key())
            .col(string("name"))
            .col(string("name_en"))
            .col(boolean("built_in"))
            .col(string("scope"))
            .col(text("rights"))
            .col(text("fields"))
            .col(boolean("codes_required"))
            .col(big_integer("version"))
            .take(),
        // `organisations`: ids that stand in for the person's own organisation; empty for that one.
        table("person_role")
            .col(big_integer("person_id"))
            .col(big_integer("role_id"))
            .col(text("organisations"))
            .primary_key(&mut primary(&["person_id", "role_id"]))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .foreign_key(&mut refers("role_id", "role"))
            .take(),
        // People who work on a record that is not theirs.
        table("collaborator")
            .col(string("entity"))
            .col(big_integer("record_id"))
            .col(big_integer("person_id"))
            .primary_key(&mut primary(&["entity", "record_id", "person_id"]))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
    ]
}

fn signing_in() -> Vec<TableCreateStatement> {
    vec![
        // `rights`: what its person has and this list names. Only a digest of the token is kept, and its first letters to tell it by.
        table("api_token")
            .col(id())
            .col(big_integer("person_id"))
            .col(string("name"))
            .col(string("prefix"))
            .col(string("token_hash").unique_key())
            .col(text("rights"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("expires_ms"))
            .col(big_integer_null("revoked_ms"))
            .col(big_integer_null("last_used_ms"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
        // `confirmed_ms` null: begun, but no code was given yet. `last_step`: the last code's time step, so that none is good twice.
        table("one_time_secret")
            .col(big_integer("person_id").primary_key())
            .col(text("secret"))
            .col(big_integer_null("confirmed_ms"))
            .col(big_integer("last_step"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
        table("recovery_code")
            .col(big_integer("person_id"))
            .col(string("code_hash"))
            .col(big_integer_null("used_ms"))
            .primary_key(&mut primary(&["person_id", "code_hash"]))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
        // Who somebody is at another house that vouches for them (OpenID Connect).
        table("outside_identity")
            .col(string("issuer"))
            .col(string("subject"))
            .col(big_integer("person_id"))
            .col(string_null("name"))
            .primary_key(&mut primary(&["issuer", "subject"]))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
    ]
}

/// Roles as they are delivered: code, names, scope, rights.
const ROLES: [(&str, &str, &str, &str, &str); 13] = [
    ("administrator", "系统管理员", "Administrator", "all", r#"["*"]"#),
    ("analyst", "数据分析", "Analyst", "all", r#"["stock.see","work.see","edges.see"]"#),
    (
        "region_manager",
        "区域经理",
        "Region manager",
        "chosen",
        r#"["stock.see","work.see","edges.see","tasks","cases","approvals","people.see","people","organisations","tokens"]"#,
    ),
    (
        "dealer_owner",
        "经销商老板",
        "Dealer owner",
        "below",
        r#"["stock.see","work.see","edges.see","tasks","cases","approvals","people.see","people","organisations","tokens"]"#,
    ),
    (
        "store_manager",
        "店长/主管",
        "Store manager",
        "below",
        r#"["stock.see","work.see","edges.see","tasks","cases","approvals","people.see","people"]"#,
    ),
    ("sales", "销售", "Sales", "records", r#"["stock.see"]"#),
    ("designer", "设计师", "Designer", "records", r#"["stock.see"]"#),
    ("warehouse", "仓库", "Warehouse", "own", r#"["stock.see","work.see","edges.see","tasks","cases"]"#),
    ("dispatcher", "调度", "Dispatcher", "below", r#"["stock.see","work.see"]"#),
    ("installer", "安装工", "Installer", "records", r#"[]"#),
    ("customer_service", "客服", "Customer service", "own", r#"["stock.see"]"#),
    ("finance", "财务", "Finance", "below", r#"["stock.see","work.see"]"#),
    ("auditor", "审计（只读）", "Auditor", "all", r#"["stock.see","work.see","edges.see","people.see"]"#),
];

/// Sites and users as they were, in the new form.
const MOVE: [&str; 12] = [
    "INSERT INTO organisation (kind, code, name, name_en, path, time_zone, active, switches, version) SELECT 'headquarters', \
     CASE WHEN EXISTS (SELECT 1 FROM site WHERE code = 'HQ') THEN 'HEADQUARTERS' ELSE 'HQ' END, '总部', 'Headquarters', '', \
     COALESCE((SELECT MIN(time_zone) FROM site), 'Asia/Shanghai'), TRUE, '{}', 1",
    "UPDATE organisation SET path = '/' || id || '/'",
    "ALTER TABLE site ADD COLUMN organisation_id BIGINT",
    "INSERT INTO organisation (parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) \
     SELECT o.id, CASE WHEN s.name LIKE '%仓%' THEN 'warehouse' ELSE 'store' END, s.code, s.name, '', '', s.time_zone, TRUE, '{}', 1 \
     FROM site s CROSS JOIN organisation o ORDER BY s.id",
    "UPDATE organisation SET path = (SELECT o.path FROM organisation o WHERE o.parent_id IS NULL) || id || '/' WHERE path = ''",
    "UPDATE site SET organisation_id = (SELECT o.id FROM organisation o WHERE o.code = site.code)",
    "ALTER TABLE hub_user ADD COLUMN organisation_id BIGINT",
    "ALTER TABLE hub_user ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
    "UPDATE hub_user SET organisation_id = COALESCE((SELECT s.organisation_id FROM site s WHERE s.id = hub_user.site_id), \
     (SELECT o.id FROM organisation o WHERE o.parent_id IS NULL))",
    // An auditor of one site sees that site: a chosen organisation narrows a role that would see everything.
    "INSERT INTO person_role (person_id, role_id, organisations) SELECT u.id, r.id, \
     CASE WHEN u.role = 'auditor' AND u.site_id IS NOT NULL THEN '[' || u.organisation_id || ']' ELSE '[]' END FROM hub_user u \
     JOIN role r ON r.code = CASE u.role WHEN 'admin' THEN 'administrator' WHEN 'manager' THEN 'store_manager' ELSE u.role END",
    "ALTER TABLE hub_user DROP COLUMN role",
    "ALTER TABLE hub_user DROP COLUMN site_id",
];

#[async_trait::async_trait]
impl MigrationTrait for Organisation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(organisations(manager.get_database_backend())).await?;
        for table in people().into_iter().chain(signing_in()) {
            manager.create_table(table).await?;
        }
        for (code, name, name_en, scope, rights) in ROLES {
            let row = Query::insert()
                .into_table("role")
                .columns(["code", "name", "name_en", "built_in", "scope", "rights", "fields", "codes_required", "version"])
                .values_panic([
                    code.into(),
                    name.into(),
                    name_en.into(),
                    true.into(),
                    scope.into(),
                    rights.into(),
                    if code == "administrator" { r#"{"*":"write"}"# } else { "{}" }.into(),
                    false.into(),
                    1_i64.into(),
                ])
                .to_owned();
            manager.exec_stmt(row).await?;
        }
        let db = manager.get_connection();
        for statement in MOVE {
            db.execute_unprepared(statement).await?;
        }
        for statement in ["ALTER TABLE hub_session ADD COLUMN agent TEXT", "ALTER TABLE hub_session ADD COLUMN address TEXT"] {
            db.execute_unprepared(statement).await?;
        }
        // Grows with every change of the tree, so that what is kept of it in memory is known to be old.
        let counter = Query::insert()
            .into_table("setting")
            .columns(["key", "value"])
            .values_panic(["organisation_tree".into(), "1".into()])
            .to_owned();
        manager.exec_stmt(counter).await?;
        for index in [
            index("organisation_path", "organisation", &["path"]),
            index("organisation_parent", "organisation", &["parent_id"]),
            index("site_organisation", "site", &["organisation_id"]),
            index("hub_user_organisation", "hub_user", &["organisation_id"]),
            index("hub_session_user", "hub_session", &["user_id"]),
            index("api_token_person", "api_token", &["person_id"]),
            index("person_role_role", "person_role", &["role_id"]),
            index("collaborator_person", "collaborator", &["person_id"]),
            index("outside_identity_person", "outside_identity", &["person_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
