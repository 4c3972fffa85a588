//! Network addresses as limits and proxies see them: what counts as one machine, and which proxies may say whom they speak for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;

use crate::http::problem::Problem;
use crate::state::App;

/// Most proxies in a row that are followed.
const HOPS: usize = 16;

/// What limits count as one machine: an IPv4 address, or the 64-bit network of an IPv6 address, of which one machine may use any address.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// A network, or a single address, from text.
///
/// # Errors
/// When it is neither; in words.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let found = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    found.ok_or_else(|| format!("{text:?} is neither an address nor a network such as 10.0.0.0/8"))
}

/// Who sends a request: the other end of the connection, or, when that is a trusted proxy, the last one in the proxies' chain that is not.
///
/// Whoever speaks to a proxy can write any names in front of the chain, so it is read from its end, and only as far as trusted proxies vouch for it.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let trusts = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    if !trusts(client) {
        return client;
    }
    for named in chain(headers).into_iter().rev().take(HOPS) {
        // Something unreadable ("unknown", a hidden name): the proxy itself is all that is known.
        let Some(named) = named else { break };
        client = named;
        if !trusts(client) {
            break;
        }
    }
    client
}

/// The addresses that proxies put down, the nearest last. `Forwarded` (RFC 7239) wins over `X-Forwarded-For`: mixing two chains would join what never was one.
fn chain(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|part| part.trim().to_owned()).collect()
    };
    let forwarded = lines(header::FORWARDED.as_str());
    if forwarded.is_empty() {
        return lines("x-forwarded-for").iter().map(|text| named(text)).collect();
    }
    let given = |element: &String| {
        let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).and_then(|(_, value)| named(value))
    };
    forwarded.iter().map(given).collect()
}

/// An address as proxies write it: plain, in quotes, in brackets, with or without a port.
fn named(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    bare.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).map(|address| address.to_canonical())
}

/// The address that a request comes from, behind whatever proxies are trusted.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

impl FromRequestParts<App> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.ok_or_else(|| Problem::internal(&"a request without an address"))?;
        Ok(Self(client(peer, &parts.headers, &app.config.trusted_proxies)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn nobody_is_believed_who_is_not_a_trusted_proxy() {
        let said = headers(&[("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")]);
        assert_eq!(client(ip("9.9.9.9"), &said, &[]), ip("9.9.9.9"));
        assert_eq!(client(ip("9.9.9.9"), &said, &[network("10.0.0.0/8").unwrap()]), ip("9.9.9.9"));
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_its_own_neighbour_only() {
        let trusted = [network("10.0.0.0/8").unwrap(), network("::1").unwrap()];
        // The client made up the first; the proxies put down the other two.
        let said = headers(&[("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-for", "10.0.0.7")]);
        assert_eq!(client(ip("10.0.0.1"), &said, &trusted), ip("1.2.3.4"));
        let said =
            headers(&[("forwarded", "for=6.6.6.6, for=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1"), ("x-forwarded-for", "5.5.5.5")]);
        assert_eq!(client(ip("::1"), &said, &trusted), ip("2001:db8::7"));
        assert_eq!(client(ip("::ffff:10.0.0.1"), &headers(&[("x-forwarded-for", "1.2.3.4:99")]), &trusted), ip("1.2.3.4"));
    }

    #[test]
    fn what_a_proxy_hides_or_leaves_out_leaves_the_proxy() {
        let trusted = [network("10.0.0.1").unwrap()];
        for said in [headers(&[]), headers(&[("forwarded", "for=_hidden")]), headers(&[("x-forwarded-for", "1.2.3.4, unknown")])] {
            assert_eq!(client(ip("10.0.0.1"), &said, &trusted), ip("10.0.0.1"), "{said:?}");
        }
        assert!(network("10.0.0.0/40").is_err() && network("proxy").is_err());
    }

    #[test]
    fn addresses_that_one_machine_can_choose_among_are_one() {
        assert_eq!(neighbourhood(ip("2001:db8::1")), neighbourhood(ip("2001:db8::ffff:1")));
        assert_ne!(neighbourhood(ip("2001:db8:0:1::1")), neighbourhood(ip("2001:db8::1")));
        assert_eq!(neighbourhood(ip("::ffff:1.2.3.4")), ip("1.2.3.4"));
    }
}
