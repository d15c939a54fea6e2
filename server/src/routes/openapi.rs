//! `/openapi.json`: what the portal answers, described for programs. Written by hand; a test asks the running portal whether it
//! is true.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The document (OpenAPI 3.1).
pub const DOCUMENT: &str = include_str!("openapi.json");

/// Anybody may read it. It changes with the program only, under an address that stays.
pub(super) async fn show_openapi() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), DOCUMENT).into_response()
}
