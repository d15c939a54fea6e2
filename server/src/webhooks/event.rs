//! What outgoing webhooks tell: the types of events and their bodies. Thin: ids, names and states. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::{Block, Inline, Timestamp, VisitState};

/// So much of a hash tells one event from any other.
const ID_BYTES: usize = 16;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// The type of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $name,)+
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in configuration, body and log.
            pub const fn as_word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// From its name.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_word() == word)
            }
        }
    };
}

kinds! {
    /// A guest asks for a meeting.
    VisitRequested = "visit.requested",
    /// A meeting is arranged for later.
    VisitScheduled = "visit.scheduled",
    /// A meeting that was arranged is near.
    VisitReminder = "visit.reminder",
    /// Staff are told.
    VisitRinging = "visit.ringing",
    /// Further staff are told, because nobody has taken it.
    VisitEscalated = "visit.escalated",
    /// Somebody took it.
    VisitClaimed = "visit.claimed",
    /// The guest opened the link.
    VisitJoined = "visit.joined",
    /// It is over.
    VisitEnded = "visit.ended",
    /// Nobody took it in time.
    VisitMissed = "visit.missed",
    /// It was taken, but the guest never opened the link.
    VisitExpired = "visit.expired",
    /// It was taken back.
    VisitCancelled = "visit.cancelled",
    /// A guest's message is known to be in Webex.
    MessageFromGuest = "message.from_guest",
    /// Somebody wrote in a guest's room.
    MessageFromStaff = "message.from_staff",
    /// The operator tries it out.
    Ping = "ping",
}

impl EventKind {
    /// What is told when a visit comes into a state.
    pub const fn of_state(state: VisitState) -> Option<Self> {
        match state {
            VisitState::Requested => Some(Self::VisitRequested),
            VisitState::Scheduled => Some(Self::VisitScheduled),
            VisitState::Ringing => Some(Self::VisitRinging),
            VisitState::Claimed => Some(Self::VisitClaimed),
            VisitState::Joined => Some(Self::VisitJoined),
            VisitState::Ended => Some(Self::VisitEnded),
            VisitState::Missed => Some(Self::VisitMissed),
            VisitState::Expired => Some(Self::VisitExpired),
            VisitState::Cancelled => Some(Self::VisitCancelled),
            VisitState::Unknown => None,
        }
    }
}

#[derive(Serialize)]
struct Event<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: &'a T,
}

/// What is told of a visit.
#[derive(Serialize)]
pub(super) struct VisitData<'a> {
    pub(super) visit_id: &'a str,
    pub(super) site_id: &'a str,
    pub(super) room_id: &'a str,
    pub(super) guest_id: &'a str,
    pub(super) guest_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guest_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<&'a str>,
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) staff_name: Option<&'a str>,
    pub(super) requested_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guest_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host_link: Option<String>,
}

/// What is told of a message.
#[derive(Serialize)]
pub(super) struct MessageData<'a> {
    pub(super) message_id: &'a str,
    pub(super) room_id: &'a str,
    pub(super) site_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guest_id: Option<&'a str>,
    pub(super) author: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

/// What is told to try an endpoint out.
#[derive(Serialize)]
pub(crate) struct PingData<'a> {
    pub(crate) site_id: &'a str,
}

/// An event's body.
pub(crate) fn body<T: Serialize>(kind: EventKind, at: Timestamp, data: &T) -> String {
    serde_json::to_string(&Event { kind: kind.as_word(), timestamp: rfc3339(at), data }).unwrap_or_default()
}

/// An event's id, made of what tells it from every other.
pub(super) fn event_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    format!("msg_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes.get(..ID_BYTES).unwrap_or_default()))
}

/// An instant as people and other programs write it.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default().to_string()
}

/// The words of a message without their form.
pub(super) fn plain_text(blocks: &[Block]) -> String {
    let text = |block: &Block| match block {
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => inlines_text(inlines),
        Block::Code { text } => text.clone(),
        Block::Quote { blocks } => plain_text(blocks),
        Block::List { items, .. } => items.iter().map(|item| plain_text(item)).collect::<Vec<_>>().join("\n"),
        Block::Rule | Block::Unknown => String::new(),
    };
    blocks.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn inlines_text(inlines: &[Inline]) -> String {
    let text = |inline: &Inline| match inline {
        Inline::Text { text } | Inline::Code { text } | Inline::Mention { text } => text.clone(),
        Inline::Break => "\n".to_owned(),
        Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Deleted { inlines } | Inline::Link { inlines, .. } => {
            inlines_text(inlines)
        }
        Inline::Unknown => String::new(),
    };
    inlines.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_found_by_its_name() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_word(kind.as_word()), Some(*kind));
        }
        assert_eq!(EventKind::from_word("visit.teleported"), None);
    }

    #[test]
    fn a_body_has_type_time_and_what_is_known() {
        let data = MessageData { message_id: "m", room_id: "r", site_id: "s", guest_id: None, author: "Grace", text: None };
        assert_eq!(
            body(EventKind::MessageFromStaff, Timestamp::from_millis(1_790_000_000_250), &data),
            concat!(
                r#"{"type":"message.from_staff","timestamp":"2026-09-21T14:13:20.25Z","#,
                r#""data":{"message_id":"m","room_id":"r","site_id":"s","author":"Grace"}}"#
            )
        );
    }

    #[test]
    fn an_id_is_the_same_for_the_same_and_another_for_another() {
        assert_eq!(event_id(&["visit", "a", "b"]), event_id(&["visit", "a", "b"]));
        assert_ne!(event_id(&["visit", "a", "b"]), event_id(&["visit", "ab", ""]));
        assert_eq!(event_id(&["x"]).len(), 26);
    }

    #[test]
    fn the_words_of_a_message_are_told_without_their_form() {
        let said = shared::rich_text::from_plain_text("Hello\nagain\n\nsee https://example.com");
        assert_eq!(plain_text(&said), "Hello\nagain\nsee https://example.com");
    }
}
