//! A profile as a document: names and values as people write them, checked setting by setting. So the hub keeps the chain's profiles, shows those
//! that come with the program, and sends them to edges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::Role;
use crate::value::Value;
use crate::vocabulary::{self, Kind, Setting, Written};
use crate::wanted::{SettingsProfile, is_id};

/// Most characters of a profile's name.
pub const LONGEST_NAME: usize = 100;

/// A profile of settings as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Stable name, e.g. `warehouse-scanner`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Each setting and its value, as in TOML but always as text: `on`, `CR`, `60`.
    pub set: BTreeMap<String, String>,
}

/// What is wrong with a document, by what is to be corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// The id.
    #[error("an id has up to 64 lower-case letters, digits and -")]
    Id,
    /// The name.
    #[error("a name has 1 to {LONGEST_NAME} characters")]
    Name,
    /// Nothing is set.
    #[error("the profile sets nothing")]
    Empty,
    /// A setting that there is not.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// A setting of other devices.
    #[error("{} is not a setting of this kind of device", .0.name)]
    OtherRole(&'static Setting),
    /// A value that the setting cannot have.
    #[error("{} is {}", .0.name, .0.may_be())]
    Value(&'static Setting),
}

impl Document {
    /// The profile, when every part of it is right.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self) -> Result<SettingsProfile, Vec<DocumentFault>> {
        let mut faults = Vec::new();
        if !is_id(&self.id) {
            faults.push(DocumentFault::Id);
        }
        if self.name.trim().is_empty() || self.name.chars().count() > LONGEST_NAME {
            faults.push(DocumentFault::Name);
        }
        if self.set.is_empty() {
            faults.push(DocumentFault::Empty);
        }
        let mut set = BTreeMap::new();
        for (name, text) in &self.set {
            match value(name, text, self.role) {
                Ok(value) => drop(set.insert(name.clone(), value)),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(SettingsProfile { id: self.id.clone(), name: self.name.clone(), role: self.role, set })
    }
}

fn value(name: &str, text: &str, role: Role) -> Result<Value, DocumentFault> {
    let setting = vocabulary::setting(name).ok_or_else(|| DocumentFault::Unknown(name.to_owned()))?;
    if setting.role != role {
        return Err(DocumentFault::OtherRole(setting));
    }
    let written = if matches!(setting.kind(), Kind::Number { .. }) { Written::Digits(text) } else { Written::Text(text) };
    setting.read(written).map_err(|_| DocumentFault::Value(setting))
}

impl From<&SettingsProfile> for Document {
    fn from(profile: &SettingsProfile) -> Self {
        let SettingsProfile { id, name, role, set } = profile;
        let set = set.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        Self { id: id.clone(), name: name.clone(), role: *role, set }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    #[test]
    fn what_comes_with_the_program_is_the_same_as_a_document() {
        for profile in Profiles::built_in().iter() {
            assert_eq!(Document::from(profile).read().as_ref(), Ok(profile));
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let set = [("suffix", "CR"), ("sufix", "CR"), ("darkness", "60"), ("same_code_delay", "soon"), ("aim_id", "yes")];
        let set = set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let wrong = Document { id: "Desk 1".into(), name: " ".into(), role: Role::Scanner, set };
        let told: Vec<String> = wrong.read().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 6, "{told:?}");
        assert_eq!(told[2], "aim_id is \"on\" or \"off\"");
        assert_eq!(told[3], "darkness is not a setting of this kind of device");
        assert!(told[4].starts_with("same_code_delay is a number from"), "{told:?}");
        assert_eq!(told[5], "there is no setting \"sufix\"");
    }
}
