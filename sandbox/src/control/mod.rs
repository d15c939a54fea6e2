//! `/sandbox`: what a test or a tool may ask of the simulator itself. Webex has nothing of the kind.

use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;
use crate::broker::{BrokerEntry, InstantConnect};
use crate::credentials::Credentials;
use crate::faults::Fault;
use crate::handle::{self, MeetingView, MintedLink};
use crate::journal::JournalEntry;
use crate::loopback;
use crate::scans::FileScanRule;
use crate::visit_pages::VisitPages;

/// The switches. The clock will join them.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/sandbox/credentials.json", get(credentials))
        .route("/sandbox/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/sandbox/scans", get(list_scans).post(set_scan).delete(clear_scans))
        .route("/sandbox/journal", get(journal).delete(clear_journal))
        .route("/sandbox/meetings", get(meetings))
        .route("/sandbox/links", get(links))
        .route("/sandbox/instant-connect", get(get_instant_connect).put(set_instant_connect))
        .route("/sandbox/visit-pages", get(get_visit_pages).put(set_visit_pages))
        .route("/sandbox/broker", get(broker_requests).delete(clear_broker_requests))
        .route("/sandbox/issued", get(issued))
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

async fn meetings(State(app): State<App>) -> Json<Vec<MeetingView>> {
    Json(handle::meetings(&app))
}

async fn links(State(app): State<App>) -> Json<Vec<MintedLink>> {
    Json(handle::minted_links(&app))
}

async fn get_instant_connect(State(app): State<App>) -> Json<InstantConnect> {
    Json(app.instant_connect.get())
}

async fn set_instant_connect(State(app): State<App>, Json(switched): Json<InstantConnect>) -> StatusCode {
    app.instant_connect.set(switched);
    StatusCode::NO_CONTENT
}

async fn get_visit_pages(State(app): State<App>) -> Json<VisitPages> {
    Json(app.visit_pages.get())
}

async fn set_visit_pages(State(app): State<App>, Json(switched): Json<VisitPages>) -> StatusCode {
    app.visit_pages.set(switched);
    StatusCode::NO_CONTENT
}

async fn broker_requests(State(app): State<App>) -> Json<Vec<BrokerEntry>> {
    Json(app.broker_log.all())
}

async fn clear_broker_requests(State(app): State<App>) -> StatusCode {
    app.broker_log.clear();
    StatusCode::NO_CONTENT
}

async fn issued(State(app): State<App>) -> Json<Vec<String>> {
    Json(handle::issued_secrets(&app))
}

async fn reset(State(app): State<App>) -> Result<StatusCode, (StatusCode, String)> {
    app.reset().map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}
