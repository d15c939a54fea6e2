//! What is so in the simulated Webex: people, rooms, memberships, messages, tokens. Knows no HTTP.
//!
//! `World` is the one lock. A change and its way to the disk happen inside it, so nobody ever sees what a restart would
//! forget. Every other file adds the operations of one thing to `Organisation`.

mod actions;
mod chat;
mod destination;
mod direct;
mod events;
mod files;
mod guest_rules;
mod guests;
mod links;
mod listing;
mod memberships;
mod messages;
mod people;
mod presence;
mod profile;
mod reading;
mod refusal;
mod replaced;
mod rooms;
mod seed;
mod store;
mod tokens;
mod typing;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tokio::sync::{mpsc, watch};
use uuid::{Timestamp, Uuid};

pub(crate) use actions::Action;
use chat::ChatLine;
pub(crate) use destination::Destination;
pub(crate) use events::{Event, Happened, Sign, SignKind};
pub(crate) use files::StoredFile;
pub use guest_rules::GuestRules;
pub(crate) use guests::{ISSUER_GUEST_SECS, SERVICE_APP_GUEST_SECS};
pub(crate) use links::{Link, Meeting, Vertical};
pub(crate) use listing::{Gap, Window, ticks};
pub(crate) use memberships::{Invitee, Membership};
pub(crate) use messages::{Message, NewMessage};
pub(crate) use people::{Person, PersonKind};
pub(crate) use presence::{PageKey, Participant};
pub(crate) use profile::Profile;
pub(crate) use reading::ReadMark;
pub use refusal::Refusal;
pub(crate) use rooms::{NewRoom, Room, RoomChange, RoomKind};
pub use store::StoreError;
pub(crate) use tokens::{REFRESH_SECS, SERVICE_APP_ACCESS_SECS, ServiceAppTokens};
pub(crate) use webhooks::{NewWebhook, Webhook, WebhookChange};

use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::contents::Contents;
use crate::credentials::organisation;
use crate::ids::{ActionId, Cluster, MembershipId, MessageId, OrganisationId, PersonId, RoomId, WebhookId};
use crate::moment::Moment;
use crate::webhooks::{Delivery, deliveries};
use store::{Store, Write};

/// The node part of every time-based id made here.
const NODE: [u8; 6] = [0x0d, 0x41, 0xe3, 0x42, 0x19, 0x73];

/// Everything, behind one lock.
pub(crate) struct World {
    clock: Clock,
    held: Mutex<Held>,
    contents: Arc<Contents>,
    revision: watch::Sender<u64>,
    aftermath: mpsc::UnboundedSender<Aftermath>,
}

/// What is left to do once a change is done.
pub(crate) struct Aftermath {
    /// Grows by one with each.
    pub(crate) number: u64,
    pub(crate) what: What,
}

/// What there was.
pub(crate) enum What {
    /// With what goes to those who asked to be told.
    Happened(Box<Happened>, Vec<Delivery>),
    Sign(Sign),
}

struct Held {
    organisation: Organisation,
    store: Option<Store>,
    /// How many there were.
    left_to_do: u64,
}

impl World {
    /// Loads what a former process left in the directory, then makes sure that the seeded people and tokens are there.
    pub(crate) fn open(
        profile: Profile,
        clock: Clock,
        data_dir: Option<&Path>,
        contents: Arc<Contents>,
        aftermath: mpsc::UnboundedSender<Aftermath>,
    ) -> Result<Self, StoreError> {
        let store = data_dir.map(|data_dir| Store::open(data_dir, profile.cloud.file_name())).transpose()?;
        let mut organisation = Organisation::new(Arc::new(profile));
        if let Some(store) = &store {
            store.load_into(&mut organisation)?;
        }
        let held = Mutex::new(Held { organisation, store, left_to_do: 0 });
        let world = Self { clock, held, contents, revision: watch::Sender::new(0), aftermath };
        world.change(|organisation| {
            organisation.seed();
            Ok(())
        })?;
        Ok(world)
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock_now().into()
    }

    /// Waits, by the clock.
    pub(crate) async fn wait(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }

