//! What happened: for those who want to be told.

use super::{Action, Membership, Message, Organisation, Room};
use crate::ids::{PersonId, RoomId};

/// Something that happened, as it was at that moment.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    MessageCreated(Message),
    MessageUpdated(Message),
    MessageDeleted(Message),
    RoomCreated(Room),
    RoomUpdated(Room),
    MembershipCreated(Membership),
    MembershipUpdated(Membership),
    MembershipDeleted(Membership),
    ActionCreated(Action),
}

impl Event {
    /// As webhooks name them.
    pub(crate) fn resource(&self) -> &'static str {
        match self {
            Self::MessageCreated(_) | Self::MessageUpdated(_) | Self::MessageDeleted(_) => "messages",
            Self::RoomCreated(_) | Self::RoomUpdated(_) => "rooms",
            Self::MembershipCreated(_) | Self::MembershipUpdated(_) | Self::MembershipDeleted(_) => "memberships",
            Self::ActionCreated(_) => "attachmentActions",
        }
    }

    /// As webhooks name them.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::MessageCreated(_) | Self::RoomCreated(_) | Self::MembershipCreated(_) | Self::ActionCreated(_) => "created",
            Self::MessageUpdated(_) | Self::RoomUpdated(_) | Self::MembershipUpdated(_) => "updated",
            Self::MessageDeleted(_) | Self::MembershipDeleted(_) => "deleted",
        }
    }

    fn room(&self) -> RoomId {
        match self {
            Self::MessageCreated(message) | Self::MessageUpdated(message) | Self::MessageDeleted(message) => message.room,
            Self::RoomCreated(room) | Self::RoomUpdated(room) => room.id,
            Self::MembershipCreated(membership) | Self::MembershipUpdated(membership) | Self::MembershipDeleted(membership) => {
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

impl Organisation {
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
            Event::RoomCreated(_) | Event::RoomUpdated(_) | Event::MembershipCreated(_) | Event::MembershipUpdated(_) => {}
        }
        self.happened.push(Happened { actor, event, audience });
    }
}
