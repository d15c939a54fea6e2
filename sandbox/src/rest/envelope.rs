//! What surrounds every request: tracking id, date, CORS, the body of errors, faults, and the journal.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use uuid::Uuid;

use super::answer::{ApiError, JSON, error_body};
use super::caller::token_in;
use super::cors;
use crate::app::App;
use crate::cloud::Cloud;
use crate::faults::FaultEffect;
use crate::journal::{CredentialKind, JournalEntry};
use crate::limits::TooMany;
use crate::mercury;
use crate::moment::Moment;
use crate::state::World;

/// What is kept of a request whose effect comes later. No body is longer.
const MAX_BYTES: usize = 200 * 1024 * 1024;
/// In how many pieces a slow body comes.
const PIECES: usize = 10;
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
    let is_mercury = mercury::serves(cloud.within(uri.path()));
    let is_api = is_rest || is_broker || is_mercury;
    let (credential, person_id) = whose(app.world_of(cloud), request.headers());
    let mut entry = JournalEntry {
        arrived_at: app.world.clock_now(),
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        credential,
        person_id,
        status: None,
        asked_as: request.headers().get(TRACKING_ID).and_then(|value| value.to_str().ok()).map(str::to_owned),
        tracking_id: tracking_id(is_broker),
        is_fault: false,
    };
    if (is_rest || is_mercury) && method == Method::OPTIONS {
        let mut response = finish(StatusCode::OK.into_response(), &entry.tracking_id, app.world.now());
        cors::allow_everything(response.headers_mut());
        cors::expose(response.headers_mut());
        return response;
    }
    let response = match counted(&app, is_api, request.headers()) {
        Err(too_many) => ApiError::from(too_many).into_response(),
        Ok(()) => {
            let effect = if is_api { app.faults.take(&entry.method, &entry.path) } else { None };
            entry.is_fault = effect.is_some();
            faced_with(effect, &app, request, next).await
        }
    };
    let is_dropped = response.extensions().get::<Dropped>().is_some();
    let mut response = finish(response, &entry.tracking_id, app.world.now());
    if is_rest || is_mercury {
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

/// Whatever the token is good for.
fn counted(app: &App, is_api: bool, headers: &HeaderMap) -> Result<(), TooMany> {
    let token = headers.get(AUTHORIZATION).filter(|_| is_api).and_then(token_in);
    token.map_or(Ok(()), |token| app.limits.count_token(token, app.world.now()))
}

/// What becomes of a request that meets a fault.
async fn faced_with(effect: Option<FaultEffect>, app: &App, request: Request, next: Next) -> Response {
    let Some(effect) = effect else { return next.run(request).await };
    match effect {
        FaultEffect::Answer { status, retry_after_secs } => {
            // An answer in the middle of an upload may be lost with its connection; this one is meant to arrive.
            let mut body = request.into_body().into_data_stream();
            while let Some(Ok(_)) = body.next().await {}
            faulty_answer(status, retry_after_secs)
        }
        // The last two never meet a client.
        FaultEffect::DropBefore | FaultEffect::Twice | FaultEffect::Forged => dropped(),
        FaultEffect::DropAfter => {
            next.run(request).await;
            dropped()
        }
        FaultEffect::DoneLate { ms } => {
            let (parts, body) = request.into_parts();
            let Ok(bytes) = to_bytes(body, MAX_BYTES).await else { return dropped() };
            let (world, request) = (app.world.clone(), Request::from_parts(parts, Body::from(bytes)));
            app.spawn(async move {
                world.wait(Duration::from_millis(ms)).await;
                next.run(request).await;
            });
            dropped()
        }
        FaultEffect::Slow { ms } => {
            app.world.wait(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        FaultEffect::SlowBody { ms } => slowed(next.run(request).await, &app.world, ms).await,
        FaultEffect::DropMidway => cut_off(next.run(request).await).await,
        damage @ (FaultEffect::EmptyBody
        | FaultEffect::EmptyList
        | FaultEffect::NotJson
        | FaultEffect::Truncated
        | FaultEffect::EmptyGuests) => damaged(next.run(request).await, &damage).await,
    }
}

/// The same body, piece by piece.
async fn slowed(response: Response, world: &Arc<World>, ms: u64) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let pieces: Vec<Bytes> = bytes.chunks(bytes.len().div_ceil(PIECES).max(1)).map(Bytes::copy_from_slice).collect();
    let pause = Duration::from_millis(ms) / u32::try_from(pieces.len()).unwrap_or(1).max(1);
    let world = world.clone();
    let stream = stream::iter(pieces).then(move |piece| {
        let world = world.clone();
        async move {
            world.wait(pause).await;
            Ok::<_, io::Error>(piece)
        }
    });
    Response::from_parts(parts, Body::from_stream(stream))
}

/// Half of the body, and then nothing more: the length that was promised is never reached.
async fn cut_off(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let end = async {
        // The half goes out before the end comes.
        tokio::task::yield_now().await;
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut off on purpose"))
    };
    Response::from_parts(parts, Body::from_stream(stream::iter([Ok(half)]).chain(stream::once(end))))
}

/// Whose token came along.
fn whose(world: &World, headers: &HeaderMap) -> (CredentialKind, Option<String>) {
    let Some(value) = headers.get(AUTHORIZATION) else { return (CredentialKind::None, None) };
    let owner = token_in(value).and_then(|token| world.read(|organisation| organisation.owner(token)));
    owner.map_or((CredentialKind::Unknown, None), |(owner, kind)| (kind.into(), Some(owner.public())))
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
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let body = match damage {
        FaultEffect::NotJson => {
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html;charset=UTF-8"));
            Body::from("<!doctype html><title>Service</title><p>Something else answered.</p>")
        }
        FaultEffect::Truncated => Body::from(bytes.slice(..bytes.len() / 2)),
        FaultEffect::EmptyGuests => Body::from(without_guests(&bytes)),
        FaultEffect::EmptyList => Body::from(r#"{"items":[]}"#),
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
    let error = ApiError::new(status, message);
    retry_after_secs.map_or(error.clone(), |secs| error.retry_after(secs)).into_response()
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
