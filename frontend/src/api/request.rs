//! One HTTP request, and what became of it.

use gloo_net::http::{Method, RequestBuilder, Response};
use shared::{Problem, ProblemKind, path, problem};
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

use super::ApiError;
use super::decode::decode;
use crate::platform::window;

/// What is asked.
pub struct Request<'a> {
    /// What to do.
    pub method: Method,
    /// Where.
    pub path: &'a str,
    /// The site's id.
    pub site_id: &'a str,
    /// A JSON document.
    pub body: Option<String>,
    /// The event a stream goes on from.
    pub last_event_id: Option<&'a str>,
    /// What ends the request early.
    pub signal: Option<AbortSignal>,
}

impl Request<'_> {
    /// Asks, and waits for the head of the answer. A refusal is read to its end.
    pub async fn send(self) -> Result<Response, ApiError> {
        let mut request = RequestBuilder::new(self.path)
            .method(self.method)
            .header(path::SITE_HEADER, self.site_id)
            .header(path::FRAME_HEADER, &frame())
            .credentials(RequestCredentials::SameOrigin)
            .cache(RequestCache::NoStore)
            .abort_signal(self.signal.as_ref());
        if let Some(id) = self.last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = match self.body {
            Some(body) => request.header("content-type", "application/json").body(body),
            None => request.build(),
        };
        let response = request.map_err(|_| ApiError::Offline)?.send().await.map_err(|_| ApiError::Offline)?;
        if response.ok() { Ok(response) } else { Err(refusal(&response).await) }
    }
}

/// Fetches a part of the page itself; the browser may have it already.
pub async fn asset(path: &str, signal: Option<AbortSignal>) -> Result<Response, ApiError> {
    let request = RequestBuilder::new(path).abort_signal(signal.as_ref());
    let response = request.send().await.map_err(|_| ApiError::Offline)?;
    if response.ok() { Ok(response) } else { Err(ApiError::Unreadable) }
}

/// How the page is framed, as the server saw it when it was loaded.
pub fn frame() -> String {
    window::meta("guest-portal-frame").unwrap_or_default()
}

/// The body of an answer as text.
pub async fn text(response: &Response) -> Result<String, ApiError> {
    response.text().await.map_err(|_| ApiError::Offline)
}

async fn refusal(response: &Response) -> ApiError {
    let is_problem = response.headers().get("content-type").is_some_and(|kind| kind.starts_with(problem::MEDIA_TYPE));
    let body = if is_problem { text(response).await.unwrap_or_default() } else { String::new() };
    refused(response.status(), &body)
}

/// What a refusal says; one without a problem document (a proxy's, say) is judged by its status.
pub fn refused(status: u16, body: &str) -> ApiError {
    ApiError::Problem(decode(body).unwrap_or_else(|| Problem {
        kind: ProblemKind::Unknown,
        status,
        detail: String::new(),
        request_id: None,
        retry_after_secs: None,
    }))
}
