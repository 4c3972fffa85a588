//! `edge-agent device`: what a device is set to beside what it should be, setting it right, and sheets for devices that take no commands.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use qitao_firmware_config::family::{Family, Protocol, families, family};
use qitao_firmware_config::plan::{Done, Line, State};
use qitao_firmware_config::sheet::{self, SheetError};
use qitao_firmware_config::vocabulary;
use qitao_firmware_config::{Conversation, Goal, Report, Role};
use qitao_labels::text::{Fonts, TextError};
use qitao_labels::{Language, Media, tspl, zpl};
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::printer::{PrinterAddress, PrinterPort};
use qitao_scanner_drivers::scanner::hid;
use qitao_scanner_drivers::scanner::serial::{self, Flow, SerialSettings};
use qitao_scanner_drivers::scanner::speech;
use qitao_scanner_drivers::scanner::{OfflineReason, ScannerEvent, ScannerHandle};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::config::{Config, ConfigArgs, ScannerSettings};
use crate::replica::{self, FileError};
use crate::settings::choice::{self, family_of_printer, family_of_scanner};
use crate::settings::wire::{LineWire, ScannerWire, hold};
use crate::settings::{Choice, ChoiceError, KeptStore};

/// How long a scanner may take to be there.
const THERE: Duration = Duration::from_secs(5);