    pub(crate) fn clock_now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Looks, changes nothing.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Organisation) -> T) -> T {
        let mut held = self.lock();
        held.organisation.now = self.now();
        look(&held.organisation)
    }

    /// Changes, writes what changed to the disk in one transaction, tells the listeners.
    pub(crate) fn change<T, E: From<StoreError>>(&self, act: impl FnOnce(&mut Organisation) -> Result<T, E>) -> Result<T, E> {
        let mut held = self.lock();
        let held = &mut *held;
        held.organisation.now = self.now();
        let outcome = act(&mut held.organisation);
        let writes = std::mem::take(&mut held.organisation.writes);
        let forgotten_files = std::mem::take(&mut held.organisation.forgotten_files);
        if let Some(store) = &mut held.store {
            store.write(&writes)?;
        }
        forgotten_files.into_iter().for_each(|key| self.contents.remove(key));
        for happened in std::mem::take(&mut held.organisation.happened) {
            let deliveries = deliveries(&held.organisation, &happened);
            self.leave_to_do(held, What::Happened(Box::new(happened), deliveries));
        }
        for sign in std::mem::take(&mut held.organisation.signs) {
            self.leave_to_do(held, What::Sign(sign));
        }
        if std::mem::take(&mut held.organisation.is_stirred) || !writes.is_empty() {
            self.revision.send_modify(|revision| *revision += 1);
        }
        outcome
    }

    fn leave_to_do(&self, held: &mut Held, what: What) {
        held.left_to_do += 1;
        // Nobody minds when the sandbox is stopping.
        let _ = self.aftermath.send(Aftermath { number: held.left_to_do, what });
    }

    /// The number of the newest aftermath.
    pub(crate) fn newest_aftermath(&self) -> u64 {
        self.lock().left_to_do
    }

    /// Back to the first day.
    pub(crate) fn reset(&self) -> Result<(), StoreError> {
        {
            let mut held = self.lock();
            if let Some(store) = &mut held.store {
                store.clear()?;
            }
            held.organisation = Organisation::new(held.organisation.profile.clone());
        }
        self.change(|organisation| {
            organisation.seed();
            Ok(())
        })
    }

    /// Grows with every change.
    pub(crate) fn revisions(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that is so.
#[derive(Default)]
pub(crate) struct Organisation {
    profile: Arc<Profile>,
    /// When the present look or change happens.
    now: Moment,
    people: BTreeMap<PersonId, Person>,
    rooms: BTreeMap<RoomId, Room>,
    memberships: BTreeMap<(RoomId, PersonId), Membership>,
    messages: BTreeMap<MessageId, Message>,
    gaps: BTreeMap<MessageId, Gap>,
    tokens: HashMap<String, tokens::Token>,
    webhooks: BTreeMap<WebhookId, Webhook>,
    actions: BTreeMap<ActionId, Action>,
    guest_rules: GuestRules,
    read_marks: BTreeMap<(RoomId, PersonId), ReadMark>,
    /// Who is typing, and since when; nobody keeps that over a restart.
    typing: BTreeMap<(RoomId, PersonId), Moment>,
    /// Rooms of the seed that were made once, by their titles.
    seeded_rooms: BTreeSet<String>,
    links: BTreeMap<Uuid, Link>,
    meetings: BTreeMap<String, Meeting>,
    /// Who has a visit page open; nobody keeps that over a restart.
    participants: BTreeMap<(Uuid, String), Participant>,
    arrivals: u64,
    chats: HashMap<String, Vec<ChatLine>>,
    /// Secrets that are no longer the seeded ones.
    replaced: replaced::Replaced,
    /// How many tokens were handed out: the seed of the next.
    tokens_issued: u64,
    /// The newest time-based id, so that the next is newer even when the clock stands still.
    last_ticks: u64,
    // What can be found again from the above.
    rooms_of: HashMap<PersonId, BTreeSet<RoomId>>,
    messages_of: HashMap<RoomId, Vec<MessageId>>,
    direct_rooms: HashMap<(PersonId, PersonId), RoomId>,
    links_by_short: HashMap<String, Uuid>,
    /// What has to reach the disk before the lock opens.
    writes: Vec<Write>,
    /// Files whose messages are gone.
    forgotten_files: Vec<Uuid>,
    /// What somebody may want to be told.
    happened: Vec<Happened>,
    signs: Vec<Sign>,
    /// Something changed that does not go to the disk.
    is_stirred: bool,
}

impl Organisation {
    fn new(profile: Arc<Profile>) -> Self {
        Self { profile, ..Self::default() }
    }

    pub(crate) fn cloud(&self) -> Cloud {
        self.profile.cloud
    }

    /// The time of the present look or change.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// Where its rooms are kept.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.profile.cluster
    }

    /// Where its API is.
    pub(crate) fn api_base(&self) -> &str {
        &self.profile.api_base
    }

    /// What it is called.
    pub(crate) fn called(&self) -> &str {
        &self.profile.name
    }

    /// When its first people came.
    pub(crate) fn founded(&self) -> Moment {
        self.people.values().map(|person| person.created).min().unwrap_or_default()
    }

    /// The id of the organisation itself.
    pub(crate) fn home(&self) -> OrganisationId {
        organisation(self.profile.cloud)
    }

    /// A time-based (version 1) UUID, newer than all before.
    fn next_uuid(&mut self) -> Uuid {
        let millis = u64::try_from(self.now.ms()).unwrap_or(0);
        let (ticks, _) =
            Timestamp::from_unix_time(millis / 1000, u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000, 0, 0).to_gregorian();
        self.last_ticks = ticks.max(self.last_ticks + 1);
        Uuid::new_v1(Timestamp::from_gregorian_time(self.last_ticks, 0x1df9), &NODE)
    }

    fn remember_ticks(&mut self, uuid: Uuid) {
        if let Some(timestamp) = uuid.get_timestamp() {
            self.last_ticks = self.last_ticks.max(timestamp.to_gregorian().0);
        }
    }

    fn put_person(&mut self, person: Person) {
        self.save("person", person.id.uuid().to_string(), &person);
        self.people.insert(person.id, person);
    }

    fn put_room(&mut self, room: Room) {
        self.save("room", room.id.uuid().to_string(), &room);
        self.index_room(room);
    }

    fn index_room(&mut self, room: Room) {
        self.remember_ticks(room.id.uuid());
        if let RoomKind::Direct { between: (one, other) } = room.kind {
            self.direct_rooms.insert(direct::pair(one, other), room.id);
        }
        self.rooms.insert(room.id, room);
    }

    fn put_membership(&mut self, membership: Membership) {
        self.save("membership", membership.id().key(), &membership);
        self.index_membership(membership);
    }

    fn index_membership(&mut self, membership: Membership) {
        self.rooms_of.entry(membership.person).or_default().insert(membership.room);
        self.memberships.insert((membership.room, membership.person), membership);
    }

    fn remove_membership(&mut self, id: MembershipId) {
        self.memberships.remove(&(id.room, id.person));
        if let Some(rooms) = self.rooms_of.get_mut(&id.person) {
            rooms.remove(&id.room);
        }
        self.read_marks.remove(&(id.room, id.person));
        self.typing.remove(&(id.room, id.person));
        self.forget("read_mark", id.key());
        self.forget("membership", id.key());
    }

    fn put_message(&mut self, message: Message) {
        self.save("message", message.id.uuid().to_string(), &message);
        self.index_message(message);
    }

    /// Messages come in the order of their ids, from the disk too.
    fn index_message(&mut self, message: Message) {
        self.remember_ticks(message.id.uuid());
        if !self.messages.contains_key(&message.id) {
            self.messages_of.entry(message.room).or_default().push(message.id);
        }
        self.messages.insert(message.id, message);
    }

    fn forget(&mut self, kind: &'static str, id: String) {
        self.writes.push(Write { kind, id, json: None });
    }

    fn save(&mut self, kind: &'static str, id: String, object: &impl Serialize) {
        match serde_json::to_string(object) {
            Ok(json) => self.writes.push(Write { kind, id, json: Some(json) }),
            Err(error) => tracing::error!(%error, kind, "an object of the sandbox cannot be written"),
        }
    }
}
