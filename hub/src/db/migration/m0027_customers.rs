//! Customers: who they are, sealed where it is about their life; tags, follow-ups; the option lists that describe them, and who may see them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer_null, string, string_null, text, text_null};
use sea_orm_migration::sea_orm::DbBackend;

use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Customers;

impl MigrationName for Customers {
    fn name(&self) -> &'static str {
        "m0027_customers"
    }
}

/// Option lists as they are delivered; they are settings like any other from then on. A list `customer_tag_…` is a group of tags.
const LISTS: [(&str, &str); 8] = [
    (
        "customer_source",
        r#"{"title":"客户来源","title_en":"Where customers come from","options":[
            {"code":"store","title":"门店自然到访","title_en":"Walk-in"},{"code":"referral","title":"老客户介绍","title_en":"Referral"},
            {"code":"designer","title":"设计师推荐","title_en":"Designer"},{"code":"website","title":"官网","title_en":"Website"},
            {"code":"fair","title":"展会","title_en":"Fair"},{"code":"ad","title":"广告","title_en":"Advertising"},
            {"code":"wechat","title":"微信","title_en":"WeChat"},{"code":"douyin","title":"抖音","title_en":"Douyin"},
            {"code":"xiaohongshu","title":"小红书","title_en":"Xiaohongshu"},{"code":"baidu","title":"百度","title_en":"Baidu"},
            {"code":"other","title":"其他","title_en":"Other"}]}"#,
    ),
    (
        "follow_up_kind",
        r#"{"title":"跟进方式","title_en":"Kinds of follow-up","options":[
            {"code":"call","title":"电话","title_en":"Call"},{"code":"message","title":"微信/短信","title_en":"Message"},
            {"code":"store","title":"到店","title_en":"Visit to the store"},{"code":"visit","title":"上门","title_en":"Visit to the home"},
            {"code":"measure","title":"量尺","title_en":"Measuring"},{"code":"other","title":"其他","title_en":"Other"}]}"#,
    ),
    (
        "customer_tag_style",
        r#"{"title":"装修风格","title_en":"Style","options":[
            {"code":"modern","title":"现代简约","title_en":"Modern"},{"code":"chinese","title":"新中式","title_en":"New Chinese"},
            {"code":"nordic","title":"北欧","title_en":"Nordic"},{"code":"luxury","title":"轻奢","title_en":"Light luxury"},
            {"code":"european","title":"欧式","title_en":"European"},{"code":"japanese","title":"日式","title_en":"Japanese"}]}"#,
    ),
    (
        "customer_tag_product",
        r#"{"title":"产品偏好","title_en":"Products","options":[
            {"code":"wardrobe","title":"衣柜","title_en":"Wardrobes"},{"code":"sofa","title":"沙发","title_en":"Sofas"},
            {"code":"bed","title":"床和床垫","title_en":"Beds"},{"code":"dining","title":"餐桌椅","title_en":"Dining"},
            {"code":"curtain","title":"窗帘","title_en":"Curtains"},{"code":"kitchen","title":"橱柜","title_en":"Kitchens"},
            {"code":"whole_house","title":"全屋定制","title_en":"Whole house"}]}"#,
    ),
    (
        "customer_tag_budget",
        r#"{"title":"预算区间","title_en":"Budget","options":[
            {"code":"low","title":"3 万以下","title_en":"Below 30,000"},{"code":"middle","title":"3–10 万","title_en":"30,000 to 100,000"},
            {"code":"upper","title":"10–30 万","title_en":"100,000 to 300,000"},{"code":"high","title":"30 万以上","title_en":"Above 300,000"}]}"#,
    ),
    (
        "customer_tag_power",
        r#"{"title":"消费能力","title_en":"Purchasing power","options":[
            {"code":"basic","title":"刚需","title_en":"Basic needs"},{"code":"improving","title":"改善","title_en":"Improving"},
            {"code":"high_end","title":"高端","title_en":"High end"}]}"#,
    ),
    (
        "customer_tag_family",
        r#"{"title":"家庭结构","title_en":"Family","options":[
            {"code":"single","title":"单身","title_en":"Single"},{"code":"couple","title":"两口之家","title_en":"Couple"},
            {"code":"children","title":"有孩子","title_en":"With children"},{"code":"three_generations","title":"三代同堂","title_en":"Three generations"}]}"#,
    ),
    (
        "customer_tag_cycle",
        r#"{"title":"决策周期","title_en":"Decides within","options":[
            {"code":"month","title":"一个月内","title_en":"A month"},{"code":"quarter","title":"三个月内","title_en":"Three months"},
            {"code":"half_year","title":"半年内","title_en":"Half a year"},{"code":"later","title":"更久","title_en":"Later"}]}"#,
    ),
];

