//! The page and its files, with a policy that lets nothing else in.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::html::escape;
use crate::state::{Link, Vertical};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Whether a host is asked who they are first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Skipped,
    Offered,
    Forced,
}

/// A page that opens.
pub(super) struct Page<'a> {
    pub(super) link: &'a Link,
    pub(super) vertical: Vertical,
    pub(super) login: Login,
}

pub(super) fn show(app: &App, page: &Page<'_>) -> Response {
    let login = match page.login {
        Login::Skipped => "skipped",
        Login::Offered => "offered",
        Login::Forced => "forced",
    };
    let mut staff: Vec<String> = app.world.read(|organisation| organisation.staff().map(|person| person.display_name.clone()).collect());
    staff.sort();
    let main = format!(
        r#"<main class="visit" id="visit" data-state="loading" data-calls="{prefix}/meet/{link}" data-vertical="{vertical}" data-login="{login}" data-permission="{permission}" data-staff="{staff}" data-mediatest="{prefix}/mediatest">
<h1 class="visit__heading" tabindex="-1">Preparing your meeting…</h1>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<aside class="chat" id="chat" aria-label="Chat" hidden>
<button class="button button--quiet" id="chat-toggle" type="button" aria-expanded="false" aria-controls="chat-panel">Chat</button>
<div class="chat__panel" id="chat-panel" hidden>
<p class="chat__note">Everyone in this meeting can read it.</p>
<div class="chat__log" id="chat-log" role="log" aria-label="Chat messages" tabindex="0"></div>
<form class="chat__form" id="chat-form">
<input class="chat__text" id="chat-text" aria-label="Chat message" placeholder="Write to everyone" maxlength="1000" autocomplete="off">
<button class="button button--main" type="submit">Send message</button>
</form>
</div>
</aside>
<script type="module" src="/meet/visit.js"></script>"#,
        prefix = app.cloud.prefix(),
        link = page.link.id,
        vertical = page.vertical.word(),
        permission = if app.visit_pages.get().asks_permission { "asked" } else { "skipped" },
        staff = escape(&staff.join("|")),
    );
    html(app, StatusCode::OK, &main)
}

/// Unknown, changed, or of somebody else.
pub(super) fn invalid(app: &App, status: StatusCode) -> Response {
    still(app, status, "invalid", "This link is not valid.", "Ask whoever sent it for a new one.")
}

pub(super) fn unsupported(app: &App) -> Response {
    still(app, StatusCode::OK, "unsupported", "This browser is not supported.", "Open the link in another browser.")
}

fn still(app: &App, status: StatusCode, state: &str, heading: &str, text: &str) -> Response {
    let main = format!(
        r#"<main class="visit" data-state="{state}"><h1 class="visit__heading">{heading}</h1><p class="visit__text">{text}</p></main>"#
    );
    html(app, status, &main)
}

/// Everything but what is between.
pub(super) fn html(app: &App, status: StatusCode, main: &str) -> Response {
    let document = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Webex Instant Connect · Simulator</title>
<link rel="icon" href="/desk/icon.svg">
<link rel="stylesheet" href="/meet/visit.css">
</head>
<body>
<aside class="banner" aria-label="About this page"><strong>Simulator, not Webex.</strong> <span>No picture and no sound leave this page.</span></aside>
{main}
</body>
</html>
"#
    );
    let mut response = (status, file("text/html; charset=utf-8", document)).into_response();
    if app.visit_pages.get().refuses_frames {
        response.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

pub(super) fn file(content_type: &'static str, body: impl IntoResponse) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body)
}

pub(super) async fn css() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("visit.css"))
}

pub(super) async fn chat_js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("chat.js"))
}

pub(super) async fn js() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("visit.js"))
}
