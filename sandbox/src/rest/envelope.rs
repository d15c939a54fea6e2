//! What surrounds every request: tracking id, date, CORS, the body of errors, faults, and the journal.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use uuid::Uuid;

use super::answer::{ApiError, JSON, error_body};
use super::caller::token_in;
use super::cors;
use crate::app::App;
use crate::cloud::Cloud;
use crate::faults::FaultEffect;
use crate::journal::{CredentialKind, JournalEntry};
use crate::moment::Moment;
use crate::state::World;

const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");

/// Found on an answer that must not reach the client: the listener ends the connection instead.
#[derive(Clone, Copy)]
pub(crate) struct Dropped;

/// The outermost layer.
pub(crate) async fn envelope(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let cloud = Cloud::of_path(uri.path());
    let is_rest = cloud.within(uri.path()).starts_with("/v1/");
    let is_broker = cloud.within(uri.path()).starts_with("/api/");
    let is_api = is_rest || is_broker;
    let mut entry = JournalEntry {
        arrived_at: app.world.clock_now(),
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        credential: credential_kind(app.world_of(cloud), request.headers()),
        status: None,
        tracking_id: tracking_id(is_broker),
        is_fault: false,
    };
    if is_rest && method == Method::OPTIONS {
        let mut response = finish(StatusCode::OK.into_response(), &entry.tracking_id, app.world.now());
        cors::allow_everything(response.headers_mut());
        cors::expose(response.headers_mut());
        return response;
    }
    let effect = if is_api { app.faults.take(&entry.method, &entry.path) } else { None };
    entry.is_fault = effect.is_some();
    let response = match effect {
        None => next.run(request).await,
        Some(FaultEffect::Answer { status, retry_after_secs }) => faulty_answer(status, retry_after_secs),
        Some(FaultEffect::DropBefore) => dropped(),
        Some(FaultEffect::DropAfter) => {
            next.run(request).await;
            dropped()
        }
        Some(FaultEffect::Slow { ms }) => {
            app.world.wait(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(damage @ (FaultEffect::EmptyBody | FaultEffect::NotJson | FaultEffect::Truncated | FaultEffect::EmptyGuests)) => {
            damaged(next.run(request).await, &damage).await
        }
    };
    let is_dropped = response.extensions().get::<Dropped>().is_some();
    let mut response = finish(response, &entry.tracking_id, app.world.now());
    if is_rest {
        cors::expose(response.headers_mut());
    }
    if is_broker {
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    if is_api {
        entry.status = (!is_dropped).then(|| response.status().as_u16());
        app.journal.note(entry);
    }
    response
}

fn credential_kind(world: &World, headers: &HeaderMap) -> CredentialKind {
    match headers.get(AUTHORIZATION) {
        None => CredentialKind::None,
        Some(value) => {
            let kind = token_in(value).and_then(|token| world.read(|organisation| organisation.owner_kind(token)));
            kind.map_or(CredentialKind::Unknown, CredentialKind::from)
        }
    }
}

/// The broker's are older and in capitals.
fn tracking_id(is_broker: bool) -> String {
    let id = Uuid::new_v4();
    if is_broker { format!("ROUTER_{}", id.to_string().to_uppercase()) } else { format!("ROUTERGW_{id}") }
}

/// A good answer, spoilt on its way.
async fn damaged(response: Response, damage: &FaultEffect) -> Response {
    let (mut parts, body) = response.into_parts();
    if !parts.status.is_success() {
        return Response::from_parts(parts, body);
    }
    parts.headers.remove(CONTENT_LENGTH);
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = match damage {
        FaultEffect::NotJson => {
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html;charset=UTF-8"));
            Body::from("<!doctype html><title>Service</title><p>Something else answered.</p>")
        }
        FaultEffect::Truncated => Body::from(bytes.slice(..bytes.len() / 2)),
        FaultEffect::EmptyGuests => Body::from(without_guests(&bytes)),
        _ => Body::empty(),
    };
    Response::from_parts(parts, body)
}

fn without_guests(bytes: &[u8]) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if let Some(guest) = answer.get_mut("guest") {
        *guest = Value::Array(Vec::new());
    }
    answer.to_string().into_bytes()
}

fn dropped() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(Dropped);
    response
}

fn faulty_answer(status: u16, retry_after_secs: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = status.canonical_reason().unwrap_or("Something went wrong, on purpose.");
    let mut response = ApiError::new(status, message).into_response();
    if let Some(secs) = retry_after_secs {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

fn finish(mut response: Response, tracking_id: &str, now: Moment) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        *response.body_mut() = Body::from(error_body(&error.message, tracking_id));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(tracking_id) {
        headers.insert(TRACKING_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&now.to_http_date()) {
        headers.insert(DATE, value);
    }
    response
}
