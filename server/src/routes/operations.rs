//! The operations listener's own pages: how the portal stands, for people and for programs.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;

use super::{
    pages::{page_headers, policy},
    visit_page::escape,
};
use crate::{
    app::App,
    doctor::Level,
    error::AppError,
    metrics,
    operations::{self, ConnectionStanding, Standing, Trouble},
    secrets,
    telemetry::{self, Told},
};

const STYLE: &str = include_str!("operations_page.css");
/// `GET`: whether the process lives.
pub(super) const HEALTH: &str = "/healthz";
/// `GET`: whether guests are well served here.
pub(super) const READINESS: &str = "/readyz";
const METRICS: &str = "/metrics";

/// What is answered on the operations listener.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(show_overview))
        .route(HEALTH, get(show_health))
        .route(READINESS, get(show_readiness_and_why))
        .route(METRICS, get(show_metrics))
}

/// It answers: that is all there is to it.
pub(super) async fn show_health() -> &'static str {
    "ok\n"
}

/// For a proxy that sends guests elsewhere meanwhile. Why not is not everybody's to know.
pub(super) async fn show_readiness(State(app): State<App>) -> Response {
    let standing = app.watch.look(&app).await;
    (status(&standing), Json(Readiness { is_ready: standing.is_ready(), troubles: None, connections: None })).into_response()
}

#[derive(Serialize)]
struct Readiness {
    is_ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    troubles: Option<Vec<Trouble>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<Vec<ConnectionStanding>>,
}

async fn show_readiness_and_why(State(app): State<App>) -> Response {
    let standing = app.watch.look(&app).await;
    let (status, is_ready) = (status(&standing), standing.is_ready());
    (status, Json(Readiness { is_ready, troubles: Some(standing.troubles), connections: Some(standing.connections) })).into_response()
}

fn status(standing: &Standing) -> StatusCode {
    if standing.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn show_metrics(State(app): State<App>) -> Result<Response, AppError> {
    let text = operations::exposition(&app.watch.look(&app).await, &app.build).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(operations::CONTENT_TYPE))], text).into_response())
}

async fn show_overview(State(app): State<App>) -> Result<Response, AppError> {
    let standing = app.watch.look(&app).await;
    let nonce = BASE64_STANDARD.encode(secrets::random::<16>()?);
    let (word, class) = match standing.troubles.iter().map(|trouble| (trouble.stops, trouble.level)).max() {
        Some((true, _)) => ("Guests are not served", "wrong"),
        Some((_, Level::Wrong)) => ("Something does not work", "wrong"),
        Some(_) => ("It works; mind the warnings", "warning"),
        None => ("Everything works", "good"),
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"refresh\" content=\"10\">\n<title>{word}</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n<header><h1 class=\"{class}\">{word}</h1><p>{build}, at {now}. This page is \
         loaded again every ten seconds. <a href=\"/preview\">Preview of the sites</a> · <a href=\"/metrics\">Metrics</a> · \
         <a href=\"/readyz\">Readiness</a></p></header>\n<main>{troubles}{connections}{numbers}{limits}{lately}</main>\n</body>\n</html>\n",
        build = escape(&app.build),
        now = readable(app.clock.now().as_millis()),
        troubles = troubles(&standing),
        numbers = numbers(&standing),
        connections = connections(&standing),
        limits = limits(&metrics::refused_by_limits()),
        lately = lately(&telemetry::lately()),
    );
    Ok((page_headers(&policy(&nonce, false, "'none'"))?, Html(html)).into_response())
}

fn troubles(standing: &Standing) -> String {
    let line = |trouble: &Trouble| {
        let class = if trouble.level == Level::Wrong { "wrong" } else { "warning" };
        format!("<li class=\"{class}\"><code>{}</code> {}</li>", trouble.code, escape(&trouble.text))
    };
    let lines: String = standing.troubles.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("<section><h2>What is wrong</h2><ul>{lines}</ul></section>") }
}

