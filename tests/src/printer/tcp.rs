//! A label printer on TCP, one connection at a time, as a raw port has it. Without power it takes no connection and drops the one it had.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use qitao_labels::Language;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{LabelPrinter, Mood};

/// A label printer on TCP.
pub struct TcpPrinter {
    address: SocketAddr,
    printer: LabelPrinter,
    cut: Arc<Notify>,
    task: JoinHandle<()>,
}

impl TcpPrinter {
    /// Switches a ZPL printer on, on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn switch_on() -> io::Result<Self> {
        Self::connect(&LabelPrinter::new(Language::Zpl)).await
    }

    /// Gives a printer a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn connect(printer: &LabelPrinter) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (printing, cut) = (printer.clone(), Arc::new(Notify::new()));
        let cutting = cut.clone();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                if printing.mood() != Mood::Off {
                    tokio::select! {
                        _ = serve(connection, &printing) => {}
                        () = cutting.notified() => {}
                    }
                }
            }
        });
        Ok(Self { address, printer: printer.clone(), cut, task })
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

    /// Ends the connection that is open; the printer keeps what it got.
    pub fn cut(&self) {
        self.cut.notify_waiters();
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
    let (mut chunk, mut rest) = ([0_u8; 16 * 1024], Vec::new());
    loop {
        let changed = printer.changed.notified();
        tokio::pin!(changed);
        // From here on no change is missed.
        changed.as_mut().enable();
        if printer.mood() == Mood::Off {
            return Ok(());
        }
        connection.write_all(&printer.unasked()).await?;
        if rest.is_empty() {
            let n = tokio::select! {
                read = connection.read(&mut chunk), if printer.mood() != Mood::Stuck => read?,
                () = changed.as_mut() => continue,
            };
            if n == 0 {
                return Ok(());
            }
            rest = chunk[..n].to_vec();
        }
        match printer.take(&rest) {
            Some(answer) => {
                rest.clear();
                connection.write_all(&answer).await?;
            }
            None => changed.await,
        }
    }
}
