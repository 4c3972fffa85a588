//! The wire to a printer: TCP 9100, a serial line, or the USB printer class.

use std::io;
use std::net::SocketAddr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::{self, net::UnixListener};
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
use crate::scanner::serial::Flow;

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
        /// How the printer says that its memory is full; as set at the printer. Without it a printer that is slower than its line loses parts of labels.
        /// `software` takes the bytes 11 and 13 (hexadecimal) out of its answers, which in TSPL are faults.
        #[serde(default)]
        flow: Flow,
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

impl<P: Port> Port for &mut P {
    fn send(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), SendError>> + Send {
        (**self).send(bytes)
    }

    fn receive(&mut self) -> impl Future<Output = io::Result<Vec<u8>>> + Send {
        (**self).receive()
    }

    fn discard(&mut self) -> impl Future<Output = ()> + Send {
        (**self).discard()
    }

    fn hint(&mut self) -> impl Future<Output = Option<Fault>> + Send {
        (**self).hint()
    }
}

/// An open wire to a printer.
pub enum PrinterPort {
    /// TCP, and what keeps other programs of this machine off the printer.
    Tcp(TcpStream, UnixListener),
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
                let held = hold(*address)?;
                let stream =
                    timeout(CONNECT, TcpStream::connect(address)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream, held))
            }
            PrinterAddress::Serial { path, baud, flow } => {
                let line = tokio_serial::new(path.to_string_lossy(), *baud).flow_control((*flow).into()).open_native_async();
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
            Self::Tcp(stream, _) => write(stream, bytes).await,
            Self::Serial(line) => write(line, bytes).await,
            Self::Usb(port) => port.send(bytes).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Tcp(stream, _) => read(stream).await,
            Self::Serial(line) => read(line).await,
            Self::Usb(port) => port.receive().await,
        }
    }

    async fn discard(&mut self) {
        match self {
            Self::Tcp(stream, _) => drain(stream).await,
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

/// Takes a network printer for this process, as the kernel does for serial lines and USB: what another program sends would come between a job and its
/// answers. An abstract name (unix(7)) needs no folder and goes with its holder.
fn hold(address: SocketAddr) -> io::Result<UnixListener> {
    let name = unix::net::SocketAddr::from_abstract_name(format!("qitao-printer-{address}"))?;
    UnixListener::bind_addr(&name).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => io::Error::new(io::ErrorKind::ResourceBusy, OfflineReason::InUse.to_string()),
        _ => error,
    })
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

#[cfg(test)]
mod tests {
    use nix::pty::openpty;
    use nix::sys::termios::{ControlFlags, InputFlags, tcgetattr};
    use nix::unistd::ttyname;

    use super::*;

    #[tokio::test]
    async fn a_network_printer_is_held_by_one_program_at_a_time() {
        let printer = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = PrinterAddress::Tcp(printer.local_addr().unwrap());
        let held = PrinterPort::open(&address).await.unwrap();
        assert_eq!(PrinterPort::open(&address).await.err().unwrap().kind(), io::ErrorKind::ResourceBusy);
        drop(held);
        assert!(PrinterPort::open(&address).await.is_ok());
    }

    #[tokio::test]
    async fn a_serial_line_is_told_how_the_printer_says_that_it_is_full() {
        for (flow, software, hardware) in [(Flow::None, false, false), (Flow::Software, true, false), (Flow::Hardware, false, true)] {
            let pty = openpty(None, None).unwrap();
            let _line = PrinterPort::open(&PrinterAddress::Serial { path: ttyname(&pty.slave).unwrap(), baud: 9600, flow }).await.unwrap();
            let set = tcgetattr(&pty.master).unwrap();
            let is = (set.input_flags.contains(InputFlags::IXOFF | InputFlags::IXON), set.control_flags.contains(ControlFlags::CRTSCTS));
            assert_eq!(is, (software, hardware), "{flow:?}");
        }
    }
}
