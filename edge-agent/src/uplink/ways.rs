//! Two ways to the hub: the first (MQTT) whenever it can be had, the second (HTTP) when the first was not to be had for a while. While on the second, the
//! first is tried in the background, and taken again once it works.
//!
//! Which way a message takes does not matter to the stream: each connection begins with a hello, whose welcome says where to go on, and what belongs to
//! an earlier link is ignored at both ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::transport::{Connection, Transport};

/// How long to be without the first way before the second is taken, and how long between attempts to be back.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Without the first way.
    pub without: Duration,
    /// Between attempts; doubles while the first way connects but nobody answers on it.
    pub between: Duration,
}

/// Longest time between attempts.
const MOST: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
struct State {
    /// Since when the first way has brought nothing.
    without: Option<Instant>,
    /// The first way connected last time, and nobody spoke on it: something in between takes connections and leads nowhere.
    mute: bool,
    /// Such attempts in a row.
    mutes: u32,
    /// A connection of the first way that was made in the background.
    ready: Option<Connection>,
}

/// Two ways as one.
#[derive(Clone)]
pub struct Ways {
    first: Arc<dyn Transport>,
    second: Arc<dyn Transport>,
    patience: Patience,
    state: Arc<Mutex<State>>,
}

impl Ways {
    /// `first` is preferred.
    #[must_use]
    pub fn new(first: impl Transport, second: impl Transport, patience: Patience) -> Self {
        Self { first: Arc::new(first), second: Arc::new(second), patience, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn dial(self) -> Result<Connection, String> {
        let (ready, since, mute) = {
            let mut state = self.state();
            let since = *state.without.get_or_insert_with(Instant::now);
            (state.ready.take(), since, state.mute)
        };
        if let Some(ready) = ready.filter(|ready| !ready.up.is_closed()) {
            return Ok(self.on_first(ready));
        }
        let late = since + self.patience.without;
        if mute && Instant::now() >= late {
            // The first took connections and said nothing; while the second cannot be had either, it may have found its tongue again.
            match self.take_second().await {
                Ok(connection) => return Ok(connection),
                Err(why) => tracing::debug!(%why, "no connection to the hub over HTTP; MQTT is tried again"),
            }
            return self.first.connect().await.map(|connection| self.on_first(connection));
        }
        let first = self.first.connect();
        tokio::pin!(first);
        let tried = tokio::select! {
            biased;
            tried = &mut first => tried,
            second = async { sleep_until(late).await; self.take_second().await } => match second {
                Ok(connection) => return Ok(connection),
                Err(why) => {
                    tracing::debug!(%why, "no connection to the hub over HTTP either");
                    first.await
                }
            },
        };
        match tried {
            Ok(connection) => Ok(self.on_first(connection)),
            Err(_) if Instant::now() >= late => self.take_second().await,
            Err(why) => Err(why),
        }
    }

    /// A connection of the first way. It counts as working once somebody speaks on it.
    fn on_first(&self, connection: Connection) -> Connection {
        let Connection { up, down: mut heard, tasks } = connection;
        let (news, down) = mpsc::unbounded_channel();
        {
            let mut state = self.state();
            state.mute = true;
            state.mutes = state.mutes.saturating_add(1);
        }
        let ways = self.clone();
        let mut own = JoinSet::new();
        own.spawn(async move {
            let _tasks = tasks;
            while let Some(message) = heard.recv().await {
                *ways.state() = State::default();
                if news.send(message).is_err() {
                    return;
                }
            }
            // From here on the time without it counts.
            ways.state().without.get_or_insert_with(Instant::now);
        });
        Connection { up, down, tasks: own }
    }

    /// A connection of the second way, that ends by itself when the first works again.
    async fn take_second(&self) -> Result<Connection, String> {
        let Connection { up, down: mut heard, tasks } = self.second.connect().await?;
        tracing::warn!("MQTT does not reach the hub; messages go over HTTP until it does again");
        let (news, down) = mpsc::unbounded_channel();
        let ways = self.clone();
        let mut own = JoinSet::new();
        own.spawn(async move {
            let _tasks = tasks;
            let back = ways.back_on_first();
            tokio::pin!(back);
            loop {
                tokio::select! {
                    message = heard.recv() => {
                        let Some(message) = message else { return };
                        if news.send(message).is_err() {
                            return;
                        }
                    }
                    () = &mut back => return,
                }
            }
        });
        Ok(Connection { up, down, tasks: own })
    }

    /// Returns when a connection of the first way is ready to be taken.
    async fn back_on_first(&self) {
        loop {
            let wait = (self.patience.between * (1 << self.state().mutes.min(8))).min(MOST);
            sleep(wait.mul_f64(rand::random_range(0.75..1.25))).await;
            match self.first.connect().await {
                Ok(connection) => {
                    tracing::info!("MQTT reaches the hub again");
                    self.state().ready = Some(connection);
                    return;
                }
                Err(why) => tracing::debug!(%why, "MQTT still does not reach the hub"),
            }
        }
    }
}

impl Transport for Ways {
    fn connect(&self) -> BoxFuture<'static, Result<Connection, String>> {
        Box::pin(self.clone().dial())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    const SOON: Duration = Duration::from_secs(20);

    /// A way that can be open or closed, and on which somebody says its name at once, or nobody anything.
    #[derive(Clone)]
    struct Way {
        name: &'static [u8],
        open: Arc<AtomicBool>,
        speaks: Arc<AtomicBool>,
        tried: Arc<AtomicUsize>,
    }

    impl Way {
        fn new(name: &'static [u8], open: bool) -> Self {
            Self { name, open: Arc::new(open.into()), speaks: Arc::new(true.into()), tried: Arc::default() }
        }
    }

    impl Transport for Way {
        fn connect(&self) -> BoxFuture<'static, Result<Connection, String>> {
            let way = self.clone();
            Box::pin(async move {
                way.tried.fetch_add(1, Ordering::SeqCst);
                if !way.open.load(Ordering::SeqCst) {
                    return Err("closed".into());
                }
                let (up, mut outgoing) = mpsc::unbounded_channel();
                let (news, down) = mpsc::unbounded_channel();
                let mut tasks = JoinSet::new();
                tasks.spawn(async move {
                    if way.speaks.load(Ordering::SeqCst) {
                        news.send(way.name.to_vec()).unwrap();
                    }
                    while way.open.load(Ordering::SeqCst) {
                        if matches!(outgoing.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)) {
                            return;
                        }
                        sleep(Duration::from_millis(2)).await;
                    }
                });
                Ok(Connection { up, down, tasks })
            })
        }
    }

