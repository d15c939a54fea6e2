//! What is remembered of one room.

use std::time::Duration;

use shared::MessageId;

use super::gap::Known;

/// A room's recent messages.
pub(super) struct RoomHistory {
    /// Oldest first.
    pub(super) known: Vec<Known>,
    /// Nothing is older than the oldest known one.
    pub(super) is_whole: bool,
    /// When Webex was asked for the last listing.
    pub(super) listed_at: Option<Duration>,
    /// When it was asked for one, answered or not.
    pub(super) asked_at: Option<Duration>,
    /// A listing that was asked for no later than this may lack something.
    pub(super) is_wanted_since: Option<Duration>,
    /// Something surely happened then that no earlier listing has.
    pub(super) moved_at: Option<Duration>,
    /// The newest message that somebody other than guests has read, as far as is known.
    pub(super) read_until: Option<MessageId>,
    /// Every change since the hub's event of this number was told.
    pub(super) told_since: u64,
}

impl RoomHistory {
    pub(super) fn beginning(told_since: u64) -> Self {
        Self {
            known: Vec::new(),
            is_whole: false,
            listed_at: None,
            asked_at: None,
            is_wanted_since: None,
            moved_at: None,
            read_until: None,
            told_since,
        }
    }

    /// Whether something surely happened that is not listed yet.
    pub(super) fn has_moved(&self) -> bool {
        self.moved_at.is_some_and(|moved_at| self.listed_at.is_none_or(|listed_at| listed_at <= moved_at))
    }

    /// Somebody other than guests has read up to a message; nobody unreads.
    pub(super) fn read(&mut self, message_id: &MessageId) {
        let place = |id: &MessageId| self.known.iter().position(|entry| entry.message.id == *id);
        if place(message_id) > self.read_until.as_ref().and_then(place) {
            self.read_until = Some(message_id.clone());
        }
    }

    /// When Webex was asked for the last listing; `None` if it is to be asked again.
    pub(super) fn listed_at(&self) -> Option<Duration> {
        self.listed_at.filter(|listed_at| self.is_wanted_since.is_none_or(|since| *listed_at > since))
    }
}
