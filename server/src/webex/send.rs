//! One way to send every request to Webex: time-outs, size limits, who may be asked, what a failure means.

use std::{error::Error, sync::Arc, time::Duration};

use http_body_util::BodyExt;
use reqwest::{Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use shared::Timestamp;
use tokio::sync::watch;
use tracing::Instrument;
use url::Url;

use super::{
    error::WebexError,
    line::{Begun, Errand, Line},
    tracking,
    upstream::{Upstream, client_for},
    wire,
};
use crate::{clock::Clock, telemetry::tracking_id};

/// From the first byte out to the last byte in. Shorter than the time after which an unclear message counts as not there.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A file on its way may take so long per byte: 50 kB a second is a bad line.
const MIN_BYTES_PER_SEC: u64 = 50_000;
/// Any JSON answer is far smaller; a larger one is a fault.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// A download may pause so long between two pieces.
const MAX_SILENCE: Duration = Duration::from_secs(30);
/// No download goes on longer.
const MAX_STREAM: Duration = Duration::from_secs(60 * 60);
/// Webex's words are for the log: this much of them says it.
const MAX_WORDS: usize = 200;

/// A page of a list, and where the next one is.
#[derive(Debug)]
pub struct ListPage<T> {
    /// The items, in Webex's order.
    pub items: Vec<T>,
    /// The address of the next page, on the same host.
    pub next: Option<Url>,
}

/// Asks Webex. Clones share connections.
#[derive(Clone)]
pub struct WebexClient {
    http: reqwest::Client,
    upstream: Upstream,
    base: Arc<Url>,
    line: Line,
}

impl WebexClient {
    /// For a base address such as `https://webexapis.com/v1`, and the way there.
    pub fn new(base: Url, upstream: Upstream, clock: Clock) -> Result<Self, WebexError> {
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let http = client_for(&base).timeout(REQUEST_TIMEOUT).read_timeout(MAX_SILENCE).build().map_err(|error| inside(&error))?;
        let mut base = base;
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self { http, upstream, base: Arc::new(base), line: Line::new(clock) })
    }

    /// Whether Webex answered the last request; changes are heard at once.
    pub fn reachable(&self) -> watch::Receiver<bool> {
        self.line.reachable()
    }

    /// What Webex's clock shows when the portal's shows this.
    pub fn in_webex_time(&self, at: Timestamp) -> Timestamp {
        self.line.in_webex_time(at)
    }

    /// How long ago something happened that Webex dates so.
    pub fn age(&self, at: Timestamp) -> Duration {
        self.line.age(at)
    }

    /// How far Webex's clock is ahead of this machine's, in milliseconds; 0 before its first answer.
    pub fn ahead_millis(&self) -> i64 {
        self.line.ahead_millis()
    }

    /// What Webex is not asked for at the moment, because that failed too often: a word each.
    pub fn resting(&self) -> Vec<&'static str> {
        self.line.resting()
    }

    /// The base address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn request(&self, method: Method, path: &str) -> Result<Request<'_>, WebexError> {
        let url = self.base.join(path).map_err(|error| WebexError::Inside(error.to_string()))?;
        Ok(self.request_url(method, url))
    }

    pub(super) fn request_url(&self, method: Method, url: Url) -> Request<'_> {
        let errand = Errand::of(&method, &url);
        let mut builder = self.http.request(method, url);
        if let Some(id) = tracking_id() {
            builder = builder.header(tracking::TRACKING_ID, id);
        }
        Request { client: self, errand, builder }
    }
}

pub(super) struct Request<'a> {
    client: &'a WebexClient,
    errand: Errand,
    builder: reqwest::RequestBuilder,
}

struct Answer {
    headers: header::HeaderMap,
    tracking_id: String,
    body: Vec<u8>,
}

