//! Who is in which room.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Event, Organisation, Refusal};
use crate::ids::{MembershipId, PersonId, RoomId};
use crate::moment::Moment;

/// One person in one room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) person: PersonId,
    pub(crate) room: RoomId,
    pub(crate) is_moderator: bool,
    /// Only direct rooms can be hidden.
    pub(crate) is_hidden: bool,
    pub(crate) created: Moment,
}

impl Membership {
    pub(crate) fn id(&self) -> MembershipId {
        MembershipId { person: self.person, room: self.room }
    }
}

/// Who is to be added.
pub(crate) enum Invitee<'a> {
    Id(&'a str),
    Address(&'a str),
}

impl Organisation {
    pub(crate) fn is_member(&self, room: RoomId, person: PersonId) -> bool {
        self.memberships.contains_key(&(room, person))
    }

    pub(crate) fn membership_in(&self, room: RoomId, person: PersonId) -> Option<&Membership> {
        self.memberships.get(&(room, person))
    }

    /// The members of a room.
    pub(crate) fn members(&self, room: RoomId) -> impl Iterator<Item = &Membership> {
        let (first, last) = (PersonId::new(Uuid::nil()), PersonId::new(Uuid::max()));
        self.memberships.range((room, first)..=(room, last)).map(|(_, membership)| membership)
    }

    /// The memberships of a person.
    pub(crate) fn memberships_of(&self, person: PersonId) -> impl Iterator<Item = &Membership> {
        self.rooms_of.get(&person).into_iter().flatten().filter_map(move |room| self.memberships.get(&(*room, person)))
    }

    /// Visible to those who are in the same room.
    pub(crate) fn membership(&self, viewer: PersonId, id: MembershipId) -> Result<&Membership, Refusal> {
        self.memberships
            .get(&(id.room, id.person))
            .filter(|_| self.is_member(id.room, viewer))
            .ok_or_else(|| Refusal::not_found("Failed to get membership"))
    }

    pub(crate) fn add_member(
        &mut self,
        caller: PersonId,
        room: RoomId,
        invitee: Invitee<'_>,
        is_moderator: bool,
    ) -> Result<Membership, Refusal> {
        let failed = || Refusal::not_found("Add participant failed.");
        let room = self.room(caller, room).map_err(|_| failed())?.clone();
        if room.is_direct() {
            return Err(Refusal::forbidden("Nobody can be added to a direct room."));
        }
        self.require_moderator(&room, caller)?;
        let person = match invitee {
            Invitee::Id(id) => PersonId::parse(id).filter(|id| self.people.contains_key(id)).ok_or_else(failed)?,
            Invitee::Address(email) => match self.at_address(email)? {
                Some(person) => person,
                None => self.invite(email),
            },
        };
        if self.is_member(room.id, person) {
            return Err(Refusal::Conflict("User is already a participant in the room.".to_owned()));
        }
        let membership = Membership { person, room: room.id, is_moderator, is_hidden: false, created: self.now };
        self.put_membership(membership.clone());
        self.touch_room(room.id);
        self.announce(caller, Event::MembershipCreated(membership.clone()));
        Ok(membership)
    }

    pub(crate) fn change_membership(
        &mut self,
        caller: PersonId,
        id: MembershipId,
        is_moderator: Option<bool>,
        is_hidden: Option<bool>,
    ) -> Result<Membership, Refusal> {
        let before = self.membership(caller, id)?.clone();
        let mut membership = before.clone();
        let room = self.room(caller, id.room)?.clone();
        if room.is_direct() && is_moderator == Some(true) {
            return Err(Refusal::invalid("Nobody is moderator of a direct room."));
        }
        if let Some(is_moderator) = is_moderator.filter(|is_moderator| *is_moderator != membership.is_moderator) {
            self.require_moderator(&room, caller)?;
            membership.is_moderator = is_moderator;
        }
        if let Some(is_hidden) = is_hidden.filter(|_| room.is_direct()) {
            if id.person != caller {
                return Err(Refusal::forbidden("Only one's own conversations can be hidden."));
            }
            membership.is_hidden = is_hidden;
        }
        self.put_membership(membership.clone());
        self.announce(caller, Event::MembershipUpdated { before, membership: membership.clone() });
        Ok(membership)
    }

    /// Leaving, or putting somebody out.
    pub(crate) fn delete_membership(&mut self, caller: PersonId, id: MembershipId) -> Result<(), Refusal> {
        let gone = || Refusal::not_found("User is not a participant of the room.");
        let person = self.membership(caller, id).map_err(|_| gone())?.person;
        let room = self.room(caller, id.room)?.clone();
        if room.is_direct() {
            return Err(Refusal::invalid("Failed to leave room."));
        }
        if person != caller {
            self.require_moderator(&room, caller)?;
        }
        self.end_membership(caller, id);
        Ok(())
    }

    /// Of oneself or of somebody else.
    pub(super) fn end_membership(&mut self, caller: PersonId, id: MembershipId) {
        let membership = self.membership_in(id.room, id.person).cloned();
        self.remove_membership(id);
        self.touch_room(id.room);
        if let Some(membership) = membership {
            self.announce(caller, Event::MembershipDeleted(membership));
        }
    }

    pub(super) fn set_moderator(&mut self, room: RoomId, person: PersonId) {
        if let Some(membership) = self.membership_in(room, person).cloned() {
            self.put_membership(Membership { is_moderator: true, ..membership });
        }
    }
}
