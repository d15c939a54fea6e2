//! `GET /api/rooms`.

use axum::{Json, extract::State};
use shared::{Room, RoomList};

use crate::{app::App, conversations::Progress, error::AppError, session::SignedIn, store::Conversation};

/// The guest's rooms.
pub(super) async fn list_rooms(State(app): State<App>, SignedIn { guest, .. }: SignedIn) -> Result<Json<RoomList>, AppError> {
    let mut items: Vec<Room> = app.store.conversations(&guest.id)?.iter().map(|conversation| to_room(&app, conversation)).collect();
    items.sort_by_key(|room| std::cmp::Reverse(room.last_activity_at));
    Ok(Json(RoomList { items }))
}

fn to_room(app: &App, conversation: &Conversation) -> Room {
    let title = app.config.site(&conversation.site_id).map(|site| site.name.clone()).unwrap_or_default();
    Room {
        id: conversation.id.clone(),
        title,
        last_activity_at: app.history.last_activity_at(&conversation.id),
        is_closed: conversation.progress == Progress::Closed,
        can: shared::Abilities::default(),
    }
}
