//! What tests do with a sandbox in Rust: look at what is there, and play the staff.

use std::time::SystemTime;

use crate::content::Written;
use crate::faults::Fault;
use crate::ids::{MembershipId, MessageId, PersonId, RoomId};
use crate::journal::JournalEntry;
use crate::running::Sandbox;
use crate::state::{Destination, Message, NewMessage, Organisation, Refusal, Room};

/// A room as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// Its Webex id.
    pub id: String,
    /// Its title; of a direct room the two names, joined by ` & `.
    pub title: String,
    /// Whether it is a conversation of two.
    pub is_direct: bool,
    /// Who is in it.
    pub members: Vec<MemberView>,
    /// `…Z`, as Webex writes it.
    pub last_activity: String,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Their Webex id.
    pub person_id: String,
    /// Their name.
    pub display_name: String,
    /// Their address.
    pub email: String,
}

/// A message as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its Webex id.
    pub id: String,
    /// The room it is in.
    pub room_id: String,
    /// The message it replies to.
    pub parent_id: Option<String>,
    /// Who wrote it.
    pub person_id: String,
    /// Their name.
    pub author: String,
    /// Their address.
    pub email: String,
    /// Its plain text.
    pub text: String,
    /// Its markdown, if it was written so.
    pub markdown: Option<String>,
    /// Its HTML, if it has any.
    pub html: Option<String>,
    /// `…Z`, as Webex writes it.
    pub created: String,
    /// Set once it was edited.
    pub updated: Option<String>,
}

impl Sandbox {
    /// Every room, oldest first.
    pub fn rooms(&self) -> Vec<RoomView> {
        self.app.world.read(|organisation| {
            let mut rooms: Vec<&Room> = organisation.all_rooms().collect();
            rooms.sort_by_key(|room| room.created);
            rooms.into_iter().map(|room| room_view(organisation, room)).collect()
        })
    }

    /// The first room whose title contains the words.
    pub fn room_titled(&self, words: &str) -> Option<RoomView> {
        self.rooms().into_iter().find(|room| room.title.contains(words))
    }

    /// Every message of a room, oldest first; nothing if there is no such room.
    pub fn messages(&self, room_id: &str) -> Vec<MessageView> {
        let Some(room) = RoomId::parse(room_id) else { return Vec::new() };
        self.app.world.read(|organisation| organisation.whole_timeline(room).map(|message| message_view(organisation, message)).collect())
    }

    /// Every message of the first room whose title contains the words, oldest first.
    pub fn messages_titled(&self, words: &str) -> Vec<MessageView> {
        self.room_titled(words).map(|room| self.messages(&room.id)).unwrap_or_default()
    }

    /// A member of staff, by address or name, says something in a room they are in.
    pub fn reply_as_staff(&self, staff: &str, room_id: &str, text: &str) -> Result<MessageView, Refusal> {
        self.post_as_staff(staff, Destination::Room(room_id.to_owned()), Written::text(text))
    }

    /// The same with formatting.
    pub fn reply_as_staff_in_markdown(&self, staff: &str, room_id: &str, markdown: &str) -> Result<MessageView, Refusal> {
        self.post_as_staff(staff, Destination::Room(room_id.to_owned()), Written::markdown(markdown))
    }

    /// A member of staff writes to somebody directly.
    pub fn write_as_staff_to(&self, staff: &str, person_id: &str, text: &str) -> Result<MessageView, Refusal> {
        self.post_as_staff(staff, Destination::Person(person_id.to_owned()), Written::text(text))
    }

