//! The cookies of a request. The judge is a second reader: only a cookie of this site's very name, with 43 characters of base64url,
//! is one of the portal's.

use http::{HeaderMap, HeaderValue, header::COOKIE};
use server::session::may_be_known;
use shared::SiteId;

pub(super) fn target(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut expected = false;
    // One header or several.
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        headers.append(COOKIE, value);
        expected |= line.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == b'\t') && line.split(|byte| *byte == b';').any(is_ours);
    }
    assert_eq!(may_be_known(&headers, &SiteId::new("demo")), expected);
}

fn is_ours(pair: &[u8]) -> bool {
    let pair = std::str::from_utf8(pair).unwrap_or_default().trim();
    let value = pair.strip_prefix("__Host-gp-demo=").or_else(|| pair.strip_prefix("__Host-gpg-demo="));
    value.is_some_and(|value| value.len() == 43 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'))
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let token = "A-b_".repeat(10) + "xyz";
    [
        format!("__Host-gp-demo={token}"),
        format!("__Host-gpg-demo={token}; other=1"),
        format!("a=b; __Host-gp-demo2={token};__Host-gp-demo=short;  __Host-gp-demo={token} "),
        format!("__Host-gp-demo=\"{token}\""),
        format!("x=1\n__Host-gp-demo={token}"),
        format!("__Host-gp-demo = {token}"),
    ]
    .map(String::into_bytes)
    .to_vec()
}
