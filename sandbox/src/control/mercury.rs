//! `/sandbox/mercury`: the trouble of Mercury, and who is connected.

use axum::extract::{Json, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::{Wrong, wrong};
use crate::app::App;
use crate::mercury::{Close, MercuryRules, SocketView, TypingView};

pub(super) async fn get_rules(State(app): State<App>) -> Json<MercuryRules> {
    Json(app.mercury.rules())
}

pub(super) async fn set_rules(State(app): State<App>, Order(rules): Order<MercuryRules>) -> Result<StatusCode, Wrong> {
    app.mercury.set_rules(rules).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list_sockets(State(app): State<App>) -> Json<Vec<SocketView>> {
    Json(app.mercury.sockets())
}

/// How every socket is to end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    code: u16,
    #[serde(default)]
    reason: String,
}

#[derive(Serialize)]
pub(super) struct Ended {
    count: usize,
}

pub(super) async fn close_sockets(State(app): State<App>, Order(end): Order<End>) -> Result<Json<Ended>, Wrong> {
    let close = Close::new(end.code, &end.reason).map_err(wrong)?;
    Ok(Json(Ended { count: app.mercury.close_all(&close) }))
}

pub(super) async fn typing(State(app): State<App>) -> Json<Vec<TypingView>> {
    Json(app.mercury.typing_heard())
}
