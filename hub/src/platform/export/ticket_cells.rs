//! A service ticket as a row of a sheet.

use super::lists::moment;
use super::sheet::Out;
use crate::service::tickets::model::TicketRow;
use crate::service::tickets::rules::Choices;

/// The cells of a ticket, in the order of their columns.
pub(super) fn of(row: &TicketRow, choices: &Choices, zh: bool) -> [Out; 22] {
    let word = |(of_zh, of_en): (&'static str, &'static str)| Out::from(if zh { of_zh } else { of_en });
    let far = if row.far { word(("是", "yes")) } else { word(("否", "no")) };
    [
        row.code.clone().into(),
        word(row.kind.titles()),
        choices.fault(&row.fault, zh).into(),
        word(row.state.titles()),
        row.organisation_name.clone().into(),
        row.dispatcher_name.clone().into(),
        row.installer_name.clone().into(),
        row.contact.clone().into(),
        row.phone.clone().into(),
        row.address.clone().into(),
        row.item_name.clone().into(),
        row.from_code.clone().into(),
        row.problem.clone().into(),
        row.steps.clone().into(),
        row.result.clone().into(),
        row.satisfaction.map(i64::from).map_or(Out::Empty, Out::from),
        Out::Moment(row.feedback_ms),
        moment(row.appointed_ms),
        moment(row.due_ms),
        moment(row.done_ms),
        far,
        row.note.clone().into(),
    ]
}