/// What to do.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Show the difference between a device and its profile; changes nothing 对比
    Plan {
        /// Which device.
        #[command(flatten)]
        which: Which,
    },
    /// Set a device as its profile says, until its power goes 应用
    #[command(
        after_help = "Changes are made in volatile memory and read back. --permanent also writes them to the device's flash, which takes a limited\n\
        number of writes: only what is not there already is written, and every write is counted. Printers keep every change for good."
    )]
    Apply {
        /// Which device.
        #[command(flatten)]
        which: Which,
        /// Also over a power cycle
        #[arg(long)]
        permanent: bool,
    },
    /// Read a device back; the exit code tells whether it is as its profile says 核对
    Verify {
        /// Which device.
        #[command(flatten)]
        which: Which,
    },
    /// Programming barcodes for scanners that take no commands, as PDF or labels 设置条码
    Sheet(SheetArgs),
    /// Check profile files; faults are told at line and column 检查
    Check {
        /// Profile files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// List families, profiles and settings 清单
    List {
        /// Where the settings are.
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Which device, and which profile.
#[derive(Debug, Args)]
pub struct Which {
    /// Where the settings are.
    #[command(flatten)]
    config: ConfigArgs,
    /// A station or printer of the settings
    #[arg(long, value_name = "ID", required_unless_present_any = ["port", "address"])]
    device: Option<String>,
    /// A serial line instead, e.g. /dev/ttyACM0
    #[arg(long, value_name = "PATH", conflicts_with = "device", requires = "family")]
    port: Option<PathBuf>,
    /// Bits per second of the line
    #[arg(long, default_value_t = 9600)]
    baud: u32,
    /// A network printer instead, e.g. 192.168.1.50:9100
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["device", "port"], requires = "family")]
    address: Option<SocketAddr>,
    /// Its family: honeywell, newland, zebra-ssi, datalogic, zpl, tspl, tspl-clone
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
    /// Profile instead of the device's own
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// How long to wait for one answer, in milliseconds; more for slow lines and radio
    #[arg(long, value_name = "MS", default_value_t = 1500)]
    wait: u64,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// A sheet.
#[derive(Debug, Args)]
pub struct SheetArgs {
    /// Where the settings are.
    #[command(flatten)]
    config: ConfigArgs,
    /// Family of the scanner: honeywell, newland, datalogic, zebra-ssi
    #[arg(long, value_name = "FAMILY")]
    family: String,
    /// Profile; the one for scanners when absent
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// What to write on standard output
    #[arg(long, value_enum, default_value_t = SheetTo::Pdf)]
    to: SheetTo,
    /// Size of a label in millimetres, for labels
    #[arg(long, value_name = "WxH", default_value = "100x40", value_parser = size)]
    size: (f32, f32),
    /// Dots per inch of the label printer
    #[arg(long, default_value_t = 203)]
    dpi: u16,
}

/// What a sheet is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SheetTo {
    /// Pages of A4.
    Pdf,
    /// Labels in ZPL.
    Zpl,
    /// Labels in TSPL.
    Tspl,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeviceCommandError {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ChoiceError),
    /// Let the agent fetch what the chain says of devices once more.
    #[error("the chain's device profiles cannot be read: {0}")]
    Chain(#[from] FileError),
    /// Name a device or family that there is.
    #[error("{0}")]
    NameAnother(String),
    /// The device cannot be reached; the text says why and what to do.
    #[error("{0}")]
    Unreachable(String),
    /// The sheet.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The font of the sheet.
    #[error(transparent)]
    Font(#[from] TextError),
    /// The output, or the count of writes cannot be kept.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] crate::config::ConfigError),
}

fn size(text: &str) -> Result<(f32, f32), String> {
    let parse = |side: &str| side.trim().parse::<f32>().ok().filter(|side| (10.0..=300.0).contains(side));
    let both = text.split_once(['x', 'X', '×']).and_then(|(width, height)| Some((parse(width)?, parse(height)?)));
    both.ok_or_else(|| "a size is width x height in millimetres, 10 to 300 each, e.g. 100x40".into())
}

/// Runs it. Answers whether all is well.
///
/// # Errors
/// [`DeviceCommandError`].
pub async fn run(command: DeviceCommand, mut output: impl Write) -> Result<bool, DeviceCommandError> {
    match command {
        DeviceCommand::Plan { which } => Ok(talk(&which, Goal::Look, output).await?.trouble.is_none()),
        DeviceCommand::Verify { which } => {
            let report = talk(&which, Goal::Look, output).await?;
            Ok(report.trouble.is_none() && report.plan.holds())
        }
        DeviceCommand::Apply { which, permanent } => {
            let report = talk(&which, Goal::Apply { permanent }, output).await?;
            Ok(report.trouble.is_none() && report.plan.holds())
        }
        DeviceCommand::Sheet(args) => write_sheet(&args, output),
        DeviceCommand::Check { files } => {
            let profiles = choice::files(&files)?;
            writeln!(output, "✓ {} profiles 个方案", profiles.summaries().len())?;
            Ok(true)
        }
        DeviceCommand::List { config } => {
            output.write_all(list(&choose(&Config::load(&config)?)?).as_bytes())?;
            Ok(true)
        }
    }
}

/// The profiles by the site's settings and by what the chain said last.
fn choose(config: &Config) -> Result<Choice, DeviceCommandError> {
    Ok(Choice::load(config, replica::device_rules_on_disk(&config.path("replica"))?.into())?)
}

/// A device that can be spoken with.
struct Found {
    id: String,
    family: &'static Family,
    how: How,
}

enum How {
    Serial(Box<SerialSettings>),
    Hid(hid::HidSettings),
    Printer(PrinterAddress),
}

fn find(which: &Which, config: &Config) -> Result<Found, DeviceCommandError> {
    let named = which.family.as_deref().map(known_family).transpose()?;
    if let Some(path) = &which.port {
        let Some(family) = named else { return Err(DeviceCommandError::NameAnother("name its family with --family".into())) };
        let printer = PrinterAddress::Serial { path: path.clone(), baud: which.baud, flow: Flow::None };
        let serial = SerialSettings { baud: which.baud, ..SerialSettings::at_path(path) };
        let id = serial.device_id().to_string();
        return Ok(Found { id, family, how: if by_lines(family) { How::Printer(printer) } else { How::Serial(Box::new(serial)) } });
    }
    if let Some(address) = which.address {
        let Some(family) = named else { return Err(DeviceCommandError::NameAnother("name its family with --family".into())) };
        return Ok(Found { id: format!("tcp-{address}"), family, how: How::Printer(PrinterAddress::Tcp(address)) });
    }
    let id = which.device.clone().unwrap_or_default();
    if let Some(printer) = config.printers.iter().find(|printer| printer.id.as_str() == id) {
        let family = named.or_else(|| family_of_printer(printer));
        let family = family
            .ok_or_else(|| DeviceCommandError::NameAnother(format!("printers of this language have no settings that can be told: {id}")))?;
        return Ok(Found { id, family, how: How::Printer(printer.address.clone()) });
    }
    let Some(station) = config.stations.iter().find(|station| station.id.as_str() == id) else {
        let known: Vec<&str> = config.stations.iter().map(|s| s.id.as_str()).chain(config.printers.iter().map(|p| p.id.as_str())).collect();
        return Err(DeviceCommandError::NameAnother(format!(
            "edge.toml names no station or printer {id:?}; it names: {}",
            known.join(", ")
        )));
    };
    let (device, language, how) = match &station.scanner {
        ScannerSettings::Serial(wire) => (wire.device_id(), wire.speech.family, How::Serial(Box::new(wire.clone()))),
        ScannerSettings::Hid(wire) => (wire.device_id(), wire.speech.family, How::Hid(wire.clone())),
    };
    let family = named.or_else(|| family_of_scanner(language)).ok_or_else(|| {
        DeviceCommandError::NameAnother(format!("name the family of {id} with --family, or in edge.toml (scanner.serial.speech.family)"))
    })?;
    Ok(Found { id: device.to_string(), family, how })
}

/// Spoken in lines of text on a port of its own; the others go through a scanner's worker.
fn by_lines(family: &Family) -> bool {
    matches!(family.protocol, Protocol::DatalogicService | Protocol::Sgd | Protocol::Tspl)
}

fn known_family(id: &str) -> Result<&'static Family, DeviceCommandError> {
    let known = || families().iter().map(|family| family.id.as_str()).collect::<Vec<_>>().join(", ");
    family(id).ok_or_else(|| DeviceCommandError::NameAnother(format!("there is no family {id:?}; there are: {}", known())))
}

const fn spoken(family: &Family) -> speech::Family {
    match family.protocol {
        Protocol::HoneywellMenu => speech::Family::Honeywell,
        Protocol::NewlandUnified => speech::Family::Newland,
        Protocol::Ssi => speech::Family::Ssi,
        Protocol::DatalogicService => speech::Family::Datalogic,
        Protocol::Sgd | Protocol::Tspl => speech::Family::Generic,
    }
}

async fn talk(which: &Which, goal: Goal, output: impl Write) -> Result<Report, DeviceCommandError> {
    let config = Config::load(&which.config)?;
    let choice = choose(&config)?;
    let found = find(which, &config)?;
    let profile = match &which.profile {
        Some(id) => choice.named(id, found.family.role)?,
        None => choice.profile_for(&found.id, found.family.role, Some(found.family))?,
    };
    let store = KeptStore::of(&config);
    let kept = store.load(&found.id);
    let conversation = Conversation::new(found.family, profile, goal, kept.clone());
    let wait = Duration::from_millis(which.wait);
    let report = match found.how {
        How::Printer(address) => {
            let port = PrinterPort::open(&address).await;
            let port = port.map_err(|error| DeviceCommandError::Unreachable(format!("{error}: switch it on, check cable and address")))?;
            hold(conversation, &mut LineWire::new(port, wait)).await
        }
        How::Serial(mut wire) => {
            wire.speech.family = spoken(found.family);
            let clock = Arc::new(SystemClock::new()?);
            let (events, mut inbox) = mpsc::channel(64);
            let handle = serial::spawn(*wire, clock, events);
            through(handle, &mut inbox, conversation, wait).await?
        }
        How::Hid(mut wire) => {
            wire.speech.family = spoken(found.family);
            let clock = Arc::new(SystemClock::new()?);
            let (events, mut inbox) = mpsc::channel(64);
            let handle = hid::spawn(wire, clock, events)?;
            through(handle, &mut inbox, conversation, wait).await?
        }
    };
    if report.kept != kept {
        store.save(&found.id, &report.kept)?;
    }
    show(&found.id, &report, which.json, output)?;
    Ok(report)
}

/// Through a worker of our own: the agent must not have the scanner meanwhile.
async fn through(
    handle: ScannerHandle,
    inbox: &mut mpsc::Receiver<ScannerEvent>,
    conversation: Conversation,
    wait: Duration,
) -> Result<Report, DeviceCommandError> {
    let there = timeout(THERE, async {
        loop {
            match inbox.recv().await {
                Some(ScannerEvent::Online { .. }) => return Ok(()),
                Some(ScannerEvent::Offline { reason: OfflineReason::InUse, .. }) => {
                    return Err(
                        "another program has it, most likely the running agent: stop that for the moment (systemctl stop qitao-edge)"
                            .to_owned(),
                    );
                }
                Some(ScannerEvent::Offline { reason, .. }) if reason != OfflineReason::NotFound => return Err(reason.to_string()),
                Some(_) => {}
                None => return Err("its worker ended".to_owned()),
            }
        }
    });
    match there.await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => return Err(DeviceCommandError::Unreachable(reason)),
        Err(_) => return Err(DeviceCommandError::Unreachable("it is not there: plug it in, or correct its path".into())),
    }
    let mut wire = ScannerWire::new(handle.remote(), wait);
    let scans = async {
        // Codes scanned meanwhile are nobody's here, but they must not stop the worker.
        while inbox.recv().await.is_some() {}
    };
    let report = tokio::select! {
        report = hold(conversation, &mut wire) => report,
        () = scans => return Err(DeviceCommandError::Unreachable("its worker ended".into())),
    };
    handle.stop().await;
    Ok(report)
}

