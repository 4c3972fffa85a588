//! Scanners on a serial line: RS-232, CDC-ACM, USB-serial adapters, pseudo-terminals.
//!
//! What the wire taught: an unplugged line reads zero bytes for ever, without an error; the old descriptor must be closed before
//! the line is opened again, or the kernel gives the returning device another name; modem lines may not exist; nothing may be
//! written when opening, because some devices echo, and an echo would look like a scan. (Only a scanner that is held while an answer is owed is
//! enabled when it is opened: whoever disabled it may have been killed.)

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::ids::DeviceId;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_serial::{SerialPort, SerialPortBuilderExt, SerialStream};
use tokio_util::sync::CancellationToken;

use super::framing::FramingSettings;
use super::remote::{ExchangeError, Orders, Question, Remote, Word};
use super::speech::SpeechSettings;
use super::speech::line::{Line, Out, Taken};
use super::{Deaf, OfflineReason, Pauses, Reporter, ScannerEvent, ScannerHandle, ScannerInfo, ScannerKind};
use crate::clock::Clock;
use crate::identity::{Identity, UsbMatch, path_id};
use crate::sysfs::{SerialPortEntry, Sysfs};

/// Which line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SerialTarget {
    /// A device node or a link to one.
    Path(PathBuf),
    /// The USB device with this id, whatever node the kernel gives it.
    Device(DeviceId),
    /// The first USB device that fits.
    Usb(UsbMatch),
}

/// Parity bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// None.
    #[default]
    None,
    /// Odd.
    Odd,
    /// Even.
    Even,
}

/// Flow control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// None.
    #[default]
    None,
    /// RTS/CTS.
    Hardware,
    /// XON/XOFF.
    Software,
}

impl From<Flow> for tokio_serial::FlowControl {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::None => Self::None,
            Flow::Hardware => Self::Hardware,
            Flow::Software => Self::Software,
        }
    }
}

/// Everything about one serial scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialSettings {
    /// Which line.
    pub target: SerialTarget,
    /// The id for its scans; made from the target when absent.
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// Bits per second; without meaning on CDC-ACM and pseudo-terminals.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// 5 to 8.
    #[serde(default = "default_data_bits")]
    pub data_bits: u8,
    /// Parity.
    #[serde(default)]
    pub parity: Parity,
    /// 1 or 2.
    #[serde(default = "default_stop_bits")]
    pub stop_bits: u8,
    /// Flow control.
    #[serde(default)]
    pub flow: Flow,
    /// How codes are marked.
    #[serde(default)]
    pub framing: FramingSettings,
    /// What it understands.
    #[serde(default)]
    pub speech: SpeechSettings,
}

/// Longest time that writing an answer may take; a line held by XOFF must not keep codes from being read.
const WRITE: Duration = Duration::from_secs(1);

fn default_baud() -> u32 {
    9_600
}

fn default_data_bits() -> u8 {
    8
}

fn default_stop_bits() -> u8 {
    1
}

impl SerialSettings {
    /// 9600 8N1 at a path, framing found out by itself.
    #[must_use]
    pub fn at_path(path: impl Into<PathBuf>) -> Self {
        Self::of(SerialTarget::Path(path.into()))
    }

    /// 9600 8N1 at any target, framing found out by itself.
    #[must_use]
    pub fn of(target: SerialTarget) -> Self {
        Self {
            target,
            device: None,
            baud: default_baud(),
            data_bits: default_data_bits(),
            parity: Parity::None,
            stop_bits: default_stop_bits(),
            flow: Flow::None,
            framing: FramingSettings::default(),
            speech: SpeechSettings::default(),
        }
    }

