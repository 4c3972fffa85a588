//! Which elements must stand together, and which may not.

use std::collections::BTreeMap;

use super::{Element, Gs1, table};
use crate::barcode::Fault;

/// How much of the label a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carriers {
    /// All of it: everything asked for must be there.
    Whole,
    /// One barcode of several: the SSCC of the logistic unit may be in another, as on most pallet labels.
    OneOfSeveral,
}

/// A pattern of identifiers, where `n` stands for any digit.
fn fits(pattern: &str, ai: &str) -> bool {
    pattern.len() == ai.len() && pattern.bytes().zip(ai.bytes()).all(|(p, a)| p == b'n' || p == a)
}

impl Gs1 {
    /// Checks forbidden pairs, required partners, and that nothing says two things.
    ///
    /// # Errors
    /// [`Fault`] at the element that the rule belongs to.
    pub fn pairs(&self, carriers: Carriers) -> Result<(), Fault> {
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        let mut there = Vec::new();
        let mut twice = None;
        for (Element { ai, value }, place) in self.elements.iter().zip(&self.places) {
            match first.insert(ai, value) {
                None => there.push((ai.as_str(), value.as_str(), *place)),
                Some(before) if before == value => {}
                Some(_) => {
                    twice.get_or_insert_with(|| Fault::new(*place, format!("({ai}) has two values")));
                }
            }
        }
        let partner = |of: &str, pattern: &str| there.iter().map(|(ai, ..)| *ai).find(|ai| *ai != of && fits(pattern, ai));
        let words = |text: &'static str| text.split(' ').filter(|word| !word.is_empty());

        for (ai, _, place) in &there {
            let Some(row) = table::find(ai) else { continue };
            if let Some(other) = words(row.bars).find_map(|pattern| partner(ai, pattern)) {
                return Err(Fault::new(*place, format!("({ai}) forbids ({other})")));
            }
        }
        for (ai, _, place) in &there {
            let Some(row) = table::find(ai) else { continue };
            let elsewhere = |pattern: &str| carriers == Carriers::OneOfSeveral && pattern == "00";
            let satisfied = |group: &str| group.split('+').all(|pattern| elsewhere(pattern) || partner(ai, pattern).is_some());
            if !row.needs.is_empty() && !words(row.needs).any(satisfied) {
                let groups: Vec<String> = words(row.needs).map(|group| format!("({})", group.replace('+', ")+("))).collect();
                return Err(Fault::new(*place, format!("({ai}) needs {}", groups.join(" or "))));
            }
        }
        if let Some(fault) = twice {
            return Err(fault);
        }
        self.signed_key_has_serial(&there)
    }

    /// A digital signature (8030) belongs to one instance, so the key it signs must have its serial part.
    fn signed_key_has_serial(&self, there: &[(&str, &str, usize)]) -> Result<(), Fault> {
        if self.get("8030").is_none() {
            return Ok(());
        }
        let bare = |ai: &str, value: &str| {
            matches!(ai, "253" | "255" | "8003") && table::find(ai).is_some_and(|row| value.len() == row.shortest())
        };
        match there.iter().find(|(ai, value, _)| bare(ai, value)) {
            Some((ai, _, place)) => Err(Fault::new(*place, format!("(8030) needs ({ai}) with its serial part"))),
            None => Ok(()),
        }
    }
}
