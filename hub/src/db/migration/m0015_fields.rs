//! Settings that are drafted, published and taken back (custom fields, option lists, pipelines), and room for values of custom fields.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, json, json_null, string};
use sea_orm_migration::sea_orm::DbBackend;

use super::{primary, table};

/// See the head of this file.
pub(super) struct Fields;

impl MigrationName for Fields {
    fn name(&self) -> &'static str {
        "m0015_fields"
    }
}

/// The pipelines that the hub comes with: five stages from a lead to a signed contract, and the longer path with measuring and delivery.
/// They are settings like any other from then on.
const PIPELINES: [(&str, &str); 2] = [
    (
        "sales",
        r#"{"entity":"opportunity","title":"标准销售流程","title_en":"Standard sales","stages":[
            {"code":"lead","title":"线索获取","title_en":"Lead","owner_role":"sales","deliverable":"客户姓名、联系方式和来源渠道","limit_hours":48,"chance":5},
            {"code":"contact","title":"初步沟通","title_en":"First contact","owner_role":"sales","deliverable":"需求、预算和上门时间","limit_hours":120,"chance":15,
             "block_reasons":[{"code":"no_visit","title":"未及时预约上门量房","title_en":"Measuring not arranged in time"}]},
            {"code":"design","title":"方案设计","title_en":"Design","owner_role":"designer","deliverable":"至少一份设计草图","limit_hours":168,"chance":35,
             "leave":{"files":[{"kind":"design_sketch","title":"设计草图","title_en":"design sketch","at_least":1}]},
             "block_reasons":[{"code":"no_designer","title":"设计师资源紧张","title_en":"No designer free"}]},
            {"code":"quote","title":"报价确认","title_en":"Quote confirmed","owner_role":"sales","deliverable":"客户签字的报价截图","limit_hours":120,"chance":60,
             "leave":{"files":[{"kind":"signed_quote","title":"客户签字截图","title_en":"quote signed by the customer","at_least":1}]},
             "block_reasons":[{"code":"price","title":"价格对比竞品缺乏优势","title_en":"Price no better than a competitor's"}]},
            {"code":"contract","title":"合同签订","title_en":"Contract signed","owner_role":"store_manager","deliverable":"签订的合同","chance":100,"end":"won"},
            {"code":"lost","title":"已流失","title_en":"Lost","chance":0,"end":"lost"}]}"#,
    ),
    (
        "sales_with_delivery",
        r#"{"entity":"opportunity","title":"量尺到交付流程","title_en":"From measuring to delivery","stages":[
            {"code":"enquiry","title":"初步咨询","title_en":"Enquiry","owner_role":"sales","limit_hours":48,"chance":10},
            {"code":"measuring","title":"上门量尺","title_en":"Measuring","owner_role":"designer","limit_hours":120,"chance":25},
            {"code":"design","title":"方案设计","title_en":"Design","owner_role":"designer","limit_hours":168,"chance":40,
             "leave":{"files":[{"kind":"design_sketch","title":"设计草图","title_en":"design sketch","at_least":1}]}},
            {"code":"quote","title":"报价","title_en":"Quote","owner_role":"sales","limit_hours":120,"chance":60},
            {"code":"contract","title":"合同","title_en":"Contract","owner_role":"store_manager","limit_hours":72,"chance":90},
            {"code":"delivery","title":"交付","title_en":"Delivery","owner_role":"dispatcher","chance":100,"end":"won"},
            {"code":"lost","title":"已流失","title_en":"Lost","chance":0,"end":"lost"}]}"#,
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Fields {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `published`: number of the version that holds; 0 before the first. `version` grows with every change, also of the draft.
        let documents = table("settings_document")
            .col(string("kind"))
            .col(string("name"))
            .col(json_null("draft"))
            .col(big_integer("published"))
            .col(big_integer("version"))
            .col(string("changed_by"))
            .col(big_integer("changed_ms"))
            .primary_key(&mut primary(&["kind", "name"]))
            .take();
        // Every version that was ever published. `restores`: the older one that it brought back, or 0.
        let versions = table("settings_version")
            .col(string("kind"))
            .col(string("name"))
            .col(big_integer("number"))
            .col(json("document"))
            .col(big_integer("restores"))
            .col(string("author"))
            .col(big_integer("at_ms"))
            .primary_key(&mut primary(&["kind", "name", "number"]))
            .take();
        for made in [documents, versions] {
            manager.create_table(made).await?;
        }
        // Grows with every publication: who has settings in memory knows when they are old.
        let counter = Query::insert()
            .into_table("setting")
            .columns(["key", "value"])
            .values_panic(["settings_documents".into(), "0".into()])
            .to_owned();
        manager.exec_stmt(counter).await?;
        let kind = if manager.get_database_backend() == DbBackend::Postgres { "jsonb" } else { "json_text" };
        for of in ["item", "hub_user"] {
            let add = format!("ALTER TABLE {of} ADD COLUMN custom {kind} NOT NULL DEFAULT '{{}}'");
            manager.get_connection().execute_unprepared(&add).await?;
        }
        for (name, document) in PIPELINES {
            let made = Query::insert()
                .into_table("settings_document")
                .columns(["kind", "name", "published", "version", "changed_by", "changed_ms"])
                .values_panic(["pipeline".into(), name.into(), 1_i64.into(), 1_i64.into(), "hub".into(), 0_i64.into()])
                .to_owned();
            manager.exec_stmt(made).await?;
            let document: serde_json::Value = serde_json::from_str(document).map_err(|error| DbErr::Custom(error.to_string()))?;
            let version = Query::insert()
                .into_table("settings_version")
                .columns(["kind", "name", "number", "document", "restores", "author", "at_ms"])
                .values_panic(["pipeline".into(), name.into(), 1_i64.into(), document.into(), 0_i64.into(), "hub".into(), 0_i64.into()])
                .to_owned();
            manager.exec_stmt(version).await?;
        }
        Ok(())
    }
}
