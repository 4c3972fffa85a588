//! The USB printer class (USB Device Class Definition for Printing Devices 1.1): bulk out, bulk in, and two questions.
//!
//! libusb blocks, so every call runs on the blocking pool. A bulk write that times out has moved *some* bytes: what is left is sent on, and a
//! printer that takes none for too long leaves the job uncertain. A read that nobody waits for any more is still under way; it is kept, so that it
//! cannot take away the answer to the next question.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusb::{Context, Device, Direction, TransferType};
use tokio::task::JoinHandle;

use super::port::{MOST_LATE, STUCK, SendError};
use super::status::{Fault, port_status};
use crate::identity::UsbMatch;
use crate::scanner::OfflineReason;
use crate::sysfs::Sysfs;
use crate::usb::{CLASS_PRINTER, Claimed, UsbDevice};

const PIECE: usize = 16 * 1024;
const WRITE: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_millis(300);
/// What waits in the printer comes at once.
const LATE: Duration = Duration::from_millis(10);
const CONTROL: Duration = Duration::from_secs(1);

/// An open USB printer.
pub struct UsbPort {
    wire: Arc<Claimed>,
    bulk_out: u8,
    bulk_in: Option<u8>,
    reading: Option<JoinHandle<rusb::Result<Vec<u8>>>>,
}

struct Endpoints {
    interface: u8,
    setting: u8,
    bulk_out: u8,
    bulk_in: Option<u8>,
}

impl UsbPort {
    /// Finds the printer by what the kernel lists, and claims it. Blocks.
    ///
    /// # Errors
    /// `NotFound` when it is not plugged in, `PermissionDenied` when a udev rule is missing, `ResourceBusy` when another program holds it.
    pub fn open(wanted: &UsbMatch) -> io::Result<Self> {
        let prints = |device: &UsbDevice| device.interfaces.iter().any(|interface| interface.class.0 == CLASS_PRINTER);
        let fitting = Sysfs::system().usb_devices().into_iter().filter(|device| prints(device) && wanted.fits(&device.identity)).collect();
        the_one(fitting).and_then(|device| Self::take(&device)).map_err(|reason| unopened(&reason))
    }

    fn take(device: &UsbDevice) -> Result<Self, OfflineReason> {
        let handle = Arc::new(device.open()?);
        let Some(Endpoints { interface, setting, bulk_out, bulk_in }) = endpoints(&handle.device()) else {
            return Err(OfflineReason::Failed { detail: format!("{} has no way in for what is to be printed", device.identity) });
        };
        let wire = Claimed::new(handle, interface).map_err(|error| device.reason(error))?;
        if setting != 0 {
            wire.choose_setting(setting).map_err(|error| device.reason(error))?;
        }
        Ok(Self { wire: Arc::new(wire), bulk_out, bulk_in, reading: None })
    }

    /// The IEEE 1284 device id: `MFG:…;CMD:TSPL;MDL:…;`. Blocks.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn device_id(&self) -> io::Result<String> {
        const GET_DEVICE_ID: u8 = 0;
        let mut bytes = [0; 1024];
        let index = u16::from(self.wire.interface()) << 8;
        let n = self.wire.ask_class(GET_DEVICE_ID, index, &mut bytes, CONTROL).map_err(to_io)?;
        // The first two bytes are the length, itself included, most significant first; some printers count wrongly.
        Ok(String::from_utf8_lossy(bytes[..n].get(2..).unwrap_or_default()).into_owned())
    }

    /// What the interface itself says is wrong, also while the printer behind it is silent. `None` = nothing, or no answer.
    pub(super) async fn port_fault(&self) -> Option<Fault> {
        const GET_PORT_STATUS: u8 = 1;
        let wire = self.wire.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let mut byte = [0; 1];
            let n = wire.ask_class(GET_PORT_STATUS, u16::from(wire.interface()), &mut byte, CONTROL);
            (n == Ok(1)).then(|| port_status(byte[0])).flatten()
        });
        asked.await.ok().flatten()
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        let (wire, endpoint, bytes) = (self.wire.clone(), self.bulk_out, bytes.to_vec());
        tokio::task::spawn_blocking(move || write_all(&wire, endpoint, &bytes)).await.unwrap_or(Err(SendError::Some))
    }

    pub(super) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let Some(endpoint) = self.bulk_in else {
            // A one-way printer never answers.
            return std::future::pending().await;
        };
        loop {
            let wire = &self.wire;
            let reading = self.reading.get_or_insert_with(|| {
                let wire = wire.clone();
                tokio::task::spawn_blocking(move || read(&wire, endpoint, READ))
            });
            let read = reading.await;
            self.reading = None;
            match read.map_err(io::Error::other)? {
                // Some virtual hosts answer at once with nothing instead of waiting.
                Ok(bytes) if bytes.is_empty() => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(bytes) => return Ok(bytes),
                Err(rusb::Error::Timeout) => {}
                Err(error) => return Err(to_io(error)),
            }
        }
    }

    /// Throws away answers to questions that nobody waits for any more; a ready of before the job would confirm it.
    pub(super) async fn discard(&mut self) {
        let Some(endpoint) = self.bulk_in else { return };
        if let Some(reading) = self.reading.take() {
            let _ = reading.await;
        }
        let wire = self.wire.clone();
        let late = move || {
            for _ in 0..MOST_LATE {
                match read(&wire, endpoint, LATE) {
                    Ok(bytes) if !bytes.is_empty() => tracing::debug!(bytes = bytes.len(), "late answer of a printer thrown away"),
                    _ => return,
                }
            }
        };
        let _ = tokio::task::spawn_blocking(late).await;
    }
}

