//! Takes one event to its receiver, once.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use shared::Timestamp;

use super::{schedule::asked_for, signature::sign};
use crate::config::WebhookConfig;

/// A receiver that has not answered by then does not.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer is read so far and dropped, so that the connection can be used again.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A status, and how long the receiver asks to wait.
    Status(u16, Option<Duration>),
    /// Nothing, and why.
    Nothing(String),
}

/// Sends events. Clones share connections.
#[derive(Clone)]
pub(crate) struct Poster {
    http: reqwest::Client,
}

impl Poster {
    pub(crate) fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            // A redirect would carry what was signed for one to another.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("guest-portal/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http })
    }

    /// Posts one event and answers what came back.
    pub(crate) async fn post(&self, endpoint: &WebhookConfig, id: &str, body: &str, now: Timestamp) -> Answer {
        let timestamp_secs = now.as_millis() / 1000;
        let secrets = std::iter::once(&endpoint.secret).chain(&endpoint.previous_secret);
        let request = self
            .http
            .post(endpoint.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp_secs)
            .header("webhook-signature", sign(secrets, id, timestamp_secs, body))
            .body(body.to_owned());
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Answer::Nothing(reason(error)),
        };
        let (status, asked) = (response.status().as_u16(), retry_after(response.headers(), timestamp_secs));
        let mut read = 0;
        while let Ok(Some(piece)) = response.chunk().await {
            read += piece.len();
            if read > MAX_ANSWER_BYTES {
                break;
            }
        }
        Answer::Status(status, asked)
    }
}

fn retry_after(headers: &HeaderMap, now_secs: i64) -> Option<Duration> {
    asked_for(headers.get(RETRY_AFTER)?.to_str().ok()?, now_secs)
}

/// What happened, without saying where: an address may hold what opens it.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".into();
    }
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl std::fmt::Display for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status, _) => write!(formatter, "{status}"),
            Self::Nothing(reason) => write!(formatter, "no answer: {reason}"),
        }
    }
}
