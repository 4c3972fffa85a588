//! Payments: an account of each customer as entries that are never changed, the counts of tills, methods of payment, who may do what.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null};
use sea_orm_migration::sea_orm::DbBackend;

use super::m0027_customers::deliver;
use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Payments;

impl MigrationName for Payments {
    fn name(&self) -> &'static str {
        "m0030_payments"
    }
}

/// Methods as they are delivered; a setting like any other from then on.
const METHODS: &str = r#"{"title":"收款方式","title_en":"Methods of payment","options":[
    {"code":"cash","title":"现金","title_en":"Cash"},{"code":"bank","title":"银行转账","title_en":"Bank transfer"},
    {"code":"wechat","title":"微信","title_en":"WeChat"},{"code":"alipay","title":"支付宝","title_en":"Alipay"},
    {"code":"pos","title":"POS 刷卡","title_en":"POS"},{"code":"other","title":"其他","title_en":"Other"}]}"#;

/// Who sees payments, takes them, pays back, counts the till.
const RIGHTS: [(&str, &str); 8] = [
    ("region_manager", r#","payments.see"]"#),
    ("dealer_owner", r#","payments.see","payments","payments.refund","payments.reconcile"]"#),
    ("store_manager", r#","payments.see","payments","payments.refund","payments.reconcile"]"#),
    ("sales", r#","payments.see","payments"]"#),
    ("customer_service", r#","payments.see"]"#),
    ("analyst", r#","payments.see"]"#),
    ("finance", r#","payments.see","payments","payments.refund","payments.reconcile"]"#),
    ("auditor", r#","payments.see"]"#),
];

const GUARDS_SQLITE: [&str; 3] = [
    "CREATE TRIGGER payment_entry_stays BEFORE UPDATE ON payment_entry BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    "CREATE TRIGGER payment_entry_is_kept BEFORE DELETE ON payment_entry BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
    // INSERT OR REPLACE takes the old row away without a DELETE that a trigger would see.
    "CREATE TRIGGER payment_entry_is_new BEFORE INSERT ON payment_entry WHEN EXISTS (SELECT 1 FROM payment_entry WHERE id = NEW.id) \
     BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END",
];

const GUARDS_POSTGRES: [&str; 3] = [
    "CREATE FUNCTION payment_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'entries are append-only'; END $$",
    "CREATE TRIGGER payment_entry_stays BEFORE UPDATE OR DELETE ON payment_entry FOR EACH ROW EXECUTE FUNCTION payment_append_only()",
    "CREATE TRIGGER payment_entry_is_kept BEFORE TRUNCATE ON payment_entry FOR EACH STATEMENT EXECUTE FUNCTION payment_append_only()",
];

fn payments() -> Vec<TableCreateStatement> {
    vec![
        // `kind`: receive, refund, apply, move, take_back. `person_id`: who did it. `day`: in whose count it is.
        table("payment")
            .col(id())
            .col(string("kind"))
            .col(big_integer("customer_id"))
            .col(big_integer("organisation_id"))
            .col(big_integer_null("person_id"))
            .col(big_integer("amount_fen"))
            .col(string("method"))
            .col(string("reference"))
            .col(big_integer_null("from_order"))
            .col(big_integer_null("to_order"))
            .col(big_integer("at_ms"))
            .col(string("day"))
            .col(big_integer_null("reverses").unique_key())
            .col(string("reason"))
            .col(string("author"))
            .col(big_integer("created_ms"))
            .col(string_null("idempotency_key").unique_key())
            .foreign_key(&mut refers("customer_id", "customer"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .foreign_key(&mut refers("reverses", "payment"))
            .take(),
        // Two for each payment, which add up to nothing. `account`: till, held, order.
        table("payment_entry")
            .col(id())
            .col(big_integer("payment_id"))
            .col(string("account"))
            .col(big_integer("customer_id"))
            .col(big_integer_null("order_id"))
            .col(big_integer_null("organisation_id"))
            .col(string("method"))
            .col(string("day"))
            .col(big_integer("amount_fen"))
            .foreign_key(&mut refers("payment_id", "payment"))
            .foreign_key(&mut refers("customer_id", "customer"))
            .take(),
        // What orders cost, as they told it. `open`: not cancelled.
        table("payment_order")
            .col(big_integer("order_id").primary_key())
            .col(big_integer("customer_id"))
            .col(string("code"))
            .col(big_integer("due_fen"))
            .col(boolean("open"))
            .foreign_key(&mut refers("customer_id", "customer"))
            .take(),
        table("payment_day")
            .col(big_integer("organisation_id"))
            .col(string("day"))
            .col(string("closed_by"))
            .col(big_integer("closed_ms"))
            .primary_key(&mut primary(&["organisation_id", "day"]))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .take(),
        table("payment_count")
            .col(big_integer("organisation_id"))
            .col(string("day"))
            .col(string("method"))
            .col(big_integer("booked_fen"))
            .col(big_integer("counted_fen"))
            .col(string("reason"))
            .primary_key(&mut primary(&["organisation_id", "day", "method"]))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .take(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Payments {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in payments() {
            manager.create_table(made).await?;
        }
        for index in [
            index("payment_organisation", "payment", &["organisation_id", "id"]),
            index("payment_person", "payment", &["person_id", "id"]),
            index("payment_customer", "payment", &["customer_id", "id"]),
            index("payment_from", "payment", &["from_order"]),
            index("payment_to", "payment", &["to_order"]),
            index("payment_of_day", "payment", &["day", "id"]),
            index("payment_entry_customer", "payment_entry", &["customer_id", "account"]),
            index("payment_entry_order", "payment_entry", &["order_id"]),
            index("payment_entry_till", "payment_entry", &["organisation_id", "day"]),
            index("payment_entry_day", "payment_entry", &["day"]),
            index("payment_order_customer", "payment_order", &["customer_id"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        let guards = if manager.get_database_backend() == DbBackend::Postgres { GUARDS_POSTGRES } else { GUARDS_SQLITE };
        for guard in guards {
            db.execute_unprepared(guard).await?;
        }
        for (role, rights) in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || '{rights}' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        deliver(manager, "payment_method", METHODS).await
    }
}