/// Who sees customers, who looks after them, who gives them to others. Roles of a house's own, and what was changed of these, keep what they
/// had beside it.
const RIGHTS: [(&str, &str); 10] = [
    ("region_manager", r#","customers.see","customers","customers.assign"]"#),
    ("dealer_owner", r#","customers.see","customers","customers.assign"]"#),
    ("store_manager", r#","customers.see","customers","customers.assign"]"#),
    ("sales", r#","customers.see","customers"]"#),
    ("designer", r#","customers.see","customers"]"#),
    ("customer_service", r#","customers.see","customers"]"#),
    ("analyst", r#","customers.see"]"#),
    ("dispatcher", r#","customers.see"]"#),
    ("finance", r#","customers.see"]"#),
    ("auditor", r#","customers.see"]"#),
];

/// Whoever looks after customers has to reach them.
const FIELDS: &str = r#""customer.phone":"write","customer.email":"write","customer.address":"write"}"#;

fn customers() -> Vec<TableCreateStatement> {
    vec![
        // `code`: `C` and the number, or that of the house that a customer was brought over from. `class`: prospect, client, regular.
        // `idle_since_ms`: the last follow-up, or when the customer was made.
        table("customer")
            .col(id())
            .col(string_null("code").unique_key())
            .col(big_integer("organisation_id"))
            .col(big_integer_null("owner_id"))
            .col(string("name"))
            .col(string("class"))
            .col(string("gender"))
            .col(integer_null("birth_year"))
            .col(text_null("phone"))
            .col(text_null("phone_hash"))
            .col(text_null("phone_last"))
            .col(text_null("email"))
            .col(text_null("email_hash"))
            .col(text_null("address"))
            .col(text_null("address_hash"))
            .col(text_null("note"))
            .col(string("employer"))
            .col(string("position"))
            .col(string("hobbies"))
            .col(string("source"))
            .col(string("campaign"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("last_follow_ms"))
            .col(big_integer_null("next_follow_ms"))
            .col(big_integer("idle_since_ms"))
            .col(string_null("idempotency_key").unique_key())
            .col(big_integer("version"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("owner_id", "hub_user"))
            .take(),
        // `tag`: group and code, as `style.modern`.
        table("customer_tag")
            .col(big_integer("customer_id"))
            .col(string("tag"))
            .primary_key(&mut primary(&["customer_id", "tag"]))
            .foreign_key(&mut refers("customer_id", "customer"))
            .take(),
        table("follow_up")
            .col(id())
            .col(big_integer("customer_id"))
            .col(string("kind"))
            .col(text("text"))
            .col(big_integer("at_ms"))
            .col(big_integer_null("next_ms"))
            .col(string("author"))
            .col(big_integer("created_ms"))
            .col(string_null("idempotency_key").unique_key())
            .foreign_key(&mut refers("customer_id", "customer"))
            .take(),
    ]
}

/// Publishes an option list. One that a house has made under this name itself stays its own.
pub(super) async fn deliver(manager: &SchemaManager<'_>, name: &str, document: &str) -> Result<(), DbErr> {
    let of_list = Expr::col("kind").eq("options").and(Expr::col("name").eq(name));
    let there = Query::select().column("name").from("settings_document").and_where(of_list).to_owned();
    if manager.get_connection().query_one(&there).await?.is_some() {
        return Ok(());
    }
    let made = Query::insert()
        .into_table("settings_document")
        .columns(["kind", "name", "published", "version", "changed_by", "changed_ms"])
        .values_panic(["options".into(), name.into(), 1_i64.into(), 1_i64.into(), "hub".into(), 0_i64.into()])
        .to_owned();
    manager.exec_stmt(made).await?;
    let document: serde_json::Value = serde_json::from_str(document).map_err(|error| DbErr::Custom(error.to_string()))?;
    let version = Query::insert()
        .into_table("settings_version")
        .columns(["kind", "name", "number", "document", "restores", "author", "at_ms"])
        .values_panic(["options".into(), name.into(), 1_i64.into(), document.into(), 0_i64.into(), "hub".into(), 0_i64.into()])
        .to_owned();
    manager.exec_stmt(version).await
}

#[async_trait::async_trait]
impl MigrationTrait for Customers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in customers() {
            manager.create_table(made).await?;
        }
        for index in [
            // One customer for each phone in the whole chain.
            index("customer_phone", "customer", &["phone_hash"]).unique().take(),
            index("customer_phone_last", "customer", &["phone_last"]),
            index("customer_email", "customer", &["email_hash"]),
            index("customer_organisation", "customer", &["organisation_id", "id"]),
            index("customer_owner", "customer", &["owner_id", "id"]),
            index("customer_class", "customer", &["class", "id"]),
            index("customer_source", "customer", &["source", "id"]),
            index("customer_idle", "customer", &["idle_since_ms"]),
            index("customer_next", "customer", &["next_follow_ms"]),
            index("customer_tag_of", "customer_tag", &["tag", "customer_id"]),
            index("follow_up_of", "follow_up", &["customer_id", "at_ms"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        let kind = if manager.get_database_backend() == DbBackend::Postgres { "jsonb" } else { "json_text" };
        db.execute_unprepared(&format!("ALTER TABLE customer ADD COLUMN custom {kind} NOT NULL DEFAULT '{{}}'")).await?;
        for (role, rights) in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || '{rights}' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        let reach = "WHERE built_in AND rights LIKE '%\"customers\"%' AND fields LIKE";
        db.execute_unprepared(&format!(
            "UPDATE role SET fields = SUBSTR(fields, 1, LENGTH(fields) - 1) || ',{FIELDS}' {reach} '{{\"%' AND fields NOT LIKE '{{\"*\"%'"
        ))
        .await?;
        db.execute_unprepared(&format!("UPDATE role SET fields = '{{{FIELDS}' {reach} '{{}}'")).await?;
        for (name, document) in LISTS {
            deliver(manager, name, document).await?;
        }
        Ok(())
    }
}
