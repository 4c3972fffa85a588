//! Settings: a TOML file, then the environment, then the command line; the later wins. Everything has a default that works.
//!
//! ```toml
//! # /var/lib/qitao-edge/edge.toml
//! [panel]
//! listen = "0.0.0.0:8090"            # operators' phones and PDAs; each is paired once (`edge-agent doctor` shows the code)
//!
//! [[station]]
//! id = "desk-1"
//! name = "一号台"
//! scanner.serial.target.path = "/dev/ttyACM0"
//!
//! [[station]]
//! id = "desk-2"
//! scanner.hid.target.usb = { vendor = 0x0c2e, product = 0x0b61, serial = "22214B1234" }
//!
//! [[station]]
//! id = "desk-3"
//! scanner.serial.target.usb = { vendor = 0x05e0, product = 0x1701, port = "1-1.2" }
//! scanner.serial.speech = { family = "ssi", hold = true, vibrate = true }   # reads nothing while an answer is owed
//!
//! [login]
//! idle_minutes = 30                  # who has not scanned for so long is logged out
//! out_at = ["22:30+08:00"]           # and everybody at these times of the day
//! pin = true                         # a badge is not enough; the PIN is typed on the panel, and chosen at the first login. Five
//!                                    # wrong ones in a row lock it for a minute, each further one for twice as long
//! one_scanner = true                 # who scans the badge at another scanner takes the work along
//!
//! [[printer]]
//! id = "label-1"
//! address.tcp = "192.168.1.50:9100"
//! language = "zpl"                   # zpl, tspl, esc_pos or cpcl
//! barcodes = "printer"               # sharper where the printer corrects its bars; else "picture": dot for dot as previewed
//! dpi = 203
//! setup = { media = { width = 60, height = 40, gap = 2 }, sensor = "gap", darkness = 60, speed = 4, after = "tear" }
//! stand_in = { printer = "label-2", after_s = 300 }
//!
//! [[printer]]
//! id = "label-2"
//! address.serial = { path = "/dev/ttyUSB0", baud = 115200 }
//! language = "tspl"
//! family = "tspl"                    # a TSC printer, which tells its settings; without it one that speaks TSPL is taken not to
//!
//! [settings.devices]
//! "usb-0c2e:0b61-22214B1234" = "returns-desk"   # a profile of this site, in profiles/*.toml
//! ```
//!
//! Environment: `QITAO_EDGE_DATA`, `QITAO_EDGE_CONFIG`, `QITAO_EDGE_PANEL`, `QITAO_EDGE_HUB`, `QITAO_EDGE_MACHINE`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use qitao_domain::ids::{DeviceId, StationId};
use qitao_firmware_config::family::families;
use qitao_labels::{Barcodes, Language};
use qitao_scanner_drivers::printer::{PrinterAddress, Setup};
use qitao_scanner_drivers::scanner::hid::HidSettings;
use qitao_scanner_drivers::scanner::serial::SerialSettings;
use serde::{Deserialize, Serialize};

use crate::login::LoginRules;
use crate::outbox::{DiskOptions, OpenOptions};
use crate::settings::choice::speaks;

/// Where data lie when nothing says otherwise.
pub const DEFAULT_DATA: &str = "/var/lib/qitao-edge";

/// Where the authority lies that was named at enrolment.
pub const GIVEN_CA: &str = "hub-ca.pem";

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named cannot be read.
    #[error("settings file {path}: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file says something that is not a setting; the message names line and word.
    #[error("settings file {path}: {error}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        error: Box<toml::de::Error>,
    },
    /// A variable of the environment cannot be understood.
    #[error("{name}={value}: {why}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        why: String,
    },
    /// Two stations or two printers have one name, or two stations one scanner.
    #[error("{0} is named twice")]
    Twice(String),
    /// A printer is to be stood in for by one that is not there, or by itself.
    #[error("printer {0}: no other printer {1} to stand in for it")]
    StandIn(DeviceId, DeviceId),
    /// Name a family whose printers speak the printer's language.
    #[error("printer {printer}: no printers of a family {family:?} speak its language; those of these do: {known}")]
    Family {
        /// Which.
        printer: DeviceId,
        /// What was named.
        family: String,
        /// What there is.
        known: String,
    },
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of everything the agent keeps.
    pub data: PathBuf,
    /// The operators' page.
    pub panel: Panel,
    /// The hub, when it is not the one of the enrolment.
    pub hub: Hub,
    /// Stations with a scanner of their own. Others begin on the panel.
    #[serde(rename = "station")]
    pub stations: Vec<StationSettings>,
    /// Label printers.
    #[serde(rename = "printer")]
    pub printers: Vec<PrinterSettings>,
    /// Devices that are plugged in without being named here.
    pub devices: Devices,
    /// What devices should be set to.
    pub settings: DeviceSettings,
    /// When operators are logged out.
    pub login: LoginRules,
    /// Room on the disk.
    pub disk: Disk,
    /// Stands for machine and disk in the fingerprint where the hardware has no identity of its own (containers).
    pub machine: Option<String>,
}

