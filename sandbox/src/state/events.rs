//! What happened: for those who want to be told.

use super::{Action, Membership, Message, Organisation, Room};
use crate::ids::{MessageId, PersonId, RoomId};
use crate::moment::Moment;

/// Something that happened, as it was at that moment.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    MessageCreated(Message),
    MessageUpdated(Message),
    MessageDeleted(Message),
    RoomCreated(Room),
    RoomUpdated { before: Room, room: Room },
    MembershipCreated(Membership),
    MembershipUpdated { before: Membership, membership: Membership },
    MembershipDeleted(Membership),
    ActionCreated(Action),
}

impl Event {
    /// As webhooks name them.
    pub(crate) fn resource(&self) -> &'static str {
        match self {
            Self::MessageCreated(_) | Self::MessageUpdated(_) | Self::MessageDeleted(_) => "messages",
            Self::RoomCreated(_) | Self::RoomUpdated { .. } => "rooms",
            Self::MembershipCreated(_) | Self::MembershipUpdated { .. } | Self::MembershipDeleted(_) => "memberships",
            Self::ActionCreated(_) => "attachmentActions",
        }
    }

    /// As webhooks name them.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::MessageCreated(_) | Self::RoomCreated(_) | Self::MembershipCreated(_) | Self::ActionCreated(_) => "created",
            Self::MessageUpdated(_) | Self::RoomUpdated { .. } | Self::MembershipUpdated { .. } => "updated",
            Self::MessageDeleted(_) | Self::MembershipDeleted(_) => "deleted",
        }
    }

    pub(crate) fn room(&self) -> RoomId {
        match self {
            Self::MessageCreated(message) | Self::MessageUpdated(message) | Self::MessageDeleted(message) => message.room,
            Self::RoomCreated(room) | Self::RoomUpdated { room, .. } => room.id,
            Self::MembershipCreated(membership) | Self::MembershipUpdated { membership, .. } | Self::MembershipDeleted(membership) => {
                membership.room
            }
            Self::ActionCreated(action) => action.room,
        }
    }
}

/// What happened, who did it, and who may know.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) actor: PersonId,
    pub(crate) event: Event,
    /// The members of the room at that moment, those who were just put out included. Of bots only those whom it concerns.
    pub(crate) audience: Vec<PersonId>,
}

/// What somebody does in a room that changes nothing in it. The API knows nothing of the kind; only who listens is told.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    pub(crate) room: RoomId,
    pub(crate) actor: PersonId,
    pub(crate) kind: SignKind,
    pub(crate) at: Moment,
    /// The members of the room at that moment who are told.
    pub(crate) audience: Vec<PersonId>,
}

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignKind {
    Typing { is_typing: bool },
    HasRead(MessageId),
}

impl Organisation {
    /// Typing is told to the others; reading to oneself, too, who may read elsewhere. Bots in a space it does not concern.
    pub(super) fn give_sign(&mut self, actor: PersonId, room: RoomId, kind: SignKind) {
        let is_direct = self.is_direct(room);
        let is_told = |id: &PersonId| match kind {
            SignKind::Typing { .. } if *id == actor => false,
            _ => is_direct || self.person(*id).is_some_and(|person| !person.is_bot()),
        };
        let audience = self.members(room).map(|membership| membership.person).filter(is_told).collect();
        self.signs.push(Sign { room, actor, kind, at: self.now, audience });
    }

    /// Notes it for when the change is done.
    pub(super) fn announce(&mut self, actor: PersonId, event: Event) {
        let mut audience: Vec<PersonId> = self.members(event.room()).map(|membership| membership.person).collect();
        match &event {
            Event::MessageCreated(message) | Event::MessageUpdated(message) | Event::MessageDeleted(message) => {
                audience.retain(|person| self.may_read(*person, message));
            }
            Event::MembershipDeleted(membership) => audience.push(membership.person),
            Event::ActionCreated(action) => {
                let message = self.any_message(action.message);
                audience.retain(|person| message.is_some_and(|message| self.may_read(*person, message)));
            }
            Event::RoomCreated(_) | Event::RoomUpdated { .. } | Event::MembershipCreated(_) | Event::MembershipUpdated { .. } => {}
        }
        self.happened.push(Happened { actor, event, audience });
    }
}
