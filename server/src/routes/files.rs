//! `/api/files`: a ticket for a file, and the file itself, handed through as it comes.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use shared::{FileTicket, path};

use super::messages::message_id;
use crate::{
    app::App,
    content::files::{attachment, download_type, name_from_disposition, safe_name},
    error::AppError,
    limits::{ClientAddress, Rule},
    session::SignedIn,
    webex::{WebexError, content_id, wire},
};

/// A ticket for one file of a message. Asked for with the guest's own token, Webex itself says whether they
/// may see the message.
pub(super) async fn create_ticket(
    State(app): State<App>,
    SignedIn { guest, .. }: SignedIn,
    Path((id, index)): Path<(String, usize)>,
) -> Result<Json<FileTicket>, AppError> {
    let id = message_id(&id)?;
    let webex = &app.connections.of_site(&guest.site_id).map_err(AppError::Webex)?.webex;
    let message = app.identity.with_token(&guest.id, |token| webex.message(token, id.as_str())).await.map_err(gone_if_not_found)?;
    // Not every room the guest's person is in is one of this portal's conversations with them.
    let conversation = app.store.conversation_by_webex_room(wire::unpadded(&message.room_id))?;
    let is_here = match &conversation {
        Some(conversation) => app.store.conversation_for(&guest.id, &conversation.id)?.is_some(),
        None => false,
    };
    let address = message.files.get(index).filter(|_| is_here).ok_or(AppError::FileGone)?;
    let content_id = content_id(address).ok_or(AppError::FileGone)?;
    let ticket = app.downloads.issue(guest.id, content_id)?;
    Ok(Json(FileTicket { url: path::file_download(&ticket) }))
}

/// The file a ticket stands for. Always as an attachment of a harmless type: what others sent must not
/// become a page of this origin.
pub(super) async fn download_file(
    State(app): State<App>,
    address: ClientAddress,
    Path(ticket): Path<String>,
) -> Result<Response, AppError> {
    let Some(ticket) = app.downloads.take(&ticket) else {
        // Somebody may be guessing.
        app.limits.count(Rule::LinksPerAddress, address)?;
        return Err(AppError::FileGone);
    };
    let guest = app.store.guest(&ticket.guest_id)?.ok_or(AppError::FileGone)?;
    let webex = &app.connections.of_site(&guest.site_id).map_err(AppError::Webex)?.webex;
    let content = app.identity.with_token(&guest.id, |token| webex.content(token, &ticket.content_id)).await;
    let content = content.map_err(|error| match error.status() {
        Some(423) => AppError::FileScanning,
        Some(404 | 410 | 428) => AppError::FileGone,
        _ => AppError::Webex(error),
    })?;
    let theirs = content.headers();
    let name = theirs.get(header::CONTENT_DISPOSITION).and_then(|value| name_from_disposition(value.as_bytes())).unwrap_or_default();
    let media_type = theirs.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(download_type(media_type))),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&attachment(&safe_name(&name))).map_err(|error| AppError::Internal(error.to_string()))?,
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    let length = content.content_length();
    let mut response = (headers, Body::new(reqwest::Body::from(content))).into_response();
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

fn gone_if_not_found(error: WebexError) -> AppError {
    if error.status() == Some(404) { AppError::FileGone } else { AppError::Webex(error) }
}
