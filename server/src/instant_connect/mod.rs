//! Instant Connect: asks Webex's broker for the links of a meeting.
//!
//! The broker makes links and nothing else: there is no list, no cancelling, no news of who came. It is asked once;
//! whoever calls asks again, with the same subject, which leads into the same meeting.

mod encryption;
mod error;
mod link;
mod request;

use std::{error::Error, sync::Arc, time::Duration};

use http_body_util::{BodyExt, LengthLimitError};
use reqwest::header;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing::{Instrument, Span, field};
use url::{Origin, Url};

use crate::{
    telemetry,
    webex::{Upstream, WebexError, client_for, tracking},
};

pub use encryption::{ContentEncryption, Encryption, KeyWrapping, SignatureAlgorithm};
pub use error::BrokerError;
pub use link::{MeetingLink, MeetingLinks, links};
pub use request::{HostLogin, MAX_LINKS, MeetingRequest, RequestProblem, Vertical, is_sip_address};

/// The broker takes some four seconds at its best.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Fifty links are some 60 kB; a larger answer is a fault.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where one cloud's broker is, and where its meetings are. Broker, pages and token belong to one cloud.
#[derive(Clone, Debug)]
pub struct BrokerAccess {
    /// The broker, such as `https://mtg-broker-a.wbx2.com`; may have a path.
    pub base: Url,
    /// Where short links may lead, such as `https://instant.webex.com`.
    pub page_origins: Vec<Origin>,
    /// What long links begin with, at one of `page_origins`; may have a path.
    pub page_base: Url,
}

impl BrokerAccess {
    /// The address of one of the cloud's pages, such as `mediatest`, where people try camera and microphone.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.page_base.as_str().trim_end_matches('/'))
    }
}

/// Asks one broker. Clones share connections.
#[derive(Clone)]
pub struct InstantConnect {
    http: reqwest::Client,
    upstream: Upstream,
    access: Arc<BrokerAccess>,
    endpoint: Url,
}

impl InstantConnect {
    /// For the broker of one cloud, and the way there.
    ///
    /// # Errors
    ///
    /// [`BrokerError::Inside`] if the addresses make no sense, or the machine has no TLS.
    pub fn new(mut access: BrokerAccess, upstream: Upstream) -> Result<Self, BrokerError> {
        as_folder(&mut access.base)?;
        as_folder(&mut access.page_base)?;
        if !access.page_origins.contains(&access.page_base.origin()) {
            return Err(BrokerError::Inside("long links would lead elsewhere than short ones may".into()));
        }
        let inside = |error: &dyn std::fmt::Display| BrokerError::Inside(error.to_string());
        let endpoint = access.base.join("api/v2/joseencrypt").map_err(|error| inside(&error))?;
        let http = client_for(&access.base).timeout(REQUEST_TIMEOUT).build().map_err(|error| inside(&error))?;
        Ok(Self { http, upstream, access: Arc::new(access), endpoint })
    }

    /// Makes the links of a meeting that [`MeetingRequest::check`] has proved; takes seconds for each 25 links. Asked again with the same subject, it makes new links into the same meeting,
    /// and the old ones go on working.
    ///
    /// # Errors
    ///
    /// Every [`BrokerError`]; [`BrokerError::is_passing`] says whether to ask again.
    pub async fn mint(&self, bot_token: &SecretString, request: &MeetingRequest) -> Result<MeetingLinks, BrokerError> {
        let mut all = MeetingLinks { hosts: Vec::new(), guests: Vec::new() };
        for call in request.calls() {
            let span = tracing::info_span!("instant connect", webex.tracking_id = field::Empty);
            let links = self.call(bot_token, &call).instrument(span).await?;
            all.hosts.extend(links.hosts);
            all.guests.extend(links.guests);
        }
        Ok(all)
    }

