//! `/api/rooms/{room_id}/messages`: a page of what was said, and saying something.

use axum::{
    Json as JsonBody,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::{MessageId, MessagePage, NewMessage, Pending, RoomId, outgoing::message_text};

use super::body::Json;
use crate::{
    app::App,
    conversations::Progress,
    error::AppError,
    session::SignedIn,
    store::{Conversation, GuestRow, NewOutboxRow, RowKind},
};

/// Webex's ids are base64 text of some hundred characters.
const MAX_ID_CHARS: usize = 400;

#[derive(Deserialize)]
pub(super) struct PageQuery {
    before: Option<String>,
}

/// The newest page with what is on its way, or the page before a message.
pub(super) async fn list_messages(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
    Query(PageQuery { before }): Query<PageQuery>,
) -> Result<JsonBody<MessagePage>, AppError> {
    let conversation = conversation(&app, &guest, &room_id)?;
    let page = match before {
        Some(before) => app.history.before(&conversation, &message_id(&before)?).await?,
        None => {
            let page = app.history.newest(&conversation).await?;
            // Read after the page: a message that became sent in between is then in neither place rather
            // than in both, and its event is already on its way.
            let pending = app.outbox.pending(&room_id, &guest.id)?;
            MessagePage { pending, ..page }
        }
    };
    Ok(JsonBody(page))
}

/// Takes a message: once this answers it is on disk and will be sent.
pub(super) async fn create_message(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
    Json(new): Json<NewMessage>,
) -> Result<(StatusCode, JsonBody<Pending>), AppError> {
    let conversation = conversation(&app, &guest, &room_id)?;
    if conversation.progress == Progress::Closed {
        return Err(AppError::RoomNotFound);
    }
    if !new.client_message_id.is_well_formed() {
        return Err(AppError::InvalidClientMessageId);
    }
    let body = message_text(&new.text).map_err(AppError::InvalidMessage)?;
    let row = NewOutboxRow {
        site_id: guest.site_id,
        guest_id: guest.id,
        client_message_id: new.client_message_id,
        kind: RowKind::Message,
        body_hash: body_hash(&room_id, &body),
        body,
        room_id,
        queued_at: app.clock.now(),
    };
    Ok((StatusCode::ACCEPTED, JsonBody(app.outbox.accept(row).await?)))
}

fn conversation(app: &App, guest: &GuestRow, room_id: &RoomId) -> Result<Conversation, AppError> {
    app.store.conversation_for(&guest.id, room_id)?.ok_or(AppError::RoomNotFound)
}

fn message_id(text: &str) -> Result<MessageId, AppError> {
    let is_well_formed = !text.is_empty()
        && text.len() <= MAX_ID_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'='));
    is_well_formed.then(|| MessageId::new(text)).ok_or(AppError::InvalidParameter("before"))
}

/// Tells a repeated request from another one with the same id.
pub(crate) fn body_hash(room_id: &RoomId, body: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(room_id.as_str());
    hash.update([0]);
    hash.update(body);
    hash.finalize().to_vec()
}
