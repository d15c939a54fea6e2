//! The frame of the small pages about one visit, for staff and for guests who were invited: drawn on the server, with one
//! small script and no framework. Their links are of one person each, and looking at them changes nothing.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::pages::{is_https, page_headers, policy};
use crate::{app::App, error::AppError, secrets};

const STYLE: &str = include_str!("visit_page.css");
const NO_SCRIPT: &str = "<noscript><p class=\"note\">The buttons of this page need JavaScript, and so does the meeting. Please allow it and load the page again.</p></noscript>";
const SCRIPT: &str = include_str!("visit_page.js");

/// What stands in the frame.
pub(super) struct Card {
    /// The heading; already safe to be HTML, as is the rest.
    pub(super) title: String,
    /// The sentence below it.
    pub(super) text: String,
    /// Facts and buttons.
    pub(super) rest: String,
    /// Changes whenever the page would; empty where nothing will change.
    pub(super) version: String,
}

impl Card {
    /// One that says something and offers nothing.
    pub(super) fn plain(title: &str, text: &str) -> Self {
        Self { title: title.into(), text: text.into(), rest: String::new(), version: String::new() }
    }
}

/// The page as a response.
pub(super) fn respond(app: &App, status: StatusCode, page_title: &str, card: &Card) -> Result<Response, AppError> {
    let nonce = BASE64_STANDARD.encode(secrets::random::<16>()?);
    let html = draw(page_title, card, app.config.is_simulated(), &nonce);
    Ok((status, page_headers(&policy(&nonce, is_https(app), "'none'"))?, Html(html)).into_response())
}

/// A word that a page compares with its own.
pub(super) fn version_response(version: String) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], version).into_response()
}

/// A calendar file, to be kept under this name.
pub(super) fn calendar_response(file: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"meeting.ics\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, file).into_response()
}

fn draw(page_title: &str, card: &Card, is_simulated: bool, nonce: &str) -> String {
    let Card { title, text, rest, version } = card;
    let banner = if is_simulated { "<header class=\"banner\">Simulator: nothing here reaches Webex.</header>" } else { "" };
    let no_script = if rest.contains("<button") { NO_SCRIPT } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n<title>{page_title}</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n{banner}<main data-version=\"{version}\"><h1 tabindex=\"-1\">{title}</h1>\
         <p id=\"text\" class=\"text\" role=\"status\">{text}</p>{rest}<p id=\"problem\" class=\"problem\" role=\"alert\"></p>\
         <p id=\"news\" class=\"hidden\" role=\"status\"></p>{no_script}</main>\n<script nonce=\"{nonce}\" type=\"module\">{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// A list of facts.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let drawn: String = facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd><bdi>{value}</bdi></dd></div>")).collect();
    format!("<dl>{drawn}</dl>")
}

/// An instant, which the reader's browser writes in its own way.
pub(super) fn time(at: shared::Timestamp, by_the_wall: &str) -> String {
    let machine = jiff::Timestamp::from_millisecond(at.as_millis()).map(|at| at.to_string()).unwrap_or_default();
    format!("<time datetime=\"{machine}\">{}</time>", escape(by_the_wall))
}

/// A link to a calendar file.
pub(super) fn calendar_link(path: &str) -> String {
    format!("<a class=\"button\" href=\"{}\" download>Add it to your calendar</a>", escape(path))
}

/// A name in a sentence, whatever the direction it is written in.
pub(super) fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// A text that means nothing to a browser but itself.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_name_is_text_on_the_page_and_nothing_else() {
        assert_eq!(escape("<b onclick='x'>\"&"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
    }
}
