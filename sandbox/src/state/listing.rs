//! Messages in their order, and forgetting them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Message, Organisation, Refusal};
use crate::ids::{MessageId, PersonId, RoomId};
use crate::moment::Moment;

/// Which messages of a room, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) before: Option<Moment>,
    pub(crate) before_message: Option<MessageId>,
    pub(crate) parent: Option<MessageId>,
    pub(crate) mentioning: Option<PersonId>,
    pub(crate) max: usize,
}

/// Where a message was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gap {
    pub(crate) id: MessageId,
    pub(crate) room: RoomId,
    pub(crate) author: PersonId,
    pub(crate) created: Moment,
}

/// Ids carry the time they were made at; that is their order, and it outlives a deleted message.
pub(crate) fn ticks(id: Uuid) -> u64 {
    id.get_timestamp().map_or(0, |timestamp| timestamp.to_gregorian().0)
}

impl Organisation {
    /// A page, and whether there is more.
    pub(crate) fn list_messages(&self, viewer: PersonId, room: RoomId, window: &Window) -> Result<(Vec<&Message>, bool), Refusal> {
        let room = self.room(viewer, room)?;
        let is_bot = self.person(viewer).is_some_and(|person| person.is_bot());
        if is_bot && !room.is_direct() && window.mentioning.is_none() {
            return Err(Refusal::forbidden("Bots may list only messages of a group room that mention them: mentionedPeople=me."));
        }
        let ids = self.messages_of.get(&room.id).map(Vec::as_slice).unwrap_or_default();
        let end = match window.before_message {
            None => ids.len(),
            Some(cursor) => ids.partition_point(|id| ticks(id.uuid()) < ticks(cursor.uuid())),
        };
        let is_wanted = |message: &&Message| {
            window.before.is_none_or(|before| message.created < before)
                && window.parent.is_none_or(|parent| message.parent == Some(parent))
                && window.mentioning.is_none_or(|person| message.content.mentioned_people.contains(&person))
        };
        let newest_first = ids.get(..end).unwrap_or_default().iter().rev().filter_map(|id| self.messages.get(id));
        let mut page: Vec<&Message> = newest_first.filter(is_wanted).take(window.max.saturating_add(1)).collect();
        let has_more = page.len() > window.max;
        page.truncate(window.max);
        Ok((page, has_more))
    }

    /// Whoever asks; nobody but the desk may.
    pub(crate) fn any_message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// Who wrote a message and when, one that was taken back included.
    pub(crate) fn written_by(&self, id: MessageId) -> Option<(PersonId, Moment)> {
        let message = self.messages.get(&id).map(|message| (message.author, message.created));
        message.or_else(|| self.gaps.get(&id).map(|gap| (gap.author, gap.created)))
    }

    /// Oldest first, all of them; nobody but the desk and tests may ask.
    pub(crate) fn whole_timeline(&self, room: RoomId) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages_of.get(&room).into_iter().flatten().filter_map(|id| self.messages.get(id))
    }

    /// What was taken back in a room, for the desk: Webex's own apps say so too, the API does not.
    pub(crate) fn gaps(&self, room: RoomId) -> impl Iterator<Item = &Gap> {
        self.gaps.values().filter(move |gap| gap.room == room)
    }

    pub(super) fn forget_message(&mut self, room: RoomId, id: MessageId) {
        if let Some(message) = self.messages.get(&id) {
            let gap = Gap { id, room, author: message.author, created: message.created };
            self.save("gap", id.uuid().to_string(), &gap);
            self.gaps.insert(id, gap);
        }
        self.forget_files_of(id);
        self.messages.remove(&id);
        if let Some(ids) = self.messages_of.get_mut(&room) {
            ids.retain(|other| *other != id);
        }
        self.forget("message", id.uuid().to_string());
    }

    pub(super) fn forget_messages_of(&mut self, room: RoomId) {
        for id in self.messages_of.remove(&room).unwrap_or_default() {
            self.forget_files_of(id);
            self.messages.remove(&id);
            self.forget("message", id.uuid().to_string());
        }
    }

    fn forget_files_of(&mut self, id: MessageId) {
        let files = self.messages.get(&id).into_iter().flat_map(|message| &message.files);
        self.forgotten_files.extend(files.map(|file| file.key));
    }

    pub(super) fn forget_room(&mut self, room: RoomId) {
        self.rooms.remove(&room);
        self.forget("room", room.uuid().to_string());
    }
}
