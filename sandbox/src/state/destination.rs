//! Where a message goes: found out first and opened last, so that nothing is left of a message that is refused.

use super::direct::counted_pair;
use super::{Organisation, Refusal};
use crate::ids::{PersonId, RoomId};

/// Where a message is to go, as its author says it.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    Room(String),
    Person(String),
    Address(String),
}

/// What that comes to.
pub(super) enum Destined {
    /// There already.
    Room(RoomId),
    /// Somebody the author has not talked to yet.
    Person(PersonId),
    /// An address nobody has here yet.
    Stranger(String),
}

impl Organisation {
    /// Changes nothing.
    pub(super) fn destined(&self, author: PersonId, destination: &Destination) -> Result<Destined, Refusal> {
        let partner = match destination {
            Destination::Room(id) => return RoomId::parse(id).map(Destined::Room).ok_or_else(Refusal::no_such_room),
            Destination::Person(id) => self.partner_by_id(id)?,
            // A bot invites nobody: it reaches who is known already.
            Destination::Address(email) if self.person(author).is_some_and(|person| person.is_bot()) => self.partner_by_address(email)?,
            Destination::Address(email) => match self.at_address(email)? {
                Some(person) => person,
                None => return Ok(Destined::Stranger(email.clone())),
            },
        };
        if let Some(room) = self.direct_room(author, partner) {
            return Ok(Destined::Room(room));
        }
        self.require_talk(author, partner)?;
        Ok(Destined::Person(partner))
    }

    /// The room, made now if need be.
    pub(super) fn open(&mut self, author: PersonId, destined: Destined) -> RoomId {
        match destined {
            Destined::Room(id) => id,
            Destined::Person(partner) => self.open_direct_room(author, partner),
            Destined::Stranger(email) => {
                let partner = self.invite(&email);
                self.open_direct_room(author, partner)
            }
        }
    }

    /// What messages to a destination are counted by; `None` if it is nowhere yet.
    pub(crate) fn counted_destination(&self, author: PersonId, destination: &Destination) -> Option<String> {
        match self.destined(author, destination).ok()? {
            Destined::Room(id) => Some(self.counted_room(id)),
            Destined::Person(partner) => Some(counted_pair(author, partner)),
            Destined::Stranger(_) => None,
        }
    }
}
