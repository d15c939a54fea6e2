//! The rules of messages (8).

use std::collections::BTreeMap;

use super::spaces::Whom;
use super::words::Words;
use super::world::{Kind, Member, Message, MessageNumber, PersonNumber, Refused, Room, RoomNumber, World, moment};

const MAX_EDITS: u32 = 10;

/// Where a message is to go.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    Room(Option<RoomNumber>),
    Person(Whom),
    /// None of them, or several.
    Unclear,
}

/// Which messages of a room are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The parameter is missing, or names nothing.
    pub(super) room: Option<Option<RoomNumber>>,
    pub(super) parent: Option<IdOf<MessageNumber>>,
    pub(super) before_message: Option<IdOf<MessageNumber>>,
    /// A time, or something that is none.
    pub(super) before: Option<Result<u64, String>>,
    /// `mentionedPeople`: whether it names oneself.
    pub(super) mentioned: Option<bool>,
}

/// What an id in a parameter is.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdOf<T> {
    Known(T),
    /// Well-formed, and never given to anything.
    Unknown,
    /// No id, or one of something else.
    Undecodable,
}

impl World {
    pub(super) fn post(
        &mut self,
        author: PersonNumber,
        destination: &Destination,
        words: &Words,
        parent: Option<Option<MessageNumber>>,
    ) -> Refused<MessageNumber> {
        if matches!(destination, Destination::Unclear | Destination::Person(Whom::Unclear)) {
            return Err(400);
        }
        words.check()?;
        // Nothing comes into being, neither a person nor a direct room, by a message that is refused (end of 6.2).
        let before = (self.people.len(), self.rooms.len());
        let posted = self.post_checked(author, destination, words, parent);
        if posted.is_err() {
            self.people.truncate(before.0);
            self.rooms.truncate(before.1);
        }
        posted
    }

    fn post_checked(
        &mut self,
        author: PersonNumber,
        destination: &Destination,
        words: &Words,
        parent: Option<Option<MessageNumber>>,
    ) -> Refused<MessageNumber> {
        let number = match destination {
            Destination::Unclear | Destination::Person(Whom::Unclear) => return Err(400),
            Destination::Room(room) => self.room_for(author, *room)?,
            Destination::Person(Whom::Id(person)) => self.direct_room_for(author, person.ok_or(404_u16)?)?,
            Destination::Person(Whom::Address(address)) => {
                // Assumption: a bot writes to those who are known and invites nobody.
                if self.is_bot(author) && self.person_at(address).is_none() {
                    return Err(404);
                }
                let person = self.reach(address)?;
                self.direct_room_for(author, person)?
            }
        };
        // 8.4: not where only moderators may.
        if self.rooms[number].is_announcement {
            self.require_moderator(number, author)?;
        }
        let parent = parent.map(|parent| self.parent_in(number, parent)).transpose()?;
        let said = words.said(self, number);
        let created = self.now;
        let message = Message { id: String::new(), room: number, author, parent, said, edits: 0, created, updated: None, is_gone: false };
        self.messages.push(message);
        self.touch(number);
        // 7: any new message unhides.
        self.rooms[number].members.values_mut().for_each(|member| member.is_hidden = false);
        Ok(self.messages.len() - 1)
    }

    /// 8.9: the first message of the thread, in the same room. Assumption: 400, also where it is gone.
    fn parent_in(&self, room: RoomNumber, parent: Option<MessageNumber>) -> Refused<MessageNumber> {
        let is_good = |message: &Message| message.room == room && message.parent.is_none() && !message.is_gone;
        parent.filter(|parent| is_good(&self.messages[*parent])).ok_or(400)
    }

    pub(super) fn direct_room(&self, one: PersonNumber, other: PersonNumber) -> Option<RoomNumber> {
        self.rooms.iter().position(|room| room.pair == Some((one, other)) || room.pair == Some((other, one)))
    }

    fn direct_room_for(&mut self, author: PersonNumber, partner: PersonNumber) -> Refused<RoomNumber> {
        if let Some(room) = self.direct_room(author, partner) {
            return Ok(room);
        }
        // Assumption: nobody talks to themselves.
        if author == partner {
            return Err(400);
        }
        // 17: guests are not alone with guests.
        if self.people[author].kind.is_guest() && self.people[partner].kind.is_guest() {
            return Err(403);
        }
        let now = self.now;
        let member = Member { is_moderator: false, is_hidden: false, created: now };
        self.rooms.push(Room {
            id: String::new(),
            pair: Some((author, partner)),
            title: String::new(),
            creator: author,
            created: now,
            last_activity: now,
            is_locked: false,
            is_announcement: false,
            members: BTreeMap::from([(author, member.clone()), (partner, member)]),
            is_gone: false,
        });
        Ok(self.rooms.len() - 1)
    }

    /// 8.6: a bot reads, of a group room, what mentions it. Assumption: or everybody; and what it wrote itself.
    pub(super) fn can_read(&self, reader: PersonNumber, number: MessageNumber) -> bool {
        let message = &self.messages[number];
        let is_direct = self.rooms[message.room].pair.is_some();
        let concerns = message.author == reader || message.said.is_to_all || message.said.people.contains(&reader);
        !message.is_gone && self.is_member(message.room, reader) && (!self.is_bot(reader) || is_direct || concerns)
    }

