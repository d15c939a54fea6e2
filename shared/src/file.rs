//! Files that come with messages.

use serde::{Deserialize, Serialize};

use crate::MessageId;

/// One file of a message. The page never learns where it lies in Webex: it asks for a [`FileTicket`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its name, safe to show and to save under; empty where Webex does not tell it yet.
    pub name: String,
    /// Its media type; `application/octet-stream` where nothing better is known.
    pub media_type: String,
    /// How large it is, in bytes; absent where Webex does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whether it can be fetched.
    pub state: FileState,
}

/// Whether a file can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is there.
    Ready,
    /// Webex is still looking for malware in it; worth asking again.
    Scanning,
    /// Webex found malware and removed it, or it was deleted.
    Removed,
    /// Webex cannot look inside, so it is not handed on.
    Refused,
    /// A state a newer server knows.
    #[serde(other)]
    Unknown,
}

/// Leads to one file once, for a minute: the answer of `POST` [`crate::path::FILE_TICKET`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTicket {
    /// Where to fetch the file; needs no cookie.
    pub url: String,
}

/// A file on its way to Webex, as its own guest sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: u64,
}

/// The address of one file of a message, for [`crate::path::file_ticket`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileRef {
    /// The message it came with.
    pub message_id: MessageId,
    /// Its place among the message's files, from 0.
    pub index: usize,
}