    async fn call(&self, bot_token: &SecretString, request: &MeetingRequest) -> Result<MeetingLinks, BrokerError> {
        let mut asked = self.http.post(self.endpoint.clone()).bearer_auth(bot_token.expose_secret()).json(&request::Body::of(request));
        if let Some(id) = telemetry::tracking_id() {
            asked = asked.header(tracking::TRACKING_ID, id);
        }
        let response = self.upstream.send(asked, REQUEST_TIMEOUT).await.map_err(network)?;
        let status = response.status();
        let headers = response.headers().clone();
        let tracking_id = tracking::of_answer(&headers);
        Span::current().record("webex.tracking_id", &tracking_id);
        let body = http_body_util::Limited::new(reqwest::Body::from(response), MAX_ANSWER_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes);
        if !status.is_success() {
            // A refusal is judged by its status, whatever its body is.
            let words: ErrorBody = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
            let tracking_id = words.tracking_id.as_deref().map(tracking::in_log).unwrap_or(tracking_id);
            return Err(BrokerError::Status { status: status.as_u16(), tracking_id, retry_after: retry_after(&headers) });
        }
        let body = match body {
            Ok(body) => body,
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(BrokerError::Unreadable { reason: "more than 1 MiB".into(), tracking_id });
            }
            Err(error) => return Err(BrokerError::Network { reason: causes(&*error), is_not_sent: false }),
        };
        link::links(&self.access, request, &body).map_err(|reason| BrokerError::Unreadable { reason, tracking_id })
    }
}

/// What is read of a refusal: its words may say anything, and are left alone.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(rename = "trackingId")]
    tracking_id: Option<String>,
}

/// An address to which a path can be appended.
fn as_folder(url: &mut Url) -> Result<(), BrokerError> {
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "https" | "http") || !is_plain {
        return Err(BrokerError::Inside("an address of instant connect is not a plain http address".into()));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(())
}

fn network(error: WebexError) -> BrokerError {
    match error {
        WebexError::Network { reason, is_not_sent } => BrokerError::Network { reason, is_not_sent },
        // The way there fails in no other way.
        error => BrokerError::Inside(error.to_string()),
    }
}

