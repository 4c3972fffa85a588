//! The USB printer class (USB Device Class Definition for Printing Devices 1.1): bulk out, bulk in, and three requests.
//!
//! libusb blocks, so every call runs on the blocking pool. A bulk write that times out has moved *some* bytes: what is left is sent on, and a
//! printer that takes none for the whole time-out leaves the job uncertain. The kernel's `usblp` is detached only where it is bound, and given back.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rusb::{Context, Device, DeviceHandle, Direction, Recipient, RequestType, TransferType, UsbContext, request_type};
use serde::{Deserialize, Serialize};

use super::port::SendError;
use super::status::{Fault, port_status};

const PRINTER_CLASS: u8 = 7;
const PIECE: usize = 16 * 1024;
const WRITE: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_millis(300);
const CONTROL: Duration = Duration::from_secs(1);

/// Which USB printer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UsbPrinterId {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product: u16,
    /// Serial number, when several printers of one model are plugged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// An open USB printer.
pub struct UsbPort {
    handle: Arc<DeviceHandle<Context>>,
    interface: u8,
    bulk_out: u8,
    bulk_in: Option<u8>,
    driver_detached: bool,
}

struct Endpoints {
    interface: u8,
    setting: u8,
    bulk_out: u8,
    bulk_in: Option<u8>,
}

impl UsbPort {
    /// Finds and claims the printer.
    ///
    /// # Errors
    /// `NotFound` when it is not plugged in, `PermissionDenied` when a udev rule is missing, `ResourceBusy` when another program holds it.
    pub fn open(id: &UsbPrinterId) -> io::Result<Self> {
        let context = Context::new().map_err(to_io)?;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for device in context.devices().map_err(to_io)?.iter() {
            let Ok(descriptor) = device.device_descriptor() else { continue };
            if (descriptor.vendor_id(), descriptor.product_id()) != (id.vendor, id.product) {
                continue;
            }
            let Some(endpoints) = endpoints(&device) else { continue };
            let handle = match device.open() {
                Ok(handle) => handle,
                Err(error) => {
                    last = to_io(error);
                    continue;
                }
            };
            let serial = handle.read_serial_number_string_ascii(&descriptor).ok();
            if id.serial.is_some() && serial != id.serial {
                continue;
            }
            return Self::claim(handle, &endpoints);
        }
        Err(last)
    }

    fn claim(handle: DeviceHandle<Context>, endpoints: &Endpoints) -> io::Result<Self> {
        let interface = endpoints.interface;
        let driver_detached = handle.kernel_driver_active(interface) == Ok(true);
        if driver_detached {
            handle.detach_kernel_driver(interface).map_err(to_io)?;
        }
        handle.claim_interface(interface).map_err(to_io)?;
        if endpoints.setting != 0 {
            handle.set_alternate_setting(interface, endpoints.setting).map_err(to_io)?;
        }
        Ok(Self { handle: Arc::new(handle), interface, bulk_out: endpoints.bulk_out, bulk_in: endpoints.bulk_in, driver_detached })
    }

    /// The IEEE 1284 device id: `MFG:…;CMD:TSPL;MDL:…;`.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn device_id(&self) -> io::Result<String> {
        let mut bytes = [0; 1024];
        let kind = request_type(Direction::In, RequestType::Class, Recipient::Interface);
        let n = self.handle.read_control(kind, 0, 0, u16::from(self.interface) << 8, &mut bytes, CONTROL).map_err(to_io)?;
        // The first two bytes are the length, itself included, most significant first; some printers count wrongly.
        Ok(String::from_utf8_lossy(bytes[..n].get(2..).unwrap_or_default()).into_owned())
    }

    /// Asks the port status; `None` = nothing wrong.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn port_fault(&self) -> io::Result<Option<Fault>> {
        let mut byte = [0; 1];
        let kind = request_type(Direction::In, RequestType::Class, Recipient::Interface);
        self.handle.read_control(kind, 1, 0, u16::from(self.interface), &mut byte, CONTROL).map_err(to_io)?;
        Ok(port_status(byte[0]))
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        let (handle, endpoint, bytes) = (self.handle.clone(), self.bulk_out, bytes.to_vec());
        tokio::task::spawn_blocking(move || write_all(&handle, endpoint, &bytes)).await.unwrap_or(Err(SendError::Some))
    }

    pub(super) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let Some(endpoint) = self.bulk_in else {
            // A one-way printer never answers.
            return std::future::pending().await;
        };
        loop {
            let handle = self.handle.clone();
            let read = tokio::task::spawn_blocking(move || {
                let mut bytes = vec![0; 1024];
                handle.read_bulk(endpoint, &mut bytes, READ).map(|n| {
                    bytes.truncate(n);
                    bytes
                })
            });
            match read.await.map_err(io::Error::other)? {
                Ok(bytes) if bytes.is_empty() => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(bytes) => return Ok(bytes),
                Err(rusb::Error::Timeout) => {}
                Err(error) => return Err(to_io(error)),
            }
        }
    }
}

impl Drop for UsbPort {
    fn drop(&mut self) {
        // The printer may be gone; then there is nothing to give back.
        let _ = self.handle.release_interface(self.interface);
        if self.driver_detached {
            let _ = self.handle.attach_kernel_driver(self.interface);
        }
    }
}

fn write_all(handle: &DeviceHandle<Context>, endpoint: u8, bytes: &[u8]) -> Result<(), SendError> {
    let mut sent = 0;
    while sent < bytes.len() {
        let piece = &bytes[sent..bytes.len().min(sent + PIECE)];
        match handle.write_bulk(endpoint, piece, WRITE) {
            // A time-out that moved some bytes comes back as Ok with fewer than asked.
            Ok(n) if n > 0 => sent += n,
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
    settings.filter(|setting| setting.class_code() == PRINTER_CLASS).find_map(|setting| {
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

fn to_io(error: rusb::Error) -> io::Error {
    let kind = match error {
        rusb::Error::Access => io::ErrorKind::PermissionDenied,
        rusb::Error::NoDevice | rusb::Error::NotFound => io::ErrorKind::NotFound,
        rusb::Error::Busy => io::ErrorKind::ResourceBusy,
        rusb::Error::Timeout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
