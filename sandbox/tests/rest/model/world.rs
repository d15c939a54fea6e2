//! What is so, as the model has it: people, rooms, messages. Written from the description of Webex's API
//! (`webex-api.md`, whose sections are named), never from the simulator. Where the description is silent, the rule says
//! that it is an assumption.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

/// Numbers of things, in the order they came into being.
pub(super) type PersonNumber = usize;
pub(super) type RoomNumber = usize;
pub(super) type MessageNumber = usize;

/// A status of 400 and above.
pub(super) type Refused<T> = Result<T, u16>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Person,
    Bot,
    ServiceApp,
    ServiceAppGuest,
    IssuerGuest,
}

impl Kind {
    pub(super) fn is_guest(self) -> bool {
        matches!(self, Self::ServiceAppGuest | Self::IssuerGuest)
    }
}

/// Somebody. The id of a stranger is learned after they were first written to.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) organisation: String,
    /// What a guest is to whoever vouches for them.
    pub(super) subject: String,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) is_moderator: bool,
    pub(super) is_hidden: bool,
    pub(super) created: u64,
}

/// A room. Its id is learned from the answer that made it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) id: String,
    /// The two of a direct room.
    pub(super) pair: Option<(PersonNumber, PersonNumber)>,
    pub(super) title: String,
    pub(super) creator: PersonNumber,
    pub(super) created: u64,
    pub(super) last_activity: u64,
    pub(super) is_locked: bool,
    pub(super) is_announcement: bool,
    pub(super) members: BTreeMap<PersonNumber, Member>,
    pub(super) is_gone: bool,
}

/// What a message says, in every form.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) text: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) html: Option<String>,
    pub(super) people: Vec<PersonNumber>,
    pub(super) is_to_all: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) room: RoomNumber,
    pub(super) author: PersonNumber,
    pub(super) parent: Option<MessageNumber>,
    pub(super) said: Said,
    pub(super) edits: u32,
    pub(super) created: u64,
    pub(super) updated: Option<u64>,
    pub(super) is_gone: bool,
}

/// Everything. Times are seconds since the sequence began.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) now: u64,
    pub(super) cluster: &'static str,
    pub(super) home: String,
    pub(super) people: Vec<Person>,
    pub(super) rooms: Vec<Room>,
    pub(super) messages: Vec<Message>,
}

/// As clients send ids: people are of the cluster `us` always (5.3).
pub(super) fn encode(cluster: &str, kind: &str, body: &str) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://{cluster}/{kind}/{body}"))
}

/// The last part of an id of that kind and cluster; anything else is none.
pub(super) fn decode(cluster: &str, kind: &str, id: &str) -> Option<String> {
    let uri = String::from_utf8(STANDARD_NO_PAD.decode(id).ok()?).ok()?;
    uri.strip_prefix(&format!("ciscospark://{cluster}/{kind}/")).map(str::to_owned)
}

