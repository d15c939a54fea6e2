//! The body of a switch: an object in JSON, and nothing else.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Wrong;
use crate::app::App;

const MAX_BYTES: usize = 1024 * 1024;

/// What is to be so. The types alone would take a list for an object.
pub(super) struct Order<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Order<T> {
    type Rejection = Wrong;

    async fn from_request(request: Request, _: &App) -> Result<Self, Wrong> {
        let wrong = |status, problem: String| Wrong(status, problem);
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.to_ascii_lowercase().starts_with("application/json") {
            return Err(wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON, with Content-Type: application/json".to_owned()));
        }
        let bytes = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|error| wrong(StatusCode::BAD_REQUEST, error.to_string()))?;
        let object: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|error| wrong(StatusCode::BAD_REQUEST, format!("send an object in JSON: {error}")))?;
        let order = serde_json::from_value(Value::Object(object));
        order.map(Self).map_err(|error| wrong(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
    }
}
