//! The ids by which Webex's support and the portal's log speak of the same call.

use http::HeaderMap;

/// In a request: because of what it is made. In an answer: Webex's own name for it.
pub(crate) const TRACKING_ID: &str = "trackingid";
/// Webex's are a word and a UUID.
const MAX_LENGTH: usize = 80;

/// What an answer's head says.
pub(crate) fn of_answer(headers: &HeaderMap) -> String {
    headers.get(TRACKING_ID).and_then(|value| value.to_str().ok()).map(in_log).unwrap_or_default()
}

/// What may be printed of one that others say.
pub(crate) fn in_log(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(MAX_LENGTH).collect()
}
