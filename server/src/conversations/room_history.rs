//! What is remembered of one room.

use std::time::Duration;

use shared::{Message, MessageId, Timestamp};

use super::gap::Known;

/// A room's recent messages.
pub(super) struct RoomHistory {
    /// Oldest first.
    pub(super) known: Vec<Known>,
    /// Nothing is older than the oldest known one.
    pub(super) is_whole: bool,
    /// What was written until then was known once, and makes room for what is newer.
    forgotten_until: Option<Timestamp>,
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
    /// When it was first heard of.
    begun_at: Duration,
}

impl RoomHistory {
    pub(super) fn beginning(told_since: u64, begun_at: Duration) -> Self {
        Self {
            known: Vec::new(),
            is_whole: false,
            forgotten_until: None,
            listed_at: None,
            asked_at: None,
            is_wanted_since: None,
            moved_at: None,
            read_until: None,
            told_since,
            begun_at,
        }
    }

    /// Whether somebody asked for it, or something happened in it, since then.
    pub(super) fn is_used_since(&self, then: Duration) -> bool {
        [self.listed_at, self.asked_at, self.is_wanted_since, self.moved_at, Some(self.begun_at)].into_iter().flatten().any(|at| at >= then)
    }

    /// Forgets what was known before a listing that may lack something in between.
    pub(super) fn begin_anew(&mut self, listing_began: Duration) {
        self.known.retain(|entry| entry.since >= listing_began);
        (self.is_whole, self.forgotten_until) = (false, None);
    }

    /// Forgets the oldest beyond so many.
    pub(super) fn keep_newest(&mut self, most: usize) {
        if let Some(last) = self.known.drain(..self.known.len().saturating_sub(most)).next_back() {
            self.forgotten_until = Some(last.message.created_at);
        }
        self.is_whole &= self.forgotten_until.is_none();
    }

    /// A listing without what was told and forgotten: it would be told again.
    pub(super) fn not_forgotten(&self, mut listed: Vec<Message>) -> Vec<Message> {
        let is_known = |id: &MessageId| self.known.iter().any(|entry| entry.message.id == *id);
        listed.retain(|message| self.forgotten_until.is_none_or(|until| message.created_at > until) || is_known(&message.id));
        listed
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

#[cfg(test)]
mod tests {
    use super::{
        super::gap::{Change, bring_up_to_date, tests::message},
        *,
    };

    #[test]
    fn what_was_told_and_forgotten_is_not_told_again_by_a_listing_that_goes_further_back() {
        let all: Vec<Message> = (0..122).map(|at| message(&at.to_string(), at, "x")).collect();
        let mut room = RoomHistory::beginning(0, Duration::ZERO);
        let mut hears = |listed: &[Message], began: u64| {
            let listed = room.not_forgotten(listed.to_vec());
            let (began, now) = (Duration::from_secs(began), Duration::from_secs(began + 1));
            let told = bring_up_to_date(&mut room.known, listed, true, began, now);
            room.keep_newest(100);
            assert_eq!(room.known.len(), 100);
            told
        };
        assert_eq!(hears(&all[..121], 1).len(), 121);
        assert_eq!(hears(&all, 3), [Change::Posted(all[121].clone())]);
        assert_eq!(hears(&all, 5), []);
        assert!(!room.is_whole);
    }
}
