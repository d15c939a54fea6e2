//! What a request can reach.

use std::{ops::Deref, sync::Arc};

use shared::{ClientMessageId, GuestId, Room, RoomId, SiteId};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    automation::Meetings,
    clock::Clock,
    config::{Config, ConversationKind, Rotated, SiteConfig},
    content::markdown::unlinked,
    conversations::{Conversations, History, HistoryNeeds, Membership, Progress, code_from},
    downloads::Downloads,
    error::AppError,
    fanout::Hub,
    feed::{FeedNeeds, Feeds, LiveFeeds},
    guest_identity::GuestIdentity,
    limits::Limits,
    operations::Watch,
    outbox::{InFlight, Outbox, Pacing, Sender, Spool, Uploads},
    rooms::Rooms,
    routes::{EmbedScripts, body_hash},
    secrets::{Keys, random, random_id},
    session::{IdentityMode, Proofs},
    store::{Conversation, GuestRow, HeardBy, NewOutboxRow, RowKind, Store},
    visits::Visits,
    webex::{ConnectionAccess, Connections, WebexError},
    webhooks,
};

/// Everything the portal is made of, put together. Clones share it.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

/// The parts; reached through [`App`].
pub struct Parts {
    /// What is set.
    pub config: Arc<Config>,
    /// Tells the time.
    pub clock: Clock,
    /// Remembers.
    pub store: Store,
    /// How much was done lately.
    pub limits: Limits,
    /// Which browsers have worked to be let in.
    pub proofs: Proofs,
    /// Seals and identifies.
    pub keys: Arc<Keys>,
    /// Tells browsers.
    pub hub: Hub,
    /// Vouches for guests.
    pub identity: GuestIdentity,
    /// What was said.
    pub history: History,
    /// Who is in which room.
    pub membership: Membership,
    /// What is to be sent.
    pub outbox: Outbox,
    /// Where files wait to be sent.
    pub spool: Spool,
    /// Who is sending files right now.
    pub uploads: Uploads,
    /// Who may fetch which file right now.
    pub downloads: Downloads,
    /// What rooms look like to guests' pages.
    pub rooms: Rooms,
    /// Hears, and tells Webex what guests do besides writing.
    pub feeds: Feeds,
    /// Who wants to meet.
    pub visits: Visits,
    /// Which programs ask for meetings right now.
    pub meetings: Meetings,
    /// With which credentials.
    pub connections: Connections,
    /// The portal's own origin: whom signed identities are for.
    pub audience: String,
    /// What owners put on their pages.
    pub embed_scripts: EmbedScripts,
    /// How everything stands.
    pub watch: Watch,
    /// Which build this is.
    pub build: String,
    /// The portal is stopping.
    pub stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// Puts the parts together. Nothing is sent or polled yet.
    pub fn new(
        config: Config,
        clock: Clock,
        store: Store,
        keys: Keys,
        access: Vec<ConnectionAccess>,
        base_url: String,
    ) -> Result<Self, WebexError> {
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let audience = url::Url::parse(&base_url).map_err(|error| inside(&error))?.origin().ascii_serialization();
        let (config, keys) = (Arc::new(config), Arc::new(keys));
        let hub = Hub::new(clock.clone()).map_err(|error| inside(&error))?;
        let spool = Spool::open(&config.server.data_dir, config.server.max_spool_bytes, config.server.clamd.clone())
            .map_err(|error| inside(&error))?;
        let connections = Connections::new(access, &config, &store, &keys, &clock)?;
        let identity = GuestIdentity::new(connections.clone(), store.clone(), keys.clone(), clock.clone(), hub.clone());
        let in_flight = InFlight::default();
        let found = Arc::new(Notify::new());
        let history = History::new(HistoryNeeds {
            found: found.clone(),
            connections: connections.clone(),
            identity: identity.clone(),
            store: store.clone(),
            spool: spool.clone(),
            clock: clock.clone(),
            hub: hub.clone(),
            in_flight: in_flight.clone(),
        });
        let stopping = CancellationToken::new();
        let conversations = Conversations::new(connections.clone(), identity.clone(), store.clone(), config.clone(), clock.clone());
        let bells = Arc::new(Notify::new());
        let outbox = Outbox::new(Sender {
            store: store.clone(),
            clock: clock.clone(),
            hub: hub.clone(),
            connections: connections.clone(),
            identity: identity.clone(),
            conversations: conversations.clone(),
            history: history.clone(),
            spool: spool.clone(),
            keys: keys.clone(),
            in_flight,
            pacing: Pacing::default(),
            settle_window: config.server.settle,
            found,
            bells: bells.clone(),
            stopping: stopping.clone(),
        });
        let membership = Membership::new(connections.clone(), identity.clone(), hub.clone(), clock.clone());
        let rooms = Rooms {
            config: config.clone(),
            connections: connections.clone(),
            history: history.clone(),
            live: LiveFeeds::new(clock.clone()),
            store: store.clone(),
            clock: clock.clone(),
        };
        let tasks = TaskTracker::new();
        let feeds = Feeds::new(FeedNeeds {
            config: config.clone(),
            clock: clock.clone(),
            store: store.clone(),
            keys: keys.clone(),
            hub: hub.clone(),
            connections: connections.clone(),
            identity: identity.clone(),
            history: history.clone(),
            membership: membership.clone(),
            conversations,
            rooms: rooms.clone(),
            base_url: base_url.clone(),
            stopping: stopping.clone(),
            tasks: tasks.clone(),
        })
        .map_err(|error| inside(&error))?;
        let visits = Visits::new(crate::visits::Needs {
            config: config.clone(),
            clock: clock.clone(),
            store: store.clone(),
            keys: keys.clone(),
            hub: hub.clone(),
            connections: connections.clone(),
            outbox: outbox.clone(),
            rooms: rooms.clone(),
            bells,
            base_url,
            stopping: stopping.clone(),
        });
        let parts = Parts {
            limits: Limits::new(&config, &clock),
            proofs: Proofs::new(clock.clone()).map_err(|error| inside(&error))?,
            downloads: Downloads::new(clock.clone()),
            uploads: Uploads::default(),
            config,
            clock,
            store,
            keys,
            hub,
            identity,
            history,
            membership,
            outbox,
            spool,
            rooms,
            feeds,
            visits,
            meetings: Meetings::default(),
            connections,
            audience,
            embed_scripts: EmbedScripts::default(),
            watch: Watch::default(),
            build: build_id(),
            stopping,
            tasks,
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Begins to send and to listen.
    pub async fn start(&self) -> Result<(), AppError> {
        self.spool.keep_only(&self.store.spooled_files()?).await.map_err(|error| AppError::Internal(error.to_string()))?;
        for deliverer in webhooks::begin(&self.config, &self.store, &self.keys, &self.clock, &self.stopping).await? {
            self.tasks.spawn(deliverer.run());
        }
        self.outbox.start().await?;
        self.feeds.start()?;
        self.tasks.spawn(self.visits.clone().run());
        Ok(())
    }

    /// Reads the configuration and the files of secrets again, and takes the secrets over; whatever is wrong leaves all as it is.
    pub async fn reload_secrets(&self) -> Result<Rotated, Vec<String>> {
        let newer = self.config.read_again().map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let keys = self.config.server.data_dir.join("keys.toml");
        self.keys.read_again(&keys).map_err(|error| vec![error.to_string()])?;
        let rotated = self.config.take_secrets(&newer);
        for connection in self.connections.all() {
            if let Some(service_app) = &connection.service_app {
                service_app.try_again().await;
            }
        }
        Ok(rotated)
    }

    /// Runs beside the portal until it stops; the task must heed [`Parts::stopping`].
    pub fn run_beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Lets what is under way end, begins nothing new, and lets go of the store.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.outbox.stop().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }

    /// The guest's own conversation, made if there is none; `None` on sites whose guests write wherever they are.
    /// Its space in Webex is made with the first message or visit.
    pub async fn conversation_of(&self, site: &SiteConfig, guest: &GuestRow) -> Result<Option<Conversation>, AppError> {
        if site.conversation == ConversationKind::Existing {
            return Ok(None);
        }
        let is_heard_by_it = self.has_service_app(&site.id) && site.conversation == ConversationKind::Space;
        let new = Conversation {
            id: RoomId::new(random_id()?),
            site_id: site.id.clone(),
            kind: site.conversation,
            heard_by: if is_heard_by_it { HeardBy::Service } else { HeardBy::Guest },
            progress: Progress::New,
            code: code_from(random()?),
            webex_room_id: None,
            created_at: self.clock.now(),
            making_since: None,
        };
        Ok(Some(self.store.conversation_of_guest(guest.id.clone(), new).await?))
    }

    /// A conversation as its guests' pages see it.
    pub fn to_room(&self, conversation: &Conversation) -> Room {
        self.rooms.show(conversation)
    }

    /// Vouches for a guest in the background, so that their first message need not wait for it. When it
    /// does not work now, sending does it.
    pub fn vouch_soon(&self, site: &SiteConfig, guest_id: GuestId) {
        if site.conversation == ConversationKind::None {
            return;
        }
        let (identity, stopping) = (self.identity.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                vouched = identity.vouch(&guest_id) => {
                    if let Err(error) = vouched {
                        tracing::warn!(%error, guest.id = %guest_id, "webex did not vouch for a guest; it is asked again with the first message");
                    }
                }
            }
        });
    }

    /// Puts the notice that the guest has left behind whatever they still have to send. A guest who never
    /// wrote leaves no trace in Webex.
    pub async fn tell_that_guest_left(&self, guest: &GuestRow) -> Result<(), AppError> {
        for conversation in self.store.conversations(&guest.id)? {
            if conversation.kind != ConversationKind::Space || !self.has_service_app(&conversation.site_id) {
                // Nobody could say so but the guest.
                continue;
            }
            let has_written = conversation.progress != Progress::New || !self.outbox.pending(&conversation.id, &guest.id)?.is_empty();
            if !has_written {
                continue;
            }
            let row = self.notice(
                guest,
                conversation.id,
                format!("left-{}", random_id()?),
                format!("{} left the chat.", unlinked(&guest.display_name)),
            );
            self.outbox.accept(row).await?;
        }
        Ok(())
    }

    /// Staff learn just before the guest's first words what the chat is about, where the guest can be reached, and, where anybody
    /// may come under any name, that this one's is vouched for.
    pub async fn tell_answers(&self, guest: &GuestRow, room_id: &RoomId) -> Result<(), AppError> {
        let Some(site) = self.config.site(&guest.site_id) else { return Ok(()) };
        if site.conversation != ConversationKind::Space || !self.has_service_app(&site.id) {
            // Nobody could say so but the guest.
            return Ok(());
        }
        let is_new = || Ok::<_, AppError>(self.store.conversation(room_id)?.is_some_and(|room| room.progress == Progress::New));
        if guest.is_identified && site.identity.mode == IdentityMode::Optional && is_new()? {
            self.tell_staff(guest, room_id, format!("{} is signed in on the web site.", unlinked(&guest.display_name))).await?;
        }
        let answers = self.store.untold_answers(&guest.id)?;
        let topic = answers.topic.as_ref().map(|topic| format!("{} writes about: {topic}", unlinked(&guest.display_name)));
        let email = answers.email.as_ref().map(|email| format!("{} can be reached at {email}", unlinked(&guest.display_name)));
        let told: Vec<String> = topic.into_iter().chain(email).collect();
        if told.is_empty() {
            return Ok(());
        }
        self.tell_staff(guest, room_id, told.join("\n")).await?;
        self.store.answers_told(guest.id.clone(), answers).await?;
        Ok(())
    }

    /// Whether a site has somebody besides its guests who makes spaces, hears them and speaks in them.
    fn has_service_app(&self, site_id: &SiteId) -> bool {
        self.connections.of_site(site_id).is_ok_and(|connection| connection.service_app.is_some())
    }

    /// A notice for staff. Whenever this is tried again it has the same id: they are told once.
    async fn tell_staff(&self, guest: &GuestRow, room_id: &RoomId, body: String) -> Result<(), AppError> {
        let mark = body_hash(room_id, &[guest.id.as_str().as_bytes(), body.as_bytes()]);
        let id = mark.iter().take(16).fold(String::from("topic-"), |id, byte| id + &format!("{byte:02x}"));
        let row = self.notice(guest, room_id.clone(), id, body);
        self.outbox.accept(row).await?;
        Ok(())
    }

    /// What the portal itself says in a guest's space.
    fn notice(&self, guest: &GuestRow, room_id: RoomId, id: String, body: String) -> NewOutboxRow {
        NewOutboxRow {
            site_id: guest.site_id.clone(),
            guest_id: guest.id.clone(),
            client_message_id: ClientMessageId::new(id),
            kind: RowKind::Notice,
            target: None,
            file: None,
            body_hash: body_hash(&room_id, &[body.as_bytes()]),
            body,
            room_id,
            queued_at: self.clock.now(),
        }
    }
}

/// Tells one build from another: a page of another one offers to reload.
fn build_id() -> String {
    concat!(env!("CARGO_PKG_VERSION"), "-", env!("GUEST_PORTAL_FRONTEND_HASH")).to_owned()
}
