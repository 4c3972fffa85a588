//! `edge-agent doctor`: what works, what does not, and what to do about it. Changes nothing.

use std::io::{self, Write};
use std::time::Duration;

use qitao_labels::font_files;
use qitao_labels::text::Fonts;
use qitao_scanner_drivers::hotplug::{IdentityBook, list};
use qitao_scanner_drivers::identity::UsbIdentity;
use qitao_scanner_drivers::printer::{Patience, PrinterPort, job};
use qitao_scanner_drivers::scanner::hid::HidTarget;
use qitao_scanner_drivers::scanner::serial::SerialTarget;
use qitao_scanner_drivers::scanner::speech::{Family, SpeechSettings};
use qitao_scanner_drivers::sysfs::Sysfs;
use qitao_scanner_drivers::usb::Access;

use crate::clock;
use crate::config::{Config, ScannerSettings};
use crate::identity::{Identity, IdentityError};
use crate::outbox::disk::free_space;

/// The clock may differ from the hub's by so much before somebody should look.
const SKEW_MS: i64 = 60_000;

/// One finding.
struct Finding {
    well: bool,
    about: String,
    what: String,
}

/// Looks at everything and writes one line each. Answers whether all is well.
///
/// # Errors
/// When the output fails.
pub async fn run(config: &Config, mut output: impl Write) -> io::Result<bool> {
    let mut findings = vec![disk(config), fonts()];
    findings.extend(devices());
    findings.extend(stations(config));
    findings.extend(printers(config).await);
    findings.extend(pairing(config).await);
    findings.extend(link(config).await);
    for Finding { well, about, what } in &findings {
        writeln!(output, "{} {about}: {what}", if *well { "✓" } else { "✗" })?;
    }
    Ok(findings.iter().all(|finding| finding.well))
}

fn finding(well: bool, about: impl Into<String>, what: impl Into<String>) -> Finding {
    Finding { well, about: about.into(), what: what.into() }
}

fn disk(config: &Config) -> Finding {
    let about = "磁盘 disk";
    match free_space(&config.data) {
        Ok(free) if free >> 20 < config.disk.full_mib => {
            finding(false, about, format!("{} MiB free in {}: new work is refused; free some space", free >> 20, config.data.display()))
        }
        Ok(free) if free >> 20 < config.disk.low_mib => {
            finding(false, about, format!("{} MiB free in {}: little; free some space soon", free >> 20, config.data.display()))
        }
        Ok(free) => finding(true, about, format!("{} MiB free in {}", free >> 20, config.data.display())),
        Err(error) => finding(false, about, format!("{}: {error}; make the folder, or name another with --data", config.data.display())),
    }
}

fn fonts() -> Finding {
    match Fonts::system().and_then(|_| font_files::digest()) {
        Ok(digest) => finding(
            true,
            "字体 label font",
            format!("{digest}; the hub's page of this edge says whether its preview is drawn with the same"),
        ),
        Err(error) => finding(false, "字体 label font", error.to_string()),
    }
}

fn devices() -> Vec<Finding> {
    let found = list(&Sysfs::system(), &[], &mut IdentityBook::default());
    if found.is_empty() {
        return vec![finding(true, "USB", "no scanner or printer is plugged in")];
    }
    let one = |record: &qitao_scanner_drivers::hotplug::DeviceRecord| {
        let kinds: Vec<String> = record.capabilities.iter().map(ToString::to_string).collect();
        let (well, note) = match &record.access {
            Access::Granted => (true, String::new()),
            Access::Denied { help } => (false, format!(": may not be opened: {help}")),
        };
        finding(well, format!("USB {}", record.id), format!("{} ({}){note}", record.identity, kinds.join(", ")))
    };
    found.iter().map(one).collect()
}

