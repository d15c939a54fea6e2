//! `/api/v1/…`: what other programs ask for, by a key of their site's. No cookie counts here.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::body::Json;
use crate::{
    app::App,
    automation::{ApiKey, ForMeetings},
    error::AppError,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const MAX_KEY_CHARS: usize = 255;

/// Makes a meeting's links.
pub(super) async fn create_meeting(
    State(app): State<App>,
    ApiKey { site, .. }: ApiKey<ForMeetings>,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, AppError> {
    let made = app.meetings.create(&app, site, body, idempotency_key(&headers)?).await?;
    let about = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (StatusCode::CREATED, about, made.body.expose_secret().to_owned()).into_response();
    if made.is_replayed {
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let is_good = (1..=MAX_KEY_CHARS).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic) && keys.next().is_none();
    match key.to_str() {
        Ok(key) if is_good => Ok(Some(key.to_owned())),
        _ => Err(AppError::InvalidField("Idempotency-Key".into(), "must be one text of 1 to 255 visible ASCII characters".into())),
    }
}
