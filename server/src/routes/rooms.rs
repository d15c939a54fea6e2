//! `GET /api/rooms`.

use axum::{Json, extract::State};
use shared::{Room, RoomList};

use crate::{app::App, error::AppError, session::SignedIn};

/// The guest's rooms.
pub(super) async fn list_rooms(State(app): State<App>, SignedIn { guest, .. }: SignedIn) -> Result<Json<RoomList>, AppError> {
    let last_event_id = Some(app.hub.position());
    let mut items: Vec<Room> = app.store.conversations(&guest.id)?.iter().map(|conversation| app.to_room(conversation)).collect();
    items.sort_by_key(|room| std::cmp::Reverse(room.last_activity_at));
    Ok(Json(RoomList { items, last_event_id }))
}
