//! `/sandbox/clock`: the time, and moving it forward.

use std::time::Duration;

use axum::extract::{Json, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Wrong;
use super::order::Order;
use crate::app::App;
use crate::moment::Moment;

/// As far as a clock is moved at once: ten years.
const MAX_SECS: u64 = 10 * 366 * 24 * 3600;

#[derive(Serialize)]
pub(super) struct Time {
    now: Moment,
    can_be_moved: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_secs: u64,
}

pub(super) async fn get_clock(State(app): State<App>) -> Json<Time> {
    Json(time(&app))
}

pub(super) async fn move_clock(State(app): State<App>, Order(advance): Order<Advance>) -> Result<Json<Time>, Wrong> {
    if advance.advance_secs > MAX_SECS {
        return Err(Wrong(StatusCode::BAD_REQUEST, format!("advance_secs is {MAX_SECS} at most")));
    }
    if !app.clock.advance(Duration::from_secs(advance.advance_secs)) {
        return Err(Wrong(StatusCode::CONFLICT, "this sandbox goes by a clock of somebody else: move that one".to_owned()));
    }
    Ok(Json(time(&app)))
}

fn time(app: &App) -> Time {
    Time { now: app.world.now(), can_be_moved: app.clock.can_be_moved() }
}
