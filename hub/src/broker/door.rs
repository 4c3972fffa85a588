//! The door in front of the embedded broker: who is let through to it, and how long that may take.
//!
//! rmqtt waits for a first byte for ever, ends TLS before it counts time, and knows no limit for one address. So the port that edges see is
//! held here: a connection must bring a whole CONNECT in time and in size, and only then is it joined to the broker, which listens on the loopback
//! address and takes nobody whom this door has not announced. TLS ends here too, so that its time counts.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional_with_sizes};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::tls::Tls;
use crate::platform::address::neighbourhood;

/// Largest CONNECT: id, name and secret of an edge take 200 bytes.
const MAX_CONNECT: usize = 4096;
/// What is copied at once in each direction. There are thousands of connections, and most are silent.
const COPY: usize = 4096;
/// The broker may ask the database who somebody is.
const ANSWER: Duration = Duration::from_secs(15);
/// How often the broker is asked again when it says that it is not available, and how long apart.
const TRIES: u32 = 40;
const AGAIN: Duration = Duration::from_millis(25);
/// What a refusal for lack of service is in CONNACK, in MQTT 3 and 5.
const UNAVAILABLE: [u8; 2] = [0x03, 0x88];
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;

/// What a connection may take before it has proven anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Until its first byte.
    pub(super) first_byte: Duration,
    /// Until its CONNECT is there, with the handshake of TLS.
    pub(super) connect: Duration,
    /// Connections of one address.
    pub(super) per_address: usize,
    /// Connections at all.
    pub(super) all: usize,
}

/// Why a connection is not let through; for the log.
#[derive(Debug, thiserror::Error)]
enum Turned {
    #[error("no first byte in time")]
    Silent,
    #[error("no CONNECT in time")]
    Slow,
    #[error("does not speak MQTT, or its CONNECT is too large")]
    NotMqtt,
    #[error("the broker inside did not answer: {0}")]
    Broker(io::Error),
    #[error(transparent)]
    Socket(#[from] io::Error),
}

/// Whom the door has announced to the broker: the port on which they come there, and where they really come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Callers(Arc<Mutex<HashMap<u16, SocketAddr>>>);

impl Callers {
    fn lock(&self) -> MutexGuard<'_, HashMap<u16, SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a connection at the broker really comes from; `None`: it did not come through the door.
    pub(super) fn behind(&self, inside: Option<SocketAddr>) -> Option<SocketAddr> {
        self.lock().get(&inside?.port()).copied()
    }

    fn announce(&self, port: u16, from: SocketAddr) -> Announced {
        self.lock().insert(port, from);
        Announced { callers: self.clone(), port }
    }
}

/// Forgotten when the connection ends.
struct Announced {
    callers: Callers,
    port: u16,
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.callers.lock().remove(&self.port);
    }
}

/// How many connections there are, from where.
#[derive(Debug, Default)]
struct Places(Mutex<(usize, HashMap<IpAddr, usize>)>);

struct Place {
    places: Arc<Places>,
    of: IpAddr,
}

impl Places {
    fn lock(&self) -> MutexGuard<'_, (usize, HashMap<IpAddr, usize>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, from: IpAddr, limits: &Limits) -> Option<Place> {
        let of = neighbourhood(from);
        let mut places = self.lock();
        let here = places.1.get(&of).copied().unwrap_or(0);
        if places.0 >= limits.all || here >= limits.per_address {
            return None;
        }
        places.0 += 1;
        places.1.insert(of, here + 1);
        Some(Place { places: self.clone(), of })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock();
        places.0 -= 1;
        if let Some(here) = places.1.get_mut(&self.of) {
            *here -= 1;
            if *here == 0 {
                places.1.remove(&self.of);
            }
        }
    }
}

/// The door.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) limits: Limits,
    pub(super) tls: Option<Tls>,
    /// Where the broker listens.
    pub(super) inside: SocketAddr,
    pub(super) callers: Callers,
}

/// Takes the port that edges see.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

