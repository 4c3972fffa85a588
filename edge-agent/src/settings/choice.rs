//! Which profile is whose: the chain's profiles and the site's own beside those that come with the program, and which device gets which.
//!
//! A device that the site's settings name gets what they say; any other what the chain assigned to it, and otherwise the site's usual profile. Of
//! profiles with one id the chain's holds.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use qitao_firmware_config::family::{Family, Protocol, family};
use qitao_firmware_config::{Fault, Library, Profiles, Role, SettingsProfile};
use qitao_labels::Language;
use qitao_scanner_drivers::printer::PrinterAddress;
use qitao_scanner_drivers::scanner::speech;
use qitao_scanner_drivers::usb::CLASS_PRINTER;

use super::chain::ChainRules;
use crate::config::{Config, PrinterSettings};

/// Folder of the site's own profiles within the data folder.
pub const FOLDER: &str = "profiles";

/// Why there is no profile for a device.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// A profile file cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Correct what the profile files say.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Correct(Vec<Fault>),
    /// Name a profile that there is.
    #[error("there is no profile {id:?}; there are: {known}")]
    NameAnother {
        /// What was named.
        id: String,
        /// What there is.
        known: String,
    },
    /// Name a profile for what the device is.
    #[error("the profile {0:?} is not for this kind of device")]
    OtherRole(String),
}

/// Profiles, and who gets which.
#[derive(Debug, Clone)]
pub struct Choice {
    profiles: Profiles,
    chain: Arc<ChainRules>,
    scanner: String,
    printer: String,
    devices: std::collections::BTreeMap<String, String>,
}

impl Choice {
    /// Profiles that come with the program, those of the site and those of the chain, and what the settings and the chain say of them.
    ///
    /// # Errors
    /// [`ChoiceError::Unreadable`], [`ChoiceError::Correct`].
    pub fn load(config: &Config, chain: Arc<ChainRules>) -> Result<Self, ChoiceError> {
        let settings = &config.settings;
        let folder = settings.profiles.clone().unwrap_or_else(|| config.path(FOLDER));
        let mut profiles = read(&folder)?;
        for profile in chain.profiles() {
            profiles.put(profile.clone());
        }
        Ok(Self {
            profiles,
            chain,
            scanner: settings.scanner.clone(),
            printer: settings.printer.clone(),
            devices: settings.devices.clone(),
        })
    }

    /// All profiles.
    #[must_use]
    pub const fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The id of the profile that a device should have. `family`: whose words it takes, where that is known.
    #[must_use]
    pub fn id_for(&self, device: &str, role: Role, family: Option<&Family>) -> &str {
        let usual = match role {
            Role::Scanner => &self.scanner,
            Role::Printer => &self.printer,
        };
        let named = self.devices.get(device).map(String::as_str);
        named.or_else(|| self.chain.assigned(role, family.map(|family| family.id.as_str()))).unwrap_or(usual)
    }

    /// The profile that a device should have.
    ///
    /// # Errors
    /// [`ChoiceError::NameAnother`], [`ChoiceError::OtherRole`].
    pub fn profile_for(&self, device: &str, role: Role, family: Option<&Family>) -> Result<&SettingsProfile, ChoiceError> {
        self.named(self.id_for(device, role, family), role)
    }

    /// A profile by its id.
    ///
    /// # Errors
    /// [`ChoiceError::NameAnother`], [`ChoiceError::OtherRole`].
    pub fn named(&self, id: &str, role: Role) -> Result<&SettingsProfile, ChoiceError> {
        let known = || self.profiles.iter().map(|profile| profile.id.as_str()).collect::<Vec<_>>().join(", ");
        let profile = self.profiles.get(id).ok_or_else(|| ChoiceError::NameAnother { id: id.into(), known: known() })?;
        if profile.role == role { Ok(profile) } else { Err(ChoiceError::OtherRole(id.into())) }
    }
}

/// The profiles of a folder beside those that come with the program. No folder is no fault.
///
/// # Errors
/// [`ChoiceError::Unreadable`], [`ChoiceError::Correct`].
pub fn read(folder: &Path) -> Result<Profiles, ChoiceError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| ChoiceError::Unreadable { path, error }
    };
    let listed = match std::fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Profiles::built_in().clone()),
        Err(error) => return Err(unreadable(folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    files(&paths)
}

/// The profiles of files beside those that come with the program.
///
/// # Errors
/// [`ChoiceError::Unreadable`], [`ChoiceError::Correct`].
pub fn files(paths: &[PathBuf]) -> Result<Profiles, ChoiceError> {
    let mut texts = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).map_err(|error| ChoiceError::Unreadable { path: path.clone(), error })?;
        texts.push((path.display().to_string(), text));
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Profiles::built_in().with(&texts).map_err(ChoiceError::Correct)
}

/// The family whose words a scanner of this language takes. `None`: it takes none over the wire.
#[must_use]
pub fn family_of_scanner(language: speech::Family) -> Option<&'static Family> {
    family(match language {
        speech::Family::Honeywell => "honeywell",
        speech::Family::Newland => "newland",
        speech::Family::Ssi => "zebra-ssi",
        speech::Family::Datalogic => "datalogic",
        speech::Family::Auto | speech::Family::Generic | speech::Family::ZebraSimple | speech::Family::DatalogicEscape => return None,
    })
}

