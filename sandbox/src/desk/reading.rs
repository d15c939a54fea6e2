//! How far somebody at the desk has read. It is kept here, so that two desks agree.

use axum::extract::{Json, Path, State};
use serde::Deserialize;

use super::api::staff_world;
use crate::app::App;
use crate::ids::{MessageId, RoomId};
use crate::rest::ApiError;
use crate::state::Refusal;

#[derive(Deserialize)]
pub(super) struct Read {
    #[serde(rename = "as")]
    staff: String,
    message_id: String,
}

pub(super) async fn mark_read(State(app): State<App>, Path(id): Path<String>, Json(read): Json<Read>) -> Result<Json<()>, ApiError> {
    let (world, reader) = staff_world(&app, &read.staff)?;
    let room = RoomId::parse(&id).ok_or_else(Refusal::no_such_room)?;
    let message = MessageId::parse(&read.message_id).ok_or_else(Refusal::no_such_resource)?;
    world.change(|organisation| organisation.mark_read(reader, room, message))?;
    Ok(Json(()))
}