impl Request<'_> {
    pub(super) fn token(mut self, token: &SecretString) -> Self {
        self.builder = self.builder.bearer_auth(token.expose_secret());
        self
    }

    pub(super) fn header(mut self, name: header::HeaderName, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub(super) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        self.builder = self.builder.query(pairs);
        self
    }

    pub(super) fn json(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    pub(super) fn form(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.form(body);
        self
    }

    /// Sends and reads the JSON of a success.
    pub(super) async fn send<T: DeserializeOwned>(self) -> Result<T, WebexError> {
        let answer = self.answer().await?;
        answer.decode()
    }

    /// Gives a request that carries a file of this size the time for it.
    pub(super) fn with_time_for(mut self, bytes: u64) -> Self {
        self.builder = self.builder.timeout(REQUEST_TIMEOUT + Duration::from_secs(bytes / MIN_BYTES_PER_SEC));
        self
    }

    /// Uses its connection for nothing else afterwards.
    pub(super) fn alone(mut self) -> Self {
        self.builder = self.builder.header(header::CONNECTION, "close");
        self
    }

    pub(super) fn multipart(mut self, form: reqwest::multipart::Form) -> Self {
        self.builder = self.builder.multipart(form);
        self
    }

    /// Sends; the answer of a success has nothing to say.
    pub(super) async fn send_for_nothing(self) -> Result<(), WebexError> {
        self.answer().await.map(|_| ())
    }

    /// Sends and reads only the head of a success.
    pub(super) async fn send_for_headers(self) -> Result<header::HeaderMap, WebexError> {
        self.answer().await.map(|answer| answer.headers)
    }

    /// Sends; the body of a success is read by whoever wants it, and may take as long as its reader does.
    pub(super) async fn send_for_stream(self) -> Result<reqwest::Response, WebexError> {
        let Self { client, errand, builder } = self;
        let begun = client.line.begin(errand)?;
        let head = client.upstream.send(builder.timeout(MAX_STREAM), MAX_STREAM);
        let head = tokio::time::timeout(REQUEST_TIMEOUT, head.instrument(begun.span())).await;
        if let Ok(Ok(response)) = &head {
            client.line.note_head(&begun, response.headers());
        }
        let response = match head {
            Ok(Ok(response)) if response.status().is_success() => Ok(response),
            Ok(Ok(response)) => Err(refusal(response).await),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(WebexError::Network { reason: "it took too long".into(), is_not_sent: false }),
        };
        client.line.ended(begun, response.as_ref());
        response
    }

    /// Sends; the connection is for something else afterwards.
    pub(super) async fn send_for_upgrade(self) -> Result<reqwest::Response, WebexError> {
        let Self { client, errand, builder } = self;
        let begun = client.line.begin(errand)?;
        let response = match client.upstream.send(builder, REQUEST_TIMEOUT).instrument(begun.span()).await {
            Ok(response) if response.status().is_client_error() || response.status().is_server_error() => Err(refusal(response).await),
            other => other,
        };
        client.line.ended(begun, response.as_ref());
        response
    }

    /// Sends and reads one page of a list.
    pub(super) async fn send_list<T: DeserializeOwned>(self) -> Result<ListPage<T>, WebexError> {
        let base = self.client.base.clone();
        let answer = self.answer().await?;
        let next = answer.headers.get_all(header::LINK).iter().find_map(|value| next_link(value.to_str().ok()?));
        // A page on another host would carry the token there.
        let next = next.filter(|next| next.origin() == base.origin());
        let listed = answer.decode::<wire::Items<serde_json::Value>>()?.items;
        let count = listed.len();
        let items: Vec<T> = listed.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        if items.len() < count {
            // One that cannot be read must not hide the others.
            tracing::warn!(left_out = count - items.len(), tracking_id = answer.tracking_id, "webex listed something unreadable");
        }
        Ok(ListPage { items, next })
    }

    async fn answer(self) -> Result<Answer, WebexError> {
        let Self { client, errand, builder } = self;
        let begun = client.line.begin(errand)?;
        let result = exchange(client, &begun, builder).instrument(begun.span()).await;
        client.line.ended(begun, result.as_ref());
        result
    }
}

async fn exchange(client: &WebexClient, begun: &Begun, builder: reqwest::RequestBuilder) -> Result<Answer, WebexError> {
    let response = client.upstream.send(builder, REQUEST_TIMEOUT).await?;
    client.line.note_head(begun, response.headers());
    let status = response.status();
    let headers = response.headers().clone();
    if status.is_success() {
        let body = http_body_util::Limited::new(reqwest::Body::from(response), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| WebexError::Network { reason: causes(&*error), is_not_sent: false })?.to_bytes().to_vec();
        return Ok(Answer { tracking_id: tracking::of_answer(&headers), headers, body });
    }
    Err(refusal(response).await)
}

