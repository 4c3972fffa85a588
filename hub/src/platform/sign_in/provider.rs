//! The provider: where its doors are (discovery), its keys, and what it gives for a code. Found at first use and kept for an hour.

use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::SignInError;
use super::secrets::Secret;
use super::settings::{House, safe};
use super::token::{self, Expected, Keys, TokenError};
use crate::platform::clock;
use crate::platform::config::Config;

/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long somebody who signs out waits for it.
const HURRY: Duration = Duration::from_secs(3);
/// How long what it said of itself is believed.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// After a failure it is left alone for so long, so that people who wait do not wait one after another.
const REST: Duration = Duration::from_secs(5);
/// Keys are asked for again, because of one that is not known, only so often.
const KEYS_AGAIN: Duration = Duration::from_secs(30);
/// Longest answer that is read.
const LONGEST: usize = 512 * 1024;

/// What the provider says of itself.
#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the provider's doors are.
struct Doors {
    authorization: Url,
    token: Url,
    keys: Url,
    /// Where people sign out, at a provider that has such a door.
    way_out: Option<Url>,
    /// The secret goes into the body instead of a header.
    secret_in_body: bool,
    names_itself: bool,
}

#[derive(Default)]
struct Known {
    doors: Option<(Arc<Doors>, Instant)>,
    keys: Option<(Arc<Keys>, Instant)>,
    keys_asked_again: Option<Instant>,
    failed: Option<Instant>,
}

/// Who somebody is, as the provider vouches.
#[derive(Debug)]
pub(super) struct Vouched {
    /// The provider's own name for them.
    pub subject: String,
    /// The login that the claim of the settings stands for.
    pub login: Option<String>,
    /// A second factor was given.
    pub second_factor: bool,
}

/// A provider that the settings name.
pub struct Provider {
    pub(super) house: House,
    client: Client,
    known: Mutex<Known>,
}

fn distrusted(why: impl Into<String>) -> SignInError {
    SignInError::Distrusted(why.into())
}

/// What is wrong with a connection is for the log; the reader is told that nobody answers.
fn away(error: &reqwest::Error) -> SignInError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    tracing::warn!(%cause, "the identity provider does not answer");
    SignInError::Away
}

