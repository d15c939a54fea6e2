//! From what Webex tells by itself to what is done about it, whichever way it comes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{AuthorKind, MessageId, PersonId, PortalEvent};
use tokio_util::task::TaskTracker;

use super::{
    credential::Credential,
    live::{Ear, LiveFeeds},
    reader::{RoomReader, Told},
    way::Way,
};
use crate::{
    clock::Clock,
    conversations::History,
    fanout::{Audience, Hub},
    store::{Conversation, HeardBy, Store},
    webex::{
        Connections,
        wire::{
            self,
            mercury::{HOME_CLUSTER, Happening, public_id, uuid_in},
        },
    },
};

/// What Webex calls a room whose UUID it told is asked once in so long.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// Beyond so many rooms it is asked anew.
const MAX_ROOMS: usize = 10_000;

/// Acts on what Webex tells. Clones share what they know.
#[derive(Clone)]
pub(super) struct Telling {
    /// Which room is whose.
    pub(super) store: Store,
    /// What was said, and by whom.
    pub(super) history: History,
    /// Who looks.
    pub(super) hub: Hub,
    /// Who is heard in which way.
    pub(super) live: LiveFeeds,
    /// Reads what moved.
    pub(super) reader: RoomReader,
    /// Which site is whose.
    pub(super) connections: Connections,
    /// When.
    pub(super) clock: Clock,
    /// What nobody waits for.
    pub(super) tasks: TaskTracker,
    /// Webex's ids of rooms that are not in the home cluster or not the portal's, by UUID, and when they were asked for.
    pub(super) rooms: Arc<Mutex<HashMap<String, (Duration, Option<String>)>>>,
}

impl Telling {
    /// A webhook told that something happened to the messages of a room.
    pub(super) fn moved(&self, ear: &Ear, webex_room_id: &str, told: Told) {
        if let Some(conversation) = self.conversation(ear, webex_room_id) {
            self.room_moved(ear, Way::Webhook, conversation, told);
        }
    }

    /// Mercury told that something happened in the room with this UUID.
    pub(super) fn happened(&self, ear: &Ear, credential: &Credential, room: &str, what: Happening) {
        let home = public_id(HOME_CLUSTER, "ROOM", room);
        if let Some(conversation) = self.conversation(ear, &home) {
            return self.happened_in(ear, conversation, what);
        }
        let now = self.clock.elapsed();
        let known = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).get(room).cloned();
        match known.filter(|(asked_at, _)| now.saturating_sub(*asked_at) < REMEMBERED) {
            Some((_, Some(webex_room_id))) => match self.conversation(ear, &webex_room_id) {
                Some(conversation) => self.happened_in(ear, conversation, what),
                None => self.live.nudge(ear),
            },
            Some((_, None)) => {}
            None => self.ask_for(ear, credential, room),
        }
    }

    /// A room of another cluster, one that a guest was added to, or none of the portal's: Webex says what it calls it.
    fn ask_for(&self, ear: &Ear, credential: &Credential, room: &str) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() >= MAX_ROOMS {
            rooms.clear();
        }
        rooms.insert(room.to_owned(), (self.clock.elapsed(), None));
        drop(rooms);
        let (telling, ear, credential, room) = (self.clone(), ear.clone(), credential.clone(), room.to_owned());
        self.tasks.spawn(async move {
            match credential.with_token(|token| credential.webex().room(token, &room)).await {
                Ok(found) => {
                    let webex_room_id = wire::unpadded(&found.id).to_owned();
                    let known = (telling.clock.elapsed(), Some(webex_room_id.clone()));
                    telling.rooms.lock().unwrap_or_else(PoisonError::into_inner).insert(room, known);
                    match telling.conversation(&ear, &webex_room_id) {
                        Some(conversation) => telling.room_moved(&ear, Way::Mercury, conversation, Told::Anything),
                        None => telling.live.nudge(&ear),
                    }
                }
                Err(error) => tracing::debug!(%error, "webex told of a room that it does not show"),
            }
        });
    }

    /// The conversation of a room, if this is whose token hears it.
    fn conversation(&self, ear: &Ear, webex_room_id: &str) -> Option<Conversation> {
        let found = self.store.conversation_by_webex_room(wire::unpadded(webex_room_id));
        let conversation = found.inspect_err(|error| tracing::error!(%error, "the store cannot be read")).ok().flatten()?;
        let is_its_own = match (ear, conversation.heard_by) {
            (Ear::Service(id), HeardBy::Service) => {
                self.connections.of_site(&conversation.site_id).is_ok_and(|connection| connection.id == *id)
            }
            (Ear::Guest(_), HeardBy::Guest) => true,
            _ => false,
        };
        is_its_own.then_some(conversation)
    }

    fn happened_in(&self, ear: &Ear, conversation: Conversation, what: Happening) {
        match what {
            Happening::Written { message } => {
                let told = Told::Written(message_id(&conversation, &message));
                self.room_moved(ear, Way::Mercury, conversation, told);
            }
            Happening::Changed => self.room_moved(ear, Way::Mercury, conversation, Told::Anything),
            Happening::Typing { person, is_typing } => self.typing(conversation, &person, is_typing),
            Happening::Read { person, message } => self.read(&conversation, &person, &message),
        }
    }

    fn room_moved(&self, ear: &Ear, way: Way, conversation: Conversation, told: Told) {
        self.live.told(ear, way, &conversation.id);
        if let Err(error) = self.reader.moved(conversation, told) {
            tracing::error!(%error, "the store cannot be read");
        }
    }

    /// Somebody writes. It is said again soon, so that whoever is not known yet can wait for the next time.
    fn typing(&self, conversation: Conversation, person: &str, is_typing: bool) {
        if !self.hub.is_watched(&conversation.id) {
            return;
        }
        let person_id = PersonId::new(public_id(HOME_CLUSTER, "PEOPLE", person));
        match self.history.person(&person_id) {
            Some(person) if person.kind != AuthorKind::Portal => {
                let room_id = conversation.id;
                self.hub.publish(Audience::Room(room_id.clone()), &PortalEvent::TypingChanged { room_id, person, is_typing });
            }
            Some(_) => {}
            None => {
                let history = self.history.clone();
                self.tasks.spawn(async move { drop(history.members(&conversation).await) });
            }
        }
    }

    fn read(&self, conversation: &Conversation, person: &str, message: &str) {
        let room_id = conversation.id.clone();
        let event = PortalEvent::MessagesRead {
            person_id: PersonId::new(public_id(HOME_CLUSTER, "PEOPLE", person)),
            message_id: message_id(conversation, message),
            room_id: room_id.clone(),
        };
        self.hub.publish(Audience::Room(room_id), &event);
    }
}

/// Messages are in the cluster of their room.
fn message_id(conversation: &Conversation, message: &str) -> MessageId {
    let cluster = conversation.webex_room_id.as_deref().and_then(uuid_in).map(|(cluster, _)| cluster);
    MessageId::new(public_id(cluster.as_deref().unwrap_or(HOME_CLUSTER), "MESSAGE", message))
}
