//! How answers and errors look. The envelope adds what every answer has.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LINK, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::limits::TooMany;
use crate::state::{Refusal, StoreError};

/// How many requests are allowed, where there were too many.
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// 200 with JSON; never another success.
pub(crate) struct Answer<T> {
    body: T,
    next: Option<HeaderValue>,
}

impl<T: Serialize> Answer<T> {
    pub(crate) fn new(body: T) -> Self {
        Self { body, next: None }
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(super) struct Items<T> {
    items: Vec<T>,
}

impl<T: Serialize> Answer<Items<T>> {
    pub(super) fn page(items: Vec<T>, next: Option<HeaderValue>) -> Self {
        Self { body: Items { items }, next }
    }
}

impl<T: Serialize> Answer<T> {
    pub(super) fn with_next(mut self, next: Option<HeaderValue>) -> Self {
        self.next = next;
        self
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let json = match serde_json::to_vec(&self.body) {
            Ok(json) => json,
            Err(error) => return ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        };
        let mut response = Response::new(Body::from(json));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if let Some(next) = self.next {
            response.headers_mut().insert(LINK, next);
        }
        response
    }
}

/// A refusal on its way out. Its body is written by the envelope, which knows the tracking id.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) message: String,
    retry_after_secs: Option<u64>,
    limit: Option<u32>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after_secs: None, limit: None }
    }

    /// With the header `Retry-After`.
    pub(super) fn retry_after(self, secs: u64) -> Self {
        Self { retry_after_secs: Some(secs), ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request could not be understood by the server due to malformed syntax.")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::Invalid(_) => StatusCode::BAD_REQUEST,
            Refusal::Unauthenticated => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            Refusal::Conflict(_) => StatusCode::CONFLICT,
            Refusal::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, refusal.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<TooMany> for ApiError {
    fn from(TooMany { limit, retry_after_secs }: TooMany) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests: wait as long as Retry-After says.");
        Self { limit: Some(limit), ..error.retry_after(retry_after_secs) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        if let Some(limit) = self.limit {
            response.headers_mut().insert(LIMIT, HeaderValue::from(limit));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    message: &'a str,
    errors: [ErrorDescription<'a>; 1],
    tracking_id: &'a str,
}

#[derive(Serialize)]
struct ErrorDescription<'a> {
    description: &'a str,
}

/// The standard body of an error.
pub(super) fn error_body(message: &str, tracking_id: &str) -> Vec<u8> {
    let body = ErrorBody { message, errors: [ErrorDescription { description: message }], tracking_id };
    serde_json::to_vec(&body).unwrap_or_default()
}
