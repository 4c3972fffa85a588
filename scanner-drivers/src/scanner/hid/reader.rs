//! The thread that owns one HID scanner: find, open, choose the interface, read, give back, again.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::keyboard::{BOOT_DESCRIPTOR, KeyDecoder};
use super::layout::Layout;
use super::output::PosOutput;
use super::pos::PosDecoder;
use super::voice::{Booth, Voice};
use super::{HidMode, HidSettings, descriptor};
use crate::clock::Clock;
use crate::identity::Identity;
use crate::scanner::framing::{Frame, Framer};
use crate::scanner::speech::SpeechSettings;
use crate::scanner::{Deaf, OfflineReason, Pauses, Reporter, ScannerInfo, ScannerKind};
use crate::sysfs::Sysfs;
use crate::usb::{CLASS_HID, Claimed, UsbDevice, UsbInterface};

/// Longest wait in libusb: how late a stop is heard.
const TURN: Duration = Duration::from_millis(200);
/// How long the rest of a code in several reports may take.
const CONTINUATION: Duration = Duration::from_millis(500);

pub(super) struct Worker {
    settings: HidSettings,
    clock: Arc<dyn Clock>,
    reporter: Reporter,
    stop: CancellationToken,
    runtime: Handle,
    sysfs: Sysfs,
    booth: Booth,
}

/// An interface that is being read.
struct Reading {
    claimed: Claimed,
    endpoint: u8,
    buffer: Vec<u8>,
    decoder: Decoder,
    output: Option<PosOutput>,
    endpoint_out: Option<u8>,
}

enum Decoder {
    Pos(PosDecoder),
    Keyboard(KeyDecoder),
}

impl Worker {
    pub(super) fn new(
        settings: HidSettings,
        clock: Arc<dyn Clock>,
        reporter: Reporter,
        stop: CancellationToken,
        runtime: Handle,
        sysfs: Sysfs,
        booth: Booth,
    ) -> Self {
        Self { settings, clock, reporter, stop, runtime, sysfs, booth }
    }

    pub(super) fn run(mut self) {
        let mut pauses = Pauses::new();
        loop {
            let reason = match self.once(&mut pauses) {
                Ok(reason) => reason,
                Err(Deaf) => return,
            };
            let stopped = reason == OfflineReason::Stopped;
            let pause = pauses.after(&reason);
            if self.tell(|reporter| reporter.offline(reason)).is_err() || stopped {
                return;
            }
            let until = Instant::now() + pause;
            while Instant::now() < until {
                if self.stop.is_cancelled() {
                    // The receiver may be gone as well; then nobody needs to know.
                    let _ = self.tell(|reporter| reporter.offline(OfflineReason::Stopped));
                    return;
                }
                std::thread::sleep(Duration::from_millis(25));
            }
        }
    }

    fn tell<'a, F: Future<Output = Result<(), Deaf>>>(&'a mut self, what: impl FnOnce(&'a mut Reporter) -> F) -> Result<(), Deaf> {
        let runtime = self.runtime.clone();
        runtime.block_on(what(&mut self.reporter))
    }

    /// Finds, opens and reads until something ends it. The device is given back when this returns.
    fn once(&mut self, pauses: &mut Pauses) -> Result<OfflineReason, Deaf> {
        let Some(layout) = Layout::named(&self.settings.layout) else {
            return Ok(OfflineReason::Failed { detail: format!("there is no keyboard layout {:?}", self.settings.layout) });
        };
        let Some(device) = self.sysfs.usb_devices().into_iter().find(|device| self.settings.target.fits(&device.identity)) else {
            return Ok(OfflineReason::NotFound);
        };
        let (interface, mut reading) = match self.take(&device, layout) {
            Ok(taken) => taken,
            Err(reason) => return Ok(reason),
        };
        let opened = Instant::now();
        let info = ScannerInfo {
            device: self.settings.device_id(),
            identity: Identity::Usb(device.identity.clone()),
            kind: match reading.decoder {
                Decoder::Pos(_) => ScannerKind::HidPos,
                Decoder::Keyboard(_) => ScannerKind::Keyboard,
            },
            place: format!("{} interface {interface}", device.identity.port),
        };
        self.tell(|reporter| reporter.online(info))?;
        let mut framer = Framer::new(self.settings.framing.clone());
        let mut frames = Vec::new();
        if let Some(output) = reading.output.take() {
            let writer = reading.claimed.reports(reading.endpoint_out);
            self.booth.enter(Voice::new(move |report, numbered| writer.send(report, numbered), output));
        }
        let ended = self.read(&device, &mut reading, &mut framer, &mut frames);
        pauses.after_use(opened.elapsed());
        framer.disconnect(&mut frames);
        if let Decoder::Pos(pos) = &mut reading.decoder {
            pos.give_up(&mut frames);
        }
        let last = self.booth.leave(&frames);
        drop(reading);
        self.tell(|reporter| reporter.frames(&mut frames, last))?;
        ended
    }

