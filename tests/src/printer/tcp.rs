//! A ZPL label printer on TCP, one connection at a time, as a raw port has it.

use std::net::SocketAddr;
use std::ops::Deref;

use qitao_labels::Language;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{LabelPrinter, Mood};

/// A label printer on TCP.
pub struct TcpPrinter {
    address: SocketAddr,
    printer: LabelPrinter,
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
        let printer = LabelPrinter::new(Language::Zpl);
        let printing = printer.clone();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let _ = serve(connection, &printing).await;
            }
        });
        Ok(Self { address, printer, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes the paper out, or puts it back.
    pub fn set_paper_out(&self, out: bool) {
        self.printer.set(if out { Mood::PaperOut } else { Mood::Well });
    }
}

impl Deref for TcpPrinter {
    type Target = LabelPrinter;

    fn deref(&self) -> &LabelPrinter {
        &self.printer
    }
}

impl Drop for TcpPrinter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut connection: TcpStream, printer: &LabelPrinter) -> io::Result<()> {
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        let n = connection.read(&mut chunk).await?;
        if n == 0 {
            return Ok(());
        }
        match printer.take(&chunk[..n]) {
            Some(answer) => connection.write_all(&answer).await?,
            None => std::future::pending().await,
        }
    }
}
