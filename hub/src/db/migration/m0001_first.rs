//! Catalogue, tasks, edges and their streams, the ledger, cases, people.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, boolean_null, integer, integer_null, json, json_null, string, string_null, text, text_null,
};

use super::{id, index, primary, refers, table};

/// The first tables.
pub(super) struct First;

impl MigrationName for First {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

fn catalogue() -> Vec<TableCreateStatement> {
    vec![
        table("site").col(id()).col(string("code").unique_key()).col(string("name")).col(string("time_zone")).take(),
        // `version`: the data set's version at the last change of the row; a deleted row stays as a tombstone for edges that were away.
        table("item")
            .col(id())
            .col(string("code").unique_key())
            .col(string("name"))
            .col(string("name_en"))
            .col(string("unit"))
            .col(integer("cartons"))
            .col(boolean("by_lot"))
            .col(boolean("is_kit"))
            .col(big_integer("version"))
            .col(boolean("deleted"))
            .take(),
        // `text` as domain::barcode::normalise writes it; `quantity` in thousandths of a unit, as everywhere.
        table("item_barcode")
            .col(id())
            .col(big_integer("item_id"))
            .col(string("text").unique_key())
            .col(big_integer("quantity"))
            .col(integer_null("carton"))
            .foreign_key(&mut refers("item_id", "item"))
            .take(),
        table("kit_part")
            .col(id())
            .col(big_integer("kit_id"))
            .col(big_integer("part_id"))
            .col(big_integer("quantity"))
            .foreign_key(&mut refers("kit_id", "item"))
            .foreign_key(&mut refers("part_id", "item"))
            .take(),
        table("location")
            .col(id())
            .col(big_integer("site_id"))
            .col(string("code"))
            .col(string("kind"))
            .col(string("name"))
            .col(big_integer("version"))
            .col(boolean("deleted"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
        // `site_id` null: works at every site.
        table("operator")
            .col(id())
            .col(string("name"))
            .col(string("badge").unique_key())
            .col(big_integer_null("site_id"))
            .col(big_integer("version"))
            .col(boolean("deleted"))
            .take(),
        table("dataset").col(string("name").primary_key()).col(big_integer("version")).take(),
    ]
}

fn work() -> Vec<TableCreateStatement> {
    vec![
        // `state`: open, started, finished, withdrawn.
        table("task")
            .col(id())
            .col(string("number").unique_key())
            .col(string("kind"))
            .col(big_integer("site_id"))
            .col(string("reference"))
            .col(string("state"))
            .col(boolean_null("complete"))
            .col(big_integer("created_ms"))
            .col(string("created_by"))
            .col(big_integer_null("started_ms"))
            .col(big_integer_null("finished_ms"))
            .col(string_null("idempotency_key").unique_key())
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
        table("task_line")
            .col(id())
            .col(big_integer("task_id"))
            .col(big_integer_null("item_id"))
            .col(integer_null("carton"))
            .col(string("lot"))
            .col(integer("set_no"))
            .col(big_integer_null("location_id"))
            .col(big_integer("quantity"))
            .col(big_integer("done"))
            .col(big_integer("short"))
            .foreign_key(&mut refers("task_id", "task"))
            .take(),
        table("task_log")
            .col(string("edge_id"))
            .col(big_integer("number"))
            .col(json("entry"))
            .primary_key(&mut primary(&["edge_id", "number"]))
            .take(),
        // `state`: open, finished, approved, rejected.
        table("count_location")
            .col(big_integer("task_id"))
            .col(big_integer("location_id"))
            .col(string("state"))
            .col(big_integer("started_ms"))
            .col(big_integer_null("finished_ms"))
            .primary_key(&mut primary(&["task_id", "location_id"]))
            .take(),
        // `expected`: on hand when this stock was first seen in the count; `moved_during`: it moved between then and the end.
        table("count_line")
            .col(big_integer("task_id"))
            .col(big_integer("location_id"))
            .col(big_integer("item_id"))
            .col(integer("carton"))
            .col(string("lot"))
            .col(big_integer("counted"))
            .col(big_integer("expected"))
            .col(boolean("moved_during"))
            .primary_key(&mut primary(&["task_id", "location_id", "item_id", "carton", "lot"]))
            .take(),
    ]
}

fn streams() -> Vec<TableCreateStatement> {
    vec![
        // Enrolled when `public_key` is set; `epoch` 0: never said hello. `refused`: why the hub does not listen, e.g. `cloned`.
        // `stream` is domain::stream::receiver::Stream whole; `epoch`, `committed`, `next_seq_seen`, `boot` and `refused` repeat what
        // pages ask for. `boot` is an unsigned number of the edge, kept bit for bit.
        table("edge")
            .col(string("id").primary_key())
            .col(big_integer("site_id"))
            .col(string("name"))
            .col(string_null("public_key"))
            .col(string_null("mqtt_secret_hash"))
            .col(string_null("token_hash"))
            .col(big_integer_null("token_expires_ms"))
            .col(boolean("disabled"))
            .col(string_null("refused"))
            .col(string_null("fingerprint"))
            .col(big_integer("epoch"))
            .col(big_integer("committed"))
            .col(text_null("stream"))
            .col(big_integer("boot"))
            .col(big_integer("next_seq_seen"))
            .col(big_integer_null("last_seen_ms"))
            .col(big_integer("clock_skew_ms"))
            .col(string("agent"))
            .col(json_null("health"))
            .col(json_null("datasets"))
            .col(big_integer("tasks_acked"))
            .col(big_integer("created_ms"))
            .foreign_key(&mut refers("site_id", "site"))
            .take(),
        // `verdict` is the verdict's tag; the whole fact is in `body`, byte for byte as it would be written again.
        table("fact")
            .col(string("edge_id"))
            .col(big_integer("epoch"))
            .col(big_integer("seq"))
            .col(string("scan_id").unique_key())
            .col(big_integer("site_id"))
            .col(string("station"))
            .col(big_integer_null("operator_id"))
            .col(big_integer_null("task_id"))
            .col(big_integer("at_ms"))
            .col(big_integer("arrived_ms"))
            .col(big_integer("skew_ms"))
            .col(string("tone"))
            .col(string("verdict"))
            .col(text("payload"))
            .col(text("body"))
            .primary_key(&mut primary(&["edge_id", "epoch", "seq"]))
            .take(),
        table("fact_raw")
            .col(string("edge_id"))
            .col(big_integer("epoch"))
            .col(big_integer("seq"))
            .col(text("body"))
            .primary_key(&mut primary(&["edge_id", "epoch", "seq"]))
            .take(),
    ]
}

fn ledger() -> Vec<TableCreateStatement> {
    vec![
        // Append-only. `edge_id`, `epoch`, `seq`, `n`: the effect it comes from; null when a person at the hub posted it.
        // `reverses`: the scan whose movement this takes back.
        table("movement")
            .col(id())
            .col(string_null("edge_id"))
            .col(big_integer_null("epoch"))
            .col(big_integer_null("seq"))
            .col(integer("n"))
            .col(big_integer("at_ms"))
            .col(big_integer("booked_ms"))
            .col(big_integer("site_id"))
            .col(big_integer("item_id"))
            .col(integer("carton"))
            .col(string("lot"))
            .col(big_integer("quantity").check(Expr::col("quantity").gt(0)))
            .col(big_integer("from_id"))
            .col(big_integer("to_id"))
            .col(big_integer_null("task_id"))
            .col(big_integer_null("line_id"))
            .col(string("reason"))
            .col(string_null("scan_id"))
            .col(string_null("reverses"))
            .col(string("author"))
            .foreign_key(&mut refers("item_id", "item"))
            .foreign_key(&mut refers("from_id", "location"))
            .foreign_key(&mut refers("to_id", "location"))
            .take(),
        table("stock")
            .col(big_integer("location_id"))
            .col(big_integer("item_id"))
            .col(integer("carton"))
            .col(string("lot"))
            .col(big_integer("quantity"))
            .primary_key(&mut primary(&["location_id", "item_id", "carton", "lot"]))
            .foreign_key(&mut refers("location_id", "location"))
            .foreign_key(&mut refers("item_id", "item"))
            .take(),
    ]
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        // `key` tells open cases about the same thing apart from new ones; it is null once the case is resolved.
        table("exception")
            .col(id())
            .col(string("kind"))
            .col(big_integer_null("site_id"))
            .col(string_null("edge_id"))
            .col(string_null("key").unique_key())
            .col(big_integer("opened_ms"))
            .col(string("state"))
            .col(json("data"))
            .col(big_integer_null("resolved_ms"))
            .col(string_null("resolved_by"))
            .col(json_null("resolution"))
            .take(),
        table("hub_user")
            .col(id())
            .col(string("login").unique_key())
            .col(string("name"))
            .col(string("password_hash"))
            .col(string("role"))
            .col(big_integer_null("site_id"))
            .col(boolean("disabled"))
            .take(),
        table("hub_session")
            .col(string("token_hash").primary_key())
            .col(big_integer("user_id"))
            .col(string("csrf"))
            .col(big_integer("created_ms"))
            .col(big_integer("expires_ms"))
            .foreign_key(&mut refers("user_id", "hub_user"))
            .take(),
        table("audit")
            .col(id())
            .col(big_integer("at_ms"))
            .col(string("author"))
            .col(string("entity"))
            .col(string("entity_id"))
            .col(string("action"))
            .col(json_null("old"))
            .col(json_null("new"))
            .take(),
        table("setting").col(string("key").primary_key()).col(text("value")).take(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("item_barcode_item", "item_barcode", &["item_id"]),
        index("kit_part_kit", "kit_part", &["kit_id"]),
        index("item_version", "item", &["version"]),
        index("location_code", "location", &["site_id", "code"]).unique().take(),
        index("location_version", "location", &["version"]),
        index("operator_version", "operator", &["version"]),
        index("task_site", "task", &["site_id", "state"]),
        index("task_line_task", "task_line", &["task_id"]),
        index("fact_task", "fact", &["task_id"]),
        index("fact_arrived", "fact", &["site_id", "arrived_ms"]),
        // At most once, kept by the database as well as by the code.
        index("movement_effect", "movement", &["edge_id", "epoch", "seq", "n"]).unique().take(),
        index("movement_item", "movement", &["item_id", "id"]),
        index("movement_from", "movement", &["from_id", "id"]),
        index("movement_to", "movement", &["to_id", "id"]),
        index("movement_task", "movement", &["task_id"]),
        index("movement_site", "movement", &["site_id", "id"]),
        index("stock_item", "stock", &["item_id"]),
        index("exception_open", "exception", &["state", "kind"]),
        index("hub_session_expiry", "hub_session", &["expires_ms"]),
        index("audit_entity", "audit", &["entity", "entity_id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in catalogue().into_iter().chain(people()).chain(streams()).chain(work()).chain(ledger()) {
            manager.create_table(table).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        // Few movements take another back: an index of those alone.
        let reversals = "CREATE INDEX movement_reverses ON movement (reverses) WHERE reverses IS NOT NULL";
        manager.get_connection().execute_unprepared(reversals).await?;
        for name in ["items", "locations", "operators"] {
            manager
                .exec_stmt(
                    Query::insert().into_table("dataset").columns(["name", "version"]).values_panic([name.into(), 0_i64.into()]).to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
