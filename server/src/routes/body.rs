//! JSON bodies, with a problem for each way one can be wrong.

use std::time::Duration;

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;

use crate::{app::App, error::AppError, json};

/// A body of `application/json`.
pub(super) struct Json<T>(pub(super) T);

/// The largest JSON body that can be valid: a message of 7439 bytes, each written as `\u0000`.
pub(super) const MAX_JSON_BYTES: usize = 64 * 1024;

/// A body that has not come by then will not.
const PATIENCE: Duration = Duration::from_secs(10);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        if !is_of_type(request.headers(), "application/json") {
            return Err(AppError::UnsupportedMediaType);
        }
        let body = bytes_of(request, app).await?;
        // Where it is wrong, not what it says: bodies hold what guests write.
        let place = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Data => "a field is missing or of the wrong type".to_owned(),
            _ => format!("line {}, column {}", error.line(), error.column()),
        };
        json::from_slice(&body).map(Self).map_err(|error| AppError::InvalidJson(place(error)))
    }
}

/// The bytes of a body, all of them.
pub(super) async fn bytes_of(request: Request, app: &App) -> Result<Bytes, AppError> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_JSON_BYTES) {
        return Err(AppError::BodyTooLarge);
    }
    let body = tokio::select! {
        body = to_bytes(request.into_body(), MAX_JSON_BYTES) => body,
        () = app.clock.sleep(PATIENCE) => return Err(AppError::InvalidJson("it took too long to arrive".into())),
    };
    body.map_err(|error| {
        let is_too_large = std::error::Error::source(&error).is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if is_too_large { AppError::BodyTooLarge } else { AppError::InvalidJson("it ended too early".into()) }
    })
}

/// Whether a request's body is declared to be of this media type.
pub(crate) fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
}