    /// A member of staff edits what they wrote.
    pub fn edit_as_staff(&self, staff: &str, message_id: &str, text: &str) -> Result<MessageView, Refusal> {
        let id = MessageId::parse(message_id).ok_or_else(Refusal::no_such_resource)?;
        self.app.world.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            let room = organisation.message(author, id)?.room;
            let message = organisation.edit(author, id, room, Written::text(text))?;
            Ok(message_view(organisation, &message))
        })
    }

    /// A member of staff takes back what they wrote.
    pub fn delete_as_staff(&self, staff: &str, message_id: &str) -> Result<(), Refusal> {
        let id = MessageId::parse(message_id).ok_or_else(Refusal::no_such_resource)?;
        self.app.world.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            organisation.delete_message(author, id)
        })
    }

    /// A member of staff puts somebody out of a room.
    pub fn remove_member_as_staff(&self, staff: &str, room_id: &str, person_id: &str) -> Result<(), Refusal> {
        let room = RoomId::parse(room_id).ok_or_else(Refusal::no_such_room)?;
        let person = PersonId::parse(person_id).ok_or_else(Refusal::no_such_resource)?;
        self.app.world.change(|organisation| {
            let caller = staff_id(organisation, staff)?;
            organisation.delete_membership(caller, MembershipId { person, room })
        })
    }

    /// Makes trouble for requests to come.
    pub fn add_fault(&self, fault: Fault) {
        self.app.faults.add(fault);
    }

    /// No more trouble.
    pub fn clear_faults(&self) {
        self.app.faults.clear();
    }

    /// What was asked of `/v1` so far, oldest first.
    pub fn requests(&self) -> Vec<JournalEntry> {
        self.app.journal.all()
    }

    /// Forgets what was asked so far.
    pub fn clear_requests(&self) {
        self.app.journal.clear();
    }

    /// Ends every access token that expires at all (guests' and the service app's), as if its time had passed.
    pub fn expire_access_tokens(&self) -> Result<(), Refusal> {
        self.app.world.change(|organisation| {
            organisation.expire_access_tokens();
            Ok(())
        })
    }

    /// Back to the first day: seeded people and tokens, no faults, an empty journal.
    pub fn reset(&self) -> Result<(), Refusal> {
        self.app.faults.clear();
        self.app.world.reset()?;
        self.app.journal.clear();
        Ok(())
    }

    /// The time by the sandbox's clock.
    pub fn now(&self) -> SystemTime {
        self.app.world.clock_now()
    }

    fn post_as_staff(&self, staff: &str, destination: Destination, written: Written) -> Result<MessageView, Refusal> {
        self.app.world.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            let message = organisation.post(author, NewMessage { destination, parent: None, written })?;
            Ok(message_view(organisation, &message))
        })
    }
}

fn staff_id(organisation: &Organisation, staff: &str) -> Result<PersonId, Refusal> {
    let found = organisation.staff().find(|person| person.email.eq_ignore_ascii_case(staff) || person.display_name == staff);
    found.map(|person| person.id).ok_or_else(|| Refusal::not_found(format!("{staff} is not on the staff")))
}

fn room_view(organisation: &Organisation, room: &Room) -> RoomView {
    let members: Vec<MemberView> = organisation
        .members(room.id)
        .filter_map(|membership| organisation.person(membership.person))
        .map(|person| MemberView { person_id: person.id.public(), display_name: person.display_name.clone(), email: person.email.clone() })
        .collect();
    let names: Vec<&str> = members.iter().map(|member| member.display_name.as_str()).collect();
    let title = if room.is_direct() { names.join(" & ") } else { room.title.clone() };
    RoomView { id: room.id.public(), title, is_direct: room.is_direct(), members, last_activity: room.last_activity.to_string() }
}

fn message_view(organisation: &Organisation, message: &Message) -> MessageView {
    let author = organisation.person(message.author);
    MessageView {
        id: message.id.public(),
        room_id: message.room.public(),
        parent_id: message.parent.map(MessageId::public),
        person_id: message.author.public(),
        author: author.map(|person| person.display_name.clone()).unwrap_or_default(),
        email: author.map(|person| person.email.clone()).unwrap_or_default(),
        text: message.content.text.clone().unwrap_or_default(),
        markdown: message.content.markdown.clone(),
        html: message.content.html.clone(),
        created: message.created.to_string(),
        updated: message.updated.map(|updated| updated.to_string()),
    }
}
