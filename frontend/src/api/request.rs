//! One HTTP request, and what became of it.

use shared::{Problem, ProblemKind, path, problem};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestCache, RequestCredentials, RequestInit, Response};

use super::ApiError;
use super::decode::decode;

/// What is asked.
pub struct Request<'a> {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
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
        let (window, init) = web_sys::window().zip(self.init().ok()).ok_or(ApiError::Offline)?;
        let answer = JsFuture::from(window.fetch_with_str_and_init(self.path, &init)).await.map_err(|_| ApiError::Offline)?;
        let response: Response = answer.dyn_into().map_err(|_| ApiError::Unreadable)?;
        if response.ok() { Ok(response) } else { Err(refusal(&response).await) }
    }

    fn init(&self) -> Result<RequestInit, JsValue> {
        let headers = Headers::new()?;
        headers.set(path::SITE_HEADER, self.site_id)?;
        if self.body.is_some() {
            headers.set("content-type", "application/json")?;
        }
        if let Some(id) = self.last_event_id {
            headers.set("last-event-id", id)?;
        }
        let init = RequestInit::new();
        init.set_method(self.method);
        init.set_headers(&headers);
        init.set_credentials(RequestCredentials::SameOrigin);
        init.set_cache(RequestCache::NoStore);
        if let Some(body) = &self.body {
            init.set_body(&JsValue::from_str(body));
        }
        init.set_signal(self.signal.as_ref());
        Ok(init)
    }
}

/// The body of an answer as text.
pub async fn text(response: &Response) -> Result<String, ApiError> {
    let promise = response.text().map_err(|_| ApiError::Unreadable)?;
    let text = JsFuture::from(promise).await.map_err(|_| ApiError::Offline)?;
    Ok(text.as_string().unwrap_or_default())
}

/// What a refusal says; one without a problem document (a proxy's, say) is judged by its status.
async fn refusal(response: &Response) -> ApiError {
    let is_problem = response.headers().get("content-type").ok().flatten().is_some_and(|kind| kind.starts_with(problem::MEDIA_TYPE));
    let body = if is_problem { text(response).await.unwrap_or_default() } else { String::new() };
    ApiError::Problem(decode(&body).unwrap_or_else(|| Problem {
        kind: ProblemKind::Unknown,
        status: response.status(),
        detail: String::new(),
        request_id: None,
        retry_after_secs: None,
    }))
}
