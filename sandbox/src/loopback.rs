//! Keeps the pages of others away from the desk and the switches.
//!
//! Any page in a browser can reach loopback. Its script cannot read answers of another origin, but with a name of its own
//! that it points at 127.0.0.1 it could: so only loopback's own names are served, and writes only from our own pages.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// The layer before `/desk` and `/sandbox`.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = header(headers, HOST.as_str());
    if !is_loopback(host) {
        return (StatusCode::FORBIDDEN, "The sandbox answers to loopback names only.").into_response();
    }
    let origin = headers.get(ORIGIN);
    if !request.method().is_safe() && origin.is_some_and(|origin| !is_own(origin, host)) {
        return (StatusCode::FORBIDDEN, "The sandbox takes orders from its own pages only.").into_response();
    }
    next.run(request).await
}

/// A page of this machine, whatever its port; a file and an app in a frame have no origin to show and are none.
pub(crate) fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let address = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
    address.is_some_and(is_loopback)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_own(origin: &HeaderValue, host: &str) -> bool {
    origin.to_str().is_ok_and(|origin| origin.eq_ignore_ascii_case(&format!("http://{host}")))
}

/// `localhost`, names below it, 127.0.0.0/8 and [::1], with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_loopback() {
        for host in ["localhost", "LOCALHOST:8081", "a.localhost:1", "127.0.0.1:8081", "127.8.9.1", "[::1]:8081"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:8081", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn pages_of_this_machine_are_told_from_others() {
        let is_here = |origin| is_loopback_origin(&HeaderValue::from_static(origin));
        assert!(is_here("http://localhost:3000") && is_here("https://127.0.0.1"));
        assert!(!is_here("null") && !is_here("http://evil.example:8081") && !is_here("file://"));
    }

    #[test]
    fn only_the_same_origin_is_own() {
        assert!(is_own(&HeaderValue::from_static("http://127.0.0.1:8081"), "127.0.0.1:8081"));
        for origin in ["http://127.0.0.1:8080", "https://evil.example", "null"] {
            assert!(!is_own(&HeaderValue::from_str(origin).unwrap(), "127.0.0.1:8081"), "{origin}");
        }
    }
}
