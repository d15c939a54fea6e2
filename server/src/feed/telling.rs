//! From what Webex tells by itself to what is done about it, whichever way it comes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{AuthorKind, MessageId, PersonId, PortalEvent, RoomId};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

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
    metrics,
    store::{Conversation, HeardBy, Store},
    webex::{
        Connections,
        wire::{
            self,
            mercury::{HOME_CLUSTER, Happening, public_id, uuid_in},
        },
    },
};

/// What Webex calls a room whose UUID it told, and who is in a room, is asked once in so long.
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
    /// What was asked about rooms lately.
    pub(super) asked: Arc<Mutex<Asked>>,
    /// Until when.
    pub(super) stopping: CancellationToken,
}

/// What was asked about rooms lately, and when.
#[derive(Default)]
pub(super) struct Asked {
    /// Webex's ids of rooms of other clusters, by whose token and UUID; `None` while they are asked for, and of rooms that are not
    /// shown.
    ids: HashMap<(Ear, String), (Duration, Option<String>)>,
    /// Whose members were asked for.
    members: HashMap<RoomId, Duration>,
}

/// Whose room it is.
enum Whose {
    /// One that this token is to hear.
    Own(Conversation),
    /// Somebody else's.
    Others,
    /// The portal does not know it.
    Unknown,
}

impl Telling {
    /// A webhook told that something happened to the messages of a room.
    pub(super) fn moved(&self, ear: &Ear, webex_room_id: &str, told: Told) {
        if let Whose::Own(conversation) = self.whose(ear, webex_room_id) {
            self.hinted(ear, Way::Webhook, conversation, told);
        }
    }

    /// Mercury told that something happened in the room with this UUID.
    pub(super) fn happened(&self, ear: &Ear, credential: &Credential, room: &str, what: Happening) {
        let webex_room_id = match self.whose(ear, &public_id(HOME_CLUSTER, "ROOM", room)) {
            Whose::Own(conversation) => return self.happened_in(ear, conversation, what),
            Whose::Others => return,
            // It may be one of another cluster.
            Whose::Unknown => match self.webex_room_id(ear, credential, room) {
                Some(webex_room_id) => webex_room_id,
                None => return,
            },
        };
        match self.whose(ear, &webex_room_id) {
            Whose::Own(conversation) => self.happened_in(ear, conversation, what),
            Whose::Others => {}
            Whose::Unknown => self.live.nudge(ear),
        }
    }

    /// Webex's id of a room, if it was asked for before; else it is asked for, and what was told meanwhile is looked for then.
    fn webex_room_id(&self, ear: &Ear, credential: &Credential, room: &str) -> Option<String> {
        let (now, key) = (self.clock.elapsed(), (ear.clone(), room.to_owned()));
        let mut asked = self.asked();
        if let Some((asked_at, id)) = asked.ids.get(&key)
            && now.saturating_sub(*asked_at) < REMEMBERED
        {
            return id.clone();
        }
        if asked.ids.len() >= MAX_ROOMS {
            asked.ids.clear();
        }
        asked.ids.insert(key.clone(), (now, None));
        drop(asked);
        let (telling, credential) = (self.clone(), credential.clone());
        self.beside(async move {
            let (ear, room) = &key;
            match credential.with_token(|token| credential.webex().room(token, room)).await {
                Ok(found) => {
                    let webex_room_id = wire::unpadded(&found.id).to_owned();
                    telling.asked().ids.insert(key.clone(), (telling.clock.elapsed(), Some(webex_room_id.clone())));
                    match telling.whose(ear, &webex_room_id) {
                        Whose::Own(conversation) => telling.hinted(ear, Way::Mercury, conversation, Told::Anything),
                        Whose::Others => {}
                        Whose::Unknown => telling.live.nudge(ear),
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "webex told of a room that it does not show");
                    if error.is_passing() {
                        telling.asked().ids.remove(&key);
                    }
                }
            }
        });
        None
    }

    /// Work that nobody waits for; it ends with the portal.
    fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move { stopping.run_until_cancelled(work).await });
    }

    fn whose(&self, ear: &Ear, webex_room_id: &str) -> Whose {
        let found = self.store.conversation_by_webex_room(wire::unpadded(webex_room_id));
        let found = found.inspect_err(|error| tracing::error!(%error, "the store cannot be read"));
        let Ok(Some(conversation)) = found else { return Whose::Unknown };
        let is_own = match (ear, conversation.heard_by) {
            (Ear::Service(id), HeardBy::Service) => {
                self.connections.of_site(&conversation.site_id).is_ok_and(|connection| connection.id == *id)
            }
            // One that others know may be new to this guest.
            (Ear::Guest(guest_id), HeardBy::Guest) => match self.store.conversation_for(guest_id, &conversation.id) {
                Ok(Some(_)) => true,
                Ok(None) => return Whose::Unknown,
                Err(_) => false,
            },
            _ => false,
        };
        if is_own { Whose::Own(conversation) } else { Whose::Others }
    }

    fn happened_in(&self, ear: &Ear, conversation: Conversation, what: Happening) {
        match what {
            Happening::Written { message } => {
                let told = Told::Written(message_id(&conversation, &message));
                self.hinted(ear, Way::Mercury, conversation, told);
            }
            Happening::Changed => self.hinted(ear, Way::Mercury, conversation, Told::Anything),
            Happening::Typing { person, is_typing } => self.typing(conversation, &person, is_typing),
            Happening::Read { person, message } => self.read(&conversation, &person, &message),
        }
    }

    fn hinted(&self, ear: &Ear, way: Way, conversation: Conversation, told: Told) {
        metrics::told(way.as_word());
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
            None => self.learn_members(conversation),
        }
    }

    /// Who is in a room is asked at most once in a while, however many strangers write.
    fn learn_members(&self, conversation: Conversation) {
        let now = self.clock.elapsed();
        let mut asked = self.asked();
        if asked.members.get(&conversation.id).is_some_and(|at| now.saturating_sub(*at) < REMEMBERED) {
            return;
        }
        if asked.members.len() >= MAX_ROOMS {
            asked.members.clear();
        }
        asked.members.insert(conversation.id.clone(), now);
        drop(asked);
        let history = self.history.clone();
        self.beside(async move { drop(history.members(&conversation).await) });
    }

    fn read(&self, conversation: &Conversation, person: &str, message: &str) {
        let room_id = conversation.id.clone();
        let person_id = PersonId::new(public_id(HOME_CLUSTER, "PEOPLE", person));
        let message_id = message_id(conversation, message);
        if self.store.is_guest_person(&person_id).is_ok_and(|is_guest| !is_guest) {
            self.history.note_read(&room_id, &message_id);
        }
        if self.hub.is_watched(&room_id) {
            let event = PortalEvent::MessagesRead { room_id: room_id.clone(), person_id, message_id };
            self.hub.publish(Audience::Room(room_id), &event);
        }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        // Nothing in here panics half-way through a change.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages are in the cluster of their room.
fn message_id(conversation: &Conversation, message: &str) -> MessageId {
    let cluster = conversation.webex_room_id.as_deref().and_then(uuid_in).map(|(cluster, _)| cluster);
    MessageId::new(public_id(cluster.as_deref().unwrap_or(HOME_CLUSTER), "MESSAGE", message))
}
