//! Opens a guest's space: takes the steps of [`super::state`] one by one, writing each down.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use shared::RoomId;

use super::state::{Progress, Step, Way, room_title};
use crate::{
    clock::Clock,
    config::{Config, ConversationKind, SiteConfig},
    content::outgoing::Outgoing,
    guest_identity::GuestIdentity,
    store::{Conversation, GuestRow, HeardBy, Store},
    webex::{Connection, Connections, Doubt, ServiceApp, Target, WebexClient, WebexError, wire},
};

/// How soon a room that may have been made is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Where a guest can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenRoom {
    /// A room in Webex, by its id there.
    Room(String),
    /// Somebody's address: the room of two comes into being with the first message.
    Person(String),
}

impl OpenRoom {
    /// As the destination of a message.
    pub fn target(&self) -> Target<'_> {
        match self {
            Self::Room(room_id) => Target::Room(room_id),
            Self::Person(email) => Target::Email(email),
        }
    }
}

/// Opens conversations. Clones share it.
#[derive(Clone)]
pub struct Conversations {
    connections: Connections,
    identity: GuestIdentity,
    store: Store,
    config: Arc<Config>,
    clock: Clock,
}

/// Everything one step needs.
struct Opening<'a> {
    connection: &'a Connection,
    site: &'a SiteConfig,
    guest: &'a GuestRow,
}

impl Conversations {
    /// With everything it needs.
    pub fn new(connections: Connections, identity: GuestIdentity, store: Store, config: Arc<Config>, clock: Clock) -> Self {
        Self { connections, identity, store, config, clock }
    }

    /// Brings the conversation to where the guest can write, going on where an earlier try stopped.
    pub async fn open(&self, room_id: &RoomId, guest: &GuestRow) -> Result<OpenRoom, WebexError> {
        let mut conversation = self.load(room_id)?;
        let site = self.config.site(&conversation.site_id).ok_or_else(|| WebexError::Inside("the site is no longer configured".into()))?;
        let opening = Opening { connection: self.connections.of_site(&conversation.site_id)?, site, guest };
        let way = way(&conversation);
        while let Some(step) = conversation.progress.next_step(way) {
            if let Some(before) = Progress::before(step) {
                self.note(&mut conversation, before, None).await?;
            }
            match self.take(step, &conversation, &opening).await {
                Ok(None) if step == Step::FindRoom => self.note(&mut conversation, Progress::New, None).await?,
                Ok(made) => self.note(&mut conversation, Progress::after(step), made).await?,
                Err(error) => {
                    if step == Step::MakeRoom {
                        // Surely not made: the next try need not look for it. Else the doubt begins now.
                        let is_unclear = error.doubt() == Doubt::Unclear;
                        let progress = if is_unclear { Progress::MakingRoom } else { Progress::New };
                        self.note(&mut conversation, progress, None).await?;
                    }
                    return Err(error);
                }
            }
        }
        match (conversation.webex_room_id, conversation.kind, site.staff.first()) {
            (Some(webex_room_id), ..) => Ok(OpenRoom::Room(webex_room_id)),
            (None, ConversationKind::Direct, Some(email)) => Ok(OpenRoom::Person(email.clone())),
            _ => Err(WebexError::Inside("the conversation has no room".into())),
        }
    }

    /// The first message of a conversation of two tells its room.
    pub async fn found_room(&self, room_id: &RoomId, webex_room_id: &str) -> Result<(), WebexError> {
        let webex_room_id = wire::unpadded(webex_room_id).to_owned();
        self.store.set_progress(room_id.clone(), Progress::Open, Some(webex_room_id), self.clock.now()).await.map_err(inside)
    }

