//! Somebody at the desk is typing.

use axum::extract::{Json, Path, State};
use serde::Deserialize;

use super::api::staff_world;
use crate::app::App;
use crate::ids::RoomId;
use crate::rest::ApiError;
use crate::state::Refusal;

#[derive(Deserialize)]
pub(super) struct Typing {
    #[serde(rename = "as")]
    staff: String,
    is_typing: bool,
}

pub(super) async fn set_typing(State(app): State<App>, Path(id): Path<String>, Json(typing): Json<Typing>) -> Result<Json<()>, ApiError> {
    let (world, typist) = staff_world(&app, &typing.staff)?;
    let room = RoomId::parse(&id).ok_or_else(Refusal::no_such_room)?;
    world.change(|organisation| organisation.set_typing(typist, room, typing.is_typing))?;
    Ok(Json(()))
}
