//! Puts the feeds together, and lets them run beside the portal.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{GuestId, MessageId, SiteId};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    credential::Credential,
    guests::GuestFeeds,
    live::{Ear, LiveFeeds},
    mercury::Mercury,
    polling::Poller,
    reader::{RoomReader, Told},
    service::{ServiceFeed, live_ways},
    telling::Telling,
    throttle::{Receipt, Throttle},
    way::Way,
    webhook::{Ingress, Refused, Registration, Secrets, name_of},
};
use crate::{
    clock::Clock,
    config::{Config, ConnectionId},
    conversations::{Conversations, History, Membership},
    fanout::Hub,
    guest_identity::GuestIdentity,
    rooms::Rooms,
    secrets::{Keys, SecretsError, hex},
    store::{Conversation, HeardBy, Store, StoreError},
    webex::{Connections, wire::mercury::uuid_in},
};

/// What hearing takes.
pub struct FeedNeeds {
    /// What is set.
    pub config: Arc<Config>,
    /// Tells the time.
    pub clock: Clock,
    /// Which room is whose.
    pub store: Store,
    /// What webhooks are believed by.
    pub keys: Arc<Keys>,
    /// Tells browsers.
    pub hub: Hub,
    /// With which credentials.
    pub connections: Connections,
    /// The guests' tokens.
    pub identity: GuestIdentity,
    /// What was said.
    pub history: History,
    /// Who is in which room.
    pub membership: Membership,
    /// Finds rooms of two.
    pub conversations: Conversations,
    /// What pages draw.
    pub rooms: Rooms,
    /// Where Webex finds the portal, without a slash at the end.
    pub base_url: String,
    /// The portal is stopping.
    pub stopping: CancellationToken,
    /// What runs beside.
    pub tasks: TaskTracker,
}

/// Everything that hears. Clones share it.
#[derive(Clone)]
pub struct Feeds {
    ingress: Arc<Ingress>,
    reader: RoomReader,
    mercury: Mercury,
    throttle: Arc<Mutex<Throttle>>,
    needs: Arc<FeedNeeds>,
    live: LiveFeeds,
    instance: String,
}

impl Feeds {
    /// Puts them together; nothing is heard yet.
    pub fn new(needs: FeedNeeds) -> Result<Self, SecretsError> {
        let FeedNeeds { config, clock, store, keys, hub, connections, history, stopping, tasks, .. } = &needs;
        let live = needs.rooms.live.clone();
        // Tells this portal's webhooks and devices from those of another one with the same service app.
        let instance = hex(keys.subject_mac(&[b"instance"])?.first_chunk::<4>().unwrap_or(&[0; 4]));
        let reader = RoomReader::new(store.clone(), history.clone(), hub.clone(), clock.clone(), stopping.clone(), tasks.clone());
        let telling = Telling {
            store: store.clone(),
            history: history.clone(),
            hub: hub.clone(),
            live: live.clone(),
            reader: reader.clone(),
            connections: connections.clone(),
            clock: clock.clone(),
            tasks: tasks.clone(),
            asked: Arc::default(),
            stopping: stopping.clone(),
        };
        let mut doors = Vec::new();
        for connection in connections.all().filter(|connection| live_ways(connection, config).contains(&Way::Webhook)) {
            doors.push((connection.id.clone(), Secrets::new(keys.clone(), &connection.id)?));
        }
        let ingress = Arc::new(Ingress::new(doors, telling.clone(), clock.clone()));
        let ids: Vec<ConnectionId> = connections.all().map(|connection| connection.id.clone()).collect();
        let mercury = Mercury::new(telling, needs.identity.clone(), stopping.clone(), ids.into_iter(), &instance);
        Ok(Self { ingress, reader, mercury, throttle: Arc::default(), live, instance, needs: Arc::new(needs) })
    }

