//! Selling: quotes with versions, contracts, orders, their lines and splits; what is promised of stock; who may do what.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, json_null, string, string_null, text, text_null};

use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Sales;

impl MigrationName for Sales {
    fn name(&self) -> &'static str {
        "m0031_sales"
    }
}

/// Who sees what is sold, sells, approves discounts, ships, and ships what is not complete.
const RIGHTS: [(&str, &str); 10] = [
    ("region_manager", r#","sales.see","sales.approve"]"#),
    ("dealer_owner", r#","sales.see","sales","sales.approve","sales.ship","sales.ship_short"]"#),
    ("store_manager", r#","sales.see","sales","sales.approve","sales.ship","sales.ship_short"]"#),
    ("sales", r#","sales.see","sales"]"#),
    ("designer", r#","sales.see","sales"]"#),
    ("customer_service", r#","sales.see"]"#),
    ("analyst", r#","sales.see"]"#),
    ("dispatcher", r#","sales.see","sales.ship"]"#),
    ("finance", r#","sales.see"]"#),
    ("auditor", r#","sales.see"]"#),
];

/// What quotes, contracts and orders have alike.
fn document(name: &'static str) -> TableCreateStatement {
    table(name)
        .col(id())
        .col(string_null("code").unique_key())
        .col(big_integer("organisation_id"))
        .col(big_integer_null("owner_id"))
        .col(big_integer("customer_id"))
        .col(big_integer_null("opportunity_id"))
        .col(string("state"))
        .col(string("created_by"))
        .col(big_integer("created_ms"))
        .col(string_null("idempotency_key").unique_key())
        .col(big_integer("version"))
        .foreign_key(&mut refers("organisation_id", "organisation"))
        .foreign_key(&mut refers("owner_id", "hub_user"))
        .foreign_key(&mut refers("customer_id", "customer"))
        .take()
}

fn quotes_and_contracts() -> Vec<TableCreateStatement> {
    vec![
        // `state`: open, accepted, declined. `current`: the number of the version that holds.
        document("quote").col(big_integer("current")).take(),
        table("quote_version")
            .col(id())
            .col(big_integer("quote_id"))
            .col(big_integer("number"))
            .col(string("valid_until"))
            .col(text("note"))
            .col(big_integer("amount_fen"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .foreign_key(&mut refers("quote_id", "quote"))
            .take(),
        // Links that show a version to whoever has them, until they are over. `token_hash`: the token itself is kept by nobody.
        table("quote_share")
            .col(id())
            .col(big_integer("quote_id"))
            .col(big_integer("number"))
            .col(string("token_hash").unique_key())
            .col(big_integer("expires_ms"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .foreign_key(&mut refers("quote_id", "quote"))
            .take(),
        // `state`: draft, signed, done, void. `approval`: nothing, asked, approved, rejected.
        document("contract")
            .col(big_integer_null("quote_id"))
            .col(big_integer_null("quote_number"))
            .col(text("terms"))
            .col(big_integer("amount_fen"))
            .col(string("approval"))
            .col(string("approval_note"))
            .col(string_null("signed_on"))
            .col(string("reason"))
            .foreign_key(&mut refers("quote_id", "quote"))
            .take(),
        table("contract_instalment")
            .col(big_integer("contract_id"))
            .col(big_integer("n"))
            .col(string("name"))
            .col(big_integer("amount_fen"))
            .col(string_null("due_on"))
            .primary_key(&mut primary(&["contract_id", "n"]))
            .foreign_key(&mut refers("contract_id", "contract"))
            .take(),
    ]
}

fn orders() -> Vec<TableCreateStatement> {
    vec![
        // `state`: draft, confirmed, shipped, completed, cancelled. `approval`: nothing, asked, approved, rejected. `reason`: why it was
        // cancelled, or shipped without everything. Days as 2026-11-23.
        document("sales_order")
            .col(big_integer_null("quote_id"))
            .col(big_integer_null("contract_id"))
            .col(string("ordered_on"))
            .col(string_null("promised_on"))
            .col(string_null("delivered_on"))
            .col(text_null("address"))
            .col(text_null("address_hash"))
            .col(text_null("note"))
            .col(big_integer("amount_fen"))
            .col(string("approval"))
            .col(string("approval_note"))
            .col(big_integer_null("site_id"))
            .col(big_integer_null("task_id"))
            .col(string("reason"))
            .col(big_integer_null("confirmed_ms"))
            .col(big_integer_null("shipped_ms"))
            .col(big_integer_null("completed_ms"))
            .foreign_key(&mut refers("quote_id", "quote"))
            .foreign_key(&mut refers("contract_id", "contract"))
            .foreign_key(&mut refers("site_id", "site"))
            .foreign_key(&mut refers("task_id", "task"))
            .take(),
        // Shares in basis points, 10,000 together; amounts in fen, the order's amount together.
        table("order_split")
            .col(big_integer("order_id"))
            .col(big_integer("person_id"))
            .col(big_integer("n"))
            .col(big_integer("share_bp"))
            .col(big_integer("amount_fen"))
            .primary_key(&mut primary(&["order_id", "person_id"]))
            .foreign_key(&mut refers("order_id", "sales_order"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take(),
        // `document`: quote, with the number of a version; contract; order. `quantity` in thousandths. `offer`: what the price list said.
        table("sales_line")
            .col(id())
            .col(string("document"))
            .col(big_integer("document_id"))
            .col(big_integer("n"))
            .col(big_integer("item_id"))
            .col(json_null("configuration"))
            .col(string("spec"))
            .col(big_integer("quantity"))
            .col(big_integer("price_fen"))
            .col(big_integer("discount_bp"))
            .col(big_integer("amount_fen"))
            .col(json_null("offer"))
            .foreign_key(&mut refers("item_id", "item"))
            .take(),
        // What an order's lines hold of a site's stock: complete sets of single items, in thousandths, until they are released.
        table("reservation")
            .col(id())
            .col(big_integer("order_id"))
            .col(big_integer("line_id"))
            .col(big_integer("item_id"))
            .col(big_integer("site_id"))
            .col(big_integer("quantity"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("released_ms"))
            .foreign_key(&mut refers("order_id", "sales_order"))
            .foreign_key(&mut refers("item_id", "item"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Sales {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in quotes_and_contracts().into_iter().chain(orders()) {
            manager.create_table(made).await?;
        }
        for index in [
            index("quote_organisation", "quote", &["organisation_id", "id"]),
            index("quote_owner", "quote", &["owner_id", "id"]),
            index("quote_customer", "quote", &["customer_id", "id"]),
            index("quote_number", "quote_version", &["quote_id", "number"]).unique().take(),
            index("contract_organisation", "contract", &["organisation_id", "id"]),
            index("contract_owner", "contract", &["owner_id", "id"]),
            index("contract_customer", "contract", &["customer_id", "id"]),
            index("order_organisation", "sales_order", &["organisation_id", "id"]),
            index("order_owner", "sales_order", &["owner_id", "id"]),
            index("order_customer", "sales_order", &["customer_id", "id"]),
            index("order_state", "sales_order", &["state", "promised_on"]),
            index("order_task", "sales_order", &["task_id"]),
            index("order_split_person", "order_split", &["person_id", "order_id"]),
            index("sales_line_of", "sales_line", &["document", "document_id", "n"]),
            index("reservation_order", "reservation", &["order_id"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("CREATE INDEX reservation_held ON reservation (site_id, item_id) WHERE released_ms IS NULL").await?;
        for (role, rights) in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || '{rights}' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        Ok(())
    }
}