/// 12.5, for the day on which `support::noon` is.
pub(super) fn moment(secs: u64) -> String {
    let of_day = 10 * 3600 + 20 * 60 + secs;
    assert!(of_day < 24 * 3600, "a sequence ends on the day it began");
    format!("2026-01-01T{:02}:{:02}:{:02}.000Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

impl World {
    pub(super) fn uuid_of_person(&self, person: PersonNumber) -> String {
        decode("us", "PEOPLE", &self.people[person].id).unwrap()
    }

    pub(super) fn uuid_of_room(&self, room: RoomNumber) -> String {
        decode(self.cluster, "ROOM", &self.rooms[room].id).unwrap()
    }

    /// 5.3: the body is the person and the room.
    pub(super) fn membership_id(&self, room: RoomNumber, person: PersonNumber) -> String {
        encode(self.cluster, "MEMBERSHIP", &format!("{}:{}", self.uuid_of_person(person), self.uuid_of_room(room)))
    }

    pub(super) fn person_at(&self, address: &str) -> Option<PersonNumber> {
        self.people.iter().position(|person| person.email.eq_ignore_ascii_case(address))
    }

    pub(super) fn is_bot(&self, person: PersonNumber) -> bool {
        self.people[person].kind == Kind::Bot
    }

    pub(super) fn is_member(&self, room: RoomNumber, person: PersonNumber) -> bool {
        !self.rooms[room].is_gone && self.rooms[room].members.contains_key(&person)
    }

    pub(super) fn is_moderator(&self, room: RoomNumber, person: PersonNumber) -> bool {
        self.rooms[room].members.get(&person).is_some_and(|member| member.is_moderator)
    }

    pub(super) fn rooms_of(&self, person: PersonNumber) -> Vec<RoomNumber> {
        (0..self.rooms.len()).filter(|room| self.is_member(*room, person)).collect()
    }

    /// 6.2: one that does not exist cannot be told from one that one is not in.
    pub(super) fn room_for(&self, person: PersonNumber, room: Option<RoomNumber>) -> Refused<RoomNumber> {
        room.filter(|room| self.is_member(*room, person)).ok_or(404)
    }

    /// 7, 8.8: what only moderators may do in a moderated room.
    pub(super) fn require_moderator(&self, room: RoomNumber, person: PersonNumber) -> Refused<()> {
        if self.rooms[room].is_locked && !self.is_moderator(room, person) { Err(403) } else { Ok(()) }
    }

    /// Who an address reaches (4, 7): a guest of the issuer has none that works; that of somebody unknown invites them.
    pub(super) fn reach(&mut self, address: &str) -> Refused<PersonNumber> {
        if let Some(person) = self.person_at(address) {
            return if self.people[person].kind == Kind::IssuerGuest { Err(404) } else { Ok(person) };
        }
        if !address.contains('@') {
            return Err(404);
        }
        // Assumption: a stranger is shown by their address until they have a name.
        let (email, name) = (address.to_owned(), address.to_owned());
        self.people.push(Person { kind: Kind::Person, email, name, ..Person::default() });
        Ok(self.people.len() - 1)
    }

    /// 3.3: the same subject is the same person, another name renames; only a service app may.
    pub(super) fn rename_by_service_app(&mut self, caller: PersonNumber, guest: PersonNumber, name: &str) -> Refused<()> {
        if self.people[caller].kind != Kind::ServiceApp {
            return Err(403);
        }
        self.rename(guest, name);
        Ok(())
    }

    pub(super) fn rename(&mut self, guest: PersonNumber, name: &str) {
        name.clone_into(&mut self.people[guest].name);
    }

    /// 6.1: changes with every message and membership.
    pub(super) fn touch(&mut self, room: RoomNumber) {
        self.rooms[room].last_activity = self.now;
    }

    pub(super) fn draw_room(&self, viewer: PersonNumber, number: RoomNumber) -> Value {
        let room = &self.rooms[number];
        let title = match room.pair {
            None => room.title.clone(),
            Some((one, other)) => self.people[if viewer == one { other } else { one }].name.clone(),
        };
        json!({
            "id": room.id,
            "title": title,
            "type": self.kind_of(number),
            "isLocked": room.is_locked,
            "lastActivity": moment(room.last_activity),
            "creatorId": self.people[room.creator].id,
            "created": moment(room.created),
            "ownerId": self.home,
            "isAnnouncementOnly": room.is_announcement,
            "isReadOnly": false,
            "isPublic": false,
        })
    }

    pub(super) fn draw_membership(&self, number: RoomNumber, person: PersonNumber) -> Value {
        let (room, who) = (&self.rooms[number], &self.people[person]);
        let member = &room.members[&person];
        json!({
            "id": self.membership_id(number, person),
            "roomId": room.id,
            "roomType": self.kind_of(number),
            "personId": who.id,
            "personEmail": who.email,
            "personDisplayName": who.name,
            "personOrgId": who.organisation,
            "isModerator": member.is_moderator,
            "isMonitor": false,
            "isRoomHidden": member.is_hidden,
            "created": moment(member.created),
        })
    }

    /// 8.1: what is absent is absent, and never `null`.
    pub(super) fn draw_message(&self, number: MessageNumber) -> Value {
        let message = &self.messages[number];
        let said = &message.said;
        let mut drawn = json!({
            "id": message.id,
            "roomId": self.rooms[message.room].id,
            "roomType": self.kind_of(message.room),
            "personId": self.people[message.author].id,
            "personEmail": self.people[message.author].email,
            "created": moment(message.created),
        });
        let ids: Vec<&str> = said.people.iter().map(|person| self.people[*person].id.as_str()).collect();
        let optional = [
            ("parentId", message.parent.map(|parent| json!(self.messages[parent].id))),
            ("text", said.text.as_ref().map(|text| json!(text))),
            ("markdown", said.markdown.as_ref().map(|markdown| json!(markdown))),
            ("html", said.html.as_ref().map(|html| json!(html))),
            ("mentionedPeople", (!ids.is_empty()).then(|| json!(ids))),
            ("mentionedGroups", said.is_to_all.then(|| json!(["all"]))),
            ("updated", message.updated.map(|updated| json!(moment(updated)))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                drawn[name] = value;
            }
        }
        drawn
    }

    fn kind_of(&self, room: RoomNumber) -> &'static str {
        if self.rooms[room].pair.is_some() { "direct" } else { "group" }
    }
}
