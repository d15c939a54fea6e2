//! Who is typing.

use uuid::Uuid;

use super::{Organisation, Refusal, SignKind};
use crate::ids::{PersonId, RoomId};

/// Whoever types says so again and again; this long after the last time they are taken to have stopped.
const LAPSES_AFTER_MS: i64 = 15_000;

impl Organisation {
    /// Somebody begins, goes on, or stops.
    pub(crate) fn set_typing(&mut self, person: PersonId, room: RoomId, is_typing: bool) -> Result<(), Refusal> {
        self.room(person, room)?;
        if is_typing {
            self.typing.insert((room, person), self.now);
        } else {
            self.typing.remove(&(room, person));
        }
        self.is_stirred = true;
        self.give_sign(person, room, SignKind::Typing { is_typing });
        Ok(())
    }

    /// Who is typing in a room now.
    pub(crate) fn typing_in(&self, room: RoomId) -> impl Iterator<Item = PersonId> {
        let (first, last) = (PersonId::new(Uuid::nil()), PersonId::new(Uuid::max()));
        let now = self.now.ms();
        let of_room = self.typing.range((room, first)..=(room, last));
        of_room.filter(move |(_, since)| now - since.ms() < LAPSES_AFTER_MS).map(|((_, person), _)| *person)
    }

    /// What was typed is said.
    pub(super) fn end_typing(&mut self, person: PersonId, room: RoomId) {
        self.typing.remove(&(room, person));
    }
}
