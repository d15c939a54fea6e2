//! What tests do as somebody of the staff, of either cloud.

use super::views::{MessageView, message_view};
use crate::content::Written;
use crate::ids::{MembershipId, MessageId, PersonId, RoomId};
use crate::running::Sandbox;
use crate::state::{Destination, NewMessage, Organisation, Refusal, StoredFile, World};

impl Sandbox {
    /// A member of staff, by address or name, says something in a room they are in.
    pub fn reply_as_staff(&self, staff: &str, room_id: &str, text: &str) -> Result<MessageView, Refusal> {
        self.post_as_staff(staff, in_room(room_id, Written::text(text)))
    }

    /// The same with formatting.
    pub fn reply_as_staff_in_markdown(&self, staff: &str, room_id: &str, markdown: &str) -> Result<MessageView, Refusal> {
        self.post_as_staff(staff, in_room(room_id, Written::markdown(markdown)))
    }

    /// The same as HTML that no Webex hands out: as it is, whatever is in it.
    pub fn reply_as_staff_in_raw_html(&self, staff: &str, room_id: &str, html: &str) -> Result<MessageView, Refusal> {
        self.staff_world(staff)?.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            let message = organisation.post(author, in_room(room_id, Written::text("raw HTML")))?;
            let message = organisation.put_raw_html(message, html);
            Ok(message_view(&self.app, organisation, &message))
        })
    }

    /// A member of staff answers a message where it stands, in its thread.
    pub fn reply_in_thread_as_staff(&self, staff: &str, parent_message_id: &str, text: &str) -> Result<MessageView, Refusal> {
        let parent = MessageId::parse(parent_message_id).ok_or_else(Refusal::no_such_resource)?;
        let room = self.staff_world(staff)?.read(|organisation| {
            let viewer = staff_id(organisation, staff)?;
            organisation.message(viewer, parent).map(|message| message.room)
        })?;
        // A bare UUID is an id, too.
        let new = in_room(&room.uuid().to_string(), Written::text(text));
        self.post_as_staff(staff, NewMessage { parent: Some(parent.uuid().to_string()), ..new })
    }

    /// A member of staff writes to somebody directly.
    pub fn write_as_staff_to(&self, staff: &str, person_id: &str, text: &str) -> Result<MessageView, Refusal> {
        let destination = Destination::Person(person_id.to_owned());
        self.post_as_staff(staff, NewMessage { destination, parent: None, written: Written::text(text), files: Vec::new() })
    }

    /// Anybody, by their Webex id, says something in a room by other means than the client under test.
    pub fn write_elsewhere_as(&self, person_id: &str, room_id: &str, text: &str) -> Result<MessageView, Refusal> {
        let author = PersonId::parse(person_id).ok_or_else(Refusal::no_such_resource)?;
        let world = self.app.worlds.iter().find(|world| world.read(|organisation| organisation.person(author).is_some()));
        world.ok_or_else(Refusal::no_such_resource)?.change(|organisation| {
            let message = organisation.post(author, in_room(room_id, Written::text(text)))?;
            Ok(message_view(&self.app, organisation, &message))
        })
    }

    /// A member of staff sends a file, with some words or without.
    pub fn send_file_as_staff(
        &self,
        staff: &str,
        room_id: &str,
        file_name: &str,
        media_type: &str,
        bytes: &[u8],
        text: Option<&str>,
    ) -> Result<MessageView, Refusal> {
        let kept = self.app.contents.put(bytes).map_err(|error| Refusal::Storage(error.to_string()))?;
        let file = StoredFile { name: file_name.to_owned(), media_type: media_type.to_owned(), size: bytes.len() as u64, key: kept.key() };
        let new = in_room(room_id, text.map(Written::text).unwrap_or_default());
        let message = self.post_as_staff(staff, NewMessage { files: vec![file], ..new })?;
        kept.keep();
        Ok(message)
    }

    /// A member of staff edits what they wrote.
    pub fn edit_as_staff(&self, staff: &str, message_id: &str, text: &str) -> Result<MessageView, Refusal> {
        let id = MessageId::parse(message_id).ok_or_else(Refusal::no_such_resource)?;
        self.staff_world(staff)?.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            let room = organisation.message(author, id)?.room;
            let message = organisation.edit(author, id, room, Written::text(text))?;
            Ok(message_view(&self.app, organisation, &message))
        })
    }

    /// A member of staff takes back what they wrote.
    pub fn delete_as_staff(&self, staff: &str, message_id: &str) -> Result<(), Refusal> {
        let id = MessageId::parse(message_id).ok_or_else(Refusal::no_such_resource)?;
        self.staff_world(staff)?.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            organisation.delete_message(author, id)
        })
    }

    /// A member of staff puts somebody out of a room.
    pub fn remove_member_as_staff(&self, staff: &str, room_id: &str, person_id: &str) -> Result<(), Refusal> {
        let room = RoomId::parse(room_id).ok_or_else(Refusal::no_such_room)?;
        let person = PersonId::parse(person_id).ok_or_else(Refusal::no_such_resource)?;
        self.staff_world(staff)?.change(|organisation| {
            let caller = staff_id(organisation, staff)?;
            organisation.delete_membership(caller, MembershipId { person, room })
        })
    }

    /// A member of staff begins to type in a room they are in, goes on, or stops.
    pub fn type_as_staff(&self, staff: &str, room_id: &str, is_typing: bool) -> Result<(), Refusal> {
        let room = RoomId::parse(room_id).ok_or_else(Refusal::no_such_room)?;
        self.staff_world(staff)?.change(|organisation| {
            let typist = staff_id(organisation, staff)?;
            organisation.set_typing(typist, room, is_typing)
        })
    }

    /// A member of staff has read a room up to a message.
    pub fn read_as_staff(&self, staff: &str, room_id: &str, message_id: &str) -> Result<(), Refusal> {
        let room = RoomId::parse(room_id).ok_or_else(Refusal::no_such_room)?;
        let message = MessageId::parse(message_id).ok_or_else(Refusal::no_such_resource)?;
        self.staff_world(staff)?.change(|organisation| {
            let reader = staff_id(organisation, staff)?;
            organisation.acknowledge(reader, room, message)
        })
    }

    fn post_as_staff(&self, staff: &str, new: NewMessage) -> Result<MessageView, Refusal> {
        self.staff_world(staff)?.change(|organisation| {
            let author = staff_id(organisation, staff)?;
            let message = organisation.post(author, new)?;
            Ok(message_view(&self.app, organisation, &message))
        })
    }

    /// The cloud somebody works in.
    fn staff_world(&self, staff: &str) -> Result<&World, Refusal> {
        let found = self.app.worlds.iter().find(|world| world.read(|organisation| staff_id(organisation, staff).is_ok()));
        found.map(AsRef::as_ref).ok_or_else(|| no_such_staff(staff))
    }
}

fn in_room(room_id: &str, written: Written) -> NewMessage {
    NewMessage { destination: Destination::Room(room_id.to_owned()), parent: None, written, files: Vec::new() }
}

fn staff_id(organisation: &Organisation, staff: &str) -> Result<PersonId, Refusal> {
    let found = organisation.staff().find(|person| person.email.eq_ignore_ascii_case(staff) || person.display_name == staff);
    found.map(|person| person.id).ok_or_else(|| no_such_staff(staff))
}

fn no_such_staff(staff: &str) -> Refusal {
    Refusal::not_found(format!("{staff} is not on the staff"))
}