fn show(device: &str, report: &Report, json: bool, mut output: impl Write) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut output, report)?;
        return writeln!(output);
    }
    let plan = &report.plan;
    writeln!(output, "{device}: {} · {}", plan.family, plan.profile)?;
    for line in &plan.lines {
        writeln!(output, "{}", sentence(line))?;
    }
    for (setting, why) in &plan.unsaid {
        writeln!(output, "– {}: {why}", names(std::slice::from_ref(setting)))?;
    }
    let (different, total) = (plan.drift().count(), plan.lines.len());
    writeln!(
        output,
        "{different} / {total} 项不同 differ; 永久写入 flash writes: {} (共 total {})",
        report.flash_writes, report.kept.flash_writes
    )?;
    match report.trouble {
        Some(trouble) => writeln!(output, "✗ {trouble}"),
        None => Ok(()),
    }
}

fn names(settings: &[String]) -> String {
    let one = |name: &String| vocabulary::setting(name).map_or_else(|| name.clone(), |setting| format!("{} {}", setting.zh, setting.en));
    settings.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn sentence(line: &Line) -> String {
    let (mark, what) = match (&line.done, &line.state) {
        (Done::Set, State::Differs { has }) => ("✓", format!("{has} → {} 已设置 set", line.wants)),
        (Done::Kept, State::Differs { has }) => ("✓", format!("{has} → {} 已永久保存 kept", line.wants)),
        (Done::Kept, _) => ("✓", format!("{} 已永久保存 kept", line.wants)),
        (Done::Sent, _) => ("?", format!("{} 已发送，无法核对 sent, cannot be read back", line.wants)),
        (Done::Refused, _) => ("✗", format!("设备拒绝 refused: {}", line.wants)),
        (Done::NotTaken { holds }, _) => ("✗", format!("设备未采纳 not taken: {holds}, {} wanted", line.wants)),
        (_, State::Equal) => ("=", line.wants.clone()),
        (_, State::Differs { has }) => ("≠", format!("{has} → {}", line.wants)),
        (_, State::Unknown) => ("–", "设备没有此项 the device has no such setting".into()),
        (_, State::Unreadable) => ("?", format!("{} 无法读取 cannot be read", line.wants)),
        (_, State::Unanswered) => ("?", "没有回答 no answer".into()),
    };
    let memory = if line.from_memory { " *" } else { "" };
    format!("{mark} {}: {what}{memory}", names(&line.settings))
}

fn list(choice: &Choice) -> String {
    let mut text = String::from("设备系列 families:\n");
    // Writing to a String cannot fail.
    for family in families() {
        let _ = writeln!(text, "  {:<12} {}", family.id, family.name);
    }
    text.push_str("方案 profiles:\n");
    for profile in choice.profiles().summaries() {
        let _ = writeln!(text, "  {:<20} {} ({})", profile.id, profile.name, profile.settings);
    }
    text.push_str("设置项 settings:\n");
    for setting in vocabulary::settings() {
        let _ = writeln!(text, "  {:<24} {} {}: {}", setting.name, setting.zh, setting.en, setting.may_be());
    }
    text
}

fn write_sheet(args: &SheetArgs, mut output: impl Write) -> Result<bool, DeviceCommandError> {
    let choice = choose(&Config::load(&args.config)?)?;
    let family = known_family(&args.family)?;
    let profile = match &args.profile {
        Some(id) => choice.named(id, Role::Scanner)?,
        None => choice.profile_for("", Role::Scanner, Some(family))?,
    };
    let fonts = Fonts::system()?;
    let sheet = sheet::sheet(family, profile)?;
    if args.to == SheetTo::Pdf {
        output.write_all(&sheet::pdf(&format!("{} {}", sheet.family, sheet.profile), &sheet::pages(&sheet, &fonts)?))?;
        return Ok(true);
    }
    let language = if args.to == SheetTo::Zpl { Language::Zpl } else { Language::Tspl };
    let media = Media { width: args.size.0, height: args.size.1, gap: 2.0, darkness: None, inches_per_second: None };
    for (at, code) in sheet.codes.iter().enumerate() {
        let picture = sheet::label(code, at + 1, args.size, args.dpi, &fonts)?;
        let bytes = match language {
            Language::Zpl => zpl::encode(&picture, media, 1),
            _ => tspl::encode(&picture, media, 1),
        };
        output.write_all(&bytes)?;
    }
    output.flush()?;
    Ok(true)
}
