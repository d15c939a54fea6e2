//! JSON bodies, with a problem for each way one can be wrong.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::de::DeserializeOwned;

use crate::{app::App, error::AppError};

/// A body of `application/json`.
pub(super) struct Json<T>(pub(super) T);

/// A body that has not come by then will not.
const PATIENCE: Duration = Duration::from_secs(10);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(AppError::UnsupportedMediaType);
        }
        let body = tokio::select! {
            body = Bytes::from_request(request, app) => body,
            () = app.clock.sleep(PATIENCE) => return Err(AppError::InvalidJson("it took too long to arrive".into())),
        };
        let body = body.map_err(|rejection| {
            if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
                AppError::BodyTooLarge
            } else {
                AppError::InvalidJson("it ended too early".into())
            }
        })?;
        // Where it is wrong, not what it says: bodies hold what guests write.
        let place = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Data => "a field is missing or of the wrong type".to_owned(),
            _ => format!("line {}, column {}", error.line(), error.column()),
        };
        serde_json::from_slice(&body).map(Self).map_err(|error| AppError::InvalidJson(place(error)))
    }
}