fn stations(config: &Config) -> Vec<Finding> {
    let sysfs = Sysfs::system();
    let (usb, lines) = (sysfs.usb_devices(), sysfs.serial_ports());
    let one = |station: &crate::config::StationSettings| {
        let (found, what, speech) = match &station.scanner {
            ScannerSettings::Serial(wire) => {
                let behind = |fits: &dyn Fn(&UsbIdentity) -> bool| lines.iter().find_map(|line| line.usb.as_ref().filter(|usb| fits(usb)));
                let (found, what) = match &wire.target {
                    SerialTarget::Path(path) => {
                        let usb = sysfs.serial_port_at(path).and_then(|line| line.usb).map(|usb| usb.vendor);
                        (path.exists().then_some(usb), path.display().to_string())
                    }
                    SerialTarget::Device(id) => (behind(&|usb| usb.is(id)).map(|usb| Some(usb.vendor)), id.to_string()),
                    SerialTarget::Usb(wanted) => {
                        (behind(&|usb| wanted.fits(usb)).map(|usb| Some(usb.vendor)), wanted.device_id().to_string())
                    }
                };
                (found, what, wire.speech)
            }
            ScannerSettings::Hid(wire) => {
                let (fits, what): (&dyn Fn(&UsbIdentity) -> bool, _) = match &wire.target {
                    HidTarget::Device(id) => (&|usb| usb.is(id), id.to_string()),
                    HidTarget::Usb(wanted) => (&|usb| wanted.fits(usb), wanted.device_id().to_string()),
                };
                let found = usb.iter().find(|device| fits(&device.identity)).map(|device| Some(device.identity.vendor));
                (found, what, wire.speech)
            }
        };
        let about = format!("工位 station {}", station.id);
        let Some(vendor) = found else {
            return finding(false, about, format!("{what} is not there: plug the scanner in, or correct edge.toml"));
        };
        let heard = advice(speech, vendor);
        finding(heard.is_none_or(|(well, _)| well), about, format!("{what}{}", heard.map_or("", |(_, words)| words)))
    };
    config.stations.iter().map(one).collect()
}

/// What somebody should know of how a scanner is spoken with, and whether that is well.
fn advice(speech: SpeechSettings, vendor: Option<u16>) -> Option<(bool, &'static str)> {
    let family = speech.family.resolve(vendor);
    if speech.hold && !family.can_hold() {
        return Some((false, ": hold = true has no effect, scanners of this family cannot be held; take it out of edge.toml"));
    }
    let zebra = ": its settings cannot be looked at; set it to packets (SSI) and name it so: speech = { family = \"ssi\" }";
    (family == Family::ZebraSimple).then_some((true, zebra))
}

async fn printers(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for printer in &config.printers {
        let about = format!("打印机 printer {}", printer.id);
        findings.push(match PrinterPort::open(&printer.address).await {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                finding(true, about, format!("{error}, most likely the running agent, which is printing: see the panel"))
            }
            Err(error) => finding(false, about, format!("cannot be reached ({error}): switch it on, check cable and address")),
            Ok(mut port) => {
                let model = port.model().map(|model| format!(" ({model})")).unwrap_or_default();
                let status = job::ask(&mut port, printer.language, Patience::default()).await;
                let see_to: String = status.warnings.iter().map(|warning| format!(", {warning}")).collect();
                let unsaid = printer.setup.unsaid(printer.language);
                let by_hand = if unsaid.is_empty() { String::new() } else { format!("; set at the printer itself: {}", unsaid.join(", ")) };
                let faults: Vec<String> = status.faults.iter().map(ToString::to_string).collect();
                match faults.as_slice() {
                    [] => finding(true, about, format!("ready{model}{see_to}{by_hand}")),
                    faults => finding(false, about, format!("{}{model}{see_to}{by_hand}", faults.join(", "))),
                }
            }
        });
    }
    findings
}

