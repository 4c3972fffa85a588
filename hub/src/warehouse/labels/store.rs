//! Label templates in the database: documents that are drafted and published.

use qitao_domain::catalog::LABELS;
use qitao_labels::preview::{self, Missing};
use qitao_labels::{Fields, Severity, Template};
use serde_json::Value;

use crate::catalog::bump;
use crate::db::Db;
use crate::platform::drafts::Editing;
use crate::platform::fields::{DefinitionFault, FieldError};

/// Dots per inch at which a template is tried: most printers in shops have as many, and what fits there fits at more.
const TRIED_AT: u16 = 203;

/// What keeps a template from being published: everything that is wrong with it, or with the label it makes of its examples.
#[must_use]
pub fn faults(template: &Value) -> Vec<DefinitionFault> {
    let found = preview::preview(&template.to_string(), &Fields::new(), TRIED_AT, Missing::Examples).findings;
    let place = |element: Option<usize>, key: Option<String>| match (element, key) {
        (Some(element), Some(key)) => format!("element[{element}].{key}"),
        (Some(element), None) => format!("element[{element}]"),
        (None, key) => key.unwrap_or_default(),
    };
    let errors = found.into_iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| DefinitionFault::new(place(finding.element, finding.key), "label", finding.zh, finding.en)).collect()
}

/// The standard template of a name, as a document.
#[must_use]
pub fn standard(name: &str) -> Option<Value> {
    serde_json::to_value(Template::built_in().into_iter().find(|template| template.name == name)?).ok()
}

/// Publishes the draft, or an older version once more; edges are to be told.
///
/// # Errors
/// [`FieldError`] that names what will not do.
pub async fn publish(db: &Db, editing: Editing<'_>, restores: Option<i64>) -> Result<(), FieldError> {
    let tx = db.begin().await?;
    let wanted = editing.wanted(&tx, restores).await?;
    let faults = faults(&wanted);
    if !faults.is_empty() {
        return Err(FieldError::Definitions(faults));
    }
    editing.publish(&tx, wanted, restores).await?;
    bump(&tx, LABELS).await?;
    tx.commit().await?;
    Ok(())
}
