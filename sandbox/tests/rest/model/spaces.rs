//! The rules of rooms and memberships (6, 7).

use std::collections::BTreeMap;

use super::world::{Member, PersonNumber, Refused, Room, RoomNumber, World};

/// Who is named, by id or by address. Unknown ids are `None`.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    Id(Option<PersonNumber>),
    Address(String),
    /// Neither of them, or both.
    Unclear,
}

impl World {
    pub(super) fn create_room(&mut self, caller: PersonNumber, title: &str, is_locked: bool, is_announcement: bool) -> Refused<RoomNumber> {
        // "Title cannot be empty." Assumption: one of spaces is empty, too.
        if title.trim().is_empty() {
            return Err(400);
        }
        // 6.1 "needs isLocked". Assumption: it is refused without, and does not lock by itself.
        if is_announcement && !is_locked {
            return Err(400);
        }
        let now = self.now;
        // 6.2: the caller becomes a member, of a locked room a moderator.
        let member = Member { is_moderator: is_locked, is_hidden: false, created: now };
        self.rooms.push(Room {
            id: String::new(),
            pair: None,
            title: title.to_owned(),
            creator: caller,
            created: now,
            last_activity: now,
            is_locked,
            is_announcement,
            members: BTreeMap::from([(caller, member)]),
            is_gone: false,
        });
        Ok(self.rooms.len() - 1)
    }

    pub(super) fn change_room(
        &mut self,
        caller: PersonNumber,
        room: Option<RoomNumber>,
        title: &str,
        is_locked: Option<bool>,
        is_announcement: Option<bool>,
    ) -> Refused<RoomNumber> {
        let number = self.room_for(caller, room)?;
        // "required even when unchanged"; and nothing of a direct room can be set (end of 6.2). Assumption: 400.
        if title.trim().is_empty() || self.rooms[number].pair.is_some() {
            return Err(400);
        }
        self.require_moderator(number, caller)?;
        let room = &mut self.rooms[number];
        let will_be_locked = is_locked.unwrap_or(room.is_locked);
        let will_be_announcement = is_announcement.unwrap_or(room.is_announcement);
        if will_be_announcement && !will_be_locked {
            return Err(400);
        }
        // Assumption: a new title is an activity, other changes are none.
        if room.title != title {
            room.last_activity = self.now;
        }
        title.clone_into(&mut room.title);
        // Assumption: whoever locks a room becomes a moderator, as its creator would; unlocking leaves them their marks.
        if will_be_locked
            && !room.is_locked
            && let Some(member) = room.members.get_mut(&caller)
        {
            member.is_moderator = true;
        }
        (room.is_locked, room.is_announcement) = (will_be_locked, will_be_announcement);
        Ok(number)
    }

    pub(super) fn delete_room(&mut self, caller: PersonNumber, room: Option<RoomNumber>) -> Refused<()> {
        let room = self.room_for(caller, room)?;
        if self.rooms[room].pair.is_some() {
            return Err(400);
        }
        // "In a moderated room a non-moderator is removed from it instead."
        if self.require_moderator(room, caller).is_err() {
            self.rooms[room].members.remove(&caller);
            self.touch(room);
            return Ok(());
        }
        self.rooms[room].is_gone = true;
        for message in self.messages.iter_mut().filter(|message| message.room == room) {
            message.is_gone = true;
        }
        Ok(())
    }

