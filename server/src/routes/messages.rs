//! `/api/rooms/{room_id}/messages`: what was said, saying something, and changing what one said.

use axum::{
    Json as JsonBody,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::{
    AuthorKind, ClientMessageId, EditMessage, MemberList, MessageId, MessagePage, Pending, RoomId,
    outgoing::{Refusal, message_text},
};

use super::{body::Json, upload::NewContent};
use crate::{
    app::App,
    config::ConversationKind,
    conversations::{HistoryError, Progress},
    error::AppError,
    session::{CurrentSite, SignedIn},
    store::{Conversation, GuestRow, NewOutboxRow, RowKind},
};

/// Webex's ids are base64 text of some hundred characters.
const MAX_ID_CHARS: usize = 400;

#[derive(Deserialize)]
pub(super) struct PageQuery {
    before: Option<String>,
    thread: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DeletionQuery {
    client_message_id: ClientMessageId,
}

/// The newest page with what is on its way, the page before a message, or a thread.
pub(super) async fn list_messages(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
    Query(PageQuery { before, thread }): Query<PageQuery>,
) -> Result<JsonBody<MessagePage>, AppError> {
    let conversation = readable(&app, &guest, &room_id).await?;
    let page = match (thread, before) {
        (Some(root), _) => app.history.thread(&conversation, &message_id(&root)?).await.map_err(|error| unknown("thread", error))?,
        (None, Some(before)) => app.history.before(&conversation, &message_id(&before)?).await.map_err(|error| unknown("before", error))?,
        (None, None) => {
            let page = app.history.newest(&conversation).await?;
            // Read after the page: a message that became sent in between is then in neither place rather
            // than in both, and its event is already on its way.
            let pending = app.outbox.pending(&room_id, &guest.id)?;
            MessagePage { pending, visits: app.visits.in_room(&guest, &room_id)?, ..page }
        }
    };
    Ok(JsonBody(page))
}

/// A message that Webex does not know is a mistake of whoever asks, and nothing that Webex refuses the site.
fn unknown(parameter: &'static str, error: HistoryError) -> AppError {
    match error {
        HistoryError::Webex(error) if matches!(error.status(), Some(400 | 404)) => AppError::InvalidParameter(parameter),
        error => error.into(),
    }
}

/// Who is in a room.
pub(super) async fn list_members(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(room_id): Path<RoomId>,
) -> Result<JsonBody<MemberList>, AppError> {
    let conversation = readable(&app, &guest, &room_id).await?;
    Ok(JsonBody(MemberList { items: app.history.members(&conversation).await? }))
}

/// Takes a message, with or without a file: once this answers it is on disk, every byte of it, and will be sent.
pub(super) async fn create_message(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    CurrentSite(_): CurrentSite,
    Path(room_id): Path<RoomId>,
    content: NewContent,
) -> Result<(StatusCode, JsonBody<Pending>), AppError> {
    let NewContent { new, file } = content;
    writable(&app, &guest, &room_id)?;
    check_id(&new.client_message_id)?;
    let body = match message_text(&new.text) {
        Err(Refusal::Empty) if file.is_some() => String::new(),
        text => text.map_err(AppError::InvalidMessage)?,
    };
    let file_hash = file.as_ref().map(|file| file.hash.as_slice()).unwrap_or_default();
    let parent = new.parent_id.map(|id| message_id(id.as_str())).transpose()?;
    let target = parent.map(|id| id.as_str().to_owned());
    let body_hash = match &target {
        Some(parent) => body_hash(&room_id, &[body.as_bytes(), file_hash, parent.as_bytes()]),
        None => body_hash(&room_id, &[body.as_bytes(), file_hash]),
    };
    app.tell_answers(&guest, &room_id).await?;
    let row = row(&app, &guest, &room_id, new.client_message_id, RowKind::Message);
    let pending = app.outbox.accept_with(NewOutboxRow { body, body_hash, target, ..row }, file).await?;
    Ok((StatusCode::ACCEPTED, JsonBody(pending)))
}

/// Makes one's own message say something else.
pub(super) async fn edit_message(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path((room_id, id)): Path<(RoomId, String)>,
    Json(edit): Json<EditMessage>,
) -> Result<(StatusCode, JsonBody<Pending>), AppError> {
    let id = message_id(&id)?;
    check_id(&edit.client_message_id)?;
    let body = message_text(&edit.text).map_err(AppError::InvalidMessage)?;
    let body_hash = body_hash(&room_id, &[b"edit", id.as_str().as_bytes(), body.as_bytes()]);
    if let Some(pending) = app.outbox.accepted_before(&guest.id, &edit.client_message_id, &body_hash)? {
        return Ok((StatusCode::ACCEPTED, JsonBody(pending)));
    }
    check_own(&app, &guest, &room_id, &id, true).await?;
    let row = row(&app, &guest, &room_id, edit.client_message_id, RowKind::Edit);
    let pending = app.outbox.accept(NewOutboxRow { body, body_hash, target: Some(id.as_str().to_owned()), ..row }).await?;
    Ok((StatusCode::ACCEPTED, JsonBody(pending)))
}

/// Takes one's own message back.
pub(super) async fn delete_message(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path((room_id, id)): Path<(RoomId, String)>,
    Query(DeletionQuery { client_message_id }): Query<DeletionQuery>,
) -> Result<(StatusCode, JsonBody<Pending>), AppError> {
    let id = message_id(&id)?;
    check_id(&client_message_id)?;
    let body_hash = body_hash(&room_id, &[b"delete", id.as_str().as_bytes()]);
    // The message may be gone by the time a browser repeats its request.
    if let Some(pending) = app.outbox.accepted_before(&guest.id, &client_message_id, &body_hash)? {
        return Ok((StatusCode::ACCEPTED, JsonBody(pending)));
    }
    check_own(&app, &guest, &room_id, &id, false).await?;
    let row = row(&app, &guest, &room_id, client_message_id, RowKind::Delete);
    let pending = app.outbox.accept(NewOutboxRow { body_hash, target: Some(id.as_str().to_owned()), ..row }).await?;
    Ok((StatusCode::ACCEPTED, JsonBody(pending)))
}

/// Gives up what failed.
pub(super) async fn give_up(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path(client_message_id): Path<ClientMessageId>,
) -> Result<StatusCode, AppError> {
    // What the portal itself has to say is not the guest's to give up.
    check_id(&client_message_id)?;
    // Giving up twice, or what nobody knows, comes to the same.
    app.outbox.give_up(guest.id, client_message_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A row that asks for nothing yet.
fn row(app: &App, guest: &GuestRow, room_id: &RoomId, client_message_id: ClientMessageId, kind: RowKind) -> NewOutboxRow {
    NewOutboxRow {
        site_id: guest.site_id.clone(),
        guest_id: guest.id.clone(),
        room_id: room_id.clone(),
        client_message_id,
        kind,
        body: String::new(),
        target: None,
        file: None,
        body_hash: Vec::new(),
        queued_at: app.clock.now(),
    }
}

/// A conversation this guest is in.
pub(super) fn conversation(app: &App, guest: &GuestRow, room_id: &RoomId) -> Result<Conversation, AppError> {
    app.store.conversation_for(&guest.id, room_id)?.ok_or(AppError::RoomNotFound)
}

/// A conversation this guest may read: whoever was taken out of its room sees nothing of it any more.
async fn readable(app: &App, guest: &GuestRow, room_id: &RoomId) -> Result<Conversation, AppError> {
    let conversation = conversation(app, guest, room_id)?;
    if app.membership.is_member(guest, &conversation).await.map_err(AppError::Webex)? {
        return Ok(conversation);
    }
    app.store.leave(guest.id.clone(), room_id.clone()).await?;
    app.hub.put_out(&guest.id, room_id);
    Err(AppError::RoomNotFound)
}

pub(super) fn writable(app: &App, guest: &GuestRow, room_id: &RoomId) -> Result<Conversation, AppError> {
    let conversation = conversation(app, guest, room_id)?;
    let is_writable = conversation.progress != Progress::Closed && conversation.kind != ConversationKind::None;
    if is_writable { Ok(conversation) } else { Err(AppError::RoomNotFound) }
}

/// Whether this is a message of this room that this guest wrote, and that can be edited if that is what is wanted.
async fn check_own(app: &App, guest: &GuestRow, room_id: &RoomId, id: &MessageId, is_edit: bool) -> Result<(), AppError> {
    let conversation = writable(app, guest, room_id)?;
    let person_id = guest.person_id.as_ref().ok_or(AppError::NotEditable)?;
    let is_sent_for_them = app.store.is_sent_for(&guest.id, room_id, id)?;
    let message = match app.history.find(&conversation, id).await {
        Ok(Some(message)) => message,
        // What is gone is as good as taken back.
        Ok(None) if is_sent_for_them && !is_edit => return Ok(()),
        Ok(None) => return Err(AppError::NotEditable),
        // Webex says later whether it can be changed.
        Err(HistoryError::Webex(error)) if is_sent_for_them && error.is_passing() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let is_own = message.author.kind == AuthorKind::Guest && message.author.person_id == *person_id;
    let is_possible = !is_edit || message.files.is_empty();
    if is_own && is_possible { Ok(()) } else { Err(AppError::NotEditable) }
}

fn check_id(client_message_id: &ClientMessageId) -> Result<(), AppError> {
    if !client_message_id.is_well_formed() {
        return Err(AppError::InvalidClientMessageId);
    }
    tracing::Span::current().record("message.id", client_message_id.as_str());
    Ok(())
}

/// An id of Webex's, as it may stand in an address.
pub(super) fn message_id(text: &str) -> Result<MessageId, AppError> {
    let is_well_formed = !text.is_empty()
        && text.len() <= MAX_ID_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'='));
    is_well_formed.then(|| MessageId::new(text.trim_end_matches('='))).ok_or(AppError::InvalidParameter("message"))
}

/// Tells a repeated request from another one with the same id.
pub(crate) fn body_hash(room_id: &RoomId, parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(room_id.as_str());
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    hash.finalize().to_vec()
}
