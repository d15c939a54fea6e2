//! Where a request comes from, behind proxies. The judge: only what the operator's own proxies added counts, so that nothing that stands
//! before it makes a difference.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{HeaderMap, HeaderValue};
use server::limits::{Rate, TrustedProxies};

const FORWARDED_FOR: &str = "x-forwarded-for";
const SEEN: &str = "198.51.100.77";

pub(super) fn target(bytes: &[u8]) {
    let proxies = TrustedProxies::parse(&["127.0.0.1".into(), "10.0.0.0/8".into(), "::1".into()]).expect("proxies");
    let peer = |address| SocketAddr::new(IpAddr::V4(address), 4711);
    let headers = |lines: &[&[u8]]| {
        let mut headers = HeaderMap::new();
        for value in lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()) {
            headers.append(FORWARDED_FOR, value);
        }
        headers
    };
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let said = headers(&lines);

    // Nobody else is believed.
    for (trusted, address) in [(&TrustedProxies::default(), Ipv4Addr::LOCALHOST), (&proxies, Ipv4Addr::new(192, 0, 2, 7))] {
        assert_eq!(trusted.client(peer(address), &said).to_string(), address.to_string());
    }
    // Whom a proxy saw is who it is, whatever they said of themselves, and however many proxies pass it on.
    for added in [SEEN.to_owned(), format!("{SEEN}, 10.1.2.3"), format!(" {SEEN}:99 ,10.1.2.3,127.0.0.1 ")] {
        let apart = [&lines[..], &[added.as_bytes()]].concat();
        assert_eq!(proxies.client(peer(Ipv4Addr::LOCALHOST), &headers(&apart)).to_string(), SEEN);
        if let Ok(last) = std::str::from_utf8(bytes)
            && !last.contains(|c: char| c.is_control() || !c.is_ascii())
        {
            let together = format!("{last},{added}");
            assert_eq!(proxies.client(peer(Ipv4Addr::LOCALHOST), &headers(&[together.as_bytes()])).to_string(), SEEN, "{together}");
        }
    }
    // Nobody becomes one of the operator's own, but where all of them are.
    let found: IpAddr = proxies.client(peer(Ipv4Addr::LOCALHOST), &said).to_string().parse().expect("an address");
    let text = String::from_utf8_lossy(bytes);
    assert!(
        found == IpAddr::V4(Ipv4Addr::LOCALHOST) || found.is_ipv6() || text.contains(&found.to_string()) || text.contains(':'),
        "{found} of {text:?}"
    );

    if let Some(rate) = Rate::parse(&text) {
        assert_eq!(Rate::parse(&rate.to_string()), Some(rate));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "203.0.113.9, 198.51.100.1",
        "203.0.113.9\n198.51.100.1, 10.1.2.3",
        "[2001:db8:1:2:3::4]:4711, ::ffff:10.1.2.3",
        "unknown, _hidden, \"[::1]\"",
        "10.9.9.9, 10.1.2.3",
        "60/min burst 30",
        "4294967295/s",
    ])
}
