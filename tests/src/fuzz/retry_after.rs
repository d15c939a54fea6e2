//! How long Webex asks to be left alone. The judge counts by hand: whole seconds, from 1 to 900.

use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
use server::webex::retry_after;

pub(super) fn target(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, value);
    let wait = retry_after(&headers);
    // A header beyond ASCII says nothing.
    let digits = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).unwrap_or_default().trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    match wait {
        Some(wait) => {
            assert!(is_number, "{digits:?} is no number");
            let expected = if significant.len() > 3 { 900 } else { significant.parse().unwrap_or(0).clamp(1, 900) };
            assert_eq!((wait.as_secs(), wait.subsec_nanos()), (expected, 0), "{digits:?}");
        }
        None => assert!(!is_number, "{digits:?} is a number"),
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "4",
        "0",
        "86400",
        " 30 ",
        "-3",
        "soon",
        "+5",
        "1.5",
        "00000000000000000000007",
        "99999999999999999999",
        "Wed, 21 Oct 2026 07:28:00 GMT",
    ])
}
