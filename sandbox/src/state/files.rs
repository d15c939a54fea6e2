//! What is known of the files of messages; their bytes are elsewhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Organisation, Refusal};
use crate::ids::{ContentId, PersonId};

/// One file of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
    /// What its bytes are called on the disk.
    pub(crate) key: Uuid,
}

impl StoredFile {
    /// Webex takes no pictures of this kind.
    pub(crate) fn is_tiff(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        self.media_type.to_ascii_lowercase().starts_with("image/tiff") || name.ends_with(".tif") || name.ends_with(".tiff")
    }
}

impl Organisation {
    /// A file as somebody sees it who may read its message.
    pub(crate) fn file(&self, viewer: PersonId, id: ContentId) -> Result<&StoredFile, Refusal> {
        let message = self.message(viewer, id.message).map_err(|_| Refusal::no_such_resource())?;
        message.files.get(id.index).ok_or_else(Refusal::no_such_resource)
    }

    /// Any file; nobody but a test may ask.
    pub(crate) fn any_file(&self, id: ContentId) -> Option<&StoredFile> {
        self.messages.get(&id.message)?.files.get(id.index)
    }

    /// What the bytes of every file are called.
    pub(crate) fn file_keys(&self) -> impl Iterator<Item = Uuid> {
        self.messages.values().flat_map(|message| message.files.iter().map(|file| file.key))
    }

    /// The id of every file there is.
    pub(crate) fn content_ids(&self) -> impl Iterator<Item = ContentId> {
        self.messages.values().flat_map(|message| (0..message.files.len()).map(|index| ContentId { message: message.id, index }))
    }
}
