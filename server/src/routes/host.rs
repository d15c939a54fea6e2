//! `/host/{claim}`: the page where staff take a visit. Looking at it changes nothing: chat programs fetch
//! the links in messages to show what is behind them.

use axum::{
    Json as JsonBody,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    host_page::{self, Facts},
    pages::{is_https, page_headers, policy},
};
use crate::{
    app::App,
    error::AppError,
    secrets,
    session::session_of,
    visits::{Claim, ClaimStanding, Taken},
};

/// What is asked and what can be done.
pub(super) async fn show_claim(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let claim = app.visits.claim(&token)?;
    let status = if claim.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let nonce = host_page::nonce(secrets::random::<16>()?);
    let facts = Facts {
        is_own_guest: claim.as_ref().is_some_and(|claim| is_own_guest(&app, claim, &headers)),
        is_simulated: app.config.is_simulated(),
        now: app.clock.now(),
    };
    let html = host_page::draw(claim.as_ref(), &facts, &nonce);
    Ok((status, page_headers(&policy(&nonce, is_https(&app), "'none'"))?, Html(html)).into_response())
}

/// Takes the visit: answers the meeting's address, which the page then goes to, or how the visit stands.
pub(super) async fn take_claim(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let Some(claim) = app.visits.claim(&token)? else { return Err(AppError::VisitNotFound) };
    if is_own_guest(&app, &claim, &headers) && !app.config.is_simulated() {
        return Err(AppError::ForStaffOnly);
    }
    match app.visits.take(&token).await?.ok_or(AppError::VisitNotFound)? {
        Taken::Link(link) => Ok(JsonBody(json!({ "url": link.expose_secret() })).into_response()),
        Taken::Not(standing) => Ok((StatusCode::CONFLICT, JsonBody(json!({ "detail": host_page::sentence(&standing) }))).into_response()),
    }
}

/// Whoever took the visit says that it is over.
pub(super) async fn end_claim(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    match app.visits.end(&token).await?.ok_or(AppError::VisitNotFound)? {
        ClaimStanding::Over(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        standing => Ok((StatusCode::CONFLICT, JsonBody(json!({ "detail": host_page::sentence(&standing) }))).into_response()),
    }
}

/// Whether this browser is signed in as the guest who asked: a link for staff has come to the wrong place.
fn is_own_guest(app: &App, claim: &Claim, headers: &HeaderMap) -> bool {
    session_of(app, &claim.guest.site_id, headers).ok().flatten().is_some_and(|guest| guest.id == claim.guest.id)
}
