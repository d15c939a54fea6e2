//! How far somebody has read in a room.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::listing::ticks;
use super::{Message, Organisation, Refusal, SignKind};
use crate::ids::{MembershipId, MessageId, PersonId, RoomId};
use crate::moment::Moment;

/// The newest message somebody has seen in a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReadMark {
    pub(crate) person: PersonId,
    pub(crate) room: RoomId,
    pub(crate) message: MessageId,
    /// When; unknown of those that were kept before this was.
    #[serde(default)]
    pub(crate) at: Moment,
}

impl Organisation {
    /// Marks go forward only; whoever listens is told when one does.
    pub(crate) fn mark_read(&mut self, person: PersonId, room: RoomId, message: MessageId) -> Result<(), Refusal> {
        self.room(person, room)?;
        if self.read_marks.get(&(room, person)).is_some_and(|known| ticks(known.message.uuid()) >= ticks(message.uuid())) {
            return Ok(());
        }
        let mark = ReadMark { person, room, message, at: self.now };
        self.save("read_mark", MembershipId { person, room }.key(), &mark);
        self.read_marks.insert((room, person), mark);
        self.give_sign(person, room, SignKind::HasRead(message));
        Ok(())
    }

    /// The same, of a message that is there to be read.
    pub(crate) fn acknowledge(&mut self, person: PersonId, room: RoomId, message: MessageId) -> Result<(), Refusal> {
        self.room(person, room)?;
        if self.message(person, message)?.room != room {
            return Err(Refusal::not_found("Unable to get message."));
        }
        self.mark_read(person, room, message)
    }

    /// How far one has read.
    pub(crate) fn mark_of(&self, room: RoomId, person: PersonId) -> Option<&ReadMark> {
        self.read_marks.get(&(room, person))
    }

    /// Messages of others after the mark, and after one's own newest.
    pub(crate) fn unread(&self, person: PersonId, room: RoomId) -> usize {
        let mark = self.read_marks.get(&(room, person)).map_or(0, |mark| ticks(mark.message.uuid()));
        let newer = self.whole_timeline(room).rev().take_while(|message| message.author != person && ticks(message.id.uuid()) > mark);
        newer.count()
    }

    /// How far each has read in a room.
    pub(crate) fn marks_in(&self, room: RoomId) -> impl Iterator<Item = &ReadMark> {
        let (first, last) = (PersonId::new(Uuid::nil()), PersonId::new(Uuid::max()));
        self.read_marks.range((room, first)..=(room, last)).map(|(_, mark)| mark)
    }

    /// Who has seen a message, its author left out.
    pub(crate) fn readers(&self, message: &Message) -> impl Iterator<Item = PersonId> {
        let (author, reached) = (message.author, ticks(message.id.uuid()));
        self.marks_in(message.room)
            .filter(move |mark| mark.person != author && ticks(mark.message.uuid()) >= reached)
            .map(|mark| mark.person)
    }

    pub(super) fn index_read_mark(&mut self, mark: ReadMark) {
        self.read_marks.insert((mark.room, mark.person), mark);
    }
}