/// The family whose words a printer takes: the one that the settings name, that of its model on USB, or what most of its language are. Most that speak
/// TSPL cannot be asked; a TSC printer on a network or a serial line is named in the settings.
#[must_use]
pub fn family_of_printer(printer: &PrinterSettings) -> Option<&'static Family> {
    let named = printer.family.as_deref().map(family);
    let by_model = || match &printer.address {
        PrinterAddress::Usb(usb) => {
            let model = Library::built_in().identify(usb.vendor, usb.product, Some((CLASS_PRINTER, 1, 2)))?;
            family(model.family.as_deref()?).filter(|family| speaks(family, printer.language))
        }
        PrinterAddress::Tcp(_) | PrinterAddress::Serial { .. } => None,
    };
    let usual = || match printer.language {
        Language::Zpl => family("zpl"),
        Language::Tspl => family("tspl-clone"),
        Language::EscPos | Language::Cpcl => None,
    };
    named.unwrap_or_else(|| by_model().or_else(usual))
}

/// Whether the printers of a family speak this language.
#[must_use]
pub fn speaks(family: &Family, language: Language) -> bool {
    matches!((family.protocol, language), (Protocol::Sgd, Language::Zpl) | (Protocol::Tspl, Language::Tspl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_its_own_profiles_and_names_devices_that_differ() {
        let folder = tempfile::tempdir().unwrap();
        let own = "[[profile]]\nid = \"desk\"\nname = \"退货台\"\nrole = \"scanner\"\nlike = \"warehouse-scanner\"\n[profile.set]\nbeeper.volume = \"low\"\n";
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join(FOLDER).join("own.toml"), own).unwrap();
        let mut config = Config { data: folder.path().into(), ..Config::default() };
        config.settings.devices.insert("usb-1".into(), "desk".into());
        config.settings.devices.insert("usb-2".into(), "disk".into());
        let choice = Choice::load(&config, Arc::default()).unwrap();
        assert_eq!(choice.profile_for("usb-1", Role::Scanner, None).unwrap().id, "desk");
        assert_eq!(choice.profile_for("usb-9", Role::Scanner, None).unwrap().id, "warehouse-scanner");
        assert_eq!(choice.profile_for("label-1", Role::Printer, None).unwrap().id, "label-printer");
        assert!(choice.profile_for("usb-2", Role::Scanner, None).unwrap_err().to_string().contains("there are: warehouse-scanner"));
        assert!(matches!(choice.named("desk", Role::Printer), Err(ChoiceError::OtherRole(_))));
    }

    #[test]
    fn the_chain_assigns_what_the_site_does_not_name() {
        let folder = tempfile::tempdir().unwrap();
        let own = "[[profile]]\nid = \"quiet\"\nname = \"本店\"\nrole = \"scanner\"\n[profile.set]\nsuffix = \"TAB\"\n";
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join(FOLDER).join("own.toml"), own).unwrap();
        let mut config = Config { data: folder.path().into(), ..Config::default() };
        config.settings.devices.insert("usb-1".into(), "warehouse-scanner".into());
        let choice = Choice::load(&config, Arc::new(super::super::chain::tests::rules())).unwrap();
        assert_eq!(choice.id_for("usb-1", Role::Scanner, family("newland")), "warehouse-scanner");
        assert_eq!(choice.id_for("usb-2", Role::Scanner, family("newland")), "quiet");
        assert_eq!(choice.id_for("label-1", Role::Printer, family("zpl")), "label-printer");
        assert!(choice.named("quiet", Role::Scanner).unwrap().set.contains_key("beeper.volume"), "the chain's profile holds");
    }

    #[test]
    fn a_printers_family_is_named_or_that_of_its_model() {
        let printer = |text: &str| toml::from_str::<PrinterSettings>(&format!("id = \"p\"\n{text}")).unwrap();
        let family = |text: &str| family_of_printer(&printer(text)).map(|family| family.id.as_str());
        let tcp = "address.tcp = \"192.168.1.50:9100\"\nlanguage = \"tspl\"\n";
        assert_eq!(family(tcp), Some("tspl-clone"), "most of them tell nothing");
        assert_eq!(family(&format!("{tcp}family = \"tspl\"\n")), Some("tspl"));
        let usb =
            |vendor: &str, language: &str| format!("address.usb = {{ vendor = {vendor}, product = 0x0140 }}\nlanguage = \"{language}\"\n");
        assert_eq!(family(&usb("0x1203", "tspl")), Some("tspl"), "TSC");
        assert_eq!(family(&usb("0x0fe6", "tspl")), Some("tspl-clone"));
        assert_eq!(family(&usb("0x1203", "zpl")), Some("zpl"), "what it is said to speak");
        assert_eq!(family(&usb("0x1203", "cpcl")), None);
        let check = |text: &str| Config { printers: vec![printer(text)], ..Config::default() }.check().map_err(|error| error.to_string());
        assert!(check(&format!("{tcp}family = \"tspl\"\n")).is_ok());
        for wrong in ["tsc", "zpl", "newland"] {
            let told = check(&format!("{tcp}family = \"{wrong}\"\n")).unwrap_err();
            assert!(told.contains("tspl, tspl-clone") && told.contains(wrong), "{told}");
        }
    }

    #[test]
    fn faults_name_file_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("own.toml"),
            "[[profile]]\nid = \"a\"\nname = \"a\"\nrole = \"scanner\"\n[profile.set]\nsufix = \"CR\"\n",
        )
        .unwrap();
        let told = read(folder.path()).unwrap_err().to_string();
        assert!(told.ends_with("own.toml:6:1: there is no setting \"sufix\"; did you mean suffix?"), "{told}");
        assert_eq!(read(&folder.path().join("none")).unwrap().summaries().len(), Profiles::built_in().summaries().len());
    }
}