    /// The id that this scanner's events carry, known before it has been found.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        if let Some(id) = &self.device {
            return id.clone();
        }
        match &self.target {
            SerialTarget::Path(path) => path_id(path),
            SerialTarget::Device(id) => id.clone(),
            SerialTarget::Usb(wanted) => wanted.device_id(),
        }
    }

    fn find(&self, sysfs: &Sysfs) -> Option<(PathBuf, Identity)> {
        let wanted = |port: &SerialPortEntry| match &self.target {
            SerialTarget::Path(_) => false,
            SerialTarget::Device(id) => port.usb.as_ref().is_some_and(|usb| usb.is(id)),
            SerialTarget::Usb(wanted) => port.usb.as_ref().is_some_and(|usb| wanted.fits(usb)),
        };
        if let SerialTarget::Path(path) = &self.target {
            let identity =
                sysfs.serial_port_at(path).and_then(|entry| entry.usb).map_or_else(|| Identity::Path(path.clone()), Identity::Usb);
            return path.exists().then(|| (path.clone(), identity));
        }
        let entry = sysfs.serial_ports().into_iter().find(wanted)?;
        let identity = entry.usb.map_or_else(|| Identity::Path(entry.node.clone()), Identity::Usb);
        Some((entry.node, identity))
    }

    fn open(&self, path: &Path) -> tokio_serial::Result<SerialStream> {
        let builder = tokio_serial::new(path.to_string_lossy(), self.baud)
            .data_bits(match self.data_bits {
                5 => tokio_serial::DataBits::Five,
                6 => tokio_serial::DataBits::Six,
                7 => tokio_serial::DataBits::Seven,
                _ => tokio_serial::DataBits::Eight,
            })
            .parity(match self.parity {
                Parity::None => tokio_serial::Parity::None,
                Parity::Odd => tokio_serial::Parity::Odd,
                Parity::Even => tokio_serial::Parity::Even,
            })
            .stop_bits(if self.stop_bits == 2 { tokio_serial::StopBits::Two } else { tokio_serial::StopBits::One })
            .flow_control(self.flow.into());
        let mut port = builder.open_native_async()?;
        // Many scanners send only while DTR and RTS are up. Pseudo-terminals and some adapters have no such lines; that is no fault.
        for (line, result) in [("DTR", port.write_data_terminal_ready(true)), ("RTS", port.write_request_to_send(true))] {
            if let Err(error) = result {
                tracing::debug!(path = %path.display(), line, %error, "modem line cannot be set; going on without");
            }
        }
        Ok(port)
    }
}

/// Starts the worker of one serial scanner.
///
/// Must be called inside a Tokio runtime with I/O and time enabled.
pub fn spawn(settings: SerialSettings, clock: Arc<dyn Clock>, events: mpsc::Sender<ScannerEvent>) -> ScannerHandle {
    spawn_after(None, settings, clock, events)
}

/// As [`spawn`], where this code was the last that was `taken` from the scanner: by an agent that ended before it could tell the scanner so.
pub fn spawn_after(
    taken: Option<Taken>,
    settings: SerialSettings,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<ScannerEvent>,
) -> ScannerHandle {
    let stop = CancellationToken::new();
    let reporter = Reporter::new(settings.device_id(), events);
    let (remote, orders) = Remote::new();
    let line = Line::new(&settings.framing, settings.speech, taken);
    let worker = Worker { settings, clock, reporter, stop: stop.clone(), sysfs: Sysfs::system(), orders, line };
    ScannerHandle::new(stop, tokio::spawn(worker.run()), remote)
}

struct Worker {
    settings: SerialSettings,
    clock: Arc<dyn Clock>,
    reporter: Reporter,
    stop: CancellationToken,
    sysfs: Sysfs,
    orders: Orders,
    /// Outlives the connections: what was read over one may be sent again over the next.
    line: Line,
}

/// An open line and what is to be said on it.
struct Open {
    port: SerialStream,
    out: Out,
    asked: Option<Question>,
}

/// What became of bytes that were to be written.
enum Written {
    All,
    /// Not all: the line takes no more.
    Dropped,
    Unplugged,
}

impl Worker {
    async fn run(mut self) {
        let mut pauses = Pauses::new();
        loop {
            let reason = match self.once(&mut pauses).await {
                Ok(reason) => reason,
                Err(Deaf) => return,
            };
            let stopped = reason == OfflineReason::Stopped;
            let pause = pauses.after(&reason);
            if self.reporter.offline(reason).await.is_err() || stopped {
                return;
            }
            tokio::select! {
                () = self.stop.cancelled() => {
                    // The receiver may be gone as well; then nobody needs to know.
                    let _ = self.reporter.offline(OfflineReason::Stopped).await;
                    return;
                }
                () = tokio::time::sleep(pause) => {}
                () = self.orders.decline() => {}
            }
        }
    }

