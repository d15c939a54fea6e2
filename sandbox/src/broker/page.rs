//! The page that shows what the broker was asked: what was odd, and what is in the ciphers. Nothing on it opens a meeting.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse;

use super::log::BrokerEntry;
use crate::app::App;
use crate::html::escape;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn show(State(app): State<App>) -> impl IntoResponse {
    let mut entries = String::new();
    for entry in app.broker_log.all().iter().rev() {
        write_entry(&mut entries, entry);
    }
    if entries.is_empty() {
        entries.push_str("<p class=\"log__text\">Nothing was asked yet.</p>");
    }
    let document = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Broker · Webex simulator</title>
<link rel="icon" href="/desk/icon.svg">
<link rel="stylesheet" href="/desk/broker.css">
</head>
<body>
<aside class="banner" aria-label="About this page"><strong>Simulator, not Webex.</strong></aside>
<main class="log">
<h1 class="log__title">What Instant Connect was asked</h1>
<p class="log__text">The newest first. Reload the page to see more. <a href="/desk">Back to the desk</a></p>
{entries}
</main>
</body>
</html>
"#
    );
    file("text/html; charset=utf-8", document)
}

pub(super) async fn css() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("broker.css"))
}

fn write_entry(page: &mut String, entry: &BrokerEntry) {
    let subject = entry.subject.as_deref().unwrap_or("no subject");
    let _ = write!(
        page,
        r#"<article class="entry"><h2 class="entry__title">{}</h2><p class="entry__facts">{} · version {} · status {} · organisation {}</p>"#,
        escape(subject),
        escape(&entry.arrived_at),
        entry.version,
        entry.status,
        escape(&entry.organisation),
    );
    if let Some(problem) = &entry.problem {
        let _ = write!(page, r#"<p class="entry__problem">{}</p>"#, escape(problem));
    }
    if !entry.lints.is_empty() {
        page.push_str(r#"<ul class="entry__lints">"#);
        for lint in &entry.lints {
            let _ = write!(page, "<li>{}</li>", escape(lint));
        }
        page.push_str("</ul>");
    }
    for cipher in &entry.ciphers {
        let role = if cipher.claims.get("isHost").and_then(serde_json::Value::as_bool) == Some(true) { "Host" } else { "Guest" };
        let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
        let _ = write!(
            page,
            "<details><summary>{role}'s cipher</summary><pre>{}\n{}</pre></details>",
            escape(&pretty(&cipher.header)),
            escape(&pretty(&cipher.claims)),
        );
    }
    page.push_str("</article>");
}

fn file(content_type: &'static str, body: impl IntoResponse) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body)
}
