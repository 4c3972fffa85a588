//! A ZPL label printer on TCP with Zebra's manners: prints `^XA … ^XZ`, answers `~HS` with three strings, and says nothing at all when
//! the paper is out (as docs.zebra.com warns), so that silence can be told from success only by asking.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the printer has done and how it is.
#[derive(Debug, Default)]
struct Tray {
    labels: Vec<Vec<u8>>,
    paper_out: bool,
}

/// A label printer on TCP.
pub struct TcpPrinter {
    address: SocketAddr,
    tray: Arc<Mutex<Tray>>,
    task: JoinHandle<()>,
}

impl TcpPrinter {
    /// Switches a printer on, on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn switch_on() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let tray = Arc::new(Mutex::new(Tray::default()));
        let shared = tray.clone();
        let task = tokio::spawn(async move {
            // One connection at a time, as a raw port has it.
            while let Ok((connection, _)) = listener.accept().await {
                let _ = serve(connection, &shared).await;
            }
        });
        Ok(Self { address, tray, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Labels printed so far, each as the commands that made it.
    #[must_use]
    pub fn labels(&self) -> Vec<Vec<u8>> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner).labels.clone()
    }

    /// Takes the paper out, or puts it back.
    pub fn set_paper_out(&self, out: bool) {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner).paper_out = out;
    }
}

impl Drop for TcpPrinter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut connection: TcpStream, tray: &Mutex<Tray>) -> io::Result<()> {
    let mut waiting = Vec::new();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        let n = connection.read(&mut chunk).await?;
        if n == 0 {
            return Ok(());
        }
        waiting.extend_from_slice(&chunk[..n]);
        while let Some(command) = next_command(&mut waiting) {
            let answer = {
                let mut tray = tray.lock().unwrap_or_else(PoisonError::into_inner);
                match command {
                    Command::Label(label) if !tray.paper_out => {
                        let copies = quantity(&label);
                        tray.labels.extend(std::iter::repeat_n(label, copies));
                        None
                    }
                    Command::HostStatus if !tray.paper_out => Some(READY),
                    Command::Label(_) | Command::HostStatus => None,
                }
            };
            if let Some(answer) = answer {
                connection.write_all(answer).await?;
            }
        }
    }
}

/// `~HS` of an idle printer: no paper out, no pause, nothing in the buffer, no label left.
const READY: &[u8] = b"\x02030,0,0,0245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n";

enum Command {
    Label(Vec<u8>),
    HostStatus,
}

/// Takes the next whole command off the front; bytes between commands are dropped, an unfinished label stays.
fn next_command(waiting: &mut Vec<u8>) -> Option<Command> {
    let find = |needle: &[u8]| waiting.windows(needle.len()).position(|w| w == needle);
    let (status, label) = (find(b"~HS"), find(b"^XA"));
    match (status, label) {
        (Some(at), start) if start.is_none_or(|start| at < start) => {
            waiting.drain(..at + 3);
            Some(Command::HostStatus)
        }
        (_, Some(start)) => {
            let end = find(b"^XZ")? + 3;
            let label = waiting.drain(..end).skip(start).collect();
            Some(Command::Label(label))
        }
        _ => None,
    }
}

/// How many copies `^PQn` asks for; 1 without it.
fn quantity(label: &[u8]) -> usize {
    let text = String::from_utf8_lossy(label);
    text.split("^PQ").nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).unwrap_or(1)
}