fn numbers(standing: &Standing) -> String {
    let overview = &standing.overview;
    let of = |states: &std::collections::BTreeMap<String, i64>, state: &str| states.get(state).copied().unwrap_or_default();
    let waits = standing.waits.map_or_else(|| "nothing waits".to_owned(), |waits| format!("{} s", waits.as_secs()));
    let free = standing.disk_free.map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} GB", bytes as f64 / 1e9));
    let row = |name: &str, value: String| format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>");
    let rows = [
        row("Event streams", standing.streams.to_string()),
        row("Guests who are remembered", overview.guests.to_string()),
        row("Sessions", overview.sessions.to_string()),
        row("Conversations", overview.conversations.to_string()),
        row("Messages on their way", (of(&overview.outbox, "accepted") + of(&overview.outbox, "in_flight")).to_string()),
        row("Messages in doubt", of(&overview.outbox, "unclear").to_string()),
        row("Messages refused, until their guests take them back", of(&overview.outbox, "failed").to_string()),
        row("The oldest has waited", waits),
        row("Guests who ring", of(&overview.visits, "ringing").to_string()),
        row("Meetings that staff took", (of(&overview.visits, "claimed") + of(&overview.visits, "joined")).to_string()),
        row("Events that wait for a webhook", overview.webhooks_waiting.to_string()),
        row("Free in the data folder", free),
    ];
    format!("<section><h2>Now</h2><table>{}</table></section>", rows.concat())
}

fn connections(standing: &Standing) -> String {
    let row = |connection: &ConnectionStanding| {
        let none = if connection.has_service_app { "none yet" } else { "no service app" };
        let token = connection.token_until.map_or_else(|| none.to_owned(), readable);
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{token}</td><td>{:.1} s</td></tr>",
            escape(&connection.id),
            if connection.is_reachable { "answers" } else { "does not answer" },
            connection.way.unwrap_or("not heard"),
            // Without a sign before nothing.
            (connection.ahead_millis as f64 / 100.0).round() / 10.0 + 0.0
        )
    };
    let rows: String = standing.connections.iter().map(row).collect();
    format!(
        "<section><h2>Webex</h2><table><thead><tr><th scope=\"col\">Connection</th><th scope=\"col\">Line</th><th scope=\"col\">Heard by</th>\
         <th scope=\"col\">Token until</th><th scope=\"col\">Clock ahead by</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )
}

/// Who is refused for asking too much: one who asks for everything, or a limit that is too low.
fn limits(refused: &[(String, u64)]) -> String {
    let rows: String =
        refused.iter().map(|(limit, count)| format!("<tr><th scope=\"row\"><code>{limit}</code></th><td>{count}</td></tr>")).collect();
    if rows.is_empty() {
        rows
    } else {
        format!("<section><h2>Refused for being too much, since the start</h2><table>{rows}</table></section>")
    }
}

/// What the log warned of.
fn lately(told: &[Told]) -> String {
    let line = |told: &Told| {
        let class = if told.is_error { "wrong" } else { "warning" };
        let often = if told.count > 1 { format!(" ({} times)", told.count) } else { String::new() };
        let about = if told.about.is_empty() { String::new() } else { format!("<br><small>{}</small>", escape(&told.about)) };
        format!("<li class=\"{class}\">{}: {}{often}{about}</li>", readable(told.at.as_millis()), escape(&told.message))
    };
    let lines: String = told.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("<section><h2>What the log warned of lately</h2><ul>{lines}</ul></section>") }
}

fn readable(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| "an unknown time".into(), |at| at.strftime("%F %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use shared::Timestamp;

    use super::*;

    #[test]
    fn what_the_log_warned_of_is_shown_as_text_with_how_often() {
        let told = |count, is_error, message: &str, about: &str| Told {
            at: Timestamp::from_millis(1_795_000_000_000),
            count,
            is_error,
            message: message.into(),
            about: about.into(),
        };
        let html = lately(&[told(12, true, "the disk is <full>", "error=\"<b>\""), told(1, false, "a message waits", "")]);
        assert!(
            html.contains("<li class=\"wrong\">2026-11-18 11:06:40 UTC: the disk is &lt;full&gt; (12 times)<br><small>error="),
            "{html}"
        );
        assert!(html.contains("<li class=\"warning\">2026-11-18 11:06:40 UTC: a message waits</li>") && !html.contains("<b>"), "{html}");
        assert_eq!((lately(&[]), limits(&[])), (String::new(), String::new()));
        assert!(limits(&[("sends_per_guest".into(), 7)]).contains("<code>sends_per_guest</code></th><td>7</td>"));
    }
}
