//! How far somebody has read in a room.

use serde::{Deserialize, Serialize};

use super::listing::ticks;
use super::{Organisation, Refusal};
use crate::ids::{MembershipId, MessageId, PersonId, RoomId};

/// The newest message somebody has seen in a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReadMark {
    pub(crate) person: PersonId,
    pub(crate) room: RoomId,
    pub(crate) message: MessageId,
}

impl Organisation {
    /// Marks go forward only.
    pub(crate) fn mark_read(&mut self, person: PersonId, room: RoomId, message: MessageId) -> Result<(), Refusal> {
        self.room(person, room)?;
        if self.read_marks.get(&(room, person)).is_some_and(|known| ticks(known.message.uuid()) >= ticks(message.uuid())) {
            return Ok(());
        }
        let mark = ReadMark { person, room, message };
        self.save("read_mark", MembershipId { person, room }.key(), &mark);
        self.read_marks.insert((room, person), mark);
        Ok(())
    }

    /// Messages of others after the mark, and after one's own newest.
    pub(crate) fn unread(&self, person: PersonId, room: RoomId) -> usize {
        let mark = self.read_marks.get(&(room, person)).map_or(0, |mark| ticks(mark.message.uuid()));
        let newer = self.whole_timeline(room).rev().take_while(|message| message.author != person && ticks(message.id.uuid()) > mark);
        newer.count()
    }

    pub(super) fn index_read_mark(&mut self, mark: ReadMark) {
        self.read_marks.insert((mark.room, mark.person), mark);
    }
}
