//! `key=value&key=value`: all of it has to hold.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::ids::{MessageId, PersonId, RoomId};
use crate::state::{Event, Organisation};

const MESSAGES: [&str; 6] = ["roomId", "roomType", "personId", "personEmail", "mentionedPeople", "hasFiles"];
const MEMBERSHIPS: [&str; 4] = ["roomId", "personId", "personEmail", "isModerator"];
const ROOMS: [&str; 2] = ["type", "isLocked"];
const ACTIONS: [&str; 3] = ["roomId", "personId", "messageId"];

/// What has to be so of what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Filter(String);

impl Filter {
    /// The first key that means nothing for the resource is the error.
    pub(crate) fn parse(text: &str, resource: &str) -> Result<Self, String> {
        let known: Vec<&str> = match resource {
            "messages" => MESSAGES.to_vec(),
            "memberships" => MEMBERSHIPS.to_vec(),
            "rooms" => ROOMS.to_vec(),
            "attachmentActions" => ACTIONS.to_vec(),
            "all" => [MESSAGES.as_slice(), &MEMBERSHIPS, &ROOMS].concat(),
            _ => Vec::new(),
        };
        let filter = Self(text.to_owned());
        let unknown = filter.pairs().into_iter().map(|(key, _)| key).find(|key| !known.contains(&key.as_str()));
        unknown.map_or(Ok(filter), Err)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Clients write addresses as they are, and a plus in one is a plus.
    fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.0.replace('+', "%2B").as_bytes()).into_owned().collect()
    }

    /// Whether all of it holds, for whoever owns the webhook.
    pub(crate) fn holds(&self, organisation: &Organisation, owner: PersonId, event: &Event) -> bool {
        self.pairs().iter().all(|(key, value)| holds(organisation, owner, event, key, value))
    }
}

fn holds(organisation: &Organisation, owner: PersonId, event: &Event, key: &str, value: &str) -> bool {
    let is_room = |room| RoomId::parse(value) == Some(room);
    let is_person = |person| if value == "me" { person == owner } else { PersonId::parse(value) == Some(person) };
    let has_email = |person| organisation.person(person).is_some_and(|person| person.email.eq_ignore_ascii_case(value));
    let is_kind = |room| value == if organisation.is_direct(room) { "direct" } else { "group" };
    let is_flag = |flag: bool| value == if flag { "true" } else { "false" };
    match event {
        Event::MessageCreated(message) | Event::MessageUpdated(message) | Event::MessageDeleted(message) => match key {
            "roomId" => is_room(message.room),
            "roomType" => is_kind(message.room),
            "personId" => is_person(message.author),
            "personEmail" => has_email(message.author),
            "mentionedPeople" => message.content.mentioned_people.iter().any(|person| is_person(*person)),
            "hasFiles" => is_flag(!message.files.is_empty()),
            _ => false,
        },
        Event::MembershipCreated(membership) | Event::MembershipUpdated { membership, .. } | Event::MembershipDeleted(membership) => {
            match key {
                "roomId" => is_room(membership.room),
                "personId" => is_person(membership.person),
                "personEmail" => has_email(membership.person),
                "isModerator" => is_flag(membership.is_moderator),
                _ => false,
            }
        }
        Event::RoomCreated(room) | Event::RoomUpdated { room, .. } => match key {
            "type" => is_kind(room.id),
            "isLocked" => is_flag(room.is_locked),
            _ => false,
        },
        Event::ActionCreated(action) => match key {
            "roomId" => is_room(action.room),
            "personId" => is_person(action.person),
            "messageId" => MessageId::parse(value) == Some(action.message),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_plus() {
        let filter = Filter::parse("personEmail=bob+x%40sandbox.example", "messages").unwrap();
        assert_eq!(filter.pairs(), [("personEmail".to_owned(), "bob+x@sandbox.example".to_owned())]);
    }

    #[test]
    fn a_key_of_another_resource_is_named() {
        assert!(Filter::parse("roomId=x&roomType=group", "messages").is_ok());
        assert!(Filter::parse("", "rooms").is_ok());
        assert_eq!(Filter::parse("roomId=x&isLocked=true", "messages"), Err("isLocked".to_owned()));
        assert_eq!(Filter::parse("roomId=x", "meetings"), Err("roomId".to_owned()));
    }
}
