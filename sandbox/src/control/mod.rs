//! `/sandbox`: what a test or a tool may ask of the simulator itself. Webex has nothing of the kind.

mod mercury;
mod order;
mod time;

use axum::extract::{Json, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde::Deserialize;

use order::Order;

use crate::app::App;
use crate::auto_responder::AutoResponder;
use crate::broker::{BrokerEntry, InstantConnect};
use crate::credentials::Credentials;
use crate::faults::Fault;
use crate::handle::{self, MeetingView, MintedLink};
use crate::journal::JournalEntry;
use crate::limits::RateLimits;
use crate::loopback;
use crate::scans::FileScanRule;
use crate::state::{GuestRules, StoreError};
use crate::visit_pages::VisitPages;
use crate::webhooks::{DeliveryEntry, WebhookRules};

/// The switches.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/sandbox/credentials.json", get(credentials))
        .route("/sandbox/clock", get(time::get_clock).post(time::move_clock))
        .route("/sandbox/limits", get(get_limits).put(set_limits))
        .route("/sandbox/webhooks", get(get_webhook_rules).put(set_webhook_rules))
        .route("/sandbox/deliveries", get(deliveries))
        .route("/sandbox/mercury", get(mercury::get_rules).put(mercury::set_rules))
        .route("/sandbox/mercury/sockets", get(mercury::list_sockets))
        .route("/sandbox/mercury/close", post(mercury::close_sockets))
        .route("/sandbox/mercury/typing", get(mercury::typing))
        .route("/sandbox/guests", get(get_guest_rules).put(set_guest_rules))
        .route("/sandbox/expire-tokens", post(expire_tokens))
        .route("/sandbox/auto-responder", get(get_auto_responder).put(set_auto_responder))
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

/// What makes no sense, in words. Nothing of Webex: plain text.
pub(super) struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// What a switch refused.
fn wrong(problem: String) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, problem)
}

async fn credentials(State(app): State<App>) -> Json<Credentials> {
    Json(Credentials::clone(&app.credentials))
}

async fn list_faults(State(app): State<App>) -> Json<Vec<Fault>> {
    Json(app.faults.all())
}

async fn add_fault(State(app): State<App>, Order(fault): Order<Fault>) -> Result<StatusCode, Wrong> {
    app.faults.add(fault).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(app): State<App>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}

async fn get_limits(State(app): State<App>) -> Json<RateLimits> {
    Json(app.limits.get())
}

async fn set_limits(State(app): State<App>, Order(limits): Order<RateLimits>) -> Result<StatusCode, Wrong> {
    app.limits.set(limits).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn get_webhook_rules(State(app): State<App>) -> Json<WebhookRules> {
    Json(app.postman.rules())
}

async fn set_webhook_rules(State(app): State<App>, Order(rules): Order<WebhookRules>) -> Result<StatusCode, Wrong> {
    app.postman.set_rules(rules).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn deliveries(State(app): State<App>) -> Json<Vec<DeliveryEntry>> {
    Json(app.postman.deliveries())
}

async fn get_guest_rules(State(app): State<App>) -> Json<GuestRules> {
    Json(app.world.read(|organisation| organisation.guest_rules()))
}

async fn set_guest_rules(State(app): State<App>, Order(rules): Order<GuestRules>) -> Result<StatusCode, Wrong> {
    app.world.change(|organisation| {
        organisation.set_guest_rules(rules);
        Ok::<_, Wrong>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn expire_tokens(State(app): State<App>) -> Result<StatusCode, Wrong> {
    app.world.change(|organisation| {
        organisation.expire_access_tokens();
        Ok::<_, Wrong>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn get_auto_responder(State(app): State<App>) -> Json<AutoResponder> {
    Json(app.auto_responder.get())
}

async fn set_auto_responder(State(app): State<App>, Order(switched): Order<AutoResponder>) -> Result<StatusCode, Wrong> {
    app.auto_responder.set(switched).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_scans(State(app): State<App>) -> Json<Vec<FileScanRule>> {
    Json(app.scans.all())
}

async fn set_scan(State(app): State<App>, Order(rule): Order<FileScanRule>) -> StatusCode {
    app.scans.set(rule);
    StatusCode::NO_CONTENT
}

async fn clear_scans(State(app): State<App>) -> StatusCode {
    app.scans.clear();
    StatusCode::NO_CONTENT
}

/// How much of a long list.
#[derive(Deserialize)]
struct Newest {
    #[serde(default)]
    newest: Option<usize>,
}

async fn journal(State(app): State<App>, Query(Newest { newest }): Query<Newest>) -> Json<Vec<JournalEntry>> {
    Json(app.journal.newest(newest.unwrap_or(usize::MAX)))
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

async fn set_instant_connect(State(app): State<App>, Order(switched): Order<InstantConnect>) -> StatusCode {
    app.instant_connect.set(switched);
    StatusCode::NO_CONTENT
}

async fn get_visit_pages(State(app): State<App>) -> Json<VisitPages> {
    Json(app.visit_pages.get())
}

async fn set_visit_pages(State(app): State<App>, Order(switched): Order<VisitPages>) -> StatusCode {
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

async fn reset(State(app): State<App>) -> Result<StatusCode, Wrong> {
    app.reset()?;
    Ok(StatusCode::NO_CONTENT)
}
