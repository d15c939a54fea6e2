//! `POST /api/rooms/{id}/typing` and `/read`: what a guest does besides writing. Where nobody hears it nothing happens, and
//! nobody waits for it.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use shared::{ReadUpTo, RoomId, Typing};

use super::{body::Json, messages::message_id};
use crate::{app::App, error::AppError, session::SignedIn};

/// The guest writes, or has stopped.
pub(super) async fn tell_typing(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
    Json(Typing { is_typing }): Json<Typing>,
) -> Result<StatusCode, AppError> {
    let conversation = app.store.conversation_for(&guest.id, &room_id)?.ok_or(AppError::RoomNotFound)?;
    if app.rooms.carries_typing(&conversation) {
        app.feeds.tell_typing(guest.id, conversation, is_typing);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The guest has read up to a message.
pub(super) async fn tell_read(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
    Json(read): Json<ReadUpTo>,
) -> Result<StatusCode, AppError> {
    let message_id = message_id(read.message_id.as_str())?;
    let conversation = app.store.conversation_for(&guest.id, &room_id)?.ok_or(AppError::RoomNotFound)?;
    if app.rooms.carries_typing(&conversation) {
        app.feeds.tell_read(guest.id, conversation, message_id);
    }
    Ok(StatusCode::NO_CONTENT)
}