fn read(wire: &Claimed, endpoint: u8, wait: Duration) -> rusb::Result<Vec<u8>> {
    let mut bytes = vec![0; 1024];
    let n = wire.read(endpoint, &mut bytes, wait)?;
    bytes.truncate(n);
    Ok(bytes)
}

fn write_all(wire: &Claimed, endpoint: u8, bytes: &[u8]) -> Result<(), SendError> {
    let mut sent = 0;
    let mut moved = Instant::now();
    while sent < bytes.len() {
        let piece = &bytes[sent..bytes.len().min(sent + PIECE)];
        match wire.write_bulk(endpoint, piece, WRITE) {
            // A time-out that moved some bytes comes back as Ok with fewer than asked.
            Ok(n) if n > 0 => {
                sent += n;
                moved = Instant::now();
            }
            // Its memory is full: it prints, or waits for paper.
            Ok(_) | Err(rusb::Error::Timeout) if moved.elapsed() < STUCK => {}
            Ok(_) | Err(rusb::Error::Timeout | rusb::Error::Busy | rusb::Error::Access) if sent == 0 => return Err(SendError::Nothing),
            // After an unplug even the first piece may have reached the printer.
            _ => return Err(SendError::Some),
        }
    }
    Ok(())
}

fn endpoints(device: &Device<Context>) -> Option<Endpoints> {
    let config = device.active_config_descriptor().or_else(|_| device.config_descriptor(0)).ok()?;
    let settings = config.interfaces().flat_map(|interface| interface.descriptors());
    settings.filter(|setting| setting.class_code() == CLASS_PRINTER).find_map(|setting| {
        let bulk = |direction| {
            setting
                .endpoint_descriptors()
                .find(|endpoint| endpoint.transfer_type() == TransferType::Bulk && endpoint.direction() == direction)
                .map(|endpoint| endpoint.address())
        };
        Some(Endpoints {
            interface: setting.interface_number(),
            setting: setting.setting_number(),
            bulk_out: bulk(Direction::Out)?,
            bulk_in: bulk(Direction::In),
        })
    })
}

/// The value of the first of these keys in an IEEE 1284 device id.
#[must_use]
pub fn named<'t>(device_id: &'t str, keys: &[&str]) -> Option<&'t str> {
    let mut pairs = device_id.split(';').filter_map(|pair| pair.split_once(':'));
    pairs.find(|(key, _)| keys.iter().any(|wanted| key.trim().eq_ignore_ascii_case(wanted))).map(|(_, value)| value.trim())
}

/// The device that is meant. Of several alike the next would print what waits for the first as soon as that is busy.
fn the_one<T>(mut fitting: Vec<T>) -> Result<T, OfflineReason> {
    if fitting.len() > 1 {
        return Err(OfflineReason::Failed { detail: format!("{} printers fit: give the serial number or the port of one", fitting.len()) });
    }
    fitting.pop().ok_or(OfflineReason::NotFound)
}

fn unopened(reason: &OfflineReason) -> io::Error {
    let kind = match reason {
        OfflineReason::NotFound | OfflineReason::Unplugged => io::ErrorKind::NotFound,
        OfflineReason::PermissionDenied { .. } => io::ErrorKind::PermissionDenied,
        OfflineReason::InUse => io::ErrorKind::ResourceBusy,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, reason.to_string())
}

fn to_io(error: rusb::Error) -> io::Error {
    let kind = match error {
        rusb::Error::NoDevice | rusb::Error::NotFound => io::ErrorKind::NotFound,
        rusb::Error::Timeout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_printers_alike_none_is_taken_for_the_other() {
        assert_eq!(the_one(vec![1]).unwrap(), 1);
        assert!(matches!(the_one::<u8>(vec![]), Err(OfflineReason::NotFound)));
        assert!(the_one(vec![1, 2]).unwrap_err().to_string().contains("serial number"));
    }

    #[test]
    fn a_device_id_is_read_by_its_short_and_its_long_keys() {
        let short = "MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;CLS:PRINTER;";
        let long = "MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC GK420d ;";
        let both = |id| (named(id, &["MDL", "MODEL"]), named(id, &["CMD", "COMMAND SET"]));
        assert_eq!(both(short), (Some("GP-1324D"), Some("TSPL")));
        assert_eq!(both(long), (Some("ZTC GK420d"), Some("ZPL")));
        assert_eq!(both("nonsense"), (None, None));
    }
}
