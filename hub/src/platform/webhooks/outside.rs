//! The hub's way out over HTTP to addresses that people enter: webhooks and group bots.
//!
//! Nobody may make the hub speak to its own network. Names are resolved here, and only public addresses are given to the connection, so
//! what was checked is what is connected to; redirects are not followed; a proxy of the environment is not used. A setting allows private
//! addresses and plain HTTP for those who need them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Bytes of an answer that are looked at.
const ANSWER: usize = 4_096;

/// Why nothing was answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// Enter another address: the hub does not speak to this one.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Try again later.
    #[error("{0}")]
    Unreachable(String),
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Retry-After` in seconds.
    pub retry_after_s: Option<i64>,
    /// The beginning of the body.
    pub body: String,
}

/// Whether an address is reachable for everybody, and so not somebody's own network.
#[must_use]
pub fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let own = address.is_private() || address.is_loopback() || address.is_link_local() || (a == 100 && (64..128).contains(&b));
    let special = a == 0 || a >= 224 || (a == 192 && b == 0 && (c == 0 || c == 2)) || (a == 192 && b == 88 && c == 99);
    let trials = (a == 198 && (b == 18 || b == 19 || (b == 51 && c == 100))) || (a == 203 && b == 0 && c == 113);
    !(own || special || trials)
}

fn public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let within = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match parts {
        // Written as IPv6, meant as IPv4: mapped, compatible, translated, 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => public_v4(within(high, low)),
        [0x2002, high, low, ..] => public_v4(within(high, low)),
        // Global unicast, without Teredo, trials and documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

struct Guard {
    private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| private || public(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to a private address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The way out.
pub struct Outside {
    client: Option<Client>,
    private: bool,
}

impl Outside {
    /// `private`: private addresses and plain HTTP are allowed.
    #[must_use]
    pub fn new(private: bool) -> Self {
        let client = Client::builder()
            .dns_resolver(Arc::new(Guard { private }))
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .user_agent("Qitao-hub")
            .build();
        if let Err(error) = &client {
            tracing::warn!(%error, "webhooks and bots cannot be reached: TLS cannot be set up");
        }
        Self { client: client.ok(), private }
    }

    /// Reads an address and refuses what the hub does not speak to.
    ///
    /// # Errors
    /// [`OutsideError::Forbidden`] that says why.
    pub fn check(&self, address: &str) -> Result<Url, OutsideError> {
        let url: Url = address.trim().parse().map_err(|_| OutsideError::Forbidden("this is not a web address"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        match url.scheme() {
            "https" => {}
            "http" if self.private => {}
            _ => return Err(OutsideError::Forbidden("the address has to begin with https://")),
        }
        if host.is_empty() || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(OutsideError::Forbidden("the address must have a host, and no user, password or fragment"));
        }
        if !self.private && host.parse::<IpAddr>().is_ok_and(|address| !public(address)) {
            return Err(OutsideError::Forbidden("private addresses are not allowed; the setting private_addresses changes that"));
        }
        Ok(url)
    }

    /// Posts a body. Errors do not name the address: it may hold a secret.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub async fn post(&self, url: Url, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Answer, OutsideError> {
        let url = self.check(url.as_str())?;
        let client = self.client.as_ref().ok_or_else(|| OutsideError::Unreachable("TLS cannot be set up on this machine".into()))?;
        let mut request = client.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let unreachable = |error: reqwest::Error| {
            OutsideError::Unreachable(match () {
                () if error.is_timeout() => "it did not answer in time".to_owned(),
                () if error.is_connect() => format!("no connection: {}", root(&error)),
                () => root(&error),
            })
        };
        let mut response = request.send().await.map_err(unreachable)?;
        let retry_after_s = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let (status, mut bytes) = (response.status().as_u16(), Vec::new());
        while bytes.len() < ANSWER {
            match response.chunk().await.map_err(unreachable)? {
                Some(chunk) => bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER - bytes.len())]),
                None => break,
            }
        }
        Ok(Answer { status, retry_after_s, body: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

/// The deepest cause; the outer ones repeat the address.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    let mut deeper = false;
    while let Some(source) = cause.source() {
        (cause, deeper) = (source, true);
    }
    if deeper { cause.to_string() } else { "the request failed".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ones_own_network_are_not_public_however_they_are_written() {
        let own = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "203.0.113.9",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "fec0::1",
        ];
        for address in own {
            assert!(!public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "114.114.114.114", "2606:4700::1111", "::ffff:1.1.1.1", "2400:3200::1", "2001:4860:4860::8888"] {
            assert!(public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn the_hub_does_not_speak_to_its_own_network() {
        let outside = Outside::new(false);
        let written = [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "http://a.com/",
        ];
        for address in written.into_iter().chain(["https://u:p@a.com/", "ftp://a.com/", "x", "https://169.254.169.254/meta"]) {
            assert!(matches!(outside.check(address), Err(OutsideError::Forbidden(_))), "{address}");
        }
        // A name that leads home is refused when it is resolved, which is when it is connected to.
        let url = outside.check("https://localhost:1/secret-path").unwrap();
        let refused = outside.post(url, &[], Vec::new()).await.unwrap_err().to_string();
        assert!(refused.contains("private address") && !refused.contains("secret-path"), "{refused}");
        assert!(Outside::new(true).check("http://127.0.0.1:8080/hook").is_ok());
    }
}
