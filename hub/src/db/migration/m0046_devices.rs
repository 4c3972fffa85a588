//! Scanners and printers of edges as they were heard of last, the chain's profiles of settings, and which devices get which.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, text};

use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Devices;

impl MigrationName for Devices {
    fn name(&self) -> &'static str {
        "m0046_devices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Devices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `settings`: how it is set beside its profile, or nothing when its edge does not look. `drift`: what differs, as JSON.
        let device = table("device")
            .col(string("edge_id"))
            .col(string("device_id"))
            .col(string("kind"))
            .col(string("name"))
            .col(string("state"))
            .col(string("family"))
            .col(string("profile"))
            .col(string("settings"))
            .col(big_integer("since_ms"))
            .col(big_integer("differs"))
            .col(text("drift"))
            .col(big_integer("flash_writes"))
            .primary_key(&mut primary(&["edge_id", "device_id"]))
            .foreign_key(&mut refers("edge_id", "edge"))
            .take();
        manager.create_table(device).await?;
        let profile = table("device_profile")
            .col(id())
            .col(string("name").unique_key())
            .col(string("title"))
            .col(string("role"))
            .col(text("document"))
            .col(big_integer("version"))
            .take();
        manager.create_table(profile).await?;
        // Without a site: everywhere. An empty family: every family.
        let assignment = table("device_assignment")
            .col(id())
            .col(string("role"))
            .col(big_integer_null("site_id"))
            .col(string("family"))
            .col(string("profile"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("site_id", "site"))
            .take();
        manager.create_table(assignment).await?;
        manager.create_index(index("device_assignment_site", "device_assignment", &["site_id"])).await?;
        let db = manager.get_connection();
        let unique = "CREATE UNIQUE INDEX device_assignment_of ON device_assignment (role, COALESCE(site_id, 0), family)";
        db.execute_unprepared(unique).await?;
        db.execute_unprepared("INSERT INTO dataset (name, version) VALUES ('device_profiles', 1)").await.map(drop)
    }
}
