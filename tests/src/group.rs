//! A chat group's bot: an HTTP server that keeps what it is told and answers as the vendor's does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longest message that is taken, in bytes.
const MOST: usize = 64 * 1024;

/// A group of Feishu with a bot in it.
pub struct Group {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Group {
    /// Opens the group on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (address, told) = (listener.local_addr()?, Arc::<Mutex<Vec<Value>>>::default());
        let keeping = told.clone();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                // Whoever breaks off was not heard: the hub tells it again.
                if let Ok(message) = hear(connection).await {
                    keeping.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
            }
        });
        Ok(Self { address, told, task })
    }

    /// The bot's address, as its vendor would show it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/open-apis/bot/v2/hook/demo", self.address)
    }

    /// What it was told until now: title and text of each message.
    #[must_use]
    pub fn told(&self) -> Vec<(String, String)> {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let of = |message: &Value| {
            let card = &message["card"];
            (word(&card["header"]["title"]["content"]), word(&card["elements"][0]["text"]["content"]))
        };
        self.told.lock().unwrap_or_else(PoisonError::into_inner).iter().map(of).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes one message and says that it is in the group.
async fn hear(connection: TcpStream) -> io::Result<Value> {
    let mut connection = BufReader::new(connection);
    let (mut line, mut length) = (String::new(), 0);
    while connection.read_line(&mut line).await? > 2 {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length.min(MOST)];
    connection.read_exact(&mut body).await?;
    let message = serde_json::from_slice(&body)?;
    let answer = r#"{"code":0,"msg":"success"}"#;
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    connection.write_all(format!("{head}{answer}").as_bytes()).await?;
    connection.shutdown().await?;
    Ok(message)
}
