//! `GET /api/rooms`.

use axum::{Json, extract::State};
use shared::{Room, RoomList};

use crate::{
    app::App,
    error::AppError,
    session::{CurrentSite, SignedIn},
};

/// The guest's rooms.
pub(super) async fn list_rooms(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    SignedIn { guest, .. }: SignedIn,
) -> Result<Json<RoomList>, AppError> {
    let last_event_id = Some(app.hub.position());
    let mut conversations = app.store.conversations(&guest.id)?;
    if conversations.is_empty() {
        // Whoever was taken out of their space may begin anew.
        let anew = app.conversation_of(&site, &guest).await?;
        if let Some(conversation) = &anew {
            app.hub.let_in(&guest.id, &conversation.id);
        }
        conversations.extend(anew);
    }
    let mut items: Vec<Room> = conversations.iter().map(|conversation| app.to_room(conversation)).collect();
    items.sort_by_key(|room| std::cmp::Reverse(room.last_activity_at));
    Ok(Json(RoomList { items, last_event_id }))
}
