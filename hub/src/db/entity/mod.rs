//! One entity per table, named as the table. Columns are explained where they are made, in [`super::migration`].
#![allow(missing_docs, reason = "a column's name and the migration say what it holds")]

pub mod audit;
pub mod channel;
pub mod count_line;
pub mod count_location;
pub mod dataset;
pub mod edge;
pub mod exception;
pub mod fact;
pub mod fact_raw;
pub mod hub_session;
pub mod hub_user;
pub mod item;
pub mod item_barcode;
pub mod job;
pub mod kit_part;
pub mod location;
pub mod message;
pub mod movement;
pub mod notice;
pub mod notification;
pub mod operator;
pub mod schedule;
pub mod setting;
pub mod site;
pub mod stock;
pub mod task;
pub mod task_line;
pub mod task_log;
pub mod webhook;
pub mod webhook_attempt;
pub mod webhook_delivery;
