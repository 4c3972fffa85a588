//! Signing in with an identity provider: what is under way, one identity of a provider for each person, and sessions for which a provider
//! has vouched that a second factor was given.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null, text};

use super::{index, refers, table};

/// See the head of this file.
pub(super) struct SignIn;

impl MigrationName for SignIn {
    fn name(&self) -> &'static str {
        "m0018_sign_in"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SignIn {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without a person: somebody is at the provider. With one: the provider has vouched, a one-time code is asked for.
        let under_way = table("outside_sign_in")
            .col(string("digest").primary_key())
            .col(text("return_to"))
            .col(big_integer("expires_ms"))
            .col(big_integer_null("person_id"))
            .col(string_null("subject"))
            .col(string_null("name"))
            .foreign_key(&mut refers("person_id", "hub_user"))
            .take();
        manager.create_table(under_way).await?;
        let one = index("outside_identity_one", "outside_identity", &["issuer", "person_id"]).unique().take();
        manager.create_index(one).await?;
        let session = "ALTER TABLE hub_session ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE";
        manager.get_connection().execute_unprepared(session).await.map(|_| ())
    }
}
