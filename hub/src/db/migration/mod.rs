//! Every table of the hub, made the same on SQLite and PostgreSQL: one file for each step, in order.
//!
//! A step that has been released is never edited; a change comes as a new step: a file `m0007_what.rs` here, its module and its line in
//! [`Migrator::migrations`]. What a step does must work on both databases (SQLite changes one column in one statement), on tables that are
//! full, and while the hub's other rows stay as they are.

mod m0001_first;
mod m0002_organisation;
mod m0004_shares;
mod m0009_broker_hash;
mod m0010_scans;
mod m0011_jobs;
mod m0012_vault;
mod m0013_search;
mod m0014_booked;
mod m0015_fields;
mod m0016_views;
mod m0017_files_imports;
mod m0018_sign_in;
mod m0019_large;
mod m0020_stock_site;
mod m0021_audit_place;
mod m0022_person_field;
mod m0023_parts;
mod m0024_keep;
mod m0025_chosen;
mod m0026_moved;
mod m0027_customers;
mod m0028_file_kinds;
mod m0029_prices;
mod m0030_payments;
mod m0031_sales;
mod m0032_service;
mod m0033_opportunities;
mod m0034_reminders;
mod m0035_figures;
mod m0036_stock_days;
mod m0036_stock_limits;
mod m0037_contracts;
mod m0038_open_contracts;
mod m0039_paid;
mod m0040_labels;
mod m0041_order_states;
mod m0042_platform;
mod m0043_figures_of_years;
mod m0044_sealed_contracts;
mod m0046_devices;
mod m0047_once;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::pk_auto;

#[cfg(test)]
pub(crate) use {m0035_figures::days as days_of_orders, m0039_paid::fill as paid_by_day, m0043_figures_of_years::FILL as MONTHS_OF_DAYS};

/// The hub's migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first::First),
            Box::new(m0002_organisation::Organisation),
            Box::new(m0004_shares::Shares),
            Box::new(m0009_broker_hash::BrokerHash),
            Box::new(m0010_scans::Scans),
            Box::new(m0011_jobs::Jobs),
            Box::new(m0012_vault::Vault),
            Box::new(m0013_search::Search),
            Box::new(m0014_booked::Booked),
            Box::new(m0015_fields::Fields),
            Box::new(m0016_views::Views),
            Box::new(m0017_files_imports::FilesImports),
            Box::new(m0018_sign_in::SignIn),
            Box::new(m0019_large::Large),
            Box::new(m0020_stock_site::StockSite),
            Box::new(m0021_audit_place::AuditPlace),
            Box::new(m0022_person_field::PersonField),
            Box::new(m0023_parts::Parts),
            Box::new(m0024_keep::Keep),
            Box::new(m0025_chosen::Chosen),
            Box::new(m0026_moved::Moved),
            Box::new(m0027_customers::Customers),
            Box::new(m0028_file_kinds::FileKinds),
            Box::new(m0029_prices::Prices),
            Box::new(m0030_payments::Payments),
            Box::new(m0031_sales::Sales),
            Box::new(m0033_opportunities::Opportunities),
            Box::new(m0032_service::Service),
            Box::new(m0034_reminders::Reminders),
            Box::new(m0035_figures::Figures),
            Box::new(m0036_stock_days::StockDays),
            Box::new(m0036_stock_limits::StockLimits),
            Box::new(m0037_contracts::Contracts),
            Box::new(m0038_open_contracts::OpenContracts),
            Box::new(m0039_paid::Paid),
            Box::new(m0040_labels::Labels),
            Box::new(m0041_order_states::OrderStates),
            Box::new(m0042_platform::Platform),
            Box::new(m0043_figures_of_years::FiguresOfYears),
            Box::new(m0044_sealed_contracts::SealedContracts),
            Box::new(m0046_devices::Devices),
            Box::new(m0047_once::Once),
        ]
    }
}

/// The times from one moment to another between which the clocks of a zone do not change, each with how far they are ahead; in milliseconds. A
/// day of such a time is the same arithmetic for all rows.
fn stretches(zone: &TimeZone, first: i64, last: i64) -> Vec<(i64, i64, i64)> {
    let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
    let changes = zone.following(at(first)).map(|change| change.timestamp().as_millisecond()).take_while(|change| *change <= last);
    let mut times: Vec<i64> = std::iter::once(first).chain(changes).collect();
    times.push(last + 1);
    times.windows(2).map(|time| (time[0], time[1], i64::from(zone.to_offset(at(time[0])).seconds()) * 1_000)).collect()
}

/// A table to which columns and keys are added.
fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

/// A number that the database gives to each new row.
fn id() -> ColumnDef {
    pk_auto("id").big_integer().take()
}

/// A primary key of several columns.
fn primary(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.primary().take()
}

/// `column` holds the id of a row of `table`.
fn refers(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").take()
}

/// An index; `.unique()` makes it refuse a second row.
fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}
