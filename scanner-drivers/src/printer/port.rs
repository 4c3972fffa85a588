//! The wire to a printer: TCP 9100, a serial line, or the USB printer class.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

use super::status::Fault;
use super::usb::{UsbPort, named};
use crate::identity::UsbMatch;
use crate::scanner::OfflineReason;

/// A printer that takes no bytes for so long is stuck; what it took so far may print.
pub(super) const STUCK: Duration = Duration::from_secs(15);
/// Late answers thrown away at most before a question.
pub(super) const MOST_LATE: usize = 64;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// Where a printer is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrinterAddress {
    /// Raw TCP, port 9100 by custom.
    Tcp(SocketAddr),
    /// A serial line with 8 data bits, no parity.
    Serial {
        /// Device path.
        path: PathBuf,
        /// Bits per second.
        baud: u32,
    },
    /// USB printer class.
    Usb(UsbMatch),
}

/// Why bytes did not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not one byte left: safe to send again.
    #[error("nothing was sent")]
    Nothing,
    /// Some bytes left: a person must look before it is sent again.
    #[error("the job was cut off while it was sent")]
    Some,
}

/// A two-way wire.
pub trait Port: Send {
    /// Sends all bytes.
    fn send(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), SendError>> + Send;
    /// Waits for some bytes. Empty = the other side has gone.
    fn receive(&mut self) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
    /// Throws away what came unasked.
    fn discard(&mut self) -> impl Future<Output = ()> + Send;
    /// What the wire itself knows of a printer that does not answer.
    fn hint(&mut self) -> impl Future<Output = Option<Fault>> + Send {
        std::future::ready(None)
    }
}

/// An open wire to a printer.
pub enum PrinterPort {
    /// TCP.
    Tcp(TcpStream),
    /// Serial.
    Serial(SerialStream),
    /// USB.
    Usb(UsbPort),
}

impl PrinterPort {
    /// Opens the wire.
    ///
    /// # Errors
    /// When the printer is away or another program holds it.
    pub async fn open(address: &PrinterAddress) -> io::Result<Self> {
        match address {
            PrinterAddress::Tcp(address) => {
                let stream =
                    timeout(CONNECT, TcpStream::connect(address)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            PrinterAddress::Serial { path, baud } => {
                let line = tokio_serial::new(path.to_string_lossy(), *baud).open_native_async();
                line.map(Self::Serial).map_err(|error| match error.kind() {
                    // The library's word for a lock that somebody else holds.
                    tokio_serial::ErrorKind::NoDevice if path.exists() => {
                        io::Error::new(io::ErrorKind::ResourceBusy, OfflineReason::InUse.to_string())
                    }
                    _ => io::Error::from(error),
                })
            }
            PrinterAddress::Usb(wanted) => {
                let wanted = wanted.clone();
                let port = tokio::task::spawn_blocking(move || UsbPort::open(&wanted)).await.map_err(io::Error::other)??;
                Ok(Self::Usb(port))
            }
        }
    }

    /// Model and languages, where the wire can tell them without printing anything. Blocks for a moment.
    #[must_use]
    pub fn model(&self) -> Option<String> {
        let Self::Usb(port) = self else { return None };
        let id = port.device_id().ok()?;
        let model = named(&id, &["MDL", "MODEL"])?;
        let languages = named(&id, &["CMD", "COMMAND SET"]).map(|languages| format!(", says it understands {languages}"));
        Some(format!("{model}{}", languages.unwrap_or_default()))
    }
}

impl Port for PrinterPort {
    async fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Tcp(stream) => write(stream, bytes).await,
            Self::Serial(line) => write(line, bytes).await,
            Self::Usb(port) => port.send(bytes).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Tcp(stream) => read(stream).await,
            Self::Serial(line) => read(line).await,
            Self::Usb(port) => port.receive().await,
        }
    }

    async fn discard(&mut self) {
        match self {
            Self::Tcp(stream) => drain(stream).await,
            Self::Serial(line) => drain(line).await,
            Self::Usb(port) => port.discard().await,
        }
    }

    async fn hint(&mut self) -> Option<Fault> {
        match self {
            Self::Usb(port) => port.port_fault().await,
            _ => None,
        }
    }
}

async fn write(wire: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), SendError> {
    let mut sent = 0;
    while sent < bytes.len() {
        match timeout(STUCK, wire.write(&bytes[sent..])).await {
            Ok(Ok(n)) if n > 0 => sent += n,
            _ if sent == 0 => return Err(SendError::Nothing),
            _ => return Err(SendError::Some),
        }
    }
    match timeout(STUCK, wire.flush()).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(SendError::Some),
    }
}

/// Throws away what is there already; an answer to a question of ours is never waited for here, and a line full of noise not for ever.
async fn drain(wire: &mut (impl AsyncRead + Unpin)) {
    for _ in 0..MOST_LATE {
        match timeout(Duration::from_millis(1), read(wire)).await {
            Ok(Ok(late)) if !late.is_empty() => {}
            _ => return,
        }
    }
}

async fn read(wire: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 1024];
    let n = wire.read(&mut bytes).await?;
    bytes.truncate(n);
    Ok(bytes)
}
