//! Label templates in the database: documents that are drafted and published.

use qitao_domain::catalog::LABELS;
use qitao_labels::preview::{self, Missing};
use qitao_labels::{Fields, Severity, Template};
use serde::Serialize;
use serde_json::Value;

use crate::catalog::bump;
use crate::db::Db;
use crate::platform::drafts::{DraftError, Editing};
use crate::platform::fields::DefinitionFault;

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
    as_written(Template::built_in().iter().find(|template| template.name == name)?).ok()
}

/// As JSON by way of text: a length of 3.4 mm stays 3.4, where a value made of it at once has the binary fraction beside it, 3.4000000953674316.
///
/// # Errors
/// When it cannot be said in JSON.
pub fn as_written(of: &impl Serialize) -> serde_json::Result<Value> {
    serde_json::from_str(&serde_json::to_string(of)?)
}

/// Publishes what [`Editing::wanted`] gave and [`faults`] found nothing against; edges are to be told. Nothing is drawn here, so that nobody waits for
/// a drawing who writes.
///
/// # Errors
/// [`DraftError`]; when something else is wanted by now, somebody else was faster.
pub async fn publish(db: &Db, editing: Editing<'_>, restores: Option<i64>, wanted: Value) -> Result<(), DraftError> {
    let tx = db.begin().await?;
    if editing.wanted(&tx, restores).await? != wanted {
        return Err(DraftError::Changed);
    }
    editing.publish(&tx, wanted, restores).await?;
    bump(&tx, LABELS).await?;
    tx.commit().await?;
    Ok(())
}
