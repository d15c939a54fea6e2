//! Rooms: made, found, changed, deleted.

use serde::{Deserialize, Serialize};

use super::{Event, Membership, Organisation, Refusal};
use crate::ids::{MembershipId, PersonId, RoomId};
use crate::moment::Moment;

/// A conversation of two, or a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoomKind {
    Group,
    Direct { between: (PersonId, PersonId) },
}

/// A room. A direct one has no title of its own: each sees the other's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) kind: RoomKind,
    pub(crate) title: String,
    pub(crate) creator: PersonId,
    pub(crate) created: Moment,
    pub(crate) last_activity: Moment,
    pub(crate) is_locked: bool,
    pub(crate) is_announcement_only: bool,
    pub(crate) made_public: Option<Moment>,
    pub(crate) description: Option<String>,
}

impl Room {
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.kind, RoomKind::Direct { .. })
    }
}

/// What makes a group room.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewRoom {
    pub(crate) title: String,
    pub(crate) is_locked: bool,
    pub(crate) is_announcement_only: bool,
    pub(crate) is_public: bool,
    pub(crate) description: Option<String>,
}

/// What may change about one. The title has to be said even if it stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoomChange {
    pub(crate) title: String,
    pub(crate) is_locked: Option<bool>,
    pub(crate) is_announcement_only: Option<bool>,
    pub(crate) is_public: Option<bool>,
    pub(crate) description: Option<String>,
}

impl Organisation {
    /// The rooms somebody is in, by id.
    pub(crate) fn rooms_of(&self, person: PersonId) -> impl Iterator<Item = &Room> {
        self.rooms_of.get(&person).into_iter().flatten().filter_map(|id| self.rooms.get(id))
    }

    /// Every room there is; nobody but a test may ask.
    pub(crate) fn all_rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    /// Whoever asks.
    pub(crate) fn any_room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(&id)
    }

    /// A room as one of its members sees it; others cannot tell it from one that does not exist.
    pub(crate) fn room(&self, viewer: PersonId, id: RoomId) -> Result<&Room, Refusal> {
        self.rooms.get(&id).filter(|_| self.is_member(id, viewer)).ok_or_else(Refusal::no_such_room)
    }

    /// A room that is gone was a space: conversations of two stay.
    pub(crate) fn is_direct(&self, id: RoomId) -> bool {
        self.rooms.get(&id).is_some_and(Room::is_direct)
    }

    pub(crate) fn title_for(&self, viewer: PersonId, room: &Room) -> String {
        match room.kind {
            RoomKind::Group => room.title.clone(),
            RoomKind::Direct { between: (one, other) } => self.name_of(if viewer == one { other } else { one }),
        }
    }

    pub(crate) fn create_room(&mut self, creator: PersonId, new: NewRoom) -> Result<Room, Refusal> {
        let title = titled(&new.title)?;
        if new.is_public && new.description.is_none() {
            return Err(Refusal::invalid("description is required for a public space."));
        }
        if new.is_announcement_only && !new.is_locked {
            return Err(Refusal::invalid("A space can only be an announcement space if it is locked."));
        }
        let room = Room {
            id: RoomId::new(self.next_uuid()),
            kind: RoomKind::Group,
            title,
            creator,
            created: self.now,
            last_activity: self.now,
            is_locked: new.is_locked,
            is_announcement_only: new.is_announcement_only,
            made_public: new.is_public.then_some(self.now),
            description: new.description,
        };
        self.put_room(room.clone());
        let is_moderator = new.is_locked;
        let membership = Membership { person: creator, room: room.id, is_moderator, is_hidden: false, created: self.now };
        self.put_membership(membership.clone());
        self.announce(creator, Event::RoomCreated(room.clone()));
        self.announce(creator, Event::MembershipCreated(membership));
        Ok(room)
    }

    pub(crate) fn change_room(&mut self, caller: PersonId, id: RoomId, change: RoomChange) -> Result<Room, Refusal> {
        let before = self.room(caller, id)?.clone();
        let mut room = before.clone();
        let title = titled(&change.title)?;
        if room.is_direct() {
            return Err(Refusal::invalid("A direct room cannot be changed."));
        }
        self.require_moderator(&room, caller)?;
        if room.title != title {
            room.last_activity = self.now;
        }
        room.title = title;
        if let Some(is_locked) = change.is_locked {
            if is_locked && !room.is_locked {
                self.set_moderator(id, caller);
            }
            room.is_locked = is_locked;
        }
        room.is_announcement_only = change.is_announcement_only.unwrap_or(room.is_announcement_only);
        if room.is_announcement_only && !room.is_locked {
            return Err(Refusal::invalid("A space can only be an announcement space if it is locked."));
        }
        match change.is_public {
            Some(true) => room.made_public = room.made_public.or(Some(self.now)),
            Some(false) => room.made_public = None,
            None => {}
        }
        if let Some(description) = change.description {
            // A single space takes it away.
            room.description = Some(description).filter(|description| !description.trim().is_empty());
        }
        if room != before {
            self.put_room(room.clone());
            self.announce(caller, Event::RoomUpdated { before, room: room.clone() });
        }
        Ok(room)
    }

    /// In a locked room, somebody who is no moderator only leaves it.
    pub(crate) fn delete_room(&mut self, caller: PersonId, id: RoomId) -> Result<(), Refusal> {
        let room = self.room(caller, id)?.clone();
        if room.is_direct() {
            return Err(Refusal::invalid("Failed to delete room."));
        }
        if self.require_moderator(&room, caller).is_err() {
            self.end_membership(caller, MembershipId { person: caller, room: id });
            return Ok(());
        }
        let memberships: Vec<MembershipId> = self.members(id).map(Membership::id).collect();
        memberships.into_iter().for_each(|membership| self.end_membership(caller, membership));
        self.forget_messages_of(id);
        self.forget_room(id);
        Ok(())
    }

    /// Something happened in the room.
    pub(super) fn touch_room(&mut self, id: RoomId) {
        if let Some(mut room) = self.rooms.get(&id).cloned() {
            room.last_activity = self.now;
            self.put_room(room);
        }
    }

    pub(super) fn require_moderator(&self, room: &Room, caller: PersonId) -> Result<(), Refusal> {
        let is_moderator = self.membership_in(room.id, caller).is_some_and(|membership| membership.is_moderator);
        if room.is_locked && !is_moderator {
            return Err(Refusal::forbidden("Only moderators may do this in a moderated space."));
        }
        Ok(())
    }
}

fn titled(title: &str) -> Result<String, Refusal> {
    if title.trim().is_empty() { Err(Refusal::invalid("Title cannot be empty.")) } else { Ok(title.to_owned()) }
}
