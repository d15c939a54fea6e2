//! Conversations of two: they come into being with their first message.

use super::{Event, Membership, Organisation, PersonKind, Refusal, Room, RoomKind};
use crate::ids::{PersonId, RoomId};

/// Both directions reach the same room.
pub(super) fn pair(one: PersonId, other: PersonId) -> (PersonId, PersonId) {
    if one <= other { (one, other) } else { (other, one) }
}

pub(super) fn counted_pair(one: PersonId, other: PersonId) -> String {
    let (first, second) = pair(one, other);
    format!("{} {}", first.uuid(), second.uuid())
}

impl Organisation {
    /// The room two people share, if they ever talked.
    pub(crate) fn direct_room(&self, one: PersonId, other: PersonId) -> Option<RoomId> {
        self.direct_rooms.get(&pair(one, other)).copied()
    }

    /// By id, for `GET /messages/direct` and `POST /messages`.
    pub(crate) fn partner_by_id(&self, text: &str) -> Result<PersonId, Refusal> {
        PersonId::parse(text)
            .filter(|id| self.people.contains_key(id))
            .ok_or_else(|| Refusal::not_found("Failed to get one on one conversation"))
    }

    /// By address, which a Guest Issuer's guest has only for show. Looks only: nobody is invited.
    pub(crate) fn partner_by_address(&self, email: &str) -> Result<PersonId, Refusal> {
        self.people
            .values()
            .find(|person| person.kind != PersonKind::IssuerGuest && person.email.eq_ignore_ascii_case(email.trim()))
            .map(|person| person.id)
            .ok_or_else(|| Refusal::not_found("Failed to find user with specified email address."))
    }

    /// What messages in a room are counted by. A conversation of two is its people: they write before there is a room.
    pub(crate) fn counted_room(&self, id: RoomId) -> String {
        match self.rooms.get(&id).map(|room| room.kind) {
            Some(RoomKind::Direct { between: (one, other) }) => counted_pair(one, other),
            _ => id.uuid().to_string(),
        }
    }

    /// Nobody talks to themselves, and guests may not be alone with guests.
    pub(super) fn require_talk(&self, caller: PersonId, partner: PersonId) -> Result<(), Refusal> {
        if caller == partner {
            return Err(Refusal::invalid("Failed to get one on one conversation"));
        }
        let is_guest = |id: PersonId| self.people.get(&id).is_some_and(|person| person.is_guest());
        if is_guest(caller) && is_guest(partner) && !self.guest_rules.may_write_to_guests {
            return Err(Refusal::forbidden("Guests are not allowed to interact with guests only."));
        }
        Ok(())
    }

    /// A room for two who have none yet.
    pub(super) fn open_direct_room(&mut self, caller: PersonId, partner: PersonId) -> RoomId {
        let id = RoomId::new(self.next_uuid());
        let room = Room {
            id,
            kind: RoomKind::Direct { between: (caller, partner) },
            title: String::new(),
            creator: caller,
            created: self.now,
            last_activity: self.now,
            is_locked: false,
            is_announcement_only: false,
            made_public: None,
            description: None,
        };
        self.put_room(room.clone());
        let membership = |person| Membership { person, room: id, is_moderator: false, is_hidden: false, created: room.created };
        let memberships = [caller, partner].map(membership);
        memberships.iter().for_each(|membership| self.put_membership(membership.clone()));
        self.announce(caller, Event::RoomCreated(room));
        memberships.into_iter().for_each(|membership| self.announce(caller, Event::MembershipCreated(membership)));
        id
    }

    /// A new message brings a hidden conversation back.
    pub(super) fn unhide(&mut self, id: RoomId) {
        let hidden: Vec<Membership> = self.members(id).filter(|membership| membership.is_hidden).cloned().collect();
        for membership in hidden {
            self.put_membership(Membership { is_hidden: false, ..membership });
        }
    }
}
