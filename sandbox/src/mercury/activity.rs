//! What happened, as an activity: who did what, with what, where.
//!
//! Texts are plain, and no key is named: clients take it so. The ids of activities that stand for a message, a room or what
//! was filled into a card are theirs, so that everything can be asked for by REST.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::base::Base;
use crate::ids::{MessageId, PersonId, RoomId};
use crate::moment::Moment;
use crate::state::{Action, Event, Happened, Membership, Message, Organisation, Person, PersonKind, Room};

/// One of them, and who alone may know.
pub(super) struct Activity {
    pub(super) value: Value,
    pub(super) only: Option<PersonId>,
}

/// The activities that tell an event: one, but for a change of several things at once. The seed makes the ids of those that
/// stand for nothing else.
pub(super) fn of(organisation: &Organisation, happened: &Happened, base: &Base, seed: Uuid) -> Vec<Activity> {
    let told = Telling { organisation, base, actor: happened.actor, room: happened.event.room(), seed };
    let all = match &happened.event {
        Event::MessageCreated(message) => vec![told.message(message)],
        Event::MessageUpdated(message) => vec![told.edit(message)],
        Event::MessageDeleted(message) => vec![told.activity("delete", organisation.now(), reference(message.id))],
        Event::RoomCreated(room) => vec![told.creation(room, &happened.audience)],
        Event::RoomUpdated { before, room } => told.room_change(before, room),
        Event::MembershipCreated(membership) => vec![told.activity("add", membership.created, person(organisation, membership.person))],
        Event::MembershipUpdated { before, membership } => return told.membership_change(before, membership),
        Event::MembershipDeleted(membership) => {
            vec![told.activity("leave", organisation.now(), person(organisation, membership.person))]
        }
        Event::ActionCreated(action) => vec![told.action(action)],
    };
    all.into_iter().map(|value| Activity { value, only: None }).collect()
}

/// Somebody has read up to a message. The id says who and what, so that the answer and what is told are one.
pub(super) fn acknowledge(
    organisation: &Organisation,
    reader: PersonId,
    room: RoomId,
    message: MessageId,
    at: Moment,
    base: &Base,
) -> Value {
    let seed = Uuid::new_v5(&message.uuid(), reader.uuid().as_bytes());
    Telling { organisation, base, actor: reader, room, seed }.activity("acknowledge", at, reference(message))
}

/// As an actor, and as what somebody is added or put out.
pub(super) fn person(organisation: &Organisation, id: PersonId) -> Value {
    let uuid = id.uuid().to_string();
    let mut shown = json!({ "id": uuid, "entryUUID": uuid, "objectType": "person", "type": "PERSON" });
    if let Some(Person { kind, email, display_name, organisation, .. }) = organisation.person(id) {
        // Bots tell by it that they hear themselves.
        if *kind == PersonKind::Bot {
            shown["type"] = json!("ROBOT");
        }
        shown["emailAddress"] = json!(email);
        shown["displayName"] = json!(display_name);
        shown["orgId"] = json!(organisation.uuid().to_string());
    }
    shown
}

/// The room of an activity. One that is gone was a space.
pub(super) fn conversation(organisation: &Organisation, id: RoomId, base: &Base) -> Value {
    json!({ "id": id.uuid().to_string(), "objectType": "conversation", "url": base.conversation(id), "tags": tags(organisation, id) })
}

fn tags(organisation: &Organisation, id: RoomId) -> Vec<&'static str> {
    let room = organisation.any_room(id);
    let tags = [("ONE_ON_ONE", room.is_some_and(Room::is_direct)), ("LOCKED", room.is_some_and(|room| room.is_locked))];
    tags.into_iter().filter(|(_, is_so)| *is_so).map(|(tag, _)| tag).collect()
}

/// What was said earlier.
fn reference(message: MessageId) -> Value {
    json!({ "objectType": "activity", "id": message.uuid().to_string() })
}

struct Telling<'a> {
    organisation: &'a Organisation,
    base: &'a Base,
    actor: PersonId,
    room: RoomId,
    seed: Uuid,
}

