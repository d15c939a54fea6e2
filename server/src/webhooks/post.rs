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
        let secrets = endpoint.secrets.get();
        let request = self
            .http
            .post(endpoint.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp_secs)
            .header("webhook-signature", sign(secrets.iter(), id, timestamp_secs, body))
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

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::webhooks::{EventKind, SigningSecret};

    /// What comes of a receiver that answers this, over and over if it is not enough.
    async fn post_to(answer: &'static str, more: &'static str) -> Answer {
        post_with(Duration::from_millis(500), answer, more).await
    }

    async fn post_with(patience: Duration, answer: &'static str, more: &'static str) -> Answer {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let endpoint = WebhookConfig {
            name: "default".into(),
            url: format!("http://{}/hook?key=hunter2", listener.local_addr().unwrap()).parse().unwrap(),
            secrets: vec![SigningSecret::parse(&secret).unwrap()].into(),
            events: EventKind::ALL.to_vec(),
            include_links: false,
            include_host_link: false,
            include_text: false,
        };
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"{}") {
                let mut buffer = [0; 4096];
                let count = socket.read(&mut buffer).await.unwrap();
                heard.extend_from_slice(&buffer[..count]);
            }
            // Who is told wrongly when it was sent does not answer.
            assert!(String::from_utf8_lossy(&heard).contains("webhook-timestamp: 1\r\n"));
            let mut answered = socket.write_all(answer.as_bytes()).await;
            while !more.is_empty() && answered.is_ok() {
                answered = socket.write_all(more.as_bytes()).await;
            }
            // Silent, and there.
            std::future::pending::<()>().await;
        });
        let poster = Poster::new(patience).unwrap();
        poster.post(&endpoint, "msg_1", "{}", Timestamp::from_millis(1_000)).await
    }

    #[tokio::test]
    async fn an_answer_is_its_status_and_how_long_it_asks_to_wait() {
        assert_eq!(post_to("HTTP/1.1 204 Taken\r\n\r\n", "").await, Answer::Status(204, None));
        let busy = post_to("HTTP/1.1 503 Busy\r\nretry-after: 70\r\ncontent-length: 0\r\n\r\n", "").await;
        assert_eq!(busy, Answer::Status(503, Some(Duration::from_secs(70))));
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let answer = post_to("HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n", "").await;
        assert_eq!(answer, Answer::Status(307, None));
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_is_read_no_further_than_needed() {
        let posting = post_with(Duration::from_secs(60), "HTTP/1.1 200 Yes\r\n\r\n", "and more and more and more ");
        let answer = tokio::time::timeout(Duration::from_secs(30), posting).await.expect("long before its time is up");
        assert_eq!(answer, Answer::Status(200, None));
    }

    #[tokio::test]
    async fn silence_takes_too_long_and_no_reason_names_the_address() {
        for (answer, more) in [("", ""), ("nonsense\r\n\r\n", "")] {
            let Answer::Nothing(reason) = post_to(answer, more).await else { panic!("no answer") };
            assert!(!reason.is_empty() && !reason.contains("hunter2"), "{reason}");
            assert_eq!(reason == "it took too long", answer.is_empty(), "{reason}");
        }
    }
}