/// Where the broker inside listens: on this machine alone, on a free port.
pub(super) const INSIDE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Door {
    /// Lets connections through until it is dropped; they end with it.
    pub(super) async fn open(self) {
        let (door, places) = (Arc::new(self), Arc::new(Places::default()));
        let mut connections = JoinSet::new();
        let mut turned_away: u64 = 0;
        loop {
            tokio::select! {
                accepted = door.listener.accept() => match accepted {
                    Ok((socket, from)) => match places.take(from.ip(), &door.limits) {
                        Some(place) => {
                            let door = door.clone();
                            connections.spawn(async move {
                                if let Err(why) = door.admit(socket, from).await {
                                    tracing::debug!(%from, %why, "a connection to the broker was not let through");
                                }
                                drop(place);
                            });
                        }
                        None => {
                            turned_away += 1;
                            // Whoever knocks a million times shall not fill the log.
                            if turned_away.is_power_of_two() {
                                tracing::warn!(from = %from.ip(), so_far = turned_away, "too many connections to the broker from there, or at all; more are closed");
                            }
                        }
                    },
                    Err(error) => {
                        // Most often no file descriptor is free; others end meanwhile.
                        tracing::warn!(%error, "a connection to the broker could not be taken");
                        sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn admit(&self, socket: TcpStream, from: SocketAddr) -> Result<(), Turned> {
        let until = Instant::now() + self.limits.connect;
        socket.set_nodelay(true)?;
        let first = timeout(self.limits.first_byte, socket.peek(&mut [0])).await.map_err(|_| Turned::Silent)??;
        if first == 0 {
            return Ok(());
        }
        match &self.tls {
            None => self.join(socket, from, until).await,
            Some(tls) => {
                let wrapped = timeout_at(until, tls.acceptor().accept(socket)).await.map_err(|_| Turned::Slow)??;
                self.join(wrapped, from, until).await
            }
        }
    }

    /// Reads the CONNECT, has the broker answer it, and then carries bytes until one side ends.
    async fn join(&self, mut outside: impl AsyncRead + AsyncWrite + Unpin, from: SocketAddr, until: Instant) -> Result<(), Turned> {
        let connect = timeout_at(until, read_connect(&mut outside)).await.map_err(|_| Turned::Slow)??;
        let (mut inside, _announced, answer) = self.knock(&connect, from).await?;
        outside.write_all(&answer).await?;
        copy_bidirectional_with_sizes(&mut outside, &mut inside, COPY, COPY).await?;
        Ok(())
    }

    /// Brings a CONNECT to the broker. When an edge comes back while its earlier connection is just ending, or comes twice at once, rmqtt answers
    /// "service unavailable": it asks the old session to go, the session ends by itself before it reads that, and rmqtt takes the missing answer for a
    /// failure; or the other handshake still holds the client id's lock, for which it does not wait. A moment later all is well, so it is asked again.
    async fn knock(&self, connect: &[u8], from: SocketAddr) -> Result<(TcpStream, Announced, Vec<u8>), Turned> {
        let mut tries = 1;
        loop {
            let mut inside = TcpStream::connect(self.inside).await.map_err(Turned::Broker)?;
            inside.set_nodelay(true)?;
            let announced = self.callers.announce(inside.local_addr()?.port(), from);
            inside.write_all(connect).await.map_err(Turned::Broker)?;
            let answer = timeout(ANSWER, read_answer(&mut inside)).await.map_err(|_| Turned::Broker(io::ErrorKind::TimedOut.into()))?;
            let answer = answer.map_err(Turned::Broker)?;
            let unavailable = answer.get(3).is_some_and(|code| UNAVAILABLE.contains(code));
            if !unavailable || tries == TRIES {
                return Ok((inside, announced, answer));
            }
            tracing::debug!(%from, tries, "the broker was not available for a login; it is asked again");
            tries += 1;
            sleep(AGAIN).await;
        }
    }
}

/// A packet's length: one to four bytes of seven bits. The bytes themselves go to `packet`.
async fn read_length(stream: &mut (impl AsyncRead + Unpin), packet: &mut Vec<u8>) -> Result<usize, Turned> {
    let mut length = 0;
    for shift in [0, 7, 14, 21] {
        let byte = stream.read_u8().await?;
        packet.push(byte);
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(length);
        }
    }
    Err(Turned::NotMqtt)
}

async fn read_connect(stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, Turned> {
    let mut packet = vec![stream.read_u8().await?];
    if packet != [CONNECT] {
        return Err(Turned::NotMqtt);
    }
    let length = read_length(stream, &mut packet).await?;
    if length > MAX_CONNECT {
        return Err(Turned::NotMqtt);
    }
    let head = packet.len();
    packet.resize(head + length, 0);
    stream.read_exact(&mut packet[head..]).await?;
    Ok(packet)
}

/// The broker's CONNACK.
async fn read_answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let strange = || io::Error::other("not an answer to CONNECT");
    let mut packet = vec![stream.read_u8().await?];
    if packet != [CONNACK] {
        return Err(strange());
    }
    let length = read_length(stream, &mut packet).await.map_err(|_| strange())?;
    let head = packet.len();
    packet.resize(head + length.min(MAX_CONNECT), 0);
    stream.read_exact(&mut packet[head..]).await?;
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(20);
    const HELLO: &[u8] = b"\x10\x0e\0\x04MQTT\x04\x02\0\x0a\0\x02e1";

    fn limits() -> Limits {
        Limits { first_byte: SHORT, connect: SHORT * 2, per_address: 2, all: 3 }
    }

    /// A door, and a broker inside that answers logins with these codes in turn, then says back what it hears.
    async fn door(limits: Limits, codes: &'static [u8]) -> (SocketAddr, JoinSet<()>) {
        let broker = TcpListener::bind(INSIDE).await.unwrap();
        let callers = Callers::default();
        let door =
            Door { listener: listen(INSIDE).unwrap(), limits, tls: None, inside: broker.local_addr().unwrap(), callers: callers.clone() };
        let address = door.listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(door.open());
        tasks.spawn(async move {
            let mut codes = codes.iter();
            loop {
                let (mut socket, from) = broker.accept().await.unwrap();
                let mut connect = vec![0; HELLO.len()];
                socket.read_exact(&mut connect).await.unwrap();
                assert_eq!(connect, HELLO);
                assert!(callers.behind(Some(from)).is_some(), "announced before it speaks");
                let code = codes.next().copied().unwrap_or(0);
                socket.write_all(&[CONNACK, 2, 0, code]).await.unwrap();
                tokio::spawn(async move {
                    let (mut read, mut write) = socket.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        (address, tasks)
    }

    async fn ends(socket: &mut TcpStream) -> bool {
        matches!(timeout(LONG, socket.read(&mut [0; 8])).await.expect("it stays open"), Ok(0) | Err(_))
    }

    async fn connected(address: SocketAddr) -> TcpStream {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(HELLO).await.unwrap();
        let mut answer = [0; 4];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, [CONNACK, 2, 0, 0]);
        socket
    }

    #[tokio::test]
    async fn who_says_nothing_or_never_ends_a_connect_is_put_out() {
        let (address, _tasks) = door(Limits { per_address: 9, all: 9, ..limits() }, &[]).await;
        // Somebody who is quick, and silent after that, stays.
        let mut quick = connected(address).await;
        let mut others = JoinSet::new();
        let rubbish = [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x10, 0xff, 0xff, 0xff, 0x7f, 0], &[0x10, 0x80, 0x80, 0x80, 0x80, 1], &[0x30, 0]];
        for said in rubbish.into_iter().chain([&b""[..], &HELLO[..9]]) {
            others.spawn(async move {
                let mut socket = TcpStream::connect(address).await.unwrap();
                socket.write_all(said).await.unwrap();
                assert!(ends(&mut socket).await, "{said:?}");
            });
        }
        others.join_all().await;
        quick.write_all(b"ping").await.unwrap();
        let mut echo = [0; 4];
        quick.read_exact(&mut echo).await.unwrap();
        assert_eq!(&echo, b"ping");
    }

    #[tokio::test]
    async fn one_address_has_so_many_connections_and_a_place_that_is_left_is_free_again() {
        let (address, _tasks) = door(Limits { first_byte: LONG, connect: LONG, ..limits() }, &[]).await;
        let (first, _second) = (connected(address).await, connected(address).await);
        let mut third = TcpStream::connect(address).await.unwrap();
        assert!(ends(&mut third).await);
        drop(first);
        // The door sees the end a moment later.
        let began = Instant::now();
        loop {
            let mut again = TcpStream::connect(address).await.unwrap();
            let _ = again.write_all(HELLO).await;
            if again.read_exact(&mut [0; 4]).await.is_ok() {
                break;
            }
            assert!(began.elapsed() < LONG);
        }
    }

    #[tokio::test]
    async fn a_broker_that_is_not_available_is_asked_again_and_any_other_answer_stands() {
        let (address, _tasks) = door(Limits { per_address: 9, all: 9, ..limits() }, &[3, 3, 0, 5]).await;
        connected(address).await;
        let mut refused = TcpStream::connect(address).await.unwrap();
        refused.write_all(HELLO).await.unwrap();
        let mut answer = [0; 4];
        refused.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, [CONNACK, 2, 0, 5]);
    }
}
