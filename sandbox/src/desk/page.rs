//! The files of the page, with a policy that lets nothing else in.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

fn file(content_type: &'static str, body: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body)
}

pub(super) async fn html() -> impl IntoResponse {
    file("text/html; charset=utf-8", include_str!("desk.html"))
}

pub(super) async fn css() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("desk.css"))
}

pub(super) async fn js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("desk.js"))
}

pub(super) async fn dom_js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("dom.js"))
}

pub(super) async fn entries_js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("entries.js"))
}

pub(super) async fn icon() -> impl IntoResponse {
    file("image/svg+xml", include_str!("icon.svg"))
}
