//! Messages: written, edited, taken back.

use serde::{Deserialize, Serialize};

use super::destination::Destined;
use super::{Destination, Event, Organisation, Refusal, Room, StoredFile};
use crate::content::{Content, Mentioned, Target, Written};
use crate::ids::{MessageId, PersonId, RoomId};
use crate::moment::Moment;

/// How often a message may be edited.
const MAX_EDITS: u8 = 10;

/// A message in a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) room: RoomId,
    pub(crate) author: PersonId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) parent: Option<MessageId>,
    pub(crate) content: Content,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) files: Vec<StoredFile>,
    pub(crate) created: Moment,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) updated: Option<Moment>,
    pub(crate) edits: u8,
}

/// What is asked to be posted.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) destination: Destination,
    pub(crate) parent: Option<String>,
    pub(crate) written: Written,
    /// At most one; a list because that is how Webex answers.
    pub(crate) files: Vec<StoredFile>,
}

impl Organisation {
    pub(crate) fn post(&mut self, author: PersonId, new: NewMessage) -> Result<Message, Refusal> {
        if new.files.iter().any(StoredFile::is_tiff) {
            return Err(Refusal::invalid("Files of the type image/tiff are not supported."));
        }
        check_words(&new.written, !new.files.is_empty())?;
        let destined = self.destined(author, &new.destination)?;
        let parent = match &destined {
            Destined::Room(room) => {
                let room = self.room(author, *room)?;
                if room.is_announcement_only {
                    self.require_moderator(room, author)?;
                }
                new.parent.as_deref().map(|parent| self.parent_in(room.id, parent)).transpose()?
            }
            _ if new.parent.is_some() => return Err(no_such_parent()),
            _ => None,
        };
        let id = self.open(author, destined);
        let room = self.room(author, id)?.clone();
        let content = new.written.into_content(&|target| self.mentioned_in(&room, target));
        let id = MessageId::new(self.next_uuid());
        let message = Message { id, room: room.id, author, parent, content, files: new.files, created: self.now, updated: None, edits: 0 };
        self.put_message(message.clone());
        self.touch_room(room.id);
        self.unhide(room.id);
        self.end_typing(author, room.id);
        self.announce(author, Event::MessageCreated(message.clone()));
        Ok(message)
    }

    /// For tests of what reads it: Webex itself hands out no such HTML.
    pub(crate) fn put_raw_html(&mut self, mut message: Message, html: &str) -> Message {
        message.content.html = Some(html.to_owned());
        self.put_message(message.clone());
        message
    }

    /// A message as somebody who may read it sees it. A bot in a group room reads what mentions it and what it wrote.
    pub(crate) fn message(&self, viewer: PersonId, id: MessageId) -> Result<&Message, Refusal> {
        self.messages
            .get(&id)
            .filter(|message| self.is_member(message.room, viewer) && self.may_read(viewer, message))
            .ok_or_else(|| Refusal::not_found("Unable to get message."))
    }

    pub(crate) fn edit(&mut self, caller: PersonId, id: MessageId, room: RoomId, written: Written) -> Result<Message, Refusal> {
        let mut message = self.message(caller, id)?.clone();
        if !message.files.is_empty() {
            return Err(Refusal::invalid("Editing of messages with files is not supported."));
        }
        check_words(&written, false)?;
        if message.room != room {
            return Err(Refusal::invalid("The message is not in the room with the provided roomId."));
        }
        if message.author != caller {
            return Err(Refusal::forbidden("Only the author of a message may edit it."));
        }
        if !message.content.cards.is_empty() || !written.cards.is_empty() {
            return Err(Refusal::invalid("Editing of messages with attachments is not supported."));
        }
        if message.edits >= MAX_EDITS {
            return Err(Refusal::invalid("The message has been edited the maximum number of times."));
        }
        let room = self.room(caller, room)?.clone();
        message.content = written.into_content(&|target| self.mentioned_in(&room, target));
        message.edits += 1;
        message.updated = Some(self.now);
        self.put_message(message.clone());
        self.announce(caller, Event::MessageUpdated(message.clone()));
        Ok(message)
    }

    /// Authors take back their own; moderators anybody's.
    pub(crate) fn delete_message(&mut self, caller: PersonId, id: MessageId) -> Result<(), Refusal> {
        let message = self.message(caller, id).map_err(|_| Refusal::not_found("Unable to delete message."))?;
        let (message, room) = (message.clone(), message.room);
        let is_moderator = self.membership_in(room, caller).is_some_and(|membership| membership.is_moderator);
        if message.author != caller && !is_moderator {
            return Err(Refusal::forbidden("Only the author of a message may delete it."));
        }
        self.forget_message(room, id);
        self.announce(caller, Event::MessageDeleted(message));
        Ok(())
    }

    pub(super) fn may_read(&self, viewer: PersonId, message: &Message) -> bool {
        let is_bot = self.person(viewer).is_some_and(|person| person.is_bot());
        let is_group = self.rooms.get(&message.room).is_some_and(|room| !room.is_direct());
        let content = &message.content;
        let concerns = message.author == viewer || content.mentions_all || content.mentioned_people.contains(&viewer);
        !is_bot || !is_group || concerns
    }

    /// Threads are one level deep.
    fn parent_in(&self, room: RoomId, text: &str) -> Result<MessageId, Refusal> {
        let parent = MessageId::parse(text).and_then(|id| self.messages.get(&id)).filter(|parent| parent.room == room);
        match parent {
            None => Err(no_such_parent()),
            Some(parent) if parent.parent.is_some() => Err(Refusal::invalid("A reply cannot be the parent of a message.")),
            Some(parent) => Ok(parent.id),
        }
    }

    /// Only members can be mentioned.
    fn mentioned_in(&self, room: &Room, target: &Target) -> Option<Mentioned> {
        let person = match target {
            Target::Everybody => return Some(Mentioned::Everybody),
            Target::Id(id) => self.people.get(&PersonId::parse(id)?)?,
            Target::Email(email) => {
                let mut people = self.members(room.id).filter_map(|membership| self.people.get(&membership.person));
                people.find(|person| person.email.eq_ignore_ascii_case(email))?
            }
        };
        self.is_member(room.id, person.id).then(|| Mentioned::Person { id: person.id, name: person.display_name.clone() })
    }
}

fn no_such_parent() -> Refusal {
    Refusal::invalid("Unable to find the parent message in the room.")
}

fn check_words(written: &Written, has_files: bool) -> Result<(), Refusal> {
    if !written.has_words() && !has_files {
        return Err(Refusal::invalid("Both text and file cannot be empty."));
    }
    if written.is_too_long() {
        return Err(Refusal::invalid(
            "Unable to post message to room: Message length limited to 7439 characters before encryption and 10000 characters after encryption.",
        ));
    }
    Ok(())
}
