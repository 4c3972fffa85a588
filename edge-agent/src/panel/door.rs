//! Who may come to the panel at all: this machine, and over the network devices that are paired.
//!
//! A page of somebody else in a browser on this machine is kept out too: the name that the browser asks for must be ours (otherwise a foreign name could
//! have been pointed at this address), and a change must come from our own page.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use super::pair::page;
use super::pairing::Pairing;
use super::problem::Problem;

/// Cookie and header that hold a paired device's token.
pub(super) const COOKIE: &str = "qitao_device";
const HEADER: HeaderName = HeaderName::from_static("x-qitao-device");
/// What proxies add: whoever they speak for is not this machine.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Both ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    pub(super) peer: SocketAddr,
    local: Option<SocketAddr>,
}

impl Connected<IncomingStream<'_, TcpListener>> for Ends {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self { peer: *stream.remote_addr(), local: stream.io().local_addr().ok() }
    }
}

impl Ends {
    /// Whether the other end is a program on this machine that speaks for itself.
    pub(super) fn is_here(self, headers: &HeaderMap) -> bool {
        let (peer, local) = (self.peer.ip().to_canonical(), self.local.map(|local| local.ip().to_canonical()));
        (peer.is_loopback() || Some(peer) == local) && !PROXIED.iter().any(|name| headers.contains_key(*name))
    }
}

/// What the door needs to know.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) pairing: Arc<Pairing>,
    names: Arc<[String]>,
}

impl Door {
    /// `named`: names of this machine that the settings add to its own.
    pub(super) fn new(pairing: Arc<Pairing>, named: &[String]) -> Self {
        let own = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default().to_lowercase();
        let names = ["localhost".to_owned(), format!("{own}.local"), own].into_iter().chain(named.iter().map(|name| name.to_lowercase()));
        Self { pairing, names: names.filter(|name| !name.is_empty()).collect() }
    }

    /// Whether the request names this machine. An address is always ours: a foreign page can bring its own name here, but never an address.
    fn is_ours(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let header = || headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
        let Some(said) = uri.authority().cloned().or_else(header) else { return false };
        let name = said.host().trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
        name.parse::<IpAddr>().is_ok() || self.names.contains(&name)
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        let cookies = cookies.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == COOKIE).map(|(_, token)| token);
        let header = headers.get(HEADER).and_then(|value| value.to_str().ok());
        header.into_iter().chain(cookies).any(|token| self.pairing.knows(token))
    }
}

/// Middleware: nothing of the panel is reached past it.
pub(super) async fn guard(State(door): State<Door>, ConnectInfo(ends): ConnectInfo<Ends>, request: Request, next: Next) -> Response {
    if !door.is_ours(request.headers(), request.uri()) {
        let detail = "这不是本机的名称；请用本机的地址打开，或在 edge.toml 的 panel.names 中加入这个名称。 \
                      This is not a name of this machine: use its address, or add the name to panel.names in edge.toml.";
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, "host", detail).into_response();
    }
    if is_foreign_change(&request) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "origin",
            "只接受本机操作页面的请求。 Only this panel's own pages may ask for changes.",
        )
        .into_response();
    }
    let path = request.uri().path();
    if ends.is_here(request.headers()) || matches!(path, "/pair" | "/api/pair") || door.knows(request.headers()) {
        return next.run(request).await;
    }
    if *request.method() == Method::GET && !path.starts_with("/api/") {
        return (StatusCode::UNAUTHORIZED, page::ask("", "")).into_response();
    }
    let detail = "这台设备还没有配对：请打开本页首页并输入配对码，配对码见本机页面 /pair 或 edge-agent doctor。 \
                  This device is not paired: open the panel and give the code that /pair on the edge itself, or edge-agent doctor, shows.";
    Problem::new(StatusCode::UNAUTHORIZED, "paired", detail).into_response()
}

/// Refuses changes asked for by other sites' pages: a browser names the page's origin, and it must be ours. Programs without an origin may ask.
fn is_foreign_change(request: &Request) -> bool {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    is_change
        && match (request.headers().contains_key(header::ORIGIN), header(header::ORIGIN), header(header::HOST)) {
            (true, Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, ours)| ours != host),
            (true, ..) => true,
            (false, ..) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ends(peer: &str, local: &str) -> Ends {
        Ends { peer: peer.parse().unwrap(), local: Some(local.parse().unwrap()) }
    }

    #[test]
    fn this_machine_is_known_by_its_address_and_not_through_a_proxy() {
        let none = HeaderMap::new();
        assert!(ends("127.0.0.1:50000", "127.0.0.1:8090").is_here(&none));
        assert!(ends("[::ffff:127.0.0.1]:50000", "[::1]:8090").is_here(&none));
        assert!(ends("192.168.1.5:50000", "192.168.1.5:8090").is_here(&none));
        assert!(!ends("192.168.1.6:50000", "192.168.1.5:8090").is_here(&none));
        let proxied: HeaderMap =
            [(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("127.0.0.1"))].into_iter().collect();
        assert!(!ends("127.0.0.1:50000", "127.0.0.1:8090").is_here(&proxied));
    }

    #[test]
    fn only_addresses_and_names_of_this_machine_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (outbox, _) = crate::outbox::Outbox::open(folder.path(), crate::outbox::OpenOptions::default()).unwrap();
        let door = Door::new(Arc::new(Pairing::new(outbox)), &["Kasse.Shop".into()]);
        let asks = |host: &'static str| {
            let headers: HeaderMap = [(header::HOST, HeaderValue::from_static(host))].into_iter().collect();
            door.is_ours(&headers, &Uri::from_static("/api/state"))
        };
        for ours in ["127.0.0.1:8090", "192.168.1.5", "[::1]:8090", "[fe80::1]", "localhost:8090", "LOCALHOST", "kasse.shop.:1"] {
            assert!(asks(ours), "{ours}");
        }
        for foreign in ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "localhost.evil.example:8090", "", ":8090"] {
            assert!(!asks(foreign), "{foreign}");
        }
        assert!(!door.is_ours(&HeaderMap::new(), &Uri::from_static("/api/state")));
    }
}