    /// Looks for the room of two of a conversation that has none yet; answers whether there is one.
    pub async fn find_direct(&self, conversation: &Conversation, guest: &GuestRow) -> Result<bool, WebexError> {
        let site = self.config.site(&conversation.site_id).ok_or_else(|| WebexError::Inside("the site is no longer configured".into()))?;
        let opening = Opening { connection: self.connections.of_site(&conversation.site_id)?, site, guest };
        match self.direct_room(&opening).await? {
            Some(webex_room_id) => self.found_room(&conversation.id, &webex_room_id).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn direct_room(&self, opening: &Opening<'_>) -> Result<Option<String>, WebexError> {
        let Some(email) = opening.site.staff.first() else { return Ok(None) };
        let webex = &opening.connection.webex;
        let found = self.identity.with_token(&opening.guest.id, |token| webex.direct_messages(token, email)).await;
        match found {
            Ok(page) => Ok(page.items.into_iter().next().map(|message| message.room_id)),
            Err(WebexError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn take(&self, step: Step, conversation: &Conversation, opening: &Opening<'_>) -> Result<Option<String>, WebexError> {
        let webex_room_id = conversation.webex_room_id.as_deref();
        let webex = &opening.connection.webex;
        match step {
            Step::FindDirect => self.direct_room(opening).await,
            Step::MakeRoom => self.make_room(conversation, opening).await.map(Some),
            Step::FindRoom => match self.find_room(conversation, opening).await? {
                Some(found) => Ok(Some(found)),
                None => self.settled(conversation).map(|()| None),
            },
            Step::AddGuest => {
                let room = required(webex_room_id)?;
                let vouched = self.identity.vouch(&opening.guest.id).await?;
                let service_app = service_app(opening.connection)?;
                service_app.with_token(|token| webex.add_person(token, room, vouched.person_id.as_str())).await?;
                Ok(None)
            }
            Step::AddStaff => {
                self.add_staff(required(webex_room_id)?, conversation, opening).await?;
                Ok(None)
            }
            Step::Greet => {
                greet(required(webex_room_id)?, opening).await?;
                Ok(None)
            }
            Step::SkipGreeting => Ok(None),
        }
    }

    async fn make_room(&self, conversation: &Conversation, opening: &Opening<'_>) -> Result<String, WebexError> {
        let title = &*room_title(&opening.guest.display_name, &opening.site.name, &conversation.code);
        let room = self.as_owner(conversation, opening, |webex, token| async move { webex.create_room(token, title).await }).await?;
        tracing::info!(room.id = %conversation.id, site.id = %opening.site.id, "a space was made in webex");
        Ok(room.id)
    }

    /// The room of an earlier try whose answer was lost: its title ends in the conversation's code.
    async fn find_room(&self, conversation: &Conversation, opening: &Opening<'_>) -> Result<Option<String>, WebexError> {
        let ending = format!(" {}", conversation.code);
        let newest = self.as_owner(conversation, opening, |webex, token| async move { webex.rooms_by_age(token).await }).await?;
        Ok(newest.items.into_iter().find(|room| room.title.ends_with(&ending)).map(|room| room.id))
    }

    /// A room the portal does not use may be one that Webex made late, after another was made for the same conversation:
    /// nobody was ever let into it, nothing was said in it, and it is deleted.
    pub async fn take_back_room(&self, room: &wire::Room) -> Result<(), WebexError> {
        let Some((_, code)) = room.title.rsplit_once(' ') else { return Ok(()) };
        let Some(conversation) = self.store.conversation_by_code(code).map_err(inside)? else { return Ok(()) };
        let is_another = conversation.webex_room_id.as_deref().is_some_and(|known| known != wire::unpadded(&room.id));
        let site = self.config.site(&conversation.site_id);
        let guest_id = self.store.guests_of(&conversation.id).map_err(inside)?.into_iter().next();
        let guest = guest_id.map(|guest_id| self.store.guest(&guest_id)).transpose().map_err(inside)?.flatten();
        let (Some(site), Some(guest), true) = (site, guest, is_another) else { return Ok(()) };
        if room.title != room_title(&guest.display_name, &site.name, &conversation.code) {
            return Ok(());
        }
        let opening = Opening { connection: self.connections.of_site(&conversation.site_id)?, site, guest: &guest };
        let room_id = &*room.id;
        let said = self.as_owner(&conversation, &opening, |webex, token| async move { webex.messages(token, room_id, None).await }).await?;
        if !said.items.is_empty() {
            // Somebody made it, and called it so.
            return Ok(());
        }
        self.as_owner(&conversation, &opening, |webex, token| async move { webex.delete_room(token, room_id).await }).await?;
        tracing::warn!(room.id = %conversation.id, "a space came twice because webex was late; the empty one was deleted");
        Ok(())
    }

    /// A room that is not there may still come, for as long as a message may.
    fn settled(&self, conversation: &Conversation) -> Result<(), WebexError> {
        let since = conversation.making_since.unwrap_or(conversation.created_at);
        let window = i64::try_from(self.config.server.settle.as_millis()).unwrap_or(i64::MAX);
        let left = since.plus_millis(window).as_millis() - self.clock.now().as_millis();
        match u64::try_from(left) {
            Ok(left) if left > 0 => Err(WebexError::Settling(Duration::from_millis(left).min(LOOK_AGAIN))),
            _ => Ok(()),
        }
    }

    /// One address that Webex does not know must not keep the guest from the others.
    async fn add_staff(&self, webex_room_id: &str, conversation: &Conversation, opening: &Opening<'_>) -> Result<(), WebexError> {
        for email in &opening.site.staff {
            let added = self
                .as_owner(conversation, opening, |webex, token| async move { webex.add_email(token, webex_room_id, email).await })
                .await;
            match added {
                Err(error) if error.doubt() == Doubt::Refused => {
                    tracing::error!(%error, site.id = %opening.site.id, "webex does not let a configured member of staff into a space; check `staff` of this site");
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Runs a call as whoever makes the room: the service app, or the guest.
    async fn as_owner<T, F>(
        &self,
        conversation: &Conversation,
        opening: &Opening<'_>,
        call: impl Fn(WebexClient, SecretString) -> F,
    ) -> Result<T, WebexError>
    where
        F: Future<Output = Result<T, WebexError>>,
    {
        let call = |token| call(opening.connection.webex.clone(), token);
        match conversation.heard_by {
            HeardBy::Service => service_app(opening.connection)?.with_token(call).await,
            HeardBy::Guest => self.identity.with_token(&opening.guest.id, call).await,
        }
    }

    fn load(&self, room_id: &RoomId) -> Result<Conversation, WebexError> {
        self.store.conversation(room_id).map_err(inside)?.ok_or_else(|| WebexError::Inside("the conversation was erased".into()))
    }

    async fn note(&self, conversation: &mut Conversation, progress: Progress, webex_room_id: Option<String>) -> Result<(), WebexError> {
        let webex_room_id = webex_room_id.map(|id| wire::unpadded(&id).to_owned());
        let now = self.clock.now();
        self.store.set_progress(conversation.id.clone(), progress, webex_room_id.clone(), now).await.map_err(inside)?;
        conversation.progress = progress;
        conversation.making_since = (progress == Progress::MakingRoom).then_some(now);
        conversation.webex_room_id = webex_room_id.or(conversation.webex_room_id.take());
        Ok(())
    }
}

fn way(conversation: &Conversation) -> Way {
    match (conversation.kind, conversation.heard_by) {
        (ConversationKind::Space, HeardBy::Service) => Way::ByService,
        (ConversationKind::Space, HeardBy::Guest) => Way::ByGuest,
        (ConversationKind::Direct, _) => Way::Direct,
        (ConversationKind::Existing | ConversationKind::None, _) => Way::None,
    }
}

async fn greet(webex_room_id: &str, opening: &Opening<'_>) -> Result<(), WebexError> {
    let Some(greeting) = opening.site.greeting.clone().map(Outgoing::Text) else { return Ok(()) };
    let webex = &opening.connection.webex;
    let posted =
        service_app(opening.connection)?.with_token(|token| webex.post_message(token, Target::Room(webex_room_id), None, &greeting)).await;
    if let Err(error) = posted {
        // Nobody misses a greeting; a guest's message behind it must not wait for one.
        tracing::warn!(%error, "the greeting could not be posted");
    }
    Ok(())
}

fn service_app(connection: &Connection) -> Result<&ServiceApp, WebexError> {
    connection.service_app.as_ref().ok_or_else(|| WebexError::Inside("this site's connection has no service app any more".into()))
}

fn required(webex_room_id: Option<&str>) -> Result<&str, WebexError> {
    webex_room_id.ok_or_else(|| WebexError::Inside("the conversation has no room".into()))
}

fn inside(error: impl std::fmt::Display) -> WebexError {
    WebexError::Inside(error.to_string())
}
