//! What a request can reach.

use std::{ops::Deref, sync::Arc};

use shared::{ClientMessageId, GuestId, RoomId};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    config::Config,
    conversations::{Conversations, History, Progress, code_from},
    error::AppError,
    fanout::Hub,
    feed::PollingFeed,
    guest_identity::GuestIdentity,
    outbox::{InFlight, Outbox, Sender},
    routes::body_hash,
    secrets::{Keys, random, random_id},
    store::{Conversation, GuestRow, NewOutboxRow, RowKind, Store},
    webex::{ServiceApp, WebexClient, WebexError},
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
    /// Seals and identifies.
    pub keys: Arc<Keys>,
    /// Tells browsers.
    pub hub: Hub,
    /// Vouches for guests.
    pub identity: GuestIdentity,
    /// What was said.
    pub history: History,
    /// What is to be sent.
    pub outbox: Outbox,
    /// Which build this is.
    pub build: String,
    /// The portal is stopping.
    pub stopping: CancellationToken,
    webex: WebexClient,
    service_app: ServiceApp,
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
    pub fn new(config: Config, clock: Clock, store: Store, keys: Keys, webex: WebexAccess) -> Result<Self, WebexError> {
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let (config, keys) = (Arc::new(config), Arc::new(keys));
        let hub = Hub::new(clock.clone()).map_err(|error| inside(&error))?;
        let client = WebexClient::new(webex.api_base)?;
        let service_app = ServiceApp::new(client.clone(), store.clone(), keys.clone(), clock.clone(), webex.service_app);
        let identity = GuestIdentity::new(client.clone(), service_app.clone(), store.clone(), keys.clone(), clock.clone(), hub.clone());
        let in_flight = InFlight::default();
        let history = History::new(client.clone(), service_app.clone(), store.clone(), clock.clone(), hub.clone(), in_flight.clone());
        let stopping = CancellationToken::new();
        let outbox = Outbox::new(Sender {
            store: store.clone(),
            clock: clock.clone(),
            hub: hub.clone(),
            webex: client.clone(),
            service_app: service_app.clone(),
            identity: identity.clone(),
            conversations: Conversations::new(client.clone(), service_app.clone(), store.clone(), config.clone()),
            history: history.clone(),
            in_flight,
            stopping: stopping.clone(),
        });
        let parts = Parts {
            config,
            clock,
            store,
            keys,
            hub,
            identity,
            history,
            outbox,
            build: build_id(),
            stopping,
            webex: client,
            service_app,
            tasks: TaskTracker::new(),
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Begins to send and to listen.
    pub async fn start(&self) -> Result<(), AppError> {
        self.outbox.start().await?;
        let feed = PollingFeed {
            webex: self.webex.clone(),
            service_app: self.service_app.clone(),
            store: self.store.clone(),
            history: self.history.clone(),
            hub: self.hub.clone(),
            clock: self.clock.clone(),
            stopping: self.stopping.clone(),
        };
        self.tasks.spawn(feed.run());
        Ok(())
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

    /// The guest's conversation, made if there is none. Its space in Webex is made with the first message.
    pub async fn conversation_of(&self, guest: &GuestRow) -> Result<Conversation, AppError> {
        let (new_id, new_code) = (RoomId::new(random_id()?), code_from(random()?));
        let (site_id, guest_id, now) = (guest.site_id.clone(), guest.id.clone(), self.clock.now());
        Ok(self.store.conversation_of_guest(site_id, guest_id, new_id, new_code, now).await?)
    }

    /// Vouches for a guest in the background, so that their first message need not wait for it. When it
    /// does not work now, sending does it.
    pub fn vouch_soon(&self, guest_id: GuestId) {
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
            let has_written = conversation.progress != Progress::New || !self.outbox.pending(&conversation.id, &guest.id)?.is_empty();
            if !has_written {
                continue;
            }
            let body = format!("{} left the chat.", guest.display_name);
            let row = NewOutboxRow {
                site_id: guest.site_id.clone(),
                guest_id: guest.id.clone(),
                client_message_id: ClientMessageId::new(format!("left-{}", random_id()?)),
                kind: RowKind::Left,
                body_hash: body_hash(&conversation.id, &body),
                body,
                room_id: conversation.id,
                queued_at: self.clock.now(),
            };
            self.outbox.accept(row).await?;
        }
        Ok(())
    }
}

/// Which Webex, and as whom.
pub struct WebexAccess {
    /// The base address, such as `https://webexapis.com/v1`.
    pub api_base: url::Url,
    /// The portal's own identity there.
    pub service_app: crate::config::ServiceAppConfig,
}

/// Tells one build from another: a page of another one offers to reload.
fn build_id() -> String {
    concat!(env!("CARGO_PKG_VERSION"), "-", env!("GUEST_PORTAL_FRONTEND_HASH")).to_owned()
}
