//! Service: tickets with their steps, check-ins and cartons; what a phone has sent; surveys; who may do what with them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, integer_null, string, string_null, text, text_null};

use super::m0027_customers::deliver;
use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Service;

impl MigrationName for Service {
    fn name(&self) -> &'static str {
        "m0032_service"
    }
}

/// Kinds of fault as they are delivered; a setting like any other from then on.
const FAULTS: &str = r#"{"title":"故障类别","title_en":"Kinds of fault","options":[
    {"code":"missing_part","title":"缺件少件","title_en":"Missing part"},{"code":"damaged","title":"运输破损","title_en":"Damaged"},
    {"code":"seam","title":"接缝明显","title_en":"Visible seam"},{"code":"colour","title":"色差","title_en":"Colour"},
    {"code":"size","title":"尺寸不符","title_en":"Wrong size"},{"code":"hardware","title":"五金故障","title_en":"Hardware"},
    {"code":"surface","title":"表面瑕疵","title_en":"Surface"},{"code":"installation","title":"安装问题","title_en":"Installation"},
    {"code":"fading","title":"褪色缩水","title_en":"Fading"},{"code":"complaint","title":"服务投诉","title_en":"Complaint"},
    {"code":"other","title":"其他","title_en":"Other"}]}"#;

/// Who sees tickets, who gives them out, who does them. Roles of a house's own, and what was changed of these, keep what they had beside it.
const RIGHTS: [(&str, &str); 9] = [
    ("region_manager", r#""tickets.see","tickets""#),
    ("dealer_owner", r#""tickets.see","tickets""#),
    ("store_manager", r#""tickets.see","tickets""#),
    ("dispatcher", r#""tickets.see","tickets""#),
    ("customer_service", r#""tickets.see","tickets""#),
    ("installer", r#""tickets.see","visits""#),
    ("sales", r#""tickets.see""#),
    ("analyst", r#""tickets.see""#),
    ("auditor", r#""tickets.see""#),
];

/// Whoever gives tickets out has to reach the customer.
const FIELDS: &str = r#""ticket.phone":"write","ticket.address":"write"}"#;

fn tickets() -> Vec<TableCreateStatement> {
    vec![
        // `code`: `S` and the number. `kind`: delivery_install, after_sales, return_visit. `order_id`: a number of the orders. `place`: where the
        // customer is, as JSON. `far`: a check-in was far from it.
        table("ticket")
            .col(id())
            .col(string_null("code").unique_key())
            .col(string("kind"))
            .col(string("fault"))
            .col(string("state"))
            .col(big_integer("organisation_id"))
            .col(big_integer_null("dispatcher_id"))
            .col(big_integer_null("installer_id"))
            .col(big_integer_null("customer_id"))
            .col(big_integer_null("order_id"))
            .col(big_integer_null("item_id"))
            .col(big_integer_null("from_id"))
            .col(text_null("contact"))
            .col(text_null("phone"))
            .col(text_null("phone_hash"))
            .col(text_null("phone_last"))
            .col(text_null("address"))
            .col(text_null("address_hash"))
            .col(text_null("place"))
            .col(text_null("problem"))
            .col(text_null("steps"))
            .col(text_null("result"))
            .col(text_null("note"))
            .col(text_null("reason"))
            .col(integer_null("satisfaction"))
            .col(big_integer("feedback_ms"))
            .col(big_integer_null("due_ms"))
            .col(big_integer_null("appointed_ms"))
            .col(big_integer_null("done_ms"))
            .col(boolean("far"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(string_null("idempotency_key").unique_key())
            .col(big_integer("version"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("dispatcher_id", "hub_user"))
            .foreign_key(&mut refers("installer_id", "hub_user"))
            .foreign_key(&mut refers("customer_id", "customer"))
            .foreign_key(&mut refers("item_id", "item"))
            .foreign_key(&mut refers("from_id", "ticket"))
            .take(),
        table("ticket_step")
            .col(id())
            .col(big_integer("ticket_id"))
            .col(string("act"))
            .col(string("from_state"))
            .col(string("to_state"))
            .col(big_integer("at_ms"))
            .col(big_integer_null("made_ms"))
            .col(string("author"))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .take(),
        table("ticket_check_in")
            .col(id())
            .col(big_integer("ticket_id"))
            .col(big_integer("at_ms"))
            .col(big_integer_null("made_ms"))
            .col(string("author"))
            .col(text_null("place"))
            .col(integer_null("accuracy_m"))
            .col(big_integer_null("distance_m"))
            .col(boolean("far"))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .take(),
        table("ticket_carton")
            .col(big_integer("ticket_id"))
            .col(big_integer("item_id"))
            .col(integer("carton"))
            .col(integer("expected"))
            .col(integer("scanned"))
            .primary_key(&mut primary(&["ticket_id", "item_id", "carton"]))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .foreign_key(&mut refers("item_id", "item"))
            .take(),
    ]
}

fn beside() -> Vec<TableCreateStatement> {
    vec![
        // What phones have sent and was applied, by the id that the phone gave it: 128 bits in hex. `version`: the ticket's after it.
        table("field_operation")
            .col(string("id").primary_key())
            .col(big_integer("person_id"))
            .col(big_integer("ticket_id"))
            .col(string("act"))
            .col(big_integer("version"))
            .col(big_integer_null("made_id"))
            .col(big_integer("at_ms"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .take(),
        // Files that phones have sent. `file_id` is not there as long as the bytes are on their way.
        table("field_file")
            .col(string("id").primary_key())
            .col(big_integer("person_id"))
            .col(big_integer("ticket_id"))
            .col(string("kind"))
            .col(string("digest"))
            .col(big_integer_null("file_id"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .take(),
        // `token`: what opens it, sealed; found by its digest.
        table("survey")
            .col(id())
            .col(big_integer("ticket_id").unique_key())
            .col(text_null("token"))
            .col(string("token_hash").unique_key())
            .col(big_integer("created_ms"))
            .col(big_integer("expires_ms"))
            .col(big_integer_null("answered_ms"))
            .col(integer_null("score"))
            .col(integer_null("satisfaction"))
            .col(text_null("comment"))
            .foreign_key(&mut refers("ticket_id", "ticket"))
            .take(),
        // One row. `document`: what a house has set.
        table("service_setting").col(id()).col(text("document")).col(big_integer("version")).take(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Service {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in tickets().into_iter().chain(beside()) {
            manager.create_table(made).await?;
        }
        for index in [
            index("ticket_organisation", "ticket", &["organisation_id", "id"]),
            index("ticket_installer", "ticket", &["installer_id", "state"]),
            index("ticket_customer", "ticket", &["customer_id", "id"]),
            index("ticket_order", "ticket", &["order_id", "id"]),
            index("ticket_state", "ticket", &["state", "id"]),
            index("ticket_from", "ticket", &["from_id"]),
            index("ticket_appointed", "ticket", &["appointed_ms"]),
            index("ticket_due", "ticket", &["due_ms"]),
            index("ticket_done", "ticket", &["done_ms"]),
            index("ticket_phone", "ticket", &["phone_hash"]),
            index("ticket_step_of", "ticket_step", &["ticket_id", "id"]),
            index("ticket_check_in_of", "ticket_check_in", &["ticket_id", "id"]),
            index("field_file_of", "field_file", &["file_id"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("INSERT INTO service_setting (id, document, version) VALUES (1, '', 1)").await?;
        for (role, rights) in RIGHTS {
            db.execute_unprepared(&format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || ',{rights}]' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            ))
            .await?;
            db.execute_unprepared(&format!("UPDATE role SET rights = '[{rights}]' WHERE built_in AND rights = '[]' AND code = '{role}'"))
                .await?;
        }
        let reach = "WHERE built_in AND rights LIKE '%\"tickets\"%' AND fields LIKE";
        db.execute_unprepared(&format!(
            "UPDATE role SET fields = SUBSTR(fields, 1, LENGTH(fields) - 1) || ',{FIELDS}' {reach} '{{\"%' AND fields NOT LIKE '{{\"*\"%'"
        ))
        .await?;
        db.execute_unprepared(&format!("UPDATE role SET fields = '{{{FIELDS}' {reach} '{{}}'")).await?;
        deliver(manager, "ticket_fault", FAULTS).await
    }
}
