//! Devices, profiles and assignments as the API shows and takes them.

use std::collections::BTreeMap;

use qitao_firmware_config::Role;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::edges::DeviceDrift;
use crate::http::extract::given;

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRole {
    /// Reads codes.
    Scanner,
    /// Prints.
    Printer,
}

impl DeviceRole {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scanner => "scanner",
            Self::Printer => "printer",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        if word == Self::Printer.word() { Self::Printer } else { Self::Scanner }
    }
}

impl From<Role> for DeviceRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Scanner => Self::Scanner,
            Role::Printer => Self::Printer,
        }
    }
}

impl From<DeviceRole> for Role {
    fn from(role: DeviceRole) -> Self {
        match role {
            DeviceRole::Scanner => Self::Scanner,
            DeviceRole::Printer => Self::Printer,
        }
    }
}

/// A profile of settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceProfileRow {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    pub role: DeviceRole,
    /// Each setting that it says, and its value; what settings there are is told by `/device-settings`.
    pub set: BTreeMap<String, String>,
    /// The program brings a profile of this id.
    pub standard: bool,
    /// The chain has one of its own, which holds.
    pub own: bool,
    /// Devices that were compared with it last.
    pub devices: i64,
    /// Grows with every change; send it back as If-Match. 0: the chain has none of its own.
    pub version: i64,
}

/// A profile as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceProfileFields {
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    pub role: DeviceRole,
    /// Each setting that it says, and its value as text: `on`, `CR`, `60`.
    pub set: BTreeMap<String, String>,
}

/// One of the words that a setting may be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceChoice {
    /// The word, e.g. `usb_serial`.
    pub value: &'static str,
    /// For people, Chinese.
    pub zh: &'static str,
    /// For people, English.
    pub en: &'static str,
}

/// A setting that devices have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceSettingRow {
    /// Its name.
    pub name: &'static str,
    /// What has it.
    pub role: DeviceRole,
    /// `switch`, `choice`, `number` or `text`.
    pub kind: &'static str,
    /// What it may be, of a choice; of a text, characters that have a name.
    pub choices: Vec<DeviceChoice>,
    /// The least, of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<i64>,
    /// The most, of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
    /// Its unit, of a number.
    pub unit: &'static str,
    /// Most characters, of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<usize>,
    /// For people, Chinese.
    pub zh: &'static str,
    /// For people, English.
    pub en: &'static str,
    /// Families of devices that can be told it.
    pub families: Vec<&'static str>,
}

/// Which devices get a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceAssignmentRow {
    /// Its number.
    pub id: i64,
    /// Devices of this role.
    pub role: DeviceRole,
    /// At this site; everywhere when absent.
    pub site: Option<i64>,
    /// Its name.
    pub site_name: Option<String>,
    /// Of this family; of every family when absent.
    pub family: Option<String>,
    /// The profile.
    pub profile: String,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// An assignment as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceAssignmentFields {
    /// Devices of this role.
    pub role: DeviceRole,
    /// At this site; everywhere when absent.
    #[serde(default)]
    pub site: Option<i64>,
    /// Of this family, e.g. `newland`; of every family when absent.
    #[serde(default)]
    pub family: Option<String>,
    /// The id of the profile.
    pub profile: String,
}

/// Another profile for the same devices.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceAssignmentChange {
    /// The id of the profile.
    pub profile: String,
}

/// A scanner or printer of the chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChainDeviceRow {
    /// Its edge.
    pub edge: String,
    /// The edge's name.
    pub edge_name: String,
    /// Its site.
    pub site: i64,
    /// The site's name.
    pub site_name: String,
    /// Which device of the edge.
    pub device: String,
    /// What it is for.
    pub role: DeviceRole,
    /// Its name.
    pub name: String,
    /// `online`, `offline`, or a printer's fault; `away` while its edge is not in contact, and nobody knows.
    pub state: String,
    /// When its edge was in contact last.
    pub heard_ms: Option<i64>,
    /// The family whose words it takes, or empty.
    pub family: String,
    /// The profile that it should have, or empty when its edge does not look.
    pub profile: String,
    /// How it is set: `holds`, `differs`, `silent`, `unsettable`, `no_profile`; `unwatched` when its edge does not look, or was not in contact
    /// for a week.
    pub settings: String,
    /// Since when, by its edge's clock; absent when it is unwatched.
    pub since_ms: Option<i64>,
    /// How many settings differ.
    pub differs: i64,
    /// What differs, as far as its edge names it.
    pub drift: Vec<DeviceDrift>,
    /// Writes to its permanent memory, ever.
    pub flash_writes: i64,
}

/// How many devices are set so.
#[derive(Debug, Clone, Serialize, ToSchema, FromQueryResult)]
pub struct DeviceCount {
    /// `scanner` or `printer`.
    pub role: String,
    /// The family whose words they take, or empty.
    pub family: String,
    /// The profile that they should have, or empty.
    pub profile: String,
    /// How they are set, see the rows.
    pub settings: String,
    /// How many.
    pub devices: i64,
}

/// Which devices.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DeviceQuery {
    /// Part of the name of device, edge or site.
    #[serde(deserialize_with = "given")]
    pub q: Option<String>,
    /// `scanner` or `printer`.
    #[serde(deserialize_with = "given")]
    pub role: Option<String>,
    /// Of this family.
    #[serde(deserialize_with = "given")]
    pub family: Option<String>,
    /// That should have this profile.
    #[serde(deserialize_with = "given")]
    pub profile: Option<String>,
    /// That are set so; several with commas.
    #[serde(deserialize_with = "given")]
    pub settings: Option<String>,
}
