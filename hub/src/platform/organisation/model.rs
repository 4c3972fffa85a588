//! Organisations as pages read and write them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::{Kind, Module, Switches};

/// An organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrganisationRow {
    /// Number.
    pub id: i64,
    /// The one above, when the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<i64>,
    /// What it is.
    pub kind: Kind,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Whether it is in business.
    pub active: bool,
    /// What is switched here itself.
    pub switches: Switches,
    /// What is switched off here or above.
    pub switched_off: BTreeSet<Module>,
    /// Its site, of a store or a warehouse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// How many stand right beneath it.
    pub children: usize,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// An organisation to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// The one above.
    pub parent: i64,
    /// What it is. A store or warehouse gets a site with its code and name.
    pub kind: Kind,
    /// Code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    #[serde(default)]
    pub name_en: String,
    /// IANA time zone; the one of the organisation above when left away.
    pub time_zone: Option<String>,
}

/// What is to be changed; what is left away stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganisationChange)]
pub struct Change {
    /// Put it, with all beneath it, beneath this one.
    pub parent: Option<i64>,
    /// What it is.
    pub kind: Option<Kind>,
    /// Code.
    pub code: Option<String>,
    /// Chinese name.
    pub name: Option<String>,
    /// English name.
    pub name_en: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Whether it is in business.
    pub active: Option<bool>,
    /// What is switched here: `{"edges": false}` switches edges off here and beneath.
    pub switches: Option<Switches>,
}

impl Change {
    /// Whether it changes what an organisation may or where it stands; that is decided above it.
    #[must_use]
    pub const fn is_decided_above(&self) -> bool {
        self.parent.is_some() || self.kind.is_some() || self.code.is_some() || self.active.is_some() || self.switches.is_some()
    }
}