    /// Begins to hear.
    pub fn start(&self) -> Result<(), SecretsError> {
        let FeedNeeds {
            config,
            clock,
            store,
            keys,
            hub,
            connections,
            identity,
            history,
            membership,
            conversations,
            rooms,
            base_url,
            stopping,
            tasks,
        } = &*self.needs;
        let poller = Poller {
            store: store.clone(),
            history: history.clone(),
            connections: connections.clone(),
            hub: hub.clone(),
            live: self.live.clone(),
            reader: self.reader.clone(),
            clock: clock.clone(),
            stopping: stopping.clone(),
        };
        for connection in connections.all() {
            let Some(service_app) = connection.service_app.clone() else { continue };
            let ear = Ear::Service(connection.id.clone());
            let ways = live_ways(connection, config);
            let used = self.live.begin(&ear, &ways);
            if ways.contains(&Way::Webhook) {
                let secrets = Secrets::new(keys.clone(), &connection.id)?;
                let registration = Registration {
                    credential: Credential::of_service(connection, &service_app),
                    live: self.live.clone(),
                    name: name_of(&connection.id, &self.instance),
                    target_url: format!("{base_url}{}", shared::path::webhook(&secrets.token)),
                    ear,
                    secrets,
                    clock: clock.clone(),
                    stopping: stopping.clone(),
                };
                tasks.spawn(registration.run());
            }
            if ways.contains(&Way::Mercury) {
                tasks.spawn(self.mercury.clone().listen_as_service(connection.clone(), service_app));
            }
            let sites: Vec<SiteId> =
                config.sites.iter().filter(|site| site.connection == connection.id).map(|site| site.id.clone()).collect();
            let feed = ServiceFeed {
                poller: poller.clone(),
                connection: connection.clone(),
                conversations: conversations.clone(),
                rooms: rooms.clone(),
                sites,
            };
            tasks.spawn(feed.run(used));
        }
        let guests = GuestFeeds {
            poller,
            connections: connections.clone(),
            identity: identity.clone(),
            conversations: conversations.clone(),
            config: config.clone(),
            rooms: rooms.clone(),
            membership: membership.clone(),
            mercury: self.mercury.clone(),
        };
        tasks.spawn(Arc::new(guests).run());
        Ok(())
    }

    /// Whether Webex is told this address of a webhook.
    pub fn is_door(&self, token: &str) -> bool {
        self.ingress.is_door(token)
    }

    /// Takes the raw bytes that arrived at a webhook's address, with the signature of their header in hex.
    pub fn take_delivery(&self, token: &str, signature: Option<&str>, body: &[u8]) -> Result<(), Refused> {
        self.ingress.take(token, signature, body)
    }

    /// A guest goes on where they were, and nobody may have listened for them meanwhile: what happened is read at once, and
    /// where it is not sure that nothing did it is looked at soon.
    pub fn came_back(&self, guest_id: &GuestId, rooms: &[Conversation]) -> Result<(), StoreError> {
        let FeedNeeds { history, connections, .. } = &*self.needs;
        for room in rooms {
            let ear = match (room.heard_by, connections.of_site(&room.site_id)) {
                (HeardBy::Service, Ok(connection)) => Ear::Service(connection.id.clone()),
                _ => Ear::Guest(guest_id.clone()),
            };
            if history.has_moved(&room.id) {
                self.reader.moved(room.clone(), Told::Anything)?;
            } else if !history.listed_at(&room.id).is_some_and(|listed_at| self.live.covers(&ear, listed_at)) {
                history.look_again(&room.id);
            }
        }
        Ok(())
    }

    /// A guest came to listen: their own rooms are looked at.
    pub fn look_soon(&self, guest_id: &GuestId) {
        self.live.nudge(&Ear::Guest(guest_id.clone()));
    }

    /// A guest writes, or has stopped. Nobody waits for it.
    pub fn tell_typing(&self, guest_id: GuestId, conversation: Conversation, is_typing: bool) {
        if !self.throttle(|throttle, now| throttle.may_tell_typing(&guest_id, &conversation.id, is_typing, now)) {
            return;
        }
        let feeds = self.clone();
        self.beside(async move {
            let Ok(connection) = feeds.needs.connections.of_site(&conversation.site_id) else { return };
            if let Err(error) = feeds.mercury.tell_typing(connection, &guest_id, &conversation, is_typing).await {
                tracing::debug!(%error, guest.id = %guest_id, "webex was not told that a guest writes");
            }
        });
    }

    /// A guest has read up to a message. Nobody waits for it.
    pub fn tell_read(&self, guest_id: GuestId, conversation: Conversation, upto: MessageId) {
        if uuid_in(upto.as_str()).is_none() {
            // A page has it of no message of Webex's.
            return;
        }
        let Receipt::After(wait) = self.throttle(|throttle, now| throttle.read(&guest_id, &conversation.id, upto, now)) else { return };
        let feeds = self.clone();
        self.beside(async move {
            feeds.needs.clock.sleep(wait).await;
            let Some(upto) = feeds.throttle(|throttle, now| throttle.take_read(&guest_id, &conversation.id, now)) else { return };
            let Ok(connection) = feeds.needs.connections.of_site(&conversation.site_id) else { return };
            if let Err(error) = feeds.mercury.tell_read(connection, &guest_id, &conversation, &upto).await {
                tracing::debug!(%error, guest.id = %guest_id, "webex was not told what a guest has read");
            }
        });
    }

    /// Work that nobody waits for; it ends with the portal.
    fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.needs.stopping.clone();
        self.needs.tasks.spawn(async move { stopping.run_until_cancelled(work).await });
    }

    fn throttle<T>(&self, ask: impl FnOnce(&mut Throttle, Duration) -> T) -> T {
        ask(&mut self.throttle.lock().unwrap_or_else(PoisonError::into_inner), self.needs.clock.elapsed())
    }
}
