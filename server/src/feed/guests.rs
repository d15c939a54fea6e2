//! What a guest's own token hears: the rooms the service app is not in, and rooms the guest was added to
//! by others. Each guest who looks is heard by a task of their own, which ends when they no longer look.

use std::{collections::HashSet, sync::Arc, time::Duration};

use shared::{GuestId, PortalEvent, RoomId};
use tokio_util::task::TaskTracker;

use super::{
    live::Ear,
    mercury::{Mercury, OpenSocket},
    pace::{Due, Pace},
    polling::{Poller, Seen, asked_to_wait},
    schedule::Heard,
    way::Way,
};
use crate::{
    config::{Config, ConversationKind, FeedChoice},
    conversations::{Conversations, HistoryError, Membership, Progress, may_have_left},
    fanout::Audience,
    guest_identity::GuestIdentity,
    rooms::Rooms,
    secrets::random_id,
    store::{Conversation, GuestRow, HeardBy},
    webex::{Connections, WebexError, wire},
};

/// How often a guest's own rooms are asked for where nothing tells of them: with what their token lists in turn with those of
/// others in the room, and the beginnings of their streams, this stays below 35 calls a minute.
const OWN_ROOMS: Duration = Duration::from_millis(2250);
/// How often a guest whose room the service app hears is looked for in others.
const DISCOVERY: Duration = Duration::from_secs(60);

/// Hears guests by their own tokens.
pub(super) struct GuestFeeds {
    /// What polling needs.
    pub(super) poller: Poller,
    /// Whose organisation.
    pub(super) connections: Connections,
    /// The guests' tokens.
    pub(super) identity: GuestIdentity,
    /// Who is in which room.
    pub(super) membership: Membership,
    /// Finds rooms of two.
    pub(super) conversations: Conversations,
    /// What is set.
    pub(super) config: Arc<Config>,
    /// What pages draw.
    pub(super) rooms: Rooms,
    /// Listens for them.
    pub(super) mercury: Mercury,
}

/// How one guest is heard.
#[derive(Default)]
struct Hearing {
    seen: Seen,
    /// Rooms that are heard: nobody can have told of what was said in them before.
    known: HashSet<RoomId>,
    /// Whether there are rooms that nobody else hears.
    hears_alone: bool,
    socket: Option<OpenSocket>,
}