/// The innermost cause, which says what happened without saying where.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    // However long the broker asks for, look again after a quarter of an hour.
    Some(Duration::from_secs(seconds.clamp(1, 900)))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::{request::tests::request, *};

    const GOOD: &str = r#"{"host":[{"cipher":"a.b.c.d.host","short":"q7LmZ2K"}],"guest":[{"cipher":"a.b.c.d.guest","short":"B0xTe4n"}],"baseUrl":"https://instant.webex.com/visit/"}"#;
    const TOKEN: &str = "canary-token";

    /// Asks a broker that answers this, once; gives what it heard and what came of it.
    async fn ask(status_and_headers: &str, body: &str) -> (String, Result<MeetingLinks, BrokerError>) {
        let answer = format!("HTTP/1.1 {status_and_headers}\r\nconnection: close\r\n\r\n{body}");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let instant_connect = at(&format!("http://{}/gov", listener.local_addr().unwrap()));
        let broker = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut heard = String::new();
            // Webex's last member ends the request.
            while !heard.ends_with("false}") {
                let mut buffer = [0; 4096];
                let count = socket.read(&mut buffer).await.unwrap();
                assert!(count > 0, "{heard}");
                heard.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            }
            // Whoever has heard too much hangs up.
            let _ = socket.write_all(answer.as_bytes()).await;
            let _ = socket.shutdown().await;
            heard
        };
        let (token, request) = (TOKEN.to_owned().into(), request());
        tokio::join!(broker, instant_connect.mint(&token, &request))
    }

    fn at(base: &str) -> InstantConnect {
        let _ = rustls::crypto::ring::default_provider().install_default();
        InstantConnect::new(access(base, "https://instant.webex.com"), Upstream::Network).unwrap()
    }

    fn access(base: &str, page_base: &str) -> BrokerAccess {
        let page = Url::parse("https://instant.webex.com").unwrap();
        BrokerAccess { base: Url::parse(base).unwrap(), page_origins: vec![page.origin()], page_base: Url::parse(page_base).unwrap() }
    }

    #[tokio::test]
    async fn the_broker_is_asked_as_the_bot_and_its_links_come_back() {
        let (heard, links) = ask("200 OK", GOOD).await;
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert!(head.starts_with("post /gov/api/v2/joseencrypt http/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: bearer canary-token"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(head.contains("user-agent: guest-portal/"), "{head}");
        assert_eq!(body, serde_json::to_string(&request::Body::of(&request())).unwrap());
        let links = links.unwrap();
        assert_eq!(links.guests[0].short.as_ref().unwrap().expose_secret(), "https://instant.webex.com/visit/B0xTe4n");
    }

    #[tokio::test]
    async fn a_refusal_is_told_by_its_status_whatever_its_body_is() {
        for body in ["", "<html>canary</html>", r#"{"message":"canary","trackingId":7}"#, "null"] {
            let (_, result) = ask("503 Busy\r\ntrackingid: ROUTER_1F-2\r\nretry-after: 7", body).await;
            let error = result.unwrap_err();
            assert_eq!(error.to_string(), "instant connect answered 503 (tracking id ROUTER_1F-2)");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
        let (_, result) = ask("401 No", r#"{"message":"canary","trackingId":"ROUTER_3 <b>"}"#).await;
        let error = result.unwrap_err();
        assert!(error.is_token_refused());
        assert_eq!(error.to_string(), "instant connect answered 401 (tracking id ROUTER_3b)");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (_, result) = ask("307 Elsewhere\r\nlocation: http://127.0.0.1:9/", "").await;
        assert!(matches!(result, Err(BrokerError::Status { status: 307, .. })));
    }

    #[tokio::test]
    async fn a_success_that_is_none_is_unreadable_and_one_that_breaks_off_is_the_networks() {
        for (head, body) in [("200 OK", String::new()), ("204 Nothing", String::new()), ("200 OK", "canary".into())] {
            let error = ask(head, &body).await.1.unwrap_err();
            assert!(matches!(&error, BrokerError::Unreadable { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        let error = ask("200 OK", &" ".repeat(MAX_ANSWER_BYTES + 1)).await.1.unwrap_err();
        assert!(error.to_string().contains("more than 1 MiB"), "{error}");
        let error = ask("200 OK\r\ncontent-length: 1000", GOOD).await.1.unwrap_err();
        assert!(matches!(&error, BrokerError::Network { is_not_sent: false, .. }), "{error}");
    }

    #[tokio::test]
    async fn nobody_there_is_surely_not_sent_and_the_error_keeps_the_secrets() {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = at(&format!("http://{address}")).mint(&TOKEN.to_owned().into(), &request()).await.unwrap_err();
        assert!(matches!(&error, BrokerError::Network { is_not_sent: true, .. }), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }

    #[test]
    fn a_page_lies_beside_the_meetings() {
        for page_base in ["https://instant.webex.com/gov", "https://instant.webex.com/gov/"] {
            assert_eq!(access("https://broker.example", page_base).page("mediatest"), "https://instant.webex.com/gov/mediatest");
        }
    }

    #[test]
    fn addresses_that_make_no_sense_are_refused_at_the_start() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let new = |base, page_base| InstantConnect::new(access(base, page_base), Upstream::Network).map(|_| ());
        assert!(new("https://broker.example", "https://instant.webex.com/gov").is_ok());
        for (base, page_base) in [
            ("https://broker.example", "https://evil.example"),
            ("https://broker.example", "https://ada@instant.webex.com"),
            ("https://broker.example?x", "https://instant.webex.com"),
            ("ftp://broker.example", "https://instant.webex.com"),
        ] {
            assert!(matches!(new(base, page_base), Err(BrokerError::Inside(_))), "{base} {page_base}");
        }
    }
}