/// The code with which a PDA or phone is paired, when the panel is open to the network.
async fn pairing(config: &Config) -> Option<Finding> {
    let listen = config.panel.listen;
    if listen.ip().is_loopback() {
        return None;
    }
    let about = "配对 pairing";
    let own = match listen {
        all if all.ip().is_unspecified() => std::net::SocketAddr::from(([127, 0, 0, 1], all.port())),
        one => one,
    };
    let asked = async {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(3)).build()?;
        client.post(format!("http://{own}/api/pairing")).send().await?.error_for_status()?.json::<crate::panel::Shown>().await
    };
    Some(match asked.await {
        Ok(shown) => {
            let (first, last) = shown.code.split_at_checked(4).unwrap_or((&shown.code, ""));
            let place = shown.url.split("/pair").next().unwrap_or_default();
            finding(
                true,
                about,
                format!("to pair a PDA or phone open {place} on it and give {first} {last} (good once, for {} s)", shown.seconds),
            )
        }
        Err(_) => finding(true, about, "the panel is open to the network; while the agent runs, this shows the code that pairs a device"),
    })
}

async fn link(config: &Config) -> Vec<Finding> {
    let identity = match Identity::load(config) {
        Ok((identity, _)) => identity,
        Err(error @ IdentityError::NotEnrolled) => return vec![finding(false, "身份 identity", error.to_string())],
        Err(error) => return vec![finding(false, "身份 identity", format!("{error}; enrol again with --again"))],
    };
    let mut findings = vec![finding(true, "身份 identity", format!("{} at {} {}", identity.edge, identity.site.code, identity.site.name))];
    let url = format!("{}/api/v1/health", identity.hub_url(config).trim_end_matches('/'));
    let answer = match crate::http::client(config) {
        Ok(client) => client.get(&url).timeout(Duration::from_secs(5)).send().await.map_err(|error| crate::http::words(&error)),
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => {
            findings.push(finding(true, "中心 hub", format!("{url} answers")));
            if let Some(skew) = answer.headers().get("date").and_then(|date| skew_ms(date.to_str().ok()?)) {
                let what = format!("{} s from the hub's", skew / 1000);
                let well = skew.abs() <= SKEW_MS;
                findings.push(finding(
                    well,
                    "时钟 clock",
                    if well { what } else { format!("{what}: switch time synchronisation on (timedatectl set-ntp true)") },
                ));
            }
        }
        Ok(answer) => findings.push(finding(false, "中心 hub", format!("{url} answers {}", answer.status()))),
        Err(problem) => findings.push(finding(false, "中心 hub", format!("{problem}; scans are kept here meanwhile"))),
    }
    findings
}

/// Our clock minus the hub's, from the `Date` of its answer (RFC 9110, section 5.6.7).
fn skew_ms(date: &str) -> Option<i64> {
    let mut parts = date.split_ascii_whitespace().skip(1);
    let day: i64 = parts.next()?.parse().ok()?;
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = parts.next()?;
    let month = month.iter().position(|m| *m == name)? as i64 + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut time = parts.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Days since 1970 of a civil date (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(clock::wall_ms() - ((days * 24 + hour) * 60 + minute) * 60_000 - second * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_held_or_looked_at_is_told() {
        let speech = |family, hold| SpeechSettings { family, hold, ..SpeechSettings::default() };
        let told = |family, hold, vendor| advice(speech(family, hold), vendor).map(|(well, _)| well);
        assert_eq!(told(Family::Auto, true, Some(0x1eab)), Some(false), "Newland");
        assert_eq!(told(Family::DatalogicEscape, true, None), Some(false));
        assert_eq!(told(Family::Auto, false, Some(0x05e0)), Some(true), "Zebra on plain text");
        for (family, vendor) in [(Family::Ssi, Some(0x05e0)), (Family::Auto, Some(0x0c2e)), (Family::Datalogic, None)] {
            assert_eq!(told(family, true, vendor), None);
        }
    }

    #[test]
    fn the_hubs_date_is_understood() {
        let now = clock::wall_ms();
        let skew = skew_ms("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert!((now - 784_111_777_000 - skew).abs() < 1000);
        assert_eq!(skew_ms("nonsense"), None);
    }
}