impl GuestFeeds {
    /// Follows who looks until the portal stops.
    pub(super) async fn run(self: Arc<Self>) {
        let tasks = TaskTracker::new();
        let mut arrivals = self.poller.hub.arrivals();
        let mut heard: HashSet<GuestId> = HashSet::new();
        let (ended, mut has_ended) = tokio::sync::mpsc::unbounded_channel::<GuestId>();
        loop {
            for guest_id in self.poller.hub.watching_guests() {
                if heard.insert(guest_id.clone()) {
                    let (feeds, ended) = (self.clone(), ended.clone());
                    tasks.spawn(async move {
                        feeds.hear(&guest_id).await;
                        let _ = ended.send(guest_id);
                    });
                }
            }
            tokio::select! {
                biased;
                () = self.poller.stopping.cancelled() => break,
                guest_id = has_ended.recv() => drop(guest_id.map(|guest_id| heard.remove(&guest_id))),
                _ = arrivals.changed() => {}
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn hear(self: &Arc<Self>, guest_id: &GuestId) {
        let ear = Ear::Guest(guest_id.clone());
        let ways = self.live_ways(guest_id);
        let used = self.poller.live.begin(&ear, &ways);
        let mut hearing = Hearing::default();
        let mut pace = Pace::new(&self.poller, ear.clone(), used, self.poller.live.nudges(&ear));
        while let Some(due) = pace.next().await {
            if !self.poller.hub.is_guest_watching(guest_id) {
                break;
            }
            if let Due::ChangedOver { is_another_way, .. } = due {
                self.changed_over(guest_id, is_another_way);
                continue;
            }
            let looked = tokio::select! {
                biased;
                () = self.poller.stopping.cancelled() => break,
                looked = self.look(guest_id, &ear, &mut hearing, &due, pace.is_live()) => looked,
            };
            match &looked {
                Ok(_) if matches!(due, Due::Relist) => {}
                Ok(_) if hearing.hears_alone && !pace.is_live() => pace.rest(OWN_ROOMS),
                // Somebody looks, or this would have ended.
                Ok(_) if hearing.hears_alone => pace.polled(Heard::Yes { is_anybody_watching: true }),
                Ok(_) => pace.rest(DISCOVERY),
                Err(HistoryError::Webex(error)) if !error.is_passing() => {
                    tracing::debug!(%error, guest.id = %guest_id, "webex does not let a guest look at their rooms");
                    pace.rest(DISCOVERY);
                }
                Err(error) => {
                    tracing::debug!(%error, guest.id = %guest_id, "a guest's rooms were not heard");
                    pace.polled(Heard::No { wait: asked_to_wait(error) });
                }
            }
            if pace.is_live() && matches!(looked, Ok(true)) {
                pace.relist_soon();
            }
            if hearing.hears_alone && hearing.socket.is_none() && ways.contains(&Way::Mercury) {
                hearing.socket = self.listen_as(guest_id);
            }
        }
        if let Some(socket) = hearing.socket {
            socket.close().await;
        }
        self.poller.live.end(&ear);
    }

    fn listen_as(&self, guest_id: &GuestId) -> Option<OpenSocket> {
        let guest = self.poller.store.guest(guest_id).ok().flatten()?;
        self.mercury.listen_as_guest(self.connections.of_site(&guest.site_id).ok()?, guest_id)
    }

    /// What was edited or deleted between two ways is found by looking, and the guest's pages draw what is carried now.
    fn changed_over(&self, guest_id: &GuestId, is_another_way: bool) {
        let (Ok(Some(guest)), Ok(own)) = (self.poller.store.guest(guest_id), self.poller.store.conversations(guest_id)) else { return };
        for conversation in own.iter().filter(|conversation| conversation.heard_by == HeardBy::Guest) {
            if is_another_way {
                self.poller.history.look_again(&conversation.id);
            }
            self.tell(&guest, conversation);
        }
    }

    /// The live ways of hearing a guest.
    fn live_ways(&self, guest_id: &GuestId) -> Vec<Way> {
        let site_id = self.poller.store.guest(guest_id).ok().flatten().map(|guest| guest.site_id);
        let feed = site_id.and_then(|site_id| Some(self.connections.of_site(&site_id).ok()?.feed));
        match feed {
            Some(FeedChoice::Auto | FeedChoice::Mercury) => vec![Way::Mercury],
            Some(FeedChoice::Webhook | FeedChoice::Polling) | None => Vec::new(),
        }
    }

    /// Looks at a guest's rooms; answers whether any wait to be listed.
    async fn look(&self, guest_id: &GuestId, ear: &Ear, hearing: &mut Hearing, due: &Due, is_live: bool) -> Result<bool, HistoryError> {
        if matches!(due, Due::Poll) {
            self.poll(guest_id, ear, hearing).await?;
        }
        let own: HashSet<RoomId> = self.poller.store.conversations(guest_id)?.into_iter().map(|conversation| conversation.id).collect();
        let hears = |conversation: &Conversation| conversation.heard_by == HeardBy::Guest && own.contains(&conversation.id);
        self.poller.relist(ear, &mut hearing.seen, is_live, hears).await
    }

    async fn poll(&self, guest_id: &GuestId, ear: &Ear, hearing: &mut Hearing) -> Result<(), HistoryError> {
        let Some(guest) = self.poller.store.guest(guest_id)? else { return Ok(()) };
        let Some(site) = self.config.site(&guest.site_id) else { return Ok(()) };
        if site.conversation == ConversationKind::None {
            return Ok(());
        }
        let webex = &self.connections.of_site(&guest.site_id)?.webex;
        let page = self.identity.with_token(guest_id, |token| webex.rooms_by_activity(token)).await?;
        let is_whole = page.next.is_none();
        if page.items.iter().any(|room| room.kind == "direct") {
            self.find_direct(&guest, ear).await?;
        }
        self.let_in(guest_id, ear, &mut hearing.known, &page.items)?;
        let listed: HashSet<String> = page.items.iter().map(|room| wire::unpadded(&room.id).to_owned()).collect();
        let mut result = Ok(());
        for room in hearing.seen.moved(page.items).0 {
            // A room that fails is not noted, so it is looked at again; it must not keep the others from being heard.
            match self.room_moved(&guest, ear, &room).await {
                Ok(()) => hearing.seen.note(room),
                Err(error) => result = Err(error),
            }
        }
        let own = self.poller.store.conversations(guest_id)?;
        self.leave_what_is_gone(&guest, &own, &listed, is_whole).await?;
        let is_heard_alone = |conversation: &Conversation| conversation.heard_by == HeardBy::Guest;
        hearing.hears_alone = site.conversation == ConversationKind::Existing || own.iter().any(is_heard_alone);
        result
    }

    async fn room_moved(&self, guest: &GuestRow, ear: &Ear, room: &wire::Room) -> Result<(), HistoryError> {
        match self.known_or_new(guest, ear, room).await? {
            Some(conversation) if conversation.heard_by == HeardBy::Guest => self.poller.moved(ear, &conversation, room).await,
            _ => Ok(()),
        }
    }

    /// The conversation of a room the guest is in. Rooms nobody told the portal of become conversations.
    async fn known_or_new(&self, guest: &GuestRow, ear: &Ear, room: &wire::Room) -> Result<Option<Conversation>, HistoryError> {
        let store = &self.poller.store;
        let webex_room_id = wire::unpadded(&room.id).to_owned();
        if let Some(known) = store.conversation_by_webex_room(&webex_room_id)?
            && store.conversation_for(&guest.id, &known.id)?.is_some()
        {
            if known.kind != ConversationKind::Space && self.poller.history.titles.note(&known.id, &room.title) {
                self.tell(guest, &known);
            }
            return Ok(Some(known));
        }
        if self.is_being_made(guest, room)? {
            return Ok(None);
        }
        if self.is_made_twice(guest, room)? {
            self.conversations.take_back_room(room).await?;
            return Ok(None);
        }
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let new = Conversation {
            id: RoomId::new(random_id().map_err(|error| inside(&error))?),
            site_id: guest.site_id.clone(),
            kind: ConversationKind::Existing,
            heard_by: HeardBy::Guest,
            progress: Progress::Open,
            code: String::new(),
            webex_room_id: Some(webex_room_id),
            created_at: self.poller.clock.now(),
            making_since: None,
        };
        let (conversation, _) = store.join_existing(guest.id.clone(), new).await?;
        self.poller.history.titles.note(&conversation.id, &room.title);
        self.poller.live.begin_room(ear, &conversation.id);
        self.poller.hub.let_in(&guest.id, &conversation.id);
        self.tell(guest, &conversation);
        Ok(Some(conversation))
    }

    /// Whether this is the space of the guest's own conversation, whose id is not written down yet.
    fn is_being_made(&self, guest: &GuestRow, room: &wire::Room) -> Result<bool, HistoryError> {
        let own = self.poller.store.conversations(&guest.id)?;
        let mut unknown = own.iter().filter(|conversation| conversation.webex_room_id.is_none());
        Ok(unknown.any(|conversation| match conversation.kind {
            ConversationKind::Space => room.title.ends_with(&format!(" {}", conversation.code)),
            // Which one it is shows with its first message, see `find_direct`.
            ConversationKind::Direct => room.kind == "direct",
            ConversationKind::Existing | ConversationKind::None => false,
        }))
    }

    /// Whether this carries the name of the guest's own space, which is another one.
    fn is_made_twice(&self, guest: &GuestRow, room: &wire::Room) -> Result<bool, HistoryError> {
        let own = self.poller.store.conversations(&guest.id)?;
        let mut spaces = own.iter().filter(|conversation| conversation.kind == ConversationKind::Space);
        Ok(spaces.any(|conversation| room.title.ends_with(&format!(" {}", conversation.code))))
    }

    /// The room of two may be there before the guest writes: from an earlier conversation, or because the other one wrote first.
    async fn find_direct(&self, guest: &GuestRow, ear: &Ear) -> Result<(), HistoryError> {
        let own = self.poller.store.conversations(&guest.id)?;
        let is_unknown =
            |conversation: &&Conversation| conversation.kind == ConversationKind::Direct && conversation.webex_room_id.is_none();
        for conversation in own.iter().filter(is_unknown) {
            if self.conversations.find_direct(conversation, guest).await? {
                self.poller.live.begin_room(ear, &conversation.id);
                self.poller.history.look_again(&conversation.id);
            }
        }
        Ok(())
    }

    /// A stream that began before it was sure that the guest is still in these rooms hears them from here on.
    fn let_in(&self, guest_id: &GuestId, ear: &Ear, heard: &mut HashSet<RoomId>, listed: &[wire::Room]) -> Result<(), HistoryError> {
        let listed: HashSet<&str> = listed.iter().map(|room| wire::unpadded(&room.id)).collect();
        for known in self.poller.store.conversations(guest_id)? {
            let is_listed = known.webex_room_id.as_deref().is_some_and(|webex_room_id| listed.contains(webex_room_id));
            if is_listed {
                self.membership.note(guest_id, &known.id);
            }
            if is_listed && heard.insert(known.id.clone()) {
                self.poller.live.begin_room(ear, &known.id);
            }
            if is_listed && self.poller.hub.let_in(guest_id, &known.id) {
                self.poller.history.look_again(&known.id);
            }
        }
        Ok(())
    }

    /// A guest who was taken out of a room sees it no longer. What a list that goes on does not have may stand further down.
    async fn leave_what_is_gone(
        &self,
        guest: &GuestRow,
        own: &[Conversation],
        listed: &HashSet<String>,
        is_whole: bool,
    ) -> Result<(), HistoryError> {
        let is_missing = |conversation: &&Conversation| {
            may_have_left(conversation) && conversation.webex_room_id.as_ref().is_some_and(|webex_room_id| !listed.contains(webex_room_id))
        };
        for conversation in own.iter().filter(is_missing) {
            if conversation.kind == ConversationKind::Existing && !is_whole {
                continue;
            }
            if conversation.kind == ConversationKind::Space {
                // Webex may not list yet what it has just made.
                self.membership.forget(&guest.id, &conversation.id);
                if self.membership.is_member(guest, conversation).await? {
                    continue;
                }
            }
            self.membership.forget(&guest.id, &conversation.id);
            self.poller.store.leave(guest.id.clone(), conversation.id.clone()).await?;
            self.poller.hub.put_out(&guest.id, &conversation.id);
            let closed = Conversation { progress: Progress::Closed, ..conversation.clone() };
            self.tell(guest, &closed);
        }
        Ok(())
    }

    fn tell(&self, guest: &GuestRow, conversation: &Conversation) {
        let room = self.rooms.show(conversation);
        self.poller.hub.publish(Audience::Guest(guest.id.clone()), &PortalEvent::RoomChanged { room });
    }
}
