//! What stands beside the messages of a conversation: visits, changes on their way, who is there.

use std::sync::Arc;

use shared::{Author, AuthorKind, Message, MessageId, PendingKind, PersonId, Timestamp, Visit};

use super::state::{Echo, Held, Timeline, can_edit};

impl Timeline {
    /// How a visit stands. Whether that is news: answers may be overtaken by events.
    pub fn visit(&mut self, visit: Visit) -> bool {
        let known = self.visits.iter().position(|held| held.value.id == visit.id);
        if let Some(held) = known.and_then(|place| self.visits.get(place)) {
            let is_older = visit.state_at < held.value.state_at || (held.value.state.is_over() && !visit.state.is_over());
            if is_older || *held.value == visit {
                return false;
            }
        }
        let is_news = known.and_then(|place| self.visits.get(place)).is_none_or(|held| held.value.state != visit.state);
        self.revision += 1;
        let held = Held { value: Arc::new(visit), revision: self.revision };
        match known.and_then(|place| self.visits.get_mut(place)) {
            Some(place) => *place = held,
            None => {
                let place = self.visits.partition_point(|other| other.value.requested_at <= held.value.requested_at);
                self.visits.insert(place, held);
            }
        }
        is_news
    }

    /// The guest's visits, in the order they were asked for.
    pub fn visits(&self) -> &[Held<Arc<Visit>>] {
        &self.visits
    }

    /// The visit that is not over, if there is one.
    pub fn active_visit(&self) -> Option<&Arc<Visit>> {
        self.visits.iter().rev().map(|held| &held.value).find(|visit| !visit.state.is_over())
    }

    /// Asks the guest before a message is deleted, or stops asking.
    pub fn ask_about(&mut self, id: Option<MessageId>) {
        self.revision += 1;
        self.asked_about = id.map(|value| Held { value, revision: self.revision });
    }

    /// The message the guest is asked about before it is deleted.
    pub fn asked_about(&self) -> Option<&Held<MessageId>> {
        self.asked_about.as_ref()
    }

    /// The latest change to a message that is not known to be done.
    pub fn change_of(&self, id: &MessageId) -> Option<&Held<Echo>> {
        self.echoes.iter().rev().find(|held| held.value.kind != PendingKind::Post && held.value.message_id.as_ref() == Some(id))
    }

    /// A message, if it is held.
    pub fn message(&self, id: &MessageId) -> Option<&Arc<Message>> {
        self.held(id).map(|held| &held.value)
    }

    /// A message with its number, if it is held.
    pub fn held(&self, id: &MessageId) -> Option<&Held<Arc<Message>>> {
        self.messages.iter().rev().find(|held| held.value.id == *id).or_else(|| self.in_thread(id))
    }

    /// The guest's last message that has only words, to be edited.
    pub fn last_own(&self, me: Option<&PersonId>) -> Option<&Arc<Message>> {
        let is_it = |message: &&Arc<Message>| self.is_mine(message, me) && can_edit(message);
        self.messages.iter().rev().map(|held| &held.value).find(is_it)
    }

    /// The guest looks away: what comes from now on is new to them. `since`, if they looked away before the page was loaded.
    pub fn looks_away(&mut self, since: Option<Timestamp>) {
        if since.is_some() || self.seen_until.is_none() {
            self.seen_until = since.or_else(|| self.latest());
        }
    }

    /// The guest looks again: if nothing came meanwhile, nothing is new.
    pub fn looks_again(&mut self) {
        if self.seen_until >= self.latest() {
            self.seen_until = None;
        }
    }

    /// When the latest message was said.
    pub fn latest(&self) -> Option<Timestamp> {
        self.newest().map(|message| message.created_at)
    }

    /// The newest message.
    pub fn newest(&self) -> Option<&Message> {
        self.messages.last().map(|held| &*held.value)
    }

    /// Who is in the room, as far as known.
    pub fn members(&self) -> &[Author] {
        &self.members
    }

    /// Who is in the room.
    pub fn set_members(&mut self, members: Vec<Author>) {
        self.members = members;
    }

    /// Whether somebody wrote who is not known to be in the room.
    pub fn is_stranger(&self, author: &Author) -> bool {
        author.kind != AuthorKind::Portal && !self.members.iter().any(|member| member.person_id == author.person_id)
    }
}