/// A refusal is judged by its status, whatever its body is.
async fn refusal(response: reqwest::Response) -> WebexError {
    let status = response.status();
    let headers = response.headers().clone();
    let body = http_body_util::Limited::new(reqwest::Body::from(response), MAX_ANSWER_BYTES).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let words: wire::ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
    WebexError::Status {
        status: status.as_u16(),
        message: words.message.unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect(),
        tracking_id: words.tracking_id.map_or_else(|| tracking::of_answer(&headers), |id| tracking::in_log(&id)),
        retry_after: retry_after(&headers),
    }
}

impl Answer {
    fn decode<T: DeserializeOwned>(&self) -> Result<T, WebexError> {
        serde_json::from_slice(&self.body).map_err(|error| WebexError::Decode {
            // serde's words name the place and the type, never the value of a token field.
            reason: format!("line {}, column {}: {:?}", error.line(), error.column(), error.classify()),
            tracking_id: self.tracking_id.clone(),
        })
    }
}

pub(super) fn network(error: &reqwest::Error) -> WebexError {
    WebexError::Network { reason: causes(error), is_not_sent: error.is_connect() || error.is_builder() }
}

/// The chain of causes without the address, whose query is nobody's business.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// How long Webex asks to be left alone; nothing if it does not say so in seconds.
pub fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let digits = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More than a number holds is a long time.
    let seconds = is_number.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))?;
    // However long Webex asks for, look again after a quarter of an hour.
    Some(Duration::from_secs(seconds.clamp(1, 900)))
}

/// The address of `rel="next"` in one `Link` header value.
pub fn next_link(value: &str) -> Option<Url> {
    let mut rest = value;
    while let Some((address, after)) = rest.split_once('<').and_then(|(_, link)| link.split_once('>')) {
        // In an address there may be commas; between the links there is one.
        let (mut parameters, others) = part_at(after, ',');
        while !parameters.is_empty() {
            let (parameter, more) = part_at(parameters, ';');
            if matches!(parameter.trim(), "rel=\"next\"" | "rel=next")
                && let Ok(address) = Url::parse(address)
            {
                return Some(address);
            }
            parameters = more;
        }
        rest = others;
    }
    None
}

/// What is before the first of these characters that is not within quotes, and what is after it.
fn part_at(text: &str, separator: char) -> (&str, &str) {
    let mut is_quoted = false;
    let at = text.char_indices().find(|(_, c)| {
        is_quoted ^= *c == '"';
        !is_quoted && *c == separator
    });
    at.and_then(|(at, _)| Some((text.get(..at)?, text.get(at + separator.len_utf8()..)?))).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_and_other_links_are_not() {
        let next = next_link(r#"<https://webexapis.com/v1/rooms?max=2&cursor=x>; rel="next""#);
        assert_eq!(next.map(String::from).as_deref(), Some("https://webexapis.com/v1/rooms?max=2&cursor=x"));
        assert_eq!(next_link(r#"<https://webexapis.com/v1/rooms>; rel="first""#), None);
        assert_eq!(next_link("nonsense"), None);
        let among =
            r#"<https://a.example/?x=1,2>; rel=prev, <https://a.example/?x=3,4>; title="a, b; c"; rel="next", <https://a.example/>"#;
        assert_eq!(next_link(among).map(String::from).as_deref(), Some("https://a.example/?x=3,4"));
        assert_eq!(next_link(r#"<https://a.example/>; title="; rel=next""#), None);
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_bounded() {
        let wait = |text: &str| {
            let mut headers = header::HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("4"), Some(4));
        assert_eq!(wait("0"), Some(1));
        assert_eq!(wait("86400"), Some(900));
        assert_eq!(wait("99999999999999999999"), Some(900));
        assert_eq!(wait("99999999999999999999s"), None);
        assert_eq!(wait("-3"), None);
        assert_eq!(wait("soon"), None);
    }
}