async fn read(mut answer: Response) -> Result<Vec<u8>, SignInError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| away(&error))? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(distrusted("an answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Pairs as a form has them.
fn form(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://form.invalid") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// One text as a form has it.
fn escaped(text: &str) -> String {
    form(&[("", text)]).trim_start_matches('=').to_owned()
}

impl Provider {
    /// The provider that the settings name; nothing when they name none.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let house = match config.sign_in.house(config.outside.public_url.as_deref()) {
            Ok(house) => house?,
            Err(wrong) => {
                tracing::error!(wrong, "nobody can sign in with the identity provider");
                return None;
            }
        };
        let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).user_agent("Qitao-hub").build();
        let client =
            client.inspect_err(|error| tracing::error!(%error, "nobody can sign in with the identity provider: TLS cannot be set up"));
        Some(Self { house, client: client.ok()?, known: Mutex::default() })
    }

    /// Whether passwords are for administrators alone.
    #[must_use]
    pub fn is_only(&self) -> bool {
        self.house.only
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, SignInError> {
        let answer = self.client.get(url).header(header::ACCEPT, "application/json").send().await.map_err(|error| away(&error))?;
        match answer.status() {
            StatusCode::OK => read(answer).await,
            status => {
                tracing::warn!(status = status.as_u16(), "the identity provider does not tell about itself");
                Err(SignInError::Away)
            }
        }
    }

    /// Runs what asks the provider about itself, unless that has just failed.
    async fn rested<T>(&self, known: &mut Known, asking: impl Future<Output = Result<T, SignInError>>) -> Result<T, SignInError> {
        if known.failed.is_some_and(|at| at.elapsed() < REST) {
            return Err(SignInError::Away);
        }
        let answered = asking.await;
        known.failed = answered.is_err().then(Instant::now);
        answered
    }

    async fn doors(&self) -> Result<Arc<Doors>, SignInError> {
        let mut known = self.known.lock().await;
        if let Some((doors, at)) = &known.doors
            && at.elapsed() < KEPT
        {
            return Ok(Arc::clone(doors));
        }
        let doors = Arc::new(self.rested(&mut known, self.discover()).await?);
        known.doors = Some((Arc::clone(&doors), Instant::now()));
        Ok(doors)
    }

    async fn discover(&self) -> Result<Doors, SignInError> {
        let address = format!("{}/.well-known/openid-configuration", self.house.issuer.trim_end_matches('/'));
        let address = safe(&address).ok_or_else(|| distrusted("the issuer is no address"))?;
        let document: Document = json(&self.get(address).await?, "what it says of itself")?;
        if document.issuer != self.house.issuer {
            return Err(distrusted(format!("it calls itself {:?}, the settings call it {:?}", document.issuer, self.house.issuer)));
        }
        let door = |address: &str| safe(address).ok_or_else(|| distrusted(format!("its address {address:?} does not begin with https://")));
        let ways = document.token_endpoint_auth_methods_supported;
        let takes = |way: &str| ways.as_ref().is_some_and(|ways| ways.iter().any(|known| known == way));
        Ok(Doors {
            authorization: door(&document.authorization_endpoint)?,
            token: door(&document.token_endpoint)?,
            keys: door(&document.jwks_uri)?,
            // One that is not safe keeps nobody from coming in.
            way_out: document.end_session_endpoint.as_deref().and_then(safe),
            secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }

    /// The keys; `again`: others than those that are kept, as a token names one that is not among them.
    async fn keys(&self, address: &Url, again: bool) -> Result<Arc<Keys>, SignInError> {
        let mut known = self.known.lock().await;
        let asked = known.keys_asked_again.is_some_and(|at| at.elapsed() < KEYS_AGAIN);
        if let Some((keys, at)) = &known.keys
            && at.elapsed() < KEPT
            && (!again || asked)
        {
            return Ok(Arc::clone(keys));
        }
        if again {
            known.keys_asked_again = Some(Instant::now());
        }
        let asking = async { Keys::read(&self.get(address.clone()).await?).ok_or_else(|| distrusted("its keys cannot be read")) };
        let keys = Arc::new(self.rested(&mut known, asking).await?);
        known.keys = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }

    /// Where a browser goes to sign in there.
    pub(super) async fn door(&self, secret: &Secret) -> Result<Url, SignInError> {
        let mut url = self.doors().await?.authorization.clone();
        let scope = if self.house.claim == "phone_number" { "openid profile email phone" } else { "openid profile email" };
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.house.client_id),
            ("redirect_uri", &self.house.callback),
            ("scope", scope),
            ("state", &secret.state()),
            ("nonce", &secret.nonce()),
            ("code_challenge", &secret.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// Where a browser goes to sign out there as well (OpenID Connect RP-Initiated Logout 1.0); nothing when the settings do not want it, the
    /// provider has no such door, or does not answer soon. The hub keeps no ID token that it could show as a hint, so a provider may ask
    /// whether somebody means it.
    pub async fn way_out(&self) -> Option<Url> {
        if !self.house.sign_out {
            return None;
        }
        let doors = tokio::time::timeout(HURRY, self.doors()).await.ok()?.ok()?;
        let mut url = doors.way_out.clone()?;
        url.query_pairs_mut().extend_pairs([("client_id", &self.house.client_id), ("post_logout_redirect_uri", &self.house.home)]);
        Some(url)
    }

    /// Whether an answer is of this provider, where it says whose it is (RFC 9207).
    pub(super) async fn is_own(&self, issuer: Option<&str>) -> Result<(), SignInError> {
        let wanted = Some(self.house.issuer.as_str());
        if issuer == wanted || (issuer.is_none() && !self.doors().await?.names_itself) {
            return Ok(());
        }
        Err(distrusted("the answer is of another provider"))
    }

    /// Who somebody is, for the code that their browser brought.
    pub(super) async fn vouch(&self, code: &str, secret: &Secret) -> Result<Vouched, SignInError> {
        #[derive(Deserialize)]
        struct Given {
            id_token: String,
        }
        let doors = self.doors().await?;
        let answer = self.exchange(&doors, code, secret).send().await.map_err(|error| away(&error))?;
        let status = answer.status();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), "the identity provider failed");
            return Err(SignInError::Away);
        }
        let body = read(answer).await?;
        if status != StatusCode::OK {
            return Err(refused(status, &body));
        }
        let given: Given = json(&body, "what it gives for a code")?;
        let keys = self.keys(&doors.keys, false).await?;
        let claims = match token::open(&given.id_token, &keys) {
            Err(TokenError::UnknownKey) => token::open(&given.id_token, &*self.keys(&doors.keys, true).await?),
            opened => opened,
        };
        let not_believed = |error: TokenError| distrusted(format!("its ID token is not believed: {error}"));
        let (claims, nonce) = (claims.map_err(not_believed)?, secret.nonce());
        let House { issuer, client_id, claim, .. } = &self.house;
        let expected = Expected { issuer, client_id, nonce: &nonce, now_s: clock::now_ms().div_euclid(1000) };
        let subject = token::subject(&claims, &expected).map_err(not_believed)?;
        Ok(Vouched { subject, login: token::login(&claims, claim), second_factor: token::second_factor(&claims) })
    }

    fn exchange(&self, doors: &Doors, code: &str, secret: &Secret) -> RequestBuilder {
        let House { client_id, client_secret, callback, .. } = &self.house;
        let verifier = secret.verifier();
        let mut pairs =
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback), ("code_verifier", verifier.as_str())];
        let mut request = self.client.post(doors.token.clone()).header(header::ACCEPT, "application/json");
        if doors.secret_in_body {
            pairs.extend([("client_id", client_id.as_str()), ("client_secret", client_secret)]);
        } else {
            let pair = format!("{}:{}", escaped(client_id), escaped(client_secret));
            request = request.header(header::AUTHORIZATION, format!("Basic {}", BASE64.encode(pair.as_bytes())));
        }
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form(&pairs))
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, SignInError> {
    // Without the reason: it could repeat a token.
    serde_json::from_slice(bytes).map_err(|_| distrusted(format!("{what} cannot be read")))
}

/// The provider gives nothing for the code.
fn refused(status: StatusCode, body: &[u8]) -> SignInError {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let error = serde_json::from_slice(body).map_or_else(|_| "no reason".to_owned(), |refusal: Refusal| refusal.error);
    let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
    distrusted(format!("it gives nothing for the code: {} {error}", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_as_forms_have_them() {
        assert_eq!(escaped("a:b c+d&=é"), "a%3Ab+c%2Bd%26%3D%C3%A9");
        assert_eq!(escaped("=x"), "%3Dx");
        assert_eq!(form(&[("a", "1 2"), ("b", "&")]), "a=1+2&b=%26");
    }
}
