//! The forms of a link: `/visit/<short>`, and `/{gen,hc}/v1/{login,talk}?int=jose&data=<cipher>`. The cipher, not the path,
//! says who is a host.

use axum::extract::{Path, Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::page::{self, Login, Page};
use crate::app::App;
use crate::broker::claimed_link;
use crate::state::{Link, Vertical};

/// What stands behind the question mark of a long link. `v=1` may be missing, and nobody reads it.
#[derive(Deserialize)]
pub(super) struct LongLink {
    #[serde(default)]
    int: String,
    #[serde(default)]
    data: String,
    /// Force login.
    #[serde(default)]
    fli: String,
}

pub(super) async fn short_link(State(app): State<App>, Path(short): Path<String>, headers: HeaderMap) -> Response {
    let link = app.world.read(|organisation| organisation.link_of_short(&short).cloned());
    match link {
        None => page::invalid(&app, StatusCode::NOT_FOUND),
        Some(link) => {
            let login = if link.asks_to_log_in { Login::Offered } else { Login::Skipped };
            open(&app, &headers, &link, link.vertical, login)
        }
    }
}

pub(super) async fn gen_login(app: State<App>, query: Query<LongLink>, headers: HeaderMap) -> Response {
    long_link(app, query, headers, Vertical::Gen, true).await
}

pub(super) async fn gen_talk(app: State<App>, query: Query<LongLink>, headers: HeaderMap) -> Response {
    long_link(app, query, headers, Vertical::Gen, false).await
}

pub(super) async fn hc_login(app: State<App>, query: Query<LongLink>, headers: HeaderMap) -> Response {
    long_link(app, query, headers, Vertical::Hc, true).await
}

pub(super) async fn hc_talk(app: State<App>, query: Query<LongLink>, headers: HeaderMap) -> Response {
    long_link(app, query, headers, Vertical::Hc, false).await
}

async fn long_link(
    State(app): State<App>,
    Query(query): Query<LongLink>,
    headers: HeaderMap,
    vertical: Vertical,
    is_login: bool,
) -> Response {
    if query.int != "jose" {
        return page::invalid(&app, StatusCode::BAD_REQUEST);
    }
    let login = match (is_login, query.fli.as_str()) {
        (true, "true") => Login::Forced,
        (true, _) => Login::Offered,
        (false, _) => Login::Skipped,
    };
    match claimed_link(&app, query.data).await {
        None => page::invalid(&app, StatusCode::BAD_REQUEST),
        // Guests have nothing to log in with.
        Some(link) => {
            let login = if link.is_host { login } else { Login::Skipped };
            open(&app, &headers, &link, vertical, login)
        }
    }
}

fn open(app: &App, headers: &HeaderMap, link: &Link, vertical: Vertical, login: Login) -> Response {
    let browser = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_refused = app.visit_pages.get().refuses_firefox_on_android && browser.contains("Android") && browser.contains("Firefox/");
    if is_refused {
        return page::unsupported(app);
    }
    page::show(app, &Page { link, vertical, login })
}
