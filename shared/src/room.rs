//! Rooms (spaces, on screen): the conversations a guest is in.

use serde::{Deserialize, Serialize};

use crate::{MessageId, RoomId, Timestamp};

/// One conversation of the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The portal's own id of it.
    pub id: RoomId,
    /// What the guest sees as its name.
    pub title: String,
    /// When something last happened there; absent before anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<Timestamp>,
    /// The room was closed; nothing more can be written.
    #[serde(default)]
    pub is_closed: bool,
    /// Nobody is there at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
    /// What a meeting may be about; the guest chooses one if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// What this room's way of hearing from Webex can carry.
    #[serde(default)]
    pub can: Abilities,
}

/// Outside working hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// What the owner says to guests meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When somebody is there again, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a meeting may be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// What the guest chooses.
    pub name: String,
    /// Nobody is there for it at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
}

/// What the page may draw for a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Abilities {
    /// Messages can be written; off where a site offers meetings only.
    pub write: bool,
    /// Files can be sent.
    pub files: bool,
    /// Meetings can be asked for, now.
    pub meet: bool,
    /// A message can be left for staff, where guests do not write otherwise.
    pub leave_note: bool,
    /// Typing is heard and told.
    pub typing: bool,
    /// Who has read what is known.
    pub receipts: bool,
    /// The guest may edit and delete what they wrote.
    pub edit: bool,
    /// Whether staff are there is known.
    pub presence: bool,
}

/// The body of `POST` [`crate::path::ROOM_TYPING`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    /// Whether the guest writes. Where they go on it is said again every few seconds.
    pub is_typing: bool,
}

/// The body of `POST` [`crate::path::ROOM_READ`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUpTo {
    /// The newest message the guest has seen.
    pub message_id: MessageId,
}

/// The answer of `GET` [`crate::path::ROOMS`], most recently active first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomList {
    /// The guest's rooms.
    pub items: Vec<Room>,
    /// Where the event stream was before this was read: a stream that is opened with it as `Last-Event-ID` leaves out nothing
    /// that happened since, as far as the portal still knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_id: Option<String>,
}
