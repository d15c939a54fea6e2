//! Filling in a card at the desk.

use axum::extract::{Json, Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::staff_world;
use crate::app::App;
use crate::ids::MessageId;
use crate::rest::ApiError;
use crate::state::Refusal;

#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(rename = "as")]
    staff: String,
    inputs: Map<String, Value>,
}

pub(super) async fn submit(State(app): State<App>, Path(id): Path<String>, Json(filled): Json<Filled>) -> Result<Json<()>, ApiError> {
    let (world, person) = staff_world(&app, &filled.staff)?;
    let message = MessageId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    world.change(|organisation| organisation.submit(person, message, filled.inputs))?;
    Ok(Json(()))
}
