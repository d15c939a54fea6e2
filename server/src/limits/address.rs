//! Where a request comes from: from the connection, or from what a proxy of the operator's says of it.
//!
//! `X-Forwarded-For` is a list that each proxy adds to at the end. Whoever asks can begin it with anything, so it is read from its
//! end: what the operator's own proxies added, and then the first address that is none of theirs.

use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Where a proxy says whom a request comes from.
pub(super) const FORWARDED_FOR: &str = "x-forwarded-for";
/// What one household or office is given of the newer kind of address.
const IPV6_PREFIX: u8 = 64;

/// The other end of a connection; the listener puts it beside each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whom a limit counts as one: an IPv4 address, or the network of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Of one end of a connection.
    pub(crate) fn new(address: IpAddr) -> Self {
        let address = address.to_canonical();
        match address {
            IpAddr::V4(_) => Self(address),
            IpAddr::V6(_) => Self(IpNet::new(address, IPV6_PREFIX).map_or(address, |network| network.network())),
        }
    }

    /// What is known when nobody says where a request comes from.
    pub(crate) const fn unknown() -> Self {
        Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The proxies whose word counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Reads addresses and networks such as `127.0.0.1` and `10.0.0.0/8`.
    ///
    /// # Errors
    ///
    /// The one that is neither.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let network = |text: &String| {
            let address = IpAddr::from_str(text).map(IpNet::from);
            address.or_else(|_| IpNet::from_str(text)).map_err(|_| text.clone())
        };
        Ok(Self { networks: texts.iter().map(network).collect::<Result<_, _>>()? })
    }

    /// Whether this is one of them.
    pub fn includes(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Whom a request comes from.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> ClientAddress {
        let mut nearest = peer.ip();
        let lines = headers.get_all(FORWARDED_FOR).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let said: Vec<Cow<'_, str>> = lines.collect();
        let mut said = said.iter().rev().flat_map(|line| line.rsplit(','));
        while self.includes(nearest) {
            // What cannot be read was not written by a proxy: all that is known is who passed it on.
            let Some(before) = said.next().and_then(|text| address(text.trim())) else { break };
            nearest = before;
        }
        ClientAddress::new(nearest)
    }
}

/// An address, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, said: &[&str]) -> String {
        let trusted: Vec<String> = trusted.iter().map(|&text| text.to_owned()).collect();
        let mut headers = HeaderMap::new();
        for line in said {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        TrustedProxies::parse(&trusted).unwrap().client(SocketAddr::new(peer.parse().unwrap(), 1), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_added_itself() {
        let proxy: &[&str] = &["127.0.0.1", "10.0.0.0/8", "::1"];
        for (trusted, peer, said, found) in [
            // Whoever comes by themselves may say anything.
            (proxy, "192.0.2.7", &["198.51.100.1"][..], "192.0.2.7"),
            (&[], "127.0.0.1", &["198.51.100.1"], "127.0.0.1"),
            // A proxy passes on what it was told, and adds whom it saw.
            (proxy, "127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            (proxy, "127.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (proxy, "127.0.0.1", &["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
            // Two of them.
            (proxy, "127.0.0.1", &["203.0.113.9, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            (proxy, "::1", &["203.0.113.9,198.51.100.1 , ::ffff:10.1.2.3"], "198.51.100.1"),
            // All of them the operator's own: the farthest.
            (proxy, "127.0.0.1", &["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            // Nonsense, or nothing.
            (proxy, "127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1"),
            (proxy, "127.0.0.1", &["198.51.100.1, , 10.1.2.3"], "10.1.2.3"),
            (proxy, "127.0.0.1", &[], "127.0.0.1"),
            (proxy, "127.0.0.1", &["\u{fc}"], "127.0.0.1"),
            (proxy, "127.0.0.1", &["\u{fc}, 198.51.100.1"], "198.51.100.1"),
            // With ports.
            (proxy, "127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            (proxy, "127.0.0.1", &["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::"),
            (proxy, "127.0.0.1", &["[2001:db8:1:2:3::4]"], "2001:db8:1:2::"),
            (proxy, "::ffff:127.0.0.1", &["2001:db8:1:2:ffff::"], "2001:db8:1:2::"),
        ] {
            assert_eq!(client(trusted, peer, said), found, "{peer} {said:?}");
        }
    }

    #[test]
    fn what_is_neither_address_nor_network_is_named() {
        assert_eq!(TrustedProxies::parse(&["127.0.0.1".into(), "proxy.example".into()]).unwrap_err(), "proxy.example");
        assert!(TrustedProxies::parse(&["10.0.0.0/33".into()]).is_err());
    }
}
