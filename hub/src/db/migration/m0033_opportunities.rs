//! Opportunities: what customers may buy, how long each stays in which stage and why it is stuck there; and who may see them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null};
use sea_orm_migration::sea_orm::DbBackend;

use super::m0027_customers::deliver;
use super::{id, index, refers, table};

/// See the head of this file.
pub(super) struct Opportunities;

impl MigrationName for Opportunities {
    fn name(&self) -> &'static str {
        "m0033_opportunities"
    }
}

/// Why opportunities are lost: an option list as it is delivered, a setting like any other from then on.
const LOST: &str = r#"{"title":"流失原因","title_en":"Why opportunities are lost","options":[
    {"code":"price","title":"价格","title_en":"Price"},{"code":"competitor","title":"选择了竞品","title_en":"Chose a competitor"},
    {"code":"delay","title":"装修推迟","title_en":"Renovation put off"},{"code":"design","title":"方案不满意","title_en":"Not happy with the design"},
    {"code":"no_contact","title":"联系不上","title_en":"Cannot be reached"},{"code":"other","title":"其他","title_en":"Other"}]}"#;

/// Whoever sees customers sees opportunities; whoever sells works on them.
const RIGHTS: [(&str, &str); 10] = [
    ("region_manager", r#","opportunities.see","opportunities"]"#),
    ("dealer_owner", r#","opportunities.see","opportunities"]"#),
    ("store_manager", r#","opportunities.see","opportunities"]"#),
    ("sales", r#","opportunities.see","opportunities"]"#),
    ("designer", r#","opportunities.see","opportunities"]"#),
    ("customer_service", r#","opportunities.see"]"#),
    ("analyst", r#","opportunities.see"]"#),
    ("dispatcher", r#","opportunities.see"]"#),
    ("finance", r#","opportunities.see"]"#),
    ("auditor", r#","opportunities.see"]"#),
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // `amount` in fen. `state`: open, won, lost, as the stage says. `due_ms`: when the stage's time is over.
        table("opportunity")
            .col(id())
            .col(string_null("code").unique_key())
            .col(big_integer("customer_id"))
            .col(big_integer("organisation_id"))
            .col(big_integer_null("owner_id"))
            .col(string("title"))
            .col(string("pipeline"))
            .col(string("stage"))
            .col(string("state"))
            .col(big_integer_null("amount"))
            .col(string_null("expected_on"))
            .col(big_integer("stage_since_ms"))
            .col(big_integer_null("due_ms"))
            .col(string("block_reason"))
            .col(string("block_note"))
            .col(string("lost_reason"))
            .col(big_integer_null("closed_ms"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(string_null("idempotency_key").unique_key())
            .col(big_integer("version"))
            .foreign_key(&mut refers("customer_id", "customer"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("owner_id", "hub_user"))
            .take(),
        // One row for each time in a stage. `outcome`: empty while it lasts, then forward, back or lost. `block_reason`: the last one given.
        table("opportunity_stay")
            .col(id())
            .col(big_integer("opportunity_id"))
            .col(string("pipeline"))
            .col(string("stage"))
            .col(big_integer("entered_ms"))
            .col(big_integer_null("left_ms"))
            .col(string("outcome"))
            .col(string("block_reason"))
            .foreign_key(&mut refers("opportunity_id", "opportunity"))
            .take(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Opportunities {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in tables() {
            manager.create_table(made).await?;
        }
        for index in [
            index("opportunity_customer", "opportunity", &["customer_id", "id"]),
            index("opportunity_organisation", "opportunity", &["organisation_id", "id"]),
            index("opportunity_owner", "opportunity", &["owner_id", "id"]),
            index("opportunity_stage", "opportunity", &["pipeline", "stage", "id"]),
            index("opportunity_due", "opportunity", &["state", "due_ms"]),
            index("opportunity_stay_of", "opportunity_stay", &["opportunity_id", "id"]),
            index("opportunity_stay_left", "opportunity_stay", &["pipeline", "left_ms"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        let kind = if manager.get_database_backend() == DbBackend::Postgres { "jsonb" } else { "json_text" };
        db.execute_unprepared(&format!("ALTER TABLE opportunity ADD COLUMN custom {kind} NOT NULL DEFAULT '{{}}'")).await?;
        for (role, rights) in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || '{rights}' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        // So many days without a word: whoever looks after the customer was told, once for each silence.
        db.execute_unprepared("ALTER TABLE customer ADD COLUMN reminded_ms BIGINT").await?;
        deliver(manager, "opportunity_lost_reason", LOST).await
    }
}
