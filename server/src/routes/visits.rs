//! `/api/visits`: asking for a meeting, following it, opening it, leaving it, taking it back.

use axum::{
    Json as JsonBody,
    extract::{Path, State},
    http::StatusCode,
};
use shared::{NewNote, NewVisit, Visit, VisitId};

use super::body::Json;
use crate::{
    app::App,
    error::AppError,
    session::{CurrentSite, SignedIn},
    visits::VisitEvent,
};

/// Asks for a meeting; whoever has asked already is given that request.
pub(super) async fn create_visit(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    SignedIn { guest, .. }: SignedIn,
    Json(new): Json<NewVisit>,
) -> Result<(StatusCode, JsonBody<Visit>), AppError> {
    Ok((StatusCode::ACCEPTED, JsonBody(app.visits.request(&site, &guest, new).await?)))
}

/// Leaves a message for staff where guests do not write otherwise.
pub(super) async fn create_note(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    SignedIn { guest, .. }: SignedIn,
    Json(new): Json<NewNote>,
) -> Result<StatusCode, AppError> {
    app.visits.leave_note(&site, &guest, new).await.map(|()| StatusCode::ACCEPTED)
}

/// How a visit stands.
pub(super) async fn show_visit(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Visit>, AppError> {
    Ok(JsonBody(app.visits.view(&app.visits.find(&guest, &id)?)?))
}

/// Takes a request back.
pub(super) async fn cancel_visit(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Visit>, AppError> {
    Ok(JsonBody(app.visits.by_guest(&guest, &id, VisitEvent::Cancelled).await?))
}

/// The guest opened the link. Whether they are in the meeting, nobody tells.
pub(super) async fn join_visit(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Visit>, AppError> {
    Ok(JsonBody(app.visits.by_guest(&guest, &id, VisitEvent::Joined).await?))
}

/// The guest says that they have left the meeting.
pub(super) async fn leave_visit(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(id): Path<VisitId>,
) -> Result<JsonBody<Visit>, AppError> {
    Ok(JsonBody(app.visits.by_guest(&guest, &id, VisitEvent::GuestLeft).await?))
}
