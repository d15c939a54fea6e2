//! `/host/{claim}`: where staff take a visit. `GET` changes nothing, because link previews fetch it; `POST` answers
//! the meeting's address to the page's own script, which goes there.

use axum::{
    Json as JsonBody,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    calendar,
    host_page::{self, Facts},
    visit_page::{calendar_response, respond, version_response},
};
use crate::{
    app::App,
    error::AppError,
    session::session_of,
    visits::{Claim, ClaimStanding, Taken},
};

/// What is asked and what can be done.
pub(super) async fn show_claim(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let Some(claim) = app.visits.claim(&token)? else {
        return respond(&app, StatusCode::NOT_FOUND, "Meeting request", &host_page::draw_nothing());
    };
    let facts = Facts {
        is_own_guest: is_own_guest(&app, &claim, &headers),
        is_simulated: app.config.is_simulated(),
        now: app.clock.now(),
        calendar_path: shared::path::CLAIM_CALENDAR.replace("{claim}", &token),
    };
    respond(&app, StatusCode::OK, "Meeting request", &host_page::draw_claim(&claim, &facts))
}

/// What the page compares with its own.
pub(super) async fn show_claim_version(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let claim = app.visits.claim(&token)?.ok_or(AppError::VisitNotFound)?;
    Ok(version_response(host_page::version(&claim)))
}

/// The appointment, for a calendar of staff.
pub(super) async fn show_claim_calendar(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let claim = app.visits.claim(&token)?.ok_or(AppError::VisitNotFound)?;
    let title = format!("Meeting with {} ({})", claim.guest_name, claim.site_name);
    let link = format!("{}{}", app.visits.base_url(), shared::path::claim(&token));
    let file = calendar::file(&claim.visit, &title, &link, app.visits.remind_minutes(&claim.visit), app.clock.now());
    file.map(calendar_response).ok_or(AppError::VisitNotFound)
}

/// Takes the visit: answers the meeting's address, which the page then goes to, or how the visit stands.
pub(super) async fn take_claim(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let Some(claim) = app.visits.claim(&token)? else { return Err(AppError::VisitNotFound) };
    if is_own_guest(&app, &claim, &headers) && !app.config.is_simulated() {
        return Err(AppError::ForStaffOnly);
    }
    match app.visits.take(&token).await?.ok_or(AppError::VisitNotFound)? {
        Taken::Link(link) => Ok(JsonBody(json!({ "url": link.expose_secret() })).into_response()),
        Taken::Not(standing) => Err(AppError::ClaimStands(host_page::sentence(&standing))),
    }
}

/// Whoever took the visit says that it is over.
pub(super) async fn end_claim(State(app): State<App>, Path(token): Path<String>) -> Result<StatusCode, AppError> {
    match app.visits.end(&token).await?.ok_or(AppError::VisitNotFound)? {
        ClaimStanding::Over(_) | ClaimStanding::CalledOff => Ok(StatusCode::NO_CONTENT),
        standing => Err(AppError::ClaimStands(host_page::sentence(&standing))),
    }
}

/// Whether this browser is signed in as the guest who asked: a link for staff has come to the wrong place.
fn is_own_guest(app: &App, claim: &Claim, headers: &HeaderMap) -> bool {
    session_of(app, &claim.guest.site_id, headers).ok().flatten().is_some_and(|guest| guest.id == claim.guest.id)
}
