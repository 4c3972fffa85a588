//! A customer as a row of a sheet.

use super::lists::moment;
use super::sheet::Out;
use crate::crm::customers::model::CustomerRow;
use crate::crm::customers::rules::{Choices, Gender};

/// The cells of a customer, in the order of their columns.
pub(super) fn of(row: &CustomerRow, choices: &Choices, zh: bool) -> [Out; 22] {
    let (class, class_en) = row.class.titles();
    let gender = match row.gender {
        Some(Gender::Female) => Out::from(if zh { "女" } else { "female" }),
        Some(Gender::Male) => Out::from(if zh { "男" } else { "male" }),
        None => Out::Empty,
    };
    [
        row.code.clone().into(),
        row.name.clone().into(),
        Out::from(if zh { class } else { class_en }),
        row.organisation_name.clone().into(),
        row.owner_name.clone().into(),
        gender,
        row.birth_year.map(i64::from).map_or(Out::Empty, Out::from),
        row.phone.clone().into(),
        row.email.clone().into(),
        row.address.clone().into(),
        row.employer.clone().into(),
        row.position.clone().into(),
        row.hobbies.clone().into(),
        row.source.as_deref().map(|source| choices.source(source, zh)).into(),
        row.campaign.clone().into(),
        row.tags.as_ref().map(|tags| choices.titles(tags, zh)).into(),
        row.order_count.map_or(Out::Empty, Out::from),
        row.last_order_on.clone().into(),
        Out::Moment(row.created_ms),
        moment(row.last_follow_ms),
        moment(row.next_follow_ms),
        row.note.clone().into(),
    ]
}