    fn ways(first: &Way, second: &Way, without: u64) -> Ways {
        let patience = Patience { without: Duration::from_millis(without), between: Duration::from_millis(10) };
        Ways::new(first.clone(), second.clone(), patience)
    }

    async fn connected(ways: &Ways) -> Connection {
        tokio::time::timeout(SOON, async {
            loop {
                match ways.connect().await {
                    Ok(connection) => return connection,
                    Err(_) => sleep(Duration::from_millis(5)).await,
                }
            }
        })
        .await
        .expect("no way")
    }

    async fn heard(connection: &mut Connection) -> Option<Vec<u8>> {
        tokio::time::timeout(SOON, connection.down.recv()).await.expect("neither word nor end")
    }

    #[tokio::test]
    async fn the_first_way_is_taken_while_it_works_and_the_second_is_left_alone() {
        let (first, second) = (Way::new(b"mqtt", true), Way::new(b"http", true));
        let ways = ways(&first, &second, 0);
        for _ in 0..3 {
            let mut connection = connected(&ways).await;
            assert_eq!(heard(&mut connection).await.unwrap(), b"mqtt");
        }
        assert_eq!(second.tried.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn without_the_first_for_a_while_the_second_is_taken_until_the_first_is_back() {
        let (first, second) = (Way::new(b"mqtt", false), Way::new(b"http", true));
        let ways = ways(&first, &second, 60);
        assert!(ways.connect().await.is_err(), "not at once");
        let mut connection = connected(&ways).await;
        assert_eq!(heard(&mut connection).await.unwrap(), b"http");
        first.open.store(true, Ordering::SeqCst);
        assert_eq!(heard(&mut connection).await, None, "the second ends by itself");
        let mut connection = connected(&ways).await;
        assert_eq!(heard(&mut connection).await.unwrap(), b"mqtt");
    }

    #[tokio::test]
    async fn a_first_way_that_connects_and_leads_nowhere_does_not_count() {
        let (first, second) = (Way::new(b"mqtt", true), Way::new(b"http", true));
        first.speaks.store(false, Ordering::SeqCst);
        let ways = ways(&first, &second, 40);
        let mute = connected(&ways).await;
        drop(mute);
        sleep(Duration::from_millis(50)).await;
        let mut connection = connected(&ways).await;
        assert_eq!(heard(&mut connection).await.unwrap(), b"http");
    }

    #[tokio::test]
    async fn a_first_way_that_led_nowhere_is_tried_again_while_the_second_is_closed() {
        let (first, second) = (Way::new(b"mqtt", true), Way::new(b"http", false));
        first.speaks.store(false, Ordering::SeqCst);
        let ways = ways(&first, &second, 0);
        drop(connected(&ways).await);
        first.speaks.store(true, Ordering::SeqCst);
        let mut connection = connected(&ways).await;
        assert_eq!(heard(&mut connection).await.unwrap(), b"mqtt");
        assert!(second.tried.load(Ordering::SeqCst) > 0, "the second was asked before");
    }
}