    pub(super) fn add_member(
        &mut self,
        caller: PersonNumber,
        room: Option<RoomNumber>,
        whom: &Whom,
        is_moderator: bool,
    ) -> Refused<(RoomNumber, PersonNumber)> {
        if matches!(whom, Whom::Unclear) {
            return Err(400);
        }
        let room = self.room_for(caller, room)?;
        // Assumption: two stay two.
        if self.rooms[room].pair.is_some() {
            return Err(403);
        }
        self.require_moderator(room, caller)?;
        // Assumption: anybody may invite somebody unknown into a room, a bot too.
        let person = match whom {
            Whom::Id(person) => person.ok_or(404_u16)?,
            Whom::Address(address) => self.reach(address)?,
            Whom::Unclear => return Err(400),
        };
        if self.is_member(room, person) {
            return Err(409);
        }
        // Assumption: in a room that is not moderated anybody may make moderators.
        let member = Member { is_moderator, is_hidden: false, created: self.now };
        self.rooms[room].members.insert(person, member);
        self.touch(room);
        Ok((room, person))
    }

    /// Visible to those in the same room.
    pub(super) fn membership(
        &self,
        caller: PersonNumber,
        membership: Option<(RoomNumber, PersonNumber)>,
    ) -> Refused<(RoomNumber, PersonNumber)> {
        membership.filter(|(room, person)| self.is_member(*room, *person) && self.is_member(*room, caller)).ok_or(404)
    }

    pub(super) fn change_membership(
        &mut self,
        caller: PersonNumber,
        membership: Option<(RoomNumber, PersonNumber)>,
        is_moderator: Option<bool>,
        is_hidden: Option<bool>,
    ) -> Refused<(RoomNumber, PersonNumber)> {
        // "in practice either". Assumption: none of them is refused.
        if is_moderator.is_none() && is_hidden.is_none() {
            return Err(400);
        }
        let (number, person) = self.membership(caller, membership)?;
        let is_direct = self.rooms[number].pair.is_some();
        // Assumption: of two, nobody keeps order.
        if is_direct && is_moderator == Some(true) {
            return Err(400);
        }
        let is_change = is_moderator.is_some_and(|is_moderator| is_moderator != self.is_moderator(number, person));
        // Assumption: what is so already may be said by anybody.
        if is_change {
            self.require_moderator(number, caller)?;
        }
        // Only direct rooms can be hidden; elsewhere nobody minds. Assumption: everybody hides for themselves.
        if is_direct && is_hidden.is_some() && person != caller {
            return Err(403);
        }
        if let Some(member) = self.rooms[number].members.get_mut(&person) {
            member.is_moderator = is_moderator.unwrap_or(member.is_moderator);
            member.is_hidden = if is_direct { is_hidden.unwrap_or(member.is_hidden) } else { false };
        }
        Ok((number, person))
    }

    pub(super) fn delete_membership(&mut self, caller: PersonNumber, membership: Option<(RoomNumber, PersonNumber)>) -> Refused<()> {
        let (room, person) = self.membership(caller, membership)?;
        if self.rooms[room].pair.is_some() {
            return Err(400);
        }
        // Assumption: in a room that is not moderated anybody may put out anybody.
        if person != caller {
            self.require_moderator(room, caller)?;
        }
        self.rooms[room].members.remove(&person);
        self.touch(room);
        Ok(())
    }

    /// The members of a room, or one's own memberships.
    pub(super) fn list_memberships(
        &self,
        caller: PersonNumber,
        room: Option<Option<RoomNumber>>,
        whom: Option<&Whom>,
    ) -> Refused<Vec<(RoomNumber, PersonNumber)>> {
        let Some(room) = room else {
            // "only together with roomId". Assumption: 400.
            return if whom.is_some() { Err(400) } else { Ok(self.rooms_of(caller).into_iter().map(|room| (room, caller)).collect()) };
        };
        let room = self.room_for(caller, room)?;
        // Assumption: whoever is not in the room is not found in it; a list of nobody is empty.
        let is_meant = |person: PersonNumber| match whom {
            None | Some(Whom::Unclear) => true,
            Some(Whom::Id(id)) => *id == Some(person),
            Some(Whom::Address(address)) => self.people[person].email.eq_ignore_ascii_case(address),
        };
        Ok(self.rooms[room].members.keys().filter(|person| is_meant(**person)).map(|person| (room, *person)).collect())
    }
}
