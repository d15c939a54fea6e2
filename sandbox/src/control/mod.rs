//! `/sandbox`: what a test or a tool may ask of the simulator itself. Webex has nothing of the kind.

use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;
use crate::credentials::Credentials;
use crate::faults::Fault;
use crate::journal::JournalEntry;
use crate::loopback;
use crate::scans::FileScanRule;

/// The switches. The clock will join them.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/sandbox/credentials.json", get(credentials))
        .route("/sandbox/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/sandbox/scans", get(list_scans).post(set_scan).delete(clear_scans))
        .route("/sandbox/journal", get(journal).delete(clear_journal))
        .route("/sandbox/reset", post(reset))
        .route_layer(middleware::from_fn(loopback::guard))
}

async fn credentials(State(app): State<App>) -> Json<Credentials> {
    Json(Credentials::clone(&app.credentials))
}

async fn list_faults(State(app): State<App>) -> Json<Vec<Fault>> {
    Json(app.faults.all())
}

async fn add_fault(State(app): State<App>, Json(fault): Json<Fault>) -> StatusCode {
    app.faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(app): State<App>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}

async fn list_scans(State(app): State<App>) -> Json<Vec<FileScanRule>> {
    Json(app.scans.all())
}

async fn set_scan(State(app): State<App>, Json(rule): Json<FileScanRule>) -> StatusCode {
    app.scans.set(rule);
    StatusCode::NO_CONTENT
}

async fn clear_scans(State(app): State<App>) -> StatusCode {
    app.scans.clear();
    StatusCode::NO_CONTENT
}

async fn journal(State(app): State<App>) -> Json<Vec<JournalEntry>> {
    Json(app.journal.all())
}

async fn clear_journal(State(app): State<App>) -> StatusCode {
    app.journal.clear();
    StatusCode::NO_CONTENT
}

async fn reset(State(app): State<App>) -> Result<StatusCode, (StatusCode, String)> {
    app.reset().map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}