/// The operators' page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Panel {
    /// Address; port 0 takes a free one. Devices that come over the network have to be paired once.
    pub listen: SocketAddr,
    /// Names under which browsers reach this machine, beside its own name and addresses.
    pub names: Vec<String>,
}

/// Where the hub is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hub {
    /// Instead of the address of the enrolment, e.g. after the hub moved.
    pub url: Option<String>,
    /// PEM file of the authority that signed the hub's and broker's certificates, when it is a private one. By default the one named at enrolment.
    pub ca: Option<PathBuf>,
    /// Facts on the way at most, whatever the hub allows.
    pub window: Option<u32>,
    /// Seconds without MQTT after which messages go over HTTP(S), until MQTT works again.
    pub https_after_s: u32,
}

/// One station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationSettings {
    /// Short, without blanks; stands in every fact.
    pub id: StationId,
    /// For people; the id when empty.
    #[serde(default)]
    pub name: String,
    /// Its scanner.
    pub scanner: ScannerSettings,
}

/// A scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScannerSettings {
    /// On a serial line, real or over USB.
    Serial(SerialSettings),
    /// A human interface device: point-of-sale or keyboard wedge.
    Hid(HidSettings),
}

impl ScannerSettings {
    /// The id that its scans carry.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        match self {
            Self::Serial(wire) => wire.device_id(),
            Self::Hid(wire) => wire.device_id(),
        }
    }
}

/// One label printer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterSettings {
    /// Short, without blanks.
    pub id: DeviceId,
    /// For people; the id when empty.
    #[serde(default)]
    pub name: String,
    /// Where it is.
    pub address: PrinterAddress,
    /// What it understands.
    #[serde(default = "zpl")]
    pub language: Language,
    /// Whose words it takes for its settings, as `edge-agent device list` names them; by its USB model or its language when absent.
    #[serde(default)]
    pub family: Option<String>,
    /// Dots per inch.
    #[serde(default = "dpi")]
    pub dpi: u16,
    /// Who draws barcodes: a printer may correct the width of its own bars for heat and speed. ZPL and TSPL only.
    #[serde(default)]
    pub barcodes: Barcodes,
    /// What is loaded, how dark and fast it prints, and what happens after a label.
    #[serde(default)]
    pub setup: Setup,
    /// It does not answer while it prints, as cheap firmware does. On a serial line a loss of power in a job is not seen then.
    #[serde(default)]
    pub quiet: bool,
    /// Kept connected between jobs to hear of faults at once. A network printer with one connection is taken away from other programs by it.
    #[serde(default)]
    pub listen: bool,
    /// Who prints what waits when it does not for long.
    #[serde(default)]
    pub stand_in: Option<StandIn>,
}

/// Another printer for one that does not print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// Which.
    pub printer: DeviceId,
    /// Seconds after which its jobs go there.
    pub after_s: u32,
}

impl PrinterSettings {
    /// A printer with nothing said of it but where it is and what it speaks.
    #[must_use]
    pub fn at(id: DeviceId, address: PrinterAddress, language: Language) -> Self {
        Self {
            id,
            name: String::new(),
            address,
            language,
            family: None,
            dpi: dpi(),
            barcodes: Barcodes::default(),
            setup: Setup::default(),
            quiet: false,
            listen: false,
            stand_in: None,
        }
    }
}

const fn zpl() -> Language {
    Language::Zpl
}

const fn dpi() -> u16 {
    203
}

/// Devices that nobody named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Devices {
    /// A point-of-sale scanner that is plugged in becomes a station by itself. Keyboards never do.
    pub adopt: bool,
}

