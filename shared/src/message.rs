//! Messages: asked for, on their way, and there.

use serde::{Deserialize, Serialize};

use crate::{ClientMessageId, FileInfo, MessageId, PendingFile, PersonId, Problem, RichText, RoomId, Timestamp, Visit};

/// Asks for a message to be sent: the body of `POST` [`crate::path::ROOM_MESSAGES`].
///
/// With a file the request is `multipart/form-data`: the part `message` holds this as JSON and comes
/// first, the part `file` holds the bytes with their file name and media type. `text` may then be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// The browser's own id; repeating a request with it never sends twice.
    pub client_message_id: ClientMessageId,
    /// What the guest wrote; see [`crate::outgoing::message_text`] for what is accepted.
    pub text: String,
    /// The message that began the thread it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MessageId>,
}

/// Asks for a message to say something else: the body of `PATCH` [`crate::path::ROOM_MESSAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMessage {
    /// The browser's own id of this change, as for a new message.
    pub client_message_id: ClientMessageId,
    /// What it says from now on.
    pub text: String,
}

/// How far a message the portal accepted has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Written down; its turn has not come.
    Accepted,
    /// On its way to Webex right now.
    InFlight,
    /// In Webex.
    Sent,
    /// Webex may or may not have it: the portal looks for it, and sends it again once it is surely not there.
    NotConfirmed,
    /// Webex refused it for good; [`Pending::problem`] says why.
    Failed,
    /// A state a newer server knows.
    #[serde(other)]
    Unknown,
}

/// A message the portal has accepted, as its own guest sees it until it is in Webex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The browser's id of it.
    pub client_message_id: ClientMessageId,
    /// Where it goes.
    pub room_id: RoomId,
    /// What is to be done.
    #[serde(default)]
    pub kind: PendingKind,
    /// What it says, as it will be sent; empty for a deletion and for a file alone.
    pub text: String,
    /// The file that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PendingFile>,
    /// How far it has come.
    pub delivery: Delivery,
    /// When the portal accepted it.
    pub queued_at: Timestamp,
    /// The message's id in Webex: of a new one once known, of an edit or a deletion the one it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The message that began the thread it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MessageId>,
    /// Why it failed, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a guest asked to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// Post a message.
    #[default]
    Post,
    /// Make a message say something else.
    Edit,
    /// Take a message back.
    Delete,
    /// Something a newer server knows.
    #[serde(other)]
    Unknown,
}

/// A message that exists in Webex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id in Webex.
    pub id: MessageId,
    /// Who wrote it.
    pub author: Author,
    /// What it says; empty for a file alone.
    pub content: RichText,
    /// The files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
    /// The first message of the thread this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MessageId>,
    /// When Webex says it was written.
    pub created_at: Timestamp,
    /// When it was last edited; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The id its author's browser gave it, where the portal sent it: the echo with this id is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
}

/// Who wrote a message. The bytes are the same for everybody in the room: a browser finds its own
/// by comparing `person_id` with its session's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The person in Webex.
    pub person_id: PersonId,
    /// The name to show; never an e-mail address.
    pub display_name: String,
    /// What kind of person.
    pub kind: AuthorKind,
}

/// What kind of person wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A guest of the portal.
    Guest,
    /// Somebody of the owner's organisation.
    Staff,
    /// The portal itself: greetings and notices.
    Portal,
    /// A kind a newer server knows.
    #[serde(other)]
    Unknown,
}

/// One page of a room's history: the answer of `GET` [`crate::path::ROOM_MESSAGES`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// Pass this as `before` for the page above; absent at the beginning of the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older: Option<MessageId>,
    /// This guest's messages that are not in Webex yet or failed, in order; only with the newest page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// This guest's visits in the room, oldest first; only with the newest page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<Visit>,
    /// The newest message that somebody other than guests has read, as far as the portal has heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_until: Option<MessageId>,
    /// Webex could not be asked just now: this is what the portal remembers, and newer messages may follow.
    #[serde(default)]
    pub is_stale: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_newer_build_are_understood_as_unknown() {
        assert_eq!(serde_json::from_str::<Delivery>(r#""teleported""#).unwrap(), Delivery::Unknown);
        assert_eq!(serde_json::from_str::<AuthorKind>(r#""robot""#).unwrap(), AuthorKind::Unknown);
    }

    #[test]
    fn fields_of_a_newer_build_are_ignored() {
        let new: NewMessage = serde_json::from_str(r#"{"client_message_id":"x","text":"hi","mood":"good"}"#).unwrap();
        assert_eq!(new.text, "hi");
    }
}