    /// Finds, opens and reads until something ends it. The port is closed when this returns.
    async fn once(&mut self, pauses: &mut Pauses) -> Result<OfflineReason, Deaf> {
        let Some((path, identity)) = self.settings.find(&self.sysfs) else { return Ok(OfflineReason::NotFound) };
        let port = match self.settings.open(&path) {
            Ok(port) => port,
            Err(error) => return Ok(why_not_open(&path, &error)),
        };
        let opened = Instant::now();
        let vendor = if let Identity::Usb(usb) = &identity { Some(usb.vendor) } else { None };
        let place = path.display().to_string();
        self.reporter.online(ScannerInfo { device: self.settings.device_id(), identity, kind: ScannerKind::Serial, place }).await?;
        let mut open = Open { port, out: Out::default(), asked: None };
        self.line.connect(self.clock.stamp(), vendor, &mut open.out);
        let ended = self.serve(&mut open).await;
        let Open { port, mut out, asked } = open;
        drop(port);
        pauses.after_use(opened.elapsed());
        self.line.disconnect(&mut out);
        if let Some(question) = asked {
            question.answer(out.done.take().unwrap_or(Err(ExchangeError::Offline)));
        }
        self.reporter.frames(&mut out.frames, self.line.number()).await?;
        ended
    }

    async fn serve(&mut self, open: &mut Open) -> Result<OfflineReason, Deaf> {
        let mut buffer = [0; 2048];
        loop {
            // Before the code is handed on: who must not read until it is answered is told so first.
            match open.write().await {
                Written::All => {}
                Written::Dropped => self.line.unsaid(),
                Written::Unplugged => return Ok(OfflineReason::Unplugged),
            }
            self.reporter.frames(&mut open.out.frames, self.line.number()).await?;
            if let Some(done) = open.out.done.take()
                && let Some(question) = open.asked.take()
            {
                question.answer(done);
            }
            let silence = self.until(self.line.deadline_us());
            let (line, Open { port, out, asked }) = (&mut self.line, &mut *open);
            tokio::select! {
                // In this order: bytes that wait are read before silence is believed, and before anything is said.
                biased;
                // A code that its scanner would send again, to nobody or to an agent that has it already, is acknowledged first.
                () = self.stop.cancelled(), if !line.withholds() => return Ok(OfflineReason::Stopped),
                read = port.read(&mut buffer) => match read {
                    Ok(0) => return Ok(OfflineReason::Unplugged),
                    Ok(count) => line.feed(self.clock.stamp(), &buffer[..count], out),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        tracing::debug!(%error, "reading the line failed; taken as unplugged");
                        return Ok(OfflineReason::Unplugged);
                    }
                },
                Some(word) = self.orders.words.recv() => match word {
                    Word::Answer(number, tone) => line.answer(self.clock.stamp(), number, tone, out),
                    Word::Order(order) => line.order(self.clock.stamp(), order, out),
                },
                Some(question) = self.orders.questions.recv(), if asked.is_none() && line.is_free() => {
                    let wait_us = question.wait_us();
                    line.ask(self.clock.stamp(), question.request.clone(), wait_us, out);
                    *asked = Some(question);
                }
                () = sleep_until(silence) => line.silence(self.clock.stamp(), out),
            }
        }
    }

    fn until(&self, deadline_us: Option<u64>) -> Option<Instant> {
        let left = deadline_us?.saturating_sub(self.clock.stamp().mono_us);
        // One millisecond is the timer's grain; without it the first wake could come just before the deadline.
        Some(Instant::now() + Duration::from_micros(left) + Duration::from_millis(1))
    }
}

impl Open {
    /// Writes what there is to say. What cannot be written is no reason to stop reading, unless the device is gone.
    async fn write(&mut self) -> Written {
        if self.out.bytes.is_empty() {
            return Written::All;
        }
        let bytes = std::mem::take(&mut self.out.bytes);
        match tokio::time::timeout(WRITE, self.port.write_all(&bytes)).await {
            Ok(Ok(())) => Written::All,
            Ok(Err(error)) => {
                tracing::debug!(%error, "writing to the line failed; taken as unplugged");
                Written::Unplugged
            }
            Err(_) => {
                tracing::warn!(bytes = bytes.len(), "the line takes no bytes; what was to be said is dropped");
                Written::Dropped
            }
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The library says `NoDevice` both for a lock that another program holds and, on other systems, for a device that is gone.
fn why_not_open(path: &Path, error: &tokio_serial::Error) -> OfflineReason {
    use tokio_serial::ErrorKind;
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => OfflineReason::PermissionDenied {
            help: format!(
                "let the service's user into the group that owns {} (usually dialout), or install the udev rules",
                path.display()
            ),
        },
        ErrorKind::Io(io::ErrorKind::NotFound) => OfflineReason::NotFound,
        ErrorKind::NoDevice if path.exists() => OfflineReason::InUse,
        ErrorKind::NoDevice => OfflineReason::NotFound,
        _ if !path.exists() => OfflineReason::NotFound,
        _ => OfflineReason::Failed { detail: format!("{}: {error}", path.display()) },
    }
}