/// What devices should be set to: profiles by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceSettings {
    /// Devices are held against their profiles while the agent runs.
    pub watch: bool,
    /// Seconds between two looks at a device.
    pub every_s: u32,
    /// Printers are looked at too, between their jobs. A look takes the printer's line for a moment; a job that comes just then breaks it off.
    pub printers: bool,
    /// Folder of this site's own profiles; `profiles` in the data folder when absent.
    pub profiles: Option<PathBuf>,
    /// For scanners that are not named below.
    pub scanner: String,
    /// For printers that are not named below.
    pub printer: String,
    /// For single devices, by their ids.
    pub devices: BTreeMap<String, String>,
}

/// Room on the disk, in MiB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// Warn below this.
    pub low_mib: u64,
    /// Refuse new work below this.
    pub full_mib: u64,
    /// Ballast given up on a full disk.
    pub ballast_mib: u64,
    /// Acked facts kept, at most.
    pub keep_rows: u64,
    /// Days for which acked facts are kept, at most.
    pub keep_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: DEFAULT_DATA.into(),
            panel: Panel::default(),
            hub: Hub::default(),
            stations: Vec::new(),
            printers: Vec::new(),
            devices: Devices::default(),
            settings: DeviceSettings::default(),
            login: LoginRules::default(),
            disk: Disk::default(),
            machine: None,
        }
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8090)), names: Vec::new() }
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self { url: None, ca: None, window: None, https_after_s: 60 }
    }
}

impl Default for Devices {
    fn default() -> Self {
        Self { adopt: true }
    }
}

impl Default for DeviceSettings {
    fn default() -> Self {
        Self {
            watch: true,
            // Drift is to be at the hub within a minute, also when the look before it waited for devices that do not answer.
            every_s: 20,
            printers: true,
            profiles: None,
            scanner: "warehouse-scanner".into(),
            printer: "label-printer".into(),
            devices: BTreeMap::new(),
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self { low_mib: 1024, full_mib: 128, ballast_mib: 64, keep_rows: 200_000, keep_days: 7 }
    }
}

/// What the command line says of the settings.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConfigArgs {
    /// Folder of everything the agent keeps [default: /var/lib/qitao-edge, or QITAO_EDGE_DATA]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Settings file [default: edge.toml in the data folder, when it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Config {
    /// Settings from file and environment.
    ///
    /// # Errors
    /// [`ConfigError`] names what is wrong and where.
    pub fn load(args: &ConfigArgs) -> Result<Self, ConfigError> {
        Self::load_with(args, |name| std::env::var(name).ok())
    }

    fn load_with(args: &ConfigArgs, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let data = args.data.clone().or_else(|| environment("QITAO_EDGE_DATA").map(PathBuf::from));
        let named = args.config.clone().or_else(|| environment("QITAO_EDGE_CONFIG").map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| data.clone().unwrap_or_else(|| DEFAULT_DATA.into()).join("edge.toml"));
        let mut config = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str::<Self>(&text).map_err(|error| ConfigError::Wrong { path, error: error.into() })?,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        };
        if let Some(data) = data {
            config.data = data;
        }
        if let Some(value) = environment("QITAO_EDGE_PANEL") {
            config.panel.listen = value.parse().map_err(|_| ConfigError::Environment {
                name: "QITAO_EDGE_PANEL",
                value,
                why: "an address and port, e.g. 0.0.0.0:8090".into(),
            })?;
        }
        if let Some(url) = environment("QITAO_EDGE_HUB") {
            config.hub.url = Some(url);
        }
        let given = config.path(GIVEN_CA);
        if config.hub.ca.is_none() && given.exists() {
            config.hub.ca = Some(given);
        }
        if let Some(machine) = environment("QITAO_EDGE_MACHINE") {
            config.machine = Some(machine);
        }
        config.check()?;
        Ok(config)
    }

    /// Whether the settings fit together.
    ///
    /// # Errors
    /// [`ConfigError::Twice`], [`ConfigError::StandIn`], [`ConfigError::Family`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut names: Vec<String> = self.stations.iter().map(|s| format!("station {}", s.id)).collect();
        names.extend(self.printers.iter().map(|p| format!("printer {}", p.id)));
        // A scanner has one station: two that mean the same device would take it from each other.
        names.extend(self.stations.iter().map(|s| format!("scanner {}", s.scanner.device_id())));
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::Twice(pair[0].clone()));
        }
        for printer in &self.printers {
            if let Some(StandIn { printer: other, .. }) = &printer.stand_in
                && (other == &printer.id || !self.printers.iter().any(|printer| printer.id == *other))
            {
                return Err(ConfigError::StandIn(printer.id.clone(), other.clone()));
            }
            if let Some(named) = &printer.family {
                let fits: Vec<&str> = families().iter().filter(|one| speaks(one, printer.language)).map(|one| one.id.as_str()).collect();
                if !fits.contains(&named.as_str()) {
                    return Err(ConfigError::Family { printer: printer.id.clone(), family: named.clone(), known: fits.join(", ") });
                }
            }
        }
        Ok(())
    }

    /// Settings of the outbox.
    #[must_use]
    pub fn outbox(&self) -> OpenOptions {
        let disk = &self.disk;
        OpenOptions {
            disk: DiskOptions {
                low: disk.low_mib << 20,
                full: disk.full_mib << 20,
                ballast: disk.ballast_mib << 20,
                ..DiskOptions::default()
            },
            keep_rows: disk.keep_rows,
            keep_ms: i64::from(disk.keep_days) * 24 * 3_600_000,
            ..OpenOptions::default()
        }
    }

    /// A path within the data folder.
    #[must_use]
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.data.join(name)
    }
}

