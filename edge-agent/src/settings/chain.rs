//! What the chain says of its devices: its profiles, and which devices get which. It comes from the hub as a data set.

use qitao_domain::catalog::{DeviceRule, DeviceSays};
use qitao_firmware_config::{Document, Role, SettingsProfile};

/// The chain's profiles and assignments.
#[derive(Debug, Default)]
pub struct ChainRules {
    profiles: Vec<SettingsProfile>,
    assignments: Vec<Assignment>,
}

#[derive(Debug)]
struct Assignment {
    role: Role,
    family: Option<String>,
    profile: String,
}

impl ChainRules {
    /// From rows in any order. What this version of the agent does not understand is left out and told.
    #[must_use]
    pub fn new(mut rows: Vec<DeviceRule>) -> Self {
        rows.sort_by_key(|row| row.id);
        let mut rules = Self::default();
        for DeviceRule { id, says } in rows {
            match says {
                DeviceSays::Profile { document } => match profile(&document) {
                    Ok(profile) => rules.profiles.push(profile),
                    Err(why) => tracing::error!(row = id, why, "a device profile of the hub is not understood here and is left out"),
                },
                DeviceSays::Assignment { role, family, profile } => match role.as_str() {
                    "scanner" => rules.assignments.push(Assignment { role: Role::Scanner, family, profile }),
                    "printer" => rules.assignments.push(Assignment { role: Role::Printer, family, profile }),
                    other => tracing::error!(row = id, role = other, "an assignment of the hub is not understood here and is left out"),
                },
            }
        }
        rules
    }

    /// The chain's profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &SettingsProfile> {
        self.profiles.iter()
    }

    /// The id of the profile that devices of a family get, when the chain says so.
    #[must_use]
    pub fn assigned(&self, role: Role, family: Option<&str>) -> Option<&str> {
        let fits = |one: &&Assignment| one.role == role && one.family.as_deref().is_none_or(|wanted| Some(wanted) == family);
        self.assignments.iter().find(fits).map(|one| one.profile.as_str())
    }
}

fn profile(document: &str) -> Result<SettingsProfile, String> {
    let document: Document = serde_json::from_str(document).map_err(|error| error.to_string())?;
    document.read().map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A profile `quiet` of the chain, for every scanner of the family `newland`; `loud` for every other.
    pub(in crate::settings) fn rules() -> ChainRules {
        let document = |id: &str, volume: &str| {
            let document = format!(r#"{{"id": "{id}", "name": "{id}", "role": "scanner", "set": {{"beeper.volume": "{volume}"}}}}"#);
            DeviceSays::Profile { document }
        };
        let assignment = |family: Option<&str>, profile: &str| DeviceSays::Assignment {
            role: "scanner".into(),
            family: family.map(str::to_owned),
            profile: profile.into(),
        };
        let says = [
            (5, assignment(None, "loud")),
            (4, assignment(Some("newland"), "quiet")),
            (1, document("quiet", "low")),
            (2, document("loud", "high")),
            (3, document("broken", "very")),
            (6, DeviceSays::Assignment { role: "kettle".into(), family: None, profile: "quiet".into() }),
        ];
        ChainRules::new(says.into_iter().map(|(id, says)| DeviceRule { id, says }).collect())
    }

    #[test]
    fn the_first_assignment_that_fits_holds_and_what_is_not_understood_is_left_out() {
        let rules = rules();
        assert_eq!(rules.profiles().map(|profile| profile.id.as_str()).collect::<Vec<_>>(), ["quiet", "loud"]);
        assert_eq!(rules.assigned(Role::Scanner, Some("newland")), Some("quiet"));
        assert_eq!(rules.assigned(Role::Scanner, Some("honeywell")), Some("loud"));
        assert_eq!((rules.assigned(Role::Scanner, None), rules.assigned(Role::Printer, None)), (Some("loud"), None));
    }
}
