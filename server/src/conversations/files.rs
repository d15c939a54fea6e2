//! What the files of messages are called: Webex tells addresses only, the rest is asked for once per file.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::{HeaderMap, header};
use shared::{FileInfo, FileState};

use super::ears::Ears;
use crate::{
    content::files::{download_type, name_from_disposition, safe_name},
    store::Conversation,
    webex::{Doubt, WebexError, content_id, wire},
};

/// Beyond this many the directory starts anew.
const MAX_FILES: usize = 20_000;

#[derive(Clone)]
pub(super) struct Files {
    ears: Ears,
    known: Arc<Mutex<HashMap<String, FileInfo>>>,
}

impl Files {
    pub(super) fn new(ears: Ears) -> Self {
        Self { ears, known: Arc::default() }
    }

    /// The files of a message, in order.
    pub(super) async fn of(&self, conversation: &Conversation, message: &wire::Message) -> Result<Vec<FileInfo>, WebexError> {
        let mut found = Vec::with_capacity(message.files.len());
        for address in &message.files {
            found.push(match content_id(address) {
                Some(id) => self.look_up(conversation, &id).await?,
                None => nameless(FileState::Removed),
            });
        }
        Ok(found)
    }

    async fn look_up(&self, conversation: &Conversation, id: &str) -> Result<FileInfo, WebexError> {
        if let Some(info) = self.known().get(id) {
            return Ok(info.clone());
        }
        let info = match self.ears.ask(conversation, |webex, token| async move { webex.content_head(token, id).await }).await {
            Ok(headers) => info_from(&headers),
            // Looked at again with the next listing: the scan ends at some time.
            Err(WebexError::Status { status: 423, .. }) => return Ok(nameless(FileState::Scanning)),
            Err(WebexError::Status { status: 428, .. }) => nameless(FileState::Refused),
            Err(WebexError::Status { status: 404 | 410, .. }) => nameless(FileState::Removed),
            // What was said must be heard even where Webex has trouble with a file; it is looked at again with the next listing.
            Err(error @ WebexError::Status { .. }) => match error.doubt() {
                Doubt::Refused => return Ok(nameless(FileState::Refused)),
                Doubt::Unclear => return Ok(nameless(FileState::Ready)),
                Doubt::NotApplied(_) | Doubt::TokenRefused => return Err(error),
            },
            Err(WebexError::Network { is_not_sent: false, .. }) => return Ok(nameless(FileState::Ready)),
            Err(error) => return Err(error),
        };
        let mut known = self.known();
        if known.len() >= MAX_FILES {
            known.clear();
        }
        known.insert(id.to_owned(), info.clone());
        Ok(info)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, FileInfo>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn info_from(headers: &HeaderMap) -> FileInfo {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let name = headers.get(header::CONTENT_DISPOSITION).and_then(|value| name_from_disposition(value.as_bytes()));
    FileInfo {
        name: safe_name(&name.unwrap_or_default()),
        media_type: download_type(text(header::CONTENT_TYPE).unwrap_or_default()).to_owned(),
        size: text(header::CONTENT_LENGTH).and_then(|size| size.parse().ok()),
        state: FileState::Ready,
    }
}

fn nameless(state: FileState) -> FileInfo {
    FileInfo { name: String::new(), media_type: "application/octet-stream".into(), size: None, state }
}