#[cfg(test)]
mod tests {
    use qitao_scanner_drivers::scanner::speech::Family;

    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        std::fs::write(&file, text).unwrap();
        let args = ConfigArgs { config: Some(file), ..ConfigArgs::default() };
        Config::load_with(&args, |name| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn without_a_file_everything_has_its_default() {
        assert_eq!(Config::load_with(&ConfigArgs::default(), |_| None).unwrap(), Config::default());
    }

    #[test]
    fn the_example_in_the_documentation_is_understood() {
        let text: String = include_str!("config.rs")
            .lines()
            .skip_while(|l| !l.contains("```toml"))
            .skip(1)
            .take_while(|l| !l.contains("```"))
            .fold(String::new(), |text, line| text + line.trim_start_matches("//!").trim_start() + "\n");
        let config = load(&text, &[]).unwrap();
        assert_eq!(config.stations.len(), 3);
        assert!(
            matches!(&config.stations[2].scanner, ScannerSettings::Serial(wire) if wire.speech.family == Family::Ssi && wire.speech.hold)
        );
        assert_eq!((config.login.idle_minutes, config.login.out_at[0].to_string().as_str()), (30, "22:30+08:00"));
        assert_eq!(config.printers[0].address, PrinterAddress::Tcp("192.168.1.50:9100".parse().unwrap()));
        assert!(config.printers[0].setup.takes(60.0, 40.0) && !config.printers[0].setup.takes(80.0, 50.0));
        assert_eq!(config.printers[1].language, Language::Tspl);
        assert_eq!((config.printers[0].barcodes, config.printers[1].barcodes), (Barcodes::Printer, Barcodes::Picture));
    }

    #[test]
    fn the_environment_wins_over_the_file_and_mistakes_are_named() {
        let config = load("[panel]\nlisten = \"127.0.0.1:1\"", &[("QITAO_EDGE_PANEL", "127.0.0.1:2"), ("QITAO_EDGE_DATA", "/x")]).unwrap();
        assert_eq!((config.panel.listen.port(), config.data), (2, PathBuf::from("/x")));
        assert!(load("[panle]\n", &[]).unwrap_err().to_string().contains("panle"));
        assert!(load("", &[("QITAO_EDGE_PANEL", "8090")]).unwrap_err().to_string().contains("QITAO_EDGE_PANEL=8090"));
        let twice =
            "[[station]]\nid=\"a\"\nscanner.serial.target.path=\"/dev/x\"\n[[station]]\nid=\"a\"\nscanner.serial.target.path=\"/dev/y\"";
        assert!(matches!(load(twice, &[]), Err(ConfigError::Twice(_))));
        let alone = "[[printer]]\nid=\"a\"\naddress.tcp=\"127.0.0.1:9100\"\nstand_in={printer=\"b\",after_s=9}";
        assert!(load(alone, &[]).unwrap_err().to_string().contains("printer a: no other printer b"));
        let shared = "[[station]]\nid=\"a\"\nscanner.hid.target.usb={vendor=1,product=2}\n[[station]]\nid=\"b\"\nscanner.hid.target.usb={vendor=1,product=2}";
        assert_eq!(load(shared, &[]).unwrap_err().to_string(), "scanner usb-0001:0002-port-any is named twice");
        let told_apart = shared.replacen("product=2", "product=2,port=\"1-1.2\"", 1);
        assert!(load(&told_apart, &[]).is_ok());
    }
}