    /// Opens the device and takes the interface that suits best; the others stay with whoever has them.
    fn take(&self, device: &UsbDevice, layout: Arc<Layout>) -> Result<(u8, Reading), OfflineReason> {
        let handle = Arc::new(device.open()?);
        let mut best: Option<(u8, Reading)> = None;
        let mut seen = Vec::new();
        for interface in device.interfaces.iter().filter(|interface| interface.class.0 == CLASS_HID) {
            let Some((endpoint, packet)) = interface.interrupt_in else { continue };
            // Asking the kernel first leaves interfaces alone that turn out not to be wanted.
            let known = self.sysfs.report_descriptor(&device.identity.port, interface.configuration, interface.number);
            if let Some(bytes) = &known
                && self.decoder(bytes, &layout).is_none()
            {
                seen.push(format!("interface {} is neither", interface.number));
                continue;
            }
            let claimed = Claimed::new(handle.clone(), interface.number).map_err(|error| device.reason(error))?;
            let bytes = known.or_else(|| ask(&claimed, interface)).unwrap_or_default();
            let Some(decoder) = Some(&bytes).filter(|bytes| !bytes.is_empty()).and_then(|bytes| self.decoder(bytes, &layout)) else {
                seen.push(format!("interface {} is neither", interface.number));
                continue;
            };
            let longest = match &decoder {
                Decoder::Pos(pos) => pos.longest,
                Decoder::Keyboard(keyboard) => keyboard.longest,
            };
            // Whole packets, or libusb calls a full last packet an overflow.
            let packet = usize::from(packet).max(8);
            let buffer = vec![0; longest.max(1).div_ceil(packet) * packet];
            let is_pos = matches!(decoder, Decoder::Pos(_));
            if best.is_none() || is_pos {
                let SpeechSettings { family, hold, .. } = self.settings.speech;
                let family = family.resolve(Some(device.identity.vendor));
                let spoken = descriptor::parse(&bytes).ok().filter(|_| is_pos);
                let output = spoken.map(|descriptor| PosOutput::new(&descriptor, family, hold));
                best =
                    Some((interface.number, Reading { claimed, endpoint, buffer, decoder, output, endpoint_out: interface.interrupt_out }));
            }
            if is_pos {
                break;
            }
        }
        best.ok_or_else(|| OfflineReason::NotAScanner {
            detail: format!("{} has no interface for {:?} scanning ({})", device.identity, self.settings.mode, seen.join(", ")),
        })
    }

    fn decoder(&self, bytes: &[u8], layout: &Arc<Layout>) -> Option<Decoder> {
        let descriptor = match descriptor::parse(bytes) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                tracing::warn!(device = %self.settings.device_id(), %error, "report descriptor cannot be used");
                return None;
            }
        };
        let pos = || PosDecoder::new(&descriptor).map(Decoder::Pos);
        let keyboard =
            || KeyDecoder::new(&descriptor, layout.clone()).map(|keys| Decoder::Keyboard(keys.with_alt_codes(self.settings.alt_codes)));
        match self.settings.mode {
            HidMode::Auto => pos().or_else(keyboard),
            HidMode::Pos => pos(),
            HidMode::Keyboard => keyboard(),
        }
    }

    fn read(
        &mut self,
        device: &UsbDevice,
        reading: &mut Reading,
        framer: &mut Framer,
        frames: &mut Vec<Frame>,
    ) -> Result<OfflineReason, Deaf> {
        let mut last_report = Instant::now();
        loop {
            if self.stop.is_cancelled() {
                return Ok(OfflineReason::Stopped);
            }
            let now_us = self.clock.stamp().mono_us;
            let quiet = framer.deadline_us().map(|at| Duration::from_micros(at.saturating_sub(now_us)) + Duration::from_millis(1));
            let wait = quiet.unwrap_or(TURN).min(TURN);
            match reading.claimed.read(reading.endpoint, &mut reading.buffer, wait) {
                // Some virtual hosts answer at once with nothing instead of waiting.
                Ok(0) => std::thread::sleep(Duration::from_millis(4)),
                Ok(count) => {
                    last_report = Instant::now();
                    let at = self.clock.stamp();
                    let report = &reading.buffer[..count];
                    match &mut reading.decoder {
                        Decoder::Pos(pos) => pos.report(at, report, frames),
                        Decoder::Keyboard(keyboard) => framer.feed(at, &keyboard.report(report), frames),
                    }
                }
                Err(rusb::Error::Timeout) => {
                    self.booth.quiet();
                    framer.silence(self.clock.stamp(), frames);
                    if let Decoder::Pos(pos) = &mut reading.decoder
                        && pos.waits()
                        && last_report.elapsed() >= CONTINUATION
                    {
                        pos.give_up(frames);
                    }
                }
                Err(rusb::Error::Interrupted) => {}
                Err(error) => {
                    tracing::debug!(device = %self.settings.device_id(), %error, "reading ended");
                    return Ok(device.reason(error));
                }
            }
            let last = self.booth.hear(frames);
            self.tell(|reporter| reporter.frames(frames, last))?;
        }
    }
}

/// Asks the device for its report descriptor; a boot keyboard that does not answer is read by the fixed one.
pub(super) fn ask(claimed: &Claimed, interface: &UsbInterface) -> Option<Vec<u8>> {
    const BOOT_KEYBOARD: (u8, u8, u8) = (CLASS_HID, 1, 1);
    match claimed.report_descriptor(interface.report_descriptor.unwrap_or(1024)) {
        Ok(bytes) if !bytes.is_empty() => return Some(bytes),
        Ok(_) => tracing::debug!(interface = interface.number, "empty report descriptor"),
        Err(error) => tracing::debug!(interface = interface.number, %error, "no report descriptor"),
    }
    if interface.class != BOOT_KEYBOARD {
        return None;
    }
    if let Err(error) = claimed.use_boot_protocol() {
        tracing::debug!(interface = interface.number, %error, "boot protocol refused; read as if it were on");
    }
    Some(BOOT_DESCRIPTOR.to_vec())
}
