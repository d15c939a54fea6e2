//! What every answer says about itself, and the one log line of every request.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use shared::{Problem, ProblemKind, path};
use tracing::{Instrument, field};

use crate::{
    app::App,
    error::{AppError, problem_response},
    metrics, secrets,
    telemetry::because_of,
};

/// For every answer.
pub(super) async fn for_all(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("origin-agent-cluster"), HeaderValue::from_static("?1"));
    let headers_of_page = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    if !headers_of_page {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"),
        );
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry("cross-origin-resource-policy").or_insert(HeaderValue::from_static("same-origin"));
    response
}

/// For the API.
pub(super) async fn for_api(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("sec-fetch-site, origin, cookie"));
    response
}

/// Gives the request an id, writes it into a refusal, and logs one line: route, status, time; never what was said.
pub(super) async fn identify_and_log(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = app.clock.elapsed();
    let request_id = secrets::random_id().unwrap_or_else(|_| "none".into());
    let method = request.method().clone();
    // The route's pattern: addresses can carry ids, and those that match nothing anything at all.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    // Of the highest level, so that whatever is logged says which request it is about.
    let span = tracing::error_span!(
        "request",
        request.id = request_id,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = field::Empty,
        message.id = field::Empty,
    );
    let mut response = because_of(&request_id, next.run(request)).instrument(span.clone()).await;
    if response.extensions().get::<Problem>().is_none() {
        // What is refused before a handler is asked is told in the same form.
        let refused = match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Some(AppError::BodyTooLarge),
            StatusCode::BAD_REQUEST => Some(AppError::InvalidParameter("in the address")),
            _ => None,
        };
        if let Some(refused) = refused {
            response.extensions_mut().insert(refused.to_problem());
        }
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let problem = Problem { request_id: Some(request_id.clone()), ..problem };
        response = with_headers_of(problem_response(&problem), response);
        if problem.kind == ProblemKind::Internal {
            tracing::error!(request.id = request_id, "the guest was told this request id");
        }
    }
    if app.config.server.public_url.as_ref().is_some_and(|url| url.scheme() == "https") {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let duration = app.clock.elapsed().saturating_sub(began);
    let duration_ms = duration.as_millis();
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    metrics::answered(method.as_str(), &route, status, duration);
    // What was read without trouble is the proxy's to count; what was changed or refused is worth a line. Who types, and what
    // Webex tells, is said all the time.
    let is_chatter = matches!(route.as_str(), path::ROOM_TYPING | path::ROOM_READ | path::WEBHOOK);
    // Whoever looks for what is not there could fill the disk.
    let is_nowhere = route == "none";
    if ((method.is_safe() || is_chatter) && status < 400) || is_nowhere {
        tracing::debug!(request.id = request_id, %method, route, status, duration_ms, "answered");
    } else {
        tracing::info!(request.id = request_id, %method, route, status, duration_ms, "answered");
    }
    response
}

/// The new answer with the old one's headers, except those that describe its body.
fn with_headers_of(mut new: Response, old: Response) -> Response {
    for (name, value) in old.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH | header::RETRY_AFTER) {
            new.headers_mut().append(name, value.clone());
        }
    }
    new
}
