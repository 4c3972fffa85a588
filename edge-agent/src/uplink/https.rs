//! The hub over HTTP(S), where MQTT is blocked: signed envelopes are posted one by one, and what the hub has to say is asked for with questions that wait
//! for an answer. The hub's side of it is `hub/src/edges/wire.rs`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use qitao_domain::protocol::MAX_MESSAGE;
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::transport::{Connection, Outgoing, Transport};
use crate::config::Config;
use crate::http::{self, Signer};

/// For a message to arrive; the hub answers when it is in its database.
const POSTING: Duration = Duration::from_secs(30);
/// For an answer: the hub gives one after 20 s, also when there is nothing to say.
const ASKING: Duration = Duration::from_secs(40);

/// How to reach the hub.
#[derive(Clone)]
pub struct HttpTransport {
    client: Result<Client, String>,
    hub: String,
    signer: Arc<Signer>,
}

impl HttpTransport {
    /// From settings; `hub` is the hub's address without a slash at its end.
    #[must_use]
    pub fn new(config: &Config, signer: Signer, hub: &str) -> Self {
        Self { client: http::client(config), hub: hub.to_owned(), signer: Arc::new(signer) }
    }

    /// Sends a signed request; once more with the hub's time when our clock is off.
    async fn ask(&self, method: Method, path: &str, body: Option<Vec<u8>>, wait: Duration) -> Result<Response, String> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        for last in [false, true] {
            let mut request = client.request(method.clone(), format!("{}{path}", self.hub)).timeout(wait);
            request = request.header(AUTHORIZATION, self.signer.sign(method.as_str(), path));
            if let Some(body) = &body {
                request = request.body(body.clone());
            }
            let answer = request.send().await.map_err(|error| http::words(&error))?;
            let status = answer.status();
            if status.is_success() {
                return Ok(answer);
            }
            let text = answer.text().await.unwrap_or_default();
            if last || status != StatusCode::UNAUTHORIZED || !self.signer.learn(&text) {
                return Err(format!("{status}: {}", http::problem(&text)));
            }
        }
        Err("the hub does not accept our time".into())
    }

    async fn dial(self) -> Result<Connection, String> {
        let session: u64 = rand::random();
        self.ask(Method::GET, &format!("/edge/v1/down?session={session}&open=true"), None, POSTING).await?;
        let (up, outgoing) = mpsc::unbounded_channel();
        let (incoming, down) = mpsc::unbounded_channel();
        let ended = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().post(outgoing, ended.clone()));
        tasks.spawn(async move {
            tokio::select! {
                why = self.listen(session, incoming) => tracing::info!(%why, "connection to the hub over HTTP ended"),
                () = ended.cancelled() => {}
            }
        });
        Ok(Connection { up, down, tasks })
    }

    /// One after the other, in order; the first that fails ends the connection.
    async fn post(self, mut outgoing: mpsc::UnboundedReceiver<Outgoing>, ended: CancellationToken) {
        let _ended = ended.drop_guard();
        while let Some(Outgoing { bytes, taken }) = outgoing.recv().await {
            if let Err(why) = self.ask(Method::POST, "/edge/v1/up", Some(bytes), POSTING).await {
                tracing::info!(%why, "a message was not taken over HTTP; the connection begins anew");
                return;
            }
            if let Some(taken) = taken {
                let _ = taken.send(());
            }
        }
    }

    async fn listen(self, session: u64, incoming: mpsc::UnboundedSender<Vec<u8>>) -> String {
        let mut after: u64 = 0;
        loop {
            let answer = self.ask(Method::GET, &format!("/edge/v1/down?session={session}&after={after}"), None, ASKING).await;
            let read = match answer {
                Ok(answer) => read(answer).await,
                Err(why) => Err(why),
            };
            let (through, messages) = match read {
                Ok(read) => read,
                Err(why) => return why,
            };
            after = through;
            for message in messages {
                if incoming.send(message).is_err() {
                    return "nobody listens any more".into();
                }
            }
        }
    }
}

impl Transport for HttpTransport {
    fn connect(&self) -> BoxFuture<'static, Result<Connection, String>> {
        Box::pin(self.clone().dial())
    }
}

async fn read(answer: Response) -> Result<(u64, Vec<Vec<u8>>), String> {
    let through = answer.headers().get("x-qitao-through").and_then(|value| value.to_str().ok()?.parse().ok());
    let through = through.ok_or("what answers is not the hub")?;
    let body = answer.bytes().await.map_err(|error| http::words(&error))?;
    Ok((through, split(&body).ok_or("the hub's answer is cut off")?))
}

/// Messages, each behind its length.
fn split(mut body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut messages = Vec::new();
    while let Some((length, rest)) = body.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= MAX_MESSAGE)?;
        let (message, rest) = rest.split_at_checked(length)?;
        messages.push(message.to_vec());
        body = rest;
    }
    body.is_empty().then_some(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart_and_a_torn_one_is_refused() {
        assert_eq!(split(&[]), Some(vec![]));
        assert_eq!(split(&[0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9]), Some(vec![vec![7], vec![], vec![8, 9]]));
        for torn in [&[0][..], &[0, 0, 0, 1], &[0, 0, 0, 1, 7, 0], &[255, 255, 255, 255, 7]] {
            assert_eq!(split(torn), None);
        }
    }
}