    pub(super) fn message_for(&self, reader: PersonNumber, message: Option<MessageNumber>) -> Refused<MessageNumber> {
        message.filter(|message| self.can_read(reader, *message)).ok_or(404)
    }

    /// `room` is what the body says, `None` where it says nothing. Where several things are wrong, the first of these
    /// answers; which one is an assumption.
    pub(super) fn edit(
        &mut self,
        caller: PersonNumber,
        message: IdOf<MessageNumber>,
        room: Option<IdOf<RoomNumber>>,
        words: &Words,
    ) -> Refused<MessageNumber> {
        let message = match message {
            IdOf::Undecodable => return Err(404),
            IdOf::Unknown => None,
            IdOf::Known(message) => Some(message),
        };
        let room = match room {
            None => return Err(400),
            Some(IdOf::Undecodable) => return Err(404),
            Some(IdOf::Unknown) => None,
            Some(IdOf::Known(room)) => Some(room),
        };
        let number = self.message_for(caller, message)?;
        words.check()?;
        // Assumption: a room that is not the message's is a mistake.
        if Some(self.messages[number].room) != room {
            return Err(400);
        }
        if self.messages[number].author != caller {
            return Err(403);
        }
        if self.messages[number].edits >= MAX_EDITS {
            return Err(400);
        }
        // Assumption: all of the old words go, mentions too; and it is no activity of the room.
        let said = words.said(self, self.messages[number].room);
        let now = self.now;
        let message = &mut self.messages[number];
        (message.said, message.updated) = (said, Some(now));
        message.edits += 1;
        Ok(number)
    }

    /// 8.8: one's own; a moderator anybody's. Assumption: wherever somebody has that mark.
    pub(super) fn delete_message(&mut self, caller: PersonNumber, message: Option<MessageNumber>) -> Refused<()> {
        let number = self.message_for(caller, message)?;
        let message = &self.messages[number];
        if message.author != caller && !self.is_moderator(message.room, caller) {
            return Err(403);
        }
        self.messages[number].is_gone = true;
        Ok(())
    }

    /// 8.2, newest first.
    pub(super) fn list_messages(&self, caller: PersonNumber, asked: &Asked) -> Refused<Vec<MessageNumber>> {
        let room = asked.room.ok_or(400_u16)?;
        // Assumption: what cannot be read is refused before anything else, undecodable ids with 404.
        let is_undecodable = |id: Option<IdOf<MessageNumber>>| matches!(id, Some(IdOf::Undecodable));
        if asked.mentioned == Some(false) || matches!(asked.before, Some(Err(_))) {
            return Err(400);
        }
        if is_undecodable(asked.before_message) || is_undecodable(asked.parent) {
            return Err(404);
        }
        let room = self.room_for(caller, room)?;
        if self.is_bot(caller) && self.rooms[room].pair.is_none() && asked.mentioned.is_none() {
            return Err(403);
        }
        let is_before = |number: MessageNumber| match &asked.before {
            Some(Ok(before)) => moment(self.messages[number].created) < moment(*before),
            _ => true,
        };
        // A deleted cursor bounds as before. Assumption: one of another room by when it was written, and one that was
        // never given to a message has nothing before it.
        let is_before_message = |number: MessageNumber| match asked.before_message {
            None => true,
            Some(IdOf::Known(cursor)) => number < cursor,
            Some(_) => false,
        };
        let is_reply = |number: MessageNumber| match asked.parent {
            None => true,
            Some(IdOf::Known(parent)) => self.messages[number].parent == Some(parent),
            Some(_) => false,
        };
        // Assumption: a mention of everybody does not count here.
        let is_mention = |number: MessageNumber| asked.mentioned.is_none() || self.messages[number].said.people.contains(&caller);
        let wanted = |number: &MessageNumber| {
            let message = &self.messages[*number];
            message.room == room
                && !message.is_gone
                && is_before(*number)
                && is_before_message(*number)
                && is_reply(*number)
                && is_mention(*number)
        };
        Ok((0..self.messages.len()).rev().filter(wanted).collect())
    }

    /// 8.3, newest first.
    pub(super) fn list_direct(
        &self,
        caller: PersonNumber,
        whom: &Whom,
        parent: Option<IdOf<MessageNumber>>,
    ) -> Refused<Vec<MessageNumber>> {
        if matches!(parent, Some(IdOf::Undecodable)) {
            return Err(404);
        }
        let person = match whom {
            Whom::Unclear => return Err(400),
            Whom::Id(person) => person.ok_or(404_u16)?,
            // 4: a guest of the issuer is not addressed by e-mail.
            Whom::Address(address) => {
                let person = self.person_at(address).ok_or(404_u16)?;
                if self.people[person].kind == Kind::IssuerGuest {
                    return Err(404);
                }
                person
            }
        };
        let room = self.direct_room(caller, person).ok_or(404_u16)?;
        self.list_messages(caller, &Asked { room: Some(Some(room)), parent, ..Asked::default() })
    }
}
