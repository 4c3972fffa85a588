//! What devices should be set to: profiles of settings, read from TOML with every fault told at its line and column.
//!
//! ```toml
//! [[profile]]
//! id = "returns-desk"
//! name = "退货台扫码枪"
//! role = "scanner"
//! like = "warehouse-scanner"        # what is not said here is as there
//!
//! [profile.set]
//! symbology.pdf417 = "on"
//! beeper.volume = "low"
//! ```

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::library::Fault;
use crate::profile::{Role, Wrong};
use crate::value::Value;
use crate::vocabulary::{self, Written};

/// What devices should be set to. It says only what matters; everything else stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProfile {
    /// Stable name, e.g. `warehouse-scanner`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Each setting and its value.
    pub set: BTreeMap<String, Value>,
}

/// A profile for lists: hub and panel show it without knowing its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Stable name.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// How many settings it says.
    pub settings: usize,
}

/// All profiles of settings.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    profiles: Vec<SettingsProfile>,
}

static BUILT_IN: LazyLock<Profiles> =
    LazyLock::new(|| match Profiles::default().with(&[("standard.toml", include_str!("../settings/standard.toml"))]) {
        Ok(profiles) => profiles,
        Err(faults) => unreachable!("built-in profiles are tested: {faults:?}"),
    });

impl Profiles {
    /// The profiles that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Adds files (name, text). One with an id that is there already takes its place, so a site can change what comes with the program.
    ///
    /// # Errors
    /// Every fault of every file, with its place.
    pub fn with(&self, files: &[(&str, &str)]) -> Result<Self, Vec<Fault>> {
        let (mut all, mut faults) = (self.clone(), Vec::new());
        for (file, text) in files {
            let mut wrong = Vec::new();
            all.read(text, &mut wrong);
            wrong.sort_by_key(|(span, _)| span.start);
            faults.extend(wrong.into_iter().map(|(span, what): Wrong| Fault::at(file, text, span.start, what)));
        }
        if faults.is_empty() { Ok(all) } else { Err(faults) }
    }

    /// Adds a profile; one with its id makes room for it.
    pub fn put(&mut self, profile: SettingsProfile) {
        self.profiles.retain(|other| other.id != profile.id);
        self.profiles.push(profile);
    }

    /// A profile by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&SettingsProfile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SettingsProfile> {
        self.profiles.iter()
    }

    /// All of them, for lists.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let one = |profile: &SettingsProfile| Summary {
            id: profile.id.clone(),
            name: profile.name.clone(),
            role: profile.role,
            settings: profile.set.len(),
        };
        self.profiles.iter().map(one).collect()
    }

    fn read(&mut self, text: &str, wrong: &mut Vec<Wrong>) {
        let file = match DeTable::parse(text) {
            Ok(file) => file,
            Err(error) => return wrong.push((error.span().unwrap_or(0..0), error.message().to_owned())),
        };
        let mut own: Vec<String> = Vec::new();
        for (key, value) in file.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("profile", DeValue::Array(profiles)) => {
                    for one in profiles.iter() {
                        let Some(profile) = self.profile(one, wrong) else { continue };
                        if own.contains(&profile.id) {
                            wrong.push((one.span(), format!("the id {:?} is given twice in this file", profile.id)));
                        }
                        own.push(profile.id.clone());
                        self.put(profile);
                    }
                }
                ("profile", _) => wrong.push((value.span(), "write [[profile]], with two brackets: there may be several".into())),
                (other, _) => wrong.push((key.span(), format!("{other:?} means nothing here; a profile begins with [[profile]]"))),
            }
        }
    }

    fn profile(&self, written: &Spanned<DeValue<'_>>, wrong: &mut Vec<Wrong>) -> Option<SettingsProfile> {
        let DeValue::Table(table) = written.get_ref() else {
            wrong.push((written.span(), "a profile is a table: id, name, role and set".into()));
            return None;
        };
        let before = wrong.len();
        let (mut id, mut name, mut role, mut like, mut set) = (None, None, None, None, None);
        for (key, value) in table {
            let text = value.get_ref().as_str();
            match key.get_ref().as_ref() {
                "id" => id = text.map(|text| (text.to_owned(), value.span())),
                "name" => name = text.map(str::to_owned),
                "role" => match text {
                    Some("scanner") => role = Some(Role::Scanner),
                    Some("printer") => role = Some(Role::Printer),
                    _ => wrong.push((value.span(), "a role is \"scanner\" or \"printer\"".into())),
                },
                "like" => match text.and_then(|id| self.get(id)) {
                    Some(other) => like = Some((other, value.span())),
                    None => wrong.push((value.span(), "there is no profile of this id before this one".into())),
                },
                "set" => match value.get_ref() {
                    DeValue::Table(settings) => set = Some(settings),
                    _ => wrong.push((value.span(), "set is a table of settings: [profile.set]".into())),
                },
                other => wrong.push((key.span(), format!("{other:?} is no part of a profile; its parts are id, name, role, like and set"))),
            }
        }
        let start = written.span().start..written.span().start;
        match &id {
            None => wrong.push((start.clone(), "the profile has no id".into())),
            Some((id, span)) if !is_id(id) => wrong.push((span.clone(), "an id has lower-case letters, digits and -".into())),
            Some(_) => {}
        }
        if name.as_deref().is_none_or(|name| name.trim().is_empty()) {
            wrong.push((start.clone(), "the profile has no name".into()));
        }
        if role.is_none() && wrong.len() == before {
            wrong.push((start.clone(), "the profile has no role".into()));
        }
        let role = role?;
        let mut all = BTreeMap::new();
        if let Some((other, span)) = like {
            if other.role != role {
                wrong.push((span, format!("{:?} is for another role", other.id)));
            }
            all.clone_from(&other.set);
        }
        match set {
            Some(settings) => read_settings(settings, "", role, &mut all, wrong),
            None => wrong.push((start, "the profile sets nothing: [profile.set] is missing".into())),
        }
        if wrong.len() > before {
            return None;
        }
        Some(SettingsProfile { id: id?.0, name: name?, role, set: all })
    }
}

pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn read_settings(table: &DeTable<'_>, before: &str, role: Role, all: &mut BTreeMap<String, Value>, wrong: &mut Vec<Wrong>) {
    for (key, value) in table {
        let name = format!("{before}{}", key.get_ref());
        let Some(setting) = vocabulary::setting(&name) else {
            // A dotted name comes as tables in tables.
            match value.get_ref() {
                DeValue::Table(deeper) if vocabulary::settings().iter().any(|setting| setting.name.starts_with(&format!("{name}."))) => {
                    read_settings(deeper, &format!("{name}."), role, all, wrong);
                }
                _ => wrong.push((key.span(), unknown(&name, role))),
            }
            continue;
        };
        if setting.role != role {
            wrong.push((key.span(), format!("{name} is not a setting of a {}", word(role))));
            continue;
        }
        let written = match value.get_ref() {
            DeValue::Boolean(truth) => Written::Truth(*truth),
            DeValue::Integer(number) if number.radix() == 10 => Written::Digits(number.as_str()),
            DeValue::Float(number) => Written::Digits(number.as_str()),
            DeValue::String(text) => Written::Text(text),
            DeValue::Array(_) => Written::Other("a list"),
            DeValue::Table(_) => Written::Other("a table"),
            DeValue::Datetime(_) => Written::Other("a date"),
            DeValue::Integer(_) => Written::Other("a number that is not decimal"),
        };
        match setting.read(written) {
            Ok(value) => drop(all.insert(name, value)),
            Err(why) => wrong.push((value.span(), why)),
        }
    }
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Scanner => "scanner",
        Role::Printer => "printer",
    }
}

/// "I do not know that", with the name that was probably meant.
fn unknown(name: &str, role: Role) -> String {
    let known = || vocabulary::settings().iter().filter(|setting| setting.role == role).map(|setting| setting.name.as_str());
    let nearest = known().min_by_key(|known| distance(known, name)).filter(|known| distance(known, name) <= 3);
    match nearest {
        Some(nearest) => format!("there is no setting {name:?}; did you mean {nearest}?"),
        None => format!("there is no setting {name:?} of a {}; there are: {}", word(role), known().collect::<Vec<_>>().join(", ")),
    }
}

/// How many letters must be changed, added or left out (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
