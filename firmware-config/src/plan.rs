//! The difference between a device and its profile, and what became of each part of it. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::family::{Family, Item, Unsaid};
use crate::talk::Held;
use crate::wanted::SettingsProfile;

/// What a device holds, by place. A place that is missing was not answered.
pub type Holdings = BTreeMap<String, Held>;

/// What is kept of a device between conversations, so that its flash is not written without need. Whoever runs conversations keeps it on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// How often this program wrote to the device's permanent memory, ever.
    #[serde(default)]
    pub flash_writes: u64,
    /// What it wrote there last, by place.
    #[serde(default)]
    pub written: BTreeMap<String, String>,
}

/// How one place compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Equal,
    /// Something else.
    Differs {
        /// What it holds, in words.
        has: String,
    },
    /// The device has no such setting.
    Unknown,
    /// The device cannot be asked for it.
    Unreadable,
    /// The device did not answer.
    Unanswered,
}

/// What was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Done {
    /// Nothing.
    Nothing,
    /// Set, and read back as set.
    Set,
    /// Set, and kept over a power cycle.
    Kept,
    /// Sent; whether it was taken cannot be asked.
    Sent,
    /// The device refused it.
    Refused,
    /// The device took it and still holds something else.
    NotTaken {
        /// What it holds, in words.
        holds: String,
    },
}

/// One place of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The settings that it holds.
    pub settings: Vec<String>,
    /// The place, as the device names it.
    pub tag: String,
    /// What it should hold, in words.
    pub wants: String,
    /// How that compares to what it holds.
    #[serde(flatten)]
    pub state: State,
    /// What was done about it.
    #[serde(flatten)]
    pub done: Done,
    /// How this family says it was written down from memory and is still to be checked at a device.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_memory: bool,
}

/// The difference between a device and its profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Family of the device.
    pub family: String,
    /// The profile it is held against.
    pub profile: String,
    /// Every place that the profile speaks of.
    pub lines: Vec<Line>,
    /// Settings of the profile that this family cannot be told, and why.
    pub unsaid: Vec<(String, String)>,
}

impl Plan {
    /// The places that hold something else than they should, after what was done.
    pub fn drift(&self) -> impl Iterator<Item = (&Line, &str)> {
        self.lines.iter().filter_map(|line| match (&line.done, &line.state) {
            (Done::NotTaken { holds }, _) => Some((line, holds.as_str())),
            (Done::Nothing | Done::Refused, State::Differs { has }) => Some((line, has.as_str())),
            _ => None,
        })
    }

    /// Whether every place that can be asked is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.drift().next().is_none() && self.lines.iter().all(|line| line.state != State::Unanswered && line.done != Done::Refused)
    }
}

/// Compares. What the device cannot be told is in [`Plan::unsaid`].
#[must_use]
pub fn plan(family: &Family, profile: &SettingsProfile, holdings: &Holdings) -> Plan {
    let (items, unsaid) = family.items(&profile.set);
    let lines = items.iter().map(|item| line(family, item, holdings.get(&item.tag))).collect();
    let unsaid = unsaid.into_iter().map(|Unsaid { setting, why }| (setting, why)).collect();
    Plan { family: family.id.clone(), profile: profile.id.clone(), lines, unsaid }
}

fn line(family: &Family, item: &Item, held: Option<&Held>) -> Line {
    let state = match held {
        _ if !item.readable => State::Unreadable,
        Some(Held::Raw(raw)) if family.holds(item, raw) => State::Equal,
        Some(Held::Raw(raw)) => State::Differs { has: family.words(&item.tag, raw) },
        Some(Held::Unknown) => State::Unknown,
        None => State::Unanswered,
    };
    let from_memory = item.settings.iter().any(|setting| family.is_from_memory(setting));
    let wants = family.words(&item.tag, &item.raw);
    Line { settings: item.settings.clone(), tag: item.tag.clone(), wants, state, done: Done::Nothing, from_memory }
}
