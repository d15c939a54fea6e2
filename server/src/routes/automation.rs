//! `/api/v1/…`: what other programs ask for, by a key of their site's. No cookie counts here.

use std::sync::Arc;

use axum::{
    Json as JsonBody,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use shared::VisitId;

use super::body::Json;
use crate::{
    app::App,
    automation::{self, ApiKey, Asked, ForMeetings, ForVisits},
    config::SiteConfig,
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
    create(&app, site, Asked::Links, body, &headers).await
}

/// Arranges a meeting for later: answers the guest's link.
pub(super) async fn create_visit(
    State(app): State<App>,
    ApiKey { site, .. }: ApiKey<ForVisits>,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, AppError> {
    create(&app, site, Asked::Visit, body, &headers).await
}

/// How a visit stands.
pub(super) async fn show_visit(
    State(app): State<App>,
    ApiKey { site, .. }: ApiKey<ForVisits>,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Value>, AppError> {
    let row = app.visits.of_site(&site, &id)?;
    Ok(JsonBody(automation::standing(&app.visits.view(&row)?)))
}

/// Calls a visit off.
pub(super) async fn cancel_visit(
    State(app): State<App>,
    ApiKey { site, .. }: ApiKey<ForVisits>,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Value>, AppError> {
    Ok(JsonBody(automation::standing(&app.visits.call_off(&site, &id).await?)))
}

async fn create(
    app: &App,
    site: Arc<SiteConfig>,
    asked: Asked,
    body: Map<String, Value>,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let made = app.meetings.create(app, site, asked, body, idempotency_key(headers)?).await?;
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