impl Telling<'_> {
    /// With an id of its own.
    fn activity(&self, verb: &str, published: Moment, object: Value) -> Value {
        self.activity_with_id(Uuid::new_v5(&self.seed, verb.as_bytes()), verb, published, object)
    }

    fn activity_with_id(&self, id: Uuid, verb: &str, published: Moment, object: Value) -> Value {
        json!({
            "id": id.to_string(),
            "objectType": "activity",
            "verb": verb,
            "published": published,
            "url": self.base.activity(id),
            "actor": person(self.organisation, self.actor),
            "object": object,
            "target": conversation(self.organisation, self.room, self.base),
        })
    }

    fn message(&self, message: &Message) -> Value {
        let verb = if message.files.is_empty() { "post" } else { "share" };
        let mut activity = self.activity_with_id(message.id.uuid(), verb, message.created, comment(message));
        if let Some(parent) = message.parent {
            activity["parent"] = self.parent(parent, "reply");
        }
        activity
    }

    /// A message of its own kind that stands for an earlier one.
    fn edit(&self, message: &Message) -> Value {
        let mut activity = self.activity("post", message.updated.unwrap_or(message.created), comment(message));
        activity["parent"] = self.parent(message.id, "edit");
        activity
    }

    fn parent(&self, id: MessageId, kind: &str) -> Value {
        let mut parent = json!({ "id": id.uuid().to_string(), "type": kind });
        if let Some((author, published)) = self.organisation.written_by(id) {
            parent["actorId"] = json!(author.uuid().to_string());
            parent["published"] = json!(published);
        }
        parent
    }

    fn creation(&self, room: &Room, members: &[PersonId]) -> Value {
        let members: Vec<Value> = members.iter().map(|member| person(self.organisation, *member)).collect();
        let mut object = self.room(room);
        object["participants"] = json!({ "items": members });
        self.activity_with_id(room.id.uuid(), "create", room.created, object)
    }

    fn room_change(&self, before: &Room, room: &Room) -> Vec<Value> {
        let now = self.organisation.now();
        let mut activities = Vec::new();
        if before.is_locked != room.is_locked {
            activities.push(self.activity(if room.is_locked { "lock" } else { "unlock" }, now, self.room(room)));
        }
        if (Room { is_locked: before.is_locked, ..room.clone() }) != *before {
            activities.push(self.activity("update", now, self.room(room)));
        }
        activities
    }

    /// A conversation of two is called nothing.
    fn room(&self, room: &Room) -> Value {
        let mut shown = conversation(self.organisation, room.id, self.base);
        if !room.is_direct() {
            shown["displayName"] = json!(room.title);
        }
        shown
    }

    /// Hiding is nobody else's business.
    fn membership_change(&self, before: &Membership, membership: &Membership) -> Vec<Activity> {
        let now = self.organisation.now();
        let mut activities = Vec::new();
        if before.is_moderator != membership.is_moderator {
            let verb = if membership.is_moderator { "assignModerator" } else { "unassignModerator" };
            let value = self.activity(verb, now, person(self.organisation, membership.person));
            activities.push(Activity { value, only: None });
        }
        if before.is_hidden != membership.is_hidden {
            let verb = if membership.is_hidden { "hide" } else { "unhide" };
            let value = self.activity(verb, now, conversation(self.organisation, self.room, self.base));
            activities.push(Activity { value, only: Some(membership.person) });
        }
        activities
    }

    fn action(&self, action: &Action) -> Value {
        let inputs = Value::Object(action.inputs.clone()).to_string();
        let object = json!({ "objectType": "submit", "inputs": inputs });
        let mut activity = self.activity_with_id(action.id.uuid(), "cardAction", action.created, object);
        activity["parent"] = self.parent(action.message, "cardAction");
        activity
    }
}

/// What a message says. A field that would be empty is left out.
fn comment(message: &Message) -> Value {
    let content = &message.content;
    let mut object = Map::new();
    object.insert("objectType".to_owned(), json!(if message.files.is_empty() { "comment" } else { "content" }));
    for (name, words) in [("displayName", &content.text), ("content", &content.html)] {
        if let Some(words) = words {
            object.insert(name.to_owned(), json!(words));
        }
    }
    if !content.mentioned_people.is_empty() {
        let mention = |id: &PersonId| json!({ "id": id.uuid().to_string(), "objectType": "person" });
        object.insert("mentions".to_owned(), json!({ "items": content.mentioned_people.iter().map(mention).collect::<Vec<_>>() }));
    }
    if content.mentions_all {
        object.insert("groupMentions".to_owned(), json!({ "items": [{ "objectType": "groupMention", "groupType": "all" }] }));
    }
    if !message.files.is_empty() {
        let file = |file: &crate::state::StoredFile| json!({ "objectType": "file", "displayName": file.name, "fileSize": file.size, "mimeType": file.media_type });
        object.insert("contentCategory".to_owned(), json!("documents"));
        object.insert("files".to_owned(), json!({ "items": message.files.iter().map(file).collect::<Vec<_>>() }));
    }
    Value::Object(object)
}
