//! Everything the event stream can say.

use serde::{Deserialize, Serialize};

use crate::{Author, Message, MessageId, Pending, PersonId, Room, RoomId, Visit};

/// One thing that happened, as the body of one event of [`crate::path::EVENTS`].
///
/// Applying an event twice, or a message before the answer to its sending, changes nothing more:
/// messages are keyed by id, what is on its way by the browser's own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PortalEvent {
    /// The first event of every stream.
    Hello {
        /// Which build of the portal answers; a page of another build offers to reload.
        build: String,
        /// Every event since `Last-Event-ID` follows. If not, what the page holds may have gaps: it
        /// fetches rooms and messages again, and applies what follows to the result.
        is_resumed: bool,
    },
    /// A message is there.
    MessagePosted {
        /// Where.
        room_id: RoomId,
        /// The message.
        message: Message,
    },
    /// A message says something else now.
    MessageEdited {
        /// Where.
        room_id: RoomId,
        /// The message as it is now.
        message: Message,
    },
    /// A message is gone.
    MessageDeleted {
        /// Where.
        room_id: RoomId,
        /// Which.
        message_id: MessageId,
    },
    /// Somebody writes, or has stopped. Where somebody goes on writing it is said again every few seconds.
    TypingChanged {
        /// Where.
        room_id: RoomId,
        /// Who.
        person: Author,
        /// Whether they write.
        is_typing: bool,
    },
    /// Somebody has read a room up to a message.
    MessagesRead {
        /// Where.
        room_id: RoomId,
        /// Who.
        person_id: PersonId,
        /// The last message they have read.
        message_id: MessageId,
    },
    /// One of this guest's own messages has come further; sent to nobody else.
    DeliveryChanged {
        /// The message as it stands.
        pending: Pending,
    },
    /// One of this guest's visits has come further; sent to nobody else.
    VisitChanged {
        /// The visit as it stands.
        visit: Visit,
    },
    /// A room of this guest is new or has changed.
    RoomChanged {
        /// The room as it is now.
        room: Room,
    },
    /// Webex has vouched for this guest: from now on this is who "mine" is.
    GuestVouched {
        /// The guest's person in Webex.
        person_id: PersonId,
    },
    /// This guest's session is over, here or in another tab.
    SignedOut,
    /// The server ends this stream on purpose; connect again after a moment.
    Bye,
    /// Something a newer server says.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_carry_their_type_and_unknown_ones_are_tolerated() {
        let json = serde_json::to_string(&PortalEvent::Hello { build: "1".into(), is_resumed: true }).unwrap();
        assert_eq!(json, r#"{"type":"hello","build":"1","is_resumed":true}"#);
        let event: PortalEvent = serde_json::from_str(r#"{"type":"confetti","amount":7}"#).unwrap();
        assert_eq!(event, PortalEvent::Unknown);
    }
}
