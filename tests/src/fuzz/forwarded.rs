//! Whom a request comes from, behind proxies. The judge puts what a proxy adds behind whatever the sender wrote: that alone may count.

use http::{HeaderMap, HeaderValue};
use server::limits::TrustedProxies;

const FORWARDED_FOR: &str = "x-forwarded-for";

pub(super) fn target(bytes: &[u8]) {
    let Ok(said) = HeaderValue::from_bytes(bytes) else { return };
    let trusted = TrustedProxies::parse(&["127.0.0.1".into(), "10.0.0.0/8".into()]).expect("networks");
    let client = |peer: &str, values: &[&HeaderValue]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED_FOR, (*value).clone());
        }
        trusted.client(peer.parse().expect("an address"), &headers).to_string()
    };
    assert_eq!(client("203.0.113.9:1", &[&said]), "203.0.113.9", "whoever comes by themselves may say anything");
    let added = |text: &str| HeaderValue::from_bytes(&[bytes, b", ", text.as_bytes()].concat()).expect("a header");
    assert_eq!(client("127.0.0.1:1", &[&added("198.51.100.7")]), "198.51.100.7");
    assert_eq!(client("127.0.0.1:1", &[&added("198.51.100.7, 10.1.2.3")]), "198.51.100.7");
    assert_eq!(client("10.1.2.3:1", &[&said, &HeaderValue::from_static("2001:db8:1:2:3::4")]), "2001:db8:1:2::");
    // What it says alone is one of the addresses in it, or the proxy.
    let found = client("127.0.0.1:1", &[&said]);
    assert!(found.parse::<std::net::IpAddr>().is_ok(), "{found}");
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "198.51.100.1",
        "203.0.113.9, 198.51.100.1",
        "[2001:db8::1]:443",
        "unknown",
        "_hidden",
        "127.0.0.1, 127.0.0.1",
        ",,,",
        "1.2.3.4:5",
    ])
}
