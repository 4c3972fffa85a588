//! One entity per table, named as the table. Columns are explained where they are made, in [`super::migration`].
#![allow(missing_docs, reason = "a column's name and the migration say what it holds")]

pub mod site;
pub mod item;
pub mod item_barcode;
pub mod kit_part;
pub mod location;
pub mod operator;
pub mod dataset;
pub mod task;
pub mod task_line;
pub mod task_log;
pub mod edge;
pub mod fact;
pub mod fact_raw;
pub mod movement;
pub mod stock;
pub mod count_location;
pub mod count_line;
pub mod exception;
pub mod hub_user;
pub mod hub_session;
pub mod audit;
pub mod setting;
