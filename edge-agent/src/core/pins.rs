//! PINs of operators, where the site wants them: chosen at the first login here, asked for at every other.
//!
//! Kept at the edge only, so that they work with the hub away: a salted digest with the operator's row. Four digits are no secret from whoever can read
//! this machine's disk; they keep a found or borrowed badge from being used. A PIN belongs to one badge: a new badge, given at the hub, begins anew,
//! which is how a forgotten one is helped.

use qitao_domain::barcode::Pin;
use qitao_domain::catalog::{BarcodeHit, Directory, ItemFacts, Location, LocationKind, Operator};
use qitao_domain::ids::{ItemId, LocationId, OperatorId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::outbox::{Append, Outbox, OutboxError};
use crate::replica::Catalogue;

/// A PIN as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    badge: String,
    salt: String,
    digest: String,
}

/// The catalogue, and the PINs beside it.
pub(super) struct WithPins<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) outbox: &'a Outbox,
    /// Whether the site wants them.
    pub(super) wanted: bool,
}

impl WithPins<'_> {
    fn kept(&self, operator: OperatorId) -> Option<Kept> {
        let badge = &self.catalogue.operator(operator)?.badge;
        self.outbox.state::<Kept>(&key(operator)).filter(|kept| kept.badge == *badge)
    }

    /// The row of a PIN that was chosen just now; nothing when there is one already.
    pub(super) fn chosen(&self, operator: OperatorId, pin: &Pin, rows: &mut Append) -> Result<(), OutboxError> {
        let (None, Some(known)) = (self.kept(operator), self.catalogue.operator(operator)) else { return Ok(()) };
        let salt = format!("{:032x}", rand::random::<u128>());
        let digest = digest(&salt, pin);
        rows.put(key(operator), &Kept { badge: known.badge.clone(), salt, digest })
    }
}

fn key(operator: OperatorId) -> String {
    format!("pin/{operator}")
}

fn digest(salt: &str, pin: &Pin) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{salt} {}", pin.digits()).as_bytes()))
}

impl Directory for WithPins<'_> {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        self.catalogue.barcode(text)
    }
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        self.catalogue.item(id)
    }
    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        self.catalogue.item_by_code(code)
    }
    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        self.catalogue.location_by_code(code)
    }
    fn location(&self, id: LocationId) -> Option<&Location> {
        self.catalogue.location(id)
    }
    fn location_of_kind(&self, kind: LocationKind) -> Option<LocationId> {
        self.catalogue.location_of_kind(kind)
    }
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        self.catalogue.operator_by_badge(badge)
    }
    fn operator(&self, id: OperatorId) -> Option<&Operator> {
        self.catalogue.operator(id)
    }
    fn needs_pin(&self, _: OperatorId) -> bool {
        self.wanted
    }
    fn is_pin(&self, operator: OperatorId, pin: &Pin) -> bool {
        self.kept(operator).is_none_or(|kept| kept.digest == digest(&kept.salt, pin))
    }
}
